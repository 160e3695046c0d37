// What the services refuse.

#include "suite.h"

#include <arguments.h>
#include <pointers.h>

static RING Ring;
static HANDLE Event;
static LARGE_INTEGER Zero;
static NT_IORING_STRUCTV1 Good = {.IoRingVersion = IORING_VERSION_3, .SubmissionQueueSize = 1};

static const TEST_SERVICE Services[] = {
    TEST_SERVICE(NtCreateIoRing, TEST_OUT_HANDLE, TEST_VALUE(sizeof(Good)), TEST_IN(&Good),
                 TEST_VALUE(sizeof(NT_IORING_INFO)), TEST_OUT(sizeof(NT_IORING_INFO))),
    TEST_SERVICE(NtQueryIoRingCapabilities, TEST_VALUE(sizeof(NT_IORING_CAPABILITIES)),
                 TEST_OUT(sizeof(NT_IORING_CAPABILITIES))),
    TEST_SERVICE(NtSetInformationIoRing, TEST_HANDLE(&Ring.Handle, 2),
                 TEST_VALUE(IoRingRegisterUserCompletionEventClass), TEST_VALUE(sizeof(HANDLE)),
                 TEST_IN(&Event)),
    TEST_SERVICE(NtSubmitIoRing, TEST_HANDLE(&Ring.Handle, 2), TEST_VALUE(0), TEST_VALUE(0),
                 TEST_OPTIONAL_IN(&Zero)),
};

VOID TestServiceErrors(void)
{
    REQUIRE(MakeRing(1, &Ring));
    Event = MakeEvent();
    TestServices(Services, RTL_NUMBER_OF(Services));
    CloseRing(&Ring);
    NtClose(Event);
}

static NTSTATUS Create(ULONG Version, ULONG Submissions, ULONG Completions, ULONG Required)
{
    HANDLE Handle;
    NT_IORING_INFO Info;
    NT_IORING_STRUCTV1 Wanted = {
        (IORING_VERSION)Version, Submissions, Completions, {.Required = Required}};
    return NtCreateIoRing(&Handle, sizeof(Wanted), &Wanted, sizeof(Info), &Info);
}

VOID TestWrongValues(void)
{
    HANDLE Handle = nullptr;
    NT_IORING_INFO Info;
    CHECK_STATUS(Create(0, 1, 2, 0), STATUS_IORING_VERSION_NOT_SUPPORTED);
    CHECK_STATUS(Create(4, 1, 2, 0), STATUS_IORING_VERSION_NOT_SUPPORTED);
    CHECK_STATUS(Create(301, 1, 2, 0), STATUS_IORING_VERSION_NOT_SUPPORTED);
    CHECK_STATUS(Create(3, 1, 2, 0), STATUS_IORING_VERSION_NOT_SUPPORTED);
    CHECK_STATUS(Create(300, 1, 2, 1), STATUS_IORING_REQUIRED_FLAG_NOT_SUPPORTED);
    CHECK_STATUS(Create(300, 0, 2, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Create(300, 0x10001, 0, 0), STATUS_IORING_SUBMISSION_QUEUE_TOO_BIG);
    CHECK_STATUS(Create(300, 1, 0x20001, 0), STATUS_IORING_COMPLETION_QUEUE_TOO_BIG);
    CHECK_STATUS(NtCreateIoRing(&Handle, sizeof(Good) - 1, &Good, sizeof(Info), &Info),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtCreateIoRing(&Handle, sizeof(Good), &Good, sizeof(Info) + 1, &Info),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQueryIoRingCapabilities(1, &Info), STATUS_INFO_LENGTH_MISMATCH);
    REQUIRE(MakeRing(1, &Ring));
    CHECK_STATUS(NtSubmitIoRing(Ring.Handle, 1, 0, nullptr), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtSetInformationIoRing(Ring.Handle, 0, sizeof(Handle), &Handle),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtSetInformationIoRing(Ring.Handle, 2, sizeof(Handle), &Handle),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtSetInformationIoRing(Ring.Handle, 1, 4, &Handle), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtSetInformationIoRing(Ring.Handle, 1, sizeof(Handle), &Ring.Handle),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CloseRing(&Ring);
}

static NTSTATUS ResultOf(const NT_IORING_SQE *Wanted)
{
    *AddEntry(&Ring, 0, 0) = *Wanted;
    CHECK_STATUS(Submit(&Ring, 1), STATUS_SUCCESS);
    return TakeResult(&Ring);
}

static NTSTATUS ReadInto(HANDLE File, PVOID Buffer, ULONG OpFlags)
{
    return ResultOf(&(NT_IORING_SQE){.OpCode = IORING_OP_READ,
                                     .Read = {.CommonOpFlags = OpFlags,
                                              .File = {.Handle = File},
                                              .Buffer = {.Address = Buffer},
                                              .Length = 16}});
}

static NTSTATUS Register(IORING_OP_CODE Operation, PVOID Data, ULONG Count)
{
    return ResultOf(
        &(NT_IORING_SQE){.OpCode = Operation, .RegisterFiles = {.Count = Count, .Handles = Data}});
}

VOID TestBadEntries(void)
{
    UCHAR Buffer[16];
    HANDLE File = OpenFile(FILE_SYNCHRONOUS_IO_NONALERT), Wrong = MakeEvent();
    REQUIRE(MakeRing(4, &Ring));
    CHECK_STATUS(ReadInto(File, Buffer, 0), STATUS_SUCCESS);
    CHECK_STATUS(ReadInto(nullptr, Buffer, 0), STATUS_INVALID_HANDLE);
    CHECK_STATUS(ReadInto(Wrong, Buffer, 0), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(ReadInto(File, Buffer, 4), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(ReadInto(File, Buffer, NT_IORING_OP_FLAG_REGISTERED_FILE),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(ReadInto(File, nullptr, NT_IORING_OP_FLAG_REGISTERED_BUFFER),
                 STATUS_INVALID_PARAMETER);
    CHECK_BAD_OUTPUT(ReadInto(File, Bad, 0));
    CHECK_BAD_INPUT(Register(IORING_OP_REGISTER_FILES, Bad, 1));
    CHECK_BAD_INPUT(Register(IORING_OP_REGISTER_BUFFERS, Bad, 1));
    CHECK_STATUS(Register(IORING_OP_REGISTER_FILES, &Wrong, 1), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(Register(IORING_OP_REGISTER_FILES, &File, 0x10000), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Register(IORING_OP_REGISTER_BUFFERS, &File, MAXULONG), STATUS_INVALID_PARAMETER);
    IORING_BUFFER_INFO Kernel = {TEST_KERNEL, 16};
    CHECK_STATUS(Register(IORING_OP_REGISTER_BUFFERS, &Kernel, 1), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(ResultOf(&(NT_IORING_SQE){.OpCode = 7}), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(ResultOf(&(NT_IORING_SQE){.Flags = 2}), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(
        ResultOf(&(NT_IORING_SQE){.OpCode = IORING_OP_WRITE, .Write = {.Flags = 2, .Length = 1}}),
        STATUS_INVALID_PARAMETER);
    CHECK_STATUS(ResultOf(&(NT_IORING_SQE){.OpCode = IORING_OP_CANCEL,
                                           .Cancel = {.File = {.Handle = Wrong}}}),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CloseRing(&Ring);
    NtClose(File);
    NtClose(Wrong);
}

// Its queues are not there.
NTSTATUS ChildUse(PCWSTR Argument)
{
    ULONG Value = 0;
    UNICODE_STRING Text;
    RtlInitUnicodeString(&Text, Argument);
    RtlUnicodeStringToInteger(&Text, 10, &Value);
    return NtSubmitIoRing((HANDLE)(ULONG_PTR)Value, 0, 0, nullptr);
}

VOID TestOtherProcess(void)
{
    WCHAR Number[16];
    HANDLE Inherited = nullptr;
    RTL_USER_PROCESS_INFORMATION Child;
    REQUIRE(MakeRing(1, &Ring));
    CHECK_STATUS(NtDuplicateObject(NtCurrentProcess(), Ring.Handle, NtCurrentProcess(), &Inherited,
                                   0, OBJ_INHERIT, DUPLICATE_SAME_ACCESS),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtSubmitIoRing(Inherited, 0, 0, nullptr), STATUS_SUCCESS);
    _snwprintf(Number, RTL_NUMBER_OF(Number), L"%u", (ULONG)(ULONG_PTR)Inherited);
    if (CHECK_STATUS(TestStartChild(L"use", Number, FALSE, TRUE, &Child), STATUS_SUCCESS))
        CHECK_STATUS(TestFinishChild(&Child), STATUS_ACCESS_DENIED);
    NtClose(Inherited);
    CloseRing(&Ring);
}
