// tgtuser.sys: uses the device of another driver, and wants to know what becomes of it.

#include <ntddk.h>

#include "target.h"

DRIVER_INITIALIZE DriverEntry;

static const GUID QueryRemove = {
    0xCB3A4006, 0x46F0, 0x11D0, {0xB0, 0x8F, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3F}};
static const GUID RemoveCancelled = {
    0xCB3A4007, 0x46F0, 0x11D0, {0xB0, 0x8F, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3F}};
static const GUID RemoveComplete = {
    0xCB3A4008, 0x46F0, 0x11D0, {0xB0, 0x8F, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3F}};

static PDRIVER_OBJECT Driver;
static PFILE_OBJECT File;
static PVOID Registration;
static USER_STATE State;
static ULONG Refuse;

static BOOLEAN Is(const GUID *First, const GUID *Second)
{
    return RtlEqualMemory(First, Second, sizeof(GUID));
}

// Who lets the device go closes what he has open of it.
static NTSTATUS AnswerQuery(VOID)
{
    State.Queries++;
    if (Refuse)
        return STATUS_UNSUCCESSFUL;
    State.Open = FALSE;
    ObDereferenceObject(File);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI Notify(PVOID NotificationStructure, PVOID Context)
{
    PTARGET_DEVICE_CUSTOM_NOTIFICATION Notification = NotificationStructure;
    if (Context != &State || Notification->Version != 1 || Notification->FileObject != File) {
        State.Unknown++;
        return STATUS_SUCCESS;
    }
    if (Is(&Notification->Event, &QueryRemove))
        return AnswerQuery();
    if (Is(&Notification->Event, &RemoveCancelled)) {
        State.Cancelled++;
    } else if (Is(&Notification->Event, &RemoveComplete)) {
        State.Complete++;
        IoUnregisterPlugPlayNotification(Registration);
        if (State.Open) // it has gone without a question
            ObDereferenceObject(File);
        State.Open = FALSE;
    } else {
        State.Data = *(ULONG UNALIGNED *)Notification->CustomDataBuffer;
        State.Custom++;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS Open(VOID)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\TargetDevice");
    PDEVICE_OBJECT Device;
    NTSTATUS Status = IoGetDeviceObjectPointer(&Name, FILE_READ_ATTRIBUTES, &File, &Device);
    if (!NT_SUCCESS(Status))
        return Status;
    State.Open = TRUE;
    return IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, File, Driver, Notify,
                                          &State, &Registration);
}

// ---- Pointers, given back by two threads at the same time

typedef struct _SHARE {
    PFILE_OBJECT Objects[2];
    ULONG Round;
} SHARE;

static NTSTATUS OpenPointer(PCWSTR Path, PFILE_OBJECT *Object)
{
    UNICODE_STRING Name;
    PDEVICE_OBJECT Device;
    RtlInitUnicodeString(&Name, Path);
    NTSTATUS Status = IoGetDeviceObjectPointer(&Name, FILE_READ_ATTRIBUTES, Object, &Device);
    if (NT_SUCCESS(Status))
        ObReferenceObject(*Object);
    return Status;
}

static VOID GiveBack(const SHARE *Share, BOOLEAN Raised)
{
    KIRQL Irql = PASSIVE_LEVEL;
    if (Raised)
        KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Share->Objects); i++)
        ObDereferenceObject(Share->Objects[i]);
    if (Raised)
        KeLowerIrql(Irql);
}

static VOID NTAPI GiveBackThread(PVOID Context)
{
    const SHARE *Share = Context;
    GiveBack(Share, Share->Round & 1);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS GiveBackTwice(SHARE *Share)
{
    HANDLE Handle;
    PVOID Thread = nullptr;
    NTSTATUS Status = PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr,
                                           GiveBackThread, Share);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                                       &Thread, nullptr);
    ZwClose(Handle);
    GiveBack(Share, Share->Round & 2);
    if (!NT_SUCCESS(Status))
        return Status;
    KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, nullptr);
    ObDereferenceObject(Thread);
    return STATUS_SUCCESS;
}

// A device of this host and one of another: each is closed once, whoever gives the last pointer back.
static NTSTATUS UsePointers(VOID)
{
    SHARE Share = {};
    NTSTATUS Status = STATUS_SUCCESS;
    for (; Share.Round < 100 && NT_SUCCESS(Status); Share.Round++) {
        Status = OpenPointer(L"\\Device\\TargetUser", &Share.Objects[0]);
        if (NT_SUCCESS(Status))
            Status = OpenPointer(L"\\Device\\TargetDevice", &Share.Objects[1]);
        if (NT_SUCCESS(Status))
            Status = GiveBackTwice(&Share);
    }
    return Status;
}

static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = 0;
    if (Stack->MajorFunction == IRP_MJ_CREATE)
        InterlockedIncrement(&State.Creates);
    if (Stack->MajorFunction == IRP_MJ_CLOSE)
        InterlockedIncrement(&State.Closes);
    if (Stack->MajorFunction == IRP_MJ_DEVICE_CONTROL) {
        switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
        case USER_OPEN:
            Status = Open();
            break;
        case USER_QUERY:
            *(USER_STATE *)Irp->AssociatedIrp.SystemBuffer = State;
            Irp->IoStatus.Information = sizeof(State);
            break;
        case USER_REFUSE:
            Refuse = *(PULONG)Irp->AssociatedIrp.SystemBuffer;
            break;
        case USER_SHUTDOWN:
            Status = IoRegisterShutdownNotification(DeviceObject);
            if (NT_SUCCESS(Status) && !(DeviceObject->Flags & DO_SHUTDOWN_REGISTERED))
                Status = STATUS_UNSUCCESSFUL;
            IoUnregisterShutdownNotification(DeviceObject);
            break;
        case USER_POINTERS:
            Status = UsePointers();
            break;
        default:
            Status = STATUS_INVALID_DEVICE_REQUEST;
            break;
        }
    }
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\TargetUser");
    PDEVICE_OBJECT Device;
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver = DriverObject;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = Dispatch;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = Dispatch;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = Dispatch;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Dispatch;
    DriverObject->DriverUnload = Unload;
    return IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device);
}
