// Devices that are created with a security descriptor: what the driver says as text, unless an administrator has
// overridden it for the device's class.

#include "../ntos.h"

// What the class's key "Properties" says.
typedef struct _IOP_CLASS_PROPERTIES {
    ULONG DeviceType, Characteristics, Exclusive;
    ULONG SecurityLength; // 0: nothing
    UCHAR Security[1024];
} IOP_CLASS_PROPERTIES, *PIOP_CLASS_PROPERTIES;

static ULONG IopReadProperty(HANDLE Key, PCWSTR Name, PVOID Buffer, ULONG Length)
{
    UCHAR Answer[FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data) +
                 sizeof(((PIOP_CLASS_PROPERTIES)0)->Security)];
    PKEY_VALUE_PARTIAL_INFORMATION Value = (PKEY_VALUE_PARTIAL_INFORMATION)Answer;
    UNICODE_STRING ValueName;
    ULONG Needed;
    RtlInitUnicodeString(&ValueName, Name);
    if (!NT_SUCCESS(ZwQueryValueKey(Key, &ValueName, KeyValuePartialInformation, Value,
                                    sizeof(Answer), &Needed)) ||
        Value->DataLength > Length)
        return 0;
    RtlCopyMemory(Buffer, Value->Data, Value->DataLength);
    return Value->DataLength;
}

static VOID IopReadClassProperties(const GUID *Class, PIOP_CLASS_PROPERTIES Properties)
{
    WCHAR Buffer[160];
    UNICODE_STRING Path = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer}, Text;
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Key;
    if (!NT_SUCCESS(RtlStringFromGUID(Class, &Text)))
        return;
    RtlAppendUnicodeToString(&Path,
                             L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Class\\");
    RtlAppendUnicodeStringToString(&Path, &Text);
    RtlAppendUnicodeToString(&Path, L"\\Properties");
    RtlFreeUnicodeString(&Text);
    InitializeObjectAttributes(&Attributes, &Path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    if (!NT_SUCCESS(ZwOpenKey(&Key, KEY_QUERY_VALUE, &Attributes)))
        return;
    IopReadProperty(Key, L"DeviceType", &Properties->DeviceType, sizeof(ULONG));
    IopReadProperty(Key, L"DeviceCharacteristics", &Properties->Characteristics, sizeof(ULONG));
    IopReadProperty(Key, L"Exclusive", &Properties->Exclusive, sizeof(ULONG));
    Properties->SecurityLength =
        IopReadProperty(Key, L"Security", Properties->Security, sizeof(Properties->Security));
    NtClose(Key);
}

static NTSTATUS IopCreateWithProperties(const IOP_NEW_DEVICE *Given, PCUNICODE_STRING Text,
                                        PIOP_CLASS_PROPERTIES Properties,
                                        PDEVICE_OBJECT *DeviceObject)
{
    IOP_NEW_DEVICE New = *Given;
    PSECURITY_DESCRIPTOR Parsed;
    New.Type = Properties->DeviceType;
    New.Characteristics = Properties->Characteristics;
    New.Exclusive = Properties->Exclusive != 0;
    NTSTATUS Status = SepParseDescriptor(Text, &Parsed, &New.SecurityLength);
    if (!NT_SUCCESS(Status))
        return Status;
    New.Security = Parsed;
    if (Properties->SecurityLength) {
        New.Security = Properties->Security;
        New.SecurityLength = Properties->SecurityLength;
    }
    Status = IopCreateDevice(&New, DeviceObject);
    ExFreePool(Parsed);
    return Status;
}

// What <wdmsec.h> calls IoCreateDeviceSecure.
NTSTATUS NTAPI WdmlibIoCreateDeviceSecure(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                                          PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                                          ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                                          PCUNICODE_STRING DefaultSDDLString,
                                          const GUID *DeviceClassGuid, PDEVICE_OBJECT *DeviceObject)
{
    const IOP_NEW_DEVICE New = {
        .Driver = DriverObject, .ExtensionSize = DeviceExtensionSize, .Name = DeviceName};
    *DeviceObject = nullptr;
    PIOP_CLASS_PROPERTIES Properties =
        ExAllocatePoolWithTag(PagedPool, sizeof(*Properties), 'cSoI');
    if (!Properties)
        return STATUS_INSUFFICIENT_RESOURCES;
    Properties->DeviceType = DeviceType;
    Properties->Characteristics = DeviceCharacteristics;
    Properties->Exclusive = Exclusive;
    Properties->SecurityLength = 0;
    if (DeviceClassGuid)
        IopReadClassProperties(DeviceClassGuid, Properties);
    NTSTATUS Status = IopCreateWithProperties(&New, DefaultSDDLString, Properties, DeviceObject);
    ExFreePoolWithTag(Properties, 'cSoI');
    return Status;
}
