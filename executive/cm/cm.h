// Cm: the registry.
#pragma once

extern POBJECT_TYPE CmKeyObjectType;

// The SYSTEM and SOFTWARE hives come from the boot archive (System32\config), where it has them.
NTSTATUS CmInitSystem(void);
// The hives of \Windows\System32\config on that volume take the place of the boot archive's; what was changed since the
// start is changed in them. From here on changes last.
VOID CmLoadSystemHives(PCWSTR Volume);
// Write what has changed, for the last time.
VOID CmShutdownSystem(void);

// For the Executive itself. Path is absolute (\Registry\...). STATUS_BUFFER_OVERFLOW: *Length says how
// much there is. Type may be null.
NTSTATUS CmQueryValue(PCWSTR Path, PCWSTR ValueName, PULONG Type, PVOID Buffer, PULONG Length);
BOOLEAN CmQueryNumber(PCWSTR Path, PCWSTR ValueName, PULONG Number); // FALSE: it is no REG_DWORD
// One or more keys that are missing on the way are made. STATUS_OBJECT_NAME_EXISTS: it was there.
NTSTATUS CmCreateKey(PCWSTR Path);
NTSTATUS CmCreateVolatileKey(PCWSTR Path); // those that are made are gone at the next start
// The name of a subkey, terminated. STATUS_NO_MORE_ENTRIES; STATUS_BUFFER_OVERFLOW: it is longer.
NTSTATUS CmEnumerateKey(PCWSTR Path, ULONG Index, PWSTR Name, ULONG Chars);
NTSTATUS CmSetValue(PCWSTR Path, PCWSTR ValueName, ULONG Type, const VOID *Data, ULONG Length);
