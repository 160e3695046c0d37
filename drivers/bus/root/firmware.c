// A device may be there only on machines with ACPI, or only on those without: where ACPI finds the devices of the
// mainboard, those that the registry lists for the others stay away. The device's value Firmware says so: "ACPI" or "None".
// A machine whose ACPI driver is disabled (Start is 4) counts as one without; where the driver has failed for good, which
// the PnP manager tells by the value Failed, the machine has both: the device that has failed, and what is there instead.
#include "root.h"

#define ROOT_ACPI_CONTROL \
    L"\\Registry\\Machine\\System\\CurrentControlSet\\Enum\\ROOT\\ACPI_HAL\\0000\\Control"
#define ROOT_ACPI_SERVICE L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\acpi"

NTSYSAPI NTSTATUS NTAPI ZwQuerySystemInformation(ULONG Class, PVOID Buffer, ULONG Length,
                                                 PULONG ReturnLength);

enum { RootFirmwareTableClass = 76, RootServiceDisabled = 4 };

static BOOLEAN RootHasTables(VOID)
{
    struct { // SYSTEM_FIRMWARE_TABLE_INFORMATION, to enumerate
        ULONG Provider, Action, TableId, Length;
    } Query = {.Provider = 'ACPI'};
    ULONG Length;
    NTSTATUS Status =
        ZwQuerySystemInformation(RootFirmwareTableClass, &Query, sizeof(Query), &Length);
    return Status == STATUS_BUFFER_TOO_SMALL && Query.Length != 0;
}

static BOOLEAN RootIsAcpiDisabled(VOID)
{
    HANDLE Key;
    ULONG Length;
    BOOLEAN Disabled = FALSE;
    if (!NT_SUCCESS(RootOpenKey(NULL, ROOT_ACPI_SERVICE, &Key)))
        return TRUE; // there is none
    PULONG Start = RootQueryValue(Key, L"Start", REG_DWORD, &Length);
    if (Start) {
        Disabled = *Start == RootServiceDisabled;
        ExFreePool(Start);
    }
    ZwClose(Key);
    return Disabled;
}

static BOOLEAN RootHasAcpi(VOID)
{
    static enum { Unknown, Yes, No } Known;
    if (Known == Unknown)
        Known = RootHasTables() && !RootIsAcpiDisabled() ? Yes : No;
    return Known == Yes;
}

static BOOLEAN RootHasAcpiFailed(VOID)
{
    HANDLE Key;
    ULONG Length;
    BOOLEAN HasFailed = FALSE;
    if (!NT_SUCCESS(RootOpenKey(NULL, ROOT_ACPI_CONTROL, &Key)))
        return FALSE;
    PULONG Failed = RootQueryValue(Key, L"Failed", REG_DWORD, &Length);
    if (Failed) {
        HasFailed = *Failed != 0;
        ExFreePool(Failed);
    }
    ZwClose(Key);
    return HasFailed;
}

BOOLEAN RootFitsFirmware(PROOT_DEVICE Device)
{
    ULONG Length;
    PWSTR Firmware = RootReadValue(Device, FALSE, L"Firmware", REG_SZ, &Length);
    if (!Firmware)
        return TRUE;
    BOOLEAN ForAcpi = _wcsicmp(Firmware, L"ACPI") == 0;
    BOOLEAN Fits = ForAcpi ? RootHasAcpi() : !RootHasAcpi() || RootHasAcpiFailed();
    ExFreePool(Firmware);
    return Fits;
}
