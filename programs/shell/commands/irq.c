// irq: the interrupts of the Executive and of devices, and how many have come.
#include "devicep.h"

VOID IrqShowSource(const PNP_INTERRUPT *Interrupt)
{
    if (Interrupt->Flags & PNP_INTERRUPT_MESSAGE) {
        ShPrint(L"message");
        return;
    }
    ShPrint(L"%lu (IOAPIC %lu pin %lu, %ws, %ws)", Interrupt->Line, Interrupt->Ioapic,
            Interrupt->Pin, Interrupt->Flags & PNP_INTERRUPT_LEVEL ? L"level" : L"edge",
            Interrupt->Flags & PNP_INTERRUPT_ACTIVE_LOW ? L"low" : L"high");
}

static VOID IrqShow(const PNP_INTERRUPT *Interrupt, PCWSTR Path)
{
    if (Interrupt->Flags & PNP_INTERRUPT_MESSAGE)
        ShPrint(L"%6lx  message                %10lu  %ws", Interrupt->Vector, Interrupt->Count,
                Path);
    else
        ShPrint(L"%6lx  %3lu  %lu:%-2lu  %-5ws  %-4ws  %10lu  %ws", Interrupt->Vector,
                Interrupt->Line, Interrupt->Ioapic, Interrupt->Pin,
                Interrupt->Flags & PNP_INTERRUPT_LEVEL ? L"level" : L"edge",
                Interrupt->Flags & PNP_INTERRUPT_ACTIVE_LOW ? L"low" : L"high", Interrupt->Count,
                Path);
    if (Interrupt->Flags & PNP_INTERRUPT_STORM)
        ShPrint(L"  masked: it did not fall silent");
    ShPrint(L"\n");
}

static VOID IrqShowAll(PCWSTR Path, PCWSTR Name)
{
    PNP_INTERRUPT Interrupts[DevicesBuffer / sizeof(PNP_INTERRUPT)];
    ULONG Count = DevicesProperty(Path, PNP_PROPERTY_INTERRUPTS, Interrupts) / sizeof(*Interrupts);
    for (ULONG i = 0; i < Count; i++)
        IrqShow(&Interrupts[i], Name);
}

static BOOLEAN IrqVisit(PCWSTR Path, ULONG Depth, PVOID Context)
{
    UNREFERENCED_PARAMETER(Depth);
    UNREFERENCED_PARAMETER(Context);
    IrqShowAll(Path, Path);
    return TRUE;
}

ULONG ShellDoIrq(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    if (Words->Count)
        return ShWrongUsage;
    ShPrint(L"vector  irq  pin   mode   pol        count  device\n");
    IrqShowAll(L"", L"the system");
    DevicesForEach(IrqVisit, nullptr);
    return 0;
}
