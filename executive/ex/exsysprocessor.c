// System information about the processor: there is one.
#include "exp.h"

// Family, model and stepping with their extended parts (Intel SDM, CPUID leaf 1).
static VOID ExpReadSignature(PULONG Family, PULONG Model, PULONG Stepping)
{
    ULONG Registers[4];
    ExpCpuid(1, Registers);
    ULONG Signature = Registers[0];
    *Stepping = Signature & 0xF;
    *Family = Signature >> 8 & 0xF;
    *Model = Signature >> 4 & 0xF;
    if (*Family == 6 || *Family == 15)
        *Model |= (Signature >> 16 & 0xF) << 4;
    if (*Family == 15)
        *Family += Signature >> 20 & 0xFF;
}

NTSTATUS ExpQueryProcessor(PEXP_QUERY Query)
{
    ULONG Family, Model, Stepping;
    ExpReadSignature(&Family, &Model, &Stepping);
    SYSTEM_PROCESSOR_INFORMATION Information = {
        .ProcessorArchitecture = PROCESSOR_ARCHITECTURE_AMD64,
        .ProcessorLevel = (USHORT)Family,
        .ProcessorRevision = (USHORT)(Model << 8 | Stepping),
        .MaximumProcessors = 1,
    };
    return ExpAnswer(Query, &Information, sizeof(Information));
}

// The 48 characters of CPUID leaves 0x80000002 to 4, with their zero.
NTSTATUS ExpQueryProcessorBrand(PEXP_QUERY Query)
{
    constexpr ULONG FirstLeaf = 0x80000002, LastLeaf = 0x80000004;
    ULONG Registers[4];
    CHAR Brand[49] = {};
    ExpCpuid(0x80000000, Registers);
    if (Registers[0] < LastLeaf)
        return STATUS_NOT_SUPPORTED;
    for (ULONG Leaf = FirstLeaf; Leaf <= LastLeaf; Leaf++) {
        ExpCpuid(Leaf, Registers);
        memcpy(Brand + (Leaf - FirstLeaf) * sizeof(Registers), Registers, sizeof(Registers));
    }
    return ExpAnswerAtLeast(Query, Brand, (ULONG)strlen(Brand) + 1);
}

// Kernel time includes idle time, as on Windows.
NTSTATUS ExpQueryProcessorPerformance(PEXP_QUERY Query)
{
    ULONGLONG Busy = 0, User = 0;
    for (PLIST_ENTRY Link = PsActiveProcessHead.Flink; Link != &PsActiveProcessHead;
         Link = Link->Flink) {
        PEPROCESS Process = CONTAINING_RECORD(Link, EPROCESS, ActiveProcessLinks);
        ULONGLONG ProcessKernel, ProcessUser;
        PsQueryProcessTimes(Process, &ProcessKernel, &ProcessUser);
        User += ProcessUser;
        Busy += ProcessUser + ProcessKernel;
    }
    ULONGLONG Now = KeQueryUnbiasedInterruptTime();
    SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION Information = {
        .IdleTime.QuadPart = (LONGLONG)(Now > Busy ? Now - Busy : 0),
        .KernelTime.QuadPart = (LONGLONG)(Now > User ? Now - User : 0),
        .UserTime.QuadPart = (LONGLONG)User,
    };
    return ExpAnswerAtLeast(Query, &Information, sizeof(Information));
}

NTSTATUS ExpQueryProcessorCycles(PEXP_QUERY Query)
{
    ULONGLONG Cycles = __builtin_ia32_rdtsc();
    return ExpAnswerAtLeast(Query, &Cycles, sizeof(Cycles));
}

NTSTATUS ExpQueryLogicalProcessors(PEXP_QUERY Query)
{
    SYSTEM_LOGICAL_PROCESSOR_INFORMATION Information[] = {
        {.ProcessorMask = 1, .Relationship = RelationProcessorCore},
        {.ProcessorMask = 1, .Relationship = RelationProcessorPackage},
        {.ProcessorMask = 1, .Relationship = RelationNumaNode},
    };
    return ExpAnswerAtLeast(Query, Information, sizeof(Information));
}

// ---- By relationship

typedef SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX EXP_RELATION;

static const GROUP_AFFINITY ExpOnlyProcessor = {.Mask = 1};

static ULONG ExpProcessorRelation(EXP_RELATION *Relation, LOGICAL_PROCESSOR_RELATIONSHIP Kind)
{
    Relation->Processor.GroupCount = 1;
    Relation->Processor.GroupMask[0] = ExpOnlyProcessor;
    Relation->Relationship = Kind;
    return FIELD_OFFSET(EXP_RELATION, Processor) + (ULONG)sizeof(PROCESSOR_RELATIONSHIP);
}

static ULONG ExpNumaRelation(EXP_RELATION *Relation, LOGICAL_PROCESSOR_RELATIONSHIP Kind)
{
    Relation->NumaNode.GroupMask = ExpOnlyProcessor;
    Relation->Relationship = Kind;
    return FIELD_OFFSET(EXP_RELATION, NumaNode) + (ULONG)sizeof(NUMA_NODE_RELATIONSHIP);
}

static ULONG ExpGroupRelation(EXP_RELATION *Relation, LOGICAL_PROCESSOR_RELATIONSHIP Kind)
{
    Relation->Group.MaximumGroupCount = Relation->Group.ActiveGroupCount = 1;
    Relation->Group.GroupInfo[0] = (PROCESSOR_GROUP_INFO){
        .MaximumProcessorCount = 1, .ActiveProcessorCount = 1, .ActiveProcessorMask = 1};
    Relation->Relationship = Kind;
    return FIELD_OFFSET(EXP_RELATION, Group) + (ULONG)sizeof(GROUP_RELATIONSHIP);
}

static const struct {
    LOGICAL_PROCESSOR_RELATIONSHIP Kind;
    ULONG (*Fill)(EXP_RELATION *Relation, LOGICAL_PROCESSOR_RELATIONSHIP Kind);
} ExpRelations[] = {
    {RelationProcessorCore, ExpProcessorRelation},
    {RelationNumaNode, ExpNumaRelation},
    {RelationProcessorPackage, ExpProcessorRelation},
    {RelationGroup, ExpGroupRelation},
};

NTSTATUS ExpQueryLogicalProcessorsEx(PEXP_QUERY Query)
{
    LOGICAL_PROCESSOR_RELATIONSHIP Wanted;
    if (Query->InputLength < sizeof(Wanted))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmCopyFromUser(&Wanted, Query->Input, sizeof(Wanted));
    if (!NT_SUCCESS(Status))
        return Status;
    alignas(8) UCHAR Answer[RTL_NUMBER_OF(ExpRelations) * sizeof(EXP_RELATION)] = {};
    ULONG Size = 0;
    for (ULONG i = 0; i < RTL_NUMBER_OF(ExpRelations); i++) {
        if (Wanted != RelationAll && Wanted != ExpRelations[i].Kind)
            continue;
        EXP_RELATION *Relation = (EXP_RELATION *)(Answer + Size);
        Relation->Size = ExpRelations[i].Fill(Relation, ExpRelations[i].Kind);
        Size += Relation->Size;
    }
    return ExpAnswerAtLeast(Query, Answer, Size);
}

// ---- Machines whose programs run here: a list that ends in a zero.

typedef struct _EXP_ARCHITECTURE {
    ULONG Machine : 16;
    ULONG KernelMode : 1;
    ULONG UserMode : 1;
    ULONG Native : 1;
    ULONG Process : 1;
    ULONG Wow64Container : 1;
    ULONG Reserved : 11;
} EXP_ARCHITECTURE;

NTSTATUS ExpQueryArchitectures(PEXP_QUERY Query)
{
    static const EXP_ARCHITECTURE List[2] = {{.Machine = IMAGE_FILE_MACHINE_AMD64,
                                              .KernelMode = 1,
                                              .UserMode = 1,
                                              .Native = 1,
                                              .Process = 1}};
    if (Query->InputLength != sizeof(HANDLE))
        return STATUS_INVALID_PARAMETER;
    return ExpAnswerAtLeast(Query, List, sizeof(List));
}
