// I/O rings: the object, its queues, and the service that submits what is in them.
//
// An entry is taken from the submission queue only when there is room for its completion, so that completions are never
// lost. A program that writes nonsense over the queues spoils its own requests.
#include "ioringp.h"

constexpr ACCESS_MASK IopRingAllAccess = STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3;

static POBJECT_TYPE IopRingObjectType;

// ---- The object

static VOID IopDeleteRing(PVOID Object)
{
    PIOP_RING Ring = Object;
    ASSERT(!Ring->InFlight);
    IopForgetRingFiles(Ring);
    IopForgetRingBuffers(Ring);
    if (Ring->View)
        (VOID) MmUnmapHostView(Ring->Process, Ring->View);
    if (Ring->Base)
        MmFreeSharedPages(Ring->Base, Ring->PageCount);
    if (Ring->UserEvent)
        ObDereferenceObject(Ring->UserEvent);
    if (Ring->Process)
        ObDereferenceObject(Ring->Process);
}

NTSTATUS IopInitRings(VOID)
{
    static const OBJECT_TYPE_INITIALIZER Info = {
        .Name = L"IoRing",
        .BodySize = sizeof(IOP_RING),
        .GenericMapping = {STANDARD_RIGHTS_READ | 0x1, STANDARD_RIGHTS_WRITE | 0x2,
                           STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, IopRingAllAccess},
        .ValidAccess = IopRingAllAccess,
        .InvalidAttributes = OBJ_OPENLINK,
        .Delete = IopDeleteRing,
    };
    return ObCreateObjectType(&Info, &IopRingObjectType);
}

// ---- Completions

static VOID IopWakeRing(PIOP_RING Ring)
{
    if (Ring->Completed >= Ring->WakeAt) {
        Ring->WakeAt = MAXULONG64;
        KeSetEvent(&Ring->Progress);
    }
    if (Ring->UserEvent)
        KeSetEvent(Ring->UserEvent);
}

VOID IopPutCompletion(PIOP_RING Ring, ULONG64 UserData, NTSTATUS Status, ULONG_PTR Information)
{
    ULONG Tail = Ring->CompletionTail;
    Ring->Completions->Entries[Tail & Ring->Info.CompletionQueueRingMask] = (NT_IORING_CQE){
        .UserData = UserData,
        .ResultCode = Status,
        .Information = Information,
    };
    Ring->CompletionTail = Tail + 1;
    __atomic_store_n(&Ring->Completions->Tail, Tail + 1, __ATOMIC_RELEASE);
    Ring->Completed++;
    IopWakeRing(Ring);
}

static VOID IopCompleteForRing(PIO_REQUEST Request)
{
    PIOP_RING Ring = Request->CompletionContext;
    Ring->InFlight--;
    IopPutCompletion(Ring, (ULONG64)Request->ApcContext, Request->IoStatus.Status,
                     Request->IoStatus.Information);
    Request->CompletionContext = nullptr;
    ObDereferenceObject(Ring);
}

VOID IopJoinRing(PIO_REQUEST Request, PIOP_RING Ring, PVOID UserData)
{
    ObReferenceObject(Ring);
    Ring->InFlight++;
    Ring->Joined++;
    Request->Completion = IopCompleteForRing;
    Request->CompletionContext = Ring;
    Request->ApcContext = UserData;
}

VOID IopLeaveRing(PIO_REQUEST Request)
{
    PIOP_RING Ring = Request->CompletionContext;
    if (Request->Completion != IopCompleteForRing)
        return;
    Request->Completion = nullptr;
    Ring->InFlight--;
    Ring->Joined--;
    ObDereferenceObject(Ring);
}

BOOLEAN IopIsOfRing(const IO_REQUEST *Request, const IOP_RING *Ring, PVOID UserData)
{
    return Request->Completion == IopCompleteForRing && Request->CompletionContext == Ring &&
           (!UserData || Request->ApcContext == UserData);
}

// ---- Making one

static ULONG IopRoundUp(ULONG Size)
{
    ULONG Rounded = 1;
    while (Rounded < Size)
        Rounded *= 2;
    return Rounded;
}

static NTSTATUS IopCheckRing(const NT_IORING_STRUCTV1 *Wanted)
{
    if (Wanted->IoRingVersion != IORING_VERSION_1 && Wanted->IoRingVersion != IORING_VERSION_2 &&
        Wanted->IoRingVersion != IORING_VERSION_3)
        return STATUS_IORING_VERSION_NOT_SUPPORTED;
    if (Wanted->Flags.Required)
        return STATUS_IORING_REQUIRED_FLAG_NOT_SUPPORTED;
    if (!Wanted->SubmissionQueueSize)
        return STATUS_INVALID_PARAMETER;
    if (Wanted->SubmissionQueueSize > IOP_RING_MOST_SUBMISSIONS)
        return STATUS_IORING_SUBMISSION_QUEUE_TOO_BIG;
    if (Wanted->CompletionQueueSize > IOP_RING_MOST_COMPLETIONS)
        return STATUS_IORING_COMPLETION_QUEUE_TOO_BIG;
    return STATUS_SUCCESS;
}

// The submission queue, and behind it that of completions, which is at least twice as large.
static NTSTATUS IopMakeQueues(PIOP_RING Ring, const NT_IORING_STRUCTV1 *Wanted)
{
    enum { Alignment = 64 };
    ULONG Size = IopRoundUp(Wanted->SubmissionQueueSize);
    ULONG CompletionSize = IopRoundUp(max(Wanted->CompletionQueueSize, 2 * Size));
    SIZE_T Offset = ALIGN_UP_BY(
        sizeof(NT_IORING_SUBMISSION_QUEUE) + (SIZE_T)Size * sizeof(NT_IORING_SQE), Alignment);
    SIZE_T Bytes = Offset + sizeof(NT_IORING_COMPLETION_QUEUE) +
                   (SIZE_T)CompletionSize * sizeof(NT_IORING_CQE);
    Ring->PageCount = (ULONG)((Bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
    Ring->Base = MmAllocateSharedPages(Ring->PageCount);
    if (!Ring->Base)
        return STATUS_INSUFFICIENT_RESOURCES;
    memset(Ring->Base, 0, (SIZE_T)Ring->PageCount << PAGE_SHIFT);
    NTSTATUS Status =
        MmMapSystemPages(Ring->Process, Ring->Base, Ring->PageCount, TRUE, &Ring->View);
    if (!NT_SUCCESS(Status)) {
        Ring->View = nullptr;
        return Status;
    }
    Ring->Submissions = Ring->Base;
    Ring->Completions = (PVOID)((PUCHAR)Ring->Base + Offset);
    Ring->Info = (NT_IORING_INFO){
        .IoRingVersion = Wanted->IoRingVersion,
        .SubmissionQueueSize = Size,
        .SubmissionQueueRingMask = Size - 1,
        .CompletionQueueSize = CompletionSize,
        .CompletionQueueRingMask = CompletionSize - 1,
        .SubmissionQueue = Ring->View,
        .CompletionQueue = (PVOID)((PUCHAR)Ring->View + Offset),
    };
    return STATUS_SUCCESS;
}

NTSTATUS NtCreateIoRing(HANDLE USER *IoRingHandle, ULONG CreateParametersLength,
                        const VOID USER *CreateParameters, ULONG OutputParametersLength,
                        VOID USER *OutputParameters)
{
    NT_IORING_STRUCTV1 Wanted;
    OB_ATTRIBUTES Attributes;
    PIOP_RING Ring;
    if (CreateParametersLength != sizeof(Wanted) ||
        OutputParametersLength != sizeof(NT_IORING_INFO))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmCopyFromUser(&Wanted, CreateParameters, sizeof(Wanted));
    if (NT_SUCCESS(Status))
        Status = IopCheckRing(&Wanted);
    if (NT_SUCCESS(Status))
        Status = ObBeginCreateService(IopRingObjectType, IoRingHandle, nullptr, &Attributes,
                                      (PVOID *)&Ring);
    if (!NT_SUCCESS(Status))
        return Status;
    Ring->WakeAt = MAXULONG64;
    KeInitializeEvent(&Ring->Progress, NotificationEvent, FALSE);
    Ring->Process = PsGetCurrentProcess();
    ObReferenceObject(Ring->Process);
    Status = IopMakeQueues(Ring, &Wanted);
    if (NT_SUCCESS(Status))
        Status = MmCopyToUser(OutputParameters, &Ring->Info, sizeof(Ring->Info));
    if (!NT_SUCCESS(Status)) {
        ObReleaseAttributes(&Attributes);
        ObDereferenceObject(Ring);
        return Status;
    }
    return ObInsertService(Ring, &Attributes, IopRingAllAccess, IoRingHandle);
}

NTSTATUS NtQueryIoRingCapabilities(SIZE_T Length, VOID USER *Capabilities)
{
    const NT_IORING_CAPABILITIES Answer = {
        .Version = IORING_VERSION_3,
        .MaxOpcode = IORING_OP_FLUSH,
        .FlagsSupported = IORING_FEATURE_SET_COMPLETION_EVENT,
        .MaxSubQueueSize = IOP_RING_MOST_SUBMISSIONS,
        .MaxCompQueueSize = IOP_RING_MOST_COMPLETIONS,
    };
    if (Length != sizeof(Answer))
        return STATUS_INFO_LENGTH_MISMATCH;
    return MmCopyToUser(Capabilities, &Answer, sizeof(Answer));
}

// The queues are only where the ring was made.
static NTSTATUS IopReferenceRing(HANDLE Handle, PIOP_RING *Ring)
{
    NTSTATUS Status =
        ObReferenceObjectByHandle(Handle, 0x2, IopRingObjectType, UserMode, (PVOID *)Ring, nullptr);
    if (!NT_SUCCESS(Status) || (*Ring)->Process == PsGetCurrentProcess())
        return Status;
    ObDereferenceObject(*Ring);
    return STATUS_ACCESS_DENIED;
}

NTSTATUS NtSetInformationIoRing(HANDLE IoRingHandle, ULONG InformationClass, ULONG Length,
                                const VOID USER *Information)
{
    HANDLE Handle;
    PKEVENT Event;
    PIOP_RING Ring;
    if (InformationClass != IoRingRegisterUserCompletionEventClass)
        return STATUS_INVALID_INFO_CLASS;
    if (Length != sizeof(Handle))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmCopyFromUser(&Handle, Information, sizeof(Handle));
    if (NT_SUCCESS(Status))
        Status = IopReferenceRing(IoRingHandle, &Ring);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ExReferenceUserEvent(Handle, &Event);
    if (NT_SUCCESS(Status)) {
        if (Ring->UserEvent)
            ObDereferenceObject(Ring->UserEvent);
        Ring->UserEvent = Event;
    }
    ObDereferenceObject(Ring);
    return Status;
}

// ---- Submitting

static NTSTATUS IopAwaitRing(PIOP_RING Ring, ULONG64 Until, const LARGE_INTEGER *Timeout)
{
    LONGLONG Start = (LONGLONG)KeQueryInterruptTime();
    while (Ring->Completed < Until) {
        LARGE_INTEGER Left = Timeout ? *Timeout : (LARGE_INTEGER){};
        if (Left.QuadPart < 0)
            Left.QuadPart = min(Left.QuadPart + (LONGLONG)KeQueryInterruptTime() - Start, 0);
        Ring->WakeAt = min(Ring->WakeAt, Until);
        KeResetEvent(&Ring->Progress);
        NTSTATUS Status = KeWaitForSingleObject(&Ring->Progress, UserRequest, UserMode, FALSE,
                                                Timeout ? &Left : nullptr);
        if (Status != STATUS_SUCCESS)
            return Status;
    }
    return STATUS_SUCCESS;
}

static BOOLEAN IopHasRoom(const IOP_RING *Ring)
{
    ULONG Head = __atomic_load_n(&Ring->Completions->Head, __ATOMIC_ACQUIRE);
    ULONG64 Used = (ULONG64)(Ring->CompletionTail - Head) + Ring->InFlight;
    return Used < Ring->Info.CompletionQueueSize;
}

static NTSTATUS IopSubmitEntries(PIOP_RING Ring)
{
    PNT_IORING_SUBMISSION_QUEUE Queue = Ring->Submissions;
    ULONG Head = Queue->Head;
    ULONG Tail = __atomic_load_n(&Queue->Tail, __ATOMIC_ACQUIRE);
    NTSTATUS Status = STATUS_SUCCESS;
    if (Tail - Head > Ring->Info.SubmissionQueueSize)
        return STATUS_IORING_CORRUPT;
    while (Head != Tail && Status == STATUS_SUCCESS) {
        NT_IORING_SQE Entry;
        memcpy(&Entry, &Queue->Entries[Head & Ring->Info.SubmissionQueueRingMask], sizeof(Entry));
        if (Entry.Flags & NT_IORING_SQE_FLAG_DRAIN_PRECEDING_OPS)
            Status = IopAwaitRing(Ring, Ring->Completed + Ring->InFlight, nullptr);
        if (Status == STATUS_SUCCESS && !IopHasRoom(Ring))
            Status = STATUS_IORING_COMPLETION_QUEUE_TOO_FULL;
        if (Status != STATUS_SUCCESS)
            break;
        __atomic_store_n(&Queue->Head, ++Head, __ATOMIC_RELEASE);
        IopPerformRingEntry(Ring, &Entry);
    }
    return Status;
}

static NTSTATUS IopSubmitRing(PIOP_RING Ring, ULONG WaitOperations, const LARGE_INTEGER *Timeout)
{
    ULONG64 Until = Ring->Completed + WaitOperations;
    if (Ring->Submitting)
        return STATUS_IORING_SUBMIT_IN_PROGRESS;
    Ring->Submitting = TRUE;
    NTSTATUS Status = IopSubmitEntries(Ring);
    Ring->Submitting = FALSE;
    if (Status != STATUS_SUCCESS)
        return Status;
    if (!WaitOperations) {
        IoThreadWaits(KeGetCurrentThread()); // it looks for completions by itself
        return STATUS_SUCCESS;
    }
    // More than there are would never come.
    Until = min(Until, Ring->Completed + Ring->InFlight);
    return IopAwaitRing(Ring, Until, Timeout);
}

NTSTATUS NtSubmitIoRing(HANDLE IoRingHandle, ULONG Flags, ULONG WaitOperations,
                        const LARGE_INTEGER USER *Timeout)
{
    LARGE_INTEGER Captured;
    PIOP_RING Ring;
    if (Flags)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status =
        Timeout ? MmCopyFromUser(&Captured, Timeout, sizeof(Captured)) : STATUS_SUCCESS;
    if (NT_SUCCESS(Status))
        Status = IopReferenceRing(IoRingHandle, &Ring);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopSubmitRing(Ring, WaitOperations, Timeout ? &Captured : nullptr);
    ObDereferenceObject(Ring);
    return Status;
}
