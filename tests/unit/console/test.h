// What the tests of the console have in common.
#ifndef TESTS_UNIT_CONSOLE_TEST_H
#define TESTS_UNIT_CONSOLE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"

static inline void TestMakeScreen(CON_SCREEN *Screen, uint32_t Columns, uint32_t Rows,
                                  uint32_t History)
{
    ConInitScreen(Screen, Columns, Rows, History, malloc(ConScreenBytes(Columns, Rows, History)));
}

static inline void TestFreeScreen(CON_SCREEN *Screen)
{
    free(Screen->Cells);
}

static inline void TestWrite(CON_SCREEN *Screen, const char *Text)
{
    ConWriteScreen(Screen, Text, strlen(Text));
}

// A row as ASCII text without the blanks at its end; other characters are question marks.
static inline const char *TestRowText(const CON_CELL *Cells, uint32_t Columns)
{
    static char Text[512];
    uint32_t Length = 0;
    for (uint32_t i = 0; i < Columns; i++) {
        Text[i] = Cells[i].Character < 0x80 ? (char)Cells[i].Character : '?';
        if (Text[i] != ' ')
            Length = i + 1;
    }
    Text[Length] = 0;
    return Text;
}

#define assert_row(Screen, Row, Expected) \
    assert_string_equal(TestRowText(ConRow(Screen, Row), (Screen)->Columns), Expected)
#define assert_view(Screen, Row, Expected) \
    assert_string_equal(TestRowText(ConViewRow(Screen, Row), (Screen)->Columns), Expected)
#define assert_cursor(Screen, ExpectedColumn, ExpectedRow)         \
    do {                                                           \
        assert_int_equal((Screen)->Cursor.Column, ExpectedColumn); \
        assert_int_equal((Screen)->Cursor.Row, ExpectedRow);       \
    } while (0)

#endif
