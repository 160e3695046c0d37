// Data in both directions, of each method, at all places in a page.

#include "suite.h"

static const ULONG Sizes[] = {1, 7, 8, 255, 256, 257, 4095, 4096, 4097, 65536, 300'000};
static const ULONG Offsets[] = {0, 1, 4095};

static BOOLEAN IsChanged(const UCHAR *Input, const UCHAR *Output, ULONG Count)
{
    for (ULONG i = 0; i < Count; i++) {
        if (Output[i] != (Input[i] ^ IOCTL_TEST_KEY))
            return FALSE;
    }
    return TRUE;
}

static BOOLEAN IsFilledWith(const UCHAR *Bytes, ULONG Count, UCHAR Value)
{
    for (ULONG i = 0; i < Count; i++) {
        if (Bytes[i] != Value)
            return FALSE;
    }
    return TRUE;
}

// Output of another length than the input: the shorter one counts, and nothing behind it is touched.
static VOID ChangeOne(ULONG Method, ULONG InputLength, ULONG OutputLength, ULONG Offset)
{
    enum { Guard = 64 };
    PUCHAR Input = IoctlBuffer(0, Offset), Output = IoctlBuffer(1, Offset);
    ULONG Count = min(InputLength, OutputLength);
    ULONG_PTR Information;
    IoctlFillBytes(Input, InputLength, InputLength + Offset);
    memset(Output, 0xCC, OutputLength + Guard);
    NTSTATUS Status = IoctlCall(IOCTL_TEST_CHANGE(Method), Input, InputLength, Output, OutputLength,
                                &Information);
    if (Status == STATUS_SUCCESS && Information == Count && IsChanged(Input, Output, Count) &&
        IsFilledWith(Output + Count, OutputLength - Count + Guard, 0xCC))
        return;
    TestFail(__FILE__, __LINE__, "method %lu, %lu bytes in, %lu out, at %lu: %08lx, %llu bytes",
             Method, InputLength, OutputLength, Offset, Status, (ULONGLONG)Information);
}

static VOID ChangeAll(ULONG Method)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sizes); i++) {
        for (ULONG j = 0; j < RTL_NUMBER_OF(Offsets); j++) {
            ChangeOne(Method, Sizes[i], Sizes[i], Offsets[j]);
            ChangeOne(Method, Sizes[i], Sizes[i] + 13, Offsets[j]);
            ChangeOne(Method, Sizes[i] + 13, Sizes[i], Offsets[j]);
        }
    }
}

VOID TestBuffered(void)
{
    UCHAR Both[16] = "both in one";
    const UCHAR Before[16] = "both in one";
    ChangeAll(METHOD_BUFFERED);
    CHECK_STATUS(IoctlCall(IOCTL_TEST_CHANGE(METHOD_BUFFERED), Both, 16, Both, 16, nullptr),
                 STATUS_SUCCESS);
    CHECK(IsChanged(Before, Both, 16));
}

VOID TestOutDirect(void)
{
    ChangeAll(METHOD_OUT_DIRECT);
}

VOID TestNeither(void)
{
    ChangeAll(METHOD_NEITHER);
}

static ULONG SumOf(const UCHAR *Bytes, ULONG Count, UCHAR Key)
{
    ULONG Sum = 0;
    for (ULONG i = 0; i < Count; i++)
        Sum += Bytes[i] ^ Key;
    return Sum;
}

VOID TestInDirect(void)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sizes); i++) {
        for (ULONG j = 0; j < RTL_NUMBER_OF(Offsets); j++) {
            UCHAR Key[] = {(UCHAR)(i * 16 + j + 1), 0};
            PUCHAR Data = IoctlBuffer(1, Offsets[j]);
            ULONG_PTR Information;
            IoctlFillBytes(Data, Sizes[i], i);
            CHECK_STATUS(IoctlCall(IOCTL_TEST_CHANGE(METHOD_IN_DIRECT), Key, sizeof(Key), Data,
                                   Sizes[i], &Information),
                         STATUS_SUCCESS);
            CHECK_EQUAL(Information, SumOf(Data, Sizes[i], Key[0]));
        }
    }
}

// ---- The fields of the request

static BOOLEAN Look(ULONG Method, PVOID Input, ULONG InputLength, PVOID Output, ULONG OutputLength,
                    PIOCTL_TEST_REQUEST Seen)
{
    return CHECK_STATUS(IoctlCall(IOCTL_TEST_LOOK(Method), Input, InputLength, Output, OutputLength,
                                  nullptr),
                        STATUS_SUCCESS) &&
           CHECK_STATUS(IoctlCall(IOCTL_TEST_SEEN, nullptr, 0, Seen, sizeof(*Seen), nullptr),
                        STATUS_SUCCESS);
}

VOID TestWhatDriversSee(void)
{
    static const struct {
        ULONG Method, System, Mdl, Type3, User;
    } Expected[] = {
        {METHOD_BUFFERED, TRUE, FALSE, FALSE, FALSE},
        {METHOD_IN_DIRECT, TRUE, TRUE, FALSE, FALSE},
        {METHOD_OUT_DIRECT, TRUE, TRUE, FALSE, FALSE},
        {METHOD_NEITHER, FALSE, FALSE, TRUE, TRUE},
    };
    PUCHAR Input = IoctlBuffer(0, 3), Output = IoctlBuffer(1, 5);
    memset(Input, 1, 100);
    memset(Output, 2, 5000);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Expected); i++) {
        ULONG Method = Expected[i].Method;
        IOCTL_TEST_REQUEST Seen;
        if (!Look(Method, Input, 100, Output, 5000, &Seen))
            continue;
        CHECK_EQUAL(Seen.Code, IOCTL_TEST_LOOK(Method));
        CHECK_EQUAL(Seen.InputLength, 100);
        CHECK_EQUAL(Seen.OutputLength, 5000);
        CHECK_EQUAL(Seen.HasSystemBuffer, Expected[i].System);
        CHECK_EQUAL(Seen.HasMdl, Expected[i].Mdl);
        CHECK_EQUAL(Seen.MdlLength, Expected[i].Mdl ? 5000 : 0);
        if (Method == METHOD_NEITHER) {
            CHECK(Seen.HasType3Buffer && Seen.HasUserBuffer);
        } else { // the input, and nothing else's data behind it
            CHECK_EQUAL(Seen.SystemBufferSum, 100);
        }
        CHECK(Seen.UserMode);
    }
}

// No bytes: no buffer. A length without an address is a buffer of zeros when it is copied, and an error
// when it is to be mapped.
VOID TestLengths(void)
{
    IOCTL_TEST_REQUEST Seen;
    PUCHAR Input = IoctlBuffer(0, 0), Output = IoctlBuffer(1, 0);
    for (ULONG Method = METHOD_BUFFERED; Method <= METHOD_NEITHER; Method++) {
        if (!Look(Method, Input, 0, Output, 0, &Seen))
            continue;
        CHECK(!Seen.InputLength && !Seen.OutputLength && !Seen.HasMdl);
        CHECK(Method == METHOD_NEITHER || !Seen.HasSystemBuffer);
        if (!Look(Method, nullptr, 0, nullptr, 0, &Seen))
            continue;
        CHECK(!Seen.HasSystemBuffer && !Seen.HasMdl && !Seen.HasType3Buffer && !Seen.HasUserBuffer);
    }
    if (Look(METHOD_BUFFERED, nullptr, 40, nullptr, 1000, &Seen)) {
        CHECK(Seen.HasSystemBuffer);
        CHECK_EQUAL(Seen.SystemBufferSum, 0);
    }
    for (ULONG Method = METHOD_IN_DIRECT; Method <= METHOD_OUT_DIRECT; Method++) {
        if (Look(Method, nullptr, 40, Output, 0, &Seen))
            CHECK(Seen.HasSystemBuffer && Seen.SystemBufferSum == 0);
        CHECK_STATUS(IoctlCall(IOCTL_TEST_LOOK(Method), Input, 40, nullptr, 100, nullptr),
                     STATUS_ACCESS_VIOLATION);
    }
}
