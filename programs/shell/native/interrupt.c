// Ctrl-C: a request waits for it at the console, and is looked at between commands.

#include "nativep.h"

#include <condrv.h>

static HANDLE SyspConsole, SyspPressed; // null: there is none that tells
static IO_STATUS_BLOCK SyspWaiting;
static CONSOLE_CONTROL SyspControl;
static BOOLEAN SyspNoted; // it was read as a key

// Written by whoever completes the request.
static NTSTATUS SyspWaitStatus(VOID)
{
    return *(volatile NTSTATUS *)&SyspWaiting.Status;
}

// The boot console does not tell; what takes its place does.
VOID SysForgetInterrupt(void)
{
    SyspNoted = FALSE;
    if (!SyspPressed && !NT_SUCCESS(SyspOpenConsole(&SyspConsole, &SyspPressed)))
        return;
    if (!SyspConsole || SyspWaitStatus() == STATUS_PENDING)
        return;
    SyspWaiting.Status = STATUS_PENDING;
    NTSTATUS Status = NtDeviceIoControlFile(SyspConsole, SyspPressed, nullptr, nullptr,
                                            &SyspWaiting, IOCTL_CONSOLE_WAIT_CONTROL, nullptr, 0,
                                            &SyspControl, sizeof(SyspControl));
    if (NT_SUCCESS(Status))
        return;
    NtClose(SyspConsole);
    SyspConsole = nullptr;
}

VOID SyspNoteInterrupt(VOID)
{
    SyspNoted = TRUE;
}

BOOLEAN SysIsInterrupted(void)
{
    return SyspNoted || (SyspConsole && SyspWaitStatus() == STATUS_SUCCESS);
}

static BOOLEAN SyspWasTold(HANDLE Process)
{
    PROCESS_BASIC_INFORMATION Information;
    if (!NT_SUCCESS(NtQueryInformationProcess(Process, ProcessBasicInformation, &Information,
                                              sizeof(Information), nullptr)))
        return FALSE;
    for (ULONG i = 0; i < SyspControl.Listeners; i++) {
        if (SyspControl.ProcessIds[i] == (ULONG)(ULONG_PTR)Information.UniqueProcessId)
            return TRUE;
    }
    return FALSE;
}

NTSTATUS SysWaitForProgram(HANDLE Process, PNTSTATUS ExitStatus)
{
    HANDLE Objects[] = {Process, SyspPressed};
    ULONG Count = SyspConsole ? 2 : 1;
    NTSTATUS Status = NtWaitForMultipleObjects(Count, Objects, WaitAny, FALSE, nullptr);
    if (Status == STATUS_WAIT_1 && SysIsInterrupted() && !SyspWasTold(Process))
        NtTerminateProcess(Process, STATUS_CONTROL_C_EXIT);
    return ProcWait(Process, ExitStatus);
}
