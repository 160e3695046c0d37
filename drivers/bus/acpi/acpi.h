// acpi.sys: the ACPI device (the machine's firmware) and the devices that it reports.
#pragma once

#include "core/core.h"
#include "irpqueue.h"
#include "osl/osl.h"

// Requests that wait for events, or events that wait for requests.
typedef struct _ACPI_WAITERS {
    VOID (*Cancelled)(struct _ACPI_WAITERS *Waiters); // one of them is being; null: nobody cares
    IRP_QUEUE Requests;
    LIST_ENTRY Events; // under the lock of the requests
    ULONG EventCount;
} ACPI_WAITERS, *PACPI_WAITERS;

typedef struct _ACPI_BUS {
    PDEVICE_OBJECT Self, LowerDevice, PhysicalDevice;
    FAST_MUTEX Lock;  // of the nodes
    LIST_ENTRY Nodes; // ACPI_NODE
    BOOLEAN Started;
    BOOLEAN Changed; // devices have come or gone since the namespace was walked
} ACPI_BUS, *PACPI_BUS;

typedef struct _ACPI_DEVICE {
    PDEVICE_OBJECT Self;
    PACPI_BUS Bus;
    PACPI_NODE Node; // as long as the device object is there
    BOOLEAN Started;
    ACPI_WAITERS Waiters;         // of a PCI root bridge, or a button
    LIST_ENTRY Connections;       // ACPI_CONNECTION, under the lock of events.c
    ULONG LastConnection;         // its number
    LIST_ENTRY Companions;        // ACPI_COMPANION, under the bus's lock
    UNICODE_STRING Interfaces[2]; // of device classes
    volatile LONG Pressed;        // SYS_BUTTON_ events that nobody has been told
    ULONG ThermalStamp;
    ACPI_WAITERS WakeWaiters; // what follows: under the bus's lock
    ACPI_WAITERS WakeHolders; // who wants it armed, and does not want to hear of it
    ACPI_WAKE Wake;           // while it is armed
    BOOLEAN Armed;
} ACPI_DEVICE, *PACPI_DEVICE;

// What a device extension begins with.
typedef struct _ACPI_EXTENSION {
    BOOLEAN IsBus;
    union {
        ACPI_BUS Bus;
        ACPI_DEVICE Device;
    };
} ACPI_EXTENSION, *PACPI_EXTENSION;

static inline PACPI_EXTENSION AcpiExtension(PDEVICE_OBJECT DeviceObject)
{
    return DeviceObject->DeviceExtension;
}

// main.c
NTSTATUS AcpiComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);
NTSTATUS AcpiKeep(PIRP Irp); // with the status that it has

// bus.c: the ACPI device
NTSTATUS AcpiBusPnp(PACPI_BUS Bus, PIRP Irp);
NTSTATUS AcpiPass(PACPI_BUS Bus, PIRP Irp);

// power.c
NTSTATUS AcpiBusPower(PACPI_BUS Bus, PIRP Irp);
NTSTATUS AcpiRequestCriticalPowerOff(PCSTR Reason);
VOID AcpiPressButton(ULONG Buttons); // SYS_BUTTON_: what follows is the system's policy
NTSTATUS AcpiEnterSleep(UCHAR State);
NTSTATUS AcpiDevicePower(PACPI_DEVICE Device, PIRP Irp);
// sleep.c
VOID AcpiTellSleepStates(VOID);
BOOLEAN AcpiHasSleepState(UCHAR State);
NTSTATUS AcpiSleepLightly(VOID); // S1
NTSTATUS AcpiSleepDeeply(VOID);  // S3

VOID AcpiWatchFixedButtons(VOID);
VOID AcpiForgetFixedButtons(VOID);

// waitwake.c
VOID AcpiInitializeWake(PACPI_DEVICE Device);
VOID AcpiStartWake(PACPI_BUS Bus);
VOID AcpiStopWake(VOID);
NTSTATUS AcpiWaitWake(PACPI_DEVICE Device, PIRP Irp);
NTSTATUS AcpiWaitFunctionWake(PACPI_DEVICE Device, PIRP Irp, const ACPI_PCI_WAIT_WAKE *Wait);
VOID AcpiEndWake(PACPI_DEVICE Device, NTSTATUS Status); // nobody waits any more
VOID AcpiWoke(PACPI_DEVICE Device);                     // with the bus locked
VOID AcpiStartButtonWake(PACPI_DEVICE Device);
VOID AcpiPrepareWakes(PACPI_BUS Bus, UCHAR Sleep);
VOID AcpiResumeWakes(PACPI_BUS Bus);
VOID AcpiTellWakeCapabilities(const ACPI_NODE *Node, PDEVICE_CAPABILITIES Capabilities);

// thermal.c
VOID AcpiCheckThermalZone(PACPI_BUS Bus, PACPI_NODE Node); // with the bus locked
VOID AcpiStartFansAgain(PACPI_BUS Bus);                    // the machine has slept
VOID AcpiStartThermal(PACPI_BUS Bus);
VOID AcpiWakeThermal(VOID); // zones may have come
VOID AcpiStopThermal(VOID);

// relations.c
NTSTATUS AcpiQueryChildren(PACPI_BUS Bus, PACPI_NODE Parent, PIRP Irp);

// device.c, devicequery.c: what it reports
NTSTATUS AcpiDevicePnp(PACPI_DEVICE Device, PIRP Irp);
NTSTATUS AcpiDeviceQueryId(PACPI_DEVICE Device, PIRP Irp);
NTSTATUS AcpiDeviceQueryText(PACPI_DEVICE Device, PIRP Irp);
NTSTATUS AcpiDeviceQueryCapabilities(PACPI_DEVICE Device, PIRP Irp);
NTSTATUS AcpiDeviceQueryBus(PIRP Irp);

// class.c: classes of devices that the system's power policy uses
VOID AcpiStartClass(PACPI_DEVICE Device);
VOID AcpiStopClass(PACPI_DEVICE Device);
VOID AcpiTellClass(const ACPI_NODE *Node, ULONG Value); // with the bus locked
VOID AcpiTellFixedButton(ULONG Button);
BOOLEAN AcpiIsButton(const ACPI_DEVICE *Device); // or a lid
BOOLEAN AcpiIsClassControl(const ACPI_DEVICE *Device, ULONG Code);
NTSTATUS AcpiClassControl(PACPI_DEVICE Device, PIRP Irp);

// control.c
NTSTATUS AcpiBusControl(PACPI_BUS Bus, PIRP Irp);
NTSTATUS AcpiDeviceControl(PACPI_DEVICE Device, PIRP Irp);

// pcicontrol.c: what pci.sys asks of root bridges
BOOLEAN AcpiIsPciControl(ULONG Code);
NTSTATUS AcpiPciControl(PACPI_DEVICE Device, PIRP Irp);

// companion.c: what stands for functions below a root bridge
VOID AcpiInitializeDevice(PACPI_DEVICE Device, PACPI_BUS Bus, PACPI_NODE Node);
NTSTATUS AcpiForward(PACPI_DEVICE Bridge, PIRP Irp);
NTSTATUS AcpiForgetFunction(PACPI_DEVICE Bridge, const ACPI_PCI_PATH *Path);
VOID AcpiForgetFunctions(PACPI_DEVICE Bridge);
// Null: the namespace has no device there, or there is no memory. Depth 0 is the bridge's own.
PACPI_DEVICE AcpiReachFunction(PACPI_DEVICE Bridge, const ACPI_PCI_PATH *Path);
VOID AcpiForEachCompanion(PACPI_DEVICE Bridge, VOID (*Visit)(PACPI_DEVICE Device, PVOID Context),
                          PVOID Context); // with the bus locked
// With the bus locked.
VOID AcpiTellFunction(PACPI_DEVICE Bridge, const ACPI_PCI_NOTIFICATION *Notification);

// waiters.c
VOID AcpiInitializeWaiters(PACPI_WAITERS Waiters);
// The request has room for an event.
NTSTATUS AcpiWaitForEvent(PACPI_WAITERS Waiters, PIRP Irp);
NTSTATUS AcpiPutWaiter(PACPI_WAITERS Waiters, PIRP Irp); // where there are no events
PIRP AcpiTakeWaiter(PACPI_WAITERS Waiters);              // null: there is none
BOOLEAN AcpiHasWaiters(PACPI_WAITERS Waiters);
BOOLEAN AcpiPostEvent(PACPI_WAITERS Waiters, const VOID *Data, ULONG Length); // FALSE: it is lost
VOID AcpiEndWaiters(PACPI_WAITERS Waiters, NTSTATUS Status); // nobody is told any more
VOID AcpiCancelWaiters(PACPI_WAITERS Waiters, PFILE_OBJECT File);

// globallock.c
VOID AcpiInitializeLock(VOID);
VOID AcpiStopLock(VOID);
NTSTATUS AcpiAcquireGlobalLock(PACPI_DEVICE Device, PIRP Irp);
NTSTATUS AcpiReleaseGlobalLock(PACPI_DEVICE Device, PIRP Irp);
VOID AcpiForgetLock(PACPI_DEVICE Device); // its driver is gone

// notify.c
NTSTATUS AcpiWaitForNotification(PACPI_DEVICE Device, PIRP Irp);
NTSTATUS AcpiStartNotifications(PACPI_BUS Bus);
VOID AcpiStopNotifications(VOID);

// events.c: what drivers ask of events (<acpievent.h>)
VOID AcpiInitializeEvents(VOID);
BOOLEAN AcpiIsEventControl(ULONG Code);
NTSTATUS AcpiEventControl(PACPI_DEVICE Device, PIRP Irp);
VOID AcpiTellDriver(PACPI_DEVICE Device, ULONG Value);
VOID AcpiEndConnections(PACPI_DEVICE Device);
