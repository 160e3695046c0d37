// Requests of <poclass.h> to batteries.
#include "battc.h"

typedef struct _BATC_CONTROL {
    ULONG Code, Input, Output; // the least lengths
} BATC_CONTROL;

static const BATC_CONTROL BatcControls[] = {
    {IOCTL_BATTERY_QUERY_TAG, 0, sizeof(ULONG)},
    {IOCTL_BATTERY_QUERY_INFORMATION, sizeof(BATTERY_QUERY_INFORMATION), 0},
    {IOCTL_BATTERY_SET_INFORMATION, FIELD_OFFSET(BATTERY_SET_INFORMATION, Buffer), 0},
    {IOCTL_BATTERY_QUERY_STATUS, sizeof(BATTERY_WAIT_STATUS), sizeof(BATTERY_STATUS)},
};

// ---- Requests that may wait

static BOOLEAN BatcAnswerTag(PBATTERY_CLASS Class, PIRP Irp, BOOLEAN Last)
{
    ULONG Tag = BATTERY_TAG_INVALID;
    NTSTATUS Status = Class->Miniport.QueryTag(Class->Miniport.Context, &Tag);
    if (Status == STATUS_NO_SUCH_DEVICE && !Last)
        return FALSE;
    *(PULONG)Irp->AssociatedIrp.SystemBuffer = Tag;
    BatcComplete(Irp, Status, sizeof(Tag));
    return TRUE;
}

static BOOLEAN BatcIsAsBefore(const BATTERY_WAIT_STATUS *Wait, const BATTERY_STATUS *Status)
{
    return Status->PowerState == Wait->PowerState && Status->Capacity >= Wait->LowCapacity &&
           Status->Capacity <= Wait->HighCapacity;
}

// Input and answer share the buffer: until there is an answer it stays what it was.
static BOOLEAN BatcAnswerStatus(PBATTERY_CLASS Class, PIRP Irp, BOOLEAN Last)
{
    const BATTERY_WAIT_STATUS *Wait = Irp->AssociatedIrp.SystemBuffer;
    BATTERY_STATUS Now;
    NTSTATUS Status = Class->Miniport.QueryStatus(Class->Miniport.Context, Wait->BatteryTag, &Now);
    if (NT_SUCCESS(Status) && !Last && BatcIsAsBefore(Wait, &Now))
        return FALSE;
    if (NT_SUCCESS(Status))
        *(PBATTERY_STATUS)Irp->AssociatedIrp.SystemBuffer = Now;
    BatcComplete(Irp, Status, NT_SUCCESS(Status) ? sizeof(Now) : 0);
    return TRUE;
}

BOOLEAN BatcAnswer(PBATTERY_CLASS Class, PIRP Irp, BOOLEAN Last)
{
    ULONG Code = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode;
    return Code == IOCTL_BATTERY_QUERY_TAG ? BatcAnswerTag(Class, Irp, Last)
                                           : BatcAnswerStatus(Class, Irp, Last);
}

static NTSTATUS BatcAnswerOrWait(PBATTERY_CLASS Class, PIRP Irp, ULONG Milliseconds)
{
    IoMarkIrpPending(Irp); // the answer may end it
    if (!BatcAnswer(Class, Irp, !Milliseconds))
        (VOID) BatcWait(Class, Irp, Milliseconds);
    return STATUS_PENDING;
}

static ULONG BatcTimeout(PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_BATTERY_QUERY_STATUS)
        return ((const BATTERY_WAIT_STATUS *)Irp->AssociatedIrp.SystemBuffer)->Timeout;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(ULONG))
        return 0;
    return *(const ULONG *)Irp->AssociatedIrp.SystemBuffer;
}

// ---- Others

static NTSTATUS BatcQueryInformation(PBATTERY_CLASS Class, PIRP Irp)
{
    ULONG Length = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength;
    BATTERY_QUERY_INFORMATION Query =
        *(const BATTERY_QUERY_INFORMATION *)Irp->AssociatedIrp.SystemBuffer;
    ULONG Returned = 0;
    NTSTATUS Status = Class->Miniport.QueryInformation(
        Class->Miniport.Context, Query.BatteryTag, Query.InformationLevel, Query.AtRate,
        Irp->AssociatedIrp.SystemBuffer, Length, &Returned);
    return BatcComplete(Irp, Status, NT_SUCCESS(Status) ? Returned : 0);
}

static NTSTATUS BatcSetInformation(PBATTERY_CLASS Class, PIRP Irp)
{
    ULONG Length = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.InputBufferLength;
    PBATTERY_SET_INFORMATION Set = Irp->AssociatedIrp.SystemBuffer;
    if (!Class->Miniport.SetInformation)
        return BatcComplete(Irp, STATUS_NOT_SUPPORTED, 0);
    // Room for what the levels take, so that the miniclass driver need not ask for the length.
    UCHAR Value[64] = {};
    ULONG Given = Length - FIELD_OFFSET(BATTERY_SET_INFORMATION, Buffer);
    if (Given > sizeof(Value))
        return BatcComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    RtlCopyMemory(Value, Set->Buffer, Given);
    return BatcComplete(Irp,
                        Class->Miniport.SetInformation(Class->Miniport.Context, Set->BatteryTag,
                                                       Set->InformationLevel, Given ? Value : NULL),
                        0);
}

static const BATC_CONTROL *BatcFindControl(PIRP Irp)
{
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    for (ULONG i = 0; i < RTL_NUMBER_OF(BatcControls); i++) {
        if (Stack->MajorFunction == IRP_MJ_DEVICE_CONTROL &&
            BatcControls[i].Code == Stack->Parameters.DeviceIoControl.IoControlCode)
            return &BatcControls[i];
    }
    return NULL;
}

static NTSTATUS BatcRun(PBATTERY_CLASS Class, ULONG Code, PIRP Irp)
{
    switch (Code) {
    case IOCTL_BATTERY_QUERY_INFORMATION:
        return BatcQueryInformation(Class, Irp);
    case IOCTL_BATTERY_SET_INFORMATION:
        return BatcSetInformation(Class, Irp);
    default:
        return BatcAnswerOrWait(Class, Irp, BatcTimeout(Irp));
    }
}

NTSTATUS NTAPI BatteryClassIoctl(PVOID ClassData, PIRP Irp)
{
    PBATTERY_CLASS Class = ClassData;
    const IO_STACK_LOCATION *Stack = IoGetCurrentIrpStackLocation(Irp);
    const BATC_CONTROL *Control = BatcFindControl(Irp);
    if (!Control)
        return STATUS_NOT_SUPPORTED;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < Control->Input)
        return BatcComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < Control->Output)
        return BatcComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    if (!ExAcquireRundownProtection(&Class->Running))
        return BatcComplete(Irp, STATUS_NO_SUCH_DEVICE, 0);
    NTSTATUS Status = BatcRun(Class, Control->Code, Irp);
    ExReleaseRundownProtection(&Class->Running);
    return Status;
}
