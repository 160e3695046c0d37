// The global atom table: numbers for strings that programs share. Names of the form #n, and pointers
// that are small integers, stand for the number itself and are not kept.
#include "exp.h"

constexpr ULONG EXP_FIRST_ATOM = 0xC000;
constexpr ULONG EXP_ATOM_COUNT = 0x10000 - EXP_FIRST_ATOM;
constexpr ULONG EXP_ATOM_BUCKETS = 64;
constexpr ULONG EXP_MAX_ATOM_NAME = 255; // characters

typedef struct _EXP_ATOM {
    struct _EXP_ATOM *Next;
    RTL_ATOM Atom;
    USHORT UsageCount;
    UNICODE_STRING Name; // its characters follow
} EXP_ATOM, *PEXP_ATOM;

static PEXP_ATOM ExpAtomBuckets[EXP_ATOM_BUCKETS];
static PEXP_ATOM *ExpAtoms; // by number, made with the first atom
static ULONG ExpAtomsUsed, ExpNextAtom;

static ULONG ExpHashAtom(PCUNICODE_STRING Name)
{
    ULONG Hash = 0;
    for (ULONG i = 0; i < Name->Length / sizeof(WCHAR); i++)
        Hash = Hash * 31 + RtlUpcaseUnicodeChar(Name->Buffer[i]);
    return Hash % EXP_ATOM_BUCKETS;
}

static PEXP_ATOM ExpFindAtom(PCUNICODE_STRING Name)
{
    PEXP_ATOM Atom = ExpAtomBuckets[ExpHashAtom(Name)];
    while (Atom && !RtlEqualUnicodeString(&Atom->Name, Name, TRUE))
        Atom = Atom->Next;
    return Atom;
}

static PEXP_ATOM ExpAtomByNumber(RTL_ATOM Number)
{
    if (Number < EXP_FIRST_ATOM || !ExpAtoms)
        return nullptr;
    return ExpAtoms[Number - EXP_FIRST_ATOM];
}

static NTSTATUS ExpReserveAtomNumber(PULONG Index)
{
    if (!ExpAtoms)
        ExpAtoms = ExAllocatePoolZero(PagedPool, EXP_ATOM_COUNT * sizeof(PEXP_ATOM), EX_TAG_ATOM);
    if (!ExpAtoms || ExpAtomsUsed == EXP_ATOM_COUNT)
        return STATUS_NO_MEMORY;
    while (ExpAtoms[ExpNextAtom])
        ExpNextAtom = (ExpNextAtom + 1) % EXP_ATOM_COUNT;
    *Index = ExpNextAtom;
    return STATUS_SUCCESS;
}

static NTSTATUS ExpCreateAtom(PCUNICODE_STRING Name, PEXP_ATOM *Result)
{
    ULONG Index;
    NTSTATUS Status = ExpReserveAtomNumber(&Index);
    if (!NT_SUCCESS(Status))
        return Status;
    PEXP_ATOM Atom = ExAllocatePoolZero(PagedPool, sizeof(*Atom) + Name->Length, EX_TAG_ATOM);
    if (!Atom)
        return STATUS_NO_MEMORY;
    Atom->Atom = (RTL_ATOM)(EXP_FIRST_ATOM + Index);
    Atom->Name = (UNICODE_STRING){Name->Length, Name->Length, (PWCH)(Atom + 1)};
    memcpy(Atom->Name.Buffer, Name->Buffer, Name->Length);
    PEXP_ATOM *Bucket = &ExpAtomBuckets[ExpHashAtom(Name)];
    Atom->Next = *Bucket;
    *Bucket = Atom;
    ExpAtoms[Index] = Atom;
    ExpAtomsUsed++;
    *Result = Atom;
    return STATUS_SUCCESS;
}

static VOID ExpRemoveAtom(PEXP_ATOM Atom)
{
    PEXP_ATOM *Link = &ExpAtomBuckets[ExpHashAtom(&Atom->Name)];
    while (*Link != Atom)
        Link = &(*Link)->Next;
    *Link = Atom->Next;
    ExpAtoms[Atom->Atom - EXP_FIRST_ATOM] = nullptr;
    ExpAtomsUsed--;
    ExFreePoolWithTag(Atom, EX_TAG_ATOM);
}

// ---- Names

// The number that #digits stands for; FALSE when the name is no such form.
static BOOLEAN ExpParseIntegerAtom(PCUNICODE_STRING Name, PULONG Value)
{
    ULONG Count = Name->Length / sizeof(WCHAR);
    if (Count < 2 || Name->Buffer[0] != L'#')
        return FALSE;
    *Value = 0;
    for (ULONG i = 1; i < Count; i++) {
        WCHAR Digit = Name->Buffer[i];
        if (Digit < L'0' || Digit > L'9') {
            *Value = 0;
            return FALSE;
        }
        *Value = min(*Value * 10 + (ULONG)(Digit - L'0'), (ULONG)MAXUSHORT);
    }
    return TRUE;
}

// *Integer is set when the argument stands for a number by itself; else Name is captured.
static NTSTATUS ExpCaptureAtomName(const WCHAR USER *AtomName, ULONG Length, PWCH Buffer,
                                   PUNICODE_STRING Name, PULONG Integer)
{
    *Integer = 0;
    if ((ULONG_PTR)AtomName <= MAXUSHORT) {
        *Integer = (ULONG)(ULONG_PTR)AtomName;
    } else {
        if (Length > EXP_MAX_ATOM_NAME * sizeof(WCHAR) || Length % sizeof(WCHAR))
            return STATUS_INVALID_PARAMETER;
        NTSTATUS Status = MmCopyFromUser(Buffer, AtomName, Length);
        if (!NT_SUCCESS(Status))
            return Status;
        *Name = (UNICODE_STRING){(USHORT)Length, (USHORT)Length, Buffer};
        if (!Length)
            return STATUS_OBJECT_NAME_INVALID;
        if (!ExpParseIntegerAtom(Name, Integer))
            return STATUS_SUCCESS;
    }
    return *Integer && *Integer < EXP_FIRST_ATOM ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

// ---- Services

NTSTATUS NtAddAtom(const WCHAR USER *AtomName, ULONG Length, RTL_ATOM USER *Atom)
{
    WCHAR Buffer[EXP_MAX_ATOM_NAME];
    UNICODE_STRING Name;
    ULONG Integer;
    NTSTATUS Status = ExpProbeOptional(Atom);
    if (NT_SUCCESS(Status))
        Status = ExpCaptureAtomName(AtomName, Length, Buffer, &Name, &Integer);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Integer)
        return ExpWriteOptional(Atom, (RTL_ATOM)Integer);

    PEXP_ATOM Entry = ExpFindAtom(&Name);
    if (!Entry)
        Status = ExpCreateAtom(&Name, &Entry);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Entry->UsageCount < MAXUSHORT)
        Entry->UsageCount++;
    return ExpWriteOptional(Atom, Entry->Atom);
}

NTSTATUS NtFindAtom(const WCHAR USER *AtomName, ULONG Length, RTL_ATOM USER *Atom)
{
    WCHAR Buffer[EXP_MAX_ATOM_NAME];
    UNICODE_STRING Name;
    ULONG Integer;
    NTSTATUS Status = ExpCaptureAtomName(AtomName, Length, Buffer, &Name, &Integer);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Integer)
        return ExpWriteOptional(Atom, (RTL_ATOM)Integer);
    PEXP_ATOM Entry = ExpFindAtom(&Name);
    return Entry ? ExpWriteOptional(Atom, Entry->Atom) : STATUS_OBJECT_NAME_NOT_FOUND;
}

NTSTATUS NtDeleteAtom(RTL_ATOM Atom)
{
    if (!Atom)
        return STATUS_INVALID_HANDLE;
    if (Atom < EXP_FIRST_ATOM)
        return STATUS_SUCCESS; // numbers are not kept
    PEXP_ATOM Entry = ExpAtomByNumber(Atom);
    if (!Entry)
        return STATUS_INVALID_HANDLE;
    if (--Entry->UsageCount == 0)
        ExpRemoveAtom(Entry);
    return STATUS_SUCCESS;
}

typedef struct _EXP_ATOM_ANSWER {
    ATOM_BASIC_INFORMATION Header;
    WCHAR Rest[EXP_MAX_ATOM_NAME];
} EXP_ATOM_ANSWER;

static NTSTATUS ExpDescribeAtom(RTL_ATOM Atom, EXP_ATOM_ANSWER *Answer)
{
    if (Atom && Atom < EXP_FIRST_ATOM) {
        int Count = _snwprintf(Answer->Header.Name, EXP_MAX_ATOM_NAME, L"#%u", Atom);
        Answer->Header.UsageCount = 1;
        Answer->Header.NameLength = (USHORT)(Count * (int)sizeof(WCHAR));
        return STATUS_SUCCESS;
    }
    PEXP_ATOM Entry = ExpAtomByNumber(Atom);
    if (!Entry)
        return STATUS_INVALID_HANDLE;
    Answer->Header.UsageCount = Entry->UsageCount;
    Answer->Header.NameLength = Entry->Name.Length;
    memcpy(Answer->Header.Name, Entry->Name.Buffer, Entry->Name.Length);
    return STATUS_SUCCESS;
}

// The name ends in a zero, which its length does not count. As much of it as fits is given.
static NTSTATUS ExpQueryAtom(RTL_ATOM Atom, VOID USER *Buffer, ULONG Length,
                             ULONG USER *ReturnLength)
{
    EXP_ATOM_ANSWER Answer = {};
    NTSTATUS Status = ExpDescribeAtom(Atom, &Answer);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Size = FIELD_OFFSET(ATOM_BASIC_INFORMATION, Name) + Answer.Header.NameLength +
                 (ULONG)sizeof(WCHAR);
    return ExReturnInformation(&Answer, Size, Buffer, Length, ReturnLength,
                               Length < sizeof(ATOM_BASIC_INFORMATION) ? STATUS_INFO_LENGTH_MISMATCH
                                                                       : STATUS_BUFFER_TOO_SMALL);
}

static NTSTATUS ExpQueryAtomTable(VOID USER *Buffer, ULONG Length, ULONG USER *ReturnLength)
{
    ULONG Size =
        FIELD_OFFSET(ATOM_TABLE_INFORMATION, Atoms) + ExpAtomsUsed * (ULONG)sizeof(RTL_ATOM);
    PATOM_TABLE_INFORMATION Table = ExAllocatePoolZero(PagedPool, Size, EX_TAG_BUFFER);
    if (!Table)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG i = 0; ExpAtoms && i < EXP_ATOM_COUNT; i++)
        if (ExpAtoms[i])
            Table->Atoms[Table->NumberOfAtoms++] = ExpAtoms[i]->Atom;
    NTSTATUS Status =
        ExReturnInformation(Table, Size, Buffer, Length, ReturnLength, STATUS_INFO_LENGTH_MISMATCH);
    ExFreePoolWithTag(Table, EX_TAG_BUFFER);
    return Status;
}

NTSTATUS NtQueryInformationAtom(RTL_ATOM Atom, ULONG AtomInformationClass,
                                VOID USER *AtomInformation, ULONG AtomInformationLength,
                                ULONG USER *ReturnLength)
{
    switch (AtomInformationClass) {
    case AtomBasicInformation:
        return ExpQueryAtom(Atom, AtomInformation, AtomInformationLength, ReturnLength);
    case AtomTableInformation:
        return ExpQueryAtomTable(AtomInformation, AtomInformationLength, ReturnLength);
    default:
        return STATUS_INVALID_INFO_CLASS;
    }
}
