// ACPI tables: what the Executive needs before there is an ACPI driver (the HPET, the wiring of interrupts: madt.c), and
// all of them for queries. They are found and mapped once. ACPI Specification 6.4, 5.2.
#include "kep.h"

#pragma pack(push, 1)
typedef struct _ACPI_RSDP {
    CHAR Signature[8];
    UCHAR Checksum;
    CHAR OemId[6];
    UCHAR Revision;
    ULONG RsdtAddress;
    ULONG Length; // from here on: revision 2
    ULONGLONG XsdtAddress;
    UCHAR ExtendedChecksum;
    UCHAR Reserved[3];
} ACPI_RSDP;

typedef struct _ACPI_HEADER {
    CHAR Signature[4];
    ULONG Length;
    UCHAR Revision, Checksum;
    CHAR OemId[6], OemTableId[8];
    ULONG OemRevision, CreatorId, CreatorRevision;
} ACPI_HEADER;

// 5.2.9, Fixed ACPI Description Table: where it tells of tables that the root table does not list
typedef struct _ACPI_FADT_POINTERS {
    ACPI_HEADER Header;
    ULONG FirmwareControl, Dsdt;
    UCHAR Reserved[88];
    ULONGLONG XFirmwareControl, XDsdt; // 0, or beyond the end of an old one: see above
} ACPI_FADT_POINTERS;
#pragma pack(pop)
static_assert(sizeof(ACPI_RSDP) == 36 && sizeof(ACPI_HEADER) == 36);
static_assert(offsetof(ACPI_FADT_POINTERS, XFirmwareControl) == 132);

enum {
    ACPI_MAX_TABLE = 1 << 20,
    KI_MAX_ACPI_TABLES = 128,
};

static KE_ACPI_TABLE KiAcpiTables[KI_MAX_ACPI_TABLES];
static ULONG KiAcpiTableCount;

static BOOLEAN KiIsSumZero(const VOID *Bytes, SIZE_T Length)
{
    UCHAR Sum = 0;
    for (SIZE_T i = 0; i < Length; i++)
        Sum = (UCHAR)(Sum + ((const UCHAR *)Bytes)[i]);
    return Sum == 0;
}

// Its header first: that says how long it is. The FACS has no checksum.
static const ACPI_HEADER *KiMapAcpiTable(ULONG_PTR Address)
{
    const ACPI_HEADER *Header = Address ? MmMapIoSpace(Address, sizeof(ACPI_HEADER)) : nullptr;
    if (!Header || Header->Length < sizeof(*Header) || Header->Length > ACPI_MAX_TABLE)
        return nullptr;
    if (ALIGN_DOWN_BY(Address, PAGE_SIZE) != ALIGN_DOWN_BY(Address + Header->Length - 1, PAGE_SIZE))
        Header = MmMapIoSpace(Address, Header->Length);
    if (!Header ||
        (memcmp(Header->Signature, "FACS", 4) != 0 && !KiIsSumZero(Header, Header->Length)))
        return nullptr;
    return Header;
}

static VOID KiAddAcpiTable(const CHAR Signature[4], const VOID *Table, ULONG Length)
{
    if (KiAcpiTableCount == KI_MAX_ACPI_TABLES)
        return;
    KE_ACPI_TABLE *Entry = &KiAcpiTables[KiAcpiTableCount++];
    memcpy(&Entry->Signature, Signature, sizeof(Entry->Signature));
    Entry->Table = Table;
    Entry->Length = Length;
}

static const ACPI_HEADER *KiFindTableAt(ULONG_PTR Address)
{
    const ACPI_HEADER *Header = KiMapAcpiTable(Address);
    if (Header)
        KiAddAcpiTable(Header->Signature, Header, Header->Length);
    return Header;
}

static VOID KiFindTablesOfFadt(const ACPI_FADT_POINTERS *Fadt)
{
    ULONG Length = Fadt->Header.Length;
    if (Length < offsetof(ACPI_FADT_POINTERS, Reserved))
        return;
    BOOLEAN Extended = Length >= sizeof(*Fadt);
    (VOID) KiFindTableAt(Extended && Fadt->XDsdt ? Fadt->XDsdt : Fadt->Dsdt);
    (VOID) KiFindTableAt(Extended && Fadt->XFirmwareControl ? Fadt->XFirmwareControl
                                                            : Fadt->FirmwareControl);
}

static VOID KiFindTables(VOID)
{
    SIZE_T ChunkSize;
    const ACPI_RSDP *Rsdp = KiFindBootChunk(SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP, &ChunkSize);
    if (!Rsdp || ChunkSize < FIELD_OFFSET(ACPI_RSDP, Length))
        return;
    BOOLEAN Extended = Rsdp->Revision >= 2 && ChunkSize >= sizeof(*Rsdp) && Rsdp->XsdtAddress;
    ULONG EntrySize = Extended ? sizeof(ULONGLONG) : sizeof(ULONG);
    KiAddAcpiTable("RSDP", Rsdp, Extended ? sizeof(*Rsdp) : FIELD_OFFSET(ACPI_RSDP, Length));
    const ACPI_HEADER *Root = KiFindTableAt(Extended ? Rsdp->XsdtAddress : Rsdp->RsdtAddress);
    if (!Root)
        return;
    const UCHAR *Entry = (const UCHAR *)(Root + 1);
    const UCHAR *End = (const UCHAR *)Root + Root->Length;
    for (; Entry + EntrySize <= End; Entry += EntrySize) {
        ULONGLONG Address = 0;
        memcpy(&Address, Entry, EntrySize);
        const ACPI_HEADER *Table = KiFindTableAt(Address);
        if (Table && memcmp(Table->Signature, "FACP", sizeof(Table->Signature)) == 0)
            KiFindTablesOfFadt((const ACPI_FADT_POINTERS *)Table);
    }
}

const KE_ACPI_TABLE *KeQueryAcpiTables(PULONG Count)
{
    static BOOLEAN Found;
    if (!Found) {
        Found = TRUE;
        KiFindTables();
    }
    *Count = KiAcpiTableCount;
    return KiAcpiTables;
}

const VOID *KiFindAcpiTable(PCSTR Signature, ULONG Least)
{
    ULONG Count;
    const KE_ACPI_TABLE *Tables = KeQueryAcpiTables(&Count);
    for (ULONG i = 0; i < Count; i++) {
        if (memcmp(&Tables[i].Signature, Signature, sizeof(Tables[i].Signature)) == 0)
            return Tables[i].Length >= Least ? Tables[i].Table : nullptr;
    }
    return nullptr;
}
