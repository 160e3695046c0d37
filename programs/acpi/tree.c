// The devices of the namespace as a tree, with their identifiers.
#include "acpi.h"

// An object of the device; null: it has none, or no value.
static PACPI_EVAL_OUTPUT_BUFFER AcpiQueryObject(HANDLE Device, PCSTR Path, PCSTR Name)
{
    PACPI_EVAL_OUTPUT_BUFFER Result;
    CHAR Full[256];
    SIZE_T Length = strlen(Path), NameLength = strlen(Name);
    if (Length + NameLength + 2 > sizeof(Full))
        return nullptr;
    memcpy(Full, Path, Length);
    Full[Length] = '.';
    memcpy(Full + Length + 1, Name, NameLength + 1);
    if (!NT_SUCCESS(AcpiEvaluate(Device, Full, nullptr, 0, &Result)))
        return nullptr;
    if (Result->Count)
        return Result;
    AcpiFree(Result);
    return nullptr;
}

// Three letters of five bits, four hexadecimal digits, from the highest bit of the first byte on (ACPI Specification
// 6.4, 6.1.5).
static VOID AcpiPrintEisaId(ULONG Number)
{
    ULONG Value = RtlUlongByteSwap(Number);
    ConPrint(L"%c%c%c%04lX", '@' + (Value >> 26 & 31), '@' + (Value >> 21 & 31),
             '@' + (Value >> 16 & 31), Value & 0xFFFF);
}

static VOID AcpiPrintId(HANDLE Device, PCSTR Path, PCSTR Name, BOOLEAN Eisa)
{
    PACPI_EVAL_OUTPUT_BUFFER Result = AcpiQueryObject(Device, Path, Name);
    if (!Result)
        return;
    const ACPI_METHOD_ARGUMENT *Argument = &Result->Argument[0];
    ULONG64 Number = 0;
    ConPrint(L"  %hs ", Name);
    if (Argument->Type == ACPI_METHOD_ARGUMENT_INTEGER) {
        memcpy(&Number, Argument->Data, min(Argument->DataLength, sizeof(Number)));
        if (Eisa)
            AcpiPrintEisaId((ULONG)Number);
        else
            ConPrint(L"%llx", Number);
    } else if (Argument->Type == ACPI_METHOD_ARGUMENT_STRING) {
        ConPrint(L"%hs", (PCSTR)Argument->Data);
    }
    AcpiFree(Result);
}

// \_SB.PCI0.ISA is three levels down.
static VOID AcpiPrintDevice(HANDLE Device, PCSTR Path)
{
    PCSTR Last = strrchr(Path, '.');
    for (PCSTR Char = Path; *Char; Char++) {
        if (*Char == '.')
            ConPrint(L"  ");
    }
    ConPrint(L"%hs", Last ? Last + 1 : Path);
    AcpiPrintId(Device, Path, "_HID", TRUE);
    AcpiPrintId(Device, Path, "_UID", FALSE);
    AcpiPrintId(Device, Path, "_ADR", FALSE);
    AcpiPrintId(Device, Path, "_STA", FALSE);
    ConPrint(L"\n");
}

NTSTATUS AcpiShowTree(void)
{
    ACPI_ENUM_CHILDREN_OUTPUT_BUFFER *List;
    HANDLE Device;
    NTSTATUS Status = AcpiOpenDevice(&Device);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = AcpiListDevices(Device, &List);
    if (NT_SUCCESS(Status)) {
        const ACPI_ENUM_CHILD *Child = List->Children;
        for (ULONG i = 0; i < List->NumberOfChildren; i++, Child = ACPI_ENUM_CHILD_NEXT(Child))
            AcpiPrintDevice(Device, Child->Name);
        AcpiFree(List);
    }
    NtClose(Device);
    return Status;
}
