// Loading and unloading.

#include "suite.h"

VOID TestLoad(void)
{
    PVOID Handle = nullptr, Same = nullptr;
    LogClear();
    CHECK_STATUS(GetHandle(L"loadb.dll", &Same), STATUS_DLL_NOT_FOUND);
    REQUIRE_STATUS(Load(L"loadb.dll", &Handle), STATUS_SUCCESS);
    LogIs("b+ ");
    CHECK_EQUAL(((PIMAGE_DOS_HEADER)Handle)->e_magic, IMAGE_DOS_SIGNATURE);
    CHECK_STATUS(GetHandle(L"loadb.dll", &Same), STATUS_SUCCESS);
    CHECK_EQUAL(Same, Handle);
    CHECK_EQUAL(Call(Handle, "BValue"), 0xB0B0);
    CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
    LogIs("b- ");
    CHECK_STATUS(GetHandle(L"loadb.dll", &Same), STATUS_DLL_NOT_FOUND);
    CHECK_STATUS(LdrUnloadDll(Handle), STATUS_DLL_NOT_FOUND);
    MEMORY_BASIC_INFORMATION Memory = {};
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), Handle, MemoryBasicInformation, &Memory,
                                      sizeof(Memory), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Memory.State, MEM_FREE);
}

VOID TestNames(void)
{
    static const PCWSTR Names[] = {
        L"loadb.dll",
        L"loadb",
        L"LOADB.DLL",
        L"LoadB",
        L"C:\\Windows\\System32\\loadb.dll",
        L"c:\\windows\\system32\\LOADB.dll",
    };
    PVOID First;
    REQUIRE_STATUS(Load(L"loadb.dll", &First), STATUS_SUCCESS);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Names); i++) {
        PVOID Handle = nullptr;
        NTSTATUS Status = Load(Names[i], &Handle);
        if (Status != STATUS_SUCCESS || Handle != First)
            TestFail(__FILE__, __LINE__, "%ws gave %08lx, %p", Names[i], Status, Handle);
        if (NT_SUCCESS(Status))
            CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
    }
    CHECK_STATUS(LdrUnloadDll(First), STATUS_SUCCESS);
    PVOID Handle;
    CHECK_STATUS(Load(L"loadb.", &Handle), STATUS_DLL_NOT_FOUND); // a dot at the end: no extension
    LogClear();
}

VOID TestReferences(void)
{
    PVOID First, Second, Handle;
    LogClear();
    REQUIRE_STATUS(Load(L"loadb.dll", &First), STATUS_SUCCESS);
    REQUIRE_STATUS(Load(L"loadb.dll", &Second), STATUS_SUCCESS);
    CHECK_STATUS(LdrAddRefDll(0, First), STATUS_SUCCESS);
    LogIs("b+ "); // once
    CHECK_STATUS(LdrUnloadDll(First), STATUS_SUCCESS);
    CHECK_STATUS(LdrUnloadDll(First), STATUS_SUCCESS);
    LogIs("");
    CHECK_STATUS(GetHandle(L"loadb.dll", &Handle), STATUS_SUCCESS);
    CHECK_STATUS(LdrUnloadDll(First), STATUS_SUCCESS);
    LogIs("b- ");
    CHECK_STATUS(LdrAddRefDll(0, First), STATUS_DLL_NOT_FOUND);
    CHECK_STATUS(LdrAddRefDll(0x80, First), STATUS_INVALID_PARAMETER);
}

VOID TestSharedDependency(void)
{
    PVOID A, B, Handle;
    LogClear();
    REQUIRE_STATUS(Load(L"loada.dll", &A), STATUS_SUCCESS);
    REQUIRE_STATUS(Load(L"loadb.dll", &B), STATUS_SUCCESS);
    LogIs("b+ a+ ");
    CHECK_STATUS(LdrUnloadDll(B), STATUS_SUCCESS); // a still needs it
    LogIs("");
    CHECK_EQUAL(Call(A, "AValue"), 0xB0B1);
    CHECK_STATUS(LdrUnloadDll(A), STATUS_SUCCESS);
    LogIs("a- b- ");
    CHECK_STATUS(GetHandle(L"loadb.dll", &Handle), STATUS_DLL_NOT_FOUND);
}

VOID TestRefusal(void)
{
    PVOID Handle = nullptr;
    LogClear();
    for (ULONG i = 0; i < 2; i++) { // and again: nothing is left of the first time
        CHECK_STATUS(Load(L"loadfail.dll", &Handle), STATUS_DLL_INIT_FAILED);
        LogIs("f+ f- ");
        CHECK_STATUS(GetHandle(L"loadfail.dll", &Handle), STATUS_DLL_NOT_FOUND);
    }
}

VOID TestLoadErrors(void)
{
    PVOID Handle;
    UNICODE_STRING Empty = {};
    ULONG Characteristics = 0x1234;
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"loadb.dll");
    CHECK_STATUS(Load(L"nosuch.dll", &Handle), STATUS_DLL_NOT_FOUND);
    CHECK_STATUS(Load(L"C:\\nowhere\\loadb.dll", &Handle), STATUS_DLL_NOT_FOUND);
    CHECK_STATUS(LdrLoadDll(nullptr, nullptr, &Empty, &Handle), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(LdrLoadDll(nullptr, &Characteristics, &Name, &Handle), STATUS_INVALID_PARAMETER_2);
    CHECK_STATUS(LdrGetDllHandleEx(0x80, nullptr, nullptr, &Name, &Handle),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(LdrUnloadDll(nullptr), STATUS_DLL_NOT_FOUND);
    CHECK_STATUS(LdrUnloadDll((PUCHAR)NtCurrentPeb()->ImageBaseAddress + 1), STATUS_DLL_NOT_FOUND);
    // What never goes is not told of its end.
    CHECK_STATUS(GetHandle(L"ntdll.dll", &Handle), STATUS_SUCCESS);
    CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
    CHECK_STATUS(GetHandle(L"ntdll.dll", &Handle), STATUS_SUCCESS);
    CHECK_STATUS(LdrUnloadDll(NtCurrentPeb()->ImageBaseAddress), STATUS_SUCCESS);
}

// The last test: the DLL cannot go any more.
VOID TestPin(void)
{
    PVOID Handle, Same;
    REQUIRE_STATUS(Load(L"loadb.dll", &Handle), STATUS_SUCCESS);
    CHECK_STATUS(LdrAddRefDll(LDR_ADDREF_DLL_PIN, Handle), STATUS_SUCCESS);
    LogClear();
    for (ULONG i = 0; i < 3; i++)
        CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
    LogIs("");
    CHECK_STATUS(GetHandle(L"loadb.dll", &Same), STATUS_SUCCESS);
}
