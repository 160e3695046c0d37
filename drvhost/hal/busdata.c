// Configuration space of buses: PCI, which the Executive reads and writes for hosts that may.

#include "../ntos.h"

// As on Windows: how many bytes there were, 0 for a bus that is not there, 2 for a device that is not there
// (its vendor identifier, all ones).
ULONG NTAPI HalGetBusDataByOffset(BUS_DATA_TYPE BusDataType, ULONG BusNumber, ULONG SlotNumber,
                                  PVOID Buffer, ULONG Offset, ULONG Length)
{
    USHORT Vendor;
    if (BusDataType != PCIConfiguration || !KiIsConnected())
        return 0;
    if (!NT_SUCCESS(NtHostPciConfiguration(BusNumber, SlotNumber, 0, &Vendor, sizeof(Vendor), 0)))
        return 0;
    if (Vendor == PCI_INVALID_VENDORID) {
        ULONG Size = min(Length, (ULONG)sizeof(Vendor));
        RtlCopyMemory(Buffer, &Vendor, Size);
        return Size;
    }
    NTSTATUS Status = NtHostPciConfiguration(BusNumber, SlotNumber, Offset, Buffer, Length, FALSE);
    return NT_SUCCESS(Status) ? Length : 0;
}

ULONG NTAPI HalSetBusDataByOffset(BUS_DATA_TYPE BusDataType, ULONG BusNumber, ULONG SlotNumber,
                                  PVOID Buffer, ULONG Offset, ULONG Length)
{
    if (BusDataType != PCIConfiguration || !KiIsConnected())
        return 0;
    NTSTATUS Status = NtHostPciConfiguration(BusNumber, SlotNumber, Offset, Buffer, Length, TRUE);
    return NT_SUCCESS(Status) ? Length : 0;
}

ULONG NTAPI HalGetBusData(BUS_DATA_TYPE BusDataType, ULONG BusNumber, ULONG SlotNumber,
                          PVOID Buffer, ULONG Length)
{
    return HalGetBusDataByOffset(BusDataType, BusNumber, SlotNumber, Buffer, 0, Length);
}

ULONG NTAPI HalSetBusData(BUS_DATA_TYPE BusDataType, ULONG BusNumber, ULONG SlotNumber,
                          PVOID Buffer, ULONG Length)
{
    return HalSetBusDataByOffset(BusDataType, BusNumber, SlotNumber, Buffer, 0, Length);
}
