// Memory descriptor lists: allocation, and those that describe the pages of a request.

#include "../ntos.h"

enum : ULONG { IopMdlTag = ' ldM', IopMaximumMdl = 0x7FFFF000 };

PMDL NTAPI IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer,
                         BOOLEAN ChargeQuota, PIRP Irp)
{
    UNREFERENCED_PARAMETER(ChargeQuota);
    if (Length > IopMaximumMdl)
        return nullptr;
    ULONG Pages = ADDRESS_AND_SIZE_TO_SPAN_PAGES(VirtualAddress, Length);
    PMDL Mdl =
        ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(MDL) + Pages * sizeof(PFN_NUMBER), IopMdlTag);
    if (!Mdl)
        return nullptr;
    MmInitializeMdl(Mdl, VirtualAddress, Length);
    Mdl->Process = nullptr;
    Mdl->MappedSystemVa = nullptr;
    if (Irp && SecondaryBuffer) {
        PMDL *Last = &Irp->MdlAddress;
        while (*Last)
            Last = &(*Last)->Next;
        *Last = Mdl;
    } else if (Irp) {
        Irp->MdlAddress = Mdl;
    }
    return Mdl;
}

VOID NTAPI IoFreeMdl(PMDL Mdl)
{
    MmPrepareMdlForReuse(Mdl);
    ExFreePoolWithTag(Mdl, IopMdlTag);
}

// Target describes a part of Source, or all behind VirtualAddress when Length is 0. Its pages and, where
// there is one, its mapping are Source's.
VOID NTAPI IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl, PVOID VirtualAddress, ULONG Length)
{
    PUCHAR Start = MmGetMdlVirtualAddress(SourceMdl);
    ULONG Offset = (ULONG)((PUCHAR)VirtualAddress - Start);
    if (!Length)
        Length = SourceMdl->ByteCount - Offset;
    ULONG FirstPage = (SourceMdl->ByteOffset + Offset) >> PAGE_SHIFT;
    TargetMdl->Process = SourceMdl->Process;
    TargetMdl->StartVa = PAGE_ALIGN(VirtualAddress);
    TargetMdl->ByteOffset = BYTE_OFFSET(VirtualAddress);
    TargetMdl->ByteCount = Length;
    CSHORT Inherited =
        MDL_IO_PAGE_READ | MDL_SOURCE_IS_NONPAGED_POOL | MDL_MAPPED_TO_SYSTEM_VA | MDL_IO_SPACE;
    TargetMdl->MdlFlags =
        (CSHORT)((TargetMdl->MdlFlags & (MDL_ALLOCATED_FIXED_SIZE | MDL_ALLOCATED_MUST_SUCCEED)) |
                 (SourceMdl->MdlFlags & Inherited) | MDL_PARTIAL);
    TargetMdl->MappedSystemVa =
        SourceMdl->MappedSystemVa ? (PUCHAR)SourceMdl->MappedSystemVa + Offset : nullptr;
    ULONG Pages = ADDRESS_AND_SIZE_TO_SPAN_PAGES(VirtualAddress, Length);
    RtlCopyMemory(MmGetMdlPfnArray(TargetMdl), MmGetMdlPfnArray(SourceMdl) + FirstPage,
                  Pages * sizeof(PFN_NUMBER));
}

// The caller's buffer, as the Executive pinned it.
PMDL IopMakeRequestMdl(PIOP_REQUEST Request)
{
    const HOST_REQUEST *Host = &Request->Host;
    PVOID Address = (PUCHAR)PAGE_ALIGN(Host->UserBuffer) + Host->PageOffset;
    ULONG Pages = ADDRESS_AND_SIZE_TO_SPAN_PAGES(Address, Host->PageLength);
    PMDL Mdl = &Request->Mdl;
    if (Pages > IopKeptPages) {
        Mdl = IoAllocateMdl(Address, Host->PageLength, FALSE, FALSE, nullptr);
        if (!Mdl)
            return nullptr;
    } else {
        MmInitializeMdl(Mdl, Address, Host->PageLength);
        Mdl->Process = nullptr;
        Mdl->MappedSystemVa = nullptr;
    }
    PPFN_NUMBER Pfns = MmGetMdlPfnArray(Mdl);
    const ULONG64 *Source = (PVOID)Host->Pages;
    for (ULONG i = 0; i < Pages; i++)
        Pfns[i] = Source[i];
    Mdl->MdlFlags |= MDL_PAGES_LOCKED;
    if (Host->Flags & HOST_REQUEST_WRITABLE_PAGES)
        Mdl->MdlFlags |= MDL_WRITE_OPERATION;
    return Mdl;
}

// The Executive unpins the pages; a mapping that a driver made of them is the host's to undo.
VOID IopFreeRequestMdl(PIOP_REQUEST Request)
{
    PMDL Mdl = Request->Irp.MdlAddress;
    while (Mdl) {
        PMDL Next = Mdl->Next;
        if (Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA)
            MmUnmapLockedPages(Mdl->MappedSystemVa, Mdl);
        Mdl->MdlFlags &= ~MDL_PAGES_LOCKED;
        if (Mdl != &Request->Mdl)
            IoFreeMdl(Mdl);
        Mdl = Next;
    }
}
