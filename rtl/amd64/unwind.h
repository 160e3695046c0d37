// x64 unwind information and what the unwinder needs from the module that uses it.
#pragma once

#include <nt.h>

enum {
    UWOP_PUSH_NONVOL = 0,
    UWOP_ALLOC_LARGE = 1,
    UWOP_ALLOC_SMALL = 2,
    UWOP_SET_FPREG = 3,
    UWOP_SAVE_NONVOL = 4,
    UWOP_SAVE_NONVOL_FAR = 5,
    UWOP_EPILOG = 6, // version 2
    UWOP_SPARE = 7,
    UWOP_SAVE_XMM128 = 8,
    UWOP_SAVE_XMM128_FAR = 9,
    UWOP_PUSH_MACHFRAME = 10,
};

typedef union _RTLP_UNWIND_CODE {
    struct {
        UCHAR CodeOffset; // end of the operation's instruction, from the start of the function
        UCHAR UnwindOp : 4;
        UCHAR OpInfo : 4;
    };
    USHORT FrameOffset;
} RTLP_UNWIND_CODE;

typedef struct _RTLP_UNWIND_INFO {
    UCHAR Version : 3;
    UCHAR Flags : 5;
    UCHAR SizeOfProlog;
    UCHAR CountOfCodes;
    UCHAR FrameRegister : 4;
    UCHAR FrameOffset : 4; // in units of 16 bytes
    RTLP_UNWIND_CODE UnwindCode[];
} RTLP_UNWIND_INFO;

static_assert(sizeof(RTLP_UNWIND_CODE) == 2 && sizeof(RTLP_UNWIND_INFO) == 4);

// Chained information deeper than this is a malformed image.
enum { RTLP_MAXIMUM_CHAIN = 32 };

// What of a stack may be read.
typedef struct _RTLP_STACK {
    ULONG_PTR Low, High;
} RTLP_STACK;

// What one step of a walk knows about the frame that it left.
typedef struct _RTLP_FRAME {
    DWORD64 ControlPc;
    DWORD64 ImageBase;
    PRUNTIME_FUNCTION FunctionEntry; // null: a leaf
    DWORD64 EstablisherFrame;
    PEXCEPTION_ROUTINE Handler; // or null
    PVOID HandlerData;
    ULONG ScopeIndex;
} RTLP_FRAME, *PRTLP_FRAME;

// Unwind Context by one frame and describe the frame that was left. FALSE: its frame or stack pointer is
// no good, and the caller that Context has then is not one.
BOOLEAN RtlpStepFrame(DWORD HandlerType, PCONTEXT Context, PUNWIND_HISTORY_TABLE History,
                      const RTLP_STACK *Stack, PRTLP_FRAME Frame);
// The same for a frame whose ControlPc, ImageBase and FunctionEntry are known.
BOOLEAN RtlpUnwindFunction(DWORD HandlerType, PRTLP_FRAME Frame, PCONTEXT Context,
                           PKNONVOLATILE_CONTEXT_POINTERS Pointers, const RTLP_STACK *Stack);
BOOLEAN RtlpUnwindToCaller(PCONTEXT Context, const RTLP_STACK *Stack);
PRUNTIME_FUNCTION RtlpSearchFunctionTable(PRUNTIME_FUNCTION Table, ULONG Count, ULONG_PTR ImageBase,
                                          ULONG Rva);

// Given by the module: the current thread's stack; a call of the vectored handlers (TRUE: continue
// execution).
RTLP_STACK RtlpCurrentStack(void);
BOOLEAN RtlpCallVectoredHandlers(PEXCEPTION_RECORD ExceptionRecord, PCONTEXT ContextRecord);

// Call a language handler so that an exception inside it is recognised (context.S).
EXCEPTION_DISPOSITION RtlpExecuteHandlerForException(PEXCEPTION_RECORD ExceptionRecord,
                                                     PVOID EstablisherFrame, PCONTEXT ContextRecord,
                                                     PDISPATCHER_CONTEXT DispatcherContext);
EXCEPTION_DISPOSITION RtlpExecuteHandlerForUnwind(PEXCEPTION_RECORD ExceptionRecord,
                                                  PVOID EstablisherFrame, PCONTEXT ContextRecord,
                                                  PDISPATCHER_CONTEXT DispatcherContext);
BOOLEAN NTAPI RtlDispatchException(PEXCEPTION_RECORD ExceptionRecord, PCONTEXT ContextRecord);
