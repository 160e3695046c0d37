// What the screen shows: a title, the text, and a row for messages and questions. Only rows that have changed are
// written, with sequences that every VT100 knows.
#include "edit.h"

#include <string.h>

typedef struct _ED_ROW {
    uint32_t *Cells, Count, Used;
    uint32_t Flags;
} ED_ROW;

static const char *const HelpLines[] = {
    "Ctrl-S   save",
    "Ctrl-W   save under another name",
    "Ctrl-Q   quit",
    "Ctrl-F   find text; F3 or Ctrl-N finds it again",
    "Ctrl-G   go to a line",
    "Ctrl-Z   undo; Ctrl-Y does it again",
    "Ctrl-X   cut what is marked, or the line; Ctrl-C copies it, Ctrl-V puts it in",
    "Shift    with arrows and other moving keys marks; Ctrl-A marks all",
    "Insert   overwrite, or insert",
    "Arrows, Home, End, Page Up, Page Down, with Ctrl by words or to the ends of the text",
    "",
    "Any key goes back to the text.",
};
enum { EdHelpCount = sizeof(HelpLines) / sizeof(HelpLines[0]) };

// ---- Cells

static uint32_t EdAdvance(uint16_t Character, uint32_t Cell)
{
    return Character == '\t' ? (Cell / 8 + 1) * 8 : Cell + 1;
}

static bool EdIsSecond(const ED_LINE *Line, uint32_t Column)
{
    return Column && (Line->Text[Column] & 0xFC00) == 0xDC00 &&
           (Line->Text[Column - 1] & 0xFC00) == 0xD800;
}

uint32_t EdCellOf(const ED_LINE *Line, uint32_t Column)
{
    uint32_t Cell = 0;
    for (uint32_t i = 0; i < Column && i < Line->Length; i++) {
        if (!EdIsSecond(Line, i))
            Cell = EdAdvance(Line->Text[i], Cell);
    }
    return Cell;
}

uint32_t EdColumnAt(const ED_LINE *Line, uint32_t Cell)
{
    uint32_t Column = 0, At = 0;
    while (Column < Line->Length) {
        uint32_t Next = EdAdvance(Line->Text[Column], At);
        if (Next > Cell)
            break;
        At = Next;
        Column++;
        while (Column < Line->Length && EdIsSecond(Line, Column))
            Column++;
    }
    return Column;
}

static void EdCell(ED_ROW *Row, uint32_t Character)
{
    if (Row->Used < Row->Count)
        Row->Cells[Row->Used++] = Character | Row->Flags;
}

static void EdAscii(ED_ROW *Row, const char *Text)
{
    while (*Text)
        EdCell(Row, (uint8_t)*Text++);
}

// What cannot be shown stands as a dot.
static uint32_t EdShown(const uint16_t *Text, uint32_t Left)
{
    if ((Text[0] & 0xFC00) == 0xD800 && Left > 1 && (Text[1] & 0xFC00) == 0xDC00)
        return 0x10000 + ((Text[0] & 0x3FFU) << 10 | (Text[1] & 0x3FFU));
    bool Plain =
        Text[0] >= ' ' && (Text[0] < 0x7F || Text[0] >= 0xA0) && (Text[0] & 0xF800) != 0xD800;
    return Plain ? Text[0] : 0xB7;
}

static void EdWide(ED_ROW *Row, const uint16_t *Text, uint32_t Length)
{
    for (uint32_t i = 0; i < Length; i++) {
        uint32_t Character = EdShown(Text + i, Length - i);
        EdCell(Row, Character);
        i += Character >= 0x10000;
    }
}

static void EdFill(ED_ROW *Row)
{
    while (Row->Used < Row->Count)
        EdCell(Row, ' ');
}

// ---- Text with numbers. What comes back is its end.

static char *EdText(char *Out, const char *Text)
{
    while (*Text)
        *Out++ = *Text++;
    *Out = 0;
    return Out;
}

static char *EdNumber(char *Out, uint32_t Number)
{
    char Digits[12];
    uint32_t Count = 0;
    do
        Digits[Count++] = (char)('0' + Number % 10);
    while (Number /= 10);
    while (Count)
        *Out++ = Digits[--Count];
    *Out = 0;
    return Out;
}

// ---- Rows

static void EdTitle(const ED_EDITOR *Editor, ED_ROW *Row)
{
    Row->Flags = EdReverse;
    EdAscii(Row, " ");
    if (Editor->NameLength)
        EdWide(Row, Editor->Name, Editor->NameLength);
    else
        EdAscii(Row, "(no name)");
    EdAscii(Row, EdIsChanged(&Editor->Text) ? " *" : "");
    EdFill(Row);
}

// Whether the character at a place, or the line's end there, is marked.
static bool EdIsMarkedAt(const ED_EDITOR *Editor, uint32_t Line, uint32_t Column)
{
    ED_PLACE From, To;
    if (!EdGetMarked(Editor, &From, &To) || Line < From.Line || Line > To.Line)
        return false;
    return (Line > From.Line || Column >= From.Column) && (Line < To.Line || Column < To.Column);
}

static void EdLineCells(const ED_EDITOR *Editor, ED_ROW *Row, uint32_t Number)
{
    const ED_LINE *Line = &Editor->Text.Lines[Number];
    uint32_t Cell = 0;
    for (uint32_t i = 0; i < Line->Length && Row->Used < Row->Count; i++) {
        uint32_t Next = EdAdvance(Line->Text[i], Cell);
        uint32_t Character =
            Line->Text[i] == '\t' ? ' ' : EdShown(Line->Text + i, Line->Length - i);
        Row->Flags = EdIsMarkedAt(Editor, Number, i) ? EdReverse : 0;
        i += Character >= 0x10000;
        for (; Cell < Next; Cell++) {
            if (Cell >= Editor->Left)
                EdCell(Row, Character);
        }
    }
    Row->Flags = EdIsMarkedAt(Editor, Number, Line->Length) ? EdReverse : 0;
    if (Row->Flags && Cell >= Editor->Left)
        EdCell(Row, ' ');
    Row->Flags = 0;
}

static void EdTextRow(const ED_EDITOR *Editor, ED_ROW *Row, uint32_t Number)
{
    if (Editor->Help) {
        if (Number < EdHelpCount) {
            EdAscii(Row, "  ");
            EdAscii(Row, HelpLines[Number]);
        }
        EdFill(Row);
        return;
    }
    if (Editor->Top + Number < Editor->Text.Count)
        EdLineCells(Editor, Row, Editor->Top + Number);
    EdFill(Row);
}

// The last cell of the last row stays empty: a terminal would scroll.
static uint32_t EdStatus(const ED_EDITOR *Editor, ED_ROW *Row)
{
    char Place[80];
    const ED_LINE *Line = &Editor->Text.Lines[Editor->Cursor.Line];
    Row->Count--;
    Row->Flags = EdReverse;
    if (Editor->Prompt) {
        EdAscii(Row, Editor->Prompt);
        EdWide(Row, Editor->Answer, Editor->AnswerLength);
        uint32_t Cursor = Row->Used;
        EdFill(Row);
        return Cursor;
    }
    char *End = EdNumber(EdText(Place, "  Line "), Editor->Cursor.Line + 1);
    End = EdNumber(EdText(End, " of "), Editor->Text.Count);
    End = EdNumber(EdText(End, "  Column "), EdCellOf(Line, Editor->Cursor.Column) + 1);
    End = EdText(End, Editor->Overwrite ? "  OVR" : "  INS");
    EdText(End, Editor->Text.CrLf ? "  CRLF  F1 help" : "  LF  F1 help");
    uint32_t Room = Row->Count > strlen(Place) ? Row->Count - (uint32_t)strlen(Place) : 0;
    EdAscii(Row, " ");
    EdWide(Row, Editor->Message,
           Editor->MessageLength + 1 < Room ? Editor->MessageLength
           : Room                           ? Room - 1
                                            : 0);
    while (Row->Used < Room)
        EdCell(Row, ' ');
    EdAscii(Row, Place);
    EdFill(Row);
    return UINT32_MAX;
}

// ---- Writing

typedef struct _ED_WRITER {
    ED_EDITOR *Editor;
    uint16_t Text[512];
    uint32_t Used;
} ED_WRITER;

static void EdFlush(ED_WRITER *Writer)
{
    if (Writer->Used)
        Writer->Editor->Output(Writer->Editor->Context, Writer->Text, Writer->Used);
    Writer->Used = 0;
}

static void EdWrite(ED_WRITER *Writer, uint32_t Character)
{
    if (Writer->Used + 2 > sizeof(Writer->Text) / sizeof(Writer->Text[0]))
        EdFlush(Writer);
    if (Character >= 0x10000) {
        Writer->Text[Writer->Used++] = (uint16_t)(0xD800 + ((Character - 0x10000) >> 10));
        Character = 0xDC00 + ((Character - 0x10000) & 0x3FF);
    }
    Writer->Text[Writer->Used++] = (uint16_t)Character;
}

static void EdSequence(ED_WRITER *Writer, const char *Text)
{
    while (*Text)
        EdWrite(Writer, (uint8_t)*Text++);
}

static void EdGoTo(ED_WRITER *Writer, uint32_t Row, uint32_t Column)
{
    char Text[40];
    char *End = EdNumber(EdText(Text, "\x1B["), Row + 1);
    EdText(EdNumber(EdText(End, ";"), Column + 1), "H");
    EdSequence(Writer, Text);
}

static void EdWriteRow(ED_WRITER *Writer, uint32_t Number, const ED_ROW *Row)
{
    ED_EDITOR *Editor = Writer->Editor;
    uint32_t *Old = Editor->Cells + (size_t)Number * Editor->Columns;
    if (!Editor->Redraw && !memcmp(Old, Row->Cells, Row->Count * sizeof(*Old)))
        return;
    memcpy(Old, Row->Cells, Row->Count * sizeof(*Old));
    uint32_t Used = Row->Count;
    while (Used && Row->Cells[Used - 1] == ' ')
        Used--;
    EdGoTo(Writer, Number, 0);
    uint32_t Reverse = 0;
    for (uint32_t i = 0; i < Used; i++) {
        if ((Row->Cells[i] & EdReverse) != Reverse)
            EdSequence(Writer, Reverse ? "\x1B[0m" : "\x1B[7m");
        Reverse = Row->Cells[i] & EdReverse;
        EdWrite(Writer, Row->Cells[i] & ~EdReverse);
    }
    if (Reverse)
        EdSequence(Writer, "\x1B[0m");
    if (Used < Row->Count)
        EdSequence(Writer, "\x1B[K");
}

static void EdFollowCursor(ED_EDITOR *Editor)
{
    uint32_t Height = Editor->Rows - 2;
    uint32_t Cell = EdCellOf(&Editor->Text.Lines[Editor->Cursor.Line], Editor->Cursor.Column);
    if (Editor->Cursor.Line < Editor->Top)
        Editor->Top = Editor->Cursor.Line;
    if (Editor->Cursor.Line >= Editor->Top + Height)
        Editor->Top = Editor->Cursor.Line - Height + 1;
    // Sideways in steps: the line is read better than with each character.
    if (Cell < Editor->Left)
        Editor->Left = Cell < 8 ? 0 : (Cell - 8) / 8 * 8;
    if (Cell >= Editor->Left + Editor->Columns)
        Editor->Left = (Cell - Editor->Columns + 16) / 8 * 8;
}

void EdDraw(ED_EDITOR *Editor)
{
    ED_WRITER Writer = {.Editor = Editor};
    uint32_t Prompt = UINT32_MAX;
    uint32_t *Cells = EdAllocate((size_t)Editor->Columns * sizeof(*Cells));
    EdFollowCursor(Editor);
    for (uint32_t i = 0; i < Editor->Rows; i++) {
        ED_ROW Row = {.Cells = Cells, .Count = Editor->Columns};
        if (i == 0)
            EdTitle(Editor, &Row);
        else if (i + 1 < Editor->Rows)
            EdTextRow(Editor, &Row, i - 1);
        else
            Prompt = EdStatus(Editor, &Row);
        EdWriteRow(&Writer, i, &Row);
    }
    Editor->Redraw = false;
    EdFree(Cells);
    if (Prompt != UINT32_MAX)
        EdGoTo(&Writer, Editor->Rows - 1, Prompt);
    else
        EdGoTo(&Writer, Editor->Cursor.Line - Editor->Top + 1,
               EdCellOf(&Editor->Text.Lines[Editor->Cursor.Line], Editor->Cursor.Column) -
                   Editor->Left);
    EdFlush(&Writer);
}
