// The power goes after every single sector that is written: fsck.vfat finds nothing that is lost or has two owners, and
// what was not being changed is there.
#include "tree.h"

#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

static void CheckText(const char *Text, bool Moving, uint32_t Write)
{
    static const char *const Bad[] = {"share", "loop",     "Bad",     "invalid", "Two",
                                      "cross", "dropping", "Corrupt", "Expected"};
    for (size_t i = 0; i < sizeof(Bad) / sizeof(Bad[0]); i++) {
        if (Moving && (i == 0 || strstr(Text, "share")))
            continue; // both names of a directory are there for a moment
        if (strstr(Text, Bad[i]))
            fail_msg("after %u sectors: %s", Write, Text);
    }
}

// The image as it was at some time, and the tree's untouched nodes.
static void CheckPrefix(IMAGE *Old, const TREE *Tree, bool Moving, uint32_t Write, bool Fsck)
{
    int Status;
    FAT_VOLUME *Volume;
    if (Fsck)
        CheckText(ImageRun(Old, "fsck.vfat -n %s", &Status), Moving, Write);
    TREE Seen = *Tree;
    Seen.Image = Old;
    assert_done(FatMount(&Old->Store, true, &Volume));
    for (int i = 1; i < TREE_NODES; i++) {
        bool Touched = false;
        for (int Node = i; Node; Node = Tree->Nodes[Node].Parent)
            Touched |= Tree->Nodes[Node].Touched;
        const char *Problem = Tree->Nodes[i].Used && !Touched ? TreeHas(&Seen, Volume, i) : nullptr;
        if (Problem)
            fail_msg("after %u sectors: %s: %s", Write,
                     Utf8(Tree->Nodes[i].Name, Tree->Nodes[i].NameLength), Problem);
    }
    FatUnmount(Volume);
}

static void Apply(IMAGE *Old, int File, const IMAGE_WRITE *Write)
{
    memcpy(Old->Bytes + Write->Offset, Write->Data, Write->Length);
    assert_int_equal(pwrite(File, Write->Data, Write->Length, (off_t)Write->Offset), Write->Length);
}

static void Run(uint32_t Kilobytes, const char *Options, uint32_t Seed, uint32_t LongNames)
{
    static TREE Tree, Before;
    IMAGE Image, Old;
    ImageMake(&Image, (uint64_t)Kilobytes << 10, 512, Options);
    FAT_VOLUME *Volume = ImageMount(&Image);
    TreeInit(&Tree, &Image, Volume, Seed);
    Tree.LongNames = LongNames;
    for (int i = 0; i < 60; i++)
        TreeStep(&Tree);
    assert_done(FatCommit(Volume));
    ImageInit(&Old, Image.Store.Bytes, 512);
    strcat(Old.Path, ".old");
    memcpy(Old.Bytes, Image.Bytes, Image.Store.Bytes);
    ImageSave(&Old);
    int File = open(Old.Path, O_WRONLY);
    assert_true(File >= 0);
    Image.Logging = true;
    for (uint32_t Done = 0, Round = 0; Round < 25; Round++) {
        TreeSettle(&Tree);
        Before = Tree;
        uint32_t Moved = Tree.Moved;
        bool Renamed = false;
        for (uint32_t i = TreeRandom(&Tree, 12); i > 0; i--) {
            uint32_t Logged = Image.LogCount;
            TreeStep(&Tree);
            Renamed |= Image.LogCount != Logged; // by others only when the volume is full
        }
        assert_done(FatCommit(Volume));
        for (int i = 0; i < TREE_NODES; i++) { // what is gone or another is not looked for
            Before.Nodes[i].Touched |= Tree.Nodes[i].Touched || !Tree.Nodes[i].Used;
        }
        for (; Done < Image.LogCount; Done++) {
            const IMAGE_WRITE *Write = &Image.Log[Done];
            bool Data = Write->Offset >= Volume->Geometry.DataOffset;
            Apply(&Old, File, Write);
            CheckPrefix(&Old, &Before, Tree.Moved != Moved, Done + 1,
                        !Data || Done % 4 == 0 || Renamed);
        }
    }
    close(File);
    ImageUnmount(Volume);
    ImageCheck(&Image);
    ImageFree(&Old);
    ImageFree(&Image);
}

static void test_fat12(void **State)
{
    (void)State;
    Run(600, "-F 12 -s 1", 1, 30);
}

static void test_fat16(void **State)
{
    (void)State;
    Run(2300, "-F 16 -s 1", 2, 60);
}

static void test_fat32(void **State)
{
    (void)State;
    Run(1500, "-F 32 -s 1", 3, 60);
    Run(400, "-F 32 -s 1", 4, 20); // nearly full
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_fat12),
        cmocka_unit_test(test_fat16),
        cmocka_unit_test(test_fat32),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
