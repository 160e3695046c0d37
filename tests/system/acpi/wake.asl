// A device that wakes the machine: the firmware tells so when it is asked (FIRE), when it looks at a thermal zone (SETT 1), or
// when the machine has slept (SETT 2).
DefinitionBlock ("", "SSDT", 2, "PROTEU", "WAKE", 1)
{
    Method (\_WAK, 1, Serialized)
    {
        If (\_SB.WDEV.TELL == 2)
        {
            \_SB.WDEV.TELL = 0
            Notify (\_SB.WDEV, 2)
        }
        Return (Package () { 0, 0 })
    }
    Scope (\_SB)
    {
        Device (WDEV)
        {
            Name (_HID, "TEST0001")
            Name (_PRW, Package () { 4, 3 })
            Name (_S3W, 3)
            Name (ARMS, 4)
            Name (TELL, 0)
            Name (SAID, 0) // what _DSW was called with last, in digits: device state, system state, on
            Name (DEEP, 0) // and what for a sleep
            Method (_DSW, 3, Serialized)
            {
                SAID = Arg0 | (Arg1 << 4) | (Arg2 << 8)
                If (Arg1)
                {
                    DEEP = SAID
                }
            }
            Method (SETT, 1) { TELL = Arg0 Return (Arg0) }
            Method (FIRE) { Notify (WDEV, 2) Return (0) }
        }
        Device (SLPB)
        {
            Name (_HID, EisaId ("PNP0C0E"))
            Name (_PRW, Package () { 6, 3 })
            Method (FIRE) { Notify (SLPB, 0x80) Return (0) }
        }
    }
    Scope (\_TZ)
    {
        ThermalZone (LOOK)
        {
            Name (_TZP, 10)
            Method (_TMP, 0, Serialized)
            {
                If (\_SB.WDEV.TELL == 1)
                {
                    \_SB.WDEV.TELL = 0
                    Notify (\_SB.WDEV, 2)
                }
                Return (3000)
            }
        }
    }
}
