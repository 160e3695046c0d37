// Device interfaces: names by which others find the devices of a class.

#include "../ntos.h"

enum { IopInterfaceChars = 256 };

// The name is for the driver to free with RtlFreeUnicodeString.
NTSTATUS NTAPI IoRegisterDeviceInterface(PDEVICE_OBJECT PhysicalDeviceObject,
                                         const GUID *InterfaceClassGuid,
                                         PUNICODE_STRING ReferenceString,
                                         PUNICODE_STRING SymbolicLinkName)
{
    WCHAR Buffer[IopInterfaceChars];
    UNICODE_STRING Name = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    *SymbolicLinkName = (UNICODE_STRING){};
    NTSTATUS Status = NtHostRegisterInterface(IopDeviceNumber(PhysicalDeviceObject),
                                              InterfaceClassGuid, ReferenceString, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!RtlCreateUnicodeString(SymbolicLinkName, Buffer))
        return STATUS_INSUFFICIENT_RESOURCES;
    return STATUS_SUCCESS;
}

// Enabling what is enabled says STATUS_OBJECT_NAME_EXISTS, disabling what is not STATUS_OBJECT_NAME_NOT_FOUND.
NTSTATUS NTAPI IoSetDeviceInterfaceState(PUNICODE_STRING SymbolicLinkName, BOOLEAN Enable)
{
    return NtHostSetInterfaceState(SymbolicLinkName, Enable);
}

// A multi-string of pool.
NTSTATUS NTAPI IoGetDeviceInterfaces(const GUID *InterfaceClassGuid,
                                     PDEVICE_OBJECT PhysicalDeviceObject, ULONG Flags,
                                     PWSTR *SymbolicLinkList)
{
    ULONG Device = PhysicalDeviceObject ? IopDeviceNumber(PhysicalDeviceObject) : 0;
    ULONG Size = 1024;
    NTSTATUS Status;
    *SymbolicLinkList = nullptr;
    do {
        PWSTR List = ExAllocatePoolWithTag(PagedPool, Size, 'fIoI');
        if (!List)
            return STATUS_INSUFFICIENT_RESOURCES;
        ULONG Room = Size;
        Status = NtHostListInterfaces(InterfaceClassGuid, Device, Flags, List, Room, &Size);
        if (NT_SUCCESS(Status))
            *SymbolicLinkList = List;
        else
            ExFreePoolWithTag(List, 'fIoI');
        if (Size <= Room)
            break;
    } while (Status == STATUS_BUFFER_TOO_SMALL);
    return Status;
}
