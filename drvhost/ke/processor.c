// Processors: there is one, number 0 of group 0 on node 0.

#include "kep.h"

ULONG NTAPI KeGetCurrentProcessorNumber(void)
{
    return 0;
}

ULONG NTAPI KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber)
{
    if (ProcNumber)
        *ProcNumber = (PROCESSOR_NUMBER){};
    return 0;
}

KAFFINITY NTAPI KeQueryActiveProcessors(void)
{
    return 1;
}

ULONG NTAPI KeQueryActiveProcessorCount(PKAFFINITY ActiveProcessors)
{
    if (ActiveProcessors)
        *ActiveProcessors = 1;
    return 1;
}

static ULONG KiProcessorsOfGroup(USHORT GroupNumber)
{
    return !GroupNumber || GroupNumber == ALL_PROCESSOR_GROUPS ? 1 : 0;
}

ULONG NTAPI KeQueryActiveProcessorCountEx(USHORT GroupNumber)
{
    return KiProcessorsOfGroup(GroupNumber);
}

ULONG NTAPI KeQueryMaximumProcessorCount(void)
{
    return 1;
}

ULONG NTAPI KeQueryMaximumProcessorCountEx(USHORT GroupNumber)
{
    return KiProcessorsOfGroup(GroupNumber);
}

USHORT NTAPI KeQueryActiveGroupCount(void)
{
    return 1;
}

USHORT NTAPI KeQueryMaximumGroupCount(void)
{
    return 1;
}

KAFFINITY NTAPI KeQueryGroupAffinity(USHORT GroupNumber)
{
    return GroupNumber ? 0 : 1;
}

USHORT NTAPI KeGetCurrentNodeNumber(void)
{
    return 0;
}

USHORT NTAPI KeQueryHighestNodeNumber(void)
{
    return 0;
}

VOID NTAPI KeQueryNodeActiveAffinity(USHORT NodeNumber, PGROUP_AFFINITY Affinity, PUSHORT Count)
{
    if (Affinity)
        *Affinity = (GROUP_AFFINITY){.Mask = NodeNumber ? 0 : 1};
    if (Count)
        *Count = NodeNumber ? 0 : 1;
}

NTSTATUS NTAPI KeGetProcessorNumberFromIndex(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNumber)
{
    if (ProcIndex)
        return STATUS_INVALID_PARAMETER;
    *ProcNumber = (PROCESSOR_NUMBER){};
    return STATUS_SUCCESS;
}

ULONG NTAPI KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber)
{
    return ProcNumber->Group || ProcNumber->Number ? INVALID_PROCESSOR_INDEX : 0;
}

VOID NTAPI KeSetSystemAffinityThread(KAFFINITY Affinity)
{
    UNREFERENCED_PARAMETER(Affinity);
}

KAFFINITY NTAPI KeSetSystemAffinityThreadEx(KAFFINITY Affinity)
{
    UNREFERENCED_PARAMETER(Affinity);
    return 0; // no system affinity was in force
}

VOID NTAPI KeRevertToUserAffinityThread(void)
{
}

VOID NTAPI KeRevertToUserAffinityThreadEx(KAFFINITY Affinity)
{
    UNREFERENCED_PARAMETER(Affinity);
}

VOID NTAPI KeSetSystemGroupAffinityThread(PGROUP_AFFINITY Affinity, PGROUP_AFFINITY Previous)
{
    UNREFERENCED_PARAMETER(Affinity);
    if (Previous)
        *Previous = (GROUP_AFFINITY){};
}

VOID NTAPI KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY Previous)
{
    UNREFERENCED_PARAMETER(Previous);
}

ULONG_PTR NTAPI KeIpiGenericCall(PKIPI_BROADCAST_WORKER BroadcastFunction, ULONG_PTR Context)
{
    KIRQL Irql = KfRaiseIrql(IPI_LEVEL);
    ULONG_PTR Result = BroadcastFunction(Context);
    KeLowerIrql(Irql);
    return Result;
}

VOID NTAPI KeFlushIoBuffers(PMDL Mdl, BOOLEAN ReadOperation, BOOLEAN DmaOperation)
{
    UNREFERENCED_PARAMETER(Mdl); // caches of x64 are coherent with DMA
    UNREFERENCED_PARAMETER(ReadOperation);
    UNREFERENCED_PARAMETER(DmaOperation);
}

ULONG NTAPI KeGetRecommendedSharedDataAlignment(void)
{
    return SYSTEM_CACHE_ALIGNMENT_SIZE;
}

BOOLEAN NTAPI ExIsProcessorFeaturePresent(ULONG ProcessorFeature)
{
    constexpr ULONG Features = 0x274; // KUSER_SHARED_DATA.ProcessorFeatures
    volatile UCHAR *Table = (volatile UCHAR *)KiSharedUserData + Features;
    return ProcessorFeature < PROCESSOR_FEATURE_MAX && Table[ProcessorFeature];
}
