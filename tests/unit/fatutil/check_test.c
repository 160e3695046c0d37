// Damaged volumes: after a repair fsck.vfat finds nothing, and what was not hit has all its bytes.
#include "damage.h"

#include <cmocka.h>

typedef struct _FORM {
    uint64_t Bytes;
    uint32_t SectorSize;
    const char *Options;
} FORM;

static const FORM Forms[] = {
    {1 << 20, 512, "-F 12 -s 1"}, {4 << 20, 512, "-F 12 -s 8"}, {8 << 20, 4096, "-F 12 -s 1"},
    {4 << 20, 512, "-F 16 -s 1"}, {2 << 20, 512, "-F 32 -s 1"}, {34 << 20, 512, "-F 32 -s 1"},
};

static char Told[20000];

static void Tell(void *Context, CHK_PROBLEM Problem, const uint16_t *Path, uint32_t Length,
                 uint32_t Number)
{
    (void)Context;
    size_t Used = strlen(Told);
    snprintf(Told + Used, sizeof(Told) - Used, "%d %s %x\n", (int)Problem, Utf8(Path, Length),
             Number);
}

static FAT_RESULT Check(IMAGE *Image, bool Fix, CHK_ORDER *Order)
{
    *Order = (CHK_ORDER){.Store = &Image->Store, .Fix = Fix, .Tell = Tell, .Now = {.Date = 0x5A21}};
    Told[0] = 0;
    return ChkRun(Order);
}

static void CheckClean(IMAGE *Image, bool Fix)
{
    CHK_ORDER Order;
    assert_done(Check(Image, Fix, &Order));
    if (Order.Problems || Order.Written)
        fail_msg("%s", Told);
}

static uint32_t CountFree(IMAGE *Image)
{
    FAT_VOLUME *Volume = ImageMount(Image);
    uint32_t Free = Volume->FreeClusters;
    FatUnmount(Volume);
    return Free;
}

static void test_clean(void **State)
{
    (void)State;
    for (size_t i = 0; i < sizeof(Forms) / sizeof(Forms[0]); i++) {
        static DAMAGED Damaged;
        CHK_ORDER Order;
        DamageMake(&Damaged, Forms[i].Bytes, Forms[i].SectorSize, Forms[i].Options,
                   (uint32_t)i + 1);
        CheckClean(&Damaged.Image, true);
        assert_done(Check(&Damaged.Image, false, &Order));
        uint32_t Files = 0, Directories = 0;
        for (int Node = 1; Node < TREE_NODES; Node++) {
            Files += Damaged.Tree.Nodes[Node].Used && !Damaged.Tree.Nodes[Node].Directory;
            Directories += Damaged.Tree.Nodes[Node].Used && Damaged.Tree.Nodes[Node].Directory;
        }
        assert_int_equal(Order.Totals.Files, Files);
        assert_int_equal(Order.Totals.Directories, Directories);
        assert_int_equal(Order.Totals.FreeClusters, CountFree(&Damaged.Image));
        DamageFree(&Damaged);
    }
}

static void Repair(DAMAGED *Damaged, const char *What)
{
    CHK_ORDER Order;
    int Status;
    uint8_t *Before = malloc(Damaged->Image.Store.Bytes);
    memcpy(Before, Damaged->Image.Bytes, Damaged->Image.Store.Bytes);
    assert_done(Check(&Damaged->Image, false, &Order));
    assert_false(Order.Written);
    assert_memory_equal(Before, Damaged->Image.Bytes, Damaged->Image.Store.Bytes);
    free(Before);
    if (Check(&Damaged->Image, true, &Order) != FatDone)
        fail_msg("%s: no repair\n%s%s", What, Damaged->Log, Told);
    char *First = strdup(Told);
    ImageSave(&Damaged->Image);
    const char *Text = ImageRun(&Damaged->Image, "fsck.vfat -n %s", &Status);
    if (Status)
        fail_msg("%s\n%s%s\n%s", What, Damaged->Log, First, Text);
    assert_done(Check(&Damaged->Image, true, &Order));
    if (Order.Problems)
        fail_msg("%s: twice\n%s%s\n%s", What, Damaged->Log, First, Told);
    FAT_VOLUME *Volume = ImageMount(&Damaged->Image);
    for (int i = 1; i < TREE_NODES; i++) {
        const char *Problem = Damaged->Tree.Nodes[i].Used && !Damaged->Victim[i]
                                  ? TreeHas(&Damaged->Tree, Volume, i)
                                  : nullptr;
        if (Problem)
            fail_msg("%s\n%s%s\n%s: %s", What, Damaged->Log, First,
                     Utf8(Damaged->Tree.Nodes[i].Name, Damaged->Tree.Nodes[i].NameLength), Problem);
    }
    FatUnmount(Volume);
    free(First);
}

static void Run(uint32_t Form, uint32_t Kind, uint32_t Seed, uint32_t Times)
{
    static DAMAGED Damaged;
    char What[100];
    snprintf(What, sizeof(What), "form %u kind %u seed %u", Form, Kind, Seed);
    DamageMake(&Damaged, Forms[Form].Bytes, Forms[Form].SectorSize, Forms[Form].Options, Seed);
    for (uint32_t i = 0; i < Times; i++)
        DamageDo(&Damaged, Kind < DamageKinds ? Kind : TreeRandom(&Damaged.Tree, DamageKinds));
    Repair(&Damaged, What);
    DamageFree(&Damaged);
}

static uint32_t Rounds(void)
{
    const char *Text = getenv("FATUTIL_ROUNDS");
    return Text ? (uint32_t)atoi(Text) : 1;
}

static void test_kinds(void **State)
{
    (void)State;
    for (uint32_t Round = 0; Round < 3 * Rounds(); Round++) {
        for (uint32_t Kind = 0; Kind < DamageKinds; Kind++)
            Run((Round + Kind) % (sizeof(Forms) / sizeof(Forms[0]) - 1), Kind, 100 + Round, 1);
    }
}

static void test_together(void **State)
{
    (void)State;
    for (uint32_t Round = 0; Round < 20 * Rounds(); Round++)
        Run(Round % (sizeof(Forms) / sizeof(Forms[0]) - (Round % 10 != 0)), DamageKinds,
            1000 + Round, 1 + Round % 8);
}

// ---- What a power cut leaves of an entry of a FAT12 that lies in two sectors: behind the last cluster, where a chain ends

static uint32_t LastCluster(FAT_VOLUME *Volume, const TREE *Tree, int Node)
{
    FAT_DIRECTORY *Root;
    FAT_ENTRY Entry;
    FAT_RUN Run;
    uint32_t Count;
    assert_done(FatOpenDirectory(Volume, 0, &Root));
    assert_done(FatFind(Root, Tree->Nodes[Node].Name, Tree->Nodes[Node].NameLength, &Entry));
    FatCloseDirectory(Root);
    FAT_CHAIN Chain = {.FirstCluster = Entry.FirstCluster};
    assert_done(FatCountClusters(Volume, &Chain, &Count));
    assert_done(FatLookup(Volume, &Chain, Count - 1, &Run));
    FatForgetChain(Volume, &Chain);
    return Run.Cluster;
}

static void PutHalf(IMAGE *Image, const FAT_GEOMETRY *Geometry, uint32_t Cluster)
{
    for (uint32_t i = 0; i < Geometry->Fats; i++) {
        uint8_t *Place =
            Image->Bytes + Geometry->FatOffset + i * Geometry->FatBytes + Cluster * 3 / 2;
        uint32_t Odd = 0xFF0 | (Cluster & 5), Even = 0xF00 | (Cluster & 0x77);
        uint32_t Raw = FatGet16(Place);
        FatPut16(Place, Cluster & 1 ? (Raw & 0x000F) | Odd << 4 : (Raw & 0xF000) | Even);
    }
}

static uint32_t Half(uint32_t Seed)
{
    static DAMAGED Damaged;
    CHK_ORDER Order;
    uint32_t Halves = 0;
    DamageMake(&Damaged, 1 << 20, 512, "-F 12 -s 1", Seed);
    FAT_VOLUME *Volume = ImageMount(&Damaged.Image);
    FAT_GEOMETRY Geometry = Volume->Geometry;
    for (int i = 1; i < TREE_NODES; i++) {
        const NODE *Node = &Damaged.Tree.Nodes[i];
        if (!Node->Used || Node->Directory || Node->Parent || !Node->Size)
            continue;
        PutHalf(&Damaged.Image, &Geometry, LastCluster(Volume, &Damaged.Tree, i));
        Halves++;
    }
    FatUnmount(Volume);
    Volume = ImageMount(&Damaged.Image);
    TreeCompare(&Damaged.Tree, Volume); // nothing is lost
    FatUnmount(Volume);
    assert_done(Check(&Damaged.Image, false, &Order));
    assert_int_equal(Order.Problems, Halves);
    Repair(&Damaged, "half an entry");
    DamageFree(&Damaged);
    return Halves;
}

static void test_half(void **State)
{
    (void)State;
    uint32_t Halves = 0;
    for (uint32_t Seed = 77; Seed < 82; Seed++)
        Halves += Half(Seed);
    assert_true(Halves > 3);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_half),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
