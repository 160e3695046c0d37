// Driver objects: what \Driver and \FileSystem name.
#include "iop.h"

POBJECT_TYPE IopDriverObjectType;
static IOP_NUMBERS IopDriverNumbers;

static VOID IopDeleteDriver(PVOID Object)
{
    PDRIVER_OBJECT Driver = Object;
    ASSERT(!Driver->Number || IsListEmpty(&Driver->DeviceListHead));
    if (Driver->Delete)
        Driver->Delete(Driver);
    if (Driver->Number)
        IopFreeNumber(&IopDriverNumbers, Driver->Number);
}

NTSTATUS IopInitDrivers(VOID)
{
    static const OBJECT_TYPE_INITIALIZER Initializer = {
        .Name = L"Driver",
        .BodySize = sizeof(DRIVER_OBJECT),
        .GenericMapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                           FILE_ALL_ACCESS},
        .ValidAccess = FILE_ALL_ACCESS,
        .Delete = IopDeleteDriver,
    };
    return ObCreateObjectType(&Initializer, &IopDriverObjectType);
}

NTSTATUS IopCreateDriverObject(PCUNICODE_STRING Name, PVOID Extension, PDRIVER_OBJECT *Driver)
{
    PDRIVER_OBJECT New;
    NTSTATUS Status = ObCreateObject(IopDriverObjectType, sizeof(DRIVER_OBJECT), (PVOID *)&New);
    if (!NT_SUCCESS(Status))
        return Status;
    InitializeListHead(&New->DeviceListHead);
    Status = IopAllocateNumber(&IopDriverNumbers, New, &New->Number);
    if (!NT_SUCCESS(Status)) {
        ObDereferenceObject(New);
        return Status;
    }
    OB_ATTRIBUTES Attributes = {
        .ObjectName = *Name,
        .Attributes = OBJ_PERMANENT | OBJ_CASE_INSENSITIVE,
        .SecurityDescriptor = SeWellKnownDescriptor(SeSystemOnlyDescriptor),
    };
    ObReferenceObject(New);
    Status = ObInsertObject(New, &Attributes, 0, KernelMode, nullptr);
    if (!NT_SUCCESS(Status)) {
        ObDereferenceObject(New);
        return Status;
    }
    New->Extension = Extension;
    *Driver = New;
    return STATUS_SUCCESS;
}

VOID IopDeleteDriverObject(PDRIVER_OBJECT Driver)
{
    ObMakeTemporaryObject(Driver);
    ObDereferenceObject(Driver);
}

PDRIVER_OBJECT IopLookupDriver(ULONG Number)
{
    PDRIVER_OBJECT Driver = IopLookupNumber(&IopDriverNumbers, Number);
    if (Driver)
        ObReferenceObject(Driver);
    return Driver;
}
