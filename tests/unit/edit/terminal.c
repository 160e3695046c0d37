#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *EdAllocate(size_t Size)
{
    return calloc(1, Size ? Size : 1);
}

void EdFree(void *Memory)
{
    free(Memory);
}

static void Put(TERMINAL *Terminal, uint16_t Character)
{
    if (Terminal->Row >= TerminalRows || Terminal->Column >= TerminalColumns)
        abort(); // it would wrap
    Terminal->Screen[Terminal->Row][Terminal->Column++] = Character;
}

// Returns how many units the sequence has.
static uint32_t Sequence(TERMINAL *Terminal, const uint16_t *Text, uint32_t Left)
{
    uint32_t Length = 2, Numbers[2] = {}, Index = 0;
    while (Length < Left && (Text[Length] < '@')) {
        if (Text[Length] == ';')
            Index++;
        else
            Numbers[Index] = Numbers[Index] * 10 + Text[Length] - '0';
        Length++;
    }
    if (Length >= Left || Index > 1)
        abort();
    if (Text[Length] == 'H') {
        Terminal->Row = Numbers[0] - 1;
        Terminal->Column = Numbers[1] - 1;
    } else if (Text[Length] == 'K') {
        for (uint32_t i = Terminal->Column; i < TerminalColumns; i++)
            Terminal->Screen[Terminal->Row][i] = ' ';
    } else if (Text[Length] != 'm')
        abort();
    return Length + 1;
}

// A sequence may be cut between two writes: what is left waits.
static uint16_t Waiting[4096];
static uint32_t WaitingLength;

static void Interpret(TERMINAL *Terminal)
{
    for (uint32_t i = 0; i < WaitingLength;) {
        if (Waiting[i] == 0x1B)
            i += Sequence(Terminal, Waiting + i, WaitingLength - i);
        else {
            if ((Waiting[i] & 0xFC00) != 0xDC00)
                Put(Terminal, Waiting[i]);
            i++;
        }
    }
    WaitingLength = 0;
}

static void Output(void *Context, const uint16_t *Text, uint32_t Length)
{
    (void)Context;
    if (WaitingLength + Length > sizeof(Waiting) / sizeof(Waiting[0]))
        abort();
    memcpy(Waiting + WaitingLength, Text, Length * sizeof(*Text));
    WaitingLength += Length;
}

static const char *Save(void *Context, ED_EDITOR *Editor, const uint8_t *Bytes, size_t Length)
{
    TERMINAL *Terminal = Context;
    (void)Editor;
    if (Terminal->SaveProblem)
        return Terminal->SaveProblem;
    free(Terminal->Saved);
    Terminal->Saved = calloc(1, Length + 1);
    memcpy(Terminal->Saved, Bytes, Length);
    Terminal->SavedLength = Length;
    return nullptr;
}

static void Draw(TERMINAL *Terminal)
{
    EdDraw(&Terminal->Editor);
    Interpret(Terminal);
}

void TerminalInit(TERMINAL *Terminal, const char *Text)
{
    *Terminal = (TERMINAL){};
    EdInit(&Terminal->Editor, TerminalColumns, TerminalRows);
    Terminal->Editor.Context = Terminal;
    Terminal->Editor.Output = Output;
    Terminal->Editor.Save = Save;
    EdLoad(&Terminal->Editor.Text, (const uint8_t *)Text, strlen(Text));
    Draw(Terminal);
}

void TerminalFree(TERMINAL *Terminal)
{
    EdRelease(&Terminal->Editor);
    free(Terminal->Saved);
}

static void Press(TERMINAL *Terminal, ED_KEY Key, uint16_t Character, bool Control)
{
    EdPress(&Terminal->Editor, Key, Character, Control);
    Draw(Terminal);
}

static size_t Named(TERMINAL *Terminal, const char *Keys)
{
    static const struct {
        const char *Name;
        ED_KEY Key;
        bool Control;
    } Known[] = {
        {"up", EdUp, false},         {"down", EdDown, false},     {"left", EdLeft, false},
        {"right", EdRight, false},   {"home", EdHome, false},     {"end", EdEnd, false},
        {"pgup", EdPageUp, false},   {"pgdn", EdPageDown, false}, {"ins", EdInsertKey, false},
        {"del", EdDeleteKey, false}, {"bs", EdBackspace, false},  {"enter", EdEnter, false},
        {"tab", EdTab, false},       {"esc", EdEscape, false},    {"f1", EdF1, false},
        {"f3", EdF3, false},         {"^home", EdHome, true},     {"^end", EdEnd, true},
        {"^left", EdLeft, true},     {"^right", EdRight, true},
    };
    bool Shift = *Keys == '+';
    Keys += Shift;
    Terminal->Editor.Shift = Shift;
    for (size_t i = 0; i < sizeof(Known) / sizeof(Known[0]); i++) {
        size_t Length = strlen(Known[i].Name);
        if (strncmp(Keys, Known[i].Name, Length) || Keys[Length] != '}')
            continue;
        Press(Terminal, Known[i].Key, 0, Known[i].Control);
        Terminal->Editor.Shift = false;
        return Length + 1 + Shift;
    }
    abort();
}

void TerminalType(TERMINAL *Terminal, const char *Keys)
{
    while (*Keys) {
        if (*Keys == '{') {
            Keys += 1 + Named(Terminal, Keys + 1);
        } else if (*Keys == '^') {
            Press(Terminal, EdCharacter, (uint8_t)Keys[1], true);
            Keys += 2;
        } else
            Press(Terminal, EdCharacter, (uint8_t)*Keys++, false);
    }
}

const char *TerminalRow(TERMINAL *Terminal, uint32_t Row)
{
    static char Text[4][TerminalColumns + 1];
    static uint32_t Next;
    char *Result = Text[Next++ % 4];
    uint32_t Length = 0;
    for (uint32_t i = 0; i < TerminalColumns; i++) {
        uint16_t Character = Terminal->Screen[Row][i];
        Result[i] = Character < 0x7F ? (char)(Character ? Character : ' ') : '?';
        if (Result[i] != ' ')
            Length = i + 1;
    }
    Result[Length] = 0;
    return Result;
}
