// What the registry knows about devices: Enum records each of them, CriticalDeviceDatabase tells which
// driver serves an identifier, Services has the drivers.
#include "pnpp.h"

#define PNP_CONTROL_SET L"\\Registry\\Machine\\System\\CurrentControlSet"

static VOID PnpFormat(PWSTR Buffer, PCWSTR Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    _vsnwprintf(Buffer, PNP_MAX_PATH, Format, Arguments);
    va_end(Arguments);
    Buffer[PNP_MAX_PATH - 1] = 0;
}

VOID PnpEnumPath(PDEVICE_NODE Node, PWSTR Path)
{
    PnpFormat(Path, PNP_CONTROL_SET L"\\Enum\\%ws", Node->InstancePath);
}

VOID PnpServicePath(PCWSTR Service, PWSTR Path)
{
    PnpFormat(Path, PNP_CONTROL_SET L"\\Services\\%ws", Service);
}

BOOLEAN PnpReadString(PCWSTR Path, PCWSTR Name, PWSTR Value, ULONG Chars)
{
    ULONG Type, Length = (Chars - 2) * sizeof(WCHAR);
    NTSTATUS Status = CmQueryValue(Path, Name, &Type, Value, &Length);
    BOOLEAN IsText = Type == REG_SZ || Type == REG_EXPAND_SZ || Type == REG_MULTI_SZ;
    if (!NT_SUCCESS(Status) || Status == STATUS_BUFFER_OVERFLOW || !IsText)
        return FALSE;
    Value[Length / sizeof(WCHAR)] = Value[Length / sizeof(WCHAR) + 1] = 0;
    return Value[0] != 0;
}

static ULONG PnpTextBytes(ULONG Type, PCWSTR Value)
{
    PCWSTR End = Value;
    if (Type != REG_MULTI_SZ)
        return (ULONG)(wcslen(Value) + 1) * sizeof(WCHAR);
    while (*End)
        End += wcslen(End) + 1;
    return (ULONG)(End + 1 - Value) * sizeof(WCHAR);
}

VOID PnpWriteString(PCWSTR Path, PCWSTR Name, ULONG Type, PCWSTR Value)
{
    NTSTATUS Status = CmSetValue(Path, Name, Type, Value, PnpTextBytes(Type, Value));
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: cannot record %ws of %ws: 0x%08lX\n", Name, Path, (ULONG)Status);
}

static VOID PnpWriteNumber(PCWSTR Path, PCWSTR Name, ULONG Value)
{
    (VOID) CmSetValue(Path, Name, REG_DWORD, &Value, sizeof(Value));
}

// ---- The driver for an identifier

// Keys cannot have backslashes in their names: the database has # in their place.
static BOOLEAN PnpLookUpIdentifier(PCWSTR Identifier, PWSTR Path)
{
    WCHAR Name[PNP_MAX_PATH], Service[PNP_MAX_PATH];
    PnpFormat(Name, L"%ws", Identifier);
    for (PWSTR Char = Name; *Char; Char++) {
        if (*Char == L'\\')
            *Char = L'#';
    }
    PnpFormat(Path, PNP_CONTROL_SET L"\\Control\\CriticalDeviceDatabase\\%ws", Name);
    return PnpReadString(Path, L"Service", Service, PNP_MAX_PATH) ||
           PnpReadString(Path, L"ClassGUID", Service, PNP_MAX_PATH); // its filters alone
}

// The first of the identifiers, which come from the most to the least exact, that has a driver.
static BOOLEAN PnpLookUpIdentifiers(PCWSTR Identifiers, PWSTR Path)
{
    for (PCWSTR Next = Identifiers; Next && *Next; Next += wcslen(Next) + 1) {
        if (PnpLookUpIdentifier(Next, Path))
            return TRUE;
    }
    return FALSE;
}

// Control\Class\{...}\0000 is the key of the driver's own settings for this device.
static VOID PnpAssignSoftwareKey(PCWSTR EnumPath, PCWSTR ClassGuid)
{
    WCHAR Driver[PNP_MAX_PATH], Path[PNP_MAX_PATH];
    if (PnpReadString(EnumPath, L"Driver", Driver, PNP_MAX_PATH))
        return;
    for (ULONG i = 0; i < 10000; i++) {
        PnpFormat(Driver, L"%ws\\%04lu", ClassGuid, i);
        PnpFormat(Path, PNP_CONTROL_SET L"\\Control\\Class\\%ws", Driver);
        NTSTATUS Status = CmCreateKey(Path);
        if (Status == STATUS_OBJECT_NAME_EXISTS)
            continue;
        if (NT_SUCCESS(Status))
            PnpWriteString(EnumPath, L"Driver", REG_SZ, Driver);
        return;
    }
}

static VOID PnpInstallDevice(PDEVICE_NODE Node, PCWSTR EnumPath, PCWSTR DatabasePath)
{
    WCHAR Guid[PNP_MAX_PATH];
    (VOID) PnpReadString(DatabasePath, L"Service", Node->Service, PNP_MAX_PATH);
    PnpWriteString(EnumPath, L"Service", REG_SZ, Node->Service);
    if (!PnpReadString(DatabasePath, L"ClassGUID", Guid, PNP_MAX_PATH))
        return;
    PnpWriteString(EnumPath, L"ClassGUID", REG_SZ, Guid);
    PnpAssignSoftwareKey(EnumPath, Guid);
}

static VOID PnpFindService(PDEVICE_NODE Node, PCWSTR EnumPath, PCWSTR HardwareIds,
                           PCWSTR CompatibleIds)
{
    WCHAR Path[PNP_MAX_PATH];
    if (PnpReadString(EnumPath, L"Service", Node->Service, PNP_MAX_PATH))
        return;
    Node->Service[0] = 0;
    if (PnpLookUpIdentifiers(HardwareIds, Path) || PnpLookUpIdentifiers(CompatibleIds, Path))
        PnpInstallDevice(Node, EnumPath, Path);
}

VOID PnpFindServiceAgain(PDEVICE_NODE Node)
{
    WCHAR Path[PNP_MAX_PATH];
    PWSTR HardwareIds = PnpQueryId(Node, BusQueryHardwareIDs);
    PWSTR CompatibleIds = PnpQueryId(Node, BusQueryCompatibleIDs);
    PnpEnumPath(Node, Path);
    PnpFindService(Node, Path, HardwareIds, CompatibleIds);
    if (HardwareIds)
        ExFreePool(HardwareIds);
    if (CompatibleIds)
        ExFreePool(CompatibleIds);
}

// ---- The record of a device

// Of a device identifier or instance: printable ASCII without a comma, as on Windows.
static BOOLEAN PnpIsIdentifier(PCWSTR Text, ULONG Backslashes)
{
    ULONG Found = 0;
    if (!Text || !*Text)
        return FALSE;
    for (; *Text; Text++) {
        if (*Text <= L' ' || *Text > L'~' || *Text == L',')
            return FALSE;
        Found += *Text == L'\\';
    }
    return Found == Backslashes;
}

// An instance that is unique only below its bus gets the bus's mark before it.
static ULONG PnpHashPath(PCWSTR Path)
{
    ULONG Hash = 0;
    for (; *Path; Path++)
        Hash = Hash * 37 + RtlUpcaseUnicodeChar(*Path);
    return Hash;
}

// The node has its name for itself, or none.
static NTSTATUS PnpKeepName(PDEVICE_NODE Node)
{
    WCHAR Path[PNP_MAX_PATH];
    wcscpy(Path, Node->InstancePath);
    Node->InstancePath[0] = 0;
    if (PnpFindNodeByPath(Path)) {
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL, "pnp: %ws is reported twice\n", Path);
        return STATUS_OBJECT_NAME_COLLISION;
    }
    wcscpy(Node->InstancePath, Path);
    return STATUS_SUCCESS;
}

static NTSTATUS PnpNameNode(PDEVICE_NODE Node)
{
    PWSTR Device = PnpQueryId(Node, BusQueryDeviceID);
    PWSTR Instance = PnpQueryId(Node, BusQueryInstanceID);
    NTSTATUS Status = STATUS_PNP_INVALID_ID;
    if (PnpIsIdentifier(Device, 1) && PnpIsIdentifier(Instance, 0) &&
        wcslen(Device) + wcslen(Instance) + 16 < PNP_MAX_PATH / 2) {
        Status = STATUS_SUCCESS;
        if (Node->Capabilities.UniqueID)
            PnpFormat(Node->InstancePath, L"%ws\\%ws", Device, Instance);
        else
            PnpFormat(Node->InstancePath, L"%ws\\%lx&%ws", Device,
                      PnpHashPath(Node->Parent->InstancePath), Instance);
        Status = PnpKeepName(Node);
    }
    if (Device)
        ExFreePool(Device);
    if (Instance)
        ExFreePool(Instance);
    return Status;
}

static VOID PnpRecordText(PDEVICE_NODE Node, PCWSTR EnumPath)
{
    WCHAR Known[PNP_MAX_PATH];
    PWSTR Description = PnpQueryText(Node, DeviceTextDescription);
    PWSTR Location = PnpQueryText(Node, DeviceTextLocationInformation);
    if (Description && !PnpReadString(EnumPath, L"DeviceDesc", Known, PNP_MAX_PATH))
        PnpWriteString(EnumPath, L"DeviceDesc", REG_SZ, Description);
    if (Location)
        PnpWriteString(EnumPath, L"LocationInformation", REG_SZ, Location);
    if (Description)
        ExFreePool(Description);
    if (Location)
        ExFreePool(Location);
}

static VOID PnpQueryCapabilities(PDEVICE_NODE Node)
{
    DEVICE_CAPABILITIES Asked = {
        .Size = sizeof(Asked), .Version = 1, .Address = MAXULONG, .UINumber = MAXULONG};
    PNP_ANSWER Answer;
    Node->Capabilities = Asked;
    if (NT_SUCCESS(
            PnpSend(Node, IRP_MN_QUERY_CAPABILITIES, 0, 0, &Asked, sizeof(Asked), &Answer)) &&
        Answer.Length >= sizeof(Asked))
        memcpy(&Node->Capabilities, Answer.Buffer, sizeof(Asked));
    PnpReleaseAnswer(&Answer);
}

static VOID PnpQueryBus(PDEVICE_NODE Node)
{
    PNP_ANSWER Answer;
    Node->HasBus =
        NT_SUCCESS(PnpSend(Node, IRP_MN_QUERY_BUS_INFORMATION, 0, 0, nullptr, 0, &Answer)) &&
        Answer.Length >= sizeof(Node->Bus);
    if (Node->HasBus)
        memcpy(&Node->Bus, Answer.Buffer, sizeof(Node->Bus));
    PnpReleaseAnswer(&Answer);
}

NTSTATUS PnpRecordDevice(PDEVICE_NODE Node)
{
    WCHAR Path[PNP_MAX_PATH];
    PnpQueryCapabilities(Node);
    PnpQueryBus(Node);
    NTSTATUS Status = PnpNameNode(Node);
    if (!NT_SUCCESS(Status))
        return Status;
    PnpEnumPath(Node, Path);
    Status = CmCreateKey(Path);
    if (!NT_SUCCESS(Status))
        return Status;
    PnpRecordText(Node, Path);
    PnpWriteNumber(Path, L"Capabilities", ((PULONG)&Node->Capabilities)[1]);
    if (Node->Capabilities.Address != MAXULONG)
        PnpWriteNumber(Path, L"Address", Node->Capabilities.Address);

    PWSTR HardwareIds = PnpQueryId(Node, BusQueryHardwareIDs);
    PWSTR CompatibleIds = PnpQueryId(Node, BusQueryCompatibleIDs);
    if (HardwareIds)
        PnpWriteString(Path, L"HardwareID", REG_MULTI_SZ, HardwareIds);
    if (CompatibleIds)
        PnpWriteString(Path, L"CompatibleIDs", REG_MULTI_SZ, CompatibleIds);
    PnpFindService(Node, Path, HardwareIds, CompatibleIds);
    if (HardwareIds)
        ExFreePool(HardwareIds);
    if (CompatibleIds)
        ExFreePool(CompatibleIds);
    Node->State = PnpNodeInitialized;
    return STATUS_SUCCESS;
}
