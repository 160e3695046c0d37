// Drivers that want to know of a shutdown (IoRegisterShutdownNotification): IRP_MJ_SHUTDOWN to their devices, to
// the one that registered last first.
#include "pop.h"

typedef struct _POP_REGISTRATION {
    LIST_ENTRY Link;       // the last one first
    PDEVICE_OBJECT Device; // referenced
    ULONG Chance;          // HOST_SHUTDOWN_*
} POP_REGISTRATION, *PPOP_REGISTRATION;

static LIST_ENTRY PopRegistrations = {&PopRegistrations, &PopRegistrations};

static VOID PopDropRegistration(PPOP_REGISTRATION Registration)
{
    PDEVICE_OBJECT Device = Registration->Device;
    RemoveEntryList(&Registration->Link);
    ExFreePool(Registration);
    ObDereferenceObject(Device);
}

static VOID PopForgetDevice(const DEVICE_OBJECT *Device)
{
    PLIST_ENTRY Link = PopRegistrations.Flink;
    while (Link != &PopRegistrations) {
        PPOP_REGISTRATION Registration = CONTAINING_RECORD(Link, POP_REGISTRATION, Link);
        Link = Link->Flink;
        if (Registration->Device == Device)
            PopDropRegistration(Registration);
    }
}

VOID PoHostEnded(PIO_HOST Host)
{
    PLIST_ENTRY Link = PopRegistrations.Flink;
    while (Link != &PopRegistrations) {
        PPOP_REGISTRATION Registration = CONTAINING_RECORD(Link, POP_REGISTRATION, Link);
        Link = Link->Flink;
        if (Registration->Device->Extension == Host)
            PopDropRegistration(Registration);
    }
}

static NTSTATUS PopRegister(PDEVICE_OBJECT Device, ULONG Chance)
{
    if (Chance == HOST_SHUTDOWN_NONE) {
        PopForgetDevice(Device);
        return STATUS_SUCCESS;
    }
    PPOP_REGISTRATION Registration =
        ExAllocatePoolWithTag(NonPagedPool, sizeof(*Registration), PopTag);
    if (!Registration)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Registration = (POP_REGISTRATION){.Device = Device, .Chance = Chance};
    ObReferenceObject(Device);
    InsertHeadList(&PopRegistrations, &Registration->Link);
    return STATUS_SUCCESS;
}

NTSTATUS NtHostRegisterShutdown(ULONG Number, ULONG Chance)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    PDEVICE_OBJECT Device = IopLookupDevice(Number);
    if (!Device)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = STATUS_ACCESS_DENIED;
    if (Chance >= HOST_SHUTDOWN_CHANCES)
        Status = STATUS_INVALID_PARAMETER;
    else if (Device->Operations == &IopHostOperations && Device->Extension == Host)
        Status = PopRegister(Device, Chance);
    ObDereferenceObject(Device);
    return Status;
}

static VOID PopTellDevice(PDEVICE_OBJECT Device, ULONG Seconds)
{
    IOP_CALL Call = {.MajorFunction = IRP_MJ_SHUTDOWN};
    LARGE_INTEGER Timeout = {.QuadPart = -10'000'000ll * Seconds};
    if (IopCallDevice(Device, &Call, &Timeout) != STATUS_TIMEOUT)
        return;
    PIO_HOST Host = Device->Extension;
    DbgPrintEx(
        DPFLTR_POWER_ID, DPFLTR_WARNING_LEVEL,
        "po: driver host %wZ does not answer the notification of the shutdown within %lu s\n",
        &Host->Name, Seconds);
    IopEndHost(Host, "it holds up the shutdown");
}

// A registration is used up, and may be gone when its device has answered.
VOID PopTellDrivers(ULONG Chance, ULONG Seconds)
{
    for (;;) {
        PPOP_REGISTRATION Next = nullptr;
        for (PLIST_ENTRY Link = PopRegistrations.Flink; Link != &PopRegistrations && !Next;
             Link = Link->Flink) {
            PPOP_REGISTRATION Registration = CONTAINING_RECORD(Link, POP_REGISTRATION, Link);
            if (Registration->Chance == Chance)
                Next = Registration;
        }
        if (!Next)
            return;
        PDEVICE_OBJECT Device = Next->Device;
        ObReferenceObject(Device);
        PopDropRegistration(Next);
        PopTellDevice(Device, Seconds);
        ObDereferenceObject(Device);
    }
}
