// Drivers that want to know what becomes of a device which they use, but do not drive: they are asked before it is
// removed, and told of its removal and of what its own driver reports.
#include "pnpp.h"

typedef struct _PNP_TARGET {
    LIST_ENTRY Link;
    PIO_HOST Host; // referenced
    ULONG Number;
    PDEVICE_OBJECT Device; // the physical one, referenced
    ULONG Asked;           // of the removal that is being asked about
} PNP_TARGET, *PPNP_TARGET;

// What is on its way to a registration, which may be gone when it arrives.
typedef struct _PNP_TARGET_NOTICE {
    PIO_HOST Host; // referenced
    ULONG Registration;
    ULONG Length;
    UCHAR Data[HOST_TARGET_DATA];
} PNP_TARGET_NOTICE, *PPNP_TARGET_NOTICE;

static LIST_ENTRY PnpTargets = {&PnpTargets, &PnpTargets};

static const GUID PnpTargetEvents[] = {
    [PnpTargetQueryRemove] = {0xCB3A4006,
                              0x46F0,
                              0x11D0,
                              {0xB0, 0x8F, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3F}},
    [PnpTargetRemoveCancelled] = {0xCB3A4007,
                                  0x46F0,
                                  0x11D0,
                                  {0xB0, 0x8F, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3F}},
    [PnpTargetRemoveComplete] = {0xCB3A4008,
                                 0x46F0,
                                 0x11D0,
                                 {0xB0, 0x8F, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3F}},
};

// ---- Registrations

NTSTATUS PnpAddTarget(PIO_HOST Host, ULONG Device, ULONG Number)
{
    PDEVICE_OBJECT Object = IopLookupDevice(Device);
    if (!Object)
        return STATUS_INVALID_PARAMETER;
    PPNP_TARGET Target = ExAllocatePoolZero(PagedPool, sizeof(*Target), PnpTag);
    if (!Target) {
        ObDereferenceObject(Object);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Target->Device = IopBottomOfStack(Object);
    ObReferenceObject(Target->Device);
    ObDereferenceObject(Object);
    IopReferenceHost(Host);
    Target->Host = Host;
    Target->Number = Number;
    InsertTailList(&PnpTargets, &Target->Link);
    return STATUS_SUCCESS;
}

static VOID PnpDropTarget(PPNP_TARGET Target)
{
    RemoveEntryList(&Target->Link);
    ObDereferenceObject(Target->Device);
    IopDereferenceHost(Target->Host);
    ExFreePool(Target);
}

static PPNP_TARGET PnpFindTarget(PIO_HOST Host, ULONG Number)
{
    for (PLIST_ENTRY Link = PnpTargets.Flink; Link != &PnpTargets; Link = Link->Flink) {
        PPNP_TARGET Target = CONTAINING_RECORD(Link, PNP_TARGET, Link);
        if (Target->Number == Number && (!Host || Target->Host == Host))
            return Target;
    }
    return nullptr;
}

BOOLEAN PnpRemoveTarget(PIO_HOST Host, ULONG Number)
{
    PPNP_TARGET Target = PnpFindTarget(Host, Number);
    if (Target)
        PnpDropTarget(Target);
    return Target != nullptr;
}

VOID PnpForgetTargets(PIO_HOST Host)
{
    PLIST_ENTRY Link = PnpTargets.Flink;
    while (Link != &PnpTargets) {
        PPNP_TARGET Target = CONTAINING_RECORD(Link, PNP_TARGET, Link);
        Link = Link->Flink;
        if (Target->Host == Host)
            PnpDropTarget(Target);
    }
}

// ---- Asking and telling

// The answer is the driver's: its routine has returned.
static NTSTATUS PnpNotifyTarget(PIO_HOST Host, ULONG Number, const VOID *Data, ULONG Length)
{
    const HOST_NOTIFICATION Notification = {.NameLength = Length};
    return IopNotifyHost(Host, Number, &Notification, Data);
}

static NTSTATUS PnpSendTarget(PPNP_TARGET Target, PNP_TARGET_EVENT Event)
{
    const HOST_TARGET_HEADER Header = {
        .Version = 1, .Size = sizeof(Header), .Event = PnpTargetEvents[Event]};
    ULONG Number = Target->Number;
    PIO_HOST Host = Target->Host;
    IopReferenceHost(Host); // the registration may go meanwhile
    NTSTATUS Status = PnpNotifyTarget(Host, Number, &Header, sizeof(Header));
    IopDereferenceHost(Host);
    return Status == STATUS_DEVICE_DOES_NOT_EXIST ? STATUS_SUCCESS : Status;
}

// Each of a device's, whatever comes and goes while one is told: a round has a number, which they get.
static ULONG PnpTargetRound;

static PPNP_TARGET PnpNextTarget(PDEVICE_NODE Node, ULONG Round)
{
    for (PLIST_ENTRY Link = PnpTargets.Flink; Link != &PnpTargets; Link = Link->Flink) {
        PPNP_TARGET Target = CONTAINING_RECORD(Link, PNP_TARGET, Link);
        if (Target->Device == Node->PhysicalDevice && Target->Asked != Round) {
            Target->Asked = Round;
            return Target;
        }
    }
    return nullptr;
}

VOID PnpTellTargets(PDEVICE_NODE Node, PNP_TARGET_EVENT Event)
{
    ULONG Round = ++PnpTargetRound;
    PPNP_TARGET Target;
    while ((Target = PnpNextTarget(Node, Round)))
        (VOID) PnpSendTarget(Target, Event);
}

NTSTATUS PnpAskTargets(PDEVICE_NODE Node)
{
    ULONG Round = ++PnpTargetRound;
    PPNP_TARGET Target;
    while ((Target = PnpNextTarget(Node, Round))) {
        NTSTATUS Status = PnpSendTarget(Target, PnpTargetQueryRemove);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    return STATUS_SUCCESS;
}

// ---- What the device's driver reports

static VOID PnpDeliverChange(PVOID Context)
{
    PPNP_TARGET_NOTICE Notice = Context;
    (VOID) PnpNotifyTarget(Notice->Host, Notice->Registration, Notice->Data, Notice->Length);
    IopDereferenceHost(Notice->Host);
    ExFreePool(Notice);
}

NTSTATUS PnpReportTargetChange(PDEVICE_NODE Node, const VOID USER *Data, ULONG Length)
{
    PNP_TARGET_NOTICE Template = {.Length = Length};
    if (Length < sizeof(HOST_TARGET_HEADER) || Length > HOST_TARGET_DATA)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmCopyFromUser(Template.Data, Data, Length);
    for (PLIST_ENTRY Link = PnpTargets.Flink; NT_SUCCESS(Status) && Link != &PnpTargets;
         Link = Link->Flink) {
        PPNP_TARGET Target = CONTAINING_RECORD(Link, PNP_TARGET, Link);
        if (Target->Device != Node->PhysicalDevice)
            continue;
        PPNP_TARGET_NOTICE Notice = ExAllocatePoolWithTag(PagedPool, sizeof(*Notice), PnpTag);
        if (!Notice)
            return STATUS_INSUFFICIENT_RESOURCES;
        *Notice = Template;
        Notice->Host = Target->Host;
        Notice->Registration = Target->Number;
        IopReferenceHost(Notice->Host);
        Status = PnpQueueRoutine(PnpDeliverChange, Notice);
        if (!NT_SUCCESS(Status)) {
            IopDereferenceHost(Notice->Host);
            ExFreePool(Notice);
        }
    }
    return Status;
}
