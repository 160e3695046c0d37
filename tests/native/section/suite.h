// The tests of the suite, and what several of its files use.
#pragma once

#include "arguments.h"
#include "test.h"

enum { Granularity = 0x10000, DataSize = 5000 };

// A section over the page file.
static inline NTSTATUS Create(PHANDLE Section, LONGLONG Bytes, ULONG Protection, ULONG Attributes)
{
    LARGE_INTEGER Size = {.QuadPart = Bytes};
    return NtCreateSection(Section, SECTION_ALL_ACCESS, nullptr, &Size, Protection, Attributes,
                           nullptr);
}

static inline NTSTATUS Map(HANDLE Section, PVOID Address, SIZE_T Size, ULONG Protection)
{
    PVOID Base = nullptr;
    NTSTATUS Status = NtMapViewOfSection(Section, NtCurrentProcess(), &Base, 0, 0, nullptr, &Size,
                                         ViewUnmap, 0, Protection);
    *(PVOID *)Address = Base;
    return Status;
}

static inline NTSTATUS Unmap(PVOID Base)
{
    return NtUnmapViewOfSection(NtCurrentProcess(), Base);
}

static inline MEMORY_BASIC_INFORMATION Query(PVOID Address)
{
    MEMORY_BASIC_INFORMATION Information = {};
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), Address, MemoryBasicInformation,
                                      &Information, sizeof(Information), nullptr),
                 STATUS_SUCCESS);
    return Information;
}

NTSTATUS TryRead(volatile UCHAR *Address);
NTSTATUS TryWrite(volatile UCHAR *Address);
NTSTATUS OpenFile(PCWSTR Path, PHANDLE File); // in \SystemRoot\System32

VOID TestCreateKinds(void);
VOID TestCreateErrors(void);
VOID TestNames(void);
VOID TestServiceErrors(void);
VOID TestExtend(void);
VOID TestMapAndShare(void);
VOID TestOffsets(void);
VOID TestMapErrors(void);
VOID TestProtectionTable(void);
VOID TestAccessRights(void);
VOID TestProtectView(void);
VOID TestReserveCommit(void);
VOID TestCopyOnWriteView(void);
VOID TestUnmapErrors(void);
VOID TestOutlivesHandle(void);
VOID TestDataFile(void);
VOID TestQuery(void);
VOID TestImageSection(void);
VOID TestImageViews(void);
VOID TestImageProtections(void);
VOID TestTwoProcesses(void);
VOID TestMapIntoOther(void);
VOID TestInheritedHandle(void);
VOID TestNamedSharing(void);
VOID TestManyViews(void);
VOID TestFlush(void);
NTSTATUS ChildInherit(PCWSTR Argument);
NTSTATUS ChildNamed(PCWSTR Argument);
NTSTATUS ChildIdle(PCWSTR Argument);
