// The battery class driver, for drivers of batteries (miniclass drivers).
#ifndef _BATCLASS_
#define _BATCLASS_

#include <poclass.h>

#define BATTERY_CLASS_MAJOR_VERSION 0x0001
#define BATTERY_CLASS_MINOR_VERSION 0x0000

typedef struct {
    ULONG PowerState; // tell when it is another one
    ULONG LowCapacity, HighCapacity;
} BATTERY_NOTIFY, *PBATTERY_NOTIFY;

typedef NTSTATUS(NTAPI BCLASS_QUERY_TAG_CALLBACK)(PVOID Context, PULONG BatteryTag);
typedef NTSTATUS(NTAPI BCLASS_QUERY_INFORMATION_CALLBACK)(PVOID Context, ULONG BatteryTag,
                                                          BATTERY_QUERY_INFORMATION_LEVEL Level,
                                                          LONG AtRate, PVOID Buffer,
                                                          ULONG BufferLength,
                                                          PULONG ReturnedLength);
typedef NTSTATUS(NTAPI BCLASS_SET_INFORMATION_CALLBACK)(PVOID Context, ULONG BatteryTag,
                                                        BATTERY_SET_INFORMATION_LEVEL Level,
                                                        PVOID Buffer);
typedef NTSTATUS(NTAPI BCLASS_QUERY_STATUS_CALLBACK)(PVOID Context, ULONG BatteryTag,
                                                     PBATTERY_STATUS BatteryStatus);
typedef NTSTATUS(NTAPI BCLASS_SET_STATUS_NOTIFY_CALLBACK)(PVOID Context, ULONG BatteryTag,
                                                          PBATTERY_NOTIFY BatteryNotify);
typedef NTSTATUS(NTAPI BCLASS_DISABLE_STATUS_NOTIFY_CALLBACK)(PVOID Context);

typedef BCLASS_QUERY_TAG_CALLBACK *PBCLASS_QUERY_TAG_CALLBACK, *BCLASS_QUERY_TAG;
typedef BCLASS_QUERY_INFORMATION_CALLBACK *PBCLASS_QUERY_INFORMATION_CALLBACK,
    *BCLASS_QUERY_INFORMATION;
typedef BCLASS_SET_INFORMATION_CALLBACK *PBCLASS_SET_INFORMATION_CALLBACK, *BCLASS_SET_INFORMATION;
typedef BCLASS_QUERY_STATUS_CALLBACK *PBCLASS_QUERY_STATUS_CALLBACK, *BCLASS_QUERY_STATUS;
typedef BCLASS_SET_STATUS_NOTIFY_CALLBACK *PBCLASS_SET_STATUS_NOTIFY_CALLBACK,
    *BCLASS_SET_STATUS_NOTIFY;
typedef BCLASS_DISABLE_STATUS_NOTIFY_CALLBACK *PBCLASS_DISABLE_STATUS_NOTIFY_CALLBACK,
    *BCLASS_DISABLE_STATUS_NOTIFY;

typedef struct {
    USHORT MajorVersion, MinorVersion;
    PVOID Context;
    BCLASS_QUERY_TAG QueryTag;
    BCLASS_QUERY_INFORMATION QueryInformation;
    BCLASS_SET_INFORMATION SetInformation;
    BCLASS_QUERY_STATUS QueryStatus;
    BCLASS_SET_STATUS_NOTIFY SetStatusNotify;
    BCLASS_DISABLE_STATUS_NOTIFY DisableStatusNotify;
    PDEVICE_OBJECT Pdo; // null: the battery has no device interface
    PUNICODE_STRING DeviceName;
} BATTERY_MINIPORT_INFO, *PBATTERY_MINIPORT_INFO;

#ifdef BATTERYCLASS
#define BATTERYCLASSAPI
#else
#define BATTERYCLASSAPI DECLSPEC_IMPORT
#endif

BATTERYCLASSAPI NTSTATUS NTAPI BatteryClassInitializeDevice(PBATTERY_MINIPORT_INFO MiniportInfo,
                                                            PVOID *ClassData);
BATTERYCLASSAPI NTSTATUS NTAPI BatteryClassUnload(PVOID ClassData);
// STATUS_NOT_SUPPORTED: the request is not for batteries, and still the caller's.
BATTERYCLASSAPI NTSTATUS NTAPI BatteryClassIoctl(PVOID ClassData, PIRP Irp);
BATTERYCLASSAPI NTSTATUS NTAPI BatteryClassStatusNotify(PVOID ClassData);

#endif
