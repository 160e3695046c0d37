// A port's way from nothing to a running device, and back (AHCI 10.1.2, 10.3, 10.4.2, 10.10).
#include "storahci.h"

// What the device has not been told of is treated as what it had.
static VOID AhciSetState(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, AHCI_STATE State,
                         ULONG Microseconds)
{
    Port->State = State;
    Port->Unsent = 0;
    Port->Begun = AhciNow(Adapter);
    Port->Deadline = Port->Begun + Microseconds;
}

static BOOLEAN AhciIsLate(PAHCI_ADAPTER Adapter, const AHCI_PORT *Port)
{
    return AhciNow(Adapter) >= Port->Deadline;
}

static ULONG AhciDetection(const AHCI_PORT *Port)
{
    return Port->Registers->Status & AHCI_DETECTION_MASK;
}

static VOID AhciForgetEvents(PAHCI_PORT Port)
{
    Port->Registers->Error = MAXULONG;
    Port->Registers->InterruptStatus = MAXULONG;
    Port->Events = 0;
}

// ---- The engine that takes commands

VOID AhciStartEngine(PAHCI_PORT Port)
{
    AhciForgetEvents(Port);
    Port->Registers->Command |= AHCI_CMD_START;
    Port->Registers->InterruptEnable = AHCI_INTERRUPTS_GOOD | AHCI_INTERRUPTS_BAD;
}

static VOID AhciStopEngine(PAHCI_PORT Port)
{
    Port->Registers->InterruptEnable = 0;
    Port->Registers->Command &= ~(ULONG)AHCI_CMD_START;
}

// After a reset of the adapter.
VOID AhciSetUpPort(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    AHCI_PORT_REGISTERS *Registers = Port->Registers;
    ULONG64 List = Port->MemoryPhysical + FIELD_OFFSET(AHCI_PORT_MEMORY, Headers);
    ULONG64 Received = Port->MemoryPhysical + FIELD_OFFSET(AHCI_PORT_MEMORY, Received);
    Registers->InterruptEnable = 0;
    Registers->CommandList[0] = (ULONG)List;
    Registers->CommandList[1] = (ULONG)(List >> 32);
    Registers->Fis[0] = (ULONG)Received;
    Registers->Fis[1] = (ULONG)(Received >> 32);
    Registers->Control = AHCI_CONTROL_NO_LINK_POWER;
    AhciForgetEvents(Port);
    Registers->Command |=
        AHCI_CMD_FIS_RECEIVE | AHCI_CMD_SPIN_UP | AHCI_CMD_POWER | AHCI_CMD_ACTIVE;
    AhciSetState(Adapter, Port, AhciLinking, AhciLinkMicroseconds);
}

VOID AhciStopPort(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, AHCI_REASON Reason)
{
    AhciStopEngine(Port);
    Port->Reason = Reason;
    AhciSetState(Adapter, Port, AhciStopping, AhciStopMicroseconds);
    AhciStepPort(Adapter, Port);
}

// The engine does not run.
VOID AhciResetLink(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    Port->Registers->InterruptEnable = 0;
    Port->Registers->Control = AHCI_CONTROL_NO_LINK_POWER | AHCI_CONTROL_RESET;
    AhciSetState(Adapter, Port, AhciResetting, AhciResetMicroseconds);
}

VOID AhciWatchLink(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    Port->Registers->InterruptEnable = 0;
    AhciSetState(Adapter, Port, AhciLinking, AhciLinkMicroseconds);
}

// ---- Arrivals and departures

static VOID AhciLoseDevice(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    Port->Generation++;
    AhciEndWaiting(Adapter, Port, SRB_STATUS_NO_DEVICE);
    if (!Port->HasDevice)
        return;
    Port->HasDevice = FALSE;
    StorPortNotification(BusChangeDetected, Adapter, Port->Number);
}

static VOID AhciFindNothing(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    AhciStopEngine(Port);
    AhciForgetEvents(Port);
    Port->State = AhciEmpty;
    Port->WasEmpty = TRUE;
    Port->Registers->InterruptEnable = AHCI_INTERRUPTS_CHANGE;
    AhciLoseDevice(Adapter, Port);
}

VOID AhciRunPort(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    Port->State = AhciRunning;
    AhciRunQueue(Adapter, Port);
}

static BOOLEAN AhciIsSameDrive(const ATA_DRIVE *Old, const ATA_DRIVE *New)
{
    return Old->Packets == New->Packets && Old->Unit.Blocks == New->Unit.Blocks &&
           RtlEqualMemory(Old->Model, New->Model, sizeof(Old->Model)) &&
           RtlEqualMemory(Old->Unit.Serial, New->Unit.Serial, sizeof(Old->Unit.Serial));
}

static ULONG AhciSlotMaskOf(PAHCI_ADAPTER Adapter, const ATA_DRIVE *Drive)
{
    ULONG Depth = min(Drive->QueueDepth, (ULONG)AHCI_SLOTS);
    return Depth ? Adapter->SlotMask & MAXULONG >> (AHCI_SLOTS - Depth) : 1;
}

static VOID AhciIdentityKnown(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, BOOLEAN Good)
{
    const uint16_t *Words = (PVOID)Port->Memory->Buffer;
    ATA_DRIVE New;
    if (Good)
        Good = Port->Registers->Signature == AHCI_SIGNATURE_ATAPI
                   ? AtaParsePacketIdentity(Words, &New)
                   : AtaParseIdentity(Words, &New);
    if (!Good) {
        StorPortDebugPrint(0, "storahci: port %u has a device that cannot be used\n", Port->Number);
        AhciFindNothing(Adapter, Port);
        return;
    }
    if (!(Adapter->Capabilities & AHCI_CAP_NCQ))
        New.QueueDepth = 0;
    if (Port->HasDevice && !AhciIsSameDrive(&Port->Drive, &New)) {
        AhciLoseDevice(Adapter, Port);
        Port->WasEmpty = TRUE;
    }
    Port->Drive = New;
    Port->SlotMask = AhciSlotMaskOf(Adapter, &New);
    Port->HasDevice = TRUE;
    if (Port->WasEmpty)
        StorPortNotification(BusChangeDetected, Adapter, Port->Number);
    Port->WasEmpty = FALSE;
    AhciRunPort(Adapter, Port);
}

// ---- Steps. FALSE: it must be waited for.

static BOOLEAN AhciStepStopping(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    if (Port->Registers->Command & AHCI_CMD_RUNNING) {
        if (!AhciIsLate(Adapter, Port))
            return FALSE;
        // Only a reset of the whole adapter helps (AHCI 10.4.2).
        StorPortDebugPrint(0, "storahci: port %u does not stop\n", Port->Number);
        for (ULONG i = 0; i < AHCI_MAXIMUM_PORTS; i++) {
            if (Adapter->Ports[i].Registers)
                Adapter->Ports[i].State = AhciOff;
        }
        (VOID) AhciStartAdapter(Adapter);
        for (ULONG i = 0; i < AHCI_MAXIMUM_PORTS; i++)
            AhciEndIssued(Adapter, &Adapter->Ports[i], SRB_STATUS_BUS_RESET);
        return FALSE;
    }
    AhciPortStopped(Adapter, Port);
    return TRUE;
}

static BOOLEAN AhciStepResetting(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    if (!AhciIsLate(Adapter, Port))
        return FALSE;
    Port->Registers->Control = AHCI_CONTROL_NO_LINK_POWER;
    AhciSetState(Adapter, Port, AhciLinking, AhciLinkMicroseconds);
    return TRUE;
}

// A port where nothing is seen at all is given up sooner than one whose link is slow.
static BOOLEAN AhciStepLinking(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    ULONG Detection = AhciDetection(Port);
    if (Detection == AHCI_DETECTED) {
        Port->Registers->Error = MAXULONG;
        AhciSetState(Adapter, Port, AhciWaiting, AhciReadyMicroseconds);
        return TRUE;
    }
    BOOLEAN Absent =
        Detection == AHCI_NO_DEVICE && AhciNow(Adapter) >= Port->Begun + AhciAbsentMicroseconds;
    if (Absent || AhciIsLate(Adapter, Port))
        AhciFindNothing(Adapter, Port);
    return FALSE;
}

static BOOLEAN AhciStepWaiting(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    if (AhciDetection(Port) != AHCI_DETECTED) {
        AhciWatchLink(Adapter, Port);
        return FALSE;
    }
    if (!(Port->Registers->TaskFile & (ATA_STATUS_BUSY | ATA_STATUS_REQUEST))) {
        AhciStartEngine(Port);
        AhciAsk(Adapter, Port, AhciAskIdentity);
        return TRUE;
    }
    if (AhciIsLate(Adapter, Port)) {
        StorPortDebugPrint(0, "storahci: the device at port %u does not become ready\n",
                           Port->Number);
        AhciFindNothing(Adapter, Port);
    }
    return FALSE;
}

static BOOLEAN AhciStepAsking(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    BOOLEAN Good;
    if (!AhciHasAnswer(Adapter, Port, &Good)) {
        if (!AhciIsLate(Adapter, Port))
            return FALSE;
        Good = FALSE;
    }
    switch (Port->Question) {
    case AhciAskIdentity:
        AhciIdentityKnown(Adapter, Port, Good);
        break;
    case AhciAskError:
        AhciErrorKnown(Adapter, Port, Good);
        break;
    case AhciAskSense:
        AhciSenseKnown(Adapter, Port, Good);
        break;
    }
    return TRUE;
}

VOID AhciStepPort(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    static BOOLEAN (*const Steps[])(PAHCI_ADAPTER, PAHCI_PORT) = {
        [AhciStopping] = AhciStepStopping, [AhciResetting] = AhciStepResetting,
        [AhciLinking] = AhciStepLinking,   [AhciWaiting] = AhciStepWaiting,
        [AhciAsking] = AhciStepAsking,
    };
    while (AhciIsMoving(Port) && Steps[Port->State](Adapter, Port))
        ;
    if (AhciIsMoving(Port))
        StorPortNotification(RequestTimerCall, Adapter, AhciTimer, (ULONG)AhciTickMicroseconds);
}

// Each that still moves sets the timer again.
VOID NTAPI AhciTimer(PVOID DeviceExtension)
{
    PAHCI_ADAPTER Adapter = DeviceExtension;
    for (ULONG i = 0; Adapter->Working && i < AHCI_MAXIMUM_PORTS; i++) {
        if (Adapter->Ports[i].Registers)
            AhciStepPort(Adapter, &Adapter->Ports[i]);
    }
}

// Everything under way ends. A port that is on its way already goes on.
VOID AhciResetPort(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    if (Port->State == AhciRunning)
        AhciStopPort(Adapter, Port, AhciReasonReset);
    else if (Port->State == AhciStopping || Port->State == AhciAsking)
        Port->Reason = AhciReasonReset;
    AhciEndWaiting(Adapter, Port, SRB_STATUS_BUS_RESET);
}
