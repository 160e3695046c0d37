// System information: the firmware's tables, by provider. A request lies in the buffer that takes the answer.
#include "exp.h"

enum : ULONG {
    EXP_PROVIDER_ACPI = 'ACPI',
    EXP_PROVIDER_SMBIOS = 'RSMB',
};
constexpr ULONG ExpFirmwareHeader = FIELD_OFFSET(SYSTEM_FIRMWARE_TABLE_INFORMATION, TableBuffer);
constexpr ULONG ExpRsdpSignature = 'PDSR'; // as it lies in memory

typedef struct _EXP_FIRMWARE {
    PEXP_QUERY Query;
    SYSTEM_FIRMWARE_TABLE_INFORMATION Request;
} EXP_FIRMWARE;

// The header tells how long the data is, whether it fits or not.
static NTSTATUS ExpAnswerTable(EXP_FIRMWARE *Firmware, const VOID *Data, ULONG Length)
{
    PEXP_QUERY Query = Firmware->Query;
    ULONG Room = min(Firmware->Request.TableBufferLength, Query->Length - ExpFirmwareHeader);
    Firmware->Request.TableBufferLength = Length;
    Query->Needed = ExpFirmwareHeader + Length;
    NTSTATUS Status = MmCopyToUser(Query->Buffer, &Firmware->Request, ExpFirmwareHeader);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Room < Length)
        return STATUS_BUFFER_TOO_SMALL;
    return MmCopyToUser((UCHAR USER *)Query->Buffer + ExpFirmwareHeader, Data, Length);
}

// ---- ACPI: tables by signature, the first of several. Windows does not list the pointer structure, and does not
// give it.

static NTSTATUS ExpListAcpiTables(EXP_FIRMWARE *Firmware)
{
    ULONG Count, Listed = 0;
    const KE_ACPI_TABLE *Tables = KeQueryAcpiTables(&Count);
    ULONG *Signatures =
        ExAllocatePoolWithTag(PagedPool, (Count + 1) * sizeof(ULONG), EX_TAG_BUFFER);
    if (!Signatures)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG i = 0; i < Count; i++) {
        if (Tables[i].Signature != ExpRsdpSignature)
            Signatures[Listed++] = Tables[i].Signature;
    }
    NTSTATUS Status = ExpAnswerTable(Firmware, Signatures, Listed * sizeof(ULONG));
    ExFreePool(Signatures);
    return Status;
}

static NTSTATUS ExpGetAcpiTable(EXP_FIRMWARE *Firmware)
{
    ULONG Count;
    const KE_ACPI_TABLE *Tables = KeQueryAcpiTables(&Count);
    for (ULONG i = 0; i < Count; i++) {
        if (Tables[i].Signature == Firmware->Request.TableID)
            return ExpAnswerTable(Firmware, Tables[i].Table, Tables[i].Length);
    }
    return STATUS_NOT_FOUND;
}

// ---- SMBIOS: one table, 0, of all structures

typedef struct _EXP_SMBIOS { // RawSMBIOSData
    UCHAR Used20CallingMethod, MajorVersion, MinorVersion, DmiRevision;
    ULONG Length;
    UCHAR Data[];
} EXP_SMBIOS;

static NTSTATUS ExpListSmbios(EXP_FIRMWARE *Firmware)
{
    ULONG TableId = 0;
    return ExpAnswerTable(Firmware, &TableId, KeQuerySmbios() ? sizeof(TableId) : 0);
}

static NTSTATUS ExpGetSmbios(EXP_FIRMWARE *Firmware)
{
    const KE_SMBIOS *Smbios = KeQuerySmbios();
    if (!Smbios || Firmware->Request.TableID)
        return STATUS_NOT_FOUND;
    ULONG Size = sizeof(EXP_SMBIOS) + Smbios->Length;
    EXP_SMBIOS *Copy = ExAllocatePoolZero(PagedPool, Size, EX_TAG_BUFFER);
    if (!Copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    Copy->MajorVersion = Smbios->Major;
    Copy->MinorVersion = Smbios->Minor;
    Copy->DmiRevision = Smbios->Revision;
    Copy->Length = Smbios->Length;
    memcpy(Copy->Data, Smbios->Table, Smbios->Length);
    NTSTATUS Status = ExpAnswerTable(Firmware, Copy, Size);
    ExFreePool(Copy);
    return Status;
}

// ---- The class

typedef NTSTATUS EXP_FIRMWARE_ROUTINE(EXP_FIRMWARE *Firmware);

static const struct {
    ULONG Signature;
    EXP_FIRMWARE_ROUTINE *List, *Get;
} ExpProviders[] = {
    {EXP_PROVIDER_ACPI, ExpListAcpiTables, ExpGetAcpiTable},
    {EXP_PROVIDER_SMBIOS, ExpListSmbios, ExpGetSmbios},
};

NTSTATUS ExpQueryFirmwareTable(PEXP_QUERY Query)
{
    EXP_FIRMWARE Firmware = {.Query = Query};
    Query->Needed = ExpFirmwareHeader;
    if (Query->Length < ExpFirmwareHeader)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmCopyFromUser(&Firmware.Request, Query->Buffer, ExpFirmwareHeader);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; i < RTL_NUMBER_OF(ExpProviders); i++) {
        if (ExpProviders[i].Signature != Firmware.Request.ProviderSignature)
            continue;
        if (Firmware.Request.Action == SystemFirmwareTableEnumerate)
            return ExpProviders[i].List(&Firmware);
        if (Firmware.Request.Action == SystemFirmwareTableGet)
            return ExpProviders[i].Get(&Firmware);
        return STATUS_INVALID_PARAMETER;
    }
    return STATUS_NOT_IMPLEMENTED;
}
