// Ctrl-C and Ctrl-Break, for those who want to know of them whoever reads.
#include "console.h"

BOOLEAN ConIsBreak(PCONSOLE Console, const CON_KEY *Key)
{
    return (Console->InputMode & ENABLE_PROCESSED_INPUT) && Key->Down &&
           (Key->Character == 0x03 || Key->VirtualKey == ConKeyCancel);
}

static BOOLEAN ConAny(PIRP Irp, const VOID *Context)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Context);
    return TRUE;
}

// Each is told who else was, so that one that has started another knows whether that ends by itself.
BOOLEAN ConTellListeners(PCONSOLE Console, const CON_KEY *Key)
{
    CONSOLE_CONTROL Control = {.Event = Key->VirtualKey == ConKeyCancel};
    LIST_ENTRY Told;
    PIRP Irp;
    InitializeListHead(&Told);
    while ((Irp = ConTakeRequest(&Console->Listeners, ConAny, NULL)) != NULL) {
        if (Control.Listeners < CONSOLE_CONTROL_LISTENERS)
            Control.ProcessIds[Control.Listeners++] = IoGetRequestorProcessId(Irp);
        InsertTailList(&Told, &Irp->Tail.Overlay.ListEntry);
    }
    if (IsListEmpty(&Told))
        return FALSE;
    while (!IsListEmpty(&Told)) {
        Irp = CONTAINING_RECORD(RemoveHeadList(&Told), IRP, Tail.Overlay.ListEntry);
        *(PCONSOLE_CONTROL)Irp->AssociatedIrp.SystemBuffer = Control;
        ConComplete(Irp, STATUS_SUCCESS, sizeof(Control));
    }
    return TRUE;
}

NTSTATUS ConWaitForControl(PCONSOLE Console, PIRP Irp)
{
    ULONG Length = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength;
    if (Length < sizeof(CONSOLE_CONTROL))
        return ConComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    ConLock(Console);
    NTSTATUS Status = Console->Started ? ConQueueRequest(&Console->Listeners, Irp)
                                       : ConComplete(Irp, STATUS_DEVICE_REMOVED, 0);
    ConUnlock(Console);
    return Status;
}
