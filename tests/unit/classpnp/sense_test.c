// Sense data of both formats, and what follows from errors.
#include "test.h"

typedef int32_t NTSTATUS;
#include <ntstatus.h>

static void fixed_format(void **state)
{
    (void)state;
    uint8_t bytes[18] = {0xF0, 0, 0x63, 0x01, 0x02, 0x03, 0x04, 10, 0, 0, 0, 0, 0x11, 0x04};
    CORE_SENSE sense;
    assert_true(CoreParseSense(bytes, sizeof(bytes), &sense));
    assert_int_equal(sense.Key, 3);
    assert_int_equal(sense.Code, 0x11);
    assert_int_equal(sense.Qualifier, 4);
    assert_true(sense.IncorrectLength && sense.EndOfMedium && !sense.FileMark);
    assert_true(sense.InformationValid);
    assert_int_equal(sense.Information, 0x01020304);
    assert_false(sense.Deferred);
    bytes[0] = 0x71;
    assert_true(CoreParseSense(bytes, sizeof(bytes), &sense));
    assert_true(sense.Deferred && !sense.InformationValid);
}

static void progress(void **state)
{
    (void)state;
    uint8_t fixed[18] = {0x70, 0, 2, 0, 0, 0, 0, 10, 0, 0, 0, 0, 4, 4, 0, 0x80, 0x40, 0x00};
    uint8_t descriptors[16] = {0x72, 2, 4, 4, 0, 0, 0, 8, 2, 6, 0, 0, 0x80, 0xC0, 0x00, 0};
    CORE_SENSE sense;
    assert_true(CoreParseSense(fixed, sizeof(fixed), &sense));
    assert_true(sense.ProgressValid);
    assert_int_equal(sense.Progress, 0x4000);
    assert_true(CoreParseSense(descriptors, sizeof(descriptors), &sense));
    assert_true(sense.ProgressValid);
    assert_int_equal(sense.Progress, 0xC000);
    fixed[2] = 5; // with other keys the field has another meaning
    assert_true(CoreParseSense(fixed, sizeof(fixed), &sense));
    assert_false(sense.ProgressValid);
}

static void descriptor_format(void **state)
{
    (void)state;
    uint8_t bytes[24] = {0x72, 0x03, 0x11, 0x01, 0,    0,    0,    16,   0x05, 2, 0, 0x20,
                         0x00, 0x0A, 0x80, 0,    0xAA, 0xBB, 0xCC, 0xDD, 1,    2, 3, 4};
    CORE_SENSE sense;
    assert_true(CoreParseSense(bytes, sizeof(bytes), &sense));
    assert_int_equal(sense.Key, 3);
    assert_int_equal(sense.Code, 0x11);
    assert_int_equal(sense.Qualifier, 1);
    assert_true(sense.IncorrectLength);
    assert_true(sense.InformationValid);
    assert_int_equal(sense.Information, 0xAABBCCDD01020304);
}

// Whatever the lengths say, nothing beyond the buffer is looked at (the sanitizer sees it).
static void short_sense(void **state)
{
    (void)state;
    uint8_t fixed[18] = {0xF0, 0, 3, 1, 2, 3, 4, 0xFF, 0, 0, 0, 0, 0x11, 0x04};
    uint8_t descriptors[20] = {0x72, 3, 0x11, 1, 0, 0, 0, 0xFF, 0, 0xFF};
    CORE_SENSE sense;
    for (size_t length = 0; length <= sizeof(fixed); length++) {
        uint8_t *copy = test_malloc(length ? length : 1);
        memcpy(copy, fixed, length);
        assert_int_equal(CoreParseSense(copy, length, &sense), length > 0);
        assert_int_equal(sense.Key, length >= 3 ? 3 : 0);
        assert_int_equal(sense.Code, length > 12 ? 0x11 : 0);
        test_free(copy);
        copy = test_malloc(length ? length : 1);
        memcpy(copy, descriptors, length);
        assert_int_equal(CoreParseSense(copy, length, &sense), length > 0);
        assert_false(sense.InformationValid);
        test_free(copy);
    }
    fixed[0] = 0x00;
    assert_false(CoreParseSense(fixed, sizeof(fixed), &sense));
}

// ---- What follows

static CORE_OUTCOME interpret(uint8_t key, uint8_t code, uint8_t qualifier, bool removable)
{
    uint8_t sense[18] = {0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, code, qualifier};
    CORE_FAILURE failure = {.SrbStatus = 4,
                            .ScsiStatus = 2,
                            .Sense = sense,
                            .SenseLength = sizeof(sense),
                            .Removable = removable};
    CORE_OUTCOME outcome;
    CoreInterpret(&failure, &outcome);
    return outcome;
}

static void outcomes(void **state)
{
    (void)state;
    static const struct {
        uint8_t key, code, qualifier;
        NTSTATUS status;
        bool retry;
        uint32_t actions;
    } cases[] = {
        {0x0, 0x00, 0x00, STATUS_IO_DEVICE_ERROR, true, 0},
        {0x1, 0x17, 0x01, STATUS_SUCCESS, false, 0},
        {0x1, 0x5D, 0x00, STATUS_SUCCESS, false, CORE_FAILURE_PREDICTED},
        {0x2, 0x04, 0x01, STATUS_DEVICE_NOT_READY, true, 0},
        {0x2, 0x04, 0x02, STATUS_DEVICE_NOT_READY, true, CORE_START_UNIT},
        {0x2, 0x04, 0x04, STATUS_DEVICE_NOT_READY, false, 0},
        {0x2, 0x3A, 0x02, STATUS_NO_MEDIA_IN_DEVICE, false, CORE_NO_MEDIA},
        {0x2, 0x99, 0x00, STATUS_DEVICE_NOT_READY, true, 0},
        {0x3, 0x11, 0x00, STATUS_DEVICE_DATA_ERROR, true, 0},
        {0x3, 0x31, 0x00, STATUS_UNRECOGNIZED_MEDIA, false, 0},
        {0x4, 0x44, 0x00, STATUS_IO_DEVICE_ERROR, true, 0},
        {0x5, 0x21, 0x00, STATUS_NONEXISTENT_SECTOR, false, 0},
        {0x5, 0x20, 0x00, STATUS_INVALID_DEVICE_REQUEST, false, 0},
        {0x6, 0x28, 0x00, STATUS_IO_DEVICE_ERROR, true, CORE_MEDIA_CHANGED | CORE_UNIT_ATTENTION},
        {0x6, 0x2A, 0x09, STATUS_IO_DEVICE_ERROR, true,
         CORE_CAPACITY_CHANGED | CORE_UNIT_ATTENTION},
        {0x6, 0x3F, 0x0E, STATUS_IO_DEVICE_ERROR, true, CORE_LUNS_CHANGED | CORE_UNIT_ATTENTION},
        {0x7, 0x27, 0x00, STATUS_MEDIA_WRITE_PROTECTED, false, 0},
        {0x7, 0x27, 0x07, STATUS_DISK_FULL, false, 0},
        {0x8, 0x00, 0x00, STATUS_NO_DATA_DETECTED, false, 0},
        {0x9, 0x00, 0x00, STATUS_IO_DEVICE_ERROR, true, 0},
        {0xB, 0x47, 0x03, STATUS_IO_DEVICE_ERROR, true, 0},
        {0xE, 0x1D, 0x00, STATUS_IO_DEVICE_ERROR, false, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CORE_OUTCOME outcome = interpret(cases[i].key, cases[i].code, cases[i].qualifier, false);
        assert_int_equal(outcome.Status, cases[i].status);
        assert_int_equal(outcome.Retry, cases[i].retry);
        assert_int_equal(outcome.Actions, cases[i].actions);
    }
}

static void changed_media(void **state)
{
    (void)state;
    CORE_OUTCOME outcome = interpret(6, 0x28, 0, true);
    assert_int_equal(outcome.Status, STATUS_VERIFY_REQUIRED);
    assert_false(outcome.Retry);
    outcome = interpret(6, 0x29, 0, true); // a reset changes no medium
    assert_true(outcome.Retry);
}

// The error belongs to an earlier command: this one is sent again.
static void deferred(void **state)
{
    (void)state;
    uint8_t sense[18] = {0x71, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x24, 0};
    CORE_FAILURE failure = {
        .SrbStatus = 4, .ScsiStatus = 2, .Sense = sense, .SenseLength = sizeof(sense)};
    CORE_OUTCOME outcome;
    CoreInterpret(&failure, &outcome);
    assert_true(outcome.Retry);
    assert_int_equal(outcome.Status, STATUS_IO_DEVICE_ERROR);
}

static void without_sense(void **state)
{
    (void)state;
    static const struct {
        uint8_t srb, scsi;
        NTSTATUS status;
        bool retry;
    } cases[] = {
        {0x02, 0, STATUS_IO_TIMEOUT, true},
        {0x04, 0x08, STATUS_DEVICE_BUSY, true},
        {0x04, 0x18, STATUS_DEVICE_BUSY, false},
        {0x04, 0x28, STATUS_DEVICE_BUSY, true},
        {0x04, 0x02, STATUS_IO_DEVICE_ERROR, true},
        {0x05, 0, STATUS_DEVICE_BUSY, true},
        {0x06, 0, STATUS_INVALID_DEVICE_REQUEST, false},
        {0x08, 0, STATUS_NO_SUCH_DEVICE, false},
        {0x09, 0, STATUS_IO_TIMEOUT, true},
        {0x0A, 0, STATUS_DEVICE_NOT_CONNECTED, true},
        {0x0F, 0, STATUS_PARITY_ERROR, true},
        {0x12, 0, STATUS_DATA_OVERRUN, false},
        {0x20, 0, STATUS_NO_SUCH_DEVICE, false},
        {0x7E, 0, STATUS_IO_DEVICE_ERROR, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CORE_FAILURE failure = {.SrbStatus = cases[i].srb, .ScsiStatus = cases[i].scsi};
        CORE_OUTCOME outcome;
        CoreInterpret(&failure, &outcome);
        assert_int_equal(outcome.Status, cases[i].status);
        assert_int_equal(outcome.Retry, cases[i].retry);
    }
    CORE_FAILURE failure = {.SrbStatus = 0x30, .InternalStatus = STATUS_INSUFFICIENT_RESOURCES};
    CORE_OUTCOME outcome;
    CoreInterpret(&failure, &outcome);
    assert_int_equal(outcome.Status, STATUS_INSUFFICIENT_RESOURCES);
    assert_false(outcome.Retry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_format),      cmocka_unit_test(progress),
        cmocka_unit_test(descriptor_format), cmocka_unit_test(short_sense),
        cmocka_unit_test(outcomes),          cmocka_unit_test(changed_media),
        cmocka_unit_test(deferred),          cmocka_unit_test(without_sense),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
