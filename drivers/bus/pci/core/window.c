// The windows through which a bridge passes accesses on. PCI-to-PCI Bridge Architecture Specification 1.2,
// 3.2.5.6 to 3.2.5.10: base and limit of each, of which the upper bits are kept.
#include "pcicore.h"

constexpr uint64_t IoUnit = 1 << 12, MemoryUnit = 1 << 20;

uint64_t PciWindowGranularity(PCI_WINDOW_KIND Kind)
{
    return Kind == PciWindowIo ? IoUnit : MemoryUnit;
}

static bool PciKeeps(const PCI_SPACE *Space, uint32_t Register, uint32_t Size, uint32_t Value)
{
    uint32_t Was = PciRead(Space, Register, Size);
    PciWrite(Space, Register, Size, Value);
    bool Keeps = ((PciRead(Space, Register, Size) ^ Value) & 0xF0) == 0;
    PciWrite(Space, Register, Size, Was);
    return Keeps;
}

// A window that is not there reads as 0, or as a closed one, whatever is written. One that may be closed is tried without
// being opened.
static bool PciIsWindowThere(const PCI_SPACE *Space, uint32_t Register, uint32_t Size)
{
    uint32_t Top = Size == 1 ? 0xF0 : 0xFFF0;
    uint32_t Base = PciRead(Space, Register, Size) & Top;
    uint32_t Limit = PciRead(Space, Register + Size, Size) & Top;
    if (Base <= Limit && Limit)
        return true;
    if (Limit)
        return PciKeeps(Space, Register + Size, Size, 0);
    return PciKeeps(Space, Register, Size, Base == Top ? Top - 0x10 : Top);
}

static void PciReadIo(const PCI_SPACE *Space, PCI_WINDOW *Window)
{
    uint32_t Base = PciRead(Space, PciBridgeIoBase, 1), Limit = PciRead(Space, PciBridgeIoLimit, 1);
    Window->Wide = (Base & 0xF) == 1;
    Window->Base = (Base & 0xF0) << 8;
    Window->Limit = (Limit & 0xF0) << 8 | 0xFFF;
    if (!Window->Wide)
        return;
    Window->Base |= (uint64_t)PciRead(Space, PciBridgeIoBaseUpper, 2) << 16;
    Window->Limit |= (uint64_t)PciRead(Space, PciBridgeIoLimitUpper, 2) << 16;
}

static void PciReadMemory(const PCI_SPACE *Space, uint32_t Register, PCI_WINDOW *Window)
{
    Window->Base = (uint64_t)(PciRead(Space, Register, 2) & 0xFFF0) << 16;
    Window->Limit = (uint64_t)(PciRead(Space, Register + 2, 2) & 0xFFF0) << 16 | (MemoryUnit - 1);
}

void PciReadWindows(const PCI_SPACE *Space, PCI_WINDOW *Windows)
{
    PCI_WINDOW *Io = &Windows[PciWindowIo], *Prefetch = &Windows[PciWindowPrefetch];
    for (uint32_t i = 0; i < PciWindowKinds; i++)
        Windows[i] = (PCI_WINDOW){.Base = 1};
    Windows[PciWindowMemory].Implemented = true;
    PciReadMemory(Space, PciBridgeMemoryBase, &Windows[PciWindowMemory]);
    Io->Implemented =
        PciRead(Space, PciBridgeIoBaseUpper, 4) != 0 || PciIsWindowThere(Space, PciBridgeIoBase, 1);
    if (Io->Implemented)
        PciReadIo(Space, Io);
    Prefetch->Implemented = PciRead(Space, PciBridgePrefetchBaseUpper, 4) != 0 ||
                            PciRead(Space, PciBridgePrefetchLimitUpper, 4) != 0 ||
                            PciIsWindowThere(Space, PciBridgePrefetchBase, 2);
    if (!Prefetch->Implemented)
        return;
    PciReadMemory(Space, PciBridgePrefetchBase, Prefetch);
    Prefetch->Wide = (PciRead(Space, PciBridgePrefetchBase, 2) & 0xF) == 1;
    if (Prefetch->Wide) {
        Prefetch->Base |= (uint64_t)PciRead(Space, PciBridgePrefetchBaseUpper, 4) << 32;
        Prefetch->Limit |= (uint64_t)PciRead(Space, PciBridgePrefetchLimitUpper, 4) << 32;
    }
}

static void PciWriteIo(const PCI_SPACE *Space, const PCI_WINDOW *Window)
{
    PciWrite(Space, PciBridgeIoBase, 1, (uint32_t)(Window->Base >> 8) & 0xF0);
    PciWrite(Space, PciBridgeIoLimit, 1, (uint32_t)(Window->Limit >> 8) & 0xF0);
    if (Window->Wide) {
        PciWrite(Space, PciBridgeIoBaseUpper, 2, (uint32_t)(Window->Base >> 16));
        PciWrite(Space, PciBridgeIoLimitUpper, 2, (uint32_t)(Window->Limit >> 16));
    }
}

// The upper halves go first to where nothing is open: between the writes no other range may be decoded.
void PciWriteWindow(const PCI_SPACE *Space, PCI_WINDOW_KIND Kind, const PCI_WINDOW *Window)
{
    bool Prefetch = Kind == PciWindowPrefetch;
    uint32_t Register = Prefetch ? PciBridgePrefetchBase : PciBridgeMemoryBase;
    if (!Window->Implemented)
        return;
    if (Kind == PciWindowIo) {
        PciWriteIo(Space, Window);
        return;
    }
    PciWrite(Space, Register, 2, 0xFFF0);
    PciWrite(Space, Register + 2, 2, 0);
    if (Prefetch && Window->Wide) {
        PciWrite(Space, PciBridgePrefetchBaseUpper, 4, (uint32_t)(Window->Base >> 32));
        PciWrite(Space, PciBridgePrefetchLimitUpper, 4, (uint32_t)(Window->Limit >> 32));
    }
    PciWrite(Space, Register + 2, 2, (uint32_t)(Window->Limit >> 16) & 0xFFF0);
    PciWrite(Space, Register, 2, (uint32_t)(Window->Base >> 16) & 0xFFF0);
}
