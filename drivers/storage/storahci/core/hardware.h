// What an AHCI host bus adapter is made of: Serial ATA Advanced Host Controller Interface 1.3.1; frames of Serial ATA 3.
// Plain C, shared with the unit tests.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- Registers (AHCI 3)

typedef volatile struct _AHCI_PORT_REGISTERS {
    uint32_t CommandList[2];  // PxCLB, PxCLBU
    uint32_t Fis[2];          // PxFB, PxFBU
    uint32_t InterruptStatus; // PxIS
    uint32_t InterruptEnable; // PxIE
    uint32_t Command;         // PxCMD
    uint32_t Reserved;
    uint32_t TaskFile;                       // PxTFD: status, error << 8
    uint32_t Signature;                      // PxSIG
    uint32_t Status, Control, Error, Active; // PxSSTS, PxSCTL, PxSERR, PxSACT
    uint32_t Issue;                          // PxCI
    uint32_t Others[17];
} AHCI_PORT_REGISTERS;
static_assert(sizeof(AHCI_PORT_REGISTERS) == 0x80);

typedef volatile struct _AHCI_REGISTERS {
    uint32_t Capabilities;    // CAP
    uint32_t Control;         // GHC
    uint32_t InterruptStatus; // IS
    uint32_t Implemented;     // PI
    uint32_t Version;         // VS
    uint32_t Coalescing[2];   // CCC_CTL, CCC_PORTS
    uint32_t Enclosure[2];    // EM_LOC, EM_CTL
    uint32_t Capabilities2;   // CAP2
    uint32_t HandOff;         // BOHC
    uint32_t Others[53];
    AHCI_PORT_REGISTERS Ports[];
} AHCI_REGISTERS;
static_assert(offsetof(AHCI_REGISTERS, Ports) == 0x100);

enum {
    AHCI_MAXIMUM_PORTS = 32,
    AHCI_SLOTS = 32,

    AHCI_CAP_SLOTS_SHIFT = 8, // their number less one, 5 bits
    AHCI_CAP_LIST_OVERRIDE = 1 << 24,
    AHCI_CAP_NCQ = 1 << 30,

    AHCI_CAP2_HAND_OFF = 1 << 0,
    AHCI_HAND_OFF_BIOS = 1 << 0,
    AHCI_HAND_OFF_SYSTEM = 1 << 1,
    AHCI_HAND_OFF_BUSY = 1 << 4,

    AHCI_GHC_RESET = 1 << 0,
    AHCI_GHC_INTERRUPTS = 1 << 1,

    AHCI_CMD_START = 1 << 0,
    AHCI_CMD_SPIN_UP = 1 << 1,
    AHCI_CMD_POWER = 1 << 2,
    AHCI_CMD_LIST_OVERRIDE = 1 << 3,
    AHCI_CMD_FIS_RECEIVE = 1 << 4,
    AHCI_CMD_FIS_RUNNING = 1 << 14,
    AHCI_CMD_RUNNING = 1 << 15,
    AHCI_CMD_ATAPI = 1 << 24,
    AHCI_CMD_ACTIVE = 1 << 28, // interface communication control: active

    AHCI_DETECTION_MASK = 0xF, // of PxSSTS and PxSCTL
    AHCI_NO_DEVICE = 0,
    AHCI_DETECTED = 3,
    AHCI_CONTROL_RESET = 1,
    AHCI_CONTROL_NO_LINK_POWER = 3 << 8, // no transitions to partial and slumber

    // Of PxIS and PxIE.
    AHCI_INTERRUPT_REGISTERS = 1 << 0, // device to host FIS
    AHCI_INTERRUPT_PIO = 1 << 1,
    AHCI_INTERRUPT_DMA = 1 << 2,
    AHCI_INTERRUPT_BITS = 1 << 3, // set device bits
    AHCI_INTERRUPT_CONNECT = 1 << 6,
    AHCI_INTERRUPT_PHY = 1 << 22,
    AHCI_INTERRUPT_OVERFLOW = 1 << 24,
    AHCI_INTERRUPT_INTERFACE_RECOVERED = 1 << 26,
    AHCI_INTERRUPT_INTERFACE = 1 << 27,
    AHCI_INTERRUPT_BUS_DATA = 1 << 28,
    AHCI_INTERRUPT_BUS = 1 << 29,
    AHCI_INTERRUPT_TASK = 1 << 30,

    AHCI_INTERRUPTS_CHANGE = AHCI_INTERRUPT_CONNECT | AHCI_INTERRUPT_PHY,
    AHCI_INTERRUPTS_LINK = AHCI_INTERRUPT_OVERFLOW | AHCI_INTERRUPT_INTERFACE |
                           AHCI_INTERRUPT_BUS_DATA | AHCI_INTERRUPT_BUS,
    AHCI_INTERRUPTS_BAD = AHCI_INTERRUPTS_CHANGE | AHCI_INTERRUPTS_LINK | AHCI_INTERRUPT_TASK,
    AHCI_INTERRUPTS_GOOD = AHCI_INTERRUPT_REGISTERS | AHCI_INTERRUPT_PIO | AHCI_INTERRUPT_BITS,
};
constexpr uint32_t AHCI_CAP_64_BITS = 0x80000000;
constexpr uint32_t AHCI_GHC_ENABLE = 0x80000000;
constexpr uint32_t AHCI_GONE =
    UINT32_MAX; // what any register reads when the adapter has been pulled out
constexpr uint32_t AHCI_SIGNATURE_ATA = 0x00000101;
constexpr uint32_t AHCI_SIGNATURE_ATAPI = 0xEB140101;

// ---- Structures in memory (AHCI 4.2)

typedef struct _AHCI_HEADER {
    uint32_t Options; // length of the FIS, direction, number of regions
    uint32_t Moved;   // bytes
    uint64_t Table;
    uint32_t Reserved[4];
} AHCI_HEADER;
static_assert(sizeof(AHCI_HEADER) == 32);

enum {
    AHCI_HEADER_FIS_DWORDS = 5,
    AHCI_HEADER_ATAPI = 1 << 5,
    AHCI_HEADER_WRITE = 1 << 6,
    AHCI_HEADER_REGIONS_SHIFT = 16,
};

typedef struct _AHCI_REGION {
    uint64_t Address;
    uint32_t Reserved;
    uint32_t LastByte; // their number less one, which is odd
} AHCI_REGION;
static_assert(sizeof(AHCI_REGION) == 16);

enum {
    AHCI_REGIONS = 264, // 1 MiB that does not begin at a page needs 257
    AHCI_REGION_BYTES = 1 << 22,
};

typedef struct _AHCI_TABLE {
    union {
        uint8_t Fis[64];
        uint32_t FisDwords[16];
    };
    uint8_t Packet[16];
    uint8_t Reserved[48]; // its regions follow
} AHCI_TABLE;
static_assert(sizeof(AHCI_TABLE) == 0x80);

static inline AHCI_REGION *AhciRegionsOf(AHCI_TABLE *Table)
{
    return (AHCI_REGION *)(Table + 1);
}

enum { // where the received frames are
    AHCI_RECEIVED_PIO = 0x20,
    AHCI_RECEIVED_REGISTERS = 0x40,
    AHCI_RECEIVED_BITS = 0x58,
    AHCI_RECEIVED_BYTES = 256,
};

enum {
    FIS_TO_DEVICE = 0x27,
    FIS_COMMAND = 0x80, // in the second byte
    FIS_PIO_END_STATUS = 15,
};
