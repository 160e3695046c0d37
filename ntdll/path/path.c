// DOS paths: kinds of paths, full paths, NT names, the current directory, search along a path list.
// Source: "Naming Files, Paths, and Namespaces" (Windows documentation).

#include "../ntdllp.h"

enum { PathMaximum = 32767 };

static BOOLEAN PathpIsSlash(WCHAR Character)
{
    return Character == L'\\' || Character == L'/';
}

RTL_PATH_TYPE NTAPI RtlDetermineDosPathNameType_U(PCWSTR DosFileName)
{
    if (PathpIsSlash(DosFileName[0])) {
        if (!PathpIsSlash(DosFileName[1]))
            return RtlPathTypeRooted;
        if (DosFileName[2] != L'.' && DosFileName[2] != L'?')
            return RtlPathTypeUncAbsolute;
        if (PathpIsSlash(DosFileName[3]))
            return RtlPathTypeLocalDevice;
        return DosFileName[3] ? RtlPathTypeUncAbsolute : RtlPathTypeRootLocalDevice;
    }
    if (!DosFileName[0] || DosFileName[1] != L':')
        return RtlPathTypeRelative;
    return PathpIsSlash(DosFileName[2]) ? RtlPathTypeDriveAbsolute : RtlPathTypeDriveRelative;
}

// ---- Devices that every directory seems to hold: CON, NUL, COM1 ...

static BOOLEAN PathpIsDeviceWord(PCWSTR Name, ULONG Length)
{
    static const WCHAR Words[][4] = {L"CON", L"PRN", L"AUX", L"NUL"};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Words); i++) {
        if (Length == 3 && !_wcsnicmp(Name, Words[i], 3))
            return TRUE;
    }
    return Length == 4 && Name[3] >= L'1' && Name[3] <= L'9' &&
           (!_wcsnicmp(Name, L"COM", 3) || !_wcsnicmp(Name, L"LPT", 3));
}

// Offset (high word) and length (low word) in bytes of a device name in the path, or 0.
ULONG NTAPI RtlIsDosDeviceName_U(PCWSTR DosFileName)
{
    RTL_PATH_TYPE Type = RtlDetermineDosPathNameType_U(DosFileName);
    if (Type == RtlPathTypeUncAbsolute || Type == RtlPathTypeLocalDevice ||
        Type == RtlPathTypeRootLocalDevice)
        return 0;
    ULONG Start = 0, End = 0;
    for (; DosFileName[End]; End++) {
        if (PathpIsSlash(DosFileName[End]) || (DosFileName[End] == L':' && End == 1))
            Start = End + 1;
    }
    // Everything from the first dot or colon, and spaces before it, does not count.
    ULONG Length = 0;
    while (Start + Length < End && DosFileName[Start + Length] != L'.' &&
           DosFileName[Start + Length] != L':')
        Length++;
    while (Length && DosFileName[Start + Length - 1] == L' ')
        Length--;
    if (!PathpIsDeviceWord(DosFileName + Start, Length))
        return 0;
    return (Start * (ULONG)sizeof(WCHAR)) << 16 | Length * (ULONG)sizeof(WCHAR);
}

// ---- Full paths

typedef struct _PATHP_BUFFER {
    PWSTR Text;
    ULONG Length; // characters
    ULONG Root;   // of these, what ".." cannot remove
} PATHP_BUFFER, *PPATHP_BUFFER;

static BOOLEAN PathpAppend(PPATHP_BUFFER Path, PCWSTR Text, ULONG Length)
{
    if (Path->Length + Length >= PathMaximum)
        return FALSE;
    memcpy(Path->Text + Path->Length, Text, Length * sizeof(WCHAR));
    Path->Length += Length;
    return TRUE;
}

static VOID PathpRemoveLast(PPATHP_BUFFER Path)
{
    while (Path->Length > Path->Root && Path->Text[Path->Length - 1] != L'\\')
        Path->Length--;
    if (Path->Length > Path->Root)
        Path->Length--;
}

// Add the components of Text, resolving "." and "..", and dropping the dots and spaces that Windows drops
// at the end of each.
static BOOLEAN PathpAppendComponents(PPATHP_BUFFER Path, PCWSTR Text)
{
    BOOLEAN Trailing = FALSE;
    while (*Text) {
        while (PathpIsSlash(*Text))
            Text++;
        ULONG Length = 0;
        while (Text[Length] && !PathpIsSlash(Text[Length]))
            Length++;
        Trailing = Text[Length] != 0;
        ULONG Kept = Length;
        BOOLEAN IsLast = !Text[Length];
        while (Kept && (Text[Kept - 1] == L'.' || (IsLast && Text[Kept - 1] == L' ')))
            Kept--;
        if (Length == 2 && Text[0] == L'.' && Text[1] == L'.') {
            PathpRemoveLast(Path);
        } else if (Kept) {
            if (Path->Length && Path->Text[Path->Length - 1] != L'\\' &&
                !PathpAppend(Path, L"\\", 1))
                return FALSE;
            if (!PathpAppend(Path, Text, Kept))
                return FALSE;
        }
        Text += Length;
    }
    if (Trailing && Path->Length && Path->Text[Path->Length - 1] != L'\\')
        return PathpAppend(Path, L"\\", 1);
    return TRUE;
}

static BOOLEAN PathpStartWithDrive(PPATHP_BUFFER Path, WCHAR Drive)
{
    const WCHAR Root[] = {Drive, L':', L'\\'};
    Path->Length = 0;
    Path->Root = 3;
    return PathpAppend(Path, Root, 3);
}

// The current directory of the process, or of another drive (variable "=X:").
static BOOLEAN PathpStartWithDirectory(PPATHP_BUFFER Path, WCHAR Drive)
{
    PCUNICODE_STRING Current = &NtCurrentPeb()->ProcessParameters->CurrentDirectory.DosPath;
    WCHAR Start = Current->Length ? Current->Buffer[0] : L'C';
    if (!Drive || RtlUpcaseUnicodeChar(Drive) == RtlUpcaseUnicodeChar(Start)) {
        if (!PathpStartWithDrive(Path, Start) || Current->Length <= 3 * sizeof(WCHAR))
            return TRUE;
        return PathpAppend(Path, Current->Buffer + 3, Current->Length / sizeof(WCHAR) - 3);
    }
    WCHAR NameBuffer[] = {L'=', Drive, L':'}, Value[MAX_PATH];
    UNICODE_STRING Name = {sizeof(NameBuffer), sizeof(NameBuffer), NameBuffer};
    UNICODE_STRING Directory = {.MaximumLength = sizeof(Value), .Buffer = Value};
    if (!PathpStartWithDrive(Path, Drive))
        return FALSE;
    if (NT_SUCCESS(RtlQueryEnvironmentVariable_U(nullptr, &Name, &Directory)) &&
        Directory.Length > 3 * sizeof(WCHAR))
        return PathpAppend(Path, Value + 3, Directory.Length / sizeof(WCHAR) - 3);
    return TRUE;
}

// "\\server\share" is the root of a UNC path.
static BOOLEAN PathpStartWithShare(PPATHP_BUFFER Path, PCWSTR *Text)
{
    Path->Length = 0;
    if (!PathpAppend(Path, L"\\\\", 2))
        return FALSE;
    *Text += 2;
    for (ULONG i = 0; i < 2 && **Text; i++) {
        ULONG Length = 0;
        while ((*Text)[Length] && !PathpIsSlash((*Text)[Length]))
            Length++;
        if ((i && !PathpAppend(Path, L"\\", 1)) || !PathpAppend(Path, *Text, Length))
            return FALSE;
        *Text += Length;
        while (PathpIsSlash(**Text))
            ++*Text;
    }
    Path->Root = Path->Length;
    return TRUE;
}

static BOOLEAN PathpBuildFull(PPATHP_BUFFER Path, PCWSTR Text)
{
    ULONG Device = RtlIsDosDeviceName_U(Text);
    if (Device) {
        Path->Length = Path->Root = 0;
        return PathpAppend(Path, L"\\\\.\\", 4) &&
               PathpAppend(Path, Text + (Device >> 16) / sizeof(WCHAR),
                           (Device & 0xFFFF) / (ULONG)sizeof(WCHAR));
    }
    switch (RtlDetermineDosPathNameType_U(Text)) {
    case RtlPathTypeUncAbsolute:
        return PathpStartWithShare(Path, &Text) && PathpAppendComponents(Path, Text);
    case RtlPathTypeLocalDevice:
    case RtlPathTypeRootLocalDevice: {
        const WCHAR Prefix[] = {L'\\', L'\\', Text[2], L'\\'};
        Path->Length = 0;
        Path->Root = 4;
        return PathpAppend(Path, Prefix, 4) &&
               PathpAppendComponents(Path, Text[3] ? Text + 4 : Text + 3);
    }
    case RtlPathTypeDriveAbsolute:
        return PathpStartWithDrive(Path, Text[0]) && PathpAppendComponents(Path, Text + 3);
    case RtlPathTypeDriveRelative:
        return PathpStartWithDirectory(Path, Text[0]) && PathpAppendComponents(Path, Text + 2);
    case RtlPathTypeRooted:
        return PathpStartWithDirectory(Path, 0) &&
               PathpStartWithDrive(Path, Path->Text[0]) && PathpAppendComponents(Path, Text + 1);
    default:
        return PathpStartWithDirectory(Path, 0) && PathpAppendComponents(Path, Text);
    }
}

// A full path in a buffer of its own, which the caller frees.
static NTSTATUS PathpFullPath(PCWSTR Name, PPATHP_BUFFER Path)
{
    if (!Name[0])
        return STATUS_OBJECT_NAME_INVALID;
    Path->Text = RtlAllocateHeap(RtlProcessHeap(), 0, (PathMaximum + 1) * sizeof(WCHAR));
    if (!Path->Text)
        return STATUS_NO_MEMORY;
    RtlAcquirePebLock();
    BOOLEAN Fits = PathpBuildFull(Path, Name);
    RtlReleasePebLock();
    if (!Fits) {
        RtlFreeHeap(RtlProcessHeap(), 0, Path->Text);
        return STATUS_NAME_TOO_LONG;
    }
    Path->Text[Path->Length] = 0;
    return STATUS_SUCCESS;
}

static PWSTR PathpFilePart(PWSTR Path)
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

// ---- NT names

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
