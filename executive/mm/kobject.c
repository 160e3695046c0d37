// Kernel objects, each in an untyped of its own, so that deleting one gives its memory back at once.
#include "mmp.h"

SIZE_T MmpKernelObjectBytes;

static ULONG MmpObjectBits(seL4_ObjectType Type, ULONG SizeBits)
{
    switch (Type) {
    case seL4_UntypedObject:
        return SizeBits;
    case seL4_TCBObject:
        return seL4_TCBBits;
    case seL4_EndpointObject:
        return seL4_EndpointBits;
    case seL4_NotificationObject:
        return seL4_NotificationBits;
    case seL4_CapTableObject:
        return SizeBits + seL4_SlotBits;
    case seL4_X86_LargePageObject:
        return seL4_LargePageBits;
    case seL4_X64_HugePageObject:
        return seL4_HugePageBits;
    default: // pages and paging structures
        return PAGE_SHIFT;
    }
}

seL4_CPtr MmCreateKernelObject(seL4_ObjectType Type, ULONG SizeBits)
{
    MmpMaintainSlots();
    ULONG Bits = MmpObjectBits(Type, SizeBits);
    ULONG Untyped = MmpAllocateUntyped(Bits);
    if (!Untyped && MmpDropCachedSpaces())
        Untyped = MmpAllocateUntyped(Bits);
    if (!Untyped && MmpReclaimChunk())
        Untyped = MmpAllocateUntyped(Bits);
    if (!Untyped)
        return 0;
    ULONG Slot = MmpAllocateSlots(0);
    if (!Slot || MmpRetype(Untyped, Type, SizeBits, Slot, 1) != seL4_NoError) {
        if (Slot)
            MmpFreeSlots(Slot, 0);
        MmpFreeUntyped(Untyped);
        return 0;
    }
    *MmpCap(Slot) = (MM_CAP){.State = MmCapObject, .Parent = Untyped, .SizeBits = (UCHAR)Bits};
    MmpKernelObjectBytes += (SIZE_T)1 << Bits;
    return Slot;
}

VOID MmDeleteKernelObject(seL4_CPtr Object)
{
    ULONG Slot = (ULONG)Object;
    ULONG Untyped = MmpCap(Slot)->Parent;
    ASSERT(MmpCap(Slot)->State == MmCapObject);
    MmpKernelObjectBytes -= (SIZE_T)1 << MmpCap(Slot)->SizeBits;
    MmpDeleteCap(Slot);
    MmpFreeSlots(Slot, 0);
    MmpFreeUntyped(Untyped);
}
