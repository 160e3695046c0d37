// Any bytes leave the screen in order.
#include <stdlib.h>

#include "display.h"

static void Check(bool Condition)
{
    if (!Condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size)
{
    enum { Columns = 13, Rows = 7, History = 5 };
    static CON_CELL Cells[Columns * (Rows + History)];
    CON_SCREEN Screen;
    ConInitScreen(&Screen, Columns, Rows, History, Cells);
    for (size_t i = 0; i < Size; i++) {
        ConWriteScreen(&Screen, Data + i, 1);
        Check(Screen.Cursor.Column < Columns && Screen.Cursor.Row < Rows);
        Check(Screen.Top < Screen.Bottom && Screen.Bottom < Rows);
        Check(Screen.View <= Screen.Kept && Screen.Kept <= History);
        Check(Screen.First < Rows + History);
    }
    for (uint32_t i = 0; i < Columns * (Rows + History); i++)
        Check(Cells[i].Character >= ' ' && Cells[i].Character <= 0x10FFFF);
    return 0;
}
