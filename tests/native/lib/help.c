// What several suites need: children, threads, times, bad addresses.

#include "test.h"

static NTSTATUS TestOwnImage(PVOID Buffer, ULONG Size)
{
    return NtQueryInformationProcess(NtCurrentProcess(), ProcessImageFileName, Buffer, Size,
                                     nullptr);
}

NTSTATUS TestStartChildAs(HANDLE Token, PCWSTR Name, PCWSTR Argument, BOOLEAN Suspended,
                          BOOLEAN InheritHandles, PRTL_USER_PROCESS_INFORMATION Child)
{
    union {
        UNICODE_STRING Name;
        UCHAR Space[sizeof(UNICODE_STRING) + MAX_PATH * sizeof(WCHAR)];
    } Image;
    NTSTATUS Status = TestOwnImage(&Image, sizeof(Image));
    if (!NT_SUCCESS(Status))
        return Status;
    WCHAR Buffer[256];
    UNICODE_STRING Line = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    RtlAppendUnicodeToString(&Line, Name);
    RtlAppendUnicodeToString(&Line, L" ");
    Status = RtlAppendUnicodeToString(&Line, Argument ? Argument : L"");
    PRTL_USER_PROCESS_PARAMETERS Parameters;
    if (NT_SUCCESS(Status))
        Status = RtlCreateProcessParametersEx(&Parameters, &Image.Name, nullptr, nullptr, &Line,
                                              nullptr, nullptr, nullptr, nullptr, nullptr,
                                              RTL_USER_PROC_PARAMS_NORMALIZED);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = RtlCreateUserProcess(&Image.Name, 0, Parameters, nullptr, nullptr, nullptr,
                                  InheritHandles, nullptr, Token, Child);
    RtlDestroyProcessParameters(Parameters);
    if (NT_SUCCESS(Status) && !Suspended)
        Status = NtResumeThread(Child->ThreadHandle, nullptr);
    return Status;
}

NTSTATUS TestStartChild(PCWSTR Name, PCWSTR Argument, BOOLEAN Suspended, BOOLEAN InheritHandles,
                        PRTL_USER_PROCESS_INFORMATION Child)
{
    return TestStartChildAs(nullptr, Name, Argument, Suspended, InheritHandles, Child);
}

NTSTATUS TestFinishChild(PRTL_USER_PROCESS_INFORMATION Child)
{
    LARGE_INTEGER Timeout = TestMilliseconds(10'000);
    NtResumeThread(Child->ThreadHandle, nullptr);
    NTSTATUS Status = NtWaitForSingleObject(Child->ProcessHandle, FALSE, &Timeout);
    PROCESS_BASIC_INFORMATION Information;
    if (Status == STATUS_WAIT_0)
        Status = NtQueryInformationProcess(Child->ProcessHandle, ProcessBasicInformation,
                                           &Information, sizeof(Information), nullptr);
    else
        NtTerminateProcess(Child->ProcessHandle, Status);
    if (Status == STATUS_SUCCESS)
        Status = Information.ExitStatus;
    NtClose(Child->ThreadHandle);
    NtClose(Child->ProcessHandle);
    return Status;
}

HANDLE TestStartThread(PUSER_THREAD_START_ROUTINE Routine, PVOID Argument)
{
    HANDLE Thread = nullptr;
    NTSTATUS Status = RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, Routine,
                                          Argument, &Thread, nullptr);
    if (!CHECK_STATUS(Status, STATUS_SUCCESS))
        return nullptr;
    return Thread;
}

NTSTATUS TestJoin(HANDLE Thread)
{
    LARGE_INTEGER Timeout = TestMilliseconds(10'000);
    NTSTATUS Status = NtWaitForSingleObject(Thread, FALSE, &Timeout);
    THREAD_BASIC_INFORMATION Information;
    if (Status == STATUS_WAIT_0)
        Status = NtQueryInformationThread(Thread, ThreadBasicInformation, &Information,
                                          sizeof(Information), nullptr);
    if (Status == STATUS_SUCCESS)
        Status = Information.ExitStatus;
    NtClose(Thread);
    return Status;
}

LARGE_INTEGER TestMilliseconds(LONGLONG Milliseconds)
{
    return (LARGE_INTEGER){.QuadPart = -Milliseconds * 10'000};
}

PVOID TestReadOnlyPage(void)
{
    static PVOID Page;
    SIZE_T Size = PAGE_SIZE;
    if (!Page)
        NtAllocateVirtualMemory(NtCurrentProcess(), &Page, 0, &Size, MEM_RESERVE | MEM_COMMIT,
                                PAGE_READONLY);
    return Page;
}

PVOID TestEndOfPage(SIZE_T Size)
{
    static PUCHAR Pages;
    SIZE_T Reserve = 2 * PAGE_SIZE, Commit = PAGE_SIZE;
    if (!Pages) {
        NtAllocateVirtualMemory(NtCurrentProcess(), (PVOID *)&Pages, 0, &Reserve, MEM_RESERVE,
                                PAGE_READWRITE);
        PVOID Base = Pages;
        NtAllocateVirtualMemory(NtCurrentProcess(), &Base, 0, &Commit, MEM_COMMIT, PAGE_READWRITE);
    }
    return Pages + PAGE_SIZE - Size;
}
