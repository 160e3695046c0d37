// I/O ports are reached through capabilities: the kernel lets no program use in and out.
#include "kep.h"

BOOLEAN KiIssuePortsInto(seL4_CPtr Slot, USHORT First, USHORT Last)
{
    return seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, First, Last, MmRootCNode, Slot,
                                        seL4_WordBits) == seL4_NoError;
}

seL4_CPtr KiIssuePorts(USHORT First, USHORT Last)
{
    seL4_CPtr Slot = MmAllocateSlot();
    if (!Slot || KiIssuePortsInto(Slot, First, Last))
        return Slot;
    MmFreeSlot(Slot);
    return 0;
}

// Ranges that drivers have had. A range comes back as it was, for the driver's next host.
typedef struct _KI_PORTS {
    LIST_ENTRY Link;
    USHORT First, Last;
    seL4_CPtr Cap;
} KI_PORTS;

static LIST_ENTRY KiDevicePorts = {&KiDevicePorts, &KiDevicePorts};

seL4_CPtr KeTakePorts(USHORT First, USHORT Last)
{
    for (PLIST_ENTRY Link = KiDevicePorts.Flink; Link != &KiDevicePorts; Link = Link->Flink) {
        KI_PORTS *Ports = CONTAINING_RECORD(Link, KI_PORTS, Link);
        if (Ports->First == First && Ports->Last == Last)
            return Ports->Cap;
    }
    KI_PORTS *Ports = ExAllocatePoolZero(NonPagedPool, sizeof(*Ports), 'tPiK');
    seL4_CPtr Cap = Ports ? KiConsolePortsIfReleased(First, Last) : 0;
    if (Ports && !Cap)
        Cap = KiIssuePorts(First, Last);
    if (!Cap) {
        if (Ports)
            ExFreePool(Ports);
        return 0;
    }
    *Ports = (KI_PORTS){.First = First, .Last = Last, .Cap = Cap};
    InsertTailList(&KiDevicePorts, &Ports->Link);
    return Cap;
}

// For one access to a port, whoever else has it. 0: it cannot be reached.
seL4_CPtr KiPortsWith(USHORT Port)
{
    for (PLIST_ENTRY Link = KiDevicePorts.Flink; Link != &KiDevicePorts; Link = Link->Flink) {
        KI_PORTS *Ports = CONTAINING_RECORD(Link, KI_PORTS, Link);
        if (Ports->First <= Port && Port <= Ports->Last)
            return Ports->Cap;
    }
    return KeTakePorts(Port, Port);
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
