// The parts of the fuzzer.
#pragma once

#include <service.h>

#include "codes.h"

enum { MostDevices = 160, NameChars = 64 };

typedef struct _FUZZ_DEVICE {
    WCHAR Name[NameChars];
    HANDLE File;
    ULONG Type;
} FUZZ_DEVICE, *PFUZZ_DEVICE;

extern FUZZ_DEVICE FuzzDevices[MostDevices];
extern ULONG FuzzDeviceCount;

// devices.c
VOID FuzzFindDevices(void);
NTSTATUS FuzzOpen(PCWSTR Name, PHANDLE File);
// One may keep another from being opened, as a locked volume does: all are closed first.
VOID FuzzCloseAll(void);
NTSTATUS FuzzReopen(PFUZZ_DEVICE Device); // tries for a while
