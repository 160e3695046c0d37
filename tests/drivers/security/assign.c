// Descriptors of new objects: what comes from where.

#include "driver.h"

enum { ObjectAceType = 5 }; // ACCESS_ALLOWED_OBJECT_ACE_TYPE

static GENERIC_MAPPING Mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                                  FILE_ALL_ACCESS};
static const GUID OneType = {0x11111111, 2, 3, {4}}, OtherType = {0x22222222, 2, 3, {4}};

typedef struct _TEST_DESCRIPTOR {
    SECURITY_DESCRIPTOR Descriptor;
    union {
        ACL Acl;
        UCHAR Space[512];
    } Dacl;
} TEST_DESCRIPTOR;

static VOID Begin(TEST_DESCRIPTOR *Made, PSID Owner, PSID Group)
{
    RtlCreateSecurityDescriptor(&Made->Descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlCreateAcl(&Made->Dacl.Acl, sizeof(Made->Dacl), ACL_REVISION_DS);
    RtlSetDaclSecurityDescriptor(&Made->Descriptor, TRUE, &Made->Dacl.Acl, FALSE);
    if (Owner)
        RtlSetOwnerSecurityDescriptor(&Made->Descriptor, Owner, FALSE);
    if (Group)
        RtlSetGroupSecurityDescriptor(&Made->Descriptor, Group, FALSE);
}

static VOID Allow(TEST_DESCRIPTOR *Made, ULONG Flags, ACCESS_MASK Access, PSID Sid)
{
    RtlAddAccessAllowedAceEx(&Made->Dacl.Acl, ACL_REVISION, Flags, Access, Sid);
}

// Of a directory: everybody reads files in it, their creator may do anything with them, administrators read it.
static VOID MakeParent(TEST_DESCRIPTOR *Parent)
{
    Begin(Parent, SeExports->SeAliasUsersSid, SeExports->SeAliasGuestsSid);
    Allow(Parent, OBJECT_INHERIT_ACE, GENERIC_READ, SeExports->SeWorldSid);
    Allow(Parent, CONTAINER_INHERIT_ACE, GENERIC_ALL, SeExports->SeCreatorOwnerSid);
    Allow(Parent, 0, GENERIC_READ, SeExports->SeAliasAdminsSid);
}

static PACCESS_ALLOWED_ACE AceOf(PSECURITY_DESCRIPTOR Descriptor, ULONG Index)
{
    BOOLEAN Present, Defaulted;
    PACL Dacl;
    PVOID Ace = NULL;
    if (!NT_SUCCESS(RtlGetDaclSecurityDescriptor(Descriptor, &Present, &Dacl, &Defaulted)) ||
        !Present || !Dacl || !NT_SUCCESS(RtlGetAce(Dacl, Index, &Ace)))
        return NULL;
    return Ace;
}

static BOOLEAN Is(PSECURITY_DESCRIPTOR Descriptor, ULONG Index, ULONG Flags, ACCESS_MASK Access,
                  PSID Sid)
{
    PACCESS_ALLOWED_ACE Ace = AceOf(Descriptor, Index);
    return Ace && Ace->Header.AceFlags == Flags && Ace->Mask == Access &&
           RtlEqualSid(&Ace->SidStart, Sid);
}

static BOOLEAN OwnerIs(PSECURITY_DESCRIPTOR Descriptor, PSID Sid)
{
    BOOLEAN Defaulted;
    PSID Owner = NULL;
    return NT_SUCCESS(RtlGetOwnerSecurityDescriptor(Descriptor, &Owner, &Defaulted)) && Owner &&
           RtlEqualSid(Owner, Sid);
}

static ULONG TestInherited(PSECURITY_SUBJECT_CONTEXT Context)
{
    TEST_DESCRIPTOR Parent, Explicit;
    PSECURITY_DESCRIPTOR New = NULL;
    MakeParent(&Parent);
    EXPECT(SeAssignSecurity(&Parent.Descriptor, NULL, &New, FALSE, Context, &Mapping, PagedPool) ==
           STATUS_SUCCESS);
    EXPECT(SeValidSecurityDescriptor(RtlLengthSecurityDescriptor(New), New));
    EXPECT(Is(New, 0, INHERITED_ACE, FILE_GENERIC_READ, SeExports->SeWorldSid));
    EXPECT(!AceOf(New, 1));
    EXPECT(SeDeassignSecurity(&New) == STATUS_SUCCESS && !New);

    // A directory hands on what it got, for its files and for its directories.
    EXPECT(SeAssignSecurity(&Parent.Descriptor, NULL, &New, TRUE, Context, &Mapping, PagedPool) ==
           STATUS_SUCCESS);
    EXPECT(Is(New, 0, INHERITED_ACE | OBJECT_INHERIT_ACE | INHERIT_ONLY_ACE, GENERIC_READ,
              SeExports->SeWorldSid));
    PACCESS_ALLOWED_ACE Own = AceOf(New, 1);
    EXPECT(Own && Own->Mask == FILE_ALL_ACCESS && OwnerIs(New, &Own->SidStart));
    EXPECT(Is(New, 2, INHERITED_ACE | CONTAINER_INHERIT_ACE | INHERIT_ONLY_ACE, GENERIC_ALL,
              SeExports->SeCreatorOwnerSid));
    SeDeassignSecurity(&New);

    // What is explicit stands alone.
    Begin(&Explicit, SeExports->SeLocalSystemSid, NULL);
    Allow(&Explicit, 0, GENERIC_EXECUTE, SeExports->SeWorldSid);
    EXPECT(SeAssignSecurity(&Parent.Descriptor, &Explicit.Descriptor, &New, FALSE, Context,
                            &Mapping, PagedPool) == STATUS_SUCCESS);
    EXPECT(OwnerIs(New, SeExports->SeLocalSystemSid));
    EXPECT(Is(New, 0, 0, FILE_GENERIC_EXECUTE, SeExports->SeWorldSid) && !AceOf(New, 1));
    SeDeassignSecurity(&New);
    return 0;
}

static ULONG TestFlags(PSECURITY_SUBJECT_CONTEXT Context)
{
    TEST_DESCRIPTOR Parent, Explicit;
    PSECURITY_DESCRIPTOR New = NULL;
    MakeParent(&Parent);
    Begin(&Explicit, NULL, NULL);
    Allow(&Explicit, 0, GENERIC_EXECUTE, SeExports->SeAliasUsersSid);
    Allow(&Explicit, INHERITED_ACE, GENERIC_ALL, SeExports->SeWorldSid); // by somebody else
    EXPECT(SeAssignSecurityEx(&Parent.Descriptor, &Explicit.Descriptor, &New, NULL, FALSE,
                              SEF_DACL_AUTO_INHERIT | SEF_DEFAULT_OWNER_FROM_PARENT, Context,
                              &Mapping, NonPagedPoolNx) == STATUS_SUCCESS);
    EXPECT(OwnerIs(New, SeExports->SeAliasUsersSid));
    EXPECT(Is(New, 0, 0, FILE_GENERIC_EXECUTE, SeExports->SeAliasUsersSid));
    EXPECT(Is(New, 1, INHERITED_ACE, FILE_GENERIC_READ, SeExports->SeWorldSid));
    EXPECT(!AceOf(New, 2));
    EXPECT(((PISECURITY_DESCRIPTOR)New)->Control & SE_DACL_AUTO_INHERITED);
    SeDeassignSecurity(&New);

    // A protected one takes nothing from the parent; a default gives way to it.
    ((PISECURITY_DESCRIPTOR)&Explicit.Descriptor)->Control |= SE_DACL_PROTECTED;
    EXPECT(SeAssignSecurityEx(&Parent.Descriptor, &Explicit.Descriptor, &New, NULL, FALSE,
                              SEF_DACL_AUTO_INHERIT, Context, &Mapping,
                              PagedPool) == STATUS_SUCCESS);
    EXPECT(Is(New, 0, 0, FILE_GENERIC_EXECUTE, SeExports->SeAliasUsersSid));
    EXPECT(!Is(New, 1, INHERITED_ACE, FILE_GENERIC_READ, SeExports->SeWorldSid));
    SeDeassignSecurity(&New);
    EXPECT(SeAssignSecurityEx(&Parent.Descriptor, &Explicit.Descriptor, &New, NULL, FALSE,
                              SEF_DEFAULT_DESCRIPTOR_FOR_OBJECT, Context, &Mapping,
                              PagedPool) == STATUS_SUCCESS);
    EXPECT(Is(New, 0, INHERITED_ACE, FILE_GENERIC_READ, SeExports->SeWorldSid) && !AceOf(New, 1));
    SeDeassignSecurity(&New);
    return 0;
}

// One that is inherited by objects of one type only. There is no function for drivers that makes it.
static NTSTATUS AllowType(TEST_DESCRIPTOR *Made, const GUID *Type, ACCESS_MASK Access, PSID Sid)
{
    struct {
        ACE_HEADER Header;
        ACCESS_MASK Mask;
        ULONG Flags;
        GUID InheritedType;
        UCHAR Sid[32];
    } Ace = {.Header = {ObjectAceType, OBJECT_INHERIT_ACE, 0}, .Mask = Access, .Flags = 2};
    ULONG Length = RtlLengthSid(Sid);
    Ace.InheritedType = *Type;
    RtlCopyMemory(Ace.Sid, Sid, Length);
    Ace.Header.AceSize = (USHORT)(FIELD_OFFSET(typeof(Ace), Sid) + Length);
    return RtlAddAce(&Made->Dacl.Acl, ACL_REVISION_DS, MAXULONG, &Ace, Ace.Header.AceSize);
}

// Entries for objects of one type are for no others.
static ULONG TestTypes(PSECURITY_SUBJECT_CONTEXT Context)
{
    TEST_DESCRIPTOR Parent;
    PSECURITY_DESCRIPTOR New = NULL;
    Begin(&Parent, SeExports->SeAliasUsersSid, SeExports->SeAliasUsersSid);
    EXPECT(AllowType(&Parent, &OneType, GENERIC_READ, SeExports->SeWorldSid) == STATUS_SUCCESS);
    Allow(&Parent, OBJECT_INHERIT_ACE, GENERIC_EXECUTE, SeExports->SeAliasUsersSid);
    EXPECT(SeAssignSecurityEx(&Parent.Descriptor, NULL, &New, (GUID *)&OneType, FALSE, 0, Context,
                              &Mapping, PagedPool) == STATUS_SUCCESS);
    EXPECT(AceOf(New, 0)->Header.AceType == ObjectAceType);
    EXPECT(AceOf(New, 0)->Mask == FILE_GENERIC_READ && AceOf(New, 1));
    SeDeassignSecurity(&New);
    EXPECT(SeAssignSecurityEx(&Parent.Descriptor, NULL, &New, (GUID *)&OtherType, FALSE, 0, Context,
                              &Mapping, PagedPool) == STATUS_SUCCESS);
    EXPECT(Is(New, 0, INHERITED_ACE, FILE_GENERIC_EXECUTE, SeExports->SeAliasUsersSid));
    EXPECT(!AceOf(New, 1));
    SeDeassignSecurity(&New);
    return 0;
}

ULONG TestAssign(VOID)
{
    SECURITY_SUBJECT_CONTEXT Context;
    SeCaptureSubjectContext(&Context);
    ULONG Failed = TestInherited(&Context);
    if (!Failed)
        Failed = TestFlags(&Context);
    if (!Failed)
        Failed = TestTypes(&Context);
    SeReleaseSubjectContext(&Context);
    return Failed;
}
