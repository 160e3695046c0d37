// date and time: shown, asked for, set.

#include "shell.h"

static BOOLEAN ShellIsPlain(const SH_WORDS *Words)
{
    return Words->Count && ShIsSwitch(Words->Values[0], L"t", nullptr);
}

// Numbers up to the separators that are allowed; how many, or 0 when there is anything else.
static ULONG ShellParseNumbers(PCWSTR Text, PCWSTR Separators, PULONG Numbers, ULONG Most)
{
    ULONG Count = 0;
    while (*Text == L' ')
        Text++;
    while (Count < Most && *Text >= L'0' && *Text <= L'9') {
        ULONG Value = 0;
        for (ULONG Digits = 0; *Text >= L'0' && *Text <= L'9'; Text++) {
            if (++Digits > 4)
                return 0;
            Value = 10 * Value + (*Text - L'0');
        }
        Numbers[Count++] = Value;
        if (!*Text || !wcschr(Separators, *Text))
            break;
        Text++;
    }
    while (*Text == L' ')
        Text++;
    return *Text ? 0 : Count;
}

static BOOLEAN ShellParseDate(PCWSTR Text, PTIME_FIELDS Time)
{
    ULONG Numbers[3];
    if (ShellParseNumbers(Text, L"-/.", Numbers, 3) != 3)
        return FALSE;
    ULONG Year = Numbers[0] < 80 ? Numbers[0] + 2000 : Numbers[0];
    Time->Year = (CSHORT)(Year < 100 ? Year + 1900 : Year);
    Time->Month = (CSHORT)Numbers[1];
    Time->Day = (CSHORT)Numbers[2];
    return Time->Year >= 1980 && Time->Year < 2100;
}

static BOOLEAN ShellParseTime(PCWSTR Text, PTIME_FIELDS Time)
{
    ULONG Numbers[4] = {};
    if (!ShellParseNumbers(Text, L":.,", Numbers, 4) || Numbers[3] > 99)
        return FALSE;
    Time->Hour = (CSHORT)Numbers[0];
    Time->Minute = (CSHORT)Numbers[1];
    Time->Second = (CSHORT)Numbers[2];
    Time->Milliseconds = (CSHORT)(Numbers[3] * 10);
    return TRUE;
}

typedef struct _SHELL_CLOCK {
    PCWSTR Name, Form;
    VOID (*Show)(const TIME_FIELDS *Time, PSH_TEXT Text);
    BOOLEAN (*Parse)(PCWSTR Text, PTIME_FIELDS Time);
} SHELL_CLOCK;

static VOID ShellShowDate(const TIME_FIELDS *Time, PSH_TEXT Text)
{
    static const PCWSTR Days[] = {L"Sun", L"Mon", L"Tue", L"Wed", L"Thu", L"Fri", L"Sat"};
    ShAppendFormat(Text, L"%ws ", Days[(ULONG)Time->Weekday % RTL_NUMBER_OF(Days)]);
    ShFormatDate(Time, Text);
}

// STATUS_INVALID_PARAMETER: no such date or time.
static NTSTATUS ShellSetClock(const SHELL_CLOCK *Clock, PCWSTR Text)
{
    TIME_FIELDS Time;
    SysLocalTime(&Time); // what is not said stays
    return Clock->Parse(Text, &Time) ? SysSetLocalTime(&Time) : STATUS_INVALID_PARAMETER;
}

static VOID ShellShowClock(const SHELL_CLOCK *Clock, PCWSTR Front)
{
    TIME_FIELDS Time;
    SH_TEXT Text = {};
    SysLocalTime(&Time);
    Clock->Show(&Time, &Text);
    ShPrint(L"%ws%ws\n", Front, ShString(&Text));
    ShFreeText(&Text);
}

static ULONG ShellReportClock(const SHELL_CLOCK *Clock, NTSTATUS Status)
{
    if (NT_SUCCESS(Status))
        return 0;
    if (Status != STATUS_INVALID_PARAMETER)
        return ShReportStatus(Clock->Name, Status);
    ShPrintError(L"The system cannot accept the %ws entered.\n", Clock->Name);
    return 1;
}

// Nothing entered: nothing is changed. What cannot be is asked for again.
static ULONG ShellAskClock(const SHELL_CLOCK *Clock)
{
    ULONG Result;
    do {
        SH_TEXT Line = {};
        ShPrint(L"Enter the new %ws: %ws", Clock->Name, Clock->Form);
        NTSTATUS Status = SysReadLine(&Line);
        Result = 0;
        if (NT_SUCCESS(Status) && Line.Length)
            Result = ShellReportClock(Clock, ShellSetClock(Clock, ShString(&Line)));
        ShFreeText(&Line);
    } while (Result);
    return 0;
}

static ULONG ShellDoClock(const SHELL_CLOCK *Clock, PCWSTR Current, const SH_WORDS *Words)
{
    if (Words->Count > 1)
        return ShWrongUsage;
    if (ShellIsPlain(Words)) {
        ShellShowClock(Clock, L"");
        return 0;
    }
    if (Words->Count && Words->Values[0][0] == L'/')
        return ShWrongUsage;
    if (Words->Count)
        return ShellReportClock(Clock, ShellSetClock(Clock, Words->Values[0]));
    ShellShowClock(Clock, Current);
    return ShellAskClock(Clock);
}

ULONG ShellDoDate(PSHELL Shell, const SH_WORDS *Words)
{
    static const SHELL_CLOCK Date = {L"date", L"(yy-mm-dd) ", ShellShowDate, ShellParseDate};
    UNREFERENCED_PARAMETER(Shell);
    return ShellDoClock(&Date, L"The current date is: ", Words);
}

ULONG ShellDoTime(PSHELL Shell, const SH_WORDS *Words)
{
    static const SHELL_CLOCK Time = {L"time", L"", ShFormatTime, ShellParseTime};
    UNREFERENCED_PARAMETER(Shell);
    return ShellDoClock(&Time, L"The current time is: ", Words);
}
