// Values of objects, as text.
#include "acpi.h"

static VOID AcpiPrintIndent(ULONG Level)
{
    for (ULONG i = 0; i < Level; i++)
        ConPrint(L"    ");
}

static VOID AcpiPrintBytes(const UCHAR *Bytes, ULONG Length)
{
    ConPrint(L"buffer of %lu:", Length);
    for (ULONG i = 0; i < Length; i++)
        ConPrint(L" %02x", Bytes[i]);
    ConPrint(L"\n");
}

static VOID AcpiPrintNumber(const UCHAR *Bytes, ULONG Length)
{
    ULONG64 Number = 0;
    memcpy(&Number, Bytes, min(Length, (ULONG)sizeof(Number)));
    ConPrint(L"0x%llx (%llu)\n", Number, Number);
}

// Arguments that follow one another in Length bytes.
static VOID AcpiPrintArguments(const UCHAR *Place, ULONG Length, ULONG Level)
{
    const ULONG Header = FIELD_OFFSET(ACPI_METHOD_ARGUMENT, Data);
    while (Length >= Header) {
        const ACPI_METHOD_ARGUMENT *Argument = (const ACPI_METHOD_ARGUMENT *)Place;
        ULONG Size = ACPI_METHOD_ARGUMENT_LENGTH(Argument->DataLength);
        if (Size > Length)
            return;
        AcpiPrintIndent(Level);
        switch (Argument->Type) {
        case ACPI_METHOD_ARGUMENT_INTEGER:
            AcpiPrintNumber(Argument->Data, Argument->DataLength);
            break;
        case ACPI_METHOD_ARGUMENT_STRING:
            ConPrint(L"\"%hs\"\n", (PCSTR)Argument->Data);
            break;
        case ACPI_METHOD_ARGUMENT_PACKAGE:
        case ACPI_METHOD_ARGUMENT_PACKAGE_EX:
            ConPrint(L"package\n");
            AcpiPrintArguments(Argument->Data, Argument->DataLength, Level + 1);
            break;
        default:
            AcpiPrintBytes(Argument->Data, Argument->DataLength);
            break;
        }
        Place += Size;
        Length -= Size;
    }
}

NTSTATUS AcpiShowValue(PCWSTR Path, const ULONG64 *Arguments, ULONG Count)
{
    const ULONG Header = FIELD_OFFSET(ACPI_EVAL_OUTPUT_BUFFER, Argument);
    PACPI_EVAL_OUTPUT_BUFFER Result;
    CHAR Name[256];
    HANDLE Device;
    if (wcslen(Path) >= sizeof(Name))
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    for (ULONG i = 0; i <= wcslen(Path); i++)
        Name[i] = (CHAR)Path[i];
    NTSTATUS Status = AcpiOpenDevice(&Device);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = AcpiEvaluate(Device, Name, Arguments, Count, &Result);
    NtClose(Device);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!Result->Count)
        ConPrint(L"no value\n");
    else
        AcpiPrintArguments((const UCHAR *)Result + Header, Result->Length - Header, 0);
    AcpiFree(Result);
    return STATUS_SUCCESS;
}
