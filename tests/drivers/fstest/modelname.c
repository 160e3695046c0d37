// Names: making them, renaming, deleting, listing, asking.
#include "model.h"

static ULONG FsMakeLong(PFS_MODEL Model, PWSTR Name, ULONG Most)
{
    static const WCHAR Letters[] = L"abcXYZ019 ._-+[]=,;äÖ日本";
    ULONG Length = 0, Wanted = 1 + FsRandom(&Model->Random, Most);
    while (Length < Wanted) {
        if (FsRandom(&Model->Random, 40) == 0) { // a pair
            Name[Length++] = 0xD83D;
            Name[Length++] = (WCHAR)(0xDE00 + FsRandom(&Model->Random, 64));
            continue;
        }
        Name[Length++] = Letters[FsRandom(&Model->Random, RTL_NUMBER_OF(Letters) - 1)];
    }
    Name[Length++] = L'x'; // not a dot or space at the end, nor at the beginning
    if (Name[0] == L' ' || Name[0] == L'.')
        Name[0] = L'q';
    return Length;
}

ULONG FsMakeName(PFS_MODEL Model, ULONG Parent, PWSTR Name)
{
    ULONG Length = 0;
    if (Parent == FsShared)
        Length = (ULONG)swprintf_s(Name, 16, L"w%lu ", Model->Number);
    switch (FsRandom(&Model->Random, 8)) {
    case 0:
    case 1:
        return Length + FsMakeLong(Model, Name + Length, 24);
    case 2: { // as long as can be
        ULONG Most = 255 - FsRandom(&Model->Random, 2);
        if (FsRandom(&Model->Random, 6))
            break;
        while (Length < Most)
            Name[Length++] = (WCHAR)(L'a' + FsRandom(&Model->Random, 26));
        return Length;
    }
    case 3: // short names that stand in each other's way
        return Length + (ULONG)swprintf_s(Name + Length, 64, L"long file name %lu.text",
                                          FsRandom(&Model->Random, 30));
    default:
        break;
    }
    return Length + (ULONG)swprintf_s(Name + Length, 64,
                                      FsRandom(&Model->Random, 2) ? L"f%lu.t%lu" : L"F%lu.T%lu",
                                      FsRandom(&Model->Random, 90), FsRandom(&Model->Random, 3));
}

static PFS_OPENED FsPickDeleter(PFS_MODEL Model)
{
    for (ULONG Try = 0; Try < 40; Try++) {
        PFS_OPENED Opened = &Model->Opens[FsRandom(&Model->Random, FsOpens)];
        if (Opened->File && (Opened->Rights & DELETE))
            return Opened;
    }
    return NULL;
}

VOID FsDoDelete(PFS_MODEL Model)
{
    PFS_OPENED Opened = FsPickDeleter(Model);
    if (!Opened)
        return;
    PFS_NODE Node = &Model->Nodes[Opened->Node];
    FILE_DISPOSITION_INFORMATION Information = {FsRandom(&Model->Random, 4) != 0};
    NTSTATUS Expected = STATUS_SUCCESS;
    if (Information.DeleteFile && (Node->Attributes || Node->Views))
        Expected = STATUS_CANNOT_DELETE;
    else if (Information.DeleteFile && Node->Children)
        Expected = STATUS_DIRECTORY_NOT_EMPTY;
    NTSTATUS Status =
        FsSet(Opened->File, FileDispositionInformation, &Information, sizeof(Information));
    if (FsExpect(Model, L"delete", Opened->Node, Expected, Status) && NT_SUCCESS(Status))
        Node->DeletePending = Information.DeleteFile;
}

// ---- Renaming

typedef struct _FS_MOVE {
    ULONG Node, Parent, There, Length;
    WCHAR Name[256];
    BOOLEAN Replace;
} FS_MOVE;

static BOOLEAN FsTargetShared(PFS_MODEL Model, ULONG Parent)
{
    for (ULONG i = 0; i < FsOpens; i++) {
        const FS_OPENED *Opened = &Model->Opens[i];
        if (Opened->File && Opened->Node == Parent && Opened->Access &&
            (!(Opened->Share & FILE_SHARE_WRITE) || (Opened->Access & FILE_SHARE_DELETE)))
            return FALSE;
    }
    return TRUE;
}

static NTSTATUS FsPredictMove(PFS_MODEL Model, const FS_MOVE *Move)
{
    const FS_NODE *Node = &Model->Nodes[Move->Node];
    if (Model->Nodes[Move->Parent].DeletePending) // the target directory is opened first
        return STATUS_DELETE_PENDING;
    if (!FsTargetShared(Model, Move->Parent))
        return STATUS_SHARING_VIOLATION;
    if (Node->DeletePending)
        return STATUS_DELETE_PENDING;
    if (Node->Directory && FsOpenBelow(Model, Move->Node))
        return STATUS_ACCESS_DENIED;
    if (Move->There == Move->Node || Move->There == FsNodes)
        return STATUS_SUCCESS;
    if (!Move->Replace)
        return STATUS_OBJECT_NAME_COLLISION;
    const FS_NODE *There = &Model->Nodes[Move->There];
    return There->Directory || There->Attributes || There->Opens || There->Views
               ? STATUS_ACCESS_DENIED
               : STATUS_SUCCESS;
}

static BOOLEAN FsPickMove(PFS_MODEL Model, FS_MOVE *Move)
{
    ULONG Other = FsPickNode(Model, FALSE);
    Move->Replace = FsRandom(&Model->Random, 2) != 0;
    Move->Parent = FsPickNode(Model, TRUE);
    if (FsRandom(&Model->Random, 3) == 0 && Other < FsNodes) {
        Move->Parent = Model->Nodes[Other].Parent;
        Move->Length = Model->Nodes[Other].NameLength;
        RtlCopyMemory(Move->Name, Model->Nodes[Other].Name, Move->Length * sizeof(WCHAR));
    } else {
        Move->Length = FsMakeName(Model, Move->Parent, Move->Name);
    }
    ULONG Depth = 0;
    for (ULONG i = Move->Parent; i != FsNodes; i = Model->Nodes[i].Parent)
        Depth++;
    Move->There = FsLookup(Model, Move->Parent, Move->Name, Move->Length);
    return Depth <= 3 && (Move->There == FsNodes || Move->There > FsShared);
}

VOID FsDoRename(PFS_MODEL Model)
{
    FS_MOVE Move;
    PFS_OPENED Opened = FsPickDeleter(Model);
    if (!Opened || !FsPickMove(Model, &Move))
        return;
    Move.Node = Opened->Node;
    PFS_NODE Node = &Model->Nodes[Move.Node];
    NTSTATUS Expected = FsPredictMove(Model, &Move);
    FsMakePath(Model, Move.Parent, Move.Name, Move.Length);
    ULONG Bytes = FIELD_OFFSET(FILE_RENAME_INFORMATION, FileName) + Model->PathString.Length;
    FILE_RENAME_INFORMATION *Information = FsAllocate(Bytes + sizeof(*Information));
    Information->ReplaceIfExists = Move.Replace;
    Information->FileNameLength = Model->PathString.Length;
    RtlCopyMemory(Information->FileName, Model->Path, Model->PathString.Length);
    NTSTATUS Status = FsSet(Opened->File, FileRenameInformation, Information, Bytes);
    FsFree(Information);
    if (Node->Directory && FsIsBelow(Model, Move.Parent, Move.Node)) {
        if (NT_SUCCESS(Status))
            FsFail(Model, L"move into itself", Move.Node, STATUS_INVALID_PARAMETER, Status);
        return;
    }
    if (Status == STATUS_DISK_FULL && Expected == STATUS_SUCCESS) {
        Model->Full++;
        return;
    }
    if (!FsExpect(Model, L"rename", Move.Node, Expected, Status) || !NT_SUCCESS(Status))
        return;
    if (Move.There != FsNodes && Move.There != Move.Node)
        FsRemoveNode(Model, Move.There);
    Model->Nodes[Node->Parent].Children--;
    Model->Nodes[Move.Parent].Children++;
    Node->Parent = Move.Parent;
    Node->NameLength = Move.Length;
    RtlCopyMemory(Node->Name, Move.Name, Move.Length * sizeof(WCHAR));
}

// ---- Listing

static BOOLEAN FsIsMine(PFS_MODEL Model, ULONG Parent, PCWSTR Name, ULONG Length)
{
    WCHAR Own[16];
    ULONG Count = (ULONG)swprintf_s(Own, RTL_NUMBER_OF(Own), L"w%lu ", Model->Number);
    return Parent != FsShared ||
           (Length >= Count &&
            RtlCompareMemory(Own, Name, Count * sizeof(WCHAR)) == Count * sizeof(WCHAR));
}

static VOID FsCheckListed(PFS_MODEL Model, ULONG Parent, const FILE_BOTH_DIR_INFORMATION *Entry,
                          PULONG Found)
{
    ULONG Length = Entry->FileNameLength / sizeof(WCHAR);
    if (Entry->FileName[0] == L'.' && (Length == 1 || (Length == 2 && Entry->FileName[1] == L'.')))
        return;
    if (!FsIsMine(Model, Parent, Entry->FileName, Length))
        return;
    ULONG Number = FsLookup(Model, Parent, Entry->FileName, Length);
    if (Number == FsNodes) {
        static WCHAR Text[256 * 6 + 1];
        FsEscape(Entry->FileName, Length, Text);
        FsFail(Model, L"listing: not of the model: below", Parent, 0, 0);
        ConPrint(L"  %ws\n", Text);
        return;
    }
    PFS_NODE Node = &Model->Nodes[Number];
    ULONG Wanted = (Node->Directory ? FILE_ATTRIBUTE_DIRECTORY : 0) | Node->Attributes;
    constexpr ULONG Seen = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_READONLY;
    ++*Found;
    if (RtlCompareMemory(Node->Name, Entry->FileName, Entry->FileNameLength) !=
        Entry->FileNameLength)
        FsFail(Model, L"listing: letters", Number, 0, 0);
    if (Entry->EndOfFile.QuadPart != Node->Size)
        FsFail(Model, L"listing: size", Number, (NTSTATUS)Node->Size,
               (NTSTATUS)Entry->EndOfFile.QuadPart);
    if ((Entry->FileAttributes & Seen) != Wanted)
        FsFail(Model, L"listing: attributes", Number, (NTSTATUS)Wanted,
               (NTSTATUS)Entry->FileAttributes);
}

VOID FsDoList(PFS_MODEL Model)
{
    ULONG Parent = FsPickNode(Model, TRUE), Found = 0;
    PFS_NODE Node = &Model->Nodes[Parent];
    HANDLE File;
    IO_STATUS_BLOCK IoStatus;
    FsMakePath(Model, Node->Parent, Node->Name, Node->NameLength);
    NTSTATUS Status = FsOpen(NULL, &Model->PathString, FILE_LIST_DIRECTORY,
                             FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_OPEN,
                             FILE_DIRECTORY_FILE, 0, &File);
    if (!NT_SUCCESS(Status)) {
        if (Status != STATUS_SHARING_VIOLATION && Status != STATUS_DELETE_PENDING)
            FsFail(Model, L"listing: open", Parent, STATUS_SUCCESS, Status);
        return;
    }
    ULONG Room = FsRandom(&Model->Random, 2) ? 1024 : 16384;
    while (NT_SUCCESS(Status = NtQueryDirectoryFile(File, NULL, NULL, NULL, &IoStatus, Model->Other,
                                                    Room, FileBothDirectoryInformation, FALSE, NULL,
                                                    FALSE))) {
        const FILE_BOTH_DIR_INFORMATION *Entry = (PVOID)Model->Other;
        for (;; Entry = (PVOID)((PUCHAR)Entry + Entry->NextEntryOffset)) {
            FsCheckListed(Model, Parent, Entry, &Found);
            if (!Entry->NextEntryOffset)
                break;
        }
    }
    FsExpect(Model, L"listing", Parent, STATUS_NO_MORE_FILES, Status);
    if (Found != Node->Children)
        FsFail(Model, L"listing: count", Parent, (NTSTATUS)Node->Children, (NTSTATUS)Found);
    NtClose(File);
}

// ---- Asking

VOID FsDoQuery(PFS_MODEL Model)
{
    PFS_OPENED Opened = &Model->Opens[FsRandom(&Model->Random, FsOpens)];
    FILE_STANDARD_INFORMATION Standard;
    IO_STATUS_BLOCK IoStatus;
    if (!Opened->File)
        return;
    PFS_NODE Node = &Model->Nodes[Opened->Node];
    NTSTATUS Status = NtQueryInformationFile(Opened->File, &IoStatus, &Standard, sizeof(Standard),
                                             FileStandardInformation);
    if (!FsExpect(Model, L"query", Opened->Node, STATUS_SUCCESS, Status))
        return;
    if (Standard.EndOfFile.QuadPart != Node->Size || Standard.Directory != Node->Directory ||
        Standard.DeletePending != Node->DeletePending)
        FsFail(Model, L"query: answer", Opened->Node, (NTSTATUS)Node->Size,
               (NTSTATUS)Standard.EndOfFile.QuadPart);
    FILE_NAME_INFORMATION *Name = (PVOID)Model->Other;
    Status = NtQueryInformationFile(Opened->File, &IoStatus, Name, 65536, FileNameInformation);
    FsMakePath(Model, Node->Parent, Node->Name, Node->NameLength);
    ULONG Skip = (ULONG)(4 + wcslen(Model->Drive)); // "\??\D:"
    UNICODE_STRING Wanted = {(USHORT)(Model->PathString.Length - Skip * sizeof(WCHAR)), 0,
                             Model->Path + Skip};
    UNICODE_STRING Told = {(USHORT)Name->FileNameLength, 0, Name->FileName};
    if (FsExpect(Model, L"query of name", Opened->Node, STATUS_SUCCESS, Status) &&
        !RtlEqualUnicodeString(&Wanted, &Told, FALSE)) {
        FsFail(Model, L"query: name", Opened->Node, 0, 0);
        FsEscape(Told.Buffer, Told.Length / sizeof(WCHAR), (PWSTR)Model->Buffer);
        ConPrint(L"  %ws\n", Model->Buffer);
    }
}

VOID FsDoAttributes(PFS_MODEL Model)
{
    PFS_OPENED Opened = &Model->Opens[FsRandom(&Model->Random, FsOpens)];
    if (!Opened->File || Model->Nodes[Opened->Node].Directory)
        return;
    PFS_NODE Node = &Model->Nodes[Opened->Node];
    ULONG New = FsRandom(&Model->Random, 3) ? 0 : FILE_ATTRIBUTE_READONLY;
    FILE_BASIC_INFORMATION Information = {.FileAttributes = New ? New : FILE_ATTRIBUTE_NORMAL};
    if (FsExpect(Model, L"attributes", Opened->Node, STATUS_SUCCESS,
                 FsSet(Opened->File, FileBasicInformation, &Information, sizeof(Information))))
        Node->Attributes = New;
}
