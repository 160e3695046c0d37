// Power. Requests wait while the device is off; the settings are written again when it is on. While the system sleeps the
// receiver stays on if somebody has the line open: a character wakes the system.
#include "serial.h"

static VOID SerialPowerDown(PDEVICE_OBJECT DeviceObject, BOOLEAN Wake)
{
    PSERIAL_DEVICE Device = SerialOf(DeviceObject);
    if (!Device->Started)
        return;
    SerialDrain(Device);
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    Device->Line.Off = TRUE;
    Device->Line.OutputBusy = FALSE;
    SerialWrite(Device, UartInterruptEnable, Wake && Device->IsOpen ? UartEnableReceive : 0);
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
}

static VOID SerialPowerUp(PDEVICE_OBJECT DeviceObject)
{
    PSERIAL_DEVICE Device = SerialOf(DeviceObject);
    if (!Device->Started)
        return;
    KIRQL Irql = KeAcquireInterruptSpinLock(Device->Interrupt);
    Device->Line.Off = FALSE;
    SerialRestoreUart(Device);
    if (Device->IsOpen) {
        SerialWrite(Device, UartInterruptEnable, UartEnableAll);
        SerialStartTransmitter(Device);
    }
    KeReleaseInterruptSpinLock(Device->Interrupt, Irql);
    KeInsertQueueDpc(&Device->Dpc, NULL, NULL);
}

VOID SerialInitializePower(PSERIAL_DEVICE Device)
{
    Device->Power = (POWER_POLICY){
        .Self = Device->Self,
        .PhysicalDevice = Device->PhysicalDevice,
        .Lower = Device->Lower,
        .PowerDown = SerialPowerDown,
        .PowerUp = SerialPowerUp,
    };
}

NTSTATUS NTAPI SerialPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PowerDispatch(&SerialOf(DeviceObject)->Power, Irp);
}
