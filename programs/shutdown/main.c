// shutdown /s | /r | /p | /h | /a | /sleep | /sleep1 | /sleep3 [/t seconds] [/c "text"]

#include "shutdown.h"

static VOID ShutdownShowHelp(void)
{
    ConPrint(
        L"Usage: shutdown [/s | /r | /p | /h | /a | /sleep | /sleep1 | /sleep3 | /states]\n"
        L"                [/t seconds] [/c \"text\"] [/f]\n"
        L"\n"
        L"  /s       Shut the system down.\n"
        L"  /r       Shut the system down and restart it.\n"
        L"  /p       Shut the system down without a warning.\n"
        L"  /h       Hibernate, on systems that can: this one says that it cannot.\n"
        L"  /a       Abort a shutdown: while its time runs.\n"
        L"  /sleep   Sleep until a key is pressed, a timer or a device wakes the system: in S3 if the\n"
        L"           machine has it and no driver refuses, else in S1.\n"
        L"  /sleep1  Let all devices rest, while the machine itself stays on.\n"
        L"  /sleep3  Suspend the machine to RAM, or do nothing.\n"
        L"  /states  Tell which of these the system has.\n"
        L"  /t xxx   The time before the shutdown, in seconds. The default is 30.\n"
        L"  /c text  What is shown before.\n"
        L"  /f       Close programs without a warning; that is always so.\n");
}

static ULONG ShutdownRun(const SHUTDOWN_OPTIONS *Options)
{
    if (Options->Wish == ShutdownAbort)
        return ShutdownStop();
    if (Options->Wish == ShutdownStates)
        return ShutdownShowStates();
    if (Options->Counting)
        return ShutdownCount(Options);
    return Options->Seconds ? ShutdownBegin(Options) : ShutdownNow(Options->Wish);
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    SHUTDOWN_OPTIONS Options;
    ULONG Status = ShutdownFailed;
    PCWSTR Line = Peb->ProcessParameters->CommandLine.Buffer;
    if (ShutdownParse(Line ? Line : L"", &Options) && !Options.Help)
        Status = ShutdownRun(&Options);
    else
        ShutdownShowHelp();
    RtlExitUserProcess(Options.Help ? ShutdownDone : (NTSTATUS)Status);
}
