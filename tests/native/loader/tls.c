// Thread-local storage.

#include "suite.h"

typedef ULONG (*TLS_ADD)(ULONG);

static NTSTATUS Thread(PVOID Argument)
{
    TLS_ADD Add = (TLS_ADD)Argument;
    if (Add(1) != 1001 || Add(1) != 1002)
        return STATUS_DATA_ERROR;
    return STATUS_SUCCESS;
}

static NTSTATUS EarlierThread(PVOID Argument)
{
    HANDLE *Events = Argument;
    NtSetEvent(Events[0], nullptr);
    NtWaitForSingleObject(Events[1], FALSE, nullptr);
    PVOID Handle; // loaded since this thread started
    NTSTATUS Status = GetHandle(L"loadtls.dll", &Handle);
    return NT_SUCCESS(Status) ? Thread(Find(Handle, "TlsAdd")) : Status;
}

VOID TestThreadLocal(void)
{
    HANDLE Events[2];
    PVOID Handle;
    for (ULONG i = 0; i < 2; i++)
        REQUIRE_STATUS(
            NtCreateEvent(&Events[i], EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
            STATUS_SUCCESS);
    HANDLE Earlier = TestStartThread(EarlierThread, Events);
    REQUIRE(Earlier);
    NtWaitForSingleObject(Events[0], FALSE, nullptr);
    LogClear();
    REQUIRE_STATUS(Load(L"loadtls.dll", &Handle), STATUS_SUCCESS);
    LogIs("t+ T+ "); // callbacks before the entry point
    TLS_ADD Add = (TLS_ADD)Find(Handle, "TlsAdd");
    REQUIRE(Add);
    CHECK_EQUAL(Add(5), 1005);

    HANDLE Later = TestStartThread(Thread, (PVOID)Add);
    REQUIRE(Later);
    CHECK_STATUS(TestJoin(Later), STATUS_SUCCESS);
    LogIs("t> T> t< T< ");
    CHECK_EQUAL(Add(0), 1005); // this thread's own
    NtSetEvent(Events[1], nullptr);
    CHECK_STATUS(TestJoin(Earlier), STATUS_SUCCESS);
    LogClear();
    CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
    LogIs("t- T- ");
    // Its place is free for the next.
    REQUIRE_STATUS(Load(L"loadtls.dll", &Handle), STATUS_SUCCESS);
    Add = (TLS_ADD)Find(Handle, "TlsAdd");
    CHECK_EQUAL(Add(0), 1000);
    CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
    for (ULONG i = 0; i < 2; i++)
        NtClose(Events[i]);
    LogClear();
}
