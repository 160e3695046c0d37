// A piece of the text that is marked, between where marking began and the cursor; what is cut, copied and put in.
#include "edit.h"

#include <string.h>

static bool EdIsBefore(ED_PLACE One, ED_PLACE Other)
{
    return One.Line < Other.Line || (One.Line == Other.Line && One.Column < Other.Column);
}

bool EdGetMarked(const ED_EDITOR *Editor, ED_PLACE *From, ED_PLACE *To)
{
    bool Backwards = EdIsBefore(Editor->Cursor, Editor->Mark);
    *From = Backwards ? Editor->Cursor : Editor->Mark;
    *To = Backwards ? Editor->Mark : Editor->Cursor;
    return Editor->Marked && EdIsBefore(*From, *To);
}

bool EdEraseMarked(ED_EDITOR *Editor)
{
    ED_PLACE From, To;
    bool Any = EdGetMarked(Editor, &From, &To);
    Editor->Marked = false;
    if (!Any)
        return false;
    EdDelete(&Editor->Text, From, To, Editor->Cursor);
    Editor->Cursor = From;
    return true;
}

void EdMarkAll(ED_EDITOR *Editor)
{
    uint32_t Last = Editor->Text.Count - 1;
    Editor->Mark = (ED_PLACE){};
    Editor->Cursor = (ED_PLACE){Last, Editor->Text.Lines[Last].Length};
    Editor->Marked = true;
}

// ---- What was cut or copied: a piece, or without one the line, which is put in as a line

static uint32_t EdPieceLength(const ED_TEXT *Text, ED_PLACE From, ED_PLACE To)
{
    uint32_t Length = To.Column - From.Column;
    for (uint32_t i = From.Line; i < To.Line; i++)
        Length += Text->Lines[i].Length + 1;
    return Length;
}

// WithEnd: a line's end behind it.
static void EdTakePiece(ED_EDITOR *Editor, ED_PLACE From, ED_PLACE To, bool WithEnd)
{
    uint32_t Used = 0;
    EdFree(Editor->Cut);
    Editor->CutLength = EdPieceLength(&Editor->Text, From, To) + WithEnd;
    Editor->Cut = EdAllocate(Editor->CutLength * sizeof(*Editor->Cut));
    for (uint32_t i = From.Line; i <= To.Line; i++) {
        const ED_LINE *Line = &Editor->Text.Lines[i];
        uint32_t Begin = i == From.Line ? From.Column : 0;
        uint32_t End = i == To.Line ? To.Column : Line->Length;
        if (End > Begin)
            memcpy(Editor->Cut + Used, Line->Text + Begin, (End - Begin) * sizeof(*Editor->Cut));
        Used += End - Begin;
        if (i < To.Line || WithEnd)
            Editor->Cut[Used++] = '\n';
    }
}

void EdCopyKey(ED_EDITOR *Editor)
{
    ED_PLACE From, To;
    Editor->CutIsLine = !EdGetMarked(Editor, &From, &To);
    if (Editor->CutIsLine) {
        uint32_t Line = Editor->Cursor.Line;
        From = (ED_PLACE){Line, 0};
        To = (ED_PLACE){Line, Editor->Text.Lines[Line].Length};
    }
    EdTakePiece(Editor, From, To, Editor->CutIsLine);
}

void EdCutKey(ED_EDITOR *Editor)
{
    uint32_t Number = Editor->Cursor.Line;
    ED_PLACE From = {Number, 0}, To = {Number + 1, 0};
    EdCopyKey(Editor);
    if (EdEraseMarked(Editor))
        return;
    if (Number + 1 == Editor->Text.Count)
        To = (ED_PLACE){Number, Editor->Text.Lines[Number].Length};
    if (!EdIsBefore(From, To))
        return;
    EdDelete(&Editor->Text, From, To, Editor->Cursor);
    Editor->Cursor = From;
}

void EdPasteKey(ED_EDITOR *Editor)
{
    ED_PLACE Cursor = Editor->Cursor;
    if (!Editor->Cut || !Editor->CutLength)
        return;
    bool Replaced = EdEraseMarked(Editor);
    ED_PLACE At = Editor->Cursor;
    if (Editor->CutIsLine && !Replaced)
        At.Column = 0;
    Editor->Cursor =
        EdInsert(&Editor->Text, At, Editor->Cut, Editor->CutLength, Replaced ? At : Cursor);
    if (Replaced)
        Editor->Text.Undo->Joined = true;
    Editor->Text.Typing = false;
}
