// Device interfaces: names by which programs find devices of a class.
#include "pnpp.h"

enum { PNP_GUID_CHARS = 39 };

static VOID PnpGuidText(const GUID *Guid, PWSTR Text)
{
    _snwprintf(Text, PNP_GUID_CHARS, L"{%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
               Guid->Data1, Guid->Data2, Guid->Data3, Guid->Data4[0], Guid->Data4[1],
               Guid->Data4[2], Guid->Data4[3], Guid->Data4[4], Guid->Data4[5], Guid->Data4[6],
               Guid->Data4[7]);
    Text[PNP_GUID_CHARS - 1] = 0;
}

// ROOT#SERIAL#0000#{class}, and \Reference behind it.
static NTSTATUS PnpInterfaceName(PDEVICE_NODE Node, const GUID *Class, PCUNICODE_STRING Reference,
                                 PWSTR Name)
{
    WCHAR Guid[PNP_GUID_CHARS];
    PnpGuidText(Class, Guid);
    if (wcslen(Node->InstancePath) + PNP_GUID_CHARS + Reference->Length / sizeof(WCHAR) + 8 >
        PNP_MAX_PATH)
        return STATUS_NAME_TOO_LONG;
    PWSTR Place = Name;
    for (PCWSTR Char = Node->InstancePath; *Char; Char++)
        *Place++ = *Char == L'\\' ? L'#' : *Char;
    *Place++ = L'#';
    wcscpy(Place, Guid);
    if (!Reference->Length)
        return STATUS_SUCCESS;
    Place += wcslen(Place);
    *Place++ = L'\\';
    memcpy(Place, Reference->Buffer, Reference->Length);
    Place[Reference->Length / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

// Control\DeviceClasses\{class}\##?#NAME, DeviceInstance: who has registered it.
static NTSTATUS PnpRecordInterface(PDEVICE_NODE Node, const GUID *Class, PCWSTR Name)
{
    WCHAR Guid[PNP_GUID_CHARS], Path[2 * PNP_MAX_PATH];
    PnpGuidText(Class, Guid);
    int Prefix = _snwprintf(
        Path, RTL_NUMBER_OF(Path),
        L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\DeviceClasses\\%ws\\", Guid);
    _snwprintf(Path + Prefix, RTL_NUMBER_OF(Path) - (ULONG)Prefix, L"##?#%ws", Name);
    Path[RTL_NUMBER_OF(Path) - 1] = 0;
    for (PWSTR Char = Path + Prefix; *Char; Char++) {
        if (*Char == L'\\')
            *Char = L'#';
    }
    NTSTATUS Status = CmCreateKey(Path);
    if (NT_SUCCESS(Status))
        PnpWriteString(Path, L"DeviceInstance", REG_SZ, Node->InstancePath);
    return Status;
}

NTSTATUS NtHostRegisterInterface(ULONG Device, const GUID USER *InterfaceClass,
                                 const UNICODE_STRING USER *Reference, UNICODE_STRING USER *Name)
{
    PDEVICE_NODE Node;
    GUID Class;
    UNICODE_STRING Captured = {}, Result;
    WCHAR Link[PNP_MAX_PATH], Text[PNP_MAX_PATH];
    NTSTATUS Status = MmCopyFromUser(&Class, InterfaceClass, sizeof(Class));
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Result, Name, sizeof(Result));
    if (NT_SUCCESS(Status) && Reference)
        Status = MmCaptureUnicodeString(&Captured, Reference);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PnpReferenceNode(Device, &Node);
    if (NT_SUCCESS(Status)) {
        Status = PnpInterfaceName(Node, &Class, &Captured, Link);
        if (NT_SUCCESS(Status))
            Status = PnpRecordInterface(Node, &Class, Link);
        PnpDereferenceNode(Node);
    }
    MmFreeCapturedString(&Captured);
    if (!NT_SUCCESS(Status))
        return Status;
    _snwprintf(Text, PNP_MAX_PATH, L"\\\?\?\\%ws", Link);
    Result.Length = (USHORT)(wcslen(Text) * sizeof(WCHAR));
    if (Result.MaximumLength < Result.Length + sizeof(WCHAR))
        return STATUS_BUFFER_TOO_SMALL;
    Status = MmCopyToUser((VOID USER *)Result.Buffer, Text, Result.Length + sizeof(WCHAR));
    return NT_SUCCESS(Status) ? MmCopyToUser(Name, &Result, sizeof(Result)) : Status;
}

// The device whose interface this is: the name up to the class, with # for backslashes.
static PDEVICE_NODE PnpFindInterfaceNode(PCWSTR Name)
{
    WCHAR Path[PNP_MAX_PATH];
    PCWSTR End = wcsstr(Name, L"#{");
    if (!End || End - Name >= PNP_MAX_PATH)
        return nullptr;
    for (PCWSTR Char = Name; Char < End; Char++)
        Path[Char - Name] = *Char == L'#' ? L'\\' : *Char;
    Path[End - Name] = 0;
    return PnpFindNodeByPath(Path);
}

static PPNP_INTERFACE PnpFindLink(PDEVICE_NODE Node, PCWSTR Name)
{
    for (PLIST_ENTRY Link = Node->InterfaceListHead.Flink; Link != &Node->InterfaceListHead;
         Link = Link->Flink) {
        PPNP_INTERFACE Interface = CONTAINING_RECORD(Link, PNP_INTERFACE, Link);
        if (_wcsicmp(Interface->Name, Name) == 0)
            return Interface;
    }
    return nullptr;
}

static VOID PnpDeleteLink(PPNP_INTERFACE Interface)
{
    (VOID) ObDeleteSystemLink(Interface->Name);
    RemoveEntryList(&Interface->Link);
    ExFreePool(Interface);
}

static NTSTATUS PnpMakeLink(PDEVICE_NODE Node, PCWSTR Name)
{
    WCHAR Target[PNP_MAX_PATH];
    ULONG Length = sizeof(Target);
    NTSTATUS Status = PnpQueryObjectName(Node->PhysicalDevice, Target, &Length);
    if (!NT_SUCCESS(Status))
        return Status;
    PPNP_INTERFACE Interface = ExAllocatePoolZero(PagedPool, sizeof(*Interface), PnpTag);
    if (!Interface)
        return STATUS_INSUFFICIENT_RESOURCES;
    wcscpy(Interface->Name, Name);
    Status = ObCreateSystemLink(Name, Target);
    if (NT_SUCCESS(Status))
        InsertTailList(&Node->InterfaceListHead, &Interface->Link);
    else
        ExFreePool(Interface);
    return Status;
}

static NTSTATUS PnpEnableInterface(PDEVICE_NODE Node, PCWSTR Name, BOOLEAN Enable)
{
    WCHAR Link[PNP_MAX_PATH + 16];
    _snwprintf(Link, RTL_NUMBER_OF(Link), L"\\GLOBAL\?\?\\%ws", Name);
    PWSTR Reference = wcschr(Link + wcslen(L"\\GLOBAL\?\?\\"), L'\\');
    if (Reference)
        *Reference = 0; // what follows goes to the device as a file's name
    PPNP_INTERFACE Known = PnpFindLink(Node, Link);
    if (Enable)
        return Known ? STATUS_OBJECT_NAME_EXISTS : PnpMakeLink(Node, Link);
    if (!Known)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    PnpDeleteLink(Known);
    return STATUS_SUCCESS;
}

VOID PnpDisableInterfaces(PDEVICE_NODE Node)
{
    while (!IsListEmpty(&Node->InterfaceListHead))
        PnpDeleteLink(CONTAINING_RECORD(Node->InterfaceListHead.Flink, PNP_INTERFACE, Link));
}

NTSTATUS NtHostSetInterfaceState(const UNICODE_STRING USER *Name, ULONG Enable)
{
    static const UNICODE_STRING Prefix = RTL_CONSTANT_STRING(L"\\\?\?\\");
    UNICODE_STRING Captured;
    if (!IopCurrentHost())
        return STATUS_ACCESS_DENIED;
    NTSTATUS Status = MmCaptureUnicodeString(&Captured, Name);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = STATUS_OBJECT_NAME_NOT_FOUND;
    if (RtlPrefixUnicodeString(&Prefix, &Captured, FALSE) &&
        Captured.Length < PNP_MAX_PATH * sizeof(WCHAR)) {
        PCWSTR Text = Captured.Buffer + Prefix.Length / sizeof(WCHAR); // terminated by the capture
        PDEVICE_NODE Node = PnpFindInterfaceNode(Text);
        if (Node && PnpIsOwnDevice(Node))
            Status = PnpEnableInterface(Node, Text, Enable != 0);
    }
    MmFreeCapturedString(&Captured);
    return Status;
}
