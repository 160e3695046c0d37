// What drivers ask about the system, and what they tell its user.

#include "../ntos.h"

// The version of the driver model: that of Windows 10.
BOOLEAN NTAPI IoIsWdmVersionAvailable(UCHAR MajorVersion, UCHAR MinorVersion)
{
    constexpr UCHAR Major = 6, Minor = 0x00;
    return MajorVersion < Major || (MajorVersion == Major && MinorVersion <= Minor);
}

// Counts of devices by kind, which drivers of disks and serial ports add to, to number theirs. Each host has
// its own; the names that come out of it are settled in the namespace.
PCONFIGURATION_INFORMATION NTAPI IoGetConfigurationInformation(void)
{
    static CONFIGURATION_INFORMATION Configuration = {.Version = sizeof(Configuration)};
    return &Configuration;
}

// ---- Hard errors. There is nobody to press a key: the log tells, and the request ends as it stands.

BOOLEAN NTAPI IoRaiseInformationalHardError(NTSTATUS ErrorStatus, PUNICODE_STRING String,
                                            PKTHREAD Thread)
{
    static const UNICODE_STRING None = RTL_CONSTANT_STRING(L"");
    UNREFERENCED_PARAMETER(Thread);
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL, "driver host %lu: hard error %08lx %wZ\n",
               KiConnection.HostId, ErrorStatus, String ? String : &None);
    return TRUE;
}

VOID NTAPI IoRaiseHardError(PIRP Irp, PVPB Vpb, PDEVICE_OBJECT RealDeviceObject)
{
    UNREFERENCED_PARAMETER(Vpb);
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
               "driver host %lu: hard error %08lx of device %lu\n", KiConnection.HostId,
               Irp->IoStatus.Status, IopDeviceNumber(RealDeviceObject));
    IofCompleteRequest(Irp, IO_NO_INCREMENT);
}

BOOLEAN NTAPI IoSetThreadHardErrorMode(BOOLEAN EnableHardErrors)
{
    UNREFERENCED_PARAMETER(EnableHardErrors);
    return TRUE;
}
