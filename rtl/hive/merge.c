// Changes that were made to one hive, made to another: what is in Current and not in Base, or otherwise there, is put
// into Target; what is in Base and not in Current is taken out of it.
#include "hivep.h"

#define MAX_DEPTH 512

typedef struct {
    HCELL Base; // HCELL_NIL: the key is new, with all that is in it
    HCELL Current;
    HCELL Target;
    ULONG NextSubkey;
} LEVEL;

typedef struct {
    const HIVE *Base, *Current;
    PHIVE Target;
    LEVEL *Levels;
} MERGE;

// ---- Names, in a buffer of the merge's

typedef struct {
    UNICODE_STRING String;
    WCHAR Text[HIVE_MAX_KEY_NAME];
} KEY_NAME;

static PCUNICODE_STRING NameOf(const HIVE *Hive, HCELL Key, KEY_NAME *Name)
{
    USHORT Length = (USHORT)HvKeyName(Hive, Key, Name->Text, sizeof(Name->Text));
    Name->String = (UNICODE_STRING){Length, sizeof(Name->Text), Name->Text};
    return &Name->String;
}

// ---- Values

typedef struct {
    HIVE_VALUE_INFO Info;
    UNICODE_STRING Name;
    PUCHAR Data; // behind the name
    SIZE_T Size; // of the block
} VALUE_COPY;

static NTSTATUS ReadValue(const MERGE *Merge, const HIVE *Hive, HCELL Value, VALUE_COPY *Copy)
{
    HvQueryValue(Hive, Value, &Copy->Info);
    USHORT NameLength = (USHORT)Copy->Info.NameLength;
    Copy->Size = RtlpMax((SIZE_T)NameLength + Copy->Info.DataLength, (SIZE_T)1);
    PUCHAR Block = Merge->Target->Operations->Allocate(Merge->Target->Context, Copy->Size);
    if (!Block)
        return STATUS_INSUFFICIENT_RESOURCES;
    Copy->Name = (UNICODE_STRING){NameLength, NameLength, (PWCH)Block};
    Copy->Data = Block + NameLength;
    HvValueName(Hive, Value, Copy->Name.Buffer, NameLength);
    HvReadValue(Hive, Value, 0, Copy->Data, Copy->Info.DataLength);
    return STATUS_SUCCESS;
}

static VOID ReleaseValue(const MERGE *Merge, VALUE_COPY *Copy)
{
    Merge->Target->Operations->Free(Merge->Target->Context, Copy->Name.Buffer, Copy->Size);
}

static BOOLEAN IsSameValue(const HIVE *Hive, HCELL Value, const VALUE_COPY *Copy)
{
    UCHAR Part[64];
    HIVE_VALUE_INFO Info;
    HvQueryValue(Hive, Value, &Info);
    if (Info.Type != Copy->Info.Type || Info.DataLength != Copy->Info.DataLength)
        return FALSE;
    for (ULONG Offset = 0; Offset < Info.DataLength; Offset += sizeof(Part)) {
        ULONG Length = HvReadValue(Hive, Value, Offset, Part, sizeof(Part));
        if (memcmp(Part, Copy->Data + Offset, Length) != 0)
            return FALSE;
    }
    return TRUE;
}

static NTSTATUS MergeValue(const MERGE *Merge, const LEVEL *Level, HCELL Value)
{
    VALUE_COPY Copy;
    NTSTATUS Status = ReadValue(Merge, Merge->Current, Value, &Copy);
    if (!NT_SUCCESS(Status))
        return Status;
    HCELL Before =
        Level->Base == HCELL_NIL ? HCELL_NIL : HvFindValue(Merge->Base, Level->Base, &Copy.Name);
    if (Before == HCELL_NIL || !IsSameValue(Merge->Base, Before, &Copy))
        Status = HvSetValue(Merge->Target, Level->Target, &Copy.Name, Copy.Info.Type, Copy.Data,
                            Copy.Info.DataLength);
    ReleaseValue(Merge, &Copy);
    return Status;
}

static NTSTATUS DropValue(const MERGE *Merge, const LEVEL *Level, HCELL Value)
{
    VALUE_COPY Copy;
    NTSTATUS Status = ReadValue(Merge, Merge->Base, Value, &Copy);
    if (!NT_SUCCESS(Status))
        return Status;
    if (HvFindValue(Merge->Current, Level->Current, &Copy.Name) == HCELL_NIL &&
        HvFindValue(Merge->Target, Level->Target, &Copy.Name) != HCELL_NIL)
        Status = HvDeleteValue(Merge->Target, Level->Target, &Copy.Name);
    ReleaseValue(Merge, &Copy);
    return Status;
}

static NTSTATUS MergeValues(const MERGE *Merge, const LEVEL *Level)
{
    NTSTATUS Status = STATUS_SUCCESS;
    HCELL Value;
    for (ULONG Index = 0; NT_SUCCESS(Status); Index++) {
        Value = HvValue(Merge->Current, Level->Current, Index);
        if (Value == HCELL_NIL)
            break;
        Status = MergeValue(Merge, Level, Value);
    }
    for (ULONG Index = 0; Level->Base != HCELL_NIL && NT_SUCCESS(Status); Index++) {
        Value = HvValue(Merge->Base, Level->Base, Index);
        if (Value == HCELL_NIL)
            break;
        Status = DropValue(Merge, Level, Value);
    }
    return Status;
}

// ---- Keys

static NTSTATUS DropKeys(const MERGE *Merge, const LEVEL *Level)
{
    KEY_NAME Name;
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG Index = 0; Level->Base != HCELL_NIL && NT_SUCCESS(Status); Index++) {
        HCELL Key = HvSubkey(Merge->Base, Level->Base, Index);
        if (Key == HCELL_NIL)
            break;
        if (HvFindSubkey(Merge->Current, Level->Current, NameOf(Merge->Base, Key, &Name)) !=
            HCELL_NIL)
            continue;
        HCELL Doomed = HvFindSubkey(Merge->Target, Level->Target, &Name.String);
        if (Doomed != HCELL_NIL)
            Status = HvDeleteTree(Merge->Target, Doomed);
    }
    return Status;
}

// One that was there at first and is not in the target is left out: somebody has deleted it there.
static NTSTATUS FindTarget(const MERGE *Merge, const LEVEL *Above, LEVEL *Level)
{
    KEY_NAME Name;
    HIVE_KEY_INFO Info;
    NameOf(Merge->Current, Level->Current, &Name);
    Level->Base =
        Above->Base == HCELL_NIL ? HCELL_NIL : HvFindSubkey(Merge->Base, Above->Base, &Name.String);
    Level->Target = HvFindSubkey(Merge->Target, Above->Target, &Name.String);
    if (Level->Target != HCELL_NIL)
        return STATUS_SUCCESS;
    if (Level->Base != HCELL_NIL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    HvQueryKey(Merge->Current, Level->Current, &Info);
    NTSTATUS Status = HvpCreateCopy(Merge->Current, Level->Current, Merge->Target, Above->Target,
                                    &Name.String, Info.Flags, &Level->Target);
    return NT_SUCCESS(Status)
               ? HvCopyClass(Merge->Current, Level->Current, Merge->Target, Level->Target)
               : Status;
}

static NTSTATUS EnterLevel(const MERGE *Merge, const LEVEL *Level)
{
    NTSTATUS Status = MergeValues(Merge, Level);
    return NT_SUCCESS(Status) ? DropKeys(Merge, Level) : Status;
}

static NTSTATUS MergeLevels(const MERGE *Merge)
{
    NTSTATUS Status = EnterLevel(Merge, &Merge->Levels[0]);
    for (ULONG Depth = 1; Depth && NT_SUCCESS(Status);) {
        LEVEL *Above = &Merge->Levels[Depth - 1], *Level = &Merge->Levels[Depth];
        HCELL Subkey = HvSubkey(Merge->Current, Above->Current, Above->NextSubkey++);
        if (Subkey == HCELL_NIL) {
            Depth--;
            continue;
        }
        if (Depth == MAX_DEPTH)
            return STATUS_REGISTRY_CORRUPT;
        *Level = (LEVEL){.Current = Subkey};
        Status = FindTarget(Merge, Above, Level);
        if (Status == STATUS_OBJECT_NAME_NOT_FOUND) {
            Status = STATUS_SUCCESS;
            continue;
        }
        if (NT_SUCCESS(Status))
            Status = EnterLevel(Merge, Level);
        Depth++;
    }
    return Status;
}

NTSTATUS HvMergeChanges(const HIVE *Base, const HIVE *Current, PHIVE Target)
{
    SIZE_T Size = (MAX_DEPTH + 1) * sizeof(LEVEL);
    MERGE Merge = {.Base = Base, .Current = Current, .Target = Target};
    Merge.Levels = Target->Operations->Allocate(Target->Context, Size);
    if (!Merge.Levels)
        return STATUS_INSUFFICIENT_RESOURCES;
    Merge.Levels[0] = (LEVEL){HvRootKey(Base), HvRootKey(Current), HvRootKey(Target), 0};
    NTSTATUS Status = MergeLevels(&Merge);
    Target->Operations->Free(Target->Context, Merge.Levels, Size);
    return Status;
}
