// Drive letters: most names begin with one, and what it leads to is kept from one lookup to the next. That is good until a name
// comes to one of the directories on the way or goes from it, or a link says that it is not for everybody.
#include "obp.h"

enum { OBP_DRIVES = 26, OBP_DRIVE_CHARACTERS = 3 }; // "\X:"

struct _OBP_DRIVE {
    ULONG64 Ways;          // ObpWays, when it was found; 0: never
    POBJECT_DIRECTORY Map; // not followed: the DOS devices that it was found by
    PVOID Object;          // not referenced: it is in its directory as long as nothing changes
};

static OBP_DRIVE ObpDrives[OBP_DRIVES];
static ULONG64 ObpWays = 1;

VOID ObpWaysChange(VOID)
{
    ObpWays++;
}

VOID ObpNoteChange(const OBJECT_DIRECTORY *Directory)
{
    if (Directory->OnWay)
        ObpWays++;
}

// Links that go elsewhere for some, and directories that not everybody may go through, are looked at each time.
static BOOLEAN ObpIsPlain(const OBP_LOOKUP *Lookup)
{
    return (Lookup->Attributes & (OBJ_CASE_INSENSITIVE | OBJ_DONT_REPARSE)) ==
               OBJ_CASE_INSENSITIVE &&
           !Lookup->InsertObject && Lookup->AccessState &&
           (Lookup->Mode == KernelMode || SeTokenHasTraverse(Lookup->AccessState->Token));
}

static POBP_DRIVE ObpDriveOf(const OBP_LOOKUP *Lookup)
{
    const UNICODE_STRING *Name = &Lookup->Remaining;
    if (Name->Length <= OBP_DRIVE_CHARACTERS * sizeof(WCHAR) || Name->Buffer[0] != L'\\' ||
        Name->Buffer[2] != L':' || Name->Buffer[3] != L'\\')
        return nullptr;
    ULONG Letter = (Name->Buffer[1] | 0x20u) - L'a';
    return Letter < OBP_DRIVES ? &ObpDrives[Letter] : nullptr;
}

PVOID ObpFindDrive(POBP_LOOKUP Lookup, POBJECT_DIRECTORY Map)
{
    constexpr USHORT Length = OBP_DRIVE_CHARACTERS * sizeof(WCHAR);
    POBP_DRIVE Drive = ObpDriveOf(Lookup);
    if (!Drive || !ObpIsPlain(Lookup))
        return nullptr;
    if (Drive->Ways != ObpWays || Drive->Map != Map) {
        Lookup->Drive = Drive;
        Lookup->DriveMap = Map;
        Lookup->DriveRest = Lookup->Remaining.Length - Length;
        return nullptr;
    }
    Lookup->Remaining.Buffer += OBP_DRIVE_CHARACTERS;
    Lookup->Remaining.Length -= Length;
    ObReferenceObject(Drive->Object);
    return Drive->Object;
}

VOID ObpWayLeadsThrough(POBP_LOOKUP Lookup, POBJECT_DIRECTORY Directory)
{
    for (; Lookup->Drive && Directory; Directory = Directory->Shadow)
        Directory->OnWay = TRUE;
}

VOID ObpWayEnds(POBP_LOOKUP Lookup, PVOID Object)
{
    if (!Lookup->Drive)
        return;
    if (ObGetObjectType(Object) != ObpSymbolicLinkObjectType) {
        if (Lookup->Remaining.Length == Lookup->DriveRest)
            *Lookup->Drive = (OBP_DRIVE){ObpWays, Lookup->DriveMap, Object};
        Lookup->Drive = nullptr;
    } else if (((POBJECT_SYMBOLIC_LINK)Object)->AccessMask != ~(ACCESS_MASK)0) {
        Lookup->Drive = nullptr;
    }
}
