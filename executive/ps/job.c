// Jobs: groups of processes with limits and accounting. A process is in at most one job; children join
// the job of their parent. Source: "Job Objects" (Windows documentation).
#include "psp.h"

struct _PSP_JOB {
    DISPATCHER_HEADER Header; // signalled when the time limit ended it
    LIST_ENTRY Processes;     // PSP_JOB_MEMBERs
    ULONG ActiveProcesses, TotalProcesses, TerminatedProcesses;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION Limits;
    JOBOBJECT_BASIC_UI_RESTRICTIONS UiRestrictions;
    PVOID CompletionPort; // referenced
    PVOID CompletionKey;
    BOOLEAN Closed; // the last handle went, with kill-on-close
};

typedef struct _PSP_JOB_MEMBER {
    LIST_ENTRY Link;
    PPSP_JOB Job; // referenced
    PEPROCESS Process;
} PSP_JOB_MEMBER, *PPSP_JOB_MEMBER;

constexpr ULONG PspJobTag = 'boJP';
POBJECT_TYPE PsJobType;

static PPSP_JOB PspJobOf(PEPROCESS Process)
{
    PPSP_JOB_MEMBER Member = Process->Job;
    return Member ? Member->Job : nullptr;
}

static VOID PspNotifyJob(PPSP_JOB Job, ULONG Message, HANDLE ProcessId)
{
    if (Job->CompletionPort)
        IoSetIoCompletion(Job->CompletionPort, Job->CompletionKey, ProcessId, STATUS_SUCCESS,
                          Message);
}

// Processes leave the list as they end, so the walk starts anew after each.
static VOID PspTerminateJob(PPSP_JOB Job, NTSTATUS ExitStatus)
{
    PPSP_JOB_MEMBER Last = nullptr;
    while (!IsListEmpty(&Job->Processes)) {
        PPSP_JOB_MEMBER Member = CONTAINING_RECORD(Job->Processes.Flink, PSP_JOB_MEMBER, Link);
        if (Member == Last)
            break; // it ends when its last thread does, which may be the caller
        Last = Member;
        RemoveEntryList(&Member->Link);
        InsertTailList(&Job->Processes, &Member->Link);
        Job->TerminatedProcesses++;
        PspTerminateProcess(Member->Process, ExitStatus);
        BOOLEAN More = FALSE;
        for (PLIST_ENTRY Link = Job->Processes.Flink; Link != &Job->Processes; Link = Link->Flink)
            More |= !CONTAINING_RECORD(Link, PSP_JOB_MEMBER, Link)->Process->Exiting;
        if (!More)
            break;
    }
}

static VOID PspCloseJob(PEPROCESS Process, PVOID Object, ACCESS_MASK GrantedAccess,
                        ULONG ProcessHandleCount, ULONG SystemHandleCount)
{
    UNREFERENCED_PARAMETER(Process);
    UNREFERENCED_PARAMETER(GrantedAccess);
    UNREFERENCED_PARAMETER(ProcessHandleCount);
    PPSP_JOB Job = Object;
    if (SystemHandleCount > 1)
        return;
    Job->Closed = TRUE;
    if (Job->Limits.BasicLimitInformation.LimitFlags & JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE)
        PspTerminateJob(Job, STATUS_SUCCESS);
}

static VOID PspDeleteJob(PVOID Object)
{
    PPSP_JOB Job = Object;
    if (Job->CompletionPort)
        ObDereferenceObject(Job->CompletionPort);
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

static NTSTATUS PspAddToJob(PPSP_JOB Job, PEPROCESS Process)
{
    PJOBOBJECT_BASIC_LIMIT_INFORMATION Basic = &Job->Limits.BasicLimitInformation;
    if (Job->Closed)
        return STATUS_PROCESS_IS_TERMINATING;
    if ((Basic->LimitFlags & JOB_OBJECT_LIMIT_ACTIVE_PROCESS) &&
        Job->ActiveProcesses >= Basic->ActiveProcessLimit) {
        PspNotifyJob(Job, JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT, nullptr);
        return STATUS_QUOTA_EXCEEDED;
    }
    PPSP_JOB_MEMBER Member = ExAllocatePoolZero(NonPagedPool, sizeof(*Member), PspJobTag);
    if (!Member)
        return STATUS_INSUFFICIENT_RESOURCES;
    ObReferenceObject(Job);
    Member->Job = Job;
    Member->Process = Process;
    InsertTailList(&Job->Processes, &Member->Link);
    Process->Job = Member;
    Job->ActiveProcesses++;
    Job->TotalProcesses++;
    if (Basic->LimitFlags & JOB_OBJECT_LIMIT_PRIORITY_CLASS)
        PspSetPriorityClass(Process, (UCHAR)Basic->PriorityClass);
    PspNotifyJob(Job, JOB_OBJECT_MSG_NEW_PROCESS, Process->UniqueProcessId);
    return STATUS_SUCCESS;
}

NTSTATUS PspJoinParentJob(PEPROCESS Parent, PEPROCESS Child, BOOLEAN Breakaway)
{
    PPSP_JOB Job = PspJobOf(Parent);
    if (!Job)
        return STATUS_SUCCESS;
    ULONG Flags = Job->Limits.BasicLimitInformation.LimitFlags;
    if (Flags & JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK)
        return STATUS_SUCCESS;
    if (Breakaway)
        return Flags & JOB_OBJECT_LIMIT_BREAKAWAY_OK ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
    return PspAddToJob(Job, Child);
}

VOID PspLeaveJob(PEPROCESS Process)
{
    PPSP_JOB_MEMBER Member = Process->Job;
    if (!Member)
        return;
    PPSP_JOB Job = Member->Job;
    Process->Job = nullptr;
    RemoveEntryList(&Member->Link);
    ExFreePoolWithTag(Member, PspJobTag);
    Job->ActiveProcesses--;
    PspNotifyJob(Job, JOB_OBJECT_MSG_EXIT_PROCESS, Process->UniqueProcessId);
    if (!Job->ActiveProcesses)
        PspNotifyJob(Job, JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, nullptr);
    ObDereferenceObject(Job);
}

NTSTATUS PspCheckJobCommit(PEPROCESS Process, SIZE_T NewTotalBytes)
{
    PPSP_JOB Job = PspJobOf(Process);
    if (!Job || !(Job->Limits.BasicLimitInformation.LimitFlags & JOB_OBJECT_LIMIT_PROCESS_MEMORY) ||
        NewTotalBytes <= Job->Limits.ProcessMemoryLimit)
        return STATUS_SUCCESS;
    PspNotifyJob(Job, JOB_OBJECT_MSG_PROCESS_MEMORY_LIMIT, Process->UniqueProcessId);
    return STATUS_COMMITMENT_LIMIT;
}

// ---- Services

NTSTATUS NtCreateJobObject(HANDLE USER *JobHandle, ACCESS_MASK DesiredAccess,
                           const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    OB_ATTRIBUTES Attributes;
    NTSTATUS Status = MmProbeForWrite(JobHandle, sizeof(HANDLE), sizeof(HANDLE));
    if (NT_SUCCESS(Status))
        Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;

    PPSP_JOB Job;
    HANDLE Handle;
    Status = ObCreateObject(PsJobType, sizeof(*Job), (PVOID *)&Job);
    if (NT_SUCCESS(Status)) {
        KeInitializeObject(&Job->Header, EventNotificationObject);
        InitializeListHead(&Job->Processes);
        Status = ObInsertObject(Job, &Attributes, DesiredAccess, UserMode, &Handle);
    }
    ObReleaseAttributes(&Attributes);
    if (!NT_SUCCESS(Status))
        return Status;
    NTSTATUS Written = MmWriteUser(JobHandle, Handle);
    return NT_SUCCESS(Written) ? Status : Written;
}

NTSTATUS NtOpenJobObject(HANDLE USER *JobHandle, ACCESS_MASK DesiredAccess,
                         const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    OB_ATTRIBUTES Attributes;
    NTSTATUS Status = MmProbeForWrite(JobHandle, sizeof(HANDLE), sizeof(HANDLE));
    if (NT_SUCCESS(Status))
        Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;
    HANDLE Handle;
    Status = ObOpenObjectByName(&Attributes, PsJobType, UserMode, DesiredAccess, nullptr, &Handle);
    ObReleaseAttributes(&Attributes);
    return NT_SUCCESS(Status) ? MmWriteUser(JobHandle, Handle) : Status;
}

static NTSTATUS PspReferenceJob(HANDLE Handle, ACCESS_MASK Access, PPSP_JOB *Job)
{
    return ObReferenceObjectByHandle(Handle, Access, PsJobType, UserMode, (PVOID *)Job, nullptr);
}

NTSTATUS NtAssignProcessToJobObject(HANDLE JobHandle, HANDLE ProcessHandle)
{
    PPSP_JOB Job;
    PEPROCESS Process;
    NTSTATUS Status = PspReferenceJob(JobHandle, JOB_OBJECT_ASSIGN_PROCESS, &Job);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObReferenceObjectByHandle(ProcessHandle, PROCESS_SET_QUOTA | PROCESS_TERMINATE,
                                       PsProcessType, UserMode, (PVOID *)&Process, nullptr);
    if (!NT_SUCCESS(Status))
        goto ReleaseJob;
    if (Process->Exiting)
        Status = STATUS_PROCESS_IS_TERMINATING;
    else if (Process->Job)
        Status = STATUS_ACCESS_DENIED; // jobs do not nest here
    else
        Status = PspAddToJob(Job, Process);
    ObDereferenceObject(Process);
ReleaseJob:
    ObDereferenceObject(Job);
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
    PPSP_JOB Job = nullptr, Own = PspJobOf(Process);
    if (JobHandle)
        Status = PspReferenceJob(JobHandle, JOB_OBJECT_QUERY, &Job);
    if (NT_SUCCESS(Status))
        Status = Own && (!Job || Job == Own) ? STATUS_PROCESS_IN_JOB : STATUS_PROCESS_NOT_IN_JOB;
    if (Job)
        ObDereferenceObject(Job);
    ObDereferenceObject(Process);
    return Status;
}

static NTSTATUS PspQueryJobProcesses(PPSP_JOB Job, VOID USER *Buffer, ULONG Length,
                                     ULONG USER *ReturnLength)
{
    constexpr ULONG Header = FIELD_OFFSET(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList);
    if (Length < Header)
        return STATUS_INFO_LENGTH_MISMATCH;
    ULONG Room = (Length - Header) / sizeof(ULONG_PTR), Count = 0;
    NTSTATUS Status = STATUS_SUCCESS;
    for (PLIST_ENTRY Link = Job->Processes.Flink; Link != &Job->Processes && Count < Room;
         Link = Link->Flink, Count++) {
        HANDLE Id = CONTAINING_RECORD(Link, PSP_JOB_MEMBER, Link)->Process->UniqueProcessId;
        Status = MmWriteUser((HANDLE USER *)((ULONG_PTR)Buffer + Header) + Count, Id);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    const ULONG Counts[2] = {Job->ActiveProcesses, Count};
    Status = MmCopyToUser(Buffer, Counts, sizeof(Counts));
    if (NT_SUCCESS(Status) && ReturnLength)
        Status = MmWriteUser(ReturnLength, Header + Count * (ULONG)sizeof(ULONG_PTR));
    if (NT_SUCCESS(Status) && Count < Job->ActiveProcesses)
        Status = STATUS_BUFFER_OVERFLOW;
    return Status;
}

static NTSTATUS PspQueryJob(PPSP_JOB Job, JOBOBJECTINFOCLASS Class, VOID USER *Buffer, ULONG Length,
                            ULONG USER *ReturnLength)
{
    const JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION Accounting = {
        .BasicInfo =
            {
                .TotalProcesses = Job->TotalProcesses,
                .ActiveProcesses = Job->ActiveProcesses,
                .TotalTerminatedProcesses = Job->TerminatedProcesses,
            },
    };
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

NTSTATUS NtQueryInformationJobObject(HANDLE JobHandle, JOBOBJECTINFOCLASS Class, VOID USER *Buffer,
                                     ULONG Length, ULONG USER *ReturnLength)
{
    PPSP_JOB Job = PspJobOf(PsGetCurrentProcess());
    NTSTATUS Status = STATUS_ACCESS_DENIED; // a null handle: the caller's own job, if it has one
    if (JobHandle)
        Status = PspReferenceJob(JobHandle, JOB_OBJECT_QUERY, &Job);
    else if (Job) {
        ObReferenceObject(Job);
        Status = STATUS_SUCCESS;
    }
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PspQueryJob(Job, Class, Buffer, Length, ReturnLength);
    ObDereferenceObject(Job);
    return Status;
}

static NTSTATUS PspSetBasicLimits(PPSP_JOB Job, const JOBOBJECT_BASIC_LIMIT_INFORMATION *Limits,
                                  ULONG Allowed)
{
    if ((Limits->LimitFlags & ~Allowed) ||
        ((Limits->LimitFlags & JOB_OBJECT_LIMIT_PRIORITY_CLASS) &&
         Limits->PriorityClass > PROCESS_PRIORITY_CLASS_ABOVE_NORMAL))
        return STATUS_INVALID_PARAMETER;
    Job->Limits.BasicLimitInformation = *Limits;
    if (Limits->LimitFlags & JOB_OBJECT_LIMIT_PRIORITY_CLASS) {
        for (PLIST_ENTRY Link = Job->Processes.Flink; Link != &Job->Processes; Link = Link->Flink)
            PspSetPriorityClass(CONTAINING_RECORD(Link, PSP_JOB_MEMBER, Link)->Process,
                                (UCHAR)Limits->PriorityClass);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS PspAssociatePort(PPSP_JOB Job, const JOBOBJECT_ASSOCIATE_COMPLETION_PORT *Associate)
{
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

// The largest structure that a class takes.
typedef union _PSP_JOB_DATA {
    JOBOBJECT_BASIC_LIMIT_INFORMATION Basic;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION Extended;
    JOBOBJECT_BASIC_UI_RESTRICTIONS Ui;
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT Port;
} PSP_JOB_DATA;

constexpr ULONG PspBasicLimitFlags = 0xFF, PspExtendedLimitFlags = 0x7FFF;

static NTSTATUS PspSetJob(PPSP_JOB Job, JOBOBJECTINFOCLASS Class, const PSP_JOB_DATA *Data)
{
    switch (Class) {
    case JobObjectBasicLimitInformation:
        return PspSetBasicLimits(Job, &Data->Basic, PspBasicLimitFlags);
    case JobObjectExtendedLimitInformation: {
        NTSTATUS Status =
            PspSetBasicLimits(Job, &Data->Extended.BasicLimitInformation, PspExtendedLimitFlags);
        if (NT_SUCCESS(Status)) {
            Job->Limits.ProcessMemoryLimit = Data->Extended.ProcessMemoryLimit;
            Job->Limits.JobMemoryLimit = Data->Extended.JobMemoryLimit;
        }
        return Status;
    }
    case JobObjectBasicUIRestrictions:
        Job->UiRestrictions = Data->Ui;
        return STATUS_SUCCESS;
    default:
        return PspAssociatePort(Job, &Data->Port);
    }
}

static ULONG PspJobDataSize(JOBOBJECTINFOCLASS Class)
{
    switch (Class) {
    case JobObjectBasicLimitInformation:
        return sizeof(JOBOBJECT_BASIC_LIMIT_INFORMATION);
    case JobObjectExtendedLimitInformation:
        return sizeof(JOBOBJECT_EXTENDED_LIMIT_INFORMATION);
    case JobObjectBasicUIRestrictions:
        return sizeof(JOBOBJECT_BASIC_UI_RESTRICTIONS);
    case JobObjectAssociateCompletionPortInformation:
        return sizeof(JOBOBJECT_ASSOCIATE_COMPLETION_PORT);
    default:
        return 0;
    }
}

NTSTATUS NtSetInformationJobObject(HANDLE JobHandle, JOBOBJECTINFOCLASS Class,
                                   const VOID USER *Buffer, ULONG Length)
{
    ULONG Size = PspJobDataSize(Class);
    if (!Size)
        return STATUS_INVALID_INFO_CLASS;
    if (Length != Size)
        return STATUS_INFO_LENGTH_MISMATCH;
    PSP_JOB_DATA Data;
    NTSTATUS Status = MmCopyFromUser(&Data, Buffer, Size);
    if (!NT_SUCCESS(Status))
        return Status;
    PPSP_JOB Job;
    Status = PspReferenceJob(JobHandle, JOB_OBJECT_SET_ATTRIBUTES, &Job);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PspSetJob(Job, Class, &Data);
    ObDereferenceObject(Job);
    return Status;
}
