// Devices that wake the machine, with what they need for it; fans, and zones that want them.
DefinitionBlock ("wake.aml", "DSDT", 2, "PROTEU", "WAKE", 1)
{
    Name (\STPS, 0) // calls of the methods that follow, the last in the lowest digit
    Method (\STEP, 1) { STPS = (STPS << 4) | Arg0 }
    PowerResource (\PWRA, 0, 0)
    {
        Name (ISON, 0)
        Method (_STA) { Return (ISON) }
        Method (_ON) { ISON = 1 STEP (1) }
        Method (_OFF) { ISON = 0 STEP (2) }
    }
    PowerResource (\PWRB, 0, 1)
    {
        Name (ISON, 0)
        Name (DEAD, 0)
        Method (_STA) { Return (ISON) }
        Method (_ON) { If (DEAD) { Local1 = 0 Divide (1, Local1, , Local0) } ISON = 1 STEP (3) }
        Method (_OFF) { ISON = 0 STEP (4) }
    }
    Method (\BRKB, 1) { \PWRB.DEAD = Arg0 }
    Scope (\_GPE) { Method (_L05) { STEP (7) Notify (\_SB.WMET, 2) } }
    Scope (\_SB)
    {
        Device (WGPE) // its event has no method
        {
            Name (_HID, "PRTS0001")
            Name (_PRW, Package () { 4, 3, PWRA })
            Name (_S3W, 2)
            Name (_S1D, 1)
            Name (SAID, 0)
            Method (_DSW, 3) { SAID = Arg0 | (Arg1 << 4) | (Arg2 << 8) STEP (5) }
        }
        Device (WMET)
        {
            Name (_HID, "PRTS0001")
            Name (_PRW, Package () { 5, 1 })
            Name (SAID, 0)
            Method (_PSW, 1) { SAID = Arg0 STEP (6) }
        }
        Device (BOTH) // the event of another one, and its power
        {
            Name (_HID, "PRTS0001")
            Name (_PRW, Package () { 4, 4, PWRA, PWRB })
        }
        Device (BAD0) { Name (_HID, "PRTS0002") Name (_PRW, Package () { Package () { 4 }, 3 }) }
        Device (BAD1) { Name (_HID, "PRTS0002") Name (_PRW, 4) }
        Device (BAD2) { Name (_HID, "PRTS0002") Name (_PRW, Package () { 4, 9 }) }
        Device (FAN0)
        {
            Name (_HID, EisaId ("PNP0C0B"))
            Name (_UID, 0)
            Name (_PR0, Package () { PWRA, PWRB })
        }
        Device (FAN1)
        {
            Name (_HID, EisaId ("PNP0C0B"))
            Name (_UID, 1)
            Name (RUNS, 15)
            Method (_PS0) { RUNS = 1 }
            Method (_PS3) { RUNS = 0 }
        }
    }
    Scope (\_TZ)
    {
        ThermalZone (HOT0)
        {
            Name (HEAT, 3000)
            Method (_TMP) { Return (HEAT) }
            Method (SETT, 1) { HEAT = Arg0 }
            Name (_CRT, 3700)
            Name (_PSV, 3500)
            Name (_AC0, 3400)
            Name (_AL0, Package () { \_SB.FAN0, \_SB.FAN1 })
            Name (_AC1, 3300)
            Name (_AL1, Package () { \_SB.FAN1 })
        }
        ThermalZone (HOT1)
        {
            Name (HEAT, 3000)
            Method (_TMP) { Return (HEAT) }
            Method (SETT, 1) { HEAT = Arg0 }
            Name (_AC0, 3300)
            Name (_AL0, Package () { \_SB.FAN1 })
        }
        ThermalZone (NONE) { Method (_TMP) { Local1 = 0 Divide (1, Local1, , Local0) Return (Local0) } }
    }
}
