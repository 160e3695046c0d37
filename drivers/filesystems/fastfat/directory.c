// IRP_MJ_DIRECTORY_CONTROL: listing directories, and telling of changes.
#include "ff.h"

typedef struct _FF_LIST {
    PFF_FCB Fcb;
    PFF_CCB Ccb;
    ULONG Kind; // of FfListClasses
    PUCHAR Buffer;
    ULONG Length, Used, Last; // bytes; where the last entry begins
    ULONG Count;
    FAT_STAMP Stamps[3]; // of the entry before, and what they mean: mostly it is the same
    LONGLONG Times[3];
    FAT_CURSOR Cursor;
    FAT_ENTRY Entry;
    ULONG Dots; // of the entry, if it is "." or ".."
} FF_LIST, *PFF_LIST;

static const struct {
    FILE_INFORMATION_CLASS Class;
    ULONG Head;                                // bytes before the name
    BOOLEAN Data;                              // begins as FILE_DIRECTORY_INFORMATION
    ULONG NameLengthAt, ShortNameAt, FileIdAt; // 0: not there
} FfListClasses[] = {
    {FileDirectoryInformation, FIELD_OFFSET(FILE_DIRECTORY_INFORMATION, FileName), TRUE,
     FIELD_OFFSET(FILE_DIRECTORY_INFORMATION, FileNameLength), 0, 0},
    {FileFullDirectoryInformation, FIELD_OFFSET(FILE_FULL_DIR_INFORMATION, FileName), TRUE,
     FIELD_OFFSET(FILE_FULL_DIR_INFORMATION, FileNameLength), 0, 0},
    {FileBothDirectoryInformation, FIELD_OFFSET(FILE_BOTH_DIR_INFORMATION, FileName), TRUE,
     FIELD_OFFSET(FILE_BOTH_DIR_INFORMATION, FileNameLength),
     FIELD_OFFSET(FILE_BOTH_DIR_INFORMATION, ShortNameLength), 0},
    {FileNamesInformation, FIELD_OFFSET(FILE_NAMES_INFORMATION, FileName), FALSE,
     FIELD_OFFSET(FILE_NAMES_INFORMATION, FileNameLength), 0, 0},
    {FileIdBothDirectoryInformation, FIELD_OFFSET(FILE_ID_BOTH_DIR_INFORMATION, FileName), TRUE,
     FIELD_OFFSET(FILE_ID_BOTH_DIR_INFORMATION, FileNameLength),
     FIELD_OFFSET(FILE_ID_BOTH_DIR_INFORMATION, ShortNameLength),
     FIELD_OFFSET(FILE_ID_BOTH_DIR_INFORMATION, FileId)},
    {FileIdFullDirectoryInformation, FIELD_OFFSET(FILE_ID_FULL_DIR_INFORMATION, FileName), TRUE,
     FIELD_OFFSET(FILE_ID_FULL_DIR_INFORMATION, FileNameLength), 0,
     FIELD_OFFSET(FILE_ID_FULL_DIR_INFORMATION, FileId)},
};

static ULONG FfListClass(FILE_INFORMATION_CLASS Class)
{
    ULONG i = 0;
    while (i < RTL_NUMBER_OF(FfListClasses) && FfListClasses[i].Class != Class)
        i++;
    return i;
}

// ---- One entry in the buffer

static LONGLONG FfListTime(PFF_LIST List, FF_TIME Which, FAT_STAMP Stamp)
{
    FAT_STAMP *Last = &List->Stamps[Which];
    if (Stamp.Date != Last->Date || Stamp.Time != Last->Time ||
        Stamp.Hundredths != Last->Hundredths) {
        *Last = Stamp;
        List->Times[Which] = FfStampToSystem(Stamp);
    }
    return List->Times[Which];
}

static VOID FfPutData(PFF_LIST List, PUCHAR At)
{
    FILE_DIRECTORY_INFORMATION *Out = (PVOID)At;
    const FAT_ENTRY *Entry = &List->Entry;
    const FAT_GEOMETRY *Geometry = &List->Fcb->Volume->Fat->Geometry;
    BOOLEAN Directory = (Entry->Attributes & FAT_ATTRIBUTE_DIRECTORY) != 0;
    LONGLONG Mask = (LONGLONG)Geometry->ClusterSize - 1;
    Out->FileIndex = 0;
    Out->CreationTime.QuadPart = FfListTime(List, FfCreated, Entry->Created);
    Out->LastAccessTime.QuadPart = FfListTime(List, FfAccessed, Entry->Accessed);
    Out->LastWriteTime.QuadPart = FfListTime(List, FfModified, Entry->Modified);
    Out->ChangeTime = Out->LastWriteTime;
    Out->EndOfFile.QuadPart = Directory ? 0 : Entry->Size;
    Out->AllocationSize.QuadPart = Directory ? 0 : ((LONGLONG)Entry->Size + Mask) & ~Mask;
    Out->FileAttributes = Entry->Attributes & 0x37;
    if (!Out->FileAttributes)
        Out->FileAttributes = FILE_ATTRIBUTE_NORMAL;
}

static VOID FfPutShortName(PFF_LIST List, PUCHAR At)
{
    // CCHAR length, and at the next even place the name
    ULONG Bytes = List->Entry.HasLongName ? List->Entry.ShortLength * sizeof(WCHAR) : 0;
    At[0] = (UCHAR)Bytes;
    RtlCopyMemory(At + sizeof(WCHAR), List->Entry.ShortName, Bytes);
}

static ULONG64 FfDotId(PFF_LIST List)
{
    PFF_FCB Fcb = List->Fcb;
    if (List->Dots == 2)
        Fcb = FfFindDirectoryFcb(Fcb->Volume, Fcb->Parent);
    return Fcb ? FfFileId(Fcb) : 0; // nobody has it open: it is looked for by its name
}

static NTSTATUS FfPutEntry(PFF_LIST List)
{
    ULONG Kind = List->Kind, Head = FfListClasses[Kind].Head;
    ULONG Start = (List->Used + 7) & ~7u, Bytes = List->Entry.NameLength * sizeof(WCHAR);
    if (Start + Head + Bytes > List->Length) {
        if (List->Count || Head > List->Length)
            return STATUS_BUFFER_OVERFLOW;
        Bytes = List->Length - Head; // the first one is cut
    }
    PUCHAR At = List->Buffer + Start;
    RtlZeroMemory(At, Head);
    if (FfListClasses[Kind].Data)
        FfPutData(List, At);
    *(PULONG)(At + FfListClasses[Kind].NameLengthAt) = List->Entry.NameLength * sizeof(WCHAR);
    if (FfListClasses[Kind].ShortNameAt)
        FfPutShortName(List, At + FfListClasses[Kind].ShortNameAt);
    if (FfListClasses[Kind].FileIdAt)
        *(PULONG64)(At + FfListClasses[Kind].FileIdAt) =
            List->Dots ? FfDotId(List) : FfEntryId(List->Fcb->Directory, &List->Entry);
    RtlCopyMemory(At + Head, List->Entry.Name, Bytes);
    if (List->Count)
        *(PULONG)(List->Buffer + List->Last) = Start - List->Last;
    List->Last = Start;
    List->Used = Start + Head + Bytes;
    List->Count++;
    return Bytes < List->Entry.NameLength * sizeof(WCHAR) ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

// ---- What is listed

static BOOLEAN FfMatchesName(PFF_CCB Ccb, const uint16_t *Name, ULONG Length)
{
    UNICODE_STRING Text = {(USHORT)(Length * sizeof(WCHAR)), (USHORT)(Length * sizeof(WCHAR)),
                           (PWCH)(ULONG_PTR)Name};
    if (!Ccb->PatternWild)
        return RtlEqualUnicodeString(&Ccb->Pattern, &Text, TRUE);
    return FsRtlIsNameInExpression(&Ccb->Pattern, &Text, TRUE, NULL);
}

static BOOLEAN FfMatches(PFF_CCB Ccb, const FAT_ENTRY *Entry)
{
    return !Ccb->Pattern.Buffer || FfMatchesName(Ccb, Entry->Name, Entry->NameLength) ||
           (Entry->HasLongName && FfMatchesName(Ccb, Entry->ShortName, Entry->ShortLength));
}

static VOID FfFillDot(PFF_LIST List, ULONG Dots)
{
    PFF_FCB Fcb = List->Fcb;
    List->Dots = Dots;
    List->Entry = Fcb->Entry;
    List->Entry.HasLongName = FALSE;
    List->Entry.NameLength = Dots;
    List->Entry.Name[0] = List->Entry.Name[1] = '.';
    List->Entry.Attributes = FAT_ATTRIBUTE_DIRECTORY;
}

// The next one that matches, and where to go on after it. STATUS_NO_MORE_FILES: there is none.
static NTSTATUS FfNextMatch(PFF_LIST List, ULONG *NextSlot, ULONG *NextDot)
{
    PFF_CCB Ccb = List->Ccb;
    while (List->Fcb->Parent && *NextDot < 2) {
        FfFillDot(List, ++*NextDot);
        if (FfMatches(Ccb, &List->Entry))
            return STATUS_SUCCESS;
    }
    List->Dots = 0;
    for (;;) {
        FAT_RESULT Result;
        if (Ccb->Pattern.Buffer && !Ccb->PatternWild) { // a name: it is there once or not at all
            if (*NextSlot)
                return STATUS_NO_MORE_FILES;
            *NextSlot = FAT_MAX_SLOTS;
            Result = FatFind(List->Fcb->Directory, Ccb->Pattern.Buffer,
                             Ccb->Pattern.Length / sizeof(WCHAR), &List->Entry);
            return Result == FatNotFound ? STATUS_NO_MORE_FILES
                                         : FfStatus(List->Fcb->Volume, Result);
        }
        Result = FatNextAt(List->Fcb->Directory, &List->Cursor, *NextSlot, &List->Entry);
        if (Result == FatNotFound)
            return STATUS_NO_MORE_FILES;
        if (Result != FatDone)
            return FfStatus(List->Fcb->Volume, Result);
        *NextSlot = List->Entry.Slot + List->Entry.Slots;
        if (FfMatches(Ccb, &List->Entry))
            return STATUS_SUCCESS;
    }
}

static NTSTATUS FfFillList(PFF_LIST List, BOOLEAN Single)
{
    PFF_CCB Ccb = List->Ccb;
    for (;;) {
        ULONG Slot = Ccb->NextSlot, Dot = Ccb->NextDot;
        NTSTATUS Status = FfNextMatch(List, &Slot, &Dot);
        if (!NT_SUCCESS(Status))
            return List->Count && Status == STATUS_NO_MORE_FILES ? STATUS_SUCCESS : Status;
        ULONG Had = List->Count;
        Status = FfPutEntry(List);
        if (List->Count != Had) {
            Ccb->NextSlot = Slot;
            Ccb->NextDot = Dot;
        }
        if (Status == STATUS_BUFFER_OVERFLOW)
            return Had ? STATUS_SUCCESS : Status;
        if (Single)
            return STATUS_SUCCESS;
    }
}

// The first query of an open decides what is looked for.
static NTSTATUS FfSetPattern(PFF_CCB Ccb, PCUNICODE_STRING Pattern)
{
    if (Ccb->PatternSet)
        return STATUS_SUCCESS;
    Ccb->PatternSet = TRUE;
    if (!Pattern || !Pattern->Length ||
        (Pattern->Length == sizeof(WCHAR) && Pattern->Buffer[0] == '*'))
        return STATUS_SUCCESS;
    PWCH Buffer = ExAllocatePoolWithTag(PagedPool, Pattern->Length, FfTag);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    Ccb->Pattern = (UNICODE_STRING){Pattern->Length, Pattern->Length, Buffer};
    for (ULONG i = 0; i < Pattern->Length / sizeof(WCHAR); i++)
        Buffer[i] = RtlUpcaseUnicodeChar(Pattern->Buffer[i]);
    Ccb->PatternWild = FsRtlDoesNameContainWildCards(&Ccb->Pattern);
    return STATUS_SUCCESS;
}

static NTSTATUS FfQueryDirectory(PFF_FCB Fcb, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PFF_CCB Ccb = Stack->FileObject->FsContext2;
    PCUNICODE_STRING Pattern = (PVOID)Stack->Parameters.QueryDirectory.FileName;
    ULONG Kind = FfListClass(Stack->Parameters.QueryDirectory.FileInformationClass);
    if (Kind == RTL_NUMBER_OF(FfListClasses))
        return STATUS_INVALID_INFO_CLASS;
    PFF_LIST List = ExAllocatePoolWithTag(PagedPool, sizeof(*List), FfTag);
    if (!List)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(List, sizeof(*List));
    List->Fcb = Fcb;
    List->Ccb = Ccb;
    List->Kind = Kind;
    List->Buffer = FfBuffer(Irp);
    List->Length = Stack->Parameters.QueryDirectory.Length;
    NTSTATUS Status = List->Buffer ? FfSetPattern(Ccb, Pattern) : STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(Status)) {
        if (Stack->Flags & SL_RESTART_SCAN)
            Ccb->NextSlot = Ccb->NextDot = 0;
        List->Cursor.Short = Ccb->Pattern.Buffer || FfListClasses[Kind].ShortNameAt;
        FfLockCore(Fcb->Volume);
        Status = FfFillList(List, (Stack->Flags & SL_RETURN_SINGLE_ENTRY) != 0);
        FfUnlockCore(Fcb->Volume);
        if (Status == STATUS_NO_MORE_FILES && !Ccb->Listed)
            Status = STATUS_NO_SUCH_FILE;
        Ccb->Listed = TRUE;
    }
    Irp->IoStatus.Information = List->Used;
    ExFreePoolWithTag(List, FfTag);
    return Status;
}

static NTSTATUS FfNotify(PFF_FCB Fcb, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    IoMarkIrpPending(Irp);
    FsRtlNotifyFullChangeDirectory(
        Fcb->Volume->NotifySync, &Fcb->Volume->NotifyList, Stack->FileObject->FsContext2,
        (PSTRING)&Fcb->Path, (Stack->Flags & SL_WATCH_TREE) != 0, FALSE,
        Stack->Parameters.NotifyDirectory.CompletionFilter, Irp, NULL, NULL);
    return STATUS_PENDING;
}

NTSTATUS FfDirectoryControl(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PFF_FCB Fcb = FfFcb(Stack->FileObject);
    NTSTATUS Status = STATUS_INVALID_PARAMETER;
    Irp->IoStatus.Information = 0;
    ExAcquireResourceExclusiveLite(&Volume->Resource, TRUE);
    if (Volume->Dismounted)
        Status = FfGone(Volume);
    else if (!Fcb || !FfIsDirectory(Fcb) || !Stack->FileObject->FsContext2)
        Status = STATUS_INVALID_PARAMETER;
    else if (Fcb->Deleted)
        Status = STATUS_DELETE_PENDING;
    else if (Stack->MinorFunction == IRP_MN_QUERY_DIRECTORY)
        Status = FfQueryDirectory(Fcb, Irp, Stack);
    else if (Stack->MinorFunction == IRP_MN_NOTIFY_CHANGE_DIRECTORY)
        Status = FfNotify(Fcb, Irp, Stack);
    ExReleaseResourceLite(&Volume->Resource);
    if (Status == STATUS_PENDING)
        return Status;
    return FfComplete(Irp, Status, Irp->IoStatus.Information);
}

// ---- Changes

VOID FfReport(PFF_FCB Fcb, ULONG Filter, ULONG Action)
{
    PFF_VOLUME Volume = Fcb->Volume;
    USHORT Place = Fcb->Path.Length;
    while (Place && Fcb->Path.Buffer[Place / sizeof(WCHAR) - 1] != '\\')
        Place -= sizeof(WCHAR);
    if (!Fcb->Parent || IsListEmpty(&Volume->NotifyList))
        return;
    FsRtlNotifyFullReportChange(Volume->NotifySync, &Volume->NotifyList, (PSTRING)&Fcb->Path, Place,
                                NULL, NULL, Filter, Action, NULL);
}
