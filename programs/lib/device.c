// Devices.

#include "native.h"

NTSTATUS DeviceOpen(PCWSTR NtPath, ACCESS_MASK Access, ULONG ShareAccess, PHANDLE Device)
{
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    RtlInitUnicodeString(&Name, NtPath);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return NtOpenFile(Device, Access | SYNCHRONIZE, &Attributes, &IoStatus, ShareAccess,
                      FILE_SYNCHRONOUS_IO_NONALERT);
}

NTSTATUS DeviceControl(HANDLE Device, ULONG Code, const VOID *Input, ULONG InputLength,
                       PVOID Output, ULONG OutputLength, PULONG Returned)
{
    IO_STATUS_BLOCK IoStatus = {};
    NTSTATUS Status = NtDeviceIoControlFile(Device, nullptr, nullptr, nullptr, &IoStatus, Code,
                                            (PVOID)Input, InputLength, Output, OutputLength);
    if (Returned)
        *Returned = (ULONG)IoStatus.Information;
    return Status;
}
