// Numbers in strings of char.
#include "../rtlp.h"

typedef char CHARACTER;
#define TO(Name)                  strto##Name
#define _TO(Name)                 _strto##Name
#define FROM_STRING(Narrow, Wide) Narrow
#define TO_STRING(Type)           _##Type##toa

#include "number.inc"

int __cdecl abs(int Value)
{
    return Value < 0 ? (int)(0 - (unsigned)Value) : Value;
}

LONG __cdecl labs(LONG Value)
{
    return Value < 0 ? (LONG)(0 - (ULONG)Value) : Value;
}
