// Ping-pong by events: one round is two signals, two waits, and two switches.

#include "bench.h"

enum { Turns = 200, AllTurns = Turns * BenchRounds };

typedef struct _PING {
    HANDLE Ping, Pong;
} PING, *PPING;

static NTSTATUS MakePing(PPING Ping, ULONG Attributes)
{
    OBJECT_ATTRIBUTES Unnamed = TestAttributes(nullptr, Attributes);
    NTSTATUS Status =
        NtCreateEvent(&Ping->Ping, EVENT_ALL_ACCESS, &Unnamed, SynchronizationEvent, FALSE);
    if (NT_SUCCESS(Status))
        Status =
            NtCreateEvent(&Ping->Pong, EVENT_ALL_ACCESS, &Unnamed, SynchronizationEvent, FALSE);
    return Status;
}

static NTSTATUS NTAPI AnswerPings(PVOID Argument)
{
    PPING Ping = Argument;
    NTSTATUS Status = STATUS_SUCCESS;
    for (int i = 0; i < AllTurns && Status == STATUS_SUCCESS; i++) {
        Status = NtWaitForSingleObject(Ping->Ping, FALSE, nullptr);
        NtSetEvent(Ping->Pong, nullptr);
    }
    return Status;
}

static VOID PingAndReport(PPING Ping, PCSTR Name)
{
    BENCH Bench = {};
    for (int Round = 0; Round < BenchRounds; Round++) {
        BenchStart(&Bench);
        for (int i = 0; i < Turns; i++) {
            NtSetEvent(Ping->Ping, nullptr);
            NtWaitForSingleObject(Ping->Pong, FALSE, nullptr);
        }
        BenchStop(&Bench);
    }
    BenchReport(&Bench, Name, Turns);
    NtClose(Ping->Ping);
    NtClose(Ping->Pong);
}

VOID BenchEvents(void)
{
    PING Ping;
    REQUIRE_STATUS(MakePing(&Ping, 0), STATUS_SUCCESS);
    HANDLE Thread = TestStartThread(AnswerPings, &Ping);
    REQUIRE(Thread);
    PingAndReport(&Ping, "event-ping-pong-threads");
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
}

// The argument: the two handles, which were inherited.
NTSTATUS BenchPongChild(PCWSTR Argument)
{
    PING Ping = {};
    PCWSTR Second = wcschr(Argument, L' ');
    if (!Second)
        return STATUS_INVALID_PARAMETER;
    Ping.Ping = (HANDLE)(ULONG_PTR)wcstoul(Argument, nullptr, 10);
    Ping.Pong = (HANDLE)(ULONG_PTR)wcstoul(Second + 1, nullptr, 10);
    return AnswerPings(&Ping);
}

VOID BenchEventsOfProcesses(void)
{
    PING Ping;
    REQUIRE_STATUS(MakePing(&Ping, OBJ_INHERIT), STATUS_SUCCESS);
    WCHAR Argument[40];
    _snwprintf(Argument, RTL_NUMBER_OF(Argument), L"%llu %llu", (ULONGLONG)(ULONG_PTR)Ping.Ping,
               (ULONGLONG)(ULONG_PTR)Ping.Pong);
    RTL_USER_PROCESS_INFORMATION Child;
    REQUIRE_STATUS(TestStartChild(L"pong", Argument, FALSE, TRUE, &Child), STATUS_SUCCESS);
    PingAndReport(&Ping, "event-ping-pong-processes");
    CHECK_STATUS(TestFinishChild(&Child), STATUS_SUCCESS);
}
