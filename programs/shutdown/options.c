// The command line: words that begin with "/" or "-", as Windows' program has them.

#include "shutdown.h"

typedef struct _SHUTDOWN_SWITCH {
    PCWSTR Name;
    SHUTDOWN_WISH Wish;
    BOOLEAN AtOnce;
    PCWSTR Takes; // what follows, or null
} SHUTDOWN_SWITCH;

static const SHUTDOWN_SWITCH ShutdownSwitches[] = {
    {L"s", ShutdownOff, FALSE, nullptr},        {L"sg", ShutdownOff, FALSE, nullptr},
    {L"p", ShutdownOff, TRUE, nullptr},         {L"r", ShutdownRestart, FALSE, nullptr},
    {L"g", ShutdownRestart, FALSE, nullptr},    {L"a", ShutdownAbort, TRUE, nullptr},
    {L"h", ShutdownHibernate, TRUE, nullptr},   {L"sleep", ShutdownSleep, TRUE, nullptr},
    {L"f", ShutdownNothing, FALSE, nullptr},    {L"t", ShutdownNothing, FALSE, L"time"},
    {L"c", ShutdownNothing, FALSE, L"text"},    {L"d", ShutdownNothing, FALSE, L"reason"},
    {L"states", ShutdownStates, TRUE, nullptr}, {L"sleep1", ShutdownSleep1, TRUE, nullptr},
    {L"sleep3", ShutdownSleep3, TRUE, nullptr}, {L"count", ShutdownNothing, FALSE, nullptr},
    {L"?", ShutdownNothing, FALSE, nullptr},
};

// The next word, without quotation marks. FALSE: there is none, or it is too long.
static BOOLEAN ShutdownWord(PCWSTR *Line, PWSTR Word)
{
    PCWSTR At = *Line;
    ULONG Length = 0;
    BOOLEAN Quoted = FALSE;
    while (*At == L' ' || *At == L'\t')
        At++;
    if (!*At)
        return FALSE;
    for (; *At && (Quoted || (*At != L' ' && *At != L'\t')); At++) {
        if (*At == L'"')
            Quoted = !Quoted;
        else if (Length + 1 < ShutdownComment)
            Word[Length++] = *At;
    }
    Word[Length] = 0;
    *Line = At;
    return TRUE;
}

static const SHUTDOWN_SWITCH *ShutdownFind(PCWSTR Word)
{
    if (Word[0] != L'/' && Word[0] != L'-')
        return nullptr;
    for (ULONG i = 0; i < RTL_NUMBER_OF(ShutdownSwitches); i++) {
        if (_wcsicmp(Word + 1, ShutdownSwitches[i].Name) == 0)
            return &ShutdownSwitches[i];
    }
    return nullptr;
}

static BOOLEAN ShutdownTakeSeconds(PCWSTR Word, PULONG Seconds)
{
    ULONG64 Value = 0;
    PCWSTR At = Word;
    for (; *At >= L'0' && *At <= L'9' && Value <= ShutdownMaximumSeconds; At++)
        Value = Value * 10 + (ULONG)(*At - L'0');
    *Seconds = (ULONG)Value;
    return At != Word && !*At && Value <= ShutdownMaximumSeconds;
}

static BOOLEAN ShutdownTake(const SHUTDOWN_SWITCH *Switch, PCWSTR *Line, PSHUTDOWN_OPTIONS Options)
{
    WCHAR Word[ShutdownComment];
    if (!Switch->Takes) {
        Options->Counting |= wcscmp(Switch->Name, L"count") == 0;
        Options->Help |= wcscmp(Switch->Name, L"?") == 0;
        return TRUE;
    }
    if (!ShutdownWord(Line, Word))
        return FALSE;
    if (wcscmp(Switch->Name, L"t") == 0)
        return ShutdownTakeSeconds(Word, &Options->Seconds);
    if (wcscmp(Switch->Name, L"c") == 0)
        wcscpy(Options->Comment, Word);
    return TRUE;
}

BOOLEAN ShutdownParse(PCWSTR CommandLine, PSHUTDOWN_OPTIONS Options)
{
    WCHAR Word[ShutdownComment];
    PCWSTR Line = CommandLine;
    *Options = (SHUTDOWN_OPTIONS){.Seconds = ShutdownDefaultSeconds};
    if (!ShutdownWord(&Line, Word)) // the program's own name
        return FALSE;
    while (ShutdownWord(&Line, Word)) {
        const SHUTDOWN_SWITCH *Switch = ShutdownFind(Word);
        if (!Switch || !ShutdownTake(Switch, &Line, Options))
            return FALSE;
        if (Switch->Wish == ShutdownNothing)
            continue;
        if (Options->Wish != ShutdownNothing) // one thing at a time
            return FALSE;
        Options->Wish = Switch->Wish;
        if (Switch->AtOnce)
            Options->Seconds = 0;
    }
    Options->Help |= Options->Wish == ShutdownNothing;
    return TRUE;
}
