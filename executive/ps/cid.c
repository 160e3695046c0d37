// Process and thread identifiers.
#include "psp.h"

enum { PSP_CID_BUCKETS = 64, PSP_CID_STEP = 4 };

static LIST_ENTRY PspProcessIds[PSP_CID_BUCKETS], PspThreadIds[PSP_CID_BUCKETS];
static ULONG PspNextId = PSP_CID_STEP; // the system process gets 4, as on Windows

VOID PspInitCids(VOID)
{
    for (ULONG i = 0; i < PSP_CID_BUCKETS; i++) {
        InitializeListHead(&PspProcessIds[i]);
        InitializeListHead(&PspThreadIds[i]);
    }
}

static PLIST_ENTRY PspBucket(LIST_ENTRY *Table, HANDLE Id)
{
    return &Table[(ULONG_PTR)Id / PSP_CID_STEP % PSP_CID_BUCKETS];
}

static PEPROCESS PspFindProcess(HANDLE Id)
{
    PLIST_ENTRY Head = PspBucket(PspProcessIds, Id);
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PEPROCESS Process = CONTAINING_RECORD(Link, EPROCESS, CidLink);
        if (Process->UniqueProcessId == Id)
            return Process;
    }
    return nullptr;
}

static PETHREAD PspFindThread(HANDLE Id)
{
    PLIST_ENTRY Head = PspBucket(PspThreadIds, Id);
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PETHREAD Thread = CONTAINING_RECORD(Link, ETHREAD, CidLink);
        if (Thread->Cid.UniqueThread == Id)
            return Thread;
    }
    return nullptr;
}

// An identifier comes back only when the counter has gone round.
static HANDLE PspNewId(VOID)
{
    HANDLE Id;
    do {
        Id = (HANDLE)(ULONG_PTR)PspNextId;
        PspNextId += PSP_CID_STEP;
    } while (!Id || PspFindProcess(Id) || PspFindThread(Id));
    return Id;
}

VOID PspInsertProcessId(PEPROCESS Process)
{
    Process->UniqueProcessId = PspNewId();
    InsertTailList(PspBucket(PspProcessIds, Process->UniqueProcessId), &Process->CidLink);
}

VOID PspInsertThreadId(PETHREAD Thread)
{
    Thread->Cid.UniqueProcess = Thread->Process->UniqueProcessId;
    Thread->Cid.UniqueThread = PspNewId();
    InsertTailList(PspBucket(PspThreadIds, Thread->Cid.UniqueThread), &Thread->CidLink);
}

VOID PspRemoveId(PLIST_ENTRY CidLink)
{
    RemoveEntryList(CidLink);
    InitializeListHead(CidLink);
}

NTSTATUS PsLookupProcessByProcessId(HANDLE ProcessId, PEPROCESS *Process)
{
    PEPROCESS Found = PspFindProcess(ProcessId);
    if (!Found)
        return STATUS_INVALID_CID;
    ObReferenceObject(Found);
    *Process = Found;
    return STATUS_SUCCESS;
}

NTSTATUS PsLookupThreadByThreadId(HANDLE ThreadId, PETHREAD *Thread)
{
    PETHREAD Found = PspFindThread(ThreadId);
    if (!Found)
        return STATUS_INVALID_CID;
    ObReferenceObject(Found);
    *Thread = Found;
    return STATUS_SUCCESS;
}
