// What the cache promises.
//   locks FILE                    who has locked a range keeps it, whoever else opens, reads and closes the file
//   replaced FILE                 a file that only a view has brought into memory, written over: what is new in it is zero
//   share FILE NUMBER SECONDS     one of several programs that write their own places of a file and look at the others', by
//                                 NtReadFile and NtWriteFile and in a view, in turns: nothing that was seen is undone
//   settle FILE BYTES             how long it takes until nothing is to be written any more
#include "fstest.h"

static NTSTATUS FsOpenShared(PCWSTR Path, ULONG Disposition, PHANDLE File)
{
    return FsOpenPath(Path, FILE_READ_DATA | FILE_WRITE_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE,
                      Disposition, 0, File);
}

static NTSTATUS FsLock(HANDLE File, ULONGLONG Offset, ULONGLONG Length)
{
    IO_STATUS_BLOCK IoStatus;
    LARGE_INTEGER Start = {.QuadPart = (LONGLONG)Offset}, Size = {.QuadPart = (LONGLONG)Length};
    return NtLockFile(File, NULL, NULL, NULL, &IoStatus, &Start, &Size, 0, TRUE, TRUE);
}

// ---- locks

// Twice: the first read may be what begins to cache the file.
static NTSTATUS FsReadLocked(PCWSTR Path, PVOID Buffer)
{
    HANDLE File;
    ULONG Done;
    NTSTATUS Status = FsOpenShared(Path, FILE_OPEN, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = FsRead(File, 8192, Buffer, 4096, &Done);
    if (NT_SUCCESS(Status))
        Status = FsRead(File, 0, Buffer, 4096, &Done);
    NtClose(File);
    return Status;
}

NTSTATUS FsLockTest(PWSTR *Words, ULONG Count)
{
    PVOID Buffer = FsAllocate(65536);
    HANDLE File;
    ULONG Done;
    UNREFERENCED_PARAMETER(Count);
    NTSTATUS Status = FsOpenShared(Words[0], FILE_OVERWRITE_IF, &File);
    if (NT_SUCCESS(Status))
        Status = FsWrite(File, 0, Buffer, 65536, &Done);
    if (NT_SUCCESS(Status)) {
        NtClose(File); // nobody caches it any more
        Status = FsOpenShared(Words[0], FILE_OPEN, &File);
    }
    if (NT_SUCCESS(Status))
        Status = FsLock(File, 0, 4096);
    if (!NT_SUCCESS(Status)) {
        ConPrint(L"locks: cannot begin: %08lx\n", Status);
        return Status;
    }
    ConPrint(L"locks: %08lx", FsReadLocked(Words[0], Buffer));
    ConPrint(L" %08lx", FsReadLocked(Words[0], Buffer));
    NtClose(File);
    ConPrint(L", then %08lx\n", FsReadLocked(Words[0], Buffer));
    return STATUS_SUCCESS;
}

// ---- replaced

enum { FsReplacedBytes = 20480 };

static NTSTATUS FsMakeUncached(PCWSTR Path, PUCHAR Buffer)
{
    HANDLE File;
    ULONG Done;
    NTSTATUS Status = FsOpenPath(Path, FILE_WRITE_DATA, 0, FILE_OVERWRITE_IF,
                                 FILE_NO_INTERMEDIATE_BUFFERING, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    memset(Buffer, 'x', FsReplacedBytes);
    Status = FsWrite(File, 0, Buffer, FsReplacedBytes, &Done);
    NtClose(File);
    return Status;
}

// All of it, by a view that is gone then.
static NTSTATUS FsTouchByView(PCWSTR Path)
{
    HANDLE File, Section;
    PUCHAR View = NULL;
    SIZE_T Size = 0;
    NTSTATUS Status = FsOpenShared(Path, FILE_OPEN, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status =
        NtCreateSection(&Section, SECTION_MAP_READ, NULL, NULL, PAGE_READONLY, SEC_COMMIT, File);
    NtClose(File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtMapViewOfSection(Section, NtCurrentProcess(), (PVOID *)&View, 0, 0, NULL, &Size,
                                ViewUnmap, 0, PAGE_READONLY);
    NtClose(Section);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; i < FsReplacedBytes; i += 4096) {
        if (View[i] != 'x')
            Status = STATUS_DATA_ERROR;
    }
    NtUnmapViewOfSection(NtCurrentProcess(), View);
    return Status;
}

NTSTATUS FsReplaced(PWSTR *Words, ULONG Count)
{
    PUCHAR Buffer = FsAllocate(FsReplacedBytes);
    LARGE_INTEGER Size = {.QuadPart = FsReplacedBytes};
    HANDLE File;
    ULONG Done = 0, Wrong = 0;
    UNREFERENCED_PARAMETER(Count);
    NTSTATUS Status = FsMakeUncached(Words[0], Buffer);
    if (NT_SUCCESS(Status))
        Status = FsTouchByView(Words[0]);
    if (NT_SUCCESS(Status))
        Status = FsOpenShared(Words[0], FILE_OVERWRITE, &File);
    if (!NT_SUCCESS(Status)) {
        ConPrint(L"replaced: cannot begin: %08lx\n", Status);
        return Status;
    }
    Status = FsSet(File, FileEndOfFileInformation, &Size, sizeof(Size));
    if (NT_SUCCESS(Status))
        Status = FsRead(File, 0, Buffer, FsReplacedBytes, &Done);
    NtClose(File);
    for (ULONG i = 0; i < Done; i++)
        Wrong += Buffer[i] != 0;
    ConPrint(L"replaced: %08lx, %lu bytes, %lu of them not zero\n", Status, Done, Wrong);
    return Status;
}

// ---- share

enum { FsSharers = 4, FsPlaces = 64, FsStride = 2056 }; // bytes: places lie across pages

typedef struct _FS_SHARE {
    HANDLE File;
    PUCHAR View;
    ULONGLONG Seen[FsSharers][FsPlaces];
    FS_RANDOM Random;
} FS_SHARE;

static ULONGLONG FsPlaceOf(ULONG Sharer, ULONG Place)
{
    return ((ULONGLONG)Place * FsSharers + Sharer) * FsStride;
}

static NTSTATUS FsGet(FS_SHARE *Share, ULONGLONG Offset, PULONGLONG Value)
{
    ULONG Done;
    if (FsRandom(&Share->Random, 2)) {
        *Value = *(volatile ULONGLONG *)(Share->View + Offset);
        return STATUS_SUCCESS;
    }
    return FsRead(Share->File, Offset, Value, sizeof(*Value), &Done);
}

static NTSTATUS FsPutValue(FS_SHARE *Share, ULONGLONG Offset, ULONGLONG Value)
{
    ULONG Done;
    if (FsRandom(&Share->Random, 2)) {
        *(volatile ULONGLONG *)(Share->View + Offset) = Value;
        return STATUS_SUCCESS;
    }
    return FsWrite(Share->File, Offset, &Value, sizeof(Value), &Done);
}

static NTSTATUS FsFlushSome(FS_SHARE *Share)
{
    IO_STATUS_BLOCK IoStatus;
    PVOID Base = Share->View;
    SIZE_T Size = 65536;
    if (FsRandom(&Share->Random, 2))
        return NtFlushBuffersFile(Share->File, &IoStatus);
    return NtFlushVirtualMemory(NtCurrentProcess(), &Base, &Size, &IoStatus);
}

static NTSTATUS FsShareStep(FS_SHARE *Share, ULONG Own)
{
    ULONG Sharer = FsRandom(&Share->Random, FsSharers), Place = FsRandom(&Share->Random, FsPlaces);
    ULONGLONG Offset = FsPlaceOf(Sharer, Place), Value, *Seen = &Share->Seen[Sharer][Place];
    NTSTATUS Status = STATUS_SUCCESS;
    if (Sharer == Own) {
        Status = FsPutValue(Share, Offset, ++*Seen);
        if (!FsRandom(&Share->Random, 500) && NT_SUCCESS(Status))
            Status = FsFlushSome(Share);
    }
    if (NT_SUCCESS(Status))
        Status = FsGet(Share, Offset, &Value);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Value < *Seen || (Sharer == Own && Value != *Seen)) {
        ConPrint(L"share: place %lu of %lu went from %llu to %llu\n", Place, Sharer, *Seen, Value);
        return STATUS_DATA_ERROR;
    }
    *Seen = Value;
    return Status;
}

static NTSTATUS FsMapShared(FS_SHARE *Share)
{
    HANDLE Section;
    SIZE_T Size = 0;
    LARGE_INTEGER Length = {.QuadPart = FsSharers * FsPlaces * FsStride};
    PVOID View = NULL;
    NTSTATUS Status = NtCreateSection(&Section, SECTION_MAP_READ | SECTION_MAP_WRITE, NULL, &Length,
                                      PAGE_READWRITE, SEC_COMMIT, Share->File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtMapViewOfSection(Section, NtCurrentProcess(), &View, 0, 0, NULL, &Size, ViewUnmap, 0,
                                PAGE_READWRITE);
    Share->View = View;
    NtClose(Section);
    return Status;
}

static ULONGLONG FsNow(VOID)
{
    LARGE_INTEGER Now;
    NtQuerySystemTime(&Now);
    return (ULONGLONG)Now.QuadPart / 10000; // milliseconds
}

NTSTATUS FsShare(PWSTR *Words, ULONG Count)
{
    FS_SHARE *Share = FsAllocate(sizeof(*Share));
    ULONG Own = (ULONG)FsNumber(Words[1]);
    ULONGLONG Steps = 0, End = FsNow() + 1000 * FsNumber(Words[2]);
    UNREFERENCED_PARAMETER(Count);
    Share->Random.State = 77 + Own;
    NTSTATUS Status = Own < FsSharers ? FsOpenShared(Words[0], FILE_OPEN_IF, &Share->File)
                                      : STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(Status))
        Status = FsMapShared(Share);
    for (; NT_SUCCESS(Status) && FsNow() < End; Steps++) {
        for (ULONG i = 0; i < 20 && NT_SUCCESS(Status); i++)
            Status = FsShareStep(Share, Own);
    }
    ConPrint(L"share %lu: %08lx after %llu\n", Own, Status, 20 * Steps);
    return Status;
}

// ---- settle

static NTSTATUS FsDirtyPages(PULONG Pages)
{
    static SYSTEM_PERFORMANCE_INFORMATION Performance;
    ULONG Length;
    NTSTATUS Status = NtQuerySystemInformation(SystemPerformanceInformation, &Performance,
                                               sizeof(Performance), &Length);
    *Pages = Performance.CcTotalDirtyPages;
    return Status;
}

// The file stays open, and is mapped.
NTSTATUS FsSettle(PWSTR *Words, ULONG Count)
{
    enum { Longest = 60000 }; // milliseconds
    ULONG Length = (ULONG)FsNumber(Words[1]), Done, Pages = 0, Most = 0;
    FS_SHARE *Share = FsAllocate(sizeof(*Share));
    LARGE_INTEGER Moment = {.QuadPart = -200000};
    UNREFERENCED_PARAMETER(Count);
    NTSTATUS Status = FsOpenShared(Words[0], FILE_OVERWRITE_IF, &Share->File);
    if (NT_SUCCESS(Status))
        Status = FsWrite(Share->File, 0, FsAllocate(Length), Length, &Done);
    if (NT_SUCCESS(Status))
        Status = FsMapShared(Share);
    for (ULONG i = 0; NT_SUCCESS(Status) && i < Length; i += 4096)
        *(volatile UCHAR *)(Share->View + i) = 1;
    ULONGLONG Start = FsNow(), Taken = 0;
    while (NT_SUCCESS(Status) && NT_SUCCESS(FsDirtyPages(&Pages)) && Pages && Taken < Longest) {
        Most = max(Most, Pages);
        NtDelayExecution(FALSE, &Moment);
        Taken = FsNow() - Start;
    }
    ConPrint(L"settle: %08lx, %lu pages, %lu left after %llu ms\n", Status, Most, Pages, Taken);
    return Status;
}
