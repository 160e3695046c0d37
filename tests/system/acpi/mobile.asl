// What QEMU's machines do not have: a battery, a power supply, a lid, a thermal zone that is looked at every second.
DefinitionBlock ("", "SSDT", 2, "PROTEU", "MOBILE", 1)
{
    Scope (\_SB)
    {
        Device (ADP1) { Name (_HID, "ACPI0003") Method (_PSR) { Return (1) } }
        Device (BAT0)
        {
            Name (_HID, EisaId ("PNP0C0A"))
            Name (_UID, 1)
            Method (_STA) { Return (0x1F) }
            Method (_BST) { Return (Package () { 1, 500, 4000, 12000 }) }
        }
        Device (LID0) { Name (_HID, EisaId ("PNP0C0D")) Method (_LID) { Return (1) } }
    }
    Scope (\_TZ)
    {
        ThermalZone (COOL)
        {
            Name (_TZP, 10)
            Name (_CRT, 3700)
            Name (LOOK, 0)
            Method (_TMP, 0, Serialized) { LOOK += 1 Return (3000) }
        }
    }
}
