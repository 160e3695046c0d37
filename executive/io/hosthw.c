// Hardware of driver hosts: ports, interrupts and device memory, each only where the host may.
#include "hostp.h"

enum { IOP_SLOTS_PER_WORD = 64 };

// ---- Slots of the CNode that a host's threads share

ULONG IopAllocateHostSlot(PIO_HOST Host)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(Host->UsedSlots); i++) {
        if (Host->UsedSlots[i] == MAXULONG64)
            continue;
        ULONG Bit = (ULONG)__builtin_ctzll(~Host->UsedSlots[i]);
        Host->UsedSlots[i] |= 1ull << Bit;
        return i * IOP_SLOTS_PER_WORD + Bit;
    }
    return 0;
}

static VOID IopFreeHostSlot(PIO_HOST Host, ULONG Slot)
{
    (VOID) seL4_CNode_Delete(Host->CNode, Slot, HOST_CNODE_BITS);
    Host->UsedSlots[Slot / IOP_SLOTS_PER_WORD] &= ~(1ull << Slot % IOP_SLOTS_PER_WORD);
}

static ULONG IopGiveCap(PIO_HOST Host, seL4_CPtr Cap)
{
    ULONG Slot = IopAllocateHostSlot(Host);
    if (!Slot)
        return 0;
    if (seL4_CNode_Copy(Host->CNode, Slot, HOST_CNODE_BITS, MmRootCNode, Cap, seL4_WordBits,
                        seL4_AllRights) == seL4_NoError)
        return Slot;
    IopFreeHostSlot(Host, Slot);
    return 0;
}

static IOP_HOST_CAP *IopRecordCap(PIO_HOST Host, IOP_RESOURCE Kind, ULONG First, ULONG Last)
{
    IOP_HOST_CAP *Record = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Record), 'aCoI');
    if (!Record)
        return nullptr;
    *Record = (IOP_HOST_CAP){.Kind = Kind, .First = First, .Last = Last};
    InsertTailList(&Host->CapListHead, &Record->Link);
    return Record;
}

static VOID IopReleaseCap(PIO_HOST Host, IOP_HOST_CAP *Record)
{
    if (Record->Kind == IopVectorResource)
        KeDisconnectVector(&Record->Connection);
    if (Record->Slot)
        IopFreeHostSlot(Host, Record->Slot);
    if (Record->Slot2)
        IopFreeHostSlot(Host, Record->Slot2);
    RemoveEntryList(&Record->Link);
    ExFreePool(Record);
}

VOID IopReleaseHostCaps(PIO_HOST Host)
{
    while (!IsListEmpty(&Host->CapListHead))
        IopReleaseCap(Host, CONTAINING_RECORD(Host->CapListHead.Flink, IOP_HOST_CAP, Link));
}

VOID IopTakeBackCaps(PIO_HOST Host, IOP_RESOURCE Kind, ULONG64 Start, ULONG64 End)
{
    PLIST_ENTRY Link = Host->CapListHead.Flink;
    while (Link != &Host->CapListHead) {
        IOP_HOST_CAP *Record = CONTAINING_RECORD(Link, IOP_HOST_CAP, Link);
        Link = Link->Flink;
        if (Record->Kind == Kind && Record->First <= End && Start <= Record->Last &&
            !IopIsGranted(Host, Kind, Record->First, Record->Last))
            IopReleaseCap(Host, Record);
    }
}

static IOP_HOST_CAP *IopFindCap(PIO_HOST Host, IOP_RESOURCE Kind, ULONG First, ULONG Last)
{
    for (PLIST_ENTRY Link = Host->CapListHead.Flink; Link != &Host->CapListHead;
         Link = Link->Flink) {
        IOP_HOST_CAP *Record = CONTAINING_RECORD(Link, IOP_HOST_CAP, Link);
        if (Record->Kind == Kind && Record->First == First && Record->Last == Last)
            return Record;
    }
    return nullptr;
}

// ---- Ports

NTSTATUS NtHostMapPorts(ULONG First, ULONG Count, ULONG USER *Slot)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    if (Count == 0 || First > MAXUSHORT || Count > MAXUSHORT + 1 - First)
        return STATUS_INVALID_PARAMETER;
    ULONG Last = First + Count - 1;
    if (!IopIsGranted(Host, IopPortResource, First, Last))
        return STATUS_ACCESS_DENIED;
    IOP_HOST_CAP *Record = IopFindCap(Host, IopPortResource, First, Last);
    if (!Record) {
        seL4_CPtr Cap = KeTakePorts((USHORT)First, (USHORT)Last);
        if (!Cap)
            return STATUS_CONFLICTING_ADDRESSES;
        Record = IopRecordCap(Host, IopPortResource, First, Last);
        if (!Record)
            return STATUS_INSUFFICIENT_RESOURCES;
        Record->Slot = IopGiveCap(Host, Cap);
        if (!Record->Slot) {
            IopReleaseCap(Host, Record);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    return MmWriteUser(Slot, Record->Slot);
}

// A single access: to ports that the host has no capability to because another host, or the Executive, has them.
NTSTATUS NtHostAccessPort(ULONG Port, ULONG Size, ULONG Write, ULONG USER *Value)
{
    PIO_HOST Host = IopCurrentHost();
    ULONG Data = 0;
    if (!Host)
        return STATUS_ACCESS_DENIED;
    if ((Size != 1 && Size != 2 && Size != 4) || Port > MAXUSHORT + 1 - Size)
        return STATUS_INVALID_PARAMETER;
    if (!(Host->Privileges & IopPortPrivilege) &&
        !IopIsGranted(Host, IopPortResource, Port, Port + Size - 1))
        return STATUS_ACCESS_DENIED;
    if (Write) {
        NTSTATUS Status = MmCopyFromUser(&Data, Value, sizeof(Data));
        return NT_SUCCESS(Status) ? KeWritePort((USHORT)Port, Size, Data) : Status;
    }
    NTSTATUS Status = MmProbeForWrite(Value, sizeof(Data), 1);
    if (NT_SUCCESS(Status))
        Status = KeReadPort((USHORT)Port, Size, &Data);
    return NT_SUCCESS(Status) ? MmWriteUser(Value, Data) : Status;
}

// ---- Interrupts

static NTSTATUS IopConnectVector(PIO_HOST Host, ULONG Vector, IOP_HOST_CAP **Result)
{
    if (IopFindCap(Host, IopVectorResource, Vector, Vector))
        return STATUS_DEVICE_ALREADY_ATTACHED;
    IOP_HOST_CAP *Record = IopRecordCap(Host, IopVectorResource, Vector, Vector);
    if (!Record)
        return STATUS_INSUFFICIENT_RESOURCES;
    Record->Slot = IopAllocateHostSlot(Host);
    Record->Slot2 = IopAllocateHostSlot(Host);
    Record->Connection =
        (KE_CONNECTION){.CNode = Host->CNode, .PassSlot = Record->Slot, .WaitSlot = Record->Slot2};
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;
    if (Record->Slot && Record->Slot2)
        Status = KeConnectVector(Vector, &Record->Connection);
    if (!NT_SUCCESS(Status)) {
        IopReleaseCap(Host, Record);
        return Status;
    }
    *Result = Record;
    return STATUS_SUCCESS;
}

NTSTATUS NtHostConnectInterrupt(HOST_INTERRUPT USER *Interrupt)
{
    PIO_HOST Host = IopCurrentHost();
    HOST_INTERRUPT Given;
    if (!Host)
        return STATUS_ACCESS_DENIED;
    NTSTATUS Status = MmProbeForWrite(Interrupt, sizeof(*Interrupt), 1);
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Given, Interrupt, sizeof(Given));
    if (!NT_SUCCESS(Status))
        return Status;
    if (!IopIsGranted(Host, IopVectorResource, Given.Vector, Given.Vector))
        return STATUS_ACCESS_DENIED;
    IOP_HOST_CAP *Record;
    Status = IopConnectVector(Host, Given.Vector, &Record);
    if (!NT_SUCCESS(Status))
        return Status;
    Given.Handler = Record->Slot;
    Given.Notification = Record->Slot2;
    return MmCopyToUser(Interrupt, &Given, sizeof(Given));
}

NTSTATUS NtHostDisconnectInterrupt(ULONG Handler)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    for (PLIST_ENTRY Link = Host->CapListHead.Flink; Link != &Host->CapListHead;
         Link = Link->Flink) {
        IOP_HOST_CAP *Record = CONTAINING_RECORD(Link, IOP_HOST_CAP, Link);
        if (Record->Kind != IopVectorResource || Record->Slot != Handler)
            continue;
        IopReleaseCap(Host, Record);
        return STATUS_SUCCESS;
    }
    return STATUS_INVALID_PARAMETER;
}

// ---- Device memory

NTSTATUS NtHostMapPhysical(ULONG64 PhysicalAddress, SIZE_T Size, ULONG CacheType,
                           PVOID USER *BaseAddress)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    if (Size == 0 || PhysicalAddress > MAXULONG64 - Size)
        return STATUS_INVALID_PARAMETER;
    if (!(Host->Privileges & IopMemoryPrivilege) &&
        !IopIsGranted(Host, IopMemoryResource, PhysicalAddress, PhysicalAddress + Size - 1))
        return STATUS_ACCESS_DENIED;
    PVOID Base;
    NTSTATUS Status = MmProbeForWrite(BaseAddress, sizeof(PVOID), 1);
    if (NT_SUCCESS(Status))
        Status = MmMapDeviceMemory(Host->Process, PhysicalAddress, Size,
                                   (MEMORY_CACHING_TYPE)CacheType, &Base);
    return NT_SUCCESS(Status) ? MmWriteUser(BaseAddress, Base) : Status;
}
