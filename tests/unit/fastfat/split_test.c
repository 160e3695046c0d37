// Entries of a FAT12 that lie in two sectors, of clusters in use: the power goes between the two.
#include "cut.h"

#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

enum { SPLIT = 341, EVEN_SPLIT = 682, MORE = 40 };

static FAT_ENTRY MakeSplit(IMAGE *Image, FAT_VOLUME *Volume, uint32_t Before, uint32_t Clusters)
{
    uint32_t Cluster = Volume->Geometry.ClusterSize;
    Volume->NextFree = 2;
    MakeFile(Image, Volume, "before", (SPLIT - 2 - Before) * Cluster, 3);
    FAT_ENTRY Entry = MakeFile(Image, Volume, "file.txt", Clusters * Cluster, 1);
    MakeFile(Image, Volume, "behind", MORE * Cluster, 3);
    assert_int_equal(Entry.FirstCluster, SPLIT - Before);
    assert_true(FatIsSplit(&Volume->Geometry, SPLIT));
    assert_done(FatCommit(Volume));
    return Entry;
}

static void Resize(IMAGE *Image, FAT_VOLUME *Volume, FAT_ENTRY *Entry, uint32_t Clusters)
{
    FAT_CHAIN Chain = {.FirstCluster = Entry->FirstCluster};
    FAT_RUN Run;
    uint32_t Cluster = Volume->Geometry.ClusterSize, Had;
    assert_done(FatCountClusters(Volume, &Chain, &Had));
    assert_done(Clusters > Had ? FatExtend(Volume, &Chain, Clusters)
                               : FatTruncate(Volume, &Chain, Clusters));
    for (uint32_t i = Had; i < Clusters; i++) {
        assert_done(FatLookup(Volume, &Chain, i, &Run));
        assert_true(Image->Store.Write(
            Image, FatClusterOffset(&Volume->Geometry, Run.Cluster), Cluster,
            Image->Bytes + FatClusterOffset(&Volume->Geometry, Chain.FirstCluster)));
    }
    Entry->FirstCluster = Chain.FirstCluster;
    Entry->Size = Clusters * Cluster;
    FatForgetChain(Volume, &Chain);
    assert_done(FatUpdate(Volume->Root, Entry));
    assert_done(FatCommit(Volume));
}

static void CheckSplit(IMAGE *Old, const uint32_t *Sizes, uint32_t Write)
{
    FAT_VOLUME *Volume;
    int Status;
    CheckText(ImageRun(Old, "fsck.vfat -n %s", &Status), false, false, Write);
    assert_done(FatMount(&Old->Store, true, &Volume));
    FAT_ENTRY Entry;
    uint16_t Wanted[FAT_MAX_NAME];
    uint32_t Count, Cluster = Volume->Geometry.ClusterSize;
    assert_done(FatFind(Volume->Root, Wanted, Utf16(Wanted, "file.txt"), &Entry));
    FAT_CHAIN Chain = {.FirstCluster = Entry.FirstCluster};
    assert_done(FatCountClusters(Volume, &Chain, &Count));
    assert_true(Entry.Size == Sizes[0] * Cluster || Entry.Size == Sizes[1] * Cluster);
    for (uint32_t i = 0; i * Cluster < Entry.Size; i++) {
        FAT_RUN Run;
        assert_done(FatLookup(Volume, &Chain, i, &Run));
        assert_int_equal(Old->Bytes[FatClusterOffset(&Volume->Geometry, Run.Cluster)], 1);
    }
    FatForgetChain(Volume, &Chain);
    FatUnmount(Volume);
}

// Before: clusters of the file before the one in question. Place: 0, or where what is behind that goes.
static void Split(uint32_t Before, uint32_t Had, uint32_t Has, uint32_t Place)
{
    IMAGE Image, Old;
    ImageMake(&Image, 1000 << 10, 512, "-F 12 -s 1");
    FAT_VOLUME *Volume = ImageMount(&Image);
    FAT_ENTRY Entry = MakeSplit(&Image, Volume, Before, Had);
    StartLog(&Image, &Old);
    int File = open(Old.Path, O_WRONLY);
    if (Place) {
        FAT_CHAIN Chain = {.FirstCluster = Entry.FirstCluster};
        assert_done(FatMove(Volume, &Chain, Before + 1, Place, Had - Before - 1));
        Entry.FirstCluster = Chain.FirstCluster;
        FatForgetChain(Volume, &Chain);
        assert_done(FatUpdate(Volume->Root, &Entry));
        assert_done(FatCommit(Volume));
    } else {
        Resize(&Image, Volume, &Entry, Has);
    }
    for (uint32_t i = 0; i < Image.LogCount; i++) {
        Apply(&Old, File, &Image.Log[i]);
        CheckSplit(&Old, (uint32_t[]){Had, Has}, i + 1);
    }
    close(File);
    ImageUnmount(Volume);
    ImageCheck(&Image);
    ImageFree(&Old);
    ImageFree(&Image);
}

static void test_split(void **State)
{
    (void)State;
    for (uint32_t Before = 0; Before < 3; Before++) {
        Split(Before, Before + 1, Before + 9, 0); // it was the end
        Split(Before, Before + 9, Before + 1, 0); // and becomes it
        Split(Before, Before + 9, Before + 9, 1500);
    }
}

// ---- The same where no cluster is free but those that are wanted: one half changes after the other

// Every cluster up to Number is another file's.
static void FillBefore(IMAGE *Image, FAT_VOLUME *Volume, uint32_t Number)
{
    Volume->NextFree = 2;
    MakeFile(Image, Volume, "before", (Number - 2) * Volume->Geometry.ClusterSize, 3);
}

static void FillRest(IMAGE *Image, FAT_VOLUME *Volume, uint32_t Left)
{
    uint32_t Clusters = Volume->FreeClusters - Left;
    if (Clusters)
        MakeFile(Image, Volume, "rest", Clusters * Volume->Geometry.ClusterSize, 3);
    assert_done(FatCommit(Volume));
    assert_int_equal(Volume->FreeClusters, Left);
}

// Between two barriers the last sector comes first.
static void TurnLog(IMAGE *Image)
{
    for (uint32_t First = 0, End; First < Image->LogCount; First = End) {
        for (End = First; End < Image->LogCount; End++) {
            if (Image->Log[End].Barriers != Image->Log[First].Barriers)
                break;
        }
        for (uint32_t Low = First, High = End - 1; Low < High; Low++, High--) {
            IMAGE_WRITE Write = Image->Log[Low];
            Image->Log[Low] = Image->Log[High];
            Image->Log[High] = Write;
        }
    }
}

static void SplitFull(uint32_t Number, uint32_t Had, uint32_t Has, bool Turn)
{
    IMAGE Image, Old;
    ImageMake(&Image, 1000 << 10, 512, "-F 12 -s 1");
    FAT_VOLUME *Volume = ImageMount(&Image);
    FillBefore(&Image, Volume, Number);
    FAT_ENTRY Entry = MakeFile(&Image, Volume, "file.txt", Had * 512, 1);
    assert_int_equal(Entry.FirstCluster, Number);
    assert_true(FatIsSplit(&Volume->Geometry, Number));
    FillRest(&Image, Volume, Has > Had ? Has - Had : 0);
    StartLog(&Image, &Old);
    int File = open(Old.Path, O_WRONLY);
    Resize(&Image, Volume, &Entry, Has);
    assert_int_equal(Entry.FirstCluster, Number); // in place
    if (Turn)
        TurnLog(&Image);
    for (uint32_t i = 0; i < Image.LogCount; i++) {
        Apply(&Old, File, &Image.Log[i]);
        CheckSplit(&Old, (uint32_t[]){Had, Has}, i + 1);
    }
    close(File);
    ImageUnmount(Volume);
    ImageCheck(&Image);
    ImageFree(&Old);
    ImageFree(&Image);
}

static void test_split_full(void **State)
{
    (void)State;
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t Number = i & 1 ? SPLIT : EVEN_SPLIT, Turn = i & 2;
        if (i & 4)
            SplitFull(Number, 1, 4, Turn);
        else
            SplitFull(Number, 4, 1, Turn);
    }
}

static void CheckFolder(IMAGE *Old, uint32_t Cluster, uint32_t Files, uint32_t Write)
{
    FAT_VOLUME *Volume;
    FAT_DIRECTORY *Directory;
    int Status;
    CheckText(ImageRun(Old, "fsck.vfat -n %s", &Status), false, false, Write);
    assert_done(FatMount(&Old->Store, true, &Volume));
    assert_done(FatOpenDirectory(Volume, Cluster, &Directory));
    assert_true(FatDirectoryEntries(Directory) >= Files);
    FatCloseDirectory(Directory);
    FatUnmount(Volume);
}

// Another system has put a directory there, which does not go elsewhere: it gets a second cluster.
static void SplitFolder(uint32_t Number, bool Turn)
{
    enum { HAD = 14, HAS = 20 }; // with the two that each has, one cluster is full
    IMAGE Image, Old;
    FAT_DIRECTORY *Directory;
    FAT_ENTRY Folder = {.Modified = {.Date = 0x21}};
    ImageMake(&Image, 1000 << 10, 512, "-F 12 -s 1");
    FAT_VOLUME *Volume = ImageMount(&Image);
    FillBefore(&Image, Volume, Number);
    MakeFile(&Image, Volume, "in the way", 512, 3);
    MakeFile(&Image, Volume, "behind", 512 * MORE, 3);
    FillRest(&Image, Volume, 0);
    Remove(Volume, "in the way");
    assert_done(FatCommit(Volume));
    Folder.NameLength = Utf16(Folder.Name, "folder");
    assert_done(FatAddDirectory(Volume->Root, &Folder));
    assert_int_equal(Folder.FirstCluster, Number);
    Remove(Volume, "behind");
    assert_done(FatOpenDirectory(Volume, Number, &Directory));
    for (uint16_t i = 0; i < HAD + HAS; i++) {
        FAT_ENTRY New = {.Modified = {.Date = 0x21}, .Name = {'A' + i / 8, 'A' + i % 8}};
        New.NameLength = 2;
        if (i == HAD) {
            assert_done(FatCommit(Volume));
            StartLog(&Image, &Old);
        }
        assert_done(FatAdd(Directory, &New));
    }
    FatCloseDirectory(Directory);
    assert_done(FatCommit(Volume));
    if (Turn)
        TurnLog(&Image);
    int File = open(Old.Path, O_WRONLY);
    for (uint32_t i = 0; i < Image.LogCount; i++) {
        Apply(&Old, File, &Image.Log[i]);
        CheckFolder(&Old, Number, HAD, i + 1);
    }
    close(File);
    ImageUnmount(Volume);
    ImageCheck(&Image);
    ImageFree(&Old);
    ImageFree(&Image);
}

static void test_split_folder(void **State)
{
    (void)State;
    for (uint32_t i = 0; i < 4; i++)
        SplitFolder(i & 1 ? SPLIT : EVEN_SPLIT, i & 2);
}

// On the largest volumes what is in between may be another file's cluster: then nothing changes there.
static void test_split_large(void **State)
{
    (void)State;
    enum { LOW = 100, NEXT_SPLIT = 1706 };
    IMAGE Image;
    FAT_CHAIN Chain;
    uint32_t Count;
    ImageMake(&Image, 2040 << 10, 512, "-F 12 -s 1");
    FAT_VOLUME *Volume = ImageMount(&Image);
    assert_true(Volume->Geometry.Clusters + 1 > (0xF00 | LOW));
    MakeFile(&Image, Volume, "before", (LOW - 2) * 512, 3);
    MakeFile(&Image, Volume, "low", 512, 3);
    MakeFile(&Image, Volume, "between", (EVEN_SPLIT - LOW - 1) * 512, 3);
    FAT_ENTRY First = MakeFile(&Image, Volume, "first", 512 * 2, 1);
    MakeFile(&Image, Volume, "behind", (NEXT_SPLIT - EVEN_SPLIT - 2) * 512, 3);
    FAT_ENTRY Second = MakeFile(&Image, Volume, "second", 512, 1);
    assert_int_equal(First.FirstCluster, EVEN_SPLIT);
    assert_int_equal(Second.FirstCluster, NEXT_SPLIT);
    FillRest(&Image, Volume, 0);
    // It would be cut off there, but keeps what is behind.
    Chain = (FAT_CHAIN){.FirstCluster = EVEN_SPLIT};
    assert_done(FatTruncate(Volume, &Chain, 1));
    assert_done(FatCountClusters(Volume, &Chain, &Count));
    assert_int_equal(Count, 2);
    assert_int_equal(FatMove(Volume, &Chain, 1, LOW, 1), FatExists);
    Remove(Volume, "low");
    // From one cluster to another there are no two steps.
    assert_int_equal(FatMove(Volume, &Chain, 1, LOW, 1), FatFull);
    FatForgetChain(Volume, &Chain);
    assert_int_equal(Volume->FreeClusters, 1);
    // The only free cluster is one that the file cannot lead to in two steps.
    Chain = (FAT_CHAIN){.FirstCluster = NEXT_SPLIT};
    assert_int_equal(FatExtend(Volume, &Chain, 2), FatFull);
    assert_done(FatCountClusters(Volume, &Chain, &Count));
    assert_int_equal(Count, 1);
    assert_int_equal(Volume->FreeClusters, 1);
    FatForgetChain(Volume, &Chain);
    ImageUnmount(Volume);
    ImageCheck(&Image);
    ImageFree(&Image);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_split_full),
        cmocka_unit_test(test_split_folder),
        cmocka_unit_test(test_split_large),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
