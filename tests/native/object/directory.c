// Directories.

#include "suite.h"

#define ROOT L"\\BaseNamedObjects\\ObjectSuite"

VOID TestDirectoryLife(void)
{
    HANDLE Directory = MakeDirectory(NAMED(ROOT, 0)), Second;
    CHECK_STATUS(NtOpenDirectoryObject(&Second, DIRECTORY_QUERY, NAMED(ROOT, 0)), STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Directory, Second), STATUS_SUCCESS);
    NtClose(Directory);
    NtClose(Second);
    CHECK_STATUS(NtOpenDirectoryObject(&Second, DIRECTORY_QUERY, NAMED(ROOT, 0)),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtOpenDirectoryObject(&Second, DIRECTORY_QUERY, NAMED(L"\\", 0)), STATUS_SUCCESS);
    NtClose(Second);
}

VOID TestDirectoryRelative(void)
{
    HANDLE Directory = MakeDirectory(NAMED(ROOT, 0));
    HANDLE Inner = MakeDirectory(NAMED_AT(Directory, L"Inner", 0));
    HANDLE Event = MakeEvent(NAMED_AT(Inner, L"Event", 0));
    CHECK_STATUS(OpenEvent(NAMED(ROOT L"\\Inner\\Event", 0)), STATUS_SUCCESS);
    CHECK_STATUS(OpenEvent(NAMED_AT(Directory, L"Inner\\Event", 0)), STATUS_SUCCESS);
    CHECK_STATUS(OpenEvent(NAMED_AT(Directory, L"\\Inner\\Event", 0)),
                 STATUS_OBJECT_PATH_SYNTAX_BAD);
    CHECK_STATUS(OpenEvent(NAMED_AT(Directory, L"Outer\\Event", 0)), STATUS_OBJECT_PATH_NOT_FOUND);
    // A directory that has lost its name is still one for who holds it.
    NtClose(Inner);
    CHECK_STATUS(OpenEvent(NAMED_AT(Directory, L"Inner\\Event", 0)), STATUS_OBJECT_PATH_NOT_FOUND);
    NtClose(Event);
    NtClose(Directory);
}

VOID TestDirectoryOpenIf(void)
{
    HANDLE Event = MakeEvent(NAMED(L"\\BaseNamedObjects\\Suite", 0)), Other;
    CHECK_STATUS(NtCreateEvent(&Other, EVENT_ALL_ACCESS, NAMED(L"\\BaseNamedObjects\\Suite", 0),
                               NotificationEvent, FALSE),
                 STATUS_OBJECT_NAME_COLLISION);
    REQUIRE_STATUS(NtCreateEvent(&Other, EVENT_ALL_ACCESS,
                                 NAMED(L"\\BaseNamedObjects\\Suite", OBJ_OPENIF), NotificationEvent,
                                 FALSE),
                   STATUS_OBJECT_NAME_EXISTS);
    CHECK_STATUS(NtCompareObjects(Event, Other), STATUS_SUCCESS);
    NtClose(Other);
    CHECK_STATUS(NtCreateSemaphore(&Other, SEMAPHORE_ALL_ACCESS,
                                   NAMED(L"\\BaseNamedObjects\\Suite", OBJ_OPENIF), 0, 1),
                 STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Event);
}

// ---- Listing

enum { LISTED = 5 };

typedef struct _LISTED_EVENTS {
    HANDLE Directory, Events[LISTED];
} LISTED_EVENTS;

static VOID MakeListed(LISTED_EVENTS *Listed)
{
    static const PCWSTR Names[LISTED] = {L"One", L"Two", L"Three", L"Four", L"Five"};
    Listed->Directory = MakeDirectory(NAMED(ROOT, 0));
    for (ULONG i = 0; i < LISTED; i++) {
        UNICODE_STRING Name;
        RtlInitUnicodeString(&Name, Names[i]);
        OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, 0);
        Attributes.RootDirectory = Listed->Directory;
        Listed->Events[i] = MakeEvent(&Attributes);
    }
}

static VOID CloseListed(LISTED_EVENTS *Listed)
{
    for (ULONG i = 0; i < LISTED; i++)
        NtClose(Listed->Events[i]);
    NtClose(Listed->Directory);
}

static VOID CheckEntry(const OBJECT_DIRECTORY_INFORMATION *Entry)
{
    static const UNICODE_STRING Type = STRING_OF(L"Event");
    CHECK(RtlEqualUnicodeString(&Entry->TypeName, &Type, FALSE));
    CHECK(Entry->Name.Length >= 3 * sizeof(WCHAR) &&
          Entry->Name.MaximumLength == Entry->Name.Length + sizeof(WCHAR) &&
          !Entry->Name.Buffer[Entry->Name.Length / sizeof(WCHAR)]);
}

VOID TestDirectoryList(void)
{
    alignas(8) UCHAR Buffer[1024];
    POBJECT_DIRECTORY_INFORMATION Entries = (PVOID)Buffer;
    ULONG Context = 77, Length = 0, Count = 0;
    LISTED_EVENTS Listed;
    MakeListed(&Listed);
    CHECK_STATUS(NtQueryDirectoryObject(Listed.Directory, Buffer, sizeof(Buffer), FALSE, TRUE,
                                        &Context, &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Context, LISTED);
    CHECK(Length > LISTED * sizeof(*Entries) && Length < sizeof(Buffer));
    for (; Count < LISTED && Entries[Count].Name.Buffer; Count++)
        CheckEntry(&Entries[Count]);
    CHECK_EQUAL(Count, LISTED);
    CHECK(!Entries[LISTED].Name.Buffer && !Entries[LISTED].Name.Length);
    CHECK_STATUS(NtQueryDirectoryObject(Listed.Directory, Buffer, sizeof(Buffer), FALSE, FALSE,
                                        &Context, &Length),
                 STATUS_NO_MORE_ENTRIES);
    CloseListed(&Listed);
}

VOID TestDirectoryListSingly(void)
{
    alignas(8) UCHAR Buffer[256];
    ULONG Context = 0;
    LISTED_EVENTS Listed;
    MakeListed(&Listed);
    for (ULONG Round = 0; Round < 2; Round++) {
        ULONG Count = 0;
        while (NtQueryDirectoryObject(Listed.Directory, Buffer, sizeof(Buffer), TRUE, Count == 0,
                                      &Context, nullptr) == STATUS_SUCCESS) {
            CheckEntry((POBJECT_DIRECTORY_INFORMATION)Buffer);
            Count++;
            REQUIRE(Context == Count);
        }
        CHECK_EQUAL(Count, LISTED);
    }
    CloseListed(&Listed);
}

VOID TestDirectoryListSmall(void)
{
    alignas(8) UCHAR Buffer[160];
    ULONG Context = 0, Length = 0, Parts = 0;
    LISTED_EVENTS Listed;
    MakeListed(&Listed);
    CHECK_STATUS(
        NtQueryDirectoryObject(Listed.Directory, Buffer, 40, FALSE, TRUE, &Context, &Length),
        STATUS_BUFFER_TOO_SMALL);
    CHECK(Length > 40);
    CHECK_EQUAL(Context, 0);
    NTSTATUS Status;
    do {
        Status = NtQueryDirectoryObject(Listed.Directory, Buffer, sizeof(Buffer), FALSE, Parts == 0,
                                        &Context, &Length);
        CHECK(Length <= sizeof(Buffer));
        Parts++;
    } while (Status == STATUS_MORE_ENTRIES && Parts < 10);
    CHECK_STATUS(Status, STATUS_SUCCESS);
    CHECK_EQUAL(Context, LISTED);
    CHECK(Parts >= 2);
    CloseListed(&Listed);
}

VOID TestDirectoryShadow(void)
{
    HANDLE Below = MakeDirectory(nullptr), Above;
    REQUIRE_STATUS(NtCreateDirectoryObjectEx(&Above, DIRECTORY_ALL_ACCESS, nullptr, Below, 0),
                   STATUS_SUCCESS);
    HANDLE Hidden = MakeEvent(NAMED_AT(Below, L"Name", 0)), Seen;
    REQUIRE_STATUS(NtOpenEvent(&Seen, EVENT_ALL_ACCESS, NAMED_AT(Above, L"Name", 0)),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Hidden, Seen), STATUS_SUCCESS);
    NtClose(Seen);
    HANDLE Own = MakeEvent(NAMED_AT(Above, L"Name", 0));
    REQUIRE_STATUS(NtOpenEvent(&Seen, EVENT_ALL_ACCESS, NAMED_AT(Above, L"Name", 0)),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Own, Seen), STATUS_SUCCESS);
    CHECK_STATUS(NtCreateDirectoryObjectEx(&Above, DIRECTORY_ALL_ACCESS, nullptr, Own, 0),
                 STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Seen);
    NtClose(Own);
    NtClose(Hidden);
    NtClose(Above);
    NtClose(Below);
}

VOID TestDirectoryErrors(void)
{
    HANDLE Directory = MakeDirectory(nullptr), Handle, Event = MakeEvent(nullptr);
    UCHAR Buffer[64];
    ULONG Context = 0, Length;
    CHECK_BAD_OUTPUT(NtCreateDirectoryObject(Bad, DIRECTORY_ALL_ACCESS, nullptr));
    CHECK_BAD_INPUT(NtCreateDirectoryObject(&Handle, DIRECTORY_ALL_ACCESS, Bad));
    CHECK_BAD_OUTPUT(NtOpenDirectoryObject(Bad, DIRECTORY_QUERY, NAMED(L"\\", 0)));
    CHECK_BAD_INPUT(NtOpenDirectoryObject(&Handle, DIRECTORY_QUERY, Bad));
    CHECK_STATUS(NtOpenDirectoryObject(&Handle, DIRECTORY_QUERY, nullptr),
                 STATUS_INVALID_PARAMETER);
    CHECK_BAD_INPUT(NtQueryDirectoryObject(Directory, Buffer, 64, TRUE, FALSE, Bad, nullptr));
    CHECK_BAD_OUTPUT(NtQueryDirectoryObject(Directory, Buffer, 64, TRUE, TRUE, &Context, Bad));
    HANDLE Entry = MakeEvent(NAMED_AT(Directory, L"A", 0));
    CHECK_BAD_OUTPUT(NtQueryDirectoryObject(Directory, Buffer, 64, TRUE, TRUE, Bad, nullptr));
    CHECK_BAD_OUTPUT(NtQueryDirectoryObject(Directory, Bad, 640, TRUE, TRUE, &Context, &Length));
    CHECK_STATUS(NtQueryDirectoryObject(Event, Buffer, 64, TRUE, TRUE, &Context, &Length),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(NtQueryDirectoryObject((HANDLE)0x7770, Buffer, 64, TRUE, TRUE, &Context, &Length),
                 STATUS_INVALID_HANDLE);
    REQUIRE_STATUS(NtDuplicateObject(NtCurrentProcess(), Directory, NtCurrentProcess(), &Handle,
                                     DIRECTORY_TRAVERSE, 0, 0),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtQueryDirectoryObject(Handle, Buffer, 64, TRUE, TRUE, &Context, &Length),
                 STATUS_ACCESS_DENIED);
    NtClose(Handle);
    NtClose(Entry);
    NtClose(Event);
    NtClose(Directory);
}

VOID TestTypesListed(void)
{
    static const PCWSTR Types[] = {
        L"Type",  L"Directory",  L"SymbolicLink", L"Event",        L"Mutant", L"Semaphore",
        L"Timer", L"KeyedEvent", L"Section",      L"Process",      L"Thread", L"Job",
        L"Token", L"Key",        L"ALPC Port",    L"IoCompletion", L"File"};
    HANDLE Directory;
    REQUIRE_STATUS(NtOpenDirectoryObject(&Directory, DIRECTORY_QUERY | DIRECTORY_TRAVERSE,
                                         NAMED(L"\\ObjectTypes", 0)),
                   STATUS_SUCCESS);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Types); i++) {
        UNICODE_STRING Name;
        RtlInitUnicodeString(&Name, Types[i]);
        OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, 0);
        Attributes.RootDirectory = Directory;
        // It is there, and is no event.
        NTSTATUS Status = OpenEvent(&Attributes);
        if (Status != STATUS_OBJECT_TYPE_MISMATCH)
            TestFail(__FILE__, __LINE__, "type %ws: %08lx", Types[i], Status);
    }
    NtClose(Directory);
}
