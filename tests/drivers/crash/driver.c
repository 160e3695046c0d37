// crash.sys: a driver that breaks in the way that it is asked to.

#include <ntddk.h>

#include <nt/nthost.h>

#include "crash.h"
#include "driver.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_DISPATCH CrashOpenClose, CrashControl;

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI CrashOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS);
}

__attribute__((noinline)) VOID CrashWriteNowhere(VOID)
{
    *(volatile ULONG *)0x18 = 1;
}

static VOID NTAPI WriteInDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    CrashWriteNowhere();
}

static VOID NTAPI WriteInThread(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    CrashWriteNowhere();
}

static VOID CrashInDpc(VOID)
{
    static KDPC Dpc;
    KeInitializeDpc(&Dpc, WriteInDpc, NULL);
    KeInsertQueueDpc(&Dpc, NULL, NULL);
}

static VOID CrashInThread(VOID)
{
    HANDLE Thread;
    if (NT_SUCCESS(PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, WriteInThread,
                                        NULL)))
        ZwClose(Thread);
}

// The volatile block keeps each call's frame, and the sum keeps the call from being a jump.
__attribute__((noinline)) static ULONG Recurse(ULONG Depth)
{
    volatile UCHAR Block[1024];
    Block[Depth % sizeof(Block)] = (UCHAR)Depth;
    if (Depth == MAXULONG)
        return 0;
    return Recurse(Depth + 1) + Block[(Depth + 1) % sizeof(Block)];
}

static VOID SpinAtDispatch(VOID)
{
    KIRQL Irql;
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    for (volatile ULONG i = 0;; i++)
        continue;
}

static VOID OverrunBlock(VOID)
{
    volatile UCHAR *Block = ExAllocatePoolWithTag(NonPagedPoolNx, 40, 'sarC');
    for (ULONG i = 0; Block && i < 64; i++)
        Block[i] = 0xEE;
    if (Block)
        ExFreePoolWithTag((PVOID)Block, 'sarC');
}

// The rings are where the Executive put them: any driver can find them, so any driver can write to them.
static PHOST_SHARED FindShared(VOID)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"KiShared");
    PHOST_SHARED *Shared = MmGetSystemRoutineAddress(&Name);
    return Shared ? *Shared : NULL;
}

static VOID ForgeReply(VOID)
{
    PHOST_SHARED Shared = FindShared();
    if (!Shared)
        return;
    PHOST_RING Ring = &Shared->ReplyRing;
    Shared->Replies[Ring->Tail % HOST_RING_ENTRIES] =
        (HOST_REPLY){.Kind = HostReplyComplete, .RequestId = 0x12345678, .Information = ~0ull};
    Ring->Tail++;
}

static VOID BreakRing(VOID)
{
    PHOST_SHARED Shared = FindShared();
    if (Shared)
        Shared->ReplyRing.Tail += 100'000;
}

static NTSTATUS StartInterrupt(PIRP Irp, BOOLEAN Spins)
{
    IoMarkIrpPending(Irp); // the host ends before it is complete, unless there is no device
    NTSTATUS Status = CrashInterrupt(Spins);
    if (Status != STATUS_PENDING)
        Complete(Irp, Status);
    return STATUS_PENDING;
}

static NTSTATUS NTAPI CrashControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    KIRQL Irql;
    ULONG Code = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode;
    switch (Code) {
    case CRASH_WAIT:
        IoMarkIrpPending(Irp);
        return STATUS_PENDING;
    case CRASH_DISPATCH:
        CrashWriteNowhere();
        break;
    case CRASH_DPC:
        CrashInDpc();
        break;
    case CRASH_THREAD:
        IoMarkIrpPending(Irp);
        CrashInThread();
        return STATUS_PENDING;
    case CRASH_STACK:
        return Complete(Irp, (NTSTATUS)Recurse(0));
    case CRASH_LOOP:
        SpinAtDispatch();
        break;
    case CRASH_OVERRUN:
        OverrunBlock();
        break;
    case CRASH_COMPLETE_TWICE:
        Complete(Irp, STATUS_SUCCESS);
        break;
    case CRASH_REPLY:
        ForgeReply();
        break;
    case CRASH_RING:
        BreakRing();
        break;
    case CRASH_IRQL:
        KeRaiseIrql(DISPATCH_LEVEL, &Irql);
        break;
    case CRASH_ISR:
    case CRASH_ISR_LOOP:
        return StartInterrupt(Irp, Code == CRASH_ISR_LOOP);
    case CRASH_BUGCHECK:
        KeBugCheckEx(0xDEAD, 1, 2, 3, 4);
    default:
        return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST);
    }
    return Complete(Irp, STATUS_SUCCESS);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\CrashTest");
    PDEVICE_OBJECT Device;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = CrashOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = CrashOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = CrashOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = CrashControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = CrashPnp;
    DriverObject->DriverExtension->AddDevice = CrashAddDevice;
    return IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device);
}
