// Numbers in strings of wchar_t.
#include "../rtlp.h"

typedef wchar_t CHARACTER;
#define TO(Name)                  wcsto##Name
#define _TO(Name)                 _wcsto##Name
#define FROM_STRING(Narrow, Wide) Wide
#define TO_STRING(Type)           _##Type##tow

#include "number.inc"
