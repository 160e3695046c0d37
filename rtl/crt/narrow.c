// Strings of char.
#include "../rtlp.h"

typedef char CHARACTER;
#define STR(Name)       str##Name
#define _STR(Name)      _str##Name
#define CODE(Character) ((UCHAR)(Character))
#define FIND_TYPE       int

#include "string.inc"

int __cdecl _strcmpi(const char *First, const char *Second)
{
    return _stricmp(First, Second);
}
