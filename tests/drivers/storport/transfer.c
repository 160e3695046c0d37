// Reading and writing through the port.
#include "suite.h"

enum { Workers = 16, Rounds = 20, WorkerBlocks = 16 };

static UCHAR Buffer[VdiskMaximumTransfer], Check[VdiskMaximumTransfer];

VOID TestReadWrite(void)
{
    for (UCHAR Lun = 0; Lun < 2; Lun++) {
        FillPattern(Buffer, 8 * BlockBytes, Lun + 1u);
        CHECK_STATUS(RunTransfer(Lun, TRUE, 100, 8, Buffer), STATUS_SUCCESS);
    }
    for (UCHAR Lun = 0; Lun < 2; Lun++) {
        memset(Check, 0, sizeof(Check));
        CHECK_STATUS(RunTransfer(Lun, FALSE, 100, 8, Check), STATUS_SUCCESS);
        CHECK(HasPattern(Check, 8 * BlockBytes, Lun + 1u));
    }
}

VOID TestDirect(void)
{
    FillPattern(Buffer, 64 * BlockBytes, 7);
    CHECK_STATUS(RunDirect(0, TRUE, 1000, 64, Buffer), STATUS_SUCCESS);
    memset(Check, 0, sizeof(Check));
    CHECK_STATUS(RunDirect(0, FALSE, 1000, 64, Check), STATUS_SUCCESS);
    CHECK(HasPattern(Check, 64 * BlockBytes, 7));
    // Into the middle of a page, and beyond its end
    memset(Check, 0, sizeof(Check));
    CHECK_STATUS(RunDirect(0, FALSE, 1000, 64, Check + 1028), STATUS_SUCCESS);
    CHECK(HasPattern(Check + 1028, 64 * BlockBytes, 7));
    CHECK(Check[1027] == 0 && Check[1028 + 64 * BlockBytes] == 0);
}

VOID TestLengths(void)
{
    static const ULONG Counts[] = {1, 2, 7, 8, 9, 127, 128, 511, 512};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Counts); i++) {
        FillPattern(Buffer, Counts[i] * BlockBytes, i + 20);
        CHECK_STATUS(RunDirect(1, TRUE, 2000 + i, Counts[i], Buffer), STATUS_SUCCESS);
        memset(Check, 0, sizeof(Check));
        CHECK_STATUS(RunTransfer(1, FALSE, 2000 + i, Counts[i], Check), STATUS_SUCCESS);
        CHECK(HasPattern(Check, Counts[i] * BlockBytes, i + 20));
    }
    // More than the adapter takes at once
    static UCHAR Large[VdiskMaximumTransfer + BlockBytes];
    CHECK_STATUS(RunDirect(1, FALSE, 0, 513, Large), STATUS_INVALID_DEVICE_REQUEST);
}

VOID TestOutOfRange(void)
{
    COMMAND Command = Transfer(0, FALSE, VdiskDefaultBlocks - 1, 2, Buffer);
    CHECK_STATUS(Run(Port, &Command), STATUS_SUCCESS);
    CHECK_EQUAL(Command.ScsiStatus, SCSISTAT_CHECK_CONDITION);
    CHECK_EQUAL(Command.Sense.SenseKey, SCSI_SENSE_ILLEGAL_REQUEST);
    CHECK_EQUAL(Command.Sense.AdditionalSenseCode, SCSI_ADSENSE_ILLEGAL_BLOCK);
    CHECK_STATUS(RunTransfer(0, FALSE, VdiskDefaultBlocks - 1, 1, Buffer), STATUS_SUCCESS);
}

VOID TestReadOnly(void)
{
    COMMAND Command = Transfer(2, TRUE, 0, 1, Buffer);
    CHECK_STATUS(Run(Port, &Command), STATUS_SUCCESS);
    CHECK_EQUAL(Command.ScsiStatus, SCSISTAT_CHECK_CONDITION);
    CHECK_EQUAL(Command.Sense.SenseKey, SCSI_SENSE_DATA_PROTECT);
    CHECK_STATUS(RunTransfer(2, FALSE, 0, 1, Buffer), STATUS_SUCCESS);
}

VOID TestUnknown(void)
{
    COMMAND Command = {.CdbLength = 10, .Cdb = {0xC7}, .Direction = SCSI_IOCTL_DATA_IN};
    CHECK_STATUS(Run(Port, &Command), STATUS_SUCCESS);
    CHECK_EQUAL(Command.ScsiStatus, SCSISTAT_CHECK_CONDITION);
    CHECK_EQUAL(Command.Sense.AdditionalSenseCode, SCSI_ADSENSE_ILLEGAL_COMMAND);
    Command.Lun = 5; // nothing is there
    CHECK_STATUS(Run(Port, &Command), STATUS_INVALID_DEVICE_REQUEST);
}

VOID TestPassErrors(void)
{
    static const struct {
        SCSI_PASS_THROUGH Pass;
        NTSTATUS Status;
    } Cases[] = {
        {{.Length = 4}, STATUS_REVISION_MISMATCH},
        {{.Length = sizeof(SCSI_PASS_THROUGH), .CdbLength = 17, .TimeOutValue = 2},
         STATUS_INVALID_PARAMETER},
        {{.Length = sizeof(SCSI_PASS_THROUGH), .CdbLength = 0, .TimeOutValue = 2},
         STATUS_INVALID_PARAMETER},
        {{.Length = sizeof(SCSI_PASS_THROUGH), .CdbLength = 6, .TimeOutValue = 0},
         STATUS_INVALID_PARAMETER},
        {{.Length = sizeof(SCSI_PASS_THROUGH), .CdbLength = 6, .TimeOutValue = 2, .DataIn = 3},
         STATUS_INVALID_PARAMETER},
        {{.Length = sizeof(SCSI_PASS_THROUGH),
          .CdbLength = 6,
          .TimeOutValue = 2,
          .DataIn = 1,
          .DataTransferLength = 1,
          .DataBufferOffset = 8},
         STATUS_INVALID_PARAMETER},
        {{.Length = sizeof(SCSI_PASS_THROUGH),
          .CdbLength = 6,
          .TimeOutValue = 2,
          .DataIn = 1,
          .DataTransferLength = 1,
          .DataBufferOffset = sizeof(SCSI_PASS_THROUGH)},
         STATUS_INVALID_PARAMETER},
        {{.Length = sizeof(SCSI_PASS_THROUGH),
          .CdbLength = 6,
          .TimeOutValue = 2,
          .DataIn = 1,
          .DataTransferLength = 16,
          .DataBufferOffset = ~0ull - 7},
         STATUS_INVALID_PARAMETER},
        {{.Length = sizeof(SCSI_PASS_THROUGH),
          .CdbLength = 6,
          .TimeOutValue = 2,
          .SenseInfoLength = 18,
          .SenseInfoOffset = 4},
         STATUS_INVALID_PARAMETER},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        SCSI_PASS_THROUGH Pass = Cases[i].Pass;
        NTSTATUS Status = ControlPort(Port, IOCTL_SCSI_PASS_THROUGH, &Pass, sizeof(Pass), &Pass,
                                      sizeof(Pass), nullptr);
        if (Status != Cases[i].Status)
            TestFail(__FILE__, __LINE__, "case %lu: %lx", i, Status);
    }
    CHECK_STATUS(RunDirect(0, FALSE, 0, 1, Buffer + 1), STATUS_INVALID_PARAMETER); // alignment
    CHECK_STATUS(RunDirect(0, FALSE, 0, 1, TEST_UNMAPPED), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(RunDirect(0, FALSE, 0, 1, TestReadOnlyPage()), STATUS_ACCESS_VIOLATION);
}

// ---- The extended forms

typedef struct _UNIT_ADDRESS { // STOR_ADDR_BTL8, which is in a header for drivers
    DECLSPEC_ALIGN(8) USHORT Type;
    USHORT Port;
    ULONG AddressLength;
    UCHAR Path, Target, Lun, Reserved;
} UNIT_ADDRESS;

enum { AddressBtl8 = 1, AddressBtl8Length = 4 };

typedef struct _PASS_EX {
    SCSI_PASS_THROUGH_EX Header;
    UNIT_ADDRESS Address;
    SENSE_DATA Sense;
    UCHAR Data[8 * BlockBytes];
} PASS_EX;

static PASS_EX Extended(UCHAR Lun, BOOLEAN Write, ULONG Lba, ULONG Blocks)
{
    COMMAND Command = Transfer(Lun, Write, Lba, Blocks, nullptr);
    PASS_EX Pass = {
        .Header = {.Length = sizeof(Pass.Header),
                   .StorAddressLength = sizeof(Pass.Address),
                   .StorAddressOffset = offsetof(PASS_EX, Address),
                   .SenseInfoLength = sizeof(Pass.Sense),
                   .SenseInfoOffset = offsetof(PASS_EX, Sense),
                   .DataDirection = Command.Direction,
                   .TimeOutValue = TransferSeconds},
        .Address = {.Type = AddressBtl8, .AddressLength = AddressBtl8Length, .Lun = Lun},
    };
    PUCHAR Cdb = Pass.Header.Cdb; // of which the structure declares but the first
    Cdb[0] = Write ? SCSIOP_WRITE6 : SCSIOP_READ6;
    Pass.Header.CdbLength = 6;
    Cdb[2] = (UCHAR)(Lba >> 8);
    Cdb[3] = (UCHAR)Lba;
    Cdb[4] = (UCHAR)Blocks;
    if (Write)
        Pass.Header.DataOutTransferLength = Command.Length;
    else
        Pass.Header.DataInTransferLength = Command.Length;
    return Pass;
}

static NTSTATUS RunExtended(ULONG Code, PASS_EX *Pass)
{
    return ControlPort(Port, Code, Pass, sizeof(*Pass), Pass, sizeof(*Pass), nullptr);
}

VOID TestPassExtended(void)
{
    static PASS_EX Pass;
    Pass = Extended(0, TRUE, 1200, 8);
    Pass.Header.DataOutBufferOffset = offsetof(PASS_EX, Data);
    FillPattern(Pass.Data, sizeof(Pass.Data), 31);
    CHECK_STATUS(RunExtended(IOCTL_SCSI_PASS_THROUGH_EX, &Pass), STATUS_SUCCESS);
    CHECK_EQUAL(Pass.Header.ScsiStatus, 0);
    CHECK_EQUAL(Pass.Header.DataOutTransferLength, sizeof(Pass.Data));
    Pass = Extended(0, FALSE, 1200, 8);
    Pass.Header.DataInBufferOffset = offsetof(PASS_EX, Data);
    CHECK_STATUS(RunExtended(IOCTL_SCSI_PASS_THROUGH_EX, &Pass), STATUS_SUCCESS);
    CHECK(HasPattern(Pass.Data, sizeof(Pass.Data), 31));
    Pass = Extended(0, FALSE, 1200, 8);
    memset(Buffer, 0, sizeof(Pass.Data));
    Pass.Header.DataInBufferOffset = (ULONG_PTR)Buffer;
    CHECK_STATUS(RunExtended(IOCTL_SCSI_PASS_THROUGH_DIRECT_EX, &Pass), STATUS_SUCCESS);
    CHECK(HasPattern(Buffer, sizeof(Pass.Data), 31));
    // What the unit says
    Pass = Extended(2, TRUE, 1200, 8);
    Pass.Header.DataOutBufferOffset = offsetof(PASS_EX, Data);
    CHECK_STATUS(RunExtended(IOCTL_SCSI_PASS_THROUGH_EX, &Pass), STATUS_SUCCESS);
    CHECK_EQUAL(Pass.Header.ScsiStatus, SCSISTAT_CHECK_CONDITION);
    CHECK_EQUAL(Pass.Header.SenseInfoLength, sizeof(Pass.Sense));
    CHECK_EQUAL(Pass.Sense.SenseKey, SCSI_SENSE_DATA_PROTECT);
}

VOID TestExtendedErrors(void)
{
    static PASS_EX Pass;
    static const struct {
        ULONG Offset; // of 32 bits in the structure
        ULONG Value;
        NTSTATUS Status;
    } Cases[] = {
        {offsetof(PASS_EX, Header.Version), 1, STATUS_REVISION_MISMATCH},
        {offsetof(PASS_EX, Header.Length), 56, STATUS_REVISION_MISMATCH},
        {offsetof(PASS_EX, Header.CdbLength), 0, STATUS_INVALID_PARAMETER},
        {offsetof(PASS_EX, Header.CdbLength), 32, STATUS_NOT_SUPPORTED},
        {offsetof(PASS_EX, Header.CdbLength), MAXULONG, STATUS_INVALID_PARAMETER},
        {offsetof(PASS_EX, Header.StorAddressLength), 0, STATUS_INVALID_PARAMETER},
        {offsetof(PASS_EX, Header.StorAddressLength), MAXULONG, STATUS_INVALID_PARAMETER},
        {offsetof(PASS_EX, Header.StorAddressOffset), MAXULONG, STATUS_INVALID_PARAMETER},
        {offsetof(PASS_EX, Address), 7, STATUS_INVALID_PARAMETER}, // the type
        {offsetof(PASS_EX, Header.TimeOutValue), 0, STATUS_INVALID_PARAMETER},
        {offsetof(PASS_EX, Header.SenseInfoOffset), 8, STATUS_INVALID_PARAMETER},
        {offsetof(PASS_EX, Header.DataInTransferLength), sizeof(PASS_EX), STATUS_INVALID_PARAMETER},
        {offsetof(PASS_EX, Header.DataInBufferOffset), 8, STATUS_INVALID_PARAMETER},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        Pass = Extended(0, FALSE, 0, 1);
        Pass.Header.DataInBufferOffset = offsetof(PASS_EX, Data);
        memcpy((PUCHAR)&Pass + Cases[i].Offset, &Cases[i].Value, sizeof(ULONG));
        NTSTATUS Status = RunExtended(IOCTL_SCSI_PASS_THROUGH_EX, &Pass);
        if (Status != Cases[i].Status)
            TestFail(__FILE__, __LINE__, "case %lu: %lx", i, Status);
    }
    Pass = Extended(0, FALSE, 0, 1);
    Pass.Header.DataDirection = SCSI_IOCTL_DATA_BIDIRECTIONAL;
    CHECK_STATUS(RunExtended(IOCTL_SCSI_PASS_THROUGH_EX, &Pass), STATUS_NOT_SUPPORTED);
    CHECK_STATUS(ControlPort(Port, IOCTL_SCSI_PASS_THROUGH_EX, &Pass, 32, &Pass, 32, nullptr),
                 STATUS_BUFFER_TOO_SMALL);
}

// ---- Many at a time

typedef struct _WORKER {
    UCHAR Lun;
    ULONG Number;
    HANDLE Thread;
} WORKER;

static NTSTATUS NTAPI WorkerRoutine(PVOID Argument)
{
    WORKER *Worker = Argument;
    static UCHAR Data[Workers][WorkerBlocks * BlockBytes];
    PUCHAR Mine = Data[Worker->Number];
    ULONG Lba = 4000 + Worker->Number * WorkerBlocks;
    for (ULONG i = 0; i < Rounds; i++) {
        ULONG Seed = Worker->Number * 1000 + i;
        FillPattern(Mine, WorkerBlocks * BlockBytes, Seed);
        NTSTATUS Status = RunDirect(Worker->Lun, TRUE, Lba, WorkerBlocks, Mine);
        memset(Mine, 0, WorkerBlocks * BlockBytes);
        if (NT_SUCCESS(Status))
            Status = RunDirect(Worker->Lun, FALSE, Lba, WorkerBlocks, Mine);
        if (!NT_SUCCESS(Status))
            return Status;
        if (!HasPattern(Mine, WorkerBlocks * BlockBytes, Seed))
            return STATUS_DATA_ERROR;
    }
    return STATUS_SUCCESS;
}

// Sixteen threads. Delayed answers come in the reverse order.
VOID TestDepth(void)
{
    static WORKER List[Workers];
    QueryVdisk();
    SetFault(0, VdiskDelay, 100, 0);
    for (ULONG i = 0; i < Workers; i++) {
        List[i] = (WORKER){.Lun = i & 1, .Number = i};
        List[i].Thread = TestStartThread(WorkerRoutine, &List[i]);
    }
    for (ULONG i = 0; i < Workers; i++)
        CHECK_STATUS(TestJoin(List[i].Thread), STATUS_SUCCESS);
    SetFault(0, VdiskNoFault, 0, 0);
    VDISK_REQUEST State = QueryVdisk();
    CHECK_EQUAL(State.Outstanding, 0);
    CHECK(State.Deepest >= Workers / 4);
}
