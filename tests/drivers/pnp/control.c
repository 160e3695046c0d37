// NtPlugPlayControl with what it must refuse.
#include <pointers.h>

#include "suite.h"

static VOID CheckRelatedErrors(void)
{
    WCHAR Buffer[TextChars];
    PLUGPLAY_CONTROL_RELATED_DEVICE_DATA Data = {
        .Relation = PNP_GET_PARENT_DEVICE,
        .RelatedDeviceInstance = Buffer,
        .RelatedDeviceInstanceLength = 3,
    };
    constexpr PLUGPLAY_CONTROL_CLASS Class = PlugPlayControlGetRelatedDevice;
    RtlInitUnicodeString(&Data.TargetDeviceInstance, BUS_PATH);
    CHECK_STATUS(NtPlugPlayControl(Class, &Data, sizeof(Data)), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQUAL(Data.RelatedDeviceInstanceLength, 12); // HTREE\ROOT\0
    CHECK_STATUS(NtPlugPlayControl(Class, &Data, sizeof(Data) - 1), STATUS_INFO_LENGTH_MISMATCH);
    Data.Relation = 99;
    CHECK_STATUS(NtPlugPlayControl(Class, &Data, sizeof(Data)), STATUS_NO_SUCH_DEVICE);
    Data.Relation = PNP_GET_PARENT_DEVICE;
    CHECK_BAD_OUTPUT((Data.RelatedDeviceInstance = Bad, Data.RelatedDeviceInstanceLength = 100,
                      NtPlugPlayControl(Class, &Data, sizeof(Data))));
    Data.RelatedDeviceInstance = Buffer;
    CHECK_BAD_INPUT(
        (Data.TargetDeviceInstance.Buffer = Bad, NtPlugPlayControl(Class, &Data, sizeof(Data))));
    RtlInitUnicodeString(&Data.TargetDeviceInstance, BUS_PATH);
    Data.TargetDeviceInstance.Length--;
    CHECK_STATUS(NtPlugPlayControl(Class, &Data, sizeof(Data)), STATUS_INVALID_PARAMETER);
    Data.TargetDeviceInstance.Length = 0xFFFE;
    CHECK_STATUS(NtPlugPlayControl(Class, &Data, sizeof(Data)), STATUS_INVALID_PARAMETER);
}

static VOID CheckPropertyErrors(void)
{
    WCHAR Buffer[TextChars];
    PLUGPLAY_CONTROL_PROPERTY_DATA Data = {.Property = 0, .Buffer = Buffer, .BufferSize = 2};
    RtlInitUnicodeString(&Data.DeviceInstance, BUS_PATH);
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlProperty, &Data, sizeof(Data)),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_EQUAL(Data.BufferSize, sizeof(L"Test bus"));
    Data.Property = 9999;
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlProperty, &Data, sizeof(Data)),
                 STATUS_INVALID_PARAMETER_2);
    Data.Property = PNP_PROPERTY_RESOURCES; // it has none
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlProperty, &Data, sizeof(Data)),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    Data.Property = 0;
    CHECK_BAD_OUTPUT((Data.Buffer = Bad, Data.BufferSize = sizeof(Buffer),
                      NtPlugPlayControl(PlugPlayControlProperty, &Data, sizeof(Data))));
}

VOID TestControlErrors(void)
{
    PLUGPLAY_CONTROL_STATUS_DATA Status = {.Operation = 1};
    CHECK_STATUS(PnpAct(PlugPlayControlEnumerateDevice, L"NO\\SUCH\\DEVICE"),
                 STATUS_NO_SUCH_DEVICE);
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, L"NO\\SUCH\\DEVICE"), STATUS_NO_SUCH_DEVICE);
    CHECK_STATUS(RemoveDevice(L"NO\\SUCH\\DEVICE"), STATUS_NO_SUCH_DEVICE);
    CHECK_STATUS(PnpAct((PLUGPLAY_CONTROL_CLASS)99, BUS_PATH), STATUS_INVALID_PARAMETER);
    RtlInitUnicodeString(&Status.DeviceInstance, BUS_PATH);
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlDeviceStatus, &Status, sizeof(Status)),
                 STATUS_NOT_SUPPORTED);
    CHECK_BAD_OUTPUT(NtPlugPlayControl(PlugPlayControlDeviceStatus, Bad, sizeof(Status)));
    CHECK_BAD_OUTPUT(NtPlugPlayControl(PlugPlayControlEnumerateDevice, Bad, 64));
    CheckRelatedErrors();
    CheckPropertyErrors();
}

// To look is free, to change is not.
VOID TestControlPrivilege(void)
{
    WCHAR Related[TextChars];
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, FALSE, FALSE, &WasEnabled);
    CHECK_STATUS(PnpAct(PlugPlayControlEnumerateDevice, BUS_PATH), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, BUS_PATH), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(RemoveDevice(BUS_PATH), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(LoadService(L"pnphelp", TRUE), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(LoadService(L"pnpfunc", FALSE), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(GetRelated(BUS_PATH, PNP_GET_PARENT_DEVICE, Related), STATUS_SUCCESS);
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
}
