// Requests: they go to the device at once, or wait for their turn in the order in which they came.
//
// A device works on queued commands together, and on any other alone (Serial ATA 3, 13.6.3): a flush waits until all
// queued commands have ended, and what comes behind it waits for the flush.
//
// Two registers tell the device of commands: each access to them takes long, and one can tell of many commands. A device that
// has something to do hears of more when those that come together are all there: a DPC that StartIo issues writes the registers,
// or the next interrupt does.
#include "storahci.h"

VOID AhciIssue(PAHCI_PORT Port, ULONG Slot, PAHCI_REQUEST Request)
{
    AHCI_HEADER *Header = &Port->Memory->Headers[Slot];
    ULONG Bit = 1u << Slot;
    Header->Options = Request->Options;
    Header->Moved = 0;
    Header->Table = Request->TablePhysical;
    Port->Slots[Slot] = Request;
    Port->Issued |= Bit;
    Port->Unsent |= Bit;
    Port->IsQueued = Request->Command.Queued;
    if (Request->Command.Queued)
        AhciSetTag(Request->Table, Slot);
}

static VOID AhciSend(PAHCI_PORT Port)
{
    ULONG Slots = Port->Unsent;
    if (!Slots)
        return;
    Port->Unsent = 0;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    if (Port->IsQueued)
        Port->Registers->Active = Slots;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    Port->Registers->Issue = Slots;
}

// One has been issued. A device without any other begins at once.
static VOID AhciSendSoon(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    if (Port->Issued == Port->Unsent)
        AhciSend(Port);
    else if (!(Port->Unsent & (Port->Unsent - 1))) // the first of them
        StorPortIssueDpc(Adapter, &Adapter->SendDpc, NULL, NULL);
}

VOID NTAPI AhciSendDpc(PSTOR_DPC Dpc, PVOID DeviceExtension, PVOID Argument1, PVOID Argument2)
{
    PAHCI_ADAPTER Adapter = DeviceExtension;
    STOR_LOCK_HANDLE Lock;
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    StorPortAcquireSpinLock(Adapter, InterruptLock, NULL, &Lock);
    for (ULONG Ports = Adapter->Implemented; Ports; Ports &= Ports - 1)
        AhciSend(&Adapter->Ports[__builtin_ctz(Ports)]);
    StorPortReleaseSpinLock(Adapter, &Lock);
}

// FALSE: not beside what the device works on.
static inline BOOLEAN AhciTryIssue(PAHCI_PORT Port, PAHCI_REQUEST Request)
{
    ULONG Free = Port->SlotMask & ~Port->Issued;
    if (Port->Issued && (!Free || !Port->IsQueued || !Request->Command.Queued))
        return FALSE;
    AhciIssue(Port, (ULONG)__builtin_ctz(Free), Request);
    return TRUE;
}

// ---- The queue of a port

static VOID AhciEnqueue(PAHCI_PORT Port, PAHCI_REQUEST Request)
{
    Request->Next = NULL;
    if (Port->First)
        Port->Last->Next = Request;
    else
        Port->First = Request;
    Port->Last = Request;
}

VOID AhciRequeue(PAHCI_PORT Port, PAHCI_REQUEST Request)
{
    Request->Next = Port->First;
    if (!Port->First)
        Port->Last = Request;
    Port->First = Request;
}

static PAHCI_REQUEST AhciTakeFirst(PAHCI_PORT Port)
{
    PAHCI_REQUEST Request = Port->First;
    Port->First = Request->Next;
    if (!Port->First)
        Port->Last = NULL;
    return Request;
}

// A request built for another device than is there now is built again; its unit finds out by itself.
static BOOLEAN AhciIsReady(const AHCI_PORT *Port, const AHCI_REQUEST *Request)
{
    return Request->Built && Request->Generation == Port->Generation;
}

VOID AhciRunQueue(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    while (Port->State == AhciRunning && Port->First) {
        PAHCI_REQUEST Request = Port->First;
        if (!AhciIsReady(Port, Request)) {
            (VOID) AhciTakeFirst(Port);
            if (AhciPrepare(Adapter, Port, Request))
                AhciRequeue(Port, Request);
            continue;
        }
        if (!AhciTryIssue(Port, Request))
            break;
        (VOID) AhciTakeFirst(Port);
    }
    AhciSend(Port);
}

static VOID AhciStartRequest(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PAHCI_REQUEST Request)
{
    if (Port->State == AhciRunning && !Port->First && AhciIsReady(Port, Request) &&
        AhciTryIssue(Port, Request)) {
        AhciSendSoon(Adapter, Port);
        return;
    }
    if (Port->State == AhciEmpty || Port->State == AhciOff) {
        AhciComplete(Adapter, Request, SRB_STATUS_NO_DEVICE);
        return;
    }
    AhciEnqueue(Port, Request);
    AhciRunQueue(Adapter, Port);
}

// One that waits here can be taken back. What the device has been given it cannot be asked to forget: a reset of
// the port does that.
static BOOLEAN AhciAbort(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PVOID Victim)
{
    PAHCI_REQUEST Wanted = Victim ? SrbGetMiniportContext(Victim) : NULL, Before = NULL;
    for (PAHCI_REQUEST Request = Port->First; Request; Before = Request, Request = Request->Next) {
        if (Request != Wanted)
            continue;
        if (Before)
            Before->Next = Request->Next;
        else
            Port->First = Request->Next;
        if (Port->Last == Request)
            Port->Last = Before;
        AhciComplete(Adapter, Request, SRB_STATUS_ABORTED);
        return TRUE;
    }
    return FALSE;
}

// ---- What StorPort calls

BOOLEAN NTAPI AhciBuildIo(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Srb)
{
    PAHCI_ADAPTER Adapter = DeviceExtension;
    PAHCI_REQUEST Request = SrbGetMiniportContext(Srb);
    PAHCI_PORT Port = AhciPortOf(Adapter, SrbGetPathId(Srb));
    ULONG Length;
    bool Write;
    *Request = (AHCI_REQUEST){.Srb = Srb};
    if (!Port)
        return TRUE;
    Request->Table = (PVOID)ALIGN_UP_BY((ULONG_PTR)(Request + 1), AhciTableAlignment);
    Request->TablePhysical =
        (ULONG64)StorPortGetPhysicalAddress(Adapter, Srb, Request->Table, &Length).QuadPart;
    if (SrbGetSrbFunction(Srb) != SRB_FUNCTION_EXECUTE_SCSI || Port->State != AhciRunning ||
        Port->Drive.Packets)
        return TRUE;
    const UCHAR *Cdb = SrbGetCdb(Srb)->AsByte;
    if (AtaIsReadWrite(Cdb[0], &Write) && SrbGetCdbLength(Srb) >= ScsiCdbLength(Cdb[0]))
        AhciPrepareReadWrite(Adapter, Port, Request, Cdb, Write);
    return TRUE;
}

BOOLEAN NTAPI AhciStartIo(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Srb)
{
    PAHCI_ADAPTER Adapter = DeviceExtension;
    PAHCI_REQUEST Request = SrbGetMiniportContext(Srb);
    PAHCI_PORT Port = AhciPortOf(Adapter, SrbGetPathId(Srb));
    if (!Port || SrbGetTargetId(Srb) || SrbGetLun(Srb)) {
        AhciComplete(Adapter, Request, SRB_STATUS_NO_DEVICE);
        return TRUE;
    }
    switch (SrbGetSrbFunction(Srb)) {
    case SRB_FUNCTION_EXECUTE_SCSI:
    case SRB_FUNCTION_FLUSH:
    case SRB_FUNCTION_SHUTDOWN:
        AhciStartRequest(Adapter, Port, Request);
        break;
    case SRB_FUNCTION_IO_CONTROL:
        AhciStartControl(Adapter, Port, Request);
        break;
    case SRB_FUNCTION_ABORT_COMMAND:
        AhciComplete(Adapter, Request,
                     AhciAbort(Adapter, Port, SrbGetNextSrb(Srb)) ? SRB_STATUS_SUCCESS
                                                                  : SRB_STATUS_ABORT_FAILED);
        break;
    case SRB_FUNCTION_RESET_BUS:
    case SRB_FUNCTION_RESET_DEVICE:
    case SRB_FUNCTION_RESET_LOGICAL_UNIT:
        AhciResetPort(Adapter, Port);
        AhciComplete(Adapter, Request, SRB_STATUS_SUCCESS);
        break;
    case SRB_FUNCTION_PNP:
    case SRB_FUNCTION_POWER:
        AhciComplete(Adapter, Request, SRB_STATUS_SUCCESS);
        break;
    default:
        AhciComplete(Adapter, Request, SRB_STATUS_INVALID_REQUEST);
        break;
    }
    return TRUE;
}
