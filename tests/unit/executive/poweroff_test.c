// The machine is switched off, and restarted, by whatever registers its FADT has.
#include "ke/fadt.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

// ---- The machine: ports, a page of registers, and configuration space

static UCHAR TestPorts[0x10000], TestMemory[4096], TestPci[256];
static ULONG TestWrites;
static KI_FADT TestFadt;
static UCHAR TestDefinition[] = {'\x08', '_', 'S', '5', '_', 0x12, 0x06, 0x04, 0x0A, 5, 0x0A, 6};

constexpr ULONGLONG TEST_MEMORY = 0x12'3456'7000;

const VOID *KiFindAcpiTable(PCSTR Signature, ULONG Least)
{
    const KI_FADT_HEADER *Header = (const KI_FADT_HEADER *)&TestFadt;
    return strcmp(Signature, "FACP") == 0 && Header->Length >= Least ? &TestFadt : nullptr;
}

const KE_ACPI_TABLE *KeQueryAcpiTables(PULONG Count)
{
    static KE_ACPI_TABLE Table = {.Table = TestDefinition, .Length = sizeof(TestDefinition)};
    memcpy(&Table.Signature, "DSDT", sizeof(Table.Signature));
    *Count = 1;
    return &Table;
}

NTSTATUS KeReadPort(USHORT Port, ULONG Size, PULONG Value)
{
    *Value = 0;
    memcpy(Value, &TestPorts[Port], Size);
    return STATUS_SUCCESS;
}

NTSTATUS KeWritePort(USHORT Port, ULONG Size, ULONG Value)
{
    TestWrites++;
    memcpy(&TestPorts[Port], &Value, Size);
    if (Port == 0xB2 && Value == 0xA0)
        TestPorts[0x604] |= 1; // ACPI mode
    return STATUS_SUCCESS;
}

ULONG KeReadPciRegister(const KE_PCI_REGISTER *Register, ULONG Size)
{
    ULONG Value = 0;
    memcpy(&Value, &TestPci[Register->Offset], Size);
    return Value;
}

VOID KeWritePciRegister(const KE_PCI_REGISTER *Register, ULONG Size, ULONG Value)
{
    if (Register->Bus == 0 && Register->Device == 31 && Register->Function == 2)
        memcpy(&TestPci[Register->Offset], &Value, Size);
}

PVOID MmMapIoSpace(ULONG_PTR Address, SIZE_T Size)
{
    if (Address < TEST_MEMORY || Address + Size > TEST_MEMORY + sizeof(TestMemory))
        return nullptr;
    return TestMemory + (Address - TEST_MEMORY);
}

VOID KiWaitForEnd(VOID)
{
}

static void begin(ULONG Length)
{
    memset(TestPorts, 0, sizeof(TestPorts));
    memset(TestMemory, 0, sizeof(TestMemory));
    memset(TestPci, 0, sizeof(TestPci));
    TestWrites = 0;
    TestFadt = (KI_FADT){};
    ((KI_FADT_HEADER *)&TestFadt)->Length = Length;
}

static USHORT port(USHORT Number)
{
    return (USHORT)(TestPorts[Number] | TestPorts[Number + 1] << 8);
}

enum { OFF_A = 1 << 13 | 5 << 10, OFF_B = 1 << 13 | 6 << 10, ON = 1 };

// ---- Tests

static void old_registers(void **State)
{
    (void)State;
    begin(116);
    TestFadt.SmiCommand = 0xB2;
    TestFadt.AcpiEnable = 0xA0;
    TestFadt.ControlA = 0x604;
    TestFadt.ControlB = 0x704;
    TestFadt.ExtendedControlA =
        (KI_ACPI_ADDRESS){ACPI_SPACE_PORT, 16, 0, 2, 0x804}; // beyond its end
    KePowerOffMachine();
    assert_int_equal(port(0x604), OFF_A | ON);
    assert_int_equal(port(0x704), OFF_B);
    assert_int_equal(port(0x804), 0);
}

static void extended_registers(void **State)
{
    (void)State;
    begin(sizeof(TestFadt));
    TestFadt.ControlA = 0x604;
    TestFadt.ExtendedControlA = (KI_ACPI_ADDRESS){ACPI_SPACE_MEMORY, 16, 0, 2, TEST_MEMORY + 8};
    TestFadt.ExtendedControlB = (KI_ACPI_ADDRESS){ACPI_SPACE_PORT, 16, 0, 2, 0x804};
    TestMemory[8] = ON;
    KePowerOffMachine();
    assert_int_equal(TestMemory[8] | TestMemory[9] << 8, OFF_A | ON);
    assert_int_equal(port(0x804), OFF_B);
    assert_int_equal(port(0x604), 0);
}

static void reduced_hardware(void **State)
{
    (void)State;
    begin(sizeof(TestFadt));
    TestFadt.Flags = FADT_REDUCED_HARDWARE;
    TestFadt.SleepControl = (KI_ACPI_ADDRESS){ACPI_SPACE_MEMORY, 8, 0, 1, TEST_MEMORY + 4};
    KePowerOffMachine();
    assert_int_equal(TestMemory[4], 1 << 5 | 5 << 2);
    assert_int_equal(TestWrites, 0);
}

static void no_register_is_written_that_is_none(void **State)
{
    (void)State;
    begin(sizeof(TestFadt));
    TestFadt.ControlA = 0x604;
    KePowerOffMachine(); // not in ACPI mode, and no way to get there
    TestFadt.ControlA = 0x1'0000;
    KePowerOffMachine();
    TestFadt.ExtendedControlA = (KI_ACPI_ADDRESS){ACPI_SPACE_MEMORY, 16, 0, 2, 0x1000};
    KePowerOffMachine();
    TestFadt.ExtendedControlA = (KI_ACPI_ADDRESS){0x7F, 16, 0, 2, 0x1000};
    KePowerOffMachine();
    begin(4);
    KePowerOffMachine();
    assert_int_equal(TestWrites, 0);
}

static ULONG reset_by(UCHAR Space, ULONGLONG Address)
{
    KI_ACPI_ADDRESS Register = {Space, 8, 0, 1, Address};
    return KiWriteAcpiRegister(&Register, 1, 6);
}

static void reset_registers(void **State)
{
    (void)State;
    begin(sizeof(TestFadt));
    assert_true(reset_by(ACPI_SPACE_PORT, 0xFFFF));
    assert_int_equal(TestPorts[0xFFFF], 6);
    assert_false(reset_by(ACPI_SPACE_PORT, 0x1'0000));
    assert_true(reset_by(ACPI_SPACE_MEMORY, TEST_MEMORY + 0x20));
    assert_int_equal(TestMemory[0x20], 6);
    assert_true(reset_by(ACPI_SPACE_PCI, 31ULL << 32 | 2 << 16 | 0x44));
    assert_int_equal(TestPci[0x44], 6);
    assert_false(reset_by(ACPI_SPACE_PCI, 31ULL << 32 | 2 << 16 | 0x100));
    assert_false(reset_by(ACPI_SPACE_PCI, 32ULL << 32 | 2 << 16 | 0x44));
    assert_false(reset_by(ACPI_SPACE_PCI, 31ULL << 32 | 8 << 16 | 0x44));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(old_registers),    cmocka_unit_test(extended_registers),
        cmocka_unit_test(reduced_hardware), cmocka_unit_test(no_register_is_written_that_is_none),
        cmocka_unit_test(reset_registers),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
