// How interrupts are wired: global interrupt numbers to the pins of IOAPICs, and ISA interrupts to global ones.
// ACPI Specification 6.4, 5.2.12.
#include "kep.h"

#pragma pack(push, 1)
typedef struct _ACPI_MADT {
    CHAR Signature[4];
    ULONG Length;
    UCHAR Header[28]; // the rest of it
    ULONG LocalApicAddress, Flags;
} ACPI_MADT;

typedef struct _ACPI_MADT_ENTRY {
    UCHAR Type, Length;
} ACPI_MADT_ENTRY;

typedef struct _ACPI_MADT_IOAPIC {
    ACPI_MADT_ENTRY Entry;
    UCHAR Id, Reserved;
    ULONG Address, FirstInterrupt;
} ACPI_MADT_IOAPIC;

typedef struct _ACPI_MADT_OVERRIDE {
    ACPI_MADT_ENTRY Entry;
    UCHAR Bus, Source;
    ULONG GlobalInterrupt;
    USHORT Flags;
} ACPI_MADT_OVERRIDE;
#pragma pack(pop)
static_assert(sizeof(ACPI_MADT) == 44 && sizeof(ACPI_MADT_IOAPIC) == 12);
static_assert(sizeof(ACPI_MADT_OVERRIDE) == 10);

enum {
    ACPI_MADT_TYPE_IOAPIC = 1,
    ACPI_MADT_TYPE_OVERRIDE = 2,
    ACPI_POLARITY_MASK = 3,
    ACPI_POLARITY_LOW = 3,
    ACPI_TRIGGER_MASK = 3 << 2,
    ACPI_TRIGGER_LEVEL = 3 << 2,
};

// The next entry of the type after Entry, or the first. Null: there is none.
static const ACPI_MADT_ENTRY *KiNextMadtEntry(const ACPI_MADT_ENTRY *Entry, UCHAR Type, SIZE_T Size)
{
    static const ACPI_MADT *Madt;
    if (!Madt)
        Madt = KiFindAcpiTable("APIC", sizeof(*Madt));
    if (!Madt)
        return nullptr;
    const UCHAR *Place = Entry ? (const UCHAR *)Entry + Entry->Length : (const UCHAR *)(Madt + 1);
    const UCHAR *End = (const UCHAR *)Madt + Madt->Length;
    while (Place + sizeof(ACPI_MADT_ENTRY) <= End) {
        Entry = (const ACPI_MADT_ENTRY *)Place;
        if (Entry->Length < sizeof(ACPI_MADT_ENTRY))
            break;
        if (Entry->Type == Type && Entry->Length >= Size && Place + Entry->Length <= End)
            return Entry;
        Place += Entry->Length;
    }
    return nullptr;
}

static const ACPI_MADT_OVERRIDE *KiFindOverride(ULONG Irq)
{
    const ACPI_MADT_ENTRY *Entry = nullptr;
    do {
        Entry = KiNextMadtEntry(Entry, ACPI_MADT_TYPE_OVERRIDE, sizeof(ACPI_MADT_OVERRIDE));
    } while (Entry && ((const ACPI_MADT_OVERRIDE *)Entry)->Source != Irq);
    return (const ACPI_MADT_OVERRIDE *)Entry;
}

// ISA interrupts are edge triggered and active high unless the table says otherwise.
ULONG KeQueryIsaInterrupt(ULONG Irq, PBOOLEAN Level, PBOOLEAN ActiveLow)
{
    const ACPI_MADT_OVERRIDE *Override = KiFindOverride(Irq);
    *Level = Override && (Override->Flags & ACPI_TRIGGER_MASK) == ACPI_TRIGGER_LEVEL;
    *ActiveLow = Override && (Override->Flags & ACPI_POLARITY_MASK) == ACPI_POLARITY_LOW;
    return Override ? Override->GlobalInterrupt : Irq;
}

// The kernel counts IOAPICs as the table lists them. How many pins one has the table does not tell: it has
// the interrupts up to the first of the next. Without a table there is one, which begins with 0.
BOOLEAN KeFindPin(ULONG GlobalInterrupt, PULONG Ioapic, PULONG Pin)
{
    const ACPI_MADT_ENTRY *Entry =
        KiNextMadtEntry(nullptr, ACPI_MADT_TYPE_IOAPIC, sizeof(ACPI_MADT_IOAPIC));
    BOOLEAN Found = !Entry;
    ULONG First = 0;
    *Ioapic = 0;
    for (ULONG Index = 0; Entry; Index++) {
        ULONG Base = ((const ACPI_MADT_IOAPIC *)Entry)->FirstInterrupt;
        if (Base <= GlobalInterrupt && (!Found || Base >= First)) {
            Found = TRUE;
            First = Base;
            *Ioapic = Index;
        }
        Entry = KiNextMadtEntry(Entry, ACPI_MADT_TYPE_IOAPIC, sizeof(ACPI_MADT_IOAPIC));
    }
    *Pin = GlobalInterrupt - First;
    return Found;
}
