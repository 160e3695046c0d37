// The drivers of a device.
#include "pnpp.h"

static NTSTATUS PnpAddDriver(PDEVICE_NODE Node, PCWSTR Service, PIO_HOST FunctionHost)
{
    PDRIVER_OBJECT Driver;
    if (Node->DriverCount == PNP_MAX_DRIVERS)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = PnpUseDriver(Service, Node, FunctionHost, &Driver);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopAddDevice(Driver, Node->PhysicalDevice);
    if (!NT_SUCCESS(Status)) {
        PnpLeaveDriver(Driver);
        return Status;
    }
    Node->Drivers[Node->DriverCount++] = Driver;
    return STATUS_SUCCESS;
}

// A filter that does not load is left out: the device works without it.
static VOID PnpAddFilters(PDEVICE_NODE Node, PCWSTR Path, PCWSTR ValueName, PIO_HOST FunctionHost)
{
    WCHAR Filters[PNP_MAX_PATH];
    if (!PnpReadString(Path, ValueName, Filters, PNP_MAX_PATH))
        return;
    for (PCWSTR Filter = Filters; *Filter; Filter += wcslen(Filter) + 1) {
        NTSTATUS Status = PnpAddDriver(Node, Filter, FunctionHost);
        if (!NT_SUCCESS(Status))
            DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                       "pnp: %ws goes without its filter %ws: 0x%08lX\n", Node->InstancePath,
                       Filter, (ULONG)Status);
    }
}

// Bottom up: the device's lower filters, its class's, the function driver, the class's upper filters
// after the device's.
NTSTATUS PnpAddDrivers(PDEVICE_NODE Node)
{
    WCHAR Path[PNP_MAX_PATH], ClassPath[PNP_MAX_PATH], Guid[PNP_MAX_PATH] = L"";
    NTSTATUS Status = STATUS_SUCCESS;
    PIO_HOST FunctionHost = nullptr;
    PnpEnumPath(Node, Path);
    ClassPath[0] = 0;
    if (PnpReadString(Path, L"ClassGUID", Guid, PNP_MAX_PATH))
        _snwprintf(ClassPath, PNP_MAX_PATH,
                   L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Class\\%ws", Guid);
    if (Node->Service[0])
        Status = PnpChooseHost(Node->Service, Node, nullptr, &FunctionHost);
    if (!NT_SUCCESS(Status))
        return Status;
    PnpAddFilters(Node, Path, L"LowerFilters", FunctionHost);
    if (ClassPath[0])
        PnpAddFilters(Node, ClassPath, L"LowerFilters", FunctionHost);
    if (Node->Service[0])
        Status = PnpAddDriver(Node, Node->Service, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    PnpAddFilters(Node, Path, L"UpperFilters", FunctionHost);
    if (ClassPath[0])
        PnpAddFilters(Node, ClassPath, L"UpperFilters", FunctionHost);
    Node->State = PnpNodeDriversAdded;
    return STATUS_SUCCESS;
}

VOID PnpReleaseDrivers(PDEVICE_NODE Node)
{
    while (Node->DriverCount)
        PnpLeaveDriver(Node->Drivers[--Node->DriverCount]);
}
