// System information about processes, threads and handles.
#include "exp.h"

// ---- The list of processes. Each entry: the process, its threads, its image's name.

static UNICODE_STRING ExpImageName(PEPROCESS Process)
{
    UNICODE_STRING Name = Process->ImageFileName;
    for (ULONG i = Name.Length / sizeof(WCHAR); i-- > 0;) {
        if (Name.Buffer[i] != OBJ_NAME_PATH_SEPARATOR)
            continue;
        Name.Buffer += i + 1;
        Name.Length -= (USHORT)((i + 1) * sizeof(WCHAR));
        break;
    }
    return Name;
}

static ULONG ExpThreadCount(PEPROCESS Process)
{
    ULONG Count = 0;
    for (PLIST_ENTRY Link = Process->ThreadListHead.Flink; Link != &Process->ThreadListHead;
         Link = Link->Flink)
        Count++;
    return Count;
}

static ULONG ExpProcessEntrySize(PEPROCESS Process)
{
    ULONG Size = FIELD_OFFSET(SYSTEM_PROCESS_INFORMATION, Threads) +
                 ExpThreadCount(Process) * (ULONG)sizeof(SYSTEM_THREAD_INFORMATION) +
                 ExpImageName(Process).Length + (ULONG)sizeof(WCHAR);
    return (ULONG)ALIGN_UP_BY(Size, sizeof(PVOID));
}

static VOID ExpFillThread(PETHREAD Thread, PSYSTEM_THREAD_INFORMATION Information)
{
    ULONG State = Thread->Fiber ? Waiting : Ready;
    ULONGLONG Kernel, User;
    KeQueryThreadTimes(Thread, &Kernel, &User);
    *Information = (SYSTEM_THREAD_INFORMATION){
        .KernelTime.QuadPart = (LONGLONG)Kernel,
        .UserTime.QuadPart = (LONGLONG)User,
        .CreateTime = Thread->CreateTime,
        .StartAddress = Thread->Win32StartAddress,
        .ClientId = Thread->Cid,
        .Priority = Thread->Priority,
        .BasePriority = Thread->BasePriority,
        .ThreadState = Thread == KeGetCurrentThread() ? Running : State,
        .WaitReason = UserRequest,
    };
}

static VOID ExpFillProcess(PEPROCESS Process, PSYSTEM_PROCESS_INFORMATION Information,
                           ULONG_PTR UserAddress)
{
    VM_COUNTERS_EX Memory;
    ULONGLONG Kernel, User;
    PsQueryProcessTimes(Process, &Kernel, &User);
    MmQueryVmCounters(Process, &Memory);
    *Information = (SYSTEM_PROCESS_INFORMATION){
        .NumberOfThreads = ExpThreadCount(Process),
        .CreateTime = Process->CreateTime,
        .UserTime.QuadPart = (LONGLONG)User,
        .KernelTime.QuadPart = (LONGLONG)Kernel,
        .BasePriority = Process->BasePriority,
        .UniqueProcessId = Process->UniqueProcessId,
        .InheritedFromUniqueProcessId = Process->InheritedFromUniqueProcessId,
        .HandleCount = Process->ObjectTable ? ObGetHandleCount(Process->ObjectTable) : 0,
        .PeakVirtualSize = Memory.Counters.PeakVirtualSize,
        .VirtualSize = Memory.Counters.VirtualSize,
        .PageFaultCount = Memory.Counters.PageFaultCount,
        .PeakWorkingSetSize = Memory.Counters.PeakWorkingSetSize,
        .WorkingSetSize = Memory.Counters.WorkingSetSize,
        .PagefileUsage = Memory.Counters.PagefileUsage,
        .PeakPagefileUsage = Memory.Counters.PeakPagefileUsage,
        .PrivatePageCount = Memory.PrivateUsage,
    };
    PSYSTEM_THREAD_INFORMATION Thread = Information->Threads;
    for (PLIST_ENTRY Link = Process->ThreadListHead.Flink; Link != &Process->ThreadListHead;
         Link = Link->Flink)
        ExpFillThread(CONTAINING_RECORD(Link, ETHREAD, ThreadListEntry), Thread++);

    UNICODE_STRING Name = ExpImageName(Process);
    if (!Name.Length)
        return;
    memcpy(Thread, Name.Buffer, Name.Length);
    Information->ImageName.Length = Name.Length;
    Information->ImageName.MaximumLength = (USHORT)(Name.Length + sizeof(WCHAR));
    Information->ImageName.Buffer =
        (PWCH)(UserAddress + ((ULONG_PTR)Thread - (ULONG_PTR)Information));
}

static ULONG ExpProcessListSize(void)
{
    ULONG Size = 0;
    for (PLIST_ENTRY Link = PsActiveProcessHead.Flink; Link != &PsActiveProcessHead;
         Link = Link->Flink)
        Size += ExpProcessEntrySize(CONTAINING_RECORD(Link, EPROCESS, ActiveProcessLinks));
    return Size;
}

NTSTATUS ExpQueryProcesses(PEXP_QUERY Query)
{
    ULONG Size = ExpProcessListSize();
    Query->Needed = Size;
    if (Query->Length < Size)
        return STATUS_INFO_LENGTH_MISMATCH;
    PUCHAR Buffer = ExAllocatePoolZero(PagedPool, Size, EX_TAG_BUFFER);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    ULONG Offset = 0;
    PSYSTEM_PROCESS_INFORMATION Last = nullptr;
    for (PLIST_ENTRY Link = PsActiveProcessHead.Flink; Link != &PsActiveProcessHead;
         Link = Link->Flink) {
        PEPROCESS Process = CONTAINING_RECORD(Link, EPROCESS, ActiveProcessLinks);
        Last = (PSYSTEM_PROCESS_INFORMATION)(Buffer + Offset);
        ExpFillProcess(Process, Last, (ULONG_PTR)Query->Buffer + Offset);
        Last->NextEntryOffset = ExpProcessEntrySize(Process);
        Offset += Last->NextEntryOffset;
    }
    if (Last)
        Last->NextEntryOffset = 0;
    NTSTATUS Status = MmCopyToUser(Query->Buffer, Buffer, Size);
    ExFreePoolWithTag(Buffer, EX_TAG_BUFFER);
    return Status;
}

// ---- The image name of one process, by its ID

static NTSTATUS ExpReturnImageName(PEXP_QUERY Query, SYSTEM_PROCESS_ID_INFORMATION *Information,
                                   PCUNICODE_STRING Name)
{
    USHORT Room = Information->ImageName.MaximumLength;
    BOOLEAN Fits = Room >= Name->Length;
    Information->ImageName.Length = Fits ? Name->Length : 0;
    if (!Fits)
        Information->ImageName.MaximumLength = Name->Length;
    NTSTATUS Status = MmCopyToUser(Query->Buffer, Information, sizeof(*Information));
    if (!NT_SUCCESS(Status))
        return Status;
    if (!Fits)
        return STATUS_INFO_LENGTH_MISMATCH;
    return MmCopyToUser((VOID USER *)(ULONG_PTR)Information->ImageName.Buffer, Name->Buffer,
                        Name->Length);
}

NTSTATUS ExpQueryProcessId(PEXP_QUERY Query)
{
    SYSTEM_PROCESS_ID_INFORMATION Information;
    Query->Needed = sizeof(Information);
    if (Query->Length != sizeof(Information))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmCopyFromUser(&Information, Query->Buffer, sizeof(Information));
    if (!NT_SUCCESS(Status))
        return Status;
    PEPROCESS Process;
    Status = PsLookupProcessByProcessId(Information.ProcessId, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ExpReturnImageName(Query, &Information, &Process->ImageFileName);
    ObDereferenceObject(Process);
    return Status;
}

// ---- Handles of all processes

typedef struct _EXP_HANDLE_LIST {
    PUCHAR Buffer;
    ULONG_PTR Count, Room;
    BOOLEAN ShowAddresses; // addresses of the Executive are for debuggers only
} EXP_HANDLE_LIST;

static BOOLEAN ExpCountHandle(const OB_HANDLE_SNAPSHOT *Entry, PVOID Context)
{
    (void)Entry;
    ++*(PULONG_PTR)Context;
    return TRUE;
}

static BOOLEAN ExpListHandle(const OB_HANDLE_SNAPSHOT *Entry, PVOID Context)
{
    EXP_HANDLE_LIST *List = Context;
    if (List->Count == List->Room)
        return FALSE;
    PSYSTEM_HANDLE_INFORMATION Information = (PSYSTEM_HANDLE_INFORMATION)List->Buffer;
    Information->Handles[List->Count++] = (SYSTEM_HANDLE_TABLE_ENTRY_INFO){
        .UniqueProcessId = (USHORT)(ULONG_PTR)Entry->Process->UniqueProcessId,
        .ObjectTypeIndex = (UCHAR)Entry->TypeIndex,
        .HandleAttributes = (UCHAR)Entry->Attributes,
        .HandleValue = (USHORT)(ULONG_PTR)Entry->Handle,
        .Object = List->ShowAddresses ? Entry->Object : nullptr,
        .GrantedAccess = Entry->GrantedAccess,
    };
    Information->NumberOfHandles = (ULONG)List->Count;
    return TRUE;
}

static BOOLEAN ExpListHandleEx(const OB_HANDLE_SNAPSHOT *Entry, PVOID Context)
{
    EXP_HANDLE_LIST *List = Context;
    if (List->Count == List->Room)
        return FALSE;
    PSYSTEM_HANDLE_INFORMATION_EX Information = (PSYSTEM_HANDLE_INFORMATION_EX)List->Buffer;
    Information->Handles[List->Count++] = (SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX){
        .Object = List->ShowAddresses ? Entry->Object : nullptr,
        .UniqueProcessId = (ULONG_PTR)Entry->Process->UniqueProcessId,
        .HandleValue = (ULONG_PTR)Entry->Handle,
        .GrantedAccess = Entry->GrantedAccess,
        .ObjectTypeIndex = (USHORT)Entry->TypeIndex,
        .HandleAttributes = Entry->Attributes,
    };
    Information->NumberOfHandles = List->Count;
    return TRUE;
}

static NTSTATUS ExpReturnHandles(PEXP_QUERY Query, ULONG HeaderSize, ULONG EntrySize,
                                 BOOLEAN (*Routine)(const OB_HANDLE_SNAPSHOT *, PVOID))
{
    EXP_HANDLE_LIST List = {
        .ShowAddresses =
            SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_DEBUG_PRIVILEGE), UserMode),
    };
    ObEnumerateHandles(ExpCountHandle, &List.Room);
    Query->Needed = HeaderSize + (ULONG)List.Room * EntrySize;
    if (Query->Length < Query->Needed)
        return STATUS_INFO_LENGTH_MISMATCH;
    List.Buffer = ExAllocatePoolZero(PagedPool, Query->Needed, EX_TAG_BUFFER);
    if (!List.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    ObEnumerateHandles(Routine, &List);
    NTSTATUS Status = MmCopyToUser(Query->Buffer, List.Buffer, Query->Needed);
    ExFreePoolWithTag(List.Buffer, EX_TAG_BUFFER);
    return Status;
}

NTSTATUS ExpQueryHandles(PEXP_QUERY Query)
{
    return ExpReturnHandles(Query, FIELD_OFFSET(SYSTEM_HANDLE_INFORMATION, Handles),
                            sizeof(SYSTEM_HANDLE_TABLE_ENTRY_INFO), ExpListHandle);
}

NTSTATUS ExpQueryHandlesEx(PEXP_QUERY Query)
{
    return ExpReturnHandles(Query, FIELD_OFFSET(SYSTEM_HANDLE_INFORMATION_EX, Handles),
                            sizeof(SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX), ExpListHandleEx);
}
