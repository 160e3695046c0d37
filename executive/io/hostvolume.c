// File systems in driver hosts: their registration, and what they tell of volumes.
#include "hostp.h"

static BOOLEAN IopIsOwnDevice(PIO_HOST Host, PDEVICE_OBJECT Device)
{
    return Device->Operations == &IopHostOperations && Device->Extension == Host;
}

NTSTATUS NtHostRegisterFileSystem(ULONG Number, ULONG Register)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    PDEVICE_OBJECT Device = IopLookupDevice(Number);
    if (!Device)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = STATUS_SUCCESS;
    if (!IopIsOwnDevice(Host, Device)) {
        Status = STATUS_ACCESS_DENIED;
    } else {
        IopUnregisterFileSystem(Device);
        if (Register)
            Status = IopRegisterFileSystem(Device);
    }
    ObDereferenceObject(Device);
    return Status;
}

// The host was asked to mount a volume on the device, or has one there.
static BOOLEAN IopMaySetVolume(PIO_HOST Host, PDEVICE_OBJECT Real)
{
    if (!Real->Vpb)
        return FALSE;
    PDEVICE_OBJECT Volume = Real->Vpb->Volume;
    return Volume ? IopIsOwnDevice(Host, Volume) : Real->Vpb->Candidate == Host;
}

static NTSTATUS IopReferenceVolume(PIO_HOST Host, PDEVICE_OBJECT Real, ULONG Number,
                                   PDEVICE_OBJECT *Volume)
{
    *Volume = nullptr;
    if (!Number)
        return STATUS_SUCCESS;
    PDEVICE_OBJECT Device = IopLookupDevice(Number);
    if (!Device)
        return STATUS_INVALID_PARAMETER;
    BOOLEAN Elsewhere = Device->MountedOn && Device->MountedOn != Real;
    if (!IopIsOwnDevice(Host, Device) || Device->Vpb || Device->Deleted || Elsewhere) {
        ObDereferenceObject(Device);
        return STATUS_INVALID_PARAMETER;
    }
    *Volume = Device;
    return STATUS_SUCCESS;
}

// Consumes the reference to Volume.
static VOID IopUpdateVpb(PDEVICE_OBJECT Real, PDEVICE_OBJECT Volume, const HOST_VOLUME *Given)
{
    PIOP_VPB Vpb = Real->Vpb;
    IopDismount(Real);
    Vpb->Flags = (USHORT)Given->Flags;
    Vpb->SerialNumber = Given->SerialNumber;
    Vpb->LabelLength = (USHORT)Given->LabelLength;
    memcpy(Vpb->Label, Given->Label, sizeof(Vpb->Label));
    if (!Volume)
        return;
    Volume->SectorSize = Given->SectorSize;
    Volume->MountedOn = Real;
    IopForgetNames(&Volume->Names);
    Vpb->Volume = Volume;
    IopVolumeMounted(Volume, Real);
}

NTSTATUS NtHostSetVolume(ULONG RealNumber, const HOST_VOLUME USER *Description)
{
    HOST_VOLUME Given;
    PDEVICE_OBJECT Volume;
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    NTSTATUS Status = MmCopyFromUser(&Given, Description, sizeof(Given));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Given.LabelLength > sizeof(Given.Label))
        return STATUS_INVALID_PARAMETER;
    PDEVICE_OBJECT Real = IopLookupDevice(RealNumber);
    if (!Real)
        return STATUS_INVALID_PARAMETER;
    Status = STATUS_ACCESS_DENIED;
    if (IopMaySetVolume(Host, Real))
        Status = IopReferenceVolume(Host, Real, Given.Volume, &Volume);
    if (NT_SUCCESS(Status))
        IopUpdateVpb(Real, Volume, &Given);
    ObDereferenceObject(Real);
    return Status;
}

NTSTATUS NtHostSetVerifyVolume(ULONG Number, ULONG Verify)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    PDEVICE_OBJECT Real = IopLookupDevice(Number);
    if (!Real)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = STATUS_ACCESS_DENIED;
    if (IopMaySetVolume(Host, Real)) {
        Status = STATUS_SUCCESS;
        Real->Flags &= ~(ULONG)DO_VERIFY_VOLUME;
        Real->Flags |= Verify ? DO_VERIFY_VOLUME : 0;
        if (Real->Operations == &IopHostOperations)
            IopTellHost(Real->Extension, &(HOST_REQUEST){.Kind = HostRequestVerifyVolume,
                                                         .Device = Number,
                                                         .Parameters = {Verify != 0}});
    }
    ObDereferenceObject(Real);
    return Status;
}

NTSTATUS NtHostSetFileName(ULONG Number, const UNICODE_STRING USER *Name)
{
    UNICODE_STRING Captured;
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    PFILE_OBJECT File = IopLookupFile(Number);
    if (!File)
        return STATUS_INVALID_PARAMETER;
    BOOLEAN Opening = !(File->Flags & FO_FILE_OPEN);
    NTSTATUS Status = STATUS_ACCESS_DENIED;
    if (Opening && IopIsOwnDevice(Host, IopTopOfStack(File->Device)))
        Status = MmCaptureUnicodeString(&Captured, Name);
    if (NT_SUCCESS(Status)) {
        Status = IopSetFileName(File, &Captured);
        MmFreeCapturedString(&Captured);
    }
    ObDereferenceObject(File);
    return Status;
}
