// The firmware's tables, by SystemFirmwareTableInformation.
#include "acpi.h"

enum : ULONG { AcpiProvider = 'ACPI' };

typedef struct _ACPI_TABLE_HEADER { // ACPI Specification 6.4, 5.2.6
    CHAR Signature[4];
    ULONG Length;
    UCHAR Revision, Checksum;
    CHAR OemId[6], OemTableId[8];
    ULONG OemRevision;
    CHAR CreatorId[4];
    ULONG CreatorRevision;
} ACPI_TABLE_HEADER;
static_assert(sizeof(ACPI_TABLE_HEADER) == 36);

// Freed by AcpiFree.
static NTSTATUS AcpiQueryFirmware(SYSTEM_FIRMWARE_TABLE_ACTION Action, ULONG TableId,
                                  PSYSTEM_FIRMWARE_TABLE_INFORMATION *Result)
{
    ULONG Header = FIELD_OFFSET(SYSTEM_FIRMWARE_TABLE_INFORMATION, TableBuffer);
    SYSTEM_FIRMWARE_TABLE_INFORMATION Asked = {
        .ProviderSignature = AcpiProvider, .Action = Action, .TableID = TableId};
    ULONG Needed;
    NTSTATUS Status =
        NtQuerySystemInformation(SystemFirmwareTableInformation, &Asked, Header, &Needed);
    if (Status != STATUS_BUFFER_TOO_SMALL)
        return NT_SUCCESS(Status) ? STATUS_NOT_FOUND : Status;
    PSYSTEM_FIRMWARE_TABLE_INFORMATION Table = AcpiAllocate(Needed);
    if (!Table)
        return STATUS_NO_MEMORY;
    *Table = Asked;
    Table->TableBufferLength = Needed - Header;
    Status = NtQuerySystemInformation(SystemFirmwareTableInformation, Table, Needed, &Needed);
    if (NT_SUCCESS(Status))
        *Result = Table;
    else
        AcpiFree(Table);
    return Status;
}

// What is no letter is shown as a dot.
static VOID AcpiPrintChars(const CHAR *Text, ULONG Length)
{
    for (ULONG i = 0; i < Length; i++)
        ConPrint(L"%c", Text[i] >= ' ' && Text[i] <= '~' ? Text[i] : '.');
}

static VOID AcpiPrintTable(ULONG Signature)
{
    PSYSTEM_FIRMWARE_TABLE_INFORMATION Table;
    if (!NT_SUCCESS(AcpiQueryFirmware(SystemFirmwareTableGet, Signature, &Table)))
        return;
    const ACPI_TABLE_HEADER *Header = (const VOID *)Table->TableBuffer;
    AcpiPrintChars(Header->Signature, sizeof(Header->Signature));
    ConPrint(L"  %7lu", Header->Length);
    if (memcmp(Header->Signature, "FACS", 4) != 0) { // which has no such header
        ConPrint(L"  %8u  ", Header->Revision);
        AcpiPrintChars(Header->OemId, sizeof(Header->OemId));
        ConPrint(L"  ");
        AcpiPrintChars(Header->OemTableId, sizeof(Header->OemTableId));
        ConPrint(L"  ");
        AcpiPrintChars(Header->CreatorId, sizeof(Header->CreatorId));
    }
    ConPrint(L"\n");
    AcpiFree(Table);
}

NTSTATUS AcpiShowTables(void)
{
    PSYSTEM_FIRMWARE_TABLE_INFORMATION List;
    NTSTATUS Status = AcpiQueryFirmware(SystemFirmwareTableEnumerate, 0, &List);
    if (!NT_SUCCESS(Status))
        return Status;
    ConPrint(L"Table   Length  Revision  OEM     Table ID  Creator\n");
    const ULONG *Signatures = (const VOID *)List->TableBuffer;
    for (ULONG i = 0; i < List->TableBufferLength / sizeof(ULONG); i++)
        AcpiPrintTable(Signatures[i]);
    AcpiFree(List);
    return STATUS_SUCCESS;
}

NTSTATUS AcpiDumpTable(PCWSTR Signature)
{
    enum { LineBytes = 16 };
    PSYSTEM_FIRMWARE_TABLE_INFORMATION Table;
    UCHAR Name[sizeof(ULONG)];
    ULONG TableId;
    if (wcslen(Signature) != sizeof(Name))
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < sizeof(Name); i++)
        Name[i] = (UCHAR)RtlUpcaseUnicodeChar(Signature[i]);
    memcpy(&TableId, Name, sizeof(TableId));
    NTSTATUS Status = AcpiQueryFirmware(SystemFirmwareTableGet, TableId, &Table);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG Line = 0; Line < Table->TableBufferLength; Line += LineBytes) {
        ULONG Count = min(Table->TableBufferLength - Line, (ULONG)LineBytes);
        ConPrint(L"%06lx ", Line);
        for (ULONG i = 0; i < LineBytes; i++) {
            if (i < Count)
                ConPrint(L" %02x", Table->TableBuffer[Line + i]);
            else
                ConPrint(L"   ");
        }
        ConPrint(L"  ");
        AcpiPrintChars((const CHAR *)Table->TableBuffer + Line, Count);
        ConPrint(L"\n");
    }
    AcpiFree(Table);
    return STATUS_SUCCESS;
}
