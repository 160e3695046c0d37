// Power. A key that is pressed while the system sleeps ends that, and is lost. A controller that has been without power is
// set up as at the start, with the keyboard's lights and rate as they were.
#include "i8042prt.h"

static VOID KbdSetFlag(PKBD_PORT Port, PBOOLEAN Flag, BOOLEAN Value)
{
    KIRQL Irql = KeAcquireInterruptSpinLock(Port->Interrupt);
    *Flag = Value;
    KeReleaseInterruptSpinLock(Port->Interrupt, Irql);
}

static VOID KbdPowerDown(PDEVICE_OBJECT DeviceObject, BOOLEAN Wake)
{
    PKBD_PORT Port = KbdOf(DeviceObject);
    if (!Port->Started)
        return;
    KbdCancelOutput(Port);
    KbdSetFlag(Port, &Port->Off, TRUE);
    if (Wake)
        return;
    KbdSetFlag(Port, &Port->Quiet, TRUE);
    KbdEnableInterrupt(Port, FALSE);
    KbdSetFlag(Port, &Port->Quiet, FALSE);
}

static VOID KbdPowerUp(PDEVICE_OBJECT DeviceObject)
{
    PKBD_PORT Port = KbdOf(DeviceObject);
    if (!Port->Started)
        return;
    KbdSetFlag(Port, &Port->Quiet, TRUE);
    NTSTATUS Status = KbdInitializeController(Port);
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_I8042PRT_ID, DPFLTR_WARNING_LEVEL,
                   "i8042prt: the controller does not come back: status %08lx\n", Status);
    KbdEnableInterrupt(Port, TRUE);
    KIRQL Irql = KeAcquireInterruptSpinLock(Port->Interrupt);
    Port->Prefix = 0;
    Port->Quiet = Port->Off = FALSE;
    KbdKeepInput(Port); // what interrupted while that was quiet: the line tells of it once
    KeReleaseInterruptSpinLock(Port->Interrupt, Irql);
    KeInsertQueueDpc(&Port->Dpc, NULL, NULL);
}

// The value WaitWakeEnabled of the device's key, as on Windows: 0 keeps it from waking the machine.
static BOOLEAN KbdMayWake(PDEVICE_OBJECT PhysicalDevice)
{
    union {
        KEY_VALUE_PARTIAL_INFORMATION Information;
        UCHAR Bytes[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + sizeof(ULONG)];
    } Value;
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"WaitWakeEnabled");
    HANDLE Key;
    ULONG Length;
    if (!NT_SUCCESS(
            IoOpenDeviceRegistryKey(PhysicalDevice, PLUGPLAY_REGKEY_DEVICE, KEY_READ, &Key)))
        return TRUE;
    NTSTATUS Status =
        ZwQueryValueKey(Key, &Name, KeyValuePartialInformation, &Value, sizeof(Value), &Length);
    ZwClose(Key);
    return !NT_SUCCESS(Status) || Value.Information.Type != REG_DWORD ||
           *(const ULONG *)Value.Information.Data != 0;
}

VOID KbdInitializePower(PKBD_PORT Port, PDEVICE_OBJECT PhysicalDevice)
{
    Port->Power = (POWER_POLICY){
        .Self = Port->Self,
        .PhysicalDevice = PhysicalDevice,
        .Lower = Port->Lower,
        .PowerDown = KbdPowerDown,
        .PowerUp = KbdPowerUp,
        .Wakes = KbdMayWake(PhysicalDevice),
    };
}

NTSTATUS NTAPI KbdPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PowerDispatch(&KbdOf(DeviceObject)->Power, Irp);
}
