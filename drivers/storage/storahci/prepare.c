// A request's command table: frame, packet, regions.
#include "storahci.h"

VOID AhciPrepareCommand(PAHCI_REQUEST Request, const ATA_COMMAND *Command, ULONG Regions)
{
    Request->Command = *Command;
    AhciMakeFrame(Request->Table, Command);
    Request->Options = AhciHeaderOptions(Command->Direction, Regions);
    Request->Built = TRUE;
}

// ---- Data

static ULONG64 AhciSparePhysical(PAHCI_REQUEST Request)
{
    return Request->TablePhysical + sizeof(AHCI_TABLE) + AhciSpareRegion * sizeof(AHCI_REGION);
}

// The adapter moves whole words from and to addresses that it can reach. Other data goes by way of the table's end.
static ULONG AhciDescribeCopy(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request, ULONG Length,
                              ATA_DIRECTION Direction)
{
    PVOID Data = NULL;
    ULONG Even = (Length + 1) & ~1u;
    uint32_t Count = 0;
    if (Even > AhciSpareBytes ||
        StorPortGetSystemAddress(Adapter, Request->Srb, &Data) != STOR_STATUS_SUCCESS || !Data)
        return 0;
    PVOID Spare = &AhciRegionsOf(Request->Table)[AhciSpareRegion];
    RtlZeroMemory(Spare, Even);
    if (Direction == AtaOut)
        RtlCopyMemory(Spare, Data, Length);
    (VOID) AhciAddPiece(Request->Table, &Count, AhciSparePhysical(Request), Even, TRUE);
    Request->Copied = TRUE;
    return Count;
}

// The number of regions; 0: it cannot be described.
static ULONG AhciDescribeBuffer(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request, ULONG Length)
{
    PSTOR_SCATTER_GATHER_LIST Pieces = StorPortGetScatterGatherList(Adapter, (PVOID)Request->Srb);
    uint32_t Count = 0;
    for (ULONG i = 0; Pieces && i < Pieces->NumberOfElements && Length; i++) {
        ULONG Part = min(Pieces->List[i].Length, Length);
        if (!AhciAddPiece(Request->Table, &Count, (ULONG64)Pieces->List[i].PhysicalAddress.QuadPart,
                          Part, Adapter->Wide))
            return 0;
        Length -= Part;
    }
    return Length ? 0 : Count;
}

static ULONG AhciDescribe(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request, ULONG Length,
                          ATA_DIRECTION Direction)
{
    ULONG Count = AhciDescribeBuffer(Adapter, Request, Length);
    return Count ? Count : AhciDescribeCopy(Adapter, Request, Length, Direction);
}

// ---- Reads and writes: before the request has the port's turn

VOID AhciPrepareReadWrite(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PAHCI_REQUEST Request,
                          const UCHAR *Cdb, BOOLEAN Write)
{
    ATA_TRANSLATION Translation;
    ULONG Length = SrbGetDataTransferLength(Request->Srb);
    Request->Generation = Port->Generation;
    if (AtaReadWrite(Cdb, &Port->Drive, Write, Length, &Translation) != AtaTransfer)
        return; // AhciPrepare looks at it again
    ULONG Regions = AhciDescribeBuffer(Adapter, Request, Length);
    if (!Regions)
        return;
    AhciPrepareCommand(Request, &Translation.Command, Regions);
    Request->Slow = Translation.Command.Next != 0;
}

// ---- All others, in their turn

static BOOLEAN AhciRefuse(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request, UCHAR SrbStatus)
{
    AhciComplete(Adapter, Request, SrbStatus);
    return FALSE;
}

static BOOLEAN AhciMovesMuch(UCHAR Operation)
{
    enum { ReadCd = 0xBE };
    bool Write;
    return AtaIsReadWrite(Operation, &Write) || Operation == ReadCd;
}

// PIO for what is short: not every drive takes all commands with DMA.
static BOOLEAN AhciPreparePacket(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PAHCI_REQUEST Request)
{
    enum { MostPioBytes = 0xFFFE };
    PVOID Srb = Request->Srb;
    PCDB Cdb = SrbGetCdb(Srb);
    ULONG Length = SrbGetDataTransferLength(Srb), Regions = 0;
    ULONG CdbLength = SrbGetCdbLength(Srb), Room = Port->Drive.PacketBytes;
    ATA_COMMAND Command = {.Opcode = ATA_PACKET};
    if (CdbLength > sizeof(Request->Table->Packet) || CdbLength > Room)
        return AhciRefuse(Adapter, Request, SRB_STATUS_INVALID_REQUEST);
    if (Length)
        Command.Direction = (SrbGetSrbFlags(Srb) & SRB_FLAGS_DATA_IN) ? AtaIn : AtaOut;
    if (Length && !(Regions = AhciDescribe(Adapter, Request, Length, Command.Direction)))
        return AhciRefuse(Adapter, Request, SRB_STATUS_INVALID_REQUEST);
    if (Length && Port->Drive.PacketDma && AhciMovesMuch(Cdb->AsByte[0])) {
        Command.Features = ATA_PACKET_DMA;
        if (Port->Drive.PacketDirection && Command.Direction == AtaIn)
            Command.Features |= ATA_PACKET_TO_HOST;
    } else {
        Command.Lba = (ULONG64)min(Length, (ULONG)MostPioBytes) << 8; // the byte count's registers
    }
    RtlZeroMemory(Request->Table->Packet, sizeof(Request->Table->Packet));
    RtlCopyMemory(Request->Table->Packet, Cdb->AsByte, CdbLength);
    Request->Length = Length;
    AhciPrepareCommand(Request, &Command, Regions);
    Request->Options |= AHCI_HEADER_ATAPI;
    Request->Packet = Request->CountsMoved = TRUE;
    return TRUE;
}

static BOOLEAN AhciPrepareTrim(PAHCI_REQUEST Request, const ATA_TRANSLATION *Translation)
{
    uint32_t Count = 0;
    (VOID) AhciAddPiece(Request->Table, &Count, AhciSparePhysical(Request),
                        Translation->RangeCount * (ULONG)sizeof(uint64_t), TRUE);
    AhciPrepareCommand(Request, &Translation->Command, Count);
    return TRUE;
}

static BOOLEAN AhciPrepareTransfer(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request,
                                   const ATA_TRANSLATION *Translation)
{
    const ATA_COMMAND *Command = &Translation->Command;
    ULONG Regions = 0;
    if (Command->Direction != AtaNone) {
        Regions = AhciDescribe(Adapter, Request, Translation->Length, Command->Direction);
        if (!Regions)
            return AhciRefuse(Adapter, Request, SRB_STATUS_INVALID_REQUEST);
        Request->Length = Translation->Length;
        Request->CountsMoved = Command->Pio;
    }
    AhciPrepareCommand(Request, Command, Regions);
    return TRUE;
}

static BOOLEAN AhciPrepareFlush(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PAHCI_REQUEST Request)
{
    static const ATA_COMMAND Flush = {.Opcode = ATA_FLUSH_CACHE_EXT, .Device = ATA_DEVICE_LBA};
    if (Port->Drive.Packets || !Port->Drive.Unit.HasCache)
        return AhciRefuse(Adapter, Request, SRB_STATUS_SUCCESS);
    AhciPrepareCommand(Request, &Flush, 0);
    return TRUE;
}

BOOLEAN AhciPrepare(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PAHCI_REQUEST Request)
{
    PVOID Srb = Request->Srb, Data = NULL;
    bool Write = false;
    Request->Slow = TRUE;
    Request->Copied = Request->Packet = Request->CountsMoved = FALSE;
    Request->Length = 0;
    Request->Generation = Port->Generation;
    if (SrbGetSrbFunction(Srb) != SRB_FUNCTION_EXECUTE_SCSI)
        return AhciPrepareFlush(Adapter, Port, Request);
    PCDB Cdb = SrbGetCdb(Srb);
    if (Port->Drive.Packets && Cdb->AsByte[0] != SCSI_ATA_PASS_THROUGH_16)
        return AhciPreparePacket(Adapter, Port, Request);
    ULONG Length = SrbGetDataTransferLength(Srb);
    if (Length && !AtaIsReadWrite(Cdb->AsByte[0], &Write) &&
        StorPortGetSystemAddress(Adapter, Srb, &Data) != STOR_STATUS_SUCCESS)
        Data = NULL;
    ATA_TRANSLATION Translation = {
        .Ranges = (PVOID)&AhciRegionsOf(Request->Table)[AhciSpareRegion],
    };
    switch (
        AtaTranslate(Cdb->AsByte, SrbGetCdbLength(Srb), &Port->Drive, Data, Length, &Translation)) {
    case AtaAnswered:
        SrbSetDataTransferLength(Srb, Translation.Length);
        return AhciRefuse(Adapter, Request,
                          Translation.Length < Length ? SRB_STATUS_DATA_OVERRUN
                                                      : SRB_STATUS_SUCCESS);
    case AtaTransfer:
        return AhciPrepareTransfer(Adapter, Request, &Translation);
    case AtaTrim:
        return AhciPrepareTrim(Request, &Translation);
    case AtaFailed:
        break;
    }
    AhciFail(Adapter, Request, &Translation.Sense);
    return FALSE;
}
