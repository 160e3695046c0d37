// Serial line, keyboard and speaker, from a program's side.
#include "hw.h"

NTSTATUS HwOpen(PCWSTR Name, ULONG Options, PHANDLE File)
{
    UNICODE_STRING Path;
    IO_STATUS_BLOCK Io;
    RtlInitUnicodeString(&Path, Name);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Path, OBJ_CASE_INSENSITIVE);
    return NtOpenFile(File, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &Attributes, &Io, 0,
                      Options);
}

BOOLEAN HwBegin(PHW_OPERATION Operation)
{
    return CHECK_STATUS(
        NtCreateEvent(&Operation->Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
        STATUS_SUCCESS);
}

VOID HwEnd(PHW_OPERATION Operation)
{
    NtClose(Operation->Event);
}

NTSTATUS HwRead(PHW_OPERATION Operation, HANDLE File, PVOID Buffer, ULONG Length)
{
    LARGE_INTEGER Offset = {};
    return NtReadFile(File, Operation->Event, nullptr, nullptr, &Operation->Io, Buffer, Length,
                      &Offset, nullptr);
}

NTSTATUS HwWrite(PHW_OPERATION Operation, HANDLE File, const VOID *Buffer, ULONG Length)
{
    LARGE_INTEGER Offset = {};
    return NtWriteFile(File, Operation->Event, nullptr, nullptr, &Operation->Io, (PVOID)Buffer,
                       Length, &Offset, nullptr);
}

NTSTATUS HwStartControl(PHW_OPERATION Operation, HANDLE File, ULONG Code, PVOID Output,
                        ULONG OutputLength)
{
    return NtDeviceIoControlFile(File, Operation->Event, nullptr, nullptr, &Operation->Io, Code,
                                 nullptr, 0, Output, OutputLength);
}

NTSTATUS HwWait(PHW_OPERATION Operation, LONGLONG Milliseconds)
{
    LARGE_INTEGER Timeout = TestMilliseconds(Milliseconds);
    NTSTATUS Status = NtWaitForSingleObject(Operation->Event, FALSE, &Timeout);
    if (Status == STATUS_TIMEOUT)
        return STATUS_IO_TIMEOUT;
    return NT_SUCCESS(Status) ? Operation->Io.Status : Status;
}

NTSTATUS HwControl(HANDLE File, ULONG Code, const VOID *Input, ULONG InputLength, PVOID Output,
                   ULONG OutputLength)
{
    HW_OPERATION Operation;
    if (!HwBegin(&Operation))
        return STATUS_UNSUCCESSFUL;
    NTSTATUS Status = NtDeviceIoControlFile(File, Operation.Event, nullptr, nullptr, &Operation.Io,
                                            Code, (PVOID)Input, InputLength, Output, OutputLength);
    if (Status == STATUS_PENDING)
        Status = HwWait(&Operation, 5000);
    HwEnd(&Operation);
    return Status;
}

static const TEST Tests[] = {
    {"beep: the ioctl and its errors", BeepTest},
    {"keyboard: attributes, indicators, typematic", KeyboardTestControls},
    {"keyboard: reads wait, and are cancelled", KeyboardTestRead},
    {"serial: the line that ACPI finds has started", SerialTestFound},
    {"serial: settings", SerialTestSettings},
    {"serial: settings that cannot be", SerialTestBadSettings},
    {"serial: what is sent comes back", SerialTestTransfer},
    {"serial: more than the FIFOs hold", SerialTestLarge},
    {"serial: modem lines", SerialTestLines},
    {"serial: XOFF stops, XON goes on", SerialTestXon},
    {"serial: time-outs", SerialTestTimeouts},
    {"serial: cancelling", SerialTestCancel},
    {"serial: events", SerialTestWaitMask},
    {"serial: purging", SerialTestPurge},
    {"serial: errors", SerialTestErrors},
    {"serial: removal, and a new start", SerialTestRemove},
    {"an interrupt that does not fall silent", StormTest},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
