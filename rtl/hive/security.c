// Security cells: one for all keys of a storage with the same descriptor, counted, in a ring.
#include "hivep.h"

static PSECURITY_CELL SecurityCell(const HIVE *Hive, HCELL Cell)
{
    return HvpCell(Hive, Cell);
}

// Any cell of a storage's ring, where a search can begin.
static HCELL AnySecurity(const HIVE *Hive, int Store)
{
    return Store == STABLE ? HvpKey(Hive, Hive->BaseBlock->RootCell)->Security
                           : Hive->VolatileSecurity;
}

static HCELL FindEqual(const HIVE *Hive, int Store, const VOID *Descriptor, ULONG Length)
{
    HCELL First = AnySecurity(Hive, Store), Cell = First;
    if (First == HCELL_NIL)
        return HCELL_NIL;
    do {
        const SECURITY_CELL *Security = SecurityCell(Hive, Cell);
        if (Security->Length == Length && memcmp(Security->Descriptor, Descriptor, Length) == 0)
            return Cell;
        Cell = Security->Next;
    } while (Cell != First);
    return HCELL_NIL;
}

static VOID LinkSecurity(PHIVE Hive, int Store, HCELL New)
{
    PSECURITY_CELL Security = SecurityCell(Hive, New);
    HCELL Anchor = AnySecurity(Hive, Store);
    if (Anchor == HCELL_NIL) {
        Security->Next = New;
        Security->Previous = New;
    } else {
        PSECURITY_CELL Before = SecurityCell(Hive, Anchor);
        PSECURITY_CELL After = SecurityCell(Hive, Before->Next);
        Security->Next = Before->Next;
        Security->Previous = Anchor;
        HvpMarkDirty(Hive, Before->Next);
        HvpMarkDirty(Hive, Anchor);
        After->Previous = New;
        Before->Next = New;
    }
    if (Store == VOLATILE_STORE)
        Hive->VolatileSecurity = New;
}

// The descriptor may lie in this hive: it is found again after the storage has moved.
NTSTATUS HvpReferenceSecurity(PHIVE Hive, int Store, PSECURITY_DESCRIPTOR Descriptor,
                              PHCELL Security)
{
    ULONG Length = RtlLengthSecurityDescriptor(Descriptor);
    *Security = FindEqual(Hive, Store, Descriptor, Length);
    if (*Security != HCELL_NIL) {
        SecurityCell(Hive, *Security)->References++;
        HvpMarkDirty(Hive, *Security);
        return STATUS_SUCCESS;
    }
    PVOID Copy = RtlpAllocateStringMemory(Length);
    if (!Copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(Copy, Descriptor, Length);
    NTSTATUS Status = HvpAllocateCell(Hive, Store, (ULONG)sizeof(SECURITY_CELL) + Length, Security);
    if (NT_SUCCESS(Status)) {
        PSECURITY_CELL Cell = SecurityCell(Hive, *Security);
        *Cell = (SECURITY_CELL){.Signature = SECURITY_SIGNATURE, .References = 1, .Length = Length};
        memcpy(Cell->Descriptor, Copy, Length);
        LinkSecurity(Hive, Store, *Security);
    }
    RtlpFreeStringMemory(Copy);
    return Status;
}

VOID HvpDereferenceSecurity(PHIVE Hive, HCELL Cell)
{
    if (Cell == HCELL_NIL)
        return;
    PSECURITY_CELL Security = SecurityCell(Hive, Cell);
    HvpMarkDirty(Hive, Cell);
    if (--Security->References)
        return;
    SecurityCell(Hive, Security->Previous)->Next = Security->Next;
    SecurityCell(Hive, Security->Next)->Previous = Security->Previous;
    HvpMarkDirty(Hive, Security->Previous);
    HvpMarkDirty(Hive, Security->Next);
    if (Hive->VolatileSecurity == Cell)
        Hive->VolatileSecurity = Security->Next == Cell ? HCELL_NIL : Security->Next;
    HvpFreeCell(Hive, Cell);
}

PSECURITY_DESCRIPTOR HvKeySecurity(const HIVE *Hive, HCELL Key, PULONG Length)
{
    HCELL Cell = HvpKey(Hive, Key)->Security;
    *Length = 0;
    if (Cell == HCELL_NIL)
        return nullptr;
    PSECURITY_CELL Security = SecurityCell(Hive, Cell);
    *Length = Security->Length;
    return Security->Descriptor;
}

NTSTATUS HvSetKeySecurity(PHIVE Hive, HCELL Key, PSECURITY_DESCRIPTOR RelativeDescriptor)
{
    HCELL New;
    NTSTATUS Status = HvpReferenceSecurity(Hive, HvpStoreOf(Key), RelativeDescriptor, &New);
    if (!NT_SUCCESS(Status))
        return Status;
    HCELL Old = HvpKey(Hive, Key)->Security;
    HvpKey(Hive, Key)->Security = New;
    HvpSetKeyTime(Hive, Key);
    HvpDereferenceSecurity(Hive, Old);
    return STATUS_SUCCESS;
}
