// The requests of <acpiioct.h> that evaluate methods and list children: what comes out, and what is refused.
#include "suite.h"

static const PACPI_EVAL_OUTPUT_BUFFER Output = (PVOID)Data;
static const PACPI_METHOD_ARGUMENT First = ((PACPI_EVAL_OUTPUT_BUFFER)Data)->Argument;

// ---- Names of four characters

static VOID PutName(ULONG Signature, PCSTR Name)
{
    PACPI_EVAL_INPUT_BUFFER Input = (PVOID)Data;
    memset(Data, 0, sizeof(Data));
    Input->Signature = Signature;
    memcpy(Input->MethodName, Name, sizeof(Input->MethodName));
}

static VOID CheckText(PCSTR Text)
{
    CHECK_EQUAL(First->Type, ACPI_METHOD_ARGUMENT_STRING);
    CHECK(strcmp((PCSTR)First->Data, Text) == 0);
}

static VOID TestComplex(void)
{
    PACPI_EVAL_INPUT_BUFFER_COMPLEX Input = (PVOID)Data;
    PutName(ACPI_EVAL_INPUT_BUFFER_COMPLEX_SIGNATURE, "PLUS");
    PACPI_METHOD_ARGUMENT Argument = Input->Argument;
    ACPI_METHOD_SET_ARGUMENT_INTEGER(Argument, 40);
    Argument = ACPI_METHOD_NEXT_ARGUMENT(Argument);
    ACPI_METHOD_SET_ARGUMENT_INTEGER(Argument, 2);
    Argument = ACPI_METHOD_NEXT_ARGUMENT(Argument);
    Input->ArgumentCount = 2;
    Input->Size = (ULONG)((PUCHAR)Argument - Data);
    CHECK_STATUS(Send(IOCTL_ACPI_EVAL_METHOD, Input->Size, ACPITEST_DATA, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(First->Argument, 42);
}

VOID TestEvaluation(void)
{
    PACPI_EVAL_INPUT_BUFFER_SIMPLE_STRING String = (PVOID)Data;
    ULONG Length;
    CHECK_EQUAL(Evaluate("ECHO", 77), 77);
    CHECK_EQUAL(Evaluate("_UID", MAXULONG), 0);
    PutName(ACPI_EVAL_INPUT_BUFFER_SIMPLE_STRING_SIGNATURE, "ECHO");
    String->StringLength = 6;
    strcpy((PSTR)String->String, "hello");
    ULONG Size = FIELD_OFFSET(ACPI_EVAL_INPUT_BUFFER_SIMPLE_STRING, String) + 6;
    CHECK_STATUS(Send(IOCTL_ACPI_EVAL_METHOD, Size, ACPITEST_DATA, &Length), STATUS_SUCCESS);
    CHECK_EQUAL(Output->Signature, ACPI_EVAL_OUTPUT_BUFFER_SIGNATURE);
    CHECK_EQUAL(Output->Length, Length);
    CheckText("hello");
    TestComplex();
    PutName(ACPI_EVAL_INPUT_BUFFER_SIGNATURE, "PACK");
    CHECK_STATUS(
        Send(IOCTL_ACPI_EVAL_METHOD, sizeof(ACPI_EVAL_INPUT_BUFFER), ACPITEST_DATA, nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Output->Count, 4);
    CHECK_EQUAL(First->Argument, 1);
    PACPI_METHOD_ARGUMENT Second = ACPI_METHOD_NEXT_ARGUMENT(First);
    CHECK_EQUAL(Second->Type, ACPI_METHOD_ARGUMENT_STRING);
    CHECK(strcmp((PCSTR)Second->Data, "two") == 0);
    PACPI_METHOD_ARGUMENT Third = ACPI_METHOD_NEXT_ARGUMENT(Second);
    CHECK_EQUAL(Third->Type, ACPI_METHOD_ARGUMENT_BUFFER);
    CHECK_EQUAL(Third->DataLength, 2);
    PACPI_METHOD_ARGUMENT Fourth = ACPI_METHOD_NEXT_ARGUMENT(Third);
    CHECK_EQUAL(Fourth->Type, ACPI_METHOD_ARGUMENT_PACKAGE);
}

// ---- Paths, numbers of 64 bits

static VOID PutPath(ULONG Signature, PCSTR Path)
{
    PACPI_EVAL_INPUT_BUFFER_EX Input = (PVOID)Data;
    memset(Data, 0, sizeof(Data));
    Input->Signature = Signature;
    strcpy(Input->MethodName, Path);
}

static VOID CheckNumber(ULONG64 Expected)
{
    ULONG64 Value = 0;
    CHECK_EQUAL(First->Type, ACPI_METHOD_ARGUMENT_INTEGER);
    CHECK_EQUAL(First->DataLength, sizeof(Value));
    memcpy(&Value, First->Data, sizeof(Value));
    CHECK_EQUAL(Value, Expected);
}

VOID TestExtendedEvaluation(void)
{
    PACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER_EX Integer = (PVOID)Data;
    PACPI_EVAL_INPUT_BUFFER_SIMPLE_STRING_EX String = (PVOID)Data;
    PutPath(ACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER_SIGNATURE_EX, "ECHO");
    Integer->IntegerArgument = 0x1234;
    CHECK_STATUS(Send(IOCTL_ACPI_EVAL_METHOD_EX, sizeof(*Integer), ACPITEST_DATA, nullptr),
                 STATUS_SUCCESS);
    CheckNumber(0x1234);
    PutPath(ACPI_EVAL_INPUT_BUFFER_SIGNATURE_EX, "KID0.GRND._ADR");
    CHECK_STATUS(
        Send(IOCTL_ACPI_EVAL_METHOD_EX, sizeof(ACPI_EVAL_INPUT_BUFFER_EX), ACPITEST_DATA, nullptr),
        STATUS_SUCCESS);
    CheckNumber(0);
    PutPath(ACPI_EVAL_INPUT_BUFFER_SIMPLE_STRING_SIGNATURE_EX, "ECHO");
    String->StringLength = 4;
    strcpy((PSTR)String->String, "abc");
    ULONG Size = FIELD_OFFSET(ACPI_EVAL_INPUT_BUFFER_SIMPLE_STRING_EX, String) + 4;
    CHECK_STATUS(Send(IOCTL_ACPI_EVAL_METHOD_EX, Size, ACPITEST_DATA, nullptr), STATUS_SUCCESS);
    CheckText("abc");
}

// ---- What is refused

VOID TestWrongEvaluation(void)
{
    ULONG Plain = sizeof(ACPI_EVAL_INPUT_BUFFER), Length;
    PutName(ACPI_EVAL_INPUT_BUFFER_SIGNATURE, "NOPE");
    CHECK_STATUS(Send(IOCTL_ACPI_EVAL_METHOD, Plain, ACPITEST_DATA, nullptr),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    PutName(ACPI_EVAL_INPUT_BUFFER_SIGNATURE, "_UID");
    CHECK_STATUS(Send(IOCTL_ACPI_EVAL_METHOD, Plain - 1, ACPITEST_DATA, nullptr),
                 STATUS_INVALID_PARAMETER);
    PutName(0x12345678, "_UID");
    CHECK_STATUS(Send(IOCTL_ACPI_EVAL_METHOD, Plain, ACPITEST_DATA, nullptr),
                 STATUS_INVALID_PARAMETER);
    PutName(ACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER_SIGNATURE, "ECHO");
    CHECK_STATUS(Send(IOCTL_ACPI_EVAL_METHOD, Plain, ACPITEST_DATA, nullptr),
                 STATUS_INVALID_PARAMETER);
    PutName(ACPI_EVAL_INPUT_BUFFER_SIGNATURE, "PACK");
    CHECK_STATUS(Send(IOCTL_ACPI_EVAL_METHOD, Plain, sizeof(ACPI_EVAL_OUTPUT_BUFFER) - 1, nullptr),
                 STATUS_BUFFER_TOO_SMALL);
    // What it would have taken.
    PutName(ACPI_EVAL_INPUT_BUFFER_SIGNATURE, "PACK");
    CHECK_STATUS(Send(IOCTL_ACPI_EVAL_METHOD, Plain, sizeof(ACPI_EVAL_OUTPUT_BUFFER), &Length),
                 STATUS_BUFFER_OVERFLOW);
    CHECK_EQUAL(Length, sizeof(ACPI_EVAL_OUTPUT_BUFFER));
    CHECK(Output->Length > sizeof(ACPI_EVAL_OUTPUT_BUFFER));
    // A path without an end.
    PutPath(ACPI_EVAL_INPUT_BUFFER_SIGNATURE_EX, "_UID");
    memset(Data + sizeof(ULONG), 'A', 256);
    CHECK_STATUS(
        Send(IOCTL_ACPI_EVAL_METHOD_EX, sizeof(ACPI_EVAL_INPUT_BUFFER_EX), ACPITEST_DATA, nullptr),
        STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Send(CTL_CODE(FILE_DEVICE_ACPI, 99, METHOD_BUFFERED, 0), 0, 0, nullptr),
                 STATUS_NOT_SUPPORTED);
}

// ---- The asynchronous ones

static VOID SendLoop(ULONG Code, ULONG Milliseconds, ULONG Flags)
{
    ACPITEST_REQUEST Request = {.Code = Code, .Output = ACPITEST_DATA, .Flags = Flags};
    if (Code == IOCTL_ACPI_ASYNC_EVAL_METHOD) {
        PACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER Input = (PVOID)Request.Data;
        *Input = (ACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER){
            .Signature = ACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER_SIGNATURE,
            .MethodName = {'L', 'O', 'O', 'P'},
            .IntegerArgument = Milliseconds,
        };
        Request.Input = sizeof(*Input);
    } else {
        PACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER_EX Input = (PVOID)Request.Data;
        *Input = (ACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER_EX){
            .Signature = ACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER_SIGNATURE_EX,
            .MethodName = "LOOP",
            .IntegerArgument = Milliseconds,
        };
        Request.Input = sizeof(*Input);
    }
    CHECK_STATUS(Ask(ACPITEST_SEND_LATER, &Request), STATUS_SUCCESS);
}

VOID TestAsynchronous(void)
{
    static const ULONG Codes[] = {IOCTL_ACPI_ASYNC_EVAL_METHOD, IOCTL_ACPI_ASYNC_EVAL_METHOD_EX};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Codes); i++) {
        for (ULONG Raised = 0; Raised < 2; Raised++) {
            static ACPITEST_REQUEST Request;
            Request = (ACPITEST_REQUEST){};
            NTSTATUS Status = STATUS_PENDING;
            SendLoop(Codes[i], 100 + i, Raised);
            for (ULONG Tries = 0; Tries < 200 && Status == STATUS_PENDING; Tries++) {
                Pause(20);
                Status = Ask(ACPITEST_SENT, &Request);
            }
            CHECK_STATUS(Status, STATUS_SUCCESS);
            memcpy(Data, Request.Data, sizeof(Data));
            CHECK_EQUAL(First->Argument, 100 + i);
        }
    }
}

// ---- Children

static NTSTATUS SendEnum(ULONG Flags, PCSTR Name, ULONG Room, PULONG Length)
{
    PACPI_ENUM_CHILDREN_INPUT_BUFFER Input = (PVOID)Data;
    memset(Data, 0, sizeof(Data));
    Input->Signature = ACPI_ENUM_CHILDREN_INPUT_BUFFER_SIGNATURE;
    Input->Flags = Flags;
    Input->NameLength = Name ? 5 : 0;
    if (Name)
        memcpy(Input->Name, Name, 5);
    ULONG Size = max((ULONG)sizeof(*Input),
                     FIELD_OFFSET(ACPI_ENUM_CHILDREN_INPUT_BUFFER, Name) + Input->NameLength);
    return Send(IOCTL_ACPI_ENUM_CHILDREN, Size, Room, Length);
}

static VOID CheckChildren(ULONG Flags, PCSTR Name, const PCSTR *Expected, ULONG Count)
{
    PACPI_ENUM_CHILDREN_OUTPUT_BUFFER List = (PVOID)Data;
    if (!CHECK_STATUS(SendEnum(Flags, Name, ACPITEST_DATA, nullptr), STATUS_SUCCESS))
        return;
    CHECK_EQUAL(List->Signature, ACPI_ENUM_CHILDREN_OUTPUT_BUFFER_SIGNATURE);
    if (!CHECK_EQUAL(List->NumberOfChildren, Count))
        return;
    PACPI_ENUM_CHILD Child = List->Children;
    for (ULONG i = 0; i < Count; i++) {
        CHECK(strcmp(Child->Name, Expected[i]) == 0);
        Child = ACPI_ENUM_CHILD_NEXT(Child);
    }
}

VOID TestChildren(void)
{
    static const PCSTR Immediate[] = {"\\_SB.TEV0.KID0", "\\_SB.TEV0.KID1"};
    static const PCSTR All[] = {"\\_SB.TEV0.KID0", "\\_SB.TEV0.KID0.GRND", "\\_SB.TEV0.KID1"};
    static const PCSTR Addresses[] = {"\\_SB.TEV0.KID0._ADR", "\\_SB.TEV0.KID0.GRND._ADR",
                                      "\\_SB.TEV0.KID1._ADR"};
    PACPI_ENUM_CHILDREN_INPUT_BUFFER Input = (PVOID)Data;
    ULONG Length;
    CheckChildren(ENUM_CHILDREN_IMMEDIATE_ONLY, nullptr, Immediate, RTL_NUMBER_OF(Immediate));
    CheckChildren(ENUM_CHILDREN_MULTILEVEL, nullptr, All, RTL_NUMBER_OF(All));
    CheckChildren(ENUM_CHILDREN_MULTILEVEL | ENUM_CHILDREN_NAME_IS_FILTER, "_ADR", Addresses,
                  RTL_NUMBER_OF(Addresses));
    CHECK_STATUS(SendEnum(ENUM_CHILDREN_MULTILEVEL, nullptr,
                          sizeof(ACPI_ENUM_CHILDREN_OUTPUT_BUFFER), &Length),
                 STATUS_BUFFER_OVERFLOW);
    CHECK_EQUAL(Length, sizeof(ACPI_ENUM_CHILDREN_OUTPUT_BUFFER));
    CHECK_STATUS(SendEnum(ENUM_CHILDREN_MULTILEVEL, nullptr, 8, nullptr), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(SendEnum(ENUM_CHILDREN_NAME_IS_FILTER, nullptr, ACPITEST_DATA, nullptr),
                 STATUS_INVALID_PARAMETER);
    memset(Data, 0, sizeof(Data));
    Input->Signature = 1;
    CHECK_STATUS(Send(IOCTL_ACPI_ENUM_CHILDREN, sizeof(*Input), ACPITEST_DATA, nullptr),
                 STATUS_INVALID_PARAMETER);
}
