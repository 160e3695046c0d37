// Device stacks: their power states, and the requests for them that drivers make (PoRequestPowerIrp). A stack
// has one request for its device's state at a time; the others wait. Devices that draw much current when they are
// switched on (DO_POWER_INRUSH) are switched on one after the other, all over the system.
#include "pop.h"

typedef struct _POP_REQUEST {
    LIST_ENTRY Link; // in Stack
    PPOP_STACK Stack;
    PDEVICE_OBJECT Bottom; // referenced: the stack's
    PIO_REQUEST Request;
    BOOLEAN Running, Inrush;
    VOID (*Completion)(PIO_REQUEST Request); // its owner's
    PVOID CompletionContext;
} POP_REQUEST, *PPOP_REQUEST;

static LIST_ENTRY PopStacks = {&PopStacks, &PopStacks};
static PPOP_REQUEST PopInrush; // the one that has the right to draw current
KEVENT PopWakeEvent;

// ---- Stacks

PPOP_STACK PopStackOf(PDEVICE_OBJECT Device)
{
    PDEVICE_OBJECT Bottom = IopBottomOfStack(Device);
    if (Bottom->Power)
        return Bottom->Power;
    PPOP_STACK Stack = ExAllocatePoolZero(NonPagedPool, sizeof(*Stack), PopTag);
    if (!Stack)
        return nullptr;
    *Stack = (POP_STACK){.Bottom = Bottom, .DeviceState = PowerDeviceUnspecified};
    InitializeListHead(&Stack->RequestListHead);
    InsertTailList(&PopStacks, &Stack->Link);
    Bottom->Power = Stack;
    return Stack;
}

VOID PoDeleteDevice(PDEVICE_OBJECT Device)
{
    PPOP_STACK Stack = Device->Power;
    if (!Stack)
        return;
    ASSERT(IsListEmpty(&Stack->RequestListHead));
    RemoveEntryList(&Stack->Link);
    Device->Power = nullptr;
    ExFreePool(Stack);
}

VOID PoDeviceStarts(PDEVICE_OBJECT PhysicalDevice)
{
    PPOP_STACK Stack = PopStackOf(PhysicalDevice);
    if (Stack)
        Stack->DeviceState = PowerDeviceD0;
}

DEVICE_POWER_STATE PoQueryDeviceState(PDEVICE_OBJECT Device)
{
    PPOP_STACK Stack = IopBottomOfStack(Device)->Power;
    return Stack ? Stack->DeviceState : PowerDeviceUnspecified;
}

BOOLEAN PoIsArmedToWake(PDEVICE_OBJECT Device)
{
    PPOP_STACK Stack = IopBottomOfStack(Device)->Power;
    return Stack && Stack->WakeRequests;
}

// ---- Requests

static BOOLEAN PopIsPowerUp(const IO_REQUEST *Request)
{
    return Request->MinorFunction == IRP_MN_SET_POWER &&
           Request->Parameters[POP_WORD_TYPE] == DevicePowerState &&
           Request->Parameters[POP_WORD_STATE] == PowerDeviceD0;
}

static BOOLEAN PopDrawsMuch(PDEVICE_OBJECT Device)
{
    for (; Device; Device = Device->AttachedDevice) {
        if (Device->Flags & DO_POWER_INRUSH)
            return TRUE;
    }
    return FALSE;
}

// What was on top when the request was made may have gone.
static VOID PopAimAtTop(PIO_REQUEST Request)
{
    PDEVICE_OBJECT Top = IopTopOfStack(Request->Device);
    if (Top == Request->Device)
        return;
    ObReferenceObject(Top);
    ObDereferenceObject(Request->Device);
    Request->Device = Top;
}

static VOID PopStartFirst(PPOP_STACK Stack)
{
    if (IsListEmpty(&Stack->RequestListHead))
        return;
    PPOP_REQUEST First = CONTAINING_RECORD(Stack->RequestListHead.Flink, POP_REQUEST, Link);
    if (First->Running || (First->Inrush && PopInrush))
        return;
    if (First->Inrush)
        PopInrush = First;
    First->Running = TRUE;
    PopAimAtTop(First->Request);
    IopStartRequest(First->Request);
}

static VOID PopEndInrush(VOID)
{
    PopInrush = nullptr;
    for (PLIST_ENTRY Link = PopStacks.Flink; Link != &PopStacks && !PopInrush; Link = Link->Flink)
        PopStartFirst(CONTAINING_RECORD(Link, POP_STACK, Link));
}

static VOID PopRequestDone(PIO_REQUEST Request)
{
    PPOP_REQUEST Entry = Request->CompletionContext;
    PPOP_STACK Stack = Entry->Stack;
    BOOLEAN Inrush = PopInrush == Entry;
    RemoveEntryList(&Entry->Link);
    if (Request->MinorFunction == IRP_MN_SET_POWER && NT_SUCCESS(Request->IoStatus.Status))
        Stack->DeviceState = (DEVICE_POWER_STATE)Request->Parameters[POP_WORD_STATE];
    Request->Completion = Entry->Completion;
    Request->CompletionContext = Entry->CompletionContext;
    if (Request->Completion)
        Request->Completion(Request);
    PopStartFirst(Stack);
    if (Inrush)
        PopEndInrush();
    ObDereferenceObject(Entry->Bottom);
    ExFreePool(Entry);
}

// A wake request stays with its driver until its device wakes, beside all others.
static VOID PopWakeDone(PIO_REQUEST Request)
{
    PPOP_REQUEST Entry = Request->CompletionContext;
    Entry->Stack->WakeRequests--;
    if (NT_SUCCESS(Request->IoStatus.Status))
        PoWakeSystem(FALSE);
    Request->Completion = Entry->Completion;
    Request->CompletionContext = Entry->CompletionContext;
    if (Request->Completion)
        Request->Completion(Request);
    ObDereferenceObject(Entry->Bottom);
    ExFreePool(Entry);
}

static BOOLEAN PopIsForState(const IO_REQUEST *Request)
{
    return Request->MinorFunction == IRP_MN_SET_POWER ||
           Request->MinorFunction == IRP_MN_QUERY_POWER;
}

VOID PoSubmitRequest(PIO_REQUEST Request)
{
    PPOP_STACK Stack = PopStackOf(Request->Device);
    PPOP_REQUEST Entry = Stack ? ExAllocatePoolZero(NonPagedPool, sizeof(*Entry), PopTag) : nullptr;
    if (!Entry) {
        IopCompleteRequest(Request, STATUS_INSUFFICIENT_RESOURCES, 0);
        return;
    }
    *Entry = (POP_REQUEST){
        .Stack = Stack,
        .Request = Request,
        .Completion = Request->Completion,
        .CompletionContext = Request->CompletionContext,
    };
    Request->CompletionContext = Entry;
    Request->Completion = PopIsForState(Request) ? PopRequestDone : PopWakeDone;
    Entry->Bottom = Stack->Bottom;
    ObReferenceObject(Entry->Bottom);
    if (!PopIsForState(Request)) {
        Stack->WakeRequests++;
        IopStartRequest(Request);
        return;
    }
    Entry->Inrush = PopIsPowerUp(Request) && PopDrawsMuch(Stack->Bottom);
    InsertTailList(&Stack->RequestListHead, &Entry->Link);
    PopStartFirst(Stack);
}

// ---- Services

// PoSetPowerState: a driver tells what its device is in.
NTSTATUS NtHostSetPowerState(ULONG Number, ULONG State)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    PDEVICE_OBJECT Device = IopLookupDevice(Number);
    if (!Device)
        return STATUS_INVALID_PARAMETER;
    BOOLEAN Own = Device->Operations == &IopHostOperations && Device->Extension == Host;
    PPOP_STACK Stack = Own ? PopStackOf(Device) : nullptr;
    BOOLEAN Known = State > PowerDeviceUnspecified && State < PowerDeviceMaximum;
    if (Stack && Known)
        Stack->DeviceState = (DEVICE_POWER_STATE)State;
    ObDereferenceObject(Device);
    if (!Own)
        return STATUS_ACCESS_DENIED;
    return Stack && Known ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

// PoQueryWatchdogTime: how long the drivers of a stack still have for the request under way.
NTSTATUS NtHostQueryPowerWatchdog(ULONG Number, ULONG USER *SecondsRemaining)
{
    if (!IopCurrentHost())
        return STATUS_ACCESS_DENIED;
    PDEVICE_OBJECT Device = IopLookupDevice(Number);
    if (!Device)
        return STATUS_INVALID_PARAMETER;
    PPOP_STACK Stack = IopBottomOfStack(Device)->Power;
    ULONGLONG Deadline = Stack ? Stack->Deadline : 0, Now = KeQueryUnbiasedInterruptTime();
    ObDereferenceObject(Device);
    if (!Deadline)
        return STATUS_NOT_FOUND;
    return MmWriteUser(SecondsRemaining,
                       Deadline > Now ? (ULONG)((Deadline - Now) / 10'000'000) : 0);
}
