// ps, start, kill, and programs run by their name.

#include "shell.h"

BOOLEAN ShellDoPs(PARGUMENTS Arguments)
{
    if (Arguments->Count > 1)
        return FALSE;
    PSYSTEM_PROCESS_INFORMATION First = ShellQuerySystem(SystemProcessInformation), Process = First;
    if (!First)
        return TRUE;
    ConPrint(L"%6ws %6ws %4ws %7ws %7ws %10ws  %ws\n", L"pid", L"parent", L"prio", L"threads",
             L"handles", L"memory KiB", L"name");
    for (;;) {
        static const UNICODE_STRING Idle = RTL_CONSTANT_STRING(L"System Idle Process");
        PCUNICODE_STRING Name = Process->ImageName.Buffer ? &Process->ImageName : &Idle;
        ConPrint(L"%6llu %6llu %4ld %7lu %7lu %10llu  %wZ\n",
                 (ULONGLONG)(ULONG_PTR)Process->UniqueProcessId,
                 (ULONGLONG)(ULONG_PTR)Process->InheritedFromUniqueProcessId, Process->BasePriority,
                 Process->NumberOfThreads, Process->HandleCount,
                 (ULONGLONG)Process->WorkingSetSize / 1024, Name);
        if (!Process->NextEntryOffset)
            break;
        Process = (PVOID)((PUCHAR)Process + Process->NextEntryOffset);
    }
    ShellFree(First);
    return TRUE;
}

// The words from First on as one command line. Allocated.
static PWSTR ShellJoin(PARGUMENTS Arguments, ULONG First)
{
    SIZE_T Characters = 1;
    for (ULONG i = First; i < Arguments->Count; i++)
        Characters += wcslen(Arguments->Values[i]) + 3;
    PWSTR Line = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Characters * sizeof(WCHAR));
    for (ULONG i = First; Line && i < Arguments->Count; i++) {
        BOOLEAN Quoted = wcschr(Arguments->Values[i], L' ') != nullptr;
        wcscat(Line, i == First ? L"" : L" ");
        wcscat(Line, Quoted ? L"\"" : L"");
        wcscat(Line, Arguments->Values[i]);
        wcscat(Line, Quoted ? L"\"" : L"");
    }
    return Line;
}

static NTSTATUS ShellStart(PARGUMENTS Arguments, ULONG First, PHANDLE Process, PCLIENT_ID Id)
{
    PWSTR Line = ShellJoin(Arguments, First);
    if (!Line)
        return STATUS_NO_MEMORY;
    NTSTATUS Status = ProcStart(Arguments->Values[First], Line, Process, Id);
    RtlFreeHeap(RtlProcessHeap(), 0, Line);
    return Status;
}

BOOLEAN ShellDoStart(PARGUMENTS Arguments)
{
    if (Arguments->Count < 2)
        return FALSE;
    HANDLE Process;
    CLIENT_ID Id;
    NTSTATUS Status = ShellStart(Arguments, 1, &Process, &Id);
    if (!NT_SUCCESS(Status)) {
        ShellError(Arguments->Values[1], Status);
        return TRUE;
    }
    ConPrint(L"process %llu\n", (ULONGLONG)(ULONG_PTR)Id.UniqueProcess);
    NtClose(Process);
    return TRUE;
}

VOID ShellRunProgram(PARGUMENTS Arguments)
{
    HANDLE Process;
    NTSTATUS ExitStatus;
    NTSTATUS Status = ShellStart(Arguments, 0, &Process, nullptr);
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND || Status == STATUS_OBJECT_PATH_NOT_FOUND) {
        ConPrint(L"%ws is no command and no program; help lists the commands.\n",
                 Arguments->Values[0]);
        return;
    }
    if (NT_SUCCESS(Status))
        Status = ProcWait(Process, &ExitStatus);
    if (!NT_SUCCESS(Status))
        ShellError(Arguments->Values[0], Status);
    else if (!NT_SUCCESS(ExitStatus))
        ConPrint(L"%ws ended with status %08lx\n", Arguments->Values[0], ExitStatus);
}

BOOLEAN ShellDoKill(PARGUMENTS Arguments)
{
    ULONG_PTR Id;
    if (Arguments->Count != 2 || !ArgNumber(Arguments->Values[1], &Id))
        return FALSE;
    CLIENT_ID ClientId = {.UniqueProcess = (HANDLE)Id};
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, nullptr, 0, nullptr, nullptr);
    HANDLE Process;
    NTSTATUS Status = NtOpenProcess(&Process, PROCESS_TERMINATE, &Attributes, &ClientId);
    if (NT_SUCCESS(Status)) {
        Status = NtTerminateProcess(Process, STATUS_CONTROL_C_EXIT);
        NtClose(Process);
    }
    if (!NT_SUCCESS(Status))
        ShellError(Arguments->Values[1], Status);
    return TRUE;
}
