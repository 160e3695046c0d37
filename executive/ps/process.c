// Processes: creation and end.
#include "psp.h"

POBJECT_TYPE PsProcessType;
PEPROCESS PsInitialSystemProcess;
LIST_ENTRY PsActiveProcessHead = {&PsActiveProcessHead, &PsActiveProcessHead};

static VOID PspDeleteProcess(PVOID Object)
{
    PEPROCESS Process = Object;
    if (!Process->ExitTime.QuadPart) { // it never had a thread that could end it
        if (Process->ObjectTable)
            ObKillProcessHandles(Process);
        PspLeaveJob(Process);
        KeDeleteSpareThread(Process);
    }
    if (Process->ObjectTable)
        ObFreeHandleTable(Process->ObjectTable);
    if (Process->AddressSpace)
        MmReleaseAddressSpace(Process->AddressSpace);
    if (Process->CidLink.Flink)
        RemoveEntryList(&Process->CidLink);
    if (Process->ActiveProcessLinks.Flink)
        RemoveEntryList(&Process->ActiveProcessLinks);
    if (Process->ImageFileName.Buffer)
        ExFreePool(Process->ImageFileName.Buffer);
    if (Process->SectionObject)
        ObDereferenceObject(Process->SectionObject);
    if (Process->DeviceMap)
        ObDereferenceObject(Process->DeviceMap);
    if (Process->Token)
        ObDereferenceObject(Process->Token);
}

NTSTATUS PspInitProcesses(VOID)
{
    static const OBJECT_TYPE_INITIALIZER Initializer = {
        .Name = L"Process",
        .BodySize = sizeof(EPROCESS),
        .GenericMapping = {STANDARD_RIGHTS_READ | PROCESS_VM_READ | PROCESS_QUERY_INFORMATION,
                           STANDARD_RIGHTS_WRITE | PROCESS_CREATE_PROCESS | PROCESS_CREATE_THREAD |
                               PROCESS_VM_OPERATION | PROCESS_VM_WRITE | PROCESS_DUP_HANDLE |
                               PROCESS_TERMINATE | PROCESS_SET_QUOTA | PROCESS_SET_INFORMATION |
                               PROCESS_SUSPEND_RESUME,
                           STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE |
                               PROCESS_QUERY_LIMITED_INFORMATION,
                           PROCESS_ALL_ACCESS},
        .ValidAccess = PROCESS_ALL_ACCESS,
        .Waitable = TRUE,
        .SecurityRequired = TRUE,
        .Delete = PspDeleteProcess,
    };
    return ObCreateObjectType(&Initializer, &PsProcessType);
}

static NTSTATUS PspMakeProcessObject(PEPROCESS Parent, PEPROCESS *Process)
{
    PEPROCESS New;
    NTSTATUS Status = ObCreateObject(PsProcessType, sizeof(EPROCESS), (PVOID *)&New);
    if (!NT_SUCCESS(Status))
        return Status;
    KeInitializeObject(&New->Header, ProcessObject);
    InitializeListHead(&New->ThreadListHead);
    New->ExitStatus = STATUS_PENDING;
    New->PriorityClass = Parent ? Parent->PriorityClass : PROCESS_PRIORITY_CLASS_NORMAL;
    New->BasePriority = PspClassPriority(New->PriorityClass);
    if (Parent) {
        New->InheritedFromUniqueProcessId = Parent->UniqueProcessId;
        New->HardErrorMode = Parent->HardErrorMode;
        New->DeviceMap = Parent->DeviceMap;
    }
    if (New->DeviceMap)
        ObReferenceObject(New->DeviceMap);
    KeQuerySystemTime(&New->CreateTime);
    PspInsertProcessId(New);
    InsertTailList(&PsActiveProcessHead, &New->ActiveProcessLinks);
    *Process = New;
    return STATUS_SUCCESS;
}

// The process that owns what the Executive itself owns. It has no memory and no threads.
static NTSTATUS PspMakeSystemProcess(VOID)
{
    static const WCHAR Name[] = L"System";
    PEPROCESS Process;
    NTSTATUS Status = PspMakeProcessObject(nullptr, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Process->Token = SeSystemToken;
    if (Process->Token)
        ObReferenceObject(Process->Token);
    Process->ImageFileName.Buffer = ExAllocatePoolWithTag(PagedPool, sizeof(Name), 'mNsP');
    if (!Process->ImageFileName.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(Process->ImageFileName.Buffer, Name, sizeof(Name));
    Process->ImageFileName.Length = sizeof(Name) - sizeof(WCHAR);
    Process->ImageFileName.MaximumLength = sizeof(Name);
    PsInitialSystemProcess = Process;
    Status = ObAssignSecurity(Process, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    return ObCreateHandleTable(Process, nullptr, &Process->ObjectTable);
}

NTSTATUS PsInitSystem(VOID)
{
    PspInitCids();
    NTSTATUS Status = PspInitProcesses();
    if (NT_SUCCESS(Status))
        Status = PspInitThreads();
    if (NT_SUCCESS(Status))
        Status = PspInitJobs();
    if (NT_SUCCESS(Status))
        Status = PspMakeSystemProcess();
    return Status;
}

static NTSTATUS PspGiveToken(PEPROCESS Process, const PSP_PROCESS_REQUEST *Request)
{
    PTOKEN Token = Request->Token;
    if (!Token)
        Token = Request->Parent ? Request->Parent->Token : SeSystemToken;
    return SeSubProcessToken(Token, &Process->Token);
}

static NTSTATUS PspGiveHandles(PEPROCESS Process, const PSP_PROCESS_REQUEST *Request)
{
    BOOLEAN Inherit = (Request->Flags & PROCESS_CREATE_FLAGS_INHERIT_HANDLES) != 0;
    if (Inherit && Request->InheritHandles)
        return ObCreateHandleTableWithList(Process, Request->Parent, Request->InheritHandles,
                                           Request->InheritCount, &Process->ObjectTable);
    return ObCreateHandleTable(Process, Inherit ? Request->Parent : nullptr, &Process->ObjectTable);
}

static NTSTATUS PspMapWhole(PEPROCESS Process, PSECTION Section, PVOID *Base)
{
    SIZE_T Size = 0;
    *Base = nullptr;
    return MmMapViewOfSection(Section, Process, Base, 0, 0, nullptr, &Size, ViewUnmap, 0,
                              PAGE_EXECUTE_WRITECOPY);
}

static NTSTATUS PspMapImages(PEPROCESS Process, PSECTION Section)
{
    // Ntdll first: it has to lie where it lies in every process.
    if (PspNtdllSection && !MmIsViewKept(Process, (PVOID)PspNtdllBase)) {
        PVOID Base;
        NTSTATUS Status = PspMapWhole(Process, PspNtdllSection, &Base);
        if (!NT_SUCCESS(Status))
            return Status;
        ASSERT((ULONG_PTR)Base == PspNtdllBase);
        MmKeepView(Process, Base);
    }
    ObReferenceObject(Section);
    Process->SectionObject = Section;
    NTSTATUS Status = PspMapWhole(Process, Section, &Process->SectionBaseAddress);
    if (!NT_SUCCESS(Status))
        return Status;
    return PspCreatePeb(Process, Section);
}

NTSTATUS PspCreateProcess(const PSP_PROCESS_REQUEST *Request, PEPROCESS *Process)
{
    PEPROCESS New;
    if (Request->Parent && Request->Parent->Exiting)
        return STATUS_PROCESS_IS_TERMINATING;
    if (PoIsShuttingDown())
        return STATUS_SHUTDOWN_IN_PROGRESS;
    NTSTATUS Status = PspMakeProcessObject(Request->Parent, &New);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PspGiveToken(New, Request);
    if (NT_SUCCESS(Status))
        Status = MmCreateAddressSpace(New, &New->AddressSpace);
    if (NT_SUCCESS(Status))
        Status = MmQuerySectionFileName(Request->Section, &New->ImageFileName);
    // Limits of jobs are in force, and the PEB tells of them, from the first page on.
    if (NT_SUCCESS(Status) && Request->Parent)
        Status = PspJoinParentJob(Request->Parent, New,
                                  (Request->Flags & PROCESS_CREATE_FLAGS_BREAKAWAY) != 0);
    if (NT_SUCCESS(Status))
        Status = PspAssignToJobs(New, Request->Jobs, Request->JobCount);
    if (NT_SUCCESS(Status))
        Status = PspMapImages(New, Request->Section);
    if (NT_SUCCESS(Status))
        Status = PspGiveHandles(New, Request);
    if (!NT_SUCCESS(Status)) {
        ObDereferenceObject(New);
        return Status;
    }
    *Process = New; // living threads reference it
    return STATUS_SUCCESS;
}

// Without the first program nothing would ever be said again. One that is nobody's child is that, or a driver host.
static VOID PspCheckCritical(const EPROCESS *Process)
{
    if (Process != PsInitialSystemProcess && !Process->InheritedFromUniqueProcessId &&
        !Process->HostCNode && NT_ERROR(Process->ExitStatus) && !PoIsShuttingDown())
        KeBugCheckEx(CRITICAL_PROCESS_DIED, (ULONG_PTR)Process->UniqueProcessId, 0,
                     (ULONG)Process->ExitStatus, 0);
}

// The last thread is gone, or there never was one.
VOID PspExitProcess(PEPROCESS Process, NTSTATUS ExitStatus)
{
    if (Process->ExitStatus == STATUS_PENDING)
        Process->ExitStatus = ExitStatus;
    Process->Exiting = TRUE;
    PspCheckCritical(Process);
    KeQuerySystemTime(&Process->ExitTime);
    ObKillProcessHandles(Process);
    KeDeleteSpareThread(Process);
    PspLeaveJob(Process);
    PMM_ADDRESS_SPACE Space = Process->AddressSpace;
    Process->AddressSpace = nullptr; // who comes now finds nothing
    if (Space)
        MmReleaseAddressSpace(Space);
    if (Process->Host)
        IoHostEnded(Process);
    KeSignalObject(&Process->Header);
}

NTSTATUS PsTerminateProcess(PEPROCESS Process, NTSTATUS ExitStatus)
{
    if (Process == PsInitialSystemProcess)
        return STATUS_ACCESS_DENIED;
    if (Process->Exiting)
        return STATUS_SUCCESS;
    Process->Exiting = TRUE;
    Process->ExitStatus = ExitStatus;
    if (Process->ActiveThreads == 0) {
        PspExitProcess(Process, ExitStatus);
        return STATUS_SUCCESS;
    }
    PETHREAD Current = KeGetCurrentThread();
    ObReferenceObject(Process);
    PLIST_ENTRY Link = Process->ThreadListHead.Flink;
    while (Link != &Process->ThreadListHead) {
        PETHREAD Thread = CONTAINING_RECORD(Link, ETHREAD, ThreadListEntry);
        Link = Link->Flink;
        if (Thread != Current)
            PsTerminateThread(Thread, ExitStatus);
    }
    // The caller's own thread ends on its way out of this service.
    if (Current && Current->Process == Process)
        PsTerminateThread(Current, ExitStatus);
    ObDereferenceObject(Process);
    return STATUS_SUCCESS;
}

NTSTATUS PsCheckCommit(PEPROCESS Process, SIZE_T Pages)
{
    return Process->Job ? PspCheckJobCommit(Process, Pages << PAGE_SHIFT) : STATUS_SUCCESS;
}

// ---- Priorities

KPRIORITY PspClassPriority(UCHAR PriorityClass)
{
    static const UCHAR Priorities[] = {
        [PROCESS_PRIORITY_CLASS_UNKNOWN] = 8,       [PROCESS_PRIORITY_CLASS_IDLE] = 4,
        [PROCESS_PRIORITY_CLASS_NORMAL] = 8,        [PROCESS_PRIORITY_CLASS_HIGH] = 13,
        [PROCESS_PRIORITY_CLASS_REALTIME] = 24,     [PROCESS_PRIORITY_CLASS_BELOW_NORMAL] = 6,
        [PROCESS_PRIORITY_CLASS_ABOVE_NORMAL] = 10,
    };
    return Priorities[PriorityClass];
}

// Threads keep their distance from the base priority of the process.
VOID PspSetProcessPriority(PEPROCESS Process, KPRIORITY Priority)
{
    KPRIORITY Change = Priority - Process->BasePriority;
    Process->BasePriority = Priority;
    for (PLIST_ENTRY Link = Process->ThreadListHead.Flink; Link != &Process->ThreadListHead;
         Link = Link->Flink) {
        PETHREAD Thread = CONTAINING_RECORD(Link, ETHREAD, ThreadListEntry);
        KPRIORITY New = Thread->BasePriority + Change;
        PspSetThreadPriority(Thread, New < 1 ? 1 : min(New, (KPRIORITY)KE_HIGHEST_PRIORITY));
    }
}

VOID PspSetPriorityClass(PEPROCESS Process, UCHAR PriorityClass)
{
    Process->PriorityClass = PriorityClass;
    PspSetProcessPriority(Process, PspClassPriority(PriorityClass));
}

PTOKEN PsEffectiveToken(VOID)
{
    PETHREAD Thread = KeGetCurrentThread();
    if (Thread && Thread->ImpersonationToken)
        return Thread->ImpersonationToken;
    PEPROCESS Process = PsGetCurrentProcess();
    return Process ? Process->Token : SeSystemToken;
}
