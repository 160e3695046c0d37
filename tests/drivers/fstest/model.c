#include "model.h"

// ---- What was done

static VOID FsRemember(PFS_MODEL Model)
{
    if (Model->Touched == FsNodes)
        return;
    const FS_NODE *Node = &Model->Nodes[Model->Touched];
    Model->History[Model->Events++ % FsHistory] = (FS_EVENT){
        .Step = Model->Step,
        .Node = Model->Touched,
        .Operation = Model->Operation,
        .Offset = Model->Offset,
        .Length = Model->Length,
        .Size = Node->Size,
        .Opens = Node->Opens,
        .Views = Node->Views,
    };
    Model->Touched = FsNodes;
}

VOID FsTouch(PFS_MODEL Model, ULONG Node)
{
    if (Model->Touched != Node)
        FsRemember(Model);
    Model->Touched = Node;
}

static VOID FsShowHistory(const FS_MODEL *Model, ULONG Node)
{
    const FS_EVENT *Shown[FsShownHistory];
    ULONG Count = 0;
    for (ULONG i = 1; i <= min(Model->Events, (ULONG)FsHistory) && Count < FsShownHistory; i++) {
        const FS_EVENT *Event = &Model->History[(Model->Events - i) % FsHistory];
        if (Event->Node == Node)
            Shown[Count++] = Event;
    }
    while (Count--)
        ConPrint(L"  step %lu: %ws (%lu bytes at %lu): then %lu bytes, %lu handles, %lu views\n",
                 Shown[Count]->Step, Shown[Count]->Operation, Shown[Count]->Length,
                 Shown[Count]->Offset, Shown[Count]->Size, Shown[Count]->Opens,
                 Shown[Count]->Views);
}

// ---- Nodes

VOID FsFail(PFS_MODEL Model, PCWSTR What, ULONG Node, NTSTATUS Expected, NTSTATUS Status)
{
    static WCHAR Text[256 * 6 + 1];
    FsEscape(Model->Nodes[Node].Name, Model->Nodes[Node].NameLength, Text);
    ConPrint(L"WRONG: process %lu step %lu: %ws of '%ws' (%lu): %08lx, expected %08lx\n",
             Model->Number, Model->Step, What, Text, Node, Status, Expected);
    Model->Failures++;
    for (ULONG i = 0; i < FsOpens; i++) {
        const FS_OPENED *Opened = &Model->Opens[i];
        FILE_BASIC_INFORMATION Basic = {};
        IO_STATUS_BLOCK IoStatus;
        if (!Opened->File || Opened->Node != Node)
            continue;
        (VOID) NtQueryInformationFile(Opened->File, &IoStatus, &Basic, sizeof(Basic),
                                      FileBasicInformation);
        ConPrint(L"  open: rights %lx share %lx uncached %u locks %lu, attributes %lx for %lx\n",
                 Opened->Rights, Opened->Share, Opened->Uncached, Opened->LockCount,
                 Basic.FileAttributes, Model->Nodes[Node].Attributes);
    }
    FsShowHistory(Model, Node);
}

BOOLEAN FsExpect(PFS_MODEL Model, PCWSTR What, ULONG Node, NTSTATUS Expected, NTSTATUS Status)
{
    if (Status == Expected)
        return TRUE;
    FsFail(Model, What, Node, Expected, Status);
    return FALSE;
}

VOID FsResizeNode(PFS_NODE Node, ULONG Size)
{
    if (Size > Node->Room) {
        ULONG Room = max(Size, Node->Room * 2);
        PUCHAR Data = FsAllocate(Room);
        if (Node->Data) {
            RtlCopyMemory(Data, Node->Data, Node->Size);
            FsFree(Node->Data);
        }
        Node->Data = Data;
        Node->Room = Room;
    }
    if (Size < Node->Size)
        RtlZeroMemory(Node->Data + Size, Node->Size - Size);
    Node->Size = Size;
}

VOID FsMakePath(PFS_MODEL Model, ULONG Parent, PCWSTR Name, ULONG Length)
{
    ULONG Chain[FsNodes], Depth = 0;
    PWSTR At = Model->Path;
    At += swprintf_s(At, 16, L"\\??\\%ws", Model->Drive);
    for (ULONG Node = Parent; Node != FsNodes; Node = Model->Nodes[Node].Parent)
        Chain[Depth++] = Node;
    while (Depth--) {
        PFS_NODE Node = &Model->Nodes[Chain[Depth]];
        *At++ = L'\\';
        RtlCopyMemory(At, Node->Name, Node->NameLength * sizeof(WCHAR));
        At += Node->NameLength;
    }
    *At++ = L'\\';
    RtlCopyMemory(At, Name, Length * sizeof(WCHAR));
    At += Length;
    USHORT Bytes = (USHORT)((At - Model->Path) * sizeof(WCHAR));
    Model->PathString = (UNICODE_STRING){Bytes, Bytes, Model->Path};
}

ULONG FsLookup(PFS_MODEL Model, ULONG Parent, PCWSTR Name, ULONG Length)
{
    UNICODE_STRING Wanted = {(USHORT)(Length * sizeof(WCHAR)), (USHORT)(Length * sizeof(WCHAR)),
                             (PWSTR)(ULONG_PTR)Name};
    for (ULONG i = 0; i < FsNodes; i++) {
        PFS_NODE Node = &Model->Nodes[i];
        USHORT Bytes = (USHORT)(Node->NameLength * sizeof(WCHAR));
        UNICODE_STRING Has = {Bytes, Bytes, Node->Name};
        if (Node->Used && Node->Parent == Parent && RtlEqualUnicodeString(&Has, &Wanted, TRUE))
            return i;
    }
    return FsNodes;
}

BOOLEAN FsIsBelow(PFS_MODEL Model, ULONG Node, ULONG Above)
{
    for (; Node != FsNodes; Node = Model->Nodes[Node].Parent) {
        if (Node == Above)
            return TRUE;
    }
    return FALSE;
}

BOOLEAN FsOpenBelow(PFS_MODEL Model, ULONG Node)
{
    for (ULONG i = 0; i < FsNodes; i++) {
        if (i != Node && Model->Nodes[i].Used && Model->Nodes[i].Opens && FsIsBelow(Model, i, Node))
            return TRUE;
    }
    return FALSE;
}

ULONG FsPickNode(PFS_MODEL Model, BOOLEAN Directory)
{
    for (ULONG Try = 0; Try < 200; Try++) {
        ULONG i = FsRandom(&Model->Random, FsNodes);
        if (Model->Nodes[i].Used && Model->Nodes[i].Directory == Directory)
            return i;
    }
    return Directory ? FsOwn : FsNodes;
}

PFS_OPENED FsPickOpen(PFS_MODEL Model, ULONG Rights)
{
    for (ULONG Try = 0; Try < 40; Try++) {
        PFS_OPENED Opened = &Model->Opens[FsRandom(&Model->Random, FsOpens)];
        if (Opened->File && !Model->Nodes[Opened->Node].Directory &&
            (Opened->Rights & Rights) == Rights) {
            FsTouch(Model, Opened->Node);
            return Opened;
        }
    }
    return NULL;
}

VOID FsRemoveNode(PFS_MODEL Model, ULONG Number)
{
    PFS_NODE Node = &Model->Nodes[Number];
    Model->Nodes[Node->Parent].Children--;
    if (Node->Data)
        FsFree(Node->Data);
    RtlZeroMemory(Node, sizeof(*Node));
}

// ---- The run

static const struct {
    FS_OPERATION *Do;
    ULONG Weight;
    PCWSTR Name;
} FsOperations[] = {
    {FsDoOpen, 22, L"open"},        {FsDoClose, 12, L"close"},  {FsDoWrite, 14, L"write"},
    {FsDoAppend, 5, L"append"},     {FsDoRead, 12, L"read"},    {FsDoResize, 5, L"resize"},
    {FsDoAllocate, 1, L"allocate"}, {FsDoRename, 5, L"rename"}, {FsDoDelete, 5, L"delete"},
    {FsDoList, 3, L"list"},         {FsDoMap, 2, L"map"},       {FsDoUseView, 3, L"use view"},
    {FsDoUnmap, 2, L"unmap"},       {FsDoLock, 3, L"lock"},     {FsDoUnlock, 2, L"unlock"},
    {FsDoFlush, 1, L"flush"},       {FsDoQuery, 2, L"query"},   {FsDoAttributes, 1, L"attributes"},
};

static VOID FsOneStep(PFS_MODEL Model)
{
    ULONG Pick = FsRandom(&Model->Random, 100), i = 0;
    while (i + 1 < RTL_NUMBER_OF(FsOperations) && Pick >= FsOperations[i].Weight)
        Pick -= FsOperations[i++].Weight;
    Model->Touched = FsNodes;
    Model->Offset = Model->Length = 0;
    Model->Operation = FsOperations[i].Name;
    FsOperations[i].Do(Model);
    FsRemember(Model);
}

static NTSTATUS FsMakeTop(PFS_MODEL Model, ULONG Node, PCWSTR Name)
{
    HANDLE File;
    PFS_NODE Top = &Model->Nodes[Node];
    Top->Used = Top->Directory = TRUE;
    Top->Parent = FsNodes;
    Top->NameLength = (ULONG)wcslen(Name);
    RtlCopyMemory(Top->Name, Name, Top->NameLength * sizeof(WCHAR));
    FsMakePath(Model, FsNodes, Name, Top->NameLength);
    NTSTATUS Status = FsOpen(NULL, &Model->PathString, FILE_LIST_DIRECTORY,
                             FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_OPEN_IF,
                             FILE_DIRECTORY_FILE, 0, &File);
    if (NT_SUCCESS(Status))
        NtClose(File);
    return Status;
}

// worker DRIVE: SEED STEPS NUMBER
NTSTATUS FsWorker(PWSTR *Words, ULONG Count)
{
    PFS_MODEL Model = FsAllocate(sizeof(*Model));
    ULONG Steps = (ULONG)FsNumber(Words[2]);
    WCHAR Name[16];
    UNREFERENCED_PARAMETER(Count);
    Model->Number = (ULONG)FsNumber(Words[3]);
    Model->Random.State = (FsNumber(Words[1]) + 1) * 0x9E3779B97F4A7C15 + Model->Number * 7919;
    Model->Drive = Words[0];
    Model->Buffer = FsAllocate(FsMostFile + 65536);
    Model->Other = FsAllocate(FsMostFile + 65536);
    Model->Path = FsAllocate(FsMostPath);
    swprintf_s(Name, RTL_NUMBER_OF(Name), L"own%lu", Model->Number);
    NTSTATUS Status = FsMakeTop(Model, FsShared, L"shared");
    if (NT_SUCCESS(Status))
        Status = FsMakeTop(Model, FsOwn, Name);
    if (!NT_SUCCESS(Status)) {
        ConPrint(L"WRONG: process %lu cannot begin: %08lx\n", Model->Number, Status);
        return Status;
    }
    for (; Model->Step < Steps && Model->Failures < 5; Model->Step++) {
        if (Model->Step % 200 == 199) // a sign of life, on a busy host, too
            ConPrint(L"process %lu: step %lu\n", Model->Number, Model->Step + 1);
        FsOneStep(Model);
    }
    for (ULONG i = 0; i < FsViews; i++)
        FsUnmapView(Model, &Model->Views[i]);
    for (ULONG i = 0; i < FsOpens; i++)
        FsCloseOpened(Model, &Model->Opens[i]);
    FsReportModel(Model);
    ConPrint(L"process %lu: %lu steps, %lu wrong, %lu without room\n", Model->Number, Model->Step,
             Model->Failures, Model->Full);
    return Model->Failures ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

// model DRIVE: SEED STEPS PROCESSES
NTSTATUS FsModel(PWSTR *Words, ULONG Count)
{
    HANDLE Processes[8];
    CLIENT_ID Id;
    ULONG Started = 0, Wanted = min((ULONG)FsNumber(Words[3]), RTL_NUMBER_OF(Processes));
    NTSTATUS Worst = STATUS_SUCCESS, Status;
    UNREFERENCED_PARAMETER(Count);
    while (Started < Wanted) {
        WCHAR Line[128];
        swprintf_s(Line, RTL_NUMBER_OF(Line), L"fstest worker %ws %ws %ws %lu", Words[0], Words[1],
                   Words[2], Started);
        Worst = ProcStart(L"fstest", Line, &Processes[Started], &Id);
        if (!NT_SUCCESS(Worst))
            break;
        Started++;
    }
    for (ULONG i = 0; i < Started; i++) {
        Status = STATUS_SUCCESS;
        (VOID) ProcWait(Processes[i], &Status);
        if (!NT_SUCCESS(Status))
            Worst = Status;
    }
    ConPrint(L"model: %ws\n", NT_SUCCESS(Worst) ? L"good" : L"bad");
    return Worst;
}
