// Starting and stopping an adapter: the miniport is asked for its adapter, told to initialise it, and stopped.
#include "storportp.h"

// ---- What a miniport finds in PORT_CONFIGURATION_INFORMATION

static ULONG StorpQueryNumber(PSTOR_ADAPTER Adapter, DEVICE_REGISTRY_PROPERTY Property,
                              ULONG Otherwise)
{
    ULONG Value, Length;
    NTSTATUS Status = IoGetDeviceProperty(Adapter->Pdo, Property, sizeof(Value), &Value, &Length);
    return NT_SUCCESS(Status) ? Value : Otherwise;
}

// The address that a PCI device has on its bus, in the form of HalGetBusData.
static ULONG StorpSlotOf(ULONG Address)
{
    PCI_SLOT_NUMBER Slot = {};
    Slot.u.bits.DeviceNumber = Address >> 16;
    Slot.u.bits.FunctionNumber = Address & 0xFFFF;
    return Slot.u.AsULONG;
}

static VOID StorpInitConfig(PSTOR_ADAPTER Adapter)
{
    const HW_INITIALIZATION_DATA *Hw = &Adapter->Driver->Hw;
    PPORT_CONFIGURATION_INFORMATION Config = &Adapter->Config;
    Config->Length = sizeof(*Config);
    Config->SystemIoBusNumber = StorpQueryNumber(Adapter, DevicePropertyBusNumber, 0);
    Config->SlotNumber = StorpSlotOf(StorpQueryNumber(Adapter, DevicePropertyAddress, 0));
    Config->AdapterInterfaceType = Hw->AdapterInterfaceType;
    Config->MaximumTransferLength = SP_UNINITIALIZED_VALUE;
    Config->NumberOfPhysicalBreaks = StorDefaultBreaks;
    Config->DmaChannel = Config->DmaPort = SP_UNINITIALIZED_VALUE;
    Config->DmaChannel2 = Config->DmaPort2 = SP_UNINITIALIZED_VALUE;
    Config->AccessRanges = (PVOID)Adapter->AccessRanges;
    RtlFillMemory(Config->InitiatorBusId, sizeof(Config->InitiatorBusId), 0xFF);
    Config->ScatterGather = Config->Master = TRUE;
    Config->Dma32BitAddresses = Config->NeedPhysicalAddresses = TRUE;
    Config->TaggedQueuing = Config->AutoRequestSense = Config->MultipleRequestPerLu = TRUE;
    Config->MapBuffers = Hw->MapBuffers;
    Config->MaximumNumberOfTargets = SCSI_MAXIMUM_TARGETS_PER_BUS;
    Config->MaximumNumberOfLogicalUnits = SCSI_MAXIMUM_LOGICAL_UNITS;
    Adapter->UsesExtendedSrbs = (Hw->SrbTypeFlags & SRB_TYPE_FLAG_STORAGE_REQUEST_BLOCK) != 0;
    Config->SrbType =
        Adapter->UsesExtendedSrbs ? SRB_TYPE_STORAGE_REQUEST_BLOCK : SRB_TYPE_SCSI_REQUEST_BLOCK;
    Config->AddressType = STORAGE_ADDRESS_TYPE_BTL8;
    Config->DeviceExtensionSize = Hw->DeviceExtensionSize;
    Config->SpecificLuExtensionSize = Hw->SpecificLuExtensionSize;
    Config->SrbExtensionSize = Hw->SrbExtensionSize;
    Config->Dma64BitAddresses = SCSI_DMA64_SYSTEM_SUPPORTED;
    Config->VirtualDevice = Adapter->Driver->IsVirtual;
    Config->MaxNumberOfIO = StorDefaultIos;
    Config->MaxIOsPerLun = StorDefaultIosPerUnit;
    Config->InitialLunQueueDepth = StorDefaultDepth;
}

// The miniport's answers, within what is possible.
static VOID StorpCheckConfig(PSTOR_ADAPTER Adapter)
{
    PPORT_CONFIGURATION_INFORMATION Config = &Adapter->Config;
    Config->NumberOfBuses = max(Config->NumberOfBuses, 1);
    Config->MaximumNumberOfTargets = max(Config->MaximumNumberOfTargets, 1);
    Config->MaximumNumberOfLogicalUnits = max(Config->MaximumNumberOfLogicalUnits, 1);
    if (!Config->NumberOfPhysicalBreaks)
        Config->NumberOfPhysicalBreaks = StorDefaultBreaks;
    Config->MaxNumberOfIO = max(Config->MaxNumberOfIO, 1u);
    Config->MaxIOsPerLun =
        min(max(Config->MaxIOsPerLun, 1u), min(Config->MaxNumberOfIO, (ULONG)StorMostContexts));
    Config->InitialLunQueueDepth = min(max(Config->InitialLunQueueDepth, 1u), Config->MaxIOsPerLun);
}

// ---- Adapter control and unit control

typedef union _STOR_CONTROL_LIST {
    SCSI_SUPPORTED_CONTROL_TYPE_LIST List;
    UCHAR Bytes[FIELD_OFFSET(SCSI_SUPPORTED_CONTROL_TYPE_LIST, SupportedTypeList) + 64];
} STOR_CONTROL_LIST;

static ULONG64 StorpTypesOf(const STOR_CONTROL_LIST *Answer, ULONG Most)
{
    ULONG64 Types = 0;
    for (ULONG i = 0; i < Most; i++) {
        if (Answer->List.SupportedTypeList[i])
            Types |= 1ull << i;
    }
    return Types;
}

static VOID StorpQueryControlTypes(PSTOR_ADAPTER Adapter)
{
    const HW_INITIALIZATION_DATA *Hw = &Adapter->Driver->Hw;
    STOR_CONTROL_LIST Answer = {.List.MaxControlType = ScsiAdapterControlMax};
    if (Hw->HwAdapterControl &&
        Hw->HwAdapterControl(Adapter->HwExtension, ScsiQuerySupportedControlTypes, &Answer) ==
            ScsiAdapterControlSuccess)
        Adapter->ControlTypes = StorpTypesOf(&Answer, ScsiAdapterControlMax);
    RtlZeroMemory(&Answer, sizeof(Answer));
    Answer.List.MaxControlType = ScsiUnitControlMax;
    if (Hw->HwUnitControl &&
        Hw->HwUnitControl(Adapter->HwExtension, ScsiQuerySupportedUnitControlTypes, &Answer) ==
            ScsiUnitControlSuccess)
        Adapter->UnitControlTypes = StorpTypesOf(&Answer, ScsiUnitControlMax);
}

BOOLEAN StorpSupportsControl(PSTOR_ADAPTER Adapter, SCSI_ADAPTER_CONTROL_TYPE Type)
{
    return (Adapter->ControlTypes >> Type & 1) != 0;
}

BOOLEAN StorpSupportsUnitControl(PSTOR_ADAPTER Adapter, SCSI_UNIT_CONTROL_TYPE Type)
{
    return (Adapter->UnitControlTypes >> Type & 1) != 0;
}

SCSI_ADAPTER_CONTROL_STATUS StorpControl(PSTOR_ADAPTER Adapter, SCSI_ADAPTER_CONTROL_TYPE Type,
                                         PVOID Parameters)
{
    if (!StorpSupportsControl(Adapter, Type))
        return ScsiAdapterControlUnsuccessful;
    return Adapter->Driver->Hw.HwAdapterControl(Adapter->HwExtension, Type, Parameters);
}

// Those that are told of the unit's address alone.
VOID StorpUnitControl(PSTOR_UNIT Unit, SCSI_UNIT_CONTROL_TYPE Type)
{
    PSTOR_ADAPTER Adapter = Unit->Adapter;
    STOR_ADDR_BTL8 Address = StorpAddressOf(Unit);
    if (StorpSupportsUnitControl(Adapter, Type))
        Adapter->Driver->Hw.HwUnitControl(Adapter->HwExtension, Type, &Address);
}

// ---- Finding the adapter

static NTSTATUS StorpAllocateExtension(PSTOR_ADAPTER Adapter)
{
    SIZE_T Bytes = StorHwHeaderBytes + Adapter->Driver->Hw.DeviceExtensionSize;
    PUCHAR Memory = ExAllocatePoolWithTag(NonPagedPoolNx, Bytes, StorTag);
    if (!Memory)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Memory, Bytes);
    *(PSTOR_ADAPTER *)Memory = Adapter;
    Adapter->HwExtension = Memory + StorHwHeaderBytes;
    return STATUS_SUCCESS;
}

static ULONG StorpCallFindAdapter(PSTOR_ADAPTER Adapter)
{
    PSTOR_DRIVER Driver = Adapter->Driver;
    CHAR Argument[STORPORT_DRIVERPARAMETER_MAXLENGTH] = "";
    BOOLEAN Again = FALSE;
    StorpReadDriverParameter(Adapter, Argument, sizeof(Argument));
    if (Driver->IsVirtual)
        return ((PVIRTUAL_HW_FIND_ADAPTER)Driver->Hw.HwFindAdapter)(
            Adapter->HwExtension, Driver->HwContext, nullptr, Adapter->Lower, Argument,
            &Adapter->Config, &Again);
    return ((PHW_FIND_ADAPTER)Driver->Hw.HwFindAdapter)(
        Adapter->HwExtension, Driver->HwContext, nullptr, Argument, &Adapter->Config, &Again);
}

static NTSTATUS StorpFindAdapter(PSTOR_ADAPTER Adapter)
{
    static const NTSTATUS Answers[] = {
        [SP_RETURN_NOT_FOUND] = STATUS_NO_SUCH_DEVICE,
        [SP_RETURN_FOUND] = STATUS_SUCCESS,
        [SP_RETURN_ERROR] = STATUS_ADAPTER_HARDWARE_ERROR,
        [SP_RETURN_BAD_CONFIG] = STATUS_DEVICE_CONFIGURATION_ERROR,
    };
    if (Adapter->Driver->Hw.FeatureSupport & STOR_FEATURE_ADAPTER_CONTROL_PRE_FINDADAPTER)
        StorpQueryControlTypes(Adapter);
    ULONG Answer = StorpCallFindAdapter(Adapter);
    NTSTATUS Status =
        Answer < RTL_NUMBER_OF(Answers) ? Answers[Answer] : STATUS_ADAPTER_HARDWARE_ERROR;
    if (NT_SUCCESS(Status))
        StorpCheckConfig(Adapter);
    else
        DbgPrintEx(DPFLTR_STORPORT_ID, DPFLTR_WARNING_LEVEL,
                   "storport: port %lu: the miniport did not find its adapter: %lx\n",
                   Adapter->PortNumber, Status);
    return Status;
}

// A physical miniport's HwInitialize runs as its interrupt routine does: with the interrupt's lock.
static NTSTATUS StorpInitialize(PSTOR_ADAPTER Adapter)
{
    PHW_INITIALIZE Routine = Adapter->Driver->Hw.HwInitialize;
    BOOLEAN Done;
    Adapter->PassiveInitialize = nullptr;
    Adapter->InHwInitialize = TRUE;
    if (StorpIsPhysical(Adapter)) {
        KIRQL Irql = StorpAcquireInterruptLock(Adapter);
        Done = Routine(Adapter->HwExtension);
        StorpReleaseInterruptLock(Adapter, Irql);
    } else {
        Done = Routine(Adapter->HwExtension);
    }
    if (Done && Adapter->PassiveInitialize)
        Done = Adapter->PassiveInitialize(Adapter->HwExtension);
    Adapter->InHwInitialize = FALSE;
    return Done ? STATUS_SUCCESS : STATUS_ADAPTER_HARDWARE_ERROR;
}

// ---- Start

static NTSTATUS StorpRunMiniport(PSTOR_ADAPTER Adapter)
{
    NTSTATUS Status = StorpFindAdapter(Adapter);
    if (!NT_SUCCESS(Status))
        return Status;
    StorpQueryControlTypes(Adapter);
    if (StorpIsPhysical(Adapter))
        Status = StorpConnectInterrupts(Adapter);
    if (NT_SUCCESS(Status))
        Status = StorpInitialize(Adapter);
    if (NT_SUCCESS(Status))
        Status = StorpMakeOwnUnit(Adapter);
    if (!NT_SUCCESS(Status))
        StorpDisconnectInterrupts(Adapter);
    return Status;
}

// A start after a stop: the miniport keeps its extension, and is restarted if it knows how.
static NTSTATUS StorpRestart(PSTOR_ADAPTER Adapter)
{
    NTSTATUS Status = StorpConnectInterrupts(Adapter);
    if (!NT_SUCCESS(Status))
        return Status;
    StorpControl(Adapter, ScsiSetRunningConfig, nullptr);
    if (StorpControl(Adapter, ScsiRestartAdapter, nullptr) == ScsiAdapterControlSuccess)
        return STATUS_SUCCESS;
    Status = StorpInitialize(Adapter);
    if (!NT_SUCCESS(Status))
        StorpDisconnectInterrupts(Adapter);
    return Status;
}

NTSTATUS StorpStartAdapter(PSTOR_ADAPTER Adapter, PIO_STACK_LOCATION Stack)
{
    enum { MillisecondsASecond = 1000 };
    LARGE_INTEGER Due = {.QuadPart = -10'000'000};
    BOOLEAN First = !Adapter->Initialized;
    NTSTATUS Status = StorpTakeResources(Adapter, Stack);
    if (NT_SUCCESS(Status) && First)
        Status = StorpAllocateExtension(Adapter);
    if (!NT_SUCCESS(Status))
        return Status;
    if (First) {
        StorpInitConfig(Adapter);
        StorpReadParameters(Adapter);
    }
    StorpDescribeInterrupt(Adapter);
    if (First && StorpIsPhysical(Adapter))
        StorpQueryBusInterface(Adapter);
    Adapter->Started = TRUE; // a miniport may call anything from its first routine on
    Status = First ? StorpRunMiniport(Adapter) : StorpRestart(Adapter);
    if (!NT_SUCCESS(Status)) {
        Adapter->Started = FALSE;
        StorpFreeAdapter(Adapter);
        return Status;
    }
    Adapter->Initialized = TRUE;
    InterlockedAnd(&Adapter->Holds, ~StorHoldAdapterStopped);
    KeSetTimerEx(&Adapter->SecondTimer, Due, MillisecondsASecond, &Adapter->SecondDpc);
    StorpRunAllQueues(Adapter);
    return STATUS_SUCCESS;
}

// ---- Stop

// Requests that the miniport has come back, or their time-outs see to that.
VOID StorpDrain(PSTOR_ADAPTER Adapter)
{
    KeClearEvent(&Adapter->Idle);
    InterlockedOr(&Adapter->Holds, StorHoldAdapterStopped);
    if (Adapter->ActiveCount)
        KeWaitForSingleObject(&Adapter->Idle, Executive, KernelMode, FALSE, nullptr);
}

static VOID StorpFlushUnit(PSTOR_UNIT Unit, PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    StorpAddHold(Unit, StorHoldRemoved);
    StorpFlushQueue(Unit, SRB_STATUS_NO_DEVICE);
    StorpEndActive(Unit, SRB_STATUS_NO_DEVICE, TRUE);
}

VOID StorpStopAdapter(PSTOR_ADAPTER Adapter, BOOLEAN Surprise)
{
    if (!Adapter->Started)
        return;
    if (Surprise) {
        InterlockedOr(&Adapter->Holds, StorHoldAdapterStopped);
        StorpControl(Adapter, ScsiAdapterSurpriseRemoval, nullptr);
    } else {
        StorpDrain(Adapter);
        StorpControl(Adapter, ScsiStopAdapter, nullptr);
    }
    Adapter->Started = FALSE;
    StorpStopTimers(Adapter);
    StorpDisconnectInterrupts(Adapter);
    if (Surprise)
        StorpForEachUnit(Adapter, STOR_ALL, STOR_ALL, STOR_ALL, StorpFlushUnit, nullptr);
}

VOID StorpFreeAdapter(PSTOR_ADAPTER Adapter)
{
    PHW_FREE_ADAPTER_RESOURCES Free = Adapter->Driver->Hw.HwFreeAdapterResources;
    if (Adapter->HwExtension && Adapter->Driver->IsVirtual && Free)
        Free(Adapter->HwExtension);
    StorpFreeWorkers(Adapter);
    StorpFreeBounces(Adapter);
    StorpUnmapAll(Adapter);
    StorpReleaseBusInterface(Adapter);
    if (Adapter->UncachedExtension)
        MmFreeContiguousMemory(Adapter->UncachedExtension);
    if (Adapter->HwExtension)
        ExFreePoolWithTag((PUCHAR)Adapter->HwExtension - StorHwHeaderBytes, StorTag);
    Adapter->UncachedExtension = Adapter->HwExtension = nullptr;
    Adapter->Initialized = FALSE;
    StorpFreeResources(Adapter);
}
