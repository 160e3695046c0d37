// Transfer packets: made when a device starts, more when they run out, and kept until it is removed.
#include "classp.h"

static VOID FreePacket(PTRANSFER_PACKET Packet)
{
    if (Packet->PartialMdl)
        IoFreeMdl(Packet->PartialMdl);
    if (Packet->Irp)
        IoFreeIrp(Packet->Irp);
    ExFreePoolWithTag(Packet, ClasspTag);
}

static PTRANSFER_PACKET MakePacket(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PTRANSFER_PACKET Packet = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Packet), ClasspTag);
    if (!Packet)
        return nullptr;
    RtlZeroMemory(Packet, sizeof(*Packet));
    Packet->Fdo = Fdo;
    Packet->Irp = IoAllocateIrp(Fdo->CommonExtension.LowerDeviceObject->StackSize, FALSE);
    // The address stands for the worst that a transfer of that length can have.
    Packet->PartialMdl =
        IoAllocateMdl((PVOID)(ULONG_PTR)(PAGE_SIZE - 1), ClasspMostTransfer, FALSE, FALSE, nullptr);
    if (!Packet->Irp || !Packet->PartialMdl) {
        FreePacket(Packet);
        return nullptr;
    }
    KeInitializeTimer(&Packet->Timer);
    KeInitializeDpc(&Packet->Dpc, ClasspPacketDpc, Packet);
    return Packet;
}

PTRANSFER_PACKET ClasspTakePacket(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PCLASS_PRIVATE_FDO_DATA Private = Fdo->PrivateFdoData;
    PSLIST_ENTRY Link = InterlockedPopEntrySList(&Private->FreePackets);
    if (Link)
        return CONTAINING_RECORD(Link, TRANSFER_PACKET, Link);
    if (InterlockedIncrement(&Private->PacketCount) <= Private->PacketMaximum) {
        PTRANSFER_PACKET Packet = MakePacket(Fdo);
        if (Packet)
            return Packet;
    }
    InterlockedDecrement(&Private->PacketCount);
    return nullptr;
}

VOID ClasspGivePacket(PTRANSFER_PACKET Packet)
{
    Packet->Original = nullptr;
    InterlockedPushEntrySList(&Packet->Fdo->PrivateFdoData->FreePackets, &Packet->Link);
}

static ULONG LargestTransfer(const STORAGE_ADAPTER_DESCRIPTOR *Adapter)
{
    ULONG Most = Adapter->MaximumTransferLength;
    return Most == 0 || Most > ClasspMostTransfer ? ClasspMostTransfer : Most;
}

// An adapter that says it takes one page, or does not say, is taken at no word: every buffer may touch two.
static ULONG LargestPages(const STORAGE_ADAPTER_DESCRIPTOR *Adapter)
{
    ULONG Pages = Adapter->MaximumPhysicalPages;
    if (Pages == 0 || Pages >= ClasspMostTransfer / PAGE_SIZE + 1)
        return 0;
    return Pages;
}

// The limits hang on the adapter, and on the size of sectors once that is known.
VOID ClasspSetLimits(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PCLASS_PRIVATE_FDO_DATA Private = Fdo->PrivateFdoData;
    ULONG SectorSize = Fdo->DiskGeometry.BytesPerSector;
    Private->Limits = (CORE_LIMITS){
        .MaximumLength = LargestTransfer(Fdo->AdapterDescriptor),
        .MaximumPages = LargestPages(Fdo->AdapterDescriptor),
        .SectorSize = SectorSize ? SectorSize : 512,
    };
    Private->AlignmentMask = Fdo->AdapterDescriptor->AlignmentMask;
}

static ULONG Parameter(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PWSTR Name, ULONG Value, ULONG Least)
{
    ClassGetDeviceParameter(Fdo, L"Classpnp", Name, &Value);
    return max(Value, Least);
}

NTSTATUS ClasspStartTransfers(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PCLASS_PRIVATE_FDO_DATA Private = Fdo->PrivateFdoData;
    const CLASS_WORKING_SET *Set = Fdo->CommonExtension.DriverExtension->WorkingSet;
    ULONG First = Set ? Set->XferPacketsWorkingSetMinimum : ClasspFirstPackets;
    ClasspSetLimits(Fdo);
    if (Private->SerialPacket) // restarted
        return STATUS_SUCCESS;
    Private->PacketMaximum = Set ? Set->XferPacketsWorkingSetMaximum : ClasspMostPackets;
    Private->PacketMaximum =
        (LONG)Parameter(Fdo, L"MaximumTransferPackets", (ULONG)Private->PacketMaximum, 1);
    Private->SerialPacket = MakePacket(Fdo);
    if (!Private->SerialPacket)
        return STATUS_INSUFFICIENT_RESOURCES;
    Private->SerialPacket->Serial = TRUE;
    for (ULONG i = 0; i < min(First, (ULONG)Private->PacketMaximum); i++) {
        PTRANSFER_PACKET Packet = MakePacket(Fdo);
        if (!Packet)
            break; // more are made when they are needed
        Private->PacketCount++;
        ClasspGivePacket(Packet);
    }
    return STATUS_SUCCESS;
}

// No request is on its way any more.
VOID ClasspStopTransfers(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PCLASS_PRIVATE_FDO_DATA Private = Fdo->PrivateFdoData;
    PSLIST_ENTRY Link;
    while ((Link = InterlockedPopEntrySList(&Private->FreePackets)) != nullptr)
        FreePacket(CONTAINING_RECORD(Link, TRANSFER_PACKET, Link));
    if (Private->SerialPacket)
        FreePacket(Private->SerialPacket);
    Private->SerialPacket = nullptr;
}
