// What can be asked about the files of the boot volume, and about itself.
#include "bootvolume.h"

ULONG IopBootAttributes(BOOLEAN Directory)
{
    return FILE_ATTRIBUTE_READONLY | (Directory ? FILE_ATTRIBUTE_DIRECTORY : 0);
}

ULONG64 IopBootAllocation(SIZE_T Size)
{
    return ALIGN_UP_BY(Size, PAGE_SIZE); // as files lie in the archive
}

// ---- Files

typedef union _IOP_BOOT_ANSWER {
    FILE_BASIC_INFORMATION Basic;
    FILE_STANDARD_INFORMATION Standard;
    FILE_INTERNAL_INFORMATION Internal;
    FILE_EA_INFORMATION Ea;
    FILE_NETWORK_OPEN_INFORMATION Network;
    FILE_ATTRIBUTE_TAG_INFORMATION Tag;
} IOP_BOOT_ANSWER;

static VOID IopBootBasic(const IOP_BOOT_NODE *Node, IOP_BOOT_ANSWER *Answer)
{
    Answer->Basic.FileAttributes = IopBootAttributes(Node->Directory);
}

static VOID IopBootStandard(const IOP_BOOT_NODE *Node, IOP_BOOT_ANSWER *Answer)
{
    Answer->Standard = (FILE_STANDARD_INFORMATION){
        .AllocationSize.QuadPart = (LONGLONG)IopBootAllocation(Node->Size),
        .EndOfFile.QuadPart = (LONGLONG)Node->Size,
        .NumberOfLinks = 1,
        .Directory = Node->Directory,
    };
}

static VOID IopBootInternal(const IOP_BOOT_NODE *Node, IOP_BOOT_ANSWER *Answer)
{
    Answer->Internal.IndexNumber.QuadPart = (LONGLONG)(ULONG_PTR)Node->Data;
}

static VOID IopBootEa(const IOP_BOOT_NODE *Node, IOP_BOOT_ANSWER *Answer)
{
    UNREFERENCED_PARAMETER(Node);
    Answer->Ea.EaSize = 0;
}

static VOID IopBootNetwork(const IOP_BOOT_NODE *Node, IOP_BOOT_ANSWER *Answer)
{
    Answer->Network.AllocationSize.QuadPart = (LONGLONG)IopBootAllocation(Node->Size);
    Answer->Network.EndOfFile.QuadPart = (LONGLONG)Node->Size;
    Answer->Network.FileAttributes = IopBootAttributes(Node->Directory);
}

static VOID IopBootTagInformation(const IOP_BOOT_NODE *Node, IOP_BOOT_ANSWER *Answer)
{
    Answer->Tag.FileAttributes = IopBootAttributes(Node->Directory);
}

static const struct {
    ULONG Class, Size;
    VOID (*Query)(const IOP_BOOT_NODE *Node, IOP_BOOT_ANSWER *Answer);
} IopBootQueries[] = {
    {FileBasicInformation, sizeof(FILE_BASIC_INFORMATION), IopBootBasic},
    {FileStandardInformation, sizeof(FILE_STANDARD_INFORMATION), IopBootStandard},
    {FileInternalInformation, sizeof(FILE_INTERNAL_INFORMATION), IopBootInternal},
    {FileEaInformation, sizeof(FILE_EA_INFORMATION), IopBootEa},
    {FileNetworkOpenInformation, sizeof(FILE_NETWORK_OPEN_INFORMATION), IopBootNetwork},
    {FileAttributeTagInformation, sizeof(FILE_ATTRIBUTE_TAG_INFORMATION), IopBootTagInformation},
};

// The name, behind Head bytes of other information.
static NTSTATUS IopBootName(PIO_REQUEST Request, const IOP_BOOT_NODE *Node, ULONG Head)
{
    static const UNICODE_STRING Root = RTL_CONSTANT_STRING(L"\\");
    constexpr ULONG Before = offsetof(FILE_NAME_INFORMATION, FileName);
    const UNICODE_STRING *Path = Node->Path.Length ? &Node->Path : &Root;
    ULONG NameLength = Path->Length;
    ULONG Part = min(NameLength, Request->OutputLength - Head - Before);
    Request->IoStatus.Information = Head + Before + Part;
    NTSTATUS Status = IopCopyToRequest(Request, Head, &NameLength, sizeof(NameLength));
    if (NT_SUCCESS(Status))
        Status = IopCopyToRequest(Request, Head + Before, Path->Buffer, Part);
    if (!NT_SUCCESS(Status))
        return Status;
    return Part < NameLength ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static NTSTATUS IopBootAll(PIO_REQUEST Request, const IOP_BOOT_NODE *Node)
{
    FILE_ALL_INFORMATION All = {};
    constexpr ULONG Head = offsetof(FILE_ALL_INFORMATION, NameInformation);
    IopBootBasic(Node, (IOP_BOOT_ANSWER *)&All.BasicInformation);
    IopBootInternal(Node, (IOP_BOOT_ANSWER *)&All.InternalInformation);
    All.StandardInformation = (FILE_STANDARD_INFORMATION){
        .AllocationSize.QuadPart = (LONGLONG)IopBootAllocation(Node->Size),
        .EndOfFile.QuadPart = (LONGLONG)Node->Size,
        .NumberOfLinks = 1,
        .Directory = Node->Directory,
    };
    NTSTATUS Status = IopCopyToRequest(Request, 0, &All, Head);
    return NT_SUCCESS(Status) ? IopBootName(Request, Node, Head) : Status;
}

NTSTATUS IopBootQuery(PIO_REQUEST Request)
{
    PIOP_BOOT_NODE Node = ((PIOP_BOOT_FILE)Request->File->FsContext)->Node;
    ULONG Class = (ULONG)Request->Parameters[1];
    if (Class == FileNameInformation)
        return IopBootName(Request, Node, 0);
    if (Class == FileAllInformation)
        return IopBootAll(Request, Node);
    for (ULONG i = 0; i < RTL_NUMBER_OF(IopBootQueries); i++) {
        if (IopBootQueries[i].Class != Class)
            continue;
        IOP_BOOT_ANSWER Answer = {};
        IopBootQueries[i].Query(Node, &Answer);
        return IopAnswer(Request, &Answer, IopBootQueries[i].Size);
    }
    return STATUS_INVALID_PARAMETER;
}

// ---- The volume

static ULONG64 IopBootVolumePages(VOID)
{
    UNICODE_STRING Name;
    const VOID *Data;
    SIZE_T Size;
    ULONG64 Pages = 0;
    for (ULONG i = 0; NT_SUCCESS(LdrQueryBootFile(i, &Name, &Data, &Size)); i++)
        Pages += IopBootAllocation(Size) / PAGE_SIZE;
    return Pages;
}

static NTSTATUS IopBootLabel(PIO_REQUEST Request)
{
    static const WCHAR Label[] = L"BOOT";
    struct {
        FILE_FS_VOLUME_INFORMATION Volume;
        WCHAR Rest[RTL_NUMBER_OF(Label)];
    } Answer = {.Volume.VolumeLabelLength = sizeof(Label) - sizeof(WCHAR)};
    constexpr ULONG Head = offsetof(FILE_FS_VOLUME_INFORMATION, VolumeLabel);
    memcpy((PUCHAR)&Answer + Head, Label, sizeof(Label) - sizeof(WCHAR));
    return IopAnswer(Request, &Answer, Head + sizeof(Label) - sizeof(WCHAR));
}

static NTSTATUS IopBootSize(PIO_REQUEST Request)
{
    const FILE_FS_SIZE_INFORMATION Size = {
        .TotalAllocationUnits.QuadPart = (LONGLONG)IopBootVolumePages(),
        .SectorsPerAllocationUnit = 1,
        .BytesPerSector = PAGE_SIZE,
    };
    return IopAnswer(Request, &Size, sizeof(Size));
}

static NTSTATUS IopBootFullSize(PIO_REQUEST Request)
{
    const FILE_FS_FULL_SIZE_INFORMATION Size = {
        .TotalAllocationUnits.QuadPart = (LONGLONG)IopBootVolumePages(),
        .SectorsPerAllocationUnit = 1,
        .BytesPerSector = PAGE_SIZE,
    };
    return IopAnswer(Request, &Size, sizeof(Size));
}

static NTSTATUS IopBootVolumeAttributes(PIO_REQUEST Request)
{
    static const WCHAR Name[] = L"BOOTFS";
    struct {
        FILE_FS_ATTRIBUTE_INFORMATION Attribute;
        WCHAR Rest[RTL_NUMBER_OF(Name)];
    } Answer = {
        .Attribute =
            {
                .FileSystemAttributes =
                    FILE_UNICODE_ON_DISK | FILE_CASE_PRESERVED_NAMES | FILE_READ_ONLY_VOLUME,
                .MaximumComponentNameLength = 255,
                .FileSystemNameLength = sizeof(Name) - sizeof(WCHAR),
            },
    };
    constexpr ULONG Head = offsetof(FILE_FS_ATTRIBUTE_INFORMATION, FileSystemName);
    memcpy((PUCHAR)&Answer + Head, Name, sizeof(Name) - sizeof(WCHAR));
    return IopAnswer(Request, &Answer, Head + sizeof(Name) - sizeof(WCHAR));
}

static NTSTATUS IopBootSectorSize(PIO_REQUEST Request)
{
    const FILE_FS_SECTOR_SIZE_INFORMATION Size = {
        .LogicalBytesPerSector = PAGE_SIZE,
        .PhysicalBytesPerSectorForAtomicity = PAGE_SIZE,
        .PhysicalBytesPerSectorForPerformance = PAGE_SIZE,
        .FileSystemEffectivePhysicalBytesPerSectorForAtomicity = PAGE_SIZE,
    };
    return IopAnswer(Request, &Size, sizeof(Size));
}

NTSTATUS IopBootQueryVolume(PIO_REQUEST Request)
{
    static const IOP_DISPATCH Classes[FileFsMaximumInformation] = {
        [FileFsVolumeInformation] = IopBootLabel,
        [FileFsSizeInformation] = IopBootSize,
        [FileFsFullSizeInformation] = IopBootFullSize,
        [FileFsAttributeInformation] = IopBootVolumeAttributes,
        [FileFsSectorSizeInformation] = IopBootSectorSize,
    };
    ULONG64 Class = Request->Parameters[1];
    if (Class >= RTL_NUMBER_OF(Classes) || !Classes[Class])
        return STATUS_INVALID_PARAMETER;
    return Classes[Class](Request);
}
