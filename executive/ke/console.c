// The console until there is a driver for it: text to the first serial line.
#include "kep.h"

enum { KI_CONSOLE_CHUNK = 128 };

// UTF-16 to UTF-8, with a carriage return before each line feed, as terminals want it.
VOID KeDisplayString(PCUNICODE_STRING String)
{
    if (KiConsoleReleased)
        return;
    CHAR Text[KI_CONSOLE_CHUNK * 4];
    const WCHAR *Source = String->Buffer;
    ULONG Left = String->Length / sizeof(WCHAR);
    while (Left) {
        ULONG Length = 0, Used = 0;
        while (Used < Left && Length < sizeof(Text) - 8) {
            if (Source[Used] == L'\n')
                Text[Length++] = '\r';
            // A surrogate pair is converted as one.
            BOOLEAN Pair = (Source[Used] & 0xFC00) == 0xD800 && Used + 1 < Left;
            ULONG Units = Pair ? 2 : 1, Made;
            (VOID) RtlUnicodeToUTF8N(Text + Length, 4, &Made, Source + Used, Units * sizeof(WCHAR));
            Length += Made;
            Used += Units;
        }
        KiSerialWrite(KiConsolePort, Text, Length);
        Source += Used;
        Left -= Used;
    }
}

VOID KeWriteConsole(PCSTR Text, SIZE_T Length)
{
    if (!KiConsoleReleased)
        KiSerialWrite(KiConsolePort, Text, Length);
}

NTSTATUS NtDisplayString(const UNICODE_STRING USER *String)
{
    UNICODE_STRING Captured;
    if (!SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_TCB_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    NTSTATUS Status = MmCaptureUnicodeString(&Captured, String);
    if (!NT_SUCCESS(Status))
        return Status;
    KeDisplayString(&Captured);
    MmFreeCapturedString(&Captured);
    return STATUS_SUCCESS;
}
