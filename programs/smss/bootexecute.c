// Value "BootExecute": programs that run one after the other, before the shell. A line is "autocheck" and a command line, as
// on Windows, or a command line.

#include "smss.h"

static VOID SmssRunBootProgram(PCWSTR Line)
{
    static const WCHAR Keyword[] = L"autocheck ";
    WCHAR Program[MAX_PATH];
    HANDLE Process;
    NTSTATUS ExitStatus;
    if (!_wcsnicmp(Line, Keyword, wcslen(Keyword)))
        Line += wcslen(Keyword);
    SIZE_T Length = wcscspn(Line, L" \t");
    if (!Length || Length >= MAX_PATH)
        return;
    memcpy(Program, Line, Length * sizeof(WCHAR));
    Program[Length] = 0;
    NTSTATUS Status = ProcStart(Program, Line, &Process, nullptr);
    if (NT_SUCCESS(Status))
        Status = ProcWait(Process, &ExitStatus);
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_SMSS_ID, DPFLTR_WARNING_LEVEL, "smss: %ws: status %08lx\n", Line, Status);
}

VOID SmssRunBootPrograms(void)
{
    HANDLE Key;
    PREG_VALUE Value;
    if (!NT_SUCCESS(RegOpen(SMSS_KEY, KEY_QUERY_VALUE, &Key)))
        return;
    for (ULONG i = 0; NT_SUCCESS(RegReadValue(Key, i, &Value)); i++) {
        if (!_wcsicmp(Value->Name, L"BootExecute") && Value->Type == REG_MULTI_SZ) {
            for (PCWSTR Line = Value->Data; *Line; Line += wcslen(Line) + 1)
                SmssRunBootProgram(Line);
        }
        RegFreeValue(Value);
    }
    NtClose(Key);
}

// The Executive has looked for the system volume, and has not found it, or found no system on it.
VOID SmssTellSystemVolume(void)
{
    static const WCHAR Control[] = L"\\Registry\\Machine\\SYSTEM\\CurrentControlSet\\Control";
    HANDLE Key;
    PREG_VALUE Value;
    ULONG Status = 0;
    if (!NT_SUCCESS(RegOpen(Control, KEY_QUERY_VALUE, &Key)))
        return;
    for (ULONG i = 0; NT_SUCCESS(RegReadValue(Key, i, &Value)); i++) {
        if (!_wcsicmp(Value->Name, L"SystemBootStatus") && Value->Type == REG_DWORD)
            memcpy(&Status, Value->Data, sizeof(Status));
        RegFreeValue(Value);
    }
    NtClose(Key);
    if (Status)
        ConPrint(
            L"The system volume cannot be used (status %08lx). The system runs from its boot archive, "
            L"and forgets what is changed in it.\n",
            Status);
}
