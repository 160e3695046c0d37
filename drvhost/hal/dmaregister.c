// Map registers and the channel of an adapter: who waits for them, and what they hold.

#include "dma.h"

// ---- Giving out

static PHALP_REGISTER HalpTakeRegisters(PHALP_ADAPTER Adapter, ULONG Count)
{
    if (!Count)
        return &Adapter->Empty;
    for (ULONG i = 0, Run = 0; i < Adapter->MaximumRegisters; i++) {
        Run = Adapter->Register[i].Taken ? 0 : Run + 1;
        if (Run < Count)
            continue;
        PHALP_REGISTER Base = &Adapter->Register[i + 1 - Count];
        for (ULONG k = 0; k < Count; k++)
            Base[k].Taken = TRUE;
        Base->Count = Count;
        Base->Used = 0;
        return Base;
    }
    return nullptr;
}

// Called with the lock.
static BOOLEAN HalpGrant(PHALP_ADAPTER Adapter, PHALP_WAIT Wait)
{
    if (Wait->Channel && Adapter->ChannelBusy)
        return FALSE;
    Wait->Base = HalpTakeRegisters(Adapter, Wait->Registers);
    if (!Wait->Base)
        return FALSE;
    if (Wait->Channel) {
        Adapter->ChannelBusy = TRUE;
        Adapter->ChannelBase = Wait->Base;
    }
    return TRUE;
}

NTSTATUS HalpRequest(PHALP_ADAPTER Adapter, PHALP_WAIT Wait, BOOLEAN Now)
{
    if (!Adapter->Bounces)
        Wait->Registers = 0;
    if (Wait->Registers > Adapter->MaximumRegisters)
        return STATUS_INSUFFICIENT_RESOURCES;
    KIRQL Irql = KeAcquireSpinLockRaiseToDpc(&Adapter->Lock);
    BOOLEAN Granted = IsListEmpty(&Adapter->Waiters) && HalpGrant(Adapter, Wait);
    if (!Granted && !Now)
        InsertTailList(&Adapter->Waiters, &Wait->Link);
    KeReleaseSpinLockFromDpcLevel(&Adapter->Lock);
    if (Granted)
        Wait->Start(Adapter, Wait);
    KeLowerIrql(Irql);
    return Granted || !Now ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

// In the order in which they came: one that wants much is not passed by.
static VOID HalpServeWaiters(PHALP_ADAPTER Adapter)
{
    KIRQL Irql = KeAcquireSpinLockRaiseToDpc(&Adapter->Lock);
    while (!IsListEmpty(&Adapter->Waiters)) {
        PHALP_WAIT Wait = CONTAINING_RECORD(Adapter->Waiters.Flink, HALP_WAIT, Link);
        if (!HalpGrant(Adapter, Wait))
            break;
        RemoveEntryList(&Wait->Link);
        KeReleaseSpinLockFromDpcLevel(&Adapter->Lock);
        Wait->Start(Adapter, Wait);
        KeAcquireSpinLockAtDpcLevel(&Adapter->Lock);
    }
    KeReleaseSpinLock(&Adapter->Lock, Irql);
}

BOOLEAN HalpCancelWait(PHALP_ADAPTER Adapter, PHALP_WAIT Wait)
{
    BOOLEAN Waits = FALSE;
    KIRQL Irql = KeAcquireSpinLockRaiseToDpc(&Adapter->Lock);
    for (PLIST_ENTRY Link = Adapter->Waiters.Flink; Link != &Adapter->Waiters && !Waits;
         Link = Link->Flink)
        Waits = Link == &Wait->Link;
    if (Waits)
        RemoveEntryList(&Wait->Link);
    KeReleaseSpinLock(&Adapter->Lock, Irql);
    if (Waits)
        HalpServeWaiters(Adapter); // who came behind may want less
    return Waits;
}

// ---- Taking back

static VOID HalpFreeRun(PHALP_REGISTER Base)
{
    ULONG Count = Base->Count;
    Base->Count = Base->Used = 0;
    for (ULONG i = 0; i < Count; i++)
        Base[i].Taken = FALSE;
}

VOID HalpReleaseRegisters(PHALP_ADAPTER Adapter, PHALP_REGISTER Base)
{
    if (!Base || !Base->Count)
        return;
    KIRQL Irql = KeAcquireSpinLockRaiseToDpc(&Adapter->Lock);
    HalpFreeRun(Base);
    KeReleaseSpinLock(&Adapter->Lock, Irql);
    HalpServeWaiters(Adapter);
}

VOID HalpReleaseChannel(PHALP_ADAPTER Adapter, BOOLEAN KeepRegisters)
{
    KIRQL Irql = KeAcquireSpinLockRaiseToDpc(&Adapter->Lock);
    if (Adapter->ChannelBusy && !KeepRegisters)
        HalpFreeRun(Adapter->ChannelBase);
    Adapter->ChannelBusy = FALSE;
    Adapter->ChannelBase = nullptr;
    KeReleaseSpinLock(&Adapter->Lock, Irql);
    HalpServeWaiters(Adapter);
}

// ---- What they hold

static ULONG HalpRegisterIndex(PHALP_ADAPTER Adapter, PHALP_REGISTER Register)
{
    return (ULONG)(Register - Adapter->Register);
}

static PUCHAR HalpRegisterData(PHALP_ADAPTER Adapter, PHALP_REGISTER Register)
{
    return Adapter->Bounce + ((SIZE_T)HalpRegisterIndex(Adapter, Register) << PAGE_SHIFT) +
           Register->InPage;
}

ULONGLONG HalpMapThrough(PHALP_ADAPTER Adapter, PHALP_REGISTER Base, PMDL Mdl, ULONGLONG Offset,
                         ULONG InPage, PULONG Length, BOOLEAN WriteToDevice)
{
    ULONG Pages = BYTES_TO_PAGES(InPage + *Length);
    if (Base->Count - Base->Used < Pages) {
        *Length = 0;
        return 0;
    }
    PHALP_REGISTER Register = Base + Base->Used;
    Base->Used += Pages;
    Register->Offset = Offset;
    Register->Length = *Length;
    Register->InPage = InPage;
    Register->Pages = Pages;
    if (WriteToDevice)
        HalpCopy(Mdl, Offset, *Length, HalpRegisterData(Adapter, Register), TRUE);
    return Adapter->BounceAddress +
           ((ULONGLONG)HalpRegisterIndex(Adapter, Register) << PAGE_SHIFT) + InPage;
}

// A device without scatter/gather takes all of it in one piece, which it mostly is not.
ULONGLONG HalpMap(PHALP_ADAPTER Adapter, PHALP_REGISTER Base, PMDL Mdl, ULONGLONG Offset,
                  PULONG Length, BOOLEAN WriteToDevice)
{
    HALP_PLACE Place;
    ULONGLONG Address;
    BOOLEAN Reachable;
    if (!HalpFindPlace(Mdl, Offset, &Place)) {
        *Length = 0;
        return 0;
    }
    ULONG InPage = Place.Byte & (PAGE_SIZE - 1);
    ULONG Run = HalpNextRun(Adapter, &Place, *Length, &Address, &Reachable);
    if (Reachable && (Adapter->ScatterGather || Run == *Length)) {
        *Length = Run;
        return Address;
    }
    if (Adapter->ScatterGather)
        *Length = Run;
    return HalpMapThrough(Adapter, Base, Mdl, Offset, InPage, Length, WriteToDevice);
}

static VOID HalpFlushRegister(PHALP_ADAPTER Adapter, PHALP_REGISTER Register, PMDL Mdl,
                              ULONGLONG Offset, ULONGLONG End, BOOLEAN WriteToDevice)
{
    ULONGLONG Start = max(Register->Offset, Offset);
    ULONGLONG Stop = min(Register->Offset + Register->Length, End);
    if (Start >= Stop)
        return;
    if (!WriteToDevice)
        HalpCopy(Mdl, Start, (ULONG)(Stop - Start),
                 HalpRegisterData(Adapter, Register) + (Start - Register->Offset), FALSE);
    Register->Length = 0;
}

// The registers are free for the next mapping when all of them are flushed.
VOID HalpFlush(PHALP_ADAPTER Adapter, PHALP_REGISTER Base, PMDL Mdl, ULONGLONG Offset, ULONG Length,
               BOOLEAN WriteToDevice)
{
    ULONG Left = 0;
    for (ULONG i = 0; i < Base->Used; i += Base[i].Pages) {
        HalpFlushRegister(Adapter, &Base[i], Mdl, Offset, Offset + Length, WriteToDevice);
        Left += Base[i].Length;
    }
    if (!Left)
        Base->Used = 0;
}
