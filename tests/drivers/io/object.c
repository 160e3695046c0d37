// Work items, remove locks, and the small objects of the I/O manager.

#include "driver.h"

// ---- Work items

typedef struct _WORK {
    KEVENT Done;
    PIO_WORKITEM Item;
    PVOID Object;
    ULONG Runs;
} WORK;

static VOID NTAPI WorkOnce(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    WORK *Work = Context;
    Work->Object = DeviceObject;
    KeSetEvent(&Work->Done, IO_NO_INCREMENT, FALSE);
}

static VOID NTAPI WorkAgain(PVOID IoObject, PVOID Context, PIO_WORKITEM Item)
{
    WORK *Work = Context;
    Work->Object = IoObject;
    if (++Work->Runs < 3) {
        IoQueueWorkItemEx(Item, WorkAgain, CriticalWorkQueue, Context);
        return;
    }
    IoFreeWorkItem(Item);
    KeSetEvent(&Work->Done, IO_NO_INCREMENT, FALSE);
}

ULONG TestWorkItems(VOID)
{
    WORK Work = {0};
    KeInitializeEvent(&Work.Done, SynchronizationEvent, FALSE);
    PIO_WORKITEM Item = IoAllocateWorkItem(TestDevice);
    EXPECT(Item);
    IoQueueWorkItem(Item, WorkOnce, DelayedWorkQueue, &Work);
    KeWaitForSingleObject(&Work.Done, Executive, KernelMode, FALSE, NULL);
    EXPECT(Work.Object == TestDevice);
    Work.Object = NULL;
    IoQueueWorkItemEx(Item, WorkAgain, DelayedWorkQueue, &Work);
    KeWaitForSingleObject(&Work.Done, Executive, KernelMode, FALSE, NULL);
    EXPECT(Work.Object == TestDevice && Work.Runs == 3);

    PIO_WORKITEM Own = ExAllocatePoolWithTag(NonPagedPoolNx, IoSizeofWorkItem(), 'tsTI');
    EXPECT(Own);
    IoInitializeWorkItem(TestDevice->DriverObject, Own);
    IoQueueWorkItem(Own, WorkOnce, DelayedWorkQueue, &Work);
    KeWaitForSingleObject(&Work.Done, Executive, KernelMode, FALSE, NULL);
    EXPECT(Work.Object == TestDevice->DriverObject);
    IoUninitializeWorkItem(Own);
    ExFreePoolWithTag(Own, 'tsTI');
    return 0;
}

// ---- Remove locks

typedef struct _REMOVAL {
    IO_REMOVE_LOCK Lock;
    volatile LONG Released;
} REMOVAL;

static VOID NTAPI ReleaseLater(PVOID Context)
{
    REMOVAL *Removal = Context;
    LARGE_INTEGER Interval = {.QuadPart = -200'000};
    KeDelayExecutionThread(KernelMode, FALSE, &Interval);
    InterlockedExchange(&Removal->Released, 1);
    IoReleaseRemoveLock(&Removal->Lock, NULL);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

ULONG TestRemoveLock(VOID)
{
    static REMOVAL Removal;
    HANDLE Thread;
    Removal.Released = 0;
    IoInitializeRemoveLock(&Removal.Lock, 'tsTI', 0, 0);
    EXPECT(IoAcquireRemoveLock(&Removal.Lock, NULL) == STATUS_SUCCESS); // the thread's
    EXPECT(IoAcquireRemoveLock(&Removal.Lock, NULL) == STATUS_SUCCESS);
    EXPECT(IoAcquireRemoveLock(&Removal.Lock, NULL) == STATUS_SUCCESS);
    IoReleaseRemoveLock(&Removal.Lock, NULL);
    EXPECT(NT_SUCCESS(PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL,
                                           ReleaseLater, &Removal)));
    IoReleaseRemoveLockAndWait(&Removal.Lock, NULL);
    EXPECT(Removal.Released);
    EXPECT(IoAcquireRemoveLock(&Removal.Lock, NULL) == STATUS_DELETE_PENDING);
    ZwClose(Thread);
    return 0;
}

// ---- Data of the driver object

ULONG TestDriverExtension(VOID)
{
    static UCHAR Key, Other;
    static PVOID Data;
    PVOID Again;
    PDRIVER_OBJECT Driver = TestDevice->DriverObject;
    if (!Data)
        EXPECT(NT_SUCCESS(IoAllocateDriverObjectExtension(Driver, &Key, 100, &Data)));
    EXPECT(IoAllocateDriverObjectExtension(Driver, &Key, 100, &Again) ==
           STATUS_OBJECT_NAME_COLLISION);
    EXPECT(!Again);
    EXPECT(IoGetDriverObjectExtension(Driver, &Key) == Data);
    EXPECT(!IoGetDriverObjectExtension(Driver, &Other));
    return 0;
}

// ---- Share access: two openers of one file

ULONG TestShareAccess(VOID)
{
    FILE_OBJECT First = {0}, Second = {0};
    SHARE_ACCESS Share;
    IoSetShareAccess(FILE_READ_DATA, FILE_SHARE_READ, &First, &Share);
    EXPECT(Share.OpenCount == 1 && Share.Readers == 1 && Share.SharedRead == 1);
    EXPECT(IoCheckShareAccess(FILE_WRITE_DATA, FILE_SHARE_READ, &Second, &Share, TRUE) ==
           STATUS_SHARING_VIOLATION);
    EXPECT(IoCheckShareAccess(FILE_READ_DATA, 0, &Second, &Share, TRUE) ==
           STATUS_SHARING_VIOLATION);
    EXPECT(IoCheckShareAccess(FILE_READ_ATTRIBUTES, 0, &Second, &Share, TRUE) == STATUS_SUCCESS);
    EXPECT(Share.OpenCount == 1);
    EXPECT(IoCheckShareAccess(FILE_READ_DATA, FILE_SHARE_READ, &Second, &Share, TRUE) ==
           STATUS_SUCCESS);
    EXPECT(Share.OpenCount == 2 && Share.Readers == 2);
    IoRemoveShareAccess(&First, &Share);
    IoRemoveShareAccess(&Second, &Share);
    EXPECT(!Share.OpenCount && !Share.Readers && !Share.SharedRead);
    EXPECT(IoCheckShareAccess(DELETE, 0, &Second, &Share, FALSE) == STATUS_SUCCESS);
    EXPECT(!Share.OpenCount);
    return 0;
}

// ---- The device's timer

static VOID NTAPI TimerRoutine(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
}

ULONG TestDeviceTimer(VOID)
{
    static KEVENT Tick;
    LARGE_INTEGER Timeout = {.QuadPart = -40'000'000};
    KeInitializeEvent(&Tick, SynchronizationEvent, FALSE);
    EXPECT(NT_SUCCESS(IoInitializeTimer(TestDevice, TimerRoutine, &Tick)));
    IoStartTimer(TestDevice);
    for (ULONG i = 0; i < 2; i++)
        EXPECT(KeWaitForSingleObject(&Tick, Executive, KernelMode, FALSE, &Timeout) ==
               STATUS_SUCCESS);
    IoStopTimer(TestDevice);
    return 0;
}

// ---- The error log

ULONG TestErrorLog(VOID)
{
    static const WCHAR Text[] = L"a string of iotest";
    enum { Offset = FIELD_OFFSET(IO_ERROR_LOG_PACKET, DumpData) + 2 * sizeof(ULONG) };
    PIO_ERROR_LOG_PACKET Packet = IoAllocateErrorLogEntry(TestDevice, Offset + sizeof(Text));
    EXPECT(Packet);
    Packet->ErrorCode = STATUS_DEVICE_DATA_ERROR;
    Packet->DumpDataSize = 2 * sizeof(ULONG);
    Packet->DumpData[0] = 1;
    Packet->DumpData[1] = 2;
    Packet->NumberOfStrings = 1;
    Packet->StringOffset = Offset;
    RtlCopyMemory((PUCHAR)Packet + Offset, Text, sizeof(Text));
    IoWriteErrorLogEntry(Packet);
    EXPECT(!IoAllocateErrorLogEntry(TestDevice, 4));
    return 0;
}
