// PCI configuration space for driver hosts that have the privilege.
#include "hostp.h"

enum { IOP_PCI_SPACE = 256 }; // bytes that mechanism 1 reaches

// The largest access that Offset and what is left allow.
static ULONG IopPciAccessSize(ULONG Offset, ULONG Length)
{
    if (Offset % sizeof(ULONG) == 0 && Length >= sizeof(ULONG))
        return sizeof(ULONG);
    return Offset % sizeof(USHORT) == 0 && Length >= sizeof(USHORT) ? sizeof(USHORT)
                                                                    : sizeof(UCHAR);
}

static VOID IopAccessPci(KE_PCI_REGISTER Register, PUCHAR Buffer, ULONG Length, BOOLEAN Write)
{
    while (Length) {
        ULONG Size = IopPciAccessSize(Register.Offset, Length), Value = 0;
        if (Write) {
            memcpy(&Value, Buffer, Size);
            KeWritePciRegister(&Register, Size, Value);
        } else {
            Value = KeReadPciRegister(&Register, Size);
            memcpy(Buffer, &Value, Size);
        }
        Register.Offset += Size;
        Buffer += Size;
        Length -= Size;
    }
}

NTSTATUS NtHostPciConfiguration(ULONG Bus, ULONG Slot, ULONG Offset, VOID USER *Buffer,
                                ULONG Length, ULONG Write)
{
    PIO_HOST Host = IopCurrentHost();
    UCHAR Data[IOP_PCI_SPACE];
    KE_PCI_REGISTER Register = {Bus, Slot & 0x1F, Slot >> 5, Offset};
    if (!Host || !(Host->Privileges & IopPciPrivilege))
        return STATUS_ACCESS_DENIED;
    if (Bus > MAXUCHAR || Slot > MAXUCHAR || Offset >= IOP_PCI_SPACE ||
        Length > IOP_PCI_SPACE - Offset)
        return STATUS_INVALID_PARAMETER;
    if (Write) {
        NTSTATUS Status = MmCopyFromUser(Data, Buffer, Length);
        if (NT_SUCCESS(Status))
            IopAccessPci(Register, Data, Length, TRUE);
        return Status;
    }
    NTSTATUS Status = MmProbeForWrite(Buffer, Length, 1);
    if (!NT_SUCCESS(Status))
        return Status;
    IopAccessPci(Register, Data, Length, FALSE);
    return MmCopyToUser(Buffer, Data, Length);
}
