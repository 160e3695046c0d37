// Errors: the status that the caller gets, and how often the command was sent.
#include "suite.h"

enum { // SRB_STATUS_...
    SrbAborted = 0x02,
    SrbError = 0x04,
    SrbBusy = 0x05,
    SrbNoDevice = 0x08,
    SrbTimeout = 0x09,
    SrbCommandTimeout = 0x0B,
    SrbBusReset = 0x0E,
    SrbParity = 0x0F,
};

static VOID SetSense(PTARGET_FAULT Fault, UCHAR Key, UCHAR Code, UCHAR Qualifier)
{
    UCHAR Sense[18] = {0x70, 0, Key, 0, 0, 0, 0, 10, 0, 0, 0, 0, Code, Qualifier};
    Fault->SrbStatus = SrbError;
    Fault->ScsiStatus = 2;
    Fault->SenseBytes = sizeof(Sense);
    memcpy(Fault->Sense, Sense, sizeof(Sense));
}

typedef struct _EXPECTED {
    UCHAR SrbStatus, ScsiStatus;
    UCHAR Key, Code, Qualifier; // with SrbError and CHECK CONDITION
    NTSTATUS Status;
    ULONG Sent;
} EXPECTED;

// Those that are tried again at once, or not at all.
static const EXPECTED Cases[] = {
    {SrbError, 2, 0x03, 0x11, 0x00, STATUS_DEVICE_DATA_ERROR, 5},
    {SrbError, 2, 0x03, 0x31, 0x00, STATUS_UNRECOGNIZED_MEDIA, 1},
    {SrbError, 2, 0x04, 0x44, 0x00, STATUS_IO_DEVICE_ERROR, 5},
    {SrbError, 2, 0x05, 0x21, 0x00, STATUS_NONEXISTENT_SECTOR, 1},
    {SrbError, 2, 0x05, 0x24, 0x00, STATUS_INVALID_DEVICE_REQUEST, 1},
    {SrbError, 2, 0x07, 0x27, 0x00, STATUS_MEDIA_WRITE_PROTECTED, 1},
    {SrbError, 2, 0x07, 0x27, 0x07, STATUS_DISK_FULL, 1},
    {SrbError, 2, 0x08, 0x00, 0x00, STATUS_NO_DATA_DETECTED, 1},
    {SrbError, 2, 0x02, 0x3A, 0x00, STATUS_NO_MEDIA_IN_DEVICE, 1},
    {SrbError, 2, 0x02, 0x04, 0x03, STATUS_NO_MEDIA_IN_DEVICE, 1},
    {SrbError, 2, 0x06, 0x29, 0x00, STATUS_IO_DEVICE_ERROR, 5},
    {SrbError, 2, 0x06, 0x28, 0x00, STATUS_IO_DEVICE_ERROR, 5},
    {SrbError, 2, 0x0B, 0x00, 0x00, STATUS_IO_DEVICE_ERROR, 5},
    {SrbError, 2, 0x01, 0x17, 0x00, STATUS_SUCCESS, 1},
    {SrbError, 0x18, 0, 0, 0, STATUS_DEVICE_BUSY, 1},
    {SrbParity, 0, 0, 0, 0, STATUS_PARITY_ERROR, 5},
    {SrbTimeout, 0, 0, 0, 0, STATUS_IO_TIMEOUT, 5},
    {SrbCommandTimeout, 0, 0, 0, 0, STATUS_IO_TIMEOUT, 5},
    {SrbNoDevice, 0, 0, 0, 0, STATUS_NO_SUCH_DEVICE, 1},
};

static VOID CheckCase(HANDLE File, const EXPECTED *Case)
{
    TARGET_FAULT Fault = {
        .Code = TargetAnyTransfer,
        .SrbStatus = Case->SrbStatus,
        .ScsiStatus = Case->ScsiStatus,
        .Times = 1000,
    };
    TARGET_FAULT None = {};
    TARGET_COUNTS Counts;
    if (Case->SrbStatus == SrbError && Case->ScsiStatus == 2)
        SetSense(&Fault, Case->Key, Case->Code, Case->Qualifier);
    Inject(&Fault);
    NTSTATUS Status = Transfer(File, FALSE, 4096, Buffer(), 4096);
    TakeCounts(&Counts);
    if (Status != Case->Status || Counts.Commands[0x28] != Case->Sent)
        TestFail(__FILE__, __LINE__, "error %02x %02x %x/%02x/%02x is %08lx after %lu commands",
                 Case->SrbStatus, Case->ScsiStatus, Case->Key, Case->Code, Case->Qualifier, Status,
                 Counts.Commands[0x28]);
    Inject(&None);
    CHECK_STATUS(Transfer(File, FALSE, 4096, Buffer(), 4096), STATUS_SUCCESS);
    TakeCounts(&Counts);
}

static VOID CheckCases(const TARGET_CONFIG *Config)
{
    HANDLE File;
    TARGET_COUNTS Counts;
    if (!AddDisk(Config, &File))
        return;
    TakeCounts(&Counts);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++)
        CheckCase(File, &Cases[i]);
    RemoveDisk(File);
}

VOID TestErrors(void)
{
    CheckCases(&UsualDisk);
}

VOID TestErrorsExtended(void)
{
    TARGET_CONFIG Config = UsualDisk;
    Config.Extended = TRUE;
    CheckCases(&Config);
}

// Each goes away after some time; the caller sees a slow success.
VOID TestRecovery(void)
{
    static const EXPECTED Passing[] = {
        {SrbError, 2, 0x03, 0x11, 0x00, STATUS_SUCCESS, 3},
        {SrbError, 2, 0x06, 0x29, 0x00, STATUS_SUCCESS, 3},
        {SrbError, 2, 0x02, 0x04, 0x01, STATUS_SUCCESS, 3},
        {SrbError, 0x28, 0, 0, 0, STATUS_SUCCESS, 3},
        {SrbError, 0x08, 0, 0, 0, STATUS_SUCCESS, 3},
        {SrbBusy, 0, 0, 0, 0, STATUS_SUCCESS, 3},
        {SrbBusReset, 0, 0, 0, 0, STATUS_SUCCESS, 3},
    };
    HANDLE File;
    TARGET_COUNTS Counts;
    if (!AddDisk(&UsualDisk, &File))
        return;
    FillPattern(Buffer(), 0x8000, 0, 5);
    CHECK_STATUS(Transfer(File, TRUE, 0, Buffer(), 0x8000), STATUS_SUCCESS);
    TakeCounts(&Counts);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Passing); i++) {
        const EXPECTED *Case = &Passing[i];
        TARGET_FAULT Fault = {.Code = TargetAnyTransfer,
                              .SrbStatus = Case->SrbStatus,
                              .ScsiStatus = Case->ScsiStatus,
                              .Times = Case->Sent - 1};
        if (Case->SrbStatus == SrbError && Case->ScsiStatus == 2)
            SetSense(&Fault, Case->Key, Case->Code, Case->Qualifier);
        Inject(&Fault);
        memset(Buffer(), 0xEE, 0x8000);
        CHECK_STATUS(Transfer(File, FALSE, 0, Buffer(), 0x8000), STATUS_SUCCESS);
        CheckPattern(Buffer(), 0x8000, 0, 5);
        TakeCounts(&Counts);
        CHECK_EQUAL(Counts.Commands[0x28], Case->Sent);
    }
    RemoveDisk(File);
}

// The request fails as its part does; what the other parts do is done.
VOID TestPartFails(void)
{
    TARGET_FAULT Fault = {.Code = TargetAnyTransfer, .Skip = 2, .Times = 1};
    HANDLE File;
    TARGET_COUNTS Counts;
    if (!AddDisk(&UsualDisk, &File))
        return;
    TakeCounts(&Counts);
    SetSense(&Fault, 7, 0x27, 0);
    Inject(&Fault);
    CHECK_STATUS(Transfer(File, TRUE, 0, Buffer(), 0x50000), STATUS_MEDIA_WRITE_PROTECTED);
    TakeCounts(&Counts);
    CHECK_EQUAL(Counts.Commands[0x2A], 5);
    CHECK_STATUS(Transfer(File, TRUE, 0, Buffer(), 0x50000), STATUS_SUCCESS);
    RemoveDisk(File);
}

VOID TestStartUnit(void)
{
    TARGET_FAULT Fault = {.Code = TargetAnyTransfer, .Times = 1000, .UntilStart = TRUE};
    HANDLE File;
    TARGET_COUNTS Counts;
    if (!AddDisk(&UsualDisk, &File))
        return;
    TakeCounts(&Counts);
    SetSense(&Fault, 2, 0x04, 0x02);
    Inject(&Fault);
    CHECK_STATUS(Transfer(File, FALSE, 0, Buffer(), 4096), STATUS_SUCCESS);
    TakeCounts(&Counts);
    CHECK_EQUAL(Counts.Commands[0x1B], 1);
    CHECK_EQUAL(Counts.Commands[0x28], 2);
    RemoveDisk(File);
}

VOID TestFrozen(void)
{
    TARGET_FAULT Fault = {.Code = TargetAnyTransfer, .Times = 2, .Freeze = TRUE};
    HANDLE File;
    TARGET_COUNTS Counts;
    if (!AddDisk(&UsualDisk, &File))
        return;
    TakeCounts(&Counts);
    SetSense(&Fault, 4, 0x44, 0);
    Inject(&Fault);
    CHECK_STATUS(Transfer(File, FALSE, 0, Buffer(), 0x40000), STATUS_SUCCESS);
    TakeCounts(&Counts);
    CHECK(Counts.Releases >= 1);
    Fault.Times = 1000;
    Inject(&Fault);
    CHECK_STATUS(Transfer(File, FALSE, 0, Buffer(), 4096), STATUS_IO_DEVICE_ERROR);
    Fault.Times = 0;
    Inject(&Fault);
    CHECK_STATUS(Transfer(File, FALSE, 0, Buffer(), 0x40000), STATUS_SUCCESS);
    RemoveDisk(File);
}

VOID TestReadOnly(void)
{
    TARGET_CONFIG Config = UsualDisk;
    HANDLE File;
    Config.ReadOnly = TRUE;
    if (!AddDisk(&Config, &File))
        return;
    CHECK_STATUS(Control(File, IOCTL_DISK_IS_WRITABLE, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_MEDIA_WRITE_PROTECTED);
    CHECK_STATUS(Transfer(File, TRUE, 0, Buffer(), 4096), STATUS_MEDIA_WRITE_PROTECTED);
    CHECK_STATUS(Transfer(File, FALSE, 0, Buffer(), 4096), STATUS_SUCCESS);
    RemoveDisk(File);
}
