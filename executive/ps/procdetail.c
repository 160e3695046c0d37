// Information about processes whose size varies, or that comes in more than one size.
#include "psp.h"

NTSTATUS PspQueryBasicSizes(PVOID Object, VOID USER *Buffer, ULONG Length, ULONG USER *ReturnLength)
{
    PEPROCESS Process = Object;
    PROCESS_EXTENDED_BASIC_INFORMATION Extended = {
        .Size = sizeof(Extended),
        .BasicInfo =
            {
                .ExitStatus = Process->ExitStatus,
                .PebBaseAddress = Process->Peb,
                .AffinityMask = 1,
                .BasePriority = Process->BasePriority,
                .UniqueProcessId = Process->UniqueProcessId,
                .InheritedFromUniqueProcessId = Process->InheritedFromUniqueProcessId,
            },
        .IsProcessDeleting = Process->Exiting,
    };
    if (Length == sizeof(Extended.BasicInfo))
        return ExReturnInformation(&Extended.BasicInfo, Length, Buffer, Length, ReturnLength,
                                   STATUS_INFO_LENGTH_MISMATCH);
    if (Length != sizeof(Extended))
        return STATUS_INFO_LENGTH_MISMATCH;
    SIZE_T Size; // the caller says so that it means this form
    NTSTATUS Status = MmCopyFromUser(&Size, Buffer, sizeof(Size));
    if (NT_SUCCESS(Status) && Size != sizeof(Extended))
        return STATUS_INVALID_PARAMETER;
    return NT_SUCCESS(Status) ? ExReturnInformation(&Extended, Length, Buffer, Length, ReturnLength,
                                                    STATUS_INFO_LENGTH_MISMATCH)
                              : Status;
}

NTSTATUS PspQueryVmSizes(PVOID Object, VOID USER *Buffer, ULONG Length, ULONG USER *ReturnLength)
{
    VM_COUNTERS_EX Counters;
    if (Length != sizeof(VM_COUNTERS) && Length != sizeof(Counters))
        return STATUS_INFO_LENGTH_MISMATCH;
    MmQueryVmCounters(Object, &Counters);
    return ExReturnInformation(&Counters, Length, Buffer, Length, ReturnLength,
                               STATUS_INFO_LENGTH_MISMATCH);
}

NTSTATUS PspQueryHandleCounts(PVOID Object, VOID USER *Buffer, ULONG Length,
                              ULONG USER *ReturnLength)
{
    PHANDLE_TABLE Table = ((PEPROCESS)Object)->ObjectTable;
    PROCESS_HANDLE_INFORMATION Counts = {};
    if (Length != sizeof(ULONG) && Length != sizeof(Counts))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (Table)
        Counts = (PROCESS_HANDLE_INFORMATION){ObGetHandleCount(Table), ObGetHighHandleCount(Table)};
    return ExReturnInformation(&Counts, Length, Buffer, Length, ReturnLength,
                               STATUS_INFO_LENGTH_MISMATCH);
}

// With or without the flags that ask for the drives of the session behind the process's own.
NTSTATUS PspQueryDeviceMap(PVOID Object, VOID USER *Buffer, ULONG Length, ULONG USER *ReturnLength)
{
    struct {
        ULONG DriveMap;
        UCHAR DriveType[32];
    } Drives;
    if (Length != sizeof(Drives) && Length != sizeof(PROCESS_DEVICEMAP_INFORMATION))
        return STATUS_INFO_LENGTH_MISMATCH;
    ObQueryDeviceMapInformation(Object, &Drives.DriveMap, Drives.DriveType);
    return ExReturnInformation(&Drives, sizeof(Drives), Buffer, Length, ReturnLength,
                               STATUS_INFO_LENGTH_MISMATCH);
}

NTSTATUS PspQueryProcessorGroups(PVOID Object, VOID USER *Buffer, ULONG Length,
                                 ULONG USER *ReturnLength)
{
    UNREFERENCED_PARAMETER(Object);
    const USHORT Group = 0;
    return ExReturnInformation(&Group, sizeof(Group), Buffer, Length, ReturnLength,
                               STATUS_BUFFER_TOO_SMALL);
}

// ---- Strings

NTSTATUS PspQueryImageName(PVOID Object, VOID USER *Buffer, ULONG Length, ULONG USER *ReturnLength)
{
    return PspReturnString(&((PEPROCESS)Object)->ImageFileName, Buffer, Length, ReturnLength,
                           STATUS_INFO_LENGTH_MISMATCH);
}

// A name below \SystemRoot or \?? as programs write it.
NTSTATUS PspQueryWin32Name(PVOID Object, VOID USER *Buffer, ULONG Length, ULONG USER *ReturnLength)
{
    static const UNICODE_STRING Root = RTL_CONSTANT_STRING(L"\\SystemRoot");
    static const UNICODE_STRING Devices = RTL_CONSTANT_STRING(L"\\??\\");
    const UNICODE_STRING *Name = &((PEPROCESS)Object)->ImageFileName;
    WCHAR Text[MAX_PATH + 1];
    UNICODE_STRING Win32 = {.MaximumLength = MAX_PATH * sizeof(WCHAR), .Buffer = Text};
    UNICODE_STRING Rest = *Name;
    if (RtlPrefixUnicodeString(&Root, Name, TRUE)) {
        RtlAppendUnicodeToString(&Win32, KeUserSharedData->NtSystemRoot);
        Rest.Buffer += Root.Length / sizeof(WCHAR);
        Rest.Length -= Root.Length;
    } else if (RtlPrefixUnicodeString(&Devices, Name, TRUE)) {
        Rest.Buffer += Devices.Length / sizeof(WCHAR);
        Rest.Length -= Devices.Length;
    }
    NTSTATUS Status = RtlAppendUnicodeStringToString(&Win32, &Rest);
    return NT_SUCCESS(Status)
               ? PspReturnString(&Win32, Buffer, Length, ReturnLength, STATUS_INFO_LENGTH_MISMATCH)
               : Status;
}

static NTSTATUS PspReadCommandLine(PEPROCESS Process, PUNICODE_STRING Line)
{
    ULONG_PTR Peb = (ULONG_PTR)Process->Peb, Parameters;
    NTSTATUS Status = MmReadProcess(Process, &Parameters, Peb + offsetof(PEB, ProcessParameters),
                                    sizeof(Parameters));
    if (NT_SUCCESS(Status))
        Status = MmReadProcess(Process, Line,
                               Parameters + offsetof(RTL_USER_PROCESS_PARAMETERS, CommandLine),
                               sizeof(*Line));
    return NT_SUCCESS(Status) && Line->Length % sizeof(WCHAR) ? STATUS_INVALID_PARAMETER : Status;
}

// A driver host has no parameters: what it was started for stands in their place.
static NTSTATUS PspReturnHostLine(PCUNICODE_STRING HostName, VOID USER *Buffer, ULONG Length,
                                  ULONG USER *ReturnLength)
{
    WCHAR Text[80];
    UNICODE_STRING Line = {.MaximumLength = sizeof(Text), .Buffer = Text};
    (VOID) RtlAppendUnicodeToString(&Line, L"drvhost.exe ");
    (VOID) RtlAppendUnicodeStringToString(&Line, HostName); // one that does not fit is left out
    return PspReturnString(&Line, Buffer, Length, ReturnLength, STATUS_INFO_LENGTH_MISMATCH);
}

// As the process's memory says now: it is the program's own.
NTSTATUS PspQueryCommandLine(PVOID Object, VOID USER *Buffer, ULONG Length,
                             ULONG USER *ReturnLength)
{
    PEPROCESS Process = Object;
    UNICODE_STRING Line;
    if (!Process->Peb || !Process->AddressSpace)
        return STATUS_PROCESS_IS_TERMINATING;
    if (Process->Host)
        return PspReturnHostLine(IoQueryHostName(Process), Buffer, Length, ReturnLength);
    NTSTATUS Status = PspReadCommandLine(Process, &Line);
    if (!NT_SUCCESS(Status))
        return Status;
    PWCH Text = ExAllocatePoolWithTag(PagedPool, Line.Length + sizeof(WCHAR), 'lCsP');
    if (!Text)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = MmReadProcess(Process, Text, (ULONG_PTR)Line.Buffer, Line.Length);
    Line.Buffer = Text;
    if (NT_SUCCESS(Status))
        Status = PspReturnString(&Line, Buffer, Length, ReturnLength, STATUS_INFO_LENGTH_MISMATCH);
    ExFreePool(Text);
    return Status;
}

// ---- Handles

typedef struct _PSP_HANDLES {
    PPROCESS_HANDLE_SNAPSHOT_INFORMATION Information; // pool
    ULONG Room;
} PSP_HANDLES;

static BOOLEAN PspAddHandle(const OB_HANDLE_SNAPSHOT *Entry, PVOID Context)
{
    PSP_HANDLES *Handles = Context;
    ULONG Pointers, HandleCount;
    if (Handles->Information->NumberOfHandles == Handles->Room)
        return FALSE;
    ObQueryObjectCounts(Entry->Object, &Pointers, &HandleCount);
    Handles->Information->Handles[Handles->Information->NumberOfHandles++] =
        (PROCESS_HANDLE_TABLE_ENTRY_INFO){
            .HandleValue = Entry->Handle,
            .HandleCount = HandleCount,
            .PointerCount = Pointers,
            .GrantedAccess = Entry->GrantedAccess,
            .ObjectTypeIndex = Entry->TypeIndex,
            .HandleAttributes = Entry->Attributes,
        };
    return TRUE;
}

NTSTATUS PspQueryHandles(PVOID Object, VOID USER *Buffer, ULONG Length, ULONG USER *ReturnLength)
{
    PHANDLE_TABLE Table = ((PEPROCESS)Object)->ObjectTable;
    if (!Table)
        return STATUS_PROCESS_IS_TERMINATING;
    ULONG Count = ObGetHandleCount(Table);
    ULONG Size = FIELD_OFFSET(PROCESS_HANDLE_SNAPSHOT_INFORMATION, Handles) +
                 Count * (ULONG)sizeof(PROCESS_HANDLE_TABLE_ENTRY_INFO);
    PSP_HANDLES Handles = {ExAllocatePoolZero(PagedPool, Size, 'lHsP'), Count};
    if (!Handles.Information)
        return STATUS_INSUFFICIENT_RESOURCES;
    ObEnumerateTable(Table, PspAddHandle, &Handles);
    NTSTATUS Status = ExReturnInformation(Handles.Information, Size, Buffer, Length, ReturnLength,
                                          STATUS_INFO_LENGTH_MISMATCH);
    ExFreePool(Handles.Information);
    return Status;
}
