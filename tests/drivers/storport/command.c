// SCSI commands of the disks (SPC-4, SBC-3).
#include <ntddk.h>

#include <storport.h>

#include <srbhelper.h>

#include "disk.h"

UCHAR VdiskSense(PSCSI_REQUEST_BLOCK Srb, UCHAR Key, UCHAR Code, UCHAR Qualifier)
{
    PSENSE_DATA Sense = Srb->SenseInfoBuffer;
    Srb->ScsiStatus = SCSISTAT_CHECK_CONDITION;
    Srb->DataTransferLength = 0;
    if (!Sense || Srb->SenseInfoBufferLength < sizeof(*Sense))
        return SRB_STATUS_ERROR;
    RtlZeroMemory(Sense, sizeof(*Sense));
    Sense->ErrorCode = SCSI_SENSE_ERRORCODE_FIXED_CURRENT;
    Sense->SenseKey = Key;
    Sense->AdditionalSenseCode = Code;
    Sense->AdditionalSenseCodeQualifier = Qualifier;
    Sense->AdditionalSenseLength = sizeof(*Sense) - 8;
    Srb->SenseInfoBufferLength = sizeof(*Sense);
    return SRB_STATUS_ERROR | SRB_STATUS_AUTOSENSE_VALID;
}

// As much of the answer as there is room for.
static UCHAR VdiskAnswer(PSCSI_REQUEST_BLOCK Srb, const VOID *Data, ULONG Length)
{
    if (Srb->DataTransferLength && !Srb->DataBuffer)
        return SRB_STATUS_INTERNAL_ERROR;
    Srb->DataTransferLength = min(Srb->DataTransferLength, Length);
    if (Srb->DataTransferLength)
        RtlCopyMemory(Srb->DataBuffer, Data, Srb->DataTransferLength);
    return SRB_STATUS_SUCCESS;
}

static UCHAR VdiskInvalidField(PSCSI_REQUEST_BLOCK Srb)
{
    return VdiskSense(Srb, SCSI_SENSE_ILLEGAL_REQUEST, SCSI_ADSENSE_INVALID_CDB, 0);
}

// ---- INQUIRY

static UCHAR VdiskVitalProduct(PSCSI_REQUEST_BLOCK Srb)
{
    static const UCHAR Pages[] = {0,
                                  VPD_SUPPORTED_PAGES,
                                  0,
                                  3,
                                  VPD_SUPPORTED_PAGES,
                                  VPD_SERIAL_NUMBER,
                                  VPD_DEVICE_IDENTIFIERS};
    UCHAR Serial[] = {0, VPD_SERIAL_NUMBER, 0, 8, 'V', 'D', 'S', 'E', 'R', '0', '0', '0'};
    // A vendor-specific identifier of the unit, in ASCII
    UCHAR Id[] = {0,
                  VPD_DEVICE_IDENTIFIERS,
                  0,
                  12,
                  VpdCodeSetAscii,
                  VpdIdentifierTypeVendorId,
                  0,
                  8,
                  'V',
                  'D',
                  'I',
                  'S',
                  'K',
                  ' ',
                  ' ',
                  '0'};
    switch (((PCDB)Srb->Cdb)->CDB6INQUIRY3.PageCode) {
    case VPD_SUPPORTED_PAGES:
        return VdiskAnswer(Srb, Pages, sizeof(Pages));
    case VPD_SERIAL_NUMBER:
        Serial[sizeof(Serial) - 1] = '0' + Srb->Lun;
        return VdiskAnswer(Srb, Serial, sizeof(Serial));
    case VPD_DEVICE_IDENTIFIERS:
        Id[sizeof(Id) - 1] = '0' + Srb->Lun;
        return VdiskAnswer(Srb, Id, sizeof(Id));
    default:
        return VdiskInvalidField(Srb);
    }
}

static UCHAR VdiskInquiry(PVDISK Disk, PVDISK_UNIT Unit, PSCSI_REQUEST_BLOCK Srb)
{
    enum { Spc3 = 5 };
    UNREFERENCED_PARAMETER(Disk);
    UNREFERENCED_PARAMETER(Unit);
    if (((PCDB)Srb->Cdb)->CDB6INQUIRY3.EnableVitalProductData)
        return VdiskVitalProduct(Srb);
    INQUIRYDATA Inquiry = {.DeviceType = DIRECT_ACCESS_DEVICE, .CommandQueue = TRUE};
    Inquiry.Versions = Spc3;
    Inquiry.ResponseDataFormat = 2;
    Inquiry.AdditionalLength = INQUIRYDATABUFFERSIZE - 5;
    RtlCopyMemory(Inquiry.VendorId, "Proteus ", 8);
    RtlCopyMemory(Inquiry.ProductId, "Virtual Disk    ", 16);
    RtlCopyMemory(Inquiry.ProductRevisionLevel, "1.0 ", 4);
    return VdiskAnswer(Srb, &Inquiry, INQUIRYDATABUFFERSIZE);
}

static UCHAR VdiskReportLuns(PVDISK Disk, PVDISK_UNIT Unit, PSCSI_REQUEST_BLOCK Srb)
{
    enum { Header = 8, Entry = 8 };
    UCHAR List[Header + VdiskMostLuns * Entry] = {};
    ULONG Count = 0;
    UNREFERENCED_PARAMETER(Unit);
    for (UCHAR i = 0; i < Disk->LunCount; i++) {
        if (Disk->Units[i].Present)
            List[Header + Entry * Count++ + 1] = i;
    }
    List[3] = (UCHAR)(Count * Entry);
    return VdiskAnswer(Srb, List, Header + Count * Entry);
}

// ---- Capacity and mode

static UCHAR VdiskCapacity(PVDISK Disk, PVDISK_UNIT Unit, PSCSI_REQUEST_BLOCK Srb)
{
    READ_CAPACITY_DATA Answer = {__builtin_bswap32(Disk->Blocks - 1),
                                 __builtin_bswap32(Disk->BlockSize)};
    UNREFERENCED_PARAMETER(Unit);
    return VdiskAnswer(Srb, &Answer, sizeof(Answer));
}

static UCHAR VdiskCapacity16(PVDISK Disk, PVDISK_UNIT Unit, PSCSI_REQUEST_BLOCK Srb)
{
    READ_CAPACITY16_DATA Answer = {.LogicalBlockAddress.QuadPart =
                                       (LONGLONG)__builtin_bswap64(Disk->Blocks - 1),
                                   .BytesPerBlock = __builtin_bswap32(Disk->BlockSize)};
    UNREFERENCED_PARAMETER(Unit);
    if ((Srb->Cdb[1] & 0x1F) != SERVICE_ACTION_READ_CAPACITY16)
        return VdiskInvalidField(Srb);
    return VdiskAnswer(Srb, &Answer, sizeof(Answer));
}

static UCHAR VdiskModeSense(PVDISK Disk, PVDISK_UNIT Unit, PSCSI_REQUEST_BLOCK Srb)
{
    struct {
        MODE_PARAMETER_HEADER Header;
        MODE_CACHING_PAGE Caching;
    } Answer = {.Header.ModeDataLength = sizeof(Answer) - 1,
                .Header.DeviceSpecificParameter = Unit->ReadOnly ? MODE_DSP_WRITE_PROTECT : 0,
                .Caching.PageCode = MODE_PAGE_CACHING,
                .Caching.PageLength = sizeof(Answer.Caching) - 2,
                .Caching.WriteCacheEnable = TRUE};
    UCHAR Page = Srb->Cdb[2] & 0x3F;
    UNREFERENCED_PARAMETER(Disk);
    if (Page != MODE_PAGE_CACHING && Page != MODE_SENSE_RETURN_ALL)
        return VdiskInvalidField(Srb);
    return VdiskAnswer(Srb, &Answer, sizeof(Answer));
}

static UCHAR VdiskModeSense10(PVDISK Disk, PVDISK_UNIT Unit, PSCSI_REQUEST_BLOCK Srb)
{
    struct {
        MODE_PARAMETER_HEADER10 Header;
        MODE_CACHING_PAGE Caching;
    } Answer = {.Header.ModeDataLength[1] = sizeof(Answer) - 2,
                .Header.DeviceSpecificParameter = Unit->ReadOnly ? MODE_DSP_WRITE_PROTECT : 0,
                .Caching.PageCode = MODE_PAGE_CACHING,
                .Caching.PageLength = sizeof(Answer.Caching) - 2,
                .Caching.WriteCacheEnable = TRUE};
    UCHAR Page = Srb->Cdb[2] & 0x3F;
    UNREFERENCED_PARAMETER(Disk);
    if (Page != MODE_PAGE_CACHING && Page != MODE_SENSE_RETURN_ALL)
        return VdiskInvalidField(Srb);
    return VdiskAnswer(Srb, &Answer, sizeof(Answer));
}

// ---- Reading and writing

typedef struct _VDISK_RANGE {
    ULONG64 Lba;
    ULONG Count;
    BOOLEAN Write;
} VDISK_RANGE;

static ULONG64 VdiskNumber(const UCHAR *Bytes, ULONG Count)
{
    ULONG64 Value = 0;
    for (ULONG i = 0; i < Count; i++)
        Value = Value << 8 | Bytes[i];
    return Value;
}

static BOOLEAN VdiskDecode(const UCHAR *Cdb, VDISK_RANGE *Range)
{
    switch (Cdb[0]) {
    case SCSIOP_READ6:
    case SCSIOP_WRITE6:
        Range->Lba = VdiskNumber(Cdb + 1, 3) & 0x1FFFFF;
        Range->Count = Cdb[4] ? Cdb[4] : 256;
        break;
    case SCSIOP_READ:
    case SCSIOP_WRITE:
    case SCSIOP_VERIFY:
        Range->Lba = VdiskNumber(Cdb + 2, 4);
        Range->Count = (ULONG)VdiskNumber(Cdb + 7, 2);
        break;
    case SCSIOP_READ16:
    case SCSIOP_WRITE16:
        Range->Lba = VdiskNumber(Cdb + 2, 8);
        Range->Count = (ULONG)VdiskNumber(Cdb + 10, 4);
        break;
    default:
        return FALSE;
    }
    Range->Write = Cdb[0] == SCSIOP_WRITE6 || Cdb[0] == SCSIOP_WRITE || Cdb[0] == SCSIOP_WRITE16;
    return TRUE;
}

BOOLEAN VdiskIsTransfer(const SCSI_REQUEST_BLOCK *Srb)
{
    VDISK_RANGE Range;
    return Srb->Function == SRB_FUNCTION_EXECUTE_SCSI && Srb->Cdb[0] != SCSIOP_VERIFY &&
           VdiskDecode(Srb->Cdb, &Range);
}

static UCHAR VdiskTransfer(PVDISK Disk, PVDISK_UNIT Unit, PSCSI_REQUEST_BLOCK Srb)
{
    VDISK_RANGE Range;
    VdiskDecode(Srb->Cdb, &Range);
    if (Range.Lba >= Disk->Blocks || Range.Count > Disk->Blocks - Range.Lba)
        return VdiskSense(Srb, SCSI_SENSE_ILLEGAL_REQUEST, SCSI_ADSENSE_ILLEGAL_BLOCK, 0);
    if (Range.Write && Unit->ReadOnly)
        return VdiskSense(Srb, SCSI_SENSE_DATA_PROTECT, SCSI_ADSENSE_WRITE_PROTECT, 0);
    ULONG Length = Range.Count * Disk->BlockSize;
    PUCHAR Place = Unit->Data + Range.Lba * Disk->BlockSize;
    if (Srb->Cdb[0] == SCSIOP_VERIFY)
        return SRB_STATUS_SUCCESS;
    if ((!Srb->DataBuffer && Length) || ((ULONG_PTR)Srb->DataBuffer & FILE_LONG_ALIGNMENT))
        return SRB_STATUS_INTERNAL_ERROR;
    if (Length > Srb->DataTransferLength)
        return SRB_STATUS_DATA_OVERRUN;
    if (Range.Write)
        RtlCopyMemory(Place, Srb->DataBuffer, Length);
    else
        RtlCopyMemory(Srb->DataBuffer, Place, Length);
    Srb->DataTransferLength = Length;
    return SRB_STATUS_SUCCESS;
}

static UCHAR VdiskDone(PVDISK Disk, PVDISK_UNIT Unit, PSCSI_REQUEST_BLOCK Srb)
{
    UNREFERENCED_PARAMETER(Disk);
    UNREFERENCED_PARAMETER(Unit);
    Srb->DataTransferLength = 0;
    return SRB_STATUS_SUCCESS;
}

// ---- The table

static const struct {
    UCHAR Code;
    UCHAR (*Routine)(PVDISK Disk, PVDISK_UNIT Unit, PSCSI_REQUEST_BLOCK Srb);
} VdiskCommands[] = {
    {SCSIOP_READ, VdiskTransfer},
    {SCSIOP_WRITE, VdiskTransfer},
    {SCSIOP_READ16, VdiskTransfer},
    {SCSIOP_WRITE16, VdiskTransfer},
    {SCSIOP_READ6, VdiskTransfer},
    {SCSIOP_WRITE6, VdiskTransfer},
    {SCSIOP_VERIFY, VdiskTransfer},
    {SCSIOP_INQUIRY, VdiskInquiry},
    {SCSIOP_REPORT_LUNS, VdiskReportLuns},
    {SCSIOP_READ_CAPACITY, VdiskCapacity},
    {SCSIOP_READ_CAPACITY16, VdiskCapacity16},
    {SCSIOP_MODE_SENSE, VdiskModeSense},
    {SCSIOP_MODE_SENSE10, VdiskModeSense10},
    {SCSIOP_TEST_UNIT_READY, VdiskDone},
    {SCSIOP_SYNCHRONIZE_CACHE, VdiskDone},
    {SCSIOP_START_STOP_UNIT, VdiskDone},
    {SCSIOP_MEDIUM_REMOVAL, VdiskDone},
};

UCHAR VdiskCommand(PVDISK Disk, PVDISK_UNIT Unit, PSCSI_REQUEST_BLOCK Srb)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(VdiskCommands); i++) {
        if (VdiskCommands[i].Code == Srb->Cdb[0])
            return VdiskCommands[i].Routine(Disk, Unit, Srb);
    }
    return VdiskSense(Srb, SCSI_SENSE_ILLEGAL_REQUEST, SCSI_ADSENSE_ILLEGAL_COMMAND, 0);
}
