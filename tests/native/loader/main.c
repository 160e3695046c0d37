// ntdll's loader.

#include "suite.h"

static UNICODE_STRING Text(PCWSTR Name)
{
    UNICODE_STRING String;
    RtlInitUnicodeString(&String, Name);
    return String;
}

NTSTATUS Load(PCWSTR Name, PVOID *Handle)
{
    UNICODE_STRING String = Text(Name);
    return LdrLoadDll(nullptr, nullptr, &String, Handle);
}

NTSTATUS GetHandle(PCWSTR Name, PVOID *Handle)
{
    UNICODE_STRING String = Text(Name);
    return LdrGetDllHandle(nullptr, nullptr, &String, Handle);
}

NTSTATUS FindStatus(PVOID Handle, PCSTR Name, ULONG Ordinal)
{
    ANSI_STRING String;
    PVOID Address;
    RtlInitAnsiString(&String, Name);
    return LdrGetProcedureAddress(Handle, Name ? &String : nullptr, Ordinal, &Address);
}

PVOID Find(PVOID Handle, PCSTR Name)
{
    ANSI_STRING String;
    PVOID Address = nullptr;
    RtlInitAnsiString(&String, Name);
    return NT_SUCCESS(LdrGetProcedureAddress(Handle, &String, 0, &Address)) ? Address : nullptr;
}

ULONG Call(PVOID Handle, PCSTR Name)
{
    ULONG (*Function)(void) = (ULONG(*)(void))Find(Handle, Name);
    if (Function)
        return Function();
    TestFail(__FILE__, __LINE__, "%s is missing", Name);
    return 0;
}

BOOLEAN LogIs(PCSTR Expected)
{
    BOOLEAN Same = !strcmp(LogText(), Expected);
    if (!Same)
        TestFail(__FILE__, __LINE__, "the log is \"%s\", not \"%s\"", LogText(), Expected);
    LogClear();
    return Same;
}

static const TEST Tests[] = {
    {"a DLL is loaded, used and unloaded", TestLoad},
    {"forms of a name", TestNames},
    {"references", TestReferences},
    {"a DLL that two need", TestSharedDependency},
    {"a DLL that refuses to start", TestRefusal},
    {"errors of loading", TestLoadErrors},
    {"procedures by name and ordinal", TestProcedures},
    {"forwarders", TestForwarders},
    {"a delayed import", TestDelayLoad},
    {"an import that does not exist", TestMissingImport},
    {"a base that is taken", TestRelocated},
    {"protections of sections", TestSectionProtections},
    {"the order of entry points", TestOrder},
    {"threads", TestThreads},
    {"threads of which a DLL is not told", TestDisabledThreads},
    {"thread-local variables", TestThreadLocal},
    {"the list of modules", TestEnumerate},
    {"notifications", TestNotifications},
    {"the loader lock", TestLoaderLock},
    {"images that are none", TestBadImages},
    {"images that are odd", TestBadImagesInUse},
    {"a known DLL", TestKnownDll},
    {"an API set", TestApiSet},
    {"a DLL that stays for good", TestPin},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
