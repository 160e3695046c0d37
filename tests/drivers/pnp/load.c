// NtLoadDriver and NtUnloadDriver.
#include <pointers.h>

#include "suite.h"

VOID TestUnknownService(void)
{
    UNICODE_STRING Elsewhere = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\Software");
    UNICODE_STRING Below = RTL_CONSTANT_STRING(SERVICES L"pnpfunc\\Parameters");
    CHECK_STATUS(LoadService(L"NoSuchService", TRUE), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(LoadService(L"NoSuchService", FALSE), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtLoadDriver(&Elsewhere), STATUS_OBJECT_NAME_INVALID);
    CHECK_STATUS(NtLoadDriver(&Below), STATUS_OBJECT_NAME_INVALID);
    CHECK_BAD_INPUT(NtLoadDriver(Bad));
    CHECK_BAD_INPUT(NtUnloadDriver(Bad));
}

VOID TestDisabledService(void)
{
    MakeService(L"pnpoff", L"pnphelp.sys", nullptr);
    SetNumber(SERVICES L"pnpoff", L"Start", 4);
    CHECK_STATUS(LoadService(L"pnpoff", TRUE), STATUS_PLUGPLAY_NO_DEVICE);
    SetNumber(SERVICES L"pnpoff", L"Start", 3);
    SetNumber(SERVICES L"pnpoff", L"Type", 16); // a program's
    CHECK_STATUS(LoadService(L"pnpoff", TRUE), STATUS_INVALID_PARAMETER);
}

VOID TestBadImage(void)
{
    MakeService(L"pnpnofile", L"nofile.sys", nullptr);
    CHECK_STATUS(LoadService(L"pnpnofile", TRUE), STATUS_OBJECT_NAME_NOT_FOUND);
    MakeService(L"pnpcorrupt", L"corrupt.sys", nullptr); // text
    CHECK_STATUS(LoadService(L"pnpcorrupt", TRUE), STATUS_INVALID_IMAGE_NOT_MZ);
    MakeService(L"pnpexe", L"..\\ntdll.dll", nullptr); // no driver
    CHECK(!NT_SUCCESS(LoadService(L"pnpexe", TRUE)));
}

// Each time anew, and nothing of it stays.
VOID TestEntryFails(void)
{
    MakeService(L"pnpfail", L"pnpfail.sys", nullptr);
    CHECK_STATUS(LoadService(L"pnpfail", TRUE), STATUS_DEVICE_CONFIGURATION_ERROR);
    CHECK_STATUS(LoadService(L"pnpfail", TRUE), STATUS_DEVICE_CONFIGURATION_ERROR);
    CHECK_STATUS(LoadService(L"pnpfail", FALSE), STATUS_OBJECT_NAME_NOT_FOUND);
}

VOID TestMissingImport(void)
{
    MakeService(L"pnpimport", L"pnpimport.sys", nullptr);
    CHECK_STATUS(LoadService(L"pnpimport", TRUE), STATUS_ENTRYPOINT_NOT_FOUND);
}

VOID TestAlreadyLoaded(void)
{
    CHECK_STATUS(LoadService(L"pnpfunc", TRUE), STATUS_IMAGE_ALREADY_LOADED);
    CHECK_STATUS(LoadService(L"PNPFUNC", TRUE), STATUS_IMAGE_ALREADY_LOADED);
}

VOID TestInUse(void)
{
    AddChild(L"A", L"use", BusNeedsNothing, 0);
    CHECK_STATUS(LoadService(L"pnpfunc", FALSE), STATUS_INVALID_DEVICE_REQUEST);
    PullChild(L"use");
    CHECK_STATUS(LoadService(L"pnpfunc", FALSE), STATUS_SUCCESS);
    CHECK_STATUS(LoadService(L"pnpfunc", TRUE), STATUS_SUCCESS);
    MakeService(L"pnphelp", L"pnphelp.sys", nullptr);
    CHECK_STATUS(LoadService(L"pnphelp", TRUE), STATUS_SUCCESS);
    CHECK_STATUS(LoadService(L"pnphelp", FALSE), STATUS_INVALID_DEVICE_REQUEST); // it cannot
}

// Two services of one group are in one process.
VOID TestSharedHost(void)
{
    ULONG Processes[4] = {};
    PCWSTR Key = ENUM L"PNPTEST\\A\\shr";
    MakeService(L"pnpshare1", L"pnpfilter.sys", L"PnpTestGroup");
    MakeService(L"pnpshare2", L"pnpfilter.sys", L"PnpTestGroup");
    SET_TEXTS(Key, L"LowerFilters", L"pnpshare1\0");
    SET_TEXTS(Key, L"UpperFilters", L"pnpshare2\0");
    AddChild(L"A", L"shr", BusNeedsNothing, 0);
    CheckProblem(L"PNPTEST\\A\\shr", 0);
    CHECK_EQUAL(
        GetProperty(L"PNPTEST\\A\\shr", PNP_PROPERTY_HOST_PROCESSES, Processes, sizeof(Processes)),
        3 * sizeof(ULONG));
    CHECK_EQUAL(Processes[0], Processes[2]);
    CHECK(Processes[0] != Processes[1]);
    PullChild(L"shr");
    CHECK_STATUS(LoadService(L"pnpshare1", FALSE), STATUS_SUCCESS);
    CHECK_STATUS(LoadService(L"pnpshare2", FALSE), STATUS_SUCCESS);
}
