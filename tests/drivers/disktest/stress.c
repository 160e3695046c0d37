// stress: requests for a while, and with which statuses they ended; journal: writes of which it is told how many are
// on the medium for certain.
#include "disktest.h"

enum { DtStatuses = 8, DtBlock = 16384, DtJournalBatch = 8 };

typedef struct _DT_STRESS {
    DT_RUN Run;
    ULONGLONG EndTime, Blocks, Number;
    ULONG WritePercent;
    BOOLEAN UntilError, Failed;
    struct {
        NTSTATUS Status;
        ULONG Count;
    } Statuses[DtStatuses];
} DT_STRESS, *PDT_STRESS;

static BOOLEAN DtNextOfStress(PDT_RUN Run, PDT_REQUEST Request)
{
    PDT_STRESS Stress = CONTAINING_RECORD(Run, DT_STRESS, Run);
    if (DtSeconds() >= Stress->EndTime || (Stress->UntilError && Stress->Failed))
        return FALSE;
    ULONGLONG Number = Stress->Number++;
    Request->Write = Number * 37 % 100 < Stress->WritePercent;
    Request->Offset = Number * 7919 % Stress->Blocks * DtBlock;
    Request->Length = DtBlock;
    Request->Tag = 2;
    return TRUE;
}

static VOID DtStressDone(PDT_RUN Run, PDT_REQUEST Request, NTSTATUS Status)
{
    PDT_STRESS Stress = CONTAINING_RECORD(Run, DT_STRESS, Run);
    UNREFERENCED_PARAMETER(Request);
    Stress->Failed |= !NT_SUCCESS(Status);
    for (ULONG i = 0; i < DtStatuses; i++) {
        if (Stress->Statuses[i].Count && Stress->Statuses[i].Status != Status)
            continue;
        Stress->Statuses[i].Status = Status;
        Stress->Statuses[i].Count++;
        return;
    }
}

// stress TARGET SECONDS WRITE-PERCENT DEPTH [until-error]
NTSTATUS DtStress(PDT_TARGET Target, PWSTR *Words, ULONG Count)
{
    static DT_STRESS Stress;
    Stress.Run = (DT_RUN){.Target = Target,
                          .Depth = (ULONG)DtNumber(Words[3]),
                          .LongestRequest = DtBlock,
                          .Next = DtNextOfStress,
                          .Done = DtStressDone};
    Stress.EndTime = DtSeconds() + DtNumber(Words[1]);
    Stress.WritePercent = (ULONG)DtNumber(Words[2]);
    Stress.Blocks = max(Target->Size / DtBlock, 1ull);
    Stress.UntilError = Count > 4;
    ConPrint(L"stress begins\n");
    NTSTATUS Status = DtRun(&Stress.Run);
    for (ULONG i = 0; i < DtStatuses && Stress.Statuses[i].Count; i++)
        ConPrint(L"%lu with %08lx\n", Stress.Statuses[i].Count, Stress.Statuses[i].Status);
    ConPrint(L"stress ends\n");
    return Status;
}

// ---- journal TARGET SECONDS: blocks one after the other, block n with the tag of n's last byte

static BOOLEAN DtWriteBatch(PDT_TARGET Target, ULONGLONG First)
{
    for (ULONGLONG n = First; n < First + DtJournalBatch; n++) {
        DT_SWEEP Sweep;
        DtInitSweep(&Sweep, Target, TRUE, (UCHAR)n, n * DtBlock, (n + 1) * DtBlock, DtBlock, 1);
        Sweep.Block = DtBlock;
        if (!DtSweep(&Sweep))
            return FALSE;
    }
    return NT_SUCCESS(DtFlush(Target));
}

NTSTATUS DtJournal(PDT_TARGET Target, PWSTR *Words, ULONG Count)
{
    ULONGLONG Flushed = 0, End = DtSeconds() + DtNumber(Words[1]), Blocks = Target->Size / DtBlock;
    UNREFERENCED_PARAMETER(Count);
    ConPrint(L"journal begins\n");
    while (DtSeconds() < End && Flushed + DtJournalBatch <= Blocks && DtWriteBatch(Target, Flushed))
        Flushed += DtJournalBatch;
    ConPrint(L"journal: %I64u blocks are flushed\n", Flushed);
    return STATUS_SUCCESS;
}
