// Commands about the terminal, by its control sequences (ECMA-48), and ver.

#include "shell.h"

VOID ShellClearScreen(void)
{
    ShPrint(L"\x1B[2J\x1B[H");
}

ULONG ShellDoCls(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    if (Words->Count)
        return ShWrongUsage;
    ShellClearScreen();
    return 0;
}

ULONG ShellDoTitle(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Shell);
    while (*Tail == L' ')
        Tail++;
    ShPrint(L"\x1B]0;%ws\a", Tail);
    return 0;
}

// The digits are bits: 1 blue, 2 green, 4 red, 8 bright; a terminal counts red, green, blue.
static ULONG ShellTerminalColour(WCHAR Digit, ULONG Normal, ULONG Bright)
{
    static const UCHAR Colours[] = {0, 4, 2, 6, 1, 5, 3, 7};
    ULONG Value = Digit <= L'9' ? (ULONG)(Digit - L'0') : (ULONG)((Digit | 0x20) - L'a' + 10);
    return Colours[Value & 7] + (Value & 8 ? Bright : Normal);
}

ULONG ShellSetColours(PCWSTR Digits, SIZE_T Length)
{
    if (Length > 2 || !Length || !iswxdigit(Digits[0]) || (Length == 2 && !iswxdigit(Digits[1])))
        return ShWrongUsage;
    if (Length == 2 && towlower(Digits[0]) == towlower(Digits[1]))
        return 1; // nothing could be read
    WCHAR Background = Length == 2 ? Digits[0] : L'0', Foreground = Digits[Length - 1];
    ShPrint(L"\x1B[%lu;%lum", ShellTerminalColour(Background, 40, 100),
            ShellTerminalColour(Foreground, 30, 90));
    return 0;
}

ULONG ShellDoColor(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    if (Words->Count > 1)
        return ShWrongUsage;
    if (Words->Count)
        return ShellSetColours(Words->Values[0], wcslen(Words->Values[0]));
    ShPrint(L"\x1B[0m");
    return 0;
}

VOID ShellShowVersion(void)
{
    RTL_OSVERSIONINFOW Version = {.dwOSVersionInfoSize = sizeof(Version)};
    RtlGetVersion(&Version);
    ShPrint(L"Proteus [Version %lu.%lu.%lu]\n", Version.dwMajorVersion, Version.dwMinorVersion,
            Version.dwBuildNumber);
}

ULONG ShellDoVer(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    if (Words->Count)
        return ShWrongUsage;
    ShellShowVersion();
    return 0;
}
