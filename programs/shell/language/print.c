// What the shell writes.

#include "languagep.h"

static VOID ShpPrintList(ULONG Stream, PCWSTR Format, va_list Arguments)
{
    va_list Again;
    va_copy(Again, Arguments);
    int Length = _vscwprintf(Format, Again);
    va_end(Again);
    if (Length <= 0)
        return;
    PWSTR Text = SysAllocate(((SIZE_T)Length + 1) * sizeof(WCHAR));
    _vsnwprintf(Text, (SIZE_T)Length + 1, Format, Arguments);
    SysWrite(Stream, Text, (SIZE_T)Length);
    SysFree(Text);
}

VOID ShPrint(PCWSTR Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    ShpPrintList(SysOutput, Format, Arguments);
    va_end(Arguments);
}

VOID ShPrintError(PCWSTR Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    ShpPrintList(SysError, Format, Arguments);
    va_end(Arguments);
}

ULONG ShReportStatus(PCWSTR What, NTSTATUS Status)
{
    SIZE_T Length = wcslen(What);
    if (Length)
        ShPrintError(What[Length - 1] == L':' ? L"%ws " : L"%ws: ",
                     What); // a drive has a colon of its own
    ShPrintError(L"%ws\n", SysStatusText(Status));
    return 1;
}

VOID ShShowUsage(const SHELL_COMMAND *Command)
{
    ShPrint(L"%ws\n\n%ws%ws%ws\n", Command->Help, Command->Name, *Command->Arguments ? L" " : L"",
            Command->Arguments);
}

VOID ShFormatDate(const TIME_FIELDS *Time, PSH_TEXT Text)
{
    ShAppendFormat(Text, L"%04d-%02d-%02d", Time->Year, Time->Month, Time->Day);
}

VOID ShFormatTime(const TIME_FIELDS *Time, PSH_TEXT Text)
{
    ShAppendFormat(Text, L"%02d:%02d:%02d.%02d", Time->Hour, Time->Minute, Time->Second,
                   Time->Milliseconds / 10);
}

// ---- The prompt: the variable PROMPT, with $ codes

static VOID ShpAppendDirectory(PSH_TEXT Text)
{
    SysCurrentDirectory(Text);
}

static VOID ShpAppendDrive(PSH_TEXT Text)
{
    SH_TEXT Directory = {};
    SysCurrentDirectory(&Directory);
    ShAppend(Text, ShString(&Directory), min(Directory.Length, 1));
    ShFreeText(&Directory);
}

static VOID ShpAppendDate(PSH_TEXT Text)
{
    TIME_FIELDS Now;
    SysLocalTime(&Now);
    ShFormatDate(&Now, Text);
}

static VOID ShpAppendTime(PSH_TEXT Text)
{
    TIME_FIELDS Now;
    SysLocalTime(&Now);
    ShFormatTime(&Now, Text);
}

static VOID ShpAppendPushed(PSH_TEXT Text)
{
    for (ULONG i = SysPushedDirectories(); i; i--)
        ShAppendCharacter(Text, L'+');
}

static const struct {
    WCHAR Code;
    PCWSTR Text;
    VOID (*Append)(PSH_TEXT Text); // or null
} ShpPromptCodes[] = {
    {L'a', L"&", nullptr},       {L'b', L"|", nullptr},           {L'c', L"(", nullptr},
    {L'd', L"", ShpAppendDate},  {L'e', L"\x1B", nullptr},        {L'f', L")", nullptr},
    {L'g', L">", nullptr},       {L'h', L"\b \b", nullptr},       {L'l', L"<", nullptr},
    {L'm', L"", nullptr}, // no drive is another machine's
    {L'n', L"", ShpAppendDrive}, {L'p', L"", ShpAppendDirectory}, {L'q', L"=", nullptr},
    {L's', L" ", nullptr},       {L't', L"", ShpAppendTime},      {L'v', L"Proteus", nullptr},
    {L'_', L"\n", nullptr},      {L'+', L"", ShpAppendPushed},    {L'$', L"$", nullptr},
};

static VOID ShpAppendPromptCode(WCHAR Code, PSH_TEXT Text)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(ShpPromptCodes); i++) {
        if (ShpPromptCodes[i].Code != towlower(Code))
            continue;
        ShAppendString(Text, ShpPromptCodes[i].Text);
        if (ShpPromptCodes[i].Append)
            ShpPromptCodes[i].Append(Text);
    }
}

VOID ShpAppendPrompt(PSH_TEXT Text)
{
    SH_TEXT Format = {};
    if (!SysGetVariable(L"PROMPT", &Format))
        ShAppendString(&Format, L"$P$G");
    for (PCWSTR At = ShString(&Format); *At; At++) {
        if (*At == L'$' && At[1])
            ShpAppendPromptCode(*++At, Text);
        else
            ShAppendCharacter(Text, *At);
    }
    ShFreeText(&Format);
}
