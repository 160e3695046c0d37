// The life of a function driver's or a filter's device: Plug and Play requests as its start, its stop and its removal.
#pragma once

#include <wdm.h>

typedef struct _PNP_ROUTINES {
    // The drivers below have started the device. Translated resources; null: it has none.
    NTSTATUS (*Start)(PDEVICE_OBJECT Self, const CM_RESOURCE_LIST *Resources);
    // It may have been stopped before, or never have been started.
    VOID (*Stop)(PDEVICE_OBJECT Self);
    // TRUE: it cannot be stopped or removed now. May be null: it can, always.
    BOOLEAN (*IsBusy)(PDEVICE_OBJECT Self);
    // What AddDevice took is given back; nothing below calls any more. May be null.
    VOID (*Remove)(PDEVICE_OBJECT Self);
} PNP_ROUTINES;

// Lower: what Self is attached to. A request that is none of the device's life is passed on.
NTSTATUS PnpDispatch(const PNP_ROUTINES *Routines, PDEVICE_OBJECT Self, PDEVICE_OBJECT Lower,
                     PIRP Irp);
NTSTATUS PnpPass(PDEVICE_OBJECT Lower, PIRP Irp); // of any kind but power
