// What a driver host sees of memory that is not its own: frames that requests pin, pages shared with the
// Executive, device memory, and the memory of a caller that appears as it is touched (an alias). Each is
// a view of its own in the host, which ends with it.
#include "mmp.h"

static NTSTATUS MmpReserveHostView(PEPROCESS Process, ULONG_PTR Pages, UCHAR Type, UCHAR Protection,
                                   PMM_VAD *Vad)
{
    ULONG_PTR Start = 0;
    if (!Process->AddressSpace || Process->Exiting)
        return STATUS_PROCESS_IS_TERMINATING;
    static const MM_PLACEMENT Anywhere;
    NTSTATUS Status = MmpReserveRange(Process->AddressSpace, &Start, Pages, &Anywhere, Vad);
    if (!NT_SUCCESS(Status))
        return Status;
    (*Vad)->Type = Type;
    (*Vad)->Protection = (*Vad)->PageProtection = Protection;
    (*Vad)->Committed = TRUE;
    (*Vad)->Secured = TRUE; // the program cannot free or protect it: only MmUnmapHostView does
    return STATUS_SUCCESS;
}

// A view is made whole or not at all.
static NTSTATUS MmpFinishHostView(PEPROCESS Process, PMM_VAD Vad, NTSTATUS Status, ULONG_PTR Offset,
                                  PVOID *BaseAddress)
{
    if (NT_SUCCESS(Status))
        *BaseAddress = (PVOID)((Vad->Start << PAGE_SHIFT) + Offset);
    else
        MmpUnmapVad(Process->AddressSpace, Vad);
    return Status;
}

static NTSTATUS MmpMapFrame(PMM_ADDRESS_SPACE Space, ULONG_PTR Page, PMM_PFN Frame, BOOLEAN Write)
{
    PMM_REGION Region = MmpMakeRegion(Space, Page);
    if (!Region)
        return STATUS_NO_MEMORY;
    MmpReferenceFrame(Frame);
    MmpWritePte(Region, Page, (MM_PTE){.Pfn = MmpPfnNumber(Frame)});
    return MmpValidatePte(Space, Region, Page, Write);
}

NTSTATUS MmMapFrames(PEPROCESS Process, const ULONG64 *Pages, ULONG Count, BOOLEAN Write,
                     PVOID *BaseAddress)
{
    PMM_VAD Vad;
    NTSTATUS Status =
        MmpReserveHostView(Process, Count, MmVadFrames, Write ? MM_READWRITE : MM_READONLY, &Vad);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; i < Count && NT_SUCCESS(Status); i++)
        Status = MmpMapFrame(Process->AddressSpace, Vad->Start + i, MmpPfn(Pages[i]), Write);
    return MmpFinishHostView(Process, Vad, Status, 0, BaseAddress);
}

NTSTATUS MmMapSystemPages(PEPROCESS Process, PVOID SystemAddress, ULONG Count, BOOLEAN Write,
                          PVOID *BaseAddress)
{
    PMM_VAD Vad;
    ULONG_PTR First = (ULONG_PTR)SystemAddress >> PAGE_SHIFT;
    NTSTATUS Status =
        MmpReserveHostView(Process, Count, MmVadFrames, Write ? MM_READWRITE : MM_READONLY, &Vad);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; i < Count && NT_SUCCESS(Status); i++) {
        PMM_PFN Frame = MmpPfn(MmpFindPte(&MmpSystemSpace, First + i)->Pfn);
        Status = MmpMapFrame(Process->AddressSpace, Vad->Start + i, Frame, Write);
    }
    return MmpFinishHostView(Process, Vad, Status, 0, BaseAddress);
}

// ---- Pages of the cache

NTSTATUS MmReserveCacheView(PEPROCESS Process, ULONG Pages, PVOID *BaseAddress)
{
    PMM_VAD Vad;
    NTSTATUS Status = MmpReserveHostView(Process, Pages, MmVadFrames, MM_READWRITE, &Vad);
    if (NT_SUCCESS(Status))
        *BaseAddress = (PVOID)(Vad->Start << PAGE_SHIFT);
    return Status;
}

NTSTATUS MmMapCachePage(PEPROCESS Process, PVOID Address, PVOID Page)
{
    if (!Process->AddressSpace)
        return STATUS_PROCESS_IS_TERMINATING;
    return MmpMapFrame(Process->AddressSpace, (ULONG_PTR)Address >> PAGE_SHIFT, MmpWindowPfn(Page),
                       TRUE);
}

VOID MmUnmapCachePage(PEPROCESS Process, PVOID Address)
{
    ULONG_PTR Page = (ULONG_PTR)Address >> PAGE_SHIFT;
    PMM_REGION Region =
        Process->AddressSpace ? MmpFindRegion(Process->AddressSpace, Page) : nullptr;
    if (Region)
        MmpClearPte(Process->AddressSpace, Region, Page);
}

// ---- Memory that is one piece for a device

// The frame's only reference becomes the host's; the host is charged for it as for its own pages.
static NTSTATUS MmpGiveFrame(PMM_ADDRESS_SPACE Space, ULONG_PTR Page, PMM_PFN Frame)
{
    NTSTATUS Status = MmpChargeCommit(Space, 1);
    if (!NT_SUCCESS(Status))
        return Status;
    PMM_REGION Region = MmpMakeRegion(Space, Page);
    if (!Region) {
        MmpReturnCommit(Space, 1);
        return STATUS_NO_MEMORY;
    }
    MmpZeroFrame(Frame);
    MmpReferenceFrame(Frame);
    Frame->Owner = Space;
    Frame->OwnerIndex = Page;
    MmpWritePte(Region, Page, (MM_PTE){.Pfn = MmpPfnNumber(Frame), .Private = 1});
    Space->PrivatePages++;
    return MmpValidatePte(Space, Region, Page, TRUE);
}

// Give a run of frames to Count pages from Page on. Their own references are given up: the view's stay.
static NTSTATUS MmpGiveRun(PMM_ADDRESS_SPACE Space, ULONG_PTR Page, ULONG First, ULONG Count)
{
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < Count && NT_SUCCESS(Status); i++)
        Status = MmpGiveFrame(Space, Page + i, MmpPfn(First + i));
    for (ULONG i = 0; i < Count; i++)
        MmpDereferenceFrame(MmpPfn(First + i));
    return Status;
}

NTSTATUS MmMapContiguous(PEPROCESS Process, SIZE_T Size, const MM_PHYSICAL_RANGE *Range,
                         ULONG64 Boundary, PVOID *BaseAddress, PULONG64 PhysicalAddress)
{
    if (Size == 0 || Size > (SIZE_T)1 << MM_CHUNK_BITS || (Boundary & (Boundary - 1)))
        return STATUS_INVALID_PARAMETER;
    ULONG Count = (ULONG)MM_PAGES(Size);
    ULONG BoundaryFrames = (ULONG)min(Boundary >> PAGE_SHIFT, (ULONG64)MAXULONG);
    PMM_VAD Vad;
    NTSTATUS Status = MmpReserveHostView(Process, Count, MmVadFrames, MM_READWRITE, &Vad);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG First = MmpAllocateFrameRun(Count, Range, BoundaryFrames);
    Status = First ? MmpGiveRun(Process->AddressSpace, Vad->Start, First, Count) : STATUS_NO_MEMORY;
    if (NT_SUCCESS(Status))
        *PhysicalAddress = (ULONG64)First << PAGE_SHIFT;
    return MmpFinishHostView(Process, Vad, Status, 0, BaseAddress);
}

NTSTATUS MmMapPagesInRange(PEPROCESS Process, ULONG Count, const MM_PHYSICAL_RANGE *Range,
                           ULONG Together, PVOID *BaseAddress)
{
    PMM_VAD Vad;
    MM_PHYSICAL_RANGE Left = *Range; // what has been looked through is not looked through again
    if (!Together || (Together & (Together - 1)) || Count % Together)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmpReserveHostView(Process, Count, MmVadFrames, MM_READWRITE, &Vad);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; i < Count && NT_SUCCESS(Status); i += Together) {
        ULONG First = MmpAllocateFrameRun(Together, &Left, 0);
        Status = First ? MmpGiveRun(Process->AddressSpace, Vad->Start + i, First, Together)
                       : STATUS_NO_MEMORY;
        if (Together == 1)
            Left.Lowest = ((ULONG_PTR)First + 1) << PAGE_SHIFT;
    }
    return MmpFinishHostView(Process, Vad, Status, 0, BaseAddress);
}

// ---- Device memory

// The page's entry keeps the capability; without a frame it is not valid for copies by the Executive.
static NTSTATUS MmpMapDevicePage(PMM_ADDRESS_SPACE Space, ULONG_PTR Page, ULONG_PTR PhysicalAddress,
                                 seL4_X86_VMAttributes Attributes)
{
    ULONG Frame = MmpFindDeviceFrame(PhysicalAddress);
    if (!Frame)
        return STATUS_INVALID_PARAMETER;
    PMM_REGION Region = MmpMakeRegion(Space, Page);
    ULONG Slot = Region ? (ULONG)MmAllocateSlot() : 0;
    if (!Slot)
        return STATUS_NO_MEMORY;
    if (MmpCopyCap(Slot, Frame) != seL4_NoError) {
        MmFreeSlot(Slot);
        return STATUS_NO_MEMORY;
    }
    NTSTATUS Status = MmpMapCapAs(Space, Slot, Page << PAGE_SHIFT, TRUE, Attributes);
    if (!NT_SUCCESS(Status)) {
        MmDeleteSlot(Slot);
        return Status;
    }
    MmpWritePte(Region, Page, (MM_PTE){.Slot = Slot});
    return STATUS_SUCCESS;
}

// Before the pages of a device view are forgotten.
VOID MmpUnmapDevicePages(PMM_ADDRESS_SPACE Space, PMM_VAD Vad)
{
    for (ULONG_PTR Page = Vad->Start; Page < Vad->End; Page++) {
        PMM_PTE Pte = MmpFindPte(Space, Page);
        if (Pte && Pte->Slot)
            MmDeleteSlot(Pte->Slot);
        if (Pte)
            MmpWritePte(MmpFindRegion(Space, Page), Page, (MM_PTE){});
    }
}

NTSTATUS MmMapDeviceMemory(PEPROCESS Process, ULONG64 PhysicalAddress, SIZE_T Size,
                           MEMORY_CACHING_TYPE CacheType, PVOID *BaseAddress)
{
    static const seL4_X86_VMAttributes Attributes[] = {
        [MmNonCached] = seL4_X86_CacheDisabled,
        [MmCached] = seL4_X86_Default_VMAttributes,
        [MmWriteCombined] = seL4_X86_WriteCombining,
    };
    if ((ULONG)CacheType >= RTL_NUMBER_OF(Attributes) || Size == 0 ||
        PhysicalAddress > MAXULONG64 - Size)
        return STATUS_INVALID_PARAMETER;
    ULONG_PTR First = ALIGN_DOWN_BY(PhysicalAddress, PAGE_SIZE);
    ULONG_PTR Pages = MM_PAGES(PhysicalAddress + Size - First);
    PMM_VAD Vad;
    NTSTATUS Status = MmpReserveHostView(Process, Pages, MmVadDevice, MM_READWRITE, &Vad);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG_PTR i = 0; i < Pages && NT_SUCCESS(Status); i++)
        Status = MmpMapDevicePage(Process->AddressSpace, Vad->Start + i, First + (i << PAGE_SHIFT),
                                  Attributes[CacheType]);
    return MmpFinishHostView(Process, Vad, Status, PhysicalAddress - First, BaseAddress);
}

// ---- Aliases

NTSTATUS MmMapAlias(PEPROCESS Process, PEPROCESS Caller, ULONG_PTR Address, SIZE_T Size,
                    PVOID *BaseAddress)
{
    PMM_VAD Vad;
    if (Size == 0 || Size > MM_USER_END || Address > MM_USER_END - Size)
        return STATUS_ACCESS_VIOLATION;
    ULONG_PTR First = Address >> PAGE_SHIFT;
    ULONG_PTR Pages = MM_PAGES(Address % PAGE_SIZE + Size);
    NTSTATUS Status = MmpReserveHostView(Process, Pages, MmVadAlias, MM_READWRITE, &Vad);
    if (!NT_SUCCESS(Status))
        return Status;
    ObReferenceObject(Caller);
    Vad->AliasOf = Caller;
    Vad->FirstPage = First;
    *BaseAddress = (PVOID)((Vad->Start << PAGE_SHIFT) + Address % PAGE_SIZE);
    return STATUS_SUCCESS;
}

// Where the memory really is that a host's buffer stands for.
VOID MmResolveAlias(PEPROCESS *Process, PULONG_PTR Address, SIZE_T Size)
{
    PMM_ADDRESS_SPACE Space = (*Process)->AddressSpace;
    ULONG_PTR Page = *Address >> PAGE_SHIFT;
    PMM_VAD Vad = Space && *Address < MM_USER_END ? MmpLookupVad(Space, Page) : nullptr;
    if (!Vad || Vad->Type != MmVadAlias || Size > (Vad->End << PAGE_SHIFT) - *Address)
        return;
    *Process = Vad->AliasOf;
    *Address += (Vad->FirstPage - Vad->Start) << PAGE_SHIFT;
}

// The host has touched a page of an alias: it gets what the caller has there, or an exception.
NTSTATUS MmpAliasFault(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, PMM_REGION Region, ULONG_PTR Page,
                       BOOLEAN Write)
{
    PMM_ADDRESS_SPACE Other = Vad->AliasOf->AddressSpace;
    ULONG_PTR Address = (Vad->FirstPage + (Page - Vad->Start)) << PAGE_SHIFT;
    PMM_PFN Frame;
    if (!Other)
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS Status = MmpReferenceFrameNow(Other, Address, Write, &Frame);
    if (Status == MM_STATUS_MISSING)
        return Status;
    if (!NT_SUCCESS(Status))
        return STATUS_ACCESS_VIOLATION;
    MmpClearPte(Space, Region, Page); // a copy on write of the caller's may have changed the frame
    MmpWritePte(Region, Page, (MM_PTE){.Pfn = MmpPfnNumber(Frame)});
    return MmpValidatePte(Space, Region, Page, Write);
}

// ---- The end of a view

static PMM_VAD MmpLookupHostView(PEPROCESS Process, PVOID BaseAddress)
{
    PMM_ADDRESS_SPACE Space = Process->AddressSpace;
    ULONG_PTR Page = (ULONG_PTR)BaseAddress >> PAGE_SHIFT;
    PMM_VAD Vad =
        Space && (ULONG_PTR)BaseAddress < MM_USER_END ? MmpLookupVad(Space, Page) : nullptr;
    BOOLEAN IsView =
        Vad && Vad->Start == Page &&
        (Vad->Type == MmVadFrames || Vad->Type == MmVadDevice || Vad->Type == MmVadAlias);
    return IsView ? Vad : nullptr;
}

NTSTATUS MmUnmapHostView(PEPROCESS Process, PVOID BaseAddress)
{
    PMM_VAD Vad = MmpLookupHostView(Process, BaseAddress);
    if (!Vad)
        return STATUS_NOT_MAPPED_VIEW;
    MmpUnmapVad(Process->AddressSpace, Vad);
    return STATUS_SUCCESS;
}
