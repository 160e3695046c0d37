// Setting up the controller and the keyboard. Bytes are exchanged by polling, a millisecond apart: it happens once,
// and nothing else waits for it.
#include "i8042prt.h"

enum { KbdPolls = 50, KbdResetPolls = 1000 }; // ms

static VOID KbdPause(VOID)
{
    LARGE_INTEGER Millisecond = {.QuadPart = -10'000};
    KeDelayExecutionThread(KernelMode, FALSE, &Millisecond);
}

static BOOLEAN KbdWait(PKBD_PORT Port, UCHAR Mask, UCHAR Value, ULONG Polls)
{
    for (ULONG i = 0; i < Polls; i++) {
        if ((KbdStatus(Port) & Mask) == Value)
            return TRUE;
        KbdPause();
    }
    return FALSE;
}

static BOOLEAN KbdPut(PKBD_PORT Port, PUCHAR Register, UCHAR Byte)
{
    if (!KbdWait(Port, KbdStatusInputFull, 0, KbdPolls))
        return FALSE;
    WRITE_PORT_UCHAR(Register, Byte);
    return TRUE;
}

static BOOLEAN KbdCommand(PKBD_PORT Port, UCHAR Command)
{
    return KbdPut(Port, Port->CommandPort, Command);
}

static BOOLEAN KbdGet(PKBD_PORT Port, PUCHAR Byte, ULONG Polls)
{
    if (!KbdWait(Port, KbdStatusOutputFull, KbdStatusOutputFull, Polls))
        return FALSE;
    *Byte = READ_PORT_UCHAR(Port->DataPort);
    return TRUE;
}

// Keys that were pressed before are input like any other. They are so only if the firmware has set the controller
// up as it will be here; then they are translated to scan code set 1, in which nothing is greater than KbdPrefixE1.
VOID KbdKeepInput(PKBD_PORT Port)
{
    for (ULONG i = 0; i < KbdQueueLength && KbdStatus(Port) & KbdStatusOutputFull; i++) {
        BOOLEAN Key = !(KbdStatus(Port) & KbdStatusAuxiliary);
        UCHAR Byte = READ_PORT_UCHAR(Port->DataPort);
        if (Key && Byte && Byte <= KbdPrefixE1)
            KbdTakeScanCode(Port, Byte);
    }
}

static VOID KbdDropInput(PKBD_PORT Port)
{
    for (ULONG i = 0; i < KbdQueueLength && KbdStatus(Port) & KbdStatusOutputFull; i++)
        (VOID) READ_PORT_UCHAR(Port->DataPort);
}

static BOOLEAN KbdGetConfiguration(PKBD_PORT Port, PUCHAR Configuration)
{
    return KbdCommand(Port, KbdReadConfiguration) && KbdGet(Port, Configuration, KbdPolls);
}

static BOOLEAN KbdSetConfiguration(PKBD_PORT Port, UCHAR Configuration)
{
    return KbdCommand(Port, KbdWriteConfiguration) && KbdPut(Port, Port->DataPort, Configuration);
}

// A byte to the keyboard, until it is acknowledged.
static BOOLEAN KbdTell(PKBD_PORT Port, UCHAR Byte)
{
    for (ULONG i = 0; i < KbdRetries; i++) {
        UCHAR Answer;
        if (!KbdPut(Port, Port->DataPort, Byte) || !KbdGet(Port, &Answer, KbdResetPolls))
            return FALSE;
        if (Answer == KbdAcknowledge)
            return TRUE;
        if (Answer != KbdResend)
            return FALSE;
    }
    return FALSE;
}

// Rate: (8 + bits 0-2) * 2^(bits 3-4) * 1/240 s between two characters; bits 5-6: delay of 250 ms and more.
UCHAR KbdTypematicByte(ULONG Rate, ULONG Delay)
{
    constexpr ULONG Fastest = 240, Rates = 32, DelayStep = 250;
    UCHAR Code = 0;
    ULONG Steps = Delay <= DelayStep ? 0 : min((Delay - 1) / DelayStep, 3u);
    while (Code < Rates - 1 && Fastest / ((8u + (Code & 7)) << (Code >> 3)) > Rate)
        Code++;
    return (UCHAR)(Steps << 5 | Code);
}

// The second port, if there is one, comes on when it is told to. It goes off again.
static BOOLEAN KbdFindAuxiliary(PKBD_PORT Port)
{
    UCHAR Configuration;
    if (!KbdCommand(Port, KbdEnableAuxiliary) || !KbdGetConfiguration(Port, &Configuration))
        return FALSE;
    Port->HasAuxiliary = !(Configuration & KbdConfigAuxiliaryOff);
    return KbdCommand(Port, KbdDisableAuxiliary);
}

// The test may reset the controller's configuration: it is written afterwards.
static BOOLEAN KbdTest(PKBD_PORT Port, UCHAR Configuration)
{
    UCHAR Answer;
    if (!KbdCommand(Port, KbdTestController) || !KbdGet(Port, &Answer, KbdResetPolls) ||
        Answer != KbdTestPassed || !KbdSetConfiguration(Port, Configuration))
        return FALSE;
    return KbdCommand(Port, KbdTestKeyboardPort) && KbdGet(Port, &Answer, KbdPolls) && !Answer;
}

static BOOLEAN KbdResetKeyboard(PKBD_PORT Port)
{
    UCHAR Answer;
    return KbdTell(Port, KbdReset) && KbdGet(Port, &Answer, KbdResetPolls) &&
           Answer == KbdResetPassed;
}

static BOOLEAN KbdPrepareKeyboard(PKBD_PORT Port)
{
    return KbdCommand(Port, KbdEnableKeyboard) && KbdResetKeyboard(Port) &&
           KbdTell(Port, KbdSetTypematic) &&
           KbdTell(Port, KbdTypematicByte(Port->Typematic.Rate, Port->Typematic.Delay)) &&
           KbdTell(Port, KbdSetIndicators) && KbdTell(Port, (UCHAR)Port->Indicators.LedFlags) &&
           KbdTell(Port, KbdEnableScanning);
}

NTSTATUS KbdInitializeController(PKBD_PORT Port)
{
    UCHAR Configuration;
    if (KbdStatus(Port) == KbdStatusFloating)
        return STATUS_NO_SUCH_DEVICE;
    if (!KbdCommand(Port, KbdDisableKeyboard) || !KbdCommand(Port, KbdDisableAuxiliary))
        return STATUS_IO_TIMEOUT;
    KbdDropInput(Port);
    if (!KbdGetConfiguration(Port, &Configuration))
        return STATUS_IO_TIMEOUT;
    Configuration &= (UCHAR) ~(KbdConfigInterrupt | KbdConfigAuxiliaryInterrupt);
    Configuration |= KbdConfigTranslate | KbdConfigAuxiliaryOff;
    if (!KbdSetConfiguration(Port, Configuration) || !KbdTest(Port, Configuration) ||
        !KbdFindAuxiliary(Port))
        return STATUS_ADAPTER_HARDWARE_ERROR;
    return KbdPrepareKeyboard(Port) ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE;
}

VOID KbdEnableInterrupt(PKBD_PORT Port, BOOLEAN Enable)
{
    UCHAR Configuration;
    if (!KbdCommand(Port, KbdDisableKeyboard) || !KbdWait(Port, KbdStatusInputFull, 0, KbdPolls))
        return;
    KbdDropInput(Port); // what has come just before would be taken for the configuration
    if (!KbdGetConfiguration(Port, &Configuration))
        return;
    Configuration &= (UCHAR) ~(KbdConfigInterrupt | KbdConfigKeyboardOff);
    Configuration |= Enable ? KbdConfigInterrupt : KbdConfigKeyboardOff;
    (VOID) KbdSetConfiguration(Port, Configuration);
}
