// Files and directories.

#include "nativep.h"

NTSTATUS SysFullPath(PCWSTR Path, PSH_TEXT Full)
{
    ULONG Bytes = RtlGetFullPathName_U(Path, 0, nullptr, nullptr);
    if (!Bytes)
        return STATUS_OBJECT_NAME_INVALID;
    PWSTR Buffer = SysAllocate(Bytes + sizeof(WCHAR));
    Bytes = RtlGetFullPathName_U(Path, Bytes + sizeof(WCHAR), Buffer, nullptr);
    ShAppend(Full, Buffer, Bytes / sizeof(WCHAR));
    SysFree(Buffer);
    return STATUS_SUCCESS;
}

NTSTATUS SysQueryFile(PCWSTR Path, PSYS_FILE File)
{
    UNICODE_STRING Name;
    if (RtlIsDosDeviceName_U(Path)) { // few devices tell what a file tells
        *File = (SYS_FILE){.Attributes = FILE_ATTRIBUTE_DEVICE};
        return STATUS_SUCCESS;
    }
    NTSTATUS Status = RtlDosPathNameToNtPathName_U_WithStatus(Path, &Name, nullptr, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    OBJECT_ATTRIBUTES Attributes;
    FILE_NETWORK_OPEN_INFORMATION Information;
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    Status = NtQueryFullAttributesFile(&Attributes, &Information);
    RtlFreeUnicodeString(&Name);
    if (NT_SUCCESS(Status))
        *File = (SYS_FILE){
            .Attributes = Information.FileAttributes,
            .Size = (ULONGLONG)Information.EndOfFile.QuadPart,
            .Time = Information.LastWriteTime,
            .Created = Information.CreationTime,
            .Accessed = Information.LastAccessTime,
        };
    return Status;
}

// ---- Directories

typedef union _SYSP_ENTRIES {
    FILE_BOTH_DIR_INFORMATION First;
    UCHAR Space[4096];
} SYSP_ENTRIES;

// FALSE: the visitor has had enough.
static BOOLEAN SyspVisitEntries(const SYSP_ENTRIES *Entries, PCWSTR Pattern,
                                SYS_FILE_VISITOR *Visit, PVOID Context)
{
    const FILE_BOTH_DIR_INFORMATION *Entry = &Entries->First;
    for (;;) {
        PWSTR Name = ShCopy(Entry->FileName, Entry->FileNameLength / sizeof(WCHAR));
        WCHAR Short[RTL_NUMBER_OF(Entry->ShortName) + 1] = {};
        memcpy(Short, Entry->ShortName,
               min((SIZE_T)Entry->ShortNameLength, sizeof(Entry->ShortName)));
        SYS_FILE File = {
            .Name = Name,
            .ShortName = *Short ? Short : nullptr,
            .Attributes = Entry->FileAttributes,
            .Size = (ULONGLONG)Entry->EndOfFile.QuadPart,
            .Time = Entry->LastWriteTime,
            .Created = Entry->CreationTime,
            .Accessed = Entry->LastAccessTime,
        };
        BOOLEAN More = !ShMatches(Pattern, Name) || Visit(Context, &File);
        SysFree(Name);
        if (!More || !Entry->NextEntryOffset)
            return More;
        Entry = (PVOID)((PUCHAR)Entry + Entry->NextEntryOffset);
    }
}

static NTSTATUS SyspVisitDirectory(HANDLE Directory, PCWSTR Pattern, SYS_FILE_VISITOR *Visit,
                                   PVOID Context)
{
    SYSP_ENTRIES Entries;
    IO_STATUS_BLOCK IoStatus;
    for (BOOLEAN Restart = TRUE;; Restart = FALSE) {
        NTSTATUS Status = NtQueryDirectoryFile(
            Directory, nullptr, nullptr, nullptr, &IoStatus, &Entries, sizeof(Entries),
            FileBothDirectoryInformation, FALSE, nullptr, Restart);
        if (Status == STATUS_NO_MORE_FILES || Status == STATUS_NO_SUCH_FILE)
            return STATUS_SUCCESS;
        if (!NT_SUCCESS(Status))
            return Status;
        if (!SyspVisitEntries(&Entries, Pattern, Visit, Context))
            return STATUS_SUCCESS;
    }
}

NTSTATUS SysFindFiles(PCWSTR Path, SYS_FILE_VISITOR *Visit, PVOID Context)
{
    SH_TEXT Full = {};
    HANDLE Directory;
    NTSTATUS Status = SysFullPath(Path, &Full);
    PWSTR Slash = NT_SUCCESS(Status) ? wcsrchr(Full.Buffer, L'\\') : nullptr;
    if (!Slash) {
        ShFreeText(&Full);
        return NT_SUCCESS(Status) ? STATUS_OBJECT_NAME_INVALID : Status;
    }
    // A full path has no period at its end, which means something in a pattern.
    PCWSTR Last = ShIsPattern(Path) ? ShLastComponent(Path) : Slash + 1;
    PWSTR Pattern = ShCopy(Last, wcslen(Last));
    Slash[1] = 0; // a root needs its backslash
    Status = FileOpen(Full.Buffer, FILE_LIST_DIRECTORY, FILE_OPEN, FILE_DIRECTORY_FILE, FALSE,
                      &Directory);
    if (NT_SUCCESS(Status)) {
        Status = SyspVisitDirectory(Directory, Pattern, Visit, Context);
        NtClose(Directory);
    }
    SysFree(Pattern);
    ShFreeText(&Full);
    return Status;
}

// ---- Contents

VOID SyspDecode(const CHAR *Bytes, SIZE_T Size, PSH_TEXT Text)
{
    PWSTR Wide = SysAllocate((Size + 1) * sizeof(WCHAR));
    ULONG WideSize = 0;
    if (Size >= 2 && !memcmp(Bytes, "\xFF\xFE", 2)) {
        WideSize = (ULONG)((Size - 2) & ~1ULL);
        memcpy(Wide, Bytes + 2, WideSize);
    } else {
        SIZE_T Mark = Size >= 3 && !memcmp(Bytes, "\xEF\xBB\xBF", 3) ? 3 : 0;
        RtlUTF8ToUnicodeN(Wide, (ULONG)(Size * sizeof(WCHAR)), &WideSize, Bytes + Mark,
                          (ULONG)(Size - Mark));
    }
    ShAppend(Text, Wide, WideSize / sizeof(WCHAR));
    SysFree(Wide);
}

NTSTATUS SyspReadAll(HANDLE File, PSH_TEXT Text)
{
    SIZE_T Size = 0, Capacity = 0x4000;
    PCHAR Bytes = SysAllocate(Capacity);
    NTSTATUS Status;
    for (;;) {
        ULONG Read;
        Status = FileRead(File, Bytes + Size, (ULONG)(Capacity - Size), &Read);
        if (!NT_SUCCESS(Status))
            break;
        Size += Read;
        if (Size < Capacity)
            continue;
        PCHAR More = SysAllocate(2 * Capacity);
        memcpy(More, Bytes, Size);
        SysFree(Bytes);
        Bytes = More;
        Capacity *= 2;
    }
    SyspDecode(Bytes, Size, Text);
    SysFree(Bytes);
    return Status == STATUS_END_OF_FILE ? STATUS_SUCCESS : Status;
}

NTSTATUS SysReadFile(PCWSTR Path, PSH_TEXT Contents)
{
    HANDLE File;
    NTSTATUS Status =
        FileOpen(Path, FILE_GENERIC_READ, FILE_OPEN, FILE_NON_DIRECTORY_FILE, FALSE, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = SyspReadAll(File, Contents);
    NtClose(File);
    return Status;
}
