// Files for the Executive itself: whole ones in memory, for sections and processes, and reading and writing
// of those that programs have opened.
#include "bootvolume.h"

enum { IOP_PIECE = 64 * 1024 }; // of a long transfer

static NTSTATUS IopNameImage(PFILE_OBJECT File, PUNICODE_STRING Name)
{
    ULONG Length;
    OBJECT_NAME_INFORMATION Empty;
    NTSTATUS Status = ObQueryNameString(File, &Empty, sizeof(Empty), &Length);
    if (Status != STATUS_BUFFER_OVERFLOW)
        return NT_SUCCESS(Status) ? STATUS_OBJECT_NAME_INVALID : Status;
    POBJECT_NAME_INFORMATION Whole = ExAllocatePoolWithTag(PagedPool, Length, 'mNFI');
    if (!Whole)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = ObQueryNameString(File, Whole, Length, &Length);
    if (NT_SUCCESS(Status)) { // the text alone: it begins the block
        *Name = Whole->Name;
        memmove(Whole, Name->Buffer, Name->Length);
        Name->Buffer = (PWCH)Whole;
        Name->MaximumLength = Name->Length;
    } else {
        ExFreePool(Whole);
    }
    return Status;
}

// ---- Files of driver hosts

static NTSTATUS IopQuerySize(PFILE_OBJECT File, PULONG64 Size)
{
    FILE_STANDARD_INFORMATION Standard = {};
    IOP_CALL Call = {
        .MajorFunction = IRP_MJ_QUERY_INFORMATION,
        .File = File,
        .Parameters = {sizeof(Standard), FileStandardInformation},
        .Output = &Standard,
        .OutputLength = sizeof(Standard),
    };
    NTSTATUS Status = IopCallDevice(File->Device, &Call, nullptr);
    if (NT_SUCCESS(Status) && Standard.Directory)
        Status = STATUS_INVALID_FILE_FOR_SECTION;
    *Size = (ULONG64)Standard.EndOfFile.QuadPart;
    return Status;
}

NTSTATUS IoQueryFileSize(PVOID FileObject, PULONG64 Size)
{
    return IopQuerySize(FileObject, Size);
}

PCC_STREAM IoQueryFileStream(PVOID FileObject)
{
    return ((PFILE_OBJECT)FileObject)->Stream;
}

NTSTATUS IoReferenceFileStream(HANDLE FileHandle, ACCESS_MASK DesiredAccess, PIO_FILE_STREAM Stream)
{
    PFILE_OBJECT File;
    NTSTATUS Status = IopReferenceFile(FileHandle, DesiredAccess, &File, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    *Stream = (IO_FILE_STREAM){.Object = File};
    Status = IopFindStream(File);
    if (NT_SUCCESS(Status))
        Status = IopQuerySize(File, &Stream->Size);
    if (NT_SUCCESS(Status))
        Status = IopNameImage(File, &Stream->Name);
    Stream->Stream = File->Stream;
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(File);
    return Status;
}

VOID IoReleaseFileStream(PIO_FILE_STREAM Stream)
{
    ExFreePool(Stream->Name.Buffer);
    ObDereferenceObject(Stream->Object);
}

NTSTATUS IoSetFileSize(PVOID FileObject, ULONG64 Size)
{
    PFILE_OBJECT File = FileObject;
    FILE_END_OF_FILE_INFORMATION End = {.EndOfFile.QuadPart = (LONGLONG)Size};
    IOP_CALL Call = {
        .MajorFunction = IRP_MJ_SET_INFORMATION,
        .File = File,
        .Parameters = {sizeof(End), FileEndOfFileInformation},
        .Input = &End,
        .InputLength = sizeof(End),
    };
    return IopCallDevice(File->Device, &Call, nullptr);
}

NTSTATUS IoGrowFile(PVOID FileObject, ULONG64 Size)
{
    ULONG64 Now;
    NTSTATUS Status = IopQuerySize(FileObject, &Now);
    if (NT_SUCCESS(Status) && Now < Size)
        Status = IoSetFileSize(FileObject, Size);
    return Status;
}

// All of the file, in one piece in the Executive.
static NTSTATUS IopFillStreamImage(PFILE_OBJECT File, PIO_FILE_IMAGE Image)
{
    ULONG64 Size;
    PVOID Data;
    NTSTATUS Status = IopFindStream(File);
    if (Status == STATUS_NOT_SUPPORTED)
        return STATUS_INVALID_FILE_FOR_SECTION;
    if (NT_SUCCESS(Status))
        Status = IopQuerySize(File, &Size);
    if (NT_SUCCESS(Status))
        Status = CcMapImage(File->Stream, File, Size, &Data);
    if (!NT_SUCCESS(Status))
        return Status;
    *Image = (IO_FILE_IMAGE){.Data = Data, .Size = Size, .Object = File, .Mapped = TRUE};
    Status = IopNameImage(File, &Image->Name);
    if (!NT_SUCCESS(Status))
        CcUnmapImage(File->Stream);
    return Status;
}

static NTSTATUS IopFillImage(PFILE_OBJECT File, PIO_FILE_IMAGE Image)
{
    if (File->Device->Operations != &IopBootVolumeOperations)
        return IopFillStreamImage(File, Image);
    PIOP_BOOT_NODE Node = ((PIOP_BOOT_FILE)File->FsContext)->Node;
    if (Node->Directory)
        return STATUS_INVALID_FILE_FOR_SECTION;
    *Image = (IO_FILE_IMAGE){.Data = Node->Data, .Size = Node->Size, .Object = File};
    return IopNameImage(File, &Image->Name);
}

NTSTATUS IoReferenceFileImage(HANDLE FileHandle, ACCESS_MASK DesiredAccess, PIO_FILE_IMAGE Image)
{
    PFILE_OBJECT File;
    NTSTATUS Status = IopReferenceFile(FileHandle, DesiredAccess, &File, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopFillImage(File, Image);
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(File);
    return Status;
}

static const IOP_OPEN IopImageOpen = {
    .Disposition = FILE_OPEN,
    .Options = FILE_NON_DIRECTORY_FILE,
    .ShareAccess = FILE_SHARE_READ | FILE_SHARE_DELETE,
    .MajorFunction = IRP_MJ_CREATE,
};

NTSTATUS IoOpenFileImageAs(POB_ATTRIBUTES Attributes, ACCESS_MASK Access, PIO_FILE_IMAGE Image)
{
    IOP_OPEN Open = IopImageOpen;
    HANDLE Handle;
    NTSTATUS Status =
        ObOpenObjectByName(Attributes, IoFileObjectType, UserMode, Access, &Open, &Handle);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IoReferenceFileImage(Handle, Access, Image);
    ObCloseHandle(PsGetCurrentProcess(), Handle, UserMode);
    return Status;
}

NTSTATUS IoOpenFileImage(PCUNICODE_STRING Name, KPROCESSOR_MODE Mode, PIO_FILE_IMAGE Image)
{
    IOP_OPEN Open = IopImageOpen;
    PFILE_OBJECT File;
    NTSTATUS Status =
        ObReferenceObjectByName(Name, OBJ_CASE_INSENSITIVE, FILE_EXECUTE | SYNCHRONIZE,
                                IoFileObjectType, Mode, &Open, (PVOID *)&File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopFillImage(File, Image);
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(File);
    return Status;
}

VOID IoReleaseFileImage(PIO_FILE_IMAGE Image)
{
    ExFreePool(Image->Name.Buffer);
    if (Image->Mapped)
        CcUnmapImage(((PFILE_OBJECT)Image->Object)->Stream);
    ObDereferenceObject(Image->Object);
}

// ---- Reading and writing

NTSTATUS IoReadFileData(PVOID FileObject, ULONG64 Offset, PVOID Data, ULONG Length, PULONG Read)
{
    PFILE_OBJECT File = FileObject;
    for (*Read = 0; *Read < Length;) {
        ULONG Piece = min(Length - *Read, (ULONG)IOP_PIECE);
        IOP_CALL Call = {
            .MajorFunction = IRP_MJ_READ,
            .File = File,
            .Parameters = {Piece, 0, Offset + *Read},
            .Output = (PUCHAR)Data + *Read,
            .OutputLength = Piece,
        };
        NTSTATUS Status = IopCallDevice(File->Device, &Call, nullptr);
        if (Status == STATUS_END_OF_FILE && *Read)
            return STATUS_SUCCESS;
        if (!NT_SUCCESS(Status))
            return Status;
        if (!Call.Information || Call.Information > Piece)
            return STATUS_SUCCESS;
        *Read += (ULONG)Call.Information;
    }
    return STATUS_SUCCESS;
}

NTSTATUS IoWriteFileData(PVOID FileObject, ULONG64 Offset, const VOID *Data, ULONG Length)
{
    PFILE_OBJECT File = FileObject;
    for (ULONG Done = 0; Done < Length;) {
        ULONG Piece = min(Length - Done, (ULONG)IOP_PIECE);
        IOP_CALL Call = {
            .MajorFunction = IRP_MJ_WRITE,
            .File = File,
            .Parameters = {Piece, 0, Offset + Done},
            .Input = (const UCHAR *)Data + Done,
            .InputLength = Piece,
        };
        NTSTATUS Status = IopCallDevice(File->Device, &Call, nullptr);
        if (!NT_SUCCESS(Status))
            return Status;
        if (!Call.Information || Call.Information > Piece)
            return STATUS_DISK_FULL;
        Done += (ULONG)Call.Information;
    }
    return STATUS_SUCCESS;
}
