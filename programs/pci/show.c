// One function: its line, its ranges and windows, its bytes.
#include "names.h"
#include "pci.h"

// ---- The line

static VOID PciShowPlace(const PCI_FUNCTION_DATA *Data)
{
    if (Data->Segment)
        ConPrint(L"%04lx:", Data->Segment);
    ConPrint(L"%02lx:%02lx.%lu ", Data->Bus, Data->Device, Data->Function);
}

static PCSTR PciClassName(const PCI_HEADER *Header)
{
    ULONG Subclass = (ULONG)Header->Class << 8 | Header->Subclass;
    PCSTR Name = PciFindName(&PciSubclasses, Subclass);
    if (!Name)
        Name = PciFindName(&PciClasses, Header->Class);
    return Name ? Name : "Class";
}

// Numbers stand for what has no name, as lspci writes them.
static VOID PciShowNames(const PCI_HEADER *Header)
{
    PCSTR Vendor = PciFindName(&PciVendors, Header->Vendor);
    PCSTR Device = PciFindName(&PciDevices, (ULONG)Header->Vendor << 16 | Header->Device);
    if (Vendor && Device)
        ConPrint(L"%hs %hs", Vendor, Device);
    else if (Vendor)
        ConPrint(L"%hs Device %04x", Vendor, Header->Device);
    else
        ConPrint(L"Device %04x:%04x", Header->Vendor, Header->Device);
}

VOID PciShowLine(const PCI_SHOWN *Function, BOOLEAN Numbers)
{
    const PCI_HEADER *Header = &Function->Header;
    PciShowPlace(&Function->Data);
    if (Numbers) {
        ConPrint(L"%02x%02x: %04x:%04x", Header->Class, Header->Subclass, Header->Vendor,
                 Header->Device);
    } else {
        ConPrint(L"%hs: ", PciClassName(Header));
        PciShowNames(Header);
    }
    if (Header->Revision)
        ConPrint(L" (rev %02x)", Header->Revision);
    PCSTR Interface =
        PciFindName(&PciInterfaces,
                    (ULONG)Header->Class << 16 | (ULONG)Header->Subclass << 8 | Header->Interface);
    if (!Numbers && Interface && Header->Interface)
        ConPrint(L" (prog-if %02x [%hs])", Header->Interface, Interface);
    ConPrint(L"\n");
}

// ---- Ranges

static VOID PciShowSize(ULONGLONG Bytes)
{
    static const WCHAR Units[] = L" KMGTPE";
    ULONG Unit = 0;
    while (Bytes >= 1024 && Bytes % 1024 == 0) {
        Bytes /= 1024;
        Unit++;
    }
    ConPrint(L" [size=%llu", Bytes);
    if (Unit)
        ConPrint(L"%wc", Units[Unit]);
    ConPrint(L"]");
}

static VOID PciShowRange(const PCI_SHOWN *Function, ULONG Index)
{
    const PCI_RANGE_DATA *Range = &Function->Data.Ranges[Index];
    BOOLEAN IsPort = (Range->Flags & PCI_RANGE_PORT) != 0;
    ULONG Command = PciRead(&Function->Space, PciRegisterCommand, 2);
    if (!Range->Length)
        return;
    if (Index == PciRomBar)
        ConPrint(L"\tExpansion ROM at %08llx", Range->Address);
    else if (IsPort)
        ConPrint(L"\tRegion %lu: I/O ports at %04llx", Index, Range->Address);
    else
        ConPrint(L"\tRegion %lu: Memory at %08llx (%ws-bit, %wsprefetchable)", Index,
                 Range->Address, Range->Flags & PCI_RANGE_WIDE ? L"64" : L"32",
                 Range->Flags & PCI_RANGE_PREFETCHABLE ? L"" : L"non-");
    if (!(Command & (IsPort ? PciCommandIo : PciCommandMemory)))
        ConPrint(L" [disabled]");
    PciShowSize(Range->Length);
    ConPrint(L"\n");
}

static VOID PciShowBridge(const PCI_SHOWN *Function)
{
    static const PCWSTR Kinds[] = {L"I/O", L"Memory", L"Prefetchable memory"};
    PCI_WINDOW Windows[PciWindowKinds];
    PCI_SPACE Space = Function->Space;
    ConPrint(L"\tBus: primary=%02lx, secondary=%02lx, subordinate=%02lx\n",
             PciRead(&Space, PciBridgePrimary, 1), PciRead(&Space, PciBridgeSecondary, 1),
             PciRead(&Space, PciBridgeSubordinate, 1));
    PciReadWindows(&Space, Windows);
    for (ULONG i = 0; i < PciWindowKinds; i++) {
        if (!Windows[i].Implemented)
            continue;
        ConPrint(L"\t%ws behind bridge: ", Kinds[i]);
        if (!PciIsWindowOpen(&Windows[i])) {
            ConPrint(L"none\n");
            continue;
        }
        ConPrint(L"%08llx-%08llx", Windows[i].Base, Windows[i].Limit);
        PciShowSize(Windows[i].Limit + 1 - Windows[i].Base);
        ConPrint(L"\n");
    }
}

// ---- All of it

static VOID PciShowFlags(const PCI_SHOWN *Function)
{
    static const struct {
        ULONG Bit;
        PCWSTR Text;
    } Bits[] = {{PciCommandIo, L"I/O"},
                {PciCommandMemory, L"memory"},
                {PciCommandMaster, L"bus master"},
                {PciCommandNoLine, L"line disabled"}};
    ULONG Command = PciRead(&Function->Space, PciRegisterCommand, 2);
    ConPrint(L"\tFlags: %ws", Function->Data.Started ? L"started" : L"not started");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bits); i++) {
        if (Command & Bits[i].Bit)
            ConPrint(L", %ws", Bits[i].Text);
    }
    if (Function->Header.Pin)
        ConPrint(L", pin %wc", L'A' + Function->Header.Pin - 1);
    // Nobody has set it: not the firmware, which was not there, nor a start with a line.
    if (Function->Header.Pin && Function->Header.Line && Function->Header.Line != PciLineUnknown)
        ConPrint(L", line %u", Function->Header.Line);
    ConPrint(L"\n");
}

VOID PciShowDetails(const PCI_SHOWN *Function)
{
    const PCI_HEADER *Header = &Function->Header;
    if (Header->SubsystemVendor || Header->Subsystem) {
        PCSTR Vendor = PciFindName(&PciVendors, Header->SubsystemVendor);
        ConPrint(L"\tSubsystem: %hs %04x:%04x\n", Vendor ? Vendor : "Vendor",
                 Header->SubsystemVendor, Header->Subsystem);
    }
    PciShowFlags(Function);
    for (ULONG i = 0; i < PciBarSlots; i++)
        PciShowRange(Function, i);
    if (Header->Type == 1)
        PciShowBridge(Function);
    PciShowCapabilities(Function);
    PciShowDriver(Function);
}

VOID PciShowBytes(const PCI_SHOWN *Function, ULONG Length)
{
    enum { LineBytes = 16 };
    Length = min(Length, Function->Space.Length);
    for (ULONG i = 0; i < Length; i++) {
        if (i % LineBytes == 0)
            ConPrint(L"%02lx:", i);
        ConPrint(L" %02x", Function->Bytes[i]);
        if (i % LineBytes == LineBytes - 1)
            ConPrint(L"\n");
    }
}
