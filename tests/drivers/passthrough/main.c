// passthrough: commands as programs send them past the class drivers. `ata DISK`: ATA commands and SMART; `scsi PORT PATH`:
// SCSI commands to the unit of that path; `nvme DISK`: commands of NVM Express.
#include <native.h>

#include <ntddscsi.h>
#include <ntddstor.h>

enum {
    AtaFlagDataIn = 0x02,
    ScsiDataIn = 1,
    TimeOut = 10,
    SectorBytes = 512,
    BlockBytes = 2048,
};

typedef struct {
    USHORT Length, AtaFlags;
    UCHAR PathId, TargetId, Lun, Reserved1;
    ULONG DataTransferLength, TimeOutValue, Reserved2;
    ULONG_PTR DataBufferOffset;
    UCHAR PreviousTaskFile[8], CurrentTaskFile[8];
    UCHAR Data[SectorBytes];
} ATA_REQUEST;
static_assert(FIELD_OFFSET(ATA_REQUEST, Data) == 0x30);

typedef struct {
    SCSI_PASS_THROUGH Pass;
    UCHAR Sense[32];
    UCHAR Data[BlockBytes];
} SCSI_REQUEST;
static_assert(FIELD_OFFSET(SCSI_REQUEST, Sense) == 0x38);
static_assert(IOCTL_SCSI_PASS_THROUGH == 0x0004D004 && IOCTL_ATA_PASS_THROUGH == 0x0004D02C &&
              IOCTL_ATA_PASS_THROUGH_DIRECT == 0x0004D030);

static NTSTATUS Control(HANDLE File, ULONG Code, PVOID Buffer, ULONG Length)
{
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status = NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &IoStatus, Code,
                                            Buffer, Length, Buffer, Length);
    if (Status == STATUS_PENDING) {
        NtWaitForSingleObject(File, FALSE, nullptr);
        Status = IoStatus.Status;
    }
    return Status;
}

// ---- ATA

// Registers: features, count, LBA low, mid, high, device, command.
static NTSTATUS Ata(HANDLE File, PCWSTR What, const UCHAR Registers[7], ULONG Length,
                    ATA_REQUEST *Request)
{
    *Request = (ATA_REQUEST){
        .Length = FIELD_OFFSET(ATA_REQUEST, Data),
        .AtaFlags = Length ? AtaFlagDataIn : 0,
        .DataTransferLength = Length,
        .TimeOutValue = TimeOut,
        .DataBufferOffset = FIELD_OFFSET(ATA_REQUEST, Data),
    };
    RtlCopyMemory(Request->CurrentTaskFile, Registers, 7);
    NTSTATUS Status = Control(File, IOCTL_ATA_PASS_THROUGH, Request, sizeof(*Request));
    const UCHAR *After = Request->CurrentTaskFile;
    ConPrint(L"%ws: %08lx, %lu bytes, status %02x error %02x middle %02x high %02x\n", What, Status,
             Request->DataTransferLength, After[6], After[0], After[3], After[4]);
    return Status;
}

static VOID PrintModel(const UCHAR *Data)
{
    WCHAR Model[41] = L"";
    for (ULONG i = 0; i < 40; i++)
        Model[i] = Data[54 + (i ^ 1)];
    ConPrint(L"model: %ws\n", Model);
}

// With the data in the program's own memory.
static VOID AtaDirect(HANDLE File, const UCHAR Registers[7])
{
    static UCHAR Data[SectorBytes];
    ATA_REQUEST Request = {
        .Length = FIELD_OFFSET(ATA_REQUEST, Data),
        .AtaFlags = AtaFlagDataIn,
        .DataTransferLength = SectorBytes,
        .TimeOutValue = TimeOut,
        .DataBufferOffset = (ULONG_PTR)Data,
    };
    RtlCopyMemory(Request.CurrentTaskFile, Registers, 7);
    NTSTATUS Status =
        Control(File, IOCTL_ATA_PASS_THROUGH_DIRECT, &Request, FIELD_OFFSET(ATA_REQUEST, Data));
    ConPrint(L"direct: %08lx, %lu bytes, ", Status, Request.DataTransferLength);
    PrintModel(Data);
    Request.DataBufferOffset = 0x1000;
    RtlCopyMemory(Request.CurrentTaskFile, Registers, 7);
    Status =
        Control(File, IOCTL_ATA_PASS_THROUGH_DIRECT, &Request, FIELD_OFFSET(ATA_REQUEST, Data));
    ConPrint(L"direct, nowhere: %08lx\n", Status);
}

// StorageDeviceProtocolSpecificProperty, StorageAdapterProtocolSpecificProperty
static VOID AtaProperty(HANDLE File, PCWSTR What, ULONG Property, ULONG DataType, ULONG Value,
                        ULONG Bytes)
{
    enum { ProtocolAta = 2, Specific = 40 };
    struct {
        ULONG Id, Type; // in the answer: Version, Size
        ULONG Protocol, DataType, Value, SubValue, Offset, Length, Returned, SubValues[3];
        UCHAR Data[2 * SectorBytes];
    } Query = {Property, 0, ProtocolAta, DataType, Value, 0, Specific, Bytes, 0, {}, {}};
    static_assert(FIELD_OFFSET(typeof(Query), Data) == 8 + Specific);
    NTSTATUS Status = Control(File, IOCTL_STORAGE_QUERY_PROPERTY, &Query, sizeof(Query));
    ConPrint(L"%ws: %08lx, %lu bytes, ", What, Status, NT_SUCCESS(Status) ? Query.Length : 0);
    PrintModel(Query.Data);
}

static VOID AtaProperties(HANDLE File)
{
    enum { OfAdapter = 49, OfDevice = 50, Identify = 1, LogPage = 2, Directory = 0 };
    AtaProperty(File, L"property", OfDevice, Identify, 0, SectorBytes);
    AtaProperty(File, L"long property", OfDevice, Identify, 0, 2 * SectorBytes);
    AtaProperty(File, L"short property", OfDevice, Identify, 0, SectorBytes - 1);
    AtaProperty(File, L"unknown property", OfDevice, 3, 0, SectorBytes);
    AtaProperty(File, L"adapter's property", OfAdapter, Identify, 0, SectorBytes);
    AtaProperty(File, L"log", OfDevice, LogPage, Directory, SectorBytes);
}

static NTSTATUS RunAta(HANDLE File)
{
    static const UCHAR Identify[7] = {0, 1, 0, 0, 0, 0, 0xEC};
    static const UCHAR SmartEnable[7] = {0xD8, 0, 0, 0x4F, 0xC2, 0, 0xB0};
    static const UCHAR SmartStatus[7] = {0xDA, 0, 0, 0x4F, 0xC2, 0, 0xB0};
    static const UCHAR SmartData[7] = {0xD0, 1, 0, 0x4F, 0xC2, 0, 0xB0};
    static const UCHAR Unknown[7] = {0, 0, 0, 0, 0, 0, 0xFF};
    ATA_REQUEST Request;
    ULONG Prediction[129] = {};
    if (NT_SUCCESS(Ata(File, L"identify", Identify, SectorBytes, &Request)))
        PrintModel(Request.Data);
    AtaDirect(File, Identify);
    Ata(File, L"smart enable", SmartEnable, 0, &Request);
    Ata(File, L"smart status", SmartStatus, 0, &Request);
    Ata(File, L"smart data", SmartData, SectorBytes, &Request);
    Ata(File, L"unknown", Unknown, 0, &Request);
    AtaProperties(File);
    NTSTATUS Status = Control(File, IOCTL_STORAGE_PREDICT_FAILURE, Prediction, sizeof(Prediction));
    ConPrint(L"prediction: %08lx, %lu\n", Status, Prediction[0]);
    return STATUS_SUCCESS;
}

// ---- SCSI

static VOID Scsi(HANDLE File, UCHAR Path, PCWSTR What, const UCHAR Cdb[12], ULONG Length)
{
    SCSI_REQUEST Request = {
        .Pass.Length = sizeof(SCSI_PASS_THROUGH),
        .Pass.PathId = Path,
        .Pass.CdbLength = 12,
        .Pass.SenseInfoLength = sizeof(Request.Sense),
        .Pass.DataIn = ScsiDataIn,
        .Pass.DataTransferLength = Length,
        .Pass.TimeOutValue = TimeOut,
        .Pass.DataBufferOffset = FIELD_OFFSET(SCSI_REQUEST, Data),
        .Pass.SenseInfoOffset = FIELD_OFFSET(SCSI_REQUEST, Sense),
    };
    RtlCopyMemory(Request.Pass.Cdb, Cdb, 12);
    NTSTATUS Status = Control(File, IOCTL_SCSI_PASS_THROUGH, &Request, sizeof(Request));
    ConPrint(L"%ws: %08lx, scsi %02x, %lu bytes, sense %x/%02x/%02x, data", What, Status,
             Request.Pass.ScsiStatus, Request.Pass.DataTransferLength, Request.Sense[2] & 0xF,
             Request.Sense[12], Request.Sense[13]);
    for (ULONG i = 0; i < 8; i++)
        ConPrint(L" %02x", Request.Data[i]);
    ConPrint(L"\n");
}

static NTSTATUS RunScsi(HANDLE File, UCHAR Path)
{
    static const UCHAR Inquiry[12] = {0x12, [4] = 36}, InquiryOdd[12] = {0x12, [4] = 37};
    static const UCHAR Capacity[12] = {0x25};
    static const UCHAR Read[12] = {0x28, [5] = 16, [8] = 1};
    static const UCHAR ReadBeyond[12] = {0x28, 0, 0x7F, [8] = 1};
    Scsi(File, Path, L"inquiry", Inquiry, 36);
    Scsi(File, Path, L"odd inquiry", InquiryOdd, 37);
    Scsi(File, Path, L"capacity", Capacity, 8); // the medium is new: once it may say so
    Scsi(File, Path, L"capacity again", Capacity, 8);
    Scsi(File, Path, L"read", Read, BlockBytes);
    Scsi(File, Path, L"read beyond", ReadBeyond, BlockBytes);
    Scsi(File, Path, L"read again", Read, BlockBytes);
    return STATUS_SUCCESS;
}

// ---- NVM Express

typedef struct {
    ULONG Version, Length, ProtocolType, Flags, ReturnStatus, ErrorCode, CommandLength,
        ErrorInfoLength, DataToDeviceTransferLength, DataFromDeviceTransferLength, TimeOutValue,
        ErrorInfoOffset, DataToDeviceBufferOffset, DataFromDeviceBufferOffset, CommandSpecific,
        Reserved0, FixedProtocolReturnData, Reserved1[3];
    ULONG Command[16];
    UCHAR Data[4096];
} NVME_PROGRAM_COMMAND;
static_assert(FIELD_OFFSET(NVME_PROGRAM_COMMAND, Command) == 0x50);

static VOID Nvme(HANDLE File, PCWSTR What, ULONG Opcode, ULONG Cdw10, ULONG Bytes, ULONG TextAt)
{
    enum { Version = 1, StructureBytes = 0x54, ProtocolNvme = 3, Admin = 1, TextChars = 20 };
    static NVME_PROGRAM_COMMAND Request;
    WCHAR Text[TextChars + 1] = L"";
    Request = (NVME_PROGRAM_COMMAND){
        .Version = Version,
        .Length = StructureBytes,
        .ProtocolType = ProtocolNvme,
        .CommandLength = sizeof(Request.Command),
        .DataFromDeviceTransferLength = Bytes,
        .DataFromDeviceBufferOffset = Bytes ? FIELD_OFFSET(NVME_PROGRAM_COMMAND, Data) : 0,
        .TimeOutValue = TimeOut,
        .CommandSpecific = Admin,
        .Command = {[0] = Opcode, [10] = Cdw10},
    };
    NTSTATUS Status = Control(File, IOCTL_STORAGE_PROTOCOL_COMMAND, &Request, sizeof(Request));
    for (ULONG i = 0; TextAt && i < TextChars; i++)
        Text[i] = Request.Data[TextAt + i] ? Request.Data[TextAt + i] : L' ';
    ConPrint(L"%ws: %08lx, status %lu, error %lx, result %lx, %ws\n", What, Status,
             Request.ReturnStatus, Request.ErrorCode, Request.FixedProtocolReturnData, Text);
}

static NTSTATUS RunNvme(HANDLE File)
{
    enum { Identify = 6, GetFeatures = 10, SetFeatures = 9, Format = 0x80, Vendor = 0xC2 };
    Nvme(File, L"identify", Identify, 1, 4096, 4); // the serial number
    Nvme(File, L"no such page", Identify, 0xEE, 4096, 0);
    Nvme(File, L"cache", GetFeatures, 6, 0, 0);
    Nvme(File, L"set", SetFeatures, 6, 0, 0);
    Nvme(File, L"format", Format, 0, 0, 0);
    Nvme(File, L"vendor", Vendor, 0, 0, 0);
    return STATUS_SUCCESS;
}

// ---- What IOCTL_STORAGE_QUERY_PROPERTY tells of temperatures and of how much may be under way

static NTSTATUS Ask(HANDLE File, STORAGE_PROPERTY_ID Id, PVOID Answer, ULONG Bytes)
{
    STORAGE_PROPERTY_QUERY Query = {.PropertyId = Id, .QueryType = PropertyStandardQuery};
    IO_STATUS_BLOCK Io;
    return NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io, IOCTL_STORAGE_QUERY_PROPERTY,
                                 &Query, sizeof(Query), Answer, Bytes);
}

static VOID RunFacts(HANDLE File)
{
    union {
        STORAGE_DEVICE_MANAGEMENT_STATUS Status;
        STORAGE_DEVICE_UNSAFE_SHUTDOWN_COUNT Shutdowns;
        STORAGE_DEVICE_UNIQUE_IDENTIFIER Id;
        UCHAR Space[1024];
    } Answer = {};
    STORAGE_DEVICE_NUMBER_EX Number = {};
    STORAGE_PREDICT_FAILURE Prediction = {};
    NTSTATUS Status = Ask(File, StorageDeviceManagementStatus, &Answer, sizeof(Answer));
    ConPrint(L"state: %08lx, health %u, %lu: %u\n", Status, Answer.Status.Health,
             Answer.Status.NumberOfOperationalStatus, Answer.Status.OperationalStatus[0]);
    Answer = (typeof(Answer)){};
    Status = Ask(File, StorageDeviceUnsafeShutdownCount, &Answer, sizeof(Answer));
    ConPrint(L"unsafe shutdowns: %08lx, %lu\n", Status, Answer.Shutdowns.UnsafeShutdownCount);
    Answer = (typeof(Answer)){};
    Status = Ask(File, StorageDeviceUniqueIdProperty, &Answer, sizeof(Answer));
    const STORAGE_DEVICE_DESCRIPTOR *Device =
        (const VOID *)(Answer.Space + min(Answer.Id.StorageDeviceOffset, 512));
    ConPrint(L"unique: %08lx, version %lu, identifiers %u, bus %u\n", Status, Answer.Id.Version,
             Answer.Id.StorageDeviceIdOffset != 0, Device->BusType);
    Status = DeviceControl(File, IOCTL_STORAGE_GET_DEVICE_NUMBER_EX, nullptr, 0, &Number,
                           sizeof(Number), nullptr);
    ConPrint(L"number: %08lx, type %lx, %lu\n", Status, Number.DeviceType, Number.DeviceNumber);
    Status = DeviceControl(File, IOCTL_STORAGE_PREDICT_FAILURE, nullptr, 0, &Prediction,
                           sizeof(Prediction), nullptr);
    ConPrint(L"prediction: %08lx, %lu\n", Status, Prediction.PredictFailure);
}

static NTSTATUS RunProperties(HANDLE File)
{
    union {
        STORAGE_TEMPERATURE_DATA_DESCRIPTOR Temperature;
        UCHAR Space[256];
    } Answer = {};
    STORAGE_DEVICE_IO_CAPABILITY_DESCRIPTOR Capability = {};
    STORAGE_HOTPLUG_INFO Hotplug = {.Size = sizeof(Hotplug)};
    IO_STATUS_BLOCK Io;
    NTSTATUS Status = Ask(File, StorageDeviceTemperatureProperty, &Answer, sizeof(Answer));
    ConPrint(L"temperature: %08lx, %u places, %d C, warning %d, critical %d\n", Status,
             Answer.Temperature.InfoCount, Answer.Temperature.TemperatureInfo[0].Temperature,
             Answer.Temperature.WarningTemperature, Answer.Temperature.CriticalTemperature);
    Status = Ask(File, StorageDeviceIoCapabilityProperty, &Capability, sizeof(Capability));
    ConPrint(L"under way: %08lx, unit %lu, adapter %lu\n", Status, Capability.LunMaxIoCount,
             Capability.AdapterMaxIoCount);
    Status =
        NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io, IOCTL_STORAGE_GET_HOTPLUG_INFO,
                              nullptr, 0, &Hotplug, sizeof(Hotplug));
    RunFacts(File);
    ConPrint(L"hot plug: %08lx, %u %u %u\n", Status, Hotplug.MediaRemovable, Hotplug.MediaHotplug,
             Hotplug.DeviceHotplug);
    return STATUS_SUCCESS;
}

// ---- Firmware

static NTSTATUS RunFirmware(HANDLE File)
{
    enum { Piece = 4096 };
    STORAGE_HW_FIRMWARE_INFO_QUERY Query = {.Version = sizeof(Query), .Size = sizeof(Query)};
    union {
        STORAGE_HW_FIRMWARE_INFO Info;
        UCHAR Space[1024];
    } Answer = {};
    static union {
        STORAGE_HW_FIRMWARE_DOWNLOAD Download;
        UCHAR Space[FIELD_OFFSET(STORAGE_HW_FIRMWARE_DOWNLOAD, ImageBuffer) + Piece];
    } Image;
    STORAGE_HW_FIRMWARE_ACTIVATE Activate = {
        .Version = sizeof(Activate), .Size = sizeof(Activate), .Slot = 1};
    ULONG Returned;
    NTSTATUS Status = DeviceControl(File, IOCTL_STORAGE_FIRMWARE_GET_INFO, &Query, sizeof(Query),
                                    &Answer, sizeof(Answer), &Returned);
    ConPrint(L"slots: %08lx, %u, active %u, pending %02x, upgrade %u, %hs\n", Status,
             Answer.Info.SlotCount, Answer.Info.ActiveSlot, Answer.Info.PendingActivateSlot,
             Answer.Info.SupportUpgrade, (PCSTR)Answer.Info.Slot[0].Revision);
    Status = DeviceControl(File, IOCTL_STORAGE_FIRMWARE_GET_INFO, &Query, sizeof(Query), &Answer,
                           FIELD_OFFSET(STORAGE_HW_FIRMWARE_INFO, Slot), &Returned);
    ConPrint(L"head: %08lx, %lu of %lu bytes\n", Status, Returned, Answer.Info.Size);
    Image.Download.Version = Image.Download.Size =
        FIELD_OFFSET(STORAGE_HW_FIRMWARE_DOWNLOAD, ImageBuffer);
    Image.Download.BufferSize = Piece;
    Status = DeviceControl(File, IOCTL_STORAGE_FIRMWARE_DOWNLOAD, &Image, sizeof(Image), nullptr, 0,
                           nullptr);
    ConPrint(L"download: %08lx\n", Status);
    Image.Download.BufferSize = Piece + 1; // more than there is
    Status = DeviceControl(File, IOCTL_STORAGE_FIRMWARE_DOWNLOAD, &Image, sizeof(Image), nullptr, 0,
                           nullptr);
    ConPrint(L"too much: %08lx\n", Status);
    Status = DeviceControl(File, IOCTL_STORAGE_FIRMWARE_ACTIVATE, &Activate, sizeof(Activate),
                           nullptr, 0, nullptr);
    ConPrint(L"activate: %08lx\n", Status);
    return STATUS_SUCCESS;
}

// ---- Command line

static NTSTATUS Open(PCWSTR Name, PHANDLE File)
{
    WCHAR Path[64];
    UNICODE_STRING Text;
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    _snwprintf(Path, RTL_NUMBER_OF(Path) - 1, L"\\??\\%ws", Name);
    Path[RTL_NUMBER_OF(Path) - 1] = 0;
    RtlInitUnicodeString(&Text, Path);
    InitializeObjectAttributes(&Attributes, &Text, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return NtOpenFile(File, SYNCHRONIZE | FILE_READ_DATA | FILE_WRITE_DATA, &Attributes, &IoStatus,
                      FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT);
}

// "passthrough ata PhysicalDrive0", "passthrough scsi Scsi0: 3", "passthrough nvme PhysicalDrive1"; "property" and "firmware" as well
static NTSTATUS Run(PWSTR Line)
{
    PWSTR Words[4] = {};
    ULONG Count = 0;
    HANDLE File;
    for (; *Line && Count < RTL_NUMBER_OF(Words); Count++) {
        while (*Line == L' ')
            *Line++ = 0;
        Words[Count] = Line;
        while (*Line && *Line != L' ')
            Line++;
    }
    if (Count < 3)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = Open(Words[2], &File);
    if (!NT_SUCCESS(Status)) {
        ConPrint(L"%ws: cannot open: %08lx\n", Words[2], Status);
        return Status;
    }
    if (!_wcsicmp(Words[1], L"ata"))
        return RunAta(File);
    if (!_wcsicmp(Words[1], L"nvme"))
        return RunNvme(File);
    if (!_wcsicmp(Words[1], L"firmware"))
        return RunFirmware(File);
    if (!_wcsicmp(Words[1], L"property"))
        return RunProperties(File);
    return Words[3] ? RunScsi(File, (UCHAR)(Words[3][0] - L'0')) : STATUS_INVALID_PARAMETER;
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    static WCHAR Line[256];
    PCUNICODE_STRING Text = &Peb->ProcessParameters->CommandLine;
    RtlCopyMemory(Line, Text->Buffer, min(Text->Length, sizeof(Line) - sizeof(WCHAR)));
    RtlExitUserProcess(Run(Line));
}
