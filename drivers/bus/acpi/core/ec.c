// Embedded controllers (ACPI Specification 6.4, 12): a memory of 256 bytes behind two ports, which AML reads and writes as an
// operation region, and events, each a number for which there is a method _Qnn.
#include "core.h"

#include <ntstrsafe.h>

enum { // 12.2, 12.3
    EcOutputFull = 1 << 0,
    EcInputFull = 1 << 1,
    EcEventPending = 1 << 5,
    EcRead = 0x80,
    EcWrite = 0x81,
    EcQuery = 0x84,
    EcMaximumControllers = 4,
    EcTimeoutMilliseconds = 500,
    EcMaximumEvents = 32, // in a row, from a controller that has always one more
};

typedef struct _ACPI_EC {
    acpi_handle Handle;
    ULONG Data, Command; // ports
    ULONG Gpe;           // that tells of events
    BOOLEAN GlobalLock;  // the firmware uses it too
    acpi_semaphore Mutex;
} ACPI_EC, *PACPI_EC;

static ACPI_EC EcControllers[EcMaximumControllers];
static ULONG EcCount;

// ---- Transactions

static UCHAR EcStatus(const ACPI_EC *Ec)
{
    u32 Value = 0;
    (VOID) acpi_os_read_port(Ec->Command, &Value, 8);
    return (UCHAR)Value;
}

// Controllers answer within microseconds, or take their time: then nobody stands by.
static acpi_status EcWait(const ACPI_EC *Ec, UCHAR Mask, UCHAR Wanted)
{
    enum { Stalls = 20, StallMicroseconds = 10 };
    for (ULONG i = 0; i < Stalls; i++) {
        if ((EcStatus(Ec) & Mask) == Wanted)
            return AE_OK;
        acpi_os_stall(StallMicroseconds);
    }
    for (ULONG i = 0; i < EcTimeoutMilliseconds; i++) {
        if ((EcStatus(Ec) & Mask) == Wanted)
            return AE_OK;
        acpi_os_sleep(1);
    }
    return AE_TIME;
}

static acpi_status EcSend(const ACPI_EC *Ec, ULONG Port, UCHAR Value)
{
    acpi_status Status = EcWait(Ec, EcInputFull, 0);
    return ACPI_SUCCESS(Status) ? acpi_os_write_port(Port, Value, 8) : Status;
}

static acpi_status EcReceive(const ACPI_EC *Ec, PUCHAR Value)
{
    u32 Data = 0;
    acpi_status Status = EcWait(Ec, EcOutputFull, EcOutputFull);
    if (ACPI_SUCCESS(Status))
        Status = acpi_os_read_port(Ec->Data, &Data, 8);
    *Value = (UCHAR)Data;
    return Status;
}

static acpi_status EcReadByte(const ACPI_EC *Ec, UCHAR Address, PUCHAR Value)
{
    acpi_status Status = EcSend(Ec, Ec->Command, EcRead);
    if (ACPI_SUCCESS(Status))
        Status = EcSend(Ec, Ec->Data, Address);
    return ACPI_SUCCESS(Status) ? EcReceive(Ec, Value) : Status;
}

static acpi_status EcWriteByte(const ACPI_EC *Ec, UCHAR Address, UCHAR Value)
{
    acpi_status Status = EcSend(Ec, Ec->Command, EcWrite);
    if (ACPI_SUCCESS(Status))
        Status = EcSend(Ec, Ec->Data, Address);
    if (ACPI_SUCCESS(Status))
        Status = EcSend(Ec, Ec->Data, Value);
    return ACPI_SUCCESS(Status) ? EcWait(Ec, EcInputFull, 0) : Status; // it has been taken
}

// 0: there is no event.
static acpi_status EcReadEvent(const ACPI_EC *Ec, PUCHAR Event)
{
    acpi_status Status = EcSend(Ec, Ec->Command, EcQuery);
    return ACPI_SUCCESS(Status) ? EcReceive(Ec, Event) : Status;
}

// ---- One at a time, and not together with the firmware

static acpi_status EcLock(const ACPI_EC *Ec, u32 *GlobalLock)
{
    enum { Patience = 2000 };
    acpi_status Status = acpi_os_wait_semaphore(Ec->Mutex, 1, Patience);
    if (ACPI_FAILURE(Status) || !Ec->GlobalLock)
        return Status;
    Status = acpi_acquire_global_lock(Patience, GlobalLock);
    if (ACPI_FAILURE(Status))
        (VOID) acpi_os_signal_semaphore(Ec->Mutex, 1);
    return Status;
}

static VOID EcUnlock(const ACPI_EC *Ec, u32 GlobalLock)
{
    if (Ec->GlobalLock)
        (VOID) acpi_release_global_lock(GlobalLock);
    (VOID) acpi_os_signal_semaphore(Ec->Mutex, 1);
}

// The handler of the operation region: fields of any whole number of bytes.
static acpi_status EcRegion(u32 Function, acpi_physical_address Address, u32 Bits, u64 *Value,
                            void *Context, void *Region)
{
    const ACPI_EC *Ec = Context;
    u32 GlobalLock = 0;
    PUCHAR Bytes = (PUCHAR)Value;
    UNREFERENCED_PARAMETER(Region);
    if (Bits % 8 || Bits > 64 || Address > MAXUCHAR || Address + Bits / 8 > MAXUCHAR + 1)
        return AE_BAD_PARAMETER;
    acpi_status Status = EcLock(Ec, &GlobalLock);
    if (ACPI_FAILURE(Status))
        return Status;
    if ((Function & ACPI_IO_MASK) == ACPI_READ)
        *Value = 0;
    for (u32 i = 0; i < Bits / 8 && ACPI_SUCCESS(Status); i++) {
        UCHAR Place = (UCHAR)(Address + i);
        Status = (Function & ACPI_IO_MASK) == ACPI_READ ? EcReadByte(Ec, Place, &Bytes[i])
                                                        : EcWriteByte(Ec, Place, Bytes[i]);
    }
    EcUnlock(Ec, GlobalLock);
    return Status;
}

// ---- Events

static VOID EcCallEvent(const ACPI_EC *Ec, UCHAR Event)
{
    CHAR Name[ACPI_NAMESEG_SIZE + 1];
    RtlStringCbPrintfA(Name, sizeof(Name), "_Q%02X", (unsigned)Event);
    acpi_status Status = acpi_evaluate_object(Ec->Handle, Name, NULL, NULL);
    if (ACPI_FAILURE(Status) && Status != AE_NOT_FOUND)
        DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL, "acpi: embedded controller: %s: %s\n",
                   Name, acpi_format_exception(Status));
}

static void EcHandleEvents(void *Context)
{
    const ACPI_EC *Ec = Context;
    for (ULONG i = 0; i < EcMaximumEvents && EcStatus(Ec) & EcEventPending; i++) {
        UCHAR Event = 0;
        u32 GlobalLock = 0;
        if (ACPI_FAILURE(EcLock(Ec, &GlobalLock)))
            return;
        acpi_status Status = EcReadEvent(Ec, &Event);
        EcUnlock(Ec, GlobalLock);
        if (ACPI_FAILURE(Status) || !Event)
            return;
        EcCallEvent(Ec, Event);
    }
}

// In the service routine of the SCI.
static u32 EcGpe(acpi_handle GpeDevice, u32 Number, void *Context)
{
    UNREFERENCED_PARAMETER(GpeDevice);
    UNREFERENCED_PARAMETER(Number);
    (VOID) acpi_os_execute(OSL_GPE_HANDLER, EcHandleEvents, Context);
    return ACPI_REENABLE_GPE;
}

// ---- Finding them

typedef struct _EC_PORTS {
    ULONG Count, Ports[2]; // data, then command (12.11)
} EC_PORTS;

static acpi_status EcFindPort(struct acpi_resource *Resource, void *Context)
{
    EC_PORTS *Ports = Context;
    if (Ports->Count == RTL_NUMBER_OF(Ports->Ports))
        return AE_OK;
    if (Resource->type == ACPI_RESOURCE_TYPE_IO)
        Ports->Ports[Ports->Count++] = Resource->data.io.minimum;
    else if (Resource->type == ACPI_RESOURCE_TYPE_FIXED_IO)
        Ports->Ports[Ports->Count++] = Resource->data.fixed_io.address;
    return AE_OK;
}

static BOOLEAN EcIsKnown(ULONG Command)
{
    for (ULONG i = 0; i < EcCount; i++) {
        if (EcControllers[i].Command == Command)
            return TRUE;
    }
    return FALSE;
}

// Where: whose operation regions it serves. Before its GPE is enabled all of it must be there.
static VOID EcAdd(const ACPI_EC *Found, acpi_handle Where)
{
    if (EcCount == EcMaximumControllers || EcIsKnown(Found->Command))
        return;
    PACPI_EC Ec = &EcControllers[EcCount];
    *Ec = *Found;
    if (ACPI_FAILURE(acpi_os_create_semaphore(1, 1, &Ec->Mutex)))
        return;
    acpi_status Status =
        acpi_install_address_space_handler(Where, ACPI_ADR_SPACE_EC, EcRegion, NULL, Ec);
    if (ACPI_FAILURE(Status)) {
        (VOID) acpi_os_delete_semaphore(Ec->Mutex);
        DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL, "acpi: embedded controller: %s\n",
                   acpi_format_exception(Status));
        return;
    }
    EcCount++;
    if (ACPI_SUCCESS(acpi_install_gpe_handler(NULL, Ec->Gpe, ACPI_GPE_EDGE_TRIGGERED, EcGpe, Ec)))
        (VOID) acpi_enable_gpe(NULL, Ec->Gpe);
    (VOID) acpi_os_execute(OSL_GPE_HANDLER, EcHandleEvents, Ec); // what has come before
}

static acpi_status EcFound(acpi_handle Handle, u32 Level, void *Context, void **ReturnValue)
{
    EC_PORTS Ports = {};
    ULONG64 Gpe, GlobalLock = 0;
    UNREFERENCED_PARAMETER(Level);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(ReturnValue);
    (VOID) AcpiWalkTemplate(Handle, "_CRS", EcFindPort, &Ports);
    if (Ports.Count != RTL_NUMBER_OF(Ports.Ports) ||
        ACPI_FAILURE(AcpiEvaluateNumber(Handle, "_GPE", &Gpe)))
        return AE_OK;
    if (AcpiHasObject(Handle, "_GLK"))
        (VOID) AcpiEvaluateNumber(Handle, "_GLK", &GlobalLock);
    ACPI_EC Ec = {.Handle = Handle,
                  .Data = Ports.Ports[0],
                  .Command = Ports.Ports[1],
                  .Gpe = (ULONG)Gpe,
                  .GlobalLock = GlobalLock != 0};
    EcAdd(&Ec, Handle);
    return AE_OK;
}

// A table may tell of the controller before any device of the namespace can be asked (5.2.15).
VOID AcpiFindBootController(VOID)
{
    struct acpi_table_header *Table;
    if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_ECDT, 1, &Table)) ||
        Table->length < sizeof(struct acpi_table_ecdt))
        return;
    const struct acpi_table_ecdt *Ecdt = (const void *)Table;
    ACPI_EC Ec = {.Data = (ULONG)Ecdt->data.address,
                  .Command = (ULONG)Ecdt->control.address,
                  .Gpe = Ecdt->gpe};
    SIZE_T Room = Table->length - FIELD_OFFSET(struct acpi_table_ecdt, id);
    if (Ecdt->data.space_id != ACPI_ADR_SPACE_SYSTEM_IO ||
        strnlen((const char *)Ecdt->id, Room) == Room ||
        ACPI_FAILURE(acpi_get_handle(NULL, (acpi_string)Ecdt->id, &Ec.Handle)))
        return;
    EcAdd(&Ec, ACPI_ROOT_OBJECT);
}

VOID AcpiFindControllers(VOID)
{
    (VOID) acpi_get_devices("PNP0C09", EcFound, NULL, NULL);
}

VOID AcpiForgetControllers(VOID)
{
    for (ULONG i = 0; i < EcCount; i++) {
        (VOID) acpi_remove_gpe_handler(NULL, EcControllers[i].Gpe, EcGpe);
        (VOID) acpi_os_delete_semaphore(EcControllers[i].Mutex);
    }
    EcCount = 0;
}
