// The storage of a hive: bins of whole pages, divided into cells. Free cells are found through the
// largest free size of each bin, and neighbours are merged whenever a bin is walked.
#include "hivep.h"

#define CELL_ALIGNMENT 8
#define LEAST_CELL     8
#define GROW_STEP      (16 * HIVE_PAGE_SIZE)

static CELL_SIZE *SizeField(const HIVE_STORE *Store, ULONG Offset)
{
    return (CELL_SIZE *)(Store->Image + Offset);
}

static PHIVE_BIN BinAt(const HIVE_STORE *Store, ULONG Offset)
{
    return (PHIVE_BIN)(Store->Image + Offset);
}

static ULONG LengthOf(CELL_SIZE Size)
{
    return Size < 0 ? 0 - (ULONG)Size : (ULONG)Size;
}

static SIZE_T PagesSize(ULONG Capacity)
{
    return Capacity / HIVE_PAGE_SIZE * sizeof(HIVE_PAGE_INFO);
}

static SIZE_T BitmapSize(ULONG Capacity)
{
    return (Capacity / HIVE_PAGE_SIZE + 31) / 32 * sizeof(ULONG);
}

static VOID FreeBlock(PHIVE Hive, PVOID Memory, SIZE_T Size)
{
    if (Memory)
        Hive->Operations->Free(Hive->Context, Memory, Size);
}

static VOID ReleaseStore(PHIVE Hive, PHIVE_STORE Store)
{
    FreeBlock(Hive, Store->Image, Store->Capacity);
    FreeBlock(Hive, Store->Pages, PagesSize(Store->Capacity));
    FreeBlock(Hive, Store->Dirty.Buffer, BitmapSize(Store->Capacity));
    *Store = (HIVE_STORE){0};
}

VOID HvpReleaseStores(PHIVE Hive)
{
    for (int Index = 0; Index < STORES; Index++)
        ReleaseStore(Hive, &Hive->Stores[Index]);
}

// Make room for so many bytes of bins, by moving to a larger block: at least half as large again, so
// that growing page by page stays cheap.
NTSTATUS HvpReserve(PHIVE Hive, int StoreIndex, ULONG Size)
{
    PHIVE_STORE Old = &Hive->Stores[StoreIndex];
    if (Size <= Old->Capacity)
        return STATUS_SUCCESS;
    ULONGLONG Wanted = RtlpMax((ULONGLONG)Size, Old->Capacity + Old->Capacity / 2ULL);
    Wanted = RtlpMin(ALIGN_UP_BY(Wanted, GROW_STEP), (ULONGLONG)HIVE_MAX_SIZE);
    if (Size > Wanted)
        return STATUS_INSUFFICIENT_RESOURCES;

    HIVE_STORE New = {.Size = Old->Size, .Capacity = (ULONG)Wanted};
    New.Image = Hive->Operations->Allocate(Hive->Context, New.Capacity);
    New.Pages = Hive->Operations->Allocate(Hive->Context, PagesSize(New.Capacity));
    PULONG Bits = Hive->Operations->Allocate(Hive->Context, BitmapSize(New.Capacity));
    RtlInitializeBitMap(&New.Dirty, Bits, New.Capacity / HIVE_PAGE_SIZE);
    if (!New.Image || !New.Pages || !Bits) {
        ReleaseStore(Hive, &New);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memset(Bits, 0, BitmapSize(New.Capacity));
    if (Old->Capacity) {
        memcpy(New.Image, Old->Image, Old->Size);
        memcpy(New.Pages, Old->Pages, PagesSize(Old->Size));
        memcpy(Bits, Old->Dirty.Buffer, BitmapSize(Old->Capacity));
    }
    ReleaseStore(Hive, Old);
    *Old = New;
    return STATUS_SUCCESS;
}

static VOID MarkRange(PHIVE_STORE Store, ULONG Offset, ULONG Length)
{
    ULONG First = Offset / HIVE_PAGE_SIZE;
    ULONG Last = (Offset + Length - 1) / HIVE_PAGE_SIZE;
    RtlSetBits(&Store->Dirty, First, Last - First + 1);
}

VOID HvpMarkDirty(PHIVE Hive, HCELL Cell)
{
    PHIVE_STORE Store = &Hive->Stores[HvpStoreOf(Cell)];
    ULONG Offset = Cell & ~HCELL_VOLATILE;
    MarkRange(Store, Offset, LengthOf(*SizeField(Store, Offset)));
}

ULONG HvpCellLength(const HIVE *Hive, HCELL Cell)
{
    const HIVE_STORE *Store = &Hive->Stores[HvpStoreOf(Cell)];
    return LengthOf(*SizeField(Store, Cell & ~HCELL_VOLATILE)) - sizeof(CELL_SIZE);
}

// Walk the cells of a bin: merge free neighbours, note the largest, and give back the smallest free
// cell that has the wanted size (0: none is wanted). A merge makes no page dirty: free cells one by
// one are as sound in the file, and using the merged cell rewrites its start.
static ULONG WalkBin(PHIVE_STORE Store, ULONG Bin, ULONG Wanted)
{
    ULONG End = Bin + BinAt(Store, Bin)->Size;
    ULONG Best = HCELL_NIL, BestSize = MAXULONG, Largest = 0;
    for (ULONG At = Bin + sizeof(HIVE_BIN); At < End;) {
        CELL_SIZE *Size = SizeField(Store, At);
        if (*Size < 0) {
            At += LengthOf(*Size);
            continue;
        }
        while (At + (ULONG)*Size < End && *SizeField(Store, At + (ULONG)*Size) > 0)
            *Size += *SizeField(Store, At + (ULONG)*Size);
        ULONG Length = (ULONG)*Size;
        if (Wanted && Length >= Wanted && Length < BestSize) {
            Best = At;
            BestSize = Length;
        }
        Largest = RtlpMax(Largest, Length);
        At += Length;
    }
    Store->Pages[Bin / HIVE_PAGE_SIZE].LargestFree = Largest;
    return Best;
}

static VOID DescribeBin(PHIVE_STORE Store, ULONG Bin)
{
    ULONG Pages = BinAt(Store, Bin)->Size / HIVE_PAGE_SIZE;
    for (ULONG Index = 0; Index < Pages; Index++)
        Store->Pages[Bin / HIVE_PAGE_SIZE + Index] = (HIVE_PAGE_INFO){.Bin = Bin};
}

// A new bin at the end, one free cell in it.
static NTSTATUS AddBin(PHIVE Hive, int StoreIndex, ULONG CellSize, PULONG Bin)
{
    PHIVE_STORE Store = &Hive->Stores[StoreIndex];
    ULONGLONG Size = ALIGN_UP_BY(CellSize + sizeof(HIVE_BIN), HIVE_PAGE_SIZE);
    if (Store->Size + Size > HIVE_MAX_SIZE)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = HvpReserve(Hive, StoreIndex, Store->Size + (ULONG)Size);
    if (!NT_SUCCESS(Status))
        return Status;

    *Bin = Store->Size;
    Store->Size += (ULONG)Size;
    memset(Store->Image + *Bin, 0, Size);
    LARGE_INTEGER Time = Hive->Operations->GetTime(Hive->Context);
    *BinAt(Store, *Bin) = (HIVE_BIN){.Signature = BIN_SIGNATURE,
                                     .Offset = *Bin,
                                     .Size = (ULONG)Size,
                                     .TimeLow = Time.LowPart,
                                     .TimeHigh = (ULONG)Time.HighPart};
    *SizeField(Store, *Bin + sizeof(HIVE_BIN)) = (CELL_SIZE)(Size - sizeof(HIVE_BIN));
    DescribeBin(Store, *Bin);
    Store->Pages[*Bin / HIVE_PAGE_SIZE].LargestFree = (ULONG)(Size - sizeof(HIVE_BIN));
    MarkRange(Store, *Bin, (ULONG)Size);
    return STATUS_SUCCESS;
}

static BOOLEAN FindBin(const HIVE_STORE *Store, ULONG CellSize, PULONG Bin)
{
    for (ULONG Page = 0; Page < Store->Size / HIVE_PAGE_SIZE; Page++) {
        *Bin = Page * HIVE_PAGE_SIZE;
        if (Store->Pages[Page].Bin == *Bin && Store->Pages[Page].LargestFree >= CellSize)
            return TRUE;
    }
    return FALSE;
}

NTSTATUS HvpAllocateCell(PHIVE Hive, int StoreIndex, ULONG Length, PHCELL Cell)
{
    PHIVE_STORE Store = &Hive->Stores[StoreIndex];
    if (Length > HIVE_MAX_SIZE / 2)
        return STATUS_INSUFFICIENT_RESOURCES;
    ULONG Size = (ULONG)ALIGN_UP_BY(Length + sizeof(CELL_SIZE), CELL_ALIGNMENT);
    ULONG Bin;
    if (!FindBin(Store, Size, &Bin)) {
        NTSTATUS Status = AddBin(Hive, StoreIndex, Size, &Bin);
        if (!NT_SUCCESS(Status))
            return Status;
    }

    ULONG Offset = WalkBin(Store, Bin, Size);
    ULONG Free = (ULONG)*SizeField(Store, Offset);
    if (Free - Size >= LEAST_CELL) {
        *SizeField(Store, Offset + Size) = (CELL_SIZE)(Free - Size);
        MarkRange(Store, Offset + Size, sizeof(CELL_SIZE));
    } else {
        Size = Free;
    }
    *SizeField(Store, Offset) = -(CELL_SIZE)Size;
    memset(Store->Image + Offset + sizeof(CELL_SIZE), 0, Size - sizeof(CELL_SIZE));
    MarkRange(Store, Offset, Size);
    WalkBin(Store, Bin, 0);
    *Cell = Offset | (StoreIndex == VOLATILE_STORE ? HCELL_VOLATILE : 0);
    return STATUS_SUCCESS;
}

VOID HvpFreeCell(PHIVE Hive, HCELL Cell)
{
    if (Cell == HCELL_NIL)
        return;
    PHIVE_STORE Store = &Hive->Stores[HvpStoreOf(Cell)];
    ULONG Offset = Cell & ~HCELL_VOLATILE;
    CELL_SIZE *Size = SizeField(Store, Offset);
    *Size = -*Size;
    MarkRange(Store, Offset, sizeof(CELL_SIZE));
    WalkBin(Store, Store->Pages[Offset / HIVE_PAGE_SIZE].Bin, 0);
}

NTSTATUS HvpGrowCell(PHIVE Hive, HCELL Cell, ULONG Length, PHCELL NewCell)
{
    ULONG Old = HvpCellLength(Hive, Cell);
    if (Length <= Old) {
        *NewCell = Cell;
        HvpMarkDirty(Hive, Cell);
        return STATUS_SUCCESS;
    }
    NTSTATUS Status = HvpAllocateCell(Hive, HvpStoreOf(Cell), Length, NewCell);
    if (!NT_SUCCESS(Status))
        return Status;
    memcpy(HvpCell(Hive, *NewCell), HvpCell(Hive, Cell), Old);
    HvpFreeCell(Hive, Cell);
    return STATUS_SUCCESS;
}

static BOOLEAN BinIsSound(const HIVE_STORE *Store, ULONG Bin)
{
    const HIVE_BIN *Header = BinAt(Store, Bin);
    if (Header->Signature != BIN_SIGNATURE || Header->Offset != Bin || !Header->Size ||
        Header->Size % HIVE_PAGE_SIZE || Header->Size > Store->Size - Bin)
        return FALSE;
    ULONG End = Bin + Header->Size;
    for (ULONG At = Bin + sizeof(HIVE_BIN); At < End;) {
        ULONG Length = LengthOf(*SizeField(Store, At));
        if (Length < LEAST_CELL || Length % CELL_ALIGNMENT || Length > End - At)
            return FALSE;
        At += Length;
    }
    return TRUE;
}

// Check the bins of the stable storage and describe them.
NTSTATUS HvpScanBins(PHIVE Hive)
{
    PHIVE_STORE Store = &Hive->Stores[STABLE];
    for (ULONG Bin = 0; Bin < Store->Size; Bin += BinAt(Store, Bin)->Size) {
        if (!BinIsSound(Store, Bin))
            return STATUS_REGISTRY_CORRUPT;
        DescribeBin(Store, Bin);
        WalkBin(Store, Bin, 0);
    }
    return STATUS_SUCCESS;
}
