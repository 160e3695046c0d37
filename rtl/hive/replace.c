// A key's contents replaced as a whole: the new ones are made beside the old ones, and take their place
// when nothing can fail any more.
#include "hivep.h"

// Whatever its flags say: the tree is no more than its owner.
static VOID DropSubkeys(PHIVE Hive, HCELL Key)
{
    for (HCELL At = Key;;) {
        HIVE_KEY_INFO Info;
        HvQueryKey(Hive, At, &Info);
        if (Info.Subkeys) {
            At = HvSubkey(Hive, At, Info.Subkeys - 1);
            continue;
        }
        if (At == Key)
            return;
        HCELL Parent = HvpKey(Hive, At)->Parent;
        HvSetKeyFlags(Hive, At, 0);
        (void)HvDeleteKey(Hive, At);
        At = Parent;
    }
}

static NTSTATUS CopyContents(const HIVE *Source, HCELL From, PHIVE Hive, HCELL New)
{
    ULONG Length;
    PSECURITY_DESCRIPTOR Descriptor = HvKeySecurity(Source, From, &Length);
    NTSTATUS Status = Descriptor ? HvSetKeySecurity(Hive, New, Descriptor) : STATUS_SUCCESS;
    if (NT_SUCCESS(Status))
        Status = HvCopyClass(Source, From, Hive, New);
    if (NT_SUCCESS(Status))
        Status = HvCopyTree(Source, From, Hive, New);
    return Status;
}

NTSTATUS HvPrepareReplacement(PHIVE Hive, HCELL Key, const HIVE *Source, HCELL SourceKey,
                              PHCELL New)
{
    static const UNICODE_STRING Name = RTL_CONSTANT_STRING(L"new"); // it never appears in a list
    NTSTATUS Status = HvpAllocateKey(Hive, HvpStoreOf(Key), Key, &Name, 0, New);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CopyContents(Source, SourceKey, Hive, *New);
    if (!NT_SUCCESS(Status)) {
        DropSubkeys(Hive, *New);
        HvpFreeKey(Hive, *New);
    }
    return Status;
}

// Name, parent and flags stay.
VOID HvReplaceKey(PHIVE Hive, HCELL Key, HCELL New)
{
    DropSubkeys(Hive, Key);
    PKEY_CELL Old = HvpKey(Hive, Key), From = HvpKey(Hive, New);
    KEY_CELL Contents = *From;
    Contents.Flags = Old->Flags;
    Contents.Parent = Old->Parent;
    Contents.NameLength = Old->NameLength;
    // The old cells go with the cell of New.
    From->ValueCount = Old->ValueCount;
    From->ValueList = Old->ValueList;
    From->Security = Old->Security;
    From->Class = Old->Class;
    memcpy(Old, &Contents, sizeof(Contents));
    HvpFreeKey(Hive, New);
    HvpAdoptSubkeys(Hive, Key);
    HvpMarkDirty(Hive, Key);
}
