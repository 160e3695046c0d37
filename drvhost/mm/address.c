// Questions about addresses, and what means nothing where nothing of a driver is paged out.

#include "../ntos.h"

VOID MmpQueryPages(PVOID Address, ULONG Count, PULONG64 Pfns)
{
    PUCHAR Page = PAGE_ALIGN(Address);
    for (ULONG Done = 0; Done < Count;) {
        PUCHAR Place = Page + ((SIZE_T)Done << PAGE_SHIFT);
        ULONG Known = MmpQueryRange(Place, Count - Done, &Pfns[Done]);
        if (!Known) {
            Known = 1;
            if (!KiIsConnected() || !NT_SUCCESS(NtHostQueryPages(Place, 1, &Pfns[Done])))
                Pfns[Done] = 0;
        }
        Done += Known;
    }
}

PHYSICAL_ADDRESS NTAPI MmGetPhysicalAddress(PVOID BaseAddress)
{
    ULONG64 Pfn;
    MmpQueryPages(BaseAddress, 1, &Pfn);
    return (PHYSICAL_ADDRESS){
        .QuadPart = Pfn ? (LONGLONG)(Pfn << PAGE_SHIFT | BYTE_OFFSET(BaseAddress)) : 0};
}

// Of pool, contiguous and device memory.
PVOID NTAPI MmGetVirtualForPhysical(PHYSICAL_ADDRESS PhysicalAddress)
{
    PUCHAR Page = MmpFindPfn((ULONG64)PhysicalAddress.QuadPart >> PAGE_SHIFT);
    return Page ? Page + ((ULONG64)PhysicalAddress.QuadPart & (PAGE_SIZE - 1)) : nullptr;
}

static BOOLEAN MmpIsReadable(const volatile UCHAR *Address)
{
    BOOLEAN Readable = TRUE;
    __try {
        (void)*Address;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Readable = FALSE;
    }
    return Readable;
}

BOOLEAN NTAPI MmIsAddressValid(PVOID VirtualAddress)
{
    return MmpIsReadable(VirtualAddress);
}

BOOLEAN NTAPI MmIsNonPagedSystemAddressValid(PVOID VirtualAddress)
{
    return MmGetPhysicalAddress(VirtualAddress).QuadPart != 0;
}

MM_SYSTEMSIZE NTAPI MmQuerySystemSize(void)
{
    return MmLargeSystem; // as Windows says above 64 MiB
}

BOOLEAN NTAPI MmIsThisAnNtAsSystem(void)
{
    return FALSE;
}

LOGICAL NTAPI MmIsDriverVerifying(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    return FALSE;
}

PVOID NTAPI MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName)
{
    static const PCWSTR Modules[] = {L"ntoskrnl.exe", L"hal.dll"};
    ANSI_STRING Name;
    PVOID Address = nullptr;
    if (!NT_SUCCESS(RtlUnicodeStringToAnsiString(&Name, SystemRoutineName, TRUE)))
        return nullptr;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Modules) && !Address; i++) {
        UNICODE_STRING Module;
        PVOID Base;
        RtlInitUnicodeString(&Module, Modules[i]);
        if (!NT_SUCCESS(LdrGetDllHandle(nullptr, nullptr, &Module, &Base)) ||
            !NT_SUCCESS(LdrGetProcedureAddress(Base, &Name, 0, &Address)))
            Address = nullptr;
    }
    RtlFreeAnsiString(&Name);
    return Address;
}

// ---- Buffers of callers. Their memory appears in the host below the probe address, so what lies above it is
// no caller's, and what is not there raises where it is touched.

static VOID MmpProbe(const volatile VOID *Address, SIZE_T Length, ULONG Alignment)
{
    ULONG_PTR Start = (ULONG_PTR)Address;
    if (Start & (Alignment - 1))
        ExRaiseStatus(STATUS_DATATYPE_MISALIGNMENT);
    if (Start + Length < Start || Start + Length > MmUserProbeAddress)
        ExRaiseStatus(STATUS_ACCESS_VIOLATION);
}

VOID NTAPI ProbeForRead(const VOID *Address, SIZE_T Length, ULONG Alignment)
{
    if (Length)
        MmpProbe(Address, Length, Alignment);
}

// Each page is written to, with what it holds.
VOID NTAPI ProbeForWrite(PVOID Address, SIZE_T Length, ULONG Alignment)
{
    if (!Length)
        return;
    MmpProbe(Address, Length, Alignment);
    volatile UCHAR *Byte = Address, *Last = Byte + Length - 1;
    for (; Byte <= Last; Byte = (volatile UCHAR *)PAGE_ALIGN(Byte) + PAGE_SIZE)
        *Byte = *Byte;
}

PVOID MmHighestUserAddress = (PVOID)0x00007FFFFFFEFFFF;
PVOID MmSystemRangeStart = (PVOID)0xFFFF800000000000;
ULONG64 MmUserProbeAddress = 0x00007FFFFFFF0000;
PVOID MmBadPointer;

// ---- Nothing of a driver is paged: locking and unlocking its sections is no more than a handle

PVOID NTAPI MmLockPagableDataSection(PVOID AddressWithinSection)
{
    return AddressWithinSection;
}

VOID NTAPI MmLockPagableSectionByHandle(PVOID ImageSectionHandle)
{
    UNREFERENCED_PARAMETER(ImageSectionHandle);
}

VOID NTAPI MmUnlockPagableImageSection(PVOID ImageSectionHandle)
{
    UNREFERENCED_PARAMETER(ImageSectionHandle);
}

PVOID NTAPI MmPageEntireDriver(PVOID AddressWithinSection)
{
    PVOID Base;
    RtlPcToFileHeader(AddressWithinSection, &Base);
    return Base;
}

VOID NTAPI MmResetDriverPaging(PVOID AddressWithinSection)
{
    UNREFERENCED_PARAMETER(AddressWithinSection);
}
