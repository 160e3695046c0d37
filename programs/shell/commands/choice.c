// choice, timeout: keys, and time that passes without one.

#include "shell.h"

enum { ShellNoChoice = 255 }; // the exit code of an error

typedef struct _SHELL_CHOICE {
    PCWSTR Keys, Text; // Text may be null
    BOOLEAN Silent, Cased;
    LONG Seconds; // negative: for ever
    WCHAR Default;
} SHELL_CHOICE;

// A switch and its value, in one word or two.
static PCWSTR ShellSwitchValue(const SH_WORDS *Words, PULONG Index, PCWSTR Name)
{
    PCWSTR Value;
    if (!ShIsSwitch(Words->Values[*Index], Name, &Value))
        return nullptr;
    if (!*Value && *Index + 1 < Words->Count)
        Value = Words->Values[++*Index];
    return Value;
}

static BOOLEAN ShellParseSeconds(PCWSTR Text, LONG Least, PLONG Seconds)
{
    return ShParseNumber(Text, Seconds) && *Seconds >= Least && *Seconds <= 99999;
}

static BOOLEAN ShellParseChoice(const SH_WORDS *Words, SHELL_CHOICE *Choice)
{
    *Choice = (SHELL_CHOICE){.Keys = L"YN", .Seconds = -1};
    for (ULONG i = 0; i < Words->Count; i++) {
        PCWSTR Value;
        if (ShIsSwitch(Words->Values[i], L"cs", nullptr))
            Choice->Cased = TRUE;
        else if (ShIsSwitch(Words->Values[i], L"n", nullptr))
            Choice->Silent = TRUE;
        else if ((Value = ShellSwitchValue(Words, &i, L"c")) != nullptr)
            Choice->Keys = Value;
        else if ((Value = ShellSwitchValue(Words, &i, L"m")) != nullptr)
            Choice->Text = Value;
        else if ((Value = ShellSwitchValue(Words, &i, L"d")) != nullptr)
            Choice->Default = *Value;
        else if ((Value = ShellSwitchValue(Words, &i, L"t")) == nullptr ||
                 !ShellParseSeconds(Value, 0, &Choice->Seconds))
            return FALSE;
    }
    // A default and a time go together.
    return *Choice->Keys && (Choice->Seconds >= 0) == (Choice->Default != 0);
}

// Counted from 1; 0: it is none.
static ULONG ShellFindChoice(const SHELL_CHOICE *Choice, WCHAR Key)
{
    for (ULONG i = 0; Choice->Keys[i]; i++) {
        if (Choice->Cased ? Choice->Keys[i] == Key : towupper(Choice->Keys[i]) == towupper(Key))
            return i + 1;
    }
    return 0;
}

static WCHAR ShellShownKey(const SHELL_CHOICE *Choice, ULONG Index)
{
    return Choice->Cased ? Choice->Keys[Index] : (WCHAR)towupper(Choice->Keys[Index]);
}

static VOID ShellShowChoice(const SHELL_CHOICE *Choice)
{
    if (Choice->Text)
        ShPrint(L"%ws ", Choice->Text);
    for (ULONG i = 0; Choice->Keys[i] && !Choice->Silent; i++)
        ShPrint(L"%lc%lc", i ? L',' : L'[', ShellShownKey(Choice, i));
    if (!Choice->Silent)
        ShPrint(L"]?");
}

ULONG ShellDoChoice(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_CHOICE Choice;
    ULONG Index = 0;
    UNREFERENCED_PARAMETER(Shell);
    if (!ShellParseChoice(Words, &Choice) ||
        (Choice.Default && !ShellFindChoice(&Choice, Choice.Default))) {
        ShPrintError(L"usage: choice [/c keys] [/n] [/cs] [/t seconds /d key] [/m text]\n");
        return ShellNoChoice;
    }
    ShellShowChoice(&Choice);
    while (!Index) {
        WCHAR Key = 0;
        NTSTATUS Status = SysReadKeyWithin(Choice.Seconds, &Key);
        if (Status == STATUS_TIMEOUT)
            Key = Choice.Default;
        else if (!NT_SUCCESS(Status))
            return ShellNoChoice;
        if (Key == 3) // Ctrl-C
            return 0;
        Index = ShellFindChoice(&Choice, Key);
        if (!Index)
            ShPrint(L"\a");
    }
    ShPrint(L"%lc\n", ShellShownKey(&Choice, Index - 1));
    return Index;
}

// ---- timeout

static LONGLONG ShellSeconds(void)
{
    return (LONGLONG)(RtlpReadSharedTime(&SharedUserData->InterruptTime) / 10'000'000);
}

// Of those that are left; negative: of many. FALSE: Ctrl-C, or with a key that counts, any.
static BOOLEAN ShellPassSecond(LONG Left, BOOLEAN Unbroken)
{
    WCHAR Key = 0;
    PCWSTR Which = Unbroken ? L"Ctrl-C to quit" : L"a key to continue";
    if (Left < 0)
        ShPrint(L"\rPress %ws ... \x1B[K", Which);
    else
        ShPrint(L"\rWaiting for %ld seconds, press %ws ... \x1B[K", Left, Which);
    if (!SysIsConsole(SysInput)) {
        LARGE_INTEGER Second = {.QuadPart = -10'000'000};
        return NT_SUCCESS(NtDelayExecution(FALSE, &Second)) && !SysIsInterrupted();
    }
    NTSTATUS Status = SysReadKeyWithin(1, &Key);
    return Status == STATUS_TIMEOUT || (NT_SUCCESS(Status) && Unbroken && Key != 3);
}

ULONG ShellDoTimeout(PSHELL Shell, const SH_WORDS *Words)
{
    LONG Seconds = -2;
    BOOLEAN Unbroken = FALSE;
    for (ULONG i = 0; i < Words->Count; i++) {
        PCWSTR Value = Words->Values[i];
        if (ShIsSwitch(Value, L"nobreak", nullptr)) {
            Unbroken = TRUE;
            continue;
        }
        if (*Value == L'/' && (Value = ShellSwitchValue(Words, &i, L"t")) == nullptr)
            return ShWrongUsage;
        if (!ShellParseSeconds(Value, -1, &Seconds))
            return ShWrongUsage;
    }
    if (Seconds < -1)
        return ShWrongUsage;
    LONGLONG End = ShellSeconds() + Seconds;
    LONG Left = Seconds;
    while (Left && !ShIsInterrupted(Shell) && ShellPassSecond(Left, Unbroken)) {
        if (Seconds > 0)
            Left = (LONG)max(End - ShellSeconds(), 0);
    }
    ShPrint(L"\n");
    return ShIsInterrupted(Shell);
}
