// Reservations.
#include "classp.h"

NTSTATUS ClasspReserve(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    BOOLEAN Release = (Stack->Parameters.DeviceIoControl.IoControlCode >> 2 & 0xFFF) == 0x205;
    UNREFERENCED_PARAMETER(Irp);
    PCLASSP_COMMAND Command =
        ClasspNewCommand(6, Release ? SCSIOP_RELEASE_UNIT : SCSIOP_RESERVE_UNIT);
    if (!Command)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = ClasspSend(Fdo, Command);
    ExFreePoolWithTag(Command, ClasspTag);
    return Status;
}

static NTSTATUS CheckHeader(const PERSISTENT_RESERVE_COMMAND *Request, PIO_STACK_LOCATION Stack)
{
    ULONG Input = Stack->Parameters.DeviceIoControl.InputBufferLength;
    if (Input < sizeof(*Request))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (Request->Version != sizeof(*Request) || Request->Size < sizeof(*Request) ||
        Request->Size > Input)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

// Data: taken out and put in through memory that devices can use.
static NTSTATUS SendReserve(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PCLASSP_COMMAND Command, PVOID Data,
                            ULONG Length, PULONG Transferred)
{
    *Transferred = 0;
    Command->Length = Length;
    Command->Buffer = Length ? ExAllocatePoolWithTag(NonPagedPoolNx, Length, ClasspTag) : nullptr;
    if (Length && !Command->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (Command->Write && Length)
        RtlCopyMemory(Command->Buffer, Data, Length);
    NTSTATUS Status = ClasspSend(Fdo, Command);
    if (NT_SUCCESS(Status) && !Command->Write) {
        *Transferred = min(Command->Result.Transferred, Length);
        RtlCopyMemory(Data, Command->Buffer, *Transferred);
    }
    if (Command->Buffer)
        ExFreePoolWithTag(Command->Buffer, ClasspTag);
    return Status;
}

NTSTATUS ClasspPersistentIn(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PPERSISTENT_RESERVE_COMMAND Request = Irp->AssociatedIrp.SystemBuffer;
    ULONG Transferred;
    NTSTATUS Status = CheckHeader(Request, Stack);
    if (!NT_SUCCESS(Status))
        return Status;
    USHORT Length = Request->PR_IN.AllocationLength;
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < Length)
        return STATUS_BUFFER_TOO_SMALL;
    PCLASSP_COMMAND Command = ClasspNewCommand(10, SCSIOP_PERSISTENT_RESERVE_IN);
    if (!Command)
        return STATUS_INSUFFICIENT_RESOURCES;
    Command->Cdb[1] = Request->PR_IN.ServiceAction;
    CorePut16(Command->Cdb + 7, Length);
    Status = SendReserve(Fdo, Command, Irp->AssociatedIrp.SystemBuffer, Length, &Transferred);
    Irp->IoStatus.Information = Transferred;
    ExFreePoolWithTag(Command, ClasspTag);
    return Status;
}

NTSTATUS ClasspPersistentOut(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PPERSISTENT_RESERVE_COMMAND Request = Irp->AssociatedIrp.SystemBuffer;
    ULONG Transferred;
    NTSTATUS Status = CheckHeader(Request, Stack);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Length = Request->Size - FIELD_OFFSET(PERSISTENT_RESERVE_COMMAND, PR_OUT.ParameterList);
    PCLASSP_COMMAND Command = ClasspNewCommand(10, SCSIOP_PERSISTENT_RESERVE_OUT);
    if (!Command)
        return STATUS_INSUFFICIENT_RESOURCES;
    Command->Cdb[1] = Request->PR_OUT.ServiceAction;
    Command->Cdb[2] = (UCHAR)(Request->PR_OUT.Scope << 4 | Request->PR_OUT.Type);
    CorePut32(Command->Cdb + 5, Length);
    Command->Write = TRUE;
    Status = SendReserve(Fdo, Command, Request->PR_OUT.ParameterList, Length, &Transferred);
    ExFreePoolWithTag(Command, ClasspTag);
    return Status;
}
