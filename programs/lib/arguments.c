// Cutting command lines into words.

#include "native.h"

BOOLEAN ArgSplit(PWSTR Text, PARGUMENTS Arguments)
{
    Arguments->Count = 0;
    for (;;) {
        while (*Text == L' ' || *Text == L'\t')
            Text++;
        if (!*Text)
            return TRUE;
        if (Arguments->Count == ArgMaximum)
            return FALSE;
        Arguments->Values[Arguments->Count++] = Text;
        PWSTR Out = Text;
        BOOLEAN Quoted = FALSE;
        for (; *Text && (Quoted || (*Text != L' ' && *Text != L'\t')); Text++) {
            if (*Text == L'"')
                Quoted = !Quoted;
            else
                *Out++ = *Text;
        }
        if (*Text)
            Text++;
        *Out = 0;
    }
}

BOOLEAN ArgNumber(PCWSTR Text, PULONG_PTR Number)
{
    PWSTR End;
    int Base = Text[0] == L'0' && (Text[1] | 0x20) == L'x' ? 16 : 10;
    *Number = _wcstoui64(Text, &End, Base);
    return *Text >= L'0' && *Text <= L'9' && !*End;
}
