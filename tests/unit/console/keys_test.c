// Keys from scan codes and from a terminal's bytes, and back to bytes.
#include "test.h"

#include "keys.h"

static CON_KEY Seen[64];
static uint32_t SeenCount;

static void TestPut(void *Context, const CON_KEY *Key)
{
    (void)Context;
    assert_true(SeenCount < 64);
    Seen[SeenCount++] = *Key;
}

static const CON_KEY_SINK Sink = {TestPut, NULL};

static void TestDecode(CON_KEY_DECODER *Decoder, const char *Bytes)
{
    SeenCount = 0;
    for (; *Bytes; Bytes++)
        ConDecodeKey(Decoder, (uint8_t)*Bytes, &Sink);
}

static void assert_key(uint32_t Index, uint32_t VirtualKey, uint32_t Character, uint32_t Modifiers)
{
    assert_true(Index < SeenCount);
    assert_int_equal(Seen[Index].VirtualKey, VirtualKey);
    assert_int_equal(Seen[Index].Character, Character);
    assert_int_equal(Seen[Index].ControlState & (CON_SHIFT | CON_ALT | CON_CTRL), Modifiers);
}

static void test_terminal_keys(void **State)
{
    (void)State;
    static const struct {
        const char *Bytes;
        uint32_t VirtualKey, Character, Modifiers;
    } Cases[] = {
        {"a", 'A', 'a', 0},
        {"\r", ConKeyReturn, '\r', 0},
        {"\x7f", ConKeyBack, '\b', 0},
        {"\t", ConKeyTab, '\t', 0},
        {"\x03", 'C', 3, CON_LEFT_CTRL},
        {"\xD0\x96", 0, 0x416, 0},
        {"\x1b[A", ConKeyUp, 0, 0},
        {"\x1bOH", ConKeyHome, 0, 0},
        {"\x1b[3~", ConKeyDelete, 0, 0},
        {"\x1b[1;5D", ConKeyLeft, 0, CON_LEFT_CTRL},
        {"\x1b[5;2~", ConKeyPageUp, 0, CON_SHIFT},
        {"\x1bOR", ConKeyF1 + 2, 0, 0},
        {"\x1b[19~", ConKeyF1 + 7, 0, 0},
        {"\x1bx", 'X', 'x', CON_LEFT_ALT},
        {"\x1b[Z", ConKeyTab, '\t', CON_SHIFT},
    };
    CON_KEY_DECODER Decoder = {0};
    for (size_t i = 0; i < sizeof(Cases) / sizeof(Cases[0]); i++) {
        TestDecode(&Decoder, Cases[i].Bytes);
        assert_int_equal(SeenCount, 2);
        assert_key(0, Cases[i].VirtualKey, Cases[i].Character, Cases[i].Modifiers);
        assert_true(Seen[0].Down && !Seen[1].Down);
    }
}

static void test_escape_alone(void **State)
{
    (void)State;
    CON_KEY_DECODER Decoder = {0};
    TestDecode(&Decoder, "\x1b");
    assert_int_equal(SeenCount, 0);
    assert_true(ConIsKeyPending(&Decoder));
    ConFlushKey(&Decoder, &Sink);
    assert_key(0, ConKeyEscape, 0x1B, 0);
    TestDecode(&Decoder, "[A");
    assert_key(0, 0, '[', 0);
}

static void test_unknown_sequences_are_no_keys(void **State)
{
    (void)State;
    CON_KEY_DECODER Decoder = {0};
    TestDecode(&Decoder, "\x1b[99~\x1b[?1;2c\x1b[1;2;3;4;5R\xC3"
                         "a\x80\xFF");
    assert_int_equal(SeenCount, 4); // F3, as a position report looks like it, and the letter
    assert_key(2, 'A', 'a', 0);
}

static void test_key_text(void **State)
{
    (void)State;
    static const struct {
        CON_KEY Key;
        bool VirtualTerminal;
        const char *Text;
    } Cases[] = {
        {{.VirtualKey = 'A', .Character = 'a', .Down = true}, false, "a"},
        {{.VirtualKey = 0, .Character = 0x416, .Down = true}, false, "\xD0\x96"},
        {{.VirtualKey = ConKeyUp, .Down = true}, false, ""},
        {{.VirtualKey = ConKeyUp, .Down = true}, true, "\x1b[A"},
        {{.VirtualKey = ConKeyUp, .ControlState = CON_LEFT_CTRL, .Down = true}, true, "\x1b[1;5A"},
        {{.VirtualKey = ConKeyDelete, .Down = true}, true, "\x1b[3~"},
        {{.VirtualKey = ConKeyF1 + 11, .ControlState = CON_SHIFT, .Down = true},
         true,
         "\x1b[24;2~"},
        {{.VirtualKey = ConKeyBack, .Character = '\b', .Down = true}, true, "\x7f"},
        {{.VirtualKey = 'A', .Character = 'a', .Down = false}, true, ""},
    };
    for (size_t i = 0; i < sizeof(Cases) / sizeof(Cases[0]); i++) {
        char Text[CON_KEY_TEXT + 1] = {0};
        size_t Length = ConKeyText(&Cases[i].Key, Cases[i].VirtualTerminal, Text);
        assert_int_equal(Length, strlen(Cases[i].Text));
        assert_memory_equal(Text, Cases[i].Text, Length);
    }
}

// ---- Keyboards

static CON_KEYBOARD Keyboard;

static void TestScan(uint16_t ScanCode, uint16_t Flags)
{
    ConTranslateScan(&Keyboard, ScanCode, Flags, &Sink);
}

static void TestPress(uint16_t ScanCode, uint16_t Flags)
{
    SeenCount = 0;
    TestScan(ScanCode, Flags);
    TestScan(ScanCode, Flags | CON_SCAN_BREAK);
}

static void test_letters_and_shift(void **State)
{
    (void)State;
    ConInitKeyboard(&Keyboard, &ConLayouts[0]);
    TestPress(0x1E, 0);
    assert_int_equal(SeenCount, 2);
    assert_key(0, 'A', 'a', 0);
    TestScan(0x2A, 0);
    TestPress(0x1E, 0);
    assert_key(0, 'A', 'A', CON_SHIFT);
    TestPress(0x02, 0);
    assert_key(0, '1', '!', CON_SHIFT);
    TestScan(0x36, 0); // both held, one released
    TestScan(0x2A, CON_SCAN_BREAK);
    TestPress(0x1E, 0);
    assert_key(0, 'A', 'A', CON_SHIFT);
    TestScan(0x36, CON_SCAN_BREAK);
    TestPress(0x1E, 0);
    assert_key(0, 'A', 'a', 0);
}

static void test_locks(void **State)
{
    (void)State;
    ConInitKeyboard(&Keyboard, &ConLayouts[0]);
    assert_int_equal(ConKeyboardLeds(&Keyboard), 2);
    TestScan(0x3A, 0);
    TestScan(0x3A, 0); // repeats while it is held
    TestScan(0x3A, CON_SCAN_BREAK);
    assert_int_equal(ConKeyboardLeds(&Keyboard), 6);
    TestPress(0x1E, 0);
    assert_key(0, 'A', 'A', 0);
    TestPress(0x02, 0);
    assert_key(0, '1', '1', 0);
    TestPress(0x47, 0);
    assert_key(0, ConKeyNumpad0 + 7, '7', 0);
    TestPress(0x45, 0);
    assert_int_equal(ConKeyboardLeds(&Keyboard), 4);
    TestPress(0x47, 0);
    assert_key(0, ConKeyHome, 0, 0);
}

static void test_control_and_extended_keys(void **State)
{
    (void)State;
    ConInitKeyboard(&Keyboard, &ConLayouts[0]);
    TestPress(0x4B, CON_SCAN_E0);
    assert_key(0, ConKeyLeft, 0, 0);
    assert_true(Seen[0].ControlState & CON_ENHANCED);
    TestScan(0x1D, 0);
    TestPress(0x2E, 0);
    assert_key(0, 'C', 3, CON_LEFT_CTRL);
    TestPress(0x02, 0);
    assert_key(0, '1', 0, CON_LEFT_CTRL);
    TestScan(0x1D, CON_SCAN_BREAK);
    TestPress(0x2A, CON_SCAN_E0); // the shift that keyboards make up
    assert_int_equal(SeenCount, 0);
    TestPress(0x1D, CON_SCAN_E1);
    assert_key(0, ConKeyPause, 0, 0);
}

static void test_third_column(void **State)
{
    (void)State;
    ConInitKeyboard(&Keyboard, &ConLayouts[1]);
    TestPress(0x15, 0);
    assert_key(0, 'Z', 'z', 0);
    TestScan(0x38, CON_SCAN_E0);
    TestPress(0x10, 0);
    assert_key(0, 'Q', '@', CON_RIGHT_ALT);
    TestPress(0x12, 0);
    assert_key(0, 'E', 0x20AC, CON_RIGHT_ALT);
}

static void test_layouts_have_each_key_once(void **State)
{
    (void)State;
    for (uint32_t i = 0; i < ConLayoutCount; i++) {
        bool Used[256] = {false};
        for (uint32_t Key = 0; Key < ConLayouts[i].Count; Key++) {
            assert_false(Used[ConLayouts[i].Keys[Key].ScanCode]);
            Used[ConLayouts[i].Keys[Key].ScanCode] = true;
        }
    }
}

static void test_queue(void **State)
{
    (void)State;
    static CON_KEY_QUEUE Queue;
    CON_KEY Key = {.Down = true};
    for (uint32_t i = 0; i < CON_QUEUE_KEYS; i++) {
        Key.Character = i;
        assert_true(ConQueueKey(&Queue, &Key));
    }
    assert_false(ConQueueKey(&Queue, &Key));
    assert_int_equal(ConPeekKey(&Queue, 1)->Character, 1);
    assert_true(ConTakeKey(&Queue, &Key));
    assert_int_equal(Key.Character, 0);
    assert_int_equal(ConCountKeys(&Queue), CON_QUEUE_KEYS - 1);
    assert_null(ConPeekKey(&Queue, CON_QUEUE_KEYS - 1));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_terminal_keys),
        cmocka_unit_test(test_escape_alone),
        cmocka_unit_test(test_unknown_sequences_are_no_keys),
        cmocka_unit_test(test_key_text),
        cmocka_unit_test(test_letters_and_shift),
        cmocka_unit_test(test_locks),
        cmocka_unit_test(test_control_and_extended_keys),
        cmocka_unit_test(test_third_column),
        cmocka_unit_test(test_layouts_have_each_key_once),
        cmocka_unit_test(test_queue),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
