// Running the tests and reporting them.

#include "test.h"

enum { TestLine = 400 };

static ULONG TestFailures; // in the test that runs

static VOID TestWrite(PCSTR Text)
{
    WCHAR Wide[TestLine];
    ULONG Size;
    RtlMultiByteToUnicodeN(Wide, sizeof(Wide), &Size, Text, (ULONG)strlen(Text));
    UNICODE_STRING String = {(USHORT)Size, (USHORT)Size, Wide};
    NtDisplayString(&String);
}

static VOID TestFormat(PCSTR Prefix, PCSTR Format, va_list Arguments)
{
    CHAR Line[TestLine];
    size_t Length = strlen(Prefix);
    memcpy(Line, Prefix, Length);
    int Count = _vsnprintf(Line + Length, sizeof(Line) - Length - 2, Format, Arguments);
    if (Count < 0)
        Count = (int)(sizeof(Line) - Length - 2);
    strcpy(Line + Length + Count, "\n");
    TestWrite(Line);
}

static VOID TestPrint(PCSTR Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    TestFormat("", Format, Arguments);
    va_end(Arguments);
}

VOID TestComment(PCSTR Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    TestFormat("# ", Format, Arguments);
    va_end(Arguments);
}

VOID TestMeasured(PCSTR Name, ULONGLONG Value, PCSTR Unit)
{
    TestPrint("bench %s %llu %s", Name, Value, Unit);
}

VOID TestFail(PCSTR File, int Line, PCSTR Format, ...)
{
    CHAR Place[96];
    _snprintf(Place, sizeof(Place) - 1, "# %s:%d: ", File, Line);
    Place[sizeof(Place) - 1] = 0;
    va_list Arguments;
    va_start(Arguments, Format);
    TestFormat(Place, Format, Arguments);
    va_end(Arguments);
    __atomic_add_fetch(&TestFailures, 1, __ATOMIC_RELAXED);
}

BOOLEAN TestCheck(BOOLEAN Passed, PCSTR Text, PCSTR File, int Line)
{
    if (!Passed)
        TestFail(File, Line, "%s", Text);
    return Passed;
}

BOOLEAN TestCheckStatus(NTSTATUS Actual, NTSTATUS Expected, PCSTR Call, PCSTR ExpectedText,
                        PCSTR File, int Line)
{
    if (Actual != Expected)
        TestFail(File, Line, "%s gave %08lx, not %s (%08lx)", Call, Actual, ExpectedText, Expected);
    return Actual == Expected;
}

BOOLEAN TestCheckEqual(ULONGLONG Actual, ULONGLONG Expected, PCSTR ActualText, PCSTR ExpectedText,
                       PCSTR File, int Line)
{
    if (Actual != Expected)
        TestFail(File, Line, "%s is 0x%llx, not %s (0x%llx)", ActualText, Actual, ExpectedText,
                 Expected);
    return Actual == Expected;
}

// An exception that a test does not handle fails that test only.
static LONG TestReportException(PEXCEPTION_POINTERS Pointers)
{
    PEXCEPTION_RECORD Record = Pointers->ExceptionRecord;
    PVOID Base;
    RtlPcToFileHeader(Record->ExceptionAddress, &Base);
    TestFail(__FILE__, __LINE__, "exception %08lx at %p (image + %llx), %llx %llx",
             Record->ExceptionCode, Record->ExceptionAddress,
             (ULONGLONG)((PUCHAR)Record->ExceptionAddress - (PUCHAR)Base),
             (ULONGLONG)Record->ExceptionInformation[0],
             (ULONGLONG)Record->ExceptionInformation[1]);
    return EXCEPTION_EXECUTE_HANDLER;
}

static VOID TestRun(const TEST *Test, ULONG Number)
{
    TestFailures = 0;
    __try {
        Test->Run();
    } __except (TestReportException(GetExceptionInformation())) {
    }
    TestPrint("%sok %lu - %s", TestFailures ? "not " : "", Number, Test->Name);
}

static const TEST_CHILD *TestFindChild(PCWSTR Line, PCWSTR *Argument)
{
    for (ULONG i = 0; i < TestSuite.ChildCount; i++) {
        SIZE_T Length = wcslen(TestSuite.Children[i].Name);
        if (wcsncmp(Line, TestSuite.Children[i].Name, Length) ||
            (Line[Length] && Line[Length] != L' '))
            continue;
        *Argument = Line[Length] ? Line + Length + 1 : L"";
        return &TestSuite.Children[i];
    }
    return nullptr;
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    PCWSTR Argument;
    PCWSTR Line = Peb->ProcessParameters->CommandLine.Buffer;
    const TEST_CHILD *Child = TestFindChild(Line ? Line : L"", &Argument);
    if (Child)
        RtlExitUserProcess(Child->Run(Argument));

    for (ULONG i = 0; i < TestSuite.TestCount; i++)
        TestRun(&TestSuite.Tests[i], i + 1);
    TestPrint("1..%lu", TestSuite.TestCount);
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_SHUTDOWN_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    NtShutdownSystem(ShutdownPowerOff);
    NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
}
