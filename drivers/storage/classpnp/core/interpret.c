// What an error means for the request: two tables, for errors that the device told in sense data and for those
// that the port driver found.
#include "core.h"

typedef int32_t NTSTATUS;
#include <ntstatus.h>

enum : uint32_t {                // messages of the event log
    LogDriverError = 0xC0040004, // IO_ERR_DRIVER_ERROR
    LogParity = 0xC0040005,
    LogBadBlock = 0xC0040007,
    LogTimeout = 0xC0040009,
    LogController = 0xC004000B,
    LogNotReady = 0xC004000F,
    LogReset = 0x80040076, // IO_WARNING_RESET
    LogPredicted = 0x80040034,
};

enum { Any = -1 };

typedef struct {
    int8_t Key;
    int16_t Code, Qualifier;
    CORE_OUTCOME Outcome;
} SENSE_ROW;

#define NEVER(status, actions, log) \
    {                               \
        .Status = (status),         \
        .Actions = (actions),       \
        .LogCode = (log),           \
    }
#define AGAIN(status, delay, retries, actions, log) \
    {                                               \
        .Status = (status),                         \
        .Retry = true,                              \
        .Retries = (retries),                       \
        .Delay = (delay),                           \
        .Actions = (actions),                       \
        .LogCode = (log),                           \
    }

// The first row that matches is meant. Units that start need up to a minute.
static const SENSE_ROW SenseRows[] = {
    {0x0, Any, Any, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, 0, 0)}, // NO SENSE

    {0x1, 0x5D, Any,
     NEVER(STATUS_SUCCESS, CORE_FAILURE_PREDICTED, LogPredicted)}, // RECOVERED ERROR
    {0x1, Any, Any, NEVER(STATUS_SUCCESS, 0, 0)},

    {0x2, 0x04, 0x00, AGAIN(STATUS_DEVICE_NOT_READY, 1000, 10, 0, 0)}, // NOT READY
    {0x2, 0x04, 0x01, AGAIN(STATUS_DEVICE_NOT_READY, 1000, 60, 0, 0)}, // becoming ready
    {0x2, 0x04, 0x02, AGAIN(STATUS_DEVICE_NOT_READY, 1000, 60, CORE_START_UNIT, 0)},
    {0x2, 0x04, 0x03, NEVER(STATUS_NO_MEDIA_IN_DEVICE, 0, 0)},         // manual intervention
    {0x2, 0x04, 0x04, NEVER(STATUS_DEVICE_NOT_READY, 0, 0)},           // format in progress
    {0x2, 0x04, 0x05, AGAIN(STATUS_DEVICE_NOT_READY, 1000, 60, 0, 0)}, // rebuild
    {0x2, 0x04, 0x07, AGAIN(STATUS_DEVICE_NOT_READY, 1000, 60, 0, 0)}, // operation in progress
    {0x2, 0x04, 0x08, AGAIN(STATUS_DEVICE_NOT_READY, 500, 60, 0, 0)},  // long write in progress
    {0x2, 0x04, 0x09, AGAIN(STATUS_DEVICE_NOT_READY, 1000, 60, 0, 0)}, // self-test in progress
    {0x2, 0x04, 0x0A, AGAIN(STATUS_DEVICE_NOT_READY, 1000, 60, 0, 0)}, // access state transition
    {0x2, 0x04, 0x0B, NEVER(STATUS_DEVICE_NOT_READY, 0, 0)},           // port in standby
    {0x2, 0x04, 0x0C, NEVER(STATUS_DEVICE_NOT_READY, 0, 0)},           // port unavailable
    {0x2, 0x04, 0x11, AGAIN(STATUS_DEVICE_NOT_READY, 1000, 60, CORE_START_UNIT, 0)},
    {0x2, 0x04, 0x14,
     AGAIN(STATUS_DEVICE_NOT_READY, 1000, 10, 0, 0)}, // space allocation in progress
    {0x2, 0x30, Any, NEVER(STATUS_UNRECOGNIZED_MEDIA, 0, 0)},
    {0x2, 0x3A, Any, NEVER(STATUS_NO_MEDIA_IN_DEVICE, CORE_NO_MEDIA, 0)},
    {0x2, Any, Any, AGAIN(STATUS_DEVICE_NOT_READY, 1000, 0, 0, LogNotReady)},

    {0x3, 0x30, Any, NEVER(STATUS_UNRECOGNIZED_MEDIA, 0, 0)}, // MEDIUM ERROR
    {0x3, 0x31, Any, NEVER(STATUS_UNRECOGNIZED_MEDIA, 0, 0)}, // format corrupted
    {0x3, Any, Any, AGAIN(STATUS_DEVICE_DATA_ERROR, 0, 0, 0, LogBadBlock)},

    {0x4, 0x5D, Any, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, CORE_FAILURE_PREDICTED, LogPredicted)},
    {0x4, Any, Any, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, 0, LogController)}, // HARDWARE ERROR

    {0x5, 0x21, Any,
     NEVER(STATUS_NONEXISTENT_SECTOR, 0, 0)},             // ILLEGAL REQUEST: address out of range
    {0x5, 0x25, Any, NEVER(STATUS_NO_SUCH_DEVICE, 0, 0)}, // unit not supported
    {0x5, 0x27, Any, NEVER(STATUS_MEDIA_WRITE_PROTECTED, 0, 0)},
    {0x5, Any, Any, NEVER(STATUS_INVALID_DEVICE_REQUEST, 0, 0)},

    {0x6, 0x28, Any, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, CORE_MEDIA_CHANGED, 0)}, // UNIT ATTENTION
    {0x6, 0x29, Any, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, 0, 0)},                  // reset
    {0x6, 0x2A, 0x09, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, CORE_CAPACITY_CHANGED, 0)},
    {0x6, 0x3F, 0x03, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, CORE_INQUIRY_CHANGED, 0)},
    {0x6, 0x3F, 0x0E, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, CORE_LUNS_CHANGED, 0)},
    {0x6, 0x5D, Any, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, CORE_FAILURE_PREDICTED, LogPredicted)},
    {0x6, Any, Any, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, 0, 0)},

    {0x7, 0x27, 0x07, NEVER(STATUS_DISK_FULL, 0, 0)}, // DATA PROTECT: space allocation failed
    {0x7, Any, Any, NEVER(STATUS_MEDIA_WRITE_PROTECTED, 0, 0)},

    {0x8, Any, Any, NEVER(STATUS_NO_DATA_DETECTED, 0, 0)},                    // BLANK CHECK
    {0xB, Any, Any, AGAIN(STATUS_IO_DEVICE_ERROR, 100, 0, 0, LogController)}, // ABORTED COMMAND
    {0xD, Any, Any, NEVER(STATUS_END_OF_MEDIA, 0, 0)},                        // VOLUME OVERFLOW
    {0xE, Any, Any, NEVER(STATUS_IO_DEVICE_ERROR, 0, 0)},                     // MISCOMPARE
    {Any, Any, Any, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, 0, 0)},
};

enum { // SRB_STATUS_...
    SrbAborted = 0x02,
    SrbAbortFailed = 0x03,
    SrbError = 0x04,
    SrbBusy = 0x05,
    SrbInvalidRequest = 0x06,
    SrbInvalidPath = 0x07,
    SrbNoDevice = 0x08,
    SrbTimeout = 0x09,
    SrbSelectionTimeout = 0x0A,
    SrbCommandTimeout = 0x0B,
    SrbMessageRejected = 0x0D,
    SrbBusReset = 0x0E,
    SrbParityError = 0x0F,
    SrbSenseFailed = 0x10,
    SrbNoAdapter = 0x11,
    SrbDataOverrun = 0x12,
    SrbUnexpectedBusFree = 0x13,
    SrbPhaseSequence = 0x14,
    SrbBadLength = 0x15,
    SrbRequestFlushed = 0x16,
    SrbThrottled = 0x17,
    SrbInvalidLun = 0x20,
    SrbInvalidTarget = 0x21,
    SrbBadFunction = 0x22,
    SrbErrorRecovery = 0x23,
    SrbNotPowered = 0x24,
    SrbLinkDown = 0x25,
    SrbNoResources = 0x26,
    SrbInternalError = 0x30,
};

static const struct {
    uint8_t SrbStatus;
    CORE_OUTCOME Outcome;
} SrbRows[] = {
    {SrbAborted, AGAIN(STATUS_IO_TIMEOUT, 1000, 1, 0, 0)},
    {SrbAbortFailed, AGAIN(STATUS_IO_TIMEOUT, 1000, 1, 0, 0)},
    {SrbBusy, AGAIN(STATUS_DEVICE_BUSY, 100, 40, 0, 0)},
    {SrbInvalidRequest, NEVER(STATUS_INVALID_DEVICE_REQUEST, 0, 0)},
    {SrbInvalidPath, NEVER(STATUS_NO_SUCH_DEVICE, 0, 0)},
    {SrbNoDevice, NEVER(STATUS_NO_SUCH_DEVICE, 0, 0)},
    {SrbTimeout, AGAIN(STATUS_IO_TIMEOUT, 0, 0, 0, LogTimeout)},
    {SrbSelectionTimeout, AGAIN(STATUS_DEVICE_NOT_CONNECTED, 100, 2, 0, LogTimeout)},
    {SrbCommandTimeout, AGAIN(STATUS_IO_TIMEOUT, 0, 0, 0, LogTimeout)},
    {SrbMessageRejected, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, 0, 0)},
    {SrbBusReset, AGAIN(STATUS_IO_DEVICE_ERROR, 1000, 0, 0, LogReset)},
    {SrbParityError, AGAIN(STATUS_PARITY_ERROR, 0, 0, 0, LogParity)},
    {SrbSenseFailed, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, 0, LogDriverError)},
    {SrbNoAdapter, NEVER(STATUS_NO_SUCH_DEVICE, 0, 0)},
    {SrbDataOverrun, NEVER(STATUS_DATA_OVERRUN, 0, 0)},
    {SrbUnexpectedBusFree, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, 0, LogParity)},
    {SrbPhaseSequence, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, 0, LogDriverError)},
    {SrbBadLength, NEVER(STATUS_INVALID_PARAMETER, 0, LogDriverError)},
    {SrbRequestFlushed, AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, 0, 0)},
    {SrbThrottled, AGAIN(STATUS_DEVICE_BUSY, 100, 40, 0, 0)},
    {SrbInvalidLun, NEVER(STATUS_NO_SUCH_DEVICE, 0, 0)},
    {SrbInvalidTarget, NEVER(STATUS_NO_SUCH_DEVICE, 0, 0)},
    {SrbBadFunction, NEVER(STATUS_INVALID_DEVICE_REQUEST, 0, 0)},
    {SrbErrorRecovery, AGAIN(STATUS_IO_DEVICE_ERROR, 1000, 0, 0, 0)},
    {SrbNotPowered, AGAIN(STATUS_DEVICE_NOT_READY, 1000, 10, 0, 0)},
    {SrbLinkDown, AGAIN(STATUS_IO_DEVICE_ERROR, 1000, 0, 0, 0)},
    {SrbNoResources, AGAIN(STATUS_INSUFFICIENT_RESOURCES, 100, 40, 0, 0)},
};

enum { // status of a command (SAM-5, 5.3.1)
    ScsiBusy = 0x08,
    ScsiReservationConflict = 0x18,
    ScsiTaskSetFull = 0x28,
    ScsiAcaActive = 0x30,
    ScsiTaskAborted = 0x40,
};

static void FromSense(const CORE_SENSE *Sense, CORE_OUTCOME *Outcome)
{
    const SENSE_ROW *Row = SenseRows;
    while ((Row->Key != Any && Row->Key != Sense->Key) ||
           (Row->Code != Any && Row->Code != Sense->Code) ||
           (Row->Qualifier != Any && Row->Qualifier != Sense->Qualifier))
        Row++; // the last row matches anything
    *Outcome = Row->Outcome;
    if (Sense->Key == 6)
        Outcome->Actions |= CORE_UNIT_ATTENTION;
    if (Sense->Deferred) { // this command was not begun (SPC-4, 4.5.7)
        Outcome->Status = STATUS_IO_DEVICE_ERROR;
        Outcome->Retry = true;
    }
}

// The command came back with a status and no sense data.
static void FromScsiStatus(uint8_t ScsiStatus, CORE_OUTCOME *Outcome)
{
    switch (ScsiStatus) {
    case ScsiBusy:
    case ScsiTaskSetFull:
    case ScsiAcaActive:
        *Outcome = (CORE_OUTCOME)AGAIN(STATUS_DEVICE_BUSY, 100, 40, 0, 0);
        break;
    case ScsiReservationConflict:
        *Outcome = (CORE_OUTCOME)NEVER(STATUS_DEVICE_BUSY, 0, 0);
        break;
    case ScsiTaskAborted:
        *Outcome = (CORE_OUTCOME)AGAIN(STATUS_IO_DEVICE_ERROR, 100, 0, 0, 0);
        break;
    default:
        *Outcome = (CORE_OUTCOME)AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, 0, LogDriverError);
        break;
    }
}

static void FromSrbStatus(const CORE_FAILURE *Failure, CORE_OUTCOME *Outcome)
{
    if (Failure->SrbStatus == SrbError) {
        FromScsiStatus(Failure->ScsiStatus, Outcome);
        return;
    }
    *Outcome = (CORE_OUTCOME)AGAIN(STATUS_IO_DEVICE_ERROR, 0, 0, 0, LogDriverError);
    for (size_t i = 0; i < sizeof(SrbRows) / sizeof(SrbRows[0]); i++) {
        if (SrbRows[i].SrbStatus == Failure->SrbStatus)
            *Outcome = SrbRows[i].Outcome;
    }
    if (Failure->SrbStatus == SrbInternalError && Failure->InternalStatus < 0)
        *Outcome = (CORE_OUTCOME)NEVER(Failure->InternalStatus, 0, 0);
}

void CoreInterpret(const CORE_FAILURE *Failure, CORE_OUTCOME *Outcome)
{
    CORE_SENSE Sense;
    if (Failure->Sense && CoreParseSense(Failure->Sense, Failure->SenseLength, &Sense))
        FromSense(&Sense, Outcome);
    else
        FromSrbStatus(Failure, Outcome);
    // The file system has to look whether this is still its medium.
    if (Failure->Removable && (Outcome->Actions & CORE_MEDIA_CHANGED)) {
        Outcome->Status = STATUS_VERIFY_REQUIRED;
        Outcome->Retry = false;
    }
}
