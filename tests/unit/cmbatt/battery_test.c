// Answers of _BIF, _BIX and _BST, what is made of them, and answers that are none.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core.h"

// An answer, element by element.
typedef struct _ANSWER {
    union {
        ACPI_EVAL_OUTPUT_BUFFER Header;
        UCHAR Bytes[1024];
    };
    ULONG Length;
} ANSWER;

static void Start(ANSWER *Answer)
{
    memset(Answer, 0, sizeof(*Answer));
    Answer->Header.Signature = ACPI_EVAL_OUTPUT_BUFFER_SIGNATURE;
    Answer->Length = FIELD_OFFSET(ACPI_EVAL_OUTPUT_BUFFER, Argument);
}

static void Put(ANSWER *Answer, USHORT Type, const void *Data, USHORT Length)
{
    UCHAR *Place = Answer->Bytes + Answer->Length;
    memcpy(Place, &Type, sizeof(Type));
    memcpy(Place + 2, &Length, sizeof(Length));
    memcpy(Place + 4, Data, Length);
    Answer->Length += (ULONG)ACPI_METHOD_ARGUMENT_LENGTH(Length);
    Answer->Header.Length = Answer->Length;
    Answer->Header.Count++;
}

static void PutNumbers(ANSWER *Answer, const ULONG *Numbers, size_t Count)
{
    for (size_t i = 0; i < Count; i++)
        Put(Answer, ACPI_METHOD_ARGUMENT_INTEGER, &Numbers[i], sizeof(Numbers[i]));
}

static void PutTexts(ANSWER *Answer, const char *const Texts[4])
{
    for (size_t i = 0; i < 4; i++)
        Put(Answer, ACPI_METHOD_ARGUMENT_STRING, Texts[i], (USHORT)(strlen(Texts[i]) + 1));
}

static const char *const Texts[] = {"BAT42", "0815", "LION", "ACME"};
static const ULONG InCurrent[] = {1, 4400, 4000, 1, 10800, 400, 200, 10, 20};

static void TestOlder(void **State)
{
    ANSWER Answer;
    CMB_STATIC Static;
    BATTERY_INFORMATION Information;
    BATTERY_REPORTING_SCALE Scale[2];
    (void)State;
    Start(&Answer);
    PutNumbers(&Answer, InCurrent, RTL_NUMBER_OF(InCurrent));
    PutTexts(&Answer, Texts);
    assert_true(CmbReadStatic(&Answer.Header, Answer.Length, FALSE, &Static));
    assert_string_equal(Static.Model, "BAT42");
    assert_string_equal(Static.Maker, "ACME");
    CmbDescribe(&Static, &Information);
    assert_int_equal(Information.Capabilities, BATTERY_SYSTEM_BATTERY);
    assert_int_equal(Information.DesignedCapacity, 47520); // 4.4 Ah of 10.8 V
    assert_int_equal(Information.FullChargedCapacity, 43200);
    assert_int_equal(Information.DefaultAlert1, 2160);
    assert_int_equal(Information.DefaultAlert2, 4320);
    assert_int_equal(Information.Technology, 1);
    assert_memory_equal(Information.Chemistry, "LION", 4);
    assert_int_equal(Information.CycleCount, 0);
    CmbDescribeScale(&Static, Scale);
    assert_int_equal(Scale[0].Granularity, 108);
    assert_int_equal(Scale[0].Capacity, 4320);
    assert_int_equal(Scale[1].Granularity, 216);
    assert_int_equal(Scale[1].Capacity, 47520);
}

static void TestNewer(void **State)
{
    static const ULONG Numbers[] = {1,  0, 50000, 45000, 1, 11100, 5000, 2500,
                                    87, 0, 0,     0,     0, 0,     10,   10};
    ANSWER Answer;
    CMB_STATIC Static;
    BATTERY_INFORMATION Information;
    (void)State;
    Start(&Answer);
    PutNumbers(&Answer, Numbers, RTL_NUMBER_OF(Numbers));
    PutTexts(&Answer, Texts);
    assert_true(CmbReadStatic(&Answer.Header, Answer.Length, TRUE, &Static));
    CmbDescribe(&Static, &Information);
    assert_int_equal(Information.DesignedCapacity, 50000);
    assert_int_equal(Information.CycleCount, 87);
}

// Without a voltage, currents are no powers.
static void TestRelative(void **State)
{
    ULONG Numbers[RTL_NUMBER_OF(InCurrent)];
    ANSWER Answer;
    CMB_STATIC Static;
    BATTERY_INFORMATION Information;
    (void)State;
    memcpy(Numbers, InCurrent, sizeof(Numbers));
    Numbers[2] = CmbUnknown;
    Numbers[4] = CmbUnknown;
    Start(&Answer);
    PutNumbers(&Answer, Numbers, RTL_NUMBER_OF(Numbers));
    PutTexts(&Answer, Texts);
    assert_true(CmbReadStatic(&Answer.Header, Answer.Length, FALSE, &Static));
    CmbDescribe(&Static, &Information);
    assert_int_equal(Information.Capabilities, BATTERY_SYSTEM_BATTERY | BATTERY_CAPACITY_RELATIVE);
    assert_int_equal(Information.DesignedCapacity, 4400);
    assert_int_equal(Information.FullChargedCapacity, BATTERY_UNKNOWN_CAPACITY);
}

// In each place where it may be cut, and with texts that do not end.
static void TestBroken(void **State)
{
    ANSWER Answer;
    CMB_STATIC Static;
    char Long[200];
    (void)State;
    Start(&Answer);
    PutNumbers(&Answer, InCurrent, RTL_NUMBER_OF(InCurrent));
    ULONG Numbers = Answer.Length;
    PutTexts(&Answer, Texts);
    for (ULONG Length = 0; Length < Answer.Length - 8; Length++) {
        UCHAR *Cut = malloc(Length ? Length : 1); // the sanitizer sees what is read behind it
        assert_non_null(Cut);
        memcpy(Cut, &Answer, Length);
        assert_false(CmbReadStatic((const ACPI_EVAL_OUTPUT_BUFFER *)Cut, Length, FALSE, &Static));
        free(Cut);
    }
    memset(Long, 'x', sizeof(Long));
    Answer.Length = Numbers;
    Answer.Header.Count = RTL_NUMBER_OF(InCurrent);
    for (int i = 0; i < 4; i++)
        Put(&Answer, ACPI_METHOD_ARGUMENT_BUFFER, Long, sizeof(Long));
    assert_true(CmbReadStatic(&Answer.Header, Answer.Length, FALSE, &Static));
    assert_int_equal(strlen(Static.Model), CmbTextChars - 1);
}

static void TestStatus(void **State)
{
    static const ULONG Numbers[] = {CmbDischarging | CmbCritical, 500, 2000, 10500};
    static const CMB_STATIC Power = {.DesignVoltage = 10800};
    static const CMB_STATIC Current = {.Current = TRUE, .DesignVoltage = 10000};
    ANSWER Answer;
    CMB_STATUS Status;
    BATTERY_STATUS Now;
    (void)State;
    Start(&Answer);
    PutNumbers(&Answer, Numbers, RTL_NUMBER_OF(Numbers));
    assert_true(CmbReadStatus(&Answer.Header, Answer.Length, &Status));
    CmbConvertStatus(&Power, &Status, CmbUnknown, &Now);
    assert_int_equal(Now.PowerState, BATTERY_DISCHARGING | BATTERY_CRITICAL);
    assert_int_equal(Now.Rate, -500);
    assert_int_equal(Now.Capacity, 2000);
    assert_int_equal(Now.Voltage, 10500);
    assert_int_equal(CmbEstimateTime(&Now, 0), 4 * 3600);
    assert_int_equal(CmbEstimateTime(&Now, -1000), 2 * 3600);
    CmbConvertStatus(&Current, &Status, TRUE, &Now);
    assert_int_equal(Now.PowerState,
                     BATTERY_POWER_ON_LINE | BATTERY_DISCHARGING | BATTERY_CRITICAL);
    assert_int_equal(Now.Rate, -5000);
    assert_int_equal(Now.Capacity, 20000);
    Status = (CMB_STATUS){CmbCharging, CmbUnknown, CmbUnknown, CmbUnknown};
    CmbConvertStatus(&Power, &Status, CmbUnknown, &Now);
    assert_int_equal(Now.PowerState, BATTERY_POWER_ON_LINE | BATTERY_CHARGING);
    assert_int_equal(Now.Rate, (LONG)BATTERY_UNKNOWN_RATE);
    assert_int_equal(Now.Capacity, BATTERY_UNKNOWN_CAPACITY);
    assert_int_equal(CmbEstimateTime(&Now, 0), BATTERY_UNKNOWN_TIME);
    assert_int_equal(CmbEstimateTime(&Now, -5), BATTERY_UNKNOWN_TIME);
}

static void TestNumber(void **State)
{
    static const ULONG Number = 0x1F;
    ANSWER Answer;
    ULONG Found;
    (void)State;
    Start(&Answer);
    assert_false(CmbReadNumber(&Answer.Header, Answer.Length, &Found));
    PutNumbers(&Answer, &Number, 1);
    assert_true(CmbReadNumber(&Answer.Header, Answer.Length, &Found));
    assert_int_equal(Found, 0x1F);
    Answer.Header.Signature++;
    assert_false(CmbReadNumber(&Answer.Header, Answer.Length, &Found));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(TestOlder),  cmocka_unit_test(TestNewer),  cmocka_unit_test(TestRelative),
        cmocka_unit_test(TestBroken), cmocka_unit_test(TestStatus), cmocka_unit_test(TestNumber),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
