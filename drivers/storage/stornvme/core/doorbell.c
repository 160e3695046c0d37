#include "doorbell.h"

bool NvmeShadowsFit(uint32_t Queues, uint32_t Stride)
{
    return Queues <= NVME_IDENTIFY_BYTES / (2 * Stride); // pages have 4096 bytes too
}

void NvmeSetDoorbell(NVME_DOORBELL *Doorbell, volatile uint8_t *Registers, uint32_t Number,
                     uint32_t Stride)
{
    *Doorbell = (NVME_DOORBELL){
        .Register = (volatile uint32_t *)(Registers + (size_t)Number * Stride),
    };
}

void NvmeShadowDoorbell(NVME_DOORBELL *Doorbell, const NVME_SHADOWS *Shadows, uint32_t Number,
                        uint32_t Stride)
{
    size_t Offset = (size_t)Number * Stride;
    Doorbell->Always = Number <= NvmeHeadDoorbell(0);
    Doorbell->Shadow = Doorbell->Event = nullptr;
    if (!Shadows)
        return;
    Doorbell->Shadow = (volatile uint32_t *)(Shadows->Values + Offset);
    Doorbell->Event = (volatile uint32_t *)(Shadows->Events + Offset);
    *Doorbell->Shadow = *Doorbell->Event = Doorbell->Rung;
}

// One of both must see what the other has written last: the host where the controller stops, or the controller the new value.
// That takes a fence. QEMU before version 8.1 leaves fences and locked accesses out when it emulates a machine with one
// processor, though the device works on another one of the host's; to tell the time it takes a lock, which is as good.
static void NvmeFence(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    (void)__builtin_ia32_rdtsc();
}

bool NvmeRing(NVME_DOORBELL *Doorbell, uint16_t Value)
{
    uint16_t Old = (uint16_t)Doorbell->Rung;
    Doorbell->Rung = Value;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    if (Doorbell->Shadow) {
        *Doorbell->Shadow = Value;
        NvmeFence();
        if (!NvmeIsPassed((uint16_t)*Doorbell->Event, Value, Old) && !Doorbell->Always)
            return false;
    }
    *Doorbell->Register = Value;
    return true;
}

void NvmeRingAgain(const NVME_DOORBELL *Doorbell)
{
    if (Doorbell->Shadow)
        *Doorbell->Register = Doorbell->Rung;
}
