// Devices that fail, are full, and do not answer.
#include "suite.h"

static UCHAR Buffer[8 * BlockBytes];

// Of a read of LUN 0, with a time-out of a second.
static NTSTATUS ReadSlowly(COMMAND *Command)
{
    *Command = Transfer(0, FALSE, 10, 1, Buffer);
    Command->Seconds = 1;
    return Run(Port, Command);
}

static VOID CheckWorks(void)
{
    FillPattern(Buffer, BlockBytes, 77);
    CHECK_STATUS(RunTransfer(0, TRUE, 20, 1, Buffer), STATUS_SUCCESS);
    memset(Buffer, 0, BlockBytes);
    CHECK_STATUS(RunTransfer(0, FALSE, 20, 1, Buffer), STATUS_SUCCESS);
    CHECK(HasPattern(Buffer, BlockBytes, 77));
}

VOID TestFailure(void)
{
    COMMAND Command;
    SetFault(0, VdiskFailed, 1, 0);
    CHECK_STATUS(ReadSlowly(&Command), STATUS_IO_DEVICE_ERROR);
    CheckWorks(); // the queue is not frozen
}

VOID TestSense(void)
{
    COMMAND Command;
    SetFault(0, VdiskMediumError, 1, 0);
    CHECK_STATUS(ReadSlowly(&Command), STATUS_SUCCESS);
    CHECK_EQUAL(Command.ScsiStatus, SCSISTAT_CHECK_CONDITION);
    CHECK_EQUAL(Command.Sense.SenseKey, SCSI_SENSE_MEDIUM_ERROR);
    CHECK_EQUAL(Command.Length, 0);
    SetFault(0, VdiskUnitAttention, 1, 0);
    CHECK_STATUS(ReadSlowly(&Command), STATUS_SUCCESS);
    CHECK_EQUAL(Command.Sense.SenseKey, SCSI_SENSE_UNIT_ATTENTION);
    CheckWorks();
}

// ---- No room: the port tries again, a hundred times

VOID TestBusyRetry(void)
{
    COMMAND Command;
    SetFault(0, VdiskBusy, 5, 0);
    CHECK_STATUS(ReadSlowly(&Command), STATUS_SUCCESS);
    SetFault(0, VdiskBusy, 1000, 0);
    CHECK_STATUS(ReadSlowly(&Command), STATUS_DEVICE_BUSY);
    SetFault(0, VdiskNoFault, 0, 0);
    CheckWorks();
}

VOID TestQueueFull(void)
{
    COMMAND Command;
    SetFault(0, VdiskQueueFull, 5, 0);
    CHECK_STATUS(ReadSlowly(&Command), STATUS_SUCCESS);
    CHECK_EQUAL(Command.ScsiStatus, SCSISTAT_GOOD);
    CheckWorks();
}

VOID TestRefused(void)
{
    COMMAND Command;
    SetFault(0, VdiskRefuse, 5, 0);
    CHECK_STATUS(ReadSlowly(&Command), STATUS_SUCCESS);
    CheckWorks();
}

// ---- No answer

static volatile LONG OtherWorks, OtherStops;

// Reads of another unit meanwhile.
static NTSTATUS NTAPI OtherUnit(PVOID Argument)
{
    static UCHAR Data[BlockBytes];
    NTSTATUS Status = STATUS_SUCCESS;
    UNREFERENCED_PARAMETER(Argument);
    while (!OtherStops && NT_SUCCESS(Status)) {
        LARGE_INTEGER Interval = TestMilliseconds(20);
        Status = RunTransfer(1, FALSE, 5, 1, Data);
        OtherWorks++;
        NtDelayExecution(FALSE, &Interval);
    }
    return Status;
}

// What of the steps has been taken, for a request that this level ends.
static VOID Hang(ULONG Level, NTSTATUS Expected)
{
    COMMAND Command;
    VDISK_REQUEST Before = QueryVdisk();
    SetFault(0, VdiskHang, 1, Level);
    CHECK_STATUS(ReadSlowly(&Command), Expected);
    VDISK_REQUEST After = QueryVdisk();
    CHECK_EQUAL(After.Aborts - Before.Aborts, 1);
    CHECK_EQUAL(After.UnitResets - Before.UnitResets, Level >= VdiskResetUnit);
    CHECK_EQUAL(After.TargetResets - Before.TargetResets, Level >= VdiskResetTarget);
    CHECK_EQUAL(After.BusResets - Before.BusResets, Level >= VdiskResetBus);
    CheckWorks();
}

VOID TestAbort(void)
{
    OtherStops = OtherWorks = 0;
    HANDLE Thread = TestStartThread(OtherUnit, nullptr);
    Hang(VdiskAbort, STATUS_IO_TIMEOUT);
    OtherStops = TRUE;
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK(OtherWorks > 10);
}

VOID TestUnitReset(void)
{
    Hang(VdiskResetUnit, STATUS_IO_TIMEOUT);
}

VOID TestTargetReset(void)
{
    Hang(VdiskResetTarget, STATUS_IO_TIMEOUT);
}

VOID TestBusReset(void)
{
    Hang(VdiskResetBus, STATUS_IO_TIMEOUT);
}

VOID TestGivenUp(void)
{
    Hang(VdiskNothingHelps, STATUS_IO_TIMEOUT);
    CHECK_EQUAL(QueryVdisk().Outstanding, 1); // the miniport has it still
    VDISK_REQUEST Release = {.Action = VdiskRelease, .Value = VdiskNothingHelps};
    CHECK_STATUS(Vdisk(&Release), STATUS_SUCCESS); // and gives it back to nobody
    CHECK_EQUAL(QueryVdisk().Outstanding, 0);
    CheckWorks();
}
