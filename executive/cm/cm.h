// Cm: the registry.
#pragma once

extern POBJECT_TYPE CmKeyObjectType;

// The SYSTEM and SOFTWARE hives come from the boot archive (System32\config), where it has them.
NTSTATUS CmInitSystem(void);

// For the Executive itself. Path is absolute (\Registry\...). STATUS_BUFFER_OVERFLOW: *Length says how
// much there is. Type may be null.
NTSTATUS CmQueryValue(PCWSTR Path, PCWSTR ValueName, PULONG Type, PVOID Buffer, PULONG Length);
NTSTATUS CmSetValue(PCWSTR Path, PCWSTR ValueName, ULONG Type, const VOID *Data, ULONG Length);
