// The functions that need no request: each check has a number.
#include "driver.h"

#define CHECK(Condition)     \
    do {                     \
        if (!(Condition))    \
            return __LINE__; \
    } while (0)

typedef struct _SETTING {
    KEVENT Told;
    ULONG Length, Value;
} SETTING, *PSETTING;

static NTSTATUS NTAPI TakeSetting(LPCGUID SettingGuid, PVOID Value, ULONG ValueLength,
                                  PVOID Context)
{
    UNREFERENCED_PARAMETER(SettingGuid);
    PSETTING Setting = Context;
    Setting->Length = ValueLength;
    RtlCopyMemory(&Setting->Value, Value, min(ValueLength, sizeof(ULONG)));
    KeSetEvent(&Setting->Told, IO_NO_INCREMENT, FALSE);
    return STATUS_SUCCESS;
}

static ULONG CheckSettings(PDEVICE Device)
{
    static const GUID PowerSource = {
        0x5D3E9A59, 0xE9D5, 0x4B00, {0xA6, 0xBD, 0xFF, 0x34, 0xFF, 0x51, 0x65, 0x48}};
    static const GUID Unknown = {1, 2, 3, {4}};
    LARGE_INTEGER Timeout = {.QuadPart = -50'000'000};
    SETTING Setting = {.Value = 99};
    PVOID Handle;
    KeInitializeEvent(&Setting.Told, NotificationEvent, FALSE);
    CHECK(PoRegisterPowerSettingCallback(Device->Self, &PowerSource, TakeSetting, &Setting,
                                         &Handle) == STATUS_SUCCESS);
    CHECK(KeWaitForSingleObject(&Setting.Told, Executive, KernelMode, FALSE, &Timeout) ==
          STATUS_SUCCESS);
    CHECK(Setting.Length == sizeof(ULONG) && Setting.Value == 0);
    CHECK(PoUnregisterPowerSettingCallback(Handle) == STATUS_SUCCESS);
    CHECK(PoRegisterPowerSettingCallback(Device->Self, &Unknown, TakeSetting, &Setting, &Handle) ==
          STATUS_SUCCESS);
    CHECK(PoUnregisterPowerSettingCallback(Handle) == STATUS_SUCCESS);
    CHECK(PoRegisterPowerSettingCallback(Device->Self, nullptr, TakeSetting, &Setting, &Handle) ==
          STATUS_INVALID_PARAMETER);
    return 0;
}

static ULONG CheckPowerRequests(PDEVICE Device)
{
    PVOID Request;
    CHECK(PoCreatePowerRequest(&Request, Device->Physical, nullptr) == STATUS_SUCCESS);
    CHECK(PoClearPowerRequest(Request, PowerRequestSystemRequired) == STATUS_INVALID_DEVICE_STATE);
    CHECK(PoSetPowerRequest(Request, PowerRequestSystemRequired) == STATUS_SUCCESS);
    CHECK(PoSetPowerRequest(Request, PowerRequestSystemRequired) == STATUS_SUCCESS);
    CHECK(PoClearPowerRequest(Request, PowerRequestSystemRequired) == STATUS_SUCCESS);
    CHECK(PoClearPowerRequest(Request, PowerRequestSystemRequired) == STATUS_SUCCESS);
    CHECK(PoClearPowerRequest(Request, PowerRequestSystemRequired) == STATUS_INVALID_DEVICE_STATE);
    CHECK(PoSetPowerRequest(Request, (POWER_REQUEST_TYPE)17) == STATUS_INVALID_PARAMETER);
    PoDeletePowerRequest(Request);
    CHECK(PoCreatePowerRequest(&Request, nullptr, nullptr) == STATUS_INVALID_PARAMETER);
    return 0;
}

static ULONG CheckStates(PDEVICE Device)
{
    ULONG Seconds = 7;
    POWER_STATE State = {.DeviceState = PowerDeviceD0};
    PVOID Handle = PoRegisterSystemState(nullptr, ES_SYSTEM_REQUIRED | ES_CONTINUOUS);
    CHECK(Handle);
    CHECK(PoRegisterSystemState(Handle, 0) == Handle);
    PoUnregisterSystemState(Handle);
    CHECK(PoSetPowerState(Device->Self, DevicePowerState, State).DeviceState == PowerDeviceD0);
    CHECK(!PoQueryWatchdogTime(Device->Physical, &Seconds) && Seconds == 0);
    CHECK(PoRequestPowerIrp(Device->Physical, IRP_MN_POWER_SEQUENCE, State, nullptr, nullptr,
                            nullptr) == STATUS_INVALID_PARAMETER_2);
    PVOID Event;
    LARGE_INTEGER Now = {};
    CHECK(PoRequestShutdownEvent(&Event) == STATUS_SUCCESS);
    CHECK(KeWaitForSingleObject(Event, Executive, KernelMode, FALSE, &Now) == STATUS_TIMEOUT);
    ObDereferenceObject(Event);
    CHECK(!PoRegisterDeviceForIdleDetection(Device->Physical, 1, 1, PowerDeviceD0));
    return 0;
}

ULONG CheckInterface(PDEVICE Device)
{
    ULONG Failed = CheckSettings(Device);
    if (!Failed)
        Failed = CheckPowerRequests(Device);
    return Failed ? Failed : CheckStates(Device);
}
