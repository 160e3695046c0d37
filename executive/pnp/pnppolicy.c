// Which host a driver runs in: HostPolicy and HostGroup of its service key.
#include "pnpp.h"

typedef enum _PNP_POLICY {
    PnpPolicyNone,   // nothing is said
    PnpPolicyDriver, // one host for the driver, or for those of its HostGroup
    PnpPolicyDevice, // one for each device
    PnpPolicyParent, // that of the bus driver which has found the device
} PNP_POLICY;

// A host by who may use it: the name of a group, or a driver with a device.
typedef struct _PNP_HOST {
    LIST_ENTRY Link;
    PIO_HOST Host;     // referenced
    BOOLEAN OfADevice; // ends with it
    BOOLEAN Ending;
    WCHAR Key[2 * PNP_MAX_PATH];
} PNP_HOST, *PPNP_HOST;

static LIST_ENTRY PnpHostListHead = {&PnpHostListHead, &PnpHostListHead};

static VOID PnpDropHost(PPNP_HOST Entry)
{
    RemoveEntryList(&Entry->Link);
    IopDereferenceHost(Entry->Host);
    ExFreePool(Entry);
}

static PIO_HOST PnpFindHost(PCWSTR Key)
{
    for (PLIST_ENTRY Link = PnpHostListHead.Flink; Link != &PnpHostListHead; Link = Link->Flink) {
        PPNP_HOST Entry = CONTAINING_RECORD(Link, PNP_HOST, Link);
        if (Entry->Ending || _wcsicmp(Entry->Key, Key) != 0)
            continue;
        if (!Entry->Host->Ended)
            return Entry->Host;
        PnpDropHost(Entry);
        break;
    }
    return nullptr;
}

static NTSTATUS PnpMakeHost(PCWSTR Key, BOOLEAN OfADevice, PIO_HOST *Host)
{
    PPNP_HOST Entry = ExAllocatePoolZero(PagedPool, sizeof(*Entry), PnpTag);
    if (!Entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Key);
    NTSTATUS Status = IopCreateHost(&Name, &Entry->Host);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Entry);
        return Status;
    }
    wcscpy(Entry->Key, Key);
    Entry->OfADevice = OfADevice;
    InsertTailList(&PnpHostListHead, &Entry->Link);
    *Host = Entry->Host;
    return STATUS_SUCCESS;
}

// ---- What the registry says

static PNP_POLICY PnpReadPolicy(PCWSTR Service, PWSTR Group)
{
    static const PCWSTR Names[] = {[PnpPolicyDriver] = L"Driver",
                                   [PnpPolicyDevice] = L"Device",
                                   [PnpPolicyParent] = L"Parent"};
    WCHAR Path[PNP_MAX_PATH], Policy[PNP_MAX_PATH];
    PnpServicePath(Service, Path);
    BOOLEAN HasGroup = PnpReadString(Path, L"HostGroup", Group, PNP_MAX_PATH);
    if (!HasGroup)
        wcscpy(Group, Service);
    if (PnpReadString(Path, L"HostPolicy", Policy, PNP_MAX_PATH)) {
        for (ULONG i = PnpPolicyDriver; i < RTL_NUMBER_OF(Names); i++) {
            if (_wcsicmp(Policy, Names[i]) == 0)
                return (PNP_POLICY)i;
        }
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: HostPolicy of %ws means nothing: %ws\n", Service, Policy);
    }
    return HasGroup ? PnpPolicyDriver : PnpPolicyNone;
}

BOOLEAN PnpBelongsToDevices(PCWSTR Service)
{
    WCHAR Group[PNP_MAX_PATH];
    PNP_POLICY Policy = PnpReadPolicy(Service, Group);
    return Policy == PnpPolicyDevice || Policy == PnpPolicyParent;
}

NTSTATUS PnpChooseHost(PCWSTR Service, PDEVICE_NODE Node, PIO_HOST FunctionHost, PIO_HOST *Host)
{
    WCHAR Key[2 * PNP_MAX_PATH];
    PNP_POLICY Policy = PnpReadPolicy(Service, Key);
    PDEVICE_OBJECT Physical = Node ? Node->PhysicalDevice : nullptr;
    if (Policy == PnpPolicyNone && FunctionHost) { // filters are where the function driver is
        *Host = FunctionHost;
        return STATUS_SUCCESS;
    }
    if (Policy == PnpPolicyParent && Physical && Physical->Operations == &IopHostOperations) {
        *Host = Physical->Extension;
        return (*Host)->Ended ? STATUS_DEVICE_DOES_NOT_EXIST : STATUS_SUCCESS;
    }
    BOOLEAN OfADevice = Policy == PnpPolicyDevice && Node;
    if (OfADevice) {
        _snwprintf(Key, RTL_NUMBER_OF(Key), L"%ws of %ws", Service, Node->InstancePath);
        Key[RTL_NUMBER_OF(Key) - 1] = 0;
    }
    *Host = PnpFindHost(Key);
    return *Host ? STATUS_SUCCESS : PnpMakeHost(Key, OfADevice, Host);
}

// ---- The end

VOID PnpForgetHost(PIO_HOST Host)
{
    PnpForgetDrivers(Host);
    for (PLIST_ENTRY Link = PnpHostListHead.Flink; Link != &PnpHostListHead; Link = Link->Flink) {
        PPNP_HOST Entry = CONTAINING_RECORD(Link, PNP_HOST, Link);
        if (Entry->Host != Host)
            continue;
        PnpDropHost(Entry);
        return;
    }
}

// A device's own host goes with it, and takes along the drivers of what was below the device. One that does not
// unload has no say: nobody is left whom it could serve.
static VOID PnpEndUnusedHost(PPNP_HOST Entry)
{
    PIO_HOST Host = Entry->Host;
    Entry->Ending = TRUE;
    IopReferenceHost(Host);
    PnpUnloadDriversOf(Host);
    if (!Host->Ended && !PnpIsHostUsed(Host))
        PsTerminateProcess(Host->Process, STATUS_SUCCESS);
    IopDereferenceHost(Host);
}

VOID PnpEndUnusedHosts(VOID)
{
    PLIST_ENTRY Link = PnpHostListHead.Flink;
    while (Link != &PnpHostListHead) {
        PPNP_HOST Entry = CONTAINING_RECORD(Link, PNP_HOST, Link);
        Link = Link->Flink;
        if (!Entry->OfADevice || Entry->Ending || Entry->Host->Ended || PnpIsHostUsed(Entry->Host))
            continue;
        PnpEndUnusedHost(Entry);
        Link = PnpHostListHead.Flink; // others may have changed the list meanwhile
    }
}
