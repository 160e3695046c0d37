#include "editor.h"

#include <string.h>

const uint32_t *ConHistoryLine(const CON_HISTORY *History, uint32_t Back, uint32_t *Length)
{
    if (Back >= History->Count)
        return nullptr;
    uint32_t Index = (History->Next + CON_HISTORY_LINES - 1 - Back) % CON_HISTORY_LINES;
    *Length = History->Lines[Index].Length;
    return History->Lines[Index].Characters;
}

void ConClearHistory(CON_HISTORY *History)
{
    History->Count = History->Next = 0;
}

// An empty line is not kept, nor one that repeats the last.
void ConAddToHistory(CON_HISTORY *History, const uint32_t *Characters, uint32_t Length)
{
    uint32_t LastLength;
    const uint32_t *Last = ConHistoryLine(History, 0, &LastLength);
    if (!Length ||
        (Last && LastLength == Length && memcmp(Last, Characters, Length * sizeof(uint32_t)) == 0))
        return;
    History->Lines[History->Next].Length = Length;
    memcpy(History->Lines[History->Next].Characters, Characters, Length * sizeof(uint32_t));
    History->Next = (History->Next + 1) % CON_HISTORY_LINES;
    if (History->Count < CON_HISTORY_LINES)
        History->Count++;
}
