// Batteries, as their class tells.
#include <initguid.h>

#include "acpi.h"

#include <poclass.h>

static NTSTATUS AskBattery(HANDLE Device, ULONG Tag, BATTERY_QUERY_INFORMATION_LEVEL Level,
                           PVOID Answer, ULONG Length)
{
    BATTERY_QUERY_INFORMATION Query = {.BatteryTag = Tag, .InformationLevel = Level};
    return DeviceControl(Device, IOCTL_BATTERY_QUERY_INFORMATION, &Query, sizeof(Query), Answer,
                         Length, nullptr);
}

static VOID PrintText(HANDLE Device, ULONG Tag, BATTERY_QUERY_INFORMATION_LEVEL Level, PCWSTR Name)
{
    WCHAR Text[MAX_BATTERY_STRING_SIZE] = L"";
    if (NT_SUCCESS(AskBattery(Device, Tag, Level, Text, sizeof(Text))))
        ConPrint(L"  %-14ws %ws\n", Name, Text);
}

static VOID PrintCapacity(PCWSTR Name, ULONG Capacity)
{
    if (Capacity == BATTERY_UNKNOWN_CAPACITY)
        ConPrint(L"  %-14ws unknown\n", Name);
    else
        ConPrint(L"  %-14ws %lu mWh\n", Name, Capacity);
}

static VOID PrintKind(HANDLE Device, ULONG Tag, PBATTERY_INFORMATION Information)
{
    PrintText(Device, Tag, BatteryDeviceName, L"model");
    PrintText(Device, Tag, BatteryManufactureName, L"maker");
    PrintText(Device, Tag, BatterySerialNumber, L"serial number");
    ConPrint(L"  %-14ws %.4hs, %ws\n", L"chemistry", (PCSTR)Information->Chemistry,
             Information->Technology ? L"can be charged" : L"cannot be charged");
    PrintCapacity(L"made for", Information->DesignedCapacity);
    PrintCapacity(L"full at", Information->FullChargedCapacity);
    if (Information->CycleCount)
        ConPrint(L"  %-14ws %lu\n", L"cycles", Information->CycleCount);
}

static VOID PrintState(const BATTERY_STATUS *Status, ULONG Full)
{
    ConPrint(L"  %-14ws %ws%ws%ws\n", L"state",
             Status->PowerState & BATTERY_CHARGING      ? L"charging"
             : Status->PowerState & BATTERY_DISCHARGING ? L"discharging"
                                                        : L"idle",
             Status->PowerState & BATTERY_POWER_ON_LINE ? L", on line" : L", off line",
             Status->PowerState & BATTERY_CRITICAL ? L", critical" : L"");
    PrintCapacity(L"capacity", Status->Capacity);
    if (Status->Capacity != BATTERY_UNKNOWN_CAPACITY && Full && Full != BATTERY_UNKNOWN_CAPACITY)
        ConPrint(L"  %-14ws %llu %%\n", L"charge", Status->Capacity * 100ull / Full);
    if (Status->Rate != (LONG)BATTERY_UNKNOWN_RATE)
        ConPrint(L"  %-14ws %ld mW\n", L"rate", Status->Rate);
    if (Status->Voltage != BATTERY_UNKNOWN_VOLTAGE)
        ConPrint(L"  %-14ws %lu mV\n", L"voltage", Status->Voltage);
}

static VOID PrintTime(HANDLE Device, ULONG Tag)
{
    enum { Minute = 60, Hour = 3600 };
    ULONG Seconds = BATTERY_UNKNOWN_TIME;
    if (NT_SUCCESS(AskBattery(Device, Tag, BatteryEstimatedTime, &Seconds, sizeof(Seconds))) &&
        Seconds != BATTERY_UNKNOWN_TIME)
        ConPrint(L"  %-14ws %lu:%02lu h\n", L"lasts", Seconds / Hour, Seconds % Hour / Minute);
}

static NTSTATUS ShowBattery(HANDLE Device)
{
    BATTERY_INFORMATION Information;
    BATTERY_STATUS Now;
    ULONG Wait = 0, Tag = BATTERY_TAG_INVALID;
    NTSTATUS Status = DeviceControl(Device, IOCTL_BATTERY_QUERY_TAG, &Wait, sizeof(Wait), &Tag,
                                    sizeof(Tag), nullptr);
    if (Status == STATUS_NO_SUCH_DEVICE) {
        ConPrint(L"  there is no battery in it\n");
        return STATUS_SUCCESS;
    }
    if (NT_SUCCESS(Status))
        Status = AskBattery(Device, Tag, BatteryInformation, &Information, sizeof(Information));
    if (!NT_SUCCESS(Status))
        return Status;
    PrintKind(Device, Tag, &Information);
    BATTERY_WAIT_STATUS Question = {.BatteryTag = Tag};
    Status = DeviceControl(Device, IOCTL_BATTERY_QUERY_STATUS, &Question, sizeof(Question), &Now,
                           sizeof(Now), nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    PrintState(&Now, Information.FullChargedCapacity);
    PrintTime(Device, Tag);
    return STATUS_SUCCESS;
}

NTSTATUS AcpiShowBatteries(void)
{
    return AcpiForEach(&GUID_DEVICE_BATTERY, L"There are no batteries.", ShowBattery);
}
