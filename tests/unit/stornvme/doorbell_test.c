// Doorbells: when the register is written, and that a controller which goes to sleep misses nothing.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "doorbell.h"

enum { PageBytes = 4096, Stride = 4 };

static _Alignas(PageBytes) uint8_t Registers[PageBytes], Values[PageBytes], Events[PageBytes];
static const NVME_SHADOWS Shadows = {Values, Events};

static int SetUp(void **State)
{
    (void)State;
    memset(Registers, 0xEE, sizeof(Registers));
    memset(Values, 0xEE, sizeof(Values));
    memset(Events, 0xEE, sizeof(Events));
    return 0;
}

static uint32_t At(const uint8_t *Page, uint32_t Number, uint32_t Bytes)
{
    uint32_t Value;
    memcpy(&Value, Page + Number * Bytes, sizeof(Value));
    return Value;
}

static NVME_DOORBELL Make(uint32_t Number, uint32_t Bytes, const NVME_SHADOWS *With)
{
    NVME_DOORBELL Doorbell;
    NvmeSetDoorbell(&Doorbell, Registers, Number, Bytes);
    NvmeShadowDoorbell(&Doorbell, With, Number, Bytes);
    return Doorbell;
}

static void TestWithoutShadows(void **State)
{
    (void)State;
    NVME_DOORBELL Doorbell = Make(NvmeTailDoorbell(3), 16, nullptr);
    for (uint16_t i = 1; i < 5; i++) {
        assert_true(NvmeRing(&Doorbell, i));
        assert_int_equal(At(Registers, 6, 16), i);
    }
    assert_int_equal(At(Registers, 5, 16), 0xEEEEEEEE);
    assert_int_equal(At(Registers, 7, 16), 0xEEEEEEEE);
    assert_int_equal(At(Values, 6, 16), 0xEEEEEEEE);
}

static void TestPlaces(void **State)
{
    (void)State;
    NVME_DOORBELL Doorbell = Make(NvmeHeadDoorbell(2), 8, &Shadows);
    assert_int_equal(At(Values, 5, 8), 0);
    assert_int_equal(At(Events, 5, 8), 0);
    assert_true(NvmeRing(&Doorbell, 9)); // from 0 on, as it has said nothing else
    assert_int_equal(At(Registers, 5, 8), 9);
    assert_int_equal(At(Values, 5, 8), 9);
    assert_int_equal(At(Events, 5, 8), 0);
    for (uint32_t i = 0; i < PageBytes / 8; i++) {
        if (i != 5)
            assert_int_equal(At(Values, i, 8), 0xEEEEEEEE);
    }
}

static void TestRoom(void **State)
{
    (void)State;
    assert_true(NvmeShadowsFit(512, 4));
    assert_false(NvmeShadowsFit(513, 4));
    assert_true(NvmeShadowsFit(16, 128));
    assert_false(NvmeShadowsFit(17, 128));
    assert_false(NvmeShadowsFit(1, 4u << 15));
}

// The register is needed exactly if Event lies between the old value and the one before the new one.
static void TestPassed(void **State)
{
    (void)State;
    const uint32_t Depths[] = {2, 3, 128, 65536};
    for (size_t k = 0; k < sizeof(Depths) / sizeof(*Depths); k++) {
        uint32_t Depth = Depths[k];
        for (uint32_t i = 0; i < 20000; i++) {
            uint32_t Old = (uint32_t)rand() % Depth, Steps = (uint32_t)rand() % Depth;
            uint32_t Behind = (uint32_t)rand() % Depth; // Event, from the new value back
            uint32_t New = (Old + Steps) % Depth, Event = (New + Depth - Behind) % Depth;
            bool Due = Behind && Behind <= Steps;
            assert_int_equal(NvmeIsPassed((uint16_t)Event, (uint16_t)New, (uint16_t)Old), Due);
        }
    }
}

// The controller looks at memory while it works, so that the register is quiet; once it has caught up it must be told.
static void TestQuietWhileBusy(void **State)
{
    (void)State;
    enum { Depth = 8 };
    NVME_DOORBELL Doorbell = Make(NvmeTailDoorbell(1), Stride, &Shadows);
    uint32_t *Event = (uint32_t *)(Events + 2 * Stride);
    uint16_t Tail = 0;
    for (uint32_t Round = 0; Round < 40; Round++) {
        assert_true(NvmeRing(&Doorbell, Tail = (Tail + 1) % Depth));
        for (uint32_t i = 0; i < 5; i++)
            assert_false(NvmeRing(&Doorbell, Tail = (Tail + 1) % Depth));
        *Event = Tail;
    }
}

static void TestAdminQueueAlwaysRings(void **State)
{
    (void)State;
    for (uint32_t Number = NvmeTailDoorbell(0); Number <= NvmeHeadDoorbell(0); Number++) {
        NVME_DOORBELL Doorbell = Make(Number, Stride, &Shadows);
        for (uint16_t i = 1; i < 5; i++) {
            assert_true(NvmeRing(&Doorbell, i));
            assert_int_equal(At(Registers, Number, Stride), i);
            assert_int_equal(At(Values, Number, Stride), i);
        }
    }
}

// One that is in use goes on in memory where the register is, and back.
static void TestOnAndOff(void **State)
{
    (void)State;
    NVME_DOORBELL Doorbell = Make(NvmeTailDoorbell(4), Stride, nullptr);
    (void)NvmeRing(&Doorbell, 7);
    NvmeShadowDoorbell(&Doorbell, &Shadows, NvmeTailDoorbell(4), Stride);
    assert_int_equal(At(Values, 8, Stride), 7);
    assert_int_equal(At(Events, 8, Stride), 7);
    assert_true(NvmeRing(&Doorbell, 8));
    assert_false(NvmeRing(&Doorbell, 9));
    assert_int_equal(At(Registers, 8, Stride), 8);
    NvmeRingAgain(&Doorbell);
    assert_int_equal(At(Registers, 8, Stride), 9);
    NvmeShadowDoorbell(&Doorbell, nullptr, NvmeTailDoorbell(4), Stride);
    assert_true(NvmeRing(&Doorbell, 10));
    assert_int_equal(At(Registers, 8, Stride), 10);
    assert_int_equal(At(Values, 8, Stride), 9);
}

// ---- A controller on another processor, which looks as QEMU's and the specification's do: it works as long as there is
// something, says how far it looks, looks once more, and sleeps until the register is written.

enum { Depth = 128, Commands = 300000, LongestSleep = 20 };
constexpr uint32_t Unwritten = UINT32_MAX;

typedef struct _CONTROLLER {
    volatile uint32_t *Value, *Event;
    uint32_t Seen;  // commands
    uint32_t Wakes; // by the register
    bool Missed;    // it slept, and something was there
} CONTROLLER;

static volatile uint32_t Taken; // the queue's head, which the host hears of by completions

static bool SleepUntilWritten(volatile uint32_t *Register)
{
    time_t End = time(nullptr) + LongestSleep;
    for (uint32_t i = 1; __atomic_load_n(Register, __ATOMIC_ACQUIRE) == Unwritten; i++) {
        if (i % 65536 == 0 && time(nullptr) > End)
            return false;
    }
    return true;
}

static void *RunController(void *Context)
{
    CONTROLLER *Controller = Context;
    volatile uint32_t *Register = (volatile uint32_t *)(Registers + 2 * Stride);
    uint32_t Head = 0;
    while (Controller->Seen < Commands) {
        uint32_t Tail = __atomic_load_n(Controller->Value, __ATOMIC_ACQUIRE);
        if (Tail == Head) {
            *Register = Unwritten;
            *Controller->Event = Head;
            __atomic_thread_fence(__ATOMIC_SEQ_CST);
            if (*Controller->Value != Head)
                continue;
            if (!SleepUntilWritten(Register)) {
                Controller->Missed = *Controller->Value != Head;
                break;
            }
            Controller->Wakes++;
            continue;
        }
        while (Head != Tail) {
            Head = (Head + 1) % Depth;
            Controller->Seen++;
        }
        __atomic_store_n(&Taken, Controller->Seen, __ATOMIC_RELEASE);
    }
    return nullptr;
}

static void TestNothingIsMissed(void **State)
{
    (void)State;
    NVME_DOORBELL Doorbell = Make(NvmeTailDoorbell(1), Stride, &Shadows);
    CONTROLLER Controller = {.Value = Doorbell.Shadow, .Event = Doorbell.Event};
    pthread_t Thread;
    uint32_t Rung = 0, Sent = 0;
    Taken = 0;
    *Doorbell.Register = Unwritten;
    assert_int_equal(pthread_create(&Thread, nullptr, RunController, &Controller), 0);
    time_t End = time(nullptr) + LongestSleep;
    while (Sent < Commands && time(nullptr) <= End) {
        uint32_t Room = Depth - 1 - (Sent - __atomic_load_n(&Taken, __ATOMIC_ACQUIRE));
        uint32_t Count = Room ? 1 + (uint32_t)rand() % Room : 0;
        Count = Count < Commands - Sent ? Count : Commands - Sent;
        if (!Count)
            continue;
        Sent += Count;
        Rung += NvmeRing(&Doorbell, (uint16_t)(Sent % Depth));
    }
    pthread_join(Thread, nullptr);
    assert_false(Controller.Missed);
    assert_int_equal(Controller.Seen, Commands);
    assert_true(Controller.Wakes <= Rung);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup(TestWithoutShadows, SetUp),
        cmocka_unit_test_setup(TestPlaces, SetUp),
        cmocka_unit_test(TestRoom),
        cmocka_unit_test(TestPassed),
        cmocka_unit_test_setup(TestQuietWhileBusy, SetUp),
        cmocka_unit_test_setup(TestAdminQueueAlwaysRings, SetUp),
        cmocka_unit_test_setup(TestOnAndOff, SetUp),
        cmocka_unit_test_setup(TestNothingIsMissed, SetUp),
    };
    return cmocka_run_group_tests_name("doorbells", Tests, nullptr, nullptr);
}
