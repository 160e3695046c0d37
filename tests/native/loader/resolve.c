// Exports, imports, addresses.

#include "suite.h"

VOID TestProcedures(void)
{
    PVOID Handle;
    REQUIRE_STATUS(Load(L"loadb.dll", &Handle), STATUS_SUCCESS);
    CHECK(Find(Handle, "BValue") != nullptr);
    CHECK_STATUS(FindStatus(Handle, "bvalue", 0), STATUS_ENTRYPOINT_NOT_FOUND); // names have case
    CHECK_STATUS(FindStatus(Handle, "NoSuchName", 0), STATUS_ENTRYPOINT_NOT_FOUND);
    CHECK_STATUS(FindStatus(Handle, "BOrdinal", 0), STATUS_ENTRYPOINT_NOT_FOUND);
    CHECK_STATUS(FindStatus(Handle, nullptr, 7), STATUS_SUCCESS);
    CHECK_STATUS(FindStatus(Handle, nullptr, 6), STATUS_ORDINAL_NOT_FOUND);
    CHECK_STATUS(FindStatus(Handle, nullptr, 0x7FFFFFFF), STATUS_ORDINAL_NOT_FOUND);
    CHECK_STATUS(FindStatus(Handle, nullptr, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(FindStatus((PUCHAR)Handle + 16, "BValue", 0), STATUS_DLL_NOT_FOUND);
    PVOID Ordinal = nullptr;
    CHECK_STATUS(LdrGetProcedureAddress(Handle, nullptr, 7, &Ordinal), STATUS_SUCCESS);
    if (Ordinal)
        CHECK_EQUAL(((ULONG(*)(void))Ordinal)(), 7);
    CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
}

VOID TestForwarders(void)
{
    PVOID A, B, Ntdll;
    REQUIRE_STATUS(Load(L"loada.dll", &A), STATUS_SUCCESS);
    REQUIRE_STATUS(GetHandle(L"loadb.dll", &B), STATUS_SUCCESS);
    REQUIRE_STATUS(GetHandle(L"ntdll.dll", &Ntdll), STATUS_SUCCESS);
    CHECK_EQUAL(Find(A, "AForward"), Find(B, "BValue"));
    CHECK_EQUAL(Call(A, "AForwardOrdinal"), 7);
    CHECK_EQUAL(Call(A, "ACallOrdinal"), 7);
    CHECK_EQUAL(Find(A, "AForwardSystem"), Find(Ntdll, "RtlGetVersion"));
    CHECK_STATUS(FindStatus(A, "AForwardGone", 0), STATUS_ENTRYPOINT_NOT_FOUND);
    CHECK_STATUS(FindStatus(A, "AForwardNowhere", 0), STATUS_DLL_NOT_FOUND);
    CHECK_STATUS(LdrUnloadDll(A), STATUS_SUCCESS);
    LogClear();
}

VOID TestDelayLoad(void)
{
    PVOID Delay, B;
    LogClear();
    REQUIRE_STATUS(Load(L"loaddelay.dll", &Delay), STATUS_SUCCESS);
    LogIs("d+ ");
    CHECK_STATUS(GetHandle(L"loadb.dll", &B), STATUS_DLL_NOT_FOUND);
    CHECK_EQUAL(Call(Delay, "DelayCall"), 0xB0B0);
    LogIs("b+ ");
    CHECK_STATUS(GetHandle(L"loadb.dll", &B), STATUS_SUCCESS);
    CHECK_EQUAL(Call(Delay, "DelayCall"), 0xB0B0);
    CHECK_STATUS(LdrUnloadDll(Delay), STATUS_SUCCESS);
    LogClear();
    CHECK_STATUS(GetHandle(L"loadb.dll", &B), STATUS_DLL_NOT_FOUND);
}

static PCSTR MissingDll, MissingName;

static LONG SeeMissing(PEXCEPTION_POINTERS Pointers)
{
    PEXCEPTION_RECORD Record = Pointers->ExceptionRecord;
    if (Record->ExceptionCode != (DWORD)STATUS_ENTRYPOINT_NOT_FOUND)
        return EXCEPTION_CONTINUE_SEARCH;
    MissingDll = (PCSTR)Record->ExceptionInformation[0];
    MissingName = (PCSTR)Record->ExceptionInformation[1];
    return EXCEPTION_EXECUTE_HANDLER;
}

// loada.dll under another name, with the name of one of its imports changed: it starts, and a call of
// what is missing says what it is.
VOID TestMissingImport(void)
{
    PVOID Handle;
    REQUIRE_STATUS(Load(L"loadmissing.dll", &Handle), STATUS_SUCCESS);
    CHECK_EQUAL(Call(Handle, "ACallOrdinal"), 7);
    MissingName = MissingDll = nullptr;
    __try {
        Call(Handle, "AValue");
        CHECK(FALSE);
    } __except (SeeMissing(GetExceptionInformation())) {
        CHECK(!strcmp(MissingDll, "loadb.dll"));
        CHECK(!strcmp(MissingName, "BGone!"));
    }
    CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
    LogClear();
}

VOID TestRelocated(void)
{
    PVOID Handle, Taken;
    REQUIRE_STATUS(Load(L"loadb.dll", &Handle), STATUS_SUCCESS);
    Taken = Handle;
    CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
    SIZE_T Size = PAGE_SIZE;
    REQUIRE_STATUS(
        NtAllocateVirtualMemory(NtCurrentProcess(), &Taken, 0, &Size, MEM_RESERVE, PAGE_NOACCESS),
        STATUS_SUCCESS);
    CHECK_STATUS(Load(L"loadb.dll", &Handle), STATUS_SUCCESS);
    CHECK(Handle != Taken);
    CHECK_EQUAL(Call(Handle, "BValue"), 0xB0B0); // through a pointer that had to be relocated
    PUCHAR *Pointer = Find(Handle, "BPointer");
    CHECK((ULONG_PTR)(*Pointer - (PUCHAR)Handle) < 0x100000);
    CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
    Size = 0;
    CHECK_STATUS(NtFreeVirtualMemory(NtCurrentProcess(), &Taken, &Size, MEM_RELEASE),
                 STATUS_SUCCESS);
    LogClear();
}

// After loading, code and constants are not writable.
VOID TestSectionProtections(void)
{
    PUCHAR Base;
    REQUIRE_STATUS(Load(L"loada.dll", (PVOID *)&Base), STATUS_SUCCESS);
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(Base);
    PIMAGE_SECTION_HEADER Sections = IMAGE_FIRST_SECTION(Headers);
    for (ULONG i = 0; i < Headers->FileHeader.NumberOfSections; i++) {
        MEMORY_BASIC_INFORMATION Memory = {};
        CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), Base + Sections[i].VirtualAddress,
                                          MemoryBasicInformation, &Memory, sizeof(Memory), nullptr),
                     STATUS_SUCCESS);
        constexpr ULONG Writable =
            PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
        constexpr ULONG Executable = PAGE_EXECUTE | PAGE_EXECUTE_READ;
        ULONG Characteristics = Sections[i].Characteristics;
        CHECK_EQUAL((Memory.Protect & Writable) != 0, (Characteristics & IMAGE_SCN_MEM_WRITE) != 0);
        CHECK_EQUAL((Memory.Protect & Executable) != 0,
                    (Characteristics & IMAGE_SCN_MEM_EXECUTE) != 0);
    }
    CHECK_STATUS(LdrUnloadDll(Base), STATUS_SUCCESS);
    LogClear();
}
