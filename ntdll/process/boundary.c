// Boundary descriptors, by which private namespaces are found. On the heap, as they grow.

#include "../ntdllp.h"

static BOOLEAN RtlpHasName(POBJECT_BOUNDARY_DESCRIPTOR Boundary)
{
    return Boundary->Items != 0; // the name is the first entry
}

static NTSTATUS RtlpAddBoundaryEntry(POBJECT_BOUNDARY_DESCRIPTOR *Boundary,
                                     BOUNDARY_ENTRY_TYPE Type, PVOID Data, ULONG Size)
{
    ULONG Offset = (*Boundary)->TotalSize;
    ULONG EntrySize = (ULONG)sizeof(OBJECT_BOUNDARY_ENTRY) + Size;
    ULONG Total = Offset + (ULONG)ALIGN_UP_BY(EntrySize, sizeof(ULONG64));
    POBJECT_BOUNDARY_DESCRIPTOR New =
        RtlReAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, *Boundary, Total);
    if (!New)
        return STATUS_NO_MEMORY;
    POBJECT_BOUNDARY_ENTRY Entry = (POBJECT_BOUNDARY_ENTRY)((PUCHAR)New + Offset);
    *Entry = (OBJECT_BOUNDARY_ENTRY){.EntryType = Type, .EntrySize = EntrySize};
    memcpy(Entry + 1, Data, Size);
    New->TotalSize = Total;
    New->Items++;
    *Boundary = New;
    return STATUS_SUCCESS;
}

POBJECT_BOUNDARY_DESCRIPTOR NTAPI RtlCreateBoundaryDescriptor(PUNICODE_STRING Name, ULONG Flags)
{
    if (!Name || !Name->Length)
        return nullptr;
    POBJECT_BOUNDARY_DESCRIPTOR Boundary =
        RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*Boundary));
    if (!Boundary)
        return nullptr;
    Boundary->Version = OBJECT_BOUNDARY_DESCRIPTOR_VERSION;
    Boundary->TotalSize = sizeof(*Boundary);
    Boundary->Flags = Flags;
    if (!NT_SUCCESS(RtlpAddBoundaryEntry(&Boundary, OBNS_Name, Name->Buffer, Name->Length))) {
        RtlDeleteBoundaryDescriptor(Boundary);
        return nullptr;
    }
    return Boundary;
}

VOID NTAPI RtlDeleteBoundaryDescriptor(POBJECT_BOUNDARY_DESCRIPTOR BoundaryDescriptor)
{
    RtlFreeHeap(RtlProcessHeap(), 0, BoundaryDescriptor);
}

NTSTATUS NTAPI RtlAddSIDToBoundaryDescriptor(POBJECT_BOUNDARY_DESCRIPTOR *BoundaryDescriptor,
                                             PSID RequiredSid)
{
    if (!RtlpHasName(*BoundaryDescriptor) || !RtlValidSid(RequiredSid))
        return STATUS_INVALID_PARAMETER;
    return RtlpAddBoundaryEntry(BoundaryDescriptor, OBNS_SID, RequiredSid,
                                RtlLengthSid(RequiredSid));
}

NTSTATUS NTAPI RtlAddIntegrityLabelToBoundaryDescriptor(
    POBJECT_BOUNDARY_DESCRIPTOR *BoundaryDescriptor, PSID IntegrityLabel)
{
    if (!RtlpHasName(*BoundaryDescriptor) || !RtlValidSid(IntegrityLabel))
        return STATUS_INVALID_PARAMETER;
    return RtlpAddBoundaryEntry(BoundaryDescriptor, OBNS_IntegrityLabel, IntegrityLabel,
                                RtlLengthSid(IntegrityLabel));
}
