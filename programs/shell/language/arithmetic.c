// set /a: expressions of 32-bit integers.

#include "languagep.h"

enum { ShMaximumNesting = 64 };

typedef struct _SH_EXPRESSION {
    PSHELL Shell;
    PCWSTR At;
    PCWSTR Error; // the first one
    ULONG Depth;
} SH_EXPRESSION, *PSH_EXPRESSION;

static LONG ShpEvaluateList(PSH_EXPRESSION Expression);
static LONG ShpEvaluateAssignment(PSH_EXPRESSION Expression);

static LONG ShpExpressionError(PSH_EXPRESSION Expression, PCWSTR Error)
{
    if (!Expression->Error)
        Expression->Error = Error;
    return 0;
}

static VOID ShpSkipSpaces(PSH_EXPRESSION Expression)
{
    while (*Expression->At == L' ' || *Expression->At == L'\t')
        Expression->At++;
}

static BOOLEAN ShpIsNameCharacter(WCHAR Character)
{
    return Character && !wcschr(L" \t()!~-*/%+<>&^|=,", Character);
}

static SIZE_T ShpNameLength(PCWSTR At)
{
    SIZE_T Length = 0;
    while (ShpIsNameCharacter(At[Length]))
        Length++;
    return Length;
}

// ---- Operators, strongest level first

static LONG ShpApply(PSH_EXPRESSION Expression, WCHAR Operator, LONG Left, LONG Right)
{
    LONGLONG A = Left, B = Right;
    switch (Operator) {
    case L'*':
        return (LONG)(A * B);
    case L'/':
        return B ? (LONG)(A / B) : ShpExpressionError(Expression, L"Divide by zero error.");
    case L'%':
        return B ? (LONG)(A % B) : ShpExpressionError(Expression, L"Divide by zero error.");
    case L'+':
        return (LONG)(A + B);
    case L'-':
        return (LONG)(A - B);
    case L'<':
        return B < 0 || B > 31 ? 0 : (LONG)((ULONG)Left << B);
    case L'>':
        return (LONG)(A >> (B < 0 || B > 31 ? 31 : B));
    case L'&':
        return Left & Right;
    case L'^':
        return Left ^ Right;
    default:
        return Left | Right;
    }
}

static const PCWSTR ShpLevels[] = {L"*/%", L"+-", L"<>", L"&", L"^", L"|"};

// The characters of an operator at this place, 1 or 2; 0: there is none.
static SIZE_T ShpOperatorLength(PCWSTR At, PCWSTR Operators)
{
    if (!*At || !wcschr(Operators, *At))
        return 0;
    if (*At == L'<' || *At == L'>')
        return At[1] == *At ? 2 : 0;
    return 1;
}

// ---- Operands

static LONG ShpEvaluateNumber(PSH_EXPRESSION Expression)
{
    LONG Value = 0;
    SIZE_T Length = ShpNameLength(Expression->At);
    PWSTR Digits = ShCopy(Expression->At, Length);
    if (!ShParseNumber(Digits, &Value))
        ShpExpressionError(Expression, L"Invalid number: write it as 17, 0x11 or 021, with at most "
                                       L"32 bits.");
    SysFree(Digits);
    Expression->At += Length;
    return Value;
}

// The number at the beginning of a variable's value; 0 when there is none.
static LONG ShpVariableNumber(PSHELL Shell, PCWSTR Name, SIZE_T Length)
{
    SH_TEXT Text = {};
    LONG Value = 0;
    ShpGetVariable(Shell, Name, Length, &Text);
    if (!ShParseNumber(ShString(&Text), &Value))
        Value = wcstol(ShString(&Text), nullptr, 0);
    ShFreeText(&Text);
    return Value;
}

static LONG ShpEvaluateParentheses(PSH_EXPRESSION Expression)
{
    Expression->At++;
    LONG Value = ShpEvaluateList(Expression);
    ShpSkipSpaces(Expression);
    if (*Expression->At != L')')
        return ShpExpressionError(Expression, L"Unbalanced parenthesis.");
    Expression->At++;
    return Value;
}

static LONG ShpEvaluateOperand(PSH_EXPRESSION Expression)
{
    ShpSkipSpaces(Expression);
    PCWSTR At = Expression->At;
    if (++Expression->Depth > ShMaximumNesting)
        return ShpExpressionError(Expression, L"The expression is nested too deeply.");
    LONG Value = 0;
    if (*At == L'!' || *At == L'~' || *At == L'-' || *At == L'+') {
        Expression->At++;
        Value = ShpEvaluateOperand(Expression);
        Value = *At == L'!'   ? !Value
                : *At == L'~' ? ~Value
                : *At == L'-' ? (LONG)(0 - (ULONG)Value)
                              : Value;
    } else if (*At == L'(') {
        Value = ShpEvaluateParentheses(Expression);
    } else if (*At >= L'0' && *At <= L'9') {
        Value = ShpEvaluateNumber(Expression);
    } else {
        SIZE_T Length = ShpNameLength(At);
        Expression->At += Length;
        Value = Length ? ShpVariableNumber(Expression->Shell, At, Length)
                       : ShpExpressionError(Expression, L"Missing operand.");
    }
    Expression->Depth--;
    return Value;
}

static LONG ShpEvaluateLevel(PSH_EXPRESSION Expression, ULONG Level)
{
    if (!Level)
        return ShpEvaluateOperand(Expression);
    LONG Value = ShpEvaluateLevel(Expression, Level - 1);
    while (!Expression->Error) {
        ShpSkipSpaces(Expression);
        WCHAR Operator = *Expression->At;
        SIZE_T Length = ShpOperatorLength(Expression->At, ShpLevels[Level - 1]);
        if (!Length)
            break;
        Expression->At += Length;
        LONG Right = ShpEvaluateLevel(Expression, Level - 1);
        Value = ShpApply(Expression, Operator, Value, Right);
    }
    return Value;
}

// ---- Assignments

// "=", "+=", "<<=" ... Returns the length with the equals sign, or 0. *Operator is 0 for a plain one.
static SIZE_T ShpAssignmentLength(PCWSTR At, PWCHAR Operator)
{
    *Operator = 0;
    if (*At == L'=')
        return 1;
    for (ULONG i = 0; i < RTL_NUMBER_OF(ShpLevels); i++) {
        SIZE_T Length = ShpOperatorLength(At, ShpLevels[i]);
        if (Length && At[Length] == L'=') {
            *Operator = *At;
            return Length + 1;
        }
    }
    return 0;
}

static VOID ShpStore(PCWSTR Name, LONG Value)
{
    WCHAR Text[16];
    _snwprintf(Text, RTL_NUMBER_OF(Text), L"%ld", Value);
    SysSetVariable(Name, Text);
}

static LONG ShpEvaluateAssignment(PSH_EXPRESSION Expression)
{
    ShpSkipSpaces(Expression);
    PCWSTR Name = Expression->At, At;
    SIZE_T Length = *Name >= L'0' && *Name <= L'9' ? 0 : ShpNameLength(Name);
    for (At = Name + Length; *At == L' ' || *At == L'\t'; At++)
        continue;
    WCHAR Operator;
    SIZE_T OperatorLength = Length ? ShpAssignmentLength(At, &Operator) : 0;
    if (!OperatorLength)
        return ShpEvaluateLevel(Expression, RTL_NUMBER_OF(ShpLevels));

    if (++Expression->Depth > ShMaximumNesting)
        return ShpExpressionError(Expression, L"The expression is nested too deeply.");
    Expression->At = At + OperatorLength;
    LONG Value = ShpEvaluateAssignment(Expression);
    Expression->Depth--;
    if (Operator && !Expression->Error)
        Value = ShpApply(Expression, Operator, ShpVariableNumber(Expression->Shell, Name, Length),
                         Value);
    PWSTR Copy = ShCopy(Name, Length);
    if (!Expression->Error)
        ShpStore(Copy, Value);
    SysFree(Copy);
    return Value;
}

static LONG ShpEvaluateList(PSH_EXPRESSION Expression)
{
    for (;;) {
        LONG Value = ShpEvaluateAssignment(Expression);
        ShpSkipSpaces(Expression);
        if (Expression->Error || *Expression->At != L',')
            return Value;
        Expression->At++;
    }
}

BOOLEAN ShpArithmetic(PSHELL Shell, PCWSTR Text, PLONG Value, PCWSTR *Error)
{
    PWSTR Copy = ShCopy(Text, wcslen(Text));
    ShRemoveQuotes(Copy);
    SH_EXPRESSION Expression = {.Shell = Shell, .At = Copy};
    *Value = ShpEvaluateList(&Expression);
    if (!Expression.Error && *Expression.At)
        ShpExpressionError(&Expression, *Expression.At == L')' ? L"Unbalanced parenthesis."
                                                               : L"Missing operator.");
    SysFree(Copy);
    *Error = Expression.Error;
    return !Expression.Error;
}
