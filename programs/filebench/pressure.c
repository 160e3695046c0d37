// A program takes all the memory that there is while a file is in the cache: the cache gives way, what fails is this
// program's next request for memory, and the file can be read all the time, and written again as soon as there is some.
#include "core/filebench.h"

#include <native.h>

enum {
    FbPressureBlock = 1 << 20,
    FbMostBlocks = 4096,
    FbPiece = 64 << 10, // of the file
};

static PVOID FbBlocks[FbMostBlocks];
static const char FbPressureFile[] = "pressure.dat";

static VOID FbFill(ULONG *Words, ULONG Bytes, ULONG Seed)
{
    for (ULONG i = 0; i < Bytes / sizeof(ULONG); i++)
        Words[i] = Seed + i;
}

static BOOLEAN FbIsFilled(const ULONG *Words, ULONG Bytes, ULONG Seed)
{
    for (ULONG i = 0; i < Bytes / sizeof(ULONG); i++) {
        if (Words[i] != Seed + i)
            return FALSE;
    }
    return TRUE;
}

static ULONG FbCachePages(VOID)
{
    SYSTEM_PERFORMANCE_INFORMATION Performance = {};
    (VOID) NtQuerySystemInformation(SystemPerformanceInformation, &Performance, sizeof(Performance),
                                    nullptr);
    return Performance.ResidentSystemCachePage;
}

// Each piece is its own number.
static int32_t FbWritePieces(FB_FILE File, ULONG *Buffer, uint32_t Pieces)
{
    int32_t Error = FbRewind(File);
    for (uint32_t i = 0; i < Pieces && Error >= 0; i++) {
        FbFill(Buffer, FbPiece, i << 16);
        Error = FbWriteNext(File, Buffer, FbPiece);
    }
    return Error < 0 ? Error : FbFlush(File);
}

static int32_t FbReadPieces(FB_FILE File, ULONG *Buffer, uint32_t Pieces)
{
    int32_t Error = FbRewind(File);
    for (uint32_t i = 0; i < Pieces && Error >= 0; i++) {
        Error = FbReadNext(File, Buffer, FbPiece);
        if (Error >= 0 && (Error != FbPiece || !FbIsFilled(Buffer, FbPiece, i << 16)))
            Error = STATUS_FILE_CORRUPT_ERROR;
    }
    return Error;
}

// All that the system gives; every page is touched. The status that ended it.
static NTSTATUS FbTakeMemory(PULONG Count)
{
    for (*Count = 0; *Count < FbMostBlocks; ++*Count) {
        PVOID Block = nullptr;
        SIZE_T Size = FbPressureBlock;
        NTSTATUS Status = NtAllocateVirtualMemory(NtCurrentProcess(), &Block, 0, &Size,
                                                  MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
        if (!NT_SUCCESS(Status))
            return Status;
        FbFill(Block, FbPressureBlock, *Count << 20);
        FbBlocks[*Count] = Block;
    }
    return STATUS_SUCCESS;
}

static BOOLEAN FbGiveBack(ULONG Count)
{
    BOOLEAN Good = TRUE;
    for (ULONG i = 0; i < Count; i++) {
        SIZE_T Size = 0;
        Good &= FbIsFilled(FbBlocks[i], FbPressureBlock, i << 20);
        NtFreeVirtualMemory(NtCurrentProcess(), &FbBlocks[i], &Size, MEM_RELEASE);
    }
    return Good;
}

static int32_t FbPress(FB_FILE File, ULONG *Buffer, uint32_t Pieces)
{
    ULONG Taken, Before, Under;
    int32_t Error = FbWritePieces(File, Buffer, Pieces);
    if (Error >= 0)
        Error = FbReadPieces(File, Buffer, Pieces);
    if (Error < 0)
        return Error;
    Before = FbCachePages();
    NTSTATUS End = FbTakeMemory(&Taken);
    Under = FbCachePages();
    Error = FbReadPieces(File, Buffer, Pieces);
    // Data that is to be written is promised memory too: there may be none for it.
    int32_t Written = Error >= 0 ? FbWritePieces(File, Buffer, Pieces) : Error;
    if (Written < 0 && Written != STATUS_COMMITMENT_LIMIT && Written != STATUS_NO_MEMORY &&
        Written != STATUS_INSUFFICIENT_RESOURCES)
        Error = Written;
    BOOLEAN Good = FbGiveBack(Taken);
    if (Error >= 0)
        Error = FbWritePieces(File, Buffer, Pieces);
    if (Error >= 0)
        Error = FbReadPieces(File, Buffer, Pieces);
    if (!Good)
        Error = STATUS_DATA_ERROR;
    FbPrint(
        "{\"taken\": %lu, \"end\": \"%08lx\", \"before\": %lu, \"under\": %lu, \"after\": %lu}\n",
        Taken, (ULONG)End, Before, Under, FbCachePages());
    return Error;
}

int32_t FbPressure(uint32_t Megabytes)
{
    FB_FILE File;
    ULONG *Buffer = FbAllocate(FbPiece);
    int32_t Error = Buffer ? FbOpen(FbPressureFile, FbCreate, &File) : STATUS_NO_MEMORY;
    if (Error < 0)
        return Error;
    Error = FbPress(File, Buffer, Megabytes * (uint32_t)((1 << 20) / FbPiece));
    (void)FbClose(File);
    (void)FbDelete(FbPressureFile);
    return Error;
}
