// Lock-free singly linked lists. The header counts its changes beside the pointer, so that a list that
// went through other states and came back is noticed. Layout: winnt.h, SLIST_HEADER for x64.

#include "../ntdllp.h"

typedef union _RTLP_SLIST {
    struct {
        ULONGLONG Low, High;
    };
    struct {
        ULONGLONG Depth : 16;
        ULONGLONG Sequence : 48;
        ULONGLONG Reserved : 4;
        ULONGLONG Next : 60; // address / 16
    };
} RTLP_SLIST;

static_assert(sizeof(RTLP_SLIST) == sizeof(SLIST_HEADER));

// 16 bytes at once. FALSE: the list changed, *Seen is what it is now.
static BOOLEAN RtlpExchangeList(PSLIST_HEADER Header, RTLP_SLIST *Seen, RTLP_SLIST New)
{
    BOOLEAN Done;
    __asm__ volatile("lock cmpxchg16b %1"
                     : "=@ccz"(Done), "+m"(*(RTLP_SLIST *)Header), "+a"(Seen->Low), "+d"(Seen->High)
                     : "b"(New.Low), "c"(New.High)
                     : "memory");
    return Done;
}

static RTLP_SLIST RtlpReadList(const SLIST_HEADER *Header)
{
    const volatile RTLP_SLIST *List = (const volatile RTLP_SLIST *)Header;
    return (RTLP_SLIST){.Low = List->Low, .High = List->High}; // torn: the exchange fails
}

static PSLIST_ENTRY RtlpFirst(RTLP_SLIST List)
{
    return (PSLIST_ENTRY)(ULONG_PTR)(List.Next << 4);
}

VOID NTAPI RtlInitializeSListHead(PSLIST_HEADER ListHead)
{
    if ((ULONG_PTR)ListHead & (sizeof(RTLP_SLIST) - 1))
        RtlRaiseStatus(STATUS_DATATYPE_MISALIGNMENT);
    memset(ListHead, 0, sizeof(*ListHead));
}

PSLIST_ENTRY NTAPI RtlFirstEntrySList(const SLIST_HEADER *ListHead)
{
    return RtlpFirst(RtlpReadList(ListHead));
}

USHORT NTAPI RtlQueryDepthSList(PSLIST_HEADER ListHead)
{
    return (USHORT)RtlpReadList(ListHead).Depth;
}

// A chain of Count entries. Returns the entry that was first.
PSLIST_ENTRY NTAPI RtlInterlockedPushListSListEx(PSLIST_HEADER ListHead, PSLIST_ENTRY List,
                                                 PSLIST_ENTRY ListEnd, DWORD Count)
{
    RTLP_SLIST Seen = RtlpReadList(ListHead), New;
    do {
        ListEnd->Next = RtlpFirst(Seen);
        New = (RTLP_SLIST){
            .Depth = Seen.Depth + Count,
            .Sequence = Seen.Sequence + 1,
            .Next = (ULONG_PTR)List >> 4,
        };
    } while (!RtlpExchangeList(ListHead, &Seen, New));
    return RtlpFirst(Seen);
}

PSLIST_ENTRY NTAPI RtlInterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry)
{
    return RtlInterlockedPushListSListEx(ListHead, ListEntry, ListEntry, 1);
}

// The entry may be taken and its memory given back while it is looked at: then it is not the first any
// more, and what was read does not matter.
static BOOLEAN RtlpReadNext(PSLIST_ENTRY Entry, PSLIST_ENTRY *Next)
{
    __try {
        *Next = *(PSLIST_ENTRY volatile *)&Entry->Next;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return FALSE;
    }
    return TRUE;
}

PSLIST_ENTRY NTAPI RtlInterlockedPopEntrySList(PSLIST_HEADER ListHead)
{
    RTLP_SLIST Seen = RtlpReadList(ListHead), New;
    for (;;) {
        PSLIST_ENTRY First = RtlpFirst(Seen), Next;
        if (!First)
            return nullptr;
        if (!RtlpReadNext(First, &Next)) {
            Seen = RtlpReadList(ListHead);
            continue;
        }
        New = (RTLP_SLIST){
            .Depth = Seen.Depth - 1u,
            .Sequence = Seen.Sequence + 1,
            .Next = (ULONG_PTR)Next >> 4,
        };
        if (RtlpExchangeList(ListHead, &Seen, New))
            return First;
    }
}

PSLIST_ENTRY NTAPI RtlInterlockedFlushSList(PSLIST_HEADER ListHead)
{
    RTLP_SLIST Seen = RtlpReadList(ListHead), New;
    do
        New = (RTLP_SLIST){.Sequence = Seen.Sequence + 1};
    while (RtlpFirst(Seen) && !RtlpExchangeList(ListHead, &Seen, New));
    return RtlpFirst(Seen);
}
