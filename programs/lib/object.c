// Names in the object namespace.

#include "native.h"

static VOID ObjAttributes(POBJECT_ATTRIBUTES Attributes, PUNICODE_STRING Name, PCWSTR Path,
                          ULONG Flags)
{
    RtlInitUnicodeString(Name, Path);
    InitializeObjectAttributes(Attributes, Name, OBJ_CASE_INSENSITIVE | Flags, nullptr, nullptr);
}

NTSTATUS ObjMakeDirectory(PCWSTR Path, PHANDLE Directory)
{
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    ObjAttributes(&Attributes, &Name, Path, OBJ_PERMANENT | OBJ_OPENIF);
    return NtCreateDirectoryObject(Directory, DIRECTORY_ALL_ACCESS, &Attributes);
}

NTSTATUS ObjMakeLink(PCWSTR Path, PCWSTR Target)
{
    UNICODE_STRING Name, TargetName;
    OBJECT_ATTRIBUTES Attributes;
    ObjAttributes(&Attributes, &Name, Path, OBJ_PERMANENT);
    RtlInitUnicodeString(&TargetName, Target);
    HANDLE Link;
    NTSTATUS Status =
        NtCreateSymbolicLinkObject(&Link, SYMBOLIC_LINK_ALL_ACCESS, &Attributes, &TargetName);
    if (NT_SUCCESS(Status))
        NtClose(Link);
    return Status;
}

NTSTATUS ObjDeleteLink(PCWSTR Path)
{
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    ObjAttributes(&Attributes, &Name, Path, 0);
    HANDLE Link;
    NTSTATUS Status = NtOpenSymbolicLinkObject(&Link, DELETE, &Attributes);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtMakeTemporaryObject(Link);
    NtClose(Link);
    return Status;
}

NTSTATUS ObjReadLink(HANDLE Directory, PCUNICODE_STRING Name, PUNICODE_STRING Target)
{
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, (PUNICODE_STRING)Name, OBJ_CASE_INSENSITIVE, Directory,
                               nullptr);
    HANDLE Link;
    NTSTATUS Status = NtOpenSymbolicLinkObject(&Link, SYMBOLIC_LINK_QUERY, &Attributes);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtQuerySymbolicLinkObject(Link, Target, nullptr);
    NtClose(Link);
    return Status;
}
