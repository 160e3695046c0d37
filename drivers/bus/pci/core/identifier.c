// Names of functions: identifiers as Windows makes them ("Identifiers for PCI devices"), descriptions by the
// class code.
#include "pcicore.h"

// ---- Texts

static char *PciPut(char *Place, const char *Text)
{
    while (*Text)
        *Place++ = *Text++;
    *Place = 0;
    return Place;
}

static char *PciPutHex(char *Place, const char *Label, uint32_t Value, uint32_t Digits)
{
    static const char Hex[] = "0123456789ABCDEF";
    Place = PciPut(Place, Label);
    while (Digits--)
        *Place++ = Hex[Value >> 4 * Digits & 0xF];
    *Place = 0;
    return Place;
}

// ---- Parts of identifiers

typedef enum PCI_PART {
    PartVendor = 1,
    PartDevice = 2,
    PartSubsystem = 4,
    PartRevision = 8,
    PartClass = 16,
    PartInterface = 32, // of the class code
    PartExpress = 64,
} PCI_PART;

typedef struct PCI_NAMED {
    const PCI_HEADER *Header;
    int Express;
} PCI_NAMED;

static char *PciPutClass(char *Place, const PCI_HEADER *Header, uint32_t Parts, const char *Label)
{
    Place = PciPutHex(Place, Label, Header->Class, 2);
    Place = PciPutHex(Place, "", Header->Subclass, 2);
    return Parts & PartInterface ? PciPutHex(Place, "", Header->Interface, 2) : Place;
}

static char *PciPutIdentifier(char *Place, const PCI_NAMED *Named, uint32_t Parts)
{
    const PCI_HEADER *Header = Named->Header;
    const char *Separator = "";
    Place = PciPut(Place, "PCI\\");
    if (Parts & PartVendor) {
        Place = PciPutHex(Place, "VEN_", Header->Vendor, 4);
        Separator = "&";
    }
    if (Parts & PartDevice)
        Place = PciPutHex(Place, "&DEV_", Header->Device, 4);
    if (Parts & PartSubsystem) {
        Place = PciPutHex(Place, "&SUBSYS_", Header->Subsystem, 4);
        Place = PciPutHex(Place, "", Header->SubsystemVendor, 4);
    }
    if (Parts & PartRevision)
        Place = PciPutHex(Place, "&REV_", Header->Revision, 2);
    if (Parts & PartClass)
        Place = PciPutClass(PciPut(Place, Separator), Header, Parts, "CC_");
    if (Parts & PartExpress)
        Place = PciPutHex(Place, "&DT_", (uint32_t)Named->Express, 1);
    return Place;
}

// Zero ends the parts.
static void PciPutList(char *List, const PCI_NAMED *Named, const uint8_t *Parts)
{
    for (; *Parts; Parts++) {
        if ((*Parts & PartExpress) && Named->Express < 0)
            continue;
        List = PciPutIdentifier(List, Named, *Parts) + 1;
    }
    *List = 0;
}

void PciDeviceId(const PCI_HEADER *Header, char *Text)
{
    PCI_NAMED Named = {Header, -1};
    (void)PciPutIdentifier(Text, &Named, PartVendor | PartDevice | PartSubsystem | PartRevision);
}

void PciHardwareIds(const PCI_HEADER *Header, char *List)
{
    static const uint8_t Parts[] = {
        PartVendor | PartDevice | PartSubsystem | PartRevision,
        PartVendor | PartDevice | PartSubsystem,
        PartVendor | PartDevice | PartClass | PartInterface,
        PartVendor | PartDevice | PartClass,
        0,
    };
    PCI_NAMED Named = {Header, -1};
    PciPutList(List, &Named, Parts);
}

void PciCompatibleIds(const PCI_HEADER *Header, int Express, char *List)
{
    static const uint8_t Parts[] = {
        PartVendor | PartDevice | PartRevision,
        PartVendor | PartDevice,
        PartVendor | PartClass | PartInterface,
        PartVendor | PartClass,
        PartVendor,
        PartClass | PartInterface | PartExpress,
        PartClass | PartInterface,
        PartClass | PartExpress,
        PartClass,
        0,
    };
    PCI_NAMED Named = {Header, Express};
    PciPutList(List, &Named, Parts);
}

// ---- Descriptions

enum { Any = 0x100 };

static const struct {
    uint16_t Class, Subclass, Interface;
    const char *Text;
} PciClasses[] = {
    {0x00, 0x01, Any, "VGA Compatible Device"},
    {0x01, 0x00, Any, "SCSI Controller"},
    {0x01, 0x01, Any, "IDE Controller"},
    {0x01, 0x02, Any, "Floppy Controller"},
    {0x01, 0x04, Any, "RAID Controller"},
    {0x01, 0x06, 0x01, "SATA AHCI Controller"},
    {0x01, 0x06, Any, "SATA Controller"},
    {0x01, 0x07, Any, "Serial Attached SCSI Controller"},
    {0x01, 0x08, 0x02, "NVM Express Controller"},
    {0x01, 0x08, Any, "Non-Volatile Memory Controller"},
    {0x01, Any, Any, "Mass Storage Controller"},
    {0x02, 0x00, Any, "Ethernet Controller"},
    {0x02, Any, Any, "Network Controller"},
    {0x03, 0x00, Any, "Video Controller (VGA Compatible)"},
    {0x03, 0x02, Any, "3D Video Controller"},
    {0x03, Any, Any, "Video Controller"},
    {0x04, 0x00, Any, "Multimedia Video Controller"},
    {0x04, 0x01, Any, "Multimedia Audio Controller"},
    {0x04, 0x03, Any, "High Definition Audio Controller"},
    {0x04, Any, Any, "Multimedia Controller"},
    {0x05, 0x00, Any, "PCI standard RAM Controller"},
    {0x05, 0x01, Any, "PCI standard Flash Memory Controller"},
    {0x05, Any, Any, "PCI Memory Controller"},
    {0x06, 0x00, Any, "PCI standard host CPU bridge"},
    {0x06, 0x01, Any, "PCI standard ISA bridge"},
    {0x06, 0x04, Any, "PCI-to-PCI Bridge"},
    {0x06, 0x07, Any, "PCI standard CardBus bridge"},
    {0x06, Any, Any, "Other PCI Bridge Device"},
    {0x07, 0x00, Any, "PCI Serial Port"},
    {0x07, 0x01, Any, "PCI Parallel Port"},
    {0x07, 0x03, Any, "PCI Modem"},
    {0x07, Any, Any, "PCI Simple Communications Controller"},
    {0x08, 0x05, Any, "SD Host Controller"},
    {0x08, 0x06, Any, "PCI standard IOMMU"},
    {0x08, Any, Any, "Base System Device"},
    {0x09, Any, Any, "PCI Input Device"},
    {0x0A, Any, Any, "PCI Docking Station"},
    {0x0B, Any, Any, "PCI Processor"},
    {0x0C, 0x00, Any, "IEEE 1394 Controller"},
    {0x0C, 0x03, 0x00, "USB Universal Host Controller"},
    {0x0C, 0x03, 0x10, "USB Open Host Controller"},
    {0x0C, 0x03, 0x20, "USB Enhanced Host Controller"},
    {0x0C, 0x03, 0x30, "USB xHCI Compliant Host Controller"},
    {0x0C, 0x03, Any, "Universal Serial Bus (USB) Controller"},
    {0x0C, 0x05, Any, "SM Bus Controller"},
    {0x0C, Any, Any, "Serial Bus Controller"},
    {0x0D, Any, Any, "PCI Wireless Controller"},
    {0x0E, Any, Any, "Intelligent I/O Controller"},
    {0x0F, Any, Any, "PCI Satellite Communications Controller"},
    {0x10, Any, Any, "PCI Encryption/Decryption Controller"},
    {0x11, Any, Any, "PCI Data Acquisition and Signal Processing Controller"},
};

const char *PciDescription(const PCI_HEADER *Header)
{
    for (uint32_t i = 0; i < sizeof(PciClasses) / sizeof(PciClasses[0]); i++) {
        if (PciClasses[i].Class == Header->Class &&
            (PciClasses[i].Subclass == Any || PciClasses[i].Subclass == Header->Subclass) &&
            (PciClasses[i].Interface == Any || PciClasses[i].Interface == Header->Interface))
            return PciClasses[i].Text;
    }
    return "PCI Device";
}
