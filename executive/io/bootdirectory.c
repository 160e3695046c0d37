// The directories of the boot volume.
#include "bootvolume.h"

// The pattern of the first call stays for the following ones.
static NTSTATUS IopStartEnumeration(PIO_REQUEST Request, PIOP_BOOT_FILE Boot)
{
    UNICODE_STRING Pattern = {};
    if (Request->InputLength) {
        USHORT Length = (USHORT)Request->InputLength;
        Pattern =
            (UNICODE_STRING){Length, Length, ExAllocatePoolWithTag(PagedPool, Length, 'aPFI')};
        if (!Pattern.Buffer)
            return STATUS_INSUFFICIENT_RESOURCES;
        NTSTATUS Status = IopCopyFromRequest(Request, 0, Pattern.Buffer, Length);
        if (NT_SUCCESS(Status))
            Status = RtlUpcaseUnicodeString(&Pattern, &Pattern, FALSE);
        if (!NT_SUCCESS(Status)) {
            ExFreePool(Pattern.Buffer);
            return Status;
        }
    }
    // A scan that starts again without a pattern goes by the one that there was.
    if (Pattern.Buffer || !Boot->Enumerating) {
        if (Boot->Pattern.Buffer)
            ExFreePool(Boot->Pattern.Buffer);
        Boot->Pattern = Pattern;
    }
    Boot->NextEntry = 0;
    Boot->Enumerating = TRUE;
    return STATUS_SUCCESS;
}

static NTSTATUS IopNextEntry(PIOP_BOOT_FILE Boot, PULONG Index, IOP_ENTRY *Entry)
{
    for (;;) {
        NTSTATUS Status = IopNextInVolume(&Boot->Node->Path, Index, Entry);
        if (!NT_SUCCESS(Status))
            return Status;
        if (!Boot->Pattern.Length || IopMatchesPattern(&Boot->Pattern, &Entry->Name))
            return STATUS_SUCCESS;
    }
}

// An entry that does not fit is for the next call, except for the first one, whose name is cut.
static NTSTATUS IopListDirectory(PIO_REQUEST Request, PIOP_BOOT_FILE Boot,
                                 const IOP_DIRECTORY_CLASS *Class)
{
    ULONG Length = Request->OutputLength, Last = MAXULONG, Used = 0;
    for (;;) {
        IOP_ENTRY Entry;
        ULONG Index = Boot->NextEntry;
        NTSTATUS Status = IopNextEntry(Boot, &Index, &Entry);
        if (!NT_SUCCESS(Status))
            return Used ? STATUS_SUCCESS : Status;
        ULONG Offset = Last == MAXULONG ? 0 : (ULONG)ALIGN_UP_BY(Used, sizeof(LONGLONG));
        ULONG Size = Class->NameOffset + Entry.Name.Length;
        BOOLEAN Fits = Offset <= Length && Size <= Length - Offset;
        if (!Fits && Used)
            return STATUS_SUCCESS;
        if (!Fits)
            Size = Length;
        const IOP_DIRECTORY_ENTRY Written = {
            .Name = Entry.Name,
            .Attributes = IopBootAttributes(Entry.Directory),
            .EndOfFile = Entry.Size,
            .AllocationSize = IopBootAllocation(Entry.Size),
        };
        Status = IopWriteDirectoryEntry(Request, Class, &Written, Offset, Size - Class->NameOffset);
        ULONG Distance = Offset - Last;
        if (NT_SUCCESS(Status) && Last != MAXULONG)
            Status = IopCopyToRequest(Request, Last, &Distance, sizeof(Distance));
        if (!NT_SUCCESS(Status))
            return Status;
        Boot->NextEntry = Index;
        Last = Offset;
        Used = Offset + Size;
        Request->IoStatus.Information = Used;
        if (!Fits)
            return STATUS_BUFFER_OVERFLOW;
        if (Request->StackFlags & SL_RETURN_SINGLE_ENTRY)
            return STATUS_SUCCESS;
    }
}

static NTSTATUS IopQueryDirectory(PIO_REQUEST Request, PIOP_BOOT_FILE Boot)
{
    const IOP_DIRECTORY_CLASS *Class = IopFindDirectoryClass((ULONG)Request->Parameters[2]);
    if (!Class)
        return STATUS_INVALID_INFO_CLASS;
    BOOLEAN First = !Boot->Enumerating;
    ULONG Before = Boot->NextEntry;
    NTSTATUS Status = STATUS_SUCCESS;
    if (First || (Request->StackFlags & SL_RESTART_SCAN))
        Status = IopStartEnumeration(Request, Boot);
    if (NT_SUCCESS(Status))
        Status = IopListDirectory(Request, Boot, Class);
    if (Request->StackFlags & SL_NO_CURSOR_UPDATE)
        Boot->NextEntry = Before;
    return Status == STATUS_NO_MORE_FILES && First ? STATUS_NO_SUCH_FILE : Status;
}

NTSTATUS IopBootDirectoryControl(PIO_REQUEST Request)
{
    PIOP_BOOT_FILE Boot = Request->File->FsContext;
    if (!Boot->Node->Directory)
        return STATUS_INVALID_PARAMETER;
    if (Request->MinorFunction == IRP_MN_QUERY_DIRECTORY)
        return IopQueryDirectory(Request, Boot);
    if (Request->File->Flags & FO_CLEANUP_COMPLETE)
        return STATUS_NOTIFY_CLEANUP;
    InsertTailList(&Boot->Watchers, &Request->OwnerLink);
    return STATUS_PENDING;
}
