#include "diskbench.h"

#include <string.h>

void DbClearHistogram(DB_HISTOGRAM *Histogram)
{
    memset(Histogram, 0, sizeof(*Histogram));
    Histogram->Least = UINT64_MAX;
}

static uint32_t DbBucket(uint64_t Value)
{
    if (Value < DB_SUBBUCKETS)
        return (uint32_t)Value;
    uint32_t Power = 63 - (uint32_t)__builtin_clzll(Value); // at least 4
    return (Power - 3) * DB_SUBBUCKETS + (uint32_t)(Value >> (Power - 4) & (DB_SUBBUCKETS - 1));
}

// The greatest value that falls into it.
static uint64_t DbBucketEnd(uint32_t Bucket)
{
    if (Bucket < DB_SUBBUCKETS)
        return Bucket;
    uint32_t Power = Bucket / DB_SUBBUCKETS + 3;
    uint64_t Start = (uint64_t)(DB_SUBBUCKETS + Bucket % DB_SUBBUCKETS) << (Power - 4);
    return Start + ((uint64_t)1 << (Power - 4)) - 1;
}

void DbAddLatency(DB_HISTOGRAM *Histogram, uint64_t Nanoseconds)
{
    Histogram->Counts[DbBucket(Nanoseconds)]++;
    Histogram->Total++;
    Histogram->Sum += Nanoseconds;
    if (Nanoseconds < Histogram->Least)
        Histogram->Least = Nanoseconds;
    if (Nanoseconds > Histogram->Most)
        Histogram->Most = Nanoseconds;
}

uint64_t DbPercentile(const DB_HISTOGRAM *Histogram, uint32_t PerMille)
{
    uint64_t Wanted = (Histogram->Total * PerMille + 999) / 1000, Seen = 0;
    for (uint32_t i = 0; i < DB_BUCKETS && Histogram->Total; i++) {
        Seen += Histogram->Counts[i];
        if (Seen >= Wanted && Seen)
            return DbBucketEnd(i) < Histogram->Most ? DbBucketEnd(i) : Histogram->Most;
    }
    return 0;
}
