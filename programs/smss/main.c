// The first program. It prepares what others take for granted, and keeps the shell running: one that
// fails is started again, one that is left ends the system.

#include "smss.h"

enum { SmssMaximumFailures = 5 }; // of the shell: then it is broken

static NTSTATUS SmssRunShell(void)
{
    HANDLE Process;
    NTSTATUS ExitStatus;
    NTSTATUS Status = ProcStart(L"shell.exe", L"shell.exe", &Process, nullptr);
    if (!NT_SUCCESS(Status)) {
        ConPrint(L"smss: cannot start shell.exe: status %08lx\n", Status);
        return Status;
    }
    Status = ProcWait(Process, &ExitStatus);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!NT_SUCCESS(ExitStatus))
        ConPrint(L"smss: the shell ended with status %08lx\n", ExitStatus);
    return ExitStatus;
}

// Who types its name must not get a second one, whose end is the system's.
static BOOLEAN SmssIsFirst(void)
{
    PROCESS_BASIC_INFORMATION Process;
    return !NT_SUCCESS(NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation,
                                                 &Process, sizeof(Process), nullptr)) ||
           !Process.InheritedFromUniqueProcessId;
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    UNREFERENCED_PARAMETER(Peb);
    if (!SmssIsFirst()) {
        ConPrint(L"smss: the session manager is running already\n");
        NtTerminateProcess(NtCurrentProcess(), STATUS_ACCESS_DENIED);
    }
    SmssOpenConsole(FALSE);
    SmssMakeNames();
    SmssMakeKnownDlls();
    SmssMakeEnvironment();
    NTSTATUS Status = NtInitializeRegistry(0);
    if (!NT_SUCCESS(Status))
        SmssComplain(L"registry", Status);

    SmssTellSystemVolume();
    SmssRunBootPrograms();
    ULONG Failures = 0;
    while (Failures < SmssMaximumFailures) {
        if (NT_SUCCESS(SmssRunShell()))
            break;
        Failures++;
        SmssOpenConsole(TRUE);
    }
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_SHUTDOWN_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    Status = NtShutdownSystem(ShutdownPowerOff);
    if (Status != STATUS_SHUTDOWN_IN_PROGRESS) // else the shell's end was part of it
        ConPrint(L"smss: the system cannot be shut down: status %08lx\n", Status);
    NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
}
