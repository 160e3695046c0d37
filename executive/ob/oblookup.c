// Names: from a root (or the object of a root handle) down, component by component, through
// directories, links and the types that parse names of their own.
#include "obp.h"

static const UNICODE_STRING ObpDosDevicesPrefix = RTL_CONSTANT_STRING(L"\\??");

// The next component of Remaining, without the separator in front of it. Moves Remaining behind it.
static NTSTATUS ObpTakeComponent(PUNICODE_STRING Remaining, PUNICODE_STRING Component)
{
    if (Remaining->Length && *Remaining->Buffer == OBJ_NAME_PATH_SEPARATOR) {
        Remaining->Buffer++;
        Remaining->Length -= sizeof(WCHAR);
    }
    *Component = (UNICODE_STRING){.Buffer = Remaining->Buffer};
    while (Component->Length < Remaining->Length &&
           Remaining->Buffer[Component->Length / sizeof(WCHAR)] != OBJ_NAME_PATH_SEPARATOR)
        Component->Length += sizeof(WCHAR);
    Component->MaximumLength = Component->Length;
    Remaining->Buffer += Component->Length / sizeof(WCHAR);
    Remaining->Length -= Component->Length;
    return Component->Length ? STATUS_SUCCESS : STATUS_OBJECT_NAME_INVALID;
}

static BOOLEAN ObpIsDosDevicesName(PCUNICODE_STRING Name)
{
    if (!RtlPrefixUnicodeString(&ObpDosDevicesPrefix, Name, FALSE))
        return FALSE;
    ULONG Length = ObpDosDevicesPrefix.Length;
    return Name->Length == Length || Name->Buffer[Length / sizeof(WCHAR)] == L'\\';
}

static NTSTATUS ObpStartAtDosDevices(POBP_LOOKUP Lookup, PVOID *Start)
{
    POBJECT_DIRECTORY Map;
    NTSTATUS Status = ObpReferenceDosDevices(Lookup->Attributes, &Map);
    if (!NT_SUCCESS(Status))
        return Status;
    PVOID Object = ObpFindDrive(Lookup, Map);
    *Start = Object ? Object : Map;
    if (Object)
        ObDereferenceObject(Map);
    return STATUS_SUCCESS;
}

// Where an absolute name starts: the root, or the DOS devices of the caller.
static NTSTATUS ObpStartAtRoot(POBP_LOOKUP Lookup, PVOID *Start)
{
    Lookup->Remaining = Lookup->CompleteName;
    PUNICODE_STRING Name = &Lookup->Remaining;
    if (!Name->Length || *Name->Buffer != OBJ_NAME_PATH_SEPARATOR)
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    if (ObpIsDosDevicesName(Name)) {
        Name->Buffer += ObpDosDevicesPrefix.Length / sizeof(WCHAR);
        Name->Length -= ObpDosDevicesPrefix.Length;
        if (Name->Length == sizeof(WCHAR))
            Name->Length = 0; // "\\??\\" is the directory too
        return ObpStartAtDosDevices(Lookup, Start);
    }

    if (Name->Length == sizeof(WCHAR))
        Name->Length = 0; // the root itself
    ObReferenceObject(ObpRootDirectory);
    *Start = ObpRootDirectory;
    return STATUS_SUCCESS;
}

static NTSTATUS ObpStartAtHandle(POBP_LOOKUP Lookup, PVOID *Start)
{
    Lookup->Remaining = Lookup->CompleteName;
    NTSTATUS Status =
        ObReferenceObjectByHandle(Lookup->RootHandle, 0, nullptr, Lookup->Mode, Start, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;

    POBJECT_TYPE Type = ObGetObjectType(*Start);
    Status = STATUS_SUCCESS;
    if (Type == ObpSymbolicLinkObjectType || (Type != ObpDirectoryObjectType && !Type->Info.Parse))
        Status = STATUS_OBJECT_TYPE_MISMATCH;
    else if (Type == ObpDirectoryObjectType && Lookup->Remaining.Length &&
             *Lookup->Remaining.Buffer == OBJ_NAME_PATH_SEPARATOR)
        Status = STATUS_OBJECT_PATH_SYNTAX_BAD;
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(*Start);
    return Status;
}

// Enter the new object under Component, the last one of the name. Everything that can fail comes
// before the first change.
static NTSTATUS ObpInsertEntry(POBP_LOOKUP Lookup, POBJECT_DIRECTORY Directory,
                               PCUNICODE_STRING Component)
{
    POBJECT_HEADER Header = ObpHeader(Lookup->InsertObject);
    ACCESS_MASK Right = Header->Type == ObpDirectoryObjectType ? DIRECTORY_CREATE_SUBDIRECTORY
                                                               : DIRECTORY_CREATE_OBJECT;
    NTSTATUS Status = ObpCheckDirectoryAccess(Directory, Lookup->AccessState, Lookup->Mode, Right);
    if (!NT_SUCCESS(Status))
        return Status;
    PSECURITY_DESCRIPTOR Security;
    Status = ObpAssignSecurity(Header, ObpHeader(Directory)->SecurityDescriptor,
                               Lookup->InsertSecurity, &Security);
    if (!NT_SUCCESS(Status))
        return Status;
    POBP_NAME Name;
    Status = ObpCreateName(Component, &Name);
    if (!NT_SUCCESS(Status)) {
        if (Security)
            ExFreePool(Security);
        return Status;
    }

    Header->SecurityDescriptor = Security;
    if (Lookup->Attributes & OBJ_PERMANENT)
        Header->Flags |= OBP_PERMANENT;
    ObpLinkName(Directory, Lookup->InsertObject, Name);
    return STATUS_SUCCESS;
}

// One step in a directory: *Next is the child, referenced.
static NTSTATUS ObpLookupInDirectory(POBP_LOOKUP Lookup, POBJECT_DIRECTORY Directory, PVOID *Next)
{
    UNICODE_STRING Component;
    NTSTATUS Status = ObpTakeComponent(&Lookup->Remaining, &Component);
    if (NT_SUCCESS(Status))
        Status = ObpCheckDirectoryAccess(Directory, Lookup->AccessState, Lookup->Mode,
                                         DIRECTORY_TRAVERSE);
    if (!NT_SUCCESS(Status))
        return Status;

    BOOLEAN Last = Lookup->Remaining.Length == 0;
    BOOLEAN IgnoreCase = (Lookup->Attributes & OBJ_CASE_INSENSITIVE) != 0;
    ObpWayLeadsThrough(Lookup, Directory);
    // A new object may hide one of a shadow.
    PVOID Child = Last && Lookup->InsertObject
                      ? ObpLookupOwnEntry(Directory, &Component, IgnoreCase)
                      : ObpLookupDirectoryEntry(Directory, &Component, IgnoreCase);
    if (!Child && !Last)
        return STATUS_OBJECT_PATH_NOT_FOUND;
    if (!Child && !Lookup->InsertObject)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (Child && Last && Lookup->InsertObject && !(Lookup->Attributes & OBJ_OPENIF))
        return STATUS_OBJECT_NAME_COLLISION;
    if (!Child) {
        Status = ObpInsertEntry(Lookup, Directory, &Component);
        if (!NT_SUCCESS(Status))
            return Status;
        Child = Lookup->InsertObject;
    }
    ObReferenceObject(Child);
    *Next = Child;
    return STATUS_SUCCESS;
}

// Walk from Object to the end of the name. Consumes the reference to Object.
static NTSTATUS ObpWalk(POBP_LOOKUP Lookup, PVOID Object, PVOID *Found)
{
    for (;;) {
        POBJECT_TYPE Type = ObGetObjectType(Object);
        BOOLEAN Inserted = Object == Lookup->InsertObject;
        if (Type == ObpDirectoryObjectType && Lookup->Remaining.Length) {
            PVOID Next;
            NTSTATUS Status = ObpLookupInDirectory(Lookup, Object, &Next);
            ObDereferenceObject(Object);
            if (!NT_SUCCESS(Status))
                return Status;
            Object = Next;
            continue;
        }
        if (Type->Info.Parse && !Inserted) {
            ObpWayEnds(Lookup, Object);
            NTSTATUS Status = Type->Info.Parse(
                Object, Lookup->Type, Lookup->AccessState, Lookup->Mode, Lookup->Attributes,
                &Lookup->CompleteName, &Lookup->Remaining, Lookup->ParseContext, Found);
            ObDereferenceObject(Object);
            return Status;
        }
        if (Lookup->Remaining.Length) {
            ObDereferenceObject(Object);
            return STATUS_OBJECT_TYPE_MISMATCH;
        }
        *Found = Object;
        return STATUS_SUCCESS;
    }
}

static NTSTATUS ObpFollow(POBP_LOOKUP Lookup, PVOID *Found)
{
    PVOID Start;
    NTSTATUS Status =
        Lookup->RootHandle ? ObpStartAtHandle(Lookup, &Start) : ObpStartAtRoot(Lookup, &Start);
    for (ULONG Attempt = 0; NT_SUCCESS(Status); Attempt++) {
        Status = ObpWalk(Lookup, Start, Found);
        if (Status != STATUS_REPARSE)
            return Status;
        if (Lookup->Attributes & OBJ_DONT_REPARSE)
            return STATUS_REPARSE_POINT_ENCOUNTERED;
        if (Attempt == OBJ_MAX_REPARSE_ATTEMPTS)
            return STATUS_OBJECT_NAME_NOT_FOUND;
        Status = ObpStartAtRoot(Lookup, &Start);
    }
    return Status;
}

static NTSTATUS ObpCheckFound(POBP_LOOKUP Lookup, PVOID Object)
{
    if (Lookup->Type && ObGetObjectType(Object) != Lookup->Type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    if (Lookup->InsertObject && Object != Lookup->InsertObject)
        return Lookup->Attributes & OBJ_OPENIF ? STATUS_OBJECT_NAME_EXISTS
                                               : STATUS_OBJECT_NAME_COLLISION;
    return STATUS_SUCCESS;
}

NTSTATUS ObpLookup(POBP_LOOKUP Lookup, PCUNICODE_STRING Name, PVOID *Found)
{
    PUNICODE_STRING Complete = &Lookup->CompleteName;
    Complete->Buffer = ExAllocatePoolWithTag(PagedPool, Name->Length + sizeof(WCHAR), OB_TAG_NAME);
    if (!Complete->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(Complete->Buffer, Name->Buffer, Name->Length);
    Complete->Length = Complete->MaximumLength = Name->Length;

    *Found = nullptr;
    NTSTATUS Status = ObpFollow(Lookup, Found);
    ExFreePool(Complete->Buffer);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObpCheckFound(Lookup, *Found);
    if (!NT_SUCCESS(Status)) {
        ObDereferenceObject(*Found);
        *Found = nullptr;
    }
    return Status;
}
