// Connecting interrupts, for io.
#pragma once

typedef struct _KINTERRUPT KINTERRUPT;

typedef struct _KI_INTERRUPT {
    ULONG Vector;
    KIRQL Irql, SynchronizeIrql;
    BOOLEAN Latched;
    PKSERVICE_ROUTINE ServiceRoutine;
    PKMESSAGE_SERVICE_ROUTINE MessageRoutine; // in place of the other, or null
    ULONG MessageId;
    PVOID Context;
    PKSPIN_LOCK SpinLock; // null: the interrupt's own
} KI_INTERRUPT;

NTSTATUS KiConnectInterrupt(const KI_INTERRUPT *Description, PKINTERRUPT *Interrupt);
VOID KiDisconnectInterrupt(PKINTERRUPT Interrupt);
VOID KiInitializeInterrupts(void);
