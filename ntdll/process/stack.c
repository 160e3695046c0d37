// Stacks of threads that are made by hand (NtCreateThread), and walks over stacks.

#include "../ntdllp.h"
#include "../../rtl/amd64/unwind.h"

// Zero sizes: what the program's header says. The committed part ends in a guard page.
NTSTATUS NTAPI RtlCreateUserStack(SIZE_T CommittedStackSize, SIZE_T MaximumStackSize,
                                  ULONG_PTR ZeroBits, SIZE_T PageSize, ULONG_PTR ReserveAlignment,
                                  PINITIAL_TEB InitialTeb)
{
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(NtCurrentPeb()->ImageBaseAddress);
    if (!CommittedStackSize)
        CommittedStackSize = Headers->OptionalHeader.SizeOfStackCommit;
    if (!MaximumStackSize)
        MaximumStackSize = Headers->OptionalHeader.SizeOfStackReserve;
    SIZE_T Commit = ALIGN_UP_BY(CommittedStackSize, PageSize);
    SIZE_T Reserve = ALIGN_UP_BY(MaximumStackSize, ReserveAlignment);
    if (Reserve < Commit + PageSize)
        Reserve = ALIGN_UP_BY(Commit + PageSize, ReserveAlignment);

    PVOID Base = nullptr;
    NTSTATUS Status = NtAllocateVirtualMemory(NtCurrentProcess(), &Base, ZeroBits, &Reserve,
                                              MEM_RESERVE, PAGE_READWRITE);
    if (!NT_SUCCESS(Status))
        return Status;
    PUCHAR Top = (PUCHAR)Base + Reserve;
    PVOID Limit = Top - Commit;
    PVOID Guard = Top - Commit - PageSize;
    SIZE_T Size = Commit;
    Status =
        NtAllocateVirtualMemory(NtCurrentProcess(), &Limit, 0, &Size, MEM_COMMIT, PAGE_READWRITE);
    Size = PageSize;
    if (NT_SUCCESS(Status))
        Status = NtAllocateVirtualMemory(NtCurrentProcess(), &Guard, 0, &Size, MEM_COMMIT,
                                         PAGE_READWRITE | PAGE_GUARD);
    if (!NT_SUCCESS(Status)) {
        RtlFreeUserStack(Base);
        return Status;
    }
    *InitialTeb = (INITIAL_TEB){
        .StackBase = Top,
        .StackLimit = Limit,
        .StackAllocationBase = Base,
    };
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlFreeUserStack(PVOID AllocationBase)
{
    SIZE_T Size = 0;
    return NtFreeVirtualMemory(NtCurrentProcess(), &AllocationBase, &Size, MEM_RELEASE);
}

// Addresses in the callers: the first is in the function that called this one, unless skipped.
USHORT NTAPI RtlCaptureStackBackTrace(ULONG FramesToSkip, ULONG FramesToCapture, PVOID *BackTrace,
                                      PULONG BackTraceHash)
{
    CONTEXT Context;
    RtlCaptureContext(&Context);
    RTLP_STACK Stack = RtlpCurrentStack();
    ULONG Count = 0, Hash = 0;
    for (ULONG Frame = 0; Count < FramesToCapture && Context.Rip; Frame++) {
        if (!RtlpUnwindToCaller(&Context, &Stack))
            break;
        if (Frame < FramesToSkip || !Context.Rip)
            continue;
        BackTrace[Count++] = (PVOID)Context.Rip;
        Hash += (ULONG)Context.Rip;
    }
    if (BackTraceHash)
        *BackTraceHash = Hash;
    return (USHORT)Count;
}
