// The firmware can have the keyboard wake the machine.
DefinitionBlock ("", "SSDT", 2, "PROTEU", "KEYBOARD", 1)
{
    External (\_SB.PCI0.ISA.KBD, DeviceObj)
    Scope (\_SB.PCI0.ISA.KBD)
    {
        Name (_PRW, Package () { 7, 3 })
        Name (ARMD, 0)
        Method (_PSW, 1) { ARMD = Arg0 }
    }
}
