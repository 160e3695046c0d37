// What the driver makes of the namespace: nodes with identifiers, resources, routing. Nothing here knows requests or
// device objects, so it runs on the build machine too (tests/unit/drivers/acpi).
#pragma once

#include <ntddk.h>

#include <acpi/acpi.h>

#include <acpipci.h>
#include <poclass.h>

constexpr ULONG AcpiTag = 'ipcA';

enum {
    AcpiIdChars = 64, // of one identifier, with its terminator
    AcpiMaximumCompatible = 8,
    AcpiMaximumNodes = 4096,
};

// ---- Starting ACPICA (start.c)

NTSTATUS AcpiStatus(acpi_status Status); // as NTSTATUS
// Tables found and checked: acpi_gbl_FADT and acpi_get_table are there.
NTSTATUS AcpiFindTables(VOID);
// The namespace, the hardware in ACPI mode, the SCI connected, devices initialised.
NTSTATUS AcpiStart(VOID);
VOID AcpiEnd(VOID);

// ---- Evaluation (evaluate.c)

acpi_status AcpiEvaluateNumber(acpi_handle Handle, PCSTR Name, PULONG64 Value);
// With a number as the argument; a result is thrown away.
acpi_status AcpiCallWithNumber(acpi_handle Handle, PCSTR Name, ULONG64 Argument);
BOOLEAN AcpiHasObject(acpi_handle Handle, PCSTR Name);
// Present, enabled ...: ACPI Specification 6.4, 6.3.7. What cannot be evaluated is not there.
ULONG AcpiDeviceStatus(acpi_handle Handle);
// For messages: \_SB.PCI0, or as much of it as there is room for.
VOID AcpiPathName(acpi_handle Handle, PSTR Path, ULONG Size);

// ---- Events and embedded controllers (gpe.c, ec.c)

VOID AcpiEnableEvents(VOID);
VOID AcpiFindBootController(VOID);
VOID AcpiFindControllers(VOID);
VOID AcpiForgetControllers(VOID);

// ---- Power of devices (devicepower.c)

enum { AcpiMaximumPowerList = 16 };

// Power resources that are needed together.
typedef struct _ACPI_POWER_LIST {
    ULONG Count;
    acpi_handle Handles[AcpiMaximumPowerList];
} ACPI_POWER_LIST, *PACPI_POWER_LIST;

VOID AcpiCollectPower(const union acpi_object *Package, ULONG First, PACPI_POWER_LIST List);
acpi_status AcpiNeedPower(const ACPI_POWER_LIST *List); // on until released
VOID AcpiReleasePower(const ACPI_POWER_LIST *List);
VOID AcpiForgetPowerResources(VOID); // the namespace ends
BOOLEAN AcpiHasDeviceState(acpi_handle Device, DEVICE_POWER_STATE State);

// ---- Waking (wake.c)

typedef struct _ACPI_WAKE {
    acpi_handle GpeDevice; // null: the FADT's blocks
    ULONG Gpe;
    UCHAR Deepest; // n of Sn, from which the device can wake the machine
    ACPI_POWER_LIST Power;
} ACPI_WAKE, *PACPI_WAKE;

BOOLEAN AcpiReadWake(acpi_handle Device, PACPI_WAKE Wake); // FALSE: it cannot wake the machine
DEVICE_POWER_STATE AcpiWakeDeviceState(acpi_handle Device, UCHAR Sleep);
NTSTATUS AcpiArmWake(acpi_handle Device, const ACPI_WAKE *Wake);
VOID AcpiDisarmWake(acpi_handle Device, const ACPI_WAKE *Wake);
BOOLEAN AcpiPrepareWake(acpi_handle Device, const ACPI_WAKE *Wake,
                        UCHAR Sleep); // FALSE: not from there
VOID AcpiResumeWake(acpi_handle Device, const ACPI_WAKE *Wake);

// ---- Thermal zones (thermal.c)

// Milliseconds until somebody should look at it again; 0: the firmware tells when.
ULONG AcpiThermalPeriod(acpi_handle Zone);

// ---- What zones say of themselves (zone.c)

NTSTATUS AcpiQueryZone(acpi_handle Zone,
                       PTHERMAL_INFORMATION Information); // without stamp and processors
NTSTATUS AcpiSetCoolingPolicy(acpi_handle Zone, ULONG Policy);

// ---- Requests of <acpiioct.h> (evalmethod.c, children.c). Input and output lie in Buffer. Handle null: the root.

NTSTATUS AcpiEvaluateRequest(acpi_handle Handle, BOOLEAN Extended, PUCHAR Buffer, ULONG InputLength,
                             ULONG OutputLength, PULONG Written);
NTSTATUS AcpiEnumerateRequest(acpi_handle Handle, PUCHAR Buffer, ULONG InputLength,
                              ULONG OutputLength, PULONG Written);

// ---- Nodes (node.c, identify.c, known.c)

typedef enum _ACPI_NODE_KIND {
    AcpiDeviceKind,
    AcpiProcessorKind,
    AcpiThermalKind,
    AcpiFixedButtonKind, // power and sleep button of the fixed registers: they have no object
} ACPI_NODE_KIND;

// What is known of an identifier.
typedef struct _ACPI_KNOWN {
    PCSTR Id;
    PCWSTR Description;
    BOOLEAN Raw;         // it needs no driver
    BOOLEAN Container;   // it reports the devices below it
    BOOLEAN NoResources; // what _CRS says is not the device's, but the firmware's or the bus's
} ACPI_KNOWN;

typedef struct _ACPI_NODE {
    LIST_ENTRY Link;           // in the list of all, parents first
    struct _ACPI_NODE *Parent; // who reports it; null: the ACPI device itself
    acpi_handle Handle;        // null: there is no object
    ACPI_NODE_KIND Kind;
    BOOLEAN Present;    // at the last scan
    BOOLEAN RootBridge; // of PCI
    BOOLEAN Unique;     // Instance is unique in the system
    BOOLEAN HasAddress;
    ULONG Address;
    ULONG Status;
    CHAR Id[AcpiIdChars]; // PNP0A08
    CHAR Instance[AcpiIdChars];
    CHAR Subsystem[AcpiIdChars], Revision[8]; // _SUB and _HRV; empty: none
    CHAR Compatible[AcpiMaximumCompatible][AcpiIdChars];
    ULONG CompatibleCount;
    const ACPI_KNOWN *Known;  // null: nothing
    PVOID Device;             // the driver's
    DEVICE_POWER_STATE State; // of the device; 0: nobody has set it
    ACPI_POWER_LIST Power;    // what it needs in this state
    ULONG Cooling;            // of a fan: how many levels of zones want it to run
    ULONG Levels;             // of a zone: those whose fans run, a bit each
    BOOLEAN Passive;          // of a zone: hotter than its passive temperature
} ACPI_NODE, *PACPI_NODE;

NTSTATUS AcpiSetDevicePower(PACPI_NODE Node, DEVICE_POWER_STATE State); // devicepower.c

// ---- Cooling (cooling.c)

typedef struct _ACPI_ZONE_NEWS {
    ULONG Temperature, Limit; // tenths of kelvins; critical from Limit on
    BOOLEAN Critical;
    BOOLEAN PassiveChanged;
} ACPI_ZONE_NEWS, *PACPI_ZONE_NEWS;

BOOLEAN AcpiIsFan(const ACPI_NODE *Node);
NTSTATUS AcpiSetFan(PACPI_NODE Fan);
// Fans run, or do not, as the temperature wants. FALSE: nobody knows it.
BOOLEAN AcpiWatchZone(PLIST_ENTRY Nodes, PACPI_NODE Zone, PACPI_ZONE_NEWS News);

// Adds what is new, marks what is present.
NTSTATUS AcpiScanNamespace(PLIST_ENTRY Nodes);
PACPI_NODE AcpiFindNode(PLIST_ENTRY Nodes, acpi_handle Handle);
PACPI_NODE AcpiFindReporter(PLIST_ENTRY Nodes, acpi_handle Handle); // null: the ACPI device
ULONG AcpiFixedButtons(VOID); // SYS_BUTTON_: those that the fixed registers have
BOOLEAN AcpiReportsOthers(const ACPI_NODE *Node); // a root bridge or a container
VOID AcpiFreeNode(PACPI_NODE Node);               // it is in no list any more
// Fills in the identifiers of a new node. FALSE: it has none.
BOOLEAN AcpiIdentify(PACPI_NODE Node);
const ACPI_KNOWN *AcpiLookUp(PCSTR Id);
const ACPI_KNOWN *
AcpiLookUpNode(const ACPI_NODE *Node); // by its identifier, then its compatible ones
// Texts of pool: a multi-string where the identifiers are several. Null: no memory.
PWSTR AcpiDeviceIdText(const ACPI_NODE *Node);
PWSTR AcpiHardwareIdsText(const ACPI_NODE *Node);
PWSTR AcpiCompatibleIdsText(const ACPI_NODE *Node); // null too: it has none
PWSTR AcpiInstanceText(const ACPI_NODE *Node);

// ---- Resources (resource.c, resourcelist.c, assign.c). Lists are pool; null with STATUS_SUCCESS: none.

NTSTATUS AcpiQueryRequirements(const ACPI_NODE *Node, PIO_RESOURCE_REQUIREMENTS_LIST *List);
NTSTATUS AcpiQueryBootConfiguration(const ACPI_NODE *Node, PCM_RESOURCE_LIST *List);
// The device decodes what it was given (_SRS), or nothing any more (_DIS).
NTSTATUS AcpiSetResources(const ACPI_NODE *Node, const CM_RESOURCE_LIST *Raw);
VOID AcpiDisableDevice(const ACPI_NODE *Node);

// The descriptors of a template that can be converted (template.c); freed by acpi_os_free.
acpi_status AcpiReadTemplate(acpi_handle Handle, PCSTR Name, struct acpi_resource **List);
acpi_status AcpiWalkTemplate(acpi_handle Handle, PCSTR Name, acpi_walk_resource_callback Visit,
                             PVOID Context);

typedef struct _ACPI_RESOURCE_ITEM {
    ULONG Group; // 0: wanted in any case; others: sets of which one is wanted
    IO_RESOURCE_DESCRIPTOR Descriptor;
} ACPI_RESOURCE_ITEM;

typedef struct _ACPI_RESOURCE_SET {
    ULONG Count, Capacity, Groups, Group;
    ACPI_RESOURCE_ITEM *Items; // pool
} ACPI_RESOURCE_SET, *PACPI_RESOURCE_SET;

// Name: _CRS or _PRS. STATUS_NOT_FOUND: the device has none.
NTSTATUS AcpiReadResources(acpi_handle Handle, PCSTR Name, PACPI_RESOURCE_SET Set);
VOID AcpiFreeResources(PACPI_RESOURCE_SET Set);
NTSTATUS AcpiBuildRequirements(const ACPI_RESOURCE_SET *Set, PIO_RESOURCE_REQUIREMENTS_LIST *List);
NTSTATUS AcpiBuildConfiguration(const ACPI_RESOURCE_SET *Set, PCM_RESOURCE_LIST *List);

// ---- Interrupts (interrupt.c)

typedef struct _ACPI_LINE {
    ULONG Interrupt; // global system interrupt
    BOOLEAN Level, ActiveLow, Shared;
} ACPI_LINE;

// An ISA interrupt as the MADT wires it.
VOID AcpiIsaLine(ULONG Irq, ACPI_LINE *Line);
VOID AcpiSciLine(ACPI_LINE *Line); // of the FADT
VOID AcpiDescribeLine(const ACPI_LINE *Line, PIO_RESOURCE_DESCRIPTOR Descriptor);
// Of the resource: the Index'th interrupt that it names. FALSE: it has no such.
BOOLEAN AcpiLineOfResource(const struct acpi_resource *Resource, ULONG Index, ACPI_LINE *Line);

// ---- PCI (path.c, route.c, bridge.c)

VOID AcpiConnectLinksAgain(VOID);

// The object for the function at Path below a root bridge; null: the namespace has none.
acpi_handle AcpiFindFunction(acpi_handle Bridge, const ACPI_PCI_PATH *Path);
// The root bridge above Handle, and the path from there. FALSE: it is below none.
BOOLEAN AcpiFindPath(PLIST_ENTRY Nodes, acpi_handle Handle, PACPI_NODE *Bridge,
                     PACPI_PCI_PATH Path);
NTSTATUS AcpiQueryRoute(acpi_handle Bridge, const ACPI_PCI_ROUTE_QUERY *Query,
                        PACPI_PCI_ROUTE Route);
NTSTATUS AcpiQueryBridge(acpi_handle Bridge, PACPI_PCI_BRIDGE Information);
NTSTATUS AcpiEvaluateFunction(acpi_handle Bridge, const ACPI_PCI_EVALUATION *Evaluation,
                              PULONG64 Result);
