// A packet that is done in parts: associated IRPs, the last of which completes their master.

#include "../ntos.h"

static KSPIN_LOCK IopMasterLock;

PIRP NTAPI IoMakeAssociatedIrp(PIRP Irp, CCHAR StackSize)
{
    PIRP Associated = IoAllocateIrp(StackSize, FALSE);
    if (!Associated)
        return nullptr;
    Associated->Flags |= IRP_ASSOCIATED_IRP;
    Associated->AssociatedIrp.MasterIrp = Irp;
    Associated->Tail.Overlay.Thread = Irp->Tail.Overlay.Thread;
    Associated->RequestorMode = Irp->RequestorMode;
    return Associated;
}

VOID IopFinishAssociatedIrp(PIRP Irp)
{
    PIRP Master = Irp->AssociatedIrp.MasterIrp;
    while (Irp->MdlAddress) {
        PMDL Next = Irp->MdlAddress->Next;
        IoFreeMdl(Irp->MdlAddress);
        Irp->MdlAddress = Next;
    }
    IoFreeIrp(Irp);
    if (!InterlockedDecrement(&Master->AssociatedIrp.IrpCount))
        IofCompleteRequest(Master, IO_NO_INCREMENT);
}

// The first failure of a part stays; that the medium must be verified says more than any other.
VOID NTAPI IoSetMasterIrpStatus(PIRP MasterIrp, NTSTATUS Status)
{
    KIRQL Irql = KeAcquireSpinLockForDpc(&IopMasterLock);
    if (NT_SUCCESS(MasterIrp->IoStatus.Status) || Status == STATUS_VERIFY_REQUIRED)
        MasterIrp->IoStatus.Status = Status;
    KeReleaseSpinLockForDpc(&IopMasterLock, Irql);
}
