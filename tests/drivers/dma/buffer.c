// Common buffers.

#include "driver.h"

static ULONG CheckBuffer(PUCHAR Buffer, ULONG Length, PHYSICAL_ADDRESS Logical, LONGLONG Limit)
{
    EXPECT(Buffer && Logical.QuadPart && Logical.QuadPart + Length <= Limit);
    for (ULONG i = 0; i < Length; i += PAGE_SIZE)
        EXPECT(MmGetPhysicalAddress(Buffer + i).QuadPart == Logical.QuadPart + i);
    for (ULONG i = 0; i < Length; i++)
        EXPECT(Buffer[i] == 0);
    RtlFillMemory(Buffer, Length, 0xA5);
    EXPECT(Buffer[Length - 1] == 0xA5);
    return 0;
}

ULONG TestCommonBuffers(VOID)
{
    static const ULONG Lengths[] = {1, 4096, 5000, 0x10000, 0x80000};
    static const struct {
        ULONG Width;
        LONGLONG Limit;
    } Kinds[] = {{24, 1ll << 24}, {32, 1ll << 32}, {64, MAXLONGLONG}};
    for (ULONG k = 0; k < RTL_NUMBER_OF(Kinds); k++) {
        PDMA_ADAPTER Adapter =
            TestAdapter(DEVICE_DESCRIPTION_VERSION3, Kinds[k].Width, TRUE, 65536, NULL);
        EXPECT(Adapter);
        for (ULONG i = 0; i < RTL_NUMBER_OF(Lengths); i++) {
            PHYSICAL_ADDRESS Logical;
            PUCHAR Buffer = Adapter->DmaOperations->AllocateCommonBuffer(Adapter, Lengths[i],
                                                                         &Logical, i % 2 == 0);
            ULONG Failed = CheckBuffer(Buffer, Lengths[i], Logical, Kinds[k].Limit);
            if (Failed)
                return Failed * 100 + k * 10 + i;
            Adapter->DmaOperations->FreeCommonBuffer(Adapter, Lengths[i], Logical, Buffer,
                                                     i % 2 == 0);
        }
        Adapter->DmaOperations->PutDmaAdapter(Adapter);
    }
    return 0;
}

ULONG TestVector(VOID)
{
    enum { Count = 5 };
    PHYSICAL_ADDRESS Low = {.QuadPart = 0}, High = {.QuadPart = MAXLONGLONG}, Logical[Count];
    PDMA_ADAPTER Adapter = TestAdapter(DEVICE_DESCRIPTION_VERSION3, 64, TRUE, 65536, NULL);
    PDMA_COMMON_BUFFER_VECTOR Vector;
    PVOID Buffer[Count];
    EXPECT(Adapter);
    PDMA_OPERATIONS Operations = Adapter->DmaOperations;
    EXPECT(Operations->AllocateCommonBufferVector(Adapter, Low, High, MmCached, 0, 0, Count, 6000,
                                                  &Vector) == STATUS_SUCCESS);
    for (ULONG i = 0; i < Count; i++) {
        Operations->GetCommonBufferFromVectorByIndex(Adapter, Vector, i, &Buffer[i], &Logical[i]);
        ULONG Failed = CheckBuffer(Buffer[i], 6000, Logical[i], MAXLONGLONG);
        if (Failed)
            return Failed;
        for (ULONG k = 0; k < i; k++)
            EXPECT(Buffer[k] != Buffer[i] && Logical[k].QuadPart != Logical[i].QuadPart);
    }
    Operations->FreeCommonBufferFromVector(Adapter, Vector, 2);
    Operations->GetCommonBufferFromVectorByIndex(Adapter, Vector, 2, &Buffer[2], &Logical[2]);
    EXPECT(!Buffer[2]);
    Operations->FreeCommonBufferVector(Adapter, Vector);
    PHYSICAL_ADDRESS Maximum = {.QuadPart = (1 << 24) - 1};
    MEMORY_CACHING_TYPE Type = MmNonCached;
    Buffer[0] = Operations->AllocateCommonBufferWithBounds(Adapter, NULL, &Maximum, 8192, 0, &Type,
                                                           0, &Logical[0]);
    ULONG Failed = CheckBuffer(Buffer[0], 8192, Logical[0], 1 << 24);
    if (Failed)
        return Failed;
    Operations->FreeCommonBuffer(Adapter, 8192, Logical[0], Buffer[0], FALSE);
    Operations->PutDmaAdapter(Adapter);
    return 0;
}
