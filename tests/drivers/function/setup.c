// The functions, their registry keys, and requests to their driver.
#include "suite.h"

enum { PathChars = 256 };

static const PCWSTR Kinds[KIND_COUNT] = {
    [KIND_RESETS] = L"PCI\\VEN_1AF4&DEV_1044",
    [KIND_ALONE] = L"PCI\\VEN_8086&DEV_10D3",
    [KIND_WAKES] = L"PCI\\VEN_8086&DEV_1209",
    [KIND_NO_POWER] = L"PCI\\VEN_1234&DEV_11E8",
};
static WCHAR Paths[KIND_COUNT][PathChars];
static KIND Current;

// ---- The devices

static VOID FindKind(PCWSTR Path)
{
    for (ULONG i = 0; i < KIND_COUNT; i++) {
        if (wcsncmp(Path, Kinds[i], wcslen(Kinds[i])) == 0)
            wcscpy(Paths[i], Path);
    }
}

static BOOLEAN FindAll(void)
{
    ServiceForEachDevice(FindKind);
    for (ULONG i = 0; i < KIND_COUNT; i++) {
        if (!Paths[i][0])
            return FALSE;
    }
    return TRUE;
}

VOID StartFunctions(void)
{
    REQUIRE(ServiceAwait(FindAll));
    for (ULONG i = 0; i < KIND_COUNT; i++)
        REQUIRE_STATUS(ServiceMakeFor(Kinds[i], L"functest", L"functest.sys"), STATUS_SUCCESS);
    for (ULONG i = 0; i < KIND_COUNT; i++) {
        PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Data = {};
        RtlInitUnicodeString(&Data.DeviceInstance, Paths[i]);
        REQUIRE_STATUS(NtPlugPlayControl(PlugPlayControlStartDevice, &Data, sizeof(Data)),
                       STATUS_SUCCESS);
    }
}

VOID Choose(KIND Kind)
{
    Current = Kind;
}

// ---- Requests

NTSTATUS Ask(ULONG Code, PFUNCTION_REQUEST Request)
{
    WCHAR Text[] = FUNCTION_DEVICE_NAME L"0";
    UNICODE_STRING Name;
    IO_STATUS_BLOCK Io;
    HANDLE File;
    Text[RTL_NUMBER_OF(Text) - 2] = (WCHAR)(L'0' + Current);
    RtlInitUnicodeString(&Name, Text);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    if (!CHECK_STATUS(NtOpenFile(&File, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &Attributes,
                                 &Io, 0, FILE_SYNCHRONOUS_IO_NONALERT),
                      STATUS_SUCCESS))
        return STATUS_NO_SUCH_DEVICE;
    Request->Status = STATUS_SUCCESS;
    CHECK_STATUS(NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io, FUNCTION_CODE(Code),
                                       Request, sizeof(*Request), Request, sizeof(*Request)),
                 STATUS_SUCCESS);
    NtClose(File);
    return Request->Status;
}

NTSTATUS AskValue(ULONG Code, ULONG Value)
{
    FUNCTION_REQUEST Request = {.Value = Value};
    return Ask(Code, &Request);
}

ULONG ReadConfig(ULONG Offset, ULONG Size)
{
    FUNCTION_REQUEST Request = {.Offset = Offset, .Size = Size};
    (VOID) Ask(FUNCTION_READ, &Request);
    return Request.Value;
}

VOID WriteConfig(ULONG Offset, ULONG Size, ULONG Value)
{
    FUNCTION_REQUEST Request = {.Offset = Offset, .Size = Size, .Value = Value};
    (VOID) Ask(FUNCTION_WRITE, &Request);
}

ULONG ReadRange(ULONG Index, ULONG Offset)
{
    FUNCTION_REQUEST Request = {.Index = Index, .Offset = Offset};
    (VOID) Ask(FUNCTION_READ_RANGE, &Request);
    return Request.Value;
}

VOID WriteRange(ULONG Index, ULONG Offset, ULONG Value)
{
    FUNCTION_REQUEST Request = {.Index = Index, .Offset = Offset, .Value = Value};
    (VOID) Ask(FUNCTION_WRITE_RANGE, &Request);
}

ULONG FindCapability(ULONG Id)
{
    enum { First = 0x34, Most = 48 };
    ULONG Offset = ReadConfig(First, 1);
    for (ULONG i = 0; i < Most && Offset && ReadConfig(Offset, 1) != Id; i++)
        Offset = ReadConfig(Offset + 1, 1);
    return Offset;
}
