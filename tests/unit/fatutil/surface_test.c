// Sectors that cannot be read: afterwards nothing leads to their clusters, fsck.vfat finds nothing, and what had other
// clusters has all its bytes.
#include "damage.h"

#include <cmocka.h>

enum { MostBad = 24 };

static DAMAGED Damaged;
static bool (*PlainRead)(void *Context, uint64_t Offset, uint32_t Length, void *Buffer);
static uint64_t Bad[MostBad]; // offsets of sectors
static uint32_t BadCount;
static uint32_t LastPercent, Stages;
static char Told[20000];

static bool BadRead(void *Context, uint64_t Offset, uint32_t Length, void *Buffer)
{
    for (uint32_t i = 0; i < BadCount; i++) {
        if (Bad[i] >= Offset && Bad[i] < Offset + Length)
            return false;
    }
    return PlainRead(Context, Offset, Length, Buffer);
}

static void Tell(void *Context, CHK_PROBLEM Problem, const uint16_t *Path, uint32_t Length,
                 uint32_t Number)
{
    (void)Context;
    size_t Used = strlen(Told);
    snprintf(Told + Used, sizeof(Told) - Used, "%d %s %x\n", (int)Problem, Utf8(Path, Length),
             Number);
}

static void Progress(void *Context, uint32_t Percent)
{
    (void)Context;
    assert_true(Percent >= LastPercent && Percent <= 100);
    LastPercent = Percent;
}

static void Stage(void *Context, uint32_t Number)
{
    (void)Context;
    assert_int_equal(Number, ++Stages);
}

static FAT_RESULT Check(CHK_ORDER *Order)
{
    *Order = (CHK_ORDER){.Store = &Damaged.Image.Store,
                         .Fix = true,
                         .Surface = true,
                         .Tell = Tell,
                         .Progress = Progress,
                         .Stage = Stage,
                         .Now = {.Date = 0x5A21}};
    Told[0] = 0;
    LastPercent = Stages = 0;
    return ChkRun(Order);
}

static bool IsBadCluster(const FAT_GEOMETRY *Geometry, uint32_t Cluster)
{
    uint64_t Begin = FatClusterOffset(Geometry, Cluster);
    for (uint32_t i = 0; i < BadCount; i++) {
        if (Bad[i] >= Begin && Bad[i] < Begin + Geometry->ClusterSize)
            return true;
    }
    return false;
}

// Whether a chain has one of them.
static bool IsHit(uint32_t FirstCluster)
{
    FAT_CHAIN Chain = {.FirstCluster = FirstCluster};
    uint32_t Count;
    bool Hit = false;
    assert_done(FatCountClusters(Damaged.Volume, &Chain, &Count));
    for (uint32_t i = 0; i < Count; i++) {
        FAT_RUN Run;
        assert_done(FatLookup(Damaged.Volume, &Chain, i, &Run));
        Hit |= IsBadCluster(&Damaged.Volume->Geometry, Run.Cluster);
    }
    FatForgetChain(Damaged.Volume, &Chain);
    return Hit;
}

// Marks what is hit, with all that is below it.
static void FindVictims(FAT_DIRECTORY *Directory, int Node, bool Above)
{
    for (int i = 1; i < TREE_NODES; i++) {
        const NODE *Child = &Damaged.Tree.Nodes[i];
        FAT_ENTRY Entry;
        FAT_DIRECTORY *Below;
        if (!Child->Used || Child->Parent != Node)
            continue;
        assert_done(FatFind(Directory, Child->Name, Child->NameLength, &Entry));
        Damaged.Victim[i] = Above || (Entry.FirstCluster && IsHit(Entry.FirstCluster));
        if (!Child->Directory)
            continue;
        assert_done(FatOpenDirectory(Damaged.Volume, Entry.FirstCluster, &Below));
        FindVictims(Below, i, Damaged.Victim[i]);
        FatCloseDirectory(Below);
    }
}

static void Break(uint32_t Count, uint32_t SectorSize)
{
    const FAT_GEOMETRY *Geometry = &Damaged.Volume->Geometry;
    BadCount = 0;
    for (uint32_t i = 0; i < Count; i++) {
        uint32_t Cluster = 2 + TreeRandom(&Damaged.Tree, Geometry->Clusters);
        // Rather where something is.
        for (int Tries = 0; Tries < 1000 && i % 4 && !FatClusterInUse(Damaged.Volume, Cluster);
             Tries++)
            Cluster = 2 + TreeRandom(&Damaged.Tree, Geometry->Clusters);
        if (Cluster == Geometry->RootCluster && Geometry->Bits == 32)
            continue;
        Bad[BadCount++] =
            FatClusterOffset(Geometry, Cluster) +
            TreeRandom(&Damaged.Tree, Geometry->ClusterSize / SectorSize) * SectorSize;
    }
    bool RootHit = Geometry->Bits == 32 && IsHit(Geometry->RootCluster);
    FindVictims(Damaged.Volume->Root, 0, RootHit);
}

static void Verify(const char *What)
{
    int Status;
    CHK_ORDER Order;
    if (Check(&Order) != FatDone)
        fail_msg("%s: no repair\n%s", What, Told);
    assert_int_equal(LastPercent, 100);
    assert_int_equal(Stages, 5);
    char *First = strdup(Told);
    assert_true(Order.Problems > 0);
    assert_done(Check(&Order));
    if (Order.Problems)
        fail_msg("%s: twice\n%s%s", What, First, Told);
    ImageSave(&Damaged.Image);
    const char *Text = ImageRun(&Damaged.Image, "fsck.vfat -n %s", &Status);
    if (Status)
        fail_msg("%s\n%s\n%s", What, First, Text);
    // The driver's core reads whole blocks, of which clusters may be parts.
    Damaged.Image.Store.Read = PlainRead;
    FAT_VOLUME *Volume = ImageMount(&Damaged.Image);
    for (uint32_t i = 2; i < Volume->Geometry.Clusters + 2; i++) {
        uint32_t Next;
        assert_done(FatGetEntry(Volume, i, &Next));
        if (IsBadCluster(&Volume->Geometry, i) != (Next == 1))
            fail_msg("%s: cluster %x leads to %x\n%s", What, i, Next, First);
    }
    for (int i = 1; i < TREE_NODES; i++) {
        const NODE *Node = &Damaged.Tree.Nodes[i];
        const char *Problem =
            Node->Used && !Damaged.Victim[i] ? TreeHas(&Damaged.Tree, Volume, i) : nullptr;
        if (Problem)
            fail_msg("%s\n%s\n%s: %s", What, First, Utf8(Node->Name, Node->NameLength), Problem);
    }
    FatUnmount(Volume);
    free(First);
}

static void test_bad_sectors(void **State)
{
    static const struct {
        uint64_t Bytes;
        uint32_t SectorSize;
        const char *Options;
    } Forms[] = {
        {4 << 20, 512, "-F 12 -s 8"},  {8 << 20, 4096, "-F 12 -s 1"},  {4 << 20, 512, "-F 16 -s 1"},
        {34 << 20, 512, "-F 32 -s 1"}, {140 << 20, 512, "-F 32 -s 4"},
    };
    (void)State;
    const char *Text = getenv("FATUTIL_ROUNDS");
    uint32_t Rounds = Text ? (uint32_t)atoi(Text) : 4;
    for (uint32_t Round = 0; Round < Rounds; Round++) {
        for (uint32_t i = 0; i < sizeof(Forms) / sizeof(Forms[0]); i++) {
            char What[80];
            snprintf(What, sizeof(What), "form %u round %u", i, Round);
            DamageMake(&Damaged, Forms[i].Bytes, Forms[i].SectorSize, Forms[i].Options,
                       1000 * Round + i + 1);
            PlainRead = Damaged.Image.Store.Read;
            Break(1 + Round * 5 % MostBad, Forms[i].SectorSize);
            Damaged.Image.Store.Read = BadRead;
            Verify(What);
            BadCount = 0;
            DamageFree(&Damaged);
        }
    }
}

// The root's first cluster gets another place, which the boot sector knows.
static void test_bad_root(void **State)
{
    (void)State;
    DamageMake(&Damaged, 34 << 20, 512, "-F 32 -s 2", 7);
    PlainRead = Damaged.Image.Store.Read;
    Bad[0] = FatClusterOffset(&Damaged.Volume->Geometry, Damaged.Volume->Geometry.RootCluster);
    BadCount = 1;
    uint32_t Old = Damaged.Volume->Geometry.RootCluster;
    memset(Damaged.Victim, 1, sizeof(Damaged.Victim));
    Damaged.Image.Store.Read = BadRead;
    Verify("root");
    FAT_VOLUME *Volume = ImageMount(&Damaged.Image);
    assert_int_not_equal(Volume->Geometry.RootCluster, Old);
    FatUnmount(Volume);
    BadCount = 0;
    DamageFree(&Damaged);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_bad_sectors),
        cmocka_unit_test(test_bad_root),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
