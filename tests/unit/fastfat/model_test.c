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

static FAT_ENTRY AddFile(FAT_DIRECTORY *Directory, const char *Name, uint32_t FirstCluster,
                         uint32_t Size)
{
    FAT_ENTRY Entry = {.Modified = {.Date = 0x21}, .FirstCluster = FirstCluster, .Size = Size};
    Entry.NameLength = Utf16(Entry.Name, Name);
    assert_done(FatAdd(Directory, &Entry));
    return Entry;
}

static FAT_ENTRY AddFolder(FAT_VOLUME *Volume, const char *Name, FAT_DIRECTORY **Directory)
{
    FAT_ENTRY Entry = {.Modified = {.Date = 0x21}};
    Entry.NameLength = Utf16(Entry.Name, Name);
    assert_done(FatAddDirectory(Volume->Root, &Entry));
    assert_done(FatOpenDirectory(Volume, Entry.FirstCluster, Directory));
    return Entry;
}

// A volume that could not be marked clean is not marked so by the next commit.
static void test_clean_errors(void **State)
{
    (void)State;
    IMAGE Image;
    ImageMake(&Image, 4 << 20, 512, "-F 16 -s 1");
    FAT_VOLUME *Volume = ImageMount(&Image);
    uint64_t Fat = Volume->Geometry.FatOffset;
    const uint8_t *Mark = Image.Bytes + Fat + 3; // of entry 1, the high byte
    AddFile(Volume->Root, "first", 0, 0);
    assert_done(FatCommit(Volume));
    assert_false(*Mark & 0x80);
    Image.BadWrite = Fat;
    assert_int_equal(FatMarkClean(Volume), FatIoError);
    Image.BadWrite = UINT64_MAX;
    Image.Logging = true;
    FAT_CHAIN Chain = {};
    assert_done(FatExtend(Volume, &Chain, 1));
    AddFile(Volume->Root, "second", Chain.FirstCluster, 1);
    FatForgetChain(Volume, &Chain);
    assert_done(FatCommit(Volume));
    assert_true(Image.LogCount > 0);
    assert_false(*Mark & 0x80);
    ImageUnmount(Volume);
    assert_true(*Mark & 0x80);
    ImageCheck(&Image);
    ImageFree(&Image);
}

// A commit that fails with one sector of a directory has written others: what they lead to grows as what was there before.
static void test_half_commit(void **State)
{
    (void)State;
    IMAGE Image;
    FAT_DIRECTORY *Directory;
    FAT_CHAIN Chain = {};
    ImageMake(&Image, 4 << 20, 512, "-F 16 -s 1");
    FAT_VOLUME *Volume = ImageMount(&Image);
    uint64_t Fat = Volume->Geometry.FatOffset;
    FAT_ENTRY Folder = AddFolder(Volume, "folder", &Directory);
    assert_done(FatCommit(Volume));
    Image.BadWrite = FatClusterOffset(&Volume->Geometry, Folder.FirstCluster);
    AddFile(Directory, "lost", 0, 0);
    Volume->NextFree = 255; // the last one of a sector of the FAT
    assert_done(FatExtend(Volume, &Chain, 1));
    assert_int_equal(Chain.FirstCluster, 255);
    FAT_ENTRY Entry = AddFile(Volume->Root, "file", 255, 512);
    assert_int_equal(FatCommit(Volume), FatIoError);
    Image.Logging = true;
    assert_done(FatExtend(Volume, &Chain, 2));
    Entry.Size = 1024;
    assert_done(FatUpdate(Volume->Root, &Entry));
    assert_int_equal(FatCommit(Volume), FatIoError);
    uint32_t Joined = UINT32_MAX, Ended = UINT32_MAX;
    for (uint32_t i = 0; i < Image.LogCount; i++) {
        const IMAGE_WRITE *Write = &Image.Log[i];
        if (Write->Offset == Fat && FatGet16(Write->Data + 510) == 256 && Joined == UINT32_MAX)
            Joined = Write->Barriers;
        if (Write->Offset == Fat + 512 && FatGet16(Write->Data) == 0xFFFF && Ended == UINT32_MAX)
            Ended = Write->Barriers;
    }
    assert_true(Joined != UINT32_MAX && Joined > Ended);
    Image.BadWrite = UINT64_MAX;
    FatForgetChain(Volume, &Chain);
    FatCloseDirectory(Directory);
    ImageUnmount(Volume);
    ImageCheck(&Image);
    ImageFree(&Image);
}

// A directory that is removed need not be written: a bad sector of it is in nobody's way any more.
static void test_bad_folder(void **State)
{
    (void)State;
    IMAGE Image;
    FAT_DIRECTORY *Directory;
    ImageMake(&Image, 4 << 20, 512, "-F 16 -s 1");
    FAT_VOLUME *Volume = ImageMount(&Image);
    for (int New = 0; New < 2; New++) {
        FAT_ENTRY Folder = AddFolder(Volume, "folder", &Directory);
        if (!New)
            assert_done(FatCommit(Volume));
        Image.BadWrite = FatClusterOffset(&Volume->Geometry, Folder.FirstCluster);
        FAT_ENTRY Entry = AddFile(Directory, "file", 0, 0);
        assert_int_equal(FatCommit(Volume), FatIoError);
        assert_done(FatRemove(Directory, &Entry));
        FatCloseDirectory(Directory);
        assert_done(FatRemoveDirectory(Volume->Root, &Folder));
        assert_done(FatFlush(Volume));
        assert_done(FatCommit(Volume));
        assert_false(FatClusterInUse(Volume, Folder.FirstCluster));
        Image.BadWrite = UINT64_MAX;
    }
    ImageUnmount(Volume);
    ImageCheck(&Image);
    ImageFree(&Image);
}

// The last free cluster can be the file's new first one or the directory's next one: the name is there with all of the file.
static void test_last_cluster(void **State)
{
    (void)State;
    IMAGE Image;
    FAT_DIRECTORY *Directory;
    FAT_CHAIN Chain = {}, All = {};
    uint32_t Count;
    ImageMake(&Image, 4 << 20, 512, "-F 16 -s 1");
    FAT_VOLUME *Volume = ImageMount(&Image);
    AddFolder(Volume, "folder", &Directory);
    for (uint32_t i = 2; i < 512 / FAT_SLOT_BYTES; i++) // behind . and ..
        AddFile(Directory, (char[]){'F', (char)('A' + i), 0}, 0, 0);
    assert_done(FatExtend(Volume, &Chain, 3));
    FAT_ENTRY Old = AddFile(Volume->Root, "moves", Chain.FirstCluster, 3 * 512), New = {};
    assert_done(FatCommit(Volume));
    assert_done(FatExtend(Volume, &All, Volume->FreeClusters - 1));
    AddFile(Volume->Root, "all", All.FirstCluster, All.Known * 512);
    New.NameLength = Utf16(New.Name, "moved");
    assert_done(FatRename(Volume->Root, &Old, Directory, &New));
    FAT_CHAIN Moved = {.FirstCluster = New.FirstCluster};
    assert_done(FatCountClusters(Volume, &Moved, &Count));
    assert_int_equal(Count, 3);
    FatForgetChain(Volume, &Chain);
    FatForgetChain(Volume, &All);
    FatForgetChain(Volume, &Moved);
    FatCloseDirectory(Directory);
    ImageUnmount(Volume);
    ImageCheck(&Image);
    ImageFree(&Image);
}

enum { MANY_FILES = 10000 };

// Many files grow between two commits, and some are cut again.
static void test_many_links(void **State)
{
    (void)State;
    IMAGE Image;
    static FAT_CHAIN Chains[MANY_FILES];
    uint32_t Count;
    ImageMake(&Image, 40 << 20, 512, "-F 32 -s 1");
    FAT_VOLUME *Volume = ImageMount(&Image);
    for (uint32_t i = 0; i < MANY_FILES; i++) {
        char Name[16];
        snprintf(Name, sizeof(Name), "F%u", i);
        assert_done(FatExtend(Volume, &Chains[i], 2));
        AddFile(Volume->Root, Name, Chains[i].FirstCluster, 1024);
    }
    assert_done(FatCommit(Volume));
    for (uint32_t i = 0; i < MANY_FILES; i++)
        assert_done(FatExtend(Volume, &Chains[i], 4));
    assert_int_equal(Volume->LinkCount, MANY_FILES);
    for (uint32_t i = 0; i < MANY_FILES; i += 3)
        assert_done(FatTruncate(Volume, &Chains[i], 2));
    assert_int_equal(Volume->LinkCount, MANY_FILES - (MANY_FILES + 2) / 3);
    for (int Committed = 0; Committed < 2; Committed++) {
        for (uint32_t i = 0; i < MANY_FILES; i++) {
            FAT_CHAIN Chain = {.FirstCluster = Chains[i].FirstCluster};
            assert_done(FatCountClusters(Volume, &Chain, &Count));
            assert_int_equal(Count, i % 3 ? 4 : 2);
            FatForgetChain(Volume, &Chain);
        }
        assert_done(FatCommit(Volume));
        assert_int_equal(Volume->LinkCount, 0);
    }
    for (uint32_t i = 0; i < MANY_FILES; i++) {
        assert_done(FatTruncate(Volume, &Chains[i], 2));
        FatForgetChain(Volume, &Chains[i]);
    }
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
        cmocka_unit_test(test_barrier_errors), cmocka_unit_test(test_clean_errors),
        cmocka_unit_test(test_half_commit),    cmocka_unit_test(test_bad_folder),
        cmocka_unit_test(test_last_cluster),   cmocka_unit_test(test_many_links),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
