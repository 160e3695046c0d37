// Copying a file: contents, time of the last write, attributes.

#include "nativep.h"

#include "shell.h"

constexpr SIZE_T CopyBlock = 256 * 1024;

typedef struct _SYSP_COPY {
    HANDLE From, To;
    PUCHAR Block; // of CopyBlock bytes, aligned to pages
    ULONGLONG Size, Done;
    ULONGLONG Start; // where in the target
    SYS_PROGRESS *Progress;
    PVOID Context;
} SYSP_COPY;

static PUCHAR SyspAllocateBlocks(ULONG Count)
{
    PVOID Base = nullptr;
    SIZE_T Size = Count * CopyBlock;
    NTSTATUS Status =
        NtAllocateVirtualMemory(NtCurrentProcess(), &Base, 0, &Size, MEM_COMMIT, PAGE_READWRITE);
    return NT_SUCCESS(Status) ? Base : nullptr;
}

static VOID SyspFreeBlocks(PVOID Base)
{
    SIZE_T Size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &Base, &Size, MEM_RELEASE);
}

static NTSTATUS SyspWriteAll(HANDLE File, PVOID Block, ULONG Length)
{
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status =
        NtWriteFile(File, nullptr, nullptr, nullptr, &IoStatus, Block, Length, nullptr, nullptr);
    if (NT_SUCCESS(Status) && IoStatus.Information != Length)
        return STATUS_DISK_FULL;
    return Status;
}

static NTSTATUS SyspCopyContents(SYSP_COPY *Copy)
{
    ULONG Read;
    for (;;) {
        NTSTATUS Status = FileRead(Copy->From, Copy->Block, CopyBlock, &Read);
        if (Status == STATUS_END_OF_FILE)
            return STATUS_SUCCESS;
        if (NT_SUCCESS(Status))
            Status = SyspWriteAll(Copy->To, Copy->Block, Read);
        if (!NT_SUCCESS(Status))
            return Status;
        Copy->Done += Read;
        if (Copy->Progress && !Copy->Progress(Copy->Context, Copy->Done, Copy->Size))
            return STATUS_CANCELLED;
    }
}

// Space for all of it at once lies together, and is known to be there. What has no size (a pipe, a device)
// or cannot reserve space is written all the same.
static NTSTATUS SyspReserve(SYSP_COPY *Copy)
{
    IO_STATUS_BLOCK IoStatus;
    FILE_STANDARD_INFORMATION Standard;
    FILE_ALLOCATION_INFORMATION Allocation;
    NTSTATUS Status = NtQueryInformationFile(Copy->From, &IoStatus, &Standard, sizeof(Standard),
                                             FileStandardInformation);
    if (!NT_SUCCESS(Status))
        return STATUS_SUCCESS;
    Copy->Size = (ULONGLONG)Standard.EndOfFile.QuadPart;
    Allocation.AllocationSize = Standard.EndOfFile;
    Status = NtSetInformationFile(Copy->To, &IoStatus, &Allocation, sizeof(Allocation),
                                  FileAllocationInformation);
    return Status == STATUS_DISK_FULL ? Status : STATUS_SUCCESS;
}

static VOID SyspCopyTimes(HANDLE From, HANDLE To)
{
    IO_STATUS_BLOCK IoStatus;
    FILE_BASIC_INFORMATION Basic;
    if (!NT_SUCCESS(
            NtQueryInformationFile(From, &IoStatus, &Basic, sizeof(Basic), FileBasicInformation)))
        return;
    // Of a copy, the creation and the last access are its own.
    Basic.CreationTime.QuadPart = Basic.LastAccessTime.QuadPart = Basic.ChangeTime.QuadPart = 0;
    Basic.FileAttributes |= FILE_ATTRIBUTE_ARCHIVE;
    NtSetInformationFile(To, &IoStatus, &Basic, sizeof(Basic), FileBasicInformation);
}

static ULONGLONG SyspSizeOf(HANDLE File)
{
    IO_STATUS_BLOCK IoStatus;
    FILE_STANDARD_INFORMATION Standard;
    NTSTATUS Status = NtQueryInformationFile(File, &IoStatus, &Standard, sizeof(Standard),
                                             FileStandardInformation);
    return NT_SUCCESS(Status) ? (ULONGLONG)Standard.EndOfFile.QuadPart : 0;
}

// The end is known by the sizes: what is read without a cache cannot go on where no sector begins.
static NTSTATUS SyspCompare(HANDLE Source, HANDLE Copy, ULONGLONG Start, PUCHAR Blocks)
{
    ULONG Read, Written;
    for (ULONGLONG Done = Start;; Done += Read) {
        NTSTATUS Status = FileRead(Source, Blocks, CopyBlock, &Read);
        if (Status == STATUS_END_OF_FILE)
            return SyspSizeOf(Copy) == Done ? STATUS_SUCCESS : STATUS_DATA_ERROR;
        if (NT_SUCCESS(Status))
            Status = FileRead(Copy, Blocks + CopyBlock, CopyBlock, &Written);
        if (Status == STATUS_END_OF_FILE)
            return STATUS_DATA_ERROR;
        if (!NT_SUCCESS(Status))
            return Status;
        if (Read != Written || memcmp(Blocks, Blocks + CopyBlock, Read) != 0)
            return STATUS_DATA_ERROR;
    }
}

// The copy as it is on the disk; what was appended behind Start as the cache has it after a flush, for only
// whole sectors come without.
static NTSTATUS SyspVerify(PCWSTR From, PCWSTR To, ULONGLONG Start, PUCHAR Blocks)
{
    HANDLE Source, Copy;
    IO_STATUS_BLOCK IoStatus;
    FILE_POSITION_INFORMATION Position = {.CurrentByteOffset.QuadPart = (LONGLONG)Start};
    NTSTATUS Status =
        FileOpen(From, FILE_GENERIC_READ, FILE_OPEN, FILE_SEQUENTIAL_ONLY, FALSE, &Source);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = FileOpen(To, FILE_GENERIC_READ, FILE_OPEN, Start ? 0 : FILE_NO_INTERMEDIATE_BUFFERING,
                      FALSE, &Copy);
    if (NT_SUCCESS(Status)) {
        if (Start)
            Status = NtSetInformationFile(Copy, &IoStatus, &Position, sizeof(Position),
                                          FilePositionInformation);
        if (NT_SUCCESS(Status))
            Status = SyspCompare(Source, Copy, Start, Blocks);
        NtClose(Copy);
    }
    NtClose(Source);
    return Status;
}

static NTSTATUS SyspCopyInto(SYSP_COPY *Copy, PCWSTR To, ULONG Flags)
{
    ULONG Disposition = Flags & SysCopyAppend ? FILE_OPEN : FILE_OVERWRITE_IF;
    ACCESS_MASK Access = Flags & SysCopyAppend
                             ? FILE_APPEND_DATA | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES
                             : FILE_GENERIC_WRITE;
    NTSTATUS Status = FileOpen(To, Access, Disposition,
                               FILE_NON_DIRECTORY_FILE | FILE_SEQUENTIAL_ONLY, FALSE, &Copy->To);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Flags & SysCopyAppend)
        Copy->Start = SyspSizeOf(Copy->To);
    else
        Status = SyspReserve(Copy);
    if (NT_SUCCESS(Status))
        Status = SyspCopyContents(Copy);
    if (NT_SUCCESS(Status) && Flags & SysCopyVerify) {
        IO_STATUS_BLOCK IoStatus;
        Status = NtFlushBuffersFile(Copy->To, &IoStatus);
    }
    if (NT_SUCCESS(Status) && !(Flags & SysCopyAppend))
        SyspCopyTimes(Copy->From, Copy->To);
    NtClose(Copy->To);
    if (!NT_SUCCESS(Status) && !(Flags & SysCopyAppend))
        SysDelete(To, FALSE); // a part of a file is none
    return Status;
}

NTSTATUS SysCopyFile(PCWSTR From, PCWSTR To, ULONG Flags, SYS_PROGRESS *Progress, PVOID Context)
{
    SYSP_COPY Copy = {.Progress = Progress, .Context = Context};
    Copy.Block = SyspAllocateBlocks(2);
    if (!Copy.Block)
        return STATUS_NO_MEMORY;
    NTSTATUS Status = FileOpen(From, FILE_GENERIC_READ, FILE_OPEN,
                               FILE_NON_DIRECTORY_FILE | FILE_SEQUENTIAL_ONLY, FALSE, &Copy.From);
    if (NT_SUCCESS(Status)) {
        Status = SyspCopyInto(&Copy, To, Flags);
        NtClose(Copy.From);
    }
    if (NT_SUCCESS(Status) && Flags & SysCopyVerify)
        Status = SyspVerify(From, To, Copy.Start, Copy.Block);
    SyspFreeBlocks(Copy.Block);
    return Status;
}
