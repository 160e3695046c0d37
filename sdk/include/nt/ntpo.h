// Power: the system's states, and what is known of devices'.
#ifndef NT_NTPO_H
#define NT_NTPO_H

#include <nt/ntbase.h>

// NtPowerInformation(SystemPowerInformation). Percents and seconds.
typedef struct _SYSTEM_POWER_INFORMATION {
    ULONG MaxIdlenessAllowed;
    ULONG Idleness;
    ULONG TimeRemaining;
    UCHAR CoolingMode; // PO_TZ_*
} SYSTEM_POWER_INFORMATION, *PSYSTEM_POWER_INFORMATION;

#ifndef PO_TZ_INVALID_MODE
#define PO_TZ_ACTIVE       0
#define PO_TZ_PASSIVE      1
#define PO_TZ_INVALID_MODE 2
#endif

// NtPowerInformation(ProcessorInformation): one for each processor
typedef struct _PROCESSOR_POWER_INFORMATION {
    ULONG Number;
    ULONG MaxMhz;
    ULONG CurrentMhz;
    ULONG MhzLimit;
    ULONG MaxIdleState;
    ULONG CurrentIdleState;
} PROCESSOR_POWER_INFORMATION, *PPROCESSOR_POWER_INFORMATION;

#ifndef NT_EXECUTIVE
NTSYSAPI NTSTATUS NTAPI NtGetDevicePowerState(HANDLE Device, PDEVICE_POWER_STATE State);
NTSYSAPI NTSTATUS NTAPI NtInitiatePowerAction(POWER_ACTION SystemAction,
                                              SYSTEM_POWER_STATE LightestSystemState, ULONG Flags,
                                              BOOLEAN Asynchronous);
NTSYSAPI BOOLEAN NTAPI NtIsSystemResumeAutomatic(void);
NTSYSAPI NTSTATUS NTAPI NtRequestWakeupLatency(LATENCY_TIME Latency);
NTSYSAPI NTSTATUS NTAPI NtSetSystemPowerState(POWER_ACTION SystemAction,
                                              SYSTEM_POWER_STATE LightestSystemState, ULONG Flags);
#endif

#endif
