#include <stdlib.h>
#include <string.h>

#include "wmiminiport.h"

const GUID BlockGuid = {0x11111111, 1, 1, {1}}, EventGuid = {0x22222222, 2, 2, {2}};
const GUID GoneGuid = {0x33333333, 3, 3, {3}}, NamedGuid = {0x44444444, 4, 4, {4}};
const GUID UnknownGuid = {0x11111111, 1, 1, {0}};
static WCHAR MofName[] = L"Mof";

static SCSIWMIGUIDREGINFO List[] = {
    {&GoneGuid, 1, WMIREG_FLAG_REMOVE_GUID},
    {&BlockGuid, BlockInstances, WMIREG_FLAG_EXPENSIVE},
    {&EventGuid, 1, WMIREG_FLAG_EVENT_ONLY_GUID},
    {&NamedGuid, MAXULONG, 0},
};

MINIPORT Miniport;
SCSIWMI_REQUEST_CONTEXT Context;

// ---- The miniport

static UCHAR Answer(PSCSIWMI_REQUEST_CONTEXT Request, UCHAR Status, ULONG Used)
{
    if (Miniport.Fails)
        Status = Miniport.Fails;
    if (Miniport.Pends)
        return SRB_STATUS_PENDING;
    if (!Miniport.Forgets)
        ScsiPortWmiPostProcess(Request, Status, Used);
    return Status;
}

static VOID Note(PVOID Device, PSCSIWMI_REQUEST_CONTEXT Request, ULONG Index, ULONG Instance)
{
    if (Device != &Miniport)
        abort();
    Miniport.Calls++;
    Miniport.Context = Request;
    Miniport.Index = Index;
    Miniport.Instance = Instance;
}

static UCHAR NTAPI QueryRegInfo(PVOID Device, PSCSIWMI_REQUEST_CONTEXT Request, PWCHAR *Name)
{
    Note(Device, Request, 0, 0);
    *Name = Miniport.Name;
    if (Miniport.Pends)
        return SRB_STATUS_PENDING;
    return Miniport.Fails ? Miniport.Fails : SRB_STATUS_SUCCESS;
}

static BOOLEAN NTAPI QueryBlock(PVOID Device, PSCSIWMI_REQUEST_CONTEXT Request, ULONG Index,
                                ULONG Instance, ULONG Count, PULONG Lengths, ULONG Available,
                                PUCHAR Buffer)
{
    ULONG Start = 0, End = 0;
    Note(Device, Request, Index, Instance);
    Miniport.Count = Count;
    Miniport.HasLengths = Lengths != nullptr;
    Miniport.Out = Available;
    for (ULONG i = 0; i < Count; i++) {
        ULONG Length = BlockFirst + (Instance + i) * BlockMore;
        Start = (End + 7) & ~7u;
        End = Start + Length;
        if (!Lengths || End > Available)
            continue;
        memset(Buffer + Start, (int)('A' + Instance + i), Length);
        Lengths[i] = Miniport.Lies ? MAXULONG - i : Length;
    }
    return Answer(Request, End > Available ? SRB_STATUS_DATA_OVERRUN : SRB_STATUS_SUCCESS, End);
}

static UCHAR Set(PSCSIWMI_REQUEST_CONTEXT Request, ULONG Item, ULONG Size, const UCHAR *Buffer)
{
    Miniport.Item = Item;
    Miniport.In = Size;
    for (ULONG i = 0; i < Size; i++) // all of it is read
        Miniport.Data[i % sizeof(Miniport.Data)] = Buffer[i];
    return Answer(Request, SRB_STATUS_SUCCESS, Size);
}

static BOOLEAN NTAPI SetItem(PVOID Device, PSCSIWMI_REQUEST_CONTEXT Request, ULONG Index,
                             ULONG Instance, ULONG Item, ULONG Size, PUCHAR Buffer)
{
    Note(Device, Request, Index, Instance);
    return Set(Request, Item, Size, Buffer);
}

static BOOLEAN NTAPI SetBlock(PVOID Device, PSCSIWMI_REQUEST_CONTEXT Request, ULONG Index,
                              ULONG Instance, ULONG Size, PUCHAR Buffer)
{
    Note(Device, Request, Index, Instance);
    return Set(Request, 0, Size, Buffer);
}

static BOOLEAN NTAPI Execute(PVOID Device, PSCSIWMI_REQUEST_CONTEXT Request, ULONG Index,
                             ULONG Instance, ULONG Method, ULONG In, ULONG Out, PUCHAR Buffer)
{
    Note(Device, Request, Index, Instance);
    Miniport.Item = Method;
    Miniport.In = In;
    Miniport.Out = Out;
    for (ULONG i = 0; i < In; i++)
        Miniport.Data[i % sizeof(Miniport.Data)] = Buffer[i];
    memset(Buffer, 'm', min(Out, MethodBytes));
    return Answer(Request, Out < MethodBytes ? SRB_STATUS_DATA_OVERRUN : SRB_STATUS_SUCCESS,
                  MethodBytes);
}

static BOOLEAN NTAPI Control(PVOID Device, PSCSIWMI_REQUEST_CONTEXT Request, ULONG Index,
                             SCSIWMI_ENABLE_DISABLE_CONTROL Function, BOOLEAN Enable)
{
    Note(Device, Request, Index, 0);
    Miniport.Function = Function;
    Miniport.Enable = Enable;
    return Answer(Request, SRB_STATUS_SUCCESS, 0);
}

VOID ResetMiniport(VOID)
{
    Miniport = (MINIPORT){.Name = MofName,
                          .Library = {RTL_NUMBER_OF(List), List, QueryRegInfo, QueryBlock, SetBlock,
                                      SetItem, Execute, Control}};
}

// ---- Requests

static PUCHAR Exact;
static ULONG ExactSize;

static VOID TakeBack(PVOID Bytes)
{
    if (ExactSize)
        memcpy(Bytes, Exact, ExactSize);
    free(Exact);
    Exact = nullptr;
}

BOOLEAN Send(UCHAR Minor, const VOID *Path, PVOID Bytes, ULONG Size)
{
    Exact = Size ? malloc(Size) : nullptr;
    ExactSize = Size;
    if (Size)
        memcpy(Exact, Bytes, Size);
    memset(&Context, 0xCC, sizeof(Context));
    BOOLEAN Pending = ScsiPortWmiDispatchFunction(&Miniport.Library, Minor, &Miniport, &Context,
                                                  (PVOID)Path, Size, Exact);
    if (!Pending)
        TakeBack(Bytes);
    return Pending;
}

VOID EndPending(UCHAR Status, ULONG Used, PVOID Bytes)
{
    ScsiPortWmiPostProcess(Miniport.Context, Status, Used);
    TakeBack(Bytes);
}
