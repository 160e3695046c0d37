// The global atom table.

#include "suite.h"

#define ADD(Name, Atom)  NtAddAtom((Name), (ULONG)(wcslen(Name) * sizeof(WCHAR)), (Atom))
#define FIND(Name, Atom) NtFindAtom((Name), (ULONG)(wcslen(Name) * sizeof(WCHAR)), (Atom))

enum { FirstAtom = 0xC000 };

VOID TestAtomNames(void)
{
    RTL_ATOM First, Second, Other;
    REQUIRE_STATUS(ADD(L"ExSuiteAtom", &First), STATUS_SUCCESS);
    REQUIRE_STATUS(ADD(L"exsuiteATOM", &Second), STATUS_SUCCESS);
    REQUIRE_STATUS(ADD(L"ExSuiteOtherAtom", &Other), STATUS_SUCCESS);
    CHECK(First >= FirstAtom);
    CHECK_EQUAL(First, Second);
    CHECK(First != Other);
    RTL_ATOM Found = 0;
    CHECK_STATUS(FIND(L"EXSUITEATOM", &Found), STATUS_SUCCESS);
    CHECK_EQUAL(Found, First);
    CHECK_STATUS(FIND(L"ExSuiteNoAtom", &Found), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtDeleteAtom(First), STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteAtom(First), STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteAtom(First), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtDeleteAtom(Other), STATUS_SUCCESS);
}

static USHORT UsageOf(RTL_ATOM Atom)
{
    alignas(8) UCHAR Buffer[600];
    PATOM_BASIC_INFORMATION Information = (PATOM_BASIC_INFORMATION)Buffer;
    CHECK_STATUS(
        NtQueryInformationAtom(Atom, AtomBasicInformation, Buffer, sizeof(Buffer), nullptr),
        STATUS_SUCCESS);
    return Information->UsageCount;
}

VOID TestAtomCounts(void)
{
    RTL_ATOM Atom = 0;
    for (ULONG i = 1; i <= 5; i++) {
        CHECK_STATUS(ADD(L"ExSuiteCounted", &Atom), STATUS_SUCCESS);
        CHECK_EQUAL(UsageOf(Atom), i);
    }
    for (ULONG i = 5; i-- > 0;) {
        CHECK_STATUS(NtDeleteAtom(Atom), STATUS_SUCCESS);
        if (i)
            CHECK_EQUAL(UsageOf(Atom), i);
    }
    CHECK_STATUS(FIND(L"ExSuiteCounted", &Atom), STATUS_OBJECT_NAME_NOT_FOUND);
}

// Small numbers, as pointers or in the form #n, are their own atoms.
VOID TestIntegerAtoms(void)
{
    RTL_ATOM Atom = 0;
    CHECK_STATUS(NtAddAtom((PWSTR)0x1234, 0, &Atom), STATUS_SUCCESS);
    CHECK_EQUAL(Atom, 0x1234);
    CHECK_STATUS(ADD(L"#4711", &Atom), STATUS_SUCCESS);
    CHECK_EQUAL(Atom, 4711);
    CHECK_STATUS(FIND(L"#4711", &Atom), STATUS_SUCCESS);
    CHECK_EQUAL(Atom, 4711);
    CHECK_STATUS(NtDeleteAtom(4711), STATUS_SUCCESS);
    CHECK_STATUS(NtAddAtom((PWSTR)0xC000, 0, &Atom), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtAddAtom(nullptr, 0, &Atom), STATUS_INVALID_PARAMETER);
    REQUIRE_STATUS(ADD(L"#47x", &Atom), STATUS_SUCCESS); // a name
    CHECK(Atom >= FirstAtom);
    CHECK_STATUS(NtDeleteAtom(Atom), STATUS_SUCCESS);
}

VOID TestAtomQuery(void)
{
    alignas(8) UCHAR Buffer[600];
    PATOM_BASIC_INFORMATION Information = (PATOM_BASIC_INFORMATION)Buffer;
    RTL_ATOM Atom;
    ULONG Length = 0;
    REQUIRE_STATUS(ADD(L"ExSuiteQueried", &Atom), STATUS_SUCCESS);
    CHECK_STATUS(
        NtQueryInformationAtom(Atom, AtomBasicInformation, Buffer, sizeof(Buffer), &Length),
        STATUS_SUCCESS);
    CHECK_EQUAL(Information->NameLength, 14 * sizeof(WCHAR));
    CHECK(memcmp(Information->Name, L"ExSuiteQueried", 15 * sizeof(WCHAR)) == 0);
    CHECK(Length >= FIELD_OFFSET(ATOM_BASIC_INFORMATION, Name) + 14 * sizeof(WCHAR));
    CHECK_STATUS(NtQueryInformationAtom(Atom, AtomBasicInformation, Buffer, 4, &Length),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(
        NtQueryInformationAtom(0xFFFF, AtomBasicInformation, Buffer, sizeof(Buffer), &Length),
        STATUS_INVALID_HANDLE);
    CHECK_STATUS(
        NtQueryInformationAtom(Atom, (ATOM_INFORMATION_CLASS)7, Buffer, sizeof(Buffer), &Length),
        STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtQueryInformationAtom(100, AtomBasicInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK(memcmp(Information->Name, L"#100", 5 * sizeof(WCHAR)) == 0);
    CHECK_STATUS(NtDeleteAtom(Atom), STATUS_SUCCESS);
}

VOID TestAtomTable(void)
{
    enum { Count = 300 };
    static RTL_ATOM Atoms[Count];
    static ULONG Buffer[2048];
    PATOM_TABLE_INFORMATION Table = (PATOM_TABLE_INFORMATION)Buffer;
    WCHAR Name[32];
    for (ULONG i = 0; i < Count; i++) {
        _snwprintf(Name, RTL_NUMBER_OF(Name), L"ExSuiteAtom%lu", i);
        REQUIRE_STATUS(ADD(Name, &Atoms[i]), STATUS_SUCCESS);
    }
    CHECK_STATUS(NtQueryInformationAtom(0, AtomTableInformation, Buffer, sizeof(Buffer), nullptr),
                 STATUS_SUCCESS);
    CHECK(Table->NumberOfAtoms >= Count);
    for (ULONG i = 0; i < Count; i++) {
        RTL_ATOM Found = 0;
        _snwprintf(Name, RTL_NUMBER_OF(Name), L"ExSuiteAtom%lu", i);
        CHECK_STATUS(FIND(Name, &Found), STATUS_SUCCESS);
        CHECK_EQUAL(Found, Atoms[i]);
        CHECK_STATUS(NtDeleteAtom(Atoms[i]), STATUS_SUCCESS);
    }
}

VOID TestAtomErrors(void)
{
    static WCHAR Long[300];
    RTL_ATOM Atom;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Long); i++)
        Long[i] = L'a';
    CHECK_STATUS(NtAddAtom(Long, 256 * sizeof(WCHAR), &Atom), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtAddAtom(Long, MAXULONG, &Atom), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtAddAtom(Long, 0, &Atom), STATUS_OBJECT_NAME_INVALID);
    CHECK_STATUS(NtAddAtom(TEST_KERNEL, 8, &Atom), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtFindAtom(TEST_KERNEL, 8, &Atom), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtAddAtom(Long, 8, TEST_UNMAPPED), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtAddAtom(Long, 8, TestReadOnlyPage()), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtFindAtom(Long, 8, &Atom), STATUS_OBJECT_NAME_NOT_FOUND); // none was made
    CHECK_STATUS(NtDeleteAtom(0), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtDeleteAtom(0xFFFF), STATUS_INVALID_HANDLE);
}
