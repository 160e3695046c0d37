// A native program: it says hello, with its command line.
#include <nt.h>

static VOID Print(const UNICODE_STRING *Text)
{
    char Line[200];
    ULONG Length;
    IO_STATUS_BLOCK IoStatus;
    if (NT_SUCCESS(RtlUnicodeToUTF8N(Line, sizeof(Line), &Length, Text->Buffer, Text->Length)))
        NtWriteFile(NtCurrentPeb()->ProcessParameters->StandardOutput, nullptr, nullptr, nullptr,
                    &IoStatus, Line, Length, nullptr, nullptr);
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    static const UNICODE_STRING Hello = RTL_CONSTANT_STRING(L"Hello from ");
    static const UNICODE_STRING End = RTL_CONSTANT_STRING(L"\r\n");
    Print(&Hello);
    Print(&Peb->ProcessParameters->CommandLine);
    Print(&End);
    NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
}
