// The key type and the tree that exists from the start.
#include "cmp.h"

POBJECT_TYPE CmKeyObjectType;

static VOID CmpDeleteKeyObject(PVOID Object)
{
    PCM_KEY Key = Object;
    ASSERT(!Key->Watch);
    CmpDereferenceControl(Key->Control);
}

static VOID CmpCloseKeyObject(PEPROCESS Process, PVOID Object, ACCESS_MASK GrantedAccess,
                              ULONG ProcessHandleCount, ULONG SystemHandleCount)
{
    (void)Process, (void)GrantedAccess, (void)ProcessHandleCount;
    if (SystemHandleCount == 1)
        CmpCloseWatch(Object);
}

static NTSTATUS CmpQueryKeyName(PVOID Object, BOOLEAN HasName, POBJECT_NAME_INFORMATION Information,
                                ULONG Length, PULONG ReturnLength)
{
    (void)HasName;
    PCM_KEY_CONTROL Control = ((PCM_KEY)Object)->Control;
    if (Control->Deleted)
        return STATUS_KEY_DELETED;
    UNICODE_STRING Name;
    NTSTATUS Status = CmpFullName(Control->Place, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    *ReturnLength = (ULONG)(sizeof(*Information) + Name.Length + sizeof(WCHAR));
    if (Length < sizeof(*Information)) {
        Status = STATUS_INFO_LENGTH_MISMATCH;
    } else if (Length < *ReturnLength) {
        Status = STATUS_BUFFER_OVERFLOW;
    } else {
        PWCH Buffer = (PWCH)(Information + 1);
        memcpy(Buffer, Name.Buffer, Name.Length);
        Buffer[Name.Length / sizeof(WCHAR)] = UNICODE_NULL;
        Information->Name =
            (UNICODE_STRING){Name.Length, (USHORT)(Name.Length + sizeof(WCHAR)), Buffer};
    }
    ExFreePoolWithTag(Name.Buffer, CM_TAG_NAME);
    return Status;
}

static const OBJECT_TYPE_INITIALIZER CmpKeyTypeInfo = {
    .Name = L"Key",
    .BodySize = sizeof(CM_KEY),
    .GenericMapping = {KEY_READ, KEY_WRITE, KEY_EXECUTE, KEY_ALL_ACCESS},
    .ValidAccess = KEY_ALL_ACCESS,
    .InvalidAttributes = OBJ_EXCLUSIVE | OBJ_PERMANENT,
    .Delete = CmpDeleteKeyObject,
    .Close = CmpCloseKeyObject,
    .Parse = CmpParseKey,
    .QueryName = CmpQueryKeyName,
    .QuerySecurity = CmpQueryKeySecurity,
    .SetSecurity = CmpSetKeySecurity,
};

// ---- The tree. Those with a file come from the boot archive when it is there.

static const struct {
    PCWSTR Parent, Name;
    BOOLEAN IsHive;
    PCWSTR BootFile;
    SE_WELL_KNOWN_DESCRIPTOR Security;
} CmpInitialKeys[] = {
    {L"", L"MACHINE", FALSE, nullptr, SeSystemOnlyDescriptor},
    {L"", L"USER", FALSE, nullptr, SeSystemOnlyDescriptor},
    {L"\\MACHINE", L"SYSTEM", TRUE, L"System32\\config\\SYSTEM", SeSystemOnlyDescriptor},
    {L"\\MACHINE", L"SOFTWARE", TRUE, L"System32\\config\\SOFTWARE", SeSystemOnlyDescriptor},
    {L"\\MACHINE", L"HARDWARE", TRUE, nullptr, SeSystemOnlyDescriptor},
    {L"\\USER", L".DEFAULT", TRUE, L"System32\\config\\DEFAULT", SeSystemOnlyDescriptor},
};

static PVOID CmpRootKey;
const WCHAR CmpBootVolume[] = L"\\Device\\BootVolume";

BOOLEAN CmpFindPath(PCWSTR Path, CM_PLACE *Place)
{
    UNICODE_STRING Rest, Name;
    RtlInitUnicodeString(&Rest, Path);
    *Place = (CM_PLACE){CmpMasterHive, HvRootKey(&CmpMasterHive->Hive)};
    while (Rest.Length) {
        Rest.Buffer++; // the separator
        Rest.Length -= sizeof(WCHAR);
        Name = (UNICODE_STRING){.Buffer = Rest.Buffer};
        while (Name.Length < Rest.Length && Rest.Buffer[0] != OBJ_NAME_PATH_SEPARATOR) {
            Name.Length += sizeof(WCHAR);
            Rest.Buffer++;
        }
        Rest.Length -= Name.Length;
        if (!CmpFindChild(*Place, &Name, Place))
            return FALSE;
    }
    return TRUE;
}

// The file's hive, or an empty one.
static NTSTATUS CmpLoadInitialHive(PCWSTR BootFile, PCWSTR Name, PSECURITY_DESCRIPTOR Descriptor,
                                   PCM_HIVE *Hive)
{
    UNICODE_STRING FileName;
    const VOID *Data;
    SIZE_T Size;
    RtlInitUnicodeString(&FileName, BootFile);
    if (!BootFile || !NT_SUCCESS(LdrFindBootFile(&FileName, &Data, &Size)))
        return CmpCreateHive(Name, Descriptor, Hive);
    NTSTATUS Status = CmpOpenHive(Data, Size, Hive);
    if (!NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_CONFIG_ID, DPFLTR_ERROR_LEVEL, "cm: hive %ls refused: %08lx\n", Name,
                   (ULONG)Status);
        return Status;
    }
    WCHAR Path[64];
    _snwprintf(Path, RTL_NUMBER_OF(Path), L"%ls\\Windows\\%ls", CmpBootVolume, BootFile);
    RtlInitUnicodeString(&FileName, Path);
    Status = CmpNameHive(*Hive, &FileName);
    if (!NT_SUCCESS(Status))
        CmpCloseHive(*Hive);
    return Status;
}

static NTSTATUS CmpAddInitialKey(ULONG Index, PSECURITY_DESCRIPTOR Descriptor)
{
    CM_PLACE Place;
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, CmpInitialKeys[Index].Name);
    if (!CmpFindPath(CmpInitialKeys[Index].Parent, &Place))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    NTSTATUS Status =
        HvCreateSubkey(&Place.Hive->Hive, Place.Cell, &Name, nullptr, 0, Descriptor, &Place.Cell);
    if (!NT_SUCCESS(Status) || !CmpInitialKeys[Index].IsHive)
        return Status;
    PCM_HIVE Hive;
    Status = CmpLoadInitialHive(CmpInitialKeys[Index].BootFile, CmpInitialKeys[Index].Name,
                                Descriptor, &Hive);
    if (!NT_SUCCESS(Status))
        return Status;
    Hive->Pinned = TRUE;
    CmpMountHive(Hive, Place);
    return STATUS_SUCCESS;
}

// Well-known descriptors are absolute; a hive takes relative ones.
static NTSTATUS CmpAssignInitial(SE_WELL_KNOWN_DESCRIPTOR Which, PSECURITY_DESCRIPTOR *Descriptor)
{
    return SeAssignSecurity(nullptr, SeWellKnownDescriptor(Which), TRUE, &CmpKeyMapping,
                            Descriptor);
}

static NTSTATUS CmpCreateTree(void)
{
    PSECURITY_DESCRIPTOR Descriptor;
    NTSTATUS Status = CmpAssignInitial(SeSystemOnlyDescriptor, &Descriptor);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpCreateHive(L"REGISTRY", Descriptor, &CmpMasterHive);
    ExFreePool(Descriptor);
    for (ULONG i = 0; NT_SUCCESS(Status) && i < RTL_NUMBER_OF(CmpInitialKeys); i++) {
        Status = CmpAssignInitial(CmpInitialKeys[i].Security, &Descriptor);
        if (!NT_SUCCESS(Status))
            break;
        Status = CmpAddInitialKey(i, Descriptor);
        ExFreePool(Descriptor);
    }
    return Status;
}

// \Registry itself, from which every lookup starts.
static NTSTATUS CmpEnterRoot(void)
{
    CM_PLACE Root = {CmpMasterHive, HvRootKey(&CmpMasterHive->Hive)};
    NTSTATUS Status = CmpCreateKeyObject(Root, &CmpRootKey);
    if (!NT_SUCCESS(Status))
        return Status;
    OB_ATTRIBUTES Attributes = {
        .ObjectName = RTL_CONSTANT_STRING(L"\\REGISTRY"),
        .Attributes = OBJ_CASE_INSENSITIVE,
    };
    ObReferenceObject(CmpRootKey);
    return ObInsertObject(CmpRootKey, &Attributes, 0, KernelMode, nullptr);
}

// ---- Links: CurrentControlSet is the set that Select\Current names, and Hardware Profiles\Current of it the profile that
// IDConfigDB names.

static ULONG CmpCurrentSet(void)
{
    ULONG Current;
    BOOLEAN Found = CmQueryNumber(L"\\REGISTRY\\MACHINE\\SYSTEM\\Select", L"Current", &Current);
    return Found && Current < 1000 ? Current : 1;
}

// A key that is a link, unless the hive brings one of that name.
static NTSTATUS CmpCreateLink(PCWSTR Parent, PCWSTR Name, PCWSTR Target)
{
    static const UNICODE_STRING Value = RTL_CONSTANT_STRING(L"SymbolicLinkValue");
    CM_PLACE Place;
    UNICODE_STRING NameString;
    HCELL Link;
    if (!CmpFindPath(Parent, &Place))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    RtlInitUnicodeString(&NameString, Name);
    PHIVE Hive = &Place.Hive->Hive;
    NTSTATUS Status = HvCreateSubkey(Hive, Place.Cell, &NameString, nullptr,
                                     HIVE_KEY_VOLATILE | HIVE_KEY_SYMLINK, nullptr, &Link);
    if (!NT_SUCCESS(Status))
        return Status == STATUS_OBJECT_NAME_COLLISION ? STATUS_SUCCESS : Status;
    return HvSetValue(Hive, Link, &Value, REG_LINK, Target,
                      (ULONG)(wcslen(Target) * sizeof(WCHAR)));
}

// HKEY_CURRENT_CONFIG. A hive without profiles is as good as another.
static NTSTATUS CmpCreateProfileLink(ULONG ControlSet)
{
    WCHAR Parent[64], Target[96], Database[96];
    ULONG Profile = 0;
    _snwprintf(Parent, RTL_NUMBER_OF(Parent),
               L"\\MACHINE\\SYSTEM\\ControlSet%03u\\Hardware Profiles", ControlSet);
    _snwprintf(Database, RTL_NUMBER_OF(Database),
               L"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet%03u\\Control\\IDConfigDB", ControlSet);
    (VOID) CmQueryNumber(Database, L"CurrentConfig", &Profile);
    _snwprintf(Target, RTL_NUMBER_OF(Target), L"\\REGISTRY%ls\\%04u", Parent, Profile);
    NTSTATUS Status = CmpCreateLink(Parent, L"Current", Target);
    return Status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_SUCCESS : Status;
}

static NTSTATUS CmpCreateLinks(ULONG ControlSet)
{
    WCHAR Target[64];
    _snwprintf(Target, RTL_NUMBER_OF(Target), L"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet%03u",
               ControlSet);
    NTSTATUS Status = CmpCreateLink(L"\\MACHINE\\SYSTEM", L"CurrentControlSet", Target);
    if (NT_SUCCESS(Status)) // the system's own settings are those of whoever has no profile
        Status = CmpCreateLink(L"\\USER", L"S-1-5-18", L"\\REGISTRY\\USER\\.DEFAULT");
    return NT_SUCCESS(Status) ? CmpCreateProfileLink(ControlSet) : Status;
}

NTSTATUS CmInitSystem(void)
{
    NTSTATUS Status = ObCreateObjectType(&CmpKeyTypeInfo, &CmKeyObjectType);
    if (NT_SUCCESS(Status))
        Status = CmpCreateTree();
    if (NT_SUCCESS(Status))
        Status = CmpEnterRoot();
    if (NT_SUCCESS(Status))
        Status = CmpCreateLinks(CmpCurrentSet());
    if (NT_SUCCESS(Status))
        CmpCreateHiveList(CmpCurrentSet());
    return NT_SUCCESS(Status) ? CmpStartWriter() : Status;
}
