// keep DRIVE SECONDS: what a program has of its open files (locks, one that waits, a change that is waited for, files that are
// to be deleted) while their file system's host ends and another one starts.
#include "calls.h"

typedef struct _FS_KEPT {
    PCWSTR Drive;
    FS_WAITING Owner, Other, Waiter, Watcher;
    HANDLE Doomed, DoomedToo, Going, Left, Saved, SavedToo;
    UCHAR Told[512];
} FS_KEPT;

static VOID FsDoom(HANDLE File, BOOLEAN Delete)
{
    FILE_DISPOSITION_INFORMATION Disposition = {.DeleteFile = Delete};
    FsCheck(L"disposition", STATUS_SUCCESS,
            FsSet(File, FileDispositionInformation, &Disposition, sizeof(Disposition)));
}

static NTSTATUS FsTryOpen(PCWSTR Drive, PCWSTR Name)
{
    WCHAR Path[300];
    HANDLE File;
    swprintf_s(Path, RTL_NUMBER_OF(Path), L"%ws\\%ws", Drive, Name);
    NTSTATUS Status = FsOpenPath(Path, FILE_READ_DATA, 7, FILE_OPEN, 0, &File);
    if (NT_SUCCESS(Status))
        NtClose(File);
    return Status;
}

static VOID FsKeepLocks(FS_KEPT *Kept)
{
    UCHAR Data[1000] = {};
    ULONG Done;
    HANDLE File = FsMake(Kept->Drive, L"kept.bin", 0);
    FsCheck(L"write", STATUS_SUCCESS, FsWrite(File, 0, Data, sizeof(Data), &Done));
    NtClose(File);
    FsOpenWaiting(Kept->Drive, L"kept.bin", 0, &Kept->Owner);
    FsOpenWaiting(Kept->Drive, L"kept.bin", 0, &Kept->Other);
    FsOpenWaiting(Kept->Drive, L"kept.bin", 0, &Kept->Waiter);
    FsCheck(L"lock", STATUS_SUCCESS, FsLockNow(&Kept->Owner, 0, 100));
    FsCheck(L"lock that is given back", STATUS_SUCCESS, FsLockNow(&Kept->Owner, 500, 10));
    FsCheck(L"giving back", STATUS_SUCCESS, FsUnlockRange(&Kept->Owner, 500, 10));
    FsCheck(L"other's lock", STATUS_SUCCESS, FsLockNow(&Kept->Other, 200, 100));
    FsCheck(L"lock that waits", STATUS_PENDING, FsLockRange(&Kept->Waiter, 50, 10, FALSE));
}

static VOID FsKeepFiles(FS_KEPT *Kept)
{
    NtClose(FsMake(Kept->Drive, L"watched", FILE_DIRECTORY_FILE));
    FsOpenWaiting(Kept->Drive, L"watched", FILE_DIRECTORY_FILE, &Kept->Watcher);
    FsCheck(L"watch", STATUS_PENDING,
            FsWatch(&Kept->Watcher, Kept->Told, sizeof(Kept->Told), FALSE));
    Kept->Doomed = FsMake(Kept->Drive, L"doomed.bin", 0);
    Kept->DoomedToo = FsMake(Kept->Drive, L"doomed.bin", 0);
    FsDoom(Kept->Doomed, TRUE);
    Kept->Going = FsMake(Kept->Drive, L"going.bin", FILE_DELETE_ON_CLOSE);
}

// Deletion that another handle is left with, and one that another handle has taken back.
static VOID FsKeepShared(FS_KEPT *Kept)
{
    HANDLE First = FsMake(Kept->Drive, L"left.bin", 0);
    Kept->Left = FsMake(Kept->Drive, L"left.bin", 0);
    FsDoom(First, TRUE);
    NtClose(First);
    Kept->Saved = FsMake(Kept->Drive, L"saved.bin", 0);
    Kept->SavedToo = FsMake(Kept->Drive, L"saved.bin", 0);
    FsDoom(Kept->Saved, TRUE);
    FsDoom(Kept->SavedToo, FALSE);
}

static NTSTATUS FsReadOne(FS_WAITING *Waiting, ULONG Offset)
{
    LARGE_INTEGER At = {.QuadPart = Offset};
    ULONG Key = 1; // FsLockRange's
    UCHAR Data;
    NTSTATUS Status = NtReadFile(Waiting->File, Waiting->Event, NULL, NULL, &Waiting->IoStatus,
                                 &Data, sizeof(Data), &At, &Key);
    return Status == STATUS_PENDING ? FsAwait(Waiting, 60000) : Status;
}

static VOID FsCheckLocks(FS_KEPT *Kept)
{
    FsCheck(L"read of what is locked", STATUS_FILE_LOCK_CONFLICT, FsReadOne(&Kept->Other, 10));
    FsCheck(L"read of one's own", STATUS_SUCCESS, FsReadOne(&Kept->Other, 210));
    FsCheck(L"lock of what is locked", STATUS_LOCK_NOT_GRANTED, FsLockNow(&Kept->Other, 90, 1));
    FsCheck(L"lock of the other's", STATUS_LOCK_NOT_GRANTED, FsLockNow(&Kept->Owner, 299, 1));
    FsCheck(L"lock of what is free", STATUS_SUCCESS, FsLockNow(&Kept->Other, 500, 10));
    FsCheck(L"it waits", STATUS_TIMEOUT, FsAwait(&Kept->Waiter, 100));
    FsCheck(L"unlock", STATUS_SUCCESS, FsUnlockRange(&Kept->Owner, 0, 100));
    FsCheck(L"it has waited", STATUS_SUCCESS, FsAwait(&Kept->Waiter, 10000));
    FsCheck(L"once only", STATUS_RANGE_NOT_LOCKED, FsUnlockRange(&Kept->Owner, 0, 100));
    FsCloseWaiting(&Kept->Waiter);
    FsCheck(L"lock when it has closed", STATUS_SUCCESS, FsLockNow(&Kept->Owner, 50, 10));
    FsCloseWaiting(&Kept->Other);
    FsCloseWaiting(&Kept->Owner);
}

static VOID FsCheckFiles(FS_KEPT *Kept)
{
    NtClose(FsMake(Kept->Drive, L"watched\\new.txt", 0));
    FsCheck(L"change", STATUS_SUCCESS, FsAwait(&Kept->Watcher, 10000));
    FsCloseWaiting(&Kept->Watcher);
    FsCheck(L"open of the doomed", STATUS_DELETE_PENDING, FsTryOpen(Kept->Drive, L"doomed.bin"));
    NtClose(Kept->Doomed);
    FsCheck(L"open while one has it", STATUS_DELETE_PENDING, FsTryOpen(Kept->Drive, L"doomed.bin"));
    NtClose(Kept->DoomedToo);
    FsCheck(L"open of what was doomed", STATUS_OBJECT_NAME_NOT_FOUND,
            FsTryOpen(Kept->Drive, L"doomed.bin"));
    NtClose(Kept->Going);
    FsCheck(L"open of what has gone", STATUS_OBJECT_NAME_NOT_FOUND,
            FsTryOpen(Kept->Drive, L"going.bin"));
}

static VOID FsCheckShared(FS_KEPT *Kept)
{
    FsCheck(L"open of what is left", STATUS_DELETE_PENDING, FsTryOpen(Kept->Drive, L"left.bin"));
    NtClose(Kept->Left);
    FsCheck(L"open of what was left", STATUS_OBJECT_NAME_NOT_FOUND,
            FsTryOpen(Kept->Drive, L"left.bin"));
    NtClose(Kept->Saved);
    FsCheck(L"open of the saved", STATUS_SUCCESS, FsTryOpen(Kept->Drive, L"saved.bin"));
    FsDoom(Kept->SavedToo, TRUE);
    NtClose(Kept->SavedToo);
}

NTSTATUS FsKeep(PWSTR *Words, ULONG Count)
{
    static FS_KEPT Kept;
    LARGE_INTEGER Time = {.QuadPart = -10000000ll * (LONGLONG)FsNumber(Words[1])};
    UNREFERENCED_PARAMETER(Count);
    Kept.Drive = Words[0];
    FsKeepLocks(&Kept);
    FsKeepFiles(&Kept);
    FsKeepShared(&Kept);
    ConPrint(L"it is kept\n");
    NtDelayExecution(FALSE, &Time);
    FsCheckLocks(&Kept);
    FsCheckFiles(&Kept);
    FsCheckShared(&Kept);
    return FsEndChecks(L"keep");
}
