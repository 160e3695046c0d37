// Keys, and what they do.
#include "edit.h"

#include <string.h>

void EdInit(ED_EDITOR *Editor, uint32_t Columns, uint32_t Rows)
{
    *Editor = (ED_EDITOR){};
    EdInitText(&Editor->Text);
    EdResize(Editor, Columns, Rows);
}

void EdRelease(ED_EDITOR *Editor)
{
    EdFreeText(&Editor->Text);
    EdFree(Editor->Cut);
    EdFree(Editor->Cells);
}

void EdResize(ED_EDITOR *Editor, uint32_t Columns, uint32_t Rows)
{
    Editor->Columns = Columns < 20 ? 20 : Columns;
    Editor->Rows = Rows < 4 ? 4 : Rows;
    EdFree(Editor->Cells);
    Editor->Cells = EdAllocate((size_t)Editor->Columns * Editor->Rows * sizeof(uint32_t));
    Editor->Redraw = true;
}

void EdSay(ED_EDITOR *Editor, const char *Message)
{
    uint32_t Length = 0;
    for (; Message[Length] && Length < EdMessageChars; Length++)
        Editor->Message[Length] = (uint8_t)Message[Length];
    Editor->MessageLength = Length;
}

static ED_LINE *EdLine(ED_EDITOR *Editor)
{
    return &Editor->Text.Lines[Editor->Cursor.Line];
}

// ---- Questions

static void EdAsk(ED_EDITOR *Editor, const char *Prompt, const uint16_t *Answer, uint32_t Length,
                  ED_ANSWER *Answered)
{
    Editor->Prompt = Prompt;
    Editor->Answered = Answered;
    Editor->AnswerLength = Length < EdPromptChars ? Length : EdPromptChars;
    memcpy(Editor->Answer, Answer, Editor->AnswerLength * sizeof(*Answer));
}

static void EdPressPrompt(ED_EDITOR *Editor, ED_KEY Key, uint16_t Character, bool Control)
{
    if (Key == EdEscape || (Key == EdCharacter && Control)) {
        Editor->Prompt = nullptr;
    } else if (Key == EdBackspace) {
        Editor->AnswerLength -= Editor->AnswerLength > 0;
    } else if (Key == EdEnter) {
        Editor->Prompt = nullptr;
        Editor->Answered(Editor);
    } else if (Key == EdCharacter && Editor->AnswerLength < EdPromptChars) {
        Editor->Answer[Editor->AnswerLength++] = Character;
    }
}

// ---- Finding

static void EdFindFrom(ED_EDITOR *Editor, ED_PLACE At)
{
    ED_PLACE Found;
    if (!EdFind(&Editor->Text, Editor->Wanted, Editor->WantedLength, At, &Found)) {
        EdSay(Editor, Editor->WantedLength ? "Not found" : "Nothing to find");
        return;
    }
    if (Found.Line < At.Line || (Found.Line == At.Line && Found.Column < At.Column))
        EdSay(Editor, "Found from the beginning");
    Editor->Cursor = Found;
}

static void EdFindAnswer(ED_EDITOR *Editor)
{
    memcpy(Editor->Wanted, Editor->Answer, Editor->AnswerLength * sizeof(*Editor->Answer));
    Editor->WantedLength = Editor->AnswerLength;
    EdFindFrom(Editor, Editor->Cursor);
}

static void EdFindAgain(ED_EDITOR *Editor)
{
    EdFindFrom(Editor, EdNext(&Editor->Text, Editor->Cursor));
}

static void EdGoAnswer(ED_EDITOR *Editor)
{
    uint32_t Number = 0;
    for (uint32_t i = 0; i < Editor->AnswerLength && Number < 100000000; i++) {
        if (Editor->Answer[i] < '0' || Editor->Answer[i] > '9') {
            EdSay(Editor, "Not a number");
            return;
        }
        Number = Number * 10 + Editor->Answer[i] - '0';
    }
    if (!Number)
        return;
    Editor->Cursor = (ED_PLACE){(Number > Editor->Text.Count ? Editor->Text.Count : Number) - 1, 0};
}

// ---- Saving and leaving

static bool EdSave(ED_EDITOR *Editor)
{
    size_t Length;
    uint8_t *Bytes = EdStore(&Editor->Text, &Length);
    const char *Problem = Editor->Save(Editor->Context, Editor, Bytes, Length);
    EdFree(Bytes);
    EdSay(Editor, Problem ? Problem : "Saved");
    if (!Problem)
        EdMarkSaved(&Editor->Text);
    return !Problem;
}

static void EdNameAnswer(ED_EDITOR *Editor)
{
    uint16_t Old[EdNameChars];
    uint32_t OldLength = Editor->NameLength;
    if (!Editor->AnswerLength)
        return;
    memcpy(Old, Editor->Name, sizeof(Old));
    memcpy(Editor->Name, Editor->Answer, Editor->AnswerLength * sizeof(*Editor->Answer));
    Editor->NameLength = Editor->AnswerLength;
    if (EdSave(Editor))
        return;
    memcpy(Editor->Name, Old, sizeof(Old));
    Editor->NameLength = OldLength;
}

static void EdSaveAs(ED_EDITOR *Editor)
{
    EdAsk(Editor, " Save as: ", Editor->Name, Editor->NameLength, EdNameAnswer);
}

static void EdSaveKey(ED_EDITOR *Editor)
{
    if (Editor->NameLength)
        (void)EdSave(Editor);
    else
        EdSaveAs(Editor);
}

static void EdQuitAnswer(ED_EDITOR *Editor)
{
    uint16_t First = Editor->AnswerLength ? Editor->Answer[0] | 0x20 : 0;
    if (First == 'n')
        Editor->Done = true;
    else if (First == 'y' && !Editor->NameLength)
        EdSaveAs(Editor);
    else if (First == 'y')
        Editor->Done = EdSave(Editor);
}

static void EdQuit(ED_EDITOR *Editor)
{
    if (!EdIsChanged(&Editor->Text))
        Editor->Done = true;
    else
        EdAsk(Editor, " Save the changes first (Yes/No, Esc goes back)? ", Editor->Answer, 0,
              EdQuitAnswer);
}

// ---- Changing

static void EdType(ED_EDITOR *Editor, const uint16_t *What, uint32_t Length)
{
    bool Replaced = EdEraseMarked(Editor);
    ED_PLACE At = Editor->Cursor;
    bool Over = Editor->Overwrite && !Replaced && Length == 1 && *What != '\n' &&
                At.Column < EdLine(Editor)->Length;
    if (Over)
        EdDelete(&Editor->Text, At, EdNext(&Editor->Text, At), At);
    Editor->Cursor = EdInsert(&Editor->Text, At, What, Length, At);
    if (Over || Replaced)
        Editor->Text.Undo->Joined = true;
}

// The same blanks as the line above.
static void EdBreakLine(ED_EDITOR *Editor)
{
    const ED_LINE *Line = EdLine(Editor);
    uint32_t Blanks = 0;
    while (Blanks < Editor->Cursor.Column &&
           (Line->Text[Blanks] == ' ' || Line->Text[Blanks] == '\t'))
        Blanks++;
    uint16_t *What = EdAllocate((Blanks + 1) * sizeof(*What));
    What[0] = '\n';
    if (Blanks)
        memcpy(What + 1, Line->Text, Blanks * sizeof(*What));
    EdType(Editor, What, Blanks + 1);
    EdFree(What);
}

static void EdErase(ED_EDITOR *Editor, ED_PLACE From, ED_PLACE To)
{
    if (From.Line == To.Line && From.Column == To.Column)
        return;
    EdDelete(&Editor->Text, From, To, Editor->Cursor);
    Editor->Cursor = From;
}

// ---- Moving

static bool EdInWord(const ED_EDITOR *Editor, ED_PLACE At)
{
    const ED_LINE *Line = &Editor->Text.Lines[At.Line];
    uint16_t Character = At.Column < Line->Length ? Line->Text[At.Column] : ' ';
    return (Character >= '0' && Character <= '9') ||
           ((Character | 0x20) >= 'a' && (Character | 0x20) <= 'z') || Character == '_' ||
           Character >= 0x80;
}

static bool EdSame(ED_PLACE One, ED_PLACE Other)
{
    return One.Line == Other.Line && One.Column == Other.Column;
}

// To the begin of a word.
static ED_PLACE EdWord(const ED_EDITOR *Editor, ED_PLACE At,
                       ED_PLACE (*Step)(const ED_TEXT *Text, ED_PLACE At))
{
    for (;;) {
        ED_PLACE Next = Step(&Editor->Text, At);
        if (EdSame(Next, At))
            return At;
        At = Next;
        bool Begin = EdInWord(Editor, At) &&
                     (!At.Column || !EdInWord(Editor, EdPrevious(&Editor->Text, At)));
        if (Begin)
            return At;
    }
}

static void EdMoveLines(ED_EDITOR *Editor, bool Down, uint32_t Count)
{
    uint32_t Line = Editor->Cursor.Line, Last = Editor->Text.Count - 1;
    if (Down)
        Line = Last - Line < Count ? Last : Line + Count;
    else
        Line = Line < Count ? 0 : Line - Count;
    Editor->Cursor = (ED_PLACE){Line, EdColumnAt(&Editor->Text.Lines[Line], Editor->WantedCell)};
}

static void EdPage(ED_EDITOR *Editor, bool Down)
{
    uint32_t Height = Editor->Rows - 2, Last = Editor->Text.Count - 1;
    EdMoveLines(Editor, Down, Height);
    if (Down)
        Editor->Top =
            Last > Height && Editor->Top + Height <= Last ? Editor->Top + Height : Editor->Top;
    else
        Editor->Top = Editor->Top < Height ? 0 : Editor->Top - Height;
}

static bool EdPressMove(ED_EDITOR *Editor, ED_KEY Key, bool Control)
{
    ED_PLACE End = {Editor->Text.Count - 1, Editor->Text.Lines[Editor->Text.Count - 1].Length};
    bool Keep = true;
    if (Key >= EdUp && Key <= EdPageDown && Editor->Shift != Editor->Marked) {
        Editor->Mark = Editor->Cursor;
        Editor->Marked = Editor->Shift;
    }
    switch (Key) {
    case EdUp:
    case EdDown:
        EdMoveLines(Editor, Key == EdDown, 1);
        break;
    case EdPageUp:
    case EdPageDown:
        EdPage(Editor, Key == EdPageDown);
        break;
    case EdLeft:
        Editor->Cursor = Control ? EdWord(Editor, Editor->Cursor, EdPrevious)
                                 : EdPrevious(&Editor->Text, Editor->Cursor);
        Keep = false;
        break;
    case EdRight:
        Editor->Cursor = Control ? EdWord(Editor, Editor->Cursor, EdNext)
                                 : EdNext(&Editor->Text, Editor->Cursor);
        Keep = false;
        break;
    case EdHome:
        Editor->Cursor = (ED_PLACE){Control ? 0 : Editor->Cursor.Line, 0};
        Keep = false;
        break;
    case EdEnd:
        Editor->Cursor = Control ? End : (ED_PLACE){Editor->Cursor.Line, EdLine(Editor)->Length};
        Keep = false;
        break;
    default:
        return false;
    }
    Editor->Text.Typing = false;
    if (!Keep)
        Editor->WantedCell = EdCellOf(EdLine(Editor), Editor->Cursor.Column);
    return true;
}

// ---- All keys

static void EdUndoKey(ED_EDITOR *Editor)
{
    if (!EdUndo(&Editor->Text, &Editor->Cursor))
        EdSay(Editor, "Nothing to undo");
}

static void EdRedoKey(ED_EDITOR *Editor)
{
    if (!EdRedo(&Editor->Text, &Editor->Cursor))
        EdSay(Editor, "Nothing to do again");
}

static void EdFindKey(ED_EDITOR *Editor)
{
    EdAsk(Editor, " Find: ", Editor->Wanted, Editor->WantedLength, EdFindAnswer);
}

static void EdGoKey(ED_EDITOR *Editor)
{
    EdAsk(Editor, " Go to line: ", Editor->Answer, 0, EdGoAnswer);
}

static void EdHelpKey(ED_EDITOR *Editor)
{
    Editor->Help = true;
}

static void EdRedrawKey(ED_EDITOR *Editor)
{
    Editor->Redraw = true;
}

static const struct {
    char Letter;
    void (*Do)(ED_EDITOR *Editor);
} ControlKeys[] = {
    {'s', EdSaveKey},  {'w', EdSaveAs},    {'q', EdQuit},    {'f', EdFindKey}, {'n', EdFindAgain},
    {'g', EdGoKey},    {'z', EdUndoKey},   {'y', EdRedoKey}, {'x', EdCutKey},  {'c', EdCopyKey},
    {'v', EdPasteKey}, {'l', EdRedrawKey}, {'a', EdMarkAll},
};

static void EdPressCharacter(ED_EDITOR *Editor, uint16_t Character, bool Control)
{
    if (!Control) {
        EdType(Editor, &Character, 1);
        return;
    }
    for (size_t i = 0; i < sizeof(ControlKeys) / sizeof(ControlKeys[0]); i++) {
        if (ControlKeys[i].Letter == (Character | 0x20))
            ControlKeys[i].Do(Editor);
    }
}

// As on all keyboards since there are such keys: with Ctrl it copies, with Shift it puts in.
static void EdInsertPressed(ED_EDITOR *Editor, bool Control)
{
    if (Control)
        EdCopyKey(Editor);
    else if (Editor->Shift)
        EdPasteKey(Editor);
    else
        Editor->Overwrite = !Editor->Overwrite;
}

// What is done with a marked piece leaves it marked only if that is still there and may be wanted again.
static bool EdKeepsMark(ED_KEY Key, uint16_t Character, bool Control)
{
    uint16_t Letter = Character | 0x20;
    return Key == EdF1 || Key == EdInsertKey ||
           (Key == EdCharacter && Control && (Letter == 'c' || Letter == 'a' || Letter == 'l'));
}

static void EdPressOther(ED_EDITOR *Editor, ED_KEY Key, uint16_t Character, bool Control)
{
    ED_PLACE At = Editor->Cursor;
    switch (Key) {
    case EdCharacter:
        EdPressCharacter(Editor, Character, Control);
        break;
    case EdEnter:
        EdBreakLine(Editor);
        break;
    case EdTab:
        EdType(Editor, &(uint16_t){'\t'}, 1);
        break;
    case EdBackspace:
        if (!EdEraseMarked(Editor))
            EdErase(Editor, EdPrevious(&Editor->Text, At), At);
        break;
    case EdDeleteKey:
        if (Editor->Shift)
            EdCutKey(Editor);
        else if (!EdEraseMarked(Editor))
            EdErase(Editor, At, EdNext(&Editor->Text, At));
        break;
    case EdInsertKey:
        EdInsertPressed(Editor, Control);
        break;
    case EdF1:
        EdHelpKey(Editor);
        break;
    case EdF3:
        EdFindAgain(Editor);
        break;
    default:
        break;
    }
    if (!EdKeepsMark(Key, Character, Control))
        Editor->Marked = false;
    Editor->WantedCell = EdCellOf(EdLine(Editor), Editor->Cursor.Column);
}

void EdPress(ED_EDITOR *Editor, ED_KEY Key, uint16_t Character, bool Control)
{
    Editor->MessageLength = 0;
    if (Editor->Help) {
        Editor->Help = false;
        return;
    }
    if (Editor->Prompt) {
        EdPressPrompt(Editor, Key, Character, Control);
        Editor->WantedCell = EdCellOf(EdLine(Editor), Editor->Cursor.Column);
    } else if (!EdPressMove(Editor, Key, Control))
        EdPressOther(Editor, Key, Character, Control);
}
