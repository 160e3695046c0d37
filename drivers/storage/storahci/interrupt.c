// Interrupts: a line, or one message. What is cleared first and looked at afterwards cannot be missed (AHCI 5.5.3).
#include "storahci.h"

static VOID AhciTakeDone(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, ULONG Done)
{
    Port->Issued &= ~Done;
    while (Done) {
        ULONG Slot = (ULONG)__builtin_ctz(Done);
        Done &= Done - 1;
        AhciRequestDone(Adapter, Port, Port->Slots[Slot], Slot);
    }
}

static VOID AhciServeRunning(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, ULONG Events)
{
    AHCI_PORT_REGISTERS *Registers = Port->Registers;
    ULONG Sent = Port->Issued & ~Port->Unsent;
    if (Port->IsQueued)
        AhciTakeDone(Adapter, Port, Sent & ~Registers->Active);
    else if (!(Events & AHCI_INTERRUPTS_BAD)) // the only one under way may be the one that failed
        AhciTakeDone(Adapter, Port, Sent & ~Registers->Issue);
    if (Events & AHCI_INTERRUPTS_BAD)
        AhciPortFailed(Adapter, Port, Events);
    else
        AhciRunQueue(Adapter, Port);
}

static VOID AhciServePort(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, ULONG Events)
{
    switch (Port->State) {
    case AhciRunning:
        AhciServeRunning(Adapter, Port, Events);
        break;
    case AhciEmpty:
        if (Events & AHCI_INTERRUPTS_CHANGE) {
            Port->Registers->Error = MAXULONG;
            AhciWatchLink(Adapter, Port);
            AhciStepPort(Adapter, Port);
        }
        break;
    case AhciAsking:
        Port->Events |= Events;
        AhciStepPort(Adapter, Port);
        break;
    default:
        break;
    }
}

BOOLEAN NTAPI AhciInterrupt(PVOID DeviceExtension)
{
    PAHCI_ADAPTER Adapter = DeviceExtension;
    if (!Adapter->Working)
        return FALSE;
    ULONG Pending = Adapter->Registers->InterruptStatus & Adapter->Implemented;
    if (!Pending)
        return FALSE;
    for (ULONG Left = Pending; Left; Left &= Left - 1) {
        PAHCI_PORT Port = &Adapter->Ports[__builtin_ctz(Left)];
        ULONG Events = Port->Registers->InterruptStatus;
        Port->Registers->InterruptStatus = Events;
        Adapter->Registers->InterruptStatus = Left & -Left;
        AhciServePort(Adapter, Port, Events);
    }
    return TRUE;
}

BOOLEAN NTAPI AhciMessageInterrupt(PVOID DeviceExtension, ULONG MessageId)
{
    UNREFERENCED_PARAMETER(MessageId);
    return AhciInterrupt(DeviceExtension);
}
