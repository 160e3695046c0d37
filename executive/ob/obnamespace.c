// Private namespaces: directories without a place in the tree, found by a boundary descriptor. Who opens
// one must be what the boundary says, so that nobody else can take its name first.
#include "obp.h"

constexpr ULONG OBP_MAX_BOUNDARY = 0x4000;

typedef struct _OBP_NAMESPACE {
    LIST_ENTRY Links;
    POBJECT_DIRECTORY Directory;          // not referenced: it owns this
    POBJECT_BOUNDARY_DESCRIPTOR Boundary; // pool, valid
} OBP_NAMESPACE, *POBP_NAMESPACE;

static LIST_ENTRY ObpNamespaces = {&ObpNamespaces, &ObpNamespaces};

// ---- Boundary descriptors

// The entry at *Offset, or null behind the last. Moves *Offset to the next.
static POBJECT_BOUNDARY_ENTRY ObpNextEntry(POBJECT_BOUNDARY_DESCRIPTOR Boundary, PULONG Offset)
{
    if (*Offset >= Boundary->TotalSize)
        return nullptr;
    POBJECT_BOUNDARY_ENTRY Entry = (POBJECT_BOUNDARY_ENTRY)((PUCHAR)Boundary + *Offset);
    *Offset += (ULONG)ALIGN_UP_BY(Entry->EntrySize, sizeof(ULONG64));
    return Entry;
}

static BOOLEAN ObpEntryIsValid(const OBJECT_BOUNDARY_ENTRY *Entry, ULONG Room)
{
    if (Room < sizeof(*Entry) || Entry->EntrySize <= sizeof(*Entry) || Entry->EntrySize > Room)
        return FALSE;
    ULONG DataSize = Entry->EntrySize - (ULONG)sizeof(*Entry);
    PISID Sid = (PISID)(Entry + 1);
    switch (Entry->EntryType) {
    case OBNS_Name:
        return DataSize % sizeof(WCHAR) == 0;
    case OBNS_SID:
    case OBNS_IntegrityLabel:
        return DataSize >= RtlLengthRequiredSid(0) && RtlValidSid(Sid) &&
               RtlLengthSid(Sid) <= DataSize && Sid->SubAuthorityCount;
    default:
        return FALSE;
    }
}

static BOOLEAN ObpBoundaryIsValid(POBJECT_BOUNDARY_DESCRIPTOR Boundary)
{
    ULONG Offset = sizeof(*Boundary), Items = 0, Names = 0;
    while (Offset < Boundary->TotalSize) {
        PVOID At = (PUCHAR)Boundary + Offset;
        if (!ObpEntryIsValid(At, Boundary->TotalSize - Offset))
            return FALSE;
        Names += ((POBJECT_BOUNDARY_ENTRY)At)->EntryType == OBNS_Name;
        Items++;
        ObpNextEntry(Boundary, &Offset);
    }
    return Names == 1 && Items == Boundary->Items;
}

static NTSTATUS ObpCaptureBoundary(const OBJECT_BOUNDARY_DESCRIPTOR USER *User,
                                   POBJECT_BOUNDARY_DESCRIPTOR *Captured)
{
    OBJECT_BOUNDARY_DESCRIPTOR Head;
    NTSTATUS Status = MmCopyFromUser(&Head, User, sizeof(Head));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Head.Version != OBJECT_BOUNDARY_DESCRIPTOR_VERSION || Head.TotalSize < sizeof(Head) ||
        Head.TotalSize > OBP_MAX_BOUNDARY || (Head.Flags & ~1U))
        return STATUS_INVALID_PARAMETER;
    POBJECT_BOUNDARY_DESCRIPTOR Boundary =
        ExAllocatePoolWithTag(PagedPool, Head.TotalSize, OB_TAG_BUFFER);
    if (!Boundary)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = MmCopyFromUser(Boundary, User, Head.TotalSize);
    *Boundary = Head; // what was checked is what counts
    if (NT_SUCCESS(Status) && !ObpBoundaryIsValid(Boundary))
        Status = STATUS_INVALID_PARAMETER;
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Boundary);
        return Status;
    }
    *Captured = Boundary;
    return STATUS_SUCCESS;
}

static BOOLEAN ObpHasEntry(POBJECT_BOUNDARY_DESCRIPTOR Boundary, POBJECT_BOUNDARY_ENTRY Wanted)
{
    ULONG Offset = sizeof(*Boundary);
    POBJECT_BOUNDARY_ENTRY Entry;
    while ((Entry = ObpNextEntry(Boundary, &Offset)))
        if (Entry->EntrySize == Wanted->EntrySize && !memcmp(Entry, Wanted, Wanted->EntrySize))
            return TRUE;
    return FALSE;
}

// The same entries, in whatever order.
static BOOLEAN ObpSameBoundary(POBJECT_BOUNDARY_DESCRIPTOR First,
                               POBJECT_BOUNDARY_DESCRIPTOR Second)
{
    if (First->Items != Second->Items || First->TotalSize != Second->TotalSize)
        return FALSE;
    ULONG Offset = sizeof(*First);
    POBJECT_BOUNDARY_ENTRY Entry;
    while ((Entry = ObpNextEntry(First, &Offset)))
        if (!ObpHasEntry(Second, Entry))
            return FALSE;
    return TRUE;
}

// Is the caller everyone that the boundary names, at its level or above?
static NTSTATUS ObpCheckWithinBoundary(POBJECT_BOUNDARY_DESCRIPTOR Boundary)
{
    PTOKEN Token = PsEffectiveToken();
    ULONG Offset = sizeof(*Boundary);
    POBJECT_BOUNDARY_ENTRY Entry;
    while ((Entry = ObpNextEntry(Boundary, &Offset))) {
        PISID Sid = (PISID)(Entry + 1);
        if (Entry->EntryType == OBNS_SID && !SeTokenHasSid(Token, Sid))
            return STATUS_ACCESS_DENIED;
        if (Entry->EntryType == OBNS_IntegrityLabel &&
            Sid->SubAuthority[Sid->SubAuthorityCount - 1] > SeTokenIntegrityLevel(Token))
            return STATUS_ACCESS_DENIED;
    }
    return STATUS_SUCCESS;
}

static POBP_NAMESPACE ObpFindNamespace(POBJECT_BOUNDARY_DESCRIPTOR Boundary)
{
    for (PLIST_ENTRY Link = ObpNamespaces.Flink; Link != &ObpNamespaces; Link = Link->Flink) {
        POBP_NAMESPACE Namespace = CONTAINING_RECORD(Link, OBP_NAMESPACE, Links);
        if (ObpSameBoundary(Namespace->Boundary, Boundary))
            return Namespace;
    }
    return nullptr;
}

// Takes over the boundary.
static NTSTATUS ObpAddNamespace(POBJECT_DIRECTORY Directory, POBJECT_BOUNDARY_DESCRIPTOR Boundary)
{
    POBP_NAMESPACE Namespace = nullptr;
    NTSTATUS Status = ObpCheckWithinBoundary(Boundary);
    if (NT_SUCCESS(Status) && ObpFindNamespace(Boundary))
        Status = STATUS_OBJECT_NAME_COLLISION;
    if (NT_SUCCESS(Status)) {
        Namespace = ExAllocatePoolZero(PagedPool, sizeof(*Namespace), OB_TAG_NAME);
        Status = Namespace ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Boundary);
        return Status;
    }
    *Namespace = (OBP_NAMESPACE){.Directory = Directory, .Boundary = Boundary};
    InsertTailList(&ObpNamespaces, &Namespace->Links);
    Directory->Namespace = Namespace;
    return STATUS_SUCCESS;
}

VOID ObpDropNamespace(POBJECT_DIRECTORY Directory)
{
    POBP_NAMESPACE Namespace = Directory->Namespace;
    Directory->Namespace = nullptr;
    if (!Namespace)
        return;
    RemoveEntryList(&Namespace->Links);
    ExFreePool(Namespace->Boundary);
    ExFreePoolWithTag(Namespace, OB_TAG_NAME);
}

// ---- Services

NTSTATUS NtCreatePrivateNamespace(HANDLE USER *NamespaceHandle, ACCESS_MASK DesiredAccess,
                                  const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                                  const OBJECT_BOUNDARY_DESCRIPTOR USER *BoundaryDescriptor)
{
    POBJECT_BOUNDARY_DESCRIPTOR Boundary;
    NTSTATUS Status = ObpCaptureBoundary(BoundaryDescriptor, &Boundary);
    if (!NT_SUCCESS(Status))
        return Status;
    OB_ATTRIBUTES Attributes;
    POBJECT_DIRECTORY Directory;
    Status = ObBeginCreateService(ObpDirectoryObjectType, NamespaceHandle, ObjectAttributes,
                                  &Attributes, (PVOID *)&Directory);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Boundary);
        return Status;
    }
    ObpInitializeDirectory(Directory);
    Status = ObpAddNamespace(Directory, Boundary);
    if (NT_SUCCESS(Status) && (Attributes.ObjectName.Length || Attributes.RootDirectory))
        Status = STATUS_INVALID_PARAMETER; // its boundary is all the name it has
    if (NT_SUCCESS(Status))
        return ObInsertService(Directory, &Attributes, DesiredAccess, NamespaceHandle);
    ObDereferenceObject(Directory);
    ObReleaseAttributes(&Attributes);
    return Status;
}

static NTSTATUS ObpOpenNamespace(POBJECT_BOUNDARY_DESCRIPTOR Boundary, ULONG HandleAttributes,
                                 ACCESS_MASK DesiredAccess, PHANDLE Handle)
{
    POBP_NAMESPACE Namespace = ObpFindNamespace(Boundary);
    if (!Namespace)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    NTSTATUS Status = ObpCheckWithinBoundary(Boundary);
    if (!NT_SUCCESS(Status))
        return Status;
    POBJECT_DIRECTORY Directory = Namespace->Directory;
    ObReferenceObject(Directory);
    Status = ObOpenObjectByPointer(Directory, HandleAttributes, DesiredAccess,
                                   ObpDirectoryObjectType, UserMode, Handle);
    ObDereferenceObject(Directory);
    return Status;
}

NTSTATUS NtOpenPrivateNamespace(HANDLE USER *NamespaceHandle, ACCESS_MASK DesiredAccess,
                                const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                                const OBJECT_BOUNDARY_DESCRIPTOR USER *BoundaryDescriptor)
{
    NTSTATUS Status = MmProbeForWrite(NamespaceHandle, sizeof(*NamespaceHandle), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    OB_ATTRIBUTES Attributes;
    Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG HandleAttributes = Attributes.Attributes;
    ObReleaseAttributes(&Attributes);
    POBJECT_BOUNDARY_DESCRIPTOR Boundary;
    Status = ObpCaptureBoundary(BoundaryDescriptor, &Boundary);
    if (!NT_SUCCESS(Status))
        return Status;
    HANDLE Handle = nullptr;
    Status = ObpOpenNamespace(Boundary, HandleAttributes, DesiredAccess, &Handle);
    ExFreePool(Boundary);
    return ObReturnHandle(Status, Handle, NamespaceHandle);
}

// The namespace is found no more; who has it open goes on with it.
NTSTATUS NtDeletePrivateNamespace(HANDLE NamespaceHandle)
{
    POBJECT_DIRECTORY Directory;
    NTSTATUS Status = ObReferenceObjectByHandle(NamespaceHandle, DELETE, ObpDirectoryObjectType,
                                                UserMode, (PVOID *)&Directory, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Directory->Namespace)
        ObpDropNamespace(Directory);
    else
        Status = STATUS_INVALID_PARAMETER;
    ObDereferenceObject(Directory);
    return Status;
}
