// Device classes of <poclass.h> that need no driver of their own: buttons, lids and thermal zones. Their devices have the
// interfaces of the classes as long as they are started, and answer the classes' requests.
#include <initguid.h>

#include "acpi.h"

typedef struct _ACPI_CLASS {
    PCSTR Id;
    ULONG Buttons; // SYS_BUTTON_
    const GUID *Interface, *Other;
} ACPI_CLASS;

static const ACPI_CLASS AcpiClasses[] = {
    {"FixedButton", SYS_BUTTON_POWER | SYS_BUTTON_SLEEP, &GUID_DEVICE_SYS_BUTTON, NULL},
    {"PNP0C0C", SYS_BUTTON_POWER, &GUID_DEVICE_SYS_BUTTON, NULL},
    {"PNP0C0D", SYS_BUTTON_LID, &GUID_DEVICE_LID, &GUID_DEVICE_SYS_BUTTON},
    {"PNP0C0E", SYS_BUTTON_SLEEP, &GUID_DEVICE_SYS_BUTTON, NULL},
    {"ThermalZone", 0, &GUID_DEVICE_THERMAL_ZONE, NULL},
};

// The device of the fixed registers' button, while it is started.
static PACPI_DEVICE volatile AcpiFixedButtonDevice;

static const ACPI_CLASS *AcpiClassOf(const ACPI_NODE *Node)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(AcpiClasses) && Node->Known; i++) {
        if (strcmp(AcpiClasses[i].Id, Node->Known->Id) == 0)
            return &AcpiClasses[i];
    }
    return NULL;
}

BOOLEAN AcpiIsButton(const ACPI_DEVICE *Device)
{
    const ACPI_CLASS *Class = AcpiClassOf(Device->Node);
    return Class && Class->Buttons;
}

// Of the fixed registers' buttons a machine may have one alone.
static ULONG AcpiButtonsOf(const ACPI_DEVICE *Device, const ACPI_CLASS *Class)
{
    return Device->Node->Kind == AcpiFixedButtonKind ? AcpiFixedButtons() : Class->Buttons;
}

// ---- Interfaces. A device works without.

static VOID AcpiEnableInterface(PACPI_DEVICE Device, const GUID *Class, PUNICODE_STRING Name)
{
    if (!Class)
        return;
    if (!Name->Buffer && !NT_SUCCESS(IoRegisterDeviceInterface(Device->Self, Class, NULL, Name)))
        return;
    (VOID) IoSetDeviceInterfaceState(Name, TRUE);
}

VOID AcpiStartClass(PACPI_DEVICE Device)
{
    const ACPI_CLASS *Class = AcpiClassOf(Device->Node);
    if (!Class)
        return;
    AcpiEnableInterface(Device, Class->Interface, &Device->Interfaces[0]);
    AcpiEnableInterface(Device, Class->Other, &Device->Interfaces[1]);
    if (Device->Node->Kind == AcpiFixedButtonKind)
        AcpiFixedButtonDevice = Device;
    else if (Class->Buttons)
        AcpiStartButtonWake(Device);
}

VOID AcpiStopClass(PACPI_DEVICE Device)
{
    if (AcpiFixedButtonDevice == Device)
        AcpiFixedButtonDevice = NULL;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Device->Interfaces); i++) {
        if (!Device->Interfaces[i].Buffer)
            continue;
        (VOID) IoSetDeviceInterfaceState(&Device->Interfaces[i], FALSE);
        RtlFreeUnicodeString(&Device->Interfaces[i]);
        Device->Interfaces[i] = (UNICODE_STRING){};
    }
}

// ---- Events: each is for one who asks. What happens while nobody does is kept, once.

// Who puts in a request, or an event, looks for the other: one of them finds both.
static VOID AcpiDeliverButtons(PACPI_DEVICE Device)
{
    while (Device->Pressed) {
        PIRP Irp = AcpiTakeWaiter(&Device->Waiters);
        if (!Irp)
            return;
        ULONG Events = (ULONG)InterlockedExchange(&Device->Pressed, 0);
        if (!Events) { // somebody else has given them to another
            (VOID) AcpiPutWaiter(&Device->Waiters, Irp);
            continue;
        }
        *(PULONG)Irp->AssociatedIrp.SystemBuffer = Events;
        AcpiComplete(Irp, STATUS_SUCCESS, sizeof(Events));
    }
}

static VOID AcpiPress(PACPI_DEVICE Device, ULONG Buttons)
{
    InterlockedOr(&Device->Pressed, (LONG)Buttons);
    AcpiDeliverButtons(Device);
}

VOID AcpiTellFixedButton(ULONG Button)
{
    PACPI_DEVICE Device = AcpiFixedButtonDevice;
    if (Device)
        AcpiPress(Device, Button);
}

// A lid that opens is no reason for anything, but that the machine wakes.
static VOID AcpiActOnButton(PACPI_DEVICE Device, ULONG Button)
{
    ULONG64 Open;
    if (Button == SYS_BUTTON_LID &&
        (ACPI_FAILURE(AcpiEvaluateNumber(Device->Node->Handle, "_LID", &Open)) || Open))
        return;
    AcpiPressButton(Button);
}

VOID AcpiTellClass(const ACPI_NODE *Node, ULONG Value)
{
    enum { ButtonPressed = 0x80 }; // and: the lid was moved; the zone's temperature has changed
    const ACPI_CLASS *Class = AcpiClassOf(Node);
    if (!Class || !Node->Device)
        return;
    PACPI_DEVICE Device = &AcpiExtension(Node->Device)->Device;
    if (!Class->Buttons)
        Device->ThermalStamp++;
    if (Class->Buttons && Value == ButtonPressed) {
        AcpiPress(Device, Class->Buttons);
        AcpiActOnButton(Device, Class->Buttons);
    }
}

// ---- Requests

static NTSTATUS AcpiGetEvent(PACPI_DEVICE Device, PIRP Irp)
{
    NTSTATUS Status = AcpiPutWaiter(&Device->Waiters, Irp);
    AcpiDeliverButtons(Device);
    return Status;
}

static NTSTATUS AcpiAnswerNumber(PIRP Irp, ULONG Number)
{
    *(PULONG)Irp->AssociatedIrp.SystemBuffer = Number;
    return AcpiComplete(Irp, STATUS_SUCCESS, sizeof(Number));
}

static NTSTATUS AcpiQueryLid(const ACPI_NODE *Node, PIRP Irp)
{
    ULONG64 Open;
    acpi_status Status = AcpiEvaluateNumber(Node->Handle, "_LID", &Open);
    if (ACPI_FAILURE(Status))
        return AcpiComplete(Irp, AcpiStatus(Status), 0);
    return AcpiAnswerNumber(Irp, Open != 0);
}

// The processors that the zone slows down are all of them: the firmware's list (_PSL) is of no use to who does not know
// which of its names is which.
static NTSTATUS AcpiQueryThermal(PACPI_DEVICE Device, PIRP Irp)
{
    THERMAL_INFORMATION Information;
    NTSTATUS Status = AcpiQueryZone(Device->Node->Handle, &Information);
    if (!NT_SUCCESS(Status))
        return AcpiComplete(Irp, Status, 0);
    Information.ThermalStamp = Device->ThermalStamp;
    if (AcpiHasObject(Device->Node->Handle, "_PSL"))
        Information.Processors = KeQueryActiveProcessors();
    *(PTHERMAL_INFORMATION)Irp->AssociatedIrp.SystemBuffer = Information;
    return AcpiComplete(Irp, STATUS_SUCCESS, sizeof(Information));
}

static NTSTATUS AcpiSetPolicy(const ACPI_NODE *Node, PIRP Irp)
{
    return AcpiComplete(
        Irp, AcpiSetCoolingPolicy(Node->Handle, *(const UCHAR *)Irp->AssociatedIrp.SystemBuffer),
        0);
}

static NTSTATUS AcpiRunClass(PACPI_DEVICE Device, const ACPI_CLASS *Class, ULONG Code, PIRP Irp)
{
    switch (Code) {
    case IOCTL_GET_SYS_BUTTON_CAPS:
        return AcpiAnswerNumber(Irp, AcpiButtonsOf(Device, Class));
    case IOCTL_GET_SYS_BUTTON_EVENT:
        return AcpiGetEvent(Device, Irp);
    case IOCTL_QUERY_LID:
        return AcpiQueryLid(Device->Node, Irp);
    case IOCTL_THERMAL_QUERY_INFORMATION:
        return AcpiQueryThermal(Device, Irp);
    default: // IOCTL_THERMAL_SET_COOLING_POLICY
        return AcpiSetPolicy(Device->Node, Irp);
    }
}

typedef struct _ACPI_CLASS_CONTROL {
    ULONG Code;
    ULONG Buttons; // of which one is asked; 0: a thermal zone
    ULONG Input, Output;
} ACPI_CLASS_CONTROL;

static const ACPI_CLASS_CONTROL AcpiClassControls[] = {
    {IOCTL_GET_SYS_BUTTON_CAPS, MAXULONG, 0, sizeof(ULONG)},
    {IOCTL_GET_SYS_BUTTON_EVENT, MAXULONG, 0, sizeof(ULONG)},
    {IOCTL_QUERY_LID, SYS_BUTTON_LID, 0, sizeof(ULONG)},
    {IOCTL_THERMAL_QUERY_INFORMATION, 0, 0, sizeof(THERMAL_INFORMATION)},
    {IOCTL_THERMAL_SET_COOLING_POLICY, 0, sizeof(UCHAR), 0},
};

static const ACPI_CLASS_CONTROL *AcpiFindClassControl(const ACPI_CLASS *Class, ULONG Code)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(AcpiClassControls); i++) {
        const ACPI_CLASS_CONTROL *Control = &AcpiClassControls[i];
        if (Control->Code == Code &&
            (Control->Buttons ? (Class->Buttons & Control->Buttons) != 0 : Class->Buttons == 0))
            return Control;
    }
    return NULL;
}

BOOLEAN AcpiIsClassControl(const ACPI_DEVICE *Device, ULONG Code)
{
    const ACPI_CLASS *Class = AcpiClassOf(Device->Node);
    return Class && AcpiFindClassControl(Class, Code);
}

NTSTATUS AcpiClassControl(PACPI_DEVICE Device, PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    const ACPI_CLASS *Class = AcpiClassOf(Device->Node);
    const ACPI_CLASS_CONTROL *Control = AcpiFindClassControl(Class, Code);
    if (KeGetCurrentIrql() > APC_LEVEL || !Device->Started)
        return AcpiComplete(Irp, STATUS_INVALID_DEVICE_STATE, 0);
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < Control->Input)
        return AcpiComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < Control->Output)
        return AcpiComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    return AcpiRunClass(Device, Class, Code, Irp);
}
