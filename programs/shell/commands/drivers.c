// drivers, load, unload.

#include "shell.h"

ULONG ShellDoDrivers(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    if (Words->Count)
        return ShWrongUsage;
    PRTL_PROCESS_MODULES Modules = ShellQuerySystem(SystemModuleInformation);
    if (!Modules)
        return 1;
    ShPrint(L"%-16ws %10ws  %ws\n", L"base", L"size KiB", L"file");
    for (ULONG i = 0; i < Modules->NumberOfModules; i++) {
        const RTL_PROCESS_MODULE_INFORMATION *Module = &Modules->Modules[i];
        ShPrint(L"%016llx %10lu  %hs\n", (ULONGLONG)(ULONG_PTR)Module->ImageBase,
                Module->ImageSize / 1024, Module->FullPathName);
    }
    SysFree(Modules);
    return 0;
}

// A driver is named by its service key.
static ULONG ShellCallDriver(const SH_WORDS *Words,
                             NTSTATUS(NTAPI *Service)(PUNICODE_STRING DriverServiceName))
{
    SH_TEXT Key = {};
    UNICODE_STRING Name;
    BOOLEAN WasEnabled;
    if (Words->Count != 1)
        return ShWrongUsage;
    if (!wcschr(Words->Values[0], L'\\'))
        ShAppendString(&Key, L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\");
    ShAppendString(&Key, Words->Values[0]);
    NTSTATUS Status = RtlInitUnicodeStringEx(&Name, ShString(&Key));
    if (NT_SUCCESS(Status))
        Status = RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    if (NT_SUCCESS(Status))
        Status = Service(&Name);
    ShFreeText(&Key);
    return NT_SUCCESS(Status) ? 0 : ShReportStatus(Words->Values[0], Status);
}

ULONG ShellDoLoad(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    return ShellCallDriver(Words, NtLoadDriver);
}

ULONG ShellDoUnload(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    return ShellCallDriver(Words, NtUnloadDriver);
}
