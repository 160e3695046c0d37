// Doorbells: how the controller is told how far a queue has got (NVM Express 1.4, 3.1.16 and 3.1.17), also by way of memory
// (Doorbell Buffer Config, 5.7 and 7.13).
#pragma once

#include "hardware.h"

// Two pages that are laid out as the doorbell registers are: what those would be told, and how far the controller looks.
typedef struct _NVME_SHADOWS {
    volatile uint8_t *Values, *Events;
} NVME_SHADOWS;

typedef struct _NVME_DOORBELL {
    volatile uint32_t *Register;
    volatile uint32_t *Shadow, *Event; // null: there is the register alone
    uint32_t Rung;                     // what it was told last
    bool Always; // the register is written whatever the controller says: the admin queue's (7.13)
} NVME_DOORBELL;

// Whether the doorbells of so many queues, the admin queue among them, have room in a page.
bool NvmeShadowsFit(uint32_t Queues, uint32_t Stride);

// Of a queue that has just been made. Registers: the first doorbell.
void NvmeSetDoorbell(NVME_DOORBELL *Doorbell, volatile uint8_t *Registers, uint32_t Number,
                     uint32_t Stride);
// From now on by way of memory; the controller may hear of it later. Null: no more.
void NvmeShadowDoorbell(NVME_DOORBELL *Doorbell, const NVME_SHADOWS *Shadows, uint32_t Number,
                        uint32_t Stride);

static inline uint32_t NvmeTailDoorbell(uint32_t QueueId)
{
    return 2 * QueueId;
}

static inline uint32_t NvmeHeadDoorbell(uint32_t QueueId)
{
    return 2 * QueueId + 1;
}

// Whether one who looks as far as Event has to be told that Old has become New. All three count modulo 65536, or to a
// smaller size of a queue: going around then counts as a step over all that is between.
static inline bool NvmeIsPassed(uint16_t Event, uint16_t New, uint16_t Old)
{
    return (uint16_t)(New - Event - 1) < (uint16_t)(New - Old);
}

// What the value stands for must have been written before. TRUE: the register was written.
bool NvmeRing(NVME_DOORBELL *Doorbell, uint16_t Value);

// For a controller that may have missed what is in memory: the register gets it too.
void NvmeRingAgain(const NVME_DOORBELL *Doorbell);
