// The tests of the suite.
#pragma once

#include <pointers.h>
#include <test.h>

// Attributes with a name, as a compound literal that lives as long as its block.
#define NAMED(Text, Flags) NAMED_AT(nullptr, Text, Flags)
#define NAMED_AT(Root, Text, Flags)                                       \
    (&(OBJECT_ATTRIBUTES){.Length = sizeof(OBJECT_ATTRIBUTES),            \
                          .RootDirectory = (Root),                        \
                          .ObjectName = &(UNICODE_STRING)STRING_OF(Text), \
                          .Attributes = (Flags)})
#define STRING_OF(Text) {sizeof(Text) - sizeof(WCHAR), sizeof(Text), (PWCH)(Text)}

static inline HANDLE MakeEvent(POBJECT_ATTRIBUTES Attributes)
{
    HANDLE Event = nullptr;
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, Attributes, NotificationEvent, FALSE),
                 STATUS_SUCCESS);
    return Event;
}

static inline HANDLE MakeDirectory(POBJECT_ATTRIBUTES Attributes)
{
    HANDLE Directory = nullptr;
    CHECK_STATUS(NtCreateDirectoryObject(&Directory, DIRECTORY_ALL_ACCESS, Attributes),
                 STATUS_SUCCESS);
    return Directory;
}

static inline NTSTATUS OpenEvent(POBJECT_ATTRIBUTES Attributes)
{
    HANDLE Event;
    NTSTATUS Status = NtOpenEvent(&Event, EVENT_QUERY_STATE, Attributes);
    if (NT_SUCCESS(Status))
        NtClose(Event);
    return Status;
}

static inline ULONG HandleAttributes(HANDLE Handle)
{
    OBJECT_BASIC_INFORMATION Information = {};
    CHECK_STATUS(
        NtQueryObject(Handle, ObjectBasicInformation, &Information, sizeof(Information), nullptr),
        STATUS_SUCCESS);
    return Information.Attributes;
}

static inline ACCESS_MASK HandleAccess(HANDLE Handle)
{
    OBJECT_BASIC_INFORMATION Information = {};
    CHECK_STATUS(
        NtQueryObject(Handle, ObjectBasicInformation, &Information, sizeof(Information), nullptr),
        STATUS_SUCCESS);
    return Information.GrantedAccess;
}

// directory.c
VOID TestDirectoryLife(void);
VOID TestDirectoryRelative(void);
VOID TestDirectoryOpenIf(void);
VOID TestDirectoryList(void);
VOID TestDirectoryListSingly(void);
VOID TestDirectoryListSmall(void);
VOID TestDirectoryShadow(void);
VOID TestDirectoryErrors(void);
VOID TestTypesListed(void);

// link.c
VOID TestLinkFollowed(void);
VOID TestLinkQuery(void);
VOID TestLinkChainAndLoop(void);
VOID TestLinkNotFollowed(void);
VOID TestLinkDrive(void);
VOID TestLinkInformation(void);
VOID TestLinkErrors(void);

// lookup.c
VOID TestLookupCase(void);
VOID TestLookupSyntax(void);
VOID TestLookupThroughObjects(void);
VOID TestLookupDosDevices(void);
VOID TestLookupDeviceMap(void);
VOID TestLookupAttributes(void);

// handle.c
VOID TestHandleValues(void);
VOID TestHandleClose(void);
VOID TestHandleProtect(void);
VOID TestHandleInherit(void);
VOID TestHandlePermanent(void);
VOID TestHandleExclusive(void);
VOID TestHandleMany(void);
NTSTATUS ChildInherits(PCWSTR Argument);

// duplicate.c
VOID TestDuplicateAccess(void);
VOID TestDuplicateAttributes(void);
VOID TestDuplicateCloseSource(void);
VOID TestDuplicateBetweenProcesses(void);
VOID TestDuplicateErrors(void);
VOID TestCompareObjects(void);
NTSTATUS ChildWaits(PCWSTR Argument);

// query.c
VOID TestQueryBasic(void);
VOID TestQueryName(void);
VOID TestQueryType(void);
VOID TestQueryTypes(void);
VOID TestQueryErrors(void);
VOID TestSetErrors(void);

// secure.c
VOID TestSecurityOnOpen(void);
VOID TestSecurityMaximum(void);
VOID TestSecurityQuerySet(void);
VOID TestSecurityInherited(void);
VOID TestSecurityErrors(void);

// namespace.c
VOID TestNamespaceLife(void);
VOID TestNamespaceBoundary(void);
VOID TestNamespaceErrors(void);
