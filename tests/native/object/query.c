// NtQueryObject and NtSetInformationObject.

#include "suite.h"

VOID TestQueryBasic(void)
{
    HANDLE Event = MakeEvent(nullptr), Copy;
    OBJECT_BASIC_INFORMATION Information;
    ULONG Length = 0;
    REQUIRE_STATUS(NtDuplicateObject(NtCurrentProcess(), Event, NtCurrentProcess(), &Copy,
                                     SYNCHRONIZE, OBJ_INHERIT, 0),
                   STATUS_SUCCESS);
    CHECK_STATUS(
        NtQueryObject(Copy, ObjectBasicInformation, &Information, sizeof(Information), &Length),
        STATUS_SUCCESS);
    CHECK_EQUAL(Length, sizeof(Information));
    CHECK_EQUAL(Information.Attributes, OBJ_INHERIT);
    CHECK_EQUAL(Information.GrantedAccess, SYNCHRONIZE);
    CHECK_EQUAL(Information.HandleCount, 2);
    CHECK(Information.PointerCount >= 2);
    CHECK(Information.TypeInfoSize >= sizeof(OBJECT_TYPE_INFORMATION));
    CHECK_EQUAL(Information.CreationTime.QuadPart, 0); // links have one
    NtClose(Copy);
    NtClose(Event);
    CHECK_STATUS(NtQueryObject(NtCurrentThread(), ObjectBasicInformation, &Information,
                               sizeof(Information), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Information.GrantedAccess, THREAD_ALL_ACCESS);
}

VOID TestQueryName(void)
{
    const UNICODE_STRING Expected = STRING_OF(L"\\BaseNamedObjects\\QueryDir\\Event");
    HANDLE Directory = MakeDirectory(NAMED(L"\\BaseNamedObjects\\QueryDir", 0));
    HANDLE Event = MakeEvent(NAMED_AT(Directory, L"Event", 0)), Unnamed = MakeEvent(nullptr), Root;
    struct {
        OBJECT_NAME_INFORMATION Name;
        WCHAR Text[64];
    } Answer;
    ULONG Length = 0;
    CHECK_STATUS(NtQueryObject(Event, ObjectNameInformation, &Answer, sizeof(Answer), &Length),
                 STATUS_SUCCESS);
    CHECK(RtlEqualUnicodeString(&Answer.Name.Name, &Expected, FALSE));
    CHECK_EQUAL(Length, sizeof(OBJECT_NAME_INFORMATION) + Expected.Length + sizeof(WCHAR));
    CHECK(Answer.Name.Name.Buffer == Answer.Text);
    CHECK_STATUS(NtQueryObject(Event, ObjectNameInformation, &Answer, 8, &Length),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQueryObject(Event, ObjectNameInformation, &Answer, 40, &Length),
                 STATUS_BUFFER_OVERFLOW);
    CHECK_EQUAL(Length, sizeof(OBJECT_NAME_INFORMATION) + Expected.Length + sizeof(WCHAR));
    CHECK_STATUS(NtQueryObject(Unnamed, ObjectNameInformation, &Answer, sizeof(Answer), &Length),
                 STATUS_SUCCESS);
    CHECK(!Answer.Name.Name.Length && !Answer.Name.Name.Buffer);
    REQUIRE_STATUS(NtOpenDirectoryObject(&Root, DIRECTORY_QUERY, NAMED(L"\\", 0)), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryObject(Root, ObjectNameInformation, &Answer, sizeof(Answer), &Length),
                 STATUS_SUCCESS);
    CHECK(Answer.Name.Name.Length == sizeof(WCHAR) && Answer.Text[0] == L'\\');
    NtClose(Root);
    NtClose(Unnamed);
    NtClose(Event);
    NtClose(Directory);
}

VOID TestQueryType(void)
{
    HANDLE Event = MakeEvent(nullptr);
    struct {
        OBJECT_TYPE_INFORMATION Type;
        WCHAR Text[32];
    } Answer;
    const UNICODE_STRING Expected = STRING_OF(L"Event");
    ULONG Length = 0;
    CHECK_STATUS(NtQueryObject(Event, ObjectTypeInformation, &Answer, sizeof(Answer), &Length),
                 STATUS_SUCCESS);
    CHECK(RtlEqualUnicodeString(&Answer.Type.TypeName, &Expected, FALSE));
    CHECK_EQUAL(Answer.Type.ValidAccessMask, EVENT_ALL_ACCESS);
    CHECK_EQUAL(Answer.Type.GenericMapping.GenericWrite,
                STANDARD_RIGHTS_WRITE | EVENT_MODIFY_STATE);
    CHECK(Answer.Type.TotalNumberOfObjects >= 1 &&
          Answer.Type.HighWaterNumberOfObjects >= Answer.Type.TotalNumberOfObjects);
    CHECK_STATUS(NtQueryObject(Event, ObjectTypeInformation, &Answer, 16, &Length),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK(Length > sizeof(OBJECT_TYPE_INFORMATION));
    NtClose(Event);
}

VOID TestQueryTypes(void)
{
    static UCHAR Buffer[16 * 1024];
    POBJECT_TYPES_INFORMATION Types = (PVOID)Buffer;
    ULONG Length = 0, Found = 0;
    const UNICODE_STRING Wanted = STRING_OF(L"Semaphore");
    CHECK_STATUS(NtQueryObject(nullptr, ObjectTypesInformation, Buffer, 4, &Length),
                 STATUS_INFO_LENGTH_MISMATCH);
    REQUIRE(Length > 1000 && Length < sizeof(Buffer));
    REQUIRE_STATUS(NtQueryObject(nullptr, ObjectTypesInformation, Buffer, sizeof(Buffer), &Length),
                   STATUS_SUCCESS);
    PUCHAR Next = Buffer + ALIGN_UP_BY(sizeof(*Types), sizeof(PVOID));
    for (ULONG i = 0; i < Types->NumberOfTypes; i++) {
        POBJECT_TYPE_INFORMATION Type = (PVOID)Next;
        Found += RtlEqualUnicodeString(&Type->TypeName, &Wanted, FALSE);
        Next += ALIGN_UP_BY(sizeof(*Type) + Type->TypeName.MaximumLength, sizeof(PVOID));
    }
    CHECK_EQUAL(Found, 1);
    CHECK_EQUAL(Next - Buffer, Length);
}

VOID TestQueryErrors(void)
{
    HANDLE Event = MakeEvent(nullptr);
    OBJECT_BASIC_INFORMATION Information;
    OBJECT_HANDLE_FLAG_INFORMATION Flags;
    ULONG Length;
    CHECK_STATUS(NtQueryObject(Event, MaxObjectInfoClass, &Information, 64, &Length),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtQueryObject(Event, ObjectBasicInformation, &Information, 8, &Length),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQueryObject((HANDLE)0x7770, ObjectBasicInformation, &Information,
                               sizeof(Information), &Length),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtQueryObject(Event, ObjectHandleFlagInformation, &Flags, 1, &Length),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_BAD_OUTPUT(
        NtQueryObject(Event, ObjectBasicInformation, Bad, sizeof(Information), &Length));
    CHECK_BAD_OUTPUT(
        NtQueryObject(Event, ObjectBasicInformation, &Information, sizeof(Information), Bad));
    CHECK_BAD_OUTPUT(NtQueryObject(Event, ObjectNameInformation, Bad, 1024, &Length));
    CHECK_BAD_OUTPUT(NtQueryObject(Event, ObjectTypeInformation, Bad, 1024, &Length));
    CHECK_BAD_OUTPUT(NtQueryObject(nullptr, ObjectTypesInformation, Bad, 16384, &Length));
    NtClose(Event);
}

VOID TestSetErrors(void)
{
    HANDLE Event = MakeEvent(nullptr);
    OBJECT_HANDLE_FLAG_INFORMATION Flags = {};
    CHECK_STATUS(NtSetInformationObject(Event, ObjectBasicInformation, &Flags, sizeof(Flags)),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtSetInformationObject(Event, ObjectHandleFlagInformation, &Flags, 1),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_BAD_INPUT(NtSetInformationObject(Event, ObjectHandleFlagInformation, Bad, sizeof(Flags)));
    CHECK_STATUS(
        NtSetInformationObject((HANDLE)0x7770, ObjectHandleFlagInformation, &Flags, sizeof(Flags)),
        STATUS_INVALID_HANDLE);
    NtClose(Event);
}
