// Measures a disk, a volume or a file: the same sources make the program of this system and the one that it
// is compared with on Linux. Plain C; what the systems differ in is behind the functions at the end.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DB_MAX_DEPTH = 256,
    DB_MAX_BLOCK = 16 << 20,
    DB_MAX_TARGET = 260,
};

typedef struct _DB_OPTIONS {
    char Target[DB_MAX_TARGET];
    uint32_t Block;        // bytes of a request
    uint32_t Depth;        // requests under way at once
    uint32_t WritePercent; // of the requests; the others read
    bool Sequential;
    bool Suite;   // no workload was named: the four usual ones
    bool Destroy; // write even where there is something to lose
    bool Json;
    bool Plain;              // a service a request, where there is something better
    uint32_t Seconds;        // how long, unless
    uint32_t Every;          // seconds of which the figures are wanted apart; 0: of none
    uint64_t Requests;       // so many are done before; 0: no such limit
    uint64_t Offset, Length; // the part of the target, in bytes; 0: to its end
} DB_OPTIONS;

// ---- Options (options.c). Null: they are good; else what is wrong with them.

// Word: what the problem is with.
const char *DbParseOptions(int Count, char **Words, DB_OPTIONS *Options, const char **Word);
extern const char DbUsage[];

// ---- Latencies (histogram.c), in nanoseconds: buckets of 1/16 of a power of two

enum { DB_SUBBUCKETS = 16, DB_BUCKETS = 64 * DB_SUBBUCKETS };

typedef struct _DB_HISTOGRAM {
    uint64_t Counts[DB_BUCKETS];
    uint64_t Total, Sum, Least, Most;
} DB_HISTOGRAM;

void DbClearHistogram(DB_HISTOGRAM *Histogram);
void DbAddLatency(DB_HISTOGRAM *Histogram, uint64_t Nanoseconds);
// The latency that PerMille of a thousand requests did not exceed; 0: there was none.
uint64_t DbPercentile(const DB_HISTOGRAM *Histogram, uint32_t PerMille);

// ---- Where the next request goes (workload.c)

typedef struct _DB_WORKLOAD {
    uint64_t Offset, Blocks, Next, Random;
    uint32_t Block, WritePercent;
    bool Sequential;
} DB_WORKLOAD;

void DbBeginWorkload(DB_WORKLOAD *Workload, const DB_OPTIONS *Options, uint64_t TargetSize);
void DbNextRequest(DB_WORKLOAD *Workload, uint64_t *Offset, bool *Write);

// ---- A measurement (run.c, report.c)

enum { DB_INTERVALS = 240 }; // that figures are kept of

typedef struct _DB_INTERVAL {
    uint64_t Requests, Nanoseconds;
} DB_INTERVAL;

typedef struct _DB_RESULT {
    uint64_t Reads, Writes, Bytes, Errors;
    int32_t FirstError;
    uint64_t Nanoseconds; // how long it took
    DB_HISTOGRAM Latencies;
    DB_INTERVAL Intervals[DB_INTERVALS];
    uint32_t IntervalCount;
} DB_RESULT;

typedef struct _DB_TARGET DB_TARGET;

// Null: it ran; else what has stopped it.
const char *DbRun(DB_TARGET *Target, const DB_OPTIONS *Options, DB_RESULT *Result);
void DbReport(const DB_OPTIONS *Options, const DB_RESULT *Result, bool First, bool Last);
void DbPrintFormatted(const char *Format, ...) __attribute__((format(printf, 1, 2)));
int DbMain(int Count, char **Words); // the exit code

// ---- What the system does (native.c, linux.c)

typedef struct _DB_REQUEST {
    uint64_t Offset, Started;
    void *Buffer;
    uint32_t Length, Index; // Index: 0 to depth - 1
    bool Write;
    int32_t Error; // of the system; 0: none
} DB_REQUEST;

// Null, or what is wrong. A target with Depth 1 is used synchronously.
const char *DbOpenTarget(const DB_OPTIONS *Options, DB_TARGET **Target);
void DbCloseTarget(DB_TARGET *Target);
uint64_t DbTargetSize(const DB_TARGET *Target);   // bytes
uint32_t DbTargetSector(const DB_TARGET *Target); // bytes
void DbSubmit(DB_TARGET *Target, DB_REQUEST **Requests, uint32_t Count);
uint32_t DbReap(DB_TARGET *Target, DB_REQUEST **Done, uint32_t Most); // waits for one at least
uint64_t DbNow(void);                                                 // nanoseconds
bool DbIsTerminal(void);        // somebody sees what is printed as it comes
void *DbAllocate(size_t Bytes); // whole pages, zeroed; null: there is no memory
void DbFree(void *Block, size_t Bytes);
const char *DbErrorText(int32_t Error);
void DbPrint(const char *Text);
int DbFormat(char *Buffer, size_t Size, const char *Format, __builtin_va_list Arguments);
