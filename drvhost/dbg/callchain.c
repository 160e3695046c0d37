// Names for addresses, and the frames of a thread.

#include "../ntos.h"

VOID DbgpFormatAddress(PVOID Address, PCHAR Buffer, SIZE_T Size)
{
    PVOID Base;
    WCHAR Path[260];
    UNICODE_STRING Name = {.MaximumLength = sizeof(Path), .Buffer = Path};
    RtlPcToFileHeader(Address, &Base);
    if (!Base || !NT_SUCCESS(LdrGetDllFullName(Base, &Name))) {
        _snprintf(Buffer, Size, "%p", Address);
        Buffer[Size - 1] = 0;
        return;
    }
    ULONG Start = Name.Length / sizeof(WCHAR);
    while (Start && Path[Start - 1] != L'\\')
        Start--;
    UNICODE_STRING BaseName = {
        .Length = Name.Length - (USHORT)(Start * sizeof(WCHAR)),
        .MaximumLength = Name.Length - (USHORT)(Start * sizeof(WCHAR)),
        .Buffer = Path + Start,
    };
    _snprintf(Buffer, Size, "%wZ+0x%llx", &BaseName, (ULONGLONG)((PUCHAR)Address - (PUCHAR)Base));
    Buffer[Size - 1] = 0;
}

// One frame up. A function without unwind data is a leaf: its return address is on top of the stack.
static VOID DbgpUnwindFrame(PCONTEXT Context)
{
    ULONG64 ImageBase, Establisher;
    PVOID HandlerData;
    PKI_RUNTIME_FUNCTION Function = RtlLookupFunctionEntry(Context->Rip, &ImageBase, nullptr);
    if (Function) {
        RtlVirtualUnwind(0, ImageBase, Context->Rip, Function, Context, &HandlerData, &Establisher,
                         nullptr);
        return;
    }
    Context->Rip = *(PULONG64)Context->Rsp;
    Context->Rsp += sizeof(ULONG64);
}

VOID DbgpPrintCallChain(const CONTEXT *Start)
{
    enum { Frames = 32 };
    DECLSPEC_ALIGN(16) CONTEXT Context = *Start;
    ULONG_PTR Low, High;
    CHAR Name[160];
    IoGetStackLimits(&Low, &High);
    for (ULONG i = 0; i < Frames && Context.Rip && Context.Rsp >= Low && Context.Rsp < High; i++) {
        DbgpFormatAddress((PVOID)Context.Rip, Name, sizeof(Name));
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL, "  %2lu  %s\n", i, Name);
        DbgpUnwindFrame(&Context);
    }
}
