// A device whose driver handles a general-purpose event itself: that of QEMU's processors, which the firmware has a method
// for.
DefinitionBlock ("", "SSDT", 2, "PROTEU", "GPE", 1)
{
    Scope (\_SB)
    {
        Device (TEV0)
        {
            Name (_HID, "TEST0001")
            Name (_GPE, 2)
            Method (FIRE, 1) { Notify (TEV0, Arg0) Return (Arg0) }
        }
    }
}
