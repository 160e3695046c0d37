// Key names: from a key down, through links, to the key that is opened or made.
#include "cmp.h"

#ifndef REG_OPTION_DONT_VIRTUALIZE
#define REG_OPTION_DONT_VIRTUALIZE 0x10
#endif

static const UNICODE_STRING CmpLinkValue = RTL_CONSTANT_STRING(L"SymbolicLinkValue");

typedef struct _CM_PARSE {
    PCM_PARSE_CONTEXT Context; // may be null
    PACCESS_STATE AccessState;
    KPROCESSOR_MODE Mode;
    ULONG Attributes;
    UNICODE_STRING Remaining;
    CM_PLACE Place;
} CM_PARSE, *PCM_PARSE;

// Separators may be doubled, and one may end the name.
static VOID CmpSkipSeparators(PUNICODE_STRING Name)
{
    while (Name->Length && *Name->Buffer == OBJ_NAME_PATH_SEPARATOR) {
        Name->Buffer++;
        Name->Length -= sizeof(WCHAR);
    }
}

static UNICODE_STRING CmpTakeComponent(PUNICODE_STRING Name)
{
    UNICODE_STRING Component = {.Buffer = Name->Buffer};
    while (Component.Length < Name->Length &&
           Name->Buffer[Component.Length / sizeof(WCHAR)] != OBJ_NAME_PATH_SEPARATOR)
        Component.Length += sizeof(WCHAR);
    Component.MaximumLength = Component.Length;
    Name->Buffer += Component.Length / sizeof(WCHAR);
    Name->Length -= Component.Length;
    CmpSkipSeparators(Name);
    return Component;
}

// ---- Links

static BOOLEAN CmpIsLink(CM_PLACE Place)
{
    HIVE_KEY_INFO Info;
    HvQueryKey(&Place.Hive->Hive, Place.Cell, &Info);
    return (Info.Flags & HIVE_KEY_SYMLINK) != 0;
}

static BOOLEAN CmpOpensLink(PCM_PARSE Parse)
{
    ULONG Options = Parse->Context ? Parse->Context->Options : 0;
    return (Parse->Attributes & OBJ_OPENLINK) || (Options & REG_OPTION_OPEN_LINK);
}

// The new name: the link's target, a separator, and what remains.
static NTSTATUS CmpFollowLink(PCM_PARSE Parse, PUNICODE_STRING CompleteName)
{
    PHIVE Hive = &Parse->Place.Hive->Hive;
    HCELL Value = HvFindValue(Hive, Parse->Place.Cell, &CmpLinkValue);
    HIVE_VALUE_INFO Info = {};
    if (Value != HCELL_NIL)
        HvQueryValue(Hive, Value, &Info);
    if (Info.Type != REG_LINK || !Info.DataLength || Info.DataLength % sizeof(WCHAR))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    ULONG Rest = Parse->Remaining.Length ? Parse->Remaining.Length + (ULONG)sizeof(WCHAR) : 0;
    if (Info.DataLength + Rest > UNICODE_STRING_MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    PWCH Buffer = ExAllocatePoolWithTag(PagedPool, Info.DataLength + Rest, CM_TAG_NAME);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;

    HvReadValue(Hive, Value, 0, Buffer, Info.DataLength);
    if (Rest) {
        PWCH Next = Buffer + Info.DataLength / sizeof(WCHAR);
        *Next++ = OBJ_NAME_PATH_SEPARATOR;
        memcpy(Next, Parse->Remaining.Buffer, Parse->Remaining.Length);
    }
    ExFreePool(CompleteName->Buffer);
    CompleteName->Buffer = Buffer;
    CompleteName->Length = CompleteName->MaximumLength = (USHORT)(Info.DataLength + Rest);
    return STATUS_REPARSE;
}

// ---- Making a key

constexpr ULONG CMP_MAX_DEPTH = 512; // keys below the top; what hives can hold

static ULONG CmpDepth(CM_PLACE Place)
{
    ULONG Depth = 0;
    while (CmpParent(Place, &Place))
        Depth++;
    return Depth;
}

static NTSTATUS CmpCheckCreation(PCM_PARSE Parse, PCUNICODE_STRING Name)
{
    ULONG Options = Parse->Context->Options;
    if (Name->Length > HIVE_MAX_KEY_NAME * sizeof(WCHAR) || CmpDepth(Parse->Place) >= CMP_MAX_DEPTH)
        return STATUS_INVALID_PARAMETER;
    if (Parse->Place.Hive == CmpMasterHive && !(Options & REG_OPTION_VOLATILE) &&
        Parse->Mode == UserMode)
        return STATUS_INVALID_PARAMETER; // the top of the tree is not kept
    ACCESS_MASK Access = KEY_CREATE_SUB_KEY;
    if (Options & REG_OPTION_CREATE_LINK)
        Access |= KEY_CREATE_LINK;
    return CmpCheckKeyAccess(Parse->Place, Parse->AccessState, Parse->Mode, Access);
}

static NTSTATUS CmpCreateKey(PCM_PARSE Parse, PCUNICODE_STRING Name, PVOID *Found)
{
    PCM_PARSE_CONTEXT Context = Parse->Context;
    PHIVE Hive = &Parse->Place.Hive->Hive;
    NTSTATUS Status = CmpCheckCreation(Parse, Name);
    if (!NT_SUCCESS(Status))
        return Status;
    PSECURITY_DESCRIPTOR Descriptor;
    ULONG Length;
    Status = SeAssignSecurity(HvKeySecurity(Hive, Parse->Place.Cell, &Length),
                              Context->SecurityDescriptor, TRUE, &CmpKeyMapping, &Descriptor);
    if (!NT_SUCCESS(Status))
        return Status;

    ULONG Flags = (Context->Options & REG_OPTION_VOLATILE ? HIVE_KEY_VOLATILE : 0) |
                  (Context->Options & REG_OPTION_CREATE_LINK ? HIVE_KEY_SYMLINK : 0);
    CM_PLACE Child = {Parse->Place.Hive, HCELL_NIL};
    Status = HvCreateSubkey(Hive, Parse->Place.Cell, Name, &Context->Class, Flags, Descriptor,
                            &Child.Cell);
    ExFreePool(Descriptor);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpCreateKeyObject(Child, Found);
    if (!NT_SUCCESS(Status)) {
        HvDeleteKey(Hive, Child.Cell);
        return Status;
    }
    Context->Disposition = REG_CREATED_NEW_KEY;
    // A creator gets the rights that it asks for.
    PACCESS_STATE AccessState = Parse->AccessState;
    ACCESS_MASK Granted = AccessState->RemainingDesiredAccess;
    if (Granted & MAXIMUM_ALLOWED)
        Granted |= KEY_ALL_ACCESS;
    AccessState->PreviouslyGrantedAccess |= Granted & KEY_ALL_ACCESS;
    AccessState->RemainingDesiredAccess &= ACCESS_SYSTEM_SECURITY;
    CmpReportChange(Parse->Place, REG_NOTIFY_CHANGE_NAME);
    return STATUS_SUCCESS;
}

// ---- Opening one

static BOOLEAN CmpHasPrivilege(PCM_PARSE Parse, ULONG Privilege)
{
    return SeSinglePrivilegeCheck(RtlConvertUlongToLuid(Privilege), Parse->Mode);
}

// Backup and restore privileges stand in for the rights of the descriptor, when asked to.
static NTSTATUS CmpGrantForBackup(PCM_PARSE Parse)
{
    ACCESS_MASK Granted = 0;
    if (CmpHasPrivilege(Parse, SE_BACKUP_PRIVILEGE))
        Granted |= KEY_READ | ACCESS_SYSTEM_SECURITY;
    if (CmpHasPrivilege(Parse, SE_RESTORE_PRIVILEGE))
        Granted |= KEY_WRITE | DELETE | WRITE_DAC | WRITE_OWNER | ACCESS_SYSTEM_SECURITY;
    if (!Granted)
        return STATUS_ACCESS_DENIED;
    Parse->AccessState->PreviouslyGrantedAccess |= Granted;
    Parse->AccessState->RemainingDesiredAccess = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS CmpOpenKey(PCM_PARSE Parse, PVOID *Found)
{
    PCM_PARSE_CONTEXT Context = Parse->Context;
    if (Context && (Context->Options & REG_OPTION_BACKUP_RESTORE)) {
        NTSTATUS Status = CmpGrantForBackup(Parse);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    if (Context && Context->Create && (Context->Options & REG_OPTION_CREATE_LINK))
        return STATUS_OBJECT_NAME_COLLISION;
    NTSTATUS Status = CmpCreateKeyObject(Parse->Place, Found);
    if (NT_SUCCESS(Status) && Context)
        Context->Disposition = REG_OPENED_EXISTING_KEY;
    return Status;
}

// A hive takes no existing key's place.
static NTSTATUS CmpOpenExisting(PCM_PARSE Parse, PVOID *Found)
{
    return Parse->Context && Parse->Context->Load ? STATUS_ACCESS_DENIED : CmpOpenKey(Parse, Found);
}

static NTSTATUS CmpLoadAt(PCM_PARSE Parse, PCUNICODE_STRING Name, PVOID *Found)
{
    PCM_HIVE Hive = Parse->Context->Load;
    NTSTATUS Status = CmpAttachHive(Hive, Parse->Place, Name);
    if (!NT_SUCCESS(Status))
        return Status;
    Parse->Place = (CM_PLACE){Hive, HvRootKey(&Hive->Hive)};
    return CmpOpenKey(Parse, Found);
}

static NTSTATUS CmpWalk(PCM_PARSE Parse, PUNICODE_STRING CompleteName, PVOID *Found)
{
    for (;;) {
        BOOLEAN Last = Parse->Remaining.Length == 0;
        if (CmpIsLink(Parse->Place) && !(Last && CmpOpensLink(Parse)))
            return CmpFollowLink(Parse, CompleteName);
        if (Last)
            return CmpOpenExisting(Parse, Found);

        UNICODE_STRING Component = CmpTakeComponent(&Parse->Remaining);
        CM_PLACE Child;
        if (CmpFindChild(Parse->Place, &Component, &Child)) {
            Parse->Place = Child;
            continue;
        }
        if (Parse->Remaining.Length || !Parse->Context)
            return STATUS_OBJECT_NAME_NOT_FOUND;
        if (Parse->Context->Load)
            return CmpLoadAt(Parse, &Component, Found);
        return Parse->Context->Create ? CmpCreateKey(Parse, &Component, Found)
                                      : STATUS_OBJECT_NAME_NOT_FOUND;
    }
}

NTSTATUS CmpParseKey(PVOID Object, POBJECT_TYPE Type, PACCESS_STATE AccessState,
                     KPROCESSOR_MODE Mode, ULONG Attributes, PUNICODE_STRING CompleteName,
                     PUNICODE_STRING RemainingName, PVOID Context, PVOID *Found)
{
    PCM_KEY Key = Object;
    if (Type && Type != CmKeyObjectType)
        return STATUS_OBJECT_TYPE_MISMATCH;
    if (Key->Control->Deleted)
        return STATUS_KEY_DELETED;
    CM_PARSE Parse = {
        .Context = Context,
        .AccessState = AccessState,
        .Mode = Mode,
        .Attributes = Attributes,
        .Remaining = *RemainingName,
        .Place = Key->Control->Place,
    };
    CmpSkipSeparators(&Parse.Remaining);
    // A handle to a link itself can be opened again, or have its target opened below.
    return CmpWalk(&Parse, CompleteName, Found);
}
