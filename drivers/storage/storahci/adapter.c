// The adapter as StorPort sees it: found, initialised, stopped, reset.
#include "storahci.h"

ULONG64 AhciNow(PAHCI_ADAPTER Adapter)
{
    LARGE_INTEGER Frequency = {}, Counter = {};
    (VOID) StorPortQueryPerformanceCounter(Adapter, &Frequency, &Counter);
    if (Frequency.QuadPart <= 0)
        return 0;
    ULONG64 Seconds = (ULONG64)(Counter.QuadPart / Frequency.QuadPart);
    ULONG64 Rest = (ULONG64)(Counter.QuadPart % Frequency.QuadPart);
    return Seconds * 1000000 + Rest * 1000000 / (ULONG64)Frequency.QuadPart;
}

// ---- Starting: AHCI 10.1, 10.4.3

// FALSE: the bits did not change.
static BOOLEAN AhciWaitFor(volatile uint32_t *Register, ULONG Mask, ULONG Wanted,
                           ULONG Microseconds)
{
    enum { Step = 10 };
    for (ULONG Waited = 0; (*Register & Mask) != Wanted; Waited += Step) {
        if (Waited >= Microseconds)
            return FALSE;
        StorPortStallExecution(Step);
    }
    return TRUE;
}

// The firmware lets go of the adapter (AHCI 10.6). One that does not within its time is not waited for.
static VOID AhciTakeOver(AHCI_REGISTERS *Registers)
{
    enum { BusyMicroseconds = 25 * 1000, MostMicroseconds = 2 * 1000 * 1000 };
    if (!(Registers->Capabilities2 & AHCI_CAP2_HAND_OFF))
        return;
    Registers->HandOff |= AHCI_HAND_OFF_SYSTEM;
    if (AhciWaitFor(&Registers->HandOff, AHCI_HAND_OFF_BIOS, 0, BusyMicroseconds))
        return;
    if (Registers->HandOff & AHCI_HAND_OFF_BUSY)
        (VOID) AhciWaitFor(&Registers->HandOff, AHCI_HAND_OFF_BIOS, 0, MostMicroseconds);
}

BOOLEAN AhciStartAdapter(PAHCI_ADAPTER Adapter)
{
    AHCI_REGISTERS *Registers = Adapter->Registers;
    Adapter->Working = FALSE;
    Registers->Control |= AHCI_GHC_ENABLE;
    Registers->Control |= AHCI_GHC_RESET;
    if (!AhciWaitFor(&Registers->Control, AHCI_GHC_RESET, 0, AhciAdapterResetMicroseconds)) {
        StorPortDebugPrint(0, "storahci: the adapter does not come out of reset\n");
        return FALSE;
    }
    Registers->Control |= AHCI_GHC_ENABLE;
    for (ULONG i = 0; i < AHCI_MAXIMUM_PORTS; i++) {
        if (Adapter->Ports[i].Registers)
            AhciSetUpPort(Adapter, &Adapter->Ports[i]);
    }
    Registers->InterruptStatus = Registers->InterruptStatus;
    Adapter->Working = TRUE;
    Registers->Control |= AHCI_GHC_INTERRUPTS;
    for (ULONG i = 0; i < AHCI_MAXIMUM_PORTS; i++) {
        if (Adapter->Ports[i].Registers)
            AhciStepPort(Adapter, &Adapter->Ports[i]);
    }
    return TRUE;
}

// ---- Finding it

static BOOLEAN AhciMakePorts(PAHCI_ADAPTER Adapter, PPORT_CONFIGURATION_INFORMATION Config)
{
    enum { ListAlignment = 1024 };
    ULONG Count = (ULONG)__builtin_popcount(Adapter->Implemented);
    ULONG Bytes = Count * sizeof(AHCI_PORT_MEMORY) + ListAlignment;
    PUCHAR Memory = StorPortGetUncachedExtension(Adapter, Config, Bytes);
    if (!Memory)
        return FALSE;
    ULONG Length = Bytes;
    ULONG64 Physical = (ULONG64)StorPortGetPhysicalAddress(Adapter, NULL, Memory, &Length).QuadPart;
    ULONG Lost = (ULONG)(-Physical & (ListAlignment - 1));
    Memory += Lost;
    Physical += Lost;
    for (ULONG i = 0; i < AHCI_MAXIMUM_PORTS; i++) {
        PAHCI_PORT Port = &Adapter->Ports[i];
        if (!(Adapter->Implemented >> i & 1))
            continue;
        Port->Number = (UCHAR)i;
        Port->Registers = &Adapter->Registers->Ports[i];
        Port->Memory = (PVOID)Memory;
        Port->MemoryPhysical = Physical;
        Memory += sizeof(AHCI_PORT_MEMORY);
        Physical += sizeof(AHCI_PORT_MEMORY);
    }
    return TRUE;
}

static VOID AhciConfigure(PAHCI_ADAPTER Adapter, PPORT_CONFIGURATION_INFORMATION Config)
{
    ULONG Slots = (Adapter->Capabilities >> AHCI_CAP_SLOTS_SHIFT & 0x1F) + 1;
    ULONG Ports = 32u - (ULONG)__builtin_clz(Adapter->Implemented);
    Adapter->SlotMask = MAXULONG >> (AHCI_SLOTS - Slots);
    Adapter->Wide = (Adapter->Capabilities & AHCI_CAP_64_BITS) != 0;
    Config->MaximumTransferLength = AhciMaximumTransfer;
    Config->NumberOfPhysicalBreaks = AhciMaximumTransfer / PAGE_SIZE + 1;
    Config->AlignmentMask = FILE_WORD_ALIGNMENT;
    Config->NumberOfBuses = (UCHAR)Ports;
    Config->MaximumNumberOfTargets = 1;
    Config->MaximumNumberOfLogicalUnits = 1;
    Config->CachesData = TRUE;
    Config->ScatterGather = TRUE;
    Config->Master = TRUE;
    Config->MapBuffers = STOR_MAP_NON_READ_WRITE_BUFFERS;
    Config->TaggedQueuing = TRUE;
    Config->Dma32BitAddresses = TRUE;
    if (Adapter->Wide)
        Config->Dma64BitAddresses = SCSI_DMA64_MINIPORT_FULL64BIT_SUPPORTED;
    Config->FeatureSupport |= STOR_ADAPTER_FEATURE_ABORT_COMMAND;
    Config->SynchronizationModel = StorSynchronizeHalfDuplex;
    Config->HwMSInterruptRoutine = AhciMessageInterrupt;
    Config->InterruptSynchronizationMode = InterruptSynchronizeAll;
    Config->MaxNumberOfIO = Slots * Ports;
    Config->MaxIOsPerLun = Slots;
    Config->InitialLunQueueDepth = Slots;
}

// The registers are what the fifth base address register says, which is the last of the function's.
static const ACCESS_RANGE *AhciFindRange(PPORT_CONFIGURATION_INFORMATION Config)
{
    for (ULONG i = Config->NumberOfAccessRanges; i--;) {
        const ACCESS_RANGE *Range = &(*Config->AccessRanges)[i];
        if (Range->RangeInMemory && Range->RangeLength >= sizeof(AHCI_REGISTERS))
            return Range;
    }
    return NULL;
}

ULONG NTAPI AhciFindAdapter(PVOID DeviceExtension, PVOID HwContext, PVOID BusInformation,
                            PCHAR ArgumentString, PPORT_CONFIGURATION_INFORMATION Config,
                            PBOOLEAN Again)
{
    PAHCI_ADAPTER Adapter = DeviceExtension;
    UNREFERENCED_PARAMETER(HwContext);
    UNREFERENCED_PARAMETER(BusInformation);
    UNREFERENCED_PARAMETER(ArgumentString);
    UNREFERENCED_PARAMETER(Again);
    const ACCESS_RANGE *Range = AhciFindRange(Config);
    if (!Range)
        return SP_RETURN_BAD_CONFIG;
    Adapter->Registers =
        StorPortGetDeviceBase(Adapter, Config->AdapterInterfaceType, Config->SystemIoBusNumber,
                              Range->RangeStart, Range->RangeLength, FALSE);
    if (!Adapter->Registers)
        return SP_RETURN_ERROR;
    if (Adapter->Registers->Capabilities == AHCI_GONE)
        return SP_RETURN_NOT_FOUND;
    AhciTakeOver(Adapter->Registers);
    Adapter->Registers->Control |= AHCI_GHC_ENABLE;
    Adapter->Registers->Control &= ~(ULONG)AHCI_GHC_INTERRUPTS;
    Adapter->Capabilities = Adapter->Registers->Capabilities;
    Adapter->Implemented = Adapter->Registers->Implemented;
    // No ports beyond the registers that there are.
    ULONG64 Room = (Range->RangeLength - sizeof(AHCI_REGISTERS)) / sizeof(AHCI_PORT_REGISTERS);
    if (Room < AHCI_MAXIMUM_PORTS)
        Adapter->Implemented &= (1u << Room) - 1;
    if (!Adapter->Implemented)
        return SP_RETURN_BAD_CONFIG;
    AhciConfigure(Adapter, Config);
    return AhciMakePorts(Adapter, Config) ? SP_RETURN_FOUND : SP_RETURN_ERROR;
}

static BOOLEAN NTAPI AhciPassiveInitialize(PVOID DeviceExtension)
{
    PAHCI_ADAPTER Adapter = DeviceExtension;
    StorPortInitializeDpc(Adapter, &Adapter->SendDpc, AhciSendDpc);
    return TRUE;
}

BOOLEAN NTAPI AhciInitialize(PVOID DeviceExtension)
{
    return StorPortEnablePassiveInitialization(DeviceExtension, AhciPassiveInitialize) &&
           AhciStartAdapter(DeviceExtension);
}

// ---- Reset, and the end

BOOLEAN NTAPI AhciResetBus(PVOID DeviceExtension, ULONG PathId)
{
    PAHCI_ADAPTER Adapter = DeviceExtension;
    PAHCI_PORT Port = AhciPortOf(Adapter, PathId);
    if (!Port || Adapter->Gone)
        return FALSE;
    AhciResetPort(Adapter, Port);
    return TRUE;
}

static VOID AhciStopAdapter(PAHCI_ADAPTER Adapter)
{
    Adapter->Working = FALSE;
    Adapter->Registers->Control &= ~(ULONG)AHCI_GHC_INTERRUPTS;
    for (ULONG i = 0; i < AHCI_MAXIMUM_PORTS; i++) {
        PAHCI_PORT Port = &Adapter->Ports[i];
        if (!Port->Registers)
            continue;
        Port->Registers->InterruptEnable = 0;
        Port->Registers->Command &= ~(ULONG)AHCI_CMD_START;
        (VOID) AhciWaitFor(&Port->Registers->Command, AHCI_CMD_RUNNING, 0, AhciStopMicroseconds);
        Port->Registers->Command &= ~(ULONG)AHCI_CMD_FIS_RECEIVE;
        (VOID)
            AhciWaitFor(&Port->Registers->Command, AHCI_CMD_FIS_RUNNING, 0, AhciStopMicroseconds);
        Port->State = AhciOff;
        AhciEndIssued(Adapter, Port, SRB_STATUS_BUS_RESET);
        AhciEndWaiting(Adapter, Port, SRB_STATUS_BUS_RESET);
    }
}

static VOID AhciRemove(PAHCI_ADAPTER Adapter)
{
    Adapter->Gone = TRUE;
    Adapter->Working = FALSE;
    for (ULONG i = 0; i < AHCI_MAXIMUM_PORTS; i++) {
        PAHCI_PORT Port = &Adapter->Ports[i];
        if (!Port->Registers)
            continue;
        Port->State = AhciOff;
        AhciEndIssued(Adapter, Port, SRB_STATUS_NO_DEVICE);
        AhciEndWaiting(Adapter, Port, SRB_STATUS_NO_DEVICE);
    }
}

SCSI_ADAPTER_CONTROL_STATUS NTAPI AhciAdapterControl(PVOID DeviceExtension,
                                                     SCSI_ADAPTER_CONTROL_TYPE Type,
                                                     PVOID Parameters)
{
    static const SCSI_ADAPTER_CONTROL_TYPE Supported[] = {ScsiQuerySupportedControlTypes,
                                                          ScsiStopAdapter, ScsiRestartAdapter,
                                                          ScsiAdapterSurpriseRemoval};
    PAHCI_ADAPTER Adapter = DeviceExtension;
    switch (Type) {
    case ScsiQuerySupportedControlTypes: {
        PSCSI_SUPPORTED_CONTROL_TYPE_LIST List = Parameters;
        for (ULONG i = 0; i < RTL_NUMBER_OF(Supported); i++) {
            if ((ULONG)Supported[i] < List->MaxControlType)
                List->SupportedTypeList[Supported[i]] = TRUE;
        }
        return ScsiAdapterControlSuccess;
    }
    case ScsiStopAdapter:
        AhciStopAdapter(Adapter);
        return ScsiAdapterControlSuccess;
    case ScsiRestartAdapter:
        return AhciStartAdapter(Adapter) ? ScsiAdapterControlSuccess
                                         : ScsiAdapterControlUnsuccessful;
    case ScsiAdapterSurpriseRemoval:
        AhciRemove(Adapter);
        return ScsiAdapterControlSuccess;
    default:
        return ScsiAdapterControlUnsuccessful;
    }
}
