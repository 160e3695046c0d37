#include "diskbench.h"

#include <string.h>

void DbPrintFormatted(const char *Format, ...)
{
    char Text[512];
    __builtin_va_list Arguments;
    __builtin_va_start(Arguments, Format);
    (void)DbFormat(Text, sizeof(Text), Format, Arguments);
    __builtin_va_end(Arguments);
    DbPrint(Text);
}

static unsigned long long DbSpeed(uint64_t Count, uint64_t Nanoseconds)
{
    uint64_t Microseconds = Nanoseconds / 1000;
    return Microseconds ? Count * 1000000 / Microseconds : 0;
}

static unsigned long long DbPerSecond(uint64_t Count, const DB_RESULT *Result)
{
    return DbSpeed(Count, Result->Nanoseconds);
}

static void DbPrintTenths(const char *Before, uint64_t Nanoseconds, uint32_t Width)
{
    uint64_t Tenths = (Nanoseconds + 50) / 100;
    DbPrintFormatted("%s%*llu.%llu", Before, (int)Width - 2, (unsigned long long)(Tenths / 10),
                     (unsigned long long)(Tenths % 10));
}

static void DbPrintName(const DB_OPTIONS *Options)
{
    bool Mega = Options->Block % (1 << 20) == 0, Kilo = Options->Block % 1024 == 0;
    DbPrintFormatted("%u%s %s ",
                     Mega   ? Options->Block >> 20
                     : Kilo ? Options->Block >> 10
                            : Options->Block,
                     Mega   ? "M"
                     : Kilo ? "K"
                            : "",
                     Options->Sequential ? "sequential" : "random");
    if (Options->WritePercent == 0 || Options->WritePercent == 100)
        DbPrint(Options->WritePercent ? "write" : "read");
    else
        DbPrintFormatted("%u%% write", Options->WritePercent);
    DbPrintFormatted(", depth %u", Options->Depth);
}

static const struct {
    const char *Name;
    uint32_t PerMille;
} DbPercentiles[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"p99.9", 999}};

static void DbReportIntervalsAsJson(const DB_RESULT *Result)
{
    DbPrint("\"intervals\": [");
    for (uint32_t i = 0; i < Result->IntervalCount; i++)
        DbPrintFormatted("%s{\"requests\": %llu, \"nanoseconds\": %llu}", i ? ",\n    " : "",
                         (unsigned long long)Result->Intervals[i].Requests,
                         (unsigned long long)Result->Intervals[i].Nanoseconds);
    DbPrint("],\n  ");
}

static void DbReportIntervals(const DB_RESULT *Result)
{
    for (uint32_t i = 0; i < Result->IntervalCount; i++) {
        const DB_INTERVAL *Interval = &Result->Intervals[i];
        DbPrintFormatted("          %9llu  in part %u\n",
                         DbSpeed(Interval->Requests, Interval->Nanoseconds), i + 1);
    }
}

static void DbReportJson(const DB_OPTIONS *Options, const DB_RESULT *Result, bool First, bool Last)
{
    uint64_t Requests = Result->Reads + Result->Writes;
    DbPrint(First ? "[" : " ");
    DbPrint("{\"test\": \"");
    DbPrintName(Options);
    DbPrintFormatted(
        "\", \"reads\": %llu, \"writes\": %llu, \"bytes\": %llu, \"errors\": %llu,\n  ",
        (unsigned long long)Result->Reads, (unsigned long long)Result->Writes,
        (unsigned long long)Result->Bytes, (unsigned long long)Result->Errors);
    DbPrintFormatted("\"nanoseconds\": %llu, \"iops\": %llu,\n  ",
                     (unsigned long long)Result->Nanoseconds, DbPerSecond(Requests, Result));
    if (Options->Every)
        DbReportIntervalsAsJson(Result);
    DbPrintFormatted("\"latency_ns\": {\"min\": %llu, \"mean\": %llu",
                     (unsigned long long)(Requests ? Result->Latencies.Least : 0),
                     (unsigned long long)(Requests ? Result->Latencies.Sum / Requests : 0));
    for (size_t i = 0; i < sizeof(DbPercentiles) / sizeof(DbPercentiles[0]); i++)
        DbPrintFormatted(
            ", \"%s\": %llu", DbPercentiles[i].Name,
            (unsigned long long)DbPercentile(&Result->Latencies, DbPercentiles[i].PerMille));
    DbPrintFormatted(", \"max\": %llu}}%s\n", (unsigned long long)Result->Latencies.Most,
                     Last ? "]" : ",");
}

static void DbReportTable(const DB_OPTIONS *Options, const DB_RESULT *Result, bool First)
{
    uint64_t Requests = Result->Reads + Result->Writes;
    unsigned long long Kilobytes = DbPerSecond(Result->Bytes, Result) / 1000;
    if (First)
        DbPrint("     MB/s      IOPS   p50 us   p90 us   p99 us p99.9 us   max us  test\n");
    DbPrintFormatted("%7llu.%llu %9llu", Kilobytes / 1000, Kilobytes / 100 % 10,
                     DbPerSecond(Requests, Result));
    for (size_t i = 0; i < sizeof(DbPercentiles) / sizeof(DbPercentiles[0]); i++)
        DbPrintTenths(" ", DbPercentile(&Result->Latencies, DbPercentiles[i].PerMille), 8);
    DbPrintTenths(" ", Result->Latencies.Most, 8);
    DbPrint("  ");
    DbPrintName(Options);
    DbPrint("\n");
    DbReportIntervals(Result);
}

void DbReport(const DB_OPTIONS *Options, const DB_RESULT *Result, bool First, bool Last)
{
    if (Options->Json)
        DbReportJson(Options, Result, First, Last);
    else
        DbReportTable(Options, Result, First);
    if (Result->Errors && !Options->Json)
        DbPrintFormatted("%llu requests failed; the first: %s\n",
                         (unsigned long long)Result->Errors, DbErrorText(Result->FirstError));
}
