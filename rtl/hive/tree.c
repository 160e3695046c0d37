// Copying and deleting whole trees of keys, without recursion: kernel stacks are small.
#include "hivep.h"

#define MAX_DEPTH 512

typedef struct {
    HCELL Source;
    HCELL Target;
    ULONG NextSubkey;
} LEVEL;

static NTSTATUS CopyValue(const HIVE *Source, HCELL Value, PHIVE Target, HCELL Key)
{
    HIVE_VALUE_INFO Info;
    HvQueryValue(Source, Value, &Info);
    SIZE_T Size = (SIZE_T)Info.NameLength + Info.DataLength;
    PUCHAR Buffer = Target->Operations->Allocate(Target->Context, RtlpMax(Size, (SIZE_T)1));
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    UNICODE_STRING Name = {(USHORT)Info.NameLength, (USHORT)Info.NameLength, (PWCH)Buffer};
    HvValueName(Source, Value, Name.Buffer, Info.NameLength);
    HvReadValue(Source, Value, 0, Buffer + Info.NameLength, Info.DataLength);
    NTSTATUS Status =
        HvSetValue(Target, Key, &Name, Info.Type, Buffer + Info.NameLength, Info.DataLength);
    Target->Operations->Free(Target->Context, Buffer, RtlpMax(Size, (SIZE_T)1));
    return Status;
}

static NTSTATUS CopyValues(const HIVE *Source, HCELL From, PHIVE Target, HCELL To)
{
    NTSTATUS Status = STATUS_SUCCESS;
    HCELL Value;
    for (ULONG Index = 0; NT_SUCCESS(Status); Index++) {
        Value = HvValue(Source, From, Index);
        if (Value == HCELL_NIL)
            break;
        Status = CopyValue(Source, Value, Target, To);
    }
    return Status;
}

// The descriptor is copied first: it may lie in the hive that grows.
NTSTATUS HvpCreateCopy(const HIVE *Source, HCELL From, PHIVE Target, HCELL Parent,
                       PCUNICODE_STRING Name, ULONG Flags, PHCELL To)
{
    ULONG Length;
    PSECURITY_DESCRIPTOR Original = HvKeySecurity(Source, From, &Length), Descriptor = nullptr;
    if (Original) {
        Descriptor = RtlpAllocateStringMemory(Length);
        if (!Descriptor)
            return STATUS_INSUFFICIENT_RESOURCES;
        memcpy(Descriptor, Original, Length);
    }
    NTSTATUS Status = HvCreateSubkey(Target, Parent, Name, nullptr, Flags, Descriptor, To);
    if (Descriptor)
        RtlpFreeStringMemory(Descriptor);
    return Status;
}

NTSTATUS HvCopyClass(const HIVE *Source, HCELL From, PHIVE Target, HCELL To)
{
    USHORT Length = HvpKey(Source, From)->ClassLength;
    if (!Length)
        return STATUS_SUCCESS;
    PWCH Buffer = RtlpAllocateStringMemory(Length);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    UNICODE_STRING Class = {Length, Length, Buffer};
    HvKeyClass(Source, From, Buffer, Length);
    NTSTATUS Status = HvSetKeyClass(Target, To, &Class);
    RtlpFreeStringMemory(Buffer);
    return Status;
}

static NTSTATUS CopyKey(const HIVE *Source, HCELL From, PHIVE Target, HCELL Parent, PHCELL To)
{
    WCHAR NameBuffer[HIVE_MAX_KEY_NAME];
    HIVE_KEY_INFO Info;
    HvQueryKey(Source, From, &Info);
    USHORT Length = (USHORT)HvKeyName(Source, From, NameBuffer, sizeof(NameBuffer));
    UNICODE_STRING Name = {Length, sizeof(NameBuffer), NameBuffer};
    NTSTATUS Status = HvpCreateCopy(Source, From, Target, Parent, &Name, Info.Flags, To);
    return NT_SUCCESS(Status) ? HvCopyClass(Source, From, Target, *To) : Status;
}

// A copy keeps the times of what it was made from.
static VOID CopyTime(const HIVE *Source, const LEVEL *Level, PHIVE Target)
{
    HIVE_KEY_INFO Info;
    HvQueryKey(Source, Level->Source, &Info);
    HvTouchKey(Target, Level->Target, Info.LastWriteTime);
}

static NTSTATUS CopyLevels(const HIVE *Source, PHIVE Target, LEVEL *Levels)
{
    NTSTATUS Status = CopyValues(Source, Levels[0].Source, Target, Levels[0].Target);
    for (ULONG Depth = 1; Depth && NT_SUCCESS(Status);) {
        LEVEL *Level = &Levels[Depth - 1];
        HCELL Subkey = HvSubkey(Source, Level->Source, Level->NextSubkey++);
        if (Subkey == HCELL_NIL) {
            CopyTime(Source, Level, Target);
            Depth--;
            continue;
        }
        if (Depth == MAX_DEPTH)
            return STATUS_REGISTRY_CORRUPT;
        Levels[Depth] = (LEVEL){.Source = Subkey};
        Status = CopyKey(Source, Subkey, Target, Level->Target, &Levels[Depth].Target);
        if (NT_SUCCESS(Status))
            Status = CopyValues(Source, Subkey, Target, Levels[Depth].Target);
        Depth++;
    }
    return Status;
}

// A failure leaves the part that was copied.
NTSTATUS HvCopyTree(const HIVE *Source, HCELL SourceKey, PHIVE Target, HCELL TargetKey)
{
    LEVEL *Levels = Target->Operations->Allocate(Target->Context, MAX_DEPTH * sizeof(LEVEL));
    if (!Levels)
        return STATUS_INSUFFICIENT_RESOURCES;
    Levels[0] = (LEVEL){.Source = SourceKey, .Target = TargetKey};
    NTSTATUS Status = CopyLevels(Source, Target, Levels);
    Target->Operations->Free(Target->Context, Levels, MAX_DEPTH * sizeof(LEVEL));
    return Status;
}

// From the last leaf upwards: removing the last entry of a list moves nothing.
NTSTATUS HvDeleteTree(PHIVE Hive, HCELL Key)
{
    for (HCELL At = Key;;) {
        HIVE_KEY_INFO Info;
        HvQueryKey(Hive, At, &Info);
        if (Info.Subkeys) {
            At = HvSubkey(Hive, At, Info.Subkeys - 1);
            continue;
        }
        HCELL Parent = HvParentKey(Hive, At);
        NTSTATUS Status = HvDeleteKey(Hive, At);
        if (!NT_SUCCESS(Status) || At == Key)
            return Status;
        At = Parent;
    }
}
