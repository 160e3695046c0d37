// Arguments that must be refused.

#include "suite.h"

VOID TestCreateErrors(void)
{
    HANDLE Process, Thread;
    PS_CREATE_INFO Info = {.Size = sizeof(Info)};
    struct {
        SIZE_T TotalLength;
        PS_ATTRIBUTE Attributes[1];
    } List = {sizeof(List), {{.Attribute = PS_ATTRIBUTE_IMAGE_NAME, .Size = 8}}};
    PPS_ATTRIBUTE_LIST Attributes = (PVOID)&List;
    List.Attributes[0].ValuePtr = L"\\A\\B";
#define CREATE(ProcessHandle, ThreadHandle, ProcessFlags, ThreadFlags, CreateInfo, AttributeList) \
    NtCreateUserProcess(ProcessHandle, ThreadHandle, PROCESS_ALL_ACCESS, THREAD_ALL_ACCESS,       \
                        nullptr, nullptr, ProcessFlags, ThreadFlags, nullptr, CreateInfo,         \
                        AttributeList)
    CHECK_BAD_OUTPUT(CREATE(Bad, &Thread, 0, 0, &Info, Attributes));
    CHECK_BAD_OUTPUT(CREATE(&Process, Bad, 0, 0, &Info, Attributes));
    CHECK_BAD_OUTPUT(CREATE(&Process, &Thread, 0, 0, Bad, Attributes));
    CHECK_BAD_INPUT(CREATE(&Process, &Thread, 0, 0, &Info, Bad));
    CHECK_STATUS(CREATE(&Process, &Thread, 0x80000000, 0, &Info, Attributes),
                 STATUS_INVALID_PARAMETER_7);
    CHECK_STATUS(CREATE(&Process, &Thread, 0, 0x80000000, &Info, Attributes),
                 STATUS_INVALID_PARAMETER_8);
    CHECK_STATUS(CREATE(&Process, &Thread, 0, 0, &Info, nullptr), STATUS_INVALID_PARAMETER);
    Info.Size--;
    CHECK_STATUS(CREATE(&Process, &Thread, 0, 0, &Info, Attributes), STATUS_INVALID_PARAMETER);
    Info.Size++;
    List.TotalLength--;
    CHECK_STATUS(CREATE(&Process, &Thread, 0, 0, &Info, Attributes), STATUS_INVALID_PARAMETER);
    List.TotalLength = (SIZE_T)-8;
    CHECK_STATUS(CREATE(&Process, &Thread, 0, 0, &Info, Attributes), STATUS_INVALID_PARAMETER);
    List.TotalLength = sizeof(List);
    List.Attributes[0].ValuePtr = TEST_KERNEL;
    CHECK_STATUS(CREATE(&Process, &Thread, 0, 0, &Info, Attributes), STATUS_ACCESS_VIOLATION);
    List.Attributes[0].Size = 0x100000000;
    CHECK_STATUS(CREATE(&Process, &Thread, 0, 0, &Info, Attributes), STATUS_INVALID_PARAMETER);
}

VOID TestProcessErrors(void)
{
    CHILD Child;
    HANDLE Weak;
    REQUIRE(StartWaiting(&Child, TRUE));
    REQUIRE_STATUS(NtDuplicateObject(NtCurrentProcess(), Child.ProcessHandle, NtCurrentProcess(),
                                     &Weak, PROCESS_QUERY_LIMITED_INFORMATION, 0, 0),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtTerminateProcess(Weak, 0), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtTerminateProcess((HANDLE)0x7770, 0), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtTerminateProcess(Child.ThreadHandle, 0), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(NtSuspendProcess(Weak), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtResumeProcess(Weak), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtSuspendProcess((HANDLE)0x7770), STATUS_INVALID_HANDLE);
    EndChild(&Child);
    NtClose(Weak);
}

static NTSTATUS NTAPI EndAtOnce(PVOID Parameter)
{
    UNREFERENCED_PARAMETER(Parameter);
    return 3;
}

VOID TestThreadErrors(void)
{
    HANDLE Thread, Weak;
    PS_ATTRIBUTE_LIST List = {.TotalLength = 3};
    ULONG Count;
    CHECK_BAD_OUTPUT(NtCreateThreadEx(Bad, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                      EndAtOnce, nullptr, 0, 0, 0, 0, nullptr));
    CHECK_BAD_INPUT(NtCreateThreadEx(&Thread, THREAD_ALL_ACCESS, Bad, NtCurrentProcess(), EndAtOnce,
                                     nullptr, 0, 0, 0, 0, nullptr));
    CHECK_BAD_INPUT(NtCreateThreadEx(&Thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                     EndAtOnce, nullptr, 0, 0, 0, 0, Bad));
    CHECK_STATUS(NtCreateThreadEx(&Thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                  EndAtOnce, nullptr, 0, 0, 0, 0, &List),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtCreateThreadEx(&Thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                  EndAtOnce, nullptr, 0x80000000, 0, 0, 0, nullptr),
                 STATUS_INVALID_PARAMETER_7);
    CHECK_STATUS(NtCreateThreadEx(&Thread, THREAD_ALL_ACCESS, nullptr, (HANDLE)0x7770, EndAtOnce,
                                  nullptr, 0, 0, 0, 0, nullptr),
                 STATUS_INVALID_HANDLE);
    REQUIRE_STATUS(NtCreateThreadEx(&Thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                    EndAtOnce, nullptr, THREAD_CREATE_FLAGS_CREATE_SUSPENDED, 0, 0,
                                    0, nullptr),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(
        NtDuplicateObject(NtCurrentProcess(), Thread, NtCurrentProcess(), &Weak, SYNCHRONIZE, 0, 0),
        STATUS_SUCCESS);
    CHECK_STATUS(NtResumeThread(Weak, nullptr), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtSuspendThread(Weak, nullptr), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtTerminateThread(Weak, 0), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtAlertThread(Weak), STATUS_ACCESS_DENIED);
    CHECK_BAD_OUTPUT(NtSuspendThread(Thread, Bad));
    CHECK_BAD_OUTPUT(NtResumeThread(Thread, Bad));
    CHECK_STATUS(NtResumeThread(NtCurrentProcess(), &Count), STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Weak);
    CHECK_STATUS(NtResumeThread(Thread, &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 1);
    CHECK_STATUS(TestJoin(Thread), 3);
}
