// What the test asks the file system itself.

#include "ccfs.h"

static NTSTATUS CcfsMakeFile(CCFS_FILE *File)
{
    ULONG Length = (ULONG)(wcslen(File->Name) * sizeof(WCHAR));
    PCCFS_FCB Fcb = CcfsFind(File->Name, Length);
    if (!Fcb)
        Fcb = CcfsMake(File->Name, Length);
    if (!Fcb)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = CcfsResize(Fcb, File->Size);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG64 i = 0; i < File->Size; i++)
        Fcb->Disk[i] = CcfsPattern(i);
    Fcb->Header.FileSize.QuadPart = Fcb->Header.ValidDataLength.QuadPart = (LONGLONG)File->Size;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI CcfsControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    CCFS_FILE *File = Irp->AssociatedIrp.SystemBuffer;
    ULONG Input = Stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG Output = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    if (Input < sizeof(*File))
        return CcfsComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    if (Code == CCFS_MAKE)
        return CcfsComplete(Irp, CcfsMakeFile(File), 0);
    PCCFS_FCB Fcb = CcfsFind(File->Name, (ULONG)(wcslen(File->Name) * sizeof(WCHAR)));
    if (!Fcb)
        return CcfsComplete(Irp, STATUS_OBJECT_NAME_NOT_FOUND, 0);
    switch (Code) {
    case CCFS_COUNT:
        if (Output < sizeof(Fcb->Counters))
            return CcfsComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
        *(CCFS_COUNTERS *)File = Fcb->Counters;
        RtlZeroMemory(&Fcb->Counters, sizeof(Fcb->Counters));
        return CcfsComplete(Irp, STATUS_SUCCESS, sizeof(Fcb->Counters));
    case CCFS_TROUBLE:
        if (Input < sizeof(Fcb->Troubles))
            return CcfsComplete(Irp, STATUS_INVALID_PARAMETER, 0);
        Fcb->Troubles = *(CCFS_TROUBLES *)File;
        return CcfsComplete(Irp, STATUS_SUCCESS, 0);
    case CCFS_PEEK: {
        ULONG64 Offset = File->Size;
        if (Offset > Fcb->Room || Output > Fcb->Room - Offset)
            return CcfsComplete(Irp, STATUS_INVALID_PARAMETER, 0);
        RtlCopyMemory(File, Fcb->Disk + Offset, Output);
        return CcfsComplete(Irp, STATUS_SUCCESS, Output);
    }
    default:
        return CcfsComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

NTSTATUS NTAPI CcfsQuery(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PCCFS_FCB Fcb = Stack->FileObject->FsContext;
    PFILE_STANDARD_INFORMATION Standard = Irp->AssociatedIrp.SystemBuffer;
    if (!Fcb || Stack->Parameters.QueryFile.FileInformationClass != FileStandardInformation)
        return CcfsComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    *Standard = (FILE_STANDARD_INFORMATION){
        .AllocationSize = Fcb->Header.AllocationSize,
        .EndOfFile = Fcb->Header.FileSize,
        .NumberOfLinks = 1,
    };
    return CcfsComplete(Irp, STATUS_SUCCESS, sizeof(*Standard));
}

NTSTATUS NTAPI CcfsSet(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return CcfsComplete(Irp, STATUS_INVALID_PARAMETER, 0);
}
