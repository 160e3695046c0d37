// The serial lines that the Executive uses itself. That of the debug log stays with it; that of the console gets its driver
// when smss says that the console does not need the Executive any more.
#include "pnpp.h"

enum { // CM_PROB_* of <cfg.h>
    CM_PROB_USED_BY_DEBUGGER = 53,
    CM_PROB_WAITING_ON_DEPENDENCY = 55,
};

static BOOLEAN PnpConsoleOffered;

static BOOLEAN PnpUses(const CM_RESOURCE_LIST *Resources, KE_PORTS_USE Use)
{
    const CM_PARTIAL_RESOURCE_LIST *List = &Resources->List[0].PartialResourceList;
    for (ULONG i = 0; Resources->Count && i < List->Count; i++) {
        PNP_WANT Range;
        if (PnpReadGiven(&List->PartialDescriptors[i], &Range) && !Range.Window &&
            Range.Kind == PnpPorts && KeQueryPortsUse(Range.Minimum, Range.Maximum) == Use)
            return TRUE;
    }
    return FALSE;
}

NTSTATUS PnpCheckSystemUse(const CM_RESOURCE_LIST *Resources, PULONG Problem)
{
    if (!Resources)
        return STATUS_SUCCESS;
    if (PnpUses(Resources, KePortsDebug)) {
        *Problem = CM_PROB_USED_BY_DEBUGGER;
        return STATUS_RESOURCE_IN_USE;
    }
    if (!PnpConsoleOffered && PnpUses(Resources, KePortsConsole)) {
        *Problem = CM_PROB_WAITING_ON_DEPENDENCY;
        return STATUS_DEVICE_NOT_READY;
    }
    return STATUS_SUCCESS;
}

VOID PnpReclaimConsole(const CM_RESOURCE_LIST *Resources)
{
    const CM_PARTIAL_RESOURCE_LIST *List = &Resources->List[0].PartialResourceList;
    for (ULONG i = 0; Resources->Count && i < List->Count; i++) {
        PNP_WANT Range;
        if (PnpReadGiven(&List->PartialDescriptors[i], &Range) && !Range.Window &&
            Range.Kind == PnpPorts && KeReclaimPorts(Range.Minimum, Range.Maximum))
            IoConsoleReturned();
    }
}

// ---- What smss says

static NTSTATUS PnpStartConsole(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    PnpConsoleOffered = TRUE;
    for (PDEVICE_NODE Node = PnpRootNode; Node; Node = PnpNextNode(Node)) {
        if (Node->State == PnpNodeFailed && Node->Problem == CM_PROB_WAITING_ON_DEPENDENCY)
            PnpStartNode(Node);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS PnpStopConsole(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    PnpConsoleOffered = FALSE;
    for (PDEVICE_NODE Node = PnpRootNode; Node; Node = PnpNextNode(Node)) {
        if (!Node->Translated || !PnpUses(Node->Translated, KePortsConsole))
            continue;
        NTSTATUS Status = PnpRemoveNode(Node, FALSE, nullptr);
        if (NT_SUCCESS(Status))
            PnpFailNode(Node, CM_PROB_WAITING_ON_DEPENDENCY, STATUS_DEVICE_NOT_READY);
        else
            PnpConsoleOffered = TRUE;
        return Status;
    }
    return STATUS_SUCCESS;
}

NTSTATUS PnpOfferConsole(BOOLEAN Offer)
{
    return PnpCall(Offer ? PnpStartConsole : PnpStopConsole, nullptr);
}
