// Any disk: its table is refused, or it can be written to another disk and is the same there. Checksums are made
// good, so that what they protect is looked at, too.
#include "fakedisk.h"

enum { Sectors = 300 };

static void FixCrc(FAKE_DISK *Fake, uint64_t Sector)
{
    uint8_t *Header = FakeSector(Fake, Sector);
    uint64_t Array;
    uint32_t Count, Size, Crc;
    if (memcmp(Header, "EFI PART", 8) != 0)
        return;
    memcpy(&Array, Header + 72, 8);
    memcpy(&Count, Header + 80, 4);
    memcpy(&Size, Header + 84, 4);
    uint64_t Bytes = (uint64_t)Count * Size;
    if (Array < Sectors && Bytes <= (Sectors - Array) * 512) {
        Crc = PtCrc32(FakeSector(Fake, Array), (uint32_t)Bytes);
        memcpy(Header + 88, &Crc, 4);
    }
    memset(Header + 16, 0, 4);
    memcpy(&Size, Header + 12, 4);
    Crc = PtCrc32(Header, Size <= 512 ? Size : 512);
    memcpy(Header + 16, &Crc, 4);
}

// The input is pieces: where (sector and offset in it), length, bytes.
static void Fill(FAKE_DISK *Fake, const uint8_t *Data, size_t Size)
{
    while (Size > 4) {
        size_t Place = (size_t)(Data[0] | Data[1] << 8) % Sectors * 512 + 2 * (size_t)Data[2];
        size_t Length = Data[3];
        Data += 4;
        Size -= 4;
        Length = Length > Size ? Size : Length;
        Length = Length > (size_t)Sectors * 512 - Place ? (size_t)Sectors * 512 - Place : Length;
        memcpy(Fake->Bytes + Place, Data, Length);
        Data += Length;
        Size -= Length;
    }
}

static void CheckAgain(FAKE_DISK *Fake, PT_TABLE *Table)
{
    FAKE_DISK Other;
    PT_TABLE Raw = {.Style = PtStyleRaw}, Found, Copy;
    FakeInit(&Other, Sectors, 512);
    if (PtCopyTable(&Other.Disk, Table, &Copy) == PtDone) {
        if (PtWriteTable(&Other.Disk, &Raw, &Copy) == PtDone) {
            if (PtReadTable(&Other.Disk, &Found) != PtDone || !FakeSameTable(&Found, Table))
                abort();
            PtFreeTable(&Other.Disk, &Found);
        } else if (Table->Style == PtStyleMbr) {
            abort(); // whatever is read can be written
        }
        PtFreeTable(&Other.Disk, &Copy);
    }
    PtFreeTable(&Fake->Disk, Table);
    FakeFree(&Other);
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size)
{
    FAKE_DISK Fake;
    PT_TABLE Table, Old = {.Style = PtStyleRaw};
    FakeInit(&Fake, Sectors, 512);
    if (Size && (Data[0] & 1)) { // from a good GPT on
        PT_TABLE Gpt = FakeGpt(&Fake, 1);
        FakeAdd(&Fake, &Gpt, 2, 64, 100);
        (void)PtWriteTable(&Fake.Disk, &Old, &Gpt);
        PtFreeTable(&Fake.Disk, &Gpt);
    } else { // or an MBR
        PT_TABLE Mbr = FakeMbr(&Fake, 1);
        FakeSet(&Mbr, 0, PT_MBR_TYPE_EXTENDED, 10, 200);
        FakeAddLogical(&Fake, &Mbr, 12, 20, 50, 30);
        FakeAddLogical(&Fake, &Mbr, 52, 20, 0, 0);
        (void)PtWriteTable(&Fake.Disk, &Old, &Mbr);
        PtFreeTable(&Fake.Disk, &Mbr);
    }
    Fake.Disk.Removable = Size && (Data[0] & 2);
    if (Size)
        Fill(&Fake, Data + 1, Size - 1);
    FixCrc(&Fake, 1);
    FixCrc(&Fake, Sectors - 1);
    PT_RESULT Result = PtReadTable(&Fake.Disk, &Table);
    if (Result == PtRefused && (Table.Problem == PtNoProblem || Table.Count))
        abort();
    if (Result == PtDone)
        CheckAgain(&Fake, &Table);
    else
        PtFreeTable(&Fake.Disk, &Table);
    FakeFree(&Fake);
    return 0;
}
