// diskbench on the native API: a synchronous file with one request under way, an I/O ring or a completion port with more.
#include "ring.h"

#include <condrv.h>

enum {
    IOCTL_DISK_GET_DRIVE_GEOMETRY = 0x00070000,
    IOCTL_DISK_GET_DRIVE_LAYOUT_EX = 0x00070050,
    IOCTL_DISK_GET_LENGTH_INFO = 0x0007405C,
    DbLayoutBytes = 0x8000,
};

typedef struct _DISK_GEOMETRY {
    LARGE_INTEGER Cylinders;
    ULONG MediaType, TracksPerCylinder, SectorsPerTrack, BytesPerSector;
} DISK_GEOMETRY;

struct _DB_TARGET {
    HANDLE File, Port;
    DB_RING Ring; // if there is no port
    ULONGLONG Size;
    ULONG Sector;
    BOOLEAN Synchronous, IsDisk, IsVolume;
    IO_STATUS_BLOCK IoStatus[DB_MAX_DEPTH];
    DB_REQUEST *Failed[DB_MAX_DEPTH]; // requests that ended in DbSubmit without a packet
    ULONG FailedCount;
};

// ---- Opening

// "PhysicalDrive0" and "D:" are devices, what else there is is a path. Returns FALSE: it is too long.
static BOOLEAN DbMakePath(const char *Text, DB_TARGET *Target, PWSTR Path, ULONG Chars)
{
    SIZE_T Length = strlen(Text);
    const char *Name = !strncmp(Text, "\\\\.\\", 4) ? Text + 4 : Text;
    Target->IsDisk = !_strnicmp(Name, "PhysicalDrive", 13);
    Target->IsVolume = !Target->IsDisk && (strlen(Name) == 2 ? Name[1] == ':' : Name != Text);
    ULONG Bytes, Prefix = Name == Text && (Target->IsDisk || Target->IsVolume) ? 4 : 0;
    memcpy(Path, L"\\\\.\\", 4 * sizeof(WCHAR));
    NTSTATUS Status = RtlUTF8ToUnicodeN(Path + Prefix, (Chars - Prefix - 1) * sizeof(WCHAR), &Bytes,
                                        Text, (ULONG)Length);
    Path[Prefix + Bytes / sizeof(WCHAR)] = 0;
    return NT_SUCCESS(Status);
}

static NTSTATUS DbControl(const DB_TARGET *Target, ULONG Code, PVOID Buffer, ULONG Length)
{
    IO_STATUS_BLOCK IoStatus;
    HANDLE Event;
    NTSTATUS Status = NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtDeviceIoControlFile(Target->File, Event, nullptr, nullptr, &IoStatus, Code, nullptr,
                                   0, Buffer, Length);
    if (Status == STATUS_PENDING) {
        NtWaitForSingleObject(Event, FALSE, nullptr);
        Status = IoStatus.Status;
    }
    NtClose(Event);
    return Status;
}

static NTSTATUS DbQuerySize(DB_TARGET *Target)
{
    IO_STATUS_BLOCK IoStatus;
    FILE_STANDARD_INFORMATION Standard;
    FILE_FS_SIZE_INFORMATION Volume;
    LARGE_INTEGER Length;
    DISK_GEOMETRY Geometry;
    NTSTATUS Status;
    if (Target->IsDisk || Target->IsVolume) {
        Status = DbControl(Target, IOCTL_DISK_GET_LENGTH_INFO, &Length, sizeof(Length));
        if (NT_SUCCESS(Status))
            Status = DbControl(Target, IOCTL_DISK_GET_DRIVE_GEOMETRY, &Geometry, sizeof(Geometry));
        if (!NT_SUCCESS(Status))
            return Status;
        Target->Size = (ULONGLONG)Length.QuadPart;
        Target->Sector = Geometry.BytesPerSector;
    } else {
        Status = NtQueryInformationFile(Target->File, &IoStatus, &Standard, sizeof(Standard),
                                        FileStandardInformation);
        if (NT_SUCCESS(Status))
            Status = NtQueryVolumeInformationFile(Target->File, &IoStatus, &Volume, sizeof(Volume),
                                                  FileFsSizeInformation);
        if (!NT_SUCCESS(Status))
            return Status;
        Target->Size = (ULONGLONG)Standard.EndOfFile.QuadPart;
        Target->Sector = Volume.BytesPerSector;
    }
    return Target->Sector ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_STATE;
}

// Is there something on the disk that writing would destroy? Where nobody can tell, there is.
static BOOLEAN DbHasSomethingToLose(const DB_TARGET *Target)
{
    static ULONG Layout[DbLayoutBytes / sizeof(ULONG)]; // PartitionStyle, PartitionCount, ...
    if (!Target->IsDisk)
        return TRUE;
    NTSTATUS Status = DbControl(Target, IOCTL_DISK_GET_DRIVE_LAYOUT_EX, Layout, sizeof(Layout));
    return !NT_SUCCESS(Status) || Layout[1] != 0;
}

static NTSTATUS DbMakePort(DB_TARGET *Target)
{
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status = NtCreateIoCompletion(&Target->Port, IO_COMPLETION_ALL_ACCESS, nullptr, 0);
    FILE_COMPLETION_INFORMATION Completion = {.Port = Target->Port};
    if (NT_SUCCESS(Status))
        Status = NtSetInformationFile(Target->File, &IoStatus, &Completion, sizeof(Completion),
                                      FileCompletionInformation);
    return Status;
}

static NTSTATUS DbOpenPath(PCWSTR Path, BOOLEAN Write, DB_TARGET *Target)
{
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    ULONG Options = FILE_NO_INTERMEDIATE_BUFFERING;
    if (!RtlDosPathNameToNtPathName_U(Path, &Name, nullptr, nullptr))
        return STATUS_OBJECT_NAME_INVALID;
    if (Target->Synchronous)
        Options |= FILE_SYNCHRONOUS_IO_NONALERT;
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    NTSTATUS Status = NtOpenFile(
        &Target->File,
        SYNCHRONIZE | FILE_READ_DATA | FILE_READ_ATTRIBUTES | (Write ? FILE_WRITE_DATA : 0),
        &Attributes, &IoStatus, FILE_SHARE_READ | FILE_SHARE_WRITE, Options);
    RtlFreeUnicodeString(&Name);
    return Status;
}

const char *DbOpenTarget(const DB_OPTIONS *Options, DB_TARGET **Opened)
{
    static DB_TARGET Target;
    WCHAR Path[DB_MAX_TARGET + 4];
    Target = (DB_TARGET){.Synchronous = Options->Depth == 1};
    *Opened = &Target;
    if (!DbMakePath(Options->Target, &Target, Path, RTL_NUMBER_OF(Path)))
        return "the name is too long";
    NTSTATUS Status = DbOpenPath(Path, Options->WritePercent != 0, &Target);
    if (!NT_SUCCESS(Status))
        return DbErrorText(Status);
    Status = DbQuerySize(&Target);
    if (NT_SUCCESS(Status) && !Target.Synchronous)
        Status = Options->Plain ? DbMakePort(&Target)
                                : DbOpenRing(&Target.Ring, Target.File, DB_MAX_DEPTH);
    const char *Problem = NT_SUCCESS(Status) ? nullptr : DbErrorText(Status);
    if (!Problem && Options->WritePercent && !Options->Destroy && DbHasSomethingToLose(&Target))
        Problem =
            "there is data on it, which writing would destroy: say --destroy if that is meant";
    if (Problem)
        DbCloseTarget(&Target);
    return Problem;
}

void DbCloseTarget(DB_TARGET *Target)
{
    if (Target->Ring.Handle)
        DbCloseRing(&Target->Ring);
    NtClose(Target->File);
    if (Target->Port)
        NtClose(Target->Port);
}

uint64_t DbTargetSize(const DB_TARGET *Target)
{
    return Target->Size;
}

uint32_t DbTargetSector(const DB_TARGET *Target)
{
    return Target->Sector;
}

// ---- Requests

static VOID DbSetResult(DB_REQUEST *Request, NTSTATUS Status, ULONG_PTR Bytes)
{
    if (!NT_SUCCESS(Status))
        Request->Error = Status;
    else if (Bytes != Request->Length)
        Request->Error = STATUS_END_OF_FILE;
}

static NTSTATUS DbStart(DB_TARGET *Target, DB_REQUEST *Request)
{
    LARGE_INTEGER Offset = {.QuadPart = (LONGLONG)Request->Offset};
    PIO_STATUS_BLOCK IoStatus = &Target->IoStatus[Request->Index];
    PVOID Context = Target->Synchronous ? nullptr : Request;
    return Request->Write ? NtWriteFile(Target->File, nullptr, nullptr, Context, IoStatus,
                                        Request->Buffer, Request->Length, &Offset, nullptr)
                          : NtReadFile(Target->File, nullptr, nullptr, Context, IoStatus,
                                       Request->Buffer, Request->Length, &Offset, nullptr);
}

void DbSubmit(DB_TARGET *Target, DB_REQUEST **Requests, uint32_t Count)
{
    if (Target->Ring.Handle) {
        DbPutIntoRing(&Target->Ring, Requests, Count);
        return;
    }
    for (ULONG i = 0; i < Count; i++) {
        NTSTATUS Status = DbStart(Target, Requests[i]);
        // An error that the service itself returns queues no packet.
        if (!Target->Synchronous && !NT_ERROR(Status))
            continue;
        DbSetResult(Requests[i], Status, Target->IoStatus[Requests[i]->Index].Information);
        Target->Failed[Target->FailedCount++] = Requests[i];
    }
}

static VOID DbCheckReap(NTSTATUS Status)
{
    if (NT_SUCCESS(Status))
        return;
    DbPrintFormatted("diskbench: %s\n", DbErrorText(Status));
    RtlExitUserProcess(Status);
}

static uint32_t DbReapRing(DB_TARGET *Target, DB_REQUEST **Done, uint32_t Most)
{
    ULONG Count;
    IO_STATUS_BLOCK Results[DB_MAX_DEPTH];
    DbCheckReap(DbTakeFromRing(&Target->Ring, Done, Results, Most, &Count));
    for (ULONG i = 0; i < Count; i++)
        DbSetResult(Done[i], Results[i].Status, Results[i].Information);
    return Count;
}

uint32_t DbReap(DB_TARGET *Target, DB_REQUEST **Done, uint32_t Most)
{
    if (Target->Ring.Handle)
        return DbReapRing(Target, Done, Most);
    FILE_IO_COMPLETION_INFORMATION Packets[DB_MAX_DEPTH];
    ULONG Count = Target->FailedCount;
    if (Count) {
        memcpy(Done, Target->Failed, Count * sizeof(Done[0]));
        Target->FailedCount = 0;
        return Count;
    }
    DbCheckReap(NtRemoveIoCompletionEx(Target->Port, Packets, Most, &Count, nullptr, FALSE));
    for (ULONG i = 0; i < Count; i++) {
        Done[i] = Packets[i].ApcContext;
        DbSetResult(Done[i], Packets[i].IoStatusBlock.Status, Packets[i].IoStatusBlock.Information);
    }
    return Count;
}

// ---- Time, memory, text

uint64_t DbNow(void)
{
    static LARGE_INTEGER Frequency;
    LARGE_INTEGER Counter;
    if (!Frequency.QuadPart)
        RtlQueryPerformanceFrequency(&Frequency);
    RtlQueryPerformanceCounter(&Counter);
    ULONGLONG Second = (ULONGLONG)Frequency.QuadPart, Ticks = (ULONGLONG)Counter.QuadPart;
    return Ticks / Second * 1000000000 + Ticks % Second * 1000000000 / Second;
}

// The console driver's device, and no file or pipe, has console modes.
bool DbIsTerminal(void)
{
    IO_STATUS_BLOCK IoStatus;
    CONSOLE_MODES Modes;
    HANDLE Output = NtCurrentPeb()->ProcessParameters->StandardOutput;
    return Output && Output != ConNowhere &&
           NT_SUCCESS(NtDeviceIoControlFile(Output, nullptr, nullptr, nullptr, &IoStatus,
                                            IOCTL_CONSOLE_GET_MODES, nullptr, 0, &Modes,
                                            sizeof(Modes)));
}

void *DbAllocate(size_t Bytes)
{
    PVOID Block = nullptr;
    SIZE_T Size = Bytes;
    NTSTATUS Status = NtAllocateVirtualMemory(NtCurrentProcess(), &Block, 0, &Size,
                                              MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!NT_SUCCESS(Status))
        return nullptr;
    for (SIZE_T i = 0; i < Bytes; i += 4096)
        ((volatile UCHAR *)Block)[i] = 0; // there before time is taken
    return Block;
}

void DbFree(void *Block, size_t Bytes)
{
    SIZE_T Size = 0;
    (void)Bytes;
    NtFreeVirtualMemory(NtCurrentProcess(), &Block, &Size, MEM_RELEASE);
}

const char *DbErrorText(int32_t Error)
{
    static CHAR Text[256];
    _snprintf(Text, sizeof(Text) - 1, "%ws (%08lx)", StatusText(Error), (ULONG)Error);
    return Text;
}

void DbPrint(const char *Text)
{
    ConPrint(L"%hs", Text);
}

int DbFormat(char *Buffer, size_t Size, const char *Format, __builtin_va_list Arguments)
{
    int Length = _vsnprintf(Buffer, Size, Format, Arguments);
    Buffer[Size - 1] = 0;
    return Length;
}

// ---- The command line

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    char *Words[64];
    UNREFERENCED_PARAMETER(Peb);
    ULONG Count = ConArguments(Words, RTL_NUMBER_OF(Words));
    RtlExitUserProcess(DbMain((int)Count, Words));
}
