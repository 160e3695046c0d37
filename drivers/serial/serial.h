// serial.sys: 16550A lines. Register numbers and bits: National Semiconductor PC16550D data sheet, 8.
#pragma once

#include <ntddk.h>

#include <ntddser.h>
#include <ntstrsafe.h>
#include <power.h>

enum {
    SerialTag = 'iReS',

    UartData = 0,            // receive buffer, transmit holding; divisor low while DLAB is set
    UartInterruptEnable = 1, // divisor high while DLAB is set
    UartInterruptId = 2,     // read
    UartFifoControl = 2,     // written
    UartLineControl = 3,
    UartModemControl = 4,
    UartLineStatus = 5,
    UartModemStatus = 6,
    UartScratch = 7,
    UartPorts = 8,

    UartEnableReceive = 0x01,
    UartEnableTransmit = 0x02,
    UartEnableLineStatus = 0x04,
    UartEnableModemStatus = 0x08,
    UartEnableAll = 0x0F,

    UartNoInterrupt = 0x01,
    UartIdMask = 0x0E,
    UartIdModemStatus = 0x00,
    UartIdTransmit = 0x02,
    UartIdReceive = 0x04,
    UartIdLineStatus = 0x06,
    UartIdTimeout = 0x0C,
    UartIdFifos = 0xC0, // a 16550A with its FIFOs on

    UartFifoEnable = 0x01,
    UartFifoClearReceive = 0x02,
    UartFifoClearTransmit = 0x04,
    UartFifoTrigger8 = 0x80,
    UartFifoSize = 16,

    UartLineBreak = 0x40,
    UartLineDlab = 0x80,

    UartModemDtr = 0x01,
    UartModemRts = 0x02,
    UartModemOut2 = 0x08, // lets the interrupt through on a PC
    UartModemLoop = 0x10,

    UartStatusData = 0x01,
    UartStatusOverrun = 0x02,
    UartStatusParity = 0x04,
    UartStatusFraming = 0x08,
    UartStatusBreak = 0x10,
    UartStatusErrors = 0x1E,
    UartStatusHoldingEmpty = 0x20,
    UartStatusEmpty = 0x40,
    UartStatusFloating = 0xFF, // no device behind the ports

    UartModemCts = 0x10, // those of the four lines that changed are in the four bits below
    UartModemDsr = 0x20,
    UartModemRing = 0x40,
    UartModemDcd = 0x80,

    UartClock = 115200, // baud for divisor 1
    SerialInputSize = 4096,
    SerialMaximumNumber = 256,
};

typedef struct _SERIAL_DEVICE *PSERIAL_DEVICE;

// Requests that became complete with the device's lock held. They are completed when it is free.
typedef struct _SERIAL_DONE {
    LIST_ENTRY Irps;
} SERIAL_DONE, *PSERIAL_DONE;

// Requests of one kind, oldest first: one at a time is worked on. All of them can be cancelled; IoStatus.Information
// of the packet says how much is done. Guarded by the device's Lock.
typedef struct _SERIAL_QUEUE {
    LIST_ENTRY Irps;
    PIRP Current;   // being worked on; null: none
    BOOLEAN Single; // another one is refused
    // Begin with the next request when there is no current one, and complete what can be.
    VOID (*Serve)(PSERIAL_DEVICE Device, PSERIAL_DONE Done);
    VOID (*Stop)(PSERIAL_DEVICE Device); // the current one is not to be worked on any more
} SERIAL_QUEUE, *PSERIAL_QUEUE;

// What the interrupt routine works on. Guarded by the interrupt's lock.
typedef struct _SERIAL_LINE {
    UCHAR LineControl, ModemControl, FifoControl;
    // Receiving: a ring, whose size is a power of two. Head and Tail count up.
    PUCHAR Input;
    ULONG InputSize, InputHead, InputTail;
    BOOLEAN EofReceived;
    // Sending: of the write request that is being worked on.
    const UCHAR *Output;
    ULONG OutputLeft;
    BOOLEAN OutputBusy; // an interrupt will come when the transmitter is empty
    BOOLEAN ImmediatePending, ImmediateSent;
    UCHAR Immediate;
    int ControlCharacter; // an XON or XOFF to send first; -1: none
    // Flow control
    ULONG TransmitHolds; // SERIAL_TX_WAITING_*
    BOOLEAN InputHeld;   // the other side was told to stop
    // What happened
    ULONG Errors;    // SERIAL_ERROR_*, until they are asked for
    ULONG Events;    // SERIAL_EV_*, of the mask, not reported yet
    ULONG WaitMask;  // SERIAL_EV_*
    BOOLEAN Abort;   // an error ends all requests (SERIAL_ERROR_ABORT)
    BOOLEAN Off;     // the device is not in D0: nothing is sent, and what comes is lost
    BOOLEAN Woken;   // but ends the system's sleep
    BOOLEAN Adopted; // what is in the FIFOs is for the next open
    SERIALPERF_STATS Statistics;
    // Settings
    ULONG BaudRate;
    SERIAL_CHARS Chars;
    SERIAL_HANDFLOW HandFlow;
} SERIAL_LINE, *PSERIAL_LINE;

typedef struct _SERIAL_DEVICE {
    PDEVICE_OBJECT Self, Lower, PhysicalDevice;
    ULONG Number; // of \Device\SerialN
    UNICODE_STRING DeviceName, LinkName, InterfaceName;
    WCHAR DeviceNameBuffer[32], LinkNameBuffer[48];
    BOOLEAN Started, IsOpen;
    POWER_POLICY Power;
    BOOLEAN Ending;         // no request may be queued any more
    EX_RUNDOWN_REF Running; // requests
    KSPIN_LOCK Lock;        // of the queues and what they wait for; taken before the interrupt's
    PUCHAR Ports;
    PKINTERRUPT Interrupt;
    KDPC Dpc; // the interrupt routine has something for the queues

    SERIAL_LINE Line;
    SERIAL_TIMEOUTS Timeouts;
    SERIAL_QUEUE Reads, Writes, Waits, Immediates;
    // The read that is being worked on
    BOOLEAN ReadNow;       // complete with what there is, be it nothing
    BOOLEAN ReadAnything;  // complete with what there is, once there is something
    LONGLONG ReadInterval; // 0: none
    // Set tells whether a timer counts for the current request: a DPC may come late.
    BOOLEAN ReadTimerSet, IntervalTimerSet, WriteTimerSet;
    KTIMER ReadTimer, IntervalTimer, WriteTimer;
    KDPC ReadTimerDpc, IntervalTimerDpc, WriteTimerDpc;
} SERIAL_DEVICE;

static inline PSERIAL_DEVICE SerialOf(PDEVICE_OBJECT DeviceObject)
{
    return DeviceObject->DeviceExtension;
}

NTSTATUS SerialComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);
VOID SerialDrain(PSERIAL_DEVICE Device); // waits until the transmitter is empty; at PASSIVE_LEVEL

// ---- pnp.c
DRIVER_ADD_DEVICE SerialAddDevice;
DRIVER_DISPATCH SerialPnp;
NTSTATUS SerialPass(PSERIAL_DEVICE Device, PIRP Irp);

// ---- power.c
DRIVER_DISPATCH SerialPower;
VOID SerialInitializePower(PSERIAL_DEVICE Device);

// ---- name.c
NTSTATUS SerialMakeNames(PSERIAL_DEVICE Device); // \??\COMn, the interface, the device map
VOID SerialRemoveNames(PSERIAL_DEVICE Device);

// ---- uart.c: with the interrupt's lock held, or without an interrupt
static inline UCHAR SerialRead(PSERIAL_DEVICE Device, ULONG Register)
{
    return READ_PORT_UCHAR(Device->Ports + Register);
}

static inline VOID SerialWrite(PSERIAL_DEVICE Device, ULONG Register, UCHAR Value)
{
    WRITE_PORT_UCHAR(Device->Ports + Register, Value);
}

BOOLEAN SerialIsPresent(PSERIAL_DEVICE Device);
VOID SerialResetUart(PSERIAL_DEVICE Device); // as after the device was found
// As it was found, when somebody has had the line with its FIFOs on: the settings are kept, and the first who opens it gets
// what has come. FALSE: nobody has.
BOOLEAN SerialAdoptUart(PSERIAL_DEVICE Device);
VOID SerialOpenUart(PSERIAL_DEVICE Device); // interrupts on
VOID SerialCloseUart(PSERIAL_DEVICE Device);
VOID SerialRestoreUart(PSERIAL_DEVICE Device);              // that has been without power
BOOLEAN SerialBaudDivisor(ULONG BaudRate, PUSHORT Divisor); // FALSE: not to be had
VOID SerialSetBaudRate(PSERIAL_DEVICE Device, ULONG BaudRate);
VOID SerialSetLineControl(PSERIAL_DEVICE Device, UCHAR LineControl);
VOID SerialSetModemControl(PSERIAL_DEVICE Device, UCHAR Set, UCHAR Clear);

// ---- flow.c: the same
VOID SerialApplyHandFlow(PSERIAL_DEVICE Device);
VOID SerialUpdateHolds(PSERIAL_DEVICE Device, UCHAR ModemStatus);
VOID SerialHoldInput(PSERIAL_DEVICE Device);    // the ring is nearly full
VOID SerialReleaseInput(PSERIAL_DEVICE Device); // and empty enough again
BOOLEAN SerialTakeFlowCharacter(PSERIAL_DEVICE Device, UCHAR Character);

// ---- isr.c
KSERVICE_ROUTINE SerialInterrupt;
KDEFERRED_ROUTINE SerialDpc;                        // has all queues served
VOID SerialStartTransmitter(PSERIAL_DEVICE Device); // with the interrupt's lock held
VOID SerialNote(PSERIAL_DEVICE Device, ULONG Event);
static inline ULONG SerialInputCount(const SERIAL_LINE *Line)
{
    return Line->InputHead - Line->InputTail;
}

// ---- queue.c
VOID SerialInitializeQueue(PSERIAL_QUEUE Queue, BOOLEAN Single,
                           VOID (*Serve)(PSERIAL_DEVICE, PSERIAL_DONE),
                           VOID (*Stop)(PSERIAL_DEVICE));
// The result is the dispatch routine's. Without the lock, as the next two.
NTSTATUS SerialEnqueue(PSERIAL_DEVICE Device, PSERIAL_QUEUE Queue, PIRP Irp);
VOID SerialCancelQueue(PSERIAL_DEVICE Device, PSERIAL_QUEUE Queue);
VOID SerialCancelAll(PSERIAL_DEVICE Device);
// The oldest that is not being cancelled becomes Current. FALSE: there is none.
BOOLEAN SerialNextIrp(PSERIAL_QUEUE Queue);
// Current is complete, unless it is being cancelled.
VOID SerialFinishCurrent(PSERIAL_QUEUE Queue, PSERIAL_DONE Done, NTSTATUS Status);
KIRQL SerialLock(PSERIAL_DEVICE Device, PSERIAL_DONE Done);
VOID SerialUnlock(PSERIAL_DEVICE Device, PSERIAL_DONE Done, KIRQL Irql); // and complete

// ---- read.c, write.c, wait.c
DRIVER_DISPATCH SerialReadRequest, SerialWriteRequest;
VOID SerialInitializeReads(PSERIAL_DEVICE Device);
VOID SerialInitializeWrites(PSERIAL_DEVICE Device);
VOID SerialInitializeWaits(PSERIAL_DEVICE Device);
VOID SerialSetWaitMask(PSERIAL_DEVICE Device, ULONG Mask);
ULONG SerialOutputCount(PSERIAL_DEVICE Device); // characters of all writes; with the lock held

// ---- control.c
DRIVER_DISPATCH SerialControl;

// ---- settings.c: IOCTL_SERIAL_* that read or change a setting. Buffer holds the input, and gets the output.
typedef NTSTATUS SERIAL_CONTROL(PSERIAL_DEVICE Device, PVOID Buffer);
// With the interrupt's lock held
SERIAL_CONTROL SerialGetBaudRate, SerialChangeBaudRate, SerialGetLineControl,
    SerialChangeLineControl;
SERIAL_CONTROL SerialGetTimeouts, SerialChangeTimeouts, SerialGetChars, SerialChangeChars;
SERIAL_CONTROL SerialGetHandFlow, SerialChangeHandFlow, SerialGetProperties, SerialGetConfigSize;
SERIAL_CONTROL SerialGetStatistics, SerialClearStatistics;
// Without
SERIAL_CONTROL SerialChangeQueueSize;
