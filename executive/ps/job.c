// Jobs: groups of processes with limits and accounting. Jobs nest: a process is in one job and, through
// it, in those above. Children join the job of their parent. Source: "Job Objects" and "Nested Jobs"
// (Windows documentation).
#include "jobp.h"

POBJECT_TYPE PsJobType;

static ULONG PspLimitFlags(const PSP_JOB *Job)
{
    return Job->Limits.BasicLimitInformation.LimitFlags;
}

// Is Inner the job, or nested in it?
static BOOLEAN PspIsWithin(const PSP_JOB *Inner, const PSP_JOB *Job)
{
    while (Inner && Inner != Job)
        Inner = Inner->Parent;
    return Inner != nullptr;
}

BOOLEAN PspIsInJob(PEPROCESS Process, PPSP_JOB Job)
{
    return PspIsWithin(Process->Job, Job);
}

static VOID PspNotifyJob(PPSP_JOB Job, ULONG Message, HANDLE ProcessId)
{
    if (Job->CompletionPort)
        IoSetIoCompletion(Job->CompletionPort, Job->CompletionKey, ProcessId, STATUS_SUCCESS,
                          Message);
}

PEPROCESS PspNextInJob(PPSP_JOB Job, PEPROCESS Process)
{
    PLIST_ENTRY Link = Process ? Process->ActiveProcessLinks.Flink : PsActiveProcessHead.Flink;
    for (; Link != &PsActiveProcessHead; Link = Link->Flink) {
        PEPROCESS Next = CONTAINING_RECORD(Link, EPROCESS, ActiveProcessLinks);
        if (PspIsInJob(Next, Job))
            return Next;
    }
    return nullptr;
}

// A process that ends may take others out of the list, so the walk starts anew after each.
static VOID PspTerminateJob(PPSP_JOB Job, NTSTATUS ExitStatus)
{
    PEPROCESS Process = PspNextInJob(Job, nullptr);
    while (Process) {
        if (Process->Exiting) {
            Process = PspNextInJob(Job, Process);
            continue;
        }
        ObReferenceObject(Process);
        PsTerminateProcess(Process, ExitStatus);
        ObDereferenceObject(Process);
        Process = PspNextInJob(Job, nullptr);
    }
}

static VOID PspCloseJob(PEPROCESS Process, PVOID Object, ACCESS_MASK GrantedAccess,
                        ULONG ProcessHandleCount, ULONG SystemHandleCount)
{
    UNREFERENCED_PARAMETER(Process);
    UNREFERENCED_PARAMETER(GrantedAccess);
    UNREFERENCED_PARAMETER(ProcessHandleCount);
    PPSP_JOB Job = Object;
    if (SystemHandleCount > 1 || !(PspLimitFlags(Job) & JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE))
        return;
    Job->Ended = TRUE;
    PspTerminateJob(Job, STATUS_SUCCESS);
}

static VOID PspDeleteJob(PVOID Object)
{
    PPSP_JOB Job = Object;
    if (Job->CompletionPort)
        ObDereferenceObject(Job->CompletionPort);
    if (Job->Parent)
        ObDereferenceObject(Job->Parent);
}

NTSTATUS PspInitJobs(VOID)
{
    static const OBJECT_TYPE_INITIALIZER Initializer = {
        .Name = L"Job",
        .BodySize = sizeof(PSP_JOB),
        .GenericMapping = {STANDARD_RIGHTS_READ | JOB_OBJECT_QUERY,
                           STANDARD_RIGHTS_WRITE | JOB_OBJECT_ASSIGN_PROCESS |
                               JOB_OBJECT_SET_ATTRIBUTES | JOB_OBJECT_TERMINATE,
                           STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, JOB_OBJECT_ALL_ACCESS},
        .ValidAccess = JOB_OBJECT_ALL_ACCESS,
        .Waitable = TRUE,
        .Delete = PspDeleteJob,
        .Close = PspCloseJob,
    };
    return ObCreateObjectType(&Initializer, &PsJobType);
}

// ---- Membership

static NTSTATUS PspCheckRoom(PPSP_JOB Job)
{
    if (Job->Ended)
        return STATUS_PROCESS_IS_TERMINATING;
    if (!(PspLimitFlags(Job) & JOB_OBJECT_LIMIT_ACTIVE_PROCESS) ||
        Job->ActiveProcesses < Job->Limits.BasicLimitInformation.ActiveProcessLimit)
        return STATUS_SUCCESS;
    PspNotifyJob(Job, JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT, nullptr);
    return STATUS_QUOTA_EXCEEDED;
}

// The process is in the jobs from its own one up already.
static NTSTATUS PspJoinJob(PPSP_JOB Job, PEPROCESS Process)
{
    PPSP_JOB Old = Process->Job;
    for (PPSP_JOB Each = Job; Each != Old; Each = Each->Parent) {
        NTSTATUS Status = PspCheckRoom(Each);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    ObReferenceObject(Job);
    Process->Job = Job;
    for (PPSP_JOB Each = Job; Each != Old; Each = Each->Parent) {
        Each->ActiveProcesses++;
        Each->TotalProcesses++;
        if (PspLimitFlags(Each) & JOB_OBJECT_LIMIT_PRIORITY_CLASS)
            PspSetPriorityClass(Process, (UCHAR)Each->Limits.BasicLimitInformation.PriorityClass);
        PspNotifyJob(Each, JOB_OBJECT_MSG_NEW_PROCESS, Process->UniqueProcessId);
    }
    if (Old)
        ObDereferenceObject(Old);
    return STATUS_SUCCESS;
}

// A job that is new to the process's hierarchy must be empty: it is put below the process's own.
static NTSTATUS PspNestJob(PPSP_JOB Job, PPSP_JOB Own)
{
    ULONG Depth = 0;
    for (PPSP_JOB Each = Own; Each; Each = Each->Parent)
        Depth++;
    if (Job->Parent || Job->TotalProcesses || Depth >= PspDeepestJob || Job->UiRestrictions ||
        Own->UiRestrictions)
        return STATUS_ACCESS_DENIED;
    ObReferenceObject(Own);
    Job->Parent = Own;
    return STATUS_SUCCESS;
}

NTSTATUS PspAssignToJob(PPSP_JOB Job, PEPROCESS Process)
{
    PPSP_JOB Own = Process->Job;
    if (Process->Exiting)
        return STATUS_PROCESS_IS_TERMINATING;
    if (PspIsWithin(Own, Job))
        return STATUS_SUCCESS; // it is in there
    NTSTATUS Status = STATUS_SUCCESS;
    if (Own && !PspIsWithin(Job, Own))
        Status = PspNestJob(Job, Own);
    if (NT_SUCCESS(Status))
        Status = PspJoinJob(Job, Process);
    if (NT_SUCCESS(Status) && Process->Peb)
        PspMarkInJob(Process);
    return Status;
}

// Silently or on request, a child leaves those jobs of its parent that let it, from the inside out.
NTSTATUS PspJoinParentJob(PEPROCESS Parent, PEPROCESS Child, BOOLEAN Breakaway)
{
    constexpr ULONG Silent = JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
    ULONG Leave = Silent | (Breakaway ? JOB_OBJECT_LIMIT_BREAKAWAY_OK : 0);
    PPSP_JOB Job = Parent->Job;
    if (Breakaway && Job && !(PspLimitFlags(Job) & Leave))
        return STATUS_ACCESS_DENIED;
    while (Job && (PspLimitFlags(Job) & Leave))
        Job = Job->Parent;
    if (!Job)
        return STATUS_SUCCESS;
    NTSTATUS Status = PspJoinJob(Job, Child);
    if (Status == STATUS_QUOTA_EXCEEDED)
        Job->TerminatedProcesses++;
    return Status;
}

// Its memory is still there, to be counted.
VOID PspLeaveJob(PEPROCESS Process)
{
    PPSP_JOB Job = Process->Job;
    VM_COUNTERS_EX Counters;
    if (!Job)
        return;
    MmQueryVmCounters(Process, &Counters);
    Process->Job = nullptr;
    BOOLEAN Abnormal = NT_ERROR(Process->ExitStatus);
    for (PPSP_JOB Each = Job; Each; Each = Each->Parent) {
        Each->ActiveProcesses--;
        Each->PageFaults += Counters.Counters.PageFaultCount;
        PspNotifyJob(Each,
                     Abnormal ? JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS : JOB_OBJECT_MSG_EXIT_PROCESS,
                     Process->UniqueProcessId);
        if (!Each->ActiveProcesses)
            PspNotifyJob(Each, JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, nullptr);
    }
    ObDereferenceObject(Job);
}

// ---- Memory

// What the others in the job have committed.
static SIZE_T PspOthersCommitted(PPSP_JOB Job, PEPROCESS Except)
{
    SIZE_T Sum = 0;
    for (PEPROCESS Each = nullptr; (Each = PspNextInJob(Job, Each));) {
        VM_COUNTERS_EX Counters;
        if (Each == Except)
            continue;
        MmQueryVmCounters(Each, &Counters);
        Sum += Counters.PrivateUsage;
    }
    return Sum;
}

static NTSTATUS PspCheckMemory(PPSP_JOB Job, PEPROCESS Process, SIZE_T Bytes, SIZE_T JobBytes)
{
    ULONG Flags = PspLimitFlags(Job), Message = 0;
    if ((Flags & JOB_OBJECT_LIMIT_PROCESS_MEMORY) && Bytes > Job->Limits.ProcessMemoryLimit)
        Message = JOB_OBJECT_MSG_PROCESS_MEMORY_LIMIT;
    else if ((Flags & JOB_OBJECT_LIMIT_JOB_MEMORY) && JobBytes > Job->Limits.JobMemoryLimit)
        Message = JOB_OBJECT_MSG_JOB_MEMORY_LIMIT;
    if (!Message)
        return STATUS_SUCCESS;
    PspNotifyJob(Job, Message, Process->UniqueProcessId);
    return STATUS_COMMITMENT_LIMIT;
}

NTSTATUS PspCheckJobCommit(PEPROCESS Process, SIZE_T NewTotalBytes)
{
    for (PPSP_JOB Job = Process->Job; Job; Job = Job->Parent) {
        SIZE_T JobBytes = NewTotalBytes + PspOthersCommitted(Job, Process);
        NTSTATUS Status = PspCheckMemory(Job, Process, NewTotalBytes, JobBytes);
        if (!NT_SUCCESS(Status))
            return Status;
        Job->Limits.PeakProcessMemoryUsed = max(Job->Limits.PeakProcessMemoryUsed, NewTotalBytes);
        Job->Limits.PeakJobMemoryUsed = max(Job->Limits.PeakJobMemoryUsed, JobBytes);
    }
    return STATUS_SUCCESS;
}

// ---- Services

NTSTATUS NtCreateJobObject(HANDLE USER *JobHandle, ACCESS_MASK DesiredAccess,
                           const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    OB_ATTRIBUTES Attributes;
    PPSP_JOB Job;
    NTSTATUS Status =
        ObBeginCreateService(PsJobType, JobHandle, ObjectAttributes, &Attributes, (PVOID *)&Job);
    if (!NT_SUCCESS(Status))
        return Status;
    KeInitializeObject(&Job->Header, EventNotificationObject);
    return ObInsertService(Job, &Attributes, DesiredAccess, JobHandle);
}

NTSTATUS NtOpenJobObject(HANDLE USER *JobHandle, ACCESS_MASK DesiredAccess,
                         const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    return ObOpenService(PsJobType, JobHandle, DesiredAccess, ObjectAttributes);
}

NTSTATUS PspReferenceJob(HANDLE Handle, ACCESS_MASK Access, PPSP_JOB *Job)
{
    return ObReferenceObjectByHandle(Handle, Access, PsJobType, UserMode, (PVOID *)Job, nullptr);
}

NTSTATUS PspAssignToJobs(PEPROCESS Process, const HANDLE *Handles, ULONG Count)
{
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < Count && NT_SUCCESS(Status); i++) {
        PPSP_JOB Job;
        Status = PspReferenceJob(Handles[i], JOB_OBJECT_ASSIGN_PROCESS, &Job);
        if (!NT_SUCCESS(Status))
            break;
        Status = PspAssignToJob(Job, Process);
        ObDereferenceObject(Job);
    }
    return Status;
}

NTSTATUS NtAssignProcessToJobObject(HANDLE JobHandle, HANDLE ProcessHandle)
{
    PEPROCESS Process;
    NTSTATUS Status =
        ObReferenceObjectByHandle(ProcessHandle, PROCESS_SET_QUOTA | PROCESS_TERMINATE,
                                  PsProcessType, UserMode, (PVOID *)&Process, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PspAssignToJobs(Process, &JobHandle, 1);
    ObDereferenceObject(Process);
    return Status;
}

NTSTATUS NtTerminateJobObject(HANDLE JobHandle, NTSTATUS ExitStatus)
{
    PPSP_JOB Job;
    NTSTATUS Status = PspReferenceJob(JobHandle, JOB_OBJECT_TERMINATE, &Job);
    if (!NT_SUCCESS(Status))
        return Status;
    PspTerminateJob(Job, ExitStatus);
    ObDereferenceObject(Job);
    return STATUS_SUCCESS;
}

// JobHandle null: in any job?
NTSTATUS NtIsProcessInJob(HANDLE ProcessHandle, HANDLE JobHandle)
{
    PEPROCESS Process;
    NTSTATUS Status =
        ObReferenceObjectByHandle(ProcessHandle, PROCESS_QUERY_LIMITED_INFORMATION, PsProcessType,
                                  UserMode, (PVOID *)&Process, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    PPSP_JOB Job = Process->Job;
    if (JobHandle)
        Status = PspReferenceJob(JobHandle, JOB_OBJECT_QUERY, &Job);
    if (NT_SUCCESS(Status)) {
        Status =
            Job && PspIsInJob(Process, Job) ? STATUS_PROCESS_IN_JOB : STATUS_PROCESS_NOT_IN_JOB;
        if (JobHandle)
            ObDereferenceObject(Job);
    }
    ObDereferenceObject(Process);
    return Status;
}
