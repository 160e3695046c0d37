// pnpimport.sys: calls what its module does not export. The exception is its answer.
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
__declspec(dllimport) VOID PnpHelpThatIsMissing(VOID);

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    __try {
        PnpHelpThatIsMissing();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}
