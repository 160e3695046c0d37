// Extended functions: pool, contiguous memory, MDLs, lists.
#include "storportp.h"

static ULONG StorpStatus(BOOLEAN Done)
{
    return Done ? STOR_STATUS_SUCCESS : STOR_STATUS_INSUFFICIENT_RESOURCES;
}

// ---- Pool

ULONG StorpAllocatePool(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    ULONG Bytes = va_arg(Arguments, ULONG), Tag = va_arg(Arguments, ULONG);
    PVOID *Buffer = va_arg(Arguments, PVOID *);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Buffer || !Bytes)
        return STOR_STATUS_INVALID_PARAMETER;
    if (KeGetCurrentIrql() > DISPATCH_LEVEL)
        return STOR_STATUS_INVALID_IRQL;
    *Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Bytes, Tag ? Tag : (ULONG)StorTag);
    if (*Buffer)
        RtlZeroMemory(*Buffer, Bytes);
    return StorpStatus(*Buffer != nullptr);
}

ULONG StorpFreePool(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID Buffer = va_arg(Arguments, PVOID);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Buffer)
        return STOR_STATUS_INVALID_PARAMETER;
    ExFreePool(Buffer);
    return STOR_STATUS_SUCCESS;
}

// ---- Memory for devices. It is cached and coherent here, whatever the caller asks.

static ULONG StorpContiguous(va_list Arguments, PPHYSICAL_ADDRESS *Where)
{
    SIZE_T Bytes = va_arg(Arguments, SIZE_T);
    PHYSICAL_ADDRESS Lowest = va_arg(Arguments, PHYSICAL_ADDRESS);
    PHYSICAL_ADDRESS Highest = va_arg(Arguments, PHYSICAL_ADDRESS);
    PHYSICAL_ADDRESS Boundary = va_arg(Arguments, PHYSICAL_ADDRESS);
    MEMORY_CACHING_TYPE Type = va_arg(Arguments, MEMORY_CACHING_TYPE);
    ULONG Node = va_arg(Arguments, ULONG);
    PVOID *Buffer = va_arg(Arguments, PVOID *);
    PPHYSICAL_ADDRESS Physical = Where ? va_arg(Arguments, PPHYSICAL_ADDRESS) : nullptr;
    UNREFERENCED_PARAMETER(Node);
    if (!Buffer || !Bytes)
        return STOR_STATUS_INVALID_PARAMETER;
    if (KeGetCurrentIrql() > DISPATCH_LEVEL)
        return STOR_STATUS_INVALID_IRQL;
    *Buffer = MmAllocateContiguousMemorySpecifyCache(Bytes, Lowest, Highest, Boundary, Type);
    if (*Buffer)
        RtlZeroMemory(*Buffer, Bytes);
    if (*Buffer && Physical)
        *Physical = MmGetPhysicalAddress(*Buffer);
    return StorpStatus(*Buffer != nullptr);
}

ULONG StorpAllocateContiguous(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Adapter);
    return StorpContiguous(Arguments, nullptr);
}

ULONG StorpAllocateDma(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PPHYSICAL_ADDRESS Where;
    UNREFERENCED_PARAMETER(Adapter);
    return StorpContiguous(Arguments, &Where);
}

ULONG StorpFreeContiguous(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID Address = va_arg(Arguments, PVOID);
    SIZE_T Bytes = va_arg(Arguments, SIZE_T);
    MEMORY_CACHING_TYPE Type = va_arg(Arguments, MEMORY_CACHING_TYPE);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Address)
        return STOR_STATUS_INVALID_PARAMETER;
    MmFreeContiguousMemorySpecifyCache(Address, Bytes, Type);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpFreeDma(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    return StorpFreeContiguous(Adapter, Arguments);
}

// ---- MDLs

ULONG StorpAllocateMdl(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID Buffer = va_arg(Arguments, PVOID);
    ULONG Bytes = va_arg(Arguments, ULONG);
    PVOID *Mdl = va_arg(Arguments, PVOID *);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Buffer || !Mdl)
        return STOR_STATUS_INVALID_PARAMETER;
    *Mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, nullptr);
    return StorpStatus(*Mdl != nullptr);
}

ULONG StorpFreeMdl(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PMDL Mdl = va_arg(Arguments, PMDL);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Mdl)
        return STOR_STATUS_INVALID_PARAMETER;
    IoFreeMdl(Mdl);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpBuildMdl(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PMDL Mdl = va_arg(Arguments, PMDL);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Mdl)
        return STOR_STATUS_INVALID_PARAMETER;
    MmBuildMdlForNonPagedPool(Mdl);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpGetSystemAddress(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID Srb = va_arg(Arguments, PVOID);
    PVOID *Address = va_arg(Arguments, PVOID *);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Srb || !Address)
        return STOR_STATUS_INVALID_PARAMETER;
    PSTOR_REQUEST Request = StorpRequestOf(Srb);
    if (!Request->Irp)
        return STOR_STATUS_INVALID_PARAMETER;
    *Address = Request->Bounce ? StorpBounceAddress(Request)
                               : StorpMapBuffer(Request->Irp, SrbGetDataBuffer(Request->CallerSrb),
                                                SrbGetDataTransferLength(Srb));
    return StorpStatus(*Address != nullptr);
}

ULONG StorpGetOriginalMdl(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID Srb = va_arg(Arguments, PVOID);
    PVOID *Mdl = va_arg(Arguments, PVOID *);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Srb || !Mdl)
        return STOR_STATUS_INVALID_PARAMETER;
    PSTOR_REQUEST Request = StorpRequestOf(Srb);
    *Mdl = Request->Bounce ? StorpBounceMdl(Request)
           : Request->Irp  ? Request->Irp->MdlAddress
                           : nullptr;
    return *Mdl ? STOR_STATUS_SUCCESS : STOR_STATUS_UNSUCCESSFUL;
}

ULONG StorpGetPfns(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID Srb = va_arg(Arguments, PVOID);
    PMDL Mdl = va_arg(Arguments, PMDL);
    PVOID *Pfns = va_arg(Arguments, PVOID *);
    PULONG Count = va_arg(Arguments, PULONG), Offset = va_arg(Arguments, PULONG);
    UNREFERENCED_PARAMETER(Adapter);
    UNREFERENCED_PARAMETER(Srb);
    if (!Mdl || !Pfns || !Count || !Offset)
        return STOR_STATUS_INVALID_PARAMETER;
    *Pfns = MmGetMdlPfnArray(Mdl);
    *Count = ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(Mdl), MmGetMdlByteCount(Mdl));
    *Offset = MmGetMdlByteOffset(Mdl);
    return STOR_STATUS_SUCCESS;
}

// Of a request that moves data both ways, which none does: its one buffer is the output's.
ULONG StorpGetDataIn(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Adapter);
    UNREFERENCED_PARAMETER(Arguments);
    return STOR_STATUS_INVALID_PARAMETER;
}

// The list is made in the caller's buffer if there is one, and handed to its routine at DISPATCH_LEVEL.
ULONG StorpBuildList(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PMDL Mdl = va_arg(Arguments, PMDL);
    PVOID Address = va_arg(Arguments, PVOID);
    ULONG Length = va_arg(Arguments, ULONG);
    PPOST_SCATER_GATHER_EXECUTE Routine = va_arg(Arguments, PPOST_SCATER_GATHER_EXECUTE);
    PVOID Context = va_arg(Arguments, PVOID);
    BOOLEAN Write = (BOOLEAN)va_arg(Arguments, int);
    PSTOR_SCATTER_GATHER_LIST List = va_arg(Arguments, PVOID);
    ULONG Bytes = va_arg(Arguments, ULONG);
    ULONG Head = FIELD_OFFSET(STOR_SCATTER_GATHER_LIST, List);
    UNREFERENCED_PARAMETER(Write);
    if (!Mdl || !Address || !Routine || !List || Bytes < Head)
        return STOR_STATUS_INVALID_PARAMETER;
    if (!StorpFillList(Mdl, Address, Length, List, (Bytes - Head) / sizeof(List->List[0])))
        return STOR_STATUS_BUFFER_TOO_SMALL;
    KIRQL Irql = KeRaiseIrqlToDpcLevel();
    Routine((PVOID *)Adapter->Self, nullptr, List, Context);
    KeLowerIrql(Irql);
    return STOR_STATUS_SUCCESS;
}

// The list lies in its owner's buffer, and nothing was bounced.
ULONG StorpPutList(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Adapter);
    return va_arg(Arguments, PVOID) ? STOR_STATUS_SUCCESS : STOR_STATUS_INVALID_PARAMETER;
}

// ---- Lists

static_assert(sizeof(STOR_SLIST_HEADER) == sizeof(SLIST_HEADER));
static_assert(sizeof(STOR_LIST_ENTRY) == sizeof(LIST_ENTRY));

ULONG StorpInitSList(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSLIST_HEADER Head = va_arg(Arguments, PSLIST_HEADER);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Head)
        return STOR_STATUS_INVALID_PARAMETER;
    InitializeSListHead(Head);
    return STOR_STATUS_SUCCESS;
}

static ULONG StorpTake(va_list Arguments, PSLIST_ENTRY(NTAPI *Take)(PSLIST_HEADER))
{
    PSLIST_HEADER Head = va_arg(Arguments, PSLIST_HEADER);
    PSLIST_ENTRY *Result = va_arg(Arguments, PSLIST_ENTRY *);
    if (!Head || !Result)
        return STOR_STATUS_INVALID_PARAMETER;
    *Result = Take(Head);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpFlushSList(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Adapter);
    return StorpTake(Arguments, ExpInterlockedFlushSList);
}

ULONG StorpPopSList(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Adapter);
    return StorpTake(Arguments, ExpInterlockedPopEntrySList);
}

ULONG StorpPushSList(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSLIST_HEADER Head = va_arg(Arguments, PSLIST_HEADER);
    PSLIST_ENTRY Entry = va_arg(Arguments, PSLIST_ENTRY);
    PSLIST_ENTRY *Result = va_arg(Arguments, PSLIST_ENTRY *);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Head || !Entry || !Result)
        return STOR_STATUS_INVALID_PARAMETER;
    *Result = InterlockedPushEntrySList(Head, Entry);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpDepthSList(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSLIST_HEADER Head = va_arg(Arguments, PSLIST_HEADER);
    PUSHORT Result = va_arg(Arguments, PUSHORT);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Head || !Result)
        return STOR_STATUS_INVALID_PARAMETER;
    *Result = ExQueryDepthSList(Head);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpInitLock(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PKSPIN_LOCK Lock = va_arg(Arguments, PKSPIN_LOCK);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Lock)
        return STOR_STATUS_INVALID_PARAMETER;
    KeInitializeSpinLock(Lock);
    return STOR_STATUS_SUCCESS;
}

static ULONG StorpInsert(va_list Arguments,
                         PLIST_ENTRY(NTAPI *Insert)(PLIST_ENTRY, PLIST_ENTRY, PKSPIN_LOCK))
{
    PLIST_ENTRY Head = va_arg(Arguments, PLIST_ENTRY), Entry = va_arg(Arguments, PLIST_ENTRY);
    PLIST_ENTRY *Result = va_arg(Arguments, PLIST_ENTRY *);
    PKSPIN_LOCK Lock = va_arg(Arguments, PKSPIN_LOCK);
    if (!Head || !Entry || !Result || !Lock)
        return STOR_STATUS_INVALID_PARAMETER;
    *Result = Insert(Head, Entry, Lock);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpInsertHead(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Adapter);
    return StorpInsert(Arguments, ExInterlockedInsertHeadList);
}

ULONG StorpInsertTail(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Adapter);
    return StorpInsert(Arguments, ExInterlockedInsertTailList);
}

ULONG StorpRemoveHead(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PLIST_ENTRY Head = va_arg(Arguments, PLIST_ENTRY);
    PLIST_ENTRY *Result = va_arg(Arguments, PLIST_ENTRY *);
    PKSPIN_LOCK Lock = va_arg(Arguments, PKSPIN_LOCK);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Head || !Result || !Lock)
        return STOR_STATUS_INVALID_PARAMETER;
    *Result = ExInterlockedRemoveHeadList(Head, Lock);
    return STOR_STATUS_SUCCESS;
}
