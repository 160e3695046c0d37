// The adapter as StorPort sees it: found, initialised, stopped, reset.
#include "stornvme.h"

// ---- Memory that the controller reads and writes, in one piece

static ULONG NvmeQueueBytes(ULONG Depth, BOOLEAN Lists)
{
    ULONG Bytes = ROUND_TO_PAGES(Depth * sizeof(NVME_COMMAND)) +
                  ROUND_TO_PAGES(Depth * sizeof(NVME_COMPLETION));
    return Lists ? Bytes + Depth * NvmeListBytes : Bytes;
}

typedef struct _NVME_MEMORY {
    PUCHAR Address;
    ULONG64 Physical;
} NVME_MEMORY;

static PVOID NvmeTake(NVME_MEMORY *Memory, SIZE_T Bytes, PULONG64 Physical)
{
    PVOID Address = Memory->Address;
    *Physical = Memory->Physical;
    Bytes = ROUND_TO_PAGES(Bytes);
    Memory->Address += Bytes;
    Memory->Physical += Bytes;
    return Address;
}

static VOID NvmeMakeQueue(PNVME_QUEUE Queue, NVME_MEMORY *Memory, USHORT Id, USHORT Depth,
                          ULONG Message)
{
    Queue->Id = Id;
    Queue->Depth = Depth;
    Queue->Message = Message;
    Queue->Commands = NvmeTake(Memory, Depth * sizeof(NVME_COMMAND), &Queue->CommandsPhysical);
    Queue->Completions =
        NvmeTake(Memory, Depth * sizeof(NVME_COMPLETION), &Queue->CompletionsPhysical);
    if (Id)
        Queue->Lists = NvmeTake(Memory, Depth * NvmeListBytes, &Queue->ListsPhysical);
}

static BOOLEAN NvmeMakeMemory(PNVME_ADAPTER Adapter, PPORT_CONFIGURATION_INFORMATION Config,
                              ULONG Queues)
{
    ULONG Depth = min((ULONG)NvmeQueueDepth, NvmeCapQueueEntries(Adapter->Capabilities));
    ULONG Bytes = 5 * NvmePageBytes + NvmeQueueBytes(NvmeAdminDepth, FALSE) +
                  Queues * NvmeQueueBytes(Depth, TRUE);
    PUCHAR Start = StorPortGetUncachedExtension(Adapter, Config, Bytes);
    if (!Start)
        return FALSE;
    ULONG Length = Bytes;
    ULONG64 Physical = (ULONG64)StorPortGetPhysicalAddress(Adapter, NULL, Start, &Length).QuadPart;
    ULONG Lost = (ULONG)(ROUND_TO_PAGES(Physical) - Physical);
    NVME_MEMORY Memory = {Start + Lost, Physical + Lost};
    Adapter->Page = NvmeTake(&Memory, NvmePageBytes, &Adapter->PagePhysical);
    Adapter->List = NvmeTake(&Memory, NvmePageBytes, &Adapter->ListPhysical);
    Adapter->Shadows.Values = NvmeTake(&Memory, 2 * NvmePageBytes, &Adapter->ShadowsPhysical);
    Adapter->Shadows.Events = Adapter->Shadows.Values + NvmePageBytes;
    NvmeMakeQueue(&Adapter->Admin, &Memory, 0, NvmeAdminDepth, 0);
    // Message 0 is the admin queue's; the others share what there is.
    for (ULONG i = 0; i < Queues; i++)
        NvmeMakeQueue(&Adapter->Queues[i], &Memory, (USHORT)(i + 1), (USHORT)Depth,
                      Adapter->MessageCount > 1 ? 1 + i % (Adapter->MessageCount - 1) : 0);
    return TRUE;
}

// ---- Finding it

static ULONG NvmeCountMessages(PNVME_ADAPTER Adapter)
{
    MESSAGE_INTERRUPT_INFORMATION Information;
    ULONG Count = 0;
    while (Count <= NvmeMaximumQueues &&
           StorPortGetMSIInfo(Adapter, Count, &Information) == STOR_STATUS_SUCCESS)
        Count++;
    return Count;
}

// One for each processor, so that nobody waits for another's lock.
static ULONG NvmeCountQueues(PNVME_ADAPTER Adapter)
{
    ULONG Processors = 1;
    if (StorPortGetProcessorCount(Adapter, ALL_PROCESSOR_GROUPS, &Processors) !=
        STOR_STATUS_SUCCESS)
        Processors = 1;
    ULONG Messages = Adapter->MessageCount > 1 ? Adapter->MessageCount - 1 : 1;
    return max(1u, min(Processors, min(Messages, (ULONG)NvmeMaximumQueues)));
}

// Parameters\Device or Device<N> of the service: ShadowDoorbells 0 leaves doorbells to the registers.
static BOOLEAN NvmeReadSwitch(PNVME_ADAPTER Adapter, PCSTR Name)
{
    ULONG Value = TRUE;
    for (ULONG Global = 0; Global <= 1; Global++) {
        ULONG Read, Length = sizeof(Read);
        if (StorPortRegistryRead(Adapter, (PUCHAR)Name, Global == 0, MINIPORT_REG_DWORD,
                                 (PUCHAR)&Read, &Length))
            Value = Read;
    }
    return Value != 0;
}

static VOID NvmeConfigure(PPORT_CONFIGURATION_INFORMATION Config)
{
    Config->MaximumTransferLength = NvmeMaximumTransfer;
    Config->NumberOfPhysicalBreaks = NvmeListEntries;
    Config->AlignmentMask = FILE_LONG_ALIGNMENT;
    Config->NumberOfBuses = 1;
    Config->MaximumNumberOfTargets = 1;
    Config->MaximumNumberOfLogicalUnits = NvmeMaximumNamespaces;
    Config->CachesData = TRUE;
    Config->ScatterGather = TRUE;
    Config->Master = TRUE;
    Config->MapBuffers = STOR_MAP_NON_READ_WRITE_BUFFERS;
    Config->TaggedQueuing = TRUE;
    Config->Dma32BitAddresses = TRUE;
    Config->Dma64BitAddresses = SCSI_DMA64_MINIPORT_FULL64BIT_SUPPORTED;
    Config->ResetTargetSupported = FALSE; // nor a namespace alone: all are the controller's reset
    Config->FeatureSupport |= STOR_ADAPTER_FEATURE_ABORT_COMMAND;
    Config->SynchronizationModel = StorSynchronizeFullDuplex;
    Config->HwMSInterruptRoutine = NvmeMessageInterrupt;
    Config->InterruptSynchronizationMode = InterruptSynchronizePerMessage;
    Config->MaxNumberOfIO = NvmeQueueDepth - 2;
    Config->MaxIOsPerLun = NvmeQueueDepth - 2;
    Config->InitialLunQueueDepth = NvmeQueueDepth - 2;
}

ULONG NTAPI NvmeFindAdapter(PVOID DeviceExtension, PVOID HwContext, PVOID BusInformation,
                            PCHAR ArgumentString, PPORT_CONFIGURATION_INFORMATION Config,
                            PBOOLEAN Again)
{
    PNVME_ADAPTER Adapter = DeviceExtension;
    UNREFERENCED_PARAMETER(HwContext);
    UNREFERENCED_PARAMETER(BusInformation);
    UNREFERENCED_PARAMETER(ArgumentString);
    UNREFERENCED_PARAMETER(Again);
    const ACCESS_RANGE *Range = &(*Config->AccessRanges)[0];
    if (!Config->NumberOfAccessRanges || !Range->RangeInMemory ||
        Range->RangeLength < NVME_DOORBELLS + 4 * sizeof(ULONG))
        return SP_RETURN_BAD_CONFIG;
    Adapter->RegistersLength = Range->RangeLength;
    Adapter->Registers =
        StorPortGetDeviceBase(Adapter, Config->AdapterInterfaceType, Config->SystemIoBusNumber,
                              Range->RangeStart, Range->RangeLength, FALSE);
    if (!Adapter->Registers)
        return SP_RETURN_ERROR;
    Adapter->Capabilities = Adapter->Registers->Capabilities;
    if (NvmeIsGone(Adapter) || NvmeCapLeastPageShift(Adapter->Capabilities) > NvmePageShift)
        return SP_RETURN_BAD_CONFIG;
    NvmeConfigure(Config);
    Adapter->MessageCount = NvmeCountMessages(Adapter);
    ULONG Queues = NvmeCountQueues(Adapter);
    Adapter->WantsShadows =
        NvmeReadSwitch(Adapter, "ShadowDoorbells") &&
        NvmeShadowsFit(Queues + 1, NvmeCapDoorbellStride(Adapter->Capabilities));
    if (!NvmeMakeMemory(Adapter, Config, Queues) ||
        StorPortInitializeWorker(Adapter, &Adapter->Worker) != STOR_STATUS_SUCCESS)
        return SP_RETURN_ERROR;

    // How much a command may move is known only by asking; the controller is asked here, polled.
    Adapter->Polling = Adapter->Passive = TRUE;
    BOOLEAN Good = NvmeStartController(Adapter);
    if (Good)
        Config->MaximumTransferLength = Adapter->Identity.MaximumTransfer;
    Adapter->Passive = FALSE;
    return Good ? SP_RETURN_FOUND : SP_RETURN_ERROR;
}

BOOLEAN NTAPI NvmeInitialize(PVOID DeviceExtension)
{
    PNVME_ADAPTER Adapter = DeviceExtension;
    StorPortInitializeDpc(Adapter, &Adapter->EventDpc, NvmeEventDpc);
    StorPortInitializeDpc(Adapter, &Adapter->FirmwareDpc, NvmeFirmwareDpc);
    StorPortInitializeDpc(Adapter, &Adapter->TellDpc, NvmeTellDpc);
    NvmeStartWatch(Adapter);
    return Adapter->Running;
}

// ---- The end

static VOID NvmeRemove(PNVME_ADAPTER Adapter)
{
    Adapter->Gone = TRUE;
    Adapter->Running = FALSE;
    NvmeAwaitReset(Adapter);
    NvmeEndAll(Adapter);
}

SCSI_ADAPTER_CONTROL_STATUS NTAPI NvmeAdapterControl(PVOID DeviceExtension,
                                                     SCSI_ADAPTER_CONTROL_TYPE Type,
                                                     PVOID Parameters)
{
    static const SCSI_ADAPTER_CONTROL_TYPE Supported[] = {ScsiQuerySupportedControlTypes,
                                                          ScsiStopAdapter, ScsiRestartAdapter,
                                                          ScsiAdapterSurpriseRemoval};
    PNVME_ADAPTER Adapter = DeviceExtension;
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
        NvmeAwaitReset(Adapter);
        NvmeStopController(Adapter);
        return ScsiAdapterControlSuccess;
    case ScsiRestartAdapter:
        return NvmeStartController(Adapter) ? ScsiAdapterControlSuccess
                                            : ScsiAdapterControlUnsuccessful;
    case ScsiAdapterSurpriseRemoval:
        NvmeRemove(Adapter);
        return ScsiAdapterControlSuccess;
    default:
        return ScsiAdapterControlUnsuccessful;
    }
}
