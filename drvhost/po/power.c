// Power packets on their way through a driver, and the states that drivers report.

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
    PIOP_DEVICE_EXTENSION Extension = IopExtension(DeviceObject);
    PULONG Flags = &Extension->PowerFlags;
    ULONG Shift = Type == SystemPowerState ? 0 : 4;
    ULONG New = Type == SystemPowerState ? (ULONG)State.SystemState : (ULONG)State.DeviceState;
    POWER_STATE Old = {};
    ULONG Previous = (*Flags >> Shift) & 0xF;
    if (Type == SystemPowerState)
        Old.SystemState = (SYSTEM_POWER_STATE)Previous;
    else
        Old.DeviceState = (DEVICE_POWER_STATE)Previous;
    *Flags = (*Flags & ~(0xFul << Shift)) | (New & 0xF) << Shift;
    if (Type == DevicePowerState && Extension->Number && KiIsConnected())
        NtHostSetPowerState(Extension->Number, New);
    return Old;
}

// TRUE: the Executive has a time for the request of the system that the stack of Pdo works on.
BOOLEAN NTAPI PoQueryWatchdogTime(PDEVICE_OBJECT Pdo, PULONG SecondsRemaining)
{
    *SecondsRemaining = 0;
    return NT_SUCCESS(NtHostQueryPowerWatchdog(IopDeviceNumber(Pdo), SecondsRemaining));
}

// A driver marks the request that its device has woken the system with, so that others can see that.
enum { PopWokeSystem = 0x80000000 }; // of the stack location's SystemContext

VOID NTAPI PoSetSystemWake(PIRP Irp)
{
    IoGetCurrentIrpStackLocation(Irp)->Parameters.Power.SystemContext |= PopWokeSystem;
}

BOOLEAN NTAPI PoGetSystemWake(PIRP Irp)
{
    ULONG Context = IoGetCurrentIrpStackLocation(Irp)->Parameters.Power.SystemContext;
    return (Context & PopWokeSystem) != 0;
}
