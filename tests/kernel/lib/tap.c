// Running the table of tests, and their results as TAP.
#include "ktest.h"

extern const test_t __start_tests[], __stop_tests[];

volatile seL4_Word tests_started;

static const test_t *next_test = __start_tests;
static const test_t *current;
static const char *skip_reason;
static bool failed;
static seL4_Word failures;
static int diagnostics;

enum { MAX_DIAGNOSTICS = 12 };

static const char *const error_names[seL4_NumErrors] = {
    "NoError",     "InvalidArgument", "InvalidCapability", "IllegalOperation",
    "RangeError",  "AlignmentError",  "FailedLookup",      "TruncatedMessage",
    "DeleteFirst", "RevokeFirst",     "NotEnoughMemory",
};

static const char *error_name(seL4_Error error)
{
    return (seL4_Word)error < seL4_NumErrors ? error_names[error] : "?";
}

static void fail(void)
{
    if (!failed)
        print("not ok %llu - %s\n", tests_started, current->name);
    failed = true;
}

// Says where, and whether there is room for the rest: a loop need not fill the console.
static bool fail_at(where_t where)
{
    fail();
    if (++diagnostics > MAX_DIAGNOSTICS)
        return false;
    print("# %s:%d: %s: ", where.file, where.line, where.text);
    return true;
}

bool check_true(where_t where, bool held)
{
    if (!held) {
        if (fail_at(where))
            print("expected true got false\n");
    }
    return held;
}

bool check_equal(where_t where, seL4_Word expected, seL4_Word actual)
{
    if (expected == actual)
        return true;
    if (fail_at(where))
        print("expected 0x%llx got 0x%llx\n", expected, actual);
    return false;
}

bool check_error(where_t where, seL4_Error expected, seL4_Error actual, int count,
                 const seL4_Word *mrs)
{
    if (actual != expected) {
        if (fail_at(where))
            print("expected %s got %s\n", error_name(expected), error_name(actual));
        return false;
    }

    seL4_Word got[8];
    for (int i = 0; i < count; i++)
        got[i] = seL4_GetMR(i); // before the console uses the message registers
    for (int i = 0; i < count; i++) {
        if (got[i] == mrs[i])
            continue;
        if (fail_at(where))
            print("%s MR%d expected 0x%llx got 0x%llx\n", error_name(expected), i, mrs[i], got[i]);
        return false;
    }
    return true;
}

void test_skip(const char *reason)
{
    skip_reason = reason;
}

bool test_has_failed(void)
{
    return failed;
}

static void end_test(void)
{
    if (!pool_close()) {
        fail();
        print("# the test left capabilities behind\n");
    }
    if (failed)
        failures++;
    else if (skip_reason)
        print("ok %llu - %s # SKIP %s\n", tests_started, current->name, skip_reason);
    else
        print("ok %llu - %s\n", tests_started, current->name);
}

static void begin_test(const test_t *test)
{
    current = test;
    failed = false;
    diagnostics = 0;
    skip_reason = nullptr;
    tests_started++;
    pool_open();
}

void test_abort(const char *reason)
{
    fail();
    print("# %s\n", reason);
    end_test();
    tests_run();
}

void tests_run(void)
{
    while (next_test < __stop_tests) {
        begin_test(next_test++);
        current->run();
        end_test();
    }
    print("# %llu failed\n1..%llu\n", failures, tests_started);
    for (;;)
        (void)seL4_TCB_Suspend(seL4_CapInitThreadTCB);
}
