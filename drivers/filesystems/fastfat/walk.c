// The way to what is opened: by its name, down the directories, or by its file ID.
#include "open.h"

static BOOLEAN FfNextPart(PUNICODE_STRING Rest, PUNICODE_STRING Part)
{
    ULONG Count = 0, Total = Rest->Length / sizeof(WCHAR);
    while (Count < Total && Rest->Buffer[Count] != '\\')
        Count++;
    *Part = (UNICODE_STRING){(USHORT)(Count * sizeof(WCHAR)), (USHORT)(Count * sizeof(WCHAR)),
                             Rest->Buffer};
    BOOLEAN More = Count < Total;
    Count += More;
    Rest->Buffer += Count;
    Rest->Length -= (USHORT)(Count * sizeof(WCHAR));
    return More;
}

VOID FfAppendPath(PUNICODE_STRING Path, const uint16_t *Name, ULONG Length)
{
    if (Path->Length + (Length + 1) * sizeof(WCHAR) > Path->MaximumLength)
        return; // cannot be: a name is at most as long as it was asked for, or an entry's own
    Path->Buffer[Path->Length / sizeof(WCHAR)] = '\\';
    RtlCopyMemory(Path->Buffer + Path->Length / sizeof(WCHAR) + 1, Name, Length * sizeof(WCHAR));
    Path->Length += (USHORT)((Length + 1) * sizeof(WCHAR));
}

static NTSTATUS FfFindPart(PFF_OPEN Open, PCUNICODE_STRING Part)
{
    ULONG Length = Part->Length / sizeof(WCHAR);
    if (!FatNameIsValid(Part->Buffer, Length))
        return STATUS_OBJECT_NAME_INVALID;
    FAT_RESULT Result = FatFind(Open->Parent, Part->Buffer, Length, &Open->Entry);
    Open->Exists = Result == FatDone;
    return Result == FatNotFound ? STATUS_SUCCESS : FfStatus(Open->Volume, Result);
}

// Down one directory.
static NTSTATUS FfEnter(PFF_OPEN Open)
{
    FAT_DIRECTORY *Next;
    if (!Open->Exists || !(Open->Entry.Attributes & FAT_ATTRIBUTE_DIRECTORY))
        return STATUS_OBJECT_PATH_NOT_FOUND;
    FAT_RESULT Result = FatOpenDirectory(Open->Volume->Fat, Open->Entry.FirstCluster, &Next);
    if (Result != FatDone)
        return FfStatus(Open->Volume, Result);
    FatCloseDirectory(Open->Parent);
    Open->Parent = Next;
    FfAppendPath(&Open->Path, Open->Entry.Name, Open->Entry.NameLength);
    return STATUS_SUCCESS;
}

static NTSTATUS FfStartWalk(PFF_OPEN Open, PUNICODE_STRING Rest)
{
    PFILE_OBJECT Related = Open->FileObject->RelatedFileObject;
    PFF_FCB From = Related ? FfFcb(Related) : NULL;
    uint32_t Cluster = 0;
    *Rest = Open->FileObject->FileName;
    if (From && FfIsDirectory(From)) {
        if (From->Deleted || From->DeletePending)
            return STATUS_DELETE_PENDING;
        if (Rest->Length && Rest->Buffer[0] == '\\')
            return STATUS_INVALID_PARAMETER;
        Cluster = From->Entry.FirstCluster;
    } else if (From) {
        return FfIsFile(From) ? STATUS_OBJECT_PATH_NOT_FOUND : STATUS_INVALID_PARAMETER;
    } else {
        if (Rest->Length < sizeof(WCHAR) || Rest->Buffer[0] != '\\')
            return STATUS_OBJECT_NAME_INVALID;
        Rest->Buffer++;
        Rest->Length -= sizeof(WCHAR);
    }
    // A part may be given by its short name and be 255 long.
    ULONG Parts = 2;
    for (ULONG i = 0; i < Rest->Length / sizeof(WCHAR); i++)
        Parts += Rest->Buffer[i] == '\\';
    ULONG Room = (From ? From->Path.Length : 0) + Parts * (FAT_MAX_NAME + 1) * sizeof(WCHAR);
    if (Room > 0xFFFE)
        Room = 0xFFFE;
    Open->Path.Buffer = ExAllocatePoolWithTag(PagedPool, Room, FfTag);
    if (!Open->Path.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    Open->Path.MaximumLength = (USHORT)Room;
    if (From && From->Parent)
        RtlAppendUnicodeStringToString(&Open->Path, &From->Path);
    return FfStatus(Open->Volume, FatOpenDirectory(Open->Volume->Fat, Cluster, &Open->Parent));
}

// To the last component. "name\" is a directory.
NTSTATUS FfWalk(PFF_OPEN Open)
{
    UNICODE_STRING Rest, Part;
    NTSTATUS Status = FfStartWalk(Open, &Rest);
    if (!NT_SUCCESS(Status))
        return Status;
    while (NT_SUCCESS(Status) && Rest.Length) {
        BOOLEAN More = FfNextPart(&Rest, &Part);
        if (Open->Last.Length)
            Status = FfEnter(Open);
        if (NT_SUCCESS(Status))
            Status = FfFindPart(Open, &Part);
        Open->Last = Part;
        if (More && !Rest.Length)
            Open->WantsDirectory = TRUE;
    }
    return Status;
}

// By a number instead of a name: what is not there cannot be made.
NTSTATUS FfWalkById(PFF_OPEN Open)
{
    PCUNICODE_STRING Name = &Open->FileObject->FileName;
    ULONG64 Id;
    BOOLEAN Rooted = Name->Length == sizeof(Id) + sizeof(WCHAR) && Name->Buffer[0] == '\\';
    if (Open->TargetDirectory || (Name->Length != sizeof(Id) && !Rooted))
        return STATUS_INVALID_PARAMETER;
    RtlCopyMemory(&Id, Name->Buffer + Rooted, sizeof(Id));
    if (!Id)
        return STATUS_SUCCESS; // the root: nothing is last
    NTSTATUS Status = FfFindById(Open->Volume, Id, &Open->Path, &Open->Parent, &Open->Entry);
    Open->Exists = NT_SUCCESS(Status);
    Open->Last = (UNICODE_STRING){(USHORT)(Open->Entry.NameLength * sizeof(WCHAR)), 0,
                                  (PWCH)Open->Entry.Name};
    return Status;
}
