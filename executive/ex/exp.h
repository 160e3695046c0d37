// The private part of Ex.
#pragma once

#include "ntos.h"

enum {
    EX_TAG_BUFFER = 'fBxE',
    EX_TAG_APC = 'pAxE',
    EX_TAG_PACKET = 'kPxE',
    EX_TAG_ATOM = 'tAxE',
};

// Initialisation of the parts, in the order of ExInitSystem.
NTSTATUS ExpInitEvents(void);
NTSTATUS ExpInitMutants(void);
NTSTATUS ExpInitSemaphores(void);
NTSTATUS ExpInitTimers(void);
NTSTATUS ExpInitKeyedEvents(void);
NTSTATUS ExpInitIoCompletion(void);
NTSTATUS ExpInitWaitPackets(void);
NTSTATUS ExpInitReserves(void);

// An optional result: nothing is written to a null pointer.
#define ExpWriteOptional(Pointer, Value) ((Pointer) ? MmWriteUser(Pointer, Value) : STATUS_SUCCESS)
#define ExpProbeOptional(Pointer) \
    ((Pointer) ? MmProbeForWrite(Pointer, sizeof(*(Pointer)), 1) : STATUS_SUCCESS)

// A null pointer waits for ever.
NTSTATUS ExpCaptureTimeout(const LARGE_INTEGER USER *Timeout, PLARGE_INTEGER Captured,
                           PLARGE_INTEGER *Result);

// Answer a query whose structure has one size: any other length is STATUS_INFO_LENGTH_MISMATCH.
NTSTATUS ExpReturnExact(const VOID *Data, ULONG Size, VOID USER *Buffer, ULONG Length,
                        ULONG USER *ReturnLength);

// ---- Completion ports (exiocompletion.c)

typedef struct _EXP_PORT EXP_PORT, *PEXP_PORT;

typedef struct _EXP_PACKET EXP_PACKET, *PEXP_PACKET;
struct _EXP_PACKET {
    LIST_ENTRY Links;
    FILE_IO_COMPLETION_INFORMATION Information;
    VOID (*Release)(PEXP_PACKET Packet); // it was taken out, or its port is gone
};

static inline FILE_IO_COMPLETION_INFORMATION
ExpPacketInformation(PVOID KeyContext, PVOID ApcContext, NTSTATUS Status, ULONG_PTR Information)
{
    return (FILE_IO_COMPLETION_INFORMATION){
        .KeyContext = KeyContext,
        .ApcContext = ApcContext,
        .IoStatusBlock = {.Status = Status, .Information = Information},
    };
}

NTSTATUS ExpReferencePort(HANDLE Handle, ACCESS_MASK Access, PEXP_PORT *Port);
VOID ExpQueuePacket(PEXP_PORT Port, PEXP_PACKET Packet);
// FALSE: somebody has it already. Release is not called.
BOOLEAN ExpUnqueuePacket(PEXP_PORT Port, PEXP_PACKET Packet);

static inline VOID ExpCpuid(ULONG Leaf, ULONG Registers[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(Registers[0]), "=b"(Registers[1]), "=c"(Registers[2]),
                       "=d"(Registers[3])
                     : "a"(Leaf), "c"(0));
}

// One system information query.
typedef struct _EXP_QUERY {
    ULONG Class;
    VOID USER *Buffer;
    ULONG Length;
    ULONG Needed; // result
    const VOID USER *Input;
    ULONG InputLength;
} EXP_QUERY, *PEXP_QUERY;

// Copy the answer of one size. ExpAnswerAtLeast accepts a longer buffer.
NTSTATUS ExpAnswer(PEXP_QUERY Query, const VOID *Data, ULONG Size);
NTSTATUS ExpAnswerAtLeast(PEXP_QUERY Query, const VOID *Data, ULONG Size);

NTSTATUS ExpQueryProcesses(PEXP_QUERY Query);
NTSTATUS ExpQueryHandles(PEXP_QUERY Query);
NTSTATUS ExpQueryHandlesEx(PEXP_QUERY Query);
NTSTATUS ExpQueryModules(PEXP_QUERY Query);
NTSTATUS ExpQueryHostedDrivers(PEXP_QUERY Query);
NTSTATUS ExpQueryPoolTags(PEXP_QUERY Query);
NTSTATUS ExpQueryProcessId(PEXP_QUERY Query);
NTSTATUS ExpQueryProcessor(PEXP_QUERY Query);
NTSTATUS ExpQueryProcessorBrand(PEXP_QUERY Query);
NTSTATUS ExpQueryProcessorPerformance(PEXP_QUERY Query);
NTSTATUS ExpQueryLogicalProcessors(PEXP_QUERY Query);
NTSTATUS ExpQueryLogicalProcessorsEx(PEXP_QUERY Query);
NTSTATUS ExpQueryProcessorCycles(PEXP_QUERY Query);
NTSTATUS ExpQueryArchitectures(PEXP_QUERY Query);
NTSTATUS ExpQueryFirmwareTable(PEXP_QUERY Query); // exfirmware.c
