// The power goes after every single sector that is written: fsck.vfat finds nothing that is lost or has two owners, and
// what was not being changed is there.
#include "cut.h"
#include "tree.h"

#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

// The image as it was at some time, and the tree's untouched nodes.
static void CheckPrefix(IMAGE *Old, const TREE *Tree, bool Moving, bool Renamed, uint32_t Write,
                        bool Fsck)
{
    int Status;
    FAT_VOLUME *Volume;
    if (Fsck)
        CheckText(ImageRun(Old, "fsck.vfat -n %s", &Status), Moving, Renamed, Write);
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

// A device with a cache may write in any order what is between two barriers.
static void Shuffle(TREE *Tree, IMAGE *Image, uint32_t First)
{
    uint32_t Count = Image->LogCount - First;
    for (uint32_t i = 0; Count > 1 && i < Count * Count; i++) {
        IMAGE_WRITE *Write = &Image->Log[First + TreeRandom(Tree, Count - 1)], Next = Write[1];
        if (Write->Barriers != Next.Barriers || Write->Offset == Next.Offset)
            continue;
        Write[1] = Write[0];
        Write[0] = Next;
    }
}

static void Run(uint32_t Kilobytes, const char *Options, uint32_t Seed, uint32_t LongNames,
                uint32_t Rounds, uint32_t Steps)
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
    StartLog(&Image, &Old);
    int File = open(Old.Path, O_WRONLY);
    assert_true(File >= 0);
    for (uint32_t Done = 0, Round = 0; Round < Rounds; Round++) {
        TreeSettle(&Tree);
        Before = Tree;
        uint32_t Moved = Tree.Moved;
        bool Renamed = false;
        for (uint32_t i = TreeRandom(&Tree, Steps); i > 0; i--) {
            uint32_t Logged = Image.LogCount;
            TreeStep(&Tree);
            Renamed |= Image.LogCount != Logged; // by others only when the volume is full
        }
        bool Flush = TreeRandom(&Tree, 2);
        uint32_t Barriers = Image.Barriers, First = Image.LogCount;
        assert_done(Flush ? FatFlush(Volume) : FatCommit(Volume));
        if (Flush)
            assert_true(Image.Barriers > Barriers);
        Shuffle(&Tree, &Image, First);
        for (int i = 0; i < TREE_NODES; i++) { // what is gone or another is not looked for
            Before.Nodes[i].Touched |= Tree.Nodes[i].Touched || !Tree.Nodes[i].Used;
        }
        for (; Done < Image.LogCount; Done++) {
            const IMAGE_WRITE *Write = &Image.Log[Done];
            bool Data = Write->Offset >= Volume->Geometry.DataOffset;
            Apply(&Old, File, Write);
            CheckPrefix(&Old, &Before, Tree.Moved != Moved, Renamed, Done + 1,
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
    Run(600, "-F 12 -s 1", 1, 30, 25, 12);
}

static void test_fat16(void **State)
{
    (void)State;
    Run(2300, "-F 16 -s 1", 2, 60, 25, 12);
}

static void test_fat32(void **State)
{
    (void)State;
    Run(1500, "-F 32 -s 1", 3, 60, 25, 12);
    Run(400, "-F 32 -s 1", 4, 20, 25, 12); // nearly full
}

// Often, so that mostly clusters in stock are taken.
static void test_flushes(void **State)
{
    (void)State;
    Run(1500, "-F 12 -s 1", 5, 30, 100, 3);
    Run(2300, "-F 16 -s 1", 6, 60, 100, 3);
    Run(1500, "-F 32 -s 1", 7, 60, 100, 3);
}

// ---- Renaming over a file: its name has the one or the other, whole, whenever the power goes

static bool HasFile(IMAGE *Image, FAT_VOLUME *Volume, const char *Name, uint32_t Size, uint8_t Byte)
{
    FAT_ENTRY Entry;
    FAT_CHAIN Chain;
    FAT_RUN Run;
    uint16_t Wanted[FAT_MAX_NAME];
    uint32_t Count = 0, Cluster = Volume->Geometry.ClusterSize;
    if (FatFind(Volume->Root, Wanted, Utf16(Wanted, Name), &Entry) != FatDone || Entry.Size != Size)
        return false;
    Chain = (FAT_CHAIN){.FirstCluster = Entry.FirstCluster};
    bool Same = FatCountClusters(Volume, &Chain, &Count) == FatDone &&
                Count == (Size + Cluster - 1) / Cluster;
    for (uint32_t i = 0; Same && i < Size; i++) {
        assert_done(FatLookup(Volume, &Chain, i / Cluster, &Run));
        Same = Image->Bytes[FatClusterOffset(&Volume->Geometry, Run.Cluster) + i % Cluster] == Byte;
    }
    FatForgetChain(Volume, &Chain);
    return Same;
}

static void MakeEmpty(IMAGE *Image, FAT_VOLUME *Volume, const char *Prefix, uint32_t Count)
{
    for (uint32_t i = 0; i < Count; i++) {
        char Name[32];
        snprintf(Name, sizeof(Name), "%s %u", Prefix, i);
        MakeFile(Image, Volume, Name, 0, 0);
    }
}

static const char *const Forms[] = {"-F 12 -s 16", "-F 16 -s 4", "-F 32 -s 1"};

// Small: until then the other name has its file.
static void CheckReplaced(IMAGE *Old, uint32_t Size, bool Last, bool Small, uint32_t Write)
{
    FAT_VOLUME *Volume;
    int Status;
    CheckText(ImageRun(Old, "fsck.vfat -n %s", &Status), false, true, Write);
    assert_done(FatMount(&Old->Store, true, &Volume));
    bool New = HasFile(Old, Volume, "target file.txt", Size, 2);
    if (!New && (Last || !HasFile(Old, Volume, "target file.txt", 3000, 1)))
        fail_msg("size %u, after %u sectors: the name is lost", Size, Write);
    if (!New && Small && !HasFile(Old, Volume, "source file.txt", Size, 2))
        fail_msg("size %u, after %u sectors: the other file is lost", Size, Write);
    FatUnmount(Volume);
}

// Between: files whose entries stand between those two.
static void Replace(const char *Options, uint32_t Size, uint32_t Between, bool Small)
{
    IMAGE Image, Old;
    FAT_ENTRY New = {};
    ImageMake(&Image, 16 << 20, 512, Options);
    FAT_VOLUME *Volume = ImageMount(&Image);
    FAT_ENTRY There = MakeFile(&Image, Volume, "target file.txt", 3000, 1);
    MakeEmpty(&Image, Volume, "between", Between);
    FAT_ENTRY Source = MakeFile(&Image, Volume, "source file.txt", Size, 2);
    assert_done(FatCommit(Volume));
    StartLog(&Image, &Old);
    int File = open(Old.Path, O_WRONLY);
    FAT_CHAIN Chain = {.FirstCluster = There.FirstCluster};
    New.NameLength = Utf16(New.Name, "Target File.txt");
    assert_done(FatReplace(Volume->Root, &Source, Volume->Root, &There, &Chain, &New));
    FatForgetChain(Volume, &Chain);
    assert_true(Image.LogCount > 0);
    for (uint32_t i = 0; i < Image.LogCount; i++) {
        Apply(&Old, File, &Image.Log[i]);
        CheckReplaced(&Old, Size, i + 1 == Image.LogCount, Small, i + 1);
    }
    close(File);
    ImageUnmount(Volume);
    ImageCheck(&Image);
    ImageFree(&Old);
    ImageFree(&Image);
}

static void test_replace(void **State)
{
    (void)State;
    for (size_t i = 0; i < sizeof(Forms) / sizeof(Forms[0]); i++) {
        Replace(Forms[i], 20000, 0, true);
        Replace(Forms[i], 0, 0, true);
        Replace(Forms[i], 0, 30, true);
        Replace(Forms[i], 20000, 30, true);
        Replace(Forms[i], 1200000, 30, false);
    }
}

// ---- Another name of a file whose sector of the FAT is full: one of the two has all of it, and it has no other owner

static const char NewName[] =
    "a name that needs more entries of the directory than the old one has.txt";

static void CheckRenamed(IMAGE *Old, uint32_t Size, bool Last, uint32_t Write)
{
    FAT_VOLUME *Volume;
    int Status;
    CheckText(ImageRun(Old, "fsck.vfat -n %s", &Status), false, true, Write);
    assert_done(FatMount(&Old->Store, true, &Volume));
    if (!HasFile(Old, Volume, NewName, Size, 2) &&
        (Last || !HasFile(Old, Volume, "source file.txt", Size, 2)))
        fail_msg("size %u, after %u sectors: the file is lost", Size, Write);
    FatUnmount(Volume);
}

static void Rename(const char *Options, uint32_t Size)
{
    IMAGE Image, Old;
    FAT_ENTRY New = {};
    ImageMake(&Image, 16 << 20, 512, Options);
    FAT_VOLUME *Volume = ImageMount(&Image);
    FAT_ENTRY Source = MakeFile(&Image, Volume, "source file.txt", Size, 2);
    MakeEmpty(&Image, Volume, "behind", 30);
    assert_done(FatCommit(Volume));
    StartLog(&Image, &Old);
    int File = open(Old.Path, O_WRONLY);
    New.NameLength = Utf16(New.Name, NewName);
    assert_done(FatRename(Volume->Root, &Source, Volume->Root, &New));
    assert_true(Image.LogCount > 0);
    for (uint32_t i = 0; i < Image.LogCount; i++) {
        Apply(&Old, File, &Image.Log[i]);
        CheckRenamed(&Old, Size, i + 1 == Image.LogCount, i + 1);
    }
    close(File);
    ImageUnmount(Volume);
    ImageCheck(&Image);
    ImageFree(&Old);
    ImageFree(&Image);
}

static void test_rename(void **State)
{
    (void)State;
    for (size_t i = 0; i < sizeof(Forms) / sizeof(Forms[0]); i++) {
        Rename(Forms[i], 3000);
        Rename(Forms[i], 20000);
        Rename(Forms[i], 6000000); // more than a sector of the FAT
    }
}

// ---- A name that is deleted and made again: it is never there twice, nor is its short name

// There is room in another sector before the one where Old was.
static void MakeAgain(const char *Options, const char *Old, const char *New, bool Flush)
{
    IMAGE Image, Before;
    int Status;
    ImageMake(&Image, 16 << 20, 512, Options);
    FAT_VOLUME *Volume = ImageMount(&Image);
    MakeEmpty(&Image, Volume, "before", 30);
    MakeFile(&Image, Volume, Old, 5000, 1);
    assert_done(FatCommit(Volume));
    StartLog(&Image, &Before);
    int File = open(Before.Path, O_WRONLY);
    for (int i = 0; i < 10; i++) {
        char Name[32];
        snprintf(Name, sizeof(Name), "before %d", i);
        Remove(Volume, Name);
    }
    Remove(Volume, Old);
    MakeFile(&Image, Volume, New, 3000, 2);
    assert_done(Flush ? FatFlush(Volume) : FatCommit(Volume));
    for (uint32_t i = 0; i < Image.LogCount; i++) {
        Apply(&Before, File, &Image.Log[i]);
        CheckText(ImageRun(&Before, "fsck.vfat -n %s", &Status), false, false, i + 1);
    }
    close(File);
    ImageUnmount(Volume);
    ImageCheck(&Image);
    ImageFree(&Before);
    ImageFree(&Image);
}

static void test_again(void **State)
{
    (void)State;
    for (size_t i = 0; i < sizeof(Forms) / sizeof(Forms[0]); i++) {
        MakeAgain(Forms[i], "PLAIN.TXT", "PLAIN.TXT", i & 1);
        MakeAgain(Forms[i], "a longer name.txt", "A longer Name.txt", i & 1);
        MakeAgain(Forms[i], "a longer name.txt", "a longer one.txt", i & 1); // ALONGE~1.TXT
    }
}

// ---- Behind the end of a directory there is what somebody has left: nothing of that is ever seen

enum { GARBAGE_SLOTS = 40 };

// An entry that leads nowhere good, behind the end mark.
static void PutGarbage(IMAGE *Image, uint64_t Offset)
{
    for (uint32_t i = 3; i < GARBAGE_SLOTS; i++) {
        uint8_t *Slot = Image->Bytes + Offset + (uint64_t)i * FAT_SLOT_BYTES;
        memcpy(Slot, "GARBAGE TXT", FAT_SHORT_BYTES);
        Slot[FAT_AT_CLUSTER_LOW] = (uint8_t)i;
        Slot[FAT_AT_SIZE] = 1;
    }
}

static void CheckGarbage(IMAGE *Old, uint32_t Cluster, uint32_t Write)
{
    FAT_VOLUME *Volume;
    FAT_DIRECTORY *Directory;
    FAT_ENTRY Entry;
    assert_done(FatMount(&Old->Store, true, &Volume));
    assert_done(FatOpenDirectory(Volume, Cluster, &Directory));
    uint32_t Slot = 0;
    for (; FatNext(Directory, Slot, &Entry) == FatDone; Slot = Entry.Slot + Entry.Slots) {
        if (Entry.Name[0] == 'g' || Entry.Name[0] == 'G')
            fail_msg("after %u sectors: slot %u", Write, Entry.Slot);
    }
    FatCloseDirectory(Directory);
    FatUnmount(Volume);
}

static void Garbage(const char *Options)
{
    IMAGE Image, Old;
    FAT_DIRECTORY *Directory;
    FAT_ENTRY Entry = {.Modified = {.Date = 0x21}};
    ImageMake(&Image, 16 << 20, 512, Options);
    FAT_VOLUME *Volume = ImageMount(&Image);
    Entry.NameLength = Utf16(Entry.Name, "folder");
    assert_done(FatAddDirectory(Volume->Root, &Entry));
    PutGarbage(&Image, FatClusterOffset(&Volume->Geometry, Entry.FirstCluster));
    assert_done(FatCommit(Volume));
    PutGarbage(&Image, FatClusterOffset(&Volume->Geometry, Entry.FirstCluster));
    ImageUnmount(Volume);
    StartLog(&Image, &Old);
    int File = open(Old.Path, O_WRONLY);
    Volume = ImageMount(&Image);
    assert_done(FatOpenDirectory(Volume, Entry.FirstCluster, &Directory));
    for (uint16_t i = 0; i < GARBAGE_SLOTS; i++) {
        FAT_ENTRY New = {.Modified = {.Date = 0x21}, .Name = {'A' + i / 8, 'A' + i % 8}};
        New.NameLength = 2;
        assert_done(FatAdd(Directory, &New));
    }
    FatCloseDirectory(Directory);
    assert_done(FatCommit(Volume));
    for (uint32_t i = 0; i < Image.LogCount; i++) {
        Apply(&Old, File, &Image.Log[i]);
        CheckGarbage(&Old, Entry.FirstCluster, i + 1);
    }
    close(File);
    ImageUnmount(Volume);
    ImageCheck(&Image);
    ImageFree(&Old);
    ImageFree(&Image);
}

static void test_garbage(void **State)
{
    (void)State;
    Garbage("-F 12 -s 16");
    Garbage("-F 16 -s 4");
    Garbage("-F 32 -s 4");
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_fat12),   cmocka_unit_test(test_fat16),
        cmocka_unit_test(test_fat32),   cmocka_unit_test(test_flushes),
        cmocka_unit_test(test_replace), cmocka_unit_test(test_rename),
        cmocka_unit_test(test_again),   cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
