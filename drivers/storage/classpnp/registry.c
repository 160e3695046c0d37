// Parameters in the registry, and devices that need special care.
#include "classp.h"

enum { PathChars = 128 };

// ---- Parameters of a device: below "Device Parameters" of its instance

static NTSTATUS OpenParameters(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PWSTR Subkey, BOOLEAN Create,
                               PHANDLE Key)
{
    HANDLE Device;
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    ACCESS_MASK Access = Create ? KEY_READ | KEY_WRITE : KEY_READ;
    NTSTATUS Status =
        IoOpenDeviceRegistryKey(Fdo->LowerPdo, PLUGPLAY_REGKEY_DEVICE, Access, &Device);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!Subkey) {
        *Key = Device;
        return STATUS_SUCCESS;
    }
    RtlInitUnicodeString(&Name, Subkey);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, Device,
                               nullptr);
    Status =
        Create ? ZwCreateKey(Key, Access, &Attributes, 0, nullptr, REG_OPTION_NON_VOLATILE, nullptr)
               : ZwOpenKey(Key, Access, &Attributes);
    ZwClose(Device);
    return Status;
}

// ParameterValue stays as it is when there is no such number.
VOID NTAPI ClassGetDeviceParameter(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension, PWSTR SubkeyName,
                                   PWSTR ParameterName, PULONG ParameterValue)
{
    union {
        KEY_VALUE_PARTIAL_INFORMATION Value;
        UCHAR Space[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + sizeof(ULONG)];
    } Answer;
    UNICODE_STRING Name;
    HANDLE Key;
    ULONG Length;
    if (!NT_SUCCESS(OpenParameters(FdoExtension, SubkeyName, FALSE, &Key)))
        return;
    RtlInitUnicodeString(&Name, ParameterName);
    NTSTATUS Status =
        ZwQueryValueKey(Key, &Name, KeyValuePartialInformation, &Answer, sizeof(Answer), &Length);
    if (NT_SUCCESS(Status) && Answer.Value.Type == REG_DWORD &&
        Answer.Value.DataLength == sizeof(ULONG))
        RtlCopyMemory(ParameterValue, Answer.Value.Data, sizeof(ULONG));
    ZwClose(Key);
}

NTSTATUS NTAPI ClassSetDeviceParameter(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension, PWSTR SubkeyName,
                                       PWSTR ParameterName, ULONG ParameterValue)
{
    HANDLE Key;
    UNICODE_STRING Name;
    NTSTATUS Status = OpenParameters(FdoExtension, SubkeyName, TRUE, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlInitUnicodeString(&Name, ParameterName);
    Status = ZwSetValueKey(Key, &Name, 0, REG_DWORD, &ParameterValue, sizeof(ParameterValue));
    ZwClose(Key);
    return Status;
}

// ---- Of a driver

// In seconds; 0: the registry does not say.
ULONG NTAPI ClassQueryTimeOutRegistryValue(PDEVICE_OBJECT DeviceObject)
{
    PCLASS_DRIVER_EXTENSION Driver = ClasspCommon(DeviceObject)->DriverExtension;
    ULONG TimeOut = 0;
    RTL_QUERY_REGISTRY_TABLE Table[] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT,
         .Name = L"TimeOutValue",
         .EntryContext = &TimeOut,
         .DefaultType = REG_NONE},
        {},
    };
    NTSTATUS Status = RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, Driver->RegistryPath.Buffer,
                                             Table, nullptr, nullptr);
    return NT_SUCCESS(Status) ? TimeOut : 0;
}

// ---- HARDWARE\DEVICEMAP\Scsi

VOID NTAPI ClassUpdateInformationInRegistry(PDEVICE_OBJECT Fdo, PCHAR DeviceName,
                                            ULONG DeviceNumber, PINQUIRYDATA InquiryData,
                                            ULONG InquiryDataLength)
{
    SCSI_ADDRESS Address = {};
    IO_STATUS_BLOCK IoStatus;
    WCHAR Path[PathChars], Name[PathChars];
    ClassSendDeviceIoControlSynchronous(IOCTL_SCSI_GET_ADDRESS,
                                        ClasspCommon(Fdo)->LowerDeviceObject, &Address, 0,
                                        sizeof(Address), FALSE, &IoStatus);
    if (!NT_SUCCESS(IoStatus.Status))
        return;
    _snwprintf(Path, PathChars,
               L"\\Registry\\Machine\\HARDWARE\\DEVICEMAP\\Scsi\\Scsi Port %u\\Scsi Bus %u\\"
               L"Target Id %u\\Logical Unit Id %u",
               Address.PortNumber, Address.PathId, Address.TargetId, Address.Lun);
    Path[PathChars - 1] = 0;
    _snwprintf(Name, PathChars, L"%hs%u", DeviceName, DeviceNumber);
    Name[PathChars - 1] = 0;
    // The key is the port driver's; where it makes none, there is nothing to complete.
    if (!NT_SUCCESS(RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE, Path)))
        return;
    RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, Path, L"DeviceName", REG_SZ, Name,
                          (ULONG)(wcslen(Name) + 1) * sizeof(WCHAR));
    if (InquiryData && InquiryDataLength)
        RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, Path, L"InquiryData", REG_BINARY, InquiryData,
                              InquiryDataLength);
}

// ---- Special devices

// Wanted may end in a star. What the device says ends in blanks.
static BOOLEAN Matches(PCSTR Wanted, const STORAGE_DEVICE_DESCRIPTOR *Device, ULONG Offset)
{
    if (!Wanted)
        return TRUE;
    if (Offset == 0 || Offset >= Device->Size)
        return Wanted[0] == 0 || (Wanted[0] == '*' && Wanted[1] == 0);
    PCSTR Text = (PCSTR)Device + Offset;
    ULONG Left = Device->Size - Offset;
    for (; *Wanted; Wanted++, Text++, Left--) {
        if (Wanted[0] == '*' && Wanted[1] == 0)
            return TRUE;
        if (Left == 0 || *Text != *Wanted)
            return FALSE;
    }
    while (Left && *Text == ' ') {
        Text++;
        Left--;
    }
    return Left == 0 || *Text == 0;
}

VOID NTAPI ClassScanForSpecial(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                               CLASSPNP_SCAN_FOR_SPECIAL_INFO DeviceList[],
                               PCLASS_SCAN_FOR_SPECIAL_HANDLER Function)
{
    const STORAGE_DEVICE_DESCRIPTOR *Device = FdoExtension->DeviceDescriptor;
    if (!Device || !Function)
        return;
    for (CLASSPNP_SCAN_FOR_SPECIAL_INFO *Row = DeviceList;
         Row->VendorId || Row->ProductId || Row->ProductRevision; Row++) {
        if (Matches(Row->VendorId, Device, Device->VendorIdOffset) &&
            Matches(Row->ProductId, Device, Device->ProductIdOffset) &&
            Matches(Row->ProductRevision, Device, Device->ProductRevisionOffset)) {
            Function(FdoExtension, Row->Data);
            return;
        }
    }
}
