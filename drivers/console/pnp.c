// The life of the console's device.
#include "console.h"

#include "pnp.h"

// Without a framebuffer, or with one of a kind that is not known, there is the serial line alone.
static NTSTATUS ConStart(PDEVICE_OBJECT Self, const CM_RESOURCE_LIST *Resources)
{
    PCONSOLE Console = ConOfDevice(Self);
    PowerStarted(&Console->Power);
    ConLock(Console);
    ConInitKeyboard(&Console->Keyboard, ConReadLayout(Console->LowerDevice));
    NTSTATUS Status = Resources ? ConStartDisplay(Console, Resources) : STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_VIDEO_ID, DPFLTR_WARNING_LEVEL, "console: no display: status %08lx\n",
                   Status);
    Console->Started = TRUE;
    ConUnlock(Console);
    return STATUS_SUCCESS;
}

static VOID ConStop(PDEVICE_OBJECT Self)
{
    PCONSOLE Console = ConOfDevice(Self);
    ConLock(Console);
    Console->Started = FALSE;
    ConUnlock(Console);
    ConCancelRequests(&Console->Readers, NULL, STATUS_DEVICE_REMOVED);
    ConCancelRequests(&Console->Listeners, NULL, STATUS_DEVICE_REMOVED);
    ConStopKeyboard(Console);
    ConStopTerminal(Console);
    ConStopDisplay(Console);
}

static VOID ConRemove(PDEVICE_OBJECT Self)
{
    PCON_EXTENSION Extension = Self->DeviceExtension;
    ExFreePoolWithTag(Extension->Console, ConTag);
    Extension->Console = NULL;
}

NTSTATUS NTAPI ConPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    static const PNP_ROUTINES Routines = {.Start = ConStart, .Stop = ConStop, .Remove = ConRemove};
    return PnpDispatch(&Routines, DeviceObject, ConOfDevice(DeviceObject)->LowerDevice, Irp);
}

NTSTATUS NTAPI ConPassDown(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PnpPass(ConOfDevice(DeviceObject)->LowerDevice, Irp);
}

NTSTATUS NTAPI ConPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PowerDispatch(&ConOfDevice(DeviceObject)->Power, Irp);
}
