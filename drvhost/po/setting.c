// Power settings: a driver's callback is told of a setting's value when it registers. The values are those of a
// machine on the mains whose user has chosen nothing: they do not change.

#include "../ntos.h"

enum { PopSettingTag = 'eSoP' };

typedef struct _POP_SETTING {
    GUID Setting;
    ULONG Length; // of Value
    UCHAR Value[sizeof(GUID)];
} POP_SETTING;

#define POP_NUMBER(Number) \
    sizeof(ULONG),         \
    {                      \
        (Number)           \
    } // less than 256

// typical savings: GUID_TYPICAL_POWER_SAVINGS, 381b4222-f694-41f0-9685-ff5bb260df2e
#define POP_BALANCED                                               \
    sizeof(GUID), {0x22, 0x42, 0x1B, 0x38, 0x94, 0xF6, 0xF0, 0x41, \
                   0x96, 0x85, 0xFF, 0x5B, 0xB2, 0x60, 0xDF, 0x2E}

static const POP_SETTING PopSettings[] = {
    // GUID_ACDC_POWER_SOURCE: PoAc
    {{0x5D3E9A59, 0xE9D5, 0x4B00, {0xA6, 0xBD, 0xFF, 0x34, 0xFF, 0x51, 0x65, 0x48}}, POP_NUMBER(0)},
    // GUID_MONITOR_POWER_ON
    {{0x02731015, 0x4510, 0x4526, {0x99, 0xE6, 0xE5, 0xA1, 0x7E, 0xBD, 0x1A, 0xEA}}, POP_NUMBER(1)},
    // GUID_CONSOLE_DISPLAY_STATE: PowerMonitorOn
    {{0x6FE69556, 0x704A, 0x47A0, {0x8F, 0x24, 0xC2, 0x8D, 0x93, 0x6F, 0xDA, 0x47}}, POP_NUMBER(1)},
    // GUID_LIDSWITCH_STATE_CHANGE: open
    {{0xBA3E0F4D, 0xB817, 0x4094, {0xA2, 0xD1, 0xD5, 0x63, 0x79, 0xE6, 0xA0, 0xF3}}, POP_NUMBER(1)},
    // GUID_BATTERY_PERCENTAGE_REMAINING
    {{0xA7AD8041, 0xB45A, 0x4CAE, {0x87, 0xA3, 0xEE, 0xCB, 0xB4, 0x68, 0xA9, 0xE1}},
     POP_NUMBER(100)},
    // GUID_SYSTEM_AWAYMODE: off
    {{0x98A7F580, 0x01F7, 0x48AA, {0x9C, 0x0F, 0x44, 0x35, 0x2C, 0x29, 0xE5, 0xC0}}, POP_NUMBER(0)},
    // GUID_DISK_POWERDOWN_TIMEOUT: never
    {{0x6738E2C4, 0xE8A5, 0x4A42, {0xB1, 0x6A, 0xE0, 0x40, 0xE7, 0x69, 0x75, 0x6E}}, POP_NUMBER(0)},
    // GUID_POWERSCHEME_PERSONALITY, GUID_ACTIVE_POWERSCHEME
    {{0x245D8541, 0x3943, 0x4422, {0xB0, 0x25, 0x13, 0xA7, 0x84, 0xF6, 0x79, 0xB7}}, POP_BALANCED},
    {{0x31F9F286, 0x5084, 0x42FE, {0xB7, 0x20, 0x2B, 0x02, 0x64, 0x99, 0x37, 0x63}}, POP_BALANCED},
};

typedef struct _POP_CALLBACK {
    WORK_QUEUE_ITEM Item;
    LONG Holds; // the registration, and the call on its way
    BOOLEAN Removed;
    KEVENT Called; // set when no call is on its way
    PPOWER_SETTING_CALLBACK Routine;
    PVOID Context;
    const POP_SETTING *Setting; // null: one that has no value
} POP_CALLBACK, *PPOP_CALLBACK;

static VOID PopReleaseCallback(PPOP_CALLBACK Callback)
{
    if (!InterlockedDecrement(&Callback->Holds))
        ExFreePoolWithTag(Callback, PopSettingTag);
}

static VOID NTAPI PopTellSetting(PVOID Parameter)
{
    PPOP_CALLBACK Callback = Parameter;
    POP_SETTING Setting = *Callback->Setting; // the driver may write to it
    if (!Callback->Removed)
        Callback->Routine(&Setting.Setting, Setting.Value, Setting.Length, Callback->Context);
    KeSetEvent(&Callback->Called, IO_NO_INCREMENT, FALSE);
    PopReleaseCallback(Callback);
}

NTSTATUS NTAPI PoRegisterPowerSettingCallback(PDEVICE_OBJECT DeviceObject, LPCGUID SettingGuid,
                                              PPOWER_SETTING_CALLBACK Callback, PVOID Context,
                                              PVOID *Handle)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    if (!SettingGuid || !Callback)
        return STATUS_INVALID_PARAMETER;
    PPOP_CALLBACK New = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*New), PopSettingTag);
    if (!New)
        return STATUS_INSUFFICIENT_RESOURCES;
    *New = (POP_CALLBACK){.Holds = 1, .Routine = Callback, .Context = Context};
    for (ULONG i = 0; i < RTL_NUMBER_OF(PopSettings); i++) {
        if (RtlCompareMemory(&PopSettings[i].Setting, SettingGuid, sizeof(GUID)) == sizeof(GUID))
            New->Setting = &PopSettings[i];
    }
    KeInitializeEvent(&New->Called, NotificationEvent, !New->Setting);
    if (Handle)
        *Handle = New;
    if (!New->Setting)
        return STATUS_SUCCESS;
    New->Holds++;
    ExInitializeWorkItem(&New->Item, PopTellSetting, New);
    ExQueueWorkItem(&New->Item, DelayedWorkQueue);
    return STATUS_SUCCESS;
}

// The callback is not called any more when this returns.
NTSTATUS NTAPI PoUnregisterPowerSettingCallback(PVOID Handle)
{
    PPOP_CALLBACK Callback = Handle;
    if (!Callback)
        return STATUS_INVALID_PARAMETER;
    Callback->Removed = TRUE;
    KeWaitForSingleObject(&Callback->Called, Executive, KernelMode, FALSE, nullptr);
    PopReleaseCallback(Callback);
    return STATUS_SUCCESS;
}
