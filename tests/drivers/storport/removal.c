// Units and adapters that come and go.
#include "suite.h"

static WCHAR UnitPath[256]; // of LUN 1

// The instances of the units differ in the last digit.
static BOOLEAN FindUnit(void)
{
    PLUGPLAY_CONTROL_RELATED_DEVICE_DATA Data = {.Relation = PNP_GET_CHILD_DEVICE,
                                                 .RelatedDeviceInstance = UnitPath,
                                                 .RelatedDeviceInstanceLength = 255};
    RtlInitUnicodeString(&Data.TargetDeviceInstance, VDISK_PATH);
    if (!CHECK_STATUS(NtPlugPlayControl(PlugPlayControlGetRelatedDevice, &Data, sizeof(Data)),
                      STATUS_SUCCESS))
        return FALSE;
    UnitPath[Data.RelatedDeviceInstanceLength - 1] = L'1';
    UnitPath[Data.RelatedDeviceInstanceLength] = 0;
    return CHECK(WaitForDevice(UnitPath, TRUE));
}

static VOID SetPresent(BOOLEAN Present)
{
    VDISK_REQUEST Request = {.Action = VdiskSetPresent, .Lun = 1, .Value = Present};
    CHECK_STATUS(Vdisk(&Request), STATUS_SUCCESS);
}

static UCHAR Buffer[BlockBytes];

static NTSTATUS NTAPI ReadUnit(PVOID Argument)
{
    static UCHAR Data[BlockBytes];
    UNREFERENCED_PARAMETER(Argument);
    return RunTransfer(1, FALSE, 40, 1, Data);
}

VOID TestPulled(void)
{
    REQUIRE(FindUnit());
    SetPresent(FALSE);
    CHECK(WaitForDevice(UnitPath, FALSE));
    CHECK_STATUS(RunTransfer(1, FALSE, 0, 1, Buffer), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(RunTransfer(0, FALSE, 0, 1, Buffer), STATUS_SUCCESS);
    SetPresent(TRUE);
    CHECK(WaitForDevice(UnitPath, TRUE));
    CHECK_STATUS(RunTransfer(1, FALSE, 0, 1, Buffer), STATUS_SUCCESS);
}

// With a request that the device has and does not answer.
VOID TestPulledBusy(void)
{
    REQUIRE(FindUnit());
    SetFault(1, VdiskHang, 1, VdiskResetUnit);
    HANDLE Thread = TestStartThread(ReadUnit, nullptr);
    LARGE_INTEGER Interval = TestMilliseconds(100);
    NtDelayExecution(FALSE, &Interval);
    SetPresent(FALSE);
    CHECK(!NT_SUCCESS(TestJoin(Thread)));
    CHECK(WaitForDevice(UnitPath, FALSE));
    SetPresent(TRUE);
    CHECK(WaitForDevice(UnitPath, TRUE));
    CHECK_STATUS(RunTransfer(1, FALSE, 0, 1, Buffer), STATUS_SUCCESS);
}

VOID TestRescan(void)
{
    REQUIRE(FindUnit());
    CHECK_STATUS(ControlPort(Port, IOCTL_SCSI_RESCAN_BUS, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(EnumerateDevice(VDISK_PATH), STATUS_SUCCESS);
    CHECK(WaitForDevice(UnitPath, TRUE));
}

VOID TestRemoval(void)
{
    for (ULONG i = 0; i < 3; i++) {
        NtClose(Port);
        Port = nullptr;
        CHECK_STATUS(RemoveDevice(VDISK_PATH), STATUS_SUCCESS);
        CHECK(WaitForDevice(UnitPath, FALSE));
        CHECK_STATUS(StartDevice(VDISK_PATH), STATUS_SUCCESS);
        REQUIRE(WaitForDevice(VDISK_PATH, TRUE));
        OpenPortAgain();
        CHECK_STATUS(RunTransfer(0, FALSE, 0, 1, Buffer), STATUS_SUCCESS);
    }
}

// ---- The end of the host

static ULONG HostProcess(void)
{
    ULONG Processes[4] = {};
    PLUGPLAY_CONTROL_PROPERTY_DATA Data = {.Property = PNP_PROPERTY_HOST_PROCESSES,
                                           .Buffer = Processes,
                                           .BufferSize = sizeof(Processes)};
    RtlInitUnicodeString(&Data.DeviceInstance, VDISK_PATH);
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlProperty, &Data, sizeof(Data)), STATUS_SUCCESS);
    return Processes[0];
}

static NTSTATUS EndProcess(ULONG Id)
{
    HANDLE Process;
    BOOLEAN WasEnabled;
    CLIENT_ID Client = {.UniqueProcess = (HANDLE)(ULONG_PTR)Id};
    OBJECT_ATTRIBUTES Attributes = TestAttributes(nullptr, 0);
    RtlAdjustPrivilege(SE_DEBUG_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    NTSTATUS Status = NtOpenProcess(&Process, PROCESS_TERMINATE, &Attributes, &Client);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtTerminateProcess(Process, STATUS_UNSUCCESSFUL);
    NtClose(Process);
    return Status;
}

// With requests outstanding: these end, and the devices come back in a new host.
VOID TestHostEnds(void)
{
    HANDLE Threads[4];
    ULONG Before = HostProcess();
    SetFault(1, VdiskHang, 4, VdiskResetUnit);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Threads); i++)
        Threads[i] = TestStartThread(ReadUnit, nullptr);
    LARGE_INTEGER Interval = TestMilliseconds(100);
    NtDelayExecution(FALSE, &Interval);
    CHECK_STATUS(EndProcess(Before), STATUS_SUCCESS);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Threads); i++)
        CHECK(!NT_SUCCESS(TestJoin(Threads[i])));
    for (ULONG i = 0; i < 100 && (!HostProcess() || HostProcess() == Before); i++)
        NtDelayExecution(FALSE, &Interval);
    CHECK(WaitForDevice(VDISK_PATH, TRUE));
    CHECK(WaitForDevice(UnitPath, TRUE));
    OpenPortAgain();
    CHECK_STATUS(RunTransfer(1, FALSE, 0, 1, Buffer), STATUS_SUCCESS);
}
