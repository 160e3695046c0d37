// Working sets: the limits that a process has, the pages that it locks, and giving pages up. Nothing is
// taken from a process against its will: a page that is not mapped any more is still in memory.
#include "mmp.h"

enum { // pages, as Windows has them
    MM_LEAST_RESIDENT = 20,
    MM_DEFAULT_MINIMUM = 50,
    MM_DEFAULT_MAXIMUM = 345,
    MM_FLUID_PAGES = 8, // of the minimum, these cannot be locked
};

VOID MmpInitWorkingSet(PMM_ADDRESS_SPACE Space)
{
    Space->MinimumResident = MM_DEFAULT_MINIMUM;
    Space->MaximumResident = MM_DEFAULT_MAXIMUM;
}

// ---- Limits

VOID MmQueryWorkingSetLimits(PEPROCESS Process, PSIZE_T Minimum, PSIZE_T Maximum)
{
    PMM_ADDRESS_SPACE Space = Process->AddressSpace;
    *Minimum = (Space ? Space->MinimumResident : MM_DEFAULT_MINIMUM) << PAGE_SHIFT;
    *Maximum = (Space ? Space->MaximumResident : MM_DEFAULT_MAXIMUM) << PAGE_SHIFT;
}

// Views that are made whole stay whole: no fault would bring their pages back.
static BOOLEAN MmpIsTrimmable(PMM_VAD Vad, const MM_PTE *Pte)
{
    return Pte->Valid && !Pte->Locked && !MmpIsLargePte(*Pte) && Vad &&
           (Vad->Type == MmVadPrivate || Vad->Type == MmVadView || Vad->Type == MmVadImage);
}

static VOID MmpTrimPage(PMM_ADDRESS_SPACE Space, PMM_REGION Region, ULONG_PTR Page)
{
    MM_PTE Pte = Region->Ptes[Page % MM_REGION_PAGES];
    if (!Pte.Valid || !MmpIsTrimmable(MmpLookupVad(Space, Page), &Pte))
        return;
    MmpInvalidatePte(Space, &Pte);
    if (!Pte.Private && !Pte.Explicit) { // found again through its section
        MmpDereferenceFrame(MmpPfn(Pte.Pfn));
        Pte.Pfn = 0;
    }
    MmpWritePte(Region, Page, Pte);
}

// Take every page out of the hardware's tables that is not locked.
static VOID MmpEmptyWorkingSet(PMM_ADDRESS_SPACE Space)
{
    for (ULONG i = 0; i < MM_REGION_BUCKETS; i++) {
        for (PMM_REGION Region = Space->Regions[i]; Region; Region = Region->Next) {
            ULONG_PTR First = Region->Index * MM_REGION_PAGES;
            for (ULONG_PTR Offset = 0; Offset < MM_REGION_PAGES && Region->Used; Offset++)
                MmpTrimPage(Space, Region, First + Offset);
        }
    }
}

NTSTATUS MmSetWorkingSetLimits(PEPROCESS Process, SIZE_T Minimum, SIZE_T Maximum)
{
    constexpr LUID Privilege = {SE_INC_WORKING_SET_PRIVILEGE, 0};
    PMM_ADDRESS_SPACE Space = Process->AddressSpace;
    if (!Space)
        return STATUS_PROCESS_IS_TERMINATING;
    if (Minimum == MAXULONG_PTR && Maximum == MAXULONG_PTR) {
        MmpEmptyWorkingSet(Space);
        return STATUS_SUCCESS;
    }
    SIZE_T Least = max(Minimum >> PAGE_SHIFT, (SIZE_T)MM_LEAST_RESIDENT);
    SIZE_T Most = max(Maximum >> PAGE_SHIFT, (SIZE_T)MM_LEAST_RESIDENT);
    if (Least > Most || Least > MmpRamBytes >> PAGE_SHIFT)
        return STATUS_BAD_WORKING_SET_LIMIT;
    if (Least > Space->MinimumResident && !SeSinglePrivilegeCheck(Privilege, UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    if (Least < Space->LockedPages + MM_FLUID_PAGES)
        return STATUS_BAD_WORKING_SET_LIMIT;
    Space->MinimumResident = Least;
    Space->MaximumResident = Most;
    return STATUS_SUCCESS;
}

// ---- Locking

typedef struct _MM_LOCK_RANGE {
    MM_REGION_ARGUMENT Region;
    PEPROCESS Process;
    ULONG_PTR Start, End;
} MM_LOCK_RANGE;

static NTSTATUS MmpCaptureLock(HANDLE ProcessHandle, PVOID USER *BaseAddress,
                               SIZE_T USER *RegionSize, ULONG MapType, MM_LOCK_RANGE *Range)
{
    constexpr LUID Privilege = {SE_LOCK_MEMORY_PRIVILEGE, 0};
    constexpr ULONG Known = MAP_PROCESS | MAP_SYSTEM;
    if (!(MapType & Known) || (MapType & ~Known))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmpCaptureRegion(BaseAddress, RegionSize, &Range->Region);
    if (!NT_SUCCESS(Status))
        return Status;
    if ((ULONG_PTR)Range->Region.Base >= MM_USER_END)
        return STATUS_INVALID_PARAMETER_2;
    if (!MmpUserRange((ULONG_PTR)Range->Region.Base, Range->Region.Size, &Range->Start,
                      &Range->End))
        return STATUS_INVALID_PARAMETER_3;
    if ((MapType & MAP_SYSTEM) && !SeSinglePrivilegeCheck(Privilege, UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    return MmpReferenceProcess(ProcessHandle, PROCESS_VM_OPERATION, &Range->Process);
}

static NTSTATUS MmpReturnLock(PVOID USER *BaseAddress, SIZE_T USER *RegionSize,
                              MM_LOCK_RANGE *Range, NTSTATUS Status)
{
    ObDereferenceObject(Range->Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Range->Region.Base = (PVOID)(Range->Start << PAGE_SHIFT);
    Range->Region.Size = (Range->End - Range->Start) << PAGE_SHIFT;
    NTSTATUS Written = MmpReturnRegion(BaseAddress, RegionSize, &Range->Region);
    return NT_SUCCESS(Written) ? Status : Written;
}

static BOOLEAN MmpIsLocked(PMM_ADDRESS_SPACE Space, ULONG_PTR Page)
{
    PMM_PTE Pte = MmpFindPte(Space, Page);
    return Pte && Pte->Locked;
}

NTSTATUS NtLockVirtualMemory(HANDLE ProcessHandle, PVOID USER *BaseAddress, SIZE_T USER *RegionSize,
                             ULONG MapType)
{
    MM_LOCK_RANGE Range;
    NTSTATUS Status = MmpCaptureLock(ProcessHandle, BaseAddress, RegionSize, MapType, &Range);
    if (!NT_SUCCESS(Status))
        return Status;
    PMM_ADDRESS_SPACE Space = Range.Process->AddressSpace;
    SIZE_T Room = Space->MinimumResident - MM_FLUID_PAGES;
    SIZE_T New = 0;
    for (ULONG_PTR Page = Range.Start; Page < Range.End && NT_SUCCESS(Status); Page++) {
        New += !MmpIsLocked(Space, Page);
        Status = Space->LockedPages + New > Room ? STATUS_WORKING_SET_QUOTA
                                                 : MmAccessFault(Space, Page << PAGE_SHIFT, FALSE);
    }
    BOOLEAN WasLocked = New < Range.End - Range.Start;
    for (ULONG_PTR Page = Range.Start; Page < Range.End && NT_SUCCESS(Status); Page++)
        MmpFindPte(Space, Page)->Locked = 1;
    if (NT_SUCCESS(Status)) {
        Space->LockedPages += New;
        Status = WasLocked ? STATUS_WAS_LOCKED : STATUS_SUCCESS;
    }
    return MmpReturnLock(BaseAddress, RegionSize, &Range, Status);
}

NTSTATUS NtUnlockVirtualMemory(HANDLE ProcessHandle, PVOID USER *BaseAddress,
                               SIZE_T USER *RegionSize, ULONG MapType)
{
    MM_LOCK_RANGE Range;
    NTSTATUS Status = MmpCaptureLock(ProcessHandle, BaseAddress, RegionSize, MapType, &Range);
    if (!NT_SUCCESS(Status))
        return Status;
    PMM_ADDRESS_SPACE Space = Range.Process->AddressSpace;
    for (ULONG_PTR Page = Range.Start; Page < Range.End && NT_SUCCESS(Status); Page++)
        Status = MmpIsLocked(Space, Page) ? STATUS_SUCCESS : STATUS_NOT_LOCKED;
    for (ULONG_PTR Page = Range.Start; Page < Range.End && NT_SUCCESS(Status); Page++) {
        MmpFindPte(Space, Page)->Locked = 0;
        Space->LockedPages--;
    }
    return MmpReturnLock(BaseAddress, RegionSize, &Range, Status);
}

// ---- What is in it

static MEMORY_WORKING_SET_BLOCK MmpDescribeResident(PMM_ADDRESS_SPACE Space, ULONG_PTR Page,
                                                    MM_PTE Pte)
{
    PMM_VAD Vad = MmpLookupVad(Space, Page);
    ULONG Protection = Vad ? MmpPageState(Vad, &Pte, Page).Protection : MM_NOACCESS;
    ULONG Shares = Pte.Private || MmpIsLargePte(Pte) ? 0 : MmpPfn(Pte.Pfn)->ReferenceCount - 1;
    return (MEMORY_WORKING_SET_BLOCK){
        .Protection = Protection,
        .ShareCount = min(Shares, 7u),
        .Shared = !Pte.Private,
        .VirtualPage = Page,
    };
}

// The number is told in any case, and all entries or none.
NTSTATUS MmpQueryWorkingSet(PMM_ADDRESS_SPACE Space, VOID USER *Buffer, SIZE_T Length,
                            SIZE_T USER *ReturnLength)
{
    MEMORY_WORKING_SET_INFORMATION USER *Information = Buffer;
    SIZE_T Room = Length / sizeof(MEMORY_WORKING_SET_BLOCK), Count = Space->ResidentPages, Next = 0;
    if (Length < sizeof(MEMORY_WORKING_SET_INFORMATION))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmProbeForWrite(Buffer, Length, 1);
    if (NT_SUCCESS(Status)) {
        Count = Space->ResidentPages; // the probe may have added to it
        Status = MmWriteUser(&Information->NumberOfPages, Count);
    }
    if (!NT_SUCCESS(Status))
        return Status;
    if (Count + 1 > Room)
        return STATUS_INFO_LENGTH_MISMATCH;
    for (ULONG_PTR Page = 0; (Page = MmpNextKnownPage(Space, Page, MM_USER_END >> PAGE_SHIFT)) <
                             MM_USER_END >> PAGE_SHIFT;
         Page++) {
        MM_PTE Pte = *MmpFindPte(Space, Page);
        if (!Pte.Valid || Next == Count)
            continue;
        MEMORY_WORKING_SET_BLOCK Block = MmpDescribeResident(Space, Page, Pte);
        Status = MmWriteUser(&Information->WorkingSetInfo[Next++], Block);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    SIZE_T Used = (Next + 1) * sizeof(MEMORY_WORKING_SET_BLOCK);
    return ReturnLength ? MmWriteUser(ReturnLength, Used) : STATUS_SUCCESS;
}
