// MD4 (RFC 1320) and MD5 (RFC 1321), which Windows' ntdll exports.

#include "../ntdllp.h"

#include <nt/nthash.h>

typedef VOID HASH_BLOCK(ULONG State[4], const UCHAR *Data);

static ULONG RotateLeft(ULONG Value, ULONG Count)
{
    return Value << Count | Value >> (32 - Count);
}

// One of three, or of four, functions of a round.
static ULONG Choose(ULONG X, ULONG Y, ULONG Z)
{
    return (X & Y) | (~X & Z);
}

static ULONG Majority(ULONG X, ULONG Y, ULONG Z)
{
    return (X & Y) | (X & Z) | (Y & Z);
}

// The four words turn by one place with each step.
static VOID TurnState(ULONG Words[4], ULONG New)
{
    Words[0] = Words[3];
    Words[3] = Words[2];
    Words[2] = Words[1];
    Words[1] = New;
}

static VOID Md4Block(ULONG State[4], const UCHAR *Data)
{
    static const UCHAR Order[3][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15},
        {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15},
    };
    static const UCHAR Shift[3][4] = {{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};
    static const ULONG Constant[3] = {0, 0x5A827999, 0x6ED9EBA1};
    ULONG X[16], W[4];
    memcpy(X, Data, sizeof(X));
    memcpy(W, State, sizeof(W));
    for (ULONG Step = 0; Step < 48; Step++) {
        ULONG Round = Step / 16, F = W[1] ^ W[2] ^ W[3];
        if (Round == 0)
            F = Choose(W[1], W[2], W[3]);
        else if (Round == 1)
            F = Majority(W[1], W[2], W[3]);
        ULONG Sum = W[0] + F + X[Order[Round][Step % 16]] + Constant[Round];
        TurnState(W, RotateLeft(Sum, Shift[Round][Step % 4]));
    }
    for (ULONG i = 0; i < 4; i++)
        State[i] += W[i];
}

// floor(2^32 * |sin(i + 1)|)
static const ULONG Md5Sine[64] = {
    0xD76AA478, 0xE8C7B756, 0x242070DB, 0xC1BDCEEE, 0xF57C0FAF, 0x4787C62A, 0xA8304613, 0xFD469501,
    0x698098D8, 0x8B44F7AF, 0xFFFF5BB1, 0x895CD7BE, 0x6B901122, 0xFD987193, 0xA679438E, 0x49B40821,
    0xF61E2562, 0xC040B340, 0x265E5A51, 0xE9B6C7AA, 0xD62F105D, 0x02441453, 0xD8A1E681, 0xE7D3FBC8,
    0x21E1CDE6, 0xC33707D6, 0xF4D50D87, 0x455A14ED, 0xA9E3E905, 0xFCEFA3F8, 0x676F02D9, 0x8D2A4C8A,
    0xFFFA3942, 0x8771F681, 0x6D9D6122, 0xFDE5380C, 0xA4BEEA44, 0x4BDECFA9, 0xF6BB4B60, 0xBEBFBC70,
    0x289B7EC6, 0xEAA127FA, 0xD4EF3085, 0x04881D05, 0xD9D4D039, 0xE6DB99E5, 0x1FA27CF8, 0xC4AC5665,
    0xF4292244, 0x432AFF97, 0xAB9423A7, 0xFC93A039, 0x655B59C3, 0x8F0CCC92, 0xFFEFF47D, 0x85845DD1,
    0x6FA87E4F, 0xFE2CE6E0, 0xA3014314, 0x4E0811A1, 0xF7537E82, 0xBD3AF235, 0x2AD7D2BB, 0xEB86D391,
};

static VOID Md5Block(ULONG State[4], const UCHAR *Data)
{
    static const UCHAR Shift[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    static const UCHAR Factor[4] = {1, 5, 3, 7}, First[4] = {0, 1, 5, 0};
    ULONG X[16], W[4];
    memcpy(X, Data, sizeof(X));
    memcpy(W, State, sizeof(W));
    for (ULONG Step = 0; Step < 64; Step++) {
        ULONG Round = Step / 16, F = W[2] ^ (W[1] | ~W[3]);
        if (Round == 0)
            F = Choose(W[1], W[2], W[3]);
        else if (Round == 1)
            F = Choose(W[3], W[1], W[2]);
        else if (Round == 2)
            F = W[1] ^ W[2] ^ W[3];
        ULONG Sum = W[0] + F + X[(Step * Factor[Round] + First[Round]) % 16] + Md5Sine[Step];
        TurnState(W, W[1] + RotateLeft(Sum, Shift[Round][Step % 4]));
    }
    for (ULONG i = 0; i < 4; i++)
        State[i] += W[i];
}

static VOID MdInit(MD4_CTX *Context)
{
    static const ULONG Initial[4] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
    Context->Count[0] = Context->Count[1] = 0;
    memcpy(Context->State, Initial, sizeof(Initial));
}

static VOID MdUpdate(MD4_CTX *Context, const UCHAR *Data, ULONG Length, HASH_BLOCK *Block)
{
    ULONG Filled = Context->Count[0] / 8 % sizeof(Context->Buffer);
    ULONG64 Bits = (ULONG64)Context->Count[1] << 32 | Context->Count[0];
    Bits += (ULONG64)Length * 8;
    Context->Count[0] = (ULONG)Bits;
    Context->Count[1] = (ULONG)(Bits >> 32);
    while (Length) {
        ULONG Part = min(Length, (ULONG)sizeof(Context->Buffer) - Filled);
        memcpy(Context->Buffer + Filled, Data, Part);
        Data += Part;
        Length -= Part;
        Filled += Part;
        if (Filled == sizeof(Context->Buffer)) {
            Block(Context->State, Context->Buffer);
            Filled = 0;
        }
    }
}

// A one bit, zeros up to the last 8 bytes of a block, the length in bits.
static VOID MdFinal(MD4_CTX *Context, HASH_BLOCK *Block)
{
    static const UCHAR Padding[64] = {0x80};
    ULONG Length[2] = {Context->Count[0], Context->Count[1]};
    ULONG Filled = Context->Count[0] / 8 % 64;
    MdUpdate(Context, Padding, (Filled < 56 ? 56 : 120) - Filled, Block);
    MdUpdate(Context, (const UCHAR *)Length, sizeof(Length), Block);
    memcpy(Context->Digest, Context->State, sizeof(Context->Digest));
}

VOID NTAPI MD4Init(MD4_CTX *Context)
{
    MdInit(Context);
}

VOID NTAPI MD4Update(MD4_CTX *Context, const VOID *Data, ULONG Length)
{
    MdUpdate(Context, Data, Length, Md4Block);
}

VOID NTAPI MD4Final(MD4_CTX *Context)
{
    MdFinal(Context, Md4Block);
}

VOID NTAPI MD5Init(MD5_CTX *Context)
{
    MdInit((MD4_CTX *)Context);
}

VOID NTAPI MD5Update(MD5_CTX *Context, const VOID *Data, ULONG Length)
{
    MdUpdate((MD4_CTX *)Context, Data, Length, Md5Block);
}

VOID NTAPI MD5Final(MD5_CTX *Context)
{
    MdFinal((MD4_CTX *)Context, Md5Block);
}
