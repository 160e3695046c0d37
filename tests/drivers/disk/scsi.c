// Requests to a disk: queued, carried out in a DPC, and failed as the program wants.
#include "bus.h"

static KDEFERRED_ROUTINE RunQueue;

VOID UnitInitialize(PUNIT Unit)
{
    KeInitializeSpinLock(&Unit->Lock);
    InitializeListHead(&Unit->Queue);
    InitializeListHead(&Unit->Held);
    KeInitializeTimer(&Unit->Timer);
    KeInitializeDpc(&Unit->Dpc, RunQueue, Unit);
    // Caching: savable, changeable.
    static const UCHAR Page[20] = {0x88, 18, 0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF};
    RtlCopyMemory(Unit->CachePage, Page, sizeof(Page));
    if (Unit->Config.WriteCache)
        Unit->CachePage[2] = 0x04;
}

VOID UnitFree(PUNIT Unit)
{
    for (ULONG i = 0; i < ChunkBuckets; i++) {
        while (Unit->Chunks[i]) {
            PCHUNK Chunk = Unit->Chunks[i];
            Unit->Chunks[i] = Chunk->Next;
            ExFreePoolWithTag(Chunk, TargetTag);
        }
    }
}

static PVOID SrbOf(PIRP Irp)
{
    return IoGetCurrentIrpStackLocation(Irp)->Parameters.Scsi.Srb;
}

// ---- Faults

static BOOLEAN IsTransfer(UCHAR Code)
{
    return Code == SCSIOP_READ || Code == SCSIOP_WRITE || Code == SCSIOP_READ16 ||
           Code == SCSIOP_WRITE16;
}

// The caller holds the lock.
static BOOLEAN TakeFault(PUNIT Unit, UCHAR Code, TARGET_FAULT *Fault)
{
    PTARGET_FAULT Wanted = &Unit->Fault;
    if (Wanted->UntilStart && Code == SCSIOP_START_STOP_UNIT)
        Wanted->Times = 0;
    if (Wanted->Times == 0 ||
        (Wanted->Code == TargetAnyTransfer ? !IsTransfer(Code) : Wanted->Code != Code))
        return FALSE;
    if (Wanted->Skip) {
        Wanted->Skip--;
        return FALSE;
    }
    Wanted->Times--;
    *Fault = *Wanted;
    return TRUE;
}

static UCHAR Fail(PVOID Srb, const TARGET_FAULT *Fault)
{
    SrbSetDataTransferLength(Srb, 0);
    SrbSetScsiStatus(Srb, Fault->ScsiStatus);
    UCHAR Status = Fault->SrbStatus;
    if (Fault->SenseBytes)
        Status =
            (UCHAR)(UnitSense(Srb, Fault->Sense, Fault->SenseBytes) & SRB_STATUS_AUTOSENSE_VALID) |
            Fault->SrbStatus;
    return Fault->Freeze ? Status | SRB_STATUS_QUEUE_FROZEN : Status;
}

// ---- One command

static PUCHAR DataOf(PIRP Irp, PVOID Srb)
{
    PUCHAR Buffer = SrbGetDataBuffer(Srb);
    if (!Irp->MdlAddress || SrbGetDataTransferLength(Srb) == 0)
        return nullptr;
    PUCHAR Mapped = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
    ULONG_PTR Start = (ULONG_PTR)MmGetMdlVirtualAddress(Irp->MdlAddress);
    ULONG_PTR Place = (ULONG_PTR)Buffer - Start;
    if (!Mapped || Place > MmGetMdlByteCount(Irp->MdlAddress) ||
        SrbGetDataTransferLength(Srb) > MmGetMdlByteCount(Irp->MdlAddress) - Place)
        return nullptr;
    return Mapped + Place;
}

static VOID CountTransfer(PUNIT Unit, PVOID Srb)
{
    ULONG Length = SrbGetDataTransferLength(Srb);
    ULONG Pages = ADDRESS_AND_SIZE_TO_SPAN_PAGES(SrbGetDataBuffer(Srb), Length);
    if (!IsTransfer(SrbGetCdb(Srb)->AsByte[0]))
        return;
    Unit->Counts.Largest = max(Unit->Counts.Largest, Length);
    Unit->Counts.MostPages = max(Unit->Counts.MostPages, Pages);
    if (SrbGetCdb(Srb)->AsByte[1] & 0x08)
        Unit->Counts.ForceUnitAccess++;
}

static VOID Run(PUNIT Unit, PIRP Irp)
{
    PVOID Srb = SrbOf(Irp);
    UCHAR Code = SrbGetCdb(Srb)->AsByte[0];
    PUCHAR Buffer = DataOf(Irp, Srb);
    TARGET_FAULT Fault;
    KIRQL Irql;
    UCHAR Status;
    KeAcquireSpinLock(&Unit->Lock, &Irql);
    Unit->Counts.Commands[Code]++;
    CountTransfer(Unit, Srb);
    BOOLEAN Failed = TakeFault(Unit, Code, &Fault);
    if (Failed && Fault.Freeze)
        Unit->Frozen = TRUE;
    KeReleaseSpinLock(&Unit->Lock, Irql);
    if (!Unit->Present)
        Status = SRB_STATUS_NO_DEVICE;
    else if (Failed)
        Status = Fail(Srb, &Fault);
    else
        Status = UnitCommand(Unit, Srb, Buffer);
    SrbSetSrbStatus(Srb, Status);
    KeAcquireSpinLock(&Unit->Lock, &Irql);
    Unit->AtOnce--;
    KeReleaseSpinLock(&Unit->Lock, Irql);
    Complete(Irp,
             SRB_STATUS(Status) == SRB_STATUS_SUCCESS ? STATUS_SUCCESS : STATUS_IO_DEVICE_ERROR,
             SrbGetDataTransferLength(Srb));
}

static PIRP TakeNext(PUNIT Unit)
{
    PIRP Irp = nullptr;
    KIRQL Irql;
    KeAcquireSpinLock(&Unit->Lock, &Irql);
    if (!IsListEmpty(&Unit->Queue))
        Irp = CONTAINING_RECORD(RemoveHeadList(&Unit->Queue), IRP, Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&Unit->Lock, Irql);
    return Irp;
}

static VOID NTAPI RunQueue(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PIRP Irp;
    while ((Irp = TakeNext(Context)) != nullptr)
        Run(Context, Irp);
}

static VOID StartQueue(PUNIT Unit)
{
    LARGE_INTEGER Due = {.QuadPart = -(LONGLONG)Unit->Config.Delay * 10000};
    if (Unit->Config.Delay)
        KeSetTimer(&Unit->Timer, Due, &Unit->Dpc);
    else
        KeInsertQueueDpc(&Unit->Dpc, nullptr, nullptr);
}

// ---- Requests of other kinds

static VOID Thaw(PUNIT Unit)
{
    KIRQL Irql;
    KeAcquireSpinLock(&Unit->Lock, &Irql);
    Unit->Frozen = FALSE;
    Unit->Counts.Releases++;
    while (!IsListEmpty(&Unit->Held))
        InsertTailList(&Unit->Queue, RemoveHeadList(&Unit->Held));
    KeReleaseSpinLock(&Unit->Lock, Irql);
    StartQueue(Unit);
}

static UCHAR Claim(PUNIT Unit, BOOLEAN Release)
{
    if (!Release && Unit->Claimed)
        return SRB_STATUS_BUSY;
    Unit->Claimed = !Release;
    Unit->Counts.Claims++;
    return SRB_STATUS_SUCCESS;
}

static UCHAR OtherFunction(PUNIT Unit, ULONG Function)
{
    switch (Function) {
    case SRB_FUNCTION_RELEASE_QUEUE:
        Thaw(Unit);
        return SRB_STATUS_SUCCESS;
    case SRB_FUNCTION_LOCK_QUEUE:
        Unit->Counts.Locks++;
        return SRB_STATUS_SUCCESS;
    case SRB_FUNCTION_UNLOCK_QUEUE:
        Unit->Counts.Unlocks++;
        return SRB_STATUS_SUCCESS;
    case SRB_FUNCTION_CLAIM_DEVICE:
        return Claim(Unit, FALSE);
    case SRB_FUNCTION_RELEASE_DEVICE:
        return Claim(Unit, TRUE);
    default:
        Unit->Counts.Mistakes++;
        return SRB_STATUS_BAD_FUNCTION;
    }
}

// The form that was asked for, whole; claims are of the older one.
static BOOLEAN IsValid(PUNIT Unit, PVOID Srb, ULONG Function, PIRP Irp)
{
    BOOLEAN Extended = ((PSCSI_REQUEST_BLOCK)Srb)->Function == SRB_FUNCTION_STORAGE_REQUEST_BLOCK;
    if (Function != SRB_FUNCTION_EXECUTE_SCSI)
        return TRUE;
    if (Extended != Unit->Config.Extended || SrbGetOriginalRequest(Srb) != Irp)
        return FALSE;
    return SrbGetCdb(Srb) && SrbGetCdbLength(Srb) && SrbGetSenseInfoBuffer(Srb) &&
           SrbGetTimeOutValue(Srb);
}

NTSTATUS UnitScsi(PUNIT Unit, PIRP Irp)
{
    PVOID Srb = SrbOf(Irp);
    ULONG Function = SrbGetSrbFunction(Srb);
    KIRQL Irql;
    if (!IsValid(Unit, Srb, Function, Irp)) {
        Unit->Counts.Mistakes++;
        SrbSetSrbStatus(Srb, SRB_STATUS_INVALID_REQUEST);
        return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    }
    if (Function != SRB_FUNCTION_EXECUTE_SCSI) {
        UCHAR Status = OtherFunction(Unit, Function);
        SrbSetSrbStatus(Srb, Status);
        return Complete(Irp, Status == SRB_STATUS_SUCCESS ? STATUS_SUCCESS : STATUS_DEVICE_BUSY, 0);
    }
    IoMarkIrpPending(Irp);
    KeAcquireSpinLock(&Unit->Lock, &Irql);
    InsertTailList(Unit->Frozen ? &Unit->Held : &Unit->Queue, &Irp->Tail.Overlay.ListEntry);
    Unit->AtOnce++;
    Unit->Counts.MostAtOnce = max(Unit->Counts.MostAtOnce, Unit->AtOnce);
    KeReleaseSpinLock(&Unit->Lock, Irql);
    StartQueue(Unit);
    return STATUS_PENDING;
}
