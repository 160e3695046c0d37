// Moving, filling and comparing memory. Speed comes from 16-byte vectors and from overlapping the
// last piece with the one before it, so that no length needs a loop over single bytes. `rep movsb`
// would be shorter, but costs one instruction a byte on an emulated processor.
#include "../rtlp.h"

// Loads and stores of any alignment that may alias anything.
typedef ULONGLONG VECTOR __attribute__((vector_size(16), aligned(1), may_alias));
typedef ULONGLONG WORD8 __attribute__((aligned(1), may_alias));
typedef ULONG WORD4 __attribute__((aligned(1), may_alias));
typedef USHORT WORD2 __attribute__((aligned(1), may_alias));

#define AT(Type, Base, Offset)   (*(Type *)((UCHAR *)(Base) + (Offset)))
#define FROM(Type, Base, Offset) (*(const Type *)((const UCHAR *)(Base) + (Offset)))

// Up to 16 bytes. Everything is read before anything is written, so the buffers may overlap.
static inline void CopyShort(void *Destination, const void *Source, size_t Length)
{
    if (Length >= 8) {
        WORD8 First = FROM(WORD8, Source, 0), Last = FROM(WORD8, Source, Length - 8);
        AT(WORD8, Destination, 0) = First;
        AT(WORD8, Destination, Length - 8) = Last;
    } else if (Length >= 4) {
        WORD4 First = FROM(WORD4, Source, 0), Last = FROM(WORD4, Source, Length - 4);
        AT(WORD4, Destination, 0) = First;
        AT(WORD4, Destination, Length - 4) = Last;
    } else if (Length >= 2) {
        WORD2 First = FROM(WORD2, Source, 0), Last = FROM(WORD2, Source, Length - 2);
        AT(WORD2, Destination, 0) = First;
        AT(WORD2, Destination, Length - 2) = Last;
    } else if (Length) {
        AT(UCHAR, Destination, 0) = FROM(UCHAR, Source, 0);
    }
}

// 17 to 64 bytes, also all read before written.
static inline void CopyMedium(void *Destination, const void *Source, size_t Length)
{
    VECTOR First = FROM(VECTOR, Source, 0), Last = FROM(VECTOR, Source, Length - 16);
    if (Length > 32) {
        VECTOR Second = FROM(VECTOR, Source, 16), Third = FROM(VECTOR, Source, Length - 32);
        AT(VECTOR, Destination, 16) = Second;
        AT(VECTOR, Destination, Length - 32) = Third;
    }
    AT(VECTOR, Destination, 0) = First;
    AT(VECTOR, Destination, Length - 16) = Last;
}

static inline void CopyBlock(void *Destination, const void *Source, size_t Offset)
{
    VECTOR A = FROM(VECTOR, Source, Offset), B = FROM(VECTOR, Source, Offset + 16);
    VECTOR C = FROM(VECTOR, Source, Offset + 32), D = FROM(VECTOR, Source, Offset + 48);
    AT(VECTOR, Destination, Offset) = A;
    AT(VECTOR, Destination, Offset + 16) = B;
    AT(VECTOR, Destination, Offset + 32) = C;
    AT(VECTOR, Destination, Offset + 48) = D;
}

// The tail is read first: an overlapping forward copy would have changed it by the time of its turn.
static inline void CopyForward(void *Destination, const void *Source, size_t Length)
{
    VECTOR A = FROM(VECTOR, Source, Length - 64), B = FROM(VECTOR, Source, Length - 48);
    VECTOR C = FROM(VECTOR, Source, Length - 32), D = FROM(VECTOR, Source, Length - 16);
    for (size_t Offset = 0; Offset < Length - 64; Offset += 64)
        CopyBlock(Destination, Source, Offset);
    AT(VECTOR, Destination, Length - 64) = A;
    AT(VECTOR, Destination, Length - 48) = B;
    AT(VECTOR, Destination, Length - 32) = C;
    AT(VECTOR, Destination, Length - 16) = D;
}

static inline void CopyBackward(void *Destination, const void *Source, size_t Length)
{
    VECTOR A = FROM(VECTOR, Source, 0), B = FROM(VECTOR, Source, 16);
    VECTOR C = FROM(VECTOR, Source, 32), D = FROM(VECTOR, Source, 48);
    for (size_t Offset = Length; Offset > 64; Offset -= 64)
        CopyBlock(Destination, Source, Offset - 64);
    AT(VECTOR, Destination, 0) = A;
    AT(VECTOR, Destination, 16) = B;
    AT(VECTOR, Destination, 32) = C;
    AT(VECTOR, Destination, 48) = D;
}

static inline void *Copy(void *Destination, const void *Source, size_t Length)
{
    if (Length <= 16)
        CopyShort(Destination, Source, Length);
    else if (Length <= 64)
        CopyMedium(Destination, Source, Length);
    else if ((ULONG_PTR)Destination - (ULONG_PTR)Source >= Length)
        CopyForward(Destination, Source, Length);
    else
        CopyBackward(Destination, Source, Length);
    return Destination;
}

void *__cdecl memmove(void *Destination, const void *Source, size_t Length)
{
    return Copy(Destination, Source, Length);
}

// As on Windows, memcpy also tolerates overlap: old drivers rely on it.
void *__cdecl memcpy(void *Destination, const void *Source, size_t Length)
{
    return Copy(Destination, Source, Length);
}

void *__cdecl memset(void *Destination, int Value, size_t Length)
{
    ULONGLONG Pattern = (UCHAR)Value * 0x0101010101010101ULL;
    if (Length < 16) {
        if (Length >= 8) {
            AT(WORD8, Destination, 0) = Pattern;
            AT(WORD8, Destination, Length - 8) = Pattern;
        } else if (Length >= 4) {
            AT(WORD4, Destination, 0) = (WORD4)Pattern;
            AT(WORD4, Destination, Length - 4) = (WORD4)Pattern;
        } else if (Length >= 2) {
            AT(WORD2, Destination, 0) = (WORD2)Pattern;
            AT(WORD2, Destination, Length - 2) = (WORD2)Pattern;
        } else if (Length) {
            AT(UCHAR, Destination, 0) = (UCHAR)Pattern;
        }
        return Destination;
    }

    VECTOR Wide = {Pattern, Pattern};
    size_t Offset = 0;
    for (; Offset + 64 <= Length; Offset += 64) {
        AT(VECTOR, Destination, Offset) = Wide;
        AT(VECTOR, Destination, Offset + 16) = Wide;
        AT(VECTOR, Destination, Offset + 32) = Wide;
        AT(VECTOR, Destination, Offset + 48) = Wide;
    }
    for (; Offset + 16 <= Length; Offset += 16)
        AT(VECTOR, Destination, Offset) = Wide;
    AT(VECTOR, Destination, Length - 16) = Wide;
    return Destination;
}

int __cdecl memcmp(const void *First, const void *Second, size_t Length)
{
    size_t Offset = 0;
    for (; Offset + 8 <= Length; Offset += 8) {
        ULONGLONG A = FROM(WORD8, First, Offset), B = FROM(WORD8, Second, Offset);
        if (A == B)
            continue;
        A = __builtin_bswap64(A);
        B = __builtin_bswap64(B);
        return A < B ? -1 : 1;
    }
    for (; Offset < Length; Offset++) {
        int Difference = FROM(UCHAR, First, Offset) - FROM(UCHAR, Second, Offset);
        if (Difference)
            return Difference;
    }
    return 0;
}

void *__cdecl memchr(const void *Buffer, int Value, size_t Length)
{
    const UCHAR *Bytes = Buffer;
    for (size_t Index = 0; Index < Length; Index++)
        if (Bytes[Index] == (UCHAR)Value)
            return (void *)(Bytes + Index);
    return nullptr;
}

int __cdecl _memicmp(const void *First, const void *Second, size_t Length)
{
    const UCHAR *A = First, *B = Second;
    for (size_t Index = 0; Index < Length; Index++) {
        int Difference = RtlpAsciiLower(A[Index]) - RtlpAsciiLower(B[Index]);
        if (Difference)
            return Difference;
    }
    return 0;
}

void *__cdecl _memccpy(void *Destination, const void *Source, int Stop, size_t Length)
{
    UCHAR *To = Destination;
    const UCHAR *From = Source;
    for (size_t Index = 0; Index < Length; Index++) {
        To[Index] = From[Index];
        if (From[Index] == (UCHAR)Stop)
            return To + Index + 1;
    }
    return nullptr;
}

// The secure variants clear the destination when they refuse, so that nothing stale is used.
int __cdecl memcpy_s(void *Destination, size_t Size, const void *Source, size_t Length)
{
    if (!Length)
        return 0;
    if (!Destination)
        return RTLP_EINVAL;
    if (!Source || Size < Length) {
        memset(Destination, 0, Size);
        return Source ? RTLP_ERANGE : RTLP_EINVAL;
    }
    Copy(Destination, Source, Length);
    return 0;
}

// Unlike memcpy_s, memmove_s leaves the destination alone when it refuses.
int __cdecl memmove_s(void *Destination, size_t Size, const void *Source, size_t Length)
{
    if (!Length)
        return 0;
    if (!Destination || !Source)
        return RTLP_EINVAL;
    if (Size < Length)
        return RTLP_ERANGE;
    Copy(Destination, Source, Length);
    return 0;
}
