// Private to po.
#pragma once

#include "io/hostp.h"
#include "po/po.h"

constexpr ULONG PopTag = 'rwoP';

enum { // IRP_MJ_POWER
    IRP_MN_WAIT_WAKE = 0x00,
    IRP_MN_POWER_SEQUENCE = 0x01,
    IRP_MN_SET_POWER = 0x02,
    IRP_MN_QUERY_POWER = 0x03,
};

typedef enum _POWER_STATE_TYPE { SystemPowerState = 0, DevicePowerState = 1 } POWER_STATE_TYPE;

// IO_STACK_LOCATION.Parameters.Power, a word each
enum { POP_WORD_CONTEXT, POP_WORD_TYPE, POP_WORD_STATE, POP_WORD_ACTION };

// ---- Stacks (podevice.c): what is known of a device stack, by its lowest device

typedef struct _POP_STACK {
    LIST_ENTRY Link; // of all
    PDEVICE_OBJECT Bottom;
    DEVICE_POWER_STATE DeviceState;
    LIST_ENTRY
    RequestListHead;    // POP_REQUEST: the first is under way, unless it waits for an inrush
    ULONGLONG Deadline; // of the system's request under way, interrupt time; 0: none
    ULONG WakeRequests; // that wait for the device to wake the system
} POP_STACK, *PPOP_STACK;

PPOP_STACK PopStackOf(PDEVICE_OBJECT Device); // null: no memory
// Signalled when a device has woken the system (IRP_MN_WAIT_WAKE has succeeded).
extern KEVENT PopWakeEvent;

// ---- The system's requests to all stacks (posystem.c)

typedef struct _POP_SENT POP_SENT, *PPOP_SENT;

// One stack of the tree of devices.
typedef struct _POP_TARGET {
    PDEVICE_OBJECT Device; // the physical one, referenced
    ULONG Level;           // distance from the root
    BOOLEAN IsPlatform; // its function driver does what the machine itself has to do: it comes last
    BOOLEAN Asked;      // has been given a request
    NTSTATUS Status;    // its last answer
    PPOP_SENT Sent;     // the request that it has not answered
    WCHAR Name[64];     // for the log
} POP_TARGET, *PPOP_TARGET;

typedef struct _POP_TARGETS {
    PPOP_TARGET Entries; // pool
    ULONG Count, Levels;
} POP_TARGETS, *PPOP_TARGETS;

// What the system's requests say.
typedef struct _POP_TRANSITION {
    POWER_ACTION Action;
    SYSTEM_POWER_STATE State;
    ULONG Seconds; // that a driver has to answer
} POP_TRANSITION;

// Children before parents, all of a level at a time, the platform's device last of all; it is passed over
// unless Platform is set. A refusal of a query ends it (its status comes back).
NTSTATUS PopQueryAll(PPOP_TARGETS Targets, const POP_TRANSITION *Transition);
VOID PopSetAll(PPOP_TARGETS Targets, const POP_TRANSITION *Transition);
// Back to S0, parents before children.
VOID PopWakeAll(PPOP_TARGETS Targets, const POP_TRANSITION *Transition);
// The platform's device alone. STATUS_NO_SUCH_DEVICE: there is none.
NTSTATUS PopSetPlatform(PPOP_TARGETS Targets, const POP_TRANSITION *Transition);
BOOLEAN PopHasPlatform(const POP_TARGETS *Targets);
// End the host of the driver that holds up the requests to this stack. FALSE: there is none.
BOOLEAN PopEndCulprit(PDEVICE_OBJECT Device, PCWSTR Name, PCSTR What, ULONG Seconds);

// ---- Drivers that want to know (poshutdown.c)

enum { HOST_SHUTDOWN_CHANCES = HOST_SHUTDOWN_LAST_CHANCE + 1 };
VOID PopTellDrivers(ULONG Chance, ULONG Seconds);

// ---- Programs (poprograms.c)

NTSTATUS PopInitPrograms(VOID);
VOID PopEndPrograms(VOID);
VOID PopFreezePrograms(VOID);
VOID PopThawPrograms(VOID);

// ---- Actions (poaction.c)

typedef struct _POP_ACTION {
    POWER_ACTION Action;
    SYSTEM_POWER_STATE State; // the lightest that will do
    ULONG Flags;              // POWER_ACTION_*
} POP_ACTION;

// Waits until it is over, unless Asynchronous. A shutdown does not come back.
NTSTATUS PopStartAction(const POP_ACTION *Action, BOOLEAN Asynchronous);
BOOLEAN PopHasDeepSleep(VOID);                     // S3
BOOLEAN PopHasLightSleep(VOID);                    // the firmware's S1
BOOLEAN PopIsAsleep(VOID);                         // or about to be, or to be awake again
BOOLEAN PopIsPowerHost(VOID);                      // the caller is the machine's own driver
VOID PopQueryButtons(PSYSTEM_POWER_POLICY Policy); // popolicy.c
// A time from the registry's Control key: a text of milliseconds.
ULONG PopReadMilliseconds(PCWSTR ValueName, ULONG Default);

typedef struct _POP_TIMES {
    ULONGLONG LastSleep, LastWake; // interrupt time; 0: never
    BOOLEAN AutomaticWake;         // the last one was no user's doing
} POP_TIMES;
extern POP_TIMES PopTimes;

// The system is down: what the machine's own driver has not done (pofinish.c).
#define POP_SAFE_TEXT "It is now safe to turn off your computer."
[[noreturn]] VOID PopFinish(POWER_ACTION Action);
