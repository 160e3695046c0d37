// Mapping control blocks against an array that has the place of each sector.
#include "test.h"

#include "ntos.h"

enum { Sectors = 200, None = -1 };

typedef struct _MODEL {
    LONGLONG Lbn[Sectors]; // None: nowhere
} MODEL;

static LONG ModelEnd(const MODEL *Model)
{
    LONG End = Sectors;
    while (End && Model->Lbn[End - 1] == None)
        End--;
    return End;
}

// Does the sector go on where the one before it ends?
static BOOLEAN ModelGoesOn(const MODEL *Model, LONG Sector)
{
    if (!Sector)
        return FALSE;
    LONGLONG Before = Model->Lbn[Sector - 1], Lbn = Model->Lbn[Sector];
    return Lbn == None ? Before == None : Before != None && Lbn == Before + 1;
}

static ULONG ModelRuns(const MODEL *Model)
{
    ULONG Runs = 0;
    for (LONG i = 0; i < ModelEnd(Model); i++)
        Runs += !ModelGoesOn(Model, i);
    return Runs;
}

static void CheckSector(PLARGE_MCB Mcb, const MODEL *Model, LONG Sector)
{
    LONGLONG Lbn, Count, Start, FromStart, Vbn, Length;
    ULONG Index;
    LONG End = ModelEnd(Model), First = Sector, Last = Sector;
    BOOLEAN There = FsRtlLookupLargeMcbEntry(Mcb, Sector, &Lbn, &Count, &Start, &FromStart, &Index);
    assert_int_equal(There, Sector < End);
    if (!There)
        return;
    while (ModelGoesOn(Model, First))
        First--;
    while (Last + 1 < End && ModelGoesOn(Model, Last + 1))
        Last++;
    assert_true(Lbn == Model->Lbn[Sector] && Start == Model->Lbn[First]);
    assert_int_equal(Count, Last + 1 - Sector);
    assert_int_equal(FromStart, Last + 1 - First);
    assert_true(FsRtlGetNextLargeMcbEntry(Mcb, Index, &Vbn, &Start, &Length));
    assert_true(Vbn == First && Start == Model->Lbn[First] && Length == FromStart);
}

static void CheckAll(PLARGE_MCB Mcb, const MODEL *Model)
{
    LONGLONG Vbn, Lbn, Count;
    LONG End = ModelEnd(Model);
    ULONG Runs = ModelRuns(Model);
    for (LONG i = 0; i < Sectors + 3; i++)
        CheckSector(Mcb, Model, i);
    assert_int_equal(FsRtlNumberOfRunsInLargeMcb(Mcb), Runs);
    assert_false(FsRtlGetNextLargeMcbEntry(Mcb, Runs, &Vbn, &Lbn, &Count));
    assert_int_equal(FsRtlLookupLastLargeMcbEntry(Mcb, &Vbn, &Lbn), End != 0);
    if (End)
        assert_true(Vbn == End - 1 && Lbn == Model->Lbn[End - 1]);
}

static void Add(PLARGE_MCB Mcb, MODEL *Model, LONG Vbn, LONG Count)
{
    LONGLONG Lbn = TestRandom() % 3 ? 1000 + TestRandom() % 50 : 5000 + Vbn;
    BOOLEAN Fits = TRUE;
    for (LONG i = 0; i < Count; i++)
        Fits &= Model->Lbn[Vbn + i] == None || Model->Lbn[Vbn + i] == Lbn + i;
    assert_int_equal(FsRtlAddLargeMcbEntry(Mcb, Vbn, Lbn, Count), Fits);
    for (LONG i = 0; i < Count && Fits; i++)
        Model->Lbn[Vbn + i] = Lbn + i;
}

static void Split(PLARGE_MCB Mcb, MODEL *Model, LONG Vbn, LONG Amount)
{
    LONG End = ModelEnd(Model);
    if (End + Amount > Sectors)
        return;
    assert_true(FsRtlSplitLargeMcb(Mcb, Vbn, Amount));
    if (Vbn >= End)
        return;
    for (LONG i = End - 1; i >= Vbn; i--)
        Model->Lbn[i + Amount] = Model->Lbn[i];
    for (LONG i = Vbn; i < Vbn + Amount; i++)
        Model->Lbn[i] = None;
}

static void Step(PLARGE_MCB Mcb, MODEL *Model)
{
    LONG Vbn = (LONG)(TestRandom() % Sectors), Count = (LONG)(1 + TestRandom() % 20);
    Count = min(Count, Sectors - Vbn);
    switch (TestRandom() % 8) {
    case 0:
        FsRtlRemoveLargeMcbEntry(Mcb, Vbn, Count);
        for (LONG i = 0; i < Count; i++)
            Model->Lbn[Vbn + i] = None;
        break;
    case 1:
        if (TestRandom() % 8)
            break;
        FsRtlTruncateLargeMcb(Mcb, Vbn);
        for (LONG i = Vbn; i < Sectors; i++)
            Model->Lbn[i] = None;
        break;
    case 2:
        Split(Mcb, Model, Vbn, Count / 4 + 1);
        break;
    default:
        Add(Mcb, Model, Vbn, Count);
        break;
    }
}

static void Empty(MODEL *Model)
{
    for (LONG i = 0; i < Sectors; i++)
        Model->Lbn[i] = None;
}

static void TestAgainstModel(void **State)
{
    MODEL Model;
    LARGE_MCB Mcb;
    (void)State;
    FsRtlInitializeLargeMcb(&Mcb, PagedPool);
    for (ULONG Round = 0; Round < 20; Round++) {
        Empty(&Model);
        FsRtlResetLargeMcb(&Mcb, FALSE);
        for (ULONG i = 0; i < 400; i++) {
            Step(&Mcb, &Model);
            CheckAll(&Mcb, &Model);
        }
    }
    FsRtlUninitializeLargeMcb(&Mcb);
    assert_int_equal(TestBlocks, 0);
}

// What lies somewhere is not moved by an addition; and what cannot be is refused.
static void TestRefused(void **State)
{
    LARGE_MCB Mcb;
    LONGLONG Lbn;
    (void)State;
    FsRtlInitializeLargeMcb(&Mcb, PagedPool);
    assert_true(FsRtlAddLargeMcbEntry(&Mcb, 10, 100, 10));
    assert_false(FsRtlAddLargeMcbEntry(&Mcb, 15, 200, 10));
    assert_true(FsRtlAddLargeMcbEntry(&Mcb, 15, 105, 10));
    assert_int_equal(FsRtlNumberOfRunsInLargeMcb(&Mcb), 2); // a hole, and one run
    assert_false(FsRtlAddLargeMcbEntry(&Mcb, -1, 100, 1));
    assert_false(FsRtlAddLargeMcbEntry(&Mcb, 1, 100, 0));
    assert_false(FsRtlAddLargeMcbEntry(&Mcb, MAXLONGLONG, 100, 2));
    assert_true(FsRtlLookupLargeMcbEntry(&Mcb, 3, &Lbn, nullptr, nullptr, nullptr, nullptr));
    assert_true(Lbn == None);
    FsRtlUninitializeLargeMcb(&Mcb);
    FsRtlUninitializeLargeMcb(&Mcb);
    assert_int_equal(TestBlocks, 0);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(TestAgainstModel),
        cmocka_unit_test(TestRefused),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
