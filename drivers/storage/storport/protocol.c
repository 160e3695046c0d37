// Commands of a device's own protocol: IOCTL_STORAGE_PROTOCOL_COMMAND, and the properties that are answered by one. The
// miniport gets them as SRB_FUNCTION_PROTOCOL_COMMAND, whose data is the STORAGE_PROTOCOL_COMMAND with all that belongs
// to it, in nonpaged memory. Those of ATA are in protocolata.c.
#include "storportp.h"

#include <ntddstor.h>

enum { StorProtocolSeconds = 10, StorMostProtocolBytes = 64 * 1024 };

// Bytes of the buffer that the miniport has filled or left alone.
static NTSTATUS StorpRunProtocol(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit,
                                 PSTORAGE_PROTOCOL_COMMAND Command, ULONG Bytes)
{
    PSTOR_INTERNAL Internal = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Internal), StorTag);
    if (!Internal)
        return STATUS_INSUFFICIENT_RESOURCES;
    StorpInitInternal(Internal, SRB_FUNCTION_PROTOCOL_COMMAND,
                      SRB_FLAGS_DATA_IN | SRB_FLAGS_DATA_OUT, Command, Bytes,
                      Command->TimeOutValue);
    Command->ReturnStatus = STORAGE_PROTOCOL_STATUS_PENDING;
    NTSTATUS Status = StorpRunInternal(Unit ? Unit : Adapter->OwnUnit, &Internal->Srb, nullptr);
    ExFreePoolWithTag(Internal, StorTag);
    return Status;
}

// ---- IOCTL_STORAGE_PROTOCOL_COMMAND

static BOOLEAN StorpIsInside(ULONG Offset, ULONG Length, ULONG Head, ULONG Bytes)
{
    return !Length || (Offset >= Head && Offset <= Bytes && Length <= Bytes - Offset);
}

static NTSTATUS StorpCheckCommand(const STORAGE_PROTOCOL_COMMAND *Command, ULONG Input,
                                  ULONG Output)
{
    ULONG Head = FIELD_OFFSET(STORAGE_PROTOCOL_COMMAND, Command);
    if (Input < Head)
        return STATUS_INFO_LENGTH_MISMATCH;
    if (Command->Version != STORAGE_PROTOCOL_STRUCTURE_VERSION ||
        Command->Length != sizeof(*Command))
        return STATUS_REVISION_MISMATCH;
    if (!Command->CommandLength || Command->CommandLength > Input - Head ||
        !Command->TimeOutValue || max(Input, Output) > StorMostProtocolBytes || Output < Head)
        return STATUS_INVALID_PARAMETER;
    Head += Command->CommandLength;
    if (!StorpIsInside(Command->ErrorInfoOffset, Command->ErrorInfoLength, Head, Output) ||
        !StorpIsInside(Command->DataToDeviceBufferOffset, Command->DataToDeviceTransferLength, Head,
                       Input) ||
        !StorpIsInside(Command->DataFromDeviceBufferOffset, Command->DataFromDeviceTransferLength,
                       Head, Output))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

NTSTATUS StorpProtocolCommand(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PSTORAGE_PROTOCOL_COMMAND Given = Irp->AssociatedIrp.SystemBuffer;
    ULONG Input = Stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG Output = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    NTSTATUS Status = StorpCheckCommand(Given, Input, Output);
    if (!NT_SUCCESS(Status))
        return StorpComplete(Irp, Status, 0);
    ULONG Bytes = max(Input, Output);
    PSTORAGE_PROTOCOL_COMMAND Copy = ExAllocatePoolWithTag(NonPagedPoolNx, Bytes, StorTag);
    if (!Copy)
        return StorpComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(Copy, Bytes);
    RtlCopyMemory(Copy, Given, Input);
    if (!Unit)
        Copy->Flags |= STORAGE_PROTOCOL_COMMAND_FLAG_ADAPTER_REQUEST;
    Status = StorpRunProtocol(Adapter, Unit, Copy, Bytes);
    if (NT_SUCCESS(Status))
        RtlCopyMemory(Given, Copy, Output);
    ExFreePoolWithTag(Copy, StorTag);
    return StorpComplete(Irp, Status, NT_SUCCESS(Status) ? Output : 0);
}

// ---- StorageAdapterProtocolSpecificProperty, StorageDeviceProtocolSpecificProperty

enum { // NVM Express 1.4, 5
    StorNvmeGetLogPage = 0x02,
    StorNvmeIdentify = 0x06,
    StorNvmeGetFeatures = 0x0A,
    StorNvmeCommandWords = 16,
    StorNvmeAll = -1, // namespaces
};

// The words of the command. FALSE: nothing that there is.
static BOOLEAN StorpBuildNvme(const STORAGE_PROTOCOL_SPECIFIC_DATA *Asked, BOOLEAN OfAdapter,
                              PULONG Words)
{
    ULONG Value = Asked->ProtocolDataRequestValue, Sub = Asked->ProtocolDataRequestSubValue;
    ULONG Dwords = Asked->ProtocolDataLength / sizeof(ULONG) - 1; // 0-based
    RtlZeroMemory(Words, StorNvmeCommandWords * sizeof(ULONG));
    switch (Asked->DataType) {
    case NVMeDataTypeIdentify:
        Words[0] = StorNvmeIdentify;
        Words[1] = Sub; // 0: of a unit its own
        Words[10] = Value;
        return TRUE;
    case NVMeDataTypeLogPage:
        Words[0] = StorNvmeGetLogPage;
        Words[1] = (ULONG)StorNvmeAll;
        Words[10] = (Dwords & 0xFFFF) << 16 | (Value & 0xFF);
        Words[11] = Dwords >> 16;
        Words[12] = Sub; // where it begins
        Words[13] = Asked->ProtocolDataRequestSubValue2;
        return Asked->ProtocolDataLength >= sizeof(ULONG);
    case NVMeDataTypeFeature:
        Words[0] = StorNvmeGetFeatures;
        Words[1] = OfAdapter ? 0 : (ULONG)StorNvmeAll;
        Words[10] = Value;
        Words[11] = Sub;
        return TRUE;
    default:
        return FALSE;
    }
}

static NTSTATUS StorpProtocolStatus(ULONG Status)
{
    switch (Status) {
    case STORAGE_PROTOCOL_STATUS_SUCCESS:
        return STATUS_SUCCESS;
    case STORAGE_PROTOCOL_STATUS_INVALID_REQUEST:
        return STATUS_INVALID_PARAMETER;
    case STORAGE_PROTOCOL_STATUS_NOT_SUPPORTED:
        return STATUS_NOT_SUPPORTED;
    case STORAGE_PROTOCOL_STATUS_BUSY:
        return STATUS_DEVICE_BUSY;
    default:
        return STATUS_IO_DEVICE_ERROR;
    }
}

// Data: of Asked->ProtocolDataLength bytes.
NTSTATUS StorpAskProtocol(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit,
                          PSTORAGE_PROTOCOL_SPECIFIC_DATA Asked, PVOID Data)
{
    ULONG Head =
        FIELD_OFFSET(STORAGE_PROTOCOL_COMMAND, Command[STORAGE_PROTOCOL_COMMAND_LENGTH_NVME]);
    ULONG Bytes = Head + Asked->ProtocolDataLength;
    PSTORAGE_PROTOCOL_COMMAND Command = ExAllocatePoolWithTag(NonPagedPoolNx, Bytes, StorTag);
    if (!Command)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Command, Bytes);
    Command->Version = STORAGE_PROTOCOL_STRUCTURE_VERSION;
    Command->Length = sizeof(*Command);
    Command->ProtocolType = ProtocolTypeNvme;
    Command->Flags = Unit ? 0 : STORAGE_PROTOCOL_COMMAND_FLAG_ADAPTER_REQUEST;
    Command->CommandLength = STORAGE_PROTOCOL_COMMAND_LENGTH_NVME;
    Command->DataFromDeviceTransferLength = Asked->ProtocolDataLength;
    Command->DataFromDeviceBufferOffset = Head;
    Command->TimeOutValue = StorProtocolSeconds;
    Command->CommandSpecific = STORAGE_PROTOCOL_SPECIFIC_NVME_ADMIN_COMMAND;
    NTSTATUS Status = STATUS_INVALID_PARAMETER;
    if (StorpBuildNvme(Asked, !Unit, (PULONG)Command->Command))
        Status = StorpRunProtocol(Adapter, Unit, Command, Bytes);
    if (NT_SUCCESS(Status))
        Status = StorpProtocolStatus(Command->ReturnStatus);
    if (NT_SUCCESS(Status)) {
        Asked->FixedProtocolReturnData = Command->FixedProtocolReturnData;
        RtlCopyMemory(Data, (PUCHAR)Command + Head, Asked->ProtocolDataLength);
    }
    ExFreePoolWithTag(Command, StorTag);
    return Status;
}

// The question is behind the query; the answer is a descriptor with the data behind it, which may not begin before it.
NTSTATUS StorpProtocolProperty(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    enum {
        Question = FIELD_OFFSET(STORAGE_PROPERTY_QUERY, AdditionalParameters),
        Answer = FIELD_OFFSET(STORAGE_PROTOCOL_DATA_DESCRIPTOR, ProtocolSpecificData),
    };
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PUCHAR Buffer = Irp->AssociatedIrp.SystemBuffer;
    PSTORAGE_PROTOCOL_DATA_DESCRIPTOR Descriptor = (PVOID)Buffer;
    STORAGE_PROTOCOL_SPECIFIC_DATA Asked;
    ULONG Room = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < Question + sizeof(Asked) ||
        Room < sizeof(*Descriptor))
        return StorpComplete(Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
    RtlCopyMemory(&Asked, Buffer + Question, sizeof(Asked));
    if (((const STORAGE_PROPERTY_QUERY *)Buffer)->PropertyId ==
        StorageAdapterProtocolSpecificProperty)
        Unit = nullptr;
    if (Asked.ProtocolType != ProtocolTypeNvme && Asked.ProtocolType != ProtocolTypeAta)
        return StorpComplete(Irp, STATUS_NOT_SUPPORTED, 0);
    if (Asked.ProtocolDataLength > StorMostProtocolBytes ||
        !StorpIsInside(Asked.ProtocolDataOffset, Asked.ProtocolDataLength, sizeof(Asked),
                       Room - Answer))
        return StorpComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    PUCHAR Data = Buffer + Answer + Asked.ProtocolDataOffset;
    NTSTATUS Status = Asked.ProtocolType == ProtocolTypeAta
                          ? StorpAskAta(Unit, &Asked, Data)
                          : StorpAskProtocol(Adapter, Unit, &Asked, Data);
    if (!NT_SUCCESS(Status))
        return StorpComplete(Irp, Status, 0);
    Descriptor->Version = sizeof(*Descriptor);
    Descriptor->Size = sizeof(*Descriptor);
    Descriptor->ProtocolSpecificData = Asked;
    ULONG End = Answer + Asked.ProtocolDataOffset + Asked.ProtocolDataLength;
    return StorpComplete(Irp, STATUS_SUCCESS, max(End, (ULONG)sizeof(*Descriptor)));
}
