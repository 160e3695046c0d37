// What the firmware tells of a battery, and what the battery class is told. ACPI Specification 6.4, 10.2.2.
#pragma once

#include <ntddk.h>

#ifndef FILE_DEVICE_ACPI
#define FILE_DEVICE_ACPI 0x32
#endif
#include <acpiioct.h>
#include <batclass.h>

constexpr ULONG CmbUnknown = 0xFFFFFFFF;
enum { CmbTextChars = 64 };

// _BIX or _BIF. Capacities are in mWh or mAh, CmbUnknown where they are not known.
typedef struct _CMB_STATIC {
    BOOLEAN Current; // mAh, mA
    ULONG DesignCapacity, FullCapacity, Technology, DesignVoltage;
    ULONG Warning, Low;
    ULONG CycleCount;
    ULONG Granularity1, Granularity2; // between low and warning, between warning and full
    CHAR Model[CmbTextChars], Serial[CmbTextChars], Type[CmbTextChars], Maker[CmbTextChars];
} CMB_STATIC, *PCMB_STATIC;

// _BST
typedef struct _CMB_STATUS {
    ULONG State; // CmbDischarging ...
    ULONG Rate, Capacity, Voltage;
} CMB_STATUS, *PCMB_STATUS;

enum { CmbDischarging = 1, CmbCharging = 2, CmbCritical = 4 };

// package.c: the answers of methods, of which Length bytes are there. FALSE: it is none.
BOOLEAN CmbReadStatic(const ACPI_EVAL_OUTPUT_BUFFER *Answer, ULONG Length, BOOLEAN Extended,
                      PCMB_STATIC Static);
BOOLEAN CmbReadStatus(const ACPI_EVAL_OUTPUT_BUFFER *Answer, ULONG Length, PCMB_STATUS Status);
BOOLEAN CmbReadNumber(const ACPI_EVAL_OUTPUT_BUFFER *Answer, ULONG Length, PULONG Number);

// convert.c
VOID CmbDescribe(const CMB_STATIC *Static, PBATTERY_INFORMATION Information);
VOID CmbDescribeScale(const CMB_STATIC *Static, BATTERY_REPORTING_SCALE Scale[2]);
// OnLine: CmbUnknown if there is no power supply to ask.
VOID CmbConvertStatus(const CMB_STATIC *Static, const CMB_STATUS *Status, ULONG OnLine,
                      PBATTERY_STATUS Result);
// Seconds until it is empty at that rate (mW, negative), or at its own: 0. BATTERY_UNKNOWN_TIME.
ULONG CmbEstimateTime(const BATTERY_STATUS *Status, LONG Rate);
