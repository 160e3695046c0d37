// Lines of text, and how changes are undone.
#include "edit.h"

#include <string.h>

static void EdGrowLine(ED_LINE *Line, uint32_t Length)
{
    if (Length <= Line->Capacity)
        return;
    uint32_t Capacity = Length + Length / 2 + 16;
    uint16_t *Text = EdAllocate(Capacity * sizeof(*Text));
    if (Line->Length)
        memcpy(Text, Line->Text, Line->Length * sizeof(*Text));
    EdFree(Line->Text);
    Line->Text = Text;
    Line->Capacity = Capacity;
}

static void EdInsertInLine(ED_LINE *Line, uint32_t Column, const uint16_t *What, uint32_t Length)
{
    if (!Length)
        return;
    EdGrowLine(Line, Line->Length + Length);
    if (Line->Length > Column)
        memmove(Line->Text + Column + Length, Line->Text + Column,
                (Line->Length - Column) * sizeof(*What));
    memcpy(Line->Text + Column, What, Length * sizeof(*What));
    Line->Length += Length;
}

// Count empty lines behind line After.
static void EdMakeLines(ED_TEXT *Text, uint32_t After, uint32_t Count)
{
    if (Text->Count + Count > Text->Capacity) {
        uint32_t Capacity = Text->Count + Count + Text->Count / 2 + 64;
        ED_LINE *Lines = EdAllocate(Capacity * sizeof(*Lines));
        memcpy(Lines, Text->Lines, Text->Count * sizeof(*Lines));
        EdFree(Text->Lines);
        Text->Lines = Lines;
        Text->Capacity = Capacity;
    }
    ED_LINE *At = Text->Lines + After + 1;
    memmove(At + Count, At, (Text->Count - After - 1) * sizeof(*At));
    memset(At, 0, Count * sizeof(*At));
    Text->Count += Count;
}

static uint32_t EdCountEnds(const uint16_t *What, uint32_t Length)
{
    uint32_t Count = 0;
    for (uint32_t i = 0; i < Length; i++)
        Count += What[i] == '\n';
    return Count;
}

static uint32_t EdPartLength(const uint16_t *What, uint32_t Length)
{
    uint32_t Part = 0;
    while (Part < Length && What[Part] != '\n')
        Part++;
    return Part;
}

static ED_PLACE EdPut(ED_TEXT *Text, ED_PLACE At, const uint16_t *What, uint32_t Length)
{
    uint32_t Ends = EdCountEnds(What, Length);
    if (!Ends) {
        EdInsertInLine(&Text->Lines[At.Line], At.Column, What, Length);
        return (ED_PLACE){At.Line, At.Column + Length};
    }
    EdMakeLines(Text, At.Line, Ends);
    ED_LINE *First = &Text->Lines[At.Line], *Last = First + Ends;
    if (First->Length > At.Column)
        EdInsertInLine(Last, 0, First->Text + At.Column, First->Length - At.Column);
    First->Length = At.Column;
    for (ED_LINE *Line = First; Line < Last; Line++) {
        uint32_t Part = EdPartLength(What, Length);
        EdInsertInLine(Line, Line->Length, What, Part);
        What += Part + 1;
        Length -= Part + 1;
    }
    EdInsertInLine(Last, 0, What, Length);
    return (ED_PLACE){At.Line + Ends, Length};
}

static void EdTake(ED_TEXT *Text, ED_PLACE From, ED_PLACE To)
{
    ED_LINE *First = &Text->Lines[From.Line], *Last = &Text->Lines[To.Line];
    if (From.Line == To.Line) {
        if (First->Length > To.Column)
            memmove(First->Text + From.Column, First->Text + To.Column,
                    (First->Length - To.Column) * sizeof(uint16_t));
        First->Length -= To.Column - From.Column;
        return;
    }
    First->Length = From.Column;
    if (Last->Length > To.Column)
        EdInsertInLine(First, From.Column, Last->Text + To.Column, Last->Length - To.Column);
    for (ED_LINE *Line = First + 1; Line <= Last; Line++)
        EdFree(Line->Text);
    memmove(First + 1, Last + 1, (Text->Count - To.Line - 1) * sizeof(*Last));
    Text->Count -= To.Line - From.Line;
}

static uint32_t EdCopy(const ED_TEXT *Text, ED_PLACE From, ED_PLACE To, uint16_t *Out)
{
    uint32_t Length = 0;
    for (uint32_t i = From.Line; i <= To.Line; i++) {
        const ED_LINE *Line = &Text->Lines[i];
        uint32_t Begin = i == From.Line ? From.Column : 0,
                 End = i == To.Line ? To.Column : Line->Length;
        if (Out && End > Begin)
            memcpy(Out + Length, Line->Text + Begin, (End - Begin) * sizeof(*Out));
        Length += End - Begin;
        if (Out && i < To.Line)
            Out[Length] = '\n';
        Length += i < To.Line;
    }
    return Length;
}

// Where text that begins at At ends.
static ED_PLACE EdEndOf(ED_PLACE At, const uint16_t *What, uint32_t Length)
{
    for (uint32_t i = 0; i < Length; i++)
        At = What[i] == '\n' ? (ED_PLACE){At.Line + 1, 0} : (ED_PLACE){At.Line, At.Column + 1};
    return At;
}

// ---- Changes

static void EdFreeChanges(ED_TEXT *Text, ED_CHANGE **List)
{
    while (*List) {
        ED_CHANGE *Change = *List;
        if (Change == Text->Saved)
            Text->SavedLost = true;
        *List = Change->Next;
        EdFree(Change->Text);
        EdFree(Change);
    }
}

static ED_CHANGE *EdRemember(ED_TEXT *Text, bool Inserted, ED_PLACE At, ED_PLACE Cursor,
                             uint32_t Length)
{
    ED_CHANGE *Change = EdAllocate(sizeof(*Change));
    // What was undone and is changed now cannot be done again.
    EdFreeChanges(Text, &Text->Redo);
    *Change = (ED_CHANGE){
        .Next = Text->Undo, .Inserted = Inserted, .At = At, .Cursor = Cursor, .Length = Length};
    Change->Text = EdAllocate((Length + 1) * sizeof(uint16_t));
    Text->Undo = Change;
    return Change;
}

// Typing on in a word is one change; a new line begins another.
static bool EdJoin(ED_TEXT *Text, ED_PLACE At, const uint16_t *What, uint32_t Length)
{
    ED_CHANGE *Last = Text->Undo;
    if (!Text->Typing || !Last || !Last->Inserted || Length != 1 || *What == '\n' ||
        Last == Text->Saved)
        return false;
    ED_PLACE End = EdEndOf(Last->At, Last->Text, Last->Length);
    if (End.Line != At.Line || End.Column != At.Column || !Last->Length ||
        Last->Text[Last->Length - 1] == '\n' ||
        (*What == ' ' && Last->Text[Last->Length - 1] != ' '))
        return false;
    uint16_t *Longer = EdAllocate((Last->Length + 2) * sizeof(*Longer));
    memcpy(Longer, Last->Text, Last->Length * sizeof(*Longer));
    Longer[Last->Length++] = *What;
    EdFree(Last->Text);
    Last->Text = Longer;
    EdFreeChanges(Text, &Text->Redo);
    return true;
}

ED_PLACE EdInsert(ED_TEXT *Text, ED_PLACE At, const uint16_t *What, uint32_t Length,
                  ED_PLACE Cursor)
{
    if (!EdJoin(Text, At, What, Length)) {
        ED_CHANGE *Change = EdRemember(Text, true, At, Cursor, Length);
        memcpy(Change->Text, What, Length * sizeof(*What));
    }
    Text->Typing = true;
    return EdPut(Text, At, What, Length);
}

void EdDelete(ED_TEXT *Text, ED_PLACE From, ED_PLACE To, ED_PLACE Cursor)
{
    ED_CHANGE *Change = EdRemember(Text, false, From, Cursor, EdCopy(Text, From, To, nullptr));
    EdCopy(Text, From, To, Change->Text);
    EdTake(Text, From, To);
    Text->Typing = false;
}

static ED_PLACE EdApply(ED_TEXT *Text, const ED_CHANGE *Change, bool Insert)
{
    if (Insert)
        return EdPut(Text, Change->At, Change->Text, Change->Length);
    EdTake(Text, Change->At, EdEndOf(Change->At, Change->Text, Change->Length));
    return Change->At;
}

static bool EdMove(ED_TEXT *Text, ED_CHANGE **From, ED_CHANGE **To, bool Undo, ED_PLACE *Cursor)
{
    ED_CHANGE *Change = *From;
    if (!Change)
        return false;
    *From = Change->Next;
    Change->Next = *To;
    *To = Change;
    *Cursor = EdApply(Text, Change, Change->Inserted != Undo);
    if (Undo)
        *Cursor = Change->Cursor;
    Text->Typing = false;
    return true;
}

bool EdUndo(ED_TEXT *Text, ED_PLACE *Cursor)
{
    bool Joined = Text->Undo && Text->Undo->Joined;
    if (!EdMove(Text, &Text->Undo, &Text->Redo, true, Cursor))
        return false;
    return Joined ? EdUndo(Text, Cursor) : true;
}

bool EdRedo(ED_TEXT *Text, ED_PLACE *Cursor)
{
    if (!EdMove(Text, &Text->Redo, &Text->Undo, false, Cursor))
        return false;
    return Text->Redo && Text->Redo->Joined ? EdRedo(Text, Cursor) : true;
}

bool EdIsChanged(const ED_TEXT *Text)
{
    return Text->SavedLost || Text->Undo != Text->Saved;
}

void EdMarkSaved(ED_TEXT *Text)
{
    Text->Saved = Text->Undo;
    Text->SavedLost = false;
}

void EdInitText(ED_TEXT *Text)
{
    *Text =
        (ED_TEXT){.Lines = EdAllocate(sizeof(ED_LINE)), .Count = 1, .Capacity = 1, .CrLf = true};
}

void EdFreeText(ED_TEXT *Text)
{
    EdFreeChanges(Text, &Text->Undo);
    EdFreeChanges(Text, &Text->Redo);
    for (uint32_t i = 0; i < Text->Count; i++)
        EdFree(Text->Lines[i].Text);
    EdFree(Text->Lines);
}

// ---- Places

ED_PLACE EdNext(const ED_TEXT *Text, ED_PLACE At)
{
    const ED_LINE *Line = &Text->Lines[At.Line];
    if (At.Column < Line->Length) {
        bool Pair = (Line->Text[At.Column] & 0xFC00) == 0xD800 && At.Column + 1 < Line->Length &&
                    (Line->Text[At.Column + 1] & 0xFC00) == 0xDC00;
        return (ED_PLACE){At.Line, At.Column + 1 + Pair};
    }
    return At.Line + 1 < Text->Count ? (ED_PLACE){At.Line + 1, 0} : At;
}

ED_PLACE EdPrevious(const ED_TEXT *Text, ED_PLACE At)
{
    const ED_LINE *Line = &Text->Lines[At.Line];
    if (At.Column) {
        bool Pair = At.Column > 1 && (Line->Text[At.Column - 1] & 0xFC00) == 0xDC00 &&
                    (Line->Text[At.Column - 2] & 0xFC00) == 0xD800;
        return (ED_PLACE){At.Line, At.Column - 1 - Pair};
    }
    return At.Line ? (ED_PLACE){At.Line - 1, Text->Lines[At.Line - 1].Length} : At;
}

static uint16_t EdFold(uint16_t Character)
{
    if (Character >= 'A' && Character <= 'Z')
        return (uint16_t)(Character + 32);
    // Latin-1, Greek and Cyrillic
    if ((Character >= 0xC0 && Character <= 0xDE && Character != 0xD7) ||
        (Character >= 0x391 && Character <= 0x3A9) || (Character >= 0x410 && Character <= 0x42F))
        return (uint16_t)(Character + 32);
    return Character;
}

static bool EdMatches(const ED_LINE *Line, uint32_t Column, const uint16_t *What, uint32_t Length)
{
    for (uint32_t i = 0; i < Length; i++) {
        // A large letter that was asked for finds only itself.
        uint16_t Character = Line->Text[Column + i];
        if (Character != What[i] && EdFold(Character) != What[i])
            return false;
    }
    return true;
}

bool EdFind(const ED_TEXT *Text, const uint16_t *What, uint32_t Length, ED_PLACE At,
            ED_PLACE *Found)
{
    for (uint32_t i = 0; Length && i <= Text->Count; i++) {
        uint32_t Number = (At.Line + i) % Text->Count;
        const ED_LINE *Line = &Text->Lines[Number];
        for (uint32_t Column = i ? 0 : At.Column; Column + Length <= Line->Length; Column++) {
            if (!EdMatches(Line, Column, What, Length))
                continue;
            *Found = (ED_PLACE){Number, Column};
            return true;
        }
    }
    return false;
}
