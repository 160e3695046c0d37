// Hashes. nt.h does not include this.
#ifndef NT_NTHASH_H
#define NT_NTHASH_H

#include <nt.h>

// The layout that callers of these functions know.
typedef struct _MD_CONTEXT {
    ULONG Count[2]; // bits
    ULONG State[4];
    UCHAR Buffer[64];
    UCHAR Digest[16];
} MD4_CTX;

typedef struct _MD5_CONTEXT {
    ULONG Count[2];
    ULONG State[4];
    UCHAR Buffer[64];
    UCHAR Digest[16];
} MD5_CTX;
static_assert(sizeof(MD4_CTX) == sizeof(MD5_CTX) && sizeof(MD4_CTX) == 0x68);

VOID NTAPI MD4Init(MD4_CTX *Context);
VOID NTAPI MD4Update(MD4_CTX *Context, const VOID *Data, ULONG Length);
VOID NTAPI MD4Final(MD4_CTX *Context);
VOID NTAPI MD5Init(MD5_CTX *Context);
VOID NTAPI MD5Update(MD5_CTX *Context, const VOID *Data, ULONG Length);
VOID NTAPI MD5Final(MD5_CTX *Context);

#endif
