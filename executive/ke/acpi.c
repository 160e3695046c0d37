// ACPI tables, as far as the Executive needs them before there is an ACPI driver: to find the HPET and
// the wiring of interrupts (madt.c). ACPI Specification 6.4, 5.2.
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
#pragma pack(pop)
static_assert(sizeof(ACPI_RSDP) == 36 && sizeof(ACPI_HEADER) == 36);

enum { ACPI_MAX_TABLE = 1 << 20 };

static BOOLEAN KiIsSumZero(const VOID *Bytes, SIZE_T Length)
{
    UCHAR Sum = 0;
    for (SIZE_T i = 0; i < Length; i++)
        Sum = (UCHAR)(Sum + ((const UCHAR *)Bytes)[i]);
    return Sum == 0;
}

// Its header first: that says how long it is.
static const ACPI_HEADER *KiMapAcpiTable(ULONG_PTR Address)
{
    const ACPI_HEADER *Header = Address ? MmMapIoSpace(Address, sizeof(ACPI_HEADER)) : nullptr;
    if (!Header || Header->Length < sizeof(*Header) || Header->Length > ACPI_MAX_TABLE)
        return nullptr;
    if (ALIGN_DOWN_BY(Address, PAGE_SIZE) != ALIGN_DOWN_BY(Address + Header->Length - 1, PAGE_SIZE))
        Header = MmMapIoSpace(Address, Header->Length);
    return Header && KiIsSumZero(Header, Header->Length) ? Header : nullptr;
}

static const ACPI_HEADER *KiRootTable(PULONG EntrySize)
{
    static const ACPI_HEADER *Root;
    static ULONG Size;
    if (!Root) {
        SIZE_T ChunkSize;
        const ACPI_RSDP *Rsdp = KiFindBootChunk(SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP, &ChunkSize);
        if (!Rsdp || ChunkSize < FIELD_OFFSET(ACPI_RSDP, Length))
            return nullptr;
        BOOLEAN Extended = Rsdp->Revision >= 2 && ChunkSize >= sizeof(*Rsdp) && Rsdp->XsdtAddress;
        Size = Extended ? sizeof(ULONGLONG) : sizeof(ULONG);
        Root = KiMapAcpiTable(Extended ? Rsdp->XsdtAddress : Rsdp->RsdtAddress);
    }
    *EntrySize = Size;
    return Root;
}

const VOID *KiFindAcpiTable(PCSTR Signature)
{
    ULONG EntrySize;
    const ACPI_HEADER *Root = KiRootTable(&EntrySize);
    if (!Root)
        return nullptr;
    const UCHAR *Entry = (const UCHAR *)(Root + 1);
    const UCHAR *End = (const UCHAR *)Root + Root->Length;
    for (; Entry + EntrySize <= End; Entry += EntrySize) {
        ULONGLONG Address = 0;
        memcpy(&Address, Entry, EntrySize);
        const ACPI_HEADER *Table = MmMapIoSpace(Address, sizeof(*Table));
        if (Table && memcmp(Table->Signature, Signature, sizeof(Table->Signature)) == 0)
            return KiMapAcpiTable(Address);
    }
    return nullptr;
}
