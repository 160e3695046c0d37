// Ob: typed, named, reference-counted objects, handle tables, the namespace.
#pragma once

// What a type does with its objects. Every routine may be null; none may keep the arguments.
typedef struct _OBJECT_TYPE_INITIALIZER {
    PCWSTR Name;
    ULONG BodySize;
    GENERIC_MAPPING GenericMapping;
    ACCESS_MASK ValidAccess;
    ULONG InvalidAttributes;     // OBJ_*
    BOOLEAN Waitable;            // the body starts with, or WaitObject gives, a DISPATCHER_HEADER
    BOOLEAN SecurityRequired;    // unnamed objects get a security descriptor too
    BOOLEAN MaintainHandleCount; // Close is told the number of handles of the process
    PVOID (*WaitObject)(PVOID Object);
    VOID (*Delete)(PVOID Object); // last reference gone; must not wait
    // Asked before Delete. TRUE: the object lives on with one reference, which the routine has taken
    // over; it is asked again when that is gone. Must not wait.
    BOOLEAN (*Retire)(PVOID Object);
    VOID (*Close)(PEPROCESS Process, PVOID Object, ACCESS_MASK GrantedAccess,
                  ULONG ProcessHandleCount, ULONG SystemHandleCount);
    BOOLEAN (*OkayToClose)(PEPROCESS Process, PVOID Object, HANDLE Handle, KPROCESSOR_MODE Mode);
    NTSTATUS (*Open)(PVOID Object, PEPROCESS Process, ACCESS_MASK GrantedAccess);
    // Parse the rest of a name below Object (device, key, file). *Found is referenced.
    // STATUS_REPARSE: CompleteName was replaced (pool; the old buffer freed), start again at the
    // root. Creating (ParseContext) is up to the type; what it was asked for in AccessState and
    // checked itself it moves from RemainingDesiredAccess to PreviouslyGrantedAccess.
    NTSTATUS (*Parse)(PVOID Object, POBJECT_TYPE Type, PACCESS_STATE AccessState,
                      KPROCESSOR_MODE Mode, ULONG Attributes, PUNICODE_STRING CompleteName,
                      PUNICODE_STRING RemainingName, PVOID Context, PVOID *Found);
    NTSTATUS (*QueryName)(PVOID Object, BOOLEAN HasName, POBJECT_NAME_INFORMATION Information,
                          ULONG Length, PULONG ReturnLength);
    // A type that keeps descriptors elsewhere (keys, files). Query gives a self-relative copy in
    // pool, or null when there is none. Set merges the parts named by Information.
    NTSTATUS (*QuerySecurity)(PVOID Object, PSECURITY_DESCRIPTOR *Descriptor);
    NTSTATUS (*SetSecurity)(PVOID Object, SECURITY_INFORMATION Information,
                            PSECURITY_DESCRIPTOR Modification);
} OBJECT_TYPE_INITIALIZER, *POBJECT_TYPE_INITIALIZER;

NTSTATUS ObCreateObjectType(const OBJECT_TYPE_INITIALIZER *Initializer, POBJECT_TYPE *Result);
const GENERIC_MAPPING *ObGetGenericMapping(POBJECT_TYPE Type);

// Captured OBJECT_ATTRIBUTES of a service: pool copies of name and security descriptor.
typedef struct _OB_ATTRIBUTES {
    HANDLE RootDirectory;
    UNICODE_STRING ObjectName; // Buffer null: no name
    ULONG Attributes;
    PSECURITY_DESCRIPTOR SecurityDescriptor;
    SECURITY_QUALITY_OF_SERVICE SecurityQos;
    BOOLEAN SecurityQosPresent;
    BOOLEAN Absent; // the service got a null pointer
} OB_ATTRIBUTES, *POB_ATTRIBUTES;

// Capture from user memory; a null pointer gives empty attributes. Release in every case of success.
NTSTATUS ObCaptureAttributes(POB_ATTRIBUTES Captured, const OBJECT_ATTRIBUTES USER *Attributes);
VOID ObReleaseAttributes(POB_ATTRIBUTES Captured);

// The usual shape of a service that creates an object: make it, initialise its body, insert it.
// Begin probes Handle, captures the attributes and creates a zeroed body of the type's size. Insert
// consumes object and attributes, and writes the handle to the program.
NTSTATUS ObBeginCreateService(POBJECT_TYPE Type, HANDLE USER *Handle,
                              const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                              POB_ATTRIBUTES Attributes, PVOID *Object);
NTSTATUS ObInsertService(PVOID Object, POB_ATTRIBUTES Attributes, ACCESS_MASK DesiredAccess,
                         HANDLE USER *Result);
// And of one that opens it.
NTSTATUS ObOpenService(POBJECT_TYPE Type, HANDLE USER *Result, ACCESS_MASK DesiredAccess,
                       const OBJECT_ATTRIBUTES USER *ObjectAttributes);
// Hand a new handle of the current process to the program. When it cannot be written it is closed.
NTSTATUS ObReturnHandle(NTSTATUS Status, HANDLE Handle, HANDLE USER *Result);

// Body is zeroed; one reference belongs to the caller.
NTSTATUS ObCreateObject(POBJECT_TYPE Type, SIZE_T BodySize, PVOID *Object);
// Name the object (if the attributes have a name), give it security, and make a handle. Consumes the
// caller's reference in every case. An existing object of that name: with OBJ_OPENIF it is opened
// and STATUS_OBJECT_NAME_EXISTS returned, else STATUS_OBJECT_NAME_COLLISION. Handle may be null in
// KernelMode: a permanent object then stays in the namespace without one.
NTSTATUS ObInsertObject(PVOID Object, POB_ATTRIBUTES Attributes, ACCESS_MASK DesiredAccess,
                        KPROCESSOR_MODE Mode, PHANDLE Handle);
NTSTATUS ObOpenObjectByName(POB_ATTRIBUTES Attributes, POBJECT_TYPE Type, KPROCESSOR_MODE Mode,
                            ACCESS_MASK DesiredAccess, PVOID ParseContext, PHANDLE Handle);
NTSTATUS ObOpenObjectByPointer(PVOID Object, ULONG HandleAttributes, ACCESS_MASK DesiredAccess,
                               POBJECT_TYPE Type, KPROCESSOR_MODE Mode, PHANDLE Handle);
NTSTATUS ObReferenceObjectByName(PCUNICODE_STRING Name, ULONG Attributes, ACCESS_MASK Access,
                                 POBJECT_TYPE Type, KPROCESSOR_MODE Mode, PVOID ParseContext,
                                 PVOID *Object);
// Handle of the current process, or a pseudo handle. Type null: any.
NTSTATUS ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess, POBJECT_TYPE Type,
                                   KPROCESSOR_MODE Mode, PVOID *Object, PACCESS_MASK GrantedAccess);
VOID ObReferenceObject(PVOID Object);
VOID ObDereferenceObject(PVOID Object);
POBJECT_TYPE ObGetObjectType(PVOID Object);
NTSTATUS ObCloseHandle(PEPROCESS Process, HANDLE Handle, KPROCESSOR_MODE Mode);
// The dispatcher header to wait on for an object. One without a state of its own gives an event
// that is always signalled, as on Windows.
PVOID ObGetWaitObject(PVOID Object);
NTSTATUS ObQueryNameString(PVOID Object, POBJECT_NAME_INFORMATION Information, ULONG Length,
                           PULONG ReturnLength);
// The self-relative descriptor of an object, a copy in pool; null when it has none.
NTSTATUS ObGetObjectSecurity(PVOID Object, PSECURITY_DESCRIPTOR *Descriptor);
// Security for an object that is never inserted: as Explicit (may be null) and the caller's token say.
NTSTATUS ObAssignSecurity(PVOID Object, PSECURITY_DESCRIPTOR Explicit);
NTSTATUS ObSetObjectSecurity(PVOID Object, SECURITY_INFORMATION Information,
                             PSECURITY_DESCRIPTOR Modification);
VOID ObMakeTemporaryObject(PVOID Object);
// A permanent symbolic link of the system.
NTSTATUS ObCreateSystemLink(PCWSTR Path, PCWSTR TargetPath);
NTSTATUS ObDeleteSystemLink(PCWSTR Path);
// Those that a driver host has made, whose process has ended.
VOID ObDeleteHostLinks(HANDLE ProcessId);

// Handle tables of processes
typedef struct _HANDLE_TABLE HANDLE_TABLE, *PHANDLE_TABLE;
// Parent null, or inherit its inheritable handles.
NTSTATUS ObCreateHandleTable(PEPROCESS Process, PEPROCESS Parent, PHANDLE_TABLE *Table);
// Inherit only the handles of this list (PS_ATTRIBUTE_HANDLE_LIST), which must be inheritable.
NTSTATUS ObCreateHandleTableWithList(PEPROCESS Process, PEPROCESS Parent, const HANDLE *Handles,
                                     ULONG Count, PHANDLE_TABLE *Table);
VOID ObKillProcessHandles(PEPROCESS Process); // close all; the table stays until it is freed
VOID ObFreeHandleTable(PHANDLE_TABLE Table);
ULONG ObGetHandleCount(PHANDLE_TABLE Table);
ULONG ObGetHighHandleCount(PHANDLE_TABLE Table); // the most there were at a time
// Does a handle of Process have these rights?
NTSTATUS ObCheckHandleAccess(PEPROCESS Process, HANDLE Handle, ACCESS_MASK Access);
// As NtDuplicateObject. Target and TargetHandle may be null with DUPLICATE_CLOSE_SOURCE.
NTSTATUS ObDuplicateObject(PEPROCESS Source, HANDLE SourceHandle, PEPROCESS Target,
                           PHANDLE TargetHandle, ACCESS_MASK DesiredAccess, ULONG Attributes,
                           ULONG Options, KPROCESSOR_MODE Mode);

// Call Routine for every handle of every process; it must not wait. FALSE ends the walk.
typedef struct _OB_HANDLE_SNAPSHOT {
    PEPROCESS Process;
    HANDLE Handle;
    PVOID Object;
    ULONG TypeIndex;
    ULONG Attributes; // OBJ_*
    ACCESS_MASK GrantedAccess;
} OB_HANDLE_SNAPSHOT;
VOID ObEnumerateHandles(BOOLEAN (*Routine)(const OB_HANDLE_SNAPSHOT *Entry, PVOID Context),
                        PVOID Context);
// The handles of one table only.
VOID ObEnumerateTable(PHANDLE_TABLE Table,
                      BOOLEAN (*Routine)(const OB_HANDLE_SNAPSHOT *Entry, PVOID Context),
                      PVOID Context);
VOID ObQueryObjectCounts(PVOID Object, PULONG PointerCount, PULONG HandleCount);

// \?? of a process: a directory of its own (ProcessDeviceMap), else that of its logon session.
NTSTATUS ObSetDeviceMap(PEPROCESS Process, HANDLE DirectoryHandle);
VOID ObQueryDeviceMapInformation(PEPROCESS Process, PULONG DriveMap, UCHAR DriveType[32]);
// Se calls this when the last token of a logon session is gone.
VOID ObDereferenceDeviceMap(PVOID DeviceMap);

extern POBJECT_TYPE ObpDirectoryObjectType, ObpSymbolicLinkObjectType, ObpTypeObjectType;
NTSTATUS ObInitSystem(void);
