// Device objects of class drivers.
#include "classp.h"

enum { ExtensionVersion = 3 };

// ---- What the library keeps of a functional device

static VOID NTAPI DoWork(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = ClasspFdo(DeviceObject);
    PCLASS_PRIVATE_FDO_DATA Private = Context;
    InterlockedExchange(&Private->WorkQueued, 0);
    LONG Wanted = InterlockedExchange(&Private->WorkWanted, 0);
    if (Wanted & 1 << ClasspEventStartUnit) {
        PCLASSP_COMMAND Command = ClasspNewCommand(6, SCSIOP_START_STOP_UNIT);
        if (Command) {
            Command->Cdb[4] = 1; // start
            Command->TimeOut = START_UNIT_TIMEOUT;
            Command->NoRetry = TRUE;
            ClasspSend(Fdo, Command);
            ExFreePoolWithTag(Command, ClasspTag);
        }
    }
    if (Wanted & 1 << ClasspEventCapacity)
        ClassReadDriveCapacity(DeviceObject);
    if (Wanted & 1 << ClasspEventPoll)
        ClasspPollMedia(Fdo);
    if (Wanted & 1 << ClasspEventPredict)
        ClasspPollPrediction(Fdo);
    ClassReleaseRemoveLock(DeviceObject, Private);
}

// Has it done at PASSIVE_LEVEL; the device stays until it is.
VOID ClasspWork(PFUNCTIONAL_DEVICE_EXTENSION Fdo, CLASSP_EVENT Event)
{
    PCLASS_PRIVATE_FDO_DATA Private = Fdo->PrivateFdoData;
    if (ClassAcquireRemoveLock(Fdo->DeviceObject, Private) != NO_REMOVE) {
        ClassReleaseRemoveLock(Fdo->DeviceObject, Private);
        return;
    }
    InterlockedOr(&Private->WorkWanted, 1 << Event);
    if (InterlockedExchange(&Private->WorkQueued, 1) == 0)
        IoQueueWorkItem(Private->WorkItem, DoWork, DelayedWorkQueue, Private);
    else
        ClassReleaseRemoveLock(Fdo->DeviceObject, Private);
}

VOID ClasspFreePrivate(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PCLASS_PRIVATE_FDO_DATA Private = Fdo->PrivateFdoData;
    if (Private) {
        if (Private->WorkItem)
            IoFreeWorkItem(Private->WorkItem);
        if (Private->PowerItem)
            IoFreeWorkItem(Private->PowerItem);
        ExFreePoolWithTag(Private, ClasspTag);
    }
    if (Fdo->ReleaseQueueIrp)
        IoFreeIrp(Fdo->ReleaseQueueIrp);
    PVOID Blocks[] = {
        Fdo->FunctionSupportInfo, Fdo->DeviceDescriptor, Fdo->AdapterDescriptor,
        Fdo->MiniportDescriptor,  Fdo->SenseData,        Fdo->MediaChangeDetectionInfo,
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Blocks); i++) {
        if (Blocks[i])
            ExFreePool(Blocks[i]);
    }
    RtlFreeUnicodeString(&Fdo->CommonExtension.DeviceName);
}

NTSTATUS ClasspMakePrivate(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PCLASS_PRIVATE_FDO_DATA Private =
        ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Private), ClasspTag);
    Fdo->PrivateFdoData = Private;
    Fdo->FunctionSupportInfo =
        ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(CLASS_FUNCTION_SUPPORT_INFO), ClasspTag);
    if (!Private || !Fdo->FunctionSupportInfo)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Fdo->FunctionSupportInfo, sizeof(CLASS_FUNCTION_SUPPORT_INFO));
    RtlZeroMemory(Private, sizeof(*Private));
    Private->Fdo = Fdo;
    Private->WorkItem = IoAllocateWorkItem(Fdo->DeviceObject);
    Private->PowerItem = IoAllocateWorkItem(Fdo->DeviceObject);
    InitializeSListHead(&Private->FreePackets);
    KeInitializeSpinLock(&Private->SerialLock);
    InitializeListHead(&Private->SerialWaiting);
    ExInitializeFastMutex(&Private->FileLock);
    InitializeListHead(&Private->Files);
    KeInitializeTimerEx(&Private->PollTimer, SynchronizationTimer);
    return Private->WorkItem && Private->PowerItem ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

// ---- Creation

static NTSTATUS MakeName(PCCHAR Given, PUNICODE_STRING Name)
{
    ANSI_STRING Ansi;
    *Name = (UNICODE_STRING){};
    if (!Given)
        return STATUS_SUCCESS;
    RtlInitAnsiString(&Ansi, Given);
    return RtlAnsiStringToUnicodeString(Name, &Ansi, TRUE);
}

static VOID InitializeCommon(PCOMMON_DEVICE_EXTENSION Common, PDEVICE_OBJECT Self,
                             PCLASS_DRIVER_EXTENSION Driver, BOOLEAN IsFdo)
{
    Common->Version = ExtensionVersion;
    Common->DeviceObject = Self;
    Common->DriverExtension = Driver;
    Common->DevInfo = IsFdo ? &Driver->InitData.FdoData : &Driver->InitData.PdoData;
    Common->IsFdo = IsFdo;
    Common->PreviousState = Common->CurrentState = 0xFF;
    Common->DispatchTable = Driver->DeviceMajorFunctionTable;
    Common->RemoveLock = 1;
    KeInitializeEvent(&Common->RemoveEvent, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Common->PathCountEvent, SynchronizationEvent, TRUE);
    KeInitializeSpinLock(&Common->RemoveTrackingSpinlock);
}

static NTSTATUS InitializeFdo(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PDEVICE_OBJECT Lower)
{
    Fdo->CommonExtension.PartitionZeroExtension = Fdo;
    Fdo->CommonExtension.DriverData = Fdo + 1;
    Fdo->LowerPdo = Lower;
    Fdo->DevicePowerState = PowerDeviceD0;
    KeInitializeEvent(&Fdo->EjectSynchronizationEvent, SynchronizationEvent, TRUE);
    KeInitializeEvent(&Fdo->ChildLock, SynchronizationEvent, TRUE);
    KeInitializeSpinLock(&Fdo->ReleaseQueueSpinLock);
    return ClasspMakePrivate(Fdo);
}

// A child goes to the front of its parent's list.
static VOID InitializePdo(PPHYSICAL_DEVICE_EXTENSION Pdo, PDEVICE_OBJECT Parent)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = ClasspFdo(Parent);
    Pdo->CommonExtension.PartitionZeroExtension = Fdo;
    Pdo->CommonExtension.DriverData = Pdo + 1;
    ClassAcquireChildLock(Fdo);
    Pdo->CommonExtension.ChildList = Fdo->CommonExtension.ChildList;
    Fdo->CommonExtension.ChildList = Pdo;
    ClassReleaseChildLock(Fdo);
}

NTSTATUS NTAPI ClassCreateDeviceObject(PDRIVER_OBJECT DriverObject, PCCHAR ObjectNameBuffer,
                                       PDEVICE_OBJECT LowerDeviceObject, BOOLEAN IsFdo,
                                       PDEVICE_OBJECT *DeviceObject)
{
    PCLASS_DRIVER_EXTENSION Driver = ClassGetDriverExtension(DriverObject);
    PCLASS_DEV_INFO Info = IsFdo ? &Driver->InitData.FdoData : &Driver->InitData.PdoData;
    UNICODE_STRING Name;
    PDEVICE_OBJECT Self;
    *DeviceObject = nullptr;
    NTSTATUS Status = MakeName(ObjectNameBuffer, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Characteristics = Info->DeviceCharacteristics;
    if (!ObjectNameBuffer && !IsFdo)
        Characteristics |= FILE_AUTOGENERATED_DEVICE_NAME;
    Status =
        IoCreateDevice(DriverObject, Info->DeviceExtensionSize, ObjectNameBuffer ? &Name : nullptr,
                       Info->DeviceType, Characteristics, FALSE, &Self);
    if (!NT_SUCCESS(Status)) {
        RtlFreeUnicodeString(&Name);
        return Status;
    }
    PCOMMON_DEVICE_EXTENSION Common = ClasspCommon(Self);
    RtlZeroMemory(Common, Info->DeviceExtensionSize);
    InitializeCommon(Common, Self, Driver, IsFdo);
    Common->DeviceName = Name;
    Self->AlignmentRequirement =
        max(Self->AlignmentRequirement, LowerDeviceObject->AlignmentRequirement);
    if (IsFdo)
        Status = InitializeFdo(ClasspFdo(Self), LowerDeviceObject);
    else
        InitializePdo(Self->DeviceExtension, LowerDeviceObject);
    if (!NT_SUCCESS(Status)) {
        ClasspFreePrivate(ClasspFdo(Self));
        IoDeleteDevice(Self);
        return Status;
    }
    Self->Flags |= DO_DIRECT_IO | DO_POWER_PAGABLE;
    *DeviceObject = Self;
    return STATUS_SUCCESS;
}

PVPB NTAPI ClassGetVpb(PDEVICE_OBJECT DeviceObject)
{
    return DeviceObject->Vpb;
}

// ---- The claim: the port driver gives a unit to one class driver

NTSTATUS NTAPI ClassClaimDevice(PDEVICE_OBJECT LowerDeviceObject, BOOLEAN Release)
{
    SCSI_REQUEST_BLOCK Srb = {
        .Length = sizeof(Srb),
        .Function = Release ? SRB_FUNCTION_RELEASE_DEVICE : SRB_FUNCTION_CLAIM_DEVICE,
    };
    KEVENT Done;
    IO_STATUS_BLOCK IoStatus = {};
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp = IoBuildDeviceIoControlRequest(IOCTL_SCSI_EXECUTE_NONE, LowerDeviceObject, nullptr, 0,
                                             nullptr, 0, TRUE, &Done, &IoStatus);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Stack->Parameters.Scsi.Srb = &Srb;
    Srb.OriginalRequest = Irp;
    NTSTATUS Status = IoCallDriver(LowerDeviceObject, Irp);
    if (Status == STATUS_PENDING) {
        KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, nullptr);
        Status = IoStatus.Status;
    }
    return Status;
}
