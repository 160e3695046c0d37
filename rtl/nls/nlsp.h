// Private to rtl: the built-in case tables and code pages (gen_nls.py makes them).
#ifndef RTL_NLS_NLSP_H
#define RTL_NLS_NLSP_H

#include "../rtlp.h"

// Two-level tables: blocks of 64 entries, equal ones stored once.
#define NLS_BLOCK_SHIFT 6
#define NLS_BLOCK_MASK  63

extern const UCHAR RtlpUpcaseIndex[];
extern const USHORT RtlpUpcaseBlocks[][NLS_BLOCK_MASK + 1];
extern const UCHAR RtlpDowncaseIndex[];
extern const USHORT RtlpDowncaseBlocks[][NLS_BLOCK_MASK + 1];

extern const WCHAR RtlpAnsiToUnicode[];
extern const UCHAR RtlpAnsiFromUnicodeIndex[];
extern const UCHAR RtlpAnsiFromUnicodeBlocks[][NLS_BLOCK_MASK + 1];
extern const WCHAR RtlpOemToUnicode[];
extern const UCHAR RtlpOemFromUnicodeIndex[];
extern const UCHAR RtlpOemFromUnicodeBlocks[][NLS_BLOCK_MASK + 1];

// A built-in code page of one byte a character. In FromUnicode 0 means that there is no such byte.
typedef struct _NLS_PAGE {
    USHORT CodePage;
    const WCHAR *ToUnicode;
    const UCHAR *FromUnicodeIndex;
    const UCHAR (*FromUnicodeBlocks)[NLS_BLOCK_MASK + 1];
} NLS_PAGE;
typedef const NLS_PAGE *PNLS_PAGE;

extern const NLS_PAGE RtlpAnsiPage;
extern const NLS_PAGE RtlpOemPage;

ULONG RtlpPageToUnicode(PNLS_PAGE Page, PWCH Unicode, ULONG MaxUnicodeBytes, const CHAR *Bytes,
                        ULONG ByteCount);
ULONG RtlpPageFromUnicode(PNLS_PAGE Page, PCHAR Bytes, ULONG MaxBytes, PCWCH Unicode,
                          ULONG UnicodeBytes, BOOLEAN Upcase);

#endif
