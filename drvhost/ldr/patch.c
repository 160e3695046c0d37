// KUSER_SHARED_DATA: drivers read it at its kernel address, an 8-byte immediate of a mov instruction. The
// address is not the host's, so the immediates are rewritten to where the page is for programs.

#include "ldrp.h"

enum : ULONG64 {
    LdrhKernelShared = 0xFFFFF78000000000,
    LdrhUserShared = 0x7FFE0000,
};

// mov r64, imm64 has REX.W and opcode B8-BF; mov rAX, moffs64 has A0-A3.
static BOOLEAN LdrhIsImmediateOfMov(const UCHAR *Immediate)
{
    UCHAR Opcode = Immediate[-1], Prefix = Immediate[-2];
    if ((Opcode & 0xF8) == 0xB8)
        return (Prefix & 0xF8) == 0x48;
    return (Opcode & 0xFC) == 0xA0;
}

static ULONG LdrhPatchCode(PUCHAR Code, SIZE_T Size, BOOLEAN Write)
{
    ULONG Count = 0;
    for (SIZE_T i = 2; i + sizeof(ULONG64) <= Size; i++) {
        ULONG64 Value;
        if (Code[i + 7] != 0xFF || Code[i + 5] != 0xF7)
            continue;
        RtlCopyMemory(&Value, Code + i, sizeof(Value));
        if ((Value & ~(ULONG64)(PAGE_SIZE - 1)) != LdrhKernelShared ||
            !LdrhIsImmediateOfMov(Code + i))
            continue;
        Count++;
        Value = Value - LdrhKernelShared + LdrhUserShared;
        if (Write)
            RtlCopyMemory(Code + i, &Value, sizeof(Value));
    }
    return Count;
}

static NTSTATUS LdrhPatchSection(PUCHAR Code, SIZE_T Size)
{
    if (!LdrhPatchCode(Code, Size, FALSE))
        return STATUS_SUCCESS;
    PVOID Base = Code;
    SIZE_T Bytes = Size;
    ULONG Old;
    NTSTATUS Status =
        NtProtectVirtualMemory(ZwCurrentProcess(), &Base, &Bytes, PAGE_EXECUTE_READWRITE, &Old);
    if (!NT_SUCCESS(Status))
        return Status;
    LdrhPatchCode(Code, Size, TRUE);
    return NtProtectVirtualMemory(ZwCurrentProcess(), &Base, &Bytes, Old, &Old);
}

NTSTATUS LdrhPatchImage(PLDRH_IMAGE Image)
{
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(Image->Base);
    PIMAGE_SECTION_HEADER Section = IMAGE_FIRST_SECTION(Headers);
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < Headers->FileHeader.NumberOfSections && NT_SUCCESS(Status);
         i++, Section++) {
        if (Section->Characteristics & IMAGE_SCN_MEM_EXECUTE)
            Status = LdrhPatchSection(LdrhRva(Image, Section->VirtualAddress),
                                      Section->Misc.VirtualSize);
    }
    return Status;
}
