// Keys change the line by one operation, the replacement of a part, which also shows the change. A line may
// take several rows; where they end differs from sink to sink.
#include "editorp.h"

#include <string.h>

void ConWriteSink(CON_SINK *Sink, const char *Bytes, size_t Length)
{
    ConWriteScreen(Sink->Screen, Bytes, Length);
    if (Sink->Send && Length)
        Sink->Send(Sink->Context, Bytes, Length);
}

// ---- Showing. A position in the line counts cells from Sink->Start of the row in which it began. After the
// last column of a row was written, the cursor stays there until the next character.

void ConSendControl(CON_SINK *Sink, uint32_t Number, char Final)
{
    char Text[16];
    size_t Length = sizeof(Text);
    Text[--Length] = Final;
    do
        Text[--Length] = (char)('0' + Number % 10);
    while (Number /= 10);
    Text[--Length] = '[';
    Text[--Length] = 0x1B;
    ConWriteSink(Sink, Text + Length, sizeof(Text) - Length);
}

void ConSendCharacters(CON_SINK *Sink, const uint32_t *Characters, uint32_t Count)
{
    char Text[256];
    size_t Length = 0;
    for (uint32_t i = 0; i < Count; i++) {
        if (Length + 4 > sizeof(Text)) {
            ConWriteSink(Sink, Text, Length);
            Length = 0;
        }
        Length += ConEncodeUtf8(Characters[i], Text + Length);
    }
    ConWriteSink(Sink, Text, Length);
}

static void ConSendSpaces(CON_SINK *Sink, uint32_t Count)
{
    while (Count--)
        ConWriteSink(Sink, " ", 1);
}

void ConMoveInRow(CON_SINK *Sink, uint32_t Column)
{
    uint32_t Now = Sink->Screen->Cursor.Column;
    if (Column + 1 == Now && !Sink->Screen->Cursor.WrapPending)
        ConWriteSink(Sink, "\b", 1);
    else if (Column == 0)
        ConWriteSink(Sink, "\r", 1);
    else if (Column < Now)
        ConSendControl(Sink, Now - Column, 'D');
    else if (Column > Now)
        ConSendControl(Sink, Column - Now, 'C');
    else if (Sink->Screen->Cursor.WrapPending) // where it is, but for what is pending
        ConSendControl(Sink, Column + 1, 'G');
}

static void ConMoveTo(CON_SINK *Sink, const CON_EDITOR *Editor, uint32_t From, uint32_t To)
{
    uint32_t Columns = Sink->Screen->Columns;
    if (From == To)
        return;
    uint32_t Target = Sink->Start + To;
    // The end of the line at the end of a row: the next row need not exist. Writing the last character
    // again leads there.
    bool AtEdge = To == Editor->Length && To && Target % Columns == 0;
    if (AtEdge)
        Target--;
    uint32_t Row = (Sink->Start + From - Sink->Screen->Cursor.WrapPending) / Columns;
    uint32_t TargetRow = Target / Columns;
    if (TargetRow < Row)
        ConSendControl(Sink, Row - TargetRow, 'A');
    else if (TargetRow > Row)
        ConSendControl(Sink, TargetRow - Row, 'B');
    ConMoveInRow(Sink, Target % Columns);
    if (AtEdge)
        ConSendCharacters(Sink, &Editor->Line[To - 1], 1);
}

// What is there from From on, then blanks where the line was longer, and the cursor to its place.
static void ConShowFrom(CON_SINK *Sink, const CON_EDITOR *Editor, uint32_t From, uint32_t Shrunk)
{
    ConSendCharacters(Sink, Editor->Line + From, Editor->Length - From);
    ConSendSpaces(Sink, Shrunk);
    ConMoveTo(Sink, Editor, Editor->Length + Shrunk, Editor->Position);
}

// ---- The operation

static void ConReplace(CON_EDITOR *Editor, uint32_t From, uint32_t Removed,
                       const uint32_t *Inserted, uint32_t Count)
{
    uint32_t Room = CON_LINE_CHARS - (Editor->Length - Removed);
    if (Count > Room)
        Count = Room;
    for (uint32_t i = 0; i < Editor->SinkCount && Editor->Echo; i++)
        ConMoveTo(&Editor->Sinks[i], Editor, Editor->Position, From);

    uint32_t Shrunk = Removed > Count ? Removed - Count : 0;
    uint32_t *Place = Editor->Line + From;
    memmove(Place + Count, Place + Removed, (Editor->Length - From - Removed) * sizeof(uint32_t));
    memcpy(Place, Inserted, Count * sizeof(uint32_t));
    Editor->Length = Editor->Length - Removed + Count;
    Editor->Position = From + Count;

    for (uint32_t i = 0; i < Editor->SinkCount && Editor->Echo; i++)
        ConShowFrom(&Editor->Sinks[i], Editor, From, Shrunk);
}

static void ConRemove(CON_EDITOR *Editor, uint32_t From, uint32_t To)
{
    uint32_t Nothing = 0;
    if (From < To)
        ConReplace(Editor, From, To - From, &Nothing, 0);
}

static void ConGoTo(CON_EDITOR *Editor, uint32_t Position)
{
    for (uint32_t i = 0; i < Editor->SinkCount && Editor->Echo; i++)
        ConMoveTo(&Editor->Sinks[i], Editor, Editor->Position, Position);
    Editor->Position = Position;
}

static void ConSetLine(CON_EDITOR *Editor, const uint32_t *Characters, uint32_t Length)
{
    ConReplace(Editor, 0, Editor->Length, Characters, Length);
}

// What both have in common at the beginning is not written again.
void ConReplaceLine(CON_EDITOR *Editor, const uint32_t *Characters, uint32_t Length,
                    uint32_t Position)
{
    uint32_t Same = 0;
    if (Length > CON_LINE_CHARS)
        Length = CON_LINE_CHARS;
    while (Same < Length && Same < Editor->Length && Editor->Line[Same] == Characters[Same])
        Same++;
    if (Same < Length || Same < Editor->Length)
        ConReplace(Editor, Same, Editor->Length - Same, Characters + Same, Length - Same);
    ConGoTo(Editor, Position < Length ? Position : Length);
}

// ---- Words

static uint32_t ConWordLeft(const CON_EDITOR *Editor)
{
    uint32_t Place = Editor->Position;
    while (Place && Editor->Line[Place - 1] == ' ')
        Place--;
    while (Place && Editor->Line[Place - 1] != ' ')
        Place--;
    return Place;
}

static uint32_t ConWordRight(const CON_EDITOR *Editor)
{
    uint32_t Place = Editor->Position;
    while (Place < Editor->Length && Editor->Line[Place] != ' ')
        Place++;
    while (Place < Editor->Length && Editor->Line[Place] == ' ')
        Place++;
    return Place;
}

// ---- History

void ConRecall(CON_EDITOR *Editor, uint32_t Recalled)
{
    uint32_t Length;
    const uint32_t *Line =
        Recalled ? ConHistoryLine(Editor->History, Recalled - 1, &Length) : nullptr;
    if (!Line)
        return;
    Editor->Recalled = Recalled;
    ConSetLine(Editor, Line, Length);
}

// F3 and F1: the last line, from the cursor's column on; all of it, or one character.
static void ConCopyLast(CON_EDITOR *Editor, uint32_t Most)
{
    uint32_t Length;
    const uint32_t *Line = ConHistoryLine(Editor->History, 0, &Length);
    uint32_t Position = Editor->Position;
    if (!Line || Length <= Position)
        return;
    uint32_t Count = Length - Position < Most ? Length - Position : Most;
    uint32_t Removed = Editor->Length - Position < Count ? Editor->Length - Position : Count;
    ConReplace(Editor, Position, Removed, Line + Position, Count);
}

// F8: the next older line that begins as this one does up to the cursor.
static void ConSearch(CON_EDITOR *Editor)
{
    uint32_t Position = Editor->Position;
    for (uint32_t Tried = 0; Tried < Editor->History->Count; Tried++) {
        uint32_t Length, Back = (Editor->Recalled + Tried) % Editor->History->Count;
        const uint32_t *Line = ConHistoryLine(Editor->History, Back, &Length);
        if (Length < Position || memcmp(Line, Editor->Line, Position * sizeof(uint32_t)) != 0)
            continue;
        ConRecall(Editor, Back + 1);
        ConGoTo(Editor, Position);
        return;
    }
}

// ---- Keys

static void ConPressBack(CON_EDITOR *Editor, bool Control)
{
    uint32_t Start = Control ? ConWordLeft(Editor) : Editor->Position - (Editor->Position > 0);
    ConRemove(Editor, Start, Editor->Position);
}

static void ConPressDelete(CON_EDITOR *Editor, bool Control)
{
    if (Editor->Position == Editor->Length)
        return;
    uint32_t Position = Editor->Position;
    ConRemove(Editor, Position, Control ? ConWordRight(Editor) : Position + 1);
}

static void ConPressLeft(CON_EDITOR *Editor, bool Control)
{
    if (Editor->Position)
        ConGoTo(Editor, Control ? ConWordLeft(Editor) : Editor->Position - 1);
}

static void ConPressRight(CON_EDITOR *Editor, bool Control)
{
    if (Editor->Position < Editor->Length)
        ConGoTo(Editor, Control ? ConWordRight(Editor) : Editor->Position + 1);
    else if (!Control)
        ConCopyLast(Editor, 1);
}

static void ConPressHome(CON_EDITOR *Editor, bool Control)
{
    if (Control)
        ConRemove(Editor, 0, Editor->Position);
    else
        ConGoTo(Editor, 0);
}

static void ConPressEnd(CON_EDITOR *Editor, bool Control)
{
    if (Control)
        ConRemove(Editor, Editor->Position, Editor->Length);
    else
        ConGoTo(Editor, Editor->Length);
}

static void ConPressEscape(CON_EDITOR *Editor, bool Control)
{
    (void)Control;
    ConRemove(Editor, 0, Editor->Length);
    Editor->Recalled = 0;
}

static void ConPressUp(CON_EDITOR *Editor, bool Control)
{
    (void)Control;
    ConRecall(Editor, Editor->Recalled + 1);
}

static void ConPressDown(CON_EDITOR *Editor, bool Control)
{
    (void)Control;
    if (Editor->Recalled > 1)
        ConRecall(Editor, Editor->Recalled - 1);
}

static void ConPressOldest(CON_EDITOR *Editor, bool Control)
{
    (void)Control;
    ConRecall(Editor, Editor->History->Count);
}

static void ConPressNewest(CON_EDITOR *Editor, bool Control)
{
    (void)Control;
    ConRecall(Editor, 1);
}

static void ConPressInsert(CON_EDITOR *Editor, bool Control)
{
    (void)Control;
    Editor->Overwrite = !Editor->Overwrite;
}

static void ConPressCopyOne(CON_EDITOR *Editor, bool Control)
{
    (void)Control;
    ConCopyLast(Editor, 1);
}

static void ConPressCopyAll(CON_EDITOR *Editor, bool Control)
{
    (void)Control;
    ConCopyLast(Editor, CON_LINE_CHARS);
}

static void ConPressSearch(CON_EDITOR *Editor, bool Control)
{
    (void)Control;
    ConSearch(Editor);
}

// ---- Keys that ask for more

static void ConPressCopyTo(CON_EDITOR *Editor, bool Control)
{
    (void)Control;
    Editor->Asked = ConCopyToAsked;
}

static void ConPressDeleteTo(CON_EDITOR *Editor, bool Control)
{
    (void)Control;
    Editor->Asked = ConDeleteToAsked;
}

static void ConPressNumber(CON_EDITOR *Editor, bool Control)
{
    (void)Control;
    Editor->Asked = ConNumberAsked;
    Editor->Number = 0;
}

static void ConPressList(CON_EDITOR *Editor, bool Control)
{
    (void)Control;
    ConOpenList(Editor);
}

// Behind Position; Length where there is none.
static uint32_t ConFindCharacter(const uint32_t *Line, uint32_t Length, uint32_t Position,
                                 uint32_t Character)
{
    uint32_t Place = Position + 1;
    while (Place < Length && Line[Place] != Character)
        Place++;
    return Place < Length ? Place : Length;
}

static void ConCopyTo(CON_EDITOR *Editor, uint32_t Character)
{
    uint32_t Length;
    const uint32_t *Line = ConHistoryLine(Editor->History, 0, &Length);
    if (!Line || Editor->Position >= Length)
        return;
    uint32_t Place = ConFindCharacter(Line, Length, Editor->Position, Character);
    if (Place < Length)
        ConCopyLast(Editor, Place - Editor->Position);
}

// Without such a character all of the rest goes.
static void ConDeleteTo(CON_EDITOR *Editor, uint32_t Character)
{
    uint32_t Position = Editor->Position;
    uint32_t Place = ConFindCharacter(Editor->Line, Editor->Length, Position, Character);
    ConRemove(Editor, Position, Place);
    ConGoTo(Editor, Position);
}

// Lines are counted from the oldest, which is 0.
static void ConRecallNumber(CON_EDITOR *Editor)
{
    if (Editor->Number < Editor->History->Count)
        ConRecall(Editor, Editor->History->Count - Editor->Number);
}

// A key without a character, and Escape, take the question back.
static void ConAnswerKey(CON_EDITOR *Editor, const CON_KEY *Key)
{
    CON_ASKED Asked = Editor->Asked;
    bool Digit = Key->Character >= '0' && Key->Character <= '9';
    if (Key->VirtualKey >= ConKeyShift && Key->VirtualKey <= ConKeyMenu)
        return;
    if (Asked == ConNumberAsked && Digit && Editor->Number < CON_HISTORY_LINES) {
        Editor->Number = Editor->Number * 10 + (Key->Character - '0');
        return;
    }
    Editor->Asked = ConNothingAsked;
    if (Asked == ConNumberAsked && Key->VirtualKey == ConKeyReturn)
        ConRecallNumber(Editor);
    else if (Asked == ConCopyToAsked && Key->Character >= ' ')
        ConCopyTo(Editor, Key->Character);
    else if (Asked == ConDeleteToAsked && Key->Character >= ' ')
        ConDeleteTo(Editor, Key->Character);
}

static const struct {
    uint16_t VirtualKey;
    void (*Press)(CON_EDITOR *Editor, bool Control);
} ConEditKeys[] = {
    {ConKeyBack, ConPressBack},       {ConKeyDelete, ConPressDelete},
    {ConKeyLeft, ConPressLeft},       {ConKeyRight, ConPressRight},
    {ConKeyHome, ConPressHome},       {ConKeyEnd, ConPressEnd},
    {ConKeyEscape, ConPressEscape},   {ConKeyUp, ConPressUp},
    {ConKeyDown, ConPressDown},       {ConKeyPageUp, ConPressOldest},
    {ConKeyPageDown, ConPressNewest}, {ConKeyInsert, ConPressInsert},
    {ConKeyF1, ConPressCopyOne},      {ConKeyF1 + 2, ConPressCopyAll},
    {ConKeyF1 + 4, ConPressUp},       {ConKeyF1 + 7, ConPressSearch},
    {ConKeyF1 + 1, ConPressCopyTo},   {ConKeyF1 + 3, ConPressDeleteTo},
    {ConKeyF1 + 6, ConPressList},     {ConKeyF1 + 8, ConPressNumber},
};

static bool ConPressEditKey(CON_EDITOR *Editor, const CON_KEY *Key)
{
    for (size_t i = 0; i < sizeof(ConEditKeys) / sizeof(ConEditKeys[0]); i++) {
        if (ConEditKeys[i].VirtualKey != Key->VirtualKey)
            continue;
        ConEditKeys[i].Press(Editor, (Key->ControlState & CON_CTRL) != 0);
        return true;
    }
    return false;
}

static void ConType(CON_EDITOR *Editor, uint32_t Character)
{
    bool Over = Editor->Overwrite && Editor->Position < Editor->Length;
    if (Editor->Length < CON_LINE_CHARS || Over)
        ConReplace(Editor, Editor->Position, Over, &Character, 1);
}

static void ConEndLine(CON_EDITOR *Editor, const char *Text)
{
    ConGoTo(Editor, Editor->Length);
    for (uint32_t i = 0; i < Editor->SinkCount && Editor->Echo; i++)
        ConWriteSink(&Editor->Sinks[i], Text, strlen(Text));
    Editor->Active = false;
}

static CON_EDIT ConCompleteLine(CON_EDITOR *Editor)
{
    ConEndLine(Editor, "\r\n");
    if (Editor->Echo) // what is not shown, as a password, is not kept
        ConAddToHistory(Editor->History, Editor->Line, Editor->Length);
    return ConEditComplete;
}

void ConBeginLine(CON_EDITOR *Editor)
{
    Editor->Length = Editor->Position = Editor->Recalled = 0;
    Editor->Overwrite = false;
    Editor->Asked = ConNothingAsked;
    Editor->List.Open = false;
    Editor->Active = true;
    ConShowLine(Editor);
}

CON_EDIT ConEditLine(CON_EDITOR *Editor, const CON_KEY *Key)
{
    if (!Key->Down)
        return ConEditGoesOn;
    if (Key->Character == 0x03 && Editor->Processed) {
        ConCloseList(Editor);
        ConEndLine(Editor, "^C\r\n");
        Editor->Length = Editor->Position = 0;
        return ConEditBreak;
    }
    if (Key->Character == 0x1A && Editor->Processed && Editor->MayEnd && !Editor->Length) {
        ConCloseList(Editor);
        ConEndLine(Editor, "^Z\r\n");
        return ConEditEnd;
    }
    if (Editor->List.Open)
        return ConPressListKey(Editor, Key) ? ConCompleteLine(Editor) : ConEditGoesOn;
    if (Editor->Asked) {
        ConAnswerKey(Editor, Key);
        return ConEditGoesOn;
    }
    if (Key->VirtualKey == ConKeyF1 + 6 && (Key->ControlState & CON_ALT)) {
        ConClearHistory(Editor->History);
        Editor->Recalled = 0;
        return ConEditGoesOn;
    }
    if (Key->Character < ' ' && (Editor->Wakeup >> Key->Character & 1) && Key->Character)
        return ConEditWakeup;
    if (Key->VirtualKey == ConKeyReturn)
        return ConCompleteLine(Editor);
    if (ConPressEditKey(Editor, Key))
        return ConEditGoesOn;
    bool AltOnly = (Key->ControlState & CON_ALT) && !(Key->ControlState & CON_CTRL) &&
                   !(Key->ControlState & CON_RIGHT_ALT);
    if (Key->Character >= ' ' && Key->Character != 0x7F && !AltOnly)
        ConType(Editor, Key->Character);
    return ConEditGoesOn;
}

// ---- Output that comes between

void ConHideLine(CON_EDITOR *Editor)
{
    uint32_t Position = Editor->Position;
    if (Editor->List.Open)
        ConEraseList(Editor);
    for (uint32_t i = 0; i < Editor->SinkCount && Editor->Active && Editor->Echo; i++) {
        CON_SINK *Sink = &Editor->Sinks[i];
        ConMoveTo(Sink, Editor, Position, 0);
        if (Editor->Length)
            ConWriteSink(Sink, "\x1b[J", 3);
    }
}

void ConShowLine(CON_EDITOR *Editor)
{
    for (uint32_t i = 0; i < Editor->SinkCount; i++) {
        CON_SINK *Sink = &Editor->Sinks[i];
        Sink->Start = Sink->Screen->Cursor.Column + Sink->Screen->Cursor.WrapPending;
        if (Editor->Active && Editor->Echo && Editor->Length)
            ConShowFrom(Sink, Editor, 0, 0);
    }
    if (Editor->List.Open)
        ConDrawList(Editor);
}
