// Character classes and case of the C locale: ASCII, in wide characters too.
#include "../rtlp.h"

enum {
    UPPER = 0x01,
    LOWER = 0x02,
    DIGIT = 0x04,
    SPACE = 0x08,
    PUNCT = 0x10,
    CONTROL = 0x20,
    BLANK = 0x40,
    HEX = 0x80,
};

static const UCHAR Classes[128] = {
    [0 ... 8] = CONTROL,         ['\t' ... '\r'] = CONTROL | SPACE,
    [14 ... 31] = CONTROL,       [' '] = SPACE | BLANK,
    ['!' ... '/'] = PUNCT,       ['0' ... '9'] = DIGIT | HEX,
    [':' ... '@'] = PUNCT,       ['A' ... 'F'] = UPPER | HEX,
    ['G' ... 'Z'] = UPPER,       ['[' ... '`'] = PUNCT,
    ['a' ... 'f'] = LOWER | HEX, ['g' ... 'z'] = LOWER,
    ['{' ... '~'] = PUNCT,       [127] = CONTROL,
};

static int Is(ULONG Character, int Mask)
{
    return Character < 128 ? Classes[Character] & Mask : 0;
}

#define CLASS_FUNCTION(Name, Type, Mask)   \
    int __cdecl Name(Type Character)       \
    {                                      \
        return Is((ULONG)Character, Mask); \
    }

CLASS_FUNCTION(isalnum, int, UPPER | LOWER | DIGIT)
CLASS_FUNCTION(isalpha, int, UPPER | LOWER)
CLASS_FUNCTION(iscntrl, int, CONTROL)
CLASS_FUNCTION(isdigit, int, DIGIT)
CLASS_FUNCTION(isgraph, int, UPPER | LOWER | DIGIT | PUNCT)
CLASS_FUNCTION(islower, int, LOWER)
CLASS_FUNCTION(isprint, int, UPPER | LOWER | DIGIT | PUNCT | BLANK)
CLASS_FUNCTION(ispunct, int, PUNCT)
CLASS_FUNCTION(isspace, int, SPACE)
CLASS_FUNCTION(isupper, int, UPPER)
CLASS_FUNCTION(isxdigit, int, HEX)
CLASS_FUNCTION(iswalnum, wint_t, UPPER | LOWER | DIGIT)
CLASS_FUNCTION(iswalpha, wint_t, UPPER | LOWER)
CLASS_FUNCTION(iswdigit, wint_t, DIGIT)
CLASS_FUNCTION(iswlower, wint_t, LOWER)
CLASS_FUNCTION(iswspace, wint_t, SPACE)
CLASS_FUNCTION(iswxdigit, wint_t, HEX)

int __cdecl iswascii(wint_t Character)
{
    return Character < 128;
}

int __cdecl __isascii(int Character)
{
    return (unsigned)Character < 128;
}

int __cdecl __toascii(int Character)
{
    return Character & 0x7F;
}

int __cdecl tolower(int Character)
{
    return Is((ULONG)Character, UPPER) ? Character + ('a' - 'A') : Character;
}

int __cdecl toupper(int Character)
{
    return Is((ULONG)Character, LOWER) ? Character - ('a' - 'A') : Character;
}

// The underscored forms take only a letter of the other case, and do not check.
int __cdecl _tolower(int Character)
{
    return Character + ('a' - 'A');
}

int __cdecl _toupper(int Character)
{
    return Character - ('a' - 'A');
}

wint_t __cdecl towlower(wint_t Character)
{
    return Is(Character, UPPER) ? Character + ('a' - 'A') : Character;
}

wint_t __cdecl towupper(wint_t Character)
{
    return Is(Character, LOWER) ? Character - ('a' - 'A') : Character;
}
