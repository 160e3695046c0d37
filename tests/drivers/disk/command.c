// What the disk does with a command.
#include "bus.h"

static ULONG Get32(const UCHAR *Bytes)
{
    return (ULONG)Bytes[0] << 24 | (ULONG)Bytes[1] << 16 | (ULONG)Bytes[2] << 8 | Bytes[3];
}

static ULONGLONG Get64(const UCHAR *Bytes)
{
    return (ULONGLONG)Get32(Bytes) << 32 | Get32(Bytes + 4);
}

static VOID Put32(PUCHAR Bytes, ULONG Value)
{
    for (ULONG i = 0; i < 4; i++)
        Bytes[i] = (UCHAR)(Value >> (24 - 8 * i));
}

static VOID Put64(PUCHAR Bytes, ULONGLONG Value)
{
    Put32(Bytes, (ULONG)(Value >> 32));
    Put32(Bytes + 4, (ULONG)Value);
}

// ---- Results

UCHAR UnitSense(PVOID Srb, const UCHAR *Sense, UCHAR Bytes)
{
    PUCHAR Buffer = SrbGetSenseInfoBuffer(Srb);
    UCHAR Room = SrbGetSenseInfoBufferLength(Srb);
    RtlCopyMemory(Buffer, Sense, min(Room, Bytes));
    SrbSetSenseInfoBufferLength(Srb, min(Room, Bytes));
    SrbSetScsiStatus(Srb, 0x02); // CHECK CONDITION
    return SRB_STATUS_ERROR | SRB_STATUS_AUTOSENSE_VALID;
}

static UCHAR Refuse(PVOID Srb, UCHAR Key, UCHAR Code, UCHAR Qualifier)
{
    UCHAR Sense[18] = {0x70, 0, Key, 0, 0, 0, 0, 10, 0, 0, 0, 0, Code, Qualifier};
    SrbSetDataTransferLength(Srb, 0);
    return UnitSense(Srb, Sense, sizeof(Sense));
}

static UCHAR InvalidField(PVOID Srb)
{
    return Refuse(Srb, 5, 0x24, 0);
}

// Less data than there is room for is an underrun, as port drivers say.
static UCHAR Answer(PVOID Srb, PUCHAR Buffer, const VOID *Data, ULONG Bytes)
{
    ULONG Room = SrbGetDataTransferLength(Srb);
    if (!Buffer)
        return InvalidField(Srb);
    RtlCopyMemory(Buffer, Data, min(Room, Bytes));
    if (Bytes >= Room)
        return SRB_STATUS_SUCCESS;
    SrbSetDataTransferLength(Srb, Bytes);
    return SRB_STATUS_DATA_OVERRUN;
}

// ---- The contents

static PCHUNK FindChunk(PUNIT Unit, ULONGLONG Number, BOOLEAN Make)
{
    PCHUNK *Bucket = &Unit->Chunks[Number % ChunkBuckets];
    for (PCHUNK Chunk = *Bucket; Chunk; Chunk = Chunk->Next) {
        if (Chunk->Number == Number)
            return Chunk;
    }
    PCHUNK Chunk =
        Make ? ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Chunk), TargetTag) : nullptr;
    if (!Chunk)
        return nullptr;
    RtlZeroMemory(Chunk, sizeof(*Chunk));
    Chunk->Number = Number;
    Chunk->Next = *Bucket;
    *Bucket = Chunk;
    return Chunk;
}

static BOOLEAN Copy(PUNIT Unit, ULONGLONG Offset, PUCHAR Buffer, ULONG Length, BOOLEAN Write)
{
    while (Length) {
        ULONG Place = (ULONG)(Offset % ChunkBytes), Part = min(Length, ChunkBytes - Place);
        PCHUNK Chunk = FindChunk(Unit, Offset / ChunkBytes, Write);
        if (!Chunk && Write)
            return FALSE;
        if (Write)
            RtlCopyMemory(Chunk->Bytes + Place, Buffer, Part);
        else if (Chunk)
            RtlCopyMemory(Buffer, Chunk->Bytes + Place, Part);
        else
            RtlZeroMemory(Buffer, Part);
        Offset += Part;
        Buffer += Part;
        Length -= Part;
    }
    return TRUE;
}

static UCHAR Transfer(PUNIT Unit, PVOID Srb, PUCHAR Buffer, ULONGLONG Block, ULONG Blocks,
                      BOOLEAN Write)
{
    ULONG Length = SrbGetDataTransferLength(Srb);
    if (Block > Unit->Config.Blocks || Blocks > Unit->Config.Blocks - Block)
        return Refuse(Srb, 5, 0x21, 0);
    if (Write && Unit->Config.ReadOnly)
        return Refuse(Srb, 7, 0x27, 0);
    if (!Buffer || Blocks * Unit->Config.BlockBytes != Length ||
        ((ULONG_PTR)SrbGetDataBuffer(Srb) & Unit->Config.AlignmentMask)) {
        Unit->Counts.Mistakes++;
        return InvalidField(Srb);
    }
    if (!Copy(Unit, Block * Unit->Config.BlockBytes, Buffer, Length, Write))
        return Refuse(Srb, 4, 0x44, 0);
    return SRB_STATUS_SUCCESS;
}

static UCHAR Unmap(PUNIT Unit, PVOID Srb, PUCHAR Buffer)
{
    ULONG Length = SrbGetDataTransferLength(Srb);
    ULONG List = Length >= 8 ? (ULONG)Buffer[2] << 8 | Buffer[3] : 0;
    if (!Unit->Config.Thin)
        return Refuse(Srb, 5, 0x20, 0);
    if (List % 16 || List + 8 > Length) {
        Unit->Counts.Mistakes++;
        return InvalidField(Srb);
    }
    for (ULONG Place = 8; Place < List + 8; Place += 16) {
        ULONGLONG Block = Get64(Buffer + Place);
        ULONG Blocks = Get32(Buffer + Place + 8);
        if (Block > Unit->Config.Blocks || Blocks > Unit->Config.Blocks - Block)
            return Refuse(Srb, 5, 0x21, 0);
        Unit->Counts.UnmappedBlocks += Blocks;
    }
    return SRB_STATUS_SUCCESS;
}

// ---- What it tells of itself

static UCHAR Inquiry(PUNIT Unit, PVOID Srb, PUCHAR Buffer, const UCHAR *Cdb)
{
    static const UCHAR Pages[] = {0, 0x00, 0, 5, 0x00, 0x83, 0xB0, 0xB1, 0xB2};
    static const UCHAR Names[] = {0, 0x83, 0, 20, 0x01, 0x03, 0, 8, 0x50, 1,   2,   3,
                                  4, 5,    6, 7,  0x02, 0x01, 0, 4, 'T',  'E', 'S', 'T'};
    UCHAR Page[64] = {0, Cdb[2], 0, 60};
    if (!(Cdb[1] & 1))
        return InvalidField(Srb); // the port driver has asked that
    switch (Cdb[2]) {
    case 0x00:
        return Answer(Srb, Buffer, Pages, sizeof(Pages));
    case 0x83:
        RtlCopyMemory(Page, Names, sizeof(Names));
        if (Unit->Config.Hostile)
            Page[2] = Page[3] = Page[7] = 0xFF;
        return Answer(Srb, Buffer, Page, sizeof(Names));
    case 0xB0:
        Put32(Page + 20, Unit->Config.Thin ? 1000 : 0);
        Put32(Page + 24, Unit->Config.Thin ? 3 : 0);
        Put32(Page + 28, 8);
        Put32(Page + 32, 0x80000002);
        if (Unit->Config.Hostile)
            return Answer(Srb, Buffer, Page, 9);
        return Answer(Srb, Buffer, Page, sizeof(Page));
    case 0xB1:
        Page[5] = 1; // it does not turn
        return Answer(Srb, Buffer, Page, Unit->Config.Hostile ? 3 : sizeof(Page));
    case 0xB2:
        Page[3] = 4;
        Page[5] = Unit->Config.Thin ? 0x84 : 0;
        Page[6] = Unit->Config.Thin ? 2 : 0;
        return Answer(Srb, Buffer, Page, 8);
    default:
        return InvalidField(Srb);
    }
}

static UCHAR ModeSense(PUNIT Unit, PVOID Srb, PUCHAR Buffer, const UCHAR *Cdb)
{
    UCHAR Data[4 + sizeof(Unit->CachePage)] = {
        sizeof(Data) - 1, 0,
        (UCHAR)((Unit->Config.ReadOnly ? 0x80 : 0) | (Unit->Config.Fua ? 0x10 : 0)), 0};
    UCHAR Page = Cdb[2] & 0x3F;
    if (Page != 0x08 && Page != 0x3F)
        return InvalidField(Srb);
    RtlCopyMemory(Data + 4, Unit->CachePage, sizeof(Unit->CachePage));
    if (Cdb[2] >> 6 == 1)
        Data[6] = 0x05; // changeable: the caches
    if (Unit->Config.Hostile)
        Data[0] = Data[3] = Data[5] = 0xFF;
    return Answer(Srb, Buffer, Data, sizeof(Data));
}

static UCHAR ModeSelect(PUNIT Unit, PVOID Srb, PUCHAR Buffer)
{
    ULONG Length = SrbGetDataTransferLength(Srb);
    if (Length != 4 + sizeof(Unit->CachePage) || Buffer[0] || Buffer[4] != 0x08 || Buffer[5] != 18)
        return InvalidField(Srb);
    RtlCopyMemory(Unit->CachePage, Buffer + 4, sizeof(Unit->CachePage));
    Unit->CachePage[0] |= 0x80;
    return SRB_STATUS_SUCCESS;
}

static UCHAR Capacity(PUNIT Unit, PVOID Srb, PUCHAR Buffer, BOOLEAN Long)
{
    UCHAR Data[32] = {};
    ULONGLONG Last = Unit->Config.Blocks - 1;
    if (!Long) {
        Put32(Data, Last > MAXULONG ? MAXULONG : (ULONG)Last);
        Put32(Data + 4, Unit->Config.BlockBytes);
        return Answer(Srb, Buffer, Data, 8);
    }
    Put64(Data, Last);
    Put32(Data + 8, Unit->Config.BlockBytes);
    Data[13] = Unit->Config.PhysicalExponent;
    Data[14] = Unit->Config.Thin ? 0xC0 : 0;
    return Answer(Srb, Buffer, Data, sizeof(Data));
}

// IDENTIFY DEVICE, SMART READ DATA and SMART RETURN STATUS; the registers come back in sense data.
static UCHAR AtaPassThrough(PVOID Srb, PUCHAR Buffer, const UCHAR *Cdb)
{
    UCHAR Sense[22] = {0x72, 1, 0x00, 0x1D, 0, 0, 0, 14, 0x09, 12};
    UCHAR Data[512] = {};
    Sense[21] = 0x50; // ready
    Sense[13] = Cdb[6];
    if (Cdb[14] == 0xEC || (Cdb[14] == 0xB0 && Cdb[4] == 0xD0)) {
        Data[0] = Cdb[14];
        Data[511] = Cdb[4];
        Answer(Srb, Buffer, Data, sizeof(Data));
    } else if (Cdb[14] == 0xB0 && Cdb[4] == 0xDA) {
        Sense[17] = 0x4F;
        Sense[19] = 0xC2;
    } else {
        Sense[1] = 0x0B;
        Sense[11] = 0x04; // aborted
        Sense[21] = 0x51;
    }
    return UnitSense(Srb, Sense, sizeof(Sense));
}

// ---- The command

static UCHAR Run(PUNIT Unit, PVOID Srb, PUCHAR Buffer, const UCHAR *Cdb)
{
    switch (Cdb[0]) {
    case SCSIOP_READ:
    case SCSIOP_WRITE:
        return Transfer(Unit, Srb, Buffer, Get32(Cdb + 2), (ULONG)Cdb[7] << 8 | Cdb[8],
                        Cdb[0] == SCSIOP_WRITE);
    case SCSIOP_READ16:
    case SCSIOP_WRITE16:
        return Transfer(Unit, Srb, Buffer, Get64(Cdb + 2), Get32(Cdb + 10),
                        Cdb[0] == SCSIOP_WRITE16);
    case SCSIOP_READ_CAPACITY:
        return Capacity(Unit, Srb, Buffer, FALSE);
    case SCSIOP_SERVICE_ACTION_IN16:
        return Capacity(Unit, Srb, Buffer, TRUE);
    case SCSIOP_UNMAP:
        return Unmap(Unit, Srb, Buffer);
    case SCSIOP_PERSISTENT_RESERVE_IN:
        return Answer(Srb, Buffer, "\0\0\0\1\0\0\0\0", 8); // a generation, no keys
    case SCSIOP_TEST_UNIT_READY:
    case SCSIOP_VERIFY:
    case SCSIOP_VERIFY16:
    case SCSIOP_SYNCHRONIZE_CACHE:
    case SCSIOP_REASSIGN_BLOCKS:
    case SCSIOP_PERSISTENT_RESERVE_OUT:
    case SCSIOP_RESERVE_UNIT:
    case SCSIOP_RELEASE_UNIT:
        return SRB_STATUS_SUCCESS;
    default:
        return Refuse(Srb, 5, 0x20, 0);
    }
}

UCHAR UnitCommand(PUNIT Unit, PVOID Srb, PUCHAR Buffer)
{
    const UCHAR *Cdb = SrbGetCdb(Srb)->AsByte;
    SrbSetScsiStatus(Srb, 0);
    switch (Cdb[0]) { // these need no medium
    case SCSIOP_INQUIRY:
        return Inquiry(Unit, Srb, Buffer, Cdb);
    case SCSIOP_MODE_SENSE:
        return ModeSense(Unit, Srb, Buffer, Cdb);
    case SCSIOP_MODE_SELECT:
        return ModeSelect(Unit, Srb, Buffer);
    case SCSIOP_START_STOP_UNIT:
    case SCSIOP_MEDIUM_REMOVAL:
        return SRB_STATUS_SUCCESS;
    case 0x85:
        if (Unit->Config.Ata)
            return AtaPassThrough(Srb, Buffer, Cdb);
        break;
    default:
        break;
    }
    if (Unit->NoMedium)
        return Refuse(Srb, 2, 0x3A, 0);
    return Run(Unit, Srb, Buffer, Cdb);
}
