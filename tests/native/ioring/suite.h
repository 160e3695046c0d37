// The tests of the suite, and what they share.
#pragma once

#include <test.h>

#include <nt/ntioring.h>

typedef struct _RING {
    HANDLE Handle;
    NT_IORING_INFO Info;
} RING;

// Of Size submissions; FALSE: failed, reported.
BOOLEAN MakeRing(ULONG Size, RING *Ring);
VOID CloseRing(RING *Ring);
// The next entry, zeroed but for these; it is published.
PNT_IORING_SQE AddEntry(RING *Ring, IORING_OP_CODE Operation, ULONG64 UserData);
PNT_IORING_SQE AddRead(RING *Ring, HANDLE File, PVOID Buffer, ULONG Length, ULONG64 Offset,
                       ULONG64 UserData);
NTSTATUS Submit(RING *Ring, ULONG Wait); // without a time-out
ULONG Available(const RING *Ring);       // completions that are there
// Takes a completion, which must be there, for UserData.
VOID CheckCompletion(RING *Ring, ULONG64 UserData, NTSTATUS Status, ULONG_PTR Information);
NTSTATUS TakeResult(RING *Ring); // of the only one, whoever asked

HANDLE OpenFile(ULONG Options); // FILE_NAME, to be read
BOOLEAN MakePipe(PHANDLE Server, PHANDLE Client);
VOID WritePipe(HANDLE Pipe, PCSTR Text);
HANDLE MakeEvent(void);

#define FILE_NAME L"\\SystemRoot\\System32\\ntdll.dll"

// queue.c
VOID TestNothing(void);
VOID TestOrder(void);
VOID TestWrapping(void);
VOID TestFullCompletions(void);
VOID TestSpoiltQueues(void);
VOID TestSizes(void);
VOID TestCommittedMemory(void);

// errors.c
VOID TestServiceErrors(void);
VOID TestWrongValues(void);
VOID TestBadEntries(void);
VOID TestOtherProcess(void);
NTSTATUS ChildUse(PCWSTR Argument);

// file.c
VOID TestRead(void);
VOID TestSynchronousFile(void);
VOID TestRegisteredFiles(void);
VOID TestRegisteredBuffers(void);
VOID TestRights(void);

// pending.c
VOID TestWait(void);
VOID TestTimeout(void);
VOID TestEvent(void);
VOID TestDrain(void);
VOID TestCancel(void);
VOID TestWriteAndFlush(void);
VOID TestCloseInFlight(void);
VOID TestThreadEnds(void);
VOID TestProcessEnds(void);
NTSTATUS ChildEnd(PCWSTR Argument);
