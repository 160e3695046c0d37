// What has changed among the names of volumes in the last seconds. A file system brings that to the disk in a while; when its
// host ends before, the changes are made once more by a fresh one. How many of them the disk has is not known, only that
// these are the first ones. So a change is made again where its old name is there and nothing later has brought that name
// back; otherwise it is left, and the disk's own state is as good as one of a moment before.
#include "away.h"

enum {
    IOP_NAME_SECONDS =
        5, // in which a file system's metadata is on the disk, with room for a busy one
    IOP_MOST_NAMES = 2048, // each is compared with all later ones
};

typedef struct _IOP_NAME_CHANGE {
    LIST_ENTRY Link;
    ULONG64 Number; // they are counted, from 1
    ULONG64 Time;   // of the interrupt time
    ULONG Volume;   // the number of its device
    UCHAR Kind;     // IOP_NAME_KIND
    BOOLEAN Option; // it is a directory; what has the new name may be replaced
    UNICODE_STRING Path, NewPath;
    WCHAR Text[];
} IOP_NAME_CHANGE, *PIOP_NAME_CHANGE;

static LIST_ENTRY IopNames = {&IopNames, &IopNames}; // oldest first
static ULONG IopNameCount;

static VOID IopForgetChange(PIOP_NAME_CHANGE Change)
{
    RemoveEntryList(&Change->Link);
    ExFreePool(Change);
    IopNameCount--;
}

static VOID IopForgetOld(ULONG64 Now)
{
    while (!IsListEmpty(&IopNames)) {
        PIOP_NAME_CHANGE First = CONTAINING_RECORD(IopNames.Flink, IOP_NAME_CHANGE, Link);
        if (Now - First->Time < IOP_NAME_SECONDS * 10'000'000ull && IopNameCount < IOP_MOST_NAMES)
            return;
        IopForgetChange(First);
    }
}

static VOID IopPutPath(PUNICODE_STRING Path, PWCH Text, PCUNICODE_STRING Source)
{
    memcpy(Text, Source->Buffer, Source->Length);
    *Path = (UNICODE_STRING){Source->Length, Source->Length, Text};
}

// Of a volume that is away they wait for its return.
static PLIST_ENTRY IopNameList(const DEVICE_OBJECT *Volume)
{
    PIOP_AWAY Away = Volume->Away;
    return Away && Away->Kind == IopFileSystemAway && IopIsPending(Away) ? &Away->Names : &IopNames;
}

// Without memory a change is not noted, which matters only when a host ends.
ULONG64 IopNoteName(PFILE_OBJECT File, IOP_NAME_KIND Kind, BOOLEAN Option, PCUNICODE_STRING NewPath)
{
    static ULONG64 LastNumber;
    static const UNICODE_STRING Nothing = {};
    const UNICODE_STRING *Path = IopFilePath(File), *New = NewPath ? NewPath : &Nothing;
    if (!File->RealDevice || !Path->Length || Path->Buffer[0] != OBJ_NAME_PATH_SEPARATOR)
        return 0;
    PIOP_NAME_CHANGE Change =
        ExAllocatePoolWithTag(PagedPool, sizeof(*Change) + Path->Length + New->Length, 'aNoI');
    if (!Change)
        return 0;
    Change->Number = ++LastNumber;
    Change->Time = KeQueryInterruptTime();
    Change->Volume = File->Device->Number;
    Change->Kind = (UCHAR)Kind;
    Change->Option = Option;
    IopPutPath(&Change->Path, Change->Text, Path);
    IopPutPath(&Change->NewPath, Change->Text + Path->Length / sizeof(WCHAR), New);
    IopForgetOld(Change->Time);
    InsertTailList(IopNameList(File->Device), &Change->Link);
    IopNameCount++;
    return LastNumber;
}

VOID IopWithdrawName(ULONG64 Number)
{
    for (PLIST_ENTRY Link = IopNames.Blink; Link != &IopNames; Link = Link->Blink) {
        PIOP_NAME_CHANGE Change = CONTAINING_RECORD(Link, IOP_NAME_CHANGE, Link);
        if (Change->Number != Number)
            continue;
        IopForgetChange(Change);
        return;
    }
}

// ---- The host ends

VOID IopKeepNewNames(PIOP_AWAY Away)
{
    PLIST_ENTRY Link = IopNames.Flink;
    while (Link != &IopNames) {
        PIOP_NAME_CHANGE Change = CONTAINING_RECORD(Link, IOP_NAME_CHANGE, Link);
        Link = Link->Flink;
        if (Change->Volume != Away->Device->Number)
            continue;
        RemoveEntryList(&Change->Link);
        InsertTailList(&Away->Names, &Change->Link);
    }
}

VOID IopForgetNewNames(PIOP_AWAY Away)
{
    while (!IsListEmpty(&Away->Names))
        IopForgetChange(CONTAINING_RECORD(Away->Names.Flink, IOP_NAME_CHANGE, Link));
}

// ---- A fresh one makes them again

// Path itself, or a directory above it.
static BOOLEAN IopIsAbove(PCUNICODE_STRING Above, PCUNICODE_STRING Path)
{
    return RtlPrefixUnicodeString(Above, Path, TRUE) &&
           (Path->Length == Above->Length ||
            Path->Buffer[Above->Length / sizeof(WCHAR)] == OBJ_NAME_PATH_SEPARATOR);
}

static PIOP_NAME_CHANGE IopNextChange(PIOP_AWAY Away, const LIST_ENTRY *After)
{
    return After->Flink == &Away->Names ? nullptr
                                        : CONTAINING_RECORD(After->Flink, IOP_NAME_CHANGE, Link);
}

// The change brings the name back: what has it may be that. Who is renamed brings along what is below it.
static BOOLEAN IopBringsBack(const IOP_NAME_CHANGE *Change, PCUNICODE_STRING Path)
{
    switch (Change->Kind) {
    case IopNameMade:
        return RtlEqualUnicodeString(&Change->Path, Path, TRUE);
    case IopNameChanged:
        return IopIsAbove(&Change->NewPath, Path);
    default:
        return FALSE;
    }
}

static BOOLEAN IopComesBack(PIOP_AWAY Away, PIOP_NAME_CHANGE Change)
{
    for (PIOP_NAME_CHANGE Later = IopNextChange(Away, &Change->Link); Later;
         Later = IopNextChange(Away, &Later->Link)) {
        if (IopBringsBack(Later, &Change->Path))
            return TRUE;
    }
    return FALSE;
}

// FALSE: it does not fit.
static BOOLEAN IopChangeName(PUNICODE_STRING Path, const IOP_NAME_CHANGE *Change)
{
    const UNICODE_STRING *Old = &Change->Path, *New = &Change->NewPath;
    ULONG Rest = (ULONG)Path->Length - Old->Length;
    if (New->Length + Rest > Path->MaximumLength)
        return FALSE;
    memmove((PUCHAR)Path->Buffer + New->Length, (PUCHAR)Path->Buffer + Old->Length, Rest);
    memcpy(Path->Buffer, New->Buffer, New->Length);
    Path->Length = (USHORT)(New->Length + Rest);
    return TRUE;
}

// Another one gets the name: what has it is not there any more.
static BOOLEAN IopReplaces(const IOP_NAME_CHANGE *Change, PCUNICODE_STRING Path)
{
    return Change->Kind == IopNameChanged && RtlEqualUnicodeString(&Change->NewPath, Path, TRUE);
}

// What the name of something that was made has become. FALSE: it is not there any more.
static BOOLEAN IopFollowName(PIOP_AWAY Away, PIOP_NAME_CHANGE Made, PUNICODE_STRING Path)
{
    RtlCopyUnicodeString(Path, &Made->Path);
    for (PIOP_NAME_CHANGE Later = IopNextChange(Away, &Made->Link); Later;
         Later = IopNextChange(Away, &Later->Link)) {
        BOOLEAN Goes = Later->Kind != IopNameMade && IopIsAbove(&Later->Path, Path);
        if (!Goes && IopReplaces(Later, Path))
            return FALSE;
        if (Goes && (Later->Kind == IopNameDeleted || !IopChangeName(Path, Later)))
            return FALSE;
    }
    return TRUE;
}

// What is of another kind is older: it was deleted before this was made, which the disk does not know.
static NTSTATUS IopMakeOne(const IOP_NAME_MAKER *Maker, PCUNICODE_STRING Path, BOOLEAN Directory)
{
    NTSTATUS Status = Maker->Make(Maker->Context, Path, Directory);
    if (Status != STATUS_NOT_A_DIRECTORY && Status != STATUS_FILE_IS_A_DIRECTORY)
        return Status;
    Maker->Delete(Maker->Context, Path);
    return Maker->Make(Maker->Context, Path, Directory);
}

// How many have no directory to be in.
static ULONG IopMakeAll(PIOP_AWAY Away, const IOP_NAME_MAKER *Maker, PUNICODE_STRING Path)
{
    ULONG Missing = 0;
    for (PIOP_NAME_CHANGE Change = IopNextChange(Away, &Away->Names); Change;
         Change = IopNextChange(Away, &Change->Link)) {
        if (Change->Kind == IopNameMade && IopFollowName(Away, Change, Path))
            Missing += IopMakeOne(Maker, Path, Change->Option) == STATUS_OBJECT_PATH_NOT_FOUND;
    }
    return Missing;
}

// What has gone into a directory that was made later has to wait for that.
static VOID IopMakeAgain(PIOP_AWAY Away, const IOP_NAME_MAKER *Maker)
{
    constexpr USHORT Room = UNICODE_STRING_MAX_BYTES - 1;
    UNICODE_STRING Path = {.MaximumLength = Room,
                           .Buffer = ExAllocatePoolWithTag(PagedPool, Room, 'aNoI')};
    ULONG Missing = UINT32_MAX, Before;
    if (!Path.Buffer)
        return;
    do {
        Before = Missing;
        Missing = IopMakeAll(Away, Maker, &Path);
    } while (Missing && Missing < Before);
    ExFreePool(Path.Buffer);
}

static VOID IopRepeatChange(PIOP_AWAY Away, PIOP_NAME_CHANGE Change, const IOP_NAME_MAKER *Maker)
{
    if (Change->Kind == IopNameMade || IopComesBack(Away, Change))
        return;
    if (Change->Kind == IopNameChanged)
        Maker->Rename(Maker->Context, &Change->Path, &Change->NewPath, Change->Option);
    else
        Maker->Delete(Maker->Context, &Change->Path);
}

// They are the fresh volume's afterwards: its host may end before the disk has them. If it has ended already, they are for the
// next one.
VOID IopRepeatNames(PIOP_AWAY Away, PDEVICE_OBJECT Volume, const IOP_NAME_MAKER *Maker)
{
    for (PIOP_NAME_CHANGE Change = IopNextChange(Away, &Away->Names); Change;
         Change = IopNextChange(Away, &Change->Link))
        IopRepeatChange(Away, Change, Maker);
    IopMakeAgain(Away, Maker);
    if (Volume->Failed)
        return;
    while (!IsListEmpty(&Away->Names)) {
        PLIST_ENTRY Link = RemoveHeadList(&Away->Names);
        PIOP_NAME_CHANGE Change = CONTAINING_RECORD(Link, IOP_NAME_CHANGE, Link);
        Change->Volume = Volume->Number;
        Change->Time = KeQueryInterruptTime();
        InsertTailList(&IopNames, Link);
    }
}
