// What drivers do inline and a user-mode thread may not: cr8, I/O ports, the kernel's address of the shared
// page. Each arrives as an exception; the first handler of the process does it and goes on behind it.

#include "ldrp.h"

enum : ULONG64 { SharedKernel = 0xFFFFF78000000000, SharedUser = 0x7FFE0000 };

// The general registers in the order of their numbers in instructions.
static PULONG64 LdrhRegister(PCONTEXT Context, ULONG Number)
{
    return &Context->Rax + Number;
}

static_assert(FIELD_OFFSET(CONTEXT, R15) == FIELD_OFFSET(CONTEXT, Rax) + 15 * sizeof(ULONG64));

typedef struct _LDRH_INSTRUCTION {
    PUCHAR Code; // behind the prefixes
    UCHAR Rex;   // 0: none
    BOOLEAN Word, Repeat;
} LDRH_INSTRUCTION;

static LDRH_INSTRUCTION LdrhPrefixes(PUCHAR Code)
{
    LDRH_INSTRUCTION Instruction = {.Code = Code};
    for (;; Instruction.Code++) {
        UCHAR Byte = *Instruction.Code;
        if (Byte == 0x66)
            Instruction.Word = TRUE;
        else if (Byte == 0xF3)
            Instruction.Repeat = TRUE;
        else
            break;
    }
    if ((*Instruction.Code & 0xF0) == 0x40)
        Instruction.Rex = *Instruction.Code++;
    return Instruction;
}

// mov r64, cr8: [REX.R] 0F 20 /0; mov cr8, r64: [REX.R] 0F 22 /0
static BOOLEAN LdrhEmulateCr8(const LDRH_INSTRUCTION *Instruction, PCONTEXT Context)
{
    PUCHAR Code = Instruction->Code;
    if (Code[0] != 0x0F || (Code[1] != 0x20 && Code[1] != 0x22) || !(Instruction->Rex & 4) ||
        (Code[2] & 0xF8) != 0xC0)
        return FALSE;
    PULONG64 Register = LdrhRegister(Context, (Code[2] & 7) | (Instruction->Rex & 1) << 3);
    if (Code[1] == 0x20)
        *Register = KeGetCurrentIrql();
    else
        KiWriteIrql((KIRQL)*Register);
    Context->Rip = (ULONG64)Code + 3;
    return TRUE;
}

static VOID LdrhPortInput(PVOID Target, USHORT Port, ULONG Size)
{
    ULONG Value = HalpReadPort(Port, Size);
    RtlCopyMemory(Target, &Value, Size);
}

// in, out: E4-E7 with an immediate port, EC-EF with the port in dx
static BOOLEAN LdrhEmulatePort(const LDRH_INSTRUCTION *Instruction, PCONTEXT Context)
{
    PUCHAR Code = Instruction->Code;
    if ((Code[0] & 0xF4) != 0xE4)
        return FALSE;
    BOOLEAN Immediate = !(Code[0] & 8);
    USHORT Port = Immediate ? Code[1] : (USHORT)Context->Rdx;
    ULONG Size = !(Code[0] & 1) ? 1 : Instruction->Word ? 2 : 4;
    if (Code[0] & 2)
        HalpWritePort(Port, Size, (ULONG)Context->Rax);
    else if (Size == 4)
        Context->Rax = HalpReadPort(Port, Size);
    else
        LdrhPortInput(&Context->Rax, Port, Size);
    Context->Rip = (ULONG64)Code + (Immediate ? 2 : 1);
    return TRUE;
}

// ins, outs with or without a repeat prefix: 6C-6F. The direction flag is clear by convention.
static BOOLEAN LdrhEmulatePortString(const LDRH_INSTRUCTION *Instruction, PCONTEXT Context)
{
    PUCHAR Code = Instruction->Code;
    if ((Code[0] & 0xFC) != 0x6C)
        return FALSE;
    ULONG Size = !(Code[0] & 1) ? 1 : Instruction->Word ? 2 : 4;
    ULONG64 Count = Instruction->Repeat ? Context->Rcx : 1;
    for (; Count; Count--) {
        ULONG Value = 0;
        if (Code[0] & 2) {
            RtlCopyMemory(&Value, (PVOID)Context->Rsi, Size);
            HalpWritePort((USHORT)Context->Rdx, Size, Value);
            Context->Rsi += Size;
        } else {
            LdrhPortInput((PVOID)Context->Rdi, (USHORT)Context->Rdx, Size);
            Context->Rdi += Size;
        }
    }
    if (Instruction->Repeat)
        Context->Rcx = 0;
    Context->Rip = (ULONG64)Code + 1;
    return TRUE;
}

static BOOLEAN LdrhEmulate(PCONTEXT Context)
{
    LDRH_INSTRUCTION Instruction = LdrhPrefixes((PUCHAR)Context->Rip);
    return LdrhEmulateCr8(&Instruction, Context) || LdrhEmulatePort(&Instruction, Context) ||
           LdrhEmulatePortString(&Instruction, Context);
}

// A driver computed the address of the shared page: the registers that hold it are made to hold the one
// where the page is, and the instruction runs again.
static BOOLEAN LdrhRedirectShared(PCONTEXT Context)
{
    BOOLEAN Found = FALSE;
    for (ULONG i = 0; i < 16; i++) {
        PULONG64 Register = LdrhRegister(Context, i);
        if (*Register - SharedKernel >= PAGE_SIZE)
            continue;
        *Register = *Register - SharedKernel + SharedUser;
        Found = TRUE;
    }
    return Found;
}

// A protection fault is an access violation of no address: a privileged instruction, or an address outside
// of what the processor can form.
LONG NTAPI LdrhHandleException(PKI_EXCEPTION_POINTERS Pointers)
{
    PEXCEPTION_RECORD Record = Pointers->ExceptionRecord;
    PCONTEXT Context = Pointers->ContextRecord;
    BOOLEAN Done = FALSE;
    if ((NTSTATUS)Record->ExceptionCode == HOST_WATCHDOG_EXCEPTION)
        return DbgpReportWatchdog(Pointers);
    if (Record->ExceptionCode == STATUS_PRIVILEGED_INSTRUCTION)
        Done = LdrhEmulate(Context);
    else if (Record->ExceptionCode == STATUS_ACCESS_VIOLATION &&
             Record->ExceptionInformation[1] == MAXULONG_PTR)
        Done = LdrhEmulate(Context) || LdrhRedirectShared(Context);
    else if (Record->ExceptionCode == STATUS_ACCESS_VIOLATION &&
             Record->ExceptionInformation[1] - SharedKernel < PAGE_SIZE)
        Done = LdrhRedirectShared(Context);
    return Done ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_CONTINUE_SEARCH;
}
