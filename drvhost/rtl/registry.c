// RtlQueryRegistryValues and its kin: registry values by a table.

#include "rtlp.h"

enum { RtlpMaximumPath = 512 };

static PCWSTR RtlpRegistryRoot(ULONG RelativeTo)
{
    static const PCWSTR Roots[] = {
        [RTL_REGISTRY_ABSOLUTE] = L"",
        [RTL_REGISTRY_SERVICES] = L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\",
        [RTL_REGISTRY_CONTROL] = L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\",
        [RTL_REGISTRY_WINDOWS_NT] =
            L"\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion\\",
        [RTL_REGISTRY_DEVICEMAP] = L"\\Registry\\Machine\\Hardware\\DeviceMap\\",
        [RTL_REGISTRY_USER] = L"\\Registry\\User\\.Default\\",
    };
    return RelativeTo < RTL_NUMBER_OF(Roots) ? Roots[RelativeTo] : nullptr;
}

// The key's handle; to be closed unless the caller gave it (RTL_REGISTRY_HANDLE).
NTSTATUS RtlpOpenRegistryPath(ULONG RelativeTo, PCWSTR Path, BOOLEAN Create, PHANDLE Key)
{
    if (RelativeTo & RTL_REGISTRY_HANDLE) {
        *Key = (HANDLE)Path;
        return STATUS_SUCCESS;
    }
    WCHAR Buffer[RtlpMaximumPath];
    UNICODE_STRING Name = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    PCWSTR Root = RtlpRegistryRoot(RelativeTo & ~(ULONG)RTL_REGISTRY_OPTIONAL);
    if (!Root)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = RtlAppendUnicodeToString(&Name, Root);
    if (NT_SUCCESS(Status) && Path)
        Status = RtlAppendUnicodeToString(&Name, Path);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Name.Length && Buffer[Name.Length / sizeof(WCHAR) - 1] == L'\\')
        Name.Length -= sizeof(WCHAR);
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE,
                               nullptr, nullptr);
    return Create ? ZwCreateKey(Key, KEY_WRITE, &Attributes, 0, nullptr, 0, nullptr)
                  : ZwOpenKey(Key, KEY_READ, &Attributes);
}

VOID RtlpCloseRegistryPath(ULONG RelativeTo, HANDLE Key)
{
    if (!(RelativeTo & RTL_REGISTRY_HANDLE))
        ZwClose(Key);
}

NTSTATUS NTAPI RtlCheckRegistryKey(ULONG RelativeTo, PWSTR Path)
{
    HANDLE Key;
    NTSTATUS Status = RtlpOpenRegistryPath(RelativeTo, Path, FALSE, &Key);
    if (NT_SUCCESS(Status))
        RtlpCloseRegistryPath(RelativeTo, Key);
    return Status;
}

NTSTATUS NTAPI RtlCreateRegistryKey(ULONG RelativeTo, PWSTR Path)
{
    HANDLE Key;
    NTSTATUS Status = RtlpOpenRegistryPath(RelativeTo, Path, TRUE, &Key);
    if (NT_SUCCESS(Status))
        RtlpCloseRegistryPath(RelativeTo, Key);
    return Status;
}

NTSTATUS NTAPI RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName,
                                     ULONG ValueType, PVOID ValueData, ULONG ValueLength)
{
    HANDLE Key;
    UNICODE_STRING Name;
    NTSTATUS Status = RtlpOpenRegistryPath(RelativeTo, Path, TRUE, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlInitUnicodeString(&Name, ValueName);
    Status = ZwSetValueKey(Key, &Name, 0, ValueType, ValueData, ValueLength);
    RtlpCloseRegistryPath(RelativeTo, Key);
    return Status;
}

NTSTATUS NTAPI RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName)
{
    HANDLE Key;
    UNICODE_STRING Name;
    NTSTATUS Status = RtlpOpenRegistryPath(RelativeTo, Path, TRUE, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlInitUnicodeString(&Name, ValueName);
    Status = ZwDeleteValueKey(Key, &Name);
    RtlpCloseRegistryPath(RelativeTo, Key);
    return Status;
}
