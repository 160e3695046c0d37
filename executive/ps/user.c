// What the Executive writes into a new process: PEB, TEBs, stacks.
#include "psp.h"

enum {
    PSP_DEFAULT_STACK_RESERVE = 1024 * 1024,
    PSP_DEFAULT_STACK_COMMIT = 16 * 1024,
    PSP_TEB_PAGES = 2, // the IPC buffer of the kernel lies in the second
};

static NTSTATUS PspAllocate(PEPROCESS Process, SIZE_T Size, PVOID *Address)
{
    *Address = nullptr;
    NTSTATUS Status = MmAllocateVirtualMemory(Process, Address, 0, &Size, MEM_RESERVE | MEM_COMMIT,
                                              PAGE_READWRITE);
    if (NT_SUCCESS(Status))
        MmSecureVirtualMemory(Process, *Address);
    return Status;
}

NTSTATUS PspCreatePeb(PEPROCESS Process, PSECTION ImageSection)
{
    SECTION_IMAGE_INFORMATION Image;
    MmQuerySectionImageInformation(ImageSection, &Image);
    NTSTATUS Status = PspAllocate(Process, sizeof(PEB), (PVOID *)&Process->Peb);
    if (!NT_SUCCESS(Status))
        return Status;
    PPEB Peb = ExAllocatePoolZero(PagedPool, sizeof(*Peb), 'bePP');
    if (!Peb)
        return STATUS_INSUFFICIENT_RESOURCES;
    Peb->Mutant = (HANDLE)(LONG_PTR)-1;
    Peb->ImageBaseAddress = Process->SectionBaseAddress;
    Peb->NumberOfProcessors = 1;
    Peb->CriticalSectionTimeout.QuadPart = -30ll * 24 * 3600 * 10'000'000; // thirty days
    Peb->HeapSegmentReserve = 1024 * 1024;
    Peb->HeapSegmentCommit = 2 * PAGE_SIZE;
    Peb->HeapDeCommitTotalFreeThreshold = 64 * 1024;
    Peb->HeapDeCommitFreeBlockThreshold = PAGE_SIZE;
    Peb->OSMajorVersion = 10;
    Peb->OSMinorVersion = 0;
    Peb->OSBuildNumber = 19045;
    Peb->OSPlatformId = VER_PLATFORM_WIN32_NT;
    Peb->ImageSubsystem = Image.SubSystemType;
    Peb->ImageSubsystemMajorVersion = Image.SubSystemMajorVersion;
    Peb->ImageSubsystemMinorVersion = Image.SubSystemMinorVersion;
    Peb->ActiveProcessAffinityMask = 1;
    Peb->MinimumStackCommit = PSP_DEFAULT_STACK_COMMIT;
    Peb->ProcessInJob = Process->Job != nullptr;
    Status = MmWriteProcess(Process, (ULONG_PTR)Process->Peb, Peb, sizeof(*Peb));
    ExFreePool(Peb);
    return Status;
}

VOID PspMarkInJob(PEPROCESS Process)
{
    ULONG_PTR Address = (ULONG_PTR)Process->Peb + offsetof(PEB, CrossProcessFlags);
    ULONG Flags;
    NTSTATUS Status = MmReadProcess(Process, &Flags, Address, sizeof(Flags));
    Flags |= 1; // ProcessInJob
    if (NT_SUCCESS(Status))
        (VOID) MmWriteProcess(Process, Address, &Flags, sizeof(Flags)); // the program's own memory
}

// A TEB is zero but for a few fields at its front and one further on; they are written one by one, as
// the page is zero already.
NTSTATUS PspCreateTeb(PETHREAD Thread, const INITIAL_TEB *Stack)
{
    PEPROCESS Process = Thread->Process;
    NTSTATUS Status = PspAllocate(Process, PSP_TEB_PAGES * PAGE_SIZE, (PVOID *)&Thread->Teb);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG_PTR Address = (ULONG_PTR)Thread->Teb;
    struct {
        NT_TIB NtTib;
        PVOID EnvironmentPointer;
        CLIENT_ID ClientId;
        PVOID ActiveRpcHandle, ThreadLocalStoragePointer;
        PPEB ProcessEnvironmentBlock;
    } Front = {
        .NtTib.ExceptionList = nullptr,
        .NtTib.StackBase = Stack->StackBase,
        .NtTib.StackLimit = Stack->StackLimit,
        .NtTib.Self = (PNT_TIB)Thread->Teb,
        .ClientId = Thread->Cid,
        .ProcessEnvironmentBlock = Process->Peb,
    };
    static_assert(offsetof(TEB, ProcessEnvironmentBlock) == sizeof(Front) - sizeof(PPEB));
    Status = MmWriteProcess(Process, Address, &Front, sizeof(Front));
    if (NT_SUCCESS(Status))
        Status = MmWriteProcess(Process, Address + offsetof(TEB, RealClientId), &Thread->Cid,
                                sizeof(Thread->Cid));
    if (NT_SUCCESS(Status))
        Status = MmWriteProcess(Process, Address + offsetof(TEB, DeallocationStack),
                                &Stack->StackAllocationBase, sizeof(PVOID));
    UNICODE_STRING Static = {0, sizeof(((TEB *)nullptr)->StaticUnicodeBuffer),
                             (PWCH)(Address + offsetof(TEB, StaticUnicodeBuffer))};
    if (NT_SUCCESS(Status))
        Status = MmWriteProcess(Process, Address + offsetof(TEB, StaticUnicodeString), &Static,
                                sizeof(Static));
    return Status;
}

static NTSTATUS PspCommitStack(PEPROCESS Process, ULONG_PTR Base, SIZE_T Reserve, SIZE_T Commit,
                               PINITIAL_TEB Stack)
{
    Commit = min(ALIGN_UP_BY(Commit, PAGE_SIZE), Reserve);
    BOOLEAN Guard = Commit + 2 * PAGE_SIZE <= Reserve; // the lowest page stays reserved
    SIZE_T Size = Commit;
    PVOID Address = (PVOID)(Base + Reserve - Commit);
    NTSTATUS Status =
        MmAllocateVirtualMemory(Process, &Address, 0, &Size, MEM_COMMIT, PAGE_READWRITE);
    Stack->StackBase = (PVOID)(Base + Reserve);
    Stack->StackLimit = Address;
    Stack->StackAllocationBase = (PVOID)Base;
    if (!NT_SUCCESS(Status) || !Guard)
        return Status;
    Address -= PAGE_SIZE;
    Size = PAGE_SIZE;
    return MmAllocateVirtualMemory(Process, &Address, 0, &Size, MEM_COMMIT,
                                   PAGE_READWRITE | PAGE_GUARD);
}

NTSTATUS PspCreateUserStack(PEPROCESS Process, SIZE_T Reserve, SIZE_T Commit, ULONG_PTR ZeroBits,
                            PINITIAL_TEB Stack)
{
    SECTION_IMAGE_INFORMATION Image;
    MmQuerySectionImageInformation(Process->SectionObject, &Image);
    if (!Reserve)
        Reserve = Image.MaximumStackSize ? Image.MaximumStackSize : PSP_DEFAULT_STACK_RESERVE;
    if (!Commit)
        Commit = Image.CommittedStackSize ? Image.CommittedStackSize : PSP_DEFAULT_STACK_COMMIT;
    if (Commit >= Reserve)
        Reserve = ALIGN_UP_BY(Commit, 1024 * 1024);
    Reserve = ALIGN_UP_BY(Reserve, ALLOCATION_GRANULARITY);

    PVOID Base = nullptr;
    NTSTATUS Status =
        MmAllocateVirtualMemory(Process, &Base, ZeroBits, &Reserve, MEM_RESERVE, PAGE_READWRITE);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PspCommitStack(Process, (ULONG_PTR)Base, Reserve, Commit, Stack);
    if (!NT_SUCCESS(Status)) {
        Reserve = 0;
        MmFreeVirtualMemory(Process, &Base, &Reserve, MEM_RELEASE);
    }
    return Status;
}
