// PnP packets between this host and others: what drivers exchange by pointers crosses as bytes (nt/nthost.h says
// which). Each minor function has up to four routines: the request of the Executive becomes the packet's
// (Prepare), the packet's answer becomes bytes (Answer); and the same for a packet that leaves the host
// through a proxy (Send, Receive).

#include "../ntos.h"

typedef struct _IOP_PNP_ROUTINES {
    NTSTATUS (*Prepare)(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack);
    // Into Buffer, which has room for HOST_PNP_BUFFER bytes; returns how many. More: it does not fit.
    SIZE_T (*Answer)(PIRP Irp, const IO_STACK_LOCATION *Stack, PVOID Buffer);
    SIZE_T (*Send)(const IO_STACK_LOCATION *Stack, PULONG64 Parameters, PVOID Buffer);
    NTSTATUS (*Receive)(PIRP Irp, PIO_STACK_LOCATION Stack, const VOID *Buffer, SIZE_T Length);
} IOP_PNP_ROUTINES;

static SIZE_T IopPutBytes(PVOID Buffer, const VOID *Data, SIZE_T Size)
{
    if (Size <= HOST_PNP_BUFFER)
        RtlCopyMemory(Buffer, Data, Size);
    return Size;
}

// A copy in pool becomes the packet's information, as the driver above expects it.
static NTSTATUS IopTakeBytes(PIRP Irp, const VOID *Data, SIZE_T Length)
{
    Irp->IoStatus.Information = 0;
    if (!Length)
        return STATUS_SUCCESS;
    PVOID Copy = ExAllocatePoolWithTag(PagedPool, Length, 'nPoI');
    if (!Copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(Copy, Data, Length);
    Irp->IoStatus.Information = (ULONG_PTR)Copy;
    return STATUS_SUCCESS;
}

static SIZE_T IopPutAndFree(PVOID Buffer, PIRP Irp, SIZE_T Size)
{
    PVOID Data = (PVOID)Irp->IoStatus.Information;
    Size = IopPutBytes(Buffer, Data, Size);
    ExFreePool(Data);
    return Size;
}

static NTSTATUS IopReceiveBytes(PIRP Irp, PIO_STACK_LOCATION Stack, const VOID *Buffer,
                                SIZE_T Length)
{
    UNREFERENCED_PARAMETER(Stack);
    return IopTakeBytes(Irp, Buffer, Length);
}

// ---- Start

static SIZE_T IopResourceListSize(const CM_RESOURCE_LIST *List)
{
    const UCHAR *Next = (const UCHAR *)List->List;
    for (ULONG i = 0; i < List->Count; i++) {
        const CM_FULL_RESOURCE_DESCRIPTOR *Full = (const CM_FULL_RESOURCE_DESCRIPTOR *)Next;
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Partial =
            Full->PartialResourceList.PartialDescriptors;
        for (ULONG j = 0; j < Full->PartialResourceList.Count; j++) {
            BOOLEAN HasData = Partial->Type == CmResourceTypeDeviceSpecific;
            ULONG Data = HasData ? Partial->u.DeviceSpecificData.DataSize : 0;
            Partial = (const CM_PARTIAL_RESOURCE_DESCRIPTOR *)((const UCHAR *)(Partial + 1) + Data);
        }
        Next = (const UCHAR *)Partial;
    }
    return (SIZE_T)(Next - (const UCHAR *)List);
}

static NTSTATUS IopPrepareStart(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    PUCHAR Lists = (PUCHAR)Request->Host.SystemBuffer;
    ULONG RawSize = (ULONG)Request->Host.Parameters[0];
    ULONG TranslatedSize = (ULONG)Request->Host.Parameters[1];
    PCM_RESOURCE_LIST Translated = (PCM_RESOURCE_LIST)(Lists + ALIGN_UP_BY(RawSize, 8));
    Stack->Parameters.StartDevice.AllocatedResources = RawSize ? (PCM_RESOURCE_LIST)Lists : nullptr;
    Stack->Parameters.StartDevice.AllocatedResourcesTranslated =
        TranslatedSize ? Translated : nullptr;
    return IopRememberResources(Request->Device, (PCM_RESOURCE_LIST)Lists, RawSize, Translated,
                                TranslatedSize);
}

static SIZE_T IopSendStart(const IO_STACK_LOCATION *Stack, PULONG64 Parameters, PVOID Buffer)
{
    const CM_RESOURCE_LIST *Raw = Stack->Parameters.StartDevice.AllocatedResources;
    const CM_RESOURCE_LIST *Translated = Stack->Parameters.StartDevice.AllocatedResourcesTranslated;
    Parameters[0] = Parameters[1] = 0;
    if (!Raw || !Translated)
        return 0;
    SIZE_T RawSize = IopResourceListSize(Raw), Size = IopResourceListSize(Translated);
    SIZE_T Offset = ALIGN_UP_BY(RawSize, 8);
    if (Offset + Size > HOST_PNP_BUFFER)
        return Offset + Size;
    RtlCopyMemory(Buffer, Raw, RawSize);
    RtlCopyMemory((PUCHAR)Buffer + Offset, Translated, Size);
    Parameters[0] = RawSize;
    Parameters[1] = Size;
    return Offset + Size;
}

// ---- Relations: numbers for pointers. The list's references go with it.

static SIZE_T IopAnswerRelations(PIRP Irp, const IO_STACK_LOCATION *Stack, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Stack);
    PDEVICE_RELATIONS Relations = (PDEVICE_RELATIONS)Irp->IoStatus.Information;
    PULONG Numbers = Buffer;
    SIZE_T Size = Relations->Count * sizeof(ULONG);
    for (ULONG i = 0; i < Relations->Count; i++) {
        if (Size <= HOST_PNP_BUFFER)
            Numbers[i] = IopDeviceNumber(Relations->Objects[i]);
        if (!IopIsProxy(Relations->Objects[i]))
            IopPublishDevice(Relations->Objects[i]); // it is ready now
        ObfDereferenceObject(Relations->Objects[i]);
    }
    ExFreePool(Relations);
    return Size;
}

static NTSTATUS IopReceiveRelations(PIRP Irp, PIO_STACK_LOCATION Stack, const VOID *Buffer,
                                    SIZE_T Length)
{
    UNREFERENCED_PARAMETER(Stack);
    ULONG Count = (ULONG)(Length / sizeof(ULONG));
    SIZE_T Size = FIELD_OFFSET(DEVICE_RELATIONS, Objects) + max(Count, 1u) * sizeof(PDEVICE_OBJECT);
    PDEVICE_RELATIONS Relations = ExAllocatePoolWithTag(PagedPool, Size, 'nPoI');
    if (!Relations)
        return STATUS_INSUFFICIENT_RESOURCES;
    Relations->Count = 0;
    for (ULONG i = 0; i < Count; i++) {
        PDEVICE_OBJECT Device = IopReferenceAnyDevice(((const ULONG *)Buffer)[i]);
        if (Device)
            Relations->Objects[Relations->Count++] = Device;
    }
    Irp->IoStatus.Information = (ULONG_PTR)Relations;
    return STATUS_SUCCESS;
}

// ---- Texts

static SIZE_T IopTextSize(PCWSTR Text, BOOLEAN Multiple)
{
    PCWSTR End = Text;
    if (!Multiple)
        return (wcslen(Text) + 1) * sizeof(WCHAR);
    while (*End)
        End += wcslen(End) + 1;
    return (SIZE_T)(End + 1 - Text) * sizeof(WCHAR);
}

static SIZE_T IopAnswerId(PIRP Irp, const IO_STACK_LOCATION *Stack, PVOID Buffer)
{
    BUS_QUERY_ID_TYPE Type = Stack->Parameters.QueryId.IdType;
    BOOLEAN Multiple = Type == BusQueryHardwareIDs || Type == BusQueryCompatibleIDs;
    return IopPutAndFree(Buffer, Irp, IopTextSize((PCWSTR)Irp->IoStatus.Information, Multiple));
}

static SIZE_T IopAnswerText(PIRP Irp, const IO_STACK_LOCATION *Stack, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Stack);
    return IopPutAndFree(Buffer, Irp, IopTextSize((PCWSTR)Irp->IoStatus.Information, FALSE));
}

// ---- Capabilities: the asker's structure is filled in

static NTSTATUS IopPrepareCapabilities(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    if (Request->Host.InputLength < sizeof(DEVICE_CAPABILITIES) || !Request->Host.SystemBuffer)
        return STATUS_INVALID_PARAMETER;
    Stack->Parameters.DeviceCapabilities.Capabilities =
        (PDEVICE_CAPABILITIES)Request->Host.SystemBuffer;
    return STATUS_SUCCESS;
}

static SIZE_T IopAnswerCapabilities(PIRP Irp, const IO_STACK_LOCATION *Stack, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Stack);
    UNREFERENCED_PARAMETER(Buffer); // it is there
    return sizeof(DEVICE_CAPABILITIES);
}

static SIZE_T IopSendCapabilities(const IO_STACK_LOCATION *Stack, PULONG64 Parameters, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Parameters);
    return IopPutBytes(Buffer, Stack->Parameters.DeviceCapabilities.Capabilities,
                       sizeof(DEVICE_CAPABILITIES));
}

static NTSTATUS IopReceiveCapabilities(PIRP Irp, PIO_STACK_LOCATION Stack, const VOID *Buffer,
                                       SIZE_T Length)
{
    UNREFERENCED_PARAMETER(Irp);
    RtlCopyMemory(Stack->Parameters.DeviceCapabilities.Capabilities, Buffer,
                  min(Length, sizeof(DEVICE_CAPABILITIES)));
    return STATUS_SUCCESS;
}

// ---- Resources

static SIZE_T IopAnswerResources(PIRP Irp, const IO_STACK_LOCATION *Stack, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Stack);
    return IopPutAndFree(Buffer, Irp, IopResourceListSize((PVOID)Irp->IoStatus.Information));
}

static SIZE_T IopAnswerRequirements(PIRP Irp, const IO_STACK_LOCATION *Stack, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Stack);
    PIO_RESOURCE_REQUIREMENTS_LIST List = (PVOID)Irp->IoStatus.Information;
    return IopPutAndFree(Buffer, Irp, List->ListSize);
}

// Drivers may change the list where it is and answer with it: it is pool. One that answers with another has
// freed it.
static NTSTATUS IopPrepareFilter(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    ULONG Length = Request->Host.InputLength;
    PVOID List = Length ? ExAllocatePoolWithTag(PagedPool, Length, 'nPoI') : nullptr;
    if (Length && !List)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (List)
        RtlCopyMemory(List, (PVOID)Request->Host.SystemBuffer, Length);
    Stack->Parameters.FilterResourceRequirements.IoResourceRequirementList = List;
    return STATUS_SUCCESS;
}

static SIZE_T IopSendFilter(const IO_STACK_LOCATION *Stack, PULONG64 Parameters, PVOID Buffer)
{
    const IO_RESOURCE_REQUIREMENTS_LIST *List =
        Stack->Parameters.FilterResourceRequirements.IoResourceRequirementList;
    Parameters[0] = 0;
    return List ? IopPutBytes(Buffer, List, List->ListSize) : 0;
}

// ---- Others

static SIZE_T IopAnswerBus(PIRP Irp, const IO_STACK_LOCATION *Stack, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Stack);
    return IopPutAndFree(Buffer, Irp, sizeof(PNP_BUS_INFORMATION));
}

static SIZE_T IopAnswerState(PIRP Irp, const IO_STACK_LOCATION *Stack, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Stack);
    ULONG State = (ULONG)Irp->IoStatus.Information;
    return IopPutBytes(Buffer, &State, sizeof(State));
}

static NTSTATUS IopReceiveState(PIRP Irp, PIO_STACK_LOCATION Stack, const VOID *Buffer,
                                SIZE_T Length)
{
    UNREFERENCED_PARAMETER(Stack);
    ULONG State = 0;
    RtlCopyMemory(&State, Buffer, min(Length, sizeof(State)));
    Irp->IoStatus.Information |= State; // beside what the drivers above have said
    return STATUS_SUCCESS;
}

// ---- Configuration space. The answer of a write is what was written: its length is what counts.

static NTSTATUS IopPrepareConfig(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    ULONG Length = Stack->Parameters.ReadWriteConfig.Length;
    BOOLEAN IsWrite = Stack->MinorFunction == IRP_MN_WRITE_CONFIG;
    if (Length > HOST_PNP_BUFFER || Length > Request->Host.OutputLength ||
        (IsWrite && Length > Request->Host.InputLength))
        return STATUS_INVALID_PARAMETER;
    Stack->Parameters.ReadWriteConfig.Buffer = (PVOID)Request->Host.SystemBuffer;
    return STATUS_SUCCESS;
}

static SIZE_T IopAnswerConfig(PIRP Irp, const IO_STACK_LOCATION *Stack, PVOID Buffer)
{
    return IopPutBytes(Buffer, Stack->Parameters.ReadWriteConfig.Buffer, Irp->IoStatus.Information);
}

static SIZE_T IopSendConfig(const IO_STACK_LOCATION *Stack, PULONG64 Parameters, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Parameters);
    SIZE_T Length = Stack->Parameters.ReadWriteConfig.Length;
    if (Stack->MinorFunction == IRP_MN_READ_CONFIG)
        return Length > HOST_PNP_BUFFER ? Length : 0;
    return IopPutBytes(Buffer, Stack->Parameters.ReadWriteConfig.Buffer, Length);
}

static NTSTATUS IopReceiveConfig(PIRP Irp, PIO_STACK_LOCATION Stack, const VOID *Buffer,
                                 SIZE_T Length)
{
    Length = min(Length, (SIZE_T)Stack->Parameters.ReadWriteConfig.Length);
    if (Stack->MinorFunction == IRP_MN_READ_CONFIG)
        RtlCopyMemory(Stack->Parameters.ReadWriteConfig.Buffer, Buffer, Length);
    Irp->IoStatus.Information = Length;
    return STATUS_SUCCESS;
}

static const IOP_PNP_ROUTINES IopPnpRoutines[] = {
    [IRP_MN_START_DEVICE] = {IopPrepareStart, nullptr, IopSendStart, nullptr},
    [IRP_MN_QUERY_DEVICE_RELATIONS] = {nullptr, IopAnswerRelations, nullptr, IopReceiveRelations},
    [IRP_MN_QUERY_CAPABILITIES] = {IopPrepareCapabilities, IopAnswerCapabilities,
                                   IopSendCapabilities, IopReceiveCapabilities},
    [IRP_MN_QUERY_RESOURCES] = {nullptr, IopAnswerResources, nullptr, IopReceiveBytes},
    [IRP_MN_QUERY_RESOURCE_REQUIREMENTS] = {nullptr, IopAnswerRequirements, nullptr,
                                            IopReceiveBytes},
    [IRP_MN_QUERY_DEVICE_TEXT] = {nullptr, IopAnswerText, nullptr, IopReceiveBytes},
    [IRP_MN_FILTER_RESOURCE_REQUIREMENTS] = {IopPrepareFilter, IopAnswerRequirements, IopSendFilter,
                                             IopReceiveBytes},
    [IRP_MN_READ_CONFIG] = {IopPrepareConfig, IopAnswerConfig, IopSendConfig, IopReceiveConfig},
    [IRP_MN_WRITE_CONFIG] = {IopPrepareConfig, IopAnswerConfig, IopSendConfig, IopReceiveConfig},
    [IRP_MN_QUERY_ID] = {nullptr, IopAnswerId, nullptr, IopReceiveBytes},
    [IRP_MN_QUERY_PNP_DEVICE_STATE] = {nullptr, IopAnswerState, nullptr, IopReceiveState},
    [IRP_MN_QUERY_BUS_INFORMATION] = {nullptr, IopAnswerBus, nullptr, IopReceiveBytes},
};

static const IOP_PNP_ROUTINES *IopFindPnpRoutines(UCHAR MinorFunction)
{
    static const IOP_PNP_ROUTINES None;
    return MinorFunction < RTL_NUMBER_OF(IopPnpRoutines) ? &IopPnpRoutines[MinorFunction] : &None;
}

NTSTATUS IopPreparePnp(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    const IOP_PNP_ROUTINES *Routines = IopFindPnpRoutines(Stack->MinorFunction);
    Request->Irp.AssociatedIrp.SystemBuffer = nullptr; // there is none in a PnP packet
    return Routines->Prepare ? Routines->Prepare(Request, Stack) : STATUS_SUCCESS;
}

// The answer goes into the request's buffer. Returns its length, or why it cannot go.
NTSTATUS IopAnswerPnp(PIOP_REQUEST Request, PULONG_PTR Length)
{
    PIRP Irp = &Request->Irp;
    PIO_STACK_LOCATION Stack = (PIO_STACK_LOCATION)(Irp + 1) + (Irp->StackCount - 1); // the first
    const IOP_PNP_ROUTINES *Routines = IopFindPnpRoutines(Request->Host.MinorFunction);
    NTSTATUS Status = Irp->IoStatus.Status;
    BOOLEAN InPlace = Request->Host.MinorFunction == IRP_MN_QUERY_CAPABILITIES ||
                      Request->Host.MinorFunction == IRP_MN_QUERY_PNP_DEVICE_STATE;
    *Length = 0;
    PVOID Given = Request->Host.MinorFunction == IRP_MN_FILTER_RESOURCE_REQUIREMENTS
                      ? Stack->Parameters.FilterResourceRequirements.IoResourceRequirementList
                      : nullptr;
    if (Given && (!NT_SUCCESS(Status) || !Irp->IoStatus.Information))
        ExFreePool(Given);
    if (!NT_SUCCESS(Status) || !Routines->Answer || (!Irp->IoStatus.Information && !InPlace))
        return Status;
    // Drivers of other hosts and the PnP manager give the whole buffer.
    if (Request->Host.OutputLength < HOST_PNP_BUFFER)
        return STATUS_BUFFER_TOO_SMALL;
    SIZE_T Size = Routines->Answer(Irp, Stack, (PVOID)Request->Host.SystemBuffer);
    if (Size > HOST_PNP_BUFFER)
        return STATUS_BUFFER_TOO_SMALL;
    *Length = Size;
    return Status;
}

// A packet that leaves the host: its input into Buffer. Returns how long that is.
SIZE_T IopSendPnp(const IO_STACK_LOCATION *Stack, PULONG64 Parameters, PVOID Buffer)
{
    const IOP_PNP_ROUTINES *Routines = IopFindPnpRoutines(Stack->MinorFunction);
    return Routines->Send ? Routines->Send(Stack, Parameters, Buffer) : 0;
}

NTSTATUS IopReceivePnp(PIRP Irp, PIO_STACK_LOCATION Stack, const VOID *Buffer, SIZE_T Length)
{
    const IOP_PNP_ROUTINES *Routines = IopFindPnpRoutines(Stack->MinorFunction);
    if (!Routines->Receive || !Length)
        return STATUS_SUCCESS;
    return Routines->Receive(Irp, Stack, Buffer, min(Length, (SIZE_T)HOST_PNP_BUFFER));
}
