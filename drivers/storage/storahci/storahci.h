// storahci.sys: a StorPort miniport for AHCI host bus adapters. Each port is a bus with one unit: target 0, LUN 0.
//
// Everything but the making of reads and writes runs under the adapter's interrupt lock (half duplex), so a port's
// state has one reader and writer at a time. A port that is not running is on its way from one state to the next; a
// timer and the interrupt routine push it on, and requests for it wait.
#pragma once

#include <storport.h>

#include <srbhelper.h>

#include "core/frame.h"
#include "core/translate.h"

typedef struct _AHCI_ADAPTER AHCI_ADAPTER, *PAHCI_ADAPTER;
typedef struct _AHCI_PORT AHCI_PORT, *PAHCI_PORT;

enum {
    AhciMaximumTransfer = 1 << 20,
    AhciTableAlignment = 128,
    AhciTableBytes = sizeof(AHCI_TABLE) + AHCI_REGIONS * sizeof(AHCI_REGION),
    // The end of a request's table holds data where no buffer does: ranges to trim, or a copy.
    AhciSpareRegion = 8,
    AhciSpareBytes = (AHCI_REGIONS - AhciSpareRegion) * sizeof(AHCI_REGION),
    AhciRetries = 3,

    AhciTickMicroseconds = 1000,
    AhciAdapterResetMicroseconds = 1000 * 1000, // AHCI 10.4.3
    AhciStopMicroseconds = 500 * 1000,          // AHCI 10.1.2
    AhciResetMicroseconds = 1000,               // AHCI 10.4.2
    AhciAbsentMicroseconds = 15 * 1000,         // Serial ATA: a device answers within 10 ms
    AhciLinkMicroseconds = 1000 * 1000,
    AhciReadyMicroseconds = 20 * 1000 * 1000, // motors take their time
    AhciCommandMicroseconds = 5 * 1000 * 1000,
};

// ---- A request, in the SRB's extension. Its command table follows, at the next multiple of 128.

typedef struct _AHCI_REQUEST {
    struct _AHCI_REQUEST *Next; // in the port's queue
    PVOID Srb;
    AHCI_TABLE *Table;
    ULONG64 TablePhysical;
    ULONG Options;    // of its header
    ULONG Generation; // of the port, when it was built
    ULONG Length;     // of its data
    BOOLEAN Built;    // the table is ready
    BOOLEAN Slow;     // its end needs more than a status
    BOOLEAN Copied;   // the data is in the table's end
    BOOLEAN Packet;
    BOOLEAN CountsMoved; // less than asked for may come
    UCHAR Retries;
    ATA_COMMAND Command;
} AHCI_REQUEST, *PAHCI_REQUEST;

// ---- A port

typedef enum _AHCI_STATE {
    AhciOff,     // the adapter does not work
    AhciEmpty,   // no device
    AhciRunning, // requests go to the device
    // On the way:
    AhciStopping,  // until no command is being worked on
    AhciResetting, // the link is held in reset
    AhciLinking,   // until the link is up
    AhciWaiting,   // until the device is ready
    AhciAsking,    // a command of the driver's own is under way
} AHCI_STATE;

typedef enum _AHCI_REASON { // for stopping
    AhciReasonError,        // a command failed
    AhciReasonLink,         // the transfer of a command failed
    AhciReasonReset,
    AhciReasonChange, // something was connected or disconnected
} AHCI_REASON;

typedef enum _AHCI_QUESTION {
    AhciAskIdentity,
    AhciAskError, // which queued command failed
    AhciAskSense, // why the packet command failed
} AHCI_QUESTION;

// What the adapter reads and writes for a port.
typedef struct _AHCI_PORT_MEMORY {
    AHCI_HEADER Headers[AHCI_SLOTS];
    UCHAR Received[AHCI_RECEIVED_BYTES];
    AHCI_TABLE Table; // of the driver's own commands
    AHCI_REGION Region;
    UCHAR Unused[112];
    UCHAR Buffer[ATA_SECTOR_BYTES];
} AHCI_PORT_MEMORY, *PAHCI_PORT_MEMORY;
C_ASSERT(sizeof(AHCI_PORT_MEMORY) == 2048);

struct _AHCI_PORT {
    AHCI_PORT_REGISTERS *Registers; // null: the adapter has no such port
    AHCI_STATE State;
    BOOLEAN IsQueued; // what is issued is
    BOOLEAN HasDevice, WasEmpty;
    ULONG Issued;   // slots that the device has
    ULONG Unsent;   // of these: it has not been told yet
    ULONG SlotMask; // that there are
    ULONG Generation;
    PAHCI_REQUEST First, Last; // those that wait
    AHCI_REASON Reason;
    AHCI_QUESTION Question;
    ULONG Events; // seen while on the way
    ULONG64 Begun, Deadline;
    PAHCI_REQUEST Failed;    // for AhciAskSense
    ATA_REGISTERS AtFailure; // of an unqueued command
    PAHCI_PORT_MEMORY Memory;
    ULONG64 MemoryPhysical;
    UCHAR Number;
    ATA_DRIVE Drive;
    PAHCI_REQUEST Slots[AHCI_SLOTS];
};

struct _AHCI_ADAPTER {
    AHCI_REGISTERS *Registers;
    ULONG Capabilities, Implemented;
    ULONG SlotMask;
    BOOLEAN Wide; // 64-bit addresses
    BOOLEAN Working, Gone;
    STOR_DPC SendDpc;
    AHCI_PORT Ports[AHCI_MAXIMUM_PORTS];
};

static inline BOOLEAN AhciIsMoving(const AHCI_PORT *Port)
{
    return Port->State >= AhciStopping;
}

static inline PAHCI_PORT AhciPortOf(PAHCI_ADAPTER Adapter, ULONG Path)
{
    PAHCI_PORT Port = &Adapter->Ports[Path % AHCI_MAXIMUM_PORTS];
    return Path < AHCI_MAXIMUM_PORTS && Port->Registers ? Port : NULL;
}

// adapter.c
HW_FIND_ADAPTER AhciFindAdapter;
HW_INITIALIZE AhciInitialize;
HW_ADAPTER_CONTROL AhciAdapterControl;
HW_RESET_BUS AhciResetBus;
BOOLEAN AhciStartAdapter(PAHCI_ADAPTER Adapter);
ULONG64 AhciNow(PAHCI_ADAPTER Adapter); // microseconds

// port.c
VOID AhciSetUpPort(PAHCI_ADAPTER Adapter, PAHCI_PORT Port);
VOID AhciStepPort(PAHCI_ADAPTER Adapter, PAHCI_PORT Port); // as far as it goes
VOID AhciStopPort(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, AHCI_REASON Reason);
VOID AhciResetLink(PAHCI_ADAPTER Adapter, PAHCI_PORT Port);
VOID AhciResetPort(PAHCI_ADAPTER Adapter, PAHCI_PORT Port);
VOID AhciStartEngine(PAHCI_PORT Port);
VOID AhciRunPort(PAHCI_ADAPTER Adapter, PAHCI_PORT Port);
VOID AhciWatchLink(PAHCI_ADAPTER Adapter, PAHCI_PORT Port);
HW_TIMER AhciTimer;

// ask.c: commands of the driver's own
VOID AhciAsk(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, AHCI_QUESTION Question);
BOOLEAN AhciHasAnswer(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PBOOLEAN Good);

// recover.c
VOID AhciPortFailed(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, ULONG Events);
VOID AhciPortStopped(PAHCI_ADAPTER Adapter, PAHCI_PORT Port);
VOID AhciErrorKnown(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, BOOLEAN Good);
VOID AhciSenseKnown(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, BOOLEAN Good);

// request.c
HW_BUILDIO AhciBuildIo;
HW_STARTIO AhciStartIo;
HW_DPC_ROUTINE AhciSendDpc;
VOID AhciIssue(PAHCI_PORT Port, ULONG Slot, PAHCI_REQUEST Request); // AhciRunQueue sends it
VOID AhciRunQueue(PAHCI_ADAPTER Adapter, PAHCI_PORT Port);
VOID AhciRequeue(PAHCI_PORT Port, PAHCI_REQUEST Request); // before all others

// firmware.c
VOID AhciStartControl(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PAHCI_REQUEST Request);

// prepare.c: FALSE: it has ended
BOOLEAN AhciPrepare(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PAHCI_REQUEST Request);
VOID AhciPrepareReadWrite(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PAHCI_REQUEST Request,
                          const UCHAR *Cdb, BOOLEAN Write);
VOID AhciPrepareCommand(PAHCI_REQUEST Request, const ATA_COMMAND *Command, ULONG Regions);

// complete.c
VOID AhciComplete(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request, UCHAR SrbStatus);
VOID AhciFail(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request, const SCSI_SENSE *Sense);
VOID AhciFailBytes(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request, const UCHAR *Bytes, ULONG Length);
VOID AhciFailRegisters(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request,
                       const ATA_REGISTERS *Registers);
VOID AhciRequestDone(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PAHCI_REQUEST Request, ULONG Slot);
VOID AhciEndIssued(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, UCHAR SrbStatus);
VOID AhciEndWaiting(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, UCHAR SrbStatus);

// interrupt.c
HW_INTERRUPT AhciInterrupt;
HW_MESSAGE_SIGNALED_INTERRUPT_ROUTINE AhciMessageInterrupt;
