// Symbolic links.

#include "suite.h"

#define BASE L"\\BaseNamedObjects\\"

static HANDLE MakeLink(POBJECT_ATTRIBUTES Attributes, PCWSTR Target)
{
    HANDLE Link = nullptr;
    UNICODE_STRING String;
    RtlInitUnicodeString(&String, Target);
    CHECK_STATUS(
        NtCreateSymbolicLinkObject(&Link, SYMBOLIC_LINK_ALL_ACCESS_EX, Attributes, &String),
        STATUS_SUCCESS);
    return Link;
}

VOID TestLinkFollowed(void)
{
    HANDLE Directory = MakeDirectory(NAMED(BASE L"Dir", 0));
    HANDLE Event = MakeEvent(NAMED_AT(Directory, L"Event", 0));
    HANDLE Link = MakeLink(NAMED(BASE L"Link", 0), BASE L"Dir"), Made;
    CHECK_STATUS(OpenEvent(NAMED(BASE L"Link\\Event", 0)), STATUS_SUCCESS);
    CHECK_STATUS(OpenEvent(NAMED(BASE L"Link", 0)), STATUS_OBJECT_TYPE_MISMATCH);
    // Through a link objects are made, too.
    Made = MakeEvent(NAMED(BASE L"Link\\Made", 0));
    CHECK_STATUS(OpenEvent(NAMED(BASE L"Dir\\Made", 0)), STATUS_SUCCESS);
    NtClose(Made);
    NtClose(Link);
    CHECK_STATUS(OpenEvent(NAMED(BASE L"Link\\Event", 0)), STATUS_OBJECT_PATH_NOT_FOUND);
    NtClose(Event);
    NtClose(Directory);
}

VOID TestLinkQuery(void)
{
    HANDLE Link = MakeLink(NAMED(BASE L"Link", 0), L"\\Target");
    WCHAR Buffer[16];
    UNICODE_STRING Target = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    const UNICODE_STRING Expected = STRING_OF(L"\\Target");
    ULONG Length = 0;
    CHECK_STATUS(NtQuerySymbolicLinkObject(Link, &Target, &Length), STATUS_SUCCESS);
    CHECK(RtlEqualUnicodeString(&Target, &Expected, FALSE));
    CHECK_EQUAL(Length, Expected.Length + sizeof(WCHAR)); // the zero that ends it
    CHECK_EQUAL(Buffer[7], 0);
    // Without a length the zero is not wanted, and needs no room.
    Target = (UNICODE_STRING){.MaximumLength = Expected.Length, .Buffer = Buffer};
    CHECK_STATUS(NtQuerySymbolicLinkObject(Link, &Target, nullptr), STATUS_SUCCESS);
    Target.MaximumLength = 4;
    Length = 0;
    CHECK_STATUS(NtQuerySymbolicLinkObject(Link, &Target, &Length), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQUAL(Length, Expected.Length + sizeof(WCHAR));
    NtClose(Link);
}

VOID TestLinkChainAndLoop(void)
{
    HANDLE Event = MakeEvent(NAMED(BASE L"Event", 0));
    HANDLE First = MakeLink(NAMED(BASE L"First", 0), BASE L"Second");
    HANDLE Second = MakeLink(NAMED(BASE L"Second", 0), BASE L"Event");
    CHECK_STATUS(OpenEvent(NAMED(BASE L"First", 0)), STATUS_SUCCESS);
    NtClose(Second);
    CHECK_STATUS(OpenEvent(NAMED(BASE L"First", 0)), STATUS_OBJECT_NAME_NOT_FOUND);
    Second = MakeLink(NAMED(BASE L"Second", 0), BASE L"First");
    CHECK_STATUS(OpenEvent(NAMED(BASE L"First", 0)), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(OpenEvent(NAMED(BASE L"First\\More", 0)), STATUS_OBJECT_NAME_NOT_FOUND);
    NtClose(Second);
    NtClose(First);
    NtClose(Event);
}

VOID TestLinkNotFollowed(void)
{
    HANDLE Event = MakeEvent(NAMED(BASE L"Event", 0)), Handle;
    HANDLE Link = MakeLink(NAMED(BASE L"Link", 0), BASE L"Event");
    REQUIRE_STATUS(NtOpenSymbolicLinkObject(&Handle, SYMBOLIC_LINK_QUERY, NAMED(BASE L"Link", 0)),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Handle, Link), STATUS_SUCCESS);
    NtClose(Handle);
    CHECK_STATUS(OpenEvent(NAMED(BASE L"Link", OBJ_DONT_REPARSE)),
                 STATUS_REPARSE_POINT_ENCOUNTERED);
    CHECK_STATUS(OpenEvent(NAMED(BASE L"Event", OBJ_DONT_REPARSE)), STATUS_SUCCESS);
    CHECK_STATUS(OpenEvent(NAMED(BASE L"Event", OBJ_OPENLINK)), STATUS_INVALID_PARAMETER);
    NtClose(Link);
    NtClose(Event);
}

#define NTDLL L"\\Windows\\System32\\ntdll.dll"

static NTSTATUS OpenFileOf(POBJECT_ATTRIBUTES Attributes)
{
    HANDLE File;
    IO_STATUS_BLOCK Io;
    NTSTATUS Status =
        NtOpenFile(&File, FILE_READ_ATTRIBUTES | SYNCHRONIZE, Attributes, &Io, FILE_SHARE_READ,
                   FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT);
    if (NT_SUCCESS(Status))
        NtClose(File);
    return Status;
}

// A drive letter leads to what its link says now, whoever has followed it before.
VOID TestLinkDrive(void)
{
    HANDLE Link = MakeLink(NAMED(L"\\??\\Q:", 0), L"\\Device\\BootVolume");
    ULONG Mask = FILE_WRITE_DATA;
    for (ULONG i = 0; i < 2; i++) {
        CHECK_STATUS(OpenFileOf(NAMED(L"\\??\\Q:" NTDLL, OBJ_CASE_INSENSITIVE)), STATUS_SUCCESS);
        CHECK_STATUS(OpenFileOf(NAMED(L"\\??\\q:" NTDLL, OBJ_CASE_INSENSITIVE)), STATUS_SUCCESS);
        CHECK_STATUS(OpenFileOf(NAMED(L"\\??\\q:" NTDLL, 0)), STATUS_OBJECT_PATH_NOT_FOUND);
        CHECK_STATUS(OpenFileOf(NAMED(L"\\??\\Q:\\none", OBJ_CASE_INSENSITIVE)),
                     STATUS_OBJECT_NAME_NOT_FOUND);
        CHECK_STATUS(OpenFileOf(NAMED(L"\\??\\Q:" NTDLL, OBJ_CASE_INSENSITIVE | OBJ_DONT_REPARSE)),
                     STATUS_REPARSE_POINT_ENCOUNTERED);
    }
    CHECK_STATUS(NtSetInformationSymbolicLink(Link, SymbolicLinkAccessMask, &Mask, sizeof(Mask)),
                 STATUS_SUCCESS);
    CHECK_STATUS(OpenFileOf(NAMED(L"\\??\\Q:" NTDLL, OBJ_CASE_INSENSITIVE)), STATUS_ACCESS_DENIED);
    Mask = MAXULONG;
    CHECK_STATUS(NtSetInformationSymbolicLink(Link, SymbolicLinkAccessMask, &Mask, sizeof(Mask)),
                 STATUS_SUCCESS);
    CHECK_STATUS(OpenFileOf(NAMED(L"\\??\\Q:" NTDLL, OBJ_CASE_INSENSITIVE)), STATUS_SUCCESS);
    NtClose(Link);
    CHECK_STATUS(OpenFileOf(NAMED(L"\\??\\Q:" NTDLL, OBJ_CASE_INSENSITIVE)),
                 STATUS_OBJECT_PATH_NOT_FOUND);
    // A folder as a drive.
    Link = MakeLink(NAMED(L"\\??\\Q:", 0), L"\\Device\\BootVolume\\Windows");
    for (ULONG i = 0; i < 2; i++) {
        CHECK_STATUS(OpenFileOf(NAMED(L"\\??\\Q:\\System32\\ntdll.dll", OBJ_CASE_INSENSITIVE)),
                     STATUS_SUCCESS);
        CHECK_STATUS(OpenFileOf(NAMED(L"\\??\\Q:" NTDLL, OBJ_CASE_INSENSITIVE)),
                     STATUS_OBJECT_PATH_NOT_FOUND);
    }
    NtClose(Link);
}

VOID TestLinkInformation(void)
{
    HANDLE Event = MakeEvent(NAMED(BASE L"Event", 0));
    HANDLE Link = MakeLink(NAMED(BASE L"Link", 0), BASE L"Event");
    ULONG Value = 1;
    CHECK_STATUS(
        NtSetInformationSymbolicLink(Link, SymbolicLinkGlobalInformation, &Value, sizeof(Value)),
        STATUS_SUCCESS);
    Value = EVENT_MODIFY_STATE;
    CHECK_STATUS(NtSetInformationSymbolicLink(Link, SymbolicLinkAccessMask, &Value, sizeof(Value)),
                 STATUS_SUCCESS);
    CHECK_STATUS(OpenEvent(NAMED(BASE L"Link", 0)), STATUS_ACCESS_DENIED);
    Value = EVENT_QUERY_STATE;
    CHECK_STATUS(NtSetInformationSymbolicLink(Link, SymbolicLinkAccessMask, &Value, sizeof(Value)),
                 STATUS_SUCCESS);
    CHECK_STATUS(OpenEvent(NAMED(BASE L"Link", 0)), STATUS_SUCCESS);
    CHECK_STATUS(NtSetInformationSymbolicLink(Link, 0, &Value, sizeof(Value)),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtSetInformationSymbolicLink(Link, SymbolicLinkAccessMask, &Value, 3),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_BAD_INPUT(NtSetInformationSymbolicLink(Link, SymbolicLinkAccessMask, Bad, sizeof(Value)));
    CHECK_STATUS(NtSetInformationSymbolicLink(Event, SymbolicLinkAccessMask, &Value, sizeof(Value)),
                 STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Link);
    NtClose(Event);
}

VOID TestLinkErrors(void)
{
    UNICODE_STRING Target = STRING_OF(L"\\Target"), Odd = {3, 4, L"\\A"};
    UNICODE_STRING BadText = {8, 8, TEST_UNMAPPED};
    HANDLE Handle, Link = MakeLink(nullptr, L"\\Target"), Event = MakeEvent(nullptr);
    ULONG Length;
    CHECK_BAD_OUTPUT(NtCreateSymbolicLinkObject(Bad, SYMBOLIC_LINK_QUERY, nullptr, &Target));
    CHECK_BAD_INPUT(NtCreateSymbolicLinkObject(&Handle, SYMBOLIC_LINK_QUERY, Bad, &Target));
    CHECK_BAD_INPUT(NtCreateSymbolicLinkObject(&Handle, SYMBOLIC_LINK_QUERY, nullptr, Bad));
    CHECK_STATUS(NtCreateSymbolicLinkObject(&Handle, SYMBOLIC_LINK_QUERY, nullptr, &BadText),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtCreateSymbolicLinkObject(&Handle, SYMBOLIC_LINK_QUERY, nullptr, &Odd),
                 STATUS_INVALID_PARAMETER);
    CHECK_BAD_OUTPUT(NtOpenSymbolicLinkObject(Bad, SYMBOLIC_LINK_QUERY, NAMED(L"\\DosDevices", 0)));
    CHECK_BAD_INPUT(NtOpenSymbolicLinkObject(&Handle, SYMBOLIC_LINK_QUERY, Bad));
    CHECK_BAD_OUTPUT(NtQuerySymbolicLinkObject(Link, Bad, &Length));
    BadText.MaximumLength = 64;
    CHECK_STATUS(NtQuerySymbolicLinkObject(Link, &BadText, &Length), STATUS_ACCESS_VIOLATION);
    WCHAR Buffer[16];
    UNICODE_STRING Result = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    CHECK_BAD_OUTPUT(NtQuerySymbolicLinkObject(Link, &Result, Bad));
    CHECK_STATUS(NtQuerySymbolicLinkObject(Event, &Result, &Length), STATUS_OBJECT_TYPE_MISMATCH);
    REQUIRE_STATUS(NtDuplicateObject(NtCurrentProcess(), Link, NtCurrentProcess(), &Handle,
                                     READ_CONTROL, 0, 0),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtQuerySymbolicLinkObject(Handle, &Result, &Length), STATUS_ACCESS_DENIED);
    NtClose(Handle);
    NtClose(Event);
    NtClose(Link);
}
