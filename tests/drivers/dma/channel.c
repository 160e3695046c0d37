// Transfers that the driver maps piece by piece.

#include "driver.h"

typedef struct _CHANNEL {
    IO_ALLOCATION_ACTION Action;
    PVOID Base;
    ULONG Calls;
    KIRQL Irql;
} CHANNEL, *PCHANNEL;

static IO_ALLOCATION_ACTION NTAPI TakeChannel(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                              PVOID MapRegisterBase, PVOID Context)
{
    PCHANNEL Channel = Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    Channel->Base = MapRegisterBase;
    Channel->Irql = KeGetCurrentIrql();
    Channel->Calls++;
    return Channel->Action;
}

ULONG TestMapLoop(VOID)
{
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION1, 64, TRUE, 0x100000, NULL);
    PMDL Mdl = TestBuffer(700, 50000, 0);
    CHANNEL Channel = {.Action = DeallocateObjectKeepRegisters};
    EXPECT(Adapter && Mdl);
    PDMA_OPERATIONS Operations = Adapter->DmaOperations;
    EXPECT(Operations->AllocateAdapterChannel(Adapter, TestDevice, 14, TakeChannel, &Channel) ==
           STATUS_SUCCESS);
    EXPECT(Channel.Calls == 1 && Channel.Irql == DISPATCH_LEVEL);
    PUCHAR Current = MmGetMdlVirtualAddress(Mdl);
    for (ULONG Left = 50000, Length; Left; Left -= Length, Current += Length) {
        Length = Left;
        PHYSICAL_ADDRESS Address =
            Operations->MapTransfer(Adapter, Mdl, Channel.Base, Current, &Length, TRUE);
        EXPECT(Length && Length <= Left);
        EXPECT(Address.QuadPart == MmGetPhysicalAddress(Current).QuadPart);
        EXPECT(Address.QuadPart + Length - 1 ==
               MmGetPhysicalAddress(Current + Length - 1).QuadPart);
    }
    EXPECT(Operations->FlushAdapterBuffers(Adapter, Mdl, Channel.Base, MmGetMdlVirtualAddress(Mdl),
                                           50000, TRUE));
    Operations->FreeMapRegisters(Adapter, Channel.Base, 14);
    TestFreeBuffer(Mdl);
    Operations->PutDmaAdapter(Adapter);
    return 0;
}

// Rounds of a few registers, each mapped, moved by the device, flushed.
ULONG TestMapBounce(VOID)
{
    enum { Length = 60000, Registers = 4 };
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION1, 24, TRUE, 65536, NULL);
    PMDL Mdl = TestBuffer(40, Length, 0);
    CHANNEL Channel = {.Action = DeallocateObjectKeepRegisters};
    EXPECT(Adapter && Mdl);
    PDMA_OPERATIONS Operations = Adapter->DmaOperations;
    EXPECT(Operations->AllocateAdapterChannel(Adapter, TestDevice, Registers, TakeChannel,
                                              &Channel) == STATUS_SUCCESS);
    PUCHAR Start = MmGetMdlVirtualAddress(Mdl);
    for (ULONG Done = 0; Done < Length;) {
        ULONG First = Done;
        for (ULONG i = 0; i < Registers && Done < Length; i++) {
            ULONG Part = Length - Done;
            PHYSICAL_ADDRESS Address =
                Operations->MapTransfer(Adapter, Mdl, Channel.Base, Start + Done, &Part, FALSE);
            PUCHAR Device = TestVirtual((ULONGLONG)Address.QuadPart);
            EXPECT(Device && Part && Address.QuadPart + Part <= 1 << 24);
            for (ULONG k = 0; k < Part; k++)
                Device[k] = (UCHAR)((Done + k) * 3);
            Done += Part;
        }
        EXPECT(Operations->FlushAdapterBuffers(Adapter, Mdl, Channel.Base, Start + First,
                                               Done - First, FALSE));
    }
    Operations->FreeMapRegisters(Adapter, Channel.Base, Registers);
    for (ULONG i = 0; i < Length; i++)
        EXPECT(Start[i] == (UCHAR)(i * 3));
    TestFreeBuffer(Mdl);
    Operations->PutDmaAdapter(Adapter);
    return 0;
}

// The channel is kept until it is freed: who comes meanwhile waits.
ULONG TestKeepChannel(VOID)
{
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION3, 24, TRUE, 65536, NULL);
    CHANNEL First = {.Action = KeepObject}, Second = {.Action = DeallocateObject};
    UCHAR Context[DMA_TRANSFER_CONTEXT_SIZE_V1] __attribute__((aligned(16)));
    EXPECT(Adapter);
    PDMA_OPERATIONS Operations = Adapter->DmaOperations;
    EXPECT(Operations->AllocateAdapterChannel(Adapter, TestDevice, 2, TakeChannel, &First) ==
           STATUS_SUCCESS);
    EXPECT(Operations->InitializeDmaTransferContext(Adapter, Context) == STATUS_SUCCESS);
    EXPECT(Operations->AllocateAdapterChannelEx(Adapter, TestDevice, Context, 2, 0, TakeChannel,
                                                &Second, NULL) == STATUS_SUCCESS);
    EXPECT(First.Calls == 1 && Second.Calls == 0);
    Operations->FreeAdapterChannel(Adapter);
    EXPECT(Second.Calls == 1);
    CHANNEL Third = {.Action = DeallocateObject};
    EXPECT(Operations->AllocateAdapterChannel(Adapter, TestDevice, 17, TakeChannel, &Third) ==
           STATUS_SUCCESS);
    EXPECT(Third.Calls == 1);
    EXPECT(Operations->AllocateAdapterChannel(Adapter, TestDevice, 1000, TakeChannel, &Third) ==
           STATUS_INSUFFICIENT_RESOURCES);
    Operations->PutDmaAdapter(Adapter);
    return 0;
}

// Requests that wait are cancelled by their context; synchronous ones do not wait.
ULONG TestTransferContext(VOID)
{
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION3, 24, TRUE, 65536, NULL);
    UCHAR First[DMA_TRANSFER_CONTEXT_SIZE_V1] __attribute__((aligned(16)));
    UCHAR Second[DMA_TRANSFER_CONTEXT_SIZE_V1] __attribute__((aligned(16)));
    CHANNEL Waiting = {.Action = DeallocateObject};
    PVOID Base = NULL, Unused;
    EXPECT(Adapter);
    PDMA_OPERATIONS Operations = Adapter->DmaOperations;
    Operations->InitializeDmaTransferContext(Adapter, First);
    Operations->InitializeDmaTransferContext(Adapter, Second);
    EXPECT(Operations->AllocateAdapterChannelEx(Adapter, TestDevice, First, 17,
                                                DMA_SYNCHRONOUS_CALLBACK, NULL, NULL,
                                                &Base) == STATUS_SUCCESS);
    EXPECT(Base && !Operations->CancelAdapterChannel(Adapter, TestDevice, First));
    EXPECT(Operations->AllocateAdapterChannelEx(Adapter, TestDevice, Second, 1,
                                                DMA_SYNCHRONOUS_CALLBACK, NULL, NULL,
                                                &Unused) == STATUS_INSUFFICIENT_RESOURCES);
    EXPECT(Operations->AllocateAdapterChannelEx(Adapter, TestDevice, Second, 1, 0, NULL, NULL,
                                                NULL) == STATUS_INVALID_PARAMETER);
    EXPECT(Operations->AllocateAdapterChannelEx(Adapter, TestDevice, Second, 1, 0, TakeChannel,
                                                &Waiting, NULL) == STATUS_SUCCESS);
    EXPECT(Operations->CancelAdapterChannel(Adapter, TestDevice, Second));
    EXPECT(!Operations->CancelAdapterChannel(Adapter, TestDevice, Second));
    Operations->FreeAdapterObject(Adapter, DeallocateObject);
    EXPECT(!Waiting.Calls);

    PMDL Mdl = TestBuffer(0, 8192, 3);
    PSCATTER_GATHER_LIST List = NULL;
    EXPECT(Mdl);
    Operations->InitializeDmaTransferContext(Adapter, First);
    EXPECT(Operations->GetScatterGatherListEx(Adapter, TestDevice, First, Mdl, 4096, 4096,
                                              DMA_SYNCHRONOUS_CALLBACK, NULL, NULL, TRUE, NULL,
                                              NULL, &List) == STATUS_SUCCESS);
    EXPECT(List && List->NumberOfElements == 1 && List->Elements[0].Length == 4096);
    Operations->PutScatterGatherList(Adapter, List, TRUE);
    TestFreeBuffer(Mdl);
    Operations->PutDmaAdapter(Adapter);
    return 0;
}

// MapTransferEx fills a list, as far as it goes.
ULONG TestMapEx(VOID)
{
    static const ULONG Offsets[] = {100, 4000, 0}, Lengths[] = {9000, 300, 12000};
    enum { Length = 9000 + 300 + 12000, Elements = 3 };
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION3, 64, TRUE, 65536, NULL);
    PMDL Chain = TestChain(Offsets, Lengths, RTL_NUMBER_OF(Offsets));
    UCHAR Context[DMA_TRANSFER_CONTEXT_SIZE_V1] __attribute__((aligned(16)));
    static ULONGLONG
        Buffer[(sizeof(SCATTER_GATHER_LIST) + Elements * sizeof(SCATTER_GATHER_ELEMENT)) /
               sizeof(ULONGLONG)];
    PSCATTER_GATHER_LIST List = (PSCATTER_GATHER_LIST)Buffer;
    PVOID Base = NULL;
    EXPECT(Adapter && Chain);
    PDMA_OPERATIONS Operations = Adapter->DmaOperations;
    Operations->InitializeDmaTransferContext(Adapter, Context);
    EXPECT(Operations->AllocateAdapterChannelEx(Adapter, TestDevice, Context, 8,
                                                DMA_SYNCHRONOUS_CALLBACK, NULL, NULL,
                                                &Base) == STATUS_SUCCESS);
    for (ULONG Done = 0, Part; Done < Length; Done += Part) {
        Part = Length - Done;
        EXPECT(Operations->MapTransferEx(Adapter, Chain, Base, Done, 0, &Part, TRUE, List,
                                         sizeof(Buffer), NULL, NULL) == STATUS_SUCCESS);
        EXPECT(Part && List->NumberOfElements <= Elements);
        ULONG Failed = TestCompareList(List, Chain, Done, Part);
        if (Failed)
            return Failed;
        EXPECT(Operations->FlushAdapterBuffersEx(Adapter, Chain, Base, Done, Part, TRUE) ==
               STATUS_SUCCESS);
    }
    Operations->FreeAdapterObject(Adapter, DeallocateObject);
    TestFreeChain(Chain);
    Operations->PutDmaAdapter(Adapter);
    return 0;
}
