// Files and logs as a disk may give them back: the input's bytes laid over a hive and the log of a flush of it, with
// right checksums and, if the input says so, right hashes. What comes out of it opens or is refused.
#include <stdint.h>
#include <stdlib.h>

#include "hive/hivep.h"

#include "hive_file.h"

enum { MAX_LOG = 1 << 17, ENTRY = 512, CHECKSUM_WORDS = 127 };

static PUCHAR File, Log;
static ULONG FileSize, LogSize;

static VOID MakeOriginals(VOID)
{
    static const UCHAR Data[9000] = {1, 2, 3};
    static const UNICODE_STRING Name = RTL_CONSTANT_STRING(L"ROOT");
    HIVE Hive;
    HIVE_FLUSH Flush;
    HCELL Key;
    ULONG Length;
    HvCreate(&Hive, &HostHiveOperations, nullptr, &Name, TestDescriptor(0, &Length));
    File = HiveToFile(&Hive, &FileSize);
    HvCreateSubkey(&Hive, HvRootKey(&Hive), &Name, nullptr, 0, nullptr, &Key);
    HvSetValue(&Hive, Key, &Name, 1, Data, sizeof(Data));
    if (!NT_SUCCESS(HvBeginFlush(&Hive, &Flush)))
        abort();
    LogSize = Flush.LogSize;
    Log = malloc(LogSize);
    __builtin_memcpy(Log, Flush.Log, LogSize);
    HvEndFlush(&Flush);
    HvClose(&Hive);
}

static VOID FixChecksum(PUCHAR Block)
{
    ULONG *Words = (PVOID)Block, Sum = 0;
    for (ULONG Index = 0; Index < CHECKSUM_WORDS; Index++)
        Sum ^= Words[Index];
    Words[CHECKSUM_WORDS] = Sum == 0 ? 1 : Sum == MAXULONG ? MAXULONG - 1 : Sum;
}

// Patches of six bytes: which (bit 15) and where (2), what (4).
static VOID Patch(PUCHAR NewFile, PUCHAR NewLog, const uint8_t *Data, size_t Size)
{
    for (; Size >= 6; Data += 6, Size -= 6) {
        ULONG At = (ULONG)(Data[0] | Data[1] << 8), Place = At & 0x7FFF;
        PUCHAR Target = At & 0x8000 ? NewFile : NewLog;
        ULONG Room = At & 0x8000 ? FileSize : LogSize;
        __builtin_memcpy(Target + Place % (Room - 4), Data + 2, 4);
    }
    FixChecksum(NewFile);
    FixChecksum(NewLog);
}

static VOID TryOpen(PUCHAR NewFile, PUCHAR NewLog)
{
    HIVE Hive;
    HIVE_FLUSH Flush;
    if (!NT_SUCCESS(
            HvReadLog(&HostHiveOperations, nullptr, NewFile, FileSize, NewLog, LogSize, &Flush)))
        return;
    ULONG Size = HvFlushedSize(&Flush);
    if (Size <= MAX_LOG) {
        PUCHAR Image = calloc(1, Size > FileSize ? Size : FileSize);
        __builtin_memcpy(Image, NewFile, FileSize);
        HvApplyFlush(&Flush, Image);
        if (NT_SUCCESS(HvOpen(&Hive, &HostHiveOperations, nullptr, Image, Size))) {
            if (HvCheck(&Hive) != STATUS_SUCCESS)
                abort();
            HvClose(&Hive);
        }
        free(Image);
    }
    HvEndFlush(&Flush);
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size);

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size)
{
    if (!File)
        MakeOriginals();
    PUCHAR NewFile = malloc(FileSize), NewLog = malloc(LogSize);
    __builtin_memcpy(NewFile, File, FileSize);
    __builtin_memcpy(NewLog, Log, LogSize);
    if (Size) {
        Patch(NewFile, NewLog, Data + 1, Size - 1);
        PLOG_ENTRY Entry = (PLOG_ENTRY)(NewLog + ENTRY);
        if ((Data[0] & 1) && Entry->Size >= sizeof(*Entry) && Entry->Size <= LogSize - ENTRY)
            HvpHashLogEntry(Entry);
    }
    TryOpen(NewFile, NewLog);
    if (HiveBlocks)
        abort();
    free(NewFile);
    free(NewLog);
    return 0;
}
