// What the test drivers have in common.
#pragma once

#include <ntddk.h>
#include <stdarg.h>
#include <stdio.h>

#include "ask.h"
#include "layer.h"
#include "pnptest.h"

// report.c
// "Who.What;" becomes part of the bus's report. Lower: the next device on the way to the child.
VOID Report(PDEVICE_OBJECT Lower, PCSTR Who, PCSTR What);
VOID ReportPnp(PDEVICE_OBJECT Lower, PCSTR Who, UCHAR MinorFunction);
