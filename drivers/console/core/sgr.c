// Select graphic rendition, and the colours that come of it.
#include "screen.h"

// ---- The palette: Windows' console colours, the 6x6x6 cube, and the grey ramp of 256-colour terminals

static const uint32_t ConPalette16[16] = {
    0x0C0C0C, 0xC50F1F, 0x13A10E, 0xC19C00, 0x0037DA, 0x881798, 0x3A96DD, 0xCCCCCC,
    0x767676, 0xE74856, 0x16C60C, 0xF9F1A5, 0x3B78FF, 0xB4009E, 0x61D6D6, 0xF2F2F2,
};

enum { CON_DEFAULT_FOREGROUND = 7, CON_DEFAULT_BACKGROUND = 0, CON_CUBE = 16, CON_GREYS = 232 };

static uint32_t ConCubeLevel(uint32_t Level)
{
    return Level ? 55 + Level * 40 : 0;
}

static uint32_t ConPaletteColour(uint32_t Index)
{
    if (Index < CON_CUBE)
        return ConPalette16[Index];
    if (Index >= CON_GREYS)
        return (8 + (Index - CON_GREYS) * 10) * 0x010101;
    Index -= CON_CUBE;
    return ConCubeLevel(Index / 36) << 16 | ConCubeLevel(Index / 6 % 6) << 8 |
           ConCubeLevel(Index % 6);
}

static uint32_t ConColour(int32_t Colour, uint32_t Default)
{
    if (Colour == CON_DEFAULT_COLOUR)
        return ConPaletteColour(Default);
    if (Colour & CON_RGB)
        return (uint32_t)Colour & 0xFFFFFF;
    return ConPaletteColour((uint32_t)Colour & 0xFF);
}

void ConResolveColours(const CON_CELL *Cell, uint32_t *Foreground, uint32_t *Background)
{
    int32_t Colour = Cell->Foreground;
    if (Cell->Flags & CON_BOLD) { // the bright one of a dark colour
        if (Colour == CON_DEFAULT_COLOUR)
            Colour = CON_DEFAULT_FOREGROUND;
        if (Colour < 8)
            Colour += 8;
    }
    uint32_t Front = ConColour(Colour, CON_DEFAULT_FOREGROUND);
    uint32_t Back = ConColour(Cell->Background, CON_DEFAULT_BACKGROUND);
    if (Cell->Flags & CON_DIM)
        Front = ((Front & 0xFEFEFE) + (Back & 0xFEFEFE)) >> 1;
    if (Cell->Flags & CON_CONCEALED)
        Front = Back;
    *Foreground = Cell->Flags & CON_INVERSE ? Back : Front;
    *Background = Cell->Flags & CON_INVERSE ? Front : Back;
}

// ---- Attributes

static const struct {
    uint8_t Code, Set, Clear;
} ConAttributes[] = {
    {0, 0, 0xFF},           {1, CON_BOLD, 0},       {2, CON_DIM, 0},
    {4, CON_UNDERLINE, 0},  {7, CON_INVERSE, 0},    {8, CON_CONCEALED, 0},
    {9, CON_STRUCK, 0},     {21, CON_UNDERLINE, 0}, {22, 0, CON_BOLD | CON_DIM},
    {24, 0, CON_UNDERLINE}, {27, 0, CON_INVERSE},   {28, 0, CON_CONCEALED},
    {29, 0, CON_STRUCK},
};

static void ConSetAttribute(CON_CELL *Pen, uint32_t Code)
{
    for (size_t i = 0; i < sizeof(ConAttributes) / sizeof(ConAttributes[0]); i++) {
        if (ConAttributes[i].Code == Code)
            Pen->Flags = (Pen->Flags & ~ConAttributes[i].Clear) | ConAttributes[i].Set;
    }
    if (Code == 0)
        Pen->Foreground = Pen->Background = CON_DEFAULT_COLOUR;
}

static void ConSetColour(CON_CELL *Pen, uint32_t Code)
{
    if (Code >= 30 && Code <= 37)
        Pen->Foreground = (int32_t)Code - 30;
    else if (Code == 39)
        Pen->Foreground = CON_DEFAULT_COLOUR;
    else if (Code >= 40 && Code <= 47)
        Pen->Background = (int32_t)Code - 40;
    else if (Code == 49)
        Pen->Background = CON_DEFAULT_COLOUR;
    else if (Code >= 90 && Code <= 97)
        Pen->Foreground = (int32_t)Code - 90 + 8;
    else if (Code >= 100 && Code <= 107)
        Pen->Background = (int32_t)Code - 100 + 8;
}

// 38 and 48: then "5;index" or "2;red;green;blue". Returns how many parameters it took.
static uint32_t ConSetExtended(CON_CELL *Pen, const uint32_t *Codes, uint32_t Count)
{
    int32_t Colour;
    uint32_t Used;
    if (Count >= 3 && Codes[1] == 5) {
        Colour = (int32_t)(Codes[2] & 0xFF);
        Used = 3;
    } else if (Count >= 5 && Codes[1] == 2) {
        Colour = (int32_t)(CON_RGB | (Codes[2] & 0xFF) << 16 | (Codes[3] & 0xFF) << 8 |
                           (Codes[4] & 0xFF));
        Used = 5;
    } else {
        return Count;
    }
    if (Codes[0] == 38)
        Pen->Foreground = Colour;
    else
        Pen->Background = Colour;
    return Used;
}

void ConSelectGraphics(CON_SCREEN *Screen)
{
    CON_CELL *Pen = &Screen->Cursor.Pen;
    uint32_t Count = Screen->ParameterCount ? Screen->ParameterCount : 1;
    uint32_t i = 0;
    while (i < Count) {
        uint32_t Code = Screen->Parameters[i];
        if (Code == 38 || Code == 48) {
            i += ConSetExtended(Pen, &Screen->Parameters[i], Count - i);
            continue;
        }
        ConSetAttribute(Pen, Code);
        ConSetColour(Pen, Code);
        i++;
    }
}
