// Mapping control blocks: which sectors of the disk the sectors of a file lie on. A list of runs, each with the file's
// sector behind it; a run that lies nowhere is a hole, and counts as a run. The last run is none.

#include "../ntos.h"

typedef struct _MCB_RUN {
    LONGLONG Next; // VBN behind the run
    LONGLONG Lbn;  // -1: hole
} MCB_RUN, *PMCB_RUN;

enum { McbFirstRuns = 8 };

static PMCB_RUN FsRtlpRuns(const BASE_MCB *Mcb)
{
    return Mcb->Mapping;
}

static LONGLONG FsRtlpStart(const BASE_MCB *Mcb, ULONG Index)
{
    return Index ? FsRtlpRuns(Mcb)[Index - 1].Next : 0;
}

static LONGLONG FsRtlpEnd(const BASE_MCB *Mcb)
{
    return FsRtlpStart(Mcb, Mcb->PairCount);
}

// The run with Vbn; PairCount: it lies behind the last.
static ULONG FsRtlpFind(const BASE_MCB *Mcb, LONGLONG Vbn)
{
    ULONG Low = 0, High = Mcb->PairCount;
    while (Low < High) {
        ULONG Middle = (Low + High) / 2;
        if (FsRtlpRuns(Mcb)[Middle].Next <= Vbn)
            Low = Middle + 1;
        else
            High = Middle;
    }
    return Low;
}

static BOOLEAN FsRtlpReserve(PBASE_MCB Mcb, ULONG Count)
{
    if (Count <= Mcb->MaximumPairCount)
        return TRUE;
    ULONG Maximum = max(Count, Mcb->MaximumPairCount * 2);
    PMCB_RUN New = ExAllocatePoolWithTag((POOL_TYPE)Mcb->PoolType, Maximum * sizeof(*New), 'bcMF');
    if (!New)
        return FALSE;
    RtlCopyMemory(New, Mcb->Mapping, Mcb->PairCount * sizeof(*New));
    ExFreePoolWithTag(Mcb->Mapping, 'bcMF');
    Mcb->Mapping = New;
    Mcb->MaximumPairCount = Maximum;
    return TRUE;
}

// A run at the end, one with the last if it goes on there. There is room.
static VOID FsRtlpAppend(PMCB_RUN Runs, PULONG Count, LONGLONG Next, LONGLONG Lbn)
{
    LONGLONG Start = *Count ? Runs[*Count - 1].Next : 0;
    if (Next <= Start)
        return;
    if (*Count) {
        PMCB_RUN Last = &Runs[*Count - 1];
        LONGLONG Length = Start - (*Count > 1 ? Runs[*Count - 2].Next : 0);
        if (Lbn == -1 ? Last->Lbn == -1 : Last->Lbn != -1 && Last->Lbn + Length == Lbn) {
            Last->Next = Next;
            return;
        }
    }
    Runs[(*Count)++] = (MCB_RUN){Next, Lbn};
}

static VOID FsRtlpTrim(PBASE_MCB Mcb)
{
    while (Mcb->PairCount && FsRtlpRuns(Mcb)[Mcb->PairCount - 1].Lbn == -1)
        Mcb->PairCount--;
}

// The sectors from Vbn on lie at Lbn (-1: nowhere), whatever was there. What lies behind stays.
static BOOLEAN FsRtlpReplace(PBASE_MCB Mcb, LONGLONG Vbn, LONGLONG Lbn, LONGLONG Count)
{
    if (!FsRtlpReserve(Mcb, Mcb->PairCount + 3))
        return FALSE;
    PMCB_RUN Runs = FsRtlpRuns(Mcb);
    if (Vbn >= FsRtlpEnd(Mcb)) {
        FsRtlpAppend(Runs, &Mcb->PairCount, Vbn, -1);
        FsRtlpAppend(Runs, &Mcb->PairCount, Vbn + Count, Lbn);
        FsRtlpTrim(Mcb);
        return TRUE;
    }
    ULONG First = FsRtlpFind(Mcb, Vbn), After = FsRtlpFind(Mcb, Vbn + Count);
    ULONG TailCount = Mcb->PairCount - After;
    LONGLONG TailStart = FsRtlpStart(Mcb, After), HeadLbn = Runs[First].Lbn;
    PMCB_RUN Tail = nullptr;
    if (TailCount) {
        Tail = ExAllocatePoolWithTag((POOL_TYPE)Mcb->PoolType, TailCount * sizeof(*Tail), 'bcMF');
        if (!Tail)
            return FALSE;
        RtlCopyMemory(Tail, &Runs[After], TailCount * sizeof(*Tail));
        if (Tail[0].Lbn != -1)
            Tail[0].Lbn += Vbn + Count - TailStart; // its first sectors are replaced
    }
    Mcb->PairCount = First;
    FsRtlpAppend(Runs, &Mcb->PairCount, Vbn, HeadLbn);
    FsRtlpAppend(Runs, &Mcb->PairCount, Vbn + Count, Lbn);
    for (ULONG i = 0; i < TailCount; i++)
        FsRtlpAppend(Runs, &Mcb->PairCount, Tail[i].Next, Tail[i].Lbn);
    if (Tail)
        ExFreePoolWithTag(Tail, 'bcMF');
    FsRtlpTrim(Mcb);
    return TRUE;
}

// Where sectors lie already they must lie where they are said to.
static BOOLEAN FsRtlpConflicts(const BASE_MCB *Mcb, LONGLONG Vbn, LONGLONG Lbn, LONGLONG Count)
{
    for (ULONG i = FsRtlpFind(Mcb, Vbn); i < Mcb->PairCount && FsRtlpStart(Mcb, i) < Vbn + Count;
         i++) {
        LONGLONG There = FsRtlpRuns(Mcb)[i].Lbn;
        if (There != -1 && There - FsRtlpStart(Mcb, i) != Lbn - Vbn)
            return TRUE;
    }
    return FALSE;
}

// ---- Without a lock

VOID NTAPI FsRtlInitializeBaseMcb(PBASE_MCB Mcb, POOL_TYPE PoolType)
{
    if (!FsRtlInitializeBaseMcbEx(Mcb, PoolType, 0))
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
}

BOOLEAN NTAPI FsRtlInitializeBaseMcbEx(PBASE_MCB Mcb, POOL_TYPE PoolType, USHORT Flags)
{
    *Mcb = (BASE_MCB){
        .MaximumPairCount = McbFirstRuns,
        .PoolType = (USHORT)PoolType,
        .Flags = Flags,
        .Mapping = ExAllocatePoolWithTag(PoolType, McbFirstRuns * sizeof(MCB_RUN), 'bcMF'),
    };
    return Mcb->Mapping != nullptr;
}

VOID NTAPI FsRtlUninitializeBaseMcb(PBASE_MCB Mcb)
{
    if (Mcb->Mapping)
        ExFreePoolWithTag(Mcb->Mapping, 'bcMF');
    Mcb->Mapping = nullptr;
    Mcb->PairCount = Mcb->MaximumPairCount = 0;
}

VOID NTAPI FsRtlResetBaseMcb(PBASE_MCB Mcb)
{
    Mcb->PairCount = 0;
}

VOID NTAPI FsRtlTruncateBaseMcb(PBASE_MCB Mcb, LONGLONG Vbn)
{
    ULONG Index = FsRtlpFind(Mcb, Vbn);
    if (Index == Mcb->PairCount)
        return;
    if (FsRtlpStart(Mcb, Index) < Vbn)
        FsRtlpRuns(Mcb)[Index++].Next = Vbn;
    Mcb->PairCount = Index;
    FsRtlpTrim(Mcb);
}

NTSTATUS NTAPI FsRtlAddBaseMcbEntryEx(PBASE_MCB Mcb, LONGLONG Vbn, LONGLONG Lbn,
                                      LONGLONG SectorCount)
{
    if (Vbn < 0 || SectorCount <= 0 || Vbn > MAXLONGLONG - SectorCount ||
        FsRtlpConflicts(Mcb, Vbn, Lbn, SectorCount))
        return STATUS_UNSUCCESSFUL;
    return FsRtlpReplace(Mcb, Vbn, Lbn, SectorCount) ? STATUS_SUCCESS
                                                     : STATUS_INSUFFICIENT_RESOURCES;
}

BOOLEAN NTAPI FsRtlAddBaseMcbEntry(PBASE_MCB Mcb, LONGLONG Vbn, LONGLONG Lbn, LONGLONG SectorCount)
{
    NTSTATUS Status = FsRtlAddBaseMcbEntryEx(Mcb, Vbn, Lbn, SectorCount);
    if (Status == STATUS_INSUFFICIENT_RESOURCES)
        ExRaiseStatus(Status);
    return NT_SUCCESS(Status);
}

BOOLEAN NTAPI FsRtlRemoveBaseMcbEntry(PBASE_MCB Mcb, LONGLONG Vbn, LONGLONG SectorCount)
{
    if (Vbn < 0 || SectorCount <= 0 || Vbn >= FsRtlpEnd(Mcb))
        return TRUE;
    if (SectorCount >= FsRtlpEnd(Mcb) - Vbn) {
        FsRtlTruncateBaseMcb(Mcb, Vbn);
        return TRUE;
    }
    return FsRtlpReplace(Mcb, Vbn, -1, SectorCount);
}

BOOLEAN NTAPI FsRtlLookupBaseMcbEntry(PBASE_MCB Mcb, LONGLONG Vbn, PLONGLONG Lbn,
                                      PLONGLONG SectorCountFromLbn, PLONGLONG StartingLbn,
                                      PLONGLONG SectorCountFromStartingLbn, PULONG Index)
{
    ULONG Found = FsRtlpFind(Mcb, Vbn);
    if (Found == Mcb->PairCount || Vbn < 0)
        return FALSE;
    const MCB_RUN *Run = &FsRtlpRuns(Mcb)[Found];
    LONGLONG Start = FsRtlpStart(Mcb, Found);
    if (Lbn)
        *Lbn = Run->Lbn == -1 ? -1 : Run->Lbn + (Vbn - Start);
    if (SectorCountFromLbn)
        *SectorCountFromLbn = Run->Next - Vbn;
    if (StartingLbn)
        *StartingLbn = Run->Lbn;
    if (SectorCountFromStartingLbn)
        *SectorCountFromStartingLbn = Run->Next - Start;
    if (Index)
        *Index = Found;
    return TRUE;
}

BOOLEAN NTAPI FsRtlLookupLastBaseMcbEntryAndIndex(PBASE_MCB Mcb, PLONGLONG Vbn, PLONGLONG Lbn,
                                                  PULONG Index)
{
    if (!Mcb->PairCount)
        return FALSE;
    ULONG Last = Mcb->PairCount - 1;
    const MCB_RUN *Run = &FsRtlpRuns(Mcb)[Last];
    *Vbn = Run->Next - 1;
    *Lbn = Run->Lbn + (Run->Next - FsRtlpStart(Mcb, Last)) - 1;
    *Index = Last;
    return TRUE;
}

BOOLEAN NTAPI FsRtlLookupLastBaseMcbEntry(PBASE_MCB Mcb, PLONGLONG Vbn, PLONGLONG Lbn)
{
    ULONG Index;
    return FsRtlLookupLastBaseMcbEntryAndIndex(Mcb, Vbn, Lbn, &Index);
}

ULONG NTAPI FsRtlNumberOfRunsInBaseMcb(PBASE_MCB Mcb)
{
    return Mcb->PairCount;
}

BOOLEAN NTAPI FsRtlGetNextBaseMcbEntry(PBASE_MCB Mcb, ULONG RunIndex, PLONGLONG Vbn, PLONGLONG Lbn,
                                       PLONGLONG SectorCount)
{
    if (RunIndex >= Mcb->PairCount)
        return FALSE;
    *Vbn = FsRtlpStart(Mcb, RunIndex);
    *Lbn = FsRtlpRuns(Mcb)[RunIndex].Lbn;
    *SectorCount = FsRtlpRuns(Mcb)[RunIndex].Next - *Vbn;
    return TRUE;
}

// What lies at Vbn and behind moves Amount sectors on.
BOOLEAN NTAPI FsRtlSplitBaseMcb(PBASE_MCB Mcb, LONGLONG Vbn, LONGLONG Amount)
{
    ULONG Index = FsRtlpFind(Mcb, Vbn);
    if (Index == Mcb->PairCount || Amount <= 0)
        return TRUE;
    if (!FsRtlpReserve(Mcb, Mcb->PairCount + 2))
        return FALSE;
    PMCB_RUN Runs = FsRtlpRuns(Mcb);
    LONGLONG Start = FsRtlpStart(Mcb, Index);
    if (Index && Start == Vbn && Runs[Index - 1].Lbn == -1)
        Index--;
    if (Runs[Index].Lbn != -1) { // a hole itself grows
        ULONG More = Start < Vbn ? 2 : 1;
        RtlMoveMemory(&Runs[Index + More], &Runs[Index], (Mcb->PairCount - Index) * sizeof(*Runs));
        Mcb->PairCount += More;
        if (More == 2)
            Runs[Index++].Next = Vbn; // its Lbn stays
        Runs[Index] = (MCB_RUN){Vbn, -1};
        Runs[Index + 1].Lbn += Vbn - Start;
    }
    for (ULONG i = Index; i < Mcb->PairCount; i++)
        Runs[i].Next += Amount;
    return TRUE;
}

// ---- With a lock

VOID NTAPI FsRtlInitializeLargeMcb(PLARGE_MCB Mcb, POOL_TYPE PoolType)
{
    Mcb->GuardedMutex = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(KGUARDED_MUTEX), 'bcMF');
    if (!Mcb->GuardedMutex)
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    KeInitializeGuardedMutex(Mcb->GuardedMutex);
    if (FsRtlInitializeBaseMcbEx(&Mcb->BaseMcb, PoolType, 0))
        return;
    ExFreePoolWithTag(Mcb->GuardedMutex, 'bcMF');
    Mcb->GuardedMutex = nullptr;
    ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
}

VOID NTAPI FsRtlUninitializeLargeMcb(PLARGE_MCB Mcb)
{
    if (!Mcb->GuardedMutex)
        return;
    FsRtlUninitializeBaseMcb(&Mcb->BaseMcb);
    ExFreePoolWithTag(Mcb->GuardedMutex, 'bcMF');
    Mcb->GuardedMutex = nullptr;
}

VOID NTAPI FsRtlResetLargeMcb(PLARGE_MCB Mcb, BOOLEAN SelfSynchronized)
{
    if (!SelfSynchronized)
        KeAcquireGuardedMutex(Mcb->GuardedMutex);
    FsRtlResetBaseMcb(&Mcb->BaseMcb);
    if (!SelfSynchronized)
        KeReleaseGuardedMutex(Mcb->GuardedMutex);
}

VOID NTAPI FsRtlTruncateLargeMcb(PLARGE_MCB Mcb, LONGLONG Vbn)
{
    KeAcquireGuardedMutex(Mcb->GuardedMutex);
    FsRtlTruncateBaseMcb(&Mcb->BaseMcb, Vbn);
    KeReleaseGuardedMutex(Mcb->GuardedMutex);
}

BOOLEAN NTAPI FsRtlAddLargeMcbEntry(PLARGE_MCB Mcb, LONGLONG Vbn, LONGLONG Lbn,
                                    LONGLONG SectorCount)
{
    KeAcquireGuardedMutex(Mcb->GuardedMutex);
    NTSTATUS Status = FsRtlAddBaseMcbEntryEx(&Mcb->BaseMcb, Vbn, Lbn, SectorCount);
    KeReleaseGuardedMutex(Mcb->GuardedMutex);
    if (Status == STATUS_INSUFFICIENT_RESOURCES)
        ExRaiseStatus(Status);
    return NT_SUCCESS(Status);
}

VOID NTAPI FsRtlRemoveLargeMcbEntry(PLARGE_MCB Mcb, LONGLONG Vbn, LONGLONG SectorCount)
{
    KeAcquireGuardedMutex(Mcb->GuardedMutex);
    BOOLEAN Removed = FsRtlRemoveBaseMcbEntry(&Mcb->BaseMcb, Vbn, SectorCount);
    KeReleaseGuardedMutex(Mcb->GuardedMutex);
    if (!Removed)
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
}

BOOLEAN NTAPI FsRtlLookupLargeMcbEntry(PLARGE_MCB Mcb, LONGLONG Vbn, PLONGLONG Lbn,
                                       PLONGLONG SectorCountFromLbn, PLONGLONG StartingLbn,
                                       PLONGLONG SectorCountFromStartingLbn, PULONG Index)
{
    KeAcquireGuardedMutex(Mcb->GuardedMutex);
    BOOLEAN Found = FsRtlLookupBaseMcbEntry(&Mcb->BaseMcb, Vbn, Lbn, SectorCountFromLbn,
                                            StartingLbn, SectorCountFromStartingLbn, Index);
    KeReleaseGuardedMutex(Mcb->GuardedMutex);
    return Found;
}

BOOLEAN NTAPI FsRtlLookupLastLargeMcbEntryAndIndex(PLARGE_MCB Mcb, PLONGLONG Vbn, PLONGLONG Lbn,
                                                   PULONG Index)
{
    KeAcquireGuardedMutex(Mcb->GuardedMutex);
    BOOLEAN Found = FsRtlLookupLastBaseMcbEntryAndIndex(&Mcb->BaseMcb, Vbn, Lbn, Index);
    KeReleaseGuardedMutex(Mcb->GuardedMutex);
    return Found;
}

BOOLEAN NTAPI FsRtlLookupLastLargeMcbEntry(PLARGE_MCB Mcb, PLONGLONG Vbn, PLONGLONG Lbn)
{
    ULONG Index;
    return FsRtlLookupLastLargeMcbEntryAndIndex(Mcb, Vbn, Lbn, &Index);
}

ULONG NTAPI FsRtlNumberOfRunsInLargeMcb(PLARGE_MCB Mcb)
{
    KeAcquireGuardedMutex(Mcb->GuardedMutex);
    ULONG Count = Mcb->BaseMcb.PairCount;
    KeReleaseGuardedMutex(Mcb->GuardedMutex);
    return Count;
}

BOOLEAN NTAPI FsRtlGetNextLargeMcbEntry(PLARGE_MCB Mcb, ULONG RunIndex, PLONGLONG Vbn,
                                        PLONGLONG Lbn, PLONGLONG SectorCount)
{
    KeAcquireGuardedMutex(Mcb->GuardedMutex);
    BOOLEAN Found = FsRtlGetNextBaseMcbEntry(&Mcb->BaseMcb, RunIndex, Vbn, Lbn, SectorCount);
    KeReleaseGuardedMutex(Mcb->GuardedMutex);
    return Found;
}

BOOLEAN NTAPI FsRtlSplitLargeMcb(PLARGE_MCB Mcb, LONGLONG Vbn, LONGLONG Amount)
{
    KeAcquireGuardedMutex(Mcb->GuardedMutex);
    BOOLEAN Split = FsRtlSplitBaseMcb(&Mcb->BaseMcb, Vbn, Amount);
    KeReleaseGuardedMutex(Mcb->GuardedMutex);
    if (!Split)
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    return TRUE;
}
