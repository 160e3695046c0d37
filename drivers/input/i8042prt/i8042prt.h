// i8042prt.sys: the PS/2 controller. (IBM PS/2 Hardware Interface Technical Reference: Keyboard and Auxiliary
// Device Controller; Keyboards.)
#pragma once

#include <ntddk.h>

#include <kbdmou.h>
#include <power.h>

enum {
    // Status, read from the command port
    KbdStatusOutputFull = 0x01, // there is a byte to read
    KbdStatusInputFull = 0x02,  // the last byte has not been taken yet
    KbdStatusAuxiliary = 0x20,  // the byte is the mouse's
    KbdStatusFloating = 0xFF,   // there is no controller

    // Commands to the controller
    KbdReadConfiguration = 0x20,
    KbdWriteConfiguration = 0x60,
    KbdDisableAuxiliary = 0xA7,
    KbdEnableAuxiliary = 0xA8,
    KbdTestController = 0xAA, // answer 55
    KbdTestKeyboardPort = 0xAB,
    KbdDisableKeyboard = 0xAD,
    KbdEnableKeyboard = 0xAE,

    KbdConfigInterrupt = 0x01,
    KbdConfigAuxiliaryInterrupt = 0x02,
    KbdConfigKeyboardOff = 0x10,
    KbdConfigAuxiliaryOff = 0x20,
    KbdConfigTranslate = 0x40, // scan code set 2 to set 1

    // Commands to the keyboard, and its answers
    KbdSetIndicators = 0xED,
    KbdSetTypematic = 0xF3,
    KbdEnableScanning = 0xF4,
    KbdReset = 0xFF,
    KbdAcknowledge = 0xFA,
    KbdResend = 0xFE,
    KbdResetPassed = 0xAA,
    KbdTestPassed = 0x55,

    KbdPrefixE0 = 0xE0, // scan codes
    KbdPrefixE1 = 0xE1,

    KbdQueueLength = 32, // events between the interrupt and its DPC
    KbdCommandBytes = 2,
    KbdRetries = 3,
    KbdFunctionKeys = 12,
    KbdIndicators = 3,
    KbdKeys = 101,
    KbdDefaultRate = 30,   // characters a second
    KbdDefaultDelay = 250, // ms
    KbdSlowestRate = 2,
    KbdLongestDelay = 1000,
};

// A command to the keyboard with its parameter, on its way.
typedef struct _KBD_COMMAND {
    UCHAR Bytes[KbdCommandBytes];
    ULONG Sent;    // bytes that the keyboard has acknowledged
    ULONG Retries; // of the byte that it has been sent last
    BOOLEAN Active, Failed, Done;
} KBD_COMMAND;

typedef struct _KBD_PORT {
    PDEVICE_OBJECT Self, Lower;
    EX_RUNDOWN_REF Running; // requests
    KSPIN_LOCK Lock;        // of the queue of commands
    BOOLEAN Started;
    POWER_POLICY Power;
    BOOLEAN HasAuxiliary;
    PUCHAR DataPort, CommandPort;
    PKINTERRUPT Interrupt;
    KDPC Dpc;
    CONNECT_DATA Class; // the driver above; null: none
    volatile LONG Enabled;

    // Of the interrupt; guarded by its lock
    USHORT Prefix; // KEY_E0 or KEY_E1 that came before
    KEYBOARD_INPUT_DATA Queue[KbdQueueLength];
    ULONG Head, Tail; // count up
    KBD_COMMAND Command;
    BOOLEAN Quiet; // the bytes are for whoever sets the controller up
    BOOLEAN Off;   // the device is not in D0: keys are lost
    BOOLEAN Woken; // but end the system's sleep

    LIST_ENTRY Outputs; // requests that wait for their command; the first one's is on its way
    KTIMER OutputTimer; // how long the keyboard may take
    KDPC OutputDpc;
    KEYBOARD_INDICATOR_PARAMETERS Indicators;
    KEYBOARD_TYPEMATIC_PARAMETERS Typematic;
} KBD_PORT, *PKBD_PORT;

static inline PKBD_PORT KbdOf(PDEVICE_OBJECT DeviceObject)
{
    return DeviceObject->DeviceExtension;
}

NTSTATUS KbdComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);

// ---- pnp.c
DRIVER_ADD_DEVICE KbdAddDevice;
DRIVER_DISPATCH KbdPnp, KbdPass;

// ---- power.c
DRIVER_DISPATCH KbdPower;
VOID KbdInitializePower(PKBD_PORT Port, PDEVICE_OBJECT PhysicalDevice);

// ---- controller.c: at PASSIVE_LEVEL, without an interrupt, or with Quiet set
VOID KbdKeepInput(PKBD_PORT Port); // before KbdInitializeController, which drops it
NTSTATUS KbdInitializeController(PKBD_PORT Port);
VOID KbdEnableInterrupt(PKBD_PORT Port, BOOLEAN Enable);
UCHAR KbdTypematicByte(ULONG Rate, ULONG Delay);
static inline UCHAR KbdStatus(PKBD_PORT Port)
{
    return READ_PORT_UCHAR(Port->CommandPort);
}

// ---- input.c
KSERVICE_ROUTINE KbdInterrupt;
KDEFERRED_ROUTINE KbdDpc;
VOID KbdTakeScanCode(PKBD_PORT Port,
                     UCHAR Byte); // with the interrupt's lock held, or before it is connected

// ---- output.c
VOID KbdInitializeOutput(PKBD_PORT Port);
// A request that is complete when the keyboard has taken the command. It holds Running.
NTSTATUS KbdQueueOutput(PKBD_PORT Port, PIRP Irp);
// A byte with which the keyboard answers. With the interrupt's lock held. FALSE: nobody waits for it.
BOOLEAN KbdTakeAnswer(PKBD_PORT Port, UCHAR Byte);
VOID KbdServeOutput(PKBD_PORT Port);
VOID KbdCancelOutput(PKBD_PORT Port); // all fail: the device stops

// ---- control.c
DRIVER_DISPATCH KbdControl, KbdInternalControl;
