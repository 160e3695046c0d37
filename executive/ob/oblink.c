// Symbolic links: names that stand for other names.
#include "obp.h"

POBJECT_TYPE ObpSymbolicLinkObjectType;
static LIST_ENTRY ObpHostLinks = {&ObpHostLinks, &ObpHostLinks};

VOID ObpDeleteSymbolicLink(PVOID Object)
{
    POBJECT_SYMBOLIC_LINK Link = Object;
    if (Link->Host)
        RemoveEntryList(&Link->HostLink);
    if (Link->Target.Buffer)
        ExFreePoolWithTag(Link->Target.Buffer, OB_TAG_NAME);
}

static NTSTATUS ObpSetTarget(POBJECT_SYMBOLIC_LINK Link, PCUNICODE_STRING Target)
{
    Link->Target.Buffer =
        ExAllocatePoolZero(PagedPool, Target->Length + sizeof(WCHAR), OB_TAG_NAME);
    if (!Link->Target.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(Link->Target.Buffer, Target->Buffer, Target->Length);
    Link->Target.Length = Target->Length;
    Link->Target.MaximumLength = (USHORT)(Target->Length + sizeof(WCHAR));
    Link->AccessMask = ~(ACCESS_MASK)0;
    KeQuerySystemTime(&Link->CreationTime);
    return STATUS_SUCCESS;
}

NTSTATUS ObpCreateSymbolicLink(PCUNICODE_STRING Target, PVOID *Link)
{
    NTSTATUS Status = ObCreateObject(ObpSymbolicLinkObjectType, 0, Link);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObpSetTarget(*Link, Target);
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(*Link);
    return Status;
}

// The link's target takes the place of the name up to here; what remains follows it.
NTSTATUS ObpParseSymbolicLink(PVOID Object, POBJECT_TYPE Type, PACCESS_STATE AccessState,
                              KPROCESSOR_MODE Mode, ULONG Attributes, PUNICODE_STRING CompleteName,
                              PUNICODE_STRING RemainingName, PVOID Context, PVOID *Found)
{
    (void)Context;
    if (!RemainingName->Length &&
        ((Attributes & OBJ_OPENLINK) || Type == ObpSymbolicLinkObjectType)) {
        ObReferenceObject(Object);
        *Found = Object;
        return STATUS_SUCCESS;
    }

    POBJECT_SYMBOLIC_LINK Link = Object;
    if (Mode == UserMode && (AccessState->OriginalDesiredAccess & ~Link->AccessMask))
        return STATUS_ACCESS_DENIED;
    ULONG Length = (ULONG)Link->Target.Length + RemainingName->Length;
    if (Length > UNICODE_STRING_MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    PWCH Buffer = ExAllocatePoolWithTag(PagedPool, Length + sizeof(WCHAR), OB_TAG_NAME);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(Buffer, Link->Target.Buffer, Link->Target.Length);
    memcpy((PUCHAR)Buffer + Link->Target.Length, RemainingName->Buffer, RemainingName->Length);
    ExFreePool(CompleteName->Buffer);
    CompleteName->Buffer = Buffer;
    CompleteName->Length = (USHORT)Length;
    CompleteName->MaximumLength = (USHORT)Length;
    return STATUS_REPARSE;
}

// ---- Links of driver hosts

static VOID ObpNoteHost(POBJECT_SYMBOLIC_LINK Link)
{
    PEPROCESS Process = PsGetCurrentProcess();
    if (!Process->Host)
        return;
    Link->Host = Process->UniqueProcessId;
    InsertTailList(&ObpHostLinks, &Link->HostLink);
}

VOID ObDeleteHostLinks(HANDLE ProcessId)
{
    PLIST_ENTRY Entry = ObpHostLinks.Flink;
    while (Entry != &ObpHostLinks) {
        POBJECT_SYMBOLIC_LINK Link = CONTAINING_RECORD(Entry, OBJECT_SYMBOLIC_LINK, HostLink);
        Entry = Entry->Flink;
        if (Link->Host == ProcessId)
            ObMakeTemporaryObject(Link);
    }
}

// ---- Services

NTSTATUS NtCreateSymbolicLinkObject(HANDLE USER *LinkHandle, ACCESS_MASK DesiredAccess,
                                    const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                                    const UNICODE_STRING USER *LinkTarget)
{
    UNICODE_STRING Target;
    NTSTATUS Status = MmCaptureUnicodeString(&Target, LinkTarget);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Target.Length % sizeof(WCHAR)) {
        MmFreeCapturedString(&Target);
        return STATUS_INVALID_PARAMETER;
    }

    OB_ATTRIBUTES Attributes;
    PVOID Link;
    Status = ObBeginCreateService(ObpSymbolicLinkObjectType, LinkHandle, ObjectAttributes,
                                  &Attributes, &Link);
    if (!NT_SUCCESS(Status)) {
        MmFreeCapturedString(&Target);
        return Status;
    }
    Status = ObpSetTarget(Link, &Target);
    MmFreeCapturedString(&Target);
    if (NT_SUCCESS(Status)) {
        ObpNoteHost(Link);
        return ObInsertService(Link, &Attributes, DesiredAccess, LinkHandle);
    }
    ObDereferenceObject(Link);
    ObReleaseAttributes(&Attributes);
    return Status;
}

NTSTATUS NtOpenSymbolicLinkObject(HANDLE USER *LinkHandle, ACCESS_MASK DesiredAccess,
                                  const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    return ObOpenService(ObpSymbolicLinkObjectType, LinkHandle, DesiredAccess, ObjectAttributes);
}

// With a place for the needed length the terminating zero is wanted too.
NTSTATUS NtQuerySymbolicLinkObject(HANDLE LinkHandle, UNICODE_STRING USER *LinkTarget,
                                   ULONG USER *ReturnedLength)
{
    UNICODE_STRING User;
    NTSTATUS Status = MmProbeForWrite(LinkTarget, sizeof(User), 1);
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&User, LinkTarget, sizeof(User));
    if (!NT_SUCCESS(Status))
        return Status;
    POBJECT_SYMBOLIC_LINK Link;
    Status = ObReferenceObjectByHandle(LinkHandle, SYMBOLIC_LINK_QUERY, ObpSymbolicLinkObjectType,
                                       UserMode, (PVOID *)&Link, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;

    ULONG Length = ReturnedLength ? Link->Target.MaximumLength : Link->Target.Length;
    if (ReturnedLength)
        Status = MmWriteUser(ReturnedLength, Length);
    if (NT_SUCCESS(Status) && Length > User.MaximumLength)
        Status = STATUS_BUFFER_TOO_SMALL;
    if (NT_SUCCESS(Status))
        Status = MmCopyToUser((VOID USER *)(ULONG_PTR)User.Buffer, Link->Target.Buffer, Length);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(&LinkTarget->Length, Link->Target.Length);
    ObDereferenceObject(Link);
    return Status;
}

// A global link leads out of a server silo. There are none, so what remains of it is the right to ask.
NTSTATUS NtSetInformationSymbolicLink(HANDLE LinkHandle, ULONG SymbolicLinkInformationClass,
                                      const VOID USER *SymbolicLinkInformation,
                                      ULONG SymbolicLinkInformationLength)
{
    if (SymbolicLinkInformationClass != SymbolicLinkGlobalInformation &&
        SymbolicLinkInformationClass != SymbolicLinkAccessMask)
        return STATUS_INVALID_INFO_CLASS;
    ULONG Value;
    if (SymbolicLinkInformationLength != sizeof(Value))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmCopyFromUser(&Value, SymbolicLinkInformation, sizeof(Value));
    if (!NT_SUCCESS(Status))
        return Status;
    if (!SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_TCB_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    POBJECT_SYMBOLIC_LINK Link;
    Status = ObReferenceObjectByHandle(LinkHandle, SYMBOLIC_LINK_SET, ObpSymbolicLinkObjectType,
                                       UserMode, (PVOID *)&Link, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    if (SymbolicLinkInformationClass == SymbolicLinkAccessMask)
        Link->AccessMask = Value;
    ObpWaysChange();
    ObDereferenceObject(Link);
    return STATUS_SUCCESS;
}
