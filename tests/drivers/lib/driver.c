#include "driver.h"

__declspec(dllimport) NTSTATUS KiInitializeSystem(void);
__declspec(dllimport) extern VOID (*KiBugCheckHook)(ULONG Code, const ULONG_PTR Parameters[4]);

VOID TestStartHost(void)
{
    CHECK_STATUS(KiInitializeSystem(), STATUS_SUCCESS);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

enum { TestBugCheckStatus = 0xE0B06C4E };

static ULONG TestBugCheckCode;

static VOID TestBugCheckHook(ULONG Code, const ULONG_PTR Parameters[4])
{
    UNREFERENCED_PARAMETER(Parameters);
    TestBugCheckCode = Code;
    KiBugCheckHook = nullptr;
    ExRaiseStatus((NTSTATUS)TestBugCheckStatus);
}

VOID TestExpectBugCheck(VOID (*Action)(PVOID), PVOID Context, ULONG Code, PCSTR File, int Line)
{
    KiBugCheckHook = TestBugCheckHook;
    TestBugCheckCode = 0;
    __try {
        Action(Context);
        TestFail(File, Line, "no bug check");
    } __except (GetExceptionCode() == (NTSTATUS)TestBugCheckStatus ? EXCEPTION_EXECUTE_HANDLER
                                                                   : EXCEPTION_CONTINUE_SEARCH) {
        TestCheckEqual(TestBugCheckCode, Code, "bug check", "the one expected", File, Line);
    }
    KiBugCheckHook = nullptr;
}

PKTHREAD TestStartThread(PKSTART_ROUTINE Routine, PVOID Context)
{
    HANDLE Handle;
    PVOID Thread = nullptr;
    if (!CHECK_STATUS(PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr,
                                           Routine, Context),
                      STATUS_SUCCESS))
        return nullptr;
    CHECK_STATUS(
        ObReferenceObjectByHandle(Handle, SYNCHRONIZE, *PsThreadType, KernelMode, &Thread, nullptr),
        STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(Handle), STATUS_SUCCESS);
    return Thread;
}

BOOLEAN TestJoinThread(PKTHREAD Thread)
{
    if (!Thread)
        return FALSE;
    BOOLEAN Ended = CHECK_STATUS(TestWait(Thread, 10'000), STATUS_SUCCESS);
    ObDereferenceObject(Thread);
    return Ended;
}
