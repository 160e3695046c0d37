// The tests of the suite, and what they share.
#pragma once

#include <test.h>

enum { QUOTA = 256, MAX_DATA = 1024 };

// What a server's end is made as. Zero: bytes, waiting, one instance, both directions.
typedef struct _PIPE {
    PCWSTR Name;
    ULONG Type, ReadMode, CompletionMode, Instances, Share, Options, Disposition;
    ULONG Quota; // 0: QUOTA
} PIPE;

NTSTATUS CreatePipe(const PIPE *Pipe, PHANDLE Server);
NTSTATUS OpenPipe(PCWSTR Name, ACCESS_MASK Access, ULONG Options, PHANDLE Client);
// Both ends, synchronous unless Options says otherwise; FALSE: failed, reported.
BOOLEAN MakePair(const PIPE *Pipe, PHANDLE Server, PHANDLE Client);
NTSTATUS WritePipe(HANDLE Pipe, const VOID *Data, ULONG Length, PULONG Written);
NTSTATUS ReadPipe(HANDLE Pipe, PVOID Data, ULONG Length, PULONG Read);
// Without input or output.
NTSTATUS ControlPipe(HANDLE Pipe, ULONG Code);
NTSTATUS SetPipeMode(HANDLE Pipe, ULONG ReadMode, ULONG CompletionMode);
VOID QueryLocal(HANDLE Pipe, PFILE_PIPE_LOCAL_INFORMATION Local);

#define SYNCHRONOUS FILE_SYNCHRONOUS_IO_NONALERT
#define DUPLEX      (FILE_SHARE_READ | FILE_SHARE_WRITE)
#define BOTH_WAYS   (GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE)

// data.c
VOID TestBytes(void);
VOID TestMessages(void);
VOID TestMessagesAsBytes(void);
VOID TestEmptyMessage(void);
VOID TestQuota(void);
VOID TestNonblocking(void);
VOID TestPeek(void);
VOID TestTransceive(void);
VOID TestBigTransfer(void);

// state.c
VOID TestCreateErrors(void);
VOID TestInstances(void);
VOID TestDirections(void);
VOID TestListen(void);
VOID TestDisconnect(void);
VOID TestServerCloses(void);
VOID TestClientCloses(void);
VOID TestWait(void);
VOID TestUnnamed(void);
VOID TestInformation(void);
VOID TestEnds(void);
VOID TestDirectory(void);
VOID TestImpersonate(void);

// async.c
VOID TestPendingRead(void);
VOID TestPendingWrite(void);
VOID TestApc(void);
VOID TestCompletionPort(void);
VOID TestSkipModes(void);
VOID TestCancel(void);
VOID TestCancelSynchronous(void);
VOID TestAlertableRead(void);
VOID TestThreadExit(void);
VOID TestCloseCancels(void);
VOID TestFlush(void);

// event.c
VOID TestEvents(void);
VOID TestEventStates(void);
VOID TestEventErrors(void);

// mailslot.c
VOID TestMailslot(void);
VOID TestMailslotWait(void);

// process.c
VOID TestTwoProcesses(void);
VOID TestDeadProcess(void);
NTSTATUS ChildEcho(PCWSTR Argument);
NTSTATUS ChildHang(PCWSTR Argument);
