// devices: the tree of devices with the drivers, processes and states of each.

#include "shell.h"

enum { DevicesPath = 256, DevicesBuffer = 2048, DevicesIndent = 2 };

static UNICODE_STRING DevicesName(PCWSTR Path)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Path);
    return Name;
}

// TRUE: Related is the path of the parent, child or sibling.
static BOOLEAN DevicesRelated(PCWSTR Path, ULONG Relation, PWSTR Related)
{
    PLUGPLAY_CONTROL_RELATED_DEVICE_DATA Data = {
        .TargetDeviceInstance = DevicesName(Path),
        .Relation = Relation,
        .RelatedDeviceInstance = Related,
        .RelatedDeviceInstanceLength = DevicesPath - 1,
    };
    if (!NT_SUCCESS(NtPlugPlayControl(PlugPlayControlGetRelatedDevice, &Data, sizeof(Data))))
        return FALSE;
    Related[Data.RelatedDeviceInstanceLength] = 0;
    return TRUE;
}

// Bytes of the property in Buffer, 0: it has none.
static ULONG DevicesProperty(PCWSTR Path, ULONG Property, PVOID Buffer)
{
    PLUGPLAY_CONTROL_PROPERTY_DATA Data = {
        .DeviceInstance = DevicesName(Path),
        .Property = Property,
        .Buffer = Buffer,
        .BufferSize = DevicesBuffer,
    };
    NTSTATUS Status = NtPlugPlayControl(PlugPlayControlProperty, &Data, sizeof(Data));
    return NT_SUCCESS(Status) ? Data.BufferSize : 0;
}

static VOID DevicesShowDrivers(PCWSTR Path)
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

// FALSE: it has a problem.
static BOOLEAN DevicesShowState(PCWSTR Path)
{
    PLUGPLAY_CONTROL_STATUS_DATA Data = {
        .DeviceInstance = DevicesName(Path),
        .Operation = PNP_GET_DEVICE_STATUS,
    };
    NTSTATUS Problem = 0;
    if (!NT_SUCCESS(NtPlugPlayControl(PlugPlayControlDeviceStatus, &Data, sizeof(Data))))
        return TRUE;
    if (Data.DeviceStatus & DN_HAS_PROBLEM) {
        UCHAR Buffer[DevicesBuffer];
        if (DevicesProperty(Path, PNP_PROPERTY_PROBLEM_STATUS, Buffer) == sizeof(Problem))
            memcpy(&Problem, Buffer, sizeof(Problem));
        ShPrint(L"  problem %lu (status %08lx)", Data.DeviceProblem, Problem);
        return FALSE;
    }
    if (!(Data.DeviceStatus & DN_STARTED))
        ShPrint(L"  not started");
    return TRUE;
}

static BOOLEAN DevicesShow(PCWSTR Path, ULONG Depth)
{
    WCHAR Description[DevicesBuffer / sizeof(WCHAR)];
    constexpr ULONG PropertyDescription = 0;
    ShPrint(L"%*ws%ws", (int)(Depth * DevicesIndent), L"", Path);
    if (DevicesProperty(Path, PropertyDescription, Description))
        ShPrint(L"  %ws", Description);
    DevicesShowDrivers(Path);
    BOOLEAN Works = DevicesShowState(Path);
    ShPrint(L"\n");
    return Works;
}

static BOOLEAN DevicesShowPower(PCWSTR Path, ULONG Depth)
{
    WCHAR Text[PowerDescription];
    NTSTATUS Status = PowerDescribeDevice(Path, Text, RTL_NUMBER_OF(Text));
    ShPrint(L"%*ws%ws  %ws\n", (int)(Depth * DevicesIndent), L"", Path,
            NT_SUCCESS(Status) ? Text : StatusText(Status));
    return NT_SUCCESS(Status);
}

// Depth first, by asking for child, sibling and parent: the tree may change while it is shown.
ULONG ShellDoDevices(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    WCHAR Path[DevicesPath], Next[DevicesPath];
    BOOLEAN AllWork = TRUE;
    ULONG Depth = 0;
    BOOLEAN Power = Words->Count == 1 && ShIsSwitch(Words->Values[0], L"power", nullptr);
    if (Words->Count && !Power)
        return ShWrongUsage;
    // The root has no name to begin with: it is the parent of its first child.
    if (!DevicesRelated(L"", PNP_GET_CHILD_DEVICE, Path))
        return 0;
    for (;;) {
        AllWork &= Power ? DevicesShowPower(Path, Depth) : DevicesShow(Path, Depth);
        if (DevicesRelated(Path, PNP_GET_CHILD_DEVICE, Next)) {
            Depth++;
        } else {
            while (!DevicesRelated(Path, PNP_GET_SIBLING_DEVICE, Next)) {
                if (Depth == 0 || !DevicesRelated(Path, PNP_GET_PARENT_DEVICE, Next))
                    return AllWork ? 0 : 1;
                Depth--;
                wcscpy(Path, Next);
            }
        }
        wcscpy(Path, Next);
    }
}
