// The framebuffer. A thread draws: however much is written, the screen is drawn no more often than an eye
// can follow.
#include "console.h"

enum { ConFrameMilliseconds = 20 };

static KSTART_ROUTINE ConDrawLoop;

VOID ConDisplayChanged(PCONSOLE Console)
{
    if (Console->HasDisplay)
        KeSetEvent(&Console->DisplayChanged, IO_NO_INCREMENT, FALSE);
}

static VOID NTAPI ConDrawLoop(PVOID Context)
{
    PCONSOLE Console = Context;
    LARGE_INTEGER Frame = {.QuadPart = -ConFrameMilliseconds * 10000LL};
    BOOLEAN Cleared = FALSE; // what the Executive shows stays until there is something to read
    for (;;) {
        KeWaitForSingleObject(&Console->DisplayChanged, Executive, KernelMode, FALSE, NULL);
        if (Console->DisplayMustEnd)
            break;
        ConLock(Console);
        if (!Cleared)
            ConClearDisplay(&Console->Display);
        Cleared = TRUE;
        ConRefreshDisplay(&Console->Display, &Console->Screen);
        ConUnlock(Console);
        KeDelayExecutionThread(KernelMode, FALSE, &Frame);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

// ---- Start. What the framebuffer looks like is in the device's key: "Device Parameters\Framebuffer".

typedef struct _CON_MODE {
    ULONG Width, Height, Pitch, Depth;
} CON_MODE;

static BOOLEAN ConReadMode(PCONSOLE Console, CON_MODE *Mode)
{
    HANDLE Key;
    if (!NT_SUCCESS(ConOpenParameters(Console->LowerDevice, L"Framebuffer", &Key)))
        return FALSE;
    BOOLEAN Complete = ConReadNumber(Key, L"Width", &Mode->Width) &&
                       ConReadNumber(Key, L"Height", &Mode->Height) &&
                       ConReadNumber(Key, L"Pitch", &Mode->Pitch) &&
                       ConReadNumber(Key, L"BitsPerPixel", &Mode->Depth);
    ZwClose(Key);
    return Complete;
}

static BOOLEAN ConIsUsable(const CON_MODE *Mode, ULONG Bytes)
{
    return (Mode->Depth == 24 || (Mode->Depth == 32 && Mode->Pitch % sizeof(ULONG) == 0)) &&
           Mode->Width >= 320 && Mode->Width <= 16384 && Mode->Height >= 200 &&
           Mode->Height <= 16384 && Mode->Pitch / (Mode->Depth / 8) >= Mode->Width &&
           (ULONG64)Mode->Pitch * Mode->Height <= Bytes;
}

static const CM_PARTIAL_RESOURCE_DESCRIPTOR *ConFindMemory(const CM_RESOURCE_LIST *Resources)
{
    const CM_PARTIAL_RESOURCE_LIST *List = &Resources->List[0].PartialResourceList;
    for (ULONG i = 0; Resources->Count && i < List->Count; i++) {
        if (List->PartialDescriptors[i].Type == CmResourceTypeMemory)
            return &List->PartialDescriptors[i];
    }
    return NULL;
}

static NTSTATUS ConAllocateScreen(PCONSOLE Console)
{
    CON_DISPLAY *Display = &Console->Display;
    CON_CELL *Cells = ExAllocatePoolWithTag(
        PagedPool, ConScreenBytes(Display->Columns, Display->Rows, ConHistoryRows), ConTag);
    Display->Shown = ExAllocatePoolWithTag(
        PagedPool, ConScreenBytes(Display->Columns, Display->Rows, 0), ConTag);
    if (!Cells || !Display->Shown) {
        if (Cells)
            ExFreePoolWithTag(Cells, ConTag);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ConInitScreen(&Console->Screen, Display->Columns, Display->Rows, ConHistoryRows, Cells);
    return STATUS_SUCCESS;
}

static NTSTATUS ConStartDrawing(PCONSOLE Console)
{
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Thread;
    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    Console->DisplayMustEnd = FALSE;
    NTSTATUS Status = PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, &Attributes, NULL, NULL,
                                           ConDrawLoop, Console);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObReferenceObjectByHandle(Thread, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                                       &Console->DisplayThread, NULL);
    ZwClose(Thread);
    return Status;
}

static VOID ConReleaseDisplay(PCONSOLE Console)
{
    if (Console->Framebuffer)
        MmUnmapIoSpace(Console->Framebuffer, Console->FramebufferBytes);
    if (Console->Screen.Cells)
        ExFreePoolWithTag(Console->Screen.Cells, ConTag);
    if (Console->Display.Shown)
        ExFreePoolWithTag(Console->Display.Shown, ConTag);
    Console->Framebuffer = NULL;
    Console->Screen.Cells = Console->Display.Shown = NULL;
}

static NTSTATUS ConMapDisplay(PCONSOLE Console, PHYSICAL_ADDRESS Address, const CON_MODE *Mode)
{
    Console->FramebufferBytes = (SIZE_T)Mode->Pitch * Mode->Height;
    Console->Framebuffer = MmMapIoSpace(Address, Console->FramebufferBytes, MmWriteCombined);
    if (!Console->Framebuffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    ConInitDisplay(&Console->Display,
                   &(CON_FRAMEBUFFER){Console->Framebuffer, Mode->Pitch, Mode->Width, Mode->Height,
                                      Mode->Depth / 8});
    NTSTATUS Status = ConAllocateScreen(Console);
    if (!NT_SUCCESS(Status))
        return Status;
    return ConStartDrawing(Console);
}

NTSTATUS ConStartDisplay(PCONSOLE Console, const CM_RESOURCE_LIST *Translated)
{
    CON_MODE Mode;
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *Memory = ConFindMemory(Translated);
    if (!Memory || !ConReadMode(Console, &Mode))
        return STATUS_NOT_FOUND;
    if (!ConIsUsable(&Mode, Memory->u.Memory.Length))
        return STATUS_NOT_SUPPORTED;
    NTSTATUS Status = ConMapDisplay(Console, Memory->u.Memory.Start, &Mode);
    if (!NT_SUCCESS(Status)) {
        ConReleaseDisplay(Console);
        return Status;
    }
    Console->Sinks[Console->SinkCount++] = (CON_SINK){.Screen = &Console->Screen};
    Console->HasDisplay = TRUE;
    return STATUS_SUCCESS;
}

VOID ConStopDisplay(PCONSOLE Console)
{
    if (!Console->HasDisplay)
        return;
    Console->DisplayMustEnd = TRUE;
    ConDisplayChanged(Console);
    KeWaitForSingleObject(Console->DisplayThread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Console->DisplayThread);
    Console->HasDisplay = FALSE;
    Console->SinkCount = 0;
    ConReleaseDisplay(Console);
}
