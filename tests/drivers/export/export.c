// An export driver: other drivers import from it. Its DllInitialize is called when it is loaded for one of them, its
// DriverEntry when it is loaded as a driver.

#include <ntddk.h>

#include "export.h"

DRIVER_INITIALIZE DriverEntry;

static EXPORT_STATE State;

NTSTATUS NTAPI DllInitialize(PUNICODE_STRING RegistryPath)
{
    State.Initialized++;
    RtlCopyMemory(State.Path, RegistryPath->Buffer,
                  min(RegistryPath->Length, sizeof(State.Path) - sizeof(WCHAR)));
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DllUnload(VOID)
{
    DbgPrint("DllUnload of an export driver\n");
    return STATUS_SUCCESS;
}

ULONG ExportAdd(ULONG First, ULONG Second)
{
    return First + Second;
}

VOID ExportState(EXPORT_STATE *Result)
{
    *Result = State;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    State.Entries++;
    return STATUS_SUCCESS;
}
