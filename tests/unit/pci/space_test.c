// Headers, base address registers and windows.
#include "fake.h"

static FAKE Fake;
static PCI_BAR Bars[PciBarSlots];

static void NothingThere(void **state)
{
    PCI_HEADER Header;
    (void)state;
    FakeInit(&Fake, 256);
    assert_false(PciReadHeader(&Fake.Space, &Header));
    FakeSet(&Fake, PciRegisterId, 4, 0);
    assert_false(PciReadHeader(&Fake.Space, &Header));
    FakeFunction(&Fake, 5); // a type that there is not
    assert_false(PciReadHeader(&Fake.Space, &Header));
}

static void Header(void **state)
{
    PCI_HEADER Header;
    (void)state;
    FakeFunction(&Fake, 0);
    FakeSet(&Fake, PciRegisterHeaderType, 1, PciHeaderMultifunction);
    FakeSet(&Fake, PciRegisterPin, 1, 7);
    assert_true(PciReadHeader(&Fake.Space, &Header));
    assert_int_equal(Header.Vendor, 0x8086);
    assert_int_equal(Header.Device, 0x2922);
    assert_int_equal(Header.SubsystemVendor, 0x1AF4);
    assert_int_equal(Header.Subsystem, 0x1100);
    assert_int_equal(Header.Class, 1);
    assert_int_equal(Header.Subclass, 6);
    assert_int_equal(Header.Interface, 1);
    assert_int_equal(Header.Revision, 2);
    assert_true(Header.Multifunction);
    assert_int_equal(Header.Pin, 0); // there are four
    assert_true(PciIsSameFunction(&Fake.Space, &Header));
    FakeSet(&Fake, PciRegisterId, 2, 0x1AF4);
    assert_false(PciIsSameFunction(&Fake.Space, &Header));
}

static void CheckBar(uint32_t Index, PCI_BAR_KIND Kind, uint64_t Length, uint64_t Address)
{
    assert_int_equal(Bars[Index].Kind, Kind);
    if (Kind == PciBarNone)
        return;
    assert_int_equal(Bars[Index].Length, Length);
    assert_int_equal(Bars[Index].Address, Address);
}

static void AllKinds(void **state)
{
    (void)state;
    FakeFunction(&Fake, 0);
    FakeBar(&Fake, 0x10, 0x1000, 0xFEBF'0000);
    FakeBar(&Fake, 0x14, 32, 0xC041);
    FakeBar(&Fake, 0x18, 1ull << 33, 0x38'0000'000C);
    FakeBar(&Fake, 0x20, 0x400, 0xD'0002);
    FakeBar(&Fake, 0x30, 0x1'0000, 0xFEB0'0000);
    Fake.Writable[0x14 + 2] = Fake.Writable[0x14 + 3] = 0; // 16 bits of ports
    FAKE Before = Fake;
    PciReadBars(&Fake.Space, 0, Bars);
    CheckBar(0, PciBarMemory, 0x1000, 0xFEBF'0000);
    CheckBar(1, PciBarIo, 32, 0xC040);
    CheckBar(2, PciBarMemory, 1ull << 33, 0x38'0000'0000);
    assert_true(Bars[2].Wide && Bars[2].Prefetchable && !Bars[2].Low);
    assert_int_equal(PciHighestAddress(&Bars[2]), UINT64_MAX);
    CheckBar(3, PciBarNone, 0, 0);
    CheckBar(4, PciBarMemory, 0x400, 0xD'0000);
    assert_true(Bars[4].Low);
    assert_int_equal(PciHighestAddress(&Bars[4]), 0xF'FFFF);
    CheckBar(5, PciBarNone, 0, 0);
    CheckBar(PciRomBar, PciBarMemory, 0x1'0000, 0xFEB0'0000);
    assert_true(Bars[PciRomBar].Rom);
    // All is as it was, and nothing was decoded meanwhile.
    assert_memory_equal(Before.Bytes, Fake.Bytes, FakeBytes);
    assert_int_equal(Fake.DecodedProbes, 0);
}

static void LastBarCannotBeWide(void **state)
{
    (void)state;
    FakeFunction(&Fake, 0);
    FakeBar(&Fake, 0x24, 0x1000, 0xFEBF'0004);
    PciReadBars(&Fake.Space, 0, Bars);
    assert_false(Bars[5].Wide);
}

static void AllOnes(void **state)
{
    (void)state;
    FakeInit(&Fake, 256);
    PciReadBars(&Fake.Space, 0, Bars); // pulled out: whatever it says, it ends
    FakeInit(&Fake, 16);               // hardly any space
    PciReadBars(&Fake.Space, 0, Bars);
    PciReadBars(&Fake.Space, 2, Bars);
    for (uint32_t i = 0; i < PciBarSlots; i++)
        assert_int_equal(Bars[i].Kind, PciBarNone);
}

static void WriteBar(void **state)
{
    (void)state;
    FakeFunction(&Fake, 0);
    FakeBar(&Fake, 0x10, 0x4000, 0x4);
    PciReadBars(&Fake.Space, 0, Bars);
    PciWriteBar(&Fake.Space, &Bars[0], 0x40'FE00'4000);
    assert_int_equal(FakeGet(&Fake, 0x10, 4), 0xFE00'4004);
    assert_int_equal(FakeGet(&Fake, 0x14, 4), 0x40);
}

static void BridgeWindows(void)
{
    FakeFunction(&Fake, 1);
    Fake.Writable[0x1C] = Fake.Writable[0x1D] = 0xF0;
    for (uint32_t i = 0x20; i < 0x28; i += 2) {
        Fake.Writable[i] = 0xF0;
        Fake.Writable[i + 1] = 0xFF;
    }
    for (uint32_t i = 0x28; i < 0x30; i++)
        Fake.Writable[i] = 0xFF;
    FakeSet(&Fake, PciBridgePrefetchBase, 2, 1); // 64 bits
    FakeSet(&Fake, PciBridgePrefetchLimit, 2, 1);
}

static void Windows(void **state)
{
    PCI_WINDOW Windows[PciWindowKinds];
    (void)state;
    BridgeWindows();
    FakeSet(&Fake, PciBridgeIoBase, 2, 0xD0C0); // limit, base
    FakeSet(&Fake, PciBridgeMemoryBase, 4, 0xFE90'FE80);
    FakeSet(&Fake, PciBridgePrefetchBase, 4, 0x0011'0001);
    FakeSet(&Fake, PciBridgePrefetchBaseUpper, 4, 8);
    FakeSet(&Fake, PciBridgePrefetchLimitUpper, 4, 8);
    PciReadWindows(&Fake.Space, Windows);
    assert_int_equal(Windows[PciWindowIo].Base, 0xC000);
    assert_int_equal(Windows[PciWindowIo].Limit, 0xDFFF);
    assert_int_equal(Windows[PciWindowMemory].Base, 0xFE80'0000);
    assert_int_equal(Windows[PciWindowMemory].Limit, 0xFE9F'FFFF);
    assert_int_equal(Windows[PciWindowPrefetch].Base, 0x8'0000'0000);
    assert_int_equal(Windows[PciWindowPrefetch].Limit, 0x8'001F'FFFF);
    assert_true(Windows[PciWindowPrefetch].Wide);
}

static void WriteWindows(void **state)
{
    PCI_WINDOW Windows[PciWindowKinds], Again[PciWindowKinds];
    (void)state;
    BridgeWindows();
    PciReadWindows(&Fake.Space, Windows);
    assert_true(Windows[PciWindowIo].Implemented);
    Windows[PciWindowIo].Base = 0x2000;
    Windows[PciWindowIo].Limit = 0x2FFF;
    Windows[PciWindowMemory].Base = 0xE000'0000;
    Windows[PciWindowMemory].Limit = 0xE01F'FFFF;
    Windows[PciWindowPrefetch].Base = 0x10'0000'0000;
    Windows[PciWindowPrefetch].Limit = 0x17'FFFF'FFFF;
    for (uint32_t i = 0; i < PciWindowKinds; i++)
        PciWriteWindow(&Fake.Space, (PCI_WINDOW_KIND)i, &Windows[i]);
    PciReadWindows(&Fake.Space, Again);
    for (uint32_t i = 0; i < PciWindowKinds; i++) {
        assert_int_equal(Again[i].Base, Windows[i].Base);
        assert_int_equal(Again[i].Limit, Windows[i].Limit);
    }
}

static void WindowsNotThere(void **state)
{
    PCI_WINDOW Windows[PciWindowKinds];
    (void)state;
    FakeFunction(&Fake, 1);
    PciReadWindows(&Fake.Space, Windows);
    assert_false(Windows[PciWindowIo].Implemented);
    assert_false(Windows[PciWindowPrefetch].Implemented);
    assert_false(PciIsWindowOpen(&Windows[PciWindowIo]));
}

// Closed for ever.
static void WindowsFixed(void **state)
{
    PCI_WINDOW Windows[PciWindowKinds];
    (void)state;
    FakeFunction(&Fake, 1);
    FakeSet(&Fake, PciBridgeIoBase, 2, 0x00F0);
    FakeSet(&Fake, PciBridgePrefetchBase, 4, 0x0000'FFF0);
    PciReadWindows(&Fake.Space, Windows);
    assert_false(Windows[PciWindowIo].Implemented);
    assert_false(Windows[PciWindowPrefetch].Implemented);
    FakeSet(&Fake, PciBridgeIoBase, 2, 0xE0F0);
    PciReadWindows(&Fake.Space, Windows);
    assert_false(Windows[PciWindowIo].Implemented);
}

// What is closed may be opened, and is as before afterwards.
static void WindowsClosed(void **state)
{
    static const uint16_t Closed[] = {0x0000, 0x00F0, 0xE0F0, 0x1020};
    PCI_WINDOW Windows[PciWindowKinds];
    (void)state;
    for (size_t i = 0; i < sizeof(Closed) / sizeof(Closed[0]); i++) {
        BridgeWindows();
        FakeSet(&Fake, PciBridgeIoBase, 2, Closed[i]);
        PciReadWindows(&Fake.Space, Windows);
        assert_true(Windows[PciWindowIo].Implemented);
        assert_int_equal(FakeGet(&Fake, PciBridgeIoBase, 2), Closed[i]);
    }
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(NothingThere),    cmocka_unit_test(Header),
        cmocka_unit_test(AllKinds),        cmocka_unit_test(LastBarCannotBeWide),
        cmocka_unit_test(AllOnes),         cmocka_unit_test(WriteBar),
        cmocka_unit_test(Windows),         cmocka_unit_test(WriteWindows),
        cmocka_unit_test(WindowsNotThere), cmocka_unit_test(WindowsFixed),
        cmocka_unit_test(WindowsClosed),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
