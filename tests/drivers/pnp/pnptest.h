// What the program asks of its test drivers, and these of one another.
#pragma once

#define PNPTEST_CODE(Function) \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (Function), METHOD_BUFFERED, FILE_ANY_ACCESS)

// ---- \Device\PnpTestBus

#define BUS_ADD    PNPTEST_CODE(0) // in: BUS_CHILD
#define BUS_PULL   PNPTEST_CODE(1) // in: the child's instance, terminated
#define BUS_REPORT PNPTEST_CODE(2) // out: what drivers have reported since it was asked last
#define BUS_FAULT  PNPTEST_CODE(3)
#define BUS_CHANGE \
    PNPTEST_CODE(11) // in: BUS_CHILD, what the child of that instance needs from now on
// Internal, to a child: text, without a terminator, for BUS_REPORT.
#define CHILD_REPORT PNPTEST_CODE(4)
// In, out: ULONG. Asked of a child it goes on to \Device\PnpTestFunction, and there to a child of this bus, each
// time less one, until it is 0; each adds one to the answer.
#define TEST_RELAY   PNPTEST_CODE(5)

typedef enum _BUS_NEEDS {
    BusNeedsNothing,
    BusNeedsPorts,       // 8 at Base
    BusNeedsAlternative, // 8 at Base, or else at Base + 16
    BusNeedsSecondList,  // two lists: 8 at Base and 8 at Base; or 8 at Base + 32
    BusNeedsAll,         // ports, memory from Base * 65536 on, interrupt 5 for itself
    BusNeedsBoot,        // 8 anywhere in 64 from Base on; they are at Base + 24 now
    BusNeedsFiltered,    // 8 at Base; the function driver makes that Base + 8
    BusNeedsEither,      // 8 at Base or at Base + 8
    BusNeedsMessages, // 6 pages from Base * 65536 on and 64 messages, or else these and a block of 8
} BUS_NEEDS;

typedef enum _BUS_RELATION { EjectsWith = 1, RemovesWith = 3 } BUS_RELATION; // DEVICE_RELATION_TYPE

enum { BusIdChars = 24, ChildMessages = 64 };

typedef struct _BUS_CHILD {
    WCHAR Device[BusIdChars], Instance[BusIdChars]; // PNPTEST\Device\Instance
    ULONG Needs, Base;
    BOOLEAN Raw;            // it needs no function driver
    WCHAR With[BusIdChars]; // the instance that goes along: With[0] = 0: none
    ULONG Relation;         // BUS_RELATION
} BUS_CHILD;

// ---- \Device\PnpTestFunction

#define FUNCTION_SET PNPTEST_CODE(6) // in: FUNCTION_BEHAVIOUR, of all its devices from now on

typedef struct _FUNCTION_BEHAVIOUR {
    NTSTATUS Add, Start, QueryRemove, QueryStop;
    ULONG State;    // PNP_DEVICE_*
    ULONG NewState; // and this once the program has called FUNCTION_CHANGE
    BOOLEAN Filter; // change resource requirements
} FUNCTION_BEHAVIOUR;

// ---- Devices of the function driver

#define FUNCTION_ECHO   PNPTEST_CODE(7) // out: the ULONG that came in + 1
#define FUNCTION_PORT   PNPTEST_CODE(8) // out: ULONG, what is at the first port
#define FUNCTION_FAULT  PNPTEST_CODE(9)
#define FUNCTION_CHANGE PNPTEST_CODE(10)
#define FUNCTION_EJECT  PNPTEST_CODE(12) // of \Device\PnpTestFunction: its last device

#define PNPTEST_INTERFACE \
    {0x5f1f0c1a, 0x7b0e, 0x4d0d, {0x9a, 0x51, 0x0e, 0x8d, 0x3b, 0x61, 0x70, 0x01}}
#define PNPTEST_INTERFACE_TEXT L"{5f1f0c1a-7b0e-4d0d-9a51-0e8d3b617001}"
