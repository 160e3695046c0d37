// Threads and processes as programs create and end them.

#include "../ntdllp.h"

// ---- Threads

// The first frame of every user thread. What its routine does not handle ends at the unhandled
// exception filter, and then the process.
VOID RtlpRunThread(PUSER_THREAD_START_ROUTINE Routine, PVOID Parameter)
{
    NTSTATUS Status = STATUS_SUCCESS;
    __try {
        Status = Routine(Parameter);
    } __except (RtlUnhandledExceptionFilter(GetExceptionInformation())) {
        NtTerminateProcess(NtCurrentProcess(), (NTSTATUS)GetExceptionCode());
    }
    RtlExitUserThread(Status);
}

[[noreturn]] VOID NTAPI RtlExitUserThread(NTSTATUS ExitStatus)
{
    ULONG IsLast = 0;
    NTSTATUS Status = NtQueryInformationThread(NtCurrentThread(), ThreadAmILastThread, &IsLast,
                                               sizeof(IsLast), nullptr);
    if (NT_SUCCESS(Status) && IsLast)
        RtlExitUserProcess(ExitStatus);
    LdrShutdownThread();
    NtTerminateThread(NtCurrentThread(), ExitStatus);
    __builtin_unreachable();
}

NTSTATUS NTAPI RtlCreateUserThread(HANDLE ProcessHandle,
                                   PSECURITY_DESCRIPTOR ThreadSecurityDescriptor,
                                   BOOLEAN CreateSuspended, ULONG ZeroBits, SIZE_T MaximumStackSize,
                                   SIZE_T CommittedStackSize,
                                   PUSER_THREAD_START_ROUTINE StartAddress, PVOID Parameter,
                                   PHANDLE ThreadHandle, PCLIENT_ID ClientId)
{
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, nullptr, 0, nullptr, ThreadSecurityDescriptor);
    CLIENT_ID Id;
    PS_ATTRIBUTE_LIST List = {.TotalLength = sizeof(List)};
    List.Attributes[0] = (PS_ATTRIBUTE){
        .Attribute = PS_ATTRIBUTE_CLIENT_ID,
        .Size = sizeof(Id),
        .ValuePtr = &Id,
    };
    HANDLE Thread;
    NTSTATUS Status = NtCreateThreadEx(&Thread, THREAD_ALL_ACCESS, &Attributes, ProcessHandle,
                                       (PVOID)StartAddress, Parameter,
                                       CreateSuspended ? THREAD_CREATE_FLAGS_CREATE_SUSPENDED : 0,
                                       ZeroBits, CommittedStackSize, MaximumStackSize, &List);
    if (!NT_SUCCESS(Status))
        return Status;
    if (ClientId)
        *ClientId = Id;
    if (ThreadHandle)
        *ThreadHandle = Thread;
    else
        NtClose(Thread);
    return STATUS_SUCCESS;
}

// ---- Processes

[[noreturn]] VOID NTAPI RtlExitUserProcess(NTSTATUS ExitStatus)
{
    // End the other threads while none of them is inside what the entry points need.
    RtlEnterCriticalSection(NtCurrentPeb()->LoaderLock);
    RtlAcquirePebLock();
    RtlLockHeap(RtlProcessHeap());
    NtTerminateProcess(nullptr, ExitStatus);
    LdrpBeginShutdown(ExitStatus);
    SyncpAbandonWaiters();
    RtlUnlockHeap(RtlProcessHeap());
    RtlReleasePebLock();
    LdrShutdownProcess();
    NtTerminateProcess(NtCurrentProcess(), ExitStatus);
    __builtin_unreachable();
}

NTSTATUS NTAPI RtlCreateUserProcess(PUNICODE_STRING NtImagePathName, ULONG AttributesDeprecated,
                                    PRTL_USER_PROCESS_PARAMETERS ProcessParameters,
                                    PSECURITY_DESCRIPTOR ProcessSecurityDescriptor,
                                    PSECURITY_DESCRIPTOR ThreadSecurityDescriptor,
                                    HANDLE ParentProcess, BOOLEAN InheritHandles, HANDLE DebugPort,
                                    HANDLE TokenHandle,
                                    PRTL_USER_PROCESS_INFORMATION ProcessInformation)
{
    UNREFERENCED_PARAMETER(AttributesDeprecated);
    enum { MaximumAttributes = 6 };
    union {
        PS_ATTRIBUTE_LIST List;
        UCHAR Space[FIELD_OFFSET(PS_ATTRIBUTE_LIST, Attributes) +
                    MaximumAttributes * sizeof(PS_ATTRIBUTE)];
    } Attributes = {};
    PS_ATTRIBUTE *Next = Attributes.List.Attributes;
    *Next++ = (PS_ATTRIBUTE){.Attribute = PS_ATTRIBUTE_IMAGE_NAME,
                             .Size = NtImagePathName->Length,
                             .ValuePtr = NtImagePathName->Buffer};
    *Next++ = (PS_ATTRIBUTE){.Attribute = PS_ATTRIBUTE_CLIENT_ID,
                             .Size = sizeof(CLIENT_ID),
                             .ValuePtr = &ProcessInformation->ClientId};
    *Next++ = (PS_ATTRIBUTE){.Attribute = PS_ATTRIBUTE_IMAGE_INFO,
                             .Size = sizeof(SECTION_IMAGE_INFORMATION),
                             .ValuePtr = &ProcessInformation->ImageInformation};
    if (ParentProcess)
        *Next++ = (PS_ATTRIBUTE){.Attribute = PS_ATTRIBUTE_PARENT_PROCESS,
                                 .Size = sizeof(HANDLE),
                                 .ValuePtr = ParentProcess};
    if (DebugPort)
        *Next++ = (PS_ATTRIBUTE){
            .Attribute = PS_ATTRIBUTE_DEBUG_OBJECT, .Size = sizeof(HANDLE), .ValuePtr = DebugPort};
    if (TokenHandle)
        *Next++ = (PS_ATTRIBUTE){
            .Attribute = PS_ATTRIBUTE_TOKEN, .Size = sizeof(HANDLE), .ValuePtr = TokenHandle};
    Attributes.List.TotalLength = (SIZE_T)((PUCHAR)Next - (PUCHAR)&Attributes.List);

    OBJECT_ATTRIBUTES ProcessAttributes, ThreadAttributes;
    InitializeObjectAttributes(&ProcessAttributes, nullptr, 0, nullptr, ProcessSecurityDescriptor);
    InitializeObjectAttributes(&ThreadAttributes, nullptr, 0, nullptr, ThreadSecurityDescriptor);
    PS_CREATE_INFO CreateInfo = {.Size = sizeof(CreateInfo), .State = PsCreateInitialState};
    ProcessInformation->Length = sizeof(*ProcessInformation);
    return NtCreateUserProcess(
        &ProcessInformation->ProcessHandle, &ProcessInformation->ThreadHandle, PROCESS_ALL_ACCESS,
        THREAD_ALL_ACCESS, &ProcessAttributes, &ThreadAttributes,
        InheritHandles ? PROCESS_CREATE_FLAGS_INHERIT_HANDLES : 0,
        THREAD_CREATE_FLAGS_CREATE_SUSPENDED, ProcessParameters, &CreateInfo, &Attributes.List);
}
