// Opening, creating and closing hives.
#include "hivep.h"

static NTSTATUS CheckBaseBlock(const HIVE_BASE_BLOCK *Block, SIZE_T FileSize)
{
    if (Block->Signature != HIVE_SIGNATURE)
        return STATUS_NOT_REGISTRY_FILE;
    if (Block->Checksum != HvpChecksum(Block) || Block->MajorVersion != HIVE_MAJOR ||
        Block->MinorVersion < HIVE_MINOR_LEAST || Block->MinorVersion > HIVE_MINOR_MOST ||
        Block->FileType != 0 || Block->FileFormat != HIVE_FORMAT_MEMORY)
        return STATUS_REGISTRY_CORRUPT;
    if (!Block->BinsSize || Block->BinsSize % HIVE_PAGE_SIZE || Block->BinsSize > HIVE_MAX_SIZE ||
        Block->BinsSize > FileSize - HIVE_BASE_BLOCK_SIZE)
        return STATUS_REGISTRY_CORRUPT;
    return STATUS_SUCCESS;
}

static NTSTATUS Initialize(PHIVE Hive, const HIVE_OPERATIONS *Operations, PVOID Context)
{
    *Hive = (HIVE){.Operations = Operations, .Context = Context, .VolatileSecurity = HCELL_NIL};
    Hive->BaseBlock = Operations->Allocate(Context, sizeof(HIVE_BASE_BLOCK));
    return Hive->BaseBlock ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS LoadBins(PHIVE Hive, const UCHAR *Bins)
{
    ULONG Size = Hive->BaseBlock->BinsSize;
    NTSTATUS Status = HvpReserve(Hive, STABLE, Size);
    if (!NT_SUCCESS(Status))
        return Status;
    memcpy(Hive->Stores[STABLE].Image, Bins, Size);
    Hive->Stores[STABLE].Size = Size;
    return HvpScanBins(Hive);
}

NTSTATUS HvOpen(PHIVE Hive, const HIVE_OPERATIONS *Operations, PVOID Context, const VOID *File,
                SIZE_T Size)
{
    if (Size < HIVE_BASE_BLOCK_SIZE)
        return STATUS_NOT_REGISTRY_FILE;
    NTSTATUS Status = Initialize(Hive, Operations, Context);
    if (!NT_SUCCESS(Status))
        return Status;
    memcpy(Hive->BaseBlock, File, HIVE_BASE_BLOCK_SIZE);
    Hive->Torn = Hive->BaseBlock->PrimarySequence != Hive->BaseBlock->SecondarySequence;
    Status = CheckBaseBlock(Hive->BaseBlock, Size);
    if (NT_SUCCESS(Status))
        Status = LoadBins(Hive, (const UCHAR *)File + HIVE_BASE_BLOCK_SIZE);
    if (NT_SUCCESS(Status))
        Status = HvpCheckTree(Hive, TRUE);
    if (!NT_SUCCESS(Status))
        HvClose(Hive);
    return Status;
}

NTSTATUS HvCreate(PHIVE Hive, const HIVE_OPERATIONS *Operations, PVOID Context,
                  PCUNICODE_STRING RootName, PSECURITY_DESCRIPTOR RelativeDescriptor)
{
    NTSTATUS Status = Initialize(Hive, Operations, Context);
    if (!NT_SUCCESS(Status))
        return Status;
    HvpInitializeBaseBlock(Hive);
    Status = HvpCreateRoot(Hive, RootName, RelativeDescriptor);
    if (!NT_SUCCESS(Status))
        HvClose(Hive);
    return Status;
}

VOID HvClose(PHIVE Hive)
{
    HvpReleaseStores(Hive);
    if (Hive->BaseBlock)
        Hive->Operations->Free(Hive->Context, Hive->BaseBlock, sizeof(HIVE_BASE_BLOCK));
    Hive->BaseBlock = nullptr;
}
