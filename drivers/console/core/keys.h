// Keys: what a keyboard or a serial terminal's input becomes, and what programs read as INPUT_RECORD.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { // virtual-key codes, as of <winuser.h>
    ConKeyCancel = 0x03,
    ConKeyBack = 0x08,
    ConKeyTab = 0x09,
    ConKeyReturn = 0x0D,
    ConKeyShift = 0x10,
    ConKeyControl = 0x11,
    ConKeyMenu = 0x12,
    ConKeyPause = 0x13,
    ConKeyCapital = 0x14,
    ConKeyEscape = 0x1B,
    ConKeySpace = 0x20,
    ConKeyPageUp = 0x21,
    ConKeyPageDown = 0x22,
    ConKeyEnd = 0x23,
    ConKeyHome = 0x24,
    ConKeyLeft = 0x25,
    ConKeyUp = 0x26,
    ConKeyRight = 0x27,
    ConKeyDown = 0x28,
    ConKeySnapshot = 0x2C,
    ConKeyInsert = 0x2D,
    ConKeyDelete = 0x2E,
    ConKeyLeftWindows = 0x5B,
    ConKeyRightWindows = 0x5C,
    ConKeyApplications = 0x5D,
    ConKeyNumpad0 = 0x60,
    ConKeyMultiply = 0x6A,
    ConKeyAdd = 0x6B,
    ConKeySubtract = 0x6D,
    ConKeyDecimal = 0x6E,
    ConKeyDivide = 0x6F,
    ConKeyF1 = 0x70,
    ConKeyNumLock = 0x90,
    ConKeyScroll = 0x91,
};

enum { // control key states, as of <wincon.h>
    CON_RIGHT_ALT = 0x001,
    CON_LEFT_ALT = 0x002,
    CON_RIGHT_CTRL = 0x004,
    CON_LEFT_CTRL = 0x008,
    CON_SHIFT = 0x010,
    CON_NUM_LOCK = 0x020,
    CON_SCROLL_LOCK = 0x040,
    CON_CAPS_LOCK = 0x080,
    CON_ENHANCED = 0x100,

    CON_ALT = CON_RIGHT_ALT | CON_LEFT_ALT,
    CON_CTRL = CON_RIGHT_CTRL | CON_LEFT_CTRL,
};

typedef struct _CON_KEY {
    uint16_t VirtualKey, ScanCode;
    uint32_t Character; // code point; 0: none
    uint32_t ControlState;
    bool Down;
} CON_KEY;

typedef struct _CON_KEY_SINK {
    void (*Put)(void *Context, const CON_KEY *Key);
    void *Context;
} CON_KEY_SINK;

// ---- The queue of those that nobody has read (keyqueue.c). What does not fit is lost.

enum { CON_QUEUE_KEYS = 4096 }; // a power of two

typedef struct _CON_KEY_QUEUE {
    CON_KEY Keys[CON_QUEUE_KEYS];
    uint32_t Head, Tail; // count up; the difference is what is there
} CON_KEY_QUEUE;

bool ConQueueKey(CON_KEY_QUEUE *Queue, const CON_KEY *Key);
bool ConTakeKey(CON_KEY_QUEUE *Queue, CON_KEY *Key);
const CON_KEY *ConPeekKey(const CON_KEY_QUEUE *Queue,
                          uint32_t Index); // null: there are not so many
uint32_t ConCountKeys(const CON_KEY_QUEUE *Queue);

// ---- A serial terminal's input (vtkeys.c)

enum { CON_KEY_PARAMETERS = 2 };

typedef struct _CON_KEY_DECODER {
    enum { ConKeysGround, ConKeysEscape, ConKeysControl, ConKeysShift3, ConKeysUtf8 } State;
    uint32_t Parameters[CON_KEY_PARAMETERS], ParameterCount;
    uint32_t Decoded, DecodeLeft;
} CON_KEY_DECODER;

void ConDecodeKey(CON_KEY_DECODER *Decoder, uint8_t Byte, const CON_KEY_SINK *Sink);
// Nothing has followed for a while: an escape character was the Escape key.
bool ConIsKeyPending(const CON_KEY_DECODER *Decoder);
void ConFlushKey(CON_KEY_DECODER *Decoder, const CON_KEY_SINK *Sink);

// What a program that reads characters gets for a key, at most CON_KEY_TEXT bytes. VirtualTerminal: keys
// without a character are sequences.
enum { CON_KEY_TEXT = 16 };
size_t ConKeyText(const CON_KEY *Key, bool VirtualTerminal, char *Text);
size_t ConEncodeUtf8(uint32_t Character, char *Text); // at most 4 bytes
// At most Room characters. What is not UTF-8 becomes U+FFFD, a byte each.
uint32_t ConDecodeUtf8(const char *Text, size_t Length, uint32_t *Characters, uint32_t Room);

// ---- A keyboard's (keyboard.c, layouts.c)

typedef struct _CON_LAYOUT_KEY {
    uint8_t ScanCode; // of set 1
    uint8_t VirtualKey;
    uint16_t Plain, Shifted, AltGr;
    bool Caps; // the caps lock shifts it
} CON_LAYOUT_KEY;

typedef struct _CON_LAYOUT {
    const char *Name; // Windows' identifier: language and variant in hexadecimal
    bool HasAltGr;    // the right Alt key selects the third column
    const CON_LAYOUT_KEY *Keys;
    uint32_t Count;
} CON_LAYOUT;

extern const CON_LAYOUT ConLayouts[]; // the first is the default
extern const uint32_t ConLayoutCount;

enum { // KEYBOARD_INPUT_DATA.Flags of <ntddkbd.h>
    CON_SCAN_BREAK = 1,
    CON_SCAN_E0 = 2,
    CON_SCAN_E1 = 4,
};

typedef struct _CON_KEYBOARD {
    const CON_LAYOUT *Layout;
    uint32_t ControlState; // modifiers held and locks that are on
    bool RightShift, LeftShift;
    uint32_t HeldLocks; // of the lock keys: those repeat while they are held
} CON_KEYBOARD;

void ConInitKeyboard(CON_KEYBOARD *Keyboard, const CON_LAYOUT *Layout);
void ConTranslateScan(CON_KEYBOARD *Keyboard, uint16_t ScanCode, uint16_t Flags,
                      const CON_KEY_SINK *Sink);
// KEYBOARD_INDICATOR_PARAMETERS.LedFlags: 1 scroll, 2 num, 4 caps
uint16_t ConKeyboardLeds(const CON_KEYBOARD *Keyboard);
