// Scatter/gather lists of devices that can address all memory.

#include "driver.h"

ULONG TestVersions(VOID)
{
    static const struct {
        ULONG Description, Adapter, Size;
    } Versions[] = {
        {DEVICE_DESCRIPTION_VERSION, 1, 0x68},
        {DEVICE_DESCRIPTION_VERSION1, 1, 0x68},
        {DEVICE_DESCRIPTION_VERSION2, 1, 0x80},
        {DEVICE_DESCRIPTION_VERSION3, 3, 0x140},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Versions); i++) {
        ULONG MapRegisters = 0;
        PDMA_ADAPTER Adapter =
            TestAdapter(Versions[i].Description, 64, TRUE, 0x100000, &MapRegisters);
        EXPECT(Adapter);
        EXPECT(Adapter->Version == Versions[i].Adapter);
        EXPECT(Adapter->Size == sizeof(*Adapter));
        EXPECT(Adapter->DmaOperations->Size == Versions[i].Size);
        EXPECT(MapRegisters >= 0x101);
        EXPECT(Adapter->DmaOperations->GetDmaAlignment(Adapter) == 1);
        Adapter->DmaOperations->PutDmaAdapter(Adapter);
    }
    EXPECT(!TestAdapter(4, 64, TRUE, PAGE_SIZE, NULL));
    DEVICE_DESCRIPTION Slave = {.Version = DEVICE_DESCRIPTION_VERSION2, .DmaChannel = 2};
    ULONG MapRegisters;
    EXPECT(!IoGetDmaAdapter(TestDevice, &Slave, &MapRegisters));
    return 0;
}

// The list of a part of a chain, as GetScatterGatherList gives it.
static ULONG CheckList(PDMA_ADAPTER Adapter, PMDL Mdl, ULONG Offset, ULONG Length)
{
    TEST_LIST Kept = {0};
    PVOID Start = (PUCHAR)MmGetMdlVirtualAddress(Mdl) + Offset;
    EXPECT(Adapter->DmaOperations->GetScatterGatherList(Adapter, TestDevice, Mdl, Start, Length,
                                                        TestKeepList, &Kept,
                                                        TRUE) == STATUS_SUCCESS);
    EXPECT(Kept.Calls == 1 && Kept.Irql == DISPATCH_LEVEL);
    ULONG Failed = TestCompareList(Kept.List, Mdl, Offset, Length);
    ULONG Elements = Kept.List->NumberOfElements;
    Adapter->DmaOperations->PutScatterGatherList(Adapter, Kept.List, TRUE);
    EXPECT(Failed || Elements == TestCountRuns(Mdl, Offset, Length));
    return Failed;
}

ULONG TestList(VOID)
{
    static const struct {
        ULONG Offset, Length, From, Bytes;
    } Cases[] = {
        {0, 1, 0, 1},           {0, 4096, 0, 4096},         {100, 4096, 0, 4096},
        {4095, 2, 0, 2},        {1000, 40000, 0, 40000},    {1000, 40000, 3096, 36904},
        {0, 65536, 4096, 4096}, {24, 100000, 50001, 49999},
    };
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION2, 64, TRUE, 0x100000, NULL);
    EXPECT(Adapter);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        PMDL Mdl = TestBuffer(Cases[i].Offset, Cases[i].Length, 0);
        EXPECT(Mdl);
        ULONG Failed = CheckList(Adapter, Mdl, Cases[i].From, Cases[i].Bytes);
        TestFreeBuffer(Mdl);
        if (Failed)
            return Failed * 100 + i;
    }
    Adapter->DmaOperations->PutDmaAdapter(Adapter);
    return 0;
}

// Memory that is in one piece is one element, and two MDLs that join at a page are, too.
ULONG TestMerge(VOID)
{
    PHYSICAL_ADDRESS Highest = {.QuadPart = -1};
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION2, 64, TRUE, 0x100000, NULL);
    PUCHAR Block = MmAllocateContiguousMemory(0x20000, Highest);
    EXPECT(Adapter && Block);
    PMDL First = IoAllocateMdl(Block + 512, 0xFE00, FALSE, FALSE, NULL);
    PMDL Second = IoAllocateMdl(Block + 0x10000, 0x10000, FALSE, FALSE, NULL);
    EXPECT(First && Second);
    MmBuildMdlForNonPagedPool(First);
    MmBuildMdlForNonPagedPool(Second);
    First->Next = Second;
    TEST_LIST Kept = {0};
    EXPECT(Adapter->DmaOperations->GetScatterGatherList(
               Adapter, TestDevice, First, MmGetMdlVirtualAddress(First), 0x1FE00, TestKeepList,
               &Kept, FALSE) == STATUS_SUCCESS);
    EXPECT(Kept.List->NumberOfElements == 1);
    EXPECT(Kept.List->Elements[0].Length == 0x1FE00);
    EXPECT(Kept.List->Elements[0].Address.QuadPart == MmGetPhysicalAddress(Block + 512).QuadPart);
    Adapter->DmaOperations->PutScatterGatherList(Adapter, Kept.List, FALSE);
    IoFreeMdl(First);
    IoFreeMdl(Second);
    MmFreeContiguousMemory(Block);
    Adapter->DmaOperations->PutDmaAdapter(Adapter);
    return 0;
}

static const ULONG ChainOffsets[] = {0, 512, 4000, 0}, ChainLengths[] = {8192, 3072, 9000, 4};
enum { ChainLength = 8192 + 3072 + 9000 + 4 };

ULONG TestListOfChain(VOID)
{
    static const ULONG From[] = {0, 4, 8192, 8196, 11264, ChainLength - 4};
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION2, 64, TRUE, 0x100000, NULL);
    PMDL Chain = TestChain(ChainOffsets, ChainLengths, RTL_NUMBER_OF(ChainOffsets));
    EXPECT(Adapter && Chain);
    for (ULONG i = 0; i < RTL_NUMBER_OF(From); i++) {
        ULONG Failed = CheckList(Adapter, Chain, From[i], ChainLength - From[i]);
        if (Failed)
            return Failed * 100 + i;
    }
    EXPECT(CheckList(Adapter, Chain, 8000, 400) == 0);
    TestFreeChain(Chain);
    Adapter->DmaOperations->PutDmaAdapter(Adapter);
    return 0;
}

// In the driver's own buffer: exactly the size that was told is enough, and one byte of an element is not.
ULONG TestBuild(VOID)
{
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION2, 64, TRUE, 0x100000, NULL);
    PMDL Chain = TestChain(ChainOffsets, ChainLengths, RTL_NUMBER_OF(ChainOffsets));
    EXPECT(Adapter && Chain);
    PDMA_OPERATIONS Operations = Adapter->DmaOperations;
    PVOID Start = MmGetMdlVirtualAddress(Chain);
    ULONG Size, MapRegisters;
    EXPECT(Operations->CalculateScatterGatherList(Adapter, Chain, Start, ChainLength, &Size,
                                                  &MapRegisters) == STATUS_SUCCESS);
    EXPECT(MapRegisters == 2 + 1 + 4 + 1);
    PVOID Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'tamD');
    EXPECT(Buffer);
    for (ULONG i = 0; i < 3; i++) {
        TEST_LIST Kept = {0};
        EXPECT(Operations->BuildScatterGatherList(Adapter, TestDevice, Chain, Start, ChainLength,
                                                  TestKeepList, &Kept, TRUE, Buffer,
                                                  Size) == STATUS_SUCCESS);
        EXPECT(Kept.Calls == 1 && (PVOID)Kept.List >= Buffer && Kept.Irql == DISPATCH_LEVEL);
        ULONG Failed = TestCompareList(Kept.List, Chain, 0, ChainLength);
        if (Failed)
            return Failed;
        Operations->PutScatterGatherList(Adapter, Kept.List, TRUE);
    }
    TEST_LIST Kept = {0};
    EXPECT(Operations->BuildScatterGatherList(Adapter, TestDevice, Chain, Start, ChainLength,
                                              TestKeepList, &Kept, TRUE, Buffer,
                                              64) == STATUS_BUFFER_TOO_SMALL);
    EXPECT(!Kept.Calls);
    EXPECT(Operations->CalculateScatterGatherList(Adapter, NULL, (PVOID)100, 8192, &Size, NULL) ==
           STATUS_SUCCESS);
    EXPECT(Size >= sizeof(SCATTER_GATHER_LIST) + 3 * sizeof(SCATTER_GATHER_ELEMENT));
    ExFreePoolWithTag(Buffer, 'tamD');
    TestFreeChain(Chain);
    Operations->PutDmaAdapter(Adapter);
    return 0;
}

// More than the chain has, and before its beginning.
ULONG TestBounds(VOID)
{
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION3, 64, TRUE, 0x100000, NULL);
    PMDL Mdl = TestBuffer(512, 8192, 0);
    EXPECT(Adapter && Mdl);
    PDMA_OPERATIONS Operations = Adapter->DmaOperations;
    PUCHAR Start = MmGetMdlVirtualAddress(Mdl);
    TEST_LIST Kept = {0};
    EXPECT(Operations->GetScatterGatherList(Adapter, TestDevice, Mdl, Start, 8193, TestKeepList,
                                            &Kept, TRUE) == STATUS_BUFFER_TOO_SMALL);
    EXPECT(Operations->GetScatterGatherList(Adapter, TestDevice, Mdl, Start + 8192, 1, TestKeepList,
                                            &Kept, TRUE) == STATUS_BUFFER_TOO_SMALL);
    EXPECT(Operations->GetScatterGatherList(Adapter, TestDevice, Mdl, Start - 1, 1, TestKeepList,
                                            &Kept, TRUE) == STATUS_INVALID_PARAMETER);
    EXPECT(!Kept.Calls);
    DMA_TRANSFER_INFO Information = {.Version = DMA_TRANSFER_INFO_VERSION2};
    EXPECT(Operations->GetDmaTransferInfo(Adapter, Mdl, 0, 8192, FALSE, &Information) ==
           STATUS_SUCCESS);
    EXPECT(Information.V2.MapRegisterCount == 0 && Information.V2.LogicalPageCount == 3);
    EXPECT(Information.V2.ScatterGatherElementCount == TestCountRuns(Mdl, 0, 8192));
    Information.Version = 3;
    EXPECT(Operations->GetDmaTransferInfo(Adapter, Mdl, 0, 8192, FALSE, &Information) ==
           STATUS_NOT_SUPPORTED);
    DMA_ADAPTER_INFO AdapterInformation = {.Version = DMA_ADAPTER_INFO_VERSION1};
    EXPECT(Operations->GetDmaAdapterInfo(Adapter, &AdapterInformation) == STATUS_SUCCESS);
    EXPECT(AdapterInformation.V1.DmaAddressWidth == 64);
    TestFreeBuffer(Mdl);
    Operations->PutDmaAdapter(Adapter);
    return 0;
}

// ---- Pages of a request

NTSTATUS TestDirect(PIRP Irp, PULONG_PTR Elements)
{
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION2, 64, TRUE, 0x1000000, NULL);
    PMDL Mdl = Irp->MdlAddress;
    PUCHAR Data = Mdl ? MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) : NULL;
    TEST_LIST Kept = {0};
    if (!Adapter || !Data)
        return STATUS_INSUFFICIENT_RESOURCES;
    ULONG Length = MmGetMdlByteCount(Mdl), Done = 0;
    NTSTATUS Status = Adapter->DmaOperations->GetScatterGatherList(
        Adapter, TestDevice, Mdl, MmGetMdlVirtualAddress(Mdl), Length, TestKeepList, &Kept, FALSE);
    for (ULONG i = 0; NT_SUCCESS(Status) && i < Kept.List->NumberOfElements; i++) {
        const SCATTER_GATHER_ELEMENT *Element = &Kept.List->Elements[i];
        for (ULONG k = 0; k < Element->Length && NT_SUCCESS(Status); k += PAGE_SIZE) {
            if (MmGetPhysicalAddress(Data + Done + k).QuadPart != Element->Address.QuadPart + k)
                Status = STATUS_DATA_ERROR;
        }
        Done += Element->Length;
    }
    if (NT_SUCCESS(Status)) {
        *Elements = Kept.List->NumberOfElements;
        Adapter->DmaOperations->PutScatterGatherList(Adapter, Kept.List, FALSE);
        if (Done != Length)
            Status = STATUS_DATA_ERROR;
    }
    Adapter->DmaOperations->PutDmaAdapter(Adapter);
    return Status;
}
