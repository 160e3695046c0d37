// What PCI configuration space says, without a machine: headers, base address registers, capabilities,
// identifiers. For the driver and for the unit tests. Whatever a device answers, nothing here leaves its arrays.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- Configuration space of one function

typedef struct PCI_SPACE {
    // Offset is a multiple of Size (1, 2 or 4) and within Length. Reading gives ones when nothing is there.
    uint32_t (*Read)(void *Context, uint32_t Offset, uint32_t Size);
    void (*Write)(void *Context, uint32_t Offset, uint32_t Size, uint32_t Value);
    void *Context;
    uint32_t Length; // 256 or 4096
} PCI_SPACE;

uint32_t PciRead(const PCI_SPACE *Space, uint32_t Offset, uint32_t Size); // ones beyond the end
void PciWrite(const PCI_SPACE *Space, uint32_t Offset, uint32_t Size, uint32_t Value);
// Any range, by the largest aligned accesses.
void PciReadBytes(const PCI_SPACE *Space, uint32_t Offset, void *Buffer, uint32_t Length);

// Where the bus's space lies by the table MCFG; 0: not in memory.
enum { PciBusSpaceBytes = 1 << 20 }; // 256 functions of 4 KiB
uint64_t PciFindBusSpace(const uint8_t *Table, uint32_t Length, uint32_t Segment, uint32_t Bus);

enum { // registers of every header; PCI Local Bus Specification 3.0, 6.1
    PciRegisterId = 0x00,
    PciRegisterCommand = 0x04,
    PciRegisterStatus = 0x06,
    PciRegisterRevision = 0x08,
    PciRegisterClass = 0x09,
    PciRegisterCacheLine = 0x0C,
    PciRegisterLatency = 0x0D,
    PciRegisterHeaderType = 0x0E,
    PciRegisterBar0 = 0x10,
    PciRegisterSubsystem = 0x2C, // type 0
    PciRegisterRom = 0x30,       // type 0
    PciRegisterCapabilities = 0x34,
    PciRegisterLine = 0x3C,
    PciRegisterPin = 0x3D,
};

enum { // type 1; PCI-to-PCI Bridge Architecture Specification 1.2, 3.2
    PciBridgePrimary = 0x18,
    PciBridgeSecondary = 0x19,
    PciBridgeSubordinate = 0x1A,
    PciBridgeIoBase = 0x1C,
    PciBridgeIoLimit = 0x1D,
    PciBridgeMemoryBase = 0x20,
    PciBridgeMemoryLimit = 0x22,
    PciBridgePrefetchBase = 0x24,
    PciBridgePrefetchLimit = 0x26,
    PciBridgePrefetchBaseUpper = 0x28,
    PciBridgePrefetchLimitUpper = 0x2C,
    PciBridgeIoBaseUpper = 0x30,
    PciBridgeIoLimitUpper = 0x32,
    PciBridgeRom = 0x38,
    PciBridgeControl = 0x3E,
};

enum {
    PciCommandIo = 0x0001,
    PciCommandMemory = 0x0002,
    PciCommandMaster = 0x0004,
    PciCommandNoLine = 0x0400,
    PciStatusCapabilities = 0x0010,
    PciBridgeControlReset = 0x0040,
    PciLineUnknown = 0xFF, // 6.2.4: no connection
    PciHeaderMultifunction = 0x80,
    PciHeaderTypeMask = 0x7F,
};

// ---- Headers (header.c)

typedef struct PCI_HEADER {
    uint16_t Vendor, Device;
    uint16_t SubsystemVendor, Subsystem; // of bridges: from their capability, or 0
    uint8_t Revision, Interface, Subclass, Class;
    uint8_t Type; // 0: device, 1: bridge
    bool Multifunction;
    uint8_t Pin; // 1 to 4, 0: none
    uint8_t Line;
} PCI_HEADER;

// False: there is no function.
bool PciReadHeader(const PCI_SPACE *Space, PCI_HEADER *Header);
// Still the same function as Header tells of?
bool PciIsSameFunction(const PCI_SPACE *Space, const PCI_HEADER *Header);

// ---- Base address registers (bar.c)

enum {
    PciMaxBars = 6,
    PciRomBar = 6, // index of the expansion ROM's
    PciBarSlots = 7,
};

typedef enum PCI_BAR_KIND { PciBarNone, PciBarIo, PciBarMemory } PCI_BAR_KIND;

typedef struct PCI_BAR {
    PCI_BAR_KIND Kind;
    uint8_t Register;
    bool Wide; // 64 bits: the next register belongs to it
    bool Prefetchable;
    bool Low; // below 1 MiB
    bool Rom;
    uint64_t Length;  // a power of two
    uint64_t Address; // as found
} PCI_BAR;

// Sizes each register with decoding switched off meanwhile. Bars has PciBarSlots entries.
void PciReadBars(const PCI_SPACE *Space, uint8_t HeaderType, PCI_BAR *Bars);
void PciWriteBar(const PCI_SPACE *Space, const PCI_BAR *Bar, uint64_t Address);
uint64_t PciHighestAddress(const PCI_BAR *Bar); // that it can have

// ---- Windows of bridges (window.c)

typedef enum PCI_WINDOW_KIND {
    PciWindowIo,
    PciWindowMemory,
    PciWindowPrefetch,
    PciWindowKinds
} PCI_WINDOW_KIND;

typedef struct PCI_WINDOW {
    bool Implemented, Wide; // Wide: beyond 64 KiB of ports, beyond 4 GiB of memory
    uint64_t Base, Limit;   // inclusive; Base > Limit: closed
} PCI_WINDOW;

void PciReadWindows(const PCI_SPACE *Space, PCI_WINDOW *Windows); // PciWindowKinds
void PciWriteWindow(const PCI_SPACE *Space, PCI_WINDOW_KIND Kind, const PCI_WINDOW *Window);
static inline bool PciIsWindowOpen(const PCI_WINDOW *Window)
{
    return Window->Implemented && Window->Base <= Window->Limit;
}
uint64_t PciWindowGranularity(PCI_WINDOW_KIND Kind);

// ---- Capabilities (capability.c)

enum {
    PciCapabilityPower = 0x01,
    PciCapabilityMsi = 0x05,
    PciCapabilitySubsystem = 0x0D,
    PciCapabilityExpress = 0x10,
    PciCapabilityMsix = 0x11,
    PciCapabilityAdvanced = 0x13, // PCI Advanced Features
    PciExtendedAri = 0x000E,
};

// Offset of the first one after offset After (0: of all), 0: none. Lists that lead in circles or out of the
// space end.
uint32_t PciNextCapability(const PCI_SPACE *Space, uint32_t After, uint32_t *Id);
uint32_t PciFindCapability(const PCI_SPACE *Space, uint32_t Id);
uint32_t PciNextExtended(const PCI_SPACE *Space, uint32_t After, uint32_t *Id);
uint32_t PciFindExtended(const PCI_SPACE *Space, uint32_t Id);

// May a function's driver write the byte? Its place on the bus and its messages are the bus driver's.
bool PciIsDriverByte(const PCI_SPACE *Space, const PCI_HEADER *Header, uint32_t Offset);

// ---- Identifiers (identifier.c): lists of terminated texts with an empty one at their end

enum { PciIdentifierBytes = 640 };

// Express: the port type of PCI Express, or below 0: conventional PCI.
void PciDeviceId(const PCI_HEADER *Header, char *Text);    // the first of the hardware identifiers
void PciHardwareIds(const PCI_HEADER *Header, char *List); // PciIdentifierBytes each
void PciCompatibleIds(const PCI_HEADER *Header, int Express, char *List);
const char *PciDescription(const PCI_HEADER *Header); // by the class code
