// Functions of PCI that have a device in the namespace. Their device objects are pci.sys's, which sends on what their
// drivers ask of the firmware (IOCTL_ACPI_PCI_FORWARD). Here a companion of each answers as reported devices do.
#include "acpi.h"

#include <acpiioct.h>

typedef struct _ACPI_COMPANION {
    LIST_ENTRY Link; // of its root bridge's, until that one goes
    ACPI_PCI_PATH Path;
    ACPI_NODE Node; // in no list: it has a handle alone
    ACPI_DEVICE Device;
} ACPI_COMPANION, *PACPI_COMPANION;

VOID AcpiInitializeDevice(PACPI_DEVICE Device, PACPI_BUS Bus, PACPI_NODE Node)
{
    Device->Bus = Bus;
    Device->Node = Node;
    AcpiInitializeWaiters(&Device->Waiters);
    AcpiInitializeWake(Device);
    InitializeListHead(&Device->Connections);
    InitializeListHead(&Device->Companions);
}

// ---- Finding them, with the bus locked

static BOOLEAN AcpiIsSamePath(const ACPI_PCI_PATH *One, const ACPI_PCI_PATH *Other)
{
    return One->Depth == Other->Depth &&
           RtlCompareMemory(One->Element, Other->Element, One->Depth * sizeof(One->Element[0])) ==
               One->Depth * sizeof(One->Element[0]);
}

static PACPI_COMPANION AcpiFindCompanion(PACPI_DEVICE Bridge, const ACPI_PCI_PATH *Path)
{
    for (PLIST_ENTRY Link = Bridge->Companions.Flink; Link != &Bridge->Companions;
         Link = Link->Flink) {
        PACPI_COMPANION Companion = CONTAINING_RECORD(Link, ACPI_COMPANION, Link);
        if (AcpiIsSamePath(&Companion->Path, Path))
            return Companion;
    }
    return NULL;
}

static PACPI_COMPANION AcpiMakeCompanion(PACPI_DEVICE Bridge, const ACPI_PCI_PATH *Path)
{
    PACPI_COMPANION Companion = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Companion), AcpiTag);
    if (!Companion)
        return NULL;
    RtlZeroMemory(Companion, sizeof(*Companion));
    Companion->Path = *Path;
    AcpiInitializeDevice(&Companion->Device, Bridge->Bus, &Companion->Node);
    Companion->Device.Self = Bridge->Self;
    InsertTailList(&Bridge->Companions, &Companion->Link);
    return Companion;
}

// ---- Their end

static VOID AcpiEndCompanion(PACPI_COMPANION Companion)
{
    AcpiEndConnections(&Companion->Device);
    AcpiForgetLock(&Companion->Device);
}

NTSTATUS AcpiForgetFunction(PACPI_DEVICE Bridge, const ACPI_PCI_PATH *Path)
{
    if (Path->Depth > ACPI_PCI_MAX_DEPTH)
        return STATUS_INVALID_PARAMETER;
    ExAcquireFastMutex(&Bridge->Bus->Lock);
    PACPI_COMPANION Companion = AcpiFindCompanion(Bridge, Path);
    ExReleaseFastMutex(&Bridge->Bus->Lock);
    if (Companion)
        AcpiEndCompanion(Companion);
    return STATUS_SUCCESS;
}

static PACPI_COMPANION AcpiTakeCompanion(PACPI_DEVICE Bridge)
{
    PACPI_COMPANION Companion = NULL;
    ExAcquireFastMutex(&Bridge->Bus->Lock);
    if (!IsListEmpty(&Bridge->Companions))
        Companion = CONTAINING_RECORD(RemoveHeadList(&Bridge->Companions), ACPI_COMPANION, Link);
    ExReleaseFastMutex(&Bridge->Bus->Lock);
    return Companion;
}

// Its bus driver is gone: nobody sends requests any more.
VOID AcpiForgetFunctions(PACPI_DEVICE Bridge)
{
    PACPI_COMPANION Companion;
    while ((Companion = AcpiTakeCompanion(Bridge)) != NULL) {
        AcpiEndCompanion(Companion);
        AcpiEndWake(&Companion->Device, STATUS_NO_SUCH_DEVICE);
        ExFreePoolWithTag(Companion, AcpiTag);
    }
}

// ---- Notifications and requests

VOID AcpiTellFunction(PACPI_DEVICE Bridge, const ACPI_PCI_NOTIFICATION *Notification)
{
    PACPI_COMPANION Companion = AcpiFindCompanion(Bridge, &Notification->Path);
    if (!Companion)
        return;
    AcpiTellDriver(&Companion->Device, Notification->Value);
    if (Notification->Value == ACPI_NOTIFY_DEVICE_WAKE)
        AcpiWoke(&Companion->Device);
}

VOID AcpiForEachCompanion(PACPI_DEVICE Bridge, VOID (*Visit)(PACPI_DEVICE Device, PVOID Context),
                          PVOID Context)
{
    for (PLIST_ENTRY Link = Bridge->Companions.Flink; Link != &Bridge->Companions;
         Link = Link->Flink)
        Visit(&CONTAINING_RECORD(Link, ACPI_COMPANION, Link)->Device, Context);
}

// Null: the namespace has no device for it, or there is no memory. Tables come and go, so the device is looked up each time.
static PACPI_COMPANION AcpiReachCompanion(PACPI_DEVICE Bridge, const ACPI_PCI_PATH *Path)
{
    PACPI_COMPANION Companion = NULL;
    ExAcquireFastMutex(&Bridge->Bus->Lock);
    acpi_handle Handle = AcpiFindFunction(Bridge->Node->Handle, Path);
    if (Handle)
        Companion = AcpiFindCompanion(Bridge, Path);
    if (Handle && !Companion)
        Companion = AcpiMakeCompanion(Bridge, Path);
    if (Companion)
        Companion->Node.Handle = Handle;
    ExReleaseFastMutex(&Bridge->Bus->Lock);
    return Companion;
}

PACPI_DEVICE AcpiReachFunction(PACPI_DEVICE Bridge, const ACPI_PCI_PATH *Path)
{
    PACPI_COMPANION Companion = Path->Depth ? AcpiReachCompanion(Bridge, Path) : NULL;
    if (!Path->Depth)
        return Bridge;
    return Companion ? &Companion->Device : NULL;
}

// The request becomes what the driver has sent: its input moves to the beginning of the buffer.
static VOID AcpiUnwrap(PIRP Irp, const ACPI_PCI_FORWARD *Forward)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PUCHAR Buffer = Irp->AssociatedIrp.SystemBuffer;
    Stack->MajorFunction = (UCHAR)Forward->MajorFunction;
    Stack->Parameters.DeviceIoControl.IoControlCode = Forward->Code;
    Stack->Parameters.DeviceIoControl.InputBufferLength -= sizeof(*Forward);
    RtlMoveMemory(Buffer, Buffer + sizeof(*Forward),
                  Stack->Parameters.DeviceIoControl.InputBufferLength);
}

NTSTATUS AcpiForward(PACPI_DEVICE Bridge, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ACPI_PCI_FORWARD Forward;
    if (Irp->RequestorMode != KernelMode || Stack->MajorFunction != IRP_MJ_INTERNAL_DEVICE_CONTROL)
        return AcpiComplete(Irp, STATUS_ACCESS_DENIED, 0);
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(Forward))
        return AcpiComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    RtlCopyMemory(&Forward, Irp->AssociatedIrp.SystemBuffer, sizeof(Forward));
    if (!Forward.Path.Depth || Forward.Path.Depth > ACPI_PCI_MAX_DEPTH ||
        (Forward.MajorFunction != IRP_MJ_DEVICE_CONTROL &&
         Forward.MajorFunction != IRP_MJ_INTERNAL_DEVICE_CONTROL))
        return AcpiComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    PACPI_COMPANION Companion = AcpiReachCompanion(Bridge, &Forward.Path);
    if (!Companion)
        return AcpiComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    AcpiUnwrap(Irp, &Forward);
    return AcpiDeviceControl(&Companion->Device, Irp);
}
