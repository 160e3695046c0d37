// What an NVM Express controller is made of: NVM Express Base Specification 1.4. Plain C, shared with the unit
// tests.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- Registers (3.1)

typedef volatile struct _NVME_REGISTERS {
    uint64_t Capabilities;       // CAP
    uint32_t Version;            // VS
    uint32_t InterruptMaskSet;   // INTMS
    uint32_t InterruptMaskClear; // INTMC
    uint32_t Configuration;      // CC
    uint32_t Reserved;
    uint32_t Status;          // CSTS
    uint32_t SubsystemReset;  // NSSR
    uint32_t AdminAttributes; // AQA
    uint64_t AdminSubmission; // ASQ
    uint64_t AdminCompletion; // ACQ
} NVME_REGISTERS;
static_assert(offsetof(NVME_REGISTERS, AdminCompletion) == 0x30);

enum {
    NVME_DOORBELLS = 0x1000, // offset of the first

    NVME_CC_ENABLE = 1 << 0,
    NVME_CC_SHUTDOWN_NORMAL = 1 << 14,
    NVME_CC_SHUTDOWN_MASK = 3 << 14,
    NVME_CC_SUBMISSION_64_BYTES = 6 << 16,
    NVME_CC_COMPLETION_16_BYTES = 4 << 20,

    NVME_CSTS_READY = 1 << 0,
    NVME_CSTS_FATAL = 1 << 1,
    NVME_CSTS_SHUTDOWN_MASK = 3 << 2,
    NVME_CSTS_SHUTDOWN_COMPLETE = 2 << 2,
};
constexpr uint32_t NVME_GONE = UINT32_MAX; // what CSTS reads when the device has been pulled out

static inline uint32_t NvmeCapQueueEntries(uint64_t Capabilities)
{
    return (uint32_t)(Capabilities & 0xFFFF) + 1;
}

static inline uint32_t NvmeCapTimeoutMilliseconds(uint64_t Capabilities)
{
    return ((uint32_t)(Capabilities >> 24) & 0xFF) * 500;
}

static inline uint32_t NvmeCapDoorbellStride(uint64_t Capabilities)
{
    return 4u << (Capabilities >> 32 & 0xF);
}

static inline uint32_t NvmeCapLeastPageShift(uint64_t Capabilities)
{
    return 12 + (uint32_t)(Capabilities >> 48 & 0xF);
}

// ---- Commands and completions (4.2, 4.6)

typedef struct _NVME_SGL_DESCRIPTOR { // 4.4
    uint64_t Address;
    uint32_t Length; // bytes
    uint8_t Reserved[3];
    uint8_t Type;
} NVME_SGL_DESCRIPTOR;
static_assert(sizeof(NVME_SGL_DESCRIPTOR) == 16);

enum {
    NVME_SGL_DATA = 0x00,         // Type: a piece of the buffer
    NVME_SGL_LAST_SEGMENT = 0x30, // descriptors of pieces
    NVME_COMMAND_SGL = 1 << 6,    // Flags: the data is a descriptor
};

typedef struct _NVME_COMMAND {
    uint8_t Opcode, Flags;
    uint16_t CommandId;
    uint32_t NamespaceId;
    uint64_t Reserved;
    uint64_t Metadata;
    union {
        struct {
            uint64_t Prp1, Prp2;
        };
        NVME_SGL_DESCRIPTOR Data;
    };
    uint32_t Cdw10, Cdw11, Cdw12, Cdw13, Cdw14, Cdw15;
} NVME_COMMAND;
static_assert(sizeof(NVME_COMMAND) == 64);

typedef struct _NVME_COMPLETION {
    uint32_t Result, Reserved;
    uint16_t SubmissionHead, SubmissionQueue;
    uint16_t CommandId;
    uint16_t Status; // bit 0: phase
} NVME_COMPLETION;
static_assert(sizeof(NVME_COMPLETION) == 16);

enum { // status without the phase: type << 8 | code (4.6.1)
    NVME_STATUS_MASK = 0x7FF,
    NVME_STATUS_SUCCESS = 0x000,
    NVME_STATUS_ABORT_REQUESTED = 0x007,
    NVME_STATUS_QUEUE_DELETED = 0x008,
    NVME_STATUS_RESERVATION_CONFLICT = 0x083,
};

enum { // admin commands (5)
    NVME_ADMIN_CREATE_SUBMISSION_QUEUE = 0x01,
    NVME_ADMIN_GET_LOG_PAGE = 0x02,
    NVME_ADMIN_CREATE_COMPLETION_QUEUE = 0x05,
    NVME_ADMIN_IDENTIFY = 0x06,
    NVME_ADMIN_ABORT = 0x08,
    NVME_ADMIN_SET_FEATURES = 0x09,
    NVME_ADMIN_GET_FEATURES = 0x0A,
    NVME_ADMIN_ASYNCHRONOUS_EVENT = 0x0C,
    NVME_ADMIN_DEVICE_SELF_TEST = 0x14,
    NVME_ADMIN_DOORBELL_BUFFER_CONFIG = 0x7C,
};

enum { // I/O commands (6)
    NVME_IO_FLUSH = 0x00,
    NVME_IO_WRITE = 0x01,
    NVME_IO_READ = 0x02,
    NVME_IO_WRITE_ZEROES = 0x08,
    NVME_IO_DATASET_MANAGEMENT = 0x09,
};

enum {
    NVME_IDENTIFY_NAMESPACE = 0x00, // CNS
    NVME_IDENTIFY_CONTROLLER = 0x01,
    NVME_IDENTIFY_ACTIVE_NAMESPACES = 0x02,
    NVME_IDENTIFY_BYTES = 4096,

    NVME_FEATURE_VOLATILE_CACHE = 0x06,
    NVME_FEATURE_QUEUES = 0x07,
    NVME_FEATURE_EVENTS = 0x0B,

    NVME_LOG_HEALTH = 0x02,
    NVME_LOG_CHANGED_NAMESPACES = 0x04,

    NVME_EVENT_TYPE_ERROR = 0, // of the result of an asynchronous event
    NVME_EVENT_TYPE_HEALTH = 1,
    NVME_EVENT_TYPE_NOTICE = 2,
    NVME_EVENT_NAMESPACES_CHANGED = 0x00,
    NVME_EVENTS_WANTED = 1 << 8 | 0x1F, // feature: notices of changed namespaces, health

    NVME_RW_FORCE_UNIT_ACCESS = 1 << 30, // CDW12
    NVME_ZEROES_DEALLOCATE = 1 << 25,    // CDW12
    NVME_DATASET_DEALLOCATE = 1 << 2,    // CDW11
};

typedef struct _NVME_RANGE { // of Dataset Management (6.7)
    uint32_t Attributes, Blocks;
    uint64_t Start;
} NVME_RANGE;
static_assert(sizeof(NVME_RANGE) == 16);

#pragma pack(push, 1)
typedef struct _NVME_IDENTIFY_CONTROLLER_DATA { // 5.15.2.2, the fields that are used
    uint16_t VendorId, SubsystemVendorId;
    char Serial[20], Model[40], Firmware[8];
    uint8_t ArbitrationBurst;
    uint8_t Oui[3];
    uint8_t Paths;
    uint8_t MaximumTransfer; // MDTS: in pages of the least size, a power of two; 0: no limit
    uint8_t Reserved1[178];
    uint16_t OptionalAdminCommands; // OACS
    uint8_t AbortLimit, EventLimit; // ACL, AERL; 0-based
    uint8_t Reserved2[256];
    uint32_t Namespaces;       // NN
    uint16_t OptionalCommands; // ONCS
    uint16_t FusedOperations;
    uint8_t FormatAttributes;
    uint8_t VolatileCache; // VWC
    uint8_t Reserved3[10];
    uint32_t SglSupport; // SGLS
    uint8_t Reserved4[3556];
} NVME_IDENTIFY_CONTROLLER_DATA;
static_assert(offsetof(NVME_IDENTIFY_CONTROLLER_DATA, MaximumTransfer) == 77);
static_assert(offsetof(NVME_IDENTIFY_CONTROLLER_DATA, OptionalAdminCommands) == 256);
static_assert(offsetof(NVME_IDENTIFY_CONTROLLER_DATA, AbortLimit) == 258);
static_assert(offsetof(NVME_IDENTIFY_CONTROLLER_DATA, Namespaces) == 516);
static_assert(offsetof(NVME_IDENTIFY_CONTROLLER_DATA, VolatileCache) == 525);
static_assert(offsetof(NVME_IDENTIFY_CONTROLLER_DATA, SglSupport) == 536);
static_assert(sizeof(NVME_IDENTIFY_CONTROLLER_DATA) == NVME_IDENTIFY_BYTES);

enum { // SGLS
    NVME_SGL_MASK = 3,
    NVME_SGL_ANY = 1,   // for I/O, however a piece lies
    NVME_SGL_WORDS = 2, // of whole words of four bytes
};

enum { // OACS
    NVME_OPTIONAL_DOORBELL_BUFFERS = 1 << 8,
};

enum { // ONCS
    NVME_OPTIONAL_DATASET_MANAGEMENT = 1 << 2,
    NVME_OPTIONAL_WRITE_ZEROES = 1 << 3,
};

typedef struct _NVME_IDENTIFY_NAMESPACE_DATA { // 5.15.2.1
    uint64_t Size, Capacity, Used;             // logical blocks
    uint8_t Features, Formats, FormattedSize;
    uint8_t Reserved1[72];
    uint8_t Attributes; // NSATTR: bit 0, write protected
    uint8_t Reserved2[4];
    uint8_t Nguid[16], Eui64[8];
    struct {
        uint16_t MetadataBytes;
        uint8_t DataShift, Performance;
    } Format[16];
    uint8_t Reserved3[3904];
} NVME_IDENTIFY_NAMESPACE_DATA;
static_assert(offsetof(NVME_IDENTIFY_NAMESPACE_DATA, Attributes) == 99);
static_assert(offsetof(NVME_IDENTIFY_NAMESPACE_DATA, Nguid) == 104);
static_assert(offsetof(NVME_IDENTIFY_NAMESPACE_DATA, Format) == 128);
static_assert(sizeof(NVME_IDENTIFY_NAMESPACE_DATA) == NVME_IDENTIFY_BYTES);
#pragma pack(pop)
