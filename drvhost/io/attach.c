// Stacks of devices. Within a host they are linked as on Windows; what is below in another host is a proxy
// here. The Executive knows the whole stack, and says what a device comes to lie on.

#include "../ntos.h"

static RTL_SRWLOCK IopStackLock;

static PDEVICE_OBJECT IopTop(PDEVICE_OBJECT Device)
{
    while (Device->AttachedDevice)
        Device = Device->AttachedDevice;
    return Device;
}

PDEVICE_OBJECT NTAPI IoGetAttachedDevice(PDEVICE_OBJECT DeviceObject)
{
    RtlAcquireSRWLockExclusive(&IopStackLock);
    PDEVICE_OBJECT Top = IopTop(DeviceObject);
    RtlReleaseSRWLockExclusive(&IopStackLock);
    return Top;
}

PDEVICE_OBJECT NTAPI IoGetAttachedDeviceReference(PDEVICE_OBJECT DeviceObject)
{
    RtlAcquireSRWLockExclusive(&IopStackLock);
    PDEVICE_OBJECT Top = IopTop(DeviceObject);
    ObfReferenceObject(Top);
    RtlReleaseSRWLockExclusive(&IopStackLock);
    return Top;
}

PDEVICE_OBJECT NTAPI IoGetLowerDeviceObject(PDEVICE_OBJECT DeviceObject)
{
    RtlAcquireSRWLockExclusive(&IopStackLock);
    PDEVICE_OBJECT Lower = IopExtension(DeviceObject)->AttachedTo;
    if (Lower)
        ObfReferenceObject(Lower);
    RtlReleaseSRWLockExclusive(&IopStackLock);
    return Lower;
}

PDEVICE_OBJECT NTAPI IoGetDeviceAttachmentBaseRef(PDEVICE_OBJECT DeviceObject)
{
    RtlAcquireSRWLockExclusive(&IopStackLock);
    while (IopExtension(DeviceObject)->AttachedTo)
        DeviceObject = IopExtension(DeviceObject)->AttachedTo;
    ObfReferenceObject(DeviceObject);
    RtlReleaseSRWLockExclusive(&IopStackLock);
    return DeviceObject;
}

// What is sent to the source goes as deep as the target's packets do, and one location more.
static VOID IopAdoptFromLower(PDEVICE_OBJECT Source, PDEVICE_OBJECT Lower)
{
    Source->StackSize = Lower->StackSize + 1;
    Source->AlignmentRequirement = Lower->AlignmentRequirement;
    Source->SectorSize = Lower->SectorSize;
    Source->Flags |= Lower->Flags & DO_POWER_PAGABLE;
}

// The Executive knows the whole stack: drivers of other hosts may have attached above what is here.
static NTSTATUS IopAttachAcrossHosts(PDEVICE_OBJECT Source, PDEVICE_OBJECT Target,
                                     PDEVICE_OBJECT *Lower)
{
    HOST_DEVICE Description = {.Size = sizeof(Description)};
    NTSTATUS Status = NtHostAttachDevice(IopDeviceNumber(Source), IopDeviceNumber(Target));
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtHostQueryDevice(IopDeviceNumber(Source), &Description);
    *Lower = NT_SUCCESS(Status) ? IopReferenceAnyDevice(Description.AttachedTo) : nullptr;
    if (*Lower)
        return STATUS_SUCCESS;
    NtHostDetachDevice(IopDeviceNumber(Source));
    return STATUS_NO_SUCH_DEVICE;
}

NTSTATUS NTAPI IoAttachDeviceToDeviceStackSafe(PDEVICE_OBJECT SourceDevice,
                                               PDEVICE_OBJECT TargetDevice,
                                               PDEVICE_OBJECT *AttachedToDeviceObject)
{
    *AttachedToDeviceObject = nullptr;
    RtlAcquireSRWLockExclusive(&IopStackLock);
    PDEVICE_OBJECT Lower = IopTop(TargetDevice);
    NTSTATUS Status = STATUS_SUCCESS;
    if (IopExtension(Lower)->DeletePending || IopExtension(SourceDevice)->AttachedTo)
        Status = STATUS_NO_SUCH_DEVICE;
    else
        Status = IopAttachAcrossHosts(SourceDevice, Lower, &Lower);
    if (NT_SUCCESS(Status)) {
        IopAdoptFromLower(SourceDevice, Lower);
        Lower->AttachedDevice = SourceDevice;
        IopExtension(SourceDevice)->AttachedTo = Lower;
        *AttachedToDeviceObject = Lower;
    }
    RtlReleaseSRWLockExclusive(&IopStackLock);
    return Status;
}

PDEVICE_OBJECT NTAPI IoAttachDeviceToDeviceStack(PDEVICE_OBJECT SourceDevice,
                                                 PDEVICE_OBJECT TargetDevice)
{
    PDEVICE_OBJECT Lower;
    return NT_SUCCESS(IoAttachDeviceToDeviceStackSafe(SourceDevice, TargetDevice, &Lower))
               ? Lower
               : nullptr;
}

VOID NTAPI IoDetachDevice(PDEVICE_OBJECT TargetDevice)
{
    RtlAcquireSRWLockExclusive(&IopStackLock);
    PDEVICE_OBJECT Upper = TargetDevice->AttachedDevice;
    if (Upper) {
        NtHostDetachDevice(IopDeviceNumber(Upper));
        TargetDevice->AttachedDevice = nullptr;
        IopExtension(Upper)->AttachedTo = nullptr;
    }
    RtlReleaseSRWLockExclusive(&IopStackLock);
    if (Upper)
        ObfDereferenceObject(TargetDevice);
}
