// pnpbus.sys: a bus whose devices come and go as the program says.
#pragma once

#include "driver.h"

enum { BusTag = 'suBT', BusReportBytes = 4096 };

typedef struct _CHILD {
    LIST_ENTRY Link;
    PDEVICE_OBJECT Self;
    BUS_CHILD Given;
    BOOLEAN Present;  // it is there
    BOOLEAN Reported; // with the last relations
} CHILD, *PCHILD;

typedef struct _BUS {
    PDEVICE_OBJECT Self, LowerDevice, PhysicalDevice;
    FAST_MUTEX Lock;
    LIST_ENTRY Children;
    ULONG ReportLength;
    CHAR Report[BusReportBytes];
} BUS, *PBUS;

typedef struct _EXTENSION {
    BOOLEAN IsBus;
    union {
        BUS Bus;
        CHILD Child;
    };
} EXTENSION, *PEXTENSION;

extern PBUS TheBus;

VOID BusAppendReport(PCSTR Text, ULONG Length);
// child.c
NTSTATUS ChildPnp(PCHILD Child, PIRP Irp);
// bus.c
PCHILD FindChild(PCWSTR Instance);
// needs.c
NTSTATUS ChildRequirements(PCHILD Child, PIRP Irp);
NTSTATUS ChildResources(PCHILD Child, PIRP Irp);
NTSTATUS ChildControl(PCHILD Child, PIRP Irp, BOOLEAN Internal);
