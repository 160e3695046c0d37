// The pure parts of the I/O manager: numbers of objects, share access, patterns of names.
#include "doubles.h"

#include "io/iop.h"

static void numbers_are_not_used_again_soon(void **State)
{
    (void)State;
    IOP_NUMBERS Numbers = {};
    int Object;
    ULONG First, Other;
    assert_success(IopAllocateNumber(&Numbers, &Object, &First));
    assert_int_not_equal(First, 0);
    assert_ptr_equal(IopLookupNumber(&Numbers, First), &Object);
    IopFreeNumber(&Numbers, First);
    assert_null(IopLookupNumber(&Numbers, First));
    for (ULONG i = 0; i < 1000; i++) {
        assert_success(IopAllocateNumber(&Numbers, &Object, &Other));
        assert_int_not_equal(Other, First);
        IopFreeNumber(&Numbers, Other);
    }
    assert_null(IopLookupNumber(&Numbers, First)); // its place has been used again
    assert_null(IopLookupNumber(&Numbers, 0));
    assert_null(IopLookupNumber(&Numbers, 0xFFFFFFFF));
    ExFreePool(Numbers.Entries);
}

static void the_table_of_numbers_grows(void **State)
{
    (void)State;
    enum { COUNT = 5000 };
    static ULONG Given[COUNT];
    static UCHAR Objects[COUNT];
    IOP_NUMBERS Numbers = {};
    for (ULONG i = 0; i < COUNT; i++)
        assert_success(IopAllocateNumber(&Numbers, &Objects[i], &Given[i]));
    for (ULONG i = 0; i < COUNT; i++)
        assert_ptr_equal(IopLookupNumber(&Numbers, Given[i]), &Objects[i]);
    ExFreePool(Numbers.Entries);
}

// ---- Share access

static void openers_must_agree(void **State)
{
    (void)State;
    constexpr ULONG All = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    static const struct {
        ACCESS_MASK First;
        ULONG FirstShare;
        ACCESS_MASK Second;
        ULONG SecondShare;
        NTSTATUS Status;
    } Cases[] = {
        {FILE_READ_DATA, All, FILE_READ_DATA, All, STATUS_SUCCESS},
        {FILE_READ_DATA, 0, FILE_READ_DATA, All, STATUS_SHARING_VIOLATION},
        {FILE_READ_DATA, All, FILE_READ_DATA, 0, STATUS_SHARING_VIOLATION},
        {FILE_READ_DATA, FILE_SHARE_READ, FILE_WRITE_DATA, All, STATUS_SHARING_VIOLATION},
        {FILE_WRITE_DATA, All, FILE_READ_DATA, FILE_SHARE_READ, STATUS_SHARING_VIOLATION},
        {FILE_APPEND_DATA, All, FILE_EXECUTE, FILE_SHARE_WRITE, STATUS_SUCCESS},
        {DELETE, All, FILE_READ_DATA, FILE_SHARE_READ, STATUS_SHARING_VIOLATION},
        {FILE_READ_DATA, FILE_SHARE_READ, DELETE, All, STATUS_SHARING_VIOLATION},
        {FILE_READ_ATTRIBUTES, 0, FILE_READ_DATA, 0, STATUS_SUCCESS},
        {FILE_READ_DATA, 0, FILE_READ_ATTRIBUTES, 0, STATUS_SUCCESS},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        IOP_SHARE Share = {}, Nobody = {};
        FILE_OBJECT First = {}, Second = {};
        assert_success(IopTakeShare(&First, &Share, Cases[i].First, Cases[i].FirstShare));
        NTSTATUS Status = IopTakeShare(&Second, &Share, Cases[i].Second, Cases[i].SecondShare);
        assert_status(Status, Cases[i].Status);
        if (NT_SUCCESS(Status))
            IopReturnShare(&Second, &Share);
        IopReturnShare(&First, &Share);
        assert_memory_equal(&Share, &Nobody, sizeof(Share));
    }
}

// ---- Patterns

static void patterns_match_names(void **State)
{
    (void)State;
    static const struct {
        PCWSTR Pattern, Name;
        BOOLEAN Matches;
    } Cases[] = {
        {L"*", L"anything.txt", TRUE},
        {L"*", L"", TRUE},
        {L"", L"", TRUE},
        {L"", L"a", FALSE},
        {L"A?C", L"abc", TRUE},
        {L"A?C", L"ac", FALSE},
        {L"*.TXT", L"a.b.txt", TRUE},
        {L"*.TXT", L"a.txt.b", FALSE},
        {L"A*B*C", L"axxbyyc", TRUE},
        {L"A*B*C", L"axxcyyb", FALSE},
        {L"<.DLL", L"ntdll.dll", TRUE},
        {L"NTDLL\"DLL", L"ntdll.dll", TRUE},
        {L"*A*A*A*A*A*B", L"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", FALSE},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        UNICODE_STRING Pattern, Name;
        RtlInitUnicodeString(&Pattern, Cases[i].Pattern);
        RtlInitUnicodeString(&Name, Cases[i].Name);
        assert_int_equal(IopMatchesPattern(&Pattern, &Name), Cases[i].Matches);
    }
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(numbers_are_not_used_again_soon),
        cmocka_unit_test(the_table_of_numbers_grows),
        cmocka_unit_test(openers_must_agree),
        cmocka_unit_test(patterns_match_names),
    };
    return cmocka_run_group_tests(Tests, TestStart, TestStop);
}
