// StorageDeviceProtocolSpecificProperty of ATA: identification and log pages, asked by ATA PASS-THROUGH(16) (SAT-3, 12.2), which a
// miniport for such devices translates.
#include "storportp.h"

#include <ntddstor.h>

enum {
    StorAtaSeconds = 10,
    StorAtaSectorBytes = 512,
    StorAtaPassThrough16 = 0x85,
    StorAtaPioIn = 4 << 1, // PROTOCOL
    StorAtaExtended = 1,   // EXTEND
    StorAtaIn = 0x0E,      // T_DIR, BYT_BLOK; T_LENGTH: in the count
    StorAtaReadLogExt = 0x2F,
    StorAtaIdentifyPacket = 0xA1,
    StorAtaSmart = 0xB0,
    StorAtaSmartReadData = 0xD0, // the feature, and what LBA must say
    StorAtaSmartMid = 0x4F,
    StorAtaSmartHigh = 0xC2,
    StorAtaIdentify = 0xEC,
};

// FALSE: nothing that there is. Sectors: that the caller has room for; then, that are moved.
static BOOLEAN StorpBuildAta(const STORAGE_PROTOCOL_SPECIFIC_DATA *Asked, BOOLEAN Packets,
                             PUCHAR Cdb, PULONG Sectors)
{
    ULONG Log = Asked->ProtocolDataRequestValue, Page = Asked->ProtocolDataRequestSubValue;
    Cdb[0] = StorAtaPassThrough16;
    Cdb[1] = StorAtaPioIn;
    Cdb[2] = StorAtaIn;
    switch (Asked->DataType) {
    case AtaDataTypeIdentify:
        *Sectors = 1;
        Cdb[14] = Packets ? StorAtaIdentifyPacket : StorAtaIdentify;
        break;
    case AtaDataTypeLogPage:
        if (Log > MAXUCHAR || Page > MAXUSHORT)
            return FALSE;
        Cdb[1] |= StorAtaExtended;
        Cdb[8] = (UCHAR)Log;
        Cdb[10] = (UCHAR)Page;
        Cdb[9] = (UCHAR)(Page >> 8);
        Cdb[14] = StorAtaReadLogExt;
        break;
    default:
        return FALSE;
    }
    Cdb[5] = (UCHAR)(*Sectors >> 8);
    Cdb[6] = (UCHAR)*Sectors;
    return TRUE;
}

static NTSTATUS StorpSendAta(PSTOR_UNIT Unit, const UCHAR *Cdb, PVOID Data, ULONG Bytes)
{
    enum { CdbBytes = 16 };
    PSTOR_INTERNAL Internal = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Internal), StorTag);
    PVOID Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Bytes, StorTag);
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;
    if (Internal && Buffer) {
        RtlZeroMemory(Buffer, Bytes);
        StorpInitInternal(Internal, SRB_FUNCTION_EXECUTE_SCSI, SRB_FLAGS_DATA_IN, Buffer, Bytes,
                          StorAtaSeconds);
        Internal->Srb.CdbLength = CdbBytes;
        RtlCopyMemory(Internal->Srb.Cdb, Cdb, CdbBytes);
        Status = StorpRunInternal(Unit, &Internal->Srb, nullptr);
    }
    if (NT_SUCCESS(Status))
        RtlCopyMemory(Data, Buffer, Bytes);
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
    static const UCHAR Cdb[16] = {StorAtaPassThrough16,
                                  StorAtaPioIn,
                                  StorAtaIn,
                                  [4] = StorAtaSmartReadData,
                                  [6] = 1,
                                  [10] = StorAtaSmartMid,
                                  [12] = StorAtaSmartHigh,
                                  [14] = StorAtaSmart};
    if (!StorpSpeaksAta(Unit) || Unit->Inquiry.DeviceType != DIRECT_ACCESS_DEVICE)
        return STATUS_NOT_SUPPORTED;
    return StorpSendAta(Unit, Cdb, Data, StorAtaSectorBytes);
}

// Only of units: an adapter has no such data.
NTSTATUS StorpAskAta(PSTOR_UNIT Unit, PSTORAGE_PROTOCOL_SPECIFIC_DATA Asked, PVOID Data)
{
    UCHAR Cdb[16] = {};
    ULONG Sectors = Asked->ProtocolDataLength / StorAtaSectorBytes;
    if (!StorpSpeaksAta(Unit))
        return STATUS_NOT_SUPPORTED;
    BOOLEAN Packets = Unit->Inquiry.DeviceType != DIRECT_ACCESS_DEVICE;
    if (!Sectors || !StorpBuildAta(Asked, Packets, Cdb, &Sectors))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = StorpSendAta(Unit, Cdb, Data, Sectors * StorAtaSectorBytes);
    if (NT_SUCCESS(Status))
        Asked->ProtocolDataLength = Sectors * StorAtaSectorBytes;
    return Status;
}
