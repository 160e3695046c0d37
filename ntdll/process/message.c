// Message tables (resource type 11) and messages with inserts.
// Sources: PE resource "MESSAGETABLE" (MESSAGE_RESOURCE_DATA), FormatMessage (Windows documentation).

#include "../ntdllp.h"

NTSTATUS NTAPI RtlFindMessage(PVOID DllHandle, ULONG MessageTableId, ULONG MessageLanguageId,
                              ULONG MessageId, PMESSAGE_RESOURCE_ENTRY *MessageEntry)
{
    LDR_RESOURCE_INFO Info = {MessageTableId, 1, MessageLanguageId};
    PIMAGE_RESOURCE_DATA_ENTRY Data;
    NTSTATUS Status = LdrFindResource_U(DllHandle, &Info, 3, &Data);
    if (!NT_SUCCESS(Status))
        return Status;
    PMESSAGE_RESOURCE_DATA Table;
    ULONG Size;
    Status = LdrAccessResource(DllHandle, Data, (PVOID *)&Table, &Size);
    if (!NT_SUCCESS(Status))
        return Status;

    for (ULONG i = 0; i < Table->NumberOfBlocks; i++) {
        const MESSAGE_RESOURCE_BLOCK *Block = &Table->Blocks[i];
        if (MessageId < Block->LowId || MessageId > Block->HighId)
            continue;
        PUCHAR Entry = (PUCHAR)Table + Block->OffsetToEntries;
        for (ULONG Id = Block->LowId; Id < MessageId; Id++)
            Entry += ((PMESSAGE_RESOURCE_ENTRY)Entry)->Length;
        *MessageEntry = (PMESSAGE_RESOURCE_ENTRY)Entry;
        return STATUS_SUCCESS;
    }
    return STATUS_MESSAGE_NOT_FOUND;
}

typedef struct _RTLP_MESSAGE {
    PWSTR Buffer;
    ULONG Capacity, Length; // characters; the final zero has room
    ULONG MaximumWidth;     // 0: lines as the message has them; MAXULONG: no line ends but %n
    ULONG Column;
    BOOLEAN Ansi; // inserts without ! are narrow strings
    BOOLEAN Overflow;
    va_list *Arguments;
    ULONG_PTR *Array; // or null: from Arguments
    ULONG_PTR Fetched[100];
    ULONG FetchedCount;
} RTLP_MESSAGE, *PRTLP_MESSAGE;

static VOID RtlpPut(PRTLP_MESSAGE Message, WCHAR Character)
{
    if (Message->Length + 1 >= Message->Capacity)
        Message->Overflow = TRUE;
    else
        Message->Buffer[Message->Length++] = Character;
}

static VOID RtlpPutLineEnd(PRTLP_MESSAGE Message)
{
    RtlpPut(Message, L'\r');
    RtlpPut(Message, L'\n');
    Message->Column = 0;
}

// Inserts count from 1. Variable arguments come in order, so all before are fetched too.
static ULONG_PTR RtlpInsertValue(PRTLP_MESSAGE Message, ULONG Number)
{
    if (Message->Array)
        return Message->Array[Number - 1];
    while (Message->FetchedCount < Number)
        Message->Fetched[Message->FetchedCount++] = va_arg(*Message->Arguments, ULONG_PTR);
    return Message->Fetched[Number - 1];
}

// "%n!format!": Text is behind the number. Returns behind the insert.
static PCWSTR RtlpPutInsert(PRTLP_MESSAGE Message, PCWSTR Text, ULONG Number)
{
    WCHAR Format[32] = L"%ws";
    ULONG_PTR Extra[2];
    ULONG Stars = 0;
    if (Message->Ansi)
        wcscpy(Format, L"%hs");
    if (*Text == L'!') {
        ULONG Length = 1;
        Format[0] = L'%';
        for (Text++; *Text && *Text != L'!'; Text++) {
            if (Length + 1 == RTL_NUMBER_OF(Format))
                return nullptr;
            Stars += *Text == L'*';
            Format[Length++] = *Text;
        }
        if (*Text++ != L'!' || Stars > RTL_NUMBER_OF(Extra))
            return nullptr;
        Format[Length] = 0;
    }
    // Widths and precisions given as '*' are inserts of their own, before the value.
    for (ULONG i = 0; i < Stars; i++)
        Extra[i] = RtlpInsertValue(Message, Number + i);
    ULONG_PTR Value = RtlpInsertValue(Message, Number + Stars);
    PWSTR Place = Message->Buffer + Message->Length;
    SIZE_T Room = Message->Capacity - Message->Length;
    int Written = Stars == 0 ? _snwprintf(Place, Room, Format, Value)
                  : Stars == 1
                      ? _snwprintf(Place, Room, Format, (int)Extra[0], Value)
                      : _snwprintf(Place, Room, Format, (int)Extra[0], (int)Extra[1], Value);
    if (Written < 0 || (SIZE_T)Written >= Room) {
        Message->Overflow = TRUE;
    } else {
        Message->Length += (ULONG)Written;
        Message->Column += (ULONG)Written;
    }
    return Text;
}

// What follows a '%'. Returns behind it; null: not a valid sequence, or %0, the end.
static PCWSTR RtlpPutEscape(PRTLP_MESSAGE Message, PCWSTR Text, BOOLEAN IgnoreInserts,
                            PBOOLEAN IsEnd)
{
    WCHAR Character = *Text++;
    *IsEnd = Character == L'0';
    if (*IsEnd)
        return Text;
    if (Character >= L'1' && Character <= L'9' && !IgnoreInserts) {
        ULONG Number = Character - L'0';
        if (*Text >= L'0' && *Text <= L'9')
            Number = Number * 10 + (*Text++ - L'0');
        return RtlpPutInsert(Message, Text, Number);
    }
    switch (Character) {
    case 0:
        return nullptr;
    case L'n':
        RtlpPutLineEnd(Message);
        return Text;
    case L'r':
        RtlpPut(Message, L'\r');
        return Text;
    case L't':
        RtlpPut(Message, L'\t');
        return Text;
    case L'b':
        RtlpPut(Message, L' ');
        return Text;
    default:
        if (IgnoreInserts)
            RtlpPut(Message, L'%');
        RtlpPut(Message, Character);
        return Text;
    }
}

// Line ends of the message text: kept, or spaces when lines are to be broken by width.
static PCWSTR RtlpPutSourceLineEnd(PRTLP_MESSAGE Message, PCWSTR Text)
{
    if (Text[0] == L'\r' && Text[1] == L'\n')
        Text++;
    if (!Message->MaximumWidth)
        RtlpPutLineEnd(Message);
    else
        RtlpPut(Message, L' ');
    return Text + 1;
}

static NTSTATUS RtlpFormat(PRTLP_MESSAGE Message, PCWSTR Text, BOOLEAN IgnoreInserts)
{
    BOOLEAN IsEnd = FALSE;
    while (*Text && !IsEnd && !Message->Overflow) {
        if (*Text == L'%') {
            Text = RtlpPutEscape(Message, Text + 1, IgnoreInserts, &IsEnd);
            if (!Text)
                return STATUS_INVALID_PARAMETER;
        } else if (*Text == L'\r' || *Text == L'\n') {
            Text = RtlpPutSourceLineEnd(Message, Text);
        } else if (*Text == L' ' && Message->MaximumWidth && Message->MaximumWidth != MAXULONG &&
                   Message->Column >= Message->MaximumWidth) {
            RtlpPutLineEnd(Message);
            Text++;
        } else {
            RtlpPut(Message, *Text++);
            Message->Column++;
        }
    }
    return Message->Overflow ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

// Length in bytes; *ReturnLength: bytes written, the final zero included.
NTSTATUS NTAPI RtlFormatMessage(PCWSTR MessageFormat, ULONG MaximumWidth, BOOLEAN IgnoreInserts,
                                BOOLEAN ArgumentsAreAnsi, BOOLEAN ArgumentsAreAnArray,
                                va_list *Arguments, PWSTR Buffer, ULONG Length, PULONG ReturnLength)
{
    if (Length < sizeof(WCHAR))
        return STATUS_BUFFER_OVERFLOW;
    RTLP_MESSAGE Message = {
        .Buffer = Buffer,
        .Capacity = Length / (ULONG)sizeof(WCHAR),
        .MaximumWidth = MaximumWidth,
        .Ansi = ArgumentsAreAnsi,
        .Arguments = Arguments,
        .Array = ArgumentsAreAnArray ? (ULONG_PTR *)Arguments : nullptr,
    };
    if (!Arguments)
        IgnoreInserts = TRUE;
    NTSTATUS Status = RtlpFormat(&Message, MessageFormat, IgnoreInserts);
    if (!NT_SUCCESS(Status))
        return Status;
    Buffer[Message.Length] = 0;
    if (ReturnLength)
        *ReturnLength = (Message.Length + 1) * (ULONG)sizeof(WCHAR);
    return STATUS_SUCCESS;
}
