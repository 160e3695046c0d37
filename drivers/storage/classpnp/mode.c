// Mode pages.
#include "classp.h"

enum { MostModeBytes = 255 }; // of MODE SENSE(6)

static NTSTATUS Transfer(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PCLASSP_COMMAND Command, PCHAR Buffer,
                         ULONG Length, PULONG Transferred)
{
    Command->Length = Length;
    Command->Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Length, CLASS_TAG_MODE_DATA);
    if (!Command->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(Command->Buffer, Buffer, Length);
    NTSTATUS Status = ClasspSend(Fdo, Command);
    *Transferred = min(Command->Result.Transferred, Length);
    if (!Command->Write)
        RtlCopyMemory(Buffer, Command->Buffer, *Transferred);
    ExFreePoolWithTag(Command->Buffer, CLASS_TAG_MODE_DATA);
    return Status;
}

// PageControl: 0 current, 1 changeable, 2 default, 3 saved values; or the same in the uppermost bits, as the CDB has
// it. The number of bytes that came; 0: the device has no such page.
ULONG NTAPI ClassModeSenseEx(PDEVICE_OBJECT DeviceObject, PCHAR ModeSenseBuffer, ULONG Length,
                             UCHAR PageMode, UCHAR PageControl)
{
    ULONG Transferred = 0;
    if (Length < sizeof(MODE_PARAMETER_HEADER))
        return 0;
    Length = min(Length, MostModeBytes);
    PCLASSP_COMMAND Command = ClasspNewCommand(6, SCSIOP_MODE_SENSE);
    if (!Command)
        return 0;
    Command->Cdb[2] = (UCHAR)((PageControl & 0xC0) | (PageControl & 3) << 6 | (PageMode & 0x3F));
    Command->Cdb[4] = (UCHAR)Length;
    NTSTATUS Status =
        Transfer(ClasspFdo(DeviceObject), Command, ModeSenseBuffer, Length, &Transferred);
    ExFreePoolWithTag(Command, ClasspTag);
    return NT_SUCCESS(Status) ? Transferred : 0;
}

ULONG NTAPI ClassModeSense(PDEVICE_OBJECT DeviceObject, PCHAR ModeSenseBuffer, ULONG Length,
                           UCHAR PageMode)
{
    return ClassModeSenseEx(DeviceObject, ModeSenseBuffer, Length, PageMode, 0);
}

// Buffer: a header, block descriptors and pages as MODE SENSE gave them, changed.
NTSTATUS NTAPI ClassModeSelect(PDEVICE_OBJECT DeviceObject, PCHAR ModeSelectBuffer, ULONG Length,
                               BOOLEAN SavePages)
{
    ULONG Transferred;
    if (Length < sizeof(MODE_PARAMETER_HEADER) || Length > MostModeBytes)
        return STATUS_INVALID_PARAMETER;
    PCLASSP_COMMAND Command = ClasspNewCommand(6, SCSIOP_MODE_SELECT);
    if (!Command)
        return STATUS_INSUFFICIENT_RESOURCES;
    Command->Cdb[1] = (UCHAR)(0x10 | (SavePages ? 1 : 0)); // the pages are in the standard's format
    Command->Cdb[4] = (UCHAR)Length;
    Command->Write = TRUE;
    NTSTATUS Status =
        Transfer(ClasspFdo(DeviceObject), Command, ModeSelectBuffer, Length, &Transferred);
    ExFreePoolWithTag(Command, ClasspTag);
    return Status;
}

PVOID NTAPI ClassFindModePage(PCHAR ModeSenseBuffer, ULONG Length, UCHAR PageMode, BOOLEAN Use6Byte)
{
    size_t PageLength;
    return (PVOID)CoreFindModePage((const uint8_t *)ModeSenseBuffer, Length, PageMode, Use6Byte,
                                   &PageLength);
}
