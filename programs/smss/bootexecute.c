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
        SmssComplain(Line, Status);
}

VOID SmssRunBootPrograms(void)
{
    PREG_VALUE Value;
    if (!NT_SUCCESS(RegFindValue(SMSS_KEY, L"BootExecute", &Value)))
        return;
    if (Value->Type == REG_MULTI_SZ) {
        for (PCWSTR Line = Value->Data; *Line; Line += wcslen(Line) + 1)
            SmssRunBootProgram(Line);
    }
    RegFreeValue(Value);
}

// The Executive has looked for the system volume, and has not found it, or found no system on it.
VOID SmssTellSystemVolume(void)
{
    static const WCHAR Control[] = L"\\Registry\\Machine\\SYSTEM\\CurrentControlSet\\Control";
    PREG_VALUE Value;
    ULONG Status = 0;
    if (!NT_SUCCESS(RegFindValue(Control, L"SystemBootStatus", &Value)))
        return;
    if (Value->Type == REG_DWORD)
        memcpy(&Status, Value->Data, sizeof(Status));
    RegFreeValue(Value);
    if (Status)
        ConPrint(
            L"The system volume cannot be used (status %08lx). The system runs from its boot archive, "
            L"and forgets what is changed in it.\n",
            Status);
}
