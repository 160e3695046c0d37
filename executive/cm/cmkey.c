// The services for keys.
#include "cmp.h"

#define CMP_OPEN_OPTIONS   (REG_OPTION_OPEN_LINK | REG_OPTION_BACKUP_RESTORE | 0x10 | 0x8)
#define CMP_CREATE_OPTIONS (CMP_OPEN_OPTIONS | REG_OPTION_VOLATILE | REG_OPTION_CREATE_LINK)
#define CMP_VIEW_RIGHTS    (KEY_WOW64_32KEY | KEY_WOW64_64KEY) // there is one view

// ---- Creating and opening

static NTSTATUS CmpOpenOrCreate(HANDLE USER *KeyHandle, ACCESS_MASK DesiredAccess,
                                POB_ATTRIBUTES Attributes, PCM_PARSE_CONTEXT Context)
{
    HANDLE Handle;
    Attributes->Attributes |= OBJ_CASE_INSENSITIVE; // the registry always is
    NTSTATUS Status =
        ObOpenObjectByName(Attributes, CmKeyObjectType, UserMode,
                           DesiredAccess & ~(ACCESS_MASK)CMP_VIEW_RIGHTS, Context, &Handle);
    return ObReturnHandle(Status, Handle, KeyHandle);
}

static NTSTATUS CmpCreateByAttributes(HANDLE USER *KeyHandle, ACCESS_MASK DesiredAccess,
                                      POB_ATTRIBUTES Attributes, PCM_PARSE_CONTEXT Context,
                                      ULONG USER *Disposition)
{
    Context->SecurityDescriptor = Attributes->SecurityDescriptor;
    NTSTATUS Status = CmpOpenOrCreate(KeyHandle, DesiredAccess, Attributes, Context);
    if (NT_SUCCESS(Status) && Disposition) {
        NTSTATUS WriteStatus = MmWriteUser(Disposition, Context->Disposition);
        if (!NT_SUCCESS(WriteStatus))
            return WriteStatus;
    }
    return Status;
}

NTSTATUS NtCreateKey(HANDLE USER *KeyHandle, ACCESS_MASK DesiredAccess,
                     const OBJECT_ATTRIBUTES USER *ObjectAttributes, ULONG TitleIndex,
                     const UNICODE_STRING USER *Class, ULONG CreateOptions, ULONG USER *Disposition)
{
    (void)TitleIndex;
    if (CreateOptions & ~(ULONG)CMP_CREATE_OPTIONS)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmProbeForWrite(KeyHandle, sizeof(*KeyHandle), 1);
    if (NT_SUCCESS(Status) && Disposition)
        Status = MmProbeForWrite(Disposition, sizeof(*Disposition), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    CM_PARSE_CONTEXT Context = {.Create = TRUE, .Options = CreateOptions};
    OB_ATTRIBUTES Attributes;
    if (Class)
        Status = MmCaptureUnicodeString(&Context.Class, Class);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (NT_SUCCESS(Status)) {
        Status =
            CmpCreateByAttributes(KeyHandle, DesiredAccess, &Attributes, &Context, Disposition);
        ObReleaseAttributes(&Attributes);
    }
    if (Context.Class.Buffer)
        MmFreeCapturedString(&Context.Class);
    return Status;
}

NTSTATUS NtOpenKeyEx(HANDLE USER *KeyHandle, ACCESS_MASK DesiredAccess,
                     const OBJECT_ATTRIBUTES USER *ObjectAttributes, ULONG OpenOptions)
{
    if (OpenOptions & ~(ULONG)CMP_OPEN_OPTIONS)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmProbeForWrite(KeyHandle, sizeof(*KeyHandle), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    OB_ATTRIBUTES Attributes;
    CM_PARSE_CONTEXT Context = {.Options = OpenOptions};
    Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpOpenOrCreate(KeyHandle, DesiredAccess, &Attributes, &Context);
    ObReleaseAttributes(&Attributes);
    return Status;
}

NTSTATUS NtOpenKey(HANDLE USER *KeyHandle, ACCESS_MASK DesiredAccess,
                   const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    return NtOpenKeyEx(KeyHandle, DesiredAccess, ObjectAttributes, 0);
}

// ---- Changing

// Roots of hives stay: their keys in the master hive are what they hang from.
static NTSTATUS CmpDeletePlace(CM_PLACE Place)
{
    CM_PLACE Parent;
    if (CmpLeaveMount(Place).Hive != Place.Hive || !CmpParent(Place, &Parent))
        return STATUS_CANNOT_DELETE;
    NTSTATUS Status = HvDeleteKey(&Place.Hive->Hive, Place.Cell);
    if (!NT_SUCCESS(Status))
        return Status;
    CmpMarkDeleted(Place);
    CmpReportChange(Parent, REG_NOTIFY_CHANGE_NAME);
    return STATUS_SUCCESS;
}

NTSTATUS NtDeleteKey(HANDLE KeyHandle)
{
    PCM_KEY Key;
    NTSTATUS Status = CmpReferenceKey(KeyHandle, DELETE, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpDeletePlace(Key->Control->Place);
    ObDereferenceObject(Key);
    return Status;
}

static NTSTATUS CmpRename(PCM_KEY Key, PCUNICODE_STRING NewName)
{
    CM_PLACE Place = Key->Control->Place, Parent;
    if (CmpLeaveMount(Place).Hive != Place.Hive || !CmpParent(Place, &Parent))
        return STATUS_ACCESS_DENIED;
    CM_PLACE Renamed = {Place.Hive, HCELL_NIL};
    NTSTATUS Status = HvRenameKey(&Place.Hive->Hive, Place.Cell, NewName, &Renamed.Cell);
    if (!NT_SUCCESS(Status))
        return Status;
    CmpMoveControl(Key->Control, Renamed);
    CmpReportChange(Parent, REG_NOTIFY_CHANGE_NAME);
    return STATUS_SUCCESS;
}

NTSTATUS NtRenameKey(HANDLE KeyHandle, const UNICODE_STRING USER *NewName)
{
    UNICODE_STRING Name;
    NTSTATUS Status = MmCaptureUnicodeString(&Name, NewName);
    if (!NT_SUCCESS(Status))
        return Status;
    PCM_KEY Key;
    Status = CmpReferenceKey(KeyHandle, KEY_WRITE, &Key);
    if (NT_SUCCESS(Status)) {
        Status = CmpRename(Key, &Name);
        ObDereferenceObject(Key);
    }
    MmFreeCapturedString(&Name);
    return Status;
}

static NTSTATUS CmpSetWriteTime(PCM_KEY Key, const VOID USER *Information)
{
    LARGE_INTEGER Time;
    NTSTATUS Status = MmCopyFromUser(&Time, Information, sizeof(Time));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Key->Control->Deleted) // while the time was read
        return STATUS_KEY_DELETED;
    HvTouchKey(CmpHive(Key), CmpCell(Key), Time);
    return STATUS_SUCCESS;
}

static NTSTATUS CmpSetHandleTags(PCM_KEY Key, const VOID USER *Information)
{
    return MmCopyFromUser(&Key->HandleTags, Information, sizeof(Key->HandleTags));
}

static const struct {
    NTSTATUS (*Routine)(PCM_KEY Key, const VOID USER *Information);
    ULONG Size;
} CmpSetClasses[MaxKeySetInfoClass] = {
    [KeyWriteTimeInformation] = {CmpSetWriteTime, sizeof(KEY_WRITE_TIME_INFORMATION)},
    [KeySetHandleTagsInformation] = {CmpSetHandleTags, sizeof(KEY_HANDLE_TAGS_INFORMATION)},
};

NTSTATUS NtSetInformationKey(HANDLE KeyHandle, ULONG KeySetInformationClass,
                             const VOID USER *KeySetInformation, ULONG KeySetInformationLength)
{
    if (KeySetInformationClass >= MaxKeySetInfoClass ||
        !CmpSetClasses[KeySetInformationClass].Routine)
        return STATUS_INVALID_INFO_CLASS;
    if (KeySetInformationLength != CmpSetClasses[KeySetInformationClass].Size)
        return STATUS_INFO_LENGTH_MISMATCH;
    PCM_KEY Key;
    NTSTATUS Status = CmpReferenceKey(KeyHandle, KEY_SET_VALUE, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpSetClasses[KeySetInformationClass].Routine(Key, KeySetInformation);
    ObDereferenceObject(Key);
    return Status;
}

// Of a hive without a file of its own everything that can be kept is kept already.
NTSTATUS NtFlushKey(HANDLE KeyHandle)
{
    PCM_KEY Key;
    NTSTATUS Status = CmpReferenceKey(KeyHandle, 0, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpFlushHive(Key->Control->Place.Hive, nullptr);
    ObDereferenceObject(Key);
    return Status;
}
