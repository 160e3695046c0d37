// A thermal zone that gets hotter each time that somebody looks, and does not say so itself.
DefinitionBlock ("", "SSDT", 2, "PROTEU", "HOT", 1)
{
    Scope (\_TZ)
    {
        ThermalZone (HOTT)
        {
            Name (_TZP, 10)
            Name (_CRT, 3700)
            Name (HEAT, 3000)
            Method (_TMP, 0, Serialized) { HEAT += 100 Return (HEAT) }
        }
    }
}
