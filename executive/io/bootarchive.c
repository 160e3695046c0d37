// The boot archive as a volume with one directory, \Windows. Directories are not in the archive: they
// are what its files' names share.
#include "bootvolume.h"

static const UNICODE_STRING IopWindows = RTL_CONSTANT_STRING(L"\\Windows");

static UNICODE_STRING IopTail(PCUNICODE_STRING String, ULONG Start)
{
    USHORT Length = String->Length - (USHORT)Start;
    return (UNICODE_STRING){Length, Length, String->Buffer + Start / sizeof(WCHAR)};
}

// Is Path Prefix itself, or does it go on below it?
static BOOLEAN IopIsBelow(PCUNICODE_STRING Prefix, PCUNICODE_STRING Path)
{
    return RtlPrefixUnicodeString(Prefix, Path, TRUE) &&
           (Path->Length == Prefix->Length ||
            Path->Buffer[Prefix->Length / sizeof(WCHAR)] == L'\\');
}

// The part of a path below \Windows, without the separator.
static UNICODE_STRING IopArchiveName(PCUNICODE_STRING Path)
{
    if (Path->Length <= IopWindows.Length + sizeof(WCHAR))
        return (UNICODE_STRING){};
    return IopTail(Path, IopWindows.Length + sizeof(WCHAR));
}

static BOOLEAN IopIsArchiveDirectory(PCUNICODE_STRING Name)
{
    UNICODE_STRING File;
    const VOID *Data;
    SIZE_T Size;
    for (ULONG i = 0; NT_SUCCESS(LdrQueryBootFile(i, &File, &Data, &Size)); i++) {
        if (File.Length > Name->Length && IopIsBelow(Name, &File))
            return TRUE;
    }
    return FALSE;
}

static BOOLEAN IopIsInRoot(PCUNICODE_STRING Path)
{
    for (ULONG i = 1; i < Path->Length / sizeof(WCHAR); i++) {
        if (Path->Buffer[i] == L'\\')
            return FALSE;
    }
    return TRUE;
}

NTSTATUS IopFindInVolume(PCUNICODE_STRING Path, PBOOLEAN Directory, const VOID **Data, PSIZE_T Size)
{
    *Directory = TRUE;
    *Data = nullptr;
    *Size = 0;
    if (Path->Length == 0 || RtlEqualUnicodeString(Path, &IopWindows, TRUE))
        return STATUS_SUCCESS;
    if (!IopIsBelow(&IopWindows, Path))
        return IopIsInRoot(Path) ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_OBJECT_PATH_NOT_FOUND;
    UNICODE_STRING Name = IopArchiveName(Path);
    if (NT_SUCCESS(LdrFindBootFile(&Name, Data, Size))) {
        *Directory = FALSE;
        return STATUS_SUCCESS;
    }
    if (IopIsArchiveDirectory(&Name))
        return STATUS_SUCCESS;
    // Is it the last component that is missing, or one before it?
    while (Name.Length && Name.Buffer[Name.Length / sizeof(WCHAR) - 1] != L'\\')
        Name.Length -= sizeof(WCHAR);
    if (Name.Length == 0)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    Name.Length -= sizeof(WCHAR);
    return IopIsArchiveDirectory(&Name) ? STATUS_OBJECT_NAME_NOT_FOUND
                                        : STATUS_OBJECT_PATH_NOT_FOUND;
}

// The first component of a name, and whether it goes on behind it.
static UNICODE_STRING IopFirstComponent(PCUNICODE_STRING Name, PBOOLEAN More)
{
    UNICODE_STRING First = *Name;
    First.Length = 0;
    while (First.Length < Name->Length && First.Buffer[First.Length / sizeof(WCHAR)] != L'\\')
        First.Length += sizeof(WCHAR);
    *More = First.Length < Name->Length;
    return First;
}

// Files are sorted, so a directory's entries with the same first component follow one another.
static BOOLEAN IopIsRepeated(PCUNICODE_STRING Directory, ULONG Index, PCUNICODE_STRING Component)
{
    UNICODE_STRING File;
    const VOID *Data;
    SIZE_T Size;
    BOOLEAN More;
    if (Index == 0 || !NT_SUCCESS(LdrQueryBootFile(Index - 1, &File, &Data, &Size)))
        return FALSE;
    if (Directory->Length && (File.Length <= Directory->Length || !IopIsBelow(Directory, &File)))
        return FALSE;
    UNICODE_STRING Rest =
        Directory->Length ? IopTail(&File, Directory->Length + sizeof(WCHAR)) : File;
    UNICODE_STRING First = IopFirstComponent(&Rest, &More);
    return RtlEqualUnicodeString(&First, Component, TRUE);
}

NTSTATUS IopNextInVolume(PCUNICODE_STRING Directory, PULONG Index, IOP_ENTRY *Entry)
{
    if (Directory->Length == 0) { // the root
        if ((*Index)++)
            return STATUS_NO_MORE_FILES;
        *Entry = (IOP_ENTRY){.Name = IopTail(&IopWindows, sizeof(WCHAR)), .Directory = TRUE};
        return STATUS_SUCCESS;
    }
    UNICODE_STRING Name = IopArchiveName(Directory);
    UNICODE_STRING File;
    const VOID *Data;
    SIZE_T Size;
    while (NT_SUCCESS(LdrQueryBootFile(*Index, &File, &Data, &Size))) {
        ULONG Current = (*Index)++;
        BOOLEAN More;
        if (Name.Length && (File.Length <= Name.Length || !IopIsBelow(&Name, &File)))
            continue;
        UNICODE_STRING Rest = Name.Length ? IopTail(&File, Name.Length + sizeof(WCHAR)) : File;
        UNICODE_STRING First = IopFirstComponent(&Rest, &More);
        if (IopIsRepeated(&Name, Current, &First))
            continue;
        *Entry = (IOP_ENTRY){.Name = First, .Directory = More, .Size = More ? 0 : Size};
        return STATUS_SUCCESS;
    }
    return STATUS_NO_MORE_FILES;
}
