// The WMI library of miniports. A request is a minor function of IRP_MJ_SYSTEM_CONTROL with its buffer, in an SRB of
// SRB_FUNCTION_WMI: ScsiPortWmiDispatchFunction checks it and calls the miniport's routine for it, which answers by
// ScsiPortWmiPostProcess at once or later. What the second needs of the first is in the request context and in the
// WNODE at the start of the buffer. All of it is pure logic: the unit tests build this file too.
#include <ntddk.h>

#include <scsiwmi.h>
#include <stddef.h>
#include <wmistr.h>

enum { WmiAlignment = 8, WmiLongestName = 0xFFFE }; // of instances; bytes of a counted string

typedef struct _STOR_WMI_REQUEST {
    const SCSI_WMILIB_CONTEXT *Library;
    PSCSIWMI_REQUEST_CONTEXT Context;
    PVOID Device, DataPath;
    ULONG Index; // of the block in the library's list, with which it goes
    const SCSIWMIGUIDREGINFO *Block;
} STOR_WMI_REQUEST, *PSTOR_WMI_REQUEST;

static ULONG64 StorpWmiAlign(ULONG64 Value)
{
    return (Value + WmiAlignment - 1) & ~(ULONG64)(WmiAlignment - 1);
}

// ---- Registration

static ULONG StorpWmiNameBytes(PCWSTR Name)
{
    ULONG Bytes = 0;
    while (Bytes <= WmiLongestName && Name[Bytes / sizeof(WCHAR)])
        Bytes += sizeof(WCHAR);
    return Bytes;
}

// NameBytes goes with a Name.
static VOID StorpWmiFillRegistration(const SCSI_WMILIB_CONTEXT *Library, PWMIREGINFOW Info,
                                     ULONG Size, PCWSTR Name, ULONG NameBytes)
{
    ULONG Names = offsetof(WMIREGINFOW, WmiRegGuid) + Library->GuidCount * sizeof(WMIREGGUIDW);
    RtlZeroMemory(Info, Names);
    Info->BufferSize = Size;
    Info->GuidCount = Library->GuidCount;
    for (ULONG i = 0; i < Library->GuidCount; i++) {
        PWMIREGGUIDW Entry = &Info->WmiRegGuid[i];
        Entry->Guid = *Library->GuidList[i].Guid;
        Entry->Flags = Library->GuidList[i].Flags;
        Entry->InstanceCount = Library->GuidList[i].InstanceCount;
    }
    if (!Name)
        return;
    Info->MofResourceName = Names;
    *(PUSHORT)((PUCHAR)Info + Names) = (USHORT)NameBytes;
    RtlCopyMemory((PUCHAR)Info + Names + sizeof(USHORT), Name, NameBytes);
}

// IRP_MN_REGINFO and IRP_MN_REGINFO_EX. The path of the registry and the names of instances are the port driver's to
// add. A buffer that is too small gets the size alone.
static UCHAR StorpWmiRegister(const STOR_WMI_REQUEST *Request)
{
    const SCSI_WMILIB_CONTEXT *Library = Request->Library;
    PSCSIWMI_REQUEST_CONTEXT Context = Request->Context;
    PWCHAR Name = nullptr;
    ULONG NameBytes = 0;
    if (!Library->QueryWmiRegInfo)
        return SRB_STATUS_ERROR;
    UCHAR Status = Library->QueryWmiRegInfo(Request->Device, Context, &Name);
    if (SRB_STATUS(Status) == SRB_STATUS_PENDING)
        return SRB_STATUS_ERROR; // this routine may not
    if (SRB_STATUS(Status) != SRB_STATUS_SUCCESS)
        return Status;
    if ((ULONG_PTR)Request->DataPath != WMIREGISTER)
        Name = nullptr; // an update does not name it again
    ULONG64 Size =
        offsetof(WMIREGINFOW, WmiRegGuid) + (ULONG64)Library->GuidCount * sizeof(WMIREGGUIDW);
    if (Name) {
        NameBytes = StorpWmiNameBytes(Name);
        Size += sizeof(USHORT) + NameBytes;
    }
    if (Size > MAXULONG || NameBytes > WmiLongestName)
        return SRB_STATUS_ERROR;
    if (Context->BufferSize >= Size) {
        StorpWmiFillRegistration(Library, (PVOID)Context->Buffer, (ULONG)Size, Name, NameBytes);
        Context->ReturnStatus = SRB_STATUS_SUCCESS;
        Context->ReturnSize = (ULONG)Size;
        return SRB_STATUS_SUCCESS;
    }
    Context->ReturnStatus = SRB_STATUS_DATA_OVERRUN;
    if (Context->BufferSize >= sizeof(ULONG)) {
        *(PULONG)Context->Buffer = (ULONG)Size;
        Context->ReturnSize = sizeof(ULONG);
    }
    return SRB_STATUS_DATA_OVERRUN;
}

// ---- Requests about one instance

typedef struct _STOR_WMI_TARGET {
    ULONG Instance, Item; // the item's or the method's number
    ULONG Offset, Size;   // of the data
} STOR_WMI_TARGET, *PSTOR_WMI_TARGET;

static_assert(offsetof(WNODE_METHOD_ITEM, MethodId) == offsetof(WNODE_SINGLE_ITEM, ItemId) &&
              offsetof(WNODE_METHOD_ITEM, DataBlockOffset) ==
                  offsetof(WNODE_SINGLE_ITEM, DataBlockOffset) &&
              offsetof(WNODE_METHOD_ITEM, SizeDataBlock) ==
                  offsetof(WNODE_SINGLE_ITEM, SizeDataItem));

// SRB_STATUS_SUCCESS: the data begin behind the WNODE and within the buffer, and the instance is one of the block's.
static UCHAR StorpWmiCheckTarget(const STOR_WMI_REQUEST *Request, ULONG Fixed,
                                 const STOR_WMI_TARGET *Target)
{
    const WNODE_HEADER *Header = (PVOID)Request->Context->Buffer;
    if (Target->Offset < Fixed || Target->Offset > Request->Context->BufferSize)
        return SRB_STATUS_INVALID_REQUEST;
    if (!(Header->Flags & WNODE_FLAG_STATIC_INSTANCE_NAMES) ||
        Target->Instance >= Request->Block->InstanceCount)
        return SRB_STATUS_ERROR;
    return SRB_STATUS_SUCCESS;
}

static UCHAR StorpWmiReadInstance(const STOR_WMI_REQUEST *Request, PSTOR_WMI_TARGET Target)
{
    const WNODE_SINGLE_INSTANCE *Wnode = (PVOID)Request->Context->Buffer;
    constexpr ULONG Fixed = offsetof(WNODE_SINGLE_INSTANCE, VariableData);
    if (Request->Context->BufferSize < Fixed)
        return SRB_STATUS_INVALID_REQUEST;
    *Target = (STOR_WMI_TARGET){.Instance = Wnode->InstanceIndex,
                                .Offset = Wnode->DataBlockOffset,
                                .Size = Wnode->SizeDataBlock};
    return StorpWmiCheckTarget(Request, Fixed, Target);
}

static UCHAR StorpWmiReadItem(const STOR_WMI_REQUEST *Request, PSTOR_WMI_TARGET Target)
{
    const WNODE_SINGLE_ITEM *Wnode = (PVOID)Request->Context->Buffer;
    constexpr ULONG Fixed = offsetof(WNODE_SINGLE_ITEM, VariableData);
    if (Request->Context->BufferSize < Fixed)
        return SRB_STATUS_INVALID_REQUEST;
    *Target = (STOR_WMI_TARGET){.Instance = Wnode->InstanceIndex,
                                .Item = Wnode->ItemId,
                                .Offset = Wnode->DataBlockOffset,
                                .Size = Wnode->SizeDataItem};
    return StorpWmiCheckTarget(Request, Fixed, Target);
}

static ULONG StorpWmiRoom(const STOR_WMI_REQUEST *Request, const STOR_WMI_TARGET *Target)
{
    return Request->Context->BufferSize - Target->Offset;
}

static UCHAR StorpWmiQueryInstance(const STOR_WMI_REQUEST *Request)
{
    PSCSIWMI_REQUEST_CONTEXT Context = Request->Context;
    PWNODE_SINGLE_INSTANCE Wnode = (PVOID)Context->Buffer;
    STOR_WMI_TARGET Target;
    UCHAR Status = StorpWmiReadInstance(Request, &Target);
    if (Status != SRB_STATUS_SUCCESS)
        return Status;
    if (!Request->Library->QueryWmiDataBlock)
        return SRB_STATUS_ERROR;
    ULONG Room = StorpWmiRoom(Request, &Target);
    return Request->Library->QueryWmiDataBlock(Request->Device, Context, Request->Index,
                                               Target.Instance, 1,
                                               Room ? &Wnode->SizeDataBlock : nullptr, Room,
                                               Room ? Context->Buffer + Target.Offset : nullptr);
}

static UCHAR StorpWmiChangeInstance(const STOR_WMI_REQUEST *Request)
{
    STOR_WMI_TARGET Target;
    UCHAR Status = StorpWmiReadInstance(Request, &Target);
    if (Status != SRB_STATUS_SUCCESS)
        return Status;
    if (Target.Size > StorpWmiRoom(Request, &Target))
        return SRB_STATUS_INVALID_REQUEST;
    if (!Request->Library->SetWmiDataBlock)
        return SRB_STATUS_ERROR;
    return Request->Library->SetWmiDataBlock(Request->Device, Request->Context, Request->Index,
                                             Target.Instance, Target.Size,
                                             Request->Context->Buffer + Target.Offset);
}

static UCHAR StorpWmiChangeItem(const STOR_WMI_REQUEST *Request)
{
    STOR_WMI_TARGET Target;
    UCHAR Status = StorpWmiReadItem(Request, &Target);
    if (Status != SRB_STATUS_SUCCESS)
        return Status;
    if (Target.Size > StorpWmiRoom(Request, &Target))
        return SRB_STATUS_INVALID_REQUEST;
    if (!Request->Library->SetWmiDataItem)
        return SRB_STATUS_ERROR;
    return Request->Library->SetWmiDataItem(Request->Device, Request->Context, Request->Index,
                                            Target.Instance, Target.Item, Target.Size,
                                            Request->Context->Buffer + Target.Offset);
}

static UCHAR StorpWmiExecute(const STOR_WMI_REQUEST *Request)
{
    STOR_WMI_TARGET Target;
    UCHAR Status = StorpWmiReadItem(Request, &Target);
    if (Status != SRB_STATUS_SUCCESS)
        return Status;
    ULONG Room = StorpWmiRoom(Request, &Target);
    if (Target.Size > Room)
        return SRB_STATUS_INVALID_REQUEST;
    if (!Request->Library->ExecuteWmiMethod)
        return SRB_STATUS_ERROR;
    return Request->Library->ExecuteWmiMethod(Request->Device, Request->Context, Request->Index,
                                              Target.Instance, Target.Item, Target.Size, Room,
                                              Request->Context->Buffer + Target.Offset);
}

// ---- All instances

// The lengths that the miniport answers are an array in the place of the pairs of offsets and lengths. Where there is
// no room for it the miniport is asked all the same: it says how much its data need.
static UCHAR StorpWmiQueryAll(const STOR_WMI_REQUEST *Request)
{
    PSCSIWMI_REQUEST_CONTEXT Context = Request->Context;
    PWNODE_ALL_DATA Wnode = (PVOID)Context->Buffer;
    constexpr ULONG Fixed = offsetof(WNODE_ALL_DATA, OffsetInstanceDataAndLength);
    ULONG Count = Request->Block->InstanceCount, Room = 0;
    PULONG Lengths = nullptr;
    ULONG64 Data =
        StorpWmiAlign(Fixed + (ULONG64)Count * sizeof(*Wnode->OffsetInstanceDataAndLength));
    if (!Request->Library->QueryWmiDataBlock || Data > MAXULONG)
        return SRB_STATUS_ERROR;
    if (Context->BufferSize < sizeof(WNODE_TOO_SMALL))
        return SRB_STATUS_DATA_OVERRUN;
    Wnode->WnodeHeader.Guid = *Request->Block->Guid;
    Wnode->WnodeHeader.Flags = WNODE_FLAG_ALL_DATA | WNODE_FLAG_STATIC_INSTANCE_NAMES;
    Wnode->DataBlockOffset = (ULONG)Data;
    Wnode->InstanceCount = Count;
    if (Context->BufferSize >= Data) {
        Lengths = (PULONG)Wnode->OffsetInstanceDataAndLength;
        Room = Context->BufferSize - (ULONG)Data;
        RtlZeroMemory(&Wnode->OffsetInstanceNameOffsets,
                      Data - offsetof(WNODE_ALL_DATA, OffsetInstanceNameOffsets));
    }
    return Request->Library->QueryWmiDataBlock(Request->Device, Context, Request->Index, 0, Count,
                                               Lengths, Room,
                                               Room ? Context->Buffer + Data : nullptr);
}

// From lengths to pairs, from the last: a pair lies never before its length. FALSE: the lengths are more than Used.
static BOOLEAN StorpWmiPlaceInstances(PWNODE_ALL_DATA Wnode, ULONG Used)
{
    POFFSETINSTANCEDATAANDLENGTH Pairs = Wnode->OffsetInstanceDataAndLength;
    const ULONG *Lengths = (PULONG)Pairs;
    ULONG64 Start = 0, End = 0;
    for (ULONG i = 0; i < Wnode->InstanceCount; i++) {
        Start = StorpWmiAlign(End);
        End = Start + Lengths[i];
        if (End > Used)
            return FALSE;
    }
    for (ULONG i = Wnode->InstanceCount; i-- > 0;) {
        ULONG Length = Lengths[i];
        ULONG Before = i ? Lengths[i - 1] : 0;
        Pairs[i].OffsetInstanceData = Wnode->DataBlockOffset + (ULONG)Start;
        Pairs[i].LengthInstanceData = Length;
        Start -= StorpWmiAlign(Before);
    }
    return TRUE;
}

// ---- Events and collection

static UCHAR StorpWmiControl(const STOR_WMI_REQUEST *Request)
{
    UCHAR Minor = Request->Context->MinorFunction;
    BOOLEAN IsEvent = Minor == IRP_MN_ENABLE_EVENTS || Minor == IRP_MN_DISABLE_EVENTS;
    BOOLEAN Enable = Minor == IRP_MN_ENABLE_EVENTS || Minor == IRP_MN_ENABLE_COLLECTION;
    if (!Request->Library->WmiFunctionControl)
        return SRB_STATUS_SUCCESS; // nothing is to be switched
    return Request->Library->WmiFunctionControl(
        Request->Device, Request->Context, Request->Index,
        IsEvent ? ScsiWmiEventControl : ScsiWmiDataBlockControl, Enable);
}

// ---- Dispatch

typedef enum _STOR_WMI_SCOPE {
    WmiOfDriver, // all blocks
    WmiOfBlock,  // the data path is the GUID of one
    WmiOfData    // of the block: it is not one of events alone
} STOR_WMI_SCOPE;

static const struct {
    UCHAR (*Handler)(const STOR_WMI_REQUEST *Request);
    STOR_WMI_SCOPE Scope;
} WmiFunctions[] = {
    [IRP_MN_QUERY_ALL_DATA] = {StorpWmiQueryAll, WmiOfData},
    [IRP_MN_QUERY_SINGLE_INSTANCE] = {StorpWmiQueryInstance, WmiOfData},
    [IRP_MN_CHANGE_SINGLE_INSTANCE] = {StorpWmiChangeInstance, WmiOfData},
    [IRP_MN_CHANGE_SINGLE_ITEM] = {StorpWmiChangeItem, WmiOfData},
    [IRP_MN_ENABLE_EVENTS] = {StorpWmiControl, WmiOfBlock},
    [IRP_MN_DISABLE_EVENTS] = {StorpWmiControl, WmiOfBlock},
    [IRP_MN_ENABLE_COLLECTION] = {StorpWmiControl, WmiOfData},
    [IRP_MN_DISABLE_COLLECTION] = {StorpWmiControl, WmiOfData},
    [IRP_MN_REGINFO] = {StorpWmiRegister, WmiOfDriver},
    [IRP_MN_EXECUTE_METHOD] = {StorpWmiExecute, WmiOfData},
    [IRP_MN_REGINFO_EX] = {StorpWmiRegister, WmiOfDriver},
};

static BOOLEAN StorpWmiListIsSound(const SCSI_WMILIB_CONTEXT *Library)
{
    if (Library->GuidCount && !Library->GuidList)
        return FALSE;
    for (ULONG i = 0; i < Library->GuidCount; i++) {
        if (!Library->GuidList[i].Guid)
            return FALSE;
    }
    return TRUE;
}

static BOOLEAN StorpWmiFindBlock(PSTOR_WMI_REQUEST Request)
{
    const SCSI_WMILIB_CONTEXT *Library = Request->Library;
    for (ULONG i = 0; i < Library->GuidCount; i++) {
        const SCSIWMIGUIDREGINFO *Block = &Library->GuidList[i];
        if ((Block->Flags & WMIREG_FLAG_REMOVE_GUID) ||
            !RtlEqualMemory(Block->Guid, Request->DataPath, sizeof(GUID)))
            continue;
        Request->Index = i;
        Request->Block = Block;
        return TRUE;
    }
    return FALSE;
}

static UCHAR StorpWmiDispatch(PSTOR_WMI_REQUEST Request)
{
    UCHAR Minor = Request->Context->MinorFunction;
    if (Minor >= RTL_NUMBER_OF(WmiFunctions) || !WmiFunctions[Minor].Handler)
        return SRB_STATUS_INVALID_REQUEST;
    if (!Request->Context->Buffer && Request->Context->BufferSize)
        return SRB_STATUS_INVALID_REQUEST;
    if (!StorpWmiListIsSound(Request->Library))
        return SRB_STATUS_ERROR;
    if (WmiFunctions[Minor].Scope == WmiOfDriver)
        return WmiFunctions[Minor].Handler(Request);
    if (!Request->DataPath)
        return SRB_STATUS_INVALID_REQUEST;
    if (!StorpWmiFindBlock(Request))
        return SRB_STATUS_ERROR;
    if (WmiFunctions[Minor].Scope == WmiOfData &&
        (Request->Block->Flags & WMIREG_FLAG_EVENT_ONLY_GUID))
        return SRB_STATUS_ERROR;
    return WmiFunctions[Minor].Handler(Request);
}

BOOLEAN NTAPI ScsiPortWmiDispatchFunction(PSCSI_WMILIB_CONTEXT WmiLibInfo, UCHAR MinorFunction,
                                          PVOID DeviceContext,
                                          PSCSIWMI_REQUEST_CONTEXT RequestContext, PVOID DataPath,
                                          ULONG BufferSize, PVOID Buffer)
{
    STOR_WMI_REQUEST Request = {.Library = WmiLibInfo,
                                .Context = RequestContext,
                                .Device = DeviceContext,
                                .DataPath = DataPath};
    RequestContext->BufferSize = BufferSize;
    RequestContext->Buffer = Buffer;
    RequestContext->MinorFunction = MinorFunction;
    RequestContext->ReturnStatus = SRB_STATUS_PENDING;
    RequestContext->ReturnSize = 0;
    UCHAR Status = StorpWmiDispatch(&Request);
    if (Status == SRB_STATUS_PENDING)
        return TRUE; // and may be over by now: the context is the miniport's
    if (RequestContext->ReturnStatus == SRB_STATUS_PENDING)
        ScsiPortWmiPostProcess(RequestContext, Status, 0); // refused, or the miniport did not
    return FALSE;
}

// ---- Answers

static VOID StorpWmiEnd(PSCSIWMI_REQUEST_CONTEXT Context, UCHAR Status, ULONG Size)
{
    Context->ReturnStatus = Status;
    Context->ReturnSize = Size;
}

// The functions that answer data, and where their WNODE says where these are and how large.
static const struct {
    BOOLEAN Answers;
    UCHAR Fixed, Offset, Size; // Size 0: nowhere
} WmiAnswers[] = {
    [IRP_MN_QUERY_ALL_DATA] = {TRUE, sizeof(WNODE_TOO_SMALL),
                               offsetof(WNODE_ALL_DATA, DataBlockOffset), 0},
    [IRP_MN_QUERY_SINGLE_INSTANCE] = {TRUE, offsetof(WNODE_SINGLE_INSTANCE, VariableData),
                                      offsetof(WNODE_SINGLE_INSTANCE, DataBlockOffset),
                                      offsetof(WNODE_SINGLE_INSTANCE, SizeDataBlock)},
    [IRP_MN_EXECUTE_METHOD] = {TRUE, offsetof(WNODE_METHOD_ITEM, VariableData),
                               offsetof(WNODE_METHOD_ITEM, DataBlockOffset),
                               offsetof(WNODE_METHOD_ITEM, SizeDataBlock)},
};

static VOID StorpWmiAnswerTooSmall(PSCSIWMI_REQUEST_CONTEXT Context, ULONG Needed)
{
    PWNODE_TOO_SMALL Wnode = (PVOID)Context->Buffer;
    Wnode->WnodeHeader.BufferSize = sizeof(*Wnode);
    Wnode->WnodeHeader.Flags |= WNODE_FLAG_TOO_SMALL;
    Wnode->SizeNeeded = Needed;
    StorpWmiEnd(Context, SRB_STATUS_SUCCESS, sizeof(*Wnode));
}

static VOID StorpWmiAnswer(PSCSIWMI_REQUEST_CONTEXT Context, UCHAR Status, ULONG Used)
{
    PWNODE_HEADER Header = (PVOID)Context->Buffer;
    ULONG Fixed = WmiAnswers[Context->MinorFunction].Fixed;
    ULONG SizeOffset = WmiAnswers[Context->MinorFunction].Size;
    if (Context->BufferSize < Fixed) {
        StorpWmiEnd(Context, SRB_STATUS_DATA_OVERRUN, 0); // even for saying so
        return;
    }
    ULONG DataOffset = *(PULONG)(Context->Buffer + WmiAnswers[Context->MinorFunction].Offset);
    ULONG64 Size = (ULONG64)DataOffset + Used;
    if (Size > MAXULONG) {
        StorpWmiEnd(Context, SRB_STATUS_ERROR, 0);
        return;
    }
    if (SRB_STATUS(Status) == SRB_STATUS_DATA_OVERRUN || Size > Context->BufferSize) {
        StorpWmiAnswerTooSmall(Context, (ULONG)Size);
        return;
    }
    if (Context->MinorFunction == IRP_MN_QUERY_ALL_DATA) {
        if (!StorpWmiPlaceInstances((PVOID)Context->Buffer, Used)) {
            StorpWmiEnd(Context, SRB_STATUS_ERROR, 0);
            return;
        }
        KeQuerySystemTime(&Header->TimeStamp);
    }
    if (SizeOffset)
        *(PULONG)(Context->Buffer + SizeOffset) = Used;
    Header->BufferSize = (ULONG)Size;
    StorpWmiEnd(Context, SRB_STATUS_SUCCESS, (ULONG)Size);
}

VOID NTAPI ScsiPortWmiPostProcess(PSCSIWMI_REQUEST_CONTEXT RequestContext, UCHAR SrbStatus,
                                  ULONG BufferUsed)
{
    UCHAR Minor = RequestContext->MinorFunction, Status = SRB_STATUS(SrbStatus);
    BOOLEAN Answers = Minor < RTL_NUMBER_OF(WmiAnswers) && WmiAnswers[Minor].Answers;
    BOOLEAN Succeeded = Status == SRB_STATUS_SUCCESS;
    if (Answers && (Succeeded || Status == SRB_STATUS_DATA_OVERRUN))
        StorpWmiAnswer(RequestContext, SrbStatus, BufferUsed);
    else
        StorpWmiEnd(RequestContext, SrbStatus,
                    Succeeded ? min(BufferUsed, RequestContext->BufferSize) : 0);
}
