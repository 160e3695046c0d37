// objects: a directory of the object namespace.

#include "shell.h"

static VOID ShellShowEntry(HANDLE Directory, const OBJECT_DIRECTORY_INFORMATION *Entry)
{
    static const UNICODE_STRING SymbolicLink = RTL_CONSTANT_STRING(L"SymbolicLink");
    ShPrint(L"%-20wZ %wZ", &Entry->TypeName, &Entry->Name);
    if (RtlEqualUnicodeString(&Entry->TypeName, &SymbolicLink, FALSE)) {
        WCHAR Buffer[MAX_PATH];
        UNICODE_STRING Target = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
        if (NT_SUCCESS(ObjReadLink(Directory, &Entry->Name, &Target)))
            ShPrint(L" -> %wZ", &Target);
    }
    ShPrint(L"\n");
}

static NTSTATUS ShellListDirectory(HANDLE Directory)
{
    union {
        OBJECT_DIRECTORY_INFORMATION Entries[1];
        UCHAR Space[2048];
    } Buffer;
    ULONG Position = 0, Length;
    for (BOOLEAN Restart = TRUE;; Restart = FALSE) {
        NTSTATUS Status = NtQueryDirectoryObject(Directory, &Buffer, sizeof(Buffer), FALSE, Restart,
                                                 &Position, &Length);
        if (Status == STATUS_NO_MORE_ENTRIES)
            return STATUS_SUCCESS;
        if (!NT_SUCCESS(Status))
            return Status;
        for (ULONG i = 0; Buffer.Entries[i].Name.Buffer; i++)
            ShellShowEntry(Directory, &Buffer.Entries[i]);
    }
}

ULONG ShellDoObjects(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    if (Words->Count > 1)
        return ShWrongUsage;
    PCWSTR Path = Words->Count ? Words->Values[0] : L"\\";
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    RtlInitUnicodeString(&Name, Path);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE Directory;
    NTSTATUS Status =
        NtOpenDirectoryObject(&Directory, DIRECTORY_QUERY | DIRECTORY_TRAVERSE, &Attributes);
    if (NT_SUCCESS(Status)) {
        Status = ShellListDirectory(Directory);
        NtClose(Directory);
    }
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND || Status == STATUS_OBJECT_PATH_NOT_FOUND) {
        ShPrintError(L"%ws: There is no such directory of objects.\n", Path);
        return 1;
    }
    return NT_SUCCESS(Status) ? 0 : ShReportStatus(Path, Status);
}
