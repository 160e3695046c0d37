// The model: what is to be on the volume, and what an operation is to answer. Each process has a directory of its own and
// names of its own in one that all share, so that each knows what is there while the volume is everybody's.
#pragma once

#include "fstest.h"

enum {
    FsNodes = 48,
    FsOpens = 14,
    FsViews = 3,
    FsLocks = 4,
    FsOwn = 0,    // the process's directory
    FsShared = 1, // everybody's
    FsMostFile = 400000,
    FsHistory = 1024,
    FsShownHistory = 32,
};

typedef struct _FS_NODE {
    BOOLEAN Used, Directory, DeletePending;
    ULONG Parent, Attributes, Opens, Views, Children;
    ULONG NameLength;
    WCHAR Name[256];
    ULONG Size, Room;
    PUCHAR Data;
} FS_NODE, *PFS_NODE;

typedef struct _FS_LOCK {
    ULONG Offset, Length;
    BOOLEAN Exclusive;
} FS_LOCK;

typedef struct _FS_OPENED {
    HANDLE File; // null: none
    ULONG Node;
    ULONG Access;        // FILE_SHARE_ bits: what it reads, writes, deletes, as sharing sees it
    ULONG Rights, Share; // what the handle may; what it lets others do
    BOOLEAN DeleteOnClose, Uncached;
    ULONG LockCount;
    FS_LOCK Locks[FsLocks];
} FS_OPENED, *PFS_OPENED;

typedef struct _FS_VIEW {
    PUCHAR Address; // null: none
    ULONG Node, Size;
    BOOLEAN Writable;
} FS_VIEW, *PFS_VIEW;

// What was done to a file, for who has to find out why it is wrong.
typedef struct _FS_EVENT {
    ULONG Step, Node;
    PCWSTR Operation;
    ULONG Offset, Length; // of a write
    ULONG Size, Opens, Views;
} FS_EVENT, *PFS_EVENT;

typedef struct _FS_MODEL {
    FS_RANDOM Random;
    PCWSTR Drive;
    ULONG Number, Step, Failures, Full; // Full: how often there was no room
    FS_NODE Nodes[FsNodes];
    FS_OPENED Opens[FsOpens];
    FS_VIEW Views[FsViews];
    PUCHAR Buffer, Other; // FsMostFile and a little more
    PCWSTR Operation;     // under way
    ULONG Touched;        // by it; FsNodes: nothing
    ULONG Offset, Length; // of its write
    ULONG Events;         // how many there have been; the last are in History
    FS_EVENT History[FsHistory];
    PWSTR Path;
    UNICODE_STRING PathString;
} FS_MODEL, *PFS_MODEL;

VOID FsFail(PFS_MODEL Model, PCWSTR What, ULONG Node, NTSTATUS Expected, NTSTATUS Status);
// FALSE: it is another one, which has been told.
BOOLEAN FsExpect(PFS_MODEL Model, PCWSTR What, ULONG Node, NTSTATUS Expected, NTSTATUS Status);
VOID FsResizeNode(PFS_NODE Node, ULONG Size); // what is new is zero
VOID FsMakePath(PFS_MODEL Model, ULONG Parent, PCWSTR Name, ULONG Length);
ULONG FsLookup(PFS_MODEL Model, ULONG Parent, PCWSTR Name, ULONG Length); // FsNodes: none
BOOLEAN FsIsBelow(PFS_MODEL Model, ULONG Node, ULONG Above);              // or the same
BOOLEAN FsOpenBelow(PFS_MODEL Model, ULONG Node);
ULONG FsPickNode(PFS_MODEL Model, BOOLEAN Directory);
PFS_OPENED FsPickOpen(PFS_MODEL Model, ULONG Rights); // of a file; null: none
ULONG FsMakeName(PFS_MODEL Model, ULONG Parent, PWSTR Name);
VOID FsRemoveNode(PFS_MODEL Model, ULONG Node);
VOID FsTouch(PFS_MODEL Model, ULONG Node); // the operation has to do with it
VOID FsReportModel(PFS_MODEL Model);

typedef VOID FS_OPERATION(PFS_MODEL Model);
FS_OPERATION FsDoOpen, FsDoClose, FsDoWrite, FsDoAppend, FsDoRead, FsDoResize, FsDoAllocate,
    FsDoRename, FsDoDelete, FsDoList, FsDoMap, FsDoUseView, FsDoUnmap, FsDoLock, FsDoUnlock,
    FsDoFlush, FsDoQuery, FsDoAttributes;
VOID FsCloseOpened(PFS_MODEL Model, PFS_OPENED Opened);
VOID FsUnmapView(PFS_MODEL Model, PFS_VIEW View);
