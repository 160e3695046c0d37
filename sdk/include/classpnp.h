// The class library: what storage class drivers share (classpnp.sys), as of 64-bit Windows 10.
#ifndef PROTEUS_CLASSPNP_H
#define PROTEUS_CLASSPNP_H

#define _CLASS_

#include <ntddcdrm.h>
#include <ntdddisk.h>
#include <ntddscsi.h>
#include <ntddstor.h>
#include <ntddtape.h>
#include <stdio.h>

#include <srb.h>

#include <scsi.h>

#include <ddk/classtypes.h>

#include <ddk/classext.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- The driver

SCSIPORTAPI ULONG NTAPI ClassInitialize(PVOID Argument1, PVOID Argument2,
                                        PCLASS_INIT_DATA InitializationData);
SCSIPORTAPI ULONG NTAPI ClassInitializeEx(PDRIVER_OBJECT DriverObject, LPGUID Guid, PVOID Data);
SCSIPORTAPI PCLASS_DRIVER_EXTENSION NTAPI ClassGetDriverExtension(PDRIVER_OBJECT DriverObject);

// ---- Devices

SCSIPORTAPI NTSTATUS NTAPI ClassCreateDeviceObject(PDRIVER_OBJECT DriverObject,
                                                   PCCHAR ObjectNameBuffer,
                                                   PDEVICE_OBJECT LowerDeviceObject, BOOLEAN IsFdo,
                                                   PDEVICE_OBJECT *DeviceObject);
SCSIPORTAPI NTSTATUS NTAPI ClassClaimDevice(PDEVICE_OBJECT LowerDeviceObject, BOOLEAN Release);
SCSIPORTAPI NTSTATUS NTAPI ClassRemoveDevice(PDEVICE_OBJECT DeviceObject, UCHAR RemoveType);
SCSIPORTAPI PVPB NTAPI ClassGetVpb(PDEVICE_OBJECT DeviceObject);
SCSIPORTAPI NTSTATUS NTAPI ClassGetDescriptor(PDEVICE_OBJECT DeviceObject,
                                              PSTORAGE_PROPERTY_ID PropertyId,
                                              PSTORAGE_DESCRIPTOR_HEADER *Descriptor);
SCSIPORTAPI VOID NTAPI ClassInvalidateBusRelations(PDEVICE_OBJECT Fdo);
SCSIPORTAPI VOID NTAPI ClassMarkChildrenMissing(PFUNCTIONAL_DEVICE_EXTENSION Fdo);
SCSIPORTAPI BOOLEAN NTAPI ClassMarkChildMissing(PPHYSICAL_DEVICE_EXTENSION PdoExtension,
                                                BOOLEAN AcquireChildLock);
SCSIPORTAPI VOID NTAPI ClassAcquireChildLock(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension);
SCSIPORTAPI VOID NTAPI ClassReleaseChildLock(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension);
SCSIPORTAPI PFILE_OBJECT_EXTENSION NTAPI ClassGetFsContext(PCOMMON_DEVICE_EXTENSION CommonExtension,
                                                           PFILE_OBJECT FileObject);

// ---- Remove lock

#define ClassAcquireRemoveLock(devobj, tag) \
    ClassAcquireRemoveLockEx(devobj, tag, __FILE__, __LINE__)

SCSIPORTAPI ULONG NTAPI ClassAcquireRemoveLockEx(PDEVICE_OBJECT DeviceObject, PVOID Tag, PCSTR File,
                                                 ULONG Line);
SCSIPORTAPI VOID NTAPI ClassReleaseRemoveLock(PDEVICE_OBJECT DeviceObject, PVOID Tag);
SCSIPORTAPI VOID NTAPI ClassCompleteRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                            CCHAR PriorityBoost);

// ---- Requests

SCSIPORTAPI NTSTATUS NTAPI ClassDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp);
SCSIPORTAPI NTSTATUS NTAPI ClassInternalIoControl(PDEVICE_OBJECT DeviceObject, PIRP Irp);
SCSIPORTAPI NTSTATUS NTAPI ClassBuildRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp);
SCSIPORTAPI NTSTATUS NTAPI ClassIoComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context);
SCSIPORTAPI NTSTATUS NTAPI ClassCheckVerifyComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                                    PVOID Context);
SCSIPORTAPI NTSTATUS NTAPI ClassAsynchronousCompletion(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                                       PVOID Event);
SCSIPORTAPI NTSTATUS NTAPI ClassSignalCompletion(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                                 PKEVENT Event);
SCSIPORTAPI NTSTATUS NTAPI ClassSendIrpSynchronous(PDEVICE_OBJECT TargetDeviceObject, PIRP Irp);
SCSIPORTAPI NTSTATUS NTAPI ClassForwardIrpSynchronous(PCOMMON_DEVICE_EXTENSION CommonExtension,
                                                      PIRP Irp);
SCSIPORTAPI VOID NTAPI ClassSendDeviceIoControlSynchronous(
    ULONG IoControlCode, PDEVICE_OBJECT TargetDeviceObject, PVOID Buffer, ULONG InputBufferLength,
    ULONG OutputBufferLength, BOOLEAN InternalDeviceIoControl, PIO_STATUS_BLOCK IoStatus);

// ---- SCSI requests. An Srb is a SCSI_REQUEST_BLOCK, or a STORAGE_REQUEST_BLOCK where the adapter wants these.

SCSIPORTAPI NTSTATUS NTAPI ClassSendSrbSynchronous(PDEVICE_OBJECT DeviceObject,
                                                   PSCSI_REQUEST_BLOCK Srb, PVOID BufferAddress,
                                                   ULONG BufferLength, BOOLEAN WriteToDevice);
SCSIPORTAPI NTSTATUS NTAPI ClassSendSrbAsynchronous(PDEVICE_OBJECT DeviceObject,
                                                    PSCSI_REQUEST_BLOCK Srb, PIRP Irp,
                                                    PVOID BufferAddress, ULONG BufferLength,
                                                    BOOLEAN WriteToDevice);
SCSIPORTAPI BOOLEAN NTAPI ClassInterpretSenseInfo(PDEVICE_OBJECT DeviceObject,
                                                  PSCSI_REQUEST_BLOCK Srb, UCHAR MajorFunctionCode,
                                                  ULONG IoDeviceCode, ULONG RetryCount,
                                                  NTSTATUS *Status, ULONG *RetryInterval);
SCSIPORTAPI VOID NTAPI ClassReleaseQueue(PDEVICE_OBJECT DeviceObject);
SCSIPORTAPI VOID NTAPI ClassSendStartUnit(PDEVICE_OBJECT DeviceObject);
SCSIPORTAPI NTSTATUS NTAPI ClassReadDriveCapacity(PDEVICE_OBJECT DeviceObject);
SCSIPORTAPI ULONG NTAPI ClassModeSense(PDEVICE_OBJECT DeviceObject, PCHAR ModeSenseBuffer,
                                       ULONG Length, UCHAR PageMode);
SCSIPORTAPI ULONG NTAPI ClassModeSenseEx(PDEVICE_OBJECT DeviceObject, PCHAR ModeSenseBuffer,
                                         ULONG Length, UCHAR PageMode, UCHAR PageControl);
SCSIPORTAPI NTSTATUS NTAPI ClassModeSelect(PDEVICE_OBJECT DeviceObject, PCHAR ModeSelectBuffer,
                                           ULONG Length, BOOLEAN SavePages);
SCSIPORTAPI PVOID NTAPI ClassFindModePage(PCHAR ModeSenseBuffer, ULONG Length, UCHAR PageMode,
                                          BOOLEAN Use6Byte);
SCSIPORTAPI VOID NTAPI ClassInitializeSrbLookasideList(PCOMMON_DEVICE_EXTENSION CommonExtension,
                                                       ULONG NumberElements);
SCSIPORTAPI VOID NTAPI ClassDeleteSrbLookasideList(PCOMMON_DEVICE_EXTENSION CommonExtension);
SCSIPORTAPI VOID NTAPI ClassScanForSpecial(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                                           CLASSPNP_SCAN_FOR_SPECIAL_INFO DeviceList[],
                                           PCLASS_SCAN_FOR_SPECIAL_HANDLER Function);

// ---- Registry

SCSIPORTAPI ULONG NTAPI ClassQueryTimeOutRegistryValue(PDEVICE_OBJECT DeviceObject);
SCSIPORTAPI VOID NTAPI ClassGetDeviceParameter(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                                               PWSTR SubkeyName, PWSTR ParameterName,
                                               PULONG ParameterValue);
SCSIPORTAPI NTSTATUS NTAPI ClassSetDeviceParameter(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                                                   PWSTR SubkeyName, PWSTR ParameterName,
                                                   ULONG ParameterValue);
SCSIPORTAPI VOID NTAPI ClassUpdateInformationInRegistry(PDEVICE_OBJECT Fdo, PCHAR DeviceName,
                                                        ULONG DeviceNumber,
                                                        PINQUIRYDATA InquiryData,
                                                        ULONG InquiryDataLength);

// ---- Media changes

SCSIPORTAPI VOID NTAPI
ClassInitializeMediaChangeDetection(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension, PUCHAR EventPrefix);
SCSIPORTAPI NTSTATUS NTAPI ClassInitializeTestUnitPolling(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                                                          BOOLEAN AllowDriveToSleep);
SCSIPORTAPI VOID NTAPI ClassEnableMediaChangeDetection(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension);
SCSIPORTAPI VOID NTAPI ClassDisableMediaChangeDetection(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension);
SCSIPORTAPI VOID NTAPI ClassCleanupMediaChangeDetection(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension);
SCSIPORTAPI VOID NTAPI ClassSetMediaChangeState(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                                                MEDIA_CHANGE_DETECTION_STATE State, BOOLEAN Wait);
SCSIPORTAPI VOID NTAPI ClassResetMediaChangeTimer(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension);
SCSIPORTAPI VOID NTAPI ClassCheckMediaState(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension);
SCSIPORTAPI VOID NTAPI ClassSendNotification(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                                             const GUID *Guid, ULONG ExtraDataSize,
                                             PVOID ExtraData);

// ---- Power, failure prediction

SCSIPORTAPI NTSTATUS NTAPI ClassSpinDownPowerHandler(PDEVICE_OBJECT DeviceObject, PIRP Irp);
SCSIPORTAPI NTSTATUS NTAPI ClassStopUnitPowerHandler(PDEVICE_OBJECT DeviceObject, PIRP Irp);
SCSIPORTAPI NTSTATUS NTAPI ClassSetFailurePredictionPoll(
    PFUNCTIONAL_DEVICE_EXTENSION FdoExtension, FAILURE_PREDICTION_METHOD FailurePredictionMethod,
    ULONG PollingPeriod);
SCSIPORTAPI VOID NTAPI ClassNotifyFailurePredicted(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                                                   PUCHAR Buffer, ULONG BufferSize,
                                                   BOOLEAN LogError, ULONG UniqueErrorValue,
                                                   UCHAR PathId, UCHAR TargetId, UCHAR Lun);

// ---- WMI

SCSIPORTAPI NTSTATUS NTAPI ClassWmiCompleteRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                                   NTSTATUS Status, ULONG BufferUsed,
                                                   CCHAR PriorityBoost);
SCSIPORTAPI NTSTATUS NTAPI ClassWmiFireEvent(PDEVICE_OBJECT DeviceObject, LPGUID Guid,
                                             ULONG InstanceIndex, ULONG EventDataSize,
                                             PVOID EventData);

// ---- Messages for who debugs

SCSIPORTAPI VOID ClassDebugPrint(CLASS_DEBUG_LEVEL DebugPrintLevel, PCCHAR DebugMessage, ...);

#undef DebugPrint
#if DBG
#define DebugPrint(x) ClassDebugPrint x
#else
#define DebugPrint(x)
#endif

// ---- Memory for sense information that the port driver allocated for a request

static __inline BOOLEAN PORT_ALLOCATED_SENSE(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                                             PSCSI_REQUEST_BLOCK Srb)
{
    ULONG Wanted = SRB_FLAGS_PORT_DRIVER_ALLOCSENSE | SRB_FLAGS_FREE_SENSE_BUFFER;
    return (BOOLEAN)((Srb->SrbFlags & Wanted) == Wanted &&
                     Srb->SenseInfoBuffer != FdoExtension->SenseData);
}

static __inline VOID FREE_PORT_ALLOCATED_SENSE_BUFFER(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                                                      PSCSI_REQUEST_BLOCK Srb)
{
    ExFreePool(Srb->SenseInfoBuffer);
    Srb->SenseInfoBuffer = FdoExtension->SenseData;
    Srb->SenseInfoBufferLength = GET_FDO_EXTENSON_SENSE_DATA_LENGTH(FdoExtension);
    Srb->SrbFlags &= ~SRB_FLAGS_FREE_SENSE_BUFFER;
}

#ifdef __cplusplus
}
#endif

#endif
