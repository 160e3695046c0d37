// NtReadVirtualMemory and NtWriteVirtualMemory.

#include "suite.h"

NTSTATUS ChildIdle(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return STATUS_SUCCESS;
}

VOID TestReadWriteProcess(void)
{
    RTL_USER_PROCESS_INFORMATION Child;
    PVOID Base = nullptr;
    SIZE_T Size = 4 * PAGE_SIZE, Copied = 0;
    static UCHAR Out[3 * PAGE_SIZE], In[3 * PAGE_SIZE];
    REQUIRE_STATUS(TestStartChild(L"idle", nullptr, TRUE, FALSE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(NtAllocateVirtualMemory(Child.ProcessHandle, &Base, 0, &Size,
                                         MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                 STATUS_SUCCESS);
    for (ULONG i = 0; i < sizeof(Out); i++)
        Out[i] = (UCHAR)(i * 7 + i / 256);
    PUCHAR Place = (PUCHAR)Base + 100; // neither end on a page's border
    CHECK_STATUS(NtWriteVirtualMemory(Child.ProcessHandle, Place, Out, sizeof(Out), &Copied),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Copied, sizeof(Out));
    CHECK_STATUS(NtReadVirtualMemory(Child.ProcessHandle, Place, In, sizeof(In), &Copied),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Copied, sizeof(In));
    CHECK(!memcmp(In, Out, sizeof(In)));
    CHECK_STATUS(NtReadVirtualMemory(Child.ProcessHandle, Base, In, 0, &Copied), STATUS_SUCCESS);
    CHECK_EQUAL(Copied, 0);

    // Code is read, and not written.
    CHECK_STATUS(
        NtReadVirtualMemory(Child.ProcessHandle, (PVOID)TestReadWriteProcess, In, 64, nullptr),
        STATUS_SUCCESS);
    CHECK(!memcmp(In, (PVOID)TestReadWriteProcess, 64));
    CHECK_STATUS(
        NtWriteVirtualMemory(Child.ProcessHandle, (PVOID)TestReadWriteProcess, In, 64, nullptr),
        STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_SUCCESS);
}

VOID TestPartialCopies(void)
{
    static UCHAR Buffer[2 * PAGE_SIZE];
    SIZE_T Copied = 77;
    HANDLE Self = NtCurrentProcess();
    PVOID Source = TestEndOfPage(100);
    CHECK_STATUS(NtReadVirtualMemory(Self, Source, Buffer, 200, &Copied), STATUS_PARTIAL_COPY);
    CHECK_EQUAL(Copied, 100);
    CHECK_STATUS(NtReadVirtualMemory(Self, TEST_UNMAPPED, Buffer, 200, &Copied),
                 STATUS_PARTIAL_COPY);
    CHECK_EQUAL(Copied, 0);
    // What is to be written must be there whole.
    Copied = 77;
    CHECK_STATUS(NtWriteVirtualMemory(Self, Source, Buffer, 200, &Copied), STATUS_ACCESS_VIOLATION);
    CHECK_EQUAL(Copied, 0);
    CHECK_STATUS(NtReadVirtualMemory(Self, Buffer, TestReadOnlyPage(), 8, &Copied),
                 STATUS_ACCESS_VIOLATION);
    // What is to be written to another is read as far as it goes.
    CHECK_STATUS(NtWriteVirtualMemory(Self, Buffer, Source, 200, &Copied), STATUS_PARTIAL_COPY);
    CHECK_EQUAL(Copied, 100);
}

VOID TestCopyErrors(void)
{
    UCHAR Buffer[16];
    SIZE_T Copied;
    HANDLE Self = NtCurrentProcess();
    CHECK_STATUS(NtReadVirtualMemory(Self, TEST_KERNEL, Buffer, 16, &Copied),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtReadVirtualMemory(Self, TEST_WRAPPING, Buffer, 16, &Copied),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtReadVirtualMemory(Self, Buffer, TEST_KERNEL, 16, &Copied),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtWriteVirtualMemory(Self, Buffer, Buffer, MAXULONG_PTR, &Copied),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtReadVirtualMemory(Self, Buffer, Buffer, 16, TEST_UNMAPPED),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtReadVirtualMemory((HANDLE)0x7FF0, Buffer, Buffer, 16, &Copied),
                 STATUS_INVALID_HANDLE);
    HANDLE Weak;
    REQUIRE_STATUS(NtDuplicateObject(Self, Self, Self, &Weak, PROCESS_VM_OPERATION, 0, 0),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtReadVirtualMemory(Weak, Buffer, Buffer, 16, &Copied), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtWriteVirtualMemory(Weak, Buffer, Buffer, 16, &Copied), STATUS_ACCESS_DENIED);
    NtClose(Weak);
}
