// Opportunistic locks. None is ever granted: a file system that asks finds that there is none to break, and a program
// that asks for one is refused, as it is on volumes without them.

#include "../ntos.h"

VOID NTAPI FsRtlInitializeOplock(POPLOCK Oplock)
{
    *Oplock = nullptr;
}

VOID NTAPI FsRtlUninitializeOplock(POPLOCK Oplock)
{
    *Oplock = nullptr;
}

static NTSTATUS FsRtlpRefuseOplock(PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = STATUS_OPLOCK_NOT_GRANTED;
    if (Stack->MajorFunction ==
        IRP_MJ_CREATE) // with an oplock or not at all: the caller completes it
        return STATUS_OPLOCK_NOT_GRANTED;
    switch (Stack->Parameters.FileSystemControl.FsControlCode) {
    case FSCTL_OPLOCK_BREAK_ACKNOWLEDGE:
    case FSCTL_OPBATCH_ACK_CLOSE_PENDING:
    case FSCTL_OPLOCK_BREAK_ACK_NO_2:
        Status = STATUS_INVALID_OPLOCK_PROTOCOL;
        break;
    case FSCTL_OPLOCK_BREAK_NOTIFY: // told when no break is under way: now
        Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = 0;
    IofCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

NTSTATUS NTAPI FsRtlOplockFsctrl(POPLOCK Oplock, PIRP Irp, ULONG OpenCount)
{
    UNREFERENCED_PARAMETER(Oplock);
    UNREFERENCED_PARAMETER(OpenCount);
    return FsRtlpRefuseOplock(Irp);
}

NTSTATUS NTAPI FsRtlOplockFsctrlEx(POPLOCK Oplock, PIRP Irp, ULONG OpenCount, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    return FsRtlOplockFsctrl(Oplock, Irp, OpenCount);
}

NTSTATUS NTAPI FsRtlCheckOplock(POPLOCK Oplock, PIRP Irp, PVOID Context,
                                POPLOCK_WAIT_COMPLETE_ROUTINE CompletionRoutine,
                                POPLOCK_FS_PREPOST_IRP PostIrpRoutine)
{
    return FsRtlCheckOplockEx(Oplock, Irp, 0, Context, CompletionRoutine, PostIrpRoutine);
}

NTSTATUS NTAPI FsRtlCheckOplockEx(POPLOCK Oplock, PIRP Irp, ULONG Flags, PVOID Context,
                                  POPLOCK_WAIT_COMPLETE_ROUTINE CompletionRoutine,
                                  POPLOCK_FS_PREPOST_IRP PostIrpRoutine)
{
    UNREFERENCED_PARAMETER(Oplock);
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(CompletionRoutine);
    UNREFERENCED_PARAMETER(PostIrpRoutine);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI FsRtlOplockBreakH(POPLOCK Oplock, PIRP Irp, ULONG Flags, PVOID Context,
                                 POPLOCK_WAIT_COMPLETE_ROUTINE CompletionRoutine,
                                 POPLOCK_FS_PREPOST_IRP PostIrpRoutine)
{
    return FsRtlCheckOplockEx(Oplock, Irp, Flags, Context, CompletionRoutine, PostIrpRoutine);
}

NTSTATUS NTAPI FsRtlOplockBreakToNone(POPLOCK Oplock, PIO_STACK_LOCATION Stack, PIRP Irp,
                                      PVOID Context,
                                      POPLOCK_WAIT_COMPLETE_ROUTINE CompletionRoutine,
                                      POPLOCK_FS_PREPOST_IRP PostIrpRoutine)
{
    UNREFERENCED_PARAMETER(Stack);
    return FsRtlCheckOplockEx(Oplock, Irp, 0, Context, CompletionRoutine, PostIrpRoutine);
}

NTSTATUS NTAPI FsRtlOplockBreakToNoneEx(POPLOCK Oplock, PIRP Irp, ULONG Flags, PVOID Context,
                                        POPLOCK_WAIT_COMPLETE_ROUTINE CompletionRoutine,
                                        POPLOCK_FS_PREPOST_IRP PostIrpRoutine)
{
    return FsRtlCheckOplockEx(Oplock, Irp, Flags, Context, CompletionRoutine, PostIrpRoutine);
}

BOOLEAN NTAPI FsRtlOplockIsFastIoPossible(POPLOCK Oplock)
{
    UNREFERENCED_PARAMETER(Oplock);
    return TRUE;
}

BOOLEAN NTAPI FsRtlOplockIsSharedRequest(PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    return Stack->MajorFunction == IRP_MJ_FILE_SYSTEM_CONTROL &&
           Stack->Parameters.FileSystemControl.FsControlCode == FSCTL_REQUEST_OPLOCK_LEVEL_2;
}

BOOLEAN NTAPI FsRtlCurrentBatchOplock(POPLOCK Oplock)
{
    UNREFERENCED_PARAMETER(Oplock);
    return FALSE;
}

BOOLEAN NTAPI FsRtlCurrentOplock(POPLOCK Oplock)
{
    UNREFERENCED_PARAMETER(Oplock);
    return FALSE;
}

BOOLEAN NTAPI FsRtlCurrentOplockH(POPLOCK Oplock)
{
    UNREFERENCED_PARAMETER(Oplock);
    return FALSE;
}

BOOLEAN NTAPI FsRtlOplockKeysEqual(PFILE_OBJECT Fo1, PFILE_OBJECT Fo2)
{
    return Fo1 == Fo2;
}
