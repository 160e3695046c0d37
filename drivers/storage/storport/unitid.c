// The names that PnP knows a logical unit by, made of its INQUIRY data as Windows makes them.
#include "storportp.h"

enum { StorIdChars = 128, StorIds = 8, VendorChars = 8, ProductChars = 16, RevisionChars = 4 };

static const struct {
    PCWSTR Type;    // in SCSI\Type...
    PCWSTR Generic; // the last of the hardware identifiers
} StorpTypes[] = {
    [DIRECT_ACCESS_DEVICE] = {L"Disk", L"GenDisk"},
    [SEQUENTIAL_ACCESS_DEVICE] = {L"Sequential", L"GenSequential"},
    [PRINTER_DEVICE] = {L"Printer", L"GenPrinter"},
    [PROCESSOR_DEVICE] = {L"Processor", L"GenProcessor"},
    [WRITE_ONCE_READ_MULTIPLE_DEVICE] = {L"Worm", L"GenWorm"},
    [READ_ONLY_DIRECT_ACCESS_DEVICE] = {L"CdRom", L"GenCdRom"},
    [SCANNER_DEVICE] = {L"Scanner", L"GenScanner"},
    [OPTICAL_DEVICE] = {L"Optical", L"GenOptical"},
    [MEDIUM_CHANGER] = {L"Changer", L"ScsiChanger"},
    [COMMUNICATION_DEVICE] = {L"Net", L"ScsiNet"},
    [10] = {L"ASCIT8", L"ScsiASCIT8"},
    [11] = {L"ASCIT8", L"ScsiASCIT8"},
    [ARRAY_CONTROLLER_DEVICE] = {L"Array", L"ScsiArray"},
    [SCSI_ENCLOSURE_DEVICE] = {L"Enclosure", L"ScsiEnclosure"},
    [REDUCED_BLOCK_DEVICE] = {L"RBC", L"ScsiRBC"},
    [OPTICAL_CARD_READER_WRITER_DEVICE] = {L"CardReader", L"ScsiCardReader"},
    [BRIDGE_CONTROLLER_DEVICE] = {L"Bridge", L"ScsiBridge"},
};

static PCWSTR StorpTypeOf(const STOR_UNIT *Unit, BOOLEAN Generic)
{
    UCHAR Type = Unit->Inquiry.DeviceType;
    if (Type < RTL_NUMBER_OF(StorpTypes) && StorpTypes[Type].Type)
        return Generic ? StorpTypes[Type].Generic : StorpTypes[Type].Type;
    return Generic ? L"ScsiOther" : L"Other";
}

// A character that an identifier cannot have becomes '_'.
static WCHAR StorpIdCharacter(UCHAR Character)
{
    return Character > ' ' && Character < 0x7F && Character != ',' ? Character : L'_';
}

// Text of INQUIRY data. Trimmed: without blanks at the end; else all of it, blanks as '_'.
static VOID StorpAppend(PWSTR Id, const UCHAR *Text, ULONG Length, BOOLEAN Trimmed)
{
    PWSTR End = Id + wcslen(Id);
    while (Trimmed && Length && (Text[Length - 1] == ' ' || !Text[Length - 1]))
        Length--;
    for (ULONG i = 0; i < Length; i++)
        *End++ = StorpIdCharacter(Text[i]);
    *End = 0;
}

// ---- Identifiers

static VOID StorpDeviceId(const STOR_UNIT *Unit, PWSTR Id)
{
    wcscpy(Id, L"SCSI\\");
    wcscat(Id, StorpTypeOf(Unit, FALSE));
    wcscat(Id, L"&Ven_");
    StorpAppend(Id, Unit->Inquiry.VendorId, VendorChars, TRUE);
    wcscat(Id, L"&Prod_");
    StorpAppend(Id, Unit->Inquiry.ProductId, ProductChars, TRUE);
}

// SCSI\DiskVVVVVVVVPPPPPPPPPPPPPPPPRRRR and what is left of it without the tail or the head.
static VOID StorpLongId(const STOR_UNIT *Unit, PWSTR Id, PCWSTR Prefix, BOOLEAN WithType,
                        ULONG Product, ULONG Revision)
{
    wcscpy(Id, Prefix);
    if (WithType)
        wcscat(Id, StorpTypeOf(Unit, FALSE));
    StorpAppend(Id, Unit->Inquiry.VendorId, VendorChars, FALSE);
    StorpAppend(Id, Unit->Inquiry.ProductId, Product, FALSE);
    StorpAppend(Id, Unit->Inquiry.ProductRevisionLevel, Revision, FALSE);
}

static ULONG StorpHardwareIds(const STOR_UNIT *Unit, WCHAR Ids[][StorIdChars])
{
    StorpLongId(Unit, Ids[0], L"SCSI\\", TRUE, ProductChars, RevisionChars);
    StorpLongId(Unit, Ids[1], L"SCSI\\", TRUE, ProductChars, 0);
    StorpLongId(Unit, Ids[2], L"SCSI\\", TRUE, 0, 0);
    StorpLongId(Unit, Ids[3], L"SCSI\\", FALSE, ProductChars, 1);
    StorpLongId(Unit, Ids[4], L"", FALSE, ProductChars, 1);
    wcscpy(Ids[5], StorpTypeOf(Unit, TRUE));
    return 6;
}

static ULONG StorpCompatibleIds(const STOR_UNIT *Unit, WCHAR Ids[][StorIdChars])
{
    wcscpy(Ids[0], L"SCSI\\");
    wcscat(Ids[0], StorpTypeOf(Unit, FALSE));
    wcscpy(Ids[1], L"SCSI\\RAW");
    return 2;
}

// ---- Answers

static PWSTR StorpPackIds(WCHAR Ids[][StorIdChars], ULONG Count)
{
    SIZE_T Chars = 1;
    for (ULONG i = 0; i < Count; i++)
        Chars += wcslen(Ids[i]) + 1;
    PWSTR Answer = ExAllocatePoolWithTag(PagedPool, Chars * sizeof(WCHAR), StorTag), Next = Answer;
    if (!Answer)
        return nullptr;
    for (ULONG i = 0; i < Count; i++) {
        wcscpy(Next, Ids[i]);
        Next += wcslen(Ids[i]) + 1;
    }
    *Next = 0;
    return Answer;
}

static NTSTATUS StorpAnswerText(PIRP Irp, WCHAR Ids[][StorIdChars], ULONG Count)
{
    PWSTR Answer = StorpPackIds(Ids, Count);
    return StorpComplete(Irp, Answer ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES,
                         (ULONG_PTR)Answer);
}

NTSTATUS StorpQueryUnitId(PSTOR_UNIT Unit, PIRP Irp)
{
    WCHAR(*Ids)
    [StorIdChars] = ExAllocatePoolWithTag(PagedPool, StorIds * sizeof(*Ids), StorTag);
    ULONG Count = 1;
    NTSTATUS Status;
    if (!Ids)
        return StorpComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryId.IdType) {
    case BusQueryDeviceID:
        StorpDeviceId(Unit, Ids[0]);
        break;
    case BusQueryHardwareIDs:
        Count = StorpHardwareIds(Unit, Ids);
        break;
    case BusQueryCompatibleIDs:
        Count = StorpCompatibleIds(Unit, Ids);
        break;
    case BusQueryInstanceID:
        _snwprintf(Ids[0], StorIdChars, L"%02x%02x%02x", Unit->Path, Unit->Target, Unit->Lun);
        break;
    default:
        Count = 0;
    }
    if (Count)
        Status = StorpAnswerText(Irp, Ids, Count);
    else
        Status = StorpComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    ExFreePoolWithTag(Ids, StorTag);
    return Status;
}

static VOID StorpAppendWords(PWSTR Text, const UCHAR *Words, ULONG Length)
{
    PWSTR End = Text + wcslen(Text);
    while (Length && (Words[Length - 1] == ' ' || !Words[Length - 1]))
        Length--;
    for (ULONG i = 0; i < Length; i++)
        *End++ = Words[i] >= ' ' && Words[i] < 0x7F ? Words[i] : L' ';
    *End = 0;
}

NTSTATUS StorpQueryUnitText(PSTOR_UNIT Unit, PIRP Irp)
{
    WCHAR Text[1][StorIdChars] = {};
    BOOLEAN Suffix =
        !(Unit->Adapter->Driver->Hw.FeatureSupport & STOR_FEATURE_DEVICE_NAME_NO_SUFFIX);
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceText.DeviceTextType) {
    case DeviceTextDescription:
        StorpAppendWords(Text[0], Unit->Inquiry.VendorId, VendorChars);
        wcscat(Text[0], Text[0][0] ? L" " : L"");
        StorpAppendWords(Text[0], Unit->Inquiry.ProductId, ProductChars);
        if (Suffix) {
            wcscat(Text[0], L" SCSI ");
            wcscat(Text[0], StorpTypeOf(Unit, FALSE));
            wcscat(Text[0], L" Device");
        }
        break;
    case DeviceTextLocationInformation:
        _snwprintf(Text[0], StorIdChars, L"Bus Number %u, Target Id %u, LUN %u", Unit->Path,
                   Unit->Target, Unit->Lun);
        break;
    default:
        return StorpComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    }
    return StorpAnswerText(Irp, Text, 1);
}
