// The text that programs write: UTF-8, C0 controls, and escape sequences after ECMA-48 and the VT220
// manual. A sequence that means nothing here is swallowed whole.
#include "screen.h"

#include <string.h>

enum {
    CON_BEL = 0x07,
    CON_BS = 0x08,
    CON_TAB = 0x09,
    CON_LF = 0x0A,
    CON_VTAB = 0x0B,
    CON_FF = 0x0C,
    CON_CR = 0x0D,
    CON_CAN = 0x18,
    CON_SUB = 0x1A,
    CON_ESC = 0x1B,
    CON_DEL = 0x7F,
    CON_REPLACEMENT = 0xFFFD,
    CON_TAB_WIDTH = 8,
    CON_PARAMETER_LIMIT = 65535,
};

static void ConControlCharacter(CON_SCREEN *Screen, uint32_t Character)
{
    CON_CURSOR *Cursor = &Screen->Cursor;
    switch (Character) {
    case CON_BS:
        ConMoveCursor(Screen, Cursor->Column ? Cursor->Column - 1 : 0, Cursor->Row);
        break;
    case CON_TAB:
        ConMoveCursor(Screen, (Cursor->Column / CON_TAB_WIDTH + 1) * CON_TAB_WIDTH, Cursor->Row);
        break;
    case CON_LF:
    case CON_VTAB:
    case CON_FF:
        ConLineFeed(Screen);
        if (Screen->NewLine)
            Cursor->Column = 0;
        break;
    case CON_CR:
        ConMoveCursor(Screen, 0, Cursor->Row);
        break;
    default:
        break;
    }
}

static void ConBeginControl(CON_SCREEN *Screen)
{
    Screen->State = ConVtControl;
    Screen->ParameterCount = 0;
    Screen->Private = Screen->Intermediate = 0;
    memset(Screen->Parameters, 0, sizeof(Screen->Parameters));
}

static void ConBeginCommand(CON_SCREEN *Screen)
{
    Screen->State = ConVtCommand;
    Screen->CommandNumber = Screen->CommandLength = 0;
    Screen->CommandHasNumber = false;
}

// ESC and one more character
static void ConEscape(CON_SCREEN *Screen, uint32_t Character)
{
    Screen->State = ConVtGround;
    switch (Character) {
    case '[':
        ConBeginControl(Screen);
        break;
    case ']':
        ConBeginCommand(Screen);
        break;
    case 'P':
    case 'X':
    case '^':
    case '_':
        Screen->State = ConVtString;
        break;
    case '7':
        Screen->Saved = Screen->Cursor;
        break;
    case '8':
        Screen->Cursor = Screen->Saved;
        break;
    case 'D':
        ConLineFeed(Screen);
        break;
    case 'E':
        ConLineFeed(Screen);
        Screen->Cursor.Column = 0;
        break;
    case 'M':
        ConReverseLineFeed(Screen);
        break;
    case 'c':
        ConResetScreen(Screen);
        break;
    default:
        if (Character >= 0x20 && Character < 0x30) // a character set is designated, and its like
            Screen->State = ConVtSkipOne;
        break;
    }
}

static void ConControlByte(CON_SCREEN *Screen, uint32_t Character)
{
    uint32_t Index = Screen->ParameterCount ? Screen->ParameterCount - 1 : 0;
    if (Character >= '0' && Character <= '9') {
        if (!Screen->ParameterCount)
            Screen->ParameterCount = 1;
        uint32_t Value = Screen->Parameters[Index] * 10 + (Character - '0');
        Screen->Parameters[Index] = Value < CON_PARAMETER_LIMIT ? Value : CON_PARAMETER_LIMIT;
    } else if (Character == ';' || Character == ':') {
        uint32_t Count = Screen->ParameterCount ? Screen->ParameterCount + 1 : 2;
        if (Count > CON_PARAMETERS)
            Screen->State = ConVtControlBad;
        else
            Screen->ParameterCount = Count;
    } else if (Character >= '<' && Character <= '?') {
        Screen->Private = (uint8_t)Character;
    } else if (Character < 0x30) {
        Screen->Intermediate = (uint8_t)Character;
    } else {
        Screen->State = ConVtGround;
        if (Character <= '~')
            ConRunControl(Screen, Character);
    }
}

// ---- Commands to the terminal: 0 and 2 set the title

static void ConRunCommand(CON_SCREEN *Screen)
{
    Screen->State = ConVtGround;
    if (!Screen->CommandHasNumber || (Screen->CommandNumber != 0 && Screen->CommandNumber != 2))
        return;
    memcpy(Screen->Title, Screen->Command, Screen->CommandLength * sizeof(uint16_t));
    Screen->Title[Screen->CommandLength] = 0;
}

static void ConAddToCommand(CON_SCREEN *Screen, uint32_t Character)
{
    bool Pair = Character > 0xFFFF;
    if (Screen->CommandLength + (Pair ? 2 : 1) >= CON_TITLE_CHARS)
        return;
    if (Pair) {
        Screen->Command[Screen->CommandLength++] = (uint16_t)(0xD7C0 + (Character >> 10));
        Character = 0xDC00 | (Character & 0x3FF);
    }
    Screen->Command[Screen->CommandLength++] = (uint16_t)Character;
}

static void ConCommandCharacter(CON_SCREEN *Screen, uint32_t Character)
{
    if (Character == CON_BEL) {
        ConRunCommand(Screen);
    } else if (Character == CON_ESC) {
        Screen->State = ConVtCommandEscape;
    } else if (Screen->CommandHasNumber) {
        ConAddToCommand(Screen, Character);
    } else if (Character >= '0' && Character <= '9') {
        if (Screen->CommandNumber < CON_PARAMETER_LIMIT)
            Screen->CommandNumber = Screen->CommandNumber * 10 + (Character - '0');
    } else if (Character == ';') {
        Screen->CommandHasNumber = true;
    }
}

// ---- All characters

static void ConGround(CON_SCREEN *Screen, uint32_t Character)
{
    if (Character >= 0xA0 || (Character >= 0x20 && Character < CON_DEL))
        ConPutCharacter(Screen, Character);
}

static bool ConIsString(CON_VT_STATE State)
{
    return State >= ConVtCommand;
}

void ConWriteCharacter(CON_SCREEN *Screen, uint32_t Character)
{
    if (Character == CON_CAN || Character == CON_SUB) {
        Screen->State = ConVtGround;
        return;
    }
    if (Character < 0x20 && !ConIsString(Screen->State)) {
        if (Character == CON_ESC)
            Screen->State = ConVtEscape;
        else
            ConControlCharacter(Screen, Character);
        return;
    }
    switch (Screen->State) {
    case ConVtGround:
        ConGround(Screen, Character);
        break;
    case ConVtEscape:
        ConEscape(Screen, Character);
        break;
    case ConVtSkipOne:
        Screen->State = ConVtGround;
        break;
    case ConVtControl:
        ConControlByte(Screen, Character);
        break;
    case ConVtControlBad:
        if (Character >= 0x40)
            Screen->State = ConVtGround;
        break;
    case ConVtCommand:
        ConCommandCharacter(Screen, Character);
        break;
    case ConVtCommandEscape:
        if (Character == '\\')
            ConRunCommand(Screen);
        else
            ConEscape(Screen, Character);
        break;
    case ConVtString:
        if (Character == CON_ESC)
            Screen->State = ConVtStringEscape;
        break;
    case ConVtStringEscape:
        if (Character == '\\')
            Screen->State = ConVtGround;
        else
            ConEscape(Screen, Character);
        break;
    }
}

// ---- UTF-8. What is not well formed shows as the replacement character.

static void ConBeginSequence(CON_SCREEN *Screen, uint8_t Byte)
{
    if (Byte < 0x80) {
        ConWriteCharacter(Screen, Byte);
    } else if (Byte >= 0xC2 && Byte < 0xE0) {
        Screen->Decoded = Byte & 0x1F;
        Screen->DecodeLeft = 1;
        Screen->DecodeMinimum = 0x80;
    } else if (Byte >= 0xE0 && Byte < 0xF0) {
        Screen->Decoded = Byte & 0x0F;
        Screen->DecodeLeft = 2;
        Screen->DecodeMinimum = 0x800;
    } else if (Byte >= 0xF0 && Byte < 0xF5) {
        Screen->Decoded = Byte & 0x07;
        Screen->DecodeLeft = 3;
        Screen->DecodeMinimum = 0x10000;
    } else {
        ConWriteCharacter(Screen, CON_REPLACEMENT);
    }
}

static void ConWriteByte(CON_SCREEN *Screen, uint8_t Byte)
{
    if (!Screen->DecodeLeft) {
        ConBeginSequence(Screen, Byte);
        return;
    }
    if ((Byte & 0xC0) != 0x80) {
        Screen->DecodeLeft = 0;
        ConWriteCharacter(Screen, CON_REPLACEMENT);
        ConBeginSequence(Screen, Byte);
        return;
    }
    Screen->Decoded = Screen->Decoded << 6 | (Byte & 0x3F);
    if (--Screen->DecodeLeft)
        return;
    bool Valid = Screen->Decoded >= Screen->DecodeMinimum && Screen->Decoded <= 0x10FFFF &&
                 (Screen->Decoded & 0xFFFFF800) != 0xD800;
    ConWriteCharacter(Screen, Valid ? Screen->Decoded : CON_REPLACEMENT);
}

void ConWriteScreen(CON_SCREEN *Screen, const void *Utf8, size_t Length)
{
    const uint8_t *Bytes = Utf8;
    for (size_t i = 0; i < Length; i++)
        ConWriteByte(Screen, Bytes[i]);
}
