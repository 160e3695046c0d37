// Start of Ex.
#include "exp.h"

NTSTATUS ExInitSystem(void)
{
    static NTSTATUS (*const Parts[])(void) = {
        ExpInitEvents,      ExpInitMutants,      ExpInitSemaphores,  ExpInitTimers,
        ExpInitKeyedEvents, ExpInitIoCompletion, ExpInitWaitPackets, ExpInitReserves,
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Parts); i++) {
        NTSTATUS Status = Parts[i]();
        if (!NT_SUCCESS(Status))
            return Status;
    }
    ExGetRandomBytes(&KeUserSharedData->Cookie, sizeof(KeUserSharedData->Cookie));
    return STATUS_SUCCESS;
}
