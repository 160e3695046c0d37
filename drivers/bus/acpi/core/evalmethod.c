// The evaluation requests of <acpiioct.h>: arguments from the caller's structures, the result into them. A package's
// elements are the result's arguments, packages in it are arguments of that type.
#include "core.h"

#include <acpiioct.h>

enum {
    EvalMaximumArguments = ACPI_METHOD_NUM_ARGS,
    EvalMaximumElements = 256, // of packages that come as arguments
    EvalMaximumDepth = 8,
    EvalHeader = FIELD_OFFSET(ACPI_METHOD_ARGUMENT, Data),
};

typedef struct _EVAL_INPUT {
    const CHAR *Name; // of the method, terminated
    CHAR NameSegment[ACPI_NAMESEG_SIZE + 1];
    BOOLEAN Extended; // numbers have 64 bits
    union acpi_object Objects[EvalMaximumArguments + EvalMaximumElements];
    ULONG Used; // of Objects; the arguments are the first
    ULONG Count;
} EVAL_INPUT;

// ---- Arguments

// One argument at Data, of which Room bytes are the caller's. Returns its length, or 0: it is not one.
static ULONG EvalArgumentLength(const UCHAR *Data, ULONG Room)
{
    const ACPI_METHOD_ARGUMENT *Argument = (const ACPI_METHOD_ARGUMENT *)Data;
    if (Room < EvalHeader)
        return 0;
    ULONG Length = ACPI_METHOD_ARGUMENT_LENGTH(Argument->DataLength);
    return Length <= Room ? Length : 0;
}

static ULONG EvalCountArguments(const UCHAR *Data, ULONG Room)
{
    ULONG Count = 0, Length;
    while (Room && (Length = EvalArgumentLength(Data, Room)) != 0) {
        Data += Length;
        Room -= Length;
        Count++;
    }
    return Room ? 0 : Count;
}

static NTSTATUS EvalTakeArgument(EVAL_INPUT *Input, const UCHAR *Data, union acpi_object *Object,
                                 ULONG Depth);

static NTSTATUS EvalTakePackage(EVAL_INPUT *Input, const UCHAR *Data, ULONG Length,
                                union acpi_object *Object, ULONG Depth)
{
    ULONG Count = EvalCountArguments(Data, Length);
    if (Depth == EvalMaximumDepth || (Length && !Count) ||
        Count > RTL_NUMBER_OF(Input->Objects) - Input->Used)
        return STATUS_INVALID_PARAMETER;
    union acpi_object *Elements = &Input->Objects[Input->Used];
    Input->Used += Count;
    *Object = (union acpi_object){.package = {ACPI_TYPE_PACKAGE, Count, Elements}};
    for (ULONG i = 0; i < Count; i++) {
        NTSTATUS Status = EvalTakeArgument(Input, Data, &Elements[i], Depth + 1);
        if (!NT_SUCCESS(Status))
            return Status;
        Data += EvalArgumentLength(Data, MAXULONG);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS EvalTakeArgument(EVAL_INPUT *Input, const UCHAR *Data, union acpi_object *Object,
                                 ULONG Depth)
{
    const ACPI_METHOD_ARGUMENT *Argument = (const ACPI_METHOD_ARGUMENT *)Data;
    ULONG Length = Argument->DataLength;
    u8 *Bytes = (u8 *)Argument->Data;
    switch (Argument->Type) {
    case ACPI_METHOD_ARGUMENT_INTEGER:
        *Object = (union acpi_object){.integer = {ACPI_TYPE_INTEGER, 0}};
        memcpy(&Object->integer.value, Bytes, min(Length, sizeof(u64)));
        return STATUS_SUCCESS;
    case ACPI_METHOD_ARGUMENT_STRING:
        if (!Length || strnlen((const char *)Bytes, Length) == Length)
            return STATUS_INVALID_PARAMETER;
        *Object = (union acpi_object){
            .string = {ACPI_TYPE_STRING, (u32)strlen((const char *)Bytes), (char *)Bytes}};
        return STATUS_SUCCESS;
    case ACPI_METHOD_ARGUMENT_BUFFER:
        *Object = (union acpi_object){.buffer = {ACPI_TYPE_BUFFER, Length, Bytes}};
        return STATUS_SUCCESS;
    case ACPI_METHOD_ARGUMENT_PACKAGE:
    case ACPI_METHOD_ARGUMENT_PACKAGE_EX:
        return EvalTakePackage(Input, Bytes, Length, Object, Depth);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS EvalTakeComplex(EVAL_INPUT *Input, const UCHAR *Data, ULONG Room, ULONG Count)
{
    if (Count > EvalMaximumArguments)
        return STATUS_INVALID_PARAMETER;
    Input->Count = Input->Used = Count;
    for (ULONG i = 0; i < Count; i++) {
        ULONG Length = EvalArgumentLength(Data, Room);
        if (!Length)
            return STATUS_INVALID_PARAMETER;
        NTSTATUS Status = EvalTakeArgument(Input, Data, &Input->Objects[i], 0);
        if (!NT_SUCCESS(Status))
            return Status;
        Data += Length;
        Room -= Length;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS EvalTakeString(EVAL_INPUT *Input, const UCHAR *String, ULONG Length, ULONG Room)
{
    if (Length > Room || !Length)
        return STATUS_INVALID_PARAMETER;
    Length = (ULONG)strnlen((const char *)String, Length);
    Input->Count = Input->Used = 1;
    Input->Objects[0] = (union acpi_object){.string = {ACPI_TYPE_STRING, Length, (char *)String}};
    return Length < Room && !String[Length] ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static VOID EvalTakeInteger(EVAL_INPUT *Input, const UCHAR *Data, ULONG Size)
{
    ULONG64 Value = 0;
    memcpy(&Value, Data, Size);
    Input->Count = Input->Used = 1;
    Input->Objects[0] = (union acpi_object){.integer = {ACPI_TYPE_INTEGER, Value}};
}

// ---- Input structures, those with a name of four characters and those with a path

typedef struct _EVAL_FORM {
    ULONG Plain, Integer, String, Complex; // signatures
    ULONG IntegerOffset, IntegerSize, IntegerLength;
    ULONG StringLengthOffset, StringOffset;
    ULONG CountOffset, ArgumentOffset;
} EVAL_FORM;

#define EVAL_FORM_OF(Suffix, IntegerType)                                             \
    {                                                                                 \
        ACPI_EVAL_INPUT_BUFFER_SIGNATURE##Suffix,                                     \
        ACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER_SIGNATURE##Suffix,                      \
        ACPI_EVAL_INPUT_BUFFER_SIMPLE_STRING_SIGNATURE##Suffix,                       \
        ACPI_EVAL_INPUT_BUFFER_COMPLEX_SIGNATURE##Suffix,                             \
        FIELD_OFFSET(ACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER##Suffix, IntegerArgument), \
        sizeof(IntegerType),                                                          \
        sizeof(ACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER##Suffix),                        \
        FIELD_OFFSET(ACPI_EVAL_INPUT_BUFFER_SIMPLE_STRING##Suffix, StringLength),     \
        FIELD_OFFSET(ACPI_EVAL_INPUT_BUFFER_SIMPLE_STRING##Suffix, String),           \
        FIELD_OFFSET(ACPI_EVAL_INPUT_BUFFER_COMPLEX##Suffix, ArgumentCount),          \
        FIELD_OFFSET(ACPI_EVAL_INPUT_BUFFER_COMPLEX##Suffix, Argument),               \
    }

static const EVAL_FORM EvalForm = EVAL_FORM_OF(, ULONG);
static const EVAL_FORM EvalFormEx = EVAL_FORM_OF(_EX, ULONG64);

static ULONG EvalNumberAt(const UCHAR *Buffer, ULONG Offset)
{
    ULONG Number;
    memcpy(&Number, Buffer + Offset, sizeof(Number));
    return Number;
}

// The arguments. The structure's name has been read: the buffer is as long as that.
static NTSTATUS EvalReadArguments(EVAL_INPUT *Input, const EVAL_FORM *Form, const UCHAR *Buffer,
                                  ULONG Length)
{
    ULONG Signature = EvalNumberAt(Buffer, 0);
    if (Signature == Form->Plain)
        return STATUS_SUCCESS;
    if (Signature == Form->Integer && Length >= Form->IntegerLength) {
        EvalTakeInteger(Input, Buffer + Form->IntegerOffset, Form->IntegerSize);
        return STATUS_SUCCESS;
    }
    if (Signature == Form->String && Length >= Form->StringOffset)
        return EvalTakeString(Input, Buffer + Form->StringOffset,
                              EvalNumberAt(Buffer, Form->StringLengthOffset),
                              Length - Form->StringOffset);
    if (Signature == Form->Complex && Length >= Form->ArgumentOffset)
        return EvalTakeComplex(Input, Buffer + Form->ArgumentOffset, Length - Form->ArgumentOffset,
                               EvalNumberAt(Buffer, Form->CountOffset));
    return STATUS_INVALID_PARAMETER;
}

static NTSTATUS EvalReadInput(EVAL_INPUT *Input, const UCHAR *Buffer, ULONG Length)
{
    const ACPI_EVAL_INPUT_BUFFER *Plain = (const VOID *)Buffer;
    if (Length < sizeof(*Plain))
        return STATUS_INVALID_PARAMETER;
    memcpy(Input->NameSegment, Plain->MethodName, ACPI_NAMESEG_SIZE);
    Input->Name = Input->NameSegment;
    return EvalReadArguments(Input, &EvalForm, Buffer, Length);
}

static NTSTATUS EvalReadInputEx(EVAL_INPUT *Input, const UCHAR *Buffer, ULONG Length)
{
    const ACPI_EVAL_INPUT_BUFFER_EX *Plain = (const VOID *)Buffer;
    Input->Extended = TRUE;
    if (Length < sizeof(*Plain) ||
        strnlen(Plain->MethodName, sizeof(Plain->MethodName)) == sizeof(Plain->MethodName))
        return STATUS_INVALID_PARAMETER;
    Input->Name = Plain->MethodName;
    return EvalReadArguments(Input, &EvalFormEx, Buffer, Length);
}

// ---- The result. It is counted whether it fits or not.

typedef struct _EVAL_OUTPUT {
    PUCHAR Buffer;
    ULONG Room, Length;
    BOOLEAN Extended;
} EVAL_OUTPUT;

static VOID EvalPut(EVAL_OUTPUT *Output, ULONG Place, const VOID *Data, ULONG Length)
{
    if (Place <= Output->Room && Length <= Output->Room - Place)
        memcpy(Output->Buffer + Place, Data, Length);
}

// FALSE: longer than an argument can be.
static BOOLEAN EvalPutArgument(EVAL_OUTPUT *Output, USHORT Type, const VOID *Data, ULONG Length)
{
    static const ULONG Padding;
    struct {
        USHORT Type, DataLength;
    } Header = {Type, (USHORT)Length};
    if (Length > MAXUSHORT)
        return FALSE;
    ULONG Place = Output->Length;
    EvalPut(Output, Place, &Header, sizeof(Header));
    EvalPut(Output, Place + EvalHeader, &Padding, sizeof(Padding));
    if (Length)
        EvalPut(Output, Place + EvalHeader, Data, Length);
    Output->Length += ACPI_METHOD_ARGUMENT_LENGTH(Length);
    return TRUE;
}

static BOOLEAN EvalPutObject(EVAL_OUTPUT *Output, const union acpi_object *Object, ULONG Depth);

static BOOLEAN EvalPutPackage(EVAL_OUTPUT *Output, const union acpi_object *Package, ULONG Depth)
{
    ULONG Place = Output->Length;
    if (Depth == EvalMaximumDepth)
        return FALSE;
    Output->Length += EvalHeader;
    for (ULONG i = 0; i < Package->package.count; i++) {
        if (!EvalPutObject(Output, &Package->package.elements[i], Depth + 1))
            return FALSE;
    }
    ULONG Length = Output->Length - Place - EvalHeader;
    if (Length > MAXUSHORT)
        return FALSE;
    struct {
        USHORT Type, DataLength;
    } Header = {Output->Extended ? ACPI_METHOD_ARGUMENT_PACKAGE_EX : ACPI_METHOD_ARGUMENT_PACKAGE,
                (USHORT)Length};
    EvalPut(Output, Place, &Header, sizeof(Header));
    Output->Length = Place + ACPI_METHOD_ARGUMENT_LENGTH(Length);
    return TRUE;
}

// A reference is told as the path of what it refers to.
static BOOLEAN EvalPutReference(EVAL_OUTPUT *Output, const union acpi_object *Object)
{
    enum { PathSize = 256 };
    CHAR Path[PathSize];
    AcpiPathName(Object->reference.handle, Path, sizeof(Path));
    return EvalPutArgument(Output, ACPI_METHOD_ARGUMENT_STRING, Path, (ULONG)strlen(Path) + 1);
}

static BOOLEAN EvalPutObject(EVAL_OUTPUT *Output, const union acpi_object *Object, ULONG Depth)
{
    switch (Object->type) {
    case ACPI_TYPE_INTEGER:
        return EvalPutArgument(Output, ACPI_METHOD_ARGUMENT_INTEGER, &Object->integer.value,
                               Output->Extended ? sizeof(u64) : sizeof(ULONG));
    case ACPI_TYPE_STRING:
        return EvalPutArgument(Output, ACPI_METHOD_ARGUMENT_STRING, Object->string.pointer,
                               Object->string.length + 1);
    case ACPI_TYPE_BUFFER:
        return EvalPutArgument(Output, ACPI_METHOD_ARGUMENT_BUFFER, Object->buffer.pointer,
                               Object->buffer.length);
    case ACPI_TYPE_PACKAGE:
        return EvalPutPackage(Output, Object, Depth);
    case ACPI_TYPE_LOCAL_REFERENCE:
        return EvalPutReference(Output, Object);
    default: // what is not there, as elements of packages can be
        return EvalPutArgument(Output, ACPI_METHOD_ARGUMENT_BUFFER, NULL, 0);
    }
}

static NTSTATUS EvalWriteOutput(EVAL_OUTPUT *Output, const union acpi_object *Result)
{
    ULONG Count = 0;
    Output->Length = FIELD_OFFSET(ACPI_EVAL_OUTPUT_BUFFER, Argument);
    BOOLEAN Good = TRUE;
    if (Result && Result->type == ACPI_TYPE_PACKAGE) {
        Count = Result->package.count;
        for (ULONG i = 0; i < Count && Good; i++)
            Good = EvalPutObject(Output, &Result->package.elements[i], 0);
    } else if (Result) {
        Count = 1;
        Good = EvalPutObject(Output, Result, 0);
    }
    if (!Good)
        return STATUS_ACPI_INVALID_DATA;
    Output->Length = max(Output->Length, (ULONG)sizeof(ACPI_EVAL_OUTPUT_BUFFER));
    ULONG Header[] = {ACPI_EVAL_OUTPUT_BUFFER_SIGNATURE, Output->Length, Count};
    EvalPut(Output, 0, Header, sizeof(Header));
    return Output->Length <= Output->Room ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

// ---- The request. Input and output share the buffer: the arguments lie in a copy of it.

static NTSTATUS EvalRun(acpi_handle Handle, EVAL_INPUT *Input, EVAL_OUTPUT *Output)
{
    struct acpi_object_list List = {Input->Count, Input->Objects};
    struct acpi_buffer Buffer = {ACPI_ALLOCATE_BUFFER, NULL};
    acpi_status Status = acpi_evaluate_object(Handle, (acpi_string)Input->Name, &List, &Buffer);
    if (ACPI_FAILURE(Status))
        return AcpiStatus(Status);
    NTSTATUS Result = STATUS_SUCCESS;
    if (Output->Room)
        Result = EvalWriteOutput(Output, Buffer.pointer);
    acpi_os_free(Buffer.pointer);
    return Result;
}

NTSTATUS AcpiEvaluateRequest(acpi_handle Handle, BOOLEAN Extended, PUCHAR Buffer, ULONG InputLength,
                             ULONG OutputLength, PULONG Written)
{
    EVAL_OUTPUT Output = {.Buffer = Buffer, .Room = OutputLength, .Extended = Extended};
    *Written = 0;
    if (OutputLength && OutputLength < sizeof(ACPI_EVAL_OUTPUT_BUFFER))
        return STATUS_BUFFER_TOO_SMALL;
    PUCHAR Copy = ExAllocatePoolWithTag(PagedPool, sizeof(EVAL_INPUT) + InputLength, AcpiTag);
    if (!Copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    EVAL_INPUT *Input = (EVAL_INPUT *)Copy;
    RtlZeroMemory(Input, sizeof(*Input));
    if (InputLength)
        RtlCopyMemory(Copy + sizeof(*Input), Buffer, InputLength);
    NTSTATUS Status = Extended ? EvalReadInputEx(Input, Copy + sizeof(*Input), InputLength)
                               : EvalReadInput(Input, Copy + sizeof(*Input), InputLength);
    if (NT_SUCCESS(Status))
        Status = EvalRun(Handle, Input, &Output);
    // Too long a result is told by its length alone.
    if (Status == STATUS_BUFFER_OVERFLOW)
        *Written = sizeof(ACPI_EVAL_OUTPUT_BUFFER);
    else if (NT_SUCCESS(Status))
        *Written = Output.Length;
    ExFreePoolWithTag(Copy, AcpiTag);
    return Status;
}
