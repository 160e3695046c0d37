// I/O ports are reached through capabilities: the kernel lets no program use in and out. It issues a port to one
// capability at a time, so every range that was issued is known here.
#include "kep.h"

typedef enum _KI_PORTS_USE {
    KiOwnPorts,    // the Executive's devices
    KiDevicePorts, // a driver's. The range comes back as it was, for the driver's next host.
    KiLentPorts,   // nobody's: for single accesses, until somebody takes one of them
} KI_PORTS_USE;

typedef struct _KI_PORTS {
    LIST_ENTRY Link;
    USHORT First, Last;
    KI_PORTS_USE Use;
    seL4_CPtr Cap;
} KI_PORTS;

static LIST_ENTRY KiPorts = {&KiPorts, &KiPorts};

BOOLEAN KiIssuePortsInto(seL4_CPtr Slot, USHORT First, USHORT Last)
{
    return seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, First, Last, MmRootCNode, Slot,
                                        seL4_WordBits) == seL4_NoError;
}

static seL4_CPtr KiIssuePortsFor(KI_PORTS_USE Use, USHORT First, USHORT Last)
{
    KI_PORTS *Ports = ExAllocatePoolZero(NonPagedPool, sizeof(*Ports), 'tPiK');
    seL4_CPtr Slot = Ports ? MmAllocateSlot() : 0;
    if (Slot && KiIssuePortsInto(Slot, First, Last)) {
        *Ports = (KI_PORTS){.First = First, .Last = Last, .Use = Use, .Cap = Slot};
        InsertTailList(&KiPorts, &Ports->Link);
        return Slot;
    }
    if (Slot)
        MmFreeSlot(Slot);
    if (Ports)
        ExFreePool(Ports);
    return 0;
}

seL4_CPtr KiIssuePorts(USHORT First, USHORT Last)
{
    return KiIssuePortsFor(KiOwnPorts, First, Last);
}

static VOID KiTakeBackLentPorts(USHORT First, USHORT Last)
{
    PLIST_ENTRY Link = KiPorts.Flink;
    while (Link != &KiPorts) {
        KI_PORTS *Ports = CONTAINING_RECORD(Link, KI_PORTS, Link);
        Link = Link->Flink;
        if (Ports->Use != KiLentPorts || Ports->First > Last || First > Ports->Last)
            continue;
        MmDeleteSlot(Ports->Cap);
        RemoveEntryList(&Ports->Link);
        ExFreePool(Ports);
    }
}

seL4_CPtr KeTakePorts(USHORT First, USHORT Last)
{
    for (PLIST_ENTRY Link = KiPorts.Flink; Link != &KiPorts; Link = Link->Flink) {
        KI_PORTS *Ports = CONTAINING_RECORD(Link, KI_PORTS, Link);
        if (Ports->Use == KiDevicePorts && Ports->First == First && Ports->Last == Last)
            return Ports->Cap;
    }
    seL4_CPtr Console = KiConsolePortsIfReleased(First, Last);
    if (Console)
        return Console;
    KiTakeBackLentPorts(First, Last);
    return KiIssuePortsFor(KiDevicePorts, First, Last);
}

// ---- Single accesses, whoever has the port

static seL4_CPtr KiFindPorts(USHORT First, USHORT Last)
{
    for (PLIST_ENTRY Link = KiPorts.Flink; Link != &KiPorts; Link = Link->Flink) {
        KI_PORTS *Ports = CONTAINING_RECORD(Link, KI_PORTS, Link);
        if (Ports->First <= First && Last <= Ports->Last)
            return Ports->Cap;
    }
    return KiFindSerialPorts(First, Last);
}

static seL4_CPtr KiBorrowPorts(USHORT First, USHORT Last)
{
    seL4_CPtr Cap = KiFindPorts(First, Last);
    if (Cap)
        return Cap;
    KiTakeBackLentPorts(First, Last);
    return KiIssuePortsFor(KiLentPorts, First, Last);
}

NTSTATUS KeReadPort(USHORT Port, ULONG Size, PULONG Value)
{
    seL4_CPtr Cap = KiBorrowPorts(Port, (USHORT)(Port + Size - 1));
    seL4_Error Error;
    UCHAR Byte = MAXUCHAR;
    USHORT Word = MAXUSHORT;
    seL4_Uint32 Long = MAXULONG;
    if (!Cap)
        return STATUS_CONFLICTING_ADDRESSES;
    if (Size == sizeof(Byte)) {
        Error = seL4_X86_IOPort_In8(Cap, Port, &Byte);
        *Value = Byte;
    } else if (Size == sizeof(Word)) {
        Error = seL4_X86_IOPort_In16(Cap, Port, &Word);
        *Value = Word;
    } else {
        Error = seL4_X86_IOPort_In32(Cap, Port, &Long);
        *Value = Long;
    }
    return Error == seL4_NoError ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

NTSTATUS KeWritePort(USHORT Port, ULONG Size, ULONG Value)
{
    seL4_CPtr Cap = KiBorrowPorts(Port, (USHORT)(Port + Size - 1));
    seL4_Error Error;
    if (!Cap)
        return STATUS_CONFLICTING_ADDRESSES;
    if (Size == sizeof(UCHAR))
        Error = seL4_X86_IOPort_Out8(Cap, Port, (UCHAR)Value);
    else if (Size == sizeof(USHORT))
        Error = seL4_X86_IOPort_Out16(Cap, Port, (USHORT)Value);
    else
        Error = seL4_X86_IOPort_Out32(Cap, Port, Value);
    return Error == seL4_NoError ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

UCHAR KiReadPort(seL4_CPtr Cap, USHORT Port)
{
    UCHAR Value;
    return seL4_X86_IOPort_In8(Cap, Port, &Value) == seL4_NoError ? Value : 0xFF;
}

VOID KiWritePort(seL4_CPtr Cap, USHORT Port, UCHAR Value)
{
    (VOID) seL4_X86_IOPort_Out8(Cap, Port, Value);
}
