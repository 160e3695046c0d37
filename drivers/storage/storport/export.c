// Exported routines that need no file of their own.
#include "storportp.h"

PVOID NTAPI StorPortGetLogicalUnit(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun)
{
    PSTOR_UNIT Unit = StorpFindUnit(StorpAdapterOf(HwDeviceExtension), PathId, TargetId, Lun);
    return Unit ? Unit->LuExtension : nullptr;
}

// The request with this tag; SP_UNTAGGED: the one without. Called with the miniport's locks held.
PSCSI_REQUEST_BLOCK NTAPI StorPortGetSrb(PVOID DeviceExtension, UCHAR PathId, UCHAR TargetId,
                                         UCHAR Lun, LONG QueueTag)
{
    PSTOR_UNIT Unit = StorpFindUnit(StorpAdapterOf(DeviceExtension), PathId, TargetId, Lun);
    if (!Unit)
        return nullptr;
    for (PLIST_ENTRY Link = Unit->Active.Flink; Link != &Unit->Active; Link = Link->Flink) {
        PSTOR_REQUEST Request = CONTAINING_RECORD(Link, STOR_REQUEST, Link);
        if (Request->State == StorRequestStarted &&
            (LONG)(UCHAR)SrbGetQueueTag(&Request->Srb) == (LONG)(UCHAR)QueueTag)
            return &Request->Srb.Legacy;
    }
    return nullptr;
}

VOID NTAPI StorPortMoveMemory(PVOID WriteBuffer, PVOID ReadBuffer, ULONG Length)
{
    RtlMoveMemory(WriteBuffer, ReadBuffer, Length);
}

VOID NTAPI StorPortStallExecution(ULONG Delay)
{
    KeStallExecutionProcessor(Delay);
}

VOID NTAPI StorPortQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    KeQuerySystemTime(CurrentTime);
}

STOR_PHYSICAL_ADDRESS NTAPI StorPortConvertUlong64ToPhysicalAddress(ULONG64 Address)
{
    return (STOR_PHYSICAL_ADDRESS){.QuadPart = (LONGLONG)Address};
}

ULONG64 NTAPI StorPortConvertPhysicalAddressToUlong64(STOR_PHYSICAL_ADDRESS Address)
{
    return (ULONG64)Address.QuadPart;
}

VOID __cdecl StorPortDebugPrint(ULONG DebugPrintLevel, PCCHAR DebugMessage, ...)
{
    enum { TextBytes = 256 };
    CHAR Text[TextBytes];
    va_list Arguments;
    va_start(Arguments, DebugMessage);
    _vsnprintf(Text, TextBytes - 1, DebugMessage, Arguments);
    va_end(Arguments);
    Text[TextBytes - 1] = 0;
    DbgPrintEx(DPFLTR_STORMINIPORT_ID, DebugPrintLevel, "%s", Text);
}
