// Random operations: the volume holds what the tree in memory does, in our eyes and in those of fsck.vfat.
#include "tree.h"

#include <cmocka.h>

static void Run(uint32_t Megabytes, uint32_t SectorSize, const char *Options, uint32_t Seed)
{
    static TREE Tree;
    IMAGE Image;
    ImageMake(&Image, (uint64_t)Megabytes << 20, SectorSize, Options);
    FAT_VOLUME *Volume = ImageMount(&Image);
    TreeInit(&Tree, &Image, Volume, Seed);
    for (int Round = 0; Round < 4; Round++) {
        for (int i = 0; i < 500; i++) {
            TreeStep(&Tree);
            if (TreeRandom(&Tree, 20) == 0)
                assert_done(FatCommit(Tree.Volume));
            if (TreeRandom(&Tree, 10) == 0)
                assert_done(FatFlush(Tree.Volume));
        }
        TreeCompare(&Tree, Tree.Volume);
        ImageUnmount(Tree.Volume);
        ImageCheck(&Image);
        Tree.Volume = ImageMount(&Image);
        TreeCompare(&Tree, Tree.Volume);
        uint32_t Used = 0;
        for (uint32_t i = 2; i < Tree.Volume->Geometry.Clusters + 2; i++)
            Used += FatClusterInUse(Tree.Volume, i);
        assert_int_equal(Tree.Volume->Geometry.Clusters - Used, Tree.Volume->FreeClusters);
    }
    ImageUnmount(Tree.Volume);
    ImageFree(&Image);
}

static void test_fat12(void **State)
{
    (void)State;
    Run(1, 512, "-F 12 -s 1", 1);
    Run(4, 512, "-F 12 -s 8", 2);
    Run(8, 4096, "-F 12 -s 1", 3);
}

static void test_fat16(void **State)
{
    (void)State;
    Run(4, 512, "-F 16 -s 1", 4);
    Run(64, 512, "-F 16 -s 16", 5);
    Run(32, 4096, "-F 16 -s 1 -f 1", 6);
}

static void test_fat32(void **State)
{
    (void)State;
    Run(34, 512, "-F 32 -s 1", 7);
    Run(36, 2048, "-F 32 -s 1", 8);
    Run(2, 512, "-F 32 -s 1", 9); // it gets full
}

// What stands in the second FAT is what stands in the first; without mirroring the active one alone is used.
static void test_active_fat(void **State)
{
    (void)State;
    static TREE Tree;
    IMAGE Image;
    ImageMake(&Image, 34 << 20, 512, "-F 32 -s 1");
    Image.Bytes[FAT_BOOT32_FLAGS] = 0x81;
    FAT_VOLUME *Volume = ImageMount(&Image);
    uint64_t First = Volume->Geometry.FatOffset, Length = Volume->Geometry.FatBytes;
    uint8_t *Before = malloc(Length);
    memcpy(Before, Image.Bytes + First, Length);
    TreeInit(&Tree, &Image, Volume, 77);
    for (int i = 0; i < 500; i++)
        TreeStep(&Tree);
    ImageUnmount(Volume);
    assert_memory_equal(Image.Bytes + First, Before, Length);
    assert_memory_not_equal(Image.Bytes + First + Length, Before, Length);
    Volume = ImageMount(&Image);
    TreeCompare(&Tree, Volume);
    ImageUnmount(Volume);
    free(Before);
    ImageFree(&Image);
}

// Sectors that cannot be written or read: an error, and afterwards it goes on.
static void test_errors(void **State)
{
    (void)State;
    static TREE Tree;
    IMAGE Image;
    FAT_ENTRY Entry = {.Name = {'A'}, .NameLength = 1};
    ImageMake(&Image, 4 << 20, 512, "-F 16 -s 1");
    FAT_VOLUME *Volume = ImageMount(&Image);
    TreeInit(&Tree, &Image, Volume, 78);
    for (int i = 0; i < 200; i++)
        TreeStep(&Tree);
    for (uint64_t Left = 0; Left < 40; Left++) {
        Image.WritesLeft = Left;
        if (FatCommit(Volume) == FatDone)
            break;
        Image.WritesLeft = UINT64_MAX;
    }
    Image.WritesLeft = UINT64_MAX;
    TreeCompare(&Tree, Volume);
    ImageUnmount(Volume);
    ImageCheck(&Image);
    Image.BadOffset = Volume ? 512 * 4 : 0;
    assert_done(FatMount(&Image.Store, false, &Volume));
    assert_int_equal(FatAdd(Volume->Root, &Entry), FatDone);
    assert_int_equal(FatKnowSpace(Volume), FatIoError);
    FAT_CHAIN Chain = {};
    assert_int_equal(FatExtend(Volume, &Chain, 1), FatIoError);
    FatUnmount(Volume);
    Image.BadOffset = UINT64_MAX;
    assert_done(FatMount(&Image.Store, true, &Volume));
    assert_int_equal(FatAdd(Volume->Root, &Entry), FatReadOnly);
    FatUnmount(Volume);
    ImageFree(&Image);
}

// What cannot be written stays to be written, also while nobody knows yet which clusters are free.
static void test_flush_errors(void **State)
{
    (void)State;
    IMAGE Image;
    FAT_VOLUME *Volume;
    FAT_ENTRY Entry = {.Name = {'A'}, .NameLength = 1};
    ImageMake(&Image, 4 << 20, 512, "-F 16 -s 1");
    assert_done(FatMount(&Image.Store, false, &Volume));
    assert_done(FatAdd(Volume->Root, &Entry));
    Image.WritesLeft = 0;
    assert_int_equal(FatFlush(Volume), FatIoError);
    assert_int_equal(FatFlush(Volume), FatIoError);
    Image.WritesLeft = UINT64_MAX;
    assert_done(FatFlush(Volume));
    ImageUnmount(Volume);
    ImageCheck(&Image);
    assert_done(FatMount(&Image.Store, false, &Volume));
    assert_done(FatFind(Volume->Root, Entry.Name, Entry.NameLength, &Entry));
    FatUnmount(Volume);
    ImageFree(&Image);
}

// What leads to a cluster is not written before a barrier has succeeded behind the FAT.
static void test_barrier_errors(void **State)
{
    (void)State;
    IMAGE Image;
    FAT_ENTRY Entry = {.Name = {'A'}, .NameLength = 1, .Size = 1};
    FAT_CHAIN Chain = {};
    ImageMake(&Image, 4 << 20, 512, "-F 16 -s 1");
    FAT_VOLUME *Volume = ImageMount(&Image);
    assert_done(FatExtend(Volume, &Chain, 1));
    Entry.FirstCluster = Chain.FirstCluster;
    FatForgetChain(Volume, &Chain);
    assert_done(FatAdd(Volume->Root, &Entry));
    Image.Logging = true;
    Image.WritesLeft = 2; // of both FATs
    assert_int_equal(FatFlush(Volume), FatIoError);
    assert_null(Volume->DirtyFirst[FatDirtyFat]);
    assert_non_null(Volume->DirtyFirst[FatDirtySlots]);
    uint32_t Written = Image.LogCount, Barriers = Image.Barriers;
    Image.WritesLeft = UINT64_MAX;
    assert_done(FatFlush(Volume));
    assert_true(Image.LogCount > Written);
    assert_true(Image.Log[Written].Barriers > Barriers);
    ImageUnmount(Volume);
    ImageCheck(&Image);
    ImageFree(&Image);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_fat12),          cmocka_unit_test(test_fat16),
        cmocka_unit_test(test_fat32),          cmocka_unit_test(test_active_fat),
        cmocka_unit_test(test_errors),         cmocka_unit_test(test_flush_errors),
        cmocka_unit_test(test_barrier_errors),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
