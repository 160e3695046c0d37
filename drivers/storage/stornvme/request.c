// Requests: SCSI commands become commands of the controller's, and the pages of the buffer its list.
#include "stornvme.h"

static PNVME_REQUEST NvmeRequestOf(PVOID Srb)
{
    return SrbGetMiniportContext(Srb);
}

static const NVME_NAMESPACE *NvmeNamespaceOf(PNVME_ADAPTER Adapter, PVOID Srb)
{
    UCHAR Lun = SrbGetLun(Srb);
    if (SrbGetPathId(Srb) || SrbGetTargetId(Srb) || Lun >= NvmeMaximumNamespaces ||
        !Adapter->Namespaces[Lun].Id)
        return NULL;
    return &Adapter->Namespaces[Lun];
}

// ---- Lists of pages (NVM Express 1.4, 4.3)

// The entries of the pages behind the first: into the command, or into the list. FALSE: the pieces of the
// buffer do not begin and end at pages, which those of an MDL do.
static BOOLEAN NvmeDescribeBuffer(NVME_COMMAND *Command, const STOR_SCATTER_GATHER_LIST *Pieces,
                                  PULONG64 List, ULONG64 ListPhysical)
{
    ULONG Count = 0;
    for (ULONG i = 0; i < Pieces->NumberOfElements; i++) {
        ULONG64 Address = (ULONG64)Pieces->List[i].PhysicalAddress.QuadPart;
        ULONG64 End = Address + Pieces->List[i].Length;
        if ((i && Address % NvmePageBytes) ||
            (i + 1 < Pieces->NumberOfElements && End % NvmePageBytes))
            return FALSE;
        if (!i) {
            Command->Prp1 = Address;
            Address = (Address | (NvmePageBytes - 1)) + 1;
        }
        for (; Address < End; Address += NvmePageBytes) {
            if (Count == NvmeListEntries)
                return FALSE;
            List[Count++] = Address;
        }
    }
    if (Count)
        Command->Prp2 = Count == 1 ? List[0] : ListPhysical;
    return TRUE;
}

// ---- Lists of pieces (4.4): of a buffer of few pieces there is less to say so, and less for the controller to look up

static BOOLEAN NvmeHasLongPieces(PNVME_ADAPTER Adapter, const STOR_SCATTER_GATHER_LIST *Pieces,
                                 ULONG Length)
{
    return Adapter->Identity.ScatterGather && Length > 2 * NvmePageBytes &&
           Pieces->NumberOfElements <= Length / NvmePieceBytes;
}

static VOID NvmeDescribePieces(NVME_COMMAND *Command, const STOR_SCATTER_GATHER_LIST *Pieces,
                               NVME_SGL_DESCRIPTOR *List, ULONG64 ListPhysical)
{
    ULONG Count = Pieces->NumberOfElements;
    static_assert(NvmeMaximumTransfer / NvmePieceBytes * sizeof(*List) <= NvmeListBytes);
    Command->Flags |= NVME_COMMAND_SGL;
    for (ULONG i = 0; i < Count; i++) {
        List[i] = (NVME_SGL_DESCRIPTOR){
            .Address = (ULONG64)Pieces->List[i].PhysicalAddress.QuadPart,
            .Length = Pieces->List[i].Length,
            .Type = NVME_SGL_DATA,
        };
    }
    if (Count == 1)
        Command->Data = List[0];
    else
        Command->Data = (NVME_SGL_DESCRIPTOR){
            .Address = ListPhysical,
            .Length = Count * (ULONG)sizeof(*List),
            .Type = NVME_SGL_LAST_SEGMENT,
        };
}

static BOOLEAN NvmeDescribe(PNVME_ADAPTER Adapter, PVOID Srb, PNVME_REQUEST Request)
{
    USHORT Id;
    PNVME_QUEUE Queue = Request->Queue;
    if (!NvmePeekId(Queue, &Id))
        return FALSE;
    PVOID List = Queue->Lists + Id * (SIZE_T)NvmeListBytes;
    ULONG64 ListPhysical = Queue->ListsPhysical + Id * (ULONG64)NvmeListBytes;
    PSTOR_SCATTER_GATHER_LIST Pieces = StorPortGetScatterGatherList(Adapter, Srb);
    if (!Pieces)
        return FALSE;
    if (!NvmeHasLongPieces(Adapter, Pieces, SrbGetDataTransferLength(Srb)))
        return NvmeDescribeBuffer(&Request->Command, Pieces, List, ListPhysical);
    NvmeDescribePieces(&Request->Command, Pieces, List, ListPhysical);
    return TRUE;
}

// ---- Starting

// A register takes long to write, and one write can tell of many commands: while the controller works, those that come together
// are told of by a DPC, when all of them are there. Memory costs nothing.
static VOID NvmeTellSoon(PNVME_ADAPTER Adapter, PNVME_QUEUE Queue)
{
    if (Queue->TailDoorbell.Shadow || Queue == &Adapter->Admin || !NvmeIsBusy(Queue))
        NvmeTell(Queue);
    else if (Queue->Untold == 1)
        (VOID) StorPortIssueDpc(Adapter, &Adapter->TellDpc, NULL, NULL);
}

VOID NTAPI NvmeTellDpc(PSTOR_DPC Dpc, PVOID DeviceExtension, PVOID Argument1, PVOID Argument2)
{
    PNVME_ADAPTER Adapter = DeviceExtension;
    STOR_LOCK_HANDLE Lock;
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    StorPortAcquireSpinLock(Adapter, StartIoLock, NULL, &Lock);
    for (ULONG i = 0; Adapter->Running && i < Adapter->QueueCount; i++)
        NvmeTell(&Adapter->Queues[i]);
    StorPortReleaseSpinLock(Adapter, &Lock);
}

static VOID NvmeSubmitSrb(PNVME_ADAPTER Adapter, PVOID Srb, PNVME_REQUEST Request)
{
    Request->Started = TRUE;
    if (NvmePut(Request->Queue, &Request->Command, NvmeRequestDone, Srb)) {
        Request->CommandId = Request->Command.CommandId;
        NvmeTellSoon(Adapter, Request->Queue);
        return;
    }
    Request->Started = FALSE;
    NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_BUSY);
}

static VOID NvmeSubmitUnmap(PNVME_ADAPTER Adapter, PVOID Srb, PNVME_REQUEST Request,
                            const NVME_TRANSLATION *Translation)
{
    USHORT Id;
    PNVME_QUEUE Queue = Request->Queue;
    if (!NvmePeekId(Queue, &Id)) {
        NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_BUSY);
        return;
    }
    RtlCopyMemory(Queue->Lists + Id * (SIZE_T)NvmeListBytes, Translation->Ranges,
                  Translation->RangeCount * sizeof(NVME_RANGE));
    Request->Command.Prp1 = Queue->ListsPhysical + Id * (ULONG64)NvmeListBytes;
    NvmeSubmitSrb(Adapter, Srb, Request);
}

static VOID NvmeSubmitCacheChange(PNVME_ADAPTER Adapter, PVOID Srb, PNVME_REQUEST Request,
                                  BOOLEAN On)
{
    Request->Queue = &Adapter->Admin;
    Request->CacheOn = On;
    Request->Command = (NVME_COMMAND){
        .Opcode = NVME_ADMIN_SET_FEATURES,
        .Cdw10 = NVME_FEATURE_VOLATILE_CACHE,
        .Cdw11 = On,
    };
    NvmeSubmitSrb(Adapter, Srb, Request);
}

// An answer may be shorter than its buffer; data for the unit has all been taken.
static VOID NvmeCompleteAnswer(PNVME_ADAPTER Adapter, PVOID Srb, ULONG Length)
{
    UCHAR SrbStatus = SRB_STATUS_SUCCESS;
    if (SrbGetSrbFlags(Srb) & SRB_FLAGS_DATA_IN) {
        if (Length < SrbGetDataTransferLength(Srb))
            SrbStatus = SRB_STATUS_DATA_OVERRUN;
        SrbSetDataTransferLength(Srb, Length);
    }
    NvmeCompleteSrb(Adapter, Srb, SrbStatus);
}

static VOID NvmeExecute(PNVME_ADAPTER Adapter, PVOID Srb)
{
    const NVME_NAMESPACE *Namespace = NvmeNamespaceOf(Adapter, Srb);
    PNVME_REQUEST Request = NvmeRequestOf(Srb);
    NVME_TRANSLATION Translation;
    PVOID Data = NULL;
    if (!Namespace) {
        NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_INVALID_LUN);
        return;
    }
    const PCDB Cdb = SrbGetCdb(Srb);
    ULONG Length = SrbGetDataTransferLength(Srb);
    UCHAR Operation = Cdb->AsByte[0];
    BOOLEAN Moves = Operation == SCSIOP_READ || Operation == SCSIOP_WRITE ||
                    Operation == SCSIOP_READ16 || Operation == SCSIOP_WRITE16;
    if (Length && !Moves && StorPortGetSystemAddress(Adapter, Srb, &Data) != STOR_STATUS_SUCCESS)
        Data = SrbGetDataBuffer(Srb);
    NVME_ACTION Action =
        NvmeTranslate(Cdb->AsByte, SrbGetCdbLength(Srb), Namespace, &Adapter->Identity, Data,
                      Data || Moves ? Length : 0, &Translation);
    Request->Command = Translation.Command;
    switch (Action) {
    case NvmeAnswered:
        NvmeCompleteAnswer(Adapter, Srb, Translation.Length);
        break;
    case NvmeTransfer:
        if (NvmeDescribe(Adapter, Srb, Request))
            NvmeSubmitSrb(Adapter, Srb, Request);
        else
            NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_BUSY);
        break;
    case NvmeCommand:
        NvmeSubmitSrb(Adapter, Srb, Request);
        break;
    case NvmeUnmap:
        NvmeSubmitUnmap(Adapter, Srb, Request, &Translation);
        break;
    case NvmeSetCache:
        NvmeSubmitCacheChange(Adapter, Srb, Request, Translation.CacheOn);
        break;
    case NvmeFailed:
        NvmeFailSrb(Adapter, Srb, Translation.SenseKey, Translation.SenseCode);
        break;
    }
}

// The command that is to be aborted ends with its own status, before or after this one.
static VOID NvmeAbort(PNVME_ADAPTER Adapter, PVOID Srb, PVOID Victim)
{
    PNVME_REQUEST Request = NvmeRequestOf(Srb), Aborted = Victim ? NvmeRequestOf(Victim) : NULL;
    if (!Aborted || !Aborted->Started || Aborted->Queue == &Adapter->Admin) {
        NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_ABORT_FAILED);
        return;
    }
    Request->Queue = &Adapter->Admin;
    Request->Command = (NVME_COMMAND){
        .Opcode = NVME_ADMIN_ABORT,
        .Cdw10 = (ULONG)Aborted->CommandId << 16 | Aborted->Queue->Id,
    };
    NvmeSubmitSrb(Adapter, Srb, Request);
}

BOOLEAN NTAPI NvmeBuildIo(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Srb)
{
    UNREFERENCED_PARAMETER(DeviceExtension);
    *NvmeRequestOf(Srb) = (NVME_REQUEST){};
    return TRUE;
}

BOOLEAN NTAPI NvmeStartIo(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Srb)
{
    PNVME_ADAPTER Adapter = DeviceExtension;
    PNVME_REQUEST Request = NvmeRequestOf(Srb);
    if (!Adapter->Running) {
        NvmeCompleteSrb(Adapter, Srb, Adapter->Gone ? SRB_STATUS_NO_DEVICE : SRB_STATUS_BUS_RESET);
        return TRUE;
    }
    ULONG Processor = 0;
    if (Adapter->QueueCount > 1)
        (VOID) StorPortGetCurrentProcessorIndex(Adapter, &Processor);
    Request->Queue = &Adapter->Queues[Processor % Adapter->QueueCount];
    const NVME_NAMESPACE *Namespace;
    switch (SrbGetSrbFunction(Srb)) {
    case SRB_FUNCTION_EXECUTE_SCSI:
        NvmeExecute(Adapter, Srb);
        break;
    case SRB_FUNCTION_PROTOCOL_COMMAND:
        Namespace = NvmeNamespaceOf(Adapter, Srb);
        NvmeStartProtocol(Adapter, Srb, Namespace ? Namespace->Id : 0);
        break;
    case SRB_FUNCTION_IO_CONTROL:
        NvmeStartControl(Adapter, Srb);
        break;
    case SRB_FUNCTION_ABORT_COMMAND:
        NvmeAbort(Adapter, Srb, SrbGetNextSrb(Srb));
        break;
    case SRB_FUNCTION_RESET_BUS:
    case SRB_FUNCTION_RESET_DEVICE:
    case SRB_FUNCTION_RESET_LOGICAL_UNIT: // a namespace alone cannot be reset
        NvmeResetForSrb(Adapter, Srb);
        break;
    case SRB_FUNCTION_FLUSH:
    case SRB_FUNCTION_SHUTDOWN:
        Request->Command = (NVME_COMMAND){.Opcode = NVME_IO_FLUSH, .NamespaceId = MAXULONG};
        Namespace = NvmeNamespaceOf(Adapter, Srb);
        if (Namespace)
            Request->Command.NamespaceId = Namespace->Id;
        if (Namespace && Adapter->Identity.HasCache)
            NvmeSubmitSrb(Adapter, Srb, Request);
        else
            NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_SUCCESS);
        break;
    case SRB_FUNCTION_PNP:
    case SRB_FUNCTION_POWER:
        NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_SUCCESS);
        break;
    default:
        NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_INVALID_REQUEST);
        break;
    }
    return TRUE;
}
