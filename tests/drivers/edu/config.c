// Configuration space by requests to the bus, which is in another process.
#include "driver.h"

static NTSTATUS EduConfig(PEDU Edu, UCHAR Minor, ULONG Offset, PVOID Buffer, ULONG Length)
{
    IO_STACK_LOCATION Stack = {.MinorFunction = Minor};
    Stack.Parameters.ReadWriteConfig.WhichSpace = PCI_WHICHSPACE_CONFIG;
    Stack.Parameters.ReadWriteConfig.Buffer = Buffer;
    Stack.Parameters.ReadWriteConfig.Offset = Offset;
    Stack.Parameters.ReadWriteConfig.Length = Length;
    return AskLower(Edu->Layer.Lower, &Stack);
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
