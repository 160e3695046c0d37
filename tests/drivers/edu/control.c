// What the program asks for.
#include "driver.h"

typedef struct _EDU_REQUEST {
    PUCHAR Buffer;
    ULONG Input, Output;
    ULONG_PTR Length; // of the answer
} EDU_REQUEST, *PEDU_REQUEST;

static NTSTATUS EduAnswer(PEDU_REQUEST Request, const VOID *Answer, ULONG Length)
{
    if (Request->Output < Length)
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(Request->Buffer, Answer, Length);
    Request->Length = Length;
    return STATUS_SUCCESS;
}

static NTSTATUS EduReadNumber(const EDU_REQUEST *Request, PULONG Number)
{
    if (Request->Input < sizeof(*Number))
        return STATUS_INVALID_PARAMETER;
    RtlCopyMemory(Number, Request->Buffer, sizeof(*Number));
    return STATUS_SUCCESS;
}

static NTSTATUS EduDoInvert(PEDU Edu, PEDU_REQUEST Request)
{
    ULONG Number;
    NTSTATUS Status = EduReadNumber(Request, &Number);
    if (!NT_SUCCESS(Status))
        return Status;
    EduWrite(Edu, EduLiveness, Number);
    Number = EduRead(Edu, EduLiveness);
    return EduAnswer(Request, &Number, sizeof(Number));
}

static NTSTATUS EduDoFactorial(PEDU Edu, PEDU_REQUEST Request)
{
    ULONG Number;
    NTSTATUS Status = EduReadNumber(Request, &Number);
    if (!NT_SUCCESS(Status))
        return Status;
    EduWrite(Edu, EduStatus, EduStatusInterrupt);
    EduWrite(Edu, EduFactorial, Number);
    if (!EduAwaitInterrupt(Edu))
        return STATUS_IO_TIMEOUT;
    Number = EduRead(Edu, EduFactorial);
    return EduAnswer(Request, &Number, sizeof(Number));
}

static NTSTATUS EduTransfer(PEDU Edu, BOOLEAN ToMemory, ULONG Length)
{
    ULONG Memory = (ULONG)Edu->BufferAddress.QuadPart;
    EduWrite(Edu, EduDmaSource, ToMemory ? EduBuffer : Memory);
    EduWrite(Edu, EduDmaTarget, ToMemory ? Memory : EduBuffer);
    EduWrite(Edu, EduDmaCount, Length);
    EduWrite(Edu, EduDmaCommand, EduDmaStart | EduDmaInterrupt | (ToMemory ? EduDmaToMemory : 0));
    return EduAwaitInterrupt(Edu) ? STATUS_SUCCESS : STATUS_IO_TIMEOUT;
}

// The common buffer is wiped in between: what comes back has been in the device.
static NTSTATUS EduDoCopy(PEDU Edu, PEDU_REQUEST Request)
{
    ULONG Length = Request->Input;
    if (!Length || Length > EduBufferBytes || Request->Output < Length)
        return STATUS_INVALID_PARAMETER;
    RtlCopyMemory(Edu->Buffer, Request->Buffer, Length);
    NTSTATUS Status = EduTransfer(Edu, FALSE, Length);
    RtlFillMemory(Edu->Buffer, Length, 0x5A);
    if (NT_SUCCESS(Status))
        Status = EduTransfer(Edu, TRUE, Length);
    return NT_SUCCESS(Status) ? EduAnswer(Request, Edu->Buffer, Length) : Status;
}

static NTSTATUS EduDoReport(PEDU Edu, PEDU_REQUEST Request)
{
    PCI_COMMON_CONFIG Config = {};
    PCI_DEVICE_PRESENCE_PARAMETERS Wanted = {.Size = sizeof(Wanted),
                                             .Flags = PCI_USE_VENDEV_IDS,
                                             .VendorID = 0x1234,
                                             .DeviceID = 0x11E8};
    EDU_REPORT_DATA Report = {
        .Identification = EduRead(Edu, EduIdentification),
        .Messages = Edu->Messages,
        .Interrupts = (ULONG)Edu->Interrupts,
        .TableInterface = Edu->TableStatus,
        .ResetTypes = Edu->Reset.SupportedResetTypes,
    };
    Report.ConfigLength = Edu->Bus.GetBusData(Edu->Bus.Context, PCI_WHICHSPACE_CONFIG, &Config, 0,
                                              PCI_COMMON_HDR_LENGTH);
    Report.VendorAndDevice = (ULONG)Config.DeviceID << 16 | Config.VendorID;
    Report.Command = Config.Command;
    Report.EduPresent = Edu->Present.IsDevicePresentEx(Edu->Present.Context, &Wanted);
    Wanted.DeviceID = 0xFFFE;
    Report.NoSuchPresent = Edu->Present.IsDevicePresentEx(Edu->Present.Context, &Wanted);
    EduTryConfig(Edu, &Report.ByRequest, &Report.Scratch);
    return EduAnswer(Request, &Report, sizeof(Report));
}

static NTSTATUS EduDoReset(PEDU Edu, PEDU_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Request);
    return Edu->Reset.DeviceReset(Edu->Reset.Context, FunctionLevelDeviceReset, 0, NULL);
}

static NTSTATUS EduDoSetBar(PEDU Edu, PEDU_REQUEST Request)
{
    ULONG Before = 0, After = 0, Wrong = 0x12340000;
    ULONG Offset = FIELD_OFFSET(PCI_COMMON_CONFIG, u.type0.BaseAddresses);
    PVOID Context = Edu->Bus.Context;
    Edu->Bus.GetBusData(Context, PCI_WHICHSPACE_CONFIG, &Before, Offset, sizeof(Before));
    Edu->Bus.SetBusData(Context, PCI_WHICHSPACE_CONFIG, &Wrong, Offset, sizeof(Wrong));
    Edu->Bus.GetBusData(Context, PCI_WHICHSPACE_CONFIG, &After, Offset, sizeof(After));
    return Before == After ? EduAnswer(Request, &After, sizeof(After)) : STATUS_DATA_ERROR;
}

// With an interrupt to come that nobody will answer.
static NTSTATUS EduDoDie(PEDU Edu, PEDU_REQUEST Request)
{
    UNREFERENCED_PARAMETER(Request);
    EduWrite(Edu, EduStatus, EduStatusInterrupt);
    EduWrite(Edu, EduFactorial, 3);
    KeBugCheckEx(0xED0, 0, 0, 0, 0);
}

static NTSTATUS EduDoRepeat(PEDU Edu, PEDU_REQUEST Request)
{
    ULONG Number = 0;
    NTSTATUS Status = EduReadNumber(Request, &Number);
    EduWrite(Edu, EduStatus, EduStatusInterrupt);
    while (NT_SUCCESS(Status) && Number--) {
        EduWrite(Edu, EduFactorial, 3);
        Status = EduAwaitInterrupt(Edu) ? STATUS_SUCCESS : STATUS_IO_TIMEOUT;
    }
    return Status;
}

static NTSTATUS EduDoLatency(PEDU Edu, PEDU_REQUEST Request)
{
    ULONG64 Raised = __rdtsc();
    EduWrite(Edu, EduInterruptRaise, 1);
    if (!EduAwaitInterrupt(Edu))
        return STATUS_IO_TIMEOUT;
    ULONG64 Woken = __rdtsc();
    EDU_LATENCY_DATA Data = {
        .Service = (ULONG)(Edu->Served - Raised),
        .Deferred = (ULONG)(Edu->Deferred - Edu->Served),
        .Thread = (ULONG)(Woken - Edu->Deferred),
    };
    return EduAnswer(Request, &Data, sizeof(Data));
}

NTSTATUS NTAPI EduControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    static NTSTATUS (*const Actions[])(PEDU Edu, PEDU_REQUEST Request) = {
        [EDU_INVERT] = EduDoInvert, [EDU_FACTORIAL] = EduDoFactorial, [EDU_COPY] = EduDoCopy,
        [EDU_REPORT] = EduDoReport, [EDU_RESET] = EduDoReset,         [EDU_SET_BAR] = EduDoSetBar,
        [EDU_DIE] = EduDoDie,       [EDU_REPEAT] = EduDoRepeat,       [EDU_LATENCY] = EduDoLatency,
    };
    PEDU Edu = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    EDU_REQUEST Request = {
        .Buffer = Irp->AssociatedIrp.SystemBuffer,
        .Input = Stack->Parameters.DeviceIoControl.InputBufferLength,
        .Output = Stack->Parameters.DeviceIoControl.OutputBufferLength,
    };
    NTSTATUS Status = STATUS_INVALID_DEVICE_REQUEST;
    ExAcquireFastMutex(&Edu->Lock);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Actions); i++) {
        if (Stack->Parameters.DeviceIoControl.IoControlCode != EDU_CODE(i))
            continue;
        Status = Edu->Started ? Actions[i](Edu, &Request) : STATUS_DEVICE_NOT_READY;
    }
    ExReleaseFastMutex(&Edu->Lock);
    return Complete(Irp, Status, NT_SUCCESS(Status) ? Request.Length : 0);
}
