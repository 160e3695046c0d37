// filebench on the native API: synchronous files with the cache between.
#include "core/filebench.h"

#include <native.h>

enum { FbListBytes = 64 << 10 };

static WCHAR FbDrive[3];

// "\??\D:\name". Static: one name at a time.
static NTSTATUS FbNamePath(const char *Name, POBJECT_ATTRIBUTES Attributes)
{
    static WCHAR Path[128] = L"\\??\\";
    static UNICODE_STRING String;
    ULONG Length = 4;
    Path[Length++] = FbDrive[0];
    Path[Length++] = L':';
    Path[Length++] = L'\\';
    for (; *Name; Name++) {
        if (Length == RTL_NUMBER_OF(Path))
            return STATUS_NAME_TOO_LONG;
        Path[Length++] = *Name == '/' ? L'\\' : (WCHAR)*Name;
    }
    String.Buffer = Path;
    String.Length = String.MaximumLength = (USHORT)(Length * sizeof(WCHAR));
    InitializeObjectAttributes(Attributes, &String, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return STATUS_SUCCESS;
}

static NTSTATUS FbCreateFile(const char *Name, ACCESS_MASK Access, ULONG Disposition, ULONG Options,
                             PHANDLE File)
{
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status = FbNamePath(Name, &Attributes);
    if (NT_SUCCESS(Status))
        Status = NtCreateFile(File, Access | SYNCHRONIZE, &Attributes, &IoStatus, nullptr,
                              FILE_ATTRIBUTE_NORMAL, FILE_SHARE_READ | FILE_SHARE_DELETE,
                              Disposition, Options | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
    return Status;
}

int32_t FbMount(const char *Volume)
{
    if (strlen(Volume) != 2 || Volume[1] != ':')
        return STATUS_OBJECT_NAME_INVALID;
    FbDrive[0] = (WCHAR)Volume[0];
    return STATUS_SUCCESS;
}

// The first open mounts.
static NTSTATUS FbOpenRoot(VOID)
{
    HANDLE Root;
    NTSTATUS Status = FbCreateFile("", FILE_LIST_DIRECTORY, FILE_OPEN, FILE_DIRECTORY_FILE, &Root);
    return NT_SUCCESS(Status) ? NtClose(Root) : Status;
}

// Locking writes all of it out.
int32_t FbRemount(void)
{
    static const ULONG Codes[] = {FSCTL_LOCK_VOLUME, FSCTL_DISMOUNT_VOLUME, FSCTL_UNLOCK_VOLUME};
    WCHAR Path[] = L"\\??\\X:";
    HANDLE Volume;
    Path[4] = FbDrive[0];
    NTSTATUS Status = DeviceOpen(Path, FILE_READ_DATA | FILE_WRITE_DATA,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE, &Volume);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Codes) && NT_SUCCESS(Status); i++) {
        IO_STATUS_BLOCK IoStatus;
        Status = NtFsControlFile(Volume, nullptr, nullptr, nullptr, &IoStatus, Codes[i], nullptr, 0,
                                 nullptr, 0);
    }
    NtClose(Volume);
    return NT_SUCCESS(Status) ? FbOpenRoot() : Status;
}

int32_t FbMakeDirectory(const char *Name)
{
    HANDLE Directory;
    NTSTATUS Status =
        FbCreateFile(Name, FILE_LIST_DIRECTORY, FILE_CREATE, FILE_DIRECTORY_FILE, &Directory);
    return NT_SUCCESS(Status) ? NtClose(Directory) : Status;
}

int32_t FbRemoveDirectory(const char *Name)
{
    HANDLE Directory;
    NTSTATUS Status = FbCreateFile(Name, DELETE, FILE_OPEN,
                                   FILE_DIRECTORY_FILE | FILE_DELETE_ON_CLOSE, &Directory);
    return NT_SUCCESS(Status) ? NtClose(Directory) : Status;
}

int32_t FbOpen(const char *Name, enum FB_ACCESS Access, FB_FILE *File)
{
    HANDLE Opened = nullptr;
    NTSTATUS Status = FbCreateFile(
        Name, Access == FbRead ? FILE_READ_DATA : FILE_READ_DATA | FILE_WRITE_DATA,
        Access == FbCreate ? FILE_OVERWRITE_IF : FILE_OPEN, FILE_NON_DIRECTORY_FILE, &Opened);
    *File = (FB_FILE)Opened;
    return Status;
}

int32_t FbClose(FB_FILE File)
{
    return NtClose((HANDLE)File);
}

int32_t FbReadNext(FB_FILE File, void *Buffer, uint32_t Length)
{
    IO_STATUS_BLOCK IoStatus = {};
    NTSTATUS Status = NtReadFile((HANDLE)File, nullptr, nullptr, nullptr, &IoStatus, Buffer, Length,
                                 nullptr, nullptr);
    return NT_SUCCESS(Status) ? (int32_t)IoStatus.Information : Status;
}

int32_t FbWriteNext(FB_FILE File, const void *Buffer, uint32_t Length)
{
    IO_STATUS_BLOCK IoStatus;
    return NtWriteFile((HANDLE)File, nullptr, nullptr, nullptr, &IoStatus, (PVOID)(ULONG_PTR)Buffer,
                       Length, nullptr, nullptr);
}

int32_t FbRewind(FB_FILE File)
{
    IO_STATUS_BLOCK IoStatus;
    FILE_POSITION_INFORMATION Position = {};
    return NtSetInformationFile((HANDLE)File, &IoStatus, &Position, sizeof(Position),
                                FilePositionInformation);
}

int32_t FbFlush(FB_FILE File)
{
    IO_STATUS_BLOCK IoStatus;
    return NtFlushBuffersFile((HANDLE)File, &IoStatus);
}

int32_t FbStat(const char *Name, uint64_t *Size)
{
    OBJECT_ATTRIBUTES Attributes;
    FILE_NETWORK_OPEN_INFORMATION Information;
    NTSTATUS Status = FbNamePath(Name, &Attributes);
    if (NT_SUCCESS(Status))
        Status = NtQueryFullAttributesFile(&Attributes, &Information);
    *Size = NT_SUCCESS(Status) ? (uint64_t)Information.EndOfFile.QuadPart : 0;
    return Status;
}

int32_t FbDelete(const char *Name)
{
    OBJECT_ATTRIBUTES Attributes;
    NTSTATUS Status = FbNamePath(Name, &Attributes);
    return NT_SUCCESS(Status) ? NtDeleteFile(&Attributes) : Status;
}

static int32_t FbCountEntries(const UCHAR *Buffer)
{
    int32_t Count = 1;
    for (ULONG Next; (Next = ((const FILE_DIRECTORY_INFORMATION *)Buffer)->NextEntryOffset) != 0;
         Buffer += Next)
        Count++;
    return Count;
}

int32_t FbList(const char *Name)
{
    static UCHAR *Buffer;
    HANDLE Directory;
    IO_STATUS_BLOCK IoStatus;
    int32_t Count = 0;
    if (!Buffer)
        Buffer = FbAllocate(FbListBytes);
    if (!Buffer)
        return STATUS_NO_MEMORY;
    NTSTATUS Status =
        FbCreateFile(Name, FILE_LIST_DIRECTORY, FILE_OPEN, FILE_DIRECTORY_FILE, &Directory);
    if (!NT_SUCCESS(Status))
        return Status;
    while (NT_SUCCESS(Status = NtQueryDirectoryFile(Directory, nullptr, nullptr, nullptr, &IoStatus,
                                                    Buffer, FbListBytes, FileDirectoryInformation,
                                                    FALSE, nullptr, FALSE)))
        Count += FbCountEntries(Buffer);
    NtClose(Directory);
    return Status == STATUS_NO_MORE_FILES ? Count : Status;
}

uint64_t FbNow(void)
{
    static LARGE_INTEGER Frequency;
    LARGE_INTEGER Counter;
    if (!Frequency.QuadPart)
        RtlQueryPerformanceFrequency(&Frequency);
    RtlQueryPerformanceCounter(&Counter);
    ULONGLONG Second = (ULONGLONG)Frequency.QuadPart, Ticks = (ULONGLONG)Counter.QuadPart;
    return Ticks / Second * 1000000000 + Ticks % Second * 1000000000 / Second;
}

void *FbAllocate(size_t Bytes)
{
    PVOID Block = nullptr;
    SIZE_T Size = Bytes;
    NTSTATUS Status = NtAllocateVirtualMemory(NtCurrentProcess(), &Block, 0, &Size,
                                              MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!NT_SUCCESS(Status))
        return nullptr;
    memset(Block, 0, Size);
    return Block;
}

const char *FbErrorText(int32_t Error)
{
    static CHAR Text[256];
    _snprintf(Text, sizeof(Text) - 1, "%ws (%08lx)", StatusText(Error), (ULONG)Error);
    return Text;
}

void FbPrint(const char *Format, ...)
{
    CHAR Text[1024];
    __builtin_va_list Arguments;
    __builtin_va_start(Arguments, Format);
    (void)_vsnprintf(Text, sizeof(Text) - 1, Format, Arguments);
    __builtin_va_end(Arguments);
    Text[sizeof(Text) - 1] = 0;
    ConPrint(L"%hs", Text);
}

int FbFormat(char *Buffer, size_t Size, const char *Format, ...)
{
    __builtin_va_list Arguments;
    __builtin_va_start(Arguments, Format);
    int Length = _vsnprintf(Buffer, Size, Format, Arguments);
    __builtin_va_end(Arguments);
    return Length;
}

// ---- The command line: words between spaces

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    char *Words[32];
    UNREFERENCED_PARAMETER(Peb);
    ULONG Count = ConArguments(Words, RTL_NUMBER_OF(Words));
    RtlExitUserProcess(FbMain((int)Count, Words));
}
