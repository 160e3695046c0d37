// What firmware should not do: methods that do not end, take what there is, or return what they must not.
DefinitionBlock ("hostile.aml", "DSDT", 2, "PROTEU", "HOSTILE", 1)
{
    Scope (\_SB)
    {
        Device (GOOD) { Name (_HID, "PRTS0001") Name (_UID, 1) }
        Device (LOOP) // does not end
        {
            Name (_HID, "PRTS0002")
            Method (_STA) { While (One) { } Return (0x0F) }
        }
        Device (DEEP) // calls itself
        {
            Name (_HID, "PRTS0003")
            Method (RECU, 1) { Return (RECU (Arg0 + 1)) }
            Method (_STA) { Return (RECU (0)) }
        }
        Device (HUGE) // wants all memory
        {
            Name (_HID, "PRTS0004")
            Method (_STA)
            {
                Local0 = Buffer (0x7FFFFFFF) {}
                Return (SizeOf (Local0))
            }
        }
        Device (GROW) // takes more and more
        {
            Name (_HID, "PRTS0005")
            Method (_STA)
            {
                Local0 = "x"
                While (One) { Local0 = Concatenate (Local0, Local0) }
                Return (0x0F)
            }
        }
        Device (TYPE) // other types than the specification says
        {
            Name (_HID, "PRTS0006")
            Name (_UID, Package () { 1 })
            Name (_CID, Buffer () { 1, 2, 3 })
            Name (_CRS, 5)
            Name (_PRS, "resources")
            Name (_STA, 0x0F)
            Name (_SUB, 7)
            Name (_HRV, "x")
        }
        Device (NOID) { Name (_HID, Package () { "PRTS0007" }) }
        Device (ODID) { Name (_HID, "") }
        Device (LONG)
        {
            Name (_HID, "PRTS0008")
            Name (_UID, "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789")
        }
        Device (CUT1) // a large descriptor that goes on behind the buffer
        {
            Name (_HID, "PRTS0009")
            Name (_CRS, Buffer () { 0x8A, 0x2B, 0x00, 0x00, 0x0C })
        }
        Device (CUT2) // no end
        {
            Name (_HID, "PRTS000A")
            Name (_CRS, Buffer () { 0x47, 0x01, 0xF8, 0x03, 0xF8, 0x03, 0x00, 0x08 })
        }
        Device (CUT3) // a descriptor of an unknown kind, lengths of all ones
        {
            Name (_HID, "PRTS000B")
            Name (_CRS, Buffer () { 0xFF, 0xFF, 0xFF, 0x79, 0x00 })
        }
        Device (CUT4)
        {
            Name (_HID, "PRTS000C")
            Name (_CRS, Buffer () {})
        }
        Device (WRAP) // ranges that wrap around, that are empty or the wrong way round
        {
            Name (_HID, "PRTS000D")
            Method (_CRS)
            {
                Name (RBUF, ResourceTemplate ()
                {
                    QWordMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                        0, 0, 0xFFF, 0, 0x1000, ,, QMEM)
                    IO (Decode16, 0xFFF8, 0xFFF8, 1, 8, PORT)
                    DWordIO (ResourceConsumer, MinFixed, MaxFixed, PosDecode, EntireRange,
                        0, 0, 0xFF, 0, 0x100, ,, DPRT)
                    WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode, 0, 0, 1, 0, 2, ,, BUSN)
                    IO (Decode16, 0x300, 0x300, 1, 8)
                })
                CreateQWordField (RBUF, QMEM._MIN, QMIN)
                CreateQWordField (RBUF, QMEM._LEN, QLEN)
                CreateWordField (RBUF, PORT._MIN, PMIN)
                CreateWordField (RBUF, PORT._MAX, PMAX)
                CreateDWordField (RBUF, DPRT._MIN, DMIN)
                CreateWordField (RBUF, BUSN._MIN, BMIN)
                QMIN = 0xFFFFFFFFFFFFF000
                QLEN = 0x2000
                PMIN = 0xFFFC
                PMAX = 0x10
                DMIN = 0xFFFFFF80
                BMIN = 0xFFFF
                Return (RBUF)
            }
        }
        Device (PCI0)
        {
            Name (_HID, EisaId ("PNP0A03"))
            Name (_SEG, "one")
            Name (_BBN, 0xFFFFFFFFFFFF)
            Name (_CRS, Buffer () { 0x79, 0x00 })
            Method (_OSC, 4) { Return (Buffer (2) {}) }
            Method (_PRT)
            {
                Return (Package ()
                {
                    Package () { 0x0001FFFF, 0, \_SB.GOOD, 0 },
                    Package () { 0x0002FFFF, 7, 0, 16 },
                    Package () { 0x0003FFFF },
                    5
                })
            }
            Device (SELF)
            {
                Method (_ADR) { While (One) { } Return (0) }
                
            }
        }
        Device (ININ) // initialisation that fails
        {
            Name (_HID, "PRTS000E")
            Method (_INI) { Local0 = DerefOf (Index (Package () { 1 }, 9)) }
        }
    }
}
