// IRP_MN_READ_CONFIG and IRP_MN_WRITE_CONFIG: configuration space for the function's drivers.
#include "pci.h"

static NTSTATUS PciCheckRange(const PCI_FUNCTION *Function, const IO_STACK_LOCATION *Stack)
{
    ULONG Offset = Stack->Parameters.ReadWriteConfig.Offset;
    if (Stack->Parameters.ReadWriteConfig.WhichSpace != PCI_WHICHSPACE_CONFIG)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (Offset >= Function->Space.Length ||
        Stack->Parameters.ReadWriteConfig.Length > Function->Space.Length - Offset)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

VOID PciWriteAsDriver(PPCI_FUNCTION Function, ULONG Offset, const VOID *Buffer, ULONG Length)
{
    const UCHAR *Bytes = Buffer;
    const PCI_SPACE *Space = &Function->Space;
    while (Length) {
        ULONG Size = Offset % 4 == 0 && Length >= 4 ? 4 : Offset % 2 == 0 && Length >= 2 ? 2 : 1;
        ULONG Value = 0, Allowed = 0;
        for (ULONG i = 0; i < Size; i++) {
            Value |= (ULONG)Bytes[i] << 8 * i;
            Allowed += PciIsDriverByte(Space, &Function->Header, Offset + i);
        }
        if (Allowed == Size)
            PciWrite(Space, Offset, Size, Value);
        for (ULONG i = 0; i < Size && Allowed && Allowed < Size; i++) {
            if (PciIsDriverByte(Space, &Function->Header, Offset + i))
                PciWrite(Space, Offset + i, 1, Bytes[i]);
        }
        Offset += Size;
        Bytes += Size;
        Length -= Size;
    }
}

NTSTATUS PciReadConfig(PPCI_FUNCTION Function, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = PciCheckRange(Function, Stack);
    ULONG Length = NT_SUCCESS(Status) ? Stack->Parameters.ReadWriteConfig.Length : 0;
    if (NT_SUCCESS(Status))
        PciReadBytes(&Function->Space, Stack->Parameters.ReadWriteConfig.Offset,
                     Stack->Parameters.ReadWriteConfig.Buffer, Length);
    return PciComplete(Irp, Status, Length);
}

// What is the bus driver's keeps its value, as on Windows.
NTSTATUS PciWriteConfig(PPCI_FUNCTION Function, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = PciCheckRange(Function, Stack);
    ULONG Length = NT_SUCCESS(Status) ? Stack->Parameters.ReadWriteConfig.Length : 0;
    if (NT_SUCCESS(Status))
        PciWriteAsDriver(Function, Stack->Parameters.ReadWriteConfig.Offset,
                         Stack->Parameters.ReadWriteConfig.Buffer, Length);
    return PciComplete(Irp, Status, Length);
}
