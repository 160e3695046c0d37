// SMART, as programs have asked for it since Windows 95: SENDCMDINPARAMS with the registers, SENDCMDOUTPARAMS with what
// came.
#include "disk.h"

enum {
    SmartTimeOut = 15,
    StatusError = 0x01,
    PredictedMid = 0xF4, // what SMART RETURN STATUS leaves in the registers when the disk will fail
    PredictedHigh = 0x2C,
};

// ATA, or a bridge to it.
static BOOLEAN IsAta(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    static const UCHAR Translated[] = "ATA     ";
    const STORAGE_DEVICE_DESCRIPTOR *Device = Fdo->DeviceDescriptor;
    if (Device->BusType == BusTypeAta || Device->BusType == BusTypeSata)
        return TRUE;
    ULONG Offset = Device->VendorIdOffset;
    return Offset && Offset < Device->Size && Device->Size - Offset >= sizeof(Translated) - 1 &&
           RtlCompareMemory((PUCHAR)Device + Offset, Translated, sizeof(Translated) - 1) ==
               sizeof(Translated) - 1;
}

NTSTATUS DiskSmartVersion(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    if (!IsAta(Fdo))
        return STATUS_INVALID_DEVICE_REQUEST;
    *(PGETVERSIONINPARAMS)Irp->AssociatedIrp.SystemBuffer = (GETVERSIONINPARAMS){
        .bVersion = 1,
        .bRevision = 1,
        .bIDEDeviceMap = 1,
        .fCapabilities = CAP_ATA_ID_CMD | CAP_SMART_CMD,
    };
    Irp->IoStatus.Information = sizeof(GETVERSIONINPARAMS);
    return STATUS_SUCCESS;
}

static VOID Fill(PSAT_REQUEST Command, const IDEREGS *Registers)
{
    *Command = (SAT_REQUEST){};
    Command->Current[SAT_FEATURES] = Registers->bFeaturesReg;
    Command->Current[SAT_COUNT] = Registers->bSectorCountReg;
    Command->Current[SAT_LBA_LOW] = Registers->bSectorNumberReg;
    Command->Current[SAT_LBA_MID] = Registers->bCylLowReg;
    Command->Current[SAT_LBA_HIGH] = Registers->bCylHighReg;
    Command->Current[SAT_DEVICE] = Registers->bDriveHeadReg;
    Command->Current[SAT_COMMAND] = Registers->bCommandReg;
}

// What comes back is told even when the disk refused: DriverStatus says so.
static VOID SetStatus(PSENDCMDOUTPARAMS Out, const SAT_REQUEST *Command, BOOLEAN Registers)
{
    RtlZeroMemory(Out, FIELD_OFFSET(SENDCMDOUTPARAMS, bBuffer));
    if (!Registers || !(Command->Current[SAT_COMMAND] & StatusError))
        return;
    Out->DriverStatus.bDriverError = SMART_IDE_ERROR;
    Out->DriverStatus.bIDEError = Command->Current[SAT_FEATURES];
}

// ---- Commands with data from the disk

static BOOLEAN ReceiveAllowed(const IDEREGS *Registers)
{
    if (Registers->bCommandReg == ID_CMD)
        return TRUE;
    return Registers->bCommandReg == SMART_CMD && (Registers->bFeaturesReg == READ_ATTRIBUTES ||
                                                   Registers->bFeaturesReg == READ_THRESHOLDS ||
                                                   Registers->bFeaturesReg == SMART_READ_LOG);
}

NTSTATUS DiskSmartReceive(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    const ULONG Fixed = FIELD_OFFSET(SENDCMDOUTPARAMS, bBuffer);
    PSENDCMDOUTPARAMS Out = Irp->AssociatedIrp.SystemBuffer;
    IDEREGS Registers = ((PSENDCMDINPARAMS)Irp->AssociatedIrp.SystemBuffer)->irDriveRegs;
    ULONG Sectors = 1, Transferred;
    BOOLEAN Came;
    SAT_REQUEST Command;
    if (!IsAta(Fdo) || !ReceiveAllowed(&Registers))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (Registers.bCommandReg == SMART_CMD && Registers.bFeaturesReg == SMART_READ_LOG)
        Sectors = max(Registers.bSectorCountReg, 1);
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < Fixed + Sectors * SAT_SECTOR_BYTES)
        return STATUS_BUFFER_TOO_SMALL;
    Fill(&Command, &Registers);
    Command.Current[SAT_COUNT] = (UCHAR)Sectors;
    Command.In = true;
    Command.Length = Sectors * SAT_SECTOR_BYTES;
    NTSTATUS Status = DiskSendAta(Fdo, &Command, Out->bBuffer, SmartTimeOut, &Transferred, &Came);
    if (!NT_SUCCESS(Status))
        return Status;
    SetStatus(Out, &Command, Came);
    Out->cBufferSize = Transferred;
    Irp->IoStatus.Information = Fixed + Transferred;
    return STATUS_SUCCESS;
}

// ---- Commands without

static BOOLEAN SendAllowed(const IDEREGS *Registers)
{
    if (Registers->bCommandReg != SMART_CMD)
        return FALSE;
    switch (Registers->bFeaturesReg) {
    case ENABLE_SMART:
    case DISABLE_SMART:
    case RETURN_SMART_STATUS:
    case ENABLE_DISABLE_AUTOSAVE:
    case SAVE_ATTRIBUTE_VALUES:
    case EXECUTE_OFFLINE_DIAGS:
    case ENABLE_DISABLE_AUTO_OFFLINE:
        return TRUE;
    default:
        return FALSE;
    }
}

NTSTATUS DiskSmartSend(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    const ULONG Fixed = FIELD_OFFSET(SENDCMDOUTPARAMS, bBuffer);
    PSENDCMDOUTPARAMS Out = Irp->AssociatedIrp.SystemBuffer;
    IDEREGS Registers = ((PSENDCMDINPARAMS)Irp->AssociatedIrp.SystemBuffer)->irDriveRegs;
    BOOLEAN Returns = Registers.bFeaturesReg == RETURN_SMART_STATUS, Came;
    ULONG Bytes = Fixed + (Returns ? (ULONG)sizeof(IDEREGS) : 0), Transferred;
    SAT_REQUEST Command;
    if (!IsAta(Fdo) || !SendAllowed(&Registers))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < Bytes)
        return STATUS_BUFFER_TOO_SMALL;
    Fill(&Command, &Registers);
    NTSTATUS Status = DiskSendAta(Fdo, &Command, nullptr, SmartTimeOut, &Transferred, &Came);
    if (!NT_SUCCESS(Status))
        return Status;
    SetStatus(Out, &Command, Came);
    if (Returns) {
        IDEREGS Answer = Registers;
        if (Came) {
            Answer.bCylLowReg = Command.Current[SAT_LBA_MID];
            Answer.bCylHighReg = Command.Current[SAT_LBA_HIGH];
        }
        Out->cBufferSize = sizeof(IDEREGS);
        RtlCopyMemory(Out->bBuffer, &Answer, sizeof(IDEREGS));
    }
    Irp->IoStatus.Information = Bytes;
    return STATUS_SUCCESS;
}

// ---- Will it fail

NTSTATUS DiskPredictFailure(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PSTORAGE_PREDICT_FAILURE Answer = Irp->AssociatedIrp.SystemBuffer;
    IDEREGS Registers = {
        .bFeaturesReg = RETURN_SMART_STATUS,
        .bCylLowReg = SMART_CYL_LOW,
        .bCylHighReg = SMART_CYL_HI,
        .bCommandReg = SMART_CMD,
    };
    SAT_REQUEST Command;
    ULONG Transferred;
    BOOLEAN Came;
    UNREFERENCED_PARAMETER(Stack);
    if (!IsAta(Fdo) && !Fdo->FailurePredicted)
        return STATUS_INVALID_DEVICE_REQUEST;
    RtlZeroMemory(Answer, sizeof(*Answer));
    Answer->PredictFailure = Fdo->FailurePredicted;
    Irp->IoStatus.Information = sizeof(*Answer);
    if (!IsAta(Fdo))
        return STATUS_SUCCESS;
    Fill(&Command, &Registers);
    NTSTATUS Status = DiskSendAta(Fdo, &Command, nullptr, SmartTimeOut, &Transferred, &Came);
    if (!NT_SUCCESS(Status) || !Came)
        return NT_SUCCESS(Status) ? STATUS_IO_DEVICE_ERROR : Status;
    Answer->PredictFailure |= Command.Current[SAT_LBA_MID] == PredictedMid &&
                              Command.Current[SAT_LBA_HIGH] == PredictedHigh;
    Registers.bFeaturesReg = READ_ATTRIBUTES;
    Fill(&Command, &Registers);
    Command.Current[SAT_COUNT] = 1;
    Command.In = true;
    Command.Length = sizeof(Answer->VendorSpecific);
    return DiskSendAta(Fdo, &Command, Answer->VendorSpecific, SmartTimeOut, &Transferred, &Came);
}
