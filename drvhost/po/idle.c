// Idle detection. Every second each registered device's counter is one higher, unless its driver has set it to zero
// meanwhile (PoSetDeviceBusy) or has marked the device as busy; at the driver's number of seconds the device is
// sent to the state that the driver has named. Waking it up again is the driver's.

#include "../ntos.h"

#undef PoSetDeviceBusy

enum {
    PopIdleTag = 'dIoP',
    PopSecond = 1000, // milliseconds
};
// The time that the system's policy has for disks, for which it never is time.
constexpr ULONG PopPolicyTime = MAXULONG;

typedef struct _POP_IDLE {
    volatile ULONG Idle; // seconds. Drivers have its address
    LONG Busy;           // PoStartDeviceBusy
    LIST_ENTRY Link;
    PDEVICE_OBJECT Device;
    ULONG Limit; // 0: never
    DEVICE_POWER_STATE State;
    BOOLEAN Sent; // it has been sent to the state, and not been busy since
} POP_IDLE, *PPOP_IDLE;

static KSPIN_LOCK PopIdleLock;
static LIST_ENTRY PopIdleDevices = {&PopIdleDevices, &PopIdleDevices};
static KTIMER PopIdleTimer;
static KDPC PopIdleDpc;

// TRUE: the time has come.
static BOOLEAN PopCountIdle(PPOP_IDLE Entry)
{
    if (Entry->Busy)
        Entry->Idle = 0;
    ULONG Idle = InterlockedIncrement((volatile LONG *)&Entry->Idle);
    if (Idle < 2)
        Entry->Sent = FALSE;
    if (Entry->Sent || !Entry->Limit || Idle <= Entry->Limit)
        return FALSE;
    Entry->Sent = TRUE;
    return TRUE;
}

// The device of an entry is there while the lock is held: what is sent holds a reference.
static VOID NTAPI PopScanIdle(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    KIRQL Irql = KeAcquireSpinLockForDpc(&PopIdleLock);
    for (PLIST_ENTRY Link = PopIdleDevices.Flink; Link != &PopIdleDevices; Link = Link->Flink) {
        PPOP_IDLE Entry = CONTAINING_RECORD(Link, POP_IDLE, Link);
        POWER_STATE State = {.DeviceState = Entry->State};
        if (PopCountIdle(Entry))
            PoRequestPowerIrp(Entry->Device, IRP_MN_SET_POWER, State, nullptr, nullptr, nullptr);
    }
    KeReleaseSpinLockForDpc(&PopIdleLock, Irql);
}

static PPOP_IDLE PopFindIdle(PDEVICE_OBJECT Device)
{
    for (PLIST_ENTRY Link = PopIdleDevices.Flink; Link != &PopIdleDevices; Link = Link->Flink) {
        PPOP_IDLE Entry = CONTAINING_RECORD(Link, POP_IDLE, Link);
        if (Entry->Device == Device)
            return Entry;
    }
    return nullptr;
}

static VOID PopStartScan(void)
{
    LARGE_INTEGER Due = {.QuadPart = -10'000ll * PopSecond};
    KeInitializeTimer(&PopIdleTimer);
    KeInitializeDpc(&PopIdleDpc, PopScanIdle, nullptr);
    KeSetTimerEx(&PopIdleTimer, Due, PopSecond, &PopIdleDpc);
}

VOID PopForgetDevice(PDEVICE_OBJECT DeviceObject)
{
    KIRQL Irql = KeAcquireSpinLockForDpc(&PopIdleLock);
    PPOP_IDLE Entry = PopFindIdle(DeviceObject);
    if (Entry)
        RemoveEntryList(&Entry->Link);
    if (Entry && IsListEmpty(&PopIdleDevices))
        KeCancelTimer(&PopIdleTimer);
    KeReleaseSpinLockForDpc(&PopIdleLock, Irql);
    if (Entry)
        ExFreePoolWithTag(Entry, PopIdleTag);
}

// The machine runs from the mains: performance counts.
static ULONG PopIdleLimit(ULONG ConservationIdleTime, ULONG PerformanceIdleTime)
{
    UNREFERENCED_PARAMETER(ConservationIdleTime);
    return PerformanceIdleTime == PopPolicyTime ? 0 : PerformanceIdleTime;
}

static PPOP_IDLE PopAddIdle(PDEVICE_OBJECT Device)
{
    PPOP_IDLE New = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*New), PopIdleTag);
    if (!New)
        return nullptr;
    *New = (POP_IDLE){.Device = Device};
    KIRQL Irql = KeAcquireSpinLockForDpc(&PopIdleLock);
    BOOLEAN First = IsListEmpty(&PopIdleDevices);
    InsertTailList(&PopIdleDevices, &New->Link);
    if (First)
        PopStartScan();
    KeReleaseSpinLockForDpc(&PopIdleLock, Irql);
    return New;
}

// Two zeros end it. Asked again, it changes the times and the state.
PULONG NTAPI PoRegisterDeviceForIdleDetection(PDEVICE_OBJECT DeviceObject,
                                              ULONG ConservationIdleTime, ULONG PerformanceIdleTime,
                                              DEVICE_POWER_STATE State)
{
    if (!ConservationIdleTime && !PerformanceIdleTime) {
        PopForgetDevice(DeviceObject);
        return nullptr;
    }
    if (State <= PowerDeviceD0 || State >= PowerDeviceMaximum)
        return nullptr;
    KIRQL Irql = KeAcquireSpinLockForDpc(&PopIdleLock);
    PPOP_IDLE Entry = PopFindIdle(DeviceObject);
    KeReleaseSpinLockForDpc(&PopIdleLock, Irql);
    if (!Entry)
        Entry = PopAddIdle(DeviceObject);
    if (!Entry)
        return nullptr;
    Entry->State = State;
    Entry->Limit = PopIdleLimit(ConservationIdleTime, PerformanceIdleTime);
    Entry->Idle = 0;
    return (PULONG)&Entry->Idle;
}

VOID NTAPI PoSetDeviceBusyEx(PULONG IdlePointer)
{
    *(volatile ULONG *)IdlePointer = 0;
}

VOID NTAPI PoStartDeviceBusy(PULONG IdlePointer)
{
    InterlockedIncrement(&CONTAINING_RECORD(IdlePointer, POP_IDLE, Idle)->Busy);
    *(volatile ULONG *)IdlePointer = 0;
}

VOID NTAPI PoEndDeviceBusy(PULONG IdlePointer)
{
    InterlockedDecrement(&CONTAINING_RECORD(IdlePointer, POP_IDLE, Idle)->Busy);
    *(volatile ULONG *)IdlePointer = 0;
}
