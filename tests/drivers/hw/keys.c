// Prints what the keyboard reports: "key MAKECODE FLAGS" for each event.
#include <nt.h>

#include <guiddef.h>
#include <ntddkbd.h>

static VOID Print(PCSTR Format, ...)
{
    CHAR Text[96];
    WCHAR Wide[96];
    ULONG Size;
    va_list Arguments;
    va_start(Arguments, Format);
    int Length = _vsnprintf(Text, sizeof(Text), Format, Arguments);
    va_end(Arguments);
    RtlMultiByteToUnicodeN(Wide, sizeof(Wide), &Size, Text, (ULONG)Length);
    UNICODE_STRING String = {(USHORT)Size, (USHORT)Size, Wide};
    NtDisplayString(&String);
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\KeyboardClass0");
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK Io;
    HANDLE File;
    UNREFERENCED_PARAMETER(Peb);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    NTSTATUS Status = NtOpenFile(&File, GENERIC_READ | SYNCHRONIZE, &Attributes, &Io, 0,
                                 FILE_SYNCHRONOUS_IO_NONALERT);
    Print("keyboard %08lx\n", Status);
    while (NT_SUCCESS(Status)) {
        KEYBOARD_INPUT_DATA Keys[8];
        Status =
            NtReadFile(File, nullptr, nullptr, nullptr, &Io, Keys, sizeof(Keys), nullptr, nullptr);
        for (ULONG i = 0; NT_SUCCESS(Status) && i < Io.Information / sizeof(Keys[0]); i++)
            Print("key %02x %x\n", Keys[i].MakeCode, Keys[i].Flags);
    }
    NtTerminateProcess(NtCurrentProcess(), Status);
}
