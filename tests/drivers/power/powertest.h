// What the program asks of its test drivers, which are one source and three services: powerbus with a bus of two devices, powerone (in the
// bus's host) and powertwo (in its own) with a device each. Each has a control device, \Device\ and its service's name.
#pragma once

#define POWERTEST_CODE(Function) \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (Function), METHOD_BUFFERED, FILE_ANY_ACCESS)

#define POWER_SET            POWERTEST_CODE(0) // in: POWER_BEHAVIOUR
#define POWER_RECORDS        POWERTEST_CODE(1) // out: POWER_RECORDs since it was asked last
// In: POWER_REQUEST, out: NTSTATUS of the last of its requests, when all are complete.
#define POWER_REQUEST_STATES POWERTEST_CODE(2)
#define POWER_IDLE           POWERTEST_CODE(3) // in: ULONG, seconds until D3; 0: no more
#define POWER_BUSY           POWERTEST_CODE(4) // in: ULONG, 1: busy from now on, 0: not any more
// A wake request; WAIT gives its status as soon as it is complete.
#define POWER_ARM            POWERTEST_CODE(5)
#define POWER_DISARM         POWERTEST_CODE(6)
#define POWER_WAIT_ARMED     POWERTEST_CODE(7) // out: NTSTATUS
#define POWER_INTERFACE \
    POWERTEST_CODE(8) // out: ULONG, number of the first check that failed, 0: none

typedef struct _POWER_BEHAVIOUR {
    NTSTATUS Refuse;    // of the system's queries
    ULONG RefuseOnly;   // those for this SYSTEM_POWER_STATE; 0: for all
    ULONG Hang;         // the system's requests to sleep are not completed
    ULONG HangShutdown; // nor is IRP_MJ_SHUTDOWN
    ULONG Delay;        // ms that the bus takes for a device's state
    ULONG Inrush;       // DO_POWER_INRUSH, of devices that are added from now on
    ULONG
    WakeAfter; // ms after the system has fallen asleep in which the bus completes wake requests
    ULONG
    Relations; // of the bus's devices: 1: the second depends on the first, 2: and the first on the second
} POWER_BEHAVIOUR;

enum { PowerMostStates = 4, PowerMostRecords = 128 };

typedef struct _POWER_REQUEST {
    ULONG Count, States[PowerMostStates]; // DEVICE_POWER_STATE, asked for at once
} POWER_REQUEST;

// Who (its service; pdo1, pdo2: the bus's devices) and what: Q or S and a system state, q or s and a device state, as
// the request comes; "end" behind that as it is complete.
typedef struct _POWER_RECORD {
    LONGLONG Time;
    CHAR Text[24];
} POWER_RECORD;
