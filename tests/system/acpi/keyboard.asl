// The firmware can have the keyboard (KEYBOARD: its path) wake the machine.
DefinitionBlock ("", "SSDT", 2, "PROTEU", "WAKEKEYB", 1)
{
    External (KEYBOARD, DeviceObj)
    Scope (KEYBOARD)
    {
        Name (_PRW, Package () { 7, 3 })
        Name (ARMD, 0)
        Method (_PSW, 1) { ARMD = Arg0 }
    }
}
