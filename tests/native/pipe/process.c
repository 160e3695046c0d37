// Pipes between processes.

#include "suite.h"

#define NAME L"\\Device\\NamedPipe\\test-process"

static const PIPE MessagePipe = {.Name = NAME,
                                 .Type = FILE_PIPE_MESSAGE_TYPE,
                                 .ReadMode = FILE_PIPE_MESSAGE_MODE,
                                 .Quota = 4096,
                                 .Options = SYNCHRONOUS};
enum { ROUNDS = 200 };

// Sends back what comes until the pipe breaks.
NTSTATUS ChildEcho(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    static UCHAR Buffer[MAX_DATA];
    HANDLE Client;
    ULONG Read;
    NTSTATUS Status = OpenPipe(NAME, BOTH_WAYS, SYNCHRONOUS, &Client);
    if (NT_SUCCESS(Status))
        Status = SetPipeMode(Client, FILE_PIPE_MESSAGE_MODE, FILE_PIPE_QUEUE_OPERATION);
    while (NT_SUCCESS(Status)) {
        Status = ReadPipe(Client, Buffer, sizeof(Buffer), &Read);
        if (NT_SUCCESS(Status))
            Status = WritePipe(Client, Buffer, Read, nullptr);
    }
    return Status;
}

VOID TestTwoProcesses(void)
{
    static UCHAR Sent[MAX_DATA], Received[MAX_DATA];
    RTL_USER_PROCESS_INFORMATION Child;
    HANDLE Server;
    ULONG Read, Wrong = 0;
    REQUIRE_STATUS(CreatePipe(&MessagePipe, &Server), STATUS_SUCCESS);
    REQUIRE_STATUS(TestStartChild(L"echo", nullptr, FALSE, FALSE, &Child), STATUS_SUCCESS);
    NTSTATUS Status = ControlPipe(Server, FSCTL_PIPE_LISTEN);
    CHECK(Status == STATUS_SUCCESS || Status == STATUS_PIPE_CONNECTED);
    for (ULONG i = 0; i < ROUNDS; i++) {
        ULONG Length = i * 5 % MAX_DATA + 1;
        memset(Sent, (int)i, Length);
        if (!NT_SUCCESS(WritePipe(Server, Sent, Length, nullptr)) ||
            !NT_SUCCESS(ReadPipe(Server, Received, sizeof(Received), &Read)) || Read != Length ||
            memcmp(Sent, Received, Length))
            Wrong++;
    }
    CHECK_EQUAL(Wrong, 0);
    NtClose(Server);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_PIPE_BROKEN);
}

// Fills the pipe, so that its last write waits, for ever.
NTSTATUS ChildHang(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    static UCHAR Data[MAX_DATA];
    HANDLE Client;
    NTSTATUS Status = OpenPipe(NAME, BOTH_WAYS, SYNCHRONOUS, &Client);
    while (NT_SUCCESS(Status))
        Status = WritePipe(Client, Data, sizeof(Data), nullptr);
    return Status;
}

VOID TestDeadProcess(void)
{
    static UCHAR Buffer[MAX_DATA];
    RTL_USER_PROCESS_INFORMATION Child;
    HANDLE Server;
    LARGE_INTEGER Delay = TestMilliseconds(50);
    FILE_PIPE_LOCAL_INFORMATION Local = {};
    REQUIRE_STATUS(CreatePipe(&MessagePipe, &Server), STATUS_SUCCESS);
    REQUIRE_STATUS(TestStartChild(L"hang", nullptr, FALSE, FALSE, &Child), STATUS_SUCCESS);
    for (ULONG i = 0; i < 100 && Local.ReadDataAvailable < 5 * MAX_DATA; i++) {
        NtDelayExecution(FALSE, &Delay);
        QueryLocal(Server, &Local);
    }
    CHECK_EQUAL(Local.ReadDataAvailable, 5 * MAX_DATA); // four in the pipe, one blocked
    CHECK_STATUS(NtTerminateProcess(Child.ProcessHandle, 0x77), STATUS_SUCCESS);
    CHECK_STATUS(TestFinishChild(&Child), 0x77);
    ULONG Count = 0;
    NTSTATUS Status;
    while (NT_SUCCESS(Status = ReadPipe(Server, Buffer, sizeof(Buffer), nullptr)))
        Count++;
    CHECK_EQUAL(Count, 4); // what was blocked went with its writer
    CHECK_STATUS(Status, STATUS_PIPE_BROKEN);
    NtClose(Server);
}
