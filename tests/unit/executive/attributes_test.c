// What files are like, by name: when it is known, and when it must not be.
#include "doubles.h"

#include "io/attributes.h"

enum { MOST = 64 };

static IOP_NAMES Volume, Other;

static FILE_NETWORK_OPEN_INFORMATION of_size(LONGLONG Size)
{
    return (FILE_NETWORK_OPEN_INFORMATION){.EndOfFile = {.QuadPart = Size}};
}

static void learn(PCWSTR Text, LONGLONG Size, ULONG64 Asked)
{
    UNICODE_STRING Name = TestString(Text);
    FILE_NETWORK_OPEN_INFORMATION Information = of_size(Size);
    IopLearnName(&Volume, &Name, STATUS_SUCCESS, &Information, Asked);
}

static void learn_absence(PCWSTR Text, ULONG64 Asked)
{
    UNICODE_STRING Name = TestString(Text);
    IopLearnName(&Volume, &Name, STATUS_OBJECT_NAME_NOT_FOUND, nullptr, Asked);
}

static PIOP_NAME begin(PCWSTR Text)
{
    UNICODE_STRING Name = TestString(Text);
    return IopBeginChange(&Volume, &Name);
}

// -1: not known; -2: known not to be there.
static LONGLONG size_in(const IOP_NAMES *Names, PCWSTR Text)
{
    UNICODE_STRING Name = TestString(Text);
    FILE_NETWORK_OPEN_INFORMATION Information;
    NTSTATUS Status;
    if (!IopFindKnown(Names, &Name, &Status, &Information))
        return -1;
    return Status == STATUS_SUCCESS ? Information.EndOfFile.QuadPart : -2;
}

static LONGLONG size_of(PCWSTR Text)
{
    return size_in(&Volume, Text);
}

static int start(void **State)
{
    (void)State;
    Volume = Other = (IOP_NAMES){};
    IopInitNameTable();
    IopLimitNames(MOST);
    IopForgetNames(&Volume);
    IopForgetNames(&Other);
    return 0;
}

static int stop(void **State)
{
    (void)State;
    IopLimitNames(0);
    return 0;
}

static void a_name_is_known_in_any_case_and_on_its_volume(void **State)
{
    (void)State;
    learn(L"\\Folder\\Name.txt", 5, IopNameClock());
    assert_int_equal(size_of(L"\\folder\\NAME.TXT"), 5);
    assert_int_equal(size_of(L"\\folder\\NAME.TX"), -1);
    assert_int_equal(size_in(&Other, L"\\Folder\\Name.txt"), -1);
    IopForgetNames(&Volume);
    assert_int_equal(size_of(L"\\Folder\\Name.txt"), -1);
}

static void only_whole_names_are_known(void **State)
{
    static const PCWSTR Names[] = {L"", L"\\", L"name", L"\\name\\"};
    (void)State;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Names); i++) {
        learn(Names[i], 1, IopNameClock());
        assert_int_equal(size_of(Names[i]), -1);
        assert_null(begin(Names[i]));
    }
}

static void what_is_being_changed_is_not_known(void **State)
{
    (void)State;
    FILE_NETWORK_OPEN_INFORMATION After = of_size(7);
    learn(L"\\a", 1, IopNameClock());
    PIOP_NAME First = begin(L"\\a"), Second = begin(L"\\A");
    assert_ptr_equal(First, Second);
    assert_int_equal(size_of(L"\\a"), -1);
    learn(L"\\a", 2, IopNameClock());
    assert_int_equal(size_of(L"\\a"), -1);
    IopEndChange(&Volume, First, &After, IopNameClock()); // not the last one
    assert_int_equal(size_of(L"\\a"), -1);
    assert_true(IopIsLastChanger(Second));
    IopEndChange(&Volume, Second, &After, IopNameClock());
    assert_int_equal(size_of(L"\\a"), 7);
}

static void an_answer_of_before_a_change_is_not_learned(void **State)
{
    (void)State;
    FILE_NETWORK_OPEN_INFORMATION After = of_size(7);
    ULONG64 Before = IopNameClock();
    PIOP_NAME Name = begin(L"\\a");
    ULONG64 Meanwhile = IopNameClock();
    IopEndChange(&Volume, Name, nullptr, 0);
    learn(L"\\a", 1, Before);
    assert_int_equal(size_of(L"\\a"), -1);
    learn(L"\\a", 2, Meanwhile);
    assert_int_equal(size_of(L"\\a"), -1);
    Name = begin(L"\\a"); // it asks, and another one comes and goes before the answer
    Meanwhile = IopNameClock();
    IopEndChange(&Volume, begin(L"\\a"), nullptr, 0);
    IopEndChange(&Volume, Name, &After, Meanwhile);
    assert_int_equal(size_of(L"\\a"), -1);
    learn(L"\\a", 3, IopNameClock());
    assert_int_equal(size_of(L"\\a"), 3);
}

static void nothing_is_known_while_anything_may_change(void **State)
{
    (void)State;
    FILE_NETWORK_OPEN_INFORMATION After = of_size(7);
    learn(L"\\a", 1, IopNameClock());
    PIOP_NAME Name = begin(L"\\b");
    ULONG64 Before = IopNameClock();
    IopBeginAnyChange(&Volume);
    assert_int_equal(size_of(L"\\a"), -1);
    learn(L"\\a", 2, IopNameClock());
    IopEndChange(&Volume, Name, &After, IopNameClock());
    IopEndAnyChange(&Volume);
    assert_int_equal(size_of(L"\\a"), -1);
    assert_int_equal(size_of(L"\\b"), -1);
    learn(L"\\a", 2, Before);
    assert_int_equal(size_of(L"\\a"), -1);
    learn(L"\\a", 2, IopNameClock());
    assert_int_equal(size_of(L"\\a"), 2);
}

static void what_is_not_there_is_known_until_something_comes(void **State)
{
    (void)State;
    learn(L"\\a", 1, IopNameClock());
    learn_absence(L"\\b", IopNameClock());
    ULONG64 Before = IopNameClock();
    assert_int_equal(size_of(L"\\b"), -2);
    IopNoteNewName(&Volume); // of another name, which has \b as its short one
    assert_int_equal(size_of(L"\\b"), -1);
    assert_int_equal(size_of(L"\\a"), 1);
    learn_absence(L"\\b", Before);
    assert_int_equal(size_of(L"\\b"), -1);
    learn_absence(L"\\b", IopNameClock());
    IopEndChange(&Volume, begin(L"\\b"), nullptr, 0);
    assert_int_equal(size_of(L"\\b"), -1);
}

static void the_table_has_a_limit(void **State)
{
    WCHAR Text[16];
    (void)State;
    PIOP_NAME Changed = begin(L"\\changed");
    ULONG64 Before = IopNameClock();
    IopEndChange(&Volume, begin(L"\\dropped"), nullptr, 0);
    learn(L"\\first", 1, IopNameClock());
    for (ULONG i = 0; i < 2 * MOST; i++) {
        swprintf_s(Text, RTL_NUMBER_OF(Text), L"\\%lu", (unsigned long)i);
        learn(Text, i, IopNameClock());
        assert_int_equal(size_of(L"\\first"), 1); // it is used
    }
    assert_int_equal(size_of(L"\\0"), -1);
    assert_int_equal(size_of(Text), 2 * MOST - 1);
    learn(L"\\dropped", 9, Before); // when it was changed is known all the same
    assert_int_equal(size_of(L"\\dropped"), -1);
    assert_true(IopIsLastChanger(Changed));
    IopEndChange(&Volume, Changed, nullptr, 0);
}

int main(void)
{
#define TEST(Name) cmocka_unit_test_setup_teardown(Name, start, stop)
    const struct CMUnitTest Tests[] = {
        TEST(a_name_is_known_in_any_case_and_on_its_volume),
        TEST(only_whole_names_are_known),
        TEST(what_is_being_changed_is_not_known),
        TEST(an_answer_of_before_a_change_is_not_learned),
        TEST(nothing_is_known_while_anything_may_change),
        TEST(what_is_not_there_is_known_until_something_comes),
        TEST(the_table_has_a_limit),
    };
    return cmocka_run_group_tests(Tests, TestStart, TestStop);
}
