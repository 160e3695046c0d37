// Registry values of miniports: below Parameters\Device (for all adapters) and Parameters\DeviceN (for port N) of the
// service key, and in the hardware key of the adapter.
#include "storportp.h"

enum { StorPathChars = 300, StorValueBytes = 4096 };

static NTSTATUS StorpOpenKey(PCWSTR Path, HANDLE Root, BOOLEAN Create, PHANDLE Key)
{
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    RtlInitUnicodeString(&Name, Path);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, Root,
                               nullptr);
    if (!Create)
        return ZwOpenKey(Key, KEY_READ, &Attributes);
    return ZwCreateKey(Key, KEY_READ | KEY_WRITE, &Attributes, 0, nullptr, REG_OPTION_NON_VOLATILE,
                       nullptr);
}

static NTSTATUS StorpOpenParameters(PSTOR_ADAPTER Adapter, BOOLEAN Global, BOOLEAN Create,
                                    PHANDLE Key)
{
    WCHAR Path[StorPathChars];
    HANDLE Parameters;
    if (Create) {
        _snwprintf(Path, StorPathChars, L"%wZ\\Parameters", &Adapter->Driver->RegistryPath);
        Path[StorPathChars - 1] = 0;
        if (NT_SUCCESS(StorpOpenKey(Path, nullptr, TRUE, &Parameters)))
            ZwClose(Parameters);
    }
    if (Global)
        _snwprintf(Path, StorPathChars, L"%wZ\\Parameters\\Device", &Adapter->Driver->RegistryPath);
    else
        _snwprintf(Path, StorPathChars, L"%wZ\\Parameters\\Device%lu",
                   &Adapter->Driver->RegistryPath, Adapter->PortNumber);
    Path[StorPathChars - 1] = 0;
    return StorpOpenKey(Path, nullptr, Create, Key);
}

// The value in pool, to be freed; null: there is none.
static PKEY_VALUE_PARTIAL_INFORMATION StorpReadValue(HANDLE Key, PCSTR ValueName)
{
    PKEY_VALUE_PARTIAL_INFORMATION Value =
        ExAllocatePoolWithTag(PagedPool, StorValueBytes, StorTag);
    ANSI_STRING Ansi;
    UNICODE_STRING Name;
    ULONG Length;
    if (!Value)
        return nullptr;
    RtlInitAnsiString(&Ansi, ValueName);
    NTSTATUS Status = RtlAnsiStringToUnicodeString(&Name, &Ansi, TRUE);
    if (NT_SUCCESS(Status)) {
        Status =
            ZwQueryValueKey(Key, &Name, KeyValuePartialInformation, Value, StorValueBytes, &Length);
        RtlFreeUnicodeString(&Name);
    }
    if (NT_SUCCESS(Status))
        return Value;
    ExFreePoolWithTag(Value, StorTag);
    return nullptr;
}

static NTSTATUS StorpWriteValue(HANDLE Key, PCSTR ValueName, ULONG Type, PVOID Data, ULONG Length)
{
    ANSI_STRING Ansi;
    UNICODE_STRING Name;
    RtlInitAnsiString(&Ansi, ValueName);
    NTSTATUS Status = RtlAnsiStringToUnicodeString(&Name, &Ansi, TRUE);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ZwSetValueKey(Key, &Name, 0, Type, Data, Length);
    RtlFreeUnicodeString(&Name);
    return Status;
}

// ---- Text comes and goes as ANSI

static BOOLEAN StorpIsText(ULONG Type)
{
    return Type == REG_SZ || Type == REG_EXPAND_SZ || Type == REG_MULTI_SZ;
}

// FALSE with Length 0: another type. FALSE with a length: so much room is needed.
static BOOLEAN StorpCopyValue(const KEY_VALUE_PARTIAL_INFORMATION *Value, ULONG Type, PVOID Buffer,
                              PULONG Length)
{
    ULONG Room = *Length, Bytes = Value->DataLength;
    *Length = 0;
    if (Value->Type != Type)
        return FALSE;
    if (StorpIsText(Type))
        RtlUnicodeToMultiByteSize(&Bytes, (PWCH)Value->Data, Value->DataLength);
    *Length = Bytes;
    if (Bytes > Room)
        return FALSE;
    if (StorpIsText(Type))
        RtlUnicodeToMultiByteN(Buffer, Room, Length, (PWCH)Value->Data, Value->DataLength);
    else
        RtlCopyMemory(Buffer, Value->Data, Bytes);
    return TRUE;
}

static NTSTATUS StorpWriteAnsi(HANDLE Key, PCSTR Name, ULONG Type, PVOID Buffer, ULONG Length)
{
    ULONG Bytes;
    if (!StorpIsText(Type))
        return StorpWriteValue(Key, Name, Type, Buffer, Length);
    if (Length > StorValueBytes / sizeof(WCHAR))
        return STATUS_INVALID_PARAMETER;
    PWCH Text = ExAllocatePoolWithTag(PagedPool, Length * sizeof(WCHAR), StorTag);
    if (!Text)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlMultiByteToUnicodeN(Text, Length * sizeof(WCHAR), &Bytes, Buffer, Length);
    NTSTATUS Status = StorpWriteValue(Key, Name, Type, Text, Bytes);
    ExFreePoolWithTag(Text, StorTag);
    return Status;
}

// ---- StorPortRegistryRead and Write

PUCHAR NTAPI StorPortAllocateRegistryBuffer(PVOID HwDeviceExtension, PULONG Length)
{
    UNREFERENCED_PARAMETER(HwDeviceExtension);
    PUCHAR Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, max(*Length, 1u), StorTag);
    if (Buffer)
        RtlZeroMemory(Buffer, *Length);
    else
        *Length = 0;
    return Buffer;
}

VOID NTAPI StorPortFreeRegistryBuffer(PVOID HwDeviceExtension, PUCHAR Buffer)
{
    UNREFERENCED_PARAMETER(HwDeviceExtension);
    ExFreePoolWithTag(Buffer, StorTag);
}

BOOLEAN NTAPI StorPortRegistryRead(PVOID HwDeviceExtension, PUCHAR ValueName, ULONG Global,
                                   ULONG Type, PUCHAR Buffer, PULONG BufferLength)
{
    HANDLE Key;
    BOOLEAN Done = FALSE;
    if (KeGetCurrentIrql() != PASSIVE_LEVEL || !ValueName || !BufferLength)
        return FALSE;
    if (!NT_SUCCESS(
            StorpOpenParameters(StorpAdapterOf(HwDeviceExtension), Global != 0, FALSE, &Key))) {
        *BufferLength = 0;
        return FALSE;
    }
    PKEY_VALUE_PARTIAL_INFORMATION Value = StorpReadValue(Key, (PCSTR)ValueName);
    if (Value)
        Done = StorpCopyValue(Value, Type, Buffer, BufferLength);
    else
        *BufferLength = 0;
    if (Value)
        ExFreePoolWithTag(Value, StorTag);
    ZwClose(Key);
    return Done;
}

BOOLEAN NTAPI StorPortRegistryWrite(PVOID HwDeviceExtension, PUCHAR ValueName, ULONG Global,
                                    ULONG Type, PUCHAR Buffer, ULONG BufferLength)
{
    HANDLE Key;
    if (KeGetCurrentIrql() != PASSIVE_LEVEL || !ValueName || !Buffer)
        return FALSE;
    if (!NT_SUCCESS(
            StorpOpenParameters(StorpAdapterOf(HwDeviceExtension), Global != 0, TRUE, &Key)))
        return FALSE;
    NTSTATUS Status = StorpWriteAnsi(Key, (PCSTR)ValueName, Type, Buffer, BufferLength);
    ZwClose(Key);
    return NT_SUCCESS(Status);
}

// The value DriverParameter, for HwFindAdapter's argument string.
VOID StorpReadDriverParameter(PSTOR_ADAPTER Adapter, PSTR Text, ULONG Bytes)
{
    for (ULONG Global = 0; Global <= 1; Global++) {
        ULONG Length = Bytes - 1;
        Text[0] = 0;
        if (StorPortRegistryRead(Adapter->HwExtension, (PUCHAR) "DriverParameter", Global, REG_SZ,
                                 (PUCHAR)Text, &Length)) {
            Text[Length] = 0;
            return;
        }
    }
    Text[0] = 0;
}

// A number of Parameters, as the miniport's setup leaves it there.
static ULONG StorpReadNumber(PSTOR_ADAPTER Adapter, PCSTR Name, ULONG Otherwise)
{
    WCHAR Path[StorPathChars];
    HANDLE Key;
    ULONG Number = Otherwise;
    _snwprintf(Path, StorPathChars, L"%wZ\\Parameters", &Adapter->Driver->RegistryPath);
    Path[StorPathChars - 1] = 0;
    if (!NT_SUCCESS(StorpOpenKey(Path, nullptr, FALSE, &Key)))
        return Number;
    PKEY_VALUE_PARTIAL_INFORMATION Value = StorpReadValue(Key, Name);
    ZwClose(Key);
    if (!Value)
        return Number;
    if (Value->Type == REG_DWORD && Value->DataLength == sizeof(Number))
        RtlCopyMemory(&Number, Value->Data, sizeof(Number));
    ExFreePoolWithTag(Value, StorTag);
    return Number;
}

// What kind of bus its devices are on, and the time-out that it wants for commands to them.
VOID StorpReadParameters(PSTOR_ADAPTER Adapter)
{
    ULONG Type = StorpReadNumber(Adapter, "BusType", (ULONG)Adapter->BusType);
    if (Type < (ULONG)BusTypeMax)
        Adapter->BusType = (STORAGE_BUS_TYPE)Type;
    Adapter->IoTimeout =
        (USHORT)min(StorpReadNumber(Adapter, "IoTimeoutValue", 0), (ULONG)MAXUSHORT);
}

// ---- The adapter's own key: Enum\...\Device Parameters, and a key below it

static NTSTATUS StorpOpenAdapterKey(PSTOR_ADAPTER Adapter, PCSTR SubKey, BOOLEAN Create,
                                    PHANDLE Key)
{
    HANDLE Device;
    ANSI_STRING Ansi;
    UNICODE_STRING Name;
    NTSTATUS Status = IoOpenDeviceRegistryKey(Adapter->Pdo, PLUGPLAY_REGKEY_DEVICE,
                                              KEY_READ | KEY_WRITE, &Device);
    if (!NT_SUCCESS(Status) || !SubKey) {
        *Key = Device;
        return Status;
    }
    RtlInitAnsiString(&Ansi, SubKey);
    Status = RtlAnsiStringToUnicodeString(&Name, &Ansi, TRUE);
    if (NT_SUCCESS(Status)) {
        Status = StorpOpenKey(Name.Buffer, Device, Create, Key);
        RtlFreeUnicodeString(&Name);
    }
    ZwClose(Device);
    return Status;
}

ULONG StorpReadKey(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PCSTR SubKey = va_arg(Arguments, PCSTR), Name = va_arg(Arguments, PCSTR);
    ULONG Type = va_arg(Arguments, ULONG);
    PVOID *Data = va_arg(Arguments, PVOID *);
    PULONG Length = va_arg(Arguments, PULONG);
    HANDLE Key;
    if (!Name || !Data || !*Data || !Length)
        return STOR_STATUS_INVALID_PARAMETER;
    if (KeGetCurrentIrql() != PASSIVE_LEVEL)
        return STOR_STATUS_INVALID_IRQL;
    if (!NT_SUCCESS(StorpOpenAdapterKey(Adapter, SubKey, FALSE, &Key)))
        return STOR_STATUS_UNSUCCESSFUL;
    ULONG Status = STOR_STATUS_UNSUCCESSFUL;
    PKEY_VALUE_PARTIAL_INFORMATION Value = StorpReadValue(Key, Name);
    if (Value) {
        if (StorpCopyValue(Value, Type, *Data, Length))
            Status = STOR_STATUS_SUCCESS;
        else if (*Length)
            Status = STOR_STATUS_BUFFER_TOO_SMALL;
        ExFreePoolWithTag(Value, StorTag);
    }
    ZwClose(Key);
    return Status;
}

ULONG StorpWriteKey(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PCSTR SubKey = va_arg(Arguments, PCSTR), Name = va_arg(Arguments, PCSTR);
    ULONG Type = va_arg(Arguments, ULONG);
    PVOID Data = va_arg(Arguments, PVOID);
    ULONG Length = va_arg(Arguments, ULONG);
    HANDLE Key;
    if (!Name || !Data)
        return STOR_STATUS_INVALID_PARAMETER;
    if (KeGetCurrentIrql() != PASSIVE_LEVEL)
        return STOR_STATUS_INVALID_IRQL;
    if (!NT_SUCCESS(StorpOpenAdapterKey(Adapter, SubKey, TRUE, &Key)))
        return STOR_STATUS_UNSUCCESSFUL;
    NTSTATUS Status = StorpWriteAnsi(Key, Name, Type, Data, Length);
    ZwClose(Key);
    return NT_SUCCESS(Status) ? STOR_STATUS_SUCCESS : STOR_STATUS_UNSUCCESSFUL;
}
