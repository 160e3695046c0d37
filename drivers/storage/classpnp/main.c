// Drivers that initialize themselves with the library.
#include "classp.h"

static BOOLEAN IsComplete(const CLASS_INIT_DATA *Data)
{
    const CLASS_DEV_INFO *Info = &Data->FdoData;
    if (Data->InitializationDataSize != sizeof(CLASS_INIT_DATA) || !Data->ClassAddDevice)
        return FALSE;
    if (!Info->ClassReadWriteVerification && !Data->ClassStartIo)
        return FALSE;
    return Info->DeviceExtensionSize >= sizeof(FUNCTIONAL_DEVICE_EXTENSION) &&
           Info->ClassDeviceControl && Info->ClassInitDevice && Info->ClassStartDevice &&
           Info->ClassRemoveDevice && Info->ClassStopDevice;
}

static NTSTATUS MakeExtension(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath,
                              PCLASS_DRIVER_EXTENSION *Extension)
{
    NTSTATUS Status = IoAllocateDriverObjectExtension(DriverObject, CLASS_DRIVER_EXTENSION_KEY,
                                                      sizeof(**Extension), (PVOID *)Extension);
    if (Status == STATUS_OBJECT_NAME_COLLISION) { // initialized twice: the last one is meant
        *Extension = IoGetDriverObjectExtension(DriverObject, CLASS_DRIVER_EXTENSION_KEY);
        return STATUS_SUCCESS;
    }
    if (!NT_SUCCESS(Status))
        return Status;
    RtlZeroMemory(*Extension, sizeof(**Extension));
    PUNICODE_STRING Path = &(*Extension)->RegistryPath;
    Path->Buffer =
        ExAllocatePoolWithTag(PagedPool, RegistryPath->Length + sizeof(WCHAR), ClasspTag);
    if (!Path->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    Path->MaximumLength = RegistryPath->Length + sizeof(WCHAR);
    RtlCopyUnicodeString(Path, RegistryPath);
    Path->Buffer[Path->Length / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

static VOID SetDispatch(PDRIVER_OBJECT DriverObject, PCLASS_DRIVER_EXTENSION Extension)
{
    static const struct {
        UCHAR Function;
        PDRIVER_DISPATCH Routine;
    } Routines[] = {
        {IRP_MJ_CREATE, ClasspCreateClose},
        {IRP_MJ_CLEANUP, ClasspCreateClose},
        {IRP_MJ_CLOSE, ClasspCreateClose},
        {IRP_MJ_READ, ClasspReadWrite},
        {IRP_MJ_WRITE, ClasspReadWrite},
        {IRP_MJ_DEVICE_CONTROL, ClasspDeviceControl},
        {IRP_MJ_INTERNAL_DEVICE_CONTROL, ClasspInternalControl},
        {IRP_MJ_FLUSH_BUFFERS, ClasspShutdownFlush},
        {IRP_MJ_SHUTDOWN, ClasspShutdownFlush},
        {IRP_MJ_PNP, ClasspPnp},
        {IRP_MJ_POWER, ClasspPower},
        {IRP_MJ_SYSTEM_CONTROL, ClasspSystemControl},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Routines); i++) {
        DriverObject->MajorFunction[Routines[i].Function] = Routines[i].Routine;
        Extension->DeviceMajorFunctionTable[Routines[i].Function] = Routines[i].Routine;
    }
    DriverObject->DriverExtension->AddDevice = ClasspAddDevice;
    DriverObject->DriverUnload = Extension->InitData.ClassUnload ? ClasspUnload : nullptr;
    DriverObject->DriverStartIo = Extension->InitData.ClassStartIo;
}

ULONG NTAPI ClassInitialize(PVOID Argument1, PVOID Argument2, PCLASS_INIT_DATA InitializationData)
{
    PDRIVER_OBJECT DriverObject = Argument1;
    PCLASS_DRIVER_EXTENSION Extension;
    if (!IsComplete(InitializationData))
        return (ULONG)STATUS_REVISION_MISMATCH;
    NTSTATUS Status = MakeExtension(DriverObject, Argument2, &Extension);
    if (!NT_SUCCESS(Status))
        return (ULONG)Status;
    Extension->InitData = *InitializationData;
    Extension->SrbSupport = CLASS_SRB_SCSI_REQUEST_BLOCK;
    SetDispatch(DriverObject, Extension);
    return (ULONG)STATUS_SUCCESS;
}

static NTSTATUS SetWorkingSet(PCLASS_DRIVER_EXTENSION Extension, const CLASS_WORKING_SET *Given)
{
    if (Given->Size != sizeof(*Given) ||
        Given->XferPacketsWorkingSetMaximum > CLASS_WORKING_SET_MAXIMUM ||
        Given->XferPacketsWorkingSetMinimum > CLASS_WORKING_SET_MAXIMUM ||
        Given->XferPacketsWorkingSetMinimum > Given->XferPacketsWorkingSetMaximum)
        return STATUS_INVALID_PARAMETER;
    if (!Extension->WorkingSet)
        Extension->WorkingSet = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Given), ClasspTag);
    if (!Extension->WorkingSet)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Extension->WorkingSet = *Given;
    return STATUS_SUCCESS;
}

ULONG NTAPI ClassInitializeEx(PDRIVER_OBJECT DriverObject, LPGUID Guid, PVOID Data)
{
    static const GUID RegInfoEx = GUID_CLASSPNP_QUERY_REGINFOEX;
    static const GUID WorkingSet = GUID_CLASSPNP_WORKING_SET;
    static const GUID SrbSupport = GUID_CLASSPNP_SRB_SUPPORT;
    PCLASS_DRIVER_EXTENSION Extension = ClassGetDriverExtension(DriverObject);
    if (!Extension)
        return (ULONG)STATUS_INVALID_DEVICE_STATE;
    if (IsEqualGUID(Guid, &RegInfoEx)) {
        PCLASS_QUERY_WMI_REGINFO_EX_LIST List = Data;
        if (List->Size != sizeof(*List))
            return (ULONG)STATUS_INVALID_PARAMETER;
        Extension->ClassFdoQueryWmiRegInfoEx = List->ClassFdoQueryWmiRegInfoEx;
        Extension->ClassPdoQueryWmiRegInfoEx = List->ClassPdoQueryWmiRegInfoEx;
        return (ULONG)STATUS_SUCCESS;
    }
    if (IsEqualGUID(Guid, &WorkingSet))
        return (ULONG)SetWorkingSet(Extension, Data);
    if (IsEqualGUID(Guid, &SrbSupport)) {
        Extension->SrbSupport = *(PULONG)Data;
        return (ULONG)STATUS_SUCCESS;
    }
    return (ULONG)STATUS_NOT_SUPPORTED;
}

PCLASS_DRIVER_EXTENSION NTAPI ClassGetDriverExtension(PDRIVER_OBJECT DriverObject)
{
    return IoGetDriverObjectExtension(DriverObject, CLASS_DRIVER_EXTENSION_KEY);
}

NTSTATUS NTAPI ClasspAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    return ClassGetDriverExtension(DriverObject)
        ->InitData.ClassAddDevice(DriverObject, PhysicalDeviceObject);
}

VOID NTAPI ClasspUnload(PDRIVER_OBJECT DriverObject)
{
    PCLASS_DRIVER_EXTENSION Extension = ClassGetDriverExtension(DriverObject);
    Extension->InitData.ClassUnload(DriverObject);
    if (Extension->WorkingSet)
        ExFreePoolWithTag(Extension->WorkingSet, ClasspTag);
    ExFreePoolWithTag(Extension->RegistryPath.Buffer, ClasspTag);
    RtlZeroMemory(&Extension->RegistryPath, sizeof(Extension->RegistryPath));
}

VOID ClassDebugPrint(CLASS_DEBUG_LEVEL DebugPrintLevel, PCCHAR DebugMessage, ...)
{
    CHAR Text[DEBUG_BUFFER_LENGTH];
    va_list Arguments;
    va_start(Arguments, DebugMessage);
    _vsnprintf(Text, sizeof(Text), DebugMessage, Arguments);
    va_end(Arguments);
    Text[sizeof(Text) - 1] = 0;
    DbgPrintEx(DPFLTR_CLASSPNP_ID, (ULONG)DebugPrintLevel, "%s", Text);
}
