// Message-signalled interrupts are for drivers that say so, as on Windows: below the device's hardware key, Interrupt
// Management\MessageSignaledInterruptProperties, MSISupported and MessageNumberLimit. A setup file would write them
// there; without one they may lie below the entry of the CriticalDeviceDatabase through which the driver is found.
#include "pci.h"

#define MESSAGE_KEY L"Interrupt Management\\MessageSignaledInterruptProperties"
#define DATABASE_KEY \
    L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\CriticalDeviceDatabase\\"

static NTSTATUS PciOpenKey(HANDLE Parent, PCWSTR Name, PHANDLE Key)
{
    UNICODE_STRING Path;
    OBJECT_ATTRIBUTES Attributes;
    RtlInitUnicodeString(&Path, Name);
    InitializeObjectAttributes(&Attributes, &Path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, Parent,
                               NULL);
    return ZwOpenKey(Key, KEY_READ, &Attributes);
}

static BOOLEAN PciReadNumber(HANDLE Key, PCWSTR Name, PULONG Number)
{
    UCHAR Buffer[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + sizeof(ULONG)];
    PKEY_VALUE_PARTIAL_INFORMATION Value = (PVOID)Buffer;
    UNICODE_STRING ValueName;
    ULONG Length;
    RtlInitUnicodeString(&ValueName, Name);
    NTSTATUS Status = ZwQueryValueKey(Key, &ValueName, KeyValuePartialInformation, Value,
                                      sizeof(Buffer), &Length);
    if (!NT_SUCCESS(Status) || Value->Type != REG_DWORD || Value->DataLength != sizeof(ULONG))
        return FALSE;
    RtlCopyMemory(Number, Value->Data, sizeof(ULONG));
    return TRUE;
}

// FALSE: nothing is said there.
static BOOLEAN PciReadMessageKey(HANDLE Parent, PULONG Supported, PULONG Limit)
{
    HANDLE Key;
    if (!NT_SUCCESS(PciOpenKey(Parent, MESSAGE_KEY, &Key)))
        return FALSE;
    BOOLEAN Said = PciReadNumber(Key, L"MSISupported", Supported);
    if (!PciReadNumber(Key, L"MessageNumberLimit", Limit))
        *Limit = 0;
    ZwClose(Key);
    return Said;
}

// The first of the identifiers that has a driver.
static BOOLEAN PciReadFromDatabase(const CHAR *List, PULONG Supported, PULONG Limit)
{
    enum { PathChars = 200 };
    for (const CHAR *Id = List; *Id; Id += strlen(Id) + 1) {
        WCHAR Path[PathChars];
        HANDLE Key;
        int Length = _snwprintf(Path, PathChars, L"%ls%hs", DATABASE_KEY, Id);
        if (Length < 0 || Length >= PathChars)
            continue;
        for (PWSTR Char = Path + wcslen(DATABASE_KEY); *Char; Char++) {
            if (*Char == L'\\')
                *Char = L'#';
        }
        if (!NT_SUCCESS(PciOpenKey(NULL, Path, &Key)))
            continue;
        BOOLEAN Said = PciReadMessageKey(Key, Supported, Limit);
        ZwClose(Key);
        return Said;
    }
    return FALSE;
}

BOOLEAN PciReadMessagePolicy(PPCI_FUNCTION Function, PULONG Limit)
{
    CHAR List[PciIdentifierBytes];
    ULONG Supported = 0;
    HANDLE Key;
    *Limit = 0;
    if (PciIsBridge(Function))
        return TRUE; // this driver's own
    if (NT_SUCCESS(
            IoOpenDeviceRegistryKey(Function->Self, PLUGPLAY_REGKEY_DEVICE, KEY_READ, &Key))) {
        BOOLEAN Said = PciReadMessageKey(Key, &Supported, Limit);
        ZwClose(Key);
        if (Said)
            return Supported != 0;
    }
    PciHardwareIds(&Function->Header, List);
    if (PciReadFromDatabase(List, &Supported, Limit))
        return Supported != 0;
    PciCompatibleIds(&Function->Header, Function->PortType, List);
    return PciReadFromDatabase(List, &Supported, Limit) && Supported;
}
