// What the program asks for.
#include "driver.h"

static NTSTATUS MessageReport(PMESSAGE_DEVICE Device, PMESSAGE_REPORT_DATA Report)
{
    *Report = (MESSAGE_REPORT_DATA){.Messages = Device->Messages->MessageCount};
    for (ULONG i = 0; i < MESSAGE_ENTRIES; i++)
        Report->Counts[i] = (ULONG)Device->Counts[i];
    return Device->Table.GetTableSize(Device->Table.Context, &Report->TableSize);
}

static NTSTATUS MessageQuery(PMESSAGE_DEVICE Device, PMESSAGE_REQUEST_DATA Request)
{
    BOOLEAN Masked = FALSE;
    NTSTATUS Status = Device->Table.GetTableEntry(Device->Table.Context, Request->Entry,
                                                  &Request->Message, &Masked);
    Request->Masked = Masked;
    return Status;
}

static NTSTATUS MessageRun(PMESSAGE_DEVICE Device, ULONG Code, PMESSAGE_REQUEST_DATA Request)
{
    PPCI_MSIX_TABLE_CONFIG_INTERFACE Table = &Device->Table;
    switch (Code) {
    case EDU_CODE(MESSAGE_FIRE):
        if (Request->Entry >= MESSAGE_ENTRIES)
            return STATUS_INVALID_PARAMETER;
        MessageFire(Device, Request->Entry);
        return STATUS_SUCCESS;
    case EDU_CODE(MESSAGE_SET):
        return Table->SetTableEntry(Table->Context, Request->Entry, Request->Message);
    case EDU_CODE(MESSAGE_MASK):
        return Table->MaskTableEntry(Table->Context, Request->Entry);
    case EDU_CODE(MESSAGE_UNMASK):
        return Table->UnmaskTableEntry(Table->Context, Request->Entry);
    case EDU_CODE(MESSAGE_QUERY):
        return MessageQuery(Device, Request);
    default:
        return STATUS_INVALID_DEVICE_REQUEST;
    }
}

NTSTATUS NTAPI MessageControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PMESSAGE_DEVICE Device = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    ULONG Input = Stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG Output = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG Size = sizeof(MESSAGE_REQUEST_DATA);
    NTSTATUS Status = STATUS_INVALID_PARAMETER;
    if (!Device->Messages) {
        Status = STATUS_DEVICE_NOT_READY;
    } else if (Code == EDU_CODE(MESSAGE_REPORT)) {
        Size = sizeof(MESSAGE_REPORT_DATA);
        if (Output >= Size)
            Status = MessageReport(Device, Irp->AssociatedIrp.SystemBuffer);
    } else if (Input >= Size && Output >= Size) {
        Status = MessageRun(Device, Code, Irp->AssociatedIrp.SystemBuffer);
    }
    return Complete(Irp, Status, NT_SUCCESS(Status) ? Size : 0);
}
