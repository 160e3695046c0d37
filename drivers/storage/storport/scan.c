// Finding logical units: LUN 0 of each bus and target is asked for the list of LUNs, and each of these who it is.
// The list comes first, as on Windows: there are miniports that look for their device when they are asked for it.
#include "storportp.h"

enum {
    StorInquirySeconds = 4,
    StorInquiryTries = 3, // a unit attention answers the first
    StorMostLuns = 256,
};

// ---- Commands

// Buffer: nonpaged. The status of the SRB, without its flags; Length becomes what came.
static UCHAR StorpCommand(PSTOR_UNIT Unit, const UCHAR *Cdb, UCHAR CdbLength, PVOID Buffer,
                          PULONG Length)
{
    PSTOR_INTERNAL Internal = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Internal), StorTag);
    UCHAR Status = SRB_STATUS_INSUFFICIENT_RESOURCES;
    if (!Internal)
        return Status;
    for (ULONG Try = 0; Try < StorInquiryTries; Try++) {
        StorpInitInternal(Internal, SRB_FUNCTION_EXECUTE_SCSI, SRB_FLAGS_DATA_IN, Buffer, *Length,
                          StorInquirySeconds);
        Internal->Srb.CdbLength = CdbLength;
        RtlCopyMemory(Internal->Srb.Cdb, Cdb, CdbLength);
        RtlZeroMemory(Buffer, *Length);
        StorpRunInternal(Unit, &Internal->Srb, nullptr);
        Status = SRB_STATUS(Internal->Srb.SrbStatus);
        if (Status != SRB_STATUS_ERROR && Status != SRB_STATUS_BUSY)
            break;
    }
    if (Status == SRB_STATUS_SUCCESS || Status == SRB_STATUS_DATA_OVERRUN) {
        *Length = Internal->Srb.DataTransferLength;
        Status = SRB_STATUS_SUCCESS; // less than the buffer holds is what is expected
    }
    ExFreePoolWithTag(Internal, StorTag);
    return Status;
}

// Of vital product data the page, 0 among them; else the standard data.
static UCHAR StorpInquire(PSTOR_UNIT Unit, BOOLEAN Vital, UCHAR Page, PVOID Buffer, PULONG Length)
{
    UCHAR Cdb[] = {SCSIOP_INQUIRY, Vital ? CDB_INQUIRY_EVPD : 0, Page, 0, (UCHAR)*Length, 0};
    return StorpCommand(Unit, Cdb, sizeof(Cdb), Buffer, Length);
}

// ---- What a unit says of itself

// Devices below SPC-2 may hang on a page that they do not know. Disks that claim no version at all are a miniport's
// translation of something else, which knows.
static BOOLEAN StorpHasPages(const INQUIRYDATA *Inquiry)
{
    enum { Spc2 = 4 };
    return Inquiry->ANSIVersion >= Spc2 ||
           (!Inquiry->ANSIVersion && Inquiry->DeviceType == DIRECT_ACCESS_DEVICE);
}

// The pages that identify it.
static VOID StorpReadPages(PSTOR_UNIT Unit, PUCHAR Buffer)
{
    enum { PageHeader = 4 };
    UCHAR Pages[VPD_MAX_BUFFER_SIZE] = {};
    ULONG Length = VPD_MAX_BUFFER_SIZE;
    if (StorpInquire(Unit, TRUE, VPD_SUPPORTED_PAGES, Buffer, &Length) == SRB_STATUS_SUCCESS &&
        Length > PageHeader && Buffer[1] == VPD_SUPPORTED_PAGES)
        RtlCopyMemory(Pages, Buffer, Length);
    ULONG Known = min((ULONG)Pages[3] + PageHeader, (ULONG)sizeof(Pages));
    for (ULONG i = PageHeader; i < Known; i++) {
        Length = VPD_MAX_BUFFER_SIZE;
        if (Pages[i] != VPD_SERIAL_NUMBER && Pages[i] != VPD_DEVICE_IDENTIFIERS)
            continue;
        if (StorpInquire(Unit, TRUE, Pages[i], Buffer, &Length) != SRB_STATUS_SUCCESS ||
            Length < PageHeader || Buffer[1] != Pages[i])
            continue;
        ULONG Bytes = min((ULONG)Buffer[3] + PageHeader, Length);
        if (Pages[i] == VPD_SERIAL_NUMBER) {
            RtlCopyMemory(Unit->SerialNumber, Buffer + PageHeader, Bytes - PageHeader);
        } else {
            RtlCopyMemory(Unit->DeviceIdPage, Buffer, Bytes);
            Unit->DeviceIdLength = Bytes;
        }
    }
}

// TRUE: something is at this address. For LUN 0 that may be no device, but the way to others of its target.
static BOOLEAN StorpProbe(PSTOR_UNIT Unit, PUCHAR Buffer)
{
    ULONG Length = INQUIRYDATABUFFERSIZE;
    if (StorpInquire(Unit, FALSE, 0, Buffer, &Length) != SRB_STATUS_SUCCESS ||
        Length < INQUIRYDATABUFFERSIZE)
        return FALSE;
    PINQUIRYDATA Inquiry = (PINQUIRYDATA)Buffer;
    if (Inquiry->DeviceTypeQualifier == DEVICE_QUALIFIER_NOT_SUPPORTED)
        return FALSE;
    RtlCopyMemory(&Unit->Inquiry, Buffer, INQUIRYDATABUFFERSIZE);
    Unit->InquiryLength = INQUIRYDATABUFFERSIZE;
    return TRUE;
}

// A device that answers INQUIRY with another identity than before is another device.
static BOOLEAN StorpIsSame(PSTOR_UNIT Unit, PUCHAR Buffer)
{
    INQUIRYDATA Before = Unit->Inquiry;
    if (!StorpProbe(Unit, Buffer))
        return FALSE;
    BOOLEAN Same = Before.DeviceType == Unit->Inquiry.DeviceType &&
                   RtlEqualMemory(Before.VendorId, Unit->Inquiry.VendorId,
                                  sizeof(Before.VendorId) + sizeof(Before.ProductId));
    if (!Same)
        Unit->Inquiry = Before;
    return Same;
}

// ---- Units

// Spare: a unit to probe with; it becomes the unit, and another takes its place at the next probe.
typedef struct _STOR_SCAN {
    PSTOR_ADAPTER Adapter;
    PSTOR_UNIT Spare;
    PUCHAR Buffer;
    PUCHAR Luns; // those of the target, a byte each
    ULONG LunCount;
} STOR_SCAN, *PSTOR_SCAN;

static VOID StorpResetSpare(PSTOR_SCAN Scan)
{
    RtlZeroMemory(Scan->Spare->LuExtension, Scan->Adapter->Config.SpecificLuExtensionSize);
    RtlZeroMemory(&Scan->Spare->Inquiry, sizeof(Scan->Spare->Inquiry));
}

static PSTOR_UNIT StorpTakeSpare(PSTOR_SCAN Scan)
{
    if (!Scan->Spare)
        Scan->Spare = StorpCreateUnit(Scan->Adapter);
    return Scan->Spare;
}

static VOID StorpKeepUnit(PSTOR_SCAN Scan, PSTOR_UNIT Unit)
{
    Unit->Present = TRUE;
    Unit->ScanNumber = Scan->Adapter->ScanNumber;
}

// A new unit that answers but is no device is not kept. Returns whether something is there.
static BOOLEAN StorpTryNew(PSTOR_SCAN Scan, UCHAR Path, UCHAR Target, UCHAR Lun)
{
    PSTOR_UNIT Unit = StorpTakeSpare(Scan);
    if (!Unit)
        return FALSE;
    StorpInsertUnit(Unit, Path, Target, Lun);
    BOOLEAN Answers = StorpProbe(Unit, Scan->Buffer);
    if (Answers && Unit->Inquiry.DeviceTypeQualifier == DEVICE_QUALIFIER_ACTIVE) {
        if (StorpHasPages(&Unit->Inquiry))
            StorpReadPages(Unit, Scan->Buffer);
        StorpUnitControl(Unit, ScsiUnitStart);
        if (NT_SUCCESS(StorpCreatePdo(Unit))) {
            StorpKeepUnit(Scan, Unit);
            Scan->Spare = nullptr;
            return TRUE;
        }
    }
    StorpRemoveUnit(Unit);
    StorpResetSpare(Scan);
    return Answers;
}

static BOOLEAN StorpTryUnit(PSTOR_SCAN Scan, UCHAR Path, UCHAR Target, UCHAR Lun)
{
    PSTOR_UNIT Unit = StorpFindUnit(Scan->Adapter, Path, Target, Lun);
    if (!Unit)
        return StorpTryNew(Scan, Path, Target, Lun);
    // One that PnP has not yet let go of occupies its address.
    if (!Unit->Present || !StorpIsSame(Unit, Scan->Buffer))
        return FALSE;
    StorpKeepUnit(Scan, Unit);
    return TRUE;
}

// ---- LUNs of a target

// What a target answers. Nothing: there is none. Unknown: it may be one from before the command.
typedef enum _STOR_LIST { StorListNothing, StorListUnknown, StorListKnown } STOR_LIST;

static BOOLEAN StorpSaysNoTarget(UCHAR Status)
{
    switch (Status) {
    case SRB_STATUS_NO_DEVICE:
    case SRB_STATUS_NO_HBA:
    case SRB_STATUS_SELECTION_TIMEOUT:
    case SRB_STATUS_INVALID_LUN:
    case SRB_STATUS_INVALID_PATH_ID:
    case SRB_STATUS_INVALID_TARGET_ID:
        return TRUE;
    default:
        return FALSE;
    }
}

// The answer of LUN 0 to REPORT LUNS. Addresses in other than the peripheral form are beyond BTL8.
static STOR_LIST StorpReportLuns(PSTOR_SCAN Scan, PSTOR_UNIT Unit)
{
    enum { HeaderBytes = 8, EntryBytes = 8, ListBytes = HeaderBytes + StorMostLuns * EntryBytes };
    static_assert(ListBytes <= 0xFFFF);
    const UCHAR Cdb[12] = {SCSIOP_REPORT_LUNS, [8] = ListBytes >> 8, [9] = ListBytes & 0xFF};
    ULONG Length = ListBytes;
    Scan->LunCount = 0;
    PUCHAR List = ExAllocatePoolWithTag(NonPagedPoolNx, ListBytes, StorTag);
    if (!List)
        return StorListUnknown;
    UCHAR Status = StorpCommand(Unit, Cdb, sizeof(Cdb), List, &Length);
    ULONG Bytes = (ULONG)List[0] << 24 | List[1] << 16 | List[2] << 8 | List[3];
    Bytes = Length >= HeaderBytes ? min(Bytes, Length - HeaderBytes) : 0;
    for (ULONG i = 0; Status == SRB_STATUS_SUCCESS && i < Bytes / EntryBytes; i++) {
        PUCHAR Entry = List + HeaderBytes + i * EntryBytes;
        if (!Entry[0])
            Scan->Luns[Scan->LunCount++] = Entry[1];
    }
    ExFreePoolWithTag(List, StorTag);
    if (StorpSaysNoTarget(Status))
        return StorListNothing;
    return Scan->LunCount ? StorListKnown : StorListUnknown;
}

// REPORT LUNS goes through LUN 0, whether that is a device or not.
static STOR_LIST StorpAskLuns(PSTOR_SCAN Scan, UCHAR Path, UCHAR Target)
{
    PSTOR_UNIT Unit = StorpFindUnit(Scan->Adapter, Path, Target, 0);
    if (Unit)
        return StorpReportLuns(Scan, Unit);
    if (!StorpTakeSpare(Scan))
        return StorListNothing;
    StorpInsertUnit(Scan->Spare, Path, Target, 0);
    STOR_LIST List = StorpReportLuns(Scan, Scan->Spare);
    StorpRemoveUnit(Scan->Spare);
    StorpResetSpare(Scan);
    return List;
}

static VOID StorpScanTarget(PSTOR_SCAN Scan, UCHAR Path, UCHAR Target)
{
    ULONG Most = Scan->Adapter->Config.MaximumNumberOfLogicalUnits;
    STOR_LIST List = StorpAskLuns(Scan, Path, Target);
    if (List == StorListNothing)
        return;
    if (List == StorListKnown) {
        for (ULONG i = 0; i < Scan->LunCount; i++)
            StorpTryUnit(Scan, Path, Target, Scan->Luns[i]);
        return;
    }
    if (!StorpTryUnit(Scan, Path, Target, 0))
        return;
    for (ULONG Lun = 1; Lun < Most; Lun++)
        StorpTryUnit(Scan, Path, Target, (UCHAR)Lun);
}

// ---- The whole adapter

static VOID StorpMarkMissing(PSTOR_ADAPTER Adapter)
{
    for (PLIST_ENTRY Link = Adapter->Units.Flink; Link != &Adapter->Units; Link = Link->Flink) {
        PSTOR_UNIT Unit = CONTAINING_RECORD(Link, STOR_UNIT, Link);
        if (Unit->ScanNumber != Adapter->ScanNumber)
            Unit->Present = FALSE;
    }
}

static VOID StorpScanAdapter(PSTOR_ADAPTER Adapter)
{
    STOR_SCAN Scan = {.Adapter = Adapter};
    Scan.Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, VPD_MAX_BUFFER_SIZE, StorTag);
    Scan.Luns = ExAllocatePoolWithTag(NonPagedPoolNx, StorMostLuns, StorTag);
    if (Scan.Buffer && Scan.Luns) {
        Adapter->ScanNumber++;
        StorpControl(Adapter, ScsiAdapterPrepareForBusReScan, nullptr);
        for (ULONG Path = 0; Path < Adapter->Config.NumberOfBuses; Path++) {
            for (ULONG Target = 0; Target < Adapter->Config.MaximumNumberOfTargets; Target++)
                StorpScanTarget(&Scan, (UCHAR)Path, (UCHAR)Target);
        }
        StorpMarkMissing(Adapter);
    }
    if (Scan.Spare)
        StorpDeleteUnit(Scan.Spare);
    if (Scan.Luns)
        ExFreePoolWithTag(Scan.Luns, StorTag);
    if (Scan.Buffer)
        ExFreePoolWithTag(Scan.Buffer, StorTag);
}

static PDEVICE_RELATIONS StorpListUnits(PSTOR_ADAPTER Adapter)
{
    ULONG Count = 0;
    for (PLIST_ENTRY Link = Adapter->Units.Flink; Link != &Adapter->Units; Link = Link->Flink)
        Count++;
    PDEVICE_RELATIONS Relations = ExAllocatePoolWithTag(
        PagedPool, FIELD_OFFSET(DEVICE_RELATIONS, Objects[max(Count, 1u)]), StorTag);
    if (!Relations)
        return nullptr;
    Relations->Count = 0;
    for (PLIST_ENTRY Link = Adapter->Units.Flink; Link != &Adapter->Units; Link = Link->Flink) {
        PSTOR_UNIT Unit = CONTAINING_RECORD(Link, STOR_UNIT, Link);
        Unit->Reported = Unit->Present;
        if (!Unit->Present)
            continue;
        ObReferenceObject(Unit->Pdo);
        Relations->Objects[Relations->Count++] = Unit->Pdo;
    }
    return Relations;
}

static VOID StorpTellStateChange(PSTOR_ADAPTER Adapter)
{
    PHW_STATE_CHANGE Routine = Adapter->StateChange;
    PVOID Context = Adapter->StateChangeContext;
    PSTOR_ADDRESS Address = Adapter->StateChangeAddress;
    if (!InterlockedExchange(&Adapter->StateChanging, FALSE) || !Routine)
        return;
    KIRQL Before, Irql;
    KeRaiseIrql(DISPATCH_LEVEL, &Before);
    Irql = StorpLockMiniport(Adapter);
    Routine(Adapter->HwExtension, Context, (SHORT)Address->Type, Address, STOR_STATUS_SUCCESS);
    StorpUnlockMiniport(Adapter, Irql);
    KeLowerIrql(Before);
}

NTSTATUS StorpQueryBusRelations(PSTOR_ADAPTER Adapter, PIRP Irp)
{
    InterlockedExchange(&Adapter->RescanQueued, FALSE);
    KeWaitForSingleObject(&Adapter->ScanLock, Executive, KernelMode, FALSE, nullptr);
    if (Adapter->Started)
        StorpScanAdapter(Adapter);
    PDEVICE_RELATIONS Relations = StorpListUnits(Adapter);
    KeSetEvent(&Adapter->ScanLock, IO_NO_INCREMENT, FALSE);
    StorpTellStateChange(Adapter);
    if (!Relations)
        return StorpComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = (ULONG_PTR)Relations;
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Adapter->Lower, Irp);
}

// ---- Rescans. A miniport asks for them at any IRQL.

static VOID NTAPI StorpRescanDpcRoutine(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    PSTOR_ADAPTER Adapter = Context;
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    IoInvalidateDeviceRelations(Adapter->Pdo, BusRelations);
}

VOID StorpInitRescan(PSTOR_ADAPTER Adapter)
{
    KeInitializeDpc(&Adapter->RescanDpc, StorpRescanDpcRoutine, Adapter);
}

VOID StorpRequestRescan(PSTOR_ADAPTER Adapter)
{
    if (!InterlockedExchange(&Adapter->RescanQueued, TRUE))
        KeInsertQueueDpc(&Adapter->RescanDpc, nullptr, nullptr);
}
