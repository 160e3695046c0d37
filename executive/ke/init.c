// Start of the Executive, component by component.
#include "kep.h"

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

[[noreturn]] VOID KiInitializeSystem(const seL4_BootInfo *BootInfo)
{
    KiBootInfo = BootInfo;
    seL4_CurrentIPCBuffer = BootInfo->ipcBuffer;
    (VOID)seL4_TCB_SetFlags(seL4_CapInitThreadTCB, 0, seL4_TCBFlag_fpuDisabled, nullptr);
    MmInitSystem(BootInfo);
    KiInitSerial();
    KiInitCrashThread();
    MM_STATISTICS Statistics;
    PVOID p[100];
    for(int i=0;i<100;i++) p[i]=ExAllocatePoolWithTag(0, 100*i, 'abcd');
    for(int i=0;i<100;i++) ExFreePool(p[i]);
    MmQueryStatistics(&Statistics);
    DbgPrint("Proteus: %lu pages, %lu free, %lu slots, %lu objects\n", (ULONG)Statistics.TotalPages,
             (ULONG)Statistics.FreePages, (ULONG)Statistics.SlotsInUse, (ULONG)Statistics.KernelObjectBytes);
    KeBugCheckEx(0xE2, 0, 0, 0, 0);
}
