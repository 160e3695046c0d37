// Buffers that a miniport's device cannot use: not aligned as it says, or beyond the addresses that it has. Their data goes
// by way of memory that it can use. Nothing of it is there before it is needed; the request that needs it first waits
// until a work item has made it, as one waits for which the miniport has no room.
#include "storportp.h"

enum { StorMostBounces = 8, StorMostBounceBytes = 1024 * 1024 };

typedef struct _STOR_BOUNCE {
    LIST_ENTRY Link;
    PUCHAR Address;
    PMDL Mdl;
} STOR_BOUNCE;

PHYSICAL_ADDRESS StorpHighestAddress(const STOR_ADAPTER *Adapter)
{
    BOOLEAN Wide = !StorpIsPhysical(Adapter) ||
                   (Adapter->Config.Dma64BitAddresses & ~SCSI_DMA64_SYSTEM_SUPPORTED) != 0;
    return (PHYSICAL_ADDRESS){.QuadPart = Wide ? MAXLONGLONG : MAXULONG};
}

static SIZE_T StorpBounceBytes(const STOR_ADAPTER *Adapter)
{
    return min(Adapter->Config.MaximumTransferLength, (ULONG)StorMostBounceBytes);
}

// ---- Making them

static VOID StorpDeleteBounce(PSTOR_BOUNCE Bounce)
{
    if (Bounce->Mdl)
        IoFreeMdl(Bounce->Mdl);
    if (Bounce->Address)
        MmFreeContiguousMemory(Bounce->Address);
    ExFreePoolWithTag(Bounce, StorTag);
}

static PSTOR_BOUNCE StorpMakeBounce(PSTOR_ADAPTER Adapter)
{
    SIZE_T Bytes = StorpBounceBytes(Adapter);
    PSTOR_BOUNCE Bounce = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Bounce), StorTag);
    if (!Bounce)
        return nullptr;
    Bounce->Address = MmAllocateContiguousMemory(Bytes, StorpHighestAddress(Adapter));
    Bounce->Mdl = Bounce->Address
                      ? IoAllocateMdl(Bounce->Address, (ULONG)Bytes, FALSE, FALSE, nullptr)
                      : nullptr;
    if (!Bounce->Mdl) {
        StorpDeleteBounce(Bounce);
        return nullptr;
    }
    MmBuildMdlForNonPagedPool(Bounce->Mdl);
    return Bounce;
}

static VOID NTAPI StorpBounceWork(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    PSTOR_ADAPTER Adapter = DeviceObject->DeviceExtension;
    PSTOR_BOUNCE Bounce = StorpMakeBounce(Adapter);
    if (Bounce) {
        InterlockedIncrement(&Adapter->BounceCount);
        ExInterlockedInsertTailList(&Adapter->Bounces, &Bounce->Link, &Adapter->UnitLock);
    }
    Adapter->BounceFailed = !Bounce;
    InterlockedExchange(&Adapter->BounceMaking, FALSE);
    IoFreeWorkItem(Context);
    IoReleaseRemoveLock(&Adapter->RemoveLock, StorpBounceWork);
}

static VOID StorpWantBounce(PSTOR_ADAPTER Adapter)
{
    if (Adapter->BounceCount >= StorMostBounces ||
        InterlockedExchange(&Adapter->BounceMaking, TRUE))
        return;
    PIO_WORKITEM Item = IoAllocateWorkItem(Adapter->Self);
    if (Item && NT_SUCCESS(IoAcquireRemoveLock(&Adapter->RemoveLock, StorpBounceWork))) {
        IoQueueWorkItem(Item, StorpBounceWork, DelayedWorkQueue, Item);
        return;
    }
    if (Item)
        IoFreeWorkItem(Item);
    InterlockedExchange(&Adapter->BounceMaking, FALSE);
}

// No request is active any more.
VOID StorpFreeBounces(PSTOR_ADAPTER Adapter)
{
    while (!IsListEmpty(&Adapter->Bounces))
        StorpDeleteBounce(CONTAINING_RECORD(RemoveHeadList(&Adapter->Bounces), STOR_BOUNCE, Link));
    Adapter->BounceCount = 0;
}

// ---- Using them

static BOOLEAN StorpIsBeyond(const STOR_ADAPTER *Adapter, const STOR_REQUEST *Request)
{
    PMDL Mdl = Request->Irp->MdlAddress;
    LONGLONG Highest = StorpHighestAddress(Adapter).QuadPart;
    if (Highest == MAXLONGLONG || !Mdl)
        return FALSE;
    const PFN_NUMBER *Pfns = MmGetMdlPfnArray(Mdl);
    ULONG Count =
        ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(Mdl), MmGetMdlByteCount(Mdl));
    for (ULONG i = 0; i < Count; i++) {
        if ((LONGLONG)(Pfns[i] << PAGE_SHIFT) > Highest)
            return TRUE;
    }
    return FALSE;
}

static PVOID StorpCallersData(const STOR_REQUEST *Request, ULONG Length)
{
    return StorpMapBuffer(Request->Irp, SrbGetDataBuffer(Request->CallerSrb), Length);
}

// Of data for the adapter alone. A page begins where a page begins, wherever it is mapped.
STOR_BOUNCE_ANSWER StorpPrepareBounce(PSTOR_REQUEST Request)
{
    PSTOR_ADAPTER Adapter = Request->Unit->Adapter;
    PVOID Srb = Request->CallerSrb;
    ULONG Length = SrbGetDataTransferLength(Srb);
    KIRQL Irql;
    if (!Length || !(Request->Flags & SRB_FLAGS_UNSPECIFIED_DIRECTION) ||
        SrbGetSrbFunction(Srb) != SRB_FUNCTION_EXECUTE_SCSI ||
        (!((ULONG_PTR)SrbGetDataBuffer(Srb) & Adapter->Config.AlignmentMask) &&
         !StorpIsBeyond(Adapter, Request)))
        return StorBounceDone;
    PVOID Data = StorpCallersData(Request, Length);
    if (!Data || Length > StorpBounceBytes(Adapter))
        return StorBounceImpossible;
    KeAcquireSpinLock(&Adapter->UnitLock, &Irql);
    if (!IsListEmpty(&Adapter->Bounces))
        Request->Bounce = CONTAINING_RECORD(RemoveHeadList(&Adapter->Bounces), STOR_BOUNCE, Link);
    KeReleaseSpinLock(&Adapter->UnitLock, Irql);
    if (!Request->Bounce) {
        StorpWantBounce(Adapter);
        return Adapter->BounceFailed && !Adapter->BounceCount ? StorBounceImpossible
                                                              : StorBounceLater;
    }
    if (Request->Flags & SRB_FLAGS_DATA_OUT)
        RtlCopyMemory(Request->Bounce->Address, Data, Length);
    return StorBounceDone;
}

// The miniport's copy of the SRB says how much has come.
VOID StorpReturnBounce(PSTOR_REQUEST Request)
{
    ULONG Length = SrbGetDataTransferLength(&Request->Srb);
    PVOID Data = (Request->Flags & SRB_FLAGS_DATA_IN) ? StorpCallersData(Request, Length) : nullptr;
    if (Data && Length <= SrbGetDataTransferLength(Request->CallerSrb))
        RtlCopyMemory(Data, Request->Bounce->Address, Length);
}

VOID StorpReleaseBounce(PSTOR_REQUEST Request)
{
    PSTOR_ADAPTER Adapter = Request->Unit->Adapter;
    ExInterlockedInsertTailList(&Adapter->Bounces, &Request->Bounce->Link, &Adapter->UnitLock);
    Request->Bounce = nullptr;
}

PVOID StorpBounceAddress(const STOR_REQUEST *Request)
{
    return Request->Bounce->Address;
}

PMDL StorpBounceMdl(const STOR_REQUEST *Request)
{
    return Request->Bounce->Mdl;
}
