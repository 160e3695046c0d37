// load DRIVE: SEED STEPS [MARKS:]: changes, and what is promised of each: "KEPT name size crc" after it is on the medium, "TOUCH name"
// before it may be anything, "MOVE from to" and "MOVED from to" around a rename. The power may go at any moment, so this goes
// to the debug log, where what has been said has arrived. How many lines there are is also written to the first sector of MARKS,
// a volume on the same disk without a file system, so that a log of its writes tells it as well.
#include "fstest.h"

enum { FsLoadFiles = 40, FsLoadMost = 60000 };

typedef struct _FS_LOADED {
    ULONG Size; // 0: there is none
    ULONG Name, Place;
} FS_LOADED;

typedef struct _FS_LOAD {
    FS_RANDOM Random;
    PCWSTR Drive;
    HANDLE Marks; // null: none
    ULONG Names, Lines;
    FS_LOADED Files[FsLoadFiles];
    PUCHAR Data;
} FS_LOAD, *PFS_LOAD;

// Long and short names in a few directories.
static VOID FsLoadName(const FS_LOADED *File, PWSTR Name)
{
    static const PCWSTR Forms[] = {L"F%lu.DAT", L"a file with a longer name, number %lu.data",
                                   L"%lu"};
    int Length = swprintf_s(Name, 64, L"dir %lu\\", File->Place);
    swprintf_s(Name + Length, 100, Forms[File->Name % RTL_NUMBER_OF(Forms)], File->Name);
}

static NTSTATUS FsLoadOpen(PFS_LOAD Load, const FS_LOADED *File, ACCESS_MASK Access,
                           ULONG Disposition, ULONG Options, PHANDLE Handle)
{
    WCHAR Path[256], Name[200];
    FsLoadName(File, Name);
    swprintf_s(Path, RTL_NUMBER_OF(Path), L"%ws\\%ws", Load->Drive, Name);
    return FsOpenPath(Path, Access, FILE_SHARE_READ, Disposition, Options, Handle);
}

static VOID FsMark(PFS_LOAD Load)
{
    alignas(4096) static ULONG Sector[1024];
    ULONG Done;
    Sector[0] = 0x4B52414D; // "MARK"
    Sector[1] = ++Load->Lines;
    if (Load->Marks && !NT_SUCCESS(FsWrite(Load->Marks, 0, Sector, sizeof(Sector), &Done)))
        ConPrint(L"load: no mark\n");
}

static VOID FsTell(PFS_LOAD Load, PCWSTR Word, const FS_LOADED *File, ULONG Crc)
{
    WCHAR Name[200];
    FsLoadName(File, Name);
    if (File->Size && Word[0] == L'K')
        DbgPrint("KEPT %lu %08lx %ws\n", File->Size, Crc, Name);
    else
        DbgPrint("%ws %ws\n", Word, Name);
    FsMark(Load);
}

static NTSTATUS FsLoadWrite(PFS_LOAD Load, FS_LOADED *File, ULONG Size)
{
    HANDLE Handle;
    IO_STATUS_BLOCK IoStatus;
    ULONG Done;
    for (ULONG i = 0; i < Size; i++)
        Load->Data[i] = (UCHAR)(i / 512 * 7 + i + File->Name * 31 + Size);
    FsTell(Load, L"TOUCH", File, 0);
    NTSTATUS Status = FsLoadOpen(Load, File, FILE_WRITE_DATA, FILE_OVERWRITE_IF, 0, &Handle);
    for (ULONG At = 0; NT_SUCCESS(Status) && At < Size; At += Done)
        Status = FsWrite(Handle, At, Load->Data + At, min(Size - At, 9000u), &Done);
    if (NT_SUCCESS(Status))
        Status = NtFlushBuffersFile(Handle, &IoStatus);
    if (NT_SUCCESS(Status)) {
        File->Size = Size;
        FsTell(Load, L"KEPT", File, FsCrc(0, Load->Data, Size));
        NtClose(Handle);
    }
    return Status;
}

static NTSTATUS FsLoadDelete(PFS_LOAD Load, FS_LOADED *File)
{
    HANDLE Handle;
    FsTell(Load, L"TOUCH", File, 0);
    NTSTATUS Status = FsLoadOpen(Load, File, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE, &Handle);
    if (NT_SUCCESS(Status))
        Status = NtClose(Handle);
    File->Size = 0;
    return Status;
}

static NTSTATUS FsLoadMove(PFS_LOAD Load, FS_LOADED *File)
{
    struct {
        FILE_RENAME_INFORMATION Information;
        WCHAR Rest[256];
    } Rename = {};
    HANDLE Handle;
    FS_LOADED New = *File;
    WCHAR From[200], To[200], Path[256];
    New.Name = Load->Names++;
    if (FsRandom(&Load->Random, 2))
        New.Place = FsRandom(&Load->Random, 3);
    FsLoadName(File, From);
    FsLoadName(&New, To);
    int Length = swprintf_s(Path, RTL_NUMBER_OF(Path), L"\\??\\%ws\\%ws", Load->Drive, To);
    Rename.Information.FileNameLength = (ULONG)Length * sizeof(WCHAR);
    RtlCopyMemory(Rename.Information.FileName, Path, (ULONG)Length * sizeof(WCHAR));
    NTSTATUS Status = FsLoadOpen(Load, File, DELETE, FILE_OPEN, 0, &Handle);
    if (!NT_SUCCESS(Status))
        return Status;
    DbgPrint("MOVE %ws > %ws\n", From, To);
    FsMark(Load);
    Status = FsSet(Handle, FileRenameInformation, &Rename, sizeof(Rename));
    NtClose(Handle);
    if (!NT_SUCCESS(Status))
        return Status;
    DbgPrint("MOVED %ws > %ws\n", From, To);
    FsMark(Load);
    *File = New;
    return Status;
}

// Nothing is promised of these.
static NTSTATUS FsLoadNoise(PFS_LOAD Load)
{
    WCHAR Path[256];
    HANDLE Handle;
    ULONG Done;
    swprintf_s(Path, RTL_NUMBER_OF(Path), L"%ws\\dir %lu\\noise with a name %lu", Load->Drive,
               FsRandom(&Load->Random, 3), FsRandom(&Load->Random, 40));
    ULONG Options = FsRandom(&Load->Random, 3) ? 0 : FILE_DELETE_ON_CLOSE;
    NTSTATUS Status = FsOpenPath(Path, FILE_WRITE_DATA | DELETE, 0, FILE_OPEN_IF, Options, &Handle);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = FsWrite(Handle, FsRandom(&Load->Random, 20000), Load->Data,
                     1 + FsRandom(&Load->Random, 9000), &Done);
    NtClose(Handle);
    return Status;
}

static NTSTATUS FsLoadStep(PFS_LOAD Load)
{
    FS_LOADED *File = &Load->Files[FsRandom(&Load->Random, FsLoadFiles)];
    ULONG Kind = FsRandom(&Load->Random, 10);
    if (Kind < 3)
        return FsLoadNoise(Load);
    if (!File->Size) {
        File->Name = Load->Names++;
        File->Place = FsRandom(&Load->Random, 3);
        return FsLoadWrite(Load, File, 1 + FsRandom(&Load->Random, FsLoadMost));
    }
    if (Kind < 5)
        return FsLoadDelete(Load, File);
    if (Kind < 8)
        return FsLoadMove(Load, File);
    return FsLoadWrite(Load, File, 1 + FsRandom(&Load->Random, FsLoadMost));
}

NTSTATUS FsLoad(PWSTR *Words, ULONG Count)
{
    PFS_LOAD Load = FsAllocate(sizeof(*Load));
    ULONG Steps = (ULONG)FsNumber(Words[2]);
    NTSTATUS Status = STATUS_SUCCESS;
    WCHAR Marks[32];
    swprintf_s(Marks, RTL_NUMBER_OF(Marks), L"\\\\.\\%ws", Count > 3 ? Words[3] : L"");
    if (Count > 3)
        Status =
            FsOpenPath(Marks, FILE_READ_DATA | FILE_WRITE_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE,
                       FILE_OPEN, FILE_NO_INTERMEDIATE_BUFFERING, &Load->Marks);
    Load->Random.State = (FsNumber(Words[1]) + 1) * 0x9E3779B97F4A7C15;
    Load->Drive = Words[0];
    Load->Names = (ULONG)(FsNumber(Words[1]) % 100000) * 10000;
    Load->Data = FsAllocate(FsLoadMost);
    for (ULONG i = 0; NT_SUCCESS(Status) && i < 3; i++) {
        WCHAR Path[64];
        HANDLE Handle;
        swprintf_s(Path, RTL_NUMBER_OF(Path), L"%ws\\dir %lu", Words[0], i);
        Status =
            FsOpenPath(Path, FILE_LIST_DIRECTORY, 7, FILE_OPEN_IF, FILE_DIRECTORY_FILE, &Handle);
        if (NT_SUCCESS(Status))
            NtClose(Handle);
    }
    ConPrint(L"load begins: %08lx\n", Status);
    for (ULONG i = 0; NT_SUCCESS(Status) && i < Steps; i++) {
        Status = FsLoadStep(Load);
        if (Status == STATUS_DISK_FULL)
            Status = STATUS_SUCCESS;
    }
    ConPrint(L"load ends: %08lx\n", Status);
    return Status;
}
