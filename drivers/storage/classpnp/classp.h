// The class library's own: what the drivers do not see of a device, and what its parts call of one another.
#pragma once

#include <ntddk.h>

#include <classpnp.h>
#include <srbex.h>

#include "complete.h"
#include "core/core.h"

enum {
    ClasspTag = 'pLcS',
    ClasspSenseBytes = 252, // the most that REQUEST SENSE can return
    ClasspDefaultTimeOut = 10,
    ClasspFirstPackets = 16,       // transfer packets that are made when a device starts
    ClasspMostPackets = 512,       // that a device may have
    ClasspMostTransfer = 0x100000, // bytes in one transfer, where the adapter sets no limit
};

// ---- Requests to the port driver, in either form

typedef struct _CLASSP_EXTENDED_SRB {
    STORAGE_REQUEST_BLOCK Header;
    STOR_ADDR_BTL8 Address;
    SRBEX_DATA_SCSI_CDB16 Command;
} CLASSP_EXTENDED_SRB, *PCLASSP_EXTENDED_SRB;

typedef union _CLASSP_SRB {
    SCSI_REQUEST_BLOCK Scsi;
    CLASSP_EXTENDED_SRB Extended;
} CLASSP_SRB, *PCLASSP_SRB;

// What is to be sent. Cdb is null with a function other than SRB_FUNCTION_EXECUTE_SCSI.
typedef struct _CLASSP_SRB_VALUES {
    UCHAR Function;
    UCHAR CdbLength;
    BOOLEAN Alone; // without a tag: with no other request at the device
    const UCHAR *Cdb;
    ULONG Flags;
    ULONG TimeOut; // seconds
    PVOID Buffer;
    ULONG Length;
    PVOID Sense; // ClasspSenseBytes
    ULONG SortKey;
    PIRP Irp;
} CLASSP_SRB_VALUES;

typedef struct _CLASSP_SRB_RESULT {
    UCHAR SrbStatus; // with its flags
    UCHAR ScsiStatus;
    UCHAR SenseLength; // 0: there is none
    const UCHAR *Sense;
    ULONG Transferred;
    ULONG InternalStatus;
} CLASSP_SRB_RESULT;

VOID ClasspFillSrb(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PCLASSP_SRB Srb,
                   const CLASSP_SRB_VALUES *Values);
VOID ClasspReadSrb(PVOID Srb, CLASSP_SRB_RESULT *Result);
VOID ClasspPrepareIrp(PIRP Irp, PVOID Srb, PIO_COMPLETION_ROUTINE Routine, PVOID Context);

// A command that is sent and waited for, by ClasspSend. Buffer is nonpaged.
typedef struct _CLASSP_COMMAND {
    UCHAR Cdb[16];
    UCHAR CdbLength;
    UCHAR Function; // SRB_FUNCTION_...; SRB_FUNCTION_EXECUTE_SCSI is 0
    BOOLEAN Write;
    BOOLEAN NoRetry;
    ULONG TimeOut; // seconds; 0: the device's usual
    ULONG Flags;   // SRB_FLAGS_... beside the device's
    PVOID Buffer;
    ULONG Length;
    CLASSP_SRB_RESULT Result; // Sense points to SenseBytes
    UCHAR SenseBytes[ClasspSenseBytes];
} CLASSP_COMMAND, *PCLASSP_COMMAND;

NTSTATUS ClasspSend(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PCLASSP_COMMAND Command);
// Allocated, as it is large; freed by ExFreePool.
PCLASSP_COMMAND ClasspNewCommand(UCHAR CdbLength, UCHAR Code);

// ---- Transfers

// One part of a read or write on its way to the port driver.
struct _TRANSFER_PACKET {
    SLIST_ENTRY Link; // among the free ones
    PFUNCTIONAL_DEVICE_EXTENSION Fdo;
    PIRP Irp;        // the packet's own
    PIRP Original;   // of which it is a part
    PMDL PartialMdl; // for ClasspMostTransfer; used when the request has more than one part
    ULONGLONG Offset;
    ULONG Length;
    ULONG Place; // in the request's buffer
    USHORT Retries;
    BOOLEAN Partial, Write, ForceUnitAccess;
    BOOLEAN Serial;   // the one that is kept for when there is no memory
    BOOLEAN Flushing; // it has become the flush behind its write
    KTIMER Timer;
    KDPC Dpc;
    CLASSP_SRB Srb;
    UCHAR Sense[ClasspSenseBytes];
};

NTSTATUS ClasspStartTransfers(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
VOID ClasspStopTransfers(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
VOID ClasspSetLimits(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
PTRANSFER_PACKET ClasspTakePacket(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
VOID ClasspGivePacket(PTRANSFER_PACKET Packet);
// The packet's part of the request has been sent, or its last part is done.
VOID ClasspSendPacket(PTRANSFER_PACKET Packet);
VOID ClasspSetUpPacket(PTRANSFER_PACKET Packet, PIRP Irp, ULONG Place, ULONG Length, BOOLEAN Whole);
VOID ClasspRetryPacket(PTRANSFER_PACKET Packet, ULONG Delay);
KDEFERRED_ROUTINE ClasspPacketDpc;
VOID ClasspContinueSerial(PTRANSFER_PACKET Packet);
NTSTATUS ClasspTransfer(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp);

// ---- Devices

typedef struct _CLASSP_FILE {
    LIST_ENTRY Link;
    FILE_OBJECT_EXTENSION Extension;
} CLASSP_FILE, *PCLASSP_FILE;

typedef enum _CLASSP_EVENT { // ClasspWork
    ClasspEventCapacity,
    ClasspEventStartUnit,
    ClasspEventPoll,
    ClasspEventPredict,
    ClasspEvents,
} CLASSP_EVENT;

struct _CLASS_PRIVATE_FDO_DATA {
    PFUNCTIONAL_DEVICE_EXTENSION Fdo;
    BOOLEAN RunsAtOnce; // the last piece of an image did, for the device cannot wait
    BOOLEAN Extended;   // the adapter wants STORAGE_REQUEST_BLOCKs

    // Transfers
    CORE_LIMITS Limits;
    ULONG AlignmentMask;
    SLIST_HEADER FreePackets;
    LONG PacketCount, PacketMaximum;
    KSPIN_LOCK SerialLock;
    LIST_ENTRY SerialWaiting; // requests that wait for the packet below
    PTRANSFER_PACKET SerialPacket;
    BOOLEAN SerialBusy;

    // Work at PASSIVE_LEVEL: bits of CLASSP_EVENT that wait for the item
    PIO_WORKITEM WorkItem;
    LONG WorkWanted, WorkQueued;

    // The release of a frozen queue
    CLASSP_SRB ReleaseSrb;

    // Files with media locks
    FAST_MUTEX FileLock;
    LIST_ENTRY Files;

    // Power
    PIO_WORKITEM PowerItem;
    PIRP PowerIrp;

    // Media changes and failure prediction: polled by one timer
    KTIMER PollTimer;
    KDPC PollDpc;
    BOOLEAN Polling;
    ULONG PredictSeconds, PredictLeft;
    FAILURE_PREDICTION_METHOD PredictMethod;

    STORAGE_HOTPLUG_INFO Hotplug;
    LONG RetryCount; // of all requests so far
};

struct _MEDIA_CHANGE_DETECTION_INFO {
    LONG MediaChangeDetectionDisableCount;
    MEDIA_CHANGE_DETECTION_STATE State;
    ULONG Seconds, Left; // between two looks, until the next one
};

NTSTATUS ClasspStartFdo(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
VOID ClasspWork(PFUNCTIONAL_DEVICE_EXTENSION Fdo, CLASSP_EVENT Event);
NTSTATUS ClasspMakePrivate(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
VOID ClasspFreePrivate(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
BOOLEAN ClasspRemovable(PFUNCTIONAL_DEVICE_EXTENSION Fdo);

static inline PFUNCTIONAL_DEVICE_EXTENSION ClasspFdo(PDEVICE_OBJECT DeviceObject)
{
    return DeviceObject->DeviceExtension;
}

static inline PCOMMON_DEVICE_EXTENSION ClasspCommon(PDEVICE_OBJECT DeviceObject)
{
    return DeviceObject->DeviceExtension;
}

// Sends it on to the device below.
NTSTATUS ClasspPassDown(PDEVICE_OBJECT DeviceObject, PIRP Irp);

// ---- Errors

// What follows from a request that failed, its consequences for the device begun and the log written.
VOID ClasspInterpret(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PVOID Srb, ULONG RetryCount,
                     CORE_OUTCOME *Outcome);

// ---- Dispatch routines

DRIVER_DISPATCH ClasspCreateClose, ClasspReadWrite, ClasspDeviceControl, ClasspInternalControl,
    ClasspShutdownFlush, ClasspPnp, ClasspPower, ClasspSystemControl;
DRIVER_ADD_DEVICE ClasspAddDevice;
DRIVER_UNLOAD ClasspUnload;

// ---- Control requests. Each routine answers with a status, Irp->IoStatus.Information set; the request is
// completed by the caller. ClasspForward as a status: it is to be passed down.

#define ClasspForward ((NTSTATUS)0x4FFF0001)

typedef NTSTATUS CLASSP_CONTROL(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp,
                                PIO_STACK_LOCATION Stack);

CLASSP_CONTROL ClasspCheckVerify, ClasspMediaRemoval, ClasspEjectionControl, ClasspMcnControl,
    ClasspEject, ClasspLoad, ClasspReserve, ClasspPersistentIn, ClasspPersistentOut,
    ClasspDeviceNumber, ClasspGetHotplug, ClasspSetHotplug, ClasspQueryProperty,
    ClasspManageDataSet, ClasspReadCapacity, ClasspDeviceNumberEx, ClasspPredictByHealth,
    ClasspPredictConfig, ClasspFirmwareInfo, ClasspFirmwareDownload, ClasspFirmwareActivate,
    ClasspPassThrough, ClasspFindNewDevices, ClasspPriorityHint;

VOID ClasspReleaseFileLocks(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PFILE_OBJECT File);
PCLASSP_FILE ClasspFindFile(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PFILE_OBJECT File, BOOLEAN Make);

// ---- What devices tell of themselves

// A page of vital product data into Buffer (nonpaged).
NTSTATUS ClasspInquiry(PFUNCTIONAL_DEVICE_EXTENSION Fdo, UCHAR Page, PVOID Buffer, ULONG Length,
                       PULONG Returned);
// Asks for what is in FunctionSupportInfo.
VOID ClasspQuerySupport(PFUNCTIONAL_DEVICE_EXTENSION Fdo);

// ---- Polling

VOID ClasspStartPolling(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
VOID ClasspStopPolling(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
VOID ClasspPollMedia(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
VOID ClasspPollPrediction(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
