// What the controller and its namespaces say of themselves.
#include "stornvme.h"

static BOOLEAN NvmeIdentify(PNVME_ADAPTER Adapter, UCHAR Structure, ULONG Namespace)
{
    NVME_COMMAND Command = {
        .Opcode = NVME_ADMIN_IDENTIFY,
        .NamespaceId = Namespace,
        .Prp1 = Adapter->PagePhysical,
        .Cdw10 = Structure,
    };
    RtlZeroMemory(Adapter->Page, NvmePageBytes);
    return NvmeAdminCommand(Adapter, &Command, NULL);
}

static BOOLEAN NvmeIsCacheEnabled(PNVME_ADAPTER Adapter)
{
    ULONG Result = 0;
    NVME_COMMAND Command = {
        .Opcode = NVME_ADMIN_GET_FEATURES,
        .Cdw10 = NVME_FEATURE_VOLATILE_CACHE,
    };
    return NvmeAdminCommand(Adapter, &Command, &Result) && (Result & 1);
}

BOOLEAN NvmeIdentifyController(PNVME_ADAPTER Adapter)
{
    const NVME_IDENTIFY_CONTROLLER_DATA *Data = Adapter->Page;
    NVME_IDENTITY *Identity = &Adapter->Identity;
    if (!NvmeIdentify(Adapter, NVME_IDENTIFY_CONTROLLER, 0))
        return FALSE;
    RtlCopyMemory(Identity->Model, Data->Model, sizeof(Identity->Model));
    RtlCopyMemory(Identity->Serial, Data->Serial, sizeof(Identity->Serial));
    RtlCopyMemory(Identity->Firmware, Data->Firmware, sizeof(Identity->Firmware));
    NvmeReadHostWish(Adapter->Page, &Adapter->HostMemory.Wish);
    Identity->HasCache = Data->VolatileCache & 1;
    Identity->DatasetManagement = Data->OptionalCommands & NVME_OPTIONAL_DATASET_MANAGEMENT;
    Identity->ShadowDoorbells = Data->OptionalAdminCommands & NVME_OPTIONAL_DOORBELL_BUFFERS;
    Identity->WriteZeroes = Data->OptionalCommands & NVME_OPTIONAL_WRITE_ZEROES;
    ULONG Sgl = Data->SglSupport & NVME_SGL_MASK;
    Identity->ScatterGather = Sgl == NVME_SGL_ANY || Sgl == NVME_SGL_WORDS;
    ULONG Shift = Data->MaximumTransfer + NvmeCapLeastPageShift(Adapter->Capabilities);
    Identity->MaximumTransfer = NvmeMaximumTransfer;
    if (Data->MaximumTransfer && Shift < 32 && (1u << Shift) < NvmeMaximumTransfer)
        Identity->MaximumTransfer = 1u << Shift;
    NvmeReadFirmware(Adapter->Page, Identity->MaximumTransfer, &Adapter->Firmware);
    Adapter->NamespaceCount = Data->Namespaces;
    Identity->CacheEnabled = Identity->HasCache && NvmeIsCacheEnabled(Adapter);
    return TRUE;
}

// FALSE: it cannot be used. Metadata and blocks that SCSI does not know are not supported.
static BOOLEAN NvmeIdentifyNamespace(PNVME_ADAPTER Adapter, ULONG Id, NVME_NAMESPACE *Namespace)
{
    const NVME_IDENTIFY_NAMESPACE_DATA *Data = Adapter->Page;
    if (!NvmeIdentify(Adapter, NVME_IDENTIFY_NAMESPACE, Id))
        return FALSE;
    ULONG Format = Data->FormattedSize & 0xF;
    ULONG Shift = Data->Format[Format].DataShift;
    if (!Data->Size || Data->Format[Format].MetadataBytes || Shift < 9 || Shift > NvmePageShift)
        return FALSE;
    *Namespace = (NVME_NAMESPACE){
        .Id = Id,
        .Blocks = Data->Size,
        .BlockShift = Shift,
        .ReadOnly = Data->Attributes & 1,
        .Thin = Data->Features & 1,
    };
    RtlCopyMemory(Namespace->Nguid, Data->Nguid, sizeof(Namespace->Nguid));
    RtlCopyMemory(Namespace->Eui64, Data->Eui64, sizeof(Namespace->Eui64));
    return TRUE;
}

BOOLEAN NvmeFindNamespaces(PNVME_ADAPTER Adapter)
{
    ULONG Ids[NvmeMaximumNamespaces], Count = 0;
    RtlZeroMemory(Adapter->Namespaces, sizeof(Adapter->Namespaces));
    if (NvmeIdentify(Adapter, NVME_IDENTIFY_ACTIVE_NAMESPACES, 0)) {
        const ULONG *List = Adapter->Page; // up to the first zero
        while (Count < NvmeMaximumNamespaces && List[Count]) {
            Ids[Count] = List[Count];
            Count++;
        }
    } else { // before version 1.1: all that there can be
        for (; Count < NvmeMaximumNamespaces && Count < Adapter->NamespaceCount; Count++)
            Ids[Count] = Count + 1;
    }
    Adapter->Identity.Units = 0;
    for (ULONG i = 0, Unit = 0; i < Count; i++) {
        if (NvmeIdentifyNamespace(Adapter, Ids[i], &Adapter->Namespaces[Unit]))
            Adapter->Identity.Units |= 1ull << Unit++;
    }
    return !NvmeIsGone(Adapter);
}
