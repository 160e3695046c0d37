// Private to rtl.
#pragma once

#include "../ntos.h"

// registry.c
NTSTATUS RtlpOpenRegistryPath(ULONG RelativeTo, PCWSTR Path, BOOLEAN Create, PHANDLE Key);
VOID RtlpCloseRegistryPath(ULONG RelativeTo, HANDLE Key);
