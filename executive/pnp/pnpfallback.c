// The firmware's driver may fail for good: it does not start, or its process ends again and again. What the firmware would
// have reported is then what the registry lists for machines without it: root.sys is told by the volatile value Failed of the
// device's key Control.
#include "pnpp.h"

static VOID PnpControlPath(PDEVICE_NODE Node, PWSTR Path)
{
    PnpEnumPath(Node, Path);
    wcsncat(Path, L"\\Control", PNP_MAX_PATH - 1 - wcslen(Path));
}

static NTSTATUS PnpWriteFailed(PDEVICE_NODE Node, ULONG Failed)
{
    WCHAR Path[PNP_MAX_PATH];
    PnpControlPath(Node, Path);
    NTSTATUS Status = CmCreateVolatileKey(Path);
    return NT_SUCCESS(Status) ? CmSetValue(Path, L"Failed", REG_DWORD, &Failed, sizeof(Failed))
                              : Status;
}

VOID PnpGiveUpPlatform(PDEVICE_NODE Node)
{
    if (!PnpIsPlatform(Node))
        return;
    NTSTATUS Status = PnpWriteFailed(Node, TRUE);
    if (NT_SUCCESS(Status))
        Status = PnpQueueEvent(PnpEventEnumerate, PnpRootNode, nullptr);
    DbgPrintEx(
        DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
        "pnp: the system goes on without the ACPI driver (0x%08lX): no hot plug of the firmware's, no "
        "power button, no sleep\n",
        (ULONG)Status);
}

VOID PnpPlatformStarted(PDEVICE_NODE Node)
{
    WCHAR Path[PNP_MAX_PATH];
    ULONG Failed = FALSE;
    if (!PnpIsPlatform(Node))
        return;
    PnpControlPath(Node, Path);
    if (CmQueryNumber(Path, L"Failed", &Failed) && Failed &&
        NT_SUCCESS(PnpWriteFailed(Node, FALSE)))
        (VOID) PnpQueueEvent(PnpEventEnumerate, PnpRootNode, nullptr);
}
