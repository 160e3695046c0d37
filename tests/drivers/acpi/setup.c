// The devices, their registry keys, and requests to their driver.
#include "suite.h"

enum { PathChars = 256 };

UCHAR Data[ACPITEST_DATA];
static WCHAR Paths[DEVICE_COUNT][PathChars];
static ULONG Current;

VOID Pause(ULONG Milliseconds)
{
    LARGE_INTEGER Wait = TestMilliseconds(Milliseconds);
    NtDelayExecution(FALSE, &Wait);
}

// Of a function the path ends with its place, the numbers of device and function in hexadecimal.
static VOID FindDevice(PCWSTR Path)
{
    static const struct {
        PCWSTR First, Last;
    } Names[DEVICE_COUNT] = {
        {L"ACPI\\TEST0001\\0", L""},
        {L"ACPI\\TEST0001\\1", L""},
        [FUNCTION] = {L"PCI\\VEN_1234&DEV_11E8&", L"49"},
        [LONELY] = {L"PCI\\VEN_1234&DEV_11E8&", L"4a"},
    };
    for (ULONG i = 0; i < DEVICE_COUNT; i++) {
        SIZE_T First = wcslen(Names[i].First), Last = wcslen(Names[i].Last), All = wcslen(Path);
        if (All >= First + Last && _wcsnicmp(Path, Names[i].First, First) == 0 &&
            _wcsicmp(Path + All - Last, Names[i].Last) == 0)
            wcscpy(Paths[i], Path);
    }
}

static BOOLEAN FindAll(void)
{
    ServiceForEachDevice(FindDevice);
    for (ULONG i = 0; i < DEVICE_COUNT; i++) {
        if (!Paths[i][0])
            return FALSE;
    }
    return TRUE;
}

static NTSTATUS StartDevice(ULONG Index)
{
    PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Start = {};
    RtlInitUnicodeString(&Start.DeviceInstance, Paths[Index]);
    return NtPlugPlayControl(PlugPlayControlStartDevice, &Start, sizeof(Start));
}

VOID StartDevices(void)
{
    REQUIRE(ServiceAwait(FindAll));
    REQUIRE_STATUS(ServiceMakeFor(L"ACPI\\TEST0001", L"acpitest", L"acpitest.sys"), STATUS_SUCCESS);
    REQUIRE_STATUS(ServiceMakeFor(L"PCI\\VEN_1234&DEV_11E8", L"acpitest", L"acpitest.sys"),
                   STATUS_SUCCESS);
    for (ULONG i = 0; i < DEVICE_COUNT; i++)
        REQUIRE_STATUS(StartDevice(i), STATUS_SUCCESS);
}

static VOID StartOneAgain(ULONG Index)
{
    NTSTATUS Status = STATUS_UNSUCCESSFUL;
    for (ULONG i = 0; i < 100 && !NT_SUCCESS(Status); i++) { // its end is handled meanwhile
        Pause(50);
        Status = StartDevice(Index);
    }
    REQUIRE_STATUS(Status, STATUS_SUCCESS);
}

VOID StartAgain(void)
{
    for (ULONG i = 0; i < DEVICE_COUNT; i++)
        StartOneAgain(i);
}

ULONG PowerCapabilities(void)
{
    CM_POWER_DATA Power = {};
    PLUGPLAY_CONTROL_PROPERTY_DATA Query = {
        .Property = PNP_PROPERTY_POWER_DATA,
        .Buffer = &Power,
        .BufferSize = sizeof(Power),
    };
    RtlInitUnicodeString(&Query.DeviceInstance, Paths[Current]);
    CHECK_STATUS(NtPlugPlayControl(PlugPlayControlProperty, &Query, sizeof(Query)), STATUS_SUCCESS);
    return Power.PD_Capabilities;
}

VOID Choose(ULONG Index)
{
    Current = Index;
}

// ---- Requests

NTSTATUS Ask(ULONG Code, PACPITEST_REQUEST Request)
{
    WCHAR Text[] = ACPITEST_DEVICE_NAME L"0";
    IO_STATUS_BLOCK Io;
    HANDLE File;
    Text[RTL_NUMBER_OF(Text) - 2] = (WCHAR)(L'0' + Current);
    if (!CHECK_STATUS(
            ServiceOpen(Text, GENERIC_READ | GENERIC_WRITE, FILE_SYNCHRONOUS_IO_NONALERT, &File),
            STATUS_SUCCESS))
        return STATUS_NO_SUCH_DEVICE;
    Request->Status = STATUS_SUCCESS;
    CHECK_STATUS(NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io, ACPITEST_CODE(Code),
                                       Request, sizeof(*Request), Request, sizeof(*Request)),
                 Code == ACPITEST_DIE ? STATUS_DEVICE_DOES_NOT_EXIST : STATUS_SUCCESS);
    NtClose(File);
    return Request->Status;
}

NTSTATUS AskValue(ULONG Code, ULONG Version, ULONG Value, ULONG Flags)
{
    ACPITEST_REQUEST Request = {.Version = Version, .Value = Value, .Flags = Flags};
    return Ask(Code, &Request);
}

NTSTATUS Send(ULONG Code, ULONG Input, ULONG Output, PULONG Length)
{
    static ACPITEST_REQUEST Request;
    Request = (ACPITEST_REQUEST){.Code = Code, .Input = Input, .Output = Output};
    memcpy(Request.Data, Data, sizeof(Data));
    NTSTATUS Status = Ask(ACPITEST_SEND, &Request);
    memcpy(Data, Request.Data, sizeof(Data));
    if (Length)
        *Length = Request.Length;
    return Status;
}

ULONG Evaluate(PCSTR Name, ULONG Argument)
{
    PACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER Input = (PVOID)Data;
    PACPI_EVAL_OUTPUT_BUFFER Output = (PVOID)Data;
    ULONG Size = Argument == MAXULONG ? sizeof(ACPI_EVAL_INPUT_BUFFER) : sizeof(*Input);
    Input->Signature = Argument == MAXULONG ? ACPI_EVAL_INPUT_BUFFER_SIGNATURE
                                            : ACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER_SIGNATURE;
    memcpy(Input->MethodName, Name, sizeof(Input->MethodName));
    Input->IntegerArgument = Argument;
    CHECK_STATUS(Send(IOCTL_ACPI_EVAL_METHOD, Size, ACPITEST_DATA, nullptr), STATUS_SUCCESS);
    return Output->Count == 1 && Output->Argument[0].Type == ACPI_METHOD_ARGUMENT_INTEGER
               ? Output->Argument[0].Argument
               : MAXULONG;
}
