// References to variables: NAME, NAME:search=replacement, NAME:~start,length.

#include "languagep.h"

// ---- Names that Windows computes when no variable has them

static VOID ShpComputeDirectory(PSHELL Shell, PSH_TEXT Value)
{
    UNREFERENCED_PARAMETER(Shell);
    SysCurrentDirectory(Value);
}

static VOID ShpComputeDate(PSHELL Shell, PSH_TEXT Value)
{
    UNREFERENCED_PARAMETER(Shell);
    TIME_FIELDS Now;
    SysLocalTime(&Now);
    ShFormatDate(&Now, Value);
}

static VOID ShpComputeTime(PSHELL Shell, PSH_TEXT Value)
{
    UNREFERENCED_PARAMETER(Shell);
    TIME_FIELDS Now;
    SysLocalTime(&Now);
    ShFormatTime(&Now, Value);
}

static VOID ShpComputeRandom(PSHELL Shell, PSH_TEXT Value)
{
    UNREFERENCED_PARAMETER(Shell);
    ShAppendFormat(Value, L"%lu", SysRandom() & 0x7FFF);
}

static VOID ShpComputeErrorLevel(PSHELL Shell, PSH_TEXT Value)
{
    ShAppendFormat(Value, L"%ld", (LONG)Shell->ErrorLevel);
}

static VOID ShpComputeExtensions(PSHELL Shell, PSH_TEXT Value)
{
    UNREFERENCED_PARAMETER(Shell);
    ShAppendString(Value, L"2");
}

static VOID ShpComputeCommandLine(PSHELL Shell, PSH_TEXT Value)
{
    UNREFERENCED_PARAMETER(Shell);
    SysCommandLine(Value);
}

static VOID ShpComputeHighestNode(PSHELL Shell, PSH_TEXT Value)
{
    UNREFERENCED_PARAMETER(Shell);
    ShAppendString(Value, L"0"); // all memory is equally near
}

static const struct {
    PCWSTR Name;
    VOID (*Compute)(PSHELL Shell, PSH_TEXT Value);
} ShpComputed[] = {
    {L"CD", ShpComputeDirectory},
    {L"CMDCMDLINE", ShpComputeCommandLine},
    {L"CMDEXTVERSION", ShpComputeExtensions},
    {L"DATE", ShpComputeDate},
    {L"ERRORLEVEL", ShpComputeErrorLevel},
    {L"HIGHESTNUMANODENUMBER", ShpComputeHighestNode},
    {L"RANDOM", ShpComputeRandom},
    {L"TIME", ShpComputeTime},
};

BOOLEAN ShpGetVariable(PSHELL Shell, PCWSTR Name, SIZE_T Length, PSH_TEXT Value)
{
    if (!Length)
        return FALSE;
    PWSTR Copy = ShCopy(Name, Length);
    BOOLEAN Found = SysGetVariable(Copy, Value);
    for (ULONG i = 0; i < RTL_NUMBER_OF(ShpComputed) && !Found; i++) {
        Found = !_wcsicmp(Copy, ShpComputed[i].Name);
        if (Found)
            ShpComputed[i].Compute(Shell, Value);
    }
    SysFree(Copy);
    return Found;
}

// ---- Parts of a value

// "~start,length": negative numbers count from the end.
static VOID ShpAppendPart(PCWSTR Range, PCWSTR Value, SIZE_T Length, PSH_TEXT Out)
{
    PWSTR Rest;
    LONGLONG Most = (LONGLONG)Length;
    LONGLONG Start = wcstol(Range, &Rest, 10), End = Most;
    Start = Start < 0 ? max(Most + Start, 0) : min(Start, Most);
    if (*Rest == L',') {
        LONGLONG Count = wcstol(Rest + 1, nullptr, 10);
        End = Count < 0 ? Most + Count : min(Start + Count, Most);
    }
    if (End > Start)
        ShAppend(Out, Value + Start, (SIZE_T)(End - Start));
}

// "search=replacement", everywhere; "*search=replacement", once, for all up to the search's end.
static VOID ShpAppendReplaced(PCWSTR Search, SIZE_T SearchLength, PCWSTR Replacement, PCWSTR Value,
                              PSH_TEXT Out)
{
    BOOLEAN Front = Search[0] == L'*' && SearchLength > 1;
    if (Front) {
        Search++;
        SearchLength--;
    }
    PCWSTR Start = Value;
    while (*Value) {
        if (_wcsnicmp(Value, Search, SearchLength) != 0) {
            Value++;
            continue;
        }
        if (!Front)
            ShAppend(Out, Start, (SIZE_T)(Value - Start));
        ShAppendString(Out, Replacement);
        Value += SearchLength;
        Start = Value;
        if (Front || Out->Overflow)
            break;
    }
    ShAppendString(Out, Start);
}

static BOOLEAN ShpAppendChanged(PCWSTR Change, const SH_TEXT *Value, PSH_TEXT Out)
{
    if (*Change == L'~') {
        ShpAppendPart(Change + 1, ShString(Value), Value->Length, Out);
        return TRUE;
    }
    PCWSTR Equals = *Change ? wcschr(Change + 1, L'=') : nullptr;
    if (!Equals)
        return FALSE;
    ShpAppendReplaced(Change, (SIZE_T)(Equals - Change), Equals + 1, ShString(Value), Out);
    return TRUE;
}

BOOLEAN ShpExpandReference(PSHELL Shell, PCWSTR Reference, SIZE_T Length, PSH_TEXT Out)
{
    SIZE_T NameLength = 0;
    while (NameLength < Length && Reference[NameLength] != L':')
        NameLength++;
    if (NameLength == Length || NameLength + 1 == Length)
        return ShpGetVariable(Shell, Reference, NameLength, Out);
    SH_TEXT Value = {};
    PWSTR Change = ShCopy(Reference + NameLength + 1, Length - NameLength - 1);
    BOOLEAN Done = ShpGetVariable(Shell, Reference, NameLength, &Value) &&
                   ShpAppendChanged(Change, &Value, Out);
    SysFree(Change);
    ShFreeText(&Value);
    return Done;
}
