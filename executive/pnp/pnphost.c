// Plug-and-play services of driver hosts: what drivers ask about their devices, and what they report.
#include "pnpp.h"

enum {
    PLUGPLAY_REGKEY_DEVICE = 1,
    PLUGPLAY_REGKEY_DRIVER = 2,
};

// A physical device object is named by its number: that of a node, whoever asks.
NTSTATUS PnpReferenceNode(ULONG Device, PDEVICE_NODE *Node)
{
    if (!IopCurrentHost())
        return STATUS_ACCESS_DENIED;
    PDEVICE_OBJECT Object = IopLookupDevice(Device);
    if (!Object)
        return STATUS_INVALID_PARAMETER;
    *Node = PnpFindNodeByDevice(Object);
    ObDereferenceObject(Object);
    if (!*Node)
        return STATUS_INVALID_DEVICE_REQUEST; // no physical device object, or not reported yet
    (*Node)->References++;
    return STATUS_SUCCESS;
}

BOOLEAN PnpIsOwnDevice(PDEVICE_NODE Node)
{
    PIO_HOST Host = IopCurrentHost();
    if (Node->PhysicalDevice->Operations == &IopHostOperations &&
        Node->PhysicalDevice->Extension == Host)
        return TRUE;
    for (ULONG i = 0; i < Node->DriverCount; i++) {
        if (IopDriverHost(Node->Drivers[i]) == Host)
            return TRUE;
    }
    return FALSE;
}

// ---- Events

// Other relations are asked for when they matter.
static NTSTATUS PnpRelationsChanged(PDEVICE_NODE Node, const VOID USER *Data, ULONG Length)
{
    ULONG Type;
    if (Length != sizeof(Type))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmCopyFromUser(&Type, Data, sizeof(Type));
    if (NT_SUCCESS(Status) && Type == PowerRelations)
        Node->HasPowerRelations = TRUE;
    if (!NT_SUCCESS(Status) || Type != BusRelations)
        return Status;
    return PnpQueueEvent(PnpEventEnumerate, Node, nullptr);
}

NTSTATUS NtHostPnpEvent(ULONG Device, ULONG Event, const VOID USER *Data, ULONG Length)
{
    PDEVICE_NODE Node;
    if (Event == HOST_PNP_INTERRUPT_STORM)
        return PnpInterruptStorm(Data, Length);
    NTSTATUS Status = PnpReferenceNode(Device, &Node);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = STATUS_NOT_SUPPORTED;
    if (!PnpIsOwnDevice(Node))
        Status = STATUS_ACCESS_DENIED;
    else if (Event == HOST_PNP_INVALIDATE_RELATIONS)
        Status = PnpRelationsChanged(Node, Data, Length);
    else if (Event == HOST_PNP_INVALIDATE_STATE)
        Status = PnpQueueEvent(PnpEventState, Node, nullptr);
    else if (Event == HOST_PNP_REQUEST_EJECT)
        Status = PnpQueueEvent(PnpEventEject, Node, nullptr);
    else if (Event == HOST_PNP_TARGET_CHANGE)
        Status = PnpReportTargetChange(Node, Data, Length);
    PnpDereferenceNode(Node);
    return Status;
}

// ---- Properties

NTSTATUS PnpCopyText(PCWSTR Text, PVOID Buffer, PULONG Length)
{
    ULONG Size = (ULONG)(wcslen(Text) + 1) * sizeof(WCHAR);
    ULONG Room = *Length;
    *Length = Size;
    if (Room < Size)
        return STATUS_BUFFER_OVERFLOW;
    memcpy(Buffer, Text, Size);
    return STATUS_SUCCESS;
}

NTSTATUS PnpQueryObjectName(PDEVICE_OBJECT Device, PVOID Buffer, PULONG Length)
{
    enum { NameBytes = 512 };
    POBJECT_NAME_INFORMATION Name = ExAllocatePoolZero(PagedPool, NameBytes, PnpTag);
    ULONG Needed;
    if (!Name)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = ObQueryNameString(Device, Name, NameBytes - sizeof(WCHAR), &Needed);
    if (NT_SUCCESS(Status) && !Name->Name.Length)
        Status = STATUS_OBJECT_NAME_NOT_FOUND;
    if (NT_SUCCESS(Status))
        Status = PnpCopyText(Name->Name.Buffer, Buffer, Length);
    ExFreePool(Name);
    return Status;
}

NTSTATUS NtHostQueryDeviceProperty(ULONG Device, ULONG Property, VOID USER *Buffer, ULONG Length,
                                   ULONG USER *ResultLength)
{
    PDEVICE_NODE Node;
    PUCHAR Value = ExAllocatePoolZero(PagedPool, HOST_PNP_BUFFER, PnpTag);
    if (!Value)
        return STATUS_INSUFFICIENT_RESOURCES;
    ULONG Size = HOST_PNP_BUFFER;
    NTSTATUS Status = PnpReferenceNode(Device, &Node);
    if (NT_SUCCESS(Status)) {
        Status = PnpReadProperty(Node, Property, Value, &Size);
        PnpDereferenceNode(Node);
    }
    if (NT_SUCCESS(Status)) {
        NTSTATUS Written = MmWriteUser(ResultLength, Size);
        if (Size > Length)
            Status = STATUS_BUFFER_TOO_SMALL;
        else
            Status = MmCopyToUser(Buffer, Value, Size);
        Status = NT_SUCCESS(Written) ? Status : Written;
    }
    ExFreePool(Value);
    return Status;
}

// ---- Keys

static NTSTATUS PnpDeviceKeyPath(PDEVICE_NODE Node, ULONG Type, PWSTR Path)
{
    WCHAR EnumPath[PNP_MAX_PATH], Driver[PNP_MAX_PATH];
    PnpEnumPath(Node, EnumPath);
    if ((Type & 3) == PLUGPLAY_REGKEY_DEVICE) {
        _snwprintf(Path, PNP_MAX_PATH, L"%ws\\Device Parameters", EnumPath);
    } else if ((Type & 3) == PLUGPLAY_REGKEY_DRIVER) {
        if (!PnpReadString(EnumPath, L"Driver", Driver, PNP_MAX_PATH))
            return STATUS_OBJECT_NAME_NOT_FOUND;
        _snwprintf(Path, PNP_MAX_PATH,
                   L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Class\\%ws", Driver);
    } else {
        return STATUS_INVALID_PARAMETER;
    }
    Path[PNP_MAX_PATH - 1] = 0;
    NTSTATUS Status = CmCreateKey(Path);
    return Status == STATUS_OBJECT_NAME_EXISTS ? STATUS_SUCCESS : Status;
}

NTSTATUS NtHostOpenDeviceKey(ULONG Device, ULONG Type, ACCESS_MASK Access, HANDLE USER *Key)
{
    PDEVICE_NODE Node;
    WCHAR Path[PNP_MAX_PATH];
    HANDLE Handle = nullptr;
    NTSTATUS Status = PnpReferenceNode(Device, &Node);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PnpDeviceKeyPath(Node, Type, Path);
    PnpDereferenceNode(Node);
    if (!NT_SUCCESS(Status))
        return Status;
    OB_ATTRIBUTES Attributes = {.Attributes = OBJ_CASE_INSENSITIVE};
    RtlInitUnicodeString(&Attributes.ObjectName, Path);
    Status = ObOpenObjectByName(&Attributes, CmKeyObjectType, UserMode, Access, nullptr, &Handle);
    return ObReturnHandle(Status, Handle, Key);
}

// ---- Device interfaces: names by which programs find devices of a class

VOID PnpGuidText(const GUID *Guid, PWSTR Text)
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

// The class is the last part of the name before a reference: ...#{class}. An instance may have braces of its own.
PCWSTR PnpInterfaceClass(PCWSTR Name)
{
    PCWSTR Reference = wcschr(Name, L'\\'), Found = nullptr;
    for (PCWSTR Place = wcsstr(Name, L"#{"); Place && (!Reference || Place < Reference);
         Place = wcsstr(Place + 1, L"#{"))
        Found = Place;
    return Found;
}

// An instance path as the name has it, with # for backslashes.
static BOOLEAN PnpIsInterfaceOf(PDEVICE_NODE Node, PCWSTR Name, SIZE_T Length)
{
    if (!Node->InstancePath[0] || wcslen(Node->InstancePath) != Length)
        return FALSE;
    for (SIZE_T i = 0; i < Length; i++) {
        WCHAR Char = Node->InstancePath[i] == L'\\' ? L'#' : Node->InstancePath[i];
        if (RtlUpcaseUnicodeChar(Char) != RtlUpcaseUnicodeChar(Name[i]))
            return FALSE;
    }
    return TRUE;
}

BOOLEAN PnpIsInterfaceName(PDEVICE_NODE Node, PCWSTR Name)
{
    PCWSTR End = PnpInterfaceClass(Name);
    return End && PnpIsInterfaceOf(Node, Name, (SIZE_T)(End - Name));
}

// The device whose interface this is: the name up to the class.
static PDEVICE_NODE PnpFindInterfaceNode(PCWSTR Name)
{
    PCWSTR End = PnpInterfaceClass(Name);
    for (PDEVICE_NODE Node = PnpRootNode; Node && End; Node = PnpNextNode(Node)) {
        if (PnpIsInterfaceOf(Node, Name, (SIZE_T)(End - Name)))
            return Node;
    }
    return nullptr;
}

enum { PNP_LINK_CHARS = PNP_MAX_PATH + 16 };

static VOID PnpInterfaceLink(PCWSTR Name, PWSTR Link)
{
    _snwprintf(Link, PNP_LINK_CHARS, L"\\GLOBAL\?\?\\%ws", Name);
    PWSTR Reference = wcschr(Link + wcslen(L"\\GLOBAL\?\?\\"), L'\\');
    if (Reference)
        *Reference = 0; // what follows goes to the device as a file's name
}

VOID PnpDeleteInterfaceLink(PCWSTR Name)
{
    WCHAR Link[PNP_LINK_CHARS];
    PnpInterfaceLink(Name, Link);
    (VOID) ObDeleteSystemLink(Link);
}

static NTSTATUS PnpEnableInterface(PDEVICE_NODE Node, PCWSTR Name, BOOLEAN Enable)
{
    WCHAR Link[PNP_LINK_CHARS], Target[PNP_MAX_PATH];
    ULONG Length = sizeof(Target);
    PnpInterfaceLink(Name, Link);
    if (!Enable)
        return ObDeleteSystemLink(Link);
    NTSTATUS Status = PnpQueryObjectName(Node->PhysicalDevice, Target, &Length);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObCreateSystemLink(Link, Target);
    return Status == STATUS_OBJECT_NAME_COLLISION ? STATUS_OBJECT_NAME_EXISTS : Status;
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
        if (Status == STATUS_SUCCESS)
            PnpInterfaceChanged(IopCurrentHost(), Node, Text, Enable != 0);
    }
    MmFreeCapturedString(&Captured);
    return Status;
}
