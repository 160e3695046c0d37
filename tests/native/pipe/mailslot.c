// Mailslots.

#include "suite.h"

#define NAME L"\\??\\MAILSLOT\\test\\slot"

static NTSTATUS CreateSlot(ULONG MaximumSize, LONGLONG Timeout, PHANDLE Slot)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(NAME);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    IO_STATUS_BLOCK Block;
    LARGE_INTEGER ReadTimeout = TestMilliseconds(Timeout);
    return NtCreateMailslotFile(Slot, GENERIC_READ | SYNCHRONIZE, &Attributes, &Block, SYNCHRONOUS,
                                0, MaximumSize, &ReadTimeout);
}

static VOID QuerySlot(HANDLE Slot, PFILE_MAILSLOT_QUERY_INFORMATION Information)
{
    IO_STATUS_BLOCK Block;
    CHECK_STATUS(NtQueryInformationFile(Slot, &Block, Information, sizeof(*Information),
                                        FileMailslotQueryInformation),
                 STATUS_SUCCESS);
}

VOID TestMailslot(void)
{
    HANDLE Slot, Again, Writer;
    CHAR Buffer[16];
    ULONG Read;
    FILE_MAILSLOT_QUERY_INFORMATION Information;
    REQUIRE_STATUS(CreateSlot(8, 0, &Slot), STATUS_SUCCESS);
    CHECK_STATUS(CreateSlot(8, 0, &Again), STATUS_OBJECT_NAME_COLLISION);
    CHECK_STATUS(OpenPipe(NAME, GENERIC_READ | SYNCHRONIZE, SYNCHRONOUS, &Writer),
                 STATUS_ACCESS_DENIED);
    REQUIRE_STATUS(OpenPipe(NAME, GENERIC_WRITE | SYNCHRONIZE, SYNCHRONOUS, &Writer),
                   STATUS_SUCCESS);
    CHECK_STATUS(ReadPipe(Slot, Buffer, sizeof(Buffer), nullptr), STATUS_IO_TIMEOUT);
    CHECK_STATUS(WritePipe(Writer, "first", 5, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(WritePipe(Writer, "second", 6, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(WritePipe(Writer, "far too long", 12, nullptr), STATUS_INVALID_PARAMETER);
    QuerySlot(Slot, &Information);
    CHECK_EQUAL(Information.MessagesAvailable, 2);
    CHECK_EQUAL(Information.NextMessageSize, 5);
    CHECK_STATUS(ReadPipe(Slot, Buffer, 3, nullptr), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(ReadPipe(Slot, Buffer, sizeof(Buffer), &Read), STATUS_SUCCESS);
    CHECK_EQUAL(Read, 5);
    CHECK_STATUS(ReadPipe(Slot, Buffer, sizeof(Buffer), &Read), STATUS_SUCCESS);
    CHECK_EQUAL(Read, 6);
    QuerySlot(Slot, &Information);
    CHECK_EQUAL(Information.NextMessageSize, MAXULONG);
    NtClose(Slot);
    CHECK_STATUS(WritePipe(Writer, "x", 1, nullptr), STATUS_FILE_FORCED_CLOSED);
    NtClose(Writer);
}

static NTSTATUS NTAPI WriteLater(PVOID Writer)
{
    LARGE_INTEGER Delay = TestMilliseconds(30);
    NtDelayExecution(FALSE, &Delay);
    return WritePipe(Writer, "late", 4, nullptr);
}

VOID TestMailslotWait(void)
{
    HANDLE Slot, Writer;
    CHAR Buffer[16];
    ULONG Read;
    LARGE_INTEGER Little = TestMilliseconds(20);
    FILE_MAILSLOT_SET_INFORMATION Set = {&Little};
    IO_STATUS_BLOCK Block;
    REQUIRE_STATUS(CreateSlot(0, 10'000, &Slot), STATUS_SUCCESS);
    REQUIRE_STATUS(OpenPipe(NAME, GENERIC_WRITE | SYNCHRONIZE, SYNCHRONOUS, &Writer),
                   STATUS_SUCCESS);
    HANDLE Thread = TestStartThread(WriteLater, Writer);
    REQUIRE(Thread);
    CHECK_STATUS(ReadPipe(Slot, Buffer, sizeof(Buffer), &Read), STATUS_SUCCESS);
    CHECK_EQUAL(Read, 4);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_STATUS(NtSetInformationFile(Slot, &Block, &Set, sizeof(Set), FileMailslotSetInformation),
                 STATUS_SUCCESS);
    CHECK_STATUS(ReadPipe(Slot, Buffer, sizeof(Buffer), nullptr), STATUS_IO_TIMEOUT);
    NtClose(Writer);
    NtClose(Slot);
}
