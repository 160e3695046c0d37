// Process parameters: one block with the strings behind the structure. "Normalized" means that string
// buffers are addresses, else offsets from the start of the block, as it travels to another process.

#include "../ntdllp.h"

// The strings of the block, for everything that goes over all of them.
static PUNICODE_STRING RtlpParameterString(PRTL_USER_PROCESS_PARAMETERS Parameters, ULONG Index)
{
    PUNICODE_STRING const Strings[] = {
        &Parameters->CurrentDirectory.DosPath,
        &Parameters->DllPath,
        &Parameters->ImagePathName,
        &Parameters->CommandLine,
        &Parameters->WindowTitle,
        &Parameters->DesktopInfo,
        &Parameters->ShellInfo,
        &Parameters->RuntimeData,
    };
    return Index < RTL_NUMBER_OF(Strings) ? Strings[Index] : nullptr;
}

static VOID RtlpShiftParameters(PRTL_USER_PROCESS_PARAMETERS Parameters, LONG_PTR Delta)
{
    PUNICODE_STRING String;
    for (ULONG i = 0; (String = RtlpParameterString(Parameters, i)); i++) {
        if (String->Buffer)
            String->Buffer = (PWCH)((LONG_PTR)String->Buffer + Delta);
    }
    if (Parameters->Environment)
        Parameters->Environment = (PWCHAR)((LONG_PTR)Parameters->Environment + Delta);
}

PRTL_USER_PROCESS_PARAMETERS NTAPI
RtlNormalizeProcessParams(PRTL_USER_PROCESS_PARAMETERS ProcessParameters)
{
    if (ProcessParameters && !(ProcessParameters->Flags & RTL_USER_PROC_PARAMS_NORMALIZED)) {
        RtlpShiftParameters(ProcessParameters, (LONG_PTR)ProcessParameters);
        ProcessParameters->Flags |= RTL_USER_PROC_PARAMS_NORMALIZED;
    }
    return ProcessParameters;
}

PRTL_USER_PROCESS_PARAMETERS NTAPI
RtlDeNormalizeProcessParams(PRTL_USER_PROCESS_PARAMETERS ProcessParameters)
{
    if (ProcessParameters && (ProcessParameters->Flags & RTL_USER_PROC_PARAMS_NORMALIZED)) {
        RtlpShiftParameters(ProcessParameters, -(LONG_PTR)ProcessParameters);
        ProcessParameters->Flags &= ~(ULONG)RTL_USER_PROC_PARAMS_NORMALIZED;
    }
    return ProcessParameters;
}

// Bytes of an environment block, its two final zeros included.
static SIZE_T RtlpEnvironmentBytes(PCWSTR Environment)
{
    PCWSTR End = Environment;
    while (*End)
        End += wcslen(End) + 1;
    if (End == Environment)
        End++;
    return (SIZE_T)((PUCHAR)(End + 1) - (PUCHAR)Environment);
}

static SIZE_T RtlpStringBytes(PCUNICODE_STRING String, SIZE_T Extra)
{
    return ALIGN_UP_BY((String ? String->MaximumLength : 0) + Extra, sizeof(PVOID));
}

static VOID RtlpPlaceString(PUCHAR *Place, PUNICODE_STRING Dest, PCUNICODE_STRING Source,
                            USHORT Minimum)
{
    static const UNICODE_STRING Empty = RTL_CONSTANT_STRING(L"");
    if (!Source)
        Source = &Empty;
    USHORT Room = Source->MaximumLength > Source->Length ? Source->MaximumLength
                                                         : (USHORT)(Source->Length + sizeof(WCHAR));
    if (Room < Minimum)
        Room = Minimum;
    Dest->Buffer = (PWCH)*Place;
    Dest->Length = Source->Length;
    Dest->MaximumLength = Room;
    memcpy(Dest->Buffer, Source->Buffer, Source->Length);
    Dest->Buffer[Source->Length / sizeof(WCHAR)] = 0;
    *Place += ALIGN_UP_BY(Room, sizeof(PVOID));
}

// A null string or environment is taken from the current process where Windows does so (DLL path,
// current directory, environment), and is empty else. Flags: RTL_USER_PROC_PARAMS_NORMALIZED.
NTSTATUS NTAPI RtlCreateProcessParametersEx(PRTL_USER_PROCESS_PARAMETERS *ProcessParameters,
                                            PUNICODE_STRING ImagePathName, PUNICODE_STRING DllPath,
                                            PUNICODE_STRING CurrentDirectory,
                                            PUNICODE_STRING CommandLine, PVOID Environment,
                                            PUNICODE_STRING WindowTitle,
                                            PUNICODE_STRING DesktopInfo, PUNICODE_STRING ShellInfo,
                                            PUNICODE_STRING RuntimeData, ULONG Flags)
{
    constexpr USHORT DirectoryRoom = MAX_PATH * sizeof(WCHAR);
    PRTL_USER_PROCESS_PARAMETERS Current = NtCurrentPeb()->ProcessParameters;

    RtlAcquirePebLock();
    if (!DllPath)
        DllPath = &Current->DllPath;
    if (!CurrentDirectory)
        CurrentDirectory = &Current->CurrentDirectory.DosPath;
    if (!CommandLine)
        CommandLine = ImagePathName;
    if (!Environment)
        Environment = Current->Environment;
    SIZE_T EnvironmentBytes = Environment ? RtlpEnvironmentBytes(Environment) : 0;

    PUNICODE_STRING const Sources[] = {CurrentDirectory, DllPath,     ImagePathName, CommandLine,
                                       WindowTitle,      DesktopInfo, ShellInfo,     RuntimeData};
    SIZE_T Size = ALIGN_UP_BY(sizeof(**ProcessParameters), sizeof(PVOID)) + EnvironmentBytes;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sources); i++)
        Size += RtlpStringBytes(Sources[i], i ? sizeof(PVOID) : DirectoryRoom);

    PRTL_USER_PROCESS_PARAMETERS New = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Size);
    if (!New) {
        RtlReleasePebLock();
        return STATUS_NO_MEMORY;
    }
    New->MaximumLength = New->Length = (ULONG)Size;
    New->Flags = RTL_USER_PROC_PARAMS_NORMALIZED;
    New->ConsoleFlags = Current->ConsoleFlags;
    PUCHAR Place = (PUCHAR)New + ALIGN_UP_BY(sizeof(*New), sizeof(PVOID));
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sources); i++)
        RtlpPlaceString(&Place, RtlpParameterString(New, i), Sources[i], i ? 0 : DirectoryRoom);
    if (Environment) {
        New->Environment = (PWCHAR)Place;
        New->EnvironmentSize = EnvironmentBytes;
        memcpy(Place, Environment, EnvironmentBytes);
    }
    RtlReleasePebLock();

    if (!(Flags & RTL_USER_PROC_PARAMS_NORMALIZED))
        RtlDeNormalizeProcessParams(New);
    *ProcessParameters = New;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlCreateProcessParameters(PRTL_USER_PROCESS_PARAMETERS *ProcessParameters,
                                          PUNICODE_STRING ImagePathName, PUNICODE_STRING DllPath,
                                          PUNICODE_STRING CurrentDirectory,
                                          PUNICODE_STRING CommandLine, PVOID Environment,
                                          PUNICODE_STRING WindowTitle, PUNICODE_STRING DesktopInfo,
                                          PUNICODE_STRING ShellInfo, PUNICODE_STRING RuntimeData)
{
    return RtlCreateProcessParametersEx(ProcessParameters, ImagePathName, DllPath, CurrentDirectory,
                                        CommandLine, Environment, WindowTitle, DesktopInfo,
                                        ShellInfo, RuntimeData, 0);
}

NTSTATUS NTAPI RtlDestroyProcessParameters(PRTL_USER_PROCESS_PARAMETERS ProcessParameters)
{
    RtlFreeHeap(RtlProcessHeap(), 0, ProcessParameters);
    return STATUS_SUCCESS;
}

typedef union _RTLP_IMAGE_NAME {
    UNICODE_STRING Name;
    UCHAR Space[sizeof(UNICODE_STRING) + MAX_PATH * sizeof(WCHAR)];
} RTLP_IMAGE_NAME;

// The name as one of DOS, so that the program's directory is one in which DLLs are found.
static VOID RtlpMakeDosName(PCUNICODE_STRING Name, PUNICODE_STRING DosName)
{
    static const UNICODE_STRING SystemRoot = RTL_CONSTANT_STRING(L"\\SystemRoot\\");
    UNICODE_STRING Rest = *Name;
    if (RtlPrefixUnicodeString(&SystemRoot, Name, TRUE)) {
        USHORT Skipped = SystemRoot.Length - sizeof(WCHAR);
        RtlAppendUnicodeToString(DosName, SharedUserData->NtSystemRoot);
        Rest.Buffer += Skipped / sizeof(WCHAR);
        Rest.Length -= Skipped;
    } else if (Name->Length) {
        RtlAppendUnicodeToString(DosName, L"\\\\?\\GLOBALROOT");
    }
    RtlAppendUnicodeStringToString(DosName, &Rest);
}

// The first process of the system, and driver hosts, have no parent that could have given them parameters.
NTSTATUS RtlpMakeFirstParameters(void)
{
    RTLP_IMAGE_NAME Image;
    WCHAR Buffer[MAX_PATH];
    UNICODE_STRING DosName = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    PRTL_USER_PROCESS_PARAMETERS Parameters, Empty;
    PPEB Peb = NtCurrentPeb();
    UNICODE_STRING Directory;
    Empty = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*Empty));
    if (!Empty)
        return STATUS_NO_MEMORY;
    Peb->ProcessParameters = Empty;
    NTSTATUS Status = NtQueryInformationProcess(NtCurrentProcess(), ProcessImageFileName, &Image,
                                                sizeof(Image), nullptr);
    if (!NT_SUCCESS(Status))
        RtlInitUnicodeString(&Image.Name, L"");
    RtlpMakeDosName(&Image.Name, &DosName);
    RtlInitUnicodeString(&Directory, L"C:\\");
    Status = RtlCreateProcessParametersEx(&Parameters, &DosName, nullptr, &Directory, nullptr,
                                          (PVOID)L"\0", nullptr, nullptr, nullptr, nullptr,
                                          RTL_USER_PROC_PARAMS_NORMALIZED);
    if (NT_SUCCESS(Status)) {
        Peb->ProcessParameters = Parameters;
        RtlFreeHeap(RtlProcessHeap(), 0, Empty);
    }
    return Status;
}
