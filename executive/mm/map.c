// Hardware mappings: capabilities of frames and of the paging structures above them.
#include "mmp.h"

MM_ADDRESS_SPACE MmpSystemSpace = {.PageMap = seL4_CapInitThreadVSpace, .TouchRun = 1};

// The page table of a region is found through the region; other structures hang in the space's list.
static VOID MmpRememberTable(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, ULONG Table,
                             seL4_ObjectType Type)
{
    PMM_REGION Region = nullptr;
    if (Type == seL4_X86_PageTableObject)
        Region = MmpFindRegion(Space, Address >> PAGE_SHIFT);
    if (Region) {
        Region->Table = Table;
        return;
    }
    MmpCap(Table)->Next = Space->Tables;
    Space->Tables = Table;
}

static seL4_Error MmpMapTable(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, ULONG Table,
                              seL4_ObjectType Type)
{
    switch (Type) {
    case seL4_X86_PageTableObject:
        return seL4_X86_PageTable_Map(Table, Space->PageMap, Address, 0);
    case seL4_X86_PageDirectoryObject:
        return seL4_X86_PageDirectory_Map(Table, Space->PageMap, Address, 0);
    default:
        return seL4_X86_PDPT_Map(Table, Space->PageMap, Address, 0);
    }
}

static seL4_ObjectType MmpTypeOfLevel(seL4_Word UnresolvedBits)
{
    if (UnresolvedBits == seL4_MappingLookupNoPT)
        return seL4_X86_PageTableObject;
    if (UnresolvedBits == seL4_MappingLookupNoPD)
        return seL4_X86_PageDirectoryObject;
    return seL4_X86_PDPTObject;
}

// Add the structure that the kernel just missed, the ones above it first.
NTSTATUS MmpAddMissingTable(PMM_ADDRESS_SPACE Space, ULONG_PTR Address)
{
    for (;;) {
        seL4_ObjectType Type = MmpTypeOfLevel(seL4_GetMR(seL4_MappingLookupLevelRegister));
        ULONG Table = (ULONG)MmCreateKernelObject(Type, 0);
        if (!Table)
            return STATUS_NO_MEMORY;
        seL4_Error Error = MmpMapTable(Space, Address, Table, Type);
        if (Error == seL4_NoError) {
            MmpRememberTable(Space, Address, Table, Type);
            return STATUS_SUCCESS;
        }
        // Keep what the kernel says is missing across the deletion, whose reply replaces it.
        seL4_Word Missing = seL4_GetMR(seL4_MappingLookupLevelRegister);
        MmDeleteKernelObject(Table);
        if (Error != seL4_FailedLookup)
            return STATUS_UNSUCCESSFUL;
        seL4_SetMR(seL4_MappingLookupLevelRegister, Missing);
    }
}

NTSTATUS MmpMapCapAs(PMM_ADDRESS_SPACE Space, ULONG Slot, ULONG_PTR Address, BOOLEAN Write,
                     seL4_X86_VMAttributes Attributes)
{
    seL4_CapRights_t Rights = Write ? seL4_ReadWrite : seL4_CanRead;
    for (;;) {
        seL4_Error Error = seL4_X86_Page_Map(Slot, Space->PageMap, Address, Rights, Attributes);
        if (Error == seL4_NoError)
            return STATUS_SUCCESS;
        if (Error != seL4_FailedLookup)
            KeBugCheckEx(MEMORY_MANAGEMENT, Slot, Address, Error, 0);
        NTSTATUS Status = MmpAddMissingTable(Space, Address);
        if (!NT_SUCCESS(Status))
            return Status;
    }
}

NTSTATUS MmpMapCap(PMM_ADDRESS_SPACE Space, ULONG Slot, ULONG_PTR Address, BOOLEAN Write)
{
    return MmpMapCapAs(Space, Slot, Address, Write, seL4_X86_Default_VMAttributes);
}

VOID MmpUnmapCap(ULONG Slot)
{
    seL4_Error Error = seL4_X86_Page_Unmap(Slot);
    ASSERT(Error == seL4_NoError);
}

// Make the paging structures for an address. The kernel tells what is missing only when something is
// mapped: the page table itself is what we map here.
NTSTATUS MmpEnsureTables(PMM_ADDRESS_SPACE Space, ULONG_PTR Address)
{
    ULONG Table = (ULONG)MmCreateKernelObject(seL4_X86_PageTableObject, 0);
    if (!Table)
        return STATUS_NO_MEMORY;
    for (;;) {
        seL4_Error Error = MmpMapTable(Space, Address, Table, seL4_X86_PageTableObject);
        if (Error == seL4_NoError) {
            MmpRememberTable(Space, Address, Table, seL4_X86_PageTableObject);
            return STATUS_SUCCESS;
        }
        if (Error != seL4_FailedLookup) {
            MmDeleteKernelObject(Table);
            return Error == seL4_DeleteFirst ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
        }
        NTSTATUS Status = MmpAddMissingTable(Space, Address);
        if (!NT_SUCCESS(Status)) {
            MmDeleteKernelObject(Table);
            return Status;
        }
    }
}
