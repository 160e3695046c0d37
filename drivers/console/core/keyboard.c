// Scan codes of set 1 to keys: modifiers and locks, the keys that are the same on all layouts, and those of
// the layout.
#include "keys.h"

#include <string.h>

// ---- Keys that no layout changes

typedef struct _CON_FIXED_KEY {
    uint8_t ScanCode, VirtualKey;
    uint8_t Character;
} CON_FIXED_KEY;

static const CON_FIXED_KEY ConFixedKeys[] = {
    {0x01, ConKeyEscape, 0x1B}, {0x0E, ConKeyBack, '\b'},    {0x0F, ConKeyTab, '\t'},
    {0x1C, ConKeyReturn, '\r'}, {0x37, ConKeyMultiply, '*'}, {0x39, ConKeySpace, ' '},
    {0x3B, ConKeyF1, 0},        {0x3C, ConKeyF1 + 1, 0},     {0x3D, ConKeyF1 + 2, 0},
    {0x3E, ConKeyF1 + 3, 0},    {0x3F, ConKeyF1 + 4, 0},     {0x40, ConKeyF1 + 5, 0},
    {0x41, ConKeyF1 + 6, 0},    {0x42, ConKeyF1 + 7, 0},     {0x43, ConKeyF1 + 8, 0},
    {0x44, ConKeyF1 + 9, 0},    {0x4A, ConKeySubtract, '-'}, {0x4E, ConKeyAdd, '+'},
    {0x57, ConKeyF1 + 10, 0},   {0x58, ConKeyF1 + 11, 0},    {0x54, ConKeySnapshot, 0},
};

static const CON_FIXED_KEY ConExtendedKeys[] = {
    // after E0
    {0x1C, ConKeyReturn, '\r'},    {0x35, ConKeyDivide, '/'},     {0x37, ConKeySnapshot, 0},
    {0x46, ConKeyCancel, 0x03},    {0x47, ConKeyHome, 0},         {0x48, ConKeyUp, 0},
    {0x49, ConKeyPageUp, 0},       {0x4B, ConKeyLeft, 0},         {0x4D, ConKeyRight, 0},
    {0x4F, ConKeyEnd, 0},          {0x50, ConKeyDown, 0},         {0x51, ConKeyPageDown, 0},
    {0x52, ConKeyInsert, 0},       {0x53, ConKeyDelete, 0},       {0x5B, ConKeyLeftWindows, 0},
    {0x5C, ConKeyRightWindows, 0}, {0x5D, ConKeyApplications, 0},
};

// The number pad: digits with the num lock, else what moves the cursor.
static const struct {
    uint8_t ScanCode, Movement, Digit;
} ConPadKeys[] = {
    {0x47, ConKeyHome, 7},   {0x48, ConKeyUp, 8},   {0x49, ConKeyPageUp, 9},
    {0x4B, ConKeyLeft, 4},   {0x4C, 0x0C, 5},       {0x4D, ConKeyRight, 6},
    {0x4F, ConKeyEnd, 1},    {0x50, ConKeyDown, 2}, {0x51, ConKeyPageDown, 3},
    {0x52, ConKeyInsert, 0},
};

static const struct {
    uint8_t ScanCode, Extended, VirtualKey;
    uint16_t State; // 0: a shift key
} ConModifierKeys[] = {
    {0x2A, false, ConKeyShift, 0},
    {0x36, false, ConKeyShift, 0},
    {0x1D, false, ConKeyControl, CON_LEFT_CTRL},
    {0x1D, true, ConKeyControl, CON_RIGHT_CTRL},
    {0x38, false, ConKeyMenu, CON_LEFT_ALT},
    {0x38, true, ConKeyMenu, CON_RIGHT_ALT},
};

static const struct {
    uint8_t ScanCode, VirtualKey;
    uint16_t State;
} ConLockKeys[] = {
    {0x3A, ConKeyCapital, CON_CAPS_LOCK},
    {0x45, ConKeyNumLock, CON_NUM_LOCK},
    {0x46, ConKeyScroll, CON_SCROLL_LOCK},
};

#define COUNT(Table) (sizeof(Table) / sizeof((Table)[0]))

enum {
    CON_PAUSE_SCAN = 0x1D, // after E1
    CON_PAD_DECIMAL_SCAN = 0x53,
    CON_FAKE_LEFT_SHIFT = 0x2A, // after E0: what keyboards wrap around some keys
    CON_FAKE_RIGHT_SHIFT = 0x36,
};

void ConInitKeyboard(CON_KEYBOARD *Keyboard, const CON_LAYOUT *Layout)
{
    *Keyboard = (CON_KEYBOARD){.Layout = Layout, .ControlState = CON_NUM_LOCK};
}

uint16_t ConKeyboardLeds(const CON_KEYBOARD *Keyboard)
{
    uint32_t State = Keyboard->ControlState;
    return (State & CON_SCROLL_LOCK ? 1 : 0) | (State & CON_NUM_LOCK ? 2 : 0) |
           (State & CON_CAPS_LOCK ? 4 : 0);
}

// ---- Modifiers and locks. Both return the virtual key, 0 for another key.

static uint16_t ConModifier(CON_KEYBOARD *Keyboard, uint16_t ScanCode, bool Extended, bool Down)
{
    for (size_t i = 0; i < COUNT(ConModifierKeys); i++) {
        if (ConModifierKeys[i].ScanCode != ScanCode || ConModifierKeys[i].Extended != Extended)
            continue;
        if (ConModifierKeys[i].State) {
            Keyboard->ControlState &= ~(uint32_t)ConModifierKeys[i].State;
            Keyboard->ControlState |= Down ? ConModifierKeys[i].State : 0;
            return ConModifierKeys[i].VirtualKey;
        }
        *(ScanCode == 0x36 ? &Keyboard->RightShift : &Keyboard->LeftShift) = Down;
        Keyboard->ControlState &= ~(uint32_t)CON_SHIFT;
        Keyboard->ControlState |= Keyboard->RightShift || Keyboard->LeftShift ? CON_SHIFT : 0;
        return ConModifierKeys[i].VirtualKey;
    }
    return 0;
}

static uint16_t ConLock(CON_KEYBOARD *Keyboard, uint16_t ScanCode, bool Down)
{
    for (size_t i = 0; i < COUNT(ConLockKeys); i++) {
        uint32_t State = ConLockKeys[i].State;
        if (ConLockKeys[i].ScanCode != ScanCode)
            continue;
        if (Down && !(Keyboard->HeldLocks & State))
            Keyboard->ControlState ^= State;
        Keyboard->HeldLocks = Down ? Keyboard->HeldLocks | State : Keyboard->HeldLocks & ~State;
        return ConLockKeys[i].VirtualKey;
    }
    return 0;
}

// ---- Other keys

static bool ConFixed(const CON_FIXED_KEY *Keys, size_t Count, CON_KEY *Key)
{
    for (size_t i = 0; i < Count; i++) {
        if (Keys[i].ScanCode != Key->ScanCode)
            continue;
        Key->VirtualKey = Keys[i].VirtualKey;
        Key->Character = Keys[i].Character;
        return true;
    }
    return false;
}

static bool ConPad(CON_KEY *Key)
{
    bool Digits = (Key->ControlState & CON_NUM_LOCK) && !(Key->ControlState & CON_SHIFT);
    for (size_t i = 0; i < COUNT(ConPadKeys); i++) {
        if (ConPadKeys[i].ScanCode != Key->ScanCode)
            continue;
        Key->VirtualKey =
            Digits ? (uint16_t)(ConKeyNumpad0 + ConPadKeys[i].Digit) : ConPadKeys[i].Movement;
        Key->Character = Digits ? (uint32_t)('0' + ConPadKeys[i].Digit) : 0;
        return true;
    }
    if (Key->ScanCode != CON_PAD_DECIMAL_SCAN)
        return false;
    Key->VirtualKey = Digits ? ConKeyDecimal : ConKeyDelete;
    Key->Character = Digits ? '.' : 0;
    return true;
}

// Alt with Ctrl selects the third column, as the right Alt does where the layout has one.
static bool ConIsAltGr(const CON_LAYOUT *Layout, uint32_t State)
{
    return Layout->HasAltGr &&
           ((State & CON_RIGHT_ALT) || ((State & CON_LEFT_ALT) && (State & CON_CTRL)));
}

static uint32_t ConLayoutCharacter(const CON_LAYOUT *Layout, const CON_LAYOUT_KEY *Entry,
                                   uint32_t State)
{
    bool Shifted = (State & CON_SHIFT) != 0;
    if (ConIsAltGr(Layout, State))
        return Entry->AltGr;
    if (Entry->Caps && (State & CON_CAPS_LOCK))
        Shifted = !Shifted;
    return Shifted ? Entry->Shifted : Entry->Plain;
}

static bool ConLayoutKey(const CON_LAYOUT *Layout, CON_KEY *Key)
{
    for (uint32_t i = 0; i < Layout->Count; i++) {
        const CON_LAYOUT_KEY *Entry = &Layout->Keys[i];
        if (Entry->ScanCode != Key->ScanCode)
            continue;
        Key->VirtualKey = Entry->VirtualKey;
        Key->Character = ConLayoutCharacter(Layout, Entry, Key->ControlState);
        return true;
    }
    return false;
}

// Ctrl with a letter is a control character; with another key it has none.
static void ConApplyControl(const CON_LAYOUT *Layout, CON_KEY *Key)
{
    if (!(Key->ControlState & CON_CTRL) || ConIsAltGr(Layout, Key->ControlState))
        return;
    if (Key->VirtualKey >= 'A' && Key->VirtualKey <= 'Z')
        Key->Character = Key->VirtualKey - 0x40u;
    else if (Key->Character >= '[' && Key->Character <= '_')
        Key->Character -= 0x40;
    else if (Key->Character > ' ')
        Key->Character = 0;
}

static bool ConOtherKey(const CON_KEYBOARD *Keyboard, bool Extended, CON_KEY *Key)
{
    if (Extended)
        return ConFixed(ConExtendedKeys, COUNT(ConExtendedKeys), Key);
    if (!ConFixed(ConFixedKeys, COUNT(ConFixedKeys), Key) && !ConPad(Key) &&
        !ConLayoutKey(Keyboard->Layout, Key))
        return false;
    ConApplyControl(Keyboard->Layout, Key);
    return true;
}

void ConTranslateScan(CON_KEYBOARD *Keyboard, uint16_t ScanCode, uint16_t Flags,
                      const CON_KEY_SINK *Sink)
{
    bool Extended = (Flags & CON_SCAN_E0) != 0;
    CON_KEY Key = {.ScanCode = ScanCode, .Down = !(Flags & CON_SCAN_BREAK)};
    if (Extended && (ScanCode == CON_FAKE_LEFT_SHIFT || ScanCode == CON_FAKE_RIGHT_SHIFT))
        return;
    if (Flags & CON_SCAN_E1) {
        Key.VirtualKey = ScanCode == CON_PAUSE_SCAN ? ConKeyPause : 0;
    } else {
        Key.VirtualKey = ConModifier(Keyboard, ScanCode, Extended, Key.Down);
        if (!Key.VirtualKey && !Extended)
            Key.VirtualKey = ConLock(Keyboard, ScanCode, Key.Down);
    }
    Key.ControlState = Keyboard->ControlState | (Extended ? CON_ENHANCED : 0);
    if (Key.VirtualKey || (!(Flags & CON_SCAN_E1) && ConOtherKey(Keyboard, Extended, &Key)))
        Sink->Put(Sink->Context, &Key);
}
