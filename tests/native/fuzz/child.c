// The fuzzing process: one thread makes calls, another sees to it that it goes on.

#include "fuzz.h"

static PFUZZ_SHARED Shared;
static ULONGLONG Seed;
static HANDLE Key;

typedef ULONG64 (*ANY_SERVICE)(ULONG64, ULONG64, ULONG64, ULONG64, ULONG64, ULONG64, ULONG64,
                               ULONG64, ULONG64, ULONG64, ULONG64, ULONG64, ULONG64, ULONG64);

static VOID CallService(const FUZZ_SERVICE *Service)
{
    ULONGLONG Values[FuzzArguments];
    BOOLEAN Hinted = Service->Hint && FuzzBelow(8);
    for (ULONG i = 0; i < FuzzArguments; i++) {
        Values[i] = i < Service->Count ? FuzzArgument(Hinted ? Service->Hint[i] : 'x') : 0;
        Shared->Arguments[i] = Values[i];
    }
    Shared->Service = (ULONG)(Service - FuzzServices);
    ANY_SERVICE Routine = (ANY_SERVICE)(ULONG_PTR)Service->Routine;
    NTSTATUS Status = (NTSTATUS)Routine(Values[0], Values[1], Values[2], Values[3], Values[4],
                                        Values[5], Values[6], Values[7], Values[8], Values[9],
                                        Values[10], Values[11], Values[12], Values[13]);
    if (NT_SUCCESS(Status) && Hinted && Service->Hint[0] == 'p')
        FuzzKeepResult(Values[0]);
}

static VOID OneCall(void)
{
    const FUZZ_SERVICE *Service = &FuzzServices[FuzzBelow(FuzzServiceCount)];
    if (!Service->Routine || (Service->Rare && FuzzBelow(Service->Rare)))
        return;
    Shared->Calls++;
    __try {
        CallService(Service);
    } __except (EXCEPTION_EXECUTE_HANDLER) { // raised by the service, or by a context that it set
    }
}

static NTSTATUS FuzzThread(PVOID Argument)
{
    FuzzSeed(Seed + (ULONG_PTR)Argument * 7919);
    while (Shared->Calls < FuzzCallsAProcess) {
        if (Shared->Calls % 64 == 0)
            FuzzRefresh();
        OneCall();
    }
    return STATUS_SUCCESS;
}

// A thread that stands still is alerted and resumed, then ended; another takes its place.
static BOOLEAN Watch(HANDLE Thread, ULONGLONG Ended)
{
    LARGE_INTEGER Short = TestMilliseconds(3);
    ULONGLONG Last = Shared->Calls;
    for (ULONG Still = 0; Shared->Calls < Ended;) {
        if (NtWaitForSingleObject(Thread, FALSE, &Short) == STATUS_WAIT_0)
            return Shared->Calls < Ended;
        Still = Shared->Calls == Last ? Still + 1 : 0;
        Last = Shared->Calls;
        if (Still == 1)
            NtAlertThread(Thread);
        else if (Still == 2)
            NtResumeThread(Thread, nullptr);
        if (Still < 3)
            continue;
        NtTerminateThread(Thread, STATUS_TIMEOUT);
        return TRUE;
    }
    return FALSE;
}

static HANDLE TakeHandle(PCWSTR *Text)
{
    UNICODE_STRING String;
    ULONG Number = 0;
    RtlInitUnicodeString(&String, *Text);
    RtlUnicodeStringToInteger(&String, 10, &Number);
    while (**Text && **Text != L' ')
        ++*Text;
    while (**Text == L' ')
        ++*Text;
    return (HANDLE)(ULONG_PTR)Number;
}

static BOOLEAN MapShared(HANDLE Section)
{
    SIZE_T Size = 0;
    NTSTATUS Status = NtMapViewOfSection(Section, NtCurrentProcess(), (PVOID *)&Shared, 0, 0,
                                         nullptr, &Size, ViewUnmap, 0, PAGE_READWRITE);
    NtClose(Section);
    return NT_SUCCESS(Status);
}

NTSTATUS FuzzChild(PCWSTR Argument)
{
    Seed = (ULONG_PTR)TakeHandle(&Argument);
    HANDLE Section = TakeHandle(&Argument);
    Key = TakeHandle(&Argument);
    if (!MapShared(Section))
        return STATUS_UNSUCCESSFUL;
    FuzzSeed(Seed);
    FuzzInitServices();
    FuzzInitValues();
    FuzzInitHandles(Key);
    BOOLEAN Again = TRUE;
    while (Again) {
        HANDLE Thread;
        NTSTATUS Status =
            RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, FuzzThread,
                                (PVOID)(ULONG_PTR)Shared->Threads++, &Thread, nullptr);
        if (!NT_SUCCESS(Status))
            return Status;
        Again = Watch(Thread, FuzzCallsAProcess);
        NtClose(Thread);
    }
    return STATUS_SUCCESS;
}
