// The directory of all pipes.
#include "np.h"

static LIST_ENTRY NpWatchers = {&NpWatchers, &NpWatchers}; // requests of all root files

NTSTATUS NpOpenRoot(PIO_REQUEST Request)
{
    if (Request->Open->Options & FILE_NON_DIRECTORY_FILE)
        return STATUS_FILE_IS_A_DIRECTORY;
    PNP_ROOT Root = ExAllocatePoolZero(PagedPool, sizeof(*Root), NpTag);
    if (!Root)
        return STATUS_INSUFFICIENT_RESOURCES;
    Request->File->FsContext = Root;
    Request->File->FsContext2 = (PVOID)NpRootFile;
    Request->IoStatus.Information = FILE_OPENED;
    return STATUS_SUCCESS;
}

VOID NpCloseRoot(PNP_ROOT Root)
{
    if (Root->Pattern.Buffer)
        ExFreePool(Root->Pattern.Buffer);
    ExFreePoolWithTag(Root, NpTag);
}

// ---- Enumeration

static NTSTATUS NpStartEnumeration(PNP_ROOT Root, PIO_REQUEST Request)
{
    UNICODE_STRING Pattern = {};
    if (Request->InputLength) {
        USHORT Length = (USHORT)Request->InputLength;
        Pattern = (UNICODE_STRING){Length, Length, ExAllocatePoolWithTag(PagedPool, Length, NpTag)};
        if (!Pattern.Buffer)
            return STATUS_INSUFFICIENT_RESOURCES;
        NTSTATUS Status = IopCopyFromRequest(Request, 0, Pattern.Buffer, Length);
        if (NT_SUCCESS(Status))
            Status = RtlUpcaseUnicodeString(&Pattern, &Pattern, FALSE);
        if (!NT_SUCCESS(Status)) {
            ExFreePool(Pattern.Buffer);
            return Status;
        }
        if (Root->Pattern.Buffer)
            ExFreePool(Root->Pattern.Buffer);
        Root->Pattern = Pattern;
    }
    Root->NextEntry = 0;
    Root->Enumerating = TRUE;
    return STATUS_SUCCESS;
}

static PNP_PIPE NpNextPipe(PNP_ROOT Root, PULONG Index)
{
    ULONG Place = 0;
    for (PLIST_ENTRY Link = NpPipes.Flink; Link != &NpPipes; Link = Link->Flink, Place++) {
        PNP_PIPE Pipe = CONTAINING_RECORD(Link, NP_PIPE, Link);
        if (Place < *Index ||
            (Root->Pattern.Length && !IopMatchesPattern(&Root->Pattern, &Pipe->Name)))
            continue;
        *Index = Place + 1;
        return Pipe;
    }
    return nullptr;
}

// The size of a pipe is the number of its instances, its allocation how many there may be.
static NTSTATUS NpWriteEntry(PIO_REQUEST Request, const IOP_DIRECTORY_CLASS *Class, PNP_PIPE Pipe,
                             ULONG Offset)
{
    IOP_DIRECTORY_ENTRY Entry = {
        .Name = Pipe->Name,
        .Attributes = FILE_ATTRIBUTE_NORMAL,
        .EndOfFile = Pipe->InstanceCount,
        .AllocationSize = Pipe->MaximumInstances,
    };
    return IopWriteDirectoryEntry(Request, Class, &Entry, Offset, Pipe->Name.Length);
}

static NTSTATUS NpList(PNP_ROOT Root, PIO_REQUEST Request, const IOP_DIRECTORY_CLASS *Class)
{
    ULONG Last = MAXULONG, Used = 0;
    for (;;) {
        ULONG Index = Root->NextEntry;
        PNP_PIPE Pipe = NpNextPipe(Root, &Index);
        if (!Pipe)
            return Used ? STATUS_SUCCESS : STATUS_NO_MORE_FILES;
        ULONG Offset = Used ? (ULONG)ALIGN_UP_BY(Used, sizeof(LONGLONG)) : 0;
        ULONG Size = Class->NameOffset + Pipe->Name.Length;
        if (Offset > Request->OutputLength || Size > Request->OutputLength - Offset)
            return Used ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
        NTSTATUS Status = NpWriteEntry(Request, Class, Pipe, Offset);
        ULONG Distance = Offset - Last;
        if (NT_SUCCESS(Status) && Last != MAXULONG)
            Status = IopCopyToRequest(Request, Last, &Distance, sizeof(Distance));
        if (!NT_SUCCESS(Status))
            return Status;
        Root->NextEntry = Index;
        Last = Offset;
        Used = Offset + Size;
        Request->IoStatus.Information = Used;
        if (Request->StackFlags & SL_RETURN_SINGLE_ENTRY)
            return STATUS_SUCCESS;
    }
}

static NTSTATUS NpQueryDirectory(PNP_ROOT Root, PIO_REQUEST Request)
{
    const IOP_DIRECTORY_CLASS *Class = IopFindDirectoryClass((ULONG)Request->Parameters[2]);
    if (!Class)
        return STATUS_INVALID_INFO_CLASS;
    BOOLEAN First = !Root->Enumerating;
    NTSTATUS Status = STATUS_SUCCESS;
    if (First || (Request->StackFlags & SL_RESTART_SCAN))
        Status = NpStartEnumeration(Root, Request);
    if (NT_SUCCESS(Status))
        Status = NpList(Root, Request, Class);
    return Status == STATUS_NO_MORE_FILES && First ? STATUS_NO_SUCH_FILE : Status;
}

// ---- Changes: who watches is told to look again

VOID NpNotifyRoot(VOID)
{
    while (!IsListEmpty(&NpWatchers)) {
        PLIST_ENTRY Link = RemoveHeadList(&NpWatchers);
        IopCompleteRequest(CONTAINING_RECORD(Link, IO_REQUEST, OwnerLink), STATUS_NOTIFY_ENUM_DIR,
                           0);
    }
}

NTSTATUS NpDirectoryControl(PIO_REQUEST Request)
{
    if (NpKind(Request->File) != NpRootFile)
        return STATUS_INVALID_PARAMETER;
    if (Request->MinorFunction == IRP_MN_QUERY_DIRECTORY)
        return NpQueryDirectory(Request->File->FsContext, Request);
    if (Request->File->Flags & FO_CLEANUP_COMPLETE)
        return STATUS_NOTIFY_CLEANUP;
    InsertTailList(&NpWatchers, &Request->OwnerLink);
    return NpPend(Request, NpPendingNotify, nullptr);
}

VOID NpCleanupRoot(PFILE_OBJECT File)
{
    PLIST_ENTRY Link = NpWatchers.Flink;
    while (Link != &NpWatchers) {
        PIO_REQUEST Request = CONTAINING_RECORD(Link, IO_REQUEST, OwnerLink);
        Link = Link->Flink;
        if (Request->File != File)
            continue;
        RemoveEntryList(&Request->OwnerLink);
        IopCompleteRequest(Request, STATUS_NOTIFY_CLEANUP, 0);
    }
}
