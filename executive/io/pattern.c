// Patterns of names.
#include "iop.h"

static BOOLEAN IopMatchesOne(WCHAR Pattern, WCHAR Character)
{
    return Pattern == L'?' || Pattern == L'>' || (Pattern == L'"' && Character == L'.') ||
           Pattern == RtlUpcaseUnicodeChar(Character);
}

static BOOLEAN IopIsStar(WCHAR Pattern)
{
    return Pattern == L'*' || Pattern == L'<';
}

// Only the last star can have to take more: no recursion, and no more steps than pattern times name.
BOOLEAN IopMatchesPattern(PCUNICODE_STRING PatternString, PCUNICODE_STRING NameString)
{
    const WCHAR *Pattern = PatternString->Buffer, *Name = NameString->Buffer;
    const WCHAR *PatternEnd = Pattern + PatternString->Length / sizeof(WCHAR);
    const WCHAR *NameEnd = Name + NameString->Length / sizeof(WCHAR);
    const WCHAR *Star = nullptr, *StarName = nullptr;
    while (Name < NameEnd) {
        if (Pattern < PatternEnd && IopIsStar(*Pattern)) {
            Star = ++Pattern;
            StarName = Name;
        } else if (Pattern < PatternEnd && IopMatchesOne(*Pattern, *Name)) {
            Pattern++;
            Name++;
        } else if (Star) {
            Pattern = Star;
            Name = ++StarName;
        } else {
            return FALSE;
        }
    }
    while (Pattern < PatternEnd && IopIsStar(*Pattern))
        Pattern++;
    return Pattern == PatternEnd;
}
