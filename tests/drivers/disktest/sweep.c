// A part of the target once over: in blocks, of which each is one request or two, in an order that jumps about.
#include "disktest.h"

static BOOLEAN DtSweepNext(PDT_RUN Run, PDT_REQUEST Request)
{
    PDT_SWEEP Sweep = CONTAINING_RECORD(Run, DT_SWEEP, Run);
    ULONGLONG Blocks = (Sweep->End - Sweep->Begin + Sweep->Block - 1) / Sweep->Block;
    ULONG Sector = Run->Target->Sector;
    if (Sweep->StepCount == 2 * Blocks)
        return FALSE;
    // Halves of a block: the second is as long as the rest, and empty for a block of one sector.
    ULONGLONG Number = Sweep->StepCount / 2 * Sweep->Step % Blocks;
    ULONGLONG Begin = Sweep->Begin + Number * Sweep->Block;
    ULONGLONG End = min(Begin + Sweep->Block, Sweep->End);
    ULONGLONG Middle = Begin + (End - Begin) / Sector * (Number % 8) / 8 * Sector;
    BOOLEAN Second = Sweep->StepCount++ % 2;
    Request->Offset = Second ? Middle : Begin;
    Request->Length = (ULONG)(Second ? End - Middle : Middle - Begin);
    if (!Request->Length)
        return DtSweepNext(Run, Request);
    Request->Buffer = Request->Memory + Number % 8 * DtSector; // every sector of a page
    Request->Write = Sweep->Write;
    Request->Tag = Sweep->Tag;
    return TRUE;
}

static BOOLEAN DtHaveCommonFactor(ULONGLONG A, ULONGLONG B)
{
    while (B) {
        ULONGLONG Rest = A % B;
        A = B;
        B = Rest;
    }
    return A != 1;
}

VOID DtInitSweep(PDT_SWEEP Sweep, PDT_TARGET Target, BOOLEAN Write, UCHAR Tag, ULONGLONG Begin,
                 ULONGLONG End, ULONG Block, ULONG Depth)
{
    *Sweep = (DT_SWEEP){.Run = {.Target = Target,
                                .Depth = Depth,
                                .LongestRequest = Block,
                                .Next = DtSweepNext,
                                .Done = DtCount},
                        .Begin = Begin,
                        .End = End,
                        .Block = Block,
                        .Write = Write,
                        .Tag = Tag};
    ULONGLONG Blocks = (End - Begin + Block - 1) / Block;
    Sweep->Step = Blocks / 3 + 1;
    while (DtHaveCommonFactor(Sweep->Step, Blocks))
        Sweep->Step++;
}

BOOLEAN DtSweep(PDT_SWEEP Sweep)
{
    NTSTATUS Status = DtRun(&Sweep->Run);
    if (!NT_SUCCESS(Status))
        ConPrint(L"cannot start: %08lx\n", Status);
    return NT_SUCCESS(Status) && !Sweep->Run.Errors && !Sweep->Run.Wrong;
}
