// Any medium: it is no volume, or after one repair there is nothing left to repair, and the driver's core takes it.
#include "fatutil.h"
#include "fuzzstore.h"

#include <stdio.h>
#include <stdlib.h>

enum { Bytes = 160 * 512 };

static uint8_t Medium[Bytes];
static FUZZ_MEDIUM Whole = {Medium, Bytes};
static const FAT_STORE Store = FUZZ_STORE(Whole, Bytes);

static bool NoSpace;

static void Tell(void *Context, CHK_PROBLEM Problem, const uint16_t *Path, uint32_t Length,
                 uint32_t Number)
{
    (void)Context, (void)Path, (void)Length;
    NoSpace |= Problem == ChkNoSpace;
    if (getenv("FATUTIL_TELL"))
        fprintf(stderr, "%d %x\n", (int)Problem, Number);
}

// A good volume: a directory with a file that has a long name, and another file.
static void Make(uint32_t Bits)
{
    FMT_ORDER Order = {.Store = &Store, .Label = "FUZZ       ", .Quick = true};
    FMT_LAYOUT *Layout = &Order.Layout;
    *Layout = (FMT_LAYOUT){.Bits = Bits,
                           .SectorSize = 512,
                           .ClusterSectors = 1,
                           .Reserved = Bits == 32 ? 9 : 1,
                           .Fats = 2,
                           .FatSectors = Bits == 32 ? 2 : 1,
                           .RootSlots = Bits == 32 ? 0 : 16,
                           .TotalSectors = 140,
                           .Clusters = Bits == 32 ? 127 : 136,
                           .Media = 0xF8};
    memset(Medium, 0, sizeof(Medium));
    FAT_VOLUME *Volume;
    FAT_DIRECTORY *Child;
    FAT_ENTRY Directory = {.Name = {'D'}, .NameLength = 1};
    FAT_ENTRY File = {
        .Name = {'L', 'o', 'n', 'g', ' ', 'n', 'a', 'm', 'e', '.', 't', 'e', 'x', 't'},
        .NameLength = 14};
    FAT_CHAIN Chain = {};
    if (FmtWrite(&Order) != FatDone || FatMount(&Store, false, &Volume) != FatDone ||
        FatAddDirectory(Volume->Root, &Directory) != FatDone ||
        FatOpenDirectory(Volume, Directory.FirstCluster, &Child) != FatDone ||
        FatExtend(Volume, &Chain, 3) != FatDone)
        abort();
    File.FirstCluster = Chain.FirstCluster;
    File.Size = 1500;
    if (FatAdd(Child, &File) != FatDone || FatMarkClean(Volume) != FatDone)
        abort();
    FatForgetChain(Volume, &Chain);
    FatCloseDirectory(Child);
    FatUnmount(Volume);
}

// Pieces: where (two bytes), length, bytes.
static void Damage(const uint8_t *Data, size_t Size)
{
    while (Size > 3) {
        size_t Place = (size_t)(Data[0] | Data[1] << 8) % Bytes, Length = Data[2];
        Data += 3;
        Size -= 3;
        Length = Length > Size ? Size : Length;
        Length = Length > Bytes - Place ? Bytes - Place : Length;
        memcpy(Medium + Place, Data, Length);
        Data += Length;
        Size -= Length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size)
{
    CHK_ORDER Order = {.Store = &Store, .Fix = true, .Tell = Tell};
    FAT_VOLUME *Volume;
    if (!Size)
        return 0;
    static uint8_t Good[2][Bytes];
    uint32_t Kind = Data[0] & 1;
    if (!Good[Kind][0]) {
        Make(Kind ? 32 : 12);
        memcpy(Good[Kind], Medium, Bytes);
    }
    memcpy(Medium, Good[Kind], Bytes);
    Damage(Data + 1, Size - 1);
    NoSpace = false;
    if (ChkRun(&Order) != FatDone || NoSpace)
        return 0;
    if (FatMount(&Store, false, &Volume) != FatDone)
        abort();
    FatUnmount(Volume);
    Order.Fix = false;
    if (getenv("FATUTIL_TELL"))
        fputs("again\n", stderr);
    if (ChkRun(&Order) != FatDone || Order.Problems)
        abort();
    return 0;
}
