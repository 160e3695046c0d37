// Access checks of objects with parts (property sets, properties), each named by a GUID.
#include "sep.h"

constexpr ULONG SEP_MAX_PARTS = 1024;

// The place of a node among those before it.
static NTSTATUS SepPlaceNode(SEP_NODE *Nodes, ULONG Index)
{
    USHORT Level = Nodes[Index].Level;
    if (Level > ACCESS_MAX_LEVEL || (Index == 0) != (Level == ACCESS_OBJECT_GUID))
        return STATUS_INVALID_PARAMETER;
    if (Index == 0)
        return STATUS_SUCCESS;
    if (Level > Nodes[Index - 1].Level + 1)
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < Index; i++) {
        if (!memcmp(&Nodes[i].Type, &Nodes[Index].Type, sizeof(GUID)))
            return STATUS_INVALID_PARAMETER;
        if (Nodes[i].Level + 1 == Level)
            Nodes[Index].Parent = i; // the last one of the level above stays
    }
    return STATUS_SUCCESS;
}

static NTSTATUS SepCaptureNode(const OBJECT_TYPE_LIST USER *User, SEP_NODE *Node)
{
    OBJECT_TYPE_LIST Entry;
    *Node = (SEP_NODE){};
    NTSTATUS Status = MmCopyFromUser(&Entry, User, sizeof(Entry));
    if (!NT_SUCCESS(Status))
        return Status;
    Node->Level = Entry.Level;
    return MmCopyFromUser(&Node->Type, (const VOID USER *)(ULONG_PTR)Entry.ObjectType,
                          sizeof(Node->Type));
}

static NTSTATUS SepCaptureNodes(PSEP_CHECK_REQUEST Request, const OBJECT_TYPE_LIST USER *List,
                                ULONG Count)
{
    if (!Count)
        return STATUS_SUCCESS;
    if (Count > SEP_MAX_PARTS)
        return STATUS_INVALID_PARAMETER;
    SEP_NODE *Nodes = ExAllocatePoolWithTag(PagedPool, Count * sizeof(*Nodes), SE_TAG_BUFFER);
    if (!Nodes)
        return STATUS_INSUFFICIENT_RESOURCES;
    Request->Nodes = Nodes;
    Request->NodeCount = Count;
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < Count && NT_SUCCESS(Status); i++) {
        Status = SepCaptureNode(&List[i], &Nodes[i]);
        if (NT_SUCCESS(Status))
            Status = SepPlaceNode(Nodes, i);
    }
    return Status;
}

static NTSTATUS SepCheckParts(PSEP_CHECK_REQUEST Request, const VOID USER *SecurityDescriptor,
                              const VOID USER *PrincipalSelfSid, HANDLE ClientToken,
                              const OBJECT_TYPE_LIST USER *List, ULONG Count,
                              const GENERIC_MAPPING USER *GenericMapping)
{
    NTSTATUS Status = SepCaptureRequest(Request, SecurityDescriptor, ClientToken, GenericMapping);
    if (NT_SUCCESS(Status) && PrincipalSelfSid)
        Status = SeCaptureSid(PrincipalSelfSid, &Request->PrincipalSelf);
    if (NT_SUCCESS(Status))
        Status = SepCaptureNodes(Request, List, Count);
    return NT_SUCCESS(Status) ? SepRunRequest(Request) : Status;
}

// One answer, for the whole.
NTSTATUS NtAccessCheckByType(const VOID USER *SecurityDescriptor, const VOID USER *PrincipalSelfSid,
                             HANDLE ClientToken, ACCESS_MASK DesiredAccess,
                             const OBJECT_TYPE_LIST USER *ObjectTypeList,
                             ULONG ObjectTypeListLength, const GENERIC_MAPPING USER *GenericMapping,
                             PRIVILEGE_SET USER *PrivilegeSet, ULONG USER *PrivilegeSetLength,
                             ACCESS_MASK USER *GrantedAccess, NTSTATUS USER *AccessStatus)
{
    SEP_CHECK_REQUEST Request = {.Desired = DesiredAccess};
    NTSTATUS Status = SepCheckParts(&Request, SecurityDescriptor, PrincipalSelfSid, ClientToken,
                                    ObjectTypeList, ObjectTypeListLength, GenericMapping);
    if (NT_SUCCESS(Status))
        Status = SepReturnUsedPrivileges(&Request, PrivilegeSet, PrivilegeSetLength);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(GrantedAccess, Request.Nodes[0].Granted);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(AccessStatus, Request.Nodes[0].Status);
    SepReleaseRequest(&Request);
    return Status;
}

// An answer for each part.
NTSTATUS NtAccessCheckByTypeResultList(
    const VOID USER *SecurityDescriptor, const VOID USER *PrincipalSelfSid, HANDLE ClientToken,
    ACCESS_MASK DesiredAccess, const OBJECT_TYPE_LIST USER *ObjectTypeList,
    ULONG ObjectTypeListLength, const GENERIC_MAPPING USER *GenericMapping,
    PRIVILEGE_SET USER *PrivilegeSet, ULONG USER *PrivilegeSetLength,
    ACCESS_MASK USER *GrantedAccess, NTSTATUS USER *AccessStatus)
{
    if (!ObjectTypeListLength)
        return STATUS_INVALID_PARAMETER;
    SEP_CHECK_REQUEST Request = {.Desired = DesiredAccess};
    NTSTATUS Status = SepCheckParts(&Request, SecurityDescriptor, PrincipalSelfSid, ClientToken,
                                    ObjectTypeList, ObjectTypeListLength, GenericMapping);
    if (NT_SUCCESS(Status))
        Status = SepReturnUsedPrivileges(&Request, PrivilegeSet, PrivilegeSetLength);
    for (ULONG i = 0; i < Request.NodeCount && NT_SUCCESS(Status); i++) {
        Status = MmWriteUser(&GrantedAccess[i], Request.Nodes[i].Granted);
        if (NT_SUCCESS(Status))
            Status = MmWriteUser(&AccessStatus[i], Request.Nodes[i].Status);
    }
    SepReleaseRequest(&Request);
    return Status;
}
