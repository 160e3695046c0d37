// tgtdev.sys drives a root device with the name \Device\TargetDevice; tgtuser.sys uses it from another host.
#pragma once

#define TARGET_TEST_CODE(Function) \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (Function), METHOD_BUFFERED, FILE_ANY_ACCESS)

// Of \Device\TargetDevice
#define TARGET_REPORT       TARGET_TEST_CODE(0) // tells its users of an event
#define TARGET_REPORT_LATER TARGET_TEST_CODE(1) // the same, asynchronously
#define TARGET_PROPERTY     TARGET_TEST_CODE(2) // output: ULONG line that failed, 0: none

// Of \Device\TargetUser
#define USER_OPEN     TARGET_TEST_CODE(3) // opens the device and registers
#define USER_QUERY    TARGET_TEST_CODE(4) // output: USER_STATE
#define USER_REFUSE   TARGET_TEST_CODE(5) // input: ULONG: is the removal refused?
#define USER_SHUTDOWN TARGET_TEST_CODE(6) // registers for the shutdown, and no more
#define USER_POINTERS TARGET_TEST_CODE(7) // opens devices by pointer, and gives them back, often

typedef struct _USER_STATE {
    ULONG Custom, Queries, Cancelled, Complete, Unknown;
    ULONG Data;           // of the last custom event
    LONG Creates, Closes; // of \Device\TargetUser
    BOOLEAN Open;
} USER_STATE;

enum { TargetEventData = 0x600DDA7A };
