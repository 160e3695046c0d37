// What the class driver asks for.
#include "i8042prt.h"

static NTSTATUS KbdQueryAttributes(PKBD_PORT Port, PVOID Buffer)
{
    *(PKEYBOARD_ATTRIBUTES)Buffer = (KEYBOARD_ATTRIBUTES){
        .KeyboardIdentifier = {4, 0}, // enhanced, 101 or 102 keys
        .KeyboardMode = 1,            // scan code set 1
        .NumberOfFunctionKeys = KbdFunctionKeys,
        .NumberOfIndicators = KbdIndicators,
        .NumberOfKeysTotal = KbdKeys,
        .InputDataQueueLength = KbdQueueLength,
        .KeyRepeatMinimum = {0, KbdSlowestRate, KbdDefaultDelay},
        .KeyRepeatMaximum = {0, KbdDefaultRate, KbdLongestDelay},
    };
    UNREFERENCED_PARAMETER(Port);
    return STATUS_SUCCESS;
}

static NTSTATUS KbdQueryIndicators(PKBD_PORT Port, PVOID Buffer)
{
    *(PKEYBOARD_INDICATOR_PARAMETERS)Buffer = Port->Indicators;
    return STATUS_SUCCESS;
}

static NTSTATUS KbdQueryTypematic(PKBD_PORT Port, PVOID Buffer)
{
    *(PKEYBOARD_TYPEMATIC_PARAMETERS)Buffer = Port->Typematic;
    return STATUS_SUCCESS;
}

// The scan codes of the keys that have an indicator.
typedef struct _KBD_TRANSLATION {
    USHORT Count;
    INDICATOR_LIST List[KbdIndicators];
} KBD_TRANSLATION;

static NTSTATUS KbdQueryTranslation(PKBD_PORT Port, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Port);
    *(KBD_TRANSLATION *)Buffer = (KBD_TRANSLATION){
        .Count = KbdIndicators,
        .List = {{0x3A, KEYBOARD_CAPS_LOCK_ON},
                 {0x45, KEYBOARD_NUM_LOCK_ON},
                 {0x46, KEYBOARD_SCROLL_LOCK_ON}},
    };
    return STATUS_SUCCESS;
}

static NTSTATUS KbdCheckIndicators(PKBD_PORT Port, PVOID Buffer)
{
    constexpr ULONG All = KEYBOARD_CAPS_LOCK_ON | KEYBOARD_NUM_LOCK_ON | KEYBOARD_SCROLL_LOCK_ON;
    UNREFERENCED_PARAMETER(Port);
    return ((PKEYBOARD_INDICATOR_PARAMETERS)Buffer)->LedFlags & ~All ? STATUS_INVALID_PARAMETER
                                                                     : STATUS_SUCCESS;
}

static NTSTATUS KbdCheckTypematic(PKBD_PORT Port, PVOID Buffer)
{
    const KEYBOARD_TYPEMATIC_PARAMETERS *Typematic = Buffer;
    UNREFERENCED_PARAMETER(Port);
    if (Typematic->Rate < KbdSlowestRate || Typematic->Rate > KbdDefaultRate ||
        Typematic->Delay < KbdDefaultDelay || Typematic->Delay > KbdLongestDelay)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

// Queued: the routine checks, and the keyboard is then told.
static const struct {
    ULONG Code, Input, Output;
    NTSTATUS (*Routine)(PKBD_PORT Port, PVOID Buffer);
    BOOLEAN Queued;
} KbdControls[] = {
    {IOCTL_KEYBOARD_QUERY_ATTRIBUTES, 0, sizeof(KEYBOARD_ATTRIBUTES), KbdQueryAttributes, FALSE},
    {IOCTL_KEYBOARD_QUERY_INDICATORS, 0, sizeof(KEYBOARD_INDICATOR_PARAMETERS), KbdQueryIndicators,
     FALSE},
    {IOCTL_KEYBOARD_QUERY_INDICATOR_TRANSLATION, 0, sizeof(KBD_TRANSLATION), KbdQueryTranslation,
     FALSE},
    {IOCTL_KEYBOARD_QUERY_TYPEMATIC, 0, sizeof(KEYBOARD_TYPEMATIC_PARAMETERS), KbdQueryTypematic,
     FALSE},
    {IOCTL_KEYBOARD_SET_INDICATORS, sizeof(KEYBOARD_INDICATOR_PARAMETERS), 0, KbdCheckIndicators,
     TRUE},
    {IOCTL_KEYBOARD_SET_TYPEMATIC, sizeof(KEYBOARD_TYPEMATIC_PARAMETERS), 0, KbdCheckTypematic,
     TRUE},
};

static NTSTATUS KbdCallControl(PKBD_PORT Port, ULONG Index, PIRP Irp)
{
    if (!ExAcquireRundownProtection(&Port->Running))
        return KbdComplete(Irp, STATUS_DELETE_PENDING, 0);
    NTSTATUS Status = KbdControls[Index].Routine(Port, Irp->AssociatedIrp.SystemBuffer);
    if (NT_SUCCESS(Status) && KbdControls[Index].Queued)
        return KbdQueueOutput(Port, Irp);
    ExReleaseRundownProtection(&Port->Running);
    return KbdComplete(Irp, Status, NT_SUCCESS(Status) ? KbdControls[Index].Output : 0);
}

NTSTATUS NTAPI KbdControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    for (ULONG i = 0; i < RTL_NUMBER_OF(KbdControls); i++) {
        if (KbdControls[i].Code != Stack->Parameters.DeviceIoControl.IoControlCode)
            continue;
        if (Stack->Parameters.DeviceIoControl.InputBufferLength < KbdControls[i].Input)
            return KbdComplete(Irp, STATUS_INVALID_PARAMETER, 0);
        if (Stack->Parameters.DeviceIoControl.OutputBufferLength < KbdControls[i].Output)
            return KbdComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
        return KbdCallControl(KbdOf(DeviceObject), i, Irp);
    }
    return KbdComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}

// ---- The class driver's own

static NTSTATUS KbdConnect(PKBD_PORT Port, PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    // A program's pointers are none to call.
    if (Irp->RequestorMode != KernelMode)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(CONNECT_DATA))
        return STATUS_INVALID_PARAMETER;
    if (Port->Class.ClassService)
        return STATUS_SHARING_VIOLATION;
    Port->Class = *(PCONNECT_DATA)Stack->Parameters.DeviceIoControl.Type3InputBuffer;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI KbdInternalControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PKBD_PORT Port = KbdOf(DeviceObject);
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_INTERNAL_KEYBOARD_CONNECT:
        return KbdComplete(Irp, KbdConnect(Port, Irp), 0);
    case IOCTL_INTERNAL_KEYBOARD_DISCONNECT:
        return KbdComplete(Irp, STATUS_NOT_IMPLEMENTED, 0); // as Windows: the connection stays
    case IOCTL_INTERNAL_KEYBOARD_ENABLE:
        InterlockedExchange(&Port->Enabled, TRUE);
        return KbdComplete(Irp, STATUS_SUCCESS, 0);
    case IOCTL_INTERNAL_KEYBOARD_DISABLE:
        InterlockedExchange(&Port->Enabled, FALSE);
        return KbdComplete(Irp, STATUS_SUCCESS, 0);
    default:
        return KbdControl(DeviceObject, Irp);
    }
}
