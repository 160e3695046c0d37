// KeQueryLogicalProcessorRelationship: what the one processor is part of. A list of structures of different lengths.

#include "kep.h"

typedef SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX KI_RELATION;

static const GROUP_AFFINITY KiOnlyProcessor = {.Mask = 1};

static ULONG KiProcessorRelation(KI_RELATION *Relation)
{
    Relation->Processor.GroupCount = 1;
    Relation->Processor.GroupMask[0] = KiOnlyProcessor;
    return FIELD_OFFSET(KI_RELATION, Processor) + (ULONG)sizeof(PROCESSOR_RELATIONSHIP);
}

static ULONG KiNodeRelation(KI_RELATION *Relation)
{
    Relation->NumaNode.GroupMask = KiOnlyProcessor;
    return FIELD_OFFSET(KI_RELATION, NumaNode) + (ULONG)sizeof(NUMA_NODE_RELATIONSHIP);
}

static ULONG KiGroupRelation(KI_RELATION *Relation)
{
    Relation->Group.MaximumGroupCount = Relation->Group.ActiveGroupCount = 1;
    Relation->Group.GroupInfo[0] = (PROCESSOR_GROUP_INFO){
        .MaximumProcessorCount = 1, .ActiveProcessorCount = 1, .ActiveProcessorMask = 1};
    return FIELD_OFFSET(KI_RELATION, Group) + (ULONG)sizeof(GROUP_RELATIONSHIP);
}

static const struct {
    LOGICAL_PROCESSOR_RELATIONSHIP Kind;
    ULONG (*Fill)(KI_RELATION *Relation);
} KiRelations[] = {
    {RelationProcessorCore, KiProcessorRelation},
    {RelationNumaNode, KiNodeRelation},
    {RelationProcessorPackage, KiProcessorRelation},
    {RelationGroup, KiGroupRelation},
};

NTSTATUS NTAPI KeQueryLogicalProcessorRelationship(
    PPROCESSOR_NUMBER ProcessorNumber, LOGICAL_PROCESSOR_RELATIONSHIP RelationshipType,
    PSYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX Information, PULONG Length)
{
    alignas(8) UCHAR Answer[RTL_NUMBER_OF(KiRelations) * sizeof(KI_RELATION)] = {};
    ULONG Size = 0;
    if (ProcessorNumber && (ProcessorNumber->Group || ProcessorNumber->Number))
        return STATUS_INVALID_PARAMETER;
    if (RelationshipType > RelationGroup && RelationshipType != RelationAll)
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < RTL_NUMBER_OF(KiRelations); i++) {
        if (RelationshipType != RelationAll && RelationshipType != KiRelations[i].Kind)
            continue;
        KI_RELATION *Relation = (KI_RELATION *)(Answer + Size);
        Relation->Relationship = KiRelations[i].Kind;
        Relation->Size = KiRelations[i].Fill(Relation);
        Size += Relation->Size;
    }
    ULONG Room = *Length;
    *Length = Size;
    if (Size > Room || (Size && !Information))
        return STATUS_INFO_LENGTH_MISMATCH;
    RtlCopyMemory(Information, Answer, Size);
    return STATUS_SUCCESS;
}
