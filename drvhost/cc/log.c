// Log sequence numbers. A file system that writes what it is going to do into a log first says with each change of pinned
// data which record of the log tells of it. Until the changed page is written, it is remembered here with the oldest and the newest
// of these; before it is written, the file system is asked to write its log up to the newest.

#include "../ntos.h"

typedef struct _CCP_LOGGED {
    LIST_ENTRY Link;
    PSECTION_OBJECT_POINTERS Section;
    LONGLONG Offset; // of the page
    LARGE_INTEGER Oldest, Newest;
    BOOLEAN Writing; // as it is; changes from now on are another entry's
} CCP_LOGGED, *PCCP_LOGGED;

static RTL_SRWLOCK CcpLogLock;
static LIST_ENTRY CcpLogged = {&CcpLogged, &CcpLogged};

VOID NTAPI CcSetLogHandleForFile(PFILE_OBJECT FileObject, PVOID LogHandle,
                                 PFLUSH_TO_LSN FlushToLsnRoutine)
{
    PCCP_MAP Map = CcpMapOf(FileObject);
    if (!Map)
        return;
    Map->LogHandle = LogHandle;
    Map->FlushToLsn = FlushToLsnRoutine;
}

// ---- Changes

static PCCP_LOGGED CcpFindLogged(PSECTION_OBJECT_POINTERS Section, LONGLONG Offset)
{
    for (PLIST_ENTRY Link = CcpLogged.Flink; Link != &CcpLogged; Link = Link->Flink) {
        PCCP_LOGGED Logged = CONTAINING_RECORD(Link, CCP_LOGGED, Link);
        if (Logged->Section == Section && Logged->Offset == Offset && !Logged->Writing)
            return Logged;
    }
    return nullptr;
}

static BOOLEAN CcpLogPage(PSECTION_OBJECT_POINTERS Section, LONGLONG Offset, LARGE_INTEGER Oldest,
                          LARGE_INTEGER Newest)
{
    PCCP_LOGGED Logged = CcpFindLogged(Section, Offset);
    if (!Logged) {
        Logged = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Logged), 'gLcC');
        if (!Logged)
            return FALSE;
        *Logged =
            (CCP_LOGGED){.Section = Section, .Offset = Offset, .Oldest = Oldest, .Newest = Newest};
        InsertTailList(&CcpLogged, &Logged->Link);
    }
    Logged->Oldest.QuadPart = min(Logged->Oldest.QuadPart, Oldest.QuadPart);
    Logged->Newest.QuadPart = max(Logged->Newest.QuadPart, Newest.QuadPart);
    return TRUE;
}

// No memory to remember it by: the log is written now.
VOID CcpLogChange(PSECTION_OBJECT_POINTERS Section, LONGLONG Offset, ULONG Length,
                  LARGE_INTEGER Oldest, LARGE_INTEGER Newest)
{
    PCCP_MAP Map = Section->DataSectionObject;
    BOOLEAN Kept = TRUE;
    if (!Map || !Map->LogHandle || !Newest.QuadPart)
        return;
    RtlAcquireSRWLockExclusive(&CcpLogLock);
    for (ULONG Done = 0; Done < Length && Kept; Done += PAGE_SIZE)
        Kept = CcpLogPage(Section, Offset + Done, Oldest, Newest);
    RtlReleaseSRWLockExclusive(&CcpLogLock);
    if (!Kept && Map->FlushToLsn)
        Map->FlushToLsn(Map->LogHandle, Newest);
}

// ---- Writing

static BOOLEAN CcpIsWithin(const CCP_LOGGED *Logged, PSECTION_OBJECT_POINTERS Section,
                           LONGLONG Offset, ULONG64 Length)
{
    return Logged->Section == Section && Logged->Offset >= Offset &&
           (ULONG64)(Logged->Offset - Offset) < Length;
}

VOID CcpBeforeWrite(PFILE_OBJECT FileObject, LONGLONG Offset, ULONG Length)
{
    PCCP_MAP Map = CcpMapOf(FileObject);
    LARGE_INTEGER Newest = {};
    if (!Map || !Map->LogHandle)
        return;
    RtlAcquireSRWLockExclusive(&CcpLogLock);
    for (PLIST_ENTRY Link = CcpLogged.Flink; Link != &CcpLogged; Link = Link->Flink) {
        PCCP_LOGGED Logged = CONTAINING_RECORD(Link, CCP_LOGGED, Link);
        if (!CcpIsWithin(Logged, Map->Section, Offset, Length))
            continue;
        Logged->Writing = TRUE;
        Newest.QuadPart = max(Newest.QuadPart, Logged->Newest.QuadPart);
    }
    RtlReleaseSRWLockExclusive(&CcpLogLock);
    if (Newest.QuadPart && Map->FlushToLsn)
        Map->FlushToLsn(Map->LogHandle, Newest);
}

static VOID CcpEndLogged(PSECTION_OBJECT_POINTERS Section, LONGLONG Offset, ULONG64 Length,
                         BOOLEAN WrittenOnly, BOOLEAN Gone)
{
    RtlAcquireSRWLockExclusive(&CcpLogLock);
    PLIST_ENTRY Link = CcpLogged.Flink;
    while (Link != &CcpLogged) {
        PCCP_LOGGED Logged = CONTAINING_RECORD(Link, CCP_LOGGED, Link);
        Link = Link->Flink;
        if (!CcpIsWithin(Logged, Section, Offset, Length) || (WrittenOnly && !Logged->Writing))
            continue;
        Logged->Writing = FALSE;
        if (!Gone)
            continue;
        RemoveEntryList(&Logged->Link);
        ExFreePoolWithTag(Logged, 'gLcC');
    }
    RtlReleaseSRWLockExclusive(&CcpLogLock);
}

VOID CcpAfterWrite(PFILE_OBJECT FileObject, LONGLONG Offset, ULONG Length, NTSTATUS Status)
{
    PCCP_MAP Map = CcpMapOf(FileObject);
    if (Map && Map->LogHandle)
        CcpEndLogged(Map->Section, Offset, Length, TRUE, NT_SUCCESS(Status));
}

VOID CcpForgetLogged(PSECTION_OBJECT_POINTERS Section, LONGLONG Offset, ULONG64 Length)
{
    CcpEndLogged(Section, Offset, Length, FALSE, TRUE);
}

// ---- What is dirty

static BOOLEAN CcpIsOfLog(const CCP_LOGGED *Logged, PVOID LogHandle)
{
    PCCP_MAP Map = Logged->Section->DataSectionObject;
    return Map && Map->LogHandle == LogHandle;
}

// The routine may call the cache: it is told of copies.
static ULONG CcpCopyLogged(PVOID LogHandle, PCCP_LOGGED Copies, ULONG Room)
{
    ULONG Count = 0;
    RtlAcquireSRWLockExclusive(&CcpLogLock);
    for (PLIST_ENTRY Link = CcpLogged.Flink; Link != &CcpLogged; Link = Link->Flink) {
        PCCP_LOGGED Logged = CONTAINING_RECORD(Link, CCP_LOGGED, Link);
        if (!CcpIsOfLog(Logged, LogHandle))
            continue;
        if (Count < Room)
            Copies[Count] = *Logged;
        Count++;
    }
    RtlReleaseSRWLockExclusive(&CcpLogLock);
    return Count;
}

// The caller keeps its files from being closed meanwhile. The result: the oldest of all, 0: there is none.
LARGE_INTEGER NTAPI CcGetDirtyPages(PVOID LogHandle, PDIRTY_PAGE_ROUTINE DirtyPageRoutine,
                                    PVOID Context1, PVOID Context2)
{
    LARGE_INTEGER Oldest = {};
    CcpLogPinned();
    ULONG Room = CcpCopyLogged(LogHandle, nullptr, 0);
    if (!Room)
        return Oldest;
    PCCP_LOGGED Copies = ExAllocatePoolWithTag(NonPagedPoolNx, Room * sizeof(*Copies), 'gLcC');
    if (!Copies)
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    ULONG Count = min(CcpCopyLogged(LogHandle, Copies, Room), Room);
    for (ULONG i = 0; i < Count; i++) {
        PCCP_MAP Map = Copies[i].Section->DataSectionObject;
        LARGE_INTEGER Offset = {.QuadPart = Copies[i].Offset};
        if (!Oldest.QuadPart || Copies[i].Oldest.QuadPart < Oldest.QuadPart)
            Oldest = Copies[i].Oldest;
        if (Map)
            DirtyPageRoutine(Map->FileObject, &Offset, PAGE_SIZE, &Copies[i].Oldest,
                             &Copies[i].Newest, Context1, Context2);
    }
    ExFreePoolWithTag(Copies, 'gLcC');
    return Oldest;
}
