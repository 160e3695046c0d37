// ATA commands, and what a drive says of itself and of a command's end: ACS-3, Serial ATA 3.
#pragma once

#include <unit.h>

enum {
    ATA_DATA_SET_MANAGEMENT = 0x06,
    ATA_READ_DMA_EXT = 0x25,
    ATA_READ_LOG_EXT = 0x2F,
    ATA_WRITE_DMA_EXT = 0x35,
    ATA_WRITE_DMA_FUA_EXT = 0x3D,
    ATA_READ_VERIFY_EXT = 0x42,
    ATA_READ_FPDMA_QUEUED = 0x60,
    ATA_WRITE_FPDMA_QUEUED = 0x61,
    ATA_DOWNLOAD_MICROCODE = 0x92,
    ATA_PACKET = 0xA0,
    ATA_IDENTIFY_PACKET_DEVICE = 0xA1,
    ATA_STANDBY_IMMEDIATE = 0xE0,
    ATA_IDLE_IMMEDIATE = 0xE1,
    ATA_FLUSH_CACHE_EXT = 0xEA,
    ATA_IDENTIFY_DEVICE = 0xEC,
    ATA_SET_FEATURES = 0xEF,

    ATA_FEATURE_CACHE_ON = 0x02, // of SET FEATURES
    ATA_FEATURE_CACHE_OFF = 0x82,
    ATA_FEATURE_TRIM = 0x01, // of DATA SET MANAGEMENT
    ATA_PACKET_DMA = 0x01,
    ATA_PACKET_TO_HOST = 0x04,

    ATA_DEVICE_LBA = 1 << 6,
    ATA_DEVICE_FUA = 1 << 7, // of the queued commands

    ATA_STATUS_ERROR = 0x01,
    ATA_STATUS_REQUEST = 0x08,
    ATA_STATUS_FAULT = 0x20,
    ATA_STATUS_READY = 0x40,
    ATA_STATUS_BUSY = 0x80,

    ATA_LOG_NCQ_ERROR = 0x10,
    ATA_SECTOR_BYTES = 512,
    ATA_TRIM_ENTRIES = ATA_SECTOR_BYTES / 8, // ranges in a sector
    ATA_TRIM_MOST = 0xFFFF,                  // blocks of a range
};

typedef enum _ATA_DIRECTION : uint8_t { AtaNone, AtaIn, AtaOut } ATA_DIRECTION;

// The registers of a command.
typedef struct _ATA_COMMAND {
    uint8_t Opcode, Device;
    uint16_t Features, Count;
    ATA_DIRECTION Direction;
    uint8_t Next;   // a command without registers that follows it; 0: none
    bool Queued;    // FPDMA: Features has the count, Count the tag
    bool Force;     // unit access
    bool Pio;       // the data goes by programmed I/O
    bool Registers; // its end is sense data with the registers
    uint64_t Lba;
} ATA_COMMAND;

// As a command left them.
typedef struct _ATA_REGISTERS {
    uint8_t Error, Status, Device;
    uint16_t Count;
    uint64_t Lba;
} ATA_REGISTERS;

typedef struct _ATA_MICROCODE {
    bool Download, Pieces; // it takes images, and in pieces
    uint16_t Least, Most;  // blocks of 512 bytes of a piece
} ATA_MICROCODE;

typedef struct _ATA_DRIVE {
    SCSI_UNIT Unit;
    char Model[40], Firmware[8];
    ATA_MICROCODE Microcode;
    bool Packets;        // it speaks SCSI itself
    uint8_t PacketBytes; // 12 or 16
    bool PacketDma, PacketDirection;
    bool HasForce;       // WRITE DMA FUA EXT
    uint32_t QueueDepth; // 0: no native command queuing
    uint32_t TrimRanges; // of one command; 0: none
} ATA_DRIVE;

// What IDENTIFY (PACKET) DEVICE says. False: the drive cannot be used.
bool AtaParseIdentity(const uint16_t Words[256], ATA_DRIVE *Drive);
bool AtaParsePacketIdentity(const uint16_t Words[256], ATA_DRIVE *Drive);

void AtaParseMicrocode(const uint16_t Words[256], ATA_MICROCODE *Microcode); // microcode.c

// ---- sense.c

// Bytes of a frame with registers from the device, or of a PIO set-up.
ATA_REGISTERS AtaRegistersOfFrame(const uint8_t *Frame);
// The log of the failed queued command. False: it was no queued one, or the page is damaged.
bool AtaParseNcqError(const uint8_t Page[ATA_SECTOR_BYTES], uint8_t *Tag, ATA_REGISTERS *Registers);
void AtaSenseOfRegisters(const ATA_REGISTERS *Registers, ATA_DIRECTION Direction,
                         SCSI_SENSE *Sense);

enum { ATA_SENSE_BYTES = 22 };
// The descriptor format with an ATA Status Return descriptor (SAT-3, 12.2.6).
void AtaMakeRegisterSense(const ATA_REGISTERS *Registers, const SCSI_SENSE *Sense,
                          uint8_t Bytes[ATA_SENSE_BYTES]);
