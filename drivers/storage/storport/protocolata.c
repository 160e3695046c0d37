// StorageDeviceProtocolSpecificProperty of ATA: identification and log pages, asked by ATA PASS-THROUGH(16) (SAT-3, 12.2), which a
// miniport for such devices translates.
#include "storportp.h"

#include <ntddstor.h>

#include "sat.h"

enum {
    StorAtaSeconds = 10,
    StorAtaReadLogExt = 0x2F,
    StorAtaIdentifyPacket = 0xA1,
    StorAtaSmart = 0xB0,
    StorAtaSmartReadData = 0xD0, // the feature, and what LBA must say
    StorAtaSmartMid = 0x4F,
    StorAtaSmartHigh = 0xC2,
    StorAtaIdentify = 0xEC,
    StorAtaStatusError = 0x01,
};

// FALSE: nothing that there is. Sectors: that the caller has room for.
static BOOLEAN StorpBuildAta(const STORAGE_PROTOCOL_SPECIFIC_DATA *Asked, BOOLEAN Packets,
                             ULONG Sectors, PSAT_REQUEST Command)
{
    ULONG Log = Asked->ProtocolDataRequestValue, Page = Asked->ProtocolDataRequestSubValue;
    *Command = (SAT_REQUEST){.In = true, .Length = SAT_SECTOR_BYTES};
    switch (Asked->DataType) {
    case AtaDataTypeIdentify:
        Command->Current[SAT_COMMAND] = Packets ? StorAtaIdentifyPacket : StorAtaIdentify;
        return TRUE;
    case AtaDataTypeLogPage:
        if (Log > MAXUCHAR || Page > MAXUSHORT || Sectors > MAXUSHORT)
            return FALSE;
        Command->Extended = true;
        Command->Length = Sectors * SAT_SECTOR_BYTES;
        Command->Current[SAT_LBA_LOW] = (UCHAR)Log;
        Command->Current[SAT_LBA_MID] = (UCHAR)Page;
        Command->Previous[SAT_LBA_MID] = (UCHAR)(Page >> 8);
        Command->Current[SAT_COMMAND] = StorAtaReadLogExt;
        return TRUE;
    default:
        return FALSE;
    }
}

// The registers say how it went, where a miniport returns them: there are some that then end the request with success, whatever
// the device has said.
static NTSTATUS StorpAtaStatus(const STOR_INTERNAL *Internal, NTSTATUS Status)
{
    UCHAR Current[SAT_REGISTERS], Previous[SAT_REGISTERS];
    SIZE_T Length = min(Internal->Srb.SenseInfoBufferLength, (UCHAR)StorSenseBytes);
    if (!(Internal->Srb.SrbStatus & SRB_STATUS_AUTOSENSE_VALID) ||
        !SatReadRegisters(Internal->Sense, Length, Current, Previous))
        return Status;
    return Current[SAT_COMMAND] & StorAtaStatusError ? STATUS_IO_DEVICE_ERROR : STATUS_SUCCESS;
}

static NTSTATUS StorpSendAta(PSTOR_UNIT Unit, const SAT_REQUEST *Command, PVOID Data)
{
    PSTOR_INTERNAL Internal = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Internal), StorTag);
    PVOID Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Command->Length, StorTag);
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;
    if (Internal && Buffer) {
        RtlZeroMemory(Buffer, Command->Length);
        StorpInitInternal(Internal, SRB_FUNCTION_EXECUTE_SCSI, SRB_FLAGS_DATA_IN, Buffer,
                          Command->Length, StorAtaSeconds);
        Internal->Srb.CdbLength = SAT_CDB_BYTES;
        Status = STATUS_INVALID_PARAMETER;
        if (SatBuildCommand(Command, Internal->Srb.Cdb))
            Status = StorpAtaStatus(Internal, StorpRunInternal(Unit, &Internal->Srb, nullptr));
    }
    if (NT_SUCCESS(Status))
        RtlCopyMemory(Data, Buffer, Command->Length);
    if (Buffer)
        ExFreePoolWithTag(Buffer, StorTag);
    if (Internal)
        ExFreePoolWithTag(Internal, StorTag);
    return Status;
}

static BOOLEAN StorpSpeaksAta(const STOR_UNIT *Unit)
{
    return Unit && (Unit->Adapter->BusType == BusTypeSata || Unit->Adapter->BusType == BusTypeAta);
}

// SMART READ DATA (ACS-3, 7.46.8): a sector. It is obsolete in ACS-4, and what every disk has.
NTSTATUS StorpReadSmart(PSTOR_UNIT Unit, PVOID Data)
{
    static const SAT_REQUEST Command = {
        .In = true,
        .Length = SAT_SECTOR_BYTES,
        .Current = {[SAT_FEATURES] = StorAtaSmartReadData,
                    [SAT_COUNT] = 1,
                    [SAT_LBA_MID] = StorAtaSmartMid,
                    [SAT_LBA_HIGH] = StorAtaSmartHigh,
                    [SAT_COMMAND] = StorAtaSmart},
    };
    if (!StorpSpeaksAta(Unit) || Unit->Inquiry.DeviceType != DIRECT_ACCESS_DEVICE)
        return STATUS_NOT_SUPPORTED;
    return StorpSendAta(Unit, &Command, Data);
}

// Only of units: an adapter has no such data.
NTSTATUS StorpAskAta(PSTOR_UNIT Unit, PSTORAGE_PROTOCOL_SPECIFIC_DATA Asked, PVOID Data)
{
    ULONG Sectors = Asked->ProtocolDataLength / SAT_SECTOR_BYTES;
    SAT_REQUEST Command;
    if (!StorpSpeaksAta(Unit))
        return STATUS_NOT_SUPPORTED;
    BOOLEAN Packets = Unit->Inquiry.DeviceType != DIRECT_ACCESS_DEVICE;
    if (!Sectors || !StorpBuildAta(Asked, Packets, Sectors, &Command))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = StorpSendAta(Unit, &Command, Data);
    if (NT_SUCCESS(Status))
        Asked->ProtocolDataLength = Command.Length;
    return Status;
}
