// NtLoadDriver and NtUnloadDriver.
#include "pnpp.h"

#define PNP_SERVICES L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"

static BOOLEAN PnpHasBackslash(PCWSTR Text, ULONG Chars)
{
    while (Chars && *Text != L'\\')
        Text++, Chars--;
    return Chars != 0;
}

// The name of the service from its registry path, which is how drivers are named to these services.
static NTSTATUS PnpCaptureService(const UNICODE_STRING USER *ServicePath, PWSTR Service)
{
    static const UNICODE_STRING Prefix = RTL_CONSTANT_STRING(PNP_SERVICES);
    UNICODE_STRING Path;
    NTSTATUS Status = MmCaptureUnicodeString(&Path, ServicePath);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = STATUS_OBJECT_NAME_INVALID;
    if (RtlPrefixUnicodeString(&Prefix, &Path, TRUE)) {
        USHORT Chars = (Path.Length - Prefix.Length) / sizeof(WCHAR);
        PCWSTR Name = Path.Buffer + Prefix.Length / sizeof(WCHAR);
        if (Chars != 0 && Chars < PNP_MAX_PATH / 2 && !PnpHasBackslash(Name, Chars)) {
            memcpy(Service, Name, Chars * sizeof(WCHAR));
            Service[Chars] = 0;
            Status = STATUS_SUCCESS;
        }
    }
    MmFreeCapturedString(&Path);
    return Status;
}

static NTSTATUS PnpLoadCalled(PVOID Context)
{
    return PnpIsDriverLoaded(Context) ? STATUS_IMAGE_ALREADY_LOADED : PnpLoadDriver(Context);
}

static NTSTATUS PnpUnloadCalled(PVOID Context)
{
    return PnpUnloadDriver(Context);
}

static NTSTATUS PnpCallForService(const UNICODE_STRING USER *ServicePath,
                                  NTSTATUS (*Routine)(PVOID Context))
{
    WCHAR Service[PNP_MAX_PATH];
    if (!SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_LOAD_DRIVER_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    NTSTATUS Status = PnpCaptureService(ServicePath, Service);
    return NT_SUCCESS(Status) ? PnpCall(Routine, Service) : Status;
}

NTSTATUS NtLoadDriver(const UNICODE_STRING USER *DriverServiceName)
{
    return PnpCallForService(DriverServiceName, PnpLoadCalled);
}

NTSTATUS NtUnloadDriver(const UNICODE_STRING USER *DriverServiceName)
{
    return PnpCallForService(DriverServiceName, PnpUnloadCalled);
}
