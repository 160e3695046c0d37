// The inline routines of the StorPort interface: each is a call of one of the two multiplexers, so that a miniport
// imports no more than these. Included by <storport.h> alone.
#ifndef PROTEUS_DDK_STORPORTEXT_H
#define PROTEUS_DDK_STORPORTEXT_H

#define STORPORT_INLINE static inline __attribute__((unused))

// ---- Routines over StorPortNotification

STORPORT_INLINE BOOLEAN StorPortEnablePassiveInitialization(
    PVOID DeviceExtension, PHW_PASSIVE_INITIALIZE_ROUTINE HwPassiveInitializeRoutine)
{
    BOOLEAN Done = FALSE;
    StorPortNotification(EnablePassiveInitialization, DeviceExtension, HwPassiveInitializeRoutine,
                         &Done);
    return Done;
}

STORPORT_INLINE VOID StorPortInitializeDpc(PVOID DeviceExtension, PSTOR_DPC Dpc,
                                           PHW_DPC_ROUTINE HwDpcRoutine)
{
    StorPortNotification(InitializeDpc, DeviceExtension, Dpc, HwDpcRoutine);
}

STORPORT_INLINE BOOLEAN StorPortIssueDpc(PVOID DeviceExtension, PSTOR_DPC Dpc,
                                         PVOID SystemArgument1, PVOID SystemArgument2)
{
    BOOLEAN Done = FALSE;
    StorPortNotification(IssueDpc, DeviceExtension, Dpc, SystemArgument1, SystemArgument2, &Done);
    return Done;
}

STORPORT_INLINE VOID StorPortAcquireSpinLock(PVOID DeviceExtension, STOR_SPINLOCK SpinLock,
                                             PVOID LockContext, PSTOR_LOCK_HANDLE LockHandle)
{
    StorPortNotification(AcquireSpinLock, DeviceExtension, SpinLock, LockContext, LockHandle);
}

STORPORT_INLINE VOID StorPortReleaseSpinLock(PVOID DeviceExtension, PSTOR_LOCK_HANDLE LockHandle)
{
    StorPortNotification(ReleaseSpinLock, DeviceExtension, LockHandle);
}

STORPORT_INLINE ULONG StorPortStateChangeDetected(PVOID HwDeviceExtension, ULONG ChangedEntity,
                                                  PSTOR_ADDRESS Address, ULONG Attributes,
                                                  PHW_STATE_CHANGE HwStateChange,
                                                  PVOID HwStateChangeContext)
{
    ULONG Status = STOR_STATUS_NOT_IMPLEMENTED;
    StorPortNotification(StateChangeDetectedCall, HwDeviceExtension, ChangedEntity, Address,
                         Attributes, HwStateChange, HwStateChangeContext, &Status);
    return Status;
}

STORPORT_INLINE ULONG StorPortAsyncNotificationDetected(PVOID HwDeviceExtension,
                                                        PSTOR_ADDRESS Address, ULONGLONG Flags)
{
    ULONG Status = STOR_STATUS_NOT_IMPLEMENTED;
    StorPortNotification(AsyncNotificationDetected, HwDeviceExtension, Address, Flags, &Status);
    return Status;
}

#define STORPORT_MARK_DEVICE_FAILED_FLAG_REMOVE_DEVICE 0x1

STORPORT_INLINE VOID StorPortMarkDeviceFailed(PVOID HwDeviceExtension, PSTOR_ADDRESS StorAddress,
                                              ULONG Flags, PWSTR FailReason)
{
    StorPortNotification(MarkDeviceFailed, HwDeviceExtension, StorAddress, Flags, FailReason);
}

STORPORT_INLINE VOID StorPortTerminateSystemThread(PVOID HwDeviceExtension, PVOID ThreadContext)
{
    StorPortNotification(TerminateSystemThread, HwDeviceExtension, ThreadContext);
}

STORPORT_INLINE VOID StorPortInitializeListHead(PVOID HwDeviceExtension, PSTOR_LIST_ENTRY ListHead)
{
    (VOID) HwDeviceExtension;
    ListHead->Flink = ListHead->Blink = ListHead;
}

#define StorPortCopyMemory(Destination, Source, Length) memcpy((Destination), (Source), (Length))

// ---- Registers and ports. The first argument is not used: on x64 these are plain accesses.

#define StorPortReadPortUchar(h, p)       READ_PORT_UCHAR(p)
#define StorPortReadPortUshort(h, p)      READ_PORT_USHORT(p)
#define StorPortReadPortUlong(h, p)       READ_PORT_ULONG(p)
#define StorPortReadRegisterUchar(h, r)   READ_REGISTER_UCHAR(r)
#define StorPortReadRegisterUshort(h, r)  READ_REGISTER_USHORT(r)
#define StorPortReadRegisterUlong(h, r)   READ_REGISTER_ULONG(r)
#define StorPortReadRegisterUlong64(h, r) READ_REGISTER_ULONG64(r)

#define StorPortWritePortUchar(h, p, v)       WRITE_PORT_UCHAR(p, v)
#define StorPortWritePortUshort(h, p, v)      WRITE_PORT_USHORT(p, v)
#define StorPortWritePortUlong(h, p, v)       WRITE_PORT_ULONG(p, v)
#define StorPortWriteRegisterUchar(h, r, v)   WRITE_REGISTER_UCHAR(r, v)
#define StorPortWriteRegisterUshort(h, r, v)  WRITE_REGISTER_USHORT(r, v)
#define StorPortWriteRegisterUlong(h, r, v)   WRITE_REGISTER_ULONG(r, v)
#define StorPortWriteRegisterUlong64(h, r, v) WRITE_REGISTER_ULONG64(r, v)

#define StorPortReadPortBufferUchar(h, p, b, c)       READ_PORT_BUFFER_UCHAR(p, b, c)
#define StorPortReadPortBufferUshort(h, p, b, c)      READ_PORT_BUFFER_USHORT(p, b, c)
#define StorPortReadPortBufferUlong(h, p, b, c)       READ_PORT_BUFFER_ULONG(p, b, c)
#define StorPortReadRegisterBufferUchar(h, r, b, c)   READ_REGISTER_BUFFER_UCHAR(r, b, c)
#define StorPortReadRegisterBufferUshort(h, r, b, c)  READ_REGISTER_BUFFER_USHORT(r, b, c)
#define StorPortReadRegisterBufferUlong(h, r, b, c)   READ_REGISTER_BUFFER_ULONG(r, b, c)
#define StorPortReadRegisterBufferUlong64(h, r, b, c) READ_REGISTER_BUFFER_ULONG64(r, b, c)

#define StorPortWritePortBufferUchar(h, p, b, c)       WRITE_PORT_BUFFER_UCHAR(p, b, c)
#define StorPortWritePortBufferUshort(h, p, b, c)      WRITE_PORT_BUFFER_USHORT(p, b, c)
#define StorPortWritePortBufferUlong(h, p, b, c)       WRITE_PORT_BUFFER_ULONG(p, b, c)
#define StorPortWriteRegisterBufferUchar(h, r, b, c)   WRITE_REGISTER_BUFFER_UCHAR(r, b, c)
#define StorPortWriteRegisterBufferUshort(h, r, b, c)  WRITE_REGISTER_BUFFER_USHORT(r, b, c)
#define StorPortWriteRegisterBufferUlong(h, r, b, c)   WRITE_REGISTER_BUFFER_ULONG(r, b, c)
#define StorPortWriteRegisterBufferUlong64(h, r, b, c) WRITE_REGISTER_BUFFER_ULONG64(r, b, c)

// ---- Memory

STORPORT_INLINE ULONG StorPortAllocatePool(PVOID HwDeviceExtension, ULONG NumberOfBytes, ULONG Tag,
                                           PVOID *BufferPointer)
{
    return StorPortExtendedFunction(ExtFunctionAllocatePool, HwDeviceExtension, NumberOfBytes, Tag,
                                    BufferPointer);
}

STORPORT_INLINE ULONG StorPortFreePool(PVOID HwDeviceExtension, PVOID BufferPointer)
{
    return StorPortExtendedFunction(ExtFunctionFreePool, HwDeviceExtension, BufferPointer);
}

STORPORT_INLINE ULONG StorPortAllocateContiguousMemorySpecifyCacheNode(
    PVOID HwDeviceExtension, SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
    PHYSICAL_ADDRESS HighestAcceptableAddress, PHYSICAL_ADDRESS BoundaryAddressMultiple,
    MEMORY_CACHING_TYPE CacheType, NODE_REQUIREMENT PreferredNode, PVOID *BufferPointer)
{
    return StorPortExtendedFunction(ExtFunctionAllocateContiguousMemorySpecifyCacheNode,
                                    HwDeviceExtension, NumberOfBytes, LowestAcceptableAddress,
                                    HighestAcceptableAddress, BoundaryAddressMultiple, CacheType,
                                    PreferredNode, BufferPointer);
}

STORPORT_INLINE ULONG StorPortFreeContiguousMemorySpecifyCache(PVOID HwDeviceExtension,
                                                               PVOID BaseAddress,
                                                               SIZE_T NumberOfBytes,
                                                               MEMORY_CACHING_TYPE CacheType)
{
    return StorPortExtendedFunction(ExtFunctionFreeContiguousMemorySpecifyCache, HwDeviceExtension,
                                    BaseAddress, NumberOfBytes, CacheType);
}

STORPORT_INLINE ULONG StorPortAllocateDmaMemory(
    PVOID HwDeviceExtension, SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
    PHYSICAL_ADDRESS HighestAcceptableAddress, PHYSICAL_ADDRESS BoundaryAddressMultiple,
    MEMORY_CACHING_TYPE CacheType, NODE_REQUIREMENT PreferredNode, PVOID *BufferPointer,
    PPHYSICAL_ADDRESS PhysicalAddress)
{
    return StorPortExtendedFunction(ExtFunctionAllocateDmaMemory, HwDeviceExtension, NumberOfBytes,
                                    LowestAcceptableAddress, HighestAcceptableAddress,
                                    BoundaryAddressMultiple, CacheType, PreferredNode,
                                    BufferPointer, PhysicalAddress);
}

STORPORT_INLINE ULONG StorPortFreeDmaMemory(PVOID HwDeviceExtension, PVOID BaseAddress,
                                            SIZE_T NumberOfBytes, MEMORY_CACHING_TYPE CacheType,
                                            PHYSICAL_ADDRESS PhysicalAddress)
{
    return StorPortExtendedFunction(ExtFunctionFreeDmaMemory, HwDeviceExtension, BaseAddress,
                                    NumberOfBytes, CacheType, PhysicalAddress);
}

STORPORT_INLINE ULONG StorPortMarkDumpMemory(PVOID HwDeviceExtension, PVOID Address,
                                             ULONG_PTR Length, ULONG Flags)
{
    return StorPortExtendedFunction(ExtFunctionMarkDumpMemory, HwDeviceExtension, Address, Length,
                                    Flags);
}

// ---- MDLs and scatter/gather lists

STORPORT_INLINE ULONG StorPortAllocateMdl(PVOID HwDeviceExtension, PVOID BufferPointer,
                                          ULONG NumberOfBytes, PVOID *Mdl)
{
    return StorPortExtendedFunction(ExtFunctionAllocateMdl, HwDeviceExtension, BufferPointer,
                                    NumberOfBytes, Mdl);
}

STORPORT_INLINE ULONG StorPortFreeMdl(PVOID HwDeviceExtension, PVOID Mdl)
{
    return StorPortExtendedFunction(ExtFunctionFreeMdl, HwDeviceExtension, Mdl);
}

STORPORT_INLINE ULONG StorPortBuildMdlForNonPagedPool(PVOID HwDeviceExtension, PVOID Mdl)
{
    return StorPortExtendedFunction(ExtFunctionBuildMdlForNonPagedPool, HwDeviceExtension, Mdl);
}

STORPORT_INLINE ULONG StorPortGetSystemAddress(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb,
                                               PVOID *SystemAddress)
{
    return StorPortExtendedFunction(ExtFunctionGetSystemAddress, HwDeviceExtension, Srb,
                                    SystemAddress);
}

STORPORT_INLINE ULONG StorPortGetOriginalMdl(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb,
                                             PVOID *Mdl)
{
    return StorPortExtendedFunction(ExtFunctionGetOriginalMdl, HwDeviceExtension, Srb, Mdl);
}

STORPORT_INLINE ULONG StorPortGetDataInBufferMdl(PVOID HwDeviceExtension,
                                                 PSTORAGE_REQUEST_BLOCK Srb, PVOID *Mdl)
{
    return StorPortExtendedFunction(ExtFunctionGetDataInBufferMdl, HwDeviceExtension, Srb, Mdl);
}

STORPORT_INLINE ULONG StorPortGetDataInBufferSystemAddress(PVOID HwDeviceExtension,
                                                           PSTORAGE_REQUEST_BLOCK Srb,
                                                           PVOID *SystemAddress)
{
    return StorPortExtendedFunction(ExtFunctionGetDataInBufferSystemAddress, HwDeviceExtension, Srb,
                                    SystemAddress);
}

STORPORT_INLINE ULONG StorPortGetDataInBufferScatterGatherList(PVOID HwDeviceExtension,
                                                               PSTORAGE_REQUEST_BLOCK Srb,
                                                               PSTOR_SCATTER_GATHER_LIST *SgList)
{
    return StorPortExtendedFunction(ExtFunctionGetDataInBufferScatterGatherList, HwDeviceExtension,
                                    Srb, SgList);
}

STORPORT_INLINE ULONG StorPortFlushDataBufferMdl(PVOID HwDeviceExtension, PVOID Srb)
{
    return StorPortExtendedFunction(ExtFunctionFlushDataBufferMdl, HwDeviceExtension, Srb);
}

STORPORT_INLINE ULONG StorPortGetPfns(PVOID HwDeviceExtension, PVOID Srb, PVOID Mdl, PVOID *Pfns,
                                      PULONG PfnCount, PULONG StartingOffset)
{
    return StorPortExtendedFunction(ExtFunctionGetPfns, HwDeviceExtension, Srb, Mdl, Pfns, PfnCount,
                                    StartingOffset);
}

STORPORT_INLINE ULONG StorPortBuildScatterGatherList(PVOID HwDeviceExtension, PVOID Mdl,
                                                     PVOID CurrentVa, ULONG Length,
                                                     PPOST_SCATER_GATHER_EXECUTE ExecutionRoutine,
                                                     PVOID Context, BOOLEAN WriteToDevice,
                                                     PVOID ScatterGatherBuffer,
                                                     ULONG ScatterGatherBufferLength)
{
    return StorPortExtendedFunction(ExtFunctionBuildScatterGatherList, HwDeviceExtension, Mdl,
                                    CurrentVa, Length, ExecutionRoutine, Context, WriteToDevice,
                                    ScatterGatherBuffer, ScatterGatherBufferLength);
}

STORPORT_INLINE ULONG StorPortPutScatterGatherList(PVOID HwDeviceExtension,
                                                   PSTOR_SCATTER_GATHER_LIST ScatterGatherList,
                                                   BOOLEAN WriteToDevice)
{
    return StorPortExtendedFunction(ExtFunctionPutScatterGatherList, HwDeviceExtension,
                                    ScatterGatherList, WriteToDevice);
}

// ---- The adapter and its requests

STORPORT_INLINE ULONG StorPortCompleteServiceIrp(PVOID HwDeviceExtension, PVOID Irp)
{
    return StorPortExtendedFunction(ExtFunctionCompleteServiceIrp, HwDeviceExtension, Irp);
}

STORPORT_INLINE ULONG StorPortGetDeviceObjects(PVOID HwDeviceExtension, PVOID *AdapterDeviceObject,
                                               PVOID *PhysicalDeviceObject,
                                               PVOID *LowerDeviceObject)
{
    return StorPortExtendedFunction(ExtFunctionGetDeviceObjects, HwDeviceExtension,
                                    AdapterDeviceObject, PhysicalDeviceObject, LowerDeviceObject);
}

STORPORT_INLINE ULONG StorPortGetRequestInfo(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb,
                                             PSTOR_REQUEST_INFO RequestInfo)
{
    return StorPortExtendedFunction(ExtFunctionGetRequestInfo, HwDeviceExtension, Srb, RequestInfo);
}

STORPORT_INLINE ULONG StorPortGetActivityIdSrb(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb,
                                               LPGUID ActivityId)
{
    return StorPortExtendedFunction(ExtFunctionGetActivityId, HwDeviceExtension, Srb, ActivityId);
}

STORPORT_INLINE ULONG StorPortPropagateIrpExtension(PVOID HwDeviceExtension, PVOID Srb, PVOID Irp)
{
    return StorPortExtendedFunction(ExtFunctionPropagateIrpExtension, HwDeviceExtension, Srb, Irp);
}

STORPORT_INLINE ULONG StorPortGetSystemPortNumber(PVOID HwDeviceExtension, PSTOR_ADDRESS Address)
{
    return StorPortExtendedFunction(ExtFunctionGetSystemPortNumber, HwDeviceExtension, Address);
}

STORPORT_INLINE ULONG StorPortSetUnitAttributes(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                                STOR_UNIT_ATTRIBUTES Attributes)
{
    return StorPortExtendedFunction(ExtFunctionSetUnitAttributes, HwDeviceExtension, Address,
                                    Attributes);
}

STORPORT_INLINE ULONG StorPortSetAdapterBusType(PVOID HwDeviceExtension, STORAGE_BUS_TYPE BusType)
{
    return StorPortExtendedFunction(ExtFunctionSetAdapterBusType, HwDeviceExtension, BusType);
}

STORPORT_INLINE ULONG StorPortUpdateAdapterMaxIO(PVOID HwDeviceExtension, ULONG MaxIoCount)
{
    return StorPortExtendedFunction(ExtFunctionUpdateAdapterMaxIO, HwDeviceExtension, MaxIoCount);
}

STORPORT_INLINE ULONG StorPortSetFeatureList(PVOID HwDeviceExtension, ULONG FeatureCount,
                                             PSTORPORT_FEATURE_TYPE FeatureList)
{
    return StorPortExtendedFunction(ExtFunctionSetFeatureList, HwDeviceExtension, FeatureCount,
                                    FeatureList);
}

STORPORT_INLINE ULONG StorPortQueryConfiguration(PVOID HwDeviceExtension,
                                                 STORPORT_QUERY_CONFIGURATION_TYPE Type,
                                                 PBOOLEAN Enabled)
{
    return StorPortExtendedFunction(ExtFunctionQueryConfiguration, HwDeviceExtension, Type,
                                    Enabled);
}

STORPORT_INLINE ULONG StorPortHardwareReset(PVOID HwDeviceExtension, STOR_DEVICE_RESET_TYPE Type)
{
    return StorPortExtendedFunction(ExtFunctionDeviceReset, HwDeviceExtension, Type);
}

STORPORT_INLINE ULONG StorPortIsDeviceOperationAllowed(PVOID HwDeviceExtension,
                                                       PSTOR_ADDRESS Address,
                                                       LPCGUID DeviceOperation, PULONG AllowedFlag)
{
    return StorPortExtendedFunction(ExtFunctionDeviceOperationAllowed, HwDeviceExtension, Address,
                                    DeviceOperation, AllowedFlag);
}

STORPORT_INLINE ULONG StorPortIsCurrentOsInstallationUpgrade(PVOID HwDeviceExtension,
                                                             PBOOLEAN Upgraded)
{
    return StorPortExtendedFunction(ExtFunctionCurrentOsInstallationUpgrade, HwDeviceExtension,
                                    Upgraded);
}

STORPORT_INLINE ULONG StorPortInvokeAcpiMethod(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                               ULONG MethodName, PVOID InputBuffer,
                                               ULONG InputBufferLength, PVOID OutputBuffer,
                                               ULONG OutputBufferLength, PULONG BytesReturned)
{
    return StorPortExtendedFunction(ExtFunctionInvokeAcpiMethod, HwDeviceExtension, Address,
                                    MethodName, InputBuffer, InputBufferLength, OutputBuffer,
                                    OutputBufferLength, BytesReturned);
}

STORPORT_INLINE ULONG StorPortGetD3ColdSupport(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                               PBOOLEAN Supported)
{
    return StorPortExtendedFunction(ExtFunctionGetD3ColdSupport, HwDeviceExtension, Address,
                                    Supported);
}

STORPORT_INLINE ULONG StorPortRegistryReadAdapterKey(PVOID HwDeviceExtension, PUCHAR SubKeyName,
                                                     PUCHAR ValueName, ULONG ValueType,
                                                     PVOID *ValueData, PULONG ValueDataLength)
{
    return StorPortExtendedFunction(ExtFunctionRegistryReadAdapterKey, HwDeviceExtension,
                                    SubKeyName, ValueName, ValueType, ValueData, ValueDataLength);
}

STORPORT_INLINE ULONG StorPortRegistryWriteAdapterKey(PVOID HwDeviceExtension, PUCHAR SubKeyName,
                                                      PUCHAR ValueName, ULONG ValueType,
                                                      PVOID ValueData, ULONG ValueDataLength)
{
    return StorPortExtendedFunction(ExtFunctionRegistryWriteAdapterKey, HwDeviceExtension,
                                    SubKeyName, ValueName, ValueType, ValueData, ValueDataLength);
}

// ---- Interrupts

STORPORT_INLINE ULONG StorPortAcquireMSISpinLock(PVOID HwDeviceExtension, ULONG MessageId,
                                                 PULONG OldIrql)
{
    return StorPortExtendedFunction(ExtFunctionAcquireMSISpinLock, HwDeviceExtension, MessageId,
                                    OldIrql);
}

STORPORT_INLINE ULONG StorPortReleaseMSISpinLock(PVOID HwDeviceExtension, ULONG MessageId,
                                                 ULONG OldIrql)
{
    return StorPortExtendedFunction(ExtFunctionReleaseMSISpinLock, HwDeviceExtension, MessageId,
                                    OldIrql);
}

STORPORT_INLINE ULONG StorPortGetMSIInfo(PVOID HwDeviceExtension, ULONG MessageId,
                                         PMESSAGE_INTERRUPT_INFORMATION InterruptInfo)
{
    return StorPortExtendedFunction(ExtFunctionGetMessageInterruptInformation, HwDeviceExtension,
                                    MessageId, InterruptInfo);
}

STORPORT_INLINE ULONG StorPortMaskMsixInterrupt(PVOID HwDeviceExtension, ULONG MessageId,
                                                BOOLEAN Mask)
{
    return StorPortExtendedFunction(ExtFunctionMaskPciMsixEntry, HwDeviceExtension, MessageId,
                                    Mask);
}

STORPORT_INLINE ULONG StorPortGetCurrentIrql(PVOID HwDeviceExtension, PKIRQL Irql)
{
    return StorPortExtendedFunction(ExtFunctionGetCurrentIrql, HwDeviceExtension, Irql);
}

STORPORT_INLINE ULONG StorPortQueryDpcWatchdogInformation(
    PVOID HwDeviceExtension, PSTOR_DPC_WATCHDOG_INFORMATION DpcWatchdogInformation)
{
    return StorPortExtendedFunction(ExtFunctionQueryDpcWatchdogInformation, HwDeviceExtension,
                                    DpcWatchdogInformation);
}

STORPORT_INLINE ULONG StorPortCancelDpc(PVOID HwDeviceExtension, PSTOR_DPC Dpc,
                                        PBOOLEAN ReturnValue)
{
    return StorPortExtendedFunction(ExtFunctionCancelDpc, HwDeviceExtension, Dpc, ReturnValue);
}

STORPORT_INLINE ULONG StorPortAcquireSpinLockEx(PVOID HwDeviceExtension, STOR_SPINLOCK SpinLock,
                                                PVOID LockContext, PSTOR_LOCK_HANDLE LockHandle)
{
    return StorPortExtendedFunction(ExtFunctionAcquireSpinLock, HwDeviceExtension, SpinLock,
                                    LockContext, LockHandle);
}

// ---- Performance and processors

STORPORT_INLINE ULONG StorPortInitializePerfOpts(PVOID HwDeviceExtension, BOOLEAN Query,
                                                 PPERF_CONFIGURATION_DATA PerfConfigData)
{
    return StorPortExtendedFunction(ExtFunctionInitializePerformanceOptimizations,
                                    HwDeviceExtension, Query, PerfConfigData);
}

STORPORT_INLINE ULONG
StorPortGetStartIoPerfParams(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb,
                             PSTARTIO_PERFORMANCE_PARAMETERS StartIoPerfParams)
{
    return StorPortExtendedFunction(ExtFunctionGetStartIoPerformanceParameters, HwDeviceExtension,
                                    Srb, StartIoPerfParams);
}

STORPORT_INLINE ULONG StorPortQueryPerformanceCounter(PVOID HwDeviceExtension,
                                                      PLARGE_INTEGER PerformanceFrequency,
                                                      PLARGE_INTEGER PerformanceCounter)
{
    return StorPortExtendedFunction(ExtFunctionQueryPerformanceCounter, HwDeviceExtension,
                                    PerformanceFrequency, PerformanceCounter);
}

STORPORT_INLINE ULONG StorPortGetCurrentProcessorNumber(PVOID HwDeviceExtension,
                                                        PPROCESSOR_NUMBER ProcNumber)
{
    return StorPortExtendedFunction(ExtFunctionGetCurrentProcessorNumber, HwDeviceExtension,
                                    ProcNumber);
}

STORPORT_INLINE ULONG StorPortGetProcessorIndexFromNumber(PVOID HwDeviceExtension,
                                                          PPROCESSOR_NUMBER ProcNumber,
                                                          PULONG ProcIndex)
{
    return StorPortExtendedFunction(ExtFunctionGetProcessorIndexFromNumber, HwDeviceExtension,
                                    ProcNumber, ProcIndex);
}

STORPORT_INLINE ULONG StorPortGetCurrentProcessorIndex(PVOID HwDeviceExtension, PULONG ProcIndex)
{
    return StorPortExtendedFunction(ExtFunctionGetCurrentProcessorIndex, HwDeviceExtension,
                                    ProcIndex);
}

STORPORT_INLINE ULONG StorPortGetProcessorCount(PVOID HwDeviceExtension, USHORT GroupNumber,
                                                PULONG ProcessorCount)
{
    return StorPortExtendedFunction(ExtFunctionGetProcessorCount, HwDeviceExtension, GroupNumber,
                                    ProcessorCount);
}

STORPORT_INLINE ULONG StorPortGetActiveGroupCount(PVOID HwDeviceExtension, PUSHORT NumberGroups)
{
    return StorPortExtendedFunction(ExtFunctionGetActiveGroupCount, HwDeviceExtension,
                                    NumberGroups);
}

STORPORT_INLINE ULONG StorPortGetGroupAffinity(PVOID HwDeviceExtension, USHORT GroupNumber,
                                               PKAFFINITY GroupAffinityMask)
{
    return StorPortExtendedFunction(ExtFunctionGetGroupAffinity, HwDeviceExtension, GroupNumber,
                                    GroupAffinityMask);
}

STORPORT_INLINE ULONG StorPortGetActiveNodeCount(PVOID HwDeviceExtension, PULONG NumberNodes)
{
    return StorPortExtendedFunction(ExtFunctionGetActiveNodeCount, HwDeviceExtension, NumberNodes);
}

STORPORT_INLINE ULONG StorPortGetNodeAffinity(PVOID HwDeviceExtension, ULONG NodeNumber,
                                              PGROUP_AFFINITY NodeAffinityMask)
{
    return StorPortExtendedFunction(ExtFunctionGetNodeAffinity, HwDeviceExtension, NodeNumber,
                                    NodeAffinityMask);
}

STORPORT_INLINE ULONG StorPortGetHighestNodeNumber(PVOID HwDeviceExtension, PULONG HighestNode)
{
    return StorPortExtendedFunction(ExtFunctionGetHighestNodeNumber, HwDeviceExtension,
                                    HighestNode);
}

STORPORT_INLINE ULONG StorPortGetLogicalProcessorRelationship(
    PVOID HwDeviceExtension, PPROCESSOR_NUMBER ProcessorNumber,
    LOGICAL_PROCESSOR_RELATIONSHIP RelationshipType,
    PSYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX Information, PULONG Length)
{
    return StorPortExtendedFunction(ExtFunctionGetLogicalProcessorRelationship, HwDeviceExtension,
                                    ProcessorNumber, RelationshipType, Information, Length);
}

// ---- Work items, timers, threads and events

STORPORT_INLINE ULONG StorPortInitializeWorker(PVOID HwDeviceExtension, PVOID *Worker)
{
    return StorPortExtendedFunction(ExtFunctionInitializeWorker, HwDeviceExtension, Worker);
}

STORPORT_INLINE ULONG StorPortQueueWorkItem(PVOID HwDeviceExtension, PHW_WORKITEM WorkItemCallback,
                                            PVOID Worker, PVOID Context)
{
    return StorPortExtendedFunction(ExtFunctionQueueWorkItem, HwDeviceExtension, WorkItemCallback,
                                    Worker, Context);
}

STORPORT_INLINE ULONG StorPortFreeWorker(PVOID HwDeviceExtension, PVOID Worker)
{
    return StorPortExtendedFunction(ExtFunctionFreeWorker, HwDeviceExtension, Worker);
}

STORPORT_INLINE ULONG StorPortInitializeTimer(PVOID HwDeviceExtension, PVOID *TimerHandle)
{
    return StorPortExtendedFunction(ExtFunctionInitializeTimer, HwDeviceExtension, TimerHandle);
}

STORPORT_INLINE ULONG StorPortRequestTimer(PVOID HwDeviceExtension, PVOID TimerHandle,
                                           PHW_TIMER_EX TimerCallback, PVOID CallbackContext,
                                           ULONGLONG TimerValue, ULONGLONG TolerableDelay)
{
    return StorPortExtendedFunction(ExtFunctionRequestTimer, HwDeviceExtension, TimerHandle,
                                    TimerCallback, CallbackContext, TimerValue, TolerableDelay);
}

STORPORT_INLINE ULONG StorPortFreeTimer(PVOID HwDeviceExtension, PVOID TimerHandle)
{
    return StorPortExtendedFunction(ExtFunctionFreeTimer, HwDeviceExtension, TimerHandle);
}

STORPORT_INLINE ULONG StorPortQueryTimerMinInterval(PVOID HwDeviceExtension,
                                                    PULONG TimerMinInterval)
{
    return StorPortExtendedFunction(ExtFunctionQueryTimerMinInterval, HwDeviceExtension,
                                    TimerMinInterval);
}

STORPORT_INLINE ULONG StorPortDelayExecution(PVOID HwDeviceExtension, ULONG DelayInMicroseconds)
{
    return StorPortExtendedFunction(ExtFunctionDelayExecution, HwDeviceExtension,
                                    DelayInMicroseconds);
}

STORPORT_INLINE ULONG StorPortInitializeEvent(PVOID HwDeviceExtension, PSTOR_EVENT Event,
                                              STOR_EVENT_TYPE Type, BOOLEAN State)
{
    return StorPortExtendedFunction(ExtFunctionInitializeEvent, HwDeviceExtension, Event, Type,
                                    State);
}

STORPORT_INLINE ULONG StorPortSetEvent(PVOID HwDeviceExtension, PSTOR_EVENT Event)
{
    return StorPortExtendedFunction(ExtFunctionSetEvent, HwDeviceExtension, Event);
}

STORPORT_INLINE ULONG StorPortWaitForSingleObject(PVOID HwDeviceExtension, PVOID Object,
                                                  BOOLEAN Alertable, PLONGLONG Timeout)
{
    return StorPortExtendedFunction(ExtFunctionWaitForEvent, HwDeviceExtension, Object, Alertable,
                                    Timeout);
}

STORPORT_INLINE ULONG StorPortCreateSystemThread(PVOID HwDeviceExtension,
                                                 PSTOR_THREAD_START_ROUTINE StartRoutine,
                                                 PVOID StartContext, PSTOR_THREAD_PRIORITY Priority,
                                                 PVOID *ThreadContext)
{
    return StorPortExtendedFunction(ExtFunctionCreateSystemThread, HwDeviceExtension, StartRoutine,
                                    StartContext, Priority, ThreadContext);
}

STORPORT_INLINE ULONG StorPortSetPriorityThread(PVOID HwDeviceExtension, PVOID ThreadContext,
                                                STOR_THREAD_PRIORITY Priority)
{
    return StorPortExtendedFunction(ExtFunctionSetPriorityThread, HwDeviceExtension, ThreadContext,
                                    Priority);
}

STORPORT_INLINE ULONG StorPortSetSystemGroupAffinityThread(PVOID HwDeviceExtension,
                                                           PVOID ThreadContext,
                                                           PSTOR_GROUP_AFFINITY Affinity,
                                                           PSTOR_GROUP_AFFINITY PreviousAffinity)
{
    return StorPortExtendedFunction(ExtFunctionSetSystemGroupAffinityThread, HwDeviceExtension,
                                    ThreadContext, Affinity, PreviousAffinity);
}

STORPORT_INLINE ULONG StorPortRevertToUserGroupAffinityThread(PVOID HwDeviceExtension,
                                                              PVOID ThreadContext,
                                                              PSTOR_GROUP_AFFINITY PreviousAffinity)
{
    return StorPortExtendedFunction(ExtFunctionRevertToUserGroupAffinityThread, HwDeviceExtension,
                                    ThreadContext, PreviousAffinity);
}

// ---- Lists

STORPORT_INLINE ULONG StorPortInitializeSListHead(PVOID HwDeviceExtension,
                                                  PSTOR_SLIST_HEADER SListHead)
{
    return StorPortExtendedFunction(ExtFunctionInitializeSListHead, HwDeviceExtension, SListHead);
}

STORPORT_INLINE ULONG StorPortInterlockedFlushSList(PVOID HwDeviceExtension,
                                                    PSTOR_SLIST_HEADER SListHead,
                                                    PSTOR_SLIST_ENTRY *Result)
{
    return StorPortExtendedFunction(ExtFunctionInterlockedFlushSList, HwDeviceExtension, SListHead,
                                    Result);
}

STORPORT_INLINE ULONG StorPortInterlockedPopEntrySList(PVOID HwDeviceExtension,
                                                       PSTOR_SLIST_HEADER SListHead,
                                                       PSTOR_SLIST_ENTRY *Result)
{
    return StorPortExtendedFunction(ExtFunctionInterlockedPopEntrySList, HwDeviceExtension,
                                    SListHead, Result);
}

STORPORT_INLINE ULONG StorPortInterlockedPushEntrySList(PVOID HwDeviceExtension,
                                                        PSTOR_SLIST_HEADER SListHead,
                                                        PSTOR_SLIST_ENTRY SListEntry,
                                                        PSTOR_SLIST_ENTRY *Result)
{
    return StorPortExtendedFunction(ExtFunctionInterlockedPushEntrySList, HwDeviceExtension,
                                    SListHead, SListEntry, Result);
}

STORPORT_INLINE ULONG StorPortQueryDepthSList(PVOID HwDeviceExtension, PSTOR_SLIST_HEADER SListHead,
                                              PUSHORT Result)
{
    return StorPortExtendedFunction(ExtFunctionQueryDepthSList, HwDeviceExtension, SListHead,
                                    Result);
}

STORPORT_INLINE ULONG StorPortInitializeSpinlock(PVOID HwDeviceExtension, PSTOR_KSPIN_LOCK Lock)
{
    return StorPortExtendedFunction(ExtFunctionInitializeSpinlock, HwDeviceExtension, Lock);
}

STORPORT_INLINE ULONG StorPortInterlockedInsertHeadList(PVOID HwDeviceExtension,
                                                        PSTOR_LIST_ENTRY ListHead,
                                                        PSTOR_LIST_ENTRY ListEntry,
                                                        PSTOR_LIST_ENTRY *Result,
                                                        PSTOR_KSPIN_LOCK Lock)
{
    return StorPortExtendedFunction(ExtFunctionInterlockedInsertHeadList, HwDeviceExtension,
                                    ListHead, ListEntry, Result, Lock);
}

STORPORT_INLINE ULONG StorPortInterlockedInsertTailList(PVOID HwDeviceExtension,
                                                        PSTOR_LIST_ENTRY ListHead,
                                                        PSTOR_LIST_ENTRY ListEntry,
                                                        PSTOR_LIST_ENTRY *Result,
                                                        PSTOR_KSPIN_LOCK Lock)
{
    return StorPortExtendedFunction(ExtFunctionInterlockedInsertTailList, HwDeviceExtension,
                                    ListHead, ListEntry, Result, Lock);
}

STORPORT_INLINE ULONG StorPortInterlockedRemoveHeadList(PVOID HwDeviceExtension,
                                                        PSTOR_LIST_ENTRY ListHead,
                                                        PSTOR_LIST_ENTRY *Result,
                                                        PSTOR_KSPIN_LOCK Lock)
{
    return StorPortExtendedFunction(ExtFunctionInterlockedRemoveHeadList, HwDeviceExtension,
                                    ListHead, Result, Lock);
}

#include <storportlog.h>

#endif
