// Keys to files and back: the tree below a key as a hive of its own.
#include "cmp.h"

// ---- Saving

// A hive whose root has the name, the security and the class of a key, and all that is below it.
// Volatile keys are copied too, but are never written.
NTSTATUS CmpCopyToHive(CM_PLACE Place, PCM_HIVE *Copy)
{
    WCHAR Name[HIVE_MAX_KEY_NAME + 1] = {};
    ULONG Length;
    HvKeyName(&Place.Hive->Hive, Place.Cell, Name, sizeof(Name));
    NTSTATUS Status =
        CmpCreateHive(Name, HvKeySecurity(&Place.Hive->Hive, Place.Cell, &Length), Copy);
    if (!NT_SUCCESS(Status))
        return Status;
    PHIVE Hive = &(*Copy)->Hive;
    Status = HvCopyTree(&Place.Hive->Hive, Place.Cell, Hive, HvRootKey(Hive));
    if (NT_SUCCESS(Status))
        Status = HvCopyClass(&Place.Hive->Hive, Place.Cell, Hive, HvRootKey(Hive));
    if (!NT_SUCCESS(Status))
        CmpCloseHive(*Copy);
    return Status;
}

// From the first byte to the last: what receives it may be a file, or a stream. A file that broke off
// is refused by who reads it, as it is shorter than its header says.
static NTSTATUS CmpWriteHiveFile(PVOID FileObject, PHIVE Hive)
{
    HvBeginWrite(Hive);
    HvEndWrite(Hive);
    HvMarkAllDirty(Hive);
    NTSTATUS Status = IoWriteFileData(FileObject, 0, HvBaseBlock(Hive), HIVE_BASE_BLOCK_SIZE);
    ULONG Offset = 0, Length;
    const VOID *Data;
    while (NT_SUCCESS(Status) && HvNextDirtyRange(Hive, &Offset, &Length, &Data)) {
        Status = IoWriteFileData(FileObject, Offset, Data, Length);
        Offset += Length;
    }
    return Status;
}

static NTSTATUS CmpSaveKey(PCM_KEY Key, PVOID FileObject)
{
    CM_PLACE Place = Key->Control->Place;
    if (Place.Hive == CmpMasterHive)
        return STATUS_ACCESS_DENIED; // what hangs there is no hive, but several
    PCM_HIVE Copy;
    NTSTATUS Status = CmpCopyToHive(Place, &Copy);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpWriteHiveFile(FileObject, &Copy->Hive);
    CmpCloseHive(Copy);
    return Status;
}

// Of the three formats of Windows there is one file: the latest. "No compression" saves a whole hive.
static NTSTATUS CmpCheckFormat(PCM_KEY Key, ULONG Format)
{
    BOOLEAN Root = CmpCell(Key) == HvRootKey(CmpHive(Key));
    return Format == REG_NO_COMPRESSION && !Root ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

NTSTATUS NtSaveKeyEx(HANDLE KeyHandle, HANDLE FileHandle, ULONG Format)
{
    if (Format != REG_STANDARD_FORMAT && Format != REG_LATEST_FORMAT &&
        Format != REG_NO_COMPRESSION)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = CmpRequirePrivilege(SE_BACKUP_PRIVILEGE);
    if (!NT_SUCCESS(Status))
        return Status;
    PCM_KEY Key;
    PVOID File;
    Status = CmpReferenceKey(KeyHandle, 0, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObReferenceObjectByHandle(FileHandle, FILE_WRITE_DATA, IoFileObjectType, UserMode,
                                       &File, nullptr);
    if (NT_SUCCESS(Status)) {
        Status = CmpCheckFormat(Key, Format);
        if (NT_SUCCESS(Status))
            Status = CmpSaveKey(Key, File);
        ObDereferenceObject(File);
    }
    ObDereferenceObject(Key);
    return Status;
}

NTSTATUS NtSaveKey(HANDLE KeyHandle, HANDLE FileHandle)
{
    return NtSaveKeyEx(KeyHandle, FileHandle, REG_STANDARD_FORMAT);
}

// ---- Restoring

static PCM_KEY_CONTROL CmpFindOpenBelow(CM_PLACE Place)
{
    PCM_KEY_CONTROL Control = nullptr;
    while ((Control = CmpNextControl(Place.Hive, Control)))
        if (CmpIsBelow(Control->Place, Place))
            return Control;
    return nullptr;
}

// Keys below that somebody has open are deleted under their users.
static NTSTATUS CmpRestoreKey(PCM_KEY Key, PCM_HIVE Source, ULONG Flags)
{
    CM_PLACE Place = Key->Control->Place;
    if (Place.Hive == CmpMasterHive || (CmpFindOpenBelow(Place) && !(Flags & REG_FORCE_RESTORE)))
        return STATUS_ACCESS_DENIED;
    HCELL New;
    NTSTATUS Status = HvPrepareReplacement(&Place.Hive->Hive, Place.Cell, &Source->Hive,
                                           HvRootKey(&Source->Hive), &New);
    if (!NT_SUCCESS(Status))
        return Status;
    LIST_ENTRY Doomed;
    InitializeListHead(&Doomed);
    for (PCM_KEY_CONTROL Control; (Control = CmpFindOpenBelow(Place));)
        CmpDoomControl(Control, &Doomed);
    HvReplaceKey(&Place.Hive->Hive, Place.Cell, New);
    CmpEndDoomed(&Doomed);
    CmpReportChange(Place, REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET |
                               REG_NOTIFY_CHANGE_SECURITY | REG_NOTIFY_CHANGE_ATTRIBUTES);
    return STATUS_SUCCESS;
}

static NTSTATUS CmpOpenSource(HANDLE FileHandle, PCM_HIVE *Source)
{
    IO_FILE_IMAGE File;
    NTSTATUS Status = IoReferenceFileImage(FileHandle, FILE_READ_DATA, &File);
    if (!NT_SUCCESS(Status))
        return Status == STATUS_INVALID_FILE_FOR_SECTION ? STATUS_NOT_REGISTRY_FILE : Status;
    Status = CmpOpenHive(File.Data, File.Size, Source);
    IoReleaseFileImage(&File);
    return Status;
}

NTSTATUS NtRestoreKey(HANDLE KeyHandle, HANDLE FileHandle, ULONG Flags)
{
    if (Flags & (REG_WHOLE_HIVE_VOLATILE | REG_REFRESH_HIVE))
        return STATUS_NOT_SUPPORTED;
    if (Flags & ~(ULONG)REG_FORCE_RESTORE)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = CmpRequirePrivilege(SE_RESTORE_PRIVILEGE);
    PCM_HIVE Source;
    if (NT_SUCCESS(Status))
        Status = CmpOpenSource(FileHandle, &Source);
    if (!NT_SUCCESS(Status))
        return Status;
    PCM_KEY Key;
    Status = CmpReferenceKey(KeyHandle, 0, &Key);
    if (NT_SUCCESS(Status)) {
        Status = CmpRestoreKey(Key, Source, Flags);
        ObDereferenceObject(Key);
    }
    CmpCloseHive(Source);
    return Status;
}
