// Configuration space by requests to the bus, which is in another process.
#include "driver.h"

static NTSTATUS EduConfig(PEDU Edu, UCHAR Minor, ULONG Offset, PVOID Buffer, ULONG Length)
{
    IO_STATUS_BLOCK IoStatus = {};
    KEVENT Done;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp =
        IoBuildSynchronousFsdRequest(IRP_MJ_PNP, Edu->Lower, NULL, 0, NULL, &Done, &IoStatus);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    Stack->MinorFunction = Minor;
    Stack->Parameters.ReadWriteConfig.WhichSpace = PCI_WHICHSPACE_CONFIG;
    Stack->Parameters.ReadWriteConfig.Buffer = Buffer;
    Stack->Parameters.ReadWriteConfig.Offset = Offset;
    Stack->Parameters.ReadWriteConfig.Length = Length;
    if (IoCallDriver(Edu->Lower, Irp) == STATUS_PENDING)
        KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
    return IoStatus.Status;
}

VOID EduTryConfig(PEDU Edu, PULONG Identifiers, PULONG Scratch)
{
    ULONG Line = FIELD_OFFSET(PCI_COMMON_CONFIG, u.type0.InterruptLine);
    UCHAR Before = 0, Test = 0x55, After = 0;
    NTSTATUS Status = EduConfig(Edu, IRP_MN_READ_CONFIG, 0, Identifiers, sizeof(*Identifiers));
    if (NT_SUCCESS(Status))
        Status = EduConfig(Edu, IRP_MN_READ_CONFIG, Line, &Before, sizeof(Before));
    if (NT_SUCCESS(Status))
        Status = EduConfig(Edu, IRP_MN_WRITE_CONFIG, Line, &Test, sizeof(Test));
    if (NT_SUCCESS(Status))
        Status = EduConfig(Edu, IRP_MN_READ_CONFIG, Line, &After, sizeof(After));
    if (NT_SUCCESS(Status))
        Status = EduConfig(Edu, IRP_MN_WRITE_CONFIG, Line, &Before, sizeof(Before));
    *Scratch = NT_SUCCESS(Status) ? After : (ULONG)Status;
}
