// Bytes of a chain of MDLs: where they are in physical memory, and copies of them.

#include "dma.h"

static ULONG HalpEnd(PMDL Mdl)
{
    return Mdl->ByteOffset + Mdl->ByteCount;
}

BOOLEAN HalpFindPlace(PMDL Mdl, ULONGLONG Offset, PHALP_PLACE Place)
{
    while (Mdl && Offset >= Mdl->ByteCount) {
        Offset -= Mdl->ByteCount;
        Mdl = Mdl->Next;
    }
    if (!Mdl)
        return FALSE;
    *Place = (HALP_PLACE){Mdl, Mdl->ByteOffset + (ULONG)Offset};
    return TRUE;
}

// Past the end of an MDL to the first byte of the next that has one.
static VOID HalpAdvance(PHALP_PLACE Place, ULONG Length)
{
    Place->Byte += Length;
    while (Place->Mdl && Place->Byte >= HalpEnd(Place->Mdl)) {
        Place->Mdl = Place->Mdl->Next;
        Place->Byte = Place->Mdl ? Place->Mdl->ByteOffset : 0;
    }
}

static BOOLEAN HalpReaches(PHALP_ADAPTER Adapter, PFN_NUMBER Page)
{
    return ((ULONGLONG)Page << PAGE_SHIFT | (PAGE_SIZE - 1)) <= Adapter->HighestAddress;
}

ULONG HalpNextRun(PHALP_ADAPTER Adapter, PHALP_PLACE Place, ULONG Limit, PULONGLONG Address,
                  PBOOLEAN Reachable)
{
    if (!Place->Mdl)
        return 0;
    const PFN_NUMBER *Page = MmGetMdlPfnArray(Place->Mdl) + (Place->Byte >> PAGE_SHIFT);
    ULONG InPage = Place->Byte & (PAGE_SIZE - 1);
    ULONG Most = min(HalpEnd(Place->Mdl) - Place->Byte, Limit);
    ULONG Length = PAGE_SIZE - InPage;
    *Address = (ULONGLONG)*Page << PAGE_SHIFT | InPage;
    *Reachable = HalpReaches(Adapter, *Page);
    for (; *Reachable && Length < Most && Page[1] == Page[0] + 1 && HalpReaches(Adapter, Page[1]);
         Page++)
        Length += PAGE_SIZE;
    Length = min(Length, Most);
    HalpAdvance(Place, Length);
    return Length;
}

ULONG HalpSpanPages(PMDL Mdl, ULONGLONG Offset, ULONG Length)
{
    HALP_PLACE Place;
    ULONG Pages = 0;
    if (!Length || !HalpFindPlace(Mdl, Offset, &Place))
        return 0;
    while (Length && Place.Mdl) {
        ULONG Part = min(Length, HalpEnd(Place.Mdl) - Place.Byte);
        Pages += BYTES_TO_PAGES((Place.Byte & (PAGE_SIZE - 1)) + Part);
        Length -= Part;
        HalpAdvance(&Place, Part);
    }
    return Length ? 0 : Pages;
}

// Of a list with adjacent pages in one element. What lies in map registers counts by the page.
ULONG HalpCountElements(PHALP_ADAPTER Adapter, PMDL Mdl, ULONGLONG Offset, ULONG Length)
{
    HALP_PLACE Place;
    ULONG Elements = 0;
    ULONGLONG End = 0;
    if (!Adapter->ScatterGather)
        return 1;
    if (!HalpFindPlace(Mdl, Offset, &Place))
        return 0;
    while (Length) {
        ULONGLONG Address;
        BOOLEAN Reachable;
        ULONG Part = HalpNextRun(Adapter, &Place, Length, &Address, &Reachable);
        if (!Part)
            return 0;
        Elements += !Reachable || Address != End;
        End = Reachable ? Address + Part : 0;
        Length -= Part;
    }
    return Elements;
}

ULONG HalpCountRegisters(PHALP_ADAPTER Adapter, PMDL Mdl, ULONGLONG Offset, ULONG Length)
{
    HALP_PLACE Place;
    ULONG Registers = 0;
    if (!Adapter->Bounces || !HalpFindPlace(Mdl, Offset, &Place))
        return 0;
    ULONG InPage = Place.Byte & (PAGE_SIZE - 1), Left = Length;
    while (Left) {
        ULONGLONG Address;
        BOOLEAN Reachable;
        ULONG Part = HalpNextRun(Adapter, &Place, Left, &Address, &Reachable);
        if (!Part)
            return 0;
        if (Reachable && Part == Length)
            return 0; // in one piece, as any device can take it
        Registers += !Reachable;
        Left -= Part;
    }
    return Adapter->ScatterGather ? Registers : BYTES_TO_PAGES(InPage + Length);
}

VOID HalpCopy(PMDL Mdl, ULONGLONG Offset, ULONG Length, PUCHAR Buffer, BOOLEAN ToBuffer)
{
    HALP_PLACE Place;
    if (!HalpFindPlace(Mdl, Offset, &Place))
        return;
    while (Length && Place.Mdl) {
        ULONG Part = min(Length, HalpEnd(Place.Mdl) - Place.Byte);
        PUCHAR Data = MmGetSystemAddressForMdlSafe(Place.Mdl, HighPagePriority);
        if (!Data)
            KeBugCheckEx(HalpDriverMistake, 1, (ULONG_PTR)Place.Mdl, Offset, Length);
        Data += Place.Byte - Place.Mdl->ByteOffset;
        RtlCopyMemory(ToBuffer ? Buffer : Data, ToBuffer ? Data : Buffer, Part);
        Buffer += Part;
        Length -= Part;
        HalpAdvance(&Place, Part);
    }
}

BOOLEAN HalpOffsetOf(PMDL Mdl, PVOID CurrentVa, PULONGLONG Offset)
{
    *Offset = (ULONG_PTR)CurrentVa - (ULONG_PTR)MmGetMdlVirtualAddress(Mdl);
    return (ULONG_PTR)CurrentVa >= (ULONG_PTR)MmGetMdlVirtualAddress(Mdl);
}
