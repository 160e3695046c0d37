// StorageAdapterTemperatureProperty, StorageDeviceTemperatureProperty: from the health log and the identification of an
// NVM Express controller (1.4, 5.14.1.2 and 5.15.2.2), or the SMART attributes of an ATA disk.
#include "storportp.h"

#include <ntddstor.h>

enum {
    StorNvmeSensors = 8,
    StorHealthLog = 2,
    StorHealthBytes = 512,
    StorHealthTemperature = 1, // offsets, of kelvins in 16 bits
    StorHealthSensors = 200,
    StorControllerBytes = 4096,
    StorControllerWarning = 266,
    StorControllerCritical = 268,
    StorAtaAttributes =
        2, // 30 of 12 bytes: the first is which, the sixth the lowest of the raw value
    StorAtaAttributeBytes = 12,
    StorAtaAttributeCount = 30,
    StorAtaRawValue = 5,
    StorAtaTemperature = 194,
    StorAtaAirflow = 190,
};

typedef struct _STOR_TEMPERATURES {
    STORAGE_TEMPERATURE_DATA_DESCRIPTOR Descriptor; // with the first place
    STORAGE_TEMPERATURE_INFO More[StorNvmeSensors];
} STOR_TEMPERATURES, *PSTOR_TEMPERATURES;

static SHORT StorpCelsius(const UCHAR *Kelvins)
{
    enum { Zero = 273 };
    USHORT Value = (USHORT)(Kelvins[0] | Kelvins[1] << 8);
    return Value ? (SHORT)(Value - Zero) : (SHORT)STORAGE_TEMPERATURE_VALUE_NOT_REPORTED;
}

static VOID StorpAddPlace(PSTOR_TEMPERATURES Answer, USHORT Index, SHORT Temperature)
{
    Answer->Descriptor.TemperatureInfo[Answer->Descriptor.InfoCount++] = (STORAGE_TEMPERATURE_INFO){
        .Index = Index,
        .Temperature = Temperature,
        .OverThreshold = (SHORT)STORAGE_TEMPERATURE_VALUE_NOT_REPORTED,
        .UnderThreshold = (SHORT)STORAGE_TEMPERATURE_VALUE_NOT_REPORTED,
    };
}

static NTSTATUS StorpAskController(PSTOR_ADAPTER Adapter, ULONG Type, ULONG Value, PUCHAR Data,
                                   ULONG Bytes)
{
    STORAGE_PROTOCOL_SPECIFIC_DATA Asked = {
        .ProtocolType = ProtocolTypeNvme,
        .DataType = Type,
        .ProtocolDataRequestValue = Value,
        .ProtocolDataLength = Bytes,
    };
    return StorpAskProtocol(Adapter, nullptr, &Asked, Data);
}

// The controller's own, and those of its sensors that it has.
static NTSTATUS StorpReadController(PSTOR_ADAPTER Adapter, PUCHAR Data, PSTOR_TEMPERATURES Answer)
{
    enum { IdentifyController = 1 };
    NTSTATUS Status =
        StorpAskController(Adapter, NVMeDataTypeLogPage, StorHealthLog, Data, StorHealthBytes);
    if (!NT_SUCCESS(Status))
        return Status;
    StorpAddPlace(Answer, 0, StorpCelsius(Data + StorHealthTemperature));
    for (USHORT i = 0; i < StorNvmeSensors; i++) {
        SHORT Value = StorpCelsius(Data + StorHealthSensors + i * sizeof(USHORT));
        if (Value != (SHORT)STORAGE_TEMPERATURE_VALUE_NOT_REPORTED)
            StorpAddPlace(Answer, i + 1, Value);
    }
    Status = StorpAskController(Adapter, NVMeDataTypeIdentify, IdentifyController, Data,
                                StorControllerBytes);
    if (!NT_SUCCESS(Status))
        return Status;
    Answer->Descriptor.WarningTemperature = StorpCelsius(Data + StorControllerWarning);
    Answer->Descriptor.CriticalTemperature = StorpCelsius(Data + StorControllerCritical);
    return STATUS_SUCCESS;
}

static NTSTATUS StorpReadAttributes(PSTOR_UNIT Unit, PUCHAR Data, PSTOR_TEMPERATURES Answer)
{
    const UCHAR *Found = nullptr;
    NTSTATUS Status = StorpReadSmart(Unit, Data);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; i < StorAtaAttributeCount; i++) {
        const UCHAR *Attribute = Data + StorAtaAttributes + (SIZE_T)i * StorAtaAttributeBytes;
        if (*Attribute == StorAtaTemperature || (*Attribute == StorAtaAirflow && !Found))
            Found = Attribute;
    }
    if (!Found)
        return STATUS_NOT_SUPPORTED;
    StorpAddPlace(Answer, 0, (CHAR)Found[StorAtaRawValue]);
    return STATUS_SUCCESS;
}

static NTSTATUS StorpReadTemperatures(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit,
                                      PSTOR_TEMPERATURES Answer)
{
    PUCHAR Data = ExAllocatePoolWithTag(NonPagedPoolNx, StorControllerBytes, StorTag);
    if (!Data)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = Adapter->BusType == BusTypeNvme ? StorpReadController(Adapter, Data, Answer)
                      : Unit                          ? StorpReadAttributes(Unit, Data, Answer)
                                                      : STATUS_NOT_SUPPORTED;
    ExFreePoolWithTag(Data, StorTag);
    return Status;
}

NTSTATUS StorpTemperatureProperty(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    STOR_TEMPERATURES Answer = {
        .Descriptor.CriticalTemperature = (SHORT)STORAGE_TEMPERATURE_VALUE_NOT_REPORTED,
        .Descriptor.WarningTemperature = (SHORT)STORAGE_TEMPERATURE_VALUE_NOT_REPORTED,
    };
    static_assert(FIELD_OFFSET(STOR_TEMPERATURES, More) ==
                  FIELD_OFFSET(STORAGE_TEMPERATURE_DATA_DESCRIPTOR, TemperatureInfo[1]));
    NTSTATUS Status = StorpReadTemperatures(Adapter, Unit, &Answer);
    if (!NT_SUCCESS(Status))
        return StorpComplete(Irp, Status, 0);
    Answer.Descriptor.Version = sizeof(Answer.Descriptor);
    Answer.Descriptor.Size = FIELD_OFFSET(STORAGE_TEMPERATURE_DATA_DESCRIPTOR,
                                          TemperatureInfo[Answer.Descriptor.InfoCount]);
    return StorpAnswerProperty(Irp, &Answer, Answer.Descriptor.Size);
}
