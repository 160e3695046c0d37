// Any text as a batch file. What it does is limited by a timer that interrupts it, as Ctrl-C would.
#include "double.h"

#include <signal.h>
#include <sys/time.h>

enum { FuzzMilliseconds = 5, FuzzMaximum = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size);

static void Interrupt(int Signal)
{
    (void)Signal;
    DoubleInterrupt(); // NOLINT(bugprone-signal-handler,cert-sig30-c): it sets flags only
}

static void SetTimer(long Milliseconds)
{
    // Again and again: a shell that is started later has to be interrupted, too.
    const struct itimerval Timer = {{0, Milliseconds * 1000}, {0, Milliseconds * 1000}};
    (void)signal(SIGVTALRM, Interrupt);
    (void)setitimer(ITIMER_VIRTUAL, &Timer, nullptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size)
{
    if (Size > FuzzMaximum)
        return -1;
    WCHAR *Text = calloc(Size + 1, sizeof(WCHAR));
    for (size_t i = 0; i < Size; i++)
        Text[i] = Data[i];
    DoubleReset();
    DoubleAddFile(L"C:\\f.txt", L"a b c\nd,e;f\n");
    DoubleAddFile(L"C:\\f.bat", Text);
    DoubleSetInput(L"line 1\nline 2\n");
    SysSetVariable(L"v", L"value & more");
    DoubleStackLeft = 3;
    PSHELL Shell = ShCreate();
    SetTimer(FuzzMilliseconds);
    DoubleRunText(Shell, L"call f.bat one \"two three\"");
    DoubleRunText(Shell, Text);
    SetTimer(0);
    ShDestroy(Shell);
    free(Text);
    DoubleReset();
    if (DoubleBlocks)
        abort();
    return 0;
}
