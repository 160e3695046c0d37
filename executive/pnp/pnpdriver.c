// Drivers: loading and unloading them.
#include "pnpp.h"

// A driver that is loaded, by its service and its host.
typedef struct _PNP_DRIVER {
    LIST_ENTRY Link;
    PDRIVER_OBJECT Driver; // referenced
    ULONG Instance;        // of the service, from 1 on
    ULONG Users;           // devices
    BOOLEAN Alone;         // loaded without a device
    WCHAR Service[PNP_MAX_PATH];
} PNP_DRIVER, *PPNP_DRIVER;

static LIST_ENTRY PnpDriverListHead = {&PnpDriverListHead, &PnpDriverListHead};

enum { // Services\NAME, Type and Start
    PNP_SERVICE_KERNEL_DRIVER = 1,
    PNP_SERVICE_FILE_SYSTEM_DRIVER = 2,
    PNP_SERVICE_DEMAND = 3,
    PNP_SERVICE_DISABLED = 4,
};

// ---- Loading

static PPNP_DRIVER PnpFindDriver(PCWSTR Service, PIO_HOST Host)
{
    for (PLIST_ENTRY Link = PnpDriverListHead.Flink; Link != &PnpDriverListHead;
         Link = Link->Flink) {
        PPNP_DRIVER Entry = CONTAINING_RECORD(Link, PNP_DRIVER, Link);
        if (_wcsicmp(Entry->Service, Service) == 0 &&
            (!Host || IopDriverHost(Entry->Driver) == Host))
            return Entry;
    }
    return nullptr;
}

static PPNP_DRIVER PnpFindEntry(const DRIVER_OBJECT *Driver)
{
    for (PLIST_ENTRY Link = PnpDriverListHead.Flink; Link != &PnpDriverListHead;
         Link = Link->Flink) {
        PPNP_DRIVER Entry = CONTAINING_RECORD(Link, PNP_DRIVER, Link);
        if (Entry->Driver == Driver)
            return Entry;
    }
    return nullptr;
}

static BOOLEAN PnpIsInstanceUsed(PCWSTR Service, ULONG Instance)
{
    for (PLIST_ENTRY Link = PnpDriverListHead.Flink; Link != &PnpDriverListHead;
         Link = Link->Flink) {
        PPNP_DRIVER Entry = CONTAINING_RECORD(Link, PNP_DRIVER, Link);
        if (Entry->Instance == Instance && _wcsicmp(Entry->Service, Service) == 0)
            return TRUE;
    }
    return FALSE;
}

// The driver object has been deleted, and with it the entry's reference.
static VOID PnpDropDriver(PPNP_DRIVER Entry)
{
    RemoveEntryList(&Entry->Link);
    ExFreePool(Entry);
}

// ImagePath is relative to \SystemRoot, or an NT path; without one the image has the service's name.
static VOID PnpImagePath(PCWSTR Service, PCWSTR ServicePath, PWSTR Path)
{
    WCHAR Value[PNP_MAX_PATH];
    if (!PnpReadString(ServicePath, L"ImagePath", Value, PNP_MAX_PATH))
        _snwprintf(Value, PNP_MAX_PATH, L"System32\\drivers\\%ws.sys", Service);
    Value[PNP_MAX_PATH - 1] = 0;
    _snwprintf(Path, PNP_MAX_PATH, Value[0] == L'\\' ? L"%ws" : L"\\SystemRoot\\%ws", Value);
    Path[PNP_MAX_PATH - 1] = 0;
}

// \Driver\NAME, and \Driver\NAME#2 ... in further hosts.
static VOID PnpDriverName(PCWSTR Service, ULONG Type, ULONG Instance, PWSTR Name)
{
    PCWSTR Directory = Type == PNP_SERVICE_KERNEL_DRIVER ? L"Driver" : L"FileSystem";
    if (Instance == 1)
        _snwprintf(Name, PNP_MAX_PATH, L"\\%ws\\%ws", Directory, Service);
    else
        _snwprintf(Name, PNP_MAX_PATH, L"\\%ws\\%ws#%lu", Directory, Service, Instance);
    Name[PNP_MAX_PATH - 1] = 0;
}

static NTSTATUS PnpCheckService(PCWSTR ServicePath, PULONG Type)
{
    ULONG Start = 0;
    if (!CmQueryNumber(ServicePath, L"Type", Type))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (*Type != PNP_SERVICE_KERNEL_DRIVER && *Type != PNP_SERVICE_FILE_SYSTEM_DRIVER)
        return STATUS_INVALID_PARAMETER;
    if (CmQueryNumber(ServicePath, L"Start", &Start) && Start == PNP_SERVICE_DISABLED)
        return STATUS_PLUGPLAY_NO_DEVICE;
    return STATUS_SUCCESS;
}

static NTSTATUS PnpLoadInHost(PPNP_DRIVER Entry, PIO_HOST Host)
{
    WCHAR ServicePath[PNP_MAX_PATH], ImagePath[PNP_MAX_PATH], DriverName[PNP_MAX_PATH];
    ULONG Type;
    PnpServicePath(Entry->Service, ServicePath);
    NTSTATUS Status = PnpCheckService(ServicePath, &Type);
    if (!NT_SUCCESS(Status))
        return Status;
    Host->Privileges |= PnpReadPrivileges(ServicePath);
    for (Entry->Instance = 1; PnpIsInstanceUsed(Entry->Service, Entry->Instance);)
        Entry->Instance++;
    PnpImagePath(Entry->Service, ServicePath, ImagePath);
    PnpDriverName(Entry->Service, Type, Entry->Instance, DriverName);
    UNICODE_STRING Key, Image, Name;
    RtlInitUnicodeString(&Key, ServicePath);
    RtlInitUnicodeString(&Image, ImagePath);
    RtlInitUnicodeString(&Name, DriverName);
    Status = IopLoadDriverInHost(Host, &Key, &Image, &Name, &Entry->Driver);
    ULONG Caches = 0;
    if (NT_SUCCESS(Status) && CmQueryNumber(ServicePath, L"CacheAttributes", &Caches))
        Entry->Driver->CachesAttributes = Caches != 0;
    return Status;
}

static NTSTATUS PnpLoadNew(PCWSTR Service, PIO_HOST Host, PPNP_DRIVER *Result)
{
    PPNP_DRIVER Entry = ExAllocatePoolZero(PagedPool, sizeof(*Entry), PnpTag);
    if (!Entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    wcscpy(Entry->Service, Service);
    NTSTATUS Status = PnpLoadInHost(Entry, Host);
    if (IsListEmpty(&Host->DriverListHead) && !Host->Ended) // nothing else runs there
        PsTerminateProcess(Host->Process, STATUS_SUCCESS);
    if (!NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: driver %ws does not load: 0x%08lX\n", Service, (ULONG)Status);
        ExFreePool(Entry);
        return Status;
    }
    InsertTailList(&PnpDriverListHead, &Entry->Link);
    *Result = Entry;
    return STATUS_SUCCESS;
}

// The service is looked at before a host is made for it.
static NTSTATUS PnpFindOrLoad(PCWSTR Service, PDEVICE_NODE Node, PIO_HOST FunctionHost,
                              PPNP_DRIVER *Entry)
{
    WCHAR Path[PNP_MAX_PATH];
    ULONG Type;
    PIO_HOST Host;
    PnpServicePath(Service, Path);
    NTSTATUS Status = PnpCheckService(Path, &Type);
    if (NT_SUCCESS(Status))
        Status = PnpChooseHost(Service, Node, FunctionHost, &Host);
    if (!NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: driver %ws does not load: 0x%08lX\n", Service, (ULONG)Status);
        return Status;
    }
    *Entry = PnpFindDriver(Service, Host);
    return *Entry ? STATUS_SUCCESS : PnpLoadNew(Service, Host, Entry);
}

NTSTATUS PnpLoadDriver(PCWSTR Service)
{
    PPNP_DRIVER Entry;
    NTSTATUS Status = PnpFindOrLoad(Service, nullptr, nullptr, &Entry);
    if (NT_SUCCESS(Status))
        Entry->Alone = TRUE;
    return Status;
}

NTSTATUS PnpUseDriver(PCWSTR Service, PDEVICE_NODE Node, PIO_HOST FunctionHost,
                      PDRIVER_OBJECT *Driver)
{
    PPNP_DRIVER Entry;
    NTSTATUS Status = PnpFindOrLoad(Service, Node, FunctionHost, &Entry);
    if (!NT_SUCCESS(Status))
        return Status;
    Entry->Users++;
    ObReferenceObject(Entry->Driver);
    *Driver = Entry->Driver;
    return STATUS_SUCCESS;
}

VOID PnpLeaveDriver(PDRIVER_OBJECT Driver)
{
    PPNP_DRIVER Entry = PnpFindEntry(Driver); // none: its host has ended
    if (Entry && --Entry->Users == 0)
        PnpUnloadUnused(); // when it was of this device only
    ObDereferenceObject(Driver);
}

BOOLEAN PnpIsDriverLoaded(PCWSTR Service)
{
    return PnpFindDriver(Service, nullptr) != nullptr;
}

ULONG PnpListServices(PDEVICE_NODE Node, PWSTR List, ULONG Chars)
{
    PWSTR Place = List;
    for (ULONG i = 0; i < Node->DriverCount; i++) {
        PPNP_DRIVER Entry = PnpFindEntry(Node->Drivers[i]);
        ULONG Room = Chars - (ULONG)(Place - List);
        if (!Entry || wcslen(Entry->Service) + 2 > Room)
            continue;
        wcscpy(Place, Entry->Service);
        Place += wcslen(Entry->Service) + 1;
    }
    *Place++ = 0;
    return (ULONG)(Place - List) * sizeof(WCHAR);
}

// It may be opened again when it refuses.
static NTSTATUS PnpUnloadEntry(PPNP_DRIVER Entry)
{
    PDRIVER_OBJECT Driver = Entry->Driver;
    ObReferenceObject(Driver);
    NTSTATUS Status = IopUnloadDriver(Driver);
    if (NT_SUCCESS(Status))
        PnpDropDriver(Entry);
    else
        Driver->Unloading = FALSE;
    ObDereferenceObject(Driver);
    return Status;
}

// In all hosts, or in none. While there are open files the driver stays, for these only.
NTSTATUS PnpUnloadDriver(PCWSTR Service)
{
    NTSTATUS Status = STATUS_OBJECT_NAME_NOT_FOUND;
    PLIST_ENTRY Link;
    for (Link = PnpDriverListHead.Flink; Link != &PnpDriverListHead; Link = Link->Flink) {
        PPNP_DRIVER Entry = CONTAINING_RECORD(Link, PNP_DRIVER, Link);
        if (_wcsicmp(Entry->Service, Service) != 0)
            continue;
        if (Entry->Users || Entry->Driver->Unloading)
            return STATUS_INVALID_DEVICE_REQUEST; // its devices must go first
        Status = STATUS_SUCCESS;
    }
    for (Link = PnpDriverListHead.Flink; Link != &PnpDriverListHead && NT_SUCCESS(Status);) {
        PPNP_DRIVER Entry = CONTAINING_RECORD(Link, PNP_DRIVER, Link);
        Link = Link->Flink;
        if (_wcsicmp(Entry->Service, Service) != 0 || Entry->Driver->Unloading)
            continue;
        Entry->Driver->Unloading = TRUE;
        (VOID) IopReleaseKept(nullptr, TRUE);
        if (Entry->Driver->FileCount)
            continue;
        Status = PnpUnloadEntry(Entry);
        Link = PnpDriverListHead.Flink; // others may have changed the list meanwhile
    }
    return Status;
}

VOID PnpUnloadUnusedDrivers(VOID)
{
    PLIST_ENTRY Link = PnpDriverListHead.Flink;
    while (Link != &PnpDriverListHead) {
        PPNP_DRIVER Entry = CONTAINING_RECORD(Link, PNP_DRIVER, Link);
        Link = Link->Flink;
        if (!Entry->Driver->Unloading || Entry->Driver->FileCount)
            continue;
        NTSTATUS Status = PnpUnloadEntry(Entry);
        if (!NT_SUCCESS(Status))
            DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                       "pnp: a driver does not unload: 0x%08lX\n", (ULONG)Status);
        Link = PnpDriverListHead.Flink; // others may have changed the list meanwhile
    }
}

VOID PnpUnloadDriversOf(PIO_HOST Host)
{
    PLIST_ENTRY Link = PnpDriverListHead.Flink;
    while (Link != &PnpDriverListHead) {
        PPNP_DRIVER Entry = CONTAINING_RECORD(Link, PNP_DRIVER, Link);
        Link = Link->Flink;
        if (IopDriverHost(Entry->Driver) != Host || Entry->Driver->Unloading)
            continue;
        Entry->Driver->Unloading = TRUE;
        (VOID) IopReleaseKept(nullptr, TRUE);
        if (Entry->Driver->FileCount)
            continue; // PnpUnloadUnusedDrivers does it when they are closed
        (VOID) PnpUnloadEntry(Entry);
        Link = PnpDriverListHead.Flink; // others may have changed the list meanwhile
    }
}

BOOLEAN PnpIsHostUsed(PIO_HOST Host)
{
    for (PLIST_ENTRY Link = PnpDriverListHead.Flink; Link != &PnpDriverListHead;
         Link = Link->Flink) {
        PPNP_DRIVER Entry = CONTAINING_RECORD(Link, PNP_DRIVER, Link);
        if (IopDriverHost(Entry->Driver) == Host && (Entry->Users || Entry->Driver->FileCount))
            return TRUE;
    }
    return FALSE;
}

// Loaded by the system, and not because somebody wanted it this once.
static BOOLEAN PnpIsLoadedAtBoot(const PNP_DRIVER *Entry)
{
    WCHAR Path[PNP_MAX_PATH];
    ULONG Start;
    PnpServicePath(Entry->Service, Path);
    return Entry->Alone && CmQueryNumber(Path, L"Start", &Start) && Start < PNP_SERVICE_DEMAND;
}

static VOID PnpReloadDriver(PVOID Context)
{
    if (PnpMayRestart(Context, Context))
        (VOID) PnpLoadDriver(Context);
    ExFreePool(Context);
}

static VOID PnpReloadLater(PCWSTR Service)
{
    PWSTR Copy = ExAllocatePoolWithTag(PagedPool, (wcslen(Service) + 1) * sizeof(WCHAR), PnpTag);
    if (!Copy)
        return;
    wcscpy(Copy, Service);
    if (!NT_SUCCESS(PnpQueueRoutine(PnpReloadDriver, Copy)))
        ExFreePool(Copy);
}

// The host has ended. A driver without devices that belongs to the system is loaded again.
VOID PnpForgetDrivers(PIO_HOST Host)
{
    PLIST_ENTRY Link = PnpDriverListHead.Flink;
    while (Link != &PnpDriverListHead) {
        PPNP_DRIVER Entry = CONTAINING_RECORD(Link, PNP_DRIVER, Link);
        Link = Link->Flink;
        if (IopDriverHost(Entry->Driver) != Host)
            continue;
        if (PnpIsLoadedAtBoot(Entry) && !Entry->Driver->Unloading)
            PnpReloadLater(Entry->Service);
        IopDeleteDriverObject(Entry->Driver);
        PnpDropDriver(Entry);
    }
}
