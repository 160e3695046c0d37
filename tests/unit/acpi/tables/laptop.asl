// A mobile machine: embedded controller, battery, lid, processors of both kinds, containers, and identifiers as real
// firmware writes them, rightly or not.
DefinitionBlock ("laptop.aml", "DSDT", 2, "PROTEU", "LAPTOP", 1)
{
    Scope (\_SB)
    {
        Device (PWRB) { Name (_HID, EisaId ("PNP0C0C")) }
        Device (LID0) { Name (_HID, EisaId ("PNP0C0D")) Method (_LID) { Return (1) } }
        Device (ADP1) { Name (_HID, "ACPI0003") Method (_PSR) { Return (1) } }
        Device (CPUS)
        {
            Name (_HID, "ACPI0010")
            Name (_CID, EisaId ("PNP0A05"))
            Device (C000) { Name (_HID, "ACPI0007") Name (_UID, 0) }
            Device (C001) { Name (_HID, "ACPI0007") Name (_UID, 1) }
            Device (C002) { Name (_HID, "ACPI0007") Name (_UID, 2) Name (_STA, 0) }
        }
        Device (PCI0)
        {
            Name (_HID, EisaId ("PNP0A08"))
            Name (_CID, EisaId ("PNP0A03"))
            Device (LPC)
            {
                Name (_ADR, 0x001F0000)
                Device (EC)
                {
                    Name (_HID, EisaId ("PNP0C09"))
                    Name (_GPE, 0x17)
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x62, 0x62, 0, 1)
                        IO (Decode16, 0x66, 0x66, 0, 1)
                    })
                    OperationRegion (RAM, EmbeddedControl, 0, 0xFF)
                    Field (RAM, ByteAcc, Lock, Preserve) { STAT, 8, TEMP, 8, RATE, 16 }
                    Name (GOT, 0)
                    Method (_Q1A) { GOT += 1 }
                    Method (GETT) { Return (TEMP) }
                    Method (GETR) { Return (RATE) }
                    Method (SETT, 1) { TEMP = Arg0 }
                    Device (BAT0)
                    {
                        Name (_HID, EisaId ("PNP0C0A"))
                        Name (_UID, 1)
                        Method (_STA) { Return (0x1F) }
                    }
                    Device (GONE) { Name (_HID, EisaId ("PNP0C0A")) Name (_UID, 2) Name (_STA, 0) }
                }
                Device (TPM)
                {
                    Name (_HID, "MSFT0101")
                    Name (_SUB, "PRTS1234")
                    Name (_HRV, 0x21)
                    Name (_CID, Package () { "INTC0102", EisaId ("PNP0C31"), "a,b c" })
                }
            }
        }
        Device (TWN1) { Name (_HID, EisaId ("PNP0C02")) Name (_UID, "same") }
        Device (TWN2) { Name (_HID, EisaId ("PNP0C02")) Name (_UID, "same") }
        Device (TWN3) { Name (_HID, EisaId ("PNP0C02")) }
        Device (SPAC) { Name (_HID, EisaId ("PNP0A06")) Name (_UID, "CPU Hotplug resources") }
        Device (HIDE) // neither present nor functioning: nothing below it is looked at
        {
            Name (_HID, "PRTS0002")
            Name (_STA, 0)
            Device (INSD) { Name (_HID, "PRTS0003") }
        }
        Device (FUNC) // not present but functioning: what is below it counts
        {
            Name (_HID, "PRTS0004")
            Name (_STA, 8)
            Device (INSD) { Name (_HID, "PRTS0005") }
        }
        Device (LATE)
        {
            Name (_HID, "PRTS0006")
            Name (HERE, 0)
            Method (_STA) { If (HERE) { Return (0x0F) } Return (0) }
            Method (COME, 1) { HERE = Arg0 }
        }
    }
    Scope (\_TZ)
    {
        ThermalZone (THRM) { Method (_TMP) { Return (3000) } }
        ThermalZone (POLL) // looked at every 30 seconds, above 3500 every 5
        {
            Name (_TZP, 300)
            Name (_TSP, 50)
            Name (_PSV, 3500)
            Name (_CRT, 3700)
            Name (_AC0, 3450)
            Name (_AC1, 3400)
            Name (_TC1, 2)
            Name (MODE, 0)
            Method (_SCP, 1) { MODE = Arg0 }
            Name (HEAT, 3000)
            Method (_TMP) { Return (HEAT) }
            Method (SETT, 1) { HEAT = Arg0 }
        }
        ThermalZone (ODDZ) // nothing of it can be used
        {
            Name (_TZP, "often")
            Name (_CRT, Package () { 1 })
            Method (_TMP) { Return (Buffer () { 1, 2, 3 }) }
        }
    }
    Processor (\_PR.CPU9, 9, 0, 0) {}
}
