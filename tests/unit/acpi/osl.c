// ACPICA's OS layer over one process with one thread. Hardware answers with ones; time goes on with every look at it,
// so what waits for long does not take long.
#include "machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { MaximumAllocation = 16 << 20, MaximumRanges = 32, TickHundredNanos = 6 * 1000 };

// ---- Memory

static struct {
    const UCHAR *Start;
    SIZE_T Size;
} Ranges[MaximumRanges];
static ULONG RangeCount;
acpi_physical_address RootPointer;

VOID AddMemory(const VOID *Start, SIZE_T Size)
{
    if (RangeCount < MaximumRanges) {
        Ranges[RangeCount].Start = Start;
        Ranges[RangeCount++].Size = Size;
    }
}

VOID ForgetMemory(VOID)
{
    RangeCount = 0;
}

static PVOID FindMemory(acpi_physical_address Where, acpi_size Length)
{
    const UCHAR *Address = (const UCHAR *)(ULONG_PTR)Where;
    for (ULONG i = 0; i < RangeCount; i++) {
        if (Address >= Ranges[i].Start && Length <= Ranges[i].Size &&
            Address <= Ranges[i].Start + (Ranges[i].Size - Length))
            return (PVOID)Address;
    }
    return NULL;
}

acpi_physical_address acpi_os_get_root_pointer(void)
{
    return RootPointer;
}

// What is no table is a device's: zeros.
void *acpi_os_map_memory(acpi_physical_address where, acpi_size length)
{
    PVOID Known = FindMemory(where, length);
    return Known || !length || length > MaximumAllocation ? Known : calloc(1, length);
}

void acpi_os_unmap_memory(void *logical_address, acpi_size size)
{
    if (!FindMemory((ULONG_PTR)logical_address, size))
        free(logical_address);
}

void *acpi_os_allocate(acpi_size size)
{
    return size && size <= MaximumAllocation ? malloc(size) : NULL;
}

void acpi_os_free(void *memory)
{
    free(memory);
}

acpi_status acpi_os_get_physical_address(void *logical_address,
                                         acpi_physical_address *physical_address)
{
    *physical_address = (ULONG_PTR)logical_address;
    return AE_OK;
}

acpi_status acpi_os_read_memory(acpi_physical_address address, u64 *value, u32 width)
{
    UNREFERENCED_PARAMETER(address);
    *value = width == 64 ? ~0ull : (1ull << width) - 1;
    return AE_OK;
}

acpi_status acpi_os_write_memory(acpi_physical_address address, u64 value, u32 width)
{
    UNREFERENCED_PARAMETER(address);
    UNREFERENCED_PARAMETER(value);
    UNREFERENCED_PARAMETER(width);
    return AE_OK;
}

// ---- Ports and configuration space. The PM1 control register is the one at 604h: ACPI mode is on.

enum { Pm1Control = 0x604, AcpiMode = 1 };

BOOLEAN (*DoublePort)(ULONG Port, BOOLEAN Write, PULONG Value);

acpi_status acpi_os_read_port(acpi_io_address address, u32 *value, u32 width)
{
    ULONG Data = 0;
    if (DoublePort && DoublePort((ULONG)address, FALSE, &Data)) {
        *value = (u32)Data;
        return AE_OK;
    }
    *value = address == Pm1Control ? AcpiMode : width == 32 ? MAXULONG : (1u << width) - 1;
    return AE_OK;
}

acpi_status acpi_os_write_port(acpi_io_address address, u32 value, u32 width)
{
    ULONG Data = value;
    UNREFERENCED_PARAMETER(width);
    if (DoublePort)
        (void)DoublePort((ULONG)address, TRUE, &Data);
    return AE_OK;
}

acpi_status acpi_os_read_pci_configuration(struct acpi_pci_id *pci_id, u32 reg, u64 *value,
                                           u32 width)
{
    UNREFERENCED_PARAMETER(pci_id);
    UNREFERENCED_PARAMETER(reg);
    *value = width == 64 ? ~0ull : (1ull << width) - 1;
    return AE_OK;
}

acpi_status acpi_os_write_pci_configuration(struct acpi_pci_id *pci_id, u32 reg, u64 value,
                                            u32 width)
{
    UNREFERENCED_PARAMETER(pci_id);
    UNREFERENCED_PARAMETER(reg);
    UNREFERENCED_PARAMETER(value);
    UNREFERENCED_PARAMETER(width);
    return AE_OK;
}

static acpi_osd_handler ServiceRoutine;
static void *ServiceContext;

acpi_status acpi_os_install_interrupt_handler(u32 interrupt_number,
                                              acpi_osd_handler service_routine, void *context)
{
    UNREFERENCED_PARAMETER(interrupt_number);
    ServiceRoutine = service_routine;
    ServiceContext = context;
    return AE_OK;
}

VOID RaiseInterrupt(VOID)
{
    if (ServiceRoutine)
        (void)ServiceRoutine(ServiceContext);
}

acpi_status acpi_os_remove_interrupt_handler(u32 interrupt_number, acpi_osd_handler service_routine)
{
    UNREFERENCED_PARAMETER(interrupt_number);
    UNREFERENCED_PARAMETER(service_routine);
    return AE_OK;
}

// ---- One thread: a wait that would be one has come to its end

acpi_status acpi_os_create_lock(acpi_spinlock *out_handle)
{
    *out_handle = malloc(1);
    return AE_OK;
}

void acpi_os_delete_lock(acpi_spinlock handle)
{
    free(handle);
}

acpi_cpu_flags acpi_os_acquire_lock(acpi_spinlock handle)
{
    UNREFERENCED_PARAMETER(handle);
    return 0;
}

void acpi_os_release_lock(acpi_spinlock handle, acpi_cpu_flags flags)
{
    UNREFERENCED_PARAMETER(handle);
    UNREFERENCED_PARAMETER(flags);
}

acpi_status acpi_os_create_semaphore(u32 max_units, u32 initial_units, acpi_semaphore *out_handle)
{
    UNREFERENCED_PARAMETER(max_units);
    u32 *Units = malloc(sizeof(*Units));
    *Units = initial_units;
    *out_handle = Units;
    return AE_OK;
}

acpi_status acpi_os_delete_semaphore(acpi_semaphore handle)
{
    free(handle);
    return AE_OK;
}

acpi_status acpi_os_wait_semaphore(acpi_semaphore handle, u32 units, u16 timeout)
{
    u32 *Units = handle;
    UNREFERENCED_PARAMETER(timeout);
    if (*Units < units)
        return AE_TIME;
    *Units -= units;
    return AE_OK;
}

acpi_status acpi_os_signal_semaphore(acpi_semaphore handle, u32 units)
{
    *(u32 *)handle += units;
    return AE_OK;
}

acpi_thread_id acpi_os_get_thread_id(void)
{
    return 1;
}

acpi_status acpi_os_execute(acpi_execute_type type, acpi_osd_exec_callback function, void *context)
{
    UNREFERENCED_PARAMETER(type);
    function(context);
    return AE_OK;
}

void acpi_os_wait_events_complete(void)
{
}

static u64 Clock;

void acpi_os_sleep(u64 milliseconds)
{
    Clock += milliseconds * 10'000;
}

void acpi_os_stall(u32 microseconds)
{
    Clock += microseconds * 10ull;
}

u64 acpi_os_get_timer(void)
{
    return Clock += TickHundredNanos;
}

// ---- The rest

acpi_status acpi_os_initialize(void)
{
    return AE_OK;
}

acpi_status acpi_os_terminate(void)
{
    return AE_OK;
}

void acpi_os_vprintf(const char *format, va_list args)
{
    vprintf(format, args);
}

void acpi_os_printf(const char *format, ...)
{
    va_list Arguments;
    va_start(Arguments, format);
    acpi_os_vprintf(format, Arguments);
    va_end(Arguments);
}

acpi_status acpi_os_predefined_override(const struct acpi_predefined_names *init_val,
                                        acpi_string *new_val)
{
    UNREFERENCED_PARAMETER(init_val);
    *new_val = NULL;
    return AE_OK;
}

acpi_status acpi_os_table_override(struct acpi_table_header *existing_table,
                                   struct acpi_table_header **new_table)
{
    UNREFERENCED_PARAMETER(existing_table);
    *new_table = NULL;
    return AE_OK;
}

acpi_status acpi_os_physical_table_override(struct acpi_table_header *existing_table,
                                            acpi_physical_address *new_address,
                                            u32 *new_table_length)
{
    UNREFERENCED_PARAMETER(existing_table);
    *new_address = 0;
    *new_table_length = 0;
    return AE_OK;
}

acpi_status acpi_os_signal(u32 function, void *info)
{
    UNREFERENCED_PARAMETER(function);
    UNREFERENCED_PARAMETER(info);
    return AE_OK;
}

acpi_status acpi_os_enter_sleep(u8 sleep_state, u32 rega_value, u32 regb_value)
{
    UNREFERENCED_PARAMETER(sleep_state);
    UNREFERENCED_PARAMETER(rega_value);
    UNREFERENCED_PARAMETER(regb_value);
    return AE_OK;
}
