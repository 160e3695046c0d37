// The list of the history that F7 opens: a window above or below the line, in which a line is chosen. It is drawn by
// sequences that move from where the cursor is, as a terminal may have more rows than its screen here; what it covers
// is kept and drawn again.
#include "editorp.h"

#include <string.h>

#define CON_SAVE_CURSOR    "\x1b\x37" // and the pen
#define CON_RESTORE_CURSOR "\x1b\x38"

enum {
    ConListMinimum = 20, // columns of a line in it
    ConNumberColumns = 4,
    ConBorder = 2,
};

static const uint32_t ConHorizontal = 0x2500, ConVertical = 0x2502;
static const uint32_t ConTopCorners[] = {0x250C, 0x2510}, ConBottomCorners[] = {0x2514, 0x2518};

static uint32_t ConSmaller(uint32_t A, uint32_t B)
{
    return A < B ? A : B;
}

// Lines are numbered from the oldest.
static const uint32_t *ConListLine(const CON_EDITOR *Editor, uint32_t Number, uint32_t *Length)
{
    return ConHistoryLine(Editor->History, Editor->History->Count - 1 - Number, Length);
}

// ---- Where it is

static uint32_t ConListColumns(const CON_EDITOR *Editor, const CON_SINK *Sink)
{
    uint32_t Longest = ConListMinimum;
    for (uint32_t i = 0; i < Editor->History->Count; i++) {
        uint32_t Length;
        ConListLine(Editor, i, &Length);
        if (Length + ConNumberColumns > Longest)
            Longest = Length + ConNumberColumns;
    }
    // The last column stays free: nothing is written that would begin a new row.
    return ConSmaller(ConSmaller(Longest, CON_LIST_COLUMNS - ConBorder),
                      Sink->Screen->Columns - ConBorder - 1);
}

static void ConPlaceList(CON_EDITOR *Editor, CON_SINK *Sink, CON_LIST_PLACE *Place)
{
    const CON_SCREEN *Screen = Sink->Screen;
    uint32_t Columns = Screen->Columns, Row = Screen->Cursor.Row;
    uint32_t At = (Sink->Start + Editor->Position - Screen->Cursor.WrapPending) / Columns;
    uint32_t Last = (Sink->Start + Editor->Length) / Columns;
    uint32_t Above = Row > At ? Row - At : 0;
    uint32_t Below =
        Row + (Last - At) + 1 < Screen->Rows ? Screen->Rows - 1 - Row - (Last - At) : 0;
    uint32_t Rows = ConSmaller(Editor->History->Count, CON_LIST_ROWS) + ConBorder;
    bool Over = Above >= Rows || Above >= Below;
    *Place = (CON_LIST_PLACE){.Rows = ConSmaller(Rows, Over ? Above : Below)};
    if (Place->Rows <= ConBorder || Columns < ConListMinimum + ConBorder + 1) {
        Place->Rows = 0; // no room
        return;
    }
    Place->Columns = ConListColumns(Editor, Sink) + ConBorder;
    Place->Row = Over ? Row - At - Place->Rows : Row + (Last - At) + 1;
    Place->Column = (Columns - Place->Columns) / 2;
}

// ---- Drawing. The cursor and the pen are saved and restored by the terminal.

static void ConSendText(CON_SINK *Sink, const char *Text)
{
    ConWriteSink(Sink, Text, strlen(Text));
}

static void ConGoToRow(CON_SINK *Sink, const CON_LIST_PLACE *Place, uint32_t Row)
{
    uint32_t Now = Sink->Screen->Cursor.Row;
    if (Row < Now)
        ConSendControl(Sink, Now - Row, 'A');
    else if (Row > Now)
        ConSendControl(Sink, Row - Now, 'B');
    ConMoveInRow(Sink, Place->Column);
}

static void ConDrawEdge(CON_SINK *Sink, const CON_LIST_PLACE *Place, const uint32_t Corners[2])
{
    ConSendCharacters(Sink, &Corners[0], 1);
    for (uint32_t i = 0; i < Place->Columns - ConBorder; i++)
        ConSendCharacters(Sink, &ConHorizontal, 1);
    ConSendCharacters(Sink, &Corners[1], 1);
}

static void ConDrawListLine(const CON_EDITOR *Editor, CON_SINK *Sink, const CON_LIST_PLACE *Place,
                            uint32_t Number)
{
    uint32_t Length, Room = Place->Columns - ConBorder - ConNumberColumns;
    const uint32_t *Line = ConListLine(Editor, Number, &Length);
    char Label[ConNumberColumns + 1] = {Number < 10 ? ' ' : (char)('0' + Number / 10),
                                        (char)('0' + Number % 10), ':', ' ', 0};
    bool Selected = Number == Editor->List.Selected;
    Length = ConSmaller(Length, Room);
    ConSendCharacters(Sink, &ConVertical, 1);
    ConSendText(Sink, Selected ? "\x1b[7m" : "");
    ConSendText(Sink, Label);
    ConSendCharacters(Sink, Line, Length);
    for (uint32_t i = Length; i < Room; i++)
        ConSendText(Sink, " ");
    ConSendText(Sink, Selected ? "\x1b[27m" : "");
    ConSendCharacters(Sink, &ConVertical, 1);
}

static void ConDrawListOn(const CON_EDITOR *Editor, CON_SINK *Sink, CON_LIST_PLACE *Place)
{
    uint32_t Shown = Place->Rows - ConBorder, Selected = Editor->List.Selected;
    if (Selected < Place->Top)
        Place->Top = Selected;
    if (Selected >= Place->Top + Shown)
        Place->Top = Selected - Shown + 1;
    ConSendText(Sink, CON_SAVE_CURSOR);
    ConSendText(Sink, "\x1b[m");
    for (uint32_t i = 0; i < Place->Rows; i++) {
        ConGoToRow(Sink, Place, Place->Row + i);
        if (i == 0)
            ConDrawEdge(Sink, Place, ConTopCorners);
        else if (i + 1 == Place->Rows)
            ConDrawEdge(Sink, Place, ConBottomCorners);
        else
            ConDrawListLine(Editor, Sink, Place, Place->Top + i - 1);
    }
    ConSendText(Sink, CON_RESTORE_CURSOR);
}

static void ConRedrawList(CON_EDITOR *Editor)
{
    for (uint32_t i = 0; i < Editor->SinkCount; i++)
        if (Editor->List.Places[i].Rows)
            ConDrawListOn(Editor, &Editor->Sinks[i], &Editor->List.Places[i]);
}

void ConDrawList(CON_EDITOR *Editor)
{
    for (uint32_t i = 0; i < Editor->SinkCount; i++) {
        CON_LIST_PLACE *Place = &Editor->List.Places[i];
        ConPlaceList(Editor, &Editor->Sinks[i], Place);
        for (uint32_t Row = 0; Row < Place->Rows; Row++)
            memcpy(Place->Covered[Row],
                   ConRow(Editor->Sinks[i].Screen, Place->Row + Row) + Place->Column,
                   Place->Columns * sizeof(CON_CELL));
    }
    ConRedrawList(Editor);
}

// ---- What it covers

typedef struct _CON_SEQUENCE {
    char Text[80]; // more than all attributes and two colours take
    size_t Length;
} CON_SEQUENCE;

static void ConAddNumber(CON_SEQUENCE *Sequence, uint32_t Number)
{
    char Digits[10];
    size_t Count = 0;
    do
        Digits[Count++] = (char)('0' + Number % 10);
    while (Number /= 10);
    Sequence->Text[Sequence->Length++] = ';';
    while (Count)
        Sequence->Text[Sequence->Length++] = Digits[--Count];
}

// Base: 30 for the foreground, 40 for the background.
static void ConAddColour(CON_SEQUENCE *Sequence, uint32_t Base, int32_t Colour)
{
    if (Colour == CON_DEFAULT_COLOUR)
        return;
    ConAddNumber(Sequence, Base + 8);
    if (!(Colour & CON_RGB)) {
        ConAddNumber(Sequence, 5);
        ConAddNumber(Sequence, (uint32_t)Colour);
        return;
    }
    ConAddNumber(Sequence, 2);
    for (uint32_t Shift = 24; Shift; Shift -= 8)
        ConAddNumber(Sequence, (uint32_t)Colour >> (Shift - 8) & 0xFF);
}

static void ConSendPen(CON_SINK *Sink, const CON_CELL *Cell)
{
    static const struct {
        uint8_t Flag, Code;
    } Attributes[] = {{CON_BOLD, 1},    {CON_DIM, 2},       {CON_UNDERLINE, 4},
                      {CON_INVERSE, 7}, {CON_CONCEALED, 8}, {CON_STRUCK, 9}};
    CON_SEQUENCE Sequence = {"\x1b[0", 3};
    for (size_t i = 0; i < sizeof(Attributes) / sizeof(Attributes[0]); i++)
        if (Cell->Flags & Attributes[i].Flag)
            ConAddNumber(&Sequence, Attributes[i].Code);
    ConAddColour(&Sequence, 30, Cell->Foreground);
    ConAddColour(&Sequence, 40, Cell->Background);
    Sequence.Text[Sequence.Length++] = 'm';
    ConWriteSink(Sink, Sequence.Text, Sequence.Length);
}

static bool ConSamePen(const CON_CELL *A, const CON_CELL *B)
{
    return A->Flags == B->Flags && A->Foreground == B->Foreground && A->Background == B->Background;
}

static void ConUncoverRow(CON_SINK *Sink, const CON_CELL *Cells, uint32_t Count)
{
    for (uint32_t i = 0; i < Count; i++) {
        uint32_t Character = Cells[i].Character;
        if (!i || !ConSamePen(&Cells[i], &Cells[i - 1]))
            ConSendPen(Sink, &Cells[i]);
        ConSendCharacters(Sink, &Character, 1);
    }
}

void ConEraseList(CON_EDITOR *Editor)
{
    for (uint32_t i = 0; i < Editor->SinkCount; i++) {
        CON_SINK *Sink = &Editor->Sinks[i];
        CON_LIST_PLACE *Place = &Editor->List.Places[i];
        if (Place->Rows)
            ConSendText(Sink, CON_SAVE_CURSOR);
        for (uint32_t Row = 0; Row < Place->Rows; Row++) {
            ConGoToRow(Sink, Place, Place->Row + Row);
            ConUncoverRow(Sink, Place->Covered[Row], Place->Columns);
        }
        if (Place->Rows)
            ConSendText(Sink, CON_RESTORE_CURSOR);
        Place->Rows = 0;
    }
}

// ---- Opening, choosing, closing

void ConOpenList(CON_EDITOR *Editor)
{
    if (!Editor->Echo || !Editor->History->Count)
        return;
    Editor->List.Open = true;
    Editor->List.Selected = Editor->History->Count - (Editor->Recalled ? Editor->Recalled : 1);
    ConDrawList(Editor);
}

void ConCloseList(CON_EDITOR *Editor)
{
    if (Editor->List.Open)
        ConEraseList(Editor);
    Editor->List.Open = false;
}

static void ConSelectLine(CON_EDITOR *Editor, int32_t Number)
{
    int32_t Last = (int32_t)Editor->History->Count - 1;
    Editor->List.Selected = (uint32_t)(Number < 0 ? 0 : Number > Last ? Last : Number);
    ConRedrawList(Editor);
}

// The next line behind the selected one that begins so, from the oldest again behind the newest.
static void ConSelectByCharacter(CON_EDITOR *Editor, uint32_t Character)
{
    uint32_t Count = Editor->History->Count;
    for (uint32_t i = 1; i <= Count; i++) {
        uint32_t Length, Number = (Editor->List.Selected + i) % Count;
        const uint32_t *Line = ConListLine(Editor, Number, &Length);
        if (Line[0] != Character)
            continue;
        ConSelectLine(Editor, (int32_t)Number);
        return;
    }
}

static void ConTakeListLine(CON_EDITOR *Editor)
{
    ConCloseList(Editor);
    ConRecall(Editor, Editor->History->Count - Editor->List.Selected);
}

bool ConPressListKey(CON_EDITOR *Editor, const CON_KEY *Key)
{
    int32_t Selected = (int32_t)Editor->List.Selected;
    switch (Key->VirtualKey) {
    case ConKeyUp:
        ConSelectLine(Editor, Selected - 1);
        return false;
    case ConKeyDown:
        ConSelectLine(Editor, Selected + 1);
        return false;
    case ConKeyPageUp:
        ConSelectLine(Editor, Selected - CON_LIST_ROWS);
        return false;
    case ConKeyPageDown:
        ConSelectLine(Editor, Selected + CON_LIST_ROWS);
        return false;
    case ConKeyHome:
        ConSelectLine(Editor, 0);
        return false;
    case ConKeyEnd:
        ConSelectLine(Editor, INT32_MAX);
        return false;
    case ConKeyLeft:
    case ConKeyRight:
        ConTakeListLine(Editor);
        return false;
    case ConKeyReturn:
        ConTakeListLine(Editor);
        return true;
    case ConKeyEscape:
        ConCloseList(Editor);
        return false;
    default:
        if (Key->Character > ' ')
            ConSelectByCharacter(Editor, Key->Character);
        return false;
    }
}
