// Extended parameters, placeholders, advice.

#include "suite.h"

static NTSTATUS AllocateEx(PVOID Address, SIZE_T Size, ULONG Type, ULONG Protection,
                           PMEM_EXTENDED_PARAMETER Parameters, ULONG Count)
{
    return NtAllocateVirtualMemoryEx(NtCurrentProcess(), Address, &Size, Type, Protection,
                                     Parameters, Count);
}

VOID TestAddressRequirements(void)
{
    MEM_ADDRESS_REQUIREMENTS Asked = {
        .LowestStartingAddress = (PVOID)0x200000000,
        .HighestEndingAddress = (PVOID)0x2FFFFFFFF,
        .Alignment = 0x1000000,
    };
    MEM_EXTENDED_PARAMETER Parameter = {.Type = MemExtendedParameterAddressRequirements};
    Parameter.Pointer = &Asked;
    PUCHAR Base = nullptr, Other = nullptr;
    REQUIRE_STATUS(
        AllocateEx(&Base, PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, &Parameter, 1),
        STATUS_SUCCESS);
    CHECK((ULONG_PTR)Base >= 0x200000000 && (ULONG_PTR)Base < 0x300000000);
    CHECK_EQUAL((ULONG_PTR)Base % 0x1000000, 0);
    CHECK_STATUS(TryWrite(Base), STATUS_SUCCESS);
    Asked.HighestEndingAddress = (PVOID)(0x200000000 + 0x1000000 - 1);
    CHECK_STATUS(AllocateEx(&Other, PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE, &Parameter, 1),
                 STATUS_NO_MEMORY); // there is only one place
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestExtendedErrors(void)
{
    static const MEM_ADDRESS_REQUIREMENTS Bad[] = {
        {.Alignment = 3 * 0x10000},
        {.Alignment = 0x8000},
        {.LowestStartingAddress = (PVOID)0x12345},
        {.HighestEndingAddress = (PVOID)0x12345},
        {.LowestStartingAddress = (PVOID)0x800000000000},
        {.LowestStartingAddress = (PVOID)0x300000000, .HighestEndingAddress = (PVOID)0x2FFFFFFFF},
    };
    MEM_EXTENDED_PARAMETER Parameters[2] = {{.Type = MemExtendedParameterAddressRequirements},
                                            {.Type = MemExtendedParameterAddressRequirements}};
    PVOID Base = nullptr;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bad); i++) {
        Parameters[0].Pointer = (PVOID)&Bad[i];
        NTSTATUS Status = AllocateEx(&Base, PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE, Parameters, 1);
        if (Status != STATUS_INVALID_PARAMETER)
            TestFail(__FILE__, __LINE__, "case %lu gave %08lx", i, Status);
    }
    MEM_ADDRESS_REQUIREMENTS Good = {.Alignment = 0x10000};
    Parameters[0].Pointer = Parameters[1].Pointer = &Good;
    CHECK_STATUS(AllocateEx(&Base, PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE, Parameters, 2),
                 STATUS_INVALID_PARAMETER); // twice
    CHECK_STATUS(AllocateEx(&Base, PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE, nullptr, 1),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(AllocateEx(&Base, PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE, TEST_UNMAPPED, 1),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(AllocateEx(&Base, PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE, Parameters, MAXULONG),
                 STATUS_INVALID_PARAMETER);
    Parameters[0].Pointer = TEST_KERNEL;
    CHECK_STATUS(AllocateEx(&Base, PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE, Parameters, 1),
                 STATUS_ACCESS_VIOLATION);
    Parameters[0] = (MEM_EXTENDED_PARAMETER){.Type = MemExtendedParameterInvalidType};
    CHECK_STATUS(AllocateEx(&Base, PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE, Parameters, 1),
                 STATUS_INVALID_PARAMETER);
    Parameters[0] = (MEM_EXTENDED_PARAMETER){.Type = MemExtendedParameterAddressRequirements};
    Parameters[0].Pointer = &Good;
    PVOID Fixed = (PVOID)0x300000000;
    CHECK_STATUS(AllocateEx(&Fixed, PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE, Parameters, 1),
                 STATUS_INVALID_PARAMETER); // a place and requirements
}

VOID TestPlaceholders(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(AllocateEx(&Base, 4 * Granularity, MEM_RESERVE | MEM_RESERVE_PLACEHOLDER,
                              PAGE_NOACCESS, nullptr, 0),
                   STATUS_SUCCESS);
    // Cut in three; the middle becomes memory, the last a view of a section.
    CHECK_STATUS(Free(Base + Granularity, Granularity, MEM_RELEASE | MEM_PRESERVE_PLACEHOLDER),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Query(Base).RegionSize, Granularity);
    PUCHAR Middle = Base + Granularity, Last = Base + 2 * Granularity;
    CHECK_STATUS(AllocateEx(&Middle, Granularity,
                            MEM_RESERVE | MEM_COMMIT | MEM_REPLACE_PLACEHOLDER, PAGE_READWRITE,
                            nullptr, 0),
                 STATUS_SUCCESS);
    CHECK_STATUS(TryWrite(Middle), STATUS_SUCCESS);

    LARGE_INTEGER Size = {.QuadPart = 2 * Granularity};
    HANDLE Section;
    REQUIRE_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, &Size, PAGE_READWRITE,
                                   SEC_COMMIT, nullptr),
                   STATUS_SUCCESS);
    SIZE_T ViewSize = 2 * Granularity;
    CHECK_STATUS(NtMapViewOfSectionEx(Section, NtCurrentProcess(), (PVOID *)&Last, nullptr,
                                      &ViewSize, MEM_REPLACE_PLACEHOLDER, PAGE_READWRITE, nullptr,
                                      0),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Last, Base + 2 * Granularity);
    CHECK_STATUS(TryWrite(Last), STATUS_SUCCESS);
    CHECK_STATUS(NtUnmapViewOfSectionEx(NtCurrentProcess(), Last, MEM_PRESERVE_PLACEHOLDER),
                 STATUS_SUCCESS);
    NtClose(Section);
    CHECK_EQUAL(Query(Last).State, MEM_RESERVE);
    CHECK_STATUS(Free(Middle, Granularity, MEM_RELEASE | MEM_PRESERVE_PLACEHOLDER), STATUS_SUCCESS);
    CHECK_STATUS(TryRead(Middle), STATUS_ACCESS_VIOLATION);

    CHECK_STATUS(Free(Base, 4 * Granularity, MEM_RELEASE | MEM_COALESCE_PLACEHOLDERS),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Query(Base).RegionSize, 4 * Granularity);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestPlaceholderErrors(void)
{
    PUCHAR Base = nullptr, Other;
    CHECK_STATUS(AllocateEx(&Base, Granularity, MEM_RESERVE | MEM_RESERVE_PLACEHOLDER,
                            PAGE_READWRITE, nullptr, 0),
                 STATUS_INVALID_PAGE_PROTECTION);
    CHECK_STATUS(AllocateEx(&Base, Granularity, MEM_COMMIT | MEM_RESERVE_PLACEHOLDER, PAGE_NOACCESS,
                            nullptr, 0),
                 STATUS_INVALID_PARAMETER_5);
    REQUIRE_STATUS(AllocateEx(&Base, 2 * Granularity, MEM_RESERVE | MEM_RESERVE_PLACEHOLDER,
                              PAGE_NOACCESS, nullptr, 0),
                   STATUS_SUCCESS);
    Other = Base;
    CHECK_STATUS(Allocate(&Other, PAGE_SIZE, MEM_COMMIT, PAGE_READWRITE),
                 STATUS_CONFLICTING_ADDRESSES);
    CHECK_STATUS(AllocateEx(&Other, Granularity, MEM_RESERVE | MEM_REPLACE_PLACEHOLDER,
                            PAGE_READWRITE, nullptr, 0),
                 STATUS_CONFLICTING_ADDRESSES); // not all of it
    CHECK_STATUS(Free(Base, 2 * Granularity, MEM_RELEASE | MEM_COALESCE_PLACEHOLDERS),
                 STATUS_CONFLICTING_ADDRESSES); // one already
    CHECK_STATUS(Free(Base, Granularity, MEM_DECOMMIT | MEM_PRESERVE_PLACEHOLDER),
                 STATUS_INVALID_PARAMETER_4);
    CHECK_STATUS(
        Free(Base, Granularity, MEM_RELEASE | MEM_PRESERVE_PLACEHOLDER | MEM_COALESCE_PLACEHOLDERS),
        STATUS_INVALID_PARAMETER_4);
    CHECK_STATUS(NtUnmapViewOfSectionEx(NtCurrentProcess(), Base, MEM_PRESERVE_PLACEHOLDER),
                 STATUS_NOT_MAPPED_VIEW);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestPrefetch(void)
{
    MEMORY_RANGE_ENTRY Range = {.VirtualAddress = NtCurrentPeb()->ImageBaseAddress,
                                .NumberOfBytes = 4 * PAGE_SIZE};
    ULONG Flags = 0;
    HANDLE Self = NtCurrentProcess();
    CHECK_STATUS(NtSetInformationVirtualMemory(Self, VmPrefetchInformation, 1, &Range, &Flags,
                                               sizeof(Flags)),
                 STATUS_SUCCESS);
    MEMORY_WORKING_SET_EX_INFORMATION Entry = {.VirtualAddress =
                                                   (PUCHAR)Range.VirtualAddress + 3 * PAGE_SIZE};
    CHECK_STATUS(NtQueryVirtualMemory(Self, nullptr, MemoryWorkingSetExInformation, &Entry,
                                      sizeof(Entry), nullptr),
                 STATUS_SUCCESS);
    CHECK(Entry.u1.VirtualAttributes.Valid);

    CHECK_STATUS(NtSetInformationVirtualMemory(Self, (VIRTUAL_MEMORY_INFORMATION_CLASS)77, 1,
                                               &Range, &Flags, sizeof(Flags)),
                 STATUS_INVALID_PARAMETER_2);
    CHECK_STATUS(NtSetInformationVirtualMemory(Self, VmPrefetchInformation, 0, &Range, &Flags,
                                               sizeof(Flags)),
                 STATUS_INVALID_PARAMETER_3);
    CHECK_STATUS(NtSetInformationVirtualMemory(Self, VmPrefetchInformation, MAXULONG_PTR, &Range,
                                               &Flags, sizeof(Flags)),
                 STATUS_INVALID_PARAMETER_3);
    CHECK_STATUS(NtSetInformationVirtualMemory(Self, VmPrefetchInformation, 1, TEST_UNMAPPED,
                                               &Flags, sizeof(Flags)),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtSetInformationVirtualMemory(Self, VmPrefetchInformation, 1, &Range, TEST_KERNEL,
                                               sizeof(Flags)),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtSetInformationVirtualMemory(Self, VmPrefetchInformation, 1, &Range, &Flags, 3),
                 STATUS_INVALID_PARAMETER_6);
    CHECK_STATUS(NtSetInformationVirtualMemory((HANDLE)0x7FF0, VmPrefetchInformation, 1, &Range,
                                               &Flags, sizeof(Flags)),
                 STATUS_INVALID_HANDLE);
    Flags = 1;
    CHECK_STATUS(NtSetInformationVirtualMemory(Self, VmPrefetchInformation, 1, &Range, &Flags,
                                               sizeof(Flags)),
                 STATUS_INVALID_PARAMETER_5);
}
