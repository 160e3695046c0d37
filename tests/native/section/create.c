// Creating, opening, extending.

#include "suite.h"

VOID TestCreateKinds(void)
{
    static const struct {
        ULONG Protection, Attributes;
    } Kinds[] = {
        {PAGE_READWRITE, SEC_COMMIT},         {PAGE_READONLY, SEC_COMMIT},
        {PAGE_EXECUTE_READWRITE, SEC_COMMIT}, {PAGE_WRITECOPY, SEC_COMMIT},
        {PAGE_READWRITE, SEC_RESERVE},        {PAGE_READWRITE, SEC_COMMIT | SEC_NOCACHE},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Kinds); i++) {
        HANDLE Section;
        NTSTATUS Status = Create(&Section, 3 * PAGE_SIZE, Kinds[i].Protection, Kinds[i].Attributes);
        if (!CHECK_STATUS(Status, STATUS_SUCCESS))
            TestComment("kind %lu", i);
        else
            NtClose(Section);
    }
}

VOID TestCreateErrors(void)
{
    static const struct {
        LONGLONG Size;
        ULONG Protection, Attributes;
        NTSTATUS Status;
    } Cases[] = {
        {PAGE_SIZE, PAGE_READWRITE, 0, STATUS_INVALID_PARAMETER_6},
        {PAGE_SIZE, PAGE_READWRITE, SEC_COMMIT | SEC_RESERVE, STATUS_INVALID_PARAMETER_6},
        {PAGE_SIZE, PAGE_READWRITE, SEC_COMMIT | 1, STATUS_INVALID_PARAMETER_6},
        {PAGE_SIZE, PAGE_READWRITE, SEC_IMAGE | SEC_COMMIT, STATUS_INVALID_PARAMETER_6},
        {PAGE_SIZE, 0, SEC_COMMIT, STATUS_INVALID_PAGE_PROTECTION},
        {PAGE_SIZE, PAGE_READWRITE | PAGE_EXECUTE, SEC_COMMIT, STATUS_INVALID_PAGE_PROTECTION},
        {PAGE_SIZE, PAGE_READWRITE | PAGE_GUARD, SEC_COMMIT, STATUS_INVALID_PAGE_PROTECTION},
        {PAGE_SIZE, PAGE_NOACCESS, SEC_COMMIT, STATUS_INVALID_PAGE_PROTECTION},
        {PAGE_SIZE, PAGE_READONLY, SEC_IMAGE, STATUS_INVALID_FILE_FOR_SECTION},
        {0, PAGE_READWRITE, SEC_COMMIT, STATUS_INVALID_PARAMETER_4},
        {-1, PAGE_READWRITE, SEC_COMMIT, STATUS_INVALID_PARAMETER_4},
        {MAXLONGLONG, PAGE_READWRITE, SEC_RESERVE, STATUS_SECTION_TOO_BIG},
        {1ll << 46, PAGE_READWRITE, SEC_COMMIT, STATUS_COMMITMENT_LIMIT},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        HANDLE Section;
        NTSTATUS Status = Create(&Section, Cases[i].Size, Cases[i].Protection, Cases[i].Attributes);
        BOOLEAN NoMemory =
            Status == STATUS_INSUFFICIENT_RESOURCES && Cases[i].Status == STATUS_COMMITMENT_LIMIT;
        if (Status != Cases[i].Status && !NoMemory)
            TestFail(__FILE__, __LINE__, "case %lu gave %08lx, not %08lx", i, Status,
                     Cases[i].Status);
    }
    LARGE_INTEGER Size = {.QuadPart = PAGE_SIZE};
    HANDLE Section, Event;
    CHECK_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, &Size, PAGE_READONLY,
                                 SEC_COMMIT, (HANDLE)0x7FF0),
                 STATUS_INVALID_HANDLE);
    REQUIRE_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, &Size, PAGE_READONLY,
                                 SEC_COMMIT, Event),
                 STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Event);
}

VOID TestNames(void)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\TestSection");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, 0);
    LARGE_INTEGER Size = {.QuadPart = PAGE_SIZE};
    HANDLE First, Second;
    CHECK_STATUS(NtOpenSection(&First, SECTION_MAP_READ, &Attributes),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    REQUIRE_STATUS(NtCreateSection(&First, SECTION_ALL_ACCESS, &Attributes, &Size, PAGE_READWRITE,
                                   SEC_COMMIT, nullptr),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtCreateSection(&Second, SECTION_ALL_ACCESS, &Attributes, &Size, PAGE_READWRITE,
                                 SEC_COMMIT, nullptr),
                 STATUS_OBJECT_NAME_COLLISION);
    REQUIRE_STATUS(NtOpenSection(&Second, SECTION_MAP_READ, &Attributes), STATUS_SUCCESS);
    PVOID Base;
    CHECK_STATUS(Map(Second, &Base, 0, PAGE_READWRITE), STATUS_ACCESS_DENIED);
    CHECK_STATUS(Map(Second, &Base, 0, PAGE_READONLY), STATUS_SUCCESS);
    CHECK_STATUS(Unmap(Base), STATUS_SUCCESS);
    NtClose(First);
    NtClose(Second);
    CHECK_STATUS(NtOpenSection(&First, SECTION_MAP_READ, &Attributes),
                 STATUS_OBJECT_NAME_NOT_FOUND);
}

VOID TestServiceErrors(void)
{
    static HANDLE Section;
    static LARGE_INTEGER Size = {.QuadPart = PAGE_SIZE};
    static UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\TestSection");
    static OBJECT_ATTRIBUTES Attributes;
    HANDLE Named;
    Attributes = TestAttributes(&Name, 0);
    REQUIRE_STATUS(Create(&Section, PAGE_SIZE, PAGE_READWRITE, SEC_COMMIT), STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateSection(&Named, SECTION_ALL_ACCESS, &Attributes, &Size, PAGE_READWRITE,
                                   SEC_COMMIT, nullptr),
                   STATUS_SUCCESS);
    const TEST_SERVICE Services[] = {
        TEST_SERVICE(NtOpenSection, TEST_OUT_HANDLE, TEST_VALUE(SECTION_MAP_READ),
                     TEST_ATTRIBUTES(&Attributes, 0)),
        TEST_SERVICE(NtQuerySection, TEST_HANDLE(&Section, SECTION_QUERY),
                     TEST_VALUE(SectionBasicInformation),
                     TEST_ANSWER(sizeof(SECTION_BASIC_INFORMATION), 0),
                     TEST_OPTIONAL_OUT(sizeof(SIZE_T))),
        TEST_SERVICE(NtExtendSection, TEST_HANDLE(&Section, SECTION_EXTEND_SIZE),
                     TEST_IN_OUT(&Size)),
    };
    TestServices(Services, RTL_NUMBER_OF(Services));
    NtClose(Section);
    NtClose(Named);
}

VOID TestExtend(void)
{
    HANDLE Section, File;
    PUCHAR Base, Larger;
    REQUIRE_STATUS(Create(&Section, PAGE_SIZE, PAGE_READWRITE, SEC_COMMIT), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &Base, 0, PAGE_READWRITE), STATUS_SUCCESS);
    Base[0] = 42;
    LARGE_INTEGER Size = {.QuadPart = 2000 * PAGE_SIZE};
    CHECK_STATUS(NtExtendSection(Section, &Size), STATUS_SUCCESS);
    CHECK_STATUS(Map(Section, &Larger, 0, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_EQUAL(Query(Larger).RegionSize, 2000 * PAGE_SIZE);
    CHECK_EQUAL(Larger[0], 42);
    CHECK_STATUS(TryWrite(Larger + 1999 * PAGE_SIZE), STATUS_SUCCESS);
    CHECK_EQUAL(Query(Base).RegionSize, PAGE_SIZE); // the old view stays as it is
    Size.QuadPart = PAGE_SIZE;
    CHECK_STATUS(NtExtendSection(Section, &Size), STATUS_SUCCESS); // a section never shrinks
    CHECK_EQUAL(Size.QuadPart, 2000 * PAGE_SIZE);
    Size.QuadPart = 1ll << 46;
    CHECK(!NT_SUCCESS(NtExtendSection(Section, &Size)));
    CHECK_STATUS(Unmap(Base), STATUS_SUCCESS);
    CHECK_STATUS(Unmap(Larger), STATUS_SUCCESS);
    NtClose(Section);

    REQUIRE_STATUS(OpenFile(L"ntdll.dll", &File), STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_READONLY,
                                   SEC_IMAGE, File),
                   STATUS_SUCCESS);
    Size.QuadPart = 1 << 30;
    CHECK_STATUS(NtExtendSection(Section, &Size), STATUS_SECTION_NOT_EXTENDED);
    NtClose(Section);
    NtClose(File);
}
