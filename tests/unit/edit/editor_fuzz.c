// Any file and any keys: no harm comes of it, undoing everything brings the file back, and the screen shows the text.
#include "terminal.h"

#include <stdlib.h>
#include <string.h>

static ED_EDITOR Editor;

static void Output(void *Context, const uint16_t *Text, uint32_t Length)
{
    (void)Context, (void)Text, (void)Length;
}

static const char *Save(void *Context, ED_EDITOR *This, const uint8_t *Bytes, size_t Length)
{
    (void)Context, (void)This, (void)Bytes;
    return Length % 2 ? nullptr : "no";
}

static void CheckStored(const uint8_t *Bytes, size_t Length)
{
    size_t Stored;
    uint8_t *Now = EdStore(&Editor.Text, &Stored);
    ED_TEXT Again;
    EdInitText(&Again);
    EdLoad(&Again, Now, Stored);
    size_t Twice;
    uint8_t *Then = EdStore(&Again, &Twice);
    if (Twice != Stored || memcmp(Now, Then, Stored))
        abort();
    // Files with two kinds of line ends get one.
    if ((!Editor.Text.CrLf || !memchr(Bytes, '\n', Length)) &&
        (Stored != Length || memcmp(Now, Bytes, Length)))
        abort();
    EdFreeText(&Again);
    free(Now);
    free(Then);
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size)
{
    if (Size < 2)
        return 0;
    size_t Length = Data[0] < Size - 1 ? Data[0] : Size - 1;
    const uint8_t *File = Data + 1, *Keys = File + Length;
    EdInit(&Editor, 20 + Data[1] % 60, 4 + Data[1] % 20);
    Editor.Output = Output;
    Editor.Save = Save;
    EdLoad(&Editor.Text, File, Length);
    CheckStored(File, Length);
    for (size_t i = 0; i + 1 < Size - 1 - Length; i += 2) {
        Editor.Shift = Keys[i] & 0x20;
        EdPress(&Editor, (ED_KEY)(Keys[i] % (EdF3 + 1)), Keys[i + 1], Keys[i] & 0x80);
        if (Keys[i] & 0x40)
            EdDraw(&Editor);
        if (Editor.Cursor.Line >= Editor.Text.Count ||
            Editor.Cursor.Column > Editor.Text.Lines[Editor.Cursor.Line].Length)
            abort();
    }
    while (EdUndo(&Editor.Text, &Editor.Cursor))
        ;
    CheckStored(File, Length);
    EdRelease(&Editor);
    return 0;
}
