// Power requests as far as they pass through: drivers send them on like any other packet.

#include "../ntos.h"

NTSTATUS NTAPI PoCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return IofCallDriver(DeviceObject, Irp);
}

// Since Windows Vista no driver has to ask for the next one.
VOID NTAPI PoStartNextPowerIrp(PIRP Irp)
{
    UNREFERENCED_PARAMETER(Irp);
}

// IOP_DEVICE_EXTENSION.PowerFlags: the system state in the low four bits, the device state above them.
POWER_STATE NTAPI PoSetPowerState(PDEVICE_OBJECT DeviceObject, POWER_STATE_TYPE Type,
                                  POWER_STATE State)
{
    PULONG Flags = &IopExtension(DeviceObject)->PowerFlags;
    ULONG Shift = Type == SystemPowerState ? 0 : 4;
    ULONG New = Type == SystemPowerState ? (ULONG)State.SystemState : (ULONG)State.DeviceState;
    POWER_STATE Old = {};
    ULONG Previous = (*Flags >> Shift) & 0xF;
    if (Type == SystemPowerState)
        Old.SystemState = (SYSTEM_POWER_STATE)Previous;
    else
        Old.DeviceState = (DEVICE_POWER_STATE)Previous;
    *Flags = (*Flags & ~(0xFul << Shift)) | (New & 0xF) << Shift;
    return Old;
}
