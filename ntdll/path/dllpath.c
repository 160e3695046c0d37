// The search paths of programs and DLLs, and what programs may change about them.

#include "pathp.h"

enum {
    RTL_SEARCH_PATH_MODE_SAFE = 0x1,
    RTL_SEARCH_PATH_MODE_UNSAFE = 0x10000,
    RTL_SEARCH_PATH_MODE_PERMANENT = 0x8000
};

// A directory of LdrAddDllDirectory. Its address is the cookie.
typedef struct _PATHP_DIRECTORY {
    LIST_ENTRY Link;
    UNICODE_STRING Name;
} PATHP_DIRECTORY, *PPATHP_DIRECTORY;

static LIST_ENTRY PathpAdded = {&PathpAdded, &PathpAdded};
static UNICODE_STRING PathpDllDirectory; // LdrSetDllDirectory
static BOOLEAN PathpDefaultsOnly;        // LdrSetDefaultDllDirectories
static ULONG PathpSearchMode;            // RtlSetSearchPathMode

enum { PathpFixedParts = 6, PathpAddedParts = 16 };

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

static ULONG PathpListAdded(UNICODE_STRING Parts[])
{
    ULONG Count = 0;
    for (PLIST_ENTRY Link = PathpAdded.Flink; Link != &PathpAdded && Count < PathpAddedParts;
         Link = Link->Flink)
        Parts[Count++] = CONTAINING_RECORD(Link, PATHP_DIRECTORY, Link)->Name;
    return Count;
}

// The directories: of the program, those that it added, the system's, the current one (in safe mode
// after the system's), and those of PATH.
static NTSTATUS PathpBuildSearchPath(BOOLEAN ForDlls, PWSTR *Result)
{
    WCHAR PathVariable[2048], System[MAX_PATH];
    static const UNICODE_STRING Name = RTL_CONSTANT_STRING(L"PATH");
    static const UNICODE_STRING Current = RTL_CONSTANT_STRING(L".");
    UNICODE_STRING Variable = {.MaximumLength = sizeof(PathVariable), .Buffer = PathVariable};
    if (!NT_SUCCESS(RtlQueryEnvironmentVariable_U(nullptr, &Name, &Variable)))
        Variable.Length = 0;
    UNICODE_STRING SystemPath = {.MaximumLength = sizeof(System), .Buffer = System}, Root;
    RtlInitUnicodeString(&Root, SharedUserData->NtSystemRoot);
    RtlCopyUnicodeString(&SystemPath, &Root);
    RtlAppendUnicodeToString(&SystemPath, L"\\System32");

    UNICODE_STRING Parts[PathpFixedParts + PathpAddedParts];
    ULONG Count = 0;
    Parts[Count++] = PathpProgramDirectory();
    BOOLEAN CurrentFirst = PathpSearchMode & RTL_SEARCH_PATH_MODE_UNSAFE ? TRUE : FALSE;
    if (ForDlls) {
        Count += PathpListAdded(Parts + Count);
        Parts[Count++] = PathpDllDirectory;
        CurrentFirst = FALSE;
    }
    if (CurrentFirst)
        Parts[Count++] = Current;
    Parts[Count++] = SystemPath;
    Parts[Count++] = Root;
    if (!ForDlls || !PathpDefaultsOnly) {
        if (!CurrentFirst)
            Parts[Count++] = Current;
        Parts[Count++] = Variable;
    }
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

VOID NTAPI RtlReleasePath(PWSTR Path)
{
    RtlFreeHeap(RtlProcessHeap(), 0, Path);
}

// Once made permanent, the safe mode stays.
NTSTATUS NTAPI RtlSetSearchPathMode(ULONG Flags)
{
    constexpr ULONG Safe = RTL_SEARCH_PATH_MODE_SAFE, Unsafe = RTL_SEARCH_PATH_MODE_UNSAFE;
    constexpr ULONG Permanent = RTL_SEARCH_PATH_MODE_PERMANENT;
    if (Flags != Safe && Flags != Unsafe && Flags != (Safe | Permanent))
        return STATUS_INVALID_PARAMETER;
    RtlAcquirePebLock();
    NTSTATUS Status = PathpSearchMode & Permanent ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
    if (NT_SUCCESS(Status))
        PathpSearchMode = Flags;
    RtlReleasePebLock();
    return Status;
}

NTSTATUS NTAPI LdrSetDefaultDllDirectories(ULONG DirectoryFlags)
{
    constexpr ULONG Known = 0x1E00; // LOAD_LIBRARY_SEARCH_APPLICATION_DIR ... _DEFAULT_DIRS
    if (!DirectoryFlags || (DirectoryFlags & ~Known))
        return STATUS_INVALID_PARAMETER;
    RtlAcquirePebLock();
    PathpDefaultsOnly = TRUE;
    RtlReleasePebLock();
    return STATUS_SUCCESS;
}

static NTSTATUS PathpCopyName(PCUNICODE_STRING Name, PUNICODE_STRING Copy)
{
    *Copy = (UNICODE_STRING){};
    if (!Name->Length)
        return STATUS_SUCCESS;
    return RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE, Name, Copy);
}

NTSTATUS NTAPI LdrSetDllDirectory(PUNICODE_STRING DllDirectory)
{
    UNICODE_STRING Copy;
    NTSTATUS Status = PathpCopyName(DllDirectory, &Copy);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlAcquirePebLock();
    UNICODE_STRING Old = PathpDllDirectory;
    PathpDllDirectory = Copy;
    RtlReleasePebLock();
    RtlFreeUnicodeString(&Old);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrGetDllDirectory(PUNICODE_STRING DllDirectory)
{
    RtlAcquirePebLock();
    NTSTATUS Status = STATUS_SUCCESS;
    if (DllDirectory->MaximumLength < PathpDllDirectory.Length + sizeof(WCHAR)) {
        DllDirectory->Length = PathpDllDirectory.Length + sizeof(WCHAR);
        Status = STATUS_BUFFER_TOO_SMALL;
    } else {
        RtlCopyUnicodeString(DllDirectory, &PathpDllDirectory);
    }
    RtlReleasePebLock();
    return Status;
}

NTSTATUS NTAPI LdrAddDllDirectory(PUNICODE_STRING NewDirectory, PVOID *Cookie)
{
    if (!NewDirectory->Length)
        return STATUS_INVALID_PARAMETER;
    PPATHP_DIRECTORY Directory = RtlAllocateHeap(RtlProcessHeap(), 0, sizeof(*Directory));
    if (!Directory)
        return STATUS_NO_MEMORY;
    NTSTATUS Status = PathpCopyName(NewDirectory, &Directory->Name);
    if (NT_SUCCESS(Status) &&
        RtlDetermineDosPathNameType_U(Directory->Name.Buffer) != RtlPathTypeDriveAbsolute) {
        RtlFreeUnicodeString(&Directory->Name);
        Status = STATUS_INVALID_PARAMETER;
    }
    if (!NT_SUCCESS(Status)) {
        RtlFreeHeap(RtlProcessHeap(), 0, Directory);
        return Status;
    }
    RtlAcquirePebLock();
    InsertHeadList(&PathpAdded, &Directory->Link);
    RtlReleasePebLock();
    *Cookie = Directory;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrRemoveDllDirectory(PVOID Cookie)
{
    PPATHP_DIRECTORY Directory = nullptr;
    RtlAcquirePebLock();
    for (PLIST_ENTRY Link = PathpAdded.Flink; Link != &PathpAdded && !Directory;
         Link = Link->Flink) {
        if (CONTAINING_RECORD(Link, PATHP_DIRECTORY, Link) == Cookie)
            Directory = Cookie;
    }
    if (Directory)
        RemoveEntryList(&Directory->Link);
    RtlReleasePebLock();
    if (!Directory)
        return STATUS_INVALID_PARAMETER;
    RtlFreeUnicodeString(&Directory->Name);
    RtlFreeHeap(RtlProcessHeap(), 0, Directory);
    return STATUS_SUCCESS;
}
