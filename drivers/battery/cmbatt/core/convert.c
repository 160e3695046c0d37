// The class's units are mWh and mW. What the firmware tells in mAh and mA is converted with the voltage that the battery is
// made for; where that is unknown too, the numbers are relative to one another alone.
#include "core.h"

static BOOLEAN CmbIsRelative(const CMB_STATIC *Static)
{
    return Static->Current && (!Static->DesignVoltage || Static->DesignVoltage == CmbUnknown);
}

static ULONG CmbToPower(const CMB_STATIC *Static, ULONG Value)
{
    enum { MillivoltsPerVolt = 1000 };
    if (Value == CmbUnknown || !Static->Current || CmbIsRelative(Static))
        return Value;
    ULONG64 Power = (ULONG64)Value * Static->DesignVoltage / MillivoltsPerVolt;
    return (ULONG)min(Power, (ULONG64)MAXLONG);
}

VOID CmbDescribe(const CMB_STATIC *Static, PBATTERY_INFORMATION Information)
{
    *Information = (BATTERY_INFORMATION){
        .Capabilities =
            BATTERY_SYSTEM_BATTERY | (CmbIsRelative(Static) ? BATTERY_CAPACITY_RELATIVE : 0),
        .Technology = Static->Technology == 1,
        .DesignedCapacity = CmbToPower(Static, Static->DesignCapacity),
        .FullChargedCapacity = CmbToPower(Static, Static->FullCapacity),
        .DefaultAlert1 = CmbToPower(Static, Static->Low),
        .DefaultAlert2 = CmbToPower(Static, Static->Warning),
        .CycleCount = Static->CycleCount == CmbUnknown ? 0 : Static->CycleCount,
    };
    for (ULONG i = 0; i < sizeof(Information->Chemistry) && Static->Type[i]; i++)
        Information->Chemistry[i] = (UCHAR)Static->Type[i];
}

VOID CmbDescribeScale(const CMB_STATIC *Static, BATTERY_REPORTING_SCALE Scale[2])
{
    Scale[0].Granularity = CmbToPower(Static, Static->Granularity1);
    Scale[0].Capacity = CmbToPower(Static, Static->Warning);
    Scale[1].Granularity = CmbToPower(Static, Static->Granularity2);
    Scale[1].Capacity = CmbToPower(Static, Static->DesignCapacity);
}

static LONG CmbRate(const CMB_STATIC *Static, const CMB_STATUS *Status)
{
    if (Status->Rate == CmbUnknown)
        return (LONG)BATTERY_UNKNOWN_RATE;
    LONG Rate = (LONG)min(CmbToPower(Static, Status->Rate), (ULONG)MAXLONG);
    return Status->State & CmbDischarging ? -Rate : Rate;
}

VOID CmbConvertStatus(const CMB_STATIC *Static, const CMB_STATUS *Status, ULONG OnLine,
                      PBATTERY_STATUS Result)
{
    *Result = (BATTERY_STATUS){
        .Capacity = CmbToPower(Static, Status->Capacity),
        .Voltage = Status->Voltage,
        .Rate = CmbRate(Static, Status),
    };
    // Without a supply to ask: what is not discharged has one.
    if (OnLine == CmbUnknown)
        OnLine = !(Status->State & CmbDischarging);
    Result->PowerState = (OnLine ? BATTERY_POWER_ON_LINE : 0) |
                         (Status->State & CmbDischarging ? BATTERY_DISCHARGING : 0) |
                         (Status->State & CmbCharging ? BATTERY_CHARGING : 0) |
                         (Status->State & CmbCritical ? BATTERY_CRITICAL : 0);
}

ULONG CmbEstimateTime(const BATTERY_STATUS *Status, LONG Rate)
{
    enum { SecondsPerHour = 3600 };
    if (!Rate)
        Rate = Status->Rate;
    if (Rate >= 0 || Rate == (LONG)BATTERY_UNKNOWN_RATE || Status->Capacity == CmbUnknown)
        return BATTERY_UNKNOWN_TIME;
    ULONG64 Seconds = (ULONG64)Status->Capacity * SecondsPerHour / (ULONG64) - (LONGLONG)Rate;
    return (ULONG)min(Seconds, (ULONG64)BATTERY_UNKNOWN_TIME - 1);
}
