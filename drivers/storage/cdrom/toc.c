// Tables of contents: READ TOC/PMA/ATIP (MMC-6, 6.25).
#include "cdrom.h"

enum {
    MsfBit = 0x02,      // of the second byte
    OldFormatShift = 6, // in the last byte
    HeaderBytes = 4,    // length, first and last
    LengthBytes = 2,    // which the length itself does not count
    MostBytes = 65534,  // an odd one some drives cannot
    DataTrack = 0x04,   // of Control
    LeadOut = 0xAA,
};

typedef struct _QUESTION {
    UCHAR Format, Track; // Track: or session
    BOOLEAN Msf;
    USHORT Room;
} QUESTION;

// Drives of the first kind (SFF-8020i) look for the first formats in the two upper bits of the last byte; MMC leaves those to
// the vendor.
static NTSTATUS Send(PFUNCTIONAL_DEVICE_EXTENSION Fdo, const QUESTION *Question, PVOID Buffer,
                     PULONG Length)
{
    UCHAR Sense[32];
    SCSI_REQUEST_BLOCK Srb = {
        .Length = sizeof(Srb),
        .CdbLength = 10,
        .TimeOutValue = Fdo->TimeOutValue,
        .SenseInfoBuffer = Sense,
        .SenseInfoBufferLength = sizeof(Sense),
        .Cdb =
            {
                [0] = SCSIOP_READ_TOC,
                [1] = Question->Msf ? MsfBit : 0,
                [2] = Question->Format,
                [6] = Question->Track,
                [7] = (UCHAR)(Question->Room >> 8),
                [8] = (UCHAR)Question->Room,
            },
    };
    if (Question->Format <= CDROM_READ_TOC_EX_FORMAT_FULL_TOC)
        Srb.Cdb[9] = (UCHAR)(Question->Format << OldFormatShift);
    NTSTATUS Status =
        ClassSendSrbSynchronous(Fdo->DeviceObject, &Srb, Buffer, Question->Room, FALSE);
    *Length = min(Srb.DataTransferLength, Question->Room);
    if (Status == STATUS_DATA_OVERRUN && Srb.DataTransferLength <= Question->Room)
        Status = STATUS_SUCCESS; // the drive had less to say
    return Status;
}

// The answer goes to the caller as far as it is there and he has room. It may be shorter than it says of itself.
static NTSTATUS Answer(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, ULONG Room, QUESTION Question)
{
    ULONG Length;
    Question.Room = (USHORT)(min(max(Room, (ULONG)HeaderBytes), (ULONG)MostBytes) & ~1u);
    PUCHAR Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Question.Room, CdTag);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Buffer, Question.Room);
    NTSTATUS Status = Send(Fdo, &Question, Buffer, &Length);
    if (NT_SUCCESS(Status) && Length < HeaderBytes)
        Status = STATUS_IO_DEVICE_ERROR;
    if (NT_SUCCESS(Status)) {
        ULONG Told = ((ULONG)Buffer[0] << 8 | Buffer[1]) + LengthBytes;
        ULONG Bytes = min(min(Told, Length), Room);
        RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Buffer, Bytes);
        Irp->IoStatus.Information = Bytes;
    }
    ExFreePoolWithTag(Buffer, CdTag);
    return Status;
}

// ---- The requests

// All tracks, with addresses as minute, second, frame.
NTSTATUS CdReadToc(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    return Answer(Fdo, Irp, sizeof(CDROM_TOC),
                  (QUESTION){.Format = CDROM_READ_TOC_EX_FORMAT_TOC, .Msf = TRUE});
}

NTSTATUS CdReadTocEx(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    const CDROM_READ_TOC_EX *Given = Irp->AssociatedIrp.SystemBuffer;
    if (Given->Format > CDROM_READ_TOC_EX_FORMAT_CDTEXT || Given->Reserved1 || Given->Reserved2 ||
        Given->Reserved3)
        return STATUS_INVALID_PARAMETER;
    return Answer(
        Fdo, Irp, Stack->Parameters.DeviceIoControl.OutputBufferLength,
        (QUESTION){.Format = Given->Format, .Track = Given->SessionTrack, .Msf = Given->Msf});
}

NTSTATUS CdLastSession(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    return Answer(Fdo, Irp, sizeof(CDROM_TOC_SESSION_DATA),
                  (QUESTION){.Format = CDROM_READ_TOC_EX_FORMAT_SESSION});
}

NTSTATUS CdDiskType(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    ULONG Length, Types = 0;
    QUESTION Question = {.Format = CDROM_READ_TOC_EX_FORMAT_TOC, .Room = sizeof(CDROM_TOC)};
    UNREFERENCED_PARAMETER(Stack);
    CDROM_TOC *Toc = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Toc), CdTag);
    if (!Toc)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = Send(Fdo, &Question, Toc, &Length);
    for (ULONG i = 0; NT_SUCCESS(Status) && i < MAXIMUM_NUMBER_TRACKS; i++) {
        ULONG End = FIELD_OFFSET(CDROM_TOC, TrackData) + (i + 1) * sizeof(TRACK_DATA);
        if (End > Length || Toc->TrackData[i].TrackNumber == LeadOut)
            break;
        Types |= (Toc->TrackData[i].Control & DataTrack) ? CDROM_DISK_DATA_TRACK
                                                         : CDROM_DISK_AUDIO_TRACK;
    }
    ExFreePoolWithTag(Toc, CdTag);
    if (!NT_SUCCESS(Status))
        return Status;
    ((PCDROM_DISK_DATA)Irp->AssociatedIrp.SystemBuffer)->DiskData = Types;
    Irp->IoStatus.Information = sizeof(CDROM_DISK_DATA);
    return STATUS_SUCCESS;
}
