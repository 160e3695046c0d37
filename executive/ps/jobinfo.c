// NtQueryInformationJobObject and NtSetInformationJobObject.
#include "jobp.h"

// ---- Queries

static NTSTATUS PspQueryJobProcesses(PPSP_JOB Job, VOID USER *Buffer, ULONG Length,
                                     ULONG USER *ReturnLength)
{
    constexpr ULONG Header = FIELD_OFFSET(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList);
    if (Length < Header)
        return STATUS_INFO_LENGTH_MISMATCH;
    ULONG Room = (Length - Header) / sizeof(ULONG_PTR), Count = 0;
    PEPROCESS Process = nullptr;
    while (Count < Room && (Process = PspNextInJob(Job, Process))) {
        NTSTATUS Status = MmWriteUser((HANDLE USER *)((ULONG_PTR)Buffer + Header) + Count,
                                      Process->UniqueProcessId);
        if (!NT_SUCCESS(Status))
            return Status;
        Count++;
    }
    const ULONG Counts[2] = {Job->ActiveProcesses, Count};
    NTSTATUS Status = MmCopyToUser(Buffer, Counts, sizeof(Counts));
    if (NT_SUCCESS(Status) && ReturnLength)
        Status = MmWriteUser(ReturnLength, Header + Count * (ULONG)sizeof(ULONG_PTR));
    if (NT_SUCCESS(Status) && Count < Job->ActiveProcesses)
        Status = STATUS_BUFFER_OVERFLOW;
    return Status;
}

static ULONG PspJobPageFaults(PPSP_JOB Job)
{
    ULONG Sum = Job->PageFaults;
    for (PEPROCESS Each = nullptr; (Each = PspNextInJob(Job, Each));) {
        VM_COUNTERS_EX Counters;
        MmQueryVmCounters(Each, &Counters);
        Sum += Counters.Counters.PageFaultCount;
    }
    return Sum;
}

static NTSTATUS PspQueryJob(PPSP_JOB Job, JOBOBJECTINFOCLASS Class, VOID USER *Buffer, ULONG Length,
                            ULONG USER *ReturnLength)
{
    const JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION Accounting = {
        .BasicInfo =
            {
                .TotalPageFaultCount = PspJobPageFaults(Job),
                .TotalProcesses = Job->TotalProcesses,
                .ActiveProcesses = Job->ActiveProcesses,
                .TotalTerminatedProcesses = Job->TerminatedProcesses,
            },
    };
    const USHORT Group = 0; // of processors
    const struct {
        JOBOBJECTINFOCLASS Class;
        const VOID *Data;
        ULONG Size;
    } Answers[] = {
        {JobObjectBasicAccountingInformation, &Accounting.BasicInfo, sizeof(Accounting.BasicInfo)},
        {JobObjectBasicAndIoAccountingInformation, &Accounting, sizeof(Accounting)},
        {JobObjectBasicLimitInformation, &Job->Limits.BasicLimitInformation,
         sizeof(Job->Limits.BasicLimitInformation)},
        {JobObjectExtendedLimitInformation, &Job->Limits, sizeof(Job->Limits)},
        {JobObjectBasicUIRestrictions, &Job->UiRestrictions, sizeof(Job->UiRestrictions)},
        {JobObjectGroupInformation, &Group, sizeof(Group)},
    };
    if (Class == JobObjectBasicProcessIdList)
        return PspQueryJobProcesses(Job, Buffer, Length, ReturnLength);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Answers); i++) {
        if (Answers[i].Class != Class)
            continue;
        if (Length != Answers[i].Size)
            return STATUS_INFO_LENGTH_MISMATCH;
        return ExReturnInformation(Answers[i].Data, Answers[i].Size, Buffer, Length, ReturnLength,
                                   STATUS_INFO_LENGTH_MISMATCH);
    }
    return STATUS_INVALID_INFO_CLASS;
}

// A null handle: the caller's own job, if it has one.
NTSTATUS NtQueryInformationJobObject(HANDLE JobHandle, JOBOBJECTINFOCLASS Class, VOID USER *Buffer,
                                     ULONG Length, ULONG USER *ReturnLength)
{
    PPSP_JOB Job = PsGetCurrentProcess()->Job;
    NTSTATUS Status = Job ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
    if (JobHandle)
        Status = PspReferenceJob(JobHandle, JOB_OBJECT_QUERY, &Job);
    else if (Job)
        ObReferenceObject(Job);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PspQueryJob(Job, Class, Buffer, Length, ReturnLength);
    ObDereferenceObject(Job);
    return Status;
}

// ---- Changes

constexpr ULONG PspBasicFlags = JOB_OBJECT_BASIC_LIMIT_VALID_FLAGS;
constexpr ULONG PspExtendedFlags = JOB_OBJECT_EXTENDED_LIMIT_VALID_FLAGS;
// Nobody measures the processor time of processes, and working sets have no limits of their own.
constexpr ULONG PspUnsupportedFlags = JOB_OBJECT_LIMIT_WORKINGSET | JOB_OBJECT_LIMIT_PROCESS_TIME |
                                      JOB_OBJECT_LIMIT_JOB_TIME |
                                      JOB_OBJECT_LIMIT_PRESERVE_JOB_TIME;

static NTSTATUS PspCheckBasicLimits(const JOBOBJECT_BASIC_LIMIT_INFORMATION *Limits, ULONG Allowed)
{
    ULONG Flags = Limits->LimitFlags;
    if (Flags & ~Allowed)
        return STATUS_INVALID_PARAMETER;
    if (Flags & PspUnsupportedFlags)
        return STATUS_NOT_SUPPORTED;
    if ((Flags & JOB_OBJECT_LIMIT_PRIORITY_CLASS) &&
        (Limits->PriorityClass == PROCESS_PRIORITY_CLASS_UNKNOWN ||
         Limits->PriorityClass > PROCESS_PRIORITY_CLASS_ABOVE_NORMAL))
        return STATUS_INVALID_PARAMETER;
    if ((Flags & JOB_OBJECT_LIMIT_AFFINITY) && Limits->Affinity != 1)
        return STATUS_INVALID_PARAMETER;
    if ((Flags & JOB_OBJECT_LIMIT_SCHEDULING_CLASS) && Limits->SchedulingClass > 9)
        return STATUS_INVALID_PARAMETER;
    return (Flags & JOB_OBJECT_LIMIT_ACTIVE_PROCESS) && !Limits->ActiveProcessLimit
               ? STATUS_INVALID_PARAMETER
               : STATUS_SUCCESS;
}

static NTSTATUS PspSetBasicLimits(PPSP_JOB Job, const JOBOBJECT_BASIC_LIMIT_INFORMATION *Limits,
                                  ULONG Allowed)
{
    NTSTATUS Status = PspCheckBasicLimits(Limits, Allowed);
    if (!NT_SUCCESS(Status))
        return Status;
    if ((Limits->LimitFlags & JOB_OBJECT_LIMIT_PRIORITY_CLASS) &&
        Limits->PriorityClass == PROCESS_PRIORITY_CLASS_REALTIME &&
        !SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_INC_BASE_PRIORITY_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    // The basic class leaves the extended limits as they are.
    ULONG Kept = Job->Limits.BasicLimitInformation.LimitFlags & ~Allowed;
    Job->Limits.BasicLimitInformation = *Limits;
    Job->Limits.BasicLimitInformation.LimitFlags |= Kept;
    if (Limits->LimitFlags & JOB_OBJECT_LIMIT_PRIORITY_CLASS) {
        for (PEPROCESS Each = nullptr; (Each = PspNextInJob(Job, Each));)
            PspSetPriorityClass(Each, (UCHAR)Limits->PriorityClass);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS PspSetBasic(PPSP_JOB Job, const VOID *Data)
{
    return PspSetBasicLimits(Job, Data, PspBasicFlags);
}

static NTSTATUS PspSetExtended(PPSP_JOB Job, const VOID *Data)
{
    const JOBOBJECT_EXTENDED_LIMIT_INFORMATION *Limits = Data;
    NTSTATUS Status = PspSetBasicLimits(Job, &Limits->BasicLimitInformation, PspExtendedFlags);
    if (!NT_SUCCESS(Status))
        return Status;
    Job->Limits.ProcessMemoryLimit = Limits->ProcessMemoryLimit;
    Job->Limits.JobMemoryLimit = Limits->JobMemoryLimit;
    return STATUS_SUCCESS;
}

// There is no user interface to keep from it; but jobs with such limits do not nest.
static NTSTATUS PspSetUi(PPSP_JOB Job, const VOID *Data)
{
    ULONG Restrictions = *(const ULONG *)Data;
    if (Restrictions & ~(ULONG)JOB_OBJECT_UI_VALID_FLAGS)
        return STATUS_INVALID_PARAMETER;
    Job->UiRestrictions = Restrictions;
    return STATUS_SUCCESS;
}

// A null port ends the messages.
static NTSTATUS PspAssociatePort(PPSP_JOB Job, const VOID *Data)
{
    const JOBOBJECT_ASSOCIATE_COMPLETION_PORT *Associate = Data;
    PVOID Port = nullptr;
    NTSTATUS Status = STATUS_SUCCESS;
    if (Associate->CompletionPort)
        Status = ObReferenceObjectByHandle(Associate->CompletionPort, IO_COMPLETION_MODIFY_STATE,
                                           IoCompletionObjectType, UserMode, &Port, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Job->CompletionPort)
        ObDereferenceObject(Job->CompletionPort);
    Job->CompletionPort = Port;
    Job->CompletionKey = Associate->CompletionKey;
    return STATUS_SUCCESS;
}

static const struct {
    JOBOBJECTINFOCLASS Class;
    ULONG Size;
    NTSTATUS (*Set)(PPSP_JOB Job, const VOID *Data);
} PspJobChanges[] = {
    {JobObjectBasicLimitInformation, sizeof(JOBOBJECT_BASIC_LIMIT_INFORMATION), PspSetBasic},
    {JobObjectExtendedLimitInformation, sizeof(JOBOBJECT_EXTENDED_LIMIT_INFORMATION),
     PspSetExtended},
    {JobObjectBasicUIRestrictions, sizeof(JOBOBJECT_BASIC_UI_RESTRICTIONS), PspSetUi},
    {JobObjectAssociateCompletionPortInformation, sizeof(JOBOBJECT_ASSOCIATE_COMPLETION_PORT),
     PspAssociatePort},
};

static NTSTATUS PspChangeJob(HANDLE JobHandle, ULONG Index, const VOID *Data)
{
    PPSP_JOB Job;
    NTSTATUS Status = PspReferenceJob(JobHandle, JOB_OBJECT_SET_ATTRIBUTES, &Job);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PspJobChanges[Index].Set(Job, Data);
    ObDereferenceObject(Job);
    return Status;
}

NTSTATUS NtSetInformationJobObject(HANDLE JobHandle, JOBOBJECTINFOCLASS Class,
                                   const VOID USER *Buffer, ULONG Length)
{
    alignas(8) UCHAR Data[sizeof(JOBOBJECT_EXTENDED_LIMIT_INFORMATION)];
    ULONG Index = 0;
    while (Index < RTL_NUMBER_OF(PspJobChanges) && PspJobChanges[Index].Class != Class)
        Index++;
    if (Index == RTL_NUMBER_OF(PspJobChanges))
        return STATUS_INVALID_INFO_CLASS;
    if (Length != PspJobChanges[Index].Size)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmCopyFromUser(Data, Buffer, Length);
    return NT_SUCCESS(Status) ? PspChangeJob(JobHandle, Index, Data) : Status;
}
