// The same over storport.sys: vdisk.sys is a virtual miniport with disks in memory, whose faults its private control
// sets.
#include "suite.h"

#include "../storport/vdisk.h"

enum { Units = 3, ReadOnlyUnit = 2, UnitBytes = VdiskDefaultBlocks * VdiskDefaultBlockSize };

static HANDLE Port, Disks[Units];

static NTSTATUS AskMiniport(PVDISK_REQUEST Request)
{
    struct {
        SRB_IO_CONTROL Header;
        VDISK_REQUEST Request;
    } Bytes = {.Header = {.HeaderLength = sizeof(SRB_IO_CONTROL),
                          .Timeout = 10,
                          .ControlCode = VDISK_CODE,
                          .Length = sizeof(VDISK_REQUEST)},
               .Request = *Request};
    memcpy(Bytes.Header.Signature, VDISK_SIGNATURE, sizeof(Bytes.Header.Signature));
    NTSTATUS Status =
        Control(Port, IOCTL_SCSI_MINIPORT, &Bytes, sizeof(Bytes), &Bytes, sizeof(Bytes), nullptr);
    *Request = Bytes.Request;
    return Status;
}

static VOID SetFault(ULONG Lun, VDISK_FAULT Fault, ULONG Count, ULONG Level)
{
    VDISK_REQUEST Request = {
        .Action = VdiskSetFault, .Lun = Lun, .Fault = Fault, .Count = Count, .Level = Level};
    CHECK_STATUS(AskMiniport(&Request), STATUS_SUCCESS);
}

// The disk with that number, by its logical unit.
static VOID TakeDisk(ULONG Number, ULONG Options, PHANDLE Found)
{
    WCHAR Name[TextChars];
    SCSI_ADDRESS Address = {};
    HANDLE File;
    _snwprintf(Name, TextChars, L"\\\?\?\\PhysicalDrive%lu", Number);
    if (!NT_SUCCESS(OpenDevice(Name, Options, &File)))
        return;
    NTSTATUS Status =
        Control(File, IOCTL_SCSI_GET_ADDRESS, nullptr, 0, &Address, sizeof(Address), nullptr);
    if (NT_SUCCESS(Status) && Address.Lun < Units && !Found[Address.Lun])
        Found[Address.Lun] = File;
    else
        NtClose(File);
}

static BOOLEAN TakeDisks(ULONG Options, PHANDLE Found)
{
    LARGE_INTEGER Interval = TestMilliseconds(50);
    for (ULONG i = 0; i < 200; i++) {
        for (ULONG Number = 0; Number < Units + 1; Number++)
            TakeDisk(Number, Options, Found);
        if (Found[0] && Found[1] && Found[2])
            return TRUE;
        NtDelayExecution(FALSE, &Interval);
    }
    return FALSE;
}

VOID TestPort(void)
{
    GET_LENGTH_INFORMATION Length = {};
    SetServiceNumber(L"disk", L"TimeOutValue", 2);
    SetServiceNumber(L"vdisk\\Parameters\\Device", L"ReadOnly", 1 << ReadOnlyUnit);
    MakeRootDevice(L"vdisk", L"VDISK");
    REQUIRE(TakeDisks(FILE_SYNCHRONOUS_IO_NONALERT, Disks));
    // The machine's own adapter is the first.
    REQUIRE_STATUS(OpenDevice(L"\\Device\\ScsiPort1", FILE_SYNCHRONOUS_IO_NONALERT, &Port),
                   STATUS_SUCCESS);
    for (ULONG i = 0; i < Units; i++) {
        CHECK_STATUS(Control(Disks[i], IOCTL_DISK_GET_LENGTH_INFO, nullptr, 0, &Length,
                             sizeof(Length), nullptr),
                     STATUS_SUCCESS);
        CHECK_EQUAL(Length.Length.QuadPart, UnitBytes);
    }
}

VOID TestPortData(void)
{
    static const ULONG Lengths[] = {512, 4096, 0x8000, 0x40000, 0x40200, 0x100000};
    static const ULONG Shifts[] = {0, 4, 512, 4092};
    ULONG Seed = 100;
    REQUIRE(Port);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Lengths); i++) {
        for (ULONG j = 0; j < RTL_NUMBER_OF(Shifts); j++) {
            PUCHAR Bytes = Buffer() + Shifts[j];
            ULONGLONG Place = 512ULL * (i * 16 + j);
            FillPattern(Bytes, Lengths[i], Place, ++Seed);
            CHECK_STATUS(Transfer(Disks[j % 2], TRUE, Place, Bytes, Lengths[i]), STATUS_SUCCESS);
            memset(Bytes, 0xEE, Lengths[i]);
            CHECK_STATUS(Transfer(Disks[j % 2], FALSE, Place, Bytes, Lengths[i]), STATUS_SUCCESS);
            if (!CheckPattern(Bytes, Lengths[i], Place, Seed))
                return;
        }
    }
    CHECK_STATUS(Transfer(Disks[ReadOnlyUnit], TRUE, 0, Buffer(), 4096),
                 STATUS_MEDIA_WRITE_PROTECTED);
    CHECK_STATUS(Transfer(Disks[ReadOnlyUnit], FALSE, 0, Buffer(), 4096), STATUS_SUCCESS);
    CHECK_STATUS(Flush(Disks[0]), STATUS_SUCCESS);
}

VOID TestPortDepth(void)
{
    HANDLE Overlapped[Units] = {};
    REQUIRE(Port);
    if (!CHECK(TakeDisks(0, Overlapped)))
        return;
    TransferAtOnce(Overlapped[0], 200);
    TransferAtOnce(Overlapped[1], 201);
    for (ULONG i = 0; i < Units; i++)
        NtClose(Overlapped[i]);
}

VOID TestPortErrors(void)
{
    static const struct {
        VDISK_FAULT Fault;
        ULONG Count;
        NTSTATUS Status;
    } Cases[] = {
        {VdiskMediumError, 100, STATUS_DEVICE_DATA_ERROR},
        {VdiskMediumError, 2, STATUS_SUCCESS},
        {VdiskUnitAttention, 2, STATUS_SUCCESS},
        {VdiskFailed, 100, STATUS_IO_DEVICE_ERROR},
        {VdiskFailed, 1, STATUS_SUCCESS},
        {VdiskBusy, 3, STATUS_SUCCESS},
        {VdiskQueueFull, 3, STATUS_SUCCESS},
    };
    REQUIRE(Port);
    FillPattern(Buffer(), 0x4000, 0, 300);
    CHECK_STATUS(Transfer(Disks[0], TRUE, 0, Buffer(), 0x4000), STATUS_SUCCESS);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        SetFault(0, Cases[i].Fault, Cases[i].Count, 0);
        memset(Buffer(), 0xEE, 0x4000);
        NTSTATUS Status = Transfer(Disks[0], FALSE, 0, Buffer(), 0x4000);
        if (Status != Cases[i].Status)
            TestFail(__FILE__, __LINE__, "case %lu is %08lx, not %08lx", i, Status,
                     Cases[i].Status);
        else if (NT_SUCCESS(Status))
            CheckPattern(Buffer(), 0x4000, 0, 300);
        SetFault(0, VdiskNoFault, 0, 0);
        CHECK_STATUS(Transfer(Disks[1], FALSE, 0, Buffer(), 0x4000), STATUS_SUCCESS);
    }
}

// The port driver gives such a request up, and the class library sends it again.
VOID TestPortHangs(void)
{
    REQUIRE(Port);
    for (ULONG Level = VdiskAbort; Level <= VdiskResetBus; Level += VdiskResetBus - VdiskAbort) {
        FillPattern(Buffer(), 0x4000, 0, 400 + Level);
        CHECK_STATUS(Transfer(Disks[0], TRUE, 0, Buffer(), 0x4000), STATUS_SUCCESS);
        memset(Buffer(), 0xEE, 0x4000);
        SetFault(0, VdiskHang, 1, Level);
        CHECK_STATUS(Transfer(Disks[0], FALSE, 0, Buffer(), 0x4000), STATUS_SUCCESS);
        CheckPattern(Buffer(), 0x4000, 0, 400 + Level);
    }
}

VOID TestPortRemoval(void)
{
    enum { Tries = 200 };
    VDISK_REQUEST Pull = {.Action = VdiskSetPresent, .Lun = 1, .Value = 0};
    LARGE_INTEGER Interval = TestMilliseconds(50);
    ULONG Try = 0;
    REQUIRE(Port);
    CHECK_STATUS(AskMiniport(&Pull), STATUS_SUCCESS);
    while (NT_SUCCESS(Transfer(Disks[1], FALSE, 0, Buffer(), 512)) && Try++ < Tries)
        NtDelayExecution(FALSE, &Interval);
    CHECK(Try < Tries);
    CHECK_STATUS(Transfer(Disks[0], FALSE, 0, Buffer(), 512), STATUS_SUCCESS);
    for (ULONG i = 0; i < Units; i++)
        NtClose(Disks[i]);
    NtClose(Port);
}
