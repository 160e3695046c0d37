// Keeps the wanted number of requests under way until the time is over, or enough have been made.
#include "diskbench.h"

#include <string.h>

enum { DbSecond = 1000000000 }; // in nanoseconds

typedef struct _DB_LOOP {
    DB_TARGET *Target;
    const DB_OPTIONS *Options;
    DB_RESULT *Result;
    DB_WORKLOAD Workload;
    DB_REQUEST Requests[DB_MAX_DEPTH];
    DB_REQUEST *Idle[DB_MAX_DEPTH], *Done[DB_MAX_DEPTH];
    uint32_t IdleCount;
    uint64_t Submitted, Start, End, NextProgress;
    uint64_t IntervalStart,
        IntervalFirst; // when the current one began, and how many requests were done
    bool Progress;
} DB_LOOP;

static void DbPrepareRequests(DB_LOOP *Loop, uint8_t *Buffers)
{
    for (uint32_t i = 0; i < Loop->Options->Depth; i++) {
        Loop->Requests[i] = (DB_REQUEST){.Index = i,
                                         .Length = Loop->Options->Block,
                                         .Buffer = Buffers + (size_t)i * Loop->Options->Block};
        Loop->Idle[Loop->IdleCount++] = &Loop->Requests[i];
    }
}

static bool DbMayGoOn(const DB_LOOP *Loop, uint64_t Now)
{
    return Now < Loop->End && !Loop->Result->Errors &&
           (!Loop->Options->Requests || Loop->Submitted < Loop->Options->Requests);
}

static void DbStartRequests(DB_LOOP *Loop)
{
    uint32_t Count = 0;
    uint64_t Now = DbNow();
    while (Count < Loop->IdleCount && DbMayGoOn(Loop, Now)) {
        DB_REQUEST *Request = Loop->Idle[Count++];
        DbNextRequest(&Loop->Workload, &Request->Offset, &Request->Write);
        Request->Started = Now;
        Request->Error = 0;
        Loop->Submitted++;
    }
    DB_REQUEST *Ready[DB_MAX_DEPTH];
    memcpy(Ready, Loop->Idle, Count * sizeof(Ready[0]));
    Loop->IdleCount -= Count;
    memmove(Loop->Idle, Loop->Idle + Count, Loop->IdleCount * sizeof(Ready[0]));
    if (Count)
        DbSubmit(Loop->Target, Ready, Count);
}

static void DbFinishRequest(DB_LOOP *Loop, DB_REQUEST *Request, uint64_t Now)
{
    DB_RESULT *Result = Loop->Result;
    Loop->Idle[Loop->IdleCount++] = Request;
    if (Request->Error) {
        if (!Result->Errors++)
            Result->FirstError = Request->Error;
        return;
    }
    if (Request->Write)
        Result->Writes++;
    else
        Result->Reads++;
    Result->Bytes += Request->Length;
    DbAddLatency(&Result->Latencies, Now - Request->Started);
}

static void DbShowProgress(DB_LOOP *Loop, uint64_t Now)
{
    if (!Loop->Progress || Now < Loop->NextProgress)
        return;
    Loop->NextProgress = Now + DbSecond;
    uint64_t Elapsed = (Now - Loop->Start) / 1000000;
    DbPrintFormatted("\r%llu of %u s, %llu MB/s ",
                     (unsigned long long)((Now - Loop->Start) / DbSecond), Loop->Options->Seconds,
                     (unsigned long long)(Loop->Result->Bytes / 1000 / (Elapsed ? Elapsed : 1)));
}

// No operations, with an address that bench/count looks for: where instructions are counted, these tell
// from where to where.
static void DbMarkBegin(void)
{
    __asm__ volatile(".byte 0x0F, 0x1F, 0x84, 0x00\n.long 0x50444231" ::: "memory");
}

static void DbMarkEnd(void)
{
    __asm__ volatile(".byte 0x0F, 0x1F, 0x84, 0x00\n.long 0x50444232" ::: "memory");
}

static uint64_t DbRequestsDone(const DB_LOOP *Loop)
{
    return Loop->Result->Reads + Loop->Result->Writes;
}

static void DbKeepInterval(DB_LOOP *Loop, uint64_t Now)
{
    DB_RESULT *Result = Loop->Result;
    if (Loop->Options->Every && Result->IntervalCount < DB_INTERVALS)
        Result->Intervals[Result->IntervalCount++] = (DB_INTERVAL){
            .Requests = DbRequestsDone(Loop) - Loop->IntervalFirst,
            .Nanoseconds = Now - Loop->IntervalStart,
        };
}

// Where instructions are counted, those of each interval are. The last one ends with the measurement.
static void DbEndInterval(DB_LOOP *Loop, uint64_t Now)
{
    uint64_t Length = (uint64_t)Loop->Options->Every * DbSecond;
    if (!Length || Now - Loop->IntervalStart < Length || Now >= Loop->End)
        return;
    DbMarkEnd();
    DbKeepInterval(Loop, Now);
    Loop->IntervalFirst = DbRequestsDone(Loop);
    Loop->IntervalStart = Now;
    DbMarkBegin();
}

static void DbLoop(DB_LOOP *Loop)
{
    Loop->Start = Loop->IntervalStart = DbNow();
    Loop->End = Loop->Start + (uint64_t)Loop->Options->Seconds * DbSecond;
    Loop->NextProgress = Loop->Start + DbSecond;
    DbMarkBegin();
    for (;;) {
        DbStartRequests(Loop);
        if (Loop->IdleCount == Loop->Options->Depth)
            break;
        uint32_t Count = DbReap(Loop->Target, Loop->Done, DB_MAX_DEPTH);
        uint64_t Now = DbNow();
        for (uint32_t i = 0; i < Count; i++)
            DbFinishRequest(Loop, Loop->Done[i], Now);
        DbEndInterval(Loop, Now);
        DbShowProgress(Loop, Now);
    }
    DbMarkEnd();
    uint64_t End = DbNow();
    DbKeepInterval(Loop, End);
    Loop->Result->Nanoseconds = End - Loop->Start;
    if (Loop->Progress)
        DbPrint("\r                              \r");
}

const char *DbRun(DB_TARGET *Target, const DB_OPTIONS *Options, DB_RESULT *Result)
{
    static DB_LOOP Loop;
    size_t Bytes = (size_t)Options->Depth * Options->Block;
    if (Options->Block % DbTargetSector(Target) || Options->Offset % DbTargetSector(Target))
        return "blocks and offsets must be multiples of the target's sectors";
    memset(Result, 0, sizeof(*Result));
    DbClearHistogram(&Result->Latencies);
    Loop = (DB_LOOP){.Target = Target, .Options = Options, .Result = Result};
    Loop.Progress = !Options->Json && DbIsTerminal();
    DbBeginWorkload(&Loop.Workload, Options, DbTargetSize(Target));
    if (!Loop.Workload.Blocks)
        return "the target is smaller than a block";
    uint8_t *Buffers = DbAllocate(Bytes);
    if (!Buffers)
        return "there is not enough memory for the buffers";
    DbPrepareRequests(&Loop, Buffers);
    DbLoop(&Loop);
    DbFree(Buffers, Bytes);
    return NULL;
}
