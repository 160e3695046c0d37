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

// Called with the lists of IRP_MN_START_DEVICE. The raw one alone tells how many messages a descriptor has.
NTSTATUS IopRememberResources(PDEVICE_OBJECT Device, const CM_RESOURCE_LIST *Raw, ULONG RawLength,
                              const CM_RESOURCE_LIST *Translated, ULONG Length)
{
    PIOP_DEVICE_EXTENSION Extension = IopExtension(Device);
    PUCHAR Copy = nullptr;
    ULONG RawOffset = ALIGN_UP_BY(Length, 8);
    if (Length) {
        NTSTATUS Status = IopRememberPorts(Translated);
        if (!NT_SUCCESS(Status))
            return Status;
        Copy = ExAllocatePoolWithTag(NonPagedPoolNx, RawOffset + RawLength, 'seRI');
        if (!Copy)
            return STATUS_INSUFFICIENT_RESOURCES;
        RtlCopyMemory(Copy, Translated, Length);
        RtlCopyMemory(Copy + RawOffset, Raw, RawLength);
    }
    PVOID Old = Extension->Translated;
    Extension->Translated = (PCM_RESOURCE_LIST)Copy;
    Extension->Raw = Copy ? (PCM_RESOURCE_LIST)(Copy + RawOffset) : nullptr;
    if (Old)
        ExFreePoolWithTag(Old, 'seRI');
    return STATUS_SUCCESS;
}

// The lists are kept with the device that the request came to, which is above the physical one.
static PIOP_DEVICE_EXTENSION IopFindResources(PDEVICE_OBJECT Device)
{
    for (; Device; Device = Device->AttachedDevice) {
        if (IopExtension(Device)->Translated)
            return IopExtension(Device);
    }
    return nullptr;
}

static ULONG IopReadInterrupts(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Raw,
                               const CM_PARTIAL_RESOURCE_DESCRIPTOR *Translated,
                               PIOP_INTERRUPT_RESOURCE Interrupts, ULONG Capacity)
{
    if (Translated->Type != CmResourceTypeInterrupt)
        return 0;
    BOOLEAN Message = (Translated->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) != 0;
    ULONG Count = Message ? Raw->u.MessageInterrupt.Raw.MessageCount : 1;
    for (ULONG i = 0; i < min(Count, Capacity); i++) {
        // Both kinds have level and vector in the same places of the translated form.
        Interrupts[i] = (IOP_INTERRUPT_RESOURCE){
            .Message = Message,
            .Latched = (Translated->Flags & CM_RESOURCE_INTERRUPT_LATCHED) != 0,
            .Irql = (KIRQL)Translated->u.Interrupt.Level,
            .Vector = Translated->u.Interrupt.Vector + i,
        };
    }
    return Count;
}

// How many there are; as many as fit are told.
ULONG IopQueryInterrupts(PDEVICE_OBJECT PhysicalDevice, PIOP_INTERRUPT_RESOURCE Interrupts,
                         ULONG Capacity)
{
    PIOP_DEVICE_EXTENSION Extension = IopFindResources(PhysicalDevice);
    if (!Extension || !Extension->Translated->Count)
        return 0;
    PCM_PARTIAL_RESOURCE_LIST Raw = &Extension->Raw->List[0].PartialResourceList;
    PCM_PARTIAL_RESOURCE_LIST Translated = &Extension->Translated->List[0].PartialResourceList;
    ULONG Count = 0;
    for (ULONG i = 0; i < Translated->Count && i < Raw->Count; i++)
        Count += IopReadInterrupts(&Raw->PartialDescriptors[i], &Translated->PartialDescriptors[i],
                                   Interrupts + min(Count, Capacity),
                                   Count < Capacity ? Capacity - Count : 0);
    return Count;
}
