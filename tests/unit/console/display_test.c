// Fonts, and what cells look like as pixels.
#include "test.h"

#include "display.h"

static uint32_t Pixels[480][640];
static CON_DISPLAY Display;
static CON_SCREEN Screen;

static int TestSetUp(void **State)
{
    (void)State;
    ConInitDisplay(&Display, &(CON_FRAMEBUFFER){(uint8_t *)Pixels, sizeof(Pixels[0]), 636, 478, 4});
    Display.Shown = malloc(Display.Columns * Display.Rows * sizeof(CON_CELL));
    memset(Pixels, 0x5A, sizeof(Pixels));
    ConClearDisplay(&Display);
    TestMakeScreen(&Screen, Display.Columns, Display.Rows, 10);
    return 0;
}

static int TestTearDown(void **State)
{
    (void)State;
    free(Display.Shown);
    TestFreeScreen(&Screen);
    return 0;
}

static uint32_t TestCountPixels(uint32_t Column, uint32_t Row, uint32_t Colour)
{
    uint32_t Count = 0, Left = (636 - Display.Columns * 8) / 2, Top = (478 - Display.Rows * 16) / 2;
    for (uint32_t y = 0; y < 16; y++) {
        for (uint32_t x = 0; x < 8; x++)
            Count += Pixels[Top + Row * 16 + y][Left + Column * 8 + x] == Colour;
    }
    return Count;
}

static void test_fonts_by_width(void **State)
{
    (void)State;
    assert_ptr_equal(ConChooseFont(640), &ConFont8x16);
    assert_ptr_equal(ConChooseFont(1024), &ConFont8x16);
    assert_ptr_equal(ConChooseFont(1920), &ConFont12x24);
    assert_ptr_equal(ConChooseFont(3840), &ConFont16x32);
}

static void test_fonts_have_the_alphabets(void **State)
{
    (void)State;
    static const struct {
        uint32_t First, Last;
    } Ranges[] = {
        {0x20, 0x7E},   {0xA1, 0xFF},     {0x391, 0x3A1},   {0x3B1, 0x3C9},
        {0x410, 0x44F}, {0x2500, 0x257F}, {0x2580, 0x259F}, {0xFFFD, 0xFFFD},
    };
    static const CON_FONT *const Fonts[] = {&ConFont8x16, &ConFont12x24, &ConFont16x32};
    for (size_t Font = 0; Font < 3; Font++) {
        const uint8_t *Missing = ConGlyph(Fonts[Font], 0xE000);
        assert_non_null(Missing);
        for (size_t i = 0; i < sizeof(Ranges) / sizeof(Ranges[0]); i++) {
            for (uint32_t c = Ranges[i].First; c <= Ranges[i].Last && c != 0xFFFD; c++)
                assert_ptr_not_equal(ConGlyph(Fonts[Font], c), Missing);
        }
    }
}

static void test_cells_are_drawn_in_their_colours(void **State)
{
    (void)State;
    TestWrite(&Screen, "\x1b[?25l\x1b[31;44m\xE2\x96\x88 \xE2\x96\x84\x1b[7m ");
    ConRefreshDisplay(&Display, &Screen);
    assert_int_equal(TestCountPixels(0, 0, 0xC50F1F), 128);
    assert_int_equal(TestCountPixels(1, 0, 0x0037DA), 128);
    assert_int_equal(TestCountPixels(2, 0, 0xC50F1F), 64);
    assert_int_equal(TestCountPixels(3, 0, 0xC50F1F), 128);
    assert_int_equal(TestCountPixels(4, 0, 0x0C0C0C), 128);
    for (uint32_t y = 0; y < 480; y++) // beside the screen nothing is touched
        assert_int_equal(Pixels[y][639], 0x5A5A5A5A);
}

static void test_only_changes_are_drawn(void **State)
{
    (void)State;
    TestWrite(&Screen, "\x1b[?25lab");
    ConRefreshDisplay(&Display, &Screen);
    memset(Pixels, 0, sizeof(Pixels));
    TestWrite(&Screen, "\rax");
    ConRefreshDisplay(&Display, &Screen);
    assert_int_equal(TestCountPixels(0, 0, 0), 128);
    assert_int_equal(TestCountPixels(1, 0, 0), 0);
}

static void test_the_cursor_moves(void **State)
{
    (void)State;
    ConRefreshDisplay(&Display, &Screen);
    assert_int_equal(TestCountPixels(0, 0, 0xCCCCCC), 16);
    TestWrite(&Screen, "\x1b[2C");
    ConRefreshDisplay(&Display, &Screen);
    assert_int_equal(TestCountPixels(0, 0, 0xCCCCCC), 0);
    assert_int_equal(TestCountPixels(2, 0, 0xCCCCCC), 16);
    for (uint32_t i = 0; i < Display.Rows + 3; i++)
        TestWrite(&Screen, "\n");
    ConScrollView(&Screen, 2); // out of the view
    ConRefreshDisplay(&Display, &Screen);
    assert_false(Display.CursorShown);
}

// The same screen in 24 bits: every point has the same colour, and nothing else is touched.
static void test_points_of_24_bits(void **State)
{
    (void)State;
    static uint8_t Small[480][640 * 3];
    CON_DISPLAY Other;
    memset(Small, 0x5A, sizeof(Small));
    ConInitDisplay(&Other, &(CON_FRAMEBUFFER){Small[0], sizeof(Small[0]), 636, 478, 3});
    Other.Shown = malloc(Other.Columns * Other.Rows * sizeof(CON_CELL));
    ConClearDisplay(&Other);
    TestWrite(&Screen, "\x1b[31;44;4mabc\x1b[9mdef");
    ConRefreshDisplay(&Display, &Screen);
    ConRefreshDisplay(&Other, &Screen);
    free(Other.Shown);
    for (uint32_t y = 0; y < 480; y++) {
        for (uint32_t x = 0; x < 640; x++) {
            const uint8_t *Point = &Small[y][(size_t)x * 3];
            assert_int_equal(Point[0] | Point[1] << 8 | Point[2] << 16, Pixels[y][x] & 0xFFFFFF);
        }
    }
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_fonts_by_width),
        cmocka_unit_test(test_fonts_have_the_alphabets),
        cmocka_unit_test_setup_teardown(test_cells_are_drawn_in_their_colours, TestSetUp,
                                        TestTearDown),
        cmocka_unit_test_setup_teardown(test_only_changes_are_drawn, TestSetUp, TestTearDown),
        cmocka_unit_test_setup_teardown(test_the_cursor_moves, TestSetUp, TestTearDown),
        cmocka_unit_test_setup_teardown(test_points_of_24_bits, TestSetUp, TestTearDown),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
