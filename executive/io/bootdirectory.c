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

// The classes share a beginning but for the one of names alone; what lies between it and the name is zero.
typedef struct _IOP_DIRECTORY_CLASS {
    ULONG Class, NameLengthOffset, NameOffset;
} IOP_DIRECTORY_CLASS;

static const IOP_DIRECTORY_CLASS IopDirectoryClasses[] = {
    {FileDirectoryInformation, offsetof(FILE_DIRECTORY_INFORMATION, FileNameLength),
     offsetof(FILE_DIRECTORY_INFORMATION, FileName)},
    {FileFullDirectoryInformation, offsetof(FILE_FULL_DIR_INFORMATION, FileNameLength),
     offsetof(FILE_FULL_DIR_INFORMATION, FileName)},
    {FileBothDirectoryInformation, offsetof(FILE_BOTH_DIR_INFORMATION, FileNameLength),
     offsetof(FILE_BOTH_DIR_INFORMATION, FileName)},
    {FileIdBothDirectoryInformation, offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileNameLength),
     offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileName)},
    {FileIdFullDirectoryInformation, offsetof(FILE_ID_FULL_DIR_INFORMATION, FileNameLength),
     offsetof(FILE_ID_FULL_DIR_INFORMATION, FileName)},
    {FileNamesInformation, offsetof(FILE_NAMES_INFORMATION, FileNameLength),
     offsetof(FILE_NAMES_INFORMATION, FileName)},
};

static const IOP_DIRECTORY_CLASS *IopFindDirectoryClass(ULONG Class)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(IopDirectoryClasses); i++) {
        if (IopDirectoryClasses[i].Class == Class)
            return &IopDirectoryClasses[i];
    }
    return nullptr;
}

// As much of the name as there is room for.
static NTSTATUS IopWriteEntry(PIO_REQUEST Request, const IOP_DIRECTORY_CLASS *Class,
                              const IOP_ENTRY *Entry, ULONG Offset, ULONG NameRoom)
{
    UCHAR Head[sizeof(FILE_ID_BOTH_DIR_INFORMATION)] = {};
    PFILE_DIRECTORY_INFORMATION Common = (PFILE_DIRECTORY_INFORMATION)Head;
    if (Class->Class != FileNamesInformation) {
        Common->EndOfFile.QuadPart = (LONGLONG)Entry->Size;
        Common->AllocationSize.QuadPart = (LONGLONG)IopBootAllocation(Entry->Size);
        Common->FileAttributes = IopBootAttributes(Entry->Directory);
    }
    ULONG NameLength = Entry->Name.Length;
    memcpy(Head + Class->NameLengthOffset, &NameLength, sizeof(NameLength));
    NTSTATUS Status = IopCopyToRequest(Request, Offset, Head, Class->NameOffset);
    if (NT_SUCCESS(Status))
        Status = IopCopyToRequest(Request, Offset + Class->NameOffset, Entry->Name.Buffer,
                                  min(NameLength, NameRoom));
    return Status;
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
        Status = IopWriteEntry(Request, Class, &Entry, Offset, Size - Class->NameOffset);
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
