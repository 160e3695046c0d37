// fill, check: a part of the target; once: a request and its status.
#include "disktest.h"

static NTSTATUS DtPart(PDT_TARGET Target, PWSTR *Words, ULONG Count, BOOLEAN Write)
{
    DT_SWEEP Sweep;
    ULONGLONG Begin = DtNumber(Words[1]), Length = DtNumber(Words[2]);
    DtInitSweep(&Sweep, Target, Write, (UCHAR)DtNumber(Words[3]), Begin, Begin + Length, 65536,
                Count > 4 ? (ULONG)DtNumber(Words[4]) : 8);
    BOOLEAN Good = DtSweep(&Sweep);
    ConPrint(L"%lu requests, %lu errors, %lu wrong\n", Sweep.Run.Requests, Sweep.Run.Errors,
             Sweep.Run.Wrong);
    return Good ? STATUS_SUCCESS : STATUS_DATA_ERROR;
}

NTSTATUS DtFill(PDT_TARGET Target, PWSTR *Words, ULONG Count)
{
    return DtPart(Target, Words, Count, TRUE);
}

NTSTATUS DtCheck(PDT_TARGET Target, PWSTR *Words, ULONG Count)
{
    return DtPart(Target, Words, Count, FALSE);
}

// ---- once TARGET read|write|flush OFFSET LENGTH

typedef struct _DT_SINGLE {
    DT_RUN Run;
    ULONGLONG Offset;
    ULONG Length;
    BOOLEAN Write, Given;
    NTSTATUS Status;
    ULONG_PTR Information;
} DT_SINGLE, *PDT_SINGLE;

static BOOLEAN DtNextSingle(PDT_RUN Run, PDT_REQUEST Request)
{
    PDT_SINGLE Single = CONTAINING_RECORD(Run, DT_SINGLE, Run);
    Request->Offset = Single->Offset;
    Request->Length = Single->Length;
    Request->Write = Single->Write;
    Request->Tag = 1;
    BOOLEAN First = !Single->Given;
    Single->Given = TRUE;
    return First;
}

static VOID DtSingleDone(PDT_RUN Run, PDT_REQUEST Request, NTSTATUS Status)
{
    PDT_SINGLE Single = CONTAINING_RECORD(Run, DT_SINGLE, Run);
    Single->Status = Status;
    Single->Information = Request->IoStatus.Information;
}

NTSTATUS DtOnce(PDT_TARGET Target, PWSTR *Words, ULONG Count)
{
    BOOLEAN Flush = !_wcsicmp(Words[1], L"flush");
    DT_SINGLE Single = {
        .Run = {.Target = Target, .Depth = 1, .Next = DtNextSingle, .Done = DtSingleDone},
        .Write = !_wcsicmp(Words[1], L"write")};
    ULONGLONG Begin = DtSeconds();
    if (!Flush && Count < 4)
        return STATUS_INVALID_PARAMETER;
    if (Flush) {
        Single.Status = DtFlush(Target);
    } else {
        Single.Offset = DtNumber(Words[2]);
        Single.Length = Single.Run.LongestRequest = (ULONG)DtNumber(Words[3]);
        NTSTATUS Status = DtRun(&Single.Run);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    ConPrint(L"%ws: status %08lx, %I64u bytes, after %I64u s\n", Words[1], Single.Status,
             (ULONGLONG)Single.Information, DtSeconds() - Begin);
    return STATUS_SUCCESS;
}
