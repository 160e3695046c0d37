// Text that grows. {} is an empty one.
#pragma once

#include <nt.h>

typedef struct _SH_TEXT {
    PWSTR Buffer; // terminated; null while nothing has been appended
    SIZE_T Length, Capacity;
    SIZE_T Limit;     // 0: none. What goes beyond is dropped,
    BOOLEAN Overflow; // and this tells so.
} SH_TEXT, *PSH_TEXT;

VOID ShAppend(PSH_TEXT Text, PCWSTR Characters, SIZE_T Length);
VOID ShAppendString(PSH_TEXT Text, PCWSTR String);
VOID ShAppendCharacter(PSH_TEXT Text, WCHAR Character);
VOID ShAppendFormat(PSH_TEXT Text, PCWSTR Format, ...);
VOID ShTruncate(PSH_TEXT Text, SIZE_T Length);
PCWSTR ShString(const SH_TEXT *Text); // never null
VOID ShFreeText(PSH_TEXT Text);       // leaves an empty one

PWSTR ShCopy(PCWSTR Characters, SIZE_T Length); // freed with SysFree
PCWSTR ShSkipBlanks(PCWSTR Text);
PWSTR ShTrimmed(PCWSTR Text); // a copy without the blanks at its ends
