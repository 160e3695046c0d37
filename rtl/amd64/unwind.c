// Virtual unwinding of x64 frames by .pdata and .xdata.
// Source: "x64 exception handling" (Windows documentation): UNWIND_INFO, unwind codes of versions 1
// and 2, the restricted form of epilogues, chained information, machine frames.

#include "unwind.h"

enum { RexW = 0x48, RegisterRsp = 4, OpcodePopFirst = 0x58, OpcodePopLast = 0x5F };

// CONTEXT keeps Rax..R15 in the order of their hardware numbers, and Xmm0..Xmm15 likewise.
static PDWORD64 RtlpRegister(PCONTEXT Context, ULONG Number)
{
    return &Context->Rax + Number;
}

// One unwinding step. A frame or stack pointer may be anything: only the stack is read.
typedef struct _RTLP_UNWIND {
    PCONTEXT Context;
    PKNONVOLATILE_CONTEXT_POINTERS Pointers; // or null
    const RTLP_STACK *Stack;
    BOOLEAN Sound; // nothing outside the stack was to be read
} RTLP_UNWIND, *PRTLP_UNWIND;

static BOOLEAN RtlpCanRead(PRTLP_UNWIND Unwind, DWORD64 Address, SIZE_T Size)
{
    const RTLP_STACK *Stack = Unwind->Stack;
    BOOLEAN Inside =
        Address >= Stack->Low && Address < Stack->High && Size <= Stack->High - Address;
    Unwind->Sound &= Inside;
    return Inside;
}

static DWORD64 RtlpReadStack(PRTLP_UNWIND Unwind, DWORD64 Address)
{
    return RtlpCanRead(Unwind, Address, sizeof(DWORD64)) ? *(const DWORD64 *)Address : 0;
}

static VOID RtlpLoadRegister(PRTLP_UNWIND Unwind, ULONG Number, DWORD64 Address)
{
    *RtlpRegister(Unwind->Context, Number) = RtlpReadStack(Unwind, Address);
    if (Unwind->Pointers)
        Unwind->Pointers->IntegerContext[Number] = (PDWORD64)Address;
}

static VOID RtlpLoadXmm(PRTLP_UNWIND Unwind, ULONG Number, DWORD64 Address)
{
    if (RtlpCanRead(Unwind, Address, sizeof(M128A)))
        memcpy(&(&Unwind->Context->Xmm0)[Number], (const VOID *)Address, sizeof(M128A));
    if (Unwind->Pointers)
        Unwind->Pointers->FloatingContext[Number] = (PM128A)Address;
}

static VOID RtlpPopRegister(PRTLP_UNWIND Unwind, ULONG Number)
{
    RtlpLoadRegister(Unwind, Number, Unwind->Context->Rsp);
    Unwind->Context->Rsp += sizeof(DWORD64);
}

static VOID RtlpPopReturnAddress(PRTLP_UNWIND Unwind)
{
    Unwind->Context->Rip = RtlpReadStack(Unwind, Unwind->Context->Rsp);
    Unwind->Context->Rsp += sizeof(DWORD64);
}

// How many 16-bit slots an unwind code takes.
static ULONG RtlpCodeSlots(RTLP_UNWIND_CODE Code, UCHAR Version)
{
    switch (Code.UnwindOp) {
    case UWOP_ALLOC_LARGE:
        return Code.OpInfo ? 3 : 2;
    case UWOP_SAVE_NONVOL:
    case UWOP_SAVE_XMM128:
        return 2;
    case UWOP_SAVE_NONVOL_FAR:
    case UWOP_SAVE_XMM128_FAR:
        return 3;
    case UWOP_EPILOG: // version 1: SAVE_XMM
        return Version == 1 ? 2 : 1;
    case UWOP_SPARE: // version 1: SAVE_XMM_FAR
        return Version == 1 ? 3 : 2;
    default:
        return 1;
    }
}

static ULONG RtlpCodeOperand32(const RTLP_UNWIND_CODE *Code)
{
    return (ULONG)Code[1].FrameOffset | (ULONG)Code[2].FrameOffset << 16;
}

// Undo one prologue operation. Returns TRUE when the operation was a machine frame, which ends the
// frame: Rip and Rsp then are those of the interrupted code.
static BOOLEAN RtlpUndoCode(PRTLP_UNWIND Unwind, const RTLP_UNWIND_INFO *Info,
                            const RTLP_UNWIND_CODE *Code, DWORD64 FrameBase)
{
    PCONTEXT Context = Unwind->Context;
    ULONG Operand = Code->OpInfo;
    switch (Code->UnwindOp) {
    case UWOP_PUSH_NONVOL:
        RtlpPopRegister(Unwind, Operand);
        break;
    case UWOP_ALLOC_LARGE:
        Context->Rsp += Operand ? RtlpCodeOperand32(Code) : Code[1].FrameOffset * 8u;
        break;
    case UWOP_ALLOC_SMALL:
        Context->Rsp += Operand * 8 + 8;
        break;
    case UWOP_SET_FPREG:
        Context->Rsp = *RtlpRegister(Context, Info->FrameRegister) - Info->FrameOffset * 16u;
        break;
    case UWOP_SAVE_NONVOL:
        RtlpLoadRegister(Unwind, Operand, FrameBase + Code[1].FrameOffset * 8u);
        break;
    case UWOP_SAVE_NONVOL_FAR:
        RtlpLoadRegister(Unwind, Operand, FrameBase + RtlpCodeOperand32(Code));
        break;
    case UWOP_SAVE_XMM128:
        RtlpLoadXmm(Unwind, Operand, FrameBase + Code[1].FrameOffset * 16u);
        break;
    case UWOP_SAVE_XMM128_FAR:
        RtlpLoadXmm(Unwind, Operand, FrameBase + RtlpCodeOperand32(Code));
        break;
    case UWOP_PUSH_MACHFRAME: {
        DWORD64 Frame = Context->Rsp + (Operand ? sizeof(DWORD64) : 0); // behind an error code
        Context->Rip = RtlpReadStack(Unwind, Frame);
        Context->Rsp = RtlpReadStack(Unwind, Frame + 3 * sizeof(DWORD64));
        return TRUE;
    }
    default: // epilogue descriptions and operations that a later compiler may define
        break;
    }
    return FALSE;
}

// The address that saved registers are relative to: the frame register's value less its offset once
// the prologue has set it, else Rsp.
static DWORD64 RtlpFrameBase(const RTLP_UNWIND_INFO *Info, ULONG PrologOffset, PCONTEXT Context)
{
    if (!Info->FrameRegister)
        return Context->Rsp;
    BOOLEAN IsSet = PrologOffset >= Info->SizeOfProlog || (Info->Flags & UNW_FLAG_CHAININFO);
    for (ULONG i = 0; !IsSet && i < Info->CountOfCodes;
         i += RtlpCodeSlots(Info->UnwindCode[i], Info->Version)) {
        if (Info->UnwindCode[i].UnwindOp == UWOP_SET_FPREG)
            IsSet = PrologOffset >= Info->UnwindCode[i].CodeOffset;
    }
    if (!IsSet)
        return Context->Rsp;
    return *RtlpRegister(Context, Info->FrameRegister) - Info->FrameOffset * 16u;
}

static const RTLP_UNWIND_INFO *RtlpUnwindInfo(DWORD64 ImageBase, const RUNTIME_FUNCTION *Function)
{
    return (const RTLP_UNWIND_INFO *)(ImageBase + Function->UnwindData);
}

// What follows the codes: the primary function of chained information, or handler and its data.
static const ULONG *RtlpUnwindTail(const RTLP_UNWIND_INFO *Info)
{
    return (const ULONG *)&Info->UnwindCode[(Info->CountOfCodes + 1u) & ~1u];
}

static const RUNTIME_FUNCTION *RtlpPrimaryFunction(DWORD64 ImageBase,
                                                   const RUNTIME_FUNCTION *Function)
{
    for (ULONG Depth = 0; Depth < RTLP_MAXIMUM_CHAIN; Depth++) {
        const RTLP_UNWIND_INFO *Info = RtlpUnwindInfo(ImageBase, Function);
        if (!(Info->Flags & UNW_FLAG_CHAININFO))
            break;
        Function = (const RUNTIME_FUNCTION *)RtlpUnwindTail(Info);
    }
    return Function;
}

// Is the code at Ip a pop of a 64-bit register? Gives its length, 0 if not, and the register.
static ULONG RtlpIsPop(const UCHAR *Ip, PULONG Number)
{
    ULONG Prefix = (Ip[0] & 0xF8) == 0x40 ? 1 : 0; // REX
    UCHAR Opcode = Ip[Prefix];
    if (Opcode < OpcodePopFirst || Opcode > OpcodePopLast)
        return 0;
    *Number = (Opcode - OpcodePopFirst) + (Prefix && (Ip[0] & 1) ? 8u : 0u);
    return Prefix + 1;
}

// The stack adjustment that may start an epilogue: `add rsp, imm` or `lea rsp, [frame + disp]`.
// Returns its length, 0 if Ip is something else; *NewRsp is the stack pointer after it.
static ULONG RtlpIsStackAdjustment(const UCHAR *Ip, const RTLP_UNWIND_INFO *Info,
                                   const CONTEXT *Context, PDWORD64 NewRsp)
{
    if (Ip[0] == RexW && Ip[1] == 0x83 && Ip[2] == 0xC4) {
        *NewRsp = Context->Rsp + (DWORD64)(LONG64)(CHAR)Ip[3];
        return 4;
    }
    if (Ip[0] == RexW && Ip[1] == 0x81 && Ip[2] == 0xC4) {
        *NewRsp = Context->Rsp + (DWORD64)(LONG64)(*(const LONG UNALIGNED *)(Ip + 3));
        return 7;
    }
    // lea rsp: REX.W (+B), 8D, ModRM with reg = rsp and rm = the frame register.
    if (!Info->FrameRegister || (Ip[0] & 0xFE) != RexW || Ip[1] != 0x8D)
        return 0;
    UCHAR ModRm = Ip[2];
    ULONG Base = (ModRm & 7) + (Ip[0] & 1 ? 8u : 0u);
    if ((ModRm >> 3 & 7) != RegisterRsp || Base != Info->FrameRegister)
        return 0;
    // A base of rsp or r12 needs a SIB byte; compilers do not use those as frame registers.
    DWORD64 Frame = (&Context->Rax)[Base];
    switch (ModRm >> 6) {
    case 0:
        *NewRsp = Frame;
        return 3;
    case 1:
        *NewRsp = Frame + (DWORD64)(LONG64)(CHAR)Ip[3];
        return 4;
    case 2:
        *NewRsp = Frame + (DWORD64)(LONG64)(*(const LONG UNALIGNED *)(Ip + 3));
        return 7;
    default:
        return 0;
    }
}

// Does the jump at Ip leave the function (a tail call, which ends an epilogue)?
static BOOLEAN RtlpIsTailJump(const UCHAR *Ip, DWORD64 ImageBase, const RUNTIME_FUNCTION *Function)
{
    DWORD64 Target;
    if (Ip[0] == 0xEB)
        Target = (DWORD64)Ip + 2 + (DWORD64)(LONG64)(CHAR)Ip[1];
    else if (Ip[0] == 0xE9)
        Target = (DWORD64)Ip + 5 + (DWORD64)(LONG64)(*(const LONG UNALIGNED *)(Ip + 1));
    else // jmp through memory: FF /4 with mod 00, with or without REX.W
        return (Ip[0] == 0xFF && Ip[1] == 0x25) ||
               (Ip[0] == RexW && Ip[1] == 0xFF && (Ip[2] & 0x38) == 0x20);

    const RUNTIME_FUNCTION *Primary = RtlpPrimaryFunction(ImageBase, Function);
    DWORD64 Rva = Target - ImageBase;
    if (Rva == Primary->BeginAddress)
        return TRUE;
    return (Rva < Primary->BeginAddress || Rva >= Primary->EndAddress) &&
           (Rva < Function->BeginAddress || Rva >= Function->EndAddress);
}

static BOOLEAN RtlpIsReturn(const UCHAR *Ip)
{
    return Ip[0] == 0xC3 || Ip[0] == 0xC2 || (Ip[0] == 0xF3 && Ip[1] == 0xC3);
}

// If the code at ControlPc is an epilogue (or the rest of one), finish it on the context. Epilogues
// have one form: a stack adjustment, pops, and a return or a jump out of the function.
static BOOLEAN RtlpUnwindEpilogue(PRTLP_UNWIND Unwind, DWORD64 ImageBase, DWORD64 ControlPc,
                                  const RUNTIME_FUNCTION *Function, const RTLP_UNWIND_INFO *Info)
{
    PCONTEXT Context = Unwind->Context;
    const UCHAR *End = (const UCHAR *)(ImageBase + Function->EndAddress);
    const UCHAR *Ip = (const UCHAR *)ControlPc;
    DWORD64 Rsp = Context->Rsp;
    ULONG Number;

    ULONG Adjustment = RtlpIsStackAdjustment(Ip, Info, Context, &Rsp);
    const UCHAR *FirstPop = Ip + Adjustment;
    Ip = FirstPop;
    while (Ip < End) {
        ULONG Length = RtlpIsPop(Ip, &Number);
        if (!Length)
            break;
        Ip += Length;
    }
    if (Ip >= End || !(RtlpIsReturn(Ip) || RtlpIsTailJump(Ip, ImageBase, Function)))
        return FALSE;

    Context->Rsp = Rsp;
    const UCHAR *Last = Ip;
    for (Ip = FirstPop; Ip < Last;) {
        Ip += RtlpIsPop(Ip, &Number);
        RtlpPopRegister(Unwind, Number);
    }
    RtlpPopReturnAddress(Unwind);
    return TRUE;
}

// Undo the prologue described by Info and by what it is chained to. TRUE: a machine frame gave Rip.
static BOOLEAN RtlpUnwindPrologue(PRTLP_UNWIND Unwind, DWORD64 ImageBase, ULONG PrologOffset,
                                  const RTLP_UNWIND_INFO *Info, DWORD64 FrameBase)
{
    for (ULONG Depth = 0; Depth < RTLP_MAXIMUM_CHAIN; Depth++) {
        for (ULONG i = 0; i < Info->CountOfCodes;
             i += RtlpCodeSlots(Info->UnwindCode[i], Info->Version)) {
            const RTLP_UNWIND_CODE *Code = &Info->UnwindCode[i];
            if (Code->CodeOffset > PrologOffset)
                continue; // the operation has not run yet
            if (RtlpUndoCode(Unwind, Info, Code, FrameBase))
                return TRUE;
        }
        if (!(Info->Flags & UNW_FLAG_CHAININFO))
            break;
        const RUNTIME_FUNCTION *Primary = (const RUNTIME_FUNCTION *)RtlpUnwindTail(Info);
        Info = RtlpUnwindInfo(ImageBase, Primary);
        PrologOffset = ~0u; // the primary function's prologue is complete
    }
    return FALSE;
}

static BOOLEAN RtlpIsInProlog(const RTLP_UNWIND_INFO *Info, ULONG PrologOffset)
{
    return PrologOffset != ~0u && !(Info->Flags & UNW_FLAG_CHAININFO);
}

// The language handler of the function, if it has one of HandlerType.
static PEXCEPTION_ROUTINE RtlpLanguageHandler(DWORD HandlerType, DWORD64 ImageBase,
                                              const RUNTIME_FUNCTION *Function, PVOID *HandlerData)
{
    const RTLP_UNWIND_INFO *Info =
        RtlpUnwindInfo(ImageBase, RtlpPrimaryFunction(ImageBase, Function));
    if (!(Info->Flags & HandlerType & (UNW_FLAG_EHANDLER | UNW_FLAG_UHANDLER)))
        return nullptr;
    const ULONG *Tail = RtlpUnwindTail(Info);
    *HandlerData = (PVOID)(Tail + 1);
    return (PEXCEPTION_ROUTINE)(ImageBase + Tail[0]);
}

BOOLEAN RtlpUnwindFunction(DWORD HandlerType, PRTLP_FRAME Frame, PCONTEXT Context,
                           PKNONVOLATILE_CONTEXT_POINTERS Pointers, const RTLP_STACK *Stack)
{
    PRUNTIME_FUNCTION Function = Frame->FunctionEntry;
    DWORD64 ImageBase = Frame->ImageBase;
    const RTLP_UNWIND_INFO *Info = RtlpUnwindInfo(ImageBase, Function);
    DWORD64 Offset = Frame->ControlPc - ImageBase - Function->BeginAddress;
    ULONG PrologOffset = Offset < Info->SizeOfProlog ? (ULONG)Offset : ~0u;
    BOOLEAN InProlog = RtlpIsInProlog(Info, PrologOffset);
    RTLP_UNWIND Unwind = {Context, Pointers, Stack, TRUE};

    Frame->EstablisherFrame = RtlpFrameBase(Info, PrologOffset, Context);
    Frame->Handler = nullptr;
    Frame->HandlerData = nullptr;
    if (!InProlog && RtlpUnwindEpilogue(&Unwind, ImageBase, Frame->ControlPc, Function, Info))
        return Unwind.Sound;
    if (!RtlpUnwindPrologue(&Unwind, ImageBase, PrologOffset, Info, Frame->EstablisherFrame))
        RtlpPopReturnAddress(&Unwind);
    if (!InProlog)
        Frame->Handler = RtlpLanguageHandler(HandlerType, ImageBase, Function, &Frame->HandlerData);
    return Unwind.Sound;
}

// Turn Context, which describes a point in the function of FunctionEntry, into the context of its
// caller. Returns the function's language handler if it has one of HandlerType (UNW_FLAG_EHANDLER,
// UNW_FLAG_UHANDLER) and ControlPc is in the function's body; then *HandlerData is its data.
// *EstablisherFrame is the frame that a handler is called with.
PEXCEPTION_ROUTINE NTAPI RtlVirtualUnwind(DWORD HandlerType, DWORD64 ImageBase, DWORD64 ControlPc,
                                          PRUNTIME_FUNCTION FunctionEntry, PCONTEXT ContextRecord,
                                          PVOID *HandlerData, PDWORD64 EstablisherFrame,
                                          PKNONVOLATILE_CONTEXT_POINTERS ContextPointers)
{
    static const RTLP_STACK Anywhere = {0, MAXULONG_PTR};
    RTLP_FRAME Frame = {
        .ControlPc = ControlPc, .ImageBase = ImageBase, .FunctionEntry = FunctionEntry};
    (VOID) RtlpUnwindFunction(HandlerType, &Frame, ContextRecord, ContextPointers, &Anywhere);
    *HandlerData = Frame.HandlerData;
    *EstablisherFrame = Frame.EstablisherFrame;
    return Frame.Handler;
}

// A function without .pdata is a leaf: it moved nothing, the return address is on top of the stack. A
// caller's frame lies above its callee's, else the walk would never end.
BOOLEAN RtlpStepFrame(DWORD HandlerType, PCONTEXT Context, PUNWIND_HISTORY_TABLE History,
                      const RTLP_STACK *Stack, PRTLP_FRAME Frame)
{
    DWORD64 Rsp = Context->Rsp;
    *Frame = (RTLP_FRAME){.ControlPc = Context->Rip, .EstablisherFrame = Rsp};
    Frame->FunctionEntry = RtlLookupFunctionEntry(Frame->ControlPc, &Frame->ImageBase, History);
    if (Frame->FunctionEntry)
        return RtlpUnwindFunction(HandlerType, Frame, Context, nullptr, Stack) &&
               Context->Rsp > Rsp;
    RTLP_UNWIND Unwind = {Context, nullptr, Stack, TRUE};
    RtlpPopReturnAddress(&Unwind);
    return Unwind.Sound;
}

BOOLEAN RtlpUnwindToCaller(PCONTEXT Context, const RTLP_STACK *Stack)
{
    RTLP_FRAME Frame;
    return RtlpStepFrame(UNW_FLAG_NHANDLER, Context, nullptr, Stack, &Frame);
}

// Find the entry for Rva in a sorted .pdata table. An entry that points to another (bit 0 of
// UnwindData) stands for that one.
PRUNTIME_FUNCTION RtlpSearchFunctionTable(PRUNTIME_FUNCTION Table, ULONG Count, ULONG_PTR ImageBase,
                                          ULONG Rva)
{
    ULONG Low = 0, High = Count;
    while (Low < High) {
        ULONG Middle = Low + (High - Low) / 2;
        PRUNTIME_FUNCTION Entry = &Table[Middle];
        if (Rva < Entry->BeginAddress) {
            High = Middle;
        } else if (Rva >= Entry->EndAddress) {
            Low = Middle + 1;
        } else {
            if (Entry->UnwindData & 1)
                Entry = (PRUNTIME_FUNCTION)(ImageBase + (Entry->UnwindData & ~1u));
            return Entry;
        }
    }
    return nullptr;
}
