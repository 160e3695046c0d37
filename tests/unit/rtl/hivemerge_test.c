// Changes of one hive made to another.
#include "test.h"

#include <stdlib.h>

#include "hive_file.h"

static HIVE Base, Current, Target;

static UNICODE_STRING Text(PCWSTR String)
{
    UNICODE_STRING Result;
    RtlInitUnicodeString(&Result, String);
    return Result;
}

static HCELL Find(const HIVE *Hive, PCWSTR Name)
{
    UNICODE_STRING String = Text(Name);
    return HvFindSubkey(Hive, HvRootKey(Hive), &String);
}

static HCELL Make(PHIVE Hive, HCELL Parent, PCWSTR Name, ULONG Flags)
{
    UNICODE_STRING String = Text(Name);
    HCELL Key;
    assert_status(HvCreateSubkey(Hive, Parent, &String, nullptr, Flags, nullptr, &Key),
                  STATUS_SUCCESS);
    return Key;
}

static VOID Set(PHIVE Hive, HCELL Key, PCWSTR Name, ULONG Data)
{
    UNICODE_STRING String = Text(Name);
    assert_status(HvSetValue(Hive, Key, &String, REG_DWORD, &Data, sizeof(Data)), STATUS_SUCCESS);
}

// 0: there is none.
static ULONG Get(const HIVE *Hive, HCELL Key, PCWSTR Name)
{
    UNICODE_STRING String = Text(Name);
    ULONG Data = 0;
    HCELL Value = Key == HCELL_NIL ? HCELL_NIL : HvFindValue(Hive, Key, &String);
    if (Value != HCELL_NIL)
        HvReadValue(Hive, Value, 0, &Data, sizeof(Data));
    return Data;
}

static VOID MakeCommon(PHIVE Hive)
{
    UNICODE_STRING Name = Text(L"ROOT");
    ULONG Length;
    assert_status(HvCreate(Hive, &HostHiveOperations, nullptr, &Name, TestDescriptor(0, &Length)),
                  STATUS_SUCCESS);
    HCELL Key = Make(Hive, HvRootKey(Hive), L"Kept", 0);
    Set(Hive, Key, L"same", 1);
    Set(Hive, Key, L"changed", 1);
    Set(Hive, Key, L"gone", 1);
    Make(Hive, HvRootKey(Hive), L"Gone", 0);
    Make(Hive, Make(Hive, HvRootKey(Hive), L"Deleted there", 0), L"Below", 0);
}

static int Start(void **State)
{
    (void)State;
    MakeCommon(&Base);
    MakeCommon(&Current);
    MakeCommon(&Target);
    return 0;
}

static int End(void **State)
{
    (void)State;
    assert_status(HvCheck(&Target), STATUS_SUCCESS);
    HvClose(&Base);
    HvClose(&Current);
    HvClose(&Target);
    assert_int_equal(HiveBlocks, 0);
    return 0;
}

static void ValuesThatChanged(void **State)
{
    UNICODE_STRING Gone = Text(L"gone");
    (void)State;
    HCELL Key = Find(&Current, L"Kept"), There = Find(&Target, L"Kept");
    Set(&Current, Key, L"changed", 2);
    Set(&Current, Key, L"new", 3);
    assert_status(HvDeleteValue(&Current, Key, &Gone), STATUS_SUCCESS);
    Set(&Target, There, L"same", 7);
    Set(&Target, There, L"changed", 7);
    Set(&Target, There, L"own", 7);
    assert_status(HvMergeChanges(&Base, &Current, &Target), STATUS_SUCCESS);
    assert_int_equal(Get(&Target, There, L"same"), 7);
    assert_int_equal(Get(&Target, There, L"changed"), 2);
    assert_int_equal(Get(&Target, There, L"new"), 3);
    assert_int_equal(Get(&Target, There, L"own"), 7);
    assert_int_equal(Get(&Target, There, L"gone"), 0);
}

static void KeysThatChanged(void **State)
{
    (void)State;
    HCELL New = Make(&Current, HvRootKey(&Current), L"New", 0);
    Set(&Current, Make(&Current, New, L"Deep", HIVE_KEY_VOLATILE), L"v", 5);
    assert_status(HvDeleteKey(&Current, Find(&Current, L"Gone")), STATUS_SUCCESS);
    assert_status(HvDeleteTree(&Target, Find(&Target, L"Deleted there")), STATUS_SUCCESS);
    Make(&Target, HvRootKey(&Target), L"Own", 0);
    assert_status(HvMergeChanges(&Base, &Current, &Target), STATUS_SUCCESS);
    UNICODE_STRING Deep = Text(L"Deep");
    HCELL Key = HvFindSubkey(&Target, Find(&Target, L"New"), &Deep);
    HIVE_KEY_INFO Info;
    HvQueryKey(&Target, Key, &Info);
    assert_true(Info.Flags & HIVE_KEY_VOLATILE);
    assert_int_equal(Get(&Target, Key, L"v"), 5);
    assert_int_equal(Find(&Target, L"Gone"), HCELL_NIL);
    assert_int_equal(Find(&Target, L"Deleted there"), HCELL_NIL);
    assert_int_not_equal(Find(&Target, L"Own"), HCELL_NIL);
}

// A key that both have made: the values that the target has beside stay.
static void KeysThatAreNewInBoth(void **State)
{
    (void)State;
    Set(&Current, Make(&Current, HvRootKey(&Current), L"Both", 0), L"a", 1);
    HCELL There = Make(&Target, HvRootKey(&Target), L"Both", 0);
    Set(&Target, There, L"a", 2);
    Set(&Target, There, L"b", 2);
    assert_status(HvMergeChanges(&Base, &Current, &Target), STATUS_SUCCESS);
    assert_int_equal(Get(&Target, There, L"a"), 1);
    assert_int_equal(Get(&Target, There, L"b"), 2);
}

static void NothingChanged(void **State)
{
    (void)State;
    HIVE_FLUSH Flush;
    assert_status(HvBeginFlush(&Target, &Flush), STATUS_SUCCESS);
    HvEndFlush(&Flush);
    assert_status(HvMergeChanges(&Base, &Current, &Target), STATUS_SUCCESS);
    assert_false(HvIsDirty(&Target));
}

static void MemoryEnds(void **State)
{
    (void)State;
    Set(&Current, Make(&Current, HvRootKey(&Current), L"New", 0), L"a", 1);
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;
    for (LONG After = 0; Status == STATUS_INSUFFICIENT_RESOURCES; After++) {
        HiveFailAfter = After;
        Status = HvMergeChanges(&Base, &Current, &Target);
        HiveFailAfter = -1;
        assert_status(HvCheck(&Target), STATUS_SUCCESS);
    }
    assert_status(Status, STATUS_SUCCESS);
    assert_int_equal(Get(&Target, Find(&Target, L"New"), L"a"), 1);
}

int main(void)
{
    static const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(ValuesThatChanged, Start, End),
        cmocka_unit_test_setup_teardown(KeysThatChanged, Start, End),
        cmocka_unit_test_setup_teardown(KeysThatAreNewInBoth, Start, End),
        cmocka_unit_test_setup_teardown(NothingChanged, Start, End),
        cmocka_unit_test_setup_teardown(MemoryEnds, Start, End),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
