// Requests on files, and what is registered for them.

#include "suite.h"

static VOID ReadBoth(ULONG Options)
{
    UCHAR Buffer[2][32] = {};
    RING Ring;
    HANDLE File = OpenFile(Options);
    REQUIRE(MakeRing(2, &Ring));
    AddRead(&Ring, File, Buffer[0], 32, 0, 1);
    AddRead(&Ring, File, Buffer[1], 30, 2, 2);
    CHECK_STATUS(Submit(&Ring, 2), STATUS_SUCCESS);
    CheckCompletion(&Ring, 1, STATUS_SUCCESS, 32);
    CheckCompletion(&Ring, 2, STATUS_SUCCESS, 30);
    CHECK(Buffer[0][0] == 'M' && Buffer[0][1] == 'Z');
    CHECK(!memcmp(Buffer[0] + 2, Buffer[1], 30));
    AddRead(&Ring, File, Buffer[0], 32, 1ull << 40, 3);
    CHECK_STATUS(Submit(&Ring, 1), STATUS_SUCCESS);
    CheckCompletion(&Ring, 3, STATUS_END_OF_FILE, 0);
    AddRead(&Ring, File, Buffer[0], 32, 1ull << 63, 4);
    CHECK_STATUS(Submit(&Ring, 1), STATUS_SUCCESS);
    CheckCompletion(&Ring, 4, STATUS_INVALID_PARAMETER, 0);
    CloseRing(&Ring);
    NtClose(File);
}

VOID TestRead(void)
{
    ReadBoth(0);
}

VOID TestSynchronousFile(void)
{
    ReadBoth(FILE_SYNCHRONOUS_IO_NONALERT);
}

static NTSTATUS ReadRegistered(RING *Ring, ULONG Index)
{
    UCHAR Buffer[4];
    PNT_IORING_SQE Entry = AddRead(Ring, nullptr, Buffer, sizeof(Buffer), 0, 9);
    Entry->Read.CommonOpFlags = NT_IORING_OP_FLAG_REGISTERED_FILE;
    Entry->Read.File.HandleIndex = Index;
    CHECK_STATUS(Submit(Ring, 1), STATUS_SUCCESS);
    return TakeResult(Ring);
}

static VOID RegisterFiles(RING *Ring, HANDLE *Handles, ULONG Count, NTSTATUS Expected)
{
    PNT_IORING_SQE Entry = AddEntry(Ring, IORING_OP_REGISTER_FILES, 5);
    Entry->RegisterFiles.Count = Count;
    Entry->RegisterFiles.Handles = Handles;
    CHECK_STATUS(Submit(Ring, 1), STATUS_SUCCESS);
    CheckCompletion(Ring, 5, Expected, 0);
}

// They stay open without their handles, until others are registered.
VOID TestRegisteredFiles(void)
{
    RING Ring;
    HANDLE Handles[] = {INVALID_HANDLE_VALUE, OpenFile(0), nullptr};
    REQUIRE(MakeRing(2, &Ring));
    RegisterFiles(&Ring, Handles, 2, STATUS_SUCCESS);
    CHECK_STATUS(ReadRegistered(&Ring, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(ReadRegistered(&Ring, 1), STATUS_SUCCESS);
    CHECK_STATUS(ReadRegistered(&Ring, 2), STATUS_INVALID_PARAMETER);
    NtClose(Handles[1]);
    CHECK_STATUS(ReadRegistered(&Ring, 1), STATUS_SUCCESS);
    Handles[1] = INVALID_HANDLE_VALUE;
    RegisterFiles(&Ring, Handles, 3, STATUS_INVALID_HANDLE); // changes nothing
    CHECK_STATUS(ReadRegistered(&Ring, 1), STATUS_SUCCESS);
    RegisterFiles(&Ring, nullptr, 0, STATUS_SUCCESS);
    CHECK_STATUS(ReadRegistered(&Ring, 1), STATUS_INVALID_PARAMETER);
    CloseRing(&Ring);
}

static VOID ReadFixed(RING *Ring, HANDLE File, ULONG Index, ULONG Offset, ULONG Length,
                      NTSTATUS Expected)
{
    PNT_IORING_SQE Entry = AddRead(Ring, File, nullptr, Length, 0, 6);
    Entry->Read.CommonOpFlags = NT_IORING_OP_FLAG_REGISTERED_BUFFER;
    Entry->Read.Buffer.FixedBuffer = (IORING_REGISTERED_BUFFER){Index, Offset};
    CHECK_STATUS(Submit(Ring, 1), STATUS_SUCCESS);
    CheckCompletion(Ring, 6, Expected, NT_SUCCESS(Expected) ? Length : 0);
}

VOID TestRegisteredBuffers(void)
{
    UCHAR Buffer[32] = {};
    RING Ring;
    HANDLE File = OpenFile(0);
    IORING_BUFFER_INFO Buffers[] = {{}, {Buffer, sizeof(Buffer)}};
    REQUIRE(MakeRing(2, &Ring));
    PNT_IORING_SQE Entry = AddEntry(&Ring, IORING_OP_REGISTER_BUFFERS, 7);
    Entry->RegisterBuffers.Count = RTL_NUMBER_OF(Buffers);
    Entry->RegisterBuffers.Buffers = Buffers;
    CHECK_STATUS(Submit(&Ring, 1), STATUS_SUCCESS);
    CheckCompletion(&Ring, 7, STATUS_SUCCESS, 0);
    ReadFixed(&Ring, File, 1, 0, 32, STATUS_SUCCESS);
    CHECK(Buffer[0] == 'M' && Buffer[1] == 'Z');
    ReadFixed(&Ring, File, 1, 30, 2, STATUS_SUCCESS);
    CHECK(Buffer[30] == 'M' && Buffer[31] == 'Z');
    ReadFixed(&Ring, File, 1, 30, 3, STATUS_INVALID_PARAMETER);
    ReadFixed(&Ring, File, 1, 33, 0, STATUS_INVALID_PARAMETER);
    ReadFixed(&Ring, File, 1, MAXULONG, 2, STATUS_INVALID_PARAMETER);
    ReadFixed(&Ring, File, 0, 0, 1, STATUS_INVALID_PARAMETER);
    ReadFixed(&Ring, File, 2, 0, 1, STATUS_INVALID_PARAMETER);
    CloseRing(&Ring);
    NtClose(File);
}

// Neither writing nor flushing through a handle that may only read, registered or not.
VOID TestRights(void)
{
    UCHAR Buffer[4] = {};
    RING Ring;
    HANDLE File = OpenFile(0);
    REQUIRE(MakeRing(2, &Ring));
    RegisterFiles(&Ring, &File, 1, STATUS_SUCCESS);
    for (ULONG i = 0; i < 2; i++) {
        ULONG Flags = i ? NT_IORING_OP_FLAG_REGISTERED_FILE : 0;
        PNT_IORING_SQE Entry = AddEntry(&Ring, IORING_OP_WRITE, 1);
        Entry->Write = (NT_IORING_OP_WRITE){
            .CommonOpFlags = Flags, .Buffer = {.Address = Buffer}, .Length = sizeof(Buffer)};
        Entry->Write.File.Handle = i ? nullptr : File;
        Entry = AddEntry(&Ring, IORING_OP_FLUSH, 2);
        Entry->Flush = (NT_IORING_OP_FLUSH){.CommonOpFlags = Flags};
        Entry->Flush.File.Handle = i ? nullptr : File;
        CHECK_STATUS(Submit(&Ring, 2), STATUS_SUCCESS);
        CheckCompletion(&Ring, 1, STATUS_ACCESS_DENIED, 0);
        CheckCompletion(&Ring, 2, STATUS_ACCESS_DENIED, 0);
    }
    CloseRing(&Ring);
    NtClose(File);
}
