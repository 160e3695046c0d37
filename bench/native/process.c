// Threads and processes from their start to their end.

#include "bench.h"

enum { Threads = 20, Processes = 8 };

static NTSTATUS NTAPI DoNothing(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return STATUS_SUCCESS;
}

VOID BenchThread(void)
{
    BENCH Bench = {};
    for (int Round = 0; Round < BenchRounds; Round++) {
        BenchStart(&Bench);
        for (int i = 0; i < Threads; i++) {
            HANDLE Thread;
            REQUIRE_STATUS(RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0,
                                               DoNothing, nullptr, &Thread, nullptr),
                           STATUS_SUCCESS);
            NtWaitForSingleObject(Thread, FALSE, nullptr);
            NtClose(Thread);
        }
        BenchStop(&Bench);
    }
    BenchReport(&Bench, "thread-create-join", Threads);
}

// nothing.exe, in the folder of this program.
static NTSTATUS NothingName(PUNICODE_STRING Name)
{
    static union {
        UNICODE_STRING Image;
        UCHAR Space[sizeof(UNICODE_STRING) + MAX_PATH * sizeof(WCHAR)];
    } Own;
    NTSTATUS Status = NtQueryInformationProcess(NtCurrentProcess(), ProcessImageFileName, &Own,
                                                sizeof(Own), nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    *Name = Own.Image;
    while (Name->Length && Name->Buffer[Name->Length / sizeof(WCHAR) - 1] != L'\\')
        Name->Length -= sizeof(WCHAR);
    Name->MaximumLength = sizeof(Own) - sizeof(UNICODE_STRING);
    return RtlAppendUnicodeToString(Name, L"nothing.exe");
}

static NTSTATUS RunNothing(PUNICODE_STRING Name, PRTL_USER_PROCESS_PARAMETERS Parameters)
{
    RTL_USER_PROCESS_INFORMATION Child;
    NTSTATUS Status = RtlCreateUserProcess(Name, 0, Parameters, nullptr, nullptr, nullptr, FALSE,
                                           nullptr, nullptr, &Child);
    if (!NT_SUCCESS(Status))
        return Status;
    NtResumeThread(Child.ThreadHandle, nullptr);
    NtWaitForSingleObject(Child.ProcessHandle, FALSE, nullptr);
    NtClose(Child.ThreadHandle);
    NtClose(Child.ProcessHandle);
    return STATUS_SUCCESS;
}

VOID BenchProcess(void)
{
    BENCH Bench = {};
    UNICODE_STRING Name;
    PRTL_USER_PROCESS_PARAMETERS Parameters;
    REQUIRE_STATUS(NothingName(&Name), STATUS_SUCCESS);
    REQUIRE_STATUS(RtlCreateProcessParametersEx(&Parameters, &Name, nullptr, nullptr, nullptr,
                                                nullptr, nullptr, nullptr, nullptr, nullptr,
                                                RTL_USER_PROC_PARAMS_NORMALIZED),
                   STATUS_SUCCESS);
    for (int Round = 0; Round < BenchRounds; Round++) {
        BenchStart(&Bench);
        for (int i = 0; i < Processes; i++)
            REQUIRE_STATUS(RunNothing(&Name, Parameters), STATUS_SUCCESS);
        BenchStop(&Bench);
    }
    BenchReport(&Bench, "process-create-run-exit", Processes);
    RtlDestroyProcessParameters(Parameters);
}
