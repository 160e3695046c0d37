// Which console programs open: that of the console driver while it answers, else that of the Executive. Who does not answer
// leaves the serial line to the other.

#include "smss.h"

#include <condrv.h>

#define SMSS_CONSOLE_DRIVER L"\\Device\\ConDrv\\Console"

static BOOLEAN SmssIsConsoleThere(void)
{
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    HANDLE File;
    RtlInitUnicodeString(&Name, SMSS_CONSOLE_DRIVER);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    NTSTATUS Status = NtOpenFile(&File, FILE_GENERIC_READ, &Attributes, &IoStatus,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT);
    if (NT_SUCCESS(Status))
        NtClose(File);
    return NT_SUCCESS(Status);
}

static VOID SmssNameConsole(BOOLEAN Driver)
{
    static const struct {
        PCWSTR Path, DriverFile;
    } Links[] = {
        {L"\\??\\CON", SMSS_CONSOLE_DRIVER},
        {L"\\??\\CONIN$", L"\\Device\\ConDrv\\CurrentIn"},
        {L"\\??\\CONOUT$", L"\\Device\\ConDrv\\CurrentOut"},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Links); i++) {
        PCWSTR Target = Driver ? Links[i].DriverFile : L"\\Device\\BootConsole";
        NTSTATUS Status = ObjDeleteLink(Links[i].Path);
        if (NT_SUCCESS(Status) || Status == STATUS_OBJECT_NAME_NOT_FOUND)
            Status = ObjMakeLink(Links[i].Path, Target);
        if (!NT_SUCCESS(Status))
            SmssComplain(Links[i].Path, Status);
    }
}

// A driver whose host has ended is started again.
static BOOLEAN SmssAwaitConsole(void)
{
    enum { Tries = 50 };
    LARGE_INTEGER Pause = {.QuadPart = -1'000'000};
    for (ULONG i = 0; i < Tries; i++) {
        if (SmssIsConsoleThere())
            return TRUE;
        NtDelayExecution(FALSE, &Pause);
    }
    return FALSE;
}

static VOID SmssGiveLine(BOOLEAN Driver)
{
    HANDLE Console;
    ULONG Code = Driver ? IOCTL_BOOT_CONSOLE_YIELD : IOCTL_BOOT_CONSOLE_RECLAIM;
    NTSTATUS Status = DeviceOpen(L"\\Device\\BootConsole", FILE_GENERIC_READ | FILE_GENERIC_WRITE,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE, &Console);
    if (NT_SUCCESS(Status)) {
        Status = DeviceControl(Console, Code, nullptr, 0, nullptr, 0, nullptr);
        NtClose(Console);
    }
    if (!NT_SUCCESS(Status))
        SmssComplain(L"the console's line", Status);
}

VOID SmssOpenConsole(BOOLEAN Again)
{
    BOOLEAN Driver = Again ? SmssAwaitConsole() : SmssIsConsoleThere();
    SmssGiveLine(Driver);
    SmssNameConsole(Driver);
    NTSTATUS Status = ConOpen();
    if (!NT_SUCCESS(Status))
        SmssComplain(L"no console", Status);
}
