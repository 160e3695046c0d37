// One event for several ends of pipes.

#include "suite.h"

#include <nt/ntpipe.h>

#define ROOT L"\\Device\\NamedPipe\\"
#define NAME ROOT L"test-event"

enum { MOST = 8 };

static const PIPE WaitingPipe = {.Name = NAME, .Options = SYNCHRONOUS};

static NTSTATUS MakeEvent(ACCESS_MASK Access, PHANDLE Event)
{
    return NtCreateEvent(Event, Access, nullptr, NotificationEvent, FALSE);
}

static NTSTATUS Assign(HANDLE Pipe, HANDLE Event, ULONG Key)
{
    FILE_PIPE_ASSIGN_EVENT_BUFFER Buffer = {Event, Key};
    IO_STATUS_BLOCK Block;
    return NtFsControlFile(Pipe, nullptr, nullptr, nullptr, &Block, FSCTL_PIPE_ASSIGN_EVENT,
                           &Buffer, sizeof(Buffer), nullptr, 0);
}

// Room: bytes; *Count: entries that came.
static NTSTATUS Query(HANDLE Event, FILE_PIPE_EVENT_BUFFER *Entries, ULONG Room, PULONG Count)
{
    HANDLE Root;
    IO_STATUS_BLOCK Block = {};
    NTSTATUS Status = OpenPipe(ROOT, FILE_READ_ATTRIBUTES | SYNCHRONIZE, SYNCHRONOUS, &Root);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtFsControlFile(Root, nullptr, nullptr, nullptr, &Block, FSCTL_PIPE_QUERY_EVENT,
                             &Event, sizeof(Event), Entries, Room);
    *Count = (ULONG)(Block.Information / sizeof(*Entries));
    NtClose(Root);
    return Status;
}

// It is cleared again.
static BOOLEAN WasSet(HANDLE Event)
{
    LARGE_INTEGER Now = {};
    BOOLEAN Set = NtWaitForSingleObject(Event, FALSE, &Now) == STATUS_SUCCESS;
    NtClearEvent(Event);
    return Set;
}

static VOID CheckEntry(const FILE_PIPE_EVENT_BUFFER *Entry, ULONG State, ULONG Type, ULONG Bytes,
                       ULONG Key, ULONG Requests)
{
    CHECK_EQUAL(Entry->NamedPipeState, State);
    CHECK_EQUAL(Entry->EntryType, Type);
    CHECK_EQUAL(Entry->ByteCount, Bytes);
    CHECK_EQUAL(Entry->KeyValue, Key);
    CHECK_EQUAL(Entry->NumberRequests, Requests);
}

static VOID CheckReads(HANDLE Event, ULONG State, ULONG Bytes, ULONG Requests)
{
    FILE_PIPE_EVENT_BUFFER Entries[MOST];
    ULONG Count;
    CHECK_STATUS(Query(Event, Entries, sizeof(Entries), &Count), STATUS_SUCCESS);
    REQUIRE(Count > 0);
    CheckEntry(&Entries[0], State, FILE_PIPE_READ_DATA, Bytes, 7, Requests);
}

VOID TestEvents(void)
{
    FILE_PIPE_EVENT_BUFFER Entries[MOST];
    HANDLE Server, Client, Event;
    CHAR Buffer[QUOTA] = {};
    ULONG Count;
    REQUIRE(MakePair(&WaitingPipe, &Server, &Client));
    REQUIRE_STATUS(MakeEvent(EVENT_ALL_ACCESS, &Event), STATUS_SUCCESS);
    CHECK_STATUS(Query(Event, Entries, sizeof(Entries), &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 0);
    // There is room at once.
    CHECK_STATUS(Assign(Server, Event, 7), STATUS_SUCCESS);
    CHECK(WasSet(Event));
    CHECK_STATUS(Query(Event, Entries, sizeof(Entries), &Count), STATUS_SUCCESS);
    REQUIRE(Count == 1);
    CheckEntry(&Entries[0], FILE_PIPE_CONNECTED_STATE, FILE_PIPE_WRITE_SPACE, QUOTA, 7, 0);

    CHECK(!WasSet(Event));
    CHECK_STATUS(WritePipe(Client, "abc", 3, nullptr), STATUS_SUCCESS);
    CHECK(WasSet(Event));
    CHECK_STATUS(Assign(Client, Event, 9), STATUS_SUCCESS);
    CHECK_STATUS(Query(Event, Entries, sizeof(Entries), &Count), STATUS_SUCCESS);
    REQUIRE(Count == 3);
    CheckEntry(&Entries[0], FILE_PIPE_CONNECTED_STATE, FILE_PIPE_READ_DATA, 3, 7, 0);
    CheckEntry(&Entries[1], FILE_PIPE_CONNECTED_STATE, FILE_PIPE_WRITE_SPACE, QUOTA, 7, 0);
    CheckEntry(&Entries[2], FILE_PIPE_CONNECTED_STATE, FILE_PIPE_WRITE_SPACE, QUOTA - 3, 9, 0);
    CHECK_STATUS(Query(Event, Entries, 2 * sizeof(*Entries) + 1, &Count), STATUS_BUFFER_OVERFLOW);
    CHECK_EQUAL(Count, 2);

    // The client has no room, until the server reads.
    CHECK_STATUS(Assign(Server, nullptr, 0), STATUS_SUCCESS);
    CHECK_STATUS(WritePipe(Client, Buffer, QUOTA - 3, nullptr), STATUS_SUCCESS);
    WasSet(Event);
    CHECK_STATUS(Query(Event, Entries, sizeof(Entries), &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 0);
    CHECK_STATUS(ReadPipe(Server, Buffer, 5, nullptr), STATUS_SUCCESS);
    CHECK(WasSet(Event));
    CHECK_STATUS(Query(Event, Entries, sizeof(Entries), &Count), STATUS_SUCCESS);
    REQUIRE(Count == 1);
    CheckEntry(&Entries[0], FILE_PIPE_CONNECTED_STATE, FILE_PIPE_WRITE_SPACE, 5, 9, 0);
    NtClose(Client);
    NtClose(Server);
    CHECK_STATUS(Query(Event, Entries, sizeof(Entries), &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 0);
    NtClose(Event);
}

// Writes and readers that wait, and ends that come and go.
VOID TestEventStates(void)
{
    PIPE Pipe = {.Name = NAME}; // requests may be pending
    FILE_PIPE_EVENT_BUFFER Entries[MOST];
    HANDLE Server, Client, Event;
    CHAR Buffer[QUOTA + 10] = {}, In[4];
    IO_STATUS_BLOCK Block, Read, Listen;
    ULONG Count;
    REQUIRE_STATUS(MakeEvent(EVENT_ALL_ACCESS, &Event), STATUS_SUCCESS);
    REQUIRE_STATUS(CreatePipe(&Pipe, &Server), STATUS_SUCCESS);
    CHECK_STATUS(Assign(Server, Event, 7), STATUS_SUCCESS);
    CHECK(!WasSet(Event)); // it listens
    REQUIRE_STATUS(OpenPipe(NAME, BOTH_WAYS, 0, &Client), STATUS_SUCCESS);
    CHECK(WasSet(Event));
    CHECK_STATUS(
        NtReadFile(Client, nullptr, nullptr, nullptr, &Read, In, sizeof(In), nullptr, nullptr),
        STATUS_PENDING);
    CHECK_STATUS(Query(Event, Entries, sizeof(Entries), &Count), STATUS_SUCCESS);
    REQUIRE(Count == 1);
    CheckEntry(&Entries[0], FILE_PIPE_CONNECTED_STATE, FILE_PIPE_WRITE_SPACE, QUOTA, 7, 1);
    CHECK_STATUS(NtWriteFile(Client, nullptr, nullptr, nullptr, &Block, Buffer, sizeof(Buffer),
                             nullptr, nullptr),
                 STATUS_PENDING);
    CHECK(WasSet(Event));
    CheckReads(Event, FILE_PIPE_CONNECTED_STATE, sizeof(Buffer), 1);
    CHECK_STATUS(ReadPipe(Server, Buffer, QUOTA, nullptr), STATUS_SUCCESS);
    CheckReads(Event, FILE_PIPE_CONNECTED_STATE, 10, 0);
    WasSet(Event);
    NtClose(Client);
    CHECK(WasSet(Event));
    CheckReads(Event, FILE_PIPE_CLOSING_STATE, 10, 0);
    CHECK_STATUS(ReadPipe(Server, Buffer, QUOTA, nullptr), STATUS_SUCCESS);
    CheckReads(Event, FILE_PIPE_CLOSING_STATE, 0, 0);
    // The next client's end has none before it is given one.
    CHECK_STATUS(ControlPipe(Server, FSCTL_PIPE_DISCONNECT), STATUS_SUCCESS);
    CHECK(WasSet(Event));
    CHECK_STATUS(NtFsControlFile(Server, nullptr, nullptr, nullptr, &Listen, FSCTL_PIPE_LISTEN,
                                 nullptr, 0, nullptr, 0),
                 STATUS_PENDING);
    REQUIRE_STATUS(OpenPipe(NAME, BOTH_WAYS, 0, &Client), STATUS_SUCCESS);
    CHECK(WasSet(Event));
    CHECK_STATUS(Assign(Client, Event, 8), STATUS_SUCCESS);
    CHECK_STATUS(ControlPipe(Server, FSCTL_PIPE_DISCONNECT), STATUS_SUCCESS);
    CHECK_STATUS(Assign(Client, Event, 8), STATUS_PIPE_DISCONNECTED);
    CHECK_STATUS(Query(Event, Entries, sizeof(Entries), &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 0);
    NtClose(Client);
    NtClose(Server);
    NtClose(Event);
}

VOID TestEventErrors(void)
{
    FILE_PIPE_EVENT_BUFFER Entries[MOST];
    IO_STATUS_BLOCK Block;
    HANDLE Server, Client, Event;
    ULONG Count;
    REQUIRE(MakePair(&WaitingPipe, &Server, &Client));
    CHECK_STATUS(Assign(Server, (HANDLE)0x77770, 1), STATUS_INVALID_HANDLE);
    CHECK_STATUS(Assign(Server, Client, 1), STATUS_OBJECT_TYPE_MISMATCH);
    REQUIRE_STATUS(MakeEvent(EVENT_QUERY_STATE | SYNCHRONIZE, &Event), STATUS_SUCCESS);
    CHECK_STATUS(Assign(Server, Event, 1), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtFsControlFile(Server, nullptr, nullptr, nullptr, &Block, FSCTL_PIPE_ASSIGN_EVENT,
                                 &Event, sizeof(Event), nullptr, 0),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Query(Client, Entries, sizeof(Entries), &Count), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(Query(nullptr, Entries, sizeof(Entries), &Count), STATUS_INVALID_HANDLE);
    NtClose(Event);
    NtClose(Client);
    NtClose(Server);
}
