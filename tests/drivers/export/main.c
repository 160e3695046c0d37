// Export drivers, as any driver image is linked and linked as a DLL: loaded for a driver that imports from them, and
// loaded as drivers.

#include <service.h>

#include "export.h"

// Among the modules that the system tells; the Executive is the first of them.
static BOOLEAN IsLoaded(PCWSTR Image)
{
    static union {
        RTL_PROCESS_MODULES Modules;
        UCHAR Space[64 * sizeof(RTL_PROCESS_MODULE_INFORMATION)];
    } Answer;
    CHAR Name[32];
    _snprintf(Name, sizeof(Name), "%ws", Image);
    BOOLEAN Found = FALSE;
    CHECK_STATUS(
        NtQuerySystemInformation(SystemModuleInformation, &Answer, sizeof(Answer), nullptr),
        STATUS_SUCCESS);
    CHECK(strstr((PCSTR)Answer.Modules.Modules[0].FullPathName, "executive.exe"));
    for (ULONG i = 0; i < Answer.Modules.NumberOfModules; i++) {
        const RTL_PROCESS_MODULE_INFORMATION *Module = &Answer.Modules.Modules[i];
        CHECK(Module->ImageBase && Module->ImageSize);
        if (_stricmp((PCSTR)Module->FullPathName + Module->OffsetToFileName, Name) == 0)
            Found = TRUE;
    }
    return Found;
}

static VOID CheckClient(PCWSTR Client, PCWSTR Image, PCWSTR Path)
{
    HANDLE File;
    IO_STATUS_BLOCK Io;
    EXPORT_STATE State = {};
    REQUIRE_STATUS(ServiceLoad(Client, Image), STATUS_SUCCESS);
    REQUIRE_STATUS(
        ServiceOpen(L"\\Device\\ExportClient", GENERIC_READ, FILE_SYNCHRONOUS_IO_NONALERT, &File),
        STATUS_SUCCESS);
    CHECK_STATUS(NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io, EXPORT_QUERY, nullptr,
                                       0, &State, sizeof(State)),
                 STATUS_SUCCESS);
    NtClose(File);
    CHECK_EQUAL(State.Entries, 0);
    CHECK_EQUAL(State.Initialized, 1);
    UNICODE_STRING Told, Expected;
    RtlInitUnicodeString(&Told, State.Path);
    RtlInitUnicodeString(&Expected, Path);
    CHECK(RtlEqualUnicodeString(&Told, &Expected, TRUE));
    CHECK(IsLoaded(Image));
    CHECK_STATUS(ServiceUnload(Client), STATUS_SUCCESS);
    CHECK(!IsLoaded(Image));
}

static VOID TestImported(void)
{
    CheckClient(L"expclient", L"expclient.sys",
                L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\drvexport");
}

static VOID TestImportedDll(void)
{
    CheckClient(L"expclientdll", L"expclientdll.sys",
                L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\drvexpdll");
}

// As a driver of its own it gets DriverEntry alone.
static VOID TestLoaded(void)
{
    CHECK_STATUS(ServiceLoad(L"drvexport", L"drvexport.sys"), STATUS_SUCCESS);
    CHECK_STATUS(ServiceUnload(L"drvexport"), STATUS_SUCCESS);
    CHECK_STATUS(ServiceLoad(L"drvexpdll", L"drvexpdll.sys"), STATUS_SUCCESS);
    CHECK_STATUS(ServiceUnload(L"drvexpdll"), STATUS_SUCCESS);
}

static const TEST Tests[] = {
    {"an export driver that another one imports from", TestImported},
    {"the same, linked as a DLL", TestImportedDll},
    {"export drivers that are loaded as drivers", TestLoaded},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
