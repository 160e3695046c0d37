// Properties that are put together of what the stack below tells, and of the device's health.
#include "classp.h"

#include "property.h"

// ---- Questions to the stack

// Pool, of Length bytes; null: there is no answer.
static PVOID AskBelow(PFUNCTIONAL_DEVICE_EXTENSION Fdo, STORAGE_PROPERTY_ID Id)
{
    PSTORAGE_DESCRIPTOR_HEADER Descriptor;
    if (!NT_SUCCESS(ClassGetDescriptor(Fdo->CommonExtension.LowerDeviceObject, &Id, &Descriptor)))
        return nullptr;
    return Descriptor;
}

typedef struct _HEALTH_QUESTION { // the health log of NVM Express
    ULONG PropertyId, QueryType;  // or the descriptor's version and size
    STORAGE_PROTOCOL_SPECIFIC_DATA Protocol;
    UCHAR Log[512];
} HEALTH_QUESTION, *PHEALTH_QUESTION;

enum { HealthPage = 2, HealthWarnings = 0, HealthUnsafeShutdowns = 144 };

static NTSTATUS AskHealth(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PHEALTH_QUESTION Question)
{
    IO_STATUS_BLOCK IoStatus;
    if (Fdo->DeviceDescriptor->BusType != BusTypeNvme)
        return STATUS_INVALID_DEVICE_REQUEST;
    *Question = (HEALTH_QUESTION){
        .PropertyId = StorageDeviceProtocolSpecificProperty,
        .QueryType = PropertyStandardQuery,
        .Protocol = {.ProtocolType = ProtocolTypeNvme,
                     .DataType = NVMeDataTypeLogPage,
                     .ProtocolDataRequestValue = HealthPage,
                     .ProtocolDataOffset = sizeof(Question->Protocol),
                     .ProtocolDataLength = sizeof(Question->Log)},
    };
    ClassSendDeviceIoControlSynchronous(IOCTL_STORAGE_QUERY_PROPERTY,
                                        Fdo->CommonExtension.LowerDeviceObject, Question,
                                        sizeof(*Question), sizeof(*Question), FALSE, &IoStatus);
    return IoStatus.Status;
}

// ---- Names

// Both descriptors of the stack behind the head, each aligned.
static VOID AppendDescriptor(PPROPERTY_REQUEST Request, PVOID Descriptor, ULONG Bytes,
                             PULONG Offset)
{
    ULONG Place = ALIGN_UP_BY(Request->Needed, sizeof(ULONG64));
    if (!Descriptor || Place > Request->Room || Bytes > Request->Room - Place)
        return;
    RtlCopyMemory(Request->Buffer + Place, Descriptor, Bytes);
    *Offset = Place;
    Request->Needed = Place + Bytes;
}

NTSTATUS ClasspUniqueId(PPROPERTY_REQUEST Request)
{
    PSTORAGE_DEVICE_UNIQUE_IDENTIFIER Id = (PVOID)Request->Buffer;
    PSTORAGE_DESCRIPTOR_HEADER Ids = AskBelow(Request->Fdo, StorageDeviceIdProperty);
    const STORAGE_DEVICE_DESCRIPTOR *Device = Request->Fdo->DeviceDescriptor;
    if (Ids) {
        AppendDescriptor(Request, Ids, Ids->Size, &Id->StorageDeviceIdOffset);
        ExFreePool(Ids);
    }
    AppendDescriptor(Request, (PVOID)Device, Device->Size, &Id->StorageDeviceOffset);
    return Id->StorageDeviceOffset ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_REQUEST;
}

NTSTATUS ClasspDeviceNumberEx(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PSTORAGE_DEVICE_NUMBER_EX Number = Irp->AssociatedIrp.SystemBuffer;
    UNREFERENCED_PARAMETER(Stack);
    *Number = (STORAGE_DEVICE_NUMBER_EX){
        .Version = sizeof(*Number),
        .Size = sizeof(*Number),
        .DeviceType = Fdo->DeviceObject->DeviceType,
        .DeviceNumber = Fdo->DeviceNumber,
        .PartitionNumber = Fdo->CommonExtension.PartitionNumber,
    };
    Irp->IoStatus.Information = sizeof(*Number);
    return STATUS_SUCCESS;
}

// ---- State

NTSTATUS ClasspAttributes(PPROPERTY_REQUEST Request)
{
    ((PSTORAGE_DEVICE_ATTRIBUTES_DESCRIPTOR)Request->Buffer)->Attributes =
        STORAGE_ATTRIBUTE_BLOCK_IO;
    return STATUS_SUCCESS;
}

NTSTATUS ClasspNumaNode(PPROPERTY_REQUEST Request)
{
    ((PSTORAGE_DEVICE_NUMA_PROPERTY)Request->Buffer)->NumaNode = STORAGE_DEVICE_NUMA_NODE_UNKNOWN;
    return STATUS_SUCCESS;
}

NTSTATUS ClasspUnsafeShutdowns(PPROPERTY_REQUEST Request)
{
    PHEALTH_QUESTION Question = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Question), ClasspTag);
    if (!Question)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = AskHealth(Request->Fdo, Question);
    if (NT_SUCCESS(Status))
        RtlCopyMemory(
            &((PSTORAGE_DEVICE_UNSAFE_SHUTDOWN_COUNT)Request->Buffer)->UnsafeShutdownCount,
            Question->Log + HealthUnsafeShutdowns, sizeof(ULONG));
    ExFreePoolWithTag(Question, ClasspTag);
    return Status;
}

// STATUS_SUCCESS: the device tells whether it will fail.
static NTSTATUS AskPrediction(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PBOOLEAN Fails)
{
    IO_STATUS_BLOCK IoStatus;
    PSTORAGE_PREDICT_FAILURE Answer =
        ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Answer), ClasspTag);
    if (!Answer)
        return STATUS_INSUFFICIENT_RESOURCES;
    PDEVICE_OBJECT Top = IoGetAttachedDeviceReference(Fdo->DeviceObject);
    ClassSendDeviceIoControlSynchronous(IOCTL_STORAGE_PREDICT_FAILURE, Top, Answer, 0,
                                        sizeof(*Answer), FALSE, &IoStatus);
    ObDereferenceObject(Top);
    *Fails = NT_SUCCESS(IoStatus.Status) && Answer->PredictFailure;
    ExFreePoolWithTag(Answer, ClasspTag);
    return IoStatus.Status;
}

NTSTATUS ClasspManagementStatus(PPROPERTY_REQUEST Request)
{
    PSTORAGE_DEVICE_MANAGEMENT_STATUS Told = (PVOID)Request->Buffer;
    BOOLEAN Fails = FALSE;
    NTSTATUS Status = AskPrediction(Request->Fdo, &Fails);
    Told->NumberOfOperationalStatus = 1;
    Told->Health = !NT_SUCCESS(Status) ? DiskHealthUnknown
                   : Fails             ? DiskHealthWarning
                                       : DiskHealthHealthy;
    Told->OperationalStatus[0] = !NT_SUCCESS(Status) ? DiskOpStatusUnknown
                                 : Fails             ? DiskOpStatusPredictingFailure
                                                     : DiskOpStatusOk;
    return STATUS_SUCCESS;
}

NTSTATUS ClasspPredictByHealth(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PSTORAGE_PREDICT_FAILURE Answer = Irp->AssociatedIrp.SystemBuffer;
    PHEALTH_QUESTION Question = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Question), ClasspTag);
    UNREFERENCED_PARAMETER(Stack);
    if (!Question)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = AskHealth(Fdo, Question);
    if (NT_SUCCESS(Status)) {
        Answer->PredictFailure = Question->Log[HealthWarnings] != 0;
        RtlCopyMemory(Answer->VendorSpecific, Question->Log, sizeof(Answer->VendorSpecific));
        Irp->IoStatus.Information = sizeof(*Answer);
    }
    ExFreePoolWithTag(Question, ClasspTag);
    return Status;
}

// Whether the device is asked from time to time if it will fail (ClasspPollPrediction). Only one that answers can be.
NTSTATUS ClasspPredictConfig(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PSTORAGE_FAILURE_PREDICTION_CONFIG Config = Irp->AssociatedIrp.SystemBuffer;
    ULONG Room = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    BOOLEAN Fails;
    if (Config->Version != STORAGE_FAILURE_PREDICTION_CONFIG_V1 || Config->Size < sizeof(*Config))
        return STATUS_INVALID_PARAMETER;
    if (!Config->Set && Room < sizeof(*Config))
        return STATUS_BUFFER_TOO_SMALL;
    NTSTATUS Status = AskPrediction(Fdo, &Fails);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Config->Set)
        ClassSetFailurePredictionPoll(
            Fdo, Config->Enabled ? FailurePredictionIoctl : FailurePredictionNone,
            DEFAULT_FAILURE_PREDICTION_PERIOD);
    Config->Enabled = Fdo->PrivateFdoData->PredictSeconds != 0;
    if (Room >= sizeof(*Config))
        Irp->IoStatus.Information = sizeof(*Config);
    return STATUS_SUCCESS;
}
