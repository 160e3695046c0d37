// The current directory, and searches along lists of directories.

#include "pathp.h"

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
    NTSTATUS Status = RtlDosPathNameToNtPathName_U_WithStatus(DosPath, &NtName, nullptr, nullptr);
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
