// Devices that cannot address all memory, or not in pieces: the test plays the device, at the addresses that it gets.

#include "driver.h"

enum { Narrow = 1 << 24 };

static BOOLEAN IsNarrow(const SCATTER_GATHER_LIST *List)
{
    for (ULONG i = 0; i < List->NumberOfElements; i++) {
        if (List->Elements[i].Address.QuadPart + List->Elements[i].Length > Narrow)
            return FALSE;
    }
    return TRUE;
}

// What the device reads at the list's addresses, or writes there.
static BOOLEAN MoveData(const SCATTER_GATHER_LIST *List, PUCHAR Data, BOOLEAN ToList)
{
    for (ULONG i = 0; i < List->NumberOfElements; i++) {
        PUCHAR Piece = TestVirtual((ULONGLONG)List->Elements[i].Address.QuadPart);
        if (!Piece)
            return FALSE;
        RtlCopyMemory(ToList ? Piece : Data, ToList ? Data : Piece, List->Elements[i].Length);
        Data += List->Elements[i].Length;
    }
    return TRUE;
}

static ULONG BounceOnce(PDMA_ADAPTER Adapter, ULONG Offset, ULONG Length, BOOLEAN WriteToDevice)
{
    PMDL Mdl = TestBuffer(Offset, Length, 1);
    PMDL Other = TestBuffer(Offset, Length, 2);
    TEST_LIST Kept = {0};
    EXPECT(Mdl && Other);
    PUCHAR Data = MmGetMdlVirtualAddress(Other);
    EXPECT(Adapter->DmaOperations->GetScatterGatherList(
               Adapter, TestDevice, Mdl, MmGetMdlVirtualAddress(Mdl), Length, TestKeepList, &Kept,
               WriteToDevice) == STATUS_SUCCESS);
    EXPECT(Kept.Calls == 1 && IsNarrow(Kept.List));
    EXPECT(MoveData(Kept.List, Data, !WriteToDevice));
    Adapter->DmaOperations->PutScatterGatherList(Adapter, Kept.List, WriteToDevice);
    EXPECT(TestHolds(Mdl, WriteToDevice ? 1 : 2));
    EXPECT(TestHolds(Other, WriteToDevice ? 1 : 2));
    TestFreeBuffer(Mdl);
    TestFreeBuffer(Other);
    return 0;
}

ULONG TestBounce(VOID)
{
    static const struct {
        ULONG Offset, Length;
    } Cases[] = {{0, 4096}, {5, 1}, {4090, 100}, {512, 30000}, {0, 65536}};
    ULONG MapRegisters = 0;
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION2, 24, TRUE, 65536, &MapRegisters);
    EXPECT(Adapter && MapRegisters >= 17);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        ULONG Failed = BounceOnce(Adapter, Cases[i].Offset, Cases[i].Length, TRUE);
        if (!Failed)
            Failed = BounceOnce(Adapter, Cases[i].Offset, Cases[i].Length, FALSE);
        if (Failed)
            return Failed * 100 + i;
    }
    Adapter->DmaOperations->PutDmaAdapter(Adapter);
    return 0;
}

// More at once than there are registers: the third waits until the first is put back.
ULONG TestBounceWait(VOID)
{
    ULONG MapRegisters = 0;
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION2, 24, TRUE, 65536, &MapRegisters);
    EXPECT(Adapter);
    ULONG Length = MapRegisters / 2 * PAGE_SIZE;
    PMDL Mdl[3];
    TEST_LIST Kept[3] = {0};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Mdl); i++) {
        Mdl[i] = TestHighBuffer(Length, (UCHAR)i);
        EXPECT(Mdl[i]);
        EXPECT(Adapter->DmaOperations->GetScatterGatherList(
                   Adapter, TestDevice, Mdl[i], MmGetMdlVirtualAddress(Mdl[i]), Length,
                   TestKeepList, &Kept[i], TRUE) == STATUS_SUCCESS);
    }
    EXPECT(Kept[0].Calls == 1 && Kept[1].Calls == 1 && Kept[2].Calls == 0);
    Adapter->DmaOperations->PutScatterGatherList(Adapter, Kept[0].List, TRUE);
    EXPECT(Kept[2].Calls == 1 && Kept[2].Irql == DISPATCH_LEVEL);
    PMDL Seen = TestHighBuffer(Length, 9);
    EXPECT(Seen && MoveData(Kept[2].List, MmGetMdlVirtualAddress(Seen), FALSE));
    EXPECT(TestHolds(Seen, 2));
    Adapter->DmaOperations->PutScatterGatherList(Adapter, Kept[1].List, TRUE);
    Adapter->DmaOperations->PutScatterGatherList(Adapter, Kept[2].List, TRUE);
    TEST_LIST TooMuch = {0};
    PMDL Large = TestHighBuffer((MapRegisters + 1) * PAGE_SIZE, 0);
    EXPECT(Large);
    EXPECT(Adapter->DmaOperations->GetScatterGatherList(
               Adapter, TestDevice, Large, MmGetMdlVirtualAddress(Large), MmGetMdlByteCount(Large),
               TestKeepList, &TooMuch, TRUE) == STATUS_INSUFFICIENT_RESOURCES);
    EXPECT(!TooMuch.Calls);
    TestFreeHighBuffer(Large);
    TestFreeHighBuffer(Seen);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Mdl); i++)
        TestFreeHighBuffer(Mdl[i]);
    Adapter->DmaOperations->PutDmaAdapter(Adapter);
    return 0;
}

// Without scatter/gather a chain comes as one piece, wherever its buffers are.
ULONG TestOnePiece(VOID)
{
    static const ULONG Offsets[] = {100, 4000, 0}, Lengths[] = {5000, 300, 6000};
    enum { Length = 5000 + 300 + 6000 };
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION2, 64, FALSE, 65536, NULL);
    PMDL Chain = TestChain(Offsets, Lengths, RTL_NUMBER_OF(Offsets));
    TEST_LIST Kept = {0};
    EXPECT(Adapter && Chain);
    EXPECT(Adapter->DmaOperations->GetScatterGatherList(
               Adapter, TestDevice, Chain, MmGetMdlVirtualAddress(Chain), Length, TestKeepList,
               &Kept, FALSE) == STATUS_SUCCESS);
    EXPECT(Kept.Calls == 1 && Kept.List->NumberOfElements == 1);
    EXPECT(Kept.List->Elements[0].Length == Length);
    PUCHAR Device = TestVirtual((ULONGLONG)Kept.List->Elements[0].Address.QuadPart);
    EXPECT(Device);
    for (ULONG i = 0; i < Length; i++)
        Device[i] = (UCHAR)(i / 7);
    Adapter->DmaOperations->PutScatterGatherList(Adapter, Kept.List, FALSE);
    ULONG Position = 0;
    for (PMDL Mdl = Chain; Mdl; Mdl = Mdl->Next) {
        for (ULONG i = 0; i < Mdl->ByteCount; i++, Position++)
            EXPECT(((PUCHAR)MmGetMdlVirtualAddress(Mdl))[i] == (UCHAR)(Position / 7));
    }
    TestFreeChain(Chain);
    Adapter->DmaOperations->PutDmaAdapter(Adapter);
    return 0;
}

// An MDL of what the device sees: the original where nothing is copied, the registers' pages else.
ULONG TestTargetMdl(VOID)
{
    for (ULONG Width = 24; Width <= 64; Width += 40) {
        PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION2, Width, TRUE, 65536, NULL);
        PMDL Mdl = TestBuffer(300, 20000, 5), Target = NULL;
        TEST_LIST Kept = {0};
        EXPECT(Adapter && Mdl);
        EXPECT(Adapter->DmaOperations->GetScatterGatherList(
                   Adapter, TestDevice, Mdl, MmGetMdlVirtualAddress(Mdl), 20000, TestKeepList,
                   &Kept, TRUE) == STATUS_SUCCESS);
        EXPECT(Adapter->DmaOperations->BuildMdlFromScatterGatherList(Adapter, Kept.List, Mdl,
                                                                     &Target) == STATUS_SUCCESS);
        BOOLEAN Copied = Kept.List->Elements[0].Address.QuadPart !=
                         MmGetPhysicalAddress(MmGetMdlVirtualAddress(Mdl)).QuadPart;
        EXPECT(Copied == (Target != Mdl));
        EXPECT(Target->ByteCount == 20000);
        EXPECT((ULONGLONG)MmGetMdlPfnArray(Target)[0] ==
               (ULONGLONG)Kept.List->Elements[0].Address.QuadPart >> PAGE_SHIFT);
        Adapter->DmaOperations->PutScatterGatherList(Adapter, Kept.List, TRUE);
        TestFreeBuffer(Mdl);
        Adapter->DmaOperations->PutDmaAdapter(Adapter);
    }
    return 0;
}
