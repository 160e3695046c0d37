#include "machine.h"

#include <stdio.h>
#include <stdlib.h>

// The fixed tables: an FADT with PM1 blocks at 600h, a FACS, a MADT that wires the timer to 2 and the SCI as
// active high.
static struct {
    struct acpi_table_rsdp Rsdp;
    struct {
        struct acpi_table_header Header;
        u64 Entries[2];
    } __attribute__((packed)) Xsdt;
    struct acpi_table_fadt Fadt;
    struct acpi_table_facs Facs __attribute__((aligned(64)));
    struct {
        struct acpi_table_madt Madt;
        struct acpi_madt_interrupt_override Timer, Sci;
    } __attribute__((packed)) Madt;
} Tables;
static PVOID Dsdt;
BOOLEAN MachineHasEvents;

static UCHAR Checksum(const VOID *Data, SIZE_T Size)
{
    UCHAR Sum = 0;
    for (SIZE_T i = 0; i < Size; i++)
        Sum = (UCHAR)(Sum + ((const UCHAR *)Data)[i]);
    return (UCHAR)-Sum;
}

static VOID FinishTable(PVOID Table, PCSTR Signature, SIZE_T Size)
{
    struct acpi_table_header *Header = Table;
    memcpy(Header->signature, Signature, sizeof(Header->signature));
    Header->length = (u32)Size;
    Header->checksum = 0;
    Header->checksum = Checksum(Table, Size);
}

static struct acpi_generic_address Ports(u64 Address, u8 Bytes)
{
    return (struct acpi_generic_address){ACPI_ADR_SPACE_SYSTEM_IO, (u8)(Bytes * 8), 0, 0, Address};
}

static VOID MakeFadt(VOID)
{
    struct acpi_table_fadt *Fadt = &Tables.Fadt;
    Fadt->header.revision = 6;
    Fadt->sci_interrupt = 9;
    Fadt->pm1_event_length = 4;
    Fadt->pm1_control_length = 2;
    Fadt->pm_timer_length = 4;
    Fadt->xpm1a_event_block = Ports(0x600, 4);
    Fadt->xpm1a_control_block = Ports(0x604, 2);
    Fadt->xpm_timer_block = Ports(0x608, 4);
    if (MachineHasEvents) {
        Fadt->gpe0_block_length = 4;
        Fadt->xgpe0_block = Ports(0x620, 4);
    }
    Fadt->Xfacs = (ULONG_PTR)&Tables.Facs;
    Fadt->Xdsdt = (ULONG_PTR)Dsdt;
    FinishTable(Fadt, ACPI_SIG_FADT, sizeof(*Fadt));
    memcpy(Tables.Facs.signature, ACPI_SIG_FACS, 4);
    Tables.Facs.length = sizeof(Tables.Facs);
}

static VOID MakeMadt(VOID)
{
    enum { ActiveHighLevel = 0xD };
    Tables.Madt.Timer = (struct acpi_madt_interrupt_override){
        {ACPI_MADT_TYPE_INTERRUPT_OVERRIDE, sizeof(Tables.Madt.Timer)}, .global_irq = 2};
    Tables.Madt.Sci = (struct acpi_madt_interrupt_override){
        {ACPI_MADT_TYPE_INTERRUPT_OVERRIDE, sizeof(Tables.Madt.Sci)},
        .source_irq = 9,
        .global_irq = 9,
        .inti_flags = ActiveHighLevel};
    FinishTable(&Tables.Madt, ACPI_SIG_MADT, sizeof(Tables.Madt));
}

static VOID MakeRoot(VOID)
{
    Tables.Xsdt.Header.revision = 1;
    Tables.Xsdt.Entries[0] = (ULONG_PTR)&Tables.Fadt;
    Tables.Xsdt.Entries[1] = (ULONG_PTR)&Tables.Madt;
    FinishTable(&Tables.Xsdt, ACPI_SIG_XSDT, sizeof(Tables.Xsdt));
    memcpy(Tables.Rsdp.signature, ACPI_SIG_RSDP, sizeof(Tables.Rsdp.signature));
    Tables.Rsdp.revision = 2;
    Tables.Rsdp.length = sizeof(Tables.Rsdp);
    Tables.Rsdp.xsdt_physical_address = (ULONG_PTR)&Tables.Xsdt;
    Tables.Rsdp.checksum = Checksum(&Tables.Rsdp, ACPI_RSDP_CHECKSUM_LENGTH);
    Tables.Rsdp.extended_checksum = Checksum(&Tables.Rsdp, sizeof(Tables.Rsdp));
    RootPointer = (ULONG_PTR)&Tables.Rsdp;
}

BOOLEAN StartMachineWith(MACHINE *Machine, const VOID *Table, SIZE_T Size)
{
    InitializeListHead(&Machine->Nodes);
    Machine->Found = FALSE;
    if (Size < sizeof(struct acpi_table_header) || Size > MAXUSHORT)
        return FALSE;
    memset(&Tables, 0, sizeof(Tables));
    Dsdt = malloc(Size);
    if (!Dsdt)
        return FALSE;
    memcpy(Dsdt, Table, Size);
    FinishTable(Dsdt, ACPI_SIG_DSDT, Size);
    MakeFadt();
    MakeMadt();
    MakeRoot();
    AddMemory(&Tables, sizeof(Tables));
    AddMemory(Dsdt, Size);
    Machine->Found = NT_SUCCESS(AcpiFindTables());
    if (!Machine->Found || !NT_SUCCESS(AcpiStart()))
        return FALSE;
    Machine->Status = AcpiScanNamespace(&Machine->Nodes);
    return TRUE;
}

PVOID ReadTable(PCSTR Name, SIZE_T *Size)
{
    enum { Largest = 64 << 10 };
    char Path[512];
    (void)snprintf(Path, sizeof(Path), "%s/%s.aml", TABLES, Name);
    FILE *File = fopen(Path, "rb");
    PVOID Table = File ? malloc(Largest) : NULL;
    if (File && Table)
        *Size = fread(Table, 1, Largest, File);
    if (File)
        (void)fclose(File);
    return Table;
}

BOOLEAN StartMachine(MACHINE *Machine, PCSTR Name)
{
    SIZE_T Size;
    PVOID Table = ReadTable(Name, &Size);
    if (!Table)
        return FALSE;
    BOOLEAN Started = StartMachineWith(Machine, Table, Size);
    free(Table);
    return Started;
}

VOID EndMachine(MACHINE *Machine)
{
    while (!IsListEmpty(&Machine->Nodes))
        AcpiFreeNode(CONTAINING_RECORD(RemoveHeadList(&Machine->Nodes), ACPI_NODE, Link));
    if (Machine->Found)
        AcpiEnd();
    ForgetMemory();
    free(Dsdt);
    Dsdt = NULL;
}

PACPI_NODE NodeAt(MACHINE *Machine, PCSTR Path)
{
    acpi_handle Handle;
    if (ACPI_FAILURE(acpi_get_handle(NULL, (acpi_string)Path, &Handle)))
        return NULL;
    return AcpiFindNode(&Machine->Nodes, Handle);
}

PACPI_NODE NodeNamed(MACHINE *Machine, PCSTR Id, PCSTR Instance)
{
    for (PLIST_ENTRY Link = Machine->Nodes.Flink; Link != &Machine->Nodes; Link = Link->Flink) {
        PACPI_NODE Node = CONTAINING_RECORD(Link, ACPI_NODE, Link);
        if (strcmp(Node->Id, Id) == 0 && strcmp(Node->Instance, Instance) == 0)
            return Node;
    }
    return NULL;
}
