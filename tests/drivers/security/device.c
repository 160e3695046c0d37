// Devices with a security descriptor of their own.

#include "driver.h"

#include <wdmsec.h>

static const GUID NoClass = {0x6E7D1FA0, 0x31B6, 0x4C15, {1, 2, 3, 4, 5, 6, 7, 8}};

NTSTATUS TestCreate(PCWSTR Text, ULONG Bytes)
{
    UNICODE_STRING Descriptor = {(USHORT)Bytes, (USHORT)Bytes, (PWSTR)Text};
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\SecTestTried");
    PDEVICE_OBJECT Device;
    NTSTATUS Status = IoCreateDeviceSecure(TestDriver, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE,
                                           &Descriptor, &NoClass, &Device);
    if (NT_SUCCESS(Status))
        IoDeleteDevice(Device);
    return Status;
}

// Devices that the test program opens; they go with the driver.
ULONG TestSecureDevices(VOID)
{
    UNICODE_STRING All = RTL_CONSTANT_STRING(L"\\Device\\SecTestAll");
    UNICODE_STRING Admins = RTL_CONSTANT_STRING(L"\\Device\\SecTestAdmins");
    PDEVICE_OBJECT Device;
    EXPECT(IoCreateDeviceSecure(TestDriver, 0, &All, FILE_DEVICE_UNKNOWN, 0, FALSE,
                                &SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RWX_RES_RWX, NULL,
                                &Device) == STATUS_SUCCESS);
    Device->Flags &= ~DO_DEVICE_INITIALIZING;
    EXPECT(IoCreateDeviceSecure(TestDriver, 0, &Admins, FILE_DEVICE_UNKNOWN, 0, FALSE,
                                &SDDL_DEVOBJ_SYS_ALL_ADM_ALL, &NoClass, &Device) == STATUS_SUCCESS);
    Device->Flags &= ~DO_DEVICE_INITIALIZING;
    return 0;
}
