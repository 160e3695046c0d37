// Names of files: what a pattern makes of another name, and the parts of paths.

#include "language.h"

// One part of a name, before or behind its last period. An asterisk takes what is left of the name.
static VOID ShpMergePart(PSH_TEXT Result, PCWSTR Pattern, SIZE_T PatternLength, PCWSTR Name,
                         SIZE_T NameLength)
{
    SIZE_T At = 0;
    for (SIZE_T i = 0; i < PatternLength; i++, At++) {
        if (Pattern[i] == L'*') {
            if (At < NameLength)
                ShAppend(Result, Name + At, NameLength - At);
            At = NameLength;
        } else if (Pattern[i] != L'?') {
            ShAppendCharacter(Result, Pattern[i]);
        } else if (At < NameLength) {
            ShAppendCharacter(Result, Name[At]);
        }
    }
}

static SIZE_T ShpBaseLength(PCWSTR Name)
{
    PCWSTR Period = wcsrchr(Name, L'.');
    return Period ? (SIZE_T)(Period - Name) : wcslen(Name);
}

VOID ShMergeName(PCWSTR Pattern, PCWSTR Name, PSH_TEXT Result)
{
    SIZE_T PatternBase = ShpBaseLength(Pattern), NameBase = ShpBaseLength(Name);
    PCWSTR Extension = Name[NameBase] ? Name + NameBase + 1 : L"";
    if (!wcscmp(Pattern, L"*")) {
        ShAppendString(Result, Name);
        return;
    }
    SIZE_T Before = Result->Length;
    ShpMergePart(Result, Pattern, PatternBase, Name, NameBase);
    if (!Pattern[PatternBase])
        return;
    SIZE_T Period = Result->Length;
    ShAppendCharacter(Result, L'.');
    PCWSTR Wanted = Pattern + PatternBase + 1;
    ShpMergePart(Result, Wanted, wcslen(Wanted), Extension, wcslen(Extension));
    if (Result->Length == Period + 1 && Period > Before)
        ShTruncate(Result, Period); // no name ends in a period
}

PCWSTR ShLastComponent(PCWSTR Path)
{
    PCWSTR Last = Path;
    for (PCWSTR At = Path; *At; At++) {
        if (*At == L'\\' || *At == L'/' || *At == L':')
            Last = At + 1;
    }
    return Last;
}

BOOLEAN ShIsPattern(PCWSTR Path)
{
    return wcspbrk(Path, L"*?") != nullptr;
}

VOID ShJoinPath(PCWSTR Directory, PCWSTR Name, PSH_TEXT Path)
{
    ShAppendString(Path, Directory);
    SIZE_T Length = wcslen(Directory);
    WCHAR Last = Length ? Directory[Length - 1] : L'\\';
    if (Last != L'\\' && Last != L'/' && Last != L':')
        ShAppendCharacter(Path, L'\\');
    ShAppendString(Path, Name);
}
