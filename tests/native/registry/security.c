// Who may do what.

#include "suite.h"

// A handle with every right but one of those that the service wants.
VOID TestHandleRights(void)
{
    HANDLE Full = KeyFresh(L"rights"), Key, Sub;
    UCHAR Buffer[128];
    ULONG Length = sizeof(Buffer);
    LARGE_INTEGER Time = {};
    IO_STATUS_BLOCK Block;
    UNICODE_STRING Name = TestString(L"x");
    KEY_VALUE_ENTRY Entry = {.ValueName = &Name};
    CHECK_STATUS(KeySetNumber(Full, L"x", 1), STATUS_SUCCESS);

    REQUIRE_STATUS(KeyOpen(Full, L"", KEY_ALL_ACCESS & ~KEY_QUERY_VALUE, &Key), STATUS_SUCCESS);
    CHECK_STATUS(
        NtQueryValueKey(Key, &Name, KeyValueBasicInformation, Buffer, sizeof(Buffer), &Length),
        STATUS_ACCESS_DENIED);
    CHECK_STATUS(
        NtEnumerateValueKey(Key, 0, KeyValueBasicInformation, Buffer, sizeof(Buffer), &Length),
        STATUS_ACCESS_DENIED);
    Length = sizeof(Buffer);
    CHECK_STATUS(NtQueryMultipleValueKey(Key, &Entry, 1, Buffer, &Length, nullptr),
                 STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtQueryKey(Key, KeyFullInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtQueryKey(Key, KeyNameInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    NtClose(Key);

    REQUIRE_STATUS(KeyOpen(Full, L"", KEY_ALL_ACCESS & ~KEY_SET_VALUE, &Key), STATUS_SUCCESS);
    CHECK_STATUS(KeySetNumber(Key, L"y", 1), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtDeleteValueKey(Key, &Name), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtSetInformationKey(Key, KeyWriteTimeInformation, &Time, sizeof(Time)),
                 STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtRenameKey(Key, &Name), STATUS_ACCESS_DENIED);
    NtClose(Key);

    REQUIRE_STATUS(KeyOpen(Full, L"", KEY_ALL_ACCESS & ~KEY_ENUMERATE_SUB_KEYS, &Key),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtEnumerateKey(Key, 0, KeyBasicInformation, Buffer, sizeof(Buffer), &Length),
                 STATUS_ACCESS_DENIED);
    NtClose(Key);

    REQUIRE_STATUS(KeyOpen(Full, L"", KEY_ALL_ACCESS & ~KEY_NOTIFY, &Key), STATUS_SUCCESS);
    CHECK_STATUS(NtNotifyChangeKey(Key, nullptr, nullptr, nullptr, &Block, REG_NOTIFY_CHANGE_NAME,
                                   FALSE, nullptr, 0, TRUE),
                 STATUS_ACCESS_DENIED);
    // Making a subkey is a matter of the key's security, not of the handle.
    CHECK_STATUS(KeyCreate(Key, L"Sub", 0, &Sub), STATUS_SUCCESS);
    NtClose(Sub);
    NtClose(Key);

    REQUIRE_STATUS(KeyOpen(Full, L"Sub", KEY_ALL_ACCESS & ~DELETE, &Key), STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteKey(Key), STATUS_ACCESS_DENIED);
    NtClose(Key);
    NtClose(Full);
}

// A DACL that allows Mask to everyone.
static VOID AllowEveryone(HANDLE Key, ACCESS_MASK Mask, UCHAR Inherit)
{
    SID Everyone = {SID_REVISION, 1, SECURITY_WORLD_SID_AUTHORITY, {SECURITY_WORLD_RID}};
    alignas(4) UCHAR Buffer[64];
    PACL Acl = (PACL)Buffer;
    SECURITY_DESCRIPTOR Descriptor;
    RtlCreateSecurityDescriptor(&Descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlCreateAcl(Acl, sizeof(Buffer), ACL_REVISION);
    RtlAddAccessAllowedAceEx(Acl, ACL_REVISION, Inherit, Mask, &Everyone);
    RtlSetDaclSecurityDescriptor(&Descriptor, TRUE, Acl, FALSE);
    CHECK_STATUS(NtSetSecurityObject(Key, DACL_SECURITY_INFORMATION, &Descriptor), STATUS_SUCCESS);
}

VOID TestKeySecurity(void)
{
    HANDLE Key = KeyFresh(L"security"), Again;
    AllowEveryone(Key, KEY_READ | WRITE_DAC, 0);
    CHECK_STATUS(KeyOpen(Key, L"", KEY_SET_VALUE, &Again), STATUS_ACCESS_DENIED);
    CHECK_STATUS(KeyCreate(Key, L"Sub", 0, &Again), STATUS_ACCESS_DENIED);
    CHECK_STATUS(KeyOpen(Key, L"", KEY_READ, &Again), STATUS_SUCCESS);
    NtClose(Again);
    CHECK_STATUS(KeySetNumber(Key, L"x", 1), STATUS_SUCCESS); // an open handle keeps its rights
    REQUIRE_STATUS(KeyOpen(Key, L"", MAXIMUM_ALLOWED, &Again), STATUS_SUCCESS);
    OBJECT_BASIC_INFORMATION Basic;
    CHECK_STATUS(NtQueryObject(Again, ObjectBasicInformation, &Basic, sizeof(Basic), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Basic.GrantedAccess & KEY_SET_VALUE, 0);
    CHECK_EQUAL(Basic.GrantedAccess & (KEY_READ | WRITE_DAC), KEY_READ | WRITE_DAC);
    NtClose(Again);
    AllowEveryone(Key, KEY_ALL_ACCESS, 0);
    CHECK_STATUS(KeyOpen(Key, L"", KEY_SET_VALUE, &Again), STATUS_SUCCESS);
    NtClose(Again);
    ULONG Length;
    CHECK_STATUS(NtQuerySecurityObject(Key, DACL_SECURITY_INFORMATION, nullptr, 0, &Length),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK(Length >= sizeof(SECURITY_DESCRIPTOR_RELATIVE));
    NtClose(Key);
}

VOID TestInheritedSecurity(void)
{
    HANDLE Key = KeyFresh(L"inherit"), Sub, Again;
    AllowEveryone(Key, KEY_READ | KEY_CREATE_SUB_KEY | WRITE_DAC, CONTAINER_INHERIT_ACE);
    REQUIRE_STATUS(KeyCreate(Key, L"Sub", 0, &Sub), STATUS_SUCCESS); // all that a creator asks for
    CHECK_STATUS(KeySetNumber(Sub, L"x", 1), STATUS_SUCCESS);
    CHECK_STATUS(KeyOpen(Key, L"Sub", KEY_SET_VALUE, &Again), STATUS_ACCESS_DENIED);
    CHECK_STATUS(KeyOpen(Key, L"Sub", KEY_READ, &Again), STATUS_SUCCESS);
    NtClose(Again);
    AllowEveryone(Key, KEY_ALL_ACCESS, 0);
    AllowEveryone(Sub, KEY_ALL_ACCESS, 0);
    NtClose(Sub);
    NtClose(Key);
}
