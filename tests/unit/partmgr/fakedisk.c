#include "fakedisk.h"

static bool FakeRead(void *Context, uint64_t Sector, uint32_t Count, void *Buffer)
{
    FAKE_DISK *Fake = Context;
    if (Sector >= Fake->Disk.Sectors || Count > Fake->Disk.Sectors - Sector)
        abort(); // the code has not checked what it has read
    if (Fake->BadSector >= Sector && Fake->BadSector - Sector < Count)
        return false;
    memcpy(Buffer, FakeSector(Fake, Sector), (size_t)Count * Fake->Disk.SectorSize);
    return true;
}

// Sectors reach the disk one by one; without power nothing does.
static bool FakeWrite(void *Context, uint64_t Sector, uint32_t Count, const void *Buffer)
{
    FAKE_DISK *Fake = Context;
    if (Sector >= Fake->Disk.Sectors || Count > Fake->Disk.Sectors - Sector)
        abort();
    for (uint32_t i = 0; i < Count; i++) {
        if (!Fake->PowerLeft)
            return false;
        Fake->PowerLeft--;
        Fake->Written++;
        memcpy(FakeSector(Fake, Sector + i), (const uint8_t *)Buffer + i * Fake->Disk.SectorSize,
               Fake->Disk.SectorSize);
    }
    return true;
}

static bool FakeFlush(void *Context)
{
    return ((FAKE_DISK *)Context)->PowerLeft != 0;
}

static void *FakeAllocate(uint32_t Size)
{
    return malloc(Size);
}

static void FakeRelease(void *Memory)
{
    free(Memory);
}

void FakeInit(FAKE_DISK *Fake, uint64_t Sectors, uint32_t SectorSize)
{
    *Fake = (FAKE_DISK){
        .Disk = {.Read = FakeRead,
                 .Write = FakeWrite,
                 .Flush = FakeFlush,
                 .Allocate = FakeAllocate,
                 .Free = FakeRelease,
                 .Context = Fake,
                 .Sectors = Sectors,
                 .SectorSize = SectorSize},
        .Bytes = calloc(Sectors, SectorSize),
        .PowerLeft = UINT64_MAX,
        .BadSector = UINT64_MAX,
    };
}

void FakeFree(FAKE_DISK *Fake)
{
    free(Fake->Bytes);
}

uint8_t *FakeSector(FAKE_DISK *Fake, uint64_t Sector)
{
    return Fake->Bytes + Sector * Fake->Disk.SectorSize;
}

uint8_t *FakeCopy(const FAKE_DISK *Fake)
{
    size_t Size = Fake->Disk.Sectors * Fake->Disk.SectorSize;
    uint8_t *Copy = malloc(Size);
    memcpy(Copy, Fake->Bytes, Size);
    return Copy;
}

void FakeRestore(FAKE_DISK *Fake, const uint8_t *Bytes)
{
    memcpy(Fake->Bytes, Bytes, Fake->Disk.Sectors * Fake->Disk.SectorSize);
    Fake->PowerLeft = UINT64_MAX;
    Fake->Written = 0;
}

void FakeSave(const FAKE_DISK *Fake, const char *Path)
{
    FILE *File = fopen(Path, "wb");
    if (!File ||
        fwrite(Fake->Bytes, Fake->Disk.SectorSize, Fake->Disk.Sectors, File) != Fake->Disk.Sectors)
        abort();
    fclose(File);
}

void FakeLoad(FAKE_DISK *Fake, const char *Path)
{
    FILE *File = fopen(Path, "rb");
    if (!File ||
        fread(Fake->Bytes, Fake->Disk.SectorSize, Fake->Disk.Sectors, File) != Fake->Disk.Sectors)
        abort();
    fclose(File);
}

// ---- Tables

static PT_GUID FakeGuid(uint8_t Seed, uint32_t Index)
{
    PT_GUID Guid;
    memset(&Guid, Seed, sizeof(Guid));
    memcpy(&Guid, &Index, sizeof(Index));
    return Guid;
}

PT_TABLE FakeGpt(const FAKE_DISK *Fake, uint8_t Seed)
{
    PT_TABLE Table;
    PT_GUID Id = FakeGuid(Seed, 0xFFFF);
    if (PtCreateTable(&Fake->Disk, PtStyleGpt, &Id, &Table) != PtDone)
        abort();
    return Table;
}

void FakeAdd(const FAKE_DISK *Fake, PT_TABLE *Table, uint8_t Seed, uint64_t Start, uint64_t Sectors)
{
    PT_PARTITION *Partition = PtAddPartition(&Fake->Disk, Table);
    Partition->Start = Start;
    Partition->Sectors = Sectors;
    Partition->Type = FakeGuid(0x77, Seed);
    Partition->Id = FakeGuid(Seed, Table->Count);
    Partition->Attributes = (uint64_t)Seed << 56;
    for (int i = 0; i < 10; i++)
        Partition->Name[i] = (uint16_t)('A' + Seed % 20 + i);
}

PT_TABLE FakeMbr(const FAKE_DISK *Fake, uint32_t Signature)
{
    PT_TABLE Table;
    PT_GUID Id = {};
    memcpy(Id.Bytes, &Signature, sizeof(Signature));
    if (PtCreateTable(&Fake->Disk, PtStyleMbr, &Id, &Table) != PtDone)
        abort();
    return Table;
}

void FakeSet(PT_TABLE *Table, uint32_t Index, uint8_t Type, uint64_t Start, uint64_t Sectors)
{
    Table->Partitions[Index].MbrType = Type;
    Table->Partitions[Index].Start = Start;
    Table->Partitions[Index].Sectors = Sectors;
}

void FakeAddLogical(const FAKE_DISK *Fake, PT_TABLE *Table, uint64_t Start, uint64_t Sectors,
                    uint64_t Link, uint64_t LinkSectors)
{
    uint32_t First = Table->Count;
    for (int i = 0; i < 4; i++)
        PtAddPartition(&Fake->Disk, Table);
    if (Sectors)
        FakeSet(Table, First, 7, Start, Sectors);
    if (Link)
        FakeSet(Table, First + 1, PT_MBR_TYPE_EXTENDED, Link, LinkSectors);
}

static bool FakeSamePartition(const PT_PARTITION *First, const PT_PARTITION *Second)
{
    return First->Start == Second->Start && First->Sectors == Second->Sectors &&
           First->MbrType == Second->MbrType && First->Boot == Second->Boot &&
           memcmp(&First->Type, &Second->Type, sizeof(PT_GUID)) == 0 &&
           memcmp(&First->Id, &Second->Id, sizeof(PT_GUID)) == 0 &&
           First->Attributes == Second->Attributes &&
           memcmp(First->Name, Second->Name, sizeof(First->Name)) == 0;
}

// GPT entries may stand in another order.
static bool FakeContains(const PT_TABLE *Table, const PT_PARTITION *Partition)
{
    for (uint32_t i = 0; i < Table->Count; i++) {
        if (FakeSamePartition(&Table->Partitions[i], Partition))
            return true;
    }
    return false;
}

bool FakeSameTable(const PT_TABLE *First, const PT_TABLE *Second)
{
    if (First->Style != Second->Style || First->Count != Second->Count ||
        First->Signature != Second->Signature ||
        memcmp(&First->DiskId, &Second->DiskId, sizeof(PT_GUID)) != 0)
        return false;
    for (uint32_t i = 0; i < First->Count; i++) {
        if (!FakeContains(Second, &First->Partitions[i]))
            return false;
    }
    return true;
}
