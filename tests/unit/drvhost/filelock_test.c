// Byte-range locks: examples, and random requests against a model that has a slot for each lock and looks at each byte.
#include "test.h"

#include "ntos.h"

enum { Files = 3, Processes = 2, Bytes = 24, Most = 256, Steps = 40000 };

static FILE_OBJECT File[Files];
static FILE_LOCK Lock;

static IRP MakeRequest(ULONG Who, UCHAR Minor, PLARGE_INTEGER Length, LONGLONG Offset, ULONG Key,
                       UCHAR Flags)
{
    return (IRP){
        .Process = (PEPROCESS)(ULONG_PTR)(0x1000 * (Who % Processes + 1)),
        .Stack =
            {
                .MinorFunction = Minor,
                .Flags = Flags,
                .FileObject = &File[Who / Processes],
                .Parameters.LockControl = {Length, Key, {.QuadPart = Offset}},
            },
    };
}

static NTSTATUS Ask(ULONG Who, UCHAR Minor, LONGLONG Offset, LONGLONG Length, ULONG Key,
                    UCHAR Flags)
{
    LARGE_INTEGER Size = {.QuadPart = Length};
    IRP Irp = MakeRequest(Who, Minor, &Size, Offset, Key, Flags);
    NTSTATUS Status = FsRtlProcessFileLock(&Lock, &Irp, nullptr);
    assert_int_equal(Irp.Complete, 1);
    assert_status(Irp.IoStatus.Status, Status);
    return Status;
}

static BOOLEAN MayAccess(ULONG Who, LONGLONG Offset, ULONG Length, ULONG Key, BOOLEAN Write)
{
    IRP Irp = MakeRequest(Who, 0, nullptr, 0, 0, 0);
    Irp.Stack.Parameters.Read.ByteOffset.QuadPart = Offset;
    Irp.Stack.Parameters.Read.Length = Length;
    Irp.Stack.Parameters.Read.Key = Key;
    return Write ? FsRtlCheckLockForWriteAccess(&Lock, &Irp)
                 : FsRtlCheckLockForReadAccess(&Lock, &Irp);
}

static int SetUp(void **State)
{
    (void)State;
    FsRtlInitializeFileLock(&Lock, nullptr, nullptr);
    return 0;
}

static int TearDown(void **State)
{
    (void)State;
    FsRtlUninitializeFileLock(&Lock);
    return TestBlocks ? -1 : 0;
}

enum { Now = SL_FAIL_IMMEDIATELY, Alone = SL_EXCLUSIVE_LOCK };

static void TestRanges(void **State)
{
    (void)State;
    assert_status(Ask(0, IRP_MN_LOCK, -1, 1, 0, Now | Alone), STATUS_SUCCESS); // the last byte
    assert_status(Ask(1, IRP_MN_LOCK, -2, 2, 0, Now), STATUS_LOCK_NOT_GRANTED);
    assert_status(Ask(1, IRP_MN_LOCK, -2, 3, 0, Now), STATUS_INVALID_LOCK_RANGE);
    assert_status(Ask(1, IRP_MN_LOCK, 0, 0, 0, Now | Alone), STATUS_SUCCESS); // nothing at all
    assert_status(Ask(2, IRP_MN_LOCK, 0, 1, 0, Now | Alone), STATUS_SUCCESS);
    assert_true(MayAccess(1, 0, 0, 0, TRUE));
    assert_false(MayAccess(1, 0, 1, 0, FALSE));
    assert_status(Ask(2, IRP_MN_UNLOCK_SINGLE, 0, 2, 0, 0), STATUS_RANGE_NOT_LOCKED);
    assert_status(Ask(2, IRP_MN_UNLOCK_SINGLE, 0, 1, 7, 0), STATUS_RANGE_NOT_LOCKED);
    assert_status(Ask(2, IRP_MN_UNLOCK_SINGLE, 0, 1, 0, 0), STATUS_SUCCESS);
    assert_status(Ask(0, 99, 0, 1, 0, 0), STATUS_INVALID_DEVICE_REQUEST);
}

static void TestShared(void **State)
{
    (void)State;
    assert_status(Ask(0, IRP_MN_LOCK, 10, 10, 1, Now | Alone), STATUS_SUCCESS);
    assert_status(Ask(0, IRP_MN_LOCK, 12, 2, 1, Now), STATUS_SUCCESS); // within one's own
    assert_status(Ask(0, IRP_MN_LOCK, 12, 2, 2, Now), STATUS_LOCK_NOT_GRANTED);
    assert_status(Ask(0, IRP_MN_LOCK, 12, 2, 1, Now | Alone), STATUS_LOCK_NOT_GRANTED);
    assert_false(MayAccess(0, 12, 1, 1, TRUE)); // what is shared is written by nobody
    assert_true(MayAccess(0, 14, 1, 1, TRUE));
    assert_true(Lock.FastIoIsQuestionable);
    assert_status(Ask(0, IRP_MN_UNLOCK_ALL_BY_KEY, 0, 0, 1, 0), STATUS_SUCCESS);
    assert_false(Lock.FastIoIsQuestionable);
}

// Those that wait are granted in their order, as far as they do not meet.
static void TestWaiting(void **State)
{
    (void)State;
    LARGE_INTEGER Size = {.QuadPart = 10};
    IRP Waiting[4];
    assert_status(Ask(0, IRP_MN_LOCK, 0, 20, 0, Alone), STATUS_SUCCESS);
    for (ULONG i = 0; i < 4; i++) {
        Waiting[i] = MakeRequest(i + 1, IRP_MN_LOCK, &Size, i % 2 * 10, 0, Alone);
        assert_status(FsRtlProcessFileLock(&Lock, &Waiting[i], nullptr), STATUS_PENDING);
        assert_int_equal(Waiting[i].Pended, 1);
    }
    TestCancel(&Waiting[0]);
    assert_status(Waiting[0].IoStatus.Status, STATUS_CANCELLED);
    assert_status(Ask(0, IRP_MN_UNLOCK_SINGLE, 0, 20, 0, 0), STATUS_SUCCESS);
    assert_int_equal(Waiting[1].Complete, 1);
    assert_int_equal(Waiting[2].Complete, 1);
    assert_int_equal(Waiting[3].Complete, 0);
    IRP Late = MakeRequest(5, IRP_MN_LOCK, &Size, 0, 0, Alone);
    Late.Cancel = TRUE; // before it is asked for
    assert_status(FsRtlProcessFileLock(&Lock, &Late, nullptr), STATUS_CANCELLED);
    assert_status(
        FsRtlFastUnlockAll(&Lock, Waiting[3].Stack.FileObject, Waiting[3].Process, nullptr),
        STATUS_RANGE_NOT_LOCKED);
    assert_status(Waiting[3].IoStatus.Status, STATUS_RANGE_NOT_LOCKED);
}

// ---- The model

static struct {
    ULONG Who, Key, Offset, Length;
    BOOLEAN Exclusive;
} Model[Most];
static ULONG Count;

static BOOLEAN Covers(ULONG i, ULONG Byte)
{
    return Byte >= Model[i].Offset && Byte < Model[i].Offset + Model[i].Length;
}

static BOOLEAN ModelMay(ULONG Who, ULONG Offset, ULONG Length, ULONG Key, BOOLEAN Write)
{
    for (ULONG Byte = Offset; Byte < Offset + Length; Byte++) {
        for (ULONG i = 0; i < Count; i++) {
            BOOLEAN Own = Model[i].Who == Who && Model[i].Key == Key;
            if (Covers(i, Byte) && (Model[i].Exclusive ? !Own : Write))
                return FALSE;
        }
    }
    return TRUE;
}

static BOOLEAN ModelMayLock(ULONG Who, ULONG Offset, ULONG Length, ULONG Key, BOOLEAN Exclusive)
{
    for (ULONG Byte = Offset; Byte < Offset + Length; Byte++) {
        for (ULONG i = 0; i < Count; i++) {
            BOOLEAN Own = Model[i].Who == Who && Model[i].Key == Key;
            if (Covers(i, Byte) && (Exclusive || (Model[i].Exclusive && !Own)))
                return FALSE;
        }
    }
    return TRUE;
}

static ULONG ModelUnlock(ULONG Who, UCHAR Minor, ULONG Offset, ULONG Length, ULONG Key)
{
    ULONG Kept = 0, Removed = 0;
    for (ULONG i = 0; i < Count; i++) {
        BOOLEAN Meant = Model[i].Who == Who;
        if (Minor != IRP_MN_UNLOCK_ALL)
            Meant = Meant && Model[i].Key == Key;
        if (Minor == IRP_MN_UNLOCK_SINGLE)
            Meant = Meant && !Removed && Model[i].Offset == Offset && Model[i].Length == Length;
        if (Meant)
            Removed++;
        else
            Model[Kept++] = Model[i];
    }
    Count = Kept;
    return Removed;
}

static void Step(void)
{
    ULONG Who = TestRandom() % (Files * Processes), Key = TestRandom() % 2;
    ULONG Offset = TestRandom() % Bytes, Length = TestRandom() % 6;
    if (TestRandom() % 3 || Count == Most) {
        UCHAR Minor =
            (UCHAR)(TestRandom() % 8 ? IRP_MN_UNLOCK_SINGLE : IRP_MN_UNLOCK_ALL + TestRandom() % 2);
        ULONG Removed = ModelUnlock(Who, Minor, Offset, Length, Key);
        assert_status(Ask(Who, Minor, Offset, Length, Key, 0),
                      Removed ? STATUS_SUCCESS : STATUS_RANGE_NOT_LOCKED);
        return;
    }
    BOOLEAN Exclusive = TestRandom() % 2;
    BOOLEAN May = ModelMayLock(Who, Offset, Length, Key, Exclusive);
    assert_status(
        Ask(Who, IRP_MN_LOCK, Offset, Length, Key, (UCHAR)(Now | (Exclusive ? Alone : 0))),
        May ? STATUS_SUCCESS : STATUS_LOCK_NOT_GRANTED);
    if (!May)
        return;
    Model[Count].Who = Who;
    Model[Count].Key = Key;
    Model[Count].Offset = Offset;
    Model[Count].Length = Length;
    Model[Count++].Exclusive = Exclusive;
}

static void TestModel(void **State)
{
    (void)State;
    for (ULONG i = 0; i < Steps; i++) {
        ULONG Who = TestRandom() % (Files * Processes), Offset = TestRandom() % Bytes;
        ULONG Length = TestRandom() % 6, Key = TestRandom() % 2;
        BOOLEAN Write = TestRandom() % 2;
        Step();
        assert_int_equal(MayAccess(Who, Offset, Length, Key, Write),
                         ModelMay(Who, Offset, Length, Key, Write));
    }
    ULONG Seen = 0;
    for (PFILE_LOCK_INFO Info = FsRtlGetNextFileLock(&Lock, TRUE); Info;
         Info = FsRtlGetNextFileLock(&Lock, FALSE))
        Seen++;
    assert_int_equal(Seen, Count);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(TestRanges, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(TestShared, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(TestWaiting, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(TestModel, SetUp, TearDown),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
