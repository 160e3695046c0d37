// calls DRIVE: requests of a file system that the model does not make: file IDs, locks that wait, changes that are told.
#include "calls.h"

static ULONG FsWrongCalls;

BOOLEAN FsCheck(PCWSTR What, NTSTATUS Expected, NTSTATUS Status)
{
    if (Status == Expected)
        return TRUE;
    ConPrint(L"WRONG: %ws: %08lx, expected %08lx\n", What, Status, Expected);
    FsWrongCalls++;
    return FALSE;
}

VOID FsCheckThat(PCWSTR What, BOOLEAN True)
{
    FsCheck(What, STATUS_SUCCESS, True ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL);
}

NTSTATUS FsEndChecks(PCWSTR What)
{
    ConPrint(L"%ws: %lu wrong\n", What, FsWrongCalls);
    return FsWrongCalls ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

HANDLE FsMake(PCWSTR Drive, PCWSTR Name, ULONG Options)
{
    WCHAR Path[300];
    HANDLE File = NULL;
    ACCESS_MASK Access = Options & FILE_DIRECTORY_FILE ? FILE_LIST_DIRECTORY | DELETE
                                                       : FILE_READ_DATA | FILE_WRITE_DATA | DELETE;
    swprintf_s(Path, RTL_NUMBER_OF(Path), L"%ws\\%ws", Drive, Name);
    FsCheck(Path, STATUS_SUCCESS, FsOpenPath(Path, Access, 7, FILE_OPEN_IF, Options, &File));
    return File;
}

// ---- File IDs

static ULONGLONG FsIdOf(HANDLE File)
{
    FILE_INTERNAL_INFORMATION Internal = {};
    IO_STATUS_BLOCK IoStatus;
    FsCheck(L"query of an ID", STATUS_SUCCESS,
            NtQueryInformationFile(File, &IoStatus, &Internal, sizeof(Internal),
                                   FileInternalInformation));
    return (ULONGLONG)Internal.IndexNumber.QuadPart;
}

static NTSTATUS FsOpenId(HANDLE Any, ULONGLONG Id, ULONG Disposition, PHANDLE File)
{
    UNICODE_STRING Name = {sizeof(Id), sizeof(Id), (PWSTR)&Id};
    return FsOpen(Any, &Name, FILE_READ_DATA, 7, Disposition, FILE_OPEN_BY_FILE_ID, 0, File);
}

// The file of this ID has this path.
static VOID FsCheckId(HANDLE Any, ULONGLONG Id, PCWSTR Wanted)
{
    struct {
        FILE_NAME_INFORMATION Information;
        WCHAR Rest[300];
    } Name = {};
    IO_STATUS_BLOCK IoStatus;
    HANDLE File;
    if (!FsCheck(Wanted, STATUS_SUCCESS, FsOpenId(Any, Id, FILE_OPEN, &File)))
        return;
    FsCheck(L"query of a name", STATUS_SUCCESS,
            NtQueryInformationFile(File, &IoStatus, &Name, sizeof(Name), FileNameInformation));
    FsCheckThat(Wanted, _wcsicmp(Name.Information.FileName, Wanted) == 0);
    FsCheckThat(L"the same ID again", FsIdOf(File) == Id);
    NtClose(File);
}

static VOID FsListId(HANDLE Directory, ULONGLONG Id, PCWSTR Text)
{
    struct {
        FILE_ID_BOTH_DIR_INFORMATION Information;
        WCHAR Rest[300];
    } Entry = {};
    UNICODE_STRING Name;
    IO_STATUS_BLOCK IoStatus;
    RtlInitUnicodeString(&Name, Text);
    FsCheck(L"listing with IDs", STATUS_SUCCESS,
            NtQueryDirectoryFile(Directory, NULL, NULL, NULL, &IoStatus, &Entry, sizeof(Entry),
                                 FileIdBothDirectoryInformation, TRUE, &Name, TRUE));
    FsCheckThat(L"the ID in a list", (ULONGLONG)Entry.Information.FileId.QuadPart == Id);
}

static VOID FsCallIds(PCWSTR Drive)
{
    HANDLE Root = FsMake(Drive, L"", FILE_DIRECTORY_FILE);
    HANDLE Upper = FsMake(Drive, L"ids", FILE_DIRECTORY_FILE);
    HANDLE Lower = FsMake(Drive, L"ids\\a directory below", FILE_DIRECTORY_FILE), Other;
    HANDLE File = FsMake(Drive, L"ids\\a directory below\\file with an ID.txt", 0);
    HANDLE Top = FsMake(Drive, L"TOP.TXT", 0);
    FILE_DISPOSITION_INFORMATION Delete = {TRUE};
    ULONGLONG Id = FsIdOf(File), Gone;
    FsCheckId(Root, Id, L"\\ids\\a directory below\\file with an ID.txt");
    FsCheckId(File, FsIdOf(Lower), L"\\ids\\a directory below");
    FsCheckId(Upper, FsIdOf(Top), L"\\TOP.TXT");
    FsCheckId(Upper, FsIdOf(Root), L"\\");
    FsListId(Lower, Id, L"file with an ID.txt");
    FsCheck(L"an ID that exists", STATUS_OBJECT_NAME_COLLISION,
            FsOpenId(Root, Id, FILE_CREATE, &Other));
    FsCheck(L"a place without a file", STATUS_INVALID_PARAMETER,
            FsOpenId(Root, Id + 40, FILE_OPEN, &Other));
    FsCheck(L"a cluster that is none", STATUS_INVALID_PARAMETER,
            FsOpenId(Root, 0x0FFFFFF000000001, FILE_OPEN, &Other));
    FsCheck(L"delete", STATUS_SUCCESS,
            FsSet(File, FileDispositionInformation, &Delete, sizeof(Delete)));
    NtClose(File);
    FsCheck(L"a file that is deleted", STATUS_INVALID_PARAMETER,
            FsOpenId(Root, Id, FILE_OPEN, &Other));
    Gone = FsIdOf(Lower);
    FsCheck(L"delete", STATUS_SUCCESS,
            FsSet(Lower, FileDispositionInformation, &Delete, sizeof(Delete)));
    NtClose(Lower);
    FsCheck(L"a directory that is deleted", STATUS_INVALID_PARAMETER,
            FsOpenId(Root, Gone, FILE_OPEN, &Other));
    FsCheck(L"what was in it", STATUS_INVALID_PARAMETER, FsOpenId(Root, Id, FILE_OPEN, &Other));
    NtClose(Top);
    NtClose(Upper);
    NtClose(Root);
}

// ---- What is waited for: files that are not synchronous, with an event each

VOID FsOpenWaiting(PCWSTR Drive, PCWSTR Name, ULONG Options, FS_WAITING *Waiting)
{
    WCHAR Text[300];
    UNICODE_STRING Path;
    OBJECT_ATTRIBUTES Object;
    swprintf_s(Text, RTL_NUMBER_OF(Text), L"\\??\\%ws\\%ws", Drive, Name);
    RtlInitUnicodeString(&Path, Text);
    InitializeObjectAttributes(&Object, &Path, OBJ_CASE_INSENSITIVE, NULL, NULL);
    FsCheck(Text, STATUS_SUCCESS,
            NtCreateFile(&Waiting->File, FILE_READ_DATA | SYNCHRONIZE, &Object, &Waiting->IoStatus,
                         NULL, 0, 7, FILE_OPEN, Options, NULL, 0));
    FsCheck(L"event", STATUS_SUCCESS,
            NtCreateEvent(&Waiting->Event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE));
}

VOID FsCloseWaiting(FS_WAITING *Waiting)
{
    NtClose(Waiting->Event);
    NtClose(Waiting->File);
}

NTSTATUS FsAwait(FS_WAITING *Waiting, ULONG Milliseconds)
{
    LARGE_INTEGER Time = {.QuadPart = -10000LL * Milliseconds};
    NTSTATUS Status = NtWaitForSingleObject(Waiting->Event, FALSE, &Time);
    return Status == STATUS_SUCCESS ? Waiting->IoStatus.Status : Status;
}

NTSTATUS FsLockRange(FS_WAITING *Waiting, ULONG Offset, ULONG Length, BOOLEAN AtOnce)
{
    LARGE_INTEGER Start = {.QuadPart = Offset}, Bytes = {.QuadPart = Length};
    return NtLockFile(Waiting->File, Waiting->Event, NULL, NULL, &Waiting->IoStatus, &Start, &Bytes,
                      1, AtOnce, TRUE);
}

// One that does not wait for anybody; the host may answer a little later all the same.
NTSTATUS FsLockNow(FS_WAITING *Waiting, ULONG Offset, ULONG Length)
{
    NTSTATUS Status = FsLockRange(Waiting, Offset, Length, TRUE);
    return Status == STATUS_PENDING ? FsAwait(Waiting, 10000) : Status;
}

NTSTATUS FsUnlockRange(FS_WAITING *Waiting, ULONG Offset, ULONG Length)
{
    LARGE_INTEGER Start = {.QuadPart = Offset}, Bytes = {.QuadPart = Length};
    IO_STATUS_BLOCK IoStatus;
    return NtUnlockFile(Waiting->File, &IoStatus, &Start, &Bytes, 1);
}

static VOID FsCallLocks(PCWSTR Drive)
{
    FS_WAITING First, Second;
    IO_STATUS_BLOCK IoStatus;
    NtClose(FsMake(Drive, L"locked.bin", 0));
    FsOpenWaiting(Drive, L"locked.bin", 0, &First);
    FsOpenWaiting(Drive, L"locked.bin", 0, &Second);
    FsCheck(L"lock", STATUS_SUCCESS, FsLockNow(&First, 100, 50));
    FsCheck(L"lock at once", STATUS_LOCK_NOT_GRANTED, FsLockNow(&Second, 120, 1));
    FsCheck(L"lock beside", STATUS_SUCCESS, FsLockNow(&Second, 150, 50));
    FsCheck(L"lock that waits", STATUS_PENDING, FsLockRange(&Second, 120, 1, FALSE));
    FsCheck(L"it waits", STATUS_TIMEOUT, FsAwait(&Second, 100));
    FsCheck(L"unlock", STATUS_SUCCESS, FsUnlockRange(&First, 100, 50));
    FsCheck(L"it has waited", STATUS_SUCCESS, FsAwait(&Second, 10000));
    FsCheck(L"the range is the other's", STATUS_LOCK_NOT_GRANTED, FsLockNow(&First, 100, 50));
    FsCheck(L"lock that is cancelled", STATUS_PENDING, FsLockRange(&First, 100, 50, FALSE));
    FsCheck(L"cancel", STATUS_SUCCESS, NtCancelIoFile(First.File, &IoStatus));
    FsCheck(L"it is cancelled", STATUS_CANCELLED, FsAwait(&First, 10000));
    FsCheck(L"lock until the other closes", STATUS_PENDING, FsLockRange(&First, 100, 50, FALSE));
    FsCloseWaiting(&Second);
    FsCheck(L"the other has closed", STATUS_SUCCESS, FsAwait(&First, 10000));
    FsCloseWaiting(&First);
}

// ---- Changes

NTSTATUS FsWatch(FS_WAITING *Waiting, PVOID Buffer, ULONG Length, BOOLEAN Tree)
{
    return NtNotifyChangeDirectoryFile(
        Waiting->File, Waiting->Event, NULL, NULL, &Waiting->IoStatus, Buffer, Length,
        FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME | FILE_NOTIFY_CHANGE_SIZE, Tree);
}

static VOID FsCheckTold(FS_WAITING *Waiting, const FILE_NOTIFY_INFORMATION *Told, ULONG Action,
                        PCWSTR Name)
{
    SIZE_T Length = wcslen(Name);
    if (!FsCheck(Name, STATUS_SUCCESS, FsAwait(Waiting, 10000)))
        return;
    FsCheck(L"the action that is told", (NTSTATUS)Action, (NTSTATUS)Told->Action);
    FsCheckThat(Name, Told->FileNameLength == Length * sizeof(WCHAR) &&
                          !_wcsnicmp(Told->FileName, Name, Length));
}

static VOID FsCallChanges(PCWSTR Drive)
{
    alignas(8) static UCHAR Deep[1024], Flat[1024];
    FS_WAITING Tree, Alone;
    FILE_DISPOSITION_INFORMATION Delete = {TRUE};
    NtClose(FsMake(Drive, L"watched", FILE_DIRECTORY_FILE));
    NtClose(FsMake(Drive, L"watched\\in between", FILE_DIRECTORY_FILE));
    FsOpenWaiting(Drive, L"watched", FILE_DIRECTORY_FILE, &Tree);
    FsOpenWaiting(Drive, L"watched", FILE_DIRECTORY_FILE, &Alone);
    FsCheck(L"watch a tree", STATUS_PENDING, FsWatch(&Tree, Deep, sizeof(Deep), TRUE));
    FsCheck(L"watch a directory", STATUS_PENDING, FsWatch(&Alone, Flat, sizeof(Flat), FALSE));
    HANDLE File = FsMake(Drive, L"watched\\in between\\new file.txt", 0);
    FsCheckTold(&Tree, (PVOID)Deep, FILE_ACTION_ADDED, L"in between\\new file.txt");
    FsCheck(L"nothing in the directory itself", STATUS_TIMEOUT, FsAwait(&Alone, 100));
    FsCheck(L"watch a tree", STATUS_PENDING, FsWatch(&Tree, Deep, sizeof(Deep), TRUE));
    FsCheck(L"delete", STATUS_SUCCESS,
            FsSet(File, FileDispositionInformation, &Delete, sizeof(Delete)));
    NtClose(File);
    FsCheckTold(&Tree, (PVOID)Deep, FILE_ACTION_REMOVED, L"in between\\new file.txt");
    FsCheck(L"watch a tree", STATUS_PENDING, FsWatch(&Tree, Deep, sizeof(Deep), TRUE));
    NtClose(FsMake(Drive, L"watched\\here", 0));
    FsCheckTold(&Tree, (PVOID)Deep, FILE_ACTION_ADDED, L"here");
    FsCheckTold(&Alone, (PVOID)Flat, FILE_ACTION_ADDED, L"here");
    FsCheck(L"watch with no room", STATUS_PENDING, FsWatch(&Alone, Flat, 16, FALSE));
    NtClose(FsMake(Drive, L"watched\\a name that has no room in it", 0));
    FsCheck(L"what has no room", STATUS_NOTIFY_ENUM_DIR, FsAwait(&Alone, 10000));
    FsCheck(L"watch what was not watched", STATUS_PENDING,
            FsWatch(&Tree, Deep, sizeof(Deep), TRUE));
    FsCheckTold(&Tree, (PVOID)Deep, FILE_ACTION_ADDED, L"a name that has no room in it");
    FsCheck(L"watch until it closes", STATUS_PENDING, FsWatch(&Tree, Deep, sizeof(Deep), TRUE));
    NtClose(Tree.File);
    FsCheck(L"closed", STATUS_NOTIFY_CLEANUP, FsAwait(&Tree, 10000));
    NtClose(Tree.Event);
    FsCloseWaiting(&Alone);
}

NTSTATUS FsCalls(PWSTR *Words, ULONG Count)
{
    UNREFERENCED_PARAMETER(Count);
    FsCallIds(Words[0]);
    FsCallLocks(Words[0]);
    FsCallChanges(Words[0]);
    FsCallControls(Words[0]);
    return FsEndChecks(L"calls");
}
