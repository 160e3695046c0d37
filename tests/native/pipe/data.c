// Data: bytes and messages, quotas, peeking.

#include "suite.h"

#define NAME L"\\Device\\NamedPipe\\test-data"

static const PIPE BytePipe = {.Name = NAME, .Options = SYNCHRONOUS};
static const PIPE MessagePipe = {.Name = NAME,
                                 .Type = FILE_PIPE_MESSAGE_TYPE,
                                 .ReadMode = FILE_PIPE_MESSAGE_MODE,
                                 .Options = SYNCHRONOUS};

static VOID CheckRead(HANDLE Pipe, ULONG Room, NTSTATUS Expected, PCSTR Text)
{
    CHAR Buffer[MAX_DATA] = {};
    ULONG Read;
    CHECK_STATUS(ReadPipe(Pipe, Buffer, Room, &Read), Expected);
    CHECK_EQUAL(Read, strlen(Text));
    CHECK(!strcmp(Buffer, Text));
}

static VOID CheckWrite(HANDLE Pipe, PCSTR Text)
{
    ULONG Written;
    CHECK_STATUS(WritePipe(Pipe, Text, (ULONG)strlen(Text), &Written), STATUS_SUCCESS);
    CHECK_EQUAL(Written, strlen(Text));
}

VOID TestBytes(void)
{
    HANDLE Server, Client;
    REQUIRE(MakePair(&BytePipe, &Server, &Client));
    CheckWrite(Client, "from the client");
    CheckRead(Server, MAX_DATA, STATUS_SUCCESS, "from the client");
    CheckWrite(Server, "from ");
    CheckWrite(Server, "the server");
    CheckRead(Client, 7, STATUS_SUCCESS, "from th");
    CheckRead(Client, MAX_DATA, STATUS_SUCCESS, "e server");
    CHECK_STATUS(WritePipe(Server, "x", 0, nullptr), STATUS_SUCCESS); // nothing is nothing
    CheckWrite(Server, "next");
    CheckRead(Client, MAX_DATA, STATUS_SUCCESS, "next");
    CHECK_STATUS(SetPipeMode(Client, FILE_PIPE_MESSAGE_MODE, FILE_PIPE_QUEUE_OPERATION),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WritePipe(Client, TEST_UNMAPPED, 4, nullptr), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(ReadPipe(Client, TEST_KERNEL, 4, nullptr), STATUS_ACCESS_VIOLATION);
    NtClose(Client);
    NtClose(Server);
}

VOID TestMessages(void)
{
    HANDLE Server, Client;
    REQUIRE(MakePair(&MessagePipe, &Server, &Client));
    CHECK_STATUS(SetPipeMode(Client, FILE_PIPE_MESSAGE_MODE, FILE_PIPE_QUEUE_OPERATION),
                 STATUS_SUCCESS);
    CheckWrite(Client, "first");
    CheckWrite(Client, "second");
    CheckRead(Server, MAX_DATA, STATUS_SUCCESS, "first");
    CheckRead(Server, 3, STATUS_BUFFER_OVERFLOW, "sec");
    CheckRead(Server, MAX_DATA, STATUS_SUCCESS, "ond");
    NtClose(Client);
    NtClose(Server);
}

VOID TestMessagesAsBytes(void)
{
    HANDLE Server, Client;
    REQUIRE(MakePair(&MessagePipe, &Server, &Client));
    CheckWrite(Server, "one"); // the client begins in byte mode
    CheckWrite(Server, "two");
    CheckRead(Client, 4, STATUS_SUCCESS, "onet");
    CheckRead(Client, MAX_DATA, STATUS_SUCCESS, "wo");
    NtClose(Client);
    NtClose(Server);
}

VOID TestEmptyMessage(void)
{
    HANDLE Server, Client;
    REQUIRE(MakePair(&MessagePipe, &Server, &Client));
    CheckWrite(Client, "");
    CheckWrite(Client, "rest");
    CheckRead(Server, MAX_DATA, STATUS_SUCCESS, "");
    CheckRead(Server, MAX_DATA, STATUS_SUCCESS, "rest");
    NtClose(Client);
    NtClose(Server);
}

static NTSTATUS NTAPI WriteMuch(PVOID Pipe)
{
    static UCHAR Data[QUOTA * 3];
    ULONG Written;
    NTSTATUS Status = WritePipe(Pipe, Data, sizeof(Data), &Written);
    return NT_SUCCESS(Status) && Written != sizeof(Data) ? STATUS_UNSUCCESSFUL : Status;
}

VOID TestQuota(void)
{
    HANDLE Server, Client;
    UCHAR Buffer[QUOTA];
    ULONG Read;
    LARGE_INTEGER Little = TestMilliseconds(30);
    REQUIRE(MakePair(&BytePipe, &Server, &Client));
    HANDLE Thread = TestStartThread(WriteMuch, Client);
    REQUIRE(Thread);
    CHECK_STATUS(NtWaitForSingleObject(Thread, FALSE, &Little), STATUS_TIMEOUT);
    FILE_PIPE_LOCAL_INFORMATION Local;
    QueryLocal(Server, &Local);
    CHECK_EQUAL(Local.ReadDataAvailable, QUOTA * 3);
    for (ULONG i = 0; i < 3; i++) {
        CHECK_STATUS(ReadPipe(Server, Buffer, sizeof(Buffer), &Read), STATUS_SUCCESS);
        CHECK_EQUAL(Read, sizeof(Buffer));
    }
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    NtClose(Client);
    NtClose(Server);
}

VOID TestNonblocking(void)
{
    HANDLE Server, Client;
    UCHAR Buffer[QUOTA * 2] = {};
    ULONG Written;
    REQUIRE(MakePair(&BytePipe, &Server, &Client));
    CHECK_STATUS(SetPipeMode(Server, FILE_PIPE_BYTE_STREAM_MODE, FILE_PIPE_COMPLETE_OPERATION),
                 STATUS_SUCCESS);
    CHECK_STATUS(ReadPipe(Server, Buffer, sizeof(Buffer), nullptr), STATUS_PIPE_EMPTY);
    CHECK_STATUS(WritePipe(Server, Buffer, sizeof(Buffer), &Written), STATUS_SUCCESS);
    CHECK_EQUAL(Written, QUOTA);
    CHECK_STATUS(WritePipe(Server, Buffer, 1, &Written), STATUS_SUCCESS);
    CHECK_EQUAL(Written, 0);
    CHECK_STATUS(ControlPipe(Server, FSCTL_PIPE_LISTEN), STATUS_PIPE_CONNECTED);
    NtClose(Client);
    NtClose(Server);
}

static NTSTATUS Peek(HANDLE Pipe, FILE_PIPE_PEEK_BUFFER *Buffer, ULONG Length)
{
    IO_STATUS_BLOCK Block;
    return NtFsControlFile(Pipe, nullptr, nullptr, nullptr, &Block, FSCTL_PIPE_PEEK, nullptr, 0,
                           Buffer, Length);
}

VOID TestPeek(void)
{
    HANDLE Server, Client;
    union {
        FILE_PIPE_PEEK_BUFFER Peek;
        UCHAR Space[64];
    } Buffer = {};
    constexpr ULONG Head = offsetof(FILE_PIPE_PEEK_BUFFER, Data);
    REQUIRE(MakePair(&MessagePipe, &Server, &Client));
    CHECK_STATUS(Peek(Server, &Buffer.Peek, Head - 1), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Peek(Server, &Buffer.Peek, Head), STATUS_SUCCESS);
    CHECK_EQUAL(Buffer.Peek.ReadDataAvailable, 0);
    CHECK_EQUAL(Buffer.Peek.NamedPipeState, FILE_PIPE_CONNECTED_STATE);
    CheckWrite(Client, "first");
    CheckWrite(Client, "second");
    CHECK_STATUS(Peek(Server, &Buffer.Peek, sizeof(Buffer)), STATUS_SUCCESS);
    CHECK_EQUAL(Buffer.Peek.ReadDataAvailable, 11);
    CHECK_EQUAL(Buffer.Peek.NumberOfMessages, 2);
    CHECK_EQUAL(Buffer.Peek.MessageLength, 5);
    CHECK(!memcmp(Buffer.Peek.Data, "first", 5));
    CHECK_STATUS(Peek(Server, &Buffer.Peek, Head + 2), STATUS_BUFFER_OVERFLOW);
    CheckRead(Server, MAX_DATA, STATUS_SUCCESS, "first");
    CheckRead(Server, MAX_DATA, STATUS_SUCCESS, "second");
    NtClose(Client);
    CHECK_STATUS(Peek(Server, &Buffer.Peek, Head), STATUS_PIPE_BROKEN);
    NtClose(Server);
}

// Answers one message.
static NTSTATUS NTAPI Answer(PVOID Pipe)
{
    CHAR Buffer[32];
    ULONG Read;
    NTSTATUS Status = ReadPipe(Pipe, Buffer, sizeof(Buffer), &Read);
    if (NT_SUCCESS(Status))
        Status = WritePipe(Pipe, Buffer, Read, nullptr);
    return Status;
}

static NTSTATUS Transceive(HANDLE Pipe, PCSTR Text, PVOID Buffer, ULONG Length, PULONG Read)
{
    IO_STATUS_BLOCK Block = {};
    NTSTATUS Status =
        NtFsControlFile(Pipe, nullptr, nullptr, nullptr, &Block, FSCTL_PIPE_TRANSCEIVE, (PVOID)Text,
                        (ULONG)strlen(Text), Buffer, Length);
    *Read = (ULONG)Block.Information;
    return Status;
}

VOID TestTransceive(void)
{
    HANDLE Server, Client;
    CHAR Buffer[32] = {};
    ULONG Read;
    REQUIRE(MakePair(&MessagePipe, &Server, &Client));
    CHECK_STATUS(Transceive(Client, "x", Buffer, sizeof(Buffer), &Read), STATUS_INVALID_READ_MODE);
    CHECK_STATUS(SetPipeMode(Client, FILE_PIPE_MESSAGE_MODE, FILE_PIPE_QUEUE_OPERATION),
                 STATUS_SUCCESS);
    HANDLE Thread = TestStartThread(Answer, Server);
    REQUIRE(Thread);
    CHECK_STATUS(Transceive(Client, "question", Buffer, sizeof(Buffer), &Read), STATUS_SUCCESS);
    CHECK_EQUAL(Read, 8);
    CHECK(!memcmp(Buffer, "question", 8));
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CheckWrite(Server, "unasked");
    CHECK_STATUS(Transceive(Client, "x", Buffer, sizeof(Buffer), &Read), STATUS_PIPE_BUSY);
    NtClose(Server);
    CHECK_STATUS(Transceive(Client, "x", Buffer, sizeof(Buffer), &Read), STATUS_INVALID_PIPE_STATE);
    NtClose(Client);
}

enum { BIG = 1 << 20 };

static NTSTATUS NTAPI WriteBig(PVOID Pipe)
{
    PVOID Data = nullptr;
    SIZE_T Size = BIG;
    NTSTATUS Status = NtAllocateVirtualMemory(NtCurrentProcess(), &Data, 0, &Size,
                                              MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; i < BIG / sizeof(ULONG); i++)
        ((PULONG)Data)[i] = i;
    Status = WritePipe(Pipe, Data, BIG, nullptr);
    Size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &Data, &Size, MEM_RELEASE);
    return Status;
}

VOID TestBigTransfer(void)
{
    static ULONG Buffer[1111];
    HANDLE Server, Client;
    ULONG Read, Total = 0, Wrong = 0;
    REQUIRE(MakePair(&BytePipe, &Server, &Client));
    HANDLE Thread = TestStartThread(WriteBig, Server);
    REQUIRE(Thread);
    while (Total < BIG && NT_SUCCESS(ReadPipe(Client, Buffer, sizeof(Buffer), &Read))) {
        if (Read % sizeof(ULONG))
            break;
        for (ULONG i = 0; i < Read / sizeof(ULONG); i++)
            Wrong += Buffer[i] != Total / sizeof(ULONG) + i;
        Total += Read;
    }
    CHECK_EQUAL(Total, BIG);
    CHECK_EQUAL(Wrong, 0);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    NtClose(Client);
    NtClose(Server);
}
