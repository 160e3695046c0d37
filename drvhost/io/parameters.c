// What a stack location gets beside the plain words of the request, by major function.

#include "../ntos.h"

// Who opens. The tokens are opened when a driver looks at them.
static NTSTATUS IopPrepareSubject(PIOP_REQUEST Request)
{
    PSECURITY_SUBJECT_CONTEXT Context = &Request->AccessState.SubjectSecurityContext;
    Request->AccessState = (ACCESS_STATE){};
    Request->QualityOfService = (SECURITY_QUALITY_OF_SERVICE){};
    Context->ImpersonationLevel = SecurityImpersonation;
    Context->ProcessAuditId = (PVOID)(ULONG_PTR)Request->Host.ProcessId;
    Context->PrimaryToken = SepMakeRequestorToken(Request->Host.RequestId, TRUE);
    if (Request->Host.Flags & HOST_REQUEST_IMPERSONATES)
        Context->ClientToken = SepMakeRequestorToken(Request->Host.RequestId, FALSE);
    return Context->PrimaryToken ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS IopPrepareCreate(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    const HOST_CREATE *Create = (const HOST_CREATE *)Request->Host.SystemBuffer;
    if (!Create)
        return STATUS_INVALID_PARAMETER;
    PWSTR Name = (PWSTR)(Create + 1);
    // On a volume a file is one of the device that it is mounted on.
    PDEVICE_OBJECT Device = Request->Device;
    if (Create->RealDevice)
        Device = IopReferenceAnyDevice(Create->RealDevice);
    if (!Device)
        return STATUS_NO_SUCH_DEVICE;
    PFILE_OBJECT File = IopCreateFileObject(Request->Host.File, Device, Create, Name);
    if (Create->RealDevice)
        ObfDereferenceObject(Device);
    if (!File)
        return STATUS_INSUFFICIENT_RESOURCES;
    ObfReferenceObject(File);
    Request->File = File;

    NTSTATUS Status = IopPrepareSubject(Request);
    if (!NT_SUCCESS(Status))
        return Status;
    Request->QualityOfService.Length = sizeof(Request->QualityOfService);
    Request->AccessState.RemainingDesiredAccess = Create->DesiredAccess;
    Request->AccessState.OriginalDesiredAccess = Create->DesiredAccess;
    Request->SecurityContext = (IO_SECURITY_CONTEXT){
        .SecurityQos = &Request->QualityOfService,
        .AccessState = &Request->AccessState,
        .DesiredAccess = Create->DesiredAccess,
        .FullCreateOptions = Create->Options & 0xFFFFFF,
    };
    Stack->Parameters.Create.SecurityContext = &Request->SecurityContext;
    Stack->Parameters.Create.Options = Create->Options;
    Stack->Parameters.Create.FileAttributes = Create->FileAttributes;
    Stack->Parameters.Create.ShareAccess = Create->ShareAccess;
    Stack->Parameters.Create.EaLength = Create->EaLength;
    Request->Irp.Overlay.AllocationSize.QuadPart = (LONGLONG)Create->AllocationSize;
    Request->Irp.AssociatedIrp.SystemBuffer =
        Create->EaLength ? (PUCHAR)Name + Create->NameLength : nullptr;
    return STATUS_SUCCESS;
}

static NTSTATUS IopPrepareFile(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    if (!Request->Host.File)
        return STATUS_SUCCESS;
    Request->File = IopReferenceFile(Request->Host.File);
    // A driver above, in another host, has opened the file for itself.
    BOOLEAN Forwarded = (Request->Host.Flags & HOST_REQUEST_HAS_STATUS) != 0;
    return Request->File || Forwarded ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

// The input of METHOD_NEITHER is where the word says; of the others it is in the system buffer.
static NTSTATUS IopPrepareControl(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    Stack->Parameters.DeviceIoControl.OutputBufferLength = Request->Host.OutputLength;
    Stack->Parameters.DeviceIoControl.InputBufferLength = Request->Host.InputLength;
    Stack->Parameters.DeviceIoControl.Type3InputBuffer =
        Request->Host.Buffering == HostBufferNeither ? (PVOID)Request->Host.Parameters[3] : nullptr;
    return IopPrepareFile(Request, Stack);
}

static NTSTATUS IopPrepareVolumeControl(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    if (Stack->MinorFunction == IRP_MN_MOUNT_VOLUME || Stack->MinorFunction == IRP_MN_VERIFY_VOLUME)
        return IopPrepareMount(&Request->Host, Stack);
    if (Stack->MinorFunction == IRP_MN_LOAD_FILE_SYSTEM)
        return STATUS_SUCCESS;
    return IopPrepareControl(Request, Stack);
}

static NTSTATUS (*const IopPrepare[IRP_MJ_MAXIMUM_FUNCTION + 1])(PIOP_REQUEST,
                                                                 PIO_STACK_LOCATION) = {
    [IRP_MJ_CREATE] = IopPrepareCreate,
    [IRP_MJ_DEVICE_CONTROL] = IopPrepareControl,
    [IRP_MJ_INTERNAL_DEVICE_CONTROL] = IopPrepareControl,
    [IRP_MJ_FILE_SYSTEM_CONTROL] = IopPrepareVolumeControl,
    [IRP_MJ_PNP] = IopPreparePnp,
};

// Of requests that have a file.
static NTSTATUS (*const IopPrepareMore[IRP_MJ_MAXIMUM_FUNCTION + 1])(PIOP_REQUEST,
                                                                     PIO_STACK_LOCATION) = {
    [IRP_MJ_SET_INFORMATION] = IopPrepareSetFile,  [IRP_MJ_DIRECTORY_CONTROL] = IopPrepareDirectory,
    [IRP_MJ_LOCK_CONTROL] = IopPrepareLock,        [IRP_MJ_QUERY_EA] = IopPrepareQueryEa,
    [IRP_MJ_SET_EA] = IopPrepareCaptured,          [IRP_MJ_QUERY_SECURITY] = IopPrepareCaptured,
    [IRP_MJ_SET_SECURITY] = IopPrepareSetSecurity,
};

NTSTATUS IopPrepareStack(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    if (IopPrepare[Stack->MajorFunction])
        return IopPrepare[Stack->MajorFunction](Request, Stack);
    NTSTATUS Status = IopPrepareFile(Request, Stack);
    if (NT_SUCCESS(Status) && IopPrepareMore[Stack->MajorFunction])
        Status = IopPrepareMore[Stack->MajorFunction](Request, Stack);
    return Status;
}
