// Device control: what a driver answers beyond the library, by a table.
#include "block.h"

NTSTATUS BlockDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                            const BLOCK_CONTROL_ENTRY *Entries, ULONG Count)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    const BLOCK_CONTROL_ENTRY *Entry = Entries;
    while (Entry < Entries + Count &&
           Entry->Code != Stack->Parameters.DeviceIoControl.IoControlCode)
        Entry++;
    if (Entry == Entries + Count)
        return ClassDeviceControl(DeviceObject, Irp);
    Irp->IoStatus.Information = 0;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < Entry->Input)
        return ClasspComplete(DeviceObject, Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < Entry->Output)
        return ClasspComplete(DeviceObject, Irp, STATUS_BUFFER_TOO_SMALL, 0);
    NTSTATUS Status = Entry->Routine(BlockFdo(DeviceObject), Irp, Stack);
    return ClasspComplete(DeviceObject, Irp, Status, Irp->IoStatus.Information);
}
