// A small tree of files in memory.
#include "double.h"

enum { DoubleMaximumFiles = 32 };

static struct {
    PWSTR Path;
    BOOLEAN Directory;
    SH_TEXT Contents;
} Files[DoubleMaximumFiles];
static ULONG FileCount;
static WCHAR Current[512] = L"C:\\";

static ULONG Find(PCWSTR Path)
{
    SH_TEXT Full = {};
    ULONG i = FileCount;
    if (NT_SUCCESS(SysFullPath(Path, &Full)))
        for (i = 0; i < FileCount && _wcsicmp(Files[i].Path, ShString(&Full)) != 0; i++)
            continue;
    ShFreeText(&Full);
    return i;
}

static BOOLEAN Add(PCWSTR Path, BOOLEAN Directory)
{
    SH_TEXT Full = {};
    if (FileCount == DoubleMaximumFiles || !NT_SUCCESS(SysFullPath(Path, &Full)))
        return FALSE;
    Files[FileCount].Path = ShCopy(ShString(&Full), Full.Length);
    Files[FileCount].Directory = Directory;
    ShFreeText(&Full);
    FileCount++;
    return TRUE;
}

VOID DoubleAddFile(PCWSTR Path, PCWSTR Contents)
{
    ULONG i = Find(Path);
    if (i == FileCount && !Add(Path, !Contents))
        abort();
    ShFreeText(&Files[i].Contents);
    if (Contents)
        ShAppendString(&Files[i].Contents, Contents);
}

VOID DoubleRemoveFiles(void)
{
    while (FileCount) {
        SysFree(Files[--FileCount].Path);
        ShFreeText(&Files[FileCount].Contents);
    }
    wcscpy(Current, L"C:\\");
}

PCWSTR DoubleFile(PCWSTR Path)
{
    ULONG i = Find(Path);
    return i < FileCount ? ShString(&Files[i].Contents) : nullptr;
}

PSH_TEXT DoubleOpenFile(PCWSTR Path, BOOLEAN Create, BOOLEAN Empty)
{
    ULONG i = Find(Path);
    if (!*Path || (i == FileCount && (!Create || !Add(Path, FALSE))) || Files[i].Directory)
        return nullptr;
    if (Empty)
        ShTruncate(&Files[i].Contents, 0);
    return &Files[i].Contents;
}

VOID SysCurrentDirectory(PSH_TEXT Path)
{
    ShAppendString(Path, Current);
}

NTSTATUS SysFullPath(PCWSTR Path, PSH_TEXT Full)
{
    if (!*Path)
        return STATUS_OBJECT_NAME_INVALID;
    if (Path[1] != L':')
        ShAppendString(Full, Path[0] == L'\\' ? L"C:" : Current);
    if (Path[1] != L':' && Path[0] != L'\\' && Current[wcslen(Current) - 1] != L'\\')
        ShAppendCharacter(Full, L'\\');
    ShAppendString(Full, Path);
    return STATUS_SUCCESS;
}

NTSTATUS SysQueryFile(PCWSTR Path, PSYS_FILE File)
{
    ULONG i = Find(Path);
    if (i == FileCount)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    *File = (SYS_FILE){
        .Attributes = Files[i].Directory ? FILE_ATTRIBUTE_DIRECTORY : FILE_ATTRIBUTE_ARCHIVE,
        .Size = Files[i].Contents.Length,
    };
    return STATUS_SUCCESS;
}

// The paths of the directory's own entries are its path, a backslash and a name.
static PCWSTR NameIn(PCWSTR Directory, SIZE_T Length, PCWSTR Path)
{
    if (_wcsnicmp(Path, Directory, Length) != 0 || wcschr(Path + Length, L'\\'))
        return nullptr;
    return Path + Length;
}

NTSTATUS SysFindFiles(PCWSTR Path, SYS_FILE_VISITOR *Visit, PVOID Context)
{
    SH_TEXT Full = {};
    NTSTATUS Status = SysFullPath(Path, &Full);
    PCWSTR Slash = NT_SUCCESS(Status) ? wcsrchr(ShString(&Full), L'\\') : nullptr;
    for (ULONG i = 0; Slash && i < FileCount; i++) {
        PCWSTR Name = NameIn(ShString(&Full), (SIZE_T)(Slash + 1 - Full.Buffer), Files[i].Path);
        SYS_FILE File;
        if (!Name || !ShMatches(Slash + 1, Name) || !NT_SUCCESS(SysQueryFile(Files[i].Path, &File)))
            continue;
        File.Name = Name;
        if (!Visit(Context, &File))
            break;
    }
    ShFreeText(&Full);
    return Status;
}

NTSTATUS SysReadFile(PCWSTR Path, PSH_TEXT Contents)
{
    ULONG i = Find(Path);
    if (i == FileCount)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    ShAppendString(Contents, ShString(&Files[i].Contents));
    return STATUS_SUCCESS;
}

ULONG DoubleChangeDirectory(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Shell);
    while (*Tail == L' ')
        Tail++;
    if (!wcsncmp(Tail, L"/d ", 3))
        Tail += 3;
    if (wcslen(Tail) + wcslen(Current) + 2 > RTL_NUMBER_OF(Current))
        return 1;
    SH_TEXT Full = {};
    if (*Tail && NT_SUCCESS(SysFullPath(Tail, &Full)))
        wcscpy(Current, ShString(&Full));
    ShFreeText(&Full);
    return 0;
}
