// The names by which programs find the line: COMn, the interface of serial ports, and the entry in the map of
// devices.
#include "serial.h"

#include <initguid.h>
DEFINE_GUID(SerialInterfaceClass, 0x86e0d1e0, 0x8089, 0x11d0, 0x9c, 0xe4, 0x08, 0x00, 0x3e, 0x30,
            0x1f, 0x73); // GUID_DEVINTERFACE_COMPORT

enum { SerialPortChars = 16 };

// The value PortName of the device's key; without one the ports are counted.
static VOID SerialReadPortName(PSERIAL_DEVICE Device, PWSTR Name)
{
    union {
        KEY_VALUE_PARTIAL_INFORMATION Information;
        UCHAR Bytes[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + SerialPortChars * sizeof(WCHAR)];
    } Value;
    UNICODE_STRING ValueName = RTL_CONSTANT_STRING(L"PortName");
    HANDLE Key;
    ULONG Length;
    RtlStringCchPrintfW(Name, SerialPortChars, L"COM%lu", Device->Number + 1);
    if (!NT_SUCCESS(IoOpenDeviceRegistryKey(Device->PhysicalDevice, PLUGPLAY_REGKEY_DEVICE,
                                            KEY_READ, &Key)))
        return;
    NTSTATUS Status = ZwQueryValueKey(Key, &ValueName, KeyValuePartialInformation, &Value,
                                      sizeof(Value) - sizeof(WCHAR), &Length);
    if (NT_SUCCESS(Status) && Value.Information.Type == REG_SZ &&
        Value.Information.DataLength > sizeof(WCHAR) &&
        Value.Information.DataLength <= (SerialPortChars - 1) * sizeof(WCHAR)) {
        RtlCopyMemory(Name, Value.Information.Data, Value.Information.DataLength);
        Name[Value.Information.DataLength / sizeof(WCHAR)] = 0;
    }
    ZwClose(Key);
}

NTSTATUS SerialMakeNames(PSERIAL_DEVICE Device)
{
    WCHAR Port[SerialPortChars];
    SerialReadPortName(Device, Port);
    RtlStringCchPrintfW(Device->LinkNameBuffer, RTL_NUMBER_OF(Device->LinkNameBuffer),
                        L"\\DosDevices\\%ws", Port);
    RtlInitUnicodeString(&Device->LinkName, Device->LinkNameBuffer);
    NTSTATUS Status = IoCreateSymbolicLink(&Device->LinkName, &Device->DeviceName);
    if (!NT_SUCCESS(Status))
        return Status;
    // Both of these help programs to look for ports: the port works without.
    (VOID) RtlWriteRegistryValue(RTL_REGISTRY_DEVICEMAP, L"SERIALCOMM", Device->DeviceNameBuffer,
                                 REG_SZ, Port, (ULONG)(wcslen(Port) + 1) * sizeof(WCHAR));
    if (NT_SUCCESS(IoRegisterDeviceInterface(Device->PhysicalDevice, &SerialInterfaceClass, NULL,
                                             &Device->InterfaceName)))
        (VOID) IoSetDeviceInterfaceState(&Device->InterfaceName, TRUE);
    return STATUS_SUCCESS;
}

VOID SerialRemoveNames(PSERIAL_DEVICE Device)
{
    if (Device->InterfaceName.Buffer) {
        (VOID) IoSetDeviceInterfaceState(&Device->InterfaceName, FALSE);
        RtlFreeUnicodeString(&Device->InterfaceName);
    }
    (VOID) RtlDeleteRegistryValue(RTL_REGISTRY_DEVICEMAP, L"SERIALCOMM", Device->DeviceNameBuffer);
    (VOID) IoDeleteSymbolicLink(&Device->LinkName);
}
