// Pool: small blocks from pages that hold blocks of one size; large ones from pages of their own.
#include "poolp.h"

// At the start of a page of small blocks.
typedef struct _POOL_PAGE {
    LIST_ENTRY Link; // in its class, while a block is free
    PPOOL_HEADER Free;
    USHORT Class;
    USHORT FreeCount;
    ULONG Reserved;
} POOL_PAGE, *PPOOL_PAGE;
static_assert(sizeof(POOL_PAGE) == 32);

enum {
    POOL_CLASS_LARGE = 0xFFFF,
    POOL_ROOM = PAGE_SIZE - sizeof(POOL_PAGE),
};

// Block sizes with header: chosen so that a page is filled.
static const USHORT MmpPoolSizes[] = {32,  48,  64,  80,  96,  112, 128,  160,  192,  224, 256,
                                      320, 400, 496, 576, 672, 800, 1008, 1344, 2032, 4064};
enum { POOL_CLASSES = RTL_NUMBER_OF(MmpPoolSizes) };
static_assert(POOL_ROOM == 4064);

static LIST_ENTRY MmpPoolPages[POOL_CLASSES];
static UCHAR MmpPoolClassOf[POOL_ROOM / 16 + 1];
SIZE_T MmpPoolBytes;

VOID MmpInitPool(VOID)
{
    ULONG Class = 0;
    for (ULONG i = 0; i < POOL_CLASSES; i++)
        InitializeListHead(&MmpPoolPages[i]);
    for (ULONG Units = 0; Units < RTL_NUMBER_OF(MmpPoolClassOf); Units++) {
        if (Units * 16 > MmpPoolSizes[Class])
            Class++;
        MmpPoolClassOf[Units] = (UCHAR)Class;
    }
}

static PPOOL_PAGE MmpNewPoolPage(ULONG Class)
{
    PMM_PFN Pfn = MmpAllocateFrame(FALSE);
    if (!Pfn)
        return nullptr;
    PPOOL_PAGE Page = MmpFrameAddress(Pfn);
    ULONG Size = MmpPoolSizes[Class];
    *Page = (POOL_PAGE){.Class = (USHORT)Class, .FreeCount = (USHORT)(POOL_ROOM / Size)};
    for (ULONG i = Page->FreeCount; i-- > 0;) {
        PPOOL_HEADER Block = (PPOOL_HEADER)((PUCHAR)(Page + 1) + i * Size);
        Block->State = POOL_BLOCK_FREE;
        *(PPOOL_HEADER *)(Block + 1) = Page->Free;
        Page->Free = Block;
    }
    InsertHeadList(&MmpPoolPages[Class], &Page->Link);
    return Page;
}

static PVOID MmpAllocateLarge(SIZE_T Size, ULONG Tag)
{
    ULONG Pages = (ULONG)MM_PAGES(Size + sizeof(POOL_HEADER) + POOL_GUARD);
    PPOOL_HEADER Block = MmAllocateSystemPages(Pages);
    if (!Block)
        return nullptr;
    *Block = (POOL_HEADER){.Tag = Tag,
                           .Size = (ULONG)Size,
                           .Class = POOL_CLASS_LARGE,
                           .State = POOL_BLOCK_USED,
                           .Pages = Pages};
    MmpSetGuard(Block);
    MmpPoolBytes += Size;
    MmpCountPool(Tag, (LONG_PTR)Size);
    return Block + 1;
}

PVOID ExAllocatePoolWithTag(POOL_TYPE Type, SIZE_T Size, ULONG Tag)
{
    UNREFERENCED_PARAMETER(Type);
    if (Size > MAXLONG)
        return nullptr;
    SIZE_T Whole = Size + sizeof(POOL_HEADER) + POOL_GUARD;
    if (Whole > POOL_ROOM)
        return MmpAllocateLarge(Size, Tag);

    ULONG Class = MmpPoolClassOf[(Whole + 15) / 16];
    PPOOL_PAGE Page = IsListEmpty(&MmpPoolPages[Class])
                          ? MmpNewPoolPage(Class)
                          : CONTAINING_RECORD(MmpPoolPages[Class].Flink, POOL_PAGE, Link);
    if (!Page)
        return nullptr;
    PPOOL_HEADER Block = Page->Free;
    Page->Free = *(PPOOL_HEADER *)(Block + 1);
    if (--Page->FreeCount == 0)
        RemoveEntryList(&Page->Link);
    *Block = (POOL_HEADER){
        .Tag = Tag, .Size = (ULONG)Size, .Class = (USHORT)Class, .State = POOL_BLOCK_USED};
    MmpSetGuard(Block);
    MmpPoolBytes += Size;
    MmpCountPool(Tag, (LONG_PTR)Size);
    return Block + 1;
}

PVOID ExAllocatePoolZero(POOL_TYPE Type, SIZE_T Size, ULONG Tag)
{
    PVOID Block = ExAllocatePoolWithTag(Type, Size, Tag);
    if (Block)
        memset(Block, 0, Size);
    return Block;
}

static VOID MmpFreeSmall(PPOOL_HEADER Block)
{
    PPOOL_PAGE Page = (PPOOL_PAGE)ALIGN_DOWN_BY(Block, PAGE_SIZE);
    Block->State = POOL_BLOCK_FREE;
    *(PPOOL_HEADER *)(Block + 1) = Page->Free;
    Page->Free = Block;
    if (Page->FreeCount++ == 0)
        InsertHeadList(&MmpPoolPages[Page->Class], &Page->Link);
    // One empty page a class is kept, so that a lone block does not make pages come and go.
    ULONG Capacity = POOL_ROOM / MmpPoolSizes[Page->Class];
    if (Page->FreeCount == Capacity &&
        MmpPoolPages[Page->Class].Flink != MmpPoolPages[Page->Class].Blink) {
        RemoveEntryList(&Page->Link);
        MmpDereferenceFrame(MmpWindowPfn(Page));
    }
}

VOID ExFreePoolWithTag(PVOID Pointer, ULONG Tag)
{
    PPOOL_HEADER Block = (PPOOL_HEADER)Pointer - 1;
    if (Block->State != POOL_BLOCK_USED || (Tag && Block->Tag != Tag))
        KeBugCheckEx(BAD_POOL_CALLER, (ULONG_PTR)Pointer, Block->State, Block->Tag, Tag);
    MmpCheckGuard(Block);
    MmpPoolBytes -= Block->Size;
    MmpCountPool(Block->Tag, -(LONG_PTR)Block->Size);
    if (Block->Class == POOL_CLASS_LARGE) {
        MmFreeSystemPages(Block, Block->Pages);
        return;
    }
    Block = MmpKeepFreed(Block, MmpPoolSizes[Block->Class], __builtin_return_address(0));
    if (Block)
        MmpFreeSmall(Block);
}

VOID ExFreePool(PVOID Block)
{
    ExFreePoolWithTag(Block, 0);
}

VOID MmReleasePool(VOID)
{
    PPOOL_HEADER Block;
    while ((Block = MmpTakeKept()))
        MmpFreeSmall(Block);
}
