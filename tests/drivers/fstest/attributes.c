// attributes DRIVE: SEED STEPS: what NtQueryFullAttributesFile says of names after all kinds of changes is what their file
// system says of the open file.
#include "calls.h"

enum { FsMostOpen = 6, FsThreads = 3 };

static const PCWSTR FsNames[] = {
    L"a.txt",
    L"b",
    L"a file with a long name.txt",
    L"AFILEW~1.TXT", // the same, or nothing
    L"one",
    L"one\\a.txt",
    L"one\\two",
    L"one\\two\\a.txt",
    L"another directory",
    L"another directory\\a.txt",
    L"ANOTHE~1\\a.txt",
    L"another directory\\two\\a.txt",
    L"f\u00e4lle",
    L"F\u00c4LLE",
};

typedef struct _FS_CHANGING {
    PCWSTR Drive;
    FS_RANDOM Random;
    HANDLE Open[FsMostOpen];
    ULONG Steps;
} FS_CHANGING;

static VOID FsPath(PCWSTR Drive, ULONG Which, PWSTR Path, ULONG Count)
{
    swprintf_s(Path, Count, L"\\??\\%ws\\attributes\\%ws", Drive, FsNames[Which]);
}

static NTSTATUS FsOpenWhich(FS_CHANGING *Changing, ULONG Which, ACCESS_MASK Access,
                            ULONG Disposition, ULONG Options, PHANDLE File)
{
    WCHAR Path[300];
    UNICODE_STRING Name;
    FsPath(Changing->Drive, Which, Path, RTL_NUMBER_OF(Path));
    RtlInitUnicodeString(&Name, Path);
    return FsOpen(NULL, &Name, Access, 7, Disposition, Options, 0, File);
}

// ---- Comparing

// By the name, and of the open file.
static NTSTATUS FsAskBoth(PUNICODE_STRING Name, FILE_NETWORK_OPEN_INFORMATION *ByName,
                          FILE_NETWORK_OPEN_INFORMATION *Open, NTSTATUS *OpenStatus)
{
    OBJECT_ATTRIBUTES Object;
    IO_STATUS_BLOCK IoStatus;
    HANDLE File;
    InitializeObjectAttributes(&Object, Name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    RtlZeroMemory(ByName, sizeof(*ByName));
    RtlZeroMemory(Open, sizeof(*Open));
    NTSTATUS Status = NtQueryFullAttributesFile(&Object, ByName);
    *OpenStatus = FsOpen(NULL, Name, FILE_READ_ATTRIBUTES, 7, FILE_OPEN, 0, 0, &File);
    if (!NT_SUCCESS(*OpenStatus))
        return Status;
    *OpenStatus =
        NtQueryInformationFile(File, &IoStatus, Open, sizeof(*Open), FileNetworkOpenInformation);
    NtClose(File);
    return Status;
}

static VOID FsCompareInformation(PCWSTR Path, const FILE_NETWORK_OPEN_INFORMATION *ByName,
                                 const FILE_NETWORK_OPEN_INFORMATION *Open)
{
    FsCheckThat(Path, ByName->FileAttributes == Open->FileAttributes);
    FsCheckThat(Path, ByName->EndOfFile.QuadPart == Open->EndOfFile.QuadPart);
    FsCheckThat(Path, ByName->AllocationSize.QuadPart == Open->AllocationSize.QuadPart);
    FsCheckThat(Path, ByName->CreationTime.QuadPart == Open->CreationTime.QuadPart);
    FsCheckThat(Path, ByName->LastWriteTime.QuadPart == Open->LastWriteTime.QuadPart);
    FsCheckThat(Path, ByName->LastAccessTime.QuadPart == Open->LastAccessTime.QuadPart);
    FsCheckThat(Path, ByName->ChangeTime.QuadPart == Open->ChangeTime.QuadPart);
}

static VOID FsCompare(PCWSTR Drive, ULONG Which)
{
    FILE_NETWORK_OPEN_INFORMATION ByName, Open;
    WCHAR Path[300];
    UNICODE_STRING Name;
    NTSTATUS OpenStatus;
    FsPath(Drive, Which, Path, RTL_NUMBER_OF(Path));
    RtlInitUnicodeString(&Name, Path);
    NTSTATUS Status = FsAskBoth(&Name, &ByName, &Open, &OpenStatus);
    if (FsCheck(Path, OpenStatus, Status))
        FsCompareInformation(Path, &ByName, &Open);
}

static VOID FsCompareAll(PCWSTR Drive)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(FsNames); i++)
        FsCompare(Drive, i);
}

// ---- Changes of an open file

static VOID FsChangeTimes(FS_CHANGING *Changing, HANDLE File)
{
    constexpr ULONG Attributes[] = {FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_SYSTEM,
                                    FILE_ATTRIBUTE_NORMAL};
    FILE_BASIC_INFORMATION Basic = {
        .FileAttributes = Attributes[FsRandom(&Changing->Random, RTL_NUMBER_OF(Attributes))],
        .LastWriteTime.QuadPart =
            (132000000000000000 + (LONGLONG)FsRandom(&Changing->Random, 1 << 20) * 20000000),
    };
    (VOID) FsSet(File, FileBasicInformation, &Basic, sizeof(Basic));
}

static VOID FsChangeName(FS_CHANGING *Changing, HANDLE File)
{
    struct {
        FILE_RENAME_INFORMATION Rename;
        WCHAR Rest[300];
    } Data = {};
    FsPath(Changing->Drive, FsRandom(&Changing->Random, RTL_NUMBER_OF(FsNames)),
           Data.Rename.FileName, RTL_NUMBER_OF(Data.Rest));
    Data.Rename.ReplaceIfExists = TRUE;
    Data.Rename.FileNameLength = (ULONG)wcslen(Data.Rename.FileName) * sizeof(WCHAR);
    (VOID) FsSet(File, FileRenameInformation, &Data, sizeof(Data));
}

static VOID FsChangeOpen(FS_CHANGING *Changing, HANDLE File)
{
    FILE_DISPOSITION_INFORMATION Delete = {TRUE};
    FILE_END_OF_FILE_INFORMATION End = {.EndOfFile.QuadPart = FsRandom(&Changing->Random, 20000)};
    FILE_ALLOCATION_INFORMATION Allocation = {.AllocationSize.QuadPart = 65536};
    ULONG Done;
    switch (FsRandom(&Changing->Random, 8)) {
    case 0:
    case 1:
        (VOID) FsWrite(File, FsRandom(&Changing->Random, 9000), "written", 7, &Done);
        break;
    case 2:
        (VOID) FsSet(File, FileEndOfFileInformation, &End, sizeof(End));
        break;
    case 3:
        (VOID) FsSet(File, FileAllocationInformation, &Allocation, sizeof(Allocation));
        break;
    case 4:
        FsChangeTimes(Changing, File);
        break;
    case 5:
        (VOID) FsSet(File, FileDispositionInformation, &Delete, sizeof(Delete));
        break;
    default:
        FsChangeName(Changing, File);
    }
}

// ---- Opening, in all the ways that there are

static VOID FsOpenRelative(FS_CHANGING *Changing, PHANDLE File)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"a.txt");
    HANDLE Directory;
    if (!NT_SUCCESS(FsOpenWhich(Changing, 4 + 4 * FsRandom(&Changing->Random, 2),
                                FILE_LIST_DIRECTORY, FILE_OPEN, FILE_DIRECTORY_FILE, &Directory)))
        return;
    (VOID) FsOpen(Directory, &Name, FILE_READ_DATA | FILE_WRITE_DATA, 7, FILE_OPEN_IF, 0, 0, File);
    NtClose(Directory);
}

static VOID FsOpenById(FS_CHANGING *Changing, ULONG Which, PHANDLE File)
{
    FILE_INTERNAL_INFORMATION Internal;
    UNICODE_STRING Name = {sizeof(Internal), sizeof(Internal), (PWSTR)&Internal};
    IO_STATUS_BLOCK IoStatus;
    HANDLE Other;
    if (!NT_SUCCESS(FsOpenWhich(Changing, Which, FILE_READ_ATTRIBUTES, FILE_OPEN, 0, &Other)))
        return;
    if (NT_SUCCESS(NtQueryInformationFile(Other, &IoStatus, &Internal, sizeof(Internal),
                                          FileInternalInformation)))
        (VOID) FsOpen(Other, &Name, FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES, 7, FILE_OPEN,
                      FILE_OPEN_BY_FILE_ID, 0, File);
    NtClose(Other);
}

static VOID FsOpenSomehow(FS_CHANGING *Changing, PHANDLE File)
{
    constexpr ACCESS_MASK All =
        FILE_READ_DATA | FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES | FILE_READ_ATTRIBUTES | DELETE;
    ULONG Which = FsRandom(&Changing->Random, RTL_NUMBER_OF(FsNames));
    switch (FsRandom(&Changing->Random, 9)) {
    case 0:
        FsOpenRelative(Changing, File);
        break;
    case 1:
        FsOpenById(Changing, Which, File);
        break;
    case 2:
        (VOID) FsOpenWhich(Changing, Which, FILE_READ_DATA, FILE_OPEN, 0, File);
        break;
    case 3:
        (VOID) FsOpenWhich(Changing, Which, All, FILE_OVERWRITE_IF, 0, File);
        break;
    case 4:
        (VOID) FsOpenWhich(Changing, Which, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE, File);
        break;
    case 5:
        (VOID) FsOpenWhich(Changing, Which, All, FILE_OPEN_IF, FILE_DIRECTORY_FILE, File);
        break;
    case 6:
        (VOID) FsOpenWhich(Changing, Which, All, FILE_OPEN, 0, File);
        break;
    default:
        (VOID) FsOpenWhich(Changing, Which, All, FILE_OPEN_IF, 0, File);
    }
}

static VOID FsChangeSomething(FS_CHANGING *Changing)
{
    PHANDLE File = &Changing->Open[FsRandom(&Changing->Random, FsMostOpen)];
    if (!*File) {
        FsOpenSomehow(Changing, File);
    } else if (FsRandom(&Changing->Random, 3)) {
        FsChangeOpen(Changing, *File);
    } else {
        NtClose(*File);
        *File = NULL;
    }
}

static VOID FsCloseAll(FS_CHANGING *Changing)
{
    for (ULONG i = 0; i < FsMostOpen; i++) {
        if (Changing->Open[i])
            NtClose(Changing->Open[i]);
        Changing->Open[i] = NULL;
    }
}

// ---- Several threads at once, of which nothing is compared until they are done

static NTSTATUS NTAPI FsChangeAndAsk(PVOID Context)
{
    FILE_NETWORK_OPEN_INFORMATION ByName;
    FS_CHANGING *Changing = Context;
    OBJECT_ATTRIBUTES Object;
    UNICODE_STRING Name;
    WCHAR Path[300];
    for (ULONG i = 0; i < Changing->Steps; i++) {
        FsChangeSomething(Changing);
        FsPath(Changing->Drive, FsRandom(&Changing->Random, RTL_NUMBER_OF(FsNames)), Path,
               RTL_NUMBER_OF(Path));
        RtlInitUnicodeString(&Name, Path);
        InitializeObjectAttributes(&Object, &Name, OBJ_CASE_INSENSITIVE, NULL, NULL);
        (VOID) NtQueryFullAttributesFile(&Object, &ByName);
    }
    FsCloseAll(Changing);
    return STATUS_SUCCESS;
}

static VOID FsChangeTogether(PCWSTR Drive, ULONG Seed, ULONG Steps)
{
    static FS_CHANGING Changing[FsThreads];
    HANDLE Threads[FsThreads];
    for (ULONG i = 0; i < FsThreads; i++) {
        Changing[i] = (FS_CHANGING){.Drive = Drive, .Random.State = Seed + i, .Steps = Steps};
        FsCheck(L"a thread", STATUS_SUCCESS,
                RtlCreateUserThread(NtCurrentProcess(), NULL, FALSE, 0, 0, 0,
                                    (PUSER_THREAD_START_ROUTINE)FsChangeAndAsk, &Changing[i],
                                    &Threads[i], NULL));
    }
    for (ULONG i = 0; i < FsThreads; i++) {
        (VOID) NtWaitForSingleObject(Threads[i], FALSE, NULL);
        NtClose(Threads[i]);
    }
    FsCompareAll(Drive);
}

NTSTATUS FsAttributes(PWSTR *Words, ULONG Count)
{
    enum { StepsTogether = 20 };
    UNREFERENCED_PARAMETER(Count);
    ULONG Seed = (ULONG)FsNumber(Words[1]) + 1, Steps = (ULONG)FsNumber(Words[2]);
    FS_CHANGING Changing = {.Drive = Words[0], .Random.State = Seed};
    NtClose(FsMake(Words[0], L"attributes", FILE_DIRECTORY_FILE));
    for (ULONG i = 0; i < Steps; i++) {
        FsChangeSomething(&Changing);
        FsCompareAll(Words[0]);
    }
    FsCloseAll(&Changing);
    FsCompareAll(Words[0]);
    for (ULONG i = 0; i < Steps / StepsTogether; i++)
        FsChangeTogether(Words[0], Seed + i * FsThreads, StepsTogether);
    return FsEndChecks(L"attributes");
}
