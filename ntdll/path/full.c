// Full paths: a name made absolute and normalised. Source: "File path formats on Windows systems"
// (Windows documentation), "Path normalization".

#include "pathp.h"

enum { PathMaximum = 32767 };

static BOOLEAN PathpAppend(PPATHP_BUFFER Path, PCWSTR Text, ULONG Length)
{
    if (Path->Length + Length >= Path->Capacity)
        return FALSE;
    memcpy(Path->Text + Path->Length, Text, Length * sizeof(WCHAR));
    Path->Length += Length;
    return TRUE;
}

static BOOLEAN PathpAppendSlash(PPATHP_BUFFER Path)
{
    if (Path->Length && Path->Text[Path->Length - 1] == L'\\')
        return TRUE;
    return PathpAppend(Path, L"\\", 1);
}

static VOID PathpRemoveLast(PPATHP_BUFFER Path)
{
    // The current directory ends in a backslash.
    if (Path->Length > Path->Root && Path->Text[Path->Length - 1] == L'\\')
        Path->Length--;
    while (Path->Length > Path->Root && Path->Text[Path->Length - 1] != L'\\')
        Path->Length--;
    if (Path->Length > Path->Root)
        Path->Length--;
}

// A component that ends in a single dot loses it; the last one loses all dots and spaces at its end.
static ULONG PathpKept(PCWSTR Component, ULONG Length, BOOLEAN IsLast)
{
    if (!IsLast)
        return Component[Length - 1] == L'.' && (Length == 1 || Component[Length - 2] != L'.')
                   ? Length - 1
                   : Length;
    while (Length && (Component[Length - 1] == L'.' || Component[Length - 1] == L' '))
        Length--;
    return Length;
}

static BOOLEAN PathpAppendComponent(PPATHP_BUFFER Path, PCWSTR Component, ULONG Length,
                                    BOOLEAN IsLast)
{
    if (Length == 2 && Component[0] == L'.' && Component[1] == L'.') {
        PathpRemoveLast(Path);
        return TRUE;
    }
    ULONG Kept = PathpKept(Component, Length, IsLast);
    if (!Kept)
        return TRUE;
    return PathpAppendSlash(Path) && PathpAppend(Path, Component, Kept);
}

// A backslash at the end of the text stays one.
static BOOLEAN PathpAppendComponents(PPATHP_BUFFER Path, PCWSTR Text)
{
    BOOLEAN Slash = FALSE;
    while (*Text) {
        Slash = PathpIsSlash(*Text);
        if (Slash) {
            Text++;
            continue;
        }
        ULONG Length = 1;
        while (Text[Length] && !PathpIsSlash(Text[Length]))
            Length++;
        if (!PathpAppendComponent(Path, Text, Length, !Text[Length]))
            return FALSE;
        Text += Length;
    }
    return !Slash || PathpAppendSlash(Path);
}

static BOOLEAN PathpStartWithDrive(PPATHP_BUFFER Path, WCHAR Drive)
{
    const WCHAR Root[] = {Drive, L':', L'\\'};
    Path->Length = 0;
    Path->Root = RTL_NUMBER_OF(Root);
    return PathpAppend(Path, Root, RTL_NUMBER_OF(Root));
}

// "\\server\share" is the root of a UNC path. Text is moved behind it.
static BOOLEAN PathpStartWithShare(PPATHP_BUFFER Path, PCWSTR *Text)
{
    Path->Length = 0;
    if (!PathpAppend(Path, L"\\\\", 2))
        return FALSE;
    *Text += 2;
    for (ULONG Part = 0; Part < 2 && **Text; Part++) {
        while (Part && PathpIsSlash(**Text))
            ++*Text;
        ULONG Length = 0;
        while ((*Text)[Length] && !PathpIsSlash((*Text)[Length]))
            Length++;
        if ((Part && !PathpAppend(Path, L"\\", 1)) || !PathpAppend(Path, *Text, Length))
            return FALSE;
        *Text += Length;
    }
    Path->Root = Path->Length;
    return TRUE;
}

// The current directory, or only its root.
static BOOLEAN PathpStartWithCurrent(PPATHP_BUFFER Path, BOOLEAN RootOnly)
{
    PCUNICODE_STRING Current = &NtCurrentPeb()->ProcessParameters->CurrentDirectory.DosPath;
    PCWSTR Rest = L"";
    if (Current->Length < 3 * sizeof(WCHAR)) {
        if (!PathpStartWithDrive(Path, L'C'))
            return FALSE;
    } else if (PathpIsSlash(Current->Buffer[0])) {
        Rest = Current->Buffer;
        if (!PathpStartWithShare(Path, &Rest))
            return FALSE;
    } else {
        Rest = Current->Buffer + 3;
        if (!PathpStartWithDrive(Path, Current->Buffer[0]))
            return FALSE;
    }
    return RootOnly || PathpAppendComponents(Path, Rest);
}

// The current directory of a drive: the process's, or what the variable "=X:" says.
static BOOLEAN PathpStartWithDriveDirectory(PPATHP_BUFFER Path, WCHAR Drive)
{
    PCUNICODE_STRING Current = &NtCurrentPeb()->ProcessParameters->CurrentDirectory.DosPath;
    if (Current->Length >= 2 * sizeof(WCHAR) && Current->Buffer[1] == L':' &&
        RtlUpcaseUnicodeChar(Drive) == RtlUpcaseUnicodeChar(Current->Buffer[0]))
        return PathpStartWithCurrent(Path, FALSE);

    WCHAR NameBuffer[] = {L'=', Drive, L':'}, Value[MAX_PATH];
    UNICODE_STRING Name = {sizeof(NameBuffer), sizeof(NameBuffer), NameBuffer};
    UNICODE_STRING Directory = {.MaximumLength = sizeof(Value) - sizeof(WCHAR), .Buffer = Value};
    if (!PathpStartWithDrive(Path, Drive))
        return FALSE;
    if (!NT_SUCCESS(RtlQueryEnvironmentVariable_U(nullptr, &Name, &Directory)))
        return TRUE;
    Value[Directory.Length / sizeof(WCHAR)] = 0;
    return Directory.Length <= 3 * sizeof(WCHAR) || PathpAppendComponents(Path, Value + 3);
}

static BOOLEAN PathpBuildDevice(PPATHP_BUFFER Path, PCWSTR Text, ULONG Device)
{
    return PathpAppend(Path, L"\\\\.\\", 4) &&
           PathpAppend(Path, Text + (Device >> 16) / sizeof(WCHAR),
                       (Device & 0xFFFF) / (ULONG)sizeof(WCHAR));
}

static BOOLEAN PathpBuildLocalDevice(PPATHP_BUFFER Path, PCWSTR Text)
{
    const WCHAR Prefix[] = {L'\\', L'\\', Text[2], L'\\'};
    Path->Root = RTL_NUMBER_OF(Prefix);
    return PathpAppend(Path, Prefix, RTL_NUMBER_OF(Prefix)) &&
           PathpAppendComponents(Path, Text[3] ? Text + 4 : Text + 3);
}

static BOOLEAN PathpBuildFull(PPATHP_BUFFER Path, PCWSTR Text)
{
    ULONG Device = RtlIsDosDeviceName_U(Text);
    if (Device)
        return PathpBuildDevice(Path, Text, Device);
    switch (RtlDetermineDosPathNameType_U(Text)) {
    case RtlPathTypeUncAbsolute:
        return PathpStartWithShare(Path, &Text) && PathpAppendComponents(Path, Text);
    case RtlPathTypeLocalDevice:
    case RtlPathTypeRootLocalDevice:
        return PathpBuildLocalDevice(Path, Text);
    case RtlPathTypeDriveAbsolute:
        return PathpStartWithDrive(Path, Text[0]) && PathpAppendComponents(Path, Text + 3);
    case RtlPathTypeDriveRelative:
        return PathpStartWithDriveDirectory(Path, Text[0]) && PathpAppendComponents(Path, Text + 2);
    case RtlPathTypeRooted:
        return PathpStartWithCurrent(Path, TRUE) && PathpAppendComponents(Path, Text);
    default:
        return PathpStartWithCurrent(Path, FALSE) && PathpAppendComponents(Path, Text);
    }
}

NTSTATUS PathpFullPath(PCWSTR Name, PPATHP_BUFFER Path)
{
    if (!Name[0])
        return STATUS_OBJECT_NAME_INVALID;
    RtlAcquirePebLock();
    // Whatever the name is relative to: the current directory, or that of a drive.
    SIZE_T Capacity =
        wcslen(Name) + MAX_PATH +
        NtCurrentPeb()->ProcessParameters->CurrentDirectory.DosPath.Length / sizeof(WCHAR);
    if (Capacity > PathMaximum)
        Capacity = PathMaximum;
    *Path = (PATHP_BUFFER){
        .Text = RtlAllocateHeap(RtlProcessHeap(), 0, (Capacity + 1) * sizeof(WCHAR)),
        .Capacity = (ULONG)Capacity,
    };
    NTSTATUS Status = Path->Text ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    if (NT_SUCCESS(Status) && !PathpBuildFull(Path, Name))
        Status = STATUS_NAME_TOO_LONG;
    RtlReleasePebLock();
    if (NT_SUCCESS(Status))
        Path->Text[Path->Length] = 0;
    else
        RtlFreeHeap(RtlProcessHeap(), 0, Path->Text);
    return Status;
}

PWSTR PathpFilePart(PWSTR Path)
{
    PWSTR Part = wcsrchr(Path, L'\\');
    return Part && Part[1] ? Part + 1 : nullptr;
}

// Bytes of the full path without the final zero; when the buffer is too small, the bytes needed with it.
// 0: the name is not valid.
ULONG NTAPI RtlGetFullPathName_U(PCWSTR FileName, ULONG BufferLength, PWSTR Buffer, PWSTR *FilePart)
{
    PATHP_BUFFER Path;
    if (FilePart)
        *FilePart = nullptr;
    if (!NT_SUCCESS(PathpFullPath(FileName, &Path)))
        return 0;
    ULONG Bytes = Path.Length * (ULONG)sizeof(WCHAR);
    if (Bytes + sizeof(WCHAR) <= BufferLength) {
        memcpy(Buffer, Path.Text, Bytes + sizeof(WCHAR));
        if (FilePart)
            *FilePart = PathpFilePart(Buffer);
    } else {
        Bytes += sizeof(WCHAR);
    }
    RtlFreeHeap(RtlProcessHeap(), 0, Path.Text);
    return Bytes;
}
