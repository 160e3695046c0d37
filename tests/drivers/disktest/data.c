// data TARGET BEGIN LENGTH: writes and reads in every way, each compared. What is there in the end is the pattern
// with the tag DtLastTag.
#include "disktest.h"

enum { DtPage = 4096, DtThreads = 4, DtRounds = 3, DtLastTag = 0x5A };

// ---- Alignments and lengths

typedef struct _DT_SHAPES {
    DT_RUN Run;
    ULONGLONG Begin;
    ULONG Number;
} DT_SHAPES, *PDT_SHAPES;

static const ULONG DtLengths[] = {512,
                                  1024,
                                  4096,
                                  4608,
                                  8192,
                                  12288 + 512,
                                  65536,
                                  131072,
                                  131072 + 512,
                                  1 << 20,
                                  (1 << 20) + 512,
                                  2 << 20,
                                  (2 << 20) + 3584};
static const ULONG DtShifts[] = {0, 512, 1024, 1536, 2048, 2560, 3072, 3584, 4, 2044};

// Each length at each place in a page, written and read back; a read goes to another place than the write.
static BOOLEAN DtNextShape(PDT_RUN Run, PDT_REQUEST Request)
{
    PDT_SHAPES Shapes = CONTAINING_RECORD(Run, DT_SHAPES, Run);
    ULONG Shape = Shapes->Number / 2, Shift = Shape % RTL_NUMBER_OF(DtShifts);
    ULONG Sector = Run->Target->Sector;
    if (Shape >= RTL_NUMBER_OF(DtShifts) * RTL_NUMBER_OF(DtLengths))
        return FALSE;
    Request->Write = Shapes->Number++ % 2 == 0;
    if (!Request->Write)
        Shift = (Shift + 3) % RTL_NUMBER_OF(DtShifts);
    ULONG Length = DtLengths[Shape / RTL_NUMBER_OF(DtShifts)];
    Request->Length = (Length + Sector - 1) / Sector * Sector;
    Request->Offset = Shapes->Begin + (ULONGLONG)(Shape % 9) * Sector;
    Request->Buffer = Request->Memory + DtShifts[Shift];
    Request->Tag = (UCHAR)Shape;
    if (!Request->Write)
        RtlZeroMemory(Request->Buffer, Request->Length);
    return TRUE;
}

static BOOLEAN DtShapesOf(PDT_TARGET Target, ULONGLONG Begin)
{
    DT_SHAPES Shapes = {.Run = {.Target = Target,
                                .Depth = 1,
                                .LongestRequest = DtMaxLength,
                                .Next = DtNextShape,
                                .Done = DtCount},
                        .Begin = Begin};
    NTSTATUS Status = DtRun(&Shapes.Run);
    ConPrint(L"shapes: %lu requests, %lu errors, %lu wrong\n", Shapes.Run.Requests,
             Shapes.Run.Errors, Shapes.Run.Wrong);
    return NT_SUCCESS(Status) && !Shapes.Run.Errors && !Shapes.Run.Wrong;
}

// ---- Depths

static BOOLEAN DtDepths(PDT_TARGET Target, ULONGLONG Begin, ULONGLONG End)
{
    static const ULONG Blocks[] = {16384, 4096, 65536, 36864, 131072, 262144, 8192};
    BOOLEAN Good = TRUE;
    DT_SWEEP Sweep;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Blocks); i++) {
        UCHAR Tag = (UCHAR)(0x80 + i);
        ULONGLONG Part = min(End, Begin + 1024 * (ULONGLONG)Blocks[i]);
        DtInitSweep(&Sweep, Target, TRUE, Tag, Begin, Part, Blocks[i], 1u << i);
        Good &= DtSweep(&Sweep);
        DtInitSweep(&Sweep, Target, FALSE, Tag, Begin, Part,
                    Blocks[(i + 2) % RTL_NUMBER_OF(Blocks)], DtMaxDepth >> i);
        Good &= DtSweep(&Sweep);
    }
    ConPrint(L"depths: %ws\n", Good ? L"good" : L"bad");
    return Good;
}

// ---- Readers and writers at a time, each with a file of its own

typedef struct _DT_WORKER {
    PCWSTR Name;
    ULONGLONG Begin, End;
    ULONG Number;
    BOOLEAN Good;
} DT_WORKER, *PDT_WORKER;

static BOOLEAN DtIsWriter(PDT_WORKER Worker)
{
    return Worker->Number % 2 == 0;
}

static BOOLEAN DtOnePass(PDT_WORKER Worker, PDT_TARGET Target, BOOLEAN Write, UCHAR Tag)
{
    DT_SWEEP Sweep;
    DtInitSweep(&Sweep, Target, Write, Tag, Worker->Begin, Worker->End,
                16384 + 8192 * Worker->Number, 4u << Worker->Number);
    return DtSweep(&Sweep);
}

static NTSTATUS NTAPI DtWorkerRoutine(PVOID Context)
{
    PDT_WORKER Worker = Context;
    DT_TARGET Target;
    NTSTATUS Status = DtOpen(Worker->Name, TRUE, TRUE, &Target);
    Worker->Good = NT_SUCCESS(Status);
    for (ULONG Round = 0; Round < DtRounds && Worker->Good; Round++) {
        UCHAR Tag = (UCHAR)(0xC0 + 16 * (DtIsWriter(Worker) ? Round : 0) / 4 + Worker->Number);
        if (DtIsWriter(Worker))
            Worker->Good &= DtOnePass(Worker, &Target, TRUE, Tag);
        Worker->Good &= DtOnePass(Worker, &Target, FALSE, Tag);
    }
    if (NT_SUCCESS(Status))
        DtClose(&Target);
    NtTerminateThread(NtCurrentThread(), STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

static BOOLEAN DtTogether(PCWSTR Name, PDT_TARGET Target, ULONGLONG Begin, ULONGLONG End)
{
    DT_WORKER Workers[DtThreads];
    HANDLE Threads[DtThreads];
    ULONG Started = 0;
    ULONGLONG Part = (End - Begin) / DtThreads / DtPage * DtPage;
    BOOLEAN Good = TRUE;
    for (ULONG i = 0; i < DtThreads; i++) {
        Workers[i] = (DT_WORKER){Name, Begin + i * Part, Begin + (i + 1) * Part, i, FALSE};
        if (!DtIsWriter(&Workers[i]))
            Good &= DtOnePass(&Workers[i], Target, TRUE, (UCHAR)(0xC0 + i));
    }
    for (; Started < DtThreads; Started++) {
        NTSTATUS Status =
            RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, (PVOID)DtWorkerRoutine,
                                &Workers[Started], &Threads[Started], nullptr);
        if (!NT_SUCCESS(Status))
            break;
    }
    for (ULONG i = 0; i < Started; i++) {
        NtWaitForSingleObject(Threads[i], FALSE, nullptr);
        NtClose(Threads[i]);
        Good &= Workers[i].Good;
    }
    Good &= Started == DtThreads;
    ConPrint(L"together: %ws\n", Good ? L"good" : L"bad");
    return Good;
}

// ---- The command

NTSTATUS DtData(PDT_TARGET Target, PWSTR *Words, ULONG Count)
{
    ULONGLONG Begin = DtNumber(Words[1]), End = Begin + DtNumber(Words[2]);
    DT_SWEEP Sweep;
    UNREFERENCED_PARAMETER(Count);
    BOOLEAN Good = DtShapesOf(Target, Begin);
    Good &= DtDepths(Target, Begin, End);
    Good &= DtTogether(Words[0], Target, Begin, End);
    DtInitSweep(&Sweep, Target, TRUE, DtLastTag, Begin, End, 131072, 16);
    Good &= DtSweep(&Sweep);
    Good &= NT_SUCCESS(DtFlush(Target));
    ConPrint(L"data: %ws\n", Good ? L"good" : L"bad");
    return Good ? STATUS_SUCCESS : STATUS_DATA_ERROR;
}
