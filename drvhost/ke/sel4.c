// The only file of the driver host that calls the kernel: notifications, interrupts, I/O ports.

// The IPC buffer of a thread lies behind its environment block; ntdll's stubs use the same one.
#define SEL4_IPC_BUFFER() ((seL4_IPCBuffer *)(KiTeb() + 0x1C00))
static inline unsigned long long KiTeb(void)
{
    unsigned long long Teb;
    __asm__("movq %%gs:0x30, %0" : "=r"(Teb));
    return Teb;
}

#include <sel4/sel4.h>

#include "kep.h"

VOID KiWaitNotification(ULONG Slot)
{
    seL4_Wait(HOST_CPTR(Slot), nullptr);
}

VOID KiSignalNotification(ULONG Slot)
{
    seL4_Signal(HOST_CPTR(Slot));
}

// The slot holds the interrupt, or the notification of the next host that shares the line, which the message signals
// whatever it says. Nobody answers a send, so either will do.
VOID KiAcknowledgeInterrupt(ULONG Slot)
{
    seL4_Send(HOST_CPTR(Slot), seL4_MessageInfo_new(IRQAckIRQ, 0, 0, 0));
}

ULONG KiReadPort(ULONG Slot, USHORT Port, ULONG Size)
{
    seL4_CPtr Cap = HOST_CPTR(Slot);
    seL4_Uint8 Byte;
    seL4_Uint16 Word;
    seL4_Uint32 Long;
    switch (Size) {
    case 1:
        return seL4_X86_IOPort_In8(Cap, Port, &Byte) ? MAXUCHAR : Byte;
    case 2:
        return seL4_X86_IOPort_In16(Cap, Port, &Word) ? MAXUSHORT : Word;
    default:
        return seL4_X86_IOPort_In32(Cap, Port, &Long) ? MAXULONG : Long;
    }
}

VOID KiWritePort(ULONG Slot, USHORT Port, ULONG Size, ULONG Value)
{
    seL4_CPtr Cap = HOST_CPTR(Slot);
    if (Size == 1)
        seL4_X86_IOPort_Out8(Cap, Port, (UCHAR)Value);
    else if (Size == 2)
        seL4_X86_IOPort_Out16(Cap, Port, (USHORT)Value);
    else
        seL4_X86_IOPort_Out32(Cap, Port, Value);
}
