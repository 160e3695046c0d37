// Ports, PCI configuration space, the SCI.
#include "osl.h"

// ---- Ports: any of them, by the driver's privilege

acpi_status acpi_os_read_port(acpi_io_address address, u32 *value, u32 width)
{
    if (address > MAXUSHORT)
        return AE_BAD_ADDRESS;
    ULONG_PTR Port = (ULONG_PTR)address;
    switch (width) {
    case 8:
        *value = READ_PORT_UCHAR((PUCHAR)Port);
        return AE_OK;
    case 16:
        *value = READ_PORT_USHORT((PUSHORT)Port);
        return AE_OK;
    case 32:
        *value = READ_PORT_ULONG((PULONG)Port);
        return AE_OK;
    default:
        return AE_BAD_PARAMETER;
    }
}

acpi_status acpi_os_write_port(acpi_io_address address, u32 value, u32 width)
{
    if (address > MAXUSHORT)
        return AE_BAD_ADDRESS;
    ULONG_PTR Port = (ULONG_PTR)address;
    switch (width) {
    case 8:
        WRITE_PORT_UCHAR((PUCHAR)Port, (UCHAR)value);
        return AE_OK;
    case 16:
        WRITE_PORT_USHORT((PUSHORT)Port, (USHORT)value);
        return AE_OK;
    case 32:
        WRITE_PORT_ULONG((PULONG)Port, value);
        return AE_OK;
    default:
        return AE_BAD_PARAMETER;
    }
}

// ---- PCI configuration space of segment 0: the system's, because an access takes two ports

static BOOLEAN OslFindSlot(const struct acpi_pci_id *pci_id, u32 reg, u32 width, PULONG Slot)
{
    enum { ConfigurationBytes = 256 };
    PCI_SLOT_NUMBER Number = {.u.AsULONG = 0};
    Number.u.bits.DeviceNumber = pci_id->device;
    Number.u.bits.FunctionNumber = pci_id->function;
    *Slot = Number.u.AsULONG;
    return !pci_id->segment && (width == 8 || width == 16 || width == 32) &&
           reg < ConfigurationBytes && width / 8 <= ConfigurationBytes - reg;
}

// Of what is not there all bits are ones.
acpi_status acpi_os_read_pci_configuration(struct acpi_pci_id *pci_id, u32 reg, u64 *value,
                                           u32 width)
{
    ULONG Slot, Data = MAXULONG;
    if (!OslFindSlot(pci_id, reg, width, &Slot))
        return AE_SUPPORT;
    if (HalGetBusDataByOffset(PCIConfiguration, pci_id->bus, Slot, &Data, reg, width / 8) !=
        width / 8)
        Data = MAXULONG;
    *value = Data & (u32)((1ull << width) - 1);
    return AE_OK;
}

acpi_status acpi_os_write_pci_configuration(struct acpi_pci_id *pci_id, u32 reg, u64 value,
                                            u32 width)
{
    ULONG Slot, Data = (ULONG)value;
    if (!OslFindSlot(pci_id, reg, width, &Slot))
        return AE_SUPPORT;
    (VOID) HalSetBusDataByOffset(PCIConfiguration, pci_id->bus, Slot, &Data, reg, width / 8);
    return AE_OK;
}

// ---- The SCI

static struct {
    ULONG Vector; // 0: the device has none
    KIRQL Irql;
    KINTERRUPT_MODE Mode;
    PKINTERRUPT Interrupt;
    acpi_osd_handler Handler;
    void *Context;
} OslSci;

VOID OslSetInterrupt(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Translated)
{
    OslSci.Vector = Translated->u.Interrupt.Vector;
    OslSci.Irql = (KIRQL)Translated->u.Interrupt.Level;
    OslSci.Mode = Translated->Flags & CM_RESOURCE_INTERRUPT_LATCHED ? Latched : LevelSensitive;
    OslSetLockIrql(OslSci.Irql);
}

static BOOLEAN NTAPI OslInterrupt(PKINTERRUPT Interrupt, PVOID Context)
{
    UNREFERENCED_PARAMETER(Interrupt);
    UNREFERENCED_PARAMETER(Context);
    return OslSci.Handler(OslSci.Context) == ACPI_INTERRUPT_HANDLED;
}

acpi_status acpi_os_install_interrupt_handler(u32 interrupt_number,
                                              acpi_osd_handler service_routine, void *context)
{
    UNREFERENCED_PARAMETER(interrupt_number); // it is what the resource was asked for
    if (!OslSci.Vector)
        return AE_NOT_EXIST;
    if (OslSci.Interrupt)
        return AE_ALREADY_EXISTS;
    OslSci.Handler = service_routine;
    OslSci.Context = context;
    NTSTATUS Status = IoConnectInterrupt(&OslSci.Interrupt, OslInterrupt, NULL, NULL, OslSci.Vector,
                                         OslSci.Irql, OslSci.Irql, OslSci.Mode, TRUE, 1, FALSE);
    if (NT_SUCCESS(Status))
        return AE_OK;
    DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL,
               "acpi: the system control interrupt cannot be connected: %08lx\n", Status);
    OslSci.Interrupt = NULL;
    return AE_ERROR;
}

acpi_status acpi_os_remove_interrupt_handler(u32 interrupt_number, acpi_osd_handler service_routine)
{
    UNREFERENCED_PARAMETER(interrupt_number);
    if (!OslSci.Interrupt || OslSci.Handler != service_routine)
        return AE_NOT_EXIST;
    IoDisconnectInterrupt(OslSci.Interrupt);
    KeFlushQueuedDpcs();
    OslSci.Interrupt = NULL;
    return AE_OK;
}
