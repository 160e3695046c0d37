// Any medium: it is refused, or everything on it can be walked, changed and written without end or harm.
#include "fatp.h"
#include "fuzzstore.h"

#include <stdlib.h>

enum { Bytes = 80 * 512, MostSteps = 2000 };

static uint8_t Medium[Bytes];
static FUZZ_MEDIUM Whole = {Medium, Bytes};
static const FAT_STORE Store = FUZZ_STORE(Whole, Bytes);

static void List(FAT_DIRECTORY *Directory)
{
    FAT_CURSOR Cursor = {};
    FAT_ENTRY Entry;
    int Steps = MostSteps;
    for (uint32_t Slot = 0; FatNextAt(Directory, &Cursor, Slot, &Entry) == FatDone && --Steps > 0;
         Slot = Entry.Slot + Entry.Slots)
        continue;
}

static void Walk(FAT_VOLUME *Volume, FAT_DIRECTORY *Directory, int Depth, int *Steps)
{
    FAT_ENTRY Entry, Found;
    uint32_t Parent;
    List(Directory);
    for (uint32_t Slot = 0; FatNext(Directory, Slot, &Entry) == FatDone && --*Steps > 0;
         Slot = Entry.Slot + Entry.Slots) {
        (void)FatFind(Directory, Entry.Name, Entry.NameLength, &Found);
        (void)FatFindSlot(Directory, Entry.Slot + Entry.Slots, &Found);
        (void)FatFindSubdirectory(Directory, Entry.FirstCluster, &Found);
        (void)FatReadParent(Volume, Entry.FirstCluster, &Parent);
        FAT_DIRECTORY *Child;
        FAT_CHAIN Chain = {.FirstCluster = Entry.FirstCluster};
        uint32_t Count;
        (void)FatCountClusters(Volume, &Chain, &Count);
        FatForgetChain(Volume, &Chain);
        if (Depth < 8 && (Entry.Attributes & FAT_ATTRIBUTE_DIRECTORY) &&
            FatOpenDirectory(Volume, Entry.FirstCluster, &Child) == FatDone) {
            Walk(Volume, Child, Depth + 1, Steps);
            FatCloseDirectory(Child);
        }
    }
}

static void Change(FAT_VOLUME *Volume)
{
    FAT_ENTRY Entry = {.Name = {'N', 'e', 'w', ' ', 'o', 'n', 'e'}, .NameLength = 7}, Old, New = {};
    if (FatAddDirectory(Volume->Root, &Entry) != FatDone)
        return;
    FAT_DIRECTORY *Child;
    if (FatOpenDirectory(Volume, Entry.FirstCluster, &Child) != FatDone)
        abort();
    if (FatNext(Volume->Root, 0, &Old) == FatDone && Old.Slot != Entry.Slot) {
        New.Name[0] = 'x';
        New.NameLength = 1;
        (void)FatRename(Volume->Root, &Old, Child, &New);
    }
    FatCloseDirectory(Child);
    (void)FatRemoveDirectory(Volume->Root, &Entry);
}

// The first file's clusters go elsewhere, and then it goes for another one.
static void Replace(FAT_VOLUME *Volume)
{
    FAT_ENTRY There, Entry = {.Name = {'y'}, .NameLength = 1}, New;
    uint32_t Slot = 0;
    do {
        if (FatNext(Volume->Root, Slot, &There) != FatDone)
            return;
        Slot = There.Slot + There.Slots;
    } while (There.Attributes & FAT_ATTRIBUTE_DIRECTORY);
    FAT_CHAIN Chain = {.FirstCluster = There.FirstCluster};
    if (FatMove(Volume, &Chain, 0, Volume->Geometry.Clusters + 1, 1) == FatDone) {
        There.FirstCluster = Chain.FirstCluster;
        (void)FatUpdate(Volume->Root, &There);
    }
    if (FatAdd(Volume->Root, &Entry) == FatDone) {
        New = There;
        (void)FatReplace(Volume->Root, &Entry, Volume->Root, &There, &Chain, &New);
    }
    FatForgetChain(Volume, &Chain);
}

// The medium is pieces: where (two bytes), length, bytes; in a volume that is good before.
static void Fill(const uint8_t *Data, size_t Size)
{
    static const uint8_t Boot[] = {0xEB, 0x3C, 0x90, 'F', 'U', 'Z', 'Z', ' ', ' ', ' ',  ' ', 0,
                                   2,    1,    1,    0,   2,   16,  0,   80,  0,   0xF8, 1,   0};
    memset(Medium, 0, Bytes);
    memcpy(Medium, Boot, sizeof(Boot));
    for (int i = 1; i < 3; i++)
        memcpy(Medium + i * 512, "\xF8\xFF\xFF\xFF\x4F\x00\xFF\xFF\xFF", 9);
    memcpy(Medium + 3 * 512, "DIR        \x10", 12);
    Medium[3 * 512 + 26] = 2;
    memcpy(Medium + 3 * 512 + 32, "FILE    TXT\x20", 12);
    Medium[3 * 512 + 32 + 26] = 3;
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
    FAT_VOLUME *Volume;
    uint16_t Label[FAT_SHORT_BYTES];
    uint32_t Length;
    int Steps = MostSteps;
    Fill(Data, Size);
    if (FatMount(&Store, false, &Volume) != FatDone)
        return 0;
    Walk(Volume, Volume->Root, 0, &Steps);
    (void)FatGetLabel(Volume, Label, &Length);
    Change(Volume);
    Replace(Volume);
    if (FatMarkClean(Volume) == FatIoError)
        abort();
    FatUnmount(Volume);
    return 0;
}
