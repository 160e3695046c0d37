// The keys below Enum\ROOT: DEVICE\INSTANCE for each device.
#include "root.h"

#define ROOT_ENUM L"\\Registry\\Machine\\System\\CurrentControlSet\\Enum\\ROOT"

NTSTATUS RootOpenKey(HANDLE Parent, PCWSTR Name, PHANDLE Key)
{
    UNICODE_STRING Path;
    OBJECT_ATTRIBUTES Attributes;
    RtlInitUnicodeString(&Path, Name);
    InitializeObjectAttributes(&Attributes, &Path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, Parent,
                               NULL);
    return ZwOpenKey(Key, KEY_READ, &Attributes);
}

// The name of a subkey, terminated. STATUS_NO_MORE_ENTRIES ends.
static NTSTATUS RootSubkey(HANDLE Key, ULONG Index, PWSTR Name)
{
    union {
        KEY_BASIC_INFORMATION Information;
        UCHAR Bytes[sizeof(KEY_BASIC_INFORMATION) + RootIdChars * sizeof(WCHAR)];
    } Buffer;
    ULONG Length;
    NTSTATUS Status = ZwEnumerateKey(Key, Index, KeyBasicInformation, &Buffer,
                                     sizeof(Buffer) - sizeof(WCHAR), &Length);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Chars = Buffer.Information.NameLength / sizeof(WCHAR);
    if (Chars >= RootIdChars)
        return STATUS_BUFFER_OVERFLOW;
    RtlCopyMemory(Name, Buffer.Information.Name, Chars * sizeof(WCHAR));
    Name[Chars] = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS RootScanInstances(PROOT_BUS Bus, HANDLE Devices, PCWSTR Device,
                                  NTSTATUS (*Found)(PROOT_BUS, PCWSTR, PCWSTR))
{
    WCHAR Instance[RootIdChars];
    HANDLE Key;
    NTSTATUS Status = RootOpenKey(Devices, Device, &Key);
    for (ULONG i = 0; NT_SUCCESS(Status); i++) {
        Status = RootSubkey(Key, i, Instance);
        if (NT_SUCCESS(Status))
            Status = Found(Bus, Device, Instance);
    }
    if (Status == STATUS_NO_MORE_ENTRIES)
        Status = STATUS_SUCCESS;
    ZwClose(Key);
    return Status;
}

NTSTATUS RootScan(PROOT_BUS Bus, NTSTATUS (*Found)(PROOT_BUS Bus, PCWSTR Device, PCWSTR Instance))
{
    WCHAR Device[RootIdChars];
    HANDLE Key;
    NTSTATUS Status = RootOpenKey(NULL, ROOT_ENUM, &Key);
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND)
        return STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; NT_SUCCESS(Status); i++) {
        Status = RootSubkey(Key, i, Device);
        if (NT_SUCCESS(Status))
            Status = RootScanInstances(Bus, Key, Device, Found);
    }
    ZwClose(Key);
    return Status == STATUS_NO_MORE_ENTRIES ? STATUS_SUCCESS : Status;
}

PVOID RootQueryValue(HANDLE Key, PCWSTR Name, ULONG Type, PULONG Length)
{
    UNICODE_STRING ValueName;
    ULONG Size;
    PVOID Copy = NULL;
    PKEY_VALUE_PARTIAL_INFORMATION Value =
        ExAllocatePoolWithTag(PagedPool, RootValueBytes, RootTag);
    if (!Value)
        return NULL;
    RtlInitUnicodeString(&ValueName, Name);
    NTSTATUS Status =
        ZwQueryValueKey(Key, &ValueName, KeyValuePartialInformation, Value, RootValueBytes, &Size);
    if (NT_SUCCESS(Status) && Value->Type == Type && Value->DataLength) {
        // With two terminators behind it, so that a text ends whatever the registry holds.
        Copy = ExAllocatePoolWithTag(PagedPool, Value->DataLength + 2 * sizeof(WCHAR), RootTag);
        if (Copy) {
            RtlZeroMemory((PUCHAR)Copy + Value->DataLength, 2 * sizeof(WCHAR));
            RtlCopyMemory(Copy, Value->Data, Value->DataLength);
            *Length = Value->DataLength;
        }
    }
    ExFreePool(Value);
    return Copy;
}

PVOID RootReadValue(PROOT_DEVICE Device, BOOLEAN Configuration, PCWSTR Name, ULONG Type,
                    PULONG Length)
{
    HANDLE Root, Key, Instance, LogConf;
    PVOID Value = NULL;
    if (!NT_SUCCESS(RootOpenKey(NULL, ROOT_ENUM, &Root)))
        return NULL;
    if (NT_SUCCESS(RootOpenKey(Root, Device->Device, &Key))) {
        if (NT_SUCCESS(RootOpenKey(Key, Device->Instance, &Instance))) {
            if (!Configuration) {
                Value = RootQueryValue(Instance, Name, Type, Length);
            } else if (NT_SUCCESS(RootOpenKey(Instance, L"LogConf", &LogConf))) {
                Value = RootQueryValue(LogConf, Name, Type, Length);
                ZwClose(LogConf);
            }
            ZwClose(Instance);
        }
        ZwClose(Key);
    }
    ZwClose(Root);
    return Value;
}
