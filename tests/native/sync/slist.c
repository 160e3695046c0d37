// Lock-free lists.

#include "suite.h"

enum { Entries = 64, Rounds = 500 };

typedef struct _ITEM {
    SLIST_ENTRY Entry;
    LONG Value;
    volatile LONG Held;
} ITEM, *PITEM;

typedef struct _SHARED {
    SLIST_HEADER List;
    ITEM Items[Entries];
    volatile LONG Wrong;
} SHARED, *PSHARED;

static SHARED Shared;

static VOID FillList(void)
{
    memset(&Shared, 0, sizeof(Shared));
    RtlInitializeSListHead(&Shared.List);
    for (LONG i = 0; i < Entries; i++) {
        Shared.Items[i].Value = i;
        RtlInterlockedPushEntrySList(&Shared.List, &Shared.Items[i].Entry);
    }
}

VOID TestListOrder(void)
{
    FillList();
    CHECK_EQUAL(RtlQueryDepthSList(&Shared.List), Entries);
    CHECK(RtlFirstEntrySList(&Shared.List) == &Shared.Items[Entries - 1].Entry);
    for (LONG i = Entries; i-- > 0;) {
        PSLIST_ENTRY Entry = RtlInterlockedPopEntrySList(&Shared.List);
        REQUIRE(Entry);
        CHECK_EQUAL(CONTAINING_RECORD(Entry, ITEM, Entry)->Value, i);
    }
    CHECK(!RtlInterlockedPopEntrySList(&Shared.List));
    CHECK(!RtlFirstEntrySList(&Shared.List));
    CHECK_EQUAL(RtlQueryDepthSList(&Shared.List), 0);
}

VOID TestListOfMany(void)
{
    FillList();
    PSLIST_ENTRY All = RtlInterlockedFlushSList(&Shared.List), Last = All;
    CHECK_EQUAL(RtlQueryDepthSList(&Shared.List), 0);
    LONG Count = 1;
    for (; Last->Next; Last = Last->Next)
        Count++;
    CHECK_EQUAL(Count, Entries);
    CHECK(!RtlInterlockedFlushSList(&Shared.List));
    CHECK(!RtlInterlockedPushListSListEx(&Shared.List, All, Last, Entries));
    CHECK_EQUAL(RtlQueryDepthSList(&Shared.List), Entries);
    CHECK(RtlFirstEntrySList(&Shared.List) == All);
}

// Nobody may hold an entry that another holds.
static NTSTATUS NTAPI PopAndPush(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (int i = 0; i < Rounds; i++) {
        PSLIST_ENTRY Entry = RtlInterlockedPopEntrySList(&Shared.List);
        if (!Entry)
            continue;
        PITEM Item = CONTAINING_RECORD(Entry, ITEM, Entry);
        if (SyncAdd(&Item->Held, 1) != 1)
            SyncAdd(&Shared.Wrong, 1);
        if (i % 8 == 0)
            NtYieldExecution();
        SyncAdd(&Item->Held, -1);
        RtlInterlockedPushEntrySList(&Shared.List, Entry);
    }
    return STATUS_SUCCESS;
}

VOID TestListThreads(void)
{
    FillList();
    SyncRunThreads(PopAndPush, nullptr, SyncThreads);
    CHECK_EQUAL(Shared.Wrong, 0);
    CHECK_EQUAL(RtlQueryDepthSList(&Shared.List), Entries);
    LONG Sum = 0;
    for (PSLIST_ENTRY Entry = RtlInterlockedFlushSList(&Shared.List); Entry; Entry = Entry->Next)
        Sum += CONTAINING_RECORD(Entry, ITEM, Entry)->Value;
    CHECK_EQUAL(Sum, Entries * (Entries - 1) / 2);
}

VOID TestListMisaligned(void)
{
    static UCHAR Buffer[64];
    NTSTATUS Raised = STATUS_SUCCESS;
    __try {
        RtlInitializeSListHead((PSLIST_HEADER)((ULONG_PTR)Buffer | 8));
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Raised = (NTSTATUS)GetExceptionCode();
    }
    CHECK_STATUS(Raised, STATUS_DATATYPE_MISALIGNMENT);
}
