// Mapping and unmapping.

#include "suite.h"

VOID TestMapAndShare(void)
{
    HANDLE Section;
    PUCHAR First, Second;
    REQUIRE_STATUS(Create(&Section, 4 * PAGE_SIZE, PAGE_READWRITE, SEC_COMMIT), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &First, 0, PAGE_READWRITE), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &Second, 0, PAGE_READONLY), STATUS_SUCCESS);
    CHECK(First != Second);
    CHECK_EQUAL(Second[5], 0);
    First[5] = 9;
    First[3 * PAGE_SIZE] = 8;
    CHECK_EQUAL(Second[5], 9);
    CHECK_EQUAL(Second[3 * PAGE_SIZE], 8);
    CHECK_STATUS(TryWrite(Second), STATUS_ACCESS_VIOLATION);
    MEMORY_BASIC_INFORMATION Information = Query(First);
    CHECK_EQUAL(Information.Type, MEM_MAPPED);
    CHECK_EQUAL(Information.State, MEM_COMMIT);
    CHECK_EQUAL(Information.RegionSize, 4 * PAGE_SIZE);
    CHECK_STATUS(Unmap(First + PAGE_SIZE), STATUS_SUCCESS); // any address of the view
    CHECK_EQUAL(Query(First).State, MEM_FREE);
    CHECK_EQUAL(Second[5], 9);
    CHECK_STATUS(Unmap(Second), STATUS_SUCCESS);
    NtClose(Section);
}

VOID TestOffsets(void)
{
    HANDLE Section;
    PUCHAR Whole;
    PVOID Part = nullptr;
    SIZE_T Size = 100;
    LARGE_INTEGER Offset = {.QuadPart = Granularity};
    REQUIRE_STATUS(Create(&Section, 3 * Granularity, PAGE_READWRITE, SEC_COMMIT), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &Whole, 0, PAGE_READWRITE), STATUS_SUCCESS);
    Whole[Granularity + 50] = 77;
    CHECK_STATUS(NtMapViewOfSection(Section, NtCurrentProcess(), &Part, 0, 0, &Offset, &Size,
                                    ViewShare, 0, PAGE_READONLY),
                 STATUS_SUCCESS);
    CHECK_EQUAL(((PUCHAR)Part)[50], 77);
    CHECK_EQUAL(Size, PAGE_SIZE);
    CHECK_EQUAL(Offset.QuadPart, Granularity);
    CHECK_STATUS(Unmap(Part), STATUS_SUCCESS);

    Part = nullptr; // size 0: the rest
    Size = 0;
    CHECK_STATUS(NtMapViewOfSection(Section, NtCurrentProcess(), &Part, 0, 0, &Offset, &Size,
                                    ViewShare, MEM_TOP_DOWN, PAGE_READONLY),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Size, 2 * Granularity);
    CHECK((ULONG_PTR)Part > 0x7FFF00000000);
    PUCHAR Place = Part;
    CHECK_STATUS(Unmap(Part), STATUS_SUCCESS);
    CHECK_STATUS(NtMapViewOfSection(Section, NtCurrentProcess(), &Part, 0, 0, &Offset, &Size,
                                    ViewShare, 0, PAGE_READONLY),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Part, Place); // where it was asked for
    CHECK_STATUS(Unmap(Part), STATUS_SUCCESS);
    CHECK_STATUS(Unmap(Whole), STATUS_SUCCESS);
    NtClose(Section);
}

typedef struct _MAP_CASE {
    ULONG_PTR Base, ZeroBits;
    LONGLONG Offset;
    SIZE_T Size, Commit;
    ULONG Inherit, Type, Protection;
    NTSTATUS Status;
} MAP_CASE;

VOID TestMapErrors(void)
{
    static const MAP_CASE Cases[] = {
        {0, 0, 0, 0, 0, 3, 0, PAGE_READONLY, STATUS_INVALID_PARAMETER_8},
        {0, 0, 0, 0, 0, 0, 0, PAGE_READONLY, STATUS_INVALID_PARAMETER_8},
        {0, 0, 0, 0, 0, ViewUnmap, MEM_COMMIT, PAGE_READONLY, STATUS_INVALID_PARAMETER_9},
        {0, 0, 0, 0, 0, ViewUnmap, 0, 0, STATUS_INVALID_PAGE_PROTECTION},
        {0, 0, 0, 0, 0, ViewUnmap, 0, 3, STATUS_INVALID_PAGE_PROTECTION},
        {0, 22, 0, 0, 0, ViewUnmap, 0, PAGE_READONLY, STATUS_INVALID_PARAMETER_4},
        {0, 0, PAGE_SIZE, 0, 0, ViewUnmap, 0, PAGE_READONLY, STATUS_MAPPED_ALIGNMENT},
        {0, 0, 5, 0, 0, ViewUnmap, 0, PAGE_READONLY, STATUS_MAPPED_ALIGNMENT},
        {0x30001000, 0, 0, 0, 0, ViewUnmap, 0, PAGE_READONLY, STATUS_MAPPED_ALIGNMENT},
        {0, 0, 4 * Granularity, 0, 0, ViewUnmap, 0, PAGE_READONLY, STATUS_INVALID_VIEW_SIZE},
        {0, 0, -Granularity, 0, 0, ViewUnmap, 0, PAGE_READONLY, STATUS_INVALID_VIEW_SIZE},
        {0, 0, 0, 4 * Granularity, 0, ViewUnmap, 0, PAGE_READONLY, STATUS_INVALID_VIEW_SIZE},
        {0, 0, Granularity, 2 * Granularity, 0, ViewUnmap, 0, PAGE_READONLY,
         STATUS_INVALID_VIEW_SIZE},
        {0, 0, 0, MAXULONG_PTR, 0, ViewUnmap, 0, PAGE_READONLY, STATUS_INVALID_PARAMETER_3},
        {0x7FFFFFFF0000, 0, 0, 0, 0, ViewUnmap, 0, PAGE_READONLY, STATUS_INVALID_PARAMETER_3},
        {0, 0, 0, PAGE_SIZE, Granularity, ViewUnmap, 0, PAGE_READONLY, STATUS_INVALID_PARAMETER_5},
    };
    HANDLE Section;
    REQUIRE_STATUS(Create(&Section, 2 * Granularity, PAGE_READWRITE, SEC_COMMIT), STATUS_SUCCESS);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        const MAP_CASE *Case = &Cases[i];
        PVOID Base = (PVOID)Case->Base;
        LARGE_INTEGER Offset = {.QuadPart = Case->Offset};
        SIZE_T Size = Case->Size;
        NTSTATUS Status = NtMapViewOfSection(
            Section, NtCurrentProcess(), &Base, Case->ZeroBits, Case->Commit, &Offset, &Size,
            (SECTION_INHERIT)Case->Inherit, Case->Type, Case->Protection);
        if (Status != Case->Status)
            TestFail(__FILE__, __LINE__, "case %lu gave %08lx, not %08lx", i, Status, Case->Status);
    }

    PVOID Base = NtCurrentPeb()->ImageBaseAddress;
    SIZE_T Size = 0;
    LARGE_INTEGER Offset = {};
    HANDLE Self = NtCurrentProcess();
    CHECK_STATUS(
        NtMapViewOfSection(Section, Self, &Base, 0, 0, nullptr, &Size, ViewUnmap, 0, PAGE_READONLY),
        STATUS_CONFLICTING_ADDRESSES);
    Base = nullptr;
    CHECK_STATUS(NtMapViewOfSection(Section, Self, TEST_UNMAPPED, 0, 0, &Offset, &Size, ViewUnmap,
                                    0, PAGE_READONLY),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtMapViewOfSection(Section, Self, &Base, 0, 0, TEST_KERNEL, &Size, ViewUnmap, 0,
                                    PAGE_READONLY),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtMapViewOfSection(Section, Self, &Base, 0, 0, &Offset, TestReadOnlyPage(),
                                    ViewUnmap, 0, PAGE_READONLY),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtMapViewOfSection((HANDLE)0x7FF0, Self, &Base, 0, 0, &Offset, &Size, ViewUnmap, 0,
                                    PAGE_READONLY),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtMapViewOfSection(Section, (HANDLE)0x7FF0, &Base, 0, 0, &Offset, &Size, ViewUnmap,
                                    0, PAGE_READONLY),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtMapViewOfSection(Section, Section, &Base, 0, 0, &Offset, &Size, ViewUnmap, 0,
                                    PAGE_READONLY),
                 STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Section);
}

// What a section allows, by its own protection. Rows: the section's; columns: the view's.
VOID TestProtectionTable(void)
{
    static const ULONG Views[] = {PAGE_NOACCESS,         PAGE_READONLY,     PAGE_READWRITE,
                                  PAGE_WRITECOPY,        PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE,
                                  PAGE_EXECUTE_WRITECOPY};
    static const struct {
        ULONG Protection;
        BOOLEAN Allowed[RTL_NUMBER_OF(Views)];
    } Sections[] = {
        {PAGE_READONLY, {1, 1, 0, 1, 0, 0, 0}},
        {PAGE_READWRITE, {1, 1, 1, 1, 0, 0, 0}},
        {PAGE_WRITECOPY, {1, 1, 0, 1, 0, 0, 0}},
        {PAGE_EXECUTE_READ, {1, 1, 0, 1, 1, 0, 1}},
        {PAGE_EXECUTE_READWRITE, {1, 1, 1, 1, 1, 1, 1}},
        {PAGE_EXECUTE_WRITECOPY, {1, 1, 0, 1, 1, 0, 1}},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sections); i++) {
        HANDLE Section;
        REQUIRE_STATUS(Create(&Section, PAGE_SIZE, Sections[i].Protection, SEC_COMMIT),
                       STATUS_SUCCESS);
        for (ULONG j = 0; j < RTL_NUMBER_OF(Views); j++) {
            PVOID Base;
            NTSTATUS Status = Map(Section, &Base, 0, Views[j]);
            if (Status != (Sections[i].Allowed[j] ? STATUS_SUCCESS : STATUS_SECTION_PROTECTION))
                TestFail(__FILE__, __LINE__, "section %lx, view %lx gave %08lx",
                         Sections[i].Protection, Views[j], Status);
            if (!NT_SUCCESS(Status))
                continue;
            CHECK_EQUAL(Query(Base).Protect, Views[j]);
            CHECK_STATUS(Unmap(Base), STATUS_SUCCESS);
        }
        NtClose(Section);
    }
}

VOID TestAccessRights(void)
{
    static const struct {
        ACCESS_MASK Access;
        ULONG Protection;
        NTSTATUS Status;
    } Cases[] = {
        {SECTION_MAP_READ, PAGE_READONLY, STATUS_SUCCESS},
        {SECTION_MAP_READ, PAGE_WRITECOPY, STATUS_SUCCESS},
        {SECTION_MAP_READ, PAGE_READWRITE, STATUS_ACCESS_DENIED},
        {SECTION_MAP_READ, PAGE_EXECUTE_READ, STATUS_ACCESS_DENIED},
        {SECTION_MAP_WRITE, PAGE_READWRITE, STATUS_SUCCESS},
        {SECTION_MAP_WRITE, PAGE_READONLY, STATUS_ACCESS_DENIED},
        {SECTION_MAP_EXECUTE, PAGE_EXECUTE_READ, STATUS_SUCCESS},
        {SECTION_QUERY, PAGE_READONLY, STATUS_ACCESS_DENIED},
    };
    HANDLE Section, Self = NtCurrentProcess();
    REQUIRE_STATUS(Create(&Section, PAGE_SIZE, PAGE_EXECUTE_READWRITE, SEC_COMMIT), STATUS_SUCCESS);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        HANDLE Weak;
        PVOID Base;
        REQUIRE_STATUS(NtDuplicateObject(Self, Section, Self, &Weak, Cases[i].Access, 0, 0),
                       STATUS_SUCCESS);
        NTSTATUS Status = Map(Weak, &Base, 0, Cases[i].Protection);
        if (Status != Cases[i].Status)
            TestFail(__FILE__, __LINE__, "case %lu gave %08lx, not %08lx", i, Status,
                     Cases[i].Status);
        if (NT_SUCCESS(Status))
            CHECK_STATUS(Unmap(Base), STATUS_SUCCESS);
        NtClose(Weak);
    }
    NtClose(Section);
}

static NTSTATUS Protect(PVOID Base, SIZE_T Size, ULONG New)
{
    ULONG Old;
    return NtProtectVirtualMemory(NtCurrentProcess(), &Base, &Size, New, &Old);
}

VOID TestProtectView(void)
{
    HANDLE Section;
    PUCHAR Base;
    REQUIRE_STATUS(Create(&Section, 2 * PAGE_SIZE, PAGE_READWRITE, SEC_COMMIT), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &Base, 0, PAGE_READWRITE), STATUS_SUCCESS);
    Base[0] = 1;
    CHECK_STATUS(Protect(Base, PAGE_SIZE, PAGE_READONLY), STATUS_SUCCESS);
    CHECK_STATUS(TryWrite(Base), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(TryWrite(Base + PAGE_SIZE), STATUS_SUCCESS);
    CHECK_STATUS(Protect(Base, PAGE_SIZE, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_STATUS(TryWrite(Base), STATUS_SUCCESS);
    CHECK_STATUS(Protect(Base, PAGE_SIZE, PAGE_EXECUTE_READ), STATUS_SECTION_PROTECTION);
    CHECK_STATUS(Protect(Base, PAGE_SIZE, PAGE_NOACCESS), STATUS_SUCCESS);
    CHECK_STATUS(TryRead(Base), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Unmap(Base), STATUS_SUCCESS);
    // A view gets no more than it was mapped with.
    REQUIRE_STATUS(Map(Section, &Base, 0, PAGE_READONLY), STATUS_SUCCESS);
    CHECK_STATUS(Protect(Base, PAGE_SIZE, PAGE_READWRITE), STATUS_SECTION_PROTECTION);
    CHECK_STATUS(Unmap(Base), STATUS_SUCCESS);
    NtClose(Section);
}

VOID TestReserveCommit(void)
{
    HANDLE Section;
    PUCHAR First, Second;
    PVOID Part;
    SIZE_T Size = 2 * PAGE_SIZE;
    REQUIRE_STATUS(Create(&Section, 1ll << 30, PAGE_READWRITE, SEC_RESERVE), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &First, 0, PAGE_READWRITE), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &Second, 0, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_EQUAL(Query(First).State, MEM_RESERVE);
    CHECK_EQUAL(Query(First).RegionSize, 1ll << 30);
    CHECK_STATUS(TryRead(First), STATUS_ACCESS_VIOLATION);
    Part = First + 5 * PAGE_SIZE;
    CHECK_STATUS(
        NtAllocateVirtualMemory(NtCurrentProcess(), &Part, 0, &Size, MEM_COMMIT, PAGE_READWRITE),
        STATUS_SUCCESS);
    First[5 * PAGE_SIZE] = 6;
    CHECK_EQUAL(Second[5 * PAGE_SIZE], 6); // committed for every view
    CHECK_EQUAL(Query(Second + 5 * PAGE_SIZE).RegionSize, 2 * PAGE_SIZE);
    CHECK_STATUS(TryRead(Second + 7 * PAGE_SIZE), STATUS_ACCESS_VIOLATION);
    // It cannot be given back.
    Size = PAGE_SIZE;
    CHECK_STATUS(NtFreeVirtualMemory(NtCurrentProcess(), &Part, &Size, MEM_DECOMMIT),
                 STATUS_UNABLE_TO_DELETE_SECTION);
    CHECK_STATUS(Unmap(Second), STATUS_SUCCESS);
    CHECK_STATUS(Unmap(First), STATUS_SUCCESS);

    PVOID Base = nullptr; // committed as it is mapped
    Size = 4 * PAGE_SIZE;
    CHECK_STATUS(NtMapViewOfSection(Section, NtCurrentProcess(), &Base, 0, 2 * PAGE_SIZE, nullptr,
                                    &Size, ViewUnmap, 0, PAGE_READWRITE),
                 STATUS_SUCCESS);
    CHECK_STATUS(TryWrite((PUCHAR)Base + PAGE_SIZE), STATUS_SUCCESS);
    CHECK_STATUS(TryWrite((PUCHAR)Base + 2 * PAGE_SIZE), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Unmap(Base), STATUS_SUCCESS);
    NtClose(Section);
}

VOID TestCopyOnWriteView(void)
{
    HANDLE Section;
    PUCHAR Shared, Private;
    REQUIRE_STATUS(Create(&Section, 2 * PAGE_SIZE, PAGE_READWRITE, SEC_COMMIT), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &Shared, 0, PAGE_READWRITE), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &Private, 0, PAGE_WRITECOPY), STATUS_SUCCESS);
    Shared[0] = 5;
    CHECK_EQUAL(Private[0], 5);
    Private[0] = 6;
    CHECK_EQUAL(Shared[0], 5);
    Shared[1] = 7;
    CHECK_EQUAL(Private[1], 0); // the copy is its own
    Shared[PAGE_SIZE] = 8;
    CHECK_EQUAL(Private[PAGE_SIZE], 8);
    CHECK_EQUAL(Query(Private).Protect, PAGE_READWRITE);
    CHECK_EQUAL(Query(Private + PAGE_SIZE).Protect, PAGE_WRITECOPY);
    CHECK_STATUS(Unmap(Private), STATUS_SUCCESS);
    CHECK_STATUS(Unmap(Shared), STATUS_SUCCESS);
    NtClose(Section);
}

VOID TestUnmapErrors(void)
{
    PVOID Private = nullptr;
    SIZE_T Size = PAGE_SIZE;
    REQUIRE_STATUS(NtAllocateVirtualMemory(NtCurrentProcess(), &Private, 0, &Size,
                                           MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    CHECK_STATUS(Unmap(Private), STATUS_NOT_MAPPED_VIEW);
    CHECK_STATUS(Unmap(nullptr), STATUS_NOT_MAPPED_VIEW);
    CHECK_STATUS(Unmap(TEST_KERNEL), STATUS_NOT_MAPPED_VIEW);
    CHECK_STATUS(Unmap(TEST_WRAPPING), STATUS_NOT_MAPPED_VIEW);
    CHECK_STATUS(NtUnmapViewOfSection((HANDLE)0x7FF0, Private), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtUnmapViewOfSectionEx(NtCurrentProcess(), Private, 0x80),
                 STATUS_INVALID_PARAMETER_3);
    Size = 0;
    CHECK_STATUS(NtFreeVirtualMemory(NtCurrentProcess(), &Private, &Size, MEM_RELEASE),
                 STATUS_SUCCESS);
}

VOID TestOutlivesHandle(void)
{
    HANDLE Section;
    PUCHAR Base;
    REQUIRE_STATUS(Create(&Section, 2 * PAGE_SIZE, PAGE_READWRITE, SEC_COMMIT), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &Base, 0, PAGE_READWRITE), STATUS_SUCCESS);
    Base[0] = 1;
    NtClose(Section);
    CHECK_EQUAL(Base[0], 1);
    CHECK_STATUS(TryWrite(Base + PAGE_SIZE), STATUS_SUCCESS);
    CHECK_STATUS(Unmap(Base), STATUS_SUCCESS);
}

enum { ViewCount = 500 };

VOID TestManyViews(void)
{
    static PUCHAR Views[ViewCount];
    HANDLE Section;
    REQUIRE_STATUS(Create(&Section, PAGE_SIZE, PAGE_READWRITE, SEC_COMMIT), STATUS_SUCCESS);
    for (ULONG i = 0; i < ViewCount; i++) {
        REQUIRE_STATUS(Map(Section, &Views[i], 0, PAGE_READWRITE), STATUS_SUCCESS);
        ++*(PULONG)Views[i];
    }
    CHECK_EQUAL(*(PULONG)Views[0], ViewCount);
    for (ULONG i = 0; i < ViewCount; i++)
        CHECK_STATUS(Unmap(Views[i * 7 % ViewCount]), STATUS_SUCCESS);
    NtClose(Section);
}
