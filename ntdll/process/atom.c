// Atom tables of a program: names with a number and a count of uses. Names "#1" to "#49151" are the
// numbers themselves and need no table.

#include "../ntdllp.h"

#include <nt/ntatom.h>

enum {
    AtomFirst = 0xC000, // of the atoms with a name; below are integers
    AtomMaximumLength = 255,
    AtomDefaultBuckets = 37,
    AtomPinned = 1, // a flag that RtlQueryAtomInAtomTable shows
};

typedef struct _RTLP_ATOM {
    SINGLE_LIST_ENTRY Link;
    ULONG Uses; // 0: pinned
    RTL_ATOM Atom;
    USHORT Length; // bytes
    WCHAR Name[];
} RTLP_ATOM, *PRTLP_ATOM;

typedef struct _RTL_ATOM_TABLE {
    RTL_SRWLOCK Lock;
    ULONG BucketCount;
    RTL_ATOM Next; // where the search for a free number begins
    SINGLE_LIST_ENTRY Buckets[];
} RTL_ATOM_TABLE;

// ---- Names

// A name that is a number: an address below 64 KiB is the number, "#n" says it. 0: it has no valid one.
static BOOLEAN AtomIsInteger(PCWSTR Name, PRTL_ATOM Atom)
{
    ULONG Value = 0;
    if (!((ULONG_PTR)Name >> 16)) {
        Value = (USHORT)(ULONG_PTR)Name;
    } else {
        if (*Name != L'#' || !Name[1])
            return FALSE;
        for (Name++; *Name; Name++) {
            if (*Name < L'0' || *Name > L'9')
                return FALSE;
            Value = min(Value * 10 + (*Name - L'0'), AtomFirst);
        }
    }
    *Atom = Value < AtomFirst ? (RTL_ATOM)Value : 0;
    return TRUE;
}

static NTSTATUS AtomName(PCWSTR Text, PUNICODE_STRING Name)
{
    SIZE_T Length = wcslen(Text);
    if (!Length)
        return STATUS_OBJECT_NAME_INVALID;
    if (Length > AtomMaximumLength)
        return STATUS_INVALID_PARAMETER;
    RtlInitUnicodeString(Name, Text);
    return STATUS_SUCCESS;
}

// ---- Finding. A position is the link that leads to the atom.

static PSINGLE_LIST_ENTRY AtomFindName(PRTL_ATOM_TABLE Table, PCUNICODE_STRING Name)
{
    ULONG Hash = 0;
    RtlHashUnicodeString(Name, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &Hash);
    PSINGLE_LIST_ENTRY Link = &Table->Buckets[Hash % Table->BucketCount];
    for (; Link->Next; Link = Link->Next) {
        PRTLP_ATOM Entry = CONTAINING_RECORD(Link->Next, RTLP_ATOM, Link);
        UNICODE_STRING Known = {Entry->Length, Entry->Length, Entry->Name};
        if (RtlEqualUnicodeString(&Known, Name, TRUE))
            break;
    }
    return Link;
}

static PSINGLE_LIST_ENTRY AtomFindNumber(PRTL_ATOM_TABLE Table, RTL_ATOM Atom)
{
    for (ULONG i = 0; i < Table->BucketCount; i++) {
        for (PSINGLE_LIST_ENTRY Link = &Table->Buckets[i]; Link->Next; Link = Link->Next) {
            if (CONTAINING_RECORD(Link->Next, RTLP_ATOM, Link)->Atom == Atom)
                return Link;
        }
    }
    return nullptr;
}

static PRTLP_ATOM AtomAt(PSINGLE_LIST_ENTRY Link)
{
    return Link && Link->Next ? CONTAINING_RECORD(Link->Next, RTLP_ATOM, Link) : nullptr;
}

static VOID AtomRemove(PSINGLE_LIST_ENTRY Link)
{
    PRTLP_ATOM Entry = AtomAt(Link);
    Link->Next = Entry->Link.Next;
    RtlFreeHeap(RtlProcessHeap(), 0, Entry);
}

// ---- Tables

NTSTATUS NTAPI RtlCreateAtomTable(ULONG NumberOfBuckets, PRTL_ATOM_TABLE *AtomTableHandle)
{
    if (*AtomTableHandle)
        return STATUS_SUCCESS; // the caller has one already
    ULONG Count = NumberOfBuckets > 1 ? NumberOfBuckets : AtomDefaultBuckets;
    if (Count > 0x10000)
        return STATUS_INVALID_PARAMETER_1;
    PRTL_ATOM_TABLE Table = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY,
                                            sizeof(*Table) + Count * sizeof(Table->Buckets[0]));
    if (!Table)
        return STATUS_NO_MEMORY;
    Table->BucketCount = Count;
    Table->Next = AtomFirst;
    *AtomTableHandle = Table;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlEmptyAtomTable(PRTL_ATOM_TABLE Table, BOOLEAN IncludePinnedAtoms)
{
    RtlAcquireSRWLockExclusive(&Table->Lock);
    for (ULONG i = 0; i < Table->BucketCount; i++) {
        PSINGLE_LIST_ENTRY Link = &Table->Buckets[i];
        while (Link->Next) {
            if (AtomAt(Link)->Uses || IncludePinnedAtoms)
                AtomRemove(Link);
            else
                Link = Link->Next;
        }
    }
    RtlReleaseSRWLockExclusive(&Table->Lock);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDestroyAtomTable(PRTL_ATOM_TABLE Table)
{
    RtlEmptyAtomTable(Table, TRUE);
    RtlFreeHeap(RtlProcessHeap(), 0, Table);
    return STATUS_SUCCESS;
}

// ---- Atoms

static RTL_ATOM AtomFreeNumber(PRTL_ATOM_TABLE Table)
{
    for (ULONG Tries = 0; Tries < 0x10000 - AtomFirst; Tries++) {
        RTL_ATOM Atom = Table->Next++;
        if (!Table->Next)
            Table->Next = AtomFirst;
        if (!AtomFindNumber(Table, Atom))
            return Atom;
    }
    return 0;
}

static NTSTATUS AtomInsert(PRTL_ATOM_TABLE Table, PSINGLE_LIST_ENTRY Link, PCUNICODE_STRING Name)
{
    RTL_ATOM Atom = AtomFreeNumber(Table);
    PRTLP_ATOM Entry =
        Atom ? RtlAllocateHeap(RtlProcessHeap(), 0, sizeof(*Entry) + Name->Length) : nullptr;
    if (!Entry)
        return STATUS_NO_MEMORY;
    Entry->Link.Next = nullptr;
    Entry->Uses = 1;
    Entry->Atom = Atom;
    Entry->Length = Name->Length;
    memcpy(Entry->Name, Name->Buffer, Name->Length);
    Link->Next = &Entry->Link;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAddAtomToAtomTable(PRTL_ATOM_TABLE Table, PWSTR Text, PRTL_ATOM Atom)
{
    RTL_ATOM Number;
    UNICODE_STRING Name;
    if (AtomIsInteger(Text, &Number)) {
        if (Number && Atom)
            *Atom = Number;
        return Number ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }
    NTSTATUS Status = AtomName(Text, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlAcquireSRWLockExclusive(&Table->Lock);
    PSINGLE_LIST_ENTRY Link = AtomFindName(Table, &Name);
    if (!AtomAt(Link))
        Status = AtomInsert(Table, Link, &Name);
    else if (AtomAt(Link)->Uses)
        AtomAt(Link)->Uses++;
    if (NT_SUCCESS(Status) && Atom)
        *Atom = AtomAt(Link)->Atom;
    RtlReleaseSRWLockExclusive(&Table->Lock);
    return Status;
}

NTSTATUS NTAPI RtlLookupAtomInAtomTable(PRTL_ATOM_TABLE Table, PWSTR Text, PRTL_ATOM Atom)
{
    RTL_ATOM Number;
    UNICODE_STRING Name;
    if (AtomIsInteger(Text, &Number)) {
        if (Number && Atom)
            *Atom = Number;
        return Number ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }
    NTSTATUS Status = AtomName(Text, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlAcquireSRWLockShared(&Table->Lock);
    PRTLP_ATOM Entry = AtomAt(AtomFindName(Table, &Name));
    Status = Entry ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
    if (Entry && Atom)
        *Atom = Entry->Atom;
    RtlReleaseSRWLockShared(&Table->Lock);
    return Status;
}

static NTSTATUS AtomChange(PRTL_ATOM_TABLE Table, RTL_ATOM Atom, BOOLEAN Pin)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (Atom < AtomFirst)
        return Atom ? STATUS_SUCCESS : STATUS_INVALID_HANDLE; // an integer has no uses
    RtlAcquireSRWLockExclusive(&Table->Lock);
    PSINGLE_LIST_ENTRY Link = AtomFindNumber(Table, Atom);
    if (!Link)
        Status = STATUS_INVALID_HANDLE;
    else if (Pin)
        AtomAt(Link)->Uses = 0;
    else if (!AtomAt(Link)->Uses)
        Status = STATUS_WAS_LOCKED;
    else if (!--AtomAt(Link)->Uses)
        AtomRemove(Link);
    RtlReleaseSRWLockExclusive(&Table->Lock);
    return Status;
}

NTSTATUS NTAPI RtlDeleteAtomFromAtomTable(PRTL_ATOM_TABLE Table, RTL_ATOM Atom)
{
    return AtomChange(Table, Atom, FALSE);
}

NTSTATUS NTAPI RtlPinAtomInAtomTable(PRTL_ATOM_TABLE Table, RTL_ATOM Atom)
{
    return AtomChange(Table, Atom, TRUE);
}

// *Length: bytes of the buffer; then of the name, without its end.
static NTSTATUS AtomCopyName(PCUNICODE_STRING Name, PWSTR Buffer, PULONG Length)
{
    ULONG Room = *Length;
    *Length = Name->Length;
    if (Room < Name->Length + sizeof(WCHAR))
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(Buffer, Name->Buffer, Name->Length);
    Buffer[Name->Length / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS AtomDescribe(PUNICODE_STRING Name, ULONG Uses, PULONG AtomUsage, PULONG AtomFlags,
                             PWSTR Buffer, PULONG Length)
{
    if (AtomUsage)
        *AtomUsage = max(Uses, 1);
    if (AtomFlags)
        *AtomFlags = Uses ? 0 : AtomPinned;
    return Buffer && Length ? AtomCopyName(Name, Buffer, Length) : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlQueryAtomInAtomTable(PRTL_ATOM_TABLE Table, RTL_ATOM Atom, PULONG AtomUsage,
                                       PULONG AtomFlags, PWSTR Buffer, PULONG Length)
{
    if (!Atom)
        return STATUS_INVALID_PARAMETER;
    if (Atom < AtomFirst) {
        WCHAR Text[8];
        _snwprintf(Text, RTL_NUMBER_OF(Text), L"#%u", Atom);
        UNICODE_STRING Integer;
        RtlInitUnicodeString(&Integer, Text);
        return AtomDescribe(&Integer, 0, AtomUsage, AtomFlags, Buffer, Length);
    }
    NTSTATUS Status = STATUS_INVALID_HANDLE;
    RtlAcquireSRWLockShared(&Table->Lock);
    PRTLP_ATOM Entry = AtomAt(AtomFindNumber(Table, Atom));
    if (Entry) {
        UNICODE_STRING Name = {Entry->Length, Entry->Length, Entry->Name};
        Status = AtomDescribe(&Name, Entry->Uses, AtomUsage, AtomFlags, Buffer, Length);
    }
    RtlReleaseSRWLockShared(&Table->Lock);
    return Status;
}
