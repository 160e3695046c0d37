// The floppy disk controller: commands by its FIFO, results, and the interrupt that ends each.
#include "driver.h"

enum {                // ports, from the first of the resource on
    FloppyOutput = 0, // digital output register
    FloppyStatus = 2, // main status register
    FloppyFifo = 3,
};

enum {
    OutputRunning = 0x04,
    OutputDma = 0x08,
    OutputMotor = 0x10, // of drive 0
    StatusReady = 0x80,
    StatusToHost = 0x40,
    CommandSpecify = 0x03,
    CommandRecalibrate = 0x07,
    CommandSenseInterrupt = 0x08,
    CommandSeek = 0x0F,
    CommandRead = 0xE6,
    CommandWrite = 0xC5,
    ResultBytes = 7,
};

static BOOLEAN FloppyAwaitFifo(PFLOPPY Floppy, UCHAR Direction)
{
    for (ULONG i = 0; i < 10000; i++) {
        UCHAR Status = READ_PORT_UCHAR(Floppy->Ports + FloppyStatus);
        if ((Status & (StatusReady | StatusToHost)) == (StatusReady | Direction))
            return TRUE;
        KeStallExecutionProcessor(10);
    }
    return FALSE;
}

static NTSTATUS FloppySend(PFLOPPY Floppy, const UCHAR *Bytes, ULONG Count)
{
    for (ULONG i = 0; i < Count; i++) {
        if (!FloppyAwaitFifo(Floppy, 0))
            return STATUS_IO_DEVICE_ERROR;
        WRITE_PORT_UCHAR(Floppy->Ports + FloppyFifo, Bytes[i]);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS FloppyReceive(PFLOPPY Floppy, PUCHAR Bytes, ULONG Count)
{
    for (ULONG i = 0; i < Count; i++) {
        if (!FloppyAwaitFifo(Floppy, StatusToHost))
            return STATUS_IO_DEVICE_ERROR;
        Bytes[i] = READ_PORT_UCHAR(Floppy->Ports + FloppyFifo);
    }
    return STATUS_SUCCESS;
}

NTSTATUS FloppyAwaitInterrupt(PFLOPPY Floppy)
{
    LARGE_INTEGER Timeout = {.QuadPart = -50'000'000};
    NTSTATUS Status =
        KeWaitForSingleObject(&Floppy->Interrupted, Executive, KernelMode, FALSE, &Timeout);
    return Status == STATUS_SUCCESS ? STATUS_SUCCESS : STATUS_IO_TIMEOUT;
}

static NTSTATUS FloppySense(PFLOPPY Floppy)
{
    static const UCHAR Command[] = {CommandSenseInterrupt};
    UCHAR Result[2];
    NTSTATUS Status = FloppySend(Floppy, Command, sizeof(Command));
    return NT_SUCCESS(Status) ? FloppyReceive(Floppy, Result, sizeof(Result)) : Status;
}

// A command without data whose end an interrupt tells.
static NTSTATUS FloppyMoveHead(PFLOPPY Floppy, const UCHAR *Command, ULONG Count)
{
    KeClearEvent(&Floppy->Interrupted);
    NTSTATUS Status = FloppySend(Floppy, Command, Count);
    if (NT_SUCCESS(Status))
        Status = FloppyAwaitInterrupt(Floppy);
    return NT_SUCCESS(Status) ? FloppySense(Floppy) : Status;
}

NTSTATUS FloppyReset(PFLOPPY Floppy)
{
    static const UCHAR Specify[] = {CommandSpecify, 0xDF, 0x02},
                       Recalibrate[] = {CommandRecalibrate, 0};
    enum { Drives = 4 };
    KeClearEvent(&Floppy->Interrupted);
    WRITE_PORT_UCHAR(Floppy->Ports + FloppyOutput, 0);
    KeStallExecutionProcessor(50);
    WRITE_PORT_UCHAR(Floppy->Ports + FloppyOutput, OutputRunning | OutputDma | OutputMotor);
    NTSTATUS Status = FloppyAwaitInterrupt(Floppy);
    for (ULONG i = 0; i < Drives && NT_SUCCESS(Status); i++)
        Status = FloppySense(Floppy);
    if (NT_SUCCESS(Status))
        Status = FloppySend(Floppy, Specify, sizeof(Specify));
    return NT_SUCCESS(Status) ? FloppyMoveHead(Floppy, Recalibrate, sizeof(Recalibrate)) : Status;
}

static UCHAR FloppyHead(ULONG Sector)
{
    return (UCHAR)(Sector / FloppyTrack % 2);
}

static UCHAR FloppyCylinder(ULONG Sector)
{
    return (UCHAR)(Sector / FloppyTrack / 2);
}

NTSTATUS FloppySeek(PFLOPPY Floppy, ULONG Sector)
{
    UCHAR Command[] = {CommandSeek, (UCHAR)(FloppyHead(Sector) << 2), FloppyCylinder(Sector)};
    return FloppyMoveHead(Floppy, Command, sizeof(Command));
}

NTSTATUS FloppyTransfer(PFLOPPY Floppy, const FLOPPY_PLACE *Place, BOOLEAN Write)
{
    UCHAR Head = FloppyHead(Place->First), Result[ResultBytes];
    UCHAR Command[] = {
        Write ? CommandWrite : CommandRead,
        (UCHAR)(Head << 2),
        FloppyCylinder(Place->First),
        Head,
        (UCHAR)(Place->First % FloppyTrack + 1),
        2,
        FloppyTrack,
        0x1B,
        0xFF,
    };
    KeClearEvent(&Floppy->Interrupted);
    NTSTATUS Status = FloppySend(Floppy, Command, sizeof(Command));
    if (NT_SUCCESS(Status))
        Status = FloppyAwaitInterrupt(Floppy);
    if (NT_SUCCESS(Status))
        Status = FloppyReceive(Floppy, Result, sizeof(Result));
    // Bits 6 and 7 of the first status register: how the command ended.
    return NT_SUCCESS(Status) && (Result[0] & 0xC0) ? STATUS_DEVICE_DATA_ERROR : Status;
}
