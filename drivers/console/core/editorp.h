// Between the line editor and its list of the history.
#pragma once

#include "editor.h"

// editor.c
void ConSendControl(CON_SINK *Sink, uint32_t Number, char Final); // ESC [ Number Final
void ConSendCharacters(CON_SINK *Sink, const uint32_t *Characters, uint32_t Count);
void ConMoveInRow(CON_SINK *Sink, uint32_t Column);
void ConRecall(CON_EDITOR *Editor, uint32_t Recalled); // counted from 1, the newest

// list.c. A key that is pressed while the list is there: true, if it means Return to the line.
void ConOpenList(CON_EDITOR *Editor);
void ConCloseList(CON_EDITOR *Editor);
bool ConPressListKey(CON_EDITOR *Editor, const CON_KEY *Key);
void ConDrawList(CON_EDITOR *Editor);  // at its place above or below the line
void ConEraseList(CON_EDITOR *Editor); // what it covers is there again
