// The codes, by the headers that drivers use.
#include <ntifs.h>

#include <ntddbeep.h>
#include <ntddkbd.h>
#include <ntddser.h>

#include <acpiioct.h>
#include <acpipci.h>
#include <condrv.h>
#include <ntdddisk.h>
#include <ntddscsi.h>
#include <ntddstor.h>
#include <ntddvol.h>
#include <mountdev.h>
#include <mountmgr.h>
#include <pciioctl.h>

#include "codes.h"

#define CODE(Name)     {Name, FALSE},
#define DESTROYS(Name) {Name, TRUE},
const FUZZ_CODE FuzzCodes[] = {
#include "codes.inc"
};
const ULONG FuzzCodeCount = RTL_NUMBER_OF(FuzzCodes);
BOOLEAN FuzzMayDestroy;
