// PnP requests to device stacks.
#include "pnpp.h"

// A file system hears of its device's removal first, and passes the packet on to the device.
static PDEVICE_OBJECT PnpReceiver(PDEVICE_NODE Node, UCHAR MinorFunction)
{
    PDEVICE_OBJECT Volume = nullptr;
    if (MinorFunction == IRP_MN_QUERY_REMOVE_DEVICE || MinorFunction == IRP_MN_SURPRISE_REMOVAL ||
        MinorFunction == IRP_MN_REMOVE_DEVICE)
        Volume = IopMountedVolume(Node->PhysicalDevice);
    return Volume ? Volume : Node->PhysicalDevice;
}

NTSTATUS PnpSend(PDEVICE_NODE Node, UCHAR MinorFunction, ULONG64 Parameter0, ULONG64 Parameter1,
                 const VOID *Input, ULONG InputLength, PPNP_ANSWER Answer)
{
    *Answer = (PNP_ANSWER){};
    Answer->Buffer = ExAllocatePoolZero(PagedPool, HOST_PNP_BUFFER, PnpTag);
    if (!Answer->Buffer)
        return Answer->Status = STATUS_INSUFFICIENT_RESOURCES;
    IOP_CALL Call = {
        .MajorFunction = IRP_MJ_PNP,
        .MinorFunction = MinorFunction,
        .Parameters = {Parameter0, Parameter1},
        .Input = Input,
        .InputLength = InputLength,
        .Output = Answer->Buffer,
        .OutputLength = HOST_PNP_BUFFER,
    };
    LARGE_INTEGER Timeout = {.QuadPart = -10'000'000ll * PNP_TIMEOUT_SECONDS};
    Answer->Status = IopCallDevice(PnpReceiver(Node, MinorFunction), &Call, &Timeout);
    if (Answer->Status == STATUS_TIMEOUT) // which is a success
        Answer->Status = STATUS_IO_TIMEOUT;
    Answer->Information = Call.Information;
    if (NT_SUCCESS(Answer->Status))
        Answer->Length = (ULONG)min(Call.Information, (ULONG_PTR)HOST_PNP_BUFFER);
    return Answer->Status;
}

VOID PnpReleaseAnswer(PPNP_ANSWER Answer)
{
    if (Answer->Buffer)
        ExFreePool(Answer->Buffer);
    Answer->Buffer = nullptr;
}

NTSTATUS PnpSendSimple(PDEVICE_NODE Node, UCHAR MinorFunction)
{
    PNP_ANSWER Answer;
    NTSTATUS Status = PnpSend(Node, MinorFunction, 0, 0, nullptr, 0, &Answer);
    PnpReleaseAnswer(&Answer);
    return Status;
}

// The driver's text, made to end with two terminators whatever it wrote.
static PWSTR PnpTakeText(PPNP_ANSWER Answer)
{
    if (!NT_SUCCESS(Answer->Status) || Answer->Length < sizeof(WCHAR)) {
        PnpReleaseAnswer(Answer);
        return nullptr;
    }
    PWSTR Text = Answer->Buffer;
    ULONG Chars = min(Answer->Length, (ULONG)(HOST_PNP_BUFFER - 2 * sizeof(WCHAR))) / sizeof(WCHAR);
    Text[Chars] = Text[Chars + 1] = 0;
    return Text;
}

PWSTR PnpQueryId(PDEVICE_NODE Node, BUS_QUERY_ID_TYPE Type)
{
    PNP_ANSWER Answer;
    (VOID) PnpSend(Node, IRP_MN_QUERY_ID, Type, 0, nullptr, 0, &Answer);
    return PnpTakeText(&Answer);
}

PWSTR PnpQueryText(PDEVICE_NODE Node, DEVICE_TEXT_TYPE Type)
{
    constexpr ULONG64 EnglishUnitedStates = 0x409;
    PNP_ANSWER Answer;
    (VOID) PnpSend(Node, IRP_MN_QUERY_DEVICE_TEXT, Type, EnglishUnitedStates, nullptr, 0, &Answer);
    return PnpTakeText(&Answer);
}
