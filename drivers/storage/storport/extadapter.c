// Extended functions about the adapter, its units and requests; logging; power.
#include "storportp.h"

ULONG StorpCompleteServiceIrp(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PIRP Irp = va_arg(Arguments, PIRP);
    if (!Adapter->Driver->IsVirtual)
        return STOR_STATUS_NOT_IMPLEMENTED;
    if (!Irp)
        return STOR_STATUS_INVALID_PARAMETER;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpGetDeviceObjects(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID *Self = va_arg(Arguments, PVOID *);
    PVOID *Pdo = va_arg(Arguments, PVOID *);
    PVOID *Lower = va_arg(Arguments, PVOID *);
    if (!Self || !Pdo || !Lower)
        return STOR_STATUS_INVALID_PARAMETER;
    *Self = Adapter->Self;
    *Pdo = Adapter->Pdo;
    *Lower = Adapter->Lower;
    return STOR_STATUS_SUCCESS;
}

ULONG StorpGetPortNumber(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_ADDRESS Address = va_arg(Arguments, PSTOR_ADDRESS);
    if (!Address || Address->Type != STOR_ADDRESS_TYPE_BTL8)
        return STOR_STATUS_INVALID_PARAMETER;
    Address->Port = (USHORT)Adapter->PortNumber;
    return STOR_STATUS_SUCCESS;
}

// ---- A request

static ULONG StorpInfoFlags(PIRP Irp)
{
    ULONG Flags = 0;
    if (Irp->Flags & IRP_NOCACHE)
        Flags |= REQUEST_INFO_NO_CACHE_FLAG;
    if (Irp->Flags & (IRP_PAGING_IO | IRP_SYNCHRONOUS_PAGING_IO))
        Flags |= REQUEST_INFO_PAGING_IO_FLAG;
    return Flags;
}

ULONG StorpGetRequestInfo(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    static const STOR_IO_PRIORITY_HINT Hints[] = {StorIoPriorityVeryLow, StorIoPriorityLow,
                                                  StorIoPriorityNormal, StorIoPriorityHigh,
                                                  StorIoPriorityCritical};
    PVOID Srb = va_arg(Arguments, PVOID);
    PSTOR_REQUEST_INFO Info = va_arg(Arguments, PSTOR_REQUEST_INFO);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Srb || !Info)
        return STOR_STATUS_INVALID_PARAMETER;
    if (Info->Version != STOR_REQUEST_INFO_VER_1 || Info->Size < sizeof(*Info))
        return STOR_STATUS_UNSUPPORTED_VERSION;
    PSTOR_REQUEST Request = StorpRequestOf(Srb);
    if (!Request->Irp)
        return STOR_STATUS_UNSUCCESSFUL;
    ULONG Hint = (ULONG)IoGetIoPriorityHint(Request->Irp);
    Info->PriorityHint = Hint < RTL_NUMBER_OF(Hints) ? Hints[Hint] : StorIoPriorityNormal;
    Info->Flags = StorpInfoFlags(Request->Irp);
    Info->Key = 0;
    Info->Length = SrbGetDataTransferLength(Srb);
    Info->IsWriteRequest = (SrbGetSrbFlags(Srb) & SRB_FLAGS_DATA_OUT) != 0;
    return STOR_STATUS_SUCCESS;
}

// Nothing traces, so no request has an activity.
ULONG StorpGetActivity(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Adapter);
    UNREFERENCED_PARAMETER(Arguments);
    return STOR_STATUS_UNSUCCESSFUL;
}

// What tells a packet's activity belongs to tracing: there is nothing to copy.
ULONG StorpPropagate(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PVOID Srb = va_arg(Arguments, PVOID), Irp = va_arg(Arguments, PVOID);
    UNREFERENCED_PARAMETER(Adapter);
    return Srb && Irp ? STOR_STATUS_SUCCESS : STOR_STATUS_INVALID_PARAMETER;
}

// ---- Units

ULONG StorpSetUnitAttributes(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_ADDR_BTL8 Address = va_arg(Arguments, PSTOR_ADDR_BTL8);
    STOR_UNIT_ATTRIBUTES Attributes = va_arg(Arguments, STOR_UNIT_ATTRIBUTES);
    PSTOR_UNIT Unit = nullptr;
    if (Address && Address->Type == STOR_ADDRESS_TYPE_BTL8)
        Unit = StorpFindUnit(Adapter, Address->Path, Address->Target, Address->Lun);
    if (!Unit)
        return STOR_STATUS_INVALID_PARAMETER;
    Unit->Attributes = Attributes;
    return STOR_STATUS_SUCCESS;
}

ULONG StorpSetBusType(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    STORAGE_BUS_TYPE Type = va_arg(Arguments, STORAGE_BUS_TYPE);
    if ((ULONG)Type >= (ULONG)BusTypeMax)
        return STOR_STATUS_INVALID_PARAMETER;
    Adapter->BusType = Type;
    return STOR_STATUS_SUCCESS;
}

ULONG StorpUpdateMaxIo(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    ULONG Count = va_arg(Arguments, ULONG);
    if (!Count)
        return STOR_STATUS_INVALID_PARAMETER;
    Adapter->Config.MaxNumberOfIO = Count;
    Adapter->Starved = TRUE;
    KeInsertQueueDpc(&Adapter->CompletionDpc, nullptr, nullptr);
    return STOR_STATUS_SUCCESS;
}

ULONG StorpSetFeatures(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    ULONG Count = va_arg(Arguments, ULONG);
    PSTORPORT_FEATURE_TYPE List = va_arg(Arguments, PSTORPORT_FEATURE_TYPE);
    ULONG Features = 0;
    if (!List || !Count || Count > StorportFeatureMax)
        return STOR_STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < Count; i++) {
        if ((ULONG)List[i] >= StorportFeatureMax)
            return STOR_STATUS_INVALID_PARAMETER;
        Features |= 1u << List[i];
    }
    Adapter->Features = Features;
    return STOR_STATUS_SUCCESS;
}

// Devices are not put to sleep while the system works.
ULONG StorpQueryConfiguration(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    STORPORT_QUERY_CONFIGURATION_TYPE Type = va_arg(Arguments, STORPORT_QUERY_CONFIGURATION_TYPE);
    PBOOLEAN Enabled = va_arg(Arguments, PBOOLEAN);
    UNREFERENCED_PARAMETER(Adapter);
    if ((ULONG)Type >= StorportQueryConfigurationMax || !Enabled)
        return STOR_STATUS_INVALID_PARAMETER;
    *Enabled = FALSE;
    return STOR_STATUS_SUCCESS;
}

ULONG StorpOperationAllowed(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_ADDRESS Address = va_arg(Arguments, PSTOR_ADDRESS);
    LPCGUID Operation = va_arg(Arguments, LPCGUID);
    PULONG Allowed = va_arg(Arguments, PULONG);
    UNREFERENCED_PARAMETER(Adapter);
    UNREFERENCED_PARAMETER(Address);
    if (!Operation || !Allowed)
        return STOR_STATUS_INVALID_PARAMETER;
    *Allowed = FALSE;
    return STOR_STATUS_SUCCESS;
}

ULONG StorpIsUpgrade(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PBOOLEAN Upgraded = va_arg(Arguments, PBOOLEAN);
    UNREFERENCED_PARAMETER(Adapter);
    if (!Upgraded)
        return STOR_STATUS_INVALID_PARAMETER;
    *Upgraded = FALSE;
    return STOR_STATUS_SUCCESS;
}

// ---- Logging: what is for the event log is in eventlog.c

ULONG StorpTelemetry(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_ADDRESS Address = va_arg(Arguments, PSTOR_ADDRESS);
    PSTORPORT_TELEMETRY_EVENT Event = va_arg(Arguments, PSTORPORT_TELEMETRY_EVENT);
    UNREFERENCED_PARAMETER(Adapter);
    UNREFERENCED_PARAMETER(Address);
    if (!Event || Event->EventBufferLength > EVENT_BUFFER_MAX_LENGTH)
        return STOR_STATUS_INVALID_PARAMETER;
    return STOR_STATUS_SUCCESS; // nobody collects them
}

// Events for tracing, which nobody consumes, and memory for dumps, of which there are none.
ULONG StorpNothing(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Adapter);
    UNREFERENCED_PARAMETER(Arguments);
    return STOR_STATUS_SUCCESS;
}

// ---- Power: there is no run-time framework that would take a component, and a miniport goes on without

ULONG StorpInitPoFx(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    UNREFERENCED_PARAMETER(Adapter);
    UNREFERENCED_PARAMETER(Arguments);
    return STOR_STATUS_NOT_IMPLEMENTED;
}

ULONG StorpSetPowerSettings(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    ULONG Count = va_arg(Arguments, ULONG);
    LPGUID Guids = va_arg(Arguments, LPGUID);
    UNREFERENCED_PARAMETER(Adapter);
    // The settings do not change: there is nothing to be told of.
    return Count && Guids ? STOR_STATUS_SUCCESS : STOR_STATUS_INVALID_PARAMETER;
}

ULONG StorpGetD3Cold(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_ADDRESS Address = va_arg(Arguments, PSTOR_ADDRESS);
    PBOOLEAN Supported = va_arg(Arguments, PBOOLEAN);
    UNREFERENCED_PARAMETER(Adapter);
    UNREFERENCED_PARAMETER(Address);
    if (!Supported)
        return STOR_STATUS_INVALID_PARAMETER;
    *Supported = FALSE;
    return STOR_STATUS_SUCCESS;
}
