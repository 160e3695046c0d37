// What there is to say about one device.
#include "devicep.h"

// ---- State

static const struct {
    ULONG Code;
    PCWSTR Text;
} DevicesProblems[] = {
    // CM_PROB_* of <cfg.h>
    {1, L"no driver is configured for it"},
    {3, L"its driver does not fit, or there is not enough memory"},
    {9, L"its bus reports it wrongly"},
    {10, L"it cannot start"},
    {12, L"it cannot find enough free resources"},
    {14, L"it needs a restart of the system"},
    {18, L"its driver has to be installed again"},
    {21, L"it is being removed"},
    {22, L"it is disabled"},
    {24, L"it is not there, or does not work"},
    {28, L"there is no driver for it"},
    {31, L"its driver cannot be loaded"},
    {32, L"its driver is disabled"},
    {37, L"its driver has failed to initialise"},
    {39, L"its driver cannot be loaded"},
    {43, L"its driver has reported a failure, or has ended"},
    {45, L"it is not connected"},
    {47, L"it is ready to be taken out"},
    {53, L"the system has it for its debug log"},
    {55, L"it starts when something else is ready"},
};

static PCWSTR DevicesProblemText(ULONG Problem)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(DevicesProblems); i++) {
        if (DevicesProblems[i].Code == Problem)
            return DevicesProblems[i].Text;
    }
    return L"unknown";
}

BOOLEAN DevicesShowState(PCWSTR Path)
{
    ULONG Bits, Problem;
    UCHAR Buffer[DevicesBuffer];
    NTSTATUS Status = 0;
    if (!DevicesStatus(Path, &Bits, &Problem))
        return TRUE;
    if (Bits & DN_HAS_PROBLEM) {
        if (DevicesProperty(Path, PNP_PROPERTY_PROBLEM_STATUS, Buffer) == sizeof(Status))
            memcpy(&Status, Buffer, sizeof(Status));
        ShPrint(L"  problem %lu (status %08lx): %ws", Problem, Status, DevicesProblemText(Problem));
        return FALSE;
    }
    if (!(Bits & DN_STARTED))
        ShPrint(L"  not started");
    return TRUE;
}

// ---- Drivers

VOID DevicesShowDrivers(PCWSTR Path)
{
    WCHAR Services[DevicesBuffer / sizeof(WCHAR)];
    ULONG Processes[DevicesBuffer / sizeof(ULONG)];
    if (DevicesProperty(Path, PNP_PROPERTY_SERVICES, Services) <= sizeof(WCHAR))
        return;
    ULONG Count = DevicesProperty(Path, PNP_PROPERTY_HOST_PROCESSES, Processes) / sizeof(ULONG);
    ULONG Index = 0;
    for (PCWSTR Name = Services; *Name; Name += wcslen(Name) + 1, Index++) {
        ShPrint(L"%ws%ws", Index ? L", " : L"  [", Name);
        if (Index < Count)
            ShPrint(L" %lu", Processes[Index]);
    }
    ShPrint(L"]");
}

// ---- Texts

static VOID DevicesShowTexts(PCWSTR Path, ULONG Indent, PCWSTR Label, ULONG Property)
{
    WCHAR Texts[DevicesBuffer / sizeof(WCHAR)];
    if (!DevicesProperty(Path, Property, Texts))
        return;
    for (PCWSTR Text = Texts; *Text; Text += wcslen(Text) + 1, Label = L"")
        ShPrint(L"%*ws%-14ws %ws\n", (int)Indent, L"", Label, Text);
}

// ---- Resources

#pragma pack(push, 4)
typedef struct _DEVICES_RESOURCE { // CM_PARTIAL_RESOURCE_DESCRIPTOR
    UCHAR Type, Share;
    USHORT Flags;
    union {
        struct {
            ULONG64 Start;
            ULONG Length;
        };
        ULONG Data[4];
    };
} DEVICES_RESOURCE;
typedef struct _DEVICES_RESOURCES { // CM_RESOURCE_LIST with one full descriptor
    ULONG Lists, InterfaceType, BusNumber;
    USHORT Version, Revision;
    ULONG Count;
    DEVICES_RESOURCE Resources[];
} DEVICES_RESOURCES;
#pragma pack(pop)
static_assert(sizeof(DEVICES_RESOURCE) == 20);

enum {
    DevicesPorts = 1,
    DevicesMemory = 3,
    DevicesDma = 4,
    DevicesBusNumbers = 6,
    DevicesLargeMemory = 7,
    DevicesWindow = 0x80,
};

static ULONG64 DevicesLength(const DEVICES_RESOURCE *Resource)
{
    ULONG Shift = 0;
    if (Resource->Type == DevicesLargeMemory)
        Shift = Resource->Flags & 0x200   ? 8
                : Resource->Flags & 0x400 ? 16
                : Resource->Flags & 0x800 ? 32
                                          : 0;
    return (ULONG64)Resource->Length << Shift;
}

static VOID DevicesShowResource(const DEVICES_RESOURCE *Resource, ULONG Indent)
{
    PCWSTR Window = Resource->Flags & DevicesWindow ? L"  for devices behind it" : L"";
    ULONG64 Last = Resource->Start + DevicesLength(Resource) - 1;
    switch (Resource->Type) {
    case DevicesPorts:
        ShPrint(L"%*ws%-14ws %04llx-%04llx%ws\n", (int)Indent, L"", L"ports", Resource->Start, Last,
                Window);
        break;
    case DevicesMemory:
    case DevicesLargeMemory:
        ShPrint(L"%*ws%-14ws %016llx-%016llx%ws\n", (int)Indent, L"", L"memory", Resource->Start,
                Last, Window);
        break;
    case DevicesDma:
        ShPrint(L"%*ws%-14ws %lu\n", (int)Indent, L"", L"dma channel", Resource->Data[0]);
        break;
    case DevicesBusNumbers:
        ShPrint(L"%*ws%-14ws %lu-%lu\n", (int)Indent, L"", L"bus numbers", Resource->Data[0],
                Resource->Data[0] + Resource->Data[1] - 1);
        break;
    default: // interrupts are shown with their sources
        break;
    }
}

static VOID DevicesShowInterrupts(PCWSTR Path, ULONG Indent)
{
    PNP_INTERRUPT Interrupts[DevicesBuffer / sizeof(PNP_INTERRUPT)];
    ULONG Count = DevicesProperty(Path, PNP_PROPERTY_INTERRUPTS, Interrupts) / sizeof(*Interrupts);
    for (ULONG i = 0; i < Count; i++) {
        ShPrint(L"%*ws%-14ws ", (int)Indent, L"", L"interrupt");
        IrqShowSource(&Interrupts[i]);
        ShPrint(L", vector %lx\n", Interrupts[i].Vector);
    }
}

static VOID DevicesShowResources(PCWSTR Path, ULONG Indent)
{
    union {
        DEVICES_RESOURCES List;
        UCHAR Room[DevicesBuffer];
    } Answer;
    if (DevicesProperty(Path, PNP_PROPERTY_RESOURCES, &Answer) < sizeof(DEVICES_RESOURCES))
        return;
    for (ULONG i = 0; i < Answer.List.Count; i++)
        DevicesShowResource(&Answer.List.Resources[i], Indent);
    DevicesShowInterrupts(Path, Indent);
}

VOID DevicesShowDetails(PCWSTR Path, ULONG Indent)
{
    DevicesShowTexts(Path, Indent, L"class", DevicesClassName);
    DevicesShowTexts(Path, Indent, L"manufacturer", DevicesManufacturer);
    DevicesShowTexts(Path, Indent, L"location", DevicesLocation);
    DevicesShowTexts(Path, Indent, L"hardware IDs", DevicesHardwareId);
    DevicesShowTexts(Path, Indent, L"compatible IDs", DevicesCompatibleIds);
    DevicesShowTexts(Path, Indent, L"driver key", DevicesDriverKey);
    DevicesShowTexts(Path, Indent, L"object", DevicesObjectName);
    DevicesShowResources(Path, Indent);
}
