// Text from and to the bytes of a file.
#include "edit.h"

#include <string.h>

// Bytes that are not UTF-8 are kept as lone low surrogates, which UTF-8 never holds.
enum { EdStrayByte = 0xDC00 };

// The length of the character that begins here, or 0 if it is none.
static uint32_t EdDecode(const uint8_t *Bytes, size_t Left, uint32_t *Character)
{
    static const uint32_t Least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t First = Bytes[0];
    uint32_t Length = First < 0x80   ? 1
                      : First < 0xC2 ? 0
                      : First < 0xE0 ? 2
                      : First < 0xF0 ? 3
                      : First < 0xF5 ? 4
                                     : 0;
    if (!Length || Length > Left)
        return 0;
    *Character = Length == 1 ? First : First & (0x7FU >> Length);
    for (uint32_t i = 1; i < Length; i++) {
        if ((Bytes[i] & 0xC0) != 0x80)
            return 0;
        *Character = *Character << 6 | (Bytes[i] & 0x3F);
    }
    bool Surrogate = *Character >= 0xD800 && *Character < 0xE000;
    return *Character < Least[Length] || Surrogate || *Character > 0x10FFFF ? 0 : Length;
}

static uint32_t EdPutUtf16(uint32_t Character, uint16_t *Out)
{
    if (Character < 0x10000) {
        Out[0] = (uint16_t)Character;
        return 1;
    }
    Out[0] = (uint16_t)(0xD800 + ((Character - 0x10000) >> 10));
    Out[1] = (uint16_t)(0xDC00 + ((Character - 0x10000) & 0x3FF));
    return 2;
}

static uint32_t EdDecodeAll(const uint8_t *Bytes, size_t Length, bool CrLf, uint16_t *Out)
{
    uint32_t Used = 0;
    for (size_t i = 0; i < Length;) {
        uint32_t Character = 0, Taken = EdDecode(Bytes + i, Length - i, &Character);
        if (!Taken)
            Out[Used++] = (uint16_t)(EdStrayByte + Bytes[i++]);
        else if (CrLf && Character == '\r' && i + 1 < Length && Bytes[i + 1] == '\n')
            i++;
        else {
            Used += EdPutUtf16(Character, Out + Used);
            i += Taken;
        }
    }
    return Used;
}

void EdLoad(ED_TEXT *Text, const uint8_t *Bytes, size_t Length)
{
    static const uint8_t Mark[] = {0xEF, 0xBB, 0xBF};
    Text->Bom = Length >= sizeof(Mark) && !memcmp(Bytes, Mark, sizeof(Mark));
    if (Text->Bom) {
        Bytes += sizeof(Mark);
        Length -= sizeof(Mark);
    }
    // The first line's end tells how lines end. If that is without, carriage returns are characters.
    const uint8_t *End = Length ? memchr(Bytes, '\n', Length) : nullptr;
    if (End)
        Text->CrLf = End > Bytes && End[-1] == '\r';
    uint16_t *Wide = EdAllocate((Length + 1) * sizeof(*Wide));
    EdInsert(Text, (ED_PLACE){}, Wide, EdDecodeAll(Bytes, Length, Text->CrLf, Wide), (ED_PLACE){});
    EdFree(Wide);
    // Opening a file is nothing to be undone.
    EdFree(Text->Undo->Text);
    EdFree(Text->Undo);
    Text->Undo = nullptr;
    Text->Typing = false;
    EdMarkSaved(Text);
}

static size_t EdEncode(const uint16_t *Text, uint32_t Left, uint8_t *Out, uint32_t *Taken)
{
    uint32_t Character = Text[0];
    *Taken = 1;
    if ((Character & 0xFC00) == 0xD800 && Left > 1 && (Text[1] & 0xFC00) == 0xDC00) {
        Character = 0x10000 + ((Character & 0x3FF) << 10 | (Text[1] & 0x3FF));
        *Taken = 2;
    }
    if (Character < 0x80 || (Character & 0xFF00) == EdStrayByte) {
        Out[0] = (uint8_t)Character;
        return 1;
    }
    uint32_t Length = Character < 0x800 ? 2 : Character < 0x10000 ? 3 : 4;
    for (uint32_t i = Length - 1; i; i--, Character >>= 6)
        Out[i] = (uint8_t)(0x80 | (Character & 0x3F));
    Out[0] = (uint8_t)((0xF00U >> Length) | Character);
    return Length;
}

uint8_t *EdStore(const ED_TEXT *Text, size_t *Length)
{
    size_t Most = 3, Used = 0;
    for (uint32_t i = 0; i < Text->Count; i++)
        Most += (size_t)Text->Lines[i].Length * 3 + 2;
    uint8_t *Bytes = EdAllocate(Most);
    if (Text->Bom) {
        memcpy(Bytes, "\xEF\xBB\xBF", 3);
        Used = 3;
    }
    for (uint32_t i = 0; i < Text->Count; i++) {
        const ED_LINE *Line = &Text->Lines[i];
        for (uint32_t Column = 0, Taken; Column < Line->Length; Column += Taken)
            Used += EdEncode(Line->Text + Column, Line->Length - Column, Bytes + Used, &Taken);
        if (i + 1 == Text->Count)
            break;
        if (Text->CrLf)
            Bytes[Used++] = '\r';
        Bytes[Used++] = '\n';
    }
    *Length = Used;
    return Bytes;
}
