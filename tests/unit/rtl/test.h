// What the tests of rtl have in common. After this header a C library name means rtl's function.
#ifndef TESTS_UNIT_RTL_TEST_H
#define TESTS_UNIT_RTL_TEST_H

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rtl.h>

// The hooks count what they give out, and can be told to fail.
extern SIZE_T HookBlocks;
extern BOOLEAN HookFails;

// A fixed generator, so that a failure can be repeated.
static inline ULONG TestRandom(void)
{
    static ULONGLONG State = 0x9E3779B97F4A7C15;
    State ^= State << 13;
    State ^= State >> 7;
    State ^= State << 17;
    return (ULONG)(State >> 32);
}

#define UNICODE(Literal) ((UNICODE_STRING)RTL_CONSTANT_STRING(Literal))
#define ANSI(Literal)    ((STRING)RTL_CONSTANT_STRING(Literal))

#define assert_status(Expression, Expected) assert_int_equal((ULONG)(Expression), (ULONG)(Expected))

#define assert_unicode_equal(String, Literal)                                \
    do {                                                                     \
        assert_int_equal((String)->Length, sizeof(Literal) - sizeof(WCHAR)); \
        assert_memory_equal((String)->Buffer, Literal, (String)->Length);    \
    } while (0)

#endif
