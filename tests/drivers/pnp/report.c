// Requests that test drivers make, and how they tell the bus what comes to them, in the order in which it does.
#include "driver.h"

VOID Report(PDEVICE_OBJECT Lower, PCSTR Who, PCSTR What)
{
    CHAR Text[64];
    int Length = _snprintf(Text, sizeof(Text), "%s.%s;", Who, What);
    if (Length > 0 && Length <= (int)sizeof(Text))
        ControlLower(Lower, TRUE, CHILD_REPORT, Text, (ULONG)Length, 0, nullptr);
}

VOID ReportPnp(PDEVICE_OBJECT Lower, PCSTR Who, UCHAR MinorFunction)
{
    static const PCSTR Names[] = {
        [IRP_MN_START_DEVICE] = "start",        [IRP_MN_QUERY_REMOVE_DEVICE] = "query-remove",
        [IRP_MN_REMOVE_DEVICE] = "remove",      [IRP_MN_CANCEL_REMOVE_DEVICE] = "cancel-remove",
        [IRP_MN_SURPRISE_REMOVAL] = "surprise", [IRP_MN_QUERY_STOP_DEVICE] = "query-stop",
        [IRP_MN_STOP_DEVICE] = "stop",          [IRP_MN_CANCEL_STOP_DEVICE] = "cancel-stop",
    };
    if (MinorFunction < RTL_NUMBER_OF(Names) && Names[MinorFunction])
        Report(Lower, Who, Names[MinorFunction]);
}
