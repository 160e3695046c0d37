// In place of drvhost/ntos.h, for what is pure logic: the types of <ntifs.h> that it uses, and doubles of the services.
#pragma once

#include <rtl.h>

typedef ULONG POOL_TYPE;
enum { NonPagedPoolNx, PagedPool };

typedef struct _BASE_MCB {
    ULONG MaximumPairCount, PairCount;
    USHORT PoolType, Flags;
    PVOID Mapping;
} BASE_MCB, *PBASE_MCB;

typedef struct _KGUARDED_MUTEX {
    ULONG Held;
} KGUARDED_MUTEX, *PKGUARDED_MUTEX;

typedef struct _LARGE_MCB {
    PKGUARDED_MUTEX GuardedMutex;
    BASE_MCB BaseMcb;
} LARGE_MCB, *PLARGE_MCB;

extern SIZE_T TestBlocks; // of pool, that are in use
PVOID ExAllocatePoolWithTag(POOL_TYPE Type, SIZE_T Size, ULONG Tag);
VOID ExFreePoolWithTag(PVOID Block, ULONG Tag);
[[noreturn]] VOID ExRaiseStatus(NTSTATUS Status);
VOID KeInitializeGuardedMutex(PKGUARDED_MUTEX Mutex);
VOID KeAcquireGuardedMutex(PKGUARDED_MUTEX Mutex);
VOID KeReleaseGuardedMutex(PKGUARDED_MUTEX Mutex);

#include "irp.h"

// ---- Names

#define DOS_STAR L'<'
#define DOS_QM   L'>'
#define DOS_DOT  L'"'

extern const UCHAR *const FsRtlLegalAnsiCharacterArray;
enum { FsRtlFatLegal = 1, FsRtlHpfsLegal = 2, FsRtlWild = 8 };
#define FsRtlTestCharacter(c, Wild, Flag) \
    ((signed char)(c) < 0 ||              \
     (FsRtlLegalAnsiCharacterArray[(UCHAR)(c)] & ((Flag) | ((Wild) ? FsRtlWild : 0))))
#define FsRtlIsAnsiCharacterLegalFat(c, Wild)  FsRtlTestCharacter(c, Wild, FsRtlFatLegal)
#define FsRtlIsAnsiCharacterLegalHpfs(c, Wild) FsRtlTestCharacter(c, Wild, FsRtlHpfsLegal)

BOOLEAN FsRtlIsNameInExpression(PUNICODE_STRING Expression, PUNICODE_STRING Name,
                                BOOLEAN IgnoreCase, PWCHAR UpcaseTable);
BOOLEAN FsRtlIsDbcsInExpression(PANSI_STRING Expression, PANSI_STRING Name);
BOOLEAN FsRtlDoesNameContainWildCards(PUNICODE_STRING Name);
BOOLEAN FsRtlAreNamesEqual(PCUNICODE_STRING Name1, PCUNICODE_STRING Name2, BOOLEAN IgnoreCase,
                           PCWCH UpcaseTable);
VOID FsRtlDissectName(UNICODE_STRING Path, PUNICODE_STRING FirstName,
                      PUNICODE_STRING RemainingName);
BOOLEAN FsRtlIsFatDbcsLegal(ANSI_STRING Name, BOOLEAN WildCards, BOOLEAN PathName,
                            BOOLEAN LeadingBackslash);
BOOLEAN FsRtlIsHpfsDbcsLegal(ANSI_STRING Name, BOOLEAN WildCards, BOOLEAN PathName,
                             BOOLEAN LeadingBackslash);

// ---- Mapping control blocks

BOOLEAN FsRtlInitializeBaseMcbEx(PBASE_MCB Mcb, POOL_TYPE PoolType, USHORT Flags);
VOID FsRtlInitializeLargeMcb(PLARGE_MCB Mcb, POOL_TYPE PoolType);
VOID FsRtlUninitializeLargeMcb(PLARGE_MCB Mcb);
VOID FsRtlTruncateLargeMcb(PLARGE_MCB Mcb, LONGLONG Vbn);
BOOLEAN FsRtlAddLargeMcbEntry(PLARGE_MCB Mcb, LONGLONG Vbn, LONGLONG Lbn, LONGLONG Count);
VOID FsRtlRemoveLargeMcbEntry(PLARGE_MCB Mcb, LONGLONG Vbn, LONGLONG Count);
BOOLEAN FsRtlLookupLargeMcbEntry(PLARGE_MCB Mcb, LONGLONG Vbn, PLONGLONG Lbn, PLONGLONG Count,
                                 PLONGLONG StartingLbn, PLONGLONG CountFromStart, PULONG Index);
BOOLEAN FsRtlLookupLastLargeMcbEntry(PLARGE_MCB Mcb, PLONGLONG Vbn, PLONGLONG Lbn);
ULONG FsRtlNumberOfRunsInLargeMcb(PLARGE_MCB Mcb);
BOOLEAN FsRtlGetNextLargeMcbEntry(PLARGE_MCB Mcb, ULONG Index, PLONGLONG Vbn, PLONGLONG Lbn,
                                  PLONGLONG Count);
BOOLEAN FsRtlSplitLargeMcb(PLARGE_MCB Mcb, LONGLONG Vbn, LONGLONG Amount);
VOID FsRtlResetLargeMcb(PLARGE_MCB Mcb, BOOLEAN SelfSynchronized);
