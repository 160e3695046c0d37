// dmatest.sys: the dispatch of what the test program asks, and what the tests share.

#include "driver.h"

#include "layer.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_DISPATCH TestControl;
static DRIVER_UNLOAD TestUnload;

PDEVICE_OBJECT TestDevice;

// ---- Adapters and buffers

PDMA_ADAPTER TestAdapter(ULONG Version, ULONG Width, BOOLEAN ScatterGather, ULONG MaximumLength,
                         PULONG MapRegisters)
{
    DEVICE_DESCRIPTION Description = {
        .Version = Version,
        .Master = TRUE,
        .ScatterGather = ScatterGather,
        .Dma32BitAddresses = Width >= 32,
        .Dma64BitAddresses = Width >= 64,
        .InterfaceType = Isa,
        .MaximumLength = MaximumLength,
    };
    ULONG Unused;
    return IoGetDmaAdapter(TestDevice, &Description, MapRegisters ? MapRegisters : &Unused);
}

static UCHAR PatternAt(ULONG Position, UCHAR Seed)
{
    return (UCHAR)(Position * 13 + (Position >> 8) + Seed);
}

PMDL TestBuffer(ULONG Offset, ULONG Length, UCHAR Seed)
{
    PUCHAR Pages = ExAllocatePoolWithTag(NonPagedPoolNx, ROUND_TO_PAGES(Offset + Length), 'tamD');
    PMDL Mdl = Pages ? IoAllocateMdl(Pages + Offset, Length, FALSE, FALSE, NULL) : NULL;
    if (!Mdl) {
        if (Pages)
            ExFreePoolWithTag(Pages, 'tamD');
        return NULL;
    }
    for (ULONG i = 0; i < Length; i++)
        Pages[Offset + i] = PatternAt(i, Seed);
    MmBuildMdlForNonPagedPool(Mdl);
    return Mdl;
}

VOID TestFreeBuffer(PMDL Mdl)
{
    ExFreePoolWithTag(PAGE_ALIGN(MmGetMdlVirtualAddress(Mdl)), 'tamD');
    IoFreeMdl(Mdl);
}

PMDL TestHighBuffer(ULONG Length, UCHAR Seed)
{
    PHYSICAL_ADDRESS Low = {.QuadPart = 1 << 24}, High = {.QuadPart = MAXLONGLONG}, Skip = {0};
    PMDL Mdl =
        MmAllocatePagesForMdlEx(Low, High, Skip, Length, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    PUCHAR Data = Mdl ? MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) : NULL;
    for (ULONG i = 0; Data && i < Length; i++)
        Data[i] = PatternAt(i, Seed);
    return Mdl;
}

VOID TestFreeHighBuffer(PMDL Mdl)
{
    MmFreePagesFromMdl(Mdl);
    ExFreePool(Mdl);
}

BOOLEAN TestHolds(PMDL Mdl, UCHAR Seed)
{
    PUCHAR Data = MmGetMdlVirtualAddress(Mdl);
    for (ULONG i = 0; i < Mdl->ByteCount; i++) {
        if (Data[i] != PatternAt(i, Seed))
            return FALSE;
    }
    return TRUE;
}

PVOID TestVirtual(ULONGLONG Physical)
{
    PHYSICAL_ADDRESS Address = {.QuadPart = (LONGLONG)Physical};
    return MmGetVirtualForPhysical(Address);
}

PMDL TestChain(const ULONG *Offsets, const ULONG *Lengths, ULONG Count)
{
    PMDL First = NULL, *Link = &First;
    for (ULONG i = 0; i < Count; i++) {
        *Link = TestBuffer(Offsets[i], Lengths[i], (UCHAR)i);
        if (!*Link) {
            TestFreeChain(First);
            return NULL;
        }
        Link = &(*Link)->Next;
    }
    return First;
}

VOID TestFreeChain(PMDL Mdl)
{
    while (Mdl) {
        PMDL Next = Mdl->Next;
        TestFreeBuffer(Mdl);
        Mdl = Next;
    }
}

// ---- Lists

VOID NTAPI TestKeepList(PDEVICE_OBJECT DeviceObject, PIRP Irp, PSCATTER_GATHER_LIST ScatterGather,
                        PVOID Context)
{
    PTEST_LIST Kept = Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    Kept->List = ScatterGather;
    Kept->Irql = KeGetCurrentIrql();
    Kept->Calls++;
}

static ULONGLONG PhysicalAt(PMDL Mdl, ULONG Offset)
{
    while (Mdl && Offset >= Mdl->ByteCount) {
        Offset -= Mdl->ByteCount;
        Mdl = Mdl->Next;
    }
    return Mdl ? (ULONGLONG)MmGetPhysicalAddress((PUCHAR)MmGetMdlVirtualAddress(Mdl) + Offset)
                     .QuadPart
               : 0;
}

// Each byte at which a page or a buffer can begin, and the last one.
ULONG TestCompareList(const SCATTER_GATHER_LIST *List, PMDL Mdl, ULONG Offset, ULONG Length)
{
    ULONG Done = 0;
    for (ULONG i = 0; i < List->NumberOfElements; i++) {
        const SCATTER_GATHER_ELEMENT *Element = &List->Elements[i];
        EXPECT(Element->Length && Element->Length <= Length - Done);
        for (ULONG k = 0; k < Element->Length; k += 4)
            EXPECT((ULONGLONG)Element->Address.QuadPart + k == PhysicalAt(Mdl, Offset + Done + k));
        Done += Element->Length;
        EXPECT((ULONGLONG)Element->Address.QuadPart + Element->Length - 1 ==
               PhysicalAt(Mdl, Offset + Done - 1));
    }
    EXPECT(Done == Length);
    return 0;
}

ULONG TestCountRuns(PMDL Mdl, ULONG Offset, ULONG Length)
{
    ULONG Runs = 0;
    ULONGLONG Expected = 0;
    for (ULONG i = 0; i < Length; i++) {
        ULONGLONG Address = PhysicalAt(Mdl, Offset + i);
        Runs += Address != Expected;
        Expected = Address + 1;
    }
    return Runs;
}

// ---- The driver

static NTSTATUS Run(PIRP Irp, PIO_STACK_LOCATION Stack)
{
    static ULONG (*const Tests[DmaTestCount])(VOID) = {
        [DmaTestVersions] = TestVersions,
        [DmaTestList] = TestList,
        [DmaTestMerge] = TestMerge,
        [DmaTestChain] = TestListOfChain,
        [DmaTestBuild] = TestBuild,
        [DmaTestBounds] = TestBounds,
        [DmaTestBounce] = TestBounce,
        [DmaTestBounceWait] = TestBounceWait,
        [DmaTestOnePiece] = TestOnePiece,
        [DmaTestTargetMdl] = TestTargetMdl,
        [DmaTestMapLoop] = TestMapLoop,
        [DmaTestMapBounce] = TestMapBounce,
        [DmaTestKeepChannel] = TestKeepChannel,
        [DmaTestTransferContext] = TestTransferContext,
        [DmaTestMapEx] = TestMapEx,
        [DmaTestCommonBuffers] = TestCommonBuffers,
        [DmaTestVector] = TestVector,
        [DmaTestPhysical] = TestPhysical,
        [DmaTestLimits] = TestLimits,
    };
    PULONG Number = Irp->AssociatedIrp.SystemBuffer;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(ULONG) ||
        Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG) ||
        *Number >= DmaTestCount)
        return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    *Number = Tests[*Number]();
    return Complete(Irp, STATUS_SUCCESS, sizeof(ULONG));
}

static NTSTATUS NTAPI TestControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG_PTR Elements = 0;
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
    case DMATEST_RUN:
        return Run(Irp, Stack);
    case DMATEST_DIRECT: {
        NTSTATUS Status = TestDirect(Irp, &Elements);
        return Complete(Irp, Status, Elements);
    }
    default:
        return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static VOID NTAPI TestUnload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\DmaTest");
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = TestControl;
    DriverObject->DriverUnload = TestUnload;
    return IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &TestDevice);
}
