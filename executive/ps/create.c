// NtCreateUserProcess: a process with its first thread, from the name of an image. And the older
// NtCreateProcess, from a section and without a thread.
#include "psp.h"

typedef struct _PSP_CREATION {
    PSP_ATTRIBUTES Extra;
    PSP_PARAMETERS Parameters;
    OB_ATTRIBUTES ProcessAttributes, ThreadAttributes;
    PS_CREATE_INFO Info;
    PS_CREATE_STATE Failure; // how far it got
    PEPROCESS Parent;
    PTOKEN Token;
    PSECTION Section;
    PEPROCESS Process;
    PETHREAD Thread;
} PSP_CREATION, *PPSP_CREATION;

static NTSTATUS PspCaptureInfo(const PS_CREATE_INFO USER *CreateInfo, PPSP_CREATION Creation)
{
    NTSTATUS Status = MmProbeForWrite((VOID USER *)CreateInfo, sizeof(PS_CREATE_INFO), 8);
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Creation->Info, CreateInfo, sizeof(Creation->Info));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Creation->Info.Size != sizeof(PS_CREATE_INFO) ||
        Creation->Info.State != PsCreateInitialState)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static NTSTATUS PspOpenImage(PPSP_CREATION Creation)
{
    IO_FILE_IMAGE File;
    Creation->Failure = PsCreateFailOnFileOpen;
    NTSTATUS Status = IoOpenFileImage(&Creation->Extra.ImageName, UserMode, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Creation->Failure = PsCreateFailOnSectionCreate;
    Status =
        MmCreateImageSection(File.Data, File.Size, File.Object, &File.Name, &Creation->Section);
    IoReleaseFileImage(&File);
    if (!NT_SUCCESS(Status))
        return Status;
    SECTION_IMAGE_INFORMATION Image;
    Status = MmQuerySectionImageInformation(Creation->Section, &Image);
    if (!NT_SUCCESS(Status))
        return Status;
    Creation->Failure = PsCreateFailExeFormat;
    Creation->Info.ExeFormat.DllCharacteristics = Image.DllCharacteristics;
    BOOLEAN IsProgram = !(Image.ImageCharacteristics & IMAGE_FILE_DLL) && Image.ImageContainsCode;
    return IsProgram ? STATUS_SUCCESS : STATUS_INVALID_IMAGE_FORMAT;
}

static NTSTATUS PspReferenceGiven(PPSP_CREATION Creation)
{
    Creation->Parent = PsGetCurrentProcess();
    if (Creation->Extra.ParentProcess) {
        Creation->Parent = nullptr;
        NTSTATUS Status =
            ObReferenceObjectByHandle(Creation->Extra.ParentProcess, PROCESS_CREATE_PROCESS,
                                      PsProcessType, UserMode, (PVOID *)&Creation->Parent, nullptr);
        if (!NT_SUCCESS(Status))
            return Status;
    } else {
        ObReferenceObject(Creation->Parent);
    }
    if (!Creation->Extra.Token)
        return STATUS_SUCCESS;
    NTSTATUS Status =
        ObReferenceObjectByHandle(Creation->Extra.Token, TOKEN_ASSIGN_PRIMARY, SeTokenObjectType,
                                  UserMode, (PVOID *)&Creation->Token, nullptr);
    return NT_SUCCESS(Status) ? SeCheckPrimaryToken(Creation->Token) : Status;
}

static NTSTATUS PspCreateFirstThread(PPSP_CREATION Creation, PSP_THREAD_REQUEST *Request)
{
    SECTION_IMAGE_INFORMATION Image;
    NTSTATUS Status = MmQuerySectionImageInformation(Creation->Section, &Image);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG_PTR Preferred = MmQuerySectionBase(Creation->Section);
    ULONG_PTR Entry = (ULONG_PTR)Image.TransferAddress - Preferred;
    Request->StartRoutine = (PUCHAR)Creation->Process->SectionBaseAddress + Entry;
    Request->Argument = Creation->Process->Peb;
    return PspCreateThread(Creation->Process, Request, &Creation->Thread);
}

static NTSTATUS PspBuildProcess(PPSP_CREATION Creation, ULONG ProcessFlags,
                                PSP_THREAD_REQUEST *Request)
{
    NTSTATUS Status = PspReferenceGiven(Creation);
    if (NT_SUCCESS(Status))
        Status = PspOpenImage(Creation);
    if (!NT_SUCCESS(Status))
        return Status;
    Creation->Failure = PsCreateInitialState; // nothing that the state could tell
    PSP_PROCESS_REQUEST Process = {
        .Parent = Creation->Parent,
        .Section = Creation->Section,
        .Token = Creation->Token,
        .Flags = ProcessFlags,
        .InheritHandles = Creation->Extra.Handles,
        .InheritCount = Creation->Extra.HandleCount,
        .Jobs = Creation->Extra.Jobs,
        .JobCount = Creation->Extra.JobCount,
    };
    Status = PspCreateProcess(&Process, &Creation->Process);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Creation->Extra.PriorityClass)
        PspSetPriorityClass(Creation->Process, Creation->Extra.PriorityClass);
    if (Creation->Parameters.Block)
        Status = PspWriteParameters(Creation->Process, &Creation->Parameters);
    if (NT_SUCCESS(Status))
        Status = PspCreateFirstThread(Creation, Request);
    return Status;
}

// A process with another token than its creator's belongs to the user of that token.
static NTSTATUS PspDefaultSecurity(PPSP_CREATION Creation)
{
    POB_ATTRIBUTES Attributes[] = {&Creation->ProcessAttributes, &Creation->ThreadAttributes};
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Attributes) && Creation->Token && NT_SUCCESS(Status); i++)
        if (!Attributes[i]->SecurityDescriptor)
            Status = SeDefaultSecurity(Creation->Token, &Attributes[i]->SecurityDescriptor);
    return Status;
}

// Handles for both, then the thread runs. The references of creation are consumed by the handles.
static NTSTATUS PspPublish(PPSP_CREATION Creation, const PSP_THREAD_REQUEST *Request,
                           ACCESS_MASK ProcessAccess, ACCESS_MASK ThreadAccess,
                           HANDLE USER *ProcessHandle, HANDLE USER *ThreadHandle)
{
    NTSTATUS Status = PspDefaultSecurity(Creation);
    if (!NT_SUCCESS(Status))
        return Status;
    ObReferenceObject(Creation->Process);
    Status = ObInsertService(Creation->Process, &Creation->ProcessAttributes, ProcessAccess,
                             ProcessHandle);
    if (!NT_SUCCESS(Status))
        return Status;
    ObReferenceObject(Creation->Thread);
    Status =
        ObInsertService(Creation->Thread, &Creation->ThreadAttributes, ThreadAccess, ThreadHandle);
    if (NT_SUCCESS(Status))
        Status = PspStartThread(Creation->Thread, Request);
    return Status;
}

static VOID PspReturnInfo(PS_CREATE_INFO USER *CreateInfo, PPSP_CREATION Creation, NTSTATUS Status)
{
    if (NT_SUCCESS(Status)) {
        Creation->Info.State = PsCreateSuccess;
        // File and section stay the system's: these handles are null.
        memset(&Creation->Info.SuccessState, 0, sizeof(Creation->Info.SuccessState));
        Creation->Info.SuccessState.PebAddressNative = (ULONG_PTR)Creation->Process->Peb;
    } else if (Creation->Failure != PsCreateInitialState) {
        Creation->Info.State = Creation->Failure;
        if (Creation->Failure != PsCreateFailExeFormat)
            Creation->Info.FailSection.FileHandle = nullptr;
    }
    (VOID) MmCopyToUser(CreateInfo, &Creation->Info, sizeof(Creation->Info));
}

static VOID PspDropCreation(PPSP_CREATION Creation, NTSTATUS Status)
{
    if (!NT_SUCCESS(Status) && Creation->Process)
        PsTerminateProcess(Creation->Process, Status);
    if (Creation->Thread)
        ObDereferenceObject(Creation->Thread);
    if (Creation->Process)
        ObDereferenceObject(Creation->Process);
    if (Creation->Section)
        ObDereferenceObject(Creation->Section);
    if (Creation->Token)
        ObDereferenceObject(Creation->Token);
    if (Creation->Parent)
        ObDereferenceObject(Creation->Parent);
    ObReleaseAttributes(&Creation->ProcessAttributes);
    ObReleaseAttributes(&Creation->ThreadAttributes);
    PspReleaseParameters(&Creation->Parameters);
    PspReleaseAttributes(&Creation->Extra);
    ExFreePool(Creation);
}

static NTSTATUS PspCaptureCreation(PPSP_CREATION Creation,
                                   const OBJECT_ATTRIBUTES USER *ProcessObjectAttributes,
                                   const OBJECT_ATTRIBUTES USER *ThreadObjectAttributes,
                                   const RTL_USER_PROCESS_PARAMETERS USER *Parameters,
                                   const PS_CREATE_INFO USER *CreateInfo,
                                   const PS_ATTRIBUTE_LIST USER *AttributeList)
{
    NTSTATUS Status = PspCaptureInfo(CreateInfo, Creation);
    if (NT_SUCCESS(Status))
        Status = PspCaptureAttributes(AttributeList, &Creation->Extra);
    if (NT_SUCCESS(Status) && !Creation->Extra.ImageName.Buffer)
        Status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(Status) && Parameters)
        Status = PspCaptureParameters(Parameters, &Creation->Parameters);
    if (NT_SUCCESS(Status))
        Status = ObCaptureAttributes(&Creation->ProcessAttributes, ProcessObjectAttributes);
    if (NT_SUCCESS(Status))
        Status = ObCaptureAttributes(&Creation->ThreadAttributes, ThreadObjectAttributes);
    return Status;
}

NTSTATUS NtCreateUserProcess(HANDLE USER *ProcessHandle, HANDLE USER *ThreadHandle,
                             ACCESS_MASK ProcessDesiredAccess, ACCESS_MASK ThreadDesiredAccess,
                             const OBJECT_ATTRIBUTES USER *ProcessObjectAttributes,
                             const OBJECT_ATTRIBUTES USER *ThreadObjectAttributes,
                             ULONG ProcessFlags, ULONG ThreadFlags,
                             const RTL_USER_PROCESS_PARAMETERS USER *ProcessParameters,
                             PS_CREATE_INFO USER *CreateInfo,
                             const PS_ATTRIBUTE_LIST USER *AttributeList)
{
    constexpr ULONG KnownFlags =
        PROCESS_CREATE_FLAGS_BREAKAWAY | PROCESS_CREATE_FLAGS_NO_DEBUG_INHERIT |
        PROCESS_CREATE_FLAGS_INHERIT_HANDLES | PROCESS_CREATE_FLAGS_SUSPENDED;
    if (ProcessFlags & ~KnownFlags)
        return STATUS_INVALID_PARAMETER_7;
    if (ThreadFlags & ~(ULONG)THREAD_CREATE_FLAGS_CREATE_SUSPENDED)
        return STATUS_INVALID_PARAMETER_8;
    NTSTATUS Status = MmProbeForWrite(ProcessHandle, sizeof(HANDLE), sizeof(HANDLE));
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(ThreadHandle, sizeof(HANDLE), sizeof(HANDLE));
    if (!NT_SUCCESS(Status))
        return Status;
    PPSP_CREATION Creation = ExAllocatePoolZero(PagedPool, sizeof(*Creation), 'rCsP');
    if (!Creation)
        return STATUS_INSUFFICIENT_RESOURCES;

    PSP_THREAD_REQUEST Request = {.Flags = ThreadFlags};
    Status = PspCaptureCreation(Creation, ProcessObjectAttributes, ThreadObjectAttributes,
                                ProcessParameters, CreateInfo, AttributeList);
    if (NT_SUCCESS(Status)) {
        Status = PspBuildProcess(Creation, ProcessFlags, &Request);
        if (NT_SUCCESS(Status)) {
            PspReturnAttributes(&Creation->Extra, Creation->Thread);
            Status = PspPublish(Creation, &Request, ProcessDesiredAccess, ThreadDesiredAccess,
                                ProcessHandle, ThreadHandle);
        }
        PspReturnInfo(CreateInfo, Creation, Status);
    }
    PspDropCreation(Creation, Status);
    return Status;
}

// ---- From a section, without a thread

NTSTATUS NtCreateProcessEx(HANDLE USER *ProcessHandle, ACCESS_MASK DesiredAccess,
                           const OBJECT_ATTRIBUTES USER *ObjectAttributes, HANDLE ParentProcess,
                           ULONG Flags, HANDLE SectionHandle, HANDLE DebugPort, HANDLE TokenHandle,
                           ULONG Reserved)
{
    UNREFERENCED_PARAMETER(Reserved);
    constexpr ULONG KnownFlags = PROCESS_CREATE_FLAGS_BREAKAWAY |
                                 PROCESS_CREATE_FLAGS_NO_DEBUG_INHERIT |
                                 PROCESS_CREATE_FLAGS_INHERIT_HANDLES;
    if (Flags & ~KnownFlags)
        return STATUS_INVALID_PARAMETER_5;
    if (!SectionHandle || DebugPort) // a copy of the parent's memory; a debugger
        return STATUS_NOT_SUPPORTED;
    NTSTATUS Status = MmProbeForWrite(ProcessHandle, sizeof(HANDLE), sizeof(HANDLE));
    if (!NT_SUCCESS(Status))
        return Status;
    PPSP_CREATION Creation = ExAllocatePoolZero(PagedPool, sizeof(*Creation), 'rCsP');
    if (!Creation)
        return STATUS_INSUFFICIENT_RESOURCES;
    Creation->Extra.ParentProcess = ParentProcess;
    Creation->Extra.Token = TokenHandle;
    Status = ObCaptureAttributes(&Creation->ProcessAttributes, ObjectAttributes);
    if (NT_SUCCESS(Status))
        Status = PspReferenceGiven(Creation);
    if (NT_SUCCESS(Status))
        Status = ObReferenceObjectByHandle(SectionHandle, SECTION_MAP_EXECUTE, MmSectionObjectType,
                                           UserMode, (PVOID *)&Creation->Section, nullptr);
    if (NT_SUCCESS(Status)) {
        PSP_PROCESS_REQUEST Request = {
            .Parent = Creation->Parent,
            .Section = Creation->Section,
            .Token = Creation->Token,
            .Flags = Flags,
        };
        Status = PspCreateProcess(&Request, &Creation->Process);
    }
    if (NT_SUCCESS(Status))
        Status = PspDefaultSecurity(Creation);
    if (NT_SUCCESS(Status)) {
        ObReferenceObject(Creation->Process);
        Status = ObInsertService(Creation->Process, &Creation->ProcessAttributes, DesiredAccess,
                                 ProcessHandle);
    }
    PspDropCreation(Creation, Status);
    return Status;
}

NTSTATUS NtCreateProcess(HANDLE USER *ProcessHandle, ACCESS_MASK DesiredAccess,
                         const OBJECT_ATTRIBUTES USER *ObjectAttributes, HANDLE ParentProcess,
                         BOOLEAN InheritObjectTable, HANDLE SectionHandle, HANDLE DebugPort,
                         HANDLE TokenHandle)
{
    return NtCreateProcessEx(ProcessHandle, DesiredAccess, ObjectAttributes, ParentProcess,
                             InheritObjectTable ? PROCESS_CREATE_FLAGS_INHERIT_HANDLES : 0,
                             SectionHandle, DebugPort, TokenHandle, 0);
}
