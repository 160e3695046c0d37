// Start of the Executive, component by component.
#include "kep.h"

#include "inbv/inbv.h"

const seL4_BootInfo *KiBootInfo;
seL4_IPCBuffer *seL4_CurrentIPCBuffer;

const VOID *KiFindBootChunk(seL4_BootInfoID Id, PSIZE_T Size)
{
    const UCHAR *Chunk = (const UCHAR *)KiBootInfo + seL4_BootInfoFrameSize;
    const UCHAR *End = Chunk + KiBootInfo->extraLen;
    while (Chunk + sizeof(seL4_BootInfoHeader) <= End) {
        const seL4_BootInfoHeader *Header = (const seL4_BootInfoHeader *)Chunk;
        if (Header->len < sizeof(*Header))
            break;
        if (Header->id == (seL4_Word)Id) {
            *Size = Header->len - sizeof(*Header);
            return Header + 1;
        }
        Chunk += Header->len;
    }
    return nullptr;
}

// Objects exist from here on; each component makes its types and names.
static VOID KiInitComponents(VOID)
{
    static const struct {
        PCSTR Name;
        NTSTATUS (*Initialize)(VOID);
    } Components[] = {
        {"ob", ObInitSystem}, {"se", SeInitSystem},   {"ps", PsInitSystem}, {"mm", MmInitSections},
        {"ex", ExInitSystem}, {"lpc", LpcInitSystem}, {"cm", CmInitSystem}, {"dbg", DbgReadFilters},
        {"cc", CcInitSystem}, {"io", IoInitSystem},   {"po", PoInitSystem},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Components); i++) {
        NTSTATUS Status = Components[i].Initialize();
        if (!NT_SUCCESS(Status))
            KeBugCheckEx(PHASE1_INITIALIZATION_FAILED, (ULONG_PTR)Components[i].Name,
                         (ULONG_PTR)Status, 0, 0);
    }
}

// Everything on the Executive's first stack, which becomes the first fiber.
[[noreturn]] VOID KiInitializeSystem(const seL4_BootInfo *BootInfo)
{
    KiBootInfo = BootInfo;
    seL4_CurrentIPCBuffer = BootInfo->ipcBuffer;
    // Floating-point registers stay the programs': the kernel need not switch them for us.
    (VOID) seL4_TCB_SetFlags(seL4_CapInitThreadTCB, 0, seL4_TCBFlag_fpuDisabled, nullptr);
    KiInitSerial();
    MmInitSystem(BootInfo);
    KiInitCrashThread();
    KiInitFibers();
    KiInitTimes();
    KiEndpoint = MmCreateKernelObject(seL4_EndpointObject, 0);
    KiInitInterrupts();
    KiInitClock();
    MmSetSharedPage(KeUserSharedData);
    KiInitConsoleInput();
    LdrInitBootArchive();
    KiInitSymbols();
    InbvInitialize();
    KiInitComponents();
    PsLoadNtdll();
    InbvSetPhase(InbvDriversPhase);
    PnpInitSystem(PsStartInitialProcess);
    KiDispatchLoop();
}
