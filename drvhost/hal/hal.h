// I/O ports of the host's devices, and DMA.
#pragma once

ULONG HalpReadPort(USHORT Port, ULONG Size); // Size 1, 2 or 4; all ones: not among the host's ports
NTSTATUS HalpAddPorts(ULONG First, ULONG Count); // of a device: a range that is fetched as a whole
VOID HalpWritePort(USHORT Port, ULONG Size, ULONG Value);

ULONGLONG HalpHighestMemory(void); // the last physical address of RAM
