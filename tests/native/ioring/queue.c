// The queues themselves.

#include "suite.h"

VOID TestNothing(void)
{
    RING Ring;
    REQUIRE(MakeRing(4, &Ring));
    CHECK_STATUS(Submit(&Ring, 0), STATUS_SUCCESS);
    CHECK_STATUS(Submit(&Ring, 3), STATUS_SUCCESS); // nothing would ever come
    CHECK_STATUS(Submit(&Ring, IORING_SUBMIT_WAIT_ALL), STATUS_SUCCESS);
    CHECK_EQUAL(Available(&Ring), 0);
    CloseRing(&Ring);
}

VOID TestOrder(void)
{
    RING Ring;
    REQUIRE(MakeRing(4, &Ring));
    for (ULONG i = 0; i < 3; i++)
        AddEntry(&Ring, IORING_OP_NOP, 10 + i);
    CHECK_STATUS(Submit(&Ring, 0), STATUS_SUCCESS);
    CHECK_EQUAL(Ring.Info.SubmissionQueue->Head, 3);
    CHECK_EQUAL(Available(&Ring), 3);
    for (ULONG i = 0; i < 3; i++)
        CheckCompletion(&Ring, 10 + i, STATUS_SUCCESS, 0);
    CHECK_STATUS(Submit(&Ring, 0), STATUS_SUCCESS); // they are not submitted again
    CHECK_EQUAL(Available(&Ring), 0);
    CloseRing(&Ring);
}

VOID TestWrapping(void)
{
    RING Ring;
    ULONG Wrong = 0;
    REQUIRE(MakeRing(4, &Ring));
    Ring.Info.SubmissionQueue->Head = Ring.Info.SubmissionQueue->Tail = MAXULONG - 5;
    for (ULONG i = 0; i < 20; i++) {
        for (ULONG j = 0; j < 3; j++)
            AddEntry(&Ring, IORING_OP_NOP, 100 * i + j);
        Wrong += Submit(&Ring, 3) != STATUS_SUCCESS || Available(&Ring) != 3;
        for (ULONG j = 0; j < 3; j++)
            CheckCompletion(&Ring, 100 * i + j, STATUS_SUCCESS, 0);
    }
    CHECK_EQUAL(Wrong, 0);
    CloseRing(&Ring);
}

// What has no room stays in the submission queue.
VOID TestFullCompletions(void)
{
    RING Ring;
    REQUIRE(MakeRing(4, &Ring));
    ULONG Size = Ring.Info.CompletionQueueSize;
    for (ULONG i = 0; i < Size; i++) {
        AddEntry(&Ring, IORING_OP_NOP, i);
        CHECK_STATUS(Submit(&Ring, 0), STATUS_SUCCESS);
    }
    AddEntry(&Ring, IORING_OP_NOP, Size);
    CHECK_STATUS(Submit(&Ring, 1), STATUS_IORING_COMPLETION_QUEUE_TOO_FULL);
    CHECK_EQUAL(Ring.Info.SubmissionQueue->Head, Size);
    CheckCompletion(&Ring, 0, STATUS_SUCCESS, 0);
    CHECK_STATUS(Submit(&Ring, 1), STATUS_SUCCESS);
    for (ULONG i = 1; i <= Size; i++)
        CheckCompletion(&Ring, i, STATUS_SUCCESS, 0);
    CloseRing(&Ring);
}

// Whatever a program writes there, it is its own loss.
VOID TestSpoiltQueues(void)
{
    RING Ring;
    REQUIRE(MakeRing(4, &Ring));
    PNT_IORING_SUBMISSION_QUEUE Submissions = Ring.Info.SubmissionQueue;
    PNT_IORING_COMPLETION_QUEUE Completions = Ring.Info.CompletionQueue;
    Submissions->Tail = 5;
    CHECK_STATUS(Submit(&Ring, 1), STATUS_IORING_CORRUPT);
    Submissions->Head = 1000;
    CHECK_STATUS(Submit(&Ring, 1), STATUS_IORING_CORRUPT);
    Submissions->Head = Submissions->Tail = 7;
    Completions->Head = 1; // beyond the tail
    AddEntry(&Ring, IORING_OP_NOP, 1);
    CHECK_STATUS(Submit(&Ring, 1), STATUS_IORING_COMPLETION_QUEUE_TOO_FULL);
    Completions->Head = 0;
    Completions->Tail = 12345; // the system keeps its own
    CHECK_STATUS(Submit(&Ring, 1), STATUS_SUCCESS);
    CHECK_EQUAL(Completions->Tail, 1);
    CheckCompletion(&Ring, 1, STATUS_SUCCESS, 0);
    memset(Submissions->Entries, 0xFF, 4 * sizeof(NT_IORING_SQE));
    Submissions->Tail += 4;
    CHECK_STATUS(Submit(&Ring, 4), STATUS_SUCCESS);
    for (ULONG i = 0; i < 4; i++)
        CheckCompletion(&Ring, MAXULONG64, STATUS_INVALID_PARAMETER, 0);
    CloseRing(&Ring);
}

VOID TestSizes(void)
{
    static const struct {
        ULONG Submissions, Completions, HaveSubmissions, HaveCompletions;
    } Sizes[] = {
        {1, 0, 1, 2},           {3, 0, 4, 8},       {3, 9, 4, 16},
        {128, 1024, 128, 1024}, {256, 1, 256, 512}, {0x10000, 0x20000, 0x10000, 0x20000},
    };
    NT_IORING_CAPABILITIES Capabilities = {};
    CHECK_STATUS(NtQueryIoRingCapabilities(sizeof(Capabilities), &Capabilities), STATUS_SUCCESS);
    CHECK_EQUAL(Capabilities.Version, IORING_VERSION_3);
    CHECK_EQUAL(Capabilities.MaxOpcode, IORING_OP_FLUSH);
    CHECK_EQUAL(Capabilities.FlagsSupported, IORING_FEATURE_SET_COMPLETION_EVENT);
    CHECK_EQUAL(Capabilities.MaxSubQueueSize, 0x10000);
    CHECK_EQUAL(Capabilities.MaxCompQueueSize, 0x20000);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sizes); i++) {
        NT_IORING_STRUCTV1 Wanted = {
            IORING_VERSION_1, Sizes[i].Submissions, Sizes[i].Completions, {}};
        NT_IORING_INFO Info = {};
        HANDLE Handle;
        CHECK_STATUS(NtCreateIoRing(&Handle, sizeof(Wanted), &Wanted, sizeof(Info), &Info),
                     STATUS_SUCCESS);
        CHECK_EQUAL(Info.IoRingVersion, IORING_VERSION_1);
        CHECK_EQUAL(Info.SubmissionQueueSize, Sizes[i].HaveSubmissions);
        CHECK_EQUAL(Info.SubmissionQueueRingMask, Sizes[i].HaveSubmissions - 1);
        CHECK_EQUAL(Info.CompletionQueueSize, Sizes[i].HaveCompletions);
        CHECK_EQUAL(Info.CompletionQueueRingMask, Sizes[i].HaveCompletions - 1);
        CHECK_EQUAL(Info.SubmissionQueue->Entries[Sizes[i].HaveSubmissions - 1].UserData, 0);
        Info.CompletionQueue->Entries[Sizes[i].HaveCompletions - 1].UserData = 1;
        NtClose(Handle);
    }
}

static ULONG CommittedPages(void)
{
    SYSTEM_PERFORMANCE_INFORMATION Information = {};
    CHECK_STATUS(NtQuerySystemInformation(SystemPerformanceInformation, &Information,
                                          sizeof(Information), nullptr),
                 STATUS_SUCCESS);
    return Information.CommittedPages;
}

// What the queues take is not there for others: it counts as memory that programs have been promised.
VOID TestCommittedMemory(void)
{
    constexpr ULONG Size = 0x10000, Pages = Size * sizeof(NT_IORING_SQE) / 0x1000;
    RING Ring;
    ULONG Before = CommittedPages();
    if (!MakeRing(Size, &Ring))
        return;
    ULONG With = CommittedPages();
    CHECK(With >= Before + Pages);
    CloseRing(&Ring);
    CHECK(CommittedPages() <= With - Pages);
}
