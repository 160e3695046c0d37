// objects: a directory of the object namespace.

#include "shell.h"

static int __cdecl ShellCompareNames(const void *First, const void *Second)
{
    return _wcsicmp(*(const PCWSTR *)First, *(const PCWSTR *)Second);
}

static VOID ShellTakeObject(const OBJECT_DIRECTORY_INFORMATION *Entry, PSH_WORDS Entries)
{
    SH_TEXT Text = {};
    ShAppend(&Text, Entry->Name.Buffer, Entry->Name.Length / sizeof(WCHAR));
    ShAppendCharacter(&Text, 0);
    ShAppend(&Text, Entry->TypeName.Buffer, Entry->TypeName.Length / sizeof(WCHAR));
    ShAddWord(Entries, Text.Buffer, Text.Length);
    ShFreeText(&Text);
}

NTSTATUS ShellListObjects(HANDLE Directory, PSH_WORDS Entries)
{
    union {
        OBJECT_DIRECTORY_INFORMATION Entries[1];
        UCHAR Space[2048];
    } Buffer;
    ULONG Position = 0, Length;
    NTSTATUS Status;
    while (NT_SUCCESS(Status = NtQueryDirectoryObject(Directory, &Buffer, sizeof(Buffer), FALSE,
                                                      FALSE, &Position, &Length))) {
        for (ULONG i = 0; Buffer.Entries[i].Name.Buffer; i++)
            ShellTakeObject(&Buffer.Entries[i], Entries);
    }
    if (Entries->Count)
        qsort((PVOID)Entries->Values, Entries->Count, sizeof(PWSTR), ShellCompareNames);
    return Status == STATUS_NO_MORE_ENTRIES ? STATUS_SUCCESS : Status;
}

static VOID ShellShowObject(HANDLE Directory, PCWSTR Entry)
{
    PCWSTR Type = Entry + wcslen(Entry) + 1;
    ShPrint(L"%-20ws %ws", Type, Entry);
    if (!wcscmp(Type, L"SymbolicLink")) {
        WCHAR Buffer[MAX_PATH];
        UNICODE_STRING Name, Target = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
        RtlInitUnicodeString(&Name, Entry);
        if (NT_SUCCESS(ObjReadLink(Directory, &Name, &Target)))
            ShPrint(L" -> %wZ", &Target);
    }
    ShPrint(L"\n");
}

static NTSTATUS ShellShowObjects(HANDLE Directory)
{
    SH_WORDS Entries = {};
    NTSTATUS Status = ShellListObjects(Directory, &Entries);
    for (ULONG i = 0; i < Entries.Count; i++)
        ShellShowObject(Directory, Entries.Values[i]);
    ShFreeWords(&Entries);
    return Status;
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
        Status = ShellShowObjects(Directory);
        NtClose(Directory);
    }
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND || Status == STATUS_OBJECT_PATH_NOT_FOUND) {
        ShPrintError(L"%ws: There is no such directory of objects.\n", Path);
        return 1;
    }
    return NT_SUCCESS(Status) ? 0 : ShReportStatus(Path, Status);
}
