// Properties of devices by key (DEVPROPKEY). Those that PnP has itself are told from there; others are values below the
// device's key, by the key's identifier and number: name "", type 0xFFFF0000 and the property's.

#include "../ntos.h"

typedef struct _IOP_KNOWN_PROPERTY {
    ULONG Number; // of DEVPKEY_Device_*
    DEVICE_REGISTRY_PROPERTY Property;
    DEVPROPTYPE Type;
} IOP_KNOWN_PROPERTY;

// {a45c254e-df1c-4efd-8020-67d146a850e0}
static const GUID IopDeviceProperties = {
    0xA45C254E, 0xDF1C, 0x4EFD, {0x80, 0x20, 0x67, 0xD1, 0x46, 0xA8, 0x50, 0xE0}};

static const IOP_KNOWN_PROPERTY IopKnownProperties[] = {
    {2, DevicePropertyDeviceDescription, DEVPROP_TYPE_STRING},
    {3, DevicePropertyHardwareID, DEVPROP_TYPE_STRING_LIST},
    {4, DevicePropertyCompatibleIDs, DEVPROP_TYPE_STRING_LIST},
    {9, DevicePropertyClassName, DEVPROP_TYPE_STRING},
    {11, DevicePropertyDriverKeyName, DEVPROP_TYPE_STRING},
    {13, DevicePropertyManufacturer, DEVPROP_TYPE_STRING},
    {14, DevicePropertyFriendlyName, DEVPROP_TYPE_STRING},
    {15, DevicePropertyLocationInformation, DEVPROP_TYPE_STRING},
    {16, DevicePropertyPhysicalDeviceObjectName, DEVPROP_TYPE_STRING},
    {21, DevicePropertyBusTypeGuid, DEVPROP_TYPE_GUID},
    {22, DevicePropertyLegacyBusType, DEVPROP_TYPE_UINT32},
    {23, DevicePropertyBusNumber, DEVPROP_TYPE_UINT32},
    {24, DevicePropertyEnumeratorName, DEVPROP_TYPE_STRING},
    {30, DevicePropertyAddress, DEVPROP_TYPE_UINT32},
};

static const IOP_KNOWN_PROPERTY *IopFindKnown(const DEVPROPKEY *Key)
{
    if (!RtlEqualMemory(&Key->fmtid, &IopDeviceProperties, sizeof(GUID)))
        return nullptr;
    for (ULONG i = 0; i < RTL_NUMBER_OF(IopKnownProperties); i++) {
        if (IopKnownProperties[i].Number == Key->pid)
            return &IopKnownProperties[i];
    }
    return nullptr;
}

// ---- Values

// Properties\{identifier}\number, with a language below it if there is one.
static NTSTATUS IopPropertyPath(const DEVPROPKEY *Key, LCID Lcid, PUNICODE_STRING Path)
{
    CHAR Number[24];
    ANSI_STRING Ansi;
    UNICODE_STRING Guid, End;
    WCHAR Buffer[24];
    NTSTATUS Status = RtlAppendUnicodeToString(Path, L"Properties\\");
    if (NT_SUCCESS(Status))
        Status = RtlStringFromGUID(&Key->fmtid, &Guid);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = RtlAppendUnicodeStringToString(Path, &Guid);
    RtlFreeUnicodeString(&Guid);
    _snprintf(Number, sizeof(Number), Lcid ? "\\%04lX\\%04lX" : "\\%04lX", Key->pid, Lcid);
    RtlInitAnsiString(&Ansi, Number);
    End = (UNICODE_STRING){0, sizeof(Buffer), Buffer};
    if (NT_SUCCESS(Status))
        Status = RtlAnsiStringToUnicodeString(&End, &Ansi, FALSE);
    return NT_SUCCESS(Status) ? RtlAppendUnicodeStringToString(Path, &End) : Status;
}

// With all keys on the way, when they are to be made.
static NTSTATUS IopOpenPropertyKey(HANDLE DeviceKey, PUNICODE_STRING Path, BOOLEAN Create,
                                   ULONG Options, PHANDLE Key)
{
    OBJECT_ATTRIBUTES Attributes;
    UNICODE_STRING Part = *Path;
    InitializeObjectAttributes(&Attributes, &Part, OBJ_CASE_INSENSITIVE, DeviceKey, nullptr);
    if (!Create)
        return ZwOpenKey(Key, KEY_QUERY_VALUE, &Attributes);
    for (USHORT i = 0; i < Path->Length / sizeof(WCHAR); i++) {
        if (Path->Buffer[i] != L'\\')
            continue;
        Part.Length = i * sizeof(WCHAR);
        NTSTATUS Status = ZwCreateKey(Key, KEY_SET_VALUE | KEY_CREATE_SUB_KEY, &Attributes, 0,
                                      nullptr, Options, nullptr);
        if (!NT_SUCCESS(Status))
            return Status;
        NtClose(*Key);
    }
    Part.Length = Path->Length;
    return ZwCreateKey(Key, KEY_SET_VALUE, &Attributes, 0, nullptr, Options, nullptr);
}

static NTSTATUS IopOpenProperty(PDEVICE_OBJECT Device, const DEVPROPKEY *PropertyKey, LCID Lcid,
                                BOOLEAN Create, ULONG Options, PHANDLE Key)
{
    WCHAR Buffer[100];
    UNICODE_STRING Path = {0, sizeof(Buffer), Buffer};
    HANDLE DeviceKey;
    NTSTATUS Status = IopPropertyPath(PropertyKey, Lcid, &Path);
    if (NT_SUCCESS(Status))
        Status =
            IoOpenDeviceRegistryKey(Device, PLUGPLAY_REGKEY_DEVICE, KEY_ALL_ACCESS, &DeviceKey);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopOpenPropertyKey(DeviceKey, &Path, Create, Options, Key);
    NtClose(DeviceKey);
    return Status;
}

static UNICODE_STRING IopDefaultValue = RTL_CONSTANT_STRING(L"");

static NTSTATUS IopReadPropertyValue(HANDLE Key, ULONG Size, PVOID Data, PULONG RequiredSize,
                                     PDEVPROPTYPE Type)
{
    ULONG Length = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data) + Size, Needed;
    PKEY_VALUE_PARTIAL_INFORMATION Value = ExAllocatePoolWithTag(PagedPool, Length + 1, 'pDoI');
    if (!Value)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status =
        ZwQueryValueKey(Key, &IopDefaultValue, KeyValuePartialInformation, Value, Length, &Needed);
    if (Status == STATUS_BUFFER_OVERFLOW || Status == STATUS_BUFFER_TOO_SMALL) {
        *RequiredSize = Needed - FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data);
        Status = STATUS_BUFFER_TOO_SMALL;
    } else if (NT_SUCCESS(Status)) {
        *RequiredSize = Value->DataLength;
        *Type = Value->Type & 0xFFFF;
        RtlCopyMemory(Data, Value->Data, Value->DataLength);
    }
    ExFreePoolWithTag(Value, 'pDoI');
    return Status;
}

NTSTATUS NTAPI IoGetDevicePropertyData(PDEVICE_OBJECT Pdo, const DEVPROPKEY *PropertyKey, LCID Lcid,
                                       ULONG Flags, ULONG Size, PVOID Data, PULONG RequiredSize,
                                       PDEVPROPTYPE Type)
{
    UNREFERENCED_PARAMETER(Flags);
    const IOP_KNOWN_PROPERTY *Known = IopFindKnown(PropertyKey);
    HANDLE Key;
    *RequiredSize = 0;
    if (Known) {
        *Type = Known->Type;
        return IoGetDeviceProperty(Pdo, Known->Property, Size, Data, RequiredSize);
    }
    NTSTATUS Status = IopOpenProperty(Pdo, PropertyKey, Lcid, FALSE, 0, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopReadPropertyValue(Key, Size, Data, RequiredSize, Type);
    NtClose(Key);
    return Status;
}

// Without data the property is deleted.
NTSTATUS NTAPI IoSetDevicePropertyData(PDEVICE_OBJECT Pdo, const DEVPROPKEY *PropertyKey, LCID Lcid,
                                       ULONG Flags, DEVPROPTYPE Type, ULONG Size, PVOID Data)
{
    ULONG Options =
        Flags & PLUGPLAY_PROPERTY_PERSISTENT ? REG_OPTION_NON_VOLATILE : REG_OPTION_VOLATILE;
    HANDLE Key;
    if (IopFindKnown(PropertyKey))
        return STATUS_ACCESS_DENIED;
    NTSTATUS Status = IopOpenProperty(Pdo, PropertyKey, Lcid, TRUE, Options, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Type == DEVPROP_TYPE_EMPTY || !Data
                 ? ZwDeleteValueKey(Key, &IopDefaultValue)
                 : ZwSetValueKey(Key, &IopDefaultValue, 0, 0xFFFF0000 | Type, Data, Size);
    NtClose(Key);
    return Status;
}
