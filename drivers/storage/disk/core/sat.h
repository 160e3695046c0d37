// ATA commands inside SCSI commands (SAT-3, 12.2): the ATA PASS-THROUGH(16) command, and the registers that come back in its
// sense data.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SAT_REGISTERS = 8, SAT_CDB_BYTES = 16, SAT_SECTOR_BYTES = 512 };

// Places in a task file, as ATA_PASS_THROUGH_EX has it.
enum {
    SAT_FEATURES, // and the error register
    SAT_COUNT,
    SAT_LBA_LOW,
    SAT_LBA_MID,
    SAT_LBA_HIGH,
    SAT_DEVICE,
    SAT_COMMAND, // and the status register
};

typedef struct _SAT_REQUEST {
    uint8_t Current[SAT_REGISTERS],
        Previous[SAT_REGISTERS]; // Previous: the upper bytes of 48-bit commands
    bool Extended;               // it is a 48-bit command
    bool In, Out, Dma;
    uint32_t Length; // of the data, whole sectors
} SAT_REQUEST, *PSAT_REQUEST;

// False: there is no such command.
bool SatBuildCommand(const SAT_REQUEST *Command, uint8_t Cdb[SAT_CDB_BYTES]);
// The registers out of sense data of either format; false: it has none.
bool SatReadRegisters(const uint8_t *Sense, size_t Length, uint8_t Current[SAT_REGISTERS],
                      uint8_t Previous[SAT_REGISTERS]);
