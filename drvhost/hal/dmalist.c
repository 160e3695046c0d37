// Scatter/gather lists. A list lies at the start of its buffer; what belongs to it but is not the driver's
// business lies at the end, where List->Reserved points.

#include "dma.h"

enum { HalpListTag = 'LamD' };

typedef struct _HALP_LIST {
    HALP_WAIT Wait; // first
    PSCATTER_GATHER_LIST List;
    ULONG Capacity; // elements
    PMDL Mdl;
    ULONGLONG Offset;
    ULONG Length;
    BOOLEAN WriteToDevice;
    BOOLEAN Allocated; // the buffer is the adapter's own
    PMDL Target;       // of HalpBuildMdlFromScatterGatherList
} HALP_LIST, *PHALP_LIST;

static ULONG HalpListSize(ULONG Elements)
{
    return (ULONG)(sizeof(SCATTER_GATHER_LIST) + Elements * sizeof(SCATTER_GATHER_ELEMENT) +
                   sizeof(HALP_LIST));
}

// Null: the buffer is too small for a list of one element.
static PHALP_LIST HalpPlaceList(PVOID Buffer, ULONG Size)
{
    if (Size < HalpListSize(1))
        return nullptr;
    ULONG End = (Size - (ULONG)sizeof(HALP_LIST)) & ~7u;
    PHALP_LIST List = (PHALP_LIST)((PUCHAR)Buffer + End);
    *List = (HALP_LIST){
        .List = Buffer,
        .Capacity = (End - (ULONG)sizeof(SCATTER_GATHER_LIST)) / sizeof(SCATTER_GATHER_ELEMENT),
    };
    return List;
}

static PHALP_LIST HalpListOf(PSCATTER_GATHER_LIST List)
{
    return (PHALP_LIST)List->Reserved;
}

// ---- Filling

BOOLEAN HalpAddElement(PSCATTER_GATHER_LIST List, ULONG Capacity, ULONGLONG Address, ULONG Length)
{
    PSCATTER_GATHER_ELEMENT Next = &List->Elements[List->NumberOfElements];
    if (List->NumberOfElements &&
        (ULONGLONG)Next[-1].Address.QuadPart + Next[-1].Length == Address) {
        Next[-1].Length += Length;
        return TRUE;
    }
    if (List->NumberOfElements == Capacity)
        return FALSE;
    *Next = (SCATTER_GATHER_ELEMENT){.Address.QuadPart = (LONGLONG)Address, .Length = Length};
    List->NumberOfElements++;
    return TRUE;
}

static NTSTATUS HalpFillDirect(PHALP_ADAPTER Adapter, PHALP_LIST List)
{
    HALP_PLACE Place;
    ULONG Left = List->Length;
    List->List->NumberOfElements = 0;
    List->List->Reserved = (ULONG_PTR)List;
    if (!Left || !HalpFindPlace(List->Mdl, List->Offset, &Place))
        return STATUS_BUFFER_TOO_SMALL;
    while (Left) {
        ULONGLONG Address;
        BOOLEAN Reachable;
        ULONG Part = HalpNextRun(Adapter, &Place, Left, &Address, &Reachable);
        if (!Part || !HalpAddElement(List->List, List->Capacity, Address, Part))
            return STATUS_BUFFER_TOO_SMALL;
        Left -= Part;
    }
    return STATUS_SUCCESS;
}

// Registers and room are there: it has been counted.
static VOID HalpFillMapped(PHALP_ADAPTER Adapter, PHALP_LIST List)
{
    List->List->NumberOfElements = 0;
    List->List->Reserved = (ULONG_PTR)List;
    for (ULONG Done = 0; Done < List->Length;) {
        ULONG Part = List->Length - Done;
        ULONGLONG Address = HalpMap(Adapter, List->Wait.Base, List->Mdl, List->Offset + Done, &Part,
                                    List->WriteToDevice);
        HalpAddElement(List->List, List->Capacity, Address, Part);
        Done += Part;
    }
}

static VOID HalpDeliver(PHALP_LIST List)
{
    PDRIVER_LIST_CONTROL Routine = List->Wait.Routine;
    PDEVICE_OBJECT Device = List->Wait.Device;
    if (Routine)
        Routine(Device, Device ? Device->CurrentIrp : nullptr, List->List, List->Wait.Context);
}

static VOID HalpStartList(PHALP_ADAPTER Adapter, PHALP_WAIT Wait)
{
    PHALP_LIST List = CONTAINING_RECORD(Wait, HALP_LIST, Wait);
    HalpFillMapped(Adapter, List);
    HalpDeliver(List);
}

static NTSTATUS HalpMakeMapped(PHALP_ADAPTER Adapter, PHALP_LIST List, ULONG Flags)
{
    ULONG Pages = HalpSpanPages(List->Mdl, List->Offset, List->Length);
    if (!Pages || (Adapter->ScatterGather && Pages > List->Capacity))
        return STATUS_BUFFER_TOO_SMALL;
    List->Wait.Start = HalpStartList;
    List->Wait.Registers = HalpCountRegisters(Adapter, List->Mdl, List->Offset, List->Length);
    if (List->Wait.Registers && (Flags & DMA_FAIL_ON_BOUNCE))
        return STATUS_INSUFFICIENT_RESOURCES;
    return HalpRequest(Adapter, &List->Wait, (Flags & DMA_SYNCHRONOUS_CALLBACK) != 0);
}

static NTSTATUS HalpMakeList(PHALP_ADAPTER Adapter, PHALP_LIST List, ULONG Flags)
{
    if (Adapter->Bounces)
        return HalpMakeMapped(Adapter, List, Flags);
    NTSTATUS Status = HalpFillDirect(Adapter, List);
    if (!NT_SUCCESS(Status))
        return Status;
    KIRQL Irql = KeGetCurrentIrql();
    if (Irql < DISPATCH_LEVEL)
        KfRaiseIrql(DISPATCH_LEVEL);
    HalpDeliver(List);
    if (Irql < DISPATCH_LEVEL)
        KeLowerIrql(Irql);
    return STATUS_SUCCESS;
}

// ---- In the caller's buffer

NTSTATUS NTAPI HalpBuildScatterGatherList(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                          PMDL Mdl, PVOID CurrentVa, ULONG Length,
                                          PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context,
                                          BOOLEAN WriteToDevice, PVOID ScatterGatherBuffer,
                                          ULONG ScatterGatherLength)
{
    PHALP_LIST List = HalpPlaceList(ScatterGatherBuffer, ScatterGatherLength);
    if (!List)
        return STATUS_BUFFER_TOO_SMALL;
    if (!HalpOffsetOf(Mdl, CurrentVa, &List->Offset) || !ExecutionRoutine)
        return STATUS_INVALID_PARAMETER;
    List->Mdl = Mdl;
    List->Length = Length;
    List->WriteToDevice = WriteToDevice;
    List->Wait.Routine = ExecutionRoutine;
    List->Wait.Context = Context;
    List->Wait.Device = DeviceObject;
    return HalpMakeList(HalpAdapter(DmaAdapter), List, 0);
}

NTSTATUS NTAPI HalpBuildScatterGatherListEx(
    PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID DmaTransferContext, PMDL Mdl,
    ULONGLONG Offset, ULONG Length, ULONG Flags, PDRIVER_LIST_CONTROL ExecutionRoutine,
    PVOID Context, BOOLEAN WriteToDevice, PVOID ScatterGatherBuffer, ULONG ScatterGatherLength,
    PDMA_COMPLETION_ROUTINE DmaCompletionRoutine, PVOID CompletionContext, PVOID ScatterGatherList)
{
    UNREFERENCED_PARAMETER(DmaCompletionRoutine); // of system DMA
    UNREFERENCED_PARAMETER(CompletionContext);
    PSCATTER_GATHER_LIST *Result = ScatterGatherList;
    BOOLEAN Synchronous = (Flags & DMA_SYNCHRONOUS_CALLBACK) != 0;
    if (!DmaTransferContext || (!ExecutionRoutine && (!Synchronous || !Result)))
        return STATUS_INVALID_PARAMETER;
    PHALP_LIST List = HalpPlaceList(ScatterGatherBuffer, ScatterGatherLength);
    if (!List)
        return STATUS_BUFFER_TOO_SMALL;
    List->Mdl = Mdl;
    List->Offset = Offset;
    List->Length = Length;
    List->WriteToDevice = WriteToDevice;
    List->Wait.Routine = ExecutionRoutine;
    List->Wait.Context = Context;
    List->Wait.Device = DeviceObject;
    ((PHALP_CONTEXT)DmaTransferContext)->Pending = &List->Wait;
    NTSTATUS Status = HalpMakeList(HalpAdapter(DmaAdapter), List, Flags);
    if (NT_SUCCESS(Status) && Synchronous && Result)
        *Result = List->List;
    return Status;
}

// ---- In a buffer of the adapter's

static NTSTATUS HalpAllocateList(PMDL Mdl, ULONGLONG Offset, ULONG Length, PHALP_LIST *List)
{
    ULONG Pages = HalpSpanPages(Mdl, Offset, Length);
    if (!Pages)
        return STATUS_BUFFER_TOO_SMALL;
    ULONG Size = HalpListSize(Pages);
    PVOID Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Size, HalpListTag);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    *List = HalpPlaceList(Buffer, Size);
    (*List)->Allocated = TRUE;
    (*List)->Mdl = Mdl;
    (*List)->Offset = Offset;
    (*List)->Length = Length;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI HalpGetScatterGatherListEx(
    PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PVOID DmaTransferContext, PMDL Mdl,
    ULONGLONG Offset, ULONG Length, ULONG Flags, PDRIVER_LIST_CONTROL ExecutionRoutine,
    PVOID Context, BOOLEAN WriteToDevice, PDMA_COMPLETION_ROUTINE DmaCompletionRoutine,
    PVOID CompletionContext, PSCATTER_GATHER_LIST *ScatterGatherList)
{
    UNREFERENCED_PARAMETER(DmaCompletionRoutine); // of system DMA
    UNREFERENCED_PARAMETER(CompletionContext);
    PHALP_CONTEXT Transfer = DmaTransferContext;
    BOOLEAN Synchronous = (Flags & DMA_SYNCHRONOUS_CALLBACK) != 0;
    PHALP_LIST List;
    if (!ExecutionRoutine && (!Synchronous || !ScatterGatherList))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = HalpAllocateList(Mdl, Offset, Length, &List);
    if (!NT_SUCCESS(Status))
        return Status;
    PSCATTER_GATHER_LIST Elements = List->List;
    List->WriteToDevice = WriteToDevice;
    List->Wait.Routine = ExecutionRoutine;
    List->Wait.Context = Context;
    List->Wait.Device = DeviceObject;
    if (Transfer)
        Transfer->Pending = &List->Wait;
    Status =
        HalpMakeList(HalpAdapter(DmaAdapter), List, Flags); // the routine may put the list back
    if (!NT_SUCCESS(Status))
        ExFreePoolWithTag(Elements, HalpListTag);
    else if (Synchronous && ScatterGatherList)
        *ScatterGatherList = Elements;
    return Status;
}

NTSTATUS NTAPI HalpGetScatterGatherList(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                        PMDL Mdl, PVOID CurrentVa, ULONG Length,
                                        PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context,
                                        BOOLEAN WriteToDevice)
{
    ULONGLONG Offset;
    if (!HalpOffsetOf(Mdl, CurrentVa, &Offset))
        return STATUS_INVALID_PARAMETER;
    return HalpGetScatterGatherListEx(DmaAdapter, DeviceObject, nullptr, Mdl, Offset, Length, 0,
                                      ExecutionRoutine, Context, WriteToDevice, nullptr, nullptr,
                                      nullptr);
}

// The transfer is over: what registers hold goes to the caller's pages.
VOID NTAPI HalpPutScatterGatherList(PDMA_ADAPTER DmaAdapter, PSCATTER_GATHER_LIST ScatterGather,
                                    BOOLEAN WriteToDevice)
{
    PHALP_ADAPTER Adapter = HalpAdapter(DmaAdapter);
    PHALP_LIST List = HalpListOf(ScatterGather);
    PHALP_REGISTER Base = List->Wait.Base;
    if (Base && Base->Count)
        HalpFlush(Adapter, Base, List->Mdl, List->Offset, List->Length, WriteToDevice);
    if (List->Target)
        IoFreeMdl(List->Target);
    if (List->Allocated)
        ExFreePoolWithTag(ScatterGather, HalpListTag);
    HalpReleaseRegisters(Adapter, Base);
}

// ---- Questions

NTSTATUS NTAPI HalpCalculateScatterGatherList(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID CurrentVa,
                                              ULONG Length, PULONG ScatterGatherListSize,
                                              PULONG NumberOfMapRegisters)
{
    ULONGLONG Offset;
    ULONG Pages = (ULONG)ADDRESS_AND_SIZE_TO_SPAN_PAGES(CurrentVa, Length);
    if (Mdl) {
        if (!HalpOffsetOf(Mdl, CurrentVa, &Offset))
            return STATUS_INVALID_PARAMETER;
        Pages = HalpSpanPages(Mdl, Offset, Length);
        if (!Pages)
            return STATUS_BUFFER_TOO_SMALL;
    }
    if (Pages > HalpAdapter(DmaAdapter)->MaximumRegisters)
        return STATUS_INSUFFICIENT_RESOURCES;
    *ScatterGatherListSize = HalpListSize(Pages);
    if (NumberOfMapRegisters)
        *NumberOfMapRegisters = Pages;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI HalpGetDmaTransferInfo(PDMA_ADAPTER DmaAdapter, PMDL Mdl, ULONGLONG Offset,
                                      ULONG Length, BOOLEAN WriteOnly,
                                      PDMA_TRANSFER_INFO TransferInfo)
{
    UNREFERENCED_PARAMETER(WriteOnly);
    PHALP_ADAPTER Adapter = HalpAdapter(DmaAdapter);
    if (TransferInfo->Version != DMA_TRANSFER_INFO_VERSION1 &&
        TransferInfo->Version != DMA_TRANSFER_INFO_VERSION2)
        return STATUS_NOT_SUPPORTED;
    ULONG Pages = HalpSpanPages(Mdl, Offset, Length);
    if (!Pages)
        return STATUS_INVALID_PARAMETER;
    DMA_TRANSFER_INFO_V2 Information = {
        .MapRegisterCount = HalpCountRegisters(Adapter, Mdl, Offset, Length),
        .ScatterGatherElementCount = HalpCountElements(Adapter, Mdl, Offset, Length),
        .ScatterGatherListSize = HalpListSize(Pages),
        .LogicalPageCount = Pages,
    };
    if (TransferInfo->Version == DMA_TRANSFER_INFO_VERSION2)
        TransferInfo->V2 = Information;
    else
        TransferInfo->V1 = (DMA_TRANSFER_INFO_V1){Information.MapRegisterCount,
                                                  Information.ScatterGatherElementCount,
                                                  Information.ScatterGatherListSize};
    return STATUS_SUCCESS;
}

// ---- An MDL of what the device sees

static ULONG HalpListPages(PSCATTER_GATHER_LIST List)
{
    ULONG Pages = 0;
    for (ULONG i = 0; i < List->NumberOfElements; i++)
        Pages += ADDRESS_AND_SIZE_TO_SPAN_PAGES(List->Elements[i].Address.QuadPart,
                                                List->Elements[i].Length);
    return Pages;
}

static VOID HalpListPfns(PSCATTER_GATHER_LIST List, PPFN_NUMBER Pfns)
{
    for (ULONG i = 0; i < List->NumberOfElements; i++) {
        ULONGLONG First = (ULONGLONG)List->Elements[i].Address.QuadPart;
        for (ULONGLONG Page = First >> PAGE_SHIFT;
             Page <= (First + List->Elements[i].Length - 1) >> PAGE_SHIFT; Page++)
            *Pfns++ = (PFN_NUMBER)Page;
    }
}

// Without registers it is the original. The new one is freed with the list.
NTSTATUS NTAPI HalpBuildMdlFromScatterGatherList(PDMA_ADAPTER DmaAdapter,
                                                 PSCATTER_GATHER_LIST ScatterGather,
                                                 PMDL OriginalMdl, PMDL *TargetMdl)
{
    UNREFERENCED_PARAMETER(DmaAdapter);
    PHALP_LIST List = HalpListOf(ScatterGather);
    if (!List->Wait.Base || !List->Wait.Base->Count) {
        *TargetMdl = OriginalMdl;
        return STATUS_SUCCESS;
    }
    if (List->Target)
        return STATUS_INVALID_PARAMETER;
    ULONG InPage = (ULONG)ScatterGather->Elements[0].Address.QuadPart & (PAGE_SIZE - 1);
    PVOID Address = (PUCHAR)PAGE_ALIGN(MmGetMdlVirtualAddress(OriginalMdl)) + InPage;
    ULONG Pages = HalpListPages(ScatterGather);
    if (Pages != BYTES_TO_PAGES(InPage + List->Length))
        return STATUS_INVALID_PARAMETER; // pieces that do not join at a page cannot be one MDL
    PMDL Mdl = IoAllocateMdl(Address, List->Length, FALSE, FALSE, nullptr);
    if (!Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    HalpListPfns(ScatterGather, MmGetMdlPfnArray(Mdl));
    Mdl->MdlFlags |= MDL_PAGES_LOCKED;
    *TargetMdl = List->Target = Mdl;
    return STATUS_SUCCESS;
}
