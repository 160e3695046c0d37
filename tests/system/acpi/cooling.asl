// A thermal zone with a fan, whose temperature the tests set.
DefinitionBlock ("", "SSDT", 2, "PROTEU", "COOLING", 1)
{
    Scope (\_SB)
    {
        PowerResource (FANP, 0, 0)
        {
            Name (ISON, 0)
            Method (_STA) { Return (ISON) }
            Method (_ON) { ISON = 1 }
            Method (_OFF) { ISON = 0 }
        }
        Device (FAN0)
        {
            Name (_HID, EisaId ("PNP0C0B"))
            Name (_PR0, Package () { FANP })
        }
    }
    Scope (\_TZ)
    {
        ThermalZone (ROOM)
        {
            Name (HEAT, 3000)
            Method (_TMP) { Return (HEAT) }
            Name (_AC0, 3300)
            Name (_AL0, Package () { \_SB.FAN0 })
            Name (_PSV, 3500)
            Name (_CRT, 3700)
            Method (SETT, 1, Serialized) { HEAT = Arg0 Notify (ROOM, 0x80) Return (Arg0) }
        }
    }
}
