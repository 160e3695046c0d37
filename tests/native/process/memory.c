// Ending, stopping and looking into other processes.

#include "suite.h"

VOID TestTerminate(void)
{
    CHILD Child;
    REQUIRE(StartWaiting(&Child, FALSE));
    CHECK_STATUS(NtTerminateProcess(Child.ProcessHandle, 123), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Child.ThreadHandle, FALSE, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtTerminateProcess(Child.ProcessHandle, 124), STATUS_SUCCESS);
    CHECK_STATUS(NtSuspendProcess(Child.ProcessHandle), STATUS_PROCESS_IS_TERMINATING);
    CHECK_STATUS(TestFinishChild(&Child), 123);
}

static NTSTATUS NTAPI Forever(PVOID Parameter)
{
    LARGE_INTEGER Interval = TestMilliseconds(60'000);
    UNREFERENCED_PARAMETER(Parameter);
    return NtDelayExecution(FALSE, &Interval);
}

// Ends its other threads, then itself.
NTSTATUS ChildLeaves(PCWSTR Argument)
{
    HANDLE Threads[3];
    UNREFERENCED_PARAMETER(Argument);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Threads); i++) {
        NTSTATUS Status = RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, Forever,
                                              nullptr, &Threads[i], nullptr);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    NTSTATUS Status = NtTerminateProcess(nullptr, 7);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Threads) && NT_SUCCESS(Status); i++) {
        THREAD_BASIC_INFORMATION Information;
        Status = NtWaitForSingleObject(Threads[i], FALSE, nullptr);
        if (NT_SUCCESS(Status))
            Status = NtQueryInformationThread(Threads[i], ThreadBasicInformation, &Information,
                                              sizeof(Information), nullptr);
        if (NT_SUCCESS(Status) && Information.ExitStatus != 7)
            return STATUS_DATA_ERROR;
    }
    return NT_SUCCESS(Status) ? 55 : Status;
}

VOID TestTerminateOthers(void)
{
    CHILD Child;
    REQUIRE_STATUS(TestStartChild(L"leaves", L"", FALSE, FALSE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(TestFinishChild(&Child), 55);
    CHECK_STATUS(NtTerminateThread(nullptr, 0), STATUS_CANT_TERMINATE_SELF); // the only one
}

// Counts in memory that the parent reads: the address of the counter is in the PEB's spare field.
NTSTATUS ChildCounts(PCWSTR Argument)
{
    static volatile ULONG64 Counter;
    UNREFERENCED_PARAMETER(Argument);
    NtCurrentPeb()->SparePointers[0] = (PVOID)&Counter;
    for (;;)
        Counter++;
}

static ULONG64 ReadCounter(HANDLE Process, PPEB Peb)
{
    PVOID Address = nullptr;
    ULONG64 Value = 0;
    CHECK_STATUS(
        NtReadVirtualMemory(Process, &Peb->SparePointers[0], &Address, sizeof(Address), nullptr),
        STATUS_SUCCESS);
    if (Address)
        CHECK_STATUS(NtReadVirtualMemory(Process, Address, &Value, sizeof(Value), nullptr),
                     STATUS_SUCCESS);
    return Value;
}

VOID TestSuspendProcess(void)
{
    CHILD Child;
    PROCESS_BASIC_INFORMATION Basic;
    LARGE_INTEGER Interval = TestMilliseconds(40);
    REQUIRE_STATUS(TestStartChild(L"counts", L"", FALSE, FALSE, &Child), STATUS_SUCCESS);
    REQUIRE_STATUS(NtQueryInformationProcess(Child.ProcessHandle, ProcessBasicInformation, &Basic,
                                             sizeof(Basic), nullptr),
                   STATUS_SUCCESS);
    for (ULONG i = 0; i < 50 && !ReadCounter(Child.ProcessHandle, Basic.PebBaseAddress); i++)
        NtDelayExecution(FALSE, &Interval);
    CHECK_STATUS(NtSuspendProcess(Child.ProcessHandle), STATUS_SUCCESS);
    ULONG64 First = ReadCounter(Child.ProcessHandle, Basic.PebBaseAddress);
    NtDelayExecution(FALSE, &Interval);
    CHECK_EQUAL(ReadCounter(Child.ProcessHandle, Basic.PebBaseAddress), First);
    CHECK_STATUS(NtResumeProcess(Child.ProcessHandle), STATUS_SUCCESS);
    NtDelayExecution(FALSE, &Interval);
    CHECK(ReadCounter(Child.ProcessHandle, Basic.PebBaseAddress) > First);
    EndChild(&Child);
}

VOID TestForeignMemory(void)
{
    CHILD Child;
    ULONG64 Value = 0x123456789, Back = 0;
    PVOID Base = nullptr;
    SIZE_T Size = PAGE_SIZE, Moved = 0;
    REQUIRE(StartWaiting(&Child, TRUE));
    HANDLE Process = Child.ProcessHandle;
    REQUIRE_STATUS(
        NtAllocateVirtualMemory(Process, &Base, 0, &Size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
        STATUS_SUCCESS);
    CHECK_STATUS(NtWriteVirtualMemory(Process, Base, &Value, sizeof(Value), &Moved),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Moved, sizeof(Value));
    CHECK_STATUS(NtReadVirtualMemory(Process, Base, &Back, sizeof(Back), &Moved), STATUS_SUCCESS);
    CHECK_EQUAL(Back, Value);
    EndChild(&Child);
}
