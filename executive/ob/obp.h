// The private part of Ob.
#pragma once

#include "ntos.h"

enum {
    OB_TAG_OBJECT = 'jbOo',
    OB_TAG_NAME = 'mNbO',
    OB_TAG_TABLE = 'btbO',
    OB_TAG_BUFFER = 'fBbO',
    OB_TAG_COUNT = 'tCbO',
};

// ---- Objects

// How many handles one process has to an object of a type that asks for it.
typedef struct _OBP_HANDLE_COUNT {
    struct _OBP_HANDLE_COUNT *Next;
    PEPROCESS Process;
    ULONG Count;
} OBP_HANDLE_COUNT, *POBP_HANDLE_COUNT;

typedef struct _OBJECT_DIRECTORY OBJECT_DIRECTORY, *POBJECT_DIRECTORY;

// An object's place in the namespace. The directory holds a reference to the object and the object,
// through this, one to the directory.
typedef struct _OBP_NAME {
    LIST_ENTRY HashLinks;
    POBJECT_DIRECTORY Directory; // null: unlinked, the name is only remembered
    PVOID Object;
    ULONG Hash;
    UNICODE_STRING Name; // its characters follow
} OBP_NAME, *POBP_NAME;

enum {
    OBP_PERMANENT = 1, // keeps its name without handles
    OBP_EXCLUSIVE = 2, // handles of one process only
};

// In front of every body. Each handle counts as a reference too.
typedef struct _OBJECT_HEADER {
    union {
        LONG_PTR PointerCount;
        struct _OBJECT_HEADER *NextToDelete; // when the count has reached zero
    };
    POBJECT_TYPE Type;
    POBP_NAME Name;                          // null: never named
    PSECURITY_DESCRIPTOR SecurityDescriptor; // self-relative, pool
    PEPROCESS ExclusiveProcess;
    POBP_HANDLE_COUNT HandleCounts;
    ULONG HandleCount;
    ULONG Flags;
    alignas(16) UCHAR Body[];
} OBJECT_HEADER, *POBJECT_HEADER;

#define ObpHeader(Object) CONTAINING_RECORD(Object, OBJECT_HEADER, Body)

struct _OBJECT_TYPE {
    OBJECT_TYPE_INITIALIZER Info;
    UNICODE_STRING Name;
    ULONG Index;
    ULONG ObjectCount, HandleCount, HighObjectCount, HighHandleCount;
};

constexpr ULONG OBP_FIRST_TYPE_INDEX = 2; // as on Windows, 0 and 1 are no types
constexpr ULONG OBP_MAX_TYPES = 64;
extern POBJECT_TYPE ObpTypes[OBP_MAX_TYPES]; // by index
extern ULONG ObpTypeCount;                   // one more than the highest index

VOID ObpUnlinkName(POBJECT_HEADER Header);
VOID ObpDeleteNameCheck(POBJECT_HEADER Header);

// ---- Directories and links

constexpr ULONG OBP_BUCKETS = 37;

struct _OBJECT_DIRECTORY {
    LIST_ENTRY Buckets[OBP_BUCKETS];
    POBJECT_DIRECTORY Shadow;         // where lookups go on, or null
    struct _OBP_NAMESPACE *Namespace; // that it is the root of, or null
    BOOLEAN OnWay;                    // a drive letter has been followed through it
};

typedef struct _OBJECT_SYMBOLIC_LINK {
    UNICODE_STRING Target;
    LARGE_INTEGER CreationTime;
    ACCESS_MASK AccessMask; // it leads nowhere for who wants other rights
    // Of a driver host's: its driver deletes it, or its end does.
    LIST_ENTRY HostLink; // empty, or never set: of nobody
    HANDLE Host;         // the identifier of its process
} OBJECT_SYMBOLIC_LINK, *POBJECT_SYMBOLIC_LINK;

extern POBJECT_DIRECTORY ObpRootDirectory, ObpTypeDirectory;
extern POBJECT_DIRECTORY ObpGlobalDosDevices, ObpSessionDosDevices;

// In the directory alone, or in its shadows too. Not referenced.
PVOID ObpLookupOwnEntry(POBJECT_DIRECTORY Directory, PCUNICODE_STRING Name, BOOLEAN IgnoreCase);
PVOID ObpLookupDirectoryEntry(POBJECT_DIRECTORY Directory, PCUNICODE_STRING Name,
                              BOOLEAN IgnoreCase);
NTSTATUS ObpCreateName(PCUNICODE_STRING Name, POBP_NAME *Result);
VOID ObpLinkName(POBJECT_DIRECTORY Directory, PVOID Object, POBP_NAME Name);
NTSTATUS ObpCreateDirectory(PVOID *Directory);
VOID ObpDeleteDirectory(PVOID Object);
VOID ObpDeleteSymbolicLink(PVOID Object);
NTSTATUS ObpParseSymbolicLink(PVOID Object, POBJECT_TYPE Type, PACCESS_STATE AccessState,
                              KPROCESSOR_MODE Mode, ULONG Attributes, PUNICODE_STRING CompleteName,
                              PUNICODE_STRING RemainingName, PVOID Context, PVOID *Found);
NTSTATUS ObpCreateSymbolicLink(PCUNICODE_STRING Target, PVOID *Link);

VOID ObpInitializeDirectory(POBJECT_DIRECTORY Directory);

// A directory that is the root of a private namespace goes, or loses its name.
VOID ObpDropNamespace(POBJECT_DIRECTORY Directory);

// The directory that \?? is for the current thread, referenced.
NTSTATUS ObpReferenceDosDevices(ULONG Attributes, POBJECT_DIRECTORY *Directory);

// ---- Lookup

typedef struct _OBP_DRIVE OBP_DRIVE, *POBP_DRIVE;

// One lookup. Status codes are those of the services that use it.
typedef struct _OBP_LOOKUP {
    HANDLE RootHandle;
    ULONG Attributes;
    POBJECT_TYPE Type; // what is wanted; null: any
    KPROCESSOR_MODE Mode;
    PACCESS_STATE AccessState;
    PVOID ParseContext;
    PVOID InsertObject; // to be entered when the name is free, or null
    PSECURITY_DESCRIPTOR InsertSecurity;
    UNICODE_STRING CompleteName; // own copy
    UNICODE_STRING Remaining;    // in CompleteName
    POBP_DRIVE Drive;            // that is to be known when the way ends, or null
    POBJECT_DIRECTORY DriveMap;
    ULONG DriveRest; // bytes behind it
} OBP_LOOKUP, *POBP_LOOKUP;

// *Found is referenced. With InsertObject, *Found is that object or an existing one (OBJ_OPENIF).
NTSTATUS ObpLookup(POBP_LOOKUP Lookup, PCUNICODE_STRING Name, PVOID *Found);

// ---- Drive letters (obdrive.c)

// Remaining begins with one: what it leads to, referenced, and Remaining is what is behind it. Null: it has to be followed.
PVOID ObpFindDrive(POBP_LOOKUP Lookup, POBJECT_DIRECTORY Map);
VOID ObpWayLeadsThrough(POBP_LOOKUP Lookup, POBJECT_DIRECTORY Directory);
VOID ObpWayEnds(POBP_LOOKUP Lookup, PVOID Object);     // it parses what remains; a link may go on
VOID ObpNoteChange(const OBJECT_DIRECTORY *Directory); // of the names in it
VOID ObpWaysChange(VOID);                              // a link has changed

// ---- Handles

typedef struct _HANDLE_ENTRY {
    POBJECT_HEADER Header; // null: free
    union {
        ACCESS_MASK GrantedAccess;
        ULONG NextFree; // index
    };
    ULONG Attributes; // OBJ_PROTECT_CLOSE, OBJ_INHERIT, OBJ_AUDIT_OBJECT_CLOSE
} HANDLE_ENTRY, *PHANDLE_ENTRY;

#define OBP_HANDLE_ATTRIBUTES (OBJ_PROTECT_CLOSE | OBJ_INHERIT | OBJ_AUDIT_OBJECT_CLOSE)

PHANDLE_TABLE ObpCurrentTable(void);
NTSTATUS ObpCreateTable(PEPROCESS Process, PHANDLE_TABLE *Result);
PHANDLE_ENTRY ObpLookupHandle(PHANDLE_TABLE Table, HANDLE Handle);
NTSTATUS ObpAllocateHandle(PHANDLE_TABLE Table, POBJECT_HEADER Header, ACCESS_MASK GrantedAccess,
                           ULONG Attributes, PHANDLE Handle);
// Enter at a given value, which must be free: inheritance.
NTSTATUS ObpAllocateHandleAt(PHANDLE_TABLE Table, HANDLE Handle, POBJECT_HEADER Header,
                             ACCESS_MASK GrantedAccess, ULONG Attributes);
// Close the gaps that entering at given values left in the free list.
VOID ObpRebuildFreeList(PHANDLE_TABLE Table);
VOID ObpFreeHandle(PHANDLE_TABLE Table, HANDLE Handle);
// The next handle in use from *Index on; moves *Index beyond it. Null at the end.
PHANDLE_ENTRY ObpNextHandle(PHANDLE_TABLE Table, PULONG Index, PHANDLE Handle);
VOID ObpRefuseHandles(PHANDLE_TABLE Table); // no new ones from now on

// Count a handle and tell the type; undone by ObpDecrementHandleCount.
NTSTATUS ObpIncrementHandleCount(POBJECT_HEADER Header, PEPROCESS Process, ACCESS_MASK Access,
                                 ULONG Attributes);
VOID ObpDecrementHandleCount(POBJECT_HEADER Header, PEPROCESS Process, ACCESS_MASK Access);
NTSTATUS ObpCreateHandle(PEPROCESS Process, PVOID Object, ACCESS_MASK GrantedAccess,
                         ULONG Attributes, PHANDLE Handle);
NTSTATUS ObpReferenceByHandle(PEPROCESS Process, HANDLE Handle, ACCESS_MASK DesiredAccess,
                              POBJECT_TYPE Type, KPROCESSOR_MODE Mode, PVOID *Object,
                              PACCESS_MASK GrantedAccess, PULONG Attributes);
PEPROCESS ObpCurrentProcess(void);

// ---- Access

// May the caller have what it asks for? Granted rights go to AccessState.
NTSTATUS ObpCheckObjectAccess(PVOID Object, PACCESS_STATE AccessState, KPROCESSOR_MODE Mode);
NTSTATUS ObpCheckDirectoryAccess(POBJECT_DIRECTORY Directory, PACCESS_STATE AccessState,
                                 KPROCESSOR_MODE Mode, ACCESS_MASK Access);
NTSTATUS ObpAssignSecurity(POBJECT_HEADER Header, PSECURITY_DESCRIPTOR Parent,
                           PSECURITY_DESCRIPTOR Explicit, PSECURITY_DESCRIPTOR *Assigned);
