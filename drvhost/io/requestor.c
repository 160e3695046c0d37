// Who a packet comes from, and how it wants to be worked on.

#include "../ntos.h"

ULONG NTAPI IoGetRequestorProcessId(PIRP Irp)
{
    if (Irp->AllocationFlags & IopIrpFromRequest)
        return IopRequestOf(Irp)->Host.ProcessId;
    return (ULONG)(ULONG_PTR)PsGetCurrentProcessId();
}

// Processes outside of the host have one stand-in each, which stays.
PEPROCESS NTAPI IoGetRequestorProcess(PIRP Irp)
{
    if (Irp->AllocationFlags & IopIrpFromRequest) {
        HANDLE Id = (HANDLE)(ULONG_PTR)IopRequestOf(Irp)->Host.ProcessId;
        PEPROCESS Process = PspReferenceProcessById(Id);
        if (Process)
            ObfDereferenceObject(Process);
        return Process;
    }
    return IoGetCurrentProcess();
}

NTSTATUS NTAPI IoGetRequestorSessionId(PIRP Irp, PULONG SessionId)
{
    UNREFERENCED_PARAMETER(Irp);
    *SessionId = 0; // the system has one session
    return STATUS_SUCCESS;
}

// Whether the requestor waits, so that the driver may block its thread.
BOOLEAN NTAPI IoIsOperationSynchronous(PIRP Irp)
{
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    if (Irp->Flags & IRP_PAGING_IO)
        return (Irp->Flags & IRP_SYNCHRONOUS_PAGING_IO) != 0;
    return (Irp->Flags & IRP_SYNCHRONOUS_API) || (File && (File->Flags & FO_SYNCHRONOUS_IO));
}

// The access that a control code needs, when the driver has to ask for more than the code says.
NTSTATUS NTAPI IoValidateDeviceIoControlAccess(PIRP Irp, ULONG RequiredAccess)
{
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    if (RequiredAccess & ~(ULONG)(FILE_READ_ACCESS | FILE_WRITE_ACCESS))
        return STATUS_INVALID_PARAMETER;
    if (Irp->RequestorMode == KernelMode || !File)
        return STATUS_SUCCESS;
    if (((RequiredAccess & FILE_READ_ACCESS) && !File->ReadAccess) ||
        ((RequiredAccess & FILE_WRITE_ACCESS) && !File->WriteAccess))
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

PGENERIC_MAPPING NTAPI IoGetFileObjectGenericMapping(void)
{
    static GENERIC_MAPPING Mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                                      FILE_ALL_ACCESS};
    return &Mapping;
}

// ---- The thread's top-level component: what file systems note about themselves

PIRP NTAPI IoGetTopLevelIrp(void)
{
    return (PIRP)KiCurrentThread()->TopLevelIrp;
}

VOID NTAPI IoSetTopLevelIrp(PIRP Irp)
{
    KiCurrentThread()->TopLevelIrp = (ULONG_PTR)Irp;
}

PDEVICE_OBJECT NTAPI IoGetDeviceToVerify(PETHREAD Thread)
{
    return ((PKTHREAD)Thread)->DeviceToVerify;
}

VOID NTAPI IoSetDeviceToVerify(PETHREAD Thread, PDEVICE_OBJECT DeviceObject)
{
    ((PKTHREAD)Thread)->DeviceToVerify = DeviceObject;
}

VOID NTAPI IoSetHardErrorOrVerifyDevice(PIRP Irp, PDEVICE_OBJECT DeviceObject)
{
    if (Irp->Tail.Overlay.Thread)
        IoSetDeviceToVerify(Irp->Tail.Overlay.Thread, DeviceObject);
}

// ---- Priorities: a hint of three bits in the packet's flags, one more than its value; 0: none

enum { IopPriorityShift = 17 };
constexpr ULONG IopPriorityMask = 7ul << IopPriorityShift;

IO_PRIORITY_HINT NTAPI IoGetIoPriorityHint(PIRP Irp)
{
    ULONG Hint = (Irp->Flags & IopPriorityMask) >> IopPriorityShift;
    return Hint ? (IO_PRIORITY_HINT)(Hint - 1) : IoPriorityNormal;
}

NTSTATUS NTAPI IoSetIoPriorityHint(PIRP Irp, IO_PRIORITY_HINT PriorityHint)
{
    if (PriorityHint < IoPriorityVeryLow || PriorityHint >= MaxIoPriorityTypes)
        return STATUS_INVALID_PARAMETER;
    Irp->Flags = (Irp->Flags & ~IopPriorityMask) | ((ULONG)PriorityHint + 1) << IopPriorityShift;
    return STATUS_SUCCESS;
}

IO_PAGING_PRIORITY FASTCALL IoGetPagingIoPriority(PIRP Irp)
{
    if (!(Irp->Flags & IRP_PAGING_IO))
        return IoPagingPriorityInvalid;
    return IoGetIoPriorityHint(Irp) >= IoPriorityHigh ? IoPagingPriorityHigh
                                                      : IoPagingPriorityNormal;
}

// Of the packet if it says one, else what everything has.
NTSTATUS NTAPI IoRetrievePriorityInfo(PIRP Irp, PFILE_OBJECT FileObject, PETHREAD Thread,
                                      PIO_PRIORITY_INFO PriorityInfo)
{
    UNREFERENCED_PARAMETER(FileObject);
    if (PriorityInfo->Size != sizeof(*PriorityInfo))
        return STATUS_INVALID_PARAMETER;
    PriorityInfo->ThreadPriority = Thread ? (ULONG)KeQueryPriorityThread((PKTHREAD)Thread) : 0;
    PriorityInfo->PagePriority = 5; // MEMORY_PRIORITY_NORMAL
    PriorityInfo->IoPriority = Irp ? IoGetIoPriorityHint(Irp) : IoPriorityNormal;
    return STATUS_SUCCESS;
}
