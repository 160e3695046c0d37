// Properties by key: those that PnP has, and the driver's own. Interfaces of a device.

#include <ntddk.h>

#include "device.h"

#define EXPECT(Condition)    \
    do {                     \
        if (!(Condition))    \
            return __LINE__; \
    } while (0)

static const GUID Device = {
    0xA45C254E, 0xDF1C, 0x4EFD, {0x80, 0x20, 0x67, 0xD1, 0x46, 0xA8, 0x50, 0xE0}};
static const GUID Own = {0x0BADCAFE, 0x1234, 0x5678, {8, 7, 6, 5, 4, 3, 2, 1}};

// How many interfaces of the test's class there are, and whether Name is among them.
static ULONG CountInterfaces(PDEVICE_OBJECT Physical, ULONG Flags, PCUNICODE_STRING Name,
                             PBOOLEAN Found)
{
    PWSTR List;
    ULONG Count = 0;
    *Found = FALSE;
    if (!NT_SUCCESS(IoGetDeviceInterfaces(&Own, Physical, Flags, &List)))
        return MAXULONG;
    for (PWSTR Place = List; *Place; Count++) {
        UNICODE_STRING Text;
        RtlInitUnicodeString(&Text, Place);
        *Found |= RtlEqualUnicodeString(&Text, Name, TRUE);
        Place += Text.Length / sizeof(WCHAR) + 1;
    }
    ExFreePool(List);
    return Count;
}

// One of two is enabled.
static ULONG TestInterfaces(PDEVICE_OBJECT Physical)
{
    UNICODE_STRING Reference = RTL_CONSTANT_STRING(L"port"), Plain, Referenced;
    BOOLEAN Found;
    EXPECT(IoRegisterDeviceInterface(Physical, &Own, NULL, &Plain) == STATUS_SUCCESS);
    EXPECT(IoRegisterDeviceInterface(Physical, &Own, &Reference, &Referenced) == STATUS_SUCCESS);
    EXPECT(CountInterfaces(Physical, 0, &Plain, &Found) == 0);
    EXPECT(IoSetDeviceInterfaceState(&Plain, TRUE) == STATUS_SUCCESS);
    EXPECT(CountInterfaces(Physical, 0, &Plain, &Found) == 1 && Found);
    EXPECT(CountInterfaces(Physical, DEVICE_INTERFACE_INCLUDE_NONACTIVE, &Referenced, &Found) ==
               2 &&
           Found);
    EXPECT(CountInterfaces(NULL, DEVICE_INTERFACE_INCLUDE_NONACTIVE, &Plain, &Found) == 2 && Found);
    EXPECT(IoSetDeviceInterfaceState(&Plain, FALSE) == STATUS_SUCCESS);
    EXPECT(CountInterfaces(Physical, 0, &Plain, &Found) == 0);
    EXPECT(CountInterfaces(NULL, DEVICE_INTERFACE_INCLUDE_NONACTIVE, &Plain, &Found) == 2 && Found);
    RtlFreeUnicodeString(&Plain);
    RtlFreeUnicodeString(&Referenced);
    return 0;
}

ULONG TestProperties(PDEVICE_OBJECT Physical)
{
    const DEVPROPKEY Enumerator = {Device, 24}, Number = {Own, 2}, Missing = {Own, 3};
    WCHAR Text[16];
    ULONG Size, Value = 0x12345678, Read = 0;
    DEVPROPTYPE Type;
    EXPECT(IoGetDevicePropertyData(Physical, &Enumerator, 0, 0, sizeof(Text), Text, &Size, &Type) ==
           STATUS_SUCCESS);
    EXPECT(Type == DEVPROP_TYPE_STRING && Size == sizeof(L"ROOT") && Text[0] == L'R');
    EXPECT(IoSetDevicePropertyData(Physical, &Enumerator, 0, 0, DEVPROP_TYPE_STRING, sizeof(L"X"),
                                   L"X") == STATUS_ACCESS_DENIED);
    EXPECT(IoGetDevicePropertyData(Physical, &Missing, 0, 0, sizeof(Read), &Read, &Size, &Type) ==
           STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT(IoSetDevicePropertyData(Physical, &Number, 0, 0, DEVPROP_TYPE_UINT32, sizeof(Value),
                                   &Value) == STATUS_SUCCESS);
    EXPECT(IoGetDevicePropertyData(Physical, &Number, 0, 0, sizeof(Read), &Read, &Size, &Type) ==
           STATUS_SUCCESS);
    EXPECT(Read == Value && Size == sizeof(Value) && Type == DEVPROP_TYPE_UINT32);
    EXPECT(IoGetDevicePropertyData(Physical, &Number, 0, 0, 2, &Read, &Size, &Type) ==
           STATUS_BUFFER_TOO_SMALL);
    EXPECT(Size == sizeof(Value));
    EXPECT(IoSetDevicePropertyData(Physical, &Number, 0, 0, DEVPROP_TYPE_EMPTY, 0, NULL) ==
           STATUS_SUCCESS);
    EXPECT(IoGetDevicePropertyData(Physical, &Number, 0, 0, sizeof(Read), &Read, &Size, &Type) ==
           STATUS_OBJECT_NAME_NOT_FOUND);
    return TestInterfaces(Physical);
}
