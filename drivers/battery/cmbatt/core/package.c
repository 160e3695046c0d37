// Answers of the firmware's methods: a package's elements are arguments that follow one another.
#include "core.h"

typedef struct _CMB_READER {
    const UCHAR *Place;
    ULONG Room, Left; // bytes, arguments
} CMB_READER;

static BOOLEAN CmbStart(const ACPI_EVAL_OUTPUT_BUFFER *Answer, ULONG Length, CMB_READER *Reader)
{
    const ULONG Header = FIELD_OFFSET(ACPI_EVAL_OUTPUT_BUFFER, Argument);
    if (Length < Header || Answer->Signature != ACPI_EVAL_OUTPUT_BUFFER_SIGNATURE)
        return FALSE;
    *Reader = (CMB_READER){(const UCHAR *)Answer + Header, Length - Header, Answer->Count};
    return TRUE;
}

typedef struct _CMB_ARGUMENT {
    USHORT Type, Length;
    const UCHAR *Data;
} CMB_ARGUMENT;

// They follow one another without gaps: none needs to be aligned. FALSE: there is none any more.
static BOOLEAN CmbNext(CMB_READER *Reader, CMB_ARGUMENT *Argument)
{
    const ULONG Header = FIELD_OFFSET(ACPI_METHOD_ARGUMENT, Data);
    if (!Reader->Left || Reader->Room < Header)
        return FALSE;
    memcpy(&Argument->Type, Reader->Place, sizeof(Argument->Type));
    memcpy(&Argument->Length, Reader->Place + FIELD_OFFSET(ACPI_METHOD_ARGUMENT, DataLength),
           sizeof(Argument->Length));
    if (Reader->Room - Header < Argument->Length)
        return FALSE;
    Argument->Data = Reader->Place + Header;
    ULONG Length = min((ULONG)ACPI_METHOD_ARGUMENT_LENGTH(Argument->Length), Reader->Room);
    Reader->Place += Length;
    Reader->Room -= Length;
    Reader->Left--;
    return TRUE;
}

static BOOLEAN CmbNextNumber(CMB_READER *Reader, PULONG Number)
{
    CMB_ARGUMENT Argument;
    if (!CmbNext(Reader, &Argument) || Argument.Type != ACPI_METHOD_ARGUMENT_INTEGER)
        return FALSE;
    *Number = 0;
    memcpy(Number, Argument.Data, min((SIZE_T)Argument.Length, sizeof(*Number)));
    return TRUE;
}

// Firmware tells texts as strings, or as buffers of characters; a number says that it has none.
static BOOLEAN CmbNextText(CMB_READER *Reader, CHAR Text[CmbTextChars])
{
    CMB_ARGUMENT Argument;
    if (!CmbNext(Reader, &Argument))
        return FALSE;
    ULONG Length = min((ULONG)Argument.Length, (ULONG)CmbTextChars - 1);
    if (Argument.Type == ACPI_METHOD_ARGUMENT_INTEGER)
        Length = 0;
    memcpy(Text, Argument.Data, Length);
    Text[Length] = 0;
    return TRUE;
}

static BOOLEAN CmbReadNumbers(CMB_READER *Reader, PULONG const *Numbers, ULONG Count)
{
    ULONG Ignored;
    for (ULONG i = 0; i < Count; i++) {
        if (!CmbNextNumber(Reader, Numbers[i] ? Numbers[i] : &Ignored))
            return FALSE;
    }
    return TRUE;
}

BOOLEAN CmbReadStatic(const ACPI_EVAL_OUTPUT_BUFFER *Answer, ULONG Length, BOOLEAN Extended,
                      PCMB_STATIC Static)
{
    CMB_READER Reader;
    ULONG Unit = 0;
    memset(Static, 0, sizeof(*Static));
    const PULONG Plain[] = {
        &Unit,
        &Static->DesignCapacity,
        &Static->FullCapacity,
        &Static->Technology,
        &Static->DesignVoltage,
        &Static->Warning,
        &Static->Low,
        &Static->Granularity1,
        &Static->Granularity2,
    };
    // The revision first, the cycles and how it measures in between.
    const PULONG Longer[] = {
        NULL,
        &Unit,
        &Static->DesignCapacity,
        &Static->FullCapacity,
        &Static->Technology,
        &Static->DesignVoltage,
        &Static->Warning,
        &Static->Low,
        &Static->CycleCount,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        &Static->Granularity1,
        &Static->Granularity2,
    };
    if (!CmbStart(Answer, Length, &Reader))
        return FALSE;
    BOOLEAN Good = Extended ? CmbReadNumbers(&Reader, Longer, RTL_NUMBER_OF(Longer))
                            : CmbReadNumbers(&Reader, Plain, RTL_NUMBER_OF(Plain));
    Static->Current = Unit == 1;
    return Good && CmbNextText(&Reader, Static->Model) && CmbNextText(&Reader, Static->Serial) &&
           CmbNextText(&Reader, Static->Type) && CmbNextText(&Reader, Static->Maker);
}

BOOLEAN CmbReadStatus(const ACPI_EVAL_OUTPUT_BUFFER *Answer, ULONG Length, PCMB_STATUS Status)
{
    CMB_READER Reader;
    const PULONG Numbers[] = {&Status->State, &Status->Rate, &Status->Capacity, &Status->Voltage};
    return CmbStart(Answer, Length, &Reader) &&
           CmbReadNumbers(&Reader, Numbers, RTL_NUMBER_OF(Numbers));
}

BOOLEAN CmbReadNumber(const ACPI_EVAL_OUTPUT_BUFFER *Answer, ULONG Length, PULONG Number)
{
    CMB_READER Reader;
    return CmbStart(Answer, Length, &Reader) && CmbNextNumber(&Reader, Number);
}
