#include "volumes.h"

ULONG SplitWords(PWSTR Line, PWSTR *Words)
{
    ULONG Count = 0;
    PWSTR To = Line;
    while (Count < MostWords) {
        while (*Line == L' ' || *Line == L'\t')
            Line++;
        if (!*Line)
            break;
        BOOLEAN Quoted = FALSE;
        Words[Count++] = To;
        for (; *Line && (Quoted || (*Line != L' ' && *Line != L'\t')); Line++) {
            if (*Line == L'"')
                Quoted = !Quoted;
            else
                *To++ = *Line;
        }
        if (*Line)
            Line++;
        *To++ = 0;
    }
    return Count;
}
