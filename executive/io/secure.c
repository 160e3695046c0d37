// The security of files. A device that was opened itself has its device object's; a file's is asked of who
// manages it, and one that knows nothing of security lets everyone do everything.
#include "iop.h"

enum { IOP_FIRST_DESCRIPTOR = 512 }; // bytes to begin with

constexpr ULONG IopSecurityTag = 'eSFI';

static BOOLEAN IopIsDeviceItself(PFILE_OBJECT File)
{
    if (File->RealDevice)
        return (File->Flags & FO_VOLUME_OPEN) != 0;
    return !File->FileName.Length && !(File->Flags & FO_NAMED_PIPE);
}

static NTSTATUS IopAskSecurity(PFILE_OBJECT File, PSECURITY_DESCRIPTOR Descriptor, PULONG Length)
{
    constexpr SECURITY_INFORMATION All = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
                                         DACL_SECURITY_INFORMATION | SACL_SECURITY_INFORMATION;
    IOP_CALL Call = {
        .MajorFunction = IRP_MJ_QUERY_SECURITY,
        .File = File,
        .Parameters = {All, *Length},
        .Output = Descriptor,
        .OutputLength = *Length,
    };
    NTSTATUS Status = IopCallDevice(File->Device, &Call, nullptr);
    if (Status == STATUS_BUFFER_OVERFLOW || Status == STATUS_BUFFER_TOO_SMALL) {
        *Length = (ULONG)Call.Information;
        return STATUS_BUFFER_TOO_SMALL;
    }
    if (NT_SUCCESS(Status) && !RtlValidRelativeSecurityDescriptor(Descriptor, *Length, 0))
        return STATUS_INVALID_SECURITY_DESCR;
    return Status;
}

static NTSTATUS IopCopyUnrestricted(PSECURITY_DESCRIPTOR *Descriptor)
{
    PSECURITY_DESCRIPTOR Source = SeWellKnownDescriptor(SeUnrestrictedDescriptor);
    ULONG Length = RtlLengthSecurityDescriptor(Source);
    *Descriptor = ExAllocatePoolWithTag(PagedPool, Length, IopSecurityTag);
    if (!*Descriptor)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(*Descriptor, Source, Length);
    return STATUS_SUCCESS;
}

NTSTATUS IopQueryFileSecurity(PVOID Object, PSECURITY_DESCRIPTOR *Descriptor)
{
    PFILE_OBJECT File = Object;
    if (IopIsDeviceItself(File))
        return ObGetObjectSecurity(File->RealDevice ? File->RealDevice : File->Device, Descriptor);
    ULONG Length = IOP_FIRST_DESCRIPTOR;
    for (;;) {
        ULONG Before = Length;
        *Descriptor = ExAllocatePoolZero(PagedPool, Length, IopSecurityTag);
        if (!*Descriptor)
            return STATUS_INSUFFICIENT_RESOURCES;
        NTSTATUS Status = IopAskSecurity(File, *Descriptor, &Length);
        if (NT_SUCCESS(Status))
            return Status;
        ExFreePool(*Descriptor);
        *Descriptor = nullptr;
        if (Status == STATUS_INVALID_DEVICE_REQUEST)
            return IopCopyUnrestricted(Descriptor);
        if (Status != STATUS_BUFFER_TOO_SMALL)
            return Status;
        if (Length <= Before)
            return STATUS_INVALID_SECURITY_DESCR;
    }
}

NTSTATUS IopSetFileSecurity(PVOID Object, SECURITY_INFORMATION Information,
                            PSECURITY_DESCRIPTOR Modification)
{
    PFILE_OBJECT File = Object;
    if (IopIsDeviceItself(File))
        return ObSetObjectSecurity(File->RealDevice ? File->RealDevice : File->Device, Information,
                                   Modification);
    IOP_CALL Call = {
        .MajorFunction = IRP_MJ_SET_SECURITY,
        .File = File,
        .Parameters = {Information},
        .Input = Modification,
        .InputLength = RtlLengthSecurityDescriptor(Modification),
    };
    NTSTATUS Status = IopCallDevice(File->Device, &Call, nullptr);
    return Status == STATUS_INVALID_DEVICE_REQUEST ? STATUS_SUCCESS : Status;
}
