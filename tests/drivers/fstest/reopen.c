// Files that are closed and opened again: what is opened in the same way is as new, and what is done to the file or its
// volume in any other way finds it closed.
#include "calls.h"

typedef struct _FS_REOPEN {
    PCWSTR Drive;
    NTSTATUS Expected;
} FS_REOPEN;

static HANDLE FsReopen(const FS_REOPEN *Test, PCWSTR Name, ACCESS_MASK Access, ULONG Share,
                       ULONG Options)
{
    WCHAR Path[300];
    HANDLE File = NULL;
    swprintf_s(Path, RTL_NUMBER_OF(Path), L"%ws\\%ws", Test->Drive, Name);
    FsCheck(Path, Test->Expected, FsOpenPath(Path, Access, Share, FILE_OPEN, Options, &File));
    return File;
}

// Three times: who has had the cache's first handle is not kept at once.
static VOID FsReadAndClose(const FS_REOPEN *Test, PCWSTR Name, UCHAR First)
{
    for (ULONG i = 0; i < 3; i++) {
        IO_STATUS_BLOCK IoStatus = {};
        UCHAR Byte = 0;
        HANDLE File = FsReopen(Test, Name, FILE_READ_DATA | SYNCHRONIZE, FILE_SHARE_READ,
                               FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE);
        FsCheck(L"read", STATUS_SUCCESS,
                NtReadFile(File, NULL, NULL, NULL, &IoStatus, &Byte, 1, NULL, NULL));
        FsCheckThat(L"it begins at the beginning", Byte == First);
        NtClose(File);
    }
}

static VOID FsMakeFile(const FS_REOPEN *Test, PCWSTR Name, UCHAR First)
{
    ULONG Done;
    UCHAR Bytes[] = {First, (UCHAR)(First + 1)};
    HANDLE File = FsMake(Test->Drive, Name, FILE_SYNCHRONOUS_IO_NONALERT);
    FsCheck(L"write", STATUS_SUCCESS, FsWrite(File, 0, Bytes, sizeof(Bytes), &Done));
    NtClose(File);
}

static NTSTATUS FsMove(HANDLE File, PCWSTR Drive, PCWSTR Name)
{
    struct {
        FILE_RENAME_INFORMATION Rename;
        WCHAR Name[300];
    } Move = {};
    swprintf_s(Move.Rename.FileName, RTL_NUMBER_OF(Move.Name), L"\\??\\%ws\\%ws", Drive, Name);
    Move.Rename.ReplaceIfExists = TRUE;
    Move.Rename.FileNameLength = (ULONG)(wcslen(Move.Rename.FileName) * sizeof(WCHAR));
    return FsSet(File, FileRenameInformation, &Move, sizeof(Move));
}

// ---- What finds it closed

static VOID FsReopenToWrite(const FS_REOPEN *Test)
{
    FsMakeFile(Test, L"again.bin", 1);
    FsReadAndClose(Test, L"again.bin", 1);
    NtClose(FsReopen(Test, L"again.bin", FILE_WRITE_DATA, 0, 0));
    FsReadAndClose(Test, L"AGAIN.bin", 1);
    FsMakeFile(Test, L"again.bin", 5);
    FsReadAndClose(Test, L"again.bin", 5);
}

static VOID FsReopenByShortName(const FS_REOPEN *Test)
{
    FsMakeFile(Test, L"a longer name.bin", 1);
    FsReadAndClose(Test, L"a longer name.bin", 1);
    NtClose(FsReopen(Test, L"ALONGE~1.BIN", FILE_WRITE_DATA, 0, 0));
    FsReadAndClose(Test, L"a longer name.bin", 1);
    FsReadAndClose(Test, L"ALONGE~1.BIN", 1);
    NtClose(FsReopen(Test, L"a longer name.bin", FILE_WRITE_DATA, 0, 0));
    FsReadAndClose(Test, L"ALONGE~1.BIN", 1);
    NtClose(FsReopen(Test, L"a longer name.bin", DELETE, 7, FILE_DELETE_ON_CLOSE));
    NtClose(FsReopen(&(FS_REOPEN){Test->Drive, STATUS_OBJECT_NAME_NOT_FOUND}, L"ALONGE~1.BIN",
                     FILE_READ_DATA, FILE_SHARE_READ, 0));
}

static VOID FsReopenDeleted(const FS_REOPEN *Test)
{
    const FS_REOPEN Gone = {Test->Drive, STATUS_OBJECT_NAME_NOT_FOUND};
    FsMakeFile(Test, L"going.bin", 1);
    FsReadAndClose(Test, L"going.bin", 1);
    NtClose(FsReopen(Test, L"going.bin", DELETE, 0, FILE_DELETE_ON_CLOSE));
    FsReopen(&Gone, L"going.bin", FILE_READ_DATA | SYNCHRONIZE, FILE_SHARE_READ,
             FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE);
    // One that is read while somebody has it who will delete it goes all the same.
    FsMakeFile(Test, L"going.bin", 1);
    HANDLE Doomed = FsReopen(Test, L"going.bin", DELETE, 7, FILE_DELETE_ON_CLOSE);
    NtClose(FsReopen(Test, L"going.bin", FILE_READ_DATA, 7, 0));
    NtClose(FsReopen(Test, L"going.bin", FILE_READ_DATA, 7, 0));
    NtClose(Doomed);
    FsReopen(&Gone, L"going.bin", FILE_READ_DATA, 7, 0);
}

static VOID FsReopenMoved(const FS_REOPEN *Test)
{
    const FS_REOPEN Gone = {Test->Drive, STATUS_OBJECT_PATH_NOT_FOUND};
    NtClose(FsMake(Test->Drive, L"old", FILE_DIRECTORY_FILE));
    FsMakeFile(Test, L"old\\in.bin", 1);
    FsMakeFile(Test, L"over.bin", 2);
    FsReadAndClose(Test, L"old\\in.bin", 1);
    FsReadAndClose(Test, L"over.bin", 2);
    HANDLE Directory = FsReopen(Test, L"old", DELETE | SYNCHRONIZE, 7, 0);
    FsCheck(L"move of the directory", STATUS_SUCCESS, FsMove(Directory, Test->Drive, L"new"));
    NtClose(Directory);
    FsReopen(&Gone, L"old\\in.bin", FILE_READ_DATA | SYNCHRONIZE, FILE_SHARE_READ,
             FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE);
    FsReadAndClose(Test, L"new\\in.bin", 1);
    HANDLE File = FsReopen(Test, L"new\\in.bin", DELETE | SYNCHRONIZE, 7, 0);
    FsCheck(L"move over a file", STATUS_SUCCESS, FsMove(File, Test->Drive, L"over.bin"));
    NtClose(File);
    FsReadAndClose(Test, L"over.bin", 1);
}

static VOID FsReopenLocked(const FS_REOPEN *Test)
{
    HANDLE Volume;
    IO_STATUS_BLOCK IoStatus;
    FsReadAndClose(Test, L"again.bin", 5);
    WCHAR Path[16];
    swprintf_s(Path, RTL_NUMBER_OF(Path), L"\\\\.\\%ws", Test->Drive);
    FsCheck(L"volume", STATUS_SUCCESS,
            FsOpenPath(Path, FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE, 3, FILE_OPEN,
                       FILE_SYNCHRONOUS_IO_NONALERT, &Volume));
    FsReadAndClose(Test, L"again.bin", 5);
    FsCheck(
        L"lock", STATUS_SUCCESS,
        NtFsControlFile(Volume, NULL, NULL, NULL, &IoStatus, FSCTL_LOCK_VOLUME, NULL, 0, NULL, 0));
    FsReopen(&(FS_REOPEN){Test->Drive, STATUS_ACCESS_DENIED}, L"again.bin",
             FILE_READ_DATA | SYNCHRONIZE, FILE_SHARE_READ,
             FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE);
    NtClose(Volume);
    FsReadAndClose(Test, L"again.bin", 5);
}

NTSTATUS FsReopens(PWSTR *Words, ULONG Count)
{
    const FS_REOPEN Test = {Words[0], STATUS_SUCCESS};
    UNREFERENCED_PARAMETER(Count);
    FsReopenToWrite(&Test);
    FsReopenByShortName(&Test);
    FsReopenDeleted(&Test);
    FsReopenMoved(&Test);
    FsReopenLocked(&Test);
    return FsEndChecks(L"reopen");
}
