#include "console.h"

enum { ConValueBytes = 64 };

typedef union _CON_VALUE {
    KEY_VALUE_PARTIAL_INFORMATION Information;
    UCHAR Bytes[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + ConValueBytes];
} CON_VALUE;

static BOOLEAN ConReadValue(HANDLE Key, PCWSTR Name, ULONG Type, CON_VALUE *Value)
{
    UNICODE_STRING ValueName;
    ULONG Length;
    RtlInitUnicodeString(&ValueName, Name);
    NTSTATUS Status = ZwQueryValueKey(Key, &ValueName, KeyValuePartialInformation, Value,
                                      sizeof(*Value) - sizeof(WCHAR), &Length);
    return NT_SUCCESS(Status) && Value->Information.Type == Type;
}

// Subkey may be empty.
NTSTATUS ConOpenParameters(PDEVICE_OBJECT PhysicalDevice, PCWSTR Subkey, PHANDLE Key)
{
    HANDLE Parameters;
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    NTSTATUS Status =
        IoOpenDeviceRegistryKey(PhysicalDevice, PLUGPLAY_REGKEY_DEVICE, KEY_READ, &Parameters);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlInitUnicodeString(&Name, Subkey);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE,
                               Parameters, NULL);
    Status = ZwOpenKey(Key, KEY_READ, &Attributes);
    ZwClose(Parameters);
    return Status;
}

BOOLEAN ConReadNumber(HANDLE Key, PCWSTR Name, PULONG Number)
{
    CON_VALUE Value;
    if (!ConReadValue(Key, Name, REG_DWORD, &Value) ||
        Value.Information.DataLength != sizeof(*Number))
        return FALSE;
    RtlCopyMemory(Number, Value.Information.Data, sizeof(*Number));
    return TRUE;
}

static BOOLEAN ConIsNamed(const CON_LAYOUT *Layout, const WCHAR *Name, ULONG Chars)
{
    ULONG i = 0;
    while (i < Chars && Name[i] && Name[i] == (WCHAR)Layout->Name[i])
        i++;
    return !Layout->Name[i] && (i == Chars || !Name[i]);
}

// The value "KeyboardLayout"; the first layout where there is none, or one that is not known.
const CON_LAYOUT *ConReadLayout(PDEVICE_OBJECT PhysicalDevice)
{
    CON_VALUE Value;
    HANDLE Key;
    if (!NT_SUCCESS(ConOpenParameters(PhysicalDevice, L"", &Key)))
        return &ConLayouts[0];
    BOOLEAN Found = ConReadValue(Key, L"KeyboardLayout", REG_SZ, &Value);
    ZwClose(Key);
    for (ULONG i = 0; i < ConLayoutCount && Found; i++) {
        if (ConIsNamed(&ConLayouts[i], (const WCHAR *)Value.Information.Data,
                       Value.Information.DataLength / sizeof(WCHAR)))
            return &ConLayouts[i];
    }
    return &ConLayouts[0];
}
