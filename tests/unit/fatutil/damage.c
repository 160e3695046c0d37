#include "damage.h"

#include <cmocka.h>

void DamageMake(DAMAGED *Damaged, uint64_t Bytes, uint32_t SectorSize, const char *Options,
                uint32_t Seed)
{
    ImageMake(&Damaged->Image, Bytes, SectorSize, Options);
    FAT_VOLUME *Volume = ImageMount(&Damaged->Image);
    memset(Damaged->Victim, 0, sizeof(Damaged->Victim));
    Damaged->Log[0] = 0;
    TreeInit(&Damaged->Tree, &Damaged->Image, Volume, Seed);
    for (int i = 0; i < 400; i++)
        TreeStep(&Damaged->Tree);
    ImageUnmount(Damaged->Tree.Volume);
    Damaged->Volume = ImageMount(&Damaged->Image);
    TreeCompare(&Damaged->Tree, Damaged->Volume); // it has in memory then what is damaged after
}

void DamageFree(DAMAGED *Damaged)
{
    FatUnmount(Damaged->Volume);
    ImageFree(&Damaged->Image);
}

static uint32_t Random(DAMAGED *Damaged, uint32_t Below)
{
    return TreeRandom(&Damaged->Tree, Below);
}

static void Note(DAMAGED *Damaged, const char *Kind, const char *Name, uint32_t Number)
{
    size_t Length = strlen(Damaged->Log);
    snprintf(Damaged->Log + Length, sizeof(Damaged->Log) - Length, "%s %s %x\n", Kind, Name,
             Number);
}

// ---- Nodes

static bool IsBelow(const DAMAGED *Damaged, int Node, int Above)
{
    while (Node && Node != Above)
        Node = Damaged->Tree.Nodes[Node].Parent;
    return Node == Above;
}

static void Sacrifice(DAMAGED *Damaged, int Node)
{
    for (int i = 1; i < TREE_NODES; i++)
        Damaged->Victim[i] |= Damaged->Tree.Nodes[i].Used && IsBelow(Damaged, i, Node);
}

static FAT_DIRECTORY *OpenNode(DAMAGED *Damaged, int Node)
{
    FAT_DIRECTORY *Parent, *Directory;
    FAT_ENTRY Entry = {};
    const NODE *This = &Damaged->Tree.Nodes[Node];
    if (Node) {
        Parent = OpenNode(Damaged, This->Parent);
        assert_done(FatFind(Parent, This->Name, This->NameLength, &Entry));
        FatCloseDirectory(Parent);
    }
    assert_done(FatOpenDirectory(Damaged->Volume, Entry.FirstCluster, &Directory));
    return Directory;
}

// A node that is there, or -1. Its short entry's place on the medium; that of the first slot of its name.
static int PickNode(DAMAGED *Damaged, bool Directory, bool HasClusters, FAT_ENTRY *Entry,
                    uint64_t *Offset, uint64_t *FirstOffset)
{
    for (int Tries = 0; Tries < 1000; Tries++) {
        int i = 1 + (int)Random(Damaged, TREE_NODES - 1);
        const NODE *Node = &Damaged->Tree.Nodes[i];
        uint8_t *Data;
        if (!Node->Used || Node->Directory != Directory || Damaged->Victim[i] ||
            (HasClusters && !Directory && !Node->Size))
            continue;
        FAT_DIRECTORY *Parent = OpenNode(Damaged, Node->Parent);
        assert_done(FatFind(Parent, Node->Name, Node->NameLength, Entry));
        assert_done(FatMapSlot(Parent, Entry->Slot + Entry->Slots - 1, &Data, Offset));
        assert_done(FatMapSlot(Parent, Entry->Slot, &Data, FirstOffset));
        FatCloseDirectory(Parent);
        return i;
    }
    return -1;
}

// ---- Bytes

static void RandomBytes(DAMAGED *Damaged, uint64_t Offset, uint32_t Length)
{
    for (uint32_t i = 0; i < Length; i++)
        Damaged->Image.Bytes[Offset + i] = (uint8_t)Random(Damaged, 256);
}

static void SetEntry(DAMAGED *Damaged, uint32_t Cluster, uint32_t Value)
{
    const FAT_GEOMETRY *Geometry = &Damaged->Volume->Geometry;
    for (uint32_t i = 0; i < Geometry->Fats; i++) {
        uint8_t *Fat = Damaged->Image.Bytes + Geometry->FatOffset + i * Geometry->FatBytes;
        uint8_t *At = Fat + (uint64_t)Cluster * Geometry->Bits / 8;
        if (Geometry->Bits == 32)
            FatPut32(At, Value & 0x0FFFFFFF);
        else if (Geometry->Bits == 16)
            FatPut16(At, Value);
        else if (Cluster & 1)
            FatPut16(At, (FatGet16(At) & 0xF) | (Value & 0xFFF) << 4);
        else
            FatPut16(At, (FatGet16(At) & 0xF000) | (Value & 0xFFF));
    }
}

// ---- Kinds

static void DamageBoot(DAMAGED *Damaged)
{
    uint32_t Size = Damaged->Volume->Geometry.SectorSize;
    if (!Damaged->Volume->Geometry.BackupOffset)
        return;
    if (Random(Damaged, 2))
        RandomBytes(Damaged, 0, Size);
    else if (Random(Damaged, 2))
        memset(Damaged->Image.Bytes, 0, Size);
    else
        RandomBytes(Damaged, Damaged->Volume->Geometry.BackupOffset, Size);
    Note(Damaged, "boot", "", 0);
}

static void DamageInfo(DAMAGED *Damaged)
{
    uint64_t Offset = Damaged->Volume->Geometry.InfoOffset;
    if (!Offset)
        return;
    if (Random(Damaged, 2))
        RandomBytes(Damaged, Offset, 512);
    else
        FatPut32(Damaged->Image.Bytes + Offset + FAT_INFO_AT_FREE, Random(Damaged, 100000));
    Note(Damaged, "FSInfo", "", 0);
}

static void DamageOneFat(DAMAGED *Damaged)
{
    const FAT_GEOMETRY *Geometry = &Damaged->Volume->Geometry;
    static bool Second; // one copy of each volume stays good
    static const void *Before;
    if (Before != Damaged->Volume || !strstr(Damaged->Log, "FAT copy"))
        Second = Random(Damaged, 2);
    Before = Damaged->Volume;
    if (Geometry->Fats < 2)
        return;
    uint32_t Sector = Random(Damaged, (uint32_t)(Geometry->FatBytes / Geometry->SectorSize));
    uint64_t Offset = Geometry->FatOffset + (Second ? Geometry->FatBytes : 0) +
                      (uint64_t)Sector * Geometry->SectorSize;
    if (Random(Damaged, 2))
        memset(Damaged->Image.Bytes + Offset, 0, Geometry->SectorSize);
    else
        RandomBytes(Damaged, Offset, Geometry->SectorSize);
    Note(Damaged, "FAT copy", "", Sector);
}

static void DamageDirty(DAMAGED *Damaged)
{
    uint32_t Bits = Damaged->Volume->Geometry.Bits;
    if (Bits != 12)
        SetEntry(Damaged, 1, Bits == 32 ? 0x07FFFFFF : 0x7FFF);
    Damaged->Image.Bytes[Bits == 32 ? 65 : 37] |= 1;
    Note(Damaged, "dirty", "", 0);
}

static void DamageSlot(DAMAGED *Damaged)
{
    FAT_ENTRY Entry;
    uint64_t Offset, First;
    int Node = PickNode(Damaged, Random(Damaged, 4) == 0, false, &Entry, &Offset, &First);
    if (Node < 0)
        return;
    RandomBytes(Damaged, Random(Damaged, 2) ? Offset : First, FAT_SLOT_BYTES);
    Note(Damaged, "slot", Utf8(Entry.Name, Entry.NameLength), Entry.Slot);
    Sacrifice(Damaged, Node);
}

static void DamageByte(DAMAGED *Damaged)
{
    FAT_ENTRY Entry;
    uint64_t Offset, First;
    int Node = PickNode(Damaged, Random(Damaged, 4) == 0, false, &Entry, &Offset, &First);
    if (Node < 0)
        return;
    uint32_t Place = Random(Damaged, FAT_SLOT_BYTES);
    Damaged->Image.Bytes[(Random(Damaged, 2) ? Offset : First) + Place] =
        (uint8_t)(Random(Damaged, 3) ? Random(Damaged, 256) : 0);
    Note(Damaged, "byte", Utf8(Entry.Name, Entry.NameLength), Place);
    Sacrifice(Damaged, Node);
}

static void DamageDots(DAMAGED *Damaged)
{
    FAT_ENTRY Entry;
    uint64_t Offset, First;
    int Node = PickNode(Damaged, true, false, &Entry, &Offset, &First);
    if (Node < 0)
        return;
    uint64_t At = FatClusterOffset(&Damaged->Volume->Geometry, Entry.FirstCluster);
    uint32_t Kind = Random(Damaged, 4);
    if (Kind == 0)
        RandomBytes(Damaged, At, FAT_SLOT_BYTES);
    else if (Kind == 1)
        RandomBytes(Damaged, At + FAT_SLOT_BYTES, FAT_SLOT_BYTES);
    else if (Kind == 2)
        FatPut16(Damaged->Image.Bytes + At + FAT_SLOT_BYTES + FAT_AT_CLUSTER_LOW,
                 Random(Damaged, 300));
    else
        memset(Damaged->Image.Bytes + At, FAT_SLOT_FREE, 2 * FAT_SLOT_BYTES);
    Note(Damaged, "dots", Utf8(Entry.Name, Entry.NameLength), Kind);
}

// The chain of a file or a directory leads anywhere, from anywhere in it.
static void DamageChain(DAMAGED *Damaged)
{
    FAT_ENTRY Entry;
    uint64_t Offset, First;
    uint32_t Count, Clusters = Damaged->Volume->Geometry.Clusters;
    int Node = PickNode(Damaged, Random(Damaged, 8) == 0, true, &Entry, &Offset, &First);
    if (Node < 0)
        return;
    FAT_CHAIN Chain = {.FirstCluster = Entry.FirstCluster};
    FAT_RUN Run;
    assert_done(FatCountClusters(Damaged->Volume, &Chain, &Count));
    assert_done(FatLookup(Damaged->Volume, &Chain, Random(Damaged, Count), &Run));
    FatForgetChain(Damaged->Volume, &Chain);
    uint32_t Values[] = {0,
                         1,
                         Run.Cluster,
                         Entry.FirstCluster,
                         2 + Random(Damaged, Clusters),
                         2 + Random(Damaged, 40),
                         2 + Random(Damaged, 400),
                         Clusters + 2,
                         0x0FFFFFF7,
                         0x0FFFFFFF};
    uint32_t Value = Values[Random(Damaged, sizeof(Values) / sizeof(Values[0]))];
    SetEntry(Damaged, Run.Cluster, Value);
    Note(Damaged, "chain", Utf8(Entry.Name, Entry.NameLength), Value);
    Sacrifice(Damaged, Node);
}

static void DamageSize(DAMAGED *Damaged)
{
    FAT_ENTRY Entry;
    uint64_t Offset, First;
    int Node = PickNode(Damaged, false, false, &Entry, &Offset, &First);
    if (Node < 0)
        return;
    FatPut32(Damaged->Image.Bytes + Offset + FAT_AT_SIZE,
             Random(Damaged, 3) ? Random(Damaged, 100000) : 0);
    Note(Damaged, "size", Utf8(Entry.Name, Entry.NameLength), 0);
    Sacrifice(Damaged, Node);
}

// Clusters in use that are nobody's.
static void DamageLost(DAMAGED *Damaged)
{
    uint32_t Clusters = Damaged->Volume->Geometry.Clusters, Before = 0;
    for (int i = 0; i < 5; i++) {
        uint32_t Cluster = 2 + Random(Damaged, Clusters);
        if (FatClusterInUse(Damaged->Volume, Cluster) || Cluster == Before)
            continue;
        SetEntry(Damaged, Cluster, Before ? Before : 0x0FFFFFFF);
        Before = Random(Damaged, 2) ? Cluster : 0;
    }
    Note(Damaged, "lost", "", 0);
}

static void (*const Kinds[])(DAMAGED *Damaged) = {
    DamageBoot, DamageInfo, DamageOneFat, DamageDirty, DamageSlot,
    DamageByte, DamageDots, DamageChain,  DamageSize,  DamageLost,
};
const uint32_t DamageKinds = sizeof(Kinds) / sizeof(Kinds[0]);

void DamageDo(DAMAGED *Damaged, uint32_t Kind)
{
    Kinds[Kind](Damaged);
}
