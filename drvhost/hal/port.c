// I/O ports. The Executive gives a capability for each range of ports that a device of the host was started
// with, whole: it is fetched at the first access to one of them. Other ports, and those that someone else has
// a capability to, it accesses itself, for hosts that may.

#include "../ntos.h"

typedef struct _HALP_PORTS {
    ULONG First, Count;  // no count: free
    volatile ULONG Slot; // 0: not fetched
} HALP_PORTS;

enum { MaximumRanges = 64 };

static RTL_SRWLOCK HalpPortLock;
static HALP_PORTS HalpPorts[MaximumRanges];
static volatile ULONG
    HalpPortRanges; // grows only, and a range changes when no device has it: readers need no lock

static HALP_PORTS *HalpFindPorts(ULONG Port, ULONG Size)
{
    ULONG Ranges = __atomic_load_n(&HalpPortRanges, __ATOMIC_ACQUIRE);
    for (ULONG i = 0; i < Ranges; i++) {
        if (Port >= HalpPorts[i].First && Port + Size <= HalpPorts[i].First + HalpPorts[i].Count)
            return &HalpPorts[i];
    }
    return nullptr;
}

// What was there before belongs to nobody any more: the Executive has taken the capability back with the resource,
// also from a device that starts again with the same ports.
static VOID HalpForgetPorts(ULONG First, ULONG Count)
{
    for (ULONG i = 0; i < HalpPortRanges; i++) {
        HALP_PORTS *Ports = &HalpPorts[i];
        if (First < Ports->First + Ports->Count && Ports->First < First + Count)
            __atomic_store_n(&Ports->Count, 0, __ATOMIC_RELEASE);
    }
}

NTSTATUS HalpAddPorts(ULONG First, ULONG Count)
{
    ULONG Index = 0;
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;
    RtlAcquireSRWLockExclusive(&HalpPortLock);
    HalpForgetPorts(First, Count);
    while (Index < HalpPortRanges && HalpPorts[Index].Count)
        Index++;
    if (Index < MaximumRanges) {
        HalpPorts[Index].First = First;
        HalpPorts[Index].Slot = 0;
        __atomic_store_n(&HalpPorts[Index].Count, Count, __ATOMIC_RELEASE);
        if (Index == HalpPortRanges)
            __atomic_store_n(&HalpPortRanges, Index + 1, __ATOMIC_RELEASE);
        Status = STATUS_SUCCESS;
    }
    RtlReleaseSRWLockExclusive(&HalpPortLock);
    return Status;
}

static NTSTATUS HalpFetchPorts(HALP_PORTS *Ports)
{
    ULONG Slot;
    if (Ports->Slot)
        return STATUS_SUCCESS;
    if (!KiIsConnected())
        return STATUS_ACCESS_DENIED;
    NTSTATUS Status = NtHostMapPorts(Ports->First, Ports->Count, &Slot);
    if (NT_SUCCESS(Status))
        __atomic_store_n(&Ports->Slot, Slot, __ATOMIC_RELEASE);
    return Status;
}

// One of the host's own ranges, or null.
static const HALP_PORTS *HalpGetPorts(USHORT Port, ULONG Size)
{
    HALP_PORTS *Ports = HalpFindPorts(Port, Size);
    return Ports && NT_SUCCESS(HalpFetchPorts(Ports)) ? Ports : nullptr;
}

static VOID HalpAccessPort(USHORT Port, ULONG Size, BOOLEAN Write, PULONG Value)
{
    NTSTATUS Status = STATUS_ACCESS_DENIED;
    if (KiIsConnected())
        Status = NtHostAccessPort(Port, Size, Write, Value);
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
                   "driver host %lu: port 0x%x is not among its own: status %08lx\n",
                   KiConnection.HostId, Port, Status);
}

ULONG HalpReadPort(USHORT Port, ULONG Size)
{
    const HALP_PORTS *Ports = HalpGetPorts(Port, Size);
    if (Ports)
        return KiReadPort(Ports->Slot, Port, Size);
    ULONG Value = MAXULONG;
    HalpAccessPort(Port, Size, FALSE, &Value);
    return Value;
}

VOID HalpWritePort(USHORT Port, ULONG Size, ULONG Value)
{
    const HALP_PORTS *Ports = HalpGetPorts(Port, Size);
    if (Ports)
        KiWritePort(Ports->Slot, Port, Size, Value);
    else
        HalpAccessPort(Port, Size, TRUE, &Value);
}

// ---- What drivers call

UCHAR NTAPI READ_PORT_UCHAR(PUCHAR Port)
{
    return (UCHAR)HalpReadPort((USHORT)(ULONG_PTR)Port, sizeof(UCHAR));
}

USHORT NTAPI READ_PORT_USHORT(PUSHORT Port)
{
    return (USHORT)HalpReadPort((USHORT)(ULONG_PTR)Port, sizeof(USHORT));
}

ULONG NTAPI READ_PORT_ULONG(PULONG Port)
{
    return HalpReadPort((USHORT)(ULONG_PTR)Port, sizeof(ULONG));
}

VOID NTAPI WRITE_PORT_UCHAR(PUCHAR Port, UCHAR Value)
{
    HalpWritePort((USHORT)(ULONG_PTR)Port, sizeof(Value), Value);
}

VOID NTAPI WRITE_PORT_USHORT(PUSHORT Port, USHORT Value)
{
    HalpWritePort((USHORT)(ULONG_PTR)Port, sizeof(Value), Value);
}

VOID NTAPI WRITE_PORT_ULONG(PULONG Port, ULONG Value)
{
    HalpWritePort((USHORT)(ULONG_PTR)Port, sizeof(Value), Value);
}
