// Symbolic links in the namespace. They are permanent: a driver deletes them by name.

#include "../ntos.h"

NTSTATUS NTAPI IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, SymbolicLinkName,
                               OBJ_PERMANENT | OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, nullptr,
                               nullptr);
    HANDLE Link;
    NTSTATUS Status =
        ZwCreateSymbolicLinkObject(&Link, SYMBOLIC_LINK_ALL_ACCESS, &Attributes, DeviceName);
    if (NT_SUCCESS(Status))
        NtClose(Link);
    return Status;
}

// Anybody may open devices by this one; it is the same here, where the namespace gives links its own
// default protection.
NTSTATUS NTAPI IoCreateUnprotectedSymbolicLink(PUNICODE_STRING SymbolicLinkName,
                                               PUNICODE_STRING DeviceName)
{
    return IoCreateSymbolicLink(SymbolicLinkName, DeviceName);
}

NTSTATUS NTAPI IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName)
{
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, SymbolicLinkName,
                               OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, nullptr, nullptr);
    HANDLE Link;
    NTSTATUS Status = ZwOpenSymbolicLinkObject(&Link, DELETE, &Attributes);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ZwMakeTemporaryObject(Link);
    NtClose(Link);
    return Status;
}
