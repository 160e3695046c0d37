// Requests to evaluate and to enumerate: what goes in, what comes out, and what is refused.
#include "test.h"

#include <acpiioct.h>

static int StartLaptop(void **State)
{
    (void)State;
    assert_true(StartMachine(&Machine, "laptop"));
    return 0;
}

enum { BufferSize = 2048 };
static UCHAR Buffer[BufferSize];

static NTSTATUS Evaluate(PCSTR Path, ULONG Room, PULONG Written)
{
    ACPI_EVAL_INPUT_BUFFER_EX *Input = (void *)Buffer;
    memset(Buffer, 0, sizeof(Buffer));
    Input->Signature = ACPI_EVAL_INPUT_BUFFER_SIGNATURE_EX;
    memcpy(Input->MethodName, Path, strlen(Path) + 1);
    return AcpiEvaluateRequest(NULL, TRUE, Buffer, sizeof(*Input), Room, Written);
}

static const ACPI_METHOD_ARGUMENT *FirstArgument(void)
{
    return &((const ACPI_EVAL_OUTPUT_BUFFER *)Buffer)->Argument[0];
}

static void TestNumbers(void **State)
{
    const ACPI_EVAL_OUTPUT_BUFFER *Output = (const void *)Buffer;
    ULONG Written;
    ULONG64 Value;
    (void)State;
    assert_int_equal(Evaluate("\\_SB.LID0._LID", BufferSize, &Written), STATUS_SUCCESS);
    assert_int_equal(Output->Signature, ACPI_EVAL_OUTPUT_BUFFER_SIGNATURE);
    assert_int_equal(Output->Count, 1);
    assert_int_equal(Output->Length, Written);
    assert_int_equal(FirstArgument()->Type, ACPI_METHOD_ARGUMENT_INTEGER);
    assert_int_equal(FirstArgument()->DataLength, 8);
    memcpy(&Value, FirstArgument()->Data, sizeof(Value));
    assert_int_equal(Value, 1);
    assert_int_equal(Evaluate("\\_SB.NOPE", BufferSize, &Written), STATUS_OBJECT_NAME_NOT_FOUND);
}

// A name of four characters below the device, numbers of 32 bits.
static void TestOldForm(void **State)
{
    ACPI_EVAL_INPUT_BUFFER *Input = (void *)Buffer;
    ULONG Written;
    (void)State;
    Input->Signature = ACPI_EVAL_INPUT_BUFFER_SIGNATURE;
    memcpy(Input->MethodName, "_PSR", 4);
    assert_int_equal(AcpiEvaluateRequest(RequireNode("\\_SB.ADP1")->Handle, FALSE, Buffer,
                                         sizeof(*Input), BufferSize, &Written),
                     STATUS_SUCCESS);
    assert_int_equal(FirstArgument()->DataLength, 4);
    assert_int_equal(FirstArgument()->Argument, 1);
}

static void TestPackages(void **State)
{
    const ACPI_EVAL_OUTPUT_BUFFER *Output = (const void *)Buffer;
    ULONG Written;
    (void)State;
    assert_int_equal(Evaluate("\\_SB.PCI0.LPC.TPM._CID", BufferSize, &Written), STATUS_SUCCESS);
    assert_int_equal(Output->Count, 3);
    assert_int_equal(FirstArgument()->Type, ACPI_METHOD_ARGUMENT_STRING);
    assert_string_equal((const char *)FirstArgument()->Data, "INTC0102");
    // Too little room: the length that it takes, and nothing else.
    ULONG Needed = Output->Length;
    assert_int_equal(Evaluate("\\_SB.PCI0.LPC.TPM._CID", Needed - 1, &Written),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(Written, sizeof(*Output));
    assert_int_equal(Output->Length, Needed);
    assert_int_equal(Evaluate("\\_SB.PCI0.LPC.TPM._CID", 4, &Written), STATUS_BUFFER_TOO_SMALL);
}

static NTSTATUS Complex(ULONG Count, ULONG InputLength)
{
    ULONG Written;
    memcpy(Buffer + FIELD_OFFSET(ACPI_EVAL_INPUT_BUFFER_COMPLEX_EX, ArgumentCount), &Count,
           sizeof(Count));
    return AcpiEvaluateRequest(NULL, TRUE, Buffer, InputLength, BufferSize, &Written);
}

static void TestArguments(void **State)
{
    ULONG Header = FIELD_OFFSET(ACPI_EVAL_INPUT_BUFFER_COMPLEX_EX, Argument);
    (void)State;
    ACPI_EVAL_INPUT_BUFFER_COMPLEX_EX Input = {
        .Signature = ACPI_EVAL_INPUT_BUFFER_COMPLEX_SIGNATURE_EX, .MethodName = "\\_SB.LATE.COME"};
    ACPI_METHOD_ARGUMENT Argument = {ACPI_METHOD_ARGUMENT_INTEGER, 4, {1}};
    memcpy(Buffer, &Input, Header);
    memcpy(Buffer + Header, &Argument, sizeof(Argument));
    assert_int_equal(Complex(1, Header + sizeof(Argument)), STATUS_SUCCESS);
    assert_int_equal(AcpiScanNamespace(&Machine.Nodes), STATUS_SUCCESS);
    assert_non_null(NodeAt(&Machine, "\\_SB.LATE"));
}

// Counts and lengths that lead out of the buffer, strings without an end, packages in packages.
static void TestRefusals(void **State)
{
    ULONG Header = FIELD_OFFSET(ACPI_EVAL_INPUT_BUFFER_COMPLEX_EX, Argument);
    (void)State;
    ACPI_EVAL_INPUT_BUFFER_COMPLEX_EX Input = {
        .Signature = ACPI_EVAL_INPUT_BUFFER_COMPLEX_SIGNATURE_EX, .MethodName = "\\_SB.LATE.COME"};
    memset(Buffer, 0, sizeof(Buffer));
    memcpy(Buffer, &Input, Header);
    ACPI_METHOD_ARGUMENT *Argument = (void *)(Buffer + Header);
    assert_int_equal(Complex(1, Header), STATUS_INVALID_PARAMETER);
    assert_int_equal(Complex(8, BufferSize), STATUS_INVALID_PARAMETER);
    *Argument = (ACPI_METHOD_ARGUMENT){ACPI_METHOD_ARGUMENT_BUFFER, 0xFFFF, {0}};
    assert_int_equal(Complex(1, Header + 8), STATUS_INVALID_PARAMETER);
    *Argument = (ACPI_METHOD_ARGUMENT){ACPI_METHOD_ARGUMENT_STRING, 4, {0x41414141}};
    assert_int_equal(Complex(1, Header + 8), STATUS_INVALID_PARAMETER);
    for (ULONG i = 0; i < 100; i++) {
        ACPI_METHOD_ARGUMENT *Nested = (void *)(Buffer + Header + (SIZE_T)i * 4);
        Nested->Type = ACPI_METHOD_ARGUMENT_PACKAGE;
        Nested->DataLength = (USHORT)(396 - i * 4);
    }
    assert_int_equal(Complex(1, Header + 400), STATUS_INVALID_PARAMETER);
    memset(Buffer + FIELD_OFFSET(ACPI_EVAL_INPUT_BUFFER_EX, MethodName), 'A', 256);
    assert_int_equal(Complex(0, BufferSize), STATUS_INVALID_PARAMETER);
}

static NTSTATUS Enumerate(acpi_handle Handle, ULONG Flags, PCSTR Name, ULONG Room)
{
    ACPI_ENUM_CHILDREN_INPUT_BUFFER *Input = (void *)Buffer;
    ULONG Header = FIELD_OFFSET(ACPI_ENUM_CHILDREN_INPUT_BUFFER, Name), Written;
    memset(Buffer, 0, sizeof(Buffer));
    Input->Signature = ACPI_ENUM_CHILDREN_INPUT_BUFFER_SIGNATURE;
    Input->Flags = Flags;
    Input->NameLength = (ULONG)strlen(Name) + 1;
    memcpy(Buffer + Header, Name, Input->NameLength);
    return AcpiEnumerateRequest(Handle, Buffer, Header + Input->NameLength, Room, &Written);
}

static void TestChildren(void **State)
{
    const ACPI_ENUM_CHILDREN_OUTPUT_BUFFER *Output = (const void *)Buffer;
    acpi_handle Container = RequireNode("\\_SB.CPUS")->Handle;
    (void)State;
    assert_int_equal(Enumerate(Container, ENUM_CHILDREN_IMMEDIATE_ONLY, "", BufferSize),
                     STATUS_SUCCESS);
    assert_int_equal(Output->NumberOfChildren, 3);
    assert_string_equal(Output->Children[0].Name, "\\_SB.CPUS.C000");
    assert_int_equal(Output->Children[0].Flags, ACPI_OBJECT_HAS_CHILDREN);
    assert_int_equal(Enumerate(NULL, ENUM_CHILDREN_MULTILEVEL | ENUM_CHILDREN_NAME_IS_FILTER,
                               "_LID", BufferSize),
                     STATUS_SUCCESS);
    assert_int_equal(Output->NumberOfChildren, 1);
    assert_string_equal(Output->Children[0].Name, "\\_SB.LID0._LID");
    assert_int_equal(Enumerate(NULL, ENUM_CHILDREN_MULTILEVEL, "", 64), STATUS_BUFFER_OVERFLOW);
    assert_in_range(Output->NumberOfChildren, 65, 4096); // what it takes
    assert_int_equal(Enumerate(NULL, ENUM_CHILDREN_NAME_IS_FILTER, "_LIDS", BufferSize),
                     STATUS_INVALID_PARAMETER);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(TestNumbers, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestOldForm, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestPackages, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestArguments, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestRefusals, StartLaptop, EndTest),
        cmocka_unit_test_setup_teardown(TestChildren, StartLaptop, EndTest),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
