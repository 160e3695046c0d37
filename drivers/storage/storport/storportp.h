// storport.sys: what its parts share.
//
// A miniport driver links with storport.sys and gives it its routines in StorPortInitialize. For each adapter
// (STOR_ADAPTER, the function device) storport finds the logical units (STOR_UNIT, each with a physical device
// for the drivers above). A request (SRB in an IRP_MJ_SCSI packet) gets one of its unit's contexts (STOR_REQUEST)
// for the time that the miniport has it: the miniport works on the context's own copy of the SRB, so that
// nothing of a request that has been given up can be reached any more.
#pragma once

#include <ntifs.h>

#include <storport.h>

#include <ntddscsi.h>
#include <srbhelper.h>
#include <stdarg.h>
#include <stdio.h>

#include <power.h>

enum {
    StorTag = 'PrtS',
    StorDefaultBreaks = 0x11, // NumberOfPhysicalBreaks that a miniport finds
    StorDefaultDepth = 20,    // InitialLunQueueDepth
    StorDefaultIosPerUnit = 255,
    StorDefaultIos = 1000,
    StorMostContexts = 1023, // requests of one unit that a miniport has at most
    StorSenseBytes = 255,
    StorSrbBytes = 0x180, // the largest extended SRB that is copied
    StorUnitBuckets = 64,
    StorBusyMilliseconds = 20, // a request that found no room is tried again after that
    StorBusyRetries = 100,
    StorResetSeconds = 10,   // for each step of a recovery
    StorGraceSeconds = 2,    // for requests to end after a step
    StorCompleteAll = 0x100, // in STOR_UNIT.CompleteStatus
};

// For a path, target or LUN: any. As StorPortCompleteRequest has it.
#define STOR_ALL ((UCHAR)SP_UNTAGGED)

typedef struct _STOR_ADAPTER STOR_ADAPTER, *PSTOR_ADAPTER;
typedef struct _STOR_UNIT STOR_UNIT, *PSTOR_UNIT;
typedef struct _STOR_BOUNCE *PSTOR_BOUNCE;

// ---- A miniport driver, the extension of its driver object

typedef struct _STOR_DRIVER {
    HW_INITIALIZATION_DATA Hw;
    BOOLEAN IsVirtual;
    PVOID HwContext;
    UNICODE_STRING RegistryPath;
} STOR_DRIVER, *PSTOR_DRIVER;

// ---- A request while the miniport has it

typedef enum _STOR_REQUEST_STATE {
    StorRequestFree,
    StorRequestStarted,   // the miniport has it
    StorRequestCompleted, // the miniport said so, the DPC has not seen it
    StorRequestOrphaned,  // given up; the miniport may still have it
    StorRequestReturned,  // it has given that back after all
} STOR_REQUEST_STATE;

typedef struct _STOR_REQUEST {
    DECLSPEC_ALIGN(16) SLIST_ENTRY Done; // in the adapter's list of completions
    LIST_ENTRY Link;                     // in the unit's list of free or active contexts
    PSTOR_UNIT Unit;
    PIRP Irp; // null: a request of recovery
    PVOID CallerSrb;
    volatile LONG State;
    ULONG Flags;    // SrbFlags of the caller
    ULONG Deadline; // in seconds of the adapter's clock; 0: none
    USHORT Tag;
    BOOLEAN IsExclusive, TimedOut;
    PVOID Extension;
    PSTOR_SCATTER_GATHER_LIST List;
    PMDL OwnMdl;                                     // of a buffer that came without one
    struct _STOR_BOUNCE *Bounce;                     // in place of the caller's buffer
    VOID (*Finished)(struct _STOR_REQUEST *Request); // of recovery
    union {
        SCSI_REQUEST_BLOCK Legacy;
        STORAGE_REQUEST_BLOCK Extended;
        DECLSPEC_ALIGN(16) UCHAR Bytes[StorSrbBytes];
    } Srb;
    UCHAR Sense[StorSenseBytes + 1];
} STOR_REQUEST, *PSTOR_REQUEST;

// Contexts come in chunks: their SRB extensions are one piece of memory that a device can reach.
typedef struct _STOR_CHUNK {
    struct _STOR_CHUNK *Next;
    PVOID Extensions;
    SIZE_T ExtensionBytes;
    PHYSICAL_ADDRESS ExtensionsPhysical;
    ULONG Count;
    PSTOR_REQUEST Requests;
    PVOID Lists;
} STOR_CHUNK, *PSTOR_CHUNK;

// ---- A logical unit

enum {                     // STOR_UNIT.Holds: why requests wait
    StorHoldFrozen = 1,    // a request failed; SRB_FLAGS_BYPASS_FROZEN_QUEUE passes
    StorHoldLocked = 2,    // SRB_FUNCTION_LOCK_QUEUE; SRB_FLAGS_BYPASS_LOCKED_QUEUE passes
    StorHoldPaused = 4,    // StorPortPauseDevice
    StorHoldBusy = 8,      // StorPortDeviceBusy
    StorHoldRecovery = 16, // a time-out is being dealt with
    StorHoldRetry = 32,    // the device was full: until a request ends or the timer fires
    StorHoldStopped = 64,  // PnP
    StorHoldRemoved = 128, // requests do not wait, they fail
    StorHoldPower = 256,   // not in D0
};

typedef enum _STOR_RECOVERY_STEP {
    StorRecoveryNone,
    StorRecoveryAbort,
    StorRecoveryUnit,
    StorRecoveryTarget,
    StorRecoveryBus,
} STOR_RECOVERY_STEP;

typedef struct _STOR_UNIT {
    CHAR Kind; // 'U'
    UCHAR Path, Target, Lun;
    PSTOR_ADAPTER Adapter;
    PDEVICE_OBJECT Pdo; // null while the unit is probed
    LIST_ENTRY Link;    // in the adapter's list
    struct _STOR_UNIT *NextInBucket;
    PVOID LuExtension;

    // The queue. All below Lock, which no other unit takes.
    KSPIN_LOCK Lock;
    LIST_ENTRY Waiting; // IRPs, by Tail.Overlay.ListEntry
    LIST_ENTRY Free, Active;
    PSTOR_CHUNK Chunks;
    ULONG WaitingCount, ActiveCount, ContextCount, Depth;
    volatile ULONG Holds;    // StorHold*; some change at any IRQL, by interlocked operations
    LONG CompletionsToReady; // StorPortDeviceBusy: this many more
    ULONG PausedUntil;
    BOOLEAN ExclusiveActive;
    PIRP QuiesceIrp;
    KEVENT Drained; // no request is active

    // Recovery
    STOR_RECOVERY_STEP Step;
    ULONG StepDeadline;
    PSTOR_REQUEST RecoveryRequest, AbortedRequest;
    BOOLEAN RecoveryPending;      // the miniport has RecoveryRequest
    BOOLEAN RecoveryLost;         // and will not give it back
    volatile LONG CompleteStatus; // StorPortCompleteRequest: SrbStatus, with StorCompleteAll

    // PnP
    BOOLEAN Present, Reported, Started, Claimed, Failed;
    ULONG ScanNumber;
    volatile LONG Paging, Hibernation, Dump;
    DEVICE_POWER_STATE Power;
    STOR_UNIT_ATTRIBUTES Attributes;

    // What the device says of itself
    INQUIRYDATA Inquiry;
    ULONG InquiryLength;
    UCHAR SerialNumber[VPD_MAX_BUFFER_SIZE + 1];
    UCHAR DeviceIdPage[VPD_MAX_BUFFER_SIZE + 4];
    ULONG DeviceIdLength;
} STOR_UNIT;

// ---- An adapter

enum { // STOR_ADAPTER.Holds
    StorHoldAdapterPaused = 1,
    StorHoldAdapterBusy = 2,
    StorHoldAdapterReset = 4, // BusResetHoldTime
    StorHoldAdapterStopped = 8,
    StorHoldAdapterLink = 16, // the link is down
    StorHoldAdapterPower = 32,
};

// What StorPortGetDeviceBase mapped.
typedef struct _STOR_MAPPING {
    struct _STOR_MAPPING *Next;
    PVOID Address;
    PHYSICAL_ADDRESS Physical;
    ULONG Length;
    BOOLEAN IsPort;
} STOR_MAPPING, *PSTOR_MAPPING;

typedef struct _STOR_TIMER {
    LIST_ENTRY Link;
    PSTOR_ADAPTER Adapter;
    KTIMER Timer;
    KDPC Dpc;
    PHW_TIMER_EX Routine;
    PVOID Context;
} STOR_TIMER, *PSTOR_TIMER;

typedef struct _STOR_NOTED_ERROR {
    ULONG Unit, ErrorCode, UniqueId; // path, target and LUN in a byte each
} STOR_NOTED_ERROR;

enum STOR_ERROR_STATE { StorNoError, StorErrorBeingNoted, StorErrorNoted };

typedef struct _STOR_ADAPTER {
    CHAR Kind; // 'A'
    BOOLEAN Started, Removed, Initialized, SurpriseRemoved, Failed;
    PDEVICE_OBJECT Self, Lower, Pdo;
    PSTOR_DRIVER Driver;
    ULONG PortNumber;
    UNICODE_STRING InterfaceName;
    IO_REMOVE_LOCK RemoveLock;

    // The miniport
    PORT_CONFIGURATION_INFORMATION Config;
    PACCESS_RANGE AccessRanges;
    PVOID HwExtension;
    PHW_PASSIVE_INITIALIZE_ROUTINE PassiveInitialize;
    BOOLEAN InHwInitialize;
    BOOLEAN UsesExtendedSrbs;
    ULONG PerfFlags, Channels, Features;
    STORAGE_BUS_TYPE BusType;
    USHORT IoTimeout; // in seconds; 0: the class driver chooses
    ULONG64 ControlTypes, UnitControlTypes;
    PVOID UncachedExtension;
    SIZE_T UncachedBytes;
    PHYSICAL_ADDRESS UncachedPhysical;
    PSTOR_MAPPING Mappings;

    // Resources
    PCM_RESOURCE_LIST Raw, Translated;
    BOOLEAN HasInterrupt, InterruptIsMessage;
    KIRQL HalfDuplexIrql; // while the miniport is called with both locks
    PKINTERRUPT Interrupt;
    PIO_INTERRUPT_MESSAGE_INFO Messages;
    KSPIN_LOCK InterruptLock; // where nothing is connected
    KSPIN_LOCK StartIoLock;
    BUS_INTERFACE_STANDARD Bus;

    // Units
    KSPIN_LOCK UnitLock;
    LIST_ENTRY Units;
    PSTOR_UNIT Buckets[StorUnitBuckets];
    PSTOR_UNIT OwnUnit; // for requests to the adapter: no device, and not found by its address
    ULONG ScanNumber;
    KEVENT ScanLock; // one scan at a time, which waits for requests

    // Requests
    DECLSPEC_ALIGN(16) SLIST_HEADER Completions;
    KDPC CompletionDpc;
    PKTHREAD Starting; // who is in HwStartIo
    volatile LONG Holds;
    volatile LONG CompletionsToReady;
    volatile LONG ActiveCount;
    volatile LONG Starved; // a unit waits for one of the adapter's places
    ULONG PausedUntil, ResetUntil;
    volatile LONG CompleteAll; // some unit has a CompleteStatus
    KEVENT Idle;               // signalled when the last active request of a stopped adapter ends

    // Buffers in place of those that the device cannot use: what is free, by UnitLock
    LIST_ENTRY Bounces;
    volatile LONG BounceCount, BounceMaking;
    BOOLEAN BounceFailed;

    // Time
    volatile ULONG Seconds;
    KTIMER SecondTimer, RetryTimer;
    KDPC SecondDpc, RetryDpc;
    STOR_TIMER MiniportTimer; // RequestTimerCall
    PHW_TIMER MiniportTimerRoutine;
    ULONG MiniportTimerDelay; // set at DIRQL
    volatile LONG MiniportTimerChanged;
    STOR_NOTED_ERROR NotedError; // at DIRQL, by StorPortLogError
    volatile LONG ErrorNoted;    // STOR_ERROR_STATE
    LIST_ENTRY Timers;           // StorPortInitializeTimer
    LIST_ENTRY Workers;          // StorPortInitializeWorker

    // Events
    KDPC RescanDpc;
    volatile LONG RescanQueued;
    PHW_STATE_CHANGE StateChange;
    PVOID StateChangeContext;
    PSTOR_ADDRESS StateChangeAddress;
    volatile LONG StateChanging;
    POWER_POLICY Power;
    POWER_ACTION PowerAction; // of the last request of the system
} STOR_ADAPTER;

// The extension of a unit's device. That of an adapter's is the STOR_ADAPTER; both begin with Kind.
typedef struct _STOR_PDO {
    CHAR Kind; // 'U'
    PSTOR_UNIT Unit;
} STOR_PDO, *PSTOR_PDO;

static inline PSTOR_UNIT StorpUnitOfDevice(PDEVICE_OBJECT Device)
{
    PSTOR_PDO Pdo = Device->DeviceExtension;
    return Pdo->Kind == 'U' ? Pdo->Unit : nullptr;
}

// The miniport's device extension is preceded by the adapter that it belongs to.
enum { StorHwHeaderBytes = 16 };

static inline PSTOR_ADAPTER StorpAdapterOf(PVOID HwDeviceExtension)
{
    return *(PSTOR_ADAPTER *)((PUCHAR)HwDeviceExtension - StorHwHeaderBytes);
}

static inline VOID StorpAddHold(PSTOR_UNIT Unit, ULONG Hold)
{
    InterlockedOr((volatile LONG *)&Unit->Holds, (LONG)Hold);
}

static inline VOID StorpDropHold(PSTOR_UNIT Unit, ULONG Hold)
{
    InterlockedAnd((volatile LONG *)&Unit->Holds, ~(LONG)Hold);
}

static inline BOOLEAN StorpIsPhysical(const STOR_ADAPTER *Adapter)
{
    return !Adapter->Driver->IsVirtual;
}

static inline NTSTATUS StorpComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

// ---- init.c
PSTOR_DRIVER StorpDriverOf(PDRIVER_OBJECT DriverObject);

// ---- adapter.c, start.c: the function device
DRIVER_ADD_DEVICE StorpAddDevice;
NTSTATUS StorpAdapterPnp(PSTOR_ADAPTER Adapter, PIRP Irp);
NTSTATUS StorpStartAdapter(PSTOR_ADAPTER Adapter, PIO_STACK_LOCATION Stack);
VOID StorpDrain(
    PSTOR_ADAPTER Adapter); // holds all requests, and waits for those that the miniport has
VOID StorpStopAdapter(PSTOR_ADAPTER Adapter, BOOLEAN Surprise);
VOID StorpFreeAdapter(PSTOR_ADAPTER Adapter); // what a start has made
BOOLEAN StorpSupportsControl(PSTOR_ADAPTER Adapter, SCSI_ADAPTER_CONTROL_TYPE Type);
BOOLEAN StorpSupportsUnitControl(PSTOR_ADAPTER Adapter, SCSI_UNIT_CONTROL_TYPE Type);
SCSI_ADAPTER_CONTROL_STATUS StorpControl(PSTOR_ADAPTER Adapter, SCSI_ADAPTER_CONTROL_TYPE Type,
                                         PVOID Parameters);
VOID StorpUnitControl(PSTOR_UNIT Unit, SCSI_UNIT_CONTROL_TYPE Type);

// ---- interrupt.c
NTSTATUS StorpConnectInterrupts(PSTOR_ADAPTER Adapter);
VOID StorpDisconnectInterrupts(PSTOR_ADAPTER Adapter);
KIRQL StorpAcquireInterruptLock(PSTOR_ADAPTER Adapter);
VOID StorpReleaseInterruptLock(PSTOR_ADAPTER Adapter, KIRQL Irql);
// The locks that a miniport finds taken in HwStartIo, HwResetBus, its timer.
KIRQL StorpLockMiniport(PSTOR_ADAPTER Adapter);
VOID StorpUnlockMiniport(PSTOR_ADAPTER Adapter, KIRQL Irql);

// ---- unit.c
STOR_ADDR_BTL8 StorpAddressOf(const STOR_UNIT *Unit);
PSTOR_UNIT StorpCreateUnit(PSTOR_ADAPTER Adapter);
BOOLEAN StorpGrowUnit(PSTOR_UNIT Unit, ULONG Count);
NTSTATUS StorpCreatePdo(PSTOR_UNIT Unit);
VOID StorpInsertUnit(PSTOR_UNIT Unit, UCHAR Path, UCHAR Target, UCHAR Lun);
NTSTATUS StorpMakeOwnUnit(PSTOR_ADAPTER Adapter);
VOID StorpRemoveUnit(PSTOR_UNIT Unit);
VOID StorpDeleteUnit(PSTOR_UNIT Unit);
PSTOR_UNIT StorpFindUnit(PSTOR_ADAPTER Adapter, UCHAR Path, UCHAR Target, UCHAR Lun);
VOID StorpForEachUnit(PSTOR_ADAPTER Adapter, UCHAR Path, UCHAR Target, UCHAR Lun,
                      VOID (*Action)(PSTOR_UNIT Unit, PVOID Context), PVOID Context);

// ---- unitpnp.c, unitid.c
NTSTATUS StorpUnitPnp(PSTOR_UNIT Unit, PIRP Irp);
NTSTATUS StorpQueryUnitId(PSTOR_UNIT Unit, PIRP Irp);
NTSTATUS StorpQueryUnitText(PSTOR_UNIT Unit, PIRP Irp);

// ---- scan.c
NTSTATUS StorpQueryBusRelations(PSTOR_ADAPTER Adapter, PIRP Irp);
VOID StorpRequestRescan(PSTOR_ADAPTER Adapter);
VOID StorpInitRescan(PSTOR_ADAPTER Adapter);

// ---- request.c: packets with SRBs from above
NTSTATUS StorpUnitScsi(PSTOR_UNIT Unit, PIRP Irp);
NTSTATUS StorpSrbToStatus(UCHAR SrbStatus);

// ---- internal.c: requests of storport itself, at PASSIVE_LEVEL
typedef struct _STOR_INTERNAL {
    SCSI_REQUEST_BLOCK Srb;
    UCHAR Sense[StorSenseBytes + 1];
} STOR_INTERNAL, *PSTOR_INTERNAL;
VOID StorpInitInternal(PSTOR_INTERNAL Internal, UCHAR Function, ULONG Flags, PVOID Buffer,
                       ULONG Length, ULONG TimeOut);
// Mdl may be null for a Buffer in nonpaged pool.
NTSTATUS StorpRunInternal(PSTOR_UNIT Unit, PVOID Srb, PMDL Mdl);

// ---- queue.c
NTSTATUS StorpSubmit(PSTOR_UNIT Unit, PIRP Irp);
VOID StorpRunQueue(PSTOR_UNIT Unit);
VOID StorpRunAllQueues(PSTOR_ADAPTER Adapter);
VOID StorpFlushQueue(PSTOR_UNIT Unit, UCHAR SrbStatus);
VOID StorpClearHold(PSTOR_UNIT Unit, ULONG Hold); // and runs the queue
BOOLEAN StorpRequeue(PSTOR_REQUEST Request);      // the unit's lock is held

// ---- active.c: the start of a request, and its end
VOID StorpReleaseContext(PSTOR_REQUEST Request); // the unit's lock is held
VOID StorpCountEnd(PSTOR_REQUEST Request);
VOID StorpStartRequest(PSTOR_REQUEST Request);
VOID StorpRequestDone(PSTOR_ADAPTER Adapter, PVOID Srb);
VOID StorpFinishIrp(PSTOR_UNIT Unit, PIRP Irp, UCHAR SrbStatus);
KDEFERRED_ROUTINE StorpCompletionDpc;
VOID StorpEndActive(PSTOR_UNIT Unit, UCHAR SrbStatus, BOOLEAN Orphan);

// ---- srb.c
VOID StorpPrepareSrb(PSTOR_REQUEST Request);
VOID StorpReturnSrb(PSTOR_REQUEST Request);
VOID StorpPrepareOwnSrb(PSTOR_REQUEST Request, UCHAR Function, PSTOR_REQUEST About);
static inline PSTOR_REQUEST StorpRequestOf(PVOID Srb)
{
    return CONTAINING_RECORD(Srb, STOR_REQUEST, Srb);
}

// ---- sg.c
PMDL StorpMdlOf(const STOR_REQUEST *Request);
PVOID StorpMapBuffer(PIRP Irp, PVOID Buffer, ULONG Length);
ULONG StorpFillList(PMDL Mdl, PVOID Buffer, ULONG Length, PSTOR_SCATTER_GATHER_LIST List,
                    ULONG Room);

// ---- bounce.c
typedef enum _STOR_BOUNCE_ANSWER {
    StorBounceDone, // it has one, or needs none
    StorBounceLater,
    StorBounceImpossible,
} STOR_BOUNCE_ANSWER;
PHYSICAL_ADDRESS StorpHighestAddress(const STOR_ADAPTER *Adapter); // that the device has
STOR_BOUNCE_ANSWER StorpPrepareBounce(PSTOR_REQUEST Request);
VOID StorpReturnBounce(PSTOR_REQUEST Request); // the data
VOID StorpReleaseBounce(PSTOR_REQUEST Request);
VOID StorpFreeBounces(PSTOR_ADAPTER Adapter);
PVOID StorpBounceAddress(const STOR_REQUEST *Request);
PMDL StorpBounceMdl(const STOR_REQUEST *Request);

// ---- timeout.c
KDEFERRED_ROUTINE StorpSecondDpc, StorpRetryDpc;
VOID StorpArmRetry(PSTOR_ADAPTER Adapter);
VOID StorpResetBus(PSTOR_ADAPTER Adapter, UCHAR Path);

// ---- ioctl.c, property.c, passthrough.c
NTSTATUS StorpAdapterControl(PSTOR_ADAPTER Adapter, PIRP Irp);
NTSTATUS StorpUnitDeviceControl(PSTOR_UNIT Unit, PIRP Irp);
NTSTATUS StorpQueryProperty(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp);
NTSTATUS StorpPassThrough(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp);
// protocol.c, protocolata.c. Data: of Asked->ProtocolDataLength bytes, which says afterwards how many there are.
NTSTATUS StorpProtocolCommand(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp);
NTSTATUS StorpProtocolProperty(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp);
NTSTATUS StorpAskProtocol(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit,
                          PSTORAGE_PROTOCOL_SPECIFIC_DATA Asked, PVOID Data);
NTSTATUS StorpAskAta(PSTOR_UNIT Unit, PSTORAGE_PROTOCOL_SPECIFIC_DATA Asked, PVOID Data);
NTSTATUS StorpReadSmart(PSTOR_UNIT Unit, PVOID Data);

// ---- property.c, temperature.c
NTSTATUS StorpAnswerProperty(PIRP Irp, const VOID *Answer, ULONG Length);
NTSTATUS StorpTemperatureProperty(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp);

// ---- power.c
VOID StorpInitPower(PSTOR_ADAPTER Adapter);
NTSTATUS StorpAdapterPower(PSTOR_ADAPTER Adapter, PIRP Irp);
NTSTATUS StorpUnitPower(PSTOR_UNIT Unit, PIRP Irp);

// ---- notify.c
VOID StorpAcquireLock(PSTOR_ADAPTER Adapter, STOR_SPINLOCK Lock, PSTOR_DPC Dpc,
                      PSTOR_LOCK_HANDLE Handle);

// ---- The extended functions, each group in a file: extended.c has the table. A routine takes its arguments from
// the list as the inline routine of <storportext.h> passes them.
typedef ULONG STOR_EXTENDED(PSTOR_ADAPTER Adapter, va_list Arguments);
// extmemory.c
STOR_EXTENDED StorpAllocatePool, StorpFreePool, StorpAllocateMdl, StorpFreeMdl, StorpBuildMdl,
    StorpGetDataIn, StorpAllocateContiguous, StorpFreeContiguous, StorpAllocateDma, StorpFreeDma,
    StorpGetSystemAddress, StorpGetOriginalMdl, StorpBuildList, StorpPutList, StorpGetPfns,
    StorpInitSList, StorpFlushSList, StorpPopSList, StorpPushSList, StorpDepthSList, StorpInitLock,
    StorpInsertHead, StorpInsertTail, StorpRemoveHead;
// extadapter.c
STOR_EXTENDED StorpCompleteServiceIrp, StorpGetDeviceObjects, StorpGetRequestInfo, StorpGetActivity,
    StorpGetPortNumber, StorpSetUnitAttributes, StorpSetBusType, StorpUpdateMaxIo, StorpSetFeatures,
    StorpQueryConfiguration, StorpOperationAllowed, StorpIsUpgrade, StorpReadKey, StorpWriteKey,
    StorpTelemetry, StorpNothing, StorpPropagate, StorpInitPoFx, StorpSetPowerSettings,
    StorpGetD3Cold;
// extsystem.c
STOR_EXTENDED StorpAcquireMessageLock, StorpReleaseMessageLock, StorpGetMessage, StorpPerfOpts,
    StorpStartIoParameters, StorpCounter, StorpProcessorNumber, StorpProcessorIndex,
    StorpCurrentIndex, StorpProcessorCount, StorpGroupCount, StorpGroupAffinity, StorpNodeCount,
    StorpNodeAffinity, StorpHighestNode, StorpRelations, StorpGetIrql, StorpCancelDpc,
    StorpAcquireLockEx, StorpDelay, StorpInitEvent, StorpSetEvent, StorpWaitEvent,
    StorpCreateThread, StorpDpcWatchdog, StorpTimerInterval;
// eventlog.c
STOR_EXTENDED StorpLogEvent;
VOID StorpLogReset(PSTOR_UNIT Unit, BOOLEAN Bus);
VOID StorpWriteNotedError(PSTOR_ADAPTER Adapter);
// extbus.c
STOR_EXTENDED StorpMaskMessage, StorpResetFunction, StorpInvokeMethod;
NTSTATUS StorpQueryInterface(PSTOR_ADAPTER Adapter, const GUID *Type, USHORT Version,
                             PINTERFACE Interface, USHORT Size);
// work.c
STOR_EXTENDED StorpInitWorker, StorpQueueWorker, StorpFreeWorker, StorpSetThreadPriority,
    StorpSetThreadAffinity, StorpRevertThreadAffinity;
VOID StorpFreeWorkers(PSTOR_ADAPTER Adapter);
VOID StorpNotifyEndThread(PSTOR_ADAPTER Adapter, va_list Arguments);

// ---- timer.c
STOR_EXTENDED StorpInitializeTimer, StorpRequestTimer, StorpFreeTimer;
VOID StorpInitTimer(PSTOR_ADAPTER Adapter, PSTOR_TIMER Timer);
VOID StorpSetMiniportTimer(PSTOR_ADAPTER Adapter, PHW_TIMER Routine, ULONG Microseconds);
VOID StorpStopTimers(PSTOR_ADAPTER Adapter);

// ---- resource.c
BOOLEAN StorpTranslate(PSTOR_ADAPTER Adapter, PHYSICAL_ADDRESS Address, ULONG Length,
                       BOOLEAN IsPort, PPHYSICAL_ADDRESS Translated);
NTSTATUS StorpTakeResources(PSTOR_ADAPTER Adapter, PIO_STACK_LOCATION Stack);
VOID StorpDescribeInterrupt(PSTOR_ADAPTER Adapter); // in the configuration
VOID StorpFreeResources(PSTOR_ADAPTER Adapter);
VOID StorpUnmapAll(PSTOR_ADAPTER Adapter);
VOID StorpQueryBusInterface(PSTOR_ADAPTER Adapter);
VOID StorpReleaseBusInterface(PSTOR_ADAPTER Adapter);

// ---- registry.c
VOID StorpReadDriverParameter(PSTOR_ADAPTER Adapter, PSTR Text, ULONG Bytes);
VOID StorpReadParameters(PSTOR_ADAPTER Adapter);
