// Security of objects. The suite runs as SYSTEM, which is refused as anybody is.

#include "suite.h"

typedef struct _DESCRIPTOR {
    SECURITY_DESCRIPTOR Descriptor;
    alignas(8) UCHAR Acl[256], Sid[SECURITY_MAX_SID_SIZE];
} DESCRIPTOR;

static PSID SystemSid(PVOID Buffer)
{
    SID_IDENTIFIER_AUTHORITY Authority = SECURITY_NT_AUTHORITY;
    RtlInitializeSid(Buffer, &Authority, 1);
    *RtlSubAuthoritySid(Buffer, 0) = SECURITY_LOCAL_SYSTEM_RID;
    return Buffer;
}

// A DACL that gives SYSTEM these rights, with these flags of inheritance.
static PSECURITY_DESCRIPTOR Allowing(DESCRIPTOR *Buffer, ACCESS_MASK Access, ULONG Flags)
{
    PACL Acl = (PACL)Buffer->Acl;
    RtlCreateSecurityDescriptor(&Buffer->Descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlCreateAcl(Acl, sizeof(Buffer->Acl), ACL_REVISION);
    CHECK_STATUS(RtlAddAccessAllowedAceEx(Acl, ACL_REVISION, Flags, Access, SystemSid(Buffer->Sid)),
                 STATUS_SUCCESS);
    RtlSetDaclSecurityDescriptor(&Buffer->Descriptor, TRUE, Acl, FALSE);
    return &Buffer->Descriptor;
}

#define NAME L"\\BaseNamedObjects\\Secured"

static HANDLE MakeSecured(ACCESS_MASK Access)
{
    DESCRIPTOR Buffer;
    OBJECT_ATTRIBUTES *Attributes = NAMED(NAME, 0);
    Attributes->SecurityDescriptor = Allowing(&Buffer, Access, 0);
    return MakeEvent(Attributes);
}

VOID TestSecurityOnOpen(void)
{
    HANDLE Event = MakeSecured(EVENT_QUERY_STATE | SYNCHRONIZE), Handle;
    CHECK_EQUAL(HandleAccess(Event), EVENT_ALL_ACCESS); // the creator gets what it asks for
    CHECK_STATUS(OpenEvent(NAMED(NAME, 0)), STATUS_SUCCESS);
    CHECK_STATUS(NtOpenEvent(&Handle, EVENT_MODIFY_STATE, NAMED(NAME, 0)), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtOpenEvent(&Handle, EVENT_ALL_ACCESS, NAMED(NAME, 0)), STATUS_ACCESS_DENIED);
    CHECK_STATUS(
        NtCreateEvent(&Handle, EVENT_ALL_ACCESS, NAMED(NAME, OBJ_OPENIF), NotificationEvent, FALSE),
        STATUS_ACCESS_DENIED);
    REQUIRE_STATUS(NtOpenEvent(&Handle, SYNCHRONIZE, NAMED(NAME, 0)), STATUS_SUCCESS);
    CHECK_STATUS(NtSetEvent(Handle, nullptr), STATUS_ACCESS_DENIED);
    NtClose(Handle);
    NtClose(Event);
}

VOID TestSecurityMaximum(void)
{
    HANDLE Event = MakeSecured(EVENT_QUERY_STATE | SYNCHRONIZE), Handle;
    REQUIRE_STATUS(NtOpenEvent(&Handle, MAXIMUM_ALLOWED, NAMED(NAME, 0)), STATUS_SUCCESS);
    // Administrators own what SYSTEM makes: the owner may read and write the DACL.
    CHECK_EQUAL(HandleAccess(Handle), EVENT_QUERY_STATE | SYNCHRONIZE | READ_CONTROL | WRITE_DAC);
    NtClose(Handle);
    CHECK_STATUS(NtOpenEvent(&Handle, MAXIMUM_ALLOWED | EVENT_MODIFY_STATE, NAMED(NAME, 0)),
                 STATUS_ACCESS_DENIED);
    NtClose(Event);
    Event = MakeEvent(NAMED(NAME, 0));
    REQUIRE_STATUS(NtOpenEvent(&Handle, MAXIMUM_ALLOWED, NAMED(NAME, 0)), STATUS_SUCCESS);
    CHECK_EQUAL(HandleAccess(Handle), EVENT_ALL_ACCESS);
    NtClose(Handle);
    NtClose(Event);
}

VOID TestSecurityQuerySet(void)
{
    HANDLE Event = MakeSecured(EVENT_QUERY_STATE), Handle;
    alignas(8) UCHAR Buffer[512];
    DESCRIPTOR Descriptor;
    ULONG Length = 0, Revision;
    BOOLEAN Present, Defaulted;
    SECURITY_DESCRIPTOR_CONTROL Control;
    PACL Dacl;
    PSID Owner;
    CHECK_STATUS(NtQuerySecurityObject(Event,
                                       OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                       Buffer, 8, &Length),
                 STATUS_BUFFER_TOO_SMALL);
    REQUIRE(Length > 40 && Length <= sizeof(Buffer));
    CHECK_STATUS(NtQuerySecurityObject(Event,
                                       OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                       Buffer, Length, &Length),
                 STATUS_SUCCESS);
    CHECK_STATUS(RtlGetControlSecurityDescriptor(Buffer, &Control, &Revision), STATUS_SUCCESS);
    CHECK(Control & SE_SELF_RELATIVE);
    RtlGetDaclSecurityDescriptor(Buffer, &Present, &Dacl, &Defaulted);
    CHECK(Present && Dacl && Dacl->AceCount == 1);
    RtlGetOwnerSecurityDescriptor(Buffer, &Owner, &Defaulted);
    CHECK(Owner && RtlValidSid(Owner));
    RtlGetGroupSecurityDescriptor(Buffer, &Owner, &Defaulted);
    CHECK(!Owner); // was not asked for

    CHECK_STATUS(NtSetSecurityObject(Event, DACL_SECURITY_INFORMATION,
                                     Allowing(&Descriptor, EVENT_MODIFY_STATE, 0)),
                 STATUS_SUCCESS);
    CHECK_STATUS(OpenEvent(NAMED(NAME, 0)), STATUS_ACCESS_DENIED);
    REQUIRE_STATUS(NtOpenEvent(&Handle, EVENT_MODIFY_STATE, NAMED(NAME, 0)), STATUS_SUCCESS);
    CHECK_STATUS(
        NtQuerySecurityObject(Handle, DACL_SECURITY_INFORMATION, Buffer, sizeof(Buffer), &Length),
        STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtSetSecurityObject(Handle, DACL_SECURITY_INFORMATION, &Descriptor),
                 STATUS_ACCESS_DENIED);
    NtClose(Handle);
    NtClose(Event);
}

VOID TestSecurityInherited(void)
{
    DESCRIPTOR Buffer;
    OBJECT_ATTRIBUTES Attributes = TestAttributes(nullptr, 0);
    Attributes.SecurityDescriptor =
        Allowing(&Buffer, GENERIC_READ | DIRECTORY_ALL_ACCESS, OBJECT_INHERIT_ACE);
    HANDLE Directory = MakeDirectory(&Attributes), Handle;
    HANDLE Event = MakeEvent(NAMED_AT(Directory, L"Event", 0));
    CHECK_STATUS(OpenEvent(NAMED_AT(Directory, L"Event", 0)), STATUS_SUCCESS);
    CHECK_STATUS(NtOpenEvent(&Handle, SYNCHRONIZE, NAMED_AT(Directory, L"Event", 0)),
                 STATUS_ACCESS_DENIED);
    NtClose(Event);
    NtClose(Directory);
    // Nothing may be made in a directory that does not allow it.
    Attributes.SecurityDescriptor = Allowing(&Buffer, DIRECTORY_QUERY | DIRECTORY_TRAVERSE, 0);
    Directory = MakeDirectory(&Attributes);
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, NAMED_AT(Directory, L"Event", 0),
                               NotificationEvent, FALSE),
                 STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtCreateDirectoryObject(&Event, DIRECTORY_QUERY, NAMED_AT(Directory, L"Dir", 0)),
                 STATUS_ACCESS_DENIED);
    NtClose(Directory);
}

VOID TestSecurityErrors(void)
{
    HANDLE Event = MakeEvent(nullptr);
    UCHAR Buffer[64];
    DESCRIPTOR Descriptor;
    ULONG Length;
    PSECURITY_DESCRIPTOR Valid = Allowing(&Descriptor, EVENT_ALL_ACCESS, 0);
    CHECK_BAD_OUTPUT(NtQuerySecurityObject(Event, DACL_SECURITY_INFORMATION, Buffer, 64, Bad));
    CHECK_BAD_OUTPUT(NtQuerySecurityObject(Event, DACL_SECURITY_INFORMATION, Bad, 64, &Length));
    CHECK_BAD_INPUT(NtSetSecurityObject(Event, DACL_SECURITY_INFORMATION, Bad));
    CHECK_STATUS(NtSetSecurityObject(Event, DACL_SECURITY_INFORMATION, nullptr),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtSetSecurityObject(Event, OWNER_SECURITY_INFORMATION, Valid),
                 STATUS_INVALID_SECURITY_DESCR);
    CHECK_STATUS(NtSetSecurityObject((HANDLE)0x7770, DACL_SECURITY_INFORMATION, Valid),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(
        NtQuerySecurityObject((HANDLE)0x7770, DACL_SECURITY_INFORMATION, Buffer, 64, &Length),
        STATUS_INVALID_HANDLE);
    Descriptor.Descriptor.Revision = 9;
    CHECK_STATUS(NtSetSecurityObject(Event, DACL_SECURITY_INFORMATION, Valid),
                 STATUS_UNKNOWN_REVISION);
    Descriptor.Descriptor.Revision = SECURITY_DESCRIPTOR_REVISION;
    ((PACL)Descriptor.Acl)->AclSize = 4;
    CHECK_STATUS(NtSetSecurityObject(Event, DACL_SECURITY_INFORMATION, Valid), STATUS_INVALID_ACL);
    Descriptor.Descriptor.Dacl = TEST_KERNEL;
    CHECK_STATUS(NtSetSecurityObject(Event, DACL_SECURITY_INFORMATION, Valid),
                 STATUS_ACCESS_VIOLATION);
    NtClose(Event);
}
