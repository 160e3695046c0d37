// Files that are used while the hosts under them end and start again. Every eight bytes of a file are the tag and their place.
//   put FILE BYTES TAG           write it through the cache, nothing more
//   look FILE BYTES TAG          compare
//   grow FILE TAG SECONDS        one handle writes at the end, reads back what it wrote, and writes that again
//   follow FILE TAG SECONDS      another one reads all that there is, again and again
#include "fstest.h"

enum { FsBlock = 65536, FsPace = 20 }; // bytes; milliseconds

static VOID FsStamp(PULONGLONG Words, ULONGLONG Offset, ULONG Length, ULONGLONG Tag)
{
    for (ULONG i = 0; i < Length / sizeof(ULONGLONG); i++)
        Words[i] = Tag << 56 | (Offset / sizeof(ULONGLONG) + i);
}

static BOOLEAN FsIsStamped(const ULONGLONG *Words, ULONGLONG Offset, ULONG Length, ULONGLONG Tag)
{
    for (ULONG i = 0; i < Length / sizeof(ULONGLONG); i++) {
        if (Words[i] != (Tag << 56 | (Offset / sizeof(ULONGLONG) + i)))
            return FALSE;
    }
    return TRUE;
}

static NTSTATUS FsCheckRange(HANDLE File, PULONGLONG Buffer, ULONGLONG Start, ULONGLONG End,
                             ULONGLONG Tag)
{
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONGLONG At = Start; At < End && NT_SUCCESS(Status); At += FsBlock) {
        ULONG Length = (ULONG)min(End - At, (ULONGLONG)FsBlock), Done = 0;
        RtlZeroMemory(Buffer, Length);
        Status = FsRead(File, At, Buffer, Length, &Done);
        if (NT_SUCCESS(Status) && (Done != Length || !FsIsStamped(Buffer, At, Length, Tag))) {
            ConPrint(L"wrong data at %llu, %lu bytes of %lu\n", At, Done, Length);
            Status = STATUS_DATA_ERROR;
        }
    }
    return Status;
}

static NTSTATUS FsStampRange(HANDLE File, PULONGLONG Buffer, ULONGLONG Start, ULONGLONG End,
                             ULONGLONG Tag)
{
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONGLONG At = Start; At < End && NT_SUCCESS(Status); At += FsBlock) {
        ULONG Length = (ULONG)min(End - At, (ULONGLONG)FsBlock), Done;
        FsStamp(Buffer, At, Length, Tag);
        Status = FsWrite(File, At, Buffer, Length, &Done);
    }
    return Status;
}

static NTSTATUS FsSay(PCWSTR What, NTSTATUS Status)
{
    ConPrint(L"%ws: %08lx\n", What, Status);
    return Status;
}

NTSTATUS FsPut(PWSTR *Words, ULONG Count)
{
    HANDLE File;
    UNREFERENCED_PARAMETER(Count);
    NTSTATUS Status =
        FsOpenPath(Words[0], FILE_WRITE_DATA, FILE_SHARE_READ, FILE_OVERWRITE_IF, 0, &File);
    if (NT_SUCCESS(Status)) {
        Status = FsStampRange(File, FsAllocate(FsBlock), 0, FsNumber(Words[1]), FsNumber(Words[2]));
        NtClose(File);
    }
    return FsSay(L"put", Status);
}

NTSTATUS FsLook(PWSTR *Words, ULONG Count)
{
    HANDLE File;
    UNREFERENCED_PARAMETER(Count);
    NTSTATUS Status = FsOpenPath(Words[0], FILE_READ_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                 FILE_OPEN, 0, &File);
    if (NT_SUCCESS(Status)) {
        Status = FsCheckRange(File, FsAllocate(FsBlock), 0, FsNumber(Words[1]), FsNumber(Words[2]));
        NtClose(File);
    }
    return FsSay(L"look", Status);
}

// ---- For some time

static ULONGLONG FsEnd(PCWSTR Seconds)
{
    LARGE_INTEGER Now;
    NtQuerySystemTime(&Now);
    return (ULONGLONG)Now.QuadPart + FsNumber(Seconds) * 10000000;
}

static BOOLEAN FsGoesOn(ULONGLONG End)
{
    LARGE_INTEGER Now, Moment = {.QuadPart = -10000 * FsPace};
    NtDelayExecution(FALSE, &Moment);
    NtQuerySystemTime(&Now);
    return (ULONGLONG)Now.QuadPart < End;
}

NTSTATUS FsGrow(PWSTR *Words, ULONG Count)
{
    enum { Step = 12288, Most = 16 << 20 };
    ULONGLONG Size = 0, Tag = FsNumber(Words[1]), End = FsEnd(Words[2]);
    PULONGLONG Buffer = FsAllocate(FsBlock);
    FS_RANDOM Random = {.State = 1234567};
    HANDLE File;
    UNREFERENCED_PARAMETER(Count);
    NTSTATUS Status = FsOpenPath(Words[0], FILE_READ_DATA | FILE_WRITE_DATA,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OVERWRITE_IF, 0, &File);
    if (!NT_SUCCESS(Status))
        return FsSay(L"grow", Status);
    ConPrint(L"it grows\n");
    do {
        if (Size < Most) {
            Status = FsStampRange(File, Buffer, Size, Size + Step, Tag);
            Size += NT_SUCCESS(Status) ? Step : 0;
        }
        ULONGLONG At = FsRandom(&Random, (ULONG)(Size / 4096 + 1)) * 4096ull;
        ULONGLONG To = min(At + 16384, Size);
        if (NT_SUCCESS(Status))
            Status = FsCheckRange(File, Buffer, At, To, Tag);
        if (NT_SUCCESS(Status))
            Status = FsStampRange(File, Buffer, At, To, Tag);
    } while (NT_SUCCESS(Status) && FsGoesOn(End));
    NtClose(File);
    ConPrint(L"grown to %llu\n", Size);
    return FsSay(L"grow", Status);
}

static NTSTATUS FsFileSize(HANDLE File, PULONGLONG Size)
{
    FILE_STANDARD_INFORMATION Standard;
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status = NtQueryInformationFile(File, &IoStatus, &Standard, sizeof(Standard),
                                             FileStandardInformation);
    *Size = (ULONGLONG)Standard.EndOfFile.QuadPart;
    return Status;
}

NTSTATUS FsFollow(PWSTR *Words, ULONG Count)
{
    ULONGLONG Size, End = FsEnd(Words[2]), Rounds = 0;
    PULONGLONG Buffer = FsAllocate(FsBlock);
    HANDLE File;
    UNREFERENCED_PARAMETER(Count);
    NTSTATUS Status = FsOpenPath(Words[0], FILE_READ_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                 FILE_OPEN, 0, &File);
    if (!NT_SUCCESS(Status))
        return FsSay(L"follow", Status);
    do {
        Status = FsFileSize(File, &Size);
        if (NT_SUCCESS(Status))
            Status = FsCheckRange(File, Buffer, 0, Size, FsNumber(Words[1]));
        Rounds++;
    } while (NT_SUCCESS(Status) && FsGoesOn(End));
    NtClose(File);
    ConPrint(L"followed %llu times\n", Rounds);
    return FsSay(L"follow", Status);
}
