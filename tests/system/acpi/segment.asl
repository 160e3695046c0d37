// A root bridge of PCI segment 1, whose first bus has the number of segment 0's.
DefinitionBlock ("", "SSDT", 2, "PROTEU", "SEGMENT", 1)
{
    Scope (\_SB)
    {
        Device (PCI9)
        {
            Name (_HID, EisaId ("PNP0A08"))
            Name (_CID, EisaId ("PNP0A03"))
            Name (_UID, 9)
            Name (_SEG, 1)
            Name (_BBN, 0)
            Name (_CRS, ResourceTemplate ()
            {
                WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode, 0, 0, 1, 0, 2)
            })
        }
    }
}
