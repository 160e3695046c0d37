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

UCHAR KiReadPort(seL4_CPtr Cap, USHORT Port)
{
    UCHAR Value;
    return seL4_X86_IOPort_In8(Cap, Port, &Value) == seL4_NoError ? Value : 0xFF;
}

VOID KiWritePort(seL4_CPtr Cap, USHORT Port, UCHAR Value)
{
    (VOID) seL4_X86_IOPort_Out8(Cap, Port, Value);
}
