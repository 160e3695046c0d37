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

static VOID ConWriteFile(HANDLE File, PCWSTR Text, ULONG Characters)
{
    CHAR Bytes[ConChunk * 3];
    ULONG Length;
    IO_STATUS_BLOCK IoStatus;
    RtlUnicodeToUTF8N(Bytes, sizeof(Bytes), &Length, Text, Characters * (ULONG)sizeof(WCHAR));
    NTSTATUS Status =
        NtWriteFile(File, nullptr, nullptr, nullptr, &IoStatus, Bytes, Length, nullptr, nullptr);
    if (Status == STATUS_PENDING)
        NtWaitForSingleObject(File, FALSE, nullptr);
}

SIZE_T ConPart(PCWSTR Text, SIZE_T Characters, SIZE_T Most)
{
    if (Characters <= Most)
        return Characters;
    return Most > 1 && (Text[Most - 1] & 0xFC00) == 0xD800 ? Most - 1 : Most;
}

VOID ConWrite(HANDLE File, PCWSTR Text, SIZE_T Characters)
{
    while (Characters && File != ConNowhere) {
        USHORT Part = (USHORT)ConPart(Text, Characters, ConChunk);
        if (File) {
            ConWriteFile(File, Text, Part);
        } else {
            UNICODE_STRING String = {Part * (USHORT)sizeof(WCHAR), Part * (USHORT)sizeof(WCHAR),
                                     (PWCH)Text};
            NtDisplayString(&String);
        }
        Text += Part;
        Characters -= Part;
    }
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
