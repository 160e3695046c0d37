// break, chcp, verify: what is so anyway, and what copies do.

#include "copyp.h"

// FALSE: it says neither. Nothing: as it is.
static BOOLEAN ShellParseOnOff(const SH_WORDS *Words, PBOOLEAN On)
{
    if (!Words->Count)
        return TRUE;
    *On = !_wcsicmp(Words->Values[0], L"on");
    return Words->Count == 1 && (*On || !_wcsicmp(Words->Values[0], L"off"));
}

// Only DOS asked when to look for Ctrl-C: here it is heard always.
ULONG ShellDoBreak(PSHELL Shell, const SH_WORDS *Words)
{
    BOOLEAN On;
    UNREFERENCED_PARAMETER(Shell);
    return ShellParseOnOff(Words, &On) ? 0 : ShWrongUsage;
}

static BOOLEAN ShellVerify;

BOOLEAN ShellVerifiesCopies(void)
{
    return ShellVerify;
}

ULONG ShellDoVerify(PSHELL Shell, const SH_WORDS *Words)
{
    BOOLEAN On = ShellVerify;
    UNREFERENCED_PARAMETER(Shell);
    if (!ShellParseOnOff(Words, &On)) {
        ShPrintError(L"verify is on or off.\n");
        return 1;
    }
    ShellVerify = On;
    if (!Words->Count)
        ShPrint(On ? L"VERIFY is on.\n" : L"VERIFY is off.\n");
    return 0;
}

// All text is UTF-8.
ULONG ShellDoChcp(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    if (Words->Count > 1)
        return ShWrongUsage;
    if (Words->Count && wcscmp(Words->Values[0], L"65001") != 0) {
        ShPrintError(L"%ws: there is no other code page than 65001, UTF-8.\n", Words->Values[0]);
        return 1;
    }
    ShPrint(L"Active code page: 65001\n");
    return 0;
}
