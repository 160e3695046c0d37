// Device memory. The kernel hands out everything that is not RAM as large device untypeds; a page of one
// is found by halving. Pages stay mapped, and a page that is asked for again is found again.
#include "mmp.h"

static ULONG_PTR MmpNextIoAddress = MM_IO_BASE;
static ULONG MmpDeviceRoots, MmpDeviceRootsEnd; // slots of the boot untypeds

VOID MmpInitIoSpace(const seL4_BootInfo *BootInfo)
{
    MmpDeviceRoots = (ULONG)BootInfo->untyped.start;
    MmpDeviceRootsEnd = (ULONG)BootInfo->untyped.end;
}

static BOOLEAN MmpHoldsAddress(const MM_CAP *Cap, ULONG_PTR Address)
{
    BOOLEAN Device = Cap->State == MmCapDevice || Cap->State == MmCapDeviceSplit ||
                     Cap->State == MmCapDeviceFrame;
    return Device && (Address ^ Cap->PhysicalAddress) >> Cap->SizeBits == 0;
}

static ULONG MmpFindDeviceRoot(ULONG_PTR Address)
{
    for (ULONG Slot = MmpDeviceRoots; Slot < MmpDeviceRootsEnd; Slot++) {
        if (MmpHoldsAddress(MmpCap(Slot), Address))
            return Slot;
    }
    return 0;
}

// Two halves, or at the size of a page the page itself.
static BOOLEAN MmpSplitDevice(ULONG Slot)
{
    PMM_CAP Cap = MmpCap(Slot);
    BOOLEAN IsPage = Cap->SizeBits == PAGE_SHIFT;
    ULONG Order = IsPage ? 0 : 1;
    UCHAR PartBits = Cap->SizeBits - (UCHAR)Order;
    MmpMaintainSlots();
    ULONG First = MmpAllocateSlots(Order);
    if (!First)
        return FALSE;
    seL4_ObjectType Type = IsPage ? seL4_X86_4K : seL4_UntypedObject;
    if (MmpRetype(Slot, Type, PartBits, First, 1u << Order) != seL4_NoError) {
        MmpFreeSlots(First, Order);
        return FALSE;
    }
    Cap->State = MmCapDeviceSplit;
    Cap->FirstChild = First;
    Cap->ChildOrder = (UCHAR)Order;
    for (ULONG i = 0; i < 1u << Order; i++)
        *MmpCap(First + i) =
            (MM_CAP){.State = IsPage ? MmCapDeviceFrame : MmCapDevice,
                     .PhysicalAddress = Cap->PhysicalAddress + ((ULONG_PTR)i << PartBits),
                     .SizeBits = PartBits};
    return TRUE;
}

// The slot of the page's frame, or 0.
ULONG MmpFindDeviceFrame(ULONG_PTR Address)
{
    ULONG Slot = MmpFindDeviceRoot(Address);
    while (Slot && MmpCap(Slot)->State != MmCapDeviceFrame) {
        if (MmpCap(Slot)->State == MmCapDevice && !MmpSplitDevice(Slot))
            return 0;
        ULONG Child = MmpCap(Slot)->FirstChild;
        while (!MmpHoldsAddress(MmpCap(Child), Address))
            Child++;
        Slot = Child;
    }
    return Slot;
}

// A frame that is mapped already gets another mapping through a copy.
static BOOLEAN MmpMapDeviceFrame(ULONG Frame, ULONG_PTR Address, seL4_X86_VMAttributes Attributes)
{
    ULONG Copy = (ULONG)MmAllocateSlot();
    if (!Copy || MmpCopyCap(Copy, Frame) != seL4_NoError)
        return FALSE;
    for (;;) {
        seL4_Error Error =
            seL4_X86_Page_Map(Copy, seL4_CapInitThreadVSpace, Address, seL4_ReadWrite, Attributes);
        if (Error == seL4_NoError)
            return TRUE;
        if (Error != seL4_FailedLookup || !NT_SUCCESS(MmpAddMissingTable(&MmpSystemSpace, Address)))
            return FALSE;
    }
}

static PVOID MmpMapDevice(ULONG_PTR PhysicalAddress, SIZE_T Size, seL4_X86_VMAttributes Attributes)
{
    ULONG_PTR Start = ALIGN_DOWN_BY(PhysicalAddress, PAGE_SIZE);
    ULONG_PTR End = ALIGN_UP_BY(PhysicalAddress + Size, PAGE_SIZE);
    ULONG_PTR Address = MmpNextIoAddress;
    for (ULONG_PTR Page = Start; Page < End; Page += PAGE_SIZE) {
        ULONG Frame = MmpFindDeviceFrame(Page);
        if (!Frame || !MmpMapDeviceFrame(Frame, Address + (Page - Start), Attributes))
            return nullptr;
    }
    MmpNextIoAddress += End - Start;
    return (PVOID)(Address + (PhysicalAddress - Start));
}

PVOID MmMapIoSpace(ULONG_PTR PhysicalAddress, SIZE_T Size)
{
    return MmpMapDevice(PhysicalAddress, Size, seL4_X86_CacheDisabled);
}

PVOID MmMapFramebuffer(ULONG_PTR PhysicalAddress, SIZE_T Size)
{
    return MmpMapDevice(PhysicalAddress, Size, seL4_X86_WriteCombining);
}
