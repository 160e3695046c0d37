// Scenarios: SRBs sent one after the other without waiting, and how they end.
#include "srbdriver.h"

#include <stdarg.h>
#include <stdio.h>

enum { MostRequests = 32, Bytes = 512, MostShift = 7, Tag = 'tbrS', Seconds = 10 };

typedef struct _REQUEST {
    SCSI_REQUEST_BLOCK Srb;
    PIRP Irp;
    PMDL Mdl;
    KEVENT Done;
    UCHAR Place; // in the order of the ends, from 1; 0: it has not ended
    NTSTATUS Status;
    UCHAR Sense[32];
    DECLSPEC_ALIGN(16) UCHAR Data[Bytes + MostShift];
} REQUEST, *PREQUEST;

typedef struct _RUN {
    PUNIT Unit;
    SRBTEST_ANSWER *Answer;
    volatile LONG Ended;
    ULONG Count;
    REQUEST List[MostRequests];
} RUN, *PRUN;

static VOID Fail(PRUN Run, PCSTR Format, ...)
{
    va_list Arguments;
    if (Run->Answer->Text[0])
        return; // the first is what tells most
    va_start(Arguments, Format);
    _vsnprintf(Run->Answer->Text, sizeof(Run->Answer->Text) - 1, Format, Arguments);
    va_end(Arguments);
}

// ---- Requests

static NTSTATUS NTAPI RequestDone(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PRUN Run = Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    for (ULONG i = 0; i < Run->Count; i++) {
        PREQUEST Request = &Run->List[i];
        if (Request->Irp != Irp)
            continue;
        Request->Place = (UCHAR)InterlockedIncrement(&Run->Ended);
        Request->Status = Irp->IoStatus.Status;
        KeSetEvent(&Request->Done, IO_NO_INCREMENT, FALSE);
    }
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// Shift: of the buffer's address.
static PREQUEST PrepareAt(PRUN Run, ULONG Flags, UCHAR Action, UCHAR Lba, ULONG Shift)
{
    PREQUEST Request = &Run->List[Run->Count++];
    PSCSI_REQUEST_BLOCK Srb = &Request->Srb;
    Request->Irp = IoAllocateIrp(Run->Unit->Lower->StackSize, FALSE);
    Request->Mdl = IoAllocateMdl(Request->Data + Shift, Bytes, FALSE, FALSE, nullptr);
    MmBuildMdlForNonPagedPool(Request->Mdl);
    KeInitializeEvent(&Request->Done, NotificationEvent, FALSE);
    Srb->Length = sizeof(*Srb);
    Srb->SrbFlags = Flags | SRB_FLAGS_DATA_IN;
    Srb->QueueAction = Action;
    Srb->DataBuffer = MmGetMdlVirtualAddress(Request->Mdl);
    Srb->DataTransferLength = Bytes;
    Srb->TimeOutValue = Seconds;
    Srb->SenseInfoBuffer = Request->Sense;
    Srb->SenseInfoBufferLength = sizeof(Request->Sense);
    Srb->OriginalRequest = Request->Irp;
    Srb->CdbLength = 10;
    Srb->Cdb[0] = SCSIOP_READ;
    Srb->Cdb[5] = Lba;
    Srb->Cdb[8] = 1;
    return Request;
}

static PREQUEST Prepare(PRUN Run, ULONG Flags, UCHAR Action, UCHAR Lba)
{
    return PrepareAt(Run, Flags, Action, Lba, 0);
}

static VOID Issue(PRUN Run, PREQUEST Request, PVOID Srb)
{
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Request->Irp);
    Stack->MajorFunction = IRP_MJ_SCSI;
    Stack->Parameters.Scsi.Srb = Srb;
    Request->Irp->MdlAddress = Request->Mdl;
    IoSetCompletionRoutine(Request->Irp, RequestDone, Run, TRUE, TRUE, TRUE);
    IoCallDriver(Run->Unit->Lower, Request->Irp);
}

static PREQUEST Send(PRUN Run, ULONG Flags, UCHAR Action, UCHAR Lba)
{
    PREQUEST Request = Prepare(Run, Flags, Action, Lba);
    Issue(Run, Request, &Request->Srb);
    return Request;
}

static PREQUEST SendSimple(PRUN Run, UCHAR Lba)
{
    return Send(Run, SRB_FLAGS_QUEUE_ACTION_ENABLE | SRB_FLAGS_NO_QUEUE_FREEZE,
                SRB_SIMPLE_TAG_REQUEST, Lba);
}

// Without a command: for the queue itself.
static PREQUEST SendFunction(PRUN Run, UCHAR Function)
{
    PREQUEST Request = Prepare(Run, SRB_FLAGS_NO_QUEUE_FREEZE, 0, 0);
    Request->Srb.Function = Function;
    Request->Srb.SrbFlags &= ~SRB_FLAGS_UNSPECIFIED_DIRECTION;
    Request->Srb.DataTransferLength = 0;
    Issue(Run, Request, &Request->Srb);
    return Request;
}

// Has it ended with this status of the SRB within the time?
static VOID Expect(PRUN Run, PREQUEST Request, UCHAR SrbStatus)
{
    LARGE_INTEGER Timeout = {.QuadPart = -10'000'000ll * Seconds};
    if (KeWaitForSingleObject(&Request->Done, Executive, KernelMode, FALSE, &Timeout))
        Fail(Run, "request %lu does not end", (ULONG)(Request - Run->List));
    else if (SRB_STATUS(Request->Srb.SrbStatus) != SrbStatus)
        Fail(Run, "request %lu ends with SRB status %x, status %lx", (ULONG)(Request - Run->List),
             Request->Srb.SrbStatus, Request->Status);
}

static VOID ExpectWaits(PRUN Run, PREQUEST Request)
{
    LARGE_INTEGER Timeout = {.QuadPart = -10'000ll * 100};
    if (KeWaitForSingleObject(&Request->Done, Executive, KernelMode, FALSE, &Timeout) !=
        STATUS_TIMEOUT)
        Fail(Run, "request %lu does not wait, but ends with SRB status %x",
             (ULONG)(Request - Run->List), Request->Srb.SrbStatus);
}

// ---- Scenarios

static VOID Claim(PRUN Run)
{
    PREQUEST First = SendFunction(Run, SRB_FUNCTION_CLAIM_DEVICE);
    Expect(Run, First, SRB_STATUS_SUCCESS);
    if (!First->Srb.DataBuffer)
        Fail(Run, "no device object came");
    Expect(Run, SendFunction(Run, SRB_FUNCTION_CLAIM_DEVICE), SRB_STATUS_BUSY);
    Expect(Run, SendFunction(Run, SRB_FUNCTION_RELEASE_DEVICE), SRB_STATUS_SUCCESS);
    Expect(Run, SendFunction(Run, SRB_FUNCTION_CLAIM_DEVICE), SRB_STATUS_SUCCESS);
    Expect(Run, SendFunction(Run, SRB_FUNCTION_RELEASE_DEVICE), SRB_STATUS_SUCCESS);
}

static VOID Simple(PRUN Run)
{
    PREQUEST Request = SendSimple(Run, 1);
    Expect(Run, Request, SRB_STATUS_SUCCESS);
    if (Request->Status != STATUS_SUCCESS || Request->Irp->IoStatus.Information != Bytes)
        Fail(Run, "status %lx, %lu bytes", Request->Status,
             (ULONG)Request->Irp->IoStatus.Information);
}

static VOID Extended(PRUN Run)
{
    DECLSPEC_ALIGN(16) static UCHAR Block[256];
    PSTORAGE_REQUEST_BLOCK Srb = (PVOID)Block;
    PREQUEST Request = Prepare(Run, 0, 0, 1);
    PSTOR_ADDR_BTL8 Address = (PVOID)(Block + sizeof(*Srb));
    PSRBEX_DATA_SCSI_CDB16 Command = (PVOID)(Address + 1);
    RtlZeroMemory(Block, sizeof(Block));
    Srb->Length = FIELD_OFFSET(STORAGE_REQUEST_BLOCK, SrbExDataOffset);
    Srb->Function = SRB_FUNCTION_STORAGE_REQUEST_BLOCK;
    Srb->Signature = SRB_SIGNATURE;
    Srb->Version = STORAGE_REQUEST_BLOCK_VERSION_1;
    Srb->SrbLength = (ULONG)((PUCHAR)(Command + 1) - Block);
    Srb->SrbFunction = SRB_FUNCTION_EXECUTE_SCSI;
    Srb->SrbFlags = SRB_FLAGS_DATA_IN | SRB_FLAGS_QUEUE_ACTION_ENABLE | SRB_FLAGS_NO_QUEUE_FREEZE;
    Srb->RequestAttribute = SRB_SIMPLE_TAG_REQUEST;
    Srb->TimeOutValue = Seconds;
    Srb->DataBuffer = Request->Srb.DataBuffer;
    Srb->DataTransferLength = Bytes;
    Srb->OriginalRequest = Request->Irp;
    Srb->AddressOffset = sizeof(*Srb);
    Srb->NumSrbExData = 1;
    Srb->SrbExDataOffset[0] = (ULONG)((PUCHAR)Command - Block);
    Address->Type = STOR_ADDRESS_TYPE_BTL8;
    Address->AddressLength = STOR_ADDR_BTL8_ADDRESS_LENGTH;
    Command->Type = SrbExDataTypeScsiCdb16;
    Command->Length = SRBEX_DATA_SCSI_CDB16_LENGTH;
    Command->CdbLength = 10;
    RtlCopyMemory(Command->Cdb, Request->Srb.Cdb, 10);
    Issue(Run, Request, Srb);
    Request->Srb.SrbStatus = SRB_STATUS_SUCCESS; // not the one that was sent
    Expect(Run, Request, SRB_STATUS_SUCCESS);
    if (Srb->SrbStatus != SRB_STATUS_SUCCESS || Srb->DataTransferLength != Bytes)
        Fail(Run, "SRB status %x, %lu bytes", Srb->SrbStatus, Srb->DataTransferLength);
    Request = Prepare(Run, 0, 0, 1);
    Srb->Signature = 0;
    Srb->OriginalRequest = Request->Irp;
    Issue(Run, Request, Srb);
    Request->Srb.SrbStatus = Srb->SrbStatus;
    Expect(Run, Request, SRB_STATUS_BAD_SRB_BLOCK_LENGTH);
}

static VOID Bad(PRUN Run)
{
    enum { UnknownFunction = 0x7F, TooMuch = 64 * 1024 * 1024 };
    Expect(Run, SendFunction(Run, UnknownFunction), SRB_STATUS_BAD_FUNCTION);
    PREQUEST Request = Prepare(Run, 0, 0, 1);
    Request->Srb.Length = 8;
    Issue(Run, Request, &Request->Srb);
    Expect(Run, Request, SRB_STATUS_BAD_SRB_BLOCK_LENGTH);
    Request = Prepare(Run, SRB_FLAGS_NO_QUEUE_FREEZE, 0, 1);
    Request->Srb.CdbLength = 17;
    Issue(Run, Request, &Request->Srb);
    Expect(Run, Request, SRB_STATUS_INVALID_REQUEST);
    Request = Prepare(Run, SRB_FLAGS_NO_QUEUE_FREEZE, 0, 1);
    Request->Srb.DataTransferLength = TooMuch;
    Issue(Run, Request, &Request->Srb);
    Expect(Run, Request, SRB_STATUS_INVALID_REQUEST);
    Request = Prepare(Run, SRB_FLAGS_NO_QUEUE_FREEZE, 0, 1);
    Request->Srb.DataBuffer = nullptr;
    IoFreeMdl(Request->Mdl);
    Request->Mdl = nullptr;
    Issue(Run, Request, &Request->Srb);
    Expect(Run, Request, SRB_STATUS_INVALID_REQUEST);
}

// Those before the one in the middle end before it, those behind it after it.
static VOID AmongOthers(PRUN Run, ULONG Flags, UCHAR Action)
{
    enum { Side = 4 };
    for (ULONG i = 0; i < Side; i++)
        SendSimple(Run, (UCHAR)i);
    PREQUEST Middle = Send(Run, Flags | SRB_FLAGS_NO_QUEUE_FREEZE, Action, Side);
    for (ULONG i = 0; i < Side; i++)
        SendSimple(Run, (UCHAR)(Side + 1 + i));
    for (ULONG i = 0; i < Run->Count; i++)
        Expect(Run, &Run->List[i], SRB_STATUS_SUCCESS);
    if (Middle->Place != Side + 1)
        Fail(Run, "it is number %u that ends", Middle->Place);
}

static VOID Ordered(PRUN Run)
{
    AmongOthers(Run, SRB_FLAGS_QUEUE_ACTION_ENABLE, SRB_ORDERED_QUEUE_TAG_REQUEST);
}

static VOID Untagged(PRUN Run)
{
    AmongOthers(Run, 0, 0);
}

static VOID Head(PRUN Run)
{
    SendSimple(Run, 1);
    SendSimple(Run, 2);
    PREQUEST First = Send(Run, SRB_FLAGS_QUEUE_ACTION_ENABLE | SRB_FLAGS_NO_QUEUE_FREEZE,
                          SRB_HEAD_OF_QUEUE_TAG_REQUEST, 3);
    for (ULONG i = 0; i < Run->Count; i++)
        Expect(Run, &Run->List[i], SRB_STATUS_SUCCESS);
    if (First->Place != 1)
        Fail(Run, "it is number %u that ends", First->Place);
}

// The fault is set for one request: the first, which is alone.
static PREQUEST Freeze(PRUN Run)
{
    PREQUEST Failed = Send(Run, SRB_FLAGS_QUEUE_ACTION_ENABLE, SRB_SIMPLE_TAG_REQUEST, 1);
    Expect(Run, Failed, SRB_STATUS_ERROR);
    if (!(Failed->Srb.SrbStatus & SRB_STATUS_QUEUE_FROZEN))
        Fail(Run, "the queue is not frozen");
    PREQUEST Waits = SendSimple(Run, 2);
    ExpectWaits(Run, Waits);
    Expect(Run,
           Send(Run,
                SRB_FLAGS_QUEUE_ACTION_ENABLE | SRB_FLAGS_NO_QUEUE_FREEZE |
                    SRB_FLAGS_BYPASS_FROZEN_QUEUE,
                SRB_SIMPLE_TAG_REQUEST, 3),
           SRB_STATUS_SUCCESS);
    return Waits;
}

static VOID Frozen(PRUN Run)
{
    PREQUEST Waits = Freeze(Run);
    Expect(Run, SendFunction(Run, SRB_FUNCTION_RELEASE_QUEUE), SRB_STATUS_SUCCESS);
    Expect(Run, Waits, SRB_STATUS_SUCCESS);
}

static VOID Flushed(PRUN Run)
{
    PREQUEST Waits = Freeze(Run);
    Expect(Run, SendFunction(Run, SRB_FUNCTION_FLUSH_QUEUE), SRB_STATUS_SUCCESS);
    Expect(Run, Waits, SRB_STATUS_REQUEST_FLUSHED);
    Expect(Run, SendSimple(Run, 4), SRB_STATUS_SUCCESS);
}

static VOID Locked(PRUN Run)
{
    Expect(Run, SendFunction(Run, SRB_FUNCTION_LOCK_QUEUE), SRB_STATUS_SUCCESS);
    PREQUEST Waits = SendSimple(Run, 1);
    ExpectWaits(Run, Waits);
    Expect(Run,
           Send(Run,
                SRB_FLAGS_QUEUE_ACTION_ENABLE | SRB_FLAGS_NO_QUEUE_FREEZE |
                    SRB_FLAGS_BYPASS_LOCKED_QUEUE,
                SRB_SIMPLE_TAG_REQUEST, 2),
           SRB_STATUS_SUCCESS);
    Expect(Run, SendFunction(Run, SRB_FUNCTION_UNLOCK_QUEUE), SRB_STATUS_SUCCESS);
    Expect(Run, Waits, SRB_STATUS_SUCCESS);
    Expect(Run, SendFunction(Run, SRB_FUNCTION_QUIESCE_DEVICE), SRB_STATUS_SUCCESS);
    Expect(Run, SendFunction(Run, SRB_FUNCTION_UNLOCK_QUEUE), SRB_STATUS_SUCCESS);
}

static VOID Cancel(PRUN Run)
{
    Expect(Run, SendFunction(Run, SRB_FUNCTION_LOCK_QUEUE), SRB_STATUS_SUCCESS);
    PREQUEST Waits = SendSimple(Run, 1), Other = SendSimple(Run, 2);
    ExpectWaits(Run, Waits);
    IoCancelIrp(Waits->Irp);
    Expect(Run, Waits, SRB_STATUS_ABORTED);
    if (Waits->Status != STATUS_CANCELLED)
        Fail(Run, "cancelled, its status is %lx", Waits->Status);
    Expect(Run, SendFunction(Run, SRB_FUNCTION_UNLOCK_QUEUE), SRB_STATUS_SUCCESS);
    Expect(Run, Other, SRB_STATUS_SUCCESS);
}

// Buffers at all addresses: the miniport takes those alone that are aligned as it says.
static VOID Aligned(PRUN Run)
{
    enum { Lba = 90, Flags = SRB_FLAGS_QUEUE_ACTION_ENABLE | SRB_FLAGS_NO_QUEUE_FREEZE };
    for (ULONG Shift = 0; Shift <= MostShift; Shift++) {
        PREQUEST Write = PrepareAt(Run, Flags, SRB_SIMPLE_TAG_REQUEST, Lba, Shift);
        Write->Srb.SrbFlags = Flags | SRB_FLAGS_DATA_OUT;
        Write->Srb.Cdb[0] = SCSIOP_WRITE;
        for (ULONG i = 0; i < Bytes; i++)
            Write->Data[Shift + i] = (UCHAR)(i * 7 + Shift);
        Issue(Run, Write, &Write->Srb);
        Expect(Run, Write, SRB_STATUS_SUCCESS);
        ULONG Other = MostShift - Shift;
        PREQUEST Read = PrepareAt(Run, Flags, SRB_SIMPLE_TAG_REQUEST, Lba, Other);
        Issue(Run, Read, &Read->Srb);
        Expect(Run, Read, SRB_STATUS_SUCCESS);
        if (!RtlEqualMemory(Read->Data + Other, Write->Data + Shift, Bytes))
            Fail(Run, "data at address %lu is not what was written from address %lu", Other, Shift);
    }
}

static VOID (*const Scenarios[])(PRUN Run) = {
    [SrbTestClaim] = Claim,   [SrbTestSimple] = Simple,   [SrbTestExtended] = Extended,
    [SrbTestBad] = Bad,       [SrbTestOrdered] = Ordered, [SrbTestUntagged] = Untagged,
    [SrbTestHead] = Head,     [SrbTestFrozen] = Frozen,   [SrbTestFlushed] = Flushed,
    [SrbTestLocked] = Locked, [SrbTestCancel] = Cancel,   [SrbTestAligned] = Aligned,
};

// What has not ended by now is with the port still: its memory stays.
static VOID Release(PRUN Run)
{
    for (ULONG i = 0; i < Run->Count; i++) {
        if (!Run->List[i].Place)
            return;
    }
    for (ULONG i = 0; i < Run->Count; i++) {
        Run->List[i].Irp->MdlAddress = nullptr;
        if (Run->List[i].Mdl)
            IoFreeMdl(Run->List[i].Mdl);
        IoFreeIrp(Run->List[i].Irp);
    }
    ExFreePoolWithTag(Run, Tag);
}

VOID RunScenario(PUNIT Unit, ULONG Scenario, SRBTEST_ANSWER *Answer)
{
    PRUN Run = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Run), Tag);
    if (!Run || Scenario >= RTL_NUMBER_OF(Scenarios)) {
        strcpy(Answer->Text, "no memory, or no such scenario");
        if (Run)
            ExFreePoolWithTag(Run, Tag);
        return;
    }
    RtlZeroMemory(Run, sizeof(*Run));
    Run->Unit = Unit;
    Run->Answer = Answer;
    Scenarios[Scenario](Run);
    Release(Run);
}
