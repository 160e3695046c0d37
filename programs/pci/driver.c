// The drivers of functions: the PnP manager's devices, found by their bus number and address.
#include "pci.h"

#include <stdlib.h>

enum {
    PathChars = 256,
    AnswerBytes = 2048,
    BusNumberProperty = 14, // DEVICE_REGISTRY_PROPERTY of <wdm.h>
    AddressProperty = 16,
};

static UNICODE_STRING PciName(PCWSTR Path)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Path);
    return Name;
}

// ---- Questions

static BOOLEAN PciRelated(PCWSTR Path, ULONG Relation, PWSTR Related)
{
    PLUGPLAY_CONTROL_RELATED_DEVICE_DATA Data = {
        .TargetDeviceInstance = PciName(Path),
        .Relation = Relation,
        .RelatedDeviceInstance = Related,
        .RelatedDeviceInstanceLength = PathChars - 1,
    };
    if (!NT_SUCCESS(NtPlugPlayControl(PlugPlayControlGetRelatedDevice, &Data, sizeof(Data))))
        return FALSE;
    Related[Data.RelatedDeviceInstanceLength] = 0;
    return TRUE;
}

// Bytes of the answer; 0: there is none. The buffer is zero behind it.
static ULONG PciProperty(PCWSTR Path, ULONG Property, PVOID Buffer, ULONG Length)
{
    PLUGPLAY_CONTROL_PROPERTY_DATA Data = {
        .DeviceInstance = PciName(Path),
        .Property = Property,
        .Buffer = Buffer,
        .BufferSize = Length,
    };
    memset(Buffer, 0, Length);
    return NT_SUCCESS(NtPlugPlayControl(PlugPlayControlProperty, &Data, sizeof(Data)))
               ? Data.BufferSize
               : 0;
}

// ---- Finding the device

// Bus numbers have the segment in them, as in PCI_SEGMENT_BUS_NUMBER of <wdm.h>.
static BOOLEAN PciIsDeviceOf(PCWSTR Path, const PCI_FUNCTION_DATA *Function)
{
    ULONG Bus, Address;
    return _wcsnicmp(Path, L"PCI\\", 4) == 0 &&
           PciProperty(Path, BusNumberProperty, &Bus, sizeof(Bus)) &&
           PciProperty(Path, AddressProperty, &Address, sizeof(Address)) &&
           Bus == (Function->Segment << 8 | Function->Bus) &&
           Address == (Function->Device << 16 | Function->Function);
}

// The device behind Path in the tree, depth first. FALSE: it is the last one.
static BOOLEAN PciNextDevice(PWSTR Path)
{
    WCHAR Next[PathChars];
    BOOLEAN Found = PciRelated(Path, PNP_GET_CHILD_DEVICE, Next);
    while (!Found) {
        Found = PciRelated(Path, PNP_GET_SIBLING_DEVICE, Next);
        if (!Found && (!*Path || !PciRelated(Path, PNP_GET_PARENT_DEVICE, Next)))
            return FALSE;
        if (!Found)
            wcscpy(Path, Next);
    }
    wcscpy(Path, Next);
    return TRUE;
}

// The tree may change meanwhile: then a device may not be found.
static BOOLEAN PciFindDevice(const PCI_FUNCTION_DATA *Function, PWSTR Path)
{
    Path[0] = 0;
    while (PciNextDevice(Path)) {
        if (PciIsDeviceOf(Path, Function))
            return TRUE;
    }
    return FALSE;
}

// ---- Showing its drivers

static VOID PciShowProblem(PCWSTR Path)
{
    PLUGPLAY_CONTROL_STATUS_DATA Data = {
        .DeviceInstance = PciName(Path),
        .Operation = PNP_GET_DEVICE_STATUS,
    };
    if (NT_SUCCESS(NtPlugPlayControl(PlugPlayControlDeviceStatus, &Data, sizeof(Data))) &&
        Data.DeviceStatus & DN_HAS_PROBLEM)
        ConPrint(L" (problem %lu)", Data.DeviceProblem);
}

// The function driver, and its filters: the lowest first.
static VOID PciShowServices(PCWSTR Path, PCWSTR Services)
{
    ULONG Processes[32];
    ULONG Count = PciProperty(Path, PNP_PROPERTY_HOST_PROCESSES, Processes, sizeof(Processes)) /
                  sizeof(ULONG);
    ULONG Index = 0;
    for (PCWSTR Name = Services; *Name; Name += wcslen(Name) + 1, Index++) {
        ConPrint(L"%ws %ws", Index ? L"," : L"", Name);
        if (Index < Count)
            ConPrint(L" [process %lu]", Processes[Index]);
    }
}

VOID PciShowDriver(const PCI_SHOWN *Function)
{
    WCHAR Path[PathChars], Services[AnswerBytes / sizeof(WCHAR)];
    if (!PciFindDevice(&Function->Data, Path))
        return;
    BOOLEAN Some = PciProperty(Path, PNP_PROPERTY_SERVICES, Services,
                               sizeof(Services) - 2 * sizeof(WCHAR)) > sizeof(WCHAR);
    ConPrint(L"\tDriver:");
    if (Some)
        PciShowServices(Path, Services);
    else
        ConPrint(L" none");
    PciShowProblem(Path);
    ConPrint(L"\n");
}
