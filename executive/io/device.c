// Device objects: creation, stacks, deletion.
#include "iop.h"

POBJECT_TYPE IoDeviceObjectType;
static IOP_NUMBERS IopDeviceNumbers;

static VOID IopDeleteDevice(PVOID Object)
{
    PDEVICE_OBJECT Device = Object;
    if (!Device->Number)
        return; // never was complete
    ASSERT(!Device->AttachedDevice && !Device->AttachedTo);
    PoDeleteDevice(Device);
    IopDeleteVpb(Device);
    if (Device->Operations->DeleteDevice)
        Device->Operations->DeleteDevice(Device);
    if (Device->Driver) {
        RemoveEntryList(&Device->DriverLink);
        ObDereferenceObject(Device->Driver);
    }
    IopFreeNumber(&IopDeviceNumbers, Device->Number);
}

NTSTATUS IopInitDevices(VOID)
{
    static const OBJECT_TYPE_INITIALIZER Initializer = {
        .Name = L"Device",
        .BodySize = sizeof(DEVICE_OBJECT),
        .GenericMapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                           FILE_ALL_ACCESS},
        .ValidAccess = FILE_ALL_ACCESS,
        .SecurityRequired = TRUE,
        .Delete = IopDeleteDevice,
        .Parse = IopParseDevice,
    };
    return ObCreateObjectType(&Initializer, &IoDeviceObjectType);
}

// Everyone may use a device; what a file system or partition lies on is for the system alone.
static PSECURITY_DESCRIPTOR IopDefaultSecurity(const IOP_DEVICE *Description)
{
    switch (Description->DeviceType) {
    case FILE_DEVICE_DISK:
    case FILE_DEVICE_CD_ROM:
    case FILE_DEVICE_MASS_STORAGE:
    case FILE_DEVICE_CONTROLLER:
    case FILE_DEVICE_BUS_EXTENDER:
    case FILE_DEVICE_ACPI:
        return SeWellKnownDescriptor(SeSystemOnlyDescriptor);
    default:
        return SeWellKnownDescriptor(SeUnrestrictedDescriptor);
    }
}

static NTSTATUS IopEnterDevice(PDEVICE_OBJECT Device, const IOP_DEVICE *Description)
{
    OB_ATTRIBUTES Attributes = {
        .ObjectName = Description->Name,
        .Attributes = OBJ_PERMANENT | OBJ_CASE_INSENSITIVE,
        .SecurityDescriptor = Description->SecurityDescriptor ? Description->SecurityDescriptor
                                                              : IopDefaultSecurity(Description),
    };
    ObReferenceObject(Device);
    return ObInsertObject(Device, &Attributes, 0, KernelMode, nullptr);
}

NTSTATUS IopCreateDeviceObject(const IOP_DEVICE *Description, PDEVICE_OBJECT *Device)
{
    PDEVICE_OBJECT New;
    NTSTATUS Status = ObCreateObject(IoDeviceObjectType, sizeof(DEVICE_OBJECT), (PVOID *)&New);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Number = 0;
    Status = IopEnterDevice(New, Description);
    if (NT_SUCCESS(Status)) {
        Status = IopAllocateNumber(&IopDeviceNumbers, New, &Number);
        if (!NT_SUCCESS(Status))
            ObMakeTemporaryObject(New);
    }
    New->DeviceType = Description->DeviceType;
    // One that is mounted already is its own file system, as the boot archive's volume.
    if (NT_SUCCESS(Status) && !(Description->Characteristics & FILE_DEVICE_IS_MOUNTED)) {
        Status = IopCreateVpb(New);
        if (!NT_SUCCESS(Status)) {
            IopFreeNumber(&IopDeviceNumbers, Number);
            ObMakeTemporaryObject(New);
        }
    }
    if (!NT_SUCCESS(Status)) {
        ObDereferenceObject(New);
        return Status;
    }
    New->Operations = Description->Operations;
    New->Extension = Description->Extension;
    New->Number = Number;
    New->Characteristics = Description->Characteristics;
    New->Flags = Description->Flags;
    New->AlignmentRequirement = Description->AlignmentRequirement;
    New->SectorSize = Description->SectorSize;
    New->StackSize = Description->StackSize;
    New->Driver = Description->Driver;
    if (Description->Name.Length)
        New->Flags |= DO_DEVICE_HAS_NAME;
    if (New->Driver) {
        ObReferenceObject(New->Driver);
        InsertTailList(&New->Driver->DeviceListHead, &New->DriverLink);
    }
    ObReferenceObject(New); // until it is deleted
    *Device = New;
    return STATUS_SUCCESS;
}

VOID IopDeleteDeviceObject(PDEVICE_OBJECT Device)
{
    if (Device->Deleted)
        return;
    Device->Deleted = TRUE;
    IopForgetVolume(Device);
    ObMakeTemporaryObject(Device);
    ObDereferenceObject(Device);
}

PDEVICE_OBJECT IopBottomOfStack(PDEVICE_OBJECT Device)
{
    while (Device->AttachedTo)
        Device = Device->AttachedTo;
    return Device;
}

PDEVICE_OBJECT IopTopOfStack(PDEVICE_OBJECT Device)
{
    while (Device->AttachedDevice)
        Device = Device->AttachedDevice;
    return Device;
}

// The one below is referenced by the one above, and the one above stays while it is attached.
NTSTATUS IopAttachDevice(PDEVICE_OBJECT Device, PDEVICE_OBJECT Target)
{
    PDEVICE_OBJECT Top = IopTopOfStack(Target);
    if (Top->Deleted || Top == Device || Device->AttachedTo)
        return STATUS_NO_SUCH_DEVICE;
    ObReferenceObject(Device);
    ObReferenceObject(Top);
    Top->AttachedDevice = Device;
    Device->AttachedTo = Top;
    Device->StackSize = Top->StackSize + 1;
    Device->AlignmentRequirement = max(Device->AlignmentRequirement, Top->AlignmentRequirement);
    if (!Device->SectorSize)
        Device->SectorSize = Top->SectorSize;
    return STATUS_SUCCESS;
}

VOID IopDetachDevice(PDEVICE_OBJECT Device)
{
    PDEVICE_OBJECT Below = Device->AttachedTo;
    if (!Below)
        return;
    Below->AttachedDevice = nullptr;
    Device->AttachedTo = nullptr;
    ObDereferenceObject(Below);
    ObDereferenceObject(Device);
}

PDEVICE_OBJECT IopLookupDevice(ULONG Number)
{
    PDEVICE_OBJECT Device = IopLookupNumber(&IopDeviceNumbers, Number);
    if (Device)
        ObReferenceObject(Device);
    return Device;
}

// ---- Who has it open

// A file on a volume has the device open too that the volume is mounted on.
VOID IopCountOpen(PFILE_OBJECT File)
{
    File->Generation = File->Device->Generation;
    File->Device->OpenCount++;
    if (File->RawVolume)
        IopCountRawOpen(File);
    if (!File->RealDevice)
        return;
    File->RealGeneration = File->RealDevice->Generation;
    File->RealDevice->OpenCount++;
}

VOID IopCountClose(PFILE_OBJECT File)
{
    if (!IopIsFileLost(File))
        File->Device->OpenCount--;
    if (File->RawVolume)
        IopCountRawClose(File);
    if (File->RealDevice && File->RealGeneration == File->RealDevice->Generation)
        File->RealDevice->OpenCount--;
}

BOOLEAN IopIsFileLost(PFILE_OBJECT File)
{
    return File->Generation != File->Device->Generation;
}

VOID IopLoseFiles(PDEVICE_OBJECT Device)
{
    (VOID) IopReleaseKept(Device, FALSE);
    Device->Generation++;
    Device->OpenCount = 0;
}
