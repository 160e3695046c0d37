// What is in files: through handles and through views.
#include "model.h"

enum { FsSector = 4096 }; // uncached transfers are multiples of it

static ULONG FsLength(PFS_MODEL Model)
{
    static const ULONG Most[] = {10, 100, 700, 5000, 30000, 100000};
    return 1 + FsRandom(&Model->Random, Most[FsRandom(&Model->Random, RTL_NUMBER_OF(Most))]);
}

static VOID FsFill(PFS_MODEL Model, PUCHAR Buffer, ULONG Length)
{
    ULONG Value = FsRandom(&Model->Random, MAXULONG), Step = FsRandom(&Model->Random, 250);
    for (ULONG i = 0; i < Length; i++)
        Buffer[i] = (UCHAR)((Value >> i % 4 * 8) + i / 4 * Step + i / 4096);
}

static BOOLEAN FsIsLocked(PFS_MODEL Model, const FS_OPENED *Opened, ULONG Offset, ULONG Length,
                          BOOLEAN Write)
{
    for (ULONG i = 0; i < FsOpens; i++) {
        const FS_OPENED *Other = &Model->Opens[i];
        for (ULONG j = 0; Other->File && Other->Node == Opened->Node && j < Other->LockCount; j++) {
            const FS_LOCK *Lock = &Other->Locks[j];
            if (Lock->Offset >= Offset + Length || Offset >= Lock->Offset + Lock->Length)
                continue;
            if (Lock->Exclusive ? Other != Opened : Write)
                return TRUE;
        }
    }
    return FALSE;
}

static VOID FsWriteAt(PFS_MODEL Model, PFS_OPENED Opened, ULONGLONG Where, ULONG Offset,
                      ULONG Length)
{
    PFS_NODE Node = &Model->Nodes[Opened->Node];
    ULONG Done;
    if (Opened->Uncached && Node->Views)
        return; // the two need not agree
    NTSTATUS Expected = FsIsLocked(Model, Opened, Offset, Length, TRUE) ? STATUS_FILE_LOCK_CONFLICT
                                                                        : STATUS_SUCCESS;
    FsFill(Model, Model->Buffer, Length);
    Model->Offset = Offset;
    Model->Length = Length;
    NTSTATUS Status = FsWrite(Opened->File, Where, Model->Buffer, Length, &Done);
    if (Status == STATUS_DISK_FULL && Offset + Length > Node->Size) {
        Model->Full++;
        return;
    }
    if (!FsExpect(Model, L"write", Opened->Node, Expected, Status) || !NT_SUCCESS(Status))
        return;
    if (Done != Length)
        FsFail(Model, L"length of write", Opened->Node, (NTSTATUS)Length, (NTSTATUS)Done);
    if (Offset + Length > Node->Size)
        FsResizeNode(Node, Offset + Length);
    RtlCopyMemory(Node->Data + Offset, Model->Buffer, Length);
}

VOID FsDoWrite(PFS_MODEL Model)
{
    PFS_OPENED Opened = FsPickOpen(Model, FILE_WRITE_DATA);
    if (!Opened)
        return;
    ULONG Size = Model->Nodes[Opened->Node].Size, Length = FsLength(Model);
    ULONG Reach = FsRandom(&Model->Random, 10) ? Size : Size + 40000;
    ULONG Offset = FsRandom(&Model->Random, Reach + 1);
    if (Opened->Uncached) {
        Offset = Offset / FsSector * FsSector;
        Length = (Length + FsSector - 1) / FsSector * FsSector;
    }
    if (Offset + Length <= FsMostFile)
        FsWriteAt(Model, Opened, Offset, Offset, Length);
}

VOID FsDoAppend(PFS_MODEL Model)
{
    PFS_OPENED Opened = FsPickOpen(Model, FILE_WRITE_DATA);
    if (!Opened || Opened->Uncached)
        return;
    ULONG Size = Model->Nodes[Opened->Node].Size, Length = FsLength(Model);
    if (Size + Length <= FsMostFile)
        FsWriteAt(Model, Opened, ~0ULL, Size, Length);
}

static VOID FsCompare(PFS_MODEL Model, PCWSTR What, ULONG Number, const UCHAR *Data, ULONG Offset,
                      ULONG Length)
{
    const UCHAR *Right = Model->Nodes[Number].Data + Offset;
    ULONG Same = 0;
    while (Same < Length && Data[Same] == Right[Same])
        Same++;
    if (Same == Length)
        return;
    FsFail(Model, What, Number, Right[Same], Data[Same]);
    ConPrint(L"  at byte %lu (from %lu to %lu of %lu)\n", Offset + Same, Offset, Offset + Length,
             Model->Nodes[Number].Size);
}

VOID FsDoRead(PFS_MODEL Model)
{
    PFS_OPENED Opened = FsPickOpen(Model, FILE_READ_DATA);
    ULONG Done;
    if (!Opened)
        return;
    PFS_NODE Node = &Model->Nodes[Opened->Node];
    ULONG Length = FsLength(Model), Offset = FsRandom(&Model->Random, Node->Size + 100);
    if (Opened->Uncached) {
        Offset = Offset / FsSector * FsSector;
        Length = (Length + FsSector - 1) / FsSector * FsSector;
    }
    NTSTATUS Expected = Offset >= Node->Size ? STATUS_END_OF_FILE : STATUS_SUCCESS;
    if (FsIsLocked(Model, Opened, Offset, Length, FALSE))
        Expected = STATUS_FILE_LOCK_CONFLICT;
    NTSTATUS Status = FsRead(Opened->File, Offset, Model->Buffer, Length, &Done);
    if (!FsExpect(Model, L"read", Opened->Node, Expected, Status) || !NT_SUCCESS(Status))
        return;
    ULONG Wanted = min(Length, Node->Size - Offset);
    if (Done != Wanted)
        FsFail(Model, L"length of read", Opened->Node, (NTSTATUS)Wanted, (NTSTATUS)Done);
    else
        FsCompare(Model, L"data", Opened->Node, Model->Buffer, Offset, Wanted);
}

static VOID FsResize(PFS_MODEL Model, FILE_INFORMATION_CLASS Class)
{
    PFS_OPENED Opened = FsPickOpen(Model, FILE_WRITE_DATA);
    if (!Opened)
        return;
    PFS_NODE Node = &Model->Nodes[Opened->Node];
    ULONG Reach = FsRandom(&Model->Random, 3) ? Node->Size : FsMostFile;
    LARGE_INTEGER Size = {.QuadPart = FsRandom(&Model->Random, Reach + 1)};
    if (FsRandom(&Model->Random, 6) == 0)
        Size.QuadPart = Size.QuadPart / 4096 * 4096;
    NTSTATUS Status = FsSet(Opened->File, Class, &Size, sizeof(Size));
    BOOLEAN Grows = Size.QuadPart > Node->Size;
    if (Grows && Status == STATUS_DISK_FULL)
        Model->Full++;
    else if (Node->Views && !Grows && Status == STATUS_USER_MAPPED_FILE)
        return;
    else if (FsExpect(Model, L"resize", Opened->Node, STATUS_SUCCESS, Status) &&
             (!Grows || Class == FileEndOfFileInformation))
        FsResizeNode(Node, (ULONG)Size.QuadPart);
}

VOID FsDoResize(PFS_MODEL Model)
{
    FsResize(Model, FileEndOfFileInformation);
}

VOID FsDoAllocate(PFS_MODEL Model)
{
    FsResize(Model, FileAllocationInformation);
}

VOID FsDoFlush(PFS_MODEL Model)
{
    PFS_OPENED Opened = FsPickOpen(Model, FILE_WRITE_DATA);
    IO_STATUS_BLOCK IoStatus;
    if (Opened)
        FsExpect(Model, L"flush", Opened->Node, STATUS_SUCCESS,
                 NtFlushBuffersFile(Opened->File, &IoStatus));
}

// ---- Views

VOID FsUnmapView(PFS_MODEL Model, PFS_VIEW View)
{
    if (!View->Address)
        return;
    FsTouch(Model, View->Node);
    FsExpect(Model, L"unmap", View->Node, STATUS_SUCCESS,
             NtUnmapViewOfSection(NtCurrentProcess(), View->Address));
    Model->Nodes[View->Node].Views--;
    View->Address = NULL;
}

VOID FsDoUnmap(PFS_MODEL Model)
{
    FsUnmapView(Model, &Model->Views[FsRandom(&Model->Random, FsViews)]);
}

VOID FsDoMap(PFS_MODEL Model)
{
    PFS_VIEW View = &Model->Views[FsRandom(&Model->Random, FsViews)];
    PFS_OPENED Opened = FsPickOpen(Model, FILE_READ_DATA);
    HANDLE Section;
    SIZE_T Size = 0;
    if (!Opened || View->Address || Model->Nodes[Opened->Node].DeletePending)
        return;
    PFS_NODE Node = &Model->Nodes[Opened->Node];
    BOOLEAN Write = (Opened->Rights & FILE_WRITE_DATA) != 0;
    ULONG Protect = Write ? PAGE_READWRITE : PAGE_READONLY;
    NTSTATUS Status = NtCreateSection(&Section, SECTION_MAP_READ | (Write ? SECTION_MAP_WRITE : 0),
                                      NULL, NULL, Protect, SEC_COMMIT, Opened->File);
    NTSTATUS Expected = Node->Size ? STATUS_SUCCESS : STATUS_MAPPED_FILE_SIZE_ZERO;
    if (!FsExpect(Model, L"section", Opened->Node, Expected, Status) || !NT_SUCCESS(Status))
        return;
    PVOID Address = NULL;
    Status = NtMapViewOfSection(Section, NtCurrentProcess(), &Address, 0, 0, NULL, &Size, ViewUnmap,
                                0, Protect);
    NtClose(Section);
    if (!FsExpect(Model, L"map", Opened->Node, STATUS_SUCCESS, Status))
        return;
    *View = (FS_VIEW){Address, Opened->Node, Node->Size, Write};
    Node->Views++;
}

VOID FsDoUseView(PFS_MODEL Model)
{
    PFS_VIEW View = &Model->Views[FsRandom(&Model->Random, FsViews)];
    if (!View->Address)
        return;
    PFS_NODE Node = &Model->Nodes[View->Node];
    ULONG Size = min(View->Size, Node->Size);
    FsTouch(Model, View->Node);
    FsCompare(Model, L"view", View->Node, View->Address, 0, Size);
    if (!View->Writable || !Size)
        return;
    ULONG Offset = FsRandom(&Model->Random, Size), Length = FsLength(Model);
    Length = min(Length, Size - Offset);
    Model->Offset = Offset;
    Model->Length = Length;
    FsFill(Model, View->Address + Offset, Length);
    RtlCopyMemory(Node->Data + Offset, View->Address + Offset, Length);
    if (FsRandom(&Model->Random, 4) == 0) {
        PVOID Base = View->Address;
        SIZE_T Bytes = Size;
        IO_STATUS_BLOCK IoStatus;
        FsExpect(Model, L"flush of view", View->Node, STATUS_SUCCESS,
                 NtFlushVirtualMemory(NtCurrentProcess(), &Base, &Bytes, &IoStatus));
    }
}
