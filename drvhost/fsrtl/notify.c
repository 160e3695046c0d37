// Notification of changes in directories. Who watches has an entry from its first request on until its file object
// is cleaned up; what changes while no request waits is kept for the next one, as far as that had room.

#include "../ntos.h"

typedef struct _FSRTL_NOTIFY {
    LIST_ENTRY Link;
    PVOID FsContext;
    STRING Directory; // the file system's memory
    BOOLEAN WatchTree, IgnoreBuffer;
    BOOLEAN Overflow; // more has changed than there was room for
    BOOLEAN Defer;    // the first half of a renaming: its second half follows
    ULONG CompletionFilter;
    PCHECK_FOR_TRAVERSE_ACCESS TraverseCallback;
    PSECURITY_SUBJECT_CONTEXT SubjectContext;
    LIST_ENTRY Waiting; // IRP.Tail.Overlay.ListEntry
    PUCHAR Buffer;      // FILE_NOTIFY_INFORMATION, pool
    ULONG BufferSize, Used, LastEntry;
} FSRTL_NOTIFY, *PFSRTL_NOTIFY;

typedef struct _FSRTL_NOTIFY_SYNC {
    RTL_SRWLOCK Lock;
} FSRTL_NOTIFY_SYNC, *PFSRTL_NOTIFY_SYNC;

VOID NTAPI FsRtlNotifyInitializeSync(PNOTIFY_SYNC *NotifySync)
{
    PFSRTL_NOTIFY_SYNC Sync = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Sync), 'yNMF');
    if (!Sync)
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    Sync->Lock = (RTL_SRWLOCK){};
    *NotifySync = (PNOTIFY_SYNC)Sync;
}

VOID NTAPI FsRtlNotifyUninitializeSync(PNOTIFY_SYNC *NotifySync)
{
    if (*NotifySync)
        ExFreePoolWithTag(*NotifySync, 'yNMF');
    *NotifySync = nullptr;
}

static PFSRTL_NOTIFY FsRtlpFindNotify(PLIST_ENTRY List, PVOID FsContext)
{
    for (PLIST_ENTRY Link = List->Flink; Link != List; Link = Link->Flink) {
        PFSRTL_NOTIFY Notify = CONTAINING_RECORD(Link, FSRTL_NOTIFY, Link);
        if (Notify->FsContext == FsContext)
            return Notify;
    }
    return nullptr;
}

// ---- Completion

static PVOID FsRtlpOutput(PIRP Irp)
{
    if (Irp->MdlAddress)
        return MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
    return Irp->Flags & IRP_BUFFERED_IO ? Irp->AssociatedIrp.SystemBuffer : Irp->UserBuffer;
}

static NTSTATUS FsRtlpCopyOut(PIRP Irp, const VOID *Data, ULONG Size)
{
    PVOID Output = FsRtlpOutput(Irp);
    if (!Output)
        return STATUS_NOTIFY_ENUM_DIR;
    __try {
        RtlCopyMemory(Output, Data, Size);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_INVALID_USER_BUFFER;
    }
    Irp->IoStatus.Information = Size;
    return STATUS_SUCCESS;
}

static VOID FsRtlpEndNotify(PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    IofCompleteRequest(Irp, IO_DISK_INCREMENT);
}

// One that is being cancelled is not taken.
static PIRP FsRtlpTakeWaiting(PFSRTL_NOTIFY Notify)
{
    for (PLIST_ENTRY Link = Notify->Waiting.Flink; Link != &Notify->Waiting; Link = Link->Flink) {
        PIRP Irp = CONTAINING_RECORD(Link, IRP, Tail.Overlay.ListEntry);
        if (!IoSetCancelRoutine(Irp, NULL))
            continue;
        RemoveEntryList(Link);
        return Irp;
    }
    return nullptr;
}

// The packet takes what is kept, if that goes into its buffer.
static VOID FsRtlpDeliver(PFSRTL_NOTIFY Notify, PIRP Irp)
{
    ULONG Room = IoGetCurrentIrpStackLocation(Irp)->Parameters.NotifyDirectory.Length;
    NTSTATUS Status = STATUS_NOTIFY_ENUM_DIR;
    Irp->IoStatus.Information = 0;
    if (!Notify->Overflow && Notify->Used && Notify->Used <= Room)
        Status = FsRtlpCopyOut(Irp, Notify->Buffer, Notify->Used);
    Notify->Used = Notify->LastEntry = 0;
    Notify->Overflow = FALSE;
    FsRtlpEndNotify(Irp, Status);
}

static VOID NTAPI FsRtlpCancelNotify(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    PFSRTL_NOTIFY_SYNC Sync = Irp->Tail.Overlay.DriverContext[0];
    RtlAcquireSRWLockExclusive(&Sync->Lock);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    RtlReleaseSRWLockExclusive(&Sync->Lock);
    Irp->IoStatus.Information = 0;
    FsRtlpEndNotify(Irp, STATUS_CANCELLED);
}

// ---- Watching

static PFSRTL_NOTIFY FsRtlpMakeNotify(PLIST_ENTRY List, ULONG BufferSize, const FSRTL_NOTIFY *Given)
{
    enum { MaximumBuffer = 65536 };
    PFSRTL_NOTIFY Notify = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Notify), 'yNMF');
    if (!Notify)
        return nullptr;
    *Notify = *Given;
    Notify->BufferSize = min(BufferSize, (ULONG)MaximumBuffer);
    InitializeListHead(&Notify->Waiting);
    InsertTailList(List, &Notify->Link);
    return Notify;
}

static VOID FsRtlpWaitForChange(PFSRTL_NOTIFY_SYNC Sync, PFSRTL_NOTIFY Notify, PIRP Irp)
{
    Irp->Tail.Overlay.DriverContext[0] = Sync;
    IoMarkIrpPending(Irp);
    InsertTailList(&Notify->Waiting, &Irp->Tail.Overlay.ListEntry);
    IoSetCancelRoutine(Irp, FsRtlpCancelNotify);
    if (!Irp->Cancel || !IoSetCancelRoutine(Irp, NULL))
        return;
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    Irp->IoStatus.Information = 0;
    FsRtlpEndNotify(Irp, STATUS_CANCELLED);
}

// The directory is deleted: all who watch it hear of that.
static VOID FsRtlpDirectoryDeleted(PLIST_ENTRY List, PVOID FsContext)
{
    for (PLIST_ENTRY Link = List->Flink; Link != List; Link = Link->Flink) {
        PFSRTL_NOTIFY Notify = CONTAINING_RECORD(Link, FSRTL_NOTIFY, Link);
        PIRP Irp;
        if (Notify->FsContext != FsContext)
            continue;
        while ((Irp = FsRtlpTakeWaiting(Notify)))
            FsRtlpEndNotify(Irp, STATUS_DELETE_PENDING);
    }
}

static VOID FsRtlpWatch(PFSRTL_NOTIFY_SYNC Sync, PLIST_ENTRY List, const FSRTL_NOTIFY *Given,
                        PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->FileObject && (Stack->FileObject->Flags & FO_CLEANUP_COMPLETE)) {
        FsRtlpEndNotify(Irp, STATUS_NOTIFY_CLEANUP);
        return;
    }
    PFSRTL_NOTIFY Notify = FsRtlpFindNotify(List, Given->FsContext);
    if (!Notify)
        Notify = FsRtlpMakeNotify(List, Stack->Parameters.NotifyDirectory.Length, Given);
    if (!Notify) {
        FsRtlpEndNotify(Irp, STATUS_INSUFFICIENT_RESOURCES);
    } else if ((Notify->Used || Notify->Overflow) && !Notify->Defer) {
        IoMarkIrpPending(Irp);
        FsRtlpDeliver(Notify, Irp);
    } else {
        FsRtlpWaitForChange(Sync, Notify, Irp);
    }
}

VOID NTAPI FsRtlNotifyFullChangeDirectory(PNOTIFY_SYNC NotifySync, PLIST_ENTRY NotifyList,
                                          PVOID FsContext, PSTRING FullDirectoryName,
                                          BOOLEAN WatchTree, BOOLEAN IgnoreBuffer,
                                          ULONG CompletionFilter, PIRP NotifyIrp,
                                          PCHECK_FOR_TRAVERSE_ACCESS TraverseCallback,
                                          PSECURITY_SUBJECT_CONTEXT SubjectContext)
{
    PFSRTL_NOTIFY_SYNC Sync = (PFSRTL_NOTIFY_SYNC)NotifySync;
    RtlAcquireSRWLockExclusive(&Sync->Lock);
    if (NotifyIrp) {
        const FSRTL_NOTIFY Given = {
            .FsContext = FsContext,
            .Directory = *FullDirectoryName,
            .WatchTree = WatchTree,
            .IgnoreBuffer = IgnoreBuffer,
            .CompletionFilter = CompletionFilter,
            .TraverseCallback = TraverseCallback,
            .SubjectContext = SubjectContext,
        };
        FsRtlpWatch(Sync, NotifyList, &Given, NotifyIrp);
    } else {
        FsRtlpDirectoryDeleted(NotifyList, FsContext);
    }
    RtlReleaseSRWLockExclusive(&Sync->Lock);
}

VOID NTAPI FsRtlNotifyChangeDirectory(PNOTIFY_SYNC NotifySync, PVOID FsContext,
                                      PSTRING FullDirectoryName, PLIST_ENTRY NotifyList,
                                      BOOLEAN WatchTree, ULONG CompletionFilter, PIRP NotifyIrp)
{
    FsRtlNotifyFullChangeDirectory(NotifySync, NotifyList, FsContext, FullDirectoryName, WatchTree,
                                   TRUE, CompletionFilter, NotifyIrp, nullptr, nullptr);
}

VOID NTAPI FsRtlNotifyCleanup(PNOTIFY_SYNC NotifySync, PLIST_ENTRY NotifyList, PVOID FsContext)
{
    PFSRTL_NOTIFY_SYNC Sync = (PFSRTL_NOTIFY_SYNC)NotifySync;
    PIRP Irp;
    RtlAcquireSRWLockExclusive(&Sync->Lock);
    PFSRTL_NOTIFY Notify = FsRtlpFindNotify(NotifyList, FsContext);
    if (Notify) {
        RemoveEntryList(&Notify->Link);
        while ((Irp = FsRtlpTakeWaiting(Notify))) {
            Irp->IoStatus.Information = 0;
            FsRtlpEndNotify(Irp, STATUS_NOTIFY_CLEANUP);
        }
        // One that is being cancelled leaves a list that nobody looks at any more.
        while (!IsListEmpty(&Notify->Waiting))
            InitializeListHead(RemoveHeadList(&Notify->Waiting));
        if (Notify->SubjectContext) {
            SeReleaseSubjectContext(Notify->SubjectContext);
            ExFreePool(Notify->SubjectContext);
        }
        if (Notify->Buffer)
            ExFreePoolWithTag(Notify->Buffer, 'yNMF');
        ExFreePoolWithTag(Notify, 'yNMF');
    }
    RtlReleaseSRWLockExclusive(&Sync->Lock);
}

// ---- Reporting. Names are of the kind that the directories' names are: UTF-16, or the OEM code page.

static BOOLEAN FsRtlpIsWide(const STRING *Path)
{
    return Path->Length >= sizeof(WCHAR) && Path->Buffer[0] == '\\' && Path->Buffer[1] == 0;
}

// Where the changed name begins in Target, as who watches sees it; 0: it does not see it.
static USHORT FsRtlpVisibleFrom(const FSRTL_NOTIFY *Notify, const STRING *Target, USHORT Parent)
{
    USHORT Char = FsRtlpIsWide(Target) ? sizeof(WCHAR) : sizeof(CHAR);
    USHORT Length = Notify->Directory.Length;
    // Without the separator at its end, which the root alone has.
    if (Length == Char)
        Length = 0;
    if (Target->Length <= Length + Char || Parent < Length + Char ||
        RtlCompareMemory(Target->Buffer, Notify->Directory.Buffer, Length) != Length ||
        Target->Buffer[Length] != '\\')
        return 0;
    USHORT From = Length + Char;
    return Notify->WatchTree || From == Parent ? From : 0;
}

static BOOLEAN FsRtlpAppendEntry(PFSRTL_NOTIFY Notify, const STRING *Name, BOOLEAN Wide,
                                 ULONG Action)
{
    constexpr ULONG Head = FIELD_OFFSET(FILE_NOTIFY_INFORMATION, FileName);
    ULONG Length = Name->Length;
    if (!Wide && !NT_SUCCESS(RtlOemToUnicodeN(nullptr, 0, &Length, Name->Buffer, Name->Length)))
        Length = Name->Length * sizeof(WCHAR);
    ULONG Start = ALIGN_UP_BY(Notify->Used, sizeof(ULONG));
    if (Start > Notify->BufferSize || Notify->BufferSize - Start < Head + Length)
        return FALSE;
    if (!Notify->Buffer)
        Notify->Buffer = ExAllocatePoolWithTag(PagedPool, Notify->BufferSize, 'yNMF');
    if (!Notify->Buffer)
        return FALSE;
    PFILE_NOTIFY_INFORMATION Entry = (PFILE_NOTIFY_INFORMATION)(Notify->Buffer + Start);
    if (Notify->Used) {
        PFILE_NOTIFY_INFORMATION Last =
            (PFILE_NOTIFY_INFORMATION)(Notify->Buffer + Notify->LastEntry);
        Last->NextEntryOffset = Start - Notify->LastEntry;
    }
    Entry->NextEntryOffset = 0;
    Entry->Action = Action;
    if (Wide)
        RtlCopyMemory(Entry->FileName, Name->Buffer, Length);
    else
        (VOID) RtlOemToUnicodeN(Entry->FileName, Length, &Length, Name->Buffer, Name->Length);
    Entry->FileNameLength = Length;
    Notify->LastEntry = Start;
    Notify->Used = Start + Head + Length;
    return TRUE;
}

static VOID FsRtlpReport(PFSRTL_NOTIFY Notify, const STRING *Target, USHORT From, ULONG Action)
{
    STRING Name = {(USHORT)(Target->Length - From), (USHORT)(Target->Length - From),
                   Target->Buffer + From};
    if (!Notify->Overflow && !FsRtlpAppendEntry(Notify, &Name, FsRtlpIsWide(Target), Action))
        Notify->Overflow = TRUE;
    Notify->Defer = Action == FILE_ACTION_RENAMED_OLD_NAME;
    PIRP Irp = Notify->Defer ? nullptr : FsRtlpTakeWaiting(Notify);
    if (Irp)
        FsRtlpDeliver(Notify, Irp);
}

VOID NTAPI FsRtlNotifyFullReportChange(PNOTIFY_SYNC NotifySync, PLIST_ENTRY NotifyList,
                                       PSTRING FullTargetName, USHORT TargetNameOffset,
                                       PSTRING StreamName, PSTRING NormalizedParentName,
                                       ULONG FilterMatch, ULONG Action, PVOID TargetContext)
{
    PFSRTL_NOTIFY_SYNC Sync = (PFSRTL_NOTIFY_SYNC)NotifySync;
    UNREFERENCED_PARAMETER(StreamName);
    UNREFERENCED_PARAMETER(NormalizedParentName);
    RtlAcquireSRWLockExclusive(&Sync->Lock);
    for (PLIST_ENTRY Link = NotifyList->Flink; Link != NotifyList; Link = Link->Flink) {
        PFSRTL_NOTIFY Notify = CONTAINING_RECORD(Link, FSRTL_NOTIFY, Link);
        USHORT From = FsRtlpVisibleFrom(Notify, FullTargetName, TargetNameOffset);
        if (!From || !(Notify->CompletionFilter & FilterMatch))
            continue;
        if (Notify->TraverseCallback && From != TargetNameOffset &&
            !NT_SUCCESS(
                Notify->TraverseCallback(Notify->FsContext, TargetContext, Notify->SubjectContext)))
            continue;
        FsRtlpReport(Notify, FullTargetName, From, Action);
    }
    RtlReleaseSRWLockExclusive(&Sync->Lock);
}

VOID NTAPI FsRtlNotifyReportChange(PNOTIFY_SYNC NotifySync, PLIST_ENTRY NotifyList,
                                   PSTRING FullTargetName, PUSHORT FileNamePartLength,
                                   ULONG FilterMatch)
{
    FsRtlNotifyFullReportChange(NotifySync, NotifyList, FullTargetName,
                                (USHORT)(FullTargetName->Length - *FileNamePartLength), nullptr,
                                nullptr, FilterMatch, 0, nullptr);
}
