// pci.sys: the bus driver of PCI and PCI Express. A bus is a functional device object, on a root bridge that ACPI
// found or on a bridge that another bus found; a function is a physical device object.
#pragma once

#include <ntddk.h>

#include <acpipci.h>
#include <pciioctl.h>
#include <stdio.h>

#include "core/pcicore.h"

enum {
    PciTag = 'BicP',
    PciMaxMessages = 32, // that are asked for, of one function
    PciConventionalSpace = 256,
    PciExpressSpace = 4096,
};

typedef struct _PCI_BUS PCI_BUS, *PPCI_BUS;

// ---- A root bridge, and how configuration space below it is reached

typedef struct _PCI_ROOT {
    PDEVICE_OBJECT Lower;             // its physical device
    ULONG Segment, FirstBus, LastBus; // inclusive
    ULONG Control;                    // what the firmware leaves to us: PCI_CONTROL_*
    BOOLEAN HasFirmware;              // ACPI answers below
    volatile UCHAR *Spaces[PCI_MAX_BRIDGE_NUMBER + 1]; // mapped, by bus; null: by ports
} PCI_ROOT, *PPCI_ROOT;

enum { // of the answer of _OSC: PCI Firmware Specification 3.3, 4.5.1
    PCI_CONTROL_HOT_PLUG = 1,
};

typedef struct _PCI_LOCATION {
    PPCI_ROOT Root;
    UCHAR Bus,
        Slot; // Slot: device << 3 | function, or the function alone where devices are not numbered
} PCI_LOCATION, *PPCI_LOCATION;

static inline ULONG PciDeviceNumber(const PCI_LOCATION *Location)
{
    return Location->Slot >> 3;
}

static inline ULONG PciFunctionNumber(const PCI_LOCATION *Location)
{
    return Location->Slot & 7;
}

// As in PCI_SEGMENT_BUS_NUMBER of Windows' <wdm.h>.
static inline ULONG PciSegmentBus(const PCI_LOCATION *Location)
{
    return Location->Root->Segment << 8 | Location->Bus;
}

// ---- A function

// What START_DEVICE gave it.
typedef struct _PCI_ASSIGNMENT {
    ULONG64 Bars[PciBarSlots]; // addresses; 0: none
    PCI_WINDOW Windows[PciWindowKinds];
    UCHAR Line; // 0: none
    ULONG MessageCount;
    BOOLEAN Extended; // messages are MSI-X
    USHORT MessageData[PciMaxMessages];
    ULONG64 MessageAddress[PciMaxMessages];
} PCI_ASSIGNMENT, *PPCI_ASSIGNMENT;

enum { // of the power management capability, and bits of its control register
    PciPowerCapabilities = 2,
    PciPowerControl = 4,
    PciPowerPme = 1 << 8,
    PciPowerPmeStatus = 1 << 15,
};

// What it forgets in D3 and in resets, beside that.
enum { PciContextHeader = 3, PciContextExpress = 4 };
typedef struct _PCI_CONTEXT {
    USHORT Command, BridgeControl;
    UCHAR Header[PciContextHeader];
    USHORT Express[PciContextExpress];
    ULONG Buses; // of a bridge
} PCI_CONTEXT, *PPCI_CONTEXT;

// What it forgets when the machine sleeps: 0CH to 3FH of its header.
enum { PciSleepRegisters = 13 };
typedef struct _PCI_ASLEEP {
    BOOLEAN Saved;
    ULONG Registers[PciSleepRegisters];
} PCI_ASLEEP;

typedef struct _PCI_FUNCTION {
    LIST_ENTRY Link; // of its bus
    PDEVICE_OBJECT Self;
    PPCI_BUS Bus;
    PCI_LOCATION Location;
    PCI_SPACE Space;
    PCI_HEADER Header;
    PCI_BAR Bars[PciBarSlots];
    PCI_WINDOW Windows[PciWindowKinds]; // as found; bridges
    ULONG Power, Msi, Msix, Express;    // offsets of capabilities, 0: none
    int PortType;                       // of PCI Express, -1: conventional
    BOOLEAN Present;                    // found by the last scan
    BOOLEAN Seen;                       // by the scan under way
    BOOLEAN Started;
    BOOLEAN Ejected;      // its drivers are gone, it may be taken out
    BOOLEAN WantsWindows; // of a bridge: others than it has
    BOOLEAN NeedsReset;   // its driver went away without a word
    BOOLEAN AsksFirmware; // its drivers have
    DEVICE_POWER_STATE State;
    PCI_CONTEXT Context; // while it is not in D0, or the system sleeps
    BOOLEAN Sleeps;      // of a bridge: the system does
    PCI_ASLEEP Asleep;
    PIRP WaitWake;                           // by the cancel spin lock; null: nobody waits
    struct _PCI_FIRMWARE_WAKE *FirmwareWake; // the same; null: the firmware is not asked
    PCI_ASSIGNMENT Assigned;
    volatile UCHAR *MsixTable; // mapped while started with MSI-X
    ULONG MsixCount;
    PPCI_BUS Child; // of a bridge: the bus below it, or null
} PCI_FUNCTION, *PPCI_FUNCTION;

// ---- A bus

// Of a port whose slot tells by interrupts what happens.
typedef struct _PCI_SLOT {
    PIO_WORKITEM Work; // null: nobody listens
    KDPC Dpc, TimerDpc;
    KTIMER Timer; // the button's five seconds
    BOOLEAN Waiting;
    volatile LONG Events, Queued;
    IO_CONNECT_INTERRUPT_PARAMETERS Connection;
    PVOID ConnectionContext;
} PCI_SLOT, *PPCI_SLOT;

// Of a root bridge: the request that waits for the firmware's notifications.
typedef struct _PCI_NOTIFY {
    PIRP Irp; // null: none
    PIO_WORKITEM Work;
    volatile BOOLEAN Ends;
    KEVENT Done; // the request will not be sent again
    ACPI_PCI_NOTIFICATION Data;
} PCI_NOTIFY, *PPCI_NOTIFY;

struct _PCI_BUS {
    LIST_ENTRY Link; // of all buses
    PDEVICE_OBJECT Self, Lower, PhysicalDevice;
    PPCI_FUNCTION Bridge; // null: a root bridge
    PPCI_ROOT Root;       // shared by all below
    PCI_ROOT OwnRoot;
    ULONG Number, Last; // bus numbers: its own, and the last one below it
    BOOLEAN Started;
    BOOLEAN Grown;        // there are new functions
    FAST_MUTEX Lock;      // of Functions
    LIST_ENTRY Functions; // PCI_FUNCTION
    PCI_SLOT Slot;
    PCI_NOTIFY Notify;
};

// What a device extension begins with.
typedef struct _PCI_EXTENSION {
    BOOLEAN IsBus;
    union {
        PCI_BUS Bus;
        PCI_FUNCTION Function;
    };
} PCI_EXTENSION, *PPCI_EXTENSION;

static inline PPCI_EXTENSION PciExtension(PDEVICE_OBJECT DeviceObject)
{
    return DeviceObject->DeviceExtension;
}

static inline BOOLEAN PciIsBridge(const PCI_FUNCTION *Function)
{
    return Function->Header.Type == 1;
}

extern PDRIVER_OBJECT PciDriver;

// main.c
NTSTATUS PciComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);
// A device control that is waited for; Information may be null.
NTSTATUS PciControl(PDEVICE_OBJECT Device, ULONG Code, const VOID *Input, ULONG InputLength,
                    PVOID Output, ULONG OutputLength);

// space.c
VOID PciOpenSpace(PPCI_LOCATION Location, PCI_SPACE *Space); // Location must stay
VOID PciMapBusSpace(PPCI_ROOT Root, ULONG Bus);
VOID PciUnmapSpaces(PPCI_ROOT Root);

// root.c
NTSTATUS PciStartRoot(PPCI_BUS Bus); // learn what the firmware says
// How to get from the root bridge to Function.
VOID PciFindPath(const PCI_FUNCTION *Function, PACPI_PCI_PATH Path);

// bus.c
NTSTATUS PciAddBus(PDRIVER_OBJECT Driver, PDEVICE_OBJECT PhysicalDevice);
NTSTATUS PciBusPnp(PPCI_BUS Bus, PIRP Irp);
VOID PciForEachBus(BOOLEAN (*Visit)(PPCI_BUS Bus, PVOID Context), PVOID Context); // FALSE ends

// scan.c
NTSTATUS PciScanBus(PPCI_BUS Bus); // with the bus locked: marks what is there Present

// number.c
VOID PciNumberBridges(PPCI_BUS Bus); // give bus numbers to those that have none

// function.c
NTSTATUS PciFunctionPnp(PPCI_FUNCTION Function, PIRP Irp);

// identify.c
NTSTATUS PciQueryId(PPCI_FUNCTION Function, PIRP Irp);
NTSTATUS PciQueryText(PPCI_FUNCTION Function, PIRP Irp);
NTSTATUS PciQueryCapabilities(PPCI_FUNCTION Function, PIRP Irp);
NTSTATUS PciQueryBusInformation(PPCI_FUNCTION Function, PIRP Irp);

// require.c
NTSTATUS PciQueryResources(PPCI_FUNCTION Function, PIRP Irp);
NTSTATUS PciQueryRequirements(PPCI_FUNCTION Function, PIRP Irp);
// Ports that no bridge above passes on are left out when the function has memory, too.
BOOLEAN PciUsesBar(const PCI_FUNCTION *Function, ULONG Index);
enum { // polarity of a line, in Flags of its descriptor: HOST_INTERRUPT_ACTIVE_* of <nt/nthost.h>
    PciLineActiveHigh = 0x4000,
    PciLineActiveLow = 0x8000,
};

// behind.c: what a bridge's windows must hold. Length 0: nothing.
typedef struct _PCI_NEED {
    ULONG64 Length, Alignment;
    BOOLEAN Wide; // all of it may lie above 4 GiB
} PCI_NEED, *PPCI_NEED;
VOID PciMeasureBridge(PPCI_FUNCTION Bridge, PPCI_NEED Needs); // PciWindowKinds
VOID PciWidenBridges(
    PPCI_FUNCTION Bridge); // and those above it, as far as what is behind them needs it
NTSTATUS PciQueryState(PPCI_FUNCTION Function, PIRP Irp);

// policy.c: whether the function's driver wants messages, and how many (0: as many as there are)
BOOLEAN PciReadMessagePolicy(PPCI_FUNCTION Function, PULONG Limit);

// start.c
NTSTATUS PciStartFunction(PPCI_FUNCTION Function, PIRP Irp);
VOID PciStopFunction(PPCI_FUNCTION Function);
BOOLEAN PciIsInfrastructure(const PCI_FUNCTION *Function); // its registers are the firmware's
NTSTATUS PciProgramFunction(PPCI_FUNCTION Function);       // what it was assigned, once more

// message.c
NTSTATUS PciEnableMessages(PPCI_FUNCTION Function);
VOID PciDisableMessages(PPCI_FUNCTION Function);
ULONG PciCountMessages(const PCI_FUNCTION *Function, BOOLEAN Extended);

// With MSI-X enabled, Index < MsixCount. A Message that was not assigned leaves the entry's message as it is.
VOID PciWriteMsixEntry(PPCI_FUNCTION Function, ULONG Index, ULONG Message, BOOLEAN Masked);
VOID PciMaskMsixEntry(PPCI_FUNCTION Function, ULONG Index, BOOLEAN Masked);

// slot.c
BOOLEAN
PciIsHotPlugPort(const PCI_FUNCTION *Function); // a slot below it takes devices while we run
BOOLEAN PciWantsSlotInterrupt(const PCI_FUNCTION *Function); // and tells us itself
VOID PciTellSlot(const PCI_FUNCTION *Function, PDEVICE_CAPABILITIES Capabilities);
BOOLEAN PciIsSlotOccupied(const PCI_FUNCTION *Port);
ULONG PciTakeSlotEvents(const PCI_FUNCTION *Port);
typedef enum _PCI_LAMP { PciLampOn = 1, PciLampBlinks = 2, PciLampOff = 3 } PCI_LAMP;
VOID PciSetSlotLamp(PPCI_FUNCTION Port, PCI_LAMP Lamp);
VOID PciPowerSlot(PPCI_FUNCTION Port, BOOLEAN On);
VOID PciListenToSlot(PPCI_FUNCTION Port, BOOLEAN Listen);

// hotplug.c
VOID PciStartSlot(PPCI_BUS Bus);
VOID PciStopSlot(PPCI_BUS Bus);
VOID PciCancelEject(const PCI_FUNCTION *Function);
VOID PciRequestEject(PPCI_BUS Bus, ULONG Device); // all its functions

// notify.c
VOID PciStartNotifications(PPCI_BUS Bus);
VOID PciStopNotifications(PPCI_BUS Bus);

// eject.c
NTSTATUS PciEject(PPCI_FUNCTION Function, PIRP Irp);

// The message that the entry sends; MAXULONG: none of those assigned.
ULONG PciQueryMsixEntry(const PCI_FUNCTION *Function, ULONG Index, PULONG Masked);

// control.c: \Device\Pci
typedef struct _PCI_TRANSFER {
    ULONG Input, Output; // bytes
} PCI_TRANSFER;
NTSTATUS PciCreateControlDevice(PDRIVER_OBJECT Driver);
VOID PciDeleteControlDevice(VOID);
BOOLEAN PciIsControlDevice(PDEVICE_OBJECT Device);
NTSTATUS PciControlDispatch(PIRP Irp);
BOOLEAN PciIsPresent(const PCI_FUNCTION *Asker, const PCI_DEVICE_PRESENCE_PARAMETERS *Wanted);

// remote.c: IRP_MJ_INTERNAL_DEVICE_CONTROL
NTSTATUS PciFunctionControl(PPCI_FUNCTION Function, PIRP Irp);
NTSTATUS PciChangeMessageEntry(PPCI_FUNCTION Function, PPCI_MESSAGE_ENTRY Entry);

// firmware.c: requests to the ACPI driver
BOOLEAN PciIsFirmwareControl(const IO_STACK_LOCATION *Stack);
NTSTATUS PciForwardToFirmware(PPCI_FUNCTION Function, PIRP Irp);
VOID PciForgetInFirmware(PPCI_FUNCTION Function);

// interface.c
NTSTATUS PciQueryInterface(PPCI_FUNCTION Function, PIRP Irp);

// context.c
VOID PciSaveContext(const PCI_FUNCTION *Function, PPCI_CONTEXT Context);
NTSTATUS PciRestoreContext(PPCI_FUNCTION Function, const PCI_CONTEXT *Context);

// sleep.c
NTSTATUS PciBusPower(PPCI_BUS Bus, PIRP Irp);

// power.c
NTSTATUS PciFunctionPower(PPCI_FUNCTION Function, PIRP Irp);
NTSTATUS PciWakeForStart(PPCI_FUNCTION Function); // into D0, whatever the firmware or a driver left
ULONG PciReadPower(const PCI_FUNCTION *Function); // its control register
VOID PciWritePower(const PCI_FUNCTION *Function, DEVICE_POWER_STATE State, BOOLEAN Wake);

// wake.c
NTSTATUS PciWaitWake(PPCI_FUNCTION Function, PIRP Irp);
VOID PciCheckWake(PPCI_FUNCTION Function);                // has it raised PME#?
VOID PciEndWake(PPCI_FUNCTION Function, NTSTATUS Status); // of the request that waits, if one does
BOOLEAN PciQueryFirmwareWake(const PCI_FUNCTION *Function, PACPI_PCI_WAKE Wake);

// reset.c. Type: DEVICE_RESET_TYPE; the types that work, as bits
NTSTATUS PciResetFunction(PPCI_FUNCTION Function, ULONG Type);
ULONG PciResetTypes(const PCI_FUNCTION *Function);

// configure.c: IRP_MN_READ_CONFIG, IRP_MN_WRITE_CONFIG
VOID PciWriteAsDriver(PPCI_FUNCTION Function, ULONG Offset, const VOID *Buffer, ULONG Length);
NTSTATUS PciReadConfig(PPCI_FUNCTION Function, PIRP Irp);
NTSTATUS PciWriteConfig(PPCI_FUNCTION Function, PIRP Irp);
