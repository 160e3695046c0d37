// Private to the formatted-text functions.
#ifndef RTL_CRT_FORMAT_H
#define RTL_CRT_FORMAT_H

#include "../rtlp.h"

// Text that printf reads: a format, or the string of a %s.
typedef struct _FORMAT_TEXT {
    BOOLEAN Wide;
    const VOID *Text;
} FORMAT_TEXT;

// Where printf writes. Count goes on beyond Room, so that a caller learns the length it would need.
typedef struct _FORMAT_OUTPUT {
    BOOLEAN Wide;
    VOID *Buffer;
    SIZE_T Room;
    SIZE_T Count;
} FORMAT_OUTPUT, *PFORMAT_OUTPUT;

// One conversion specification.
typedef struct _FORMAT_SPEC {
    BOOLEAN Left;
    BOOLEAN Plus;
    BOOLEAN Space;
    BOOLEAN Alternate;
    BOOLEAN Zero;
    ULONG Width;
    LONG Precision; // -1: none given
    UCHAR Size;     // of an integer, in bytes
    UCHAR CharSize; // 0: as the format; 1: narrow; 2: wide
    WCHAR Conversion;
} FORMAT_SPEC, *PFORMAT_SPEC;

static inline WCHAR RtlpFormatAt(FORMAT_TEXT Text, SIZE_T Index)
{
    return Text.Wide ? ((const WCHAR *)Text.Text)[Index] : ((const UCHAR *)Text.Text)[Index];
}

VOID RtlpFormat(PFORMAT_OUTPUT Output, FORMAT_TEXT Format, va_list *Arguments);

VOID RtlpFormatPut(PFORMAT_OUTPUT Output, WCHAR Character);
VOID RtlpFormatPad(PFORMAT_OUTPUT Output, WCHAR Character, ULONG Count);

// A sign or prefix, zeros where they belong, and a body of Length characters, padded to the width.
typedef VOID (*PFORMAT_BODY)(PFORMAT_OUTPUT Output, const VOID *Context);
VOID RtlpFormatField(PFORMAT_OUTPUT Output, const FORMAT_SPEC *Spec, PCSTR Prefix, SIZE_T Length,
                     PFORMAT_BODY Body, const VOID *Context);

VOID RtlpFormatDouble(PFORMAT_OUTPUT Output, const FORMAT_SPEC *Spec, double Value);

#endif
