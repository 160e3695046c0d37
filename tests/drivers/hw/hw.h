// Tests of the drivers of a PC's small devices.
#pragma once

#include <test.h>

#include <guiddef.h>
#include <ntddbeep.h>
#include <ntddkbd.h>
#include <ntddser.h>

NTSTATUS HwOpen(PCWSTR Name, ULONG Options, PHANDLE File);
// A device control that is waited for.
NTSTATUS HwControl(HANDLE File, ULONG Code, const VOID *Input, ULONG InputLength, PVOID Output,
                   ULONG OutputLength);
#define HW_SET(File, Code, Value) HwControl(File, Code, &(Value), sizeof(Value), nullptr, 0)
#define HW_GET(File, Code, Value) HwControl(File, Code, nullptr, 0, &(Value), sizeof(Value))
#define HW_DO(File, Code)         HwControl(File, Code, nullptr, 0, nullptr, 0)

// An operation that is not waited for: the event is set at its end.
typedef struct _HW_OPERATION {
    IO_STATUS_BLOCK Io;
    HANDLE Event;
} HW_OPERATION, *PHW_OPERATION;

BOOLEAN HwBegin(PHW_OPERATION Operation);
NTSTATUS HwRead(PHW_OPERATION Operation, HANDLE File, PVOID Buffer, ULONG Length);
NTSTATUS HwWrite(PHW_OPERATION Operation, HANDLE File, const VOID *Buffer, ULONG Length);
NTSTATUS HwStartControl(PHW_OPERATION Operation, HANDLE File, ULONG Code, PVOID Output,
                        ULONG OutputLength);
// Its end status; STATUS_TIMEOUT (of the wait) becomes STATUS_IO_TIMEOUT.
NTSTATUS HwWait(PHW_OPERATION Operation, LONGLONG Milliseconds);
// The end status of what may be complete at once.
static inline NTSTATUS HwFinish(PHW_OPERATION Operation, NTSTATUS Started)
{
    return Started == STATUS_PENDING ? HwWait(Operation, 5000) : Started;
}
VOID HwEnd(PHW_OPERATION Operation);

// serial.c: the line under test in loopback, 115200 baud, no time-outs. Null: failed, reported.
HANDLE SerialOpenLoop(void);
VOID SerialTimeouts(HANDLE Line, ULONG Interval, ULONG Multiplier, ULONG Constant);

VOID SerialTestFound(void), SerialTestSettings(void), SerialTestBadSettings(void),
    SerialTestTransfer(void), SerialTestLarge(void), SerialTestLines(void), SerialTestXon(void);
VOID SerialTestTimeouts(void), SerialTestCancel(void), SerialTestWaitMask(void),
    SerialTestPurge(void), SerialTestErrors(void), SerialTestRemove(void);
VOID KeyboardTestControls(void), KeyboardTestRead(void);
VOID BeepTest(void);

VOID StormTest(void);
