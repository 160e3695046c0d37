// I/O ports. The Executive gives a capability for a range of ports that are among the resources of a device
// of the host; it is fetched at the first access.

#include "../ntos.h"

typedef struct _HALP_PORTS {
    ULONG First, Count, Slot;
} HALP_PORTS;

enum { MaximumRanges = 64 };

static RTL_SRWLOCK HalpPortLock;
static HALP_PORTS HalpPorts[MaximumRanges];
static volatile ULONG HalpPortRanges; // grows only: readers need no lock

static const HALP_PORTS *HalpFindPorts(ULONG Port, ULONG Size)
{
    ULONG Ranges = __atomic_load_n(&HalpPortRanges, __ATOMIC_ACQUIRE);
    for (ULONG i = 0; i < Ranges; i++) {
        if (Port >= HalpPorts[i].First && Port + Size <= HalpPorts[i].First + HalpPorts[i].Count)
            return &HalpPorts[i];
    }
    return nullptr;
}

NTSTATUS HalpAddPorts(ULONG First, ULONG Count)
{
    ULONG Slot;
    if (!KiIsConnected())
        return STATUS_ACCESS_DENIED;
    NTSTATUS Status = NtHostMapPorts(First, Count, &Slot);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlAcquireSRWLockExclusive(&HalpPortLock);
    if (HalpPortRanges < MaximumRanges) {
        HalpPorts[HalpPortRanges] = (HALP_PORTS){First, Count, Slot};
        __atomic_store_n(&HalpPortRanges, HalpPortRanges + 1, __ATOMIC_RELEASE);
    } else {
        Status = STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlReleaseSRWLockExclusive(&HalpPortLock);
    return Status;
}

static const HALP_PORTS *HalpGetPorts(USHORT Port, ULONG Size)
{
    const HALP_PORTS *Ports = HalpFindPorts(Port, Size);
    if (Ports)
        return Ports;
    NTSTATUS Status = HalpAddPorts(Port, Size);
    if (!NT_SUCCESS(Status)) {
        DbgPrint("driver host %lu: port 0x%x is not among its own: status %08lx\n",
                 KiConnection.HostId, Port, Status);
        return nullptr;
    }
    return HalpFindPorts(Port, Size);
}

ULONG HalpReadPort(USHORT Port, ULONG Size)
{
    const HALP_PORTS *Ports = HalpGetPorts(Port, Size);
    return Ports ? KiReadPort(Ports->Slot, Port, Size) : MAXULONG;
}

VOID HalpWritePort(USHORT Port, ULONG Size, ULONG Value)
{
    const HALP_PORTS *Ports = HalpGetPorts(Port, Size);
    if (Ports)
        KiWritePort(Ports->Slot, Port, Size, Value);
}
