// IRPs that drivers build for others and wait for.

#include "../ntos.h"

// The status block, the event, the buffers that IoBuild... made, and the packet itself.
VOID IopFinishBuiltIrp(PIRP Irp)
{
    if (Irp->Flags & IRP_INPUT_OPERATION && Irp->UserBuffer && NT_SUCCESS(Irp->IoStatus.Status))
        RtlCopyMemory(Irp->UserBuffer, Irp->AssociatedIrp.SystemBuffer, Irp->IoStatus.Information);
    if (Irp->Flags & IRP_DEALLOCATE_BUFFER)
        ExFreePool(Irp->AssociatedIrp.SystemBuffer);
    while (Irp->MdlAddress) {
        PMDL Next = Irp->MdlAddress->Next;
        MmUnlockPages(Irp->MdlAddress);
        IoFreeMdl(Irp->MdlAddress);
        Irp->MdlAddress = Next;
    }
    if (Irp->UserIosb)
        *Irp->UserIosb = Irp->IoStatus;
    if (Irp->UserEvent)
        KeSetEvent(Irp->UserEvent, IO_NO_INCREMENT, FALSE);
    IoFreeIrp(Irp);
}
