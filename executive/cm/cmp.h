// The private part of Cm.
#pragma once

#include "ntos.h"

#include "hive/hive.h"

enum {
    CM_TAG_HIVE = 'vHmC',
    CM_TAG_KEY = 'yKmC',
    CM_TAG_NAME = 'mNmC',
    CM_TAG_BUFFER = 'fBmC',
    CM_TAG_WATCH = 'tWmC',
};

// ---- Hives. The master hive is never written: it has the keys above those at which the others hang.

typedef struct _CM_HIVE {
    LIST_ENTRY Links;
    HIVE Hive;
    struct _CM_HIVE *MountHive; // null for the master
    HCELL MountCell;            // the key in MountHive that stands for the root
    UNICODE_STRING FileName;    // pool, terminated; empty: the hive has no file
    BOOLEAN Pinned;             // it cannot be unloaded: the system needs it, or it is on its way
    // Of one whose changes are written to its file (cmfile.c, cmwriter.c)
    BOOLEAN Stored;
    BOOLEAN Lazy;     // also when nobody asks for it
    BOOLEAN Writing;  // the writer is at it
    HIVE_FLUSH Flush; // under way, or failed: it comes before another one
    PVOID Files[2];   // by HIVE_FILE, referenced; null: not open
} CM_HIVE, *PCM_HIVE;

extern PCM_HIVE CmpMasterHive;
extern const HIVE_OPERATIONS CmpHiveOperations;

// A key's place: hive and cell. That of a mount point is the root of what is mounted there.
typedef struct _CM_PLACE {
    PCM_HIVE Hive;
    HCELL Cell;
} CM_PLACE;

NTSTATUS CmpCreateHive(PCWSTR RootName, PSECURITY_DESCRIPTOR Descriptor, PCM_HIVE *Result);
NTSTATUS CmpOpenHive(const VOID *Image, SIZE_T Size, PCM_HIVE *Result);
NTSTATUS CmpNameHive(PCM_HIVE Hive, PCUNICODE_STRING FileName);
VOID CmpCloseHive(PCM_HIVE Hive); // not mounted
VOID CmpMountHive(PCM_HIVE Hive, CM_PLACE Place);
VOID CmpUnmountHive(PCM_HIVE Hive);
PCM_HIVE CmpNextHive(PCM_HIVE Hive); // of those mounted; null: the first, and after the last
// From a key of the tree as stored to the key that programs see, and back.
CM_PLACE CmpEnterMount(CM_PLACE Place);
CM_PLACE CmpLeaveMount(CM_PLACE Place);
BOOLEAN CmpFindChild(CM_PLACE Parent, PCUNICODE_STRING Name, CM_PLACE *Child);
BOOLEAN CmpParent(CM_PLACE Place, CM_PLACE *Parent); // FALSE at the top
// By a path below \REGISTRY, through mounts but not through links.
BOOLEAN CmpFindPath(PCWSTR Path, CM_PLACE *Place);
// \REGISTRY\..., in pool.
NTSTATUS CmpFullName(CM_PLACE Place, PUNICODE_STRING Name);
ULONG CmpFullNameLength(CM_PLACE Place);

// ---- Keys in use

// A key that somebody has open or waits for changes of: what all its handles share.
typedef struct _CM_KEY_CONTROL {
    LIST_ENTRY HashLinks;
    ULONG References;
    BOOLEAN Deleted; // the place is not valid any more
    CM_PLACE Place;
    LIST_ENTRY Watches; // CM_WATCH
} CM_KEY_CONTROL, *PCM_KEY_CONTROL;

// The body of a key object.
typedef struct _CM_KEY {
    PCM_KEY_CONTROL Control;
    struct _CM_WATCH *Watch; // made by the first NtNotifyChangeKey of the handle
    ULONG HandleTags;
} CM_KEY, *PCM_KEY;

NTSTATUS CmpReferenceControl(CM_PLACE Place, PCM_KEY_CONTROL *Result);
VOID CmpDereferenceControl(PCM_KEY_CONTROL Control);
PCM_KEY_CONTROL CmpFindControl(CM_PLACE Place); // null: not in use; not referenced
// The keys of a hive that are in use, one after the other; Previous null: the first.
PCM_KEY_CONTROL CmpNextControl(PCM_HIVE Hive, PCM_KEY_CONTROL Previous);
VOID CmpMarkDeleted(CM_PLACE Place);
VOID CmpDoomControl(PCM_KEY_CONTROL Control, PLIST_ENTRY Doomed); // CmpEndDoomed does the rest
VOID CmpEndDoomed(PLIST_ENTRY Doomed);
VOID CmpMoveControl(PCM_KEY_CONTROL Control, CM_PLACE Place);
// A key object for the place, with one reference.
NTSTATUS CmpCreateKeyObject(CM_PLACE Place, PVOID *Result);
// By handle; STATUS_KEY_DELETED when the key is gone.
NTSTATUS CmpReferenceKey(HANDLE Handle, ACCESS_MASK Access, PCM_KEY *Key);

// Is Place below Above, in the same hive?
BOOLEAN CmpIsBelow(CM_PLACE Place, CM_PLACE Above);

static inline PHIVE CmpHive(PCM_KEY Key)
{
    return &Key->Control->Place.Hive->Hive;
}

static inline HCELL CmpCell(PCM_KEY Key)
{
    return Key->Control->Place.Cell;
}

// ---- Parsing (cmparse.c)

typedef struct _CM_PARSE_CONTEXT {
    BOOLEAN Create;
    UNICODE_STRING Class;
    ULONG Options;
    PSECURITY_DESCRIPTOR SecurityDescriptor;
    PCM_HIVE Load;     // mount this hive at the name
    ULONG Disposition; // result
} CM_PARSE_CONTEXT, *PCM_PARSE_CONTEXT;

NTSTATUS CmpParseKey(PVOID Object, POBJECT_TYPE Type, PACCESS_STATE AccessState,
                     KPROCESSOR_MODE Mode, ULONG Attributes, PUNICODE_STRING CompleteName,
                     PUNICODE_STRING RemainingName, PVOID Context, PVOID *Found);

// ---- Hives and files (cmload.c, cmlist.c)

NTSTATUS CmpRequirePrivilege(ULONG Privilege); // of the calling program
// The place of the hive becomes a key of its parent: called by the parse of a load.
NTSTATUS CmpAttachHive(PCM_HIVE Hive, CM_PLACE Parent, PCUNICODE_STRING Name);
// The tree below a key as a hive of its own.
NTSTATUS CmpCopyToHive(CM_PLACE Place, PCM_HIVE *Copy);
// The hive whose root the attributes name, else STATUS_INVALID_PARAMETER.
NTSTATUS CmpFindHive(const OBJECT_ATTRIBUTES USER *TargetKey, PCM_HIVE *Hive);
// Control\hivelist, where programs read which hives there are. It is kept up as far as memory goes.
VOID CmpListHive(PCM_HIVE Hive);
VOID CmpUnlistHive(PCM_HIVE Hive);
VOID CmpCreateHiveList(ULONG ControlSet);

static inline BOOLEAN CmpIsMounted(PCM_HIVE Hive)
{
    return Hive->MountHive != nullptr;
}

// The system's own hives, in place of those of the boot archive.
extern const WCHAR CmpBootVolume[]; // what their files' names begin with

// ---- Files that hives are written to (cmfile.c)

// The hive as its file and its log have it. It is not mounted, and stored.
NTSTATUS CmpOpenStoredHive(PCUNICODE_STRING FileName, PCM_HIVE *Hive);
// What has changed, and what is left of a flush that failed. On the writer's fiber, or before it is mounted.
NTSTATUS CmpWriteHive(PCM_HIVE Hive);
VOID CmpCloseFiles(PCM_HIVE Hive);

// ---- When they are written (cmwriter.c)

NTSTATUS CmpStartWriter(void);
// Until what the hive holds now is in its file. Timeout null: for ever.
NTSTATUS CmpFlushHive(PCM_HIVE Hive, PLARGE_INTEGER Timeout);
VOID CmpNoteChange(PCM_HIVE Hive);   // it is written soon
BOOLEAN CmpIsAwaited(PCM_HIVE Hive); // it is being written, or somebody waits for it to be

// ---- Security (cmsecure.c)

NTSTATUS CmpQueryKeySecurity(PVOID Object, PSECURITY_DESCRIPTOR *Descriptor);
NTSTATUS CmpSetKeySecurity(PVOID Object, SECURITY_INFORMATION Information,
                           PSECURITY_DESCRIPTOR Modification);
NTSTATUS CmpCheckKeyAccess(CM_PLACE Place, PACCESS_STATE AccessState, KPROCESSOR_MODE Mode,
                           ACCESS_MASK Access);
extern const GENERIC_MAPPING CmpKeyMapping;

// ---- Changes (cmnotify.c)

// Tell who watches this key, or with WatchTree one above it.
VOID CmpReportChange(CM_PLACE Place, ULONG Filter);
VOID CmpCloseWatch(PCM_KEY Key);
VOID CmpEndWatches(PCM_KEY_CONTROL Control); // the key was deleted

// ---- Answers whose names and data may be cut short

// Needed counts everything; what lies beyond Room is left out.
typedef struct _CM_ANSWER {
    PUCHAR Buffer; // Room bytes of cleared pool
    ULONG Room, Needed;
    ULONG Fixed; // the part that must fit
} CM_ANSWER, *PCM_ANSWER;

NTSTATUS CmpBeginAnswer(PCM_ANSWER Answer, ULONG Fixed, ULONG Needed, ULONG Length);
VOID CmpPut(PCM_ANSWER Answer, ULONG Offset, const VOID *Data, ULONG Size);
// How much of Size bytes at Offset has room; *Place is where.
ULONG CmpRoomAt(PCM_ANSWER Answer, ULONG Offset, ULONG Size, PVOID *Place);
// Copies, writes ResultLength and releases the buffer.
NTSTATUS CmpReturnAnswer(PCM_ANSWER Answer, VOID USER *Buffer, ULONG Length,
                         ULONG USER *ResultLength);
