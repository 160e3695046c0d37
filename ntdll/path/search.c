// The current directory, and searches along lists of directories.

#include "../ntdllp.h"

static BOOLEAN LdrpSearchSystemOnly; // LdrSetDefaultDllDirectories
static UNICODE_STRING LdrpDllDirectory;

ULONG NTAPI RtlGetCurrentDirectory_U(ULONG BufferLength, PWSTR Buffer)
{
    RtlAcquirePebLock();
    PCUNICODE_STRING Path = &NtCurrentPeb()->ProcessParameters->CurrentDirectory.DosPath;
    ULONG Bytes = Path->Length;
    // Kept with a final backslash, shown without, except for a root.
    if (Bytes > 3 * sizeof(WCHAR) && Path->Buffer[Bytes / sizeof(WCHAR) - 1] == L'\\')
        Bytes -= sizeof(WCHAR);
    if (Bytes + sizeof(WCHAR) <= BufferLength) {
        memcpy(Buffer, Path->Buffer, Bytes);
        Buffer[Bytes / sizeof(WCHAR)] = 0;
    } else {
        Bytes += sizeof(WCHAR);
    }
    RtlReleasePebLock();
    return Bytes;
}

static NTSTATUS PathpOpenDirectory(PCWSTR DosPath, PHANDLE Directory)
{
    UNICODE_STRING NtName;
    NTSTATUS Status =
        RtlDosPathNameToNtPathName_U_WithStatus(DosPath, &NtName, nullptr, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &NtName, OBJ_CASE_INSENSITIVE | OBJ_INHERIT, nullptr,
                               nullptr);
    IO_STATUS_BLOCK IoStatus;
    Status = NtOpenFile(Directory, FILE_TRAVERSE | SYNCHRONIZE, &Attributes, &IoStatus,
                        FILE_SHARE_READ | FILE_SHARE_WRITE,
                        FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT);
    RtlFreeUnicodeString(&NtName);
    return Status;
}

NTSTATUS NTAPI RtlSetCurrentDirectory_U(PCUNICODE_STRING PathName)
{
    WCHAR Name[MAX_PATH], Full[MAX_PATH];
    if (PathName->Length >= sizeof(Name))
        return STATUS_NAME_TOO_LONG;
    memcpy(Name, PathName->Buffer, PathName->Length);
    Name[PathName->Length / sizeof(WCHAR)] = 0;
    ULONG Bytes = RtlGetFullPathName_U(Name, sizeof(Full) - sizeof(WCHAR), Full, nullptr);
    if (!Bytes)
        return STATUS_OBJECT_NAME_INVALID;
    if (Bytes > sizeof(Full) - 2 * sizeof(WCHAR))
        return STATUS_NAME_TOO_LONG;
    HANDLE Directory;
    NTSTATUS Status = PathpOpenDirectory(Full, &Directory);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Full[Bytes / sizeof(WCHAR) - 1] != L'\\') {
        Full[Bytes / sizeof(WCHAR)] = L'\\';
        Bytes += sizeof(WCHAR);
    }

    RtlAcquirePebLock();
    CURDIR *Current = &NtCurrentPeb()->ProcessParameters->CurrentDirectory;
    HANDLE Old = Directory;
    if (Bytes + sizeof(WCHAR) <= Current->DosPath.MaximumLength) {
        memcpy(Current->DosPath.Buffer, Full, Bytes);
        Current->DosPath.Buffer[Bytes / sizeof(WCHAR)] = 0;
        Current->DosPath.Length = (USHORT)Bytes;
        Old = Current->Handle;
        Current->Handle = Directory;
    } else {
        Status = STATUS_NAME_TOO_LONG;
    }
    RtlReleasePebLock();
    if (Old)
        NtClose(Old);
    return Status;
}

// ---- Searching

static BOOLEAN PathpHasExtension(PCWSTR Name)
{
    PCWSTR Dot = wcsrchr(Name, L'.');
    return Dot && !wcspbrk(Dot, L"\\/");
}

// One candidate: directory, name, extension. FALSE: too long, or no such file.
static BOOLEAN PathpTry(PWSTR Candidate, PCWSTR Directory, ULONG Length, PCWSTR Name,
                        PCWSTR Extension)
{
    SIZE_T Total = Length + 1 + wcslen(Name) + (Extension ? wcslen(Extension) : 0);
    if (Total >= MAX_PATH)
        return FALSE;
    memcpy(Candidate, Directory, Length * sizeof(WCHAR));
    if (Length && Candidate[Length - 1] != L'\\' && Candidate[Length - 1] != L'/')
        Candidate[Length++] = L'\\';
    wcscpy(Candidate + Length, Name);
    if (Extension)
        wcscat(Candidate, Extension);
    return RtlDoesFileExists_U(Candidate);
}

// Look for FileName (with Extension when it has none) in the directories of Path, which are separated by
// semicolons. Returns as RtlGetFullPathName_U does; 0: not found.
ULONG NTAPI RtlDosSearchPath_U(PCWSTR Path, PCWSTR FileName, PCWSTR Extension, ULONG BufferLength,
                               PWSTR Buffer, PWSTR *FilePart)
{
    WCHAR Candidate[MAX_PATH];
    if (Extension && PathpHasExtension(FileName))
        Extension = nullptr;
    if (RtlDetermineDosPathNameType_U(FileName) != RtlPathTypeRelative) {
        if (!PathpTry(Candidate, L"", 0, FileName, Extension))
            return 0;
        return RtlGetFullPathName_U(Candidate, BufferLength, Buffer, FilePart);
    }
    while (*Path) {
        ULONG Length = 0;
        while (Path[Length] && Path[Length] != L';')
            Length++;
        if (Length < MAX_PATH && PathpTry(Candidate, Path, Length, FileName, Extension))
            return RtlGetFullPathName_U(Candidate, BufferLength, Buffer, FilePart);
        Path += Length + (Path[Length] == L';');
    }
    return 0;
}

VOID NTAPI RtlReleasePath(PWSTR Path)
{
    RtlFreeHeap(RtlProcessHeap(), 0, Path);
}

// Join directories with semicolons into a heap block; null ones are left out.
static NTSTATUS PathpJoin(const UNICODE_STRING *Parts, ULONG Count, PWSTR *Result)
{
    SIZE_T Bytes = sizeof(WCHAR);
    for (ULONG i = 0; i < Count; i++)
        Bytes += Parts[i].Length + sizeof(WCHAR);
    PUCHAR Place = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Bytes);
    if (!Place)
        return STATUS_NO_MEMORY;
    *Result = (PWSTR)Place;
    for (ULONG i = 0; i < Count; i++) {
        if (!Parts[i].Length)
            continue;
        if (Place != (PUCHAR)*Result) {
            *(PWSTR)Place = L';';
            Place += sizeof(WCHAR);
        }
        memcpy(Place, Parts[i].Buffer, Parts[i].Length);
        Place += Parts[i].Length;
    }
    return STATUS_SUCCESS;
}

static UNICODE_STRING PathpProgramDirectory(void)
{
    UNICODE_STRING Path = NtCurrentPeb()->ProcessParameters->ImagePathName;
    while (Path.Length && Path.Buffer[Path.Length / sizeof(WCHAR) - 1] != L'\\')
        Path.Length -= sizeof(WCHAR);
    if (Path.Length > 3 * sizeof(WCHAR))
        Path.Length -= sizeof(WCHAR);
    return Path;
}

static NTSTATUS PathpBuildSearchPath(BOOLEAN ForDlls, PWSTR *Result)
{
    WCHAR PathVariable[2048];
    static const UNICODE_STRING Name = RTL_CONSTANT_STRING(L"PATH");
    UNICODE_STRING Variable = {.MaximumLength = sizeof(PathVariable), .Buffer = PathVariable};
    if (!NT_SUCCESS(RtlQueryEnvironmentVariable_U(nullptr, &Name, &Variable)))
        Variable.Length = 0;
    const UNICODE_STRING Parts[] = {
        PathpProgramDirectory(),
        ForDlls ? LdrpDllDirectory : (UNICODE_STRING){},
        RTL_CONSTANT_STRING(L"C:\\Windows\\System32"),
        RTL_CONSTANT_STRING(L"C:\\Windows"),
        RTL_CONSTANT_STRING(L"."),
        Variable,
    };
    ULONG Count = ForDlls && LdrpSearchSystemOnly ? 3 : RTL_NUMBER_OF(Parts);
    return PathpJoin(Parts, Count, Result);
}

NTSTATUS NTAPI LdrGetDllPath(PCWSTR DllName, ULONG Flags, PWSTR *DllPath, PWSTR *SearchPaths)
{
    UNREFERENCED_PARAMETER(DllName);
    UNREFERENCED_PARAMETER(Flags);
    if (SearchPaths)
        *SearchPaths = nullptr;
    RtlAcquirePebLock();
    NTSTATUS Status = PathpBuildSearchPath(TRUE, DllPath);
    RtlReleasePebLock();
    return Status;
}

NTSTATUS NTAPI RtlGetSearchPath(PWSTR *SearchPath)
{
    RtlAcquirePebLock();
    NTSTATUS Status = PathpBuildSearchPath(FALSE, SearchPath);
    RtlReleasePebLock();
    return Status;
}

NTSTATUS NTAPI RtlGetExePath(PCWSTR DosPathName, PWSTR *SearchPath)
{
    UNREFERENCED_PARAMETER(DosPathName);
    return RtlGetSearchPath(SearchPath);
}

NTSTATUS NTAPI LdrSetDefaultDllDirectories(ULONG DirectoryFlags)
{
    constexpr ULONG Known = 0x1E00; // LOAD_LIBRARY_SEARCH_APPLICATION_DIR ... _DEFAULT_DIRS
    if (!DirectoryFlags || (DirectoryFlags & ~Known))
        return STATUS_INVALID_PARAMETER;
    RtlAcquirePebLock();
    LdrpSearchSystemOnly = TRUE;
    RtlReleasePebLock();
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrSetDllDirectory(PUNICODE_STRING DllDirectory)
{
    UNICODE_STRING Copy = {};
    if (DllDirectory->Length) {
        NTSTATUS Status = RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE,
                                                    DllDirectory, &Copy);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    RtlAcquirePebLock();
    UNICODE_STRING Old = LdrpDllDirectory;
    LdrpDllDirectory = Copy;
    RtlReleasePebLock();
    RtlFreeUnicodeString(&Old);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrGetDllDirectory(PUNICODE_STRING DllDirectory)
{
    RtlAcquirePebLock();
    NTSTATUS Status = STATUS_SUCCESS;
    if (DllDirectory->MaximumLength < LdrpDllDirectory.Length + sizeof(WCHAR)) {
        DllDirectory->Length = LdrpDllDirectory.Length + sizeof(WCHAR);
        Status = STATUS_BUFFER_TOO_SMALL;
    } else {
        RtlCopyUnicodeString(DllDirectory, &LdrpDllDirectory);
    }
    RtlReleasePebLock();
    return Status;
}
