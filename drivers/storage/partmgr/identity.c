// Identifiers of disks and partitions. A disk whose identifier another disk has is kept off line: names of volumes
// come from identifiers. Whoever has one holds a device of a name made from it, in whichever host the disk is.
#include "partmgr.h"

#include <ntstrsafe.h>

static ULONG PmSignatureOf(const PT_GUID *DiskId)
{
    ULONG Signature;
    RtlCopyMemory(&Signature, DiskId, sizeof(Signature));
    return Signature;
}

static GUID PmGuidOf(const PT_GUID *Id)
{
    GUID Guid;
    RtlCopyMemory(&Guid, Id, sizeof(Guid));
    return Guid;
}

// Of an MBR: signature and offset, as Windows makes one of them.
static GUID PmMbrGuid(ULONG Signature, LONGLONG Offset)
{
    GUID Guid = {.Data1 = Signature};
    RtlCopyMemory(Guid.Data4, &Offset, sizeof(Guid.Data4));
    return Guid;
}

static VOID PmFormatGuid(const GUID *Guid, PWSTR Text, SIZE_T Chars)
{
    RtlStringCchPrintfW(Text, Chars, L"{%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
                        Guid->Data1, Guid->Data2, Guid->Data3, Guid->Data4[0], Guid->Data4[1],
                        Guid->Data4[2], Guid->Data4[3], Guid->Data4[4], Guid->Data4[5],
                        Guid->Data4[6], Guid->Data4[7]);
}

// ---- Disks

enum { PmNameChars = 64 };

// FALSE: the disk has no identifier.
static BOOLEAN PmIdentityName(const PM_DISK *Disk, PWSTR Name)
{
    const PT_TABLE *Table = &Disk->Table;
    GUID Guid = PmGuidOf(&Table->DiskId);
    if (Table->Style == PtStyleMbr)
        Guid = PmMbrGuid(Table->Signature, 0);
    if (Table->Style == PtStyleRaw || (Table->Style == PtStyleMbr && !Table->Signature))
        return FALSE;
    RtlStringCchCopyW(Name, PmNameChars, L"\\Device\\PartmgrDisk");
    PmFormatGuid(&Guid, Name + wcslen(Name), PmNameChars - wcslen(Name));
    return TRUE;
}

VOID PmDropIdentity(PPM_DISK Disk)
{
    if (Disk->Identity)
        IoDeleteDevice(Disk->Identity);
    Disk->Identity = nullptr;
    Disk->Collides = FALSE;
}

// What is held already is given up first: the table may have another identifier now.
VOID PmTakeIdentity(PPM_DISK Disk)
{
    WCHAR Buffer[PmNameChars];
    UNICODE_STRING Name;
    PmDropIdentity(Disk);
    if (!PmIdentityName(Disk, Buffer))
        return;
    RtlInitUnicodeString(&Name, Buffer);
    NTSTATUS Status = IoCreateDevice(Disk->Self->DriverObject, sizeof(PM_KIND), &Name,
                                     FILE_DEVICE_UNKNOWN, 0, TRUE, &Disk->Identity);
    if (NT_SUCCESS(Status)) {
        *(PM_KIND *)Disk->Identity->DeviceExtension = PmKindIdentity;
        return;
    }
    Disk->Identity = nullptr;
    Disk->Collides = Status == STATUS_OBJECT_NAME_COLLISION;
    if (Disk->Collides)
        DbgPrintEx(DPFLTR_DISK_ID, DPFLTR_WARNING_LEVEL,
                   "partmgr: disk %lu is off line: another disk has its identifier %ws\n",
                   Disk->Number, Buffer + wcslen(L"\\Device\\PartmgrDisk"));
}

static NTSTATUS PmMakeId(PT_GUID *Id)
{
    UUID Uuid;
    NTSTATUS Status = ExUuidCreate(&Uuid);
    if (NT_SUCCESS(Status))
        RtlCopyMemory(Id, &Uuid, sizeof(*Id));
    return Status;
}

static NTSTATUS PmMakeIds(PT_TABLE *Table)
{
    NTSTATUS Status = PmMakeId(&Table->DiskId);
    Table->Signature = PmSignatureOf(&Table->DiskId);
    for (ULONG i = 0; i < Table->Count && NT_SUCCESS(Status) && Table->Style == PtStyleGpt; i++)
        Status = PmMakeId(&Table->Partitions[i].Id);
    return Status;
}

NTSTATUS PmChangeIdentity(PPM_DISK Disk)
{
    PT_TABLE New;
    NTSTATUS Status = PmStatusOf(Disk, PtCopyTable(&Disk->Io, &Disk->Table, &New));
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PmMakeIds(&New);
    if (NT_SUCCESS(Status))
        Status = PmReplaceTable(Disk, &New);
    PtFreeTable(&Disk->Io, &New);
    return Status;
}

// ---- Partitions

// Without identifiers it is the disk's interface that names it, as on Windows without the \??\: _??_SCSI#...
static VOID PmFillNamedByInterface(const PM_PARTITION *Partition, PPARTITION_IDENTITY Identity)
{
    static const WCHAR Prefix[] = L"_\?\?_";
    const UNICODE_STRING *Interface = &Partition->Disk->Interface;
    WCHAR Offset[20] = L"";
    PCWSTR Name = Interface->Length > 4 * sizeof(WCHAR) ? Interface->Buffer + 4 : L"";
    if (Partition->Start)
        RtlStringCchPrintfW(Offset, RTL_NUMBER_OF(Offset), L"#%016I64X", Partition->Start);
    RtlStringCchPrintfW(Identity->Instance, PARTITION_IDENTITY_CHARS, L"%ws%ws%ws", Prefix, Name,
                        Offset);
    Identity->UniqueIdLength = (USHORT)(wcslen(Identity->Instance) * sizeof(WCHAR));
    RtlCopyMemory(Identity->UniqueId, Identity->Instance, Identity->UniqueIdLength);
    // The class of the interface says nothing about the instance.
    PWSTR Class = wcsstr(Identity->Instance, L"#{");
    if (Class)
        RtlStringCchCopyW(Class, PARTITION_IDENTITY_CHARS - (Class - Identity->Instance), Offset);
}

static VOID PmFillNamedById(const PM_PARTITION *Partition, PPARTITION_IDENTITY Identity)
{
    static const CHAR Prefix[] = "DMIO:ID:";
    ULONG Signature = PmSignatureOf(&Partition->DiskId);
    GUID DiskGuid = PmGuidOf(&Partition->DiskId);
    Identity->HasStableGuid = TRUE;
    if (Partition->Style == PtStyleGpt) {
        RtlCopyMemory(Identity->UniqueId, Prefix, sizeof(Prefix) - 1);
        RtlCopyMemory(Identity->UniqueId + sizeof(Prefix) - 1, &Partition->Entry.Id, sizeof(GUID));
        Identity->UniqueIdLength = sizeof(Prefix) - 1 + sizeof(GUID);
        Identity->StableGuid = PmGuidOf(&Partition->Entry.Id);
    } else {
        RtlCopyMemory(Identity->UniqueId, &Signature, sizeof(Signature));
        RtlCopyMemory(Identity->UniqueId + sizeof(Signature), &Partition->Start,
                      sizeof(Partition->Start));
        Identity->UniqueIdLength = sizeof(Signature) + sizeof(Partition->Start);
        Identity->StableGuid = PmMbrGuid(Signature, Partition->Start);
        DiskGuid = PmMbrGuid(Signature, 0);
    }
    PmFormatGuid(&DiskGuid, Identity->Instance, PARTITION_IDENTITY_CHARS);
    SIZE_T Length = wcslen(Identity->Instance);
    RtlStringCchPrintfW(Identity->Instance + Length, PARTITION_IDENTITY_CHARS - Length,
                        L"#%016I64X", Partition->Start);
}

VOID PmFillIdentity(PPM_PARTITION Partition, PPARTITION_IDENTITY Identity)
{
    const PM_DISK *Disk = Partition->Disk;
    const PT_TABLE One = {.Style = Partition->Style,
                          .Signature = PmSignatureOf(&Partition->DiskId),
                          .Count = 1,
                          .Partitions = &Partition->Entry};
    RtlZeroMemory(Identity, sizeof(*Identity));
    PtDescribePartition(&One, 0, Disk->Io.SectorSize, &Identity->Information);
    Identity->DiskNumber = Disk->Number;
    Identity->Removable = Disk->Removable;
    if (Partition->Style == PtStyleGpt ||
        (Partition->Style == PtStyleMbr && PmSignatureOf(&Partition->DiskId)))
        PmFillNamedById(Partition, Identity);
    else
        PmFillNamedByInterface(Partition, Identity);
}
