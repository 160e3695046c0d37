// Where the image of a DLL comes from: the sections in \KnownDlls, or a file along the search path.

#include "ldrp.h"

enum { MaximumPath = 1024 };

static NTSTATUS LdrpOpenKnownDll(PCUNICODE_STRING Name, PHANDLE Section)
{
    static const UNICODE_STRING Prefix = RTL_CONSTANT_STRING(L"\\KnownDlls\\");
    WCHAR Buffer[128];
    UNICODE_STRING Path = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    RtlCopyUnicodeString(&Path, &Prefix);
    NTSTATUS Status = RtlAppendUnicodeStringToString(&Path, Name);
    if (!NT_SUCCESS(Status))
        return STATUS_DLL_NOT_FOUND;
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &Path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return NtOpenSection(Section, SECTION_MAP_READ | SECTION_MAP_EXECUTE | SECTION_QUERY,
                         &Attributes);
}

static NTSTATUS LdrpOpenFileSection(PCWSTR DosPath, PHANDLE Section)
{
    UNICODE_STRING NtPath;
    NTSTATUS Status = RtlDosPathNameToNtPathName_U_WithStatus(DosPath, &NtPath, nullptr, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &NtPath, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK IoStatus;
    HANDLE File;
    Status = NtOpenFile(&File, FILE_READ_DATA | FILE_EXECUTE | SYNCHRONIZE, &Attributes, &IoStatus,
                        FILE_SHARE_READ | FILE_SHARE_DELETE,
                        FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE);
    RtlFreeUnicodeString(&NtPath);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtCreateSection(Section, SECTION_MAP_READ | SECTION_MAP_EXECUTE | SECTION_QUERY,
                             nullptr, nullptr, PAGE_EXECUTE, SEC_IMAGE, File);
    NtClose(File);
    return Status;
}

// The full path of a DLL, in Buffer of MaximumPath characters.
static NTSTATUS LdrpSearchDll(PCWSTR Name, BOOLEAN HasPath, PWSTR Buffer)
{
    constexpr ULONG Bytes = MaximumPath * sizeof(WCHAR);
    ULONG Length;
    if (HasPath) {
        Length = RtlGetFullPathName_U(Name, Bytes, Buffer, nullptr);
    } else {
        PWSTR SearchPath;
        NTSTATUS Status = LdrGetDllPath(Name, 0, &SearchPath, nullptr);
        if (!NT_SUCCESS(Status))
            return Status;
        Length = RtlDosSearchPath_U(SearchPath, Name, nullptr, Bytes, Buffer, nullptr);
        RtlReleasePath(SearchPath);
    }
    if (!Length)
        return STATUS_DLL_NOT_FOUND;
    return Length < Bytes ? STATUS_SUCCESS : STATUS_NAME_TOO_LONG;
}

static NTSTATUS LdrpFindFileSection(PCUNICODE_STRING Name, PUNICODE_STRING FullName,
                                    PHANDLE Section)
{
    UNICODE_STRING Terminated;
    NTSTATUS Status =
        RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE, Name, &Terminated);
    if (!NT_SUCCESS(Status))
        return Status;
    WCHAR Path[MaximumPath];
    Status = LdrpSearchDll(Terminated.Buffer, LdrpHasPath(Name), Path);
    RtlFreeUnicodeString(&Terminated);
    if (NT_SUCCESS(Status))
        Status = LdrpOpenFileSection(Path, Section);
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND || Status == STATUS_OBJECT_PATH_NOT_FOUND)
        return STATUS_DLL_NOT_FOUND;
    if (NT_SUCCESS(Status) && !RtlCreateUnicodeString(FullName, Path)) {
        NtClose(*Section);
        return STATUS_NO_MEMORY;
    }
    return Status;
}

// "C:\Windows\System32\" and the name.
NTSTATUS LdrpSystemPath(PCUNICODE_STRING Name, PUNICODE_STRING Path)
{
    PCWSTR Root = SharedUserData->NtSystemRoot;
    SIZE_T Size = wcslen(Root) * sizeof(WCHAR) + sizeof(L"\\System32\\") + Name->Length;
    if (Size > UNICODE_STRING_MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    *Path = (UNICODE_STRING){.MaximumLength = (USHORT)Size, .Buffer = LdrpAllocate(Size)};
    if (!Path->Buffer)
        return STATUS_NO_MEMORY;
    RtlAppendUnicodeToString(Path, Root);
    RtlAppendUnicodeToString(Path, L"\\System32\\");
    return RtlAppendUnicodeStringToString(Path, Name);
}

NTSTATUS LdrpFindSection(PCUNICODE_STRING Name, PUNICODE_STRING FullName, PHANDLE Section)
{
    if (LdrpHasPath(Name) || !NT_SUCCESS(LdrpOpenKnownDll(Name, Section)))
        return LdrpFindFileSection(Name, FullName, Section);
    NTSTATUS Status = LdrpSystemPath(Name, FullName);
    if (!NT_SUCCESS(Status))
        NtClose(*Section);
    return Status;
}
