// Which device interfaces are enabled, and which drivers want to know.
#include "pnpp.h"

enum {
    PNP_CATEGORY_INTERFACE_CHANGE = 2, // EventCategoryDeviceInterfaceChange
    PNP_CATEGORY_TARGET_CHANGE = 3,    // EventCategoryTargetDeviceChange
    PNP_INCLUDE_EXISTING = 1,          // PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES
};

typedef struct _PNP_INTERFACE {
    LIST_ENTRY Link;
    PIO_HOST Host;                // who enabled it; only compared
    PDEVICE_OBJECT Device;        // the physical one; only compared
    WCHAR Name[PNP_MAX_PATH + 4]; // with \??\ before it
} PNP_INTERFACE, *PPNP_INTERFACE;

typedef struct _PNP_REGISTRATION {
    LIST_ENTRY Link;
    PIO_HOST Host; // referenced
    ULONG Number;
    GUID Class;
} PNP_REGISTRATION, *PPNP_REGISTRATION;

// What is on its way to a registration, which may be gone when it arrives.
typedef struct _PNP_NOTICE {
    PIO_HOST Host; // referenced
    ULONG Registration;
    HOST_NOTIFICATION Notification;
    WCHAR Name[PNP_MAX_PATH + 4];
} PNP_NOTICE, *PPNP_NOTICE;

static LIST_ENTRY PnpInterfaces = {&PnpInterfaces, &PnpInterfaces};
static LIST_ENTRY PnpRegistrations = {&PnpRegistrations, &PnpRegistrations};
static ULONG PnpNextRegistration = 1;

// A name with \??\ before it.
static BOOLEAN PnpIsOfClass(PCWSTR Name, const GUID *Class)
{
    WCHAR Guid[PNP_GUID_CHARS];
    PnpGuidText(Class, Guid);
    PCWSTR Place = PnpInterfaceClass(Name + wcslen(L"\\\?\?\\"));
    return Place && _wcsnicmp(Place + 1, Guid, wcslen(Guid)) == 0;
}

// ---- Telling

static VOID PnpDeliver(PVOID Context)
{
    PPNP_NOTICE Notice = Context;
    NTSTATUS Status =
        IopNotifyHost(Notice->Host, Notice->Registration, &Notice->Notification, Notice->Name);
    if (!NT_SUCCESS(Status) && Status != STATUS_DEVICE_DOES_NOT_EXIST)
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: a driver is not told of %ws: 0x%08lX\n", Notice->Name, (ULONG)Status);
    IopDereferenceHost(Notice->Host);
    ExFreePool(Notice);
}

static VOID PnpTell(PPNP_REGISTRATION Registration, PCWSTR Name, BOOLEAN Arrival)
{
    PPNP_NOTICE Notice = ExAllocatePoolZero(PagedPool, sizeof(*Notice), PnpTag);
    if (!Notice)
        return;
    Notice->Host = Registration->Host;
    Notice->Registration = Registration->Number;
    wcscpy(Notice->Name, Name);
    Notice->Notification = (HOST_NOTIFICATION){
        .InterfaceClass = Registration->Class,
        .Arrival = Arrival,
        .NameLength = (ULONG)wcslen(Name) * sizeof(WCHAR),
    };
    IopReferenceHost(Notice->Host);
    if (NT_SUCCESS(PnpQueueRoutine(PnpDeliver, Notice)))
        return;
    IopDereferenceHost(Notice->Host);
    ExFreePool(Notice);
}

static VOID PnpTellAll(PCWSTR Name, BOOLEAN Arrival)
{
    for (PLIST_ENTRY Link = PnpRegistrations.Flink; Link != &PnpRegistrations; Link = Link->Flink) {
        PPNP_REGISTRATION Registration = CONTAINING_RECORD(Link, PNP_REGISTRATION, Link);
        if (PnpIsOfClass(Name, &Registration->Class))
            PnpTell(Registration, Name, Arrival);
    }
}

// ---- Interfaces

static PPNP_INTERFACE PnpFindInterface(PCWSTR Name)
{
    for (PLIST_ENTRY Link = PnpInterfaces.Flink; Link != &PnpInterfaces; Link = Link->Flink) {
        PPNP_INTERFACE Interface = CONTAINING_RECORD(Link, PNP_INTERFACE, Link);
        if (_wcsicmp(Interface->Name, Name) == 0)
            return Interface;
    }
    return nullptr;
}

static VOID PnpDropInterface(PPNP_INTERFACE Interface)
{
    RemoveEntryList(&Interface->Link);
    PnpTellAll(Interface->Name, FALSE);
    ExFreePool(Interface);
}

VOID PnpInterfaceChanged(PIO_HOST Host, PDEVICE_NODE Node, PCWSTR Name, BOOLEAN Enabled)
{
    WCHAR Full[PNP_MAX_PATH + 4];
    _snwprintf(Full, RTL_NUMBER_OF(Full), L"\\\?\?\\%ws", Name);
    Full[RTL_NUMBER_OF(Full) - 1] = 0;
    PPNP_INTERFACE Interface = PnpFindInterface(Full);
    if (!Enabled) {
        if (Interface)
            PnpDropInterface(Interface);
        return;
    }
    Interface = ExAllocatePoolZero(PagedPool, sizeof(*Interface), PnpTag);
    if (!Interface) {
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: no memory to note the interface %ws\n", Full);
        return;
    }
    Interface->Host = Host;
    Interface->Device = Node->PhysicalDevice;
    wcscpy(Interface->Name, Full);
    InsertTailList(&PnpInterfaces, &Interface->Link);
    PnpTellAll(Full, TRUE);
}

VOID PnpDisableInterfaces(PDEVICE_NODE Node)
{
    PLIST_ENTRY Link = PnpInterfaces.Flink;
    while (Link != &PnpInterfaces) {
        PPNP_INTERFACE Interface = CONTAINING_RECORD(Link, PNP_INTERFACE, Link);
        Link = Link->Flink;
        if (Interface->Device != Node->PhysicalDevice)
            continue;
        PnpDeleteInterfaceLink(Interface->Name + wcslen(L"\\\?\?\\"));
        PnpDropInterface(Interface);
    }
}

// ---- Registrations

static VOID PnpDropRegistration(PPNP_REGISTRATION Registration)
{
    RemoveEntryList(&Registration->Link);
    IopDereferenceHost(Registration->Host);
    ExFreePool(Registration);
}

VOID PnpForgetNotifications(PIO_HOST Host)
{
    PnpForgetTargets(Host);
    PLIST_ENTRY Link = PnpRegistrations.Flink;
    while (Link != &PnpRegistrations) {
        PPNP_REGISTRATION Registration = CONTAINING_RECORD(Link, PNP_REGISTRATION, Link);
        Link = Link->Flink;
        if (Registration->Host == Host)
            PnpDropRegistration(Registration);
    }
    Link = PnpInterfaces.Flink;
    while (Link != &PnpInterfaces) {
        PPNP_INTERFACE Interface = CONTAINING_RECORD(Link, PNP_INTERFACE, Link);
        Link = Link->Flink;
        if (Interface->Host != Host)
            continue;
        PnpDeleteInterfaceLink(Interface->Name + wcslen(L"\\\?\?\\"));
        PnpDropInterface(Interface);
    }
}

static VOID PnpTellExisting(PPNP_REGISTRATION Registration)
{
    for (PLIST_ENTRY Link = PnpInterfaces.Flink; Link != &PnpInterfaces; Link = Link->Flink) {
        PPNP_INTERFACE Interface = CONTAINING_RECORD(Link, PNP_INTERFACE, Link);
        if (PnpIsOfClass(Interface->Name, &Registration->Class))
            PnpTell(Registration, Interface->Name, TRUE);
    }
}

static NTSTATUS PnpRegisterTarget(PIO_HOST Host, const VOID USER *Data, ULONG Length,
                                  ULONG USER *Number)
{
    ULONG Device;
    if (Length != sizeof(Device))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmCopyFromUser(&Device, Data, sizeof(Device));
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(Number, PnpNextRegistration);
    if (NT_SUCCESS(Status))
        Status = PnpAddTarget(Host, Device, PnpNextRegistration);
    if (NT_SUCCESS(Status))
        PnpNextRegistration++;
    return Status;
}

NTSTATUS NtHostRegisterNotification(ULONG Category, ULONG Flags, const VOID USER *Data,
                                    ULONG Length, ULONG USER *Number)
{
    PIO_HOST Host = IopCurrentHost();
    GUID Class;
    if (!Host)
        return STATUS_ACCESS_DENIED;
    if (Category == PNP_CATEGORY_TARGET_CHANGE)
        return PnpRegisterTarget(Host, Data, Length, Number);
    if (Category != PNP_CATEGORY_INTERFACE_CHANGE)
        return STATUS_NOT_SUPPORTED;
    if (Length != sizeof(Class) || Flags & ~(ULONG)PNP_INCLUDE_EXISTING)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmCopyFromUser(&Class, Data, sizeof(Class));
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(Number, PnpNextRegistration);
    if (!NT_SUCCESS(Status))
        return Status;
    PPNP_REGISTRATION Registration = ExAllocatePoolZero(PagedPool, sizeof(*Registration), PnpTag);
    if (!Registration)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Registration =
        (PNP_REGISTRATION){.Host = Host, .Number = PnpNextRegistration++, .Class = Class};
    IopReferenceHost(Host);
    InsertTailList(&PnpRegistrations, &Registration->Link);
    if (Flags & PNP_INCLUDE_EXISTING)
        PnpTellExisting(Registration);
    return STATUS_SUCCESS;
}

NTSTATUS NtHostUnregisterNotification(ULONG Number)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    for (PLIST_ENTRY Link = PnpRegistrations.Flink; Link != &PnpRegistrations; Link = Link->Flink) {
        PPNP_REGISTRATION Registration = CONTAINING_RECORD(Link, PNP_REGISTRATION, Link);
        if (Registration->Host != Host || Registration->Number != Number)
            continue;
        PnpDropRegistration(Registration);
        return STATUS_SUCCESS;
    }
    return PnpRemoveTarget(Host, Number) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

// ---- The list

typedef struct _PNP_INTERFACE_LIST {
    PWSTR Text;
    ULONG Chars, Used; // Used counts what there was no room for too
} PNP_INTERFACE_LIST, *PPNP_INTERFACE_LIST;

static VOID PnpAddName(PPNP_INTERFACE_LIST List, PCWSTR Name)
{
    ULONG Length = (ULONG)wcslen(Name) + 1;
    if (List->Used + Length + 1 <= List->Chars)
        wcscpy(List->Text + List->Used, Name);
    List->Used += Length;
}

static VOID PnpListEnabled(const GUID *Class, const DEVICE_OBJECT *Device, PPNP_INTERFACE_LIST List)
{
    for (PLIST_ENTRY Link = PnpInterfaces.Flink; Link != &PnpInterfaces; Link = Link->Flink) {
        PPNP_INTERFACE Interface = CONTAINING_RECORD(Link, PNP_INTERFACE, Link);
        if (PnpIsOfClass(Interface->Name, Class) && (!Device || Interface->Device == Device))
            PnpAddName(List, Interface->Name);
    }
}

// A key's name is the interface's with # for each backslash: of those only the one before a reference, behind the class's
// brace, is to be put back.
static VOID PnpNameOfKey(PWSTR Key)
{
    static const WCHAR Prefix[] = L"\\\?\?\\";
    memcpy(Key, Prefix, sizeof(Prefix) - sizeof(WCHAR));
    PCWSTR Class = PnpInterfaceClass(Key + wcslen(Prefix));
    PWSTR End = Class ? wcsstr(Class, L"}#") : nullptr;
    if (End)
        End[1] = L'\\';
}

// What has been registered, enabled or not, is in the registry.
static VOID PnpListRegistered(const GUID *Class, PDEVICE_NODE Node, PPNP_INTERFACE_LIST List)
{
    WCHAR Path[PNP_MAX_PATH], Name[PNP_MAX_PATH + 8], Guid[PNP_GUID_CHARS];
    PnpGuidText(Class, Guid);
    _snwprintf(Path, RTL_NUMBER_OF(Path),
               L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\DeviceClasses\\%ws",
               Guid);
    for (ULONG i = 0; NT_SUCCESS(CmEnumerateKey(Path, i, Name, RTL_NUMBER_OF(Name))); i++) {
        if (wcsncmp(Name, L"##?#", 4) != 0)
            continue;
        PnpNameOfKey(Name);
        if (!Node || PnpIsInterfaceName(Node, Name + 4))
            PnpAddName(List, Name);
    }
}

static NTSTATUS PnpListInterfaces(const GUID *Class, ULONG Number, ULONG Flags,
                                  PPNP_INTERFACE_LIST List)
{
    enum { IncludeNonactive = 1 }; // DEVICE_INTERFACE_INCLUDE_NONACTIVE
    PDEVICE_OBJECT Device = nullptr;
    PDEVICE_NODE Node = nullptr;
    if (Number && !(Device = IopLookupDevice(Number)))
        return STATUS_INVALID_PARAMETER;
    if (!(Flags & IncludeNonactive)) {
        PnpListEnabled(Class, Device, List);
    } else if (!Number || NT_SUCCESS(PnpReferenceNode(Number, &Node))) {
        PnpListRegistered(Class, Node, List);
        if (Node)
            PnpDereferenceNode(Node);
    }
    if (Device)
        ObDereferenceObject(Device);
    if (List->Used + 1 <= List->Chars)
        List->Text[List->Used] = 0;
    List->Used++;
    return STATUS_SUCCESS;
}

NTSTATUS NtHostListInterfaces(const GUID USER *InterfaceClass, ULONG Number, ULONG Flags,
                              WCHAR USER *Buffer, ULONG Length, ULONG USER *ResultLength)
{
    enum { ListChars = 8192 };
    GUID Class;
    if (!IopCurrentHost())
        return STATUS_ACCESS_DENIED;
    NTSTATUS Status = MmCopyFromUser(&Class, InterfaceClass, sizeof(Class));
    if (!NT_SUCCESS(Status))
        return Status;
    PNP_INTERFACE_LIST List = {
        .Text = ExAllocatePoolWithTag(PagedPool, ListChars * sizeof(WCHAR), PnpTag),
        .Chars = ListChars,
    };
    if (!List.Text)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = PnpListInterfaces(&Class, Number, Flags, &List);
    ULONG Size = List.Used * sizeof(WCHAR);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(ResultLength, Size);
    if (NT_SUCCESS(Status) && (Size > Length || List.Used > ListChars))
        Status = STATUS_BUFFER_TOO_SMALL;
    if (NT_SUCCESS(Status))
        Status = MmCopyToUser(Buffer, List.Text, Size);
    ExFreePool(List.Text);
    return Status;
}
