// Checks that are ordered for the next start: lines of the session manager's BootExecute.
#pragma once

#include "raw.h"

typedef enum _SCHEDULED {
    ScheduledNot,
    ScheduledCheck,
    ScheduledSurface, // with a look at each cluster
} SCHEDULED;

NTSTATUS ScheduleAdd(const RAW_VOLUME *Volume, BOOLEAN Surface);
VOID ScheduleRemove(const RAW_VOLUME *Volume);
// What the list of the registry on the volume that C: leads to says about that volume. It is not the system's yet.
SCHEDULED ScheduleAskVolume(VOID);
