// Drivers: which host they run in, loading them, and the drivers of a device.
#include "pnpp.h"

// A driver that is loaded, by the name of its service.
typedef struct _PNP_DRIVER {
    LIST_ENTRY Link;
    PDRIVER_OBJECT Driver; // referenced
    WCHAR Service[PNP_MAX_PATH];
} PNP_DRIVER, *PPNP_DRIVER;

// A host by the name of the group of drivers that share it.
typedef struct _PNP_HOST {
    LIST_ENTRY Link;
    PIO_HOST Host; // referenced
    WCHAR Group[PNP_MAX_PATH];
} PNP_HOST, *PPNP_HOST;

static LIST_ENTRY PnpDriverListHead = {&PnpDriverListHead, &PnpDriverListHead};
static LIST_ENTRY PnpHostListHead = {&PnpHostListHead, &PnpHostListHead};

enum { // Services\NAME, Type and Start
    PNP_SERVICE_KERNEL_DRIVER = 1,
    PNP_SERVICE_FILE_SYSTEM_DRIVER = 2,
    PNP_SERVICE_DISABLED = 4,
};

// ---- Hosts

static VOID PnpDropHost(PPNP_HOST Entry)
{
    RemoveEntryList(&Entry->Link);
    IopDereferenceHost(Entry->Host);
    ExFreePool(Entry);
}

static PIO_HOST PnpFindHost(PCWSTR Group)
{
    for (PLIST_ENTRY Link = PnpHostListHead.Flink; Link != &PnpHostListHead; Link = Link->Flink) {
        PPNP_HOST Entry = CONTAINING_RECORD(Link, PNP_HOST, Link);
        if (_wcsicmp(Entry->Group, Group) != 0)
            continue;
        if (!Entry->Host->Ended)
            return Entry->Host;
        PnpDropHost(Entry);
        break;
    }
    return nullptr;
}

// Services\NAME\Parameters, HostGroup: the drivers that name the same group share a host. Without it
// a driver has one for itself.
static NTSTATUS PnpChooseHost(PCWSTR Service, PIO_HOST *Host)
{
    WCHAR Path[PNP_MAX_PATH], Group[PNP_MAX_PATH];
    PnpServicePath(Service, Path);
    if (!PnpReadString(Path, L"HostGroup", Group, PNP_MAX_PATH))
        wcscpy(Group, Service);
    *Host = PnpFindHost(Group);
    if (*Host)
        return STATUS_SUCCESS;
    PPNP_HOST Entry = ExAllocatePoolZero(PagedPool, sizeof(*Entry), PnpTag);
    if (!Entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Group);
    NTSTATUS Status = IopCreateHost(&Name, &Entry->Host);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Entry);
        return Status;
    }
    wcscpy(Entry->Group, Group);
    InsertTailList(&PnpHostListHead, &Entry->Link);
    *Host = Entry->Host;
    return STATUS_SUCCESS;
}

// ---- Loading

static PPNP_DRIVER PnpFindDriver(PCWSTR Service)
{
    for (PLIST_ENTRY Link = PnpDriverListHead.Flink; Link != &PnpDriverListHead;
         Link = Link->Flink) {
        PPNP_DRIVER Entry = CONTAINING_RECORD(Link, PNP_DRIVER, Link);
        if (_wcsicmp(Entry->Service, Service) == 0)
            return Entry;
    }
    return nullptr;
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

static NTSTATUS PnpLoadInHost(PCWSTR Service, PDRIVER_OBJECT *Driver)
{
    WCHAR ServicePath[PNP_MAX_PATH], ImagePath[PNP_MAX_PATH], DriverName[PNP_MAX_PATH];
    ULONG Type = PNP_SERVICE_KERNEL_DRIVER, Start = 0;
    PIO_HOST Host;
    PnpServicePath(Service, ServicePath);
    if (!PnpReadNumber(ServicePath, L"Type", &Type))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (Type != PNP_SERVICE_KERNEL_DRIVER && Type != PNP_SERVICE_FILE_SYSTEM_DRIVER)
        return STATUS_INVALID_PARAMETER;
    if (PnpReadNumber(ServicePath, L"Start", &Start) && Start == PNP_SERVICE_DISABLED)
        return STATUS_PLUGPLAY_NO_DEVICE;
    PnpImagePath(Service, ServicePath, ImagePath);
    _snwprintf(DriverName, PNP_MAX_PATH, L"\\%ws\\%ws",
               Type == PNP_SERVICE_KERNEL_DRIVER ? L"Driver" : L"FileSystem", Service);
    NTSTATUS Status = PnpChooseHost(Service, &Host);
    if (!NT_SUCCESS(Status))
        return Status;
    Host->Privileges |= PnpReadPrivileges(ServicePath);
    UNICODE_STRING Key, Image, Name;
    RtlInitUnicodeString(&Key, ServicePath);
    RtlInitUnicodeString(&Image, ImagePath);
    RtlInitUnicodeString(&Name, DriverName);
    Status = IopLoadDriverInHost(Host, &Key, &Image, &Name, Driver);
    if (IsListEmpty(&Host->DriverListHead) && !Host->Ended) // nothing else runs there
        PsTerminateProcess(Host->Process, STATUS_SUCCESS);
    return Status;
}

NTSTATUS PnpLoadDriver(PCWSTR Service, PDRIVER_OBJECT *Driver)
{
    PPNP_DRIVER Entry = PnpFindDriver(Service);
    if (!Entry) {
        Entry = ExAllocatePoolZero(PagedPool, sizeof(*Entry), PnpTag);
        if (!Entry)
            return STATUS_INSUFFICIENT_RESOURCES;
        NTSTATUS Status = PnpLoadInHost(Service, &Entry->Driver);
        if (!NT_SUCCESS(Status)) {
            DbgPrint("pnp: driver %ws does not load: 0x%08lX\n", Service, (ULONG)Status);
            ExFreePool(Entry);
            return Status;
        }
        wcscpy(Entry->Service, Service);
        InsertTailList(&PnpDriverListHead, &Entry->Link);
    }
    ObReferenceObject(Entry->Driver);
    *Driver = Entry->Driver;
    return STATUS_SUCCESS;
}

BOOLEAN PnpIsDriverLoaded(PCWSTR Service)
{
    return PnpFindDriver(Service) != nullptr;
}

static PCWSTR PnpServiceOf(const DRIVER_OBJECT *Driver)
{
    for (PLIST_ENTRY Link = PnpDriverListHead.Flink; Link != &PnpDriverListHead;
         Link = Link->Flink) {
        PPNP_DRIVER Entry = CONTAINING_RECORD(Link, PNP_DRIVER, Link);
        if (Entry->Driver == Driver)
            return Entry->Service;
    }
    return nullptr;
}

ULONG PnpListServices(PDEVICE_NODE Node, PWSTR List, ULONG Chars)
{
    PWSTR Place = List;
    for (ULONG i = 0; i < Node->DriverCount; i++) {
        PCWSTR Service = PnpServiceOf(Node->Drivers[i]);
        ULONG Room = Chars - (ULONG)(Place - List);
        if (!Service || wcslen(Service) + 2 > Room)
            continue;
        wcscpy(Place, Service);
        Place += wcslen(Service) + 1;
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

// While there are open files the driver stays, for these only.
NTSTATUS PnpUnloadDriver(PCWSTR Service)
{
    PPNP_DRIVER Entry = PnpFindDriver(Service);
    if (!Entry)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (Entry->Driver->Unloading)
        return STATUS_INVALID_DEVICE_REQUEST;
    for (PDEVICE_NODE Node = PnpRootNode; Node; Node = PnpNextNode(Node)) {
        for (ULONG i = 0; i < Node->DriverCount; i++) {
            if (Node->Drivers[i] == Entry->Driver)
                return STATUS_INVALID_DEVICE_REQUEST; // its devices must go first
        }
    }
    Entry->Driver->Unloading = TRUE;
    return Entry->Driver->FileCount ? STATUS_SUCCESS : PnpUnloadEntry(Entry);
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
            DbgPrint("pnp: a driver does not unload: 0x%08lX\n", (ULONG)Status);
        Link = PnpDriverListHead.Flink; // others may have changed the list meanwhile
    }
}

VOID PnpForgetHost(PIO_HOST Host)
{
    PLIST_ENTRY Link = PnpDriverListHead.Flink;
    while (Link != &PnpDriverListHead) {
        PPNP_DRIVER Entry = CONTAINING_RECORD(Link, PNP_DRIVER, Link);
        Link = Link->Flink;
        if (IopDriverHost(Entry->Driver) != Host)
            continue;
        IopDeleteDriverObject(Entry->Driver);
        PnpDropDriver(Entry);
    }
    for (Link = PnpHostListHead.Flink; Link != &PnpHostListHead; Link = Link->Flink) {
        PPNP_HOST Entry = CONTAINING_RECORD(Link, PNP_HOST, Link);
        if (Entry->Host != Host)
            continue;
        PnpDropHost(Entry);
        return;
    }
}

// ---- Drivers of a device

static NTSTATUS PnpAddDriver(PDEVICE_NODE Node, PCWSTR Service)
{
    PDRIVER_OBJECT Driver;
    if (Node->DriverCount == PNP_MAX_DRIVERS)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = PnpLoadDriver(Service, &Driver);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopAddDevice(Driver, Node->PhysicalDevice);
    if (!NT_SUCCESS(Status)) {
        ObDereferenceObject(Driver);
        return Status;
    }
    Node->Drivers[Node->DriverCount++] = Driver;
    return STATUS_SUCCESS;
}

// A filter that does not load is left out: the device works without it.
static VOID PnpAddFilters(PDEVICE_NODE Node, PCWSTR Path, PCWSTR ValueName)
{
    WCHAR Filters[PNP_MAX_PATH];
    if (!PnpReadString(Path, ValueName, Filters, PNP_MAX_PATH))
        return;
    for (PCWSTR Filter = Filters; *Filter; Filter += wcslen(Filter) + 1) {
        NTSTATUS Status = PnpAddDriver(Node, Filter);
        if (!NT_SUCCESS(Status))
            DbgPrint("pnp: %ws goes without its filter %ws: 0x%08lX\n", Node->InstancePath, Filter,
                     (ULONG)Status);
    }
}

// Bottom up: the device's lower filters, its class's, the function driver, the class's upper filters
// after the device's.
NTSTATUS PnpAddDrivers(PDEVICE_NODE Node)
{
    WCHAR Path[PNP_MAX_PATH], ClassPath[PNP_MAX_PATH], Guid[PNP_MAX_PATH] = L"";
    NTSTATUS Status = STATUS_SUCCESS;
    PnpEnumPath(Node, Path);
    ClassPath[0] = 0;
    if (PnpReadString(Path, L"ClassGUID", Guid, PNP_MAX_PATH))
        _snwprintf(ClassPath, PNP_MAX_PATH,
                   L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Class\\%ws", Guid);
    PnpAddFilters(Node, Path, L"LowerFilters");
    if (ClassPath[0])
        PnpAddFilters(Node, ClassPath, L"LowerFilters");
    if (Node->Service[0])
        Status = PnpAddDriver(Node, Node->Service);
    if (!NT_SUCCESS(Status))
        return Status;
    PnpAddFilters(Node, Path, L"UpperFilters");
    if (ClassPath[0])
        PnpAddFilters(Node, ClassPath, L"UpperFilters");
    Node->State = PnpNodeDriversAdded;
    return STATUS_SUCCESS;
}

VOID PnpReleaseDrivers(PDEVICE_NODE Node)
{
    while (Node->DriverCount)
        ObDereferenceObject(Node->Drivers[--Node->DriverCount]);
}

// ---- Drivers that no device asks for

// Those that a Class or an identifier leads to are loaded when their device is found.
static VOID PnpLoadIfLegacy(PCWSTR Service, ULONG StartType)
{
    WCHAR Path[PNP_MAX_PATH];
    ULONG Start, Type;
    PDRIVER_OBJECT Driver;
    PnpServicePath(Service, Path);
    if (!PnpReadNumber(Path, L"Start", &Start) || Start != StartType)
        return;
    if (!PnpReadNumber(Path, L"Type", &Type) ||
        (Type != PNP_SERVICE_KERNEL_DRIVER && Type != PNP_SERVICE_FILE_SYSTEM_DRIVER))
        return;
    if (NT_SUCCESS(PnpLoadDriver(Service, &Driver)))
        ObDereferenceObject(Driver);
}

// In the order of their groups: ServiceGroupOrder\List, then those without a group.
static VOID PnpLoadGroup(PCWSTR Group, ULONG StartType)
{
    WCHAR Service[PNP_MAX_PATH], Path[PNP_MAX_PATH], Own[PNP_MAX_PATH];
    for (ULONG i = 0;; i++) {
        NTSTATUS Status = CmEnumerateKey(
            L"\\Registry\\Machine\\System\\CurrentControlSet\\Services", i, Service, PNP_MAX_PATH);
        if (Status == STATUS_BUFFER_OVERFLOW)
            continue;
        if (!NT_SUCCESS(Status))
            return;
        PnpServicePath(Service, Path);
        BOOLEAN HasGroup = PnpReadString(Path, L"Group", Own, PNP_MAX_PATH);
        BOOLEAN Wanted = Group ? HasGroup && _wcsicmp(Own, Group) == 0 : !HasGroup;
        if (Wanted)
            PnpLoadIfLegacy(Service, StartType);
    }
}

VOID PnpLoadLegacyDrivers(ULONG StartType)
{
    enum { ListChars = 4096 };
    PWSTR List = ExAllocatePoolZero(PagedPool, ListChars * sizeof(WCHAR), PnpTag);
    if (List &&
        PnpReadString(L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\ServiceGroupOrder",
                      L"List", List, ListChars)) {
        for (PCWSTR Group = List; *Group; Group += wcslen(Group) + 1)
            PnpLoadGroup(Group, StartType);
    }
    PnpLoadGroup(nullptr, StartType);
    if (List)
        ExFreePool(List);
}
