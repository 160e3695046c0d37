// The bus, the disk, and requests to it.
#include "suite.h"

#define SERVICES L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"
#define ENUM     L"\\Registry\\Machine\\System\\CurrentControlSet\\Enum\\"
#define CONTROL  L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\"
#define BUS_PATH L"ROOT\\SCSITEST\\0000"
#define DISK_KEY ENUM L"SCSI\\Disk&Ven_PROTEUS&Prod_Test_disk\\unit"

const TARGET_CONFIG UsualDisk = {
    .Name = L"unit",
    .Blocks = 65536,
    .BlockBytes = 512,
    .WriteCache = TRUE,
    .Fua = TRUE,
    .Thin = TRUE,
    .MaximumTransfer = 0x10000,
    .MaximumPages = 17,
    .AlignmentMask = 1,
};

static HANDLE Bus;
static ULONG Number;

// ---- Registry

static NTSTATUS MakeKey(PCWSTR Path, PHANDLE Key)
{
    UNICODE_STRING Name;
    NTSTATUS Status = STATUS_SUCCESS;
    RtlInitUnicodeString(&Name, Path);
    USHORT Whole = Name.Length;
    for (USHORT i = 20; i <= Whole / sizeof(WCHAR); i++) {
        if (i < Whole / sizeof(WCHAR) && Path[i] != L'\\')
            continue;
        Name.Length = i * sizeof(WCHAR);
        OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
        Status = NtCreateKey(Key, KEY_ALL_ACCESS, &Attributes, 0, nullptr, REG_OPTION_NON_VOLATILE,
                             nullptr);
        if (NT_SUCCESS(Status) && Name.Length != Whole)
            NtClose(*Key);
    }
    return Status;
}

static VOID SetValue(PCWSTR Path, PCWSTR Name, ULONG Type, const VOID *Value, ULONG Bytes)
{
    HANDLE Key;
    UNICODE_STRING ValueName;
    REQUIRE_STATUS(MakeKey(Path, &Key), STATUS_SUCCESS);
    RtlInitUnicodeString(&ValueName, Name);
    CHECK_STATUS(NtSetValueKey(Key, &ValueName, 0, Type, (PVOID)Value, Bytes), STATUS_SUCCESS);
    NtClose(Key);
}

VOID SetParameter(PCWSTR Name, ULONG Value)
{
    SetValue(DISK_KEY L"\\Device Parameters\\Classpnp", Name, REG_DWORD, &Value, sizeof(Value));
}

// ---- Requests

NTSTATUS Control(HANDLE File, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                 ULONG OutputLength, PULONG Length)
{
    IO_STATUS_BLOCK Io = {};
    NTSTATUS Status = NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io, Code, Input,
                                            InputLength, Output, OutputLength);
    if (Length)
        *Length = (ULONG)Io.Information;
    return Status;
}

NTSTATUS Transfer(HANDLE File, BOOLEAN Write, ULONGLONG Offset, PVOID Bytes, ULONG Length)
{
    IO_STATUS_BLOCK Io = {};
    LARGE_INTEGER Place = {.QuadPart = (LONGLONG)Offset};
    NTSTATUS Status =
        Write ? NtWriteFile(File, nullptr, nullptr, nullptr, &Io, Bytes, Length, &Place, nullptr)
              : NtReadFile(File, nullptr, nullptr, nullptr, &Io, Bytes, Length, &Place, nullptr);
    if (NT_SUCCESS(Status) && Io.Information != Length)
        return STATUS_DATA_ERROR;
    return Status;
}

NTSTATUS Flush(HANDLE File)
{
    IO_STATUS_BLOCK Io;
    return NtFlushBuffersFile(File, &Io);
}

static NTSTATUS AskBus(ULONG Code, PVOID Input, ULONG InputLength, PVOID Output, ULONG OutputLength)
{
    return Control(Bus, Code, Input, InputLength, Output, OutputLength, nullptr);
}

VOID Inject(const TARGET_FAULT *Fault)
{
    TARGET_FAULT Copy = *Fault;
    wcscpy(Copy.Name, UsualDisk.Name);
    CHECK_STATUS(AskBus(TARGET_INJECT, &Copy, sizeof(Copy), nullptr, 0), STATUS_SUCCESS);
}

VOID TakeCounts(PTARGET_COUNTS Counts)
{
    TARGET_NAME Name = {};
    wcscpy(Name.Name, UsualDisk.Name);
    CHECK_STATUS(AskBus(TARGET_STATE, &Name, sizeof(Name), Counts, sizeof(*Counts)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Counts->Mistakes, 0);
}

VOID SetMedium(BOOLEAN Present)
{
    TARGET_NAME Name = {.Value = Present};
    wcscpy(Name.Name, UsualDisk.Name);
    CHECK_STATUS(AskBus(TARGET_MEDIUM, &Name, sizeof(Name), nullptr, 0), STATUS_SUCCESS);
}

// ---- The bus

static NTSTATUS Enumerate(PCWSTR Path)
{
    PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Data = {};
    RtlInitUnicodeString(&Data.DeviceInstance, Path);
    return NtPlugPlayControl(PlugPlayControlEnumerateDevice, &Data, sizeof(Data));
}

NTSTATUS OpenDevice(PCWSTR Name, ULONG Options, PHANDLE File)
{
    UNICODE_STRING Path;
    IO_STATUS_BLOCK Io;
    RtlInitUnicodeString(&Path, Name);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Path, OBJ_CASE_INSENSITIVE);
    return NtOpenFile(File, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &Attributes, &Io,
                      FILE_SHARE_READ | FILE_SHARE_WRITE, Options);
}

// A service, and a root device that it drives; the device is found and started.
VOID MakeRootDevice(PCWSTR Service, PCWSTR Device)
{
    static const ULONG DriverType = 1, OnDemand = 3;
    WCHAR Key[TextChars], Image[TextChars], Identifier[TextChars] = {};
    BOOLEAN WasEnabled;
    _snwprintf(Key, TextChars, SERVICES L"%ws", Service);
    _snwprintf(Image, TextChars, L"System32\\drivers\\%ws.sys", Service);
    SetValue(Key, L"Type", REG_DWORD, &DriverType, sizeof(ULONG));
    SetValue(Key, L"Start", REG_DWORD, &OnDemand, sizeof(ULONG));
    SetValue(Key, L"ImagePath", REG_EXPAND_SZ, Image, (ULONG)(wcslen(Image) + 1) * sizeof(WCHAR));
    _snwprintf(Key, TextChars, ENUM L"ROOT\\%ws\\0000", Device);
    _snwprintf(Identifier, TextChars - 2, L"ROOT\\%ws", Device);
    SetValue(Key, L"HardwareID", REG_MULTI_SZ, Identifier,
             (ULONG)(wcslen(Identifier) + 2) * sizeof(WCHAR));
    _snwprintf(Key, TextChars, CONTROL L"CriticalDeviceDatabase\\ROOT#%ws", Device);
    SetValue(Key, L"Service", REG_SZ, Service, (ULONG)(wcslen(Service) + 1) * sizeof(WCHAR));
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    CHECK_STATUS(Enumerate(L""), STATUS_SUCCESS);
}

VOID SetServiceNumber(PCWSTR Service, PCWSTR Name, ULONG Value)
{
    WCHAR Key[TextChars];
    _snwprintf(Key, TextChars, SERVICES L"%ws", Service);
    SetValue(Key, Name, REG_DWORD, &Value, sizeof(Value));
}

VOID MakeBus(void)
{
    MakeRootDevice(L"scsitest", L"SCSITEST");
    REQUIRE_STATUS(OpenDevice(L"\\Device\\ScsiTest", FILE_SYNCHRONOUS_IO_NONALERT, &Bus),
                   STATUS_SUCCESS);
}

// ---- The disk

ULONG DiskNumber(void)
{
    return Number;
}

BOOLEAN OpenDisk(ULONG Options, PHANDLE File)
{
    WCHAR Name[TextChars];
    _snwprintf(Name, TextChars, L"\\\?\?\\PhysicalDrive%lu", Number);
    return CHECK_STATUS(OpenDevice(Name, Options, File), STATUS_SUCCESS);
}

// The first free number: the disks of other tests are gone, or still going.
static BOOLEAN FindDisk(PHANDLE File)
{
    enum { Tries = 100, Numbers = 8 };
    WCHAR Name[TextChars];
    LARGE_INTEGER Interval = TestMilliseconds(50);
    for (ULONG i = 0; i < Tries; i++) {
        for (Number = 0; Number < Numbers; Number++) {
            _snwprintf(Name, TextChars, L"\\\?\?\\PhysicalDrive%lu", Number);
            if (NT_SUCCESS(OpenDevice(Name, FILE_SYNCHRONOUS_IO_NONALERT, File)))
                return TRUE;
        }
        NtDelayExecution(FALSE, &Interval);
    }
    return FALSE;
}

BOOLEAN AddDisk(const TARGET_CONFIG *Config, PHANDLE File)
{
    TARGET_CONFIG Copy = *Config;
    TARGET_COUNTS Counts;
    if (!CHECK_STATUS(AskBus(TARGET_ADD, &Copy, sizeof(Copy), nullptr, 0), STATUS_SUCCESS) ||
        !CHECK_STATUS(Enumerate(BUS_PATH), STATUS_SUCCESS) || !CHECK(FindDisk(File)))
        return FALSE;
    TakeCounts(&Counts);
    CHECK_EQUAL(Counts.Claims, 1);
    return TRUE;
}

NTSTATUS PullDisk(void)
{
    TARGET_NAME Name = {};
    wcscpy(Name.Name, UsualDisk.Name);
    NTSTATUS Status = AskBus(TARGET_PULL, &Name, sizeof(Name), nullptr, 0);
    return NT_SUCCESS(Status) ? Enumerate(BUS_PATH) : Status;
}

VOID RemoveDisk(HANDLE File)
{
    enum { Tries = 100 };
    WCHAR Name[TextChars];
    HANDLE Again;
    LARGE_INTEGER Interval = TestMilliseconds(50);
    if (File)
        NtClose(File);
    CHECK_STATUS(PullDisk(), STATUS_SUCCESS);
    _snwprintf(Name, TextChars, L"\\Device\\Harddisk%lu\\DR%lu", Number, Number);
    for (ULONG i = 0; i < Tries; i++) {
        if (!NT_SUCCESS(OpenDevice(Name, FILE_SYNCHRONOUS_IO_NONALERT, &Again)))
            return;
        NtClose(Again);
        NtDelayExecution(FALSE, &Interval);
    }
    TestFail(__FILE__, __LINE__, "disk %lu does not go", Number);
}

// ---- Data

PUCHAR Buffer(void)
{
    static PVOID Base;
    SIZE_T Size = 0x200000;
    if (!Base)
        CHECK_STATUS(NtAllocateVirtualMemory(NtCurrentProcess(), &Base, 0, &Size,
                                             MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                     STATUS_SUCCESS);
    return Base;
}

// Each sixteen bytes say where on the disk they are.
static UCHAR PatternByte(ULONGLONG Offset, ULONG Seed)
{
    ULONGLONG Cell = (Offset / 16 + Seed) * 0x9E3779B97F4A7C15;
    return (UCHAR)(Cell >> (8 * (Offset % 8)) ^ Offset);
}

VOID FillPattern(PUCHAR Bytes, ULONG Length, ULONGLONG Offset, ULONG Seed)
{
    for (ULONG i = 0; i < Length; i++)
        Bytes[i] = PatternByte(Offset + i, Seed);
}

BOOLEAN CheckPattern(const UCHAR *Bytes, ULONG Length, ULONGLONG Offset, ULONG Seed)
{
    for (ULONG i = 0; i < Length; i++) {
        if (Bytes[i] != PatternByte(Offset + i, Seed)) {
            TestFail(__FILE__, __LINE__, "byte %lu of %lu at %llu is wrong", i, Length, Offset);
            return FALSE;
        }
    }
    return TRUE;
}
