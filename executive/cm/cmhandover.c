// From the boot archive's hives to those of the system volume. What was changed since the start (devices that were found,
// above all) is changed in the volume's hives too; all else is as the volume has it. Open keys go on in them.
#include "cmp.h"

typedef struct _CM_MOVE {
    PCM_KEY_CONTROL Control;
    HCELL Cell; // HCELL_NIL: the volume's hive has no such key
} CM_MOVE, *PCM_MOVE;

static ULONG CmpCountControls(PCM_HIVE Hive)
{
    ULONG Count = 0;
    for (PCM_KEY_CONTROL Control = nullptr; (Control = CmpNextControl(Hive, Control));)
        Count++;
    return Count;
}

// The key of another hive that has the same path from its root.
static NTSTATUS CmpFindSame(CM_PLACE Place, const HIVE *Hive, HCELL *Cell)
{
    UNICODE_STRING Name;
    CM_PLACE Root = {Place.Hive, HvRootKey(&Place.Hive->Hive)};
    ULONG Skipped = CmpFullNameLength(Root) / sizeof(WCHAR);
    NTSTATUS Status = CmpFullName(Place, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Chars = Name.Length / sizeof(WCHAR);
    *Cell = HvRootKey(Hive);
    for (ULONG Start = Skipped + 1; Start < Chars && *Cell != HCELL_NIL;) {
        ULONG End = Start;
        while (End < Chars && Name.Buffer[End] != OBJ_NAME_PATH_SEPARATOR)
            End++;
        USHORT Length = (USHORT)((End - Start) * sizeof(WCHAR));
        UNICODE_STRING Part = {Length, Length, Name.Buffer + Start};
        *Cell = HvFindSubkey(Hive, *Cell, &Part);
        Start = End + 1;
    }
    ExFreePoolWithTag(Name.Buffer, CM_TAG_NAME);
    return STATUS_SUCCESS;
}

static NTSTATUS CmpPlanMoves(PCM_HIVE Hive, const HIVE *New, PCM_MOVE Moves)
{
    NTSTATUS Status = STATUS_SUCCESS;
    PCM_KEY_CONTROL Control = nullptr;
    for (ULONG i = 0; NT_SUCCESS(Status) && (Control = CmpNextControl(Hive, Control)); i++) {
        Moves[i].Control = Control;
        Status = CmpFindSame(Control->Place, New, &Moves[i].Cell);
    }
    return Status;
}

static VOID CmpMoveAll(PCM_HIVE Hive, const CM_MOVE *Moves, ULONG Count, PLIST_ENTRY Doomed)
{
    for (ULONG i = 0; i < Count; i++) {
        if (Moves[i].Cell == HCELL_NIL)
            CmpDoomControl(Moves[i].Control, Doomed);
        else
            CmpMoveControl(Moves[i].Control, (CM_PLACE){Hive, Moves[i].Cell});
    }
}

// The mounted hive becomes the other one, which becomes what it was.
static VOID CmpExchange(PCM_HIVE Mounted, PCM_HIVE New)
{
    CM_HIVE Old = *Mounted;
    Mounted->Hive = New->Hive;
    Mounted->FileName = New->FileName;
    Mounted->Stored = New->Stored;
    Mounted->Lazy = New->Lazy;
    Mounted->Flush = New->Flush;
    memcpy(Mounted->Files, New->Files, sizeof(New->Files));
    *New = (CM_HIVE){.Hive = Old.Hive, .FileName = Old.FileName};
}

static NTSTATUS CmpReplaceHive(PCM_HIVE Hive, PCM_HIVE New)
{
    ULONG Count = CmpCountControls(Hive);
    LIST_ENTRY Doomed;
    PCM_MOVE Moves = ExAllocatePoolZero(PagedPool, (Count + 1) * sizeof(*Moves), CM_TAG_BUFFER);
    if (!Moves)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = CmpPlanMoves(Hive, &New->Hive, Moves);
    if (NT_SUCCESS(Status)) {
        InitializeListHead(&Doomed);
        CmpExchange(Hive, New);
        CmpMoveAll(Hive, Moves, Count, &Doomed);
        CmpEndDoomed(&Doomed);
    }
    ExFreePoolWithTag(Moves, CM_TAG_BUFFER);
    return Status;
}

// ---- One hive

// Name: of its file in the archive. From here on nothing waits: no change comes in between.
static NTSTATUS CmpMergeBoot(PCM_HIVE Boot, PCUNICODE_STRING Name, PCM_HIVE New)
{
    const VOID *Data;
    SIZE_T Size;
    PCM_HIVE Base;
    NTSTATUS Status = LdrFindBootFile(Name, &Data, &Size);
    if (NT_SUCCESS(Status))
        Status = CmpOpenHive(Data, Size, &Base);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = HvMergeChanges(&Base->Hive, &Boot->Hive, &New->Hive);
    CmpCloseHive(Base);
    return NT_SUCCESS(Status) ? CmpReplaceHive(Boot, New) : Status;
}

static UNICODE_STRING CmpTail(PCUNICODE_STRING String, ULONG Chars)
{
    USHORT Skipped = (USHORT)(Chars * sizeof(WCHAR)), Length = String->Length - Skipped;
    return (UNICODE_STRING){Length, Length, String->Buffer + Chars};
}

static NTSTATUS CmpHandOver(PCM_HIVE Boot, PCWSTR Volume)
{
    static const WCHAR Windows[] = L"\\Windows\\";
    WCHAR Buffer[128];
    UNICODE_STRING FileName = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    UNICODE_STRING Path = CmpTail(&Boot->FileName, (ULONG)wcslen(CmpBootVolume));
    UNICODE_STRING Name = CmpTail(&Path, (ULONG)wcslen(Windows));
    PCM_HIVE New;
    RtlAppendUnicodeToString(&FileName, Volume);
    NTSTATUS Status = RtlAppendUnicodeStringToString(&FileName, &Path);
    if (NT_SUCCESS(Status))
        Status = CmpOpenStoredHive(&FileName, &New);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpMergeBoot(Boot, &Name, New);
    CmpCloseHive(New);
    return Status;
}

static BOOLEAN CmpIsOfArchive(PCM_HIVE Hive)
{
    UNICODE_STRING Prefix;
    RtlInitUnicodeString(&Prefix, CmpBootVolume);
    return RtlPrefixUnicodeString(&Prefix, &Hive->FileName, TRUE);
}

// A hive of the volume's that cannot be used stays as it is, for somebody to look at: the boot archive's does its work for
// this time.
VOID CmLoadSystemHives(PCWSTR Volume)
{
    for (PCM_HIVE Hive = CmpNextHive(nullptr); Hive; Hive = CmpNextHive(Hive)) {
        if (!CmpIsOfArchive(Hive))
            continue;
        NTSTATUS Status = CmpHandOver(Hive, Volume);
        if (!NT_SUCCESS(Status)) {
            DbgPrintEx(DPFLTR_CONFIG_ID, DPFLTR_WARNING_LEVEL,
                       "cm: %wZ goes on, for the system volume's is refused: 0x%08lX\n",
                       &Hive->FileName, (ULONG)Status);
            continue;
        }
        CmpListHive(Hive);
        CmpNoteChange(Hive);
    }
}
