// What the battery class asks, at PASSIVE_LEVEL.
#include "cmbatt.h"

#include <ntstrsafe.h>

static VOID CmbLock(PCMB_DEVICE Device)
{
    (VOID) KeWaitForSingleObject(&Device->Lock, Executive, KernelMode, FALSE, NULL);
}

static VOID CmbUnlock(PCMB_DEVICE Device)
{
    KeReleaseMutex(&Device->Lock, FALSE);
}

// ---- Which battery it is

// Each that is put in has a tag of its own, the same one when it comes back too.
static NTSTATUS CmbFindBattery(PCMB_DEVICE Device)
{
    enum { Present = 0x10 }; // ACPI Specification 6.4, 6.3.7
    ULONG State = Present;
    if (!NT_SUCCESS(CmbEvaluateNumber(Device, "_STA", &State)))
        State = Present; // it has none
    BOOLEAN There = (State & Present) != 0;
    if (There && !Device->Present) {
        Device->Tag++;
        Device->Stale = TRUE;
    }
    Device->Present = There;
    return There ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE;
}

// With its static data. Notifications make them stale while they are read, too: then they are read again the next time.
static NTSTATUS CmbCheckBattery(PCMB_DEVICE Device, ULONG Tag)
{
    NTSTATUS Status = CmbFindBattery(Device);
    if (!NT_SUCCESS(Status) || Tag != Device->Tag)
        return STATUS_NO_SUCH_DEVICE;
    if (!Device->Stale)
        return STATUS_SUCCESS;
    Device->Stale = FALSE;
    Status = CmbEvaluateStatic(Device, &Device->Static);
    if (!NT_SUCCESS(Status))
        Device->Stale = TRUE;
    return Status;
}

static NTSTATUS NTAPI CmbQueryTag(PVOID Context, PULONG BatteryTag)
{
    PCMB_DEVICE Device = Context;
    CmbLock(Device);
    NTSTATUS Status = CmbFindBattery(Device);
    *BatteryTag = NT_SUCCESS(Status) ? Device->Tag : BATTERY_TAG_INVALID;
    CmbUnlock(Device);
    return Status;
}

// ---- How it is

static NTSTATUS CmbReadBattery(PCMB_DEVICE Device, PBATTERY_STATUS Result)
{
    CMB_STATUS Now;
    NTSTATUS Status = CmbEvaluateStatus(Device, &Now);
    if (NT_SUCCESS(Status))
        CmbConvertStatus(&Device->Static, &Now, CmbIsOnLine(), Result);
    return Status;
}

static NTSTATUS NTAPI CmbQueryStatus(PVOID Context, ULONG BatteryTag, PBATTERY_STATUS Result)
{
    PCMB_DEVICE Device = Context;
    CmbLock(Device);
    NTSTATUS Status = CmbCheckBattery(Device, BatteryTag);
    if (NT_SUCCESS(Status))
        Status = CmbReadBattery(Device, Result);
    CmbUnlock(Device);
    return Status;
}

// ---- What it is

typedef union _CMB_FACT {
    BATTERY_INFORMATION Information;
    BATTERY_REPORTING_SCALE Scale[2];
    ULONG Seconds;
    WCHAR Text[MAX_BATTERY_STRING_SIZE];
} CMB_FACT;

// A text that the firmware does not tell is not supported. The terminator counts.
static NTSTATUS CmbTellText(PCSTR Text, CMB_FACT *Fact, PULONG Length)
{
    ULONG Chars = 0;
    for (; Text[Chars] && Chars < RTL_NUMBER_OF(Fact->Text) - 1; Chars++)
        Fact->Text[Chars] = (UCHAR)Text[Chars];
    Fact->Text[Chars] = 0;
    *Length = (Chars + 1) * sizeof(WCHAR);
    return Chars ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_REQUEST;
}

// Serial number, maker and model: as on Windows the same battery has the same one wherever it is.
static NTSTATUS CmbTellUniqueId(const CMB_STATIC *Static, CMB_FACT *Fact, PULONG Length)
{
    CHAR Text[MAX_BATTERY_STRING_SIZE];
    (VOID) RtlStringCchPrintfA(Text, sizeof(Text), "%s%s%s", Static->Serial, Static->Maker,
                               Static->Model);
    return CmbTellText(Text, Fact, Length);
}

static NTSTATUS CmbTellTime(PCMB_DEVICE Device, LONG AtRate, CMB_FACT *Fact, PULONG Length)
{
    BATTERY_STATUS Now;
    NTSTATUS Status = CmbReadBattery(Device, &Now);
    if (NT_SUCCESS(Status))
        Fact->Seconds = CmbEstimateTime(&Now, AtRate);
    *Length = sizeof(Fact->Seconds);
    return Status;
}

static NTSTATUS CmbTell(PCMB_DEVICE Device, BATTERY_QUERY_INFORMATION_LEVEL Level, LONG AtRate,
                        CMB_FACT *Fact, PULONG Length)
{
    const CMB_STATIC *Static = &Device->Static;
    switch (Level) {
    case BatteryInformation:
        CmbDescribe(Static, &Fact->Information);
        *Length = sizeof(Fact->Information);
        return STATUS_SUCCESS;
    case BatteryGranularityInformation:
        CmbDescribeScale(Static, Fact->Scale);
        *Length = sizeof(Fact->Scale);
        return STATUS_SUCCESS;
    case BatteryEstimatedTime:
        return CmbTellTime(Device, AtRate, Fact, Length);
    case BatteryDeviceName:
        return CmbTellText(Static->Model, Fact, Length);
    case BatteryManufactureName:
        return CmbTellText(Static->Maker, Fact, Length);
    case BatterySerialNumber:
        return CmbTellText(Static->Serial, Fact, Length);
    case BatteryUniqueID:
        return CmbTellUniqueId(Static, Fact, Length);
    case BatteryTemperature: // the firmware has no method for these
    case BatteryManufactureDate:
        return STATUS_INVALID_DEVICE_REQUEST;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS NTAPI CmbQueryInformation(PVOID Context, ULONG BatteryTag,
                                          BATTERY_QUERY_INFORMATION_LEVEL Level, LONG AtRate,
                                          PVOID Buffer, ULONG BufferLength, PULONG ReturnedLength)
{
    PCMB_DEVICE Device = Context;
    CMB_FACT Fact = {};
    ULONG Length = 0;
    CmbLock(Device);
    NTSTATUS Status = CmbCheckBattery(Device, BatteryTag);
    if (NT_SUCCESS(Status))
        Status = CmbTell(Device, Level, AtRate, &Fact, &Length);
    CmbUnlock(Device);
    if (!NT_SUCCESS(Status))
        return Status;
    *ReturnedLength = Length;
    if (BufferLength < Length)
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(Buffer, &Fact, Length);
    return STATUS_SUCCESS;
}

VOID CmbMiniport(PCMB_DEVICE Device, PBATTERY_MINIPORT_INFO Miniport)
{
    *Miniport = (BATTERY_MINIPORT_INFO){
        .MajorVersion = BATTERY_CLASS_MAJOR_VERSION,
        .MinorVersion = BATTERY_CLASS_MINOR_VERSION,
        .Context = Device,
        .QueryTag = CmbQueryTag,
        .QueryInformation = CmbQueryInformation,
        .QueryStatus = CmbQueryStatus,
        .Pdo = Device->PhysicalDevice,
    };
}
