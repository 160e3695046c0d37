// Requests that storport makes itself, while its caller waits.
#include "storportp.h"

static NTSTATUS NTAPI StorpInternalDone(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

VOID StorpInitInternal(PSTOR_INTERNAL Internal, UCHAR Function, ULONG Flags, PVOID Buffer,
                       ULONG Length, ULONG TimeOut)
{
    PSCSI_REQUEST_BLOCK Srb = &Internal->Srb;
    RtlZeroMemory(Internal, sizeof(*Internal));
    Srb->Length = sizeof(*Srb);
    Srb->Function = Function;
    Srb->SrbFlags = Flags | SRB_FLAGS_NO_QUEUE_FREEZE | SRB_FLAGS_BYPASS_FROZEN_QUEUE |
                    SRB_FLAGS_QUEUE_ACTION_ENABLE | SRB_FLAGS_DISABLE_SYNCH_TRANSFER;
    Srb->QueueAction = SRB_SIMPLE_TAG_REQUEST;
    Srb->DataBuffer = Buffer;
    Srb->DataTransferLength = Length;
    Srb->TimeOutValue = TimeOut;
    Srb->SenseInfoBuffer = Internal->Sense;
    Srb->SenseInfoBufferLength = StorSenseBytes;
}

NTSTATUS StorpRunInternal(PSTOR_UNIT Unit, PVOID Srb, PMDL Mdl)
{
    KEVENT Done;
    PIRP Irp = IoAllocateIrp(2, FALSE);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Stack->MajorFunction = IRP_MJ_SCSI;
    Stack->Parameters.Scsi.Srb = Srb;
    IoSetCompletionRoutine(Irp, StorpInternalDone, &Done, TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(Irp);
    Irp->MdlAddress = Mdl;
    SrbSetOriginalRequest(Srb, Irp);
    StorpUnitScsi(Unit, Irp);
    KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, nullptr);
    NTSTATUS Status = Irp->IoStatus.Status;
    Irp->MdlAddress = nullptr;
    IoFreeIrp(Irp);
    return Status;
}
