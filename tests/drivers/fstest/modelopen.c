// Opening, closing, locks.
#include "model.h"

typedef struct _FS_WISH {
    ULONG Parent, Node; // Node: FsNodes if there is none of this name
    WCHAR Name[256];
    ULONG Length;
    ULONG Rights, Access, Share, Disposition, Options, Attributes;
    ULONG Slot;
} FS_WISH;

enum { FsAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

static ULONG FsAccessOf(ULONG Rights)
{
    return (Rights & FILE_READ_DATA ? FILE_SHARE_READ : 0) |
           (Rights & FILE_WRITE_DATA ? FILE_SHARE_WRITE : 0) |
           (Rights & DELETE ? FILE_SHARE_DELETE : 0);
}

static ULONG FsDepth(PFS_MODEL Model, ULONG Node)
{
    ULONG Depth = 0;
    for (; Node != FsNodes; Node = Model->Nodes[Node].Parent)
        Depth++;
    return Depth;
}

static VOID FsWishName(PFS_MODEL Model, FS_WISH *Wish)
{
    ULONG Node = FsPickNode(Model, FsRandom(&Model->Random, 8) == 0);
    if (FsRandom(&Model->Random, 100) < 60 && Node < FsNodes && Node > FsShared) {
        Wish->Parent = Model->Nodes[Node].Parent;
        Wish->Length = Model->Nodes[Node].NameLength;
        RtlCopyMemory(Wish->Name, Model->Nodes[Node].Name, Wish->Length * sizeof(WCHAR));
        for (ULONG i = 0; i < Wish->Length && FsRandom(&Model->Random, 2); i++)
            Wish->Name[i] = RtlUpcaseUnicodeChar(Wish->Name[i]);
    } else {
        Wish->Parent = FsPickNode(Model, TRUE);
        if (FsDepth(Model, Wish->Parent) > 4)
            Wish->Parent = FsOwn;
        Wish->Length = FsMakeName(Model, Wish->Parent, Wish->Name);
    }
    Wish->Node = FsLookup(Model, Wish->Parent, Wish->Name, Wish->Length);
}

static VOID FsMakeWish(PFS_MODEL Model, FS_WISH *Wish)
{
    static const ULONG Rights[] = {0,
                                   FILE_READ_DATA,
                                   FILE_READ_DATA | FILE_WRITE_DATA,
                                   FILE_READ_DATA | FILE_WRITE_DATA | DELETE,
                                   FILE_READ_DATA | FILE_WRITE_DATA | DELETE,
                                   FILE_WRITE_DATA,
                                   DELETE};
    static const ULONG Dispositions[] = {FILE_OPEN,      FILE_OPEN,         FILE_OPEN_IF,
                                         FILE_OPEN_IF,   FILE_OPEN_IF,      FILE_CREATE,
                                         FILE_OVERWRITE, FILE_OVERWRITE_IF, FILE_SUPERSEDE};
    FS_RANDOM *Random = &Model->Random;
    FsWishName(Model, Wish);
    Wish->Rights = Rights[FsRandom(Random, RTL_NUMBER_OF(Rights))];
    Wish->Disposition = Dispositions[FsRandom(Random, RTL_NUMBER_OF(Dispositions))];
    Wish->Share = FsRandom(Random, 4) ? FsAll : FsRandom(Random, 8);
    if (FsRandom(Random, 6) == 0) {
        Wish->Options |= FILE_DIRECTORY_FILE;
        if (Wish->Disposition != FILE_OPEN && Wish->Disposition != FILE_CREATE)
            Wish->Disposition = FILE_OPEN_IF;
    } else if (FsRandom(Random, 2)) {
        Wish->Options |= FILE_NON_DIRECTORY_FILE;
    }
    if (FsRandom(Random, 20) == 0 && (Wish->Node == FsNodes || !Model->Nodes[Wish->Node].Views)) {
        Wish->Options |= FILE_DELETE_ON_CLOSE;
        Wish->Rights |= DELETE;
    }
    if (FsRandom(Random, 10) == 0 && !(Wish->Options & FILE_DIRECTORY_FILE))
        Wish->Options |= FILE_NO_INTERMEDIATE_BUFFERING;
    if (FsRandom(Random, 25) == 0 && !(Wish->Options & FILE_DIRECTORY_FILE))
        Wish->Attributes = FILE_ATTRIBUTE_READONLY;
    Wish->Access = FsAccessOf(Wish->Rights);
}

static BOOLEAN FsReplaces(const FS_WISH *Wish)
{
    return Wish->Disposition == FILE_OVERWRITE || Wish->Disposition == FILE_OVERWRITE_IF ||
           Wish->Disposition == FILE_SUPERSEDE;
}

static BOOLEAN FsMayShare(PFS_MODEL Model, const FS_WISH *Wish)
{
    for (ULONG i = 0; i < FsOpens && Wish->Access; i++) {
        const FS_OPENED *Other = &Model->Opens[i];
        if (!Other->File || Other->Node != Wish->Node || !Other->Access)
            continue;
        if ((Wish->Access & ~Other->Share) || (Other->Access & ~Wish->Share))
            return FALSE;
    }
    return TRUE;
}

static NTSTATUS FsPredictNew(PFS_MODEL Model, const FS_WISH *Wish)
{
    if (Wish->Disposition == FILE_OPEN || Wish->Disposition == FILE_OVERWRITE)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (Model->Nodes[Wish->Parent].DeletePending)
        return STATUS_DELETE_PENDING;
    if ((Wish->Options & FILE_DELETE_ON_CLOSE) && Wish->Attributes)
        return STATUS_CANNOT_DELETE;
    return STATUS_SUCCESS;
}

static NTSTATUS FsPredictThere(PFS_MODEL Model, FS_WISH *Wish)
{
    const FS_NODE *Node = &Model->Nodes[Wish->Node];
    if (Wish->Disposition == FILE_CREATE)
        return STATUS_OBJECT_NAME_COLLISION;
    if (!Node->Directory && (Wish->Options & FILE_DIRECTORY_FILE))
        return STATUS_NOT_A_DIRECTORY;
    if (Node->Directory && (Wish->Options & FILE_NON_DIRECTORY_FILE))
        return STATUS_FILE_IS_A_DIRECTORY;
    if (Node->Directory && FsReplaces(Wish))
        return STATUS_OBJECT_NAME_COLLISION;
    if (Node->DeletePending)
        return STATUS_DELETE_PENDING;
    if (!Node->Directory && Node->Attributes) {
        if (Wish->Options & FILE_DELETE_ON_CLOSE)
            return STATUS_CANNOT_DELETE;
        if (FsReplaces(Wish) || (Wish->Rights & FILE_WRITE_DATA))
            return STATUS_ACCESS_DENIED;
    }
    if (FsReplaces(Wish))
        Wish->Access |= Wish->Disposition == FILE_SUPERSEDE ? FILE_SHARE_DELETE : FILE_SHARE_WRITE;
    if (!FsMayShare(Model, Wish))
        return STATUS_SHARING_VIOLATION;
    return FsReplaces(Wish) && Node->Views ? STATUS_USER_MAPPED_FILE : STATUS_SUCCESS;
}

static VOID FsNoteOpen(PFS_MODEL Model, const FS_WISH *Wish, ULONG Number, HANDLE File)
{
    PFS_NODE Node = &Model->Nodes[Number];
    PFS_OPENED Opened = &Model->Opens[Wish->Slot];
    if (!Node->Used) {
        Node->Used = TRUE;
        Node->Directory = (Wish->Options & FILE_DIRECTORY_FILE) != 0;
        Node->Parent = Wish->Parent;
        Node->NameLength = Wish->Length;
        Node->Attributes = Node->Directory ? 0 : Wish->Attributes;
        RtlCopyMemory(Node->Name, Wish->Name, Wish->Length * sizeof(WCHAR));
        Model->Nodes[Wish->Parent].Children++;
    } else if (FsReplaces(Wish)) {
        FsResizeNode(Node, 0);
        Node->Attributes = Wish->Attributes;
    }
    Node->Opens++;
    FsTouch(Model, Number);
    *Opened = (FS_OPENED){.File = File,
                          .Node = Number,
                          .Access = Wish->Access,
                          .Rights = Wish->Rights,
                          .Share = Wish->Share,
                          .DeleteOnClose = (Wish->Options & FILE_DELETE_ON_CLOSE) != 0,
                          .Uncached = (Wish->Options & FILE_NO_INTERMEDIATE_BUFFERING) != 0};
}

static ULONG FsFreeNode(PFS_MODEL Model)
{
    ULONG i = 0;
    while (i < FsNodes && Model->Nodes[i].Used)
        i++;
    return i;
}

VOID FsDoOpen(PFS_MODEL Model)
{
    FS_WISH Wish = {};
    HANDLE File;
    ULONG Free = FsFreeNode(Model);
    FsMakeWish(Model, &Wish);
    Wish.Slot = FsRandom(&Model->Random, FsOpens);
    FsCloseOpened(Model, &Model->Opens[Wish.Slot]);
    Wish.Node = FsLookup(Model, Wish.Parent, Wish.Name, Wish.Length);
    if (!Model->Nodes[Wish.Parent].Used || (Wish.Node == FsNodes && Free == FsNodes))
        return; // it was closed and deleted; or the model is full
    if (Wish.Node <= FsShared)
        return;
    NTSTATUS Expected =
        Wish.Node == FsNodes ? FsPredictNew(Model, &Wish) : FsPredictThere(Model, &Wish);
    FsMakePath(Model, Wish.Parent, Wish.Name, Wish.Length);
    NTSTATUS Status =
        FsOpen(NULL, &Model->PathString, Wish.Rights | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES,
               Wish.Share, Wish.Disposition, Wish.Options, Wish.Attributes, &File);
    if (Status == STATUS_DISK_FULL && Wish.Node == FsNodes && Expected == STATUS_SUCCESS) {
        Model->Full++;
        return;
    }
    ULONG Number = Wish.Node == FsNodes ? Free : Wish.Node;
    if (!NT_SUCCESS(Status) || !NT_SUCCESS(Expected)) {
        if (Status != Expected) {
            FsFail(Model, L"open", Wish.Node == FsNodes ? Wish.Parent : Wish.Node, Expected,
                   Status);
            ConPrint(L"  disposition %lu options %lx rights %lx share %lx\n", Wish.Disposition,
                     Wish.Options, Wish.Rights, Wish.Share);
        }
        if (NT_SUCCESS(Status))
            NtClose(File);
        return;
    }
    FsNoteOpen(Model, &Wish, Number, File);
}

// ---- Closing

VOID FsCloseOpened(PFS_MODEL Model, PFS_OPENED Opened)
{
    if (!Opened->File)
        return;
    ULONG Number = Opened->Node;
    PFS_NODE Node = &Model->Nodes[Number];
    FsTouch(Model, Number);
    BOOLEAN Goes = Node->Opens == 1 && (Node->DeletePending || Opened->DeleteOnClose);
    for (ULONG i = 0; Goes && i < FsViews; i++) {
        if (Model->Views[i].Address && Model->Views[i].Node == Number)
            FsUnmapView(Model, &Model->Views[i]);
    }
    FsExpect(Model, L"close", Number, STATUS_SUCCESS, NtClose(Opened->File));
    Node->Opens--;
    if (Opened->DeleteOnClose)
        Node->DeletePending = TRUE;
    RtlZeroMemory(Opened, sizeof(*Opened));
    if (Goes && !Node->Children)
        FsRemoveNode(Model, Number);
    else if (Goes)
        Node->DeletePending = FALSE;
}

VOID FsDoClose(PFS_MODEL Model)
{
    FsCloseOpened(Model, &Model->Opens[FsRandom(&Model->Random, FsOpens)]);
}

// ---- Locks

static BOOLEAN FsOverlaps(const FS_LOCK *Lock, ULONG Offset, ULONG Length)
{
    return Lock->Offset < Offset + Length && Offset < Lock->Offset + Lock->Length;
}

static BOOLEAN FsFindOverlap(PFS_MODEL Model, ULONG Node, ULONG Offset, ULONG Length,
                             BOOLEAN Exclusive)
{
    for (ULONG i = 0; i < FsOpens; i++) {
        const FS_OPENED *Opened = &Model->Opens[i];
        for (ULONG j = 0; Opened->File && Opened->Node == Node && j < Opened->LockCount; j++) {
            if ((Exclusive || Opened->Locks[j].Exclusive) &&
                FsOverlaps(&Opened->Locks[j], Offset, Length))
                return TRUE;
        }
    }
    return FALSE;
}

VOID FsDoLock(PFS_MODEL Model)
{
    PFS_OPENED Opened = FsPickOpen(Model, FILE_READ_DATA);
    IO_STATUS_BLOCK IoStatus;
    if (!Opened || Opened->LockCount == FsLocks)
        return;
    ULONG Size = Model->Nodes[Opened->Node].Size;
    FS_LOCK Lock = {FsRandom(&Model->Random, Size + 5000), 1 + FsRandom(&Model->Random, 9000),
                    FsRandom(&Model->Random, 2) != 0};
    BOOLEAN Taken = FsFindOverlap(Model, Opened->Node, Lock.Offset, Lock.Length, Lock.Exclusive);
    for (ULONG i = 0; i < Opened->LockCount; i++) {
        if (FsOverlaps(&Opened->Locks[i], Lock.Offset, Lock.Length))
            return; // a shared lock may lie over one's own exclusive one
    }
    LARGE_INTEGER Offset = {.QuadPart = Lock.Offset}, Length = {.QuadPart = Lock.Length};
    NTSTATUS Status = NtLockFile(Opened->File, NULL, NULL, NULL, &IoStatus, &Offset, &Length, 0,
                                 TRUE, Lock.Exclusive);
    if (FsExpect(Model, L"lock", Opened->Node, Taken ? STATUS_LOCK_NOT_GRANTED : STATUS_SUCCESS,
                 Status) &&
        NT_SUCCESS(Status))
        Opened->Locks[Opened->LockCount++] = Lock;
}

VOID FsDoUnlock(PFS_MODEL Model)
{
    PFS_OPENED Opened = FsPickOpen(Model, FILE_READ_DATA);
    IO_STATUS_BLOCK IoStatus;
    if (!Opened)
        return;
    if (!Opened->LockCount) {
        LARGE_INTEGER Offset = {.QuadPart = 5}, Length = {.QuadPart = 7};
        FsExpect(Model, L"unlock of nothing", Opened->Node, STATUS_RANGE_NOT_LOCKED,
                 NtUnlockFile(Opened->File, &IoStatus, &Offset, &Length, 0));
        return;
    }
    FS_LOCK *Lock = &Opened->Locks[FsRandom(&Model->Random, Opened->LockCount)];
    LARGE_INTEGER Offset = {.QuadPart = Lock->Offset}, Length = {.QuadPart = Lock->Length};
    FsExpect(Model, L"unlock", Opened->Node, STATUS_SUCCESS,
             NtUnlockFile(Opened->File, &IoStatus, &Offset, &Length, 0));
    *Lock = Opened->Locks[--Opened->LockCount];
}
