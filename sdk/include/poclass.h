// Classes of devices that the system's power policy uses: batteries, buttons, lids, thermal zones. In the place of
// mingw-w64's two headers of this name, of which neither has all for drivers.
#if !defined(_POCLASS_GUIDS_) || defined(INITGUID)
#define _POCLASS_GUIDS_
DEFINE_GUID(GUID_DEVICE_BATTERY, 0x72631e54, 0x78a4, 0x11d0, 0xbc, 0xf7, 0x00, 0xaa, 0x00, 0xb7,
            0xb3, 0x2a);
DEFINE_GUID(GUID_DEVICE_SYS_BUTTON, 0x4afa3d53, 0x74a7, 0x11d0, 0xbe, 0x5e, 0x00, 0xa0, 0xc9, 0x06,
            0x28, 0x57);
DEFINE_GUID(GUID_DEVICE_LID, 0x4afa3d52, 0x74a7, 0x11d0, 0xbe, 0x5e, 0x00, 0xa0, 0xc9, 0x06, 0x28,
            0x57);
DEFINE_GUID(GUID_DEVICE_THERMAL_ZONE, 0x4afa3d51, 0x74a7, 0x11d0, 0xbe, 0x5e, 0x00, 0xa0, 0xc9,
            0x06, 0x28, 0x57);
DEFINE_GUID(GUID_DEVICE_PROCESSOR, 0x97fadb10, 0x4e33, 0x40ae, 0x35, 0x9c, 0x8b, 0xef, 0x02, 0x9d,
            0xbd, 0xd0);
DEFINE_GUID(GUID_DEVICE_MEMORY, 0x3fd0f03d, 0x92e0, 0x45fb, 0xb7, 0x5c, 0x5e, 0xd8, 0xff, 0xb0,
            0x10, 0x21);
DEFINE_GUID(GUID_DEVICE_ACPI_TIME, 0x97f99bf6, 0x4497, 0x4f18, 0xbb, 0x22, 0x4b, 0x9f, 0xb2, 0xfb,
            0xef, 0x9c);
DEFINE_GUID(GUID_DEVICE_MESSAGE_INDICATOR, 0xcd48a365, 0xfa94, 0x4ce2, 0xa2, 0x32, 0xa1, 0xb7, 0x64,
            0xe5, 0xd8, 0xb4);
#endif

#ifndef _POCLASS_
#define _POCLASS_
#define __POCLASS_H // mingw-w64's for drivers

#ifndef FILE_DEVICE_BATTERY
#define FILE_DEVICE_BATTERY 0x29
#endif

#define POCLASS_CODE(Function, Access) \
    CTL_CODE(FILE_DEVICE_BATTERY, Function, METHOD_BUFFERED, Access)

// ---- Batteries

#define IOCTL_BATTERY_QUERY_TAG         POCLASS_CODE(0x10, FILE_READ_ACCESS)
#define IOCTL_BATTERY_QUERY_INFORMATION POCLASS_CODE(0x11, FILE_READ_ACCESS)
#define IOCTL_BATTERY_SET_INFORMATION   POCLASS_CODE(0x12, FILE_WRITE_ACCESS)
#define IOCTL_BATTERY_QUERY_STATUS      POCLASS_CODE(0x13, FILE_READ_ACCESS)

#define BATTERY_UNKNOWN_CAPACITY 0xFFFFFFFF
#define BATTERY_UNKNOWN_TIME     0xFFFFFFFF
#define BATTERY_UNKNOWN_VOLTAGE  0xFFFFFFFF
#define BATTERY_UNKNOWN_CURRENT  0xFFFFFFFF
#define BATTERY_UNKNOWN_RATE     0x80000000
#define UNKNOWN_CAPACITY         BATTERY_UNKNOWN_CAPACITY
#define UNKNOWN_VOLTAGE          BATTERY_UNKNOWN_VOLTAGE
#define UNKNOWN_CURRENT          BATTERY_UNKNOWN_CURRENT
#define UNKNOWN_RATE             BATTERY_UNKNOWN_RATE

#define BATTERY_TAG_INVALID     0
#define MAX_BATTERY_STRING_SIZE 128

typedef enum {
    BatteryInformation,
    BatteryGranularityInformation,
    BatteryTemperature,
    BatteryEstimatedTime,
    BatteryDeviceName,
    BatteryManufactureDate,
    BatteryManufactureName,
    BatteryUniqueID,
    BatterySerialNumber
} BATTERY_QUERY_INFORMATION_LEVEL;

typedef struct _BATTERY_QUERY_INFORMATION {
    ULONG BatteryTag;
    BATTERY_QUERY_INFORMATION_LEVEL InformationLevel;
    LONG AtRate;
} BATTERY_QUERY_INFORMATION, *PBATTERY_QUERY_INFORMATION;

// Capabilities
#define BATTERY_SET_CHARGE_SUPPORTED         0x00000001
#define BATTERY_SET_DISCHARGE_SUPPORTED      0x00000002
#define BATTERY_SET_CHARGINGSOURCE_SUPPORTED 0x00000004
#define BATTERY_SET_CHARGER_ID_SUPPORTED     0x00000008
#define BATTERY_SEALED                       0x10000000
#define BATTERY_IS_SHORT_TERM                0x20000000
#define BATTERY_CAPACITY_RELATIVE            0x40000000
#define BATTERY_SYSTEM_BATTERY               0x80000000

typedef struct _BATTERY_INFORMATION {
    ULONG Capabilities;
    UCHAR Technology; // 1: can be charged
    UCHAR Reserved[3];
    UCHAR Chemistry[4];
    ULONG DesignedCapacity; // mWh, as all capacities
    ULONG FullChargedCapacity;
    ULONG DefaultAlert1; // what the maker says is low
    ULONG DefaultAlert2; // what deserves a warning
    ULONG CriticalBias;
    ULONG CycleCount;
} BATTERY_INFORMATION, *PBATTERY_INFORMATION;

typedef struct _BATTERY_MANUFACTURE_DATE {
    UCHAR Day, Month;
    USHORT Year;
} BATTERY_MANUFACTURE_DATE, *PBATTERY_MANUFACTURE_DATE;

typedef enum {
    BatteryCriticalBias,
    BatteryCharge,
    BatteryDischarge,
    BatteryChargingSource,
    BatteryChargerId,
    BatteryChargerStatus
} BATTERY_SET_INFORMATION_LEVEL;

typedef struct _BATTERY_SET_INFORMATION {
    ULONG BatteryTag;
    BATTERY_SET_INFORMATION_LEVEL InformationLevel;
    UCHAR Buffer[1];
} BATTERY_SET_INFORMATION, *PBATTERY_SET_INFORMATION;

typedef struct _BATTERY_WAIT_STATUS {
    ULONG BatteryTag;
    ULONG Timeout; // milliseconds
    ULONG PowerState;
    ULONG LowCapacity, HighCapacity;
} BATTERY_WAIT_STATUS, *PBATTERY_WAIT_STATUS;

// PowerState
#define BATTERY_POWER_ON_LINE 0x00000001
#define BATTERY_DISCHARGING   0x00000002
#define BATTERY_CHARGING      0x00000004
#define BATTERY_CRITICAL      0x00000008

typedef struct _BATTERY_STATUS {
    ULONG PowerState;
    ULONG Capacity;
    ULONG Voltage; // mV
    LONG Rate;     // mW; negative while discharging
} BATTERY_STATUS, *PBATTERY_STATUS;

// ---- Thermal zones: tenths of kelvins, tenths of seconds

#define IOCTL_THERMAL_QUERY_INFORMATION  POCLASS_CODE(0x20, FILE_READ_ACCESS)
#define IOCTL_THERMAL_SET_COOLING_POLICY POCLASS_CODE(0x21, FILE_WRITE_ACCESS)
#define IOCTL_RUN_ACTIVE_COOLING_METHOD  POCLASS_CODE(0x22, FILE_WRITE_ACCESS)
#define IOCTL_THERMAL_SET_PASSIVE_LIMIT  POCLASS_CODE(0x23, FILE_WRITE_ACCESS)
#define IOCTL_THERMAL_READ_TEMPERATURE   POCLASS_CODE(0x24, FILE_READ_ACCESS)

#define ACTIVE_COOLING            0
#define PASSIVE_COOLING           1
#define MAX_ACTIVE_COOLING_LEVELS 10

typedef struct _THERMAL_INFORMATION {
    ULONG ThermalStamp; // another one after every change
    ULONG ThermalConstant1, ThermalConstant2;
    KAFFINITY Processors;
    ULONG SamplingPeriod;
    ULONG CurrentTemperature;
    ULONG PassiveTripPoint, CriticalTripPoint; // 0: none
    UCHAR ActiveTripPointCount;
    ULONG ActiveTripPoint[MAX_ACTIVE_COOLING_LEVELS];
} THERMAL_INFORMATION, *PTHERMAL_INFORMATION;

typedef struct _THERMAL_WAIT_READ {
    ULONG Timeout;
    ULONG LowTemperature, HighTemperature;
} THERMAL_WAIT_READ, *PTHERMAL_WAIT_READ;

// ---- Buttons and lids

#define IOCTL_QUERY_LID            POCLASS_CODE(0x30, FILE_READ_ACCESS)
#define IOCTL_NOTIFY_SWITCH_EVENT  POCLASS_CODE(0x40, FILE_READ_ACCESS)
#define IOCTL_GET_SYS_BUTTON_CAPS  POCLASS_CODE(0x50, FILE_READ_ACCESS)
#define IOCTL_GET_SYS_BUTTON_EVENT POCLASS_CODE(0x51, FILE_READ_ACCESS)

#define SYS_BUTTON_POWER          0x00000001
#define SYS_BUTTON_SLEEP          0x00000002
#define SYS_BUTTON_LID            0x00000004
#define SYS_BUTTON_WAKE           0x80000000
#define SYS_BUTTON_LID_STATE_MASK 0x00030000
#define SYS_BUTTON_LID_OPEN       0x00010000
#define SYS_BUTTON_LID_CLOSED     0x00020000
#define SYS_BUTTON_LID_INITIAL    0x00040000
#define SYS_BUTTON_LID_CHANGED    0x00080000

// ---- Processors and message indicators

#define IOCTL_GET_PROCESSOR_OBJ_INFO    POCLASS_CODE(0x60, FILE_READ_ACCESS)
#define IOCTL_SET_SYS_MESSAGE_INDICATOR POCLASS_CODE(0x70, FILE_WRITE_ACCESS)

typedef struct {
    ULONG PhysicalID;
    ULONG PBlkAddress;
    UCHAR PBlkLength;
} PROCESSOR_OBJECT_INFO, *PPROCESSOR_OBJECT_INFO;

#endif
