// System information about modules: the Executive first, then the images that driver hosts have loaded. Those that every
// host has are told once; a driver that is in two hosts has two places.
#include "exp.h"

#include "../io/hosteddrivers.h"

#include <nt/nthosteddrivers.h>

extern IMAGE_DOS_HEADER __ImageBase;

typedef struct _EXP_MODULES {
    PRTL_PROCESS_MODULES List; // or null: they are counted
    ULONG Count, Room;
    BOOLEAN FirstHost;
} EXP_MODULES, *PEXP_MODULES;

static VOID ExpAddModule(PEXP_MODULES Modules, ULONG_PTR Base, SIZE_T Size, PCUNICODE_STRING Path)
{
    ULONG Index = Modules->Count++;
    if (!Modules->List || Index >= Modules->Room)
        return;
    PRTL_PROCESS_MODULE_INFORMATION Module = &Modules->List->Modules[Index];
    Module->ImageBase = (PVOID)Base;
    Module->ImageSize = (ULONG)Size;
    Module->LoadOrderIndex = (USHORT)Index;
    Module->LoadCount = 1;
    ULONG Length = min(Path->Length / (ULONG)sizeof(WCHAR), sizeof(Module->FullPathName) - 1u);
    for (ULONG i = 0; i < Length; i++) {
        Module->FullPathName[i] = (UCHAR)Path->Buffer[i];
        if (Path->Buffer[i] == L'\\')
            Module->OffsetToFileName = (USHORT)(i + 1);
    }
}

static BOOLEAN ExpEndsWith(PCUNICODE_STRING Path, PCWSTR End)
{
    UNICODE_STRING Wanted, Tail = *Path;
    RtlInitUnicodeString(&Wanted, End);
    if (Path->Length < Wanted.Length)
        return FALSE;
    Tail.Buffer += (Path->Length - Wanted.Length) / sizeof(WCHAR);
    Tail.Length = Wanted.Length;
    return RtlEqualUnicodeString(&Tail, &Wanted, TRUE);
}

static VOID ExpAddHostImage(ULONG_PTR Base, SIZE_T Size, PCUNICODE_STRING Path, PVOID Context)
{
    PEXP_MODULES Modules = Context;
    BOOLEAN Common = ExpEndsWith(Path, L"\\ntoskrnl.exe") || ExpEndsWith(Path, L"\\hal.dll");
    if (Common ? Modules->FirstHost : ExpEndsWith(Path, L".sys"))
        ExpAddModule(Modules, Base, Size, Path);
}

static VOID ExpAddHost(PEPROCESS Process, PVOID Context)
{
    PEXP_MODULES Modules = Context;
    MmEnumerateImages(Process, ExpAddHostImage, Modules);
    Modules->FirstHost = FALSE;
}

static VOID ExpCollectModules(PEXP_MODULES Modules)
{
    static const UNICODE_STRING Name =
        RTL_CONSTANT_STRING(L"\\SystemRoot\\System32\\executive.exe");
    ULONG_PTR Base = (ULONG_PTR)&__ImageBase;
    Modules->FirstHost = TRUE;
    Modules->Count = 0;
    ExpAddModule(Modules, Base, RtlImageNtHeader(&__ImageBase)->OptionalHeader.SizeOfImage, &Name);
    IoEnumerateHosts(ExpAddHost, Modules);
}

NTSTATUS ExpQueryModules(PEXP_QUERY Query)
{
    EXP_MODULES Modules = {};
    ExpCollectModules(&Modules);
    Query->Needed = FIELD_OFFSET(RTL_PROCESS_MODULES, Modules) +
                    Modules.Count * (ULONG)sizeof(RTL_PROCESS_MODULE_INFORMATION);
    if (Query->Length < Query->Needed)
        return STATUS_INFO_LENGTH_MISMATCH;
    Modules.List = ExAllocatePoolZero(PagedPool, Query->Needed, EX_TAG_BUFFER);
    if (!Modules.List)
        return STATUS_INSUFFICIENT_RESOURCES;
    Modules.Room = Modules.Count;
    ExpCollectModules(&Modules);
    Modules.List->NumberOfModules = min(Modules.Count, Modules.Room);
    NTSTATUS Status = MmCopyToUser(Query->Buffer, Modules.List, Query->Needed);
    ExFreePoolWithTag(Modules.List, EX_TAG_BUFFER);
    return Status;
}

// ---- Drivers

typedef struct _EXP_DRIVERS {
    PSYSTEM_HOSTED_DRIVERS List;
    SIZE_T Count, Room; // Count: of all
} EXP_DRIVERS, *PEXP_DRIVERS;

static VOID ExpAddDriver(PEPROCESS Process, PVOID DriverObject, PVOID Context)
{
    struct {
        OBJECT_NAME_INFORMATION Information;
        WCHAR Space[256];
    } Name;
    PEXP_DRIVERS Drivers = Context;
    ULONG Length;
    if (Drivers->Count++ >= Drivers->Room)
        return;
    PSYSTEM_HOSTED_DRIVER Driver = &Drivers->List->Drivers[Drivers->List->Count++];
    Driver->ProcessId = Process->UniqueProcessId;
    if (!NT_SUCCESS(ObQueryNameString(DriverObject, &Name.Information, sizeof(Name), &Length)))
        return; // being unloaded
    memcpy(Driver->Name, Name.Information.Name.Buffer,
           min(Name.Information.Name.Length, sizeof(Driver->Name) - sizeof(WCHAR)));
}

NTSTATUS ExpQueryHostedDrivers(PEXP_QUERY Query)
{
    EXP_DRIVERS Drivers = {};
    IoEnumerateHostedDrivers(ExpAddDriver, &Drivers);
    Query->Needed =
        (ULONG)(sizeof(SYSTEM_HOSTED_DRIVERS) + Drivers.Count * sizeof(SYSTEM_HOSTED_DRIVER));
    if (Query->Length < Query->Needed)
        return STATUS_INFO_LENGTH_MISMATCH;
    Drivers = (EXP_DRIVERS){
        .Room = Drivers.Count,
        .List = ExAllocatePoolZero(PagedPool, Query->Needed, EX_TAG_BUFFER),
    };
    if (!Drivers.List)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoEnumerateHostedDrivers(ExpAddDriver, &Drivers);
    NTSTATUS Status = MmCopyToUser(Query->Buffer, Drivers.List, Query->Needed);
    ExFreePoolWithTag(Drivers.List, EX_TAG_BUFFER);
    return Status;
}
