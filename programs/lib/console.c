// Text to and from the console.

#include "native.h"

enum { ConChunk = 256 };

static NTSTATUS ConOpenFile(PCWSTR Path, PHANDLE File)
{
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    RtlInitUnicodeString(&Name, Path);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE | OBJ_INHERIT, nullptr,
                               nullptr);
    return NtOpenFile(File, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &Attributes, &IoStatus,
                      FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT);
}

// Requests of a synchronous file wait for one another: who reads must not keep those from writing that have
// inherited the same files.
NTSTATUS ConOpen(void)
{
    HANDLE Input, Output;
    NTSTATUS Status = ConOpenFile(L"\\??\\CONIN$", &Input);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ConOpenFile(L"\\??\\CONOUT$", &Output);
    if (!NT_SUCCESS(Status)) {
        NtClose(Input);
        return Status;
    }
    PRTL_USER_PROCESS_PARAMETERS Parameters = NtCurrentPeb()->ProcessParameters;
    if (Parameters->StandardInput)
        NtClose(Parameters->StandardInput);
    if (Parameters->StandardOutput)
        NtClose(Parameters->StandardOutput);
    Parameters->StandardInput = Input;
    Parameters->StandardOutput = Output;
    Parameters->StandardError = Output;
    return STATUS_SUCCESS;
}

// Lines end as in files of Windows: what is written may come to be one, and a console takes both.
static NTSTATUS ConWriteFile(HANDLE File, PCWSTR Text, ULONG Characters, WCHAR Before)
{
    WCHAR Lines[ConChunk * 2];
    CHAR Bytes[ConChunk * 3]; // what is added takes less than what it is added to may take
    ULONG Length, Count = 0;
    for (ULONG i = 0; i < Characters; i++) {
        if (Text[i] == L'\n' && Before != L'\r')
            Lines[Count++] = L'\r';
        Before = Lines[Count++] = Text[i];
    }
    RtlUnicodeToUTF8N(Bytes, sizeof(Bytes), &Length, Lines, Count * (ULONG)sizeof(WCHAR));
    return FileWrite(File, Bytes, Length);
}

SIZE_T ConPart(PCWSTR Text, SIZE_T Characters, SIZE_T Most)
{
    if (Characters <= Most)
        return Characters;
    return Most > 1 && (Text[Most - 1] & 0xFC00) == 0xD800 ? Most - 1 : Most;
}

NTSTATUS ConWrite(HANDLE File, PCWSTR Text, SIZE_T Characters)
{
    WCHAR Before = 0;
    NTSTATUS Status = STATUS_SUCCESS;
    while (Characters && File != ConNowhere && NT_SUCCESS(Status)) {
        USHORT Part = (USHORT)ConPart(Text, Characters, ConChunk);
        if (File) {
            Status = ConWriteFile(File, Text, Part, Before);
        } else {
            UNICODE_STRING String = {Part * (USHORT)sizeof(WCHAR), Part * (USHORT)sizeof(WCHAR),
                                     (PWCH)Text};
            NtDisplayString(&String);
        }
        Before = Text[Part - 1];
        Text += Part;
        Characters -= Part;
    }
    return Status;
}

VOID ConPrint(PCWSTR Format, ...)
{
    HANDLE Output = NtCurrentPeb()->ProcessParameters->StandardOutput;
    WCHAR Short[ConChunk];
    va_list Arguments;
    va_start(Arguments, Format);
    int Length = _vsnwprintf(Short, RTL_NUMBER_OF(Short), Format, Arguments);
    va_end(Arguments);
    if (Length >= 0 && Length <= (int)RTL_NUMBER_OF(Short)) {
        ConWrite(Output, Short, (SIZE_T)Length);
        return;
    }
    va_start(Arguments, Format);
    Length = _vscwprintf(Format, Arguments);
    va_end(Arguments);
    PWSTR Long = nullptr;
    if (Length > 0)
        Long = RtlAllocateHeap(RtlProcessHeap(), 0, ((SIZE_T)Length + 1) * sizeof(WCHAR));
    if (!Long)
        return;
    va_start(Arguments, Format);
    _vsnwprintf(Long, (SIZE_T)Length + 1, Format, Arguments);
    va_end(Arguments);
    ConWrite(Output, Long, (SIZE_T)Length);
    RtlFreeHeap(RtlProcessHeap(), 0, Long);
}

NTSTATUS ConRead(PVOID Buffer, ULONG Length, PULONG Read)
{
    HANDLE Input = NtCurrentPeb()->ProcessParameters->StandardInput;
    if (!Input)
        return STATUS_NO_SUCH_DEVICE;
    return Input == ConNowhere ? STATUS_END_OF_FILE : FileRead(Input, Buffer, Length, Read);
}
