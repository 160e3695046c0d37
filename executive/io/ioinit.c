// The start of the I/O manager: its types, and the devices that there are without drivers.
#include "iop.h"

static NTSTATUS IopMakeLinks(VOID)
{
    static const struct {
        PCWSTR Path, Target;
    } Links[] = {
        {L"\\SystemRoot", L"\\Device\\BootVolume\\Windows"},
        {L"\\GLOBAL\?\?\\C:", L"\\Device\\BootVolume"}, // both until there is a system volume
        {L"\\GLOBAL\?\?\\CON", L"\\Device\\BootConsole"},
        {L"\\GLOBAL\?\?\\CONIN$", L"\\Device\\BootConsole"},
        {L"\\GLOBAL\?\?\\CONOUT$", L"\\Device\\BootConsole"},
        {L"\\GLOBAL\?\?\\PIPE", L"\\Device\\NamedPipe"},
        {L"\\GLOBAL\?\?\\MAILSLOT", L"\\Device\\Mailslot"},
    };
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Links) && NT_SUCCESS(Status); i++)
        Status = ObCreateSystemLink(Links[i].Path, Links[i].Target);
    return Status;
}

NTSTATUS IoInitSystem(VOID)
{
    static NTSTATUS (*const Steps[])(VOID) = {
        IopInitDrivers,    IopInitDevices,    IopInitFiles, IopInitWork,    IopInitDelays,
        IopInitAttributes, IopInitBootVolume, IopInitTrace, IopInitConsole, IopInitPipes,
        IopInitMailslots,  IopInitRings,      IopMakeLinks,
    };
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Steps) && NT_SUCCESS(Status); i++)
        Status = Steps[i]();
    return Status;
}
