// Privileges: what a device was given may be used by the hosts of its drivers, and by no others. Each driver's
// host has its own grant, which ends with the device's resources.
#include "pnpp.h"

// FALSE: nothing that a host could use. A window is for the devices behind the bridge, not for its driver.
static BOOLEAN PnpReadGrant(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Raw,
                            const CM_PARTIAL_RESOURCE_DESCRIPTOR *Translated, IOP_RESOURCE *Kind,
                            PULONG64 Start, PULONG64 End)
{
    PNP_WANT Range;
    if (Raw->Type == CmResourceTypeInterrupt) {
        *Kind = IopVectorResource;
        *Start = Translated->u.Interrupt.Vector;
        *End = *Start + PnpVectorCount(Raw) - 1;
        return TRUE;
    }
    if (!PnpReadGiven(Translated, &Range) || Range.Window ||
        (Range.Kind != PnpPorts && Range.Kind != PnpMemory && Range.Kind != PnpDmaChannels))
        return FALSE;
    *Kind = Range.Kind == PnpPorts    ? IopPortResource
            : Range.Kind == PnpMemory ? IopMemoryResource
                                      : IopDmaResource;
    *Start = Range.Minimum;
    *End = Range.Maximum;
    if (*Kind == IopMemoryResource) { // is mapped by whole pages
        *Start &= ~(ULONG64)(PAGE_SIZE - 1);
        *End |= PAGE_SIZE - 1;
    }
    return TRUE;
}

static NTSTATUS PnpGrantToHost(PDEVICE_NODE Node, PIO_HOST Host, BOOLEAN Grant)
{
    const CM_PARTIAL_RESOURCE_LIST *Raw = &Node->Resources->List[0].PartialResourceList;
    const CM_PARTIAL_RESOURCE_LIST *Translated = &Node->Translated->List[0].PartialResourceList;
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < Raw->Count && NT_SUCCESS(Status); i++) {
        IOP_RESOURCE Kind;
        ULONG64 Start, End;
        if (!PnpReadGrant(&Raw->PartialDescriptors[i], &Translated->PartialDescriptors[i], &Kind,
                          &Start, &End))
            continue;
        if (Kind == IopPortResource && Grant)
            KeYieldPorts(Start, End);
        if (Grant)
            Status = IopGrantResource(Host, Kind, Start, End);
        else
            IopRevokeResource(Host, Kind, Start, End);
    }
    return Status;
}

static NTSTATUS PnpGrantToAll(PDEVICE_NODE Node, BOOLEAN Grant)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (!Node->Translated)
        return STATUS_SUCCESS;
    for (ULONG Driver = 0; Driver < Node->DriverCount && NT_SUCCESS(Status); Driver++) {
        PIO_HOST Host = IopDriverHost(Node->Drivers[Driver]);
        if (!Host->Ended)
            Status = PnpGrantToHost(Node, Host, Grant);
    }
    return Status;
}

NTSTATUS PnpGrantResources(PDEVICE_NODE Node)
{
    return PnpGrantToAll(Node, TRUE);
}

VOID PnpRevokeResources(PDEVICE_NODE Node)
{
    (VOID) PnpGrantToAll(Node, FALSE);
}
