// Port sections: memory from which an ALPC port sends views. A region of the section is reserved for each
// view; it is free again when nobody has it mapped and no message refers to it.
#include "lpcp.h"

typedef struct _LPCP_SECTION {
    LIST_ENTRY Links; // in the port, while the program has not deleted it
    ULONG Number;
    ULONG References; // the port's, and each region's
    PSECTION Section; // referenced
    SIZE_T Size;
    LIST_ENTRY Regions; // by offset
} LPCP_SECTION, *PLPCP_SECTION;

typedef struct _LPCP_MAPPING {
    LIST_ENTRY Links; // in the port
    PLPCP_REGION Region;
    PVOID Base;
    ULONG MessageId; // it goes when this message is answered; 0: it stays
} LPCP_MAPPING, *PLPCP_MAPPING;

// ---- Lives

static VOID LpcpDereferenceSection(PLPCP_SECTION Section)
{
    if (--Section->References)
        return;
    ObDereferenceObject(Section->Section);
    ExFreePoolWithTag(Section, LPC_TAG_BUFFER);
}

VOID LpcpReferenceRegion(PLPCP_REGION Region)
{
    Region->References++;
}

VOID LpcpDereferenceRegion(PLPCP_REGION Region)
{
    if (--Region->References)
        return;
    RemoveEntryList(&Region->Links);
    LpcpDereferenceSection(Region->Section);
    ExFreePoolWithTag(Region, LPC_TAG_BUFFER);
}

// A process that has ended unmapped its views itself.
static VOID LpcpUnmap(PLPCP_PORT Port, PLPCP_MAPPING Mapping)
{
    if (!Port->Process->Exiting)
        MmUnmapViewOfSection(Port->Process, Mapping->Base);
    RemoveEntryList(&Mapping->Links);
    LpcpDereferenceRegion(Mapping->Region);
    ExFreePoolWithTag(Mapping, LPC_TAG_BUFFER);
}

VOID LpcpReleaseResources(PLPCP_PORT Port)
{
    while (!IsListEmpty(&Port->Mappings))
        LpcpUnmap(Port, CONTAINING_RECORD(Port->Mappings.Flink, LPCP_MAPPING, Links));
    while (!IsListEmpty(&Port->Sections)) {
        PLIST_ENTRY Link = RemoveHeadList(&Port->Sections);
        LpcpDereferenceSection(CONTAINING_RECORD(Link, LPCP_SECTION, Links));
    }
    while (!IsListEmpty(&Port->Contexts))
        LpcpDeleteContext(CONTAINING_RECORD(Port->Contexts.Flink, LPCP_CONTEXT, Links));
}

// ---- Mapping

static NTSTATUS LpcpMap(PLPCP_PORT Port, PLPCP_REGION Region, ULONG MessageId, PVOID *Base)
{
    PLPCP_MAPPING Mapping = ExAllocatePoolZero(PagedPool, sizeof(*Mapping), LPC_TAG_BUFFER);
    if (!Mapping)
        return STATUS_INSUFFICIENT_RESOURCES;
    LARGE_INTEGER Offset = {.QuadPart = (LONGLONG)Region->Offset};
    SIZE_T Size = Region->Size;
    NTSTATUS Status = MmMapViewOfSection(Region->Section->Section, Port->Process, &Mapping->Base, 0,
                                         0, &Offset, &Size, ViewUnmap, 0, PAGE_READWRITE);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Mapping, LPC_TAG_BUFFER);
        return Status;
    }
    Mapping->Region = Region;
    Mapping->MessageId = MessageId;
    LpcpReferenceRegion(Region);
    InsertTailList(&Port->Mappings, &Mapping->Links);
    *Base = Mapping->Base;
    return STATUS_SUCCESS;
}

static PLPCP_MAPPING LpcpFindOwnMapping(PLPCP_PORT Port, PVOID Base)
{
    for (PLIST_ENTRY Link = Port->Mappings.Flink; Link != &Port->Mappings; Link = Link->Flink) {
        PLPCP_MAPPING Mapping = CONTAINING_RECORD(Link, LPCP_MAPPING, Links);
        if (Mapping->Base == Base)
            return Mapping;
    }
    return nullptr;
}

// What a server received through its connection port belongs to the port of that client's connection.
// *Owner is the port that has the mapping.
static PLPCP_MAPPING LpcpFindMapping(PLPCP_PORT Port, PVOID Base, PLPCP_PORT *Owner)
{
    *Owner = Port;
    PLPCP_MAPPING Mapping = LpcpFindOwnMapping(Port, Base);
    PLIST_ENTRY Head = &Port->Communications;
    for (PLIST_ENTRY Link = Head->Flink; Link != Head && !Mapping; Link = Link->Flink) {
        PLPCP_PORT Client = CONTAINING_RECORD(Link, LPCP_PORT, CommunicationLinks);
        if (!Client->Peer)
            continue;
        *Owner = Client->Peer;
        Mapping = LpcpFindOwnMapping(*Owner, Base);
    }
    return Mapping;
}

PLPCP_REGION LpcpFindRegion(PLPCP_PORT Port, PVOID Base)
{
    PLPCP_PORT Owner;
    PLPCP_MAPPING Mapping = LpcpFindMapping(Port, Base, &Owner);
    return Mapping ? Mapping->Region : nullptr;
}

static PLPCP_PORT LpcpMappingPort(PLPCP_PORT Receiver, PLPCP_MESSAGE Message)
{
    PLPCP_PORT Sender = Message->Sender;
    BOOLEAN FromClient = Sender->Kind == LpcpClientPort && Sender != Receiver;
    return FromClient && Sender->Peer ? Sender->Peer : Receiver;
}

static VOID LpcpUnmapRegion(PLPCP_PORT Port, PLPCP_REGION Region)
{
    PLIST_ENTRY Link = Port->Mappings.Flink;
    while (Link != &Port->Mappings) {
        PLPCP_MAPPING Mapping = CONTAINING_RECORD(Link, LPCP_MAPPING, Links);
        Link = Link->Flink;
        if (Mapping->Region == Region)
            LpcpUnmap(Port, Mapping);
    }
}

NTSTATUS LpcpMapRegion(PLPCP_PORT Receiver, PLPCP_MESSAGE Message, PVOID *Base)
{
    PLPCP_PAYLOAD Payload = Message->Payload;
    PLPCP_PORT Port = LpcpMappingPort(Receiver, Message);
    BOOLEAN AutoRelease = (Payload->ViewFlags & ALPC_VIEWFLG_AUTO_RELEASE) != 0;
    if (Payload->ViewFlags & ALPC_VIEWFLG_UNMAP_EXISTING)
        LpcpUnmapRegion(Port, Payload->Region); // the message keeps the region
    return LpcpMap(Port, Payload->Region, AutoRelease ? Message->Id : 0, Base);
}

VOID LpcpReleaseViewsOf(PLPCP_PORT Receiver, PLPCP_MESSAGE Message)
{
    PLPCP_PORT Port = LpcpMappingPort(Receiver, Message);
    PLIST_ENTRY Link = Port->Mappings.Flink;
    while (Link != &Port->Mappings) {
        PLPCP_MAPPING Mapping = CONTAINING_RECORD(Link, LPCP_MAPPING, Links);
        Link = Link->Flink;
        if (Mapping->MessageId == Message->Id)
            LpcpUnmap(Port, Mapping);
    }
}

// ---- Regions: the first gap that is large enough. Views begin at multiples of the granularity.

static NTSTATUS LpcpReserveRegion(PLPCP_SECTION Section, SIZE_T Size, PLPCP_REGION *Result)
{
    SIZE_T Offset = 0;
    PLIST_ENTRY Next = Section->Regions.Flink;
    for (; Next != &Section->Regions; Next = Next->Flink) {
        PLPCP_REGION Used = CONTAINING_RECORD(Next, LPCP_REGION, Links);
        if (Used->Offset - Offset >= Size)
            break;
        Offset = ALIGN_UP_BY(Used->Offset + Used->Size, ALLOCATION_GRANULARITY);
    }
    if (Offset > Section->Size || Size > Section->Size - Offset)
        return STATUS_NO_MEMORY;
    PLPCP_REGION Region = ExAllocatePoolZero(PagedPool, sizeof(*Region), LPC_TAG_BUFFER);
    if (!Region)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Region = (LPCP_REGION){.References = 1, .Section = Section, .Offset = Offset, .Size = Size};
    Section->References++;
    InsertTailList(Next, &Region->Links); // in front of Next
    *Result = Region;
    return STATUS_SUCCESS;
}

static PLPCP_SECTION LpcpFindSection(PLPCP_PORT Port, ULONG_PTR Number)
{
    for (PLIST_ENTRY Link = Port->Sections.Flink; Link != &Port->Sections; Link = Link->Flink) {
        PLPCP_SECTION Section = CONTAINING_RECORD(Link, LPCP_SECTION, Links);
        if (Section->Number == Number)
            return Section;
    }
    return nullptr;
}

// ---- Services

static NTSTATUS LpcpOpenSection(HANDLE Handle, SIZE_T *Size, PSECTION *Section)
{
    if (!Handle)
        return *Size ? MmCreateMemorySection(*Size, Section) : STATUS_INVALID_PARAMETER;
    NTSTATUS Status =
        ObReferenceObjectByHandle(Handle, SECTION_MAP_READ | SECTION_MAP_WRITE, MmSectionObjectType,
                                  UserMode, (PVOID *)Section, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!*Size || *Size > MmQuerySectionSize(*Section)) {
        ObDereferenceObject(*Section);
        return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
}

typedef struct _LPCP_NEW_SECTION {
    HANDLE SectionHandle;
    SIZE_T Size;
    ULONG Number;
} LPCP_NEW_SECTION;

static NTSTATUS LpcpCreateSection(PLPCP_PORT Port, PVOID Context)
{
    LPCP_NEW_SECTION *New = Context;
    PSECTION Object;
    NTSTATUS Status = LpcpOpenSection(New->SectionHandle, &New->Size, &Object);
    if (!NT_SUCCESS(Status))
        return Status;
    PLPCP_SECTION Section = ExAllocatePoolZero(PagedPool, sizeof(*Section), LPC_TAG_BUFFER);
    if (!Section) {
        ObDereferenceObject(Object);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *Section = (LPCP_SECTION){
        .Number = ++Port->LastHandle,
        .References = 1,
        .Section = Object,
        .Size = ALIGN_UP_BY(New->Size, PAGE_SIZE),
    };
    InitializeListHead(&Section->Regions);
    InsertTailList(&Port->Sections, &Section->Links);
    New->Number = Section->Number;
    New->Size = Section->Size;
    return STATUS_SUCCESS;
}

NTSTATUS NtAlpcCreatePortSection(HANDLE PortHandle, ULONG Flags, HANDLE SectionHandle,
                                 SIZE_T SectionSize, ALPC_HANDLE USER *AlpcSectionHandle,
                                 SIZE_T USER *ActualSectionSize)
{
    if (Flags & ~(ULONG)ALPC_VIEWFLG_NOT_SECURE)
        return STATUS_INVALID_PARAMETER;
    LPCP_NEW_SECTION New = {.SectionHandle = SectionHandle, .Size = SectionSize};
    NTSTATUS Status = MmProbeForWrite(AlpcSectionHandle, sizeof(ALPC_HANDLE), 1);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(ActualSectionSize, sizeof(SIZE_T), 1);
    if (NT_SUCCESS(Status))
        Status = LpcpWithPort(PortHandle, LpcpCreateSection, &New);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(AlpcSectionHandle, (ALPC_HANDLE)(ULONG_PTR)New.Number);
    return NT_SUCCESS(Status) ? MmWriteUser(ActualSectionSize, New.Size) : Status;
}

static NTSTATUS LpcpDeleteSection(PLPCP_PORT Port, PVOID Context)
{
    PLPCP_SECTION Section = LpcpFindSection(Port, (ULONG_PTR)Context);
    if (!Section)
        return STATUS_INVALID_HANDLE;
    RemoveEntryList(&Section->Links);
    LpcpDereferenceSection(Section);
    return STATUS_SUCCESS;
}

// Views that there are stay.
NTSTATUS NtAlpcDeletePortSection(HANDLE PortHandle, ULONG Flags, ALPC_HANDLE SectionHandle)
{
    return Flags ? STATUS_INVALID_PARAMETER
                 : LpcpWithPort(PortHandle, LpcpDeleteSection, SectionHandle);
}

static NTSTATUS LpcpCreateView(PLPCP_PORT Port, PVOID Context)
{
    ALPC_DATA_VIEW_ATTR *View = Context;
    PLPCP_SECTION Section = LpcpFindSection(Port, (ULONG_PTR)View->SectionHandle);
    if (!Section)
        return STATUS_INVALID_HANDLE;
    if (View->ViewBase || !View->ViewSize || View->ViewSize > Section->Size)
        return STATUS_INVALID_PARAMETER;
    View->ViewSize = ALIGN_UP_BY(View->ViewSize, PAGE_SIZE);
    PLPCP_REGION Region;
    NTSTATUS Status = LpcpReserveRegion(Section, View->ViewSize, &Region);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LpcpMap(Port, Region, 0, &View->ViewBase);
    LpcpDereferenceRegion(Region); // the mapping has its own
    return Status;
}

NTSTATUS NtAlpcCreateSectionView(HANDLE PortHandle, ULONG Flags,
                                 ALPC_DATA_VIEW_ATTR USER *ViewAttributes)
{
    ALPC_DATA_VIEW_ATTR View;
    if (Flags)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmProbeForWrite(ViewAttributes, sizeof(View), 1);
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&View, ViewAttributes, sizeof(View));
    if (NT_SUCCESS(Status))
        Status = LpcpWithPort(PortHandle, LpcpCreateView, &View);
    return NT_SUCCESS(Status) ? MmCopyToUser(ViewAttributes, &View, sizeof(View)) : Status;
}

static NTSTATUS LpcpDeleteView(PLPCP_PORT Port, PVOID Context)
{
    PLPCP_PORT Owner;
    PLPCP_MAPPING Mapping = LpcpFindMapping(Port, Context, &Owner);
    if (!Mapping)
        return STATUS_INVALID_PARAMETER;
    LpcpUnmap(Owner, Mapping);
    return STATUS_SUCCESS;
}

NTSTATUS NtAlpcDeleteSectionView(HANDLE PortHandle, ULONG Flags, PVOID ViewBase)
{
    return Flags ? STATUS_INVALID_PARAMETER : LpcpWithPort(PortHandle, LpcpDeleteView, ViewBase);
}
