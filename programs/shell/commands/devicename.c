// What a function of PCI is called by the pci.ids database. Its bus driver tells no more than its kind, and with a driver
// that is enough.
#include "devicep.h"

#include <names.h>

// PCI\VEN_8086&DEV_10D3&...
static BOOLEAN DevicesReadIds(PCWSTR Path, PULONG Vendor, PULONG Device)
{
    static const WCHAR Prefix[] = L"PCI\\VEN_", Middle[] = L"&DEV_";
    enum { PrefixLength = 8, MiddleLength = 5, Digits = 4 };
    PWSTR End;
    if (_wcsnicmp(Path, Prefix, PrefixLength) != 0)
        return FALSE;
    *Vendor = wcstoul(Path + PrefixLength, &End, 16);
    if (End != Path + PrefixLength + Digits || _wcsnicmp(End, Middle, MiddleLength) != 0)
        return FALSE;
    PCWSTR Number = End + MiddleLength;
    *Device = wcstoul(Number, &End, 16);
    return End == Number + Digits;
}

VOID DevicesShowPciName(PCWSTR Path)
{
    WCHAR Services[DevicesBuffer / sizeof(WCHAR)];
    ULONG Vendor, Device, Bits, Problem;
    if (!DevicesReadIds(Path, &Vendor, &Device) || !DevicesStatus(Path, &Bits, &Problem) ||
        !(Bits & DN_HAS_PROBLEM) ||
        DevicesProperty(Path, PNP_PROPERTY_SERVICES, Services) > sizeof(WCHAR))
        return;
    PCSTR Maker = PciFindName(&PciVendors, Vendor);
    PCSTR Name = PciFindName(&PciDevices, Vendor << 16 | Device);
    if (Maker && Name)
        ShPrint(L"  (%hs %hs)", Maker, Name);
    else if (Maker)
        ShPrint(L"  (%hs)", Maker);
}
