// Requests to \Device\ACPI.
#include "acpi.h"

PVOID AcpiAllocate(SIZE_T Size)
{
    return RtlAllocateHeap(NtCurrentPeb()->ProcessHeap, HEAP_ZERO_MEMORY, Size);
}

VOID AcpiFree(PVOID Memory)
{
    if (Memory)
        RtlFreeHeap(NtCurrentPeb()->ProcessHeap, 0, Memory);
}

NTSTATUS AcpiOpenDevice(PHANDLE Device)
{
    return DeviceOpen(L"\\Device\\ACPI", GENERIC_READ | GENERIC_WRITE, 0, Device);
}

// ---- Interfaces

// The name has # for the path's backslashes, and ends with the class.
VOID AcpiPrintInterface(PCWSTR Path)
{
    PCWSTR Class = wcsrchr(Path, L'#');
    for (PCWSTR Char = Path + wcslen(L"\\\?\?\\"); *Char && Char != Class; Char++)
        ConPrint(L"%c", *Char == L'#' ? L'\\' : *Char);
    ConPrint(L"\n");
}

NTSTATUS AcpiForEach(const GUID *Class, PCWSTR None, NTSTATUS (*Show)(HANDLE Device))
{
    enum { MostDevices = 32 };
    static INTERFACE_NAME Names[MostDevices];
    NTSTATUS Result = STATUS_SUCCESS;
    ULONG Count = InterfaceList(Class, Names, MostDevices);
    if (!Count)
        ConPrint(L"%ws\n", None);
    for (ULONG i = 0; i < Count; i++) {
        HANDLE Device;
        AcpiPrintInterface(Names[i].Path);
        NTSTATUS Status =
            DeviceOpen(Names[i].Path, FILE_READ_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, &Device);
        if (NT_SUCCESS(Status)) {
            Status = Show(Device);
            NtClose(Device);
        }
        if (!NT_SUCCESS(Status))
            ConPrint(L"  %ws\n", StatusText(Status));
        Result = NT_SUCCESS(Status) ? Result : Status;
    }
    return Result;
}

// ---- The firmware

// With a buffer that grows until the answer fits. Freed by AcpiFree.
static NTSTATUS AcpiControl(HANDLE Device, ULONG Code, const VOID *Input, ULONG InputLength,
                            PVOID *Result)
{
    enum { FirstSize = 4096, LargestSize = 1 << 20 };
    NTSTATUS Status = STATUS_BUFFER_OVERFLOW;
    for (ULONG Size = FirstSize; Size <= LargestSize; Size *= 4) {
        PVOID Buffer = AcpiAllocate(Size);
        if (!Buffer)
            return STATUS_NO_MEMORY;
        Status = DeviceControl(Device, Code, Input, InputLength, Buffer, Size, nullptr);
        if (Status == STATUS_SUCCESS) {
            *Result = Buffer;
            return Status;
        }
        AcpiFree(Buffer);
        if (Status != STATUS_BUFFER_OVERFLOW)
            break;
    }
    return Status;
}

NTSTATUS AcpiEvaluate(HANDLE Device, PCSTR Path, const ULONG64 *Arguments, ULONG Count,
                      PACPI_EVAL_OUTPUT_BUFFER *Result)
{
    ULONG ArgumentSize = ACPI_METHOD_ARGUMENT_LENGTH(sizeof(ULONG64));
    ULONG Header = FIELD_OFFSET(ACPI_EVAL_INPUT_BUFFER_COMPLEX_EX, Argument);
    ULONG Size = Header + max(Count * ArgumentSize, (ULONG)sizeof(ACPI_METHOD_ARGUMENT));
    PACPI_EVAL_INPUT_BUFFER_COMPLEX_EX Input = AcpiAllocate(Size);
    if (!Input)
        return STATUS_NO_MEMORY;
    NTSTATUS Status = STATUS_OBJECT_PATH_SYNTAX_BAD;
    SIZE_T Length = strlen(Path);
    if (Length < sizeof(Input->MethodName)) {
        Input->Signature = ACPI_EVAL_INPUT_BUFFER_COMPLEX_SIGNATURE_EX;
        memcpy(Input->MethodName, Path, Length);
        Input->Size = Size;
        Input->ArgumentCount = Count;
        for (ULONG i = 0; i < Count; i++) {
            PACPI_METHOD_ARGUMENT Argument =
                (PACPI_METHOD_ARGUMENT)((PUCHAR)Input + Header + (SIZE_T)i * ArgumentSize);
            Argument->Type = ACPI_METHOD_ARGUMENT_INTEGER;
            Argument->DataLength = sizeof(ULONG64);
            memcpy(Argument->Data, &Arguments[i], sizeof(ULONG64));
        }
        Status = AcpiControl(Device, IOCTL_ACPI_EVAL_METHOD_EX, Input, Size, (PVOID *)Result);
    }
    AcpiFree(Input);
    return Status;
}

NTSTATUS AcpiListDevices(HANDLE Device, ACPI_ENUM_CHILDREN_OUTPUT_BUFFER **Result)
{
    ACPI_ENUM_CHILDREN_INPUT_BUFFER Input = {
        .Signature = ACPI_ENUM_CHILDREN_INPUT_BUFFER_SIGNATURE,
        .Flags = ENUM_CHILDREN_MULTILEVEL,
    };
    return AcpiControl(Device, IOCTL_ACPI_ENUM_CHILDREN, &Input, sizeof(Input), (PVOID *)Result);
}
