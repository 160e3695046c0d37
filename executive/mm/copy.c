// Access to user memory. A user address is looked up, brought in if need be, and reached through the
// window: a bad one gives a status, never a fault of the Executive.
#include "mmp.h"

static PUCHAR MmpPteAddress(MM_PTE Pte)
{
    if (MmpIsLargePte(Pte))
        return (PUCHAR)(MM_LARGE_BASE + ((ULONG_PTR)Pte.Pfn << PAGE_SHIFT));
    return MmpFrameAddress(MmpPfn(Pte.Pfn));
}

// Mapped, for this access?
static inline BOOLEAN MmpIsReached(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, BOOLEAN Write,
                                   PMM_PTE *Pte)
{
    *Pte = Address < MM_USER_END ? MmpFindPte(Space, Address >> PAGE_SHIFT) : nullptr;
    return *Pte && (*Pte)->Valid && (!Write || (*Pte)->Writable);
}

// The entry of a user page that is mapped. It does not wait: MM_STATUS_MISSING.
static NTSTATUS MmpReachPteNow(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, BOOLEAN Write,
                               PMM_PTE *Pte)
{
    while (!MmpIsReached(Space, Address, Write, Pte)) {
        NTSTATUS Status = MmpAccessFault(Space, Address, Write);
        if (!NT_SUCCESS(Status))
            return Status == STATUS_STACK_OVERFLOW ? STATUS_ACCESS_VIOLATION : Status;
    }
    return STATUS_SUCCESS;
}

// Waits for pages of files.
__declspec(noinline) static NTSTATUS MmpReachPteSlowly(PMM_ADDRESS_SPACE Space, ULONG_PTR Address,
                                                       BOOLEAN Write, PMM_PTE *Pte)
{
    NTSTATUS Status;
    while ((Status = MmpReachPteNow(Space, Address, Write, Pte)) == MM_STATUS_MISSING) {
        Status = MmpFetchMissingPage(Space);
        if (!NT_SUCCESS(Status))
            break;
    }
    return Status;
}

static inline NTSTATUS MmpReachPte(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, BOOLEAN Write,
                                   PMM_PTE *Pte)
{
    return MmpIsReached(Space, Address, Write, Pte) ? STATUS_SUCCESS
                                                    : MmpReachPteSlowly(Space, Address, Write, Pte);
}

// The Executive's address of a user byte.
static inline NTSTATUS MmpReachUser(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, BOOLEAN Write,
                                    PUCHAR *Reached)
{
    PMM_PTE Pte;
    NTSTATUS Status = MmpReachPte(Space, Address, Write, &Pte);
    if (NT_SUCCESS(Status))
        *Reached = MmpPteAddress(*Pte) + Address % PAGE_SIZE;
    return Status;
}

static NTSTATUS MmpReachNow(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, BOOLEAN Write,
                            PUCHAR *Reached)
{
    PMM_PTE Pte;
    NTSTATUS Status = MmpReachPteNow(Space, Address, Write, &Pte);
    if (NT_SUCCESS(Status))
        *Reached = MmpPteAddress(*Pte) + Address % PAGE_SIZE;
    return Status;
}

static NTSTATUS MmpCopyUser(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, PUCHAR Buffer, SIZE_T Size,
                            BOOLEAN Write)
{
    if (!Space || Size > MM_USER_END || Address > MM_USER_END - Size)
        return STATUS_ACCESS_VIOLATION;
    while (Size) {
        PUCHAR Reached;
        NTSTATUS Status = MmpReachUser(Space, Address, Write, &Reached);
        if (!NT_SUCCESS(Status))
            return Status; // the space may be gone
        SIZE_T Part = min(Size, PAGE_SIZE - Address % PAGE_SIZE);
        if (Write)
            memcpy(Reached, Buffer, Part);
        else
            memcpy(Buffer, Reached, Part);
        Address += Part;
        Buffer += Part;
        Size -= Part;
    }
    return STATUS_SUCCESS;
}

static PMM_ADDRESS_SPACE MmpCurrentSpace(VOID)
{
    return PsGetCurrentProcess()->AddressSpace;
}

NTSTATUS MmCopyFromUser(PVOID Dest, const VOID USER *Source, SIZE_T Size)
{
    return MmpCopyUser(MmpCurrentSpace(), (ULONG_PTR)Source, Dest, Size, FALSE);
}

NTSTATUS MmCopyToUser(VOID USER *Dest, const VOID *Source, SIZE_T Size)
{
    return MmpCopyUser(MmpCurrentSpace(), (ULONG_PTR)Dest, (PUCHAR)Source, Size, TRUE);
}

NTSTATUS MmReadProcess(PEPROCESS Process, PVOID Dest, ULONG_PTR Source, SIZE_T Size)
{
    return MmpCopyUser(Process->AddressSpace, Source, Dest, Size, FALSE);
}

NTSTATUS MmWriteProcess(PEPROCESS Process, ULONG_PTR Dest, const VOID *Source, SIZE_T Size)
{
    return MmpCopyUser(Process->AddressSpace, Dest, (PUCHAR)Source, Size, TRUE);
}

static NTSTATUS MmpReachRange(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, SIZE_T Size,
                              BOOLEAN Write)
{
    ULONG_PTR End = Address + Size;
    while (Address < End) {
        PMM_PTE Pte;
        NTSTATUS Status = MmpReachPte(Space, Address, Write, &Pte);
        if (!NT_SUCCESS(Status))
            return Status;
        Address = ALIGN_DOWN_BY(Address, PAGE_SIZE) + PAGE_SIZE;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS MmpProbe(ULONG_PTR Address, SIZE_T Size, ULONG Alignment, BOOLEAN Write)
{
    if (Size == 0)
        return STATUS_SUCCESS;
    if (Alignment && Address & (Alignment - 1))
        return STATUS_DATATYPE_MISALIGNMENT;
    if (Size > MM_USER_END || Address > MM_USER_END - Size)
        return STATUS_ACCESS_VIOLATION;
    if (!MmpCurrentSpace())
        return STATUS_ACCESS_VIOLATION;
    return MmpReachRange(MmpCurrentSpace(), Address, Size, Write);
}

NTSTATUS MmProbeForWrite(VOID USER *Address, SIZE_T Size, ULONG Alignment)
{
    return MmpProbe((ULONG_PTR)Address, Size, Alignment, TRUE);
}

NTSTATUS MmProbeForRead(const VOID USER *Address, SIZE_T Size, ULONG Alignment)
{
    return MmpProbe((ULONG_PTR)Address, Size, Alignment, FALSE);
}

// Between two processes, page by page, straight from frame to frame. The whole destination is made
// writable first, so that STATUS_PARTIAL_COPY speaks of the source.
NTSTATUS MmCopyVirtualMemory(PEPROCESS SourceProcess, ULONG_PTR Source, PEPROCESS DestProcess,
                             ULONG_PTR Dest, SIZE_T Size, PSIZE_T Copied)
{
    *Copied = 0;
    if (Size > MM_USER_END || Source > MM_USER_END - Size || Dest > MM_USER_END - Size)
        return STATUS_ACCESS_VIOLATION;
    if (!SourceProcess->AddressSpace || !DestProcess->AddressSpace)
        return STATUS_PROCESS_IS_TERMINATING;
    NTSTATUS Probed = MmpReachRange(DestProcess->AddressSpace, Dest, Size, TRUE);
    if (!NT_SUCCESS(Probed))
        return Probed;
    while (*Copied < Size) {
        PUCHAR From, To;
        NTSTATUS Status = MmpReachUser(SourceProcess->AddressSpace, Source, FALSE, &From);
        if (NT_SUCCESS(Status))
            Status = MmpReachUser(DestProcess->AddressSpace, Dest, TRUE, &To);
        if (NT_SUCCESS(Status) && !SourceProcess->AddressSpace)
            Status = STATUS_PROCESS_IS_TERMINATING;
        if (NT_SUCCESS(Status))
            Status = MmpReachNow(SourceProcess->AddressSpace, Source, FALSE, &From);
        if (Status == MM_STATUS_MISSING)
            continue; // it went while the other one came
        if (!NT_SUCCESS(Status))
            return STATUS_PARTIAL_COPY;
        SIZE_T Part = min(Size - *Copied, PAGE_SIZE - Source % PAGE_SIZE);
        Part = min(Part, PAGE_SIZE - Dest % PAGE_SIZE);
        memmove(To, From, Part);
        Source += Part;
        Dest += Part;
        *Copied += Part;
    }
    return STATUS_SUCCESS;
}

NTSTATUS MmCaptureUnicodeString(PUNICODE_STRING Captured, const UNICODE_STRING USER *String)
{
    UNICODE_STRING Header;
    NTSTATUS Status = MmCopyFromUser(&Header, String, sizeof(Header));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Header.Length % sizeof(WCHAR))
        return STATUS_INVALID_PARAMETER;
    *Captured = (UNICODE_STRING){};
    if (Header.Length == 0)
        return STATUS_SUCCESS;
    USHORT Room = (USHORT)min(Header.Length + sizeof(WCHAR), (SIZE_T)UNICODE_STRING_MAX_BYTES);
    PWCH Buffer = ExAllocatePoolWithTag(PagedPool, Header.Length + sizeof(WCHAR), 'rtSM');
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = MmCopyFromUser(Buffer, (const VOID USER *)Header.Buffer, Header.Length);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Buffer);
        return Status;
    }
    Buffer[Header.Length / sizeof(WCHAR)] = 0;
    *Captured = (UNICODE_STRING){Header.Length, Room, Buffer};
    return STATUS_SUCCESS;
}

VOID MmFreeCapturedString(PUNICODE_STRING Captured)
{
    if (Captured->Buffer)
        ExFreePool(Captured->Buffer);
    *Captured = (UNICODE_STRING){};
}

static NTSTATUS MmpReferenceReached(MM_PTE Pte, PMM_PFN *Frame)
{
    if (MmpIsLargePte(Pte))
        return STATUS_NOT_SUPPORTED; // no frame of its own
    *Frame = MmpPfn(Pte.Pfn);
    MmpReferenceFrame(*Frame);
    return STATUS_SUCCESS;
}

NTSTATUS MmpReferenceFrameNow(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, BOOLEAN Write,
                              PMM_PFN *Frame)
{
    PMM_PTE Pte;
    NTSTATUS Status = MmpReachPteNow(Space, Address, Write, &Pte);
    return NT_SUCCESS(Status) ? MmpReferenceReached(*Pte, Frame) : Status;
}

NTSTATUS MmpReferenceFrameAt(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, BOOLEAN Write,
                             PMM_PFN *Frame)
{
    PMM_PTE Pte;
    NTSTATUS Status = MmpReachPte(Space, Address, Write, &Pte);
    return NT_SUCCESS(Status) ? MmpReferenceReached(*Pte, Frame) : Status;
}

NTSTATUS MmReferenceUserFrame(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, PMM_PFN *Frame,
                              seL4_CPtr *Cap)
{
    NTSTATUS Status = MmpReferenceFrameAt(Space, Address, TRUE, Frame);
    if (NT_SUCCESS(Status))
        *Cap = (*Frame)->Slot;
    return Status;
}

VOID MmDereferenceUserFrame(PMM_PFN Frame)
{
    MmpDereferenceFrame(Frame);
}
