// passthrough: commands as programs send them past the class drivers. `ata DISK`: ATA commands and SMART; `scsi PORT PATH`:
// SCSI commands to the unit of that path.
#include <native.h>

enum {
    IOCTL_SCSI_PASS_THROUGH = 0x0004D004,
    IOCTL_ATA_PASS_THROUGH = 0x0004D02C,
    IOCTL_STORAGE_PREDICT_FAILURE = 0x002D1100,

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
    USHORT Length;
    UCHAR ScsiStatus, PathId, TargetId, Lun, CdbLength, SenseInfoLength, DataIn;
    ULONG DataTransferLength, TimeOutValue;
    ULONG_PTR DataBufferOffset;
    ULONG SenseInfoOffset;
    UCHAR Cdb[16];
    ULONG Padding;
    UCHAR Sense[32];
    UCHAR Data[BlockBytes];
} SCSI_REQUEST;
static_assert(FIELD_OFFSET(SCSI_REQUEST, Sense) == 0x38);

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

static VOID PrintModel(const ATA_REQUEST *Request)
{
    WCHAR Model[41] = L"";
    for (ULONG i = 0; i < 40; i++)
        Model[i] = Request->Data[54 + (i ^ 1)];
    ConPrint(L"model: %ws\n", Model);
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
        PrintModel(&Request);
    Ata(File, L"smart enable", SmartEnable, 0, &Request);
    Ata(File, L"smart status", SmartStatus, 0, &Request);
    Ata(File, L"smart data", SmartData, SectorBytes, &Request);
    Ata(File, L"unknown", Unknown, 0, &Request);
    NTSTATUS Status = Control(File, IOCTL_STORAGE_PREDICT_FAILURE, Prediction, sizeof(Prediction));
    ConPrint(L"prediction: %08lx, %lu\n", Status, Prediction[0]);
    return STATUS_SUCCESS;
}

// ---- SCSI

static VOID Scsi(HANDLE File, UCHAR Path, PCWSTR What, const UCHAR Cdb[12], ULONG Length)
{
    SCSI_REQUEST Request = {
        .Length = FIELD_OFFSET(SCSI_REQUEST, Sense),
        .PathId = Path,
        .CdbLength = 12,
        .SenseInfoLength = sizeof(Request.Sense),
        .DataIn = ScsiDataIn,
        .DataTransferLength = Length,
        .TimeOutValue = TimeOut,
        .DataBufferOffset = FIELD_OFFSET(SCSI_REQUEST, Data),
        .SenseInfoOffset = FIELD_OFFSET(SCSI_REQUEST, Sense),
    };
    RtlCopyMemory(Request.Cdb, Cdb, 12);
    NTSTATUS Status = Control(File, IOCTL_SCSI_PASS_THROUGH, &Request, sizeof(Request));
    ConPrint(L"%ws: %08lx, scsi %02x, %lu bytes, sense %x/%02x/%02x, data", What, Status,
             Request.ScsiStatus, Request.DataTransferLength, Request.Sense[2] & 0xF,
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

// "passthrough ata PhysicalDrive0", "passthrough scsi Scsi0: 3"
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
