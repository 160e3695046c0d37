// The command line, and what people answer.

#include "native.h"

ULONG ConSplitWords(PWSTR Line, PWSTR *Words, ULONG Most)
{
    ULONG Count = 0;
    PWSTR To = Line;
    while (Count < Most) {
        while (*Line == L' ' || *Line == L'\t')
            Line++;
        if (!*Line)
            break;
        BOOLEAN Quoted = FALSE;
        Words[Count++] = To;
        for (; *Line && (Quoted || (*Line != L' ' && *Line != L'\t')); Line++) {
            if (*Line == L'"')
                Quoted = !Quoted;
            else
                *To++ = *Line;
        }
        if (*Line)
            Line++;
        *To++ = 0;
    }
    return Count;
}

BOOLEAN ConAsksForHelp(PCUNICODE_STRING CommandLine)
{
    PCWSTR Text = CommandLine->Buffer;
    ULONG i = 0, Chars = CommandLine->Length / sizeof(WCHAR);
    BOOLEAN Quoted = FALSE;
    for (; i < Chars && (Quoted || (Text[i] != L' ' && Text[i] != L'\t')); i++)
        Quoted ^= Text[i] == L'"';
    while (i < Chars && (Text[i] == L' ' || Text[i] == L'\t'))
        i++;
    while (Chars > i && (Text[Chars - 1] == L' ' || Text[Chars - 1] == L'\t'))
        Chars--;
    return Chars - i == 2 && Text[i] == L'/' && Text[i + 1] == L'?';
}

ULONG ConArguments(PSTR *Words, ULONG Most)
{
    static WCHAR Line[2048];
    static CHAR Bytes[3 * RTL_NUMBER_OF(Line)]; // at most, of a character
    PWSTR Wide[64];
    PCUNICODE_STRING Text = &NtCurrentPeb()->ProcessParameters->CommandLine;
    PSTR To = Bytes;
    RtlCopyMemory(Line, Text->Buffer, min(Text->Length, sizeof(Line) - sizeof(WCHAR)));
    ULONG Count = ConSplitWords(Line, Wide, min(Most + 1, (ULONG)RTL_NUMBER_OF(Wide)));
    for (ULONG i = 1; i < Count; i++) {
        ULONG Length = 0, Room = (ULONG)(Bytes + sizeof(Bytes) - 1 - To);
        RtlUnicodeToUTF8N(To, Room, &Length, Wide[i], (ULONG)(wcslen(Wide[i]) * sizeof(WCHAR)));
        Words[i - 1] = To;
        To[Length] = 0;
        To += Length + 1;
    }
    return Count ? Count - 1 : 0;
}

BOOLEAN ConReadLine(PWSTR Line, ULONG Chars)
{
    CHAR Bytes[512];
    ULONG Length = 0, Read, Size = 0;
    NTSTATUS Status;
    do {
        CHAR Byte = 0;
        Status = ConRead(&Byte, 1, &Read);
        if (!NT_SUCCESS(Status) || Byte == '\n')
            break;
        if (Length < sizeof(Bytes))
            Bytes[Length++] = Byte;
    } while (TRUE);
    if (Length && Bytes[Length - 1] == '\r')
        Length--;
    RtlUTF8ToUnicodeN(Line, (Chars - 1) * (ULONG)sizeof(WCHAR), &Size, Bytes, Length);
    Line[Size / sizeof(WCHAR)] = 0;
    return NT_SUCCESS(Status) || Length;
}

BOOLEAN ConAsk(PCWSTR Question, BOOLEAN AtEnd)
{
    WCHAR Line[16];
    for (;;) {
        ConPrint(L"%ws (Y/N) ", Question);
        if (!ConReadLine(Line, RTL_NUMBER_OF(Line)))
            return AtEnd;
        if (Line[0] == L'y' || Line[0] == L'Y')
            return TRUE;
        if (Line[0] == L'n' || Line[0] == L'N')
            return FALSE;
    }
}
