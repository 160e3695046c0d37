// Cutting text into words, and what words can mean.

#include "language.h"

VOID ShAddWord(PSH_WORDS Words, PCWSTR Characters, SIZE_T Length)
{
    if (Words->Count == Words->Capacity) {
        ULONG Capacity = 2 * Words->Capacity + 8;
        PWSTR *Values = SysAllocate(Capacity * sizeof(PWSTR));
        if (Words->Count)
            memcpy((PVOID)Values, (PVOID)Words->Values, Words->Count * sizeof(PWSTR));
        SysFree((PVOID)Words->Values);
        Words->Values = Values;
        Words->Capacity = Capacity;
    }
    Words->Values[Words->Count++] = ShCopy(Characters, Length);
}

VOID ShFreeWords(PSH_WORDS Words)
{
    for (ULONG i = 0; i < Words->Count; i++)
        SysFree(Words->Values[i]);
    SysFree((PVOID)Words->Values);
    *Words = (SH_WORDS){};
}

VOID ShSplit(PCWSTR Text, PCWSTR Delimiters, PSH_WORDS Words)
{
    for (;;) {
        while (*Text && wcschr(Delimiters, *Text))
            Text++;
        if (!*Text)
            return;
        PCWSTR Start = Text;
        BOOLEAN Quoted = FALSE;
        for (; *Text && (Quoted || !wcschr(Delimiters, *Text)); Text++) {
            if (*Text == L'"')
                Quoted = !Quoted;
        }
        ShAddWord(Words, Start, (SIZE_T)(Text - Start));
    }
}

VOID ShRemoveQuotes(PWSTR Text)
{
    PWSTR Out = Text;
    for (; *Text; Text++) {
        if (*Text != L'"')
            *Out++ = *Text;
    }
    *Out = 0;
}

VOID ShSplitArguments(PCWSTR Text, PSH_WORDS Words)
{
    ULONG First = Words->Count;
    ShSplit(Text, L" \t", Words);
    for (ULONG i = First; i < Words->Count; i++)
        ShRemoveQuotes(Words->Values[i]);
}

BOOLEAN ShIsSwitch(PCWSTR Word, PCWSTR Name, PCWSTR *Value)
{
    SIZE_T Length = wcslen(Name);
    if (Word[0] != L'/' || _wcsnicmp(Word + 1, Name, Length) != 0)
        return FALSE;
    PCWSTR Rest = Word + 1 + Length;
    if (Value)
        *Value = *Rest == L':' ? Rest + 1 : Rest;
    return !*Rest || (Value && *Rest == L':');
}

static BOOLEAN ShpDigits(PCWSTR Text, ULONG Base, PULONG Value)
{
    ULONGLONG Total = 0;
    if (!*Text)
        return FALSE;
    for (; *Text; Text++) {
        ULONG Digit = *Text >= L'0' && *Text <= L'9' ? (ULONG)(*Text - L'0')
                      : iswxdigit(*Text)             ? (ULONG)((*Text | 0x20) - L'a' + 10)
                                                     : Base;
        Total = Total * Base + Digit;
        if (Digit >= Base || Total > MAXULONG)
            return FALSE;
    }
    *Value = (ULONG)Total;
    return TRUE;
}

BOOLEAN ShParseNumber(PCWSTR Text, PLONG Number)
{
    ULONG Base = 10, Value;
    BOOLEAN Negative = *Text == L'-';
    if (*Text == L'-' || *Text == L'+')
        Text++;
    if (Text[0] == L'0' && (Text[1] | 0x20) == L'x') {
        Base = 16;
        Text += 2;
    } else if (Text[0] == L'0' && Text[1]) {
        Base = 8;
    }
    // A hexadecimal or octal number may fill all 32 bits.
    ULONG Most = Base == 10 ? (ULONG)MAXLONG + Negative : MAXULONG;
    if (!ShpDigits(Text, Base, &Value) || Value > Most)
        return FALSE;
    *Number = (LONG)(Negative ? 0 - Value : Value);
    return TRUE;
}

// Returns to the last asterisk when what follows it does not fit, so the time is at most the product of
// the lengths.
static BOOLEAN ShpMatches(PCWSTR Pattern, PCWSTR Name)
{
    PCWSTR Star = nullptr, Retry = nullptr;
    while (*Name) {
        if (*Pattern == L'*') {
            Star = Pattern++;
            Retry = Name;
        } else if (*Pattern == L'?' || (*Pattern && towlower(*Pattern) == towlower(*Name))) {
            Pattern++;
            Name++;
        } else if (Star) {
            Pattern = Star + 1;
            Name = ++Retry;
        } else {
            return FALSE;
        }
    }
    while (*Pattern == L'*' || *Pattern == L'?')
        Pattern++;
    return !*Pattern;
}

// "*.*" means everything, and "name." a name without an extension.
BOOLEAN ShMatches(PCWSTR Pattern, PCWSTR Name)
{
    SIZE_T Length = wcslen(Pattern);
    if (!wcscmp(Pattern, L"*.*"))
        return TRUE;
    if (Length > 1 && Pattern[Length - 1] == L'.' && !wcschr(Name, L'.')) {
        PWSTR Front = ShCopy(Pattern, Length - 1);
        BOOLEAN Matches = ShpMatches(Front, Name);
        SysFree(Front);
        return Matches;
    }
    return ShpMatches(Pattern, Name);
}
