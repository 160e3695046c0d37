// srbtest.sys: what its sources share.
#pragma once

#include <ntddk.h>

#include <scsi.h>
#include <srb.h>
#include <srbhelper.h>

#include "srbtest.h"

typedef struct _UNIT {
    PDEVICE_OBJECT Lower;
} UNIT, *PUNIT;

VOID RunScenario(PUNIT Unit, ULONG Scenario, SRBTEST_ANSWER *Answer);
