// xcopy: what is asked for.

#include "xcopyp.h"

// "m-d-y", or the year first, as dates are written here.
static BOOLEAN ShellParseSince(PCWSTR Text, PLARGE_INTEGER Since)
{
    LONG Numbers[3] = {};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Numbers); i++) {
        while (*Text >= L'0' && *Text <= L'9' && Numbers[i] < 10000)
            Numbers[i] = 10 * Numbers[i] + (*Text++ - L'0');
        if (*Text != (i < 2 ? L'-' : 0))
            return FALSE;
        Text += i < 2;
    }
    BOOLEAN YearFirst = Numbers[0] > 31;
    LONG Year = YearFirst ? Numbers[0] : Numbers[2];
    TIME_FIELDS Fields = {
        .Year = (CSHORT)(Year < 80    ? Year + 2000
                         : Year < 100 ? Year + 1900
                                      : Year),
        .Month = (CSHORT)(YearFirst ? Numbers[1] : Numbers[0]),
        .Day = (CSHORT)(YearFirst ? Numbers[2] : Numbers[1]),
    };
    LARGE_INTEGER Local;
    return RtlTimeFieldsToTime(&Fields, &Local) &&
           NT_SUCCESS(RtlLocalTimeToSystemTime(&Local, Since));
}

// Files of lines, each a part of paths that are not wanted.
static BOOLEAN ShellReadExcluded(PCWSTR Files, PSH_WORDS Excluded)
{
    SH_WORDS Names = {};
    ShSplit(Files, L"+", &Names);
    BOOLEAN Good = Names.Count && ShellReadLines(&Names, FALSE, Excluded);
    ShFreeWords(&Names);
    return Good;
}

static const SHELL_FLAG ShellXcopyFlags[] = {
    {L'a', FIELD_OFFSET(SHELL_XCOPY, Archived)},
    {L'c', FIELD_OFFSET(SHELL_XCOPY, GoOn)},
    {L'd', FIELD_OFFSET(SHELL_XCOPY, Newer)},
    {L'e', FIELD_OFFSET(SHELL_XCOPY, Empty)},
    {L'f', FIELD_OFFSET(SHELL_XCOPY, FullNames)},
    {L'h', FIELD_OFFSET(SHELL_XCOPY, Hidden)},
    {L'i', FIELD_OFFSET(SHELL_XCOPY, Directory)},
    {L'k', FIELD_OFFSET(SHELL_XCOPY, KeepReadOnly)},
    {L'l', FIELD_OFFSET(SHELL_XCOPY, ListOnly)},
    {L'm', FIELD_OFFSET(SHELL_XCOPY, ClearArchive)},
    {L'p', FIELD_OFFSET(SHELL_XCOPY, AskEach)},
    {L'q', FIELD_OFFSET(SHELL_XCOPY, Copy.Quiet)},
    {L'r', FIELD_OFFSET(SHELL_XCOPY, ReplaceReadOnly)},
    {L's', FIELD_OFFSET(SHELL_XCOPY, Below)},
    {L't', FIELD_OFFSET(SHELL_XCOPY, DirectoriesOnly)},
    {L'u', FIELD_OFFSET(SHELL_XCOPY, Existing)},
    {L'v', FIELD_OFFSET(SHELL_XCOPY, Copy.Verify)},
};

static BOOLEAN ShellXcopySwitch(PCWSTR Word, SHELL_XCOPY *Xcopy)
{
    if (ShellReplaceSwitch(Word, &Xcopy->Copy.Replace))
        return TRUE;
    if (!_wcsnicmp(Word, L"/d:", 3))
        return ShellParseSince(Word + 3, &Xcopy->Since);
    if (!_wcsnicmp(Word, L"/exclude:", 9))
        return ShellReadExcluded(Word + 9, &Xcopy->Excluded);
    WCHAR Letter = Word[1] && !Word[2] ? (WCHAR)towlower(Word[1]) : 0;
    if (ShellSetFlag(ShellXcopyFlags, RTL_NUMBER_OF(ShellXcopyFlags), Letter, TRUE, Xcopy))
        return TRUE;
    // No network, no encryption, and never through a cache that would have to be avoided.
    return Letter && wcschr(L"gjz", Letter);
}

// "/s/e" are two; the files of /exclude stand in one word, with whatever is in it.
static BOOLEAN ShellXcopySwitches(PCWSTR Word, SHELL_XCOPY *Xcopy)
{
    BOOLEAN Good = TRUE;
    while (Good && *Word) {
        SIZE_T Length =
            !_wcsnicmp(Word, L"/exclude:", 9) ? wcslen(Word) : 1 + wcscspn(Word + 1, L"/");
        PWSTR One = ShCopy(Word, Length);
        Good = ShellXcopySwitch(One, Xcopy);
        if (!Good)
            ShPrintError(L"Invalid switch - %ws\n", One);
        SysFree(One);
        Word += Length;
    }
    return Good;
}

ULONG ShellXcopyOptions(const SH_WORDS *Words, SHELL_XCOPY *Xcopy, PCWSTR *From)
{
    ULONG Count = 0;
    *From = nullptr;
    Xcopy->Into = L".";
    for (ULONG i = 0; i < Words->Count; i++) {
        PCWSTR Word = Words->Values[i];
        if (Word[0] == L'/') {
            if (!ShellXcopySwitches(Word, Xcopy))
                return ShellXcopyWrong;
        } else if (Count++ == 0) {
            *From = Word;
        } else {
            Xcopy->Into = Word;
        }
    }
    Xcopy->Below |= Xcopy->Empty | Xcopy->DirectoriesOnly;
    if (Count >= 1 && Count <= 2)
        return 0;
    ShPrintError(L"Invalid number of parameters\n");
    return ShellXcopyWrong;
}
