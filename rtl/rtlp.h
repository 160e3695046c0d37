// Private to rtl.
#ifndef RTL_RTLP_H
#define RTL_RTLP_H

#include "rtl.h"

// ASCII letters only: the C locale.
static inline WCHAR RtlpAsciiUpper(WCHAR Character)
{
    return Character >= 'a' && Character <= 'z' ? Character - ('a' - 'A') : Character;
}

static inline WCHAR RtlpAsciiLower(WCHAR Character)
{
    return Character >= 'A' && Character <= 'Z' ? Character + ('a' - 'A') : Character;
}

// One character of the ANSI code page.
WCHAR RtlpAnsiToUnicodeChar(UCHAR Byte);
UCHAR RtlpUnicodeToAnsiChar(WCHAR Character);

// errno values of the CRT's secure functions.
#define RTLP_EINVAL    22
#define RTLP_ERANGE    34
#define RTLP_STRUNCATE 80

// Smaller and larger, of one type.
#define RtlpMin(First, Second) ((First) < (Second) ? (First) : (Second))
#define RtlpMax(First, Second) ((First) > (Second) ? (First) : (Second))

#endif
