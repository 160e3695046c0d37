// The tree of devices, by asking the PnP manager.
#include "devicep.h"

static UNICODE_STRING DevicesName(PCWSTR Path)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Path);
    return Name;
}

BOOLEAN DevicesRelated(PCWSTR Path, ULONG Relation, PWSTR Related)
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

ULONG DevicesProperty(PCWSTR Path, ULONG Property, PVOID Buffer)
{
    enum { Terminators = 2 * sizeof(WCHAR) };
    PLUGPLAY_CONTROL_PROPERTY_DATA Data = {
        .DeviceInstance = DevicesName(Path),
        .Property = Property,
        .Buffer = Buffer,
        .BufferSize = DevicesBuffer - Terminators,
    };
    NTSTATUS Status = NtPlugPlayControl(PlugPlayControlProperty, &Data, sizeof(Data));
    ULONG Size = NT_SUCCESS(Status) ? Data.BufferSize : 0;
    memset((PUCHAR)Buffer + Size, 0, Terminators);
    return Size;
}

BOOLEAN DevicesStatus(PCWSTR Path, PULONG Bits, PULONG Problem)
{
    PLUGPLAY_CONTROL_STATUS_DATA Data = {
        .DeviceInstance = DevicesName(Path),
        .Operation = PNP_GET_DEVICE_STATUS,
    };
    if (!NT_SUCCESS(NtPlugPlayControl(PlugPlayControlDeviceStatus, &Data, sizeof(Data))))
        return FALSE;
    *Bits = Data.DeviceStatus;
    *Problem = Data.DeviceProblem;
    return TRUE;
}

// By child, sibling and parent. The root has no name to begin with: it is the parent of its first child.
VOID DevicesForEach(BOOLEAN (*Visit)(PCWSTR Path, ULONG Depth, PVOID Context), PVOID Context)
{
    WCHAR Path[DevicesPath], Next[DevicesPath];
    ULONG Depth = 0;
    if (!DevicesRelated(L"", PNP_GET_CHILD_DEVICE, Path))
        return;
    while (Visit(Path, Depth, Context)) {
        if (DevicesRelated(Path, PNP_GET_CHILD_DEVICE, Next)) {
            Depth++;
        } else {
            while (!DevicesRelated(Path, PNP_GET_SIBLING_DEVICE, Next)) {
                if (Depth == 0 || !DevicesRelated(Path, PNP_GET_PARENT_DEVICE, Next))
                    return;
                Depth--;
                wcscpy(Path, Next);
            }
        }
        wcscpy(Path, Next);
    }
}
