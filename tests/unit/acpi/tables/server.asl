// A machine with two packages: segments and bus ranges of root bridges, modules with processors and memory, windows beyond
// 4 GiB, devices of NUMA nodes, error sources, and a table that names what it does not have.
DefinitionBlock ("server.aml", "DSDT", 2, "PROTEU", "SERVER", 1)
{
    External (\_SB.NONE._STA, MethodObj)
    Scope (\_SB)
    {
        Device (SCK0)
        {
            Name (_HID, "ACPI0004")
            Name (_UID, "CPUSCK0")
            Method (_STA) { Return (0x0F) }
            Device (C000) { Name (_HID, "ACPI0007") Name (_UID, 0) Name (_PXM, 0) }
            Device (C001) { Name (_HID, "ACPI0007") Name (_UID, 1) Name (_PXM, 0) }
            Device (MEM0)
            {
                Name (_HID, EisaId ("PNP0C80"))
                Name (_UID, 0)
                Name (_CRS, ResourceTemplate ()
                {
                    QWordMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed, Cacheable, ReadWrite,
                        0, 0x100000000, 0x4FFFFFFFFF, 0, 0x4F00000000)
                })
            }
        }
        Device (SCK1)
        {
            Name (_HID, "ACPI0004")
            Name (_UID, "CPUSCK1")
            Method (_STA) { Return (0) }
            Device (C064) { Name (_HID, "ACPI0007") Name (_UID, 64) }
        }
        Device (PC00)
        {
            Name (_HID, EisaId ("PNP0A08"))
            Name (_CID, EisaId ("PNP0A03"))
            Name (_UID, 0)
            Name (_BBN, 0)
            Name (_SEG, 0)
            Name (_CRS, ResourceTemplate ()
            {
                WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode, 0, 0x00, 0x7F, 0, 0x80)
                DWordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange, 0, 0, 0x0CF7, 0, 0x0CF8)
                DWordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange, 0, 0x1000, 0x8FFF, 0, 0x8000)
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                    0, 0x90000000, 0xC7FFBFFF, 0, 0x37FFC000)
                QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                    0, 0x380000000000, 0x383FFFFFFFFF, 0, 0x4000000000)
            })
            Device (RP1A)
            {
                Name (_ADR, 0x00010000)
                Device (SLTA) { Name (_ADR, 0xFFFF) Method (_SUN) { Return (4) } }
            }
        }
        Device (PC01)
        {
            Name (_HID, EisaId ("PNP0A08"))
            Name (_CID, EisaId ("PNP0A03"))
            Name (_UID, 1)
            Name (_BBN, 0x80)
            Name (_SEG, 1)
            Name (_CRS, ResourceTemplate ()
            {
                WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode, 0, 0x80, 0xFF, 0, 0x80)
                QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                    0, 0x384000000000, 0x387FFFFFFFFF, 0, 0x4000000000)
            })
        }
        Device (WERR) { Name (_HID, EisaId ("PNP0C33")) Name (_UID, 0) }
        Device (BMC0)
        {
            Name (_HID, EisaId ("IPI0001"))
            Name (_UID, 0)
            Name (_STR, Unicode ("IPMI_KCS"))
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0CA2, 0x0CA2, 0, 1)
                IO (Decode16, 0x0CA3, 0x0CA3, 0, 1)
            })
        }
        Device (BADR) // asks something that no table has
        {
            Name (_HID, "PRTS0010")
            Method (_STA) { Return (\_SB.NONE._STA ()) }
        }
    }
}
