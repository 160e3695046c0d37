// Ob: typed, named, reference-counted objects, handle tables, the namespace.
#pragma once

// What a type does with its objects. Every routine may be null; none may keep the arguments.
typedef struct _OBJECT_TYPE_INITIALIZER {
    PCWSTR Name;
    ULONG BodySize;
    GENERIC_MAPPING GenericMapping;
    ACCESS_MASK ValidAccess;
    ULONG InvalidAttributes; // OBJ_*
    BOOLEAN Waitable;        // the body starts with, or WaitObject gives, a DISPATCHER_HEADER
    PVOID (*WaitObject)(PVOID Object);
    VOID (*Delete)(PVOID Object);                     // last reference gone
    VOID (*Close)(PEPROCESS Process, PVOID Object, ACCESS_MASK GrantedAccess,
                  ULONG ProcessHandleCount, ULONG SystemHandleCount);
    BOOLEAN (*OkayToClose)(PEPROCESS Process, PVOID Object, HANDLE Handle, KPROCESSOR_MODE Mode);
    NTSTATUS (*Open)(PVOID Object, PEPROCESS Process, ACCESS_MASK GrantedAccess);
    // Parse the rest of a name below Object (device, key, file). STATUS_REPARSE: CompleteName was
    // replaced, start again at the root.
    NTSTATUS (*Parse)(PVOID Object, POBJECT_TYPE Type, PACCESS_STATE AccessState,
                      KPROCESSOR_MODE Mode, ULONG Attributes, PUNICODE_STRING CompleteName,
                      PUNICODE_STRING RemainingName, PVOID Context, PVOID *Found);
    NTSTATUS (*QueryName)(PVOID Object, BOOLEAN HasName, POBJECT_NAME_INFORMATION Information,
                          ULONG Length, PULONG ReturnLength);
} OBJECT_TYPE_INITIALIZER, *POBJECT_TYPE_INITIALIZER;

NTSTATUS ObCreateObjectType(const OBJECT_TYPE_INITIALIZER *Initializer, POBJECT_TYPE *Type);

// Captured OBJECT_ATTRIBUTES of a service: pool copies of name and security descriptor.
typedef struct _OB_ATTRIBUTES {
    HANDLE RootDirectory;
    UNICODE_STRING ObjectName; // Buffer null: no name
    ULONG Attributes;
    PSECURITY_DESCRIPTOR SecurityDescriptor;
} OB_ATTRIBUTES, *POB_ATTRIBUTES;

// Capture from user memory; a null pointer gives empty attributes. Release in every case of success.
NTSTATUS ObCaptureAttributes(POB_ATTRIBUTES Captured, const OBJECT_ATTRIBUTES USER *Attributes);
VOID ObReleaseAttributes(POB_ATTRIBUTES Captured);

// Body is zeroed; one reference belongs to the caller.
NTSTATUS ObCreateObject(POBJECT_TYPE Type, SIZE_T BodySize, PVOID *Object);
// Name the object (if the attributes have a name), give it security, and make a handle. Consumes the
// caller's reference in every case. An existing object of that name: with OBJ_OPENIF it is opened
// and STATUS_OBJECT_NAME_EXISTS returned, else STATUS_OBJECT_NAME_COLLISION.
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
                                   KPROCESSOR_MODE Mode, PVOID *Object,
                                   PACCESS_MASK GrantedAccess);
VOID ObReferenceObject(PVOID Object);
VOID ObDereferenceObject(PVOID Object);
POBJECT_TYPE ObGetObjectType(PVOID Object);
NTSTATUS ObCloseHandle(PEPROCESS Process, HANDLE Handle, KPROCESSOR_MODE Mode);
// The dispatcher header to wait on for an object, or null when its type cannot be waited for.
PVOID ObGetWaitObject(PVOID Object);
NTSTATUS ObQueryNameString(PVOID Object, POBJECT_NAME_INFORMATION Information, ULONG Length,
                           PULONG ReturnLength);

// Handle tables of processes
typedef struct _HANDLE_TABLE HANDLE_TABLE, *PHANDLE_TABLE;
// Parent null, or inherit its inheritable handles.
NTSTATUS ObCreateHandleTable(PEPROCESS Process, PEPROCESS Parent, PHANDLE_TABLE *Table);
VOID ObKillProcessHandles(PEPROCESS Process); // close all; the table stays until it is freed
VOID ObFreeHandleTable(PHANDLE_TABLE Table);
ULONG ObGetHandleCount(PHANDLE_TABLE Table);

extern POBJECT_TYPE ObpDirectoryObjectType, ObpSymbolicLinkObjectType, ObpTypeObjectType;
NTSTATUS ObInitSystem(void);
