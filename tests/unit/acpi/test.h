// cmocka, and what the suites have in common.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "machine.h"

static MACHINE Machine;

static int EndTest(void **State)
{
    (void)State;
    EndMachine(&Machine);
    assert_int_equal(DoubleAllocations, 0);
    return 0;
}

[[maybe_unused]] static PACPI_NODE RequireNode(PCSTR Path)
{
    PACPI_NODE Node = NodeAt(&Machine, Path);
    if (!Node) {
        fail_msg("no node %s", Path);
        abort(); // fail_msg does not return, which nobody tells the compiler
    }
    return Node;
}

// The text, or all of a multi-string with | between.
[[maybe_unused]] static void AssertTexts(PWSTR Text, BOOLEAN Several, PCSTR Expected)
{
    char Found[1024] = "";
    size_t Length = 0;
    assert_non_null(Text);
    for (PCWSTR Next = Text; *Next && Length < sizeof(Found) - 2; Next++) {
        if (Length && Several)
            Found[Length++] = '|';
        for (; *Next && Length < sizeof(Found) - 2; Next++)
            Found[Length++] = (char)*Next;
        if (!Several)
            break;
    }
    assert_string_equal(Found, Expected);
    ExFreePoolWithTag(Text, AcpiTag);
}
