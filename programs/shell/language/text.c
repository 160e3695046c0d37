#include "text.h"

#include "services.h"

static BOOLEAN ShpReserve(PSH_TEXT Text, SIZE_T More)
{
    if (Text->Limit && More > Text->Limit - Text->Length) {
        Text->Overflow = TRUE;
        return FALSE;
    }
    if (Text->Length + More < Text->Capacity)
        return TRUE;
    SIZE_T Capacity = 2 * Text->Capacity + More + 32;
    PWSTR Buffer = SysAllocate(Capacity * sizeof(WCHAR));
    if (Text->Buffer)
        memcpy(Buffer, Text->Buffer, Text->Length * sizeof(WCHAR));
    SysFree(Text->Buffer);
    Text->Buffer = Buffer;
    Text->Capacity = Capacity;
    return TRUE;
}

VOID ShAppend(PSH_TEXT Text, PCWSTR Characters, SIZE_T Length)
{
    if (!ShpReserve(Text, Length))
        return;
    if (Length)
        memcpy(Text->Buffer + Text->Length, Characters, Length * sizeof(WCHAR));
    Text->Length += Length;
    Text->Buffer[Text->Length] = 0;
}

VOID ShAppendString(PSH_TEXT Text, PCWSTR String)
{
    ShAppend(Text, String, wcslen(String));
}

VOID ShAppendCharacter(PSH_TEXT Text, WCHAR Character)
{
    ShAppend(Text, &Character, 1);
}

VOID ShAppendFormat(PSH_TEXT Text, PCWSTR Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    int Length = _vscwprintf(Format, Arguments);
    va_end(Arguments);
    if (Length < 0 || !ShpReserve(Text, (SIZE_T)Length))
        return;
    va_start(Arguments, Format);
    _vsnwprintf(Text->Buffer + Text->Length, (SIZE_T)Length + 1, Format, Arguments);
    va_end(Arguments);
    Text->Length += (SIZE_T)Length;
}

VOID ShTruncate(PSH_TEXT Text, SIZE_T Length)
{
    if (Length >= Text->Length)
        return;
    Text->Length = Length;
    Text->Buffer[Length] = 0;
}

PCWSTR ShString(const SH_TEXT *Text)
{
    return Text->Buffer ? Text->Buffer : L"";
}

VOID ShFreeText(PSH_TEXT Text)
{
    SysFree(Text->Buffer);
    *Text = (SH_TEXT){.Limit = Text->Limit};
}

PWSTR ShCopy(PCWSTR Characters, SIZE_T Length)
{
    PWSTR Copy = SysAllocate((Length + 1) * sizeof(WCHAR));
    if (Length)
        memcpy(Copy, Characters, Length * sizeof(WCHAR));
    Copy[Length] = 0;
    return Copy;
}

static BOOLEAN ShpIsBlank(WCHAR Character)
{
    return Character == L' ' || Character == L'\t';
}

PCWSTR ShSkipBlanks(PCWSTR Text)
{
    while (ShpIsBlank(*Text))
        Text++;
    return Text;
}

PWSTR ShTrimmed(PCWSTR Text)
{
    Text = ShSkipBlanks(Text);
    SIZE_T Length = wcslen(Text);
    while (Length && ShpIsBlank(Text[Length - 1]))
        Length--;
    return ShCopy(Text, Length);
}
