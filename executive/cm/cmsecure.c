// Security of keys: the descriptors are in the hives.
#include "cmp.h"

const GENERIC_MAPPING CmpKeyMapping = {KEY_READ, KEY_WRITE, KEY_EXECUTE, KEY_ALL_ACCESS};

static PSECURITY_DESCRIPTOR CmpDescriptor(CM_PLACE Place, PULONG Length)
{
    return HvKeySecurity(&Place.Hive->Hive, Place.Cell, Length);
}

NTSTATUS CmpQueryKeySecurity(PVOID Object, PSECURITY_DESCRIPTOR *Descriptor)
{
    PCM_KEY_CONTROL Control = ((PCM_KEY)Object)->Control;
    if (Control->Deleted)
        return STATUS_KEY_DELETED;
    ULONG Length;
    PSECURITY_DESCRIPTOR InHive = CmpDescriptor(Control->Place, &Length);
    *Descriptor = ExAllocatePoolWithTag(PagedPool, Length, CM_TAG_BUFFER);
    if (!*Descriptor)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(*Descriptor, InHive, Length);
    return STATUS_SUCCESS;
}

NTSTATUS CmpSetKeySecurity(PVOID Object, SECURITY_INFORMATION Information,
                           PSECURITY_DESCRIPTOR Modification)
{
    PCM_KEY_CONTROL Control = ((PCM_KEY)Object)->Control;
    if (Control->Deleted)
        return STATUS_KEY_DELETED;
    ULONG Length;
    PSECURITY_DESCRIPTOR New;
    NTSTATUS Status = SeModifySecurity(CmpDescriptor(Control->Place, &Length), Information,
                                       Modification, &CmpKeyMapping, &New);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = HvSetKeySecurity(&Control->Place.Hive->Hive, Control->Place.Cell, New);
    ExFreePool(New);
    if (NT_SUCCESS(Status))
        CmpReportChange(Control->Place, REG_NOTIFY_CHANGE_SECURITY);
    return Status;
}

// The check neither waits nor touches the hive, so it may read the descriptor where it lies.
NTSTATUS CmpCheckKeyAccess(CM_PLACE Place, PACCESS_STATE AccessState, KPROCESSOR_MODE Mode,
                           ACCESS_MASK Access)
{
    ULONG Length;
    ACCESS_MASK Granted;
    NTSTATUS Status;
    SeAccessCheck(CmpDescriptor(Place, &Length), AccessState->Token, Access, 0, &CmpKeyMapping,
                  Mode, &Granted, &Status);
    return Status;
}
