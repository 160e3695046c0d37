// Memory: pool, tables and operation regions, registers in memory.
#include "osl.h"

enum {
    OslMaximumAllocation =
        16 << 20, // what firmware asks for beyond this is a mistake, or an attack
    OslRegisterPages = 32,
};

void *acpi_os_allocate(acpi_size size)
{
    return size && size <= OslMaximumAllocation
               ? ExAllocatePoolWithTag(NonPagedPoolNx, size, OslTag)
               : NULL;
}

void acpi_os_free(void *memory)
{
    if (memory)
        ExFreePoolWithTag(memory, OslTag);
}

// ---- The root pointer structure. Where it lies is not known: the kernel gives its contents. ACPICA gets a
// number for an address, which means the copy when it wants it mapped.

enum { OslRootPointerAddress = 0x10, OslFirmwareTableClass = 76 };

typedef struct _OSL_FIRMWARE_TABLE { // SYSTEM_FIRMWARE_TABLE_INFORMATION
    ULONG Provider, Action, TableId, Length;
    UCHAR Table[sizeof(struct acpi_table_rsdp)];
} OSL_FIRMWARE_TABLE;

NTSYSAPI NTSTATUS NTAPI ZwQuerySystemInformation(ULONG Class, PVOID Buffer, ULONG Length,
                                                 PULONG ReturnLength);

static OSL_FIRMWARE_TABLE OslRootPointer;

NTSTATUS OslReadRootPointer(VOID)
{
    enum { Get = 1 };
    ULONG Length;
    OslRootPointer = (OSL_FIRMWARE_TABLE){
        .Provider = 'ACPI', .Action = Get, .Length = sizeof(OslRootPointer.Table)};
    RtlCopyMemory(&OslRootPointer.TableId, "RSDP", sizeof(ULONG));
    return ZwQuerySystemInformation(OslFirmwareTableClass, &OslRootPointer, sizeof(OslRootPointer),
                                    &Length);
}

acpi_physical_address acpi_os_get_root_pointer(void)
{
    return OslRootPointer.Length ? OslRootPointerAddress : 0;
}

static BOOLEAN OslIsRootPointer(acpi_physical_address where, acpi_size length)
{
    return where == OslRootPointerAddress && length <= sizeof(OslRootPointer.Table);
}

// ---- Mapping

void *acpi_os_map_memory(acpi_physical_address where, acpi_size length)
{
    if (OslIsRootPointer(where, length))
        return OslRootPointer.Table;
    PHYSICAL_ADDRESS Address = {.QuadPart = (LONGLONG)where};
    // Devices' memory is uncached by the memory type ranges, whatever the page says.
    return length ? MmMapIoSpace(Address, length, MmCached) : NULL;
}

void acpi_os_unmap_memory(void *logical_address, acpi_size size)
{
    if (logical_address && logical_address != OslRootPointer.Table)
        MmUnmapIoSpace(logical_address, size);
}

acpi_status acpi_os_get_physical_address(void *logical_address,
                                         acpi_physical_address *physical_address)
{
    if (!logical_address || !physical_address)
        return AE_BAD_PARAMETER;
    *physical_address = (acpi_physical_address)MmGetPhysicalAddress(logical_address).QuadPart;
    return *physical_address ? AE_OK : AE_ERROR;
}

// ---- Registers in memory, of FADT and GPE blocks. Their pages stay mapped: they are accessed at any IRQL.

static struct {
    ULONG64 Page;
    PUCHAR Base; // set last, so that readers need no lock
} OslRegisters[OslRegisterPages];
static FAST_MUTEX OslRegisterLock;

VOID OslInitializeRegisters(VOID)
{
    ExInitializeFastMutex(&OslRegisterLock);
}

static PUCHAR OslFindRegister(ULONG64 Address)
{
    ULONG64 Page = Address & ~(ULONG64)(PAGE_SIZE - 1);
    for (ULONG i = 0; i < OslRegisterPages; i++) {
        PUCHAR Base = __atomic_load_n(&OslRegisters[i].Base, __ATOMIC_ACQUIRE);
        if (Base && OslRegisters[i].Page == Page)
            return Base + (Address - Page);
    }
    return NULL;
}

static PUCHAR OslMapRegister(ULONG64 Address)
{
    PUCHAR Register = OslFindRegister(Address);
    if (Register || KeGetCurrentIrql() > APC_LEVEL)
        return Register;
    PHYSICAL_ADDRESS Page = {.QuadPart = (LONGLONG)(Address & ~(ULONG64)(PAGE_SIZE - 1))};
    ExAcquireFastMutex(&OslRegisterLock);
    Register = OslFindRegister(Address);
    for (ULONG i = 0; i < OslRegisterPages && !Register; i++) {
        if (OslRegisters[i].Base)
            continue;
        PUCHAR Base = MmMapIoSpace(Page, PAGE_SIZE, MmNonCached);
        if (!Base)
            break;
        OslRegisters[i].Page = (ULONG64)Page.QuadPart;
        __atomic_store_n(&OslRegisters[i].Base, Base, __ATOMIC_RELEASE);
        Register = Base + (Address - (ULONG64)Page.QuadPart);
    }
    ExReleaseFastMutex(&OslRegisterLock);
    return Register;
}

VOID OslUnmapRegisters(VOID)
{
    for (ULONG i = 0; i < OslRegisterPages; i++) {
        if (OslRegisters[i].Base)
            MmUnmapIoSpace(OslRegisters[i].Base, PAGE_SIZE);
        OslRegisters[i].Base = NULL;
    }
}

static BOOLEAN OslIsAccess(acpi_physical_address address, u32 width)
{
    return (width == 8 || width == 16 || width == 32 || width == 64) &&
           address % PAGE_SIZE + width / 8 <= PAGE_SIZE;
}

acpi_status acpi_os_read_memory(acpi_physical_address address, u64 *value, u32 width)
{
    if (!OslIsAccess(address, width))
        return AE_BAD_PARAMETER;
    volatile VOID *Register = OslMapRegister(address);
    if (!Register)
        return AE_NO_MEMORY;
    switch (width) {
    case 8:
        *value = *(volatile u8 *)Register;
        break;
    case 16:
        *value = *(volatile u16 *)Register;
        break;
    case 32:
        *value = *(volatile u32 *)Register;
        break;
    default:
        *value = *(volatile u64 *)Register;
        break;
    }
    return AE_OK;
}

acpi_status acpi_os_write_memory(acpi_physical_address address, u64 value, u32 width)
{
    if (!OslIsAccess(address, width))
        return AE_BAD_PARAMETER;
    volatile VOID *Register = OslMapRegister(address);
    if (!Register)
        return AE_NO_MEMORY;
    switch (width) {
    case 8:
        *(volatile u8 *)Register = (u8)value;
        break;
    case 16:
        *(volatile u16 *)Register = (u16)value;
        break;
    case 32:
        *(volatile u32 *)Register = (u32)value;
        break;
    default:
        *(volatile u64 *)Register = value;
        break;
    }
    return AE_OK;
}
