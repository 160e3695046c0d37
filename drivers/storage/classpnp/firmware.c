// The device's firmware: the miniport is asked by IOCTL_SCSI_MINIPORT, with an SRB_IO_CONTROL, a FIRMWARE_REQUEST_BLOCK and
// what the function wants behind one another.
#include "classp.h"

#include <ddk/miniportcontrol.h>

typedef struct _FIRMWARE_ASK {
    SRB_IO_CONTROL Control;
    FIRMWARE_REQUEST_BLOCK Block;
    ULONG Padding; // the data is aligned to 8 bytes
    UCHAR Data[];
} FIRMWARE_ASK, *PFIRMWARE_ASK;
C_ASSERT(FIELD_OFFSET(FIRMWARE_ASK, Data) % 8 == 0);

enum { FirmwareSeconds = 60, FirmwareMostSlots = 64, FirmwareMostBytes = 1 << 20 };

static PFIRMWARE_ASK MakeAsk(ULONG Function, ULONG Flags, ULONG DataLength)
{
    ULONG Bytes = FIELD_OFFSET(FIRMWARE_ASK, Data) + DataLength;
    PFIRMWARE_ASK Ask = ExAllocatePoolWithTag(NonPagedPoolNx, Bytes, CLASS_TAG_DEVICE_CONTROL);
    if (!Ask)
        return nullptr;
    RtlZeroMemory(Ask, Bytes);
    Ask->Control = (SRB_IO_CONTROL){
        .HeaderLength = sizeof(Ask->Control),
        .Timeout = FirmwareSeconds,
        .ControlCode = IOCTL_SCSI_MINIPORT_FIRMWARE,
        .Length = Bytes - (ULONG)sizeof(Ask->Control),
    };
    RtlCopyMemory(Ask->Control.Signature, IOCTL_MINIPORT_SIGNATURE_FIRMWARE,
                  sizeof(Ask->Control.Signature));
    Ask->Block = (FIRMWARE_REQUEST_BLOCK){
        .Version = FIRMWARE_REQUEST_BLOCK_STRUCTURE_VERSION,
        .Size = sizeof(Ask->Block),
        .Function = Function,
        .Flags = Flags,
        .DataBufferOffset = FIELD_OFFSET(FIRMWARE_ASK, Data),
        .DataBufferLength = DataLength,
    };
    return Ask;
}

// An image that runs after the next start of the device is in its place all the same: the slots tell that it is pending.
static NTSTATUS StatusOfFirmware(ULONG ReturnCode)
{
    switch (ReturnCode) {
    case FIRMWARE_STATUS_SUCCESS:
    case FIRMWARE_STATUS_POWER_CYCLE_REQUIRED:
        return STATUS_SUCCESS;
    case FIRMWARE_STATUS_ILLEGAL_REQUEST:
        return STATUS_NOT_SUPPORTED;
    case FIRMWARE_STATUS_INVALID_PARAMETER:
    case FIRMWARE_STATUS_INVALID_SLOT:
        return STATUS_INVALID_PARAMETER;
    case FIRMWARE_STATUS_INPUT_BUFFER_TOO_BIG:
    case FIRMWARE_STATUS_ILLEGAL_LENGTH:
        return STATUS_INVALID_BUFFER_SIZE;
    case FIRMWARE_STATUS_OUTPUT_BUFFER_TOO_SMALL:
        return STATUS_BUFFER_TOO_SMALL;
    case FIRMWARE_STATUS_INVALID_IMAGE:
        return STATUS_INVALID_IMAGE_FORMAT;
    case FIRMWARE_STATUS_CONTROLLER_ERROR:
    case FIRMWARE_STATUS_DEVICE_ERROR:
    case FIRMWARE_STATUS_COMMAND_ABORT:
        return STATUS_IO_DEVICE_ERROR;
    default:
        return STATUS_UNSUCCESSFUL;
    }
}

static NTSTATUS RunAsk(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PFIRMWARE_ASK Ask)
{
    IO_STATUS_BLOCK IoStatus = {};
    ULONG Bytes = Ask->Control.Length + (ULONG)sizeof(Ask->Control);
    ClassSendDeviceIoControlSynchronous(IOCTL_SCSI_MINIPORT, Fdo->CommonExtension.LowerDeviceObject,
                                        Ask, Bytes, Bytes, FALSE, &IoStatus);
    return NT_SUCCESS(IoStatus.Status) ? StatusOfFirmware(Ask->Control.ReturnCode)
                                       : IoStatus.Status;
}

// ---- Information

static ULONG FillInfo(const STORAGE_FIRMWARE_INFO_V2 *Told, PSTORAGE_HW_FIRMWARE_INFO Info,
                      ULONG Room)
{
    ULONG Count = min(Told->SlotCount, (UCHAR)FirmwareMostSlots);
    ULONG Fit = (Room - FIELD_OFFSET(STORAGE_HW_FIRMWARE_INFO, Slot)) / sizeof(Info->Slot[0]);
    RtlZeroMemory(Info, Room);
    Info->Version = sizeof(*Info);
    Info->Size = FIELD_OFFSET(STORAGE_HW_FIRMWARE_INFO, Slot) + Count * sizeof(Info->Slot[0]);
    Info->SupportUpgrade = Told->UpgradeSupport != 0;
    Info->SlotCount = (UCHAR)Count;
    Info->ActiveSlot = Told->ActiveSlot;
    Info->PendingActivateSlot = Told->PendingActivateSlot;
    Info->FirmwareShared = Told->FirmwareShared;
    Info->ImagePayloadAlignment = Told->ImagePayloadAlignment;
    Info->ImagePayloadMaxSize = Told->ImagePayloadMaxSize;
    Fit = min(Fit, Count);
    for (ULONG i = 0; i < Fit; i++) {
        PSTORAGE_HW_FIRMWARE_SLOT_INFO Slot = &Info->Slot[i];
        Slot->Version = Slot->Size = sizeof(*Slot);
        Slot->SlotNumber = Told->Slot[i].SlotNumber;
        Slot->ReadOnly = Told->Slot[i].ReadOnly != 0;
        RtlCopyMemory(Slot->Revision, Told->Slot[i].Revision, sizeof(Slot->Revision));
    }
    return FIELD_OFFSET(STORAGE_HW_FIRMWARE_INFO, Slot) + Fit * (ULONG)sizeof(Info->Slot[0]);
}

// Room for the fixed part tells how much more there is.
NTSTATUS ClasspFirmwareInfo(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    const STORAGE_HW_FIRMWARE_INFO_QUERY *Query = Irp->AssociatedIrp.SystemBuffer;
    if (Query->Version < sizeof(*Query) || Query->Size < sizeof(*Query))
        return STATUS_INVALID_PARAMETER;
    PFIRMWARE_ASK Ask = MakeAsk(FIRMWARE_FUNCTION_GET_INFO, Query->Flags,
                                sizeof(STORAGE_FIRMWARE_INFO_V2) +
                                    FirmwareMostSlots * sizeof(STORAGE_FIRMWARE_SLOT_INFO_V2));
    if (!Ask)
        return STATUS_INSUFFICIENT_RESOURCES;
    PSTORAGE_FIRMWARE_INFO_V2 Told = (PSTORAGE_FIRMWARE_INFO_V2)Ask->Data;
    Told->Version = STORAGE_FIRMWARE_INFO_STRUCTURE_VERSION_V2;
    Told->Size = sizeof(*Told);
    NTSTATUS Status = RunAsk(Fdo, Ask);
    if (NT_SUCCESS(Status))
        Irp->IoStatus.Information = FillInfo(Told, Irp->AssociatedIrp.SystemBuffer,
                                             Stack->Parameters.DeviceIoControl.OutputBufferLength);
    ExFreePoolWithTag(Ask, CLASS_TAG_DEVICE_CONTROL);
    return Status;
}

// ---- Images. A miniport that takes none itself has a device that may take WRITE BUFFER (SPC-4, 6.49).

enum { BufferPieces = 0x07, BufferPiecesDefer = 0x0E, BufferActivate = 0x0F };

static NTSTATUS WriteBuffer(PFUNCTIONAL_DEVICE_EXTENSION Fdo, UCHAR Mode, ULONGLONG Offset,
                            const VOID *Data, ULONG Length)
{
    enum { MostOffset = 0xFFFFFF };
    if (Offset > MostOffset || Length > MostOffset)
        return STATUS_INVALID_PARAMETER;
    PCLASSP_COMMAND Command = ClasspNewCommand(10, SCSIOP_WRITE_DATA_BUFF);
    if (!Command)
        return STATUS_INSUFFICIENT_RESOURCES;
    Command->Cdb[1] = Mode;
    for (ULONG i = 0; i < 3; i++) {
        Command->Cdb[3 + i] = (UCHAR)(Offset >> (16 - 8 * i));
        Command->Cdb[6 + i] = (UCHAR)(Length >> (16 - 8 * i));
    }
    Command->Write = TRUE;
    Command->Length = Length;
    NTSTATUS Status = STATUS_SUCCESS;
    if (Length) {
        Command->Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Length, ClasspTag);
        if (Command->Buffer)
            RtlCopyMemory(Command->Buffer, Data, Length);
        else
            Status = STATUS_INSUFFICIENT_RESOURCES;
    }
    if (NT_SUCCESS(Status))
        Status = ClasspSend(Fdo, Command);
    if (Command->Buffer)
        ExFreePoolWithTag(Command->Buffer, ClasspTag);
    ExFreePoolWithTag(Command, ClasspTag);
    return Status;
}

static BOOLEAN MayWriteBuffer(const FUNCTIONAL_DEVICE_EXTENSION *Fdo, NTSTATUS Status)
{
    return (Status == STATUS_NOT_SUPPORTED || Status == STATUS_INVALID_DEVICE_REQUEST) &&
           Fdo->DeviceDescriptor->BusType != BusTypeNvme;
}

// Older devices run an image as soon as they have it all.
static NTSTATUS DownloadByBuffer(PFUNCTIONAL_DEVICE_EXTENSION Fdo,
                                 const STORAGE_HW_FIRMWARE_DOWNLOAD *Given)
{
    ULONG Bytes = (ULONG)Given->BufferSize;
    NTSTATUS Status = WriteBuffer(Fdo, BufferPiecesDefer, Given->Offset, Given->ImageBuffer, Bytes);
    if (Status != STATUS_INVALID_DEVICE_REQUEST && Status != STATUS_IO_DEVICE_ERROR) {
        Fdo->PrivateFdoData->RunsAtOnce = FALSE;
        return Status;
    }
    Status = WriteBuffer(Fdo, BufferPieces, Given->Offset, Given->ImageBuffer, Bytes);
    Fdo->PrivateFdoData->RunsAtOnce = NT_SUCCESS(Status);
    return Status;
}

NTSTATUS ClasspFirmwareDownload(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp,
                                PIO_STACK_LOCATION Stack)
{
    const STORAGE_HW_FIRMWARE_DOWNLOAD *Given = Irp->AssociatedIrp.SystemBuffer;
    ULONG Header = FIELD_OFFSET(STORAGE_HW_FIRMWARE_DOWNLOAD, ImageBuffer);
    ULONG Room = Stack->Parameters.DeviceIoControl.InputBufferLength - Header;
    if (Given->Version < Header || Given->BufferSize > min(Room, (ULONG)FirmwareMostBytes))
        return STATUS_INVALID_PARAMETER;
    ULONG Bytes = (ULONG)Given->BufferSize;
    PFIRMWARE_ASK Ask = MakeAsk(FIRMWARE_FUNCTION_DOWNLOAD, Given->Flags,
                                FIELD_OFFSET(STORAGE_FIRMWARE_DOWNLOAD_V2, ImageBuffer) + Bytes);
    if (!Ask)
        return STATUS_INSUFFICIENT_RESOURCES;
    PSTORAGE_FIRMWARE_DOWNLOAD_V2 Download = (PSTORAGE_FIRMWARE_DOWNLOAD_V2)Ask->Data;
    Download->Version = STORAGE_FIRMWARE_INFO_STRUCTURE_VERSION_V2;
    Download->Size = sizeof(*Download);
    Download->Offset = Given->Offset;
    Download->BufferSize = Bytes;
    Download->Slot = Given->Slot;
    Download->ImageSize = Bytes;
    RtlCopyMemory(Download->ImageBuffer, Given->ImageBuffer, Bytes);
    NTSTATUS Status = RunAsk(Fdo, Ask);
    ExFreePoolWithTag(Ask, CLASS_TAG_DEVICE_CONTROL);
    return MayWriteBuffer(Fdo, Status) ? DownloadByBuffer(Fdo, Given) : Status;
}

NTSTATUS ClasspFirmwareActivate(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp,
                                PIO_STACK_LOCATION Stack)
{
    const STORAGE_HW_FIRMWARE_ACTIVATE *Given = Irp->AssociatedIrp.SystemBuffer;
    UNREFERENCED_PARAMETER(Stack);
    if (Given->Version < sizeof(*Given))
        return STATUS_INVALID_PARAMETER;
    PFIRMWARE_ASK Ask =
        MakeAsk(FIRMWARE_FUNCTION_ACTIVATE, Given->Flags, sizeof(STORAGE_FIRMWARE_ACTIVATE));
    if (!Ask)
        return STATUS_INSUFFICIENT_RESOURCES;
    *(PSTORAGE_FIRMWARE_ACTIVATE)Ask->Data = (STORAGE_FIRMWARE_ACTIVATE){
        .Version = STORAGE_FIRMWARE_INFO_STRUCTURE_VERSION,
        .Size = sizeof(STORAGE_FIRMWARE_ACTIVATE),
        .SlotToActivate = Given->Slot,
    };
    NTSTATUS Status = RunAsk(Fdo, Ask);
    ExFreePoolWithTag(Ask, CLASS_TAG_DEVICE_CONTROL);
    if (!MayWriteBuffer(Fdo, Status))
        return Status;
    if (Fdo->PrivateFdoData->RunsAtOnce)
        return STATUS_SUCCESS;
    return WriteBuffer(Fdo, BufferActivate, 0, nullptr, 0);
}
