// A desktop machine: a root bridge with windows, ISA devices below it, two kinds of interrupt routing.
DefinitionBlock ("pc.aml", "DSDT", 2, "PROTEU", "PC", 1)
{
    Name (PICM, 0)
    Method (\_PIC, 1) { PICM = Arg0 }

    Scope (\_SB)
    {
        Device (PCI0)
        {
            Name (_HID, EisaId ("PNP0A08"))
            Name (_CID, EisaId ("PNP0A03"))
            Name (_UID, 0)
            Name (_SEG, 0)
            Name (_BBN, 0)
            Name (_CRS, ResourceTemplate ()
            {
                WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode, 0, 0, 0x7F, 0, 0x80)
                IO (Decode16, 0xCF8, 0xCF8, 1, 8)
                WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange, 0, 0, 0xCF7, 0, 0xCF8)
                WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange, 0, 0xD00, 0xFFFF, 0, 0xF300)
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                    0, 0xC0000000, 0xFEBFFFFF, 0, 0x3EC00000)
                QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, Prefetchable, ReadWrite,
                    0, 0x800000000, 0xFFFFFFFFF, 0, 0x800000000)
                QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, Cacheable, ReadWrite,
                    0, 0, 0, 0, 0, ,, NONE)
            })
            Method (_OSC, 4)
            {
                CreateDWordField (Arg3, 0, STAT)
                CreateDWordField (Arg3, 8, CTRL)
                If (Arg0 == ToUUID ("33db4d5b-1ff7-401c-9657-7441c03dd766")) { CTRL &= 0x15 }
                Else { STAT |= 4 }
                Return (Arg3)
            }
            Method (_PRT)
            {
                If (PICM) { Return (AR00) }
                Return (Package () {})
            }
            Name (AR00, Package ()
            {
                Package () { 0x0001FFFF, 0, 0, 16 },
                Package () { 0x0001FFFF, 1, 0, 17 },
                Package () { 0x0002FFFF, 0, \_SB.LNKA, 0 },
                Package () { 0x0002FFFF, 1, \_SB.LNKB, 0 },
                Package () { 0x0002FFFF, 2, \_SB.LNKC, 0 },
                Package () { 0x0004FFFF, 0, 0, 20 },
                Package () { 0x0004FFFF, 1, 0, 21 },
                Package () { 0x0004FFFF, 2, 0, 22 },
                Package () { 0x0004FFFF, 3, 0, 23 }
            })
            Device (RP01) // a bridge with a table of its own
            {
                Name (_ADR, 0x001C0000)
                Name (_PRT, Package () { Package () { 0xFFFF, 0, 0, 18 } })
                Device (SLOT)
                {
                    Name (_ADR, 0)
                    Name (EJCT, 0)
                    Method (_EJ0, 1) { EJCT = Arg0 }
                    Method (_STA) { Return (0x0F - EJCT) }
                }
            }
            Device (BR04) { Name (_ADR, 0x00040000) } // without one

            Device (ISA)
            {
                Name (_ADR, 0x001F0000)
                Device (COM1)
                {
                    Name (_HID, EisaId ("PNP0501"))
                    Name (_UID, 1)
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x3F8, 0x3F8, 0, 8)
                        IRQNoFlags () { 4 }
                    })
                }
                Device (COM2)
                {
                    Name (_HID, EisaId ("PNP0501"))
                    Name (_UID, 2)
                    Name (ENAB, 0)
                    Name (RSRC, ResourceTemplate ()
                    {
                        IO (Decode16, 0x2F8, 0x2F8, 0, 8, PORT)
                        IRQNoFlags (LINE) { 3 }
                    })
                    Method (_STA) { If (ENAB) { Return (0x0F) } Return (0x0D) }
                    Method (_CRS) { Return (RSRC) }
                    Name (_PRS, ResourceTemplate ()
                    {
                        StartDependentFn (0, 0)
                        {
                            IO (Decode16, 0x2F8, 0x2F8, 0, 8)
                            IRQNoFlags () { 3, 4, 5 }
                        }
                        StartDependentFn (1, 2)
                        {
                            IO (Decode16, 0x2E8, 0x2E8, 0, 8)
                            IRQNoFlags () { 10 }
                        }
                        EndDependentFn ()
                    })
                    Method (_SRS, 1)
                    {
                        CreateWordField (Arg0, 2, NEWP)
                        CreateWordField (Arg0, 9, NEWI)
                        CreateWordField (RSRC, 2, OLDP)
                        CreateWordField (RSRC, 4, OLDH)
                        CreateWordField (RSRC, 9, OLDI)
                        OLDP = NEWP
                        OLDH = NEWP
                        OLDI = NEWI
                        ENAB = 1
                    }
                    Method (_DIS) { ENAB = 0 }
                }
                Device (KBD)
                {
                    Name (_HID, EisaId ("PNP0303"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x60, 0x60, 1, 1)
                        IO (Decode16, 0x64, 0x64, 1, 1)
                        IRQNoFlags () { 1 }
                    })
                }
                Device (TMR)
                {
                    Name (_HID, EisaId ("PNP0100"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x40, 0x40, 0, 4)
                        IRQNoFlags () { 0 }
                    })
                }
                Device (FDC)
                {
                    Name (_HID, EisaId ("PNP0700"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x3F2, 0x3F2, 0, 4)
                        FixedIO (0x3F7, 1)
                        IRQ (Level, ActiveLow, Shared) { 6 }
                        DMA (Compatibility, NotBusMaster, Transfer8) { 2 }
                    })
                }
            }
        }

        Device (LNKA) // connected by the firmware
        {
            Name (_HID, EisaId ("PNP0C0F"))
            Name (_UID, 1)
            Name (_PRS, ResourceTemplate () { Interrupt (, Level, ActiveHigh, Shared) { 5, 10, 11 } })
            Name (_CRS, ResourceTemplate () { Interrupt (, Level, ActiveHigh, Shared) { 10 } })
            Method (_SRS, 1) {}
        }
        Device (LNKB) // not connected: it gets what is used least
        {
            Name (_HID, EisaId ("PNP0C0F"))
            Name (_UID, 2)
            Name (CHOS, 0)
            Name (_PRS, ResourceTemplate () { Interrupt (, Level, ActiveHigh, Shared) { 10, 11 } })
            Name (BUFA, ResourceTemplate () { Interrupt (, Level, ActiveHigh, Shared, ,, LINE) { 0 } })
            Method (_STA) { If (CHOS) { Return (0x0B) } Return (0x09) }
            Method (_CRS)
            {
                CreateDWordField (BUFA, ^LINE._INT, NUM)
                NUM = CHOS
                Return (BUFA)
            }
            Method (_SRS, 1)
            {
                CreateDWordField (Arg0, 5, NUM)
                CHOS = NUM
            }
        }
        Device (LNKC) // cannot be connected
        {
            Name (_HID, EisaId ("PNP0C0F"))
            Name (_UID, 3)
            Name (_STA, 0x09)
        }
        Device (HPET)
        {
            Name (_HID, EisaId ("PNP0103"))
            Name (_CRS, ResourceTemplate () { Memory32Fixed (ReadOnly, 0xFED00000, 0x400) })
        }
        Device (MIXD)
        {
            Name (_HID, "PRTS0001")
            Name (_UID, "odd")
            Name (_CRS, ResourceTemplate ()
            {
                Memory24 (ReadWrite, 0x1000, 0x2000, 4, 0x10)
                Memory32 (ReadWrite, 0xE0000000, 0xEFFFE000, 0x1000, 0x2000)
                DWordMemory (ResourceConsumer, PosDecode, MinNotFixed, MaxNotFixed, NonCacheable, ReadWrite,
                    0xFFF, 0xF0000000, 0xF0FFFFFF, 0, 0x1000)
                IO (Decode10, 0x100, 0x300, 0x10, 0x10)
                Interrupt (ResourceConsumer, Edge, ActiveLow, Exclusive) { 40 }
                VendorShort () { 1, 2, 3 }
            })
        }
    }
}
