// NtPlugPlayControl: the device tree as tools see it.
#include "pnpp.h"

// Runs on the PnP fiber: the arguments are copies in the Executive.
typedef struct _PNP_QUERY {
    WCHAR InstancePath[PNP_MAX_PATH];
    ULONG Operation; // relation, property ...
    ULONG Size;      // bytes of Buffer that hold the answer; may be more than it has room for
    alignas(8) UCHAR Buffer[HOST_PNP_BUFFER];
    PNP_VETO Veto; // of a removal
} PNP_QUERY, *PPNP_QUERY;

static PDEVICE_NODE PnpFindQueried(const PNP_QUERY *Query)
{
    return Query->InstancePath[0] ? PnpFindNodeByPath(Query->InstancePath) : PnpRootNode;
}

static VOID PnpAnswer(PPNP_QUERY Query, const VOID *Data, ULONG Size)
{
    memcpy(Query->Buffer, Data, min(Size, (ULONG)sizeof(Query->Buffer)));
    Query->Size = Size;
}

// ---- Relations

// From Link on, the first that has a name: one whose identifiers could not be had is not shown.
static PDEVICE_NODE PnpFirstNamed(PDEVICE_NODE Parent, PLIST_ENTRY Link)
{
    for (; Link != &Parent->ChildListHead; Link = Link->Flink) {
        PDEVICE_NODE Node = CONTAINING_RECORD(Link, DEVICE_NODE, SiblingLink);
        if (Node->InstancePath[0])
            return Node;
    }
    return nullptr;
}

static PDEVICE_NODE PnpRelatedNode(PDEVICE_NODE Node, ULONG Relation)
{
    switch (Relation) {
    case PNP_GET_PARENT_DEVICE:
        return Node->Parent;
    case PNP_GET_CHILD_DEVICE:
        return PnpFirstNamed(Node, Node->ChildListHead.Flink);
    case PNP_GET_SIBLING_DEVICE:
        return Node->Parent ? PnpFirstNamed(Node->Parent, Node->SiblingLink.Flink) : nullptr;
    default:
        return nullptr;
    }
}

static NTSTATUS PnpGetRelated(PVOID Context)
{
    PPNP_QUERY Query = Context;
    PDEVICE_NODE Node = PnpFindQueried(Query);
    PDEVICE_NODE Related = Node ? PnpRelatedNode(Node, Query->Operation) : nullptr;
    if (!Related)
        return STATUS_NO_SUCH_DEVICE;
    PnpAnswer(Query, Related->InstancePath, (ULONG)wcslen(Related->InstancePath) * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

// ---- Status

static ULONG PnpStatusBits(PDEVICE_NODE Node)
{
    ULONG Bits = 0;
    if (Node->Parent == PnpRootNode)
        Bits |= DN_ROOT_ENUMERATED;
    if (Node->DriverCount)
        Bits |= DN_DRIVER_LOADED;
    if (Node->State == PnpNodeStarted || Node->State == PnpNodeQueryRemoved)
        Bits |= DN_STARTED;
    if (Node->Problem)
        Bits |= DN_HAS_PROBLEM;
    if (Node->Capabilities.Removable)
        Bits |= DN_REMOVABLE;
    return Bits;
}

static NTSTATUS PnpGetStatus(PVOID Context)
{
    PPNP_QUERY Query = Context;
    PDEVICE_NODE Node = PnpFindQueried(Query);
    if (!Node)
        return STATUS_NO_SUCH_DEVICE;
    ULONG Answer[2] = {PnpStatusBits(Node), Node->Problem};
    PnpAnswer(Query, Answer, sizeof(Answer));
    return STATUS_SUCCESS;
}

// ---- Properties

// DEVICE_REGISTRY_PROPERTY, by number, as values of the device's key.
static const PCWSTR PnpPropertyValues[] = {
    [0] = L"DeviceDesc", [1] = L"HardwareID",   [2] = L"CompatibleIDs",
    [5] = L"Class",      [6] = L"ClassGUID",    [7] = L"Driver",
    [8] = L"Mfg",        [9] = L"FriendlyName", [10] = L"LocationInformation",
    [16] = L"Address",   [17] = L"UINumber",
};

// Of the bus that the device is on. FALSE: another property.
static BOOLEAN PnpReadBusProperty(PDEVICE_NODE Node, ULONG Property, PVOID Buffer, PULONG Length,
                                  PNTSTATUS Status)
{
    const struct {
        ULONG Property, Size;
        const VOID *Value;
    } Values[] = {
        {12, sizeof(Node->Bus.BusTypeGuid), &Node->Bus.BusTypeGuid},
        {13, sizeof(Node->Bus.LegacyBusType), &Node->Bus.LegacyBusType},
        {14, sizeof(Node->Bus.BusNumber), &Node->Bus.BusNumber},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Values); i++) {
        if (Values[i].Property != Property)
            continue;
        *Status = !Node->HasBus              ? STATUS_OBJECT_NAME_NOT_FOUND
                  : *Length < Values[i].Size ? STATUS_BUFFER_TOO_SMALL
                                             : STATUS_SUCCESS;
        *Length = Values[i].Size;
        if (NT_SUCCESS(*Status))
            memcpy(Buffer, Values[i].Value, Values[i].Size);
        return TRUE;
    }
    return FALSE;
}

NTSTATUS PnpReadProperty(PDEVICE_NODE Node, ULONG Property, PVOID Buffer, PULONG Length)
{
    enum { PropertyClassName = 5, PropertyObjectName = 11, PropertyEnumeratorName = 15 };
    WCHAR Path[PNP_MAX_PATH], Guid[PNP_MAX_PATH];
    if (Property == PropertyEnumeratorName) {
        ULONG Chars = (ULONG)wcscspn(Node->InstancePath, L"\\");
        memcpy(Path, Node->InstancePath, Chars * sizeof(WCHAR));
        Path[Chars] = 0;
        return PnpCopyText(Path, Buffer, Length);
    }
    NTSTATUS Status;
    if (PnpReadBusProperty(Node, Property, Buffer, Length, &Status))
        return Status;
    if (Property == PropertyObjectName)
        return PnpQueryObjectName(Node->PhysicalDevice, Buffer, Length);
    if (Property >= RTL_NUMBER_OF(PnpPropertyValues) || !PnpPropertyValues[Property])
        return STATUS_INVALID_PARAMETER_2;
    PnpEnumPath(Node, Path);
    if (Property == PropertyClassName) {
        if (!PnpReadString(Path, L"ClassGUID", Guid, PNP_MAX_PATH))
            return STATUS_OBJECT_NAME_NOT_FOUND;
        _snwprintf(Path, PNP_MAX_PATH,
                   L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Class\\%ws", Guid);
        Path[PNP_MAX_PATH - 1] = 0;
    }
    return CmQueryValue(Path, PnpPropertyValues[Property], nullptr, Buffer, Length);
}

static VOID PnpAnswerProcesses(PPNP_QUERY Query, PDEVICE_NODE Node)
{
    ULONG Processes[PNP_MAX_DRIVERS], Count = 0;
    for (ULONG i = 0; i < Node->DriverCount; i++) {
        PIO_HOST Host = IopDriverHost(Node->Drivers[i]);
        if (Host->Process)
            Processes[Count++] = (ULONG)(ULONG_PTR)Host->Process->UniqueProcessId;
    }
    PnpAnswer(Query, Processes, Count * (ULONG)sizeof(ULONG));
}

static NTSTATUS PnpGetProperty(PVOID Context)
{
    PPNP_QUERY Query = Context;
    PDEVICE_NODE Node = PnpFindQueried(Query);
    if (!Node)
        return STATUS_NO_SUCH_DEVICE;
    switch (Query->Operation) {
    case PNP_PROPERTY_HOST_PROCESSES:
        PnpAnswerProcesses(Query, Node);
        return STATUS_SUCCESS;
    case PNP_PROPERTY_SERVICES:
        Query->Size =
            PnpListServices(Node, (PWSTR)Query->Buffer, sizeof(Query->Buffer) / sizeof(WCHAR));
        return STATUS_SUCCESS;
    case PNP_PROPERTY_RESOURCES:
        if (!Node->Translated)
            return STATUS_OBJECT_NAME_NOT_FOUND;
        PnpAnswer(Query, Node->Translated, Node->ResourcesSize);
        return STATUS_SUCCESS;
    case PNP_PROPERTY_INTERRUPTS:
        Query->Size = PnpListInterrupts(Node, (PPNP_INTERRUPT)Query->Buffer,
                                        sizeof(Query->Buffer) / sizeof(PNP_INTERRUPT)) *
                      (ULONG)sizeof(PNP_INTERRUPT);
        return STATUS_SUCCESS;
    case PNP_PROPERTY_PROBLEM_STATUS:
        PnpAnswer(Query, &Node->ProblemStatus, sizeof(Node->ProblemStatus));
        return STATUS_SUCCESS;
    case PNP_PROPERTY_POWER_DATA: {
        CM_POWER_DATA Data;
        PnpFillPowerData(Node, &Data);
        PnpAnswer(Query, &Data, sizeof(Data));
        return STATUS_SUCCESS;
    }
    default:
        Query->Size = sizeof(Query->Buffer);
        return PnpReadProperty(Node, Query->Operation, Query->Buffer, &Query->Size);
    }
}

// ---- Actions

static NTSTATUS PnpEnumerateCalled(PVOID Context)
{
    PDEVICE_NODE Node = PnpFindQueried(Context);
    if (!Node)
        return STATUS_NO_SUCH_DEVICE;
    PnpEnumerateBus(Node);
    return STATUS_SUCCESS;
}

static NTSTATUS PnpStartCalled(PVOID Context)
{
    PDEVICE_NODE Node = PnpFindQueried(Context);
    if (!Node)
        return STATUS_NO_SUCH_DEVICE;
    if (Node->State != PnpNodeFailed && Node->State != PnpNodeRemoved)
        return STATUS_SUCCESS;
    if (Node->RemovePending)
        return STATUS_DEVICE_BUSY;
    if (!Node->Service[0])
        PnpFindServiceAgain(Node);
    PnpStartNode(Node);
    return Node->State == PnpNodeStarted ? STATUS_SUCCESS : Node->ProblemStatus;
}

static NTSTATUS PnpRemoveCalled(PVOID Context)
{
    PPNP_QUERY Query = Context;
    PDEVICE_NODE Node = PnpFindQueried(Query);
    if (!Node)
        return STATUS_NO_SUCH_DEVICE;
    if (!(Query->Operation & PNP_QUERY_AND_REMOVE_EJECT_DEVICE))
        return PnpRemoveNode(Node, FALSE, &Query->Veto);
    Node->References++;
    NTSTATUS Status = PnpEjectNode(Node, &Query->Veto);
    PnpDereferenceNode(Node);
    return Status;
}

// ---- The service

static NTSTATUS PnpCapturePath(const UNICODE_STRING *Given, PPNP_QUERY Query)
{
    if (Given->Length % sizeof(WCHAR) || Given->Length >= PNP_MAX_PATH * sizeof(WCHAR))
        return STATUS_INVALID_PARAMETER;
    Query->InstancePath[Given->Length / sizeof(WCHAR)] = 0;
    return MmCopyFromUser(Query->InstancePath, (const VOID USER *)Given->Buffer, Given->Length);
}

static NTSTATUS PnpReturnBuffer(const PNP_QUERY *Query, PVOID Buffer, ULONG Room)
{
    if (Query->Size > Room)
        return STATUS_BUFFER_TOO_SMALL;
    return MmCopyToUser((VOID USER *)Buffer, Query->Buffer, Query->Size);
}

static NTSTATUS PnpControlRelated(VOID USER *Buffer, PPNP_QUERY Query)
{
    PLUGPLAY_CONTROL_RELATED_DEVICE_DATA Data;
    NTSTATUS Status = MmCopyFromUser(&Data, Buffer, sizeof(Data));
    if (NT_SUCCESS(Status))
        Status = PnpCapturePath(&Data.TargetDeviceInstance, Query);
    if (!NT_SUCCESS(Status))
        return Status;
    Query->Operation = Data.Relation;
    Status = PnpCall(PnpGetRelated, Query);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Room = min(Data.RelatedDeviceInstanceLength, (ULONG)PNP_MAX_PATH) * sizeof(WCHAR);
    Status = PnpReturnBuffer(Query, Data.RelatedDeviceInstance, Room);
    Data.RelatedDeviceInstanceLength = Query->Size / sizeof(WCHAR);
    NTSTATUS Written = MmCopyToUser(Buffer, &Data, sizeof(Data));
    return NT_SUCCESS(Written) ? Status : Written;
}

static NTSTATUS PnpControlStatus(VOID USER *Buffer, PPNP_QUERY Query)
{
    PLUGPLAY_CONTROL_STATUS_DATA Data;
    NTSTATUS Status = MmCopyFromUser(&Data, Buffer, sizeof(Data));
    if (NT_SUCCESS(Status))
        Status = PnpCapturePath(&Data.DeviceInstance, Query);
    if (NT_SUCCESS(Status) && Data.Operation != PNP_GET_DEVICE_STATUS)
        Status = STATUS_NOT_SUPPORTED;
    if (NT_SUCCESS(Status))
        Status = PnpCall(PnpGetStatus, Query);
    if (!NT_SUCCESS(Status))
        return Status;
    memcpy(&Data.DeviceStatus, Query->Buffer, 2 * sizeof(ULONG));
    return MmCopyToUser(Buffer, &Data, sizeof(Data));
}

static NTSTATUS PnpControlProperty(VOID USER *Buffer, PPNP_QUERY Query)
{
    PLUGPLAY_CONTROL_PROPERTY_DATA Data;
    NTSTATUS Status = MmCopyFromUser(&Data, Buffer, sizeof(Data));
    if (NT_SUCCESS(Status))
        Status = PnpCapturePath(&Data.DeviceInstance, Query);
    if (!NT_SUCCESS(Status))
        return Status;
    Query->Operation = Data.Property;
    Status = PnpCall(PnpGetProperty, Query);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PnpReturnBuffer(Query, Data.Buffer, Data.BufferSize);
    Data.BufferSize = Query->Size;
    NTSTATUS Written = MmCopyToUser(Buffer, &Data, sizeof(Data));
    return NT_SUCCESS(Written) ? Status : Written;
}

static NTSTATUS PnpControlAction(VOID USER *Buffer, PPNP_QUERY Query,
                                 NTSTATUS (*Routine)(PVOID Context))
{
    UNICODE_STRING Path;
    if (!SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_LOAD_DRIVER_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    NTSTATUS Status = MmCopyFromUser(&Path, Buffer, sizeof(Path));
    if (NT_SUCCESS(Status))
        Status = PnpCapturePath(&Path, Query);
    return NT_SUCCESS(Status) ? PnpCall(Routine, Query) : Status;
}

// A name that has no room there is not told, only how long it is.
static NTSTATUS PnpReturnVeto(VOID USER *Buffer, PPLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA Data,
                              const PNP_VETO *Veto)
{
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Room = Data->VetoName ? Data->VetoNameLength : 0;
    Data->VetoType = Veto->Type;
    Data->VetoNameLength = (ULONG)wcslen(Veto->Name);
    if (Data->VetoNameLength && Data->VetoNameLength <= Room)
        Status = MmCopyToUser((VOID USER *)Data->VetoName, Veto->Name,
                              Data->VetoNameLength * sizeof(WCHAR));
    NTSTATUS Written = MmCopyToUser(Buffer, Data, sizeof(*Data));
    return NT_SUCCESS(Status) ? Written : Status;
}

static NTSTATUS PnpControlRemove(VOID USER *Buffer, PPNP_QUERY Query)
{
    PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA Data;
    NTSTATUS Status = MmCopyFromUser(&Data, Buffer, sizeof(Data));
    if (!NT_SUCCESS(Status))
        return Status;
    Query->Operation = Data.Flags;
    Status = PnpControlAction(Buffer, Query, PnpRemoveCalled);
    NTSTATUS Written = PnpReturnVeto(Buffer, &Data, &Query->Veto);
    return NT_SUCCESS(Written) ? Status : Written;
}

// One line a class: how large its structure is, and what answers it.
static const struct {
    PLUGPLAY_CONTROL_CLASS Class;
    ULONG Size;
    NTSTATUS (*Control)(VOID USER *Buffer, PPNP_QUERY Query);
    NTSTATUS (*Action)(PVOID Context);
} PnpControls[] = {
    {PlugPlayControlEnumerateDevice, sizeof(PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA), nullptr,
     PnpEnumerateCalled},
    {PlugPlayControlStartDevice, sizeof(PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA), nullptr,
     PnpStartCalled},
    {PlugPlayControlQueryAndRemoveDevice, sizeof(PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA),
     PnpControlRemove, nullptr},
    {PlugPlayControlProperty, sizeof(PLUGPLAY_CONTROL_PROPERTY_DATA), PnpControlProperty, nullptr},
    {PlugPlayControlGetRelatedDevice, sizeof(PLUGPLAY_CONTROL_RELATED_DEVICE_DATA),
     PnpControlRelated, nullptr},
    {PlugPlayControlDeviceStatus, sizeof(PLUGPLAY_CONTROL_STATUS_DATA), PnpControlStatus, nullptr},
};

NTSTATUS NtPlugPlayControl(ULONG Class, VOID USER *Buffer, ULONG BufferLength)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(PnpControls); i++) {
        if ((ULONG)PnpControls[i].Class != Class)
            continue;
        if (BufferLength < PnpControls[i].Size)
            return STATUS_INFO_LENGTH_MISMATCH;
        NTSTATUS Status = MmProbeForWrite(Buffer, PnpControls[i].Size, 8);
        if (!NT_SUCCESS(Status))
            return Status;
        PPNP_QUERY Query = ExAllocatePoolZero(PagedPool, sizeof(*Query), PnpTag);
        if (!Query)
            return STATUS_INSUFFICIENT_RESOURCES;
        Status = PnpControls[i].Control ? PnpControls[i].Control(Buffer, Query)
                                        : PnpControlAction(Buffer, Query, PnpControls[i].Action);
        ExFreePool(Query);
        return Status;
    }
    return STATUS_INVALID_PARAMETER;
}
