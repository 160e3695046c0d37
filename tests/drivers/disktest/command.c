// trim TARGET OFFSET LENGTH: the range is given back. scsi TARGET CDB [BYTES]: a command as it is, of hexadecimal digits,
// and what it reads.
#include "disktest.h"

#include <ntddscsi.h>

enum {
    IOCTL_STORAGE_MANAGE_DATA_SET_ATTRIBUTES = 0x002D9404,
    DtDsmTrim = 1,
    DtScsiIn = 1,
    DtScsiNone = 2,
    DtScsiSeconds = 30,
    DtMostData = 512,
};

typedef struct {
    ULONG Size, Action, Flags, ParameterBlockOffset, ParameterBlockLength, DataSetRangesOffset,
        DataSetRangesLength, Padding;
    ULONGLONG StartingOffset, LengthInBytes;
} DT_TRIM;
static_assert(FIELD_OFFSET(DT_TRIM, StartingOffset) == 32);

NTSTATUS DtTrim(PDT_TARGET Target, PWSTR *Words, ULONG Count)
{
    DT_TRIM Trim = {
        .Size = FIELD_OFFSET(DT_TRIM, Padding),
        .Action = DtDsmTrim,
        .DataSetRangesOffset = FIELD_OFFSET(DT_TRIM, StartingOffset),
        .DataSetRangesLength = 2 * sizeof(ULONGLONG),
        .StartingOffset = DtNumber(Words[1]),
        .LengthInBytes = DtNumber(Words[2]),
    };
    UNREFERENCED_PARAMETER(Count);
    NTSTATUS Status = DtControl(Target, IOCTL_STORAGE_MANAGE_DATA_SET_ATTRIBUTES, &Trim,
                                sizeof(Trim), nullptr, 0);
    ConPrint(L"trim: status %08lx\n", Status);
    return Status;
}

// ---- SCSI

typedef struct {
    SCSI_PASS_THROUGH Pass;
    UCHAR Sense[32];
    UCHAR Data[DtMostData];
} DT_SCSI;
static_assert(FIELD_OFFSET(DT_SCSI, Sense) == 0x38);

static ULONG DtHexDigit(WCHAR Character)
{
    return Character <= L'9' ? Character - L'0' : (Character | 0x20) - L'a' + 10u;
}

static UCHAR DtReadHex(PCWSTR Text, UCHAR Bytes[16])
{
    UCHAR Count = 0;
    for (; Text[0] && Text[1] && Count < 16; Text += 2)
        Bytes[Count++] = (UCHAR)(DtHexDigit(Text[0]) << 4 | DtHexDigit(Text[1]));
    return Count;
}

NTSTATUS DtScsi(PDT_TARGET Target, PWSTR *Words, ULONG Count)
{
    ULONG Bytes = Count > 2 ? min((ULONG)DtNumber(Words[2]), (ULONG)DtMostData) : 0;
    DT_SCSI Request = {
        .Pass.Length = sizeof(SCSI_PASS_THROUGH),
        .Pass.SenseInfoLength = sizeof(Request.Sense),
        .Pass.DataIn = Bytes ? DtScsiIn : DtScsiNone,
        .Pass.DataTransferLength = Bytes,
        .Pass.TimeOutValue = DtScsiSeconds,
        .Pass.DataBufferOffset = FIELD_OFFSET(DT_SCSI, Data),
        .Pass.SenseInfoOffset = FIELD_OFFSET(DT_SCSI, Sense),
    };
    Request.Pass.CdbLength = DtReadHex(Words[1], Request.Pass.Cdb);
    NTSTATUS Status = DtControl(Target, IOCTL_SCSI_PASS_THROUGH, &Request, sizeof(Request),
                                &Request, sizeof(Request));
    ConPrint(L"scsi: status %08lx, scsi %02x, sense %x/%02x/%02x, data", Status,
             Request.Pass.ScsiStatus, Request.Sense[2] & 0xF, Request.Sense[12], Request.Sense[13]);
    for (ULONG i = 0; i < min(Bytes, 32u); i++)
        ConPrint(L" %02x", Request.Data[i]);
    ConPrint(L"\n");
    return Status;
}
