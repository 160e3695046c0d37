// Device controls: of \Device\Pci, which shows programs what is on the buses, and of functions, by which drivers in
// other processes reach what an interface would give them.
#include "pci.h"

static PDEVICE_OBJECT PciControlDevice;

// ---- Finding functions. The bus stays locked while Use runs.

typedef struct _PCI_SEARCH {
    BOOLEAN (*Matches)(const PCI_FUNCTION *Function, PVOID Wanted);
    VOID (*Use)(PPCI_FUNCTION Function, PVOID Wanted);
    PVOID Wanted;
    BOOLEAN Found;
} PCI_SEARCH, *PPCI_SEARCH;

static BOOLEAN PciSearchBus(PPCI_BUS Bus, PVOID Context)
{
    PPCI_SEARCH Search = Context;
    ExAcquireFastMutex(&Bus->Lock);
    for (PLIST_ENTRY Link = Bus->Functions.Flink; Link != &Bus->Functions && !Search->Found;
         Link = Link->Flink) {
        PPCI_FUNCTION Function = CONTAINING_RECORD(Link, PCI_FUNCTION, Link);
        if (!Function->Present || !Search->Matches(Function, Search->Wanted))
            continue;
        Search->Found = TRUE;
        if (Search->Use)
            Search->Use(Function, Search->Wanted);
    }
    ExReleaseFastMutex(&Bus->Lock);
    return !Search->Found;
}

static BOOLEAN PciSearchFunctions(PPCI_SEARCH Search)
{
    Search->Found = FALSE;
    PciForEachBus(PciSearchBus, Search);
    return Search->Found;
}

// ---- IOCTL_PCI_QUERY_FUNCTION

typedef struct _PCI_COUNTED {
    ULONG Left;
    PPCI_FUNCTION_DATA Data;
} PCI_COUNTED, *PPCI_COUNTED;

static BOOLEAN PciIsCounted(const PCI_FUNCTION *Function, PVOID Wanted)
{
    PPCI_COUNTED Counted = Wanted;
    UNREFERENCED_PARAMETER(Function);
    return Counted->Left-- == 0;
}

// Where a register points now; while the function is stopped that may be nowhere.
static VOID PciTellRangeData(const PCI_FUNCTION *Function, ULONG Index, PPCI_RANGE_DATA Range)
{
    const PCI_BAR *Bar = &Function->Bars[Index];
    if (Bar->Kind == PciBarNone)
        return;
    Range->Length = Bar->Length;
    Range->Flags = (Bar->Kind == PciBarIo ? PCI_RANGE_PORT : 0) | (Bar->Wide ? PCI_RANGE_WIDE : 0) |
                   (Bar->Prefetchable ? PCI_RANGE_PREFETCHABLE : 0);
    ULONG Lower = PciRead(&Function->Space, Bar->Register, 4);
    Range->Address = Lower & ~(ULONG)(Bar->Kind == PciBarIo ? 3 : 15);
    if (Bar->Rom)
        Range->Address = Lower & 0xFFFF'F800;
    if (Bar->Wide)
        Range->Address |= (ULONG64)PciRead(&Function->Space, Bar->Register + 4u, 4) << 32;
}

static VOID PciTellFunction(PPCI_FUNCTION Function, PVOID Wanted)
{
    PPCI_FUNCTION_DATA Data = ((PPCI_COUNTED)Wanted)->Data;
    *Data = (PCI_FUNCTION_DATA){
        .Segment = Function->Location.Root->Segment,
        .Bus = Function->Location.Bus,
        .Device = PciDeviceNumber(&Function->Location),
        .Function = PciFunctionNumber(&Function->Location),
        .Started = Function->Started,
        .SpaceLength = Function->Express ? Function->Space.Length : PciConventionalSpace,
    };
    for (ULONG i = 0; i < PciBarSlots; i++)
        PciTellRangeData(Function, i, &Data->Ranges[i]);
}

static NTSTATUS PciDoQueryFunction(PVOID Buffer, const PCI_TRANSFER *Transfer, PULONG_PTR Length)
{
    PCI_FUNCTION_DATA Data;
    PCI_COUNTED Counted = {.Data = &Data};
    if (Transfer->Input < sizeof(ULONG))
        return STATUS_INVALID_PARAMETER;
    if (Transfer->Output < sizeof(Data))
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(&Counted.Left, Buffer, sizeof(ULONG));
    PCI_SEARCH Search = {PciIsCounted, PciTellFunction, &Counted, FALSE};
    if (!PciSearchFunctions(&Search))
        return STATUS_NO_MORE_ENTRIES;
    RtlCopyMemory(Buffer, &Data, sizeof(Data));
    *Length = sizeof(Data);
    return STATUS_SUCCESS;
}

// ---- IOCTL_PCI_READ_SPACE

typedef struct _PCI_READING {
    PCI_SPACE_PLACE Place;
    PVOID Buffer;
    NTSTATUS Status;
} PCI_READING, *PPCI_READING;

static BOOLEAN PciIsAtPlace(const PCI_FUNCTION *Function, PVOID Wanted)
{
    const PCI_SPACE_PLACE *Place = &((PPCI_READING)Wanted)->Place;
    return Function->Location.Root->Segment == Place->Segment &&
           Function->Location.Bus == Place->Bus &&
           PciDeviceNumber(&Function->Location) == Place->Device &&
           PciFunctionNumber(&Function->Location) == Place->Function;
}

static VOID PciReadPlace(PPCI_FUNCTION Function, PVOID Wanted)
{
    PPCI_READING Reading = Wanted;
    const PCI_SPACE *Space = &Function->Space;
    Reading->Status = STATUS_INVALID_PARAMETER;
    if (Reading->Place.Offset >= Space->Length ||
        Reading->Place.Length > Space->Length - Reading->Place.Offset)
        return;
    PciReadBytes(Space, Reading->Place.Offset, Reading->Buffer, Reading->Place.Length);
    Reading->Status = STATUS_SUCCESS;
}

static NTSTATUS PciDoReadSpace(PVOID Buffer, const PCI_TRANSFER *Transfer, PULONG_PTR Length)
{
    PCI_READING Reading = {.Buffer = Buffer};
    if (Transfer->Input < sizeof(Reading.Place))
        return STATUS_INVALID_PARAMETER;
    RtlCopyMemory(&Reading.Place, Buffer, sizeof(Reading.Place));
    if (Transfer->Output < Reading.Place.Length)
        return STATUS_BUFFER_TOO_SMALL;
    PCI_SEARCH Search = {PciIsAtPlace, PciReadPlace, &Reading, FALSE};
    if (!PciSearchFunctions(&Search))
        return STATUS_NO_SUCH_DEVICE;
    if (NT_SUCCESS(Reading.Status))
        *Length = Reading.Place.Length;
    return Reading.Status;
}

// ---- Is there a function of that kind?

typedef struct _PCI_PRESENCE {
    const PCI_DEVICE_PRESENCE_PARAMETERS *Wanted;
    const PCI_FUNCTION *Asker; // null: none
} PCI_PRESENCE, *PPCI_PRESENCE;

static BOOLEAN PciIsWanted(const PCI_FUNCTION *Function, PVOID Context)
{
    const PCI_PRESENCE *Presence = Context;
    const PCI_DEVICE_PRESENCE_PARAMETERS *Wanted = Presence->Wanted;
    const PCI_FUNCTION *Asker = Presence->Asker;
    const PCI_HEADER *Header = &Function->Header;
    ULONG Flags = Wanted->Flags;
    if ((Flags & PCI_USE_VENDEV_IDS) &&
        (Header->Vendor != Wanted->VendorID || Header->Device != Wanted->DeviceID))
        return FALSE;
    if ((Flags & PCI_USE_SUBSYSTEM_IDS) && (Header->SubsystemVendor != Wanted->SubVendorID ||
                                            Header->Subsystem != Wanted->SubSystemID))
        return FALSE;
    if ((Flags & PCI_USE_REVISION) && Header->Revision != Wanted->RevisionID)
        return FALSE;
    if ((Flags & PCI_USE_CLASS_SUBCLASS) &&
        (Header->Class != Wanted->BaseClass || Header->Subclass != Wanted->SubClass))
        return FALSE;
    if ((Flags & PCI_USE_PROGIF) && Header->Interface != Wanted->ProgIf)
        return FALSE;
    if ((Flags & (PCI_USE_LOCAL_BUS | PCI_USE_LOCAL_DEVICE)) &&
        (!Asker || Function->Bus != Asker->Bus))
        return FALSE;
    return !(Flags & PCI_USE_LOCAL_DEVICE) ||
           PciDeviceNumber(&Function->Location) == PciDeviceNumber(&Asker->Location);
}

BOOLEAN PciIsPresent(const PCI_FUNCTION *Asker, const PCI_DEVICE_PRESENCE_PARAMETERS *Wanted)
{
    PCI_PRESENCE Presence = {Wanted, Asker};
    PCI_SEARCH Search = {PciIsWanted, NULL, &Presence, FALSE};
    // Windows wants a vendor and device, or a class.
    if (Wanted->Size < sizeof(*Wanted) ||
        !(Wanted->Flags & (PCI_USE_VENDEV_IDS | PCI_USE_CLASS_SUBCLASS)))
        return FALSE;
    return PciSearchFunctions(&Search);
}

// ---- Dispatch of the control device

NTSTATUS PciCreateControlDevice(PDRIVER_OBJECT Driver)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Pci");
    NTSTATUS Status = IoCreateDevice(Driver, 0, &Name, FILE_DEVICE_BUS_EXTENDER,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &PciControlDevice);
    if (NT_SUCCESS(Status))
        PciControlDevice->Flags &= ~DO_DEVICE_INITIALIZING;
    return Status;
}

VOID PciDeleteControlDevice(VOID)
{
    IoDeleteDevice(PciControlDevice);
    PciControlDevice = NULL;
}

BOOLEAN PciIsControlDevice(PDEVICE_OBJECT Device)
{
    return Device == PciControlDevice;
}

NTSTATUS PciControlDispatch(PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PCI_TRANSFER Transfer = {Stack->Parameters.DeviceIoControl.InputBufferLength,
                             Stack->Parameters.DeviceIoControl.OutputBufferLength};
    PVOID Buffer = Irp->AssociatedIrp.SystemBuffer;
    NTSTATUS Status = STATUS_INVALID_DEVICE_REQUEST;
    ULONG_PTR Length = 0;
    if (Stack->MajorFunction == IRP_MJ_CREATE || Stack->MajorFunction == IRP_MJ_CLEANUP ||
        Stack->MajorFunction == IRP_MJ_CLOSE)
        return PciComplete(Irp, STATUS_SUCCESS, 0);
    if (Stack->MajorFunction != IRP_MJ_DEVICE_CONTROL)
        return PciComplete(Irp, Status, 0);
    if (Stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_PCI_QUERY_FUNCTION)
        Status = PciDoQueryFunction(Buffer, &Transfer, &Length);
    else if (Stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_PCI_READ_SPACE)
        Status = PciDoReadSpace(Buffer, &Transfer, &Length);
    return PciComplete(Irp, Status, Length);
}
