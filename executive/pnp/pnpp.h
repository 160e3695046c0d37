// Private to pnp: device nodes and what is done with them. All of it runs on one fiber of the Executive,
// one event after the other, so nothing changes under a step that waits.
#pragma once

#include "io/hostp.h"
#include "pnparbiter.h"

enum {
    PNP_MAX_PATH = 256,       // WCHARs, of registry paths and instance paths
    PNP_MAX_DRIVERS = 8,      // of one device: filters and the function driver
    PNP_TIMEOUT_SECONDS = 60, // for a PnP request
    PNP_MAX_RELATED = 32,     // devices that go together
};
constexpr ULONG PnpTag = 'PnPP';

typedef enum _PNP_STATE {
    PnpNodeUninitialized,
    PnpNodeInitialized,  // its identifiers are known
    PnpNodeDriversAdded, // AddDevice has been called
    PnpNodeStarted,
    PnpNodeFailed, // Problem tells why
    PnpNodeQueryRemoved,
    PnpNodeQueryStopped,
    PnpNodeStopped,
    PnpNodeRemoved,
} PNP_STATE;

typedef struct _DEVICE_NODE {
    LIST_ENTRY SiblingLink;
    LIST_ENTRY ChildListHead;
    struct _DEVICE_NODE *Parent;
    ULONG References;
    PDEVICE_OBJECT PhysicalDevice; // referenced
    PNP_STATE State;
    ULONG Problem; // CM_PROB_*
    NTSTATUS ProblemStatus;
    BOOLEAN Present;                  // reported by the last enumeration of its bus
    BOOLEAN RemovePending;            // IRP_MN_REMOVE_DEVICE waits for its files to be closed
    ULONG PulledCount;                // children that have left the tree and wait so
    struct _DEVICE_NODE *PulledFrom;  // of such a child its parent, referenced
    BOOLEAN RestartWanted;            // its host has ended
    WCHAR InstancePath[PNP_MAX_PATH]; // ROOT\SERIAL\0000
    WCHAR Service[PNP_MAX_PATH];
    DEVICE_CAPABILITIES Capabilities;
    BOOLEAN HasBus; // its bus driver has told of the bus
    PNP_BUS_INFORMATION Bus;
    PDRIVER_OBJECT Drivers[PNP_MAX_DRIVERS]; // referenced, from the lowest filter up
    ULONG DriverCount;
    PCM_RESOURCE_LIST Resources, Translated; // pool; null: none
    ULONG ResourcesSize;
    PIO_RESOURCE_REQUIREMENTS_LIST Requirements; // pool, valid; null: none
    PCM_RESOURCE_LIST Boot;    // pool: where the firmware has put it; null: nowhere
    PNP_OWNER Owner;           // what it holds
    ULONG StormVector;         // that is not served any more; 0: none
    BOOLEAN HasPowerRelations; // its drivers have told of some
    ULONG PowerLevel;          // when the system's power was last changed
} DEVICE_NODE, *PDEVICE_NODE;

extern PDEVICE_NODE PnpRootNode;

// ---- Nodes (pnpnode.c)

PDEVICE_NODE PnpCreateNode(PDEVICE_NODE Parent, PDEVICE_OBJECT PhysicalDevice); // null: no memory
VOID PnpDereferenceNode(PDEVICE_NODE Node);
VOID PnpUnlinkNode(PDEVICE_NODE Node); // from its parent; gives up the tree's reference
PDEVICE_NODE PnpFindNodeByDevice(const DEVICE_OBJECT *PhysicalDevice);
PDEVICE_NODE PnpFindNodeByPath(PCWSTR InstancePath);
// The tree in depth-first order. Null: the end.
PDEVICE_NODE PnpNextNode(PDEVICE_NODE Node);
VOID PnpFailNode(PDEVICE_NODE Node, ULONG Problem, NTSTATUS Status);

// ---- Requests to device stacks (pnpquery.c)

typedef struct _PNP_ANSWER {
    NTSTATUS Status;
    ULONG_PTR Information;
    ULONG Length; // of Buffer that the driver has filled
    PVOID Buffer; // pool; null: none
} PNP_ANSWER, *PPNP_ANSWER;

NTSTATUS PnpSend(PDEVICE_NODE Node, UCHAR MinorFunction, ULONG64 Parameter0, ULONG64 Parameter1,
                 const VOID *Input, ULONG InputLength, PPNP_ANSWER Answer);
VOID PnpReleaseAnswer(PPNP_ANSWER Answer);
// No answer but its status.
NTSTATUS PnpSendSimple(PDEVICE_NODE Node, UCHAR MinorFunction);
// A text of pool with two terminators, or null.
PWSTR PnpQueryId(PDEVICE_NODE Node, BUS_QUERY_ID_TYPE Type);
PWSTR PnpQueryText(PDEVICE_NODE Node, DEVICE_TEXT_TYPE Type);

// ---- The registry (pnpregistry.c)

VOID PnpEnumPath(PDEVICE_NODE Node, PWSTR Path); // PNP_MAX_PATH WCHARs each
VOID PnpServicePath(PCWSTR Service, PWSTR Path);
// A string value (any string type), terminated. FALSE: there is none, or it is too long.
BOOLEAN PnpReadString(PCWSTR Path, PCWSTR Name, PWSTR Value, ULONG Chars);
VOID PnpWriteString(PCWSTR Path, PCWSTR Name, ULONG Type, PCWSTR Value); // REG_MULTI_SZ: whole
// Record the device, and find its service: that of its key, else by its identifiers.
NTSTATUS PnpRecordDevice(PDEVICE_NODE Node);
VOID PnpFindServiceAgain(PDEVICE_NODE Node); // of a device that had none

// ---- The order of power (pnppowerlevel.c)

VOID PnpRankForPower(VOID);

// ---- Hosts (pnppolicy.c)

// The host for a driver of Node, or for one that no device asks for. FunctionHost: that of the function driver when
// the driver is a filter.
NTSTATUS PnpChooseHost(PCWSTR Service, PDEVICE_NODE Node, PIO_HOST FunctionHost, PIO_HOST *Host);
BOOLEAN PnpBelongsToDevices(PCWSTR Service); // it runs only in hosts of devices
VOID PnpForgetHost(PIO_HOST Host);           // it has ended
VOID PnpEndUnusedHosts(VOID);                // of devices that are gone

// ---- Drivers (pnpdriver.c)

// Loaded already or now; without a device.
NTSTATUS PnpLoadDriver(PCWSTR Service);
NTSTATUS PnpUnloadDriver(PCWSTR Service);
// For a device. Referenced.
NTSTATUS PnpUseDriver(PCWSTR Service, PDEVICE_NODE Node, PIO_HOST FunctionHost,
                      PDRIVER_OBJECT *Driver);
VOID PnpLeaveDriver(PDRIVER_OBJECT Driver);
VOID PnpUnloadUnusedDrivers(VOID); // those that wait for their last file to go
VOID PnpUnloadDriversOf(PIO_HOST Host);
BOOLEAN PnpIsHostUsed(PIO_HOST Host); // by a device or a file
VOID PnpForgetDrivers(PIO_HOST Host);
BOOLEAN PnpIsDriverLoaded(PCWSTR Service);
// What the service's value Privileges says: Iop*Privilege (pnpprivilege.c).
ULONG PnpReadPrivileges(PCWSTR ServicePath);
// The services of a node's drivers as a multi-string. Returns its size in bytes.
ULONG PnpListServices(PDEVICE_NODE Node, PWSTR List, ULONG Chars);

// ---- The drivers of a device (pnpstack.c), and those of none (pnplegacy.c)

NTSTATUS PnpAddDrivers(PDEVICE_NODE Node);
VOID PnpReleaseDrivers(PDEVICE_NODE Node);
VOID PnpLoadLegacyDrivers(ULONG StartType);

// ---- Resources (pnpresource.c, pnpgrant.c)

NTSTATUS PnpAssignResources(PDEVICE_NODE Node);
VOID PnpReleaseResources(PDEVICE_NODE Node);       // others may have them
VOID PnpReturnResources(PDEVICE_NODE Node);        // nobody waits for them
NTSTATUS PnpUpdateRequirements(PDEVICE_NODE Node); // into Node->Requirements
// Claims for what one list requires. Result: raw, pool.
NTSTATUS PnpChooseFrom(PDEVICE_NODE Node, const IO_RESOURCE_LIST *List,
                       const CM_RESOURCE_LIST *Preferred, const PNP_ENVIRONMENT *Environment,
                       PCM_RESOURCE_LIST *Result);
const IO_RESOURCE_LIST *PnpNextList(const IO_RESOURCE_LIST *List);
// New, which the claims are there for, becomes the node's. If that fails, the claims are gone.
NTSTATUS PnpTakeResources(PDEVICE_NODE Node, PCM_RESOURCE_LIST New);
VOID PnpGiveBackResources(PDEVICE_NODE Node); // but for the claims
// For the arbiter; Context begins with the interface type.
VOID PnpMapLine(PVOID Context, ULONG Vector, ULONG Flags, PULONG Line, PULONG Mode);
NTSTATUS PnpTakeMessages(PVOID Context, ULONG Count, PULONG First);
VOID PnpReturnMessages(PVOID Context, ULONG First, ULONG Count);
VOID PnpQueryBoot(PDEVICE_NODE Node);   // into Node->Boot
VOID PnpReserveBoot(PDEVICE_NODE Node); // until it is started others keep away from there
ULONG PnpVectorCount(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Raw); // of an interrupt
// What the node was given may be used by the hosts of its drivers.
NTSTATUS PnpGrantResources(PDEVICE_NODE Node);
VOID PnpRevokeResources(PDEVICE_NODE Node);

// ---- Serial lines that the Executive uses (pnpconsole.c). Resources may be null.

// Whether a device may have them now; if not, its problem.
NTSTATUS PnpCheckSystemUse(const CM_RESOURCE_LIST *Resources, PULONG Problem);
VOID PnpReclaimConsole(const CM_RESOURCE_LIST *Resources); // their device's drivers have lost them

// ---- The life of a node (pnpstart.c, pnpremove.c)

VOID PnpEnumerateBus(PDEVICE_NODE Node); // and start what is new below it
VOID PnpStartNode(PDEVICE_NODE Node);
VOID PnpCheckState(PDEVICE_NODE Node); // ask its drivers whether it still works
NTSTATUS PnpSendStart(PDEVICE_NODE Node);
VOID PnpRetryConflicts(VOID);
VOID PnpRetryMissing(VOID);

// ---- Rebalancing (pnprebalance.c, pnpstop.c)

// Node, which is about to start, finds no place: others, which are asked, make room for it.
NTSTATUS PnpMakeRoom(PDEVICE_NODE Node);
// Node, which is started, requires something else now.
VOID PnpChangeResources(PDEVICE_NODE Node);
// The node and what is below it. One that refuses: *Refuser.
NTSTATUS PnpQueryStop(PDEVICE_NODE Node, PDEVICE_NODE *Refuser);
VOID PnpCancelStop(PDEVICE_NODE Node);
VOID PnpStopNode(PDEVICE_NODE Node);

// ---- Refusals (pnpveto.c)

typedef enum _PNP_VETO_TYPE { // as <cfg.h> has it
    PNP_VetoTypeUnknown,
    PNP_VetoPendingClose = 2,
    PNP_VetoOutstandingOpen = 5,
    PNP_VetoDevice,
    PNP_VetoDriver,
    PNP_VetoIllegalDeviceRequest,
} PNP_VETO_TYPE;

typedef struct _PNP_VETO {
    PNP_VETO_TYPE Type;
    WCHAR Name[PNP_MAX_PATH]; // the device's instance path
} PNP_VETO, *PPNP_VETO;

// Node is not removed, for the reason Type: *Veto and the log say so. Returns Status. Veto may be null.
NTSTATUS PnpRefuse(PPNP_VETO Veto, PDEVICE_NODE Node, PNP_VETO_TYPE Type, NTSTATUS Status);

// ---- Ejection (pnpeject.c)

// The highest of those that go together.
typedef struct _PNP_SET {
    PDEVICE_NODE Nodes[PNP_MAX_RELATED]; // referenced
    ULONG Count;
} PNP_SET, *PPNP_SET;

// Node with its removal relations, and its ejection relations.
VOID PnpCollectSet(PPNP_SET Set, PDEVICE_NODE Node, BOOLEAN Eject);
VOID PnpReleaseSet(PPNP_SET Set);
// STATUS_PLUGPLAY_QUERY_VETOED: *Veto (null: nobody wants to know) says who has refused it.
NTSTATUS PnpRemoveSet(PDEVICE_NODE Node, BOOLEAN Surprise, BOOLEAN Eject, PPNP_VETO Veto);
NTSTATUS PnpEjectNode(PDEVICE_NODE Node, PPNP_VETO Veto);
// With all that is below it. Surprise: the device is gone already.
NTSTATUS PnpRemoveNode(PDEVICE_NODE Node, BOOLEAN Surprise, PPNP_VETO Veto);
VOID PnpRemoveChildren(PDEVICE_NODE Node); // their bus is gone
// Its drivers say that the device has failed.
VOID PnpRemoveFailed(PDEVICE_NODE Node, ULONG Problem);
VOID PnpRemoveClosed(VOID); // what has waited for its files to be closed
VOID PnpHandleHostEnd(PIO_HOST Host);

// ---- Starting again what a host's end has stopped (pnprestart.c)

// Name: of the device or driver that is to be restarted. FALSE: it has had its chances.
BOOLEAN PnpMayRestart(PCWSTR Name, PCWSTR Service);

// ---- Notifications (pnpnotify.c)

// Host has enabled or disabled the interface NAME of Node (without the \??\ before it).
VOID PnpInterfaceChanged(PIO_HOST Host, PDEVICE_NODE Node, PCWSTR Name, BOOLEAN Enabled);
// What the host registered and enabled goes.
VOID PnpForgetNotifications(PIO_HOST Host);
VOID PnpDisableInterfaces(PDEVICE_NODE Node); // the device goes

// ---- Those that use a device without driving it (pnptarget.c)

typedef enum _PNP_TARGET_EVENT {
    PnpTargetQueryRemove,
    PnpTargetRemoveCancelled,
    PnpTargetRemoveComplete,
} PNP_TARGET_EVENT;

NTSTATUS PnpAddTarget(PIO_HOST Host, ULONG Device, ULONG Number); // Device: of its stack
BOOLEAN PnpRemoveTarget(PIO_HOST Host, ULONG Number);
VOID PnpForgetTargets(PIO_HOST Host);
NTSTATUS PnpAskTargets(PDEVICE_NODE Node); // whether it may be removed; waits
VOID PnpTellTargets(PDEVICE_NODE Node, PNP_TARGET_EVENT Event);
NTSTATUS PnpReportTargetChange(PDEVICE_NODE Node, const VOID USER *Data, ULONG Length);
// {xxxxxxxx-xxxx-...}: PNP_GUID_CHARS WCHARs (pnphost.c)
enum { PNP_GUID_CHARS = 39 };
VOID PnpGuidText(const GUID *Guid, PWSTR Text);
VOID PnpDeleteInterfaceLink(PCWSTR Name);
PCWSTR PnpInterfaceClass(PCWSTR Name);                      // its place, or null
BOOLEAN PnpIsInterfaceName(PDEVICE_NODE Node, PCWSTR Name); // without \??\

// ---- Properties (pnpcontrol.c, pnphost.c). Length in and out, in bytes.

NTSTATUS PnpReadProperty(PDEVICE_NODE Node, ULONG Property, PVOID Buffer, PULONG Length);
NTSTATUS PnpCopyText(PCWSTR Text, PVOID Buffer, PULONG Length);
BOOLEAN PnpIsOwnDevice(PDEVICE_NODE Node); // of the host that calls
NTSTATUS PnpReferenceNode(ULONG Device, PDEVICE_NODE *Node);
NTSTATUS PnpQueryObjectName(PDEVICE_OBJECT Device, PVOID Buffer, PULONG Length);

// ---- Power (pnppower.c)

VOID PnpFillPowerData(PDEVICE_NODE Node, PCM_POWER_DATA Data);
BOOLEAN PnpIsPlatform(const DEVICE_NODE *Node); // the firmware's

// ---- Without the firmware's driver (pnpfallback.c). Other nodes are none of its business.

VOID PnpGiveUpPlatform(PDEVICE_NODE Node); // it has failed, and is not started again
VOID PnpPlatformStarted(PDEVICE_NODE Node);

// ---- Interrupts (pnpinterrupt.c)

// A host says that one of its vectors does not fall silent.
NTSTATUS PnpInterruptStorm(const VOID USER *Data, ULONG Length);
// PNP_INTERRUPTs of the node's. Returns how many there are; as many as fit are told.
ULONG PnpListInterrupts(PDEVICE_NODE Node, PPNP_INTERRUPT Interrupts, ULONG Capacity);

// ---- The framebuffer (pnpframebuffer.c)

VOID PnpRecordFramebuffer(VOID);

// ---- Events (pnpworker.c)

typedef enum _PNP_EVENT_KIND {
    PnpEventBoot,
    PnpEventEnumerate, // Node
    PnpEventState,     // Node: ask for its state
    PnpEventHostEnded, // Host
    PnpEventClosed,    // files of devices
    PnpEventRetry,     // resources have become free
    PnpEventEject,     // Node
    PnpEventUnload,    // drivers that nobody uses any more and that were to be unloaded
    PnpEventCall,      // of a service that waits: Routine(Context)
} PNP_EVENT_KIND;

typedef struct _PNP_EVENT {
    LIST_ENTRY Link;
    PNP_EVENT_KIND Kind;
    PDEVICE_NODE Node; // referenced
    PIO_HOST Host;     // referenced
    VOID (*Routine)(PVOID Context);
    PVOID Context;
} PNP_EVENT, *PPNP_EVENT;

NTSTATUS PnpQueueEvent(PNP_EVENT_KIND Kind, PDEVICE_NODE Node, PIO_HOST Host);
// Run on the PnP fiber, later.
NTSTATUS PnpQueueRoutine(VOID (*Routine)(PVOID Context), PVOID Context);
// Run on the PnP fiber, and wait for it.
NTSTATUS PnpCall(NTSTATUS (*Routine)(PVOID Context), PVOID Context);
