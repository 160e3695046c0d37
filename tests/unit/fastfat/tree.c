#include "tree.h"

#include <cmocka.h>

uint32_t TreeRandom(TREE *Tree, uint32_t Below)
{
    Tree->Random ^= Tree->Random << 13;
    Tree->Random ^= Tree->Random >> 17;
    Tree->Random ^= Tree->Random << 5;
    return Tree->Random % Below;
}

void TreeInit(TREE *Tree, IMAGE *Image, FAT_VOLUME *Volume, uint32_t Seed)
{
    *Tree = (TREE){.Image = Image, .Volume = Volume, .Random = Seed, .LongNames = 50};
    Tree->Nodes[0] = (NODE){.Used = true, .Directory = true};
}

void TreeSettle(TREE *Tree)
{
    for (int i = 0; i < TREE_NODES; i++)
        Tree->Nodes[i].Touched = false;
}

static void TreeName(TREE *Tree, NODE *Node)
{
    static const uint16_t Letters[] = {'a', 'B', 'c', ' ', '.', 0xE4, 0x65E5, 0xD83D, '+', '1'};
    Node->NameLength = 0;
    if (TreeRandom(Tree, 100) >= Tree->LongNames) {
        char Text[16];
        snprintf(Text, sizeof(Text), "F%u.%u", TreeRandom(Tree, 150), TreeRandom(Tree, 3));
        while (Text[Node->NameLength]) {
            Node->Name[Node->NameLength] = (uint16_t)Text[Node->NameLength];
            Node->NameLength++;
        }
        return;
    }
    uint32_t Length = 1 + TreeRandom(Tree, TreeRandom(Tree, 10) ? 30 : 250);
    while (Node->NameLength < Length) {
        uint16_t Letter = Letters[TreeRandom(Tree, 10)];
        Node->Name[Node->NameLength++] = Letter;
        if (Letter == 0xD83D)
            Node->Name[Node->NameLength++] = 0xDE00;
    }
    Node->Name[Node->NameLength++] = 'x'; // no dot or space is last
}

static int TreePick(TREE *Tree, bool Directory)
{
    for (int Try = 0; Try < 1000; Try++) {
        int i = (int)TreeRandom(Tree, TREE_NODES);
        if (Tree->Nodes[i].Used && Tree->Nodes[i].Directory == Directory)
            return i;
    }
    return 0;
}

static int TreeLookup(const TREE *Tree, int Parent, const uint16_t *Name, uint32_t Length)
{
    for (int i = 1; i < TREE_NODES; i++) {
        const NODE *Node = &Tree->Nodes[i];
        if (Node->Used && Node->Parent == Parent &&
            FatSameName(&Tree->Image->Store, Node->Name, Node->NameLength, Name, Length))
            return i;
    }
    return -1;
}

static bool TreeIsAbove(const TREE *Tree, int Above, int Node)
{
    for (; Node; Node = Tree->Nodes[Node].Parent) {
        if (Node == Above)
            return true;
    }
    return Above == 0;
}

static int TreeChildren(const TREE *Tree, int Parent)
{
    int Count = 0;
    for (int i = 1; i < TREE_NODES; i++)
        Count += Tree->Nodes[i].Used && Tree->Nodes[i].Parent == Parent;
    return Count;
}

static FAT_RESULT TreeOpen(const TREE *Tree, FAT_VOLUME *Volume, int Node, FAT_DIRECTORY **Opened)
{
    FAT_ENTRY Entry;
    if (!Node)
        return FatOpenDirectory(Volume, 0, Opened);
    FAT_DIRECTORY *Parent;
    FAT_RESULT Result = TreeOpen(Tree, Volume, Tree->Nodes[Node].Parent, &Parent);
    if (Result != FatDone)
        return Result;
    Result = FatFind(Parent, Tree->Nodes[Node].Name, Tree->Nodes[Node].NameLength, &Entry);
    if (Result == FatDone && !(Entry.Attributes & FAT_ATTRIBUTE_DIRECTORY))
        Result = FatCorrupt;
    if (Result == FatDone)
        Result = FatOpenDirectory(Volume, Entry.FirstCluster, Opened);
    FatCloseDirectory(Parent);
    return Result;
}

// ---- Bytes of a file: each cluster tells whose it is

static void TreePattern(uint8_t *Bytes, uint32_t Length, uint32_t Seed, uint32_t Index)
{
    for (uint32_t i = 0; i < Length; i++)
        Bytes[i] = (uint8_t)((Seed * 31 + Index * 7 + i / 64) ^ Seed >> 8);
}

static uint32_t TreeClusters(const FAT_VOLUME *Volume, uint32_t Size)
{
    return (uint32_t)(((uint64_t)Size + Volume->Geometry.ClusterSize - 1) >>
                      Volume->Geometry.ClusterShift);
}

static void TreeFill(TREE *Tree, FAT_CHAIN *Chain, uint32_t First, uint32_t End, uint32_t Seed)
{
    const FAT_GEOMETRY *Geometry = &Tree->Volume->Geometry;
    uint8_t *Bytes = malloc(Geometry->ClusterSize);
    for (uint32_t i = First; i < End; i++) {
        FAT_RUN Run;
        assert_done(FatLookup(Tree->Volume, Chain, i, &Run));
        TreePattern(Bytes, Geometry->ClusterSize, Seed, i);
        assert_true(Tree->Image->Store.Write(Tree->Image, FatClusterOffset(Geometry, Run.Cluster),
                                             Geometry->ClusterSize, Bytes));
    }
    free(Bytes);
}

static bool TreeHasBytes(const TREE *Tree, FAT_VOLUME *Volume, const NODE *Node,
                         const FAT_ENTRY *Entry)
{
    const FAT_GEOMETRY *Geometry = &Volume->Geometry;
    uint8_t *Bytes = malloc(Geometry->ClusterSize);
    FAT_CHAIN Chain = {.FirstCluster = Entry->FirstCluster};
    uint32_t Count;
    bool Same = FatCountClusters(Volume, &Chain, &Count) == FatDone &&
                Count == TreeClusters(Volume, Node->Size);
    for (uint32_t i = 0; Same && i < Count; i++) {
        FAT_RUN Run;
        Same = FatLookup(Volume, &Chain, i, &Run) == FatDone;
        TreePattern(Bytes, Geometry->ClusterSize, Node->Seed, i);
        Same = Same && memcmp(Tree->Image->Bytes + FatClusterOffset(Geometry, Run.Cluster), Bytes,
                              Geometry->ClusterSize) == 0;
    }
    FatForgetChain(Volume, &Chain);
    free(Bytes);
    return Same;
}

// ---- Operations

static bool TreeMayFail(FAT_RESULT Result)
{
    return Result == FatFull || Result == FatDirectoryFull;
}

// The name of what was deleted last, if its directory is there yet.
static void TreeTakeLast(TREE *Tree, NODE *Node)
{
    const NODE *Last = &Tree->Last, *Parent = &Tree->Nodes[Last->Parent];
    if (!Last->NameLength || !Parent->Used || !Parent->Directory)
        return;
    memcpy(Node->Name, Last->Name, sizeof(Node->Name));
    Node->NameLength = Last->NameLength;
    Node->Parent = Last->Parent;
}

static void TreeCreate(TREE *Tree, bool Directory)
{
    int New = 1;
    while (New < TREE_NODES && Tree->Nodes[New].Used)
        New++;
    if (New == TREE_NODES)
        return;
    NODE Node = {.Used = true, .Touched = true, .Directory = Directory};
    FAT_DIRECTORY *Parent;
    FAT_ENTRY Entry = {.Attributes = FAT_ATTRIBUTE_ARCHIVE, .Modified = {.Date = 0x21}};
    Node.Parent = TreePick(Tree, true);
    Node.Seed = TreeRandom(Tree, 1000000);
    TreeName(Tree, &Node);
    if (TreeRandom(Tree, 3) == 0 && Tree->Last.Directory == Directory)
        TreeTakeLast(Tree, &Node);
    assert_done(TreeOpen(Tree, Tree->Volume, Node.Parent, &Parent));
    memcpy(Entry.Name, Node.Name, sizeof(Entry.Name));
    Entry.NameLength = Node.NameLength;
    FAT_RESULT Result = Directory ? FatAddDirectory(Parent, &Entry) : FatAdd(Parent, &Entry);
    if (TreeLookup(Tree, Node.Parent, Node.Name, Node.NameLength) > 0)
        assert_int_equal(Result, Result == FatFull ? FatFull : FatExists);
    else if (Result == FatDone)
        Tree->Nodes[New] = Node;
    else if (!TreeMayFail(Result) && Result != FatExists) // a short name may be in the way
        fail_msg("create: %d", Result);
    FatCloseDirectory(Parent);
}

static void TreeDelete(TREE *Tree, bool Directory)
{
    int Node = TreePick(Tree, Directory);
    FAT_DIRECTORY *Parent;
    FAT_ENTRY Entry;
    if (!Node)
        return;
    assert_done(TreeOpen(Tree, Tree->Volume, Tree->Nodes[Node].Parent, &Parent));
    assert_done(FatFind(Parent, Tree->Nodes[Node].Name, Tree->Nodes[Node].NameLength, &Entry));
    if (Directory) {
        FAT_RESULT Expected = TreeChildren(Tree, Node) ? FatNotEmpty : FatDone;
        assert_int_equal(FatRemoveDirectory(Parent, &Entry), Expected);
        Tree->Nodes[Node].Used = Expected != FatDone;
    } else {
        FAT_CHAIN Chain = {.FirstCluster = Entry.FirstCluster};
        assert_done(FatRemove(Parent, &Entry));
        assert_done(FatTruncate(Tree->Volume, &Chain, 0));
        FatForgetChain(Tree->Volume, &Chain);
        Tree->Nodes[Node].Used = false;
    }
    if (!Tree->Nodes[Node].Used)
        Tree->Last = Tree->Nodes[Node];
    FatCloseDirectory(Parent);
}

static void TreeResize(TREE *Tree)
{
    int Number = TreePick(Tree, false);
    NODE *Node = &Tree->Nodes[Number];
    FAT_DIRECTORY *Parent;
    FAT_ENTRY Entry;
    if (!Number)
        return;
    uint32_t Cluster = Tree->Volume->Geometry.ClusterSize;
    uint32_t Size = TreeRandom(Tree, Cluster * (TreeRandom(Tree, 8) ? 6 : 60));
    uint32_t Had = TreeClusters(Tree->Volume, Node->Size), Has = TreeClusters(Tree->Volume, Size);
    assert_done(TreeOpen(Tree, Tree->Volume, Node->Parent, &Parent));
    assert_done(FatFind(Parent, Node->Name, Node->NameLength, &Entry));
    assert_int_equal(Entry.Size, Node->Size);
    FAT_CHAIN Chain = {.FirstCluster = Entry.FirstCluster};
    FAT_RESULT Result =
        Has > Had ? FatExtend(Tree->Volume, &Chain, Has) : FatTruncate(Tree->Volume, &Chain, Has);
    Entry.FirstCluster = Chain.FirstCluster;
    if (Result != FatDone)
        assert_done(FatUpdate(Parent, &Entry)); // it may begin elsewhere all the same
    if (Result == FatDone) {
        TreeFill(Tree, &Chain, Had, Has, Node->Seed);
        Entry.Size = Size;
        assert_done(FatUpdate(Parent, &Entry));
        Node->Size = Size;
        Node->Touched = true;
    } else if (!TreeMayFail(Result)) {
        fail_msg("resize: %d", Result);
    }
    FatForgetChain(Tree->Volume, &Chain);
    FatCloseDirectory(Parent);
}

// A part of a file goes to another place, which the tree knows nothing of.
static void TreeRelocate(TREE *Tree)
{
    int Number = TreePick(Tree, false);
    NODE *Node = &Tree->Nodes[Number];
    FAT_DIRECTORY *Parent;
    FAT_ENTRY Entry;
    uint32_t Clusters = Tree->Volume->Geometry.Clusters;
    uint32_t Has = TreeClusters(Tree->Volume, Node->Size);
    if (!Number || !Has)
        return;
    uint32_t First = TreeRandom(Tree, Has), Count = 1 + TreeRandom(Tree, Has - First);
    uint32_t Place = 2 + TreeRandom(Tree, Clusters - Count), Free = 0;
    for (uint32_t Try = 0; Free < Count && Try < Clusters; Try++) {
        Place = Place < Clusters ? Place + 1 : 2;
        for (Free = 0; Free < Count && Place + Free < Clusters + 2; Free++) {
            if (FatClusterInUse(Tree->Volume, Place + Free))
                break;
        }
    }
    assert_done(TreeOpen(Tree, Tree->Volume, Node->Parent, &Parent));
    assert_done(FatFind(Parent, Node->Name, Node->NameLength, &Entry));
    FAT_CHAIN Chain = {.FirstCluster = Entry.FirstCluster};
    if (Free == Count) {
        assert_done(FatMove(Tree->Volume, &Chain, First, Place, Count));
        Entry.FirstCluster = Chain.FirstCluster;
        assert_done(FatUpdate(Parent, &Entry));
        assert_done(FatCommit(Tree->Volume));
    }
    assert_int_equal(FatMove(Tree->Volume, &Chain, Has, Place, 1), FatNotFound);
    FatForgetChain(Tree->Volume, &Chain);
    FatCloseDirectory(Parent);
}

// The last cluster of a directory goes elsewhere; the first one does not.
static void TreeRelocateDirectory(TREE *Tree)
{
    FAT_DIRECTORY *Directory;
    uint32_t Count, Place = 2 + TreeRandom(Tree, Tree->Volume->Geometry.Clusters);
    assert_done(TreeOpen(Tree, Tree->Volume, TreePick(Tree, true), &Directory));
    FAT_CHAIN *Chain = FatDirectoryChain(Directory);
    assert_done(FatCountClusters(Tree->Volume, Chain, &Count));
    if (Count > 1 && !FatClusterInUse(Tree->Volume, Place)) {
        assert_int_equal(FatMove(Tree->Volume, Chain, 0, Place, 1), FatTooLarge);
        assert_done(FatMove(Tree->Volume, Chain, Count - 1, Place, 1));
        FAT_RUN Run;
        assert_done(FatLookup(Tree->Volume, Chain, Count - 1, &Run));
        assert_int_equal(Run.Cluster, Place);
    }
    FatCloseDirectory(Directory);
}

// Over a file, when there is one: the other's bytes have the name then.
static FAT_RESULT TreeMove(TREE *Tree, FAT_DIRECTORY *From, const FAT_ENTRY *Old, FAT_DIRECTORY *To,
                           FAT_ENTRY *New, bool Replace)
{
    FAT_ENTRY There;
    if (!Replace)
        return FatRename(From, Old, To, New);
    assert_done(FatFind(To, New->Name, New->NameLength, &There));
    FAT_CHAIN Chain = {.FirstCluster = There.FirstCluster};
    FAT_RESULT Result = FatReplace(From, Old, To, &There, &Chain, New);
    FatForgetChain(Tree->Volume, &Chain);
    return Result;
}

static void TreeRename(TREE *Tree)
{
    int Number = TreePick(Tree, TreeRandom(Tree, 3) == 0);
    NODE *Node = &Tree->Nodes[Number], Wanted = {};
    FAT_DIRECTORY *From, *To;
    FAT_ENTRY Old, New = {};
    Wanted.Parent = TreeRandom(Tree, 2) ? Node->Parent : TreePick(Tree, true);
    if (!Number || TreeIsAbove(Tree, Number, Wanted.Parent))
        return;
    TreeName(Tree, &Wanted);
    int Over = TreeRandom(Tree, 2) ? TreePick(Tree, false) : 0;
    if (Over && Over != Number && !TreeIsAbove(Tree, Number, Over))
        Wanted = Tree->Nodes[Over];
    int There = TreeLookup(Tree, Wanted.Parent, Wanted.Name, Wanted.NameLength);
    bool Replace =
        There > 0 && There != Number && !Tree->Nodes[There].Directory && TreeRandom(Tree, 4) != 0;
    assert_done(TreeOpen(Tree, Tree->Volume, Node->Parent, &From));
    assert_done(TreeOpen(Tree, Tree->Volume, Wanted.Parent, &To));
    assert_done(FatFind(From, Node->Name, Node->NameLength, &Old));
    memcpy(New.Name, Wanted.Name, sizeof(New.Name));
    New.NameLength = Wanted.NameLength;
    Tree->Renaming = true;
    FAT_RESULT Result = TreeMove(Tree, From, &Old, To, &New, Replace);
    Tree->Renaming = false;
    if (There > 0 && There != Number && !Replace)
        assert_int_equal(Result, FatExists);
    if (Result == FatDone) {
        if (Replace)
            Tree->Nodes[There].Used = false;
        memcpy(Node->Name, Wanted.Name, sizeof(Node->Name));
        Node->NameLength = Wanted.NameLength;
        Node->Parent = Wanted.Parent;
        Node->Touched = true;
        Tree->Moved += Node->Directory;
    } else if (!TreeMayFail(Result) && Result != FatExists) {
        fail_msg("rename: %d", Result);
    }
    FatCloseDirectory(From);
    FatCloseDirectory(To);
}

void TreeStep(TREE *Tree)
{
    uint32_t Kind = TreeRandom(Tree, 100);
    if (Kind < 25)
        TreeCreate(Tree, false);
    else if (Kind < 35)
        TreeCreate(Tree, true);
    else if (Kind < 50)
        TreeDelete(Tree, false);
    else if (Kind < 57)
        TreeDelete(Tree, true);
    else if (Kind < 88)
        TreeResize(Tree);
    else if (Kind < 90)
        TreeRelocate(Tree);
    else if (Kind < 92)
        TreeRelocateDirectory(Tree);
    else
        TreeRename(Tree);
}

// ---- Comparing

const char *TreeHas(const TREE *Tree, FAT_VOLUME *Volume, int Number)
{
    const NODE *Node = &Tree->Nodes[Number];
    FAT_DIRECTORY *Parent;
    FAT_ENTRY Entry;
    if (TreeOpen(Tree, Volume, Node->Parent, &Parent) != FatDone)
        return "its parent is not there";
    const char *Problem = nullptr;
    if (FatFind(Parent, Node->Name, Node->NameLength, &Entry) != FatDone)
        Problem = "it is not there";
    else if (!(Entry.Attributes & FAT_ATTRIBUTE_DIRECTORY) != !Node->Directory)
        Problem = "it is of another kind";
    else if (!Node->Directory && Entry.Size != Node->Size)
        Problem = "it has another size";
    else if (!Node->Directory && !TreeHasBytes(Tree, Volume, Node, &Entry))
        Problem = "it has other bytes";
    FatCloseDirectory(Parent);
    return Problem;
}

// Who goes through with a cursor sees the same, without short names.
static void CompareListings(FAT_DIRECTORY *Directory)
{
    FAT_CURSOR Cursor = {};
    FAT_ENTRY Entry, Same;
    FAT_RESULT Result;
    uint32_t Slot = 0;
    for (;;) {
        Entry.ShortLength = 0;
        Result = FatNextAt(Directory, &Cursor, Slot, &Entry);
        assert_int_equal(Result, FatNext(Directory, Slot, &Same));
        if (Result != FatDone)
            return;
        assert_int_equal(Entry.ShortLength, 0);
        assert_int_equal(Entry.Slot, Same.Slot);
        assert_int_equal(Entry.Slots, Same.Slots);
        assert_int_equal(Entry.Size, Same.Size);
        assert_int_equal(Entry.FirstCluster, Same.FirstCluster);
        assert_int_equal(Entry.NameLength, Same.NameLength);
        assert_memory_equal(Entry.Name, Same.Name, Same.NameLength * sizeof(Same.Name[0]));
        Slot = Entry.Slot + Entry.Slots;
    }
}

void TreeCompare(const TREE *Tree, FAT_VOLUME *Volume)
{
    for (int i = 0; i < TREE_NODES; i++) {
        FAT_DIRECTORY *Directory;
        FAT_ENTRY Entry;
        int Count = 0;
        if (!Tree->Nodes[i].Used)
            continue;
        const char *Problem = i ? TreeHas(Tree, Volume, i) : nullptr;
        if (Problem)
            fail_msg("%s: %s", Utf8(Tree->Nodes[i].Name, Tree->Nodes[i].NameLength), Problem);
        if (!Tree->Nodes[i].Directory)
            continue;
        assert_done(TreeOpen(Tree, Volume, i, &Directory));
        assert_int_equal(FatDirectoryEntries(Directory), TreeChildren(Tree, i));
        for (uint32_t Slot = 0; FatNext(Directory, Slot, &Entry) == FatDone;
             Slot = Entry.Slot + Entry.Slots) {
            assert_true(TreeLookup(Tree, i, Entry.Name, Entry.NameLength) > 0);
            Count++;
        }
        assert_int_equal(Count, TreeChildren(Tree, i));
        CompareListings(Directory);
        FatCloseDirectory(Directory);
    }
}
