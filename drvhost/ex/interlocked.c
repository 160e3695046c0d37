// Lists under a spin lock that may be taken at any IRQL, and 64-bit arithmetic.

#include "../ntos.h"

PLIST_ENTRY FASTCALL ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                                 PKSPIN_LOCK Lock)
{
    KiAcquireLockWord(Lock);
    PLIST_ENTRY First = IsListEmpty(ListHead) ? nullptr : ListHead->Flink;
    InsertHeadList(ListHead, ListEntry);
    KiReleaseLockWord(Lock);
    return First;
}

PLIST_ENTRY FASTCALL ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                                 PKSPIN_LOCK Lock)
{
    KiAcquireLockWord(Lock);
    PLIST_ENTRY Last = IsListEmpty(ListHead) ? nullptr : ListHead->Blink;
    InsertTailList(ListHead, ListEntry);
    KiReleaseLockWord(Lock);
    return Last;
}

PLIST_ENTRY FASTCALL ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    KiAcquireLockWord(Lock);
    PLIST_ENTRY First = IsListEmpty(ListHead) ? nullptr : RemoveHeadList(ListHead);
    KiReleaseLockWord(Lock);
    return First;
}

PSINGLE_LIST_ENTRY FASTCALL ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    KiAcquireLockWord(Lock);
    PSINGLE_LIST_ENTRY First = ListHead->Next;
    if (First)
        ListHead->Next = First->Next;
    KiReleaseLockWord(Lock);
    return First;
}

PSINGLE_LIST_ENTRY FASTCALL ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                       PSINGLE_LIST_ENTRY ListEntry,
                                                       PKSPIN_LOCK Lock)
{
    KiAcquireLockWord(Lock);
    PSINGLE_LIST_ENTRY First = ListHead->Next;
    ListEntry->Next = First;
    ListHead->Next = ListEntry;
    KiReleaseLockWord(Lock);
    return First;
}

#undef ExInterlockedAddUlong
ULONG FASTCALL ExInterlockedAddUlong(PULONG Addend, ULONG Increment, PKSPIN_LOCK Lock)
{
    KiAcquireLockWord(Lock);
    ULONG Old = *Addend;
    *Addend = Old + Increment;
    KiReleaseLockWord(Lock);
    return Old;
}

#undef ExInterlockedAddLargeInteger
LARGE_INTEGER NTAPI ExInterlockedAddLargeInteger(PLARGE_INTEGER Addend, LARGE_INTEGER Increment,
                                                 PKSPIN_LOCK Lock)
{
    KiAcquireLockWord(Lock);
    LARGE_INTEGER Old = *Addend;
    Addend->QuadPart += Increment.QuadPart;
    KiReleaseLockWord(Lock);
    return Old;
}

// ---- Sequenced lists: the operations on them are ntdll's, under the kernel's names

VOID NTAPI InitializeSListHead(PSLIST_HEADER SListHead)
{
    SListHead->Alignment = 0;
    SListHead->Region = 0;
}

USHORT NTAPI ExQueryDepthSList(PSLIST_HEADER SListHead)
{
    return (USHORT)(SListHead->Alignment & MAXUSHORT);
}
