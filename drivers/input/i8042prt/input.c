// The interrupt: scan codes become events, which the DPC hands to the class driver.
#include "i8042prt.h"

enum { KbdBreak = 0x80, KbdOverrun = 0x00, KbdError = 0xFF };

static VOID KbdPutEvent(PKBD_PORT Port, USHORT Code, USHORT Flags)
{
    if (Port->Head - Port->Tail == KbdQueueLength)
        return; // nobody has looked for so long: what comes now is lost
    Port->Queue[Port->Head++ % KbdQueueLength] = (KEYBOARD_INPUT_DATA){
        .MakeCode = Code,
        .Flags = Flags,
    };
}

VOID KbdTakeScanCode(PKBD_PORT Port, UCHAR Byte)
{
    if (Byte == KbdPrefixE0 || Byte == KbdPrefixE1) {
        Port->Prefix = Byte == KbdPrefixE0 ? KEY_E0 : KEY_E1;
        return;
    }
    USHORT Flags = Port->Prefix;
    Port->Prefix = 0;
    if (Byte == KbdOverrun || Byte == KbdError)
        KbdPutEvent(Port, KEYBOARD_OVERRUN_MAKE_CODE, KEY_MAKE);
    else
        KbdPutEvent(Port, Byte & (UCHAR)~KbdBreak,
                    Flags | (Byte & KbdBreak ? KEY_BREAK : KEY_MAKE));
}

// The line is edge-triggered: until there is nothing to read.
BOOLEAN NTAPI KbdInterrupt(PKINTERRUPT Interrupt, PVOID Context)
{
    UNREFERENCED_PARAMETER(Interrupt);
    PKBD_PORT Port = Context;
    BOOLEAN Mine = FALSE;
    if (Port->Quiet)
        return FALSE;
    for (ULONG i = 0; i < KbdQueueLength; i++) {
        UCHAR Status = KbdStatus(Port);
        if (!(Status & KbdStatusOutputFull) || Status == KbdStatusFloating)
            break;
        UCHAR Byte = READ_PORT_UCHAR(Port->DataPort);
        Mine = TRUE;
        if (Status & KbdStatusAuxiliary || KbdTakeAnswer(Port, Byte))
            continue;
        if (Port->Off)
            Port->Woken |= !(Byte & KbdBreak); // not the key that has sent it to sleep
        else
            KbdTakeScanCode(Port, Byte);
    }
    if (Mine)
        KeInsertQueueDpc(&Port->Dpc, NULL, NULL);
    return Mine;
}

static ULONG KbdTakeEvents(PKBD_PORT Port, PKEYBOARD_INPUT_DATA Events, PBOOLEAN Woken)
{
    ULONG Count = 0;
    KIRQL Irql = KeAcquireInterruptSpinLock(Port->Interrupt);
    *Woken = Port->Woken;
    Port->Woken = FALSE;
    while (Port->Tail != Port->Head)
        Events[Count++] = Port->Queue[Port->Tail++ % KbdQueueLength];
    KeReleaseInterruptSpinLock(Port->Interrupt, Irql);
    return Count;
}

// What the class driver has no room for is lost.
static VOID KbdReport(PKBD_PORT Port, PKEYBOARD_INPUT_DATA Events, ULONG Count)
{
    PSERVICE_CALLBACK_ROUTINE Service = (PSERVICE_CALLBACK_ROUTINE)Port->Class.ClassService;
    ULONG Consumed = 0;
    if (Service && Port->Enabled)
        Service(Port->Class.ClassDeviceObject, Events, Events + Count, &Consumed);
}

VOID NTAPI KbdDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PKBD_PORT Port = Context;
    KEYBOARD_INPUT_DATA Events[KbdQueueLength];
    BOOLEAN Woken;
    ULONG Count = KbdTakeEvents(Port, Events, &Woken);
    if (Woken)
        PoSetSystemState(ES_USER_PRESENT);
    if (Count)
        KbdReport(Port, Events, Count);
    KbdServeOutput(Port);
}
