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

NTSTATUS NtHostPnpEvent(ULONG Device, ULONG Event, const VOID USER *Data, ULONG Length)
{
    PDEVICE_NODE Node;
    NTSTATUS Status = PnpReferenceNode(Device, &Node);
    if (!NT_SUCCESS(Status))
        return Status;
    UNREFERENCED_PARAMETER(Data);
    UNREFERENCED_PARAMETER(Length);
    Status = STATUS_NOT_SUPPORTED;
    if (!PnpIsOwnDevice(Node))
        Status = STATUS_ACCESS_DENIED;
    else if (Event == HOST_PNP_INVALIDATE_RELATIONS)
        Status = PnpQueueEvent(PnpEventEnumerate, Node, nullptr);
    else if (Event == HOST_PNP_INVALIDATE_STATE)
        Status = PnpQueueEvent(PnpEventState, Node, nullptr);
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
