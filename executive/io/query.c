// What can be asked about files.
#include "ioboot.h"

static ULONG IopAttributes(BOOLEAN Directory)
{
    return FILE_ATTRIBUTE_READONLY | (Directory ? FILE_ATTRIBUTE_DIRECTORY : 0);
}

static ULONG64 IopAllocation(SIZE_T Size)
{
    return ALIGN_UP_BY(Size, PAGE_SIZE); // as files lie in the archive
}

// ---- NtQueryInformationFile

typedef union _IOP_INFORMATION {
    FILE_BASIC_INFORMATION Basic;
    FILE_STANDARD_INFORMATION Standard;
    FILE_INTERNAL_INFORMATION Internal;
    FILE_EA_INFORMATION Ea;
    FILE_POSITION_INFORMATION Position;
    FILE_MODE_INFORMATION Mode;
    FILE_ALIGNMENT_INFORMATION Alignment;
    FILE_NETWORK_OPEN_INFORMATION Network;
    FILE_ATTRIBUTE_TAG_INFORMATION Tag;
} IOP_INFORMATION;

static VOID IopBasic(PFILE_OBJECT File, IOP_INFORMATION *Information)
{
    Information->Basic.FileAttributes = IopAttributes(File->Directory);
}

static VOID IopStandard(PFILE_OBJECT File, IOP_INFORMATION *Information)
{
    Information->Standard = (FILE_STANDARD_INFORMATION){
        .AllocationSize.QuadPart = (LONGLONG)IopAllocation(File->Size),
        .EndOfFile.QuadPart = (LONGLONG)File->Size,
        .NumberOfLinks = 1,
        .Directory = File->Directory,
    };
}

static VOID IopInternal(PFILE_OBJECT File, IOP_INFORMATION *Information)
{
    Information->Internal.IndexNumber.QuadPart = (LONGLONG)(ULONG_PTR)File->Data;
}

static VOID IopNothing(PFILE_OBJECT File, IOP_INFORMATION *Information)
{
    UNREFERENCED_PARAMETER(File);
    UNREFERENCED_PARAMETER(Information);
}

static VOID IopPosition(PFILE_OBJECT File, IOP_INFORMATION *Information)
{
    Information->Position.CurrentByteOffset.QuadPart = (LONGLONG)File->Position;
}

static VOID IopMode(PFILE_OBJECT File, IOP_INFORMATION *Information)
{
    Information->Mode.Mode = File->Synchronous ? FILE_SYNCHRONOUS_IO_NONALERT : 0;
}

static VOID IopNetwork(PFILE_OBJECT File, IOP_INFORMATION *Information)
{
    Information->Network.AllocationSize.QuadPart = (LONGLONG)IopAllocation(File->Size);
    Information->Network.EndOfFile.QuadPart = (LONGLONG)File->Size;
    Information->Network.FileAttributes = IopAttributes(File->Directory);
}

static VOID IopTagInformation(PFILE_OBJECT File, IOP_INFORMATION *Information)
{
    Information->Tag.FileAttributes = IopAttributes(File->Directory);
}

static const struct {
    ULONG Class, Size;
    VOID (*Query)(PFILE_OBJECT File, IOP_INFORMATION *Information);
} IopQueries[] = {
    {FileBasicInformation, sizeof(FILE_BASIC_INFORMATION), IopBasic},
    {FileStandardInformation, sizeof(FILE_STANDARD_INFORMATION), IopStandard},
    {FileInternalInformation, sizeof(FILE_INTERNAL_INFORMATION), IopInternal},
    {FileEaInformation, sizeof(FILE_EA_INFORMATION), IopNothing},
    {FilePositionInformation, sizeof(FILE_POSITION_INFORMATION), IopPosition},
    {FileModeInformation, sizeof(FILE_MODE_INFORMATION), IopMode},
    {FileAlignmentInformation, sizeof(FILE_ALIGNMENT_INFORMATION), IopNothing},
    {FileNetworkOpenInformation, sizeof(FILE_NETWORK_OPEN_INFORMATION), IopNetwork},
    {FileAttributeTagInformation, sizeof(FILE_ATTRIBUTE_TAG_INFORMATION), IopTagInformation},
};

static NTSTATUS IopQueryName(PFILE_OBJECT File, VOID USER *Buffer, ULONG Length, PULONG Used)
{
    constexpr ULONG Head = offsetof(FILE_NAME_INFORMATION, FileName);
    if (Length < Head)
        return STATUS_INFO_LENGTH_MISMATCH;
    ULONG NameLength = File->Path.Length;
    ULONG Part = min(NameLength, Length - Head);
    NTSTATUS Status = MmCopyToUser(Buffer, &NameLength, sizeof(NameLength));
    if (NT_SUCCESS(Status))
        Status = MmCopyToUser((UCHAR USER *)Buffer + Head, File->Path.Buffer, Part);
    *Used = Head + Part;
    if (!NT_SUCCESS(Status))
        return Status;
    return Part < NameLength ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static NTSTATUS IopQueryClass(PFILE_OBJECT File, ULONG Class, VOID USER *Buffer, ULONG Length,
                              PULONG Used)
{
    if (Class == FileNameInformation)
        return IopQueryName(File, Buffer, Length, Used);
    for (ULONG i = 0; i < RTL_NUMBER_OF(IopQueries); i++) {
        if (IopQueries[i].Class != Class)
            continue;
        if (Length < IopQueries[i].Size)
            return STATUS_INFO_LENGTH_MISMATCH;
        IOP_INFORMATION Information = {};
        IopQueries[i].Query(File, &Information);
        *Used = IopQueries[i].Size;
        return MmCopyToUser(Buffer, &Information, IopQueries[i].Size);
    }
    return STATUS_INVALID_INFO_CLASS;
}

NTSTATUS NtQueryInformationFile(HANDLE FileHandle, IO_STATUS_BLOCK USER *IoStatusBlock,
                                VOID USER *Buffer, ULONG Length, FILE_INFORMATION_CLASS Class)
{
    PFILE_OBJECT File;
    ULONG Used = 0;
    NTSTATUS Status = MmProbeForWrite(IoStatusBlock, sizeof(IO_STATUS_BLOCK), 1);
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, 0, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopQueryClass(File, (ULONG)Class, Buffer, Length, &Used);
    Status = IopComplete(File, IoStatusBlock, nullptr, Status, Used);
    ObDereferenceObject(File);
    return Status;
}

// Of a file that cannot be changed only the position can be set.
NTSTATUS NtSetInformationFile(HANDLE FileHandle, IO_STATUS_BLOCK USER *IoStatusBlock,
                              const VOID USER *Buffer, ULONG Length, FILE_INFORMATION_CLASS Class)
{
    PFILE_OBJECT File;
    FILE_POSITION_INFORMATION Position;
    if (Class != FilePositionInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (Length < sizeof(Position))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmProbeForWrite(IoStatusBlock, sizeof(IO_STATUS_BLOCK), 1);
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Position, Buffer, sizeof(Position));
    if (NT_SUCCESS(Status) && Position.CurrentByteOffset.QuadPart < 0)
        Status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, 0, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    File->Position = (ULONG64)Position.CurrentByteOffset.QuadPart;
    Status = IopComplete(File, IoStatusBlock, nullptr, STATUS_SUCCESS, 0);
    ObDereferenceObject(File);
    return Status;
}

// ---- Attributes by name

static NTSTATUS IopOpenForQuery(const OBJECT_ATTRIBUTES USER *ObjectAttributes, PFILE_OBJECT *File)
{
    OB_ATTRIBUTES Attributes;
    HANDLE Handle;
    NTSTATUS Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;
    IOP_OPEN Open = {.Disposition = FILE_OPEN};
    Status = ObOpenObjectByName(&Attributes, IoFileObjectType, UserMode, FILE_READ_ATTRIBUTES,
                                &Open, &Handle);
    ObReleaseAttributes(&Attributes);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopReferenceFile(Handle, 0, File);
    ObCloseHandle(PsGetCurrentProcess(), Handle, KernelMode);
    return Status;
}

static NTSTATUS IopQueryByName(const OBJECT_ATTRIBUTES USER *ObjectAttributes, ULONG Class,
                               VOID USER *Buffer, ULONG Length)
{
    PFILE_OBJECT File;
    ULONG Used;
    NTSTATUS Status = IopOpenForQuery(ObjectAttributes, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopQueryClass(File, Class, Buffer, Length, &Used);
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS NtQueryAttributesFile(const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                               FILE_BASIC_INFORMATION USER *Information)
{
    return IopQueryByName(ObjectAttributes, FileBasicInformation, Information,
                          sizeof(*Information));
}

NTSTATUS NtQueryFullAttributesFile(const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                                   FILE_NETWORK_OPEN_INFORMATION USER *Information)
{
    return IopQueryByName(ObjectAttributes, FileNetworkOpenInformation, Information,
                          sizeof(*Information));
}

// ---- NtQueryVolumeInformationFile

static ULONG IopDeviceType(const FILE_OBJECT *File)
{
    return File->Device->Kind == IopConsoleDevice ? FILE_DEVICE_CONSOLE : FILE_DEVICE_DISK;
}

NTSTATUS NtQueryVolumeInformationFile(HANDLE FileHandle, IO_STATUS_BLOCK USER *IoStatusBlock,
                                      VOID USER *Buffer, ULONG Length, FS_INFORMATION_CLASS Class)
{
    PFILE_OBJECT File;
    FILE_FS_DEVICE_INFORMATION Device;
    if (Class != FileFsDeviceInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (Length < sizeof(Device))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmProbeForWrite(IoStatusBlock, sizeof(IO_STATUS_BLOCK), 1);
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, 0, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Device.DeviceType = IopDeviceType(File);
    Device.Characteristics =
        File->Device->Kind == IopConsoleDevice ? 0 : FILE_READ_ONLY_DEVICE | FILE_DEVICE_IS_MOUNTED;
    Status = MmCopyToUser(Buffer, &Device, sizeof(Device));
    Status = IopComplete(File, IoStatusBlock, nullptr, Status, sizeof(Device));
    ObDereferenceObject(File);
    return Status;
}

// ---- NtQueryDirectoryFile

// The pattern of the first call stays for the following ones.
static NTSTATUS IopStartEnumeration(PFILE_OBJECT File, const UNICODE_STRING USER *FileName)
{
    UNICODE_STRING Pattern = {};
    if (FileName) {
        NTSTATUS Status = MmCaptureUnicodeString(&Pattern, FileName);
        if (!NT_SUCCESS(Status))
            return Status;
        Status = RtlUpcaseUnicodeString(&Pattern, &Pattern, FALSE);
        if (!NT_SUCCESS(Status)) {
            MmFreeCapturedString(&Pattern);
            return Status;
        }
    }
    if (File->Pattern.Buffer)
        ExFreePool(File->Pattern.Buffer);
    File->Pattern = Pattern;
    File->NextEntry = 0;
    File->Enumerating = TRUE;
    return STATUS_SUCCESS;
}

static BOOLEAN IopMatchesOne(WCHAR Pattern, WCHAR Character)
{
    return Pattern == L'?' || Pattern == L'>' || (Pattern == L'"' && Character == L'.') ||
           Pattern == RtlUpcaseUnicodeChar(Character);
}

// `*` and `?`, and the forms of them that Win32 makes of DOS patterns. Only the last star can have to take
// more: no recursion, and no more steps than pattern times name.
static BOOLEAN IopMatches(const WCHAR *Pattern, const WCHAR *PatternEnd, const WCHAR *Name,
                          const WCHAR *NameEnd)
{
    const WCHAR *Star = nullptr, *StarName = nullptr;
    while (Name < NameEnd) {
        if (Pattern < PatternEnd && (*Pattern == L'*' || *Pattern == L'<')) {
            Star = ++Pattern;
            StarName = Name;
        } else if (Pattern < PatternEnd && IopMatchesOne(*Pattern, *Name)) {
            Pattern++;
            Name++;
        } else if (Star) {
            Pattern = Star;
            Name = ++StarName;
        } else {
            return FALSE;
        }
    }
    while (Pattern < PatternEnd && (*Pattern == L'*' || *Pattern == L'<'))
        Pattern++;
    return Pattern == PatternEnd;
}

static BOOLEAN IopIsWanted(PCUNICODE_STRING Pattern, PCUNICODE_STRING Name)
{
    return !Pattern->Length ||
           IopMatches(Pattern->Buffer, Pattern->Buffer + Pattern->Length / sizeof(WCHAR),
                      Name->Buffer, Name->Buffer + Name->Length / sizeof(WCHAR));
}

static NTSTATUS IopNextEntry(PFILE_OBJECT File, PULONG Index, IOP_ENTRY *Entry)
{
    for (;;) {
        NTSTATUS Status = IopNextInVolume(&File->Path, Index, Entry);
        if (!NT_SUCCESS(Status))
            return Status;
        if (IopIsWanted(&File->Pattern, &Entry->Name))
            return STATUS_SUCCESS;
    }
}

// The classes share a beginning; what lies between it and the name is zero here.
typedef struct _IOP_DIRECTORY_CLASS {
    ULONG Class, NameLengthOffset, NameOffset;
} IOP_DIRECTORY_CLASS;

static const IOP_DIRECTORY_CLASS IopDirectoryClasses[] = {
    {FileDirectoryInformation, offsetof(FILE_DIRECTORY_INFORMATION, FileNameLength),
     offsetof(FILE_DIRECTORY_INFORMATION, FileName)},
    {FileFullDirectoryInformation, offsetof(FILE_FULL_DIR_INFORMATION, FileNameLength),
     offsetof(FILE_FULL_DIR_INFORMATION, FileName)},
    {FileBothDirectoryInformation, offsetof(FILE_BOTH_DIR_INFORMATION, FileNameLength),
     offsetof(FILE_BOTH_DIR_INFORMATION, FileName)},
    {FileIdBothDirectoryInformation, offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileNameLength),
     offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileName)},
    {FileIdFullDirectoryInformation, offsetof(FILE_ID_FULL_DIR_INFORMATION, FileNameLength),
     offsetof(FILE_ID_FULL_DIR_INFORMATION, FileName)},
};

static NTSTATUS IopWriteEntry(const IOP_DIRECTORY_CLASS *Class, const IOP_ENTRY *Entry,
                              ULONG_PTR Target)
{
    UCHAR Head[sizeof(FILE_ID_BOTH_DIR_INFORMATION)] = {};
    PFILE_DIRECTORY_INFORMATION Common = (PFILE_DIRECTORY_INFORMATION)Head;
    Common->EndOfFile.QuadPart = (LONGLONG)Entry->Size;
    Common->AllocationSize.QuadPart = (LONGLONG)IopAllocation(Entry->Size);
    Common->FileAttributes = IopAttributes(Entry->Directory);
    ULONG NameLength = Entry->Name.Length;
    memcpy(Head + Class->NameLengthOffset, &NameLength, sizeof(NameLength));
    NTSTATUS Status = MmCopyToUser((VOID USER *)Target, Head, Class->NameOffset);
    if (NT_SUCCESS(Status))
        Status =
            MmCopyToUser((VOID USER *)(Target + Class->NameOffset), Entry->Name.Buffer, NameLength);
    return Status;
}

static NTSTATUS IopListDirectory(PFILE_OBJECT File, const IOP_DIRECTORY_CLASS *Class,
                                 ULONG_PTR Buffer, ULONG Length, BOOLEAN Single, PULONG Used)
{
    ULONG Last = MAXULONG;
    for (;;) {
        IOP_ENTRY Entry;
        ULONG Index = File->NextEntry;
        NTSTATUS Status = IopNextEntry(File, &Index, &Entry);
        if (!NT_SUCCESS(Status))
            return *Used ? STATUS_SUCCESS : Status;
        ULONG Offset = Last == MAXULONG ? 0 : (ULONG)ALIGN_UP_BY(*Used, sizeof(LONGLONG));
        ULONG Size = Class->NameOffset + Entry.Name.Length;
        if (Offset > Length || Size > Length - Offset)
            return *Used ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
        Status = IopWriteEntry(Class, &Entry, Buffer + Offset);
        if (NT_SUCCESS(Status) && Last != MAXULONG)
            Status = MmWriteUser((ULONG USER *)(Buffer + Last), Offset - Last);
        if (!NT_SUCCESS(Status))
            return Status;
        File->NextEntry = Index;
        Last = Offset;
        *Used = Offset + Size;
        if (Single)
            return STATUS_SUCCESS;
    }
}

NTSTATUS NtQueryDirectoryFile(HANDLE FileHandle, HANDLE Event, PVOID ApcRoutine, PVOID ApcContext,
                              IO_STATUS_BLOCK USER *IoStatusBlock, VOID USER *Buffer, ULONG Length,
                              FILE_INFORMATION_CLASS InformationClass, BOOLEAN ReturnSingleEntry,
                              const UNICODE_STRING USER *FileName, BOOLEAN RestartScan)
{
    UNREFERENCED_PARAMETER(ApcContext);
    const IOP_DIRECTORY_CLASS *Class = nullptr;
    for (ULONG i = 0; i < RTL_NUMBER_OF(IopDirectoryClasses); i++) {
        if (IopDirectoryClasses[i].Class == (ULONG)InformationClass)
            Class = &IopDirectoryClasses[i];
    }
    if (!Class)
        return STATUS_INVALID_INFO_CLASS;
    if (ApcRoutine)
        return STATUS_NOT_SUPPORTED;
    PFILE_OBJECT File;
    ULONG Used = 0;
    NTSTATUS Status = MmProbeForWrite(IoStatusBlock, sizeof(IO_STATUS_BLOCK), 1);
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, FILE_LIST_DIRECTORY, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN First = !File->Enumerating;
    if (!File->Directory)
        Status = STATUS_INVALID_PARAMETER;
    else if (First || RestartScan)
        Status = IopStartEnumeration(File, FileName);
    if (NT_SUCCESS(Status))
        Status = IopListDirectory(File, Class, (ULONG_PTR)Buffer, Length, ReturnSingleEntry, &Used);
    if (Status == STATUS_NO_MORE_FILES && First)
        Status = STATUS_NO_SUCH_FILE;
    Status = IopComplete(File, IoStatusBlock, Event, Status, Used);
    ObDereferenceObject(File);
    return Status;
}
