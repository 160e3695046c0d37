// The layout of a new volume (FAT specification, chapter 3), with Windows' default cluster sizes.
#include "fatutil.h"

// The numbers of clusters tell what a volume is; they keep away from the borders, where drivers have been known to
// count differently.
enum { FmtMargin = 16, FmtFirst16 = 4085, FmtFirst32 = 65525 };

typedef struct _FMT_DEFAULT {
    uint64_t Bytes; // up to here
    uint32_t ClusterSize;
} FMT_DEFAULT;

constexpr uint64_t MiB = 1 << 20, GiB = 1 << 30;

static const FMT_DEFAULT Defaults16[] = {
    {32 * MiB, 512}, {64 * MiB, 1024}, {128 * MiB, 2048}, {256 * MiB, 4096},   {512 * MiB, 8192},
    {GiB, 16384},    {2 * GiB, 32768}, {4 * GiB, 65536},  {UINT64_MAX, 65536},
};
static const FMT_DEFAULT Defaults32[] = {
    {64 * MiB, 512},  {128 * MiB, 1024}, {256 * MiB, 2048},   {8 * GiB, 4096},
    {16 * GiB, 8192}, {32 * GiB, 16384}, {UINT64_MAX, 32768},
};

typedef struct _FMT_FLOPPY {
    uint32_t Sectors, ClusterSectors, RootSlots, SectorsPerTrack, Heads;
    uint8_t Media;
} FMT_FLOPPY;

static const FMT_FLOPPY Floppies[] = {
    {320, 1, 64, 8, 1, 0xFE},    {360, 1, 64, 9, 1, 0xFC},    {640, 2, 112, 8, 2, 0xFF},
    {720, 2, 112, 9, 2, 0xFD},   {1440, 2, 112, 9, 2, 0xF9},  {2400, 1, 224, 15, 2, 0xF9},
    {2880, 1, 224, 18, 2, 0xF0}, {5760, 2, 240, 36, 2, 0xF0},
};

static bool FmtIsPower(uint32_t Value)
{
    return Value && !(Value & (Value - 1));
}

static uint32_t FmtDefaultCluster(uint32_t Bits, uint64_t Bytes, uint32_t SectorSize)
{
    const FMT_DEFAULT *Default = Bits == 32 ? Defaults32 : Defaults16;
    while (Bytes > Default->Bytes)
        Default++;
    return Default->ClusterSize > SectorSize ? Default->ClusterSize : SectorSize;
}

// What is left for clusters with a FAT of that many sectors. The data area begins at a multiple of Align sectors.
static uint32_t FmtPlace(FMT_LAYOUT *Layout, uint32_t LeastReserved, uint32_t Align,
                         uint32_t FatSectors)
{
    uint32_t RootBytes = Layout->RootSlots * FAT_SLOT_BYTES;
    uint64_t Start = LeastReserved + (uint64_t)Layout->Fats * FatSectors +
                     (RootBytes + Layout->SectorSize - 1) / Layout->SectorSize;
    uint32_t Fill = (uint32_t)((Align - Start % Align) % Align);
    Start += Fill;
    Layout->Reserved = LeastReserved + Fill;
    Layout->FatSectors = FatSectors;
    Layout->Clusters = Start < Layout->TotalSectors
                           ? (uint32_t)(Layout->TotalSectors - Start) / Layout->ClusterSectors
                           : 0;
    return Layout->Clusters;
}

static bool FmtFatSuffices(FMT_LAYOUT *Layout, uint32_t LeastReserved, uint32_t Align,
                           uint32_t FatSectors)
{
    uint64_t Clusters = FmtPlace(Layout, LeastReserved, Align, FatSectors);
    return (Clusters + 2) * Layout->Bits <= (uint64_t)FatSectors * Layout->SectorSize * 8;
}

// A larger FAT leaves room for fewer clusters, which need a smaller FAT: the smallest one that suffices is taken.
static void FmtMeasure(FMT_LAYOUT *Layout, uint32_t LeastReserved, uint32_t Align)
{
    uint32_t Low = 1;
    uint64_t Most = (uint64_t)Layout->TotalSectors / Layout->ClusterSectors + 2;
    uint32_t High = (uint32_t)(Most * Layout->Bits / 8 / Layout->SectorSize + 1);
    while (Low < High) {
        uint32_t Middle = Low + (High - Low) / 2;
        if (FmtFatSuffices(Layout, LeastReserved, Align, Middle))
            High = Middle;
        else
            Low = Middle + 1;
    }
    while (!FmtFatSuffices(Layout, LeastReserved, Align, Low))
        Low++; // moving the data area can have taken a cluster away from the search
}

static FMT_REFUSAL FmtJudge(const FMT_LAYOUT *Layout)
{
    static const struct {
        uint32_t Bits, Least, Most;
    } Limits[] = {
        {12, 1, FmtFirst16 - FmtMargin},
        {16, FmtFirst16 + FmtMargin, FmtFirst32 - FmtMargin},
        {32, FmtFirst32 + FmtMargin, 0x0FFFFFF5},
    };
    for (size_t i = 0; i < sizeof(Limits) / sizeof(Limits[0]); i++) {
        if (Limits[i].Bits != Layout->Bits)
            continue;
        if (Layout->Clusters < Limits[i].Least)
            return FmtTooSmall;
        return Layout->Clusters > Limits[i].Most ? FmtTooLarge : FmtGood;
    }
    return FmtBadCluster;
}

// Clusters begin at multiples of their size, and of 4 KiB, where that costs next to nothing.
static uint32_t FmtAlignment(const FMT_LAYOUT *Layout)
{
    uint32_t Page = 4096 / Layout->SectorSize;
    uint32_t Align = Layout->ClusterSectors > Page ? Layout->ClusterSectors : Page;
    return Align && Layout->TotalSectors / Align > 1024 ? Align : 1;
}

static FMT_REFUSAL FmtTry(FMT_LAYOUT *Layout, uint32_t Bits, uint32_t ClusterSize)
{
    uint32_t ClusterSectors = ClusterSize / Layout->SectorSize;
    if (!FmtIsPower(ClusterSize) || !ClusterSectors || ClusterSectors > 128 ||
        ClusterSize > 256 * 1024)
        return FmtBadCluster;
    Layout->Bits = Bits;
    Layout->ClusterSectors = ClusterSectors;
    Layout->RootSlots = Bits == 32 ? 0 : 512;
    FmtMeasure(Layout, Bits == 32 ? 32 : 1, FmtAlignment(Layout));
    FMT_REFUSAL Refusal = FmtJudge(Layout);
    if (Refusal == FmtGood && Bits != 32 && Layout->FatSectors > 0xFFFF)
        Refusal = FmtTooLarge;
    return Refusal;
}

// The default size, or the next one by which the number of clusters fits.
static FMT_REFUSAL FmtTrySizes(FMT_LAYOUT *Layout, uint32_t Bits, uint32_t ClusterSize,
                               uint64_t Bytes)
{
    if (ClusterSize)
        return FmtTry(Layout, Bits, ClusterSize);
    ClusterSize = FmtDefaultCluster(Bits, Bytes, Layout->SectorSize);
    FMT_REFUSAL Refusal = FmtTry(Layout, Bits, ClusterSize), Now = Refusal;
    while (Now == FmtTooLarge && Refusal == Now && (ClusterSize *= 2) <= 65536)
        Now = FmtTry(Layout, Bits, ClusterSize);
    while (Now == FmtTooSmall && Refusal == Now && (ClusterSize /= 2) >= Layout->SectorSize)
        Now = FmtTry(Layout, Bits, ClusterSize);
    return Now == FmtGood ? Now : Refusal;
}

static FMT_REFUSAL FmtTryKinds(FMT_LAYOUT *Layout, const FMT_WISH *Wish, uint64_t Bytes)
{
    static const uint32_t Small[] = {16, 12, 0}, Middling[] = {16, 12, 32, 0},
                          Large[] = {32, 16, 12, 0};
    if (Wish->Bits)
        return FmtTrySizes(Layout, Wish->Bits, Wish->ClusterSize, Bytes);
    const uint32_t *Kinds = Wish->OnlySmall ? Small : Bytes < 512 * MiB ? Middling : Large;
    FMT_REFUSAL First = FmtTrySizes(Layout, *Kinds, Wish->ClusterSize, Bytes), Refusal = First;
    while (Refusal != FmtGood && *++Kinds)
        Refusal = FmtTrySizes(Layout, *Kinds, Wish->ClusterSize, Bytes);
    return Refusal == FmtGood ? Refusal : First;
}

static bool FmtPlanFloppy(const FMT_WISH *Wish, FMT_LAYOUT *Layout)
{
    if (Layout->SectorSize != 512 || Wish->ClusterSize || (Wish->Bits && Wish->Bits != 12))
        return false;
    for (size_t i = 0; i < sizeof(Floppies) / sizeof(Floppies[0]); i++) {
        const FMT_FLOPPY *Floppy = &Floppies[i];
        if (Floppy->Sectors != Layout->TotalSectors)
            continue;
        Layout->Bits = 12;
        Layout->ClusterSectors = Floppy->ClusterSectors;
        Layout->RootSlots = Floppy->RootSlots;
        Layout->SectorsPerTrack = Floppy->SectorsPerTrack;
        Layout->Heads = Floppy->Heads;
        Layout->Media = Floppy->Media;
        Layout->Drive = 0;
        FmtMeasure(Layout, 1, 1);
        return true;
    }
    return false;
}

FMT_REFUSAL FmtPlan(const FMT_WISH *Wish, uint32_t SectorSize, uint64_t Bytes, FMT_LAYOUT *Layout)
{
    if (!FmtIsPower(SectorSize) || SectorSize < 512 || SectorSize > 4096)
        return FmtBadSector;
    uint64_t Sectors = Bytes / SectorSize;
    *Layout = (FMT_LAYOUT){
        .SectorSize = SectorSize,
        .Fats = 2,
        .TotalSectors = Sectors > UINT32_MAX ? UINT32_MAX : (uint32_t)Sectors,
        .HiddenSectors = Wish->HiddenSectors,
        .SectorsPerTrack = Wish->SectorsPerTrack ? Wish->SectorsPerTrack : 63,
        .Heads = Wish->Heads ? Wish->Heads : 255,
        .Media = 0xF8,
        .Drive = 0x80,
    };
    if (FmtPlanFloppy(Wish, Layout))
        return FmtGood;
    return FmtTryKinds(Layout, Wish, Bytes);
}
