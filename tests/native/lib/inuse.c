// What of the machine is in use, for tests that nothing is lost.

#include "test.h"

constexpr ULONG NumbersTag = 'muNI'; // of executive/io
constexpr ULONG PacketTag = 'kPxE';  // of executive/ex

static VOID CountObjects(TEST_IN_USE *InUse)
{
    alignas(8) static UCHAR Buffer[16 * 1024];
    POBJECT_TYPES_INFORMATION Types = (PVOID)Buffer;
    if (!CHECK_STATUS(
            NtQueryObject(nullptr, ObjectTypesInformation, Buffer, sizeof(Buffer), nullptr),
            STATUS_SUCCESS))
        return;
    PUCHAR Next = (PUCHAR)ALIGN_UP_BY(Types + 1, sizeof(PVOID));
    InUse->Types = min(Types->NumberOfTypes, (ULONG)TestMostTypes);
    for (ULONG i = 0; i < InUse->Types; i++) {
        POBJECT_TYPE_INFORMATION Type = (PVOID)Next;
        InUse->Objects[i] = Type->TotalNumberOfObjects;
        memcpy(InUse->TypeNames[i], Type->TypeName.Buffer,
               min(Type->TypeName.Length, sizeof(InUse->TypeNames[i]) - sizeof(WCHAR)));
        Next += ALIGN_UP_BY(sizeof(*Type) + Type->TypeName.MaximumLength, sizeof(PVOID));
    }
}

// Driver hosts run beside the test, and start another worker thread when they need one.
static ULONG CountHostThreads(void)
{
    static const UNICODE_STRING Host = RTL_CONSTANT_STRING(L"drvhost.exe");
    alignas(8) static UCHAR Buffer[32 * 1024];
    ULONG Count = 0;
    if (!CHECK_STATUS(
            NtQuerySystemInformation(SystemProcessInformation, Buffer, sizeof(Buffer), nullptr),
            STATUS_SUCCESS))
        return 0;
    for (PUCHAR Next = Buffer;;) {
        PSYSTEM_PROCESS_INFORMATION Process = (PVOID)Next;
        if (RtlEqualUnicodeString(&Process->ImageName, &Host, TRUE))
            Count += Process->NumberOfThreads;
        if (!Process->NextEntryOffset)
            return Count;
        Next += Process->NextEntryOffset;
    }
}

VOID TestMeasure(TEST_IN_USE *InUse)
{
    ULONG Command = MemoryPurgeStandbyList;
    BOOLEAN WasEnabled;
    LARGE_INTEGER Settle = TestMilliseconds(50); // for what ended just now
    *InUse = (TEST_IN_USE){};
    NtDelayExecution(FALSE, &Settle);
    RtlAdjustPrivilege(SE_PROF_SINGLE_PROCESS_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    CHECK_STATUS(NtSetSystemInformation(SystemMemoryListInformation, &Command, sizeof(Command)),
                 STATUS_SUCCESS);
    InUse->HostThreads = CountHostThreads();
    CountObjects(InUse);
    CHECK_STATUS(NtQuerySystemInformation(SystemPoolTagInformation, InUse->PoolTags,
                                          sizeof(InUse->PoolTags), nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtQuerySystemInformation(SystemMemoryStatistics, &InUse->Memory,
                                          sizeof(InUse->Memory), nullptr),
                 STATUS_SUCCESS);
}

static SIZE_T TagBytes(const TEST_IN_USE *InUse, ULONG Tag)
{
    const SYSTEM_POOLTAG_INFORMATION *Tags = (const VOID *)InUse->PoolTags;
    for (ULONG i = 0; i < Tags->Count; i++) {
        if (Tags->TagInfo[i].TagUlong == Tag)
            return Tags->TagInfo[i].NonPagedUsed;
    }
    return 0;
}

VOID TestShowPoolGrowth(const TEST_IN_USE *Before, const TEST_IN_USE *After)
{
    const SYSTEM_POOLTAG_INFORMATION *Tags = (const VOID *)After->PoolTags;
    for (ULONG i = 0; i < Tags->Count; i++) {
        const SYSTEM_POOLTAG *Entry = &Tags->TagInfo[i];
        LONGLONG More = (LONGLONG)(Entry->NonPagedUsed - TagBytes(Before, Entry->TagUlong));
        if (More > 0)
            TestComment("pool %.4s: %+lld bytes", (PCSTR)Entry->Tag, More);
    }
}

VOID TestCheckInUse(const TEST_IN_USE *Before, const TEST_IN_USE *After)
{
    const SYSTEM_MEMORY_STATISTICS *Then = &Before->Memory, *Now = &After->Memory;
    ULONG MoreThreads = After->HostThreads - Before->HostThreads;
    for (ULONG i = 0; i < After->Types; i++) {
        BOOLEAN IsThread = wcscmp(After->TypeNames[i], L"Thread") == 0;
        if (After->Objects[i] != Before->Objects[i] + (IsThread ? MoreThreads : 0))
            TestFail(__FILE__, __LINE__, "%lu objects of type %ws, before %lu", After->Objects[i],
                     After->TypeNames[i], Before->Objects[i]);
    }
    TestShowPoolGrowth(Before, After);
    if (MoreThreads) {
        TestComment("driver hosts have %+ld threads: memory cannot be compared", (LONG)MoreThreads);
        return;
    }
    // Completion packets that are over are kept for the next requests, as many as there were at once, up to 64.
    constexpr SIZE_T SparePackets = 64 * 56;
    SIZE_T Packets = TagBytes(After, PacketTag) - TagBytes(Before, PacketTag);
    if (Packets > SparePackets)
        Packets = 0;
    // The table of numbers is as large as the most files at once have made it.
    SIZE_T Tables = TagBytes(After, NumbersTag) - TagBytes(Before, NumbersTag);
    // Less than before: something of the system's own has gone meanwhile.
    if (Now->PoolBytes > Then->PoolBytes + Tables + Packets)
        CHECK_EQUAL(Now->PoolBytes, Then->PoolBytes + Tables + Packets);
    CHECK_EQUAL(Now->CommittedPages, Then->CommittedPages);
    CHECK_EQUAL(Now->SlotsInUse, Then->SlotsInUse);
    CHECK_EQUAL(Now->KernelObjectBytes, Then->KernelObjectBytes);
    // A page of small blocks is given back with its last block: where blocks lie may differ.
    constexpr SIZE_T Spread = 16;
    if (Now->FreePages + Spread < Then->FreePages)
        CHECK_EQUAL(Now->FreePages, Then->FreePages);
}
