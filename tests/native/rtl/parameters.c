// Process parameters.

#include "suite.h"

VOID TestOwnParameters(void)
{
    PRTL_USER_PROCESS_PARAMETERS Parameters = NtCurrentPeb()->ProcessParameters;
    REQUIRE(Parameters);
    CHECK(Parameters->Flags & RTL_USER_PROC_PARAMS_NORMALIZED);
    CHECK(Parameters->ImagePathName.Length);
    CHECK(Parameters->Environment);
    CHECK(NtCurrentPeb()->ImageBaseAddress);
    CHECK(RtlImageNtHeader(NtCurrentPeb()->ImageBaseAddress));
}

VOID TestMakeParameters(void)
{
    UNICODE_STRING Image = RTL_CONSTANT_STRING(L"\\??\\C:\\program.exe");
    UNICODE_STRING Line = RTL_CONSTANT_STRING(L"program with arguments");
    PRTL_USER_PROCESS_PARAMETERS Parameters;
    REQUIRE_STATUS(RtlCreateProcessParametersEx(&Parameters, &Image, nullptr, nullptr, &Line,
                                                nullptr, nullptr, nullptr, nullptr, nullptr, 0),
                   STATUS_SUCCESS);
    CHECK(!(Parameters->Flags & RTL_USER_PROC_PARAMS_NORMALIZED));
    CHECK((ULONG_PTR)Parameters->CommandLine.Buffer < Parameters->Length); // a distance
    CHECK(RtlNormalizeProcessParams(Parameters) == Parameters);
    CHECK(RtlIsText(&Parameters->CommandLine, L"program with arguments"));
    CHECK(RtlIsText(&Parameters->ImagePathName, L"\\??\\C:\\program.exe"));
    RtlDeNormalizeProcessParams(Parameters);
    CHECK((ULONG_PTR)Parameters->CommandLine.Buffer < Parameters->Length);
    CHECK_STATUS(RtlDestroyProcessParameters(Parameters), STATUS_SUCCESS);
}

NTSTATUS ChildParameters(PCWSTR Argument)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"RtlChild");
    WCHAR Buffer[20];
    UNICODE_STRING Value = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    if (wcscmp(Argument, L"first second"))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = RtlQueryEnvironmentVariable_U(nullptr, &Name, &Value);
    if (!NT_SUCCESS(Status))
        return Status;
    return Value.Length == 4 * sizeof(WCHAR) && !wcsncmp(Buffer, L"told", 4) ? STATUS_WAIT_1
                                                                             : STATUS_UNSUCCESSFUL;
}

VOID TestChildParameters(void)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"RtlChild"), Value = RTL_CONSTANT_STRING(L"told");
    RTL_USER_PROCESS_INFORMATION Child;
    REQUIRE_STATUS(RtlSetEnvironmentVariable(nullptr, &Name, &Value), STATUS_SUCCESS);
    REQUIRE_STATUS(TestStartChild(L"parameters", L"first second", FALSE, FALSE, &Child),
                   STATUS_SUCCESS);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_WAIT_1);
    RtlSetEnvironmentVariable(nullptr, &Name, nullptr);
}
