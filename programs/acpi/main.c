// acpi: the firmware's tables, the tree of its devices, the value of an object.
#include "acpi.h"

VOID NtProcessStartup(PPEB Peb);

enum { AcpiMaximumWords = 10, AcpiMaximumArguments = 7 };

static NTSTATUS Usage(void)
{
    ConPrint(L"Shows what the firmware tells.\n\n"
             L"acpi [tables]          lists the firmware's tables\n"
             L"acpi dump TABLE        shows a table's bytes\n"
             L"acpi battery           shows the batteries\n"
             L"acpi buttons           lists the buttons and lids\n"
             L"acpi wait DEVICE       waits until that button is pressed\n"
             L"acpi thermal           shows the thermal zones\n"
             L"acpi tree              lists the devices of the namespace\n"
             L"acpi eval PATH [N ...] evaluates an object, a method with numbers as arguments\n");
    return STATUS_INVALID_PARAMETER;
}

static NTSTATUS Evaluate(PWSTR *Words, ULONG Count)
{
    ULONG64 Arguments[AcpiMaximumArguments];
    if (Count < 1 || Count - 1 > AcpiMaximumArguments)
        return Usage();
    for (ULONG i = 1; i < Count; i++) {
        UNICODE_STRING Text;
        LONGLONG Number;
        PWSTR End;
        RtlInitUnicodeString(&Text, Words[i]);
        NTSTATUS Status = RtlUnicodeStringToInt64(&Text, 0, &Number, &End);
        if (!NT_SUCCESS(Status) || *End)
            return Usage();
        Arguments[i - 1] = (ULONG64)Number;
    }
    return AcpiShowValue(Words[0], Arguments, Count - 1);
}

static NTSTATUS Run(PWSTR *Words, ULONG Count)
{
    if (Count <= 1 || (Count == 2 && _wcsicmp(Words[1], L"tables") == 0))
        return AcpiShowTables();
    if (Count == 2 && _wcsicmp(Words[1], L"battery") == 0)
        return AcpiShowBatteries();
    if (Count == 2 && _wcsicmp(Words[1], L"buttons") == 0)
        return AcpiShowButtons();
    if (Count == 3 && _wcsicmp(Words[1], L"wait") == 0)
        return AcpiWaitForButton(Words[2]);
    if (Count == 2 && _wcsicmp(Words[1], L"thermal") == 0)
        return AcpiShowThermal();
    if (Count == 3 && _wcsicmp(Words[1], L"dump") == 0)
        return AcpiDumpTable(Words[2]);
    if (Count == 2 && _wcsicmp(Words[1], L"tree") == 0)
        return AcpiShowTree();
    if (_wcsicmp(Words[1], L"eval") == 0)
        return Evaluate(Words + 2, Count - 2);
    return Usage();
}

VOID NtProcessStartup(PPEB Peb)
{
    static WCHAR Line[2048];
    PWSTR Words[AcpiMaximumWords];
    UNICODE_STRING CommandLine = Peb->ProcessParameters->CommandLine;
    ULONG Chars = min(CommandLine.Length / sizeof(WCHAR), RTL_NUMBER_OF(Line) - 1);
    memcpy(Line, CommandLine.Buffer, Chars * sizeof(WCHAR));
    NTSTATUS Status = Run(Words, ConSplitWords(Line, Words, AcpiMaximumWords));
    if (ConAsksForHelp(&CommandLine)) // Run has shown it
        Status = STATUS_SUCCESS;
    if (!NT_SUCCESS(Status) && Status != STATUS_INVALID_PARAMETER)
        ConPrint(L"acpi: %ws\n", StatusText(Status));
    NtTerminateProcess(NtCurrentProcess(), Status);
}
