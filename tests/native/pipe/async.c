// Requests that are pending: how they are told of, cancelled, and ended.

#include "suite.h"

#define NAME L"\\Device\\NamedPipe\\test-async"

static const PIPE AsyncPipe = {.Name = NAME};
static const PIPE SyncPipe = {.Name = NAME, .Options = SYNCHRONOUS};

static HANDLE MakeEvent(void)
{
    HANDLE Event = nullptr;
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, TRUE),
                 STATUS_SUCCESS);
    return Event;
}

static NTSTATUS Poll(HANDLE Object)
{
    LARGE_INTEGER Now = {};
    return NtWaitForSingleObject(Object, FALSE, &Now);
}

static BOOLEAN IsIoPending(void)
{
    ULONG Pending = 0;
    CHECK_STATUS(NtQueryInformationThread(NtCurrentThread(), ThreadIsIoPending, &Pending,
                                          sizeof(Pending), nullptr),
                 STATUS_SUCCESS);
    return Pending != 0;
}

static NTSTATUS StartRead(HANDLE Pipe, HANDLE Event, PIO_STATUS_BLOCK Block, PVOID Buffer,
                          ULONG Length)
{
    Block->Status = STATUS_PENDING;
    Block->Information = 99;
    return NtReadFile(Pipe, Event, nullptr, nullptr, Block, Buffer, Length, nullptr, nullptr);
}

VOID TestPendingRead(void)
{
    HANDLE Server, Client, Event = MakeEvent();
    IO_STATUS_BLOCK Block, Other;
    CHAR Buffer[8], Second[8];
    REQUIRE(MakePair(&AsyncPipe, &Server, &Client));
    CHECK_STATUS(StartRead(Server, Event, &Block, Buffer, sizeof(Buffer)), STATUS_PENDING);
    CHECK_STATUS(Poll(Event), STATUS_TIMEOUT); // starting resets it
    CHECK(IsIoPending());
    CHECK_STATUS(StartRead(Server, nullptr, &Other, Second, sizeof(Second)), STATUS_PENDING);
    CHECK_STATUS(WritePipe(Client, "abc", 3, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Poll(Event), STATUS_WAIT_0);
    CHECK_STATUS(Block.Status, STATUS_SUCCESS);
    CHECK_EQUAL(Block.Information, 3);
    CHECK(!memcmp(Buffer, "abc", 3));
    CHECK_STATUS(Other.Status, STATUS_PENDING);
    CHECK_STATUS(Poll(Server), STATUS_TIMEOUT);
    CHECK_STATUS(WritePipe(Client, "defg", 4, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Other.Information, 4);
    CHECK_STATUS(Poll(Server), STATUS_WAIT_0); // without an event the file itself is signalled
    CHECK(!IsIoPending());
    // An error of the service itself touches nothing.
    NtClose(Client);
    CHECK_STATUS(StartRead(Server, Event, &Block, Buffer, sizeof(Buffer)), STATUS_PIPE_BROKEN);
    CHECK_STATUS(Block.Status, STATUS_PENDING);
    CHECK_STATUS(Poll(Event), STATUS_TIMEOUT);
    NtClose(Server);
    NtClose(Event);
}

VOID TestPendingWrite(void)
{
    static UCHAR Data[QUOTA * 2], Read[QUOTA * 2];
    HANDLE Server, Client, Event = MakeEvent();
    IO_STATUS_BLOCK Block = {.Status = STATUS_PENDING}, Done;
    REQUIRE(MakePair(&AsyncPipe, &Server, &Client));
    memset(Data, 0x5A, sizeof(Data));
    CHECK_STATUS(
        NtWriteFile(Client, Event, nullptr, nullptr, &Block, Data, sizeof(Data), nullptr, nullptr),
        STATUS_PENDING);
    CHECK_STATUS(Poll(Event), STATUS_TIMEOUT);
    CHECK_STATUS(
        NtReadFile(Server, nullptr, nullptr, nullptr, &Done, Read, sizeof(Read), nullptr, nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Done.Information, sizeof(Read));
    CHECK(!memcmp(Read, Data, sizeof(Data)));
    CHECK_STATUS(Poll(Event), STATUS_WAIT_0);
    CHECK_EQUAL(Block.Information, sizeof(Data));
    NtClose(Client);
    NtClose(Server);
    NtClose(Event);
}

static ULONG ApcCalls;
static PVOID ApcSeen;
static PIO_STATUS_BLOCK ApcBlock;

static VOID NTAPI CountApc(PVOID Context, PIO_STATUS_BLOCK Block, ULONG Reserved)
{
    UNREFERENCED_PARAMETER(Reserved);
    ApcCalls++;
    ApcSeen = Context;
    ApcBlock = Block;
}

static NTSTATUS AlertableDelay(LONGLONG Milliseconds)
{
    LARGE_INTEGER Delay = TestMilliseconds(Milliseconds);
    return NtDelayExecution(TRUE, &Delay);
}

VOID TestApc(void)
{
    HANDLE Server, Client;
    IO_STATUS_BLOCK Block = {};
    CHAR Buffer[8];
    REQUIRE(MakePair(&AsyncPipe, &Server, &Client));
    ApcCalls = 0;
    CHECK_STATUS(NtReadFile(Server, nullptr, CountApc, Buffer, &Block, Buffer, sizeof(Buffer),
                            nullptr, nullptr),
                 STATUS_PENDING);
    CHECK_STATUS(WritePipe(Client, "x", 1, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(ApcCalls, 0);
    CHECK_STATUS(AlertableDelay(1'000), STATUS_USER_APC);
    CHECK_EQUAL(ApcCalls, 1);
    CHECK(ApcSeen == Buffer && ApcBlock == &Block && Block.Information == 1);
    // An error that the service returns has no APC.
    NtClose(Client);
    CHECK_STATUS(NtReadFile(Server, nullptr, CountApc, nullptr, &Block, Buffer, sizeof(Buffer),
                            nullptr, nullptr),
                 STATUS_PIPE_BROKEN);
    CHECK_STATUS(AlertableDelay(1), STATUS_SUCCESS);
    CHECK_EQUAL(ApcCalls, 1);
    NtClose(Server);
}

// ---- Completion ports

static HANDLE MakePort(HANDLE File, ULONG_PTR Key)
{
    HANDLE Port = nullptr;
    CHECK_STATUS(NtCreateIoCompletion(&Port, IO_COMPLETION_ALL_ACCESS, nullptr, 0), STATUS_SUCCESS);
    FILE_COMPLETION_INFORMATION Completion = {Port, (PVOID)Key};
    IO_STATUS_BLOCK Block;
    CHECK_STATUS(NtSetInformationFile(File, &Block, &Completion, sizeof(Completion),
                                      FileCompletionInformation),
                 STATUS_SUCCESS);
    return Port;
}

static NTSTATUS TakePacket(HANDLE Port, PFILE_IO_COMPLETION_INFORMATION Packet)
{
    LARGE_INTEGER Now = {};
    return NtRemoveIoCompletion(Port, &Packet->KeyContext, &Packet->ApcContext,
                                &Packet->IoStatusBlock, &Now);
}

VOID TestCompletionPort(void)
{
    HANDLE Server, Client;
    IO_STATUS_BLOCK Block = {};
    FILE_IO_COMPLETION_INFORMATION Packet;
    CHAR Buffer[8];
    REQUIRE(MakePair(&AsyncPipe, &Server, &Client));
    HANDLE Port = MakePort(Server, 77);
    FILE_COMPLETION_INFORMATION Again = {Port, nullptr};
    CHECK_STATUS(
        NtSetInformationFile(Server, &Block, &Again, sizeof(Again), FileCompletionInformation),
        STATUS_INVALID_PARAMETER);
    CHECK_STATUS(
        NtReadFile(Server, nullptr, CountApc, nullptr, &Block, Buffer, 1, nullptr, nullptr),
        STATUS_INVALID_PARAMETER); // an APC or a port, not both
    CHECK_STATUS(NtReadFile(Server, nullptr, nullptr, Buffer, &Block, Buffer, sizeof(Buffer),
                            nullptr, nullptr),
                 STATUS_PENDING);
    CHECK_STATUS(TakePacket(Port, &Packet), STATUS_TIMEOUT);
    CHECK_STATUS(WritePipe(Client, "ab", 2, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(TakePacket(Port, &Packet), STATUS_SUCCESS);
    CHECK(Packet.KeyContext == (PVOID)77 && Packet.ApcContext == Buffer);
    CHECK_EQUAL(Packet.IoStatusBlock.Information, 2);
    // At once: a packet too. Without a context: none.
    CHECK_STATUS(WritePipe(Client, "abc", 3, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtReadFile(Server, nullptr, nullptr, &Packet, &Block, Buffer, sizeof(Buffer),
                            nullptr, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(TakePacket(Port, &Packet), STATUS_SUCCESS);
    CHECK_EQUAL(Packet.IoStatusBlock.Information, 3);
    CHECK_STATUS(WritePipe(Server, "x", 1, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(TakePacket(Port, &Packet), STATUS_TIMEOUT);
    // The end of a pending request by an error is a packet.
    CHECK_STATUS(NtReadFile(Server, nullptr, nullptr, Buffer, &Block, Buffer, sizeof(Buffer),
                            nullptr, nullptr),
                 STATUS_PENDING);
    NtClose(Client);
    CHECK_STATUS(TakePacket(Port, &Packet), STATUS_SUCCESS);
    CHECK_STATUS(Packet.IoStatusBlock.Status, STATUS_PIPE_BROKEN);
    NtClose(Server);
    NtClose(Port);
}

VOID TestSkipModes(void)
{
    HANDLE Server, Client;
    IO_STATUS_BLOCK Block = {};
    FILE_IO_COMPLETION_INFORMATION Packet;
    FILE_IO_COMPLETION_NOTIFICATION_INFORMATION Modes = {FILE_SKIP_COMPLETION_PORT_ON_SUCCESS |
                                                         FILE_SKIP_SET_EVENT_ON_HANDLE};
    CHAR Buffer[8];
    REQUIRE(MakePair(&AsyncPipe, &Server, &Client));
    HANDLE Port = MakePort(Server, 1);
    CHECK_STATUS(NtSetInformationFile(Server, &Block, &Modes, sizeof(Modes),
                                      FileIoCompletionNotificationInformation),
                 STATUS_SUCCESS);
    CHECK_STATUS(WritePipe(Client, "ab", 2, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtReadFile(Server, nullptr, nullptr, Buffer, &Block, Buffer, sizeof(Buffer),
                            nullptr, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(TakePacket(Port, &Packet), STATUS_TIMEOUT);
    CHECK_STATUS(Poll(Server), STATUS_TIMEOUT);
    CHECK_STATUS(NtReadFile(Server, nullptr, nullptr, Buffer, &Block, Buffer, sizeof(Buffer),
                            nullptr, nullptr),
                 STATUS_PENDING);
    CHECK_STATUS(WritePipe(Client, "c", 1, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(TakePacket(Port, &Packet), STATUS_SUCCESS); // it was pending
    NtClose(Client);
    NtClose(Server);
    NtClose(Port);
}

// ---- Cancellation

VOID TestCancel(void)
{
    HANDLE Server, Client, Event = MakeEvent();
    IO_STATUS_BLOCK Blocks[3], Block;
    CHAR Buffer[8];
    REQUIRE(MakePair(&AsyncPipe, &Server, &Client));
    CHECK_STATUS(NtCancelIoFileEx(Server, nullptr, &Block), STATUS_NOT_FOUND);
    CHECK_STATUS(NtCancelIoFile(Server, &Block), STATUS_SUCCESS);
    for (ULONG i = 0; i < 3; i++)
        CHECK_STATUS(StartRead(Server, i ? nullptr : Event, &Blocks[i], Buffer, sizeof(Buffer)),
                     STATUS_PENDING);
    CHECK_STATUS(NtCancelIoFileEx(Server, &Blocks[1], &Block), STATUS_SUCCESS);
    CHECK_STATUS(Blocks[1].Status, STATUS_CANCELLED);
    CHECK_EQUAL(Blocks[1].Information, 0);
    CHECK_STATUS(Blocks[0].Status, STATUS_PENDING);
    CHECK_STATUS(Poll(Event), STATUS_TIMEOUT);
    CHECK_STATUS(NtCancelIoFileEx(Server, &Blocks[1], &Block), STATUS_NOT_FOUND);
    CHECK_STATUS(NtCancelIoFile(Server, &Block), STATUS_SUCCESS);
    CHECK_STATUS(Blocks[0].Status, STATUS_CANCELLED);
    CHECK_STATUS(Blocks[2].Status, STATUS_CANCELLED);
    CHECK_STATUS(Poll(Event), STATUS_WAIT_0);
    CHECK_STATUS(NtCancelIoFileEx(nullptr, nullptr, &Block), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtCancelIoFileEx(Server, nullptr, TEST_UNMAPPED), STATUS_ACCESS_VIOLATION);
    // The pipe goes on.
    CHECK_STATUS(WritePipe(Client, "ok", 2, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(StartRead(Server, Event, &Block, Buffer, sizeof(Buffer)), STATUS_SUCCESS);
    NtClose(Client);
    NtClose(Server);
    NtClose(Event);
}

static NTSTATUS NTAPI ReadOne(PVOID Pipe)
{
    CHAR Byte;
    return ReadPipe(Pipe, &Byte, 1, nullptr);
}

static VOID Sleep(LONGLONG Milliseconds)
{
    LARGE_INTEGER Delay = TestMilliseconds(Milliseconds);
    NtDelayExecution(FALSE, &Delay);
}

VOID TestCancelSynchronous(void)
{
    HANDLE Server, Client;
    IO_STATUS_BLOCK Block;
    REQUIRE(MakePair(&SyncPipe, &Server, &Client));
    HANDLE Thread = TestStartThread(ReadOne, Server);
    REQUIRE(Thread);
    Sleep(30);
    CHECK_STATUS(NtCancelSynchronousIoFile(NtCurrentThread(), nullptr, &Block), STATUS_NOT_FOUND);
    CHECK_STATUS(NtCancelSynchronousIoFile(Thread, nullptr, &Block), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_CANCELLED);
    NtClose(Client);
    NtClose(Server);
}

VOID TestAlertableRead(void)
{
    PIPE Pipe = {.Name = NAME, .Options = FILE_SYNCHRONOUS_IO_ALERT};
    HANDLE Server, Client;
    REQUIRE(MakePair(&Pipe, &Server, &Client));
    HANDLE Thread = TestStartThread(ReadOne, Server);
    REQUIRE(Thread);
    Sleep(30);
    CHECK_STATUS(NtAlertThread(Thread), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_CANCELLED);
    NtClose(Client);
    NtClose(Server);
}

// ---- The end of a thread, and of handles

static IO_STATUS_BLOCK ExitBlock;

static NTSTATUS NTAPI StartAndExit(PVOID Pipe)
{
    static CHAR Buffer[8];
    StartRead(Pipe, nullptr, &ExitBlock, Buffer, sizeof(Buffer));
    return STATUS_SUCCESS;
}

VOID TestThreadExit(void)
{
    HANDLE Server, Client;
    REQUIRE(MakePair(&AsyncPipe, &Server, &Client));
    HANDLE Thread = TestStartThread(StartAndExit, Server);
    REQUIRE(Thread);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_STATUS(ExitBlock.Status, STATUS_CANCELLED);
    NtClose(Client);
    NtClose(Server);

    // One that is ended while it waits.
    REQUIRE(MakePair(&SyncPipe, &Server, &Client));
    Thread = TestStartThread(ReadOne, Server);
    REQUIRE(Thread);
    Sleep(30);
    CHECK_STATUS(NtTerminateThread(Thread, 0x1234), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), 0x1234);
    // The file's lock is free again.
    CHECK_STATUS(WritePipe(Client, "x", 1, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(ReadOne(Server), STATUS_SUCCESS);
    NtClose(Client);
    NtClose(Server);
}

VOID TestCloseCancels(void)
{
    HANDLE Server, Client, Event = MakeEvent();
    IO_STATUS_BLOCK Block;
    CHAR Buffer[8];
    REQUIRE(MakePair(&AsyncPipe, &Server, &Client));
    CHECK_STATUS(StartRead(Server, Event, &Block, Buffer, sizeof(Buffer)), STATUS_PENDING);
    NtClose(Server);
    CHECK_STATUS(Poll(Event), STATUS_WAIT_0);
    CHECK_STATUS(Block.Status, STATUS_PIPE_BROKEN);
    NtClose(Client);
    NtClose(Event);
}

static NTSTATUS NTAPI FlushPipe(PVOID Pipe)
{
    IO_STATUS_BLOCK Block;
    return NtFlushBuffersFile(Pipe, &Block);
}

VOID TestFlush(void)
{
    HANDLE Server, Client;
    CHAR Buffer[8];
    LARGE_INTEGER Little = TestMilliseconds(30);
    REQUIRE(MakePair(&SyncPipe, &Server, &Client));
    CHECK_STATUS(FlushPipe(Client), STATUS_SUCCESS);
    CHECK_STATUS(WritePipe(Client, "abcd", 4, nullptr), STATUS_SUCCESS);
    HANDLE Thread = TestStartThread(FlushPipe, Client);
    REQUIRE(Thread);
    CHECK_STATUS(NtWaitForSingleObject(Thread, FALSE, &Little), STATUS_TIMEOUT);
    CHECK_STATUS(ReadPipe(Server, Buffer, 2, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Thread, FALSE, &Little), STATUS_TIMEOUT);
    CHECK_STATUS(ReadPipe(Server, Buffer, sizeof(Buffer), nullptr), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    NtClose(Client);
    NtClose(Server);
}
