// The device of named pipes.
#include "np.h"

NTSTATUS NpPend(PIO_REQUEST Request, NP_PENDING Pending, PVOID Context)
{
    Request->OwnerContext = Context;
    Request->OwnerContext2 = (PVOID)(ULONG_PTR)Pending;
    return STATUS_PENDING;
}

static PNP_INSTANCE NpInstanceOf(PFILE_OBJECT File)
{
    BOOLEAN End = File && (NpKind(File) == NpServerFile || NpKind(File) == NpClientFile);
    return End ? File->FsContext : nullptr;
}

// The instance stays while a request is worked on: the end of another one can close its files.
static NTSTATUS NpSubmit(PIO_REQUEST Request)
{
    static const IOP_DISPATCH Functions[IRP_MJ_MAXIMUM_FUNCTION + 1] = {
        [IRP_MJ_CREATE] = NpOpenFile,
        [IRP_MJ_CREATE_NAMED_PIPE] = NpCreatePipeFile,
        [IRP_MJ_READ] = NpRead,
        [IRP_MJ_WRITE] = NpWrite,
        [IRP_MJ_QUERY_INFORMATION] = NpQueryInformation,
        [IRP_MJ_SET_INFORMATION] = NpSetInformation,
        [IRP_MJ_FLUSH_BUFFERS] = NpFlush,
        [IRP_MJ_QUERY_VOLUME_INFORMATION] = NpQueryVolume,
        [IRP_MJ_DIRECTORY_CONTROL] = NpDirectoryControl,
        [IRP_MJ_FILE_SYSTEM_CONTROL] = NpFsControl,
        [IRP_MJ_QUERY_SECURITY] = NpQuerySecurity,
        [IRP_MJ_SET_SECURITY] = NpSetSecurity,
    };
    PNP_INSTANCE Instance = NpInstanceOf(Request->File);
    if (Instance)
        Instance->References++;
    NTSTATUS Status = IopDispatch(Functions, Request);
    if (Instance)
        NpReleaseInstance(Instance);
    return Status;
}

static VOID NpCancel(PIO_REQUEST Request)
{
    NP_PENDING Pending = (NP_PENDING)(ULONG_PTR)Request->OwnerContext2;
    if (Pending == NpPendingWait) {
        NpCancelWait(Request);
    } else if (Pending == NpPendingWrite || Pending == NpPendingFlush) {
        PNP_INSTANCE Instance = NpInstanceOf(Request->File);
        NpCancelEntry(&Instance->Queues[NpOther(NpEnd(Request->File))], Request->OwnerContext);
    } else {
        RemoveEntryList(&Request->OwnerLink);
        IopCompleteRequest(Request, STATUS_CANCELLED, 0);
    }
}

static VOID NpCleanup(PFILE_OBJECT File)
{
    PNP_INSTANCE Instance = NpInstanceOf(File);
    if (NpKind(File) == NpRootFile)
        NpCleanupRoot(File);
    // The file of a client that was disconnected has nothing to do with the instance any more.
    if (!Instance || Instance->Ends[NpEnd(File)].File != File)
        return;
    Instance->References++;
    NpCloseEnd(Instance, NpEnd(File));
    NpReleaseInstance(Instance);
}

static VOID NpClose(PFILE_OBJECT File)
{
    if (NpKind(File) == NpRootFile)
        NpCloseRoot(File->FsContext);
    else if (NpInstanceOf(File))
        NpReleaseInstance(NpInstanceOf(File));
}

static const IOP_OPERATIONS NpOperations = {
    .Submit = NpSubmit,
    .Cancel = NpCancel,
    .Cleanup = NpCleanup,
    .Close = NpClose,
};

NTSTATUS IopInitPipes(VOID)
{
    static const IOP_DEVICE Description = {
        .Operations = &NpOperations,
        .Name = RTL_CONSTANT_STRING(L"\\Device\\NamedPipe"),
        .DeviceType = FILE_DEVICE_NAMED_PIPE,
    };
    PDEVICE_OBJECT Device;
    return IopCreateDeviceObject(&Description, &Device);
}
