// What the buttons do: the active power scheme's settings, where Windows keeps them.
#include "pop.h"

#include "cm/cm.h"

enum { // as <poclass.h> has them: what the machine's driver reports
    SYS_BUTTON_POWER = 0x00000001,
    SYS_BUTTON_SLEEP = 0x00000002,
    SYS_BUTTON_LID = 0x00000004,
};

enum { // values of the settings
    POP_DO_NOTHING,
    POP_DO_SLEEP,
    POP_DO_HIBERNATE,
    POP_DO_SHUT_DOWN,
    POP_DO_DISPLAY_OFF,
};

#define POP_SCHEMES \
    L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Power\\User\\PowerSchemes"
#define POP_BALANCED L"381b4222-f694-41f0-9685-ff5bb260df2e"
#define POP_BUTTONS  L"4f971e89-eebd-4455-a8de-9e59040e7347"

static const struct {
    ULONG Button;
    PCSTR Name;
    PCWSTR Setting;
    ULONG Default;
} PopButtons[] = {
    {SYS_BUTTON_POWER, "power button", L"7648efa3-dd9c-4e3e-b566-50f929386280", POP_DO_SHUT_DOWN},
    {SYS_BUTTON_SLEEP, "sleep button", L"96996bc0-ad50-47ec-923b-6f41874dd9eb", POP_DO_SLEEP},
    {SYS_BUTTON_LID, "lid", L"5ca83367-6e45-459f-a27b-476b1d01c936", POP_DO_NOTHING},
};

static ULONG PopReadSetting(ULONG Index)
{
    WCHAR Scheme[40] = POP_BALANCED, Path[256];
    ULONG Length = sizeof(Scheme) - sizeof(WCHAR), Type, Value;
    if (!NT_SUCCESS(CmQueryValue(POP_SCHEMES, L"ActivePowerScheme", &Type, Scheme, &Length)) ||
        Type != REG_SZ)
        wcscpy(Scheme, POP_BALANCED);
    _snwprintf(Path, RTL_NUMBER_OF(Path), L"%ws\\%ws\\%ws\\%ws", POP_SCHEMES, Scheme, POP_BUTTONS,
               PopButtons[Index].Setting);
    Length = sizeof(Value);
    if (!NT_SUCCESS(CmQueryValue(Path, L"ACSettingIndex", &Type, &Value, &Length)) ||
        Type != REG_DWORD || Length != sizeof(Value))
        return PopButtons[Index].Default;
    return Value;
}

// Nothing here hibernates or switches displays off: sleep, and nothing, are what comes nearest.
static POWER_ACTION PopSettingAction(ULONG Setting)
{
    switch (Setting) {
    case POP_DO_SLEEP:
    case POP_DO_HIBERNATE:
        return PowerActionSleep;
    case POP_DO_SHUT_DOWN:
        return PowerActionShutdownOff;
    default:
        return PowerActionNone;
    }
}

static POWER_ACTION_POLICY PopPolicyOf(ULONG Button)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(PopButtons); i++) {
        if (PopButtons[i].Button == Button)
            return (POWER_ACTION_POLICY){.Action = PopSettingAction(PopReadSetting(i))};
    }
    return (POWER_ACTION_POLICY){.Action = PowerActionNone};
}

VOID PopQueryButtons(PSYSTEM_POWER_POLICY Policy)
{
    Policy->PowerButton = PopPolicyOf(SYS_BUTTON_POWER);
    Policy->SleepButton = PopPolicyOf(SYS_BUTTON_SLEEP);
    Policy->LidClose = PopPolicyOf(SYS_BUTTON_LID);
}

static NTSTATUS PopPress(ULONG Index)
{
    const POP_ACTION Wanted = {
        .Action = PopSettingAction(PopReadSetting(Index)),
        .State = PowerSystemSleeping1,
    };
    DbgPrintEx(DPFLTR_POWER_ID, DPFLTR_INFO_LEVEL, "po: the %s: %s\n", PopButtons[Index].Name,
               Wanted.Action == PowerActionNone    ? "nothing is to be done"
               : Wanted.Action == PowerActionSleep ? "the system is to sleep"
                                                   : "the system is to be shut down");
    return Wanted.Action == PowerActionNone ? STATUS_SUCCESS : PopStartAction(&Wanted, TRUE);
}

// For the machine's own driver. While the system sleeps a button is there to wake it, whatever else it does.
NTSTATUS NtHostPressButton(ULONG Buttons)
{
    NTSTATUS Status = STATUS_INVALID_PARAMETER;
    if (!PopIsPowerHost())
        return STATUS_ACCESS_DENIED;
    for (ULONG i = 0; i < RTL_NUMBER_OF(PopButtons); i++) {
        if (!(Buttons & PopButtons[i].Button))
            continue;
        if (PopIsAsleep() && PopButtons[i].Button != SYS_BUTTON_LID) {
            PoWakeSystem(TRUE);
            return STATUS_ALREADY_COMMITTED;
        }
        Status = PopPress(i);
    }
    return Status;
}
