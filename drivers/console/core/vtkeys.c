// The bytes that a VT terminal sends: UTF-8, control characters, and sequences for keys without a character,
// as xterm's documentation lists them.
#include "keys.h"

#include <string.h>

static const struct {
    char Final; // of CSI or SS3
    uint16_t VirtualKey;
} ConFinalKeys[] = {
    {'A', ConKeyUp},     {'B', ConKeyDown},   {'C', ConKeyRight}, {'D', ConKeyLeft},
    {'F', ConKeyEnd},    {'H', ConKeyHome},   {'P', ConKeyF1},    {'Q', ConKeyF1 + 1},
    {'R', ConKeyF1 + 2}, {'S', ConKeyF1 + 3},
};

static const struct {
    uint8_t Number; // CSI number ~
    uint16_t VirtualKey;
} ConNumberKeys[] = {
    {1, ConKeyHome},    {2, ConKeyInsert},   {3, ConKeyDelete},   {4, ConKeyEnd},
    {5, ConKeyPageUp},  {6, ConKeyPageDown}, {7, ConKeyHome},     {8, ConKeyEnd},
    {11, ConKeyF1},     {12, ConKeyF1 + 1},  {13, ConKeyF1 + 2},  {14, ConKeyF1 + 3},
    {15, ConKeyF1 + 4}, {17, ConKeyF1 + 5},  {18, ConKeyF1 + 6},  {19, ConKeyF1 + 7},
    {20, ConKeyF1 + 8}, {21, ConKeyF1 + 9},  {23, ConKeyF1 + 10}, {24, ConKeyF1 + 11},
};

// A terminal tells only that a key was pressed.
static void ConPressKey(const CON_KEY_SINK *Sink, uint16_t VirtualKey, uint32_t Character,
                        uint32_t ControlState)
{
    CON_KEY Key = {
        .VirtualKey = VirtualKey,
        .Character = Character,
        .ControlState = ControlState,
        .Down = true,
    };
    Sink->Put(Sink->Context, &Key);
    Key.Down = false;
    Sink->Put(Sink->Context, &Key);
}

static void ConPressCharacter(const CON_KEY_SINK *Sink, uint32_t Character, uint32_t ControlState)
{
    uint16_t VirtualKey = 0;
    if (Character >= 'a' && Character <= 'z')
        VirtualKey = (uint16_t)(Character - 'a' + 'A');
    else if ((Character >= 'A' && Character <= 'Z') || (Character >= '0' && Character <= '9') ||
             Character == ' ')
        VirtualKey = (uint16_t)Character;
    ConPressKey(Sink, VirtualKey, Character, ControlState);
}

static void ConPressControl(const CON_KEY_SINK *Sink, uint8_t Byte, uint32_t ControlState)
{
    switch (Byte) {
    case '\r':
    case '\n':
        ConPressKey(Sink, ConKeyReturn, '\r', ControlState);
        break;
    case '\t':
        ConPressKey(Sink, ConKeyTab, '\t', ControlState);
        break;
    case '\b':
    case 0x7F:
        ConPressKey(Sink, ConKeyBack, '\b', ControlState);
        break;
    default: // Ctrl and a letter, or one of the characters behind Z
        ConPressKey(Sink, Byte + 0x40, Byte, ControlState | CON_LEFT_CTRL);
        break;
    }
}

// ---- Sequences

// The second parameter is 1 and a bit for each modifier.
static uint32_t ConModifiers(const CON_KEY_DECODER *Decoder)
{
    uint32_t Bits = Decoder->ParameterCount > 1 ? Decoder->Parameters[1] - 1 : 0;
    if (Bits > 7)
        return 0;
    return (Bits & 1 ? CON_SHIFT : 0) | (Bits & 2 ? CON_LEFT_ALT : 0) |
           (Bits & 4 ? CON_LEFT_CTRL : 0);
}

static void ConEndSequence(CON_KEY_DECODER *Decoder, uint8_t Final, const CON_KEY_SINK *Sink)
{
    uint16_t VirtualKey = 0;
    uint32_t ControlState = ConModifiers(Decoder);
    Decoder->State = ConKeysGround;
    if (Final == 'Z') { // back tab
        ConPressKey(Sink, ConKeyTab, '\t', CON_SHIFT);
        return;
    }
    for (size_t i = 0; i < sizeof(ConFinalKeys) / sizeof(ConFinalKeys[0]) && Final != '~'; i++) {
        if (ConFinalKeys[i].Final == (char)Final)
            VirtualKey = ConFinalKeys[i].VirtualKey;
    }
    for (size_t i = 0; i < sizeof(ConNumberKeys) / sizeof(ConNumberKeys[0]) && Final == '~'; i++) {
        if (ConNumberKeys[i].Number == Decoder->Parameters[0])
            VirtualKey = ConNumberKeys[i].VirtualKey;
    }
    if (VirtualKey)
        ConPressKey(Sink, VirtualKey, 0, ControlState | CON_ENHANCED);
}

static void ConSequenceByte(CON_KEY_DECODER *Decoder, uint8_t Byte, const CON_KEY_SINK *Sink)
{
    uint32_t Index = Decoder->ParameterCount ? Decoder->ParameterCount - 1 : 0;
    if (Byte >= '0' && Byte <= '9') {
        if (!Decoder->ParameterCount)
            Decoder->ParameterCount = 1;
        if (Index < CON_KEY_PARAMETERS && Decoder->Parameters[Index] < 1000)
            Decoder->Parameters[Index] = Decoder->Parameters[Index] * 10 + (Byte - '0');
    } else if (Byte == ';') {
        Decoder->ParameterCount = Decoder->ParameterCount ? Decoder->ParameterCount + 1 : 2;
    } else if (Byte >= 0x40 && Byte <= '~') {
        ConEndSequence(Decoder, Byte, Sink);
    } else if (Byte < 0x20 || Byte > '~') { // no part of a sequence
        Decoder->State = ConKeysGround;
    }
}

static void ConBeginSequenceOf(CON_KEY_DECODER *Decoder, bool Control)
{
    Decoder->State = Control ? ConKeysControl : ConKeysShift3;
    Decoder->ParameterCount = 0;
    memset(Decoder->Parameters, 0, sizeof(Decoder->Parameters));
}

static void ConAfterEscape(CON_KEY_DECODER *Decoder, uint8_t Byte, const CON_KEY_SINK *Sink)
{
    if (Byte == '[' || Byte == 'O') {
        ConBeginSequenceOf(Decoder, Byte == '[');
        return;
    }
    if (Byte == 0x1B) { // twice: the first was the key
        ConPressKey(Sink, ConKeyEscape, 0x1B, 0);
        return;
    }
    Decoder->State = ConKeysGround;
    if (Byte < 0x20 || Byte == 0x7F)
        ConPressControl(Sink, Byte, CON_LEFT_ALT);
    else if (Byte < 0x80)
        ConPressCharacter(Sink, Byte, CON_LEFT_ALT);
}

// ---- Characters

static void ConGroundByte(CON_KEY_DECODER *Decoder, uint8_t Byte, const CON_KEY_SINK *Sink)
{
    if (Byte == 0x1B) {
        Decoder->State = ConKeysEscape;
    } else if (Byte < 0x20 || Byte == 0x7F) {
        ConPressControl(Sink, Byte, 0);
    } else if (Byte < 0x80) {
        ConPressCharacter(Sink, Byte, 0);
    } else if (Byte >= 0xC2 && Byte < 0xF5) {
        Decoder->State = ConKeysUtf8;
        Decoder->DecodeLeft = Byte < 0xE0 ? 1 : Byte < 0xF0 ? 2 : 3;
        Decoder->Decoded = Byte & (0x3F >> Decoder->DecodeLeft);
    }
}

static void ConUtf8Byte(CON_KEY_DECODER *Decoder, uint8_t Byte, const CON_KEY_SINK *Sink)
{
    if ((Byte & 0xC0) != 0x80) { // a broken sequence is dropped
        Decoder->State = ConKeysGround;
        ConGroundByte(Decoder, Byte, Sink);
        return;
    }
    Decoder->Decoded = Decoder->Decoded << 6 | (Byte & 0x3F);
    if (--Decoder->DecodeLeft)
        return;
    Decoder->State = ConKeysGround;
    if (Decoder->Decoded >= 0xA0 && Decoder->Decoded <= 0x10FFFF &&
        (Decoder->Decoded & 0xFFFFF800) != 0xD800)
        ConPressCharacter(Sink, Decoder->Decoded, 0);
}

void ConDecodeKey(CON_KEY_DECODER *Decoder, uint8_t Byte, const CON_KEY_SINK *Sink)
{
    switch (Decoder->State) {
    case ConKeysGround:
        ConGroundByte(Decoder, Byte, Sink);
        break;
    case ConKeysEscape:
        ConAfterEscape(Decoder, Byte, Sink);
        break;
    case ConKeysControl:
    case ConKeysShift3:
        ConSequenceByte(Decoder, Byte, Sink);
        break;
    case ConKeysUtf8:
        ConUtf8Byte(Decoder, Byte, Sink);
        break;
    }
}

bool ConIsKeyPending(const CON_KEY_DECODER *Decoder)
{
    return Decoder->State == ConKeysEscape;
}

void ConFlushKey(CON_KEY_DECODER *Decoder, const CON_KEY_SINK *Sink)
{
    if (!ConIsKeyPending(Decoder))
        return;
    Decoder->State = ConKeysGround;
    ConPressKey(Sink, ConKeyEscape, 0x1B, 0);
}

// ---- The way back: what a program reads

size_t ConEncodeUtf8(uint32_t Character, char *Text)
{
    uint32_t More = Character < 0x80 ? 0 : Character < 0x800 ? 1 : Character < 0x10000 ? 2 : 3;
    static const uint8_t Lead[] = {0, 0xC0, 0xE0, 0xF0};
    Text[0] = (char)(Lead[More] | Character >> (6 * More));
    for (uint32_t i = 1; i <= More; i++)
        Text[i] = (char)(0x80 | (Character >> (6 * (More - i)) & 0x3F));
    return More + 1;
}

// Returns the bytes of the character that Text begins with; 0: it is none.
static size_t ConDecodeOne(const uint8_t *Text, size_t Length, uint32_t *Character)
{
    static const uint32_t Least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t Bytes = Text[0] < 0x80   ? 1
                   : Text[0] < 0xC0 ? 0
                   : Text[0] < 0xE0 ? 2
                   : Text[0] < 0xF0 ? 3
                                    : 4;
    if (!Bytes || Bytes > Length || Text[0] > 0xF4)
        return 0;
    *Character = Bytes == 1 ? Text[0] : Text[0] & (0x7F >> Bytes);
    for (size_t i = 1; i < Bytes; i++) {
        if ((Text[i] & 0xC0) != 0x80)
            return 0;
        *Character = *Character << 6 | (Text[i] & 0x3F);
    }
    bool Surrogate = *Character >= 0xD800 && *Character < 0xE000;
    return *Character < Least[Bytes] || *Character > 0x10FFFF || Surrogate ? 0 : Bytes;
}

uint32_t ConDecodeUtf8(const char *Text, size_t Length, uint32_t *Characters, uint32_t Room)
{
    uint32_t Count = 0;
    for (size_t Place = 0; Place < Length && Count < Room; Count++) {
        size_t Bytes =
            ConDecodeOne((const uint8_t *)Text + Place, Length - Place, &Characters[Count]);
        if (!Bytes)
            Characters[Count] = 0xFFFD;
        Place += Bytes ? Bytes : 1;
    }
    return Count;
}

static size_t ConSequence(char *Text, uint32_t Number, uint32_t Modifiers, char Final)
{
    size_t Length = 0;
    Text[Length++] = 0x1B;
    Text[Length++] = '[';
    if (Number >= 10)
        Text[Length++] = (char)('0' + Number / 10);
    if (Number)
        Text[Length++] = (char)('0' + Number % 10);
    if (Modifiers) {
        if (!Number)
            Text[Length++] = '1';
        Text[Length++] = ';';
        Text[Length++] = (char)('1' + Modifiers);
    }
    Text[Length++] = Final;
    return Length;
}

size_t ConKeyText(const CON_KEY *Key, bool VirtualTerminal, char *Text)
{
    if (!Key->Down)
        return 0;
    if (Key->Character)
        return ConEncodeUtf8(
            Key->VirtualKey == ConKeyBack && VirtualTerminal ? 0x7F : Key->Character, Text);
    if (!VirtualTerminal)
        return 0;
    uint32_t Modifiers = (Key->ControlState & CON_SHIFT ? 1 : 0) |
                         (Key->ControlState & CON_ALT ? 2 : 0) |
                         (Key->ControlState & CON_CTRL ? 4 : 0);
    for (size_t i = 0; i < sizeof(ConFinalKeys) / sizeof(ConFinalKeys[0]); i++) {
        if (ConFinalKeys[i].VirtualKey == Key->VirtualKey)
            return ConSequence(Text, 0, Modifiers, ConFinalKeys[i].Final);
    }
    for (size_t i = 0; i < sizeof(ConNumberKeys) / sizeof(ConNumberKeys[0]); i++) {
        if (ConNumberKeys[i].VirtualKey == Key->VirtualKey)
            return ConSequence(Text, ConNumberKeys[i].Number, Modifiers, '~');
    }
    return 0;
}
