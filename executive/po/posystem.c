// The system's own requests: each stack of the tree is told, or asked, about the state that the system goes to.
// Going down, a level is begun when the one below it has answered; going up it is the other way round. The stacks
// of one level have their requests at the same time. Each stack has one request of the system at a time.
#include "pop.h"

enum { POP_ENDED_SECONDS = 15 }; // that a host may take to end

// Requests under way. Their completion finds it even when nobody waits any more.
typedef struct _POP_BATCH {
    ULONG References; // the waiter, and each request
    ULONG Pending;    // requests; and one more while there are more to come
    KEVENT Done;      // nothing is pending
} POP_BATCH, *PPOP_BATCH;

struct _POP_SENT {
    PPOP_BATCH Batch;
    PPOP_TARGET Target;    // null: nobody waits any more
    PDEVICE_OBJECT Device; // referenced
};

static VOID PopReleaseBatch(PPOP_BATCH Batch)
{
    if (!--Batch->References)
        ExFreePool(Batch);
}

static VOID PopCountDone(PPOP_BATCH Batch)
{
    if (--Batch->Pending == 0)
        KeSetEvent(&Batch->Done);
}

static VOID PopSentDone(PIO_REQUEST Request)
{
    PPOP_SENT Sent = Request->CompletionContext;
    PPOP_STACK Stack = PopStackOf(Sent->Device);
    if (Stack)
        Stack->Deadline = 0;
    if (Sent->Target) {
        Sent->Target->Status = Request->IoStatus.Status;
        Sent->Target->Sent = nullptr;
    }
    PopCountDone(Sent->Batch);
    PopReleaseBatch(Sent->Batch);
    ObDereferenceObject(Sent->Device);
    ExFreePool(Sent);
}

static VOID PopSend(PPOP_BATCH Batch, PPOP_TARGET Target, UCHAR MinorFunction,
                    const POP_TRANSITION *Transition)
{
    PPOP_STACK Stack = PopStackOf(Target->Device);
    PPOP_SENT Sent = Stack ? ExAllocatePoolZero(NonPagedPool, sizeof(*Sent), PopTag) : nullptr;
    PIO_REQUEST Request =
        Sent ? IopAllocateRequest(Target->Device, nullptr, IRP_MJ_POWER, MinorFunction) : nullptr;
    Target->Status = STATUS_PENDING;
    if (!Request) {
        Target->Status = STATUS_INSUFFICIENT_RESOURCES;
        if (Sent)
            ExFreePool(Sent);
        return;
    }
    *Sent = (POP_SENT){.Batch = Batch, .Target = Target, .Device = Target->Device};
    Target->Sent = Sent;
    ObReferenceObject(Sent->Device);
    Batch->References++;
    Batch->Pending++;
    Stack->Deadline = KeQueryUnbiasedInterruptTime() + Transition->Seconds * 10'000'000ull;
    Request->Parameters[POP_WORD_TYPE] = SystemPowerState;
    Request->Parameters[POP_WORD_STATE] = (ULONG64)Transition->State;
    Request->Parameters[POP_WORD_ACTION] = (ULONG64)Transition->Action;
    Request->Completion = PopSentDone;
    Request->CompletionContext = Sent;
    IopStartRequest(Request);
}

// ---- Who does not answer

// The lowest device of the stack that has a request: those above wait for it.
static PIO_REQUEST PopFindLowest(PDEVICE_OBJECT Bottom, PLIST_ENTRY Head, PIO_REQUEST Lowest)
{
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PIO_REQUEST Request = CONTAINING_RECORD(Link, IOP_HOST_ENTRY, Link)->Request;
        if (!Request || Request->MajorFunction != IRP_MJ_POWER ||
            Request->MinorFunction == IRP_MN_WAIT_WAKE)
            continue;
        for (PDEVICE_OBJECT Device = Bottom; Device; Device = Device->AttachedDevice) {
            if (Lowest && Device == Lowest->Device)
                break;
            if (Device == Request->Device)
                Lowest = Request;
        }
    }
    return Lowest;
}

static PIO_REQUEST PopFindHeldRequest(PDEVICE_OBJECT Bottom)
{
    PIO_REQUEST Lowest = nullptr;
    for (PLIST_ENTRY Link = IopHostListHead.Flink; Link != &IopHostListHead; Link = Link->Flink) {
        PIO_HOST Host = CONTAINING_RECORD(Link, IO_HOST, Link);
        Lowest = PopFindLowest(Bottom, &Host->Given, Lowest);
        Lowest = PopFindLowest(Bottom, &Host->Backlog, Lowest);
    }
    return Lowest;
}

BOOLEAN PopEndCulprit(PDEVICE_OBJECT Device, PCWSTR Name, PCSTR What, ULONG Seconds)
{
    PIO_REQUEST Request = PopFindHeldRequest(Device);
    if (!Request || Request->Device->Operations != &IopHostOperations)
        return FALSE;
    PIO_HOST Host = Request->Device->Extension;
    DbgPrintEx(DPFLTR_POWER_ID, DPFLTR_WARNING_LEVEL,
               "po: driver host %wZ does not answer %s (device %ws) within %lu s\n", &Host->Name,
               What, Name, Seconds);
    IopEndHost(Host, "it holds up the system's power");
    return TRUE;
}

static BOOLEAN PopWaitBatch(PPOP_BATCH Batch, ULONG Seconds)
{
    LARGE_INTEGER Timeout = {.QuadPart = -10'000'000ll * Seconds};
    return KeWaitForSingleObject(&Batch->Done, Executive, KernelMode, FALSE, &Timeout) ==
           STATUS_SUCCESS;
}

// What is not answered by now is not waited for.
static VOID PopGiveUp(PPOP_TARGETS Targets, PCSTR What)
{
    for (ULONG i = 0; i < Targets->Count; i++) {
        PPOP_TARGET Target = &Targets->Entries[i];
        if (!Target->Sent)
            continue;
        DbgPrintEx(DPFLTR_POWER_ID, DPFLTR_WARNING_LEVEL,
                   "po: device %ws: %s goes on without an answer\n", Target->Name, What);
        Target->Sent->Target = nullptr;
        Target->Sent = nullptr;
        Target->Status = STATUS_IO_TIMEOUT;
    }
}

// Each round ends the hosts that hold up something; a stack may have drivers in several.
static VOID PopAwaitBatch(PPOP_BATCH Batch, PPOP_TARGETS Targets, PCSTR What, ULONG Seconds)
{
    enum { Rounds = 4 };
    BOOLEAN Done = PopWaitBatch(Batch, Seconds);
    for (ULONG Round = 0; Round < Rounds && !Done; Round++) {
        BOOLEAN Ended = FALSE;
        for (ULONG i = 0; i < Targets->Count; i++) {
            PPOP_TARGET Target = &Targets->Entries[i];
            if (Target->Sent)
                Ended |= PopEndCulprit(Target->Device, Target->Name, What, Seconds);
        }
        if (!Ended)
            break;
        Done = PopWaitBatch(Batch, POP_ENDED_SECONDS);
    }
    if (!Done)
        PopGiveUp(Targets, What);
}

// ---- Levels

typedef struct _POP_STEP {
    UCHAR MinorFunction;
    BOOLEAN AskedOnly; // those that have been given the last request
    const POP_TRANSITION *Transition;
    PCSTR What; // for the log
} POP_STEP;

// To the stacks of one level, or (Platform) to the platform's.
static NTSTATUS PopSendLevel(PPOP_TARGETS Targets, ULONG Level, BOOLEAN Platform,
                             const POP_STEP *Step)
{
    PPOP_BATCH Batch = ExAllocatePoolZero(NonPagedPool, sizeof(*Batch), PopTag);
    if (!Batch)
        return STATUS_INSUFFICIENT_RESOURCES;
    Batch->References = Batch->Pending = 1;
    KeInitializeEvent(&Batch->Done, NotificationEvent, FALSE);
    for (ULONG i = 0; i < Targets->Count; i++) {
        PPOP_TARGET Target = &Targets->Entries[i];
        if (Target->IsPlatform != Platform || (!Platform && Target->Level != Level) ||
            (Step->AskedOnly && !Target->Asked))
            continue;
        Target->Asked = TRUE;
        PopSend(Batch, Target, Step->MinorFunction, Step->Transition);
    }
    PopCountDone(Batch);
    PopAwaitBatch(Batch, Targets, Step->What, Step->Transition->Seconds);
    PopReleaseBatch(Batch);
    return STATUS_SUCCESS;
}

// A driver that does not know of power does not object.
static NTSTATUS PopFindRefusal(PPOP_TARGETS Targets, ULONG Level, BOOLEAN Platform)
{
    for (ULONG i = 0; i < Targets->Count; i++) {
        const POP_TARGET *Target = &Targets->Entries[i];
        if (Target->IsPlatform != Platform || (!Platform && Target->Level != Level) ||
            NT_SUCCESS(Target->Status) || Target->Status == STATUS_NOT_SUPPORTED)
            continue;
        DbgPrintEx(DPFLTR_POWER_ID, DPFLTR_WARNING_LEVEL, "po: device %ws refuses: 0x%08lX\n",
                   Target->Name, (ULONG)Target->Status);
        return Target->Status;
    }
    return STATUS_SUCCESS;
}

NTSTATUS PopQueryAll(PPOP_TARGETS Targets, const POP_TRANSITION *Transition)
{
    const POP_STEP Step = {
        .MinorFunction = IRP_MN_QUERY_POWER, .Transition = Transition, .What = "a power query"};
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < Targets->Count; i++)
        Targets->Entries[i].Asked = FALSE;
    for (ULONG Level = Targets->Levels; Level-- > 0 && NT_SUCCESS(Status);) {
        Status = PopSendLevel(Targets, Level, FALSE, &Step);
        if (NT_SUCCESS(Status))
            Status = PopFindRefusal(Targets, Level, FALSE);
    }
    if (NT_SUCCESS(Status))
        Status = PopSendLevel(Targets, 0, TRUE, &Step);
    return NT_SUCCESS(Status) ? PopFindRefusal(Targets, 0, TRUE) : Status;
}

VOID PopSetAll(PPOP_TARGETS Targets, const POP_TRANSITION *Transition)
{
    const POP_STEP Step = {
        .MinorFunction = IRP_MN_SET_POWER, .Transition = Transition, .What = "a power request"};
    for (ULONG Level = Targets->Levels; Level-- > 0;)
        (VOID) PopSendLevel(Targets, Level, FALSE, &Step);
}

VOID PopWakeAll(PPOP_TARGETS Targets, const POP_TRANSITION *Transition)
{
    const POP_STEP Step = {.MinorFunction = IRP_MN_SET_POWER,
                           .AskedOnly = TRUE,
                           .Transition = Transition,
                           .What = "a request to work again"};
    (VOID) PopSendLevel(Targets, 0, TRUE, &Step);
    for (ULONG Level = 0; Level < Targets->Levels; Level++)
        (VOID) PopSendLevel(Targets, Level, FALSE, &Step);
}

BOOLEAN PopHasPlatform(const POP_TARGETS *Targets)
{
    for (ULONG i = 0; i < Targets->Count; i++) {
        if (Targets->Entries[i].IsPlatform)
            return TRUE;
    }
    return FALSE;
}

NTSTATUS PopSetPlatform(PPOP_TARGETS Targets, const POP_TRANSITION *Transition)
{
    const POP_STEP Step = {.MinorFunction = IRP_MN_SET_POWER,
                           .Transition = Transition,
                           .What = "the request to end or sleep"};
    if (!PopHasPlatform(Targets))
        return STATUS_NO_SUCH_DEVICE;
    NTSTATUS Status = PopSendLevel(Targets, 0, TRUE, &Step);
    for (ULONG i = 0; i < Targets->Count && NT_SUCCESS(Status); i++) {
        if (Targets->Entries[i].IsPlatform)
            Status = Targets->Entries[i].Status;
    }
    return Status;
}
