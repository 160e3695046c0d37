// Sections in several processes.

#include "suite.h"

NTSTATUS ChildIdle(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return STATUS_SUCCESS;
}

VOID TestMapIntoOther(void)
{
    RTL_USER_PROCESS_INFORMATION Child;
    HANDLE Section;
    PUCHAR Base;
    PVOID Other = nullptr;
    SIZE_T Size = 0, Copied;
    UCHAR Byte = 0;
    REQUIRE_STATUS(Create(&Section, 2 * PAGE_SIZE, PAGE_READWRITE, SEC_COMMIT), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &Base, 0, PAGE_READWRITE), STATUS_SUCCESS);
    REQUIRE_STATUS(TestStartChild(L"idle", nullptr, TRUE, FALSE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(NtMapViewOfSection(Section, Child.ProcessHandle, &Other, 0, 0, nullptr, &Size,
                                    ViewUnmap, 0, PAGE_READWRITE),
                 STATUS_SUCCESS);
    Base[7] = 70;
    CHECK_STATUS(NtReadVirtualMemory(Child.ProcessHandle, (PUCHAR)Other + 7, &Byte, 1, &Copied),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Byte, 70);
    Byte = 71;
    CHECK_STATUS(NtWriteVirtualMemory(Child.ProcessHandle, (PUCHAR)Other + 7, &Byte, 1, &Copied),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Base[7], 71);
    CHECK_STATUS(NtUnmapViewOfSection(Child.ProcessHandle, Other), STATUS_SUCCESS);
    CHECK_STATUS(NtReadVirtualMemory(Child.ProcessHandle, Other, &Byte, 1, &Copied),
                 STATUS_PARTIAL_COPY);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_SUCCESS);
    CHECK_EQUAL(Base[7], 71);
    CHECK_STATUS(Unmap(Base), STATUS_SUCCESS);
    NtClose(Section);
}

static HANDLE ParseHandle(PCWSTR Text)
{
    UNICODE_STRING String;
    ULONG Value = 0;
    RtlInitUnicodeString(&String, Text);
    RtlUnicodeStringToInteger(&String, 16, &Value);
    return (HANDLE)(ULONG_PTR)Value;
}

NTSTATUS ChildInherit(PCWSTR Argument)
{
    PULONG Base;
    NTSTATUS Status = Map(ParseHandle(Argument), &Base, 0, PAGE_READWRITE);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Base[0] != 0x1111)
        return STATUS_DATA_ERROR;
    Base[1] = 0x2222;
    return STATUS_SUCCESS;
}

VOID TestInheritedHandle(void)
{
    RTL_USER_PROCESS_INFORMATION Child;
    LARGE_INTEGER Size = {.QuadPart = PAGE_SIZE};
    OBJECT_ATTRIBUTES Attributes = TestAttributes(nullptr, OBJ_INHERIT);
    HANDLE Section;
    PULONG Base;
    WCHAR Argument[16];
    REQUIRE_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, &Attributes, &Size, PAGE_READWRITE,
                                   SEC_COMMIT, nullptr),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &Base, 0, PAGE_READWRITE), STATUS_SUCCESS);
    Base[0] = 0x1111;
    _snwprintf(Argument, RTL_NUMBER_OF(Argument), L"%lx", (ULONG)(ULONG_PTR)Section);
    REQUIRE_STATUS(TestStartChild(L"inherit", Argument, FALSE, TRUE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_SUCCESS);
    CHECK_EQUAL(Base[1], 0x2222);
    // Without inheritance the handle is nothing to the child.
    REQUIRE_STATUS(TestStartChild(L"inherit", Argument, FALSE, FALSE, &Child), STATUS_SUCCESS);
    CHECK(!NT_SUCCESS(TestFinishChild(&Child)));
    CHECK_STATUS(Unmap(Base), STATUS_SUCCESS);
    NtClose(Section);
}

static UNICODE_STRING SharedName = RTL_CONSTANT_STRING(L"\\TestShared");

NTSTATUS ChildNamed(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&SharedName, 0);
    HANDLE Section;
    PULONG Base;
    NTSTATUS Status = NtOpenSection(&Section, SECTION_MAP_READ | SECTION_MAP_WRITE, &Attributes);
    if (NT_SUCCESS(Status))
        Status = Map(Section, &Base, 0, PAGE_READWRITE);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; i < 10; i++)
        Base[i * PAGE_SIZE / sizeof(ULONG)] += i;
    return STATUS_SUCCESS; // the view ends with the process
}

VOID TestNamedSharing(void)
{
    LARGE_INTEGER Size = {.QuadPart = 10 * PAGE_SIZE};
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&SharedName, 0);
    RTL_USER_PROCESS_INFORMATION Child;
    HANDLE Section;
    PULONG Base;
    REQUIRE_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, &Attributes, &Size, PAGE_READWRITE,
                                   SEC_COMMIT, nullptr),
                   STATUS_SUCCESS);
    for (ULONG i = 0; i < 3; i++) {
        REQUIRE_STATUS(TestStartChild(L"named", nullptr, FALSE, FALSE, &Child), STATUS_SUCCESS);
        CHECK_STATUS(TestFinishChild(&Child), STATUS_SUCCESS);
    }
    REQUIRE_STATUS(Map(Section, &Base, 0, PAGE_READONLY), STATUS_SUCCESS);
    for (ULONG i = 0; i < 10; i++)
        CHECK_EQUAL(Base[i * PAGE_SIZE / sizeof(ULONG)], 3 * i);
    CHECK_STATUS(Unmap(Base), STATUS_SUCCESS);
    NtClose(Section);
}

static ULONG ShareCount(PVOID Address)
{
    MEMORY_WORKING_SET_EX_INFORMATION Entry = {.VirtualAddress = Address};
    (VOID) * (volatile UCHAR *)Address;
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), nullptr, MemoryWorkingSetExInformation,
                                      &Entry, sizeof(Entry), nullptr),
                 STATUS_SUCCESS);
    CHECK(Entry.u1.VirtualAttributes.Valid && Entry.u1.VirtualAttributes.Shared);
    return (ULONG)Entry.u1.VirtualAttributes.ShareCount;
}

// A process of the same program has the same frames, though it has a section of its own.
VOID TestTwoProcesses(void)
{
    RTL_USER_PROCESS_INFORMATION Child;
    UCHAR Byte;
    ULONG Before = ShareCount((PVOID)TestTwoProcesses);
    REQUIRE_STATUS(TestStartChild(L"idle", nullptr, TRUE, FALSE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(
        NtReadVirtualMemory(Child.ProcessHandle, (PVOID)TestTwoProcesses, &Byte, 1, nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(ShareCount((PVOID)TestTwoProcesses), Before + 1);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_SUCCESS);
}
