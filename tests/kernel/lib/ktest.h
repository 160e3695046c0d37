// What the test programs stand on: console, tests with TAP output, objects and slots that are taken
// back after each test, memory, threads.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "thread.h"

// Console (COM1)
void console_setup(void);
[[gnu::format(printf, 1, 2)]] void print(const char *format, ...);
[[noreturn]] void bail_out(const char *reason);

extern const seL4_BootInfo *bootinfo;
extern seL4_CPtr com1_port;

static inline seL4_Word read_tsc(void)
{
    seL4_Word low, high;
    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high));
    return high << 32 | low;
}

// Ticks of the TSC in a microsecond, from the kernel's boot information.
seL4_Word tsc_mhz(void);
const void *bootinfo_chunk(seL4_Word id); // nullptr if there is none

// A kernel may have been built with more entries than seL4_ConfigMaxBootInfoUntypedCaps.
static inline seL4_Word untyped_count(void)
{
    return bootinfo->untyped.end - bootinfo->untyped.start;
}

static inline const seL4_UntypedDesc *untyped_desc(seL4_Word index)
{
    const seL4_UntypedDesc *first = bootinfo->untypedList;
    return first + index;
}

// Tests. Each is one TAP line; the linker gathers them into one table in the order of the sources.
typedef struct test {
    const char *name;
    void (*run)(void);
} test_t;

#define TEST(function, text)                                                \
    static void function(void);                                             \
    static const test_t function##_entry                                    \
        __attribute__((used, retain, section("tests"))) = {text, function}; \
    static void function(void)

void tests_run(void); // all of them, then the plan
void test_skip(const char *reason);
bool test_has_failed(void);
void test_abort(
    const char *reason); // from another thread: end the current test, go on with the next
extern volatile seL4_Word tests_started;

// Checks record a failure and go on; each gives back whether it held.
typedef struct where {
    const char *file;
    int line;
    const char *text;
} where_t;

#define HERE(text) ((where_t){__FILE__, __LINE__, text})

bool check_true(where_t where, bool held);
bool check_equal(where_t where, seL4_Word expected, seL4_Word actual);
bool check_error(where_t where, seL4_Error expected, seL4_Error actual, int count,
                 const seL4_Word *mrs);

#define CHECK(condition) check_true(HERE(#condition), (condition))
#define CHECK_EQ(expected, actual) \
    check_equal(HERE(#actual), (seL4_Word)(expected), (seL4_Word)(actual))
#define CHECK_OK(call) check_error(HERE(#call), seL4_NoError, call, 0, nullptr)

// CHECK_ERROR(error, call, mr0, mr1, ...): the error code and the error's message registers.
#define CHECK_ERROR(error, call, ...)                                                         \
    check_error(HERE(#call), error, call,                                                     \
                (int)(sizeof((const seL4_Word[]){0, ##__VA_ARGS__}) / sizeof(seL4_Word)) - 1, \
                &((const seL4_Word[]){0, ##__VA_ARGS__})[1])

// Objects and slots of the current test.
void pool_setup(void);
void pool_open(void);
bool pool_close(void); // false: something was left behind

seL4_CPtr library_untyped(void); // the boot untyped that the library has split
seL4_CPtr pool_untyped(void);    // where new_object takes memory
seL4_Word pool_bits(void);       // its size
seL4_CPtr new_slot(void);
seL4_CPtr new_slots(seL4_Word count);
seL4_CPtr new_object(seL4_ObjectType type, seL4_Word size_bits);
seL4_CPtr new_objects(seL4_ObjectType type, seL4_Word size_bits, seL4_Word count);
seL4_CPtr copy_cap(seL4_CPtr source, seL4_CapRights_t rights);
seL4_CPtr mint_cap(seL4_CPtr source, seL4_CapRights_t rights, seL4_Word badge);
bool slot_is_empty(seL4_CPtr slot);
void delete_cap(seL4_CPtr slot);

// Invocations word by word: any label, any number of capabilities and arguments.
typedef struct words {
    seL4_Word count;
    const seL4_Word *at;
} words_t;

#define WORDS(...)                                                                    \
    ((words_t){sizeof((const seL4_Word[]){0, ##__VA_ARGS__}) / sizeof(seL4_Word) - 1, \
               &((const seL4_Word[]){0, ##__VA_ARGS__})[1]})

seL4_Error invoke(seL4_CPtr service, seL4_Word label, words_t caps, words_t args);
extern seL4_MessageInfo_t invoke_reply; // the whole tag of the last invoke's answer

// An object that outlives the tests.
seL4_CPtr permanent_slot(void);
seL4_CPtr permanent_object(seL4_ObjectType type, seL4_Word size_bits);

#define ROOT seL4_CapInitThreadCNode
enum { DEPTH = seL4_WordBits };

// Memory
seL4_CPtr image_frame(const void *address); // capability of a page of this program
void window_setup(void);
void window_reset(void);
void *window_reserve(void);        // the address of a page that is free to map
void *window_map(seL4_CPtr frame); // map a 4 KiB frame read-write for the current test
void *new_page(seL4_CPtr *frame);  // a fresh frame, mapped

// The guard thread: it turns a fault or a hang of a test into a failure of that test.
void guard_setup(void);
