// Handle tables: three levels of pages, so that a handle is found with at most three loads and a
// table grows without moving an entry.
//
// A handle is four times the index of its entry. Entry 0 of each page is never used: no valid handle
// is zero, or a multiple of 1024.
#include "obp.h"

constexpr ULONG ENTRIES_A_PAGE = PAGE_SIZE / sizeof(HANDLE_ENTRY);
constexpr ULONG POINTERS_A_PAGE = PAGE_SIZE / sizeof(PVOID);
constexpr ULONG TOP_POINTERS = 128; // 2^24 handles, the limit of Windows
constexpr ULONG MAXIMUM_ENTRIES = TOP_POINTERS * POINTERS_A_PAGE * ENTRIES_A_PAGE;

struct _HANDLE_TABLE {
    LIST_ENTRY TableList;
    PEPROCESS Process;
    ULONG Level;         // 0: Root is a page of entries, 1: of pointers to such, 2: two such levels
    ULONG EntryCapacity; // entries for which there are pages
    ULONG FirstFree;     // index, 0: none
    ULONG HandleCount, HighHandleCount;
    BOOLEAN Refuse;
    PVOID Root;
};

static LIST_ENTRY ObpTableList = {&ObpTableList, &ObpTableList};

static PVOID ObpAllocateTablePage(void)
{
    return ExAllocatePoolZero(PagedPool, PAGE_SIZE, OB_TAG_TABLE);
}

NTSTATUS ObpCreateTable(PEPROCESS Process, PHANDLE_TABLE *Result)
{
    PHANDLE_TABLE Table = ExAllocatePoolZero(PagedPool, sizeof(*Table), OB_TAG_TABLE);
    if (!Table)
        return STATUS_INSUFFICIENT_RESOURCES;
    Table->Process = Process;
    InsertTailList(&ObpTableList, &Table->TableList);
    *Result = Table;
    return STATUS_SUCCESS;
}

static PHANDLE_ENTRY ObpEntry(PHANDLE_TABLE Table, ULONG Index)
{
    PVOID Level = Table->Root;
    ULONG Page = Index / ENTRIES_A_PAGE;
    if (Table->Level == 2)
        Level = ((PVOID *)Level)[Page / POINTERS_A_PAGE];
    if (Table->Level >= 1)
        Level = ((PVOID *)Level)[Page % POINTERS_A_PAGE];
    return (PHANDLE_ENTRY)Level + Index % ENTRIES_A_PAGE;
}

// The low two bits of a handle belong to the program.
PHANDLE_ENTRY ObpLookupHandle(PHANDLE_TABLE Table, HANDLE Handle)
{
    ULONG_PTR Index = (ULONG_PTR)Handle / 4;
    if (Index >= Table->EntryCapacity || Index % ENTRIES_A_PAGE == 0)
        return nullptr;
    PHANDLE_ENTRY Entry = ObpEntry(Table, (ULONG)Index);
    return Entry->Header ? Entry : nullptr;
}

// Put a level above Root when its pages are used up.
static NTSTATUS ObpRaiseLevel(PHANDLE_TABLE Table)
{
    ULONG Full = Table->Level == 0 ? ENTRIES_A_PAGE : ENTRIES_A_PAGE * POINTERS_A_PAGE;
    if (!Table->Root || Table->EntryCapacity < Full || Table->Level == 2)
        return STATUS_SUCCESS;

    PVOID *Page = ObpAllocateTablePage();
    if (!Page)
        return STATUS_INSUFFICIENT_RESOURCES;
    Page[0] = Table->Root;
    Table->Root = Page;
    Table->Level++;
    return STATUS_SUCCESS;
}

// Where the pointer to the next page of entries belongs. Makes the middle level on the way.
static PVOID *ObpNextPageSlot(PHANDLE_TABLE Table)
{
    ULONG Page = Table->EntryCapacity / ENTRIES_A_PAGE;
    if (Table->Level == 0)
        return &Table->Root;
    if (Table->Level == 1)
        return (PVOID *)Table->Root + Page;

    PVOID *Middle = (PVOID *)Table->Root + Page / POINTERS_A_PAGE;
    if (!*Middle)
        *Middle = ObpAllocateTablePage();
    return *Middle ? (PVOID *)*Middle + Page % POINTERS_A_PAGE : nullptr;
}

static VOID ObpPushFree(PHANDLE_TABLE Table, ULONG Index)
{
    ObpEntry(Table, Index)->NextFree = Table->FirstFree;
    Table->FirstFree = Index;
}

static NTSTATUS ObpGrowTable(PHANDLE_TABLE Table)
{
    if (Table->EntryCapacity == MAXIMUM_ENTRIES)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = ObpRaiseLevel(Table);
    if (!NT_SUCCESS(Status))
        return Status;
    PVOID *Slot = ObpNextPageSlot(Table);
    if (!Slot || !(*Slot = ObpAllocateTablePage()))
        return STATUS_INSUFFICIENT_RESOURCES;

    ULONG First = Table->EntryCapacity;
    Table->EntryCapacity += ENTRIES_A_PAGE;
    for (ULONG Index = Table->EntryCapacity - 1; Index > First; Index--)
        ObpPushFree(Table, Index);
    return STATUS_SUCCESS;
}

static VOID ObpFillEntry(PHANDLE_TABLE Table, PHANDLE_ENTRY Entry, POBJECT_HEADER Header,
                         ACCESS_MASK GrantedAccess, ULONG Attributes)
{
    Entry->Header = Header;
    Entry->GrantedAccess = GrantedAccess;
    Entry->Attributes = Attributes & OBP_HANDLE_ATTRIBUTES;
    Table->HandleCount++;
    Table->HighHandleCount = max(Table->HighHandleCount, Table->HandleCount);
}

NTSTATUS ObpAllocateHandle(PHANDLE_TABLE Table, POBJECT_HEADER Header, ACCESS_MASK GrantedAccess,
                           ULONG Attributes, PHANDLE Handle)
{
    if (Table->Refuse)
        return STATUS_PROCESS_IS_TERMINATING;
    if (!Table->FirstFree) {
        NTSTATUS Status = ObpGrowTable(Table);
        if (!NT_SUCCESS(Status))
            return Status;
    }

    ULONG Index = Table->FirstFree;
    PHANDLE_ENTRY Entry = ObpEntry(Table, Index);
    Table->FirstFree = Entry->NextFree;
    ObpFillEntry(Table, Entry, Header, GrantedAccess, Attributes);
    *Handle = (HANDLE)((ULONG_PTR)Index * 4);
    return STATUS_SUCCESS;
}

// The entry stays in the free list until ObpRebuildFreeList.
NTSTATUS ObpAllocateHandleAt(PHANDLE_TABLE Table, HANDLE Handle, POBJECT_HEADER Header,
                             ACCESS_MASK GrantedAccess, ULONG Attributes)
{
    ULONG_PTR Index = (ULONG_PTR)Handle / 4;
    ASSERT(Index < MAXIMUM_ENTRIES && Index % ENTRIES_A_PAGE);
    while (Index >= Table->EntryCapacity) {
        NTSTATUS Status = ObpGrowTable(Table);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    PHANDLE_ENTRY Entry = ObpEntry(Table, (ULONG)Index);
    ASSERT(!Entry->Header);
    ObpFillEntry(Table, Entry, Header, GrantedAccess, Attributes);
    return STATUS_SUCCESS;
}

VOID ObpRebuildFreeList(PHANDLE_TABLE Table)
{
    Table->FirstFree = 0;
    for (ULONG Index = Table->EntryCapacity; Index-- > 0;)
        if (Index % ENTRIES_A_PAGE && !ObpEntry(Table, Index)->Header)
            ObpPushFree(Table, Index);
}

VOID ObpFreeHandle(PHANDLE_TABLE Table, HANDLE Handle)
{
    ULONG Index = (ULONG)((ULONG_PTR)Handle / 4);
    ObpEntry(Table, Index)->Header = nullptr;
    Table->HandleCount--;
    ObpPushFree(Table, Index);
}

PHANDLE_ENTRY ObpNextHandle(PHANDLE_TABLE Table, PULONG Index, PHANDLE Handle)
{
    while (*Index < Table->EntryCapacity) {
        *Handle = (HANDLE)((ULONG_PTR)*Index * 4);
        PHANDLE_ENTRY Entry = ObpLookupHandle(Table, *Handle);
        (*Index)++;
        if (Entry)
            return Entry;
    }
    return nullptr;
}

VOID ObpRefuseHandles(PHANDLE_TABLE Table)
{
    Table->Refuse = TRUE;
}

ULONG ObGetHandleCount(PHANDLE_TABLE Table)
{
    return Table->HandleCount;
}

ULONG ObGetHighHandleCount(PHANDLE_TABLE Table)
{
    return Table->HighHandleCount;
}

static VOID ObpFreePointerPage(PVOID *Page, ULONG Level)
{
    if (!Page)
        return;
    for (ULONG Slot = 0; Level && Slot < POINTERS_A_PAGE; Slot++)
        ObpFreePointerPage(Page[Slot], Level - 1);
    ExFreePoolWithTag(Page, OB_TAG_TABLE);
}

VOID ObFreeHandleTable(PHANDLE_TABLE Table)
{
    ASSERT(Table->HandleCount == 0);
    RemoveEntryList(&Table->TableList);
    ObpFreePointerPage(Table->Root, Table->Level);
    ExFreePoolWithTag(Table, OB_TAG_TABLE);
}

static BOOLEAN ObpSnapshotTable(PHANDLE_TABLE Table,
                                BOOLEAN (*Routine)(const OB_HANDLE_SNAPSHOT *, PVOID),
                                PVOID Context)
{
    OB_HANDLE_SNAPSHOT Snapshot = {.Process = Table->Process};
    ULONG Index = 0;
    for (PHANDLE_ENTRY Entry; (Entry = ObpNextHandle(Table, &Index, &Snapshot.Handle));) {
        Snapshot.Object = Entry->Header->Body;
        Snapshot.TypeIndex = Entry->Header->Type->Index;
        Snapshot.Attributes = Entry->Attributes;
        Snapshot.GrantedAccess = Entry->GrantedAccess;
        if (!Routine(&Snapshot, Context))
            return FALSE;
    }
    return TRUE;
}

VOID ObEnumerateTable(PHANDLE_TABLE Table, BOOLEAN (*Routine)(const OB_HANDLE_SNAPSHOT *, PVOID),
                      PVOID Context)
{
    ObpSnapshotTable(Table, Routine, Context);
}

VOID ObEnumerateHandles(BOOLEAN (*Routine)(const OB_HANDLE_SNAPSHOT *, PVOID), PVOID Context)
{
    for (PLIST_ENTRY Link = ObpTableList.Flink; Link != &ObpTableList; Link = Link->Flink)
        if (!ObpSnapshotTable(CONTAINING_RECORD(Link, HANDLE_TABLE, TableList), Routine, Context))
            return;
}
