// The three expansions of a line. Percent signs are replaced when it is read, before its structure is
// known; for variables and then !names! when a command runs, so that what they hold is never taken for
// structure.

#include "languagep.h"

// ---- Percent signs

static PCWSTR ShpFindArgument(PSHELL Shell, WCHAR Name, BOOLEAN Modified)
{
    PSH_BATCH Batch = Shell->Batch;
    ULONG Index = (ULONG)(Name - L'0');
    if (!Batch || Name < L'0' || Name > L'9')
        return nullptr;
    // %0 is as it was written, or a label, but the path that it names is the file's.
    if (!Index && Modified && !Batch->NameShifted)
        return Batch->File;
    return Index < Batch->Words.Count ? Batch->Words.Values[Index] : L"";
}

// What only batch files have: %%, %*, %1, %~dpnx1. Returns the characters used behind the sign.
static SIZE_T ShpExpandArgument(PSHELL Shell, PCWSTR Text, PSH_TEXT Out)
{
    if (!Shell->Batch)
        return 0;
    if (*Text == L'%') {
        ShAppendCharacter(Out, L'%');
        return 1;
    }
    if (*Text == L'*') {
        ShAppendString(Out, Shell->Batch->Tail);
        return 1;
    }
    if (*Text == L'~') {
        SIZE_T Used = ShpExpandModified(Shell, Text + 1, ShpFindArgument, Out);
        return Used ? Used + 1 : 0;
    }
    PCWSTR Value = ShpFindArgument(Shell, *Text, FALSE);
    if (!Value)
        return 0;
    ShAppendString(Out, Value);
    return 1;
}

// %NAME%, %NAME:a=b%. In a batch file an unknown name is nothing, and a sign alone is dropped; a command
// line keeps both. Returns the characters used behind the sign.
static SIZE_T ShpExpandPercentName(PSHELL Shell, PCWSTR Text, PSH_TEXT Out)
{
    PCWSTR End = wcschr(Text, L'%');
    BOOLEAN Keep = !Shell->Batch;
    SIZE_T Length = End ? (SIZE_T)(End - Text) : 0;
    if (Length && ShpExpandReference(Shell, Text, Length, Out))
        return Length + 1;
    if (Keep || !End) {
        if (Keep)
            ShAppendCharacter(Out, L'%');
        return 0;
    }
    // "%unknown:a=b%": the name with its colon goes, the rest stays.
    PCWSTR Colon = wcschr(Text, L':');
    return Colon && Colon < End ? (SIZE_T)(Colon - Text) + 1 : Length + 1;
}

VOID ShpExpandPercents(PSHELL Shell, PCWSTR Line, PSH_TEXT Out)
{
    while (*Line && !Out->Overflow) {
        if (*Line != L'%' || Shell->Expanded) {
            ShAppendCharacter(Out, *Line++);
            continue;
        }
        Line++;
        SIZE_T Used = ShpExpandArgument(Shell, Line, Out);
        Line += Used ? Used : ShpExpandPercentName(Shell, Line, Out);
    }
}

// ---- for variables

static PCWSTR ShpFindForVariable(PSHELL Shell, WCHAR Name, BOOLEAN Modified)
{
    UNREFERENCED_PARAMETER(Modified);
    for (PSH_VARIABLE Variable = Shell->Variables; Variable; Variable = Variable->Next) {
        if (Variable->Name == Name)
            return Variable->Value;
    }
    return nullptr;
}

static SIZE_T ShpExpandForVariable(PSHELL Shell, PCWSTR Text, PSH_TEXT Out)
{
    if (*Text == L'~') {
        SIZE_T Used = ShpExpandModified(Shell, Text + 1, ShpFindForVariable, Out);
        return Used ? Used + 1 : 0;
    }
    PCWSTR Value = ShpFindForVariable(Shell, *Text, FALSE);
    if (!Value)
        return 0;
    ShAppendString(Out, Value);
    return 1;
}

VOID ShpExpandForVariables(PSHELL Shell, PCWSTR Text, PSH_TEXT Out)
{
    while (*Text && !Out->Overflow) {
        SIZE_T Used = *Text == L'%' && Text[1] ? ShpExpandForVariable(Shell, Text + 1, Out) : 0;
        if (!Used)
            ShAppendCharacter(Out, *Text);
        Text += Used + 1;
    }
}

// ---- !names!

// A text with an exclamation mark loses one level of carets, in quotation marks too.
VOID ShpExpandDelayed(PSHELL Shell, PCWSTR Text, PSH_TEXT Out)
{
    if (!wcschr(Text, L'!')) {
        ShAppendString(Out, Text);
        return;
    }
    for (; *Text && !Out->Overflow; Text++) {
        if (*Text == L'^') {
            if (!Text[1])
                return;
            ShAppendCharacter(Out, *++Text);
        } else if (*Text == L'!') {
            PCWSTR End = wcschr(Text + 1, L'!');
            if (!End)
                continue;
            ShpExpandReference(Shell, Text + 1, (SIZE_T)(End - Text - 1), Out);
            Text = End;
        } else {
            ShAppendCharacter(Out, *Text);
        }
    }
}

BOOLEAN ShpExpandText(PSHELL Shell, PCWSTR Text, PSH_TEXT Out)
{
    Out->Limit = Out->Length + ShLineMaximum;
    if (Shell->Delayed) {
        SH_TEXT Front = {.Limit = ShLineMaximum};
        ShpExpandForVariables(Shell, Text, &Front);
        ShpExpandDelayed(Shell, ShString(&Front), Out);
        Out->Overflow |= Front.Overflow;
        ShFreeText(&Front);
    } else {
        ShpExpandForVariables(Shell, Text, Out);
    }
    if (!Out->Overflow)
        return TRUE;
    ShPrintError(L"The input line is too long.\n");
    return FALSE;
}
