// Sections over a driver's files, as drivers ask about them.

#include "../ntos.h"

static NTSTATUS CcpAskSection(PSECTION_OBJECT_POINTERS Section, ULONG What, ULONG64 Parameter,
                              PULONG64 Result)
{
    *Result = 0;
    return NtHostCcQuery((ULONG_PTR)Section, What, Parameter, Result);
}

// FALSE: there are none, and nothing need be asked about them.
static BOOLEAN CcpMayHaveSections(PSECTION_OBJECT_POINTERS Section)
{
    ULONG Bit = HostSectionBit((ULONG_PTR)Section);
    return !KiIsConnected() || (KiShared->Sections[Bit / 32] >> Bit % 32 & 1);
}

BOOLEAN NTAPI MmFlushImageSection(PSECTION_OBJECT_POINTERS SectionPointer, MMFLUSH_TYPE FlushType)
{
    ULONG64 Unused;
    return !CcpMayHaveSections(SectionPointer) ||
           NT_SUCCESS(CcpAskSection(SectionPointer, HOST_CACHE_QUERY_FLUSH_IMAGE,
                                    FlushType == MmFlushForDelete, &Unused));
}

BOOLEAN NTAPI MmCanFileBeTruncated(PSECTION_OBJECT_POINTERS SectionPointer,
                                   PLARGE_INTEGER NewFileSize)
{
    ULONG64 Unused;
    return !CcpMayHaveSections(SectionPointer) ||
           NT_SUCCESS(CcpAskSection(SectionPointer, HOST_CACHE_QUERY_CAN_TRUNCATE,
                                    NewFileSize ? (ULONG64)NewFileSize->QuadPart : 0, &Unused));
}

BOOLEAN NTAPI MmForceSectionClosed(PSECTION_OBJECT_POINTERS SectionObjectPointer,
                                   BOOLEAN DelayClose)
{
    ULONG64 Unused;
    UNREFERENCED_PARAMETER(DelayClose);
    CcpForgetBcbs(SectionObjectPointer);
    return NT_SUCCESS(
        CcpAskSection(SectionObjectPointer, HOST_CACHE_QUERY_FORCE_CLOSED, 0, &Unused));
}

ULONG NTAPI MmDoesFileHaveUserWritableReferences(PSECTION_OBJECT_POINTERS SectionPointer)
{
    ULONG64 Writable = 0;
    if (CcpMayHaveSections(SectionPointer))
        CcpAskSection(SectionPointer, HOST_CACHE_QUERY_WRITABLE, 0, &Writable);
    return (ULONG)Writable;
}
