// Beyond Windows' classes of system information: the drivers in driver hosts, host by host.
#pragma once

#define SystemHostedDrivers 0x1001

typedef struct _SYSTEM_HOSTED_DRIVER {
    HANDLE ProcessId;
    WCHAR Name[60]; // of the driver object, cut if it is longer
} SYSTEM_HOSTED_DRIVER, *PSYSTEM_HOSTED_DRIVER;

typedef struct _SYSTEM_HOSTED_DRIVERS {
    SIZE_T Count;
    SYSTEM_HOSTED_DRIVER Drivers[];
} SYSTEM_HOSTED_DRIVERS, *PSYSTEM_HOSTED_DRIVERS;
