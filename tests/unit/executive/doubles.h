// What the components under test need of the others: pool with leak counting, "user memory" that is the
// host's, one process with one thread, and dispatcher objects that never really wait.
#pragma once

#include "ntos.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

// Addresses below this are bad pointers.
constexpr ULONG_PTR TEST_LOWEST_ADDRESS = 0x10000;
#define TEST_USER(Pointer) ((typeof(*(Pointer)) USER *)(ULONG_PTR)(Pointer))
#define TEST_BAD_POINTER   ((VOID USER *)(ULONG_PTR)0x10)

#define assert_status(Expression, Expected) assert_int_equal((ULONG)(Expression), (ULONG)(Expected))
#define assert_success(Expression)          assert_status(Expression, STATUS_SUCCESS)

extern EPROCESS *const TestProcessObject, *const TestOtherProcessObject;
#define TestProcess      (*TestProcessObject)
#define TestOtherProcess (*TestOtherProcessObject)
extern ETHREAD *TestThread; // null: before the first thread
extern LONG TestPoolBlocks;
extern const VOID *TestBootHive;
extern SIZE_T TestBootHiveSize;

// Bring up ob, se, ex and the test's processes; once a program.
int TestStart(void **State);
int TestStop(void **State);
// Act as the ordinary user, or as SYSTEM again.
void TestActAs(PTOKEN Token);
UNICODE_STRING TestString(PCWSTR Text);
OBJECT_ATTRIBUTES TestName(UNICODE_STRING *Name, ULONG Attributes);
