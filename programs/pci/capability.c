// The capabilities of a function, decoded.
#include "pci.h"

static ULONG PciWord(const PCI_SHOWN *Function, ULONG Offset)
{
    return PciRead(&Function->Space, Offset, 2);
}

static ULONG PciLong(const PCI_SHOWN *Function, ULONG Offset)
{
    return PciRead(&Function->Space, Offset, 4);
}

static WCHAR PciSign(ULONG Set)
{
    return Set ? L'+' : L'-';
}

// ---- One routine each

static VOID PciShowPower(const PCI_SHOWN *Function, ULONG Place)
{
    ULONG Able = PciWord(Function, Place + 2), Control = PciWord(Function, Place + 4);
    ConPrint(L"Power Management version %lu: D%lu, D1%wc D2%wc, PME from %ws%ws%ws%ws%ws, PME%wc",
             Able & 7, Control & 3, PciSign(Able & 1 << 9), PciSign(Able & 1 << 10),
             Able & 1 << 11 ? L"D0 " : L"", Able & 1 << 12 ? L"D1 " : L"",
             Able & 1 << 13 ? L"D2 " : L"", Able & 1 << 14 ? L"D3hot " : L"",
             Able & 1 << 15 ? L"D3cold" : L"-", PciSign(Control & 1 << 8));
}

static VOID PciShowMsi(const PCI_SHOWN *Function, ULONG Place)
{
    ULONG Control = PciWord(Function, Place + 2), Data = Place + (Control & 0x80 ? 12 : 8);
    ConPrint(L"MSI: Enable%wc Count=%u/%u Maskable%wc 64bit%wc, address %08lx, data %04lx",
             PciSign(Control & 1), 1u << (Control >> 4 & 7), 1u << (Control >> 1 & 7),
             PciSign(Control & 0x100), PciSign(Control & 0x80), PciLong(Function, Place + 4),
             PciWord(Function, Data));
}

static VOID PciShowMsix(const PCI_SHOWN *Function, ULONG Place)
{
    ULONG Control = PciWord(Function, Place + 2);
    ULONG Table = PciLong(Function, Place + 4), Pending = PciLong(Function, Place + 8);
    ConPrint(L"MSI-X: Enable%wc Count=%lu Masked%wc, table in region %lu at %lx, pending bits in "
             L"region %lu at %lx",
             PciSign(Control & 1 << 15), (Control & 0x7FF) + 1, PciSign(Control & 1 << 14),
             Table & 7, Table & ~7ul, Pending & 7, Pending & ~7ul);
}

static VOID PciShowSlot(const PCI_SHOWN *Function, ULONG Place)
{
    static const struct {
        ULONG Bit;
        PCWSTR Text;
    } Bits[] = {{1 << 0, L"attention button"},    {1 << 1, L"power controller"},
                {1 << 3, L"attention indicator"}, {1 << 4, L"power indicator"},
                {1 << 5, L"surprise removal"},    {1 << 6, L"hot plug"}};
    ULONG Slot = PciLong(Function, Place + 0x14), Status = PciWord(Function, Place + 0x1A);
    ConPrint(L"\n\t\tSlot %lu: %ws", Slot >> 19, Status & 1 << 6 ? L"occupied" : L"empty");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bits); i++) {
        if (Slot & Bits[i].Bit)
            ConPrint(L", %ws", Bits[i].Text);
    }
}

static VOID PciShowExpress(const PCI_SHOWN *Function, ULONG Place)
{
    static const PCWSTR Types[16] = {
        [0] = L"Endpoint",
        [1] = L"Legacy Endpoint",
        [4] = L"Root Port",
        [5] = L"Upstream Port",
        [6] = L"Downstream Port",
        [7] = L"PCI-Express to PCI Bridge",
        [8] = L"PCI to PCI-Express Bridge",
        [9] = L"Root Complex Integrated Endpoint",
        [10] = L"Root Complex Event Collector",
    };
    ULONG Flags = PciWord(Function, Place + 2), Type = Flags >> 4 & 0xF;
    ULONG Able = PciLong(Function, Place + 4), Link = PciWord(Function, Place + 0x12);
    ConPrint(L"Express version %lu, %ws, payload %u of %u bytes, FLR%wc", Flags & 0xF,
             Types[Type] ? Types[Type] : L"unknown type",
             128u << (PciWord(Function, Place + 8) >> 5 & 7), 128u << (Able & 7),
             PciSign(Able & 1 << 28));
    if (Type != 9 && Type != 10)
        ConPrint(L", link x%lu speed %lu", Link >> 4 & 0x3F, Link & 0xF);
    if (Flags & 1 << 8)
        PciShowSlot(Function, Place);
}

static VOID PciShowSubsystem(const PCI_SHOWN *Function, ULONG Place)
{
    ConPrint(L"Subsystem: %04lx:%04lx", PciWord(Function, Place + 4), PciWord(Function, Place + 6));
}

static VOID PciShowVendor(const PCI_SHOWN *Function, ULONG Place)
{
    ConPrint(L"Vendor specific, %lu bytes", PciRead(&Function->Space, Place + 2, 1));
}

static VOID PciShowAdvanced(const PCI_SHOWN *Function, ULONG Place)
{
    ULONG Able = PciRead(&Function->Space, Place + 3, 1);
    ConPrint(L"PCI Advanced Features: TP%wc FLR%wc", PciSign(Able & 1), PciSign(Able & 2));
}

static VOID PciShowSlotId(const PCI_SHOWN *Function, ULONG Place)
{
    ULONG Slots = PciRead(&Function->Space, Place + 2, 1);
    ConPrint(L"Slot identification: %lu slots, chassis %lu", Slots & 0x1F,
             PciRead(&Function->Space, Place + 3, 1));
}

static const struct {
    ULONG Id;
    PCWSTR Name; // shown when there is no routine
    VOID (*Show)(const PCI_SHOWN *Function, ULONG Place);
} PciKnown[] =
    {
        {0x01, nullptr, PciShowPower},
        {0x02, L"AGP", nullptr},
        {0x03, L"Vital Product Data", nullptr},
        {0x04, nullptr, PciShowSlotId},
        {0x05, nullptr, PciShowMsi},
        {0x06, L"CompactPCI hot swap", nullptr},
        {0x07, L"PCI-X", nullptr},
        {0x08, L"HyperTransport", nullptr},
        {0x09, nullptr, PciShowVendor},
        {0x0A, L"Debug port", nullptr},
        {0x0C, L"Hot-plug controller", nullptr},
        {0x0D, nullptr, PciShowSubsystem},
        {0x0F, L"Secure device", nullptr},
        {0x10, nullptr, PciShowExpress},
        {0x11, nullptr, PciShowMsix},
        {0x12, L"SATA", nullptr},
        {0x13, nullptr, PciShowAdvanced},
},
  PciKnownExtended[] = {
      {0x01, L"Advanced Error Reporting", nullptr},
      {0x02, L"Virtual Channel", nullptr},
      {0x03, L"Device Serial Number", nullptr},
      {0x04, L"Power Budgeting", nullptr},
      {0x0B, L"Vendor specific", nullptr},
      {0x0D, L"Access Control Services", nullptr},
      {0x0E, L"Alternative Routing-ID Interpretation", nullptr},
      {0x0F, L"Address Translation Service", nullptr},
      {0x10, L"Single Root I/O Virtualization", nullptr},
      {0x13, L"Page Request Interface", nullptr},
      {0x15, L"Resizable ranges", nullptr},
      {0x18, L"Latency Tolerance Reporting", nullptr},
      {0x19, L"Secondary PCI Express", nullptr},
      {0x1B, L"Process Address Space ID", nullptr},
      {0x1E, L"L1 PM Substates", nullptr},
};

// ---- The lists

static VOID PciShowPlain(const PCI_SHOWN *Function)
{
    uint32_t Id, Place = PciNextCapability(&Function->Space, 0, &Id);
    for (; Place; Place = PciNextCapability(&Function->Space, Place, &Id)) {
        ULONG i = 0;
        while (i < RTL_NUMBER_OF(PciKnown) && PciKnown[i].Id != Id)
            i++;
        ConPrint(L"\tCapabilities: [%02lx] ", Place);
        if (i == RTL_NUMBER_OF(PciKnown))
            ConPrint(L"%02lx", Id);
        else if (PciKnown[i].Show)
            PciKnown[i].Show(Function, Place);
        else
            ConPrint(L"%ws", PciKnown[i].Name);
        ConPrint(L"\n");
    }
}

static VOID PciShowExtended(const PCI_SHOWN *Function)
{
    uint32_t Id, Place = PciNextExtended(&Function->Space, 0, &Id);
    for (; Place; Place = PciNextExtended(&Function->Space, Place, &Id)) {
        ULONG i = 0;
        while (i < RTL_NUMBER_OF(PciKnownExtended) && PciKnownExtended[i].Id != Id)
            i++;
        ConPrint(L"\tCapabilities: [%03lx] ", Place);
        if (i == RTL_NUMBER_OF(PciKnownExtended))
            ConPrint(L"%04lx\n", Id);
        else
            ConPrint(L"%ws\n", PciKnownExtended[i].Name);
    }
}

VOID PciShowCapabilities(const PCI_SHOWN *Function)
{
    PciShowPlain(Function);
    PciShowExtended(Function);
}
