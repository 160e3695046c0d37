// The base block, and what is to be written to the file.
#include "hivep.h"

ULONG HvpChecksum(const HIVE_BASE_BLOCK *Block)
{
    const ULONG *Words = (const ULONG *)Block;
    ULONG Sum = 0;
    for (ULONG Index = 0; Index < HIVE_CHECKSUM_WORDS; Index++)
        Sum ^= Words[Index];
    if (Sum == 0)
        return 1;
    return Sum == MAXULONG ? MAXULONG - 1 : Sum;
}

VOID HvpInitializeBaseBlock(PHIVE Hive)
{
    *Hive->BaseBlock = (HIVE_BASE_BLOCK){
        .Signature = HIVE_SIGNATURE,
        .PrimarySequence = 1,
        .SecondarySequence = 1,
        .MajorVersion = HIVE_MAJOR,
        .MinorVersion = HIVE_MINOR,
        .FileFormat = HIVE_FORMAT_MEMORY,
        .RootCell = HCELL_NIL,
        .ClusteringFactor = 1,
    };
}

ULONG HvFileSize(const HIVE *Hive)
{
    return HIVE_BASE_BLOCK_SIZE + Hive->Stores[STABLE].Size;
}

static ULONG NextDirtyRun(const HIVE *Hive, ULONG Page, PULONG Start)
{
    const HIVE_STORE *Store = &Hive->Stores[STABLE];
    RTL_BITMAP Used = {Store->Size / HIVE_PAGE_SIZE, Store->Dirty.Buffer};
    return RtlFindNextForwardRunSet(&Used, Page, Start);
}

BOOLEAN HvIsDirty(const HIVE *Hive)
{
    ULONG Start;
    return NextDirtyRun(Hive, 0, &Start) != 0;
}

VOID HvMarkAllDirty(PHIVE Hive)
{
    RtlSetBits(&Hive->Stores[STABLE].Dirty, 0, Hive->Stores[STABLE].Size / HIVE_PAGE_SIZE);
}

// The hive is going to be written over the file of another: all of it, as that one's next state.
VOID HvContinueFile(PHIVE Hive, const HIVE *Before)
{
    Hive->BaseBlock->PrimarySequence = Before->BaseBlock->PrimarySequence;
    Hive->BaseBlock->SecondarySequence = Before->BaseBlock->SecondarySequence;
    HvMarkAllDirty(Hive);
}

// The name's last 31 characters, as Windows keeps them: for people who look at the file.
VOID HvSetFileName(PHIVE Hive, PCUNICODE_STRING FileName)
{
    ULONG Count = FileName->Length / sizeof(WCHAR);
    ULONG Kept = RtlpMin(Count, (ULONG)RTL_NUMBER_OF(Hive->BaseBlock->FileName) - 1);
    memset(Hive->BaseBlock->FileName, 0, sizeof(Hive->BaseBlock->FileName));
    memcpy(Hive->BaseBlock->FileName, FileName->Buffer + Count - Kept, Kept * sizeof(WCHAR));
}

VOID HvBeginWrite(PHIVE Hive)
{
    PHIVE_BASE_BLOCK Block = Hive->BaseBlock;
    LARGE_INTEGER Time = Hive->Operations->GetTime(Hive->Context);
    Block->PrimarySequence = Block->SecondarySequence + 1;
    Block->LastWriteLow = Time.LowPart;
    Block->LastWriteHigh = (ULONG)Time.HighPart;
    Block->BinsSize = Hive->Stores[STABLE].Size;
    Block->Checksum = HvpChecksum(Block);
}

const VOID *HvBaseBlock(const HIVE *Hive)
{
    return Hive->BaseBlock;
}

BOOLEAN HvNextDirtyRange(const HIVE *Hive, PULONG Offset, PULONG Length, const VOID **Data)
{
    ULONG From = *Offset < HIVE_BASE_BLOCK_SIZE ? 0 : *Offset - HIVE_BASE_BLOCK_SIZE, Start;
    ULONG Pages = NextDirtyRun(Hive, (From + HIVE_PAGE_SIZE - 1) / HIVE_PAGE_SIZE, &Start);
    if (!Pages)
        return FALSE;
    *Offset = HIVE_BASE_BLOCK_SIZE + Start * HIVE_PAGE_SIZE;
    *Length = Pages * HIVE_PAGE_SIZE;
    *Data = Hive->Stores[STABLE].Image + Start * HIVE_PAGE_SIZE;
    return TRUE;
}

VOID HvEndWrite(PHIVE Hive)
{
    PHIVE_BASE_BLOCK Block = Hive->BaseBlock;
    Block->SecondarySequence = Block->PrimarySequence;
    Block->Checksum = HvpChecksum(Block);
    RtlClearAllBits(&Hive->Stores[STABLE].Dirty);
    Hive->Torn = FALSE;
}
