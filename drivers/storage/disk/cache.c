// The caching mode page (SBC-3, 6.4.5), and what the header of mode pages says of the medium.
#include "disk.h"

enum {
    CachePage = 0x08,
    ModeBytes = 192,
    HeaderWriteProtected = 0x80, // in the device-specific parameter, byte 2 of the header
    HeaderFua = 0x10,
    PageSavable = 0x80, // byte 0
    WriteEnabled = 0x04,
    ScalarPrefetch = 0x02,
    ReadDisabled = 0x01, // byte 2
    ShortestPage = 12,
};

// The header with the page in Buffer; null: the disk has no such page, of the length that the fields want.
static PUCHAR ReadPage(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PUCHAR Buffer, PULONG Length)
{
    size_t PageLength;
    RtlZeroMemory(Buffer, ModeBytes);
    *Length = ClassModeSense(Fdo->DeviceObject, (PCHAR)Buffer, ModeBytes, CachePage);
    PUCHAR Page = (PUCHAR)CoreFindModePage(Buffer, *Length, CachePage, true, &PageLength);
    return Page && PageLength >= ShortestPage ? Page : nullptr;
}

static VOID UsePage(PFUNCTIONAL_DEVICE_EXTENSION Fdo, const UCHAR *Header, const UCHAR *Page)
{
    if (Page && (Page[2] & WriteEnabled))
        SET_FLAG(Fdo->DeviceFlags, DEV_WRITE_CACHE);
    else
        CLEAR_FLAG(Fdo->DeviceFlags, DEV_WRITE_CACHE);
    if (Header[2] & HeaderFua)
        CLEAR_FLAG(Fdo->ScanForSpecialFlags, CLASS_SPECIAL_FUA_NOT_SUPPORTED);
    else
        SET_FLAG(Fdo->ScanForSpecialFlags, CLASS_SPECIAL_FUA_NOT_SUPPORTED);
    ADJUST_FUA_FLAG(Fdo);
}

VOID DiskReadModes(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    enum { HeaderBytes = 4, AllPages = 0x3F };
    UCHAR Buffer[ModeBytes];
    ULONG Length;
    PUCHAR Page = ReadPage(Fdo, Buffer, &Length);
    if (Length < HeaderBytes) // some have no caching page, but a header
        Length = ClassModeSense(Fdo->DeviceObject, (PCHAR)Buffer, ModeBytes, AllPages);
    if (Length < HeaderBytes)
        RtlZeroMemory(Buffer, HeaderBytes);
    DiskData(Fdo)->ReadOnly = (Buffer[2] & HeaderWriteProtected) != 0;
    UsePage(Fdo, Buffer, Page);
}

// ---- The control requests

static DISK_CACHE_RETENTION_PRIORITY Retention(UCHAR Value)
{
    switch (Value) {
    case 1:
        return KeepPrefetchedData;
    case 0xF:
        return KeepReadData;
    default:
        return EqualPriority;
    }
}

static UCHAR RetentionValue(DISK_CACHE_RETENTION_PRIORITY Priority)
{
    static const UCHAR Values[] = {0, 1, 0xF};
    return (ULONG)Priority < RTL_NUMBER_OF(Values) ? Values[Priority] : 0;
}

NTSTATUS DiskGetCache(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PDISK_CACHE_INFORMATION Info = Irp->AssociatedIrp.SystemBuffer;
    UCHAR Buffer[ModeBytes];
    ULONG Length;
    UNREFERENCED_PARAMETER(Stack);
    const UCHAR *Page = ReadPage(Fdo, Buffer, &Length);
    if (!Page)
        return STATUS_NOT_SUPPORTED;
    *Info = (DISK_CACHE_INFORMATION){
        .ParametersSavable = (Page[0] & PageSavable) != 0,
        .ReadCacheEnabled = (Page[2] & ReadDisabled) == 0,
        .WriteCacheEnabled = (Page[2] & WriteEnabled) != 0,
        .ReadRetentionPriority = Retention(Page[3] >> 4),
        .WriteRetentionPriority = Retention(Page[3] & 0xF),
        .DisablePrefetchTransferLength = CoreGet16(Page + 4),
        .PrefetchScalar = (Page[2] & ScalarPrefetch) != 0,
    };
    Info->ScalarPrefetch.Minimum = CoreGet16(Page + 6); // in the same places as BlockPrefetch
    Info->ScalarPrefetch.Maximum = CoreGet16(Page + 8);
    if (Info->PrefetchScalar)
        Info->ScalarPrefetch.MaximumBlocks = CoreGet16(Page + 10);
    Irp->IoStatus.Information = sizeof(DISK_CACHE_INFORMATION);
    return STATUS_SUCCESS;
}

static VOID ChangePage(PUCHAR Page, const DISK_CACHE_INFORMATION *Info)
{
    Page[2] &= ~(WriteEnabled | ScalarPrefetch | ReadDisabled);
    Page[2] |= (UCHAR)((Info->WriteCacheEnabled ? WriteEnabled : 0) |
                       (Info->PrefetchScalar ? ScalarPrefetch : 0) |
                       (Info->ReadCacheEnabled ? 0 : ReadDisabled));
    Page[3] = (UCHAR)(RetentionValue(Info->ReadRetentionPriority) << 4 |
                      RetentionValue(Info->WriteRetentionPriority));
    CorePut16(Page + 4, Info->DisablePrefetchTransferLength);
    CorePut16(Page + 6, Info->ScalarPrefetch.Minimum);
    CorePut16(Page + 8, Info->ScalarPrefetch.Maximum);
    if (Info->PrefetchScalar)
        CorePut16(Page + 10, Info->ScalarPrefetch.MaximumBlocks);
}

// The page goes back as it came, with the fields changed; the mode data length is reserved then (SPC-4, 7.5.4).
static NTSTATUS WritePage(PFUNCTIONAL_DEVICE_EXTENSION Fdo, const DISK_CACHE_INFORMATION *Info)
{
    UCHAR Buffer[ModeBytes];
    ULONG Length;
    PUCHAR Page = ReadPage(Fdo, Buffer, &Length);
    if (!Page)
        return STATUS_NOT_SUPPORTED;
    BOOLEAN Save = (Page[0] & PageSavable) != 0;
    Length = (ULONG)(Page - Buffer) + 2 + Page[1];
    ChangePage(Page, Info);
    Page[0] &= ~PageSavable;
    Buffer[0] = 0;
    Buffer[2] = 0;
    NTSTATUS Status = ClassModeSelect(Fdo->DeviceObject, (PCHAR)Buffer, Length, Save);
    return Save && !NT_SUCCESS(Status)
               ? ClassModeSelect(Fdo->DeviceObject, (PCHAR)Buffer, Length, FALSE)
               : Status;
}

NTSTATUS DiskSetCache(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    const DISK_CACHE_INFORMATION *Info = Irp->AssociatedIrp.SystemBuffer;
    UNREFERENCED_PARAMETER(Stack);
    ExAcquireFastMutex(&DiskData(Fdo)->CacheLock);
    NTSTATUS Status = WritePage(Fdo, Info);
    DiskReadModes(Fdo);
    ExReleaseFastMutex(&DiskData(Fdo)->CacheLock);
    return Status;
}

NTSTATUS DiskGetCacheSetting(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    *(PDISK_CACHE_SETTING)Irp->AssociatedIrp.SystemBuffer = (DISK_CACHE_SETTING){
        .Version = sizeof(DISK_CACHE_SETTING),
        .State = TEST_FLAG(Fdo->ScanForSpecialFlags, CLASS_SPECIAL_FUA_NOT_SUPPORTED)
                     ? DiskCacheWriteThroughNotSupported
                     : DiskCacheNormal,
        .IsPowerProtected = TEST_FLAG(Fdo->DeviceFlags, DEV_POWER_PROTECTED),
    };
    Irp->IoStatus.Information = sizeof(DISK_CACHE_SETTING);
    return STATUS_SUCCESS;
}

// Whether the cache survives a loss of power, the administrator knows.
NTSTATUS DiskSetCacheSetting(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    const DISK_CACHE_SETTING *Setting = Irp->AssociatedIrp.SystemBuffer;
    UNREFERENCED_PARAMETER(Stack);
    if (Setting->Version != sizeof(*Setting))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = ClassSetDeviceParameter(Fdo, L"Disk", L"CacheIsPowerProtected",
                                              Setting->IsPowerProtected ? 1 : 0);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Setting->IsPowerProtected)
        SET_FLAG(Fdo->DeviceFlags, DEV_POWER_PROTECTED);
    else
        CLEAR_FLAG(Fdo->DeviceFlags, DEV_POWER_PROTECTED);
    ADJUST_FUA_FLAG(Fdo);
    return STATUS_SUCCESS;
}
