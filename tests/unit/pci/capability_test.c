// The lists of capabilities, also of devices that lie; what drivers may write; identifiers.
#include "fake.h"

#include <string.h>

static FAKE Fake;

static void Capability(uint32_t Offset, uint32_t Id, uint32_t Next)
{
    FakeSet(&Fake, Offset, 1, Id);
    FakeSet(&Fake, Offset + 1, 1, Next);
}

static void Begin(uint32_t First)
{
    FakeFunction(&Fake, 0);
    FakeSet(&Fake, PciRegisterStatus, 2, PciStatusCapabilities);
    FakeSet(&Fake, PciRegisterCapabilities, 1, First);
}

static uint32_t Count(void)
{
    uint32_t Id, Found = 0;
    for (uint32_t Place = PciNextCapability(&Fake.Space, 0, &Id); Place;
         Place = PciNextCapability(&Fake.Space, Place, &Id)) {
        Found++;
        assert_true(Found <= 48);
    }
    return Found;
}

static void List(void **state)
{
    (void)state;
    Begin(0x80);
    Capability(0x80, PciCapabilityMsi, 0xA8);
    Capability(0xA8, PciCapabilityMsix, 0x43); // the two lowest bits do not count
    Capability(0x40, PciCapabilityPower, 0);
    assert_int_equal(Count(), 3);
    assert_int_equal(PciFindCapability(&Fake.Space, PciCapabilityPower), 0x40);
    assert_int_equal(PciFindCapability(&Fake.Space, PciCapabilityMsix), 0xA8);
    assert_int_equal(PciFindCapability(&Fake.Space, PciCapabilityExpress), 0);
    FakeSet(&Fake, PciRegisterStatus, 2, 0);
    assert_int_equal(Count(), 0);
}

static void Circles(void **state)
{
    (void)state;
    Begin(0x40);
    Capability(0x40, 9, 0x40);
    assert_int_equal(Count(), 1);
    Capability(0x40, 9, 0x50);
    Capability(0x50, 9, 0x60);
    Capability(0x60, 9, 0x50);
    assert_int_equal(Count(), 3);
    assert_int_equal(PciFindCapability(&Fake.Space, 1), 0);
    Begin(0x10); // into the header
    assert_int_equal(Count(), 0);
    Begin(0xFC);
    assert_int_equal(Count(), 0);
}

static void Everywhere(void **state)
{
    (void)state;
    Begin(0x40);
    for (uint32_t i = 0x40; i < 0xF8; i += 4)
        Capability(i, 9, i + 4);
    Capability(0xF8, 9, 0x40);
    assert_int_equal(Count(), (0xFC - 0x40) / 4);
}

static void Ones(void **state)
{
    uint32_t Id;
    (void)state;
    FakeInit(&Fake, 256);
    assert_int_equal(Count(), 0);
    assert_int_equal(PciNextExtended(&Fake.Space, 0, &Id), 0);
    FakeInit(&Fake, 4096);
    assert_int_equal(PciNextExtended(&Fake.Space, 0, &Id), 0);
}

static void Extended(void **state)
{
    uint32_t Id;
    (void)state;
    FakeFunction(&Fake, 0);
    FakeSet(&Fake, 0x100, 4, 0x1501'0001);
    FakeSet(&Fake, 0x150, 4, 0x0001'000E);
    assert_int_equal(PciFindExtended(&Fake.Space, PciExtendedAri), 0x150);
    assert_int_equal(PciFindExtended(&Fake.Space, 0x77), 0);
    FakeSet(&Fake, 0x150, 4, 0x1001'000E); // back to the first
    assert_int_equal(PciNextExtended(&Fake.Space, 0x150, &Id), 0);
    FakeSet(&Fake, 0x150, 4, 0x1501'000E); // to itself
    assert_int_equal(PciNextExtended(&Fake.Space, 0x150, &Id), 0);
    FakeSet(&Fake, 0x150, 4, 0xFFD1'000E); // to the end
    assert_int_equal(PciNextExtended(&Fake.Space, 0x150, &Id), 0);
    Fake.Space.Length = 256;
    assert_int_equal(PciFindExtended(&Fake.Space, PciExtendedAri), 0);
}

static void DriverBytes(void **state)
{
    PCI_HEADER Header;
    (void)state;
    Begin(0x50);
    Capability(0x50, PciCapabilityMsi, 0x70);
    FakeSet(&Fake, 0x52, 2, 0x80); // 64 bits: 14 bytes
    Capability(0x70, 9, 0);
    assert_true(PciReadHeader(&Fake.Space, &Header));
    assert_false(PciIsDriverByte(&Fake.Space, &Header, PciRegisterBar0));
    assert_false(PciIsDriverByte(&Fake.Space, &Header, PciRegisterCommand));
    assert_true(PciIsDriverByte(&Fake.Space, &Header, PciRegisterLatency));
    assert_false(PciIsDriverByte(&Fake.Space, &Header, 0x54));
    assert_false(PciIsDriverByte(&Fake.Space, &Header, 0x5D));
    assert_true(PciIsDriverByte(&Fake.Space, &Header, 0x5E));
    assert_false(PciIsDriverByte(&Fake.Space, &Header, 0x71)); // the link
    assert_true(PciIsDriverByte(&Fake.Space, &Header, 0x72));
    assert_true(PciIsDriverByte(&Fake.Space, &Header, 0x100));
    assert_false(PciIsDriverByte(&Fake.Space, &Header, 0x1000));
}

static void Identifiers(void **state)
{
    static const char Hardware[] = "PCI\\VEN_8086&DEV_2922&SUBSYS_11001AF4&REV_02\0"
                                   "PCI\\VEN_8086&DEV_2922&SUBSYS_11001AF4\0"
                                   "PCI\\VEN_8086&DEV_2922&CC_010601\0"
                                   "PCI\\VEN_8086&DEV_2922&CC_0106\0";
    static const char Compatible[] = "PCI\\VEN_8086&DEV_2922&REV_02\0"
                                     "PCI\\VEN_8086&DEV_2922\0"
                                     "PCI\\VEN_8086&CC_010601\0"
                                     "PCI\\VEN_8086&CC_0106\0"
                                     "PCI\\VEN_8086\0"
                                     "PCI\\CC_010601&DT_4\0"
                                     "PCI\\CC_010601\0"
                                     "PCI\\CC_0106&DT_4\0"
                                     "PCI\\CC_0106\0";
    char List[PciIdentifierBytes];
    PCI_HEADER Header;
    (void)state;
    FakeFunction(&Fake, 0);
    assert_true(PciReadHeader(&Fake.Space, &Header));
    PciDeviceId(&Header, List);
    assert_string_equal(List, Hardware);
    PciHardwareIds(&Header, List);
    assert_memory_equal(List, Hardware, sizeof(Hardware));
    PciCompatibleIds(&Header, 4, List);
    assert_memory_equal(List, Compatible, sizeof(Compatible));
    PciCompatibleIds(&Header, -1, List);
    assert_null(strstr(List + strlen(List) + 1, "DT_"));
    assert_string_equal(PciDescription(&Header), "SATA AHCI Controller");
    Header.Class = 0xFE;
    assert_string_equal(PciDescription(&Header), "PCI Device");
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(List),        cmocka_unit_test(Circles),  cmocka_unit_test(Everywhere),
        cmocka_unit_test(Ones),        cmocka_unit_test(Extended), cmocka_unit_test(DriverBytes),
        cmocka_unit_test(Identifiers),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
