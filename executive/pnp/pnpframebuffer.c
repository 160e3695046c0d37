// The boot loader's framebuffer as a resource of the console's root device: what nobody else finds is told
// in the registry, where the root bus reads it. The keys are volatile, for the next start may differ.
#include "pnpp.h"

#define PNP_CONSOLE L"\\Registry\\Machine\\System\\CurrentControlSet\\Enum\\ROOT\\CONSOLE\\0000"

static VOID PnpWriteMode(const KE_FRAMEBUFFER *Framebuffer)
{
    static const WCHAR Path[] = PNP_CONSOLE L"\\Device Parameters\\Framebuffer";
    const struct {
        PCWSTR Name;
        ULONG Value;
    } Values[] = {
        {L"Width", Framebuffer->Width},
        {L"Height", Framebuffer->Height},
        {L"Pitch", Framebuffer->Pitch},
        {L"BitsPerPixel", Framebuffer->BitsPerPixel},
    };
    NTSTATUS Status = CmCreateVolatileKey(Path);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Values) && NT_SUCCESS(Status); i++)
        Status = CmSetValue(Path, Values[i].Name, REG_DWORD, &Values[i].Value, sizeof(ULONG));
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: framebuffer: cannot record its mode: 0x%08lX\n", (ULONG)Status);
}

// Shared: the display adapter claims the same memory when its bus is found.
static VOID PnpWriteMemory(const KE_FRAMEBUFFER *Framebuffer)
{
    static const WCHAR Path[] = PNP_CONSOLE L"\\LogConf";
    ULONG Length = Framebuffer->Pitch * Framebuffer->Height;
    IO_RESOURCE_REQUIREMENTS_LIST Requirements = {
        .ListSize = sizeof(Requirements),
        .InterfaceType = Internal,
        .AlternativeLists = 1,
        .List[0] = {.Version = 1, .Revision = 1, .Count = 1},
    };
    IO_RESOURCE_DESCRIPTOR *Memory = &Requirements.List[0].Descriptors[0];
    Memory->Type = CmResourceTypeMemory;
    Memory->ShareDisposition = CmResourceShareShared;
    Memory->u.Generic.Length = Length;
    Memory->u.Generic.Alignment = 1;
    Memory->u.Generic.MinimumAddress.QuadPart = (LONGLONG)Framebuffer->Address;
    Memory->u.Generic.MaximumAddress.QuadPart = (LONGLONG)(Framebuffer->Address + Length - 1);
    NTSTATUS Status = CmCreateVolatileKey(Path);
    if (NT_SUCCESS(Status))
        Status = CmSetValue(Path, L"BasicConfigVector", REG_RESOURCE_REQUIREMENTS_LIST,
                            &Requirements, sizeof(Requirements));
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                   "pnp: framebuffer: cannot record its memory: 0x%08lX\n", (ULONG)Status);
}

VOID PnpRecordFramebuffer(VOID)
{
    KE_FRAMEBUFFER Framebuffer;
    if (!KeQueryFramebuffer(&Framebuffer) || !Framebuffer.Height ||
        Framebuffer.Pitch > MAXULONG / Framebuffer.Height)
        return;
    PnpWriteMode(&Framebuffer);
    PnpWriteMemory(&Framebuffer);
}
