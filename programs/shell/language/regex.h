// Regular expressions as findstr has them:
//
//     .  any character          x*  any number of x, none too     [abc] [a-z]  one of these     [^abc]  none of these
//     ^  the line's begin       $   the line's end                \<  a word's begin             \>      a word's end
//     \x the character x
//
// A star at the begin, a circumflex that is not there and a dollar sign that is not at the end mean themselves.
#pragma once

#include "text.h"

typedef struct _SH_REGEX SH_REGEX, *PSH_REGEX;

enum {
    ShRegexLiteral = 0x1, // no character means anything else
    ShRegexIgnoreCase = 0x2,
    ShRegexAtBegin = 0x4,
    ShRegexAtEnd = 0x8,
};

PSH_REGEX ShMakeRegex(PCWSTR Pattern, ULONG Flags);
VOID ShFreeRegex(PSH_REGEX Regex);
// Is it anywhere in the line? Takes time by the product of the lengths.
BOOLEAN ShFindRegex(PSH_REGEX Regex, PCWSTR Line);
