// Keys: creating, deleting, renaming, and what is known of them.
#include "hivep.h"

#define MAX_NAME_MASK 0xFFFF

HCELL HvRootKey(const HIVE *Hive)
{
    return Hive->BaseBlock->RootCell;
}

HCELL HvParentKey(const HIVE *Hive, HCELL Key)
{
    return Key == HvRootKey(Hive) ? HCELL_NIL : HvpKey(Hive, Key)->Parent;
}

VOID HvQueryKey(const HIVE *Hive, HCELL Key, PHIVE_KEY_INFO Info)
{
    const KEY_CELL *Cell = HvpKey(Hive, Key);
    *Info = (HIVE_KEY_INFO){
        .LastWriteTime = {.LowPart = Cell->LastWriteLow, .HighPart = (LONG)Cell->LastWriteHigh},
        .NameLength = HvpNameLength(HvpKeyStoredName(Cell)),
        .ClassLength = Cell->ClassLength,
        .Subkeys = Cell->SubkeyCount[STABLE] + Cell->SubkeyCount[VOLATILE_STORE],
        .Values = Cell->ValueCount,
        .MaxNameLength = Cell->MaxNameLength & MAX_NAME_MASK,
        .MaxClassLength = Cell->MaxClassLength,
        .MaxValueNameLength = Cell->MaxValueNameLength,
        .MaxValueDataLength = Cell->MaxValueDataLength,
        .Flags = Cell->Flags &
                 (HIVE_KEY_VOLATILE | HIVE_KEY_ROOT | HIVE_KEY_NO_DELETE | HIVE_KEY_SYMLINK),
    };
}

ULONG HvKeyName(const HIVE *Hive, HCELL Key, PWCH Buffer, ULONG Length)
{
    return HvpCopyName(HvpKeyStoredName(HvpKey(Hive, Key)), Buffer, Length);
}

ULONG HvKeyClass(const HIVE *Hive, HCELL Key, PWCH Buffer, ULONG Length)
{
    const KEY_CELL *Cell = HvpKey(Hive, Key);
    if (Cell->ClassLength)
        memcpy(Buffer, HvpCell(Hive, Cell->Class), RtlpMin(Length, (ULONG)Cell->ClassLength));
    return Cell->ClassLength;
}

VOID HvTouchKey(PHIVE Hive, HCELL Key, LARGE_INTEGER Time)
{
    PKEY_CELL Cell = HvpKey(Hive, Key);
    Cell->LastWriteLow = Time.LowPart;
    Cell->LastWriteHigh = (ULONG)Time.HighPart;
    HvpMarkDirty(Hive, Key);
}

VOID HvpSetKeyTime(PHIVE Hive, HCELL Key)
{
    HvTouchKey(Hive, Key, Hive->Operations->GetTime(Hive->Context));
}

VOID HvSetKeyFlags(PHIVE Hive, HCELL Key, ULONG Flags)
{
    constexpr USHORT Settable = HIVE_KEY_NO_DELETE | HIVE_KEY_SYMLINK;
    PKEY_CELL Cell = HvpKey(Hive, Key);
    Cell->Flags = (USHORT)((Cell->Flags & ~Settable) | (Flags & Settable));
    HvpMarkDirty(Hive, Key);
}

static BOOLEAN KeyNameIsValid(PCUNICODE_STRING Name)
{
    ULONG Count = Name->Length / sizeof(WCHAR);
    if (!Count || Count > HIVE_MAX_KEY_NAME || Name->Length % sizeof(WCHAR))
        return FALSE;
    for (ULONG Index = 0; Index < Count; Index++)
        if (Name->Buffer[Index] == OBJ_NAME_PATH_SEPARATOR)
            return FALSE;
    return TRUE;
}

static NTSTATUS AllocateClass(PHIVE Hive, int Store, PCUNICODE_STRING Class, PHCELL Cell)
{
    *Cell = HCELL_NIL;
    if (!Class || !Class->Length)
        return STATUS_SUCCESS;
    NTSTATUS Status = HvpAllocateCell(Hive, Store, Class->Length, Cell);
    if (NT_SUCCESS(Status))
        memcpy(HvpCell(Hive, *Cell), Class->Buffer, Class->Length);
    return Status;
}

NTSTATUS HvpAllocateKey(PHIVE Hive, int Store, HCELL Parent, PCUNICODE_STRING Name, USHORT Flags,
                        PHCELL Key)
{
    BOOLEAN Latin1;
    ULONG Length = HvpLengthToStore(Name, &Latin1);
    NTSTATUS Status = HvpAllocateCell(Hive, Store, (ULONG)sizeof(KEY_CELL) + Length, Key);
    if (!NT_SUCCESS(Status))
        return Status;
    PKEY_CELL Cell = HvpKey(Hive, *Key);
    *Cell = (KEY_CELL){
        .Signature = KEY_SIGNATURE,
        .Flags = Flags | (Latin1 ? KEY_FLAG_LATIN1_NAME : 0),
        .Parent = Parent,
        .SubkeyList = {HCELL_NIL, HCELL_NIL},
        .ValueList = HCELL_NIL,
        .Security = HCELL_NIL,
        .Class = HCELL_NIL,
        .NameLength = (USHORT)Length,
    };
    HvpStoreName(Cell->Name, Name, Latin1);
    HvpSetKeyTime(Hive, *Key);
    return STATUS_SUCCESS;
}

VOID HvpFreeKey(PHIVE Hive, HCELL Key)
{
    HvpFreeValues(Hive, Key);
    HvpDereferenceSecurity(Hive, HvpKey(Hive, Key)->Security);
    HvpFreeCell(Hive, HvpKey(Hive, Key)->Class);
    HvpFreeCell(Hive, Key);
}

static NTSTATUS GiveClassAndSecurity(PHIVE Hive, HCELL Key, PCUNICODE_STRING Class,
                                     PSECURITY_DESCRIPTOR Descriptor)
{
    int Store = HvpStoreOf(Key);
    HCELL Cell;
    NTSTATUS Status = AllocateClass(Hive, Store, Class, &Cell);
    if (!NT_SUCCESS(Status))
        return Status;
    HvpKey(Hive, Key)->Class = Cell;
    HvpKey(Hive, Key)->ClassLength = Cell == HCELL_NIL ? 0 : Class->Length;
    if (!Descriptor) {
        // The parent's, found again now that the storage may have moved.
        ULONG Length;
        Descriptor = HvKeySecurity(Hive, HvpKey(Hive, Key)->Parent, &Length);
        if (!Descriptor)
            return STATUS_SUCCESS;
    }
    Status = HvpReferenceSecurity(Hive, Store, Descriptor, &Cell);
    if (NT_SUCCESS(Status))
        HvpKey(Hive, Key)->Security = Cell;
    return Status;
}

static VOID NoteSubkey(PHIVE Hive, HCELL Parent, ULONG NameLength, ULONG ClassLength)
{
    PKEY_CELL Cell = HvpKey(Hive, Parent);
    if ((Cell->MaxNameLength & MAX_NAME_MASK) < NameLength)
        Cell->MaxNameLength = (Cell->MaxNameLength & ~(ULONG)MAX_NAME_MASK) | NameLength;
    Cell->MaxClassLength = RtlpMax(Cell->MaxClassLength, ClassLength);
    HvpSetKeyTime(Hive, Parent);
}

NTSTATUS HvCreateSubkey(PHIVE Hive, HCELL Parent, PCUNICODE_STRING Name, PCUNICODE_STRING Class,
                        ULONG Flags, PSECURITY_DESCRIPTOR RelativeDescriptor, PHCELL Key)
{
    int Store = Flags & HIVE_KEY_VOLATILE ? VOLATILE_STORE : STABLE;
    if (!KeyNameIsValid(Name))
        return STATUS_OBJECT_NAME_INVALID;
    if (HvFindSubkey(Hive, Parent, Name) != HCELL_NIL)
        return STATUS_OBJECT_NAME_COLLISION;
    if (Store == STABLE && HvpStoreOf(Parent) == VOLATILE_STORE)
        return STATUS_CHILD_MUST_BE_VOLATILE;

    constexpr ULONG Kept = HIVE_KEY_VOLATILE | HIVE_KEY_NO_DELETE | HIVE_KEY_SYMLINK;
    NTSTATUS Status = HvpAllocateKey(Hive, Store, Parent, Name, (USHORT)(Flags & Kept), Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = GiveClassAndSecurity(Hive, *Key, Class, RelativeDescriptor);
    if (NT_SUCCESS(Status))
        Status = HvpInsertSubkey(Hive, Parent, *Key);
    if (!NT_SUCCESS(Status)) {
        HvpFreeKey(Hive, *Key);
        return Status;
    }
    NoteSubkey(Hive, Parent, Name->Length, Class ? Class->Length : 0);
    return STATUS_SUCCESS;
}

NTSTATUS HvpCreateRoot(PHIVE Hive, PCUNICODE_STRING Name, PSECURITY_DESCRIPTOR Descriptor)
{
    HCELL Root;
    if (!KeyNameIsValid(Name))
        return STATUS_OBJECT_NAME_INVALID;
    NTSTATUS Status =
        HvpAllocateKey(Hive, STABLE, HCELL_NIL, Name, KEY_FLAG_ROOT | KEY_FLAG_NO_DELETE, &Root);
    if (!NT_SUCCESS(Status))
        return Status;
    Hive->BaseBlock->RootCell = Root;
    return GiveClassAndSecurity(Hive, Root, nullptr, Descriptor);
}

NTSTATUS HvDeleteKey(PHIVE Hive, HCELL Key)
{
    PKEY_CELL Cell = HvpKey(Hive, Key);
    if (Key == HvRootKey(Hive) || Cell->Flags & KEY_FLAG_NO_DELETE || Cell->SubkeyCount[STABLE] ||
        Cell->SubkeyCount[VOLATILE_STORE])
        return STATUS_CANNOT_DELETE;
    HCELL Parent = Cell->Parent;
    HvpRemoveSubkey(Hive, Parent, Key);
    HvpSetKeyTime(Hive, Parent);
    HvpFreeKey(Hive, Key);
    return STATUS_SUCCESS;
}

NTSTATUS HvSetKeyClass(PHIVE Hive, HCELL Key, PCUNICODE_STRING Class)
{
    HCELL New;
    NTSTATUS Status = AllocateClass(Hive, HvpStoreOf(Key), Class, &New);
    if (!NT_SUCCESS(Status))
        return Status;
    PKEY_CELL Cell = HvpKey(Hive, Key);
    HvpFreeCell(Hive, Cell->Class);
    Cell->Class = New;
    Cell->ClassLength = New == HCELL_NIL ? 0 : Class->Length;
    HvpSetKeyTime(Hive, Key);
    return STATUS_SUCCESS;
}

// The name is part of the cell, so a renamed key is a new cell. Everything that names the old one
// follows: its place in the parent's list and the Parent field of its subkeys.
VOID HvpAdoptSubkeys(PHIVE Hive, HCELL Key)
{
    for (ULONG Index = 0;; Index++) {
        HCELL Subkey = HvSubkey(Hive, Key, Index);
        if (Subkey == HCELL_NIL)
            return;
        HvpKey(Hive, Subkey)->Parent = Key;
        HvpMarkDirty(Hive, Subkey);
    }
}

NTSTATUS HvRenameKey(PHIVE Hive, HCELL Key, PCUNICODE_STRING Name, PHCELL NewKey)
{
    if (!KeyNameIsValid(Name))
        return STATUS_OBJECT_NAME_INVALID;
    if (Key == HvRootKey(Hive))
        return STATUS_ACCESS_DENIED;
    HCELL Parent = HvpKey(Hive, Key)->Parent, Namesake = HvFindSubkey(Hive, Parent, Name), New;
    if (Namesake != HCELL_NIL && Namesake != Key)
        return STATUS_OBJECT_NAME_COLLISION;

    NTSTATUS Status = HvpAllocateKey(Hive, HvpStoreOf(Key), Parent, Name, 0, &New);
    if (!NT_SUCCESS(Status))
        return Status;
    PKEY_CELL From = HvpKey(Hive, Key), To = HvpKey(Hive, New);
    USHORT Length = To->NameLength, Latin1 = To->Flags & KEY_FLAG_LATIN1_NAME;
    memcpy(To, From, sizeof(*To));
    To->NameLength = Length;
    To->Flags = (From->Flags & (USHORT)~KEY_FLAG_LATIN1_NAME) | Latin1;
    if (Namesake == Key) {
        HvpReplaceSubkey(Hive, Parent, New); // only the case changes: the place stays
    } else {
        Status = HvpInsertSubkey(Hive, Parent, New);
        if (!NT_SUCCESS(Status)) {
            HvpFreeCell(Hive, New);
            return Status;
        }
        HvpRemoveSubkey(Hive, Parent, Key);
    }
    HvpAdoptSubkeys(Hive, New);
    HvpFreeCell(Hive, Key);
    HvpSetKeyTime(Hive, New);
    NoteSubkey(Hive, Parent, Name->Length, 0);
    *NewKey = New;
    return STATUS_SUCCESS;
}
