// The two serial lines: COM1 is the user's console until a driver has it, COM2 the debug log. Register numbers: National Semiconductor PC16550D data sheet, 8.
#include "kep.h"

enum {
    UART_DATA = 0, // transmit holding, receive buffer; low divisor byte while DLAB is set
    UART_INTERRUPT_ENABLE = 1, // high divisor byte while DLAB is set
    UART_FIFO_CONTROL = 2,
    UART_INTERRUPT_ID = 2, // read
    UART_LINE_CONTROL = 3,
    UART_MODEM_CONTROL = 4,
    UART_LINE_STATUS = 5,
    UART_SCRATCH = 7, // holds what is written to it
    UART_PORTS = 8,

    UART_LINE_8N1 = 0x03,
    UART_LINE_DLAB = 0x80,
    UART_FIFO_ENABLE = 0x01, // clears them if they were off
    UART_ID_FIFOS = 0xC0,    // they are on
    UART_MODEM_DTR_RTS_OUT2 = 0x0B,
    UART_STATUS_DATA = 0x01,
    UART_STATUS_THR_EMPTY = 0x20,
    UART_INTERRUPT_RECEIVED = 0x01,
    UART_STATUS_FLOATING = 0xFF, // no device behind the port
    UART_FIFO_SIZE = 16,
    UART_DIVISOR_115200 = 1,
    UART_CONSOLE_IRQ = 4,

    KI_VERBOSE_START =
        0x56, // in the scratch register of the debug line: "outb 0x2ff 0x56" in the boot menu

    KI_INPUT_SIZE = 1024, // a power of two
};

typedef struct _KI_SERIAL {
    USHORT Base;
    BOOLEAN Present;
    seL4_CPtr Cap;
} KI_SERIAL;

static KI_SERIAL KiSerial[KiSerialPorts] = {
    [KiConsolePort] = {.Base = 0x3F8},
    [KiDebugPort] = {.Base = 0x2F8},
};

static VOID KiWriteUart(const KI_SERIAL *Serial, USHORT Register, UCHAR Value)
{
    KiWritePort(Serial->Cap, Serial->Base + Register, Value);
}

static UCHAR KiReadUart(const KI_SERIAL *Serial, USHORT Register)
{
    return KiReadPort(Serial->Cap, Serial->Base + Register);
}

static VOID KiStoreCharacter(const KI_SERIAL *Serial);
static BOOLEAN KiIsInputFull(VOID);

// A UART whose FIFOs are off has room for one character, and that is lost when they are turned on: it is taken at
// the last moment before. One that arrives between the two cannot be kept.
static VOID KiEnableFifos(const KI_SERIAL *Serial)
{
    BOOLEAN On = (KiReadUart(Serial, UART_INTERRUPT_ID) & UART_ID_FIFOS) == UART_ID_FIFOS;
    if (!On && Serial == &KiSerial[KiConsolePort] && !KiIsInputFull() &&
        (KiReadUart(Serial, UART_LINE_STATUS) & UART_STATUS_DATA))
        KiStoreCharacter(Serial);
    KiWriteUart(Serial, UART_FIFO_CONTROL, UART_FIFO_ENABLE);
}

static VOID KiSetUpUart(const KI_SERIAL *Serial)
{
    KiWriteUart(Serial, UART_LINE_CONTROL, UART_LINE_8N1);
    KiWriteUart(Serial, UART_INTERRUPT_ENABLE, 0);
    KiWriteUart(Serial, UART_LINE_CONTROL, UART_LINE_DLAB);
    KiWriteUart(Serial, UART_DATA, UART_DIVISOR_115200);
    KiWriteUart(Serial, UART_INTERRUPT_ENABLE, 0);
    KiWriteUart(Serial, UART_LINE_CONTROL, UART_LINE_8N1);
    KiEnableFifos(Serial);
    KiWriteUart(Serial, UART_MODEM_CONTROL, UART_MODEM_DTR_RTS_OUT2);
}

static VOID KiInitUart(KI_SERIAL *Serial)
{
    Serial->Cap = MmTakeBootSlot(KiBootInfo);
    if (!KiIssuePortsInto(Serial->Cap, Serial->Base, Serial->Base + UART_PORTS - 1) ||
        KiReadUart(Serial, UART_LINE_STATUS) == UART_STATUS_FLOATING)
        return;
    KiSetUpUart(Serial);
    Serial->Present = TRUE;
}

// The boot loader has no other way to tell: seL4 passes no command line on. The next start asks again.
static BOOLEAN KiVerboseStart;

static VOID KiReadStartOption(VOID)
{
    const KI_SERIAL *Debug = &KiSerial[KiDebugPort];
    if (!Debug->Present)
        return;
    KiVerboseStart = KiReadUart(Debug, UART_SCRATCH) == KI_VERBOSE_START;
    KiWriteUart(Debug, UART_SCRATCH, 0);
}

BOOLEAN KeIsVerboseStart(VOID)
{
    return KiVerboseStart;
}

// Comes before everything else: it is how a start that fails says so.
VOID KiInitSerial(VOID)
{
    for (ULONG i = 0; i < KiSerialPorts; i++)
        KiInitUart(&KiSerial[i]);
    KiReadStartOption();
}

// An empty holding register means that the whole FIFO is free.
VOID KiSerialWrite(KI_SERIAL_PORT Port, PCSTR Text, SIZE_T Length)
{
    const KI_SERIAL *Serial = &KiSerial[Port];
    if (!Serial->Present)
        return;
    while (Length) {
        while (!(KiReadUart(Serial, UART_LINE_STATUS) & UART_STATUS_THR_EMPTY))
            continue;
        for (ULONG Room = UART_FIFO_SIZE; Room && Length; Room--, Length--)
            KiWriteUart(Serial, UART_DATA, (UCHAR)*Text++);
    }
}

// ---- Input from the console

static CHAR KiInput[KI_INPUT_SIZE];
static ULONG KiInputHead, KiInputTail; // count up; the difference is what is there
static BOOLEAN KiInputHeld;            // more waits in the UART
static KEVENT KiInputEvent;

static BOOLEAN KiIsInputFull(VOID)
{
    return KiInputHead - KiInputTail == KI_INPUT_SIZE;
}

static VOID KiStoreCharacter(const KI_SERIAL *Serial)
{
    KiInput[KiInputHead++ % KI_INPUT_SIZE] = (CHAR)KiReadUart(Serial, UART_DATA);
}

// FALSE: there is no room for more.
static BOOLEAN KiStoreInput(const KI_SERIAL *Serial)
{
    while (KiReadUart(Serial, UART_LINE_STATUS) & UART_STATUS_DATA) {
        if (KiIsInputFull())
            return FALSE;
        KiStoreCharacter(Serial);
    }
    return TRUE;
}

// What there is no room for stays in the UART, which interrupts no more until some has been taken.
static BOOLEAN KiReceiveConsole(VOID)
{
    const KI_SERIAL *Serial = &KiSerial[KiConsolePort];
    BOOLEAN Room = KiStoreInput(Serial);
    if (!Room)
        KiWriteUart(Serial, UART_INTERRUPT_ENABLE, 0);
    KiInputHeld = !Room;
    if (KiInputHead == KiInputTail)
        return FALSE;
    KeSetEvent(&KiInputEvent);
    return TRUE;
}

static VOID KiConsoleInterrupt(VOID)
{
    if (KiReceiveConsole())
        PoWakeSystem(TRUE);
}

static VOID KiConnectConsole(VOID)
{
    const KI_SERIAL *Serial = &KiSerial[KiConsolePort];
    BOOLEAN Level, ActiveLow;
    ULONG Line = KeQueryIsaInterrupt(UART_CONSOLE_IRQ, &Level, &ActiveLow);
    if (!Serial->Present || !KiConnectLine(Line, Level, ActiveLow, KiConsoleInterrupt))
        return;
    KiWriteUart(Serial, UART_INTERRUPT_ENABLE, UART_INTERRUPT_RECEIVED);
    (VOID) KiReceiveConsole(); // what came before
}

VOID KiInitConsoleInput(VOID)
{
    KeInitializeEvent(&KiInputEvent, SynchronizationEvent, FALSE);
    KiConnectConsole();
}

NTSTATUS KeWaitForConsole(VOID)
{
    NTSTATUS Status = STATUS_SUCCESS;
    while (Status == STATUS_SUCCESS && KiInputHead == KiInputTail)
        Status = KeWaitForSingleObject(&KiInputEvent, UserRequest, UserMode, FALSE, nullptr);
    return Status;
}

BOOLEAN KeHasConsoleInput(VOID)
{
    return KiInputHead != KiInputTail;
}

CHAR KeTakeConsoleCharacter(VOID)
{
    ASSERT(KiInputHead != KiInputTail);
    CHAR Character = KiInput[KiInputTail++ % KI_INPUT_SIZE];
    if (KiInputHeld && !KiConsoleReleased) {
        KiWriteUart(&KiSerial[KiConsolePort], UART_INTERRUPT_ENABLE, UART_INTERRUPT_RECEIVED);
        (VOID) KiReceiveConsole();
    }
    return Character;
}

// ---- A driver has the console's line for a while

BOOLEAN KiConsoleReleased;

static BOOLEAN KiHasPorts(const KI_SERIAL *Serial, ULONG64 First, ULONG64 Last)
{
    return Serial->Present && First < (ULONG64)Serial->Base + UART_PORTS && Serial->Base <= Last;
}

KE_PORTS_USE KeQueryPortsUse(ULONG64 First, ULONG64 Last)
{
    if (KiHasPorts(&KiSerial[KiDebugPort], First, Last))
        return KePortsDebug;
    return KiHasPorts(&KiSerial[KiConsolePort], First, Last) ? KePortsConsole : KePortsFree;
}

// What has come until now is still for the Executive's readers.
VOID KeYieldPorts(ULONG64 First, ULONG64 Last)
{
    const KI_SERIAL *Serial = &KiSerial[KiConsolePort];
    if (KiConsoleReleased || !KiHasPorts(Serial, First, Last))
        return;
    KiWriteUart(Serial, UART_INTERRUPT_ENABLE, 0);
    KiDisconnectLine(KiConsoleInterrupt);
    (VOID) KiReceiveConsole();
    KiConsoleReleased = TRUE;
}

BOOLEAN KeReclaimPorts(ULONG64 First, ULONG64 Last)
{
    const KI_SERIAL *Serial = &KiSerial[KiConsolePort];
    if (!KiConsoleReleased || !KiHasPorts(Serial, First, Last))
        return FALSE;
    KiConsoleReleased = FALSE;
    KiSetUpUart(Serial);
    KiConnectConsole();
    return TRUE;
}

VOID KiSeizeConsole(VOID)
{
    if (KiConsoleReleased)
        KiSetUpUart(&KiSerial[KiConsolePort]);
}

VOID KiWakeSerial(VOID)
{
    for (ULONG i = 0; i < KiSerialPorts; i++) {
        BOOLEAN Own = i != KiConsolePort || !KiConsoleReleased;
        if (KiSerial[i].Present && Own)
            KiSetUpUart(&KiSerial[i]);
    }
    const KI_SERIAL *Console = &KiSerial[KiConsolePort];
    if (Console->Present && !KiConsoleReleased && !KiInputHeld)
        KiWriteUart(Console, UART_INTERRUPT_ENABLE, UART_INTERRUPT_RECEIVED);
}

BOOLEAN KeIsConsoleReleased(VOID)
{
    return KiConsoleReleased;
}

seL4_CPtr KiFindSerialPorts(USHORT First, USHORT Last)
{
    for (ULONG i = 0; i < KiSerialPorts; i++) {
        if (KiSerial[i].Base <= First && Last < KiSerial[i].Base + UART_PORTS)
            return KiSerial[i].Cap;
    }
    return 0;
}

seL4_CPtr KiConsolePortsIfReleased(USHORT First, USHORT Last)
{
    const KI_SERIAL *Serial = &KiSerial[KiConsolePort];
    BOOLEAN Same = First == Serial->Base && Last == Serial->Base + UART_PORTS - 1;
    return KiConsoleReleased && Same ? Serial->Cap : 0;
}
