// What ports and units tell of themselves.
#include "suite.h"

static NTSTATUS Ask(ULONG Code, PVOID Input, ULONG InputLength, PVOID Output, ULONG Length,
                    PULONG Returned)
{
    return ControlPort(Port, Code, Input, InputLength, Output, Length, Returned);
}

// Bytes of the value, 0: there is none.
static ULONG GetIds(PCWSTR Path, PVOID Buffer, ULONG Size)
{
    union {
        KEY_VALUE_PARTIAL_INFORMATION Value;
        UCHAR Space[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + 1024];
    } Answer;
    WCHAR Text[300] = L"\\Registry\\Machine\\System\\CurrentControlSet\\Enum\\";
    UNICODE_STRING Name, ValueName = RTL_CONSTANT_STRING(L"HardwareID");
    HANDLE Key;
    ULONG Length;
    wcscat(Text, Path);
    RtlInitUnicodeString(&Name, Text);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    if (!NT_SUCCESS(NtOpenKey(&Key, KEY_READ, &Attributes)))
        return 0;
    NTSTATUS Status = NtQueryValueKey(Key, &ValueName, KeyValuePartialInformation, &Answer,
                                      sizeof(Answer), &Length);
    NtClose(Key);
    if (!NT_SUCCESS(Status))
        return 0;
    memcpy(Buffer, Answer.Value.Data, min(Size, Answer.Value.DataLength));
    return Answer.Value.DataLength;
}

// The units as PnP found them; the prefix of their instances is PnP's.
VOID TestIds(void)
{
    static const WCHAR HardwareIds[] = L"SCSI\\DiskProteus_Virtual_Disk____1.0_\0"
                                       L"SCSI\\DiskProteus_Virtual_Disk____\0"
                                       L"SCSI\\DiskProteus_\0"
                                       L"SCSI\\Proteus_Virtual_Disk____1\0"
                                       L"Proteus_Virtual_Disk____1\0"
                                       L"GenDisk\0";
    WCHAR Path[256] = {}, Text[512];
    PLUGPLAY_CONTROL_RELATED_DEVICE_DATA Data = {.Relation = PNP_GET_CHILD_DEVICE,
                                                 .RelatedDeviceInstance = Path,
                                                 .RelatedDeviceInstanceLength = 255};
    RtlInitUnicodeString(&Data.TargetDeviceInstance, VDISK_PATH);
    REQUIRE_STATUS(NtPlugPlayControl(PlugPlayControlGetRelatedDevice, &Data, sizeof(Data)),
                   STATUS_SUCCESS);
    TestComment("%ws", Path);
    CHECK(_wcsnicmp(Path, L"SCSI\\Disk&Ven_Proteus&Prod_Virtual_Disk\\", 39) == 0);
    CHECK(WaitForDevice(Path, TRUE));
    CHECK_EQUAL(GetIds(Path, Text, sizeof(Text)), sizeof(HardwareIds));
    CHECK(memcmp(Text, HardwareIds, sizeof(HardwareIds)) == 0);
}

VOID TestAddress(void)
{
    SCSI_ADDRESS Address;
    CHECK_STATUS(Ask(IOCTL_SCSI_GET_ADDRESS, nullptr, 0, &Address, sizeof(Address), nullptr),
                 STATUS_INVALID_DEVICE_REQUEST); // an adapter has none
}

VOID TestCapabilities(void)
{
    IO_SCSI_CAPABILITIES Answer = {};
    ULONG Length;
    CHECK_STATUS(Ask(IOCTL_SCSI_GET_CAPABILITIES, nullptr, 0, &Answer, sizeof(Answer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Length, sizeof(Answer));
    CHECK_EQUAL(Answer.MaximumTransferLength, VdiskMaximumTransfer);
    CHECK_EQUAL(Answer.MaximumPhysicalPages, VdiskPages);
    CHECK_EQUAL(Answer.AlignmentMask, 3);
    CHECK(Answer.TaggedQueuing);
    CHECK_STATUS(Ask(IOCTL_SCSI_GET_CAPABILITIES, nullptr, 0, &Answer, 4, &Length),
                 STATUS_BUFFER_TOO_SMALL);
}

VOID TestInquiryData(void)
{
    alignas(8) UCHAR Buffer[1024];
    PSCSI_ADAPTER_BUS_INFO Info = (PVOID)Buffer;
    REQUIRE_STATUS(Ask(IOCTL_SCSI_GET_INQUIRY_DATA, nullptr, 0, Buffer, sizeof(Buffer), nullptr),
                   STATUS_SUCCESS);
    CHECK_EQUAL(Info->NumberOfBuses, 1);
    CHECK_EQUAL(Info->BusData[0].NumberOfLogicalUnits, VdiskDefaultLuns);
    ULONG Offset = Info->BusData[0].InquiryDataOffset;
    for (UCHAR i = 0; i < VdiskDefaultLuns; i++) {
        PSCSI_INQUIRY_DATA Entry = (PVOID)(Buffer + Offset);
        PINQUIRYDATA Inquiry = (PVOID)Entry->InquiryData;
        CHECK_EQUAL(Entry->Lun, i);
        CHECK(memcmp(Inquiry->ProductId, "Virtual Disk    ", 16) == 0);
        Offset = Entry->NextInquiryDataOffset;
        CHECK((Offset == 0) == (i == VdiskDefaultLuns - 1));
    }
    CHECK_STATUS(Ask(IOCTL_SCSI_GET_INQUIRY_DATA, nullptr, 0, Buffer, 16, nullptr),
                 STATUS_BUFFER_TOO_SMALL);
}

VOID TestProperties(void)
{
    STORAGE_PROPERTY_QUERY Query = {.PropertyId = StorageAdapterProperty};
    STORAGE_ADAPTER_DESCRIPTOR Adapter = {};
    STORAGE_DESCRIPTOR_HEADER Header = {};
    ULONG Length;
    CHECK_STATUS(Ask(IOCTL_STORAGE_QUERY_PROPERTY, &Query, sizeof(Query), &Adapter, sizeof(Adapter),
                     &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Adapter.Size, sizeof(Adapter));
    CHECK_EQUAL(Adapter.MaximumTransferLength, VdiskMaximumTransfer);
    CHECK_STATUS(
        Ask(IOCTL_STORAGE_QUERY_PROPERTY, &Query, sizeof(Query), &Header, sizeof(Header), &Length),
        STATUS_SUCCESS);
    CHECK_EQUAL(Header.Size, sizeof(Adapter));
    Query.PropertyId = StorageDeviceProperty; // not of an adapter
    CHECK_STATUS(Ask(IOCTL_STORAGE_QUERY_PROPERTY, &Query, sizeof(Query), &Adapter, sizeof(Adapter),
                     &Length),
                 STATUS_INVALID_DEVICE_REQUEST);
    Query.PropertyId = 0x7FFF;
    CHECK_STATUS(Ask(IOCTL_STORAGE_QUERY_PROPERTY, &Query, sizeof(Query), &Adapter, sizeof(Adapter),
                     &Length),
                 STATUS_NOT_SUPPORTED);
}

VOID TestControlErrors(void)
{
    SRB_IO_CONTROL Control = {.HeaderLength = sizeof(Control), .Timeout = 1};
    CHECK_STATUS(Ask(IOCTL_SCSI_MINIPORT, &Control, 4, &Control, 4, nullptr),
                 STATUS_INVALID_PARAMETER);
    Control.Length = 100; // which is not there
    CHECK_STATUS(
        Ask(IOCTL_SCSI_MINIPORT, &Control, sizeof(Control), &Control, sizeof(Control), nullptr),
        STATUS_BUFFER_TOO_SMALL);
    Control.Length = MAXULONG;
    CHECK_STATUS(
        Ask(IOCTL_SCSI_MINIPORT, &Control, sizeof(Control), &Control, sizeof(Control), nullptr),
        STATUS_INVALID_PARAMETER);
    Control.Length = 0; // not the miniport's signature
    CHECK_STATUS(
        Ask(IOCTL_SCSI_MINIPORT, &Control, sizeof(Control), &Control, sizeof(Control), nullptr),
        STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(Ask(CTL_CODE(FILE_DEVICE_CONTROLLER, 0x7FF, METHOD_BUFFERED, FILE_ANY_ACCESS),
                     nullptr, 0, nullptr, 0, nullptr),
                 STATUS_INVALID_DEVICE_REQUEST);
}

// Each check is the miniport's; its result is the line of services.c that failed.
VOID TestServices(void)
{
    VDISK_REQUEST Request = {};
    for (ULONG i = 0; Request.Result != VdiskNoSuchCheck; i++) {
        Request = (VDISK_REQUEST){.Action = VdiskCheck, .Value = i};
        REQUIRE_STATUS(Vdisk(&Request), STATUS_SUCCESS);
        if (Request.Result && Request.Result != VdiskNoSuchCheck)
            TestFail("services.c", (int)Request.Result, "check %lu", i);
        CHECK(i || !Request.Result); // there is one at least
    }
}
