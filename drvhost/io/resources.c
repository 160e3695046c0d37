// The hardware resources that a device was started with, as far as this host asks about them later.

#include "../ntos.h"

static NTSTATUS IopRememberPorts(const CM_RESOURCE_LIST *Translated)
{
    const CM_PARTIAL_RESOURCE_LIST *Partial = &Translated->List[0].PartialResourceList;
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < Partial->Count && NT_SUCCESS(Status); i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Resource = &Partial->PartialDescriptors[i];
        if (Resource->Type == CmResourceTypePort)
            Status = HalpAddPorts((ULONG)Resource->u.Port.Start.QuadPart, Resource->u.Port.Length);
    }
    return Status;
}

// Called with the translated list of IRP_MN_START_DEVICE.
NTSTATUS IopRememberResources(PDEVICE_OBJECT Device, const CM_RESOURCE_LIST *Translated,
                              ULONG Length)
{
    PIOP_DEVICE_EXTENSION Extension = IopExtension(Device);
    PCM_RESOURCE_LIST Copy = nullptr;
    if (Length) {
        NTSTATUS Status = IopRememberPorts(Translated);
        if (!NT_SUCCESS(Status))
            return Status;
        Copy = ExAllocatePoolWithTag(NonPagedPoolNx, Length, 'seRI');
        if (!Copy)
            return STATUS_INSUFFICIENT_RESOURCES;
        RtlCopyMemory(Copy, Translated, Length);
    }
    PVOID Old = Extension->Translated;
    Extension->Translated = Copy;
    if (Old)
        ExFreePoolWithTag(Old, 'seRI');
    return STATUS_SUCCESS;
}

// The list is kept with the device that the request came to, which is above the physical one.
static PCM_RESOURCE_LIST IopFindResources(PDEVICE_OBJECT Device)
{
    for (; Device; Device = Device->AttachedDevice) {
        if (IopExtension(Device)->Translated)
            return IopExtension(Device)->Translated;
    }
    return nullptr;
}

static BOOLEAN IopReadInterrupt(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Resource,
                                PIOP_INTERRUPT_RESOURCE Interrupt)
{
    if (Resource->Type != CmResourceTypeInterrupt)
        return FALSE;
    Interrupt->Message = (Resource->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) != 0;
    Interrupt->Latched = (Resource->Flags & CM_RESOURCE_INTERRUPT_LATCHED) != 0;
    // Both kinds have level and vector in the same places of the translated form.
    Interrupt->Irql = (KIRQL)Resource->u.Interrupt.Level;
    Interrupt->Vector = Resource->u.Interrupt.Vector;
    return TRUE;
}

// How many there are; as many as fit are told.
ULONG IopQueryInterrupts(PDEVICE_OBJECT PhysicalDevice, PIOP_INTERRUPT_RESOURCE Interrupts,
                         ULONG Capacity)
{
    PCM_RESOURCE_LIST List = IopFindResources(PhysicalDevice);
    if (!List || !List->Count)
        return 0;
    PCM_PARTIAL_RESOURCE_LIST Partial = &List->List[0].PartialResourceList;
    ULONG Count = 0;
    for (ULONG i = 0; i < Partial->Count; i++) {
        IOP_INTERRUPT_RESOURCE Interrupt;
        if (!IopReadInterrupt(&Partial->PartialDescriptors[i], &Interrupt))
            continue;
        if (Count < Capacity)
            Interrupts[Count] = Interrupt;
        Count++;
    }
    return Count;
}
