// Resource descriptors: what they say, in one form.
#include "pnparbiter.h"

// Lengths of large memory are in larger units.
static ULONG PnpLengthShift(UCHAR Type, USHORT Flags)
{
    if (Type != CmResourceTypeMemoryLarge)
        return 0;
    if (Flags & CM_RESOURCE_MEMORY_LARGE_40)
        return 8;
    if (Flags & CM_RESOURCE_MEMORY_LARGE_48)
        return 16;
    return Flags & CM_RESOURCE_MEMORY_LARGE_64 ? 32 : 0;
}

static PNP_KIND PnpKindOf(UCHAR Type, USHORT Flags)
{
    switch (Type) {
    case CmResourceTypePort:
        return PnpPorts;
    case CmResourceTypeMemory:
    case CmResourceTypeMemoryLarge:
        return PnpMemory;
    case CmResourceTypeInterrupt:
        return Flags & CM_RESOURCE_INTERRUPT_MESSAGE ? PnpMessages : PnpLines;
    case CmResourceTypeBusNumber:
        return PnpBusNumbers;
    case CmResourceTypeDma:
        return PnpDmaChannels;
    default:
        return PnpOther;
    }
}

// Bus numbers are had to be handed on.
static BOOLEAN PnpIsWindow(PNP_KIND Kind, USHORT Flags)
{
    return Kind == PnpBusNumbers || (Kind == PnpPorts && Flags & CM_RESOURCE_PORT_WINDOW_DECODE) ||
           (Kind == PnpMemory && Flags & CM_RESOURCE_MEMORY_WINDOW_DECODE);
}

static VOID PnpBeginWant(PPNP_WANT Want, UCHAR Type, UCHAR ShareDisposition, USHORT Flags)
{
    PNP_KIND Kind = PnpKindOf(Type, Flags);
    *Want = (PNP_WANT){
        .Kind = Kind,
        .Length = 1,
        .Alignment = 1,
        .Shared = ShareDisposition == CmResourceShareShared,
        .Window = PnpIsWindow(Kind, Flags),
        .Prefetchable = Kind == PnpMemory && Flags & CM_RESOURCE_MEMORY_PREFETCHABLE,
    };
}

static BOOLEAN PnpIsWantValid(const PNP_WANT *Want)
{
    return Want->Length && Want->Maximum >= Want->Minimum &&
           Want->Maximum - Want->Minimum >= Want->Length - 1;
}

BOOLEAN PnpReadWant(const IO_RESOURCE_DESCRIPTOR *Descriptor, PPNP_WANT Want)
{
    ULONG Shift = PnpLengthShift(Descriptor->Type, Descriptor->Flags);
    PnpBeginWant(Want, Descriptor->Type, Descriptor->ShareDisposition, Descriptor->Flags);
    switch (Want->Kind) {
    case PnpPorts:
    case PnpMemory:
        Want->Length = (ULONG64)Descriptor->u.Generic.Length << Shift;
        Want->Alignment = max((ULONG64)Descriptor->u.Generic.Alignment << Shift, 1ull);
        Want->Minimum = (ULONG64)Descriptor->u.Generic.MinimumAddress.QuadPart;
        Want->Maximum = (ULONG64)Descriptor->u.Generic.MaximumAddress.QuadPart;
        return PnpIsWantValid(Want);
    case PnpLines:
        Want->Minimum = Descriptor->u.Interrupt.MinimumVector;
        Want->Maximum = Descriptor->u.Interrupt.MaximumVector;
        return PnpIsWantValid(Want);
    case PnpBusNumbers:
        Want->Length = Descriptor->u.BusNumber.Length;
        Want->Minimum = Descriptor->u.BusNumber.MinBusNumber;
        Want->Maximum = Descriptor->u.BusNumber.MaxBusNumber;
        return PnpIsWantValid(Want);
    case PnpDmaChannels:
        Want->Minimum = Descriptor->u.Dma.MinimumChannel;
        Want->Maximum = Descriptor->u.Dma.MaximumChannel;
        return PnpIsWantValid(Want);
    case PnpMessages: // the tokens from minimum to maximum are counted
        Want->Length = (ULONG64)Descriptor->u.Interrupt.MaximumVector -
                       Descriptor->u.Interrupt.MinimumVector + 1;
        return Descriptor->u.Interrupt.MinimumVector <= Descriptor->u.Interrupt.MaximumVector;
    default:
        return TRUE;
    }
}

BOOLEAN PnpReadGiven(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Descriptor, PPNP_WANT Want)
{
    ULONG Shift = PnpLengthShift(Descriptor->Type, Descriptor->Flags);
    PnpBeginWant(Want, Descriptor->Type, Descriptor->ShareDisposition, Descriptor->Flags);
    switch (Want->Kind) {
    case PnpPorts:
    case PnpMemory:
        Want->Minimum = (ULONG64)Descriptor->u.Generic.Start.QuadPart;
        Want->Length = (ULONG64)Descriptor->u.Generic.Length << Shift;
        break;
    case PnpLines:
        Want->Minimum = Descriptor->u.Interrupt.Vector;
        break;
    case PnpBusNumbers:
        Want->Minimum = Descriptor->u.BusNumber.Start;
        Want->Length = Descriptor->u.BusNumber.Length;
        break;
    case PnpDmaChannels:
        Want->Minimum = Descriptor->u.Dma.Channel;
        break;
    default:
        return FALSE;
    }
    Want->Maximum = Want->Minimum + Want->Length - 1;
    return PnpIsWantValid(Want);
}

VOID PnpWriteGiven(const IO_RESOURCE_DESCRIPTOR *Descriptor, const PNP_WANT *Want, ULONG64 Start,
                   PCM_PARTIAL_RESOURCE_DESCRIPTOR Given)
{
    ULONG Shift = PnpLengthShift(Descriptor->Type, Descriptor->Flags);
    *Given = (CM_PARTIAL_RESOURCE_DESCRIPTOR){
        .Type = Descriptor->Type,
        .ShareDisposition = Descriptor->ShareDisposition,
        .Flags = Descriptor->Flags,
    };
    switch (Want->Kind) {
    case PnpPorts:
    case PnpMemory:
        Given->u.Generic.Start.QuadPart = (LONGLONG)Start;
        Given->u.Generic.Length = (ULONG)(Want->Length >> Shift);
        break;
    case PnpLines:
        Given->u.Interrupt.Level = (USHORT)Start;
        Given->u.Interrupt.Vector = (ULONG)Start;
        Given->u.Interrupt.Affinity = 1;
        break;
    case PnpMessages:
        Given->u.MessageInterrupt.MessageCount = (USHORT)Want->Length;
        Given->u.MessageInterrupt.Vector = (ULONG)Start;
        Given->u.MessageInterrupt.Affinity = 1;
        break;
    case PnpBusNumbers:
        Given->u.BusNumber.Start = (ULONG)Start;
        Given->u.BusNumber.Length = (ULONG)Want->Length;
        break;
    case PnpDmaChannels:
        Given->u.Dma.Channel = (ULONG)Start;
        break;
    case PnpOther:
        memcpy(Given->u.Data, &Descriptor->u, 3 * sizeof(ULONG));
        break;
    }
}
