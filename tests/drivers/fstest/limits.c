// limits DRIVE: what a FAT volume can just hold, and what it cannot. What is left is for mtools to look at.
//   names                        255 characters, pairs, short names that are all alike
//   full                         the directory, then the disk, in the root
//   large                        large.bin is 4 GiB - 1 long
//   far                          a write far behind the end, and an end that is set far behind it
//   many                         65,536 slots of a directory
#include "calls.h"

static NTSTATUS FsMakeFile(PCWSTR Drive, PCWSTR Name, ULONG Length, PHANDLE File)
{
    PWSTR Path = FsAllocate((Length + 64) * sizeof(WCHAR));
    ULONG Begin = (ULONG)swprintf_s(Path, 60, L"\\??\\%ws\\", Drive);
    RtlCopyMemory(Path + Begin, Name, Length * sizeof(WCHAR));
    UNICODE_STRING String = {(USHORT)((Begin + Length) * sizeof(WCHAR)), 0, Path};
    NTSTATUS Status = FsOpen(NULL, &String, FILE_READ_DATA | FILE_WRITE_DATA | DELETE, 7,
                             FILE_CREATE, 0, 0, File);
    FsFree(Path);
    return Status;
}

static NTSTATUS FsTouchFile(PCWSTR Drive, PCWSTR Name)
{
    HANDLE File;
    NTSTATUS Status = FsMakeFile(Drive, Name, (ULONG)wcslen(Name), &File);
    if (NT_SUCCESS(Status))
        NtClose(File);
    return Status;
}

// ---- Names

static VOID FsLimitNames(PCWSTR Drive)
{
    WCHAR Name[300];
    HANDLE File;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Name); i++)
        Name[i] = (WCHAR)(i % 2 ? 0xDE00 + i / 4 : 0xD83D); // pairs
    Name[254] = L'x';
    FsCheck(L"255 characters", STATUS_SUCCESS, FsMakeFile(Drive, Name, 255, &File));
    NtClose(File);
    FsCheck(L"the same again", STATUS_OBJECT_NAME_COLLISION, FsMakeFile(Drive, Name, 255, &File));
    FsCheck(L"256 characters", STATUS_OBJECT_NAME_INVALID, FsMakeFile(Drive, Name, 256, &File));
    for (ULONG i = 0; i < 254; i++)
        Name[i] = L'a';
    FsCheck(L"255 letters", STATUS_SUCCESS, FsMakeFile(Drive, Name, 255, &File));
    NtClose(File);
    for (ULONG i = 1; i <= 100; i++) {
        swprintf_s(Name, RTL_NUMBER_OF(Name), L"the same short name %lu.text", i);
        if (!FsCheck(Name, STATUS_SUCCESS, FsTouchFile(Drive, Name)))
            break;
    }
    static const PCWSTR Bad[] = {L"a*b", L"a?b", L"a<b", L"a>b", L"a\"b", L"a|b", L"a:b", L"a\tb"};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bad); i++)
        FsCheck(Bad[i], STATUS_OBJECT_NAME_INVALID, FsTouchFile(Drive, Bad[i]));
}

// ---- Full

// What cannot have the room that it asks for is not made.
static VOID FsLimitRoom(PCWSTR Drive)
{
    LARGE_INTEGER Room = {.QuadPart = 1 << 30};
    IO_STATUS_BLOCK IoStatus;
    UNICODE_STRING Path;
    WCHAR Text[32];
    HANDLE File;
    swprintf_s(Text, RTL_NUMBER_OF(Text), L"\\??\\%ws\\room", Drive);
    RtlInitUnicodeString(&Path, Text);
    OBJECT_ATTRIBUTES Attributes = {
        .Length = sizeof(Attributes), .ObjectName = &Path, .Attributes = OBJ_CASE_INSENSITIVE};
    FsCheck(L"a file with room", STATUS_DISK_FULL,
            NtCreateFile(&File, FILE_WRITE_DATA | SYNCHRONIZE, &Attributes, &IoStatus, &Room, 0, 0,
                         FILE_CREATE, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0));
    FsCheck(L"is not there", STATUS_OBJECT_NAME_NOT_FOUND,
            FsOpen(NULL, &Path, FILE_READ_DATA, 7, FILE_OPEN, 0, 0, &File));
}

static VOID FsLimitFull(PCWSTR Drive)
{
    FsLimitRoom(Drive);
    NTSTATUS Status = STATUS_SUCCESS;
    WCHAR Name[32];
    ULONG Files = 0, Done;
    while (NT_SUCCESS(Status) && Files < 4000) {
        swprintf_s(Name, RTL_NUMBER_OF(Name), L"F%lu", ++Files);
        Status = FsTouchFile(Drive, Name);
    }
    FsCheck(L"a directory that is full", STATUS_CANNOT_MAKE, Status);
    ConPrint(L"files: %lu\n", Files - 1);
    HANDLE File = FsMake(Drive, L"F1", 0);
    PUCHAR Data = FsAllocate(65536);
    ULONGLONG Size = 0;
    while (NT_SUCCESS(Status = FsWrite(File, Size, Data, 65536, &Done)))
        Size += Done;
    FsCheck(L"a disk that is full", STATUS_DISK_FULL, Status);
    while (NT_SUCCESS(Status = FsWrite(File, Size, Data, 512, &Done)))
        Size += Done;
    FsCheck(L"not a sector more", STATUS_DISK_FULL, Status);
    FILE_STANDARD_INFORMATION Standard;
    IO_STATUS_BLOCK IoStatus;
    FsCheck(L"size", STATUS_SUCCESS,
            NtQueryInformationFile(File, &IoStatus, &Standard, sizeof(Standard),
                                   FileStandardInformation));
    FsCheckThat(L"the size is what was written", (ULONGLONG)Standard.EndOfFile.QuadPart == Size);
    ConPrint(L"size: %llu\n", Size);
    NtClose(File);
    FsFree(Data);
}

// ---- Large

static VOID FsLimitLarge(PCWSTR Drive)
{
    constexpr ULONGLONG Most = 0xFFFFFFFF;
    HANDLE File = FsMake(Drive, L"large.bin", 0);
    LARGE_INTEGER Size = {.QuadPart = (LONGLONG)Most};
    UCHAR Bytes[16] = "the last bytes.";
    ULONG Done;
    FsCheck(L"4 GiB - 1", STATUS_SUCCESS,
            FsSet(File, FileEndOfFileInformation, &Size, sizeof(Size)));
    Size.QuadPart++;
    FsCheck(L"4 GiB", STATUS_DISK_FULL, FsSet(File, FileEndOfFileInformation, &Size, sizeof(Size)));
    FsCheck(L"4 GiB of room", STATUS_DISK_FULL,
            FsSet(File, FileAllocationInformation, &Size, sizeof(Size)));
    FsCheck(L"a write at the limit", STATUS_DISK_FULL, FsWrite(File, Most - 15, Bytes, 16, &Done));
    FsCheck(L"a write behind it", STATUS_DISK_FULL, FsWrite(File, Most + 1, Bytes, 16, &Done));
    FsCheck(L"the last bytes", STATUS_SUCCESS, FsWrite(File, Most - 16, Bytes, 16, &Done));
    RtlZeroMemory(Bytes, sizeof(Bytes));
    FsCheck(L"read", STATUS_SUCCESS, FsRead(File, Most - 16, Bytes, 16, &Done));
    FsCheckThat(L"they are there", Done == 16 && !strcmp((char *)Bytes, "the last bytes."));
    FsCheck(L"behind the end", STATUS_END_OF_FILE, FsRead(File, Most, Bytes, 1, &Done));
    NtClose(File);
}

// ---- Far: what lies between was never written

static ULONG FsSince(LARGE_INTEGER Start)
{
    LARGE_INTEGER Now;
    NtQuerySystemTime(&Now);
    return (ULONG)((Now.QuadPart - Start.QuadPart) / 10000);
}

static VOID FsLimitFar(PCWSTR Drive)
{
    HANDLE File = FsMake(Drive, L"far.bin", 0);
    LARGE_INTEGER Start, Size = {.QuadPart = 200 << 20};
    ULONG Done;
    FsCheck(L"the first bytes", STATUS_SUCCESS, FsWrite(File, 0, "first", 5, &Done));
    NtQuerySystemTime(&Start);
    FsCheck(L"the last ones", STATUS_SUCCESS,
            FsWrite(File, (ULONGLONG)Size.QuadPart - 4, "last", 4, &Done));
    ConPrint(L"written far: %lu ms\n", FsSince(Start));
    NtClose(File);
    NtQuerySystemTime(&Start);
    File = FsMake(Drive, L"set.bin", 0);
    FsCheck(L"an end", STATUS_SUCCESS, FsSet(File, FileEndOfFileInformation, &Size, sizeof(Size)));
    NtClose(File);
    FsCheck(L"elsewhere", STATUS_SUCCESS, FsTouchFile(Drive, L"elsewhere.txt"));
    ConPrint(L"set far: %lu ms\n", FsSince(Start));
}

// ---- Many: names of two slots each, but for "." and ".."

static VOID FsLimitMany(PCWSTR Drive)
{
    NtClose(FsMake(Drive, L"many", FILE_DIRECTORY_FILE));
    NTSTATUS Status = STATUS_SUCCESS;
    WCHAR Name[32];
    ULONG Files = 0;
    while (NT_SUCCESS(Status)) {
        swprintf_s(Name, RTL_NUMBER_OF(Name), L"many\\f%05lu.d", ++Files);
        Status = FsTouchFile(Drive, Name);
        if (Files % 1000 == 0)
            ConPrint(L"%lu files\n", Files);
    }
    FsCheck(L"65,536 slots", STATUS_CANNOT_MAKE, Status);
    ConPrint(L"files: %lu\n", Files - 1);
    FsCheck(L"elsewhere", STATUS_SUCCESS, FsTouchFile(Drive, L"elsewhere.txt"));
}

NTSTATUS FsLimits(PWSTR *Words, ULONG Count)
{
    static const struct {
        PCWSTR Name;
        VOID (*Run)(PCWSTR Drive);
    } Kinds[] = {{L"names", FsLimitNames},
                 {L"full", FsLimitFull},
                 {L"large", FsLimitLarge},
                 {L"far", FsLimitFar},
                 {L"many", FsLimitMany}};
    UNREFERENCED_PARAMETER(Count);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Kinds); i++) {
        if (!_wcsicmp(Words[1], Kinds[i].Name))
            Kinds[i].Run(Words[0]);
    }
    return FsEndChecks(L"limits");
}
