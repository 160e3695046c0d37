// Windows error codes for status codes. The source is included, so that its table can be seen.
#include "test.h"

#include <error/doserror.c>

static void the_table_is_sorted(void **state)
{
    (void)state;
    for (ULONG Index = 1; Index < RTL_NUMBER_OF(Translations); Index++)
        assert_true(Translations[Index - 1].Status < Translations[Index].Status);
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Translations); Index++)
        assert_int_equal(RtlNtStatusToDosErrorNoTeb((NTSTATUS)Translations[Index].Status),
                         Translations[Index].Error);
}

static void known_codes(void **state)
{
    (void)state;
    static const struct {
        NTSTATUS Status;
        ULONG Error;
    } Cases[] = {
        {STATUS_SUCCESS, ERROR_SUCCESS},
        {STATUS_ACCESS_DENIED, 5},
        {STATUS_OBJECT_NAME_NOT_FOUND, 2},
        {STATUS_OBJECT_PATH_NOT_FOUND, 3},
        {STATUS_INVALID_HANDLE, 6},
        {STATUS_NO_MEMORY, 8},
        {STATUS_BUFFER_TOO_SMALL, 122},
        {STATUS_BUFFER_OVERFLOW, 234},
        {STATUS_NO_MORE_FILES, 18},
        {STATUS_PENDING, 997},
        {STATUS_TIMEOUT, 1460},
        {STATUS_DLL_NOT_FOUND, 126},
        {STATUS_ENTRYPOINT_NOT_FOUND, 127},
        {STATUS_INVALID_IMAGE_FORMAT, 193},
        {STATUS_KEY_DELETED, 1018},
        {STATUS_BREAKPOINT, 0x80000003},
        {(NTSTATUS)0xE0001234, 0xE0001234},             // an application's own
        {(NTSTATUS)0xC0070057, 87},                     // made from a Windows error
        {(NTSTATUS)0x80070057, 87},                     // the same as an HRESULT
        {(NTSTATUS)0xD0000022, 5},                      // a status made an HRESULT
        {(NTSTATUS)0xC0FFFFFF, ERROR_MR_MID_NOT_FOUND}, // unknown
    };
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Cases); Index++)
        assert_int_equal(RtlNtStatusToDosErrorNoTeb(Cases[Index].Status), Cases[Index].Error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sorted),
        cmocka_unit_test(known_codes),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
