// Pool allocation. Writing behind a block is found when it is freed, freeing twice as well, and writing to
// a free block when it is allocated again; each ends the host with the tag in the log.

#include "poolp.h"

enum : ULONG { ExpPoolAllocated = 0x636F6C41, ExpPoolFree = 0x65657246 };

static const UCHAR ExpTailByte = 0xA5;
static const ULONG64 ExpTailPattern = 0xA5A5A5A5A5A5A5A5;
static const ULONG64 ExpFreePattern = 0xFEEEFEEEFEEEFEEE;

// Bytes of a block, header and tail included. A page is cut into as many as fit.
static const USHORT ExpClassSizes[] = {48,  64,  96,  128, 160, 192,  224,  256,  320, 384,
                                       448, 512, 576, 672, 800, 1008, 1360, 2048, 4096};
enum { ExpClasses = RTL_NUMBER_OF(ExpClassSizes) };

static RTL_SRWLOCK ExpPoolLock;
static LIST_ENTRY ExpPartial[ExpKinds][ExpClasses];
static UCHAR ExpClassOf[PAGE_SIZE / 16 + 1]; // by size in units of 16 bytes

typedef struct _EXP_FREE_BLOCK {
    EXP_POOL_HEADER Header;
    PVOID Next;
    ULONG64 Pattern;
} EXP_FREE_BLOCK, *PEXP_FREE_BLOCK;

static VOID ExpInitializePool(void)
{
    if (ExpPartial[0][0].Flink)
        return;
    for (ULONG Kind = 0; Kind < ExpKinds; Kind++) {
        for (ULONG i = 0; i < ExpClasses; i++)
            InitializeListHead(&ExpPartial[Kind][i]);
    }
    ULONG Class = 0;
    for (ULONG i = 0; i < RTL_NUMBER_OF(ExpClassOf); i++) {
        if (i * 16 > ExpClassSizes[Class])
            Class++;
        ExpClassOf[i] = (UCHAR)Class;
    }
}

// A bug check follows: the lock is given back, for what runs then may allocate.
static VOID ExpReportPool(PCSTR What, PVOID Block, ULONG Tag, SIZE_T Size)
{
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL, "pool: %s: block %p, tag '%.4s', %llu bytes\n",
               What, Block, (PCSTR)&Tag, (ULONGLONG)Size);
    KiUnlock(&ExpPoolLock);
}

// ---- Small blocks

static VOID ExpPushFree(PEXP_PAGE Page, PVOID Start)
{
    PEXP_FREE_BLOCK Free = Start;
    Free->Header.State = ExpPoolFree;
    Free->Pattern = ExpFreePattern;
    Free->Next = Page->FirstFree;
    Page->FirstFree = Free;
    Page->FreeBlocks++;
}

static PEXP_PAGE ExpCutPage(ULONG Kind, ULONG Class)
{
    PEXP_REGION Region;
    PUCHAR Base = ExpAllocatePages(Kind, 1, &Region);
    if (!Base)
        return nullptr;
    PEXP_PAGE Page = ExpPageOf(Region, Base);
    Page->State = ExpPageCut;
    Page->Class = (UCHAR)Class;
    Page->FirstFree = nullptr;
    Page->FreeBlocks = 0;
    ULONG Size = ExpClassSizes[Class];
    for (ULONG Offset = PAGE_SIZE / Size * Size; Offset; Offset -= Size)
        ExpPushFree(Page, Base + Offset - Size);
    InsertHeadList(&ExpPartial[Kind][Class], &Page->Link);
    return Page;
}

static PEXP_FREE_BLOCK ExpTakeSmall(ULONG Kind, ULONG Class)
{
    PLIST_ENTRY List = &ExpPartial[Kind][Class];
    PEXP_PAGE Page = IsListEmpty(List) ? ExpCutPage(Kind, Class)
                                       : CONTAINING_RECORD(List->Flink, EXP_PAGE, Link);
    if (!Page || !Page->FirstFree)
        return nullptr;
    PEXP_FREE_BLOCK Free = Page->FirstFree;
    Page->FirstFree = Free->Next;
    if (!--Page->FreeBlocks)
        RemoveEntryList(&Page->Link);
    return Free;
}

static PVOID ExpAllocateSmall(ULONG Kind, SIZE_T Size, ULONG Alignment, ULONG Tag)
{
    SIZE_T Need =
        ExpPoolHeaderSize + Size + ExpPoolTailSize + (Alignment > 16 ? Alignment - 16 : 0);
    ULONG Class = ExpClassOf[(Need + 15) / 16];
    PEXP_FREE_BLOCK Free = ExpTakeSmall(Kind, Class);
    if (!Free)
        return nullptr;
    if (Free->Pattern != ExpFreePattern || Free->Header.State != ExpPoolFree) {
        ExpReportPool("written to after it was freed", Free, Free->Header.Tag, Free->Header.Size);
        KeBugCheckEx(BAD_POOL_HEADER, 0x20, (ULONG_PTR)Free, Free->Header.Tag, 0);
    }
    PUCHAR Start = (PUCHAR)Free;
    PUCHAR Data = ALIGN_UP_POINTER_BY(Start + ExpPoolHeaderSize, Alignment);
    PEXP_POOL_HEADER Header = (PEXP_POOL_HEADER)Data - 1;
    Free->Header.State = 0;
    Free->Pattern = 0;
    *Header = (EXP_POOL_HEADER){
        .Tag = Tag,
        .Size = (USHORT)Size,
        .Back = (USHORT)((PUCHAR)Header - Start),
        .State = ExpPoolAllocated,
        .Class = (UCHAR)Class,
        .Kind = (UCHAR)Kind,
    };
    RtlFillMemory(Data + Size, ExpPoolTailSize, ExpTailByte);
    return Data;
}

static BOOLEAN ExpIsTailWhole(const UCHAR *Tail, ULONG Size)
{
    if (Size == sizeof(ULONG64))
        return *(const ULONG64 UNALIGNED *)Tail == ExpTailPattern;
    for (ULONG i = 0; i < Size; i++) {
        if (Tail[i] != ExpTailByte)
            return FALSE;
    }
    return TRUE;
}

static VOID ExpCheckSmall(PEXP_POOL_HEADER Header, PUCHAR Data)
{
    if (Header->State != ExpPoolAllocated) {
        BOOLEAN Free = Header->State == ExpPoolFree;
        ExpReportPool(Free ? "freed twice" : "freed, but is no block", Data, Header->Tag,
                      Header->Size);
        KeBugCheckEx(BAD_POOL_CALLER, Free ? 0x07 : 0x41, Header->Tag, (ULONG_PTR)Data, 0);
    }
    if (!ExpIsTailWhole(Data + Header->Size, ExpPoolTailSize)) {
        ExpReportPool("written behind its end", Data, Header->Tag, Header->Size);
        KeBugCheckEx(BAD_POOL_HEADER, 0x25, (ULONG_PTR)Data, Header->Tag, Header->Size);
    }
}

static VOID ExpFreeSmall(PEXP_REGION Region, PEXP_POOL_HEADER Header)
{
    PUCHAR Start = (PUCHAR)Header - Header->Back;
    PEXP_PAGE Page = ExpPageOf(Region, Start);
    ULONG Blocks = PAGE_SIZE / ExpClassSizes[Page->Class];
    ULONG Tag = Header->Tag;
    Header->State = ExpPoolFree;
    ((PEXP_POOL_HEADER)Start)->Tag = Tag; // for the log, should it be written to
    ExpPushFree(Page, Start);
    PLIST_ENTRY List = &ExpPartial[Region->Kind][Page->Class];
    if (Page->FreeBlocks == 1 && Blocks > 1) {
        InsertHeadList(List, &Page->Link);
    } else if (Page->FreeBlocks == Blocks) {
        // The last page of a class is kept: what comes and goes one at a time cuts no page.
        if (Blocks == 1)
            InsertHeadList(List, &Page->Link);
        if (List->Flink == List->Blink)
            return;
        RemoveEntryList(&Page->Link);
        ExpFreePages(Region, (PVOID)ALIGN_DOWN_POINTER_BY(Start, PAGE_SIZE));
    }
}

// ---- Large blocks

static PVOID ExpAllocateLarge(ULONG Kind, SIZE_T Size, ULONG Tag)
{
    PEXP_REGION Region;
    SIZE_T Pages = (Size + PAGE_SIZE - 1) >> PAGE_SHIFT;
    if (Pages > MAXULONG / 2)
        return nullptr;
    PUCHAR Data = ExpAllocatePages(Kind, (ULONG)Pages, &Region);
    if (!Data)
        return nullptr;
    PEXP_PAGE Page = ExpPageOf(Region, Data);
    Page->Size = Size;
    Page->Tag = Tag;
    ULONG Tail = min((ULONG)(-(LONG_PTR)Size & (PAGE_SIZE - 1)), ExpPoolTailSize);
    RtlFillMemory(Data + Size, Tail, ExpTailByte);
    return Data;
}

static VOID ExpCheckLarge(PEXP_PAGE Page, PUCHAR Data)
{
    if (Page->State != ExpPageLarge) {
        ExpReportPool("freed, but is no block or free already", Data, Page->Tag, Page->Size);
        KeBugCheckEx(BAD_POOL_CALLER, 0x07, Page->Tag, (ULONG_PTR)Data, 0);
    }
    ULONG Tail = min((ULONG)(-(LONG_PTR)Page->Size & (PAGE_SIZE - 1)), ExpPoolTailSize);
    if (!ExpIsTailWhole(Data + Page->Size, Tail)) {
        ExpReportPool("written behind its end", Data, Page->Tag, Page->Size);
        KeBugCheckEx(BAD_POOL_HEADER, 0x25, (ULONG_PTR)Data, Page->Tag, Page->Size);
    }
}

// ---- The interface's two ways

PVOID ExpAllocate(ULONG Kind, SIZE_T Size, ULONG Alignment, ULONG Tag)
{
    if (!Size)
        Size = 1;
    SIZE_T Slack = Alignment > 16 ? Alignment - 16 : 0;
    BOOLEAN Small = Size < PAGE_SIZE && Size + Slack <= ExpLargestSmall;
    KiLock(&ExpPoolLock);
    ExpInitializePool();
    PVOID Block =
        Small ? ExpAllocateSmall(Kind, Size, Alignment, Tag) : ExpAllocateLarge(Kind, Size, Tag);
    if (Block)
        ExpCountTag(Tag, Kind, (LONG64)Size);
    KiUnlock(&ExpPoolLock);
    return Block;
}

static PEXP_REGION ExpFindBlock(PVOID Block, SIZE_T *Size, ULONG *Tag)
{
    PEXP_REGION Region = ExpFindRegion(Block);
    if (!Region || (ULONG_PTR)Block & 15) {
        ExpReportPool("freed, but is not in the pool", Block, 0, 0);
        KeBugCheckEx(BAD_POOL_CALLER, 0x40, (ULONG_PTR)Block, 0, 0);
    }
    if (((ULONG_PTR)Block & (PAGE_SIZE - 1)) == 0) {
        PEXP_PAGE Page = ExpPageOf(Region, Block);
        ExpCheckLarge(Page, Block);
        *Size = Page->Size;
        *Tag = Page->Tag;
    } else {
        PEXP_POOL_HEADER Header = (PEXP_POOL_HEADER)Block - 1;
        ExpCheckSmall(Header, Block);
        *Size = Header->Size;
        *Tag = Header->Tag;
    }
    return Region;
}

// Tag 0: any. The protected bit of old drivers' tags does not count.
VOID ExpFree(PVOID Block, ULONG ExpectedTag)
{
    SIZE_T Size;
    ULONG Tag;
    KiLock(&ExpPoolLock);
    PEXP_REGION Region = ExpFindBlock(Block, &Size, &Tag);
    if (ExpectedTag && (ExpectedTag & 0x7FFFFFFF) != (Tag & 0x7FFFFFFF)) {
        ExpReportPool("freed with another tag than its own", Block, Tag, Size);
        KeBugCheckEx(BAD_POOL_CALLER, 0x0A, (ULONG_PTR)Block, Tag, ExpectedTag);
    }
    ExpCountTag(Tag, Region->Kind, -(LONG64)Size);
    if (((ULONG_PTR)Block & (PAGE_SIZE - 1)) == 0)
        ExpFreePages(Region, Block);
    else
        ExpFreeSmall(Region, (PEXP_POOL_HEADER)Block - 1);
    KiUnlock(&ExpPoolLock);
}
