#include "fake_memory.h"

enum { file_size = 0x400, segments_at = 64, segment_size = 56, data_at = 0x200 };

static uint8_t file[file_size];
static elf_image_t image;

static void put(word_t offset, uint64_t value, word_t size)
{
    memcpy(file + offset, &value, size);
}

static void put_segment(unsigned index, uint32_t type, uint64_t offset, uint64_t address,
                        uint64_t in_file, uint64_t in_memory)
{
    const word_t at = segments_at + index * segment_size;
    put(at, type, 4);
    put(at + 8, offset, 8);
    put(at + 16, address, 8);
    put(at + 32, in_file, 8);
    put(at + 40, in_memory, 8);
}

// Code at 0x401080, data at 0x403ff8 with zeros into the next page, and a note that is not loaded.
static void new_file(void)
{
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    memset(file, 0, sizeof(file));
    memcpy(file, ident, sizeof(ident));
    put(16, 2, 2);
    put(18, 62, 2);
    put(24, 0x401084, 8);
    put(32, segments_at, 8);
    put(54, segment_size, 2);
    put(56, 3, 2);
    put_segment(0, 1, data_at, 0x401080, 16, 16);
    put_segment(1, 4, data_at, 0x10, 16, 16);
    put_segment(2, 1, data_at + 16, 0x403ff8, 8, 16);
    memset(file + data_at, 0xcc, 24);
}

static bool parses(void)
{
    return elf_parse(file, sizeof(file), &image);
}

static void test_span_and_entry(void **)
{
    new_file();
    assert_true(parses());
    assert_int_equal(0x401084, image.entry);
    assert_int_equal(0x401000, image.start);
    assert_int_equal(0x405000, image.end);
}

static void test_load(void **)
{
    static uint8_t memory[0x4000];
    new_file();
    assert_true(parses());
    memset(memory, 0, sizeof(memory));
    elf_load(&image, memory);
    for (unsigned i = 0; i < sizeof(memory); i++) {
        bool is_loaded = (i >= 0x80 && i < 0x90) || (i >= 0x2ff8 && i < 0x3000);
        assert_int_equal(is_loaded ? 0xcc : 0, memory[i]);
    }
}

// One wrong field each: offset, size, value.
static void test_refused_headers(void **)
{
    static const struct {
        word_t offset, size;
        uint64_t value;
    } wrong[] = {
        {0, 1, 0},                        // magic
        {4, 1, 1},                        // 32-bit
        {5, 1, 2},                        // big-endian
        {16, 2, 1},                       // relocatable
        {18, 2, 3},                       // i386
        {24, 8, 0x400fff},                // entry below the image
        {24, 8, 0x405000},                // and above
        {32, 8, file_size},               // program headers outside
        {32, 8, UINT64_MAX - 8},          //
        {54, 2, 32},                      // of another size
        {56, 2, 0xffff},                  // too many
        {56, 2, 0},                       // none
        {segments_at + 8, 8, 0x3f8},      // contents outside
        {segments_at + 8, 8, 1ull << 63}, //
        {segments_at + 32, 8, 17},        // more in the file than in memory
        {segments_at + 40, 8, 1ull << 60},
        {segments_at + 16, 8, seL4_UserTop - 8}, // into what user level cannot have
        {segments_at + 16, 8, 0xffffffff80000000},
    };
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        new_file();
        put(wrong[i].offset, wrong[i].value, wrong[i].size);
        assert_false(parses());
    }
}

static void test_short_files(void **)
{
    new_file();
    for (word_t size = 0; size < data_at + 24; size++)
        assert_false(elf_parse(file, size, &image));
    assert_true(elf_parse(file, data_at + 24, &image));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span_and_entry),
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_refused_headers),
        cmocka_unit_test(test_short_files),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
