// Strings of wchar_t.
#include "../rtlp.h"

typedef wchar_t CHARACTER;
#define STR(Name)       wcs##Name
#define _STR(Name)      _wcs##Name
#define CODE(Character) ((WCHAR)(Character))
#define FIND_TYPE       wchar_t

#include "string.inc"
