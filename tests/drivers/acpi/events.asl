// Devices for acpitest.sys: what drivers may ask of one, and what it hears of.
DefinitionBlock ("", "SSDT", 2, "PROTEU", "EVENTS", 1)
{
    External (\_SB.PCI0, DeviceObj)
    Scope (\_SB)
    {
        Device (TEV0)
        {
            Name (_HID, "TEST0001")
            Name (_UID, 0)
            // Of the general-purpose events 8 to 15: are they on?
            OperationRegion (GPEB, SystemIO, 0x620, 0x10)
            Field (GPEB, ByteAcc, NoLock, Preserve) { Offset (9), ENA1, 8 }
            Method (ENAB, 0) { Return (ENA1) }
            Method (FIRE, 1) { Notify (TEV0, Arg0) }
            Method (ECHO, 1) { Return (Arg0) }
            Method (PLUS, 2) { Return (Arg0 + Arg1) }
            Method (LOOP, 1) { Sleep (Arg0) Return (Arg0) }
            Method (TRYL, 0)
            {
                Local0 = Acquire (\_GL, 100)
                If (!Local0) { Release (\_GL) }
                Return (Local0)
            }
            // What it takes to wake the machine, and whether it is on.
            Name (_PRW, Package () { 10, 3, WPWR })
            Name (_S3W, 2)
            Name (RESN, 0)
            PowerResource (WPWR, 0, 0)
            {
                Method (_STA) { Return (RESN) }
                Method (_ON) { RESN = 1 }
                Method (_OFF) { RESN = 0 }
            }
            Name (DSWS, 0)
            Method (_DSW, 3) { DSWS = Arg0 | (Arg1 << 4) | (Arg2 << 8) }
            Name (PSTA, 15)
            Method (_PS0) { PSTA = 0 }
            Method (_PS3) { PSTA = 3 }
            Name (PACK, Package () { 1, "two", Buffer () { 3, 3 }, Package () { 4, 5 } })
            Device (KID0)
            {
                Name (_ADR, 0)
                Device (GRND) { Name (_ADR, 0) }
            }
            Device (KID1) { Name (_ADR, 1) }
        }
        // Below it nothing is of interest: it is another one.
        Device (TEV1)
        {
            Name (_HID, "TEST0001")
            Name (_UID, 1)
        }
    }
    // A function of PCI: QEMU's edu. Function 0 has an object in QEMU's tables.
    Scope (\_SB.PCI0)
    {
        Device (EDU0)
        {
            Name (_ADR, 0x00090001)
            Name (_PRW, Package () { 11, 4 })
            Name (PSWS, 0)
            Method (_PSW, 1) { PSWS = Arg0 }
            Method (ENAB, 0) { Return (\_SB.TEV0.ENAB ()) }
            Method (FIRE, 1) { Notify (EDU0, Arg0) }
            Method (ECHO, 1) { Return (Arg0) }
            Method (TRYL, 0) { Return (\_SB.TEV0.TRYL ()) }
        }
    }
}
