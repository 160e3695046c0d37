// The table MCFG: segments, ranges of buses, and tables that lie.
#include "fake.h"

#include <stdlib.h>
#include <string.h>

enum { Header = 44, Allocation = 16 };

typedef struct ENTRY {
    uint64_t Base;
    uint16_t Segment;
    uint8_t First, Last;
} ENTRY;

static const ENTRY Entries[] = {
    {0xE0000000, 0, 0, 0x7F},
    {0x4000000000, 0, 0x80, 0xFF},
    {0x5000000000, 1, 0, 0x1F},
    {0x6000000000, 0xFFFF, 0x10, 0x10},
    {0, 2, 0, 0xFF}, // nowhere
};

static uint32_t Make(uint8_t *Table)
{
    uint32_t Length = Header + sizeof(Entries) / sizeof(Entries[0]) * Allocation;
    memset(Table, 0, Length);
    memcpy(Table, "MCFG", 4);
    memcpy(Table + 4, &Length, sizeof(Length));
    for (size_t i = 0; i < sizeof(Entries) / sizeof(Entries[0]); i++) {
        uint8_t *Place = Table + Header + i * Allocation;
        memcpy(Place, &Entries[i].Base, sizeof(Entries[i].Base));
        memcpy(Place + 8, &Entries[i].Segment, sizeof(Entries[i].Segment));
        Place[10] = Entries[i].First;
        Place[11] = Entries[i].Last;
    }
    return Length;
}

static void Segments(void **state)
{
    uint8_t Table[256];
    uint32_t Length = Make(Table);
    (void)state;
    assert_int_equal(PciFindBusSpace(Table, Length, 0, 0), 0xE0000000);
    assert_int_equal(PciFindBusSpace(Table, Length, 0, 0x7F), 0xE7F00000);
    // The address is that of bus 0, which need not be there.
    assert_int_equal(PciFindBusSpace(Table, Length, 0, 0x80), 0x4008000000);
    assert_int_equal(PciFindBusSpace(Table, Length, 1, 0), 0x5000000000);
    assert_int_equal(PciFindBusSpace(Table, Length, 1, 0x1F), 0x5001F00000);
    assert_int_equal(PciFindBusSpace(Table, Length, 1, 0x20), 0);
    assert_int_equal(PciFindBusSpace(Table, Length, 0xFFFF, 0x10), 0x6001000000);
    assert_int_equal(PciFindBusSpace(Table, Length, 0xFFFF, 0x0F), 0);
    assert_int_equal(PciFindBusSpace(Table, Length, 2, 0), 0);
    assert_int_equal(PciFindBusSpace(Table, Length, 3, 0), 0);
}

// What is cut is not read, whatever length the table tells; and nothing behind the length that it tells.
static void Cut(void **state)
{
    uint8_t Whole[256];
    uint32_t Length = Make(Whole);
    (void)state;
    for (uint32_t i = 0; i <= Length; i++) {
        uint8_t *Table = malloc(i ? i : 1); // the sanitizer sees what is read behind it
        assert_non_null(Table);
        memcpy(Table, Whole, i);
        uint64_t Base = PciFindBusSpace(Table, i, 1, 0);
        assert_int_equal(Base, i >= Header + 3 * Allocation ? 0x5000000000 : 0);
        free(Table);
    }
    uint32_t Told = Header + 2 * Allocation;
    memcpy(Whole + 4, &Told, sizeof(Told));
    assert_int_equal(PciFindBusSpace(Whole, Length, 1, 0), 0);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {cmocka_unit_test(Segments), cmocka_unit_test(Cut)};
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
