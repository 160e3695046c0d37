// Identifiers: LUIDs and the parts of time-based UUIDs (RFC 9562, version 1).
#include "exp.h"

// The first numbers are those of privileges and of the system's logon sessions.
static ULONGLONG ExpNextLuid = 0x10000;

VOID ExAllocateLocallyUniqueId(PLUID Luid)
{
    ULONGLONG Value = ExpNextLuid++;
    *Luid = (LUID){(ULONG)Value, (LONG)(Value >> 32)};
}

NTSTATUS NtAllocateLocallyUniqueId(LUID USER *Luid)
{
    LUID Value;
    ExAllocateLocallyUniqueId(&Value);
    return MmWriteUser(Luid, Value);
}

// 100 ns between 15 October 1582, where UUID time starts, and 1601.
constexpr ULONGLONG EXP_UUID_EPOCH = 5748192000000000ULL;
// At most this many 100 ns ticks are given out at once: a millisecond's.
constexpr ULONGLONG EXP_UUID_RANGE = 10000;

static ULONGLONG ExpLastUuidTime;
static ULONG ExpUuidSequence; // 14 bits; random at the start, as no state outlives a boot
static UCHAR ExpUuidNode[6];

static VOID ExpSeedUuids(void)
{
    ExGetRandomBytes(&ExpUuidSequence, sizeof(ExpUuidSequence));
    ExpUuidSequence &= 0x3FFF;
    ExGetRandomBytes(ExpUuidNode, sizeof(ExpUuidNode));
    ExpUuidNode[0] |= 1; // a multicast address: no network card has it
    ExpLastUuidTime = 1;
}

// The ticks from Start on, Range of them, belong to the caller.
static NTSTATUS ExpAllocateUuidTime(PULONGLONG Start, PULONG Range)
{
    LARGE_INTEGER System;
    KeQuerySystemTime(&System);
    ULONGLONG Now = (ULONGLONG)System.QuadPart + EXP_UUID_EPOCH;
    if (!ExpLastUuidTime)
        ExpSeedUuids();
    if (Now + EXP_UUID_RANGE < ExpLastUuidTime) { // the clock was set back
        ExpUuidSequence = (ExpUuidSequence + 1) & 0x3FFF;
        ExpLastUuidTime = 1;
    }
    if (Now <= ExpLastUuidTime)
        return STATUS_RETRY;
    *Start = max(ExpLastUuidTime, Now - EXP_UUID_RANGE);
    *Range = (ULONG)(Now - *Start);
    ExpLastUuidTime = Now;
    return STATUS_SUCCESS;
}

NTSTATUS NtAllocateUuids(ULARGE_INTEGER USER *Time, ULONG USER *Range, ULONG USER *Sequence,
                         CHAR USER *Seed)
{
    NTSTATUS Status = MmProbeForWrite(Time, sizeof(*Time), 1);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(Range, sizeof(*Range), 1);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(Sequence, sizeof(*Sequence), 1);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(Seed, sizeof(ExpUuidNode), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONGLONG Start;
    ULONG Count;
    Status = ExpAllocateUuidTime(&Start, &Count);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmCopyToUser(Time, &Start, sizeof(Start));
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(Range, Count);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(Sequence, ExpUuidSequence);
    if (NT_SUCCESS(Status))
        Status = MmCopyToUser(Seed, ExpUuidNode, sizeof(ExpUuidNode));
    return Status;
}
