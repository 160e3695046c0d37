// What QEMU's machines do not have: batteries, a power supply, a lid, a sleep button, thermal zones. Methods of the
// tests' own change them.
DefinitionBlock ("", "SSDT", 2, "PROTEU", "MOBILE", 1)
{
    Scope (\_SB)
    {
        Name (LINE, 1)
        Device (ADP1)
        {
            Name (_HID, "ACPI0003")
            Method (_PSR) { Return (LINE) }
            Method (PLUG, 1) { LINE = Arg0 Notify (ADP1, 0x80) }
        }
        Device (BAT0) // tells currents
        {
            Name (_HID, EisaId ("PNP0C0A"))
            Name (_UID, 1)
            Name (LEFT, 2000)
            Method (_STA) { Return (0x1F) }
            Method (_BIF)
            {
                Return (Package () { 1, 4400, 4000, 1, 10000, 400, 200, 10, 10,
                                     "BAT42", "0815", "LION", "ACME" })
            }
            Method (_BST)
            {
                If (LINE) { Return (Package () { 2, 500, LEFT, 12000 }) }
                Return (Package () { 1, 1000, LEFT, 11500 })
            }
            Method (USED, 1) { LEFT = Arg0 Notify (BAT0, 0x80) }
        }
        Device (BAT1) // comes and goes, and tells powers
        {
            Name (_HID, EisaId ("PNP0C0A"))
            Name (_UID, 2)
            Name (HERE, 0)
            Method (_STA) { If (HERE) { Return (0x1F) } Return (0x0F) }
            Method (_BIX)
            {
                Return (Package () { 1, 0, 50000, 45000, 1, 11100, 5000, 2500, 87,
                                     80000, 500, 500, 500, 500, 10, 10, "BAT43", "4711", "LiP", "ACME", 0 })
            }
            Method (_BST) { Return (Package () { 0, 0, 45000, 12000 }) }
            Method (PUTI, 1) { HERE = Arg0 Notify (BAT1, 0x81) }
        }
        Device (LID0)
        {
            Name (_HID, EisaId ("PNP0C0D"))
            Name (OPEN, 1)
            Method (_LID) { Return (OPEN) }
            Method (MOVE, 1) { OPEN = Arg0 Notify (LID0, 0x80) }
        }
        Device (SLPB)
        {
            Name (_HID, EisaId ("PNP0C0E"))
            Method (FIRE) { Notify (SLPB, 0x80) }
        }
    }
    Scope (\_TZ)
    {
        ThermalZone (COOL) // looked at every second
        {
            Name (_TZP, 10)
            Name (_CRT, 3700)
            Name (_PSV, 3500)
            Name (_AC0, 3400)
            Name (_AC1, 3300)
            Name (LOOK, 0)
            Method (_TMP, 0, Serialized) { LOOK += 1 Return (3000) }
        }
        ThermalZone (BADZ) { Method (_TMP) { Local0 = 0 Divide (1, Local0, , Local1) Return (Local1) } }
    }
}
