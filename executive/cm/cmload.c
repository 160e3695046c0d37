// Loading hives from files and unloading them, under \REGISTRY\MACHINE and \REGISTRY\USER.
#include "cmp.h"

#define CMP_LOAD_FLAGS (REG_NO_LAZY_FLUSH | REG_LOAD_HIVE_OPEN_HANDLE | REG_OPEN_READ_ONLY)

NTSTATUS CmpRequirePrivilege(ULONG Privilege)
{
    return SeSinglePrivilegeCheck(RtlConvertUlongToLuid(Privilege), UserMode)
               ? STATUS_SUCCESS
               : STATUS_PRIVILEGE_NOT_HELD;
}

// ---- Loading

// To pool; terminated, as values want it.
static NTSTATUS CmpCopyName(PCUNICODE_STRING Name, PUNICODE_STRING Copy)
{
    *Copy = *Name;
    Copy->Buffer = ExAllocatePoolZero(PagedPool, Name->Length + sizeof(WCHAR), CM_TAG_NAME);
    if (!Copy->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(Copy->Buffer, Name->Buffer, Name->Length);
    Copy->MaximumLength = Name->Length;
    return STATUS_SUCCESS;
}

NTSTATUS CmpNameHive(PCM_HIVE Hive, PCUNICODE_STRING FileName)
{
    UNICODE_STRING Copy;
    NTSTATUS Status = CmpCopyName(FileName, &Copy);
    if (!NT_SUCCESS(Status))
        return Status;
    Hive->FileName = Copy;
    HvSetFileName(&Hive->Hive, FileName);
    return STATUS_SUCCESS;
}

static BOOLEAN CmpIsFileLoaded(PCUNICODE_STRING FileName)
{
    for (PCM_HIVE Hive = CmpNextHive(nullptr); Hive; Hive = CmpNextHive(Hive)) {
        if (RtlEqualUnicodeString(&Hive->FileName, FileName, TRUE))
            return TRUE;
    }
    return FALSE;
}

static NTSTATUS CmpReferenceSourceFile(const OBJECT_ATTRIBUTES USER *SourceFile,
                                       PIO_FILE_IMAGE File)
{
    OB_ATTRIBUTES Attributes;
    NTSTATUS Status = ObCaptureAttributes(&Attributes, SourceFile);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IoOpenFileImageAs(&Attributes, FILE_READ_DATA, File);
    ObReleaseAttributes(&Attributes);
    BOOLEAN IsNoFile =
        Status == STATUS_INVALID_FILE_FOR_SECTION || Status == STATUS_FILE_IS_A_DIRECTORY;
    return IsNoFile ? STATUS_NOT_REGISTRY_FILE : Status;
}

// A copy, which has no more to do with the file.
static NTSTATUS CmpOpenCopy(PIO_FILE_IMAGE File, PCM_HIVE *Hive)
{
    NTSTATUS Status = CmpOpenHive(File->Data, File->Size, Hive);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpNameHive(*Hive, &File->Name);
    if (!NT_SUCCESS(Status))
        CmpCloseHive(*Hive);
    return Status;
}

// Where nothing can be written, the hive changes in memory only.
static BOOLEAN CmpIsReadOnly(NTSTATUS Status)
{
    return Status == STATUS_MEDIA_WRITE_PROTECTED || Status == STATUS_ACCESS_DENIED ||
           Status == STATUS_INVALID_DEVICE_REQUEST;
}

// The caller has the rights to the file. It is opened once more, for the Executive to read and write it.
static NTSTATUS CmpOpenSource(const OBJECT_ATTRIBUTES USER *SourceFile, ULONG Flags, PCM_HIVE *Hive)
{
    IO_FILE_IMAGE File;
    UNICODE_STRING Name;
    NTSTATUS Status = CmpReferenceSourceFile(SourceFile, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!File.Mapped || (Flags & REG_OPEN_READ_ONLY)) {
        Status = CmpOpenCopy(&File, Hive);
        IoReleaseFileImage(&File);
        return Status;
    }
    Status = CmpCopyName(&File.Name, &Name);
    IoReleaseFileImage(&File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpOpenStoredHive(&Name, Hive);
    ExFreePoolWithTag(Name.Buffer, CM_TAG_NAME);
    if (NT_SUCCESS(Status))
        (*Hive)->Lazy = !(Flags & REG_NO_LAZY_FLUSH);
    return CmpIsReadOnly(Status) ? CmpOpenSource(SourceFile, REG_OPEN_READ_ONLY, Hive) : Status;
}

// Called by the parse of the target's name, at the key that is to hold the hive. Hives hang from
// the two keys below the top of the tree.
NTSTATUS CmpAttachHive(PCM_HIVE Hive, CM_PLACE Parent, PCUNICODE_STRING Name)
{
    HCELL Root = HvRootKey(&CmpMasterHive->Hive);
    if (Parent.Hive != CmpMasterHive || HvParentKey(&CmpMasterHive->Hive, Parent.Cell) != Root)
        return STATUS_INVALID_PARAMETER;
    if (CmpIsFileLoaded(&Hive->FileName))
        return STATUS_SHARING_VIOLATION;
    CM_PLACE Place = {CmpMasterHive, HCELL_NIL};
    NTSTATUS Status = HvCreateSubkey(&CmpMasterHive->Hive, Parent.Cell, Name, nullptr,
                                     HIVE_KEY_VOLATILE, nullptr, &Place.Cell);
    if (!NT_SUCCESS(Status))
        return Status;
    CmpMountHive(Hive, Place);
    return STATUS_SUCCESS;
}

static VOID CmpDetachHive(PCM_HIVE Hive)
{
    HCELL Cell = Hive->MountCell;
    CmpUnmountHive(Hive);
    (VOID) HvDeleteKey(&CmpMasterHive->Hive, Cell);
}

// What the load asks for beside the hive.
typedef struct _CM_LOAD {
    ULONG Flags;
    ACCESS_MASK DesiredAccess;
    HANDLE USER *RootHandle;
} CM_LOAD, *PCM_LOAD;

static NTSTATUS CmpMountAt(const OBJECT_ATTRIBUTES USER *TargetKey, PCM_HIVE Hive, PCM_LOAD Load)
{
    OB_ATTRIBUTES Attributes;
    NTSTATUS Status = ObCaptureAttributes(&Attributes, TargetKey);
    if (!NT_SUCCESS(Status))
        return Status;
    HANDLE Handle;
    CM_PARSE_CONTEXT Context = {.Load = Hive};
    Hive->Pinned = TRUE; // nobody unloads it before it is complete
    Attributes.Attributes |= OBJ_CASE_INSENSITIVE;
    ACCESS_MASK Access = Load->RootHandle ? Load->DesiredAccess : KEY_QUERY_VALUE;
    Status = ObOpenObjectByName(&Attributes, CmKeyObjectType, UserMode, Access, &Context, &Handle);
    ObReleaseAttributes(&Attributes);
    // A root that its loader may not open is loaded all the same, unless the handle was wanted.
    BOOLEAN Mounted = CmpIsMounted(Hive);
    if (Load->RootHandle)
        Status = ObReturnHandle(Status, Handle, Load->RootHandle);
    else if (NT_SUCCESS(Status))
        ObCloseHandle(PsGetCurrentProcess(), Handle, UserMode);
    else if (Mounted)
        Status = STATUS_SUCCESS;
    if (Mounted && !NT_SUCCESS(Status))
        CmpDetachHive(Hive);
    return Status;
}

static NTSTATUS CmpLoadKey(const OBJECT_ATTRIBUTES USER *TargetKey,
                           const OBJECT_ATTRIBUTES USER *SourceFile, PCM_LOAD Load)
{
    if (Load->Flags & ~(ULONG)CMP_LOAD_FLAGS)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = CmpRequirePrivilege(SE_RESTORE_PRIVILEGE);
    if (!NT_SUCCESS(Status))
        return Status;
    PCM_HIVE Hive;
    Status = CmpOpenSource(SourceFile, Load->Flags, &Hive);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpMountAt(TargetKey, Hive, Load);
    if (!NT_SUCCESS(Status)) {
        CmpCloseHive(Hive);
        return Status;
    }
    CmpListHive(Hive);
    CM_PLACE Parent;
    CmpParent((CM_PLACE){Hive, HvRootKey(&Hive->Hive)}, &Parent);
    Hive->Pinned = FALSE;
    CmpReportChange(Parent, REG_NOTIFY_CHANGE_NAME);
    return STATUS_SUCCESS;
}

NTSTATUS NtLoadKey2(const OBJECT_ATTRIBUTES USER *TargetKey,
                    const OBJECT_ATTRIBUTES USER *SourceFile, ULONG Flags)
{
    CM_LOAD Load = {.Flags = Flags};
    return CmpLoadKey(TargetKey, SourceFile, &Load);
}

NTSTATUS NtLoadKey(const OBJECT_ATTRIBUTES USER *TargetKey,
                   const OBJECT_ATTRIBUTES USER *SourceFile)
{
    return NtLoadKey2(TargetKey, SourceFile, 0);
}

// The key of trust says whose links the hive may hold; without trust levels it only has to be a key.
NTSTATUS NtLoadKeyEx(const OBJECT_ATTRIBUTES USER *TargetKey,
                     const OBJECT_ATTRIBUTES USER *SourceFile, ULONG Flags, HANDLE TrustClassKey,
                     HANDLE Event, ACCESS_MASK DesiredAccess, HANDLE USER *RootHandle,
                     VOID USER *Reserved)
{
    CM_LOAD Load = {.Flags = Flags, .DesiredAccess = DesiredAccess, .RootHandle = RootHandle};
    NTSTATUS Status = STATUS_SUCCESS;
    if (Event || Reserved)
        return STATUS_INVALID_PARAMETER;
    if (RootHandle)
        Status = MmProbeForWrite(RootHandle, sizeof(*RootHandle), 1);
    if (NT_SUCCESS(Status) && TrustClassKey) {
        PCM_KEY Key;
        Status = CmpReferenceKey(TrustClassKey, 0, &Key);
        if (NT_SUCCESS(Status))
            ObDereferenceObject(Key);
    }
    return NT_SUCCESS(Status) ? CmpLoadKey(TargetKey, SourceFile, &Load) : Status;
}

// ---- Unloading

// The hive whose root the attributes name. Nobody holds a key of it because of this call.
NTSTATUS CmpFindHive(const OBJECT_ATTRIBUTES USER *TargetKey, PCM_HIVE *Hive)
{
    OB_ATTRIBUTES Attributes;
    NTSTATUS Status = ObCaptureAttributes(&Attributes, TargetKey);
    if (!NT_SUCCESS(Status))
        return Status;
    HANDLE Handle;
    CM_PARSE_CONTEXT Context = {};
    Attributes.Attributes |= OBJ_CASE_INSENSITIVE;
    Status = ObOpenObjectByName(&Attributes, CmKeyObjectType, UserMode, KEY_QUERY_VALUE, &Context,
                                &Handle);
    ObReleaseAttributes(&Attributes);
    if (!NT_SUCCESS(Status))
        return Status;
    PCM_KEY Key;
    Status = CmpReferenceKey(Handle, 0, &Key);
    if (NT_SUCCESS(Status)) {
        CM_PLACE Place = Key->Control->Place;
        *Hive = Place.Hive;
        if (CmpLeaveMount(Place).Hive == Place.Hive)
            Status = STATUS_INVALID_PARAMETER;
        ObDereferenceObject(Key);
    }
    ObCloseHandle(PsGetCurrentProcess(), Handle, UserMode);
    return Status;
}

static BOOLEAN CmpMayUnload(PCM_HIVE Hive, ULONG Flags)
{
    return (Flags & REG_FORCE_UNLOAD) || !CmpNextControl(Hive, nullptr);
}

// The file has all that was changed. Meanwhile somebody may have opened a key.
static NTSTATUS CmpPrepareUnload(PCM_HIVE Hive, ULONG Flags)
{
    do {
        NTSTATUS Status = CmpFlushHive(Hive, nullptr);
        BOOLEAN Ends = Status == STATUS_THREAD_IS_TERMINATING || Status == STATUS_USER_APC;
        if (Status != STATUS_SUCCESS && (Ends || !(Flags & REG_FORCE_UNLOAD)))
            return Status;
    } while (CmpIsAwaited(Hive));
    return CmpMayUnload(Hive, Flags) ? STATUS_SUCCESS : STATUS_CANNOT_DELETE;
}

NTSTATUS NtUnloadKey2(const OBJECT_ATTRIBUTES USER *TargetKey, ULONG Flags)
{
    if (Flags & ~(ULONG)REG_FORCE_UNLOAD)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = CmpRequirePrivilege(SE_RESTORE_PRIVILEGE);
    PCM_HIVE Hive;
    if (NT_SUCCESS(Status))
        Status = CmpFindHive(TargetKey, &Hive);
    if (!NT_SUCCESS(Status))
        return Status;
    // What the system started with it does not do without.
    if (Hive->Pinned || !CmpMayUnload(Hive, Flags))
        return STATUS_CANNOT_DELETE;
    Hive->Pinned = TRUE; // nobody else unloads it
    Status = CmpPrepareUnload(Hive, Flags);
    if (Status != STATUS_SUCCESS) {
        Hive->Pinned = FALSE;
        return Status;
    }
    CM_PLACE Parent;
    CmpParent((CM_PLACE){Hive, HvRootKey(&Hive->Hive)}, &Parent);
    CmpUnlistHive(Hive);
    LIST_ENTRY Doomed;
    InitializeListHead(&Doomed);
    for (PCM_KEY_CONTROL Control; (Control = CmpNextControl(Hive, nullptr));)
        CmpDoomControl(Control, &Doomed);
    CmpDetachHive(Hive);
    CmpCloseHive(Hive);
    CmpEndDoomed(&Doomed);
    CmpReportChange(Parent, REG_NOTIFY_CHANGE_NAME);
    return STATUS_SUCCESS;
}

NTSTATUS NtUnloadKey(const OBJECT_ATTRIBUTES USER *TargetKey)
{
    return NtUnloadKey2(TargetKey, 0);
}
