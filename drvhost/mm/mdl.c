// Memory descriptor lists: locking, mapping.

#include "../ntos.h"

#include <nt/nthostcaller.h>

#undef MmPrepareMdlForReuse

static ULONG MmpMdlPages(PMDL Mdl)
{
    return ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(Mdl), Mdl->ByteCount);
}

VOID NTAPI MmBuildMdlForNonPagedPool(PMDL Mdl)
{
    MmpQueryPages(Mdl->StartVa, MmpMdlPages(Mdl), (PULONG64)MmGetMdlPfnArray(Mdl));
    Mdl->MappedSystemVa = MmGetMdlVirtualAddress(Mdl);
    Mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
}

// The pages of nonpaged pool are locked for good; of other memory the Executive locks them.
static NTSTATUS MmpLockPages(PMDL Mdl, BOOLEAN Write, ULONG ProcessId)
{
    PPFN_NUMBER Pfns = MmGetMdlPfnArray(Mdl);
    if (!KiIsConnected())
        return STATUS_SUCCESS;
    if (ProcessId)
        return NtHostLockCallerPages(Mdl->StartVa, MmpMdlPages(Mdl), Write, (PULONG64)Pfns,
                                     ProcessId);
    return NtHostLockPages(Mdl->StartVa, MmpMdlPages(Mdl), Write, (PULONG64)Pfns);
}

// ProcessId 0: of the host's own memory.
static VOID MmpProbeAndLock(PMDL Mdl, LOCK_OPERATION Operation, ULONG ProcessId)
{
    BOOLEAN Write = Operation != IoReadAccess;
    if (Mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL))
        KeBugCheckEx(MEMORY_MANAGEMENT, 0x1233, (ULONG_PTR)Mdl, (ULONG_PTR)Mdl->MdlFlags, 0);
    NTSTATUS Status = MmpLockPages(Mdl, Write, ProcessId);
    if (!NT_SUCCESS(Status))
        ExRaiseStatus(Status == STATUS_INSUFFICIENT_RESOURCES ? STATUS_WORKING_SET_QUOTA : Status);
    Mdl->Process = IoGetCurrentProcess();
    // The host's memory is its own mapping of the pages: no second one is needed.
    if (!ProcessId)
        Mdl->MappedSystemVa = MmGetMdlVirtualAddress(Mdl);
    Mdl->MdlFlags |= MDL_PAGES_LOCKED | (Write ? MDL_WRITE_OPERATION : 0);
}

VOID NTAPI MmProbeAndLockPages(PMDL Mdl, KPROCESSOR_MODE AccessMode, LOCK_OPERATION Operation)
{
    UNREFERENCED_PARAMETER(AccessMode);
    MmpProbeAndLock(Mdl, Operation, 0);
}

VOID NTAPI MmProbeAndLockProcessPages(PMDL Mdl, PEPROCESS Process, KPROCESSOR_MODE AccessMode,
                                      LOCK_OPERATION Operation)
{
    BOOLEAN IsOwn = Process == IoGetCurrentProcess();
    UNREFERENCED_PARAMETER(AccessMode);
    MmpProbeAndLock(Mdl, Operation, IsOwn ? 0 : (ULONG)(ULONG_PTR)PsGetProcessId(Process));
}

VOID NTAPI MmUnlockPages(PMDL Mdl)
{
    if (Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA)
        MmUnmapLockedPages(Mdl->MappedSystemVa, Mdl);
    if (KiIsConnected() && (Mdl->MdlFlags & MDL_PAGES_LOCKED))
        NtHostUnlockPages((const ULONG64 *)MmGetMdlPfnArray(Mdl), MmpMdlPages(Mdl));
    Mdl->MdlFlags &= ~(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION);
    Mdl->MappedSystemVa = nullptr;
    Mdl->Process = nullptr;
}

// ---- Mapping

static PVOID MmpMapFailed(KPROCESSOR_MODE AccessMode)
{
    if (AccessMode == UserMode)
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    return nullptr;
}

// Pages that the host locked itself are mapped where they are; those of a request get an address here.
PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL Mdl, KPROCESSOR_MODE AccessMode,
                                         MEMORY_CACHING_TYPE CacheType, PVOID BaseAddress,
                                         ULONG BugCheckOnFailure, MM_PAGE_PRIORITY Priority)
{
    UNREFERENCED_PARAMETER(CacheType);
    UNREFERENCED_PARAMETER(BaseAddress);
    UNREFERENCED_PARAMETER(BugCheckOnFailure);
    UNREFERENCED_PARAMETER(Priority);
    if (Mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL))
        return Mdl->MappedSystemVa;
    if (Mdl->Process && Mdl->MappedSystemVa)
        return Mdl->MappedSystemVa;
    PVOID Base;
    if (!NT_SUCCESS(
            NtHostMapPages((const ULONG64 *)MmGetMdlPfnArray(Mdl), MmpMdlPages(Mdl), &Base)))
        return MmpMapFailed(AccessMode);
    Mdl->MappedSystemVa = (PUCHAR)Base + Mdl->ByteOffset;
    Mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
    if (Mdl->MdlFlags & MDL_PARTIAL)
        Mdl->MdlFlags |= MDL_PARTIAL_HAS_BEEN_MAPPED;
    return Mdl->MappedSystemVa;
}

PVOID NTAPI MmMapLockedPages(PMDL Mdl, KPROCESSOR_MODE AccessMode)
{
    return MmMapLockedPagesSpecifyCache(Mdl, AccessMode, MmCached, nullptr, TRUE, HighPagePriority);
}

VOID NTAPI MmUnmapLockedPages(PVOID BaseAddress, PMDL Mdl)
{
    if (!(Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA))
        return; // it is the memory's own address
    NtHostUnmapPages(PAGE_ALIGN(BaseAddress));
    Mdl->MdlFlags &= ~(MDL_MAPPED_TO_SYSTEM_VA | MDL_PARTIAL_HAS_BEEN_MAPPED);
    Mdl->MappedSystemVa = nullptr;
}

VOID NTAPI MmPrepareMdlForReuse(PMDL Mdl)
{
    BOOLEAN Partial = (Mdl->MdlFlags & MDL_PARTIAL) != 0;
    if ((Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) &&
        (!Partial || (Mdl->MdlFlags & MDL_PARTIAL_HAS_BEEN_MAPPED)))
        MmUnmapLockedPages(Mdl->MappedSystemVa, Mdl);
}

NTSTATUS NTAPI MmProtectMdlSystemAddress(PMDL Mdl, ULONG NewProtect)
{
    if (!(Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA))
        return STATUS_NOT_MAPPED_VIEW;
    PVOID Base = PAGE_ALIGN(Mdl->MappedSystemVa);
    SIZE_T Size = (SIZE_T)MmpMdlPages(Mdl) << PAGE_SHIFT;
    ULONG Old;
    return NtProtectVirtualMemory(ZwCurrentProcess(), &Base, &Size, NewProtect, &Old);
}

NTSTATUS NTAPI MmAdvanceMdl(PMDL Mdl, ULONG NumberOfBytes)
{
    if (NumberOfBytes > Mdl->ByteCount)
        return STATUS_INVALID_PARAMETER_2;
    if (Mdl->MdlFlags & MDL_PARTIAL)
        return STATUS_INVALID_PARAMETER_1;
    // Pages that are passed over are given back, as nobody will find their numbers afterwards.
    PPFN_NUMBER Pfns = MmGetMdlPfnArray(Mdl);
    ULONG Pages = MmpMdlPages(Mdl);
    ULONG Offset = Mdl->ByteOffset + NumberOfBytes;
    ULONG Passed = Offset >> PAGE_SHIFT;
    if (Passed && KiIsConnected() && (Mdl->MdlFlags & MDL_PAGES_LOCKED))
        NtHostUnlockPages((const ULONG64 *)Pfns, Passed);
    RtlMoveMemory(Pfns, Pfns + Passed, (Pages - Passed) * sizeof(*Pfns));
    Mdl->StartVa = (PUCHAR)Mdl->StartVa + ((SIZE_T)Passed << PAGE_SHIFT);
    Mdl->ByteOffset = Offset & (PAGE_SIZE - 1);
    Mdl->ByteCount -= NumberOfBytes;
    if (Mdl->MappedSystemVa)
        Mdl->MappedSystemVa = (PUCHAR)Mdl->MappedSystemVa + NumberOfBytes;
    return STATUS_SUCCESS;
}

SIZE_T NTAPI MmSizeOfMdl(PVOID Base, SIZE_T Length)
{
    return sizeof(MDL) + ADDRESS_AND_SIZE_TO_SPAN_PAGES(Base, Length) * sizeof(PFN_NUMBER);
}
