// Starting programs.

#include "native.h"

// The NT name of the image. Allocated.
static NTSTATUS ProcImageName(PCWSTR Program, PUNICODE_STRING Name)
{
    SIZE_T Length = wcslen(Program);
    SIZE_T Size = (Length + 64) * sizeof(WCHAR);
    if (Size > UNICODE_STRING_MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    *Name = (UNICODE_STRING){
        .MaximumLength = (USHORT)Size,
        .Buffer = RtlAllocateHeap(RtlProcessHeap(), 0, Size),
    };
    if (!Name->Buffer)
        return STATUS_NO_MEMORY;
    PCWSTR Base = Program;
    for (PCWSTR At = Program; *At; At++) {
        if (*At == L'\\')
            Base = At + 1;
    }
    if (Base == Program)
        RtlAppendUnicodeToString(Name, L"\\SystemRoot\\System32\\");
    else if (Program[0] != L'\\')
        RtlAppendUnicodeToString(Name, L"\\??\\");
    RtlAppendUnicodeToString(Name, Program);
    if (!wcschr(Base, L'.'))
        RtlAppendUnicodeToString(Name, L".exe");
    return STATUS_SUCCESS;
}

// A program's path as it is shown to it: a DOS path.
static NTSTATUS ProcDosName(PCUNICODE_STRING NtName, PWSTR Buffer, USHORT Size,
                            PUNICODE_STRING DosName)
{
    static const UNICODE_STRING SystemRoot = RTL_CONSTANT_STRING(L"\\SystemRoot");
    static const UNICODE_STRING Dos = RTL_CONSTANT_STRING(L"\\??\\");
    *DosName = (UNICODE_STRING){.MaximumLength = Size, .Buffer = Buffer};
    UNICODE_STRING Rest = *NtName;
    PCUNICODE_STRING Prefix = nullptr;
    if (RtlPrefixUnicodeString(&SystemRoot, NtName, TRUE)) {
        RtlAppendUnicodeToString(DosName, SharedUserData->NtSystemRoot);
        Prefix = &SystemRoot;
    } else if (RtlPrefixUnicodeString(&Dos, NtName, TRUE)) {
        Prefix = &Dos;
    }
    if (Prefix) {
        Rest.Buffer += Prefix->Length / sizeof(WCHAR);
        Rest.Length -= Prefix->Length;
    }
    return RtlAppendUnicodeStringToString(DosName, &Rest);
}

static NTSTATUS ProcMakeParameters(PUNICODE_STRING ImageName, PCWSTR CommandLine,
                                   PRTL_USER_PROCESS_PARAMETERS *Parameters)
{
    WCHAR Buffer[MAX_PATH];
    UNICODE_STRING DosName, Line;
    NTSTATUS Status = ProcDosName(ImageName, Buffer, sizeof(Buffer), &DosName);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlInitUnicodeString(&Line, CommandLine);
    Status = RtlCreateProcessParametersEx(Parameters, &DosName, nullptr, nullptr, &Line, nullptr,
                                          nullptr, nullptr, nullptr, nullptr,
                                          RTL_USER_PROC_PARAMS_NORMALIZED);
    if (!NT_SUCCESS(Status))
        return Status;
    PRTL_USER_PROCESS_PARAMETERS Own = NtCurrentPeb()->ProcessParameters;
    (*Parameters)->StandardInput = Own->StandardInput;
    (*Parameters)->StandardOutput = Own->StandardOutput;
    (*Parameters)->StandardError = Own->StandardError;
    return STATUS_SUCCESS;
}

NTSTATUS ProcStart(PCWSTR Program, PCWSTR CommandLine, PHANDLE Process, PCLIENT_ID Id)
{
    UNICODE_STRING ImageName;
    NTSTATUS Status = ProcImageName(Program, &ImageName);
    if (!NT_SUCCESS(Status))
        return Status;
    PRTL_USER_PROCESS_PARAMETERS Parameters = nullptr;
    RTL_USER_PROCESS_INFORMATION Information;
    Status = ProcMakeParameters(&ImageName, CommandLine, &Parameters);
    if (NT_SUCCESS(Status))
        Status = RtlCreateUserProcess(&ImageName, 0, Parameters, nullptr, nullptr, nullptr, TRUE,
                                      nullptr, nullptr, &Information);
    RtlFreeUnicodeString(&ImageName);
    RtlDestroyProcessParameters(Parameters);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtResumeThread(Information.ThreadHandle, nullptr);
    if (!NT_SUCCESS(Status)) {
        NtTerminateProcess(Information.ProcessHandle, Status);
        NtClose(Information.ProcessHandle);
    } else {
        *Process = Information.ProcessHandle;
        if (Id)
            *Id = Information.ClientId;
    }
    NtClose(Information.ThreadHandle);
    return Status;
}

NTSTATUS ProcWait(HANDLE Process, PNTSTATUS ExitStatus)
{
    PROCESS_BASIC_INFORMATION Information;
    NTSTATUS Status = NtWaitForSingleObject(Process, FALSE, nullptr);
    if (NT_SUCCESS(Status))
        Status = NtQueryInformationProcess(Process, ProcessBasicInformation, &Information,
                                           sizeof(Information), nullptr);
    if (NT_SUCCESS(Status))
        *ExitStatus = Information.ExitStatus;
    NtClose(Process);
    return Status;
}
