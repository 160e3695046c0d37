// The power goes after every single sector write of a change: what is read then is the old table or the new one.
#include "fakedisk.h"

#include <cmocka.h>

enum { Sectors = 6000 };

static FAKE_DISK Fake;

typedef enum {
    KindRaw,
    KindMbr,
    KindLogical,
    KindGpt,
    KindGptLost,
    KindGptChanged,
    KindCount
} KIND;

static const char *const Names[KindCount] = {
    "no table",   "MBR", "MBR with logical ones", "GPT", "GPT without its primary copy",
    "another GPT"};

static PT_TABLE Make(KIND Kind)
{
    PT_TABLE Table = {.Style = PtStyleRaw};
    switch (Kind) {
    case KindMbr:
        Table = FakeMbr(&Fake, 0x1111);
        FakeSet(&Table, 0, 7, 100, 100);
        break;
    case KindLogical:
        Table = FakeMbr(&Fake, 0x2222);
        FakeSet(&Table, 1, PT_MBR_TYPE_EXTENDED, 1000, 3000);
        FakeAddLogical(&Fake, &Table, 1010, 500, 2000, 510);
        FakeAddLogical(&Fake, &Table, 2010, 500, 0, 0);
        break;
    case KindGpt:
    case KindGptLost:
        Table = FakeGpt(&Fake, 1);
        FakeAdd(&Fake, &Table, 2, 64, 100);
        FakeAdd(&Fake, &Table, 3, 200, 1000);
        break;
    case KindGptChanged:
        Table = FakeGpt(&Fake, 1);
        for (uint8_t i = 0; i < 20; i++)
            FakeAdd(&Fake, &Table, (uint8_t)(2 + i), 64 + 100 * (uint64_t)i, 50);
        break;
    default:
        break;
    }
    return Table;
}

static PT_RESULT Change(const PT_TABLE *Old, PT_TABLE *New)
{
    return New->Style == PtStyleRaw ? PtEraseTable(&Fake.Disk, Old)
                                    : PtWriteTable(&Fake.Disk, Old, New);
}

// Leaves the disk as a change begins.
static void Prepare(KIND Kind, PT_TABLE *Old)
{
    PT_TABLE Nothing = {.Style = PtStyleRaw}, Table = Make(Kind);
    memset(Fake.Bytes, 0, (size_t)Sectors * Fake.Disk.SectorSize);
    if (Kind != KindRaw)
        assert_int_equal(Change(&Nothing, &Table), PtDone);
    PtFreeTable(&Fake.Disk, &Table);
    if (Kind == KindGptLost)
        FakeSector(&Fake, 1)[20] ^= 1;
    assert_int_equal(PtReadTable(&Fake.Disk, Old), PtDone);
}

static void CutEverywhere(const char *Name, const PT_TABLE *Old, PT_TABLE *New)
{
    uint8_t *Before = FakeCopy(&Fake);
    bool WasNew = false;
    for (uint64_t Cut = 0;; Cut++) {
        PT_TABLE Found;
        FakeRestore(&Fake, Before);
        Fake.PowerLeft = Cut;
        PT_RESULT Result = Change(Old, New);
        bool Done = Fake.PowerLeft != 0;
        Fake.PowerLeft = UINT64_MAX;
        PT_RESULT Read = PtReadTable(&Fake.Disk, &Found);
        bool IsOld = Read == PtDone && FakeSameTable(&Found, Old);
        bool IsNew = Read == PtDone && FakeSameTable(&Found, New);
        if (!IsOld && !IsNew)
            fail_msg("%s: neither table after %u sectors (%s)", Name, (unsigned)Cut,
                     PtProblemText(Found.Problem));
        if (WasNew && !IsNew)
            fail_msg("%s: the old table again after %u sectors", Name, (unsigned)Cut);
        WasNew = IsNew;
        PtFreeTable(&Fake.Disk, &Found);
        if (Done) {
            assert_int_equal(Result, PtDone);
            break;
        }
    }
    assert_true(WasNew);
    free(Before);
}

static void test_every_change(void **State)
{
    FakeInit(&Fake, Sectors, *State ? 4096 : 512);
    for (KIND From = 0; From < KindCount; From++) {
        for (KIND To = 0; To < KindCount; To++) {
            char Name[100];
            PT_TABLE Old, New = Make(To);
            Prepare(From, &Old);
            snprintf(Name, sizeof(Name), "%s to %s", Names[From], Names[To]);
            CutEverywhere(Name, &Old, &New);
            PtFreeTable(&Fake.Disk, &Old);
            PtFreeTable(&Fake.Disk, &New);
        }
    }
    FakeFree(&Fake);
}

// Changes of one logical partition: a sector that is there already is written once, and last.
static void test_logical_changes(void **State)
{
    (void)State;
    FakeInit(&Fake, Sectors, 512);
    for (int Kind = 0; Kind < 5; Kind++) {
        PT_TABLE Old, New = FakeMbr(&Fake, 0x2222);
        Prepare(KindLogical, &Old);
        FakeSet(&New, 1, PT_MBR_TYPE_EXTENDED, 1000, 3000);
        switch (Kind) {
        case 0: // one more
            FakeAddLogical(&Fake, &New, 1010, 500, 2000, 510);
            FakeAddLogical(&Fake, &New, 2010, 500, 3000, 510);
            FakeAddLogical(&Fake, &New, 3010, 500, 0, 0);
            break;
        case 1: // the last goes
            FakeAddLogical(&Fake, &New, 1010, 500, 0, 0);
            break;
        case 2: // the first goes
            FakeAddLogical(&Fake, &New, 0, 0, 2000, 510);
            FakeAddLogical(&Fake, &New, 2010, 500, 0, 0);
            break;
        case 3: // the last grows
            FakeAddLogical(&Fake, &New, 1010, 500, 2000, 510);
            FakeAddLogical(&Fake, &New, 2010, 900, 0, 0);
            break;
        default: // one more between them
            FakeAddLogical(&Fake, &New, 1010, 500, 1600, 310);
            FakeAddLogical(&Fake, &New, 1610, 300, 2000, 510);
            FakeAddLogical(&Fake, &New, 2010, 500, 0, 0);
            break;
        }
        CutEverywhere("logical partitions", &Old, &New);
        PtFreeTable(&Fake.Disk, &Old);
        PtFreeTable(&Fake.Disk, &New);
    }
    FakeFree(&Fake);
}

int main(void)
{
    static int Large;
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_every_change),
        cmocka_unit_test_prestate(test_every_change, &Large),
        cmocka_unit_test(test_logical_changes),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
