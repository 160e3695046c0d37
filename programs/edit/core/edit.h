// A small full-screen editor as pure logic: text, undo, search, keys, and what the screen shows. Text is UTF-16.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- What the program around it gives

void *EdAllocate(size_t Size); // zeroed; does not come back when there is no memory
void EdFree(void *Memory);

// ---- Text (text.c)

typedef struct _ED_LINE {
    uint16_t *Text;
    uint32_t Length, Capacity;
} ED_LINE;

typedef struct _ED_PLACE {
    uint32_t Line, Column; // from 0, in UTF-16 units
} ED_PLACE;

// Text that was put in or taken out at a place; lines end with one '\n'.
typedef struct _ED_CHANGE {
    struct _ED_CHANGE *Next; // earlier
    bool Inserted;
    bool Joined;         // undone together with the one before
    ED_PLACE At, Cursor; // Cursor: where it was before
    uint16_t *Text;
    uint32_t Length;
} ED_CHANGE;

typedef struct _ED_TEXT {
    ED_LINE *Lines;
    uint32_t Count, Capacity; // one line at least
    ED_CHANGE *Undo, *Redo;
    ED_CHANGE *Saved; // the newest change when it was saved
    bool SavedLost;   // ... is no longer in the list
    bool Typing;      // the next character may join the newest change
    bool CrLf, Bom;   // of the file
} ED_TEXT;

void EdInitText(ED_TEXT *Text);
void EdFreeText(ED_TEXT *Text);
bool EdIsChanged(const ED_TEXT *Text);
void EdMarkSaved(ED_TEXT *Text);
// What comes behind is the place after it.
ED_PLACE EdInsert(ED_TEXT *Text, ED_PLACE At, const uint16_t *What, uint32_t Length,
                  ED_PLACE Cursor);
void EdDelete(ED_TEXT *Text, ED_PLACE From, ED_PLACE To, ED_PLACE Cursor);
bool EdUndo(ED_TEXT *Text, ED_PLACE *Cursor);
bool EdRedo(ED_TEXT *Text, ED_PLACE *Cursor);
// By whole characters: a surrogate pair is one.
ED_PLACE EdNext(const ED_TEXT *Text, ED_PLACE At);
ED_PLACE EdPrevious(const ED_TEXT *Text, ED_PLACE At);
// From At on, around the end; small letters find large ones. False: it is nowhere.
bool EdFind(const ED_TEXT *Text, const uint16_t *What, uint32_t Length, ED_PLACE At,
            ED_PLACE *Found);

// ---- Files (utf8.c). Bytes that are not UTF-8 come back as they were.

void EdLoad(ED_TEXT *Text, const uint8_t *Bytes, size_t Length);
uint8_t *EdStore(const ED_TEXT *Text, size_t *Length);

// ---- The editor (editor.c, view.c)

typedef enum _ED_KEY {
    EdCharacter,
    EdUp,
    EdDown,
    EdLeft,
    EdRight,
    EdHome,
    EdEnd,
    EdPageUp,
    EdPageDown,
    EdInsertKey,
    EdDeleteKey,
    EdBackspace,
    EdEnter,
    EdTab,
    EdEscape,
    EdF1,
    EdF3,
} ED_KEY;

enum { EdPromptChars = 200, EdNameChars = 260, EdMessageChars = 120 };

typedef struct _ED_EDITOR ED_EDITOR;
typedef void ED_ANSWER(ED_EDITOR *Editor); // what was asked for stands in Answer

struct _ED_EDITOR {
    ED_TEXT Text;
    ED_PLACE Cursor;
    uint32_t WantedCell; // column that moving up and down tries to keep
    uint32_t Top, Left;  // what is shown: first line, first cell
    uint32_t Rows, Columns;
    bool Overwrite, Help, Done;
    uint16_t Name[EdNameChars];
    uint32_t NameLength;
    uint16_t Message[EdMessageChars]; // on the last row until the next key
    uint32_t MessageLength;
    const char *Prompt; // null: none
    uint16_t Answer[EdPromptChars];
    uint32_t AnswerLength;
    ED_ANSWER *Answered;
    uint16_t Wanted[EdPromptChars]; // searched for
    uint32_t WantedLength;
    bool Shift; // is held with the next key
    bool Marked;
    ED_PLACE Mark; // where marking began
    uint16_t *Cut; // what was cut or copied, or null
    uint32_t CutLength;
    bool CutIsLine; // with its end
    // Writes the file under Name; null: done, or what went wrong.
    const char *(*Save)(void *Context, ED_EDITOR *Editor, const uint8_t *Bytes, size_t Length);
    void (*Output)(void *Context, const uint16_t *Text, uint32_t Length);
    void *Context;
    uint32_t *Cells; // what the screen shows: characters, with EdReverse
    bool Redraw;     // everything
};

constexpr uint32_t EdReverse = 0x80000000;

void EdInit(ED_EDITOR *Editor, uint32_t Columns, uint32_t Rows);
void EdRelease(ED_EDITOR *Editor);
void EdResize(ED_EDITOR *Editor, uint32_t Columns, uint32_t Rows);
void EdSay(ED_EDITOR *Editor, const char *Message);
// A key; Character counts for EdCharacter, Control says that Ctrl is held.
void EdPress(ED_EDITOR *Editor, ED_KEY Key, uint16_t Character, bool Control);
void EdDraw(ED_EDITOR *Editor);
// ---- Marked pieces (mark.c)

bool EdGetMarked(const ED_EDITOR *Editor, ED_PLACE *From, ED_PLACE *To); // false: nothing is
bool EdEraseMarked(ED_EDITOR *Editor);
void EdMarkAll(ED_EDITOR *Editor);
void EdCopyKey(ED_EDITOR *Editor);
void EdCutKey(ED_EDITOR *Editor);
void EdPasteKey(ED_EDITOR *Editor);

// The cell of a column in its line: tabs go to multiples of eight, and a character takes one cell.
uint32_t EdCellOf(const ED_LINE *Line, uint32_t Column);
uint32_t EdColumnAt(const ED_LINE *Line, uint32_t Cell);
