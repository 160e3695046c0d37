// Random bytes: RDSEED, else RDRAND; without either, ChaCha20 (RFC 8439) keyed from the little that a
// deterministic machine offers, which the log says.
#include "exp.h"

typedef struct _EXP_CHACHA {
    ULONG State[16]; // constants, key, counter, nonce
    UCHAR Block[64];
    ULONG Used; // bytes of Block
} EXP_CHACHA;

static enum { ExpUnknown, ExpRdseed, ExpRdrand, ExpChaCha } ExpRandomSource;
static EXP_CHACHA ExpChaChaState;

static BOOLEAN ExpReadRdseed(PULONGLONG Value)
{
    ULONGLONG Word;
    UCHAR Valid;
    __asm__ volatile("rdseed %0; setc %1" : "=r"(Word), "=qm"(Valid)::"cc");
    *Value = Word;
    return Valid;
}

static BOOLEAN ExpReadRdrand(PULONGLONG Value)
{
    ULONGLONG Word;
    UCHAR Valid;
    __asm__ volatile("rdrand %0; setc %1" : "=r"(Word), "=qm"(Valid)::"cc");
    *Value = Word;
    return Valid;
}

// ---- ChaCha20

static ULONG ExpRotate(ULONG Value, ULONG Bits)
{
    return Value << Bits | Value >> (32 - Bits);
}

static VOID ExpQuarterRound(PULONG State, ULONG A, ULONG B, ULONG C, ULONG D)
{
    State[A] += State[B];
    State[D] = ExpRotate(State[D] ^ State[A], 16);
    State[C] += State[D];
    State[B] = ExpRotate(State[B] ^ State[C], 12);
    State[A] += State[B];
    State[D] = ExpRotate(State[D] ^ State[A], 8);
    State[C] += State[D];
    State[B] = ExpRotate(State[B] ^ State[C], 7);
}

static VOID ExpChaChaBlock(EXP_CHACHA *ChaCha)
{
    ULONG Working[16];
    memcpy(Working, ChaCha->State, sizeof(Working));
    for (ULONG Round = 0; Round < 20; Round += 2) {
        for (ULONG Column = 0; Column < 4; Column++)
            ExpQuarterRound(Working, Column, 4 + Column, 8 + Column, 12 + Column);
        for (ULONG Column = 0; Column < 4; Column++)
            ExpQuarterRound(Working, Column, 4 + (Column + 1) % 4, 8 + (Column + 2) % 4,
                            12 + (Column + 3) % 4);
    }
    for (ULONG i = 0; i < 16; i++)
        Working[i] += ChaCha->State[i];
    memcpy(ChaCha->Block, Working, sizeof(Working));
    ChaCha->State[12]++;
    ChaCha->Used = 0;
}

static ULONGLONG ExpChaChaWord(EXP_CHACHA *ChaCha)
{
    if (ChaCha->Used + sizeof(ULONGLONG) > sizeof(ChaCha->Block))
        ExpChaChaBlock(ChaCha);
    ULONGLONG Word;
    memcpy(&Word, ChaCha->Block + ChaCha->Used, sizeof(Word));
    ChaCha->Used += sizeof(Word);
    return Word;
}

static VOID ExpSeedChaCha(EXP_CHACHA *ChaCha)
{
    static const ULONG Constants[4] = {0x61707865, 0x3320646E, 0x79622D32, 0x6B206574};
    LARGE_INTEGER Time;
    KeQuerySystemTime(&Time);
    ULONGLONG Seed[5] = {__builtin_ia32_rdtsc(), (ULONGLONG)Time.QuadPart,
                         (ULONGLONG)KeQueryPerformanceCounter(nullptr).QuadPart,
                         KeQueryInterruptTime(), (ULONG_PTR)&Time};
    memcpy(ChaCha->State, Constants, sizeof(Constants));
    memcpy(ChaCha->State + 4, Seed, 32);
    ChaCha->State[12] = 0;
    memcpy(ChaCha->State + 13, &Seed[4], 8);
    ChaCha->Used = sizeof(ChaCha->Block);
}

// ---- The source

static VOID ExpChooseSource(void)
{
    constexpr ULONG RdrandBit = 1U << 30; // leaf 1, ecx
    constexpr ULONG RdseedBit = 1U << 18; // leaf 7, ebx
    ULONG Leaf0[4], Leaf1[4], Leaf7[4] = {};
    ExpCpuid(0, Leaf0);
    ExpCpuid(1, Leaf1);
    if (Leaf0[0] >= 7)
        ExpCpuid(7, Leaf7);
    if (Leaf7[1] & RdseedBit) {
        ExpRandomSource = ExpRdseed;
    } else if (Leaf1[2] & RdrandBit) {
        ExpRandomSource = ExpRdrand;
    } else {
        ExpRandomSource = ExpChaCha;
        ExpSeedChaCha(&ExpChaChaState);
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_WARNING_LEVEL,
                   "ex: the processor has no random numbers; they come from the clock\n");
    }
}

// RDSEED runs dry when it is asked too often; RDRAND goes on. Intel asks for ten attempts.
static BOOLEAN ExpHardwareWord(PULONGLONG Word)
{
    for (ULONG Attempt = 0; Attempt < 10; Attempt++) {
        if (ExpRandomSource == ExpRdseed ? ExpReadRdseed(Word) : ExpReadRdrand(Word))
            return TRUE;
    }
    return ExpRandomSource == ExpRdseed && ExpReadRdrand(Word);
}

static ULONGLONG ExpRandomWord(void)
{
    ULONGLONG Word;
    if (ExpRandomSource != ExpChaCha && ExpHardwareWord(&Word))
        return Word;
    if (ExpRandomSource != ExpChaCha) {
        ExpRandomSource = ExpChaCha;
        ExpSeedChaCha(&ExpChaChaState);
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_WARNING_LEVEL,
                   "ex: the processor's random numbers failed; they come from the clock now\n");
    }
    return ExpChaChaWord(&ExpChaChaState);
}

VOID ExGetRandomBytes(PVOID Buffer, SIZE_T Size)
{
    if (ExpRandomSource == ExpUnknown)
        ExpChooseSource();
    PUCHAR Next = Buffer;
    while (Size) {
        ULONGLONG Word = ExpRandomWord();
        SIZE_T Part = min(Size, sizeof(Word));
        memcpy(Next, &Word, Part);
        Next += Part;
        Size -= Part;
    }
}
