// NT names of DOS paths.

#include "pathp.h"

// "\\?\" names are taken as they are; devices and shares get their NT prefix.
static PCWSTR PathpNtPrefix(PCWSTR Full, PULONG Skip)
{
    *Skip = 0;
    if (!PathpIsSlash(Full[0]))
        return L"\\??\\";
    BOOLEAN Device = (Full[2] == L'.' || Full[2] == L'?') && PathpIsSlash(Full[3]);
    *Skip = Device ? 4 : 2;
    return Device ? L"\\??\\" : L"\\??\\UNC\\";
}

NTSTATUS NTAPI RtlDosPathNameToNtPathName_U_WithStatus(PCWSTR DosFileName,
                                                       PUNICODE_STRING NtFileName, PWSTR *FilePart,
                                                       PRTL_RELATIVE_NAME_U RelativeName)
{
    PATHP_BUFFER Path = {};
    BOOLEAN Verbatim = !wcsncmp(DosFileName, L"\\\\?\\", 4) || !wcsncmp(DosFileName, L"\\??\\", 4);
    PCWSTR Full = DosFileName;
    if (!Verbatim) {
        NTSTATUS Status = PathpFullPath(DosFileName, &Path);
        if (!NT_SUCCESS(Status))
            return Status;
        Full = Path.Text;
    }
    ULONG Skip = 4;
    PCWSTR Prefix = Verbatim ? L"\\??\\" : PathpNtPrefix(Full, &Skip);
    SIZE_T Bytes = (wcslen(Prefix) + wcslen(Full + Skip) + 1) * sizeof(WCHAR);
    NTSTATUS Status = Bytes > UNICODE_STRING_MAX_BYTES ? STATUS_NAME_TOO_LONG : STATUS_SUCCESS;
    PWSTR Buffer = nullptr;
    if (NT_SUCCESS(Status)) {
        Buffer = RtlAllocateHeap(RtlProcessHeap(), 0, Bytes);
        Status = Buffer ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    }
    if (NT_SUCCESS(Status)) {
        wcscpy(Buffer, Prefix);
        wcscat(Buffer, Full + Skip);
        *NtFileName = (UNICODE_STRING){
            .Length = (USHORT)(Bytes - sizeof(WCHAR)),
            .MaximumLength = (USHORT)Bytes,
            .Buffer = Buffer,
        };
        if (FilePart)
            *FilePart = PathpFilePart(Buffer);
        if (RelativeName)
            *RelativeName = (RTL_RELATIVE_NAME_U){};
    }
    RtlFreeHeap(RtlProcessHeap(), 0, Path.Text);
    return Status;
}

BOOLEAN NTAPI RtlDosPathNameToNtPathName_U(PCWSTR DosFileName, PUNICODE_STRING NtFileName,
                                           PWSTR *FilePart, PRTL_RELATIVE_NAME_U RelativeName)
{
    return NT_SUCCESS(
        RtlDosPathNameToNtPathName_U_WithStatus(DosFileName, NtFileName, FilePart, RelativeName));
}

// No name is given relative to the directory's handle: the full name is always right.
BOOLEAN NTAPI RtlDosPathNameToRelativeNtPathName_U(PCWSTR DosFileName, PUNICODE_STRING NtFileName,
                                                   PWSTR *FilePart,
                                                   PRTL_RELATIVE_NAME_U RelativeName)
{
    return RtlDosPathNameToNtPathName_U(DosFileName, NtFileName, FilePart, RelativeName);
}

VOID NTAPI RtlReleaseRelativeName(PRTL_RELATIVE_NAME_U RelativeName)
{
    UNREFERENCED_PARAMETER(RelativeName); // holds nothing
}

ULONG NTAPI RtlGetLongestNtPathLength(void)
{
    return 269; // MAX_PATH and the longest prefix, "\??\UNC\", as Windows says
}

BOOLEAN NTAPI RtlDoesFileExists_U(PCWSTR FileName)
{
    UNICODE_STRING NtName;
    if (!RtlDosPathNameToNtPathName_U(FileName, &NtName, nullptr, nullptr))
        return FALSE;
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &NtName, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    FILE_BASIC_INFORMATION Information;
    NTSTATUS Status = NtQueryAttributesFile(&Attributes, &Information);
    RtlFreeUnicodeString(&NtName);
    // A file that may not be looked at is there all the same.
    return NT_SUCCESS(Status) || Status == STATUS_SHARING_VIOLATION ||
           Status == STATUS_ACCESS_DENIED;
}
