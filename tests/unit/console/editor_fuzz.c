// Any input of a terminal: the line stands on the screen as it is, whatever was edited.
#include <stdlib.h>

#include "editor.h"

enum { Narrow = 9, Wide = 33, Rows = 130 }; // the list of the history needs a wide one

static CON_EDITOR Editor;
static CON_SCREEN Screen;
static uint32_t Columns;

static void Check(bool Condition)
{
    if (!Condition)
        abort();
}

static void CheckShown(void)
{
    uint32_t Cursor =
        Screen.Cursor.Row * Columns + Screen.Cursor.Column + Screen.Cursor.WrapPending;
    Check(Editor.Position <= Editor.Length && Editor.Length <= CON_LINE_CHARS);
    Check(Cursor >= Editor.Position);
    uint32_t Start = Cursor - Editor.Position;
    for (uint32_t i = 0; i < Editor.Length; i++)
        Check(ConRow(&Screen, (Start + i) / Columns)[(Start + i) % Columns].Character ==
              Editor.Line[i]);
}

static void Put(void *Context, const CON_KEY *Key)
{
    (void)Context;
    if (ConEditLine(&Editor, Key) != ConEditGoesOn) {
        ConWriteSink(Editor.Sinks, "\x1b[H\x1b[2J\x1b[4C", 11);
        ConBeginLine(&Editor);
    }
    CheckShown();
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size)
{
    static CON_CELL Cells[Wide * Rows];
    static CON_HISTORY History;
    CON_SINK Sink = {.Screen = &Screen};
    CON_KEY_DECODER Decoder = {0};
    const CON_KEY_SINK Keys = {Put, NULL};
    Columns = Size % 2 ? Wide : Narrow;
    ConInitScreen(&Screen, Columns, Rows, 0, Cells);
    History = (CON_HISTORY){0};
    Editor = (CON_EDITOR){
        .Sinks = &Sink, .SinkCount = 1, .History = &History, .Echo = true, .Processed = true};
    ConBeginLine(&Editor);
    for (size_t i = 0; i < Size; i++)
        ConDecodeKey(&Decoder, Data[i], &Keys);
    return 0;
}
