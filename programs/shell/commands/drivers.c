// drivers, load, unload.

#include "shell.h"

#include <nt/nthosteddrivers.h>

// The image that the driver's service key names. "disk#2" is the driver of the service disk in a second host.
static VOID ShellShowImagePath(PCWSTR Driver)
{
    WCHAR Path[MAX_PATH];
    PREG_VALUE Value;
    _snwprintf(Path, RTL_NUMBER_OF(Path),
               L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\%.*ws",
               (int)wcscspn(Driver, L"#"), Driver);
    Path[RTL_NUMBER_OF(Path) - 1] = 0;
    if (!NT_SUCCESS(RegFindValue(Path, L"ImagePath", &Value)))
        return;
    ShPrint(L"  %ws", (PCWSTR)Value->Data);
    RegFreeValue(Value);
}

static VOID ShellShowDriver(PCWSTR DirectoryName, PCWSTR Name, const SYSTEM_HOSTED_DRIVERS *Hosted)
{
    SH_TEXT Path = {};
    ShAppendFormat(&Path, L"%ws\\%ws", DirectoryName, Name);
    PCWSTR Text = ShString(&Path);
    for (SIZE_T i = 0; Hosted && i < Hosted->Count; i++)
        if (_wcsicmp(Text, Hosted->Drivers[i].Name) == 0)
            ShPrint(L"%6llu", (ULONGLONG)(ULONG_PTR)Hosted->Drivers[i].ProcessId);
    ShPrint(L"  %-24ws", Text);
    ShellShowImagePath(Text + wcslen(DirectoryName) + 1);
    ShPrint(L"\n");
    ShFreeText(&Path);
}

// A driver object's name is that of its service.
static NTSTATUS ShellListDrivers(PCWSTR DirectoryName, const SYSTEM_HOSTED_DRIVERS *Hosted)
{
    SH_WORDS Entries = {};
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Directory;
    RtlInitUnicodeString(&Name, DirectoryName);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    NTSTATUS Status = NtOpenDirectoryObject(&Directory, DIRECTORY_QUERY, &Attributes);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ShellListObjects(Directory, &Entries);
    for (ULONG i = 0; i < Entries.Count; i++)
        ShellShowDriver(DirectoryName, Entries.Values[i], Hosted);
    ShFreeWords(&Entries);
    NtClose(Directory);
    return Status;
}

static PCSTR ShellModuleName(const RTL_PROCESS_MODULE_INFORMATION *Module)
{
    return (PCSTR)Module->FullPathName + Module->OffsetToFileName;
}

static int __cdecl ShellCompareModules(const void *First, const void *Second)
{
    const RTL_PROCESS_MODULE_INFORMATION *One = First, *Other = Second;
    int Order = _stricmp(ShellModuleName(One), ShellModuleName(Other));
    return Order ? Order
                 : (One->ImageBase > Other->ImageBase) - (One->ImageBase < Other->ImageBase);
}

// Images of drivers are where they are in their hosts. In the order of their files' names.
static VOID ShellListModules(void)
{
    PRTL_PROCESS_MODULES Modules = ShellQuerySystem(SystemModuleInformation);
    if (!Modules)
        return;
    qsort(Modules->Modules, Modules->NumberOfModules, sizeof(Modules->Modules[0]),
          ShellCompareModules);
    for (ULONG i = 0; i < Modules->NumberOfModules; i++) {
        const RTL_PROCESS_MODULE_INFORMATION *Module = &Modules->Modules[i];
        ShPrint(L"%016llx %8lx  %S\n", (ULONGLONG)(ULONG_PTR)Module->ImageBase, Module->ImageSize,
                Module->FullPathName);
    }
    SysFree(Modules);
}

ULONG ShellDoDrivers(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    if (Words->Count)
        return ShWrongUsage;
    PSYSTEM_HOSTED_DRIVERS Hosted = ShellQuerySystem(SystemHostedDrivers);
    NTSTATUS Status = ShellListDrivers(L"\\Driver", Hosted);
    if (NT_SUCCESS(Status))
        Status = ShellListDrivers(L"\\FileSystem", Hosted);
    ShellListModules();
    SysFree(Hosted);
    return NT_SUCCESS(Status) ? 0 : ShReportStatus(L"drivers", Status);
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
