// The environment.

#include "suite.h"

static WCHAR Buffer[200];

static NTSTATUS Query(PVOID Environment, PCWSTR Name, PUNICODE_STRING Value)
{
    UNICODE_STRING NameString;
    RtlInitUnicodeString(&NameString, Name);
    *Value = (UNICODE_STRING){.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    return RtlQueryEnvironmentVariable_U(Environment, &NameString, Value);
}

static NTSTATUS Set(PVOID *Environment, PCWSTR Name, PCWSTR Value)
{
    UNICODE_STRING NameString, ValueString;
    RtlInitUnicodeString(&NameString, Name);
    RtlInitUnicodeString(&ValueString, Value);
    return RtlSetEnvironmentVariable(Environment, &NameString, Value ? &ValueString : nullptr);
}

VOID TestEnvironmentSet(void)
{
    UNICODE_STRING Value;
    CHECK_STATUS(Set(nullptr, L"RtlTest", L"one"), STATUS_SUCCESS);
    CHECK_STATUS(Query(nullptr, L"rtltest", &Value), STATUS_SUCCESS); // case does not matter
    CHECK(RtlIsText(&Value, L"one"));
    CHECK_STATUS(Set(nullptr, L"RTLTEST", L"a longer value"), STATUS_SUCCESS);
    CHECK_STATUS(Query(nullptr, L"RtlTest", &Value), STATUS_SUCCESS);
    CHECK(RtlIsText(&Value, L"a longer value"));
    CHECK_STATUS(Set(nullptr, L"RtlTest", nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Query(nullptr, L"RtlTest", &Value), STATUS_VARIABLE_NOT_FOUND);
}

VOID TestEnvironmentMissing(void)
{
    UNICODE_STRING Value;
    CHECK_STATUS(Query(nullptr, L"NotThere", &Value), STATUS_VARIABLE_NOT_FOUND);
    CHECK_STATUS(Query(nullptr, L"", &Value), STATUS_VARIABLE_NOT_FOUND);
    CHECK(!NT_SUCCESS(Set(nullptr, L"a=b", L"value")));
}

VOID TestEnvironmentSmallBuffer(void)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"RtlTest"), Value = {0, 6, Buffer};
    CHECK_STATUS(Set(nullptr, L"RtlTest", L"0123456789"), STATUS_SUCCESS);
    CHECK_STATUS(RtlQueryEnvironmentVariable_U(nullptr, &Name, &Value), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQUAL(Value.Length, 20); // what it needs
    SIZE_T Length = 0;
    CHECK_STATUS(RtlQueryEnvironmentVariable(nullptr, L"RtlTest", 7, Buffer, 11, &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Length, 10);
    CHECK_STATUS(RtlQueryEnvironmentVariable(nullptr, L"RtlTest", 7, Buffer, 5, &Length),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_EQUAL(Length, 11); // with its end
    CHECK_STATUS(Set(nullptr, L"RtlTest", nullptr), STATUS_SUCCESS);
}

VOID TestEnvironmentClone(void)
{
    PVOID Copy, Empty;
    UNICODE_STRING Value;
    CHECK_STATUS(Set(nullptr, L"RtlTest", L"here"), STATUS_SUCCESS);
    REQUIRE_STATUS(RtlCreateEnvironment(TRUE, &Copy), STATUS_SUCCESS);
    REQUIRE_STATUS(RtlCreateEnvironment(FALSE, &Empty), STATUS_SUCCESS);
    CHECK_STATUS(Set(nullptr, L"RtlTest", nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Query(Copy, L"RtlTest", &Value), STATUS_SUCCESS);
    CHECK_STATUS(Query(Empty, L"RtlTest", &Value), STATUS_VARIABLE_NOT_FOUND);
    CHECK_STATUS(Set(&Empty, L"Only", L"this"), STATUS_SUCCESS);
    CHECK_STATUS(Query(Empty, L"Only", &Value), STATUS_SUCCESS);
    CHECK_STATUS(RtlDestroyEnvironment(Copy), STATUS_SUCCESS);
    CHECK_STATUS(RtlDestroyEnvironment(Empty), STATUS_SUCCESS);
}

VOID TestEnvironmentExpand(void)
{
    UNICODE_STRING Source = RTL_CONSTANT_STRING(L"<%RtlTest%> %NotThere% 100%");
    UNICODE_STRING Target = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    ULONG Length = 0;
    CHECK_STATUS(Set(nullptr, L"RtlTest", L"value"), STATUS_SUCCESS);
    CHECK_STATUS(RtlExpandEnvironmentStrings_U(nullptr, &Source, &Target, &Length), STATUS_SUCCESS);
    CHECK(RtlIsText(&Target, L"<value> %NotThere% 100%"));
    CHECK_EQUAL(Length, Target.Length + sizeof(WCHAR));
    Target.MaximumLength = 10;
    CHECK_STATUS(RtlExpandEnvironmentStrings_U(nullptr, &Source, &Target, &Length),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(Set(nullptr, L"RtlTest", nullptr), STATUS_SUCCESS);
}

VOID TestEnvironmentMany(void)
{
    enum { Variables = 200 };
    PVOID Environment;
    UNICODE_STRING Value;
    WCHAR Name[20];
    REQUIRE_STATUS(RtlCreateEnvironment(FALSE, &Environment), STATUS_SUCCESS);
    for (int i = 0; i < Variables; i++) {
        _snwprintf(Name, RTL_NUMBER_OF(Name), L"V%d", i * 77 % Variables);
        REQUIRE_STATUS(Set(&Environment, Name, L"some value that takes room"), STATUS_SUCCESS);
    }
    for (int i = 0; i < Variables; i++) {
        _snwprintf(Name, RTL_NUMBER_OF(Name), L"v%d", i);
        CHECK_STATUS(Query(Environment, Name, &Value), STATUS_SUCCESS);
    }
    RtlDestroyEnvironment(Environment);
}
