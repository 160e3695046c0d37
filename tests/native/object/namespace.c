// Private namespaces.

#include "suite.h"

static POBJECT_BOUNDARY_DESCRIPTOR MakeBoundary(PCWSTR Name, ULONG Rid)
{
    UNICODE_STRING String;
    SID_IDENTIFIER_AUTHORITY Authority = SECURITY_NT_AUTHORITY;
    alignas(8) UCHAR Sid[SECURITY_MAX_SID_SIZE];
    RtlInitUnicodeString(&String, Name);
    POBJECT_BOUNDARY_DESCRIPTOR Boundary = RtlCreateBoundaryDescriptor(&String, 0);
    CHECK(Boundary);
    RtlInitializeSid(Sid, &Authority, 1);
    *RtlSubAuthoritySid(Sid, 0) = Rid;
    if (Boundary && Rid)
        CHECK_STATUS(RtlAddSIDToBoundaryDescriptor(&Boundary, Sid), STATUS_SUCCESS);
    return Boundary;
}

VOID TestNamespaceLife(void)
{
    POBJECT_BOUNDARY_DESCRIPTOR Boundary = MakeBoundary(L"Suite", SECURITY_LOCAL_SYSTEM_RID);
    POBJECT_BOUNDARY_DESCRIPTOR Other = MakeBoundary(L"Other", SECURITY_LOCAL_SYSTEM_RID);
    HANDLE Namespace, Second;
    REQUIRE_STATUS(NtCreatePrivateNamespace(&Namespace, DIRECTORY_ALL_ACCESS, nullptr, Boundary),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtCreatePrivateNamespace(&Second, DIRECTORY_ALL_ACCESS, nullptr, Boundary),
                 STATUS_OBJECT_NAME_COLLISION);
    CHECK_STATUS(NtOpenPrivateNamespace(&Second, DIRECTORY_ALL_ACCESS, nullptr, Other),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    HANDLE Event = MakeEvent(NAMED_AT(Namespace, L"Event", 0));
    REQUIRE_STATUS(NtOpenPrivateNamespace(&Second, DIRECTORY_TRAVERSE, nullptr, Boundary),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtCompareObjects(Namespace, Second), STATUS_SUCCESS);
    CHECK_STATUS(OpenEvent(NAMED_AT(Second, L"Event", 0)), STATUS_SUCCESS);
    CHECK_STATUS(NtDeletePrivateNamespace(Second), STATUS_ACCESS_DENIED); // takes DELETE
    CHECK_STATUS(NtDeletePrivateNamespace(Namespace), STATUS_SUCCESS);
    CHECK_STATUS(NtDeletePrivateNamespace(Namespace), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(OpenEvent(NAMED_AT(Second, L"Event", 0)), STATUS_SUCCESS);
    NtClose(Second);
    CHECK_STATUS(NtOpenPrivateNamespace(&Second, DIRECTORY_TRAVERSE, nullptr, Boundary),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    NtClose(Event);
    NtClose(Namespace);
    // It goes with its last handle, too.
    REQUIRE_STATUS(NtCreatePrivateNamespace(&Namespace, DIRECTORY_ALL_ACCESS, nullptr, Boundary),
                   STATUS_SUCCESS);
    NtClose(Namespace);
    CHECK_STATUS(NtOpenPrivateNamespace(&Second, DIRECTORY_TRAVERSE, nullptr, Boundary),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    RtlDeleteBoundaryDescriptor(Other);
    RtlDeleteBoundaryDescriptor(Boundary);
}

VOID TestNamespaceBoundary(void)
{
    POBJECT_BOUNDARY_DESCRIPTOR Foreign = MakeBoundary(L"Suite", SECURITY_LOCAL_SERVICE_RID);
    POBJECT_BOUNDARY_DESCRIPTOR Level = MakeBoundary(L"Suite", 0);
    SID_IDENTIFIER_AUTHORITY Authority = SECURITY_MANDATORY_LABEL_AUTHORITY;
    alignas(8) UCHAR Sid[SECURITY_MAX_SID_SIZE];
    HANDLE Namespace;
    CHECK_STATUS(NtCreatePrivateNamespace(&Namespace, DIRECTORY_ALL_ACCESS, nullptr, Foreign),
                 STATUS_ACCESS_DENIED);
    RtlInitializeSid(Sid, &Authority, 1);
    *RtlSubAuthoritySid(Sid, 0) = SECURITY_MANDATORY_PROTECTED_PROCESS_RID;
    CHECK_STATUS(RtlAddIntegrityLabelToBoundaryDescriptor(&Level, Sid), STATUS_SUCCESS);
    CHECK_STATUS(NtCreatePrivateNamespace(&Namespace, DIRECTORY_ALL_ACCESS, nullptr, Level),
                 STATUS_ACCESS_DENIED);
    RtlDeleteBoundaryDescriptor(Level);
    RtlDeleteBoundaryDescriptor(Foreign);
}

VOID TestNamespaceErrors(void)
{
    POBJECT_BOUNDARY_DESCRIPTOR Boundary = MakeBoundary(L"Suite", SECURITY_LOCAL_SYSTEM_RID);
    HANDLE Handle, Directory = MakeDirectory(nullptr), Event = MakeEvent(nullptr);
    CHECK_BAD_OUTPUT(NtCreatePrivateNamespace(Bad, DIRECTORY_ALL_ACCESS, nullptr, Boundary));
    CHECK_BAD_INPUT(NtCreatePrivateNamespace(&Handle, DIRECTORY_ALL_ACCESS, Bad, Boundary));
    CHECK_BAD_INPUT(NtCreatePrivateNamespace(&Handle, DIRECTORY_ALL_ACCESS, nullptr, Bad));
    CHECK_BAD_OUTPUT(NtOpenPrivateNamespace(Bad, DIRECTORY_ALL_ACCESS, nullptr, Boundary));
    CHECK_BAD_INPUT(NtOpenPrivateNamespace(&Handle, DIRECTORY_ALL_ACCESS, nullptr, Bad));
    CHECK_STATUS(NtCreatePrivateNamespace(&Handle, DIRECTORY_ALL_ACCESS,
                                          NAMED(L"\\BaseNamedObjects\\N", 0), Boundary),
                 STATUS_INVALID_PARAMETER);
    ULONG Total = Boundary->TotalSize;
    for (ULONG Size = 0; Size + 4 < Total; Size += 4) { // the last four bytes are padding
        Boundary->TotalSize = Size;
        CHECK_STATUS(NtOpenPrivateNamespace(&Handle, DIRECTORY_ALL_ACCESS, nullptr, Boundary),
                     STATUS_INVALID_PARAMETER);
    }
    Boundary->TotalSize = 0x80000000;
    CHECK_STATUS(NtOpenPrivateNamespace(&Handle, DIRECTORY_ALL_ACCESS, nullptr, Boundary),
                 STATUS_INVALID_PARAMETER);
    Boundary->TotalSize = Total;
    Boundary->Items++;
    CHECK_STATUS(NtOpenPrivateNamespace(&Handle, DIRECTORY_ALL_ACCESS, nullptr, Boundary),
                 STATUS_INVALID_PARAMETER);
    Boundary->Version = 2;
    CHECK_STATUS(NtOpenPrivateNamespace(&Handle, DIRECTORY_ALL_ACCESS, nullptr, Boundary),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtDeletePrivateNamespace(Directory), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtDeletePrivateNamespace(Event), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(NtDeletePrivateNamespace((HANDLE)0x7770), STATUS_INVALID_HANDLE);
    NtClose(Event);
    NtClose(Directory);
    RtlDeleteBoundaryDescriptor(Boundary);
}
