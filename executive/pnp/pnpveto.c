// Why a device is not removed: what the one who asked is told, and the log.
#include "pnpp.h"

#include "ps/ps.h"

enum { PNP_SHOWN_OPENERS = 8 };

typedef struct _PNP_OPENERS {
    PDEVICE_NODE Node;
    ULONG Count;                            // those that are shown
    PEPROCESS Processes[PNP_SHOWN_OPENERS]; // referenced
} PNP_OPENERS, *PPNP_OPENERS;

// A file of the device, or of a volume that is mounted on it.
static BOOLEAN PnpIsFileOf(PDEVICE_NODE Node, const FILE_OBJECT *File)
{
    return IopBottomOfStack(File->Device) == Node->PhysicalDevice ||
           (File->RealDevice && IopBottomOfStack(File->RealDevice) == Node->PhysicalDevice);
}

// The handles of a process come one after the other.
static BOOLEAN PnpNoteOpener(const OB_HANDLE_SNAPSHOT *Entry, PVOID Context)
{
    PPNP_OPENERS Openers = Context;
    if (ObGetObjectType(Entry->Object) != IoFileObjectType ||
        !PnpIsFileOf(Openers->Node, Entry->Object) ||
        (Openers->Count && Openers->Processes[Openers->Count - 1] == Entry->Process))
        return TRUE;
    ObReferenceObject(Entry->Process);
    Openers->Processes[Openers->Count++] = Entry->Process;
    return Openers->Count < PNP_SHOWN_OPENERS;
}

static VOID PnpShowOpeners(PDEVICE_NODE Node)
{
    PNP_OPENERS Openers = {.Node = Node};
    ObEnumerateHandles(PnpNoteOpener, &Openers);
    for (ULONG i = 0; i < Openers.Count; i++) {
        PEPROCESS Process = Openers.Processes[i];
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL, "pnp: process %lu (%wZ) has %ws open\n",
                   (ULONG)(ULONG_PTR)Process->UniqueProcessId, &Process->ImageFileName,
                   Node->InstancePath);
        ObDereferenceObject(Process);
    }
}

NTSTATUS PnpRefuse(PPNP_VETO Veto, PDEVICE_NODE Node, PNP_VETO_TYPE Type, NTSTATUS Status)
{
    static const PCSTR Reasons[] = {
        [PNP_VetoPendingClose] = "a device that is gone from it is still open",
        [PNP_VetoOutstandingOpen] = "it is open",
        [PNP_VetoDevice] = "its drivers refuse",
        [PNP_VetoDriver] = "a driver that uses it refuses",
        [PNP_VetoIllegalDeviceRequest] = "it is the root of all devices",
    };
    if (Veto) {
        Veto->Type = Type;
        wcscpy(Veto->Name, Node->InstancePath);
    }
    DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL, "pnp: %ws is not removed: %s: 0x%08lX\n",
               Node->InstancePath, Reasons[Type], (ULONG)Status);
    PnpShowOpeners(Node);
    return Status;
}
