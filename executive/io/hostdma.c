// System DMA: the two 8237 controllers that every PC has, programmed for the drivers of devices that have one of their
// channels. A host cannot have their ports: they would let it reach all memory below 16 MiB. It names data of its own,
// which stays where it is until the channel is stopped.
#include "hostp.h"

#include <nt/nthostdma.h>

enum {
    IOP_DMA_CHANNELS = 8,
    IOP_DMA_CASCADE = 4, // the channel through which the first controller reaches the processor
    IOP_DMA_MOST_PAGES = 33,
};

// Of the mode register, with the channel's number in the controller in the lowest bits
enum {
    IOP_DMA_MODE_WRITE = 0x04, // to memory
    IOP_DMA_MODE_READ = 0x08,
    IOP_DMA_MODE_AGAIN = 0x10,
    IOP_DMA_MODE_SINGLE = 0x40, // else on demand
};
enum { IOP_DMA_MASK = 4 }; // of the mask register: the channel stands still

// The registers of a controller; the second one's are two apart, and it counts words.
typedef struct _IOP_DMA_CONTROLLER {
    USHORT First, Mask, Mode, ClearPointer;
    ULONG Spacing, Shift;
} IOP_DMA_CONTROLLER;

static const IOP_DMA_CONTROLLER IopDmaControllers[] = {
    {.First = 0x00, .Mask = 0x0A, .Mode = 0x0B, .ClearPointer = 0x0C, .Spacing = 1, .Shift = 0},
    {.First = 0xC0, .Mask = 0xD4, .Mode = 0xD6, .ClearPointer = 0xD8, .Spacing = 2, .Shift = 1},
};

static const USHORT IopDmaPagePorts[IOP_DMA_CHANNELS] = {0x87, 0x83, 0x81, 0x82,
                                                         0x8F, 0x8B, 0x89, 0x8A};

typedef struct _IOP_DMA_CHANNEL {
    PIO_HOST Host; // whose data it transfers; null: it is stopped
    ULONG PageCount;
    ULONG64 Pages[IOP_DMA_MOST_PAGES]; // pinned
} IOP_DMA_CHANNEL;

static IOP_DMA_CHANNEL IopDmaChannels[IOP_DMA_CHANNELS];

// ---- Registers

static const IOP_DMA_CONTROLLER *IopDmaController(ULONG Channel)
{
    return &IopDmaControllers[Channel / 4];
}

static USHORT IopDmaCounterPort(ULONG Channel, ULONG IsCount)
{
    const IOP_DMA_CONTROLLER *Controller = IopDmaController(Channel);
    return (USHORT)(Controller->First + (2 * (Channel % 4) + IsCount) * Controller->Spacing);
}

static VOID IopDmaOut(USHORT Port, ULONG Value)
{
    (VOID) KeWritePort(Port, sizeof(UCHAR), Value & 0xFF);
}

// Both halves of a register have one port: the controller remembers whose turn it is.
static VOID IopDmaOutHalves(USHORT Port, ULONG Value)
{
    IopDmaOut(Port, Value);
    IopDmaOut(Port, Value >> 8);
}

static VOID IopDmaProgram(ULONG Channel, ULONG64 Address, ULONG Length, ULONG Mode)
{
    const IOP_DMA_CONTROLLER *Controller = IopDmaController(Channel);
    ULONG Bits = Channel % 4 | (Mode & HOST_DMA_TO_DEVICE ? IOP_DMA_MODE_READ : IOP_DMA_MODE_WRITE);
    if (Mode & HOST_DMA_AGAIN)
        Bits |= IOP_DMA_MODE_AGAIN;
    if (!(Mode & HOST_DMA_DEMAND))
        Bits |= IOP_DMA_MODE_SINGLE;
    IopDmaOut(Controller->Mask, Channel % 4 | IOP_DMA_MASK);
    IopDmaOut(Controller->Mode, Bits);
    IopDmaOut(Controller->ClearPointer, 0);
    IopDmaOutHalves(IopDmaCounterPort(Channel, 0), (ULONG)(Address >> Controller->Shift));
    IopDmaOutHalves(IopDmaCounterPort(Channel, 1), (Length >> Controller->Shift) - 1);
    IopDmaOut(IopDmaPagePorts[Channel], (ULONG)(Address >> 16));
    IopDmaOut(Controller->Mask, Channel % 4);
}

static ULONG IopDmaReadCount(ULONG Channel)
{
    USHORT Port = IopDmaCounterPort(Channel, 1);
    ULONG Low = 0, High = 0;
    IopDmaOut(IopDmaController(Channel)->ClearPointer, 0);
    (VOID) KeReadPort(Port, sizeof(UCHAR), &Low);
    (VOID) KeReadPort(Port, sizeof(UCHAR), &High);
    return Low | High << 8;
}

// A transfer is over when the count has gone below zero. It may be read in between its halves' changes, so twice.
static ULONG IopDmaLeft(ULONG Channel)
{
    ULONG Count = IopDmaReadCount(Channel), Again = IopDmaReadCount(Channel);
    for (ULONG i = 0; i < 4 && (Count - Again) > 0xFF; i++) {
        Count = Again;
        Again = IopDmaReadCount(Channel);
    }
    return ((Again + 1) & 0xFFFF) << IopDmaController(Channel)->Shift;
}

// ---- Transfers

static VOID IopDmaUnpin(IOP_DMA_CHANNEL *Channel)
{
    for (ULONG i = 0; i < Channel->PageCount; i++)
        MmUnpinPage(Channel->Pages[i]);
    Channel->PageCount = 0;
}

static VOID IopDmaStop(ULONG Number)
{
    IOP_DMA_CHANNEL *Channel = &IopDmaChannels[Number];
    if (!Channel->Host)
        return;
    IopDmaOut(IopDmaController(Number)->Mask, Number % 4 | IOP_DMA_MASK);
    IopDmaUnpin(Channel);
    Channel->Host = nullptr;
}

VOID IopStopHostDma(PIO_HOST Host, ULONG64 First, ULONG64 Last)
{
    for (ULONG i = 0; i < IOP_DMA_CHANNELS; i++)
        if (IopDmaChannels[i].Host == Host && i >= First && i <= Last)
            IopDmaStop(i);
}

// Pin the data. It must be writable memory of the host's, together where the controller reaches it.
static NTSTATUS IopDmaPin(PIO_HOST Host, const HOST_DMA *Dma, IOP_DMA_CHANNEL *Channel,
                          PULONG64 Address)
{
    ULONG Shift = IopDmaController(Dma->Channel)->Shift;
    ULONG64 Block = 0x10000ull << Shift;
    ULONG InPage = (ULONG)((ULONG_PTR)Dma->Address & (PAGE_SIZE - 1));
    if (!Dma->Length || Dma->Length > Block || (InPage | Dma->Length) & Shift)
        return STATUS_INVALID_PARAMETER;
    ULONG Pages = (InPage + Dma->Length + PAGE_SIZE - 1) / PAGE_SIZE;
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < Pages && NT_SUCCESS(Status); i++) {
        Status = MmPinUserPage(Host->Process,
                               (ULONG_PTR)Dma->Address - InPage + ((ULONG_PTR)i << PAGE_SHIFT),
                               TRUE, &Channel->Pages[i]);
        if (NT_SUCCESS(Status))
            Channel->PageCount++;
        if (NT_SUCCESS(Status) && Channel->Pages[i] != Channel->Pages[0] + i)
            Status = STATUS_INVALID_PARAMETER;
    }
    *Address = (Channel->Pages[0] << PAGE_SHIFT) + InPage;
    ULONG64 Last = *Address + Dma->Length - 1;
    if (NT_SUCCESS(Status) && (*Address / Block != Last / Block || Last >= 1 << 24))
        Status = STATUS_INVALID_PARAMETER;
    if (!NT_SUCCESS(Status))
        IopDmaUnpin(Channel);
    return Status;
}

static NTSTATUS IopDmaStart(PIO_HOST Host, const HOST_DMA *Dma)
{
    IOP_DMA_CHANNEL *Channel = &IopDmaChannels[Dma->Channel];
    ULONG64 Address;
    IopDmaStop(Dma->Channel);
    NTSTATUS Status = IopDmaPin(Host, Dma, Channel, &Address);
    if (!NT_SUCCESS(Status))
        return Status;
    Channel->Host = Host;
    IopDmaProgram(Dma->Channel, Address, Dma->Length, Dma->Mode);
    return STATUS_SUCCESS;
}

NTSTATUS NtHostDma(const HOST_DMA USER *Dma, ULONG USER *Left)
{
    PIO_HOST Host = IopCurrentHost();
    HOST_DMA Given;
    if (!Host)
        return STATUS_ACCESS_DENIED;
    NTSTATUS Status = MmCopyFromUser(&Given, Dma, sizeof(Given));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Given.Channel >= IOP_DMA_CHANNELS || Given.Channel == IOP_DMA_CASCADE)
        return STATUS_INVALID_PARAMETER;
    if (!IopIsGranted(Host, IopDmaResource, Given.Channel, Given.Channel))
        return STATUS_ACCESS_DENIED;
    switch (Given.Operation) {
    case HostDmaProbe:
        return STATUS_SUCCESS;
    case HostDmaStart:
        return IopDmaStart(Host, &Given);
    case HostDmaStop:
        IopDmaStop(Given.Channel);
        return STATUS_SUCCESS;
    case HostDmaQuery:
        return MmWriteUser(Left, IopDmaLeft(Given.Channel));
    default:
        return STATUS_INVALID_PARAMETER;
    }
}
